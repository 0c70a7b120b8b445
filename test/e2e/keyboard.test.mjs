/* By keyboard only: every step is reached by Tab in the order in which it is read; each screen's order is written down here. */
import assert from 'node:assert/strict'
import test, { after } from 'node:test'
import { api, beat, clean, desk, doIt, personOf, signInPhone, stop, until, url, user, uuid } from './kit.mjs'

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

/** What stands in the focus, in one word: a line of a list, a tab, an id, what a test calls it, or what it says. */
const stopAt = (p) =>
  p.evaluate(() => {
    const e = document.activeElement
    if (!e || e === document.body) return null
    const said = () => (e.getAttribute('aria-label') || e.textContent.trim() || e.querySelector('[aria-label]')?.getAttribute('aria-label') || '').replace(/\s+/g, ' ').slice(0, 12)
    const data = ['skip', 'lang', 'spot', 'send', 'paste', 'another', 'submit', 'accept', 'act', 'seen', 'solved', 'note', 'qr', 'copyGroup', 'more', 'meToo', 'category', 'look', 'account', 'telling', 'for', 'cards', 'all', 'photo'].find((x) => x in e.dataset)
    if (e.closest('nav.tabs')) return 'tab ' + e.getAttribute('href').slice(2)
    if (e.matches('.line')) return 'line'
    if (e.href?.startsWith('tel:')) return 'tel'
    if (e.closest('[data-news]') && e.matches('a')) return 'news'
    if (data) return data === 'photo' ? 'photo ' + e.dataset.photo : data === 'act' ? 'act ' + e.dataset.act : data
    if (e.id) return '#' + e.id
    if (e.type === 'file') return 'album'
    if (e.matches('.bar button')) return 'back'
    if (e.matches('.x')) return 'x'
    if (e.matches('a') && e.getAttribute('href')?.startsWith('#/')) return e.getAttribute('href')
    return said()
  })
/** All stops from the top of the page to its end; the same one after the other stands once. */
async function walk(p) {
  await p.evaluate(() => (document.activeElement?.blur(), window.scrollTo(0, 0)))
  const out = []
  for (let i = 0; i < 90; i++) {
    await p.keyboard.press('Tab')
    const s = await stopAt(p)
    if (s === null && out.length) break
    if (s !== null && out.at(-1) !== s) out.push(s)
  }
  return out
}
async function order(p, to, want, ready = 'h1') {
  await p.goto(url + '/#/' + to)
  await p.reload()
  await p.waitForSelector(ready)
  await p.waitForFunction(() => !document.querySelector('.spin, .early'))
  await p.waitForTimeout(700) // parts of their own
  assert.deepEqual(await walk(p), want, '#/' + to)
}
const TABS = ['tab ', 'tab mine', 'tab report', 'tab call', 'tab me']
const WORK = ['tab tasks', 'tab verify', 'tab report', 'tab call', 'tab me']
const SIZES = ['标准', '大字', 'look']

test('the order of each screen: for anybody', async () => {
  const p = await desk('zh', ['status of 4'])
  await p.setViewportSize({ width: 360, height: 740 })
  const { at: spot } = await beat()
  await p.context().grantPermissions(['geolocation'])
  await p.context().setGeolocation({ longitude: spot.lon, latitude: spot.lat, accuracy: 12 })
  await order(p, '', ['skip', 'lang', '大字', '#/report', '#/mine', '#/report/help', '#/call', ...TABS])
  await order(p, 'mine', ['skip', '#/report', '#code', '查', ...TABS])
  await order(p, 'call', ['skip', 'tel', ...TABS])
  await order(p, 'me', ['skip', '中文', 'བོད་ཡིག', 'English', ...SIZES, '#/in', ...TABS])
  await order(p, 'in', ['skip', 'back', '用密码', '用登录码', '#phone', '#password', '登录'])
  await order(p, 'report', ['skip', 'back', 'photo photos', 'album', '用我的位置', '在图上点', '#near', '在楼里？写清几楼几号', 'meToo', 'more', '#text', '不想打字，说一段', 'paste', 'category', '#phone', 'send'], '[data-similar]')
  // the way past what stands before the content
  await p.goto(url + '/#/')
  await p.reload()
  await p.waitForSelector('.doors')
  await p.evaluate(() => document.activeElement?.blur())
  await p.keyboard.press('Tab')
  assert.equal(await stopAt(p), 'skip')
  await clean(p, 'the way past stands open')
  await p.keyboard.press('Enter')
  assert.equal((await at(p)).tag, 'MAIN')
  await p.context().close()
})

