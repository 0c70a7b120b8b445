/* The first whole path, in each language: a resident reports, the dispatcher sees it live and sends somebody, the officer
 * handles it, another confirms it, it is closed, and the resident says that it is solved. */
import assert from 'node:assert/strict'
import test, { after } from 'node:test'
import { api, asked, beat, clean, complaints, desk, doIt, personOf, phone, photo, report, signInDesk, signInPhone, stop, url, user } from './kit.mjs'

after(stop)
const OFFICE = ['立案', '派遣', '派单', '核查', '结案', '待接单']
const TEXT = { zh: '单元门口漏水', bo: 'སྒོ་འགྲམ་དུ་ཆུ་ཟགས་འདུག', en: 'Water leaks at the door' }

async function act(page, name, fill) {
  await page.click(`[data-act=${name}]`)
  await page.waitForSelector('[data-submit]')
  if (fill) await fill(page)
  await page.click('[data-submit]')
}

for (const lang of ['zh', 'bo', 'en'])
  test(`from report to solved: ${lang}`, async () => {
    const { officer, grid, at } = await beat()
    const text = `${TEXT[lang]} ${Date.now() % 1_000_000}`
    const d = await desk(lang)
    await d.goto(url + '/desk/')
    await d.waitForSelector('#phone')
    await clean(d, 'desk sign-in')
    await signInDesk(d, user('dispatcher'))
    await d.waitForSelector('[data-ready=true]')
    await d.waitForSelector('[data-row]')
    await d.waitForSelector('.live:not(.off)')
    const pins = Number(await d.getAttribute('[data-pins]', 'data-pins'))
    assert.ok(pins > 5, 'the map has life')
    await clean(d, 'desk queue')

    // the resident, without an account
    const r = await phone(lang, at)
    await r.goto(url + '/')
    await r.waitForSelector('.door')
    assert.equal(await r.locator('.door').count(), 4)
    await clean(r, 'home')
    await report(r, text)
    assert.equal(await r.getAttribute('[data-place]', 'data-grid'), grid.code, 'the place filled itself in')
    assert.equal(await r.getAttribute('[data-category=leak]', 'aria-pressed'), 'true', 'the kind was guessed')
    await clean(r, 'report')
    await r.locator('.pick[aria-pressed=false]').first().click()
    await clean(r, 'report with map')
    await r.click('[data-send]')
    await r.waitForSelector('[data-receipt]')
    await clean(r, 'sent')
    const receipt = (await r.textContent('[data-receipt]')).replace(/\s/g, '')
    assert.ok(receipt.replace(/-/g, '').length >= 12, 'the code is long enough: ' + receipt)
    await r.click('[data-follow]')
    await r.waitForSelector('[data-state]')
    await r.waitForSelector('.shots img')
    await clean(r, 'follow')

    // the code opens it on another phone, too
    const other = await phone(lang)
    await other.goto(url + '/#/mine')
    await other.fill('#code', receipt.toLowerCase())
    await other.click('form .btn')
    await other.waitForSelector('[data-state]')
    await other.waitForSelector('.shots img')
    await other.context().close()

    // the dispatcher sees it without reloading, in the queue and on the map
    const row = d.locator('[data-row]', { hasText: text })
    await row.waitFor()
    await d.waitForFunction((n) => Number(document.querySelector('[data-pins]').dataset.pins) === n, pins + 1)
    await row.click()
    await d.waitForSelector('.detail [data-act=register]')
    await d.waitForSelector('.detail .shots img')
    await clean(d, 'desk detail')
    await act(d, 'register')
    await d.waitForSelector('[data-act=dispatch]')
    await d.click('[data-act=dispatch]')
    await d.waitForSelector('.who.on')
    assert.match(await d.textContent('.who >> nth=0'), new RegExp(officer.name), 'the grid’s own officer stands first')
    await clean(d, 'desk dispatch form')
    await d.click('[data-submit]')
    await d.waitForSelector('[data-act=reassign]')

    // the officer
    const o = await phone(lang)
    await o.goto(url + '/#/in')
    await o.waitForSelector('#phone')
    await clean(o, 'phone sign-in')
    await signInPhone(o, officer)
    const task = o.locator('.line', { hasText: text })
    await task.waitFor()
    await clean(o, 'tasks')
    await task.click()
    await o.waitForSelector('[data-act=accept]')
    await clean(o, 'task')
    await act(o, 'accept', (p) => clean(p, 'accept'))
    await o.waitForSelector('[data-act=finish]')
    await act(o, 'finish', async (p) => {
      await p.fill('#said', 'OK ' + text)
      await p.setInputFiles('.sheet [data-photo]', await photo(p))
      await p.waitForSelector('.sheet .shots img')
      await clean(p, 'finish')
    })
    await o.waitForFunction(() => !document.querySelector('[data-act=finish]'))
    assert.equal(await o.locator('[data-act=verify]').count(), 0, 'who handled it cannot confirm it')

    // somebody else looks
    const v = await phone(lang)
    await signInPhone(v, user('overseer'))
    await v.goto(url + '/#/verify')
    const done = v.locator('.line', { hasText: text })
    await done.waitFor()
    await clean(v, 'to verify')
    await done.click()
    await v.waitForSelector('[data-act=verify]')
    await act(v, 'verify', (p) => p.fill('#said', 'OK'))
    await v.waitForFunction(() => !document.querySelector('[data-act=verify]'))

    // the desk's detail moved on by itself
    await d.waitForSelector('.detail [data-act=close]')
    await act(d, 'close')
    await d.waitForFunction((t) => ![...document.querySelectorAll('[data-row]')].some((x) => x.textContent.includes(t)), text)

    // the resident's page too; the answer is theirs
    await r.waitForSelector('[data-solved]')
    await clean(r, 'is it solved')
    const words = await r.textContent('body')
    if (lang === 'zh') for (const w of OFFICE) assert.ok(!words.includes(w), 'a resident reads ' + w)
    assert.ok(words.includes(officer.name), 'who had it is named')
    await r.click('[data-solved]')
    await r.waitForSelector('[aria-labelledby=score] button')
    await r.click('[aria-labelledby=score] button >> nth=4')
    await r.waitForFunction(() => !document.querySelector('[data-ask]'))
    const { matter } = await (await fetch(url + '/api/v1/receipt', { headers: { 'Linli-Receipt': receipt } })).json()
    const view = await (await fetch(`${url}/api/v1/reports/${matter}`, { headers: { 'Linli-Receipt': receipt } })).json()
    assert.equal(view.state, 'closed')
    assert.equal(view.data.satisfied, true)
    assert.equal(view.data.score, 5)
    assert.equal(view.data.photos.length, 1)

    // the other screens
    for (const s of ['', 'mine', 'call', 'me']) {
      await r.goto(url + '/#/' + s)
      await r.waitForSelector('h1')
      await clean(r, 'phone #/' + s)
    }
    for (const s of ['map', 'people']) {
      await d.goto(url + '/desk/#/' + s)
      await d.waitForSelector(s === 'map' ? '[data-ready=true]' : 'tbody tr')
      await clean(d, 'desk #/' + s)
    }
    assert.deepEqual(complaints(), [])
    for (const p of [d, r, o, v]) await p.context().close()
  })

