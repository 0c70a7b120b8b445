/* Words of the keyboard, the filters, the selection and the hand-over. */
import { zh, type Key } from '@linli/i18n/triage.zh'
import { words } from '@linli/i18n/lang'

export type { Key }
const own = words<Key>(zh, { bo: () => import('@linli/i18n/triage.bo'), en: () => import('@linli/i18n/triage.en') })
export const { t: q, T: Q } = own
own.follow()
