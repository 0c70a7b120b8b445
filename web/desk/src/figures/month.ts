/* Months as the community counts them: the server says where one begins, the others are as far from it as the calendar says. */
export interface Figure { name: string; n: number; month_before: number; year_before: number; of?: string }
export interface MonthView { month: string; from: number; until: number; place: string; figures: Figure[] }
export interface Span { month: string; from: number; until: number }

const start = (y: number, m: number): number => Date.UTC(y, m - 1, 1)
function parts(month: string): [number, number] {
  return [Number(month.slice(0, 4)), Number(month.slice(5, 7))]
}
export function shift(month: string, by: number): string {
  const [y, m] = parts(month)
  const n = y * 12 + m - 1 + by
  return `${Math.floor(n / 12)}-${String((n % 12) + 1).padStart(2, '0')}`
}
export function spanOf(view: Pick<MonthView, 'month' | 'from'>, month: string): Span {
  const zone = start(...parts(view.month)) - view.from
  const [y, m] = parts(month)
  return { month, from: start(y, m) - zone, until: start(y, m + 1) - zone }
}
export const backFrom = (month: string, n: number): string[] => Array.from({ length: n }, (_, i) => shift(month, -i))
/** Residents' matters, one after the other; what is counted apart stands apart. */
export const ASKED = ['raised', 'registered', 'registered_in_time', 'signed_in', 'signed_in_in_time', 'closed', 'closed_in_time', 'satisfied', 'not_satisfied', 'not_asked', 'redone', 'bounced', 'urged', 'escalated', 'refused']
export const APART = ['staff_raised', 'staff_closed', 'staff_closed_in_time', 'rated_by_staff', 'on_the_spot', 'brought_in']