for (const lang of ['zh', 'bo', 'en'])
  test(`the resident says: not yet: ${lang}`, async () => {
    const { officer, at } = await beat()
    const text = `${TEXT[lang]} ${Date.now() % 1_000_000} B`
    const r = await phone(lang, at)
    await report(r, text, false)
    await r.click('[data-send]')
    await r.waitForSelector('[data-receipt]')
    await r.click('[data-follow]')
    await r.waitForSelector('[data-state]')
    const receipt = decodeURIComponent((await r.evaluate(() => location.hash)).split('/')[2])
    const { matter } = await (await fetch(url + '/api/v1/receipt', { headers: { 'Linli-Receipt': receipt } })).json()
    const dispatcher = user('dispatcher')
    let v = await doIt(matter, 'register', dispatcher, { category: 'leak' }, 1)
    v = await doIt(matter, 'dispatch', dispatcher, { to: await personOf(officer) }, v)
    v = await doIt(matter, 'accept', officer, { promised_at: Date.now() + 3_600_000 }, v)
    v = await doIt(matter, 'finish', officer, { text: 'OK' }, v)
    await r.waitForSelector('[data-unsolved]') // the page moved on by itself
    await r.click('[data-unsolved]')
    await r.fill('.sheet textarea', 'OK ' + text)
    await clean(r, 'not yet')
    await r.click('[data-submit]')
    await r.waitForFunction(() => !document.querySelector('.sheet'))
    await r.waitForFunction(() => !document.querySelector('[data-ask]'))
    const view = (await api('/reports/' + matter, dispatcher)).body
    assert.equal(view.state, 'handling', 'it goes back to work')
    assert.equal(view.data.satisfied, false)
    const o = await phone(lang)
    await signInPhone(o, officer)
    await o.locator('.line', { hasText: text }).waitFor()
    await o.context().close()
    await r.context().close()
    assert.deepEqual(complaints(), [])
  })

test('residents with big type: nothing breaks, nothing scrolls sideways', async () => {
  const p = await phone('zh', (await beat()).at)
  await p.goto(url + '/')
  await p.locator('.pill[aria-pressed]').click()
  for (const s of ['', 'report', 'mine', 'call', 'me', 'in']) {
    await p.goto(url + '/#/' + s)
    await p.waitForSelector('h1')
    await clean(p, 'big #/' + s)
  }
  await p.context().close()
})

test('the Tibetan face comes only with Tibetan', async () => {
  const faces = []
  const p = await phone('zh')
  p.on('request', (r) => r.resourceType() === 'font' && faces.push(r.url()))
  await p.goto(url + '/')
  await p.waitForSelector('.door')
  await p.waitForLoadState('networkidle')
  assert.equal(faces.length, 0, 'not for Chinese')
  await Promise.all([p.waitForResponse((r) => r.request().resourceType() === 'font'), p.click('[data-lang=bo]')])
  await p.waitForFunction(() => document.documentElement.lang === 'bo')
  await p.evaluate(() => document.fonts.ready)
  await p.waitForLoadState('networkidle')
  assert.equal(faces.length, 1, 'once for Tibetan')
  assert.equal(await p.evaluate(() => getComputedStyle(document.querySelector('.door .t-bo')).lineHeight !== 'normal'), true)
  assert.ok(await p.locator('.door .t-zh').count(), 'the Chinese stands beside what nobody has reviewed')
  await p.context().close()
})

test('the community’s own address serves the same pages', async () => {
  const code = (await api('/community')).body.code
  const p = await phone('zh', undefined)
  await p.goto(`${url}/c/${code}/`)
  await p.waitForSelector('.door')
  const heading = (await api('/community')).body.name.zh
  await p.waitForFunction((n) => document.querySelector('h1')?.textContent.includes(n), heading)
  const d = await desk('zh')
  await d.goto(`${url}/c/${code}/desk/`)
  await d.waitForSelector('#phone')
  for (const x of [p, d]) await x.context().close()
})

test('no page asked another host', () => {
  assert.deepEqual(asked(), [new URL(url).host])
})
