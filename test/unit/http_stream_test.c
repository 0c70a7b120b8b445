/* Server-sent events: many streams, whom a message reaches, who is let go, how they end. */
#include "http_wire.h"

static atomic_int released;

static void release(HttpMessage *m) {
    atomic_fetch_add(&released, 1);
    free((void *)m->text.p);
    free(m->about);
    free(m);
}

/* about 0: for everybody */
static void broadcast(Wire *w, Str text, char about) {
    HttpMessage *m = calloc(1, sizeof *m);
    char *copy = malloc(text.n);
    memcpy(copy, text.p, text.n);
    m->text = (Str){ copy, text.n };
    m->release = release;
    if (about) {
        m->about = malloc(1);
        *(char *)m->about = about;
    }
    http_broadcast(w->server, m);
}

/* One chunk of a chunked reply; "" is the last one. */
static Str chunk(Wire *w, int fd) {
    Str line = wire_read_to(w, fd, "\r\n");
    if (!line.n) fail_msg("the stream ended without its last chunk");
    size_t n = strtoul(line.p, NULL, 16);
    char *p = arena_alloc(w->arena, n + 2);
    for (size_t at = 0; at < n + 2;) {
        ssize_t more = wire_recv(fd, p + at, n + 2 - at);
        if (more <= 0) fail_msg("a chunk ends early");
        at += (size_t)more;
    }
    return (Str){ p, n };
}

static void subscribe(Wire *w, int fd, const char *path) {
    wire_send(fd, arena_fmt(w->arena, "GET %s HTTP/1.1\r\nHost: a\r\n\r\n", path));
    WireReply r = wire_reply(w, fd, true);
    assert_int_equal(r.status, 200);
    assert_true(wire_has(r, "Content-Type: text/event-stream\r\n"));
    assert_true(wire_has(r, "Cache-Control: no-store\r\n"));
    assert_true(wire_has(r, "X-Content-Type-Options: nosniff\r\n"));
    assert_text(chunk(w, fd), "data: first\n\n");
}

static void test_many(void **state) {
    (void)state;
    enum { STREAMS = 200, MESSAGES = 20 };
    Wire *w = wire_start((HttpLimits){ 0 }, 2);
    int fds[STREAMS];
    atomic_store(&released, 0);
    for (int i = 0; i < STREAMS; i++) {
        fds[i] = wire_open(w);
        subscribe(w, fds[i], i % 2 ? "/events/b" : "/events/a");
    }
    assert_int_equal(http_streams(w->server), STREAMS);
    Buf big = buf_new(w->arena, 4096); /* long enough to be referred to instead of copied */
    buf_c(&big, "data: ");
    buf_add(&big, (Str){ w->big, 3000 });
    buf_c(&big, "\n\n");
    for (int k = 0; k < MESSAGES; k++) {
        broadcast(w, S("data: all\n\n"), 0);
        broadcast(w, S("data: b\n\n"), 'b');
        broadcast(w, buf_str(&big), 0);
    }
    broadcast(w, S("data: nobody\n\n"), 'c');
    for (int i = 0; i < STREAMS; i++)
        for (int k = 0; k < MESSAGES; k++) {
            assert_text(chunk(w, fds[i]), "data: all\n\n");
            if (i % 2) assert_text(chunk(w, fds[i]), "data: b\n\n");
            assert_true(str_eq(chunk(w, fds[i]), buf_str(&big)));
        }
    wire_until(atomic_load(&released) == 3 * MESSAGES + 1);
    for (int i = 0; i < STREAMS; i++)
        close(fds[i]);
    wire_until(http_streams(w->server) == 0);
    assert_int_equal(atomic_load(&w->dropped), STREAMS);
    wire_until(http_counts(w->server).connections == 0);
    wire_stop(w);
    assert_int_equal(atomic_load(&released), 3 * MESSAGES + 1);
}

