/* request: what comes in. A connection's filter reads head and body, refuses what is wrong before
 * anything is kept, and builds the request in its arena; then evhttp is handed a canonical head and
 * calls back. */
#include "http/internal.h"

#include <event2/event.h>
#include <event2/http.h>
#include <stdlib.h>
#include <strings.h>

enum {
    AHEAD_BYTES_MAX = 4096,       /* what a peer may send before we have answered */
    DRAIN_BYTES_MAX = 512 * 1024, /* thrown away after a refusal, so that the peer can read it */
    BODY_BYTES_A_SECOND = 16 * 1024,
};

/* ---- life of a connection
 * ------------------------------------------------------------------------------ */

static void head_put(Conn *c) {
    if (c->loop->spare_head)
        free(c->head);
    else
        c->loop->spare_head = c->head;
    c->head = NULL;
}

static void head_take(Conn *c) {
    Loop *l = c->loop;
    c->head = l->spare_head ? l->spare_head : http_must(malloc(sizeof *c->head));
    l->spare_head = NULL;
    head_begin(c->head, l->config.limits.head_bytes_max);
}

static void read_ahead(Conn *c, int64_t body_bytes) {
    int64_t most = c->loop->config.limits.head_bytes_max + body_bytes + AHEAD_BYTES_MAX;
    bufferevent_setwatermark(c->sock, EV_READ, 0, (size_t)most);
}

/* The connection is gone, or as good as gone. Happens once; the memory follows in conn_free. */
static void conn_gone(Conn *c) {
    if (c->state == CONN_CLOSED) return;
    if (c->state == CONN_STREAM) stream_forget(c);
    c->state = CONN_CLOSED;
    if (c->met) peers_leave(c->loop->peers, &c->peer);
    c->met = false;
    if (c->tls) tls_goodbye(c->sock);
    /* evhttp lets go of a request that it has shown us but not answered when the peer closes: it is
     * then ours to free. In every other case it frees it itself. */
    if (c->ev && !evhttp_request_get_connection(c->ev)) evhttp_request_free(c->ev);
    c->ev = NULL;
    if (c->kicked) TAILQ_REMOVE(&c->loop->kicks, c, kicks);
    if (c->in) inner_unref(c->in);
    c->in = NULL;
    loop_remove(c->loop, c);
}

static void conn_closed(struct evhttp_connection *evcon, void *arg) {
    (void)evcon;
    conn_gone(arg);
}

static void conn_free(void *arg) { /* the filter is freed */
    Conn *c = arg;
    conn_gone(c);
    evbuffer_remove_cb(bufferevent_get_output(c->sock), conn_drained, c);
    if (c->head) head_put(c);
    if (c->body) evbuffer_free(c->body);
    free(c);
}

static enum bufferevent_filter_result conn_in(struct evbuffer *from, struct evbuffer *to,
                                              ev_ssize_t max, enum bufferevent_flush_mode mode,
                                              void *arg);

struct bufferevent *conn_new(struct event_base *base, void *arg) {
    Loop *l = arg;
    Conn *c = http_must(calloc(1, sizeof *c));
    c->loop = l;
    c->fresh = true;
    c->tls = l->config.tls != NULL;
    c->sock = c->tls ? tls_socket(base, l->config.tls)
                     : http_must(bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE));
    c->bev = http_must(
        bufferevent_filter_new(c->sock, conn_in, conn_out, BEV_OPT_CLOSE_ON_FREE, conn_free, c));
    http_must(evbuffer_add_cb(bufferevent_get_output(c->sock), conn_drained, c));
    read_ahead(c, 0);
    loop_add(l, c);
    loop_deadline(l, c, l->config.limits.head_ms_max);
    /* evhttp cannot be told to refuse a connection; it is looked at as soon as it is set up. */
    c->full = loops_sum(l, offsetof(Loop, connections)) > l->config.limits.connections_max;
    conn_kick(c);
    return c->bev;
}

