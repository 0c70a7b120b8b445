/* How people are told: an officer rings whom no message reached; one sets one's own ways, their order, quiet hours, language
 * and calendar. */
import assert from 'node:assert/strict'
import test, { after } from 'node:test'
import { api, beat, clean, complaints, personOf, phone, signInPhone, stop, until, url, user, users, uuid } from './kit.mjs'

after(stop)

test('one says how one wants to be told', async () => {
  const { officer } = await beat()
  const p = await phone('zh', undefined, ['status of 4'])
  await signInPhone(p, officer)
  await p.goto(url + '/#/me')
  await p.click('[data-telling]')
  await p.waitForSelector('[data-add=mail]')
  await clean(p, 'telling')
  const ways = async () => (await api('/me/channels?limit=100', officer)).body.rows.map((r) => [r.kind, r.used, r.address])

  // an address is wrong, then right; the way is in use, and is set aside, and is taken away
  await p.fill('#mail', 'ge@@example')
  await p.click('[data-add=mail] button')
  await p.waitForSelector('[data-bad]')
  await p.fill('#mail', 'ge@example.org')
  await p.click('[data-add=mail] button')
  await p.waitForSelector('[data-way=mail]')
  await p.fill('#sms', '13900000008')
  await p.click('[data-add=sms] button')
  await p.waitForSelector('[data-way=sms]')
  assert.deepEqual(await ways(), [['mail', true, 'ge@example.org'], ['sms', true, '13900000008']])
  await p.click('[data-way=sms] [data-up]')
  await until(async () => (await ways())[0][0] === 'sms')
  await p.waitForSelector('[data-way=mail] [data-up]')
  assert.equal(await p.locator('[data-way=mail] [data-down]').count(), 0, 'the last goes no further')
  await p.click('[data-way=sms] [data-use]')
  await until(async () => (await ways()).find((w) => w[0] === 'sms')[1] === false)
  await clean(p, 'telling with ways')
  await p.click('[data-way=mail] [data-drop]')
  await until(async () => !(await ways()).some((w) => w[0] === 'mail'))

  // when not, and in which language
  await p.click('[data-quiet=own]')
  await p.fill('#from', '21:30')
  await p.fill('#until', '06:15')
  await p.click('[data-quiet] [data-save]')
  const me = async () => (await api('/me', officer)).body
  await until(async () => (await me()).quiet_from === 21 * 60 + 30)
  assert.equal((await me()).quiet_until, 6 * 60 + 15)
  await p.reload()
  await p.waitForSelector('[data-quiet=own][aria-pressed=true]')
  assert.equal(await p.inputValue('#until'), '06:15')
  await p.click('[data-speak=bo]')
  await until(async () => (await me()).language === 'bo')
  await p.click('[data-speak=zh]')
  await until(async () => (await me()).language === 'zh')

  // the calendar's address: made, renewed, closed
  await p.click('[data-feed=mine] [data-make]')
  await p.waitForSelector('[data-feed=mine] [data-address]')
  const first = await p.inputValue('[data-feed=mine] [data-address]')
  const read = async (a) => (await fetch(a)).status
  assert.equal(await read(first), 200, first)
  await p.click('[data-feed=mine] [data-make]')
  await until(async () => (await p.inputValue('[data-feed=mine] [data-address]')) !== first)
  const second = await p.inputValue('[data-feed=mine] [data-address]')
  assert.deepEqual([await read(first), await read(second)], [404, 200])
  await clean(p, 'telling with a calendar')
  await p.click('[data-feed=mine] [data-close]')
  await until(async () => (await read(second)) === 404)

  for (const lang of ['bo', 'en']) {
    await p.evaluate((l) => localStorage.setItem('linli.lang', l), lang)
    await p.reload()
    await p.waitForSelector('[data-quiet]')
    await clean(p, 'telling in ' + lang)
  }
  await p.evaluate(() => (localStorage.setItem('linli.big', '1'), localStorage.setItem('linli.lang', 'zh')))
  await p.reload()
  await p.waitForSelector('[data-quiet]')
  await clean(p, 'telling, big')
  assert.deepEqual(complaints(), [])
  await p.context().close()
})

test('who could not be told is rung', async () => {
  const { officer, at, grid } = await beat()
  const resident = users.find((u) => u.role === 'resident')
  const person = await personOf(resident)
  // the resident wants text messages, which this server cannot send: so somebody has to ring
  assert.equal((await api(`/people/${person}/sms`, resident, { id: uuid(), phone: '13900000009', by_sms: true })).status, 200)
  const matter = uuid()
  const made = await api('/reports', resident, { id: matter, category: 'flood', text: '门口积水', point: at })
  assert.equal(made.status, 201, JSON.stringify(made.body))
  assert.equal((await api(`/reports/${matter}/register`, user('dispatcher'), { id: uuid(), version: 1, category: 'flood' })).status, 200)
  const line = async () => (await api('/calls?limit=100', officer)).body.rows.find((c) => c.about === matter)
  await until(line)
  assert.equal((await line()).place.slice(0, grid.code.length), grid.code)

  const p = await phone('zh', undefined, ['status of 4'])
  await signInPhone(p, officer)
  await p.goto(url + '/#/all')
  await p.click('[data-kind=call]')
  const { id, name } = await line()
  await p.waitForSelector(`[data-call="${id}"]`)
  assert.match(name, /\*/, 'a list shows nobody whole')
  assert.equal(await p.locator('[data-ring]').count(), 0)
  await clean(p, 'phone list')
  await p.click(`[data-call="${id}"] [data-show]`)
  await p.waitForSelector(`[data-call="${id}"] [data-ring]`)
  assert.match(await p.getAttribute(`[data-call="${id}"] [data-ring]`, 'href'), /^tel:\+?\d{8,}$/)
  assert.ok((await api('/me/access?limit=100', resident)).body.rows.some((l) => l.what === 'call.contact'), 'the look is written down')
  await clean(p, 'phone list with a number')
  await p.click(`[data-call="${id}"] [data-outcome=no_answer]`)
  await until(async () => (await line())?.tries === 1)
  await p.fill(`[data-call="${id}"] input`, '已当面说明')
  await p.click(`[data-call="${id}"] [data-outcome=reached]`)
  await until(async () => !(await line()))
  await p.waitForFunction((x) => !document.querySelector(`[data-call="${x}"]`), id)
  const view = (await api('/calls/' + id, officer)).body
  assert.deepEqual(view.timeline.map((h) => h.type), ['call.add', 'call.called', 'call.called'])
  assert.equal(view.timeline[2].data.text, '已当面说明')

  // nobody is left: it says so
  for (const c of (await api('/calls?limit=100', officer)).body.rows) await api(`/calls/${c.id}/called`, officer, { id: uuid(), outcome: 'reached' })
  await p.reload()
  await p.waitForSelector('[data-empty]')
  await clean(p, 'empty phone list')
  assert.deepEqual(complaints(), [])
  await p.context().close()
})
