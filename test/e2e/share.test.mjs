/* What is shown to others: the page behind a link, without an account and without anything personal; the text for a group; and
 * what comes back from a group. */
import assert from 'node:assert/strict'
import test, { after } from 'node:test'
import { api, beat, clean, doIt, personOf, phone, photo, report, stop, until, url, user, uuid } from './kit.mjs'

after(stop)
const LOST = ['ERR_FAILED', 'ERR_INTERNET', 'Failed to load', 'ERR_CONNECTION', 'status of 4']
const TEXT = '三单元张某家门口漏水'
const PHONE = '13912345678'

/** A report with an officer on it, promised for tomorrow. */
async function handled() {
  const { officer, at } = await beat()
  const id = uuid()
  const made = await api('/reports', null, { id, category: 'leak', text: TEXT, phone: PHONE, near: '张某家', point: at, language: 'zh' })
  assert.equal(made.status, 201, JSON.stringify(made.body))
  let v = await doIt(id, 'register', user('dispatcher'), { category: 'leak', public_title: '楼道漏水' }, made.body.version)
  v = await doIt(id, 'dispatch', user('dispatcher'), { to: await personOf(officer) }, v)
  await doIt(id, 'accept', officer, { promised_at: Date.now() + 26 * 3_600_000 }, v)
  const { code } = (await api('/community')).body
  return { id, receipt: made.body.receipt, number: made.body.number, officer, code }
}
const nothingPersonal = async (p) => {
  const all = await p.evaluate(() => document.body.innerText)
  assert.ok(all.length > 50)
  for (const x of [TEXT, PHONE, '张某']) assert.ok(!all.includes(x), 'shows ' + x)
}

for (const lang of ['zh', 'bo', 'en'])
  test(`a link with a receipt code, in a browser that never was here: ${lang}`, async () => {
    const m = await handled()
    const p = await phone(lang, undefined, LOST)
    await p.goto(`${url}/c/${m.code}/#/f/${m.receipt}`)
    await p.waitForSelector('[data-open]')
    await nothingPersonal(p)
    await p.getByText(m.officer.name).first().waitFor() // who has it
    await p.waitForSelector('a[href^="tel:"]')
    await p.waitForSelector('.promise[data-by]') // by when
    await p.waitForSelector('ol.line li') // what happened
    assert.equal(await p.getAttribute('.steps [aria-current=step]', 'aria-current'), 'step')
    await clean(p, 'public page ' + lang)
    if (lang === 'zh') {
      // without signal it shows what it last knew
      await p.waitForLoadState('networkidle')
      await p.route('**/api/**', (r) => r.abort('internetdisconnected'))
      await p.goto(`${url}/c/${m.code}/#/`)
      await p.waitForSelector('.doors')
      await p.goto(`${url}/c/${m.code}/#/f/${m.receipt}`)
      await p.waitForSelector('[data-open]')
      await p.getByText(m.officer.name).first().waitFor()
      await p.unroute('**/api/**')
      // whose it is says so, and sees all of it from then on
      await p.reload()
      await p.click('[data-mine]')
      await p.getByText(TEXT).waitFor()
      await p.reload()
      await p.getByText(TEXT).waitFor()
    }
    await p.context().close()
  })

