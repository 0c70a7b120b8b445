/* Receipts, heads, proofs of consistency and stamped papers, checked without a server: against a tree by the book, against
 * Node's own Ed25519, and with every byte flipped. */
import assert from 'node:assert/strict'
import { createHash, generateKeyPairSync, randomBytes, sign, verify as verifyThere, webcrypto } from 'node:crypto'
import test from 'node:test'
import { build } from 'esbuild'

globalThis.crypto ??= webcrypto // Node 18 has none of its own; every browser does
const load = async (name) => {
  const r = await build({ stdin: { contents: `export * from './${name}.ts'`, resolveDir: new URL('../core/src/proof/', import.meta.url).pathname }, bundle: true, write: false, format: 'esm', target: 'es2020' })
  return import('data:text/javascript;base64,' + Buffer.from(r.outputFiles[0].contents).toString('base64'))
}
const check = await load('check')
const ed = await load('ed25519')
const sha = (...parts) => createHash('sha256').update(Buffer.concat(parts.map((p) => Buffer.from(p)))).digest()
const url64 = (b) => Buffer.from(b).toString('base64url')

/* ---- RFC 9162 by the book ---- */
const event = (i) => sha('event ' + i)
const node = (l, r) => sha([1], l, r)
const half = (n) => 2 ** Math.floor(Math.log2(n - 1))
const root = (from, n) => (n === 1 ? sha([0], event(from)) : node(root(from, half(n)), root(from + half(n), n - half(n))))
const path = (m, from, n) => (n === 1 ? [] : m < half(n) ? [...path(m, from, half(n)), root(from + half(n), n - half(n))] : [...path(m - half(n), from + half(n), n - half(n)), root(from, half(n))])
const grown = (m, from, n, whole) => (m === n ? (whole ? [] : [root(from, n)]) : m <= half(n) ? [...grown(m, from, half(n), whole), root(from + half(n), n - half(n))] : [...grown(m - half(n), from + half(n), n - half(n), false), root(from, half(n))])

const { privateKey, publicKey } = generateKeyPairSync('ed25519')
const raw = Buffer.from(publicKey.export({ format: 'jwk' }).x, 'base64url')
const keyText = (raw, name = 'linli/540102001001') => {
  const blob = Buffer.concat([Buffer.from([1]), raw])
  return `${name}+${sha(name + '\n', blob).subarray(0, 4).toString('hex')}+${blob.toString('base64')}`
}
const KEY = await check.keyOf(keyText(raw))
const AT = Date.UTC(2026, 6, 14, 4, 0, 0, 7)
const note = (size, r) => `linli/540102001001\n${size}\n${r.toString('base64')}\nat ${new Date(AT).toISOString()}\n`
const signature = (text) => sign(null, Buffer.from(text), privateKey)
const headLine = (size) => `LH1.540102001001.${size}.${AT}.${url64(root(1, size))}.${url64(signature(note(size, root(1, size))))}`
const receiptLine = (seq, size, e = event(seq)) => `LR1.540102001001.${size}.${seq}.${AT}.${url64(e)}.${url64(Buffer.concat(path(seq - 1, 1, size)))}.${url64(signature(note(size, root(1, size))))}`
const fails = async (work) => {
  try {
    await work()
  } catch (e) {
    return e instanceof check.Fault
  }
  return false
}

test('inclusion: every entry of logs of any size leads to the root, and no other does', async () => {
  let seen = 0
  for (const size of [1, 2, 3, 4, 7, 8, 9, 31, 32, 33, 100 + (randomBytes(1)[0] % 100)])
    for (let seq = 1; seq <= size; seq += Math.max(1, Math.floor(size / 9)), seen++) {
      const p = path(seq - 1, 1, size)
      assert.deepEqual(Buffer.from(await check.rootOf(event(seq), seq, size, p)), root(1, size))
      if (size > 1) assert.notDeepEqual(Buffer.from((await check.rootOf(event(seq + 1), seq, size, p)) ?? []), root(1, size))
      if (p.length) assert.notDeepEqual(Buffer.from((await check.rootOf(event(seq), seq, size, p.slice(1))) ?? []), root(1, size))
    }
  assert.ok(seen > 40)
})

test('consistency: random sizes hold together; another root, size or piece does not', async () => {
  const pairs = [[1, 1], [1, 2], [2, 3], [3, 7], [4, 7], [6, 7], [8, 9], [16, 16]]
  for (let i = 0; i < 30; i++) {
    const to = 2 + (randomBytes(1)[0] % 120)
    pairs.push([1 + (randomBytes(1)[0] % to), to])
  }
  for (const [from, to] of pairs) {
    const p = grown(from, 1, to, true)
    const [a, b] = [root(1, from), root(1, to)]
    assert.ok(await check.consistent(from, to, a, b, p), `${from} to ${to}`)
    const other = sha('another log')
    assert.ok(!(await check.consistent(from, to, other, b, p)), 'another past')
    assert.ok(!(await check.consistent(from, to, a, other, p)), 'another present')
    if (p.length) {
      assert.ok(!(await check.consistent(from, to, a, b, p.slice(0, -1))), 'a piece is missing')
      const q = p.map((x) => Buffer.from(x))
      q[from % p.length][5] ^= 1
      assert.ok(!(await check.consistent(from, to, a, b, q)), 'a flipped bit')
    }
  }
})

