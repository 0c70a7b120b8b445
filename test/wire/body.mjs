// Bodies: JSON that is none, fields that break their bounds, forged ids, replays, sessions.
import { ask, expect, check, alive, token, users, uuid7, sha256 } from './kit.mjs'

const report = (more = {}) => ({ id: uuid7(), category: 'leak', text: '墙角漏水', ...more })
let program, community, other

async function json() {
  const send = (body, type) => ask('POST', '/api/v1/reports', { body, token: program, type })
  const nested = (n) => '{"category":' + '['.repeat(n) + ']'.repeat(n) + '}'
  for (const [what, body, code] of [
    ['no JSON', 'hello', 'json_syntax'], ['a cut object', '{"category":"leak"', 'json_syntax'], ['two objects', '{}{}', 'json_syntax'],
    ['a trailing comma', '{"category":"leak",}', 'json_syntax'], ['a comment', '/**/{}', 'json_syntax'], ['a lone quote', '"', 'json_syntax'],
    ['NaN', '{"category":NaN}', 'json_syntax'], ['Infinity', '{"a":Infinity}', 'json_syntax'], ['single quotes', "{'a':1}", 'json_syntax'],
    ['deep arrays', nested(1000), 'json_depth'], ['very deep arrays', nested(9000), 'json_depth'], ['just too deep', nested(40), 'json_depth'],
    ['bad UTF-8', Buffer.from('7b2261223a22ff227d', 'hex'), 'json_utf8'], ['a surrogate in UTF-8', Buffer.from('7b2261223a22eda080227d', 'hex'), 'json_utf8'],
    ['overlong UTF-8', Buffer.from('7b2261223a22c0af227d', 'hex'), 'json_utf8'], ['UTF-16', Buffer.from('\ufeff{}', 'utf16le'), 'json_utf8'],
    ['duplicate keys', '{"category":"leak","category":"flood"}', 'json_duplicate_key'], ['duplicate keys in disguise', '{"category":"leak","c\\u0061tegory":"flood"}', 'json_duplicate_key'],
    ['a number too large', '{"version":1e999}', 'json_number'], ['an integer too large', '{"version":99999999999999999999}', 'json_number'],
    ['an escaped NUL', '{"text":"a\\u0000b"}', undefined], ['a lone surrogate', '{"text":"\\ud800"}', undefined],
    ['an array', '[1]', undefined], ['null', 'null', undefined], ['a text', '"x"', undefined],
  ]) expect(await send(body), 400, code, undefined, undefined, what)
  expect(await send('{"category":"leak"}', 'text/plain'), 415, 'not_json', undefined, undefined, 'JSON said to be text')
  expect(await send('a=b', 'application/x-www-form-urlencoded'), 415, 'not_json', undefined, undefined, 'a form')
  const good = await ask('POST', '/api/v1/reports', { body: report(), token: program, type: 'Application/JSON; charset=utf-8' })
  expect(good, 201, undefined, undefined, undefined, 'JSON in other letters')
  const fat = await send(Buffer.alloc(10 << 20, 'a')) // who sends on and on is cut off, perhaps before reading why
  check(fat.status === 413 || (fat.status === 0 && fat.why === 'closed'), `10 MB: ${fat.status} ${fat.why}`)
  expect(await send('{"text":"' + 'a'.repeat(66000) + '"}'), 413, 'too_large', undefined, undefined, '66 KB')
  expect(await ask('POST', '/api/v1/reports/register', { body: '{"rows":' + '['.repeat(2 << 20), token: token('--role', 'clerk') }), 400, 'json_depth', undefined, undefined, '2 MB of brackets')
  await alive('JSON')
}

