/* Drafts: no native speaker has reviewed them. Whoever reviews a line adds its key to `reviewed`. */
import type { Key } from './home.zh'
import { bo as base } from './base.bo'
export const table: Record<Key, string> = {
  ...base,
  'app.skip': 'ནང་དོན་ལ་མཆོང་།',
  'home.report': 'གནད་དོན་ཞུ་བ།',
  'home.report_sub': 'པར་གཅིག་བརྒྱབ་ན་ཆོག ནང་འཛུལ་མི་དགོས།',
  'home.mine': 'ངའི་དོན།',
  'home.mine_sub': 'གང་དུ་སླེབས་པར་ལྟ།',
  'home.help': 'རོགས་འཚོལ།',
  'home.help_sub': 'རྒན་པ། བྱིས་པ། ཛ་དྲག',
  'home.call': 'ཁ་པར་གཏོང་།',
  'home.call_sub': 'སྡེ་ཁུལ་དང་ལས་བྱེད།',
  'home.big': 'ཡིག་ཆེན།',
  'home.normal': 'ཡིག་དཀྱུས།',
  'home.my_list': 'ངའི་དོན།',
  'home.all': 'ཚང་མ།',
  'home.hello': 'དོན་དག་ཡོད་ན་གསུངས། གང་དུ་སླེབས་པ་མཐོང་ཐུབ།',
  'tab.home': 'གཙོ་ངོས།',
  'tab.mine': 'ངའི་དོན།',
  'tab.report': 'ཞུ་བ།',
  'tab.call': 'ཁ་པར།',
  'tab.me': 'ང་།',
  'tab.tasks': 'ལས་འགན།',
  'tab.director': 'དེ་རིང་།',
  'tab.verify': 'བསྐྱར་ཞིབ།',
  'tab.staff_report': 'ཡར་ཞུ།',
  'out.n': '{n} མ་བཏང་།',
}
export const reviewed: readonly Key[] = []
