/* A kind made of rows alone lives in both apps without a line of web code: made, listed, found by a filter, changed, wrong
 * first and mended at the field, its timeline read; on the phone also without signal. The server is build/test/linli-trial,
 * which has one module more (test/trial). Then a kind of the house that has no page of its own. */
import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import test, { after, before } from 'node:test'

const root = new URL('../../', import.meta.url).pathname
const dir = mkdtempSync(tmpdir() + '/linli-trial-')
const port = 20000 + Math.floor(Math.random() * 12000)
let server
let kit
before(async () => {
  execFileSync('ninja', ['-C', root + 'build', 'test/linli-trial'], { stdio: 'ignore' })
  server = spawn(root + 'build/test/linli-trial', ['serve', '--data', dir + '/data', '--listen', '127.0.0.1:' + port, '--demo'], { stdio: 'ignore' })
  process.env.LINLI_URL = 'http://127.0.0.1:' + port
  process.env.LINLI_DEMO_USERS = dir + '/data/demo-users.json'
  for (let i = 0; i < 600; i++) {
    if (existsSync(process.env.LINLI_DEMO_USERS) && (await fetch(process.env.LINLI_URL + '/healthz').catch(() => null))?.ok) break
    await new Promise((ok) => setTimeout(ok, 100))
  }
  kit = await import('./kit.mjs')
})
after(async () => {
  await kit?.stop()
  server?.kill()
  await new Promise((ok) => (server && server.exitCode === null ? server.once('exit', ok) : ok()))
  rmSync(dir, { recursive: true, force: true })
})

