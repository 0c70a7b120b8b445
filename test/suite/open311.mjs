// GeoReport v2 on a real server, row by row of its checklist: exact bytes of XML and JSON, bad input, rights and quotas,
// and that nothing of a person ever comes out. Both engines.
import { spawn, execFileSync } from 'node:child_process'
import { createHash, createHmac, randomUUID } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'

let passed = 0, failed = 0, engine = '', port = 0, child = null
const say = (ok, what, more = '') => { ok ? passed++ : (failed++, console.log('failed:', engine, what, more)) }
const same = (got, want, what) => say(got === want, what, `\n  got  ${got}\n  want ${want}`)
const bin = 'build/linli'
const uuid7 = () => { const t = Date.now().toString(16).padStart(12, '0'); return t.slice(0, 8) + '-' + t.slice(8) + '-7' + randomUUID().slice(15) }
const w3c = (ms) => new Date(ms).toISOString().slice(0, 19) + 'Z'
const XML = '<?xml version="1.0" encoding="UTF-8"?>\n'

function start(store) {
  return new Promise((resolve, reject) => {
    child = spawn(bin, ['serve', ...store, '--listen', '127.0.0.1:0', '--log-level', 'info'], { stdio: ['ignore', 'pipe', 'pipe'] })
    let text = ''
    child.stdout.on('data', (d) => { text += d; const m = text.match(/127\.0\.0\.1:(\d+)/); if (m) { port = Number(m[1]); resolve() } })
    child.stderr.on('data', (d) => { logged += d })
    child.on('exit', (code) => reject(new Error('server ended: ' + code + text)))
  })
}
let logged = ''
const tell = (args) => execFileSync(bin, args, { stdio: ['ignore', 'pipe', 'inherit'] }).toString().trim()

// ---- the house's own API
async function call(method, path, body, who = {}) {
  const r = await fetch(`http://127.0.0.1:${port}/api/v1${path}`, { method, body: body && JSON.stringify(body),
    headers: { 'content-type': 'application/json', ...who } })
  const text = await r.text()
  return { status: r.status, json: text ? JSON.parse(text) : null, text, headers: r.headers }
}
function totp(secret) { // RFC 6238
  const digits = [...secret].map((c) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0')).join('')
  const key = Buffer.from(digits.match(/.{8}/g).map((b) => parseInt(b, 2)))
  const at = Buffer.alloc(8)
  at.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30000)))
  const h = createHmac('sha1', key).update(at).digest(), o = h[19] & 15
  return String((h.readUInt32BE(o) & 0x7fffffff) % 1000000).padStart(6, '0')
}
async function signIn(store, role, name) {
  const out = tell(['user', ...store, '--role', role, '--name', name])
  const r = await call('POST', '/sessions', { code: out.match(/\b([0-9A-Z]{10})\s*$/)[1] })
  return { who: { cookie: r.headers.get('set-cookie').split(';')[0], 'x-csrf-token': r.json.csrf }, person: r.json.person }
}
const act = async (who, id, action, more = {}) => {
  const view = await call('GET', '/reports/' + id, undefined, who)
  const r = await call('POST', `/reports/${id}/${action}`, { id: uuid7(), version: view.json.version, ...more }, who)
  say(r.status === 200, `the house does ${action}`, r.text)
  return r.json
}

// ---- the door
const base = '/open311/v2/'
// Everybody asks from an address of their own (trusted from loopback only); limits have a test of their own.
let asked = 0
const address = () => ({ 'x-forwarded-for': `10.${++asked >> 16 & 255}.${asked >> 8 & 255}.${asked & 255}` })
async function get(path, headers = {}) {
  const r = await fetch(`http://127.0.0.1:${port}${path.startsWith('/') ? path : base + path}`, { headers: { ...address(), ...headers } })
  return { status: r.status, text: await r.text(), type: r.headers.get('content-type'), headers: r.headers }
}
async function post(path, fields, headers = {}) {
  const r = await fetch(`http://127.0.0.1:${port}${path.startsWith('/') ? path : base + path}`, { method: 'POST',
    body: fields instanceof FormData ? fields : new URLSearchParams(fields), headers: { ...address(), ...headers } })
  return { status: r.status, text: await r.text(), type: r.headers.get('content-type'), headers: r.headers }
}
const xmlError = (code, says) => `${XML}<errors><error><code>${code}</code><description>${says}</description></error></errors>\n`
const jsonError = (code, says) => JSON.stringify([{ code, description: says }])
async function refused(r, status, says, what) {
  const json = r.type.startsWith('application/json')
  say(r.status === status, `${what}: status`, `${r.status} ${r.text}`)
  same(r.text, json ? jsonError(status, says) : xmlError(status, says), what)
  same(r.type, json ? 'application/json; charset=utf-8' : 'text/xml; charset=utf-8', what + ': type')
}

const FORM = [
  { name: 'depth', type: 'int', required: true, min: 0, max: 300, words: { zh: '水深(厘米)', en: 'Depth in cm' } },
  { name: 'smell', type: 'bool', words: { zh: '有味道' } },
  { name: 'kind', type: 'enum', values: ['rain', 'pipe'], choices: [{ zh: '雨水' }, { zh: '管道', en: 'Pipe' }], words: { zh: '来源' } },
  { name: 'since', type: 'date', words: { zh: '从哪天起' } },
  { name: 'where', type: 'text', max: 40, words: { zh: '哪一段' } },
]
const category = (code, icon, zh, more = {}) => ({ id: uuid7(), code, icon, name: { zh, bo: 'བོད་' + code, en: 'En <' + code + '> & co' },
  limit: 24, unit: 'hours', default_role: 'officer', coarsen_m: 100, ...more })

