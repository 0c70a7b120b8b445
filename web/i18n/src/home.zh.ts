/* The words of the app's first screen; all others (app.zh.ts) come with the second. */
import { zh as base } from './base.zh'
export const zh = {
  ...base,
  'home.report': '反映问题',
  'home.report_sub': '拍张照片就能发，不用登录',
  'home.mine': '我的事',
  'home.mine_sub': '看办到哪一步',
  'home.help': '找人帮忙',
  'home.help_sub': '老人、孩子、急事',
  'home.call': '打电话',
  'home.call_sub': '社区和网格员',
  'home.big': '大字',
  'home.normal': '标准字',
  'home.my_list': '我的事',
  'home.all': '全部',
  'home.hello': '有事就说，看得见办到哪一步',
  'tab.home': '首页',
  'tab.mine': '我的事',
  'tab.report': '反映',
  'tab.call': '电话',
  'tab.me': '我',
  'tab.tasks': '任务',
  'tab.director': '今天',
  'tab.verify': '复核',
  'tab.staff_report': '上报',
  'out.n': '{n} 件没发出去',
} as const
export type Key = keyof typeof zh