async function fields() {
  const send = (more) => ask('POST', '/api/v1/reports', { body: report(more), token: program })
  const wrongs = { category: [1, null, true, {}, []], text: [1, true, {}, []], phone: [1, {}, true], point: [1, 'x', []], place: [1, {}], near: [1, {}],
    photos: [1, 'x', {}], language: [1, {}], form: [1, 'x', []], id: [1, {}, 'x', ''], claimed_at: ['x', {}, -1, 1.5] }
  for (const [field, values] of Object.entries(wrongs))
    for (const v of values) {
      const r = await send({ [field]: v }), code = r.json?.code
      check(r.status === 422 && ['wrong_type', 'bad_format', 'required'].includes(code) && r.json.field === field, `${field} as ${JSON.stringify(v)}: ${r.status} ${r.body}`)
    }
  for (const [more, code, field, limit] of [
    [{ category: 'x' }, 'too_short', 'category', 2], [{ category: 'x'.repeat(21) }, 'too_long', 'category', 20],
    [{ text: 'x'.repeat(2001) }, 'too_long', 'text', 2000], [{ text: '里'.repeat(2001) }, 'too_long', 'text', 2000], [{ text: 'a\u0007b' }, 'control_character', 'text'],
    [{ near: 'x'.repeat(101) }, 'too_long', 'near', 100], [{ phone: '1234' }, 'too_short', 'phone', 5], [{ phone: '1'.repeat(21) }, 'bad_format', 'phone', 20],
    [{ phone: '139-abc' }, 'bad_format', 'phone', 20], [{ phone: '１３９００００' }, 'bad_format', 'phone', 20],
    [{ point: { lon: 181, lat: 0 } }, 'coordinate_range', 'point', 180], [{ point: { lon: 0, lat: -91 } }, 'coordinate_range', 'point', 180],
    [{ point: { lon: 91 } }, 'bad_format', 'point'], [{ point: { lon: '91', lat: 29 } }, 'bad_format', 'point'], [{ point: { lon_e7: 9e15 | 0, lat_e7: -2e9 } }, 'coordinate_range', 'point', 180],
    [{ place: 'x' }, 'bad_format', 'place'], [{ place: '5'.repeat(25) }, 'bad_format', 'place'], [{ language: 'fr' }, 'not_one_of', 'language'],
    [{ photos: ['x'] }, 'bad_format', 'photos[0]', 36], [{ photos: Array.from({ length: 10 }, uuid7) }, 'too_many', 'photos', 9],
    [{ form: { a: 'x'.repeat(8001) } }, 'too_long', 'form', 8000],
    [{ nonsense: 1 }, 'unknown_field', 'nonsense'], [{ ['k'.repeat(90)]: 1 }, 'unknown_field', '...'], [{ __proto_: 1 }, 'unknown_field', '__proto_'],
    [{ claimed_at: 4102444800001 }, 'bad_format', 'claimed_at'], [{ rows: [] }, 'unknown_field', 'rows'],
  ]) expect(await send(more), 422, code, field, limit, JSON.stringify(more).slice(0, 60))
  const twice = uuid7()
  expect(await send({ photos: [twice, twice] }), 422, 'repeated', 'photos[1]', undefined, 'the same photo twice')
  const several = await send({ category: 'x', text: 1, nonsense: 2 })
  check(several.status === 422 && several.json.errors?.length === 3, `all that is wrong is told at once: ${several.body}`)
  const unknown = await send({ category: 'nothing_of_that_name' })
  check(unknown.status === 422 && unknown.json.field === 'category', `a category that is not there: ${unknown.status} ${unknown.body}`)
  const missing = await send({ photos: [uuid7()] })
  check(missing.status === 422 && missing.json.code === 'file_missing', `a photo that is not there: ${missing.status} ${missing.body}`)
  for (const [query, code, field] of [['limit=0', 'too_large', 'limit'], ['limit=101', 'too_large', 'limit'], ['limit=x', 'too_large', 'limit'], ['after=x', 'bad_format', 'after'],
    ['after=WzFd', 'bad_format', 'after'], ['state=nonsense', undefined, 'state'], ['after=' + 'A'.repeat(500), 'bad_format', 'after']]) {
    const r = await ask('GET', '/api/v1/reports/public?' + query)
    check(r.status === 422 && r.json.field === field && (code === undefined || r.json.code === code), `?${query}: ${r.status} ${r.body}`)
  }
  for (const q of ['lon=91.1', 'lat=x&lon=91', 'lat=nan&lon=inf', 'lat=1e400&lon=0', 'lat=0x1p3&lon=0']) {
    const r = await ask('GET', '/api/v1/reports/near?' + q)
    check(r.status === 422 && r.json.field, `near?${q}: ${r.status} ${r.body}`)
  }
  await alive('fields')
}

