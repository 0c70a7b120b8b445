/* Small questions about a matter that several screens ask. */
import { OPEN_STATES, type Happening, type Involved, type MatterData, type Row, type Shared, type State, type View } from './types'

/** Somebody still has to do something about it; afterwards the time is no longer theirs. */
export const WORKING: readonly State[] = ['collected', 'registered', 'dispatched', 'handling']
export const isOpen = (s: State): boolean => OPEN_STATES.includes(s)

/** The five words that a resident reads, and the two ends beside them. */
export type ResidentState = 'collected' | 'registered' | 'working' | 'checking' | 'closed' | 'refused' | 'withdrawn'
const RESIDENT: Record<State, ResidentState> = {
  collected: 'collected',
  registered: 'registered',
  dispatched: 'working',
  handling: 'working',
  done: 'checking',
  verified: 'checking',
  closed: 'closed',
  refused: 'refused',
  withdrawn: 'withdrawn',
  merged: 'working', // as the one that it was put together with
}
export const residentState = (s: State): ResidentState => RESIDENT[s] ?? 'collected'
export const RESIDENT_STEPS: readonly ResidentState[] = ['collected', 'registered', 'working', 'checking', 'closed']

export const titleOf = (r: Pick<Row, 'public_title' | 'text'> & { data?: MatterData }): string =>
  r.text || r.data?.text || r.public_title || r.data?.public_title || ''

export const handlerOf = (v: View): Involved | undefined => v.people.find((p) => p.is.includes('handler'))
export const personOf = (v: View, id: unknown): Involved | undefined => v.people.find((p) => p.person === id)
export const verb = (type: string): string => type.slice(type.lastIndexOf('.') + 1)

/** What everybody may see, as a view: who has it, and when which step was reached. */
export function sharedView(s: Shared): View {
  const steps: [string, number | undefined][] = [['create', s.opened_at], ['finish', s.done_at], ['verify', s.verified_at], ['close', s.state === 'closed' ? s.closed_at : 0]]
  const timeline = steps.filter(([, at]) => at).map(([type, at], seq): Happening => ({ seq, type: 'report.' + type, at: at!, state: s.state, data: {} }))
  return {
    id: s.id, number: s.number, state: s.state, category: s.category, version: 0, place: '', opened_at: s.opened_at, due_at: s.due_at,
    data: { public_title: s.public_title ?? '', promised_at: s.promised_at } as MatterData,
    people: s.who ? [{ person: '', is: ['handler'], name: s.who, phone: s.who_phone }] : [], me: [], actions: [], timeline,
  }
}

/** GET /reports/{id}/contact: the number left with the report, else the account's. */
export interface Contact { phone?: string | null; account_phone?: string | null; name?: string | null }
export const numberOf = (c: Contact): string => c.phone || c.account_phone || ''
