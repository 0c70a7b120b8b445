/* What the phone keeps: the draft, what has not been sent, receipts, and the last answers for when there is no signal.
 * A browser that refuses IndexedDB (private mode) keeps it in memory for this visit. */
import { now } from './clock'
import type { Filled } from './form'
import type { LonLat, State } from './types'

/** A photo or a voice note that still lies on the phone. */
export interface KeptFile {
  id: string
  bytes: ArrayBuffer
  sha256: string
  done?: boolean
  /** The field of the action that takes it; photos if it is not said. */
  field?: string
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
  /** For whom it is reported, if not for oneself. */
  for?: string
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
  /** For whom it is done, if not for oneself. */
  for?: string
  /** Set when the server refused it: kept for a person to mend. */
  problem?: { code: string; field: string; limit?: number }
  /** What was made from the model: of which kind, and what it is called. */
  module?: string
  label?: string
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
interface Schema {
  draft: Draft
  out: OutItem
  mine: Mine
  cache: { key: string; value: unknown; at: number }
}
type Name = keyof Schema
const KEYS = { draft: 'key', out: 'id', mine: 'matter', cache: 'key' } as const

let opened: Promise<IDBDatabase | null> | undefined
function open(done: (d: IDBDatabase | null) => void): void {
  const r = indexedDB.open('linli', 1)
  r.onupgradeneeded = () => {
    for (const n of Object.keys(KEYS) as Name[]) r.result.createObjectStore(n, { keyPath: KEYS[n] })
  }
  r.onsuccess = () => {
    r.result.onclose = () => (opened = undefined)
    done(r.result)
  }
  r.onerror = () => done(null)
}
const memory = new Map<string, unknown>()

/** One request in a transaction of its own; its result once that is complete. `otherwise` where nothing can be kept. */
async function run<T>(name: Name, mode: IDBTransactionMode, ask: (s: IDBObjectStore) => IDBRequest, otherwise: () => T): Promise<T> {
  opened ??= new Promise(open).catch(() => null) as Promise<IDBDatabase | null>
  const d = await opened
  if (!d) return otherwise()
  return new Promise((resolve, reject) => {
    const tx = d.transaction(name, mode)
    const r = ask(tx.objectStore(name))
    tx.oncomplete = () => resolve(r.result as T)
    tx.onabort = () => reject(tx.error ?? r.error)
  })
}

export const keep = <N extends Name>(name: N, value: Schema[N]): Promise<void> =>
  run(name, 'readwrite', (s) => s.put(value), () => void memory.set(name + '/' + String((value as unknown as Record<string, unknown>)[KEYS[name]]), value))
export const find = <N extends Name>(name: N, key: string): Promise<Schema[N] | undefined> =>
  run(name, 'readonly', (s) => s.get(key), () => memory.get(name + '/' + key) as Schema[N] | undefined)
export const all = <N extends Name>(name: N): Promise<Schema[N][]> =>
  run(name, 'readonly', (s) => s.getAll(), () => [...memory].filter(([k]) => k.startsWith(name + '/')).map(([, v]) => v as Schema[N]))
export const drop = (name: Name, key: string): Promise<void> => run(name, 'readwrite', (s) => s.delete(key), () => void memory.delete(name + '/' + key))

/** The cache store of small pictures (thumbs.ts). */
export const PICTURES = 'linli photos'
/** What was read for somebody leaves the phone with them; what everybody may read stays. */
export async function forgetAnswers(): Promise<void> {
  if ('caches' in window) await caches.delete(PICTURES).catch(() => undefined)
  for (const c of await all('cache')) if (!['community', 'categories', 'grids', 'session'].includes(c.key)) await drop('cache', c.key)
}

/** `at`: when it was learnt, if it is what the phone kept; 0 if it is of now. */
export interface Known<T> { value: T; at: number }
/** Runs `ask`; when there is no signal, answers with what was answered last. */
export async function lastKnown<T>(key: string, ask: () => Promise<T>): Promise<Known<T>> {
  try {
    const value = await ask()
    void keep('cache', { key, value, at: now() }).catch(() => undefined)
    return { value, at: 0 }
  } catch (e) {
    const old = await find('cache', key)
    if (old) return old as Known<T> & { key: string }
    throw e
  }
}
export const cached = async <T>(key: string, ask: () => Promise<T>): Promise<T> => (await lastKnown(key, ask)).value
