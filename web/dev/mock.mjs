/* A server in memory that speaks docs/API.md, to work on the pages alone. Never used by a test.
 *   node web/dev/mock.mjs [port]     serves build/web and the API at http://127.0.0.1:8090 */
import { createServer } from 'node:http'
import { readFileSync } from 'node:fs'
import { extname, join, normalize } from 'node:path'
import { randomUUID } from 'node:crypto'

const port = Number(process.argv[2] ?? 8090)
const root = new URL('../../build/web', import.meta.url).pathname
const H = 3_600_000
const now = () => Date.now()
const W = 91.1, S = 29.64, STEP = 0.004
const officers = ['次仁卓玛', '王建国', '扎西', '李梅'].map((name, i) => ({ person: 'p-officer-' + i, name, phone: '1380000100' + i }))
const grid = (i) => {
  const x = W + (i % 4) * STEP, y = S + Math.floor(i / 4) * STEP, j = (i * 7919) % 5 * 0.00008
  return {
    type: 'Feature',
    properties: { code: '540102001001-' + String(i + 1).padStart(2, '0'), name: `第${i + 1}网格`, officers: [officers[i % 4]] },
    geometry: { type: 'Polygon', coordinates: [[[x, y], [x + STEP - 0.0002, y + j], [x + STEP - 0.0002, y + STEP - 0.0002], [x + j, y + STEP - 0.0002], [x, y]]] },
  }
}
const grids = { type: 'FeatureCollection', features: Array.from({ length: 12 }, (_, i) => grid(i)) }
const categories = [
  ['flood', '积水内涝', 'ཆུ་བསགས་པ།', 'Flooding'], ['leak', '漏水', 'ཆུ་ཟགས་པ།', 'Leak'], ['light', '路灯', 'ལམ་གློག', 'Street light'],
  ['road', '道路井盖', 'ལམ་དང་ཆུ་དོང་།', 'Road, manhole'], ['quarrel', '邻里纠纷', 'ཁྱིམ་མཚེས་འགལ་རྩོད།', 'Quarrel'], ['rubbish', '垃圾卫生', 'གད་སྙིགས།', 'Rubbish'],
  ['help', '需要帮忙', 'རོགས་རམ་དགོས།', 'Help needed'], ['other', '其他', 'གཞན་དག', 'Other'],
].map(([code, zh, bo, en], i) => ({ code, icon: code, name: { zh, bo, en }, limit: 24, unit: 'hours', position: i, form: [] }))
const users = {
  '13800000001': { person: 'p-dispatcher', name: '边巴', roles: [{ role: 'dispatcher', place: '540102001001' }] },
  ...Object.fromEntries(officers.map((o) => [o.phone, { person: o.person, name: o.name, roles: [{ role: 'officer', place: '540102001001-0' + (officers.indexOf(o) + 1) }] }])),
}
const nameOf = (p) => Object.values(users).find((u) => u.person === p)?.name ?? ''
const phoneOf = (p) => Object.entries(users).find(([, u]) => u.person === p)?.[0] ?? ''

