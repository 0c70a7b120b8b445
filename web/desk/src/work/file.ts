/* Files that the page makes or hands on. */

/** A value that begins like a formula gets an apostrophe: the file is opened in a spreadsheet. */
const cell = (v: string): string => '"' + (/^[=+\-@\t\r]/.test(v) ? "'" + v : v).replace(/"/g, '""') + '"'
/** With the mark that tells spreadsheets it is UTF-8. */
export const csv = (rows: string[][]): Blob => new Blob(['\uFEFF' + rows.map((r) => r.map(cell).join(',')).join('\r\n') + '\r\n'], { type: 'text/csv;charset=utf-8' })
export function save(name: string, file: Blob): void {
  const a = document.createElement('a')
  a.href = URL.createObjectURL(file)
  a.download = name
  a.click()
  setTimeout(() => URL.revokeObjectURL(a.href), 10_000)
}
