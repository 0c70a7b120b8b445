/* MapLibre as its own sources: its two finished bundles, page and worker, hold most of the code twice (363 KB brotli). Built
 * together they share one chunk. Its style sheet is for controls that the desk has not; what the map itself needs is map.css. */
import { fileURLToPath } from 'node:url'
import type { Plugin } from 'vite'

const src = fileURLToPath(new URL('../node_modules/maplibre-gl/src/', import.meta.url))
const WORKER = 'maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url'
const FOUND = '\0maplibre-worker-url'
/* What these maps never draw: tiles in MLT (its decoder alone is 14 KB brotli), hills, rasters, extrusions, a globe's air. */
const NO_MLT = "export class MLTVectorTile { constructor() { throw new Error('no MLT') } }"
const UNUSED_SHADER = /\/shaders\/glsl\/(hillshade|hillshade_prepare|color_relief|raster|fill_extrusion|fill_extrusion_pattern|atmosphere|sky|terrain|terrain_depth)\.(vertex|fragment)\.glsl\.g\.ts$/

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
    load: (id) => {
      if (id === FOUND) return `export default import.meta.ROLLUP_FILE_URL_${worker}`
      if (id === src + 'source/vector_tile_mlt.ts') return NO_MLT
      return UNUSED_SHADER.test(id) ? `export default ''` : null
    },
  }
}
