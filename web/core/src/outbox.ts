/* What is to be sent. Written to the phone first, sent then, and again until it has arrived: at start, when the page
 * comes to the front, and on a timer that slows down. The browser's `online` event helps but is not relied on.
 * The id was made on the phone, so sending twice arrives once. What the server refuses stays for a person to mend. How
 * it goes over the wire comes with send.ts, when there is something to send. */
import { reactive, watch } from 'vue'
import { ApiError, session } from './api'
import { skewMs } from './clock'
import { out, reload } from './out'
import { place, SLOWEST_MS, waitsFor } from './queue'
import { drop, keep, type OutItem } from './store'
import type { Done } from './types'

export { out, reload }
export const sending = reactive<Record<string, { file: number; files: number }>>({})

type Arrived = (item: OutItem, reply: Done) => void | Promise<void>
export const listeners = new Set<Arrived>()
export function onArrived(f: Arrived): () => void {
  listeners.add(f)
  return () => listeners.delete(f)
}

let timer: ReturnType<typeof setTimeout> | undefined
let running: Promise<void> | null = null

/** No room on the phone is said as such: whoever wrote it still has it before them. */
export async function write(item: OutItem): Promise<void> {
  try {
    await keep('out', item)
  } catch (e) {
    throw (e as Error | null)?.name === 'QuotaExceededError' ? new ApiError(413, 'phone_full') : e
  }
}

export async function put(item: OutItem): Promise<void> {
  await reload()
  await write(out.value.some((i) => i.id === item.id) ? item : { ...place(item, out.value), skew: skewMs() })
  await reload()
}

/** It has arrived. */
export async function done(id: string): Promise<void> {
  await drop('out', id)
  await reload()
}

function plan(): void {
  clearTimeout(timer)
  const me = session.value.person
  const waiting = out.value.filter((i) => !i.problem && !waitsFor(i, out.value, me))
  if (!waiting.length) return
  const next = Math.min(...waiting.map((i) => i.next_at))
  timer = setTimeout(() => void flush(), Math.min(SLOWEST_MS, Math.max(1_000, next - Date.now())))
}

async function once(now: boolean): Promise<void> {
  await reload()
  if (out.value.length) await (await import('./send')).send(now)
}

const LEASE = 'linli.sending'
const LEASE_MS = 60_000
/** Where the browser has no locks: a note that other tabs read. Should two write it in the same moment, the last one holds. */
async function leased(run: () => Promise<void>): Promise<void> {
  const now = Date.now()
  const mine = `${now + LEASE_MS}.${Math.random()}`
  try {
    const until = parseInt(localStorage.getItem(LEASE) ?? '')
    if (until > now && until <= now + LEASE_MS) return
    localStorage.setItem(LEASE, mine)
  } catch {
    return run() // a tab that keeps nothing has nothing in common with another
  }
  await new Promise((ok) => setTimeout(ok, 60))
  if (localStorage.getItem(LEASE) !== mine) return
  try {
    await run()
  } finally {
    localStorage.removeItem(LEASE)
  }
}

/** Sends what is due; `now` does not wait for the timer. One run at a time, over all tabs. */
export function flush(now = false): Promise<void> {
  running ??= (async () => {
    try {
      if (navigator.locks) await navigator.locks.request('linli-out', () => once(now))
      else await leased(() => once(now))
    } catch {
      /* the part that sends could not be fetched: the timer tries again */
    } finally {
      running = null
      plan()
    }
  })()
  return running
}

export async function startOutbox(): Promise<void> {
  await reload()
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') void flush(true)
  })
  addEventListener('online', () => void flush(true))
  addEventListener('pageshow', () => void flush(true))
  watch(
    () => session.value.person,
    () => void flush(true),
  )
  void flush(true)
}