test('the phone: a whole life from the model', async () => {
  const { api, beat, clean, complaints, phone, photo, signInPhone, until, url } = kit
  const { officer, grid, at } = await beat()
  const p = await phone('zh', at, ['status of 4'])
  await signInPhone(p, officer)
  await p.goto(url + '/#/me')
  await p.click('[data-all]')
  await p.click('[data-kind=trial]')
  await p.waitForSelector('[data-empty]')
  assert.match(await p.textContent('[data-empty]'), /点上面的按钮/, 'an empty list says what to do')
  await clean(p, 'empty list of a kind')

  // wrong first: what is wrong stands at its field
  await p.click('[data-make=add]')
  await p.waitForSelector('.sheet [data-field=title]')
  for (const f of ['title', 'size', 'amount', 'urgent', 'day', 'from', 'phone', 'owner', 'building', 'detail', 'parts', 'place', 'point', 'photos', 'voice', 'text', 'signature'])
    assert.equal(await p.locator(`.sheet [data-field=${f}]`).count(), 1, f + ' has its field')
  await p.fill('.sheet [data-field=title] input', '闸')
  await p.fill('.sheet [data-field=amount] input', '100001')
  await p.fill('.sheet [data-field=phone] input', '12ab')
  await p.click('.sheet [data-add=parts]')
  await p.fill('.sheet [data-field="parts[0].count"] input', '0')
  await p.click('.sheet [data-submit]')
  await p.waitForSelector('.sheet [data-wrong]')
  for (const [f, words] of [['title', /太短/], ['size', /还没填/], ['amount', /太大.*100000/], ['phone', /写法不对/], ['parts[0].what', /还没填/], ['parts[0].count', /太小/]])
    assert.match(await p.textContent(`.sheet [data-field="${f}"] > .bad`), words, f)
  assert.equal(await p.locator('.sheet [data-field=day] > .bad').count(), 0)
  await clean(p, 'form with faults')

  // mended, with a field of every type
  await p.fill('.sheet [data-field=title] input', '单元门闭门器')
  await p.click('.sheet [data-field=size] [data-value=middle]')
  await p.fill('.sheet [data-field=amount] input', '260')
  await p.check('.sheet [data-field=urgent] input')
  await p.fill('.sheet [data-field=day] input', '2026-11-30')
  await p.fill('.sheet [data-field=from] input', '2026-11-30T09:30')
  await p.fill('.sheet [data-field=phone] input', '13900001234')
  await p.selectOption('.sheet [data-field=owner] select', { index: 1 })
  await p.fill('.sheet [data-field="detail.floor"] input', '3')
  await p.fill('.sheet [data-field="detail.door"] input', '302')
  await p.fill('.sheet [data-field="parts[0].what"] input', '弹簧')
  await p.fill('.sheet [data-field="parts[0].count"] input', '2')
  await p.fill('.sheet [data-field=place] input', grid.code)
  await p.click('.sheet [data-here]')
  await until(async () => Number(await p.inputValue('.sheet [data-field=point] input >> nth=0')) > 80)
  await p.setInputFiles('.sheet [data-file=photos]', await photo(p))
  await p.waitForSelector('.sheet .shots img')
  await p.fill('.sheet [data-field=text] textarea', '门关不严，夜里响')
  await p.check('.sheet [data-field=signature] input')
  await clean(p, 'form filled in')
  await p.click('.sheet [data-submit]')
  await p.waitForSelector('[data-said]')
  const list = (await api('/trials', officer)).body.rows
  assert.deepEqual(list.map((r) => [r.title, r.size, r.amount, r.urgent, r.place]), [['单元门闭门器', 'middle', 260, true, grid.code]])
  const id = list[0].id

  // the list, by a filter that keeps it and by one that does not
  await p.waitForSelector(`[data-row="${id}"]`)
  await p.click('details.filters summary')
  await p.click('[data-filters] [data-value=large]')
  await p.click('[data-ask]')
  await p.waitForSelector('[data-empty]')
  assert.match(await p.textContent('[data-empty]'), /没有符合的/)
  await p.click('[data-clear]')
  await p.waitForSelector(`[data-row="${id}"]`)
  await clean(p, 'list of a kind')

  // all that is known of it, in words
  await p.click(`[data-row="${id}"]`)
  await p.waitForSelector('[data-timeline] [data-event="trial.add"]')
  const fact = (name) => p.textContent(`[data-fact=${name}]`)
  assert.equal((await fact('size')).trim(), '中')
  assert.equal((await fact('urgent')).trim(), '是')
  assert.equal((await fact('parts')).trim(), '弹簧 2')
  assert.match(await fact('from'), /11月30日 ?09:30/)
  assert.equal((await fact('place')).trim(), grid.name)
  await p.waitForSelector('[data-fact=photos] img')
  await until(() => p.$eval('[data-fact=photos] img', (i) => i.complete && i.naturalWidth > 0))
  await clean(p, 'a matter of a kind')

  // done to it: a strict change with what stands there filled in, a note
  await p.click('[data-deed=change]')
  await p.waitForSelector('.sheet [data-field=title] input')
  assert.equal(await p.inputValue('.sheet [data-field=title] input'), '单元门闭门器')
  assert.equal(await p.inputValue('.sheet [data-field="parts[0].what"] input'), '弹簧')
  await p.fill('.sheet [data-field=amount] input', '300')
  await p.click('.sheet [data-submit]')
  await p.waitForSelector('[data-timeline] [data-event="trial.change"]')
  assert.equal((await fact('amount')).trim(), '300')

  // no signal: it is read, and what is written waits and goes by itself
  await p.context().setOffline(true)
  await p.goto(url + '/#/me')
  await p.goto(url + '/#/k/trial')
  await p.waitForSelector(`[data-row="${id}"]`)
  await p.click(`[data-row="${id}"]`)
  await p.waitForSelector('[data-fact=title]')
  await p.click('[data-deed=note]')
  await p.fill('.sheet [data-field=text] textarea', '配件明天到')
  await p.click('.sheet [data-submit]')
  await p.waitForFunction(() => !document.querySelector('.sheet'))
  assert.match(await p.textContent('[data-said]'), /没发出去/)
  await p.goto(url + '/#/k/trial')
  await p.waitForSelector('[data-unsent]')
  assert.match(await p.textContent('[data-unsent]'), /补充说明/)
  await clean(p, 'a kind without signal')
  await p.context().setOffline(false)
  await p.evaluate(() => dispatchEvent(new Event('online')))
  await p.waitForFunction(() => !document.querySelector('[data-unsent]'))
  await until(async () => (await api('/trials/' + id, officer)).body.timeline.some((h) => h.type === 'trial.note' && h.data.text === '配件明天到'))

  // somebody else was faster: it is refused when the signal is back, and mended beside what it is now
  await p.goto(`${url}/#/k/trial/${id}`)
  await p.waitForSelector('[data-deed=finish]')
  await p.context().setOffline(true)
  await p.click('[data-deed=finish]')
  await p.click('.sheet [data-submit]')
  await p.waitForFunction(() => !document.querySelector('.sheet'))
  const now = (await api('/trials/' + id, officer)).body
  assert.equal((await api(`/trials/${id}/change`, officer, { id: kit.uuid(), version: now.version, title: '闭门器', size: 'small', amount: 5 })).status, 200)
  await p.context().setOffline(false)
  await p.goto(url + '/#/k/trial')
  await p.waitForSelector('[data-unsent]')
  await p.evaluate(() => dispatchEvent(new Event('online')))
  await p.click('[data-unsent] [data-mend]')
  await p.waitForSelector('[data-mending] [data-wrong]')
  await p.waitForSelector('[data-timeline]')
  await clean(p, 'mending from the model')
  await p.click('[data-mending] [data-submit]')
  await until(async () => (await api('/trials/' + id, officer)).body.state === 'done')

  for (const lang of ['bo', 'en']) {
    await p.evaluate((l) => localStorage.setItem('linli.lang', l), lang)
    await p.goto(`${url}/#/k/trial/${id}`)
    await p.reload()
    await p.waitForSelector('[data-timeline]')
    assert.equal(await p.evaluate(() => document.documentElement.lang), lang)
    await clean(p, 'a matter in ' + lang)
  }
  await p.evaluate(() => localStorage.setItem('linli.big', '1'))
  await p.reload()
  await p.waitForSelector('[data-timeline]')
  await clean(p, 'a matter, big')
  assert.deepEqual(complaints().filter((x) => !/ERR_INTERNET_DISCONNECTED/.test(x)), [])
  await p.context().close()
})

