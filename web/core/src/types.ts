/* Shapes of the HTTP API, as docs/API.md states them. Times are ms UTC; lon and lat are WGS-84 degrees. */
export type State =
  | 'collected' | 'registered' | 'dispatched' | 'handling' | 'done' | 'verified' | 'closed' | 'refused' | 'withdrawn'
export const OPEN_STATES: readonly State[] = ['collected', 'registered', 'dispatched', 'handling', 'done', 'verified']

export interface Names { zh: string; bo?: string; en?: string }
export interface LonLat { lon: number; lat: number }
export interface Community {
  code: string
  name: Names
  phone: string
  center: LonLat
  bounds: [number, number, number, number]
}
export interface Category {
  code: string
  icon: string
  name: Names
  limit: number
  unit: string
  order: number
}
export interface Officer { person: string; name: string; phone?: string }
export interface GridProps { code: string; name: string; officers?: Officer[] }
export interface Grid {
  type: 'Feature'
  properties: GridProps
  geometry: { type: 'Polygon'; coordinates: number[][][] } | { type: 'MultiPolygon'; coordinates: number[][][][] }
}
export interface Grids { type: 'FeatureCollection'; features: Grid[] }
export interface RoleHeld { role: string; place: string; until?: number }
export interface Session {
  person: string | null
  name?: string
  roles?: RoleHeld[]
  language?: string
  csrf?: string
  strong?: boolean
}
export interface Photo { id: string; type?: string; width?: number; height?: number }
export interface Due { from: number; limit: number; unit: string; skipped?: (string | number)[]; due: number }
export interface MatterData {
  text?: string | null
  near?: string | null
  public_title?: string | null
  photos?: Photo[]
  done_at?: number
  verified_at?: number
  satisfied?: boolean | null
  score?: number | null
  promised_at?: number
  due?: Due
  redone?: number
  returned?: number
}
export interface Row {
  id: string
  number: number
  state: State
  version: number
  place: string
  category: string
  lon?: number | null
  lat?: number | null
  opened_at: number
  changed_at?: number
  due_at?: number
  closed_at?: number
  title?: string | null
  text?: string | null
  near?: string | null
  public_title?: string | null
  handler?: string | null
  handler_name?: string | null
  data?: MatterData
}
export interface Involved { person: string; is: string[]; name: string; phone?: string }
export interface Happening {
  seq: number
  type: string
  at: number
  actor: string
  name?: string
  state: State
  data: Record<string, unknown>
}
export interface View extends Row {
  data: MatterData
  people: Involved[]
  me: string[]
  actions: string[]
  timeline: Happening[]
}
export interface Pin {
  id: string
  state: State
  category: string
  due_at?: number
  lon: number
  lat: number
  place?: string
}
export interface Near { category: string; state: State; opened_at: number; lon: number; lat: number }
export interface Count { state: State; n: number; overdue: number }
export interface Handler { person: string; name: string; phone?: string; roles: string[]; places: string[]; open: number }
export interface Page<T> { rows: T[]; next: string | null }
export interface Done { id: string; number: number; state: State; version: number; seq: number; at: number; receipt?: string }
export interface Change { kind: string; matter: string; type: string; state: State; place: string; at: number; version: number }
