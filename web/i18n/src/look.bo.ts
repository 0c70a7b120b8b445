/* A draft: no native speaker has reviewed it. */
import type { Key } from './look.zh'
import type { Table } from './lang'
export const table: Table<Key> = {
  'look.title': 'ཚོས་གཞི།',
  'look.phone': 'ཁ་པར་ལྟར།',
  'look.light': 'དཀར་མདོག',
  'look.dark': 'ནག་མདོག',
  'look.sharp': 'གསལ་བོ།',
  'read.aloud': 'ང་ལ་ཀློག་རོགས།',
  'read.stop': 'མཚམས་འཇོག',
}
