/* An old list comes in: 5,000 rows of which 37 are wrong. What was recognised, what must be changed and how many, what
 * came of it; and all of it can be taken back. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import test, { after } from 'node:test'
import { api, clean, complaints, desk, signInDesk, stop, until, url, user } from './kit.mjs'
import { csv, gb18030, xlsx } from './sheet.mjs'

after(stop)
const ROWS = 5000
const HEAD = ['工单编号', '登记时间', '反映人', '联系电话', '地址', '反映内容', '类别', '宗教', '办理情况']
const KINDS = ['路灯', '漏水', '道路井盖', '垃圾卫生']
const OPEN_EACH = 100 // every 100th was never settled
const TEXTS = ['楼道灯不亮', '水管接头渗水', '井盖松动', '垃圾没有清走']
/* Row numbers of the list (from 0) and what is wrong there: column, value, what the code says. */
const WRONG = new Map()
const spoil = (n, from, column, value, code) => {
  for (let i = 0; i < n; i++) WRONG.set(from + i * 97, { column, value, code })
}
spoil(10, 3, 5, '', 'required')
spoil(9, 11, 6, '不知道', 'not_one_of')
spoil(7, 20, 1, '上个月', 'wrong_type')
spoil(4, 31, 1, '2099-01-01', 'too_large')
spoil(7, 42, 3, '12', 'too_short')
const line = (i) => {
  const kind = i % KINDS.length
  const r = [`T-${i}`, `2025年${1 + (i % 12)}月${1 + (i % 28)}日 9:30`, `某户${i}`, `1390${String(1_000_000 + i)}`, `${1 + (i % 30)}号楼`, TEXTS[kind] + i, KINDS[kind], '略', i % OPEN_EACH ? '办结' : '未办结']
  const wrong = WRONG.get(i)
  if (wrong) r[wrong.column] = wrong.value
  return r
}
const open = async (d) => {
  await d.goto(url + '/desk/#/queue')
  await d.waitForSelector('[data-kpi=open]')
  await d.waitForTimeout(1_000)
  return Number(await d.textContent('[data-kpi=open] strong'))
}
const n = async (d, name) => Number(await d.textContent(`[data-n=${name}]`))

