/* Figures: beside their own past, each opens exactly its matters; the papers; an inspector's sheet, mapped once. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import test, { after } from 'node:test'
import { inflateRawSync } from 'node:zlib'
import { api, clean, complaints, desk, signInDesk, stop, url, user } from './kit.mjs'
import { xlsx } from './sheet.mjs'

after(stop)
const number = async (d, figure, which = 'now') => Number(await d.textContent(`[data-figure=${figure}] [data-n=${which}]`))
async function bytes(d, selector) {
  const [file] = await Promise.all([d.waitForEvent('download'), d.click(selector)])
  return { name: file.suggestedFilename(), bytes: readFileSync(await file.path()) }
}
/** The first sheet of an xlsx, as its XML. */
function sheetOf(zip) {
  const name = Buffer.from('xl/worksheets/sheet1.xml')
  const at = zip.indexOf(name) - 30
  const [method, packed] = [zip.readUInt16LE(at + 8), zip.readUInt32LE(at + 18)]
  const body = zip.subarray(at + 30 + name.length + zip.readUInt16LE(at + 28), at + 30 + name.length + zip.readUInt16LE(at + 28) + packed)
  return (method === 8 ? inflateRawSync(body) : body).toString()
}

for (const lang of ['zh', 'bo', 'en'])
  test(`figures open their matters: ${lang}`, async () => {
    const d = await desk(lang)
    await signInDesk(d, user('overseer'))
    await d.goto(url + '/desk/#/figures')
    await d.waitForSelector('[data-figure=closed]')
    const said = (await api('/figures/month', user('overseer'))).body
    assert.equal(said.figures.length, 21)
    for (const x of said.figures) assert.deepEqual([await number(d, x.name), await number(d, x.name, 'before'), await number(d, x.name, 'year')], [x.n, x.month_before, x.year_before], x.name)
    const closed = said.figures.find((x) => x.name === 'closed')
    assert.ok(closed.n > 0 && closed.n <= 50, 'there is something to open')
    await clean(d, 'figures')
    await d.click('[data-figure=closed] [data-n=now]')
    await d.waitForSelector('[data-list] [data-matter]')
    await d.waitForSelector('[data-year]')
    assert.equal(await d.locator('[data-list] [data-matter]').count(), closed.n)
    await clean(d, 'matters of a figure')

    // one grid: its own figures, its own matters
    const grid = (await api('/grids')).body.features[0].properties.code
    await d.selectOption('[data-whose]', grid)
    const own = (await api(`/figures/month?place=${grid}`, user('overseer'))).body.figures.find((x) => x.name === 'closed').n
    await d.waitForFunction((n) => document.querySelector('[data-figure=closed] [data-n=now]').textContent === String(n), own)
    await d.waitForFunction((n) => document.querySelectorAll('[data-list] [data-matter]').length === n, own)
    assert.ok(own < closed.n)
    await clean(d, 'one grid')
    await d.context().close()
    assert.deepEqual(complaints(), [])
  })

test('each figure over the months, as a chart and as a table', async () => {
  const d = await desk('zh')
  await signInDesk(d, user('overseer'))
  await d.goto(url + '/desk/#/figures')
  await d.click('[data-view=charts]')
  await d.waitForSelector('[data-chart=closed_in_time] canvas')
  await clean(d, 'charts')
  const said = (await api('/figures/series?months=13', user('overseer'))).body
  const line = said.figures.find((x) => x.name === 'closed_in_time').n
  assert.ok(line.filter((n) => n > 0).length > 6, 'there are months to draw')
  await d.click('[data-chart=closed_in_time] [data-table]')
  const table = () => d.$$eval('[data-chart=closed_in_time] tbody tr', (all) => all.map((r) => [...r.cells].slice(1).map((c) => c.textContent)))
  assert.deepEqual((await table()).map((r) => Number(r[0])).reverse(), line)
  // a figure that has been nought all along is said, not drawn
  const quiet = said.figures.filter((x) => x.n.every((n) => !n)).map((x) => x.name)
  assert.ok(quiet.length > 0)
  for (const x of quiet) assert.equal(await d.locator(`[data-chart=${x}]`).count(), 0, x)
  // a month's number opens its matters, from the table too
  await d.click('[data-chart=closed_in_time] tbody tr:first-child button')
  await d.waitForFunction((n) => document.querySelectorAll('[data-list] [data-matter]').length === n, line[12])
  await clean(d, 'chart with matters')

  // with a year before it: the same months of that year stand beside
  await d.route('**/figures/series?**', async (r) => {
    const got = await (await r.fetch()).json()
    for (const x of got.figures) x.n = x.n.map((n, i) => (i < 12 ? i + 1 : n))
    await r.fulfill({ json: got })
  })
  const grid = (await api('/grids')).body.features[0].properties.code
  await d.selectOption('[data-whose]', grid)
  await d.waitForFunction(() => document.querySelector('[data-chart=closed_in_time] thead').rows[0].cells.length === 5)
  assert.deepEqual((await table()).map((r) => r[3]).reverse().slice(0, 12), Array.from({ length: 12 }, (_, i) => String(i + 1)))
  await clean(d, 'charts with the year before')
  if (process.env.SHOTS) await d.screenshot({ path: `${process.env.SHOTS}/charts-before.png` })
  await d.click('[data-matters] .x') // what is open beside would be printed instead
  await d.emulateMedia({ media: 'print' })
  assert.equal(await d.locator('[data-chart] table:visible').count(), await d.locator('[data-chart]').count(), 'on paper each chart has its numbers')
  if (process.env.SHOTS) await d.pdf({ path: `${process.env.SHOTS}/charts.pdf`, preferCSSPageSize: true })
  await d.context().close()
  assert.deepEqual(complaints(), [])
})

