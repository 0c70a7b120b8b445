/* What is being written: kept on the phone at every change, and only let go once it is safe in the outbox. */
import { onBeforeUnmount, onMounted, reactive, ref, watch } from 'vue'
import { session } from '@linli/core/api'
import { now } from '@linli/core/clock'
import { locate } from '@linli/core/geo'
import { uuid7 } from '@linli/core/id'
import { flush, put } from '@linli/core/outbox'
import { all, drop, keep, type Draft, type KeptFile } from '@linli/core/store'

export type Kind = Draft['kind']
/** The drafts of whoever holds the phone, the newest first. */
export async function drafts(kind?: Kind): Promise<Draft[]> {
  const me = session.value.person
  return (await all('draft')).filter((d) => (!d.person || d.person === me) && (!kind || d.kind === kind)).sort((a, b) => b.at - a.at)
}
const fresh = (kind: Kind): Draft => ({
  key: uuid7(), kind, person: session.value.person, category: '', chosen: false, text: '', phone: '', near: '', floor: '', door: '',
  point: null, place: '', files: [], answers: {}, at: now(),
})
/* A page that asks for the place before anybody has touched it (a poster's code leads straight here) is refused by reflex.
 * So it waits for the first touch, unless the phone has decided already. */
async function mayAsk(): Promise<boolean> {
  if (navigator.userActivation?.hasBeenActive !== false) return true
  const state = (await navigator.permissions?.query({ name: 'geolocation' }).catch(() => undefined))?.state
  if (state === 'prompt') await new Promise((ok) => ['pointerup', 'keydown'].forEach((e) => addEventListener(e, ok, { once: true })))
  return state !== 'denied'
}
const copy = (files: KeptFile[]): KeptFile[] => files.map((x) => ({ ...x }))

/** `which` is the draft to go on with; without one the newest of its kind. */
export function useDraft(kind: Kind, which: string, first: Partial<Draft> = {}) {
  const d = reactive<Draft>({ ...fresh(kind), ...first })
  /** It was begun earlier. */
  const kept = ref(false)
  const full = ref(false)
  const locating = ref(false)
  const noGeo = ref(false)
  let ready = false
  let gone = false
  let left = false
  let timer: ReturnType<typeof setTimeout> | undefined

  const plain = (): Draft => ({ ...d, person: session.value.person, answers: { ...d.answers }, files: copy(d.files), point: d.point ? { ...d.point } : null, at: now() })
  const touched = (): boolean => d.files.length > 0 || !!(d.text || d.near || d.phone || d.floor || d.door)
  async function save(): Promise<void> {
    clearTimeout(timer)
    if (!ready || gone) return
    try {
      await (touched() ? keep('draft', plain()) : drop('draft', d.key))
      full.value = false
    } catch {
      full.value = true // the phone has no room: said, never swallowed
    }
  }
  watch(d, () => {
    clearTimeout(timer)
    timer = setTimeout(() => void save(), 300)
  })
  watch(() => d.files, () => void save()) // a photo cannot be taken again
  const hidden = (): void => void (document.visibilityState === 'hidden' && save())
  const leave = (): void => void save()

  async function findMe(): Promise<void> {
    if (locating.value) return
    locating.value = true
    noGeo.value = false
    try {
      const p = await locate()
      if (!gone) Object.assign(d, { point: p, place: '' })
    } catch {
      noGeo.value = true
    }
    locating.value = false
  }
  onMounted(async () => {
    addEventListener('pagehide', leave)
    document.addEventListener('visibilitychange', hidden)
    const old = (await drafts(kind)).find((x) => !which || x.key === which)
    if (old) {
      Object.assign(d, old)
      kept.value = true
      if (first.chosen && !old.chosen) Object.assign(d, first)
    }
    ready = true
    if (d.point || d.place) return
    noGeo.value = !(await mayAsk())
    if (!noGeo.value && !left && !d.point && !d.place) await findMe()
  })
  onBeforeUnmount(() => {
    left = true
    removeEventListener('pagehide', leave)
    document.removeEventListener('visibilitychange', hidden)
    void save()
  })
  /** Begins another; this one stays where it is. */
  async function another(): Promise<void> {
    await save()
    const { point } = d
    Object.assign(d, fresh(kind), first, { point })
    kept.value = false
  }
  async function clear(): Promise<void> {
    await drop('draft', d.key)
    Object.assign(d, fresh(kind), first)
    kept.value = false
  }
  /** It has done its work. */
  async function done(): Promise<void> {
    gone = true
    clearTimeout(timer)
    await drop('draft', d.key)
  }
  /** Into the outbox, and only then out of the drafts. */
  async function send(route: string, body: Record<string, unknown>): Promise<void> {
    await put({
      id: d.key, kind, route, matter: d.key, body, files: copy(d.files),
      person: session.value.person, at: Date.now(), tries: 0, next_at: 0, ...(d.for ? { for: d.for } : {}),
    })
    await done()
    void flush(true)
  }
  return { d, kept, full, locating, noGeo, findMe, another, clear, done, send }
}
