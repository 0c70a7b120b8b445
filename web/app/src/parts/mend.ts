/* Words around what has not been sent; they come with the part that shows it. */
import { words } from '@linli/i18n/lang'
import { zh, type Key } from '@linli/i18n/mend.zh'

const own = words<Key>(zh, { bo: () => import('@linli/i18n/mend.bo'), en: () => import('@linli/i18n/mend.en') })
own.follow()
export const { t: mend, T: Mend } = own
