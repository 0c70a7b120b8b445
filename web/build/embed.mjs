/* Precompresses what Vite built and writes the table for the binary:
 *   node embed.mjs DIR      reads DIR/app and DIR/desk, writes FILE.br, FILE.gz, DIR/assets.c, DIR/assets.S */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { extname, join, relative, resolve } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'

const dir = resolve(process.argv[2])
const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
}
const walk = (d) => readdirSync(d, { withFileTypes: true }).flatMap((e) => (e.isDirectory() ? walk(join(d, e.name)) : [join(d, e.name)]))
const files = ['app', 'desk'].flatMap((a) => walk(join(dir, a))).filter((f) => !/\.(br|gz)$/.test(f))
const rows = files.map((file) => ({ file, path: '/' + relative(dir, file) }))
rows.sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)))

/* A form that is not at least a twentieth smaller is not worth a copy in the binary. */
function press(file, raw, ext, make) {
  const out = file + ext
  const small = ['.woff2', '.png'].includes(extname(file)) ? raw : make(raw)
  if (small.length > raw.length * 0.95) {
    rmSync(out, { force: true })
    return null
  }
  writeFileSync(out, small)
  return { file: out, size: small.length }
}
const brotli = (b) =>
  brotliCompressSync(b, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: b.length, [constants.BROTLI_PARAM_LGWIN]: 22 } })

const asm = ['    .section .rodata,"a",@progbits']
const declared = []
const table = []
let total = 0
for (const [i, { file, path }] of rows.entries()) {
  const type = TYPES[extname(file)]
  if (!type || /["\\]/.test(path)) throw new Error('embed: what is ' + path + '?')
  const raw = readFileSync(file)
  const hash = createHash('sha256').update(raw).digest('hex').slice(0, 20)
  const forms = { raw: { file, size: raw.length }, gz: press(file, raw, '.gz', (b) => gzipSync(b, { level: 9 })), br: press(file, raw, '.br', brotli) }
  const members = []
  for (const [form, f] of Object.entries(forms)) {
    if (!f) continue
    const name = `web_${i}_${form}`
    // the hash stands in the assembler file so that a changed content makes it newer
    asm.push(`    .global ${name}`, `${name}: /* ${path} ${hash} */`, `    .incbin "${f.file}"`, '    .byte 0')
    declared.push(`extern const char ${name}[];`)
    members.push(`.${form} = { ${name}, ${f.size} }`)
    total += f.size
  }
  const immutable = /\/assets\/.+-[\w-]{8}\.\w+$/.test(path)
  table.push(`    { .path = "${path}", .type = "${type}", .etag = "\\"${hash}\\"", .immutable = ${immutable},\n      ${members.join(', ')} },`)
}
asm.push('    .section .note.GNU-stack,"",@progbits')
writeFileSync(join(dir, 'assets.S'), asm.join('\n') + '\n')
writeFileSync(
  join(dir, 'assets.c'),
  `/* Written by script/web: the two web apps, sorted by path. */
#include "http/static.h"

extern const Asset assets[];
extern const int assets_n;

${declared.join('\n')}

const Asset assets[] = {
${table.join('\n')}
};
const int assets_n = ${rows.length};
`,
)
console.log(`embed: ${rows.length} files, ${total} bytes`)
