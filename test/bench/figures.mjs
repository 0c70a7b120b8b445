// The figures: each a name and a function that gives rows {name, value, unit, reference, ratio, goal, met}.
import { execFileSync } from 'node:child_process'
import { readFileSync, rmSync, statSync } from 'node:fs'
import net from 'node:net'
import { cityFigure } from './city.mjs'
import { crowdFigures } from './crowds.mjs'
import { fossilFigures } from './fossil.mjs'
import { webFigure } from './web.mjs'
import { NOTE, REPORT, bin, cpuOf, cpuOfFamily, dir, engineOf, filled, load, median, nginx, pssOf, row, serve, tool, under } from './world.mjs'

// ---- commands: everything on, against the bare engine playing the same rows ----

const commands = {
  report: { path: '/api/v1/reports', body: REPORT },
  note: { path: '/api/v1/reports/{item}/note', body: NOTE, items: true },
}

function loadOf(what, engine, port, count) {
  const { items, ...rest } = commands[what]
  return load({ port, count, connections: 64, method: 'POST', sessions: `${dir}/sessions.${engine}`, ...rest,
    ...(items ? { items: `${dir}/items.${engine}` } : {}) })
}

const OWN_MAX = 1.05

async function ours(e, what, count, env) {
  const copy = e.copy()
  const s = await serve(copy.place, { env })
  const before = cpuOf(s.pid) + e.storeCpu()
  const r = await loadOf(what, e.name, s.port, count)
  const cpu = (cpuOf(s.pid) + e.storeCpu() - before) / count
  await s.stop()
  return { perS: r.per_s, cpu, p99: r.p99_us }
}

async function bare(e, count, tape) {
  const copy = e.copy()
  const before = e.storeCpu()
  const r = JSON.parse(await tool(copy.bare[0], [copy.bare[1], tape, 64]))
  // the house's own commands are among them: who cannot be told of what is urgent goes on the list of calls
  if (r.commands < count || r.commands > count * OWN_MAX) throw new Error(`the tape has ${r.commands} commands, not ${count}`)
  return { perS: r.commands / r.seconds, cpu: r.cpu_us + (e.storeCpu() - before) / count, rows: r.rows / r.commands }
}

async function commandFigure(world, engine, what) {
  await filled(world, engine)
  const e = engineOf(world, engine)
  const count = world.quick ? 4000 : 10000
  const tape = `${dir}/tape`
  await ours(e, what, count, { LD_PRELOAD: `${process.cwd()}/build/test/bench/recorder.so`, LINLI_TAPE: tape })
  const a = [], b = []
  for (let i = 0; i < world.rounds; i++) {
    a.push(await ours(e, what, count, {}))
    b.push(await bare(e, count, tape))
  }
  const m = (list, key) => median(list.map((x) => x[key]))
  const wall = median(a.map((x, i) => x.perS / b[i].perS)), cpu = median(a.map((x, i) => b[i].cpu / x.cpu))
  const name = `${what} command, ${engine}`
  return [
    row(`${name}: per second`, m(a, 'perS'), '1/s', m(b, 'perS'), wall, 0.6),
    row(`${name}: CPU`, m(a, 'cpu'), 'us', m(b, 'cpu'), cpu, 0.6),
    row(`${name}: 99th percentile`, m(a, 'p99') / 1000, 'ms'),
    row(`${name}: rows written`, m(b, 'rows'), 'rows'),
  ]
}

// ---- reads: against nginx with a file of the same bytes ----

const firstOf = (path) => readFileSync(path, 'latin1').split('\n')[0].split(' ')

async function readFigure(world, wanted) {
  await filled(world, 'sqlite')
  const place = engineOf(world, 'sqlite').copy().place
  const s = await serve(place)
  const rows = []
  for (const x of wanted) {
    const sessions = `${dir}/${x.as ?? 'sessions'}.sqlite`
    const [number, id] = firstOf(`${dir}/items.sqlite`)
    const path = x.path.replace('{item}', id)
    const mine = readFileSync(sessions, 'latin1').split('\n')[x.as ? 0 : number].split(' ')[0]
    const answer = await fetch(`http://127.0.0.1:${s.port}${path}`, { headers: { cookie: mine } })
    const bytes = Buffer.from(await answer.arrayBuffer())
    if (!answer.ok || bytes.length < 20) throw new Error(`${path}: ${answer.status} ${bytes}`)
    const n = await nginx({ 'file.json': bytes })
    const count = world.quick ? x.count / 4 : x.count
    const a = [], b = []
    for (let i = 0; i < world.rounds; i++) {
      let before = cpuOf(s.pid)
      const ownLoad = await load({ port: s.port, count, connections: 64, path: x.path, sessions,
        ...(x.as ? {} : { items: `${dir}/items.sqlite` }) })
      a.push({ cpu: (cpuOf(s.pid) - before) / count, perS: ownLoad.per_s })
      before = cpuOfFamily(n.pid)
      const ngLoad = await load({ port: n.port, count, connections: 64, path: '/file.json', sessions })
      b.push({ cpu: (cpuOfFamily(n.pid) - before) / count, perS: ngLoad.per_s })
    }
    await n.stop()
    const m = (list, key) => median(list.map((y) => y[key]))
    rows.push(row(`${x.name} (${bytes.length} bytes): CPU`, m(a, 'cpu'), 'us', m(b, 'cpu'), median(a.map((y, i) => b[i].cpu / y.cpu)), x.goal))
    rows.push(row(`${x.name}: per second`, m(a, 'perS'), '1/s', m(b, 'perS'), median(a.map((y, i) => y.perS / b[i].perS))))
  }
  await s.stop()
  return rows
}

