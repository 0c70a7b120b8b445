/* Hand-over notes as the server tells them, and the draft of one: what the queries say will matter to the next shift. */
import { reactive, ref, shallowRef } from 'vue'
import { get, post, session } from '@linli/core/api'
import { uuid7 } from '@linli/core/id'
import type { Happening, Page, Row } from '@linli/core/types'

export interface Note {
  id: string; state: 'written' | 'taken' | 'withdrawn'; version: number; opened_at: number; changed_at: number; author: string; author_name: string
  text: string | null; watch: string | null; from: number; until: number; matters: number; added: number; taken_by: string; taken_name: string; taken_at: number
}
export type Why = 'overdue' | 'due' | 'waiting' | 'watch'
export type Linked = Pick<Row, 'id' | 'number' | 'state' | 'version' | 'place' | 'category' | 'due_at' | 'closed_at' | 'text' | 'public_title' | 'handler'> & { n: number; why: Why }
export const LINKED_MAX = 60
const LISTED_MAX = 20

export const notes = shallowRef<Note[]>([])
export const next = ref<string | null>(null)
export const ready = ref(false)
export async function loadNotes(more = false): Promise<void> {
  const p = await get<Page<Note>>(`/shifts?limit=20${more && next.value ? '&after=' + encodeURIComponent(next.value) : ''}`)
  notes.value = more ? [...notes.value, ...p.rows] : p.rows
  next.value = p.next
  ready.value = true
}
export const mattersOf = async (id: string): Promise<Linked[]> => (await get<Page<Linked>>(`/shifts/${id}/matters?limit=${LINKED_MAX}`)).rows
/** What was said on the note after it was written. */
export interface Word { seq: number; at: number; name: string; text: string; did: string }
export async function wordsOn(id: string): Promise<Word[]> {
  const v = await get<{ timeline: Happening[] }>('/shifts/' + id)
  return v.timeline.flatMap((h) => (h.type !== 'shift.write' && typeof h.data?.['text'] === 'string' ? [{ seq: h.seq, at: h.at, name: h.name ?? '', text: h.data['text'], did: h.type.slice(6) }] : []))
}
export const act = async (n: Note, name: 'take' | 'add' | 'withdraw', text = ''): Promise<void> => {
  await post(`/shifts/${n.id}/${name}`, { id: uuid7(), ...(name === 'add' ? {} : { version: n.version }), ...(text.trim() ? { text: text.trim() } : {}) })
  await loadNotes()
}
export const isMine = (n: Note): boolean => n.author === session.value.person
/** Whoever wrote a note does not take it over: the newest that somebody else left. */
export const left = (): Note | undefined => notes.value.find((n) => n.state === 'written' && !isMine(n))

/* ---- the draft: lists that are queries, of which the author keeps, drops and adds ---- */

export interface Item { row: Row; why: Why; on: boolean }
export interface Draft { text: string; watch: string; from: number; until: number; nextUntil: number; items: Item[]; counts: Record<Why, number> }
const HOUR_MS = 3_600_000
const SHIFT_H = 8
/** Kept while the desk is open: whoever looks something up in the queue finds it again. */
export const draft = reactive<Draft>({ text: '', watch: '', from: 0, until: 0, nextUntil: 0, items: [], counts: { overdue: 0, due: 0, waiting: 0, watch: 0 } })
const nOf = async (query: string): Promise<number> => (await get<Page<{ n: number }>>('/reports/tally?' + query)).rows.reduce((n, r) => n + r.n, 0)
export async function prepare(now: number, marked: Row[]): Promise<void> {
  const half = Math.round(now / (HOUR_MS / 2)) * (HOUR_MS / 2)
  if (!draft.until) Object.assign(draft, { from: half - SHIFT_H * HOUR_MS, until: half, nextUntil: half + SHIFT_H * HOUR_MS })
  const [soon, raised, over, both] = await Promise.all([
    get<Page<Row>>(`/reports/queue?limit=${LINKED_MAX + LISTED_MAX}&overdue=${draft.nextUntil}`),
    get<Page<Row>>('/reports/raised?limit=' + LISTED_MAX), // supervised or escalated: somebody above waits to be answered
    nOf('overdue=' + now),
    nOf('overdue=' + draft.nextUntil),
  ])
  const waiting = (await get<Page<{ n: number }>>('/reports/raised/counts')).rows.reduce((n, r) => n + r.n, 0)
  draft.counts = { overdue: over, due: both - over, waiting, watch: marked.length }
  const off = new Set(draft.items.filter((i) => !i.on).map((i) => i.row.id))
  const all: Item[] = []
  const add = (rows: Row[], why: Why): void => {
    for (const row of rows) if (!all.some((i) => i.row.id === row.id)) all.push({ row, why, on: !off.has(row.id) })
  }
  add([...marked, ...draft.items.filter((i) => i.why === 'watch').map((i) => i.row)], 'watch')
  add(raised.rows.filter((r) => r.due_at && r.due_at >= now).slice(0, LISTED_MAX), 'waiting')
  add(soon.rows.filter((r) => (r.due_at ?? 0) < now).slice(0, LISTED_MAX), 'overdue')
  add(soon.rows.filter((r) => (r.due_at ?? 0) >= now).slice(0, LISTED_MAX), 'due')
  add(raised.rows.slice(0, LISTED_MAX), 'waiting')
  draft.items = all
}
export async function send(): Promise<void> {
  const matters = draft.items.filter((i) => i.on).map((i) => ({ matter: i.row.id, why: i.why }))
  await post('/shifts', { id: uuid7(), text: draft.text.trim(), from: draft.from, until: draft.until, ...(draft.watch.trim() ? { watch: draft.watch.trim() } : {}), ...(matters.length ? { matters } : {}) })
  Object.assign(draft, { text: '', watch: '', from: 0, until: 0, nextUntil: 0, items: [] })
  await loadNotes()
}
