/* What has not been sent yet, for every screen that shows how much it is. What is done with it: outbox.ts. */
import { shallowRef } from 'vue'
import { inOrder } from './order'
import { all, type OutItem } from './store'

export const out = shallowRef<OutItem[]>([])
export async function reload(): Promise<void> {
  out.value = inOrder(await all('out'))
}