const element = (name, v) => v === null || v === '' ? `<${name}/>` : `<${name}>${String(v).replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;')}</${name}>`
const record = (name, o) => `<${name}>${Object.entries(o).map(([k, v]) => element(k, v)).join('')}</${name}>`

async function discovery(code) {
  const url = `http://127.0.0.1:${port}`
  const x = await get('discovery.xml'), j = await get('discovery.json')
  const at = x.text.match(/<changeset>([^<]*)/)[1]
  say(Math.abs(Date.parse(at) - Date.now()) < 600000, 'discovery: the changeset is when the categories last changed', at)
  const one = (u) => `<endpoint><specification>http://wiki.open311.org/GeoReport_v2</specification><url>${u}</url><changeset>${at}</changeset><type>production</type><formats><format>text/xml</format><format>application/json</format></formats></endpoint>`
  const contact = JSON.parse(j.text).contact
  say(contact.length > 0, 'discovery: a contact')
  same(x.text, `${XML}<discovery><changeset>${at}</changeset>${element('contact', contact)}<key_service>${url}/desk/</key_service><endpoints>${one(url + base)}${one(`${url}/c/${code}${base}`)}</endpoints></discovery>\n`, 'discovery.xml')
  const endpoint = (u) => ({ specification: 'http://wiki.open311.org/GeoReport_v2', url: u, changeset: at, type: 'production', formats: ['text/xml', 'application/json'] })
  same(j.text, JSON.stringify({ changeset: at, contact, key_service: url + '/desk/', endpoints: [endpoint(url + base), endpoint(`${url}/c/${code}${base}`)] }), 'discovery.json')
  same(x.type, 'text/xml', 'discovery.xml: a bare type')
  same(j.type, 'application/json', 'discovery.json: a bare type')
  same((await get(`/c/${code}${base}discovery.json`)).text, j.text, 'the community in the path')
}

async function services() {
  const rows = [['flood', '积水', true], ['light', '路灯', false]].map(([code, zh, metadata]) => ({ service_code: code, service_name: zh,
    description: `${zh} / བོད་${code} / En <${code}> & co`, metadata, type: 'realtime', keywords: code, group: null }))
  const j = await get('services.json'), x = await get('services.xml')
  same(j.text, JSON.stringify(rows), 'services.json: without the quarrel, without what mediators handle')
  same(x.text, `${XML}<services>${rows.map((r) => record('service', r)).join('')}</services>\n`, 'services.xml')
  same(j.type, 'application/json; charset=utf-8', 'services.json: type')
  same(x.type, 'text/xml; charset=utf-8', 'services.xml: type')
  same(JSON.parse((await get('services.json?language=en')).text)[0].service_name, 'En <flood> & co', 'names in English')
  same((await get('services.json?language=&jurisdiction_id=')).text, j.text, 'an empty parameter is an absent one')
  await refused(await get('services.xml?jurisdiction_id=999999'), 404, 'jurisdiction_id was not found', 'a jurisdiction that is not here')
}

async function service() {
  const attribute = (order, code, datatype, required, says, description, values = []) => ({ variable: true, code, datatype, required,
    datatype_description: says || null, order, description, values: values.map(([key, name]) => ({ key, name })) })
  const attributes = [
    attribute(1, 'depth', 'number', true, 'a whole number', '水深(厘米)'),
    attribute(2, 'smell', 'singlevaluelist', false, 'true or false', '有味道', [['true', '是'], ['false', '否']]),
    attribute(3, 'kind', 'singlevaluelist', false, 'one of the values', '来源', [['rain', '雨水'], ['pipe', '管道']]),
    attribute(4, 'since', 'datetime', false, 'YYYY-MM-DD', '从哪天起'),
    attribute(5, 'where', 'string', false, '', '哪一段')]
  same((await get('services/flood.json')).text, JSON.stringify({ service_code: 'flood', attributes }), 'services/flood.json')
  const inXml = attributes.map((a) => '<attribute>' + Object.entries(a).map(([k, v]) => k !== 'values' ? element(k, v)
    : v.length ? `<values>${v.map((one) => record('value', one)).join('')}</values>` : '<values/>').join('') + '</attribute>').join('')
  same((await get('services/flood.xml')).text, `${XML}<service_definition><service_code>flood</service_code><attributes>${inXml}</attributes></service_definition>\n`, 'services/flood.xml')
  same((await get('services/light.json')).text, '{"service_code":"light","attributes":[]}', 'a service without a form')
  for (const code of ['nothing', 'quarrel', 'talks', 'old', 'flood.xml', '%00'])
    say([400, 404].includes((await get(`services/${code}.xml`)).status), 'no definition of ' + code)
  await refused(await get('services/quarrel.xml'), 404, 'service_code was not found', 'a confidential service')
  await refused(await get('services/nothing.json'), 404, 'service_code was not found', 'an unknown service')
}

