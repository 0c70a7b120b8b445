// What the figures stand on: servers, their CPU time, filled databases at rest, signed-in people, nginx.
import { execFile, execFileSync, spawn } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, openSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import { promisify } from 'node:util'

const run = promisify(execFile)
export const dir = process.cwd() + '/build/bench'
export const bin = process.cwd() + '/build/linli'
const tools = process.cwd() + '/build/test/bench'
const PEOPLE = 32
const REPORTS = 2000
const TICK_US = 1e6 / Number(execFileSync('getconf', ['CLK_TCK']))
const children = new Set()

export const say = (what) => process.stderr.write(`bench: ${what}\n`)
export const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)]
export function stopAll() {
  for (const c of children) c.kill('SIGKILL')
}

export const row = (name, value, unit, reference, ratio, goal) =>
  ({ name, value, unit, reference: reference ?? null, ratio: ratio ?? null, goal: goal ?? null,
    met: goal === undefined ? null : (ratio ?? value) >= goal })
// What must stay below a limit: reference is the limit.
export const under = (name, value, unit, limit) =>
  ({ name, value, unit, reference: limit, ratio: value / limit, goal: 1, met: value < limit })

// ---- CPU time, user and system, in microseconds ----

function stat(pid) {
  const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
  const f = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return { parent: Number(f[1]), own: Number(f[11]) + Number(f[12]), reaped: Number(f[13]) + Number(f[14]) }
}

export const cpuOf = (pid) => stat(pid).own * TICK_US

// A process, its children alive, and those that it has waited for.
export function cpuOfFamily(pid) {
  let ticks = 0
  for (const p of readdirSync('/proc').filter((n) => /^\d+$/.test(n))) {
    try {
      const s = stat(p)
      if (Number(p) === pid) ticks += s.own + s.reaped
      else if (s.parent === pid) ticks += s.own
    } catch { /* it ended meanwhile */ }
  }
  return ticks * TICK_US
}

