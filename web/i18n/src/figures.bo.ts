/* Drafts: no native speaker has reviewed them. Whoever reviews a line adds its key to `reviewed`. */
import type { Key } from './figures.zh'
export const table: Record<Key, string> = {
  'lead': 'དྲ་རེའུ་དང་སྡེ་ཁག་རེ་རེ་རང་གི་འདས་པ་ཁོ་ནར་བསྡུར། ཨང་ཀི་མནན་ནས་དོན་དག་ལྟ།',
  'month': 'ཟླ་བ།',
  'whose': 'སུའི།',
  'community': 'སྡེ་ཁུལ་འདི།',
  'street': 'སྲང་ལམ་ཡོངས་ཀྱི་བསྡོམས།',
  'grids': 'དྲ་རེའུ།',
  'units': 'སྡེ་ཁག',
  'group.asked': 'སྡོད་དམངས་ཀྱིས་ཞུས་པའི་དོན་དག',
  'group.apart': 'ཟུར་དུ་བགྲང་བ།',
  'apart_why': 'ལས་མིས་རང་ཉིད་ཀྱིས་ཞུས་པ། ཚབ་འགོད་བྱས་པའི་དཔྱད་མཆན། ས་ཐོག་ཏུ་བསྒྲུབས་པ། དེབ་ཐོ་རྙིང་པ་བཅས་གོང་གི་ཨང་ཀིའི་ནང་མི་བགྲང་།',
  'figure': 'ཚད་གཞི།',
  'past.now': 'ཟླ་འདི།',
  'past.before': 'ཟླ་སྔོན་མ།',
  'past.year': 'ན་ནིང་གི་ཟླ་འདི།',
  'share': 'བསྡུར་ཚད།',
  'open': '{figure} {month} {n} དོན་དག་ལྟ།',
  'year': 'ཟླ་བཅུ་གཉིས།',
  'month_n': '{month} {n}',
  'matters': 'དོན་དག',
  'none': 'ཨང་ཀི་འདིའི་རྒྱབ་ཏུ་དོན་དག་མེད།',
  'none_do': 'ཟླ་བ་གཞན་ཞིག་ལ་ལྟ་རོགས།',
  'pdf.zh': 'ཟླ་རེའི་སྙན་ཐོ་ PDF (རྒྱ་ཡིག)',
  'pdf.bo': 'ཟླ་རེའི་སྙན་ཐོ་ PDF (བོད་ཡིག)',
  'xlsx': 'ཟླ་རེའི་སྙན་ཐོ་ xlsx',
}
export const reviewed: readonly Key[] = []
