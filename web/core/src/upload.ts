/* Resumable upload: parts of at most 1 MB; what the server already has is not sent again. */
import { ApiError, call, get, post } from './api'
import type { KeptFile } from './store'

interface Begun { id: string; parts: number; part_bytes: number }
interface Status { id: string; have?: number[]; finished?: boolean }

export async function upload(
  p: KeptFile, matter: string, step: (part: number, parts: number) => void, receipt?: string, kind?: 'sheet' | 'voice' | 'blank',
): Promise<void> {
  const size = p.bytes.byteLength
  const b = await post<Begun>('/uploads', { id: p.id, matter, size, sha256: p.sha256, ...(kind ? { kind } : {}) }, { receipt })
  const have = new Set<number>()
  try {
    for (const n of (await get<Status>('/uploads/' + b.id, { receipt })).have ?? []) have.add(n)
  } catch (e) {
    if (e instanceof ApiError && e.later) throw e
  }
  for (let i = 0; i < b.parts; i++) {
    step(i, b.parts)
    if (have.has(i)) continue
    const raw = p.bytes.slice(i * b.part_bytes, Math.min(size, (i + 1) * b.part_bytes))
    await call('PUT', `/uploads/${b.id}/${i}`, { raw, receipt, timeoutMs: 90_000 })
  }
  await call('POST', `/uploads/${b.id}/finish`, { body: {}, receipt, timeoutMs: 60_000 })
  step(b.parts, b.parts)
}
