/* Drafts: no native speaker has reviewed them. Whoever reviews a line adds its key to `reviewed`. */
import type { Key } from './share.zh'
export const table: Record<Key, string> = {
  'share.title': 'གཞན་ལ་བརྗོད།',
  'share.copy': 'ཚོགས་པར་བཤུ།',
  'share.copied': 'བཤུས་ཟིན། ཚོགས་པར་སྦྱོར་ཆོག',
  'share.by_hand': 'བཤུ་མ་ཐུབ། གཤམ་གྱི་ཡི་གེ་མནན་ནས་རང་གིས་བཤུས།',
  'share.send': 'གཞན་ལ་གཏོང་།',
  'share.qr': 'ཨང་ཚགས།',
  'share.plain': 'མིང་དང་ཁ་པར། པར་རིས་མེད། སུས་ཀྱང་ལྟ་ཆོག',
  'share.not_yet': 'སྡེ་ཁུལ་གྱིས་བདག་སྤྲོད་བྱས་རྗེས། ཚོགས་པར་བཤུ་ཆོག',
  'share.scan': 'ཁ་པར་གཞན་གྱིས་བཤར་ན་གང་དུ་སླེབས་པ་མཐོང་།',
  'share.text': 'སྦྱོར་རྒྱུའི་ཡི་གེ',
  'open.about': 'ཤོག་ངོས་འདི་སུས་ཀྱང་ལྟ་ཆོག ཞུ་མཁན་གྱི་མིང་དང་ཁ་པར། ཡི་གེ་དང་པར་རིས་མེད།',
  'open.mine': 'འདི་ངས་ཞུས་པ་ཡིན། ཚང་མ་ལྟ།',
  'open.none': 'དོན་འདི་མེད། ཡང་ན་ད་དུང་བསྒྲགས་མེད།',
  'open.past': '{t} ཡོལ་འདུག',
  'paste.button': 'ཚོགས་པ་ནས་སྦྱོར།',
  'paste.title': 'ཚོགས་པའི་སྐད་ཆ་སྦྱོར།',
  'paste.hint': 'ཁ་པར་དང་ས་ཆ་རང་འགུལ་གྱིས་འཇོག མ་བཏང་སྔོན་ལ་ལྟ་རོགས།',
  'paste.take': 'ནང་དུ་འཇུག',
  'paste.done': 'བཅུག་ཟིན། བལྟས་ནས་གཏོང་རོགས།',
  'paste.empty': 'བཤུས་པའི་ཡི་གེ་དང་པར་མེད།',
}
export const reviewed: readonly Key[] = []