void conn_close(Conn *c) {
    bufferevent_event_cb alive = NULL; /* libevent takes it away when it begins to free */
    if (c->state != CONN_CLOSED) bufferevent_getcb(c->bev, NULL, NULL, &alive, NULL);
    if (!alive) return;
    if (c->ev)
        evhttp_connection_free(evhttp_request_get_connection(c->ev));
    else /* evhttp gives away its connection only with a request; for one without, this closes it */
        bufferevent_trigger_event(c->bev, BEV_EVENT_READING | BEV_EVENT_EOF, 0);
}

void conn_due(Conn *c) {
    switch (c->state) {
    case CONN_HEAD:
        if (c->head) /* a connection that never said anything is closed without a word */
            conn_refuse(c, 408, "timeout");
        else
            conn_close(c);
        break;
    case CONN_BODY: conn_refuse(c, 408, "timeout"); break;
    case CONN_STREAM: stream_ping(c); break;
    default: conn_close(c); break;
    }
}

/* ---- sent ahead
 * ------------------------------------------------------------------------------------------ */

void conn_kick(Conn *c) {
    if (c->kicked) return;
    c->kicked = true;
    TAILQ_INSERT_TAIL(&c->loop->kicks, c, kicks);
    event_active(c->loop->kick, EV_TIMEOUT, 0);
}

/* Now that libevent has given it its socket. */
static int first_look(Conn *c) {
    if (c->full) return 503;
    if (c->seen) return 0;
    const HttpConfig *config = &c->loop->config;
    c->seen = peer_of_socket(bufferevent_getfd(c->sock), &c->peer);
    if (!c->seen || peer_trusted(config, &c->peer)) return 0;
    c->met = peers_meet(c->loop->peers, &c->peer, config->limits.connections_per_address);
    return c->met ? 0 : 429;
}

void conn_kicked(Loop *l) {
    Conn *c;
    while ((c = TAILQ_FIRST(&l->kicks))) {
        TAILQ_REMOVE(&l->kicks, c, kicks);
        c->kicked = false;
        if (c->state != CONN_HEAD) continue;
        int full = first_look(c);
        if (full && c->tls) { /* a refusal is not worth a handshake */
            atomic_fetch_add_explicit(&l->refused, 1, memory_order_relaxed);
            conn_close(c);
        } else if (full) {
            conn_refuse(c, full, "too_many_connections");
        } else if (evbuffer_get_length(bufferevent_get_input(c->sock))) {
            bufferevent_flush(c->bev, EV_READ, BEV_NORMAL);
            if (evbuffer_get_length(bufferevent_get_input(c->bev)))
                bufferevent_trigger(c->bev, EV_READ, 0);
        } else if (l->stopping) {
            conn_close(c);
        }
    }
}

/* evhttp has sent the reply and is about to take the next request, or to close. */
static void conn_sent(struct evhttp_request *ev, void *arg) {
    (void)ev;
    Conn *c = arg;
    c->ev = NULL;
    c->state = CONN_HEAD;
    c->fresh = false;
    loop_deadline(c->loop, c, c->loop->config.limits.idle_ms_max);
    if (c->loop->stopping || evbuffer_get_length(bufferevent_get_input(c->sock))) conn_kick(c);
}

/* ---- from head to request
 * ---------------------------------------------------------------------------------- */

static Inner *inner_new(Conn *c, const Head *h, const char *p) {
    Loop *l = c->loop;
    Arena *a = loop_arena(l);
    Inner *in = arena_new_of(a, Inner);
    in->loop = l;
    atomic_fetch_add_explicit(&l->refs, 1, memory_order_relaxed);
    in->slot = c->slot;
    in->generation = l->generations[c->slot];
    in->refs = 1;
    in->minor = h->minor;
    in->close = h->close;
    in->head = arena_str(a, (Str){ p, h->bytes }).p;
    in->n_headers = h->n;
    in->headers = arena_array(a, HeadSpan, h->n);
    memcpy(in->headers, h->headers, (size_t)h->n * sizeof *h->headers);
    in->rq = (HttpRequest){ .arena = a,
                            .method = h->method,
                            .query = { in->head + h->query.value_at, h->query.value_n },
                            .arrived_us = mono_us(),
                            .internal = in };
    return in;
}

