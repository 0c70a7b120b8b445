/* The wall screen at 1920 x 1080: nothing scrolls or is cut off, nobody's words are on it nor asked for, what happens
 * appears by itself, and it says so when the server is gone. */
import assert from 'node:assert/strict'
import test, { after } from 'node:test'
import { api, clean, complaints, desk, line, signInDesk, start, stop, until, url, user, uuid } from './kit.mjs'

after(stop)
const size = { width: 1920, height: 1080 }
async function open(lang, base = url) {
  const d = await desk(lang, ['net::', 'status of 5', 'Failed to fetch'])
  await d.setViewportSize(size)
  if (base === url) await signInDesk(d, user('dispatcher'))
  else {
    await d.goto(base + '/desk/')
    await d.fill('#phone', user('dispatcher').phone)
    await d.fill('#password', user('dispatcher').password)
    await d.click('form button.main')
    await d.waitForSelector('[data-kpi]')
  }
  const asked = []
  d.on('request', (r) => asked.push(new URL(r.url()).pathname + new URL(r.url()).search))
  await d.goto(base + '/desk/#/wall')
  await d.waitForSelector('[data-feed]')
  await d.waitForSelector('.wallmap[data-ready=true]:not([data-pins="0"])')
  return { d, asked }
}
/** What is larger than its box, or outside of the screen; titles may end in an ellipsis. */
const cut = (d) =>
  d.evaluate(() => {
    const bad = []
    for (const e of document.querySelectorAll('.wall, .wall *')) {
      const s = getComputedStyle(e)
      if (e.closest('svg, .sr, .gl') || s.position === 'absolute' && s.clip !== 'auto') continue
      const b = e.getBoundingClientRect()
      if (!b.width || !b.height) continue
      const inside = b.left >= -1 && b.top >= -1 && b.right <= innerWidth + 1 && b.bottom <= innerHeight + 1
      const ends = e.classList.contains('one')
      const over = s.overflowY === 'hidden' && !ends && !e.querySelector('.gl') && (e.scrollWidth > e.clientWidth + 2 || e.scrollHeight > e.clientHeight + 2)
      if (!inside || over) bad.push(`${e.className || e.tagName} ${Math.round(b.left)},${Math.round(b.top)} ${Math.round(b.width)}x${Math.round(b.height)} in ${e.scrollWidth}x${e.scrollHeight} ${(e.textContent || '').trim().slice(0, 30)}`)
    }
    for (const e of document.querySelectorAll('.kpi strong, .kpi .k')) {
      const [b, box] = [e.getBoundingClientRect(), e.closest('.kpi').getBoundingClientRect()]
      if (b.bottom > box.bottom + 1 || b.right > box.right + 1) bad.push('out of its figure: ' + e.textContent)
    }
    for (const e of document.querySelectorAll('.wall li > *')) {
      const [b, box] = [e.getBoundingClientRect(), e.parentElement.getBoundingClientRect()]
      if (b.height > box.height + 4 || b.right > box.right + 1) bad.push('out of its row: ' + e.textContent)
    }
    // a row that does not fit is pushed over its neighbour
    for (const list of document.querySelectorAll('.wall ol')) {
      const box = list.parentElement.getBoundingClientRect()
      for (const li of list.children) if (li.getBoundingClientRect().bottom > box.bottom + 1) bad.push('row below its box: ' + li.textContent.trim().slice(0, 30))
    }
    return { bad, page: [document.documentElement.scrollWidth, document.documentElement.scrollHeight] }
  })

for (const lang of ['zh', 'bo', 'en'])
  test(`a whole screen, and nothing beside it: ${lang}`, async () => {
    const { d, asked } = await open(lang)
    assert.deepEqual(await cut(d), { bad: [], page: [size.width, size.height] })
    assert.ok(await d.evaluate(() => document.documentElement.classList.contains('dark')), 'dark by default')
    assert.equal(await d.locator('[data-kpi]').count(), 7)
    assert.equal(await d.locator('[data-due]').count(), 7)
    const small = await d.$$eval('.kpi strong, .time strong, .what .one', (all) => Math.min(...all.map((e) => parseFloat(getComputedStyle(e).fontSize))))
    assert.ok(small >= 22, `${small} px: read from five metres`)
    const said = (await api('/reports/counts', user('dispatcher'))).body.rows
    assert.ok(said.length > 3)
    assert.equal(Number(await d.textContent('[data-kpi=overdue] strong')), said.reduce((n, c) => n + c.overdue, 0))
    assert.equal(Number(await d.textContent('[data-kpi=open] strong')), said.reduce((n, c) => n + c.n, 0))
    // overdue ones stand first
    const all = (await api('/reports/wall/due?limit=100', user('dispatcher'))).body.rows
    const next = all.filter((m) => m.due_at > Date.now())
    assert.ok(next.length > 0 && next.length < all.length)
    const first = [...all.slice(0, Math.min(all.length - next.length, 7 - Math.min(3, next.length))), ...next].slice(0, 7).map((m) => String(m.number))
    assert.deepEqual(await d.$$eval('[data-due]', (all) => all.map((x) => x.dataset.due)), first)
    await clean(d, 'wall')
    // each figure opens its matters
    for (const key of ['overdue', 'open', 'in_time']) {
      await d.click(`[data-kpi=${key}]`)
      await d.waitForSelector('[data-list] [data-matter]')
      const n = Number(await d.textContent(`[data-kpi=${key}] strong`))
      assert.equal(await d.locator('[data-list] [data-matter]').count(), Math.min(n, 12), key)
      assert.deepEqual((await cut(d)).bad, [], key)
    }
    await clean(d, 'matters of a figure on the wall')
    await d.keyboard.press('Escape')
    // nobody's words were asked for once the wall stood
    const since = asked.slice(asked.findIndex((p) => p.includes('/reports/wall')))
    assert.ok(since.length > 5)
    assert.deepEqual(since.filter((p) => /\/reports\?|\/reports\/queue|\/reports\/map|\/people/.test(p)), [])
    await d.click('[data-skin]')
    await d.waitForFunction(() => !document.documentElement.classList.contains('dark'))
    await d.waitForSelector('.wallmap[data-ready=true]')
    await clean(d, 'light wall')
    if (process.env.SHOTS) await d.screenshot({ path: `${process.env.SHOTS}/wall-light-${lang}.png` })
    await d.click('[data-skin]')
    await d.waitForFunction(() => document.documentElement.className.includes('sharp'))
    await clean(d, 'wall in high contrast')
    if (process.env.SHOTS) await d.screenshot({ path: `${process.env.SHOTS}/wall-sharp-${lang}.png` })
    await d.click('[data-back]')
    await d.waitForSelector('.rail')
    await d.context().close()
    assert.deepEqual(complaints(), [])
  })

