/* Requests and replies over real sockets: what is answered, what is refused and how, who is waited
 * for. */
#include "http_wire.h"

static void test_keep_alive(void **state) {
    (void)state;
    Wire *w = wire_start((HttpLimits){ 0 }, 1);
    int fd = wire_open(w);
    for (int i = 0; i < 3; i++) {
        WireReply r = wire_ask(w, fd, GET("/read"));
        assert_int_equal(r.status, 200);
        assert_text(r.body, "hello");
        assert_true(str_starts(r.head, S("HTTP/1.1 200 OK\r\n")));
        assert_true(wire_has(r, "\r\nDate: "));
        assert_true(wire_has(r, "\r\nContent-Type: text/plain\r\n"));
        assert_true(wire_has(r, "\r\nX-Content-Type-Options: nosniff\r\n"));
        assert_false(wire_has(r, "Connection: close"));
    }
    wire_send(fd, S("HEAD /read HTTP/1.1\r\nHost: a\r\n\r\n"));
    WireReply head = wire_reply(w, fd, true);
    assert_int_equal(head.status, 200);
    assert_true(wire_has(head, "\r\nContent-Length: 5\r\n"));
    assert_text(wire_ask(w, fd, GET("/read")).body, "hello");
    WireReply last =
        wire_ask(w, fd, S("GET /read HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"));
    assert_true(wire_has(last, "Connection: close"));
    assert_true(wire_closed(fd));
    close(fd);
    HttpCounts n = http_counts(w->server);
    assert_int_equal(n.requests, 6);
    assert_int_equal(n.refused, 0);
    wire_stop(w);
}

