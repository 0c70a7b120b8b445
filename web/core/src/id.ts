/* UUIDv7: made on the phone, so that a repeated call is recognised. */
export function uuid7(now: number = Date.now()): string {
  const b = crypto.getRandomValues(new Uint8Array(16))
  let ms = now
  for (let i = 5; i >= 0; i--) {
    b[i] = ms % 256
    ms = Math.floor(ms / 256)
  }
  b[6] = (b[6]! & 0x0f) | 0x70
  b[8] = (b[8]! & 0x3f) | 0x80
  const h = Array.from(b, (x) => x.toString(16).padStart(2, '0')).join('')
  return `${h.slice(0, 8)}-${h.slice(8, 12)}-${h.slice(12, 16)}-${h.slice(16, 20)}-${h.slice(20)}`
}

/** A code as people read it out: in groups, unless it already has its dashes. */
export const inFours = (code: string): string => (code.includes('-') ? code : (code.match(/.{1,4}/g) ?? []).join(' '))
