/* How much still fits the phone. The browser's own estimate; null where it has none. */
const PHOTO_BYTES = 1_200_000
/** A photo lies in the draft and, for a moment, in the outbox as well. */
const COPIES = 2
const SPARE_BYTES = 8_000_000
const TIGHT_PHOTOS = 12

export interface Room { photos: number; tight: boolean; full: boolean }
export function roomOf(quota: number, usage: number): Room {
  const photos = Math.max(0, Math.floor((quota - usage - SPARE_BYTES) / (PHOTO_BYTES * COPIES)))
  return { photos, tight: photos < TIGHT_PHOTOS, full: photos === 0 }
}
export async function room(): Promise<Room | null> {
  const e = await navigator.storage?.estimate?.().catch(() => null)
  return e?.quota ? roomOf(e.quota, e.usage ?? 0) : null
}
/** Asks the browser not to clear what is kept when the phone is short of room. */
export const stay = async (): Promise<boolean> => (await navigator.storage?.persist?.().catch(() => false)) ?? false
