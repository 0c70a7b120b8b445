/* Whatever is not in the page's language says so: names, what people wrote, the languages' own names (WCAG 3.1.2). A reader
 * for the blind, the face that is taken and where a line may break all go by it. By script: Tibetan, Han, Latin words. */
import assert from 'node:assert/strict'
import test, { after } from 'node:test'
import { execFileSync } from 'node:child_process'
import { api, beat, complaints, doIt, paper, personOf, phone, report, signInPhone, stop, url, user, uuid } from './kit.mjs'

after(stop)
/** Text nodes whose script is not that of the language they stand in, and how many were looked at of each script. */
const astray = (page) =>
  page.evaluate(() => {
    const out = []
    const n = { bo: 0, zh: 0, en: 0 }
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    while (walk.nextNode()) {
      const text = walk.currentNode.nodeValue.trim()
      const e = walk.currentNode.parentElement
      if (!text || e.closest('script, style, noscript')) continue
      const bo = /[\u0F40-\u0FBC]/.test(text)
      const zh = /[\u3400-\u9FFF]/.test(text)
      const en = !bo && !zh && /[A-Za-z]{2,} +[A-Za-z]{2,} +[a-z]{2,}/.test(text)
      const lang = e.closest('[lang]').lang.slice(0, 2)
      for (const [is, l] of [[bo, 'bo'], [zh, 'zh'], [en, 'en']]) {
        if (is) n[l]++
        if (is && lang !== l) out.push(`${lang}: ${text.slice(0, 60)}  in ${e.outerHTML.slice(0, 90)}`)
      }
    }
    return { n, out: [...new Set(out)] }
  })
const TEXTS = { zh: '楼道灯不亮，晚上看不见', bo: 'ལམ་སྒྲོན་མི་བཀྲ། མཚན་མོ་མི་མཐོང་།', en: 'The lamp in the stairwell does not light' }
const { officer, at } = await beat()
const ids = {}
const receipts = {}
let task
test('there is something in each language', async () => {
  for (const [language, text] of Object.entries(TEXTS)) {
    const id = (ids[language] = uuid())
    const made = await api('/reports', undefined, { id, category: 'light', language, text, near: language === 'bo' ? 'ཚོང་ཁང་འགྲམ།' : '菜店对面', point: at })
    assert.equal(made.status, 201, JSON.stringify(made.body))
    receipts[language] = made.body.receipt
    const desk = user('dispatcher')
    await doIt(id, 'dispatch', desk, { to: await personOf(officer) }, await doIt(id, 'register', desk, { category: 'light' }, 1))
  }
  task = ids.bo
  await doIt(task, 'accept', officer, { promised_at: Date.now() + 8 * 3_600_000 }, (await api('/reports/' + task, officer)).body.version)
  await api(`/reports/${task}/note`, officer, { id: uuid(), text: '已经去看过' })
})

async function look(p, to, seen, ready) {
  await p.goto(url + '/#/' + to)
  await p.waitForSelector(ready ?? 'h1, h2, form')
  await p.waitForFunction(() => !document.querySelector('.spin, .early'))
  await p.waitForTimeout(100)
  const { n, out } = await astray(p)
  for (const l of Object.keys(n)) seen[l] += n[l]
  return out.map((x) => `${to}: ${x}`)
}
const OFTEN = { officer: ['tasks', 't/', 'me'], overseer: ['director'], resident: ['mine', ''] }
const ALL = { officer: ['tasks', 't/', 'me', 'verify', 'spot', 'account', 'telling', 'all', 'calls', 'for'], overseer: ['director', 'k/point'], resident: ['mine', '', 'account', 'me'] }
for (const lang of ['bo', 'zh', 'en'])
  test(`each run says its language, on pages in ${lang}`, async () => {
    const seen = { bo: 0, zh: 0, en: 0 }
    const wrong = []
    const p = await phone(lang, at)
    await report(p, TEXTS[lang === 'bo' ? 'zh' : 'bo'], false)
    await p.waitForSelector('[data-similar]')
    wrong.push(...(await look(p, 'report', seen, '[data-similar]')))
    await p.click('[data-send]')
    await p.waitForSelector('[data-follow]')
    await p.click('[data-follow]')
    await p.waitForSelector('[data-state]')
    for (const s of ['', 'mine', 'call', 'me', 'in', ...Object.values(receipts).map((r) => 'f/' + r)]) wrong.push(...(await look(p, s, seen)))
    await p.context().close()
    for (const [role, list] of Object.entries(lang === 'bo' ? ALL : OFTEN)) {
      const o = await phone(lang, at)
      await signInPhone(o, role === 'officer' ? officer : user(role))
      for (const s of list) wrong.push(...(await look(o, s === 't/' ? s + task : s, seen)))
      await o.context().close()
    }
    assert.deepEqual(wrong, [])
    assert.ok(seen.bo > 5 && seen.zh > 20, JSON.stringify(seen))
    assert.ok(lang === 'bo' || seen.en > 0, JSON.stringify(seen))
  })

