/* The words of the first screen. Later screens take theirs from ../words, which brings the rest. */
import { words, type Pack, type Table } from '@linli/i18n/lang'
import { zh, type Key } from '@linli/i18n/home.zh'

export type { Key }
/** Both tables at once: no later screen waits for its language. */
async function whole(...parts: Promise<Pack<string>>[]): Promise<Pack<Key>> {
  const [home, app] = await Promise.all(parts)
  return { table: { ...app!.table, ...home!.table } as Table<Key>, reviewed: [...app!.reviewed!, ...home!.reviewed!] as Key[] }
}
export const own = words<Key>(zh, {
  bo: () => whole(import('@linli/i18n/home.bo'), import('@linli/i18n/app.bo')),
  en: () => whole(import('@linli/i18n/home.en'), import('@linli/i18n/app.en')),
})
export const { t, T, setLang } = own
