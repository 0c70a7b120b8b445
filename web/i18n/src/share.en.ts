import type { Key } from './share.zh'
export const table: Record<Key, string> = {
  'share.title': 'Tell others',
  'share.copy': 'Copy for the group',
  'share.copied': 'Copied. Paste it into the group',
  'share.by_hand': 'It could not be copied. Hold the text below to copy it yourself',
  'share.send': 'Share',
  'share.qr': 'QR code',
  'share.plain': 'It has no name, number or photo of whoever reported it. Anyone may see it',
  'share.not_yet': 'It can be copied for the group once the community has taken it up',
  'share.scan': 'Scan it with another phone to see how far it is',
  'share.text': 'The text to paste',
  'open.about': 'Anyone may see this page. It has no name, number, text or photo of whoever reported it',
  'open.mine': 'I reported this: show all',
  'open.none': 'There is no such matter, or it is not public yet',
  'open.past': '{t} past',
  'paste.button': 'Paste from the group',
  'paste.title': 'Paste what was said in the group',
  'paste.hint': 'Number and place go into their own fields. Please look at them before sending',
  'paste.take': 'Fill it in',
  'paste.done': 'It is filled in. Please look before sending',
  'paste.empty': 'There is no text or photo to paste',
}
export const reviewed = Object.keys(table) as Key[]
