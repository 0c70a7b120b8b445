/* What several screens share. The first screen has ./first/state. */
import { shallowRef } from 'vue'
import { get } from '@linli/core/api'
import { residentState } from '@linli/core/matter'
import { cached } from '@linli/core/store'
import type { Category, Grids, Page, State, View } from '@linli/core/types'
import { lang, named } from '@linli/i18n/lang'
import { t, tx } from './words'

export * from './first/state'
export const categories = shallowRef<Category[]>([])
export const grids = shallowRef<Grids | null>(null)

const KNOWN = ['flood', 'leak', 'light', 'road', 'rubbish', 'quarrel', 'help', 'other']
const builtIn = (): Category[] =>
  KNOWN.map((code, position) => ({ code, icon: code, name: { zh: '' }, limit: 0, unit: 'hours', position }))

export async function loadCategories(): Promise<void> {
  try {
    categories.value = (await cached('categories', () => get<Page<Category>>('/categories'))).rows
  } catch {
    if (!categories.value.length) categories.value = builtIn() // first visit without signal: reporting still works
  }
}
void loadCategories()
export async function loadGrids(): Promise<Grids | null> {
  grids.value ??= await cached('grids', () => get<Grids>('/grids')).catch(() => null)
  return grids.value
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
