/* A photo is made small on the phone: at most 2560 px, turned upright, without the camera's notes (position, serial). */
import { uuid7 } from './id'
import { sha256 } from './sha256'
import type { KeptFile } from './store'

export const PHOTOS_MAX = 9
export const EDGE_PX_MAX = 2560
const QUALITY = 0.82

interface Drawable { width: number; height: number; draw: CanvasImageSource; close: () => void }

async function open(file: Blob): Promise<Drawable> {
  if (typeof createImageBitmap === 'function') {
    try {
      const b = await createImageBitmap(file, { imageOrientation: 'from-image' })
      return { width: b.width, height: b.height, draw: b, close: () => b.close() }
    } catch {
      /* old web views take no options: the way below */
    }
  }
  const url = URL.createObjectURL(file)
  const img = new Image()
  await new Promise<void>((ok, no) => {
    img.onload = () => ok()
    img.onerror = () => no(new Error('bad_image'))
    img.src = url
  })
  return { width: img.naturalWidth, height: img.naturalHeight, draw: img, close: () => URL.revokeObjectURL(url) }
}

export async function shrink(file: Blob): Promise<ArrayBuffer> {
  const p = await open(file)
  try {
    const k = Math.min(1, EDGE_PX_MAX / Math.max(p.width, p.height))
    const c = document.createElement('canvas')
    c.width = Math.max(1, Math.round(p.width * k))
    c.height = Math.max(1, Math.round(p.height * k))
    const g = c.getContext('2d')
    if (!g) throw new Error('bad_image')
    g.fillStyle = '#fff'
    g.fillRect(0, 0, c.width, c.height)
    g.drawImage(p.draw, 0, 0, c.width, c.height)
    const out = await new Promise<Blob | null>((ok) => c.toBlob(ok, 'image/jpeg', QUALITY))
    c.width = c.height = 0 // gives the memory back on cheap phones
    if (!out) throw new Error('bad_image')
    return await out.arrayBuffer()
  } finally {
    p.close()
  }
}

/** A picture that was taken, chosen or pasted, ready to be kept. */
export async function keptPhoto(f: Blob, field?: 'before' | 'after'): Promise<KeptFile> {
  const bytes = await shrink(f)
  return { id: uuid7(), bytes, sha256: await sha256(bytes), ...(field ? { field } : {}) }
}
