/* What the first screen needs to know: the community, who I am, my receipts, the size of type. */
import { computed, ref, shallowRef, watch } from 'vue'
import { get, hasRole, isStaff, session } from '@linli/core/api'
import { now as clock, whenMoved } from '@linli/core/clock'
import { all, cached, keep, type Mine } from '@linli/core/store'
import type { Community, Page, Unit } from '@linli/core/types'
import { named } from '@linli/i18n/lang'
import { t } from './words'

export const community = shallowRef<Community | null>(null)
export const mine = shallowRef<Mine[]>([])
export const communityName = computed(() => named(community.value?.name) || t('app.name'))

/** Moves every half minute, so that countdowns do, and at once when this phone's clock turns out to be wrong. */
export const now = ref(clock())
const tick = (): void => void (now.value = clock())
setInterval(tick, 30_000)
whenMoved(tick)

/** Units that the signed-in person belongs to: they have work here without being staff. */
export const units = shallowRef<Unit[]>([])
export const works = computed(() => isStaff() || units.value.length > 0)
/** Answers for a place: what waits for their word comes first. An admin is one only after the second step of signing in. */
export const directs = computed(() => hasRole('overseer') || (session.value.strong === true && hasRole('admin')))
export async function loadUnits(): Promise<void> {
  const me = session.value.person
  units.value = me ? await cached('units' + me, async () => (await get<Page<Unit>>('/units/mine')).rows).catch(() => []) : []
}
watch(() => session.value.person, loadUnits)
/** Where somebody begins who has just signed in. */
export async function firstPlace(): Promise<string> {
  await loadUnits()
  return directs.value ? 'director' : works.value ? 'tasks' : ''
}

export async function loadCommunity(): Promise<void> {
  community.value = await cached('community', () => get<Community>('/community'))
}
export async function loadMine(): Promise<void> {
  mine.value = (await all('mine')).sort((a, b) => b.at - a.at)
}
export async function keepMine(m: Mine): Promise<void> {
  await keep('mine', m)
  await loadMine()
}

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
