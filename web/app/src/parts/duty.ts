/* Words of those who do the work; they come with their screens. */
import { words } from '@linli/i18n/lang'
import { zh, type Key } from '@linli/i18n/duty.zh'

const own = words<Key>(zh, { bo: () => import('@linli/i18n/duty.bo'), en: () => import('@linli/i18n/duty.en') })
own.follow()
export type WorkKey = Key
export const { t: work, T: Work } = own
