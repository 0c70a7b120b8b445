/* Small questions about a matter that several screens ask. */
import { OPEN_STATES, type Involved, type Row, type State, type View } from './types'

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
}
export const residentState = (s: State): ResidentState => RESIDENT[s] ?? 'collected'
export const RESIDENT_STEPS: readonly ResidentState[] = ['collected', 'registered', 'working', 'checking', 'closed']

export const titleOf = (r: Row): string =>
  r.public_title || r.data?.public_title || r.title || r.text || r.data?.text || ''

export const handlerOf = (v: View): Involved | undefined => v.people.find((p) => p.is.includes('handler'))
export const personOf = (v: View, id: unknown): Involved | undefined => v.people.find((p) => p.person === id)
export const verb = (type: string): string => type.slice(type.lastIndexOf('.') + 1)

/** What a person acts on: GET /reports/{id}/contact answers one of these. */
export interface Contact { phone?: string | null }
