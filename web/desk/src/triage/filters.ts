/* Filters as text: in the address, after '#', where no server sees them; and by a name, on one's own file at the server. */
import { computed, ref, shallowRef } from 'vue'
import { get, post, session } from '@linli/core/api'
import { uuid7 } from '@linli/core/id'
import { isOpen } from '@linli/core/matter'
import type { Page, Row, State } from '@linli/core/types'
import { filter, fitsFilter, NO_FILTER, now, queue, type Filter } from '../state'

export interface Kept { id: string; title: string; query: string }
export interface Tally { n: number; overdue: number }
export const kept = shallowRef<Kept[]>([])
export const tallies = shallowRef<Map<string, Tally>>(new Map())

/** "state=registered&category=flood": only what is not as usual, always in this order. */
export function asText(f: Filter): string {
  const p = new URLSearchParams()
  for (const k of Object.keys(NO_FILTER) as (keyof Filter)[]) if (f[k] !== NO_FILTER[k]) p.set(k, typeof f[k] === 'boolean' ? '1' : String(f[k]).trim())
  return p.toString()
}
const STATE = /^[a-z]{2,12}$/
const CODE = /^[\w-]{1,40}$/
const DUE_MAX = 240
/** Whatever stands in an address that somebody was sent: what cannot be read is left out. */
export function fromText(text: string): Filter {
  const p = new URLSearchParams(text)
  const code = (k: string): string => (CODE.test(p.get(k) ?? '') ? p.get(k)! : '')
  const due = Number(p.get('due'))
  return {
    ...NO_FILTER,
    state: STATE.test(p.get('state') ?? '') ? p.get('state')! : NO_FILTER.state,
    category: code('category'), place: code('place'), handler: code('handler'),
    overdue: p.get('overdue') === '1', twins: p.get('twins') === '1',
    due: Number.isInteger(due) && due > 0 && due <= DUE_MAX ? due : 0,
    q: (p.get('q') ?? '').slice(0, 60),
  }
}
export const here = computed(() => asText(filter))
export const isHere = (k: Kept): boolean => asText(fromText(k.query)) === here.value
export const take = (text: string): void => void Object.assign(filter, fromText(text))
export const addressOf = (text: string): string => location.href.replace(/#.*$/, '') + '#/queue' + (text && '?' + text)

/* ---- counts: each is a query ---- */

const HOUR_MS = 3_600_000
const past = (f: Filter): boolean => f.state !== 'open' && !isOpen(f.state as State)
function question(f: Filter): string {
  const p = new URLSearchParams()
  for (const k of ['category', 'place', 'handler'] as const) if (f[k]) p.set(k, f[k])
  if (f.state !== 'open') p.set('state', f.state)
  if (f.q.trim()) p.set('q', f.q.trim())
  const until = [f.overdue ? now.value : 0, f.due ? now.value + f.due * HOUR_MS : 0].filter(Boolean)
  if (until.length) p.set('overdue', String(Math.min(...until)))
  return p.toString()
}
async function tallyOf(text: string): Promise<Tally | null> {
  const f = fromText(text)
  if (past(f)) return null // what is over is counted in the figures
  if (f.twins) { // which look alike is an answer of its own; here it is only counted
    const all = queue.value.filter((r: Row) => fitsFilter(r, f, false))
    return { n: all.length, overdue: all.filter((r) => r.due_at && r.due_at < now.value).length }
  }
  const r = await get<Page<{ n: number; overdue: number }>>('/reports/tally?' + question(f)).catch(() => null)
  return r && r.rows.reduce((sum, x) => ({ n: sum.n + x.n, overdue: sum.overdue + x.overdue }), { n: 0, overdue: 0 })
}
const EVERY_MS = 8_000
let last = 0
let timer: ReturnType<typeof setTimeout> | undefined
async function tally(): Promise<void> {
  last = Date.now()
  const all = await Promise.all(kept.value.map(async (k): Promise<[string, Tally | null]> => [k.id, await tallyOf(k.query)]))
  tallies.value = new Map(all.filter((x): x is [string, Tally] => !!x[1]))
}
/** The queue has changed: soon, and not more often than it matters. */
export function tallySoon(): void {
  clearTimeout(timer)
  if (kept.value.length) timer = setTimeout(() => void tally(), Math.max(0, last + EVERY_MS - Date.now()))
}

/* ---- on one's own file ---- */

export const keeping = ref(false)
export async function loadKept(): Promise<void> {
  const r = await get<Page<{ id: string; title: string | null; query: string | null }>>('/me/filters?limit=50')
  kept.value = r.rows.flatMap((x) => (x.title && x.query !== null ? [{ id: x.id, title: x.title, query: x.query }] : []))
  last = 0
  tallySoon()
}
const own = (): string => '/people/' + (session.value.person ?? '') + '/filters'
export async function keep(title: string, query = here.value): Promise<void> {
  const same = kept.value.find((k) => k.title === title)
  await post(own(), { id: uuid7(), filter: same?.id ?? uuid7(), title, query })
  await loadKept()
}
export async function drop(id: string): Promise<void> {
  await post(own() + '/drop', { id: uuid7(), filter: id })
  await loadKept()
}
