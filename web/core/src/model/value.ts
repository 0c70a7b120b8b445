/* What a field of the model holds while somebody fills it in, and what is sent. */
import { fromLocal, toLocal } from '../time'
import type { FieldSpec } from './model'

export type Value = string | boolean | Value[] | { [k: string]: Value }
/** Chosen files stand beside what is sent (FilesIn), never in it. */
export const FILES = 'files'
export type Values = { [k: string]: Value }

/** Fen, and hundredths of a per cent: people read and write yuan and per cent, with two decimals. */
export const hundredths = (f: Pick<FieldSpec, 'name' | 'type'>): '' | 'yuan' | 'percent' => (f.type !== 'integer' ? '' : f.name.endsWith('_fen') ? 'yuan' : f.name === 'share' ? 'percent' : '')
export function empty(f: FieldSpec): Value {
  if (f.type === 'record') return emptyOf(f.fields ?? [])
  if (f.type === 'form' || f.type === 'signature') return {}
  if (f.type === 'list') return f.required ? [emptyOf(f.fields ?? [])] : []
  if (f.type === 'point') return { lon: '', lat: '' }
  if (f.type === 'bool') return false
  return ''
}
export const emptyOf = (fields: FieldSpec[]): Values => Object.fromEntries(fields.map((f) => [f.name, empty(f)]))

/** A value that the server gave, ready to be changed. */
export function filled(f: FieldSpec, v: unknown): Value {
  if (v === null || v === undefined) return empty(f)
  if (f.type === 'record') return filledOf(f.fields ?? [], v as Record<string, unknown>)
  if (f.type === 'list') return Array.isArray(v) ? v.map((x) => (typeof x === 'object' ? filledOf(f.fields ?? [], x as Record<string, unknown>) : filledOf(f.fields ?? [], { [f.fields?.[0]?.name ?? '']: x }))) : empty(f)
  if (f.type === 'bool') return !!v
  if (f.type === 'form') return v as { [k: string]: Value }
  if (f.type === 'signature' || f.type === FILES) return empty(f)
  if (f.type === 'time') return Number(v) ? toLocal(Number(v)) : ''
  if (f.type === 'json') return JSON.stringify(v)
  if (f.type === 'point') {
    const p = v as { lon?: number; lat?: number; lon_e7?: number; lat_e7?: number } // settings keep ten-millionths
    const one = (d: number | undefined, e7: number | undefined): string => (d !== undefined ? String(d) : e7 !== undefined ? String(e7 / 1e7) : '')
    return { lon: one(p.lon, p.lon_e7), lat: one(p.lat, p.lat_e7) }
  }
  if (hundredths(f)) return (Number(v) / 100).toFixed(2)
  /* A mask is nothing to be sent back. */
  return f.type === 'phone' && !/^\+?[\d -]+$/.test(String(v)) ? '' : String(v)
}
export const filledOf = (fields: FieldSpec[], row: Record<string, unknown>): Values => Object.fromEntries(fields.map((f) => [f.name, filled(f, row[f.name])]))

/** What is sent; undefined where nothing was filled in. Figures that are none, and text that is no JSON, go as they are: the server says what is wrong. */
export function sent(f: FieldSpec, v: Value | undefined): unknown {
  if (v === undefined || f.type === FILES) return undefined
  if (f.type === 'form' || f.type === 'signature') return Object.keys(v).length ? v : undefined
  if (f.type === 'bool') return v === true ? true : f.required ? false : undefined
  if (f.type === 'record') {
    const o = sentOf(f.fields ?? [], v as Values)
    return Object.keys(o).length || f.required ? o : undefined
  }
  if (f.type === 'list') {
    const rows = (v as Values[]).map((x) => sentOf(f.fields ?? [], x))
    return rows.length || f.required ? rows : undefined
  }
  if (f.type === 'point') {
    const p = v as { lon: string; lat: string }
    return p.lon.trim() || p.lat.trim() ? { lon: Number(p.lon), lat: Number(p.lat) } : undefined
  }
  const s = String(v).trim()
  if (!s) return undefined
  if (hundredths(f)) return /^\d+(\.\d{1,2})?$/.test(s) ? Math.round(Number(s) * 100) : s
  if (f.type === 'integer') return /^-?\d+$/.test(s) ? Number(s) : s
  if (f.type === 'degrees') return Number.isFinite(Number(s)) ? Number(s) : s
  if (f.type === 'time') return fromLocal(s)
  if (f.type === 'json') {
    try {
      return JSON.parse(s) as unknown
    } catch {
      return s
    }
  }
  return s
}
export function sentOf(fields: FieldSpec[], v: Values): Record<string, unknown> {
  const o: Record<string, unknown> = {}
  for (const f of fields) {
    const x = sent(f, v[f.name])
    if (x !== undefined) o[f.name] = x
  }
  return o
}
