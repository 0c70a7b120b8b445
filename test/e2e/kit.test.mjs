/* Every part of the kit and the designs on it, in three languages and every mode: axe, nothing cut off, everything large
 * enough to press. Then elder mode, colours, reading aloud, and putting the app on the home screen. */
import assert from 'node:assert/strict'
import test, { after } from 'node:test'
import { beat, clean, complaints, phone, report, signInPhone, start, stop, url } from './kit.mjs'

after(stop)
const NORMAL = 44
const BIG = 60
const TYPE_MIN = 20
/** What is cut off, too small to press, or (for elders) too small to read. */
const faults = (p, target, type) =>
  p.evaluate(
    ([least, small]) => {
      const seen = (e) => {
        const r = e.getBoundingClientRect()
        return r.width > 1 && r.height > 1 && !e.closest('.sr, svg')
      }
      const all = [...document.querySelectorAll('#app *, .sheet, .sheet *')].filter(seen)
      const name = (e) => `${e.tagName}.${e.className} "${e.textContent.trim().slice(0, 30)}"`
      const press = all.filter((e) => e.matches('a[href], button, input, select, textarea, summary, label.way'))
      const pen = document.createElement('canvas').getContext('2d')
      const wide = (e) => {
        const c = getComputedStyle(e)
        pen.font = `${c.fontWeight} ${c.fontSize} ${c.fontFamily}`
        return pen.measureText(e.placeholder).width + parseFloat(c.paddingLeft) + parseFloat(c.paddingRight)
      }
      const words = all.filter((e) => [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim()))
      return {
        press: press.length,
        words: words.length,
        bad: [
          ...all.filter((e) => e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display !== 'inline' && !e.matches('[data-strip]')).map((e) => 'cut off: ' + name(e)),
          ...press.filter((e) => e.placeholder && !e.matches('textarea') && wide(e) > e.clientWidth).map((e) => 'cut off: ' + e.placeholder),
          ...press.filter((e) => Math.min(e.getBoundingClientRect().width, e.getBoundingClientRect().height) < least - 0.5).map((e) => 'too small to press: ' + name(e)),
          ...words.filter((e) => parseFloat(getComputedStyle(e).fontSize) < small - 0.1).map((e) => 'too small to read: ' + name(e)),
        ],
      }
    },
    [target, type],
  )
async function whole(p, where, big) {
  const f = await faults(p, big ? BIG : NORMAL, big ? TYPE_MIN : 0)
  assert.ok(f.words > 3, where + ': there is something to read')
  assert.deepEqual(f.bad, [], where)
  await clean(p, where)
  return f
}
async function mode(lang, look, big, more) {
  const p = await phone(lang, undefined, [], more)
  await p.context().addInitScript(([l, b]) => {
    if (sessionStorage.getItem('begun')) return
    sessionStorage.setItem('begun', '1')
    localStorage.setItem('linli.look', l)
    localStorage.setItem('linli.big', b)
  }, [look, big ? '1' : ''])
  return p
}
const DESIGNS = ['flood', 'wages']
const MODES = [['light', false], ['dark', false], ['sharp', false], ['light', true], ['dark', true]]

for (const lang of ['zh', 'bo', 'en'])
  test(`the kit and the designs hold in every mode: ${lang}`, async () => {
    for (const [look, big] of MODES) {
      const p = await mode(lang, look, big)
      const where = (what) => `${what} ${lang} ${look}${big ? ' big' : ''}`
      await p.goto(url + '/#/kit')
      await p.waitForSelector('[data-part=over]')
      assert.ok(await p.locator('[data-sample]').isVisible(), 'it says that it is a sample')
      assert.ok((await whole(p, where('kit'), big)).press > 40)
      await p.click('[data-sheet]')
      await p.waitForSelector('.sheet')
      await whole(p, where('sheet'), big)
      await p.keyboard.press('Escape')
      await p.click('[data-dialog]')
      await whole(p, where('dialog'), big)
      await p.keyboard.press('Escape')
      for (const d of DESIGNS) {
        await p.goto(url + '/#/kit/' + d)
        await p.waitForSelector('.card')
        assert.ok(await p.locator('[data-sample]').isVisible())
        await whole(p, where(d), big)
      }
      await p.context().close()
    }
    assert.deepEqual(complaints(), [])
  })

test('no screen of residents leads to the kit, and no phone keeps it', async () => {
  const p = await phone('zh')
  for (const s of ['', 'mine', 'call', 'me', 'in']) {
    await p.goto(url + '/#/' + s)
    await p.waitForSelector('h1')
    assert.equal(await p.locator('a[href^="#/kit"]').count(), 0, s)
  }
  const worker = await (await fetch(url + '/app/sw.js')).text()
  assert.match(worker, /assets\/Follow-/)
  assert.doesNotMatch(worker, /assets\/(Kit|Sample)/)
  await p.context().close()
})

for (const lang of ['zh', 'bo', 'en'])
  test(`for elders: three choices on home, large, and remembered: ${lang}`, async () => {
    const p = await phone(lang)
    await p.goto(url + '/')
    await p.waitForSelector('.door')
    assert.equal(await p.locator('.door').count(), 4)
    await p.click('.ways [aria-pressed]')
    for (const again of [false, true]) {
      if (again) await p.reload()
      await p.waitForSelector(':root.big .door')
      assert.equal(await p.locator('.door').count(), 3)
      await whole(p, 'home for elders ' + lang, true)
    }
    for (const s of ['mine', 'call', 'me', 'in', 'report']) {
      await p.goto(url + '/#/' + s)
      await p.waitForSelector('h1')
      await p.waitForFunction(() => !document.querySelector('.spin'))
      await whole(p, `${s} for elders ${lang}`, true)
    }
    await p.context().close()
    assert.deepEqual(complaints(), [])
  })

