/* A job as GET /jobs/{id} tells it, and its sheet. */
import { call, get, post } from '@linli/core/api'
import { uuid7 } from '@linli/core/id'
import { sha256 } from '@linli/core/sha256'
import { upload } from '@linli/core/upload'

export type JobState = 'staging' | 'checking' | 'checked' | 'running' | 'done' | 'stopped' | 'undoing' | 'undone' | 'dropped'
export interface JobData {
  action: string
  name: string
  reversible?: boolean
  rows?: number
  next?: number
  checked_good?: number
  checked_bad?: number
  done?: number
  refused?: number
  undone?: number
  kept?: number
  reason?: string
}
export interface JobRow { id: string; state: JobState; opened_at: number; changed_at: number; data: JobData }
export interface JobView extends JobRow { actions: string[] }
export interface Column { column: number; heading: string; field?: string; refused?: boolean; left?: number }
export interface Fault { code: string; field: string; heading?: string; limit?: number; row?: number; n?: number; status?: number }
export interface SheetView {
  upload: string
  encoding: string
  head_row: number
  head_lines: number
  rows: number
  blank: number
  staged: number
  remembered: boolean
  columns: Column[]
  fixed?: Record<string, string>
  missing: string[]
  targets: string[]
  preview: { row: number; input?: Record<string, unknown>; errors: Fault[] }[]
}
export const AT_WORK: readonly JobState[] = ['checking', 'running', 'undoing']
export const SHEET_MB_MAX = 12

/** Part of the way that a job at work has gone, 0 to 1. */
export function progress(j: JobRow): number {
  const n = j.data.rows || 1
  const at = Math.min(j.data.next ?? 0, n)
  return j.state === 'undoing' ? 1 - at / n : at / n
}
/** Opens a job for a file and hands the file over; the answer is its preview. */
export async function begin(file: File, action: string, step: (part: number, parts: number) => void): Promise<{ id: string; sheet: SheetView }> {
  const bytes = await file.arrayBuffer()
  const id = uuid7()
  const sheet = uuid7()
  await post('/jobs', { id, action, name: file.name.slice(0, 60) })
  try {
    await upload({ id: sheet, bytes, sha256: await sha256(bytes) }, id, step, undefined, 'sheet')
    return { id, sheet: await post<SheetView>(`/jobs/${id}/sheet`, { upload: sheet }) }
  } catch (e) {
    await act(id, 'drop').catch(() => undefined) // nothing came of it: no empty job stays in the list
    throw e
  }
}
export const act = (id: string, name: string): Promise<unknown> => post(`/jobs/${id}/${name}`, { id: uuid7() })
export const remap = (id: string, columns: Column[], fixed: Record<string, string>): Promise<SheetView> =>
  call<SheetView>('PUT', `/jobs/${id}/sheet`, {
    body: { columns: columns.filter((c) => c.field && !c.refused).map((c) => ({ column: c.column, field: c.field })), ...(Object.keys(fixed).length ? { fixed } : {}) },
  })
/** Makes the sheet's rows the job's, some thousand a call. */
export async function stage(id: string, step: (n: number, of: number) => void): Promise<void> {
  for (;;) {
    const r = await post<{ staged: number; rows: number }>(`/jobs/${id}/sheet/rows`, {}, { timeoutMs: 90_000 })
    step(r.staged, r.rows)
    if (r.staged >= r.rows) return
  }
}
export interface Wrong extends Fault { row: number; n: number; cells: string[] }
/** Refused rows as they stand in the sheet, to be mended and brought in again. */
export const wrongOf = (id: string, after = 0): Promise<{ headings: string[]; rows: Wrong[]; next?: number }> => get(`/jobs/${id}/sheet/wrong?after=${after}`)
export interface FaultPage { rows: Fault[]; next: string | null }
export const faultsOf = (id: string, after = '', limit = 50): Promise<FaultPage> =>
  get<FaultPage>(`/jobs/${id}/errors?limit=${limit}${after && '&after=' + encodeURIComponent(after)}`)
