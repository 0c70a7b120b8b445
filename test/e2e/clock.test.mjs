/* A phone whose day is wrong by forty days, both ways: what it sees, what it sends with and without signal, and that nothing
 * is lost. Two officers of one unit without signal on one matter; and rights that are taken away while something waits. */
import assert from 'node:assert/strict'
import test, { after } from 'node:test'
import { api, beat, clean, complaints, doIt, line, personOf, phone, signInPhone, stop, until, user, uuid, withSecond } from './kit.mjs'

const lines = []
const newLine = async () => (lines.push(await line()), lines.at(-1))
after(async () => {
  await stop()
  for (const l of lines) await l.cut().catch(() => undefined)
})
const LOST = ['ERR_FAILED', 'ERR_INTERNET', 'Failed to load', 'ERR_CONNECTION', 'ERR_EMPTY', 'Failed to fetch', 'status of 4']
const HOUR = 3_600_000
const DAY = 24 * HOUR
const desk = user('dispatcher')
const viewOf = async (id) => (await api('/reports/' + id, desk)).body
const found = async (text) => (await api('/reports?limit=100&q=' + encodeURIComponent(text), desk)).body.rows.filter((r) => r.text?.includes(text))
/** Nothing is left to send, answers and all. */
const emptied = (p) =>
  until(() =>
    p.evaluate(async () => {
      const db = await new Promise((ok) => Object.assign(indexedDB.open('linli'), { onsuccess: (e) => ok(e.target.result) }))
      const n = await new Promise((ok) => (db.transaction('out').objectStore('out').count().onsuccess = (e) => ok(e.target.result)))
      db.close()
      return n === 0
    }),
  )
const sentAll = (p) => emptied(p).then(() => p.waitForFunction(() => !document.querySelector('[data-unsent]')))
async function given(to, at, text, by) {
  const id = uuid()
  assert.equal((await api('/reports', undefined, { id, category: 'road', text, point: at })).status, 201)
  let v = await doIt(id, 'register', desk, { category: 'road' }, 1)
  v = await doIt(id, 'dispatch', desk, { to }, v)
  return { id, version: await doIt(id, 'accept', by, { promised_at: Date.now() + 8 * HOUR }, v) }
}
async function write(p, way, text) {
  await p.goto(way.url + '/#/report')
  await p.waitForFunction(() => document.querySelector('[data-place]')?.getAttribute('data-grid'))
  await p.fill('#text', text)
  await p.click('[data-send]')
}
async function act(p, way, id, name, field, text) {
  await p.goto(way.url + '/#/t/' + id)
  await p.click(`[data-act=${name}]`)
  await p.fill(field, text)
  await p.click('[data-submit]')
  await p.waitForFunction(() => !document.querySelector('.sheet'))
}
/* Everything that the phone needs without signal has come: these tests run without the worker. */
const NEEDED = ['ActSheet', 'Unsent', 'PhotoPick', 'PlacePick', 'Report', 'Room', 'Sent', 'Task', 'Tasks', 'Follow', 'MendSheet', 'Timeline', 'Kept', 'Mine', 'Drafts']
async function phoneThatHas(at) {
  const p = await phone('zh', at, LOST)
  const files = []
  p.on('requestfinished', (r) => files.push(r.url()))
  return [p, () => until(() => NEEDED.every((x) => files.some((f) => f.includes(`/${x}-`))))]
}

