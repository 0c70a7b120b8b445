/* internal: what the files of src/http share; nobody else includes this.
 *
 * Every connection is a bufferevent filter (conn_in, conn_out) on a socket bufferevent. The filter
 * reads the request itself, with one strict parser, keeps the bytes back until the message is
 * whole, and then hands evhttp a canonical head instead ("GET / HTTP/1.1"). So there is one reading
 * of a request, never two that could differ, and evhttp never sees a byte that came from outside.
 * evhttp does what follows: the reply, keep-alive, chunked streams, closing. */
#ifndef LINLI_HTTP_INTERNAL_H
#define LINLI_HTTP_INTERNAL_H

#include "http/http.h"
#include "http/tls.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/queue.h>

/* ---- head.c: bytes in, verdict out; no socket, no libevent
 * ---------------------------------------- */
enum { HEAD_HEADERS_MAX = 64, HEAD_LINE_BYTES_MAX = 8192, HEAD_PARAMS_MAX = 64 };

typedef enum HeadState { HEAD_MORE, HEAD_DONE, HEAD_REFUSED } HeadState;

typedef struct HeadSpan { /* offsets from the first byte given to head_read */
    uint32_t name_at, name_n, value_at, value_n;
} HeadSpan;

typedef struct Head {
    uint32_t bytes_max;
    uint32_t line_at; /* where the line being read begins */
    uint32_t seen;    /* no line feed before this */
    bool in_headers;  /* the request line is through */
    /* when HEAD_REFUSED */
    int status;
    const char *code;
    /* when HEAD_DONE */
    uint32_t bytes; /* of the head, with its empty line */
    HttpMethod method;
    int minor;            /* 0 or 1 */
    HeadSpan path, query; /* only value_at and value_n; the path is still encoded */
    int64_t length;       /* Content-Length; -1 if there is none */
    bool chunked, close, keep_alive, expect_continue;
    uint32_t once; /* which of the headers that may stand only once were there */
    HeadSpan host, authority;
    int n;
    HeadSpan headers[HEAD_HEADERS_MAX];
} Head;

void head_begin(Head *h, int64_t bytes_max);
/* p[0..n) is all that has come since the head's first byte: the same bytes as before and perhaps
 * more, perhaps moved. Goes on where it stopped. */
HeadState head_read(Head *h, const char *p, size_t n);

/* Decodes a path strictly: every %XX well-formed, then valid UTF-8 without control characters,
 * backslash, dot segments; no encoded slash. NULL if good, else the code of the refusal (400). */
const char *head_path(Arena *a, Str raw, Str *path) MUST_USE;

typedef struct HeadParam {
    Str name, value;
} HeadParam;
/* Percent-decodes s, + as a blank if `plus`; false on a bad escape, NUL, or what is not UTF-8. */
bool head_decode(Arena *a, Str s, bool plus, bool slash, Str *out) MUST_USE;
const char *head_params(Arena *a, Str query, HeadParam **params, int *n) MUST_USE;

/* Chunked coding, RFC 9112 section 7.1, read strictly: CRLF only, at most 16 hexadecimal digits,
 * bounded extensions and trailers (both ignored). */
typedef struct Chunks {
    int state;
    int64_t left;  /* of the chunk being read */
    int64_t bytes; /* of data so far, the chunk announced included */
    int64_t bytes_max;
    uint32_t line;     /* bytes of the line being read */
    uint32_t overhead; /* bytes of extensions and trailers so far */
    int status;        /* when HEAD_REFUSED: 400, 413 */
    const char *code;
} Chunks;

void chunks_begin(Chunks *c, int64_t bytes_max);
/* Reads from *in and moves it on. HEAD_MORE: *data is the next piece of the body (empty: wants more
 * input). HEAD_DONE: the body is whole, *in is what follows it. */
HeadState chunks_read(Chunks *c, Str *in, Str *data);

/* ---- a loop, its connections, its inbox
 * ------------------------------------------------------------ */
struct event;
struct evhttp;
struct evhttp_request;
struct evhttp_connection;
struct evhttp_bound_socket;

typedef struct PeerAddress { /* IPv4 as ::ffff:a.b.c.d */
    uint8_t bytes[16];
} PeerAddress;

typedef struct Loop Loop;
typedef struct Conn Conn;
typedef struct Post Post;

struct Post { /* work for a loop; `run` gets live = false if the loop has ended */
    Post *next;
    void (*run)(Loop *l, Post *p, bool live);
};

typedef enum ConnState {
    CONN_HEAD, /* waiting for a head or in the middle of one */
    CONN_BODY,
    CONN_BUSY, /* a handler has the request; nothing more is read */
    CONN_SEND, /* the reply is on its way */
    CONN_STREAM,
    CONN_REFUSED, /* the refusal is on its way; then input is thrown away until the peer closes */
    CONN_CLOSED,
} ConnState;

typedef struct Inner { /* a request, in its own arena */
    Post post;
    HttpRequest rq;
    Loop *loop;
    uint32_t slot, generation; /* of the connection; it may be gone by the time of the reply */
    int refs; /* loop's thread: the reply, and body bytes that a buffer still points to */
    int minor;
    bool close, refused;
    int status; /* with refused: the reply that http itself gives */
    const char *code;
    const char *head;
    int n_headers, n_params;
    HeadSpan *headers;
    HeadParam *params;
    int64_t charged; /* bytes of body counted in the loop's budget */
    HttpReply reply;
    Str first; /* stream */
    void *client;
} Inner;

