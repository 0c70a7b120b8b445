/* What a person has set at this desk, kept in the browser. */
import { ref, watch } from 'vue'

export function preferred(name: string): string {
  try {
    return localStorage.getItem('linli.' + name) ?? ''
  } catch {
    return ''
  }
}
export function prefer(name: string, value: string): void {
  try {
    localStorage.setItem('linli.' + name, value)
  } catch {
    /* holds for this visit */
  }
}
/** The sheet of keys is open. */
export const helping = ref(false)
/** Single keys act. Whoever speaks to the computer, or hits keys by accident, switches them off (WCAG 2.1.4). */
export const keysOn = ref(preferred('keys') !== 'off')
watch(keysOn, (on) => prefer('keys', on ? 'on' : 'off'))
