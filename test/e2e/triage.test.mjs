/* A dispatcher's night: the whole queue by the keys alone, many at once with each one's own answer, filters that are kept,
 * and the note that is left for the morning. */
import assert from 'node:assert/strict'
import test, { after } from 'node:test'
import { api, beat, clean, complaints, desk, doIt, personOf, signInDesk, stop, until, url, user, users, uuid } from './kit.mjs'

after(stop)
const dispatcher = user('dispatcher')
const report = async (text, at, category = 'road') => {
  const id = uuid()
  const r = await api('/reports', undefined, { id, category, text, point: at })
  assert.equal(r.status, 201, JSON.stringify(r.body))
  return { id, number: r.body.number }
}
const stateOf = async (id) => (await api('/reports/' + id, dispatcher)).body.state
const cursor = (p) => p.evaluate(() => document.querySelector('[data-grid]')?.getAttribute('aria-activedescendant')?.slice(4))
/** By the keys: search, and the only hit is under the cursor. */
async function find(p, text, id) {
  await p.keyboard.press('/')
  await p.keyboard.press('Control+A')
  await p.keyboard.type(text)
  await p.waitForFunction((x) => document.querySelectorAll('[data-row]').length === 1 && document.querySelector(`[data-row="${x}"]`), id)
  await p.keyboard.press('Enter')
  await until(async () => (await cursor(p)) === id)
}
async function sit(lang = 'zh', expected) {
  const p = await desk(lang, expected)
  await signInDesk(p, dispatcher)
  await p.waitForSelector('[data-row]')
  await p.waitForSelector('.live:not(.off)')
  return p
}

test('a night by the keys alone: look, register, dispatch, take back, merge, note', async () => {
  const { at, officer } = await beat()
  const tag = String(Date.now() % 1_000_000)
  const one = await report(`路灯杆斜了 甲${tag}`, at), two = await report(`井盖响 乙${tag}`, at, 'other')
  const first = await report(`巷子口${tag}积水很深 丙`, at, 'flood'), again = await report(`巷子口${tag}积水很深 丁`, at, 'flood')
  const p = await sit()
  await p.keyboard.press('?')
  await p.waitForSelector('[data-shortcut=d]')
  const said = await p.$$eval('[data-shortcut]', (all) => all.length)
  assert.ok(said > 20, 'the sheet lists the keys')
  await clean(p, 'help')
  await p.keyboard.press('Escape')
  await p.waitForSelector('[data-shortcut]', { state: 'detached' })

  // j, k and the ends; the frame is where the keys are
  await until(async () => !!(await cursor(p)))
  const start = await cursor(p)
  await p.keyboard.press('j')
  const below = await cursor(p)
  assert.notEqual(below, start)
  await p.keyboard.press('k')
  assert.equal(await cursor(p), start)
  const frame = await p.evaluate(() => getComputedStyle(document.querySelector('tr.on > td:nth-child(2)')).boxShadow)
  assert.match(frame, /inset/, 'where the keys are is drawn')
  await p.keyboard.press('End')
  await p.waitForFunction(() => document.querySelector('tr.on')?.getBoundingClientRect().bottom <= innerHeight)
  await p.keyboard.press('Home')
  await until(async () => (await cursor(p)) === start)

  // while somebody types, d is a letter
  await p.keyboard.press('/')
  await p.keyboard.type('djx')
  assert.equal(await p.inputValue('[data-search]'), 'djx')
  await p.keyboard.press('Escape')
  await p.keyboard.press('0')

  // dispatched as suggested with one key, taken back, and done again: only then does it count
  await find(p, `甲${tag}`, one.id)
  await p.keyboard.press('d')
  await p.waitForSelector(`[data-row="${one.id}"] [data-undo]`)
  await p.keyboard.press('u')
  await p.waitForSelector(`[data-row="${one.id}"] [data-undo]`, { state: 'detached' })
  assert.equal(await stateOf(one.id), 'collected', 'taken back: nothing was sent')
  assert.match(await p.getAttribute(`[data-row="${one.id}"] [data-give]`, 'aria-label'), new RegExp(officer.name), 'the grid’s own officer, with the reason')
  await p.keyboard.press('d')
  await until(async () => (await stateOf(one.id)) === 'dispatched')
  const v = (await api('/reports/' + one.id, dispatcher)).body
  assert.deepEqual(v.timeline.map((h) => h.type), ['report.create', 'report.register', 'report.dispatch'])

  // registered in the form, by r, Tab and Enter; then a note by n
  await find(p, `乙${tag}`, two.id)
  await p.keyboard.press('r')
  await p.waitForSelector('.acts #f-category')
  await until(() => p.evaluate(() => document.activeElement?.id === 'f-category'))
  await p.keyboard.press('Tab')
  await p.keyboard.press('Tab')
  await p.keyboard.type('井盖')
  await p.keyboard.press('Enter')
  await p.waitForSelector('.detail [data-act=dispatch]')
  await p.keyboard.press('w') // back to the list
  await until(() => p.evaluate(() => document.activeElement?.hasAttribute('data-grid')))
  await p.keyboard.press('n')
  await until(() => p.evaluate(() => document.activeElement?.id === 'f-text'))
  await p.keyboard.type('打过电话 djx')
  await p.keyboard.press('Tab')
  await p.keyboard.press('Enter')
  await until(async () => (await api('/reports/' + two.id, dispatcher)).body.timeline.some((h) => h.type === 'report.note'))
  await p.keyboard.press('Escape')
  await p.waitForSelector('.detail', { state: 'detached' })

  // the later of two that look the same is marked with why, and merged with one key
  await find(p, `${tag}积水很深 丁`, again.id)
  await p.waitForSelector(`[data-row="${again.id}"][data-twin]`)
  const why = await p.getAttribute(`[data-row="${again.id}"] .twin`, 'title')
  assert.match(why, new RegExp(`相距 0 米.*类别相同.*巷子口${tag}积水很深`))
  assert.equal(Number(await p.getAttribute(`[data-row="${again.id}"]`, 'data-twin')), first.number)
  await clean(p, 'queue with a duplicate')
  await p.keyboard.press('m')
  await until(async () => (await stateOf(again.id)) === 'merged')

  // the border by the keys, remembered
  await p.keyboard.press('0')
  const share = () => p.getAttribute('[data-split]', 'aria-valuenow').then(Number)
  const was = await share()
  await p.keyboard.press(']')
  await until(async () => (await share()) > was)
  await p.focus('[data-split]')
  await p.keyboard.press('ArrowLeft')
  await p.keyboard.press('ArrowLeft')
  await until(async () => (await share()) < was)
  const set = await share()
  await p.reload()
  await p.waitForSelector('[data-row]')
  assert.equal(await share(), set)
  await p.context().close()
  assert.deepEqual(complaints(), [])
})

