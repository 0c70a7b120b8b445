/* Ed25519, verifying only (RFC 8032, 5.1.7), for browsers whose WebCrypto has none, or pages without TLS, which have no
 * WebCrypto at all. Nothing secret passes through here, so the time it takes may depend on what it is given. */
const P = 2n ** 255n - 19n
const L = 2n ** 252n + 27742317777372353535851937790883648493n
const mod = (a: bigint, m = P): bigint => ((a % m) + m) % m
function power(b: bigint, e: bigint): bigint {
  let r = 1n
  for (let x = mod(b); e > 0n; e >>= 1n, x = mod(x * x)) if (e & 1n) r = mod(r * x)
  return r
}
const inverse = (a: bigint): bigint => power(a, P - 2n)
const D = mod(-121665n * inverse(121666n))
const ROOT = power(2n, (P - 1n) / 4n) // of -1
type Point = [x: bigint, y: bigint, z: bigint, t: bigint]
const ZERO: Point = [0n, 1n, 1n, 0n]

function add([x1, y1, z1, t1]: Point, [x2, y2, z2, t2]: Point): Point {
  const a = mod((y1 - x1) * (y2 - x2))
  const b = mod((y1 + x1) * (y2 + x2))
  const c = mod(2n * D * t1 * t2)
  const d = mod(2n * z1 * z2)
  const [e, f, g, h] = [b - a, d - c, d + c, b + a]
  return [mod(e * f), mod(g * h), mod(f * g), mod(e * h)]
}
function times(p: Point, n: bigint): Point {
  let r = ZERO
  for (let q = p; n > 0n; n >>= 1n, q = add(q, q)) if (n & 1n) r = add(r, q)
  return r
}
const same = (p: Point, q: Point): boolean => mod(p[0] * q[2] - q[0] * p[2]) === 0n && mod(p[1] * q[2] - q[1] * p[2]) === 0n
const little = (b: Uint8Array): bigint => b.reduceRight((n, x) => (n << 8n) | BigInt(x), 0n)

/** RFC 8032, 5.1.3; null where the bytes are no point, or not the only way to write it. */
function point(bytes: Uint8Array): Point | null {
  const n = little(bytes)
  const sign = n >> 255n
  const y = n & ((1n << 255n) - 1n)
  if (y >= P) return null
  const u = mod(y * y - 1n)
  const v = mod(D * y * y + 1n)
  let x = mod(u * power(v, 3n) * power(u * power(v, 7n), (P - 5n) / 8n))
  if (mod(v * x * x) !== u) x = mod(x * ROOT)
  if (mod(v * x * x) !== u || (x === 0n && sign)) return null
  if ((x & 1n) !== sign) x = P - x
  return [x, y, 1n, mod(x * y)]
}
const BASE = point(Uint8Array.from([0x58, ...new Array<number>(31).fill(0x66)]))!

/* ---- SHA-512 (FIPS 180-4) ---- */

const M64 = (1n << 64n) - 1n
const WORDS = 80
/** The first 64 bits of the fraction of the root of each of the first primes. */
function fractions(n: number, root: 2n | 3n): bigint[] {
  const all: bigint[] = []
  for (let p = 2n; all.length < n; p++) {
    let prime = true
    for (let d = 2n; d * d <= p; d++) if (p % d === 0n) prime = false
    if (!prime) continue
    const want = p << (64n * root)
    let low = 0n
    for (let bit = 1n << 70n; bit > 0n; bit >>= 1n) if ((low + bit) ** root <= want) low += bit
    all.push(low & M64)
  }
  return all
}
let K: bigint[] | undefined
let H: bigint[] | undefined
export function sha512(m: Uint8Array): Uint8Array {
  K ??= fractions(WORDS, 3n)
  H ??= fractions(8, 2n)
  const len = (((m.length + 16) >> 7) + 1) << 7
  const p = new Uint8Array(len)
  p.set(m)
  p[m.length] = 0x80
  const view = new DataView(p.buffer)
  view.setUint32(len - 4, (m.length << 3) >>> 0)
  view.setUint32(len - 8, Math.floor(m.length / 0x20000000))
  const turn = (x: bigint, n: bigint): bigint => ((x >> n) | (x << (64n - n))) & M64
  const h = [...H]
  for (let at = 0; at < len; at += 128) {
    const w: bigint[] = []
    for (let i = 0; i < 16; i++) w.push(view.getBigUint64(at + 8 * i))
    for (let i = 16; i < WORDS; i++) {
      const x = w[i - 15]!
      const y = w[i - 2]!
      w.push((w[i - 16]! + (turn(x, 1n) ^ turn(x, 8n) ^ (x >> 7n)) + w[i - 7]! + (turn(y, 19n) ^ turn(y, 61n) ^ (y >> 6n))) & M64)
    }
    let [a, b, c, d, e, f, g, z] = h as [bigint, bigint, bigint, bigint, bigint, bigint, bigint, bigint]
    for (let i = 0; i < WORDS; i++) {
      const one = (z + (turn(e, 14n) ^ turn(e, 18n) ^ turn(e, 41n)) + ((e & f) ^ (~e & M64 & g)) + K[i]! + w[i]!) & M64
      const two = ((turn(a, 28n) ^ turn(a, 34n) ^ turn(a, 39n)) + ((a & b) ^ (a & c) ^ (b & c))) & M64
      ;[z, g, f, e, d, c, b, a] = [g, f, e, (d + one) & M64, c, b, a, (one + two) & M64]
    }
    ;[a, b, c, d, e, f, g, z].forEach((x, i) => (h[i] = (h[i]! + x) & M64))
  }
  const out = new DataView(new ArrayBuffer(64))
  h.forEach((x, i) => out.setBigUint64(8 * i, x))
  return new Uint8Array(out.buffer)
}

export function verify(key: Uint8Array, text: Uint8Array, signature: Uint8Array): boolean {
  if (key.length !== 32 || signature.length !== 64) return false
  const a = point(key)
  const r = point(signature.subarray(0, 32))
  const s = little(signature.subarray(32))
  if (!a || !r || s >= L || same(times(a, 8n), ZERO)) return false // a key of small order signs anything
  const all = new Uint8Array(64 + text.length)
  all.set(signature.subarray(0, 32))
  all.set(key, 32)
  all.set(text, 64)
  const k = little(sha512(all)) % L
  return same(times(BASE, s), add(r, times(a, k)))
}
