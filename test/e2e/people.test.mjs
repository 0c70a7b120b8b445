/* People and their data: a dispatcher hands out a one-time code, the person enters by its QR link, sees who looked, sets
 * up codes, takes the data along and erases it. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import test, { after } from 'node:test'
import { clean, complaints, desk, phone, signInDesk, stop, totp, url, user } from './kit.mjs'

after(stop)

for (const [i, lang] of ['zh', 'bo', 'en'].entries())
  test(`a person, a code, an account: ${lang}`, async () => {
    const d = await desk(lang)
    await signInDesk(d, user('dispatcher'))
    await d.goto(url + '/desk/#/people')
    await d.click('[data-tab=residents]')
    await d.waitForSelector('[data-person]')
    await clean(d, 'people on file')
    const number = '1370' + String(Date.now() % 1_000_000).padStart(6, '0') + i
    await d.click('[data-people-add]')
    await d.fill('#p-name', '试用者')
    await d.fill('#p-phone', number)
    await clean(d, 'put on file')
    await d.click('[data-submit]')
    await d.waitForSelector('[data-file]')
    assert.match((await d.textContent('[data-file]')).replace(/\s/g, ''), new RegExp(number))
    await clean(d, 'file')
    await d.keyboard.press('Escape')
    await d.fill('[data-people-number]', number)
    await d.press('[data-people-number]', 'Enter')
    await d.waitForSelector('[data-file]')
    await d.click('.sheet [data-code]')
    await d.waitForSelector('[data-handed]')
    await clean(d, 'one-time code')
    const link = await d.getAttribute('[data-handed]', 'data-url')
    const code = (await d.textContent('[data-handed]')).replace(/\s/g, '')
    assert.ok(link.startsWith(url + '/#/in/') && link.endsWith('.' + code), 'the code stands after #: ' + link.replace(code, '...'))
    await d.context().close()

    const p = await phone(lang, undefined, ['status of 401'])
    const seen = []
    p.on('request', (r) => seen.push(r.url()))
    await p.goto(link)
    await p.waitForFunction(() => location.hash === '#/')
    await p.goto(url + '/#/me')
    await p.click('[data-account]')
    await p.waitForSelector('[data-looks] li')
    assert.ok((await p.locator('[data-looks] li').count()) >= 2, 'looking up and opening the file left lines')
    assert.match(await p.textContent('[data-looks]'), new RegExp(user('dispatcher').name), 'who looked is named')
    await clean(p, 'account')
    assert.ok(seen.length > 5 && seen.every((u) => !u.includes(code)), 'the code went into no address')

    await p.click('[data-totp]')
    const secret = await p.textContent('[data-secret]')
    await clean(p, 'set up codes')
    await p.fill('#six', totp(secret, Date.now()))
    await p.click('.sheet [data-submit]')
    await p.waitForFunction(() => !document.querySelector('.sheet') && !document.querySelector('[data-totp]'))

    const [file] = await Promise.all([p.waitForEvent('download'), p.click('[data-export]')])
    const mine = JSON.parse(readFileSync(await file.path(), 'utf8'))
    assert.equal(mine.name, '试用者')
    assert.ok(mine.phone.endsWith(number))
    assert.ok(mine.access.length >= 2)

    await p.click('[data-erase]')
    await clean(p, 'erase')
    await p.click('.sheet [data-submit]')
    await p.waitForSelector('.door')
    await p.goto(url + '/#/in/' + link.split('/#/in/')[1])
    await p.reload()
    await p.waitForSelector('#phone, #code')
    assert.equal(await p.evaluate(() => fetch('/api/v1/session').then((r) => r.json()).then((s) => s.person)), null)
    await p.context().close()
    assert.deepEqual(complaints(), [])
  })

test('a code that was used up is worded for people', async () => {
  const p = await phone('zh', undefined, ['status of 401'])
  await p.goto(url + '/#/in/540102001001.AAAAAAAAAA')
  await p.getByText('登录码不对或已经用过').waitFor()
  assert.ok(!(await p.evaluate(() => location.href)).includes('AAAA'), 'it left the address bar')
  await p.context().close()
})
