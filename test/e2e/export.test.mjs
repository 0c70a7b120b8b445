/* A list taken along as a file, and on paper: the rows of the screen, by the rights of whoever asks. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import test, { after } from 'node:test'
import { api, clean, complaints, desk, signInDesk, stop, url, user } from './kit.mjs'

after(stop)
async function file(d) {
  const [got] = await Promise.all([d.waitForEvent('download'), d.click('.sheet [data-submit]')])
  return { name: got.suggestedFilename(), bytes: readFileSync(await got.path()) }
}

for (const lang of ['zh', 'bo', 'en'])
  test(`the queue as a file: ${lang}`, async () => {
    const d = await desk(lang)
    await signInDesk(d, user('dispatcher'))
    await d.waitForSelector('[data-take]')
    await d.click('[data-kpi=overdue]')
    const n = Number(await d.textContent('[data-kpi=overdue] strong'))
    assert.ok(n > 3)
    await d.click('[data-take]')
    await clean(d, 'take along')
    await d.selectOption('#take-kind', 'csv')
    const plain = await file(d)
    const lines = plain.bytes.toString('utf8').trim().split('\r\n')
    assert.equal(plain.name, 'linli-report.list.csv')
    assert.equal(lines.length, 1 + n, 'one line for each matter')
    assert.ok(lines[0].startsWith('"') && !lines[0].includes('report.'), 'headings are words')
    await d.waitForSelector('[data-took]')
    // with the words: each reporter finds it in their own log
    await d.check('[data-opened]')
    await d.selectOption('#take-kind', 'xlsx')
    await clean(d, 'with the words')
    const opened = await file(d)
    assert.equal(opened.bytes.subarray(0, 2).toString(), 'PK')
    await d.context().close()
    assert.deepEqual(complaints(), [])
  })

test('nobody takes along what they may not see', async () => {
  const csv = async (who, list) => (await fetch(`${url}/api/v1/lists/${list}/csv`, { headers: who })).status
  assert.equal(await csv({}, 'report.list'), 401)
  const officer = await api('/lists/person.list/csv', user('officer')).catch((e) => e)
  assert.equal(officer.status, 403)
  assert.equal((await api('/lists/report.contact/csv', user('dispatcher'))).status, 404)
  assert.equal((await api('/lists/report.list/csv', user('resident'))).status, 403)
})

test('on paper: the queue, a matter, the figures', async () => {
  const d = await desk('zh')
  await signInDesk(d, user('dispatcher'))
  await d.waitForSelector('[data-take]')
  const pages = []
  const print = async (name) => {
    await d.emulateMedia({ media: 'print' })
    await d.setViewportSize({ width: 718, height: 1000 })
    const seen = await d.evaluate(() => {
      const shown = (s) => [...document.querySelectorAll(s)].some((e) => e.getClientRects().length)
      return { menu: shown('.rail'), map: shown('.mapcard'), buttons: shown('.btn'), wide: document.documentElement.scrollWidth > innerWidth + 1, text: document.body.innerText.length }
    })
    const pdf = await d.pdf({ format: 'A4', printBackground: true, ...(process.env.SHOTS ? { path: `${process.env.SHOTS}/print-${name}.pdf` } : {}) })
    assert.deepEqual({ ...seen, text: seen.text > 100 }, { menu: false, map: false, buttons: false, wide: false, text: true }, name)
    pages.push((pdf.toString('latin1').match(/\/Type\s*\/Page\b/g) ?? []).length)
    await d.emulateMedia({ media: 'screen' })
    await d.setViewportSize({ width: 1440, height: 900 })
  }
  await print('queue')
  const first = (await api('/reports/queue?limit=1', user('dispatcher'))).body.rows[0].id
  await d.goto(`${url}/desk/#/queue/${first}`)
  await d.waitForSelector('.over')
  await d.waitForTimeout(800)
  await print('matter')
  await d.goto(url + '/desk/#/figures')
  await d.waitForSelector('[data-figure=closed]')
  await print('figures')
  assert.equal(pages.length, 3)
  assert.ok(pages.every((n) => n >= 1 && n <= 12), pages.join())
  await d.context().close()
})
