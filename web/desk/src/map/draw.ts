/* What both maps of the desk draw with: signs of matters, names and bounds of grids. GeoJSON alone: no tiles, no glyphs,
 * no other host. */
import type { GeoJSONSourceSpecification, LayerSpecification, LngLatBoundsLike, Map as GlMap, SourceSpecification } from 'maplibre-gl'
import { centreOf, gridAt, rings } from '@linli/core/geo'
import type { Grid, Grids, LonLat } from '@linli/core/types'
import { iconPath } from '@linli/kit/icons'
import { colour } from '../look'

type Data = Exclude<GeoJSONSourceSpecification['data'], string>

/** A round sign with the matter's kind; an overdue one is a diamond, larger. */
export function sign(icon: string, over: boolean, fill = over ? '#b91c1c' : '#0f766e'): ImageData {
  const s = 64
  const c = document.createElement('canvas')
  c.width = c.height = s
  const g = c.getContext('2d')!
  g.translate(s / 2, s / 2)
  g.fillStyle = fill
  g.strokeStyle = '#fff'
  g.lineWidth = 4
  g.beginPath()
  if (over) {
    g.moveTo(0, -30)
    g.lineTo(30, 0)
    g.lineTo(0, 30)
    g.lineTo(-30, 0)
    g.closePath()
  } else g.arc(0, 0, 27, 0, 7)
  g.fill()
  g.stroke()
  const k = over ? 1.25 : 1.45
  g.scale(k, k)
  g.translate(-12, -12)
  g.lineWidth = 2.4
  g.lineCap = g.lineJoin = 'round'
  g.stroke(new Path2D(iconPath(icon)))
  return g.getImageData(0, 0, s, s)
}

/* The name stands in the upper part of its grid, out of the way of most pins, if that part is inside. */
function nameAt(g: Grid): LonLat {
  const c = centreOf(g)
  const lat = rings(g).flat().map((x) => x[1]!)
  const high = { lon: c.lon, lat: Math.max(...lat) - (Math.max(...lat) - Math.min(...lat)) * 0.07 }
  return gridAt(high, { type: 'FeatureCollection', features: [g] }) ? high : c
}
export const gridShapes = (grids: Grids): Data => ({
  type: 'FeatureCollection',
  features: grids.features.map((g) => ({ type: 'Feature', geometry: g.geometry, properties: { code: g.properties.code } })),
}) as Data
export const gridNames = (grids: Grids): Data => ({
  type: 'FeatureCollection',
  features: grids.features.map((g) => {
    const c = nameAt(g)
    return { type: 'Feature', geometry: { type: 'Point', coordinates: [c.lon, c.lat] }, properties: { name: g.properties.name } }
  }),
})
export function boundsOf(grids: Grids | null): LngLatBoundsLike | null {
  const all = grids?.features.flatMap((g) => rings(g).flat()) ?? []
  if (!all.length) return null
  const lon = all.map((c) => c[0]!)
  const lat = all.map((c) => c[1]!)
  return [[Math.min(...lon), Math.min(...lat)], [Math.max(...lon), Math.max(...lat)]]
}
export interface Dot { lon: number; lat: number; [property: string]: string | number | boolean | null }
export const noData: SourceSpecification = { type: 'geojson', data: { type: 'FeatureCollection', features: [] } }
/** What lies below everything, on both maps: `paint` gives it its colours. */
export const ground = (): LayerSpecification[] => [
  { id: 'ground', type: 'background', paint: { 'background-color': colour('map-ground') } },
  { id: 'grid', type: 'fill', source: 'grids', paint: { 'fill-color': colour('map-grid') } },
  { id: 'edge', type: 'line', source: 'grids', paint: { 'line-width': 1.8 } },
]
/** In the colours of the mode that the page is in. */
export function paint(map: GlMap): void {
  map.setPaintProperty('ground', 'background-color', colour('map-ground'))
  map.setPaintProperty('grid', 'fill-color', colour('map-grid'))
  map.setPaintProperty('edge', 'line-color', colour('map-edge'))
  map.setPaintProperty('name', 'text-color', colour('map-name'))
  map.setPaintProperty('name', 'text-halo-color', colour('map-halo'))
}
/** Points with their properties. */
export const dots = (all: Dot[]): Data => ({
  type: 'FeatureCollection',
  features: all.map(({ lon, lat, ...properties }) => ({ type: 'Feature', geometry: { type: 'Point', coordinates: [lon, lat] }, properties })),
})
