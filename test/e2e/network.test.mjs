/* Weak networks: nothing is lost, nothing comes twice, and what has not been sent can be seen. */
import assert from 'node:assert/strict'
import test, { after } from 'node:test'
import { api, beat, clean, phone, report, stop, until, url, user } from './kit.mjs'

after(stop)
const UNSENT = { zh: '没发出去,已存在手机里,有信号会自动发', bo: 'ཁ་པར་ནང་ཉར་ཡོད།', en: 'kept on this phone' }
const LOST = ['ERR_FAILED', 'ERR_INTERNET', 'Failed to load', 'ERR_CONNECTION']
const found = async (text) => (await api('/reports?q=' + encodeURIComponent(text), user('dispatcher'))).body.rows.filter((r) => r.text?.includes(text))

/* The retry is made to wait until `go`, so that the unsent state can be looked at however slow the machine is. */
async function once(page, first) {
  let n = 0
  let go = () => undefined
  const gate = new Promise((ok) => (go = ok))
  await page.route('**/api/v1/reports', async (route) => {
    if (route.request().method() !== 'POST') return route.continue()
    n++
    if (n === 1) return first(route)
    await gate
    return route.continue()
  })
  return { go, count: () => n }
}

test('the call is cut off: unsent is shown, and it arrives later, once', async () => {
  const p = await phone('zh', (await beat()).at, LOST)
  const text = '断网试验 ' + Date.now()
  const net = await once(p, (r) => r.abort('internetdisconnected'))
  await report(p, text)
  await p.click('[data-send]')
  await p.waitForSelector('[data-unsent]')
  await p.getByText(UNSENT.zh).waitFor()
  await clean(p, 'unsent')
  assert.equal((await found(text)).length, 0, 'the server knows nothing yet')
  net.go()
  await p.waitForSelector('[data-receipt]')
  assert.ok(net.count() >= 2)
  assert.equal(await p.locator('[data-unsent]').count(), 0)
  assert.equal((await found(text)).length, 1, 'exactly once')
  await p.context().close()
})

for (const lang of ['zh', 'bo', 'en'])
  test(`no network at all, and no event that says it is back: ${lang}`, async () => {
    const p = await phone(lang, (await beat()).at, LOST)
    await p.addInitScript(() => {
      window.swallowed = 0
      addEventListener('online', (e) => {
        window.swallowed++
        e.stopImmediatePropagation()
      })
    })
    const text = '山里没有信号 ' + lang + Date.now()
    await report(p, text)
    await p.waitForLoadState('networkidle') // the next screens have been fetched
    await p.context().setOffline(true)
    await p.click('[data-send]')
    await p.waitForSelector('[data-unsent]')
    await p.locator('[data-unsent]').getByText(UNSENT[lang]).waitFor()
    await clean(p, 'unsent ' + lang)
    assert.equal((await found(text)).length, 0)
    await p.context().setOffline(false)
    await p.waitForSelector('[data-receipt]')
    assert.equal(await p.locator('[data-unsent]').count(), 0)
    const there = await found(text)
    assert.equal(there.length, 1, 'exactly once')
    assert.equal(there[0].photos, 1, 'with its photo')
    await p.context().close()
  })

test('the answer is lost after the server took it: the retry finds it there, once', async () => {
  const p = await phone('zh', (await beat()).at, LOST)
  const text = '回音丢了 ' + Date.now()
  const net = await once(p, async (r) => {
    const answer = await r.fetch()
    assert.equal(answer.status(), 201)
    await r.abort('connectionreset')
  })
  await report(p, text, false)
  await p.click('[data-send]')
  await p.waitForSelector('[data-unsent]')
  await until(async () => (await found(text)).length === 1) // the server has it, the phone does not know
  net.go()
  await p.waitForSelector('[data-receipt]')
  assert.equal((await found(text)).length, 1, 'exactly once')
  await p.click('[data-follow]')
  await p.waitForSelector('[data-state]')
  await p.context().close()
})

test('what waits survives closing the page, and leaves when it is opened again', async () => {
  const p = await phone('zh', (await beat()).at, LOST)
  const text = '关了再开 ' + Date.now()
  await p.route('**/api/v1/reports', (r) => (r.request().method() === 'POST' ? r.abort('internetdisconnected') : r.continue()))
  await report(p, text)
  await p.click('[data-send]')
  await p.waitForSelector('[data-unsent]')
  await p.unroute('**/api/v1/reports')
  const q = await p.context().newPage()
  await p.close()
  await q.goto(url + '/')
  await q.waitForSelector('.line')
  assert.equal((await found(text)).length, 1)
  await q.context().close()
})

test('a draft is still there after a reload', async () => {
  const p = await phone('zh', (await beat()).at)
  await report(p, '还没写完')
  await p.fill('#near', '三单元门口')
  await until(() =>
    p.evaluate(
      () =>
        new Promise((ok) => {
          const open = indexedDB.open('linli')
          open.onsuccess = () => {
            const ask = open.result.transaction('draft').objectStore('draft').getAll()
            ask.onsuccess = () => (open.result.close(), ok(ask.result.some((d) => d.near === '三单元门口')))
          }
        }),
    ),
  )
  await p.reload()
  await p.waitForSelector('.shots img')
  assert.equal(await p.inputValue('#text'), '还没写完')
  assert.equal(await p.inputValue('#near'), '三单元门口')
  await p.context().close()
})

test('no position: the map opens, a grid can be chosen from the list', async () => {
  const p = await phone('zh')
  await p.goto(url + '/#/report')
  await p.locator('h1').click() // it asks for the place once somebody touches it
  await p.waitForSelector('#grid')
  await p.selectOption('#grid', { index: 2 })
  await p.waitForFunction(() => document.querySelector('[data-place]').dataset.grid)
  await clean(p, 'report without position')
  const before = await p.getAttribute('[data-place]', 'data-grid')
  await p.selectOption('#grid', { index: 1 })
  assert.notEqual(await p.getAttribute('[data-place]', 'data-grid'), before)
  await p.context().close()
})

test('a wrong receipt code is worded for people', async () => {
  const p = await phone('en', undefined, ['status of 4'])
  await p.goto(url + '/#/mine')
  await p.fill('#code', 'AAAA-AAAA-AAAA')
  await p.locator('form button').click()
  await p.getByText('There is no such code').waitFor()
  await p.context().close()
})