test('for the group: a text and a link that a stranger can open', async () => {
  const m = await handled()
  const p = await phone('zh', undefined, LOST)
  await p.context().grantPermissions(['clipboard-read', 'clipboard-write'])
  await p.goto(`${url}/c/${m.code}/#/f/${m.receipt}`)
  await p.click('[data-copy-group]')
  await p.waitForSelector('[data-share] .note.green')
  const text = await p.evaluate(() => navigator.clipboard.readText())
  assert.ok(text.includes(String(m.number)) && text.includes('楼道漏水') && text.includes('有人在办'), text)
  for (const x of [TEXT, PHONE, '张某', m.receipt, '上报']) assert.ok(!text.includes(x), text)
  const there = text.split('\n').at(-1)
  assert.ok(there.startsWith(url + '/c/' + m.code + '/#/m/' + m.id), there)
  await p.click('[data-share] [data-qr]')
  await p.waitForSelector('[data-share] svg.qr')
  await clean(p, 'share box')
  await p.context().close()
  const q = await phone('zh', undefined, LOST)
  await q.goto(there)
  await q.waitForSelector('[data-open]')
  await nothingPersonal(q)
  await q.getByText(m.officer.name).first().waitFor()
  assert.equal(await q.locator('[data-mine]').count(), 0, 'a public link says nothing of whose it is')
  // what nobody has looked at has a page, too, but no text for a group
  await q.context().close()
})

test('where the browser can, the text is handed on', async () => {
  const m = await handled()
  const p = await phone('zh', undefined, LOST)
  await p.addInitScript(() => {
    navigator.share = async (d) => void (window.handed = d)
  })
  await p.goto(`${url}/#/m/${m.id}`)
  await p.click('[data-send-on]')
  await until(() => p.evaluate(() => !!window.handed))
  const { text } = await p.evaluate(() => window.handed)
  assert.ok(text.includes('楼道漏水') && text.includes('/#/m/' + m.id) && !text.includes(PHONE), text)
  await p.context().close()
})

test('the sent page draws the code as one to scan', async () => {
  const p = await phone('zh', (await beat()).at, LOST)
  await report(p, '路灯不亮 ' + Date.now(), false)
  await p.click('[data-send]')
  await p.waitForSelector('[data-receipt]')
  await p.click('[data-qr]')
  await p.waitForSelector('svg.qr path')
  assert.ok((await p.getAttribute('svg.qr path', 'd')).length > 2_000)
  await clean(p, 'sent with QR')
  await p.context().close()
})

const GROUP = '王某某 2026/7/2 22:10\n3栋2单元门口积水了,有30厘米。联系电话13800001234'
test('from a group: pasted words and a photo become a draft, the number and the place apart', async () => {
  const p = await phone('zh', (await beat()).at, LOST)
  await p.goto(url + '/#/report')
  await p.waitForSelector('[data-paste]')
  const shot = Array.from((await photo(p)).buffer)
  const paste = (bytes) =>
    p.evaluate(([text, b]) => {
      const data = new DataTransfer()
      if (text) data.setData('text/plain', text)
      if (b) data.items.add(new File([new Uint8Array(b)], 'x.jpg', { type: 'image/jpeg' }))
      document.body.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }))
    }, bytes)
  await paste([GROUP, shot])
  await p.waitForSelector('.shots img')
  const text = await p.inputValue('#text')
  assert.ok(text.includes('积水') && !text.includes('13800001234') && !text.includes('王某某'), text)
  assert.equal(await p.inputValue('#phone'), '13800001234')
  assert.ok((await p.inputValue('#near')).includes('3栋2单元'))
  await clean(p, 'pasted')
  // another message is a report of its own: the first one stays among the drafts
  await paste(['菜市场对面路灯不亮', null])
  await until(async () => (await p.inputValue('#text')).includes('路灯'))
  assert.equal(await p.inputValue('#phone'), '')
  await p.goto(url + '/#/mine')
  await until(async () => (await p.locator('[data-drafts] li').count()) === 2)
  await p.context().close()
})

test('where the page may not read what was copied, it is pasted by hand', async () => {
  const p = await phone('zh', (await beat()).at, LOST)
  await p.addInitScript(() => Object.defineProperty(Navigator.prototype, 'clipboard', { get: () => undefined }))
  await p.goto(url + '/#/report')
  await p.click('[data-paste]')
  await p.fill('[data-paste-text]', GROUP)
  await clean(p, 'paste sheet')
  await p.click('[data-paste-take]')
  await until(async () => (await p.inputValue('#phone')) === '13800001234')
  await p.context().close()
})
