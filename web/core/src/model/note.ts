/* Words for what is added to a report or to any matter; they come with the first screen that asks or shows it. */
import { computed } from 'vue'
import { words } from '@linli/i18n/lang'
import { zh, type Key } from '@linli/i18n/note.zh'
import type { VoiceWords } from '@linli/kit/LVoice.vue'

const own = words<Key>(zh, { bo: () => import('@linli/i18n/note.bo'), en: () => import('@linli/i18n/note.en') })
own.follow()
export const { t: note, T: Noted } = own
export const voiceWords = computed<VoiceWords>(() => ({
  speak: note('voice.speak'), stop: note('voice.stop'), recording: note('voice.recording'), most: note('voice.most'), again: note('voice.again'),
  cannot: note('voice.cannot'), denied: note('voice.denied'), short: note('voice.short'), play: note('voice.play'), pause: note('voice.pause'), bad: note('voice.bad'),
}))
