/* What of the outbox may go, and in which order: plain functions, so that they can be tested without a browser. */
import { inOrder } from './order'
import type { OutItem } from './store'

export { inOrder }

/** Somebody else changed the matter meanwhile: a person has to look at both. */
export const CONFLICTS: readonly string[] = ['stale_version', 'wrong_state', 'closed_meanwhile', 'not_tried']

/** Where a new one stands: behind all, and on top of what its writer left unsent of the same matter. */
export function place(item: OutItem, items: OutItem[]): OutItem {
  const mine = inOrder(items).filter((i) => i.matter === item.matter && i.person === item.person && i.id !== item.id)
  const before = mine[mine.length - 1]
  const n = 1 + Math.max(0, ...items.map((i) => i.n ?? 0))
  return { ...item, n, ...(before ? { after: before.id } : {}) }
}

/** By itself: without an account, or with a receipt code. The others go together. */
export const goesAlone = (i: OutItem): boolean => !!i.receipt || i.person === null

/** Whose it is must be signed in: it is theirs to send, and nobody else's name goes under it. */
export const isTheirs = (i: OutItem, me: string | null): boolean => goesAlone(i) || i.person === me

const isHeld = (i: OutItem, me: string | null): boolean =>
  !isTheirs(i, me) || (!!i.problem && !(i.problem.code === 'sign_in' && me))

/** What it stands on and has to wait for; undefined if nothing holds it. */
export function waitsFor(i: OutItem, items: OutItem[], me: string | null): OutItem | undefined {
  for (let at = items.find((x) => x.id === i.after), depth = 0; at && depth < items.length; depth++) {
    if (isHeld(at, me)) return at
    const next = at.after
    at = items.find((x) => x.id === next)
  }
  return undefined
}

/* Further ahead than any pause: the clock was set back meanwhile, and nobody waits for that. */
const LATER_MS = 3_600_000
export function due(items: OutItem[], me: string | null, nowMs: number, all: boolean): OutItem[] {
  const picked: OutItem[] = []
  const ids = new Set(items.map((i) => i.id))
  for (const i of inOrder(items)) {
    if (isHeld(i, me) || (!all && i.next_at > nowMs && i.next_at - nowMs < LATER_MS)) continue
    if (i.after && ids.has(i.after) && !picked.some((p) => p.id === i.after)) continue
    picked.push(i)
  }
  return picked
}

/** Taken out for good: what stood on it stands on what was before it. `to` took its place, if something did. */
export const followers = (gone: OutItem, items: OutItem[], to?: string): OutItem[] =>
  items.filter((i) => i.after === gone.id).map((i) => ({ ...i, after: to ?? gone.after }))

const FIRST_MS = 3_000
export const SLOWEST_MS = 5 * 60_000
export const backOff = (tries: number, asked = 0): number => Math.max(asked, Math.min(SLOWEST_MS, FIRST_MS * 2 ** (tries - 1)))

/** The clock that it was written by, as it would stand now; the server measures it by that. */
export const phoneAt = (i: OutItem, nowMs: number, skew: number): number => Math.max(0, Math.round(nowMs + skew - (i.skew ?? skew)))
