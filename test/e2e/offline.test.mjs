/* Days without signal: what was read is there, what was done arrives once and in order, what others did meanwhile is seen. */
import assert from 'node:assert/strict'
import test, { after } from 'node:test'
import { api, beat, clean, complaints, doIt, give, line, personOf, phone, photo, signInPhone, stop, until, url, user, uuid } from './kit.mjs'

const lines = []
const newLine = async () => (lines.push(await line()), lines.at(-1))
after(async () => {
  await stop()
  for (const l of lines) await l.cut().catch(() => undefined) // else a failed test would hold the process
})
const LOST = ['ERR_FAILED', 'ERR_INTERNET', 'Failed to load', 'ERR_CONNECTION', 'ERR_EMPTY', 'Failed to fetch', 'status of 4']
const found = async (text) => (await api('/reports?limit=100&q=' + encodeURIComponent(text), user('dispatcher'))).body.rows.filter((r) => r.text?.includes(text))
const viewOf = async (id) => (await api('/reports/' + id, user('dispatcher'))).body

/** A matter in the officer's grid, in their hands. */
async function given(officer, at, text) {
  const id = uuid()
  const made = await api('/reports', undefined, { id, category: 'road', text, point: at })
  assert.equal(made.status, 201)
  const desk = user('dispatcher')
  const v = await doIt(id, 'register', desk, { category: 'road' }, 1)
  const w = await doIt(id, 'dispatch', desk, { to: await personOf(officer) }, v)
  return { id, version: await doIt(id, 'accept', officer, { promised_at: Date.now() + 8 * 3_600_000 }, w) }
}
/** The worker has taken over, and the grid with this matter lies on the phone. */
const ready = (p, id) =>
  until(() =>
    p.evaluate(async (key) => {
      if (!navigator.serviceWorker.controller) return false
      const db = await new Promise((ok) => Object.assign(indexedDB.open('linli'), { onsuccess: (e) => ok(e.target.result) }))
      const v = await new Promise((ok) => (db.transaction('cache').objectStore('cache').get('view ' + key).onsuccess = (e) => ok(e.target.result)))
      db.close()
      return !!v
    }, id),
  )
/** No server, no HTTP cache, the page opened anew. */
async function dark(p, way) {
  await way.cut()
  await (await p.context().newCDPSession(p)).send('Network.clearBrowserCache')
  await p.goto(way.url + '/#/tasks')
  await p.reload()
  await p.waitForSelector('[data-spot]')
}
async function write(p, way, text) {
  await p.goto(way.url + '/#/report')
  await p.waitForFunction(() => document.querySelector('[data-place]')?.getAttribute('data-grid'))
  await p.setInputFiles('[data-photo]', await photo(p))
  await p.waitForSelector('.shots img')
  await p.fill('#text', text)
  await p.click('[data-send]')
  await p.waitForSelector('[data-unsent]')
}
/** Settled there and then, with one photo of before and one of after. */
async function settle(p, way, text) {
  await p.goto(way.url + '/#/spot')
  await p.waitForSelector('[data-place]')
  for (const field of ['before', 'after']) {
    await p.setInputFiles(`[data-photo=${field}]`, await photo(p))
    await p.waitForFunction((f) => document.querySelector(`[data-photo=${f}]`).closest('.stack').querySelector('img'), field)
  }
  await p.fill('#did', text)
  await p.click('[data-category=road]')
  await p.waitForFunction(() => document.querySelector('[data-place]')?.getAttribute('data-grid'))
  await p.click('[data-send]')
  await p.waitForSelector('[data-spot-waits]')
}
async function act(p, way, id, name, field, text) {
  await p.goto(way.url + '/#/t/' + id)
  await p.click(`[data-act=${name}]`)
  await p.fill(field, text)
  await p.click('[data-submit]')
  await p.waitForFunction(() => !document.querySelector('.sheet'))
}