for (const [what, wrong] of [['behind', -40 * DAY], ['ahead', 40 * DAY]])
  test(`a phone forty days ${what}: an officer, with signal and without`, async () => {
    const { officer, at } = await beat()
    const stamp = ' ' + Date.now()
    const mine = await given(await personOf(officer), at, '井盖松了' + stamp, officer)
    const way = await newLine()
    const [p, fetched] = await phoneThatHas(at)
    await p.clock.install({ time: Date.now() + wrong })
    await signInPhone(p, officer, way.url)
    // what it sees: times by the server's clock, nothing late that is not
    await p.goto(way.url + '/#/tasks')
    const mark = p.locator(`a.line[href*="${mine.id}"]`)
    await mark.waitFor()
    assert.equal(await mark.evaluate((e) => e.classList.contains('over')), false, 'not late')
    assert.match(await mark.textContent(), /还剩/)
    assert.match(await mark.textContent(), /应在(今天|明天| ?\d)/)
    // with signal
    await act(p, way, mine.id, 'note', '#said', '在线记一笔' + stamp)
    await until(async () => JSON.stringify((await viewOf(mine.id)).timeline).includes('在线记一笔' + stamp))
    await write(p, way, '在线新事' + stamp)
    await until(async () => (await found('在线新事' + stamp)).length === 1)
    await emptied(p)
    await fetched()
    await way.cut()
    await act(p, way, mine.id, 'note', '#said', '断网记一笔' + stamp)
    await write(p, way, '断网新事' + stamp)
    await p.waitForSelector('[data-unsent]')
    await act(p, way, mine.id, 'return', '#reason', '要工程队' + stamp)
    await p.goto(way.url + '/#/tasks')
    await p.waitForFunction(() => document.querySelectorAll('[data-unsent]').length === 3)
    await clean(p, 'three wait by a wrong clock')
    await way.mend()
    const back = Date.now()
    await sentAll(p)
    await until(async () => (await viewOf(mine.id)).state === 'registered')
    const told = [...(await found('在线新事' + stamp)), ...(await found('断网新事' + stamp))]
    assert.equal(told.length, 2, 'once each')
    const done = (await viewOf(mine.id)).timeline.filter((h) => JSON.stringify(h.data).includes(stamp) && h.type !== 'report.create')
    assert.deepEqual(done.map((h) => h.type), ['report.note', 'report.note', 'report.return'])
    for (const h of [...done, ...(await Promise.all(told.map(async (r) => (await viewOf(r.id)).timeline[0])))])
      if (h.claimed_at) assert.ok(Math.abs(h.claimed_at - back) < 5 * 60_000, `${h.type} was done ${(h.claimed_at - back) / DAY} days beside the truth`)
    assert.ok(done.at(-1).claimed_at > 0, 'what waited says when it was done')
    await p.context().close()
    await way.cut()
  })

test('a phone forty days wrong: somebody without an account reports and follows, and a draft is not lost', async () => {
  const { at } = await beat()
  for (const wrong of [-40 * DAY, 40 * DAY]) {
    const stamp = ' ' + Date.now()
    const way = await newLine()
    const [p, fetched] = await phoneThatHas(at)
    await p.clock.install({ time: Date.now() + wrong })
    await p.goto(way.url + '/')
    await p.waitForSelector('.doors')
    await fetched()
    await p.goto(way.url + '/#/report')
    await p.fill('#text', '写到一半' + stamp)
    await p.goto(way.url + '/#/')
    await write(p, way, '没有账号' + stamp)
    await p.waitForSelector('[data-receipt]')
    await p.click('[data-follow]')
    await p.waitForSelector('[data-state]')
    assert.match(await p.textContent('[data-by]'), /还剩/)
    await way.cut()
    await write(p, way, '没有信号' + stamp)
    await p.waitForSelector('[data-unsent]')
    await way.mend()
    await p.goto(way.url + '/#/mine')
    await sentAll(p)
    assert.deepEqual([(await found('没有账号' + stamp)).length, (await found('没有信号' + stamp)).length], [1, 1])
    await p.waitForFunction(() => document.querySelectorAll('.line').length === 2)
    await p.context().close()
    await way.cut()
  }
})

