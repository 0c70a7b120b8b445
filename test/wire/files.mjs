// Pictures that are none, and drawings that are none.
import { ask, expect, check, alive, token, uuid7, sha256, rss_kb } from './kit.mjs'
import { deflateSync } from 'node:zlib'

function crc(b) { let c = ~0; for (const x of b) { c ^= x; for (let k = 0; k < 8; k++) c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1 } return ~c >>> 0 }
function chunk(type, data) {
  const b = Buffer.alloc(12 + data.length)
  b.writeUInt32BE(data.length, 0); b.write(type, 4, 'latin1'); data.copy(b, 8); b.writeUInt32BE(crc(b.subarray(4, 8 + data.length)), 8 + data.length)
  return b
}
function png(width, height, rows = height, level = 9) {
  const head = Buffer.alloc(13)
  head.writeUInt32BE(width, 0); head.writeUInt32BE(height, 4); head[8] = 8; head[9] = 2
  return Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), chunk('IHDR', head), chunk('IDAT', deflateSync(Buffer.alloc(rows * (width * 3 + 1)), { level })), chunk('IEND', Buffer.alloc(0))])
}

async function upload(bytes, { sha = sha256(bytes), size = bytes.length, part = bytes, matter = uuid7(), who } = {}) {
  const id = uuid7(), made = await ask('POST', '/api/v1/uploads', { body: { id, matter, size, sha256: sha }, token: who })
  if (made.status >= 400) return made
  for (let i = 0; i * (1 << 20) < part.length; i++) {
    const put = await ask('PUT', `/api/v1/uploads/${id}/${i}`, { body: part.subarray(i << 20, (i + 1) << 20), type: 'application/octet-stream', token: who })
    if (put.status >= 400) return put
  }
  return ask('POST', `/api/v1/uploads/${id}/finish`, { body: {}, token: who })
}

