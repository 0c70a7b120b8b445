// A job on a real server that is killed again and again (-9) while it runs: in the end every row is there once, the
// refused ones are listed, the live feed has told of it, and it went on by itself after each restart. Then a sheet of
// 5,000 residents of which 37 are wrong, killed in the middle: what the check said is what came, and it can be taken
// back. Both engines.
import { spawn, execFileSync } from 'node:child_process'
import { createHash, randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'

const ROWS = 3000, BAD = 250 // every BADth row has no name
let passed = 0, failed = 0
const say = (ok, what, more = '') => { ok ? passed++ : (failed++, console.log('failed:', what, more)) }
const sleep = (ms) => new Promise((r) => setTimeout(r, ms))
const uuid7 = () => { const t = Date.now().toString(16).padStart(12, '0'); return t.slice(0, 8) + '-' + t.slice(8) + '-7' + randomUUID().slice(15) }
const bin = 'build/linli'
let server, who = {}
function start(store) {
  return new Promise((resolve, reject) => {
    const child = spawn(bin, ['serve', ...store, '--listen', '127.0.0.1:0', '--log-level', 'error'], { stdio: ['ignore', 'pipe', 'ignore'] })
    let text = ''
    child.stdout.on('data', (d) => {
      text += d
      const m = text.match(/127\.0\.0\.1:(\d+)/)
      if (m) resolve({ child, port: Number(m[1]) })
    })
    child.on('exit', (code) => reject(new Error('server ended: ' + code + text)))
  })
}
const ended = (child) => (child.exitCode !== null || child.signalCode !== null ? null : new Promise((r) => child.on('exit', r)))
async function call(method, path, body) {
  const r = await fetch(`http://127.0.0.1:${server.port}/api/v1${path}`, { method, body: body && JSON.stringify(body),
    headers: { 'content-type': 'application/json', ...who } })
  const text = await r.text()
  return { status: r.status, json: text ? JSON.parse(text) : null, text, headers: r.headers }
}
// Resolves once the server has said that it will tell; then goes on until the server dies or we are done.
async function follow(frames, signal) {
  const r = await fetch(`http://127.0.0.1:${server.port}/api/v1/events`, { headers: who, signal })
  const read = async () => { for await (const piece of r.body) frames.push(Buffer.from(piece).toString()) }
  read().catch(() => undefined)
}

async function run(engine, store) {
  who = {}
  server = await start(store)
  const out = execFileSync(bin, ['user', ...store, '--role', 'clerk', '--name', '甲'], { stdio: ['ignore', 'pipe', 'inherit'] }).toString()
  const session = await call('POST', '/sessions', { code: out.match(/\b([0-9A-Z]{10})\s*$/)[1] })
  who = { cookie: session.headers.get('set-cookie').split(';')[0], 'x-csrf-token': session.json.csrf }
  const job = uuid7()
  const made = await call('POST', '/jobs', { id: job, action: 'building.add', name: '楼栋' })
  say(made.status === 201, engine + ': open', made.text)
  for (let part = 1, n = 0; n < ROWS; part++) {
    const rows = []
    for (let i = 0; i < 500; i++) {
      n++
      rows.push({ name: n % BAD ? n + '号楼' : undefined, floors: 6, point: { lon: 91.1, lat: 29.6 } })
    }
    const r = await call('POST', `/jobs/${job}/rows`, { part, rows })
    say(r.status === 200 && r.json.total === n, engine + ': part ' + part, r.text)
  }
  const over = await call('POST', `/jobs/${job}/rows`, { part: 7, rows: Array(501).fill({}) })
  say(over.status === 422 && over.json.code === 'too_many', engine + ': 501 rows', over.text)
  const frames = [], end = new AbortController()
  await follow(frames, end.signal)
  say((await call('POST', `/jobs/${job}/start`, {})).status === 200, engine + ': start')
  let kills = 0, seen = 0, view
  for (const until = Date.now() + 90000; Date.now() < until;) {
    await sleep(60)
    view = (await call('GET', '/jobs/' + job)).json
    if (view.state === 'done') break
    if (view.data.next > seen && kills < 6) { // it went on by itself since the last kill
      seen = view.data.next
      kills++
      server.child.kill('SIGKILL')
      await ended(server.child)
      server = await start(store)
      await follow(frames, end.signal) // as a page does: what was told to the one that died may have been lost with it
    }
  }
  say(kills >= 2, engine + ': killed while it ran', kills)
  say(view.state === 'done' && view.data.done === ROWS - ROWS / BAD && view.data.refused === ROWS / BAD, engine + ': done', JSON.stringify(view.data))
  say(view.timeline.filter((t) => t.type === 'job.advance').length === ROWS / 250, engine + ': one step a chunk')
  const errors = (await call('GET', `/jobs/${job}/errors?limit=500`)).json.rows
  say(errors.length === ROWS / BAD && errors.every((e, i) => e.n === (i + 1) * BAD && e.code === 'required' && e.field === 'name'), engine + ': errors', JSON.stringify(errors[0]))
  const names = new Set()
  let total = 0
  for (let after = ''; ;) {
    const page = (await call('GET', '/buildings?limit=100' + after)).json
    for (const b of page.rows) { names.add(b.name); total++ }
    if (!page.next) break
    after = '&after=' + encodeURIComponent(page.next)
  }
  say(total === ROWS - ROWS / BAD && names.size === total, engine + ': each once', total + ' ' + names.size)
  say(frames.join('').includes('"type":"job.advance"') && !frames.join('').includes('号楼'), engine + ': the feed told of it')
  end.abort()
  await residents(engine, store)
  server.child.kill('SIGTERM')
  await ended(server.child)
  say(server.child.exitCode === 0, engine + ': stopped')
}

/* ---- the sheet of an office ---- */

const PEOPLE = 5000, FIRST = 3 // a title and the headings stand above
const HEADINGS = ['姓名', '联系电话', '民族', '备注']
const number = (i) => '139' + String(10_000_000 + i)
// rows of the list (from 0) and what is wrong there
const WRONG = new Map()
const spoil = (n, from, what) => { for (let k = 0; k < n; k++) WRONG.set(from + k * 131, what) }
spoil(12, 5, { cells: (i) => ['', number(i)], code: 'required', field: 'name', limit: () => 0 })
spoil(9, 17, { cells: (i) => ['某' + i, '没有'], code: 'bad_format', field: 'phone', limit: () => 20 })
spoil(11, 1030, { cells: (i) => ['某' + i, number(i - 1000)], code: 'same_row', field: 'phone', limit: (i) => i - 1000 + FIRST }) // far apart: another chunk
spoil(4, 44, { cells: (i) => ['某' + i, ' 139-' + number(i - 1).slice(3)], code: 'same_row', field: 'phone', limit: (i) => i - 1 + FIRST })
spoil(1, 4999, { cells: (i) => ['某' + i, number(90_000)], code: 'phone_taken', field: 'phone', limit: () => 0 }) // on file before
const sheet = () => ['居民花名册,,,', HEADINGS.join(','), ...Array.from({ length: PEOPLE }, (_, i) => {
  const [name, phone] = WRONG.get(i)?.cells(i) ?? ['某' + i, i % 7 ? number(i) : `${number(i)}/${number(i + 50_000)}`]
  return `${name},${phone},略,`
})].join('\r\n') + '\r\n'

async function until(path, state) {
  for (const end = Date.now() + 90000; Date.now() < end; await sleep(60)) {
    const v = (await call('GET', path)).json
    if (v.state === state) return v
  }
  throw new Error('never ' + state)
}
async function counted() {
  let total = 0
  for (let after = ''; ;) {
    const page = (await call('GET', '/people?limit=100&state=active' + after)).json
    total += page.rows.length
    if (!page.next) return total
    after = '&after=' + encodeURIComponent(page.next)
  }
}
const exact = (errors) => errors.length === WRONG.size && errors.every((e) => {
  const i = e.row - FIRST, w = WRONG.get(i)
  return w && e.code === w.code && e.field === w.field && e.limit === w.limit(i) && e.heading === HEADINGS[w.field === 'name' ? 0 : 1]
})
async function residents(engine, store) {
  say(WRONG.size === 37, 'the sheet has 37 wrong rows', WRONG.size)
  const before = await counted()
  const taken = await call('POST', '/people', { id: uuid7(), name: '某人', phone: number(90_000) })
  say(taken.status === 201, engine + ': somebody is on file', taken.text)
  const job = uuid7(), id = uuid7(), bytes = Buffer.from(sheet())
  await call('POST', '/jobs', { id: job, action: 'person.register', name: '居民' })
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  const began = await call('POST', '/uploads', { id, matter: job, size: bytes.length, sha256, kind: 'sheet' })
  say(began.status < 300, engine + ': upload', began.text)
  for (let i = 0; i < began.json.parts; i++)
    await fetch(`http://127.0.0.1:${server.port}/api/v1/uploads/${id}/${i}`, { method: 'PUT', headers: who, body: bytes.subarray(i * began.json.part_bytes, (i + 1) * began.json.part_bytes) })
  await call('POST', `/uploads/${id}/finish`, {})
  const seen = await call('POST', `/jobs/${job}/sheet`, { upload: id })
  const [name, phone, refused, left] = seen.json?.columns ?? []
  say(name?.field === 'name' && phone?.field === 'phone' && refused?.refused && !left?.field && seen.json.rows === PEOPLE, engine + ': preview', seen.text.slice(0, 400))
  say(phone?.left > 0 && !seen.text.includes('略'), engine + ': second numbers are told, refused cells are gone', phone?.left)
  for (let n = 0; n < PEOPLE;) n = (await call('POST', `/jobs/${job}/sheet/rows`, {})).json.staged
  await call('POST', `/jobs/${job}/check`, {})
  const checked = await until('/jobs/' + job, 'checked')
  say(checked.data.checked_bad === 37 && checked.data.checked_good === PEOPLE - 37, engine + ': 37 of 5,000', JSON.stringify(checked.data))
  say(exact((await call('GET', `/jobs/${job}/errors?limit=500`)).json.rows), engine + ': each is told exactly')
  say(await counted() === before + 1, engine + ': a check writes nothing')
  await call('POST', `/jobs/${job}/start`, {})
  let kills = 0
  for (let last = 0; kills < 3;) {
    const v = (await call('GET', '/jobs/' + job)).json
    if (v.state === 'done') break
    if (v.data.next > last) {
      last = v.data.next
      kills++
      server.child.kill('SIGKILL')
      await ended(server.child)
      server = await start(store)
      const at = (await call('GET', '/jobs/' + job)).json.data, there = await counted() - before - 1
      say(there >= at.done, engine + ': never less than the job says', `${there} ${at.done}`)
    }
    await sleep(40)
  }
  const v = await until('/jobs/' + job, 'done')
  say(kills > 0, engine + ': killed while residents came in', kills)
  say(v.data.done === PEOPLE - 37 && v.data.refused === 37, engine + ': what was checked came', JSON.stringify(v.data))
  const errors = (await call('GET', `/jobs/${job}/errors?limit=500`)).json.rows
  say(exact(errors), engine + ': the same errors', JSON.stringify(errors[0]))
  say(await counted() === before + 1 + PEOPLE - 37, engine + ': each once')
  const wrong = (await call('GET', `/jobs/${job}/sheet/wrong`)).json
  say(wrong.rows.length === 37 && !wrong.headings.includes('民族') && wrong.rows.every((r) => r.cells.join() === [...WRONG.get(r.row - FIRST).cells(r.row - FIRST), ''].map((c) => c.trim()).join()), engine + ': the wrong rows as they stand', JSON.stringify(wrong.rows[0]))
  await call('POST', `/jobs/${job}/undo`, {})
  const undone = await until('/jobs/' + job, 'undone')
  say(undone.data.undone === PEOPLE - 37 && undone.data.kept === 0 && await counted() === before + 1, engine + ': taken back', JSON.stringify(undone.data))
}

const dir = mkdtempSync('/tmp/linli-job.')
const pg = process.env.LINLI_TEST_PG
const name = 'job_' + process.pid
try {
  await run('sqlite', ['--data', dir + '/data'])
  if (pg) {
    execFileSync('psql', ['-q', pg, '-c', `CREATE DATABASE ${name}`])
    await run('postgres', ['--data', dir + '/pgdata', '--db', pg.replace(/^(postgres(?:ql)?:\/\/[^/]*)\/[^?]*/, '$1/' + name)])
  } else console.log('skipped: postgres (LINLI_TEST_PG is not set)')
} catch (e) {
  say(false, e.stack)
} finally {
  server?.child.kill('SIGKILL')
  if (pg) try { execFileSync('psql', ['-q', pg, '-c', `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`]) } catch { /* never made */ }
  rmSync(dir, { recursive: true, force: true })
}
console.log(`passed=${passed} failed=${failed}`)
process.exit(failed ? 1 : 0)
