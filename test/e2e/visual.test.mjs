/* The kit's page, the designs and the screens that anybody meets first, pixel by pixel against the pictures in pictures/.
 *   LINLI_RENEW=1 test/e2e/run visual.test.mjs     draws the pictures anew; look at what git says has changed
 * They are drawn by Debian 12's Chromium with the fonts that script/setup installs, at one pixel a point, with a fixed
 * clock and nothing that moves. What differs is written beside the picture and its difference into a temporary folder. */
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { after } from 'node:test'
import pixelmatch from 'pixelmatch'
import { PNG } from 'pngjs'
import { desk, phone, start, stop, url } from './kit.mjs'
import { coarse, packed } from './picture.mjs'

after(stop)
await start(['--font-render-hinting=none', '--disable-lcd-text', '--force-color-profile=srgb', '--hide-scrollbars'])
const AT = Date.UTC(2026, 6, 15, 2, 30)
const SAME = 0.03 // how far two colours may lie apart, of 1, before they count
const SHARE = 0.0005 // how much of a picture may differ
const dir = new URL('pictures/', import.meta.url).pathname
const renew = !!process.env.LINLI_RENEW
if (renew) rmSync(dir, { recursive: true, force: true })
mkdirSync(dir, { recursive: true })
const seen = new Set()
let found

const write = (path, png) => writeFileSync(path, packed(png))
/** Says what differs and where the three pictures lie; nothing where it is the same. */
function compare(name, bytes, kept = true) {
  const now = coarse(bytes)
  const path = `${dir}${name}.png`
  seen.add(name + '.png')
  if (renew && kept) return void write(path, now)
  assert.ok(existsSync(path), `${name}: no picture to compare with; LINLI_RENEW=1 draws it`)
  const was = PNG.sync.read(readFileSync(path))
  const size = [now.width, now.height]
  const diff = new PNG({ width: was.width, height: was.height })
  const same = was.width === now.width && was.height === now.height
  const off = same ? pixelmatch(was.data, now.data, diff.data, was.width, was.height, { threshold: SAME }) : NaN
  const may = Math.round(SHARE * was.width * was.height)
  if (off <= may) return
  if (!kept) return name
  found ??= mkdtempSync(join(tmpdir(), 'linli-visual-'))
  write(`${found}/${name}-was.png`, was)
  write(`${found}/${name}-now.png`, now)
  if (same) write(`${found}/${name}-diff.png`, diff)
  return `${name}: ${same ? `${off} pixels differ, ${may} may` : `${size} instead of ${[was.width, was.height]}`}; see ${found}/${name}-*.png`
}
/* The faces by name: which one `system-ui` means is not the same in every run of the browser. */
const FACES = `:root{--font:'Noto Sans','Noto Sans CJK SC',sans-serif!important}
:root:lang(bo){--font:'Linli Tibetan','Noto Sans','Noto Sans CJK SC',sans-serif!important}`
/** Nothing moves, everything is here. */
async function still(p) {
  await p.addStyleTag({ content: FACES })
  await p.evaluate(() => document.fonts.ready)
  await p.waitForFunction(() => [...document.images].every((i) => i.complete))
  await p.waitForFunction(() => !document.querySelector('h1 .spin'))
  await p.evaluate(() => new Promise((ok) => requestAnimationFrame(() => requestAnimationFrame(ok))))
}
const shot = { animations: 'disabled', caret: 'hide', scale: 'css' }

/** A phone with a fixed clock that shows all of a page at once. */
async function stillPhone(lang, look = 'light', big = false) {
  const p = await phone(lang, undefined, [], { reducedMotion: 'reduce', colorScheme: 'light' })
  await p.clock.setFixedTime(AT)
  await p.context().addInitScript(([l, b]) => {
    localStorage.setItem('linli.look', l)
    localStorage.setItem('linli.big', b)
  }, [look, big ? '1' : ''])
  return p
}
const MODES = [['zh', 'light', false], ['bo', 'light', false], ['zh', 'dark', false], ['en', 'sharp', false], ['zh', 'light', true]]
const DESIGNS = { flood: ['zh', 'light', true], wages: ['bo', 'dark', false] }
const called = (what, [lang, look, big]) => `${what}-${lang}-${big ? 'big' : look}`

