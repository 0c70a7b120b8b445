import type { Key } from './home.zh'
import { en as base } from './base.en'
export const table: Record<Key, string> = {
  ...base,
  'home.report': 'Report',
  'home.report_sub': 'A photo is enough. No sign-in',
  'home.mine': 'My matters',
  'home.mine_sub': 'See how far they are',
  'home.help': 'Get help',
  'home.help_sub': 'Elderly, children, urgent',
  'home.call': 'Call',
  'home.call_sub': 'Community and officers',
  'home.big': 'Big type',
  'home.normal': 'Normal type',
  'home.my_list': 'My matters',
  'home.all': 'All',
  'home.hello': 'Say what is wrong, and see how far it is',
  'tab.home': 'Home',
  'tab.mine': 'Mine',
  'tab.report': 'Report',
  'tab.call': 'Call',
  'tab.me': 'Me',
  'tab.tasks': 'Tasks',
  'tab.director': 'Today',
  'tab.verify': 'Verify',
  'tab.staff_report': 'Report',
  'out.n': '{n} not sent',
}
export const reviewed = Object.keys(table) as Key[]
