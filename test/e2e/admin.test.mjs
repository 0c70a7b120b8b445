/* The desk sets a community up: second factor, roles, calendar, grids from a file, webhooks from the model, and a category
 * that asks its own questions; a resident answers them, and the matter keeps the version it was made with. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import test, { after } from 'node:test'
import { api, beat, clean, complaints, desk, doIt, give, personOf, phone, photo, signInDesk, stop, totp, url, user, uuid } from './kit.mjs'

after(stop)
let secret = ''
let step = 0 // a code counts once: who comes again within half a minute shows the next one
const code = () => {
  step = Math.max(Math.floor(Date.now() / 30_000), step + 1)
  return totp(secret, step * 30_000)
}
async function enter(lang) {
  const d = await desk(lang, ['status of 4'])
  await d.goto(url + '/desk/')
  const who = user('admin')
  await d.fill('#phone', who.phone)
  await d.fill('#password', who.password)
  await d.click('form button.main')
  await d.waitForSelector('[data-secret], #totp')
  if (!secret) {
    secret = await d.textContent('[data-secret]')
    await clean(d, 'second factor')
    await d.fill('#enrol', code())
  } else await d.fill('#totp', code())
  await d.click('form button.main')
  await d.waitForSelector('[data-kpi]')
  return d
}
async function tab(d, name) {
  await d.click(`nav [data-tab="${name}"]`)
  await d.waitForSelector(`nav [data-tab="${name}"][aria-current]`)
}
async function sheetGone(d) {
  await d.waitForFunction(() => !document.querySelector('.sheet'))
}
const square = (code, name, w, s, side = 0.002) => ({
  type: 'Feature', properties: { code, name },
  geometry: { type: 'Polygon', coordinates: [[[w, s], [w + side, s], [w + side, s + side], [w, s + side], [w, s]]] },
})

test('an administrator sets up a community', async () => {
  const d = await enter('zh')
  await d.goto(url + '/desk/#/admin')

  // settings: what is in force stands in the fields
  await d.waitForSelector('[data-setting=contact] input')
  assert.match(await d.inputValue('[data-setting=contact] input'), /^\+?\d{8,}/)
  await clean(d, 'settings')
  await d.fill('[data-setting=contact] input', '0891')
  await d.click('[data-setting=contact] [data-submit]')
  await d.waitForSelector('[data-setting=contact] [data-wrong]')
  await d.fill('[data-setting=contact] input', '08916000009')
  await d.click('[data-setting=contact] [data-submit]')
  await d.waitForSelector('[data-said]')
  assert.match((await api('/community')).body.phone, /8916000009$/)

  // the calendar of next year: a holiday on a weekday, a make-up day on a weekend day; a year forgotten is refused
  await tab(d, 'calendar')
  await d.waitForSelector('[data-day]')
  const year = new Date().getFullYear()
  const days = await d.$$eval('[data-day]', (all) => all.map((b) => ({ date: b.dataset.day, weekend: b.classList.contains('weekend') })))
  assert.ok(days.length >= 365)
  const off = days.find((x) => !x.weekend).date
  const on = days.find((x) => x.weekend).date
  await d.click(`[data-day="${off}"]`)
  await d.click(`[data-day="${on}"]`)
  await d.fill('[type=date] >> nth=0', `${year}-01-01`)
  await d.fill('[type=date] >> nth=1', `${year + 1}-12-31`)
  await clean(d, 'calendar')
  await d.click('[data-calendar] [data-submit]')
  await d.waitForSelector('[data-calendar] [data-wrong]')
  assert.match(await d.textContent('[data-wrong]'), new RegExp(String(year + 1)), 'it says which year is missing')
  await d.fill('[type=date] >> nth=1', `${year}-12-31`)
  await d.click('[data-calendar] [data-submit]')
  await d.waitForSelector('[data-calendar] [data-said]')
  const kept = (await api('/settings?limit=100', user('dispatcher'))).body.rows.find((r) => r.name === 'calendar').value
  assert.deepEqual(kept.days, [{ date: off, working: false }, { date: on, working: true }].sort((a, b) => a.date.localeCompare(b.date)))

  // grids: one lies over another, one is sound; what is wrong is said beside it and nothing is drawn until it is mended
  await tab(d, 'grids')
  const before = (await api('/grids')).body.features
  const all = before.flatMap((g) => g.geometry.coordinates[0])
  const east = Math.max(...all.map((c) => c[0])) + 0.01
  const north = Math.max(...all.map((c) => c[1])) + 0.01
  const town = user('admin').place
  const file = { type: 'FeatureCollection', features: [square(town + '-41', '东头', east, north), { ...before[0], properties: { code: town + '-42', name: '重叠' } }] }
  await d.setInputFiles('[data-grid-file]', { name: 'grids.geojson', mimeType: 'application/geo+json', buffer: Buffer.from(JSON.stringify(file)) })
  await d.waitForSelector('[data-checked].red')
  assert.equal(await d.locator('[data-grid-row="0"] .bad').count(), 0)
  assert.ok((await d.locator('[data-grid-row="1"] .bad').count()) > 0)
  assert.equal(await d.locator('[data-draw]').count(), 0)
  await clean(d, 'grids with a fault')
  await d.click('[data-grid-row="1"] button')
  await d.waitForSelector('[data-checked].green')
  await d.click('[data-draw]')
  await d.waitForSelector('[data-grids] [data-said]')
  assert.ok((await api('/grids')).body.features.some((g) => g.properties.code === town + '-41'))

  // from the model alone: a webhook, wrong first
  await tab(d, 'webhook.list')
  await d.click('[data-make=add]')
  await d.fill('[data-field=name] input', '市平台')
  await d.fill('[data-field=url] input', 'http://127.0.0.1/hook')
  await d.fill('[data-field=secret] input', 'whsec_' + Buffer.from('0123456789abcdef0123456789abcdef').toString('base64'))
  await d.fill('[data-field="topics[0].topic"] input', 'report.close')
  await clean(d, 'form from the model')
  await d.click('.sheet [data-submit]')
  await d.waitForSelector('.sheet [data-wrong]')
  await d.click('[data-field=audience] [data-value=public]')
  await d.fill('[data-field=url] input', 'https://platform.example/hook')
  await d.click('.sheet [data-submit]')
  await sheetGone(d)
  await d.getByText('市平台').first().waitFor()
  await clean(d, 'list from the model')
  await tab(d, 'webhook.dead')
  await d.waitForSelector('[data-list="webhook.dead"] .spin', { state: 'detached' })

  // a key for a program is shown once and can be taken back
  await tab(d, 'tokens')
  await d.click('[data-token-add]')
  await d.fill('[data-field=name] input', '大屏')
  await d.click('[data-field=role] [data-value=program]')
  await d.fill('[data-field=place] input', town)
  await d.fill('[data-field=days] input', '30')
  await d.fill('[data-field=per_hour] input', '60')
  await d.click('.sheet [data-submit]')
  const token = (await d.textContent('[data-token]')).trim()
  const asked = await fetch(url + '/api/v1/session', { headers: { Authorization: 'Bearer ' + token } })
  assert.equal(asked.status, 200)
  await d.keyboard.press('Escape')
  await sheetGone(d)
  await d.getByRole('cell', { name: '60', exact: true }).waitFor() // reports an hour
  await d.click('[data-token-renew]') // another key for the same program
  const next = (await d.textContent('[data-token]')).trim()
  assert.notEqual(next, token)
  await d.keyboard.press('Escape')
  await sheetGone(d)
  await clean(d, 'keys')
  for (let left = 2; left > 0; left--) {
    assert.equal(await d.locator('[data-tokens] .danger').count(), left)
    await d.click('[data-tokens] .danger')
    await d.click('.sheet [data-submit]')
    await sheetGone(d)
    await d.waitForFunction((n) => document.querySelectorAll('[data-tokens] .danger').length === n, left - 1)
  }
  for (const key of [token, next]) assert.equal((await fetch(url + '/api/v1/notices', { headers: { Authorization: 'Bearer ' + key } })).status, 401)

  // a role with a place and an end, and taken back
  await d.goto(url + '/desk/#/people')
  await d.click('[data-tab=residents]')
  await d.waitForSelector('[data-person] button')
  await d.click('[data-person] button')
  await d.click('[data-duty=grant]')
  await d.selectOption('[data-field=role] select', 'volunteer')
  await d.fill('[data-field=place] input', town)
  await d.fill('[data-field=until] input', `${year + 1}-06-30T18:00`)
  await clean(d, 'grant')
  await d.click('[data-duties] [data-submit]')
  await d.waitForSelector('[data-revoke=volunteer]')
  await d.click('[data-revoke=volunteer]')
  await d.click('[data-duties] [data-submit]')
  await d.waitForSelector('[data-revoke=volunteer]', { state: 'detached' })
  await clean(d, 'file with roles')

  for (const lang of ['bo', 'en']) {
    await d.keyboard.press('Escape')
    await d.click(`[data-lang=${lang}]`)
    await d.goto(url + '/desk/#/admin')
    for (const name of ['settings', 'calendar', 'grids', 'categories', 'tokens', 'webhook.list']) {
      await tab(d, name)
      await d.waitForSelector('.pane .spin', { state: 'detached' })
      await clean(d, `${name} ${lang}`)
    }
  }
  await d.context().close()
  assert.deepEqual(complaints(), [])
})

test('a category asks its own questions, and a matter keeps the version it was made with', async () => {
  const d = await desk('zh', ['status of 4'])
  await signInDesk(d, user('clerk'))
  await d.goto(url + '/desk/#/admin')
  await tab(d, 'categories')
  const edit = async () => {
    await d.click('[data-category=light] [data-edit-form]')
    await d.waitForSelector('[data-save-form]')
  }
  const saved = async () => {
    await d.click('[data-save-form]')
    await d.waitForSelector('[data-categories] [data-said]')
  }
  await edit()
  await d.click('[data-add-question]')
  await d.fill('[data-edit=q1] [data-words=zh]', '灯杆号')
  await d.check('[data-edit=q1] [data-required]')
  await d.fill('[data-edit=q1] [data-max]', '9')
  await d.click('[data-add-question]')
  await d.fill('[data-edit=q2] [data-words=zh]', '怎么了')
  await d.selectOption('[data-edit=q2] [data-type]', 'enum')
  await d.fill('[data-edit=q2] [data-value="0-zh"]', '不亮')
  await d.click('[data-edit=q2] [data-add-value]')
  await d.fill('[data-edit=q2] [data-value="1-zh"]', '一直闪')
  await d.click('[data-edit=q2] [data-up]')
  assert.deepEqual(await d.$$eval('[data-edit]', (x) => x.map((e) => e.dataset.edit)), ['q2', 'q1'])
  assert.equal(await d.locator('.preview [data-ask]').count(), 2)
  await clean(d, 'form editor')
  await saved()

  const { at } = await beat()
  const p = await phone('zh', at, ['status of 4'])
  const fill = async (text) => {
    await p.goto(url + '/#/report')
    await p.waitForFunction(() => document.querySelector('[data-place]')?.getAttribute('data-grid'))
    await p.fill('#text', text)
    await p.click('[data-category=light]')
    await p.waitForSelector('[data-ask=q1]')
  }
  await fill('路灯坏了')
  await p.click('[data-send]')
  await p.waitForSelector('[data-ask=q1] [role=alert]')
  await p.fill('#ask-q1', 'A-17')
  await p.click('[data-asks] summary')
  await p.click('[data-ask=q2] [data-choice=v2]')
  await clean(p, 'questions')
  await p.click('[data-send]')
  await p.waitForFunction(() => location.hash.startsWith('#/sent/'))
  const matter = (await p.evaluate(() => location.hash)).split('/')[2]
  const view = async () => (await api('/reports/' + matter, user('dispatcher'))).body
  await p.waitForSelector('[data-receipt]')
  assert.deepEqual((await view()).data.form, { q1: 'A-17', q2: 'v2' })

  // the next version drops the required question: it says so, and nothing that was answered is lost
  await edit()
  await d.click('[data-edit=q1] [data-remove]')
  await d.waitForSelector('[data-dropped]')
  await saved()
  const now = (await api('/categories?limit=100')).body.rows.find((c) => c.code === 'light')
  assert.equal(now.form_version, 2)
  assert.deepEqual(now.form.map((f) => f.name), ['q2'])
  assert.equal((await view()).data.form_version, 1)
  await d.goto(url + '/desk/#/queue/' + matter)
  await d.waitForSelector('[data-answers]')
  assert.match(await d.textContent('[data-answers]'), /灯杆号\s*A-17/)
  assert.match(await d.textContent('[data-answers]'), /怎么了\s*一直闪/)
  await d.click('[data-why] summary').catch(() => undefined)
  await clean(d, 'matter with answers')
  // what answers the old form is refused by name; the new one is taken
  const old = await api('/reports', undefined, { id: uuid(), category: 'light', text: '又坏了', form: { q1: 'A-18' } })
  assert.deepEqual([old.status, old.body.code, old.body.field], [422, 'unknown_field', 'form.q1'])
  const fresh = await api('/reports', undefined, { id: uuid(), category: 'light', text: '又坏了', form: { q2: 'v1' } })
  assert.equal(fresh.status, 201)

  // the officer reads how the time was counted
  let v = await view()
  let version = v.version
  const officer = (await beat()).officer
  version = await doIt(matter, 'register', user('dispatcher'), { category: 'light' }, version)
  v = await view()
  assert.ok(v.data.due.limit > 0)
  await d.reload()
  await d.waitForSelector('[data-why]')
  await d.click('[data-why] summary')
  assert.ok((await d.locator('[data-why] li').count()) >= 2)
  await clean(d, 'how it was counted')
  assert.ok(officer && version)
  await p.context().close()
  await d.context().close()
  assert.deepEqual(complaints(), [])
})

test('a caller, a unit, a whistle, the same thing twice', async () => {
  const d = await desk('zh', ['status of 4'])
  await signInDesk(d, user('dispatcher'))
  const grid = (await api('/grids')).body.features[0].properties

  // units have no page of their own: list and forms come from the model
  const made = []
  for (const zh of ['水务所', '路政所']) {
    const id = uuid()
    made.push(id)
    const r = await api('/units', user('dispatcher'), { id, name: { zh }, kind: 'department', areas: [{ place: user('dispatcher').place }] })
    assert.equal(r.status, 201, JSON.stringify(r.body))
  }

  // by the keyboard alone: the words, Tab to the rest, Ctrl+Enter; the code to read out comes back
  const take = async (text) => {
    await d.focus('[data-call]')
    await d.keyboard.press('Enter')
    await d.waitForSelector('[data-caller]')
    await d.waitForFunction(() => document.activeElement?.id === 'c-text')
    await d.keyboard.type(text)
    await d.keyboard.press('Tab')
    await d.keyboard.type('老水塔')
    await d.keyboard.press('Tab')
    await d.keyboard.press('ArrowDown')
    await d.keyboard.press('Tab')
    await d.keyboard.type('13712345678')
    await clean(d, 'caller')
    await d.keyboard.press('Control+Enter')
    const code = (await d.textContent('[data-receipt]')).replace(/\s/g, '')
    await d.focus('[data-done]')
    await d.keyboard.press('Enter')
    const at = await fetch(url + '/api/v1/receipt', { headers: { 'Linli-Receipt': code } }).then((r) => r.json())
    await d.waitForSelector('[data-act=dispatch]')
    return at.matter
  }
  const view = async (m) => (await api('/reports/' + m, user('dispatcher'))).body
  const first = await take('水管爆了')
  const v = await view(first)
  assert.deepEqual([v.state, v.place, v.category], ['registered', grid.code, 'leak'])

  // dispatched to a unit, then a second one is called in
  await d.click('[data-act=dispatch]')
  await d.click(`[data-unit="${made[0]}"]`)
  await clean(d, 'dispatch to a unit')
  await d.click('.acts [data-submit]')
  await d.waitForSelector('[data-act=whistle]')
  assert.equal((await view(first)).state, 'dispatched')
  await d.click('[data-act=whistle]')
  await d.selectOption('[data-field="units[0].unit"] select', made[1])
  await clean(d, 'whistle')
  await d.click('.acts [data-submit]')
  await d.getByText('吹哨，请几家单位一起办').waitFor()
  assert.equal((await view(first)).data.whistle.units[0].unit, made[1])

  // told twice: merged into the first
  const second = await take('水管又爆了')
  await d.click('[data-act=merge]')
  await d.selectOption('[data-field=into] select', first)
  await d.click('.acts [data-submit]')
  await d.waitForSelector('[data-act=split]')
  assert.equal((await view(second)).state, 'merged')
  await d.context().close()
  assert.deepEqual(complaints(), [])
})

test('the same thing is suggested before sending, with the reason; one tap joins it', async () => {
  const { at } = await beat()
  const made = await api('/reports', undefined, { id: uuid(), category: 'rubbish', text: '垃圾桶倒了', point: at })
  assert.equal(made.status, 201)
  const p = await phone('zh', at)
  await p.goto(url + '/#/report')
  await p.fill('#text', '垃圾桶倒了没人管')
  await p.click('[data-category=rubbish]')
  await p.waitForSelector(`[data-similar="${made.body.id}"]`)
  assert.match(await p.textContent(`[data-similar="${made.body.id}"]`), /米.*同一类事/)
  await clean(p, 'suggested before sending')
  await p.click(`[data-similar="${made.body.id}"] [data-me-too]`)
  await p.waitForSelector('[data-receipt]')
  const code = (await p.textContent('[data-receipt]')).replace(/\s/g, '')
  const mine = await fetch(url + '/api/v1/receipt', { headers: { 'Linli-Receipt': code } }).then((r) => r.json())
  const v = (await api('/reports/' + mine.matter, user('dispatcher'))).body
  assert.deepEqual([v.state, v.data.into], ['merged', made.body.id])
  await clean(p, 'joined')
  await p.context().close()
  assert.deepEqual(complaints(), [])
})

test('numbers of other systems: nothing is typed twice', async () => {
  const a = await enter('zh')
  await a.goto(url + '/desk/#/admin')
  await a.route('**/api/v1/buildings?*', (r) => r.fulfill({ json: { rows: [], next: null } }))
  await tab(a, 'building.list')
  await a.waitForSelector('[data-first=add]')
  await clean(a, 'an empty list offers the first one')
  await tab(a, 'system.list')
  await a.waitForSelector('[data-make=add]')
  const systems = [['hot_line', '热线', 'card', '{number}：{state}。{text}'], ['city', '市平台', 'csv', '编号,状态,答复\n{number},{state},{text}']]
  for (const [code, zh, reply, layout] of systems) {
    await a.click('[data-make=add]')
    await a.fill('[data-field=code] input', code)
    await a.fill('[data-field="name.zh"] input', zh)
    await a.click(`[data-field=reply] [data-value=${reply}]`)
    await a.fill('[data-field=layout] textarea', layout)
    await a.click('.sheet [data-submit]')
    await sheetGone(a)
  }
  await a.context().close()

  const { officer, grid } = await beat()
  // it comes in with its number; the same number again says where it is already
  const d = await desk('zh', ['status of 4'])
  await signInDesk(d, user('dispatcher'))
  await d.goto(url + '/desk/#/systems')
  await d.waitForSelector('[data-system=city]')
  await clean(d, 'systems, nothing waits')
  const took = async () => {
    await d.click('[data-take]')
    await d.waitForSelector('[data-field=system] option[value=hot_line]', { state: 'attached' })
    await d.selectOption('[data-field=system] select', 'hot_line')
    await d.fill('[data-field=number] input', 'LS-77')
    await d.selectOption('[data-field=category] select', 'leak')
    await d.fill('[data-field=text] textarea', '三号楼漏水')
    await d.fill('[data-field=place] input', grid.code)
    await d.click('.sheet [data-submit]')
  }
  await took()
  await d.waitForSelector('[data-link]')
  const matter = (await d.evaluate(() => location.hash)).split('/')[2]
  await d.click('[data-act=link]')
  await d.selectOption('[data-field=system] select', 'city')
  await d.fill('[data-field=number] input', 'C-9')
  await d.click('.acts [data-submit]')
  await d.waitForFunction(() => document.querySelectorAll('[data-link]').length === 2)
  await d.click('[data-act=mark_reply]')
  await d.fill('[data-field=text] textarea', '水管已更换')
  await d.click('.acts [data-submit]')
  await d.getByText('写对外答复').first().waitFor()
  await clean(d, 'matter with numbers')
  await d.goto(url + '/desk/#/systems')
  await took()
  await d.waitForSelector('.sheet [data-wrong]')
  await d.keyboard.press('Escape')
  await d.fill('#by-number', 'LS-77')
  await d.press('#by-number', 'Enter')
  await d.waitForSelector(`[data-found] a[href="#/queue/${matter}"]`)

  const view = async () => (await api('/reports/' + matter, user('dispatcher'))).body
  let v = (await view()).version
  v = await doIt(matter, 'dispatch', user('dispatcher'), { to: await personOf(officer) }, v)
  v = await doIt(matter, 'accept', officer, {}, v)
  v = await doIt(matter, 'finish', officer, { text: '换了一段水管' }, v)
  v = await doIt(matter, 'verify', user('overseer'), {}, v)
  await doIt(matter, 'close', user('dispatcher'), {}, v)

  // the card is copied, the file taken; then nothing waits
  await d.reload()
  await d.waitForSelector('[data-system=hot_line] [data-card]')
  await clean(d, 'answers that wait')
  await d.click('[data-system=hot_line] [data-card]')
  assert.match(await d.inputValue('#card-text'), /LS-77：.*水管已更换/)
  await clean(d, 'card')
  await d.click('[data-sent]')
  await d.waitForSelector('[data-system=hot_line] [data-none]')
  const [file] = await Promise.all([d.waitForEvent('download'), d.click('[data-file=city]')])
  assert.match(readFileSync(await file.path(), 'utf8'), /"C-9","已结案","水管已更换"/)
  await d.click('[data-all-sent]')
  await d.waitForSelector('[data-system=city] [data-none]')
  for (const lang of ['bo', 'en']) {
    await d.click(`[data-lang=${lang}]`)
    await clean(d, 'systems ' + lang)
  }
  await d.context().close()
  assert.deepEqual(complaints(), [])
})

