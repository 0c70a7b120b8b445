/* Many commands, each with an answer of its own: POST /batch, so many at a time. What is refused stays named. */
import { ApiError, errorOf, post } from '@linli/core/api'
import type { Done } from '@linli/core/types'

export interface Deed { route: string; body: Record<string, unknown> & { id: string }; after?: string }
export interface Answer { id: string; done?: Done; fault?: ApiError }
interface Result { id: string; status: number; reply?: Done; problem?: Record<string, unknown> }

/** The server takes so many in one call. */
export const TOGETHER = 50
const WAIT_MS = 5_000
const WAITS_MAX = 12
const pause = (ms: number): Promise<void> => new Promise((ok) => setTimeout(ok, ms))

async function send(deeds: Deed[]): Promise<Result[]> {
  const actions = deeds.map((d) => ({ route: d.route, ...(d.after ? { after: d.after } : {}), body: d.body }))
  for (let n = 0; ; n++)
    try {
      return (await post<{ results: Result[] }>('/batch', { actions }, { timeoutMs: 60_000 })).results
    } catch (e) {
      // the same ids again: what had arrived is not done twice
      if (!(e instanceof ApiError) || !e.later || n >= WAITS_MAX) throw e
      await pause(Math.max(e.retryMs, e.status === 429 ? WAIT_MS : 1_000 * (n + 1)))
    }
}
/** Answers come as they are known. What belongs together goes in one call. */
export async function doMany(groups: Deed[][], heard: (a: Answer) => void): Promise<void> {
  for (let at = 0; at < groups.length; ) {
    const now: Deed[] = []
    for (; at < groups.length && now.length + groups[at]!.length <= TOGETHER; at++) now.push(...groups[at]!)
    try {
      for (const r of await send(now)) heard(r.status < 300 && r.reply ? { id: r.id, done: r.reply } : { id: r.id, fault: errorOf(r.status, r.problem ?? {}, 0) })
    } catch (e) {
      const fault = e instanceof ApiError ? e : new ApiError(0, 'offline')
      for (const d of [...now, ...groups.slice(at).flat()]) heard({ id: d.body.id, fault })
      return
    }
  }
}
