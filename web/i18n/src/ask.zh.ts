/* Words around a category's own questions; the questions bring their own. */
export const zh = {
  'ask.me_too': '我也遇到了',
  'ask.metres': '离这里约 {n} 米',
  'ask.same': '同一类事',
  'ask.words': '都说到“{w}”',
  'ask.joined': '另有 {n} 人也遇到',
  'ask.opt': '可以不填',
  'ask.more': '再说几句',
  'ask.choose': '请选择',
  'ask.yes': '是',
  'ask.no': '否',
  'ask.title': '问您几句',
  'ask.required': '这一项要填',
} as const
export type Key = keyof typeof zh
