/* What the browser tests share: a browser, people, photos, axe. */
import assert from 'node:assert/strict'
import { createHash, createHmac, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { createRequire } from 'node:module'
import { chromium } from 'playwright-core'

export const url = (process.env.LINLI_URL ?? 'http://127.0.0.1:8080').replace(/\/$/, '')
const given = process.env.LINLI_DEMO_USERS
assert.ok(given, 'LINLI_DEMO_USERS names the file with the demo people, or is its JSON')
export const users = JSON.parse(given.trimStart().startsWith('[') ? given : readFileSync(given, 'utf8'))
export const user = (role, n = 0) => {
  const u = users.filter((x) => x.role === role)[n]
  assert.ok(u, `the demo has a ${role} who can sign in`)
  return u
}

let browser
export async function start(more = []) {
  browser ??= await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update',
      '--disable-sync', '--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream', '--use-gl=angle', '--use-angle=swiftshader', '--enable-unsafe-swiftshader', ...more],
  })
  return browser
}
export async function stop() {
  await browser?.close()
  browser = undefined
}

const hosts = new Set()
const problems = []
/** Every host that any page asked, and what the pages complained of. */
export const asked = () => [...hosts]
export const complaints = () => problems.splice(0)

/* Without the worker unless a test is about it: what it answers, no route of a test would see. */
async function open(options, lang, expected = []) {
  const context = await (await start()).newContext({ serviceWorkers: 'block', ...options, locale: 'zh-CN', timezoneId: 'Asia/Shanghai' })
  await context.addInitScript((l) => {
    if (!localStorage.getItem('linli.lang')) localStorage.setItem('linli.lang', l)
  }, lang)
  const page = await context.newPage()
  page.setDefaultTimeout(45_000) // a busy machine is not a fault
  page.on('request', (r) => {
    const u = new URL(r.url())
    if (u.protocol.startsWith('http')) hosts.add(u.host)
  })
  page.on('pageerror', (e) => problems.push(e.message))
  page.on('console', (m) => {
    const text = m.text()
    if (m.type() === 'error' && !expected.some((x) => text.includes(x))) problems.push(text)
  })
  return page
}
export const phone = (lang, at, expected, more = {}) =>
  open({ ...more, viewport: { width: 360, height: 740 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true,
    ...(at ? { geolocation: { longitude: at.lon, latitude: at.lat, accuracy: 12 }, permissions: ['geolocation'] } : {}) }, lang, expected)
export const desk = (lang, expected) => open({ viewport: { width: 1440, height: 900 } }, lang, expected)

export async function photo(page) {
  const bytes = await page.evaluate(async () => {
    const c = document.createElement('canvas')
    c.width = 3000
    c.height = 2000
    const g = c.getContext('2d')
    for (let i = 0; i < 400; i++) {
      g.fillStyle = `hsl(${(i * 47) % 360} 40% ${30 + (i % 40)}%)`
      g.fillRect((i * 331) % 3000, (i * 197) % 2000, 240, 180)
    }
    const b = await new Promise((ok) => c.toBlob(ok, 'image/jpeg', 0.9))
    return Array.from(new Uint8Array(await b.arrayBuffer()))
  })
  return { name: 'photo.jpg', mimeType: 'image/jpeg', buffer: Buffer.from(bytes) }
}

/** Asks until it is so. */
export async function until(ask) {
  const end = Date.now() + 45_000
  while (!(await ask())) {
    assert.ok(Date.now() < end, 'it never came: ' + ask)
    await new Promise((ok) => setTimeout(ok, 50))
  }
}

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']
/** No violation, and nothing wider than the screen. */
export async function clean(page, where) {
  // what moves has come to rest, what is drawn has been drawn
  await page.evaluate(() => Promise.all(document.getAnimations().filter((a) => a.effect?.getComputedTiming().endTime !== Infinity).map((a) => a.finished.catch(() => undefined))))
  await page.evaluate(() => new Promise((ok) => requestAnimationFrame(() => requestAnimationFrame(ok))))
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe)
  const found = await page.evaluate((tags) => window.axe.run(document, { runOnly: { type: 'tag', values: tags }, resultTypes: ['violations'] }), TAGS)
  assert.ok(found.passes.length > 5, where + ': axe had something to look at')
  assert.deepEqual(found.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html.slice(0, 160) + ' ' + (n.any[0]?.message ?? '')).join(' | ')}`), [], where)
  const wide = await page.evaluate(() => [document.documentElement, ...document.querySelectorAll('.scroll, .sheet, .body')].filter((e) => e.scrollWidth > e.clientWidth + 1).map((e) => e.className || e.tagName))
  assert.deepEqual(wide, [], where + ': scrolls sideways')
}

const sessions = new Map()
async function sessionOf(who) {
  if (!sessions.has(who.phone)) {
    const body = JSON.stringify({ phone: who.phone, password: who.password })
    const r = await fetch(url + '/api/v1/sessions', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body })
    assert.ok(r.ok, `sign in of ${who.role}: ${r.status}`)
    const said = await r.json()
    sessions.set(who.phone, { person: said.person, Cookie: r.headers.get('set-cookie').split(';')[0], 'X-CSRF-Token': said.csrf })
  }
  return sessions.get(who.phone)
}
export const personOf = async (who) => (await sessionOf(who)).person
export async function api(path, who, body) {
  const { person, ...headers } = who ? await sessionOf(who) : {}
  const init = body ? { method: 'POST', body: JSON.stringify(body), headers: { ...headers, 'Content-Type': 'application/json' } } : { headers }
  const r = await fetch(url + '/api/v1' + path, init)
  return { status: r.status, body: r.status === 204 ? null : await r.json() }
}
/** A PDF, as its bytes. */
export async function paper(path, who) {
  const { person, ...headers } = await sessionOf(who)
  const r = await fetch(url + '/api/v1' + path, { headers })
  const bytes = Buffer.from(await r.arrayBuffer())
  assert.ok(person && r.ok && bytes.subarray(0, 5).toString() === '%PDF-', `${path}: ${r.status} ${bytes.subarray(0, 200)}`)
  return bytes
}
/** A photo for a matter that is made next; answers its upload's id. */
export async function give(who, matter, bytes) {
  const { person, ...headers } = await sessionOf(who)
  const id = uuid()
  assert.ok(person)
  const made = await api('/uploads', who, { id, matter, size: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') })
  assert.equal(made.status, 200, JSON.stringify(made.body))
  for (let i = 0; i < made.body.parts; i++) {
    const part = bytes.subarray(i * made.body.part_bytes, (i + 1) * made.body.part_bytes)
    const r = await fetch(`${url}/api/v1/uploads/${id}/${i}`, { method: 'PUT', body: part, headers: { ...headers, 'Content-Type': 'application/octet-stream' } })
    assert.equal(r.status, 200)
  }
  assert.equal((await api(`/uploads/${id}/finish`, who, {})).status, 200)
  return id
}
/** One action of the loop, by somebody of the demo; answers the new version. */
export async function doIt(matter, name, who, fields, version) {
  const r = await api(`/reports/${matter}/${name}`, who, { id: uuid(), version, ...fields })
  assert.equal(r.status, 200, `${name}: ${JSON.stringify(r.body)}`)
  return r.body.version
}
export function uuid() {
  const b = randomBytes(16)
  b.writeUIntBE(Date.now(), 0, 6)
  b[6] = (b[6] & 0x0f) | 0x70
  b[8] = (b[8] & 0x3f) | 0x80
  return b.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}

/** RFC 6238, with the six digits that authenticator apps show. */
export function totp(secret, at) {
  const bits = [...secret.replace(/\s/g, '')].map((c) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0')).join('')
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((b) => parseInt(b, 2)))
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(Math.floor(at / 30_000)))
  const h = createHmac('sha1', key).update(counter).digest()
  return String((h.readUInt32BE(h[19] & 15) & 0x7fffffff) % 1_000_000).padStart(6, '0')
}

/** Who needs a second factor, with it: enrolled here, and shown. For what an administrator sets up before a test. */
export async function withSecond(who) {
  const begun = await api('/totp', who, {})
  assert.ok(begun.body.secret, `no second factor: ${begun.status}`)
  const step = 30_000
  const at = Math.floor(Date.now() / step) * step
  const done = await api('/totp', who, { code: totp(begun.body.secret, at) })
  assert.ok(done.status < 300, JSON.stringify(done.body))
  const shown = await api('/sessions/totp', who, { code: totp(begun.body.secret, at + step) })
  assert.ok(shown.status < 300, JSON.stringify(shown.body))
}

/** A place inside the grid of an officer who can sign in. */
export async function beat() {
  const grids = (await api('/grids')).body.features
  for (const officer of users.filter((u) => u.role === 'officer')) {
    const g = grids.find((x) => x.properties.officers.some((o) => o.name === officer.name && !o.backup))
    if (!g) continue
    const ring = g.geometry.coordinates[0].slice(0, -1)
    const mid = (i) => ring.reduce((s, c) => s + c[i], 0) / ring.length
    return { officer, grid: g.properties, at: { lon: mid(0), lat: mid(1) } }
  }
  throw new Error('no grid of an officer who can sign in')
}
export async function signInPhone(page, who, base = url) {
  await page.goto(base + '/#/in')
  await page.fill('#phone', who.phone)
  await page.fill('#password', who.password)
  await page.click('form button.main')
  await page.waitForFunction(() => !location.hash.startsWith('#/in'))
}
export async function signInDesk(page, who) {
  await page.goto(url + '/desk/')
  await page.fill('#phone', who.phone)
  await page.fill('#password', who.password)
  await page.click('form button.main')
  await page.waitForSelector('[data-kpi]')
}
/** Fills the report and presses send. */
export async function report(page, text, withPhoto = true) {
  await page.goto(url + '/#/report')
  await page.waitForFunction(() => document.querySelector('[data-place]')?.getAttribute('data-grid'))
  if (withPhoto) {
    await page.setInputFiles('[data-photo]', await photo(page))
    await page.waitForSelector('.shots img')
  }
  await page.fill('#text', text)
}

/** The server behind a line of its own, so that a test can cut it: for the page it is as if the server had stopped. */
export async function line() {
  const there = new URL(url)
  const open = new Set()
  let up
  const serve = (port) =>
    new Promise((ok) => {
      up = createServer((a) => {
        const b = connect(Number(there.port), there.hostname)
        for (const [x, y] of [[a, b], [b, a]]) {
          open.add(x)
          x.on('error', () => y.destroy()).on('close', () => (open.delete(x), y.destroy())).pipe(y)
        }
      }).listen(port, '127.0.0.1', () => ok(up.address().port))
    })
  const port = await serve(0)
  const cut = () => new Promise((ok) => (up.close(ok), open.forEach((s) => s.destroy())))
  return { url: `http://127.0.0.1:${port}`, cut, mend: () => serve(port) }
}
