// The documents printed from the action table, and a demo server held against them. Last line: "passed=N failed=M".
import { Validator } from '@seriousme/openapi-schema-validator'
import Ajv2020 from 'ajv/dist/2020.js'
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'

const bin = 'build/linli'
let passed = 0, failed = 0
const say = (ok, what) => { ok ? passed++ : (failed++, console.log('failed:', what)) }
const printed = (what) => execFileSync(bin, ['model', what], { maxBuffer: 1 << 26 }).toString()
const dir = mkdtempSync('/tmp/linli-tables.')

/* ---- the check itself: every rule has its planted fault ---- */
const unit = spawnSync('build-sanitize/test/core_check_test', [], { encoding: 'utf8' })
const cases = Number((unit.stderr + unit.stdout).match(/PASSED +\] (\d+) test/)?.[1] ?? 0)
say(unit.status === 0 && cases >= 3, 'core_check_test: ' + unit.stdout.slice(-500) + unit.stderr.slice(-1500))

/* ---- the model: every row is there and can be described ---- */
const model = JSON.parse(printed('json'))
const words = Object.fromEntries(['zh', 'bo', 'en'].map((l) => [l, new Set()]))
const rows = []
for (const m of model.modules) {
  for (const [kind, list] of [['action', m.actions], ['query', m.queries], ['call', m.calls]])
    for (const x of list) {
      if (x.route) rows.push({ m, kind, x, many: false, ...x.route })
      if (x.many && x.many.path !== x.route?.path) rows.push({ m, kind, x, many: true, ...x.many })
    }
}
say(model.modules.length > 10 && rows.length > 100, `only ${rows.length} routes`)
const named = [] // every word that the model names
const walk = (v) => {
  if (Array.isArray(v)) v.forEach(walk)
  else if (v && typeof v === 'object') {
    for (const k of ['word', 'resident_word']) if (v[k]) named.push(v[k])
    if (v.values_word && v.values) named.push(...v.values.map((x) => v.values_word + x))
    Object.values(v).forEach(walk)
  }
}
walk(model.modules)
const describable = (f) => f.word && (f.type !== 'enum' || f.values.length > 0) && (f.fields ?? []).every(describable)
for (const m of model.modules) {
  say(m.actions.every((a) => a.word && a.fields.every(describable)), `${m.name}: an action cannot be described`)
  say(m.queries.every((q) => q.gives === 'view' || (q.columns.length > 0 && q.columns.every((c) => c.word && c.type) && q.filters.every(describable))), `${m.name}: a list cannot be described`)
}

/* ---- OpenAPI ---- */
const text = printed('openapi')
const api = JSON.parse(text)
const verdict = await new Validator().validate(JSON.parse(text))
say(verdict.valid, 'not valid OpenAPI: ' + JSON.stringify(verdict.errors)?.slice(0, 2000))
say(api.openapi === '3.1.0', api.openapi)
const broken = await new Validator().validate({ ...JSON.parse(text), info: {} }) // the validator is not blind
say(!broken.valid, 'the validator takes anything')

