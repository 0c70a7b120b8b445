/* Signing in and out. */
import { call, post, session, whoami } from './api'

/** This phone's secret, for officers who bind theirs. */
export function device(): string {
  try {
    let d = localStorage.getItem('linli.device')
    if (!d) {
      d = Array.from(crypto.getRandomValues(new Uint8Array(24)), (x) => x.toString(16).padStart(2, '0')).join('')
      localStorage.setItem('linli.device', d)
    }
    return d
  } catch {
    return ''
  }
}

export async function signIn(body: { phone: string; password: string } | { code: string }): Promise<boolean> {
  const r = await post<{ csrf?: string; needs_totp?: boolean }>('/sessions', { ...body, ...(device() ? { device: device() } : {}) })
  session.value = { ...session.value, csrf: r.csrf }
  if (r.needs_totp) return false
  await whoami()
  return true
}

export async function signTotp(code: string): Promise<void> {
  const r = await post<{ csrf?: string } | undefined>('/sessions/totp', { code })
  if (r?.csrf) session.value = { ...session.value, csrf: r.csrf }
  await whoami()
}

export async function signOut(everywhere = false): Promise<void> {
  await call('DELETE', everywhere ? '/sessions' : '/session')
  session.value = { person: null }
}

/** A QR code that the server drew, for <img src>. */
export const picture = (svg: string): string => 'data:image/svg+xml,' + encodeURIComponent(svg)
