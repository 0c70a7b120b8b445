/* sse: server-sent events (HTML Living Standard, section 9.2). A stream is a connection on its
 * loop's list; a message goes to every loop, and there to each stream that wants it. */
#include "http/internal.h"

#include <event2/http.h>
#include <sys/socket.h>

enum {
    PING_MS = 25 * 1000, /* proxies and phones drop what is silent for 30 s */
    COPY_BYTES_MAX =
        1024, /* shorter messages are copied: they pack together behind a slow reader */
};

void message_unref(HttpMessage *m) {
    if (__atomic_sub_fetch(&m->loops_left, 1, __ATOMIC_ACQ_REL) == 0) m->release(m);
}

static void message_sent(const void *p, size_t n, void *m) {
    (void)p;
    (void)n;
    message_unref(m);
}

/* Sends what stands in the loop's scratch buffer, in one write; a client too far behind is let go.
 */
static void send_scratch(Conn *c) {
    Loop *l = c->loop;
    c->corked = true; /* evhttp adds a chunk in three pieces */
    evhttp_send_reply_chunk(c->ev, l->scratch);
    c->corked = false;
    evbuffer_drain(l->scratch, evbuffer_get_length(l->scratch));
    conn_flush(c);
    size_t behind = evbuffer_get_length(bufferevent_get_output(c->sock));
    if (behind > (size_t)l->config.limits.stream_behind_bytes_max)
        conn_close(c);
    else if (c->state == CONN_STREAM)
        loop_deadline(l, c, PING_MS);
}

static void stream_open(Conn *c, Inner *in) {
    Loop *l = c->loop;
    HttpReply r = { .status = 200, .type = "text/event-stream" };
    http_reply_header(&r, "Cache-Control", S("no-store"));
    http_reply_header(&r, "X-Accel-Buffering", S("no")); /* nginx in front must not hold it back */
    reply_headers(in, c->ev, &r);
    /* Bounds what the kernel holds for a reader that does not read; what is behind shows in our
     * buffer. */
    int bytes = l->config.limits.stream_behind_bytes_max;
    setsockopt(bufferevent_getfd(c->sock), SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
    c->state = CONN_STREAM;
    c->client = in->client;
    TAILQ_INSERT_TAIL(&l->streams, c, streams);
    atomic_fetch_add_explicit(&l->n_streams, 1, memory_order_relaxed);
    evhttp_send_reply_start(c->ev, 200, reply_reason(200));
    evbuffer_add(l->scratch, in->first.p, in->first.n);
    send_scratch(c);
}

static void stream_run(Loop *l, Post *p, bool live) {
    Inner *in = (Inner *)(void *)p;
    Conn *c = live ? loop_conn(l, in->slot, in->generation) : NULL;
    bool open = c && c->state == CONN_BUSY && c->ev && !l->stopping;
    if (open && in->rq.method != HTTP_HEAD) {
        stream_open(c, in);
        inner_unref(in);
        return;
    }
    if (l->config.drop) l->config.drop(in->client);
    HttpReply r = { .status = open ? 200 : 503, .type = open ? "text/event-stream" : NULL };
    if (live)
        http_reply(&in->rq, &r);
    else
        inner_unref(in);
}

void http_stream(HttpRequest *rq, Str first, void *client) {
    Inner *in = INNER(rq);
    in->first = first;
    in->client = client;
    if (loop_here == in->loop)
        stream_run(in->loop, &in->post, true);
    else
        loop_post(in->loop, &in->post, stream_run);
}

void streams_send(Loop *l, HttpMessage *m) {
    Conn *next;
    for (Conn *c = TAILQ_FIRST(&l->streams); c; c = next) {
        next = TAILQ_NEXT(c, streams); /* sending may end c */
        if (l->config.wants && !l->config.wants(c->client, m->about)) continue;
        if (m->text.n <= COPY_BYTES_MAX) {
            evbuffer_add(l->scratch, m->text.p, m->text.n);
        } else {
            __atomic_add_fetch(&m->loops_left, 1, __ATOMIC_RELAXED);
            if (evbuffer_add_reference(l->scratch, m->text.p, m->text.n, message_sent, m) != 0)
                message_unref(m);
        }
        uint32_t slot = c->slot, generation = l->generations[slot];
        send_scratch(c);
        if (m->last && loop_conn(l, slot, generation) == c && c->state == CONN_STREAM)
            stream_finish(c);
    }
}

void stream_ping(Conn *c) {
    evbuffer_add(c->loop->scratch, ": ping\n\n", 8);
    send_scratch(c);
}

void stream_forget(Conn *c) {
    Loop *l = c->loop;
    TAILQ_REMOVE(&l->streams, c, streams);
    atomic_fetch_sub_explicit(&l->n_streams, 1, memory_order_relaxed);
    if (l->config.drop) l->config.drop(c->client);
    c->client = NULL;
}

void stream_finish(Conn *c) {
    stream_forget(c);
    c->state = CONN_SEND;
    loop_deadline(c->loop, c, c->loop->config.limits.body_ms_max);
    c->corked = true;
    evhttp_send_reply_end(c->ev);
    c->corked = false;
    conn_flush(c);
}
