/* Small pictures of what one has in hand, for where there is no signal: in the browser's cache store, a few megabytes at
 * most, and only while the phone has room for what people write. Without that store (no TLS) there are none. */
import { apiBase } from './api'
import { isOpen } from './matter'
import { room } from './room'
import { PICTURES } from './store'
import type { View } from './types'

const MATTERS_MAX = 40
const EACH_MAX = 3
const BYTES_MAX = 100_000
export const thumbPath = (matter: string, id: string): string => `${apiBase}/files/${matter}/${id}/thumb`

/** Of these matters those that are in hand and open, what is due first before the others; the rest goes. */
export async function keepThumbs(views: View[]): Promise<void> {
  if (!('caches' in window)) return
  const mine = views.filter((v) => isOpen(v.state) && v.me.some((r) => r === 'handler' || r === 'co_handler'))
  mine.sort((a, b) => (a.due_at || Infinity) - (b.due_at || Infinity))
  const of = (v: View): string[] => [...(v.data.photos ?? []), ...(v.data.result_photos ?? [])].slice(0, EACH_MAX).map((x) => thumbPath(v.id, x.id))
  const wanted = new Set(mine.slice(0, MATTERS_MAX).flatMap(of))
  const box = await caches.open(PICTURES)
  const full = (await room())?.tight
  for (const r of await box.keys()) if (!wanted.delete(new URL(r.url).pathname) || full) await box.delete(r)
  if (full) return
  for (const path of wanted) {
    const r = await fetch(path, { credentials: 'same-origin' })
    if (r.ok && Number(r.headers.get('Content-Length')) <= BYTES_MAX) await box.put(path, r)
  }
}
export async function keptThumb(matter: string, id: string): Promise<Blob | null> {
  const r = 'caches' in window ? await caches.match(thumbPath(matter, id), { cacheName: PICTURES }).catch(() => undefined) : undefined
  return r ? r.blob() : null
}
