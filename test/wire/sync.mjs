// What phones without signal send and ask: POST /batch, GET /sync. Bad lists, forged cursors, rights that changed meanwhile.
import { ask, expect, check, alive, token, uuid7 } from './kit.mjs'

const LIST_MAX = 50, PAGE_MAX = 100
let officer, clerk, stranger
const batch = (actions, who = officer) => ask('POST', '/api/v1/batch', { body: { actions }, token: who })
const sync = (query, who = officer) => ask('GET', '/api/v1/sync' + query, { token: who })
const note = (id, more = {}) => ({ route: `/reports/${id}/note`, body: { id: uuid7(), text: '到过现场' }, ...more })
const coded = (cursor) => Buffer.from(JSON.stringify(cursor)).toString('base64url')
const opened = (cursor) => JSON.parse(Buffer.from(cursor, 'base64url'))

async function made(who = officer) {
  const id = uuid7(), r = await ask('POST', '/api/v1/reports', { token: who, body: { id, category: 'leak', text: '墙湿了' } })
  check(r.status === 201, `there is a report: ${r.status} ${r.body}`)
  return id
}

async function lists() {
  const id = await made()
  for (const [what, body, status, code, field, limit] of [
    ['no list', {}, 422, 'required', 'actions'], ['not a list', { actions: {} }, 422, 'wrong_type', 'actions'], ['a text', { actions: 'x' }, 422, 'wrong_type', 'actions'],
    ['null', { actions: null }, 422, 'required', 'actions'], ['an empty list', { actions: [] }, 422, 'too_few', 'actions', 1],
    ['too many', { actions: Array.from({ length: LIST_MAX + 1 }, () => note(id)) }, 422, 'too_many', 'actions', LIST_MAX],
    ['no actions in it', { actions: [1] }, 422, 'wrong_type', 'actions[0]'], ['an action of nothing', { actions: [{}] }, 422, 'required', 'actions[0].route'],
    ['a route that is no text', { actions: [note(id, { route: 1 })] }, 422, 'wrong_type', 'actions[0].route'],
    ['a route too long', { actions: [note(id, { route: '/' + 'x'.repeat(160) })] }, 422, 'too_long', 'actions[0].route', 160],
    ['after that is no id', { actions: [note(id, { after: 'x' })] }, 422, 'bad_format', 'actions[0].after'],
    ['a clock before 1970', { actions: [note(id, { phone_at: -1 })] }, 422, 'too_small', 'actions[0].phone_at'],
    ['a clock of nobody', { actions: [note(id, { phone_at: 1e15 })] }, 422, 'too_large', 'actions[0].phone_at', 4102444800000],
    ['more than asked', { actions: [note(id, { more: 1 })] }, 422, 'unknown_field', 'actions[0].more'],
    ['more beside', { actions: [note(id)], more: 1 }, 422, 'unknown_field', 'more'],
    ['the second is wrong', { actions: [note(id), note(id, { route: 2 })] }, 422, 'wrong_type', 'actions[1].route'],
  ]) expect(await ask('POST', '/api/v1/batch', { body, token: officer }), status, code, field, limit, 'a batch with ' + what)
  expect(await ask('POST', '/api/v1/batch', { body: '{"actions":[' + '['.repeat(5000), token: officer }), 400, 'json_depth', undefined, undefined, 'a deep batch')
  expect(await ask('POST', '/api/v1/batch', { body: '{"actions":[', token: officer }), 400, 'json_syntax', undefined, undefined, 'a cut batch')
  expect(await ask('POST', '/api/v1/batch', { body: { actions: [note(id)] } }), 401, 'sign_in', undefined, undefined, 'a batch of nobody')
  const fat = await ask('POST', '/api/v1/batch', { body: { actions: Array.from({ length: LIST_MAX }, () => note(id, { body: { id: uuid7(), text: '里'.repeat(4000) } })) }, token: officer })
  check(fat.status === 413 || (fat.status === 0 && fat.why === 'closed'), `a batch of 600 KB: ${fat.status} ${fat.why}`)
  const none = await ask('GET', '/api/v1/reports/' + id, { token: officer })
  check(none.json.version === 1, 'of a batch that cannot be read nothing is done')
  await alive('lists')
}

