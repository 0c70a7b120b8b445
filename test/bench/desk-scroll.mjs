/* The desk's lists with many rows: frames, long tasks and the delay of keys while they are scrolled and walked through; the
 * queue, and the list behind a figure.
 *   node test/bench/desk-scroll.mjs [--json] [rows ...]   LINLI_URL and LINLI_DEMO_USERS name a running demo; prints a line
 * for each (or, for bench web, JSON).
 * The rows are the demo's own, said many times over by the page's network (nothing is written): what is measured is the
 * page. Not a test: figures of a busy machine say little. */
import { desk, signInDesk, stop, user } from '../e2e/kit.mjs'

const HOUR = 3_600_000
const counts = process.argv.slice(2).map(Number).filter((n) => n > 0)
const json = process.argv.includes('--json')
const told = []
const STEPS = 120
const say = (o) => (json ? told.push(o) : console.log(Object.entries(o).map(([k, v]) => `${k}=${v}`).join('  ')))
/* What the page sees of itself: long tasks, keys and clicks (to when they are dealt with, and to the next picture), frames. */
const watch = (p) =>
  p.evaluate(() => {
    window.seen = { long: [], keys: [], frames: [] }
    new PerformanceObserver((l) => l.getEntries().forEach((e) => window.seen.long.push(e.duration))).observe({ entryTypes: ['longtask'] })
    new PerformanceObserver((l) => l.getEntries().forEach((e) => e.name === 'keydown' && window.seen.keys.push(e.processingStart - e.startTime, e.duration))).observe({ type: 'event', durationThreshold: 16 })
    let last = performance.now()
    const tick = (t) => { window.seen.frames.push(t - last); last = t; requestAnimationFrame(tick) }
    requestAnimationFrame(tick)
  })
const reset = (p) => p.evaluate(() => Object.values(window.seen).forEach((x) => x.splice(0)))
const read = (p) => p.evaluate(() => window.seen)
async function wheel(p, selector, px) {
  const wire = await p.context().newCDPSession(p)
  const where = await p.locator(selector).boundingBox()
  const at = { x: where.x + where.width / 2, y: where.y + where.height / 2 }
  await p.mouse.move(at.x, at.y)
  await reset(p)
  for (let i = 0; i < STEPS; i++) await wire.send('Input.dispatchMouseEvent', { type: 'mouseWheel', ...at, deltaX: 0, deltaY: px / STEPS })
  return read(p)
}
const at = (list, part) => (list.length ? Math.round([...list].sort((a, b) => a - b)[Math.min(list.length - 1, Math.floor(list.length * part))] * 10) / 10 : 0)

