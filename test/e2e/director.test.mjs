/* Whoever answers for a place: what waits for their word, who has what is late, the day in figures, a text for the group. */
import assert from 'node:assert/strict'
import test, { after } from 'node:test'
import { api, beat, clean, complaints, doIt, line, personOf, phone, signInPhone, stop, until, url, user, uuid } from './kit.mjs'

after(stop)
const LOST = ['ERR_FAILED', 'ERR_INTERNET', 'Failed to load', 'ERR_CONNECTION', 'ERR_EMPTY', 'Failed to fetch']
const viewOf = async (id) => (await api('/reports/' + id, user('dispatcher'))).body
const waiting = async () => (await api('/reports/decisions?limit=100', user('overseer'))).body.rows

/** Reported, registered, in an officer's hands. */
async function given(text) {
  const { officer, at } = await beat()
  const id = uuid()
  assert.equal((await api('/reports', undefined, { id, category: 'road', text, point: at })).status, 201)
  const desk = user('dispatcher')
  let v = await doIt(id, 'register', desk, { category: 'road' }, 1)
  v = await doIt(id, 'dispatch', desk, { to: await personOf(officer) }, v)
  v = await doIt(id, 'accept', officer, {}, v)
  return { id, v, officer, at, number: (await viewOf(id)).number }
}
async function asked(text, reason) {
  const m = await given(text)
  const due = (await viewOf(m.id)).due_at
  await doIt(m.id, 'ask_extension', m.officer, { until: due + 86_400_000, reason }, m.v)
  return { ...m, until: due + 86_400_000 }
}
/** All that wait are on the screen, and this one among them. */
async function onScreen(p, number) {
  await p.waitForSelector('[data-decisions] article, [data-decisions] .empty')
  if (await p.locator('[data-more]').count()) await p.click('[data-more]')
  const one = p.locator(`[data-number="${number}"]`)
  await one.waitFor()
  await one.locator('[data-yes]').waitFor()
  return one
}

