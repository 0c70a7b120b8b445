/* For elders: every button and link is large enough, nothing is cut off, and each has a name that is said. */
import assert from 'node:assert/strict'
import test, { after } from 'node:test'
import { api, beat, clean, phone, signInPhone, stop, url, user, uuid } from './kit.mjs'

after(stop)
/** Visible targets that are smaller than they should be: WCAG 2.5.8 counts a link within a sentence apart. */
const small = (page, least) => page.evaluate((least) => {
  const out = []
  let n = 0
  for (const e of document.querySelectorAll('a[href], button, select, summary, input:not(.sr):not([type=hidden]), textarea, [role=button], label.btn')) {
    const r = e.getBoundingClientRect()
    const s = getComputedStyle(e)
    if (!r.width || !r.height || s.visibility === 'hidden' || e.closest('[inert], [aria-hidden=true], .maplibregl-map')) continue
    if (e.matches('input[type=checkbox], input[type=radio]') && e.closest('label')) continue
    n++
    if (r.height < least - 0.5 || r.width < least - 0.5) out.push(`${e.tagName} ${Math.round(r.width)}x${Math.round(r.height)} ${(e.getAttribute('aria-label') ?? e.textContent ?? '').trim().slice(0, 30)} .${e.className}`)
  }
  return { n, out }
}, least)
/** Words that do not fit where they stand. */
const cut = (page) => page.evaluate(() => [...document.querySelectorAll('.btn, .pick, .chip, h1, h2, h3, .tabs a, .tile, p, dd')].filter((e) => {
  const s = getComputedStyle(e)
  return e.clientWidth > 0 && (e.scrollWidth > e.clientWidth + 1 || (s.overflowY === 'hidden' && e.scrollHeight > e.clientHeight + 2))
}).map((e) => `${e.tagName}.${e.className} ${e.textContent.trim().slice(0, 40)}`))
/** What a screen reader says of each thing that can be touched or typed into. */
async function unnamed(page) {
  const cdp = await page.context().newCDPSession(page)
  const { nodes } = await cdp.send('Accessibility.getFullAXTree')
  const touched = nodes.filter((n) => !n.ignored && ['button', 'link', 'textbox', 'combobox', 'checkbox', 'radio', 'image', 'dialog', 'navigation', 'searchbox', 'heading'].includes(n.role?.value))
  await cdp.detach()
  return { n: touched.length, out: touched.filter((n) => !n.name?.value?.trim()).map((n) => n.role.value) }
}

for (const lang of ['zh', 'bo'])
  for (const elder of [false, true])
    test(`targets, names and room: ${lang}${elder ? ', elder' : ''}`, async () => {
      const { at, officer } = await beat()
      const task = uuid()
      await api('/reports', user('dispatcher'), { id: task, category: 'light', text: '巷口路灯不亮，晚上看不见路', point: { lon: at.lon, lat: at.lat } })
      const p = await phone(lang, at)
      await p.addInitScript((on) => localStorage.setItem('linli.big', on ? '1' : ''), elder)
      const wrong = []
      let targets = 0
      const look = async (name, ready = 'main') => {
        await p.goto(url + '/#/' + name)
        await p.waitForSelector(ready)
        await p.waitForTimeout(400)
        if (process.env.LINLI_SHOTS) await p.screenshot({ path: `${process.env.LINLI_SHOTS}/${name.split('/')[0] || 'home'}-${lang}${elder ? '-elder' : ''}.png` })
        const s = await small(p, elder ? 60 : 44)
        const u = await unnamed(p)
        targets += s.n
        assert.ok(s.n > 0 && u.n > 0, name + ': there is something to measure')
        wrong.push(...s.out.map((x) => `${name}: small ${x}`), ...(await cut(p)).map((x) => `${name}: cut ${x}`), ...u.out.map((x) => `${name}: ${x} without a name`))
        await clean(p, name + ' ' + lang)
      }
      await look('')
      const doors = await p.evaluate(() => [...document.querySelectorAll('.doors .door')].map((d) => d.getBoundingClientRect().bottom))
      assert.equal(doors.length, elder ? 3 : 4)
      const tabs = await p.locator('.tabs').evaluate((t) => t.getBoundingClientRect().top)
      assert.ok(doors.every((b) => b <= tabs), `all choices stand above the tabs: ${doors} of ${tabs}`)
      await look('report', '[data-send]')
      await look('mine')
      await look('call')
      await look('in', '#phone')
      await signInPhone(p, officer)
      await look('tasks')
      await look('t/' + task, '[data-state]')
      await look('m/' + task, '[data-state]')
      await look('me')
      await look('for', '[data-take]')
      await look('account')
      assert.ok(targets > 60, 'targets: ' + targets)
      if (elder) {
        const size = await p.evaluate(() => parseFloat(getComputedStyle(document.querySelector('main p, main span')).fontSize))
        assert.ok(size >= 20 && size <= 30, 'type of ' + size)
      }
      assert.deepEqual([...new Set(wrong)], [])
    })