test('the order of each screen: signed in, and for an officer', async () => {
  const { officer, at: spot } = await beat()
  const task = uuid()
  assert.equal((await api('/reports', undefined, { id: task, category: 'light', text: '路灯不亮', point: spot })).status, 201)
  await doIt(task, 'dispatch', user('dispatcher'), { to: await personOf(officer) }, await doIt(task, 'register', user('dispatcher'), { category: 'light' }, 1))
  const p = await desk('zh', ['status of 4'])
  await p.setViewportSize({ width: 360, height: 740 })
  await p.context().grantPermissions(['geolocation'])
  await p.context().setGeolocation({ longitude: spot.lon, latitude: spot.lat, accuracy: 12 })
  await signInPhone(p, user('resident'))
  const has = (await api('/reports/mine?limit=20', user('resident'))).body.rows
  const open = has.find((x) => x.state === 'handling' && x.held_phone)
  assert.ok(open, 'one of theirs is in hand')
  const mine = await (async () => {
    await order(p, 'm/' + open.id, ['skip', 'back', 'tel', 'copyGroup', 'qr', 'note', '催一下'], '[data-state]').catch((e) => assert.fail(e.message))
    await p.goto(url + '/#/mine')
    await p.reload()
    await p.waitForSelector('.line')
    return walk(p)
  })()
  const tel = mine.findIndex((x) => x === 'tel')
  assert.ok(tel > 0 && mine[tel - 1] === 'line', 'whoever has it is called right after their line: ' + mine)
  assert.deepEqual(mine.filter((x, i) => x !== 'tel' && !(x === 'line' && mine.lastIndexOf('line') > i)), ['skip', 'line', ...(mine.includes('再看一些') ? ['再看一些'] : []), '#code', '查', ...TABS])
  await p.context().clearCookies()
  await p.evaluate(() => localStorage.clear())
  await signInPhone(p, officer)
  await order(p, 'tasks', ['skip', 'spot', '#/visits', 'line', 'seen', 'news', ...WORK], '.line')
  await order(p, 'spot', ['skip', 'back', 'photo before', 'album', 'photo after', 'album', '#did', '已清理干净', '已扶正放好', '已修好', '已挪开', 'category', '用我的位置', '在图上点', '#near', 'send'], '[data-place]')
  await order(p, 't/' + task, ['skip', 'back', '这个时限怎么算的', '看反映人电话', 'copyGroup', 'qr', 'act accept', 'act return', 'act ask_extension', 'act note'], '[data-act=accept]')
  // each sheet takes the focus, keeps it and gives it back, by Escape and by its own button
  for (const name of ['accept', 'return', 'note'])
    for (const way of ['Escape', 'close']) {
      await p.focus(`[data-act=${name}]`)
      await p.keyboard.press('Enter')
      await p.waitForSelector('[role=dialog]')
      assert.ok(await p.evaluate(() => !!document.activeElement.closest('[role=dialog]')), 'the sheet has the focus')
      for (let i = 0; i < 20; i++) {
        await p.keyboard.press(way === 'close' ? 'Tab' : 'Shift+Tab')
        assert.ok(await p.evaluate(() => !!document.activeElement.closest('[role=dialog]') || document.activeElement === document.body), 'Tab stays in the sheet')
      }
      if (way === 'close') await p.focus('[role=dialog] .x')
      await p.keyboard.press(way === 'close' ? 'Enter' : 'Escape')
      await until(async () => (await p.locator('[role=dialog]').count()) === 0)
      assert.equal(await stopAt(p), 'act ' + name, 'the focus is back: ' + way)
    }
  await p.context().close()
})
