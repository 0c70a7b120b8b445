/* Drafts: no native speaker has reviewed them. Whoever reviews a line adds its key to `reviewed`. */
import type { Key } from './note.zh'
export const table: Record<Key, string> = {
  'voice.speak': 'མི་འབྲི་བར་ངག་ཐོག་ནས་བཤད།',
  'voice.stop': 'བཤད་ཚར།',
  'voice.recording': 'སྒྲ་འཇུག་བཞིན་པ།',
  'voice.most': 'རིང་ཤོས་སྐར་མ་ 2',
  'voice.again': 'སྒྲ་འདི་དོར།',
  'voice.cannot': 'བཤར་ཆས་འདིས་སྒྲ་འཇུག་མི་ཐུབ། ཡི་གེ་བྲིས་རོགས།',
  'voice.denied': 'སྒྲ་འཇུག་ལ་ཆོག་མཆན་མེད། ཁ་པར་གྱི་སྒྲིག་འགོད་ནས་ཆོག་མཆན་སྤྲོད་པའམ་ཡི་གེ་བྲིས་རོགས།',
  'voice.short': 'ཐུང་དྲགས་པས་འཇུག་མ་ཐུབ། ཡང་བསྐྱར་བཤད་རོགས།',
  'voice.play': 'སྒྲ་ཉན།',
  'voice.pause': 'རེ་ཞིག་མཚམས་འཇོག',
  'voice.bad': 'སྒྲ་འདི་གཏོང་མ་ཐུབ། ཡང་བསྐྱར་མནན་རོགས།',
  'where.near_m': 'ནོར་ཚད་སྨི་ {n} ཙམ།',
  'where.inexact': 'གནས་ས་ཏན་ཏན་མིན། ས་ཁྲའི་སྟེང་མནན་རོགས།',
  'where.indoors': 'ཁང་པའི་ནང་ཡིན་ནམ། ཐོག་ཚད་དང་སྒོ་ཨང་བྲིས།',
  'where.floor': 'ཐོག་ཚད།',
  'where.floor_ph': 'དཔེར་ན། ཐོག་ 3',
  'where.door': 'སྒོ་ཨང་།',
  'where.door_ph': 'དཔེར་ན། 2-301',
  'draft.title': 'བྲིས་མ་ཚར་བ།',
  'draft.go': 'མུ་མཐུད་འབྲི།',
  'draft.another': 'གཞན་ཞིག་འབྲི།',
  'draft.drop': 'དོར།',
  'draft.drop_sure': 'དོར་ན་ཕྱིར་མི་རྙེད། གཏན་འཁེལ་ཡིན་ནམ།',
  'draft.full': 'ཁ་པར་ཁེངས་འདུག གོམ་པ་འདི་ཉར་མ་ཐུབ། པར་རིས་འགའ་དོར་བའམ་སྔོན་ལ་གཏོང་རོགས།',
}
export const reviewed: Key[] = []
