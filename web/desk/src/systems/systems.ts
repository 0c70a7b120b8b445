/* Other systems that know our matters under numbers of their own. */
import { shallowRef } from 'vue'
import { get } from '@linli/core/api'
import type { Names, Page } from '@linli/core/types'
import { named } from '@linli/i18n/lang'

export interface System { id: string; code: string; name: Names; reply: 'webhook' | 'card' | 'file' | 'csv' }
export interface Waiting { link: string; system: string; external_number: string; state: string; text?: string | null; at: number; deadline_at: number; id: string; number: number; version: number; place: string }
export const systems = shallowRef<System[]>([])
let asked: Promise<void> | undefined
/** Once for the page; `again` after somebody set one up. */
export function loadSystems(again = false): Promise<void> {
  if (!asked || again) {
    asked = get<Page<System>>('/systems?limit=100').then((r) => void (systems.value = r.rows))
    asked.catch(() => (asked = undefined))
  }
  return asked
}
export const systemName = (code: string): string => named(systems.value.find((s) => s.code === code)?.name) || code
