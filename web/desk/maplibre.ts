/* MapLibre as its own sources: its two finished bundles, page and worker, hold most of the code twice (363 KB brotli). Built
 * together they share one chunk. Its style sheet is for controls that the desk has not; what the map itself needs is map.css. */
import { fileURLToPath } from 'node:url'
import type { Plugin } from 'vite'

const src = fileURLToPath(new URL('../node_modules/maplibre-gl/src/', import.meta.url))
const WORKER = 'maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url'
const FOUND = '\0maplibre-worker-url'

export function maplibre(): Plugin {
  let worker = ''
  return {
    name: 'maplibre-from-source',
    apply: 'build',
    enforce: 'pre',
    buildStart() {
      worker = this.emitFile({ type: 'chunk', id: src + 'source/worker.ts', name: 'map-worker', preserveSignature: false })
    },
    resolveId(id) {
      if (id === 'maplibre-gl') return src + 'index.ts'
      if (id === 'maplibre-gl/dist/maplibre-gl.css') return fileURLToPath(new URL('src/map.css', import.meta.url))
      return id === WORKER ? FOUND : null
    },
    load: (id) => (id === FOUND ? `export default import.meta.ROLLUP_FILE_URL_${worker}` : null),
  }
}
