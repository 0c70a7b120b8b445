/* The parts of core that need no browser. */
import assert from 'node:assert/strict'
import { createHash, webcrypto } from 'node:crypto'
import test from 'node:test'
import { build } from 'esbuild'

globalThis.crypto ??= webcrypto // Node 18 has none of its own; every browser does

const load = async (...names) => {
  const contents = names.map((n) => `export * from './${n}.ts'`).join('\n')
  const r = await build({ stdin: { contents, resolveDir: new URL('../core/src/', import.meta.url).pathname }, bundle: true, write: false, format: 'esm', target: 'es2020' })
  return import('data:text/javascript;base64,' + Buffer.from(r.outputFiles[0].contents).toString('base64'))
}
const core = await load('id', 'sha256', 'geo', 'time', 'guess', 'group', 'matter')

test('SHA-256 without the browser’s own agrees with a known one', () => {
  for (const n of [0, 1, 55, 56, 63, 64, 65, 1000, 70_001]) {
    const data = Uint8Array.from({ length: n }, (_, i) => (i * 131 + n) & 255)
    assert.equal(Buffer.from(core.plain(data)).toString('hex'), createHash('sha256').update(data).digest('hex'), `${n} bytes`)
  }
})

test('ids are UUIDv7: in order of time, and never the same', () => {
  const a = core.uuid7(1_700_000_000_000)
  const b = core.uuid7(1_700_000_000_001)
  assert.match(a, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  assert.ok(a < b)
  assert.equal(parseInt(a.replace(/-/g, '').slice(0, 12), 16), 1_700_000_000_000)
  assert.equal(new Set(Array.from({ length: 5000 }, () => core.uuid7(1))).size, 5000)
})

const square = (code, x, y, hole) => ({
  type: 'Feature', properties: { code, name: code },
  geometry: { type: 'Polygon', coordinates: [[[x, y], [x + 1, y], [x + 1, y + 1], [x, y + 1], [x, y]], ...(hole ? [hole] : [])] },
})
test('a point is found in its grid, not in a hole and not outside', () => {
  const hole = [[0.4, 0.4], [0.6, 0.4], [0.6, 0.6], [0.4, 0.6], [0.4, 0.4]]
  const gs = { type: 'FeatureCollection', features: [square('a', 0, 0, hole), square('b', 1, 0)] }
  assert.equal(core.gridAt({ lon: 0.2, lat: 0.2 }, gs)?.properties.code, 'a')
  assert.equal(core.gridAt({ lon: 1.5, lat: 0.5 }, gs)?.properties.code, 'b')
  assert.equal(core.gridAt({ lon: 0.5, lat: 0.5 }, gs), undefined)
  assert.equal(core.gridAt({ lon: 2.5, lat: 0.5 }, gs), undefined)
})

test('the centre of a grid lies in it, also of a bent one', () => {
  const bent = { type: 'Feature', properties: { code: 'u', name: 'u' }, geometry: { type: 'Polygon', coordinates: [[[0, 0], [3, 0], [3, 3], [2, 3], [2, 1], [1, 1], [1, 3], [0, 3], [0, 0]]] } }
  const gs = { type: 'FeatureCollection', features: [bent] }
  assert.equal(core.gridAt(core.centreOf(bent), gs)?.properties.code, 'u')
})

test('the flat picture goes there and back', () => {
  const f = core.flatten({ type: 'FeatureCollection', features: [square('a', 91, 29)] })
  const p = { lon: 91.3, lat: 29.7 }
  const back = f.from(...f.to(p))
  assert.ok(Math.abs(back.lon - p.lon) < 1e-9 && Math.abs(back.lat - p.lat) < 1e-9)
  assert.equal(core.flatten({ type: 'FeatureCollection', features: [] }), null)
})

test('evenings and inputs are in the community’s own time, wherever the phone is', () => {
  const noon = Date.parse('2026-07-14T12:00:00+08:00')
  assert.equal(core.evening(0, noon), Date.parse('2026-07-14T18:00:00+08:00'))
  assert.equal(core.evening(1, Date.parse('2026-07-14T23:59:00+08:00')), Date.parse('2026-07-15T18:00:00+08:00'))
  assert.equal(core.toLocal(noon), '2026-07-14T12:00')
  assert.equal(core.fromLocal('2026-07-14T12:00'), noon)
  assert.deepEqual(core.span(-90 * 60_000), { n: 1, unit: 'hour' })
  assert.deepEqual(core.span(49 * 3_600_000), { n: 2, unit: 'day' })
  assert.equal(core.urgency(5, true, 6), 'over')
  assert.equal(core.urgency(5, false, 6), 'none')
})

test('the first guess at the kind reads three languages', () => {
  assert.equal(core.guess('楼上漏水'), 'leak')
  assert.equal(core.guess('the street light is out'), 'light')
  assert.equal(core.guess('ཆུ་ཟགས་འདུག'), 'leak')
  assert.equal(core.guess('你好'), '')
})

test('what was said in a group: the number and the place apart, who said it left out', () => {
  const g = core.fromGroup('王某某 2026/7/2 22:10\n3栋2单元门口积水了，有30厘米。联系电话13800001234\n李某：我家也是 0891-6300000')
  assert.deepEqual(g, { text: '3栋2单元门口积水了，有30厘米。\n我家也是', phone: '13800001234', near: '3栋2单元' })
  assert.deepEqual(core.fromGroup('10:30 停水，编号 202607021234567'), { text: '10:30 停水，编号 202607021234567', phone: '', near: '' })
  assert.deepEqual(core.fromGroup(''), { text: '', phone: '', near: '' })
  assert.equal(core.fromGroup('+86 138 0000 1234').phone, '13800001234')
})

test('residents read five words, whatever the office calls it', () => {
  const states = ['collected', 'registered', 'dispatched', 'handling', 'done', 'verified', 'closed']
  assert.deepEqual(states.map(core.residentState), ['collected', 'registered', 'working', 'working', 'checking', 'checking', 'closed'])
})
