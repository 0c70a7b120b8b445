/* A voice note as the browser records it: Opus in WebM or Ogg, AAC in MP4, whichever it has. Nothing leaves the phone
 * here; what comes out is kept like a photo. */
export const SECONDS_MAX = 120
const BITS_PER_SECOND = 24_000 // speech; two minutes are about 360 KB
const END_MS = 3_000 // a recorder that never says that it has ended keeps nobody waiting
const TYPES = ['audio/webm;codecs=opus', 'audio/mp4', 'audio/ogg;codecs=opus']

const typeHere = (): string | undefined =>
  typeof MediaRecorder === 'undefined' ? undefined : TYPES.find((x) => MediaRecorder.isTypeSupported(x))
/** False in old browsers, in some web views, and on a page that came without TLS. */
export const canRecord = (): boolean => !!navigator.mediaDevices?.getUserMedia && !!typeHere()

export interface Spoken { bytes: ArrayBuffer; type: string; seconds: number }
export interface Recording {
  /** Ends it; null if nothing was recorded. */
  stop(): Promise<Spoken | null>
  seconds(): number
  /** 0 to 1: how loud it is just now. */
  level(): number
}

function meter(stream: MediaStream): { level: () => number; close: () => void } {
  try {
    const audio = new AudioContext()
    const look = audio.createAnalyser()
    look.fftSize = 512
    audio.createMediaStreamSource(stream).connect(look)
    const wave = new Uint8Array(look.fftSize)
    return {
      level() {
        look.getByteTimeDomainData(wave)
        return Math.min(1, (Math.max(...wave) - 128) / 100)
      },
      close: () => void audio.close(),
    }
  } catch {
    return { level: () => 0, close: () => undefined } // the clock must do
  }
}

/** Asks for the microphone and begins; throws if it is not given. */
export async function record(): Promise<Recording> {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: { channelCount: 1, noiseSuppression: true } })
  const type = typeHere()!
  const recorder = new MediaRecorder(stream, { mimeType: type, audioBitsPerSecond: BITS_PER_SECOND })
  const parts: Blob[] = []
  recorder.ondataavailable = (e) => void (e.data.size && parts.push(e.data))
  const ended = new Promise<void>((ok) => (recorder.onstop = () => ok()))
  const m = meter(stream)
  const started = new Promise<void>((ok) => (recorder.onstart = () => ok()))
  recorder.start()
  await started // a slow phone must not count what it did not hear
  const began = performance.now()
  const seconds = (): number => (performance.now() - began) / 1000
  let last: Promise<Spoken | null> | undefined
  return {
    seconds,
    level: m.level,
    stop: () =>
      (last ??= (async () => {
        const long = seconds()
        if (recorder.state !== 'inactive') recorder.stop()
        await Promise.race([ended, new Promise((ok) => setTimeout(ok, END_MS))])
        stream.getTracks().forEach((t) => t.stop()) // the phone's sign that it listens goes out
        m.close()
        if (!parts.length || long < 0.5) return null
        return { bytes: await new Blob(parts).arrayBuffer(), type: type.split(';')[0]!, seconds: Math.max(1, Math.round(long)) }
      })()),
  }
}

/** 0:07 */
export const clock = (s: number): string => `${Math.floor(s / 60)}:${String(Math.floor(s % 60)).padStart(2, '0')}`
