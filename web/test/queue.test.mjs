/* The outbox without a browser: what may go, in which order, and what a wrong clock does to it. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { build } from 'esbuild'

const kept = new Map()
globalThis.localStorage = { getItem: (k) => kept.get(k) ?? null, setItem: (k, v) => kept.set(k, v) }
const load = async (...names) => {
  const contents = names.map((n) => `export * from './${n}.ts'`).join('\n')
  const r = await build({ stdin: { contents, resolveDir: new URL('../core/src/', import.meta.url).pathname }, bundle: true, write: false, format: 'esm', target: 'es2020' })
  return import('data:text/javascript;base64,' + Buffer.from(r.outputFiles[0].contents).toString('base64'))
}
const core = await load('queue', 'clock', 'room')

let at = 1_000
const item = (id, matter, more = {}) => ({ id, kind: 'act', route: `/reports/${matter}/note`, matter, body: {}, files: [], person: 'me', at: at++, tries: 0, next_at: 0, ...more })
const outbox = (...items) => items.reduce((all, i) => [...all, core.place(i, all)], [])
const ids = (items) => items.map((i) => i.id)

test('each stands behind all, and on top of what is unsent of its matter', () => {
  const box = outbox(item('a', 'm'), item('b', 'n'), item('c', 'm'), item('d', 'm', { person: 'other' }), item('e', 'm'))
  assert.deepEqual(box.map((i) => i.n), [1, 2, 3, 4, 5])
  assert.deepEqual(box.map((i) => i.after), [undefined, undefined, 'a', undefined, 'c'])
})

test('the order is the one of writing, whatever the clock did meanwhile', () => {
  const box = outbox(item('a', 'm', { at: 9e12 }), item('b', 'n', { at: 5 }), item('c', 'm', { at: 1 }))
  assert.deepEqual(ids(core.inOrder([box[2], box[0], box[1]])), ['a', 'b', 'c'])
  assert.deepEqual(ids(core.due(box, 'me', 0, true)), ['a', 'b', 'c'])
})

test('what was refused holds what stands on it, and nothing else', () => {
  const box = outbox(item('a', 'm'), item('b', 'm'), item('c', 'm'), item('d', 'n'))
  box[0].problem = { code: 'required', field: 'text' }
  assert.deepEqual(ids(core.due(box, 'me', 0, true)), ['d'])
  assert.equal(core.waitsFor(box[2], box, 'me')?.id, 'a')
  assert.equal(core.waitsFor(box[3], box, 'me'), undefined)
  // given up: the next one goes on from what was before
  const [b] = core.followers(box[0], box)
  assert.deepEqual([b.id, b.after], ['b', undefined])
  assert.deepEqual(ids(core.due([b, box[2], box[3]], 'me', 0, true)), ['b', 'c', 'd'])
  // mended: another took its place
  assert.equal(core.followers(box[0], box, 'a2')[0].after, 'a2')
})

test('the timer of one holds what stands on it', () => {
  const box = outbox(item('a', 'm', { next_at: 500 }), item('b', 'm'), item('c', 'n'))
  assert.deepEqual(ids(core.due(box, 'me', 499, false)), ['c'])
  assert.deepEqual(ids(core.due(box, 'me', 500, false)), ['a', 'b', 'c'])
  assert.deepEqual(ids(core.due(box, 'me', 0, true)), ['a', 'b', 'c'])
})

test('a time that lies further ahead than any pause is of a clock that was set back since: nobody waits for it', () => {
  const day = 86_400_000
  const box = outbox(item('a', 'm', { next_at: 40 * day }), item('b', 'n', { next_at: 200_000 }))
  assert.deepEqual(ids(core.due(box, 'me', 1_000, false)), ['a'])
})

test('nobody’s work goes under another’s name, and it goes when they are back', () => {
  const box = outbox(item('a', 'm'), item('b', 'n', { person: null }), item('c', 'o', { person: 'other' }))
  assert.deepEqual(ids(core.due(box, 'me', 0, true)), ['a', 'b'])
  assert.deepEqual(ids(core.due(box, 'other', 0, true)), ['b', 'c'])
  assert.deepEqual(ids(core.due(box, null, 0, true)), ['b'])
  box[0].problem = { code: 'sign_in', field: '' } // the session had run out after thirty days
  assert.deepEqual(ids(core.due(box, null, 0, true)), ['b'])
  assert.deepEqual(ids(core.due(box, 'me', 0, true)), ['a', 'b'])
})

test('a chain that leads into itself ends', () => {
  const box = [item('a', 'm', { n: 1, after: 'b' }), item('b', 'm', { n: 2, after: 'a' })]
  assert.equal(core.waitsFor(box[0], box, 'me'), undefined)
  assert.deepEqual(core.due(box, 'me', 0, true), [])
})

test('the waits grow and end at five minutes, or as the server asked', () => {
  assert.deepEqual([1, 2, 3].map((n) => core.backOff(n)), [3_000, 6_000, 12_000])
  assert.equal(core.backOff(40), 300_000)
  assert.equal(core.backOff(1, 60_000), 60_000)
})

test('a clock that is days wrong is measured by the server’s own time', () => {
  const day = 86_400_000
  assert.equal(core.skewMs(), 0)
  const phone = Date.now()
  core.heard(new Date(phone + 3 * day).toUTCString(), phone - 200, phone + 200) // three days slow
  assert.ok(Math.abs(core.skewMs() - 3 * day) < 2_000)
  assert.ok(Math.abs(core.now() - Date.now() - 3 * day) < 2_000)
  assert.equal(Number(kept.get('linli.skew')), core.skewMs()) // also after a reload without signal
  const before = core.skewMs()
  core.heard(new Date(phone).toUTCString(), phone - 90_000, phone) // too slow an answer says nothing
  core.heard(null, phone, phone)
  core.heard('nonsense', phone, phone)
  assert.equal(core.skewMs(), before)
  core.heard(new Date(phone + 20_000).toUTCString(), phone - 100, phone + 100) // set right since: seconds are the way here
  assert.equal(core.skewMs(), 0)
})

test('a phone that got its time from the network still says by which clock it was written', () => {
  const hour = 3_600_000
  const written = item('a', 'm', { skew: 5 * hour, body: { claimed_at: 1_000_000 } })
  // now the clock is right: by the old one it would be five hours earlier
  assert.equal(core.phoneAt(written, 100 * hour, 0), 95 * hour)
  // still wrong by the same: as it shows
  assert.equal(core.phoneAt(written, 95 * hour, 5 * hour), 95 * hour)
  // written before anything had been heard of the server: by what is known now
  assert.equal(core.phoneAt(item('b', 'm'), 95 * hour, 5 * hour), 95 * hour)
})

test('room is said in photos, before there is none', () => {
  const mb = 1e6
  assert.deepEqual(core.roomOf(500 * mb, 10 * mb), { photos: 200, tight: false, full: false })
  assert.equal(core.roomOf(40 * mb, 20 * mb).tight, true)
  assert.equal(core.roomOf(40 * mb, 20 * mb).full, false)
  assert.deepEqual(core.roomOf(40 * mb, 39 * mb), { photos: 0, tight: true, full: true })
})
