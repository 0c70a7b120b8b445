/* What whoever answers for a place looks at: each number and each list is a query row of the server. */
import { get } from '@linli/core/api'
import { now } from '@linli/core/clock'
import { WORKING } from '@linli/core/matter'
import { evening } from '@linli/core/time'
import type { Count, Happening, Page, Row, View } from '@linli/core/types'
import { words } from '@linli/i18n/lang'
import { zh, type Key } from '@linli/i18n/director.zh'

const own = words<Key>(zh, { bo: () => import('@linli/i18n/director.bo'), en: () => import('@linli/i18n/director.en') })
own.follow()
export type DirKey = Key
export const { t: dir, T: Dir } = own
/** A key that is put together from data. */
export const dirKey = (k: string, other: Key): Key => (k in zh ? (k as Key) : other)
export const TABLES = {
  zh: async (): Promise<Record<Key, string>> => zh,
  bo: async () => (await import('@linli/i18n/director.bo')).table,
  en: async () => (await import('@linli/i18n/director.en')).table,
}

export interface Decision extends Row {
  waits_why: string
  waits_since: number
  waits_until: number
  /** Actions of the table: as was asked, otherwise, and what takes the first back ('' where nothing does). */
  yes: string
  no: string
  undo: string
}
export interface Late extends Row { held_by: string; held_phone: string; held_since: number }

/** Figures of a day; the names are the server's. */
export const DAY = ['raised', 'closed', 'satisfied', 'on_the_spot'] as const
export type DayFigure = (typeof DAY)[number]
export interface Picture {
  decisions: Decision[]
  more: boolean
  late: Late[]
  late_n: number
  today: Record<DayFigure, number>
  yesterday: Record<DayFigure, number>
  /** When today began, ms. */
  from: number
}
const DAY_MS = 86_400_000
export const midnight = (at = now()): number => evening(0, at) - 18 * 3_600_000
export const within = (from: number): string => `from=${from}&until=${from + DAY_MS}`

async function figures(from: number): Promise<Record<DayFigure, number>> {
  const n = await Promise.all(DAY.map(async (f) => (await get<{ n: number }>(`/figures/${f}?${within(from)}`)).n))
  return Object.fromEntries(DAY.map((f, i) => [f, n[i]])) as Record<DayFigure, number>
}
export async function picture(): Promise<Picture> {
  const from = midnight()
  const [decisions, late, counts, today, yesterday] = await Promise.all([
    get<Page<Decision>>('/reports/decisions?limit=50'),
    get<Page<Late>>('/reports/overdue?limit=5'),
    get<Page<Count>>('/reports/counts'),
    figures(from),
    figures(from - DAY_MS),
  ])
  const late_n = counts.rows.filter((c) => WORKING.includes(c.state as Row['state'])).reduce((s, c) => s + c.overdue, 0)
  return { decisions: decisions.rows, more: !!decisions.next, late: late.rows, late_n, today, yesterday, from }
}

/* ---- what led to it ---- */
const LED: Record<string, string[]> = {
  extension: ['report.ask_extension'],
  disputed: ['report.redo', 'report.rate', 'report.reopen', 'report.finish'],
  redone: ['report.redo', 'report.rate', 'report.reopen'],
  returned: ['report.return'],
  by_hand: ['report.supervise'],
}
export interface Said { seq: number; name: string; text: string }
const saidBy = (h: Happening): Said => ({ seq: h.seq, name: h.name ?? '', text: String(h.data['reason'] ?? h.data['text'] ?? '') })
/** The last words of those who brought it here; of what several gave back, each one's. */
export function ledTo(v: View, why: string): Said[] {
  const all = v.timeline.filter((h) => LED[why]?.includes(h.type)).map(saidBy).filter((s) => s.text)
  return all.slice(why === 'returned' ? -3 : why === 'disputed' ? -2 : -1)
}
