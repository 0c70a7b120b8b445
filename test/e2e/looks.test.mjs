/* The app's places in Chinese, then in Tibetan; each in one of dark, for elders and high contrast as well, which go round, so
 * that every place is seen in two of them: axe (WCAG 2.2 AA), nothing that scrolls sideways, no complaint of the page. That no
 * place is left out, routes.test.mjs says. */
import assert from 'node:assert/strict'
import test, { after } from 'node:test'
import { api, beat, clean, complaints, phone, signInPhone, stop, url, uuid } from './kit.mjs'

after(stop)
const OPEN = ['', 'report', 'report/help', 'mine', 'call', 'me', 'in']
const STAFF = ['tasks', 'verify', 'mine', 'spot', 'report', 'call', 'me', 'account', 'telling', 'for', 'all', 'calls', 'k/point']
const MODES = ['dark', 'big', 'sharp']
const dress = (p, mode) => p.evaluate(([all, m]) => all.forEach((x) => document.documentElement.classList.toggle(x, x === m)), [MODES, mode])
const seen = {}
/** As it is, and as the round has it. */
async function look(p, lang, who, place, turn) {
  const where = `${who} ${place.split('/')[0]}`
  await p.goto(`${url}/#/${place}`)
  await p.waitForSelector('h1, h2, form')
  await p.waitForFunction(() => !document.querySelector('.spin, .early'))
  await clean(p, `${lang} ${where}`)
  const mode = MODES[turn % MODES.length]
  await dress(p, mode)
  await clean(p, `${lang} ${where}, ${mode}`)
  await dress(p, '')
  ;(seen[where] ??= new Set()).add(mode)
}
for (const [round, lang] of ['zh', 'bo'].entries())
  test(`each place of the app, dressed in turn: ${lang}`, async () => {
    const id = uuid()
    const { officer, at } = await beat()
    const made = await api('/reports', null, { id, category: 'leak', language: lang, text: '门口漏水', point: at })
    assert.ok(made.body.receipt, JSON.stringify(made.body))
    const p = await phone(lang, at)
    for (const [i, s] of [...OPEN, 'f/' + made.body.receipt].entries()) await look(p, lang, 'anybody', s, i + round)
    await p.context().close()
    const o = await phone(lang, at)
    await signInPhone(o, officer)
    for (const [i, s] of [...STAFF, 't/' + id].entries()) await look(o, lang, 'officer', s, i + round)
    await o.context().close()
    assert.ok(Object.keys(seen).length > 18)
    if (round) for (const [where, modes] of Object.entries(seen)) assert.ok(modes.size > 1, `${where} in ${[...modes]} alone`)
    assert.deepEqual(complaints(), [])
  })