const SECRET = ['门口王某说的话', '13955556666', '张三', 'a@example.org', '三号门', 'device-77', 'example.org/x.jpg']
let told // the one that everything is asked of afterwards
async function posting(key, clerk, others) {
  const want = { api_key: key, service_code: 'flood', lat: '29.6494', long: '91.1066', 'attribute[depth]': '30' }
  const made = (r, what) => { say(r.status === 201, what, r.status + r.text); return (r.text.match(/[0-9a-f]{8}-[0-9a-f-]{27}/) || [])[0] }
  let r = await post('requests.json', { ...want, description: SECRET[0] + ' <3 & "深"', phone: '139 5555 6666', first_name: '张三', last_name: '',
    email: SECRET[3], address_string: SECRET[4], device_id: SECRET[5], account_id: '', media_url: 'https://' + SECRET[6],
    'attribute[smell]': 'true', 'attribute[kind][]': 'pipe', 'attribute[since]': '2026-07-02', 'attribute[where]': '东段', somethingelse: 'x' })
  told = made(r, 'POST requests.json')
  same(r.text, JSON.stringify([{ service_request_id: told, service_notice: null, account_id: null }]), 'POST requests.json: exactly')
  same(r.type, 'application/json; charset=utf-8', 'POST requests.json: type')
  r = await post('requests.xml', { ...want, account_id: 'me & you' })
  same(r.text, `${XML}<service_requests><request><service_request_id>${made(r, 'POST requests.xml')}</service_request_id><service_notice/><account_id>me &amp; you</account_id></request></service_requests>\n`, 'POST requests.xml: exactly')
  // kept for who handles it, as it was said
  const view = await call('GET', '/reports/' + told, undefined, clerk)
  say(view.status === 200 && view.json.state === 'collected' && view.json.category === 'flood', 'it is a report, and waits to be looked at', view.text)
  const d = view.json.data
  say(d.text === SECRET[0] + ' <3 & "深"' && d.near === SECRET[4], 'who handles it reads the words', JSON.stringify(d))
  say(JSON.stringify(d.form) === JSON.stringify({ depth: 30, smell: true, kind: 'pipe', since: '2026-07-02', where: '东段' }), 'and the answers', JSON.stringify(d.form))
  say(JSON.stringify(d.given) === JSON.stringify({ email: SECRET[3], device_id: SECRET[5], media_url: 'https://' + SECRET[6] }), 'and the rest as text', JSON.stringify(d.given))
  say(Math.abs(view.json.lat - 29.6494) < 1e-6 && Math.abs(view.json.lon - 91.1066) < 1e-6, 'and the exact place', view.text)
  // other ways to say where; photos
  made(await post('requests.json', { api_key: key, service_code: 'light', address_id: 'A-17' }), 'address_id alone')
  const form = new FormData()
  for (const [k, v] of Object.entries({ api_key: key, service_code: 'light', address_string: '路口', description: '', attribute: 'x' })) form.append(k, v)
  const jpeg = readFileSync('src/app/demo/cover_before.jpg')
  form.append('media', new Blob([jpeg], { type: 'image/jpeg' }), 'a.jpg')
  form.append('media2', new Blob([jpeg], { type: 'image/jpeg' }), '二.jpg')
  const shown = made(await post('requests.xml', form), 'multipart with photos')
  const photos = (await call('GET', '/reports/' + shown, undefined, clerk)).json.data.photos
  say(photos.length === 2 && photos[0].type === 'image/jpeg', 'photos are kept', JSON.stringify(photos))
  const file = await fetch(`http://127.0.0.1:${port}/api/v1/files/${shown}/${photos[0].id}`, { headers: clerk })
  say(file.status === 200 && (await file.arrayBuffer()).byteLength > 1000, 'and can be looked at by who handles it', String(file.status))
  say((await fetch(`http://127.0.0.1:${port}/api/v1/files/${shown}/${photos[0].id}`)).status !== 200, 'and by nobody else')
  // the same again
  const again = { ...want, device_id: 'phone-1', description: '同一件' }
  const first = made(await post('requests.json', again), 'with a device')
  r = await post('requests.json', again)
  same(made(r, 'sent again'), first, 'the same from the same device is the same report')
  same(r.headers.get('idempotent-replay'), 'true', 'and says so')
  say(made(await post('requests.json', { ...again, description: '另一件' }), 'another') !== first, 'another text is another report')
  const idem = uuid7()
  const kept = made(await post('requests.json', want, { 'Idempotency-Key': idem }), 'with an Idempotency-Key')
  same(made(await post('requests.json', want, { 'Idempotency-Key': idem }), 'again'), kept, 'the same key is the same report')
  await refused(await post('requests.json', { ...want, description: '别的' }, { 'Idempotency-Key': idem }), 400, 'this key was used for another posting', 'the same key for something else')
  // tokens: one or the other
  r = await post('requests.json', want, { Prefer: 'respond-async' })
  const token = JSON.parse(r.text)[0].token
  same(r.text, JSON.stringify([{ token, service_notice: null, account_id: null }]), 'a token and no id')
  const led = await get(`tokens/${token}.json`)
  const id = JSON.parse(led.text)[0].service_request_id
  same(led.text, JSON.stringify([{ service_request_id: id, token }]), 'tokens/{token}.json')
  same((await get(`tokens/${token}.xml`)).text, `${XML}<service_requests><request><service_request_id>${id}</service_request_id><token>${token}</token></request></service_requests>\n`, 'tokens/{token}.xml')
  same(JSON.parse((await get(`tokens/${idem}.json`)).text)[0].service_request_id, kept, 'a lost answer is found by its Idempotency-Key')
  for (const t of [uuid7(), 'x', told, '0']) await refused(await get(`tokens/${t}.json`), 404, 'token was not found', 'token ' + t)
  await bad(want, key, others)
}

