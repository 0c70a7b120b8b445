import { createApp, watch } from 'vue'
import { ApiError, isStaff, signIn, whoami } from '@linli/core/api'
import { onArrived, startOutbox } from '@linli/core/outbox'
import { firstLang } from '@linli/i18n/lang'
import '@linli/kit/base.css'
import '@linli/kit/parts.css'
import App from './App.vue'
import { go, place } from './router'
import { firstBig, keepMine, loadCategories, loadCommunity, loadMine, say, setBig } from './state'
import { errorWords, setLang, t } from './words'

/** A dispatcher's QR code opens the page at #/in/COMMUNITY.CODE. The part after # is sent to nobody, and the code leaves
 * the address bar at once. */
async function enterByCode(): Promise<void> {
  const code = place.value.name === 'in' ? place.value.arg : ''
  if (!code) return
  go('in', '', true)
  try {
    if (await signIn({ code })) go(isStaff() ? 'tasks' : '', '', true)
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

async function start(): Promise<void> {
  setBig(firstBig())
  await setLang(firstLang()).catch(() => setLang('zh'))
  createApp(App).mount('#app')
  void loadCommunity().catch(() => undefined)
  void loadCategories()
  await loadMine()
  await whoami().catch(() => undefined)
  await enterByCode()
  watch(place, () => void enterByCode())
  await startOutbox()
}
void start()
