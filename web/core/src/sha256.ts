/* SHA-256 of an upload. The browser's own where there is one; a page served without TLS on a local network has none. */
const hex = (b: Uint8Array): string => Array.from(b, (x) => x.toString(16).padStart(2, '0')).join('')

export async function sha256(data: ArrayBuffer): Promise<string> {
  if (globalThis.crypto?.subtle) return hex(new Uint8Array(await crypto.subtle.digest('SHA-256', data)))
  return hex(plain(new Uint8Array(data)))
}

function constants(): { k: Uint32Array; h: Uint32Array } {
  const k = new Uint32Array(64)
  const h = new Uint32Array(8)
  const frac = (x: number): number => ((x - Math.floor(x)) * 0x100000000) >>> 0
  for (let n = 2, i = 0; i < 64; n++) {
    let prime = true
    for (let d = 2; d * d <= n; d++) if (n % d === 0) prime = false
    if (!prime) continue
    if (i < 8) h[i] = frac(Math.sqrt(n))
    k[i++] = frac(Math.cbrt(n))
  }
  return { k, h }
}

/** FIPS 180-4, for pages without crypto.subtle. */
export function plain(m: Uint8Array): Uint8Array {
  const { k, h } = constants()
  const len = (((m.length + 8) >> 6) + 1) << 6
  const p = new Uint8Array(len)
  p.set(m)
  p[m.length] = 0x80
  const v = new DataView(p.buffer)
  v.setUint32(len - 8, Math.floor(m.length / 0x20000000))
  v.setUint32(len - 4, (m.length << 3) >>> 0)
  const w = new Uint32Array(64)
  const r = (x: number, n: number): number => (x >>> n) | (x << (32 - n))
  for (let o = 0; o < len; o += 64) {
    for (let i = 0; i < 16; i++) w[i] = v.getUint32(o + i * 4)
    for (let i = 16; i < 64; i++) {
      const a = w[i - 15]!
      const b = w[i - 2]!
      w[i] = w[i - 16]! + (r(a, 7) ^ r(a, 18) ^ (a >>> 3)) + w[i - 7]! + (r(b, 17) ^ r(b, 19) ^ (b >>> 10))
    }
    const s = Uint32Array.from(h)
    for (let i = 0; i < 64; i++) {
      const e = s[4]!
      const a = s[0]!
      const t1 = (s[7]! + (r(e, 6) ^ r(e, 11) ^ r(e, 25)) + ((e & s[5]!) ^ (~e & s[6]!)) + k[i]! + w[i]!) | 0
      const t2 = ((r(a, 2) ^ r(a, 13) ^ r(a, 22)) + ((a & s[1]!) ^ (a & s[2]!) ^ (s[1]! & s[2]!))) | 0
      s.copyWithin(1, 0, 7)
      s[4] = s[4]! + t1
      s[0] = t1 + t2
    }
    for (let i = 0; i < 8; i++) h[i] = h[i]! + s[i]!
  }
  const out = new DataView(new ArrayBuffer(32))
  h.forEach((x, i) => out.setUint32(i * 4, x))
  return new Uint8Array(out.buffer)
}
