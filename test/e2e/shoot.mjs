/* Screenshots of every screen, to be looked at by people: node shoot.mjs DIR [zh|bo|en ...]
 * LINLI_URL and LINLI_DEMO_USERS as for the tests. ONLY=app or desk. Of the app MODES=light,dark,big,sharp, of the desk
 * LOOKS=light,dark,sharp; SCREENS=home,report or queue,map (the two files beside this one have their names). */
import { mkdirSync } from 'node:fs'
import { stop } from './kit.mjs'
import { shootApp } from './shoot.app.mjs'
import { shootDesk } from './shoot.desk.mjs'

const [dir, ...langs] = process.argv.slice(2)
mkdirSync(dir, { recursive: true })
for (const lang of langs.length ? langs : ['zh', 'bo', 'en']) {
  if (process.env.ONLY !== 'desk') await shootApp(dir, lang)
  if (process.env.ONLY !== 'app') await shootDesk(dir, lang)
}
await stop()
