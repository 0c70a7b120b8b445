// The web apps on a weak phone: first paint through a slow line and a slow processor, and what Lighthouse says of them.
// Lighthouse and the driver come from npm (package.json here); the browser is Debian's Chromium.
import { execFile, execFileSync } from 'node:child_process'
import { createHash, randomUUID } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { dir, keep, median, row, serve, under } from './world.mjs'

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium'
const FLAGS = ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--lang=zh-CN']
const HERE = `${process.cwd()}/test/bench`
const SLOW = { offline: false, latency: 400, downloadThroughput: 400_000 / 8, uploadThroughput: 400_000 / 8 }
const CPU_SLOWER = 4
const FCP_MS_MAX = 2200

/** Installs what a folder's package-lock.json names, once. */
function install(where = HERE) {
  const lock = createHash('sha256').update(readFileSync(`${where}/package-lock.json`)).digest('hex')
  const stamp = `${where}/node_modules/.lock`
  if (existsSync(stamp) && readFileSync(stamp, 'utf8').trim() === lock) return
  execFileSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: where, stdio: ['ignore', 2, 2] })
  writeFileSync(stamp, lock)
}

/** One report as a resident makes it, so that there is something to follow. */
async function receipt(port) {
  const made = await fetch(`http://127.0.0.1:${port}/api/v1/reports`, { method: 'POST', headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ id: randomUUID(), category: 'leak', language: 'zh', text: '单元门口漏水，地上结了一片水' }) })
  const said = await made.json()
  if (!said.receipt) throw new Error(`report: ${made.status} ${JSON.stringify(said)}`)
  return said.receipt
}

async function firstPaint(browser, url) {
  const context = await browser.createBrowserContext()
  const page = await context.newPage()
  await page.setViewport({ width: 360, height: 740, deviceScaleFactor: 2, isMobile: true, hasTouch: true })
  const cdp = await page.createCDPSession()
  await cdp.send('Network.enable')
  await cdp.send('Network.setCacheDisabled', { cacheDisabled: true })
  await cdp.send('Network.emulateNetworkConditions', SLOW)
  await cdp.send('Emulation.setCPUThrottlingRate', { rate: CPU_SLOWER })
  await page.goto(url, { waitUntil: 'domcontentloaded', timeout: 60_000 })
  await page.waitForSelector('h1[tabindex], #phone', { timeout: 60_000 }) // the screen itself, not what stands for it
  const seen = await page.evaluate(() => ({ fcp: performance.getEntriesByName('first-contentful-paint')[0]?.startTime, screen: performance.now() }))
  await context.close()
  if (!seen.fcp) throw new Error(`${url}: no first contentful paint`)
  return seen
}

async function paints(screens, rounds) {
  const { launch } = await import('puppeteer-core')
  const browser = await launch({ executablePath: CHROMIUM, args: FLAGS })
  try {
    const rows = []
    for (const [name, url] of screens) {
      const took = []
      for (let i = 0; i < rounds; i++) took.push(await firstPaint(browser, url))
      rows.push(under(`first contentful paint, slow: ${name}`, median(took.map((x) => x.fcp)), 'ms', FCP_MS_MAX))
      rows.push(row(`... the screen stands: ${name}`, median(took.map((x) => x.screen)), 'ms'))
    }
    return rows
  } finally {
    await browser.close()
  }
}

const GOALS = { performance: 95, accessibility: 100, 'best-practices': 100 }
async function lighthouses(screens, rounds) {
  const { default: lighthouse } = await import('lighthouse')
  const { launch } = await import('chrome-launcher')
  const rows = []
  for (const [name, url] of screens) {
    const scores = []
    for (let i = 0; i < rounds; i++) {
      const chrome = await launch({ chromePath: CHROMIUM, chromeFlags: FLAGS, logLevel: 'error' })
      const stop = keep(chrome.process)
      const r = await lighthouse(url, { port: chrome.port, logLevel: 'error', output: 'json', onlyCategories: Object.keys(GOALS) })
      await stop()
      const { categories, audits, runtimeError } = r.lhr
      if (runtimeError) throw new Error(`${name}: ${runtimeError.message}`)
      writeFileSync(`${dir}/lighthouse-${name.replace(/\W/g, '-')}.json`, r.report)
      scores.push(Object.fromEntries(Object.keys(GOALS).map((c) => [c, Math.round(categories[c].score * 100)])))
      for (const c of ['accessibility', 'best-practices'])
        for (const a of categories[c].auditRefs.map((x) => audits[x.id]).filter((x) => x.score !== null && x.score < 1 && x.scoreDisplayMode !== 'informative'))
          process.stderr.write(`bench: ${name}: ${c}: ${a.id}: ${a.title}\n`)
    }
    for (const [c, goal] of Object.entries(GOALS)) rows.push(row(`Lighthouse, ${name}: ${c}`, median(scores.map((s) => s[c])), 'of 100', null, null, goal))
  }
  return rows
}

/* The desk's lists, with the driver of the browser tests: every key is heard; how late frames are is said, not judged. */
async function lists(port, counts) {
  const env = { ...process.env, LINLI_URL: `http://127.0.0.1:${port}`, LINLI_DEMO_USERS: `${dir}/web/demo-users.json` }
  const said = await promisify(execFile)(process.execPath, [`${HERE}/desk-scroll.mjs`, '--json', ...counts.map(String)], { env, maxBuffer: 1 << 20 })
  return JSON.parse(said.stdout).flatMap((x) => {
    const name = `desk, ${x.list === 'queue' ? 'queue' : 'list behind a figure'} of ${x.rows.toLocaleString('en')}`
    return [
      row(`${name}: keys heard`, x.keys_heard, 'keys', x.keys_pressed, x.keys_heard / x.keys_pressed, 1),
      row(`... key to picture, 95 %`, x.key_event_p95_ms, 'ms'),
      row(`... frame under the wheel, 95 %`, x.wheel_frame_p95_ms, 'ms'),
      row(`... all rows have come`, x.all_rows_ms, 'ms'),
    ]
  })
}

export async function webFigure(world) {
  install()
  install(`${process.cwd()}/test/e2e`)
  const s = await serve(['--data', `${dir}/web`, '--key', `${dir}/key.web`, '--demo'])
  try {
    const at = (path) => `http://127.0.0.1:${s.port}${path}`
    const screens = [['home', at('/')], ['report', at('/#/report')], ['follow', at(`/#/f/${await receipt(s.port)}`)]]
    const signIn = ['desk sign-in', at('/desk/')]
    return [...(await paints([...screens, signIn], 5)), ...(await lighthouses([...screens, signIn], world.quick ? 1 : 3)), ...(await lists(s.port, [1000, 10_000]))]
  } finally {
    await s.stop()
  }
}
