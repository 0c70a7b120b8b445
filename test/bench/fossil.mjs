// Fossil's tickets (Debian's package: C and SQLite), served as its manual says: `fossil server`, a person with an account
// signed in, tickets written and read by the pages that its own links lead to, a report that shows 20. It closes the
// connection after each request and forks for the next; CPU is that of the server and of all that it has waited for. We are
// measured as we are meant to run, over kept connections, and once more with a connection for each request.
import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { REPORT, cpuOf, cpuOfFamily, dir, engineOf, filled, keep, load, median, row, serve } from './world.mjs'

const AGENT = 'Mozilla/5.0 (X11; Linux x86_64; rv:115.0) Gecko/20100101 Firefox/115.0' // others get its pages for robots
const text = JSON.parse(REPORT).text
const form = (csrf) => new URLSearchParams({ csrf, title: 'ID', type: 'Incident', severity: 'Severe', private_contact: '13908910000',
  mutype: 'Plain Text', icomment: text, submit: 'Submit' }).toString().replace('title=ID', 'title={id}')

async function until(port) {
  for (let i = 0; ; i++) {
    try { return await fetch(`http://127.0.0.1:${port}/login`) } catch (e) { if (i > 100) throw e }
    await new Promise((r) => setTimeout(r, 50))
  }
}

async function fossil(tickets) {
  const home = `${dir}/fossil`, repo = `${home}/t.fossil`
  rmSync(home, { recursive: true, force: true })
  mkdirSync(home)
  const run = (...args) => execFileSync('fossil', args, { env: { ...process.env, HOME: home, USER: 'bench' } }).toString()
  run('init', repo)
  run('user', 'new', 'writer', 'Writer', 'a-password', '-R', repo)
  run('user', 'capabilities', 'writer', 'cjnrw', '-R', repo)
  // A report as its editor would save it: the columns of "All Tickets", the newest 20.
  execFileSync('fossil', ['sql', '-R', repo], { env: { ...process.env, HOME: home, USER: 'bench' }, input:
    `INSERT INTO reportfmt (owner, title, mtime, cols, sqlcode) SELECT owner, 'Newest 20', mtime, cols,
     'SELECT * FROM (' || sqlcode || ' ORDER BY tkt_mtime DESC LIMIT 20)' FROM reportfmt WHERE rn = 1;` })
  const port = 20000 + Math.floor(Math.random() * 20000)
  const child = spawn('fossil', ['server', repo, '--port', port, '--localhost'], { stdio: 'ignore', env: { ...process.env, HOME: home, USER: 'bench' } })
  const stop = keep(child)
  await until(port)
  const login = await fetch(`http://127.0.0.1:${port}/login`, { method: 'POST', redirect: 'manual', body: new URLSearchParams({ u: 'writer', p: 'a-password', in: 'Login' }) })
  const cookie = login.headers.get('set-cookie').split(';')[0]
  const headers = { cookie, 'user-agent': AGENT }
  const csrf = (await (await fetch(`http://127.0.0.1:${port}/tktnew`, { headers })).text()).match(/name="csrf" value="(\w+)"/)[1]
  writeFileSync(`${home}/session`, `${cookie} ${csrf}\n`)
  const common = { port, connections: 4, close: 1, sessions: `${home}/session`, header: `User-Agent: ${AGENT}\r\nReferer: http://127.0.0.1/tktnew` }
  // One at a time: several get "database is locked", and even one now and then, from its own house-keeping. We take 64, as in the other figures: batches are how we are meant to run.
  const create = (count) => load({ ...common, connections: 1, count, method: 'POST', path: '/tktnew', type: 'application/x-www-form-urlencoded', body: form(csrf) }, count / 50)
  await create(tickets)
  const [there, id] = execFileSync('fossil', ['sql', '-R', repo], { env: { ...process.env, HOME: home, USER: 'bench' },
    input: 'SELECT count(*) FROM ticket; SELECT tkt_uuid FROM ticket ORDER BY tkt_mtime DESC LIMIT 1;' }).toString().replaceAll("'", '').trim().split('\n')
  if (Number(there) < tickets * 0.98) throw new Error(`fossil has ${there} tickets of ${tickets}`)
  const page = async (path, needs) => {
    const r = await fetch(`http://127.0.0.1:${port}${path}`, { headers })
    const html = await r.text()
    if (!r.ok || !html.includes(needs)) throw new Error(`fossil ${path}: ${r.status} without ${needs}`)
    return html
  }
  const rows = (await page('/rptview?rn=2', id.slice(0, 10))).match(/tktview/g).length
  if (rows < 20 || rows > 60) throw new Error(`fossil's list has ${rows} links`)
  await page(`/tktview?name=${id}`, text.slice(0, 10))
  const read = (path) => (count) => load({ ...common, count, path })
  return { pid: child.pid, stop, create, list: read('/rptview?rn=2'), view: read(`/tktview?name=${id}`) }
}

const cpuEach = async (cpu, pid, count, run) => {
  const before = cpu(pid)
  const r = await run(count)
  return (cpu(pid) - before) / (r.ok + r.failed)
}

async function fossilFigure(world) {
  await filled(world, 'sqlite')
  const items = readFileSync(`${dir}/items.sqlite`, 'latin1').trim().split('\n').length
  const theirs = await fossil(items)
  const s = await serve(engineOf(world, 'sqlite').copy().place)
  const people = { sessions: `${dir}/sessions.sqlite` }
  const ours = {
    create: { ...people, connections: 64, method: 'POST', path: '/api/v1/reports', body: REPORT },
    list: { sessions: `${dir}/desk.sqlite`, connections: 16, path: '/api/v1/reports?limit=20' },
    view: { ...people, items: `${dir}/items.sqlite`, connections: 16, path: '/api/v1/reports/{item}' },
  }
  const rows = []
  for (const [what, name, goal] of [['view', 'view', 50], ['list', 'list of 20', 50], ['create', 'create', 25]]) {
    const run = (close) => (count) => load({ port: s.port, ...ours[what], count, close })
    const kept = [], each = [], b = []
    for (let i = 0; i < world.rounds; i++) {
      kept.push(await cpuEach(cpuOf, s.pid, world.quick ? 4000 : 10000, run(0)))
      b.push(await cpuEach(cpuOfFamily, theirs.pid, world.quick ? 200 : 400, theirs[what]))
      each.push(await cpuEach(cpuOf, s.pid, world.quick ? 2000 : 5000, run(1)))
    }
    const ratio = (a) => median(a.map((x, i) => b[i] / x))
    rows.push(row(`${name}, ${items} matters, fossil: CPU`, median(kept), 'us', median(b), ratio(kept), goal),
      row('... a connection for each: CPU', median(each), 'us', median(b), ratio(each)))
  }
  await theirs.stop()
  await s.stop()
  return rows
}

export const fossilFigures = [{ name: 'fossil', run: fossilFigure }]
