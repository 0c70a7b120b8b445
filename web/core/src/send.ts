/* How the outbox goes over the wire: files first, then up to so many actions at once, each with its own answer; what has no
 * account goes by itself. */
import { ApiError, call, errorOf, post, session, whoami } from './api'
import { skewMs } from './clock'
import { done, listeners, out, put, sending } from './outbox'
import { backOff, due, goesAlone, phoneAt } from './queue'
import { keep, type OutItem } from './store'
import type { Done } from './types'
import { upload } from './upload'

const TOGETHER = 20
/** A person or an event asked for this round, not the timer. */
let asked = false

/** What is sent, the same bytes each time: the server knows a repeated call by them. */
function bodyOf(item: OutItem): Record<string, unknown> {
  const body: Record<string, unknown> = { id: item.id, ...item.body }
  for (const f of item.files) {
    const field = f.field ?? 'photos'
    body[field] = [...((body[field] as string[] | undefined) ?? []), f.id]
  }
  return body
}

async function files(item: OutItem): Promise<void> {
  for (const [i, f] of item.files.entries()) {
    if (f.done) continue
    sending[item.id] = { file: i + 1, files: item.files.length }
    await upload(f, item.matter, () => undefined, item.receipt, f.type?.startsWith('audio') ? 'voice' : undefined)
    f.done = true
    await keep('out', item)
  }
}

async function arrived(item: OutItem, reply: Done): Promise<void> {
  for (const f of listeners) await f(item, reply)
  await done(item.id)
}

/** Later, or held for a person; true if it is worth going on with the others. */
async function failed(item: OutItem, e: ApiError): Promise<boolean> {
  const behind = e.code === 'not_tried' && out.value.some((i) => i.id === item.after)
  delete item.problem
  if (e.later || behind) {
    if (!asked || !item.tries) item.tries++ // who writes much without signal does not wait the longer for it
    item.next_at = Date.now() + backOff(item.tries, e.retryMs)
  } else {
    if (e.code === 'file_missing') for (const f of item.files) f.done = false
    item.problem = { code: e.code, field: e.field, limit: e.limit }
  }
  await put(item)
  return !e.later
}

const isApi = (e: unknown): ApiError => {
  if (e instanceof ApiError) return e
  throw e
}

async function alone(item: OutItem): Promise<boolean> {
  try {
    await files(item)
    await arrived(item, await call<Done>('POST', item.route, { body: bodyOf(item), receipt: item.receipt, person: item.for }))
    return true
  } catch (e) {
    return failed(item, isApi(e))
  }
}

interface Result { id: string; status: number; reply?: Done; problem?: Record<string, unknown> }

async function together(items: OutItem[]): Promise<boolean> {
  const now = Date.now()
  const actions = items.map((i) => ({
    route: i.route, ...(i.for ? { for: i.for } : {}), ...(i.after ? { after: i.after } : {}), phone_at: phoneAt(i, now, skewMs()), body: bodyOf(i),
  }))
  let results: Result[]
  try {
    results = (await post<{ results: Result[] }>('/batch', { actions }, { timeoutMs: 60_000 })).results
  } catch (e) {
    const bad = isApi(e)
    if (!bad.later && bad.status !== 401 && items.length > 1) {
      for (const i of items) if (!(await together([i]))) return false // one that cannot be read must not hold the others
      return true
    }
    for (const i of items) await failed(i, bad)
    if (bad.status === 401) await whoami().catch(() => undefined)
    return false
  }
  for (const [k, r] of results.entries()) {
    const i = items[k]!
    if (r.status < 300 && r.reply) await arrived(i, r.reply)
    else await failed(i, errorOf(r.status, r.problem ?? {}, 0))
  }
  return true
}

async function round(items: OutItem[]): Promise<void> {
  const ready: OutItem[] = []
  const held = new Set<string>()
  let go = true
  for (const item of items) {
    if (!go) break
    if (item.after && held.has(item.after)) {
      held.add(item.id)
      continue
    }
    sending[item.id] = { file: 0, files: item.files.length }
    if (goesAlone(item)) {
      go = await alone(item)
      continue
    }
    try {
      await files(item)
      ready.push(item)
    } catch (e) {
      held.add(item.id)
      go = await failed(item, isApi(e))
    }
    if (ready.length === TOGETHER) go = (await together(ready.splice(0))) && go
  }
  if (ready.length) await together(ready)
}

/** No signal for one is no signal for the next: it stops there, and the timer comes again. */
export async function send(now: boolean): Promise<void> {
  asked = now
  const items = due(out.value, session.value.person, Date.now(), now)
  try {
    await round(items)
  } finally {
    for (const i of items) delete sending[i.id]
  }
}