async function bad(want, key, others) {
  const wrong = async (change, status, says, path = 'requests.json') => {
    const fields = { ...want, ...change }
    for (const k of Object.keys(fields)) if (fields[k] === undefined) delete fields[k]
    await refused(await post(path, fields), status, says, JSON.stringify(change).slice(0, 80))
  }
  await wrong({ api_key: undefined }, 403, 'api_key is missing or not valid')
  await wrong({ api_key: '' }, 403, 'api_key is missing or not valid', 'requests.xml')
  await wrong({ api_key: key.slice(0, -1) + (key.endsWith('A') ? 'B' : 'A') }, 403, 'api_key is missing or not valid', 'requests.xml')
  await wrong({ api_key: 'x'.repeat(5000) }, 403, 'api_key is missing or not valid')
  await wrong({ api_key: others.resident }, 403, 'api_key is missing or not valid')
  await refused(await post('requests.json', { ...want, api_key: '' }, others.clerk), 403, 'api_key is missing or not valid', 'who is signed in needs a key like anybody')
  await wrong({ service_code: undefined }, 400, 'service_code was not provided')
  await wrong({ service_code: 'nothing' }, 404, 'service_code was not found')
  await wrong({ service_code: 'quarrel' }, 404, 'service_code was not found')
  await wrong({ lat: '', long: '' }, 400, 'lat and long, address_string or address_id was not provided')
  await wrong({ lat: '' }, 400, 'lat was not provided')
  await wrong({ long: '' }, 400, 'long was not provided')
  await wrong({ lat: '91' }, 400, 'lat is not a position in range (90)')
  await wrong({ long: '-180.1' }, 400, 'long is not a position in range (180)')
  await wrong({ lat: 'north' }, 400, 'lat is not a position in range (90)')
  await wrong({ description: 'x'.repeat(4001) }, 400, 'description is too long (4000)')
  await wrong({ description: 'a <b>bold</b> word' }, 400, 'description holds markup')
  await wrong({ phone: 'call me' }, 400, 'phone is not in the form that it needs (20)')
  await wrong({ email: 'nobody' }, 400, 'email is not in the form that it needs')
  await wrong({ media_url: 'file:///etc/passwd' }, 400, 'media_url is not in the form that it needs')
  await wrong({ 'attribute[depth]': '' }, 400, 'attribute[depth] was not provided')
  await wrong({ 'attribute[depth]': 'deep' }, 400, 'attribute[depth] is not a number')
  await wrong({ 'attribute[depth]': '301' }, 400, 'attribute[depth] is too large (300)')
  await wrong({ 'attribute[kind]': 'sea' }, 400, 'attribute[kind] is not one of the values that there are')
  await wrong({ 'attribute[nix]': '1' }, 400, 'attribute[nix] is not known')
  await wrong({ jurisdiction_id: '999999' }, 404, 'jurisdiction_id was not found')
  await refused(await post('requests.json', [...Object.entries(want), ['description', 'a'], ['description', 'b']]), 400, 'description stands twice', 'a field twice')
  await refused(await post('requests.json', [...Object.entries(want), ['attribute[depth]', '31']]), 400, 'attribute[depth] stands twice', 'one answer twice')
  const send = (body, type) => fetch(`http://127.0.0.1:${port}${base}requests.json`, { method: 'POST', body, headers: { 'content-type': type } })
    .then(async (r) => ({ status: r.status, text: await r.text(), type: r.headers.get('content-type') }))
  await refused(await send('{}', 'application/json'), 400, 'the body is not a form', 'JSON')
  await refused(await send('--x\r\nnonsense', 'multipart/form-data; boundary=x'), 400, 'the form could not be read', 'a broken multipart')
  await refused(await send('description=%ff', 'application/x-www-form-urlencoded'), 400, 'a field of the form is not valid UTF-8', 'not UTF-8')
  const form = new FormData()
  for (const [k, v] of Object.entries(want)) form.append(k, v)
  form.append('media', new Blob(['not a picture at all']), 'a.jpg')
  await refused(await post('requests.json', form), 400, 'media is not a picture', 'a photo that is none')
}

