/* Words of the wall screen. */
import { words } from '@linli/i18n/lang'
import { zh, type Key } from '@linli/i18n/wall.zh'

export type { Key }
const own = words<Key>(zh, { bo: () => import('@linli/i18n/wall.bo'), en: () => import('@linli/i18n/wall.en') })
export const { t: wl, T: W } = own
own.follow()
