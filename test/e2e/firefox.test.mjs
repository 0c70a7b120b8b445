/* The officer's phone without signal in the other engine: Debian's Firefox. The rest of these tests is Chromium's. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { after } from 'node:test'
import puppeteer from 'puppeteer-core'
import { api, beat, doIt, line, personOf, photo, until, user, uuid } from './kit.mjs'

let browser, way
const folder = mkdtempSync(join(tmpdir(), 'linli-firefox-'))
after(async () => {
  await browser?.close()
  await way?.cut().catch(() => undefined)
  rmSync(folder, { recursive: true })
})
const desk = user('dispatcher')
const found = async (text) => (await api('/reports?limit=100&q=' + encodeURIComponent(text), desk)).body.rows.filter((r) => r.text?.includes(text))
const notes = async (id, text) => (await api('/reports/' + id, desk)).body.timeline.filter((h) => h.type === 'report.note' && h.data.text === text)

/** A phone's page whose position is `at`. */
async function open(at) {
  browser = await puppeteer.launch({
    browser: 'firefox',
    executablePath: process.env.FIREFOX ?? '/usr/bin/firefox-esr',
    extraPrefsFirefox: {
      'geo.prompt.testing': true,
      'geo.prompt.testing.allow': true,
      'geo.provider.network.url': `data:application/json,{"location":{"lat":${at.lat},"lng":${at.lon}},"accuracy":20}`,
      'geo.provider.use_geoclue': false,
      'intl.accept_languages': 'zh-CN',
      'intl.locale.requested': 'zh-CN',
    },
  })
  const page = await browser.newPage()
  page.setDefaultTimeout(45_000) // a busy machine is not a fault
  await page.setViewport({ width: 360, height: 740 })
  return page
}
async function signIn(p, who) {
  await p.goto(way.url + '/#/in')
  await p.waitForSelector('#phone')
  await p.type('#phone', who.phone)
  await p.type('#password', who.password)
  await p.click('form button.main')
  await p.waitForFunction(() => !location.hash.startsWith('#/in'))
}
const go = async (p, hash, what) => {
  await p.evaluate((h) => void (location.hash = h), hash)
  await p.waitForSelector(what)
}

test('Firefox: no server, a reload; a note and a report with a photo arrive once, in order', async () => {
  const { officer, at } = await beat()
  const stamp = ' ' + Date.now()
  const id = uuid()
  assert.equal((await api('/reports', undefined, { id, category: 'road', text: '路边石松了' + stamp, point: at })).status, 201)
  const v = await doIt(id, 'register', desk, { category: 'road' }, 1)
  const w = await doIt(id, 'dispatch', desk, { to: await personOf(officer) }, v)
  await doIt(id, 'accept', officer, { promised_at: Date.now() + 8 * 3_600_000 }, w)

  way = await line()
  const p = await open(at)
  await signIn(p, officer)
  await until(() =>
    p.evaluate(async (key) => {
      if (!navigator.serviceWorker.controller) return false
      const db = await new Promise((ok) => Object.assign(indexedDB.open('linli'), { onsuccess: (e) => ok(e.target.result) }))
      const v = await new Promise((ok) => (db.transaction('cache').objectStore('cache').get('view ' + key).onsuccess = (e) => ok(e.target.result)))
      db.close()
      return !!v
    }, id),
  )
  await way.cut()
  await go(p, '#/tasks', '[data-spot]')
  await p.reload()
  await p.waitForSelector('[data-spot]')

  await go(p, '#/t/' + id, '[data-act=note]')
  await p.click('[data-act=note]')
  await p.waitForSelector('#said')
  await p.type('#said', '看过了' + stamp)
  await p.click('[data-submit]')
  await p.waitForFunction(() => !document.querySelector('.sheet'))
  assert.equal((await notes(id, '看过了' + stamp)).length, 0, 'the server knows nothing yet')

  await go(p, '#/report', '[data-photo]')
  await p.waitForFunction(() => document.querySelector('[data-place]')?.getAttribute('data-grid'))
  const file = join(folder, 'photo.jpg')
  writeFileSync(file, (await photo(p)).buffer)
  await (await p.$('[data-photo]')).uploadFile(file)
  await p.waitForSelector('.shots img')
  await p.type('#text', '井盖响' + stamp)
  await p.click('[data-send]')
  await p.waitForSelector('[data-unsent]')
  await p.reload()
  await p.waitForSelector('[data-unsent]')
  assert.equal((await found('井盖响' + stamp)).length, 0)

  await way.mend()
  await p.evaluate(() => void dispatchEvent(new Event('online')))
  await until(async () => (await found('井盖响' + stamp)).length > 0)
  await p.waitForFunction(() => !document.querySelector('[data-unsent]'))
  const rows = await found('井盖响' + stamp)
  assert.equal(rows.length, 1, 'exactly once')
  assert.equal(rows[0].photos, 1)
  const written = await notes(id, '看过了' + stamp)
  assert.equal(written.length, 1, 'exactly once')
  assert.ok(written[0].at <= rows[0].opened_at, 'in order')
})
