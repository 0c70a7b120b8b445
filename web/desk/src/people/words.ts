/* Words of a person's file. */
import { words } from '@linli/i18n/lang'
import { zh, type Key } from '@linli/i18n/person.zh'

export type { Key }
const own = words<Key>(zh, { bo: () => import('@linli/i18n/person.bo'), en: () => import('@linli/i18n/person.en') })
export const { t: pf, T: P } = own
own.follow()
export const has = (key: string): key is Key => key in zh