test('no server, cleared cache, a reload: one closed on the spot with two photos, three reports and one handed back arrive once, in order', async () => {
  const { officer, at } = await beat()
  const stamp = ' ' + Date.now()
  const mine = await given(officer, at, '路上有个坑' + stamp)
  const way = await newLine()
  const p = await phone('zh', at, LOST, { serviceWorkers: 'allow' })
  await signInPhone(p, officer, way.url)
  await ready(p, mine.id)
  await dark(p, way)
  // never opened before: it comes from the grid on the phone
  await p.goto(way.url + '/#/t/' + mine.id)
  await p.getByText('路上有个坑' + stamp).first().waitFor()
  await settle(p, way, '零件当场扶正' + stamp)
  await write(p, way, '第一件' + stamp)
  await act(p, way, mine.id, 'note', '#said', '到过现场' + stamp)
  await write(p, way, '第二件' + stamp)
  await act(p, way, mine.id, 'return', '#reason', '不归我管' + stamp)
  assert.equal(await p.locator('[data-act=return]').count(), 0, 'done once is not offered again')
  await write(p, way, '第三件' + stamp)
  await p.goto(way.url + '/#/tasks')
  await p.reload()
  await p.waitForFunction(() => document.querySelectorAll('[data-unsent]').length === 6)
  await clean(p, 'six wait')
  assert.equal((await found('件' + stamp)).length, 0, 'the server knows nothing yet')
  assert.equal((await found('当场扶正' + stamp)).length, 0)
  await way.mend()
  await p.waitForFunction(() => !document.querySelector('[data-unsent]'))
  const rows = await found('件' + stamp)
  assert.deepEqual(rows.map((r) => r.text.slice(0, 3)).sort(), ['第一件', '第三件', '第二件'].sort())
  assert.ok(rows.every((r) => r.photos === 1))
  const spots = await found('当场扶正' + stamp)
  assert.equal(spots.length, 1, 'exactly once')
  const spot = await viewOf(spots[0].id)
  assert.ok(['closed', 'done'].includes(spot.state) && spot.data.spot > 0) // done: drawn to be looked at by another
  assert.deepEqual([spot.data.photos.length, spot.data.result_photos.length], [1, 1])
  const v = await viewOf(mine.id)
  assert.equal(v.state, 'registered')
  // as they were written, by the times at which they were done; numbers of different matters are given as they come in
  const made = [spots[0], ...['第一件', '第二件', '第三件'].map((x) => rows.find((r) => r.text.startsWith(x)))]
  const [first, second, third] = await Promise.all(made.slice(1).map(async (r) => (await viewOf(r.id)).timeline[0].claimed_at))
  const [note, back] = v.timeline.slice(-2).map((h) => h.claimed_at)
  const times = [spot.timeline[0].claimed_at, first, note, second, back, third]
  assert.ok(times.every((t, i) => t > 0 && (i === 0 || t > times[i - 1])), 'in order: ' + times)
  assert.deepEqual(v.timeline.slice(-2).map((h) => h.type), ['report.note', 'report.return'])
  assert.ok(v.timeline.at(-1).claimed_at > 0)
  await p.context().close()
  await way.cut()
})

test('changed on both sides: both are shown, and what a person chooses holds', async () => {
  const { officer, at } = await beat()
  const stamp = ' ' + Date.now()
  const mine = await given(officer, at, '下水道堵了' + stamp)
  const way = await newLine()
  const p = await phone('zh', at, LOST, { serviceWorkers: 'allow' })
  await signInPhone(p, officer, way.url)
  await ready(p, mine.id)
  await dark(p, way)
  await act(p, way, mine.id, 'finish', '#said', '已经疏通' + stamp)
  // meanwhile the same officer account at another phone, and the desk: somebody asks for more time
  await doIt(mine.id, 'ask_extension', officer, { until: Date.now() + 48 * 3_600_000, reason: '要等配件' + stamp }, mine.version)
  await way.mend()
  await p.waitForSelector('[data-why=conflict]')
  await clean(p, 'a conflict waits')
  await p.click('[data-mend]')
  await p.waitForSelector('[data-sides] [data-theirs] li')
  assert.equal(await p.inputValue('[data-mine] textarea'), '已经疏通' + stamp)
  await p.locator('[data-theirs]').getByText('要等配件' + stamp).waitFor()
  await clean(p, 'side by side')
  await p.locator('[data-theirs] button').first().click()
  assert.ok((await p.inputValue('[data-mine] textarea')).includes('要等配件' + stamp), 'merged')
  assert.equal((await viewOf(mine.id)).state, 'handling', 'nothing is sent before a person says so')
  await p.click('[data-again]')
  await p.waitForFunction(() => !document.querySelector('[data-unsent]'))
  const v = await viewOf(mine.id)
  assert.equal(v.state, 'done')
  const last = v.timeline.at(-1)
  assert.equal(last.type, 'report.finish')
  assert.ok(last.data.text.includes('已经疏通' + stamp) && last.data.text.includes('要等配件' + stamp))
  await p.context().close()
  await way.cut()
})

