/* head: the one reader of request heads, paths, queries and chunked bodies. Pure: no socket, no
 * clock. RFC 9112 (HTTP/1.1) and RFC 9110, read strictly; where they leave a choice that two
 * programs could take differently, the message is refused, since that is what request smuggling
 * lives on. */
#include "http/internal.h"

#include <strings.h>

enum { TOKEN = 1, VALUE = 2, TARGET = 4, HOST = 8, HEX = 16 };

/* RFC 9110 section 5.6.2 (token), 5.5 (field value: no control characters but HTAB), RFC 3986 for
 * the rest. A target may hold any visible ASCII but '#': browsers send a few that RFC 3986 forbids.
 */
static uint8_t classes[256];

__attribute__((constructor)) static void classes_fill(void) {
    for (int c = 0; c < 256; c++) {
        bool alnum = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        bool hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
        uint8_t k = 0;
        if (alnum || (c && strchr("!#$%&'*+-.^_`|~", c))) k |= TOKEN;
        if (c == '\t' || (c >= ' ' && c != 0x7F)) k |= VALUE;
        if (c > ' ' && c < 0x7F && c != '#') k |= TARGET;
        if (alnum || (c && strchr("-._~%!$&'()*+,;=:[]", c))) k |= HOST;
        if (hex) k |= HEX;
        classes[c] = k;
    }
}

static bool is(char c, int class) {
    return classes[(uint8_t)c] & class;
}

static bool all(const char *p, size_t n, int class) {
    for (size_t i = 0; i < n; i++)
        if (!is(p[i], class)) return false;
    return true;
}

static bool same(const char *p, size_t n, const char *lower, size_t lower_n) {
    return n == lower_n && strncasecmp(p, lower, n) == 0;
}
#define SAME(p, n, literal) same((p), (n), literal, sizeof(literal) - 1)

static HeadState refuse(Head *h, int status, const char *code) {
    h->status = status;
    h->code = code;
    return HEAD_REFUSED;
}

void head_begin(Head *h, int64_t bytes_max) {
    memset(h, 0, offsetof(Head, headers));
    h->bytes_max = (uint32_t)bytes_max;
    h->length = -1;
}

/* ---- the request line
 * ------------------------------------------------------------------------------ */

static bool method_of(const char *p, size_t n, HttpMethod *m) {
    static const struct {
        const char *name;
        HttpMethod method;
    } methods[] = { { "GET", HTTP_GET },        { "POST", HTTP_POST },   { "HEAD", HTTP_HEAD },
                    { "PUT", HTTP_PUT },        { "PATCH", HTTP_PATCH }, { "DELETE", HTTP_DELETE },
                    { "OPTIONS", HTTP_OPTIONS } };
    for (int i = 0; i < COUNT(methods); i++)
        if (n == strlen(methods[i].name) && memcmp(p, methods[i].name, n) == 0) {
            *m = methods[i].method;
            return true;
        }
    return false;
}

/* The absolute form ("http://host/path") must be understood; its host is compared with Host later,
 * so that nothing can come from the two being different. */
static bool target_of(Head *h, const char *p, uint32_t at, uint32_t end) {
    uint32_t path = at;
    if (p[at] != '/') {
        uint32_t skip = end - at > 7 && SAME(p + at, 7, "http://")    ? 7
                        : end - at > 8 && SAME(p + at, 8, "https://") ? 8
                                                                      : 0;
        if (!skip) return false;
        path = at + skip;
        while (path < end && p[path] != '/' && p[path] != '?')
            path++;
        h->authority = (HeadSpan){ .value_at = at + skip, .value_n = path - at - skip };
        if (!h->authority.value_n || path == end || p[path] != '/') return false;
    }
    const char *mark = memchr(p + path, '?', end - path);
    uint32_t path_end = mark ? (uint32_t)(mark - p) : end;
    h->path = (HeadSpan){ .value_at = path, .value_n = path_end - path };
    if (mark) h->query = (HeadSpan){ .value_at = path_end + 1, .value_n = end - path_end - 1 };
    return true;
}

