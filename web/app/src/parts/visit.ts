/* Visits: their words, what the server says of them, how one is written down. All of it works from what the phone kept. */
import { ApiError, get, post, session } from '@linli/core/api'
import { now } from '@linli/core/clock'
import { asksOf, type Ask, type Filled } from '@linli/core/form'
import { uuid7 } from '@linli/core/id'
import { flush, out, put } from '@linli/core/outbox'
import { cached, lastKnown, type KeptFile, type Known } from '@linli/core/store'
import type { Done, Happening, Names, Page, Photo, View, VoiceNote } from '@linli/core/types'
import { words } from '@linli/i18n/lang'
import { zh, type Key } from '@linli/i18n/visit.zh'

const own = words<Key>(zh, { bo: () => import('@linli/i18n/visit.bo'), en: () => import('@linli/i18n/visit.en') })
own.follow()
export type VisitKey = Key
export const { t: visit, T: Visited } = own
/** A word by a name from the server; `other` if there is none. */
export const vtx = (prefix: string, name: unknown, other: Key): Key => ((prefix + String(name)) in zh ? prefix + String(name) : other) as Key

export interface VisitRow {
  id: string
  state: string
  version: number
  place: string
  lon: number
  lat: number
  due_at: number
  changed_at: number
  purpose: string
  round: string
  address: string
  near: string | null
  promise: string | null
  promise_by: number
  promise_state: string
  tries: number
  last_at: number
  last_result: string
  corrections: number
}
export interface Promised { text?: string | null; by: number; from: 'officer' | 'household' | 'other'; state: 'open' | 'kept'; broken?: number }
export interface VisitData {
  purpose: string
  round?: string
  address?: string
  near?: string | null
  note?: string | null
  checklist?: string
  about_number?: number
  promise?: Promised
  entries?: number
}
export type VisitView = Omit<View, 'data'> & { data: VisitData }
export interface Checklist { code: string; name: Names; form: unknown; form_version: number }

const me = (): string => String(session.value.person)
export const myVisits = (): Promise<Known<Page<VisitRow>>> => lastKnown('visits' + me(), () => get<Page<VisitRow>>('/visits/mine?limit=100'))
export const ourVisits = (): Promise<Known<Page<VisitRow>>> => lastKnown('doors' + me(), () => get<Page<VisitRow>>('/visits/home?limit=100'))
export const visitView = (id: string): Promise<Known<VisitView>> => lastKnown('view ' + id, () => get<VisitView>('/visits/' + id))
export const checklists = (): Promise<Checklist[]> => cached('checklists', () => get<Page<Checklist>>('/checklists?limit=100')).then((p) => p.rows)

/** The questions as they were when they were answered. */
export async function askedAt(code: string, version: number): Promise<Ask[]> {
  const newest = (await checklists().catch(() => [])).find((c) => c.code === code && c.form_version === version)
  if (newest) return asksOf(newest.form)
  const ask = `/checklists/forms?code=${encodeURIComponent(code)}&version=${version}`
  return cached(`checklist ${code}/${version}`, () => get<Page<{ form: unknown }>>(ask)).then((r) => asksOf(r.rows[0]?.form))
}

/** One visit that was written down, and what the household says to it. */
export interface Entry {
  seq: number
  n: number
  at: number
  who: string
  met: boolean
  text: string
  left: string
  kept: string
  promise: string
  promiseBy: number
  photos: Photo[]
  voice: VoiceNote[]
  checklist: string
  version: number
  answers: Filled | null
  corrections: { at: number; who: string; text: string }[]
}
const says = (h: Happening, k: string): string => (typeof h.data?.[k] === 'string' ? String(h.data[k]) : '')
export function entriesOf(v: VisitView): Entry[] {
  const list: Entry[] = []
  for (const h of v.timeline) {
    const what = h.type.slice(h.type.indexOf('.') + 1)
    const n = Number(h.data?.['entry'] ?? 0)
    if (what === 'correct') list.find((x) => x.n === n)?.corrections.push({ at: h.at, who: h.name ?? '', text: says(h, 'text') })
    if (!['met', 'nobody', 'called'].includes(what)) continue
    list.push({
      seq: h.seq, n, at: Number(h.data?.['at'] ?? h.at), who: h.name ?? '', met: what === 'met' || says(h, 'result') === 'met', text: says(h, 'text'),
      left: says(h, 'left'), kept: says(h, 'kept'), promise: says(h, 'promise'), promiseBy: Number(h.data?.['promise_by'] ?? 0),
      photos: (h.data?.['photos'] as Photo[] | undefined) ?? [], voice: (h.data?.['voice'] as VoiceNote[] | undefined) ?? [],
      checklist: says(h, 'checklist'), version: Number(h.data?.['checklist_version'] ?? 0), answers: (h.data?.['answers'] as Filled | null | undefined) ?? null,
      corrections: [],
    })
  }
  return list.reverse()
}

/** True if it has arrived, false if it waits on the phone. What is refused stands in the outbox for a person to mend. */
export async function write(v: { id: string }, name: 'met' | 'nobody' | 'correct', fields: Record<string, unknown>, files: KeptFile[], label: string): Promise<boolean> {
  const id = uuid7()
  const route = `/visits/${v.id}/${name}`
  const body = { claimed_at: Date.now(), ...(name === 'correct' ? {} : { at: now() }), ...fields }
  if (!files.length && !out.value.some((i) => i.matter === v.id)) {
    try {
      await post<Done>(route, { id, ...body })
      return true
    } catch (e) {
      if (!(e instanceof ApiError) || (!e.later && e.code !== 'too_long_ago')) throw e // a slow clock: the outbox says by how much
    }
  }
  await put({
    id, kind: 'act', route, matter: v.id, body, files: files.map((x) => ({ ...x })), module: 'visit', label,
    person: session.value.person, at: Date.now(), tries: 0, next_at: 0,
  })
  await flush(true)
  return !out.value.some((i) => i.id === id)
}
