/* S7, the leak, from the complaint to the sealed agreement: the harmed resident and the owner on their phones, the grid
 * officer on a phone without signal at the site, the mediator at the desk with builder and designer before them. The police
 * come and are no party. Then the paper and the receipt are checked without the server's word. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { after } from 'node:test'
import { api, beat, clean, complaints, desk, personOf, phone, photo, signInDesk, signInPhone, stop, until, url, user, users, uuid } from './kit.mjs'

after(stop)
const named = (name) => users.find((u) => u.name === name)
const HOUR_MS = 3_600_000
/** As a field for date and time has it, in the time of the page (Asia/Shanghai). */
const local = (ms) => new Date(ms + 8 * HOUR_MS).toISOString().slice(0, 16)
const field = (p, name) => p.locator(`.sheet [data-field="${name}"]`)
const fill = (p, name, v) => field(p, name).locator('input, textarea').first().fill(v)
const pick = (p, name, v) => field(p, name).locator(`[data-value="${v}"]`).click()
const choose = (p, name, v) => field(p, name).locator('select').selectOption(v)
const chooseName = (p, name, label) => field(p, name).locator('select').selectOption({ label })
async function send(p) {
  await p.click('.sheet [data-submit]')
  await p.waitForSelector('.sheet', { state: 'detached' })
}
const begin = (p, name, where = '') => p.locator(`${where} [data-deed="${name}"]`).first().click()
async function draw(p) {
  const b = await p.locator('[data-sign]').boundingBox()
  await p.locator('[data-sign]').scrollIntoViewIfNeeded()
  const at = await p.locator('[data-sign]').boundingBox()
  await p.mouse.move(at.x + 40, at.y + 70)
  await p.mouse.down()
  for (const [x, y] of [[70, 30], [100, 90], [140, 40], [200, 80]]) await p.mouse.move(at.x + x, at.y + y, { steps: 3 })
  await p.mouse.up()
  assert.ok(b)
}
const view = async (id, who) => (await api('/disputes/' + id, who)).body
const does = async (id, name, who, body) => {
  const r = await api(`/disputes/${id}/${name}`, who, { id: uuid(), ...body })
  assert.equal(r.status, 200, `${name}: ${JSON.stringify(r.body)}`)
}

const mediator = user('mediator')
const [harmed, owner] = [named('央金'), named('李梅')]
let id, m, h, w, o, grid, officer

test('the harmed resident asks for mediation on a phone', async () => {
  ;({ officer, grid } = await beat())
  h = await phone('zh')
  await signInPhone(h, harmed)
  await h.goto(url + '/#/d')
  await h.click('[data-make=create]')
  await fill(h, 'subject', '隔壁重建后我家墙面漏水')
  await pick(h, 'application', 'oral')
  await fill(h, 'place', grid.code)
  for (const [i, kind, role, name] of [[0, 'person', 'harmed', '央金'], [1, 'person', 'owner', '李梅'], [2, 'organisation', 'builder', '吉雪施工队']]) {
    if (i) await h.click('.sheet [data-add="parties"]')
    await pick(h, `parties[${i}].kind`, kind)
    await choose(h, `parties[${i}].role`, role)
    await fill(h, `parties[${i}].name`, name)
  }
  await send(h)
  await h.waitForSelector('[data-overview]')
  id = new URL(h.url()).hash.split('/')[2]
  assert.equal((await view(id, harmed)).state, 'applied')
  await clean(h, 'file of the harmed')
})

test('the mediator takes it at the desk, with the officer, and links the owner by the number that she said', async () => {
  m = await desk('zh', ['422']) // shares that don't add up are refused
  await signInDesk(m, mediator)
  await m.goto(`${url}/desk/#/mediation/${id}`)
  await m.waitForSelector('[data-overview]')
  await begin(m, 'accept')
  await choose(m, 'helper', await personOf(officer))
  await field(m, 'rights_told').locator('input').check()
  await send(m)
  await m.waitForSelector('[data-state=mediating]')
  await m.locator('[data-party]', { hasText: '李梅' }).locator('[data-deed=link]').click()
  await m.fill('#party-phone', owner.phone)
  await m.click('[data-find]')
  await m.waitForSelector('.sheet [data-submit]')
  await send(m)
  await until(async () => (await api('/disputes/mine', owner)).body.rows.some((r) => r.id === id))
  await clean(m, 'desk')
})