struct Conn {
    Loop *loop;
    uint32_t slot;
    ConnState state;
    struct bufferevent *bev, *sock; /* the filter, and the socket under it */
    struct evhttp_request *ev;      /* in CONN_BUSY and CONN_STREAM */
    Inner *in;                      /* in CONN_BODY, and until evhttp has called back */
    Head *head;                     /* only in the middle of a head */
    struct evbuffer *body;          /* only for a chunked body */
    Chunks *chunks;                 /* likewise, in the request's arena */
    int64_t body_from_ms;
    int64_t drained; /* bytes thrown away after a refusal */
    PeerAddress peer; /* with `seen` */
    void *client;    /* stream */
    bool corked, watched, kicked, fresh, shut, full, tls, seen;
    bool met; /* its peer is counted, and to be taken off again */
    TAILQ_ENTRY(Conn) kicks;
    TAILQ_ENTRY(Conn) streams;
};

enum { LOOP_ARENAS_MAX = 64 };

struct Loop {
    HttpConfig config; /* limits filled in */
    int index, n_loops;
    Loop **loops; /* all of the server, for its thread only */
    pthread_t thread;
    struct event_base *base;
    struct evhttp *http;
    struct evhttp_bound_socket *bound;
    struct event *wake, *tick, *kick;
    int wake_fd;
    bool accepting, stopping;
    int64_t stop_at_ms;

    pthread_mutex_t lock; /* inbox, closed */
    Post *inbox, *inbox_last;
    bool closed;
    atomic_int refs; /* the server, and every request not yet ended */

    Conn **conns; /* by slot; NULL if free */
    uint32_t *generations;
    int64_t *deadlines_ms; /* 0: none */
    uint32_t *free_slots;
    uint32_t n_slots, n_free, slots_cap;
    Conn *handing; /* whose canonical head evhttp is reading right now */
    TAILQ_HEAD(, Conn) kicks;
    TAILQ_HEAD(, Conn) streams;

    Arena *arenas[LOOP_ARENAS_MAX];
    int n_arenas;
    Head *spare_head;
    struct evbuffer *scratch;
    struct Peers *peers; /* the server's */
    int64_t date_s;
    char date[40];

    atomic_llong connections, requests, refused, body_bytes, n_streams;
};

/* server.c */
extern _Thread_local Loop *loop_here; /* the loop that this thread runs, else NULL */
void *http_must(void *p);             /* ends the process if p is NULL */
void loop_post(Loop *l, Post *p, void (*run)(Loop *, Post *, bool));
void loop_unref(Loop *l);
void loop_add(Loop *l, Conn *c);
void loop_remove(Loop *l, const Conn *c);
Arena *loop_arena(Loop *l);
void loop_arena_back(Loop *l, Arena *a);
const char *loop_date(Loop *l);
Conn *loop_conn(Loop *l, uint32_t slot, uint32_t generation);    /* NULL if it is gone */
void loop_deadline(Loop *l, const Conn *c, int64_t ms_from_now); /* 0: none */
int64_t loops_sum(const Loop *l, size_t member_offset);

/* request.c: what comes in */
struct bufferevent *conn_new(struct event_base *base, void *loop); /* evhttp's bevcb */
void conn_request(struct evhttp_request *ev, void *loop);          /* evhttp's gencb */
void conn_kick(Conn *c); /* looks, a little later, at what the peer sent ahead of our reply */
void conn_kicked(Loop *l);
void conn_due(Conn *c); /* its deadline is over */
void conn_close(Conn *c);

/* reply.c: what goes out */
enum bufferevent_filter_result conn_out(struct evbuffer *from, struct evbuffer *to, ev_ssize_t max,
                                        enum bufferevent_flush_mode mode, void *conn);
void conn_drained(struct evbuffer *b, const struct evbuffer_cb_info *info, void *conn);
void conn_flush(Conn *c);
void conn_refuse(Conn *c, int status, const char *code);
void conn_continue(Conn *c);
void inner_unref(Inner *in);
void reply_headers(Inner *in, struct evhttp_request *ev, const HttpReply *r);
void reply_refusal(Inner *in);
const char *reply_reason(int status);

/* tls.c */
struct bufferevent *tls_socket(struct event_base *base, Tls *t); /* as bufferevent_socket_new, for a server */
void tls_goodbye(struct bufferevent *sock);                      /* close_notify, once the handshake is through */

/* peer.c: who is on the other side */
typedef struct Peers Peers; /* connections by address, of all loops */
Peers *peers_new(void);
void peers_free(Peers *p);
/* Counts one more connection from there; false, and not counted, if there are `most` already. */
bool peers_meet(Peers *p, const PeerAddress *from, int most);
void peers_leave(Peers *p, const PeerAddress *from);
bool peer_of_socket(int fd, PeerAddress *peer);
bool peer_local(const PeerAddress *peer); /* this machine */
bool peer_trusted(const HttpConfig *c, const PeerAddress *peer);
/* The client behind a request from `peer`: the last X-Forwarded-For that no trusted proxy put there. */
Str peer_client(const HttpConfig *c, const HttpRequest *rq, const PeerAddress *peer);

/* sse.c */
void stream_ping(Conn *c);
void stream_finish(Conn *c); /* sends the end and ends the stream */
void stream_forget(Conn *c); /* its connection is gone: off the list, and drops the client */
void streams_send(Loop *l, HttpMessage *m);
void message_unref(HttpMessage *m);

#define INNER(request) ((Inner *)(request)->internal)

#endif