test('colours follow the phone until somebody chooses, and the choice is remembered', async () => {
  const p = await phone('zh', undefined, [], { colorScheme: 'dark' })
  const is = (c) => p.waitForFunction((x) => document.documentElement.classList.contains('dark') === x, c)
  await p.goto(url + '/#/me')
  await is(true)
  await clean(p, 'me, dark')
  await p.emulateMedia({ colorScheme: 'light' })
  await is(false)
  await p.click('[data-look=dark]')
  await is(true)
  await p.reload()
  await p.waitForSelector('[data-look=dark][aria-pressed=true]')
  await is(true)
  await p.click('[data-look=sharp]')
  await is(false)
  assert.ok(await p.evaluate(() => document.documentElement.classList.contains('sharp')))
  await clean(p, 'me, sharp')
  await p.context().close()
})

const LOOKS = [['dark', ''], ['sharp', ''], ['light', '1'], ['dark', '1']]
async function inEveryLook(p, where) {
  for (const [look, big] of LOOKS) {
    await p.evaluate(([l, b]) => (localStorage.setItem('linli.look', l), localStorage.setItem('linli.big', b)), [look, big])
    await p.reload()
    await p.waitForSelector('.card, .line, .empty')
    await p.waitForFunction(() => !document.querySelector('.spin'))
    await whole(p, `${where} ${look} ${big}`, !!big)
  }
}
for (const lang of ['zh', 'bo', 'en'])
  test(`a matter, and an officer's screens, hold in every mode: ${lang}`, async () => {
    const { officer, at } = await beat()
    const p = await phone(lang, at)
    await report(p, '屋顶漏水 ' + Date.now(), false)
    await p.click('[data-send]')
    await p.click('[data-follow]')
    await p.waitForSelector('[data-state]')
    await inEveryLook(p, 'follow ' + lang)
    await p.context().close()
    const o = await phone(lang, at)
    await signInPhone(o, officer)
    for (const s of ['tasks', 'me', 'account']) {
      await o.goto(url + '/#/' + s)
      await inEveryLook(o, `${s} ${lang}`)
    }
    await o.goto(url + '/#/tasks')
    await o.locator('a.line').first().click()
    await o.waitForSelector('[data-state]')
    await inEveryLook(o, 'task ' + lang)
    await o.context().close()
  })

/* Headless browsers have no voices: one is put in, and what is said is kept. */
const VOICES = () => {
  window.said = []
  const voices = [{ lang: 'zh-CN', localService: true, name: 'a' }, { lang: 'en_GB', localService: true, name: 'b' }]
  const s = new EventTarget()
  Object.assign(s, { getVoices: () => voices, cancel: () => window.said.push('hush'), speak: (u) => window.said.push(u) })
  Object.defineProperty(window, 'speechSynthesis', { value: s })
  window.SpeechSynthesisUtterance = class { constructor(text) { this.text = text } }
}
test('how far it is can be read aloud, where the browser has a voice for the language', async () => {
  const { at } = await beat()
  const p = await phone('zh', at)
  await p.context().addInitScript(VOICES)
  await report(p, '念一念 ' + Date.now(), false)
  await p.click('[data-send]')
  await p.click('[data-follow]')
  await p.waitForSelector('[data-state]')
  await p.click('[data-read]')
  const said = await p.evaluate(() => window.said.filter((x) => x !== 'hush').map((u) => [u.lang, u.text]))
  assert.equal(said.length, 1)
  assert.equal(said[0][0], 'zh-CN')
  assert.match(said[0][1], /已收到/)
  assert.equal(await p.getAttribute('[data-read]', 'aria-pressed'), 'true')
  await clean(p, 'follow, reading aloud')
  await p.click('[data-read]')
  assert.equal(await p.getAttribute('[data-read]', 'aria-pressed'), 'false')
  assert.equal(await p.evaluate(() => window.said.at(-1)), 'hush')
  await p.evaluate(() => localStorage.setItem('linli.lang', 'bo'))
  await p.reload()
  await p.waitForSelector('[data-state]')
  assert.equal(await p.locator('[data-read]').count(), 0, 'no voice for Tibetan, no button')
  await p.context().close()
})

test('the app can be put on the home screen, and opens its own community there', async () => {
  const p = await phone('zh')
  await p.goto(url + '/')
  await p.waitForSelector('link[rel=manifest]', { state: 'attached' })
  const there = await p.evaluate(() => document.querySelector('link[rel=manifest]').href)
  const r = await fetch(there)
  assert.equal(r.status, 200)
  assert.match(r.headers.get('content-type'), /^application\/manifest\+json/)
  assert.match((await fetch(url + '/')).headers.get('content-security-policy'), /manifest-src 'self'/)
  const code = (await (await fetch(url + '/api/v1/community')).json()).code
  assert.equal((await fetch(`${url}/c/${code}/app/manifest.webmanifest`)).status, 200)
  await p.goto(`${url}/c/${code}/`)
  await p.waitForSelector('link[rel=manifest]', { state: 'attached' })
  assert.equal(await p.evaluate(() => new URL(document.querySelector('link[rel=manifest]').href).pathname), `/c/${code}/app/manifest.webmanifest`)
  for (const i of (await r.json()).icons) {
    const icon = await fetch(new URL(i.src, there))
    assert.equal(icon.status, 200, i.src)
    assert.equal(icon.headers.get('content-type'), i.type)
  }
  const session = await (await start()).contexts().at(-1).newCDPSession(p) // what the browser itself thinks of it
  const { errors, data } = await session.send('Page.getAppManifest')
  assert.ok(data.includes('"start_url"'))
  assert.deepEqual(errors, [])
  await p.context().close()
})
