/* Words for taking a list along. */
import { words } from '@linli/i18n/lang'
import { zh, type Key } from '@linli/i18n/take.zh'

const own = words<Key>(zh, { bo: () => import('@linli/i18n/take.bo'), en: () => import('@linli/i18n/take.en') })
export const { t: tk, T: K } = own
own.follow()