test('Tibetan is set so that it can be read: room between lines, no letters apart, lines end at a tsheg', async () => {
  const p = await phone('bo', at)
  await p.goto(url + '/#/f/' + receipts.bo)
  await p.waitForSelector('[data-state]')
  const all = await p.evaluate(() => [...document.querySelectorAll('main *')].filter((e) => e.closest('[lang]').lang === 'bo' && [...e.childNodes].some((c) => c.nodeType === 3 && /[\u0F40-\u0FBC]/.test(c.nodeValue)))
    .map((e) => {
      const s = getComputedStyle(e)
      return { text: e.textContent.slice(0, 30), line: parseFloat(s.lineHeight) / parseFloat(s.fontSize), apart: s.letterSpacing, break: s.wordBreak, any: s.lineBreak, face: s.fontFamily }
    }))
  assert.ok(all.length > 8)
  for (const x of all) {
    assert.ok(x.line >= 1.6, `${x.text}: ${x.line}`)
    assert.equal(x.apart, 'normal', x.text)
    assert.ok(x.break !== 'break-all' && x.any !== 'anywhere', x.text)
    assert.match(x.face, /Linli Tibetan/)
  }
  // a narrow box of syllables: each line but the last ends after a tsheg or a shad
  const ends = await p.evaluate(() => {
    const b = document.createElement('p')
    b.lang = 'bo'
    b.style.cssText = 'width: 9rem; position: absolute; top: 0'
    b.textContent = 'སྒོ་འགྲམ་དུ་ཆུ་ཟགས་ནས་འཁྱགས་པ་ཆགས་འདུག་པས་རོགས་རམ་གནང་རོགས།'
    document.body.append(b)
    const r = document.createRange()
    const out = []
    let top = 0
    for (let i = 0; i < b.firstChild.length; i++) {
      r.setStart(b.firstChild, i)
      r.setEnd(b.firstChild, i + 1)
      const box = r.getBoundingClientRect()
      if (!box.width) continue
      if (top && box.top > top + 12) out.push(b.textContent[i - 1])
      top = box.top
    }
    b.remove()
    return out
  })
  assert.ok(ends.length >= 2, 'it runs over several lines')
  assert.deepEqual(ends.filter((c) => c !== '\u0F0B' && c !== '\u0F0D'), [])
  await p.context().close()
})

/* A paper that nobody asked for in a language of its own comes in that of whoever asks. */
test('papers come in the own language, with nothing left in Chinese but names', async () => {
  const words = (pdf) => execFileSync('pdftotext', ['-layout', '-', '-'], { input: pdf }).toString()
  const han = (text) => text.match(/[\u3400-\u9FFF]+/g) ?? []
  const { grid } = await beat()
  for (const [who, path, both] of [[officer, `/grids/${grid.code}/cards.pdf`, true], [user('overseer'), '/figures/month.pdf', false]]) {
    const before = await paper(path, who)
    assert.match(words(before), /[\u3400-\u9FFF]/)
    const me = (await api('/me', who)).body
    const set = await api(`/people/${me.id}/update`, who, { id: uuid(), version: me.version, language: 'bo' })
    assert.ok(set.status < 300, JSON.stringify(set.body))
    const own = words(await paper(path, who))
    assert.equal(own, words(await paper(path + '?language=bo', who)), 'as if asked for in Tibetan')
    assert.notEqual(own, words(before))
    assert.ok((own.match(/[\u0F40-\u0FBC]/g) ?? []).length > 40, own.slice(0, 200))
    // a card for a door says it in Chinese, too: it belongs to whoever lives behind it
    if (both) assert.ok(own.search(/[\u0F40-\u0FBC]/) < own.search(/[\u3400-\u9FFF]/), 'Tibetan comes first')
    else assert.deepEqual(han(own).filter((x) => !(grid.name + '雪莲社区').includes(x)), [])
    const back = (await api('/me', who)).body
    await api(`/people/${me.id}/update`, who, { id: uuid(), version: back.version, language: 'zh' })
  }
})

test('nothing in these pages complained', () => assert.deepEqual(complaints(), []))
