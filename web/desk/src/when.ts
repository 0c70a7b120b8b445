/* Days, months and numbers as each language writes them. Days are those since 1970 of the communities' own zone. No browser
 * knows Tibetan month names, so Tibetan gets figures. */
import { ZONE } from '@linli/core/time'
import { lang } from '@linli/i18n/lang'

export const ZONE_MINUTES = 480
const OFFSET_MS = ZONE_MINUTES * 60_000
const DAY_MS = 86_400_000
export const dayAt = (ms: number): number => Math.floor((ms + OFFSET_MS) / DAY_MS)
export const startOf = (day: number): number => day * DAY_MS - OFFSET_MS

const locale = (): string => ({ zh: 'zh-CN', bo: 'en-CA', en: 'en-GB' })[lang.value]
export function dayName(day: number): string {
  const o: Intl.DateTimeFormatOptions = lang.value === 'bo' ? {} : { year: 'numeric', month: lang.value === 'zh' ? 'long' : 'short', day: 'numeric' }
  return new Intl.DateTimeFormat(locale(), { timeZone: ZONE, ...o }).format(startOf(day))
}
/** "2026-10" as it is read; `short` for an axis. */
export function monthName(month: string, short = false): string {
  if (lang.value === 'bo') return short ? String(Number(month.slice(5))) : month
  const at = Date.UTC(Number(month.slice(0, 4)), Number(month.slice(5, 7)) - 1, 15)
  return new Intl.DateTimeFormat(locale(), { timeZone: ZONE, ...(short ? {} : { year: 'numeric' }), month: lang.value === 'zh' && !short ? 'long' : 'short' }).format(at)
}
export const number = (n: number): string => new Intl.NumberFormat(locale()).format(n)
export const percent = (part: number): string => new Intl.NumberFormat(locale(), { style: 'percent' }).format(part)
