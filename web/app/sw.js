/* Keeps the app on the phone: all that it was built of, put there at once, so that it opens with no signal. What a page
 * asks of the server it asks itself, and the desk's pages go their own way. FILES and VERSION are put in by the build. */
const CACHE = 'linli-' + VERSION
const PAGE = '/app/index.html'
const isPage = (path) => /^\/(c\/[^/]+\/?)?$/.test(path)

/* What carries its hash in its name comes from where the page has just got it; the page itself is asked anew. */
addEventListener('install', (e) =>
  e.waitUntil(
    caches
      .open(CACHE)
      .then((c) => c.addAll(FILES.map((f) => new Request(f, { cache: f === PAGE ? 'reload' : 'default' }))))
      .then(() => skipWaiting()),
  ),
)
/* Pages that are still open ask for files of the version before: that one stays. */
addEventListener('activate', (e) =>
  e.waitUntil(
    caches
      .keys()
      .then((keys) => Promise.all(keys.filter((k) => k.startsWith('linli-') && k !== CACHE).slice(0, -1).map((k) => caches.delete(k))))
      .then(() => clients.claim()),
  ),
)
addEventListener('fetch', (e) => {
  const u = new URL(e.request.url)
  if (e.request.method !== 'GET' || u.origin !== location.origin) return
  if (e.request.mode === 'navigate') {
    if (isPage(u.pathname)) e.respondWith(caches.open(CACHE).then((c) => c.match(PAGE)).then((r) => r ?? fetch(e.request)))
  } else if (u.pathname.startsWith('/app/')) e.respondWith(caches.match(e.request).then((r) => r ?? fetch(e.request)))
})

/* A push says a matter's number and where to look (core/outbox/tell.c), in the language of whoever it is for. */
const SAID = {
  zh: ['事项 {n} 有新进展', '社区有与您相关的新消息'],
  bo: ['དོན་དག་ཨང་ {n} ལ་འགྱུར་བ་གསར་པ་བྱུང་།', 'ཁྱེད་དང་འབྲེལ་བའི་གནས་ཚུལ་གསར་པ་ཞིག་འདུག'],
  en: ['News about matter {n}', 'There is news for you'],
}
addEventListener('push', (e) => {
  let d = {}
  try {
    d = e.data.json()
  } catch {
    /* not ours: it still has to be shown, for the browser asks that of every push */
  }
  const [about, news] = SAID[d.lang] ?? SAID.zh
  const title = Number.isInteger(d.number) ? about.replace('{n}', d.number) : news
  e.waitUntil(registration.showNotification(title, { lang: d.lang, tag: String(d.url ?? ''), data: String(d.url ?? ''), requireInteraction: d.urgent === true }))
})
/* Whatever it says, it opens a page of this app. */
addEventListener('notificationclick', (e) => {
  e.notification.close()
  const told = new URL(e.notification.data || '/', location.origin)
  const to = (isPage(told.pathname) ? told.pathname : '/') + told.hash
  e.waitUntil(
    clients.matchAll({ type: 'window' }).then((open) => {
      const page = open.find((c) => isPage(new URL(c.url).pathname))
      return page ? page.focus().then((c) => c.navigate(to)) : clients.openWindow(to)
    }),
  )
})