/* Who does not read is let go, and takes nothing from those who do. */
static void test_behind(void **state) {
    (void)state;
    Wire *w = wire_start((HttpLimits){ .stream_behind_bytes_max = 16 * 1024 }, 1);
    int deaf = wire_open_with(w, 4096), good = wire_open(w);
    atomic_store(&released, 0);
    subscribe(w, deaf, "/events/a");
    subscribe(w, good, "/events/a");
    int sent = 0;
    while (http_streams(w->server) == 2 && sent < 2000) {
        broadcast(w, (Str){ w->big, 5000 }, 0);
        sent++;
        assert_int_equal(chunk(w, good).n, 5000);
    }
    assert_int_equal(http_streams(w->server), 1);
    assert_in_range(sent, 2, 200); /* the kernel holds some, but not a megabyte */
    wire_until(atomic_load(&w->dropped) == 1);
    broadcast(w, S("data: more\n\n"), 0);
    assert_text(chunk(w, good), "data: more\n\n");
    wire_until(atomic_load(&released) == sent + 1);
    close(deaf);
    close(good);
    wire_until(atomic_load(&w->dropped) == 2);
    wire_stop(w);
}

/* What a stream's client sends is thrown away, however much it is. */
static void test_talking_client(void **state) {
    (void)state;
    Wire *w = wire_start((HttpLimits){ 0 }, 1);
    int fd = wire_open(w);
    subscribe(w, fd, "/events/a");
    wire_send(fd, (Str){ w->big, WIRE_BIG });
    broadcast(w, S("data: still\n\n"), 0);
    assert_text(chunk(w, fd), "data: still\n\n");
    assert_int_equal(http_counts(w->server).requests, 1);
    close(fd);
    wire_until(http_streams(w->server) == 0);
    wire_stop(w);
}

static void test_stop_ends_streams(void **state) {
    (void)state;
    Wire *w = wire_start((HttpLimits){ 0 }, 2);
    int fds[10];
    for (int i = 0; i < COUNT(fds); i++) {
        fds[i] = wire_open(w);
        subscribe(w, fds[i], "/events/a");
    }
    http_stop(w->server, 5000);
    assert_int_equal(atomic_load(&w->dropped), COUNT(fds));
    for (int i = 0; i < COUNT(fds); i++) {
        assert_int_equal(chunk(w, fds[i]).n, 0);
        assert_true(wire_closed(fds[i]));
        close(fds[i]);
    }
    wire_free(w);
}

static void test_head_and_1_0(void **state) {
    (void)state;
    Wire *w = wire_start((HttpLimits){ 0 }, 1);
    int fd = wire_open(w);
    wire_send(fd, S("HEAD /events HTTP/1.1\r\nHost: a\r\n\r\n"));
    WireReply r = wire_reply(w, fd, true);
    assert_true(wire_has(r, "Content-Type: text/event-stream"));
    assert_int_equal(http_streams(w->server), 0);
    assert_int_equal(atomic_load(&w->dropped), 1);
    assert_text(wire_ask(w, fd, GET("/read")).body, "hello");
    wire_send(fd, S("GET /events HTTP/1.0\r\n\r\n"));
    r = wire_reply(w, fd, true);
    assert_false(wire_has(r, "chunked"));
    assert_text(wire_read_to(w, fd, "\n\n"), "data: first\n\n");
    broadcast(w, S("data: x\n\n"), 0);
    assert_text(wire_read_to(w, fd, "\n\n"), "data: x\n\n");
    close(fd);
    wire_until(atomic_load(&w->dropped) == 2);
    wire_stop(w);
}

static void test_broadcast_to_nobody(void **state) {
    (void)state;
    Wire *w = wire_start((HttpLimits){ 0 }, 2);
    atomic_store(&released, 0);
    for (int i = 0; i < 100; i++)
        broadcast(w, S("data: x\n\n"), 0);
    wire_stop(w); /* also those still in an inbox */
    assert_int_equal(atomic_load(&released), 100);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_many),           cmocka_unit_test(test_behind),
        cmocka_unit_test(test_talking_client), cmocka_unit_test(test_stop_ends_streams),
        cmocka_unit_test(test_head_and_1_0),   cmocka_unit_test(test_broadcast_to_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
