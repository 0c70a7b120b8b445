/* What several screens share: the community, its categories and grids, the size of type, my receipts. */
import { computed, ref, shallowRef, watch } from 'vue'
import { get, isStaff, session } from '@linli/core/api'
import { now as clock } from '@linli/core/clock'
import { residentState } from '@linli/core/matter'
import { all, cached, keep, type Mine } from '@linli/core/store'
import type { Category, Community, Grids, Page, State, Unit, View } from '@linli/core/types'
import { lang, named } from '@linli/i18n/lang'
import { t, tx } from './words'

export const community = shallowRef<Community | null>(null)
export const categories = shallowRef<Category[]>([])
export const grids = shallowRef<Grids | null>(null)
export const mine = shallowRef<Mine[]>([])
export const communityName = computed(() => named(community.value?.name) || t('app.name'))

/** Moves every half minute, so that countdowns do. */
export const now = ref(clock())
setInterval(() => (now.value = clock()), 30_000)

const KNOWN = ['flood', 'leak', 'light', 'road', 'rubbish', 'quarrel', 'help', 'other']
const builtIn = (): Category[] =>
  KNOWN.map((code, position) => ({ code, icon: code, name: { zh: '' }, limit: 0, unit: 'hours', position }))

/** Units that the signed-in person belongs to: they have work here without being staff. */
export const units = shallowRef<Unit[]>([])
export const works = computed(() => isStaff() || units.value.length > 0)
export async function loadUnits(): Promise<void> {
  const me = session.value.person
  units.value = me ? await cached('units' + me, async () => (await get<Page<Unit>>('/units/mine')).rows).catch(() => []) : []
}
watch(() => session.value.person, loadUnits)
/** Where somebody begins who has just signed in. */
export async function firstPlace(): Promise<string> {
  await loadUnits()
  return works.value ? 'tasks' : ''
}

export async function loadCommunity(): Promise<void> {
  community.value = await cached('community', () => get<Community>('/community'))
}
export async function loadCategories(): Promise<void> {
  try {
    categories.value = (await cached('categories', () => get<Page<Category>>('/categories'))).rows
  } catch {
    if (!categories.value.length) categories.value = builtIn() // first visit without signal: reporting still works
  }
}
export async function loadGrids(): Promise<Grids | null> {
  grids.value ??= await cached('grids', () => get<Grids>('/grids')).catch(() => null)
  return grids.value
}
export async function loadMine(): Promise<void> {
  mine.value = (await all('mine')).sort((a, b) => b.at - a.at)
}
export async function keepMine(m: Mine): Promise<void> {
  await keep('mine', m)
  await loadMine()
}

export function categoryName(code: string): string {
  const c = categories.value.find((x) => x.code === code)
  const own = c?.name[lang.value]
  if (own) return own
  const k = tx('category.', code, 'category.other') // the app's own word before another language's
  return k === 'category.other' && code !== 'other' ? named(c?.name) || t(k) : t(k)
}
/** The Chinese of a category, to stand beside unreviewed Tibetan. */
export const categoryZh = (code: string): string => categories.value.find((x) => x.code === code)?.name.zh ?? ''
export const categoryIcon = (code: string): string => categories.value.find((x) => x.code === code)?.icon ?? code
export const gridName = (code: string): string =>
  grids.value?.features.find((g) => g.properties.code === code)?.properties.name ?? ''
/** The grid, what is near, and indoors the floor and the door. */
export const whereWords = (v: View): string => [gridName(v.place), v.data.near, v.data.floor, v.data.door].filter(Boolean).join(' · ')

export const residentKey = (s: State) => `resident.${residentState(s)}` as const

const html = document.documentElement
function remember(key: string, value: string): void {
  try {
    localStorage.setItem('linli.' + key, value)
  } catch {
    /* holds for this visit */
  }
}
function remembered(key: string): string {
  try {
    return localStorage.getItem('linli.' + key) ?? ''
  } catch {
    return ''
  }
}
export const big = ref(false)
export function setBig(on: boolean): void {
  big.value = on
  html.classList.toggle('big', on)
  remember('big', on ? '1' : '')
}

/** As the phone is set, or as chosen here: light, dark, or with sharp contrast. */
export type Look = '' | 'light' | 'dark' | 'sharp'
export const look = ref<Look>('')
const dim = matchMedia('(prefers-color-scheme: dark)')
const sharp = matchMedia('(prefers-contrast: more)')
function paint(): void {
  html.classList.toggle('dark', look.value ? look.value === 'dark' : dim.matches)
  html.classList.toggle('sharp', look.value ? look.value === 'sharp' : sharp.matches)
}
dim.onchange = sharp.onchange = paint
export function setLook(l: Look): void {
  look.value = l
  paint()
  remember('look', l)
}
export function lookAsBefore(): void {
  setBig(!!remembered('big'))
  setLook(remembered('look') as Look)
}

export const toast = ref('')
let timer: ReturnType<typeof setTimeout> | undefined
export function say(text: string): void {
  toast.value = text
  clearTimeout(timer)
  timer = setTimeout(() => (toast.value = ''), 4_500)
}
