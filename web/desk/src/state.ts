/* What the desk knows: the open queue by deadline, the counts, the pins, who can be sent. Kept fresh by the live feed:
 * a change fetches the newest-changed rows and merges them. */
import { computed, reactive, ref, shallowRef } from 'vue'
import { get, hasRole, session } from '@linli/core/api'
import { listen } from '@linli/core/live'
import { isOpen, titleOf } from '@linli/core/matter'
import type { Category, Cell, Community, Count, Grids, Handler, Page, Pin, Row } from '@linli/core/types'
import { lang, named } from '@linli/i18n/lang'
import type { OnDuty, TakingUnit } from './suggest'
import { t, tx } from './words'

const FIRST = 100 // on the screen at once
const PAGE = 500
const FOUND = 100
const QUEUE_MAX = 20_000
const EMPTY_MAX = 20
const CHANGED_PAGES_MAX = 20

export const community = shallowRef<Community | null>(null)
export const categories = shallowRef<Category[]>([])
export const grids = shallowRef<Grids | null>(null)
export const counts = shallowRef<Count[]>([])
export const pins = shallowRef<Pin[]>([])
export const cells = shallowRef<Cell[]>([])
export const handlers = shallowRef<Handler[]>([])
export const units = shallowRef<TakingUnit[]>([])
export const onDuty = shallowRef<OnDuty[]>([])
export const queue = shallowRef<Row[]>([])
export const found = shallowRef<Row[]>([])
export const foundNext = ref<string | null>(null)
export const selected = ref('')
export const fresh = reactive(new Set<string>())
export const now = ref(Date.now())
export const trouble = shallowRef<unknown>(null)
/** Counts up with every change of the selected matter. */
export const touched = ref(0)
setInterval(() => (now.value = Date.now()), 15_000)

/** `due`: within so many hours, 0 whenever; `twins`: only what looks like another. */
export interface Filter { state: string; category: string; place: string; handler: string; overdue: boolean; due: number; twins: boolean; q: string }
export const NO_FILTER: Readonly<Filter> = { state: 'open', category: '', place: '', handler: '', overdue: false, due: 0, twins: false, q: '' }
export const filter = reactive<Filter>({ ...NO_FILTER })
export const clear = (): void => void Object.assign(filter, NO_FILTER)
export const filtered = computed(() => (Object.keys(NO_FILTER) as (keyof Filter)[]).some((k) => filter[k] !== NO_FILTER[k]))
/** What the open queue cannot answer is asked of the server: words, and matters that are over. */
export const asking = computed(() => !!filter.q.trim() || !(filter.state === 'open' || isOpen(filter.state as Row['state'])))

/** Which report looks like an older one, and why (GET /reports/duplicates). */
export interface Twin { id: string; into: string; number: number; state: string; why: { distance_m: number; hours: number; category: boolean; words?: string; score: number } }
export const twins = shallowRef<Map<string, Twin>>(new Map())

const dueBy = (r: Row, at: number): boolean => isOpen(r.state) && !!r.due_at && r.due_at < at
export function fitsFilter(r: Row, f: Filter, searched: boolean): boolean {
  return (
    (f.state === 'open' ? searched || isOpen(r.state) : f.state === 'any' || r.state === (f.state === 'verify' ? 'done' : f.state)) &&
    (!f.category || r.category === f.category) &&
    (!f.place || r.place === f.place) &&
    (!f.handler || r.handler === f.handler) &&
    (!f.overdue || dueBy(r, now.value)) &&
    (!f.due || dueBy(r, now.value + f.due * 3_600_000)) &&
    (!f.twins || twins.value.has(r.id))
  )
}
export const rows = computed<Row[]>(() => (asking.value ? found.value : queue.value).filter((r) => fitsFilter(r, filter, asking.value)))

const byDue = (a: Row, b: Row): number => (a.due_at || Infinity) - (b.due_at || Infinity) || a.number - b.number