async function reading(clerk) {
  // unseen until somebody looked: in no list, but whoever has its id reads how it stands
  const unseen = JSON.parse((await get('requests.json')).text)
  say(Array.isArray(unseen) && !unseen.some((r) => r.service_request_id === told), 'what nobody has looked at is in no list')
  await act(clerk, told, 'register', { category: 'flood', public_title: '桥下 <积水> & "深" \u{1F30A}' })
  const view = (await call('GET', '/reports/' + told, undefined, clerk)).json
  const pub = (await call('GET', `/reports/${told}/public`)).json
  const row = { service_request_id: told, status: 'open', status_notes: '已受理', service_name: '积水', service_code: 'flood',
    description: '桥下 <积水> & "深" \u{1F30A}', agency_responsible: null, service_notice: null, requested_datetime: w3c(view.opened_at),
    updated_datetime: w3c(view.changed_at), expected_datetime: w3c(view.due_at), address: null, address_id: null, zipcode: null,
    lat: pub.lat, long: pub.lon, media_url: null }
  const seven = (v) => v.toFixed(7)
  const json = JSON.stringify([row]).replace(/"lat":[^,]*,"long":[^,]*/, `"lat":${seven(pub.lat)},"long":${seven(pub.lon)}`)
  const xml = `${XML}<service_requests>${record('request', { ...row, lat: seven(pub.lat), long: seven(pub.lon) })}</service_requests>\n`
  same((await get(`requests/${told}.json`)).text, json, 'requests/{id}.json: an array of one')
  same((await get(`requests/${told}.xml`)).text, xml, 'requests/{id}.xml')
  same((await get('requests.json')).text, json, 'requests.json')
  same((await get('requests.xml')).text, xml, 'requests.xml')
  say(pub.lat !== view.lat && Math.abs(pub.lat - view.lat) < 0.002, 'the place is the coarse one', `${pub.lat} ${view.lat}`)
  const only = async (query, want, what) => same((await get('requests.json?' + query)).text, want, what)
  await only(`service_request_id=${told},${uuid7()},x&status=closed&service_code=light&start_date=2001-01-01T00:00:00Z`, json, 'ids override all else')
  await only('service_code=light', '[]', 'by service')
  await only('service_code=light,flood&status=open,closed', json, 'by several')
  await only('service_code=floo', '[]', 'a part of a code is none')
  await only('status=closed', '[]', 'by status')
  await only(`start_date=${w3c(view.opened_at)}&end_date=${w3c(view.opened_at + 1000)}`, json, 'by time')
  await only(`start_date=${w3c(view.opened_at + 1000)}`, '[]', 'by time: from later on')
  await only(`end_date=${w3c(view.opened_at)}`, '[]', 'by time: until then')
  const there = new Date(view.opened_at - 1000 + 8 * 3600000).toISOString().slice(0, 19)
  await only(`start_date=${there}%2B08:00&page=1&page_size=1`, json, 'a time of another zone; a page')
  await only(`start_date=${there}+08:00`, json, 'and with a plus that nobody escaped')
  await only('page=2&page_size=1', '[]', 'the page after')
  const wrong = async (query, says) => { await refused(await get('requests.json?' + query), 400, says, query); await refused(await get('requests.xml?' + query), 400, says, query) }
  await wrong('status=open,done', 'status is not one of the values that there are')
  await wrong('start_date=yesterday', 'start_date is not in the form that it needs')
  await wrong('start_date=2026-01-01T00:00:00Z&end_date=2026-04-02T00:00:00Z', 'end_date is too large (90)')
  await wrong('start_date=2026-02-01T00:00:00Z&end_date=2026-01-01T00:00:00Z', 'end_date is too small')
  await wrong('page_size=1001', 'page_size is too large (1000)')
  await wrong('page=0', 'page is too small (1)')
  await wrong('page=x', 'page is not a number')
  await wrong('service_request_id=' + Array.from({ length: 101 }, (_, i) => 'i' + i), 'service_request_id holds too many (100)')
  for (const id of [uuid7(), '0', 'x', '%2e%2e']) {
    const r = await get(`requests/${id}.json`)
    say([400, 404].includes(r.status), 'request ' + id + ' is not here', r.text)
  }
  await refused(await get(`requests/${uuid7()}.xml`), 404, 'service_request_id was not found', 'an unknown request')
  await refused(await get('requests'), 404, 'resource was not found', 'no format')
  await refused(await get('nothing.json'), 404, 'resource was not found', 'an unknown resource')
  await refused(await get('nothing/below.xml'), 404, 'resource was not found', 'an unknown resource below')
  await refused(await post('services.json', {}), 404, 'resource was not found', 'a posting where none is taken')
  // the table
  const csv = await get('requests.csv')
  const head = ['service_request_id', 'service_request_number', 'status', 'status_notes', 'service_name', 'service_code', 'description', 'agency_responsible', 'requested_datetime', 'updated_datetime', 'expected_datetime', 'lat', 'long']
  same(csv.text.replace(/^\ufeff/, ''), head.map((h) => `"${h}"`).join() + '\r\n' + [`"${told}"`, view.number, '"open"', '"已受理"', '"积水"', '"flood"', '"桥下 <积水> & ""深"" \u{1F30A}"', '',
    `"${row.requested_datetime}"`, `"${row.updated_datetime}"`, `"${row.expected_datetime}"`, seven(pub.lat), seven(pub.lon)].join() + '\r\n', 'requests.csv')
  same(csv.type, 'text/csv; charset=utf-8', 'requests.csv: type')
  same(csv.headers.get('linli-rows'), '1', 'requests.csv: how many')
  await refused(await get('requests.csv?page_size=5001'), 400, 'page_size is too large (5000)', 'requests.csv is bounded')
}