const operations = Object.entries(api.paths).flatMap(([path, item]) => Object.entries(item).filter(([k]) => k !== 'servers').map(([method, o]) => ({ path, method, ...o })))
const ids = operations.map((o) => o.operationId)
say(new Set(ids).size === ids.length, 'two operations of one id: ' + ids.filter((x, i) => ids.indexOf(x) !== i))
const missing = rows.filter((r) => !api.paths[r.path]?.[r.method.toLowerCase()])
say(missing.length === 0, 'routes without an operation: ' + missing.map((r) => r.method + ' ' + r.path))
const pages = operations.filter((o) => o.tags[0] === 'server').map((o) => o.path)
say(operations.length === rows.length + pages.length, `${operations.length} operations, ${rows.length} rows, ${pages.length} pages`)
for (const page of ['/healthz', '/metrics', '/api/openapi.json']) say(pages.includes(page), page)
const refs = new Set(text.match(/#\/components\/[^"]+/g))
const lost = [...refs].filter((r) => !r.slice(2).split('/').reduce((o, k) => o?.[k], api))
say(refs.size > 50 && lost.length === 0, 'references to nothing: ' + lost)
const op = (path, method) => api.paths[path][method]
for (const r of rows.filter((x) => x.kind === 'query' && x.x.gives !== 'view')) {
  const names = op(r.path, 'get').parameters.filter((p) => p.in === 'query').map((p) => p.name).sort()
  const want = [...r.x.filters.map((f) => f.name), ...(r.x.gives === 'list' ? ['limit', ...(r.x.order.length ? ['after'] : [])] : [])].sort()
  say(names.join() === want.join(), `${r.path}: parameters ${names}, want ${want}`)
}
for (const r of rows.filter((x) => x.kind === 'action' && !x.many)) {
  const o = op(r.path, 'post')
  say(o['x-linli-may'].join() === r.x.may.join() && o['x-linli-from'].join() === r.x.from.join() && o.requestBody, r.path)
}
say(op('/events', 'get').responses['2XX'].content['text/event-stream'], 'events are no stream')

/* ---- what is committed is what is printed ---- */
const docs = spawnSync('script/docs', ['check'], { encoding: 'utf8' })
say(docs.status === 0, docs.stdout + docs.stderr)
say(readFileSync('docs/ACTIONS.md', 'utf8').split('\n').length > 100, 'docs/ACTIONS.md is short')

/* ---- a live server ---- */
const child = spawn(bin, ['serve', '--data', dir + '/data', '--listen', '127.0.0.1:0', '--demo', '--log-level', 'error'], { stdio: ['ignore', 'pipe', 'inherit'] })
const ended = new Promise((resolve) => child.on('exit', resolve))
const port = await new Promise((resolve, reject) => {
  let out = ''
  child.stdout.on('data', (d) => { out += d; const m = out.match(/127\.0\.0\.1:(\d+)/); if (m) resolve(m[1]) })
  ended.then((code) => reject(new Error(`server ended: ${code} ${out}`)))
})
const url = 'http://127.0.0.1:' + port
try {
  for (const [path, what] of [['/api/v1/model', 'json'], ['/api/openapi.json', 'openapi']]) {
    const r = await fetch(url + path)
    say(r.status === 200 && r.headers.get('content-type') === 'application/json' && (await r.text()) === printed(what), path + ' is not what is printed')
    const tag = r.headers.get('etag')
    const again = await fetch(url + path, { headers: { 'if-none-match': tag } })
    say(tag?.length > 10 && again.status === 304, `${path}: ${again.status} for ${tag}`)
    const other = await fetch(url + path, { headers: { 'if-none-match': '"other"' } })
    say(other.status === 200, `${path}: ${other.status} for another tag`)
    await other.text()
  }
  say((await fetch(url + '/api/openapi.json', { method: 'POST' })).status === 405, 'POST to a page')
  for (const l of ['zh', 'bo', 'en']) {
    const all = await (await fetch(`${url}/api/v1/words/${l}`)).json()
    const without = named.filter((k) => !all[k])
    say(named.length > 300 && without.length === 0, `${l}: no word for ${without.slice(0, 5)}`)
  }

  /* every list that needs no id is what its schema says */
  const ajv = new Ajv2020({ strict: false, allErrors: true })
  ajv.addSchema({ $id: 'linli', components: api.components })
  const schema = (ref) => ajv.compile({ $ref: 'linli' + ref })
  const token = (role) => execFileSync(bin, ['token', '--data', dir + '/data', '--role', role, '--name', 'tables ' + role]).toString().trim().split('\n').pop()
  const bearer = token('dispatcher')
  const ask = async (path) => {
    const r = await fetch(`${url}/api/v1${path}`, { headers: { authorization: 'Bearer ' + bearer } })
    return { status: r.status, body: await r.json() }
  }
  const building = (await ask('/buildings?limit=1')).body.rows[0]?.id ?? '01980000-0000-7000-8000-000000000001'
  const problem = schema('#/components/schemas/Problem')
  let lists = 0, filled = 0, viewed = 0
  for (const r of rows.filter((x) => x.kind === 'query' && !x.path.includes('{') && !x.x.strong)) {
    const need = r.x.filters.filter((f) => f.required).map((f) => f.name + '=' + ({ lon: 91.118, lat: 29.645, cell: 500, zone: 480, west: 91, south: 29, east: 92, north: 30, code: 'leak', building }[f.name] ?? 'x'))
    const { status, body } = await ask(`${r.path}?${need.join('&')}`)
    if (status === 403 || status === 404) { // not a dispatcher's; a program has no file of its own
      say(problem(body) && (status === 403 || r.x.gives === 'one'), `${r.path}: ${status} ${JSON.stringify(body)}`)
      continue
    }
    const ref = op(r.path, 'get').responses['200'].content['application/json'].schema.$ref
    const fits = schema(ref)
    say(status === 200 && fits(body), `${r.path}: ${status} ${JSON.stringify(fits.errors)?.slice(0, 400)} ${JSON.stringify(body).slice(0, 300)}`)
    lists++
    if (body.rows?.length > 0) filled++
    if (body.rows?.length > 0) say(!fits({ ...body, rows: [{ ...body.rows[0], [r.x.columns[0].name]: [] }] }) , `${r.path}: its schema takes anything`)
    const view = rows.find((v) => v.x.gives === 'view' && v.path === r.path + '/{id}')
    if (!view || !body.rows?.length || !body.rows[0].id) continue
    const { status: may, body: one } = await ask(`${r.path}/${body.rows[0].id}`)
    if (may === 403) { // that there is a door is for more people to know than who lives behind it
      say(problem(one), `${view.path}: ${JSON.stringify(one)}`)
      continue
    }
    viewed++
    const shows = schema(op(view.path, 'get').responses['200'].content['application/json'].schema.$ref)
    say(shows(one), `${view.path}: ${JSON.stringify(shows.errors)?.slice(0, 400)} ${JSON.stringify(one).slice(0, 300)}`)
  }
  say(lists > 10 && filled > 5 && viewed > 2, `only ${lists} lists, ${filled} of them with rows, ${viewed} views`)
} finally {
  child.kill('SIGTERM')
  await ended
  rmSync(dir, { recursive: true, force: true })
}
console.log(`${rows.length} routes, ${named.length} words named`)
console.log(`passed=${passed} failed=${failed}`)
process.exit(failed || passed < 50 ? 1 : 0)
