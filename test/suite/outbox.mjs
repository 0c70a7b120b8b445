// The outbox against receivers that behave and receivers that do not, on both engines: each event once, again after an
// error with the same id, given up after the last try, nothing lost by kill -9 between commit and delivery, nothing
// personal in what leaves. Receiver and mail server are small ones of this file, on free loopback ports.
import { spawn, execFileSync } from 'node:child_process'
import { createDecipheriv, createECDH, createHmac, createPublicKey, hkdfSync, randomBytes, randomUUID, verify } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, unlinkSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import net from 'node:net'

let passed = 0, failed = 0
const say = (ok, what, more = '') => { ok ? passed++ : (failed++, console.log('failed:', what, more)) }
const sleep = (ms) => new Promise((r) => setTimeout(r, ms))
async function until(test, what, ms = 20000) {
  for (const end = Date.now() + ms; Date.now() < end; await sleep(30)) { const v = await test(); if (v) { say(true, what); return v } }
  say(false, what)
}
const uuid7 = () => { const t = Date.now().toString(16).padStart(12, '0'); return t.slice(0, 8) + '-' + t.slice(8) + '-7' + randomUUID().slice(15) }

// ---- a receiver: what it answers is decided by the path ----
const heard = []
const pushed = [], robots = []
const rules = { ok: () => 200, dead: () => 500, flaky: (n) => (n < 2 ? 503 : 204), moved: () => 302, talks: () => 200, never: () => 0 }
const tries = new Map()
const receiver = http.createServer((rq, rs) => {
  let body = ''
  const parts = []
  rq.on('data', (d) => { body += d; parts.push(d) })
  rq.on('end', () => {
    if (rq.url.startsWith('/push/')) { // a push service
      pushed.push({ path: rq.url, headers: rq.headers, body: Buffer.concat(parts) })
      rs.writeHead({ '/push/gone': 410, '/push/down': 503 }[rq.url] ?? 201)
      rs.end()
      return
    }
    if (rq.url.startsWith('/robot')) { // a chat platform: 200 to everything
      robots.push({ url: new URL(rq.url, 'http://x'), body })
      rs.end(JSON.stringify(rq.url.includes('/robot/busy') ? { errcode: 45009, errmsg: 'busy' } : { errcode: 0, errmsg: 'ok' }))
      return
    }
    const path = rq.url.slice(1), id = rq.headers['webhook-id'], n = tries.get(path + id) ?? 0
    tries.set(path + id, n + 1)
    const status = (rules[path] ?? rules.ok)(n)
    heard.push({ path, status, id, headers: rq.headers, body, json: JSON.parse(body || '{}') })
    if (status === 0) return // no answer at all
    rs.writeHead(status, status === 302 ? { location: '/trap' } : {})
    rs.end(path === 'talks' ? 'x'.repeat(3000000) : '')
  })
})
// ---- a browser: what it subscribes with, and how it reads (RFC 8291) ----
class Browser {
  constructor(path) {
    this.ecdh = createECDH('prime256v1')
    this.ecdh.generateKeys()
    this.auth = randomBytes(16)
    this.says = { endpoint: `http://127.0.0.1:${port}/push/${path}`, p256dh: this.ecdh.getPublicKey('base64url'), auth: this.auth.toString('base64url'), label: '手机' }
  }
  read(body) {
    const salt = body.subarray(0, 16), point = body.subarray(21, 21 + body[20]), sealed = body.subarray(21 + body[20])
    const ikm = hkdfSync('sha256', this.ecdh.computeSecret(point), this.auth, Buffer.concat([Buffer.from('WebPush: info\0'), this.ecdh.getPublicKey(), point]), 32)
    const key = Buffer.from(hkdfSync('sha256', ikm, salt, 'Content-Encoding: aes128gcm\0', 16))
    const c = createDecipheriv('aes-128-gcm', key, Buffer.from(hkdfSync('sha256', ikm, salt, 'Content-Encoding: nonce\0', 12)))
    c.setAuthTag(sealed.subarray(-16))
    const plain = Buffer.concat([c.update(sealed.subarray(0, -16)), c.final()])
    if (plain.at(-1) !== 2) throw new Error('not the last record')
    return JSON.parse(plain.subarray(0, -1).toString())
  }
}
// RFC 8292: whether a token is signed with the key that is said beside it; gives its claims
function vapid(header) {
  const [, token, k] = header.match(/^vapid t=([^,]+), k=(\S+)$/), [head, claims, sign] = token.split('.'), point = Buffer.from(k, 'base64url')
  const key = createPublicKey({ format: 'jwk', key: { kty: 'EC', crv: 'P-256', x: point.subarray(1, 33).toString('base64url'), y: point.subarray(33).toString('base64url') } })
  const ok = verify('sha256', Buffer.from(`${head}.${claims}`), { key, dsaEncoding: 'ieee-p1363' }, Buffer.from(sign, 'base64url'))
  return { ok, k, claims: JSON.parse(Buffer.from(claims, 'base64url').toString()) }
}
// ---- a mail server: takes all but one mailbox ----
const mails = []
const smtp = net.createServer((s) => {
  let text = '', data = null, to = ''
  s.on('error', () => {})
  s.write('220 sink\r\n')
  s.on('data', (d) => {
    text += d
    for (let i; (i = text.indexOf('\r\n')) >= 0;) {
      const line = text.slice(0, i)
      text = text.slice(i + 2)
      if (data !== null) {
        if (line === '.') { mails.push({ to, data }); data = null; s.write('250 taken\r\n') } else data += line + '\n'
      } else if (/^RCPT/.test(line)) { to = line; s.write(line.includes('nobody@') ? '550 no such mailbox\r\n' : '250 ok\r\n') }
      else if (/^DATA/.test(line)) { data = ''; s.write('354 go on\r\n') }
      else if (/^QUIT/.test(line)) { s.end('221 bye\r\n') } else s.write('250 ok\r\n')
    }
  })
})
const listen = (s) => new Promise((ok) => s.listen(0, '127.0.0.1', () => ok(s.address().port)))
const port = await listen(receiver), mailPort = await listen(smtp)

