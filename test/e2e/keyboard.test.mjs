/* The report flow by keyboard only: every step is reached by Tab in the order in which it is read. */
import assert from 'node:assert/strict'
import test, { after } from 'node:test'
import { api, beat, desk, stop, until, url, user } from './kit.mjs'

after(stop)
const at = (p) =>
  p.evaluate(() => {
    const e = document.activeElement
    const box = e.getBoundingClientRect()
    return { tag: e.tagName, id: e.id, href: e.getAttribute('href') ?? '', data: Object.keys(e.dataset), type: e.getAttribute('type') ?? '', top: Math.round(box.top + (document.querySelector('.scroll')?.scrollTop ?? 0)),
      foot: !!e.closest('.foot'), seen: getComputedStyle(e).outlineStyle !== 'none' || !!e.closest('label') }
  })
/** Tab until it is there; answers what was passed. */
async function reach(p, is, most = 60) {
  const passed = []
  for (let i = 0; i < most; i++) {
    await p.keyboard.press('Tab')
    const a = await at(p)
    passed.push(a)
    if (is(a)) return passed
  }
  assert.fail('not reached by Tab: ' + JSON.stringify(passed.map((a) => a.id || a.href || a.data.join() || a.tag)))
}

test('from home to the receipt, and on to how far it is, without a pointer', async () => {
  const p = await desk('zh', ['status of 4'])
  const { at: spot } = await beat()
  await p.context().grantPermissions(['geolocation'])
  await p.context().setGeolocation({ longitude: spot.lon, latitude: spot.lat, accuracy: 12 })
  await p.goto(url + '/')
  await p.waitForSelector('.doors')
  await reach(p, (a) => a.href === '#/report')
  await p.keyboard.press('Enter')
  await p.waitForFunction(() => document.querySelector('[data-place]')?.getAttribute('data-grid'))
  await p.waitForSelector('[data-paste]')
  assert.equal((await at(p)).tag, 'H1', 'a new screen begins at its title')
  const text = '只用键盘 路灯不亮 ' + Date.now()
  const passed = await reach(p, (a) => a.id === 'text')
  assert.ok(passed.some((a) => a.type === 'file'), 'the camera is on the way')
  assert.ok(passed.some((a) => a.id === 'near'))
  await p.keyboard.type(text)
  const more = await reach(p, (a) => a.data.includes('send'))
  const inPage = [...passed, ...more].filter((a) => !a.foot && a.tag !== 'BODY' && a.type !== 'file')
  assert.ok(inPage.length > 12, 'many were passed')
  assert.deepEqual(inPage.map((a) => a.tag).filter((t) => t === 'DIV' || t === 'SPAN'), [], 'only what can be pressed is stopped at')
  assert.ok(inPage.every((a, i) => i === 0 || a.top >= inPage[i - 1].top - 80), 'from top to bottom: ' + JSON.stringify(inPage.map((a) => [a.id || a.data.join() || a.tag, a.top])))
  assert.ok([...passed, ...more].filter((a) => a.tag !== 'BODY').every((a) => a.seen), 'where one stands can be seen')
  await p.keyboard.press('Enter')
  await p.waitForSelector('[data-receipt]')
  await reach(p, (a) => a.data.includes('follow'))
  await p.keyboard.press('Enter')
  await p.waitForSelector('[data-state]')
  await until(async () => (await api('/reports?q=' + encodeURIComponent(text), user('dispatcher'))).body.rows.length === 1)
  // a sheet holds the focus, Escape closes it and gives it back
  await reach(p, (a) => a.tag === 'BUTTON' && a.data.includes('note'))
  await p.keyboard.press('Enter')
  await p.waitForSelector('dialog, [role=dialog]')
  for (let i = 0; i < 8; i++) await p.keyboard.press('Tab')
  assert.ok(await p.evaluate(() => !!document.activeElement.closest('dialog, [role=dialog]') || document.activeElement === document.body), 'Tab stays in the sheet')
  await p.keyboard.press('Escape')
  await until(async () => (await p.locator('dialog, [role=dialog]').count()) === 0)
  assert.ok((await at(p)).data.includes('note'), 'the focus is back where it was')
  await p.context().close()
})
