/* Drafts: no native speaker has reviewed them. Whoever reviews a line adds its key to `reviewed`. */
import type { Key } from './take.zh'

export const table: Record<Key, string> = {
  'take': 'ཕྱིར་འདོན།',
  'how': 'ད་ལྟའི་འདེམས་སྒྲུག་ལྟར་ཕྱིར་འདོན། དབང་ཚད་དང་གབ་རྟགས་འཆར་ངོས་ལྟར།',
  'kind': 'ཡིག་ཆ།',
  'opened': 'ཞུས་པའི་ཚིག་དངོས་དང་བཅས།',
  'opened_why': 'དོན་དག་རེའི་ཞུ་མཁན་གྱིས་ཕྱིར་འདོན་འདི་རང་གི་བལྟ་ཐོ་ནས་མཐོང་། ཡིག་ཆ་རེར་ཕྲེང་ 1000 མན་ཆད།',
  'go': 'ཕབ་ལེན།',
  'done': 'ཕྲེང་ {n} ཡིག་ཆ་ {f} ཕབ་ལེན་བྱས།',
}
