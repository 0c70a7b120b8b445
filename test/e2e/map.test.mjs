/* The desk's map. A city's: too many open matters to draw each; counts stand for them, and where one looks closely, the
 * matters. And where things happen: heat, with the same figures as a table. */
import assert from 'node:assert/strict'
import test, { after } from 'node:test'
import { api, clean, complaints, desk, signInDesk, stop, url, user } from './kit.mjs'

after(stop)
const MOST = 2000

test('counts on the map of a city, and single matters near by', async () => {
  const all = (await api(`/reports/map?limit=${MOST}`, user('dispatcher'))).body.rows
  assert.ok(all.length > 40, `${all.length}: the demo has more than are drawn one by one`)
  const d = await desk('zh')
  // so many that the first answer is full; the counts are the server's own
  const full = { rows: Array.from({ length: MOST }, (_, i) => ({ ...all[i % all.length], id: all[i % all.length].id })), next: null }
  await d.route(`**/reports/map?limit=${MOST}`, (r) => r.fulfill({ json: full }))
  await signInDesk(d, user('dispatcher'))
  await d.goto(url + '/desk/#/map')
  await d.waitForSelector('.mapcard:not([data-cells="0"])')
  const shown = async (name) => Number(await d.getAttribute('.mapcard', `data-${name}`))
  assert.ok((await shown('cells')) > 1, 'more than one cell')
  assert.equal(await shown('pins'), 0)
  await clean(d, 'map of a city')
  for (let i = 0; i < 8 && (await shown('cells')) > 0; i++) {
    await d.click('.zoom button >> nth=0')
    await d.waitForTimeout(900)
  }
  assert.equal(await shown('cells'), 0, 'near by they stand by themselves')
  assert.ok((await shown('pins')) <= 40)
  await d.context().close()
  assert.deepEqual(complaints(), [])
})

const DAY = 86_400_000
for (const lang of ['zh', 'bo'])
  test(`where things happen, on the map and as a table: ${lang}`, async () => {
    const d = await desk(lang)
    await signInDesk(d, user('dispatcher'))
    await d.goto(url + '/desk/#/map')
    await d.click('[data-view=heat]')
    await d.waitForSelector('[data-heat-place]')
    await d.waitForSelector('.mapcard:not([data-heat-cells="0"])')
    await d.selectOption('[data-heat-span]', '90')
    /* the table is what the server counts for the days that stand above it */
    const same = async () => {
      const last = Number(await d.inputValue('[data-heat-last]'))
      const category = await d.inputValue('[data-heat-category]')
      const from = (last - 89) * DAY - 8 * 3_600_000
      const { rows } = (await api(`/reports/heat/places?limit=2000&from=${from}&until=${from + 90 * DAY}&category=${category}`, user('dispatcher'))).body
      const n = rows.reduce((a, r) => a + r.n, 0)
      await d.waitForFunction((x) => document.querySelector('[data-heat]').dataset.n === String(x), n)
      for (const r of rows) assert.equal(Number(await d.textContent(`[data-heat-place="${r.place}"] td strong`)), r.n)
      return n
    }
    const now = await same()
    assert.ok(now > 10, 'there is something to count')
    await clean(d, 'heat')
    const words = await d.textContent('[data-heat-words]')
    await d.focus('[data-heat-last]')
    for (let i = 0; i < 100; i++) await d.keyboard.press('ArrowLeft')
    assert.notEqual(await d.textContent('[data-heat-words]'), words)
    const earlier = await same()
    assert.ok(earlier > 0 && earlier !== now, 'other days, other figures')
    await d.selectOption('[data-heat-category]', 'leak')
    const leaks = await same()
    assert.ok(leaks > 0 && leaks < earlier)
    await d.click('[data-heat-later]')
    await same()
    if (lang === 'bo') for (const look of ['dark', 'sharp']) {
      await d.selectOption('[data-look]', look)
      await clean(d, 'heat, ' + look)
    }
    await d.click('[data-view=open]')
    await d.waitForFunction(() => !document.querySelector('[data-heat]') && Number(document.querySelector('.mapcard').dataset.pins) > 0)
    await d.context().close()
    assert.deepEqual(complaints(), [])
  })
