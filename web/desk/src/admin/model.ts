/* What the desk lends to what is made from the model (core/model), and which kinds have pages made by hand. */
import { get, session } from '@linli/core/api'
import { lend } from '@linli/core/model/host'
import { kinds, makersOf, deedsOf } from '@linli/core/model/model'
import { sendNow } from '@linli/core/model/send'
import type { Names, Page } from '@linli/core/types'
import { named } from '@linli/i18n/lang'
import { computed } from 'vue'
import { categories, categoryName, community, gridName, grids, handlers, queue, title } from '../state'
import { loadSystems, systems } from '../systems/systems'
import { errorWords, known, when } from '../words'
export { actionOf, loadModel, may, moduleOf, modules, type FieldSpec } from '@linli/core/model/model'

async function units(): Promise<{ id: string; name: string }[]> {
  return (await get<Page<{ id: string; name: Names }>>('/units?limit=100&state=active')).rows.map((r) => ({ id: r.id, name: named(r.name) }))
}
lend({
  errorWords, known, when, categoryName,
  placeName: gridName,
  places: () => [
    ...(community.value ? [{ id: community.value.code, name: community.value.name.zh }] : []),
    ...(grids.value?.features ?? []).map((g) => ({ id: g.properties.code, name: g.properties.name })),
  ],
  categories: () => categories.value,
  /* Whom the desk may ask for, whoever is on a duty card, and oneself. */
  people: () => [...new Map([
    ...(grids.value?.features ?? []).flatMap((g) => (g.properties.officers ?? []).map((o) => [o.person, o.name] as const)),
    ...handlers.value.map((h) => [h.person, h.name] as const),
    ...(session.value.person ? [[session.value.person, session.value.name ?? ''] as const] : []),
  ])].map(([id, name]) => ({ id, name })),
  choices(field) {
    if (field === 'into') return Promise.resolve(queue.value.map((r) => ({ id: r.id, name: `${r.number} ${categoryName(r.category)} ${title(r).slice(0, 30)}` })))
    if (field === 'unit' || field === 'superior') return units()
    if (field === 'webhook') return get<Page<{ id: string; name: string }>>('/webhooks/groups?limit=100').then((p) => p.rows)
    if (field === 'system') return loadSystems().then(() => systems.value.map((s) => ({ id: s.code, name: named(s.name) })))
    return undefined
  },
  send: sendNow,
})

/** Kinds with pages made by hand: setting, grid and category here, the others elsewhere at the desk. */
const BY_HAND = new Set(['setting', 'grid', 'category', 'person', 'report', 'job', 'live', 'file', 'template', 'shift', 'dispute'])
/** Lists from the model: the kind is named, and the list where it has several. */
export const listed = computed(() => kinds(BY_HAND).flatMap(({ m, lists }) => lists.map((q) => ({ m, q, acts: makersOf(m, q).length + deedsOf(m, q).length > 0 }))))
