/* The action table as the server tells it (GET /model): what lists there are, what can be done, with which fields. */
import { shallowRef } from 'vue'
import { get, isStaff, session } from '../api'
import { cached } from '../store'
import { loadWords } from './words'

export interface Route { method: string; path: string }
export interface FieldSpec {
  name: string
  type: string
  required: boolean
  min?: number
  max?: number
  values?: string[]
  values_word?: string
  fields?: FieldSpec[]
  /** Of a form: the field that names the category. Of a signature: the field that is signed. */
  of?: string
  /** Of files: what is taken; pictures if it is not said. */
  accept?: string[]
  word: string
}
export interface ActionSpec {
  name: string
  event: string
  route?: Route
  may: string[]
  who: string[]
  creates: boolean
  from: string[]
  mode: 'strict' | 'commutes'
  fields: FieldSpec[]
  word: string
}
export interface ColumnSpec { name: string; type: string; word: string; values_word?: string }
export interface QuerySpec {
  name: string
  route: Route
  may: string[]
  who: string[]
  gives: string
  logged: boolean
  carried?: boolean
  columns?: ColumnSpec[]
  filters?: FieldSpec[]
  word: string
}
export interface CallSpec { name: string; route: Route; may: string[]; fields: FieldSpec[] }
export interface StateSpec { name: string; open: boolean; word: string; resident_word?: string }
export interface ModuleSpec { name: string; plural: string; word: string; states: StateSpec[]; actions: ActionSpec[]; queries: QuerySpec[]; calls: CallSpec[] }
export type RowData = Record<string, unknown>

export const modules = shallowRef<ModuleSpec[]>([])
export async function loadModel(): Promise<void> {
  if (modules.value.length) return
  const [m] = await Promise.all([cached('model', () => get<{ modules: ModuleSpec[] }>('/model')), loadWords()])
  modules.value = m.modules
}
export const moduleOf = (name: string): ModuleSpec | undefined => modules.value.find((m) => m.name === name)
export const actionOf = (module: string, name: string): ActionSpec | undefined => moduleOf(module)?.actions.find((x) => x.name === name)

/** By role; where it also hangs on what somebody is to the matter, the server says (view.actions). */
export const may = (x: { may: string[] } | undefined): boolean => !!x && (session.value.roles ?? []).some((r) => x.may.includes(r.role))

const holes = (path: string): number => path.split('{').length - 1
export const at = (path: string, id: string): string => path.replace('{id}', id)

/* ---- lists ---- */

/** What must be chosen before a list can be asked. */
export const firstOf = (q: QuerySpec): FieldSpec[] => (q.filters ?? []).filter((f) => f.required)
const stands = (q: QuerySpec): boolean => q.gives === 'list' && !holes(q.route.path) && may(q)
export const makersOf = (m: ModuleSpec, q?: QuerySpec): ActionSpec[] =>
  m.actions.filter((x) => x.creates && x.route && !holes(x.route.path) && (!q || x.route.path === q.route.path) && may(x))

/** What can be done with a row of this list: actions and calls whose route is the list's, or its parent's, and {id}. */
export interface RowDeed { name: string; path: string; fields: FieldSpec[]; word: string; strict: boolean; from: string[] }
const deed = (x: ActionSpec): RowDeed => ({ name: x.name, path: x.route!.path, fields: x.fields, word: x.word, strict: x.mode === 'strict', from: x.from })
export function deedsOf(m: ModuleSpec, q: QuerySpec): RowDeed[] {
  const path = q.route.path
  const bases = [path, path.slice(0, path.lastIndexOf('/'))].filter(Boolean)
  const fits = (r: Route | undefined): r is Route => !!r && r.method === 'POST' && holes(r.path) === 1 && bases.some((b) => r.path.startsWith(b + '/{id}/'))
  return [
    ...m.actions.filter((x) => !x.creates && fits(x.route) && may(x)).map(deed),
    ...m.calls.filter((x) => fits(x.route) && may(x)).map((x) => ({ name: x.name, path: x.route.path, fields: x.fields, word: '', strict: false, from: [] })),
  ]
}
export const fits = (d: RowDeed, state: unknown): boolean => !d.from.length || typeof state !== 'string' || d.from.includes(state)
/** What the server lets this person do to this one matter. */
export const deedsNamed = (m: ModuleSpec, names: string[]): RowDeed[] =>
  m.actions.filter((x) => !x.creates && x.route && holes(x.route.path) === 1 && names.includes(x.name)).map(deed)

/** Somebody has to do with a kind: they may add or change it, or be something to it. */
const concerns = (m: ModuleSpec): boolean => isStaff() || m.actions.some((x) => x.route && may(x))

export interface Kind { m: ModuleSpec; lists: QuerySpec[] }
/** Kinds that this person may see and that have no page made by hand, found from the rows. */
export const kinds = (byHand: ReadonlySet<string>): Kind[] =>
  modules.value
    .filter((m) => !byHand.has(m.name) && m.states.length && concerns(m))
    .map((m) => ({ m, lists: m.queries.filter(stands).sort((a, b) => firstOf(a).length - firstOf(b).length) }))
    .filter((k) => k.lists.length)

/* ---- one matter ---- */

export const viewOf = (m: ModuleSpec): QuerySpec | undefined => m.queries.find((q) => q.gives === 'view' && holes(q.route.path) === 1)
export const carried = (m: ModuleSpec): boolean => m.queries.some((q) => q.carried)
const mine = (q: QuerySpec, me: string[]): boolean => may(q) || q.who.some((r) => me.includes(r))
const under = (m: ModuleSpec, q: QuerySpec): boolean => q.route.path.startsWith(`/${m.plural}/{id}/`) && holes(q.route.path) === 1
/** Lists that belong to one matter, as the members of a household. */
export const listsUnder = (m: ModuleSpec, me: string[]): QuerySpec[] => m.queries.filter((q) => q.gives === 'list' && under(m, q) && mine(q, me))
/** What is shown one at a time and written down as looked at. */
export const looksUnder = (m: ModuleSpec, me: string[]): QuerySpec[] => m.queries.filter((q) => q.gives === 'one' && q.logged && under(m, q) && mine(q, me))

/** What is known of a member of a matter's data: any field of the kind by that name, else a column of its lists. */
export function specOf(m: ModuleSpec, name: string): FieldSpec | undefined {
  for (const x of m.actions) for (const f of x.fields) if (f.name === name) return f
  for (const q of m.queries) for (const c of q.columns ?? []) if (c.name === name) return { ...c, required: false }
  return undefined
}
