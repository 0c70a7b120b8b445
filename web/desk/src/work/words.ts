/* Words of the pages for long lists and for other systems. */
import { zh, type Key } from '@linli/i18n/work.zh'
import { words } from '@linli/i18n/lang'

export type { Key }
const own = words<Key>(zh, { bo: () => import('@linli/i18n/work.bo'), en: () => import('@linli/i18n/work.en') })
export const { t: k, T: K } = own
own.follow()
