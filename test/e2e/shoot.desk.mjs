/* Every screen of the desk in every look, for shoot.mjs: one picture for each, named LANG-LOOK-SCREEN.png. */
import { api, desk, signInDesk, totp, url, user } from './kit.mjs'
import { csv, gb18030 } from './sheet.mjs'

const OLD = [['登记时间', '反映人', '联系电话', '民族', '反映内容', '类别'], ['2026/3/1', '某户', '13900001234', '略', '楼道灯不亮', '路灯'], ['昨天', '某户', '12', '略', '', '不知道']]
const LOOKS = (process.env.LOOKS ?? 'light,dark,sharp').split(',')
const only = process.env.SCREENS?.split(',')

/** What moves has come to rest, what is asked for has come. */
async function settle(p) {
  await p.evaluate(() => document.fonts.ready)
  await p.waitForFunction(() => !document.querySelector('.spin, .mapcard[data-ready=false], .wallmap[data-ready=false]'), undefined, { timeout: 30_000 }).catch(() => undefined)
  await p.waitForTimeout(500)
}

/* Each screen: who looks, how to come there. */
const picked = async (state) => (await api(`/reports?state=${state}&limit=50`, user('dispatcher'))).body.rows
const at = (page) => (p) => p.goto(`${url}/desk/#/${page}`)
const SCREENS = {
  queue: async (p) => (await at('queue')(p), p.waitForSelector('[data-row]')),
  'queue-none': async (p) => (await p.fill('[data-search]', '查无此事'), p.waitForSelector('.queue .empty, .queue h3')),
  bulk: async (p) => {
    await p.fill('[data-search]', '')
    await p.focus('[data-grid]')
    await p.keyboard.press('Shift+A')
    await p.waitForSelector('[data-bulkbar]')
    await p.keyboard.press('r')
    await p.waitForSelector('[data-bulk-sheet]')
  },
  help: async (p) => (await p.keyboard.press('Escape'), await p.keyboard.press('Escape'), await p.keyboard.press('?'), p.waitForSelector('[data-shortcut]')),
  caller: async (p) => (await p.keyboard.press('Escape'), await p.click('[data-call]'), p.waitForSelector('[data-caller]')),
  take: async (p) => (await p.keyboard.press('Escape'), await p.click('[data-take]'), p.waitForSelector('dialog [data-submit], .sheet [data-submit]')),
  detail: async (p) => {
    await p.keyboard.press('Escape')
    const rows = await picked('collected')
    await at('queue/' + (rows.find((x) => x.photos > 0) ?? rows[0]).id)(p)
    await p.waitForSelector('.detail [data-act]')
  },
  register: async (p) => (await p.click('[data-act=register]'), p.waitForSelector('.detail [data-submit]')),
  dispatch: async (p) => {
    await at('queue/' + (await picked('registered'))[0].id)(p)
    await p.click('[data-act=dispatch]')
    await p.waitForSelector('.detail [data-submit]')
  },
  handled: async (p) => (await at('queue/' + (await picked('closed'))[0].id)(p), p.waitForSelector('.detail [data-state]')),
  map: async (p) => (await at('map')(p), p.waitForSelector('.mapcard[data-ready=true]')),
  heat: async (p) => (await at('heat')(p), await p.selectOption('[data-heat-span]', '365'), p.waitForSelector('[data-heat-place]')),
  'heat-none': async (p) => (await p.selectOption('[data-heat-span]', '7'), await p.fill('[data-heat-last]', await p.getAttribute('[data-heat-last]', 'min')), p.waitForTimeout(900)),
  shift: async (p) => (await at('shift')(p), p.waitForSelector('[data-shift]')),
  'shift-write': async (p) => (await at('shift')(p), await p.click('[data-write]'), p.waitForSelector('[data-note-form]')),
  figures: async (p) => (await at('figures')(p), p.waitForSelector('[data-figure=closed]')),
  'figures-behind': async (p) => (await p.click('[data-figure=closed] [data-n=now]'), p.waitForSelector('[data-year]')),
  charts: async (p) => (await at('figures')(p), await p.click('[data-matters] .x').catch(() => undefined), await p.click('[data-view=charts]'), p.waitForSelector('[data-chart] canvas')),
  'charts-table': async (p) => (await p.click('[data-chart=closed_in_time] [data-table]'), p.waitForSelector('[data-chart=closed_in_time] table')),
  templates: async (p) => (await p.click('[data-view=numbers]'), p.locator('[data-templates]').scrollIntoViewIfNeeded()),
  jobs: async (p) => (await at('jobs')(p), p.waitForSelector('[data-import]')),
  'import-columns': async (p) => {
    await p.setInputFiles('[data-import-file]', { name: '旧台账.csv', mimeType: 'text/csv', buffer: gb18030(csv(OLD)) })
    await p.waitForSelector('[data-sheet]')
  },
  'import-checked': async (p) => (await p.click('[data-check]'), await p.waitForSelector('[data-job-view][data-state=checked]'), p.waitForSelector('[data-fault]')),
  'import-drop': async (p) => (await p.click('[data-drop]'), p.waitForSelector('[data-sure]')),
  systems: async (p) => (await p.click('[data-sure]', { timeout: 1000 }).catch(() => undefined), await at('systems')(p), p.waitForSelector('[data-systems] h2')),
  people: async (p) => (await at('people')(p), p.waitForSelector('tbody tr')),
  residents: async (p) => (await at('people')(p), await p.click('[data-tab=residents]'), p.waitForSelector('[data-person]')),
  person: async (p) => (await p.locator('[data-person] button').first().click(), p.waitForSelector('[data-person-file]')),
  code: async (p) => (await p.keyboard.press('Escape'), await p.locator('[data-person] [data-code]').first().click(), p.waitForSelector('[data-handed]')),
  enrol: async (p) => (await p.keyboard.press('Escape'), await p.click('[data-people-add]'), p.waitForSelector('.sheet [data-submit]')),
  wall: async (p) => (await p.keyboard.press('Escape'), await at('wall')(p), p.waitForSelector('.wallmap[data-ready=true]')),
  'wall-list': async (p) => (await p.click('[data-kpi=open]'), p.waitForSelector('[data-list] [data-matter]')),
}
/* For the mediator alone. */
const MEDIATOR = {
  mediation: async (p) => (await at('mediation')(p), p.waitForSelector('[data-cases] [data-case]')),
  'mediation-case': async (p) => (await p.locator('[data-case]').first().click(), p.waitForSelector('.file h3, .file h2')),
}
async function eachLook(p, dir, lang, name) {
  for (const look of LOOKS) {
    if (name.startsWith('wall')) for (let n = 0; n < 3 && (await p.evaluate(() => localStorage.getItem('linli.wall') || 'dark')) !== look; n++) await p.click('[data-skin]')
    else await p.selectOption('[data-look]', look)
    await settle(p)
    await p.screenshot({ path: `${dir}/${lang}-${look}-${name}.png` })
  }
}
async function screens(p, dir, lang, list) {
  for (const [name, come] of Object.entries(list)) {
    if (only && !only.includes(name.replace(/^admin-.*/, 'admin')) && !only.includes(name)) continue
    try {
      await come(p)
      await eachLook(p, dir, lang, name)
    } catch (e) {
      console.error(`${lang} ${name}: ${e.message.split('\n')[0]}`)
      await p.screenshot({ path: `${dir}/${lang}-failed-${name}.png` })
    }
  }
}
let secret = ''
let step = 0 // a code counts once
/** An administrator signs in with a second step, which is set up the first time. */
async function signInAdmin(p) {
  await p.goto(url + '/desk/')
  await p.fill('#phone', user('admin').phone)
  await p.fill('#password', user('admin').password)
  await p.click('form button.main')
  await p.waitForSelector('[data-secret], #totp')
  secret ||= await p.textContent('[data-secret]')
  step = Math.max(Math.floor(Date.now() / 30_000), step + 1)
  await p.fill('#enrol, #totp', totp(secret, step * 30_000))
  await p.click('form button.main')
  await p.waitForSelector('[data-kpi]')
}
export async function shootDesk(dir, lang) {
  const d = await desk(lang, [''])
  if (!only || only.includes('in'))
    for (const look of LOOKS) {
      await d.goto(url + '/desk/')
      await d.evaluate((l) => localStorage.setItem('linli.look', l), look)
      await d.reload()
      await d.waitForSelector('#phone')
      await settle(d)
      await d.screenshot({ path: `${dir}/${lang}-${look}-in.png` })
    }
  await signInDesk(d, user('dispatcher'))
  await screens(d, dir, lang, SCREENS)
  await d.context().close()
  if (!only || only.some((x) => x in MEDIATOR)) {
    const m = await desk(lang, [''])
    await signInDesk(m, user('mediator'))
    await screens(m, dir, lang, MEDIATOR)
    await m.context().close()
  }
  if (only && !only.includes('admin')) return
  const a = await desk(lang, [''])
  await signInAdmin(a)
  await a.goto(url + '/desk/#/admin')
  await a.waitForSelector('[data-admin] [data-tab]')
  const tabs = await a.locator('[data-admin] [data-tab]').evaluateAll((all) => all.map((x) => x.dataset.tab))
  await screens(a, dir, lang, Object.fromEntries(tabs.map((x) => ['admin-' + x, (p) => p.click(`[data-admin] [data-tab="${x}"]`)])))
  await a.context().close()
}
