/* The rows of one list of the model, page by page, through its filters; from the phone where the kind is carried and there
 * is no signal. */
import { ref, shallowRef, watch } from 'vue'
import { get, session } from '../api'
import { cached } from '../store'
import type { Page } from '../types'
import { at, carried, firstOf, type ModuleSpec, type QuerySpec, type RowData } from './model'
import { emptyOf, sentOf, type Values } from './value'
import { errorWords } from './words'

const PAGE = 50
export function useRows(of: () => { m: ModuleSpec; q: QuerySpec; id?: string }) {
  const rows = shallowRef<RowData[]>([])
  const next = ref<string | null>(null)
  const loading = ref(true)
  const wrong = ref('')
  const filter = ref<Values>({})
  const filtered = ref(false)
  /** Something must be chosen first. */
  const needs = ref(false)

  async function load(more = false): Promise<void> {
    const { m, q, id = '' } = of()
    const asked = new URLSearchParams({ limit: String(PAGE) })
    const chosen = sentOf(q.filters ?? [], filter.value)
    for (const [name, v] of Object.entries(chosen)) asked.set(name, v === true ? '1' : String(v))
    filtered.value = Object.keys(chosen).length > 0
    needs.value = firstOf(q).some((f) => chosen[f.name] === undefined)
    if (needs.value) {
      rows.value = []
      next.value = null
      loading.value = false
      return
    }
    if (more && next.value) asked.set('after', next.value)
    const path = `${at(q.route.path, id)}?${asked}`
    const ask = (): Promise<Page<RowData>> => get(path)
    try {
      const got = await (carried(m) && !more ? cached(`list ${path} ${session.value.person}`, ask) : ask())
      if (of().q !== q) return
      rows.value = more ? [...rows.value, ...got.rows] : got.rows
      next.value = got.next
      wrong.value = ''
    } catch (e) {
      wrong.value = errorWords(e, m.name)
    }
    loading.value = false
  }
  watch(() => [of().q, of().id], () => {
    rows.value = []
    next.value = null
    loading.value = true
    filter.value = emptyOf(of().q.filters ?? [])
    void load()
  }, { immediate: true })
  return { rows, next, loading, wrong, filter, filtered, needs, load }
}
