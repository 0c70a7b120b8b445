/* Words of the administrator's pages, and those of the server's own table: each label there names its key. */
import { shallowRef, watch } from 'vue'
import { ApiError, get, type FieldError } from '@linli/core/api'
import { zh, type Key } from '@linli/i18n/admin.zh'
import { lang, words } from '@linli/i18n/lang'
import { errorWords as desk, known } from '../words'

export type { Key }
const own = words<Key>(zh, { bo: () => import('@linli/i18n/admin.bo'), en: () => import('@linli/i18n/admin.en') })
export const { t: a, T: A } = own
own.follow()

const table = shallowRef<Record<string, string>>({})
export async function loadWords(): Promise<void> {
  table.value = await get<Record<string, string>>('/words/' + lang.value)
}
watch(lang, () => void loadWords().catch(() => undefined))
export const has = (key: string): boolean => key in table.value
/** The server's word for a key of the model; the key itself if it has none. */
export const w = (key: string): string => table.value[key] ?? key.slice(key.lastIndexOf('.') + 1)

/** A fault in words: the desk's if it knows the code, else the module's own. */
export function faultWords(e: FieldError, module: string, field = e.field): string {
  if (known(e.code)) return desk(new ApiError(422, e.code, field, e.limit))
  const key = `${module}.error.${e.code}`
  return has(key) ? w(key) : desk(new ApiError(422, e.code, field, e.limit))
}
export function errorWords(e: unknown, module = ''): string {
  if (!(e instanceof ApiError) || !module) return desk(e)
  const all = e.errors.length ? e.errors : [{ code: e.code, field: e.field, limit: e.limit }]
  return [...new Set(all.map((x) => faultWords(x as FieldError, module)))].join(' ')
}
