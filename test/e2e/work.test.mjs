/* What officers and units do on the phone: on the spot, with no signal too, and several units on one matter. */
import assert from 'node:assert/strict'
import test, { after } from 'node:test'
import { api, beat, clean, complaints, doIt, line, phone, photo, signInPhone, stop, until, url, user, users, uuid } from './kit.mjs'

after(stop)
const LOST = ['ERR_FAILED', 'ERR_INTERNET', 'Failed to load', 'ERR_CONNECTION', 'ERR_EMPTY', 'Failed to fetch']
const found = async (text) => (await api('/reports?q=' + encodeURIComponent(text), user('dispatcher'))).body.rows.filter((r) => r.text?.includes(text))
async function fillSpot(p, text) {
  await p.waitForSelector('[data-place]')
  for (const field of ['before', 'after']) {
    await p.setInputFiles(`[data-photo=${field}]`, await photo(p))
    await p.waitForFunction((f) => document.querySelector(`[data-photo=${f}]`).closest('.stack').querySelector('img'), field)
  }
  await p.fill('#did', text)
  await p.click('[data-category=road]')
  await p.waitForFunction(() => document.querySelector('[data-place]')?.getAttribute('data-grid'))
}
/** The worker has taken over and has every file of its list. */
async function onThePhone(p) {
  await p.waitForFunction(() => navigator.serviceWorker.controller)
  const missing = await p.evaluate(async () => {
    const list = JSON.parse(/const FILES = (\[.*\])/.exec(await (await fetch('/app/sw.js')).text())[1])
    const c = await caches.open((await caches.keys()).find((k) => k.startsWith('linli-')))
    const has = (await c.keys()).map((r) => new URL(r.url).pathname)
    return { n: list.length, missing: list.filter((f) => !has.includes(f)) }
  })
  assert.ok(missing.n > 20, 'the list names the files')
  assert.deepEqual(missing.missing, [])
}

for (const lang of ['zh', 'bo', 'en'])
  test(`settled on the spot, in two taps from the day's list: ${lang}`, async () => {
    const { officer, at, grid } = await beat()
    const p = await phone(lang, at)
    await signInPhone(p, officer)
    await p.waitForSelector('[data-spot]')
    await clean(p, 'the day ' + lang)
    await p.click('[data-spot]')
    const text = '井盖扶正 ' + lang + Date.now()
    await p.click('[data-send]')
    await p.waitForSelector('.foot [role=alert]') // says what is missing
    await fillSpot(p, text)
    await p.waitForSelector('[data-accuracy]')
    await clean(p, 'on the spot ' + lang)
    await p.click('[data-send]')
    await p.waitForSelector('[data-spot-done]')
    await clean(p, 'settled ' + lang)
    const rows = await found(text)
    assert.equal(rows.length, 1)
    assert.equal(rows[0].place, grid.code)
    assert.ok(rows[0].spot > 0)
    await p.click('[data-spot-done] a')
    await p.waitForSelector('[data-spot-view] img')
    await clean(p, 'settled, seen ' + lang)
    await p.context().close()
  })

test('on the spot with the server gone, the cache cleared and the page opened anew: it arrives once', async () => {
  const { officer, at } = await beat()
  const way = await line()
  const p = await phone('zh', at, LOST, { serviceWorkers: 'allow' })
  await signInPhone(p, officer, way.url)
  await p.waitForSelector('[data-spot]')
  await onThePhone(p)
  await way.cut()
  const wire = await p.context().newCDPSession(p)
  await wire.send('Network.clearBrowserCache')
  await p.reload()
  await p.waitForSelector('[data-spot]') // the day stands, from the phone
  await p.click('[data-spot]')
  const text = '断电时扶正井盖 ' + Date.now()
  await fillSpot(p, text)
  await p.click('[data-send]')
  await p.waitForSelector('[data-spot-waits]')
  await clean(p, 'on the spot, waiting')
  await wire.send('Network.clearBrowserCache')
  await p.goto(way.url + '/#/tasks')
  await p.reload()
  await p.waitForSelector('[data-unsent]')
  assert.equal((await p.textContent('[data-waiting]')).trim(), '1')
  assert.equal((await found(text)).length, 0, 'the server knows nothing yet')
  await way.mend()
  await until(async () => (await found(text)).length > 0)
  await p.waitForFunction(() => !document.querySelector('[data-unsent]'))
  const rows = await found(text)
  assert.equal(rows.length, 1, 'exactly once')
  const v = (await api('/reports/' + rows[0].id, user('dispatcher'))).body
  assert.deepEqual([v.data.photos.length, v.data.result_photos.length], [1, 1])
  await p.context().close()
  await way.cut()
})

