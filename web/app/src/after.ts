/* What the app needs once its first screen stands: the other icons, signing in by a code, what is to be sent, and to stay on
 * the phone. */
import { watch } from 'vue'
import { ApiError } from '@linli/core/api'
import { onArrived, startOutbox } from '@linli/core/outbox'
import { signIn } from '@linli/core/sign'
import { addIcons } from '@linli/kit/icons'
import { more } from '@linli/kit/icons.more'
import { keepGrid, stayOnPhone } from './offline'
import { go, place } from './router'
import { firstPlace, keepMine, say } from './state'
import { errorWords, t } from './words'

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

export async function begin(): Promise<void> {
  addIcons(more)
  await enterByCode()
  watch(place, () => void enterByCode())
  await startOutbox()
  keepGrid()
  await stayOnPhone().catch(() => undefined)
}
