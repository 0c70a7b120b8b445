/* A city's map: too many open matters to draw each. Counts stand for them, and where one looks closely, the matters. */
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
