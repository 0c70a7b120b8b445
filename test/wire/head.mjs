// Request heads and bodies that are not what RFC 9112 allows, or that two programs could read differently.
import { raw, expect, check, ask, alive, rss_kb } from './kit.mjs'

const get = (path = '/healthz', more = '', version = '1.1') => `GET ${path} HTTP/${version}\r\nHost: x\r\n${more}\r\n`
const post = (more, body = '') => `POST /api/v1/sessions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n${more}\r\n${body}`

// [what, bytes, status, code]
const heads = [
  ['duplicate Content-Length', post('Content-Length: 2\r\nContent-Length: 2\r\n', '{}'), 400, 'repeated_header'],
  ['two lengths', post('Content-Length: 2\r\nContent-Length: 3\r\n', '{}'), 400, 'repeated_header'],
  ['a list of lengths', post('Content-Length: 2, 2\r\n', '{}'), 400, 'bad_content_length'],
  ['negative Content-Length', post('Content-Length: -1\r\n'), 400, 'bad_content_length'],
  ['signed Content-Length', post('Content-Length: +2\r\n', '{}'), 400, 'bad_content_length'],
  ['hexadecimal Content-Length', post('Content-Length: 0x2\r\n', '{}'), 400, 'bad_content_length'],
  ['empty Content-Length', post('Content-Length:\r\n', '{}'), 400, 'bad_content_length'],
  ['Content-Length of 19 digits', post('Content-Length: 9223372036854775808\r\n'), 400, 'bad_content_length'],
  ['Content-Length beyond the route', post('Content-Length: 4097\r\n'), 413, 'too_large'],
  ['Content-Length of a petabyte', post('Content-Length: 999999999999999\r\n'), 413, 'too_large'],
  ['no length at all', post(''), 411, 'length_required'],
  ['length and coding', post('Content-Length: 2\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n'), 400, 'length_and_coding'],
  ['coding and length', post('Transfer-Encoding: chunked\r\nContent-Length: 2\r\n', '0\r\n\r\n'), 400, 'length_and_coding'],
  ['two codings', post('Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n'), 400, 'repeated_header'],
  ['a list of codings', post('Transfer-Encoding: gzip, chunked\r\n', '0\r\n\r\n'), 501, 'unknown_coding'],
  ['chunked in disguise', post('Transfer-Encoding: xchunked\r\n', '0\r\n\r\n'), 501, 'unknown_coding'],
  ['chunked with a tab', post('Transfer-Encoding: chunked\x0b\r\n', '0\r\n\r\n'), 400, 'bad_header'],
  ['chunked in HTTP/1.0', 'POST /api/v1/sessions HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', 400, 'coding_in_http_1_0'],
  ['chunk size not a number', post('Transfer-Encoding: chunked\r\n', 'zz\r\n'), 400, 'bad_chunk'],
  ['chunk size missing', post('Transfer-Encoding: chunked\r\n', '\r\n'), 400, 'bad_chunk'],
  ['negative chunk size', post('Transfer-Encoding: chunked\r\n', '-1\r\n'), 400, 'bad_chunk'],
  ['chunk size of 17 digits', post('Transfer-Encoding: chunked\r\n', '00000000000000001\r\n'), 400, 'bad_chunk'],
  ['chunk size that wraps', post('Transfer-Encoding: chunked\r\n', 'fffffffffffffff0\r\n'), 400, 'bad_chunk'],
  ['chunk beyond the route', post('Transfer-Encoding: chunked\r\n', '1001\r\n'), 413, 'too_large'],
  ['chunks that sum up beyond it', post('Transfer-Encoding: chunked\r\n', ('400\r\n' + 'a'.repeat(1024) + '\r\n').repeat(5)), 413, 'too_large'],
  ['chunk without its end', post('Transfer-Encoding: chunked\r\n', '2\r\n{}x'), 400, 'bad_chunk'],
  ['chunk line ending in LF alone', post('Transfer-Encoding: chunked\r\n', '2\n{}\r\n'), 400, 'bad_chunk'],
  ['huge chunk extension', post('Transfer-Encoding: chunked\r\n', '2;' + 'a'.repeat(5000)), 431, 'head_too_large'],
  ['NUL in a chunk extension', post('Transfer-Encoding: chunked\r\n', '2;a\0b\r\n{}\r\n0\r\n\r\n'), 400, 'bad_chunk'],
  ['huge trailers', post('Transfer-Encoding: chunked\r\n', '2\r\n{}\r\n0\r\n' + ('X: ' + 'a'.repeat(90) + '\r\n').repeat(60)), 431, 'head_too_large'],
  ['trailer that is none', post('Transfer-Encoding: chunked\r\n', '2\r\n{}\r\n0\r\n: x\r\n\r\n'), 400, 'bad_chunk'],
  ['NUL in a header', get('/healthz', 'X-A: a\0b\r\n'), 400, 'bad_header'],
  ['NUL in a name', get('/healthz', 'X\0A: a\r\n'), 400, 'bad_header'],
  ['NUL in the path', get('/health\0z'), 400, 'bad_request_line'],
  ['bare CR in a header', get('/healthz', 'X-A: a\rb\r\n'), 400, 'bad_header'],
  ['bare CR in the request line', 'GET /healthz\r HTTP/1.1\r\nHost: x\r\n\r\n', 400, 'bad_request_line'],
  ['blank before the colon', get('/healthz', 'X-A : a\r\n'), 400, 'bad_header'],
  ['no colon', get('/healthz', 'nonsense\r\n'), 400, 'bad_header'],
  ['no name', get('/healthz', ': a\r\n'), 400, 'bad_header'],
  ['folded header', get('/healthz', 'X-A: a\r\n b\r\n'), 400, 'folded_header'],
  ['DEL in a header', get('/healthz', 'X-A: a\x7fb\r\n'), 400, 'bad_header'],
  ['duplicate Host', get('/healthz', 'Host: y\r\n'), 400, 'repeated_header'],
  ['no Host', 'GET /healthz HTTP/1.1\r\n\r\n', 400, 'missing_host'],
  ['Host with a blank', 'GET /healthz HTTP/1.1\r\nHost: x y\r\n\r\n', 400, 'bad_host'],
  ['Host with a path', 'GET /healthz HTTP/1.1\r\nHost: x/y\r\n\r\n', 400, 'bad_host'],
  ['absolute form of another host', 'GET http://y/healthz HTTP/1.1\r\nHost: x\r\n\r\n', 400, 'bad_host'],
  ['absolute form of another scheme', 'GET ftp://x/healthz HTTP/1.1\r\nHost: x\r\n\r\n', 400, 'bad_target'],
  ['absolute form without a path', 'GET http://x HTTP/1.1\r\nHost: x\r\n\r\n', 400, 'bad_target'],
  ['asterisk form', 'OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n', 400, 'bad_target'],
  ['authority form', 'CONNECT x:80 HTTP/1.1\r\nHost: x\r\n\r\n', 501, 'unknown_method'],
  ['two Authorizations', get('/healthz', 'Authorization: Bearer a\r\nAuthorization: Bearer b\r\n'), 400, 'repeated_header'],
  ['a long request line', get('/' + 'a'.repeat(9000)), 414, 'uri_too_long'],
  ['a long query', get('/healthz?' + 'a'.repeat(9000)), 414, 'uri_too_long'],
  ['a long header', get('/healthz', 'X-A: ' + 'a'.repeat(9000) + '\r\n'), 431, 'head_too_large'],
  ['many headers', get('/healthz', Array.from({ length: 200 }, (_, i) => `X-${i}: a\r\n`).join('')), 431, 'too_many_headers'],
  ['a fat head', get('/healthz', Array.from({ length: 30 }, (_, i) => `X-${i}: ${'a'.repeat(1000)}\r\n`).join('')), 431, 'head_too_large'],
  ['bad escape', get('/healthz%zz'), 400, 'bad_path'],
  ['cut escape', get('/healthz%4'), 400, 'bad_path'],
  ['escaped NUL', get('/healthz%00'), 400, 'bad_path'],
  ['escaped slash', get('/api%2fv1/categories'), 400, 'bad_path'],
  ['escaped bad UTF-8', get('/%ff%fe'), 400, 'bad_path'],
  ['overlong UTF-8', get('/%c0%ae%c0%ae/etc/passwd'), 400, 'bad_path'],
  ['dots', get('/../etc/passwd'), 400, 'bad_path'],
  ['escaped dots', get('/%2e%2e/%2E%2e/etc/passwd'), 400, 'bad_path'],
  ['half escaped dots', get('/app/.%2e/.%2e/linli.db'), 400, 'bad_path'],
  ['one dot', get('/./healthz'), 400, 'bad_path'],
  ['backslash', get('/..\\..\\linli.db'), 400, 'bad_path'],
  ['double slash', get('//healthz'), 404, undefined],
  ['double slash in the API', get('/api/v1//categories'), 404, 'no_such_route'],
  ['bad parameter', get('/api/v1/categories?limit=%zz'), 400, 'bad_parameter'],
  ['repeated parameter', get('/api/v1/categories?limit=1&limit=2'), 400, 'repeated_parameter'],
  ['many parameters', get('/api/v1/categories?' + Array.from({ length: 100 }, (_, i) => 'p' + i).join('&')), 400, 'too_many_parameters'],
  ['TRACE', 'TRACE /healthz HTTP/1.1\r\nHost: x\r\n\r\n', 501, 'unknown_method'],
  ['get in lower case', 'get /healthz HTTP/1.1\r\nHost: x\r\n\r\n', 501, 'unknown_method'],
  ['PATCH where it is not taken', 'PATCH /api/v1/categories HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n', 405, 'method_not_allowed'],
  ['DELETE of a list', 'DELETE /api/v1/categories HTTP/1.1\r\nHost: x\r\n\r\n', 405, 'method_not_allowed'],
  ['HEAD with a body', 'HEAD /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}', 400, undefined],
  ['HTTP/2 by hope', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 505, 'unsupported_version'],
  ['HTTP/0.9', 'GET /healthz\r\n\r\n', 400, 'bad_request_line'],
  ['HTTP/3.1', get('/healthz', '', '3.1'), 505, 'unsupported_version'],
  ['lower case protocol', 'GET /healthz http/1.1\r\nHost: x\r\n\r\n', 400, 'bad_request_line'],
  ['two blanks', 'GET  /healthz HTTP/1.1\r\nHost: x\r\n\r\n', 400, 'bad_request_line'],
  ['a TLS greeting', Buffer.from('16030100f5010000f10303aabbccdd', 'hex'), 400, 'bad_request_line'],
  ['an expectation nobody knows', get('/healthz', 'Expect: the-best\r\n'), 417, 'unknown_expectation'],
  ['a body for a GET that takes none', 'GET /api/v1/categories HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello', 413, 'too_large'],
  // and what must be taken
  ['absolute form', 'GET http://x/healthz HTTP/1.1\r\nHost: x\r\n\r\n', 200, undefined],
  ['bare LF', 'GET /healthz HTTP/1.1\nHost: x\n\n', 200, undefined],
  ['a blank line first', '\r\n' + get(), 200, undefined],
  ['HTTP/1.0 without Host', 'GET /healthz HTTP/1.0\r\n\r\n', 200, undefined],
  ['chunks with a trailer', post('Transfer-Encoding: chunked\r\n', '2;x=y\r\n{}\r\n0\r\nX-T: a\r\n\r\n'), 422, 'required'],
]