async function ids() {
  const mine = report()
  expect(await ask('POST', '/api/v1/reports', { body: mine, token: program }), 201, undefined, undefined, undefined, 'a report')
  const act = (id, prefix = '') => ask('POST', `${prefix}/api/v1/reports/${id}/note`, { body: { text: 'x' }, token: program })
  const look = (id, prefix = '') => ask('GET', `${prefix}/api/v1/reports/${id}/public`)
  for (const [what, id] of [['a word', 'x'], ['a number', '1'], ['upper case', mine.id.toUpperCase()], ['braces', `%7B${mine.id}%7D`], ['a cut one', mine.id.slice(0, 35)], ['a longer one', mine.id + '0'],
    ['no hyphens', mine.id.replaceAll('-', '')], ['nobody knows it', uuid7()], ['zeros', '00000000-0000-0000-0000-000000000000'], ['SQL', "x'%20OR%20'1'='1"], ['a blank', '%20']]) {
    expect(await look(id), 404, 'not_found', undefined, undefined, `look: ${what}`)
    expect(await act(id), 404, 'not_found', undefined, undefined, `act: ${what}`)
  }
  expect(await look(mine.id), 200, undefined, undefined, undefined, 'its own id')
  expect(await look(mine.id, '/c/' + other), 404, 'not_found', undefined, undefined, "another community's id")
  const there = await act(mine.id, '/c/' + other)
  check([403, 404].includes(there.status), `acting on it from another community: ${there.status}`)
  for (const c of ['999999', 'x', '5401020010019999999999', '%2e%2e', "5401'"]) expect(await ask('GET', `/c/${c}/api/v1/categories`), c === '%2e%2e' ? 400 : 404, c === '%2e%2e' ? 'bad_path' : 'no_such_community', undefined, undefined, `community ${c}`)
  const taken = await ask('POST', '/api/v1/reports', { body: { ...report(), id: mine.id, text: 'other' }, token: program })
  expect(taken, 409, 'client_id_reused', 'id', undefined, 'an id that is taken')
  check(!taken.body.toString().includes('墙角'), 'which reveals nothing')
  const key = await ask('POST', '/api/v1/reports', { body: { category: 'leak' }, token: program, more: 'Idempotency-Key: nonsense\r\n' })
  expect(key, 422, 'bad_format', 'Idempotency-Key', 36, 'an idempotency key that is no id')
  await alive('ids')
}

async function replay() {
  const body = JSON.stringify(report())
  const first = await ask('POST', '/api/v1/reports', { body, token: program })
  const again = await ask('POST', '/api/v1/reports', { body, token: program })
  check(first.status === 201 && !first.headers['idempotent-replay'], 'done once')
  check(again.status === 201 || again.status === 200, `asked again: ${again.status}`)
  check(again.headers['idempotent-replay'] === 'true' && again.body.equals(first.body), `the same answer: ${again.body}`)
  expect(await ask('POST', '/api/v1/reports', { body: body.replace('漏水', '漏电'), token: program }), 409, 'client_id_reused', 'id', undefined, 'the same id, another body')
  for (const [who, t] of [['another program', token('--role', 'program')], ['nobody', undefined]]) {
    const r = await ask('POST', '/api/v1/reports', { body, token: t })
    expect(r, 409, 'client_id_reused', 'id', undefined, `the same id and body from ${who}`)
    check(!JSON.stringify(r.json).includes('number'), `${who} learns nothing`)
  }
  const rows = await Promise.all(Array.from({ length: 8 }, () => ask('POST', '/api/v1/reports', { body: '{"category":"leak","text":"八次","id":"' + shared + '"}', token: program })))
  check(new Set(rows.map((r) => r.body.toString())).size === 1 && rows.filter((r) => !r.headers['idempotent-replay']).length === 1, `eight at once are one: ${rows.map((r) => r.status)}`)
  await alive('replay')
}
const shared = uuid7()