test('what was drawn on the spot is verified by another, with both photos in sight', async () => {
  const a = await enter('zh')
  await a.goto(url + '/desk/#/admin')
  await tab(a, 'settings')
  await a.fill('[data-setting=limits] [data-field="limits.sample_percent"] input', '100')
  await a.click('[data-setting=limits] [data-submit]')
  await a.waitForSelector('[data-said]')
  const { officer, at } = await beat()
  const id = uuid()
  const { buffer } = await photo(a)
  const [before, after] = [await give(officer, id, buffer), await give(officer, id, buffer)]
  const made = await api('/reports/on_the_spot', officer, { id, category: 'road', text: '井盖歪了，已扶正', point: at, before: [before], after: [after] })
  assert.deepEqual([made.status, made.body.state], [201, 'done'], JSON.stringify(made.body))
  await a.context().close()

  const d = await desk('zh', ['status of 4'])
  await signInDesk(d, user('overseer'))
  await d.selectOption('[data-state-filter]', 'verify')
  await d.waitForSelector(`[data-row="${id}"] [data-drawn]`)
  await clean(d, 'to verify at the desk')
  await d.click(`[data-row="${id}"] button`)
  await d.waitForSelector('[data-sides] img >> nth=1')
  assert.equal(await d.locator('[data-sides] img').count(), 2)
  await d.waitForFunction(() => [...document.querySelectorAll('[data-sides] img')].every((x) => x.naturalWidth > 0))
  const [left, right] = await d.$$eval('[data-sides] img', (all) => all.map((x) => x.getBoundingClientRect().left))
  assert.ok(right > left + 100, 'side by side')
  await clean(d, 'before and after')
  await d.click('[data-act=verify]')
  await d.click('.acts [data-submit]')
  await d.waitForSelector(`[data-row="${id}"]`, { state: 'detached' })
  assert.equal((await api('/reports/' + id, user('dispatcher'))).body.state, 'verified')
  await d.context().close()
  assert.deepEqual(complaints(), [])
})
