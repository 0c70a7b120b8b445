/* Drafts: no native speaker has reviewed them. */
import type { Key } from './base.zh'
export const bo: Record<Key, string> = {
  'app.name': 'ཁྱིམ་མཚེས།',
  'common.loading': 'ཁ་འབྱེད་བཞིན་པ།',
}