test('two of the staff edit the same matter offline: both see the conflict, and nobody’s words are lost', async () => {
  const { officer, at } = await beat()
  const stamp = ' ' + Date.now()
  const mine = await given(officer, at, '路灯不亮' + stamp)
  const done = await doIt(mine.id, 'finish', officer, { text: '换了灯泡' + stamp }, mine.version)
  const others = [user('overseer'), user('clerk')]
  const phones = []
  for (const who of others) {
    const way = await newLine()
    const p = await phone('zh', at, LOST, { serviceWorkers: 'allow' })
    await signInPhone(p, who, way.url)
    await ready(p, mine.id)
    await way.cut()
    await p.goto(way.url + '/#/t/' + mine.id)
    phones.push({ p, way })
  }
  assert.ok(done > mine.version)
  const [a, b] = phones
  await act(a.p, a.way, mine.id, 'verify', '#said', '亮了' + stamp)
  await act(b.p, b.way, mine.id, 'redo', '#reason', '还是不亮' + stamp)
  await a.way.mend()
  await until(async () => (await viewOf(mine.id)).state === 'verified')
  await b.way.mend()
  await b.p.waitForSelector('[data-why=conflict]')
  await b.p.click('[data-mend]')
  await b.p.locator('[data-theirs]').getByText('亮了' + stamp).waitFor()
  await b.p.waitForSelector('[data-as-note]')
  assert.equal(await b.p.locator('[data-again]').count(), 0, 'that step cannot be taken any more')
  await b.p.click('[data-as-note]')
  await b.p.waitForFunction(() => !document.querySelector('[data-unsent]'))
  const v = await viewOf(mine.id)
  assert.equal(v.state, 'verified')
  assert.ok(v.timeline.some((h) => h.type === 'report.note' && h.data.text === '还是不亮' + stamp), 'never silently lost')
  // the one who came first sees it, too: the other found it otherwise
  await a.p.reload()
  await a.p.getByText('还是不亮' + stamp).waitFor()
  await a.p.getByText('亮了' + stamp).first().waitFor()
  for (const { p, way } of phones) {
    await p.context().close()
    await way.cut()
  }
})

test('refused is said in words, mended, and what stood on it follows', async () => {
  const { officer, at } = await beat()
  const stamp = ' ' + Date.now()
  const mine = await given(officer, at, '楼道堆东西' + stamp)
  const way = await newLine()
  const p = await phone('zh', at, LOST, { serviceWorkers: 'allow' })
  await signInPhone(p, officer, way.url)
  await ready(p, mine.id)
  await dark(p, way)
  await act(p, way, mine.id, 'note', '#said', '第一句' + stamp)
  await act(p, way, mine.id, 'note', '#said', '第二句' + stamp)
  // as an older page might have written it: the server will not have it so
  await p.evaluate(async () => {
    const db = await new Promise((ok) => Object.assign(indexedDB.open('linli'), { onsuccess: (e) => ok(e.target.result) }))
    const all = await new Promise((ok) => (db.transaction('out').objectStore('out').getAll().onsuccess = (e) => ok(e.target.result)))
    const first = all.sort((x, y) => x.n - y.n)[0]
    first.body.text = 'x'.repeat(2_001)
    await new Promise((ok) => (db.transaction('out', 'readwrite').objectStore('out').put(first).onsuccess = ok))
    db.close()
  })
  await p.goto(way.url + '/#/tasks')
  await way.mend()
  await p.waitForSelector('[data-why=refused]')
  await p.waitForSelector('[data-why=behind]')
  await clean(p, 'one refused, one behind it')
  await p.click('[data-mend]')
  await p.fill('[data-mine] textarea', '改过的一句' + stamp)
  await p.click('[data-again]')
  await p.waitForFunction(() => !document.querySelector('[data-unsent]'))
  const notes = (await viewOf(mine.id)).timeline.filter((h) => h.type === 'report.note').map((h) => h.data.text)
  assert.deepEqual(notes, ['改过的一句' + stamp, '第二句' + stamp])
  await p.context().close()
  await way.cut()
})

test('the session ran out meanwhile: all stays, and goes after signing in', async () => {
  const { officer, at } = await beat()
  const stamp = ' ' + Date.now()
  const mine = await given(officer, at, '围墙裂了' + stamp)
  const way = await newLine()
  const p = await phone('zh', at, LOST, { serviceWorkers: 'allow' })
  await signInPhone(p, officer, way.url)
  await ready(p, mine.id)
  await dark(p, way)
  await act(p, way, mine.id, 'note', '#said', '三十天前' + stamp)
  await p.context().clearCookies()
  await way.mend()
  await p.goto(way.url + '/#/tasks')
  await p.reload()
  await p.waitForSelector('[data-why=sign_in]')
  await clean(p, 'signed out, one waits')
  assert.equal((await viewOf(mine.id)).timeline.some((h) => h.data.text === '三十天前' + stamp), false)
  await signInPhone(p, officer, way.url)
  await until(async () => (await viewOf(mine.id)).timeline.some((h) => h.data.text === '三十天前' + stamp))
  await p.waitForFunction(() => !document.querySelector('[data-unsent]'))
  await p.context().close()
  await way.cut()
})