test('many at once: each one answers for itself, what was refused stays chosen and says what to change', async () => {
  const { at } = await beat()
  const tag = '批' + (Date.now() % 1_000_000)
  const all = []
  for (let i = 0; i < 6; i++) all.push(await report(`${tag} 第${i}件`, { lon: at.lon, lat: at.lat }, ['road', 'light', 'other'][i % 3]))
  const p = await sit()
  await p.fill('[data-search]', tag)
  await p.waitForFunction(() => document.querySelectorAll('[data-row]').length === 6)
  await p.press('[data-search]', 'Enter')
  await p.keyboard.press('x')
  for (let i = 0; i < 5; i++) await p.keyboard.press('J')
  await p.waitForFunction(() => document.querySelectorAll('tr[aria-selected=true]').length === 6)
  // somebody else has one of them meanwhile
  const lost = all[2]
  await p.route('**/api/v1/reports?**', (r) => r.abort()) // this page has not heard of it yet
  await doIt(lost.id, 'register', dispatcher, { category: 'other' }, 1)
  await p.keyboard.press('r')
  await p.waitForSelector('[data-bulk-sheet]')
  await clean(p, 'bulk')
  await p.click('[data-go]')
  await p.waitForSelector('[data-result][data-good="5"][data-bad="1"]')
  await p.unroute('**/api/v1/reports?**')
  await clean(p, 'bulk answers')
  assert.equal(await p.locator('[data-answer=good]').count(), 5)
  const refused = await p.textContent('[data-answer=bad]')
  assert.ok(refused.includes(String(lost.number)) && /最新情况/.test(refused), refused)
  await p.keyboard.press('Escape')
  for (const x of all) assert.equal(await stateOf(x.id), 'registered')
  await p.waitForFunction((id) => { const on = [...document.querySelectorAll('tr[aria-selected=true]')]; return on.length === 1 && on[0].dataset.row === id }, lost.id)
  complaints()

  // dispatched together; what cannot be done is said before
  await p.keyboard.press('A')
  await p.waitForFunction(() => document.querySelectorAll('tr[aria-selected=true]').length === 6 && document.querySelectorAll('[data-give]').length === 6)
  await p.keyboard.press('d')
  await p.waitForSelector('[data-bulk-sheet] #bulk-to')
  await p.click('[data-go]')
  await p.waitForSelector('[data-result][data-good="6"][data-bad="0"]')
  for (const x of all) assert.equal(await stateOf(x.id), 'dispatched')
  await p.context().close()
})