test('two officers of one unit on one matter, without signal: the second sees the conflict, the first what was said', async () => {
  const { officer, at } = await beat()
  const other = users2(officer)
  const stamp = ' ' + Date.now()
  await withSecond(user('admin'))
  const unit = uuid()
  const made = await api('/units', user('admin'), { id: unit, name: { zh: '抢修组' }, kind: 'property', areas: [{ place: '540102001001' }] })
  assert.ok(made.status < 300, JSON.stringify(made.body))
  for (const who of [officer, other]) {
    const joined = await api(`/units/${unit}/join`, user('admin'), { id: uuid(), person: await personOf(who) })
    assert.ok(joined.status < 300, JSON.stringify(joined.body))
  }
  const mine = await given(unit, at, '水管爆了' + stamp, officer)
  const phones = []
  for (const who of [officer, other]) {
    const way = await newLine()
    const [p, fetched] = await phoneThatHas(at)
    await signInPhone(p, who, way.url)
    await p.goto(way.url + '/#/t/' + mine.id)
    await p.waitForSelector('[data-act=finish]')
    await fetched()
    await way.cut()
    phones.push({ p, way })
  }
  const [a, b] = phones
  await act(a.p, a.way, mine.id, 'finish', '#said', '阀门换好了' + stamp)
  await act(b.p, b.way, mine.id, 'return', '#reason', '要换整段管子' + stamp)
  await a.way.mend()
  await until(async () => (await viewOf(mine.id)).state === 'done')
  await b.way.mend()
  await b.p.waitForSelector('[data-why=conflict]')
  await b.p.click('[data-mend]')
  await b.p.locator('[data-theirs]').getByText('阀门换好了' + stamp).waitFor()
  assert.equal(await b.p.inputValue('[data-mine] textarea'), '要换整段管子' + stamp)
  await clean(b.p, 'two officers, side by side')
  await b.p.click('[data-as-note]')
  await sentAll(b.p)
  const v = await viewOf(mine.id)
  assert.equal(v.state, 'done', 'nothing was overwritten')
  assert.ok(v.timeline.some((h) => h.type === 'report.note' && h.data.text === '要换整段管子' + stamp), 'nor lost')
  await a.p.goto(a.way.url + '/#/t/' + mine.id)
  await a.p.reload()
  await a.p.getByText('要换整段管子' + stamp).first().waitFor()
  for (const { p, way } of phones) {
    await p.context().close()
    await way.cut()
  }
})

test('rights taken away between two of what waits: the first arrives, the other is refused, said in words, and can be mended', async () => {
  const { officer, at } = await beat()
  const stamp = ' ' + Date.now()
  const [one, two] = [await given(await personOf(officer), at, '第一处' + stamp, officer), await given(await personOf(officer), at, '第二处' + stamp, officer)]
  const way = await newLine()
  const [p, fetched] = await phoneThatHas(at)
  await signInPhone(p, officer, way.url)
  for (const m of [one, two]) {
    await p.goto(way.url + '/#/t/' + m.id)
    await p.waitForSelector('[data-act=finish]')
  }
  await fetched()
  await way.cut()
  await act(p, way, one.id, 'finish', '#said', '这件办好了' + stamp)
  await act(p, way, two.id, 'finish', '#said', '那件也办好了' + stamp)
  await p.goto(way.url + '/#/tasks')
  await p.waitForFunction(() => document.querySelectorAll('[data-unsent]').length === 2)
  // meanwhile the second one is given to a unit
  const unit = (await api('/units?limit=50', desk)).body.rows.find((u) => u.kind === 'property').id
  await doIt(two.id, 'reassign', desk, { to: unit, reason: '换人' }, two.version)
  await way.mend()
  await until(async () => (await viewOf(one.id)).state === 'done')
  await p.waitForSelector('[data-why=refused], [data-why=conflict]')
  assert.equal(await p.locator('[data-unsent]').count(), 1, 'one came through')
  await clean(p, 'one is refused')
  assert.ok((await p.textContent('[data-unsent]')).includes('那件也办好了'), 'the words are still here')
  await p.click('[data-mend]')
  await p.waitForSelector('[data-mine] textarea')
  assert.equal(await p.inputValue('[data-mine] textarea'), '那件也办好了' + stamp)
  const asNote = p.locator('[data-as-note]')
  if (await asNote.count()) {
    await asNote.click()
    await sentAll(p)
    assert.ok(JSON.stringify((await viewOf(two.id)).timeline).includes('那件也办好了' + stamp), 'said as a note')
  } else {
    await p.click('[data-drop]')
    await p.click('[data-drop-sure]')
    await sentAll(p)
  }
  assert.notEqual((await viewOf(two.id)).state, 'done')
  await p.context().close()
  await way.cut()
})

test('nothing in these pages complained', () => assert.deepEqual(complaints(), []))
function users2(not) {
  return [0, 1, 2].map((n) => user('officer', n)).find((u) => u.phone !== not.phone)
}
