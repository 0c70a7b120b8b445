/* Who should get a matter, and why: a plain function of the rosters, so that it can be tested without a page. The server
 * has the last word; here it is only decided what stands on the button. */
import type { Category, Grids, Handler, Names, Row } from '@linli/core/types'

export interface TakingUnit { id: string; name: Names; areas?: (string | { place: string })[] | null; categories?: (string | { category: string })[] | null; open: number }
export interface OnDuty { unit: string; person: string; name: string; phone: string; from: number; until: number }
/** Words `why.*` of the triage table. */
export type Why = 'own_grid' | 'unit_on_duty' | 'unit' | 'role'
export interface Suggestion { to: string; name: string; why: Why; duty: string; role: string; open: number }
export interface Hands { handlers: Handler[]; units: TakingUnit[]; onDuty: OnDuty[]; grids: Grids | null; categories: Category[]; nameOf: (n: Names) => string }

const placeOf = (x: string | { place: string }): string => (typeof x === 'string' ? x : x.place)
const codeOf = (x: string | { category: string }): string => (typeof x === 'string' ? x : x.category)
/* Whose work it is by name stands before whoever lives next to it, unless the category is the grid officer's own. */
const POINTS: Record<Why, number> = { unit_on_duty: 60, own_grid: 50, unit: 40, role: 20 }
const OWN_WORK = 25
const LOAD_MAX = 18

type Asked = Pick<Row, 'place' | 'category' | 'handler'>
export function suggest(r: Asked, h: Hands): Suggestion | undefined {
  const role = (h.categories.find((c) => c.code === r.category) as { default_role?: string } | undefined)?.default_role ?? 'officer'
  const officers = new Set(h.grids?.features.find((g) => g.properties.code === r.place)?.properties.officers?.map((o) => o.person))
  const all: (Suggestion & { points: number })[] = []
  const add = (s: Suggestion, extra = 0): void => {
    if (s.to !== r.handler) all.push({ ...s, points: POINTS[s.why] + extra - Math.min(s.open, LOAD_MAX) / 2 })
  }
  for (const u of h.units) {
    if (!u.areas?.some((a) => r.place.startsWith(placeOf(a))) || !u.categories?.some((c) => codeOf(c) === r.category)) continue
    const duty = h.onDuty.find((d) => d.unit === u.id)
    add({ to: u.id, name: h.nameOf(u.name), why: duty ? 'unit_on_duty' : 'unit', duty: duty?.name ?? '', role: '', open: u.open })
  }
  for (const p of h.handlers) {
    const here = officers.has(p.person) || p.places.includes(r.place)
    if (here && p.roles.includes('officer')) add({ to: p.person, name: p.name, why: 'own_grid', duty: '', role: 'officer', open: p.open }, role === 'officer' ? OWN_WORK : 0)
    else if (p.roles.includes(role) && p.places.some((x) => r.place.startsWith(x))) add({ to: p.person, name: p.name, why: 'role', duty: '', role, open: p.open })
  }
  const best = all.sort((a, b) => b.points - a.points || a.open - b.open || a.to.localeCompare(b.to))[0]
  return best && { to: best.to, name: best.name, why: best.why, duty: best.duty, role: best.role, open: best.open }
}