test('a filter is named, counted by a query, found again by its number, and handed on as an address', async () => {
  const p = await sit()
  await p.selectOption('[data-category-filter]', 'road')
  const n = (await api('/reports/tally?category=road', dispatcher)).body.rows.reduce((sum, r) => sum + r.n, 0)
  assert.ok(n > 0, 'there is something to count')
  await p.focus('[data-grid]')
  await p.keyboard.press('s')
  await until(() => p.evaluate(() => !!document.activeElement?.closest('[data-filter-name]')))
  await p.keyboard.type('夜里的路面')
  await p.keyboard.press('Enter')
  await p.waitForSelector('[data-kept="夜里的路面"] [data-n]')
  assert.equal(Number(await p.textContent('[data-kept="夜里的路面"] [data-n]')), n)
  assert.match(p.url(), /#\/queue\?category=road$/)
  await clean(p, 'kept filters')
  await p.keyboard.press('0')
  await until(async () => !p.url().includes('category'))
  await p.keyboard.press('1')
  await until(async () => p.url().endsWith('?category=road'))
  assert.equal(await p.inputValue('[data-category-filter]'), 'road')
  // on the person's own file, and nobody else's
  const kept = (await api('/me/filters', dispatcher)).body.rows
  assert.deepEqual([kept.length, kept[0].title, kept[0].query], [1, '夜里的路面', 'category=road'])
  const clerk = users.find((u) => u.role === 'clerk') ?? user('overseer')
  assert.equal((await api('/me/filters', clerk)).body.rows.length, 0)
  // a colleague opens the address
  const q = await desk('zh')
  await signInDesk(q, clerk)
  await q.goto(url + '/desk/#/queue?category=road&overdue=1')
  await q.waitForFunction(() => document.querySelector('[data-category-filter]')?.value === 'road' && document.querySelector('[data-due-filter]')?.value === 'overdue')
  await q.context().close()
  await p.click('[data-filter-manage]')
  await p.click('[data-filter-drop]')
  await p.waitForSelector('[data-kept]', { state: 'detached' })
  assert.equal((await api('/me/filters', dispatcher)).body.rows.length, 0)
  await p.context().close()
  assert.deepEqual(complaints(), [])
})

test('the shift is handed over: a drafted list, the next one sees it first and takes it over', async () => {
  const p = await sit()
  await p.keyboard.press('h')
  await p.waitForSelector('[data-shift]')
  await clean(p, 'no notes yet')
  await p.click('[data-write]')
  await p.waitForSelector('[data-note-form] [data-item]')
  const over = (await api('/reports/tally?overdue=' + Date.now(), dispatcher)).body.rows.reduce((n, r) => n + r.n, 0)
  assert.ok((await p.inputValue('#s-text')).includes(String(over)), 'the draft counts what is overdue')
  const listed = await p.$$eval('[data-item]', (all) => all.map((x) => x.dataset.item))
  assert.ok(listed.length > 2)
  await clean(p, 'writing a note')
  await p.uncheck(`[data-item="${listed[0]}"]`)
  await p.fill('#s-text', '三号网格的泵已到，水在退')
  await p.fill('#s-watch', '天亮后看水退没退')
  await p.click('[data-send]')
  await p.waitForSelector('[data-note][data-state=written]')
  assert.equal(await p.locator('[data-take]').count(), 0, 'who wrote it does not take it over')
  await clean(p, 'own note')
  await p.context().close()

  const other = users.filter((u) => u.role === 'dispatcher' || u.role === 'clerk').find((u) => u.phone !== dispatcher.phone && u.community === dispatcher.community)
  assert.ok(other, 'somebody else sits at the desk')
  const q = await desk('zh')
  await signInDesk(q, other)
  await q.waitForSelector('[data-before]')
  const text = await q.textContent('[data-before]')
  assert.ok(text.includes('水在退') && text.includes('天亮后'), text)
  await until(async () => (await q.locator('[data-before] [data-linked]').count()) === listed.length - 1)
  await clean(q, 'left by the last shift')
  await q.fill('[data-before] input', '看过了')
  await q.click('[data-take]')
  await q.waitForSelector('[data-before]', { state: 'detached' })
  const [note] = (await api('/shifts', dispatcher)).body.rows
  assert.deepEqual([note.state, note.taken_by, note.matters], ['taken', await personOf(other), listed.length - 1])
  await q.context().close()
  assert.deepEqual(complaints(), [])
})