test('the desk: the same kind, from the same rows', async () => {
  const { api, clean, complaints, desk, signInDesk, url, user } = kit
  const d = await desk('zh', ['status of 4'])
  await signInDesk(d, user('clerk'))
  await d.goto(url + '/desk/#/admin')
  await d.click('nav [data-tab="trial.list"]')
  await d.waitForSelector('[data-list="trial.list"] tbody')
  await d.click('[data-make=add]')
  await d.click('.sheet [data-submit]')
  await d.waitForSelector('.sheet [data-field=title] > .bad')
  await clean(d, 'a form at the desk')
  await d.fill('.sheet [data-field=title] input', '楼道扶手')
  await d.click('.sheet [data-field=size] [data-value=large]')
  await d.fill('.sheet [data-field=amount] input', '80')
  await d.click('.sheet [data-submit]')
  await d.waitForFunction(() => !document.querySelector('.sheet'))
  const row = (await api('/trials', user('clerk'))).body.rows.find((r) => r.title === '楼道扶手')
  await d.click(`[data-row="${row.id}"] + tr [data-open]`)
  await d.waitForSelector('.sheet [data-event="trial.add"]')
  await clean(d, 'a matter at the desk')
  await d.click('.sheet [data-deed=finish]')
  await d.click('.sheet:last-of-type [data-deed] [data-submit]')
  await d.waitForSelector('[data-event="trial.finish"]')
  assert.equal((await api('/trials/' + row.id, user('clerk'))).body.state, 'done')
  assert.deepEqual(complaints(), [])
  await d.context().close()
})

test('households have no page of their own and live all the same', async () => {
  const { api, beat, clean, complaints, phone, signInPhone, url, user, users } = kit
  const { officer, at } = await beat()
  const made = await api('/buildings', officer, { id: kit.uuid(), name: '一号楼', point: at, floors: 3, units: [{ unit: '1' }] })
  assert.equal(made.status, 201, JSON.stringify(made.body))
  const building = (await api('/buildings?limit=100', officer)).body.rows.find((b) => b.id === made.body.id)
  const p = await phone('zh', undefined, ['status of 4'])
  await signInPhone(p, officer)
  await p.goto(url + '/#/all')
  await p.click('[data-kind=household]')
  await p.click('[data-make=add]')
  await p.selectOption('.sheet [data-field=building] select', building.id)
  await p.fill('.sheet [data-field=unit] input', building.units?.[0]?.unit ?? '1')
  await p.fill('.sheet [data-field=floor] input', '1')
  await p.fill('.sheet [data-field=door] input', '199')
  await p.click('.sheet [data-submit]')
  await p.waitForSelector('[data-said]')
  const door = (await api('/households?limit=100&building=' + building.id, officer)).body.rows.find((r) => r.door === '199')
  assert.ok(door, 'it is there')

  const resident = users.find((u) => u.role === 'resident')
  const r = await phone('zh', undefined, ['status of 4'])
  await signInPhone(r, resident)
  await r.goto(url + '/#/me')
  await r.click('[data-all]')
  await r.click('[data-kind=household]')
  await r.click('[data-pick=doors]')
  await r.waitForSelector('[data-empty]')
  assert.match(await r.textContent('[data-empty]'), /先在上面选好/)
  await r.selectOption('[data-filters] select', building.id)
  await r.click('[data-ask]')
  await r.waitForSelector('[data-list="household.doors"]')
  await clean(r, 'households of a resident')
  await r.context().close()

  assert.equal((await api(`/households/${door.id}/join`, resident, { id: kit.uuid() })).status, 200)
  await p.goto(`${url}/#/k/household/${door.id}`)
  await p.waitForSelector('[data-under=members] li')
  await clean(p, 'a household')
  await p.click('[data-under=members] [data-row-deed=admit]')
  await p.click('.sheet [data-submit]')
  await p.waitForSelector('[data-event="household.admit"]')
  assert.ok((await api('/households/mine', resident)).body.rows.some((x) => x.id === door.id))
  assert.deepEqual(complaints(), [])
  assert.ok(user('officer'))
  await p.context().close()
})
