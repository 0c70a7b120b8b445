/* What a phone needs to put the app on its home screen, and that its colours can be told apart. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import test from 'node:test'

const app = new URL('../app/public/', import.meta.url)
const m = JSON.parse(readFileSync(new URL('manifest.webmanifest', app), 'utf8'))

test('the manifest opens the community that it was asked for below', () => {
  for (const [at, opens] of [['/app/manifest.webmanifest', '/'], ['/c/540102001002/app/manifest.webmanifest', '/c/540102001002/']]) {
    const to = (path) => new URL(path, new URL(at, 'https://linli.example')).pathname
    assert.deepEqual([to(m.start_url), to(m.scope), to(m.id)], [opens, opens, opens])
    assert.ok(m.shortcuts.length > 1)
    for (const s of m.shortcuts) assert.equal(to(s.url), opens)
  }
  for (const x of [m, ...m.shortcuts]) assert.deepEqual(Object.keys(x.name_localized).sort(), ['bo', 'en'])
})

test('the icons are there, and as large as the manifest says', () => {
  const png = m.icons.filter((i) => i.type === 'image/png')
  assert.deepEqual(png.map((i) => `${i.sizes} ${i.purpose}`), ['192x192 any', '512x512 any', '512x512 maskable'])
  for (const i of png) {
    const b = readFileSync(new URL(i.src, app))
    assert.equal(b.toString('latin1', 1, 4), 'PNG')
    assert.equal(`${b.readUInt32BE(16)}x${b.readUInt32BE(20)}`, i.sizes)
  }
})

const css = readFileSync(new URL('../kit/src/tokens.css', import.meta.url), 'utf8')
const block = (name) => Object.fromEntries([...new RegExp(`^${name.replace(/\./g, '\\.')} \\{([^}]*)`, 'm').exec(css)[1].matchAll(/(--[\w-]+): (#[0-9a-f]+)/g)].map((x) => [x[1], x[2]]))
const light = block(':root')
const MODES = {
  light,
  dark: { ...light, ...block(':root.dark') },
  sharp: { ...light, ...block(':root.sharp') },
  'dark sharp': { ...light, ...block(':root.dark'), ...block(':root.sharp'), ...block(':root.dark.sharp') },
}
function brightness(hex) {
  const full = hex.length === 4 ? hex.replace(/[0-9a-f]/g, '$&$&') : hex
  const [r, g, b] = [1, 3, 5].map((i) => parseInt(full.slice(i, i + 2), 16) / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}
const contrast = (a, b) => {
  const [x, y] = [brightness(a), brightness(b)].sort((p, q) => q - p)
  return (x + 0.05) / (y + 0.05)
}
/* WCAG 2.2: 1.4.3 asks 4.5 of text, 1.4.6 asks 7, 1.4.11 asks 3 of the edge of what one presses. */
const PAIRS = [['ink', 'ground'], ['ink', 'card'], ['ink-2', 'ground'], ['ink-2', 'card'], ['ink-2', 'grey-tint'], ['primary-deep', 'card'], ['primary-deep', 'primary-tint'],
  ['on-primary', 'primary'], ['on-primary', 'primary-deep'], ['on-primary', 'blue'], ['on-primary', 'green'], ['on-primary', 'orange'], ['on-primary', 'red'],
  ['amber', 'amber-tint'], ['red', 'red-tint'], ['red', 'card'], ['blue-deep', 'blue-tint'], ['green', 'green-tint'], ['green', 'card']]
for (const [mode, c] of Object.entries(MODES))
  test(`the colours can be told apart: ${mode}`, () => {
    const least = mode.includes('sharp') ? 7 : 4.5
    for (const [a, b] of PAIRS) assert.ok(contrast(c['--' + a], c['--' + b]) >= least, `${a} on ${b}: ${contrast(c['--' + a], c['--' + b]).toFixed(2)}`)
    for (const b of ['card', 'ground']) assert.ok(contrast(c['--line-strong'], c['--' + b]) >= 3, `line-strong on ${b}`)
  })
