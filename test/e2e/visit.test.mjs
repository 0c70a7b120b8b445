/* At the door: what is due, the last promise first, two buttons, with the server stopped; the household reads it and
 * corrects it. */
import assert from 'node:assert/strict'
import test, { after } from 'node:test'
import { api, beat, clean, complaints, line, personOf, phone, photo, signInPhone, stop, until, url, user, users, uuid } from './kit.mjs'

const lines = []
after(async () => {
  await stop()
  for (const l of lines) await l.cut().catch(() => undefined)
})
const LOST = ['ERR_FAILED', 'ERR_INTERNET', 'Failed to load', 'ERR_CONNECTION', 'ERR_EMPTY', 'Failed to fetch', 'status of 4']
const mine = async (who) => (await api('/visits/mine?limit=100', who)).body.rows
const viewOf = async (id, who) => (await api('/visits/' + id, who)).body
const kept = (p, key) =>
  p.evaluate(async (k) => {
    const db = await new Promise((ok) => Object.assign(indexedDB.open('linli'), { onsuccess: (e) => ok(e.target.result) }))
    const v = await new Promise((ok) => (db.transaction('cache').objectStore('cache').get(k).onsuccess = (e) => ok(e.target.result)))
    db.close()
    return v
  }, key)

test('server stopped, cache cleared: what is due is there, and a visit with two photos arrives once', async () => {
  const { officer, at } = await beat()
  const way = await line()
  lines.push(way)
  const row = (await mine(officer)).find((r) => r.promise_state === 'open')
  assert.ok(row, 'the demo has a promise that is not kept yet')
  const before = (await viewOf(row.id, officer)).timeline.length
  const p = await phone('zh', at, LOST, { serviceWorkers: 'allow' })
  await signInPhone(p, officer, way.url)
  const me = await personOf(officer)
  await until(async () => (await p.evaluate(() => !!navigator.serviceWorker.controller)) && (await kept(p, 'visits' + me)) && (await kept(p, 'view ' + row.id)) && (await kept(p, 'checklists')))
  await way.cut()
  await (await p.context().newCDPSession(p)).send('Network.clearBrowserCache')
  await p.goto(way.url + '/#/tasks')
  await p.reload()
  await p.click('[data-visits-due]')
  await p.waitForSelector('[data-kept]')
  await p.waitForSelector('[data-visit]')
  const listed = await p.locator('[data-visit]').count()
  assert.equal(listed, (await mine(officer)).length)
  assert.equal(await p.locator('[data-part]').first().getAttribute('data-part'), 'over', 'overdue first')
  await p.click('[data-by-way]')
  await p.waitForSelector('[data-far]')
  await clean(p, 'nearest first, without signal')
  await p.click(`[data-visit="${row.id}"]`)
  await p.waitForSelector('[data-promise]')
  const top = await p.evaluate(() => document.querySelector('[data-promise]').getBoundingClientRect().top < document.querySelector('[data-two]').getBoundingClientRect().top)
  assert.ok(top, 'the promise stands above the buttons')
  const said = '装修队来看过 ' + Date.now()
  await p.click('[data-met]')
  await p.click('[data-kept-as=kept]')
  await p.fill('#said', said)
  // what was begun is there again
  await p.waitForTimeout(500)
  await p.reload()
  await p.click('[data-met]')
  await p.waitForFunction((x) => document.querySelector('#said')?.value === x, said)
  for (let n = 1; n <= 2; n++) {
    await p.setInputFiles('[data-photo]', await photo(p))
    await p.waitForFunction((k) => document.querySelectorAll('.shots img').length === k, n)
  }
  await p.click('[data-ask=drain] [data-choice=clear]')
  await p.fill('#promise', '下周再来看')
  await clean(p, 'the form of a visit')
  await p.click('[data-write]')
  await p.waitForSelector('[data-visits-due], [data-waits]')
  await p.waitForSelector('[data-unsent]')
  assert.equal((await viewOf(row.id, officer)).timeline.length, before, 'the server knows nothing yet')
  await way.mend()
  await p.waitForFunction(() => !document.querySelector('[data-unsent]'))
  const v = await viewOf(row.id, officer)
  const done = v.timeline.filter((h) => h.type === 'visit.met' && h.data.text === said)
  assert.equal(done.length, 1, 'exactly once')
  assert.equal(done[0].data.photos.length, 2)
  assert.deepEqual(done[0].data.answers, { drain: 'clear' })
  assert.equal(v.data.promise.text, '下周再来看')
  assert.equal(v.timeline.length, before + 1)
  await p.context().close()
})

