/* The desk's words, and how errors are said to people. */
import { ApiError, type FieldError } from '@linli/core/api'
import { dayTime, span } from '@linli/core/time'
import { lang, words } from '@linli/i18n/lang'
import { zh, type Key } from '@linli/i18n/desk.zh'

export type { Key }
export const { t, T, beside, inZh, setLang } = words<Key>(zh, {
  bo: () => import('@linli/i18n/desk.bo'),
  en: () => import('@linli/i18n/desk.en'),
})
export function tx(prefix: string, name: string, other: Key): Key {
  const k = prefix + name
  return k in zh ? (k as Key) : other
}
/** True if the desk has its own word for a fault. */
export const known = (code: string): boolean => 'err.' + code in zh
export const when = (ms: number): string => dayTime(ms, lang.value)
export function dueWords(due: number | undefined | null, now: number): string {
  if (!due) return t('time.nodue')
  const s = span(due - now)
  return t(due < now ? 'time.overdue' : 'time.left', { t: t(`time.${s.unit}`, { n: s.n }) })
}
function say(e: FieldError): string {
  const field = t(tx('field.', e.field.replace(/^rows\[\d+\]\.?/, ''), 'field.other'))
  return t(tx('err.', e.code, 'err.other'), { field, limit: e.limit ?? '', code: e.code })
}
export function errorWords(e: unknown): string {
  if (!(e instanceof ApiError)) return t('err.other', { code: e instanceof Error ? e.message.slice(0, 40) : '' })
  if (e.errors.length > 1) return e.errors.map(say).join(' ')
  return say({ code: e.code, field: e.field, limit: e.limit })
}
