/* What is wrong with a row, said so that one knows what to change: with the sheet's own heading and what may stand there. */
import { named } from '@linli/i18n/lang'
import { actionOf, type FieldSpec } from '../admin/model'
import { k as m } from '@linli/core/model/words'
import { faultWords, has, w } from '../admin/words'
import { categories, categoryName } from '../state'
import { known, t, when, type Key } from '../words'
import type { Fault } from './job'
import { o, type OfficeKey } from './targets'
import { k } from './words'

const ALLOWED_MAX = 12
const split = (action: string): [string, string] => [action.slice(0, action.indexOf('.')), action.slice(action.indexOf('.') + 1)]
export const fieldsOf = (action: string): FieldSpec[] => actionOf(...split(action))?.fields ?? []
export function fieldLabel(action: string, target: string): string {
  if (target.endsWith('.lon')) return m('point.lon')
  if (target.endsWith('.lat')) return m('point.lat')
  if (target.endsWith('.count')) return o('cols.count')
  if (target.endsWith('.estate')) return o('cols.estate')
  const f = fieldsOf(action).find((x) => x.name === target.split('.')[0])
  return f ? w(f.word) : target
}
export interface Choice { value: string; label: string }
/** What may stand in a field, if that is a list. */
export function choicesOf(f: FieldSpec): Choice[] {
  if (f.name === 'category') return categories.value.map((c) => ({ value: c.code, label: categoryName(c.code) || named(c.name) }))
  return (f.values ?? []).map((v) => ({ value: v, label: has((f.values_word ?? '') + v) ? w(f.values_word + v) : v }))
}
/* What only the sheet can know, or only all of its rows together. */
const OF_SHEET: Record<string, OfficeKey> = {
  same_row: 'mend.same_row',
  name_unknown: 'mend.name_unknown',
  name_ambiguous: 'mend.name_ambiguous',
  door_unclear: 'mend.door_unclear',
  says_otherwise: 'mend.says_otherwise',
}
export function mend(action: string, f: Fault): string {
  const field = f.heading || fieldLabel(action, f.field)
  const spec = fieldsOf(action).find((x) => x.name === f.field)
  const limit = f.limit ?? 0
  const own = OF_SHEET[f.code]
  if (own) return o(own, { field, n: limit })
  if (spec?.type === 'time' && f.code === 'too_large') return k('mend.too_late', { field, t: when(limit) })
  if (spec?.type === 'time') return k('mend.date', { field })
  const text = known(f.code) ? t(('err.' + f.code) as Key, { field, limit, code: f.code }) : faultWords({ code: f.code, field: f.field, limit }, split(action)[0], field)
  const list = spec && f.code === 'not_one_of' ? choicesOf(spec).slice(0, ALLOWED_MAX).map((c) => c.label).join(k('mend.comma')) : ''
  return list ? text + k('mend.allowed', { list }) : text
}
