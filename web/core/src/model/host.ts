/* What each app lends to the parts that both make from the action table: its words for faults, its names, its way to send. */
import { shallowRef } from 'vue'
import type { Category, Done } from '../types'
import type { KeptFile } from '../store'

export interface Choice { id: string; name: string }
/** One thing that somebody does; `matter` is what it is done to, or will be. */
export interface Deed {
  id: string
  module: string
  path: string
  body: Record<string, unknown>
  files: KeptFile[]
  matter: string
  label: string
  /** What was refused before and waits in the outbox: this takes its place. */
  replaces?: string
  /** A phone without signal may keep it. */
  carried: boolean
}
export interface Host {
  errorWords: (e: unknown) => string
  /** The app itself has a word for this fault. */
  known: (code: string) => boolean
  when: (ms: number) => string
  placeName: (code: string) => string
  places: () => Choice[]
  categoryName: (code: string) => string
  categories: () => Category[]
  /** Who is known by name here. */
  people: () => Choice[]
  /** What an id of this field may be; undefined: as the model says. */
  choices?: (field: string) => Promise<Choice[]> | undefined
  /** null: it waits on the phone. */
  send: (d: Deed) => Promise<Done | null>
}
export let host: Host
export const lend = (h: Host): void => void (host = h)
/** What an id of a field may be within the one matter that is on the screen. */
export const local = shallowRef<Record<string, Choice[]>>({})
