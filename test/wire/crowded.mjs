// Servers with little room: how those who find none are told, and that there is room again when somebody leaves.
import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import net from 'node:net'
import { bin, check, parse } from './kit.mjs'

async function small(command, args, run) {
  const dir = mkdtempSync('/tmp/linli-crowded.'), data = `${dir}/data`
  const open = bin.includes('sanitize') ? ['--no-sandbox'] : []
  const [program, ...first] = [...command, bin]
  const child = spawn(program, [...first, 'serve', '--data', data, '--listen', '127.0.0.1:0', ...open, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  const server = { data, log: '' }
  let text = ''
  child.stderr.on('data', (d) => { server.log += d })
  await new Promise((done, no) => {
    child.stdout.on('data', (d) => { text += d; const m = text.match(/127\.0\.0\.1:(\d+)/); if (m) { server.port = Number(m[1]); done() } })
    child.on('exit', (code) => no(new Error(`the server ended with ${code}: ${server.log.slice(-1000)}`)))
  })
  try { await run(server) } finally {
    const over = new Promise((done) => child.on('exit', done))
    child.kill('SIGTERM')
    check((await over) === 0, 'a small server stops by itself')
    rmSync(dir, { recursive: true, force: true })
  }
}

// A connection that stays; what has come first, once a head is whole or it is closed.
function stay(port, bytes) {
  return new Promise((done) => {
    const s = net.connect(port, '127.0.0.1', () => s.write(bytes))
    let got = Buffer.alloc(0), told = false
    const tell = () => { if (told) return; told = true; done({ ...parse(got), close: () => s.destroy() }) }
    s.on('data', (d) => { got = Buffer.concat([got, d]); if (parse(got).status) tell() })
    s.on('error', tell)
    s.on('close', tell)
  })
}

export async function crowded() {
  // Few descriptors: said at the start, and to whoever comes beyond them.
  await small(['prlimit', '--nofile=200:200'], ['--connections-per-address', '1000'], async ({ port, log }) => {
    check(/"few_files".*"may":200/.test(log), `the log names the limit: ${log.slice(0, 300)}`)
    const all = await Promise.all(Array.from({ length: 120 }, () => stay(port, 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n')))
    const served = all.filter((r) => r.status === 200), full = all.filter((r) => r.status === 503)
    check(served.length === 72 && full.length === 48, `as many as there are descriptors for: ${served.length} served, ${full.length} told to wait`)
    check(full.every((r) => r.json?.code === 'too_many_connections' && Number(r.headers['retry-after']) > 0), 'the others are told to come again')
    for (const r of all) r.close()
    let again
    for (let i = 0; i < 50 && again?.status !== 200; i++) { again = await stay(port, 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n'); again.close() }
    check(again.status === 200, 'there is room again when they leave')
  })
  // Feeds beyond what one address may hold. Loopback is no proxy here: it counts as everybody.
  await small([], ['--connections-per-address', '5', '--proxy', '10.9.9.9'], async ({ port, data }) => {
    const bearer = execFileSync(bin, ['token', '--data', data, '--role', 'program', '--name', 'feeds']).toString().trim().split('\n').pop()
    const feed = () => stay(port, `GET /api/v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${bearer}\r\n\r\n`)
    const feeds = []
    for (let i = 0; i < 5; i++) feeds.push(await feed())
    check(feeds.every((r) => r.status === 200 && r.headers['content-type'] === 'text/event-stream'), `five feeds are open: ${feeds.map((r) => r.status)}`)
    const beyond = await feed()
    check(beyond.status === 429 && beyond.json?.code === 'too_many_connections' && Number(beyond.headers['retry-after']) > 0, `a sixth is told why not: ${beyond.status}`)
    feeds[0].close()
    let again
    for (let i = 0; i < 50 && again?.status !== 200; i++) again = await feed()
    check(again.status === 200, 'when one ends the next is let in')
    for (const r of [...feeds, again]) r.close()
  })
}
