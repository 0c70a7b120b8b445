import type { Key } from './ask.zh'
export const table: Record<Key, string> = {
  'ask.me_too': 'I met this, too',
  'ask.metres': 'about {n} m away',
  'ask.same': 'same kind',
  'ask.words': 'both say “{w}”',
  'ask.joined': '{n} others met it, too',
  'ask.opt': 'optional',
  'ask.more': 'A few more questions',
  'ask.choose': 'Choose',
  'ask.yes': 'Yes',
  'ask.no': 'No',
  'ask.title': 'A few questions',
  'ask.required': 'This one is needed',
}