test('what was drawn is looked at by another officer', async () => {
  const rows = (await api('/reports?spot=1&state=done&limit=20', user('dispatcher'))).body.rows
  assert.ok(rows.length > 0, 'the demo has one that was drawn')
  const p = await phone('zh')
  const other = user('overseer')
  await signInPhone(p, other)
  await p.goto(url + '/#/verify')
  await p.waitForSelector('.line .chip.blue')
  await clean(p, 'to be looked at')
  await p.goto(url + '/#/t/' + rows[0].id)
  await p.waitForSelector('[data-spot-view]')
  await p.waitForSelector('[data-act=verify]')
  await clean(p, 'drawn')
  await p.context().close()
})

for (const lang of ['zh', 'bo', 'en'])
  test(`a unit that was called comes, acts and signs off; the lead does not finish over its head: ${lang}`, async () => {
    const [water, power] = users.filter((u) => u.unit)
    const mine = async (who) => (await api('/units/mine', who)).body.rows[0].id
    const desk = user('dispatcher')
    const { at } = await beat()
    const id = uuid()
    const text = '水管边上的路灯 ' + lang + Date.now()
    assert.equal((await api('/reports', desk, { id, category: 'leak', text, point: at })).status, 201)
    let v = await doIt(id, 'register', desk, { category: 'leak' }, 1)
    v = await doIt(id, 'dispatch', desk, { to: await mine(water) }, v)
    v = await doIt(id, 'accept', water, {}, v)
    await doIt(id, 'whistle', desk, { units: [{ unit: await mine(power) }], text: '请一起到现场' }, v)

    const p = await phone(lang, at)
    await signInPhone(p, power)
    await p.waitForSelector('[data-part]') // a member of a unit has a list of the day without being staff
    await clean(p, 'the day of a unit ' + lang)
    await p.goto(url + '/#/t/' + id)
    await p.waitForSelector('[data-whistle]')
    assert.equal(await p.locator('[data-whistle] [data-unit]').count(), 2, 'the lead and the one who was called')
    assert.equal(await p.locator('[data-act=sign_off]').count(), 0, 'who has not come cannot be done')
    await p.click('[data-act=sign_in]')
    await p.fill('#said', '到了')
    await clean(p, 'signing in ' + lang)
    await p.click('[data-submit]')
    await p.locator('[data-whistle] .chip.amber').waitFor()
    await p.locator('[data-whistle]').getByText('到了').waitFor()
    await clean(p, 'signed in ' + lang)

    const q = await phone(lang, at)
    await signInPhone(q, water)
    await q.goto(url + '/#/t/' + id)
    await q.click('[data-act=finish]')
    await q.fill('#said', '换了接头')
    await q.click('[data-submit]')
    await q.waitForSelector('.sheet [role=alert]') // the other one is still at it: say why not wait
    await clean(q, 'finishing too early ' + lang)
    await q.keyboard.press('Escape')

    await p.click('[data-act=sign_off]')
    await p.fill('#said', '灯亮了')
    await p.click('[data-submit]')
    await p.locator('[data-whistle] .chip.green').waitFor()
    await q.reload()
    await q.click('[data-act=finish]')
    await q.fill('#said', '换了接头')
    assert.equal(await q.locator('#why-not').count(), 0)
    await q.click('[data-submit]')
    await until(async () => (await api('/reports/' + id, desk)).body.state === 'done')
    for (const x of [p, q]) await x.context().close()
  })

test('nothing in these pages complained', () => assert.deepEqual(complaints(), []))
