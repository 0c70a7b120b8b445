/* Words of the map of where things happen. */
import { zh, type Key } from '@linli/i18n/heat.zh'
import { words } from '@linli/i18n/lang'

const own = words<Key>(zh, { bo: () => import('@linli/i18n/heat.bo'), en: () => import('@linli/i18n/heat.en') })
export const { t: h, T: H } = own
own.follow()