test('nobody there: a card at the door, and when to come again', async () => {
  const { officer, at } = await beat()
  const row = (await mine(officer)).find((r) => r.tries > 0)
  assert.ok(row, 'the demo has a door where nobody was')
  const p = await phone('zh', at)
  await signInPhone(p, officer)
  await p.goto(`${url}/#/v/${row.id}`)
  await p.click('[data-nobody]')
  await p.waitForSelector('[data-left=card]')
  assert.equal(await p.locator('#promise').count(), 0, 'nobody is promised anything')
  await p.click('[data-left=card]')
  await clean(p, 'nobody there')
  await p.click('[data-write]')
  await p.waitForFunction(() => !document.querySelector('[data-write]'))
  const v = await viewOf(row.id, officer)
  assert.deepEqual([v.data.tries, v.data.last.result, v.data.last.left], [row.tries + 1, 'nobody', 'card'])
  assert.ok(v.due_at > Date.now())
  await p.context().close()
})

test('who lives there reads what was written, and corrects it; both stay; who looked is told', async () => {
  const { officer, at } = await beat()
  const resident = user('resident')
  const home = (await api('/visits/home', resident)).body.rows[0]
  assert.ok(home, 'the demo has a household with visits')
  assert.equal((await api('/visits/' + home.id, users.filter((u) => u.role === 'resident')[1])).status, 403)
  await api('/visits/' + home.id, user('dispatcher')) // a look by who has nothing to do there
  const r = await phone('zh', at)
  await signInPhone(r, resident)
  await r.goto(url + '/#/me')
  await r.click('[data-ours]')
  await r.click('[data-visit]')
  await r.waitForSelector('[data-correct]')
  assert.equal(await r.locator('[data-met]').count(), 0, 'nobody visits their own home')
  await clean(r, 'what was written at our door')
  const text = '其实是上个月的事 ' + Date.now()
  await r.click('[data-entry="1"] [data-correct]')
  await clean(r, 'a correction')
  await r.fill('#really', text)
  await r.click('[data-send-correction]')
  await r.waitForFunction((x) => [...document.querySelectorAll('[data-entry="1"] [data-correction]')].some((e) => e.textContent.includes(x)), text)
  await until(async () => (await api(`/visits/${home.id}/looks`, resident)).body.rows.length > 0)
  await r.click('[data-looks]')
  await r.waitForSelector('main h2 + ul')
  await r.context().close()
  const o = await phone('zh', at)
  await signInPhone(o, officer)
  await o.goto(`${url}/#/v/${home.id}`)
  await o.getByText(text).waitFor()
  const v = await viewOf(home.id, officer)
  assert.ok(v.timeline.some((h) => h.type !== 'visit.correct' && h.data.entry === 1 && h.data.text), 'the original stays')
  await o.context().close()
})

test('a clerk may not ask what linli keeps of nobody', async () => {
  const form = [{ name: 'a', type: 'text', words: { zh: '是否重点人员' } }]
  const made = await api('/checklists', user('clerk'), { id: uuid(), code: 'bad' + (Date.now() % 1e6), name: { zh: '入户', bo: 'x', en: 'x' }, form })
  assert.equal(made.status, 422)
  assert.deepEqual([made.body.code, made.body.field], ['column_refused', 'form[0].words.zh'])
})

test('three languages, for elders and in the dark', async () => {
  const { officer, at } = await beat()
  const row = (await mine(officer))[0]
  for (const [lang, more] of [['bo', {}], ['en', { colorScheme: 'dark' }]]) {
    const p = await phone(lang, at, undefined, more)
    await signInPhone(p, officer)
    if (lang === 'en') await p.evaluate(() => localStorage.setItem('linli.big', '1'))
    for (const where of ['tasks', 'visits', 'v/' + row.id]) {
      await p.goto(`${url}/#/${where}`)
      await p.reload()
      await p.waitForSelector(where === 'tasks' ? '[data-visits-due]' : where === 'visits' ? '[data-visit]' : '[data-met]')
      await clean(p, `${lang} ${where}`)
    }
    await p.click('[data-met]')
    await p.waitForSelector('[data-write]')
    await clean(p, `${lang} the form`)
    await p.context().close()
  }
  assert.deepEqual(complaints(), [])
})