// Each action has an answer of its own: what is wrong with one is no other's business.
async function each() {
  const id = await made(), first = uuid7()
  const r = await batch([
    { route: `/reports/${id}/note`, body: { id: first, text: '第一句' } }, note(uuid7()), { route: '/reports/x/note', body: { id: uuid7(), text: '一' } },
    { route: '/no/such/route', body: { id: uuid7() } }, { route: '/batch', body: { id: uuid7(), actions: [note(id)] } }, { route: '/people', body: { id: uuid7() } },
    { route: `/reports/${id}/note`, body: { text: '没有编号' } }, { route: `/reports/${id}/note`, body: { id: 'x', text: '坏编号' } },
    { route: `/reports/${id}/note`, body: { id: uuid7(), text: 'x'.repeat(1001) } }, note(id, { after: uuid7() }), note(id, { body: 'x' }), note(id, { body: [] }), note(id),
    { route: '/../../sessions', body: { id: uuid7() } }, { route: `/c/540102001002/api/v1/reports/${id}/note`, body: { id: uuid7(), text: '别处' } },
  ])
  const said = (r.json?.results ?? []).map((x) => x.status + ' ' + (x.problem?.code ?? ''))
  check(r.status === 200 && said.length === 15, `a batch is answered one by one: ${r.status} ${r.body.toString().slice(0, 300)}`)
  for (const [i, status, code] of [[0, 200], [1, 404, 'not_found'], [2, 404], [3, 404, 'no_such_route'], [4, 404, 'no_such_route'], [6, 422, 'required'], [7, 422, 'bad_format'],
    [8, 422, 'too_long'], [9, 409, 'not_tried'], [12, 200], [13, 404, 'no_such_route'], [14, 404, 'no_such_route']])
    check(said[i]?.startsWith(String(status)) && (!code || said[i].endsWith(code)), `action ${i} of a batch: ${said[i]}, should be ${status} ${code ?? ''}`)
  for (const i of [5, 10, 11]) check(Number(said[i]?.slice(0, 3)) >= 400, `action ${i} of a batch is refused: ${said[i]}`)
  check(r.json.results.every((x) => x.status < 300 || (x.problem?.type === '/problems/' + x.problem?.code && x.problem.status === x.status)), 'problem details are whole, each')
  const again = await batch([{ route: `/reports/${id}/note`, body: { id: first, text: '第一句' } }])
  check(again.json?.results[0].status === 200 && again.json.results[0].repeated === true, `the same again changes nothing: ${again.body}`)
  const other = await batch([{ route: `/reports/${id}/note`, body: { id: first, text: '换了话' } }])
  check(other.json?.results[0].status === 409 && other.json.results[0].problem.code === 'client_id_reused', `the same id with other words: ${other.body}`)
  const theirs = await batch([{ route: `/reports/${id}/note`, body: { id: first, text: '第一句' } }], clerk)
  check(theirs.json?.results[0].status === 409 && !theirs.body.toString().includes('第一句'), `somebody else's id: ${theirs.body}`)
  const far = await batch([note(id)], stranger)
  check(far.json?.results[0].status === 403, `of elsewhere: ${far.body}`)
  const v = await ask('GET', '/api/v1/reports/' + id, { token: officer })
  check(v.json.version === 3, `two notes, no more: version ${v.json.version}`)
}

async function cursors() {
  const id = await made()
  let r = await sync('?limit=1'), pages = 0
  check(r.status === 200 && r.json.again === true && r.json.more === true && r.json.rows.length === 1, `a picture begins: ${r.status} ${r.body.toString().slice(0, 200)}`)
  for (; r.json.more && pages < 300; pages++) r = await sync(`?limit=${PAGE_MAX}&cursor=${r.json.cursor}`)
  check(pages > 1 && r.json.more === false, `it ends: ${pages} pages`)
  const good = r.json.cursor, parts = opened(good)
  r = await sync('?cursor=' + good)
  check(r.status === 200 && r.json.again === false && r.json.rows.length === 0, 'nothing is new')
  for (const [what, cursor] of [
    ['no base64', '%21%21'], ['no JSON', Buffer.from('hello').toString('base64url')], ['no list', coded({})], ['a short list', coded([1, 2])], ['texts for numbers', coded(parts.map(String))],
    ['a number below 0', coded([parts[0], -1, ...parts.slice(2)])], ['a part that is none', coded([...parts.slice(0, 5), 1e9, ...parts.slice(6)])],
    ['a long text', coded([...parts.slice(0, 7), 'x'.repeat(37)])], ['a fraction', coded([parts[0], 1.5, ...parts.slice(2)])], ['400 letters', 'A'.repeat(400)], ['one cut off', good.slice(0, -3)],
  ]) expect(await sync('?cursor=' + cursor), 422, 'bad_format', 'cursor', undefined, 'a cursor with ' + what)
  for (const [what, change] of [
    ['rights that are not theirs', (c) => (c[3] = '0'.repeat(16))], ['a chain that is not ours', (c) => (c[2] = '0'.repeat(16))], ['a place not reached', (c) => (c[1] += 1_000_000)],
    ['a time to come', (c) => (c[0] += 86_400_000)], ['a picture of last month', (c) => (c[0] -= 30 * 86_400_000)], ['no chain', (c) => (c[2] = '')],
  ]) {
    const c = [...parts]
    change(c)
    const s = await sync('?cursor=' + coded(c))
    check(s.status === 200 && s.json.again === true, `a cursor with ${what} begins again: ${s.status} ${s.json?.again}`)
  }
  // forged to skip the picture: it shows what an honest one would, and nothing of elsewhere
  const s = await sync(`?limit=${PAGE_MAX}&cursor=` + good, stranger)
  check(s.status === 200 && s.json.again === true && s.json.rows.length === 0, `somebody else's cursor: ${s.status} ${s.body.toString().slice(0, 200)}`)
  const begun = opened(s.json.cursor)
  begun[1] = 0
  begun[2] = ''
  begun[4] = true
  const forged = await sync(`?limit=${PAGE_MAX}&cursor=` + coded(begun), stranger)
  check(forged.status === 200 && forged.json.rows.length === 0 && !forged.body.includes('墙湿了'), `a forged one shows nothing of elsewhere: ${forged.body.toString().slice(0, 200)}`)
  expect(await sync('?cursor=' + good, ''), 401, 'sign_in', undefined, undefined, 'sync of nobody')
  for (const limit of [0, -1, PAGE_MAX + 1, 'x', '1e9', '']) {
    const l = await sync(`?limit=${limit}`)
    check(limit === '' ? l.status === 200 : l.status === 422 && l.json.field === 'limit', `limit=${limit}: ${l.status} ${l.body.toString().slice(0, 120)}`)
  }
  await ask('POST', `/api/v1/reports/${id}/note`, { token: clerk, body: { id: uuid7(), text: '桌面上写的' } })
  r = await sync('?cursor=' + good)
  check(r.json.again === false && r.json.rows.some((x) => x.id === id), 'what changed is told')
  await alive('cursors')
}

export async function phones() {
  officer = token('--role', 'officer')
  clerk = token('--role', 'clerk')
  stranger = token('--role', 'volunteer', '--place', '540102001001-99')
  await lists()
  await each()
  await cursors()
}
