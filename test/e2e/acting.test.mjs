/* Somebody acts for a person: a code by QR, read from a photo and by the camera; report, follow, told, revoked at once. A
 * voice note for text gets its gist from who speaks the language. Cards for doors. */
import assert from 'node:assert/strict'
import test, { after } from 'node:test'
import { api, beat, clean, complaints, desk, doIt, personOf, phone, signInDesk, signInPhone, stop, until, url, user, users, uuid } from './kit.mjs'

after(stop)
const residents = users.filter((u) => u.role === 'resident')
const pair = async () => {
  const [a, b] = residents.length > 1 ? residents : [residents[0] ?? user('officer'), user('officer', 1)]
  for (const u of [a, b]) for (const p of (await api('/proxies/mine?limit=100', u)).body.rows) if (p.state !== 'ended') await api(`/proxies/${p.id}/end`, u, { id: uuid() })
  return [a, b]
}
/** The picture of a code as a photo, and as what a camera sees. */
const png = (page, svg) => page.evaluate(async (src) => {
  const i = new Image()
  i.src = src
  await i.decode()
  const c = document.createElement('canvas')
  c.width = 1200
  c.height = 1500
  const g = c.getContext('2d')
  g.fillStyle = '#ddd'
  g.fillRect(0, 0, 1200, 1500)
  g.drawImage(i, 280, 400, 640, 640)
  return c.toDataURL('image/jpeg', 0.85)
}, svg)
const bytes = (data) => Buffer.from(data.split(',')[1], 'base64')

test('a code is given, read from a photo, used, seen and revoked', async () => {
  const [mother, daughter] = await pair()
  const { at } = await beat()
  const m = await phone('zh', at)
  await signInPhone(m, mother)
  await m.goto(url + '/#/for')
  await m.click('[data-invite]')
  await clean(m, 'inviting')
  await m.click('[data-make]')
  const svg = await m.locator('[data-qr]').getAttribute('src')
  await clean(m, 'the code')
  const photo = bytes(await png(m, svg))

  const d = await phone('bo', at)
  await signInPhone(d, daughter)
  await d.goto(url + '/#/for')
  await d.waitForSelector('[data-take]')
  const decoder = d.waitForRequest((r) => /\/qr-[\w-]+\.js$/.test(r.url()))
  await d.setInputFiles('[data-scan-photo]', { name: 'code.jpg', mimeType: 'image/jpeg', buffer: photo })
  await decoder
  await until(async () => (await d.inputValue('[data-scan] input.input')).includes('/#/for/'))
  await d.click('[data-accept]')
  const person = await personOf(mother)
  await d.waitForSelector(`[data-for="${person}"]`)
  await clean(d, 'for whom I act')

  // reports for her: the picker, then what became of it
  await d.click(`[data-for="${person}"] [data-report-for]`)
  await d.waitForSelector(`[data-whom="${person}"][aria-pressed=true]`)
  await clean(d, 'report for her')
  const text = '替妈妈反映 ' + Date.now()
  await d.fill('#text', text)
  await d.click('[data-send]')
  await d.click('[data-follow]')
  await d.waitForSelector('[data-for-note]')
  await clean(d, 'followed for her')
  const row = (await api('/reports/mine?limit=5', mother)).body.rows.find((r) => r.text === text)
  assert.ok(row, 'it is the mother’s report')
  assert.ok(!(await api('/reports/mine?limit=20', daughter)).body.rows.some((r) => r.id === row.id), 'and not the daughter’s')
  const view = (await api('/reports/' + row.id, mother)).body
  assert.equal(view.timeline[0].actor, person)
  assert.equal(view.timeline[0].by, await personOf(daughter))
  assert.equal((await api('/reports/' + row.id, daughter)).status, 403, 'without saying for whom it stays shut')

  // she is told, by whom, and ends it with one touch
  const told = (await api('/notices?limit=20', mother)).body.rows.find((n) => n.matter === row.id)
  assert.equal(told.by, await personOf(daughter))
  await m.reload()
  await m.waitForSelector('[data-deeds] .deed')
  await clean(m, 'who acts for me')
  await m.click('[data-proxy=active] [data-revoke]')
  await until(async () => (await m.locator('[data-proxy]').count()) === 0)
  await d.reload()
  await until(async () => (await d.textContent('main')).includes('ཚབ་བྱེད་མི་ཆོག') || (await d.locator('[role=alert]').count()) > 0)
  assert.equal((await api('/me/acted_for', mother)).body.rows[0].matter, row.id)
  assert.deepEqual(complaints().filter((c) => !c.includes('403')), [])
})

