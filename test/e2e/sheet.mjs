/* Spreadsheets as offices make them, for tests: an xlsx with a title over all columns, GB18030. */
import { deflateRawSync } from 'node:zlib'

const TABLE = Array.from({ length: 256 }, (_, n) => {
  for (let k = 0; k < 8; k++) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1
  return n >>> 0
})
export const crc32 = (b) => {
  let c = ~0
  for (const x of b) c = TABLE[(c ^ x) & 255] ^ (c >>> 8)
  return ~c >>> 0
}
/** A zip of {name: text}, deflated; times are those of 1 January 1980. */
export function zip(members) {
  const files = []
  const central = []
  let at = 0
  for (const [name, text] of Object.entries(members)) {
    const raw = Buffer.from(text)
    const packed = deflateRawSync(raw)
    const path = Buffer.from(name)
    const head = Buffer.alloc(30)
    head.writeUInt32LE(0x04034b50, 0)
    head.writeUInt16LE(20, 4)
    head.writeUInt16LE(8, 8)
    head.writeUInt32LE(0x00210000, 10)
    head.writeUInt32LE(crc32(raw), 14)
    head.writeUInt32LE(packed.length, 18)
    head.writeUInt32LE(raw.length, 22)
    head.writeUInt16LE(path.length, 26)
    const entry = Buffer.alloc(46)
    entry.writeUInt32LE(0x02014b50, 0)
    entry.writeUInt16LE(20, 4)
    head.copy(entry, 6, 4, 30)
    entry.writeUInt32LE(at, 42)
    files.push(head, path, packed)
    central.push(entry, path)
    at += head.length + path.length + packed.length
  }
  const directory = Buffer.concat(central)
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(Object.keys(members).length, 8)
  end.writeUInt16LE(Object.keys(members).length, 10)
  end.writeUInt32LE(directory.length, 12)
  end.writeUInt32LE(at, 16)
  return Buffer.concat([...files, directory, end])
}

const column = (i) => String.fromCharCode(65 + i)
const text = (s) => String(s).replace(/[&<>]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[c])
/** rows: lists of texts; merges: like "A1:H1". */
export function xlsx(rows, merges = []) {
  const line = (r, i) => `<row r="${i + 1}">${r.map((v, c) => (v === '' || v === undefined ? '' : `<c r="${column(c)}${i + 1}" t="inlineStr"><is><t xml:space="preserve">${text(v)}</t></is></c>`)).join('')}</row>`
  const xml = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
  const main = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main'
  const office = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'
  const packages = 'http://schemas.openxmlformats.org/package/2006'
  return zip({
    '[Content_Types].xml': `${xml}<Types xmlns="${packages}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>`,
    '_rels/.rels': `${xml}<Relationships xmlns="${packages}/relationships"><Relationship Id="rId1" Type="${office}/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
    'xl/workbook.xml': `${xml}<workbook xmlns="${main}" xmlns:r="${office}"><sheets><sheet name="1" sheetId="1" r:id="rId1"/></sheets></workbook>`,
    'xl/_rels/workbook.xml.rels': `${xml}<Relationships xmlns="${packages}/relationships"><Relationship Id="rId1" Type="${office}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`,
    'xl/worksheets/sheet1.xml': `${xml}<worksheet xmlns="${main}"><sheetData>${rows.map(line).join('')}</sheetData>${merges.length ? `<mergeCells count="${merges.length}">${merges.map((m) => `<mergeCell ref="${m}"/>`).join('')}</mergeCells>` : ''}</worksheet>`,
  })
}

let codes
/** GB18030, as far as its two-byte part goes. */
export function gb18030(s) {
  if (!codes) {
    codes = new Map()
    const read = new TextDecoder('gb18030')
    for (let a = 0x81; a <= 0xfe; a++)
      for (let b = 0x40; b <= 0xfe; b++) if (b !== 0x7f) codes.set(read.decode(Uint8Array.of(a, b)), [a, b])
  }
  return Buffer.from([...s].flatMap((c) => (c < '\x80' ? [c.charCodeAt(0)] : (codes.get(c) ?? [0x3f]))))
}
export const csv = (rows) => rows.map((r) => r.join(',')).join('\r\n') + '\r\n'
