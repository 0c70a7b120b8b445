/* Dates and spans. All communities live in one time zone, and a phone set wrongly must not move a promise. */
import { now as clock } from './clock'

export const ZONE = 'Asia/Shanghai'
const OFFSET_MS = 8 * 3_600_000
const DAY_MS = 86_400_000

const formats = new Map<string, Intl.DateTimeFormat>()
function format(lang: string, o: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = lang + JSON.stringify(o)
  let f = formats.get(key)
  if (!f) formats.set(key, (f = new Intl.DateTimeFormat(lang, { timeZone: ZONE, ...o })))
  return f
}

/** Day and time. No browser knows Tibetan month names, so Tibetan gets figures. */
export function dayTime(ms: number, lang: string): string {
  const sameYear = new Date(ms + OFFSET_MS).getUTCFullYear() === new Date(clock() + OFFSET_MS).getUTCFullYear()
  if (lang === 'bo') {
    const p = format('en-GB', { year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
      .formatToParts(ms)
    const v = (k: string): string => p.find((x) => x.type === k)?.value ?? ''
    return `${sameYear ? '' : v('year') + '-'}${v('month')}-${v('day')} ${v('hour')}:${v('minute')}`
  }
  return format(lang === 'zh' ? 'zh-CN' : 'en-GB', {
    ...(sameYear ? {} : { year: 'numeric' }),
    month: lang === 'zh' ? 'long' : 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).format(ms)
}

/** 18:00 of the day that is `days` from today. */
export function evening(days: number, now = clock()): number {
  return Math.floor((now + OFFSET_MS) / DAY_MS) * DAY_MS - OFFSET_MS + days * DAY_MS + 18 * 3_600_000
}

/** Value of <input type=datetime-local>, and back. */
export const toLocal = (ms: number): string => new Date(ms + OFFSET_MS).toISOString().slice(0, 16)
export const fromLocal = (s: string): number => Date.parse(s + 'Z') - OFFSET_MS

export interface Span { n: number; unit: 'min' | 'hour' | 'day' }
export function span(ms: number): Span {
  const min = Math.max(1, Math.round(Math.abs(ms) / 60_000))
  if (min < 60) return { n: min, unit: 'min' }
  if (min < 48 * 60) return { n: Math.floor(min / 60), unit: 'hour' }
  return { n: Math.floor(min / 1440), unit: 'day' }
}

/** "3 hours", as the browser says it; in Tibetan, which none knows, and where it knows no units, by our own words. */
export function spanText(ms: number, lang: string, own: (unit: Span['unit'], n: number) => string): string {
  const { n, unit } = span(ms)
  try {
    if (lang !== 'bo') return new Intl.NumberFormat(lang === 'zh' ? 'zh-CN' : lang, { style: 'unit', unit: unit === 'min' ? 'minute' : unit, unitDisplay: 'long' }).format(n)
  } catch {
    /* Safari 14.0 */
  }
  return own(unit, n)
}
/** The time of the day alone. */
export const hourMinute = (ms: number, lang: string): string =>
  format(lang === 'en' ? 'en-GB' : 'zh-CN', { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(ms)
/** How many. */
export const amount = (n: number, lang: string): string => new Intl.NumberFormat(lang === 'en' ? 'en-GB' : 'zh-CN').format(n)

export type Urgency = 'none' | 'calm' | 'soon' | 'over'
const SOON_MS = 4 * 3_600_000
export function urgency(due: number | undefined | null, open: boolean, now = clock()): Urgency {
  if (!due || !open) return 'none'
  return due < now ? 'over' : due - now < SOON_MS ? 'soon' : 'calm'
}
