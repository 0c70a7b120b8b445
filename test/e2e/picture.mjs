/* Small pictures: sixteen steps a channel, which no eye misses in a screen, and a palette where its colours fit into one. */
import { deflateSync } from 'node:zlib'
import { PNG } from 'pngjs'
import { crc32 } from './sheet.mjs'

/** Takes a PNG's bytes; what both sides of a comparison go through. */
export function coarse(bytes) {
  const png = PNG.sync.read(bytes)
  for (let i = 0; i < png.data.length; i++) png.data[i] = (png.data[i] >> 4) * 17
  return png
}
function chunk(name, body) {
  const out = Buffer.alloc(body.length + 12)
  out.writeUInt32BE(body.length, 0)
  out.write(name, 4, 'latin1')
  body.copy(out, 8)
  out.writeUInt32BE(crc32(out.subarray(4, body.length + 8)), body.length + 8)
  return out
}
/** PNG (ISO/IEC 15948): signature, IHDR, PLTE, IDAT, IEND. */
export function packed(png) {
  const { width, height, data } = png
  const palette = new Map()
  const rows = Buffer.alloc((width + 1) * height) // a row's first byte is its filter: none
  for (let y = 0, i = 0; y < height; y++)
    for (let x = 0; x < width; x++, i += 4) {
      const colour = data.readUIntBE(i, 3)
      if (!palette.has(colour)) palette.set(colour, palette.size)
      rows[y * (width + 1) + x + 1] = palette.get(colour)
    }
  if (palette.size > 256) return PNG.sync.write(png, { colorType: 2, deflateLevel: 9 })
  const head = Buffer.alloc(13)
  head.writeUInt32BE(width, 0)
  head.writeUInt32BE(height, 4)
  head.set([8, 3, 0, 0, 0], 8)
  const colours = Buffer.alloc(palette.size * 3)
  for (const [colour, n] of palette) colours.writeUIntBE(colour, n * 3, 3)
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
  return Buffer.concat([signature, chunk('IHDR', head), chunk('PLTE', colours), chunk('IDAT', deflateSync(rows, { level: 9, memLevel: 9 })), chunk('IEND', Buffer.alloc(0))])
}
