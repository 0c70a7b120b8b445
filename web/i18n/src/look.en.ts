import type { Key } from './look.zh'
import type { Table } from './lang'
export const table: Table<Key> = {
  'look.title': 'Colours',
  'look.phone': 'As the phone',
  'look.light': 'Light',
  'look.dark': 'Dark',
  'look.sharp': 'High contrast',
  'read.aloud': 'Read it to me',
  'read.stop': 'Stop',
}
