// A job on a real server that is killed again and again (-9) while it runs: in the end every row is there once, the
// refused ones are listed, the live feed has told of it, and it went on by itself after each restart. Both engines.
import { spawn, execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
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
  server.child.kill('SIGTERM')
  await ended(server.child)
  say(server.child.exitCode === 0, engine + ': stopped')
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
