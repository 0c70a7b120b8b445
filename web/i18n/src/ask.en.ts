import type { Key } from './ask.zh'
export const table: Record<Key, string> = {
  'ask.opt': 'optional',
  'ask.more': 'A few more questions',
  'ask.choose': 'Choose',
  'ask.yes': 'Yes',
  'ask.no': 'No',
  'ask.title': 'A few questions',
  'ask.required': 'This one is needed',
}
