/* Shapes of the HTTP API, as docs/API.md states them. Times are ms UTC; lon and lat are WGS-84 degrees. api.gen.ts has
 * the shape of every body and every row, printed from the action table (script/docs); what the apps add stands here. */
import type { components } from './api.gen'

export type Schemas = components['schemas']
export type State = Schemas['report_view.row']['state']
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
  position: number
  /** The category's own questions (core/form), and which version of them this is. */
  form?: unknown
  form_version?: number
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
  needs_totp?: boolean
  totp_enrolled?: boolean
  has_password?: boolean
}
export interface Photo { id: string; type?: string; width?: number; height?: number }
export interface VoiceNote { id: string; type?: string; seconds?: number }
/** One unit that was called to help: 0 until it has signed. */
export interface CoUnit { unit: string; in_at: number; in_by?: string; off_at: number; off_by?: string }
export interface Link { link: string; system: string; number: string; deadline?: number; at: number }
export interface Unit { id: string; name: Names; kind: string; phone?: string; members?: number; open?: number }
export interface SkippedDay { date: string; why: string }
export interface Due {
  from: number
  limit: number
  unit: string
  skipped?: SkippedDay[]
  /** Weekend days that counted. */
  extra?: SkippedDay[]
  /** How many days beyond those are not listed. */
  more?: number
  /** The first day whose holidays nobody has entered. */
  uncovered?: string
  pauses?: { from: number; until: number; ms?: number; days?: number }[]
  extensions?: { from: number; until: number; at: number }[]
  due: number
}
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
  /** Who accepted for a unit. */
  accepted_by?: string
  due?: Due
  redone?: number
  returned?: number
  reason?: string | null
  result?: string | null
  /** The clock stands still while this is there. */
  paused?: unknown
  /** More time was asked for, not yet answered. */
  asked?: { until?: number } | null
  result_photos?: Photo[]
  voice?: VoiceNote[]
  /** What the voice note says, written down by somebody who understood it. */
  gist?: string | null
  gist_language?: string
  floor?: string | null
  door?: string | null
  /** One matter, several units. */
  whistle?: { at: number; lead: string; units: CoUnit[] }
  /** Settled on the spot: 1, and 2 if it was drawn to be looked at by another. */
  spot?: number
  draw?: { salt: string; percent: number; roll: number; drawn: boolean }
  /** Numbers of other systems. */
  links?: Link[]
  /** What was answered to the category's own questions, and to which version of which. */
  form?: Record<string, unknown> | null
  form_of?: string
  form_version?: number
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
  text?: string | null
  near?: string | null
  public_title?: string | null
  /** Lists: id of the first photo and how many there are. */
  photo?: string | null
  photos?: number
  handler?: string | null
  /** Who has it in hand, in the lists that say so; "" for nobody. */
  held_by?: string
  held_phone?: string
  promised_at?: number
  done_at?: number
  verified_at?: number
  /** Lists: 0 not asked yet, 1 yes, 2 not yet. */
  satisfied?: number
  redone?: number
  /** Settled on the spot: 0 no, 1 yes, 2 drawn to be looked at by another. */
  spot?: number
  data?: MatterData
}
export interface Involved { person: string; is: string[]; name: string; phone?: string }
/** GET /reports/{id}/public. */
export interface Shared extends Pick<Row, 'id' | 'number' | 'state' | 'category' | 'opened_at' | 'closed_at' | 'public_title' | 'done_at' | 'verified_at' | 'due_at' | 'promised_at' | 'satisfied'> {
  who: string
  who_phone: string
}
export interface Happening {
  seq: number
  /** Of the matter, after this. */
  version?: number
  type: string
  at: number
  /** When it was done, for what waited without signal. */
  claimed_at?: number
  actor?: string
  /** Who did it for them. */
  by?: string
  name?: string
  state: State
  data: Record<string, unknown>
}
export interface View extends Omit<Row, 'photos' | 'satisfied' | 'data'> {
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
/** Open matters counted in one cell of the map; the position is in the middle of what was counted. */
export interface Cell {
  row: number
  column: number
  n: number
  overdue: number
  lon: number
  lat: number
}
export interface Near {
  id: string
  category: string
  state: State
  opened_at: number
  lon: number
  lat: number
  public_title?: string | null
}
export type Count = Schemas['report_counts.row']
export interface Handler { person: string; name: string; phone?: string; roles: string[]; places: string[]; open: number }
export interface Page<T> { rows: T[]; next: string | null }
export interface Done { id: string; number: number; state: State; version: number; seq: number; at: number; receipt?: string }
export interface Change { kind: string; matter: string; type: string; state: State; place: string; at: number; version: number }
/** GET /me: what is on file about the signed-in person. */
export interface Own { person: string; name?: string | null; phone?: string | null; version: number; device_name?: string | null; device?: string | null }
/** GET /me/access: who looked, at what, when. */
export interface Look { at: number; id: string; reader: string; name?: string | null; what: string; matter: string }
export interface Person {
  id: string
  state: string
  name?: string | null
  phone?: string | null
  place: string
  opened_at: number
  roles?: RoleHeld[] | null
  device_name?: string | null
}
export interface Enrolment { secret: string; uri: string; svg: string }
export interface HandedCode { code: string; expires_at: number; url: string; svg: string }
/** GET /notices: what a person was told. */
export interface Notice { seq: number; matter: string; type: string; at: number; seen: boolean; by?: string }
