/* What a value of a list or of a matter's data looks like to people. */
import { session } from '../api'
import { named } from '@linli/i18n/lang'
import { host } from './host'
import { specOf, type ColumnSpec, type FieldSpec, type ModuleSpec, type RowData } from './model'
import { hundredths } from './value'
import { has, k, w } from './words'

type Spec = Pick<ColumnSpec, 'name' | 'type' | 'values_word'> & { fields?: FieldSpec[] }
const ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

/** The words of a field's values, for a column of the same name. */
export const valuesWord = (m: ModuleSpec, name: string): string => {
  for (const x of m.actions) for (const f of x.fields) if (f.name === name && f.values_word) return f.values_word
  return ''
}
const person = (v: string): string =>
  v === 'system' ? k('system') : v === session.value.person ? k('me') : (host.people().find((x) => x.id === v)?.name ?? '')
const code = (name: string, v: string): string =>
  name.startsWith('categor') && host.categories().some((x) => x.code === v) ? host.categoryName(v) : host.placeName(v) || v

export function shown(m: ModuleSpec, f: Spec, v: unknown): string {
  if (v === null || v === undefined || v === '') return ''
  if (f.type === 'time') return Number(v) ? host.when(Number(v)) : ''
  if (hundredths(f)) return `${(Number(v) / 100).toFixed(2)} ${k(`unit.${hundredths(f) as 'yuan'}`)}`
  if (f.type === 'bool' || typeof v === 'boolean') return k(v ? 'yes' : 'no')
  if (f.type === 'person') return person(String(v))
  if (Array.isArray(v)) return v.map((x) => shown(m, { ...f, type: typeof x === 'object' ? 'record' : 'text' }, x)).filter(Boolean).join(', ')
  if (typeof v === 'object') {
    const o = v as RowData
    if ('lon' in o && 'lat' in o) return `${Number(o['lon']).toFixed(5)}, ${Number(o['lat']).toFixed(5)}`
    if (f.type === 'signature') return k('yes')
    if ('zh' in o) return named(o as never)
    return Object.entries(o).map(([name, x]) => shown(m, f.fields?.find((y) => y.name === name) ?? specOf(m, name) ?? { name, type: 'text' }, x)).filter(Boolean).join(' ')
  }
  const key = (f.values_word || valuesWord(m, f.name)) + String(v)
  if (has(key)) return w(key)
  if (ID.test(String(v))) return person(String(v))
  return code(f.name, String(v))
}

export interface Line { name: string; label: string; text: string; files: { id: string; type?: string; seconds?: number }[] }
const isFiles = (v: unknown): v is Line['files'] => Array.isArray(v) && v.length > 0 && v.every((x) => typeof x === 'object' && x && 'type' in x && 'id' in x)
/** The members of a matter's data, or of an event's, that have a word; in the order of the fields that made them. */
export function linesOf(m: ModuleSpec, data: RowData, fields?: FieldSpec[]): Line[] {
  const order = fields ? fields.map((f) => f.name) : []
  const names = Object.keys(data).sort((x, y) => (order.indexOf(x) + 1 || 99) - (order.indexOf(y) + 1 || 99))
  return names.flatMap((name): Line[] => {
    const f = fields?.find((x) => x.name === name) ?? specOf(m, name)
    const v = data[name]
    const label = f?.word ?? [`${m.name}.field.${name}`, `${m.name}.column.${name}`].find(has)
    if (!label || !has(label)) return []
    if (isFiles(v)) return [{ name, label: w(label), text: '', files: v }]
    const text = shown(m, f ?? { name, type: 'text' }, v)
    return text ? [{ name, label: w(label), text, files: [] }] : []
  })
}

const HIDDEN = ['id', 'version', 'matter', 'seq', 'lon', 'lat']
export const columnsOf = (columns: ColumnSpec[] | undefined): ColumnSpec[] => (columns ?? []).filter((c) => !HIDDEN.includes(c.name))
export const cell = (m: ModuleSpec, c: ColumnSpec, r: RowData): string => shown(m, c, r[c.name])
/** What a row is called: the first of its columns that says anything. */
export const nameOf = (m: ModuleSpec, columns: ColumnSpec[], r: RowData): string =>
  columns.filter((c) => c.type !== 'state').map((c) => cell(m, c, r)).find((x) => x) ?? String(r['number'] ?? '')
