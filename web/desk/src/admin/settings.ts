/* What is in force: GET /settings, by name. */
import { shallowRef } from 'vue'
import { get } from '@linli/core/api'
import type { Page } from '@linli/core/types'

export const settings = shallowRef<Record<string, unknown>>({})
export async function loadSettings(): Promise<void> {
  const p = await get<Page<{ name: string; value: unknown }>>('/settings?limit=100')
  settings.value = Object.fromEntries(p.rows.map((r) => [r.name, r.value]))
}