static void test_http_1_0(void **state) {
    (void)state;
    Wire *w = wire_start((HttpLimits){ 0 }, 1);
    int fd = wire_open(w);
    WireReply r = wire_ask(w, fd, S("GET /read HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
    assert_text(r.body, "hello");
    assert_true(wire_has(r, "Connection: keep-alive"));
    r = wire_ask(w, fd, S("GET /read HTTP/1.0\r\n\r\n"));
    assert_text(r.body, "hello");
    assert_true(wire_closed(fd));
    close(fd);
    wire_stop(w);
}

static void test_bodies(void **state) {
    (void)state;
    Wire *w = wire_start((HttpLimits){ 0 }, 1);
    int fd = wire_open(w);
    Str plain = S("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\nhello world");
    Str chunked = S("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                    "5\r\nhello\r\n6;x=y\r\n world\r\n0\r\nX: y\r\n\r\n");
    Str both[] = { plain, chunked };
    for (int k = 0; k < 2; k++) {
        assert_text(wire_ask(w, fd, both[k]).body, "hello world");
        for (size_t i = 0; i < both[k].n;
             i++) /* TCP_NODELAY is not ours to set: mostly single bytes */
            wire_send(fd, (Str){ both[k].p + i, 1 });
        assert_text(wire_reply(w, fd, false).body, "hello world");
    }
    assert_int_equal(
        wire_ask(w, fd, S("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")).body.n,
        0);
    Buf b = buf_new(w->arena, 1000000);
    buf_c(&b, "PUT /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n");
    buf_add(&b, (Str){ w->big, 1000000 });
    WireReply r = wire_ask(w, fd, buf_str(&b));
    assert_true(str_eq(r.body, (Str){ w->big, 1000000 }));
    close(fd);
    wire_until(http_counts(w->server).connections == 0);
    assert_int_equal(http_counts(w->server).bytes_in_flight, 0);
    wire_stop(w);
}

static void test_expect(void **state) {
    (void)state;
    Wire *w = wire_start((HttpLimits){ 0 }, 1);
    int fd = wire_open(w);
    wire_send(
        fd,
        S("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n"));
    assert_text(wire_read_to(w, fd, "\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
    assert_text(wire_ask(w, fd, S("ab")).body, "ab");
    close(fd);
    wire_stop(w);
}

static void test_pipelined(void **state) {
    (void)state;
    Wire *w = wire_start((HttpLimits){ 0 }, 1);
    int fd = wire_open(w);
    Buf b = buf_new(w->arena, 4096);
    for (int i = 0; i < 500; i++)
        buf_fmt(&b, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n%03d", i);
    wire_send(fd, buf_str(&b));
    for (int i = 0; i < 500; i++) {
        Str want = arena_fmt(w->arena, "%03d", i);
        assert_text(wire_reply(w, fd, false).body, want.p);
    }
    /* behind one that is answered late, the next one waits */
    wire_send(
        fd, S("GET /late HTTP/1.1\r\nHost: a\r\n\r\nGET /read HTTP/1.1\r\nHost: a\r\n\r\nGET /re"));
    wire_until(wire_n_late(w) == 1);
    http_reply(wire_take_late(w), &(HttpReply){ .status = 201, .body = S("late") });
    assert_text(wire_reply(w, fd, false).body, "late");
    assert_text(wire_reply(w, fd, false).body, "hello");
    assert_text(wire_ask(w, fd, S("ad HTTP/1.1\r\nHost: a\r\n\r\n")).body, "hello");
    close(fd);
    wire_stop(w);
}

static void test_what_the_handler_sees(void **state) {
    (void)state;
    Wire *w = wire_start((HttpLimits){ 0 }, 1);
    int fd = wire_open(w);
    WireReply r =
        wire_ask(w, fd,
                 S("GET /%61bout?q=%E9%82%BB+1&r=2 HTTP/1.1\r\nHost: a\r\nX-THING:  t \r\n"
                   "Cookie: x=1; sid=abc=; y=2\r\n\r\n"));
    assert_text(r.body, "/about|1:\xE9\x82\xBB 1|abc=|t|127.0.0.1");
    assert_true(wire_has(r, "X-Good: yes"));
    assert_false(wire_has(r, "X-Injected"));
    r = wire_ask(w, fd,
                 S("GET /about HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 9.9.9.9\r\n"
                   "X-Forwarded-For: 1.1.1.1, 2001:db8::7\r\n\r\n"));
    assert_text(r.body, "/about|0:-|||2001:db8::7");
    r = wire_ask(w, fd, S("GET /about HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 6.6.6.6, 9.9.9.9,127.0.0.1\r\n"
                          "X-Forwarded-For: 127.0.0.1 , [::1]\r\n\r\n"));
    assert_text(r.body, "/about|0:-|||9.9.9.9"); /* over all proxies that are trusted, and not one further */
    r = wire_ask(w, fd, S("GET /about HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: <script>\r\n\r\n"));
    assert_text(r.body, "/about|0:-|||127.0.0.1");
    close(fd);
    wire_stop(w);
}

/* Sends it and expects a problem with this status and code, and the end of the connection. */
static void refused(Wire *w, Str request, int status, const char *code) {
    int fd = wire_open(w);
    WireReply r = wire_ask(w, fd, request);
    if (r.status != status || str_find(r.body, arena_str(w->arena, str_c(code))) < 0)
        fail_msg("%d \"%.*s\" for \"%.*s\"", r.status, STR_ARG(r.body), STR_ARG(request));
    assert_true(wire_has(r, "Connection: close"));
    assert_true(wire_has(r, "Content-Type: application/problem+json"));
    assert_true(wire_closed(fd));
    close(fd);
}

static void test_refusals(void **state) {
    (void)state;
    Wire *w = wire_start((HttpLimits){ 0 }, 1);
    static const struct {
        Str request;
        int status;
        const char *code;
    } cases[] = {
        { S_INIT("\x16\x03\x01\x02\x00\x01"), 400, "bad_request_line" },
        { S_INIT("GET /read HTTP/1.1\r\n\r\n"), 400, "missing_host" },
        { S_INIT("GET /read HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"), 400, "repeated_header" },
        { S_INIT(
              "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nab"),
          400, "repeated_header" },
        { S_INIT("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: "
                 "chunked\r\n\r\n"),
          400, "length_and_coding" },
        { S_INIT("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: -5\r\n\r\n"), 400,
          "bad_content_length" },
        { S_INIT("GET /read HTTP/1.1\r\nHost: a\r\nX: \0\r\n\r\n"), 400, "bad_header" },
        { S_INIT("GET /read HTTP/1.1\r\nHost: a\r\nX : y\r\n\r\n"), 400, "bad_header" },
        { S_INIT("GET /read HTTP/1.1\r\nHost: a\r\nX: y\r\n z\r\n\r\n"), 400, "folded_header" },
        { S_INIT("GET /read/../x HTTP/1.1\r\nHost: a\r\n\r\n"), 400, "bad_path" },
        { S_INIT("GET /read%00 HTTP/1.1\r\nHost: a\r\n\r\n"), 400, "bad_path" },
        { S_INIT("GET /read?a=1&a=2 HTTP/1.1\r\nHost: a\r\n\r\n"), 400, "repeated_parameter" },
        { S_INIT("GET /read?a=%zz HTTP/1.1\r\nHost: a\r\n\r\n"), 400, "bad_parameter" },
        { S_INIT("POST /echo HTTP/1.1\r\nHost: a\r\n\r\n"), 411, "length_required" },
        { S_INIT("POST /small HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n"), 413,
          "too_large" },
        { S_INIT("POST /small HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n01234567890"), 413,
          "too_large" },
        { S_INIT("POST /small HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nb\r\n"), 413,
          "too_large" },
        { S_INIT("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\nhello"),
          400, "bad_chunk" },
        { S_INIT("GET /read HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n"), 413, "too_large" },
        { S_INIT("POST /nowhere HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n"), 404,
          "no_such_route" },
        { S_INIT("POST /read HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n"), 405,
          "method_not_allowed" },
        { S_INIT("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nExpect: x\r\n\r\n"), 417,
          "unknown_expectation" },
        { S_INIT("BREW /read HTTP/1.1\r\nHost: a\r\n\r\n"), 501, "unknown_method" },
        { S_INIT("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n"), 501,
          "unknown_coding" },
        { S_INIT("GET /read HTTP/2.0\r\nHost: a\r\n\r\n"), 505, "unsupported_version" },
    };
    for (int i = 0; i < COUNT(cases); i++)
        refused(w, cases[i].request, cases[i].status, cases[i].code);
    Buf uri = buf_new(w->arena, 64), head = buf_new(w->arena, 64);
    buf_fmt(&uri, "GET /%09000d HTTP/1.1\r\n", 1);
    refused(w, buf_str(&uri), 414, "uri_too_long");
    buf_c(&head, "GET /read HTTP/1.1\r\n");
    for (int i = 0; i < 40; i++)
        buf_fmt(&head, "X: %0500d\r\n", i);
    refused(w, buf_str(&head), 431, "head_too_large");
    assert_int_equal(atomic_load(&w->handled), 0); /* none of it reached the handler */
    assert_int_equal(http_counts(w->server).refused, COUNT(cases) + 2);
    wire_until(http_counts(w->server).connections == 0);
    wire_stop(w);
}

/* The peer is still sending when it is refused: it must get to read why. */
static void test_refused_in_the_middle(void **state) {
    (void)state;
    Wire *w = wire_start((HttpLimits){ 0 }, 1);
    Buf b = buf_new(w->arena, 300000);
    buf_c(&b, "POST /small HTTP/1.1\r\nHost: a\r\nContent-Length: 300000\r\n\r\n");
    buf_add(&b, (Str){ w->big, 300000 });
    refused(w, buf_str(&b), 413, "too_large");
    wire_stop(w);
}

/* Without a body there is no doubt about where the next request begins: the connection goes on. */
static void test_no_route_keeps_connection(void **state) {
    (void)state;
    Wire *w = wire_start((HttpLimits){ 0 }, 1);
    int fd = wire_open(w);
    WireReply r = wire_ask(w, fd, GET("/nowhere"));
    assert_int_equal(r.status, 404);
    assert_text(r.body, "{\"status\":404,\"code\":\"no_such_route\"}");
    assert_int_equal(wire_ask(w, fd, S("DELETE /read HTTP/1.1\r\nHost: a\r\n\r\n")).status, 405);
    assert_text(wire_ask(w, fd, GET("/read")).body, "hello");
    close(fd);
    assert_int_equal(atomic_load(&w->handled), 1);
    wire_stop(w);
}

static void test_slow(void **state) {
    (void)state;
    if (wire_tls()) skip(); /* a handshake here may take longer than that: http_tls_test has its own */
    Wire *w =
        wire_start((HttpLimits){ .head_ms_max = 50, .body_ms_max = 50, .idle_ms_max = 50 }, 1);
    refused(w, S("GET /read HTTP/1.1\r\nHo"), 408, "timeout");
    refused(w, S("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab"), 408, "timeout");
    refused(w, S("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab"),
            408, "timeout");
    int silent = wire_open(w);
    assert_true(wire_closed(silent)); /* nothing was asked, so nothing is said */
    int idle = wire_open(w);
    assert_text(wire_ask(w, idle, GET("/read")).body, "hello");
    assert_true(wire_closed(idle));
    close(silent);
    close(idle);
    assert_int_equal(http_counts(w->server).refused, 3);
    wire_stop(w);
}

static void test_body_memory(void **state) {
    (void)state;
    Wire *w = wire_start((HttpLimits){ .body_memory_max = 1000 }, 1);
    int holder = wire_open(w), fd = wire_open(w);
    Buf b = buf_new(w->arena, 1024);
    buf_c(&b, "POST /late HTTP/1.1\r\nHost: a\r\nContent-Length: 600\r\n\r\n");
    buf_add(&b, (Str){ w->big, 600 });
    wire_send(holder, buf_str(&b));
    wire_until(wire_n_late(w) == 1);
    assert_int_equal(http_counts(w->server).bytes_in_flight, 600);
    wire_send(fd, S("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 500\r\n\r\n"));
    WireReply r = wire_reply(w, fd, false);
    assert_int_equal(r.status, 503);
    assert_true(wire_has(r, "\r\nRetry-After: "));
    close(fd);
    Buf c = buf_new(w->arena, 1024);
    buf_c(&c, "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1f4\r\n");
    buf_add(&c, (Str){ w->big, 500 });
    refused(w, buf_str(&c), 503, "busy");
    http_reply(wire_take_late(w), &(HttpReply){ .status = 200 });
    assert_int_equal(wire_reply(w, holder, false).status, 200);
    wire_until(http_counts(w->server).bytes_in_flight == 0);
    close(holder);
    fd = wire_open(w);
    assert_int_equal(
        wire_ask(w, fd, S("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab")).status,
        200);
    close(fd);
    wire_stop(w);
}

static void test_too_many_connections(void **state) {
    (void)state;
    if (wire_tls()) skip(); /* closed before the handshake: http_tls_test */
    Wire *w = wire_start((HttpLimits){ .connections_max = 4 }, 2);
    int fds[4];
    for (int i = 0; i < 4; i++) {
        fds[i] = wire_open(w);
        assert_int_equal(wire_ask(w, fds[i], GET("/read")).status, 200);
    }
    refused(w, S(""), 503, "too_many_connections");
    close(fds[0]);
    wire_until(http_counts(w->server).connections == 3);
    fds[0] = wire_open(w);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(wire_ask(w, fds[i], GET("/read")).status, 200);
        close(fds[i]);
    }
    wire_stop(w);
}

/* Whoever is not a trusted proxy may have so many connections and no more; another one's end makes room. */
static void test_connections_per_address(void **state) {
    (void)state;
    if (wire_tls()) skip(); /* closed before the handshake */
    Wire *w = wire_start_behind((HttpLimits){ .connections_per_address = 3 }, 2, "10.9.9.9");
    int fds[3];
    for (int i = 0; i < 3; i++) {
        fds[i] = wire_open(w);
        assert_int_equal(wire_ask(w, fds[i], GET("/read")).status, 200);
    }
    int one_more = wire_open(w);
    WireReply r = wire_reply(w, one_more, false);
    assert_int_equal(r.status, 429);
    assert_true(wire_has(r, "\r\nRetry-After: "));
    assert_true(wire_closed(one_more));
    close(one_more);
    close(fds[0]);
    wire_until(http_counts(w->server).connections == 2);
    fds[0] = wire_open(w);
    r = wire_ask(w, fds[0], S("GET /about HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 9.9.9.9\r\n\r\n"));
    assert_text(r.body, "/about|0:-|||127.0.0.1"); /* nor does anybody believe what it says of others */
    for (int i = 0; i < 3; i++)
        close(fds[i]);
    wire_stop(w);
    w = wire_start_behind((HttpLimits){ .connections_per_address = 1 }, 1, "10.0.0.0/8,127.0.0.0/8");
    int a = wire_open(w), b = wire_open(w);
    assert_int_equal(wire_ask(w, a, GET("/read")).status, 200);
    assert_int_equal(wire_ask(w, b, GET("/read")).status, 200); /* a proxy stands for many */
    close(a);
    close(b);
    wire_stop(w);
}

static void test_networks(void **state) {
    (void)state;
    static const char *const good[] = { "10.0.0.1", "10.0.0.0/8", "fd00::/8", "::1", "0.0.0.0/0", "[::1]" };
    static const char *const bad[] = { "",          "10.0.0", "10.0.0.1/33", "10.0.0.1/-1",
                                       "10.0.0.1/", "::/129", "a",           "1.2.3.4/x" };
    HttpNet n;
    for (int i = 0; i < COUNT(good); i++)
        if (!http_net_read(str_c(good[i]), &n)) fail_msg("%s", good[i]);
    for (int i = 0; i < COUNT(bad); i++)
        if (http_net_read(str_c(bad[i]), &n)) fail_msg("%s", bad[i]);
}

/* A reader that takes its time gets all of a long reply, even if the connection then closes, and
 * even if it has said that it has no more to ask. */
static void test_long_reply(void **state) {
    (void)state;
    Wire *w = wire_start((HttpLimits){ 0 }, 1);
    for (int half = 0; half < 2 - wire_tls(); half++) { /* TLS knows no half-closed session */
        int fd = wire_open_with(w, 8192);
        wire_send(fd, S("GET /big HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"));
        if (half) shutdown(fd, SHUT_WR);
        nanosleep(&(struct timespec){ .tv_nsec = 20000000 }, NULL);
        WireReply r = wire_reply(w, fd, false);
        assert_true(str_eq(r.body, (Str){ w->big, WIRE_BIG }));
        assert_true(wire_closed(fd));
        close(fd);
    }
    int fd = wire_open(w); /* and kept open: the next one follows */
    wire_send(fd, S("GET /big HTTP/1.1\r\nHost: a\r\n\r\nGET /read HTTP/1.1\r\nHost: a\r\n\r\n"));
    assert_int_equal(wire_reply(w, fd, false).body.n, WIRE_BIG);
    assert_text(wire_reply(w, fd, false).body, "hello");
    close(fd);
    wire_stop(w);
}

/* Whoever is refused gets a moment to read why; but one that stays for ever is not kept for ever.
 */
static void test_refused_and_stays(void **state) {
    (void)state;
    Wire *w = wire_start((HttpLimits){ .body_ms_max = 50 }, 1);
    int fd = wire_open_with(w, 4096);
    wire_send(fd, S("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n"));
    wire_until(http_counts(w->server).refused == 1);
    wire_until(http_counts(w->server).connections == 0);
    close(fd);
    wire_stop(w);
}

static void test_lost_client(void **state) {
    (void)state;
    Wire *w = wire_start((HttpLimits){ 0 }, 2);
    for (int i = 0; i < 20; i++) {
        int fd = wire_open(w);
        wire_send(fd, i % 2 ? GET("/late")
                            : S("POST /late HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx"));
        wire_until(wire_n_late(w) == i + 1);
        struct linger hard = { .l_onoff = 1 }; /* a reset, not a polite end */
        if (i % 4 < 2) setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
        close(fd);
    }
    HttpRequest *rq;
    while ((rq = wire_take_late(w)))
        http_reply(rq, &(HttpReply){ .status = 200, .body = (Str){ w->big, WIRE_BIG } });
    wire_until(http_counts(w->server).connections == 0);
    wire_until(http_counts(w->server).bytes_in_flight == 0); /* counted by another thread, a moment later */
    int fd = wire_open(w);
    assert_text(wire_ask(w, fd, GET("/read")).body, "hello");
    close(fd);
    wire_stop(w);
}

static atomic_bool answering;

static void *answer_late(void *arg) {
    Wire *w = arg;
    while (atomic_load(&answering)) {
        HttpRequest *rq = wire_take_late(w);
        if (rq)
            http_reply(rq, &(HttpReply){ .status = 200, .body = rq->body });
        else
            nanosleep(&(struct timespec){ .tv_nsec = 100000 }, NULL);
    }
    return NULL;
}

static void test_answers_from_other_threads(void **state) {
    (void)state;
    enum { CLIENTS = 16, ROUNDS = 40, THREADS = 4 };
    Wire *w = wire_start((HttpLimits){ 0 }, 2);
    pthread_t threads[THREADS];
    int fds[CLIENTS];
    atomic_store(&answering, true);
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, answer_late, w);
    for (int i = 0; i < CLIENTS; i++)
        fds[i] = wire_open(w);
    for (int k = 0; k < ROUNDS; k++) {
        for (int i = 0; i < CLIENTS; i++)
            wire_send(
                fds[i],
                arena_fmt(w->arena,
                          "POST /late HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\n%03d%03d", k,
                          i));
        for (int i = 0; i < CLIENTS; i++) {
            Str want = arena_fmt(w->arena, "%03d%03d", k, i);
            assert_text(wire_reply(w, fds[i], false).body, want.p);
        }
    }
    atomic_store(&answering, false);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < CLIENTS; i++)
        close(fds[i]);
    assert_int_equal(http_counts(w->server).requests, CLIENTS * ROUNDS);
    wire_stop(w);
}

static void *stop_it(void *arg) {
    http_stop(((Wire *)arg)->server, 5000);
    return NULL;
}

static void test_stop_lets_requests_finish(void **state) {
    (void)state;
    Wire *w = wire_start((HttpLimits){ 0 }, 2);
    int idle = wire_open(w), busy = wire_open(w);
    assert_int_equal(wire_ask(w, idle, GET("/read")).status, 200);
    wire_send(busy, GET("/late"));
    wire_until(wire_n_late(w) == 1);
    pthread_t t;
    pthread_create(&t, NULL, stop_it, w);
    assert_true(wire_closed(idle));
    http_reply(wire_take_late(w), &(HttpReply){ .status = 200, .body = S("finished") });
    WireReply r = wire_reply(w, busy, false);
    assert_text(r.body, "finished");
    assert_true(wire_has(r, "Connection: close"));
    assert_true(wire_closed(busy));
    pthread_join(t, NULL);
    close(idle);
    close(busy);
    wire_free(w);
}

/* A handler that answers after the server has gone is no harm. */
static void test_answer_after_stop(void **state) {
    (void)state;
    Wire *w = wire_start((HttpLimits){ 0 }, 1);
    int a = wire_open(w), b = wire_open(w);
    wire_send(a, GET("/late"));
    wire_send(b, S("POST /late HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx"));
    wire_until(wire_n_late(w) == 2);
    http_stop(w->server, 1);
    http_reply(wire_take_late(w), &(HttpReply){ .status = 200 });
    http_stream(wire_take_late(w), S(""), malloc(1));
    assert_int_equal(atomic_load(&w->dropped), 1);
    assert_true(wire_closed(a));
    close(a);
    close(b);
    wire_free(w);
}

static void test_start_fails(void **state) {
    (void)state;
    Fail f = FAIL_NONE;
    HttpConfig c = { .address = "256.1.1.1", .body_max = wire_body_max, .handle = wire_handle };
    assert_null(http_start(&c, &f));
    assert_int_equal(f.err, ERR_INTERNAL);
    assert_string_equal(f.code, "listen_failed");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keep_alive),
        cmocka_unit_test(test_http_1_0),
        cmocka_unit_test(test_bodies),
        cmocka_unit_test(test_expect),
        cmocka_unit_test(test_pipelined),
        cmocka_unit_test(test_what_the_handler_sees),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_refused_in_the_middle),
        cmocka_unit_test(test_no_route_keeps_connection),
        cmocka_unit_test(test_slow),
        cmocka_unit_test(test_body_memory),
        cmocka_unit_test(test_too_many_connections),
        cmocka_unit_test(test_connections_per_address),
        cmocka_unit_test(test_networks),
        cmocka_unit_test(test_long_reply),
        cmocka_unit_test(test_refused_and_stays),
        cmocka_unit_test(test_lost_client),
        cmocka_unit_test(test_answers_from_other_threads),
        cmocka_unit_test(test_stop_lets_requests_finish),
        cmocka_unit_test(test_answer_after_stop),
        cmocka_unit_test(test_start_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
