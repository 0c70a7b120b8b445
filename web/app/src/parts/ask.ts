/* Words around a category's own questions: they come with the first screen that asks or shows them. */
import { computed } from 'vue'
import { zh, type Key } from '@linli/i18n/ask.zh'
import { words } from '@linli/i18n/lang'

const own = words<Key>(zh, { bo: () => import('@linli/i18n/ask.bo'), en: () => import('@linli/i18n/ask.en') })
own.follow()
export const { t: ask, T: Asked } = own
export const asking = computed(() => ({ optional: ask('ask.opt'), more: ask('ask.more'), choose: ask('ask.choose'), yes: ask('ask.yes'), no: ask('ask.no') }))