test('the officer looks at the damage without signal, with a photo; it goes when there is one', async () => {
  o = await phone('zh', undefined, ['ERR_INTERNET_DISCONNECTED', 'Failed to load resource'])
  await signInPhone(o, officer)
  await o.goto(`${url}/#/d/${id}`)
  await o.waitForSelector('[data-part=evidence]')
  await o.waitForTimeout(2500) // the other screens come along
  await o.context().setOffline(true)
  await begin(o, 'survey')
  await pick(o, 'stage', 'damage')
  await fill(o, 'at', local(Date.now() - HOUR_MS))
  await fill(o, 'text', '墙面、地面渗水，量了三处')
  await o.setInputFiles('.sheet [data-file=photos]', await photo(o))
  await o.waitForSelector('.sheet .shots img')
  await send(o)
  await o.waitForSelector('[data-said]')
  assert.equal((await view(id, mediator)).timeline.filter((x) => x.type === 'dispute.survey').length, 0)
  await o.context().setOffline(false)
  await o.evaluate(() => document.dispatchEvent(new Event('visibilitychange')))
  await o.evaluate(() => dispatchEvent(new Event('online')))
  await until(async () => (await view(id, mediator)).timeline.some((x) => x.type === 'dispute.survey' && x.data.photos?.length === 1))
  await m.waitForSelector('[data-part=evidence] [data-piece] figcaption code')
  assert.match(await m.textContent('[data-part=evidence] figcaption code'), /^[0-9a-f]{16}$/)
})

test('the guarantee of before stands first when it leaks again, and the contacts are a count', async () => {
  await begin(m, 'commit')
  await chooseName(m, 'party', '吉雪施工队')
  await chooseName(m, 'to', '央金')
  await choose(m, 'what', 'repair')
  await fill(m, 'text', '负责修好；如再发生，由施工方承担')
  await fill(m, 'by', local(Date.now() + 24 * HOUR_MS))
  await field(m, 'recurrence').locator('input').check()
  await send(m)
  await h.waitForSelector('[data-guarantee] [data-deed=recur]')
  await begin(h, 'recur', '[data-guarantee]')
  await fill(h, 'text', '又漏了')
  await send(h)
  await until(async () => (await view(id, harmed)).data.recurred === 1)
  await m.waitForSelector('[data-guarantee] .note')
  assert.ok(await m.evaluate(() => document.querySelector('[data-dispute] section').hasAttribute('data-guarantee')), 'it stands first')
  const builder = (await view(id, mediator)).data.parties.find((x) => x.role === 'builder').id
  for (let i = 0; i < 11; i++) await does(id, 'contact', officer, i % 4 === 3 ? { whom: 'police', how: 'phone', result: 'reached' } : { party: builder, how: 'phone', result: i % 2 ? 'no_answer' : 'denied' })
  await o.reload()
  await o.waitForSelector('[data-overview] [data-deed=contact]')
  await begin(o, 'contact', '[data-overview]')
  await chooseName(o, 'party', '吉雪施工队')
  await choose(o, 'how', 'visit')
  await choose(o, 'result', 'promised')
  await fill(o, 'text', '出示维修记录和保证书')
  await send(o)
  await until(async () => /^12 /.test((await m.textContent('[data-contacts]')).trim()))
  /* whom it was not about learns nothing of it */
  w = await phone('zh')
  await signInPhone(w, owner)
  await w.goto(`${url}/#/d/${id}`)
  await w.waitForSelector('[data-overview]')
  assert.match(await w.textContent('[data-contacts]'), /^\s*0 /)
  assert.ok(!(await w.textContent('main')).includes('出示维修记录'))
})

test('round table: the designer is called as well; the police come and are no party', async () => {
  await begin(m, 'add_party')
  await pick(m, 'parties[0].kind', 'person')
  await choose(m, 'parties[0].role', 'designer')
  await fill(m, 'parties[0].name', '王秀兰')
  await send(m)
  await m.waitForSelector('[data-party] >> text=王秀兰')
  await begin(m, 'invite')
  await fill(m, 'room', '调解室')
  await fill(m, 'from', local(Date.now() - 2 * 60_000))
  await fill(m, 'until', local(Date.now() + 2 * HOUR_MS))
  await m.click('.sheet [data-add="others"]')
  await choose(m, 'others[0].whom', 'police')
  await send(m)
  await m.waitForSelector('[data-session] [data-deed=hold]')
  await begin(m, 'hold', '[data-session]')
  await fill(m, 'text', '三方各担其责，两家房屋都修到位，损失共同赔偿')
  await send(m)
  await until(async () => (await m.textContent('[data-part=sessions]')).includes('警察(不是当事人)'))
  const v = await view(id, mediator)
  assert.equal(v.data.sessions[0].came.length, 4)
  assert.equal(await m.locator('[data-party]').count(), 4)
  assert.ok(!(await m.textContent('[data-part=parties]')).includes('警察'))
})

