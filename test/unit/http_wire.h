/* A small server for the tests of http, and raw sockets to talk to it. Every read has a limit of 10
 * s, so that what never comes fails the test instead of hanging it. */
#ifndef LINLI_TEST_HTTP_WIRE_H
#define LINLI_TEST_HTTP_WIRE_H

#include "unit.h"

#include "http/http.h"
#include "http/tls.h"
#include "http_cert.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* libevent batches its epoll_ctl calls, so that it may take a descriptor out of its set a moment
 * after closing it, when another thread has the number already. The kernel answers ENOENT and
 * nothing happens. */
const char *__tsan_default_suppressions(void);
const char *__tsan_default_suppressions(void) {
    return "race:epoll_ctl\n";
}

enum { WIRE_BIG = 3 * 1000 * 1000, WIRE_LATE_MAX = 1024 };

/* The same tests over TLS, if LINLI_TEST_TLS is set: each descriptor then has a session of its own. */
static inline bool wire_tls(void) {
    return getenv("LINLI_TEST_TLS") != NULL;
}
enum { WIRE_FDS_MAX = 4096 };
static SSL *wire_ssl[WIRE_FDS_MAX];
static SSL_CTX *wire_client;

typedef struct Wire {
    HttpServer *server;
    Tls *tls;
    Cert cert;
    Arena *arena;
    char *big;
    pthread_mutex_t lock;
    HttpRequest *late[WIRE_LATE_MAX]; /* asked for /late, not answered yet */
    int n_late;
    atomic_int dropped, clients, handled;
} Wire;

static inline int64_t wire_body_max(void *self, HttpMethod m, Str path) {
    (void)self;
    if (str_is(path, "/echo") || str_is(path, "/late")) return 1000 * 1000;
    if (str_is(path, "/small")) return 10;
    if (str_is(path, "/read")) return m == HTTP_GET || m == HTTP_HEAD ? 0 : -2;
    if (str_is(path, "/big") || str_is(path, "/about") || str_starts(path, S("/events"))) return 0;
    return -1;
}

static inline void wire_handle(void *self, HttpRequest *rq) {
    Wire *w = self;
    HttpReply r = { .status = 200, .type = "text/plain", .body = rq->body };
    Str v = S("-");
    atomic_fetch_add(&w->handled, 1);
    if (str_starts(rq->path, S("/events"))) {
        char *client = malloc(1);
        *client = rq->path.n > 8 ? rq->path.p[8] : 'a';
        atomic_fetch_add(&w->clients, 1);
        http_stream(rq, S("data: first\n\n"), client);
        return;
    }
    if (str_is(rq->path, "/late")) {
        pthread_mutex_lock(&w->lock);
        assert(w->n_late < WIRE_LATE_MAX);
        w->late[w->n_late++] = rq;
        pthread_mutex_unlock(&w->lock);
        return;
    }
    if (str_is(rq->path, "/big")) r.body = (Str){ w->big, WIRE_BIG };
    if (str_is(rq->path, "/read")) r.body = S("hello");
    if (str_is(rq->path, "/about")) {
        bool has = http_param(rq, "q", &v);
        Str cookie = http_cookie(rq, "sid"), x = http_header(rq, "x-thing");
        r.body = arena_fmt(rq->arena, "%.*s|%d:%.*s|%.*s|%.*s|%.*s", STR_ARG(rq->path), has,
                           STR_ARG(v), STR_ARG(cookie), STR_ARG(x), STR_ARG(rq->address));
        http_reply_header(&r, "X-Good", S("yes"));
        http_reply_header(&r, "X-Bad", S("a\r\nX-Injected: b"));
    }
    http_reply(rq, &r);
}

static inline bool wire_wants(void *client, const void *about) {
    return !about || *(const char *)about == *(char *)client;
}

static inline void wire_problem(void *self, Arena *a, int status, const char *code, HttpReply *r) {
    (void)self;
    r->type = "application/problem+json";
    r->body = arena_fmt(a, "{\"status\":%d,\"code\":\"%s\"}", status, code);
}

static Wire *wire_dropping; /* `drop` gets no self */
static inline void wire_drop(void *client) {
    free(client);
    atomic_fetch_add(&wire_dropping->dropped, 1);
}

static inline Wire *wire_start_behind(HttpLimits limits, int loops, const char *proxies) {
    Wire *w = calloc(1, sizeof *w);
    w->arena = arena_new();
    w->big = malloc(WIRE_BIG);
    for (int i = 0; i < WIRE_BIG; i++)
        w->big[i] = (char)('a' + i % 26);
    pthread_mutex_init(&w->lock, NULL);
    wire_dropping = w;
    HttpConfig c = { .loops = loops,
                     .limits = limits,
                     .self = w,
                     .body_max = wire_body_max,
                     .handle = wire_handle,
                     .wants = wire_wants,
                     .drop = wire_drop,
                     .problem = wire_problem };
    for (Str rest = str_c(proxies); rest.n > 0;)
        assert_true(http_net_read(str_cut(&rest, ','), &c.proxies[c.n_proxies++]));
    Fail f = FAIL_NONE;
    if (wire_tls()) {
        cert_open(&w->cert);
        w->tls = c.tls = tls_open(w->cert.cert, w->cert.key, &f);
        assert_non_null(w->tls);
        wire_client = SSL_CTX_new(TLS_client_method());
    }
    w->server = http_start(&c, &f);
    if (!w->server) fail_msg("http_start: %s", f.code);
    return w;
}

static inline Wire *wire_start(HttpLimits limits, int loops) {
    return wire_start_behind(limits, loops, NULL);
}

