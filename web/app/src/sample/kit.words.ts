/* The words of the kit's page, for all its sections. */
import { words } from '@linli/i18n/lang'
import { zh, type Key } from '@linli/i18n/kit.zh'

const own = words<Key>(zh, { bo: () => import('@linli/i18n/kit.bo'), en: () => import('@linli/i18n/kit.en') })
own.follow()
export const { t: k, T: K } = own
