/* A category's own questions, and what was answered. A matter keeps the version that it was made with. */
import { get } from './api'
import { cached } from './store'
import type { MatterData, Names, Page } from './types'

export type AskType = 'text' | 'int' | 'bool' | 'enum' | 'date'
export interface Ask {
  name: string
  type: AskType
  required?: boolean
  min?: number
  max?: number
  values?: string[]
  /** Words of the values, in their order. */
  choices?: Names[]
  words?: Names
}
export type Answer = string | number | boolean
export type Answers = Record<string, Answer>
/** What stands in the fields meanwhile. */
export type Filled = Record<string, Answer | undefined>

export const asksOf = (form: unknown): Ask[] => (Array.isArray(form) ? (form as Ask[]) : [])

/** What is sent: empty answers are not, figures are figures. */
export function answersOf(form: Ask[], filled: Filled): Answers {
  const out: Answers = {}
  for (const f of form) {
    const v = filled[f.name]
    if (f.type === 'bool') {
      if (v !== undefined && v !== '') out[f.name] = v === true || v === 'yes'
    } else if (typeof v === 'number') out[f.name] = v
    else if (typeof v === 'string' && v.trim()) out[f.name] = f.type === 'int' && /^-?\d+$/.test(v.trim()) ? Number(v.trim()) : v.trim()
  }
  return out
}

/** The first question that must be answered and is not. */
export const missing = (form: Ask[], a: Answers): Ask | undefined => form.find((f) => f.required && a[f.name] === undefined)

const known = new Map<string, Promise<Ask[]>>()
/** The questions as they were when the matter was made; [] if it answered none. */
export function formOf(d: MatterData): Promise<Ask[]> {
  if (!d.form || !d.form_of || !d.form_version) return Promise.resolve([])
  const key = `${d.form_of}/${d.form_version}`
  let p = known.get(key)
  if (!p) {
    const ask = `/categories/forms?code=${encodeURIComponent(d.form_of)}&version=${d.form_version}`
    p = cached('form ' + key, () => get<Page<{ form: unknown }>>(ask)).then((r) => asksOf(r.rows[0]?.form))
    known.set(key, p)
    p.catch(() => known.delete(key))
  }
  return p
}
