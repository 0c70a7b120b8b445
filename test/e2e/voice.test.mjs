/* Said instead of typed: a voice note in a report and in a note, with no signal, and where nothing can be recorded. */
import assert from 'node:assert/strict'
import test, { after } from 'node:test'
import { api, beat, clean, complaints, phone, report, signInPhone, stop, until, url, user } from './kit.mjs'

after(stop)
const LOST = ['ERR_FAILED', 'ERR_INTERNET', 'Failed to load', 'ERR_CONNECTION']
const found = async (text) => (await api('/reports?q=' + encodeURIComponent(text), user('dispatcher'))).body.rows.filter((r) => r.text?.includes(text))
async function speak(p) {
  await p.click('[data-voice-begin]')
  await p.waitForFunction(() => document.querySelector('[role=timer]')?.textContent >= '0:02')
  await p.click('[data-voice-stop]')
  await p.waitForSelector('[data-voice]')
}
const allowed = (p) => p.context().grantPermissions(['microphone', 'geolocation'])

for (const lang of ['zh', 'bo', 'en'])
  test(`a voice note goes along with a report and is heard by staff: ${lang}`, async () => {
    const { at, officer } = await beat()
    const p = await phone(lang, at)
    await allowed(p)
    const text = '说一段 ' + lang + Date.now()
    await report(p, text, false)
    await p.locator('[data-indoors] summary').click()
    await p.fill('#floor', '3')
    await p.fill('#door', '301')
    await p.click('[data-voice-begin]')
    await p.waitForSelector('[role=timer]')
    await clean(p, 'recording ' + lang)
    await p.waitForFunction(() => document.querySelector('[role=timer]')?.textContent >= '0:02')
    await p.click('[data-voice-stop]')
    await p.waitForSelector('[data-voice]')
    await clean(p, 'recorded ' + lang)
    await p.click('[data-voice-drop]')
    assert.equal(await p.locator('[data-voice]').count(), 0)
    await speak(p)
    await until(async () => (await p.locator('[data-voice]').count()) === 1)
    await p.waitForTimeout(600) // kept with the draft
    await p.reload()
    await p.waitForSelector('[data-voice]')
    await p.click('[data-send]')
    await p.waitForSelector('[data-receipt]')
    const [row] = await found(text)
    const v = (await api('/reports/' + row.id, user('dispatcher'))).body
    assert.equal(v.data.voice.length, 1)
    assert.ok(v.data.voice[0].seconds >= 1 && v.data.voice[0].seconds <= 20, JSON.stringify(v.data.voice))
    assert.deepEqual([v.data.floor, v.data.door], ['3', '301'])
    await p.click('[data-follow]') // whoever holds the code hears it, too
    await p.click('[data-voice] button')
    await p.waitForFunction(() => document.querySelector('[data-voice] audio').currentTime > 0)
    await clean(p, 'followed, with a voice ' + lang)

    const o = await phone(lang, at)
    await allowed(o)
    await signInPhone(o, officer)
    await o.goto(url + '/#/t/' + row.id)
    await o.click('[data-voice] button')
    await o.waitForFunction(() => document.querySelector('[data-voice] audio').currentTime > 0)
    await o.click('[data-act=note]')
    await speak(o)
    await o.click('[data-submit]')
    await until(async () => (await api('/reports/' + row.id, officer)).body.timeline.some((h) => h.type === 'report.note' && h.data.voice?.length === 1))
    await o.waitForFunction(() => document.querySelectorAll('[data-voice]').length === 2)
    await clean(o, 'a note that was said ' + lang)
    for (const x of [p, o]) await x.context().close()
  })

test('a voice note waits on the phone for a signal', async () => {
  const p = await phone('zh', (await beat()).at, LOST)
  await allowed(p)
  const text = '没信号也能说 ' + Date.now()
  await report(p, text, false)
  await p.waitForLoadState('networkidle')
  await p.context().setOffline(true)
  await speak(p)
  await p.click('[data-send]')
  await p.waitForSelector('[data-unsent]')
  assert.equal((await found(text)).length, 0)
  await p.context().setOffline(false)
  await p.waitForSelector('[data-receipt]')
  const rows = await found(text)
  assert.equal(rows.length, 1)
  assert.equal((await api('/reports/' + rows[0].id, user('dispatcher'))).body.data.voice.length, 1)
  await p.context().close()
})

test('where the browser cannot record, it says so, and typing works', async () => {
  const p = await phone('en', (await beat()).at)
  await p.addInitScript(() => delete window.MediaRecorder)
  await report(p, 'typed instead ' + Date.now(), false)
  await p.getByText('This browser cannot record').waitFor()
  assert.equal(await p.locator('[data-voice-begin]').count(), 0)
  await clean(p, 'no recorder')
  await p.click('[data-send]')
  await p.waitForSelector('[data-receipt]')
  await p.context().close()
})

test('nothing in these pages complained', () => assert.deepEqual(complaints(), []))
