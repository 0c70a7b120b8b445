/* Doing something to a matter: through the outbox when there are photos, a voice note or no signal, at once otherwise. */
import { ApiError, post, session } from '@linli/core/api'
import { skewMs } from '@linli/core/clock'
import { uuid7 } from '@linli/core/id'
import { flush, out, put } from '@linli/core/outbox'
import type { KeptFile } from '@linli/core/store'
import type { Done, View } from '@linli/core/types'

const COMMUTES = ['note', 'gist', 'rate', 'urge', 'withdraw', 'sign_in', 'sign_off']

/** True if it has arrived, false if it waits on the phone; throws what a person must mend. */
export async function act(v: View, name: string, fields: Record<string, unknown>, files: KeptFile[] = [], receipt?: string, person?: string): Promise<boolean> {
  const id = uuid7()
  const route = `/reports/${v.id}/${name}`
  const body = { ...(COMMUTES.includes(name) ? {} : { version: v.version }), claimed_at: Date.now(), ...fields }
  // a wrong clock: the outbox says by how much, so that it is known when this was done
  if (!files.length && !skewMs() && !out.value.some((i) => i.matter === v.id)) {
    try {
      await post<Done>(route, { id, ...body }, { receipt, person })
      return true
    } catch (e) {
      if (!(e instanceof ApiError) || (!e.later && e.code !== 'too_long_ago')) throw e
    }
  }
  await put({
    id, kind: 'act', route, matter: v.id, body, files: files.map((x) => ({ ...x })), receipt,
    person: session.value.person, at: Date.now(), tries: 0, next_at: 0, ...(person ? { for: person } : {}),
  })
  await flush(true)
  const left = out.value.find((i) => i.id === id)
  if (left?.problem) throw new ApiError(422, left.problem.code, left.problem.field, left.problem.limit)
  return !left
}
