/* What a receipt, a head, a proof of consistency and a stamped paper prove, found out here: nothing of it is asked of the
 * server. The formats are those of src/core/proof (receipt.h, head.h, stamp.h); the tree is RFC 9162, 2.1. */
import { sha256 } from '../sha256'

export class Fault extends Error {}
const no = (code: string): never => {
  throw new Fault(code)
}
const utf8 = (s: string): Uint8Array => new TextEncoder().encode(s)
function joined(...parts: Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((n, p) => n + p.length, 0))
  let at = 0
  for (const p of parts) {
    all.set(p, at)
    at += p.length
  }
  return all
}
export const hexOf = (b: Uint8Array): string => Array.from(b, (x) => x.toString(16).padStart(2, '0')).join('')
const unhex = (s: string): Uint8Array => Uint8Array.from(s.match(/../g) ?? [], (x) => parseInt(x, 16))
async function hash(...parts: Uint8Array[]): Promise<Uint8Array> {
  const all = joined(...parts)
  return unhex(await sha256(all.buffer as ArrayBuffer))
}
const same = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && a.every((x, i) => x === b[i])
const base64 = (b: Uint8Array): string => btoa(String.fromCharCode(...b))
const base64url = (b: Uint8Array): string => base64(b).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '')
/** Only as we write it: two texts never mean the same bytes. */
function bytesOf(s: string, what: string, url = true): Uint8Array {
  try {
    const b = Uint8Array.from(atob(url ? s.replace(/-/g, '+').replace(/_/g, '/') : s), (c) => c.charCodeAt(0))
    if ((url ? base64url(b) : base64(b)) === s) return b
  } catch {
    /* no base64 at all */
  }
  return no(what)
}
const HASH = 32
const hashes = (s: string, what: string): Uint8Array[] => {
  const b = bytesOf(s, what)
  if (b.length % HASH || b.length > 62 * HASH) no(what)
  return Array.from({ length: b.length / HASH }, (_, i) => b.subarray(i * HASH, (i + 1) * HASH))
}
const oneHash = (s: string, what: string): Uint8Array => (bytesOf(s, what).length === HASH ? bytesOf(s, what) : no(what))
const signatureOf = (s: string, what: string): Uint8Array => (bytesOf(s, what).length === 64 ? bytesOf(s, what) : no(what))
function number(s: string | undefined, what: string): number {
  const n = Number(s)
  return s && /^[1-9]\d*$/.test(s) && Number.isSafeInteger(n) ? n : no(what)
}
const code = (s: string | undefined, what: string): string => (s && /^[0-9a-z-]{1,32}$/.test(s) ? s : no(what))

/* ---- the key ---- */

export interface Key { text: string; community: string; key: Uint8Array }
/** As signed-note has it: name+hash+key. */
export async function keyOf(text: string): Promise<Key> {
  const [, name, sum, rest] = /^(linli\/[0-9a-z-]{1,32})\+([0-9a-f]{8})\+([0-9A-Za-z+/=]+)$/.exec(text.trim()) ?? []
  if (!name || !sum || !rest) return no('key')
  const blob = bytesOf(rest, 'key', false)
  if (blob.length !== 33 || blob[0] !== 1) no('key')
  if (hexOf((await hash(utf8(name + '\n'), blob)).subarray(0, 4)) !== sum) no('key')
  return { text: text.trim(), community: name.slice(6), key: blob.subarray(1) }
}
/** True if this key's owner signed this text. WebCrypto where it knows Ed25519, else noble's, fetched only then. */
export async function signed(key: Uint8Array, text: Uint8Array, signature: Uint8Array): Promise<boolean> {
  try {
    const k = await crypto.subtle.importKey('raw', key as BufferSource, { name: 'Ed25519' }, false, ['verify'])
    return await crypto.subtle.verify({ name: 'Ed25519' }, k, signature as BufferSource, text as BufferSource)
  } catch {
    return (await import('./ed25519')).verify(key, text, signature)
  }
}

/* ---- the tree ---- */

const leaf = (event: Uint8Array): Promise<Uint8Array> => hash(Uint8Array.of(0), event)
const node = (left: Uint8Array, right: Uint8Array): Promise<Uint8Array> => hash(Uint8Array.of(1), left, right)
const half = (n: number): number => Math.floor(n / 2)
const odd = (n: number): boolean => n % 2 === 1