test('a long list behind a figure: Tab goes through it row by row, however fast, and Escape closes it', async () => {
  const ROWS = 300
  const d = await desk('zh')
  let one
  await d.route('**/api/v1/figures/closed/matters?**', async (r) => {
    const u = new URL(r.request().url())
    one ??= (await (await r.fetch()).json()).rows[0]
    const from = Number(u.searchParams.get('after') ?? 0)
    const upTo = Math.min(ROWS, from + Number(u.searchParams.get('limit')))
    const rows = Array.from({ length: upTo - from }, (_, i) => ({ ...one, id: one.id.slice(0, 24) + String(from + i).padStart(12, '0'), number: from + i + 1 }))
    await r.fulfill({ json: { rows, next: upTo < ROWS ? String(upTo) : null } })
  })
  await signInDesk(d, user('overseer'))
  await d.goto(url + '/desk/#/figures')
  await d.click('[data-figure=closed] [data-n=now]')
  await d.waitForSelector('[data-year]')
  const box = d.locator('[data-matters] .scroll')
  while ((await d.getAttribute('[data-list]', 'data-rows')) !== String(ROWS)) {
    await box.evaluate((e) => (e.scrollTop = e.scrollHeight))
    await d.waitForTimeout(100)
  }
  await box.evaluate((e) => (e.scrollTop = 0))
  await d.focus('[aria-posinset="1"] a')
  assert.ok((await d.locator('[data-list] [data-matter]').count()) < 100, 'only what is in sight is in the page')
  for (let i = 1; i < 100; i++) await d.keyboard.press('Tab')
  assert.equal(await d.evaluate(() => document.activeElement.closest('[data-matter]')?.getAttribute('aria-posinset')), '100')
  await d.keyboard.press('Escape')
  await d.waitForSelector('[data-matters]', { state: 'detached' })
  await d.unrouteAll({ behavior: 'ignoreErrors' })
  await d.context().close()
  assert.deepEqual(complaints(), [])
})

test('the month on paper, and an inspector’s sheet that is mapped once', async () => {
  const d = await desk('zh', ['status of 4'])
  await signInDesk(d, user('dispatcher'))
  await d.goto(url + '/desk/#/figures')
  await d.waitForSelector('[data-figure=closed]')
  for (const l of ['zh', 'bo']) {
    const { name, bytes: pdf } = await bytes(d, `[data-pdf=${l}]`)
    assert.match(name, new RegExp(`-${l}\\.pdf$`))
    assert.equal(pdf.subarray(0, 5).toString(), '%PDF-')
    await d.waitForFunction(() => !document.querySelector('[data-xlsx]').disabled)
  }
  assert.equal((await bytes(d, '[data-xlsx]')).bytes.subarray(0, 2).toString(), 'PK')

  await d.waitForSelector('[data-templates]')
  await clean(d, 'no sheets yet')
  const upload = (rows, name) => d.setInputFiles('[data-tpl-file]', { name, mimeType: 'application/octet-stream', buffer: xlsx(rows) })
  await upload([['办结', '没有记号']], '坏表.xlsx')
  await d.waitForSelector('[data-tpl-wrong]')
  await upload([['月份', '{{m}}'], ['办结', '{{a1}}'], ['上月办结', '{{a2}}'], ['居民提出', '{{raised}}']], '区里月报.xlsx')
  await d.waitForSelector('[data-tpl-marks]')
  assert.deepEqual(await d.$$eval('[data-mark]', (all) => all.map((x) => x.dataset.mark)), ['m', 'a1', 'a2', 'raised'])
  assert.equal(await d.inputValue('[data-mark=raised] select'), 'raised', 'a mark that names a figure means it')
  await clean(d, 'what the cells mean')
  await d.keyboard.press('Escape')

  // a cell that nobody explained is named, and nothing half filled comes
  await d.click('[data-tpl-fill]')
  await d.waitForSelector('[data-tpl-wrong]')
  await d.click('[data-tpl-map]')
  await d.selectOption('[data-mark=m] select', 'month')
  await d.selectOption('[data-mark=a1] select', 'closed')
  await d.selectOption('[data-mark=a2] select', 'closed')
  await d.selectOption('[data-mark=a2] select >> nth=1', 'before')
  await d.click('[data-tpl-keep]')
  await d.waitForSelector('[data-tpl-said]')
  const month = await d.inputValue('#fig-month')
  const xml = sheetOf((await bytes(d, '[data-tpl-fill]')).bytes)
  for (const n of [month, await number(d, 'closed'), await number(d, 'closed', 'before'), await number(d, 'raised')]) assert.ok(xml.includes(`>${n}<`), `${n} in ${xml}`)
  assert.ok(!xml.includes('{{'))

  // it is still there for whoever comes next, and for another month
  await d.context().close()
  const o = await desk('en')
  await signInDesk(o, user('overseer'))
  await o.goto(url + '/desk/#/figures')
  await o.waitForSelector('[data-tpl]')
  const before = await o.$eval('#fig-month', (s) => s.options[s.selectedIndex + 1].value)
  await o.selectOption('#fig-month', before)
  await o.waitForFunction((m) => document.querySelector('[data-tpl-fill]').textContent.includes(m), before)
  assert.ok(sheetOf((await bytes(o, '[data-tpl-fill]')).bytes).includes(`>${before}<`))
  await o.click('[data-tpl-retire]')
  await o.click('.sheet [data-submit]')
  await o.waitForSelector('[data-tpl]', { state: 'detached' })
  await clean(o, 'retired')
  await o.context().close()
  assert.deepEqual(complaints(), [])
})
