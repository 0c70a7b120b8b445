/* How a due time was computed, in words. */
export const zh = {
  'why.from': '从 {t} 起算，{n} {unit}',
  'unit.hours': '小时',
  'unit.working_hours': '个工作小时',
  'unit.working_days': '个工作日',
  'unit.calendar_days': '日',
  'why.weekend': '周末不算，{n} 天：{days}',
  'why.holiday': '放假不算，{n} 天：{days}',
  'why.makeup': '调休上班，照算：{days}',
  'why.more': '还有 {n} 天没有列出',
  'why.pause_days': '{a} 到 {b} 暂停，往后顺延 {n} 个工作日',
  'why.pause_ms': '{a} 到 {b} 暂停，往后顺延 {t}',
  'why.extended': '{at} 同意延期：从 {a} 延到 {b}',
  'why.uncovered': '{d} 起的节假日还没有录入，只按周末算',
  'why.due': '所以应在 {t} 前办结',
  'why.why': '这个时限怎么算的',
  'span.min': '{n} 分钟',
  'span.hour': '{n} 小时',
  'span.day': '{n} 天',
} as const
export type Key = keyof typeof zh
