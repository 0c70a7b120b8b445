/* The officer's grid on the phone: what they may see, kept as the views that the screens ask for, so that they open without
 * signal. The server tells what changed since the cursor, and what is theirs no more. */
import { ApiError, get, session } from './api'
import { now } from './clock'
import { all, drop, find, keep } from './store'
import type { View } from './types'

interface Told { again: boolean; rows: View[]; gone: string[]; stale: string[]; cursor: string; more: boolean }
export interface Grid { person: string; cursor: string; ids: string[]; /** Of the picture before, while a new one is painted. */ old: string[] | null }
/** A whole town does not fit a cheap phone; an officer's grid does many times. */
const KEPT_MAX = 1_000
const KEY = 'grid'
const view = (id: string): string => 'view ' + id

async function take(g: Grid, told: Told): Promise<void> {
  const ids = new Set(told.again ? [] : g.ids)
  if (told.again) g.old = [...new Set([...(g.old ?? []), ...g.ids])]
  for (const row of told.rows) {
    if (!ids.has(row.id) && ids.size >= KEPT_MAX) continue
    await keep('cache', { key: view(row.id), value: row, at: now() })
    ids.add(row.id)
  }
  for (const id of told.gone) {
    await drop('cache', view(id))
    ids.delete(id)
  }
  g.ids = [...ids]
  g.cursor = told.cursor
  if (!told.more && g.old) {
    for (const id of g.old) if (!ids.has(id)) await drop('cache', view(id))
    g.old = null
  }
  await keep('cache', { key: KEY, value: g, at: now() })
}

async function run(me: string, stale: (kinds: string[], all: boolean) => Promise<void>): Promise<void> {
  const was = (await find('cache', KEY))?.value as Grid | undefined
  const g: Grid = was?.person === me ? was : { person: me, cursor: '', ids: [], old: null }
  const kinds = new Set<string>()
  let again = false
  for (let more = true; more; ) {
    const told = await get<Told>(`/sync?cursor=${g.cursor}`)
    if (session.value.person !== me) return // signed out meanwhile: nothing of it may stay
    await take(g, told)
    told.stale.forEach((k) => kinds.add(k))
    again ||= told.again
    more = told.more
  }
  await stale([...kinds], again)
}

/** True if the phone is up to date now. `stale` fetches the lists beside that changed. */
export async function syncGrid(stale: (kinds: string[], all: boolean) => Promise<void>): Promise<boolean> {
  const me = session.value.person
  if (!me) return false
  try {
    if (navigator.locks) await navigator.locks.request('linli-grid', { ifAvailable: true }, async (l) => void (l && (await run(me, stale))))
    else await run(me, stale)
    return true
  } catch (e) {
    if (e instanceof ApiError || (e as Error | null)?.name === 'QuotaExceededError') return false // what is read can wait
    throw e
  }
}

/** How many matters lie here, and since when. */
export async function gridKept(): Promise<{ n: number; at: number } | null> {
  const c = await find('cache', KEY)
  return c ? { n: (c.value as Grid).ids.length, at: c.at } : null
}
export const keptViews = async (): Promise<View[]> =>
  (await all('cache')).filter((c) => c.key.startsWith('view ')).map((c) => c.value as View)