const matters = new Map(), uploads = new Map(), files = new Map(), done = new Map(), sessions = new Map(), streams = new Set()
let seq = 0, number = 1000
const texts = ['桥洞积水约30厘米,车辆无法通行', '垃圾点三天没有清运', '巷口两盏路灯不亮', '楼上漏水,二楼天花板滴水', '邻居装修到很晚,请来说说', '井盖松动,有响声', '独居老人需要上门理发', 'ལམ་གློག་གཉིས་མི་འབར།', '单元门口台阶坏了']
const cats = ['flood', 'rubbish', 'light', 'leak', 'quarrel', 'road', 'help', 'light', 'road']
const states = ['collected', 'registered', 'dispatched', 'handling', 'handling', 'done', 'verified', 'closed']
function event(m, type, actor, data = {}, at = now()) {
  m.version++
  m.changed_at = at
  m.timeline.push({ seq: ++seq, type: 'report.' + type, at, actor, name: nameOf(actor), state: m.state, version: m.version, data })
  const msg = `id: ${seq}\nevent: change\ndata: ${JSON.stringify({ kind: 'report', matter: m.id, type: 'report.' + type, state: m.state, place: m.place, at, version: m.version })}\n\n`
  for (const s of streams) s.write(msg)
}
const place = (p) => grids.features.find((g) => { const [a, , c] = g.geometry.coordinates[0]; return p.lon >= a[0] && p.lon <= c[0] && p.lat >= a[1] && p.lat <= c[1] })?.properties.code ?? '540102001001'
const due = (m, from, limit = 24) => { m.due_at = from + limit * H; m.data.due = { from, limit, unit: 'hours', skipped: [], due: m.due_at } }
function seed(i) {
  const age = ((i * 37) % 60) * H, at = now() - age - 600_000
  const m = { id: randomUUID(), number: ++number, state: 'collected', version: 0, category: cats[i % 9], lon: W + 0.0005 + ((i * 13) % 31) / 31 * 0.0145, lat: S + 0.0005 + ((i * 7) % 23) / 23 * 0.0105, opened_at: at, changed_at: at, due_at: 0, closed_at: 0, data: { text: texts[i % 9], near: '三单元门口', photos: [] }, rel: {}, reporter: '', timeline: [] }
  m.place = place(m)
  due(m, at, 48)
  event(m, 'create', '', {}, at)
  const s = states[i % 8], k = states.indexOf(s), o = officers[i % 4].person
  const step = (n, st, type, actor, data) => { if (k >= n) { m.state = st; event(m, type, actor, data, at + n * H / 4) } }
  step(1, 'registered', 'register', 'p-dispatcher', { category: m.category })
  if (k >= 2) m.rel[o] = ['handler']
  step(2, 'dispatched', 'dispatch', 'p-dispatcher', { to: o, note: '请今天去看' })
  if (k >= 3) m.data.promised_at = now() + 5 * H
  step(3, 'handling', 'accept', o, { promised_at: now() + 5 * H })
  step(5, 'done', 'finish', o, { text: '清掉了井口的树叶,水退了' })
  step(6, 'verified', 'verify', officers[(i + 1) % 4].person, { text: '到现场看过' })
  if (k >= 7) m.closed_at = at + 3 * H
  step(7, 'closed', 'close', 'p-dispatcher')
  matters.set(m.id, m)
}
for (let i = 0; i < 46; i++) seed(i)

const OPEN = ['collected', 'registered', 'dispatched', 'handling', 'done', 'verified']
const can = (m, who, receipt) => {
  const u = Object.values(users).find((x) => x.person === who), role = u?.roles[0].role, handler = Object.keys(m.rel).find((p) => m.rel[p].includes('handler'))
  const rep = receipt === m.receipt && !!receipt || (m.reporter && m.reporter === who), a = []
  const add = (n, st, ok) => { if (ok && st.includes(m.state)) a.push(n) }
  const desk = role === 'dispatcher', staff = !!role
  add('register', ['collected'], staff); add('refuse', ['collected', 'registered'], desk); add('dispatch', ['registered'], desk)
  add('accept', ['dispatched'], handler === who && !!who); add('return', ['dispatched', 'handling'], handler === who && !!who)
  add('reassign', ['dispatched', 'handling'], desk); add('finish', ['handling'], handler === who && !!who)
  add('verify', ['done'], staff && handler !== who); add('redo', ['done'], staff && handler !== who); add('close', ['verified'], desk)
  add('rate', ['done', 'verified', 'closed'], rep); add('reopen', ['closed', 'refused'], desk || rep); add('extend', ['registered', 'dispatched', 'handling'], desk)
  add('note', [...OPEN, 'closed'], staff || rep); add('urge', OPEN, desk || rep); add('withdraw', ['collected', 'registered'], rep)
  return a
}
const row = (m) => ({ id: m.id, number: m.number, state: m.state, version: m.version, place: m.place, category: m.category, lon: m.lon, lat: m.lat, opened_at: m.opened_at, changed_at: m.changed_at, due_at: m.due_at, closed_at: m.closed_at, text: m.data.text ?? null, near: m.data.near ?? null, public_title: m.data.public_title ?? '', photo: m.data.photos?.[0]?.id ?? '', photos: m.data.photos?.length ?? 0, handler: Object.keys(m.rel).find((p) => m.rel[p].includes('handler')) ?? '', promised_at: m.data.promised_at ?? 0, satisfied: 0 })
const to = { register: 'registered', refuse: 'refused', dispatch: 'dispatched', accept: 'handling', return: 'registered', reassign: 'dispatched', finish: 'done', verify: 'verified', redo: 'handling', close: 'closed', withdraw: 'withdrawn' }
const need = { refuse: 'reason', dispatch: 'to', return: 'reason', reassign: 'reason', finish: 'text', redo: 'reason', extend: 'reason', reopen: 'reason' }

