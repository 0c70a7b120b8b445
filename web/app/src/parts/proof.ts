/* The key that a community signs with, as this phone knows it, and the words of the pages that check. */
import { root } from '@linli/core/api'
import { Fault, keyOf, type Key } from '@linli/core/proof/check'
import { words } from '@linli/i18n/lang'
import { zh, type Key as Word } from '@linli/i18n/proof.zh'

const own = words<Word>(zh, { bo: () => import('@linli/i18n/proof.bo'), en: () => import('@linli/i18n/proof.en') })
own.follow()
export const { t: pr, T: Pr } = own
export const faultWords = (e: unknown): string => {
  const code = e instanceof Fault ? e.message : 'other'
  return 'fault.' + code in zh && code !== 'other' ? pr(`fault.${code}` as Word) : pr('fault.other', { code: e instanceof Error ? e.message.slice(0, 60) : '' })
}

/** How a key is known: from this site just now; kept since an earlier visit; compared by the person. */
export type Known = 'first' | 'pinned' | 'given'
export interface Pinned { key: Key; known: Known; changed: boolean }
interface Kept { text: string; given: boolean }
const STORE = 'linli.key.'
function kept(community: string): Kept | null {
  try {
    return JSON.parse(localStorage.getItem(STORE + community) ?? 'null') as Kept | null
  } catch {
    return null
  }
}
export function pin(key: Key, given: boolean): void {
  try {
    localStorage.setItem(STORE + key.community, JSON.stringify({ text: key.text, given }))
  } catch {
    /* private mode: it holds for this visit */
  }
}
/** Of any community of this server: '' is the one that the page stands under. */
export const apiOf = (community: string): string => (community ? '/c/' + community : root) + '/api/v1'
async function published(community: string): Promise<string> {
  try {
    const r = await fetch(apiOf(community) + '/proof/key', { cache: 'no-store' })
    return r.ok ? (await r.text()).trim() : ''
  } catch {
    return ''
  }
}
/** The pinned key; on first use the one that the site shows, which is pinned then. null: there is none to be had. */
export async function knownKey(community: string): Promise<Pinned | null> {
  const old = kept(community)
  const now = await published(community)
  if (old) return { key: await keyOf(old.text), known: old.given ? 'given' : 'pinned', changed: !!now && now !== old.text }
  if (!now) return null
  const key = await keyOf(now)
  if (key.community === community) pin(key, false)
  return { key, known: 'first', changed: false }
}
