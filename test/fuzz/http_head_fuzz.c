/* Whatever comes: a head read whole and the same head read in pieces must end alike, and everything
 * accepted must hold what the rest of http relies on. What follows the head is read as a chunked
 * body. */
#include "http/internal.h"

#include <stdlib.h>

#define MUST(condition)                                                                            \
    do {                                                                                           \
        if (!(condition)) abort();                                                                 \
    } while (0)

enum { BYTES_MAX = 2048, BODY_MAX = 300 };

static void check_text(const char *p, HeadSpan s, uint32_t bytes, bool name) {
    MUST(s.value_at + s.value_n <= bytes && s.name_at + s.name_n <= bytes);
    MUST(!memchr(p + s.value_at, '\0', s.value_n) && !memchr(p + s.value_at, '\n', s.value_n) &&
         !memchr(p + s.value_at, '\r', s.value_n));
    if (!name) return;
    MUST(s.name_n);
    for (uint32_t i = 0; i < s.name_n; i++)
        MUST(p[s.name_at + i] > ' ' && p[s.name_at + i] < 0x7F && p[s.name_at + i] != ':');
}

static void check_path(Str p) {
    MUST(p.n && p.p[0] == '/' && utf8_valid(p) && !memchr(p.p, '\0', p.n) &&
         !memchr(p.p, '\\', p.n));
    MUST(str_find(p, S("/../")) < 0 && str_find(p, S("/./")) < 0 && !str_ends(p, S("/..")) &&
         !str_ends(p, S("/.")));
}

static void check_head(const Head *h, const char *p, size_t n) {
    MUST(h->bytes <= n && h->bytes <= BYTES_MAX && h->n <= HEAD_HEADERS_MAX);
    MUST(!(h->chunked && h->length >= 0) && h->length >= -1);
    MUST(h->method != HTTP_HEAD || (!h->chunked && h->length <= 0));
    int hosts = 0, lengths = 0;
    for (int i = 0; i < h->n; i++) {
        const HeadSpan *s = &h->headers[i];
        check_text(p, *s, h->bytes, true);
        hosts += s->name_n == 4 && strncasecmp(p + s->name_at, "host", 4) == 0;
        lengths += s->name_n == 14 && strncasecmp(p + s->name_at, "content-length", 14) == 0;
    }
    MUST(hosts <= 1 && lengths <= 1 && (hosts == 1 || h->minor == 0));
    MUST(lengths == (h->length >= 0));
    check_text(p, h->path, h->bytes, false);
    check_text(p, h->query, h->bytes, false);
    Arena *a = arena_new();
    Str path;
    HeadParam *params;
    int n_params;
    if (!head_path(a, (Str){ p + h->path.value_at, h->path.value_n }, &path)) check_path(path);
    if (!head_params(a, (Str){ p + h->query.value_at, h->query.value_n }, &params, &n_params))
        for (int i = 0; i < n_params; i++) {
            MUST(utf8_valid(params[i].name) && utf8_valid(params[i].value));
            for (int k = 0; k < i; k++)
                MUST(!str_eq(params[i].name, params[k].name));
        }
    if (!params) n_params = 0; /* refused: nobody looks at them */
    Inner in = {
        .head = p, .n_headers = h->n, .headers = (HeadSpan *)h->headers, .params = params, .n_params = n_params
    };
    HttpRequest rq = { .internal = &in };
    Str cookie = http_cookie(&rq, "linli"), value;
    MUST(!cookie.n || (cookie.p >= p && cookie.p + cookie.n <= p + h->bytes && !memchr(cookie.p, ';', cookie.n)));
    if (http_param(&rq, "limit", &value)) MUST(n_params > 0 && utf8_valid(value));
    arena_free(a);
}

typedef struct Body {
    HeadState state;
    int status;
    size_t n, read;
    char bytes[BODY_MAX];
} Body;

static Body read_body(const char *p, size_t n, size_t step) {
    Body b = { .state = HEAD_MORE };
    Chunks c;
    chunks_begin(&c, BODY_MAX);
    while (b.state == HEAD_MORE && b.read < n) {
        Str in = { p + b.read, n - b.read < step ? n - b.read : step }, data;
        size_t before = in.n;
        b.state = chunks_read(&c, &in, &data);
        MUST(b.n + data.n <= BODY_MAX);
        memcpy(b.bytes + b.n, data.p, data.n);
        b.n += data.n;
        b.read += before - in.n;
    }
    b.status = b.state == HEAD_REFUSED ? c.status : 0;
    return b;
}

/* The first byte says how large the pieces are. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    if (!n) return 0;
    size_t step = (size_t)bytes[0] % 64 + 1;
    n--;
    char *p = malloc(n + 1); /* a block of its own, so that ASan sees every byte too many */
    memcpy(p, bytes + 1, n);
    static Head whole, pieces;
    head_begin(&whole, BYTES_MAX);
    head_begin(&pieces, BYTES_MAX);
    HeadState s = head_read(&whole, p, n), t = HEAD_MORE;
    for (size_t at = step; t == HEAD_MORE; at += step) {
        t = head_read(&pieces, p, at < n ? at : n);
        if (at >= n) break;
    }
    MUST(s == t);
    if (s == HEAD_REFUSED) MUST(whole.status >= 400 && whole.status < 600 && whole.code);
    if (s == HEAD_DONE) {
        MUST(whole.bytes == pieces.bytes && whole.n == pieces.n && whole.length == pieces.length);
        check_head(&whole, p, n);
    }
    size_t from = s == HEAD_DONE ? whole.bytes : 0;
    Body a = read_body(p + from, n - from, n), b = read_body(p + from, n - from, step);
    MUST(a.state == b.state && a.status == b.status && a.n == b.n && a.read == b.read);
    MUST(memcmp(a.bytes, b.bytes, a.n) == 0);
    free(p);
    return 0;
}