// ---- gammu-smsd's folder ----
const dir = mkdtempSync('/tmp/linli-outbox.'), sms = dir + '/sms'
mkdirSync(sms)
// ---- a server ----
const bin = 'build/linli'
let log = ''
function start(store, more = [], retries = '100,100,200') {
  return new Promise((resolve, reject) => {
    const child = spawn(bin, ['serve', ...store, '--sms-dir', sms, '--listen', '127.0.0.1:0', '--retry-ms', retries, '--public-url', 'https://linli.example.org',
      '--smtp', `smtp://127.0.0.1:${mailPort}`, '--mail-from', 'linli@example.org', '--allow-host', `127.0.0.1:${port}`, ...more],
      { stdio: ['ignore', 'pipe', 'pipe'] })
    let text = ''
    child.stderr.on('data', (d) => (log += d))
    child.stdout.on('data', (d) => {
      text += d
      const m = text.match(/127\.0\.0\.1:(\d+)/)
      if (m) resolve({ child, port: Number(m[1]), text })
    })
    child.on('exit', (code) => reject(new Error('server ended: ' + code + text)))
  })
}
const ended = (child) => (child.exitCode !== null || child.signalCode !== null ? null : new Promise((r) => child.on('exit', r)))
let server
async function call(method, path, body, who) {
  const r = await fetch(`http://127.0.0.1:${server.port}${path}`, { method, body: body && JSON.stringify(body),
    headers: { 'content-type': 'application/json', ...(who ? { cookie: who.cookie, 'x-csrf-token': who.csrf ?? '' } : {}) } })
  const text = await r.text()
  return { status: r.status, json: text && text[0] === '{' ? JSON.parse(text) : null, text, headers: r.headers }
}
const api = '/api/v1'
async function signIn(code) {
  const r = await call('POST', api + '/sessions', { code })
  if (r.status >= 300) throw new Error('sign in: ' + r.text)
  return { cookie: r.headers.getSetCookie?.()[0]?.split(';')[0] ?? r.headers.get('set-cookie').split(';')[0], csrf: r.json.csrf, person: r.json.person }
}
function totp(secret) { // RFC 6238
  const abc = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
  let bits = ''
  for (const c of secret.replace(/[= ]/g, '')) bits += abc.indexOf(c).toString(2).padStart(5, '0')
  const key = Buffer.from(bits.match(/.{8}/g).map((b) => parseInt(b, 2)))
  const at = Buffer.alloc(8)
  at.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30000)))
  const mac = createHmac('sha1', key).update(at).digest(), o = mac[19] & 15
  return String((mac.readUInt32BE(o) & 0x7fffffff) % 1000000).padStart(6, '0')
}
const secret = 'whsec_' + randomBytes(24).toString('base64')
const signed = (h) => 'v1,' + createHmac('sha256', Buffer.from(secret.slice(6), 'base64'))
  .update(`${h.headers['webhook-id']}.${h.headers['webhook-timestamp']}.${h.body}`).digest('base64')