/** How much of a long queue has come; 0: all of it. */
export const arriving = ref(0)
/** The first page stands at once; the others come behind it, for whoever scrolls that far or searches. */
async function loadQueue(): Promise<void> {
  const all: Row[] = []
  let after = ''
  do {
    const p = await get<Page<Row>>(`/reports/queue?limit=${all.length ? PAGE : FIRST}${after && '&after=' + encodeURIComponent(after)}`)
    all.push(...p.rows)
    after = p.next ?? ''
    if (all.length === p.rows.length && !queue.value.length) queue.value = all.slice().sort(byDue)
    arriving.value = after ? all.length : 0
  } while (after && all.length < QUEUE_MAX)
  arriving.value = 0
  for (const r of all) if ((r.changed_at ?? 0) > changedTo) changedTo = r.changed_at ?? 0
  queue.value = all.sort(byDue)
}
/** Up to which change the queue is known. */
let changedTo = 0
export async function find(more = false): Promise<void> {
  const q = new URLSearchParams({ limit: String(FOUND) })
  if (filter.q.trim() && filter.state !== 'verify') q.set('q', filter.q.trim())
  const mine = filter.state === 'verify' // done by others: what this person may verify, oldest first
  if (!mine && filter.state !== 'any' && filter.state !== 'open') q.set('state', filter.state)
  if (filter.state === 'open') q.set('open', '1')
  if (more && foundNext.value) q.set('after', foundNext.value)
  try {
    const ask = (): Promise<Page<Row>> => get((mine ? '/reports/verifying?' : '/reports?') + q.toString())
    let p = await ask()
    for (let n = 0; n < EMPTY_MAX && !p.rows.length && p.next; n++) { // a page of a search may be empty, and it goes on
      q.set('after', p.next)
      p = await ask()
    }
    found.value = more ? [...found.value, ...p.rows] : p.rows
    foundNext.value = p.next
    trouble.value = null
  } catch (e) {
    trouble.value = e
  }
}
/** Marks are a help, not a duty: without them the queue stands all the same. */
async function loadTwins(): Promise<void> {
  const r = await get<{ rows: Twin[] }>('/reports/duplicates').catch(() => null)
  if (r) twins.value = new Map(r.rows.map((x) => [x.id, x]))
}
const loadCounts = async (): Promise<void> => void (counts.value = (await get<Page<Count>>('/reports/counts')).rows)

/* The map shows each open matter while they are few. In a city it shows the piece that is looked at: counts, and single
 * matters again where the piece holds few. */
const PINS_MAX = 2000
const SINGLY_MAX = 40
export interface Piece { west: number; south: number; east: number; north: number; cell: number /* metres */ }
let piece: Piece | undefined
export const crowded = ref(false)
async function loadPins(): Promise<void> {
  if (!crowded.value) {
    const all = (await get<Page<Pin>>(`/reports/map?limit=${PINS_MAX}`)).rows
    crowded.value = all.length >= PINS_MAX
    if (!crowded.value || !piece) pins.value = all
  }
  if (!crowded.value || !piece) return
  const asked = piece
  const { cell, ...box } = asked
  const q = new URLSearchParams(Object.entries(box).map(([k, v]) => [k, v.toFixed(6)]))
  const counted = (await get<Page<Cell>>(`/reports/clusters?${q}&cell=${cell}&limit=${PINS_MAX}`)).rows
  const few = counted.reduce((n, c) => n + c.n, 0) <= SINGLY_MAX
  const single = few ? (await get<Page<Pin>>(`/reports/map?${q}&limit=${PINS_MAX}`)).rows : []
  if (asked !== piece) return // the map has moved on
  cells.value = few ? [] : counted
  pins.value = single
}
/** The map is moved: what is drawn there. */
export const look = (at: Piece): void => {
  piece = at
  if (crowded.value) void loadPins().catch((e: unknown) => (trouble.value = e))
}
/** Asked only by who may ask: a refusal would stand in the log of each clerk's browser. */
export async function loadHandlers(): Promise<void> {
  if (!hasRole('dispatcher', 'overseer', 'admin')) return
  const [h, u, d] = await Promise.all([
    get<Page<Handler>>('/people/handlers').catch(() => ({ rows: handlers.value })),
    get<Page<TakingUnit>>('/units?limit=100&state=active').catch(() => ({ rows: units.value })),
    get<Page<OnDuty>>('/units/on_duty?limit=500').catch(() => ({ rows: onDuty.value })),
  ])
  handlers.value = h.rows
  units.value = u.rows
  onDuty.value = d.rows
}