test('shares that do not add up are said so, then the text lies on the table', async () => {
  await begin(m, 'draft')
  assert.equal(await m.locator('.sheet [data-field^="signatories["][data-field$=".party"]').count(), 4)
  await fill(m, 'facts', '重建后央金家墙面、地面漏水，修过一次后再漏')
  await fill(m, 'issues', '谁承担返修和损失')
  for (const [i, share] of [[0, '30'], [1, '50'], [2, '19.99']]) await fill(m, `liability[${i}].share`, share)
  await fill(m, 'terms', '两家房屋修到位，损失共同赔偿')
  await chooseName(m, 'performance[0].party', '吉雪施工队')
  await chooseName(m, 'performance[0].to', '央金')
  await choose(m, 'performance[0].what', 'repair')
  await fill(m, 'performance[0].text', '两家修到位')
  await fill(m, 'performance[0].amount_fen', '6000.50')
  await fill(m, 'performance[0].by', local(Date.now() + 240 * HOUR_MS))
  assert.match(await m.textContent('[data-shares]'), /99\.99%.*100%/)
  await m.click('.sheet [data-submit]')
  await m.waitForSelector('.sheet [data-field="liability"] .bad')
  await fill(m, 'liability[2].share', '20')
  await send(m)
  await m.waitForSelector('[data-part=agreement] [data-sum] >> text=100.00%')
  assert.equal((await view(id, mediator)).data.agreement.text.performance[0].amount_fen, 600_050)
  await clean(m, 'desk with a text')
})

test('four sign: two on their phones, one on the mediator’s screen, one on paper; then it is sealed', async () => {
  for (const p of [h, w]) {
    await p.waitForSelector('[data-part=agreement] [data-deed=sign]')
    await begin(p, 'sign')
    await draw(p)
    await p.click('.sheet [data-submit]')
    await p.waitForSelector('.sheet [data-wrong]') // it has not been read
    await p.check('.sheet [data-read]')
    if (p === h) await clean(p, 'signing')
    await send(p)
  }
  await until(async () => (await m.locator('[data-signer][data-signed=true]').count()) === 2)
  for (const [who, paper] of [['吉雪施工队', false], ['王秀兰', true]]) {
    await begin(m, 'sign')
    await m.selectOption('#sign-who', { label: who })
    if (paper) {
      await m.setInputFiles('.sheet [data-file=paper]', await photo(m))
      await m.waitForSelector('.sheet .shots img')
    } else await draw(m)
    await m.check('.sheet [data-read]')
    await send(m)
    await until(async () => (await m.locator(`[data-signer][data-signed=true]`, { hasText: who }).count()) === 1)
  }
  await begin(m, 'seal')
  await send(m)
  await m.waitForSelector('[data-sealed]')
  const v = await view(id, mediator)
  assert.equal(v.state, 'effective')
  assert.deepEqual(v.data.agreement.signed.map((x) => x.how).sort(), ['account', 'account', 'paper', 'screen'])
  await m.waitForSelector('[data-court]')
  await h.waitForSelector('[data-sealed]')
})

test('the code on the paper opens a page that says whether it is genuine, also of its PDF', async () => {
  const { hash } = (await view(id, mediator)).data.agreement
  const pdf = Buffer.from(await m.evaluate(async (at) => Array.from(new Uint8Array(await (await fetch(at)).arrayBuffer())), `${url}/api/v1/disputes/${id}/agreement.pdf`))
  assert.equal(pdf.subarray(0, 4).toString(), '%PDF')
  const p = await phone('zh', undefined, ['404'])
  await p.goto(`${url}/#/agreement/${hash}`)
  await p.waitForSelector('[data-agreement][data-state=sealed]')
  await p.setInputFiles('[data-open]', { name: 'agreement.pdf', mimeType: 'application/pdf', buffer: pdf })
  await p.waitForSelector('[data-whole]')
  await clean(p, 'agreement')
  pdf[pdf.length >> 1] ^= 1
  await p.setInputFiles('[data-open]', { name: 'agreement.pdf', mimeType: 'application/pdf', buffer: pdf })
  await p.waitForSelector('[data-bad]')
  assert.equal(await p.locator('[data-whole]').count(), 0)
  await p.goto(`${url}/#/agreement/${'0'.repeat(64)}`)
  await p.waitForSelector('[data-gone]')
  await p.context().close()
})

