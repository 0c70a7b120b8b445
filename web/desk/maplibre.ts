/* MapLibre as its own sources: its two finished bundles, page and worker, hold most of the code twice (363 KB brotli). Built
 * together they share one chunk. Its style sheet is for controls that the desk has not; what the map itself needs is map.css. */
import { fileURLToPath } from 'node:url'
import type { Plugin } from 'vite'

const src = fileURLToPath(new URL('../node_modules/maplibre-gl/src/', import.meta.url))
const WORKER = 'maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url'
const FOUND = '\0maplibre-worker-url'
/* What these maps never draw, by the module that would: tiles in MLT, rasters, hills, extrusions, sky, and every projection but
 * the flat one. 35 KB brotli, which the charts and the heat took. A map that wants one of them takes its line out here. */
const flat = `import {MercatorProjection} from './mercator_projection.ts'
import {createMercatorTransform} from './mercator_transform.ts'
import {MercatorCameraHelper} from './mercator_camera_helper.ts'
export const createProjectionFromName = (name, constrainOverride) => ({projection: new MercatorProjection(), transform: createMercatorTransform({constrainOverride}), cameraHelper: new MercatorCameraHelper()})`
const none = (...names: string[]): string => names.map((n) => `export function ${n}() {}`).join('\n')
const INSTEAD: Record<string, string> = {
  'source/vector_tile_mlt.ts': none('MLTVectorTile'),
  'source/image_source.ts': none('ImageSource'),
  'source/video_source.ts': none('VideoSource'),
  'source/canvas_source.ts': none('CanvasSource'),
  'source/raster_tile_source.ts': none('RasterTileSource'),
  'source/raster_dem_tile_source.ts': none('RasterDEMTileSource'),
  'geo/projection/projection_factory.ts': flat,
  'webgl/draw/draw_hillshade.ts': none('drawHillshade'),
  'webgl/draw/draw_color_relief.ts': none('drawColorRelief'),
  'webgl/draw/draw_raster.ts': none('drawRaster'),
  'webgl/draw/draw_fill_extrusion.ts': none('drawFillExtrusion'),
  'webgl/draw/draw_sky.ts': none('drawSky', 'drawAtmosphere'),
}
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
      if (id.startsWith(src) && INSTEAD[id.slice(src.length)]) return INSTEAD[id.slice(src.length)]
      return UNUSED_SHADER.test(id) ? `export default ''` : null
    },
  }
}
