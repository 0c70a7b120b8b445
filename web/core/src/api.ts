/* Calls to the server. The page may stand under /c/{community}/, and then so does the API. */
import { shallowRef } from 'vue'
import { heard } from './clock'
import type { Session } from './types'

export const root: string = /^\/c\/[^/]+/.exec(location.pathname)?.[0] ?? ''
export const apiBase: string = root + '/api/v1'

export interface FieldError { code: string; field: string; limit?: number }

/** What the server said no to; code 'offline' when it could not be reached. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly field = '',
    readonly limit?: number,
    readonly errors: FieldError[] = [],
    readonly retryMs = 0,
  ) {
    super(code)
  }
  /** True if the same call may well succeed later. */
  get later(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500
  }
}

export const session = shallowRef<Session>({ person: null })

export interface CallOptions {
  body?: unknown
  raw?: BodyInit
  receipt?: string
  /** Who lets the signed-in person act for them. */
  person?: string
  timeoutMs?: number
}

async function problem(r: Response): Promise<ApiError> {
  let p: Record<string, unknown> = {}
  try {
    p = (await r.json()) as Record<string, unknown>
  } catch {
    /* a proxy's own page: the status must do */
  }
  const wait = Number(r.headers.get('Retry-After'))
  return errorOf(r.status, p, wait > 0 ? wait * 1000 : 0)
}

/** The problem details of an answer, or of one of several in an answer. */
export function errorOf(status: number, p: Record<string, unknown>, retryMs: number): ApiError {
  const errors = Array.isArray(p['errors']) ? (p['errors'] as FieldError[]) : []
  const first = errors[0]
  const code = typeof p['code'] === 'string' ? p['code'] : status >= 500 ? 'busy' : 'status_' + status
  const field = typeof p['field'] === 'string' ? p['field'] : (first?.field ?? '')
  const limit = typeof p['limit'] === 'number' ? p['limit'] : first?.limit
  return new ApiError(status, code, field, limit, errors, retryMs)
}

function headersOf(method: string, o: CallOptions): Record<string, string> {
  const h: Record<string, string> = { Accept: 'application/json' }
  if (o.body !== undefined) h['Content-Type'] = 'application/json'
  if (o.raw !== undefined) h['Content-Type'] = 'application/octet-stream'
  if (o.receipt) h['Linli-Receipt'] = o.receipt
  if (o.person) h['Linli-For'] = o.person
  if (method !== 'GET' && session.value.csrf) h['X-CSRF-Token'] = session.value.csrf
  return h
}

async function once(method: string, path: string, o: CallOptions): Promise<Response> {
  const stop = new AbortController()
  const timer = setTimeout(() => stop.abort(), o.timeoutMs ?? 20_000)
  try {
    const init: RequestInit = {
      method,
      headers: headersOf(method, o),
      credentials: 'same-origin',
      cache: 'no-store',
      signal: stop.signal,
    }
    if (o.body !== undefined) init.body = JSON.stringify(o.body)
    else if (o.raw !== undefined) init.body = o.raw
    const sent = Date.now()
    const r = await fetch(apiBase + path, init)
    heard(r.headers.get('Date'), sent, Date.now())
    return r
  } catch {
    throw new ApiError(0, 'offline')
  } finally {
    clearTimeout(timer)
  }
}

export async function call<T>(method: string, path: string, o: CallOptions = {}): Promise<T> {
  let r = await once(method, path, o)
  if (r.status === 403 && method !== 'GET') {
    const e = await problem(r)
    if (e.code !== 'csrf') throw e
    await whoami() // another tab signed in anew: fetch its token, then try once more
    r = await once(method, path, o)
  }
  if (!r.ok) throw await problem(r)
  if (r.status === 204) return undefined as T
  try {
    return (await r.json()) as T
  } catch {
    throw new ApiError(0, 'offline') // cut off in the middle
  }
}

export const get = <T>(path: string, o: CallOptions = {}): Promise<T> => call<T>('GET', path, o)
export const post = <T>(path: string, body: unknown, o: CallOptions = {}): Promise<T> => call<T>('POST', path, { ...o, body })

export async function whoami(): Promise<Session> {
  session.value = await get<Session>('/session')
  return session.value
}

/** What only the holder of a receipt may see cannot be an <img src>: the code travels in a header. */
export async function blob(path: string, receipt?: string, person?: string): Promise<Blob> {
  const r = await once('GET', path, { receipt, person })
  if (!r.ok) throw await problem(r)
  return r.blob()
}

export const hasRole = (...names: string[]): boolean => (session.value.roles ?? []).some((r) => names.includes(r.role))
export const isStaff = (): boolean =>
  hasRole('officer', 'team', 'dispatcher', 'mediator', 'clerk', 'overseer', 'admin')
