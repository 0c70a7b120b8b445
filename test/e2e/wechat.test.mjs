/* Inside a chat program: no worker, no push, no notifications, no clipboard, and storage that may be shut. Reporting, following
 * and reading work all the same; where storage is full, that is said. */
import assert from 'node:assert/strict'
import test, { after } from 'node:test'
import { api, beat, clean, doIt, personOf, phone, photo, report, stop, url, user } from './kit.mjs'

after(stop)
const UA = 'Mozilla/5.0 (Linux; Android 10; V1818A) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/87.0.4280.141 Mobile Safari/537.36 MicroMessenger/8.0.20'
const found = async (text) => (await api('/reports?q=' + encodeURIComponent(text), user('dispatcher'))).body.rows.filter((r) => r.text?.includes(text))

async function inside(storage) {
  const { officer, at } = await beat()
  const p = await phone('zh', at, ['status of 4'], { userAgent: UA })
  await p.addInitScript((how) => {
    delete Navigator.prototype.serviceWorker
    for (const x of ['PushManager', 'Notification', 'caches', 'structuredClone', 'BarcodeDetector']) delete window[x]
    for (const x of ['clipboard', 'share', 'locks', 'storage']) Object.defineProperty(Navigator.prototype, x, { get: () => undefined, configurable: true })
    delete Array.prototype.at
    delete String.prototype.replaceAll
    delete Object.hasOwn
    delete crypto.randomUUID
    if (how === 'shut') Object.defineProperty(window, 'indexedDB', { get: () => undefined })
    if (how === 'full') {
      IDBObjectStore.prototype.put = function () {
        this.transaction.abort()
        throw new DOMException('full', 'QuotaExceededError')
      }
      Storage.prototype.setItem = () => {
        throw new DOMException('full', 'QuotaExceededError')
      }
    }
  }, storage)
  return { p, officer }
}

for (const storage of ['kept', 'shut'])
  test(`report, follow, read: storage ${storage}`, async () => {
    const { p, officer } = await inside(storage)
    await p.goto(url + '/')
    await p.waitForSelector('.doors')
    assert.equal(await p.evaluate(() => 'serviceWorker' in navigator || 'PushManager' in window || 'Notification' in window), false)
    const text = `在聊天软件里打开 ${storage} ` + Date.now()
    await report(p, text)
    await p.click('[data-send]')
    await p.waitForSelector('[data-receipt]')
    const there = await found(text)
    assert.equal(there.length, 1, 'it arrived')
    assert.equal(there[0].photos, 1, 'with its photo')
    await p.click('[data-follow]')
    await p.waitForSelector('[data-state]')
    await clean(p, 'follow, storage ' + storage)
    // what happened meanwhile is read
    const v = await doIt(there[0].id, 'register', user('dispatcher'), { category: there[0].category }, there[0].version)
    await doIt(there[0].id, 'dispatch', user('dispatcher'), { to: await personOf(officer) }, v)
    await p.getByText(officer.name).first().waitFor()
    await p.waitForSelector('[data-share]')
    await p.goto(url + '/#/mine')
    await p.waitForSelector('.line')
    await p.goto(url + '/#/call')
    await p.waitForSelector('a[href^="tel:"]')
    await p.context().close()
  })

test('storage full: it is said, what was written stays, and a matter can be followed and read', async () => {
  const { p } = await inside('full')
  const text = '手机满了 ' + Date.now()
  await report(p, text, false)
  await p.click('[data-send]')
  await p.locator('.foot .bad').getByText('手机存满了').waitFor()
  assert.equal(await p.inputValue('#text'), text)
  const [m] = (await api('/reports/public?limit=1')).body.rows
  await p.goto(url + '/#/m/' + m.id)
  await p.waitForSelector('[data-open]')
  await p.waitForSelector('[data-state]')
  await p.context().close()
})

test('the text for the group can be copied by hand where the page may not copy', async () => {
  const { p } = await inside('kept')
  await p.addInitScript(() => (document.execCommand = () => false))
  const [m] = (await api('/reports/public?limit=1')).body.rows
  await p.goto(url + '/#/m/' + m.id)
  await p.click('[data-copy-group]')
  const area = p.locator('[data-share] textarea')
  await area.waitFor()
  assert.ok((await area.inputValue()).includes('/#/m/' + m.id))
  await clean(p, 'copy by hand')
  await p.context().close()
})

test('a photo given by the picker is made small without the newer ways', async () => {
  const { p } = await inside('kept')
  await p.addInitScript(() => delete window.createImageBitmap)
  await p.goto(url + '/#/report')
  await p.setInputFiles('[data-photo]', await photo(p))
  await p.waitForSelector('.shots img')
  await p.context().close()
})
