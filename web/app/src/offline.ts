/* The app stays on the phone (sw.js). Where the browser has no workers, as inside some chat programs and without TLS, it
 * works as before, but needs a signal to be opened. */
import { root } from '@linli/core/api'
import { lang } from '@linli/i18n/lang'
import face from '../../kit/font/tibetan.woff2?url'
import { get, hasRole, isStaff, session } from '@linli/core/api'
import { formOf } from '@linli/core/form'
import { keptViews, syncGrid } from '@linli/core/grid'
import { onArrived } from '@linli/core/outbox'
import { stay } from '@linli/core/room'
import { cached } from '@linli/core/store'
import { keepThumbs } from '@linli/core/thumbs'
import { watch } from 'vue'
import { grids, loadCategories, loadGrids, loadUnits, units } from './state'

const TYPE = 'linli type'
/** The Tibetan face comes along for those who read Tibetan. */
async function keepFace(): Promise<void> {
  if (await (await caches.open(TYPE)).match(face)) return
  await caches.delete(TYPE)
  await (await caches.open(TYPE)).add(face)
}
/** Asked for below the community's own address, so that what is put on the home screen opens that community. */
function offerHome(): void {
  const l = document.createElement('link')
  l.rel = 'manifest'
  l.href = root + '/app/manifest.webmanifest'
  document.head.append(l)
}
export async function stayOnPhone(): Promise<void> {
  offerHome()
  if (!navigator.serviceWorker || !('caches' in window)) return
  await navigator.serviceWorker.register('/app/sw.js', { scope: '/' })
  watch(lang, (l) => void (l === 'bo' && keepFace().catch(() => undefined)), { immediate: true })
}

/* ---- the officer's grid ---- */
const AGAIN_MS = 10 * 60_000
const SOON_MS = 2_000

/** The lists beside the matters. They are asked for only where they may have changed. */
async function beside(kinds: string[], all: boolean): Promise<void> {
  const me = session.value.person
  if (all || kinds.includes('category')) await loadCategories()
  if (all || kinds.some((k) => k === 'grid' || k === 'person')) {
    grids.value = null // asked anew, and the old one again if there is no answer
    await loadGrids()
  }
  if (all || kinds.includes('unit')) await loadUnits()
  const lists = hasRole('dispatcher', 'clerk', 'officer', 'overseer') ? ['handling', 'verifying'] : ['handling']
  for (const list of lists) await cached(list + me, () => get(`/reports/${list}?limit=100`)).catch(() => undefined)
  for (const [key, list] of [['visits', '/visits/mine?limit=100'], ['doors', '/visits/home?limit=100']] as const) await cached(key + me, () => get(list)).catch(() => undefined)
  if (all || kinds.includes('checklist')) await cached('checklists', () => get('/checklists?limit=100')).catch(() => undefined)
  const views = await keptViews()
  for (const v of views) await formOf(v.data).catch(() => [])
  await keepThumbs(views).catch(() => undefined) // no room, no signal: they are only pictures
}

/** What an officer may need where there is no signal is on the phone before they go there. */
export function keepGrid(): void {
  let timer: ReturnType<typeof setTimeout> | undefined
  const go = (): void => {
    clearTimeout(timer)
    timer = setTimeout(go, AGAIN_MS)
    if (document.visibilityState === 'visible' && session.value.person && (isStaff() || units.value.length)) void syncGrid(beside)
  }
  const soon = (): void => {
    clearTimeout(timer)
    timer = setTimeout(go, SOON_MS)
  }
  onArrived(soon)
  document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && soon())
  watch([() => session.value.person, units], soon)
  watch(() => isStaff(), (staff) => void (staff && stay()), { immediate: true })
  go()
}
