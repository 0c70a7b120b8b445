/* A mediation's file as the server shows it to this person (src/mod/dispute/dispute.h), and what is read out of it. */
import { session } from '../api'
import { host, type Choice } from '../model/host'
import type { FieldSpec } from '../model/model'
import type { Happening, View } from '../types'
import { zh, type Key } from '@linli/i18n/mediation.zh'
import { words } from '@linli/i18n/lang'

const own = words<Key>(zh, { bo: () => import('@linli/i18n/mediation.bo'), en: () => import('@linli/i18n/mediation.en') })
own.follow()
export const { t: m, T: M } = own

export interface Party { id: string; side: number; kind: string; role: string; name?: string; phone?: string; agent?: string; account?: string; consent?: string }
interface Ref { party: string }
interface Other { whom: string; name?: string }
export interface Promised {
  id: string; origin: string; party: string; to?: string; what: string; text?: string; amount_fen?: number; by: number; until?: number; at: number
  recurrence?: boolean; state: 'open' | 'done' | 'kept' | 'called' | 'replaced'; overdue?: boolean; done_at?: number; kept_at?: number; paper?: Shot[]
}
export interface Session { id: string; kind: string; room: string; from: number; until: number; who: Ref[]; others?: Other[]; came?: Ref[]; others_came?: Other[]; state: 'called' | 'held' | 'cancelled'; seen_by?: number }
export interface Offer { id: string; party: string; text?: string; amount_fen?: number; at: number; seen_by?: number; answers: { party: string; accepted: boolean }[] }
export interface Text {
  language: string; facts: string; issues: string; terms: string
  signatories: { party: string; name: string; details?: string }[]
  liability: { party: string; duty?: string; amount_fen?: number; share?: number }[]
  performance: { party: string; to?: string; what: string; text: string; amount_fen?: number; by: number }[]
}
export interface Agreement { edition: number; hash: string; text?: Text; signed: { party: string; at: number; how: string }[]; sealed_at?: number }
export interface Shot { id: string; type?: string; sha256?: string }
export interface Data {
  subject?: string; parties: Party[]; mediator?: string; helper?: string; promises?: Promised[]; guarantee?: string; recurred?: number; sessions?: Session[]
  offers?: Offer[]; agreement?: Agreement; confirmation?: { until: number; state: string; court?: string }; next_visit_at?: number; visited_at?: number
  visit_result?: string; visit_overdue?: boolean; escalation?: { to: string; answer_by: number; overdue?: boolean; answered_at?: number }; erased?: boolean
}
export type File = Omit<View, 'data' | 'state'> & { data: Data; state: string }

/** What an id in a form of this file may be. */
export type Choices = Record<string, Choice[]>

export const partyOf = (d: Data, id: string | undefined): Party | undefined => d.parties.find((x) => x.id === id)
export const partyName = (d: Data, id: string | undefined): string => partyOf(d, id)?.name ?? ''
export const mySide = (d: Data): Party | undefined => d.parties.find((x) => x.account && x.account === session.value.person)
export const byName = (f: File, person: string | undefined): string =>
  (person && (f.people.find((x) => x.person === person)?.name || host.people().find((x) => x.id === person)?.name)) || ''

export const yuan = (fen: number): string => (fen / 100).toLocaleString('en', { minimumFractionDigits: 2 })
export const percent = (share: number): string => (share / 100).toFixed(2) + '%'

export const unkept = (d: Data): Promised[] => (d.promises ?? []).filter((x) => x.state !== 'kept' && x.state !== 'replaced')
/** The one that was called on, else the newest with a clause for when it comes back. */
export function guarantee(d: Data): Promised | undefined {
  const all = d.promises ?? []
  return all.find((x) => x.id === d.guarantee) ?? all.filter((x) => x.recurrence && x.state !== 'replaced').sort((a, b) => b.at - a.at)[0]
}

export interface DueItem { at: number; late: boolean; what: Key; args: Record<string, string> }
/** All that is waited for, the soonest first. */
export function dueOf(f: File, now: number): DueItem[] {
  const d = f.data
  const all: DueItem[] = []
  const add = (at: number | undefined, late: boolean | undefined, what: Key, args: Record<string, string> = {}): void => {
    if (at) all.push({ at, late: !!late || at < now, what, args })
  }
  if (f.closed_at) return all
  for (const x of unkept(d)) if (x.state !== 'done') add(x.by, x.overdue, 'next.promise', { who: partyName(d, x.party), what: x.text ?? '' })
  add(d.next_visit_at, d.visit_overdue, 'next.visit')
  if (d.confirmation?.state === 'open') add(d.confirmation.until, false, 'next.court')
  if (f.state === 'escalated') add(d.escalation?.answer_by, d.escalation?.overdue, 'next.answer')
  return all.sort((a, b) => a.at - b.at)
}

export const happened = (f: File, ...names: string[]): Happening[] => f.timeline.filter((h) => names.some((n) => h.type === 'dispute.' + n)).reverse()
export const shotsOf = (h: Happening): Shot[] => [...((h.data['photos'] as Shot[] | undefined) ?? []), ...((h.data['paper'] as Shot[] | undefined) ?? [])]

/** What a form of this deed begins with: what the file knows already. */
export function begun(f: File, name: string, given: Record<string, unknown>): Record<string, unknown> {
  const d = f.data
  if (name === 'draft') {
    const text = d.agreement?.text
    return text ? { ...text } : { language: 'zh', signatories: d.parties.map((x) => ({ party: x.id, name: x.name })), liability: d.parties.filter((x) => x.role !== 'harmed').map((x) => ({ party: x.id })), performance: [{}] }
  }
  if (name === 'invite') return { kind: 'round_table', who: d.parties.map((x) => ({ party: x.id })) }
  if (name === 'hold') {
    const s = d.sessions?.find((x) => x.id === given['session'])
    return { came: s?.who ?? [], others_came: s?.others ?? [] }
  }
  if (name === 'accept' || name === 'assign') return { mediator: d.mediator || session.value.person, helper: d.helper }
  return {}
}
/** Which of a form's fields are still asked. */
export const asked = (fields: FieldSpec[], given: Record<string, unknown>): FieldSpec[] => fields.filter((x) => !(x.name in given))
export function choicesOf(d: Data): Choices {
  const party = d.parties.map((x) => ({ id: x.id, name: x.name ?? '' }))
  return {
    party, to: party,
    session: (d.sessions ?? []).filter((x) => x.state === 'called').map((x) => ({ id: x.id, name: `${host.when(x.from)} ${x.room}` })),
    promise: unkept(d).map((x) => ({ id: x.id, name: `${partyName(d, x.party)} ${x.text ?? ''}` })),
    offer: (d.offers ?? []).map((x) => ({ id: x.id, name: x.text ?? '' })),
  }
}
