// bench: the figures of the house, side by side with what they are measured against, in one run on one machine.
// script/bench [NAME...] [--quick]; see docs/PERFORMANCE.md for what each figure means.
import { prepare, stopAll, say } from './world.mjs'
import { figures } from './figures.mjs'
import { writeFileSync } from 'node:fs'

const wanted = process.argv.slice(2).filter((w) => !w.startsWith('--'))
const quick = process.argv.includes('--quick')
const unknown = wanted.filter((w) => !figures.some((f) => f.name === w))
if (unknown.length || process.argv.includes('--help')) {
  console.error(`bench: [--quick] ${figures.map((f) => f.name).join(' ')}`)
  process.exit(2)
}
const rows = []
let broken = 0
try {
  const world = await prepare({ rounds: quick ? 3 : 5, quick })
  for (const f of figures) {
    if (wanted.length ? !wanted.includes(f.name) : f.long) continue // long ones are asked for by name
    say(f.name)
    try {
      rows.push(...(await f.run(world)))
    } catch (e) {
      broken++
      console.error(`${f.name}: ${e.stack}`)
    }
  }
} finally {
  stopAll()
}
const table = rows.map((r) => ({ reference: null, ratio: null, goal: null, met: null, ...r }))
writeFileSync('build/bench.json', JSON.stringify(table, null, 1) + '\n')
const number = (n) => (n === null ? '' : Math.abs(n) >= 100 ? n.toFixed(0) : Math.abs(n) >= 10 ? n.toFixed(1) : n.toFixed(2))
console.log(`${'figure'.padEnd(42)}${'value'.padStart(10)} ${'unit'.padEnd(10)}${'reference'.padStart(10)}${'ratio'.padStart(8)}${'goal'.padStart(8)}  met`)
for (const r of table) {
  console.log(
    `${r.name.padEnd(42)}${number(r.value).padStart(10)} ${r.unit.padEnd(10)}${number(r.reference).padStart(10)}` +
      `${number(r.ratio).padStart(8)}${number(r.goal).padStart(8)}  ${r.met === null ? '' : r.met ? 'yes' : 'NO'}`)
}
process.exit(broken ? 1 : 0)