/** 2.1.3.2; null: the path has another length than it must. */
export async function rootOf(event: Uint8Array, seq: number, size: number, path: Uint8Array[]): Promise<Uint8Array | null> {
  let fn = seq - 1
  let sn = size - 1
  if (fn < 0 || fn > sn) return null
  let r = await leaf(event)
  for (const p of path) {
    if (sn === 0) return null
    if (odd(fn) || fn === sn) {
      r = await node(p, r)
      while (!odd(fn) && fn !== 0) [fn, sn] = [half(fn), half(sn)]
    } else r = await node(r, p)
    ;[fn, sn] = [half(fn), half(sn)]
  }
  return sn === 0 ? r : null
}
/** 2.1.4.2. */
export async function consistent(from: number, to: number, first: Uint8Array, second: Uint8Array, path: Uint8Array[]): Promise<boolean> {
  if (from < 1 || from > to) return false
  if (from === to) return path.length === 0 && same(first, second)
  let fn = from - 1
  let sn = to - 1
  while (odd(fn)) [fn, sn] = [half(fn), half(sn)]
  const whole = fn === 0 // a full tree: its root is where the path begins
  const [start, ...rest] = whole ? [first, ...path] : path
  if (!start) return false
  let fr = start
  let sr = start
  for (const p of rest) {
    if (sn === 0) return false
    if (odd(fn) || fn === sn) {
      fr = await node(p, fr)
      sr = await node(p, sr)
      while (!odd(fn) && fn !== 0) [fn, sn] = [half(fn), half(sn)]
    } else sr = await node(sr, p)
    ;[fn, sn] = [half(fn), half(sn)]
  }
  return sn === 0 && same(fr, first) && same(sr, second)
}

/* ---- receipts and heads ---- */

export interface Head { community: string; size: number; at: number; root: Uint8Array; signature: Uint8Array }
export interface Receipt extends Head { seq: number; event: Uint8Array }
const note = (h: Head): Uint8Array => utf8(`linli/${h.community}\n${h.size}\n${base64(h.root)}\nat ${new Date(h.at).toISOString()}\n`)

export async function receiptOf(line: string): Promise<Receipt> {
  const [mark, community, size, seq, at, event, path, signature, more] = line.trim().split('.')
  if (mark !== 'LR1' || more !== undefined || line.length > 3072) no('receipt')
  const r = { community: code(community, 'receipt'), size: number(size, 'receipt'), seq: number(seq, 'receipt'), at: number(at, 'receipt'), event: oneHash(event ?? '', 'receipt'), signature: signatureOf(signature ?? '', 'receipt') }
  const root = r.seq <= r.size ? await rootOf(r.event, r.seq, r.size, hashes(path ?? '', 'receipt')) : null
  return root ? { ...r, root } : no('path')
}
export function headOf(line: string): Head {
  const [mark, community, size, at, root, signature, more] = line.trim().split('.')
  if (mark !== 'LH1' || more !== undefined) no('head')
  return { community: code(community, 'head'), size: number(size, 'head'), at: number(at, 'head'), root: oneHash(root ?? '', 'head'), signature: signatureOf(signature ?? '', 'head') }
}
/** The signature of a head, or of the head that a receipt leads to. */
export async function checkHead(h: Head, key: Key): Promise<void> {
  if (key.community !== h.community) no('other_key')
  if (!(await signed(key.key, note(h), h.signature))) no('signature')
}
/** Does the log that the server has now still hold the one of this head? `proof` is what it says to that. */
export async function checkGrown(h: Head, proof: { to: string; path: string }, key: Key): Promise<Head> {
  const to = headOf(proof.to)
  await checkHead(to, key)
  if (!(await consistent(h.size, to.size, h.root, to.root, hashes(proof.path, 'path')))) no('not_consistent')
  return to
}

/* ---- what an entry says ---- */

export interface ReceiptFile { receipt: string; key?: string; event?: string; openings?: { salt: string; value: string }[] }
const EVENT_PREFIX = 'linli event 1\n'
/** The entry's kind and time, and the values that were opened; null where the file holds the hash alone. */
export async function checkFile(f: ReceiptFile, r: Receipt): Promise<{ type: string; at: number; values: string[] } | null> {
  if (!f.event) return f.openings?.length ? no('openings') : null
  const e = JSON.parse(f.event) as { seq?: number; community?: string; type?: string; at?: number; data?: unknown }
  if (!same(await hash(utf8(EVENT_PREFIX + f.event)), r.event) || e.seq !== r.seq || e.community !== r.community) no('event')
  const proofs = new Set([...f.event.matchAll(/"proof":"([\w-]{43})"/g)].map((x) => x[1]))
  const values: string[] = []
  for (const o of f.openings ?? []) {
    if (!proofs.has(base64url(await hash(utf8('linli proof 1\n'), bytesOf(o.salt, 'openings'), utf8(o.value))))) no('openings')
    values.push(o.value)
  }
  return { type: e.type ?? '', at: e.at ?? 0, values }
}

/* ---- an issued paper ---- */

export async function checkPaper(pdf: Uint8Array, key: Key | null): Promise<{ community: string; at: number }> {
  const LF = 10
  const from = pdf.lastIndexOf(LF, pdf.length - 2) + 1
  const line = String.fromCharCode(...pdf.subarray(from))
  const [mark, community, at, sum, signature, more] = line.replace(/\n$/, '').split('.')
  if (mark !== '%LP1' || more !== undefined || !line.endsWith('\n')) no('stamp')
  const s = { community: code(community, 'stamp'), at: number(at, 'stamp') }
  const h = oneHash(sum ?? '', 'stamp')
  if (!same(await hash(pdf.subarray(0, from)), h)) no('paper')
  if (key && key.community !== s.community) no('other_key')
  if (key && !(await signed(key.key, utf8(`linli paper 1\n${s.community}\n${s.at}\n${hexOf(h)}\n`), signatureOf(signature ?? '', 'stamp')))) no('signature')
  return s
}
