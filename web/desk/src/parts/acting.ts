/* Words of voice notes for text and of what is printed; the same table as the phone's. */
import { zh, type Key } from '@linli/i18n/acting.zh'
import { words } from '@linli/i18n/lang'

const own = words<Key>(zh, { bo: () => import('@linli/i18n/acting.bo'), en: () => import('@linli/i18n/acting.en') })
own.follow()
export type ActingKey = Key
export const { t: acting, T: Acting } = own
