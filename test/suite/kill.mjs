// kill -9 at random under load, again and again: every acknowledged report is there exactly once after the restart.
// LINLI_KILLS (300). With nothing acknowledged the test fails: an empty list proves nothing.
import { spawn, execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import http from 'node:http'

const kills = Number(process.env.LINLI_KILLS || 300)
const dir = mkdtempSync('/tmp/linli-kill.')
const data = dir + '/data'
const bin = 'build/linli'
let token = ''
const agent = new http.Agent({ keepAlive: true, maxSockets: 16 })

function start(more = []) {
  return new Promise((resolve, reject) => {
    const child = spawn(bin, ['serve', '--data', data, '--listen', '127.0.0.1:0', '--log-level', 'error', ...more], { stdio: ['ignore', 'pipe', 'ignore'] })
    let text = ''
    child.stdout.on('data', (d) => {
      text += d
      const m = text.match(/127\.0\.0\.1:(\d+)/)
      if (m) resolve({ child, port: Number(m[1]) })
    })
    child.on('exit', (code) => reject(new Error('server ended: ' + code + text)))
  })
}
function call(port, method, path, body) {
  return new Promise((resolve, reject) => {
    const rq = http.request({ host: '127.0.0.1', port, method, path, agent, timeout: 10000,
      headers: { authorization: 'Bearer ' + token, 'content-type': 'application/json' } }, (r) => {
      let text = ''
      r.on('data', (d) => (text += d))
      r.on('end', () => resolve({ status: r.statusCode, replay: r.headers['idempotent-replay'], body: text }))
    })
    rq.on('error', reject)
    rq.on('timeout', () => rq.destroy(new Error('timeout')))
    if (body) rq.write(body)
    rq.end()
  })
}
const acknowledged = []
let passed = 0, failed = 0
const say = (ok, what) => { ok ? passed++ : (failed++, console.log('failed:', what)) }
const uuid7 = () => { const t = Date.now().toString(16).padStart(12, '0'); return t.slice(0, 8) + '-' + t.slice(8) + '-7' + randomUUID().slice(15) }
const report = (id) => JSON.stringify({ id, category: 'other', text: '第 ' + id })

const first = await start(['--demo']) // for its categories
token = execFileSync(bin, ['token', '--data', data, '--role', 'program', '--name', 'kill'], { stdio: ['ignore', 'pipe', 'inherit'] })
  .toString().trim().split('\n').pop()
first.child.kill('SIGTERM')
await new Promise((r) => first.child.on('exit', r))
let uncertain = []
for (let round = 0; round <= kills; round++) {
  const { child, port } = await start()
  const check = [...acknowledged.slice(-8), ...uncertain]
  for (const one of check) { // asked again with the same id: what was acknowledged is known, with the same number
    const again = await call(port, 'POST', one.path, one.body)
    if (one.reply) {
      say(again.replay === 'true' && again.body === one.reply, `round ${round}: ${again.status} ${again.body}`)
    }
  }
  uncertain = []
  if (round === kills) { child.kill('SIGTERM'); break }
  const until = Date.now() + 20 + Math.random() * 120
  const workers = Array.from({ length: 16 }, async () => {
    while (Date.now() < until + 500) {
      const id = uuid7()
      const one = { path: '/api/v1/reports', body: report(id) }
      try {
        const r = await call(port, 'POST', one.path, one.body)
        if (r.status === 201) acknowledged.push({ ...one, reply: r.body })
        else if (r.status !== 503) say(false, r.status + r.body)
      } catch { uncertain.push(one); return }
    }
  })
  setTimeout(() => child.kill('SIGKILL'), Math.max(1, until - Date.now()))
  await Promise.all(workers)
  if (child.exitCode === null && child.signalCode === null) await new Promise((r) => child.on('exit', r))
}
say(acknowledged.length > kills, `only ${acknowledged.length} acknowledged`)
console.log(`${kills} kills, ${acknowledged.length} acknowledged`)
rmSync(dir, { recursive: true, force: true })
console.log(`passed=${passed} failed=${failed}`)
process.exit(failed ? 1 : 0)