export async function loadAll(): Promise<void> {
  try {
    await Promise.all([
      get<Community>('/community').then((c) => (community.value = c)),
      get<Page<Category>>('/categories').then((c) => (categories.value = c.rows)),
      get<Grids>('/grids').then((g) => (grids.value = g)),
      loadQueue(),
      loadCounts(),
      loadPins(),
      loadHandlers(),
      loadTwins(),
    ])
    trouble.value = null
  } catch (e) {
    trouble.value = e
  }
}

/** What changed since, newest first, as many pages as that takes: a whole selection may have been acted on at once. */
async function changes(): Promise<Row[]> {
  const all: Row[] = []
  let after = ''
  for (let n = 0; n < CHANGED_PAGES_MAX; n++) {
    const p = await get<Page<Row>>(`/reports?limit=${n ? 100 : 20}${after && '&after=' + encodeURIComponent(after)}`)
    all.push(...p.rows)
    after = p.next ?? ''
    if (!after || !p.rows.length || (p.rows[p.rows.length - 1]!.changed_at ?? 0) < changedTo) break
  }
  return all
}
/** Merged into the queue. */
async function merge(): Promise<void> {
  try {
    const changed = await changes()
    const at = new Map(queue.value.map((r) => [r.id, r]))
    for (const r of changed) {
      if ((r.changed_at ?? 0) > changedTo) changedTo = r.changed_at ?? 0
      const old = at.get(r.id)
      if (isOpen(r.state)) at.set(r.id, r)
      else at.delete(r.id)
      if (!old && r.state === 'collected' && Date.now() - r.opened_at < 120_000) {
        fresh.add(r.id)
        setTimeout(() => fresh.delete(r.id), 60_000)
      }
    }
    queue.value = [...at.values()].sort(byDue)
    if (asking.value) await find()
    await Promise.all([loadCounts(), loadPins(), loadHandlers(), loadTwins()])
    trouble.value = null
  } catch (e) {
    trouble.value = e
  }
}
let timer: ReturnType<typeof setTimeout> | undefined
function soon(): void {
  clearTimeout(timer)
  timer = setTimeout(() => void merge(), 250)
}
let stop = (): void => undefined
export function startLive(): void {
  stop()
  stop = listen((c) => {
    if (c.matter === selected.value) touched.value++
    soon()
  }, undefined, (first) => (first ? soon() : void loadAll()))
}
export function stopLive(): void {
  clearTimeout(timer)
  stop()
}
export { soon as changedHere }

export function categoryName(code: string): string {
  const c = categories.value.find((x) => x.code === code)
  const own = c?.name[lang.value]
  if (own) return own
  const k = tx('category.', code, 'category.other') // the app's own word before another language's
  return k === 'category.other' && code !== 'other' ? named(c?.name) || t(k) : t(k)
}
export const categoryIcon = (code: string): string => categories.value.find((x) => x.code === code)?.icon ?? code
const gridNames = computed(() => new Map((grids.value?.features ?? []).map((g) => [g.properties.code, g.properties.name])))
const handlerNames = computed(() => new Map([...units.value.map((u): [string, string] => [u.id, named(u.name)]), ...handlers.value.map((h): [string, string] => [h.person, h.name])]))
export const gridName = (code: string): string => gridNames.value.get(code) ?? (code === community.value?.code ? named(community.value.name) : code)
/** Of a person, or of the unit that has it. */
export const handlerName = (id: string | null | undefined): string => (id && handlerNames.value.get(id)) || ''
export const title = (r: Pick<Row, 'public_title' | 'text' | 'category' | 'data'>): string => titleOf(r) || categoryName(r.category)
export const isDesk = (): boolean => (session.value.roles ?? []).some((r) => ['dispatcher', 'clerk', 'overseer', 'admin', 'officer', 'team', 'mediator', 'auditor'].includes(r.role))