export async function head() {
  for (const [what, bytes, status, code] of heads) {
    const r = await raw([typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes])
    expect(r, status, code, undefined, undefined, what)
  }
  check(heads.length > 80, 'there were heads to send')
  // two requests in one packet: the second is read where the first ends, also behind a refused body
  const both = await raw([Buffer.from(get('/healthz') + get('/healthz', 'Connection: close\r\n'), 'latin1')])
  check(both.status === 200, 'pipelined requests are answered')
  const smuggled = await raw([Buffer.from(post('Content-Length: 4097\r\n') + get('/metrics'), 'latin1')])
  check(smuggled.status === 413 && !/^HTTP.*HTTP/s.test(smuggled.body.toString()), 'nothing is read behind a refused body')
  await alive('heads')
}

// Slow clients: not the server's memory nor its slots are theirs. Runs beside the rest; the deadlines are the server's own.
export async function slow() {
  const drip = get().split('').flatMap((c) => [c, 700]) // a byte every 0.7 s would take half a minute
  const [head, never, body, fine] = await Promise.all([
    raw(drip, 60000), raw([60000], 60000),
    raw([post('Content-Length: 100\r\n', '{"phone":'), 60000], 60000),
    raw(get().match(/.{1,6}/gs).flatMap((c) => [c, 50]), 60000)])
  check(head.status === 408 || head.status === 0, `a dripping head ends: ${head.status} ${head.why}`)
  check(head.why !== 'timeout', 'the connection of a dripping head is closed by the server')
  check(never.why !== 'timeout', 'a connection that says nothing is closed by the server')
  check(body.why !== 'timeout' && (body.status === 408 || body.status === 0), `a body that stops ends: ${body.status} ${body.why}`)
  check(fine.status === 200, 'a slow but honest client is served')
}

export async function flood() { // many connections that never say anything
  const before = rss_kb()
  const many = await Promise.all(Array.from({ length: 400 }, () => raw([Buffer.from('GET /healthz HTTP/1.1\r\nX-A: '), 1500], 1500)))
  check(many.length === 400 && rss_kb() - before < 64 * 1024, `400 unfinished heads cost ${rss_kb() - before} KB`)
  await alive('a flood')
}
