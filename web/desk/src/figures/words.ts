/* Words of the figures' page; what each figure is called and how it is counted, the server says. */
import { zh, type Key } from '@linli/i18n/figures.zh'
import { words } from '@linli/i18n/lang'

export type { Key }
const own = words<Key>(zh, { bo: () => import('@linli/i18n/figures.bo'), en: () => import('@linli/i18n/figures.en') })
export const { t: f, T: F } = own
own.follow()
