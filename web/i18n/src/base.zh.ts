/* The few words that both apps show before anything else has come. */
export const zh = {
  'app.name': '邻里',
  'common.loading': '正在打开',
} as const
export type Key = keyof typeof zh
