/* What an office brings in from a sheet: actions that take many, in the order in which they build on one another. */
import { zh, type Key } from '@linli/i18n/office.zh'
import { words } from '@linli/i18n/lang'

const own = words<Key>(zh, { bo: () => import('@linli/i18n/office.bo'), en: () => import('@linli/i18n/office.en') })
export type OfficeKey = Key
export const { t: o, T: O } = own
own.follow()
export interface Target { kind: string; action: string; icon: string; name: Key; how: Key }
export const TARGETS: readonly Target[] = [
  { kind: 'report', action: 'import', icon: 'list', name: 'what.report', how: 'what.report_how' },
  { kind: 'building', action: 'add', icon: 'home', name: 'what.building', how: 'what.building_how' },
  { kind: 'household', action: 'add', icon: 'key', name: 'what.household', how: 'what.household_how' },
  { kind: 'person', action: 'register', icon: 'people', name: 'what.person', how: 'what.person_how' },
]
