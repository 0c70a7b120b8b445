/* What time it is. A phone's clock may be wrong by hours or days, and may change while there is no signal: every answer of
 * the server says its own time, and what was learned so is kept. Only for what people read and choose; the order of what
 * was done is never taken from a clock. */
const KEY = 'linli.skew'
/** Less may be the way there and back. */
const SAID_MS = 60_000
const SLOW_MS = 30_000

function kept(): number {
  try {
    return Number(localStorage.getItem(KEY)) || 0
  } catch {
    return 0
  }
}
let skew = kept()
/** To be added to this phone's clock, ms. */
export const skewMs = (): number => skew
export const now = (): number => Date.now() + skew
let told = (): void => undefined
/** Called when it is learned that the clock is wrong: what stands on the page by the old time is drawn anew. */
export const whenMoved = (f: () => void): void => void (told = f)

/** An answer came with this Date header; `sent` and `got` are by the phone. */
export function heard(date: string | null, sent: number, got: number): void {
  const at = Date.parse(date ?? '')
  if (!at || got < sent || got - sent > SLOW_MS) return
  const s = Math.round(at + 500 - (sent + got) / 2)
  const next = Math.abs(s) < SAID_MS ? 0 : s
  if (Math.abs(next - skew) < SAID_MS / 10) return
  skew = next
  told()
  try {
    localStorage.setItem(KEY, String(skew))
  } catch {
    /* holds for this visit */
  }
}