const json = (res, status, o, h = {}) => { res.writeHead(status, { 'Content-Type': status >= 400 ? 'application/problem+json' : 'application/json', ...h }); res.end(o === undefined ? '' : JSON.stringify(o)) }
const bad = (res, status, code, field) => json(res, status, { type: 'about:blank', title: code, status, code, ...(field ? { field } : {}) })
const read = (req) => new Promise((ok) => { const a = []; req.on('data', (c) => a.push(c)); req.on('end', () => ok(Buffer.concat(a))) })
const take = (ids = []) => ids.map((id) => ({ id, type: 'image/jpeg', width: 800, height: 600 }))

async function api(req, res, path, q) {
  const cookie = /linli=(\w[\w-]*)/.exec(req.headers.cookie ?? '')?.[1], who = sessions.get(cookie)?.person ?? '', me = sessions.get(cookie)
  const receipt = req.headers['linli-receipt'], raw = await read(req)
  const body = req.headers['content-type'] === 'application/json' && raw.length ? JSON.parse(raw) : {}
  const all = [...matters.values()], page = (rows) => json(res, 200, { rows: rows.slice(0, Number(q.get('limit') ?? 20)).map(row), next: null })
  const r = req.method + ' ' + path
  if (r === 'GET /community') return json(res, 200, { code: '540102001001', name: { zh: '嘎玛贡桑社区', bo: 'སྐར་མ་ཀུན་བཟང་སྡེ་ཁུལ།', en: 'Karma Gonsang' }, phone: '0891-6320000', center: { lon: W + 2 * STEP, lat: S + 1.5 * STEP }, bounds: [W, S, W + 4 * STEP, S + 3 * STEP] })
  if (r === 'GET /categories') return json(res, 200, { rows: categories, next: null })
  if (r === 'GET /grids') return json(res, 200, grids)
  if (r === 'GET /session') return json(res, 200, me ? { person: me.person, name: me.name, roles: me.roles, csrf: 'x', strong: false } : { person: null })
  if (r === 'POST /sessions') {
    const u = users[body.phone] ?? (body.code === 'DEMOCODE1' ? users['13800001000'] : undefined)
    if (!u || (body.phone && body.password !== 'demo-demo')) return bad(res, 401, 'sign_in_failed')
    const id = randomUUID(); sessions.set(id, u)
    return json(res, 200, { person: u.person, csrf: 'x', needs_totp: false }, { 'Set-Cookie': `linli=${id}; Path=/; HttpOnly` })
  }
  if (r === 'DELETE /session') { sessions.delete(cookie); return json(res, 204) }
  if (r === 'POST /uploads') { uploads.set(body.id, { ...body, parts: Math.ceil(body.size / 1048576), got: [] }); return json(res, 201, { id: body.id, parts: Math.ceil(body.size / 1048576), part_bytes: 1048576, have: [] }) }
  let m
  if ((m = /^PUT \/uploads\/([\w-]+)\/(\d+)$/.exec(r))) { uploads.get(m[1]).got[m[2]] = raw; return json(res, 200, { id: m[1], part: +m[2] }) }
  if ((m = /^GET \/uploads\/([\w-]+)$/.exec(r))) return json(res, 200, { id: m[1], have: Object.keys(uploads.get(m[1])?.got ?? []).map(Number) })
  if ((m = /^POST \/uploads\/([\w-]+)\/finish$/.exec(r))) { files.set(m[1], Buffer.concat(uploads.get(m[1]).got)); return json(res, 200, { id: m[1], type: 'image/jpeg', width: 800, height: 600 }) }
  if ((m = /^GET \/files\/[\w-]+\/([\w-]+)(\/thumb)?$/.exec(r))) { const f = files.get(m[1]); if (!f) return bad(res, 404, 'not_found'); res.writeHead(200, { 'Content-Type': 'image/jpeg' }); return res.end(f) }
  if (r === 'GET /receipt') { const x = all.find((y) => y.receipt && y.receipt === receipt); return x ? json(res, 200, { matter: x.id }) : bad(res, 404, 'not_found') }
  if (r === 'GET /reports/near') return json(res, 200, { rows: all.filter((x) => OPEN.includes(x.state) && Math.abs(x.lon - q.get('lon')) < 0.001 && Math.abs(x.lat - q.get('lat')) < 0.0009).map(row).slice(0, 10), next: null })
  if (r === 'POST /reports') {
    if (done.has(body.id)) return json(res, 201, done.get(body.id))
    const x = { id: body.id, number: ++number, state: 'collected', version: 0, category: body.category, lon: body.point?.lon, lat: body.point?.lat, opened_at: now(), changed_at: now(), due_at: 0, closed_at: 0, data: { text: body.text, near: body.near, phone: body.phone, photos: take(body.photos) }, rel: {}, reporter: who, timeline: [] }
    x.place = body.point ? place(body.point) : '540102001001'
    due(x, now(), 4); if (!who) x.receipt = randomUUID().replaceAll('-', '').slice(0, 16).toUpperCase().replace(/(.{4})(?=.)/g, '$1-')
    matters.set(x.id, x); event(x, 'create', who, {})
    const answer = { id: x.id, number: x.number, state: x.state, version: x.version, seq, at: now(), receipt: x.receipt }
    done.set(body.id, answer)
    return json(res, 201, answer)
  }
  if (r === 'GET /events') { if (!who && !receipt) return bad(res, 401, 'sign_in'); res.writeHead(200, { 'Content-Type': 'text/event-stream' }); res.write(': hello\n\n'); streams.add(res); req.on('close', () => streams.delete(res)); return }
  if (!who && !receipt) return bad(res, 401, 'sign_in')
  if (r === 'GET /reports/mine') return page(all.filter((x) => x.reporter === who))
  if (r === 'GET /reports/handling') return page(all.filter((x) => x.rel[who] && ['dispatched', 'handling'].includes(x.state)).sort((a, b) => a.due_at - b.due_at))
  if (r === 'GET /reports/verifying') return page(all.filter((x) => x.state === 'done' && !x.rel[who]))
  if (r === 'GET /reports/map') return json(res, 200, { rows: all.filter((x) => OPEN.includes(x.state) && x.lon).map(({ id, state, category, due_at, lon, lat, place }) => ({ id, state, category, due_at, lon, lat, place })), next: null })
  if (r === 'GET /reports/counts') return json(res, 200, { rows: [...OPEN, 'closed'].map((s) => ({ state: s, n: all.filter((x) => x.state === s).length, overdue: all.filter((x) => x.state === s && OPEN.includes(s) && x.due_at && x.due_at < now()).length })), next: null })
  if (r === 'GET /people/handlers') return json(res, 200, { rows: officers.map((o, i) => ({ ...o, roles: ['officer'], places: ['540102001001-0' + (i + 1)], open: all.filter((x) => x.rel[o.person] && OPEN.includes(x.state)).length })), next: null })
  if (r === 'GET /reports' || r === 'GET /reports/queue') {
    let x = all.sort((a, b) => (r.endsWith('queue') ? a.due_at - b.due_at : b.changed_at - a.changed_at))
    if (r.endsWith('queue')) x = x.filter((y) => !y.closed_at && y.due_at)
    for (const k of ['state', 'category', 'place']) if (q.get(k)) x = x.filter((y) => y[k] === q.get(k))
    if (q.get('handler')) x = x.filter((y) => y.rel[q.get('handler')])
    if (q.get('overdue')) x = x.filter((y) => !y.closed_at && y.due_at && y.due_at < q.get('overdue'))
    if (q.get('q')) x = x.filter((y) => (y.data.text ?? '').includes(q.get('q')) || String(y.number) === q.get('q'))
    return page(x)
  }
  if ((m = /^GET \/reports\/([\w-]+)\/contact$/.exec(r))) return json(res, 200, { id: m[1], phone: matters.get(m[1])?.data.phone ?? null })
  if ((m = /^GET \/reports\/([\w-]+)$/.exec(r))) {
    const x = matters.get(m[1])
    if (!x) return bad(res, 404, 'not_found')
    const { rel, receipt: code, reporter, timeline, ...head } = x
    return json(res, 200, { ...head, kind: 'report', people: Object.keys(rel).map((p) => ({ person: p, is: rel[p], name: nameOf(p), phone: phoneOf(p) })), me: code && code === receipt ? ['reporter'] : rel[who] ?? [], actions: can(x, who, receipt), timeline })
  }
  if ((m = /^POST \/reports\/([\w-]+)\/(\w+)$/.exec(r))) {
    const x = matters.get(m[1]), a = m[2]
    if (done.has(body.id)) return json(res, 200, done.get(body.id))
    if (!x || !can(x, who, receipt).includes(a)) return bad(res, 409, 'wrong_state')
    if (body.version !== undefined && body.version !== x.version) return bad(res, 409, 'stale_version')
    if (need[a] && !body[need[a]]) return bad(res, 422, 'required', need[a])
    x.state = to[a] ?? x.state
    if (a === 'rate') { x.data.satisfied = body.solved; if (body.score) x.data.score = body.score; if (!body.solved) x.state = 'handling' }
    if (a === 'register') { x.category = body.category; x.data.public_title = body.public_title; due(x, now()) }
    if (a === 'dispatch' || a === 'reassign') { for (const p in x.rel) x.rel[p] = ['handled']; x.rel[body.to] = ['handler'] }
    if (a === 'accept') x.data.promised_at = body.promised_at
    if (a === 'close') x.closed_at = now()
    const { id, version, claimed_at, ...data } = body
    if (data.photos) data.photos = take(data.photos)
    event(x, a, who, data)
    const answer = { id: x.id, number: x.number, state: x.state, version: x.version, seq, at: now() }
    done.set(body.id, answer)
    return json(res, 200, answer)
  }
  return bad(res, 404, 'not_found')
}
const TYPES = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.woff2': 'font/woff2' }
createServer((req, res) => {
  const u = new URL(req.url, 'http://x'), path = u.pathname.replace(/^\/c\/[^/]+/, '') || '/'
  if (path.startsWith('/api/v1/')) return void api(req, res, path.slice(7), u.searchParams).catch((e) => { console.error(e); bad(res, 500, 'internal') })
  const file = path === '/' ? '/app/index.html' : path === '/desk/' ? '/desk/index.html' : normalize(path)
  try {
    const data = readFileSync(join(root, file))
    res.writeHead(200, { 'Content-Type': TYPES[extname(file)] ?? 'application/octet-stream', 'Content-Security-Policy': "default-src 'self'; img-src 'self' blob: data:; style-src 'self' 'unsafe-inline'; worker-src 'self' blob:; frame-ancestors 'none'" })
    res.end(data)
  } catch {
    res.writeHead(404).end()
  }
}).listen(port, '127.0.0.1', () => console.log('http://127.0.0.1:' + port))
