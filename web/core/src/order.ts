import type { OutItem } from './store'

/** As it was written, by a number that no clock moves. */
export const inOrder = (items: OutItem[]): OutItem[] => [...items].sort((a, b) => (a.n ?? 0) - (b.n ?? 0) || a.at - b.at)
