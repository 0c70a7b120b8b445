/* Drafts: no native speaker has reviewed them. Whoever reviews a line adds its key to `reviewed`. */
import type { Key } from './ask.zh'
export const table: Record<Key, string> = {
  'ask.me_too': 'ང་ལའང་ཐུག་བྱུང་།',
  'ask.metres': 'འདི་ནས་སྨི་ {n} ཙམ།',
  'ask.same': 'རིགས་གཅིག་པ།',
  'ask.words': 'གཉིས་ཀས་“{w}”བཤད།',
  'ask.joined': 'གཞན་མི་ {n} ལའང་ཐུག',
  'ask.opt': 'མ་བྲིས་ཀྱང་ཆོག',
  'ask.more': 'ཁ་སྣོན་ཕྲན་བུ།',
  'ask.choose': 'འདེམས་རོགས།',
  'ask.yes': 'ཡིན།',
  'ask.no': 'མིན།',
  'ask.title': 'དྲི་བ་འགའ།',
  'ask.required': 'འདི་ངེས་པར་འབྲི་དགོས།',
}
export const reviewed: Key[] = []
