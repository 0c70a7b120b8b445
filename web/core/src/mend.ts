/* What a person does to what waits: gives it up, or puts another in its place. */
import { done, out, reload, write } from './outbox'
import { followers } from './queue'
import { drop, type OutItem } from './store'

/** It is given up: what was written on top of it goes on without it. */
export async function forget(id: string): Promise<void> {
  const gone = out.value.find((i) => i.id === id)
  if (gone) for (const f of followers(gone, out.value)) await write(f)
  await done(id)
}

/** Mended: another takes its place in the order. */
export async function replace(old: OutItem, next: OutItem): Promise<void> {
  await write({ ...next, n: old.n, skew: old.skew })
  for (const f of followers(old, out.value, next.id)) await write(f)
  if (old.id !== next.id) await drop('out', old.id)
  await reload()
}
