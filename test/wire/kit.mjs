// Plain sockets against the server's own binary: what the other side of the wire may do, and what is answered.
import { spawn, execFileSync } from 'node:child_process'
import { randomUUID, createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import net from 'node:net'
import tls from 'node:tls'

export const bin = process.env.LINLI_WIRE_BINARY || 'build/linli'
const dir = mkdtempSync('/tmp/linli-wire.')
export let server, port, users, passed = 0, failed = 0
let stderr = ''
const overTls = !!process.env.LINLI_WIRE_TLS // the same bytes, inside a TLS session
const connect = () => overTls ? tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false }) : net.connect(port, '127.0.0.1')

export const uuid7 = () => { const t = Date.now().toString(16).padStart(12, '0'); return t.slice(0, 8) + '-' + t.slice(8) + '-7' + randomUUID().slice(15) }
export const sha256 = (b) => createHash('sha256').update(b).digest('hex')
export function check(ok, what) {
  if (ok) passed++
  else { failed++; console.log('failed: ' + what) }
}
// Everybody asks from an address of their own (trusted from loopback only): rates have tests of their own.
let asked = 0
export const address = () => { asked++; return `10.${asked >> 16 & 255}.${asked >> 8 & 255}.${asked & 255}` }

export async function start() {
  const secure = overTls ? ['--tls-cert', dir + '/cert.pem', '--tls-key', dir + '/key.pem'] : []
  if (overTls) execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj', '/CN=localhost', '-keyout', secure[3], '-out', secure[1]], { stdio: 'ignore' })
  // the leak sanitizer looks at its own process as a debugger does, which the sandbox forbids
  const open = bin.includes('sanitize') ? ['--no-sandbox'] : []
  server = spawn(bin, ['serve', '--data', dir + '/data', '--listen', '127.0.0.1:0', '--demo', '--log-level', 'warn', '--requests-per-account', '100000', ...open, ...secure], { stdio: ['ignore', 'pipe', 'pipe'] })
  server.stderr.on('data', (d) => { stderr = (stderr + d).slice(-20000) })
  server.on('exit', (code, signal) => { if (!stopping) { console.log(`the server ended: ${code} ${signal}\n${stderr.slice(-3000)}`); console.log(`passed=${passed} failed=${failed + 1}`); process.exit(1) } })
  let text = ''
  await new Promise((done) => server.stdout.on('data', (d) => { text += d; const m = text.match(/linli is at https?:\/\/127\.0\.0\.1:(\d+)/); if (m) { port = Number(m[1]); done() } }))
  users = JSON.parse(readFileSync(dir + '/data/demo-users.json', 'utf8')) // the demo says who can sign in
}
let stopping = false
export async function stop() {
  stopping = true
  const over = new Promise((done) => server.on('exit', (code) => done(code)))
  server.kill('SIGTERM')
  const code = await over
  check(code === 0, `the server stops by itself: ${code}`)
  check(!/AddressSanitizer|runtime error|Assertion/.test(stderr), 'nothing broke inside: ' + stderr.slice(-2000))
  rmSync(dir, { recursive: true, force: true })
}
export function token(...more) {
  return execFileSync(bin, ['token', '--data', dir + '/data', ...more, '--name', 'wire'], { stdio: ['ignore', 'pipe', 'inherit'] }).toString().trim().split('\n').pop()
}
export const rss_kb = () => Number(readFileSync(`/proc/${server.pid}/status`, 'utf8').match(/VmRSS:\s+(\d+)/)[1])

export function parse(buffer) {
  const text = buffer.toString('latin1'), end = text.indexOf('\r\n\r\n')
  if (end < 0) return { status: 0, headers: {}, body: '', json: null }
  const lines = text.slice(0, end).split('\r\n'), headers = {}
  for (const l of lines.slice(1)) headers[l.slice(0, l.indexOf(':')).toLowerCase()] ??= l.slice(l.indexOf(':') + 1).trim() // of two cookies the session's is the first
  const body = buffer.subarray(end + 4)
  let json = null
  try { json = JSON.parse(body.toString('utf8')) } catch { /* not JSON */ }
  return { status: Number(lines[0].slice(9, 12)), headers, body, json }
}
const whole = (b) => { const r = parse(b); return r.status && r.status !== 100 && r.body.length >= Number(r.headers['content-length'] ?? (r.status === 204 ? 0 : 1e12)) }

// Sends the pieces one after the other (a number: wait so many ms), hears until a whole reply is there or the other side
// closes, at most wait ms: then status is -1.
export function raw(pieces, wait = 20000) {
  return new Promise((done) => {
    const s = connect(), got = []
    let over = false
    const began = Date.now()
    const end = (why) => { if (over) return; over = true; clearTimeout(timer); s.destroy(); const r = parse(Buffer.concat(got)); if (why === 'timeout') r.status = -1; done({ ...r, why, ms: Date.now() - began }) }
    const timer = setTimeout(() => end('timeout'), wait)
    s.on('data', (d) => { got.push(d); if (whole(Buffer.concat(got))) end('whole') })
    s.on('close', () => end('closed'))
    s.on('error', () => end('closed'))
    s.on(overTls ? 'secureConnect' : 'connect', async () => {
      for (const p of [pieces].flat()) {
        if (over) return
        if (typeof p === 'number') await new Promise((r) => setTimeout(r, p))
        else if (!s.destroyed) s.write(p)
      }
    })
  })
}

// A well-formed request; `more` holds extra header lines.
export function ask(method, path, { body, token, more = '', type = 'application/json' } = {}) {
  const b = body === undefined ? Buffer.alloc(0) : Buffer.isBuffer(body) ? body : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
  const head = `${method} ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Forwarded-For: ${address()}\r\n` +
    (token ? `Authorization: Bearer ${token}\r\n` : '') + (body === undefined && method === 'GET' ? '' : `Content-Type: ${type}\r\nContent-Length: ${b.length}\r\n`) + more + '\r\n'
  return raw([Buffer.concat([Buffer.from(head, 'latin1'), b])])
}

// What is expected: a status, and of the problem its code, field, limit where they are named.
export function expect(r, status, code, field, limit, what) {
  const j = r.json || {}
  const errors = [j, ...(j.errors || [])]
  const right = r.status === status && (code === undefined || j.code === code) &&
    (field === undefined || errors.some((e) => e.code === code && (e.field === field || e.where === field) && (limit === undefined || e.limit === limit)))
  check(right, `${what}: ${r.status} ${r.why} ${JSON.stringify(r.json)?.slice(0, 300)}, should be ${status} ${code ?? ''} ${field ?? ''} ${limit ?? ''}`)
  if (status >= 400 && r.status === status && r.status !== 0) check(j.type === '/problems/' + j.code && j.status === status, `${what}: problem details are whole`)
}
export async function alive(what) {
  const r = await ask('GET', '/healthz')
  check(r.status === 200, `${what}: afterwards the server answers: ${r.status}`)
}
