/* Words of how people are told; they come with their screens. */
import { words } from '@linli/i18n/lang'
import { zh, type Key } from '@linli/i18n/tell.zh'

const own = words<Key>(zh, { bo: () => import('@linli/i18n/tell.bo'), en: () => import('@linli/i18n/tell.en') })
own.follow()
export type TellKey = Key
export const { t: told, T: Told } = own