async function updating(key, other, clerk, officer) {
  const updates = async (query) => JSON.parse((await get('servicerequestupdates.json?' + query)).text)
  const steps = []
  const took = async (who, action, more, status, says) => {
    const r = await act(who, told, action, more)
    steps.push({ update_id: String(r.seq), service_request_id: told, status, updated_datetime: w3c(r.at), description: says, media_url: null })
    const now = JSON.parse((await get(`requests/${told}.json`)).text)[0]
    same(now.status, status === 'CLOSED' ? 'closed' : 'open', `after ${action} it is ${status}`)
  }
  const first = await updates('service_request_id=' + told)
  same(first.length, 1, 'registering was the first step')
  same(first[0].status, 'INVESTIGATING', 'and is told')
  steps.push(first[0])
  await took(clerk, 'dispatch', { to: officer.person }, 'ACTION_SCHEDULED', '有人在办')
  await took(officer.who, 'accept', {}, 'IN_PROGRESS', '有人在办')
  const note = { api_key: key, service_request_id: told, status: 'IN_PROGRESS', description: '补充一句', update_id: 'u1' }
  let r = await post('servicerequestupdates.json', note)
  const made = JSON.parse(r.text)[0].update_id
  same(r.text, JSON.stringify([{ update_id: made }]), 'POST servicerequestupdates.json')
  same((await post('servicerequestupdates.json', note)).text, r.text, 'the same update again')
  await refused(await post('servicerequestupdates.json', { ...note, description: '改了' }), 400, 'this key was used for another posting', 'the same update with other words')
  const form = new FormData()
  for (const [k, v] of Object.entries({ ...note, update_id: 'u2', description: '', media_url: 'https://example.org/p.jpg' })) form.append(k, v)
  form.append('media', new Blob([readFileSync('src/app/demo/cover_after.jpg')], { type: 'image/jpeg' }), 'b.jpg')
  r = await post('servicerequestupdates.xml', form)
  same(r.text, `${XML}<service_request_updates><request_update><update_id>${(r.text.match(/<update_id>(\d+)/) || [])[1]}</update_id></request_update></service_request_updates>\n`, 'POST servicerequestupdates.xml with a photo')
  const timeline = (await call('GET', '/reports/' + told, undefined, clerk)).json.timeline
  const notes = timeline.filter((e) => e.type === 'report.note')
  say(notes.length === 2 && notes[0].data.text === '补充一句' && notes[1].data.text === 'https://example.org/p.jpg' && notes[1].data.photos.length === 1, 'both are notes of the report', JSON.stringify(notes))
  await took(officer.who, 'finish', { text: '水排完了' }, 'IN_PROGRESS', '已办等复核')
  await took(clerk, 'verify', {}, 'FIXED', '已办等复核')
  r = await post('servicerequestupdates.json', { api_key: key, service_request_id: told, status: 'FIXED' })
  say(r.status === 201, 'the program says that it is solved', r.text)
  say((await call('GET', '/reports/' + told, undefined, clerk)).json.data.satisfied === true, 'and the report knows')
  await took(clerk, 'close', {}, 'CLOSED', '办结')
  r = await post('servicerequestupdates.json', { api_key: key, service_request_id: told, status: 'OPEN', description: '又积水了' })
  say(r.status === 201, 'the program opens it again', r.text)
  same((await call('GET', '/reports/' + told, undefined, clerk)).json.state, 'handling', 'and it is worked on')
  const all = await updates('service_request_id=' + told)
  steps.push(all.at(-1))
  same(steps.at(-1).status, 'IN_PROGRESS', 'opened again')
  same(JSON.stringify(all), JSON.stringify(steps), 'all steps, exactly')
  same((await get('servicerequestupdates.xml?service_request_id=' + told)).text, `${XML}<service_request_updates>${steps.map((s) => record('request_update', s)).join('')}</service_request_updates>\n`, 'servicerequestupdates.xml')
  same(JSON.stringify(await updates('')), JSON.stringify(steps), 'all of the last days')
  same(JSON.stringify(await updates('page=2&page_size=3')), JSON.stringify(steps.slice(3, 6)), 'a page of them')
  same(JSON.stringify(await updates('end_date=2026-01-01T00:00:00Z')), '[]', 'none of long ago')
  // bad ones
  const wrong = async (change, status, says) => {
    const fields = { ...note, update_id: '', ...change }
    for (const k of Object.keys(fields)) if (fields[k] === undefined) delete fields[k]
    await refused(await post('servicerequestupdates.xml', fields), status, says, 'update ' + JSON.stringify(change))
  }
  await wrong({ api_key: '' }, 403, 'api_key is missing or not valid')
  await wrong({ api_key: other }, 403, 'api_key does not open this')
  await wrong({ service_request_id: '' }, 400, 'service_request_id was not provided')
  await wrong({ service_request_id: uuid7() }, 404, 'service_request_id was not found')
  await wrong({ status: '' }, 400, 'status was not provided')
  await wrong({ status: 'open' }, 400, 'status is not one of the values that there are')
  await wrong({ description: '' }, 400, 'description was not provided')
  await wrong({ description: 'x'.repeat(1001) }, 400, 'description is too long (1000)')
  await wrong({ media_url: 'javascript:x' }, 400, 'media_url is not in the form that it needs')
  // what was told too early is taken back
  const taken = JSON.parse((await post('requests.json', { api_key: key, service_code: 'light', address_string: '路口' })).text)[0].service_request_id
  say((await post('servicerequestupdates.json', { api_key: key, service_request_id: taken, status: 'CLOSED' })).status === 201, 'the program takes back what nobody has taken on')
  const gone = JSON.parse((await get(`requests/${taken}.json`)).text)[0]
  same(gone.status + gone.status_notes, 'closed已撤回', 'and it is over')
}

