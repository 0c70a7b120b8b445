/* What the phone keeps: the draft, what has not been sent, receipts, and the last answers for when there is no signal.
 * A browser that refuses IndexedDB (private mode) keeps it in memory for this visit. */
import { openDB, type DBSchema, type IDBPDatabase } from 'idb'
import type { Filled } from './form'
import type { LonLat, State } from './types'

/** A photo or a voice note that still lies on the phone. */
export interface KeptFile {
  id: string
  bytes: ArrayBuffer
  sha256: string
  done?: boolean
  /** The field of the action that takes it; photos if it is not said. */
  field?: 'before' | 'after' | 'voice'
  /** Of a voice note: as what the phone recorded it, and how long it is. */
  type?: string
  seconds?: number
}
export type Point = LonLat & { accuracy?: number }
/** What was begun and not sent: something reported, or something that an officer settled on the spot. */
export interface Draft {
  /** The id of the matter that it will be. Several may lie side by side. */
  key: string
  kind: 'report' | 'spot'
  person: string | null
  category: string
  chosen: boolean
  text: string
  phone: string
  near: string
  floor: string
  door: string
  point: Point | null
  /** Instead of a point: the code of a grid. */
  place: string
  files: KeptFile[]
  /** To the category's own questions. */
  answers: Filled
  at: number
}
export interface OutItem {
  id: string
  /** 'report' and 'spot' make a new matter; 'act' does something to one. */
  kind: 'report' | 'spot' | 'act'
  route: string
  matter: string
  body: Record<string, unknown>
  files: KeptFile[]
  receipt?: string
  person: string | null
  at: number
  tries: number
  next_at: number
  /** Its place in the order; put() gives it. */
  n?: number
  /** What it was done on top of, by its id; gives it its version. */
  after?: string
  /** How wrong the clock was that it was written by, ms. */
  skew?: number
  /** Set when the server refused it: kept for a person to mend. */
  problem?: { code: string; field: string; limit?: number }
}
export interface Mine {
  matter: string
  receipt: string
  number: number
  category: string
  text: string
  state: State
  at: number
}
interface Schema extends DBSchema {
  draft: { key: string; value: Draft }
  out: { key: string; value: OutItem }
  mine: { key: string; value: Mine }
  cache: { key: string; value: { key: string; value: unknown; at: number } }
}
type Name = 'draft' | 'out' | 'mine' | 'cache'
const KEYS = { draft: 'key', out: 'id', mine: 'matter', cache: 'key' } as const

let opened: Promise<IDBPDatabase<Schema> | null> | undefined
function db(): Promise<IDBPDatabase<Schema> | null> {
  opened ??= openDB<Schema>('linli', 1, {
    upgrade(d) {
      for (const n of Object.keys(KEYS) as Name[]) d.createObjectStore(n, { keyPath: KEYS[n] })
    },
    terminated() {
      opened = undefined
    },
  }).catch(() => null)
  return opened
}

const memory = new Map<string, unknown>()

export async function keep<N extends Name>(name: N, value: Schema[N]['value']): Promise<void> {
  const d = await db()
  if (d) await d.put(name, value)
  else memory.set(name + '/' + String((value as unknown as Record<string, unknown>)[KEYS[name]]), value)
}
export async function find<N extends Name>(name: N, key: string): Promise<Schema[N]['value'] | undefined> {
  const d = await db()
  return d ? d.get(name, key) : (memory.get(name + '/' + key) as Schema[N]['value'] | undefined)
}
export async function all<N extends Name>(name: N): Promise<Schema[N]['value'][]> {
  const d = await db()
  if (d) return d.getAll(name)
  return [...memory].filter(([k]) => k.startsWith(name + '/')).map(([, v]) => v as Schema[N]['value'])
}
export async function drop(name: Name, key: string): Promise<void> {
  const d = await db()
  if (d) await d.delete(name, key)
  else memory.delete(name + '/' + key)
}

/** What was read for somebody leaves the phone with them; what everybody may read stays. */
export async function forgetAnswers(): Promise<void> {
  for (const c of await all('cache')) if (!['community', 'categories', 'grids', 'session'].includes(c.key)) await drop('cache', c.key)
}

/** Runs `ask`; when there is no signal, answers with what was answered last. */
export async function cached<T>(key: string, ask: () => Promise<T>): Promise<T> {
  try {
    const value = await ask()
    void keep('cache', { key, value, at: Date.now() })
    return value
  } catch (e) {
    const old = await find('cache', key)
    if (old) return old.value as T
    throw e
  }
}
