/* The action table as the server tells it (GET /model): what lists there are, what can be done, with which fields. */
import { computed, shallowRef } from 'vue'
import { get, session } from '@linli/core/api'
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
  word: string
}
export interface ActionSpec {
  name: string
  route?: Route
  may: string[]
  creates: boolean
  from: string[]
  mode: 'strict' | 'commutes'
  fields: FieldSpec[]
  word: string
}
export interface ColumnSpec { name: string; type: string; word: string; values_word?: string }
export interface QuerySpec { name: string; route: Route; may: string[]; gives: string; columns?: ColumnSpec[]; filters?: FieldSpec[]; word: string }
export interface CallSpec { name: string; route: Route; may: string[]; fields: FieldSpec[] }
export interface ModuleSpec { name: string; plural: string; word: string; states: { name: string; word: string }[]; actions: ActionSpec[]; queries: QuerySpec[]; calls: CallSpec[] }
export type RowData = Record<string, unknown>

export const modules = shallowRef<ModuleSpec[]>([])
export async function loadModel(): Promise<void> {
  if (modules.value.length) return
  const [m] = await Promise.all([get<{ modules: ModuleSpec[] }>('/model'), loadWords()])
  modules.value = m.modules
}
export const moduleOf = (name: string): ModuleSpec | undefined => modules.value.find((m) => m.name === name)
export const actionOf = (module: string, name: string): ActionSpec | undefined => moduleOf(module)?.actions.find((x) => x.name === name)

const mine = computed(() => new Set((session.value.roles ?? []).map((r) => r.role)))
export const may = (x: { may: string[] } | undefined): boolean => !!x && x.may.some((r) => mine.value.has(r))

/** What can be done with a row of this list: actions and calls whose route is the list's, or its parent's, and {id}. */
export interface RowDeed { name: string; path: string; fields: FieldSpec[]; word: string; strict: boolean; from: string[] }
export function deedsOf(m: ModuleSpec, q: QuerySpec): RowDeed[] {
  const at = q.route.path
  const bases = [at, at.slice(0, at.lastIndexOf('/'))].filter(Boolean)
  const fits = (r: Route | undefined): r is Route => !!r && r.method === 'POST' && bases.some((b) => r.path.startsWith(b + '/{id}/')) && r.path.split('{').length === 2
  const actions = m.actions.filter((x) => !x.creates && fits(x.route) && may(x))
  const calls = m.calls.filter((x) => fits(x.route) && may(x))
  return [
    ...actions.map((x) => ({ name: x.name, path: x.route!.path, fields: x.fields, word: x.word, strict: x.mode === 'strict', from: x.from })),
    ...calls.map((x) => ({ name: x.name, path: x.route.path, fields: x.fields, word: '', strict: false, from: [] })),
  ]
}
export const makersOf = (m: ModuleSpec, q: QuerySpec): ActionSpec[] =>
  m.actions.filter((x) => x.creates && x.route?.path === q.route.path && may(x))

/** Lists that need no page of their own. */
const BY_HAND = new Set(['setting', 'grid', 'category', 'person', 'report', 'job', 'live', 'file', 'household', 'template', 'shift'])
export const listed = computed(() =>
  modules.value.flatMap((m) =>
    BY_HAND.has(m.name) ? [] : m.queries.filter((q) => q.gives === 'list' && may(q) && (makersOf(m, q).length || deedsOf(m, q).length)).map((q) => ({ m, q })),
  ),
)
