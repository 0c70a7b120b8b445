/* The live feed. Not EventSource: a receipt travels in a header, and the last id is kept over reconnects. */
import { ref } from 'vue'
import { apiBase } from './api'
import type { Change } from './types'

export const live = ref(false)

/** `onOpen` runs whenever the feed begins, for what happened between the last answer and now would be missed; `first` is
 * false after a break. */
export function listen(onChange: (c: Change) => void, receipt?: string, onOpen?: (first: boolean) => void): () => void {
  let first = true
  let stopped = false
  let last = ''
  let wait = 1_000
  let abort = new AbortController()
  let timer: ReturnType<typeof setTimeout> | undefined

  function frame(text: string): void {
    let data = ''
    let event = 'message'
    for (const line of text.split('\n')) {
      if (line.startsWith('id:')) last = line.slice(3).trim()
      else if (line.startsWith('event:')) event = line.slice(6).trim()
      else if (line.startsWith('data:')) data += line.slice(5).trim()
    }
    if (event !== 'change' || !data) return
    try {
      onChange(JSON.parse(data) as Change)
    } catch {
      /* half a frame: the list is fetched again at the next one */
    }
  }

  async function read(): Promise<void> {
    const headers: Record<string, string> = { Accept: 'text/event-stream' }
    if (receipt) headers['Linli-Receipt'] = receipt
    if (last) headers['Last-Event-ID'] = last
    const r = await fetch(apiBase + '/events', { headers, signal: abort.signal, cache: 'no-store', credentials: 'same-origin' })
    if (!r.ok || !r.body) throw new Error('no feed')
    live.value = true
    onOpen?.(first)
    first = false
    wait = 1_000
    const reader = r.body.getReader()
    const text = new TextDecoder()
    let rest = ''
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      rest = (rest + text.decode(value, { stream: true })).replace(/\r\n?/g, '\n')
      let end: number
      while ((end = rest.indexOf('\n\n')) >= 0) {
        frame(rest.slice(0, end))
        rest = rest.slice(end + 2)
      }
    }
  }

  async function run(): Promise<void> {
    if (stopped) return
    try {
      await read()
    } catch {
      /* lost: try again below */
    }
    live.value = false
    if (stopped) return
    wait = Math.min(60_000, wait * 2)
    timer = setTimeout(() => void run(), wait)
  }

  const seen = (): void => {
    if (document.visibilityState === 'visible' && !live.value && !stopped) {
      clearTimeout(timer)
      abort.abort()
      abort = new AbortController()
      void run()
    }
  }
  document.addEventListener('visibilitychange', seen)
  void run()
  return () => {
    stopped = true
    live.value = false
    clearTimeout(timer)
    abort.abort()
    document.removeEventListener('visibilitychange', seen)
  }
}
