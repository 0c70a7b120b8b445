/* How the app looks and is read aloud. Their own table: the first screen does without. */
export const zh = {
  'look.title': '颜色',
  'look.phone': '跟随手机',
  'look.light': '浅色',
  'look.dark': '深色',
  'look.sharp': '高对比',
  'read.aloud': '念给我听',
  'read.stop': '停下',
} as const
export type Key = keyof typeof zh
