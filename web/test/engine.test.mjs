/* What is served runs in the old engines that phones still have, as inside chat programs: Chrome 87 and Safari 14. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import test from 'node:test'
import { parse } from 'acorn'

const dir = new URL('../../build/web/app/', import.meta.url).pathname
const files = (ext) => [...readdirSync(dir + 'assets').filter((f) => f.endsWith(ext)).map((f) => 'assets/' + f), ...(ext === '.js' ? ['sw.js'] : [])]

/* Of ES2021 both have the syntax (??=, figures with _), and of ES2022 the fields of an object alone. */
function newer(code, sourceType) {
  const found = []
  const see = (n) => {
    if (!n || typeof n !== 'object') return
    if (Array.isArray(n)) return n.forEach(see)
    if (n.type === 'StaticBlock' || n.type === 'PrivateIdentifier' || (n.type === 'PropertyDefinition' && n.static)) found.push(n.type)
    if (n.regex && /[dv]/.test(n.regex.flags)) found.push('pattern with ' + n.regex.flags)
    for (const k of Object.keys(n)) if (k !== 'regex') see(n[k])
  }
  see(parse(code, { ecmaVersion: 2022, sourceType, allowAwaitOutsideFunction: false }))
  return found
}
/* Known to the parser and not to Safari 14. */
const NEWER = [
  ['looking behind in a pattern', /\(\?<[=!]/],
  ['.at()', /\.at\(-?\d/],
  ['.replaceAll()', /\.replaceAll\(/],
  ['Array.prototype.findLast', /\.findLast\(/],
  ['structuredClone', /\bstructuredClone\(/],
  ['Object.hasOwn', /Object\.hasOwn\(/],
  ['crypto.randomUUID', /randomUUID/],
  ['Promise.any', /Promise\.any\(/],
  ['AbortSignal.timeout', /AbortSignal\.timeout/],
  ['WeakRef', /new WeakRef\b/],
]
test('scripts hold to what both know of the language, and call nothing that came later', () => {
  const js = files('.js')
  assert.ok(js.length > 30, 'the app was built')
  for (const f of js) {
    const code = readFileSync(dir + f, 'utf8')
    assert.deepEqual(newer(code, f === 'sw.js' ? 'script' : 'module'), [], f)
    for (const [what, how] of NEWER) assert.ok(!how.test(code), `${f}: ${what}`)
  }
})
test('newer syntax would be seen', () => {
  for (const code of ['class A { #x = 1 }', 'class A { static { } }', 'class A { static x = 1 }', '/a/d']) assert.ok(newer(code, 'module').length > 0, code)
  assert.throws(() => newer('/a/v', 'module'))
  assert.deepEqual(newer('a ??= 1; class A { x = 1 }', 'module'), [])
})

/* Newer than the target, and the page stands without it: how lines break, what is chosen by tapping. */
const KIND = ['text-wrap']
test('styles: what the old engines do not know changes no layout', () => {
  const css = files('.css')
  assert.ok(css.length > 10)
  for (const f of css) {
    const code = readFileSync(dir + f, 'utf8')
    for (const m of code.matchAll(/([\w-]+):balance/g)) assert.ok(KIND.includes(m[1]), `${f}: ${m[0]}`)
    for (const [what, how] of [['container queries', /@container/], ['layers', /@layer/], ['nesting', /[{;]\s*&/], ['oklch', /\bok(lch|lab)\(/], ['color-mix', /color-mix\(/], ['subgrid', /\bsubgrid\b/]])
      assert.ok(!how.test(code), `${f}: ${what}`)
    // a height in dvh stands behind the same in vh
    for (const m of code.matchAll(/([\w-]+):[^;{}]*\ddvh/g)) {
      const before = code.slice(code.lastIndexOf('{', m.index), m.index)
      assert.match(before, new RegExp(m[1] + ':[^;]*vh'), `${f}: ${m[0]} without a vh before it`)
    }
  }
})
