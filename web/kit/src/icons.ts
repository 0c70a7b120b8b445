/* Own icons: 24 px grid, stroke 2.2, round ends. Each is one path. Here stand those of the first screen; the others
 * (icons.more.ts) are added when they have come. */
import { shallowReactive } from 'vue'

const icons = shallowReactive<Record<string, string>>({
  right: 'm9 5 7 7-7 7',
  plus: 'M12 4v16M4 12h16',
  camera: 'M3 8h4l2-3h6l2 3h4v11H3zM12 10a3.5 3.5 0 1 1 0 7 3.5 3.5 0 0 1 0-7',
  phone: 'M5 3h4l2 5-2.5 2a12 12 0 0 0 5.5 5.5l2-2.5 5 2v4a2 2 0 0 1-2 2C10.5 21 3 13.5 3 5a2 2 0 0 1 2-2z',
  person: 'M12 3a4.5 4.5 0 1 1 0 9 4.5 4.5 0 0 1 0-9M4 21c0-4 3.5-6 8-6s8 2 8 6',
  home: 'm3 11 9-8 9 8M6 9v11h12V9M10 20v-6h4v6',
  list: 'M5 3h14v18H5zM9 8h6M9 12h6M9 16h4',
  tasks: 'M9 4h6v3H9zM9 5H5v16h14V5h-4M8.5 14l2.5 2.5 4.5-5',
  eye: 'M2 12c3-5 6-7 10-7s7 2 10 7c-3 5-6 7-10 7s-7-2-10-7zM12 9a3 3 0 1 1 0 6 3 3 0 0 1 0-6',
  type: 'M3 19 9 5l6 14M5 14.5h8M15.5 19l3-7 3 7M16.5 17h4',
  help: 'M12 20.5C5 15.5 3 12 3 8.5A4.7 4.7 0 0 1 12 6.8a4.7 4.7 0 0 1 9 1.7c0 3.5-2 7-9 12z',
})
let whole = false
export function addIcons(more: Record<string, string>): void {
  whole = true
  Object.assign(icons, more)
}
/** Nothing for a name that may yet come; the dots for one that nobody knows. */
export const iconPath = (name: string): string => icons[name] ?? (whole ? icons['other']! : '')
