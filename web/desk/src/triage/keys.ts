/* The keys of the desk: one table, from which the help is printed too. No key does anything while somebody types, while a
 * dialogue is open or while Ctrl, Alt or the system's own key is held. */
import type { Key } from './words'

export interface Shortcut { keys: readonly string[]; does: Key; shown?: string }
export type Deeds = Record<string, (e: KeyboardEvent) => void>

/** In the order of the help: where to, which one, what with it, the rest. */
export const SHORTCUTS: readonly { title: Key; list: readonly Shortcut[] }[] = [
  {
    title: 'help.move',
    list: [
      { keys: ['j', 'ArrowDown'], does: 'help.next', shown: 'j ↓' },
      { keys: ['k', 'ArrowUp'], does: 'help.previous', shown: 'k ↑' },
      { keys: ['PageDown', 'PageUp'], does: 'help.page', shown: 'PgDn PgUp' },
      { keys: ['Home', 'End'], does: 'help.ends', shown: 'Home End' },
      { keys: ['Enter', 'o'], does: 'help.open', shown: 'Enter o' },
      { keys: ['w'], does: 'help.other' },
      { keys: ['[', ']'], does: 'help.split', shown: '[ ]' },
      { keys: ['Escape'], does: 'help.back', shown: 'Esc' },
    ],
  },
  {
    title: 'help.act',
    list: [
      { keys: ['r'], does: 'help.register' },
      { keys: ['d'], does: 'help.dispatch' },
      { keys: ['D'], does: 'help.dispatch_to', shown: 'Shift d' },
      { keys: ['m'], does: 'help.merge' },
      { keys: ['n'], does: 'help.note' },
      { keys: ['u'], does: 'help.undo' },
    ],
  },
  {
    title: 'help.many',
    list: [
      { keys: ['x'], does: 'help.choose' },
      { keys: ['J', 'K'], does: 'help.stretch', shown: 'Shift j k ↓ ↑' },
      { keys: ['A'], does: 'help.all', shown: 'Shift a' },
      { keys: ['b'], does: 'help.bulk' },
    ],
  },
  {
    title: 'help.find',
    list: [
      { keys: ['/'], does: 'help.search' },
      { keys: ['1'], does: 'help.filter', shown: '1–9' },
      { keys: ['0'], does: 'help.clear' },
      { keys: ['s'], does: 'help.keep' },
      { keys: ['h'], does: 'help.shift' },
      { keys: ['?'], does: 'help.help' },
    ],
  },
]

/** What stands on buttons that a key presses too. */
export const LETTER = { bulk: 'b', keep: 's', merge: 'm', undo: 'u', dispatch: 'd', all: '0' } as const

const TYPED = /^(INPUT|TEXTAREA|SELECT)$/
/** A key may be a shortcut now. Checkboxes and radio buttons take no letters, so they do not count as typing. */
export function isFree(e: KeyboardEvent): boolean {
  const at = e.target instanceof HTMLElement ? e.target : null
  const types = !!at && ((TYPED.test(at.tagName) && !/^(checkbox|radio)$/.test((at as HTMLInputElement).type)) || at.isContentEditable)
  return !types && !e.ctrlKey && !e.metaKey && !e.altKey && !e.isComposing && !e.defaultPrevented && !document.querySelector('[aria-modal=true]')
}
/** Arrows, Enter and the like belong to what has the focus, unless that is the list itself or nothing. */
export const inList = (e: KeyboardEvent): boolean =>
  e.target === document.body || (e.target instanceof HTMLElement && !!e.target.closest('[data-grid]') && !e.target.closest('button, a, input'))
