/* Words for what is shown to others; they come with their screens. And the ways to hand a text on. */
import { root } from '@linli/core/api'
import { words } from '@linli/i18n/lang'
import { zh, type Key } from '@linli/i18n/share.zh'
import { href } from '../router'
import { community } from '../state'

const own = words<Key>(zh, { bo: () => import('@linli/i18n/share.bo'), en: () => import('@linli/i18n/share.en') })
own.follow()
export const { t: share, T: Share } = own

/** The address of a screen for another phone: it names the community, and what follows # is sent to no server. */
export const link = (name: string, arg: string): string =>
  location.origin + (root || (community.value ? '/c/' + community.value.code : '')) + '/' + href(name, arg)

/** False where the page may not write there, as without TLS or in some chat programs: then it is copied by hand. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    const area = document.createElement('textarea')
    area.value = text
    area.readOnly = true
    area.style.position = 'fixed'
    document.body.append(area)
    area.select()
    const done = document.execCommand('copy')
    area.remove()
    return done
  }
}