const metric = async (name) => Number((await call('GET', '/metrics')).text.match(new RegExp(`^linli_${name} (\\d+)`, 'm'))[1])

// gammu-smsd itself, with its dummy modem: the daemon reads the file as it was meant, and sends it in Unicode.
async function throughModem(file, text) {
  try { execFileSync('gammu-smsd', ['--version'], { stdio: 'ignore' }) } catch { return console.log('skipped: gammu-smsd is not installed') }
  for (const d of ['dummy', 'in', 'sent', 'err']) mkdirSync(`${dir}/gammu/${d}`, { recursive: true })
  writeFileSync(dir + '/gammu/rc', `[gammu]\ndevice = ${dir}/gammu/dummy\nconnection = none\nmodel = dummy\n[smsd]\nservice = files\nlogfile = ${dir}/gammu/log\n` +
    `debuglevel = 255\noutboxpath = ${sms}/\ninboxpath = ${dir}/gammu/in/\nsentsmspath = ${dir}/gammu/sent/\nerrorsmspath = ${dir}/gammu/err/\ntransmitformat = unicode\n`)
  const daemon = spawn('gammu-smsd', ['-c', dir + '/gammu/rc'], { stdio: 'ignore' })
  await until(() => readdirSync(dir + '/gammu/sent').includes(file), 'gammu-smsd sent it')
  daemon.kill()
  await ended(daemon)
  const said = readFileSync(dir + '/gammu/log', 'utf8').match(/Found (\d) sms to "13900002222" with text "([^"]*)" cod (\d)/)
  say(said && Number(said[1]) <= 2 && said[3] === '1' && text.startsWith(said[2]), 'gammu-smsd read it, at most two parts', said?.[0])
  rmSync(dir + '/gammu', { recursive: true })
}
async function run(engine, store) {
  heard.length = mails.length = pushed.length = robots.length = 0
  for (const f of readdirSync(sms)) unlinkSync(sms + '/' + f)
  tries.clear()
  log = ''
  server = await start(store)
  const admin = await signIn(server.text.match(/: ([0-9A-Z]{10})\n/)[1])
  const { secret: seed } = (await call('POST', api + '/totp', {}, admin)).json
  say((await call('POST', api + '/totp', { code: totp(seed) }, admin)).status === 200, engine + ': second factor')
  const user = (role, name) => {
    const out = execFileSync(bin, ['user', ...store, '--role', role, '--name', name], { stdio: ['ignore', 'pipe', 'inherit'] }).toString()
    return signIn(out.match(/\b([0-9A-Z]{10})\s*$/)[1])
  }
  const dispatcher = await user('dispatcher', '甲'), officer = await user('officer', '乙')
  const category = { code: 'other', icon: 'other', name: { zh: '其他', bo: 'གཞན།', en: 'Other' }, limit: 24, unit: 'hours', default_role: 'officer' }
  say((await call('POST', api + '/categories', { id: uuid7(), ...category }, admin)).status === 201, engine + ': category')

  // people are told at once and at any hour here; when and along which order is asked in test/unit/core_telling_test.c
  const telling = { quiet_from: 0, quiet_until: 0, wait_minutes: 0, urgent_hours: 2 }
  say((await call('POST', api + '/settings', { id: uuid7(), telling }, admin)).status === 201, engine + ': how people are told')

  const hook = async (path, more = {}) => {
    const id = uuid7()
    const r = await call('POST', api + '/webhooks', { id, name: path, url: `http://127.0.0.1:${port}/${path}`, secret,
      topics: [{ topic: 'report' }], audience: 'handlers', ...more }, admin)
    say(r.status === 201, `${engine}: subscribe ${path}`, r.text)
    return id
  }
  const refused = async (more, code) => {
    const r = await call('POST', api + '/webhooks', { id: uuid7(), name: 'x', url: 'https://example.org/', secret,
      topics: [{ topic: '*' }], audience: 'public', ...more }, admin)
    say(r.status === 422 && r.json.code === code, `${engine}: refuse ${JSON.stringify(more)}`, r.text)
  }
  await refused({ url: 'ftp://example.org/x' }, 'bad_format')
  await refused({ url: 'http://user:word@example.org/' }, 'bad_format')
  await refused({ url: 'http://example.org/\r\nX: 1' }, 'control_character')
  await refused({ secret: 'short' }, 'too_short')
  await refused({ topics: [{ topic: 'a.b.c' }] }, 'bad_format')
  say((await call('POST', api + '/webhooks', { id: uuid7(), name: 'x', url: 'https://example.org/', secret, topics: [{ topic: '*' }], audience: 'public' }, dispatcher)).status === 403,
    engine + ': a dispatcher may not subscribe')
  await hook('never', { topics: [{ topic: 'report.create' }] }) // says nothing for ten seconds, and holds up nobody
  await hook('ok')
  await hook('flaky')
  const deadHook = await hook('dead')
  await hook('moved')
  await hook('talks')
  await hook('open', { audience: 'public' })
  await hook('few', { topics: [{ topic: 'report.register' }] })
  for (const inside of ['http://127.1:1/', 'http://2130706433/', 'http://0x7f000001/', 'http://[::ffff:127.0.0.1]/', 'http://localhost/', 'http://0/', 'http://169.254.169.254/latest', 'http://[::1]:1/'])
    await hook('inside', { url: inside })

  // ---- once per event, signed, nothing personal ----
  const text = '我家在三楼,电话 13900001111'
  const made = await call('POST', api + '/reports', { id: uuid7(), category: 'other', text, phone: '13900001111' })
  say(made.status === 201, engine + ': report', made.text)
  const id = made.json.id
  const first = await until(() => heard.find((h) => h.path === 'ok' && h.json.matter === id), engine + ': delivered')
  say(first.headers['webhook-signature'] === signed(first) && first.headers['webhook-id'] === first.json.id, engine + ': signed')
  say(first.json.type === 'report.create' && first.json.kind === 'report' && first.json.number === made.json.number && first.json.state === 'collected' &&
    first.json.seq === made.json.seq, engine + ': body', first.body)
  say(Object.keys(first.json).sort().join() === 'at,community,id,kind,matter,number,place,seq,state,type,version', engine + ': nothing else', first.body)
  await until(() => heard.filter((h) => h.path === 'flaky').length === 3, engine + ': tried again after 503')
  const flaky = heard.filter((h) => h.path === 'flaky')
  say(new Set(flaky.map((h) => h.id + h.body)).size === 1, engine + ': a repeat has the same id and the same bytes')

  // ---- by mail, to who asked for it; the officer is told of a dispatch ----
  const set = await call('POST', `${api}/people/${officer.person}/mail`, { id: uuid7(), mail: 'yi@example.org', by_mail: true }, officer)
  say(set.status === 200, engine + ': own mail', set.text)
  say((await call('POST', `${api}/people/${officer.person}/mail`, { id: uuid7(), mail: 'x@example.org', by_mail: true }, dispatcher)).status === 403, engine + ': nobody else sets it')
  const bad = await call('POST', `${api}/people/${officer.person}/mail`, { id: uuid7(), mail: 'a@b.org\r\nBcc: c@d.org', by_mail: true }, officer)
  say(bad.status === 422, engine + ': no second line in a mailbox', bad.text)
  say((await call('GET', api + '/me', undefined, officer)).json.mail === 'yi@example.org', engine + ': I see my own mailbox')
  let version = made.json.version
  const act = async (name, body) => {
    const r = await call('POST', `${api}/reports/${id}/${name}`, { id: uuid7(), version, ...body }, dispatcher)
    say(r.status === 200, `${engine}: ${name}`, r.text)
    version = r.json?.version
  }
  await act('register', { category: 'other' })
  await act('dispatch', { to: officer.person })
  const mail = await until(() => mails[0], engine + ': mailed')
  const plain = Buffer.from(mail.data.split('\n\n')[1].replace(/\n/g, ''), 'base64').toString()
  say(plain.includes(String(made.json.number)) && plain.includes('https://linli.example.org/c/540102001001/#/m/' + id), engine + ': what the mail says', plain)
  say(mail.to.includes('<yi@example.org>') && /^Auto-Submitted: auto-generated$/m.test(mail.data) && /^Message-ID: <.+@example\.org>$/m.test(mail.data), engine + ': head of the mail')
  say(![text, '13900001111', '甲', '乙'].some((w) => plain.includes(w) || heard.some((h) => h.body.includes(w))), engine + ': nothing personal left')
  await until(() => heard.filter((h) => h.path === 'ok').length === 3, engine + ': three events')
  await call('POST', `${api}/people/${officer.person}/mail`, { id: uuid7(), mail: 'nobody@example.org', by_mail: true }, officer)
  await act('note', { text: '看过了' })

  // ---- dead letters ----
  const dead = await until(async () => {
    const rows = []
    for (let after = ''; ;) {
      const page = (await call('GET', `${api}/outbox/dead?limit=100${after}`, undefined, admin)).json
      rows.push(...page.rows)
      if (!page.next) return rows.filter((r) => r.target === deadHook).length >= 3 && rows
      after = '&after=' + encodeURIComponent(page.next)
    }
  }, engine + ': dead after the last try', 60000)
  const ofHook = dead.filter((r) => r.target === deadHook)
  say(ofHook.every((r) => r.error === 'http_500' && r.attempts === 4), engine + ': four tries, then dead', JSON.stringify(ofHook))
  // ---- whom no channel reaches is called ----
  const toCall = await until(async () => (await call('GET', api + '/calls', undefined, dispatcher)).json.rows.find((r) => r.person === officer.person),
    engine + ': an unknown mailbox ends on the phone list')
  say(toCall.why === 'smtp_550' && toCall.about === id && toCall.number === made.json.number && toCall.tries === 0, engine + ': the line', JSON.stringify(toCall))
  say((await call('GET', `${api}/calls/${toCall.id}/contact`, undefined, dispatcher)).json.name === '乙', engine + ': who it is, asked for and logged')
  const looks = (await call('GET', api + '/me/access', undefined, officer)).json.rows
  say(looks.some((r) => r.reader === dispatcher.person), engine + ': and the officer can read who asked', JSON.stringify(looks))
  const again1 = await call('POST', `${api}/calls/${toCall.id}/called`, { id: uuid7(), outcome: 'no_answer' }, dispatcher)
  say(again1.json?.state === 'open', engine + ': no answer: it stays', again1.text)
  say((await call('POST', `${api}/calls/${toCall.id}/called`, { id: uuid7(), outcome: 'reached' }, dispatcher)).json?.state === 'ended', engine + ': called')
  say((await call('GET', api + '/calls', undefined, dispatcher)).json.rows.length === 0, engine + ': the list is empty again')
  say(!JSON.stringify(dead).includes('example.org'), engine + ': no address in the list')
  say(new Set(heard.filter((h) => h.path === 'ok').map((h) => h.id)).size === heard.filter((h) => h.path === 'ok').length, engine + ': each event once')
  say(!heard.some((h) => h.path === 'trap'), engine + ': no redirect followed')
  const moved = await until(async () => (await call('GET', `${api}/outbox/dead?limit=100`, undefined, admin)).json.rows.find((r) => r.error === 'redirect_302'), engine + ': a redirect is a failure', 60000)
  say(!!moved, engine + ': redirect dead')
  await until(async () => (await call('GET', `${api}/outbox/dead?limit=100`, undefined, admin)).json.rows.filter((r) => r.error === 'address_refused').length >= 8,
    engine + ': no address inside the house', 60000)
  say(!heard.some((h) => h.path === 'open'), engine + ': what only those involved may know goes to no public hook')
  say(heard.filter((h) => h.path === 'few').length === 1, engine + ': only the topic asked for')
  say(heard.filter((h) => h.path === 'talks').length >= 3, engine + ': a long answer is cut')
  say((await call('GET', `${api}/outbox/dead`, undefined, dispatcher)).status === 403, engine + ': not for a dispatcher')

  // ---- Web Push: to every browser, sealed for each, and who is gone is taken off ----
  const one = new Browser('one'), gone = new Browser('gone')
  const pushKey = (await call('GET', api + '/push/key', undefined, officer)).json.key
  for (const b of [one, gone]) {
    const r = await call('POST', `${api}/people/${officer.person}/push`, { id: uuid7(), ...b.says }, officer)
    say(r.status === 200, engine + ': subscribe a browser', r.text)
  }
  say((await call('POST', `${api}/people/${officer.person}/push`, { id: uuid7(), ...one.says, endpoint: 'http://169.254.169.254/x' }, officer)).status === 200,
    engine + ': what an address is, is asked at the connection')
  say((await call('POST', `${api}/people/${officer.person}/push`, { id: uuid7(), ...one.says }, dispatcher)).status === 403, engine + ': nobody else subscribes me')
  await act('note', { text: '看过了' })
  const got = await until(() => pushed.find((p) => p.path === '/push/one'), engine + ': pushed')
  const message = one.read(got.body), token = vapid(got.headers.authorization)
  say(JSON.stringify(message) === JSON.stringify({ id: message.id, number: made.json.number, url: 'https://linli.example.org/c/540102001001/#/m/' + id, lang: 'zh' }), engine + ': number and link, nothing else',
    JSON.stringify(message))
  say(token.ok && token.k === pushKey && token.claims.aud === `http://127.0.0.1:${port}` && token.claims.sub === 'https://linli.example.org', engine + ': signed with our key', JSON.stringify(token))
  say(token.claims.exp > Date.now() / 1000 && token.claims.exp < Date.now() / 1000 + 86400 && got.headers['content-encoding'] === 'aes128gcm' && Number(got.headers.ttl) > 0 && got.headers.urgency === 'normal',
    engine + ': heads of a push', JSON.stringify(got.headers))
  await until(async () => !(await call('GET', api + '/me/channels', undefined, officer)).json.rows.some((r) => r.address?.endsWith('/push/gone')), engine + ': a browser that is gone is taken off')
  const own = (await call('GET', api + '/me/channels', undefined, officer)).json.rows
  say(own.some((r) => r.kind === 'push' && r.label === '手机' && r.address === one.says.endpoint), engine + ': I see my own browsers', JSON.stringify(own))

  // ---- a text message, first in the officer's own order ----
  say((await call('POST', `${api}/people/${officer.person}/sms`, { id: uuid7(), phone: '13900002222', by_sms: true }, officer)).status === 200, engine + ': own number')
  say((await call('POST', `${api}/people/${officer.person}/channels`, { id: uuid7(), order: [{ kind: 'sms' }] }, officer)).status === 200, engine + ': own order')
  await act('note', { text: '看过了' })
  const file = await until(() => readdirSync(sms).find((f) => /^OUTM\d{8}_\d{6}_00_13900002222_[0-9a-f]{16}\.txt$/.test(f)), engine + ': a file for gammu-smsd')
  const short = readFileSync(sms + '/' + file).swap16().toString('utf16le').slice(1)
  say(short.includes(String(made.json.number)) && short.includes('https://linli.example.org/c/540102001001/#/m/' + id) && !short.includes('看过了'), engine + ': what the message says', short)
  say(readdirSync(sms).length === 1, engine + ': nothing beside it', readdirSync(sms).join())
  await throughModem(file, short)

  // ---- robots of chat groups ----
  const key = '693a91f6-7aab-4bc4-97a0-0ec2f1fa5aaa', sec = 'SEC' + randomBytes(32).toString('hex'), access = randomBytes(32).toString('hex')
  const at = `http://127.0.0.1:${port}`
  const wecom = await hook('wecom', { url: `${at}/robot/wecom`, secret: key, template: 'wecom' })
  await hook('dingtalk', { url: `${at}/robot/dingtalk`, secret: sec, token: access, template: 'dingtalk', language: 'en' })
  await refused({ url: 'https://example.org/robot?key=' + key, template: 'wecom' }, 'bad_format')
  await refused({ url: 'https://example.org/robot', template: 'dingtalk' }, 'required')
  const list = await call('GET', `${api}/webhooks?limit=100`, undefined, admin)
  say(!list.text.includes(key) && !list.text.includes(access), engine + ': a robot\'s key is in no list')
  say((await call('GET', `${api}/webhooks/groups`, undefined, officer)).json.rows.length === 2, engine + ': staff see which groups there are')
  await act('note', { text: '看过了' })
  const w = await until(() => robots.find((r) => r.url.pathname === '/robot/wecom'), engine + ': WeCom')
  const dt = await until(() => robots.find((r) => r.url.pathname === '/robot/dingtalk'), engine + ': DingTalk')
  const page = 'https://linli.example.org/c/540102001001/#/m/' + id, n = made.json.number
  say(w.url.search === '?key=' + key && w.body === `{"msgtype":"markdown","markdown":{"content":"**事项 ${n} 有新进展**\\n\\n[点此查看](${page})"}}`, engine + ': WeCom, byte for byte', w.body)
  say(dt.body === `{"msgtype":"markdown","markdown":{"title":"News about matter ${n}","text":"**News about matter ${n}**\\n\\n[Read it here](${page})"}}`, engine + ': DingTalk, byte for byte', dt.body)
  const stamp = dt.url.searchParams.get('timestamp')
  say(dt.url.searchParams.get('access_token') === access && Math.abs(Date.now() - stamp) < 60000 &&
    dt.url.searchParams.get('sign') === createHmac('sha256', sec).update(stamp + '\n' + sec).digest('base64'), engine + ': DingTalk, signed', dt.url.search)
  const busy = await hook('busy', { url: `${at}/robot/busy`, secret: key, template: 'wecom' })
  await act('note', { text: '看过了' })
  await until(async () => (await call('GET', `${api}/outbox/dead?limit=100`, undefined, admin)).json.rows.find((r) => r.target === busy)?.error === 'errcode_45009', engine + ': a robot\'s refusal is one')
  // the officer's group, should the text message fail
  say((await call('POST', `${api}/people/${officer.person}/webhook`, { id: uuid7(), webhook: wecom, by_webhook: true }, officer)).status === 200, engine + ': own group')
  for (const h of [wecom, busy]) await call('POST', `${api}/webhooks/${h}/retire`, { id: uuid7() }, admin)

  // ---- the calendar: closed until opened, renewed, without anybody's words ----
  const feed = async (path, headers = {}) => { const r = await fetch(`http://127.0.0.1:${server.port}${path}`, { headers }); return { status: r.status, text: await r.text(), headers: r.headers } }
  say((await feed('/calendar/' + 'A'.repeat(32) + '.ics')).status === 404, engine + ': closed by default')
  const opened = await call('POST', api + '/me/calendars', {}, officer)
  say(opened.status === 201 && /^\/c\/\d+\/calendar\/[\w-]{32}\.ics$/.test(opened.json.path), engine + ': opened', opened.text)
  const ics = await feed(opened.json.path), days = ics.text.replace(/\r\n /g, '').split('\r\n')
  say(ics.status === 200 && ics.headers.get('content-type').startsWith('text/calendar') && days[0] === 'BEGIN:VCALENDAR' && days.at(-2) === 'END:VCALENDAR', engine + ': a calendar', ics.text.slice(0, 200))
  say(days.includes(`SUMMARY:事项到期 ${made.json.number} 其他`) && days.includes('URL:' + page) && days.filter((l) => l === 'BEGIN:VEVENT').length === 1, engine + ': what is due', ics.text)
  say(ics.text.split('\r\n').every((l) => Buffer.byteLength(l) <= 75) && !ics.text.includes(text) && !ics.text.includes('乙') && !ics.text.includes('13900001111'), engine + ': folded, nothing personal')
  say((await feed(opened.json.path, { 'if-none-match': ics.headers.get('etag') })).status === 304, engine + ': not sent twice')
  say((await feed(opened.json.path + '?as=todo')).text.includes('BEGIN:VTODO\r\n'), engine + ': as tasks')
  say((await call('POST', api + '/me/calendars', { unit: uuid7() }, officer)).status === 422, engine + ': not of a unit that is not mine')
  const renewed = await call('POST', api + '/me/calendars', {}, officer)
  say((await feed(opened.json.path)).status === 404 && (await feed(renewed.json.path)).status === 200, engine + ': a new address ends the old one')
  say((await call('POST', api + '/me/calendars/close', {}, officer)).status === 204 && (await feed(renewed.json.path)).status === 404, engine + ': closed again')

  // ---- for the group: what everybody may know, in words ----
  const shared = await call('GET', `${api}/reports/${id}/card?language=en`)
  say(shared.status === 200 && shared.json.text === `No. ${made.json.number} Other\nSomebody is on it\n${shared.json.url}` && shared.json.url.startsWith('https://linli.example.org/c/') && shared.json.url.endsWith('/#/m/' + id),
    engine + ': a text for the group', shared.text)
  const unseen = await call('POST', api + '/reports', { id: uuid7(), category: 'other', text })
  say((await call('GET', `${api}/reports/${unseen.json.id}/card`)).status === 404, engine + ': nothing of what nobody has looked at')

  // ---- retry and drop ----
  rules.dead = () => 200
  const again = await call('POST', `${api}/outbox/${ofHook[0].id}/retry`, {}, admin)
  say(again.status === 204, engine + ': retry', again.text)
  await until(() => heard.some((h) => h.path === 'dead' && h.status === 200 && ofHook[0].id.startsWith(h.id)), engine + ': a dead letter comes to life')
  say((await call('POST', `${api}/outbox/${ofHook[1].id}/drop`, {}, admin)).status === 204, engine + ': drop')
  say((await call('POST', `${api}/outbox/${ofHook[1].id}/drop`, {}, admin)).status === 404, engine + ': dropped is gone')
  rules.dead = () => 500
  say((await metric('outbox_delivered_total')) > 5 && (await metric('outbox_failed_total')) > 5, engine + ': metrics')
  await until(async () => (await metric('outbox_dead')) > 3, engine + ': dead letters in the metrics')
  await until(() => heard.filter((h) => h.path === 'never').length > 1, engine + ': tried again after a silence')
  say(log.includes('"code":"timeout"'), engine + ': a silence is a failure')

  // ---- kill -9 between commit and delivery ----
  rules.ok = () => 500 // nothing gets through before the end
  const before = heard.length
  const last = await call('POST', api + '/reports', { id: uuid7(), category: 'other', text })
  say(last.status === 201, engine + ': one more')
  server.child.kill('SIGKILL')
  await ended(server.child)
  say(!heard.slice(before).some((h) => h.path === 'ok' && h.status === 200 && h.json.matter === last.json.id), engine + ': not yet delivered')
  rules.ok = () => 200
  server = await start(store)
  await until(() => heard.some((h) => h.path === 'ok' && h.status === 200 && h.json.matter === last.json.id), engine + ': delivered after kill -9')
  // ---- a graceful stop leaves what did not go ----
  rules.ok = () => 0
  const late = await call('POST', api + '/reports', { id: uuid7(), category: 'other', text })
  await until(() => heard.some((h) => h.path === 'ok' && h.json.matter === late.json.id), engine + ': on its way')
  const began = Date.now()
  server.child.kill('SIGTERM')
  await ended(server.child)
  say(server.child.exitCode === 0 && Date.now() - began < 15000, engine + ': stops although a receiver is silent', server.child.exitCode + ' ' + (Date.now() - began))
  rules.ok = () => 200
  server = await start(store)
  await until(() => heard.some((h) => h.path === 'ok' && h.status === 200 && h.json.matter === late.json.id), engine + ': and goes after the restart')
  server.child.kill('SIGTERM')
  await ended(server.child)
  const lines = log.split('\n').filter((l) => l.includes('"event":"outbox"'))
  say(lines.length > 10 && !lines.some((l) => l.includes('example.org') || l.includes(String(port)) || l.includes('13900001111')), engine + ': log lines without addresses', lines[0])
  say(!/calendar\/[\w-]{20}/.test(log), engine + ': no calendar\'s address in the log')
}

const pg = process.env.LINLI_TEST_PG

const name = 'outbox_' + process.pid
try {
  await run('sqlite', ['--data', dir + '/data'])
  if (pg) {
    execFileSync('psql', ['-q', pg, '-c', `CREATE DATABASE ${name}`])
    await run('postgres', ['--data', dir + '/pgdata', '--db', pg.replace(/^(postgres(?:ql)?:\/\/[^/]*)\/[^?]*/, '$1/' + name)])
  } else console.log('skipped: postgres (LINLI_TEST_PG is not set)')
} catch (e) {
  say(false, e.stack)
} finally {
  server?.child.kill('SIGKILL')
  if (failed && log) console.log(log.split('\n').filter((l) => !/"request"|schema_step/.test(l)).slice(-30).join('\n'))
  if (pg) try { execFileSync('psql', ['-q', pg, '-c', `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`]) } catch { /* never made */ }
  receiver.closeAllConnections?.()
  receiver.close()
  smtp.close()
  rmSync(dir, { recursive: true, force: true })
}
console.log(`passed=${passed} failed=${failed}`)
process.exit(failed ? 1 : 0)
