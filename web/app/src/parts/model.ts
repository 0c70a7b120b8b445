/* What the app lends to what is made from the model (core/model), and which kinds have screens made by hand. */
import { ApiError, session } from '@linli/core/api'
import { forget, replace } from '@linli/core/mend'
import { lend, type Deed } from '@linli/core/model/host'
import { sendNow } from '@linli/core/model/send'
import { flush, out, put } from '@linli/core/outbox'
import type { OutItem } from '@linli/core/store'
import type { Done } from '@linli/core/types'
import { named } from '@linli/i18n/lang'
import { categories, categoryName, community, gridName, grids } from '../state'
import { errorWords, tx, when } from '../words'

/** Through the outbox where the kind is carried and there is no signal; at once otherwise. */
async function send(d: Deed): Promise<Done | null> {
  if (!d.carried || !out.value.some((i) => i.matter === d.matter && i.id !== d.replaces))
    try {
      return await sendNow(d)
    } catch (e) {
      if (!d.carried || !(e instanceof ApiError) || !e.later) throw e
    }
  const item: OutItem = {
    id: d.id, kind: 'act', route: d.path, matter: d.matter, body: { claimed_at: Date.now(), ...d.body }, files: d.files.map((f) => ({ ...f })),
    module: d.module, label: d.label, person: session.value.person, at: Date.now(), tries: 0, next_at: 0,
  }
  const old = out.value.find((i) => i.id === d.replaces)
  await (old ? replace(old, item) : put(item))
  await flush(true)
  const left = out.value.find((i) => i.id === d.id)
  if (left?.problem) {
    await forget(d.id) // it stands in the form still
    throw new ApiError(422, left.problem.code, left.problem.field, left.problem.limit)
  }
  return left ? null : { id: d.matter, number: 0, state: 'closed', version: 0, seq: 0, at: Date.now() }
}
lend({
  errorWords, when, categoryName, send,
  known: (code) => tx('err.', code, 'err.other') !== 'err.other',
  placeName: (code) => gridName(code) || (code === community.value?.code ? named(community.value.name) : ''),
  places: () => [
    ...(community.value ? [{ id: community.value.code, name: named(community.value.name) }] : []),
    ...(grids.value?.features ?? []).map((g) => ({ id: g.properties.code, name: g.properties.name })),
  ],
  categories: () => categories.value,
  people: () => {
    const known = new Map((grids.value?.features ?? []).flatMap((g) => (g.properties.officers ?? []).map((o) => [o.person, o.name] as const)))
    if (session.value.person) known.set(session.value.person, session.value.name ?? '')
    return [...known].map(([id, name]) => ({ id, name }))
  },
})
/** What is set up is set up at the desk; the rest has a screen of its own. */
export const BY_HAND: ReadonlySet<string> = new Set(['setting', 'division', 'grid', 'category', 'person', 'report', 'file', 'live', 'job', 'template', 'webhook', 'system', 'call', 'dispute'])
