/* The budgets, in brotli bytes as they go over the wire. */
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import test from 'node:test'

const KB = 1024
const dir = new URL('../../build/web/', import.meta.url).pathname
const wire = (path) => statSync(dir + path + (existsSync(dir + path + '.br') ? '.br' : '')).size
const read = (path) => readFileSync(dir + path, 'utf8')
const name = (app, what, ext) => {
  const all = readdirSync(dir + app + '/assets').filter((f) => f.startsWith(what + '-') && f.endsWith(ext))
  return all.map((f) => `${app}/assets/${f}`)
}
/** These and what they import statically. */
function closure(app, files) {
  const todo = [...files]
  const seen = new Set()
  while (todo.length) {
    const f = todo.pop()
    if (seen.has(f)) continue
    seen.add(f)
    if (f.endsWith('.js')) for (const m of read(f).matchAll(/(?:from|import)"\.\/([^"]+\.js)"/g)) todo.push(`${app}/assets/${m[1]}`)
  }
  return [...seen]
}
/** What index.html itself asks for. */
const entry = (app) => [app + '/index.html', ...closure(app, [...read(app + '/index.html').matchAll(/(?:src|href)="\/((?:app|desk)\/assets\/[^"]+)"/g)].map((m) => m[1]))]
/** ... and what the app fetches as soon as its first screen stands, before any other is opened: the other words and icons,
 * the outbox, the styles of forms. */
const soon = () => [...new Set([...entry('app'), ...closure('app', name('app', 'after', '.js')), ...name('app', 'words', '.css')])]
const sum = (files) => files.reduce((n, f) => n + wire(f), 0)

test('the app: at most 45 KB to the first screen', () => {
  const files = entry('app')
  assert.ok(files.length >= 3, 'page, script and style were found')
  console.log('# app first screen', sum(files))
  assert.ok(sum(files) <= 45 * KB, `first screen is over: ${sum(files)} bytes`)
  const all = soon()
  assert.ok(all.length > files.length + 2)
  console.log('# app with what follows at once', sum(all))
  assert.ok(sum(all) <= 54 * KB, `what follows the first screen is over: ${sum(all)} bytes`)
})

test('the app: each further screen at most 10 KB', () => {
  const first = new Set(soon())
  const vues = (d) => readdirSync(new URL('../app/src/' + d, import.meta.url)).filter((f) => f.endsWith('.vue')).map((f) => f.replace('.vue', ''))
  const screens = [...vues('screens'), ...vues('sample')].filter((s) => s !== 'Home')
  assert.ok(screens.length > 15)
  for (const screen of screens) {
    const js = name('app', screen, '.js')
    assert.equal(js.length, 1, screen + ' is a chunk of its own')
    const files = [...closure('app', js), ...name('app', screen, '.css')].filter((f) => !first.has(f))
    assert.ok(sum(files) <= 10 * KB, `${screen} is over: ${sum(files)} bytes`)
  }
})

test('the app: a language at most 10 KB', () => {
  for (const l of ['app.bo', 'app.en']) assert.ok(sum(name('app', l, '.js')) <= 10 * KB)
})

test('the desk: at most 450 KB with the map and its worker, without the Tibetan face', () => {
  const files = readdirSync(dir + 'desk/assets').filter((f) => /\.(js|css)$/.test(f)).map((f) => 'desk/assets/' + f)
  const all = sum([...files, 'desk/index.html'])
  console.log('# desk', all)
  assert.ok(all > 50 * KB, 'the desk was built')
  assert.ok(all <= 450 * KB, `the desk is over: ${all} bytes`)
})

test('the Tibetan face is asked for only where Tibetan is the page’s language', () => {
  const css = name('app', 'index', '.css').map(read).join('')
  assert.match(css, /tibetan-[\w-]+\.woff2/)
  const users = [...css.matchAll(/([^{}]+)\{[^{}]*--font:\s*"?Linli Tibetan/g)].map((m) => m[1])
  assert.equal(users.length, 1)
  assert.match(users[0], /:root:lang\(bo\)/)
})

test('no other host is named in what is served', () => {
  for (const app of ['app', 'desk'])
    for (const f of entry(app)) {
      const hosts = [...read(f).matchAll(/https?:\/\/([\w.-]+)/g)].map((m) => m[1]).filter((h) => !/^(www\.w3\.org|vuejs\.org)$/.test(h))
      assert.deepEqual(hosts, [], f)
    }
})
