import type { Key } from './take.zh'

export const table: Record<Key, string> = {
  'take': 'Export',
  'how': 'With the filters as they stand; rights and masks are those of the screen',
  'kind': 'File',
  'opened': 'With the words of those who reported',
  'opened_why': 'Whoever reported sees this export in their own log; at most 1,000 rows to a file',
  'go': 'Download',
  'done': '{n} rows in {f} files',
}