test('Ed25519 without WebCrypto agrees with Node’s, also where it says no', async () => {
  let yes = 0
  let no = 0
  for (let i = 0; i < 12; i++) {
    const pair = generateKeyPairSync('ed25519')
    const k = Buffer.from(pair.publicKey.export({ format: 'jwk' }).x, 'base64url')
    const text = randomBytes(i * 29)
    const s = sign(null, text, pair.privateKey)
    assert.ok(ed.verify(k, text, s))
    yes++
    for (const at of [0, 31, 32, 63]) {
      const bad = Buffer.from(s)
      bad[at] ^= 4
      assert.equal(ed.verify(k, text, bad), verifyThere(null, text, pair.publicKey, bad))
      no++
    }
    assert.ok(!ed.verify(k, Buffer.concat([text, Buffer.from('x')]), s))
  }
  assert.ok(yes && no)
  // RFC 8032, 7.1, test 3
  const h = (x) => Buffer.from(x, 'hex')
  assert.ok(ed.verify(h('fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025'), h('af82'), h('6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a')))
  // a signature whose S is beyond the order of the group, and a key of small order, are refused
  const s = sign(null, Buffer.from('x'), privateKey)
  const L = 2n ** 252n + 27742317777372353535851937790883648493n
  let n = L + [...s.subarray(32)].reduceRight((a, b) => (a << 8n) | BigInt(b), 0n)
  const more = Buffer.from(s)
  for (let i = 32; i < 64; i++, n >>= 8n) more[i] = Number(n & 255n)
  assert.ok(ed.verify(raw, Buffer.from('x'), s) && !ed.verify(raw, Buffer.from('x'), more))
  assert.ok(!ed.verify(Uint8Array.from([1, ...new Array(31).fill(0)]), Buffer.from('x'), Buffer.concat([Buffer.from([1]), Buffer.alloc(63)])))
})

test('a receipt holds, and with any one character changed it does not', async () => {
  const line = receiptLine(57, 100)
  const r = await check.receiptOf(line)
  await check.checkHead(r, KEY)
  assert.deepEqual([r.seq, r.size], [57, 100])
  let tried = 0
  for (let i = 0; i < line.length; i++, tried++) {
    const c = line[i] === 'A' ? 'B' : line[i] === '1' ? '2' : /\d/.test(line[i]) ? '1' : 'A'
    const bad = line.slice(0, i) + c + line.slice(i + 1)
    assert.ok(await fails(async () => check.checkHead(await check.receiptOf(bad), KEY)), `character ${i}`)
  }
  assert.ok(tried > 400)
  assert.ok(await fails(async () => check.checkHead(r, await check.keyOf(keyText(raw, 'linli/540102001002')))), 'of another community')
  const other = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' }).x
  assert.ok(await fails(async () => check.checkHead(r, await check.keyOf(keyText(Buffer.from(other, 'base64url'))))), 'another key')
  const text = keyText(raw)
  for (let i = 0; i < text.length; i++) assert.ok(await fails(() => check.keyOf(text.slice(0, i) + (text[i] === 'a' ? 'b' : 'a') + text.slice(i + 1))), `key ${i}`)
})

test('a head, and the log of today beside it', async () => {
  const old = check.headOf(headLine(41))
  await check.checkHead(old, KEY)
  const proof = { to: headLine(90), path: url64(Buffer.concat(grown(41, 1, 90, true))) }
  assert.equal((await check.checkGrown(old, proof, KEY)).size, 90)
  assert.ok(await fails(() => check.checkGrown({ ...old, root: sha('rewritten') }, proof, KEY)))
  assert.ok(await fails(() => check.checkGrown(old, { ...proof, path: proof.path.slice(0, -43) }, KEY)))
  assert.ok(await fails(() => check.checkGrown(old, { ...proof, to: headLine(90).replace('.90.', '.91.') }, KEY)))
})

test('a receipt file tells what was written, and nothing else', async () => {
  const salt = randomBytes(16)
  const opening = { salt: url64(salt), value: '负责修好；如再发生，由施工方承担' }
  const bytes = JSON.stringify({ v: 1, community: '540102001001', seq: 1, type: 'dispute.commit', at: AT, data: { text: { sealed: 'x', proof: url64(sha('linli proof 1\n', salt, opening.value)) } } })
  const e = sha('linli event 1\n', bytes)
  const r = { ...(await check.receiptOf(receiptLine(1, 1))), event: e }
  assert.deepEqual(await check.checkFile({ receipt: '', event: bytes, openings: [opening] }, r), { type: 'dispute.commit', at: AT, values: [opening.value] })
  assert.ok(await fails(() => check.checkFile({ receipt: '', event: bytes.replace('commit', 'perform'), openings: [] }, r)))
  assert.ok(await fails(() => check.checkFile({ receipt: '', event: bytes, openings: [{ ...opening, value: '不负责' }] }, r)))
  assert.equal(await check.checkFile({ receipt: '' }, r), null)
})

test('a stamped paper, and with any one bit of it flipped', async () => {
  const body = Buffer.concat([Buffer.from('%PDF-1.5\n'), randomBytes(200), Buffer.from('\n%%EOF\n')])
  const sum = sha(body)
  const pdf = Buffer.concat([body, Buffer.from(`%LP1.540102001001.${AT}.${url64(sum)}.${url64(signature(`linli paper 1\n540102001001\n${AT}\n${sum.toString('hex')}\n`))}\n`)])
  assert.deepEqual(await check.checkPaper(pdf, KEY), { community: '540102001001', at: AT })
  let tried = 0
  for (let i = 0; i < pdf.length; i++, tried++) {
    const bad = Buffer.from(pdf)
    bad[i] ^= 1 << i % 8
    assert.ok(await fails(() => check.checkPaper(bad, KEY)), `byte ${i}`)
  }
  assert.equal(tried, pdf.length)
  assert.ok(await fails(() => check.checkPaper(body, KEY)), 'without a stamp')
})
