/* The browser's own voice. Many phones have none for Tibetan; then there is nothing to press. Voices come late in some
 * browsers, and `voiceschanged` says so. */
const HEADS: Record<string, string[]> = { zh: ['zh', 'cmn'], bo: ['bo'], en: ['en'] }
const able = typeof speechSynthesis !== 'undefined' && typeof SpeechSynthesisUtterance !== 'undefined'

/** A voice for the language, one on this device before one that asks a server. */
export function voiceFor(lang: string): SpeechSynthesisVoice | undefined {
  if (!able) return undefined
  const fits = speechSynthesis.getVoices().filter((v) => HEADS[lang]?.includes(v.lang.toLowerCase().split(/[-_]/)[0]!))
  return fits.find((v) => v.localService) ?? fits[0]
}
/** Calls when the voices may have changed; answers how to stop listening. */
export function onVoices(call: () => void): () => void {
  if (!able) return () => undefined
  speechSynthesis.addEventListener?.('voiceschanged', call)
  return () => speechSynthesis.removeEventListener?.('voiceschanged', call)
}
/** Says it, a little slowly; what was being said stops. */
export function speak(text: string, voice: SpeechSynthesisVoice, done: () => void): void {
  speechSynthesis.cancel()
  const u = new SpeechSynthesisUtterance(text)
  u.voice = voice
  u.lang = voice.lang
  u.rate = 0.9
  u.onend = u.onerror = done
  speechSynthesis.speak(u)
}
export const hush = (): void => void (able && speechSynthesis.cancel())