// ---- the log ----

// A city's log (6 events a matter), imported by the program, then walked and made into state again.
async function logFigure(world) {
  const matters = world.quick ? 20000 : 200000
  const archive = `${dir}/city.jsonl`, folder = `${dir}/city`, key = `${dir}/key.city`
  for (const path of [archive, folder, key]) rmSync(path, { recursive: true, force: true })
  await tool('city', ['--to', archive, '--key', key, '--matters', matters])
  const said = execFileSync(bin, ['import', '--data', folder, '--key', key, '--from', archive], { stdio: ['ignore', 'pipe', 'ignore'] })
  const [, events, ms] = said.toString().match(/(\d+) events, \d+ keys in (\d+) ms/)
  const r = JSON.parse(await tool('log_bench', [folder, key]))
  rmSync(archive)
  rmSync(folder, { recursive: true })
  const perS = (name, value, goal) => row(name, value, 'events/s', null, null, goal)
  return [
    perS('verify the log, the chain', r.verify_per_s, 500000),
    perS('verify the log, with sealed values', r.verify_keys_per_s, 500000),
    perS('rebuild the state, digests equal', r.rebuild_per_s, 50000),
    perS(`import ${matters} matters, indexes and digest`, (Number(events) * 1000) / Number(ms), 35000),
  ]
}

// ---- start, size, grids, memory, reading while writing ----

async function healthy(port) {
  for (;;) {
    const ok = await new Promise((resolve) => {
      const c = net.connect(port, '127.0.0.1', () => c.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n'))
      c.on('data', (d) => { resolve(d.toString('latin1').startsWith('HTTP/1.1 200')); c.destroy() })
      c.on('error', () => resolve(false))
    })
    if (ok) return
  }
}

async function startFigure(world) {
  await filled(world, 'sqlite')
  const copy = engineOf(world, 'sqlite').copy()
  let s = await serve(copy.place)
  await loadOf('report', 'sqlite', s.port, world.quick ? 5000 : 30000)
  await s.stop()
  const took = []
  for (let i = 0; i < 2 * world.rounds; i++) {
    s = await serve(copy.place)
    await healthy(s.port)
    took.push(Number(process.hrtime.bigint() - s.began) / 1e6)
    await s.stop()
  }
  return [under(`start on a database of ${Math.round(statSync(`${dir}/round/linli.db`).size / 1e6)} MB`, median(took), 'ms', 100)]
}

async function sizeFigure() {
  return [under('binary with the web apps', statSync(bin).size / 1e6, 'MB', 12)]
}

async function pointFigure() {
  const text = await tool('place_bench', [])
  const perS = Number(text.match(/^place_lookups (\S+)/m)?.[1] ?? text.match(/(\d+(?:\.\d+)?) 1\/s/)[1])
  return [row('point in 10,000 grids', perS / 1000, 'k/s', null, null, 300)]
}

async function mixedFigure(world) {
  await filled(world, 'sqlite')
  const s = await serve(engineOf(world, 'sqlite').copy().place)
  const sessions = `${dir}/sessions.sqlite`, items = `${dir}/items.sqlite`
  const count = world.quick ? 10000 : 30000
  const reads = (n) => load({ port: s.port, count: n, connections: 16, path: '/api/v1/reports/{item}', sessions, items })
  const alone = await reads(count)
  let done = false
  const writes = (async () => {
    let n = 0
    while (!done) n += (await load({ port: s.port, count: 2000, connections: 16, method: 'POST', path: '/api/v1/reports', body: REPORT, sessions })).ok
    return n
  })()
  const beside = await reads(count)
  done = true
  await writes
  await s.stop()
  return [row('reads while writing', beside.per_s, '1/s', alone.per_s, beside.per_s / alone.per_s),
    row('reads while writing, 99th percentile', beside.p99_us / 1000, 'ms', alone.p99_us / 1000)]
}

export const figures = [
  { name: 'report-sqlite', run: (w) => commandFigure(w, 'sqlite', 'report') },
  { name: 'note-sqlite', run: (w) => commandFigure(w, 'sqlite', 'note') },
  { name: 'report-postgres', run: (w) => commandFigure(w, 'postgres', 'report') },
  { name: 'note-postgres', run: (w) => commandFigure(w, 'postgres', 'note') },
  { name: 'view', run: (w) => readFigure(w, [{ name: 'single view', path: '/api/v1/reports/{item}', count: 40000, goal: 0.4 }]) },
  { name: 'list', run: (w) => readFigure(w, [{ name: 'list of 20', path: '/api/v1/reports?limit=20', as: 'desk', count: 8000, goal: 0.15 }]) },
  { name: 'http', run: (w) => readFigure(w, [{ name: 'asset', path: '/', count: 100000 }, { name: 'healthz', path: '/healthz', count: 100000 }]) },
  { name: 'log', run: logFigure },
  { name: 'start', run: startFigure },
  { name: 'size', run: sizeFigure },
  { name: 'web', run: webFigure },
  { name: 'point', run: pointFigure },
  { name: 'mixed', run: mixedFigure },
  ...crowdFigures,
  ...fossilFigures,
  { name: 'city', run: cityFigure, long: true },
]
