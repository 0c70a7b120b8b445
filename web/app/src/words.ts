/* The app's words, and how errors are said to people. What the first screen imports from here would make it heavier by
 * all of them: it has ./first/words. */
import { ApiError, type FieldError } from '@linli/core/api'
import { dayTime, spanText, urgency } from '@linli/core/time'
import { lang, type Args, type words } from '@linli/i18n/lang'
import { zh, type Key as Later } from '@linli/i18n/app.zh'
import '@linli/kit/parts.more.css'
import { own, type Key as First } from './first/words'

export type Key = First | Later
own.add(zh)
export const { t, T, beside, setLang } = own as unknown as ReturnType<typeof words<Key>>

/** A key that is put together from data; `other` where there is no such word. */
export function tx(prefix: string, name: string, other: Key): Key {
  const k = prefix + name
  return k in zh ? (k as Key) : other
}

export const when = (ms: number): string => dayTime(ms, lang.value)

export const spanWords = (ms: number): string => spanText(ms, lang.value, (unit, n) => t(`time.${unit}`, { n }))

export function dueWords(due: number | undefined | null, now: number): string {
  if (!due) return t('time.nodue')
  return t(due < now ? 'time.overdue' : 'time.left', { t: spanWords(due - now) })
}
export { urgency }

function say(e: FieldError): string {
  const args: Args = {
    field: t(tx('field.', e.field.replace(/^rows\[\d+\]\.?/, ''), 'field.other')),
    limit: e.limit ?? '',
    code: e.code,
  }
  return t(tx('err.', e.code, 'err.other'), args)
}

/** What went wrong, and what to change, in the language of the page. */
export function errorWords(e: unknown): string {
  if (!(e instanceof ApiError)) return t('err.other', { code: e instanceof Error ? e.message.slice(0, 40) : '' })
  if (e.errors.length > 1) return e.errors.map(say).join(' ')
  return say({ code: e.code, field: e.field, limit: e.limit })
}
export { say as problemWords }