export function pssOf(pid) {
  return Number(readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1').match(/^Pss:\s+(\d+)/m)[1]) / 1024
}

// ---- programs ----

export async function tool(name, args, env = {}) {
  const { stdout } = await run(`${tools}/${name}`, args.map(String), { env: { ...process.env, ...env }, maxBuffer: 1 << 26 })
  return stdout
}

const options = (args) => Object.entries(args).flatMap(([k, v]) => [`--${k}`, v])

export async function load(args, refusedMay = 0) {
  const r = JSON.parse(await tool('load', options(args)))
  if (r.failed > refusedMay || r.ok === 0) throw new Error(`load: ${r.ok} answered, ${r.failed} refused`)
  return r
}

// Connections that stay: the first line that it prints is in `open`; say() gives it a line and returns its answer, end()
// closes its input and returns what it says last.
export function crowd(args) {
  const child = spawn(`${tools}/crowd`, options(args).map(String), { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = [], waiting = []
  let text = '', over = false
  children.add(child)
  const line = () => new Promise((resolve, reject) => {
    if (lines.length) resolve(lines.shift())
    else if (over) reject(new Error('the crowd has ended'))
    else waiting.push({ resolve, reject })
  })
  child.stdout.on('data', (d) => {
    const parts = (text + d).split('\n')
    text = parts.pop()
    for (const p of parts) waiting.length ? waiting.shift().resolve(JSON.parse(p)) : lines.push(JSON.parse(p))
  })
  child.on('exit', (code) => {
    over = true
    children.delete(child)
    for (const w of waiting) w.reject(new Error(`the crowd ended with ${code}`))
  })
  return {
    open: line(),
    say: (what) => { child.stdin.write(`${what}\n`); return line() },
    end: () => { const last = line().catch(() => null); child.stdin.end(); return last },
  }
}

export function serve(where, { env = {}, args = [] } = {}) {
  return new Promise((resolve, reject) => {
    const began = process.hrtime.bigint()
    // the default level of its log, into a file, as a service has it; requests are counted, but a bench may ask often
    const often = ['--requests-per-address', '1000000', '--requests-per-account', '1000000']
    const child = spawn(bin, ['serve', ...where, '--listen', '127.0.0.1:0', ...often, ...args],
      { stdio: ['ignore', 'pipe', openSync(`${dir}/server.log`, 'w')], env: { ...process.env, ...env } })
    children.add(child)
    let text = ''
    child.stdout.on('data', (d) => {
      text += d
      const m = text.match(/127\.0\.0\.1:(\d+)/)
      if (m) resolve({ pid: child.pid, port: Number(m[1]), began, stop: () => end(child) })
    })
    child.on('exit', (code) => reject(new Error(`the server ended with ${code}: ${text}`)))
  })
}

function end(child) {
  return new Promise((r) => {
    children.delete(child)
    child.on('exit', r)
    child.kill('SIGTERM')
  })
}

// A program of another house; the returned function ends it.
export function keep(child) {
  children.add(child)
  return () => end(child)
}

// ---- filled databases, at rest ----

const where = {
  sqlite: (d) => ['--data', d, '--key', `${dir}/key.sqlite`],
  postgres: (d, url) => ['--data', d, '--key', `${dir}/key.postgres`, '--db', url],
}

// Each from an address of its own: sign-ins are limited by address.
function post(port, path, body, localAddress) {
  return new Promise((resolve, reject) => {
    const rq = http.request({ host: '127.0.0.1', port, path, method: 'POST', localAddress,
      headers: { 'content-type': 'application/json' } }, (r) => {
      let text = ''
      r.on('data', (d) => (text += d))
      r.on('end', () => resolve({ status: r.statusCode, cookie: r.headers['set-cookie']?.[0], text }))
    })
    rq.on('error', reject)
    rq.end(JSON.stringify(body))
  })
}

// args: what `linli user` makes a code for; gives "cookie csrf".
export async function signInBy(place, port, number, args) {
  const text = execFileSync(bin, ['user', ...place, ...args]).toString()
  const code = text.trim().split('\n').pop()
  const r = await post(port, '/api/v1/sessions', { code }, `127.0.${Math.floor(number / 200)}.${number % 200 + 2}`)
  if (r.status !== 201) throw new Error(`sign in: ${r.status} ${r.text}`)
  return `${r.cookie.split(';')[0]} ${JSON.parse(r.text).csrf}\n`
}

const signIn = (place, port, number, role) => signInBy(place, port, number, ['--role', role, '--name', `bench ${number}`])

export const REPORT = JSON.stringify({ id: '{id}', category: 'leak', language: 'zh', phone: '13908910000',
  text: '三号楼二单元门口的水管从昨天晚上开始漏水，地面已经结冰，老人出门很危险，请尽快派人来看一下。',
  near: '三号楼二单元', point: { lon: 91.1172, lat: 29.6469, accuracy: 12 } })
export const NOTE = JSON.stringify({ id: '{id}', text: '今天早上又看了一次，水漏得更大了，门口已经没法走。' })

// So many more people with a session of their own each, into a file of their name.
export async function people(world, engine, role, count) {
  const file = `${dir}/${role}s.${engine}`
  if (existsSync(file)) return file
  say(`signing in ${count} ${role}s`)
  const place = where[engine](`${dir}/${engine}`, world.url)
  const s = await serve(place)
  const lines = []
  for (let i = 0; i < count; i++) lines.push(await signIn(place, s.port, i, role))
  await s.stop()
  writeFileSync(file, lines.join(''))
  return file
}

async function fill(engine, url) {
  const place = where[engine](`${dir}/${engine}`, url)
  const s = await serve([...place, '--demo'])
  const lines = []
  for (let i = 0; i < PEOPLE; i++) lines.push(await signIn(place, s.port, i, 'resident'))
  writeFileSync(`${dir}/sessions.${engine}`, lines.join(''))
  writeFileSync(`${dir}/desk.${engine}`, await signIn(place, s.port, PEOPLE, 'dispatcher'))
  await load({ port: s.port, count: REPORTS, method: 'POST', path: '/api/v1/reports', body: REPORT,
    sessions: `${dir}/sessions.${engine}`, save: `${dir}/items.${engine}` })
  await s.stop()
}

function postgres(line) {
  const text = execFileSync('bash', ['-c', `. script/postgres.sh; ${line}`]).toString().trim()
  return text.split('\n').pop()
}

function startPostgres() {
  const [url, folder, programs] = postgres('postgres_start >&2 && echo "$LINLI_TEST_PG $LINLI_TEST_PG_DIR $LINLI_TEST_PG_PROGRAMS"').split(' ')
  const env = `LINLI_TEST_PG='${url}' LINLI_TEST_PG_DIR=${folder} LINLI_TEST_PG_PROGRAMS=${programs}`
  process.on('exit', () => { try { postgres(`${env}; postgres_stop`) } catch { /* it is gone */ } })
  return {
    pid: Number(readFileSync(`${folder}/data/postmaster.pid`, 'latin1').split('\n')[0]),
    database: (name) => postgres(`${env}; postgres_database ${name}`),
    ask: (name, sql) => postgres(`${env}; postgres_as_owner ${programs}/psql -h ${folder} -U linli -At -d ${name} -c '${sql}'`),
    copy: (from, to) => postgres(`${env}; postgres_as_owner ${programs}/dropdb -h ${folder} -U linli --if-exists --force ${to} 2>/dev/null;` +
      `postgres_as_owner ${programs}/createdb -h ${folder} -U linli -T ${from} ${to} >&2; echo "postgresql://linli@/${to}?host=${folder}"`),
  }
}

export const postgresFor = (world) => (world.postgres ??= startPostgres())

// A fresh copy of the filled database; the same state for every round of either side.
export function engineOf(world, engine) {
  if (engine === 'sqlite') {
    return {
      name: engine,
      copy: () => {
        rmSync(`${dir}/round`, { recursive: true, force: true })
        cpSync(`${dir}/sqlite`, `${dir}/round`, { recursive: true })
        execFileSync('sync', ['-f', dir])
        return { place: where.sqlite(`${dir}/round`), bare: ['bare_sqlite', `${dir}/round/linli.db`] }
      },
      storeCpu: () => 0,
    }
  }
  const pg = (world.postgres ??= startPostgres())
  return {
    name: engine,
    copy: () => {
      rmSync(`${dir}/round`, { recursive: true, force: true })
      cpSync(`${dir}/postgres`, `${dir}/round`, { recursive: true })
      const url = pg.copy('base', 'round')
      return { place: where.postgres(`${dir}/round`, url), bare: ['bare_postgres', url] }
    },
    storeCpu: () => cpuOfFamily(pg.pid),
  }
}

export async function filled(world, engine) {
  if (world.filled.has(engine)) return
  say(`filling ${engine}`)
  const url = engine === 'postgres' ? (world.postgres ??= startPostgres()).database('base') : undefined
  await fill(engine, url)
  if (url) world.url = url
  world.filled.add(engine)
}

// ---- nginx, as Debian ships it, but for its access log ----

export async function nginx(files) {
  const root = `${dir}/nginx`
  rmSync(root, { recursive: true, force: true })
  mkdirSync(`${root}/www`, { recursive: true })
  for (const [name, bytes] of Object.entries(files)) writeFileSync(`${root}/www/${name}`, bytes)
  execFileSync('chmod', ['-R', 'a+rX', root])
  const port = 20000 + Math.floor(Math.random() * 20000)
  writeFileSync(`${root}/nginx.conf`, `user root; worker_processes 2; pid ${root}/pid; error_log ${root}/error.log;
events { worker_connections 1024; }
http { access_log off; sendfile on; tcp_nopush on; types_hash_max_size 2048; default_type application/json;
 keepalive_requests 100000000; server { listen 127.0.0.1:${port}; root ${root}/www; } }
`)
  const child = spawn('nginx', ['-c', `${root}/nginx.conf`, '-g', 'daemon off;'], { stdio: 'ignore' })
  children.add(child)
  for (let i = 0; ; i++) {
    try { await fetch(`http://127.0.0.1:${port}/`); break } catch (e) { if (i > 50) throw e }
    await new Promise((r) => setTimeout(r, 50))
  }
  return { port, pid: child.pid, stop: () => end(child) }
}

export async function prepare(options) {
  if (!existsSync(bin)) throw new Error('build/linli is missing: script/build')
  rmSync(dir, { recursive: true, force: true })
  mkdirSync(dir, { recursive: true })
  return { ...options, filled: new Set() }
}