for (const mode of MODES)
  test(`the kit looks as it did: ${mode.join(' ')}`, async () => {
    const p = await stillPhone(...mode)
    await p.goto(url + '/#/kit')
    for (const part of ['buttons', 'tabs', 'scan', 'over']) await p.waitForSelector(`[data-part=${part}]`)
    await p.waitForFunction(() => document.querySelectorAll('.shots img').length === 2 && document.querySelectorAll('.gridmap').length === 2)
    await p.waitForSelector('[data-part=media] [data-voice-begin], [data-part=media] [data-voice-cannot]')
    await p.setViewportSize({ width: 360, height: 2400 })
    await still(p)
    const wrong = []
    const parts = await p.locator('[data-part]').all()
    assert.ok(parts.length > 10)
    for (const part of parts) wrong.push(compare(called('kit-' + (await part.getAttribute('data-part')), mode), await part.screenshot(shot)))
    for (const over of ['sheet', 'dialog']) {
      await p.click(`[data-${over}]`)
      await p.waitForSelector('.sheet')
      wrong.push(compare(called('kit-' + over, mode), await p.locator('.sheet').screenshot(shot)))
      await p.keyboard.press('Escape')
    }
    assert.deepEqual(wrong.filter(Boolean), [])
    await p.context().close()
  })

test('the designs look as they did', async () => {
  const wrong = []
  for (const [name, mode] of Object.entries(DESIGNS)) {
    const p = await stillPhone(...mode)
    await p.goto(`${url}/#/kit/${name}`)
    await p.waitForSelector('.card')
    await p.waitForFunction(() => document.querySelectorAll('.card').length >= 2)
    await p.setViewportSize({ width: 360, height: 1600 })
    await still(p)
    wrong.push(compare(called('design-' + name, mode), await p.screenshot(shot)))
    await p.context().close()
  }
  assert.deepEqual(wrong.filter(Boolean), [])
})

/* Screens that hold nothing but what every demo says alike. */
const SCREENS = { '': '.door', report: '[data-send]', mine: '.empty', call: '.card', me: '[data-look]', in: '#phone' }
for (const mode of [['zh', 'light', false], ['bo', 'dark', false], ['en', 'light', true]])
  test(`the first screens look as they did: ${mode.join(' ')}`, async () => {
    const wrong = []
    const p = await stillPhone(...mode)
    for (const [name, here] of Object.entries(SCREENS)) {
      await p.goto(`${url}/#/${name}`)
      await p.waitForSelector(here)
      await p.waitForFunction(() => !document.querySelector('.spin') && !document.querySelector('.l-icon path[d=""]'))
      if (name === 'report') await p.waitForFunction(() => document.querySelectorAll('.kind').length > 5 && document.querySelector('#grid'))
      await still(p)
      wrong.push(compare(called('screen-' + (name || 'home'), mode), await p.screenshot(shot)))
    }
    await p.context().close()
    assert.deepEqual(wrong.filter(Boolean), [])
  })

test('the desk’s sign-in looks as it did', async () => {
  const wrong = []
  for (const lang of ['zh', 'bo']) {
    const d = await desk(lang)
    await d.goto(url + '/desk/')
    await d.waitForSelector('#phone')
    await still(d)
    wrong.push(compare(`desk-in-${lang}`, await d.locator('form').screenshot(shot)))
    await d.context().close()
  }
  assert.deepEqual(wrong.filter(Boolean), [])
})

test('another colour and a gap of one pixel more are seen', async () => {
  const p = await stillPhone('zh')
  await p.goto(url + '/#/kit')
  await p.waitForSelector('[data-part=buttons]')
  const buttons = p.locator('[data-part=buttons]')
  for (const [css, same] of [['/**/', true], [':root{--primary:#0b5a86!important}', false], [':root{--gap:0.8125rem!important}', false]]) {
    await p.addStyleTag({ content: css })
    await still(p)
    const seen = compare('kit-buttons-zh-light', await buttons.screenshot(shot), false)
    assert.equal(!seen, same, css)
  }
  await p.context().close()
})

test('every picture belongs to something', () => {
  assert.ok(seen.size > 70)
  assert.deepEqual(readdirSync(dir).filter((f) => !seen.has(f)), [])
})
