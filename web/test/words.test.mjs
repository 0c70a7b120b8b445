/* The words: complete in three languages, none hard-coded in a page, and none of the office's in what residents read. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import test from 'node:test'
import { build } from 'esbuild'
import { parse } from 'vue/compiler-sfc'

const web = new URL('../', import.meta.url).pathname
const load = async (file) => {
  const r = await build({ entryPoints: [web + 'i18n/src/' + file], bundle: true, write: false, format: 'esm', target: 'es2020' })
  return import('data:text/javascript;base64,' + Buffer.from(r.outputFiles[0].contents).toString('base64'))
}
/* The tables that pages use; what app and desk share is part of both, and the first screen's part of app is `home`. */
const STEMS = readdirSync(web + 'i18n/src').filter((f) => f.endsWith('.zh.ts') && !/^(shared|base)\./.test(f)).map((f) => f.slice(0, -'.zh.ts'.length))
const tables = {}
for (const stem of STEMS)
  for (const l of ['zh', 'bo', 'en']) {
    const m = await load(`${stem}.${l}.ts`)
    tables[`${stem}.${l}`] = { words: m.table ?? m.zh, reviewed: m.reviewed ?? [] }
  }
const walk = (d) => readdirSync(d, { withFileTypes: true }).flatMap((e) => (e.isDirectory() ? walk(`${d}/${e.name}`) : [`${d}/${e.name}`]))
const sources = ['app', 'desk', 'kit', 'core'].flatMap((a) => walk(web + a + '/src')).filter((f) => /\.(vue|ts)$/.test(f))
const pages = sources.filter((f) => f.endsWith('.vue'))
const short = (f) => f.slice(web.length)

for (const stem of STEMS)
  test(`${stem}: zh, bo and en have the same keys, with the same gaps to fill`, () => {
    const zh = tables[stem + '.zh'].words
    assert.ok(Object.keys(zh).length > 5)
    for (const l of ['bo', 'en']) {
      const other = tables[`${stem}.${l}`].words
      assert.deepEqual(Object.keys(other).sort(), Object.keys(zh).sort(), l)
      const gaps = (s) => [...s.matchAll(/\{\w+\}/g)].map((m) => m[0]).sort()
      for (const k of Object.keys(zh)) assert.deepEqual(gaps(other[k]), gaps(zh[k]), `${l} ${k}`)
    }
  })

test('every word is in its own script, says something and shouts at nobody', () => {
  const han = /\p{Script=Han}/u
  const tibetan = /\p{Script=Tibetan}/u
  for (const [name, { words }] of Object.entries(tables))
    for (const [k, w] of Object.entries(words)) {
      assert.ok(w.trim(), `${name} ${k} is empty`)
      assert.ok(!/[!！]/.test(w), `${name} ${k} has an exclamation mark`)
      if (name.endsWith('.zh')) assert.ok(han.test(w) || !/\p{L}/u.test(w.replace(/\{\w+\}/g, '')), `${name} ${k}: ${w}`)
      if (name.endsWith('.bo')) assert.ok(!han.test(w) && (tibetan.test(w) || !/\p{L}/u.test(w.replace(/\{\w+\}/g, ''))), `${name} ${k}: ${w}`)
      if (name.endsWith('.en')) assert.ok(!han.test(w) && !tibetan.test(w), `${name} ${k}: ${w}`)
    }
})

test('Tibetan counts as reviewed only key by key, and only keys that exist', () => {
  for (const stem of STEMS) {
    const { words, reviewed } = tables[stem + '.bo']
    assert.equal(new Set(reviewed).size, reviewed.length)
    for (const k of reviewed) assert.ok(k in words, k)
  }
})

/* What residents read: everything in the app but the working screens. Staff words may stand in their own screens. */
const FOR_RESIDENTS = /^(home|news|mine|out|report|sent|follow|next|ev|call|resident|category|me|acc|ask|voice|where|draft|sign|err|field|due|time|common)\./
const OFFICE = {
  zh: ['立案', '派遣', '派单', '接单', '核查', '结案', '上报', '催办', '督办', '调度', '工单', '处置'],
  bo: ['མངགས་གཏོང', 'ཞིབ་བཤེར་སྒུག', 'མཇུག་སྒྲིལ', 'ཐོ་འགོད་སྒུག'],
  en: ['dispatch', 'regist', 'verif', 'escalat', 'handler', 'work order'],
}
test('residents never read the words of the office', () => {
  for (const [l, words] of Object.entries(OFFICE)) {
    const mine = Object.entries({ ...tables['home.' + l].words, ...tables['app.' + l].words, ...tables['account.' + l].words, ...tables['ask.' + l].words, ...tables['note.' + l].words }).filter(([k]) => FOR_RESIDENTS.test(k) && k !== 'me.desk' && !/^due\./.test(k))
    assert.ok(mine.length > 100)
    for (const [k, w] of mine) for (const o of words) assert.ok(!w.toLowerCase().includes(o), `${l} ${k} says ${o}: ${w}`)
  }
})