test('a full phone says so before a photo is lost', async () => {
  const { officer, at } = await beat()
  const p = await phone('zh', at, LOST)
  await signInPhone(p, officer)
  // Chromium's own override of the quota does not reach a private context: the estimate itself is put in its place
  const left = (bytes) => p.addInitScript((n) => (navigator.storage.estimate = async () => ({ quota: n + 1e6, usage: 1e6 })), bytes)
  await left(20e6)
  await p.goto(url + '/#/report')
  await p.reload()
  await p.waitForSelector('[data-room]')
  assert.match(await p.textContent('[data-room]'), /5 张/)
  await clean(p, 'nearly full')
  await left(1e6)
  await p.reload()
  await p.getByText('新照片存不住').waitFor()
  // and when it happens all the same, it is said, and the draft is still there
  await p.addInitScript(() => {
    const put = IDBObjectStore.prototype.put
    IDBObjectStore.prototype.put = function (...args) {
      if (this.name === 'out') throw new DOMException('full', 'QuotaExceededError')
      return put.apply(this, args)
    }
  })
  await p.reload()
  await p.fill('#text', '手机满了 ' + Date.now())
  await p.click('[data-send]')
  await p.locator('.foot [role=alert]').getByText('手机存满了').waitFor()
  await p.context().close()
})

test('the photos of what is in hand are seen without signal, and go with whoever signs out', async () => {
  const { officer, at } = await beat()
  const stamp = ' ' + Date.now()
  const id = uuid()
  const p = await phone('zh', at, LOST)
  await p.goto(url + '/#/')
  const upload = await give(user('dispatcher'), id, (await photo(p)).buffer)
  const desk = user('dispatcher')
  assert.equal((await api('/reports', desk, { id, category: 'road', text: '有照片的' + stamp, point: at, photos: [upload] })).status, 201)
  let v = await doIt(id, 'register', desk, { category: 'road' }, 1)
  v = await doIt(id, 'dispatch', desk, { to: await personOf(officer) }, v)
  await doIt(id, 'accept', officer, {}, v)
  const way = await newLine()
  await signInPhone(p, officer, way.url)
  const kept = () => p.evaluate(async (m) => (await (await caches.open('linli photos')).keys()).filter((r) => r.url.includes(m)).length, id)
  await until(async () => (await kept()) === 1)
  await p.waitForFunction(() => ['Kept', 'Timeline'].every((x) => performance.getEntriesByType('resource').some((e) => e.name.includes(`/${x}-`))))
  await way.cut()
  await (await p.context().newCDPSession(p)).send('Network.clearBrowserCache')
  await p.goto(way.url + '/#/t/' + id)
  await p.waitForSelector('[data-kept]')
  await p.waitForFunction(() => [...document.querySelectorAll('.shots img')].some((i) => i.src.startsWith('blob:') && i.naturalWidth > 0))
  await clean(p, 'a photo without signal')
  await way.mend()
  await p.goto(way.url + '/#/me')
  await p.evaluate(async () => {
    const me = await (await fetch('/api/v1/session')).json()
    await fetch('/api/v1/session', { method: 'DELETE', headers: { 'X-CSRF-Token': me.csrf } })
  })
  await p.reload()
  await until(async () => (await kept()) === 0)
  await p.context().close()
  await way.cut()
})

test('a phone without any room: what is read is still shown, a draft says that it was not kept, and nothing breaks', async () => {
  const { officer, at } = await beat()
  const p = await phone('zh', at)
  await signInPhone(p, officer)
  await p.addInitScript(() => {
    IDBObjectStore.prototype.put = function () {
      throw new DOMException('full', 'QuotaExceededError')
    }
    Cache.prototype.put = async () => {
      throw new DOMException('full', 'QuotaExceededError')
    }
  })
  await p.goto(url + '/#/tasks')
  await p.reload()
  await p.waitForSelector('[data-part] .line')
  await p.goto(url + '/#/report')
  await p.fill('#text', '存不住的一件 ' + Date.now())
  await p.getByText('手机存满了').first().waitFor()
  await clean(p, 'no room at all')
  await p.context().close()
})

test('nothing in these pages complained', () => assert.deepEqual(complaints(), []))
