/* Pictures of every screen of the app on a phone of 360x740; shoot.mjs calls it. A picture is called LANG-SCREEN-MODE.png and
 * shows the whole length of a screen, and what the fold hides with it. */
import { api, beat, doIt, personOf, phone, report, signInPhone, url, user, uuid } from './kit.mjs'

let dir = ''
const modes = (process.env.MODES ?? 'light,dark,big,sharp').split(',')
const only = process.env.SCREENS?.split(',')
const want = (name) => !only || only.some((x) => name.startsWith(x))
const TEXT = { zh: '单元门口漏水，地上结了一片水，老人进出不方便', bo: 'སྒོ་འགྲམ་དུ་ཆུ་ཟགས་ནས་འཁྱགས་པ་ཆགས་འདུག', en: 'Water leaks at the door of unit 3 and freezes over night' }

async function settle(p) {
  await p.evaluate(() => document.fonts.ready)
  await p.waitForFunction(() => !document.querySelector('.spin'), undefined, { timeout: 15_000 }).catch(() => console.log('still waiting: ' + p.url()))
  await p.waitForTimeout(200)
}
const dress = (p, mode) =>
  p.evaluate((m) => {
    const c = document.documentElement.classList
    c.toggle('dark', m === 'dark')
    c.toggle('sharp', m === 'sharp')
    c.toggle('big', m === 'big')
  }, mode)
/** In every mode: home's three big choices follow the stored one, so that home is opened anew in `big`. */
async function take(p, lang, name, whole = true) {
  if (!want(name)) return
  await settle(p)
  for (const mode of modes) {
    await dress(p, mode)
    await p.setViewportSize({ width: 360, height: 740 })
    if (whole) {
      const more = await p.evaluate(() => {
        const s = document.querySelector('.scroll')
        return s ? s.scrollHeight - s.clientHeight : 0
      })
      await p.setViewportSize({ width: 360, height: Math.min(2600, 740 + more) })
    }
    await p.waitForTimeout(120)
    await p.screenshot({ path: `${dir}/${lang}-${name}-${mode}.png`, animations: 'disabled' })
  }
  await dress(p, 'light')
  await p.setViewportSize({ width: 360, height: 740 })
}
async function go(p, to, ready) {
  await p.goto(url + '/#/' + to)
  if (ready) await p.waitForSelector(ready)
}
async function each(p, lang, list) {
  for (const [name, to, ready] of list)
    if (want(name)) {
      await go(p, to, ready)
      await take(p, lang, name)
    }
}

/** Whoever signs in for nothing. */
async function anybody(lang, at) {
  const p = await phone(lang, at)
  await each(p, lang, [['home-empty', ''], ['mine-empty', 'mine'], ['report-empty', 'report', '[data-send]'], ['help', 'report/help', '[data-send]'], ['call', 'call'], ['me', 'me'], ['in', 'in'], ['for-out', 'for']])
  await report(p, TEXT[lang])
  await p.waitForSelector('[data-place]')
  await take(p, lang, 'report')
  await take(p, lang, 'report-fold', false)
  await p.locator('.pick[aria-pressed=false]').first().click()
  await take(p, lang, 'report-map')
  await p.click('[data-send]')
  await p.waitForSelector('[data-receipt]', { timeout: 30_000 })
  await take(p, lang, 'sent')
  await p.click('[data-follow]')
  await p.waitForSelector('[data-state]')
  await take(p, lang, 'follow-new')
  await each(p, lang, [['home-one', ''], ['mine-one', 'mine', '.line']])
  await p.context().close()
}
async function resident(lang, at) {
  const p = await phone(lang, at)
  const who = user('resident')
  await signInPhone(p, who)
  await each(p, lang, [['home-signed', ''], ['mine-signed', 'mine', '.line'], ['me-signed', 'me'], ['account', 'account'], ['telling', 'telling'], ['for', 'for'], ['all', 'all']])
  const rows = (await api('/reports/mine?limit=60', who)).body.rows
  for (const state of ['handling', 'closed', 'done', 'refused']) {
    const r = rows.find((x) => x.state === state)
    if (r) await each(p, lang, [[`follow-${state}`, 'm/' + r.id, '[data-state]']])
  }
  await p.context().close()
}
async function officer(lang, at, who, grid) {
  const id = uuid()
  await api('/reports', undefined, { id, category: 'leak', language: lang, text: TEXT[lang], point: at })
  const desk = user('dispatcher')
  await doIt(id, 'dispatch', desk, { to: await personOf(who) }, await doIt(id, 'register', desk, { category: 'leak' }, 1))
  const p = await phone(lang, at)
  await signInPhone(p, who)
  await each(p, lang, [['today', 'tasks', '[data-spot]'], ['officer-me', 'me'], ['officer-all', 'all'], ['spot', 'spot', '[data-place]'], ['calls', 'calls']])
  await go(p, 'tasks', '[data-spot]')
  await take(p, lang, 'today-fold', false)
  await each(p, lang, [['task', 't/' + id, '[data-act=accept]']])
  for (const a of ['accept', 'finish', 'return', 'note', 'ask_extension']) {
    if (!want('act')) break
    if (a === 'finish') {
      await doIt(id, 'accept', who, { promised_at: Date.now() + 8 * 3_600_000 }, (await api('/reports/' + id, who)).body.version)
      await go(p, 'tasks', '[data-spot]')
      await go(p, 't/' + id, '[data-act=finish]')
      await take(p, lang, 'task-mine')
    }
    if (!(await p.locator(`[data-act=${a}]`).count())) continue
    await p.click(`[data-act=${a}]`)
    await p.waitForSelector('[data-submit]')
    await take(p, lang, 'act-' + a, false)
    await p.keyboard.press('Escape')
    await p.waitForFunction(() => !document.querySelector('.sheet'))
  }
  await p.context().close()
  const v = await phone(lang, at)
  await signInPhone(v, user('overseer'))
  await each(v, lang, [['director', 'director'], ['verify', 'verify']])
  await v.context().close()
  const c = await phone(lang, at)
  await signInPhone(c, user('clerk'))
  await each(c, lang, [['clerk-today', 'tasks'], ['clerk-verify', 'verify'], ['clerk-all', 'all']])
  const kinds = await c.locator('[data-kind]').evaluateAll((es) => es.map((e) => e.dataset.kind)).catch(() => [])
  for (const k of kinds.filter((x) => x !== 'call').slice(0, 3)) await each(c, lang, [['kind-' + k, 'k/' + k]])
  await c.context().close()
}
export async function shootApp(to, lang) {
  dir = to
  const { officer: who, grid, at } = await beat()
  await anybody(lang, at)
  await resident(lang, at)
  await officer(lang, at, who, grid)
}
