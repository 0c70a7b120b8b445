/* The app stays on the phone (sw.js). Where the browser has no workers, as inside some chat programs and without TLS, it
 * works as before, but needs a signal to be opened. */
import { root } from '@linli/core/api'
import { lang } from '@linli/i18n/lang'
import face from '../../kit/font/tibetan.woff2?url'
import { watch } from 'vue'

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
