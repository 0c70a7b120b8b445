/* What a dispatcher is at: the row under the cursor, the rows that are chosen, and what was pressed a moment ago and may
 * still be taken back. Nothing counts as done before the server has said so. */
import { computed, reactive, ref, shallowReactive, watch } from 'vue'
import { apiBase, session } from '@linli/core/api'
import { uuid7 } from '@linli/core/id'
import type { Row } from '@linli/core/types'
import { named } from '@linli/i18n/lang'
import { categories, changedHere, grids, handlers, onDuty, rows, selected, twins, units } from '../state'
import { suggest, type Suggestion } from '../suggest'
import { errorWords, t, tx } from '../words'
import { doMany, type Deed } from './batch'
import { q } from './words'

/* ---- the cursor and the choice ---- */

export const cursor = ref('')
export const chosen = reactive(new Set<string>())
/** Where a stretch began that Shift goes on with. */
let anchor = ''
const places = computed(() => new Map(rows.value.map((r, i) => [r.id, i])))
export const placeOf = (id: string): number => places.value.get(id) ?? -1
export const rowOf = (id: string): Row | undefined => rows.value[placeOf(id)]
export const chosenRows = computed(() => rows.value.filter((r) => chosen.has(r.id)))

/** The row leaves the list: the cursor goes to the one that took its place. */
let at = 0
watch(rows, (all) => {
  const i = placeOf(cursor.value)
  if (i >= 0) at = i
  else cursor.value = all[Math.min(at, all.length - 1)]?.id ?? ''
  for (const id of chosen) if (placeOf(id) < 0) chosen.delete(id)
}, { immediate: true })

let follow: ReturnType<typeof setTimeout> | undefined
const FOLLOW_MS = 160
/** With a matter open beside the list the other side goes along, once the cursor has come to rest: an opened matter is a
 * look that is written down. */
export function put(id: string): void {
  cursor.value = id
  at = Math.max(0, placeOf(id))
  clearTimeout(follow)
  if (selected.value && selected.value !== id) follow = setTimeout(() => (selected.value = id), FOLLOW_MS)
}
export function move(by: number, stretch = false): void {
  const all = rows.value
  if (!all.length) return
  const from = Math.max(0, placeOf(cursor.value))
  const to = Math.max(0, Math.min(all.length - 1, placeOf(cursor.value) < 0 ? 0 : from + by))
  if (stretch) reach(all[to]!.id)
  put(all[to]!.id)
}
export function toggle(id: string): void {
  anchor = id
  if (!chosen.delete(id)) chosen.add(id)
}
/** From where the choice began to here. */
export function reach(id: string): void {
  if (placeOf(anchor) < 0) anchor = cursor.value || id
  const [a, b] = [placeOf(anchor), placeOf(id)].sort((x, y) => x - y) as [number, number]
  for (const r of rows.value.slice(Math.max(0, a), b + 1)) chosen.add(r.id)
}
export function chooseAll(): void {
  const all = rows.value
  if (all.every((r) => chosen.has(r.id))) chosen.clear()
  else for (const r of all) chosen.add(r.id)
}
export function open(id: string): void {
  put(id)
  clearTimeout(follow)
  selected.value = id
}

/** What the detail should open with: r, n, m, D pressed in the list. */
export const wanted = ref<{ id: string; act: string } | null>(null)
export function ask(id: string, act: string): void {
  wanted.value = { id, act }
  open(id)
}

/* ---- said aloud, and shown for a while ---- */

export const said = ref<{ text: string; bad: boolean } | null>(null)
let quiet: ReturnType<typeof setTimeout> | undefined
export function say(text: string, bad = false): void {
  said.value = { text, bad }
  clearTimeout(quiet)
  quiet = setTimeout(() => (said.value = null), bad ? 12_000 : 6_000)
}

/* ---- who gets it ---- */

export const suggestionOf = (r: Row): Suggestion | undefined =>
  r.state !== 'collected' && r.state !== 'registered' ? undefined
    : suggest(r, { handlers: handlers.value, units: units.value, onDuty: onDuty.value, grids: grids.value, categories: categories.value, nameOf: named })
export function whyWords(s: Suggestion): string {
  const why = s.why === 'unit_on_duty' ? q('why.unit_on_duty', { name: s.duty }) : s.why === 'role' ? t(tx('role.', s.role, 'role.officer')) : q(`why.${s.why}`)
  return q('why.load', { why, n: s.open })
}