test('5,000 rows of which 37 are wrong', async () => {
  assert.equal(WRONG.size, 37)
  const d = await desk('zh')
  await signInDesk(d, user('clerk'))
  const before = await open(d)
  assert.ok(before > 0)
  const counts = async () => (await api('/reports/counts', user('dispatcher'))).body.rows.filter((r) => !['closed', 'withdrawn'].includes(r.state))
  const was = await counts()

  // the file has a title over all columns, then two lines of headings, of which the upper one is merged
  const title = ['2025年事项台账', ...HEAD.slice(1).map(() => '')]
  const upper = ['登记', '', '', '', '', '', '', '', '办理']
  const book = xlsx([title, upper, HEAD, ...Array.from({ length: ROWS }, (_, i) => line(i))], ['A1:I1', 'A2:H2'])
  await d.goto(url + '/desk/#/jobs')
  await d.waitForSelector('[data-import]')
  await clean(d, 'jobs')
  await d.setInputFiles('[data-import-file]', { name: '2025年台账.xlsx', mimeType: 'application/octet-stream', buffer: book })
  await d.waitForSelector('[data-sheet]')
  assert.match(await d.textContent('[data-sheet-sum]'), /5000/)
  assert.match(await d.textContent('[data-sheet-sum]'), /XLSX/)
  const mapped = await d.$$eval('[data-column] select', (all) => all.map((s) => s.value))
  assert.deepEqual(mapped, ['external_number', 'original_at', 'caller', 'phone', 'near', 'text', 'category', 'status'])
  assert.equal(await d.locator('[data-refused]').count(), 1, 'the column of belief is not taken, and it says so')
  assert.ok(!(await d.textContent('[data-sheet]')).includes('略'), 'its cells are gone')
  await clean(d, 'columns')

  // the mapping is corrected by the keyboard, and a required field that nobody names holds it up
  await d.focus('[data-column="5"] select')
  await d.selectOption('[data-column="5"] select', '')
  await d.waitForSelector('[data-missing]')
  assert.ok(await d.isDisabled('[data-check]'))
  await d.selectOption('[data-column="5"] select', 'text')
  await d.waitForSelector('[data-missing]', { state: 'detached' })
  await d.selectOption('[data-column="2"] select', '')
  await d.waitForFunction(() => !document.querySelector('[data-check]').disabled)
  await d.focus('[data-check]')
  await d.keyboard.press('Enter')
  await d.waitForSelector('[data-job-view][data-state=checked]', { timeout: 120_000 })
  assert.deepEqual([await n(d, 'rows'), await n(d, 'good'), await n(d, 'bad')], [ROWS, ROWS - 37, 37])
  await d.waitForSelector('[data-fault]')
  assert.equal(await d.locator('[data-fault]').count(), 37)
  const first = 4 // rows above the list in the sheet, and it counts from 1
  for (const [i, w] of WRONG) assert.equal(await d.locator(`[data-fault="${i + first}"] td >> nth=0`).textContent(), HEAD[w.column], 'row ' + i)
  assert.match(await d.textContent(`[data-fault="${11 + first}"]`), /可以写：.*路灯/)
  assert.match(await d.textContent(`[data-fault="${20 + first}"]`), /2026-07-02/)
  assert.match(await d.textContent(`[data-fault="${31 + first}"]`), /晚于/)
  assert.equal(await d.evaluate(() => document.activeElement?.tagName), 'H2', 'the reader stands at the new step')
  await clean(d, 'checked')

  // the good rows come in; whoever closes the page finds it again
  await d.click('[data-start]')
  await d.reload()
  await d.waitForSelector('[data-job-view][data-state=done]', { timeout: 120_000 })
  assert.deepEqual([await n(d, 'done'), await n(d, 'refused')], [ROWS - 37, 37])
  await d.waitForSelector('[data-fault]')
  const [file] = await Promise.all([d.waitForEvent('download'), d.click('[data-download]')])
  const lines = readFileSync(await file.path(), 'utf8').trim().split('\r\n')
  assert.equal(lines.length, 38)
  assert.deepEqual(lines.slice(1).map((l) => Number(l.split(',')[0].replace(/"/g, ''))).sort((a, b) => a - b), [...WRONG.keys()].map((i) => i + first).sort((a, b) => a - b))
  await clean(d, 'done')
  const opened = Array.from({ length: ROWS }, (_, i) => i).filter((i) => i % OPEN_EACH === 0 && !WRONG.has(i)).length
  assert.equal(await open(d), before + opened)

  // taken back: the list is what it was
  await d.goto(url + '/desk/#/jobs')
  await d.locator('[data-job] .open').first().click()
  await d.click('[data-undo]')
  await clean(d, 'sure')
  await d.click('[data-sure]')
  await d.waitForSelector('[data-job-view][data-state=undone]', { timeout: 180_000 })
  assert.deepEqual([await n(d, 'undone'), await n(d, 'kept')], [ROWS - 37, 0])
  await d.click('[data-back]')
  await d.waitForSelector('[data-job]')
  await clean(d, 'jobs with one')
  assert.equal(await open(d), before)
  assert.deepEqual(await counts(), was)

  // the same headings again: as they were set
  await d.goto(url + '/desk/#/jobs')
  await d.waitForSelector('[data-import]')
  await d.setInputFiles('[data-import-file]', { name: '第二次.xlsx', mimeType: 'application/octet-stream', buffer: xlsx([title, upper, HEAD, line(1)], ['A1:I1', 'A2:H2']) })
  await d.waitForSelector('[data-remembered]')
  assert.equal(await d.inputValue('[data-column="2"] select'), '')
  await d.click('[data-drop]')
  await d.click('[data-sure]')
  await d.waitForSelector('[data-import]')
  await d.context().close()
  assert.deepEqual(complaints(), [])
})

test('a CSV of an old office, in Tibetan and in English', async () => {
  for (const [i, lang] of ['bo', 'en'].entries()) {
    const d = await desk(lang, ['status of 4'])
    await signInDesk(d, user('dispatcher'))
    await d.goto(url + '/desk/#/jobs')
    await d.waitForSelector('[data-import]')
    await d.setInputFiles('[data-import-file]', { name: '假.xlsx', mimeType: 'application/octet-stream', buffer: Buffer.from('PK\x03\x04 no') })
    await d.waitForSelector('[data-wrong]')
    const rows = [['日期', '事由', '电话'], ['2026/3/1', '路灯坏了' + i, '13900001234'], ['2026/3/2', '', '13900001235']]
    await d.setInputFiles('[data-import-file]', { name: 'list.csv', mimeType: 'text/csv', buffer: gb18030(csv(rows)) })
    await d.waitForSelector('[data-sheet]')
    assert.match(await d.textContent('[data-sheet-sum]'), /GB18030/)
    if (i === 0) {
      await d.waitForSelector('[data-missing]') // no column says of what kind: one for all rows
      await clean(d, 'something missing ' + lang)
      await d.selectOption('#fix-category', 'light')
      await d.waitForSelector('[data-missing]', { state: 'detached' })
    } else {
      await d.waitForSelector('[data-remembered]') // so was the kind for all rows
      assert.equal(await d.inputValue('#fix-category'), 'light')
    }
    assert.ok((await d.textContent('[data-column="1"] .sample')).includes('路灯坏了'), 'read as it was written')
    await d.waitForFunction(() => !document.querySelector('[data-check]').disabled)
    await d.click('[data-check]')
    await d.waitForSelector('[data-job-view][data-state=checked]')
    assert.deepEqual([await n(d, 'good'), await n(d, 'bad')], [1, 1])
    await clean(d, 'checked ' + lang)
    await d.click('[data-start]')
    await d.waitForSelector('[data-job-view][data-state=done]')
    await until(async () => (await api('/reports?limit=5', user('dispatcher'))).body.rows.some((r) => r.text === '路灯坏了' + i))
    await d.context().close()
  }
  assert.deepEqual(complaints(), [])
})
