// Readers keep the rows of what was just viewed. Nobody may see more for it, and nobody may see less than what is done:
// several viewers of one matter, each asking often enough that every reader has kept it; then a change, then again.
import { ask, check, alive, token, uuid7 } from './kit.mjs'

const ROUNDS = 8

export async function kept() {
  const officer = token('--role', 'officer'), clerk = token('--role', 'clerk'), stranger = token('--role', 'volunteer', '--place', '540102001001-99')
  const phone = '13908911234', id = uuid7(), path = '/api/v1/reports/' + id
  const made = await ask('POST', '/api/v1/reports', { token: officer, body: { id, category: 'leak', text: '墙湿了', phone } })
  check(made.status === 201, `there is a report to view: ${made.status} ${made.body}`)
  const view = (who) => ask('GET', path, { token: who })
  const listed = async () => (await ask('GET', '/api/v1/reports?limit=3', { token: clerk })).json.rows.find((r) => r.id === id)
  let looked = 0
  const look = async (version, note) => {
    for (let i = 0; i < ROUNDS; i++) {
      const [own, other, nobody, far] = [await view(officer), await view(clerk), await view(), await view(stranger)]
      const good = own.status === 200 && other.status === 200 && own.json.version === version && other.json.version === version &&
        own.body.includes(phone) && !other.body.includes(phone) && other.json.data.phone?.includes('*') &&
        own.body.includes('墙湿了') && other.body.includes(note) && nobody.status === 401 && far.status === 403 &&
        !nobody.body.includes('墙湿了') && !far.body.includes('墙湿了')
      check(good, `round ${i} of version ${version}: ${own.status} ${other.status} ${nobody.status} ${far.status} ${own.json?.version} ${other.json?.version} ${other.json?.data?.phone}`)
      check((await listed())?.version === version, `the list is of version ${version}`)
      looked++
    }
  }
  await look(1, '墙湿了')
  for (let n = 1; n <= 3; n++) {
    const r = await ask('POST', path + '/note', { token: officer, body: { id: uuid7(), text: `第 ${n} 次` } })
    check(r.status === 200, `a note is taken: ${r.status}`)
    await look(1 + n, `第 ${n} 次`)
  }
  check(looked === 4 * ROUNDS, 'each was looked at')
  await alive('kept')
}
