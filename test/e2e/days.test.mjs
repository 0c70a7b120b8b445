/* A month without signal, on phones whose clocks are wrong: all arrives once, in order, with the times at which it was done.
 * The page's clock is virtual; on day 0 the server's Date header is set back as far, so that a month lies between. */
import assert from 'node:assert/strict'
import test, { after } from 'node:test'
import { api, beat, complaints, doIt, line, personOf, phone, signInPhone, stop, until, user, uuid } from './kit.mjs'

const lines = []
after(async () => {
  await stop()
  for (const l of lines) await l.cut().catch(() => undefined)
})
const LOST = ['ERR_FAILED', 'ERR_INTERNET', 'Failed to load', 'ERR_CONNECTION', 'ERR_EMPTY', 'Failed to fetch', 'status of 4']
const HOUR = 3_600_000
const DAYS = 29 * 24 * HOUR
const viewOf = async (id) => (await api('/reports/' + id, user('dispatcher'))).body
const found = async (text) => (await api('/reports?limit=100&q=' + encodeURIComponent(text), user('dispatcher'))).body.rows.filter((r) => r.text?.includes(text))

async function given(officer, at, text) {
  const id = uuid()
  assert.equal((await api('/reports', undefined, { id, category: 'road', text, point: at })).status, 201)
  const desk = user('dispatcher')
  let v = await doIt(id, 'register', desk, { category: 'road' }, 1)
  v = await doIt(id, 'dispatch', desk, { to: await personOf(officer) }, v)
  await doIt(id, 'accept', officer, {}, v)
  return id
}
async function act(p, way, id, name, field, text) {
  await p.goto(way.url + '/#/t/' + id)
  await p.click(`[data-act=${name}]`)
  await p.fill(field, text)
  await p.click('[data-submit]')
  await p.waitForFunction(() => !document.querySelector('.sheet'))
}

for (const [what, wrong, wrongBack] of [
  ['five hours ahead all the time', 5 * HOUR, 5 * HOUR],
])
  test(`thirty days, the clock ${what}`, async () => {
    const { officer, at } = await beat()
    const stamp = ' ' + Date.now()
    const id = await given(officer, at, '路基下沉' + stamp)
    const way = await line()
    lines.push(way)
    const p = await phone('zh', at, LOST)
    const day0 = Date.now() - DAYS
    const files = []
    p.on('requestfinished', (r) => files.push(r.url()))
    await p.clock.install({ time: day0 + wrong })
    await p.route('**/api/v1/events', (r) => r.abort())
    await p.route(/\/api\/v1\/(?!events)/, async (r) => {
      const was = await r.fetch().catch(() => null)
      if (!was) return r.abort()
      await r.fulfill({ response: was, headers: { ...was.headers(), date: new Date(Date.now() - DAYS).toUTCString() } })
    })
    await signInPhone(p, officer, way.url)
    await p.goto(way.url + '/#/t/' + id)
    await p.waitForSelector('[data-act=note]')
    const skew = await p.evaluate(() => Number(localStorage.getItem('linli.skew')))
    assert.ok(Math.abs(skew + wrong) < 5_000, `the phone knows how wrong it is: ${skew}`)
    await until(() => ['ActSheet', 'Unsent', 'PhotoPick', 'PlacePick', 'Report', 'Room'].every((x) => files.some((f) => f.includes(`/${x}-`))))
    await way.cut()
    await p.unrouteAll({ behavior: 'ignoreErrors' })

    await act(p, way, id, 'note', '#said', '第一天到过现场' + stamp)
    await p.goto(way.url + '/#/report')
    await p.waitForFunction(() => document.querySelector('[data-place]')?.getAttribute('data-grid'))
    await p.fill('#text', '第一天的新事' + stamp)
    await p.click('[data-send]')
    await p.waitForFunction(() => document.querySelectorAll('[data-unsent]').length > 0)
    await p.clock.setSystemTime(Date.now() + wrong) // 29 days later, by the same clock
    await act(p, way, id, 'return', '#reason', '第三十天，要工程队' + stamp)
    await p.goto(way.url + '/#/tasks')
    await p.waitForFunction(() => document.querySelectorAll('[data-unsent]').length === 3)
    assert.equal((await found('新事' + stamp)).length, 0)

    await p.clock.setSystemTime(Date.now() + wrongBack)
    const back = Date.now()
    await way.mend()
    await p.locator('[data-unsent] button', { hasText: '现在发' }).first().click().catch(() => undefined) // the timer may be faster
    await until(async () => (await viewOf(id)).state === 'registered')
    await until(async () => (await found('新事' + stamp)).length > 0)
    await p.waitForFunction(() => !document.querySelector('[data-unsent]'))
    const mine = (await viewOf(id)).timeline.filter((h) => JSON.stringify(h.data).includes(stamp) && h.type !== 'report.create')
    assert.deepEqual(mine.map((h) => h.type), ['report.note', 'report.return'], 'once each, in order')
    const near = (t, right, which) => assert.ok(Math.abs(t - right) < 120_000, `${which} was done ${(t - right) / HOUR} h beside the truth`)
    near(mine[0].claimed_at, back - DAYS, 'the note')
    near(mine[1].claimed_at, back, 'handing it back')
    assert.ok(mine[0].claimed_at < mine[1].claimed_at && mine[1].claimed_at <= mine[1].at)
    const [told, ...more] = await found('新事' + stamp)
    assert.equal(more.length, 0, 'exactly once')
    near((await viewOf(told.id)).timeline[0].claimed_at, back - DAYS, 'the report')
    await p.context().close()
    await way.cut()
  })

test('nothing in these pages complained', () => assert.deepEqual(complaints(), []))
