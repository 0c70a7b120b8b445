import type { Key } from './base.zh'
export const en: Record<Key, string> = {
  'app.name': 'linli',
  'common.loading': 'Opening',
}
