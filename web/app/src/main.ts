import { createApp } from 'vue'
import { signIn, whoami } from '@linli/core/api'
import { onArrived, startOutbox } from '@linli/core/outbox'
import { firstLang } from '@linli/i18n/lang'
import '@linli/kit/base.css'
import '@linli/kit/parts.css'
import App from './App.vue'
import { go } from './router'
import { firstBig, keepMine, loadCategories, loadCommunity, loadMine, say, setBig } from './state'
import { errorWords, setLang } from './words'

/** A QR code from the dispatcher opens the page at #code=...; the code leaves the address bar at once. */
async function enterByCode(): Promise<void> {
  const m = /^#code=([\w-]{4,80})$/.exec(location.hash)
  if (!m) return
  go('', '', true)
  try {
    go((await signIn({ code: m[1]! })) ? 'tasks' : 'in', '', true)
  } catch (e) {
    say(errorWords(e))
    go('in', '', true)
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
  await startOutbox()
}
void start()