async function pictures() {
  const good = png(64, 48)
  expect(await upload(good), 200, undefined, undefined, undefined, 'a picture')
  const before = rss_kb()
  for (const [what, bytes, code] of [
    ['text', Buffer.from('hello '.repeat(100)), 'not_a_picture'], ['HTML', Buffer.from('<html><script>alert(1)</script></html>'), 'not_a_picture'], ['SVG', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'), 'not_a_picture'],
    ['GIF', Buffer.from('GIF89a\x01\x00\x01\x00\x80\x00\x00', 'latin1'), 'not_a_picture'], ['zeros', Buffer.alloc(5000), 'not_a_picture'], ['a zip', Buffer.from('PK\x03\x04'.repeat(20), 'latin1'), 'not_a_picture'],
    ['a truncated PNG', good.subarray(0, good.length - 30), 'picture_broken'], ['a PNG head alone', good.subarray(0, 33), 'picture_broken'], ['a JPEG head alone', Buffer.from('ffd8ffe000104a46494600010100000100010000', 'hex'), 'picture_broken'],
    ['a JPEG of noise', Buffer.concat([Buffer.from('ffd8ff', 'hex'), Buffer.from(Array.from({ length: 4000 }, (_, i) => i * 73 & 255))]), 'picture_broken'],
    ['a wrong checksum', Buffer.concat([good.subarray(0, 45), Buffer.from([good[45] ^ 255]), good.subarray(46)]), 'picture_broken'],
    ['a bomb of 30000 x 30000', png(30000, 30000, 1), 'picture_too_large'], ['the largest size there is', png(0x7fffffff, 0x7fffffff, 0), undefined], ['no width', png(0, 100, 0), 'picture_broken'],
    ['a flat bomb', png(8000, 4900, 4900, 9), null],
  ]) {
    const r = await upload(bytes)
    if (code === null) check(r.status === 200 || r.status === 422, `${what}: ${r.status} ${r.body}`)
    else expect(r, 422, code, undefined, undefined, what)
  }
  expect(await upload(good, { sha: sha256('x') }), 409, 'hash_mismatch', 'sha256', undefined, 'a wrong sha256')
  for (const [what, more, status, code, field] of [
    ['a size of nothing', { size: 0 }, 422, 'too_small', 'size'], ['a negative size', { size: -1 }, 422, 'too_small', 'size'], ['a size beyond all', { size: 1e15 }, 422, 'too_large', 'size'],
    ['13 MB', { size: 13 << 20 }, 422, 'too_large', 'size'], ['half a size', { size: 1.5 }, 422, 'wrong_type', 'size'], ['a sha256 of words', { sha: 'x'.repeat(64) }, 422, 'bad_format', 'sha256'],
    ['a short sha256', { sha: 'ab' }, 422, 'too_short', 'sha256'], ['a matter that is no id', { matter: 'x' }, 422, 'bad_format', 'matter'], ['a part too short', { part: good.subarray(1) }, 422, 'wrong_part_size', 'part'],
    ['a part too long', { part: Buffer.concat([good, good]) }, 422, 'wrong_part_size', 'part'],
  ]) expect(await upload(good, more), status, code, field, undefined, what)
  const id = uuid7()
  await ask('POST', '/api/v1/uploads', { body: { id, matter: uuid7(), size: good.length, sha256: sha256(good) } })
  for (const part of ['1', '-1', 'x', '99999999999999999999', '0x0']) {
    const r = await ask('PUT', `/api/v1/uploads/${id}/${part}`, { body: good, type: 'application/octet-stream' })
    expect(r, 422, 'part_out_of_range', 'part', 1, `part ${part}`)
  }
  expect(await ask('POST', `/api/v1/uploads/${id}/finish`, { body: {} }), 422, 'parts_missing', 'part[0]', undefined, 'an upload without its parts')
  expect(await ask('PUT', `/api/v1/uploads/${uuid7()}/0`, { body: good, type: 'application/octet-stream' }), 404, 'not_found', undefined, undefined, 'an upload nobody began')
  expect(await ask('PUT', `/api/v1/uploads/${id}/0`, { body: Buffer.alloc((1 << 20) + 1), type: 'application/octet-stream' }), 413, 'too_large', undefined, undefined, 'a part over 1 MB')
  for (const path of [`/api/v1/files/${uuid7()}/${uuid7()}`, `/api/v1/files/x/y`, `/api/v1/files/${uuid7()}/..%2f..%2fkey`, `/api/v1/files/${uuid7()}/${uuid7()}/thumb`]) {
    const r = await ask('GET', path)
    check([400, 404].includes(r.status), `${path}: ${r.status}`)
  }
  check(rss_kb() - before < 200 * 1024, `pictures cost ${rss_kb() - before} KB in the server`)
  await alive('pictures')
}

const ring = (...p) => [p]
const square = [[91.5, 29.6], [91.51, 29.6], [91.51, 29.61], [91.5, 29.61], [91.5, 29.6]]
const feature = (geometry, properties = { name: 'x' }) => ({ type: 'Feature', properties, geometry })
const polygon = (coordinates) => ({ type: 'Polygon', coordinates })
const collection = (...features) => ({ type: 'FeatureCollection', features })

async function drawings() {
  const admin = token('--role', 'clerk')
  const send = (body) => ask('POST', '/api/v1/grids/check', { body: { collection: body }, token: admin })
  const probe = await send(collection(feature(polygon([square]))))
  const wrap = probe.status === 200 ? send : (body) => ask('POST', '/api/v1/grids/check', { body, token: admin })
  const fine = await wrap(collection(feature(polygon([square]))))
  check(fine.status === 200 && fine.json.rows?.length === 1, `a square: ${fine.status} ${fine.body.toString().slice(0, 300)}`)
  for (const [what, body, code] of [
    ['no collection', { type: 'Feature' }, 'geojson_type'], ['a collection of nothing', collection(), 'too_few'], ['features that are no list', { type: 'FeatureCollection', features: {} }, 'geojson_type'],
    ['another system', { ...collection(feature(polygon([square]))), crs: { type: 'name', properties: { name: 'urn:ogc:def:crs:EPSG::3857' } } }, 'crs_not_wgs84'],
    ['501 of them', collection(...Array.from({ length: 501 }, () => feature(null))), 'too_many'],
  ]) expect(await wrap(body), 422, code, undefined, undefined, what)
  for (const [what, geometry, code] of [
    ['no geometry', null, 'geojson_not_an_object'], ['a text', 'x', 'geojson_not_an_object'], ['a point', { type: 'Point', coordinates: [91, 29] }, 'geojson_type'], ['a line', { type: 'LineString', coordinates: square }, 'geojson_type'],
    ['no type', { coordinates: [square] }, 'geojson_type'], ['no coordinates', { type: 'Polygon' }, 'geojson_coordinates'], ['coordinates as text', polygon('x'), 'geojson_coordinates'], ['too flat', polygon(square), undefined],
    ['three corners', polygon(ring([91.5, 29.6], [91.51, 29.6], [91.5, 29.6])), 'ring_too_short'], ['not closed', polygon(ring(...square.slice(0, 4))), 'ring_not_closed'],
    ['crossing itself', polygon(ring([91.5, 29.6], [91.51, 29.61], [91.51, 29.6], [91.5, 29.61], [91.5, 29.6])), 'self_crossing'], ['no area', polygon(ring([91.5, 29.6], [91.51, 29.6], [91.52, 29.6], [91.5, 29.6])), undefined],
    ['off the world', polygon(ring([191.5, 29.6], [91.51, 29.6], [91.51, 29.61], [191.5, 29.6])), 'coordinate_range'], ['swapped axes', polygon(ring(...square.map(([a, b]) => [b, a]))), 'coordinate_range'],
    ['a corner of text', polygon(ring(['a', 'b'], ...square)), 'geojson_coordinates'], ['a corner of one number', polygon(ring([91.5], ...square)), 'geojson_coordinates'], ['null corners', polygon(ring(null, ...square)), 'geojson_coordinates'],
    ['a hole outside', polygon([square, [[92, 30], [92.01, 30], [92.01, 30.01], [92, 30]]]), 'ring_misplaced'], ['a hole as large as it', polygon([square, square]), undefined],
    ['many corners', polygon(ring(...Array.from({ length: 12000 }, (_, i) => [+(91.5 + i / 1e6).toFixed(6), 29.6]), [91.5, 29.6])), undefined],
  ]) {
    const r = await wrap(collection(feature(geometry)))
    const errors = r.json?.rows?.[0]?.errors ?? []
    check(r.status === 200 && errors.length > 0 && (code === undefined || errors.some((e) => e.code === code)) || (what === 'many corners' && r.status === 413), `${what}: ${r.status} ${JSON.stringify(errors)} ${r.body.toString().slice(0, 160)}`)
  }
  const overlap = await wrap(collection(feature(polygon([square])), feature(polygon([square]), { name: 'y' })))
  check(overlap.json?.rows?.some((x) => x.errors?.some((e) => e.code === 'overlaps')), `two on one place: ${overlap.body.toString().slice(0, 300)}`)
  await alive('drawings')
}

export async function files() {
  await pictures()
  await drawings()
}
