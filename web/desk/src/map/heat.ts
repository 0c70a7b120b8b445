/* Where things happen: what was raised in a span of days, over or not, counted in cells of the map, by grid and by day
 * (GET /reports/heat*). The slider moves the last day of the span. */
import { computed, ref, shallowRef, watch } from 'vue'
import { get } from '@linli/core/api'
import type { Page, Schemas } from '@linli/core/types'
import type { Piece } from '../state'
import { dayAt, startOf, ZONE_MINUTES } from '../when'

export type HeatCell = Schemas['report_heat.row']
export type HeatPlace = Schemas['report_heat_places.row']
export type HeatDay = Schemas['report_heat_days.row']
export const SPANS = [7, 30, 90, 365] as const
const ROWS_MAX = 2000 // of one answer
const REST_MS = 150 // a slider asks when it rests

export const today = (): number => dayAt(Date.now())
export const category = ref('')
export const span = ref<(typeof SPANS)[number]>(30)
export const last = ref(today())
export const days = shallowRef<HeatDay[]>([])
export const places = shallowRef<HeatPlace[]>([])
export const cells = shallowRef<HeatCell[]>([])
export const ready = ref(false)
export const wrong = shallowRef<unknown>(null)
export const first = computed(() => days.value[0]?.day ?? 0)
export const begin = computed(() => last.value - span.value + 1)

let piece: Piece | undefined
let turn = 0
function asked(): URLSearchParams {
  const q = new URLSearchParams({ limit: String(ROWS_MAX), from: String(startOf(begin.value)), until: String(startOf(last.value + 1)) })
  if (category.value) q.set('category', category.value)
  return q
}
/** The newest question counts; an answer that comes late is dropped. */
async function load(): Promise<void> {
  const mine = ++turn
  const q = asked()
  const there = new URLSearchParams(q)
  if (piece) for (const [k, v] of Object.entries(piece)) there.set(k, String(v))
  try {
    const [byPlace, byCell] = await Promise.all([
      get<Page<HeatPlace>>('/reports/heat/places?' + q.toString()),
      piece ? get<Page<HeatCell>>('/reports/heat?' + there.toString()) : null,
    ])
    if (mine !== turn) return
    places.value = byPlace.rows
    if (byCell) cells.value = byCell.rows
    ready.value = true
    wrong.value = null
  } catch (e) {
    if (mine === turn) wrong.value = e
  }
}
async function loadDays(): Promise<void> {
  const q = new URLSearchParams({ zone: String(ZONE_MINUTES), limit: String(ROWS_MAX) })
  if (category.value) q.set('category', category.value)
  const of = category.value
  try {
    const got = (await get<Page<HeatDay>>('/reports/heat/days?' + q.toString())).rows.sort((a, b) => a.day - b.day)
    if (of === category.value) days.value = got
  } catch (e) {
    wrong.value = e
  }
}
let timer: ReturnType<typeof setTimeout> | undefined
function soon(): void {
  clearTimeout(timer)
  timer = setTimeout(() => void load(), REST_MS)
}
watch([category, span, last], soon)
watch(category, loadDays)
/** The map shows another piece. */
export function lookAt(at: Piece): void {
  piece = at
  soon()
}
export function open(): void {
  if (last.value > today()) last.value = today()
  void loadDays()
  soon()
}