async function queue(n) {
  const p = await desk('zh', [''])
  let base
  await p.route('**/api/v1/reports/queue?**', async (r) => {
    const u = new URL(r.request().url())
    if (!base) base = (await (await r.fetch()).json()).rows
    const from = Number(u.searchParams.get('after') ?? 0), limit = Number(u.searchParams.get('limit'))
    const rows = Array.from({ length: Math.max(0, Math.min(limit, n - from)) }, (_, i) => {
      const k = from + i, of = base[k % base.length]
      return { ...of, id: of.id.slice(0, 24) + String(k).padStart(12, '0'), number: 10_000 + k, due_at: Date.now() + (k - n / 8) * (HOUR / 20) }
    })
    await r.fulfill({ json: { rows, next: from + rows.length < n ? String(from + rows.length) : null } })
  })
  const began = Date.now()
  await signInDesk(p, user('dispatcher'))
  await p.waitForSelector('[data-row]')
  const first = Date.now() - began
  await p.waitForFunction((x) => Number(document.querySelector('[data-grid]')?.getAttribute('aria-rowcount')) > x, n, { timeout: 60_000 })
  const all = Date.now() - began
  await p.waitForTimeout(4000) // the map comes to rest
  await watch(p)
  const rolled = await wheel(p, '.queue .scroll', n * 60)
  await p.focus('[data-grid]')
  await p.keyboard.press('Home')
  await reset(p)
  for (let i = 0; i < 200; i++) await p.keyboard.press('j')
  const moved = await p.evaluate(() => document.querySelector('tr.on')?.getAttribute('aria-rowindex'))
  const keys = await read(p)
  const t0 = Date.now()
  await p.keyboard.press('End')
  await p.waitForFunction(() => document.querySelector('tr.on')?.getAttribute('aria-rowindex') === document.querySelector('[data-grid]').getAttribute('aria-rowcount'))
  const end = Date.now() - t0
  const t1 = Date.now()
  await p.keyboard.press('Shift+A')
  await p.waitForSelector('[data-bulkbar]')
  const choose = Date.now() - t1
  const nodes = await p.evaluate(() => document.querySelectorAll('[data-row]').length)
  say({ list: 'queue', rows: n, first_row_ms: first, all_rows_ms: all, rows_in_page: nodes, wheel_frames: rolled.frames.length, wheel_frame_p95_ms: at(rolled.frames, 0.95), wheel_frames_over_50ms: rolled.frames.filter((f) => f > 50).length, wheel_long_tasks: rolled.long.length,
    keys_heard: Number(moved) - 2, keys_pressed: 200, key_event_p95_ms: at(keys.keys, 0.95), key_long_tasks: keys.long.length, end_ms: end, choose_all_ms: choose })
  await p.context().close()
}
/* The list behind a figure: it goes on by itself as one scrolls to its end, a page of a hundred at a time. */
async function behind(n) {
  const p = await desk('zh', [''])
  let base
  await p.route('**/api/v1/figures/*/matters?**', async (r) => {
    const u = new URL(r.request().url())
    base ??= (await (await r.fetch()).json()).rows
    const from = Number(u.searchParams.get('after') ?? 0), limit = Number(u.searchParams.get('limit'))
    const rows = Array.from({ length: Math.max(0, Math.min(limit, n - from)) }, (_, i) => ({ ...base[(from + i) % base.length], id: base[(from + i) % base.length].id.slice(0, 24) + String(from + i).padStart(12, '0'), number: 10_000 + from + i }))
    await r.fulfill({ json: { rows, next: from + rows.length < n ? String(from + rows.length) : null } })
  })
  await signInDesk(p, user('dispatcher'))
  await p.goto(p.url().replace(/#.*/, '') + '#/figures')
  await p.click('[data-figure=closed] [data-n=now]')
  await p.waitForSelector('[data-list] [data-matter]')
  await p.waitForTimeout(2000)
  await watch(p)
  const box = '[data-matters] .scroll'
  const began = Date.now()
  const rows = () => p.evaluate(() => Number(document.querySelector('[data-list]').dataset.rows))
  await reset(p)
  while ((await rows()) < n) {
    const had = await rows()
    await p.evaluate((b) => (document.querySelector(b).scrollTop = 1e9), box)
    await p.waitForFunction((x) => Number(document.querySelector('[data-list]').dataset.rows) > x, had, { timeout: 30_000 })
  }
  const all = Date.now() - began
  const coming = await read(p)
  await p.evaluate((b) => (document.querySelector(b).scrollTop = 0), box)
  const rolled = await wheel(p, box, n * 48)
  await p.evaluate((b) => (document.querySelector(b).scrollTop = 0), box)
  await p.waitForSelector('[data-list] [aria-posinset="1"]')
  await p.focus('[data-list] [aria-posinset="1"] a')
  await reset(p)
  for (let i = 0; i < 100; i++) await p.keyboard.press('Tab')
  const stands = await p.evaluate(() => Number(document.activeElement.closest('[data-matter]')?.getAttribute('aria-posinset')) - 1)
  const inPage = await p.evaluate(() => document.querySelectorAll('[data-list] [data-matter]').length)
  const keys = await read(p)
  const t0 = Date.now()
  await p.keyboard.press('Escape')
  await p.waitForFunction(() => !document.querySelector('[data-matters]'))
  say({ list: 'behind', rows: n, rows_in_page: inPage, all_rows_ms: all, long_tasks_coming: coming.long.length, wheel_frame_p95_ms: at(rolled.frames, 0.95), wheel_frames_over_50ms: rolled.frames.filter((f) => f > 50).length, wheel_long_tasks: rolled.long.length,
    keys_heard: stands, keys_pressed: 100, key_event_p95_ms: at(keys.keys, 0.95), closed_ms: Date.now() - t0 })
  await p.context().close()
}
for (const n of counts.length ? counts : [1000, 10000]) await queue(n)
await behind(Math.max(...(counts.length ? counts : [10000])))
await stop()
if (json) console.log(JSON.stringify(told))
