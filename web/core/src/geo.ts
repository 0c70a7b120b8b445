/* Grids and positions, small enough for a phone: no map library. */
import type { Grid, Grids, LonLat } from './types'

export function rings(g: Grid): number[][][] {
  return g.geometry.type === 'Polygon' ? g.geometry.coordinates : g.geometry.coordinates.flat()
}

function inRings(p: LonLat, rs: number[][][]): boolean {
  let inside = false
  for (const r of rs) {
    for (let i = 0, j = r.length - 1; i < r.length; j = i++) {
      const [xi = 0, yi = 0] = r[i]!
      const [xj = 0, yj = 0] = r[j]!
      if (yi > p.lat !== yj > p.lat && p.lon < ((xj - xi) * (p.lat - yi)) / (yj - yi) + xi) inside = !inside
    }
  }
  return inside
}

export function gridAt(p: LonLat, gs: Grids): Grid | undefined {
  return gs.features.find((g) => inRings(p, rings(g)))
}

/** A point that lies well inside: the mean of the outer ring, or else the widest middle of a horizontal cut. */
export function centreOf(g: Grid): LonLat {
  const r = rings(g)[0] ?? []
  const n = Math.max(1, r.length - 1)
  const mean = { lon: r.slice(0, n).reduce((s, c) => s + c[0]!, 0) / n, lat: r.slice(0, n).reduce((s, c) => s + c[1]!, 0) / n }
  if (inRings(mean, rings(g))) return mean
  const xs: number[] = []
  for (let i = 0, j = r.length - 1; i < r.length; j = i++) {
    const a = r[i]!
    const b = r[j]!
    if (a[1]! > mean.lat !== b[1]! > mean.lat) xs.push(((b[0]! - a[0]!) * (mean.lat - a[1]!)) / (b[1]! - a[1]!) + a[0]!)
  }
  xs.sort((a, b) => a - b)
  let best = mean
  let wide = 0
  for (let i = 0; i + 1 < xs.length; i += 2)
    if (xs[i + 1]! - xs[i]! > wide) {
      wide = xs[i + 1]! - xs[i]!
      best = { lon: (xs[i]! + xs[i + 1]!) / 2, lat: mean.lat }
    }
  return best
}

/** Metres, flat: good to a fraction of a percent within a community. */
export function metres(a: LonLat, b: LonLat): number {
  const k = 111_320
  return Math.hypot((a.lon - b.lon) * k * Math.cos((a.lat * Math.PI) / 180), (a.lat - b.lat) * k)
}

export interface Flat {
  width: number
  height: number
  to: (p: LonLat) => [number, number]
  from: (x: number, y: number) => LonLat
}
/** Projects the grids' box to a flat picture `width` wide. */
export function flatten(gs: Grids, width = 1000, pad = 30): Flat | null {
  const all = gs.features.flatMap((g) => rings(g).flat())
  if (!all.length) return null
  const lons = all.map((c) => c[0]!)
  const lats = all.map((c) => c[1]!)
  const [w, e, s, n] = [Math.min(...lons), Math.max(...lons), Math.min(...lats), Math.max(...lats)]
  const shrink = Math.cos((((s + n) / 2) * Math.PI) / 180)
  const k = (width - 2 * pad) / Math.max(1e-9, (e - w) * shrink)
  return {
    width,
    height: (n - s) * k + 2 * pad,
    to: (p) => [pad + (p.lon - w) * shrink * k, pad + (n - p.lat) * k],
    from: (x, y) => ({ lon: (x - pad) / (shrink * k) + w, lat: n - (y - pad) / k }),
  }
}

export function locate(timeoutMs = 12_000): Promise<LonLat & { accuracy: number }> {
  return new Promise((ok, no) => {
    if (!navigator.geolocation) return no(new Error('none'))
    navigator.geolocation.getCurrentPosition(
      (g) => ok({ lon: g.coords.longitude, lat: g.coords.latitude, accuracy: Math.min(100_000, Math.round(g.coords.accuracy)) }),
      no,
      { enableHighAccuracy: true, timeout: timeoutMs, maximumAge: 30_000 },
    )
  })
}