test('what is done elsewhere appears by itself', async () => {
  const { d } = await open('zh')
  const before = Number(await d.textContent('[data-kpi=collected] strong'))
  const id = uuid()
  const grids = (await api('/grids')).body.features[0].geometry.coordinates[0]
  const made = await api('/reports', user('resident'), { id, category: 'leak', text: '大屏上不该出现的话', point: { lon: grids[0][0] + 0.0003, lat: grids[0][1] - 0.0003 } })
  assert.equal(made.status, 201, JSON.stringify(made.body))
  await d.waitForSelector(`[data-feed="${id}"]`)
  await d.waitForFunction((n) => Number(document.querySelector('[data-kpi=collected] strong').textContent) === n, before + 1)
  const done = await api(`/reports/${id}/register`, user('dispatcher'), { id: uuid(), version: made.body.version, category: 'leak', public_title: '水管漏水' })
  assert.equal(done.status, 200, JSON.stringify(done.body))
  await d.waitForSelector(`[data-feed="${id}"][data-state=registered]`)
  assert.match(await d.textContent(`[data-feed="${id}"]`), /水管漏水/)
  assert.ok(!(await d.content()).includes('大屏上不该出现的话'))
  // the clocks run
  const was = await d.textContent('[data-due] strong')
  const many = await d.$$eval('[data-due] strong', (all) => all.map((x) => x.textContent).join())
  await until(async () => (await d.$$eval('[data-due] strong', (all) => all.map((x) => x.textContent).join())) !== many)
  assert.ok(was)
  await d.context().close()
  assert.deepEqual(complaints(), [])
})

test('a server that is gone is said, and that it is back', async () => {
  const l = await line()
  const { d } = await open('zh', l.url)
  assert.equal(await d.getAttribute('[data-wall]', 'data-stale'), 'false')
  await l.cut()
  await d.waitForSelector('[data-wall][data-stale=true]')
  assert.ok((await d.textContent('.state')).includes('画面停在'))
  assert.deepEqual((await cut(d)).bad, [])
  if (process.env.SHOTS) await d.screenshot({ path: `${process.env.SHOTS}/wall-stale.png` })
  const mended = await l.mend()
  await d.waitForSelector('[data-wall][data-stale=false]')
  assert.ok(mended)
  await d.context().close()
  complaints()
  await l.cut()
})

test('hours of changes leave no more behind than minutes', async () => {
  const { d } = await open('zh')
  const cdp = await d.context().newCDPSession(d)
  const nodes = async () => {
    await cdp.send('HeapProfiler.collectGarbage')
    const m = (await cdp.send('Performance.getMetrics')).metrics
    return { nodes: m.find((x) => x.name === 'Nodes').value, listeners: m.find((x) => x.name === 'JSEventListeners').value }
  }
  await cdp.send('Performance.enable')
  let rounds = 0
  d.on('response', (r) => (rounds += r.url().includes('/reports/wall/due') ? 1 : 0))
  const reload = async (n) => {
    const end = rounds + n
    while (rounds < end) {
      await d.evaluate(() => document.dispatchEvent(new Event('linli-ask')))
      await d.waitForTimeout(20)
    }
  }
  await reload(10)
  const first = await nodes()
  await reload(60)
  const last = await nodes()
  assert.ok(last.nodes <= first.nodes + 200, `${first.nodes} nodes, then ${last.nodes}`)
  assert.ok(last.listeners <= first.listeners + 20, `${first.listeners} listeners, then ${last.listeners}`)
  await d.context().close()
  assert.deepEqual(complaints(), [])
})