static HeadState request_line(Head *h, const char *p, uint32_t at, uint32_t end) {
    uint32_t i = at;
    while (i < end && is(p[i], TOKEN))
        i++;
    uint32_t method_n = i - at;
    if (!method_n || i == end || p[i] != ' ') return refuse(h, 400, "bad_request_line");
    uint32_t target = ++i;
    while (i < end && is(p[i], TARGET))
        i++;
    uint32_t target_end = i;
    if (target == target_end || i == end || p[i] != ' ') return refuse(h, 400, "bad_request_line");
    i++;
    if (end - i != 8 || memcmp(p + i, "HTTP/", 5) != 0 || p[i + 5] < '0' || p[i + 5] > '9' ||
        p[i + 6] != '.' || p[i + 7] < '0' || p[i + 7] > '9')
        return refuse(h, 400, "bad_request_line");
    if (p[i + 5] != '1') return refuse(h, 505, "unsupported_version");
    h->minor = p[i + 7] == '0' ? 0 : 1; /* a higher minor version is answered as 1.1 */
    if (!method_of(p + at, method_n, &h->method)) return refuse(h, 501, "unknown_method");
    if (!target_of(h, p, target, target_end)) return refuse(h, 400, "bad_target");
    h->in_headers = true;
    return HEAD_MORE;
}

/* ---- headers
 * --------------------------------------------------------------------------------------- */

enum {
    ONCE_HOST = 1,
    ONCE_LENGTH = 2,
    ONCE_CODING = 4,
    ONCE_AUTHORIZATION = 8,
    ONCE_TYPE = 16,
    ONCE_EXPECT = 32
};

/* false if it was there already */
static bool once(Head *h, uint32_t which) {
    bool first = !(h->once & which);
    h->once |= which;
    return first;
}

static HeadState content_length(Head *h, const char *v, size_t n) {
    int64_t sum = 0;
    if (n == 0 || n > 18) return refuse(h, 400, "bad_content_length");
    for (size_t i = 0; i < n; i++) {
        if (v[i] < '0' || v[i] > '9') return refuse(h, 400, "bad_content_length");
        sum = sum * 10 + (v[i] - '0');
    }
    h->length = sum;
    return HEAD_MORE;
}

static void connection(Head *h, const char *v, size_t n) {
    Str rest = { v, n };
    while (rest.n) {
        Str option = str_trim(str_cut(&rest, ','));
        if (SAME(option.p, option.n, "close")) h->close = true;
        if (SAME(option.p, option.n, "keep-alive")) h->keep_alive = true;
    }
}

/* The few headers that decide how the message is read. */
static HeadState known_header(Head *h, const char *name, uint32_t name_n, const char *v,
                              uint32_t at, uint32_t n) {
    switch (name_n) {
    case 4:
        if (!SAME(name, name_n, "host")) break;
        if (!once(h, ONCE_HOST)) return refuse(h, 400, "repeated_header");
        if (!all(v, n, HOST)) return refuse(h, 400, "bad_host");
        h->host = (HeadSpan){ .value_at = at, .value_n = n };
        break;
    case 6:
        if (!SAME(name, name_n, "expect")) break;
        if (!once(h, ONCE_EXPECT)) return refuse(h, 400, "repeated_header");
        if (!SAME(v, n, "100-continue")) return refuse(h, 417, "unknown_expectation");
        h->expect_continue = true;
        break;
    case 10:
        if (SAME(name, name_n, "connection")) connection(h, v, n);
        break;
    case 12:
        if (SAME(name, name_n, "content-type") && !once(h, ONCE_TYPE))
            return refuse(h, 400, "repeated_header");
        break;
    case 13:
        if (SAME(name, name_n, "authorization") && !once(h, ONCE_AUTHORIZATION))
            return refuse(h, 400, "repeated_header");
        break;
    case 14:
        if (!SAME(name, name_n, "content-length")) break;
        if (!once(h, ONCE_LENGTH)) return refuse(h, 400, "repeated_header");
        return content_length(h, v, n);
    case 17:
        if (!SAME(name, name_n, "transfer-encoding")) break;
        if (!once(h, ONCE_CODING)) return refuse(h, 400, "repeated_header");
        if (!SAME(v, n, "chunked")) return refuse(h, 501, "unknown_coding");
        h->chunked = true;
        break;
    default: break;
    }
    return HEAD_MORE;
}

static HeadState header_line(Head *h, const char *p, uint32_t at, uint32_t end) {
    if (p[at] == ' ' || p[at] == '\t') return refuse(h, 400, "folded_header");
    if (h->n == HEAD_HEADERS_MAX) return refuse(h, 431, "too_many_headers");
    uint32_t i = at;
    while (i < end && is(p[i], TOKEN))
        i++;
    uint32_t name_n = i - at;
    if (!name_n || i == end || p[i] != ':') return refuse(h, 400, "bad_header");
    i++;
    while (i < end && (p[i] == ' ' || p[i] == '\t'))
        i++;
    uint32_t value = i;
    while (i < end && is(p[i], VALUE))
        i++;
    if (i != end) return refuse(h, 400, "bad_header");
    while (end > value && (p[end - 1] == ' ' || p[end - 1] == '\t'))
        end--;
    h->headers[h->n++] =
        (HeadSpan){ .name_at = at, .name_n = name_n, .value_at = value, .value_n = end - value };
    return known_header(h, p + at, name_n, p + value, value, end - value);
}