// Requests of another place, as its own Open311 hands them out in bulk, become reports here by the import that there is.
async function bulk(clerk) {
  const heads = (await get('requests.csv?page_size=1')).text.split('\r\n')[0]
  const row = (id, n, status, code, text, lat, lon) => `"${id}",${n},"${status}","已办","x","${code}","${text}",,"2026-05-01T08:00:00Z","2026-05-02T08:00:00Z",,${lat},${lon}`
  const csv = [heads, row('a-1', 1, 'open', 'light', '路灯不亮', 29.6494, 91.1066), row('a-2', 2, 'closed', 'flood', '路口积水', 29.6495, 91.1067), row('a-3', 3, 'open', 'nothing', '不知道是什么', 29.65, 91.1), ''].join('\r\n')
  const job = uuid7(), upload = uuid7(), bytes = Buffer.from(csv)
  const ok = async (method, path, body) => { const r = await call(method, path, body, clerk); say(r.status < 300, `${method} ${path.replace(/[0-9a-f-]{36}/g, '{}')}`, r.text); return r.json }
  await ok('POST', '/jobs', { id: job, action: 'report.import', name: '外来清单' })
  await ok('POST', '/uploads', { id: upload, matter: job, size: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex'), kind: 'sheet' })
  const part = await fetch(`http://127.0.0.1:${port}/api/v1/uploads/${upload}/0`, { method: 'PUT', body: bytes, headers: clerk })
  say(part.status === 200, 'the sheet is sent', String(part.status))
  await ok('POST', `/uploads/${upload}/finish`)
  const seen = await ok('POST', `/jobs/${job}/sheet`, { upload })
  const mapped = Object.fromEntries(seen.columns.filter((c) => c.field).map((c) => [c.heading, c.field]))
  same(JSON.stringify(mapped), JSON.stringify({ service_request_id: 'external_number', status: 'status', status_notes: 'result', service_name: 'category', description: 'text', requested_datetime: 'original_at', lat: 'point.lat', long: 'point.lon' }), 'its columns are known')
  await ok('PUT', `/jobs/${job}/sheet`, { columns: seen.columns.filter((c) => c.field && c.heading !== 'service_name').map((c) => ({ column: c.column, field: c.field })).concat({ column: 5, field: 'category' }) })
  const staged = await ok('POST', `/jobs/${job}/sheet/rows`, {})
  same(staged.total, 3, 'all rows are staged')
  await ok('POST', `/jobs/${job}/start`, {})
  let view
  for (let i = 0; i < 200 && (view = (await call('GET', '/jobs/' + job, undefined, clerk)).json).state !== 'done'; i++) await new Promise((r) => setTimeout(r, 50))
  say(view.state === 'done' && view.data.done === 2 && view.data.refused === 1, 'two are taken, the third has no such category', JSON.stringify(view.data))
  const list = (await call('GET', '/reports?limit=20', undefined, clerk)).json.rows
  const lit = list.find((r) => r.text === '路灯不亮'), wet = list.find((r) => r.text === '路口积水')
  say(lit?.state === 'collected' && lit.category === 'light' && wet?.state === 'closed', 'open ones wait to be looked at, closed ones are over', JSON.stringify([lit, wet]))
  const whole = (await call('GET', '/reports/' + wet.id, undefined, clerk)).json
  say(whole.data.external_number === 'a-2' && whole.data.original_at === Date.UTC(2026, 4, 1, 8), 'with their number and time', JSON.stringify(whole.data))
}

async function privacy(clerk, key) {
  // a report of a quarrel made here is not there, whatever is asked
  const id = uuid7()
  const made = await call('POST', '/reports', { id, category: 'quarrel', text: '邻居吵', point: { lon: 91.1066, lat: 29.6494 } }, clerk)
  say(made.status === 201, 'a quarrel is told', made.text)
  await act(clerk, id, 'register', { category: 'quarrel', public_title: '邻里' })
  say((await get(`requests/${id}.json`)).status === 404, 'it is not here by its id')
  same((await get('servicerequestupdates.json?service_request_id=' + id)).text, '[]', 'nor what became of it')
  same((await get('requests.json?service_request_id=' + id)).text, '[]', 'nor in a list of ids')
  say((await post('servicerequestupdates.json', { api_key: key, service_request_id: id, status: 'OPEN', description: 'x' })).status === 404, 'nor for a program')
  let looked = 0
  for (const path of ['requests.json', 'requests.xml', 'requests.csv', `requests/${told}.xml`, 'servicerequestupdates.json', 'services.json', 'discovery.json', 'requests.json?status=open&api_key=' + key]) {
    const text = (await get(path)).text
    looked += text.includes(told)
    for (const s of [...SECRET, '补充一句', '水排完了', '又积水了', '邻里', id, key]) say(!text.includes(s), `${path} says nothing of a person`, s)
  }
  say(looked >= 5, 'and there was something to look at')
  for (const s of [...SECRET, key, '补充一句']) say(!logged.includes(s), 'the log says nothing of a person', s)
  say(logged.includes('/open311/v2/requests.json'), 'and there was a log')
}

async function quota(admin) {
  const made = await call('POST', '/tokens', { name: '小程序', role: 'program', place: admin.place, days: 30, per_hour: 2 }, admin.who)
  say(made.status === 201, 'an admin makes a key with a limit', made.text)
  const send = () => post('servicerequestupdates.json', { api_key: made.json.token })
  say((await send()).status === 400 && (await send()).status === 400, 'two an hour')
  const r = await send()
  await refused(r, 429, 'too many requests, try again later', 'the third')
  const wait = Number(r.headers.get('retry-after'))
  say(wait > 1700 && wait <= 1800, 'and is told when to come again', String(wait))
  const rows = (await call('GET', '/tokens', undefined, admin.who)).json.rows
  say(rows.some((t) => t.id === made.json.id && t.per_hour === 2 && t.name === '小程序') && !JSON.stringify(rows).includes(made.json.token), 'the key is listed, its text is not')
  // another key for the same program follows what the first one sent
  const long = await call('POST', '/tokens', { name: '小程序', role: 'program', place: admin.place, days: 30 }, admin.who)
  const own = JSON.parse((await post('requests.json', { api_key: long.json.token, service_code: 'light', address_string: '路口' })).text)[0].service_request_id
  const next = await call('POST', `/tokens/${long.json.id}/renew`, { days: 366 }, admin.who)
  say(next.status === 201 && next.json.token !== long.json.token, 'a key is renewed', next.text)
  const add = (key) => post('servicerequestupdates.json', { api_key: key, service_request_id: own, status: 'OPEN', description: '补充' })
  const by = await add(next.json.token)
  say(by.status === 201 && (await add(long.json.token)).status === 201, 'the new one follows what the old one sent, which still works', by.text)
  say((await call('DELETE', '/tokens/' + long.json.id, undefined, admin.who)).status === 204 && (await add(long.json.token)).status === 403, 'until it is taken back')
  say((await add(next.json.token)).status === 201, 'the new one goes on')
  say((await call('DELETE', '/tokens/' + next.json.id, undefined, admin.who)).status === 204 && (await add(next.json.token)).status === 403, 'and is taken back at once as well')
  say((await call('POST', `/tokens/${next.json.id}/renew`, { days: 1 }, admin.who)).status === 404, 'what is gone is not renewed')
  say((await call('DELETE', '/tokens/' + made.json.id, undefined, admin.who)).status === 204, 'the admin takes it back')
  await refused(await send(), 403, 'api_key is missing or not valid', 'and it opens nothing any more')
  let limited
  for (let i = 0; i < 90 && !limited; i++) { const got = await get('requests.csv', { 'x-forwarded-for': '203.0.113.7' }); if (got.status === 429) limited = got }
  await refused(limited, 429, 'too many requests, try again later', 'an address that asks too often')
  say(Number(limited.headers.get('retry-after')) > 0, 'with a time to come again')
}

async function run(store) {
  logged = ''
  await start(store)
  const clerk = await signIn(store, 'clerk', '文书甲'), officer = await signIn(store, 'officer', '网格员乙'), admin = await signIn(store, 'admin', '管理丙')
  const seed = (await call('POST', '/totp', {}, admin.who)).json.secret
  say((await call('POST', '/totp', { code: totp(seed) }, admin.who)).status === 200, 'a second factor')
  admin.place = (await call('GET', '/community')).json.code
  for (const c of [category('flood', 'flood', '积水', { form: FORM, position: 1 }), category('light', 'light', '路灯', { position: 2 }),
    category('quarrel', 'quarrel', '纠纷', { position: 3 }), category('talks', 'help', '调解', { position: 4, default_role: 'mediator' }), category('old', 'other', '旧的', { position: 5 })]) {
    const r = await call('POST', '/categories', c, clerk.who)
    say(r.status === 201, 'category ' + c.code, r.text)
    if (c.code === 'old') say((await call('POST', `/categories/${c.id}/retire`, { version: r.json.version }, clerk.who)).status === 200, 'one is retired')
  }
  const key = (role = 'program') => tell(['token', ...store, '--role', role, '--name', 'app']).split('\n').pop()
  const own = key(), other = key()
  const resident = (await call('POST', '/tokens', { name: 'r', role: 'resident', place: admin.place, days: 1 }, admin.who)).json.token
  await discovery(admin.place)
  await services()
  await service()
  await posting(own, clerk.who, { resident, clerk: clerk.who })
  await reading(clerk.who)
  await updating(own, other, clerk.who, officer)
  await privacy(clerk.who, own)
  await bulk(clerk.who)
  await quota(admin)
  const over = new Promise((done) => { child.removeAllListeners('exit'); child.on('exit', done) })
  child.kill('SIGTERM')
  say(await over === 0, 'the server stops by itself')
  say(tell(['verify', ...store]).length > 0, 'the log verifies')
}

const dir = mkdtempSync('/tmp/linli-open311.')
const pg = process.env.LINLI_TEST_PG, name = 'open311_' + process.pid
try {
  engine = 'sqlite'
  await run(['--data', dir + '/data'])
  engine = 'postgres'
  if (pg) {
    execFileSync('psql', ['-q', pg, '-c', `CREATE DATABASE ${name}`])
    await run(['--data', dir + '/pgdata', '--db', pg.replace(/^(postgres(?:ql)?:\/\/[^/]*)\/[^?]*/, '$1/' + name)])
  } else console.log('skipped: postgres (LINLI_TEST_PG is not set)')
} catch (e) {
  say(false, e.stack)
} finally {
  child?.kill('SIGKILL')
  if (pg) try { execFileSync('psql', ['-q', pg, '-c', `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`]) } catch { /* never made */ }
  rmSync(dir, { recursive: true, force: true })
}
console.log(`passed=${passed} failed=${failed}`)
process.exit(failed ? 1 : 0)
