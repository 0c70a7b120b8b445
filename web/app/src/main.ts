import { createApp, watch } from 'vue'
import { session, whoami } from '@linli/core/api'
import { find, forgetAnswers, keep } from '@linli/core/store'
import type { Session } from '@linli/core/types'
import { firstLang } from '@linli/i18n/lang'
import '@linli/kit/base.css'
import '@linli/kit/parts.first.css'
import App from './App.vue'
import { loadCommunity, loadMine, loadUnits, lookAsBefore } from './first/state'
import { setLang } from './first/words'

/** Who is signed in stays known without signal. What was read for somebody goes when they do. */
async function rememberMe(): Promise<void> {
  session.value = ((await find('cache', 'session'))?.value as Session | undefined) ?? session.value
  watch(session, async (me, was) => {
    if (was.person && me.person !== was.person) await forgetAnswers()
    await keep('cache', { key: 'session', value: { ...me, csrf: undefined }, at: Date.now() }).catch(() => undefined)
  })
}

const AGAIN_MS = 3_000
/** What comes once the first screen stands; asked for until it is here. */
async function goOn(): Promise<void> {
  try {
    await (await import('./after')).begin()
  } catch {
    setTimeout(() => void goOn(), AGAIN_MS)
  }
}

async function start(): Promise<void> {
  lookAsBefore()
  await rememberMe().catch(() => undefined)
  await setLang(firstLang()).catch(() => setLang('zh'))
  createApp(App).mount('#app')
  void loadCommunity().catch(() => undefined)
  await loadMine()
  void loadUnits()
  await whoami().catch(() => undefined)
  await goOn()
}
void start()
