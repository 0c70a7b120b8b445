// Crowds: feeds held open, many writers, more than the server can do, and people who are slow on purpose.
import { execFileSync } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { REPORT, bin, cpuOf, crowd, dir, engineOf, filled, load, median, people, pssOf, row, serve, under } from './world.mjs'

const FEEDS = 5000, WRITERS = 256, SLOW = 10000, TIMES = 10

async function feedsFigure(world) {
  await filled(world, 'sqlite')
  const sessions = await people(world, 'sqlite', 'dispatcher', 16)
  const s = await serve(engineOf(world, 'sqlite').copy().place)
  await load({ port: s.port, count: 100, connections: 4, path: '/healthz' })
  const idle = pssOf(s.pid)
  const feeds = crowd({ kind: 'feed', port: s.port, count: FEEDS, sessions, poster: `${dir}/sessions.sqlite`, path: '/api/v1/reports', body: REPORT })
  const { open } = await feeds.open
  const held = pssOf(s.pid), before = cpuOf(s.pid), rounds = []
  for (let i = 0; i < 4 * world.rounds; i++) rounds.push(await feeds.say('go'))
  const cpu = (cpuOf(s.pid) - before) / rounds.length / open
  if (rounds.some((r) => r.reached !== FEEDS)) throw new Error('a feed was missed')
  const after = pssOf(s.pid)
  await feeds.end()
  await s.stop()
  return [
    row('memory, idle', idle, 'MB'),
    under(`memory, ${FEEDS} feeds held`, held, 'MB', 64),
    under(`memory, ${FEEDS} feeds, after changes`, after, 'MB', 64),
    row('memory of a feed held', (held - idle) * 1024 / open, 'KB'),
    under(`a change to ${FEEDS} feeds, 99th percentile`, median(rounds.map((r) => r.p99_us)) / 1000, 'ms', 1000),
    under('a change to the last feed, worst round', Math.max(...rounds.map((r) => r.max_us)) / 1000, 'ms', 1000),
    row('a change to one feed: CPU', cpu, 'us'),
  ]
}

// load() fails at one refused request: to get here at all is the figure.
async function writersFigure(world, engine) {
  await filled(world, engine)
  const sessions = await people(world, engine, 'resident', WRITERS)
  const s = await serve(engineOf(world, engine).copy().place)
  const r = await load({ port: s.port, count: world.quick ? 8000 : 40000, connections: WRITERS, method: 'POST', path: '/api/v1/reports', body: REPORT, sessions })
  await s.stop()
  const name = `${WRITERS} writers, ${engine}`
  return [{ ...row(`${name}: refused of ${r.ok}`, r.failed, 'requests', 0), met: r.failed === 0 },
    row(`${name}: per second`, r.per_s, '1/s'), row(`${name}: 99th percentile`, r.p99_us / 1000, 'ms')]
}

// How often each id stands in the log as a new report.
function inTheLog(place) {
  const to = `${dir}/log.jsonl`, counts = new Map()
  rmSync(to, { force: true })
  execFileSync(bin, ['export', ...place, '--to', to])
  for (const line of readFileSync(to, 'utf8').split('\n')) {
    const m = line.match(/"type":"report\.create",.*?"matter":"([^"]+)"/)
    if (m) counts.set(m[1], (counts.get(m[1]) ?? 0) + 1)
  }
  return counts
}

async function overloadFigure(world) {
  await filled(world, 'sqlite')
  const sessions = await people(world, 'sqlite', 'resident', WRITERS)
  const place = engineOf(world, 'sqlite').copy().place
  const s = await serve(place, { args: ['--connections-per-address', '10000'] })
  const post = { port: s.port, method: 'POST', path: '/api/v1/reports', body: REPORT, sessions }
  const can = await load({ ...post, count: 8000, connections: WRITERS })
  const before = inTheLog(place).size, saved = `${dir}/saved`
  const rate = Math.round(TIMES * can.per_s)
  const r = await load({ ...post, count: rate * (world.quick ? 3 : 10), connections: 4096, rate, shed: 1, save: saved })
  const again = await load({ ...post, count: 2000, connections: 64 })
  const log = inTheLog(place), ids = readFileSync(saved, 'latin1').trim().split('\n').map((l) => l.split(' ')[1])
  const wrong = ids.filter((id) => log.get(id) !== 1).length + Math.abs(log.size - before - ids.length - again.ok)
  await s.stop()
  if (!r.shed || ids.length !== r.ok) throw new Error(`nothing to compare: ${r.ok} accepted, ${ids.length} saved, ${r.shed} shed`)
  return [
    row('overload: offered', (r.ok + r.shed) / r.seconds, '1/s', can.per_s, (r.ok + r.shed) / r.seconds / can.per_s),
    row('overload: done', r.per_s, '1/s', can.per_s, r.per_s / can.per_s),
    under('overload: a 503, 99th percentile', r.shed_p99_us / 1000, 'ms', 5),
    row('overload: a 503, half of them', r.shed_p50_us / 1000, 'ms'),
    row('overload: an accepted one, 99th percentile', r.p99_us / 1000, 'ms'),
    { ...row('overload: 503 without Retry-After or problem', r.shed_bare, 'of ' + r.shed, 0), met: r.shed_bare === 0 },
    { ...row(`overload: not once in the log, of ${ids.length}`, wrong, 'accepted', 0), met: wrong === 0 },
    { ...row('overload: refused right after it', again.failed, 'of ' + again.ok, 0), met: again.failed === 0 },
  ]
}

async function slowFigure(world) {
  await filled(world, 'sqlite')
  const s = await serve(engineOf(world, 'sqlite').copy().place)
  const sessions = `${dir}/sessions.sqlite`, items = `${dir}/items.sqlite`
  const ordinary = (count) => load({ port: s.port, count, connections: 16, path: '/api/v1/reports/{item}', sessions, items })
  const alone = await ordinary(5000), before = pssOf(s.pid)
  const slow = crowd({ kind: 'slow', port: s.port, count: SLOW, path: '/api/v1/reports' })
  const { open } = await slow.open
  const until = Date.now() + (world.quick ? 15000 : 30000), beside = []
  let most = 0
  while (Date.now() < until) {
    beside.push((await ordinary(10000)).p99_us / 1000)
    most = Math.max(most, pssOf(s.pid))
  }
  const gone = await slow.end()
  await s.stop()
  if (!(gone.timeout > 0)) throw new Error(`no slow one was sent away: ${JSON.stringify(gone)}`)
  const otherwise = gone.other_status + gone.silent
  return [
    under(`${open} slow connections: others, 99th percentile`, median(beside), 'ms', 50),
    under('... in the worst stretch of 10,000', Math.max(...beside), 'ms', 50),
    row('... without them', alone.p99_us / 1000, 'ms'),
    row('... memory', most, 'MB', before),
    { ...row('... sent away otherwise than by 408', otherwise, 'of ' + (gone.timeout + otherwise), 0), met: otherwise === 0 },
    row('... stayed at most', gone.longest_ms / 1000, 's'),
  ]
}

export const crowdFigures = [
  { name: 'feeds', run: feedsFigure },
  { name: 'writers-sqlite', run: (w) => writersFigure(w, 'sqlite') },
  { name: 'writers-postgres', run: (w) => writersFigure(w, 'postgres') },
  { name: 'overload', run: overloadFigure },
  { name: 'slow', run: slowFigure },
]
