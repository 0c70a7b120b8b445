/* An action made from the model, on its way: its files first, then the body that names them. */
import { post } from '../api'
import type { Done } from '../types'
import { upload } from '../upload'
import type { Deed } from './host'

export async function sendNow(d: Deed): Promise<Done> {
  const body: Record<string, unknown> = { ...d.body }
  for (const f of d.files) {
    if (!f.done) await upload(f, d.matter, () => undefined, undefined, f.type?.startsWith('audio') ? 'voice' : undefined)
    f.done = true
    const field = f.field ?? 'photos'
    body[field] = [...((body[field] as string[] | undefined) ?? []), f.id]
  }
  return post<Done>(d.path, d.id ? { id: d.id, ...body } : body)
}
