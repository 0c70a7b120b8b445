/* The desk's list with many rows: frames, long tasks and the delay of keys while it is scrolled and walked through.
 *   node test/bench/desk-scroll.mjs [rows ...]     LINLI_URL and LINLI_DEMO_USERS name a running demo; prints a table.
 * The rows are the demo's own, said many times over by the page's network (nothing is written): what is measured is the
 * page. Not a test: figures of a busy machine say little. */
import { desk, signInDesk, stop, user } from '../e2e/kit.mjs'

const HOUR = 3_600_000
const counts = process.argv.slice(2).map(Number).filter((n) => n > 0)
const STEPS = 120
const say = (o) => console.log(Object.entries(o).map(([k, v]) => `${k}=${v}`).join('  '))
const at = (list, part) => (list.length ? Math.round([...list].sort((a, b) => a - b)[Math.min(list.length - 1, Math.floor(list.length * part))] * 10) / 10 : 0)

for (const n of counts.length ? counts : [1000, 10000]) {
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
  await p.evaluate(() => {
    window.seen = { long: [], keys: [], frames: [] }
    new PerformanceObserver((l) => l.getEntries().forEach((e) => window.seen.long.push(e.duration))).observe({ entryTypes: ['longtask'] })
    new PerformanceObserver((l) => l.getEntries().forEach((e) => e.name === 'keydown' && window.seen.keys.push(e.processingStart - e.startTime, e.duration))).observe({ type: 'event', durationThreshold: 16 })
    let last = performance.now()
    const tick = (t) => { window.seen.frames.push(t - last); last = t; requestAnimationFrame(tick) }
    requestAnimationFrame(tick)
  })
  const reset = () => p.evaluate(() => Object.values(window.seen).forEach((x) => x.splice(0)))
  const read = () => p.evaluate(() => window.seen)
  const wire = await p.context().newCDPSession(p)
  const where = await p.locator('.queue .scroll').boundingBox()
  await p.mouse.move(where.x + where.width / 2, where.y + where.height / 2)
  await reset()
  for (let i = 0; i < STEPS; i++) await wire.send('Input.dispatchMouseEvent', { type: 'mouseWheel', x: where.x + 200, y: where.y + 200, deltaX: 0, deltaY: (n * 60) / STEPS })
  const wheel = await read()
  await p.focus('[data-grid]')
  await p.keyboard.press('Home')
  await reset()
  for (let i = 0; i < 200; i++) await p.keyboard.press('j')
  const moved = await p.evaluate(() => document.querySelector('tr.on')?.getAttribute('aria-rowindex'))
  const keys = await read()
  const t0 = Date.now()
  await p.keyboard.press('End')
  await p.waitForFunction(() => document.querySelector('tr.on')?.getAttribute('aria-rowindex') === document.querySelector('[data-grid]').getAttribute('aria-rowcount'))
  const end = Date.now() - t0
  const t1 = Date.now()
  await p.keyboard.press('Shift+A')
  await p.waitForSelector('[data-bulkbar]')
  const choose = Date.now() - t1
  const nodes = await p.evaluate(() => document.querySelectorAll('[data-row]').length)
  say({ rows: n, first_row_ms: first, all_rows_ms: all, rows_in_page: nodes, wheel_frames: wheel.frames.length, wheel_frame_p95_ms: at(wheel.frames, 0.95), wheel_frames_over_50ms: wheel.frames.filter((f) => f > 50).length, wheel_long_tasks: wheel.long.length,
    keys_heard: Number(moved) - 2 + ' of 200', key_event_p95_ms: at(keys.keys, 0.95), key_long_tasks: keys.long.length, end_ms: end, choose_all_ms: choose })
  await p.context().close()
}
await stop()
