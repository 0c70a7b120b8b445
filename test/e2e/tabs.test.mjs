/* Two tabs at once, and a new version of the app while something waits to be sent. */
import assert from 'node:assert/strict'
import { createServer, request } from 'node:http'
import test, { after } from 'node:test'
import { api, beat, complaints, doIt, line, personOf, phone, signInPhone, stop, until, url, user, uuid } from './kit.mjs'

const lines = []
const servers = []
after(async () => {
  await stop()
  for (const l of lines) await l.cut().catch(() => undefined)
  for (const s of servers) s.close(), s.closeAllConnections()
})
const LOST = ['ERR_FAILED', 'ERR_INTERNET', 'Failed to load', 'ERR_CONNECTION', 'ERR_EMPTY', 'Failed to fetch', 'status of 4', 'status of 5']
const notesOf = async (id, text) => (await api('/reports/' + id, user('dispatcher'))).body.timeline.filter((h) => h.type === 'report.note' && h.data.text === text)

async function given() {
  const { officer, at } = await beat()
  const id = uuid()
  assert.equal((await api('/reports', undefined, { id, category: 'road', text: '路边石头 ' + Date.now(), point: at })).status, 201)
  const desk = user('dispatcher')
  let v = await doIt(id, 'register', desk, { category: 'road' }, 1)
  v = await doIt(id, 'dispatch', desk, { to: await personOf(officer) }, v)
  await doIt(id, 'accept', officer, {}, v)
  return { id, officer, at }
}
const fetched = (p) => p.waitForFunction(() => ['ActSheet', 'Unsent', 'PhotoPick', 'Kept'].every((x) => performance.getEntriesByType('resource').some((e) => e.name.includes(`/${x}-`))))
async function note(p, base, id, text) {
  await p.goto(base + '/#/t/' + id)
  await p.click('[data-act=note]')
  await p.fill('#said', text)
  await p.click('[data-submit]')
  await p.waitForFunction(() => !document.querySelector('.sheet'))
}

for (const locks of [true, false])
  test(`two tabs, ${locks ? 'with' : 'without'} locks of the browser: what waits is sent by one of them, once`, async () => {
    const { id, officer, at } = await given()
    const way = await line()
    lines.push(way)
    const p = await phone('zh', at, LOST)
    if (!locks) await p.context().addInitScript(() => Object.defineProperty(Navigator.prototype, 'locks', { get: () => undefined }))
    await signInPhone(p, officer, way.url)
    const q = await p.context().newPage()
    await q.goto(way.url + '/#/tasks')
    await q.waitForSelector('[data-spot]')
    assert.equal(await q.evaluate(() => !!navigator.locks), locks)
    await fetched(p)
    await fetched(q)
    const sent = []
    for (const tab of [p, q]) tab.on('request', (r) => r.method() === 'POST' && r.url().endsWith('/batch') && sent.push(...JSON.parse(r.postData()).actions.map((a) => a.body.text)))
    await way.cut()
    const texts = [1, 2, 3].map((n) => `第 ${n} 句 ${locks} ${Date.now()}`)
    for (const t of texts) await note(p, way.url, id, t)
    await q.goto(way.url + '/#/mine')
    await q.goto(way.url + '/#/tasks')
    sent.length = 0
    await way.mend()
    await Promise.all([p, q].map((tab) => tab.evaluate(() => dispatchEvent(new Event('online')))))
    await until(async () => (await notesOf(id, texts[2])).length > 0)
    await p.waitForFunction(() => !document.querySelector('[data-unsent], [data-waiting]'))
    for (const t of texts) {
      assert.equal((await notesOf(id, t)).length, 1, 'arrived once')
      assert.equal(sent.filter((x) => x === t).length, 1, 'sent once')
    }
    await q.evaluate(() => dispatchEvent(new Event('online'))) // the other tab learns of it
    await q.waitForFunction(() => !document.querySelector('[data-unsent], [data-waiting]'))
    await p.context().close()
    await way.cut()
  })

/** The server behind a proxy that can give out a new worker, and can hold back the API. */
async function proxy() {
  const state = { api: true, version: '' }
  const s = createServer((a, b) => {
    if (!state.api && a.url.includes('/api/')) return void a.socket.destroy()
    const to = new URL(url)
    const headers = { ...a.headers, host: to.host, 'accept-encoding': 'identity' }
    delete headers['if-none-match']
    const up = request({ host: to.hostname, port: to.port, path: a.url, method: a.method, headers }, (r) => {
      if (!state.version || a.url !== '/app/sw.js') return void (b.writeHead(r.statusCode, r.headers), r.pipe(b))
      const parts = []
      r.on('data', (d) => parts.push(d))
      r.on('end', () => {
        const text = Buffer.concat(parts).toString().replace(/const VERSION = '[^']*'/, `const VERSION = '${state.version}'`)
        const { 'content-length': n, etag, ...rest } = r.headers
        assert.ok(n && text.includes(state.version))
        b.writeHead(200, { ...rest, 'cache-control': 'no-cache' }).end(text)
      })
    })
    up.on('error', () => b.destroy())
    b.on('close', () => up.destroy()) // or an event stream would keep this process alive
    a.pipe(up)
  })
  servers.push(s)
  await new Promise((ok) => s.listen(0, '127.0.0.1', ok))
  return { state, url: `http://127.0.0.1:${s.address().port}` }
}

test('a new version is installed while something waits: it stays, the app opens, it arrives once', async () => {
  const { id, officer, at } = await given()
  const way = await proxy()
  const p = await phone('zh', at, LOST, { serviceWorkers: 'allow' })
  await signInPhone(p, officer, way.url)
  await p.waitForFunction(() => navigator.serviceWorker.controller)
  await fetched(p)
  await p.goto(way.url + '/#/t/' + id)
  await p.waitForSelector('[data-act=note]')
  const before = await p.evaluate(() => caches.keys())
  way.state.api = false
  const text = '换版本之前写的 ' + Date.now()
  await note(p, way.url, id, text)
  way.state.version = 'next00000000'
  await p.evaluate(async () => (await navigator.serviceWorker.getRegistration()).update())
  await p.waitForFunction(async () => (await caches.keys()).includes('linli-next00000000'))
  // with all its files
  await p.waitForFunction(async () => (await (await caches.open('linli-next00000000')).keys()).length > 20)
  const now = await p.evaluate(() => caches.keys())
  for (const c of before) assert.ok(now.includes(c), 'open pages keep the version that they came from')
  await p.goto(way.url + '/#/tasks')
  await p.reload()
  await p.waitForSelector('[data-unsent]')
  assert.equal((await notesOf(id, text)).length, 0)
  way.state.api = true
  await until(async () => (await notesOf(id, text)).length > 0)
  await p.waitForFunction(() => !document.querySelector('[data-unsent]'))
  assert.equal((await notesOf(id, text)).length, 1)
  await p.context().close()
})

test('nothing in these pages complained', () => assert.deepEqual(complaints(), []))
