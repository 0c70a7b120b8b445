/* What the wall shows, kept fresh by the live feed and, should that fail unseen, by asking again. Every list is replaced
 * whole, so that a screen that hangs for months holds no more than on its first day. Nobody's words come here: the wall's
 * own lists have none (GET /reports/wall). */
import { computed, ref, shallowRef, watch } from 'vue'
import { ApiError, get, hasRole } from '@linli/core/api'
import { now as clock } from '@linli/core/clock'
import { listen, live } from '@linli/core/live'
import { evening } from '@linli/core/time'
import { OPEN_STATES, type Category, type Cell, type Community, type Count, type Grids, type Page, type State } from '@linli/core/types'
import { categories, community, grids } from '../state'

export interface Matter {
  id: string
  number: number
  state: State
  category: string
  place: string
  opened_at: number
  changed_at: number
  due_at: number
  closed_at: number
  level: number
  public_title?: string
  lon?: number | null
  lat?: number | null
}
export const DUE_SHOWN = 7
const NEXT_SHOWN = 3 /* of them at least so many that are not overdue yet */
const DUE_ASKED = 100
export const FEED_SHOWN = 6
const MAP_MAX = 100
const PAGES_MAX = 10
const ASK_MS = 30_000
const RETRY_MS = 5_000
const SOON_MS = 700
/** Older than this, what stands on the wall may no longer be so. */
const STALE_MS = 75_000
const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const CITY_CELL_M = 400

export const counts = shallowRef<Count[]>([])
export const due = shallowRef<Matter[]>([])
export const feed = shallowRef<Matter[]>([])
export const pins = shallowRef<Matter[]>([])
export const cells = shallowRef<Cell[]>([])
export const figures = shallowRef<Record<string, number>>({})
/** Ids that changed a moment ago: they are marked. */
export const fresh = shallowRef<ReadonlySet<string>>(new Set())
export const now = ref(clock())
export const okAt = ref(0)
export const failed = ref(false)
export const signedOut = ref(false)
export const stale = computed(() => failed.value || (okAt.value > 0 && now.value - okAt.value > STALE_MS))

export interface Kpi { key: 'overdue' | 'open' | 'collected' | 'done' | 'raised' | 'closed' | 'in_time'; icon: string; n: number; of?: number; path: string; alarm?: boolean }
const FIGURES = ['officer', 'dispatcher', 'overseer', 'admin', 'auditor']
const dayStart = (): number => evening(0, clock()) - 18 * HOUR_MS
function monthStart(): number {
  const d = new Date(dayStart() + 8 * HOUR_MS)
  return dayStart() - (d.getUTCDate() - 1) * DAY_MS
}
const inAll = (what: 'n' | 'overdue'): number => counts.value.reduce((sum, c) => sum + (OPEN_STATES.includes(c.state) ? c[what] : 0), 0)
const inState = (s: State): number => counts.value.find((c) => c.state === s)?.n ?? 0
/** Each is a query of the server; `path` is the list of its matters. */
export const kpis = computed<Kpi[]>(() => {
  const open: Kpi[] = [
    { key: 'overdue', icon: 'warn', n: inAll('overdue'), path: '/reports/wall/due?overdue={now}', alarm: true },
    { key: 'open', icon: 'tasks', n: inAll('n'), path: '/reports/wall?open=1' },
    { key: 'collected', icon: 'bell', n: inState('collected'), path: '/reports/wall?state=collected' },
    { key: 'done', icon: 'eye', n: inState('done'), path: '/reports/wall?state=done' },
  ]
  const f = figures.value
  if (f['raised'] === undefined) return open
  const day = `from=${dayStart()}`
  return [
    ...open,
    { key: 'raised', icon: 'plus', n: f['raised'], path: `/figures/raised/matters?${day}` },
    { key: 'closed', icon: 'check', n: f['closed'] ?? 0, path: `/figures/closed/matters?${day}` },
    { key: 'in_time', icon: 'clock', n: f['in_time'] ?? 0, of: f['month'] ?? 0, path: `/figures/closed_in_time/matters?from=${monthStart()}` },
  ]
})

