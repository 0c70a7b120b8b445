/* Words and rows of acting for somebody. */
import { get, session } from '@linli/core/api'
import { cached } from '@linli/core/store'
import type { Page } from '@linli/core/types'
import { zh, type Key } from '@linli/i18n/acting.zh'
import { words } from '@linli/i18n/lang'

const own = words<Key>(zh, { bo: () => import('@linli/i18n/acting.bo'), en: () => import('@linli/i18n/acting.en') })
own.follow()
export type ActingKey = Key
export const { t: acting, T: Acting } = own

export const AS = ['relative', 'neighbour', 'building_head', 'other'] as const
export interface Proxy {
  id: string
  state: 'offered' | 'active' | 'ended'
  person: string
  name: string | null
  for: string
  for_name: string | null
  as: (typeof AS)[number]
  since: number
  until: number
  due_at: number
}
export const proxies = async (): Promise<Proxy[]> =>
  (await cached('proxies ' + session.value.person, () => get<Page<Proxy>>('/proxies/mine?limit=100'))).rows
/** Those for whom the signed-in person may act now. */
export const forWhom = async (): Promise<Proxy[]> =>
  session.value.person ? (await proxies().catch(() => [])).filter((p) => p.state === 'active' && p.person === session.value.person) : []