test('a receipt holds without the server’s word; with one character changed it does not', async () => {
  await h.click('[data-take]')
  await h.waitForSelector('[data-line]')
  const line = await h.getAttribute('[data-line]', 'data-line')
  const p = await phone('zh')
  await p.goto(`${url}/#/proof/${line}`)
  await p.waitForSelector('[data-proof][data-good=true] [data-unproven]')
  await p.waitForSelector('[data-key][data-known=first]')
  await p.click('[data-until-now]')
  await p.waitForSelector('[data-grown]')
  await clean(p, 'receipt')
  await p.click('[data-same]')
  await p.waitForSelector('[data-key][data-known=given]')
  const at = line.length - 20
  const bad = line.slice(0, at) + (line[at] === 'A' ? 'B' : 'A') + line.slice(at + 1)
  await p.fill('#receipt-text', bad)
  await p.click('[data-run]')
  await p.waitForSelector('[data-bad]')
  assert.equal(await p.locator('[data-proven]').count(), 0)
  /* a site that shows another key is found out by a phone that kept the first */
  await p.route('**/proof/key', (r) => r.fulfill({ body: 'linli/540102001001+00000000+AAAA' }))
  await p.fill('#receipt-text', line)
  await p.click('[data-run]')
  await p.waitForSelector('[data-changed]')
  assert.ok(await p.locator('[data-proven]').count())
  await p.context().close()
})

test('linli verify says the same of paper, receipt and log, away from the server', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'linli-handed.'))
  const binary = process.env.LINLI_BINARY ?? new URL('../../build/linli', import.meta.url).pathname
  const bytes = (at) => m.evaluate(async (a) => Array.from(new Uint8Array(await (await fetch(a)).arrayBuffer())), url + '/api/v1' + at)
  const key = Buffer.from(await bytes('/proof/key')).toString().trim()
  const said = (name, data, ...more) => {
    writeFileSync(join(dir, name), data)
    return spawnSync(binary, ['verify', '--receipt', join(dir, name), '--verifier', key, ...more], { encoding: 'utf8' })
  }
  try {
    const heads = Buffer.from(await bytes('/proof/heads?days=9')).toString().trim().split('\n')
    assert.equal(heads.length, 10)
    writeFileSync(join(dir, 'kept'), heads[5])
    const handed = {
      'agreement.pdf': [Buffer.from(await bytes(`/disputes/${id}/agreement.pdf`)), []],
      'receipt.json': [Buffer.from(await bytes('/proof/matters/' + id)), []],
      'grown.json': [Buffer.from(await bytes('/proof/consistency?from=' + heads[5].split('.')[2])), ['--head', join(dir, 'kept')]],
    }
    for (const [name, [data, more]] of Object.entries(handed)) {
      const good = said(name, data, ...more)
      assert.equal(good.status, 0, name + ': ' + good.stderr)
      const bad = Buffer.from(data)
      const at = name.endsWith('.pdf') ? data.length >> 1 : data.indexOf(name === 'receipt.json' ? 'LR1.' : '"path":"') + 70
      bad[at] = bad[at] === 65 ? 66 : 65
      assert.notEqual(said(name, bad, ...more).status, 0, name + ' with a changed byte')
    }
  } finally {
    rmSync(dir, { recursive: true })
  }
})

test('the officer goes on following it up; nobody else learns of it', async () => {
  await o.reload()
  await o.waitForSelector('[data-overview] [data-deed=return_visit]')
  await begin(o, 'return_visit', '[data-overview]')
  await pick(o, 'result', 'under_way')
  await fill(o, 'text', '工人已进场')
  await send(o)
  await until(async () => (await view(id, mediator)).data.visit_result === 'under_way')
  const other = users.find((u) => u.role === 'resident' && ![harmed, owner].includes(u))
  assert.ok([403, 404].includes((await api('/disputes/' + id, other)).status))
  assert.equal((await api('/disputes/mine', other)).body.rows.length, 0)
  assert.deepEqual(complaints(), [])
})