async function sessions() {
  const who = users.find((u) => u.role === 'officer') || users[0], next = users.find((u) => u !== who)
  const sign = (u, more = {}) => ask('POST', '/api/v1/sessions', { body: { phone: u.phone, password: u.password, ...more } })
  const wrong = await sign({ ...who, password: 'wrong' })
  check(wrong.status === 401 || wrong.status === 403, `a wrong password: ${wrong.status}`)
  const unknown = await sign({ phone: '13000000000', password: 'wrong' })
  check(unknown.status === wrong.status && unknown.json.code === wrong.json.code, 'an unknown number looks the same')
  const a = await sign(who), b = await sign(next)
  check(a.status === 201 && b.status === 201, `signing in: ${a.status} ${b.status}`)
  const cookie = (r) => r.headers['set-cookie']?.split(';')[0]
  check(/HttpOnly/.test(a.headers['set-cookie']) && /Secure/.test(a.headers['set-cookie']) && /SameSite/.test(a.headers['set-cookie']), 'the cookie is locked')
  const with_ = (c, csrf) => ({ body: { category: 'leak', text: 'x' }, more: `Cookie: ${c}\r\n` + (csrf === undefined ? '' : `X-CSRF-Token: ${csrf}\r\n`) })
  expect(await ask('POST', '/api/v1/reports', with_(cookie(a))), 403, 'csrf', undefined, undefined, 'no CSRF token')
  for (const [what, csrf] of [['wrong', 'x'], ['empty', ''], ["another's", b.json.csrf], ['long', 'x'.repeat(4000)]])
    expect(await ask('POST', '/api/v1/reports', with_(cookie(a), csrf)), 403, 'csrf', undefined, undefined, `${what} CSRF token`)
  expect(await ask('POST', '/api/v1/reports', with_(cookie(a), a.json.csrf)), 201, undefined, undefined, undefined, 'its own CSRF token')
  expect(await ask('POST', '/api/v1/reports', with_(cookie(b), a.json.csrf)), 403, 'csrf', undefined, undefined, "another's cookie with one's own token")
  expect(await ask('GET', '/api/v1/me', { more: `Cookie: ${cookie(a)}\r\n` }), 200, undefined, undefined, undefined, 'a good cookie')
  for (const [what, c] of [['cut', cookie(a).slice(0, -3)], ['nonsense', 'linli=x'], ['of a community that is not', 'linli=999999.' + 'A'.repeat(43)], ['empty', 'linli='], ['twice', cookie(a) + '; ' + cookie(b)], ['4 KB', 'linli=' + 'A'.repeat(4000)]]) {
    const r = await ask('GET', '/api/v1/me', { more: `Cookie: ${c}\r\n` })
    check(r.status === 401 || (what === 'twice' && r.status === 200), `a cookie, ${what}: ${r.status} ${r.body}`)
  }
  expect(await ask('DELETE', '/api/v1/session', { more: `Cookie: ${cookie(a)}\r\nX-CSRF-Token: ${a.json.csrf}\r\n` }), 204, undefined, undefined, undefined, 'signing out')
  expect(await ask('GET', '/api/v1/me', { more: `Cookie: ${cookie(a)}\r\n` }), 401, 'sign_in', undefined, undefined, 'a cookie of a session that is over')
  for (const t of ['x', '', 'Bearer', community + '.' + 'A'.repeat(43), community + '.' + 'A'.repeat(42), program.slice(0, -1), program + 'A', '\xff', 'a b'])
    for (const path of ['/api/v1/me', '/api/v1/categories']) {
      const r = await ask('GET', path, { more: `Authorization: Bearer ${t}\r\n` })
      check(r.status === 401 || (t === '' && r.status === 200), `bearer ${JSON.stringify(t)} for ${path}: ${r.status}`)
    }
  for (const scheme of ['Basic eDp5', 'Digest x', 'bearer', program]) {
    const r = await ask('GET', '/api/v1/me', { more: `Authorization: ${scheme}\r\n` })
    check(r.status === 401, `another scheme: ${r.status}`)
  }
  for (const code of ['', 'x', 'A'.repeat(63), 'A'.repeat(65), 'IIIIOOOO', '--------', '\xff\xfe'.repeat(8), "'; DROP TABLE x"]) {
    const r = await ask('GET', '/api/v1/receipt', { more: `Linli-Receipt: ${code}\r\n` })
    expect(r, 404, 'not_found', undefined, undefined, `receipt code ${JSON.stringify(code)}`)
  }
  await alive('sessions')
}

export async function body() {
  program = token('--role', 'program')
  community = (await ask('GET', '/api/v1/community')).json.code
  other = community.slice(0, -1) + (community.endsWith('2') ? '1' : '2')
  check((await ask('GET', `/c/${other}/api/v1/community`)).status === 200, 'there is another community')
  await json()
  await fields()
  await ids()
  await replay()
  await sessions()
}