/* ---- one key: done after a moment in which it can be taken back ---- */

export const UNDO_MS = 5_000
export interface Waiting { id: string; number: number; words: string; at: number; deeds: Deed[] }
export const waiting = shallowReactive(new Map<string, Waiting>())
const timers = new Map<string, ReturnType<typeof setTimeout>>()
/** Faults that stand in the row until it changes. */
export const faults = shallowReactive(new Map<string, string>())

const path = (r: Row, act: string): string => `/reports/${r.id}/${act}`
/** A report that nobody has looked at yet is registered as what it says it is, and dispatched on top of that. */
export function dispatchDeeds(r: Row, to: string): Deed[] {
  const register: Deed = { route: path(r, 'register'), body: { id: uuid7(), version: r.version, category: r.category } }
  const send: Deed = { route: path(r, 'dispatch'), body: { id: uuid7(), version: r.version, to } }
  return r.state === 'collected' ? [register, { ...send, after: register.body.id }] : [send]
}
export const mergeDeeds = (r: Row, into: string): Deed[] => [{ route: path(r, 'merge'), body: { id: uuid7(), version: r.version, into } }]

function later(r: Row, words: string, deeds: Deed[]): void {
  faults.delete(r.id)
  waiting.set(r.id, { id: r.id, number: r.number, words, at: Date.now(), deeds })
  timers.set(r.id, setTimeout(() => void now(r.id), UNDO_MS))
  say(q('undo.soon', { what: words }))
}
async function now(id: string): Promise<void> {
  const w = waiting.get(id)
  clearTimeout(timers.get(id))
  timers.delete(id)
  if (!w) return
  let wrong = ''
  await doMany([w.deeds], (a) => (wrong ||= a.fault && a.fault.code !== 'not_tried' ? errorWords(a.fault) : ''))
  waiting.delete(id)
  if (wrong) faults.set(id, wrong)
  say(wrong ? q('one.failed', { what: w.words, why: wrong }) : q('one.done', { what: w.words }), !!wrong)
  changedHere()
}
/** Takes back what was pressed last, or for this row. */
export function undo(id?: string): void {
  const w = id ? waiting.get(id) : [...waiting.values()].sort((a, b) => b.at - a.at).find((x) => timers.has(x.id))
  if (!w || !timers.has(w.id)) return say(q('undo.none'), true)
  clearTimeout(timers.get(w.id))
  timers.delete(w.id)
  waiting.delete(w.id)
  say(q('undo.done', { what: w.words }))
}
/** The page goes away: what was pressed and not taken back is sent, not dropped. */
function leave(): void {
  const deeds = [...waiting.values()].filter((w) => timers.has(w.id)).flatMap((w) => w.deeds)
  for (const timer of timers.values()) clearTimeout(timer)
  timers.clear()
  if (!deeds.length) return
  const actions = deeds.map((d) => ({ route: d.route, ...(d.after ? { after: d.after } : {}), body: d.body }))
  void fetch(apiBase + '/batch', {
    method: 'POST', keepalive: true, credentials: 'same-origin', body: JSON.stringify({ actions }),
    headers: { 'Content-Type': 'application/json', ...(session.value.csrf ? { 'X-CSRF-Token': session.value.csrf } : {}) },
  }).catch(() => undefined)
}
addEventListener('pagehide', leave)

export function dispatchNow(r: Row | undefined): void {
  if (!r || waiting.has(r.id)) return
  const s = suggestionOf(r)
  if (r.state !== 'collected' && r.state !== 'registered') return say(q('one.not_now', { n: r.number, state: t(tx('state.', r.state, 'state.collected')) }), true)
  if (!s) return say(q('one.nobody', { n: r.number }), true)
  later(r, q(r.state === 'collected' ? 'one.register_dispatch' : 'one.dispatch', { n: r.number, name: s.name }), dispatchDeeds(r, s.to))
}
export function mergeNow(r: Row | undefined): void {
  const twin = r && twins.value.get(r.id)
  if (!r || waiting.has(r.id)) return
  if (!twin) return ask(r.id, 'merge')
  later(r, q('one.merge', { n: r.number, into: twin.number }), mergeDeeds(r, twin.into))
}
