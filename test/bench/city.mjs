// city: what a desk, an officer and a resident read, in a town of 1,000 reports and in a city of a million (with --quick
// of 100,000; LINLI_BENCH_CITY=N says how many), on both engines (LINLI_BENCH_ENGINES). Both are archives of
// test/bench/city, brought in by `linli import`; the same requests go to both, one after the other, and CPU per operation
// is compared. LINLI_BENCH_READS=REGEX: some of them. LINLI_BENCH_CITY_DIR=DIR: archives and SQLite folders are kept there
// and used again.
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import { bin, cpuOf, dir, engineOf, load, median, postgresFor, pssOf, say, serve, signInBy } from './world.mjs'

const SMALL = 1000
const DAY = 86400000
const base = process.env.LINLI_BENCH_CITY_DIR ?? dir, keeps = base !== dir
const WANTED = (world) => Number(process.env.LINLI_BENCH_CITY ?? (world.quick ? 100000 : 1000000))
const GOAL = 1.5 // times the figure of the small town
const IMPORT_GOAL_S = 180

const row = (name, value, unit, reference, ratio, goal, met) =>
  ({ name, value, unit, reference: reference ?? null, ratio: ratio ?? null, goal: goal ?? null, met: met ?? null })

// ---- two towns on an engine ----

function archive(name, matters, days, side, until) {
  const file = `${base}/${name}.jsonl`, key = `${base}/key.${name}`
  if (!existsSync(key)) execFileSync(`${process.cwd()}/build/test/bench/city`,
    ['--to', file, '--key', key, '--matters', matters, '--days', days, '--side', side, '--until', until].map(String), { stdio: ['ignore', 'inherit', 'inherit'] })
  return { name, file, key, matters, days }
}

async function bring(world, engine, town) {
  const folder = `${base}/${town.name}.${engine}`
  if (engine === 'sqlite' && existsSync(`${folder}/linli.db`)) return { ...town, engine, folder, place: ['--data', folder, '--key', `${folder}.key`] }
  mkdirSync(folder, { recursive: true })
  const url = engine === 'postgres' ? postgresFor(world).database(`city_${town.name}`) : undefined
  const place = ['--data', folder, '--key', `${folder}.key`, ...(url ? ['--db', url] : [])]
  execFileSync('cp', [town.key, `${folder}.key`])
  execFileSync('chmod', ['600', `${folder}.key`])
  const began = process.hrtime.bigint()
  const out = spawnSync(bin, ['import', ...place, '--from', town.file], { encoding: 'utf8' })
  if (out.status !== 0) throw new Error(`import: ${out.stderr.slice(-500)}`)
  const events = Number(out.stdout.match(/^(\d+) events/m)[1])
  if (url) postgresFor(world).ask(`city_${town.name}`, 'ANALYZE') // as autovacuum does, sooner or later
  return { ...town, engine, folder, place, url, events, seconds: Number(process.hrtime.bigint() - began) / 1e9 }
}

function sizeOf(world, t) {
  if (t.engine === 'postgres') return Number(postgresFor(world).ask(`city_${t.name}`, 'SELECT pg_database_size(current_database())'))
  return statSync(`${t.folder}/linli.db`).size
}

// ---- who reads ----

const get = (t, who, path) => new Promise((resolve, reject) => {
  http.get({ host: '127.0.0.1', port: t.server.port, path: `/api/v1${path}`, headers: { cookie: t.cookies[who] } }, (r) => {
    let text = ''
    r.on('data', (d) => (text += d))
    r.on('end', () => (r.statusCode === 200 ? resolve(JSON.parse(text)) : reject(new Error(`${path}: ${r.statusCode} ${text}`))))
  }).on('error', reject)
})

async function open(world, t, number) {
  t.server = await serve(t.place)
  t.cpu = () => cpuOf(t.server.pid) + (t.engine === 'postgres' ? engineOf(world, 'postgres').storeCpu() : 0)
  t.cookies = {}
  const enter = async (who, ...args) => {
    const line = await signInBy(t.place, t.server.port, number++, args)
    t.cookies[who] = line.split(' ')[0]
    writeFileSync(`${t.folder}.${who}`, line)
  }
  await enter('desk', '--role', 'dispatcher', '--name', 'bench')
  await enter('overseer', '--role', 'overseer', '--name', 'bench')
  const grids = await get(t, 'desk', '/grids')
  const grid = grids.features[Math.floor(grids.features.length / 3)].properties
  t.grid = grid.code
  t.officer = grid.officers[0].person
  await enter('officer', '--person', t.officer)
  const list = await get(t, 'desk', '/reports?limit=50&state=closed')
  t.item = list.rows[7].id
  const middle = Date.now() - (t.days / 2) * DAY
  t.middle = Buffer.from(JSON.stringify([middle, list.rows[0].id])).toString('base64url')
  const units = await get(t, 'desk', '/units?limit=100')
  t.unit = units.rows[0].id
  const shared = list.rows.find((r) => r.lon) ?? list.rows[0]
  t.at = shared
}

