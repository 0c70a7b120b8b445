import { createApp, watch } from 'vue'
import { ApiError, session, signIn, whoami } from '@linli/core/api'
import { onArrived, startOutbox } from '@linli/core/outbox'
import { find, forgetAnswers, keep } from '@linli/core/store'
import type { Session } from '@linli/core/types'
import { firstLang } from '@linli/i18n/lang'
import '@linli/kit/base.css'
import { addIcons } from '@linli/kit/icons'
import '@linli/kit/parts.css'
import App from './App.vue'
import { go, place } from './router'
import { firstPlace, keepMine, loadCategories, loadCommunity, loadMine, loadUnits, lookAsBefore, say } from './state'
import { errorWords, setLang, t } from './words'

/** A dispatcher's QR code opens the page at #/in/COMMUNITY.CODE. The part after # is sent to nobody, and the code leaves
 * the address bar at once. */
async function enterByCode(): Promise<void> {
  const code = place.value.name === 'in' ? place.value.arg : ''
  if (!code) return
  go('in', '', true)
  try {
    if (await signIn({ code })) go(await firstPlace(), '', true)
  } catch (e) {
    say(e instanceof ApiError && e.code === 'sign_in_failed' ? t('sign.wrong_code') : errorWords(e))
  }
}

onArrived(async (item, reply) => {
  if (item.kind !== 'report' || !reply.receipt) return
  await keepMine({
    matter: reply.id,
    receipt: reply.receipt,
    number: reply.number,
    category: String(item.body['category'] ?? 'other'),
    text: String(item.body['text'] ?? ''),
    state: reply.state,
    at: item.at,
  })
})

/** Who is signed in stays known without signal. What was read for somebody goes when they do. */
async function rememberMe(): Promise<void> {
  session.value = ((await find('cache', 'session'))?.value as Session | undefined) ?? session.value
  watch(session, async (me, was) => {
    if (was.person && me.person !== was.person) await forgetAnswers()
    await keep('cache', { key: 'session', value: { ...me, csrf: undefined }, at: Date.now() })
  })
}

async function start(): Promise<void> {
  lookAsBefore()
  await rememberMe().catch(() => undefined)
  await setLang(firstLang()).catch(() => setLang('zh'))
  createApp(App).mount('#app')
  void import('@linli/kit/icons.more').then((m) => addIcons(m.more)).catch(() => undefined)
  void loadCommunity().catch(() => undefined)
  void loadCategories()
  await loadMine()
  void loadUnits()
  await whoami().catch(() => undefined)
  await enterByCode()
  watch(place, () => void enterByCode())
  await startOutbox()
  void import('./offline').then((m) => (m.keepGrid(), m.stayOnPhone())).catch(() => undefined)
}
void start()
