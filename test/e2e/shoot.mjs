/* Screenshots of every screen, to be looked at by people: node shoot.mjs DIR [zh|bo|en ...]
 * LINLI_URL and LINLI_DEMO_USERS as for the tests. With LINLI_BIG=1 the phone's type is big. ONLY=app or desk; of the desk
 * LOOKS=light,dark,sharp and SCREENS=queue,map (shoot.desk.mjs has their names). */
import { mkdirSync } from 'node:fs'
import { api, beat, doIt, personOf, phone, report, signInPhone, stop, url, user } from './kit.mjs'
import { shootDesk } from './shoot.desk.mjs'

const [dir, ...langs] = process.argv.slice(2)
mkdirSync(dir, { recursive: true })
const only = process.env.ONLY?.split(',')
const TEXT = { zh: '单元门口漏水，地上结了一片水', bo: 'སྒོ་འགྲམ་དུ་ཆུ་ཟགས་འདུག', en: 'Water leaks at the door of unit 3' }

async function settle(p) {
  await p.evaluate(() => document.fonts.ready)
  await p.waitForFunction(() => !document.querySelector('.spin'), undefined, { timeout: 15_000 }).catch(() => undefined)
  await p.waitForTimeout(400)
}
/* The whole length of a phone's screen, not only what stands above the fold. */
async function long(p, name, full = true) {
  await settle(p)
  if (full) {
    const h = await p.evaluate(() => {
      const s = document.querySelector('.scroll')
      return s ? s.scrollHeight - s.clientHeight : 0
    })
    await p.setViewportSize({ width: 360, height: Math.min(2400, 740 + h) })
    await p.waitForTimeout(150)
  }
  await p.screenshot({ path: `${dir}/${name}.png` })
  await p.setViewportSize({ width: 360, height: 740 })
}
for (const lang of langs.length ? langs : ['zh', 'bo', 'en']) {
  const { officer, grid, at } = await beat()
  const want = (x) => !only || only.includes(x)
  const r = await phone(lang, at)
  if (process.env.LINLI_BIG) await r.context().addInitScript(() => localStorage.setItem('linli.big', '1'))
  if (want('app')) {
    await r.goto(url + '/')
    await long(r, `${lang}-home-empty`, false)
    await r.goto(url + '/#/mine')
    await long(r, `${lang}-mine-empty`)
    await r.goto(url + '/#/report')
    await long(r, `${lang}-report-empty`, false)
    await report(r, TEXT[lang])
    await long(r, `${lang}-report`)
    await r.screenshot({ path: `${dir}/${lang}-report-top.png` })
    await r.locator('.pick[aria-pressed=false]').first().click()
    await long(r, `${lang}-report-map`)
    await r.click('[data-send]')
    await r.waitForSelector('[data-receipt]', { timeout: 30_000 })
    await long(r, `${lang}-sent`)
    await r.click('[data-follow]')
    await r.waitForSelector('[data-state]')
    await long(r, `${lang}-follow`)
    for (const s of ['', 'mine', 'call', 'me', 'in', 'report/help']) {
      await r.goto(url + '/#/' + s)
      await long(r, `${lang}-${s.replace('/', '-') || 'home'}`)
    }
    /* what was just told becomes the officer's task */
    const [told] = (await api(`/reports/queue?state=collected&place=${grid.code}`, user('dispatcher'))).body.rows.sort((a, b) => b.number - a.number)
    const v = await doIt(told.id, 'register', user('dispatcher'), { category: told.category }, told.version)
    await doIt(told.id, 'dispatch', user('dispatcher'), { to: await personOf(officer) }, v)
    const o = await phone(lang, at)
    if (process.env.LINLI_BIG) await o.context().addInitScript(() => localStorage.setItem('linli.big', '1'))
    await signInPhone(o, officer)
    for (const s of ['tasks', 'verify', 'me', 'account']) {
      await o.goto(url + '/#/' + s)
      await long(o, `${lang}-officer-${s}`)
    }
    await o.goto(url + '/#/tasks')
    await o.waitForSelector('.line')
    await o.locator('.line').first().click()
    await o.waitForSelector('[data-state]')
    await long(o, `${lang}-task`)
    await o.screenshot({ path: `${dir}/${lang}-task-top.png` })
    for (const a of ['accept', 'finish', 'return'])
      if (await o.locator(`[data-act=${a}]`).count()) {
        await o.click(`[data-act=${a}]`)
        await o.waitForSelector('[data-submit]')
        await long(o, `${lang}-act-${a}`, false)
        await o.keyboard.press('Escape')
      }
    await o.context().close()
    const m = await phone(lang, at)
    await signInPhone(m, user('resident'))
    await m.goto(url + '/')
    await long(m, `${lang}-home-signed`)
    await m.goto(url + '/#/mine')
    await m.waitForSelector('.line')
    await long(m, `${lang}-mine-signed`, false)
    const done = (await api('/reports/mine?limit=60', user('resident'))).body.rows
    for (const st of ['handling', 'closed', 'done'])
      if (done.find((x) => x.state === st)) {
        await m.goto(url + '/#/m/' + done.find((x) => x.state === st).id)
        await m.waitForSelector('[data-state]')
        await long(m, `${lang}-follow-${st}`)
      }
    await m.context().close()
  }
  if (want('desk')) await shootDesk(dir, lang)
  await r.context().close()
}
await stop()
