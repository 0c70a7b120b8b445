// More at once than there is room for: whoever is told "done" is done, whoever is told "busy" is told when to come again.
// That a full queue says busy is asked where the writer can be held: core_serve_test.
import { ask, check, alive, token, uuid7 } from './kit.mjs'

export async function load() {
  const program = token('--role', 'program')
  const all = Array.from({ length: 1500 }, (_, i) => ({ id: uuid7(), category: 'leak', text: 'load ' + i }))
  const answers = await Promise.all(all.map((body) => ask('POST', '/api/v1/reports', { body, token: program })))
  const done = answers.map((r, i) => [r, all[i]]).filter(([r]) => r.status === 201), busy = answers.filter((r) => r.status === 503)
  check(done.length > 100, `there were accepted ones: ${done.length}`)
  check(done.length + busy.length === all.length, `each was done or told to wait: ${[...new Set(answers.map((r) => r.status + r.why))]}`)
  check(busy.every((r) => Number(r.headers['retry-after']) >= 1 && r.json.code === 'busy'), 'who is told to wait is told how long')
  const numbers = new Set(done.map(([r]) => r.json.number))
  check(numbers.size === done.length, 'each has a number of its own')
  let there = 0
  for (let i = 0; i < done.length; i += 50)
    for (const r of await Promise.all(done.slice(i, i + 50).map(async ([was, body]) => { const r = await ask('POST', '/api/v1/reports', { body, token: program }); return r.headers['idempotent-replay'] === 'true' && r.body.equals(was.body) }))) there += r
  check(there === done.length, `every accepted one is there: ${there} of ${done.length}`)
  console.log(`load: ${done.length} done, ${busy.length} told to wait`)
  await alive('load')
}
