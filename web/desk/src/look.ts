/* Light, dark or sharp (high contrast): as the computer is set, or as chosen in the bar, one choice for both apps. On paper
 * it is always light. The classes on :root are those of the kit's tokens; canvases, which see no class, follow `shade`. */
import { ref } from 'vue'

export type Look = '' | 'light' | 'dark' | 'sharp'
export const LOOKS: readonly Look[] = ['', 'light', 'dark', 'sharp']
const KEEP = 'linli.look'
const dim = matchMedia('(prefers-color-scheme: dark)')
const contrast = matchMedia('(prefers-contrast: more)')
const paper = matchMedia('print')

export function remembered(key: string): string {
  try {
    return localStorage.getItem(key) ?? ''
  } catch {
    return ''
  }
}
export function remember(key: string, value: string): void {
  try {
    localStorage.setItem(key, value)
  } catch {
    /* holds for this visit */
  }
}
export const look = ref<Look>(LOOKS.find((x) => x === remembered(KEEP)) ?? '')
/** What is painted just now. */
export const shade = ref('')

interface Paint { dark: boolean; sharp: boolean }
let own: Paint | null = null
function paint(): void {
  const chosen: Paint = own ?? (look.value ? { dark: look.value === 'dark', sharp: look.value === 'sharp' } : { dark: dim.matches, sharp: contrast.matches })
  const dark = chosen.dark && !paper.matches
  const sharp = chosen.sharp && !paper.matches
  document.documentElement.classList.toggle('dark', dark)
  document.documentElement.classList.toggle('sharp', sharp)
  shade.value = (dark ? 'dark' : 'light') + (sharp ? ' sharp' : '')
}
dim.onchange = contrast.onchange = paper.onchange = paint
paint()
export function setLook(l: Look): void {
  look.value = l
  remember(KEEP, l)
  paint()
}
/** A screen with a look of its own (the wall); null gives it back. */
export function wear(p: Paint | null): void {
  own = p
  paint()
}
/** A token's colour, for what is drawn on a canvas. */
export const colour = (token: string): string => getComputedStyle(document.documentElement).getPropertyValue('--' + token).trim()