/* The empty line has come: do the headers fit together? */
static HeadState end_of_head(Head *h, const char *p, uint32_t bytes) {
    if (h->minor == 1 && !(h->once & ONCE_HOST)) return refuse(h, 400, "missing_host");
    if (h->chunked && h->length >= 0) return refuse(h, 400, "length_and_coding");
    if (h->chunked && h->minor == 0) return refuse(h, 400, "coding_in_http_1_0");
    if (h->authority.value_n && (h->once & ONCE_HOST) &&
        !same(p + h->authority.value_at, h->authority.value_n, p + h->host.value_at,
              h->host.value_n))
        return refuse(h, 400, "bad_host");
    bool body = h->chunked || h->length > 0;
    if (h->method == HTTP_HEAD && body) return refuse(h, 400, "body_with_head");
    if (!h->chunked && h->length < 0 &&
        (h->method == HTTP_POST || h->method == HTTP_PUT || h->method == HTTP_PATCH))
        return refuse(h, 411, "length_required");
    if (h->minor == 0) {
        h->expect_continue = false;
        if (!h->keep_alive) h->close = true;
    }
    h->bytes = bytes;
    return HEAD_DONE;
}

HeadState head_read(Head *h, const char *p, size_t n_all) {
    uint32_t n = n_all > h->bytes_max ? h->bytes_max : (uint32_t)n_all;
    for (;;) {
        const char *lf = h->seen < n ? memchr(p + h->seen, '\n', n - h->seen) : NULL;
        uint32_t end = lf ? (uint32_t)(lf - p) : n;
        if (end - h->line_at > HEAD_LINE_BYTES_MAX || (!lf && n == h->bytes_max))
            return h->in_headers ? refuse(h, 431, "head_too_large")
                                 : refuse(h, 414, "uri_too_long");
        if (!lf) {
            h->seen = n;
            /* What cannot become a method (a TLS greeting, say) need not be waited for. */
            if (!h->in_headers && n > h->line_at && !is(p[h->line_at], TOKEN) &&
                p[h->line_at] != '\r')
                return refuse(h, 400, "bad_request_line");
            return HEAD_MORE;
        }
        uint32_t next = end + 1;
        if (end > h->line_at && p[end - 1] == '\r') end--;
        if (end == h->line_at && h->in_headers) return end_of_head(h, p, next);
        HeadState s = HEAD_MORE;
        if (end > h->line_at)
            s = h->in_headers ? header_line(h, p, h->line_at, end)
                              : request_line(h, p, h->line_at, end);
        else if (next >
                 4) /* RFC 9112 section 2.2: a blank line before the request line is let pass */
            s = refuse(h, 400, "bad_request_line");
        if (s != HEAD_MORE) return s;
        h->line_at = h->seen = next;
    }
}

/* ---- path and query
 * --------------------------------------------------------------------------------- */

static int hex_digit(char c) {
    return c <= '9' ? c - '0' : (c | 32) - 'a' + 10;
}

/* Percent-decodes s; false on a bad escape. NUL is never allowed; `slash` says whether %2F is. */
bool head_decode(Arena *a, Str s, bool plus, bool slash, Str *out) {
    char *to = arena_alloc(a, s.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (c == '%') {
            if (s.n - i < 3 || !is(s.p[i + 1], HEX) || !is(s.p[i + 2], HEX)) return false;
            c = (char)(hex_digit(s.p[i + 1]) << 4 | hex_digit(s.p[i + 2]));
            if (c == '\0' || (c == '/' && !slash)) return false;
            i += 2;
        } else if (c == '+' && plus) {
            c = ' ';
        }
        to[n++] = c;
    }
    *out = (Str){ to, n };
    return utf8_valid(*out);
}

const char *head_path(Arena *a, Str raw, Str *path) {
    if (!raw.n || raw.p[0] != '/' || !head_decode(a, raw, false, false, path)) return "bad_path";
    for (size_t i = 0; i < path->n; i++)
        if (!is(path->p[i], VALUE) || path->p[i] == '\t' || path->p[i] == '\\') return "bad_path";
    Str rest = *path;
    while (rest.n) {
        Str segment = str_cut(&rest, '/');
        if (str_is(segment, ".") || str_is(segment, "..")) return "bad_path";
    }
    return NULL;
}

