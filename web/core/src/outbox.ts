/* What is to be sent. Written to the phone first, sent then, and again until it has arrived: at start, when the page
 * comes to the front, and on a timer that slows down. The browser's `online` event helps but is not relied on.
 * The id was made on the phone, so sending twice arrives once. What the server refuses stays for a person to mend. */
import { reactive, shallowRef } from 'vue'
import { ApiError, call, session } from './api'
import { all, drop, keep, type OutItem } from './store'
import type { Done } from './types'
import { upload } from './upload'

export const out = shallowRef<OutItem[]>([])
export const sending = reactive<Record<string, { file: number; files: number }>>({})

type Arrived = (item: OutItem, reply: Done) => void | Promise<void>
const listeners = new Set<Arrived>()
export function onArrived(f: Arrived): () => void {
  listeners.add(f)
  return () => listeners.delete(f)
}

const FIRST_MS = 3_000
const SLOWEST_MS = 5 * 60_000
let timer: ReturnType<typeof setTimeout> | undefined
let running: Promise<void> | null = null

async function reload(): Promise<void> {
  out.value = (await all('out')).sort((a, b) => a.at - b.at)
}

export async function put(item: OutItem): Promise<void> {
  await keep('out', item)
  await reload()
}

export async function forget(id: string): Promise<void> {
  await drop('out', id)
  await reload()
}

async function send(item: OutItem): Promise<Done> {
  const body: Record<string, unknown> = { id: item.id, ...item.body }
  for (const [i, f] of item.files.entries()) {
    const field = f.field ?? 'photos'
    body[field] = [...((body[field] as string[] | undefined) ?? []), f.id]
    if (f.done) continue
    sending[item.id] = { file: i + 1, files: item.files.length }
    await upload(f, item.matter, () => undefined, item.receipt, f.field === 'voice' ? 'voice' : undefined)
    f.done = true
    await keep('out', item)
  }
  return call<Done>('POST', item.route, { body, receipt: item.receipt })
}

/** Sends one; answers the server's reply, or null if it has to wait. Throws what a person must mend. */
async function attempt(item: OutItem): Promise<Done | null> {
  sending[item.id] = { file: 0, files: item.files.length }
  try {
    const reply = await send(item)
    for (const f of listeners) await f(item, reply)
    await forget(item.id)
    return reply
  } catch (e) {
    if (!(e instanceof ApiError)) throw e
    if (e.later) {
      item.tries++
      item.next_at = Date.now() + Math.max(e.retryMs, Math.min(SLOWEST_MS, FIRST_MS * 2 ** (item.tries - 1)))
    } else {
      if (e.code === 'file_missing') for (const f of item.files) f.done = false
      item.problem = { code: e.code, field: e.field, limit: e.limit }
    }
    await put(item)
    if (e.later) return null
    throw e
  } finally {
    delete sending[item.id]
  }
}

function plan(): void {
  clearTimeout(timer)
  const waiting = out.value.filter((i) => !i.problem)
  if (!waiting.length) return
  const next = Math.min(...waiting.map((i) => i.next_at))
  timer = setTimeout(() => void flush(), Math.max(1_000, next - Date.now()))
}

async function flushOnce(now: boolean): Promise<void> {
  await reload()
  for (const item of out.value) {
    const me = session.value.person
    if (item.problem && !(item.problem.code === 'sign_in' && me)) continue
    if (item.person && me && item.person !== me) continue // theirs to send, when they are signed in again
    if (!now && item.next_at > Date.now()) continue
    delete item.problem
    try {
      if ((await attempt(item)) === null) break // no signal for one is no signal for the next
    } catch {
      /* held: the list shows it */
    }
  }
}

/** Sends what is due; `now` does not wait for the timer. One run at a time, over all tabs where the browser can. */
export function flush(now = false): Promise<void> {
  running ??= (async () => {
    try {
      if (navigator.locks) await navigator.locks.request('linli-out', () => flushOnce(now))
      else await flushOnce(now)
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
  void flush(true)
}