static inline void wire_free(Wire *w) {
    for (int i = 0; i < WIRE_FDS_MAX; i++) {
        SSL_free(wire_ssl[i]);
        wire_ssl[i] = NULL;
    }
    if (w->tls) {
        cert_close(&w->cert);
        SSL_CTX_free(wire_client);
        tls_close(w->tls);
    }
    pthread_mutex_destroy(&w->lock);
    arena_free(w->arena);
    free(w->big);
    free(w);
}

static inline void wire_stop(Wire *w) {
    http_stop(w->server, 2000);
    wire_free(w);
}

static inline int wire_open_with(Wire *w, int receive_bytes) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct timeval tv = { .tv_sec = 10 };
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv);
    if (receive_bytes) setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive_bytes, sizeof receive_bytes);
    struct sockaddr_in a = { .sin_family = AF_INET,
                             .sin_port = htons((uint16_t)http_port(w->server)) };
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(fd, (struct sockaddr *)&a, sizeof a) != 0) fail_msg("connect: errno %d", errno);
    SSL_free(wire_ssl[fd]); /* of whoever had the number before */
    wire_ssl[fd] = NULL;
    if (w->tls) {
        wire_ssl[fd] = SSL_new(wire_client);
        SSL_set_fd(wire_ssl[fd], fd);
        if (SSL_connect(wire_ssl[fd]) != 1) fail_msg("no handshake");
    }
    return fd;
}

static inline int wire_open(Wire *w) {
    return wire_open_with(w, 0);
}

/* As recv: 0 at the end, also at the end of the session. */
static inline ssize_t wire_recv(int fd, void *p, size_t n) {
    if (!wire_ssl[fd]) return recv(fd, p, n, 0);
    size_t got = 0;
    ERR_clear_error();
    if (SSL_read_ex(wire_ssl[fd], p, n, &got) == 1) return (ssize_t)got;
    return SSL_get_error(wire_ssl[fd], 0) == SSL_ERROR_ZERO_RETURN ? 0 : -1;
}

static inline void wire_send(int fd, Str s) {
    while (s.n && wire_ssl[fd]) {
        size_t n = 0;
        ERR_clear_error();
        if (SSL_write_ex(wire_ssl[fd], s.p, s.n, &n) != 1) return;
        s.p += n;
        s.n -= n;
    }
    while (s.n) {
        ssize_t n = send(fd, s.p, s.n, MSG_NOSIGNAL);
        if (n <= 0) return; /* a peer that closed shows when we read */
        s.p += n;
        s.n -= (size_t)n;
    }
}

/* Reads up to and with `end`; "" if the peer closes before. One byte at a time: what follows stays.
 */
static inline Str wire_read_to(Wire *w, int fd, const char *end) {
    Buf b = buf_new(w->arena, 512);
    char c;
    while (wire_recv(fd, &c, 1) == 1) {
        buf_char(&b, c);
        if (str_ends(buf_str(&b), str_c(end))) return buf_str(&b);
    }
    return S("");
}

typedef struct WireReply {
    int status; /* 0: the connection closed */
    Str head, body;
} WireReply;

static inline bool wire_has(WireReply r, const char *line) {
    return str_find(r.head, arena_str(wire_dropping->arena, str_c(line))) >= 0;
}

static inline WireReply wire_reply(Wire *w, int fd, bool head_only) {
    WireReply r = { .head = wire_read_to(w, fd, "\r\n\r\n") };
    if (!r.head.n) return r;
    int64_t status, length = 0, at = str_find(r.head, S("Content-Length: "));
    if (!str_to_i64((Str){ r.head.p + 9, 3 }, &status)) fail_msg("no status");
    r.status = (int)status;
    if (at >= 0) {
        Str rest = { r.head.p + at + 16, r.head.n - (size_t)at - 16 };
        if (!str_to_i64(str_cut(&rest, '\r'), &length)) fail_msg("bad length");
    }
    if (head_only) return r;
    char *p = arena_alloc(w->arena, (size_t)length + 1);
    for (int64_t n = 0; n < length;) {
        ssize_t more = wire_recv(fd, p + n, (size_t)(length - n));
        if (more <= 0) fail_msg("body ends after %lld of %lld", (long long)n, (long long)length);
        n += more;
    }
    r.body = (Str){ p, (size_t)length };
    return r;
}

static inline bool wire_closed(int fd) {
    char c;
    return wire_recv(fd, &c, 1) == 0;
}

static inline WireReply wire_ask(Wire *w, int fd, Str request) {
    wire_send(fd, request);
    return wire_reply(w, fd, false);
}

/* Waits until *what has reached n: for things that happen on another thread a moment later. */
#define wire_until(condition)                                                                      \
    do {                                                                                           \
        int turns_ = 0;                                                                            \
        while (!(condition)) {                                                                     \
            if (++turns_ > 5000) fail_msg("never: %s", #condition);                                \
            nanosleep(&(struct timespec){ .tv_nsec = 2000000 }, NULL);                             \
        }                                                                                          \
    } while (0)

static inline int wire_n_late(Wire *w) {
    pthread_mutex_lock(&w->lock);
    int n = w->n_late;
    pthread_mutex_unlock(&w->lock);
    return n;
}

static inline HttpRequest *wire_take_late(Wire *w) {
    pthread_mutex_lock(&w->lock);
    HttpRequest *rq = w->n_late ? w->late[--w->n_late] : NULL;
    pthread_mutex_unlock(&w->lock);
    return rq;
}

#define GET(path) S("GET " path " HTTP/1.1\r\nHost: a\r\n\r\n")

#endif