// ---- what is read: name, who, path ----

const month = () => { const d = new Date(); return [Date.UTC(d.getFullYear(), d.getMonth() - 1, 1), Date.UTC(d.getFullYear(), d.getMonth(), 1)] }
const enc = encodeURIComponent
const READS = [
  ['list', 'desk', () => '/reports?limit=20'],
  ['list, half-way down', 'desk', (t) => `/reports?limit=20&after=${t.middle}`],
  ['list: state closed', 'desk', () => '/reports?limit=20&state=closed'],
  ['list: state closed, half-way down', 'desk', (t) => `/reports?limit=20&state=closed&after=${t.middle}`],
  ['list: state handling', 'desk', () => '/reports?limit=20&state=handling'],
  ['list: state withdrawn', 'desk', () => '/reports?limit=20&state=withdrawn'],
  ['list: state merged (none)', 'desk', () => '/reports?limit=20&state=merged'],
  ['list: category', 'desk', () => '/reports?limit=20&category=leak'],
  ['list: category that is not there', 'desk', () => '/reports?limit=20&category=nothing'],
  ['list: place', 'desk', (t) => `/reports?limit=20&place=${t.grid}`],
  ['list: open', 'desk', () => '/reports?limit=20&open=1'],
  ['list: open, half-way down', 'desk', (t) => `/reports?limit=20&open=1&after=${t.middle}`],
  ['list: not open', 'desk', () => '/reports?limit=20&open=0'],
  ['list: handler', 'desk', (t) => `/reports?limit=20&handler=${t.officer}`],
  ['list: overdue', 'desk', () => `/reports?limit=20&overdue=${Date.now()}`],
  ['list: since', 'desk', () => `/reports?limit=20&since=${Date.now() - 3 * DAY}`],
  ['list: since just now (none)', 'desk', () => `/reports?limit=20&since=${Date.now()}`],
  ['list: level', 'desk', () => '/reports?limit=20&level=2'],
  ['list: spot', 'desk', () => '/reports?limit=20&spot=1'],
  ['list: paused', 'desk', () => '/reports?limit=20&paused=1'],
  ['list: open, category, place', 'desk', (t) => `/reports?limit=20&open=1&category=leak&place=${t.grid}`],
  ['list: closed, category, handler', 'desk', (t) => `/reports?limit=20&state=closed&category=leak&handler=${t.officer}`],
  ['search: common words', 'desk', () => `/reports?limit=20&q=${enc('路灯')}`],
  ['search: common words, half-way down', 'desk', (t) => `/reports?limit=20&q=${enc('路灯')}&after=${t.found}`],
  ['search: a phrase', 'desk', () => `/reports?limit=20&q=${enc('排水沟堵了往外冒')}`],
  ['search: rare words', 'desk', () => `/reports?limit=20&q=${enc('赛马场')}`],
  ['search: no such words', 'desk', () => `/reports?limit=20&q=${enc('蓝鲸鱼')}`],
  ['search: common words, open ones', 'desk', () => `/reports?limit=20&q=${enc('路灯')}&open=1`],
  ['queue', 'desk', () => '/reports/queue?limit=20'],
  ['verifying', 'overseer', () => '/reports/verifying?limit=20'],
  ['counts of the desk', 'desk', () => '/reports/counts'],
  ['map of clusters', 'desk', () => '/reports/clusters?cell=2000&west=91.05&south=29.62&east=91.23&north=29.77'],
  ['map of clusters, one tile close by', 'desk', () => '/reports/clusters?cell=100&west=91.055&south=29.625&east=91.06&north=29.63'],
  ['raised', 'desk', () => '/reports/raised?limit=20'],
  ['counts of what was raised', 'desk', () => '/reports/raised/counts'],
  ['on the spot, counts', 'desk', () => '/reports/spot/counts'],
  ['returns', 'desk', () => '/reports/returns'],
  ["officer's list", 'officer', () => '/reports?limit=20'],
  ["officer's list: open", 'officer', () => '/reports?limit=20&open=1'],
  ["officer's queue", 'officer', () => '/reports/queue?limit=20'],
  ["officer's work", 'officer', () => '/reports/handling?limit=20'],
  ["officer's counts", 'officer', () => '/reports/counts'],
  ["officer's map of clusters", 'officer', () => '/reports/clusters?cell=2000&west=91.05&south=29.62&east=91.23&north=29.77'],
  ['public list', 'desk', () => '/reports/public?limit=20'],
  ['near', 'desk', (t) => `/reports/near?lon=${t.at.lon}&lat=${t.at.lat}`],
  ['single view', 'desk', (t) => `/reports/${t.item}`],
  ['figure of a month', 'desk', () => `/figures/raised?from=${month()[0]}&until=${month()[1]}`],
]