test('the words that the scenario fixes stand as it fixes them', () => {
  const w = { ...tables['home.zh'].words, ...tables['app.zh'].words }
  assert.deepEqual(['collected', 'registered', 'working', 'checking', 'closed'].map((s) => w['resident.' + s]), ['已收到', '已受理', '有人在办', '已办等复核', '办结'])
  assert.equal(w['home.report'], '反映问题')
  assert.equal(w['tab.staff_report'], '上报')
  assert.equal(w['follow.solved'], '真的解决了吗?')
  assert.deepEqual([w['follow.yes'], w['follow.no']], ['解决了', '还没有'])
  assert.equal(w['out.unsent'], '没发出去,已存在手机里,有信号会自动发')
  assert.deepEqual(['register', 'verify', 'close'].map((a) => tables['desk.zh'].words['act.' + a].slice(0, 2)), ['立案', '核查', '结案'])
})

/* ---- nothing hard-coded ---- */

const LETTER = /\p{L}/u
const SPOKEN = ['aria-label', 'title', 'placeholder', 'alt', 'label']
function visible(node, file, found) {
  if (node.type === 2 && LETTER.test(node.content)) found.push(`${file}:${node.loc.start.line} "${node.content.trim()}"`) // text
  if (node.type === 5 && LETTER.test((node.content.loc.source.match(/'[^']*'|"[^"]*"/g) ?? []).filter((x) => /[^\x00-\x7F]/.test(x)).join('')))
    found.push(`${file}:${node.loc.start.line} ${node.content.loc.source}`) // a string within {{ }}
  for (const p of node.props ?? [])
    if (p.type === 6 && SPOKEN.includes(p.name) && p.value && LETTER.test(p.value.content)) found.push(`${file}:${p.loc.start.line} ${p.name}="${p.value.content}"`)
  for (const c of node.children ?? []) visible(c, file, found)
}
test('no visible word is written in a page itself', () => {
  assert.ok(pages.length > 25)
  const found = []
  let seen = 0
  for (const f of pages) {
    const { descriptor, errors } = parse(readFileSync(f, 'utf8'), { filename: f })
    assert.deepEqual(errors, [])
    assert.ok(descriptor.template?.ast, short(f))
    seen += descriptor.template.ast.children.length
    visible(descriptor.template.ast, short(f), found)
  }
  assert.ok(seen > pages.length)
  // LTibetanWord is the drawing of a language's own name: the label says what is drawn
  assert.deepEqual(found.filter((x) => !x.startsWith('kit/src/LTibetanWord.vue')), [])
})

test('no Chinese or Tibetan stands in code outside the tables', () => {
  const found = []
  for (const f of sources) {
    if (/core\/src\/(guess|group)\.ts$|kit\/src\/LTibetanWord\.vue$/.test(f)) continue // reads what people write; is a drawing
    const code = readFileSync(f, 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, '')
    for (const m of code.matchAll(/'[^'\n]*'|"[^"\n]*"|`[^`]*`/g)) if (/\p{Script=Han}|\p{Script=Tibetan}/u.test(m[0])) found.push(short(f) + ' ' + m[0])
  }
  assert.deepEqual(found.filter((x) => !/LGridMap|base\.css/.test(x)), [])
})

test('no word lies about unused', () => {
  const code = sources.map((f) => readFileSync(f, 'utf8')).join('\n')
  /* put together from data: tx('act.', ...) and t(`time.${...}`) */
  const prefixes = new Set([...code.matchAll(/(?:tx\(|residentKey|=>?\s*)'([\w.]+\.)'/g)].map((m) => m[1]))
  for (const m of code.matchAll(/`([\w.]+\.)\$\{/g)) prefixes.add(m[1])
  for (const m of code.matchAll(/tx\(\s*'([\w.]+\.)'/g)) prefixes.add(m[1])
  prefixes.add('acc.what.')
  const unused = []
  for (const stem of STEMS)
    for (const k of Object.keys(tables[stem + '.zh'].words)) {
      if ([...prefixes].some((p) => k.startsWith(p))) continue
      if (!code.includes(`'${k}'`) && !code.includes(`"${k}"`)) unused.push(k)
    }
  assert.deepEqual([...new Set(unused)], [])
})