/* Counts what has come of a body against the budget that all share. Only what was received counts:
 * a peer that announces much and sends nothing takes nothing from the others. */
static bool charge(Conn *c, int64_t received) {
    Loop *l = c->loop;
    int64_t more = received - c->in->charged;
    if (!more) return true;
    if (loops_sum(l, offsetof(Loop, body_bytes)) + more > l->config.limits.body_memory_max)
        return false;
    atomic_fetch_add_explicit(&l->body_bytes, more, memory_order_relaxed);
    c->in->charged = received;
    return true;
}

static void refuse_later(Inner *in, int status, const char *code) {
    in->refused = true;
    in->status = status;
    in->code = code;
}

/* Is there such a route, and does it take such a body? Without a body, the refusal is an ordinary
 * reply and the connection goes on. */
static bool route_takes(Conn *c, const Head *h) {
    Inner *in = c->in;
    const HttpConfig *config = &c->loop->config;
    bool body = h->chunked || h->length > 0;
    int64_t most = config->body_max(config->self, in->rq.method, in->rq.path);
    int status = most == -2                                ? 405
                 : most < 0                                ? 404
                 : body && (most == 0 || h->length > most) ? 413
                                                           : 0;
    const char *code = status == 405   ? "method_not_allowed"
                       : status == 404 ? "no_such_route"
                                       : "too_large";
    if (status && !body) {
        refuse_later(in, status, code);
        return true;
    }
    if (!status && body &&
        loops_sum(c->loop, offsetof(Loop, body_bytes)) + (h->length > 0 ? h->length : 0) >
            config->limits.body_memory_max) {
        status = 503;
        code = "busy";
    }
    if (status) conn_refuse(c, status, code);
    if (!status && h->chunked) {
        c->chunks = arena_new_of(in->rq.arena, Chunks);
        chunks_begin(c->chunks, most);
    }
    return !status;
}

static bool request_begin(Conn *c, const Head *h, const char *p) {
    Inner *in = c->in = inner_new(c, h, p);
    Arena *a = in->rq.arena;
    const char *wrong =
        head_path(a, (Str){ in->head + h->path.value_at, h->path.value_n }, &in->rq.path);
    if (!wrong) wrong = head_params(a, in->rq.query, &in->params, &in->n_params);
    if (wrong) {
        conn_refuse(c, 400, wrong);
        return false;
    }
    return route_takes(c, h);
}

/* ---- the filter
 * ---------------------------------------------------------------------------------------------- */