async function timed(t, who, path) {
  const began = process.hrtime.bigint()
  await get(t, who, path)
  return Number(process.hrtime.bigint() - began) / 1000
}

// Enough of them that a tick of the clock (10 ms) is no matter, and no more.
async function countFor(t, who, path) {
  await get(t, who, path)
  const us = Math.min(await timed(t, who, path), await timed(t, who, path), await timed(t, who, path))
  return Math.round(Math.min(4000, Math.max(4, 500000 / us)))
}

async function cpuPer(t, who, path, count) {
  const before = t.cpu()
  await load({ port: t.server.port, count, connections: Math.min(8, count), path: `/api/v1${path}`, sessions: `${t.folder}.${who}` })
  return (t.cpu() - before) / count
}

async function readFigures(world, small, large) {
  const rows = [], only = process.env.LINLI_BENCH_READS
  for (const [name, who, path] of READS) {
    if (only && !name.match(only)) continue
    try {
      const towns = [small, large], counts = [], values = [[], []]
      for (const t of towns) counts.push(await countFor(t, who, path(t)))
      for (let i = 0; i < world.rounds; i++)
        for (const k of [0, 1]) values[k].push(await cpuPer(towns[k], who, path(towns[k]), counts[k]))
      const [a, b] = values.map(median)
      const ratio = b / a
      rows.push(row(`${name}, ${large.engine}`, b, 'us', a, ratio, GOAL, ratio <= GOAL))
      say(`${name}, ${large.engine}: ${a.toFixed(0)} us, ${b.toFixed(0)} us, ${ratio.toFixed(2)}`)
    } catch (e) {
      say(`${name}: ${e.message.slice(0, 200)}`)
      rows.push(row(`${name}, ${large.engine}`, NaN, 'us', null, null, GOAL, false))
    }
  }
  return rows
}

async function startOf(t) {
  const took = []
  for (let i = 0; i < 3; i++) {
    const s = await serve(t.place)
    for (;;) {
      const ok = await fetch(`http://127.0.0.1:${s.port}/healthz`).then((r) => r.ok, () => false)
      if (ok) break
    }
    took.push(Number(process.hrtime.bigint() - s.began) / 1e6)
    await s.stop()
  }
  return median(took)
}

async function engineFigures(world, engine, archives) {
  const rows = []
  const small = await bring(world, engine, archives[0])
  const large = await bring(world, engine, archives[1])
  const n = large.matters
  if (large.seconds) {
    rows.push(row(`import of ${n} reports, ${engine}`, large.seconds, 's', null, null, IMPORT_GOAL_S, large.seconds <= IMPORT_GOAL_S))
    rows.push(row(`import, ${engine}`, large.events / large.seconds, 'events/s'))
  }
  rows.push(row(`database, ${engine}`, sizeOf(world, large) / 1e6, 'MB'))
  const start = await startOf(large), before = await startOf(small)
  rows.push(row(`start, ${engine}`, start, 'ms', before, start / before, GOAL, start / before <= GOAL))
  await open(world, small, 10)
  await open(world, large, 20)
  try {
    for (const t of [small, large]) t.found = (await get(t, 'desk', `/reports?limit=20&q=${enc('路灯')}`)).next ?? t.middle
    rows.push(...(await readFigures(world, small, large)))
    const idle = pssOf(large.server.pid), was = pssOf(small.server.pid)
    rows.push(row(`memory after these reads, ${engine}`, idle, 'MB', was, idle / was))
  } finally {
    await small.server.stop()
    await large.server.stop()
  }
  return rows
}

export async function cityFigure(world) {
  const until = Date.now() - 3600000, n = WANTED(world)
  mkdirSync(base, { recursive: true })
  const engines = (process.env.LINLI_BENCH_ENGINES ?? 'sqlite postgres').split(' ')
  const days = Number(process.env.LINLI_BENCH_CITY_DAYS ?? 1095)
  const archives = [archive('town', SMALL, 60, 3, until), archive('city', n, days, 30, until)]
  const rows = []
  for (const engine of engines) rows.push(...(await engineFigures(world, engine, archives)))
  for (const a of keeps ? [] : archives) {
    for (const what of [a.file, a.key, ...engines.map((e) => `${dir}/${a.name}.${e}`)]) rmSync(what, { recursive: true, force: true })
  }
  return rows
}
