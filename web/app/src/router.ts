/* Screens by the part after #: it is never sent to a server, so receipt codes do not reach a log. */
import { shallowRef } from 'vue'

export interface Place { name: string; arg: string; more: string }
function read(): Place {
  const [name = '', arg = '', more = ''] = location.hash.replace(/^#\/?/, '').split('/')
  return { name, arg: decodeURIComponent(arg), more }
}
export const place = shallowRef<Place>(read())
let steps = 0

addEventListener('hashchange', () => {
  place.value = read()
  steps++
})

export const href = (name: string, arg = ''): string => '#/' + name + (arg ? '/' + encodeURIComponent(arg) : '')
export function go(name: string, arg = '', replace = false): void {
  if (replace) {
    history.replaceState(null, '', href(name, arg))
    place.value = read()
  } else location.hash = href(name, arg)
}
export function back(): void {
  if (steps > 0) {
    steps -= 2
    history.back()
  } else go('', '', true)
}