async function loadFigures(): Promise<void> {
  if (!hasRole(...FIGURES)) return
  const one = async (path: string): Promise<number> => (await get<{ n: number }>(path)).n
  const [day, month] = [dayStart(), monthStart()]
  const [raised, closed, in_time, all] = await Promise.all([
    one(`/figures/raised?from=${day}`),
    one(`/figures/closed?from=${day}`),
    one(`/figures/closed_in_time?from=${month}`),
    one(`/figures/closed?from=${month}`),
  ])
  figures.value = { raised, closed, in_time, month: all }
}
/* Each open matter where they are few; where they are too many, cells say how many. */
async function loadMap(): Promise<void> {
  const all: Matter[] = []
  let after = ''
  for (let i = 0; i < PAGES_MAX; i++) {
    const p = await get<Page<Matter>>(`/reports/wall?open=1&limit=${MAP_MAX}${after && '&after=' + encodeURIComponent(after)}`)
    all.push(...p.rows)
    after = p.next ?? ''
    if (!after) break
  }
  if (!after) {
    pins.value = all.filter((m) => m.lon && m.lat)
    cells.value = []
    return
  }
  const b = community.value?.bounds ?? [73, 18, 135, 54]
  cells.value = (await get<Page<Cell>>(`/reports/clusters?west=${b[0]}&south=${b[1]}&east=${b[2]}&north=${b[3]}&cell=${CITY_CELL_M}&limit=2000`)).rows
  pins.value = []
}
function mark(rows: Matter[]): void {
  if (!feed.value.length) return
  const was = new Map(feed.value.map((m) => [m.id, m.changed_at]))
  const newer = rows.filter((m) => was.get(m.id) !== m.changed_at && m.changed_at > (feed.value[0]?.changed_at ?? 0) - 1)
  if (newer.length) fresh.value = new Set(newer.map((m) => m.id))
}
/* What is overdue stands first, and what comes next is there as well. */
function dueShown(all: Matter[]): Matter[] {
  const next = all.filter((m) => m.due_at >= clock())
  const over = all.slice(0, all.length - next.length)
  const most = DUE_SHOWN - Math.min(NEXT_SHOWN, next.length)
  return [...over.slice(0, most), ...next].slice(0, DUE_SHOWN)
}
let asking = false
let again = false
export async function load(): Promise<void> {
  if (asking) {
    again = true
    return
  }
  asking = true
  try {
    if (!community.value || !grids.value || !categories.value.length)
      await Promise.all([
        get<Community>('/community').then((c) => (community.value = c)),
        get<Page<Category>>('/categories').then((c) => (categories.value = c.rows)),
        get<Grids>('/grids').then((g) => (grids.value = g)),
      ])
    const [c, d, f] = await Promise.all([
      get<Page<Count>>('/reports/counts'),
      get<Page<Matter>>(`/reports/wall/due?limit=${DUE_ASKED}`),
      get<Page<Matter>>(`/reports/wall?limit=${FEED_SHOWN}`),
      loadFigures(),
      loadMap(),
    ])
    mark(f.rows)
    counts.value = c.rows
    due.value = dueShown(d.rows)
    feed.value = f.rows
    okAt.value = clock()
    failed.value = signedOut.value = false
  } catch (e) {
    failed.value = true
    signedOut.value = e instanceof ApiError && e.status === 401
  }
  asking = false
  if (again) {
    again = false
    soon()
  }
}
let timer: ReturnType<typeof setTimeout> | undefined
function soon(): void {
  timer ??= setTimeout(() => {
    timer = undefined
    void load()
  }, SOON_MS)
}
/** Until the wall is left. */
export function begin(): () => void {
  void load()
  const stop = listen(soon, undefined, soon)
  const ask = setInterval(soon, ASK_MS)
  const lost = watch(live, (on) => on || soon()) // is it the feed alone, or the server?
  const retry = setInterval(() => failed.value && soon(), RETRY_MS)
  const asked = (): void => void load()
  document.addEventListener('linli-ask', asked) // a test asks more often than a day does
  const tick = setInterval(() => (now.value = clock()), 1_000)
  return () => {
    stop()
    document.removeEventListener('linli-ask', asked)
    clearInterval(ask)
    clearInterval(retry)
    lost()
    clearInterval(tick)
    clearTimeout(timer)
    timer = undefined
  }
}
/** The list behind a figure. */
export const listOf = (k: Kpi): Promise<Page<Matter>> => get<Page<Matter>>(k.path.replace('{now}', String(clock())) + '&limit=12')

/** "1:05:09" within a day, else days and hours in words. */
export function countdown(ms: number): { days: number; hours: number; text: string } {
  const s = Math.floor(Math.abs(ms) / 1000)
  const two = (n: number): string => String(n).padStart(2, '0')
  return { days: Math.floor(s / 86400), hours: Math.floor((s % 86400) / 3600), text: `${Math.floor(s / 3600)}:${two(Math.floor((s % 3600) / 60))}:${two(s % 60)}` }
}