test('what was written without signal goes in the person’s name, too', async () => {
  const [mother, daughter] = await pair()
  const id = uuid()
  const made = await api('/proxies', mother, { id, as: 'relative' })
  const p = await phone('zh')
  await signInPhone(p, daughter)
  const person = await personOf(mother)
  const said = await p.evaluate(async ([receipt, id, person, ids]) => {
    const { csrf } = await (await fetch('/api/v1/session')).json()
    const post = async (path, body, more = {}) => {
      const r = await fetch('/api/v1' + path, { method: 'POST', body: JSON.stringify(body), headers: { 'Content-Type': 'application/json', 'X-CSRF-Token': csrf, ...more } })
      return { status: r.status, body: await r.json() }
    }
    const taken = await post(`/proxies/${id}/accept`, { id: ids[0] }, { 'Linli-Receipt': receipt })
    const batch = await post('/batch', { actions: [
      { route: '/reports', for: person, body: { id: ids[1], category: 'light', text: '楼道灯不亮' } },
      { route: `/people/${person}/erase`, for: person, body: { id: ids[2] } },
      { route: '/reports', for: ids[3], body: { id: ids[4], category: 'light', text: '替别人' } },
    ] })
    const file = await fetch('/api/v1/me', { headers: { 'Linli-For': person } })
    return { taken, batch, file: file.status, code: (await file.json()).code }
  }, [made.body.receipt, id, person, [uuid(), uuid(), uuid(), uuid(), uuid()]])
  assert.equal(said.taken.status, 200, JSON.stringify(said.taken))
  assert.deepEqual(said.batch.body.results.map((r) => [r.status, r.problem?.code]), [[201, undefined], [403, 'not_for_another'], [403, 'not_acting_for']])
  assert.deepEqual([said.file, said.code], [403, 'not_for_another'])
  await api(`/proxies/${id}/end`, mother, { id: uuid() })
})

test('the camera reads a code without the browser’s own detector, and with it', async () => {
  const [mother, daughter] = await pair()
  const id = uuid()
  await api('/proxies', mother, { id, as: 'neighbour' })
  const { svg, code } = (await api(`/proxies/${id}/code`, mother)).body
  const src = 'data:image/svg+xml;utf8,' + encodeURIComponent(svg)
  for (const own of [false, true]) {
    const p = await phone('zh')
    await p.context().grantPermissions(['camera'])
    await p.addInitScript(([src, own]) => {
      navigator.mediaDevices.getUserMedia = async () => {
        const i = new Image()
        i.src = src
        await i.decode()
        const c = document.createElement('canvas')
        c.width = 640
        c.height = 480
        const draw = () => {
          const g = c.getContext('2d')
          g.fillStyle = '#bbb'
          g.fillRect(0, 0, 640, 480)
          g.drawImage(i, 150, 60, 340, 340)
        }
        draw()
        setInterval(draw, 100)
        return c.captureStream(10)
      }
      if (own) window.BarcodeDetector = class { detect = async () => [{ rawValue: 'read by the browser' }] }
      else delete window.BarcodeDetector
    }, [src, own])
    let fetched = 0
    p.on('request', (r) => (fetched += /\/qr-[\w-]+\.js$/.test(r.url())))
    await signInPhone(p, daughter)
    await p.goto(url + '/#/for')
    await p.waitForTimeout(1500) // what is fetched ahead has been
    assert.equal(fetched, 0, 'the decoder comes only when somebody scans')
    await p.click('[data-scan] button')
    await until(async () => (await p.inputValue('[data-scan] input.input')) !== '')
    assert.ok((await p.inputValue('[data-scan] input.input')).includes(own ? 'read by the browser' : code))
    assert.equal(fetched, own ? 0 : 1)
    await p.context().close()
  }
  await api(`/proxies/${id}/end`, mother, { id: uuid() })
  const list = await (await fetch(url + '/app/sw.js')).text()
  assert.ok(list.includes('assets/For-') && !/assets\/qr-/.test(list), 'the decoder is not among what every phone keeps')
})

test('cards for doors and a sheet for an event are drawn; residents cannot', async () => {
  const { grid } = await beat()
  const p = await desk('zh')
  await signInDesk(p, user('dispatcher'))
  const got = await p.evaluate(async (code) => {
    const { csrf } = await (await fetch('/api/v1/session')).json()
    const a = await fetch(`/api/v1/grids/${code}/cards.pdf?language=zh`)
    const b = await fetch(`/api/v1/grids/${code}/event.pdf`, { method: 'POST', body: JSON.stringify({ title: '义诊', when: '周六上午', language: 'bo' }), headers: { 'Content-Type': 'application/json', 'X-CSRF-Token': csrf } })
    const c = await fetch(`/api/v1/grids/${code}/event.pdf`, { method: 'POST', body: JSON.stringify({ title: '长'.repeat(41) }), headers: { 'Content-Type': 'application/json', 'X-CSRF-Token': csrf } })
    return [a.status, (await a.text()).slice(0, 5), b.status, (await b.text()).slice(0, 5), (await c.json()).code]
  }, grid.code)
  assert.deepEqual(got, [200, '%PDF-', 200, '%PDF-', 'too_long'])
  assert.equal((await fetch(`${url}/api/v1/grids/${grid.code}/cards.pdf`)).status, 401)
})
