/* http: HTTP/1.1 over libevent's evhttp, one event base per core, SO_REUSEPORT. The only layer that
 * includes libevent. It knows no route, no store, no module.
 *
 * A request is born on a loop with an arena of its own and handed to `handle`. Whoever handles it may keep it, pass
 * it to another thread, and answers exactly once with http_reply or http_stream, from any thread; that ends the
 * request and its arena. A client that went away makes no difference to the handler. */
#ifndef LINLI_HTTP_H
#define LINLI_HTTP_H

#include "base/fail.h"

typedef enum HttpMethod { HTTP_GET, HTTP_HEAD, HTTP_POST, HTTP_PUT, HTTP_PATCH, HTTP_DELETE, HTTP_OPTIONS } HttpMethod;

typedef struct HttpServer HttpServer;

typedef struct HttpRequest {
    Arena *arena;
    HttpMethod method;
    Str path;   /* percent-decoded, valid UTF-8, begins with /, no dot segments, no NUL */
    Str query;  /* raw, without ? */
    Str body;
    Str address; /* of the client, numeric; behind a trusted proxy, the last X-Forwarded-For that none of those wrote */
    bool local;  /* comes from this machine itself, not through a proxy on it */
    bool secure; /* over TLS, or a trusted proxy says so (X-Forwarded-Proto: https) */
    int64_t arrived_us; /* mono_us */
    void *user; /* the handler's own; http never looks at it */
    void *internal;
} HttpRequest;

Str http_header(const HttpRequest *rq, const char *name); /* "" if absent */
Str http_cookie(const HttpRequest *rq, const char *name);
/* Decoded query parameter; false if absent. A repeated or badly encoded parameter is refused before handle. */
bool http_param(const HttpRequest *rq, const char *name, Str *value);

typedef struct HttpHeader {
    const char *name;
    Str value;
} HttpHeader;

typedef struct HttpReply {
    int status;
    const char *type; /* content type; NULL for none */
    Str body;         /* in the request's arena or static */
    int n_headers;
    HttpHeader headers[12];
} HttpReply;

void http_reply_header(HttpReply *r, const char *name, Str value);
void http_reply(HttpRequest *rq, const HttpReply *r);

/* ---- server-sent events ---- */
/* Answers 200 text/event-stream and keeps the connection. `first` is sent at once (may be empty); `client` is
 * handed to `wants` on the loop's thread and released with `drop` when the stream ends. */
void http_stream(HttpRequest *rq, Str first, void *client);
/* Hands a message to every loop; there each stream whose `wants` says so gets `text` (a whole SSE frame).
 * `text` and `about` are copied by the caller into memory that `release` frees after the last loop is through. */
typedef struct HttpMessage {
    Str text;
    void *about;
    void (*release)(struct HttpMessage *m);
    bool last;      /* the streams that got it end after it */
    int loops_left; /* internal */
} HttpMessage;
void http_broadcast(HttpServer *s, HttpMessage *m);
int http_streams(const HttpServer *s);

/* ---- server ---- */
typedef struct HttpLimits {
    int64_t head_bytes_max;     /* 16 KB */
    int64_t body_memory_max;    /* all bodies being received together */
    int head_ms_max;            /* from connection (or previous reply) to complete head: 10 s */
    int body_ms_max;            /* plus 1 s per 16 KB announced */
    int idle_ms_max;            /* keep-alive */
    int connections_max;        /* 12,000 */
    int connections_per_address; /* 3,000: a school of phones behind one address; trusted proxies have no limit */
    int stream_behind_bytes_max; /* 64 KB */
} HttpLimits;

typedef struct HttpNet { /* "10.0.0.1", "10.0.0.0/8", "fd00::/8" */
    uint8_t bytes[16];   /* IPv4 as ::ffff:a.b.c.d */
    int bits;            /* of 128 */
} HttpNet;
bool http_net_read(Str text, HttpNet *net) MUST_USE;
enum { HTTP_PROXIES_MAX = 16, HTTP_LOOPS_MAX = 256 };
struct Tls;

typedef struct HttpConfig {
    const char *address; /* "127.0.0.1" */
    int port;            /* 0: any free one */
    int loops;           /* 0: one per core */
    HttpLimits limits;   /* zero members mean the defaults above */
    struct Tls *tls;     /* see tls.h; NULL: plain HTTP. Must outlive the server */
    HttpNet proxies[HTTP_PROXIES_MAX]; /* whose X-Forwarded-For and -Proto count; none: loopback */
    int n_proxies;
    void *self;
    /* Asked when the head is complete, before any body is buffered: the largest body that this route takes;
     * -1 if there is no such route (404 at once), -2 if it does not take this method (405). */
    int64_t (*body_max)(void *self, HttpMethod m, Str path);
    void (*handle)(void *self, HttpRequest *rq);
    bool (*wants)(void *client, const void *about); /* loop's thread; must not block */
    void (*drop)(void *client);
    /* How a refusal made by http itself looks: fills type and body. */
    void (*problem)(void *self, Arena *a, int status, const char *code, HttpReply *r);
} HttpConfig;

HttpServer *http_start(const HttpConfig *c, Fail *f) MUST_USE; /* listens and runs its threads */
int http_port(const HttpServer *s);
/* Stops accepting, lets what was accepted be answered (at most wait_ms), closes streams, joins the threads. */
void http_stop(HttpServer *s, int wait_ms);

typedef struct HttpCounts {
    int64_t connections, requests, refused, bytes_in_flight;
} HttpCounts;
HttpCounts http_counts(const HttpServer *s);

#endif