/* The request is whole: evhttp gets the canonical head of one like it. */
static enum bufferevent_filter_result hand_over(Conn *c, struct evbuffer *to) {
    static const char *const heads[2][2][2] = {
        /* HEAD?, minor, close? */
        { { "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "GET / HTTP/1.0\r\n\r\n" },
          { "GET / HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\r\nConnection: close\r\n\r\n" } },
        { { "HEAD / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "HEAD / HTTP/1.0\r\n\r\n" },
          { "HEAD / HTTP/1.1\r\n\r\n", "HEAD / HTTP/1.1\r\nConnection: close\r\n\r\n" } },
    };
    const char *head = heads[c->in->rq.method == HTTP_HEAD][c->in->minor][c->in->close];
    c->state = CONN_BUSY;
    loop_deadline(c->loop, c, 0);
    evbuffer_add(to, head, strlen(head));
    c->loop->handing = c;
    return BEV_OK;
}

static enum bufferevent_filter_result body_whole(Conn *c, struct evbuffer *from,
                                                 struct evbuffer *to, size_t n) {
    char *p = arena_alloc(c->in->rq.arena, n + 1);
    evbuffer_remove(from, p, n);
    c->in->rq.body = (Str){ p, n };
    if (c->body) evbuffer_free(c->body);
    c->body = NULL;
    c->chunks = NULL;
    read_ahead(c, 0);
    return hand_over(c, to);
}

static enum bufferevent_filter_result body_chunked(Conn *c, struct evbuffer *from,
                                                   struct evbuffer *to) {
    size_t n;
    HeadState s = HEAD_MORE;
    while (s == HEAD_MORE && (n = evbuffer_get_contiguous_space(from))) {
        Str rest = { (const char *)evbuffer_pullup(from, (ev_ssize_t)n), n }, data;
        while (s == HEAD_MORE && rest.n) {
            s = chunks_read(c->chunks, &rest, &data);
            if (data.n) evbuffer_add(c->body, data.p, data.n);
        }
        evbuffer_drain(from, n - rest.n);
    }
    int64_t got = (int64_t)evbuffer_get_length(c->body);
    if (s == HEAD_REFUSED)
        conn_refuse(c, c->chunks->status, c->chunks->code);
    else if (!charge(c, got))
        conn_refuse(c, 503, "busy");
    else if (s == HEAD_DONE)
        return body_whole(c, c->body, to, (size_t)got);
    else
        loop_deadline(c->loop, c,
                      c->loop->config.limits.body_ms_max + got * SECOND_MS / BODY_BYTES_A_SECOND -
                          (mono_ms() - c->body_from_ms));
    return BEV_NEED_MORE;
}

/* The bytes stay where they are until the body is whole; so a peer that sends single bytes costs no
 * more than one that sends them all at once. */
static enum bufferevent_filter_result read_body(Conn *c, struct evbuffer *from,
                                                struct evbuffer *to) {
    if (c->chunks) return body_chunked(c, from, to);
    size_t have = evbuffer_get_length(from), want = (size_t)c->in->rq.body.n;
    bool whole = have >= want;
    if (!charge(c, (int64_t)(whole ? want : have))) {
        conn_refuse(c, 503, "busy");
        return BEV_NEED_MORE;
    }
    return whole ? body_whole(c, from, to, want) : BEV_NEED_MORE;
}

static enum bufferevent_filter_result body_begin(Conn *c, const Head *h, struct evbuffer *from,
                                                 struct evbuffer *to) {
    int64_t length = h->length > 0 ? h->length : 0;
    bool expects = h->expect_continue;
    c->state = CONN_BODY;
    c->body_from_ms = mono_ms();
    c->in->rq.body.n = (size_t)length; /* what is wanted; there is no pointer yet */
    if (c->chunks) c->body = http_must(evbuffer_new());
    loop_deadline(c->loop, c,
                  c->loop->config.limits.body_ms_max + length * SECOND_MS / BODY_BYTES_A_SECOND);
    head_put(c);
    read_ahead(c, length);
    if (expects && !evbuffer_get_length(from)) conn_continue(c);
    return read_body(c, from, to);
}

static enum bufferevent_filter_result read_head(Conn *c, struct evbuffer *from,
                                                struct evbuffer *to) {
    struct evbuffer_iovec v = { 0 };
    size_t n = evbuffer_get_length(from);
    if (!n) return BEV_NEED_MORE;
    Loop *l = c->loop;
    if (!c->head) {
        head_take(c);
        if (!c->fresh) loop_deadline(l, c, l->config.limits.head_ms_max);
    }
    Head *h = c->head;
    evbuffer_peek(from, -1, NULL, &v, 1);
    const char *p = v.iov_base;
    HeadState s = head_read(h, p, v.iov_len);
    if (s == HEAD_MORE && n > v.iov_len) { /* in several pieces: rare, and then joined */
        n = n < h->bytes_max ? n : h->bytes_max;
        p = (const char *)evbuffer_pullup(from, (ev_ssize_t)n);
        s = head_read(h, p, n);
    }
    if (s == HEAD_REFUSED) conn_refuse(c, h->status, h->code);
    if (s != HEAD_DONE || !request_begin(c, h, p)) return BEV_NEED_MORE;
    evbuffer_drain(from, h->bytes);
    if (h->chunked || h->length > 0) return body_begin(c, h, from, to);
    head_put(c);
    return hand_over(c, to);
}

static enum bufferevent_filter_result conn_in(struct evbuffer *from, struct evbuffer *to,
                                              ev_ssize_t max, enum bufferevent_flush_mode mode,
                                              void *arg) {
    (void)max;
    (void)mode;
    Conn *c = arg;
    enum bufferevent_filter_result r = BEV_NEED_MORE;
    if (c->state == CONN_HEAD)
        r = read_head(c, from, to);
    else if (c->state == CONN_BODY)
        r = read_body(c, from, to);
    if (c->state == CONN_REFUSED) {
        c->drained += (int64_t)evbuffer_get_length(from);
        if (c->drained > DRAIN_BYTES_MAX) conn_close(c);
    }
    if (c->state == CONN_REFUSED || c->state == CONN_STREAM)
        evbuffer_drain(from, evbuffer_get_length(from));
    return r;
}

/* ---- evhttp calls back
 * ------------------------------------------------------------------------------------------ */

static void who(Conn *c, HttpRequest *rq) {
    const HttpConfig *config = &c->loop->config;
    if (!c->seen) c->seen = peer_of_socket(bufferevent_getfd(c->sock), &c->peer);
    bool trusted = peer_trusted(config, &c->peer);
    rq->address = peer_client(config, rq, &c->peer);
    rq->local = peer_local(&c->peer) && !http_header(rq, "X-Forwarded-For").n;
    rq->secure = c->tls || (trusted && str_is(http_header(rq, "X-Forwarded-Proto"), "https"));
}

void conn_request(struct evhttp_request *ev, void *arg) {
    Loop *l = arg;
    Conn *c = l->handing;
    l->handing = NULL;
    struct evhttp_connection *evcon = evhttp_request_get_connection(ev);
    assert(c && c->in && c->bev == evhttp_connection_get_bufferevent(evcon));
    Inner *in = c->in;
    c->in = NULL;
    c->ev = ev;
    if (!c->watched) evhttp_connection_set_closecb(evcon, conn_closed, c);
    c->watched = true;
    evhttp_request_set_on_complete_cb(ev, conn_sent, c);
    who(c, &in->rq);
    atomic_fetch_add_explicit(&l->requests, 1, memory_order_relaxed);
    if (in->refused)
        reply_refusal(in);
    else
        l->config.handle(l->config.self, &in->rq);
}

/* ---- what the handler asks
 * ---------------------------------------------------------------------------------------- */

Str http_header(const HttpRequest *rq, const char *name) {
    const Inner *in = rq->internal;
    size_t n = strlen(name);
    for (int i = 0; i < in->n_headers; i++) {
        const HeadSpan *h = &in->headers[i];
        if (h->name_n == n && strncasecmp(in->head + h->name_at, name, n) == 0)
            return (Str){ in->head + h->value_at, h->value_n };
    }
    return S("");
}

Str http_cookie(const HttpRequest *rq, const char *name) {
    const Inner *in = rq->internal;
    for (int i = 0; i < in->n_headers; i++) {
        const HeadSpan *h = &in->headers[i];
        if (h->name_n != 6 || strncasecmp(in->head + h->name_at, "cookie", 6) != 0) continue;
        Str rest = { in->head + h->value_at, h->value_n };
        while (rest.n) {
            Str value = str_trim(str_cut(&rest, ';'));
            if (str_is(str_cut(&value, '='), name)) return value;
        }
    }
    return S("");
}

bool http_param(const HttpRequest *rq, const char *name, Str *value) {
    const Inner *in = rq->internal;
    for (int i = 0; i < in->n_params; i++)
        if (str_is(in->params[i].name, name)) {
            *value = in->params[i].value;
            return true;
        }
    return false;
}
