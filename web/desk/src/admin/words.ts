/* Words of the administrator's pages. Those of the server's own table stand with what is made from the model. */
import { zh, type Key } from '@linli/i18n/admin.zh'
import { words } from '@linli/i18n/lang'
import './model'

export type { Key }
const own = words<Key>(zh, { bo: () => import('@linli/i18n/admin.bo'), en: () => import('@linli/i18n/admin.en') })
export const { t: a, T: A } = own
own.follow()
export { errorWords, faultWords, has, w } from '@linli/core/model/words'
