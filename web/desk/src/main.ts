import { createApp } from 'vue'
import { whoami } from '@linli/core/api'
import { firstLang } from '@linli/i18n/lang'
import '@linli/kit/base.css'
import { addIcons } from '@linli/kit/icons'
import { more } from '@linli/kit/icons.more'
import '@linli/kit/parts.css'
import './desk.css'
import App from './App.vue'
import './look'
import { setLang } from './words'

addIcons(more)
async function start(): Promise<void> {
  await setLang(firstLang()).catch(() => setLang('zh'))
  await whoami().catch(() => undefined)
  createApp(App).mount('#app')
}
void start()
