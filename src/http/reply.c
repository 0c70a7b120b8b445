/* reply: what goes out. Replies from any thread meet on the loop; bytes are written to the socket
 * at once, and only what it does not take waits in a buffer. */
#include "http/internal.h"

#include "base/log.h"
#include <errno.h>
#include <event2/event.h>
#include <event2/http.h>
#include <sys/socket.h>

enum {
    COPY_BYTES_MAX = 2048, /* a longer body is referred to, not copied */
    LINGER_MS = 1000,      /* a refused peer is given this long to read why */
    RETRY_S = 2,
    SEND_BYTES_A_SECOND = 16 * 1024,
    HEADER_BYTES_MAX = 4096,
};

const char *reply_reason(int status) {
    static const struct {
        int status;
        const char *reason;
    } reasons[] = { { 200, "OK" },
                    { 201, "Created" },
                    { 202, "Accepted" },
                    { 204, "No Content" },
                    { 206, "Partial Content" },
                    { 301, "Moved Permanently" },
                    { 302, "Found" },
                    { 303, "See Other" },
                    { 304, "Not Modified" },
                    { 307, "Temporary Redirect" },
                    { 308, "Permanent Redirect" },
                    { 400, "Bad Request" },
                    { 401, "Unauthorized" },
                    { 403, "Forbidden" },
                    { 404, "Not Found" },
                    { 405, "Method Not Allowed" },
                    { 406, "Not Acceptable" },
                    { 408, "Request Timeout" },
                    { 409, "Conflict" },
                    { 410, "Gone" },
                    { 411, "Length Required" },
                    { 412, "Precondition Failed" },
                    { 413, "Content Too Large" },
                    { 414, "URI Too Long" },
                    { 415, "Unsupported Media Type" },
                    { 416, "Range Not Satisfiable" },
                    { 417, "Expectation Failed" },
                    { 422, "Unprocessable Content" },
                    { 428, "Precondition Required" },
                    { 429, "Too Many Requests" },
                    { 431, "Request Header Fields Too Large" },
                    { 500, "Internal Server Error" },
                    { 501, "Not Implemented" },
                    { 503, "Service Unavailable" },
                    { 505, "HTTP Version Not Supported" },
                    { 507, "Insufficient Storage" } };
    for (int i = 0; i < COUNT(reasons); i++)
        if (reasons[i].status == status) return reasons[i].reason;
    return "Unknown";
}

/* ---- the way out of a connection
 * ------------------------------------------------------------------------ */

/* The outgoing filter. It tells evhttp that its bytes are gone only when the kernel has them all:
 * else evhttp would close the connection over them. */
enum bufferevent_filter_result conn_out(struct evbuffer *from, struct evbuffer *to, ev_ssize_t max,
                                        enum bufferevent_flush_mode mode, void *arg) {
    (void)max;
    (void)mode;
    Conn *c = arg;
    if (c->corked) return BEV_NEED_MORE;
    /* An error is left for the socket's own bufferevent to meet and report. */
    if (!c->tls && !evbuffer_get_length(to)) evbuffer_write(from, bufferevent_getfd(c->sock));
    if (!evbuffer_get_length(from)) return BEV_OK;
    evbuffer_add_buffer(to, from);
    return BEV_NEED_MORE;
}

/* The peer may go on sending what we throw away; it sees that nothing more comes from us. */
static void said_all(Conn *c) {
    if (c->tls) tls_goodbye(c->sock);
    shutdown(bufferevent_getfd(c->sock), SHUT_WR);
}

void conn_drained(struct evbuffer *b, const struct evbuffer_cb_info *info, void *arg) {
    Conn *c = arg;
    if (!info->n_deleted || evbuffer_get_length(b)) return;
    if (c->state == CONN_SEND)
        bufferevent_trigger(c->bev, EV_WRITE, BEV_TRIG_DEFER_CALLBACKS);
    else if (c->state == CONN_REFUSED)
        said_all(c);
}

void conn_flush(Conn *c) {
    bufferevent_flush(c->bev, EV_WRITE, BEV_NORMAL);
}

/* Past evhttp: for what is said before there is a request. */
static void conn_write(Conn *c, Str s) {
    struct evbuffer *b = bufferevent_get_output(c->sock);
    ssize_t n = 0;
    if (!c->tls && !evbuffer_get_length(b)) n = send(bufferevent_getfd(c->sock), s.p, s.n, MSG_NOSIGNAL);
    if (n < 0) n = 0;
    if ((size_t)n < s.n)
        evbuffer_add(b, s.p + n, s.n - (size_t)n);
    else if (c->state == CONN_REFUSED)
        said_all(c);
}

void conn_continue(Conn *c) {
    conn_write(c, S("HTTP/1.1 100 Continue\r\n\r\n"));
}

/* ---- refusals
 * -------------------------------------------------------------------------------------------- */

static HttpReply problem(Loop *l, Arena *a, int status, const char *code) {
    HttpReply r = { .status = status };
    if (l->config.problem) {
        l->config.problem(l->config.self, a, status, code, &r);
        r.status = status;
    } else {
        r.type = "text/plain; charset=utf-8";
        r.body = arena_fmt(a, "%d %s\n", status, code);
    }
    bool retry = false;
    for (int i = 0; i < r.n_headers; i++)
        retry |= strcasecmp(r.headers[i].name, "Retry-After") == 0;
    if ((status == 503 || status == 429) && !retry) http_reply_header(&r, "Retry-After", arena_fmt(a, "%d", RETRY_S));
    return r;
}

static bool header_good(Str value) {
    for (size_t i = 0; i < value.n; i++)
        if ((uint8_t)value.p[i] < ' ' || value.p[i] == 0x7F) return false;
    return true;
}

