/* Every place of both apps, from a table that is held against the apps' own lists: axe (WCAG 2.2 AA), nothing that scrolls
 * sideways, no complaint of the page. What a screen does is the other files' business. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import test, { after } from 'node:test'
import { api, beat, clean, complaints, desk, phone, signInDesk, signInPhone, stop, url, user, uuid } from './kit.mjs'

after(stop)
const source = (path) => readFileSync(new URL('../../web/' + path, import.meta.url), 'utf8')
const APP = [...source('app/src/App.vue').match(/const loaders = \{\n([^}]+)\}/)[1].matchAll(/^ {2}(\w+):/gm)].map((m) => m[1])
const DESK = [...source('desk/src/App.vue').match(/const PAGES = \[([^\]]+)\]/)[1].matchAll(/'(\w+)'/g)].map((m) => m[1])
const OPEN = ['', 'report', 'report/help', 'mine', 'call', 'me', 'in', 'proof', 'agreement/x']
const STAFF = ['tasks', 'verify', 'mine', 'spot', 'report', 'call', 'me', 'account', 'visits', 'ours', 'd', 'for', 'all', 'k/household', 'calls', 'telling']

async function look(p, at, where) {
  await p.goto(at)
  await p.waitForSelector('h1, h2, form')
  await p.waitForFunction(() => !document.querySelector('.spin, .early'), undefined, { timeout: 12000 }).catch(() => assert.fail(where + ' never stands'))
  await clean(p, where)
}
test('the app, for anybody and for an officer', async () => {
  assert.ok(APP.length > 8 && DESK.length > 5)
  const id = uuid()
  const { officer, at } = await beat()
  const made = await api('/reports', null, { id, category: 'leak', language: 'zh', text: '门口漏水', point: at })
  assert.ok(made.body.receipt, JSON.stringify(made.body))
  const p = await phone('zh', at)
  for (const s of [...OPEN, 'f/' + made.body.receipt]) await look(p, `${url}/#/${s}`, 'app ' + s)
  await p.context().close()
  const door = (await api('/visits/mine', officer)).body.rows[0]
  const o = await phone('zh', at)
  await signInPhone(o, officer)
  for (const s of [...STAFF, 't/' + id, 'v/' + door.id]) await look(o, `${url}/#/${s}`, 'officer ' + s)
  await o.context().close()
  const visited = new Set(['sent', ...OPEN, ...STAFF, 'f/', 't/', 'v/'].map((s) => s.split('/')[0]))
  // what only a director opens has its own file
  assert.deepEqual(APP.filter((s) => !visited.has(s) && s !== 'director'), [], 'a screen that nobody looked at')
  assert.deepEqual(complaints(), [])
})
/* The desk in three languages and three looks: the queue in all nine pairs, any other screen in each language and each look
 * once, another pairing from screen to screen. */
const LANGS = ['zh', 'bo', 'en']
const LOOKS = ['light', 'dark', 'sharp']
async function wear(d, page, lang, look) {
  if (page === 'wall') while ((await d.evaluate(() => localStorage.getItem('linli.wall') || 'dark')) !== look) await d.click('[data-skin]')
  else await d.selectOption('[data-look]', look)
  await d.click(`[data-lang=${lang}]`)
  await d.waitForFunction(([l, dark, sharp]) => {
    const { lang: is, classList } = document.documentElement
    return is.startsWith(l) && classList.contains('sharp') === sharp && (sharp || classList.contains('dark') === dark)
  }, [lang, look === 'dark', look === 'sharp'])
  await d.waitForFunction(() => !document.querySelector('.spin'))
  await clean(d, `desk ${page}, ${lang}, ${look}`)
}
test('the desk', async () => {
  const d = await desk('zh')
  await look(d, url + '/desk/', 'desk sign-in')
  for (const l of ['dark', 'sharp']) {
    await d.evaluate((x) => localStorage.setItem('linli.look', x), l)
    await d.reload()
    await look(d, url + '/desk/', 'desk sign-in, ' + l)
  }
  await signInDesk(d, user('dispatcher'))
  const worn = new Set()
  for (const [i, page] of DESK.entries()) {
    await d.goto(`${url}/desk/#/${page}`)
    await d.waitForSelector('h1, h2, form')
    await d.waitForFunction(() => !document.querySelector('.spin, .early'), undefined, { timeout: 12000 }).catch(() => assert.fail(page + ' never stands'))
    for (const [n, lang] of LANGS.entries())
      for (const [m, l] of LOOKS.entries())
        if (page === 'queue' || (n + i) % 3 === m) {
          await wear(d, page, lang, l)
          worn.add(page + lang).add(page + l)
        }
  }
  assert.equal(worn.size, DESK.length * 6, 'each in every language and look')
  await d.context().close()
  assert.deepEqual(complaints(), [])
})
