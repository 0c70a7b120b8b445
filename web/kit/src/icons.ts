/* Own icons: 24 px grid, stroke 2.2, round ends. Each is one path. Here stand those of the first screen and of what a
 * report is about; the others (icons.more.ts) are added when they have come. */
import { shallowReactive } from 'vue'

const icons = shallowReactive<Record<string, string>>({
  back: 'M15 4 7 12l8 8',
  right: 'm9 5 7 7-7 7',
  close: 'M5 5l14 14M19 5 5 19',
  plus: 'M12 4v16M4 12h16',
  check: 'm4 13 5 5L20 6',
  camera: 'M3 8h4l2-3h6l2 3h4v11H3zM12 10a3.5 3.5 0 1 1 0 7 3.5 3.5 0 0 1 0-7',
  pin: 'M12 21c5-6 7-8.5 7-12a7 7 0 0 0-14 0c0 3.5 2 6 7 12zM12 6.5a2.5 2.5 0 1 1 0 5 2.5 2.5 0 0 1 0-5',
  phone: 'M5 3h4l2 5-2.5 2a12 12 0 0 0 5.5 5.5l2-2.5 5 2v4a2 2 0 0 1-2 2C10.5 21 3 13.5 3 5a2 2 0 0 1 2-2z',
  person: 'M12 3a4.5 4.5 0 1 1 0 9 4.5 4.5 0 0 1 0-9M4 21c0-4 3.5-6 8-6s8 2 8 6',
  home: 'm3 11 9-8 9 8M6 9v11h12V9M10 20v-6h4v6',
  list: 'M5 3h14v18H5zM9 8h6M9 12h6M9 16h4',
  tasks: 'M9 4h6v3H9zM9 5H5v16h14V5h-4M8.5 14l2.5 2.5 4.5-5',
  eye: 'M2 12c3-5 6-7 10-7s7 2 10 7c-3 5-6 7-10 7s-7-2-10-7zM12 9a3 3 0 1 1 0 6 3 3 0 0 1 0-6',
  clock: 'M12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18M12 7v5.5l3.5 2',
  warn: 'M12 3 2 20h20zM12 10v4.5M12 17.3v.01',
  nosignal: 'M2 9c6-5.5 14-5.5 20 0M5.5 13c4-3.5 9-3.5 13 0M9 17c2-1.5 4-1.5 6 0M4 3l16 18',
  type: 'M3 19 9 5l6 14M5 14.5h8M15.5 19l3-7 3 7M16.5 17h4',
  bell: 'M6 17V11a6 6 0 0 1 12 0v6l2 2H4zM10 21h4',
  flood: 'M2 15c2-1.8 3.5-1.8 5 0s3.5 1.8 5 0 3.5-1.8 5 0 3.5 1.8 5 0M2 20c2-1.8 3.5-1.8 5 0s3.5 1.8 5 0 3.5-1.8 5 0 3.5 1.8 5 0M7 10.5 12 3l5 7.5z',
  leak: 'M12 3c4 5 6 7.5 6 11a6 6 0 0 1-12 0c0-3.5 2-6 6-11zM9.5 14.5a2.5 2.5 0 0 0 2.5 2.5',
  light: 'M9 17c0-2.5-3.5-4-3.5-8a6.5 6.5 0 0 1 13 0c0 4-3.5 5.5-3.5 8zM9.5 21h5',
  road: 'M8 3 4 21M16 3l4 18M12 4v3M12 10.5v3M12 17v3',
  quarrel: 'M3 4h12v8H9l-3.5 3V12H3zM18 8h3v9h-2.5v3.5L15 17h-4v-2',
  rubbish: 'M4 6h16M9 6V3h6v3M6 6l1 15h10l1-15M10 10.5v6M14 10.5v6',
  help: 'M12 20.5C5 15.5 3 12 3 8.5A4.7 4.7 0 0 1 12 6.8a4.7 4.7 0 0 1 9 1.7c0 3.5-2 7-9 12z',
  other: 'M5 12v.01M12 12v.01M19 12v.01',
})
let whole = false
export function addIcons(more: Record<string, string>): void {
  whole = true
  Object.assign(icons, more)
}
/** Nothing for a name that may yet come; the dots for one that nobody knows. */
export const iconPath = (name: string): string => icons[name] ?? (whole ? icons['other']! : '')
