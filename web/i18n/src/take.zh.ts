/* Words for taking a list along. */
export const zh = {
  'take': '导出',
  'how': '按现在的筛选导出，权限和打码与屏幕上一样',
  'kind': '文件',
  'opened': '连同反映的原话',
  'opened_why': '每件事的反映人会在自己的查看记录里看到这次导出，每个文件最多 1000 行',
  'go': '下载',
  'done': '已下载 {n} 行，{f} 个文件',
} as const
export type Key = keyof typeof zh