void conn_refuse(Conn *c, int status, const char *code) {
    Loop *l = c->loop;
    atomic_fetch_add_explicit(&l->refused, 1, memory_order_relaxed);
    Arena *a = c->in ? c->in->rq.arena : loop_arena(l);
    HttpReply r = problem(l, a, status, code);
    Buf b = buf_new(a, 512 + r.body.n);
    buf_fmt(&b,
            "HTTP/1.1 %d %s\r\nDate: %s\r\nConnection: close\r\nContent-Length: %zu\r\n"
            "X-Content-Type-Options: nosniff\r\n",
            status, reply_reason(status), loop_date(l), r.body.n);
    if (r.type) buf_fmt(&b, "Content-Type: %s\r\n", r.type);
    for (int i = 0; i < r.n_headers; i++)
        if (header_good(r.headers[i].value))
            buf_fmt(&b, "%s: %.*s\r\n", r.headers[i].name, STR_ARG(r.headers[i].value));
    buf_c(&b, "\r\n");
    if (!c->in || c->in->rq.method != HTTP_HEAD) buf_add(&b, r.body);
    c->state = CONN_REFUSED;
    c->chunks = NULL; /* it lies in the arena */
    loop_deadline(l, c, LINGER_MS);
    conn_write(c, buf_str(&b));
    if (c->in)
        inner_unref(c->in);
    else
        loop_arena_back(l, a);
    c->in = NULL;
}

/* ---- replies
 * ---------------------------------------------------------------------------------------------- */

void inner_unref(Inner *in) {
    if (--in->refs) return;
    Loop *l = in->loop;
    atomic_fetch_sub_explicit(&l->body_bytes, in->charged, memory_order_relaxed);
    loop_arena_back(l, in->rq.arena); /* in lies there */
    loop_unref(l);
}

static void body_sent(const void *p, size_t n, void *in) {
    (void)p;
    (void)n;
    inner_unref(in);
}

void http_reply_header(HttpReply *r, const char *name, Str value) {
    assert(r->n_headers < COUNT(r->headers));
    r->headers[r->n_headers++] = (HttpHeader){ name, value };
}

/* evhttp wants C text; ours need not end in NUL. */
static void header_add(struct evkeyvalq *headers, const char *name, Str value) {
    char text[HEADER_BYTES_MAX];
    if (value.n >= sizeof text || !header_good(value)) {
        log_line(LOG_ERROR, "bad_reply_header", "name=%s", name);
        return;
    }
    memcpy(text, value.p ? value.p : "", value.n);
    text[value.n] = '\0';
    evhttp_add_header(headers, name, text);
}

void reply_headers(Inner *in, struct evhttp_request *ev, const HttpReply *r) {
    struct evkeyvalq *headers = evhttp_request_get_output_headers(ev);
    evhttp_add_header(headers, "Date", loop_date(in->loop));
    evhttp_add_header(headers, "X-Content-Type-Options", "nosniff");
    if (r->type) evhttp_add_header(headers, "Content-Type", r->type);
    if (in->rq.secure) evhttp_add_header(headers, "Strict-Transport-Security", "max-age=31536000"); /* RFC 6797 */
    for (int i = 0; i < r->n_headers; i++)
        header_add(headers, r->headers[i].name, r->headers[i].value);
    if (in->loop->stopping && !in->close) evhttp_add_header(headers, "Connection", "close");
}

static void send_reply(Conn *c, Inner *in) {
    const HttpReply *r = &in->reply;
    struct evhttp_request *ev = c->ev;
    struct evbuffer *body = evhttp_request_get_output_buffer(ev);
    bool bare = r->status == 204 || r->status == 304;
    reply_headers(in, ev, r);
    if (!bare)
        header_add(evhttp_request_get_output_headers(ev), "Content-Length",
                   arena_fmt(in->rq.arena, "%zu", r->body.n));
    if (bare || !r->body.n || in->rq.method == HTTP_HEAD) {
    } else if (r->body.n <= COPY_BYTES_MAX) {
        evbuffer_add(body, r->body.p, r->body.n);
    } else if (evbuffer_add_reference(body, r->body.p, r->body.n, body_sent, in) == 0) {
        in->refs++;
    }
    c->state = CONN_SEND;
    loop_deadline(c->loop, c,
                  c->loop->config.limits.body_ms_max +
                      (int64_t)r->body.n * SECOND_MS / SEND_BYTES_A_SECOND);
    evhttp_send_reply(ev, r->status, reply_reason(r->status), NULL);
    /* evhttp now watches for a peer that closes; but one that only says that it has no more to ask
     * must still get all of its answer. One that is gone shows when we write. */
    bufferevent_disable(c->bev, EV_READ);
    conn_flush(c);
}

static void reply_run(Loop *l, Post *p, bool live) {
    Inner *in = (Inner *)(void *)p;
    Conn *c = live ? loop_conn(l, in->slot, in->generation) : NULL;
    if (c && c->state == CONN_BUSY && c->ev) send_reply(c, in);
    inner_unref(in);
}

void http_reply(HttpRequest *rq, const HttpReply *r) {
    Inner *in = INNER(rq);
    in->reply = *r;
    if (loop_here == in->loop)
        reply_run(in->loop, &in->post, true);
    else
        loop_post(in->loop, &in->post, reply_run);
}

void reply_refusal(Inner *in) {
    atomic_fetch_add_explicit(&in->loop->refused, 1, memory_order_relaxed);
    HttpReply r = problem(in->loop, in->rq.arena, in->status, in->code);
    http_reply(&in->rq, &r);
}