for (const lang of ['zh', 'bo', 'en'])
  test(`the first tab of an overseer: what waits, what is late, the day, a text for the group: ${lang}`, async () => {
    await asked('坑里等材料 ' + lang + Date.now(), '要等沥青')
    const p = await phone(lang)
    await signInPhone(p, user('overseer'))
    assert.match(await p.evaluate(() => location.hash), /^#\/director/)
    await p.waitForSelector('[data-decisions] [data-yes]')
    assert.equal(await p.getAttribute('.tabs a >> nth=0', 'aria-current'), 'page')
    const n = (await waiting()).length
    assert.ok(n > 0)
    assert.equal(await p.locator('[data-decisions] article').count(), Math.min(3, n), 'three first')
    assert.equal(Number((await p.textContent('[data-decisions] h2 span >> nth=-1')).replace('+', '')), Math.min(50, n))

    // each number is a query, and opens what is behind it
    const overdue = (await api('/reports/overdue?limit=5', user('overseer'))).body.rows
    assert.ok(overdue.length > 0 && overdue.every((r, i) => r.due_at < Date.now() && (!i || r.due_at >= overdue[i - 1].due_at)))
    assert.equal(await p.locator('[data-late] li').count(), overdue.length)
    for (const [i, r] of overdue.entries()) if (r.held_by) assert.ok((await p.locator('[data-late] [data-held]').nth(i).textContent()).includes(r.held_by))
    const midnight = Math.floor((Date.now() + 8 * 3_600_000) / 86_400_000) * 86_400_000 - 8 * 3_600_000
    for (const f of ['raised', 'closed', 'satisfied', 'on_the_spot']) {
      const { n } = (await api(`/figures/${f}?from=${midnight}&until=${midnight + 86_400_000}`, user('overseer'))).body
      assert.equal(await p.textContent(`[data-figure=${f}] .n`), String(n), f)
    }
    const raised = Number(await p.textContent('[data-figure=raised] .n'))
    assert.ok(raised > 0, 'something was reported today')
    await clean(p, 'the day of an overseer ' + lang)

    // the text: in each language, the same numbers, nobody's name, nobody's place
    const names = (await api('/people/handlers', user('dispatcher'))).body.rows.map((h) => h.name)
    assert.ok(names.length > 3)
    for (const [l, script] of [['zh', /\p{Script=Han}/u], ['bo', /\p{Script=Tibetan}/u], ['en', /[a-z]/]]) {
      await p.click(`[data-text=${l}]`)
      await p.waitForFunction((x) => document.querySelector('[data-group] textarea').lang.startsWith(x), l)
      const text = await p.inputValue('[data-group] textarea')
      assert.match(text, script)
      assert.ok(text.includes(String(raised)) && text.includes(url))
      for (const name of names) assert.ok(!text.includes(name), 'no name of anybody')
      for (const r of overdue) assert.ok(!(r.text && text.includes(r.text)))
    }
    await p.context().grantPermissions(['clipboard-read', 'clipboard-write'])
    await p.click('[data-copy]')
    await p.waitForSelector('.toast p')
    assert.equal(await p.evaluate(() => navigator.clipboard.readText()), await p.inputValue('[data-group] textarea'))

    await p.click('[data-figure=raised]')
    await p.waitForSelector('[data-behind] .line')
    assert.equal(await p.locator('[data-behind] .line').count(), Math.min(20, raised))
    await clean(p, 'behind a number ' + lang)
    await p.goto(url + '/#/director/late')
    await p.waitForSelector('[data-behind] .line')
    await p.context().close()
  })

test('more time: approved with a reason, refused with a reason; the officer and the queue know at once', async () => {
  const stamp = ' ' + Date.now()
  const yes = await asked('路灯杆要换' + stamp, '厂家周四到货' + stamp)
  const no = await asked('井盖要换' + stamp, '想多几天' + stamp)
  const p = await phone('zh')
  await signInPhone(p, user('overseer'))
  let one = await onScreen(p, yes.number)
  await one.getByText('厂家周四到货' + stamp).waitFor() // why, in the words of who asked
  await one.locator('[data-yes]').click()
  await p.waitForSelector('#until')
  await clean(p, 'giving more time')
  await p.fill('#said', '到货当天装好' + stamp)
  await p.click('[data-submit]')
  await p.waitForSelector('[data-did]')
  assert.equal(await p.locator('[data-undo]').count(), 0, 'an approval has no action that takes it back')
  let v = await viewOf(yes.id)
  assert.ok(Math.abs(v.due_at - yes.until) < 60_000 && !v.data.asked)
  assert.equal(v.timeline.at(-1).data.reason, '到货当天装好' + stamp)
  one = await onScreen(p, no.number)
  await one.locator('[data-no]').click()
  await p.click('[data-submit]')
  await p.waitForSelector('.sheet [role=alert]') // a refusal says why
  await p.fill('#said', '居民等了两周' + stamp)
  await p.click('[data-submit]')
  await until(async () => !(await viewOf(no.id)).data.asked)
  v = await viewOf(no.id)
  assert.equal(v.timeline.at(-1).type, 'report.deny_extension')
  assert.equal((await waiting()).some((r) => [yes.id, no.id].includes(r.id)), false)
  await p.context().close()
})

test('what was redone is looked at; what went up is answered, and the answer taken back', async () => {
  const stamp = ' ' + Date.now()
  const m = await given('护栏松了' + stamp)
  let v = await doIt(m.id, 'finish', m.officer, { text: '拧紧了' + stamp }, m.v)
  v = await doIt(m.id, 'redo', user('dispatcher'), { reason: '还是晃' + stamp }, v)
  await doIt(m.id, 'finish', m.officer, { text: '换了螺栓' + stamp }, v)
  const up = await given('水沟盖板' + stamp)
  await api(`/reports/${up.id}/supervise`, user('overseer'), { id: uuid(), text: '请尽快' + stamp })
  const p = await phone('zh')
  await signInPhone(p, user('overseer'))
  let one = await onScreen(p, m.number)
  assert.equal(await one.getAttribute('data-decision'), 'disputed')
  await one.getByText('换了螺栓' + stamp).waitFor()
  await one.locator('[data-yes]').click()
  await p.click('[data-submit]')
  await until(async () => (await viewOf(m.id)).state === 'verified')
  await p.waitForFunction((n) => !document.querySelector(`[data-number="${n}"]`), m.number)
  one = await onScreen(p, up.number)
  await one.locator('[data-yes]').click()
  await p.fill('#said', '今天下午一起去' + stamp)
  await p.click('[data-submit]')
  await p.waitForSelector('[data-undo]')
  assert.equal((await waiting()).some((r) => r.id === up.id), false)
  await clean(p, 'answered')
  await p.click('[data-undo]')
  await until(async () => (await waiting()).some((r) => r.id === up.id))
  await onScreen(p, up.number)
  await p.context().close()
})

test('several units are called with who leads', async () => {
  const stamp = ' ' + Date.now()
  const up = await given('路面塌了一块' + stamp)
  await api(`/reports/${up.id}/supervise`, user('overseer'), { id: uuid(), text: '几家的管线' + stamp })
  const p = await phone('zh')
  await signInPhone(p, user('overseer'))
  const one = await onScreen(p, up.number)
  await one.locator('[data-no]').click()
  await p.waitForSelector('[data-called]')
  await p.click('[data-submit]')
  await p.waitForSelector('.sheet [role=alert]') // nobody is called yet
  await p.locator('[data-called]').first().click()
  await clean(p, 'calling units')
  await p.click('[data-submit]')
  await until(async () => (await viewOf(up.id)).data.whistle?.units.length === 1)
  await p.context().close()
})

test('nothing waits and nothing is late: it says what will stand here; who may not decide is told who does', async () => {
  const p = await phone('en')
  for (const list of ['decisions', 'overdue']) await p.route(`**/reports/${list}?*`, (r) => r.fulfill({ json: { rows: [], next: null } }))
  await signInPhone(p, user('overseer'))
  await p.waitForSelector('[data-decisions] .empty')
  await p.waitForSelector('[data-late] .empty')
  await clean(p, 'nothing waits')
  await p.context().close()
  const q = await phone('en') // as whoever may look, and whom the table lets decide nothing
  await q.route(/\/api\/v1\/reports\/[0-9a-f-]{36}$/, async (r) => {
    const was = await r.fetch()
    await r.fulfill({ response: was, json: { ...(await was.json()), actions: [] } })
  })
  await signInPhone(q, user('overseer'))
  await q.waitForSelector('[data-decisions] article')
  await q.getByText('An overseer decides this one').first().waitFor()
  assert.equal(await q.locator('[data-yes], [data-no]').count(), 0)
  await q.unrouteAll({ behavior: 'ignoreErrors' }) // or one that is on its way outlives the page
  await q.context().close()
})

test('without signal: what was last known, said so; a decision waits and arrives once', async () => {
  const stamp = ' ' + Date.now()
  const m = await asked('楼梯扶手' + stamp, '等木工' + stamp)
  const way = await line()
  const p = await phone('zh', undefined, LOST)
  await signInPhone(p, user('overseer'), way.url)
  await onScreen(p, m.number)
  // there is no worker here: the parts of the screens have been fetched
  await p.waitForFunction(() => ['Decide', 'Kept', 'Unsent'].every((x) => performance.getEntriesByType('resource').some((e) => e.name.includes(`/${x}-`))))
  await way.cut()
  await p.goto(way.url + '/#/call')
  await p.goto(way.url + '/#/director')
  await p.waitForSelector('[data-kept]')
  const one = await onScreen(p, m.number)
  await one.locator('[data-yes]').click()
  await p.fill('#said', '可以' + stamp)
  await p.click('[data-submit]')
  await p.waitForSelector('[data-unsent]')
  await clean(p, 'decided without signal')
  assert.ok((await viewOf(m.id)).data.asked)
  await way.mend()
  await until(async () => !(await viewOf(m.id)).data.asked)
  await p.waitForFunction(() => !document.querySelector('[data-unsent]'))
  assert.equal((await viewOf(m.id)).timeline.filter((h) => h.type === 'report.extend').length, 1)
  await p.context().close()
  await way.cut()
})

test('nothing in these pages complained', () => assert.deepEqual(complaints(), []))
