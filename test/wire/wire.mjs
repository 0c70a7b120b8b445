import * as kit from './kit.mjs'
import { head, slow, flood } from './head.mjs'
import { body } from './body.mjs'
import { files } from './files.mjs'
import { load } from './load.mjs'
import { kept } from './kept.mjs'
import { crowded } from './crowded.mjs'
import { phones } from './sync.mjs'

const only = process.argv.slice(2)
await kit.start()
const began_kb = kit.rss_kb()
const parts = { head, body, files, flood, load, kept, crowded, phones }
const later = only.length ? [] : [slow()]
for (const [name, part] of Object.entries(parts)) if (!only.length || only.includes(name)) await part()
await Promise.all(later)
const grown = kit.rss_kb() - began_kb
console.log(`memory: ${began_kb} KB, then ${began_kb + grown} KB`)
kit.check(grown < 160 * 1024, `memory stayed bounded: it grew by ${grown} KB`)
await kit.stop()
console.log(`passed=${kit.passed} failed=${kit.failed}`)
process.exit(kit.failed ? 1 : 0)