const char *head_params(Arena *a, Str query, HeadParam **params, int *n) {
    *n = 0;
    *params = NULL;
    if (!query.n) return NULL;
    size_t fields = 1;
    for (size_t i = 0; i < query.n; i++)
        fields += query.p[i] == '&';
    if (fields > HEAD_PARAMS_MAX) return "too_many_parameters";
    HeadParam *list = arena_array(a, HeadParam, fields);
    while (query.n) {
        Str value = str_cut(&query, '&');
        if (!value.n) continue;
        Str name = str_cut(&value, '=');
        HeadParam *p = &list[*n];
        if (!head_decode(a, name, true, true, &p->name) || !head_decode(a, value, true, true, &p->value))
            return "bad_parameter";
        for (int i = 0; i < *n; i++)
            if (str_eq(list[i].name, p->name)) return "repeated_parameter";
        (*n)++;
    }
    *params = list;
    return NULL;
}

/* ---- chunked
 * ---------------------------------------------------------------------------------------- */

enum {
    SIZE,
    SIZE_EXTENSION,
    SIZE_LF,
    DATA,
    DATA_CR,
    DATA_LF,
    TRAILER,
    TRAILER_LINE,
    TRAILER_LF,
    END_LF
};
enum { CHUNK_OVERHEAD_MAX = 4096, CHUNK_DIGITS_MAX = 16 };

void chunks_begin(Chunks *c, int64_t bytes_max) {
    *c = (Chunks){ .state = SIZE, .bytes_max = bytes_max };
}

static HeadState chunks_refuse(Chunks *c, int status, const char *code) {
    c->status = status;
    c->code = code;
    return HEAD_REFUSED;
}

static HeadState chunk_size(Chunks *c, char b) {
    if (is(b, HEX)) {
        if (++c->line > CHUNK_DIGITS_MAX || c->left >> 58)
            return chunks_refuse(c, 400, "bad_chunk");
        c->left = c->left << 4 | hex_digit(b);
        return HEAD_MORE;
    }
    if (!c->line || (b != '\r' && b != ';')) return chunks_refuse(c, 400, "bad_chunk");
    if (c->left > c->bytes_max - c->bytes) return chunks_refuse(c, 413, "too_large");
    c->bytes += c->left;
    c->state = b == '\r' ? SIZE_LF : SIZE_EXTENSION;
    return HEAD_MORE;
}

/* One byte of framing. */
static HeadState chunk_byte(Chunks *c, char b) {
    static const struct {
        char want;
        int next;
    } exact[] = {
        [DATA_CR] = { '\r', DATA_LF }, [DATA_LF] = { '\n', SIZE }, [TRAILER_LF] = { '\n', TRAILER }
    };
    switch (c->state) {
    case SIZE: return chunk_size(c, b);
    case SIZE_EXTENSION:
    case TRAILER_LINE:
        if (++c->overhead > CHUNK_OVERHEAD_MAX) return chunks_refuse(c, 431, "head_too_large");
        if (b == '\r')
            c->state = c->state == TRAILER_LINE ? TRAILER_LF : SIZE_LF;
        else if (!is(b, VALUE))
            return chunks_refuse(c, 400, "bad_chunk");
        return HEAD_MORE;
    case SIZE_LF:
        if (b != '\n') return chunks_refuse(c, 400, "bad_chunk");
        c->state = c->left ? DATA : TRAILER;
        c->line = 0;
        return HEAD_MORE;
    case TRAILER:
        if (b == '\r')
            c->state = END_LF;
        else if (is(b, TOKEN))
            c->state = TRAILER_LINE;
        else
            return chunks_refuse(c, 400, "bad_chunk");
        return HEAD_MORE;
    case END_LF: return b == '\n' ? HEAD_DONE : chunks_refuse(c, 400, "bad_chunk");
    default:
        if (b != exact[c->state].want) return chunks_refuse(c, 400, "bad_chunk");
        c->state = exact[c->state].next;
        return HEAD_MORE;
    }
}

HeadState chunks_read(Chunks *c, Str *in, Str *data) {
    *data = (Str){ in->p, 0 };
    while (in->n) {
        if (c->state == DATA) {
            size_t n = (int64_t)in->n < c->left ? in->n : (size_t)c->left;
            *data = (Str){ in->p, n };
            in->p += n;
            in->n -= n;
            c->left -= (int64_t)n;
            if (!c->left) c->state = DATA_CR;
            return HEAD_MORE;
        }
        char b = *in->p;
        in->p++;
        in->n--;
        HeadState s = chunk_byte(c, b);
        if (s != HEAD_MORE) return s;
    }
    return HEAD_MORE;
}
