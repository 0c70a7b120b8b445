/* Words of what is made from the action table: those of the parts themselves, and the server's own, by the key that each
 * label names (GET /words/{lang}). */
import { shallowRef, watch } from 'vue'
import { ApiError, get, type FieldError } from '../api'
import { cached } from '../store'
import { zh, type Key } from '@linli/i18n/model.zh'
import { lang, words } from '@linli/i18n/lang'
import { host } from './host'

const own = words<Key>(zh, { bo: () => import('@linli/i18n/model.bo'), en: () => import('@linli/i18n/model.en') })
export const { t: k, T: K } = own
own.follow()

const table = shallowRef<Record<string, string>>({})
let chinese: Record<string, string> = {}
export async function loadWords(): Promise<void> {
  const l = lang.value
  const ask = (x: string): Promise<Record<string, string>> => cached('words ' + x, () => get<Record<string, string>>('/words/' + x))
  if (l === 'bo' && !chinese['report.name']) chinese = await ask('zh').catch(() => ({}))
  table.value = await ask(l)
}
watch(lang, () => void loadWords().catch(() => undefined))
export const has = (key: string): boolean => key in table.value
/** The server's word for a key of the model; the key's last part if it has none. */
export const w = (key: string): string => table.value[key] ?? key.slice(key.lastIndexOf('.') + 1)
/** The Chinese, to stand beside Tibetan that nobody has reviewed; '' where it need not. */
export const beside = (key: string): string => (lang.value === 'bo' ? (chinese[key] ?? '') : '')

/** A fault in words: the app's if it knows the code, else the module's own. `label`: the field's, as the form says it. */
export function faultWords(e: FieldError, module: string, field = e.field, label = ''): string {
  const key = `${module}.error.${e.code}`
  if (!host.known(e.code) && has(key)) return w(key)
  if (label && `fault.${e.code}` in zh) return k(`fault.${e.code}` as Key, { field: label, limit: e.limit ?? '' })
  return host.errorWords(new ApiError(422, e.code, field, e.limit))
}
export function errorWords(e: unknown, module = ''): string {
  if (!(e instanceof ApiError) || !module) return host.errorWords(e)
  const all = e.errors.length ? e.errors : [{ code: e.code, field: e.field, limit: e.limit }]
  return [...new Set(all.map((x) => faultWords(x as FieldError, module)))].join(' ')
}
