/* The server's TLS: what is agreed on, what is refused, and a certificate that changes while requests run. */
#include "http_wire.h"

static const char *code_of(const char *cert, const char *key)
{
    Fail f = FAIL_NONE;
    Tls *t = tls_open(cert, key, &f);
    if (t == NULL) return f.code;
    tls_close(t);
    return "good";
}

static void test_files(void **state)
{
    (void)state;
    Cert a, b;
    cert_open(&a);
    cert_open(&b);
    assert_string_equal(code_of(a.cert, a.key), "good");
    assert_string_equal(code_of("/nowhere.pem", a.key), "tls_cert_unreadable");
    assert_string_equal(code_of(a.cert, "/nowhere.pem"), "tls_key_unreadable");
    assert_string_equal(code_of(a.cert, b.key), "tls_key_mismatch");
    assert_string_equal(code_of(a.key, a.key), "tls_cert_bad");
    assert_string_equal(code_of(a.cert, a.cert), "tls_key_bad");
    cert_make(&b, "old", -7200, -3600);
    assert_string_equal(code_of(b.cert, b.key), "tls_cert_expired");
    cert_make(&b, "young", 3600, 7200);
    assert_string_equal(code_of(b.cert, b.key), "tls_cert_early");
    assert_int_equal(ERR_peek_error(), 0);
    cert_close(&a);
    cert_close(&b);
}

static int connect_raw(const Wire *w)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct timeval tv = { .tv_sec = 10 };
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv);
    struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((uint16_t)http_port(w->server)) };
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof a), 0);
    return fd;
}

typedef struct Offer {
    int least, most;
    const char *ciphers;
    const unsigned char *alpn;
    unsigned alpn_n;
} Offer;

/* NULL: no handshake. */
static SSL *shake(const Wire *w, const Offer *o, int *fd)
{
    SSL_CTX *c = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_security_level(c, 0);
    SSL_CTX_set_min_proto_version(c, o->least);
    SSL_CTX_set_max_proto_version(c, o->most);
    if (o->ciphers != NULL) assert_int_equal(SSL_CTX_set_cipher_list(c, o->ciphers), 1);
    if (o->alpn != NULL) SSL_CTX_set_alpn_protos(c, o->alpn, o->alpn_n);
    SSL *s = SSL_new(c);
    SSL_CTX_free(c);
    *fd = connect_raw(w);
    SSL_set_fd(s, *fd);
    ERR_clear_error();
    if (SSL_connect(s) == 1) return s;
    SSL_free(s);
    close(*fd);
    return NULL;
}

static void test_what_is_agreed_on(void **state)
{
    (void)state;
    static const unsigned char both[] = "\x02h2\x08http/1.1", h2[] = "\x02h2";
    static const struct {
        Offer offer;
        bool agreed;
        const char *alpn;
    } cases[] = {
        { { TLS1_3_VERSION, TLS1_3_VERSION, NULL, NULL, 0 }, true, "" },
        { { TLS1_2_VERSION, TLS1_2_VERSION, NULL, both, sizeof both - 1 }, true, "http/1.1" },
        { { TLS1_2_VERSION, TLS1_3_VERSION, NULL, both, sizeof both - 1 }, true, "http/1.1" },
        { { TLS1_2_VERSION, TLS1_3_VERSION, NULL, h2, sizeof h2 - 1 }, false, "" },
        { { TLS1_VERSION, TLS1_1_VERSION, "ALL:@SECLEVEL=0", NULL, 0 }, false, "" },
        { { TLS1_2_VERSION, TLS1_2_VERSION, "ECDHE-ECDSA-AES128-SHA256", NULL, 0 }, false, "" }, /* CBC */
        { { TLS1_2_VERSION, TLS1_2_VERSION, "AES128-GCM-SHA256", NULL, 0 }, false, "" }, /* no forward secrecy */
        { { TLS1_2_VERSION, TLS1_2_VERSION, "ECDHE-ECDSA-CHACHA20-POLY1305", NULL, 0 }, true, "" },
    };
    Wire *w = wire_start((HttpLimits){ 0 }, 1);
    for (int i = 0; i < COUNT(cases); i++) {
        int fd;
        SSL *s = shake(w, &cases[i].offer, &fd);
        if ((s != NULL) != cases[i].agreed) fail_msg("case %d: agreed %d", i, s != NULL);
        if (s == NULL) continue;
        const unsigned char *alpn;
        unsigned n;
        SSL_get0_alpn_selected(s, &alpn, &n);
        assert_int_equal(n, strlen(cases[i].alpn));
        if (n > 0) assert_memory_equal(alpn, cases[i].alpn, n);
        SSL_SESSION *session = SSL_get0_session(s);
        assert_false(SSL_SESSION_has_ticket(session));
        SSL_free(s);
        close(fd);
    }
    wire_stop(w);
}

static void test_no_renegotiation(void **state)
{
    (void)state;
    Wire *w = wire_start((HttpLimits){ 0 }, 1);
    Offer o = { TLS1_2_VERSION, TLS1_2_VERSION, NULL, NULL, 0 };
    int fd;
    SSL *s = shake(w, &o, &fd);
    assert_non_null(s);
    char reply[512];
    assert_true(SSL_write(s, "GET /read HTTP/1.1\r\nHost: a\r\n\r\n", 32) > 0);
    assert_true(SSL_read(s, reply, sizeof reply) > 0);
    SSL_renegotiate(s);
    assert_int_not_equal(SSL_do_handshake(s), 1);
    SSL_free(s);
    close(fd);
    wire_stop(w);
}

/* Plain HTTP, and bytes that are no TLS at all: closed, and nothing of it reaches the handler. */
static void test_other_protocols(void **state)
{
    (void)state;
    Wire *w = wire_start((HttpLimits){ 0 }, 1);
    static const Str said[] = { S_INIT("GET /read HTTP/1.1\r\nHost: a\r\n\r\n"), S_INIT("\0\0\0\0\0\0\0\0\0\0\0\0"),
                                S_INIT("\x16\x03\x01\xff\xff\xff\xff\xff\xff\xff"), S_INIT("SSH-2.0-x\r\n") };
    for (int i = 0; i < COUNT(said); i++) {
        int fd = connect_raw(w);
        char c[256];
        ssize_t n;
        send(fd, said[i].p, said[i].n, MSG_NOSIGNAL);
        shutdown(fd, SHUT_WR);
        while ((n = recv(fd, c, sizeof c, 0)) > 0)
            assert_null(memmem(c, (size_t)n, "HTTP/1.1 200", 12));
        close(fd);
    }
    wire_until(http_counts(w->server).connections == 0);
    assert_int_equal(atomic_load(&w->handled), 0);
    int fd = wire_open(w);
    assert_int_equal(wire_ask(w, fd, GET("/read")).status, 200);
    close(fd);
    wire_stop(w);
}

static void test_slow_handshake(void **state)
{
    (void)state;
    Wire *w = wire_start((HttpLimits){ .head_ms_max = 50 }, 1);
    int silent = connect_raw(w), half = connect_raw(w);
    send(half, "\x16\x03\x01\x02\x00\x01\x00", 7, MSG_NOSIGNAL);
    assert_true(wire_closed(silent)); /* nothing was ever said */
    assert_true(wire_closed(half));
    close(silent);
    close(half);
    wire_stop(w);
}

static void test_too_many(void **state)
{
    (void)state;
    Wire *w = wire_start((HttpLimits){ .connections_max = 2 }, 1);
    int a = wire_open(w), b = wire_open(w), c = connect_raw(w);
    char byte;
    assert_true(recv(c, &byte, 1, 0) <= 0); /* a refusal is not worth a handshake */
    assert_int_equal(wire_ask(w, a, GET("/read")).status, 200);
    assert_int_equal(wire_ask(w, b, GET("/read")).status, 200);
    close(a);
    close(b);
    close(c);
    wire_stop(w);
}

/* ---- reload ---- */

static void subject_of(int fd, char *name, int n)
{
    X509 *x = SSL_get1_peer_certificate(wire_ssl[fd]);
    assert_non_null(x);
    X509_NAME_get_text_by_NID(X509_get_subject_name(x), NID_commonName, name, n);
    X509_free(x);
}

static void test_reload(void **state)
{
    (void)state;
    Wire *w = wire_start((HttpLimits){ 0 }, 2);
    char name[32];
    int before = wire_open(w), busy = wire_open(w);
    assert_text(wire_ask(w, before, GET("/read")).body, "hello");
    wire_send(busy, GET("/late"));
    wire_until(wire_n_late(w) == 1);
    assert_false(tls_files_changed(w->tls));
    cert_make(&w->cert, "second", -3600, 172800);
    assert_true(tls_files_changed(w->tls));
    Fail f = tls_reload(w->tls);
    assert_int_equal(f.err, OK);
    assert_false(tls_files_changed(w->tls));
    int after = wire_open(w);
    subject_of(after, name, sizeof name);
    assert_string_equal(name, "second");
    assert_text(wire_ask(w, after, GET("/read")).body, "hello");
    assert_text(wire_ask(w, before, GET("/read")).body, "hello"); /* none was dropped */
    http_reply(wire_take_late(w), &(HttpReply){ .status = 200, .body = S("late") });
    assert_text(wire_reply(w, busy, false).body, "late");
    subject_of(before, name, sizeof name);
    assert_string_equal(name, "first");
    /* files that are not good change nothing */
    cert_make(&w->cert, "third", -7200, -3600);
    f = tls_reload(w->tls);
    assert_string_equal(f.code, "tls_cert_expired");
    assert_false(tls_files_changed(w->tls));
    int still = wire_open(w);
    subject_of(still, name, sizeof name);
    assert_string_equal(name, "second");
    int fds[] = { before, busy, after, still };
    for (int i = 0; i < COUNT(fds); i++)
        close(fds[i]);
    wire_stop(w);
}

static atomic_bool reloading;

static void *reload_all_the_time(void *arg)
{
    Wire *w = arg;
    int n = 0;
    for (; atomic_load(&reloading) || n == 0; n++) {
        Fail f = tls_reload(w->tls);
        if (f.err != OK) return NULL;
        nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
    }
    return w;
}

static void test_reload_while_requests_run(void **state)
{
    (void)state;
    Wire *w = wire_start((HttpLimits){ 0 }, 2);
    pthread_t t;
    void *result;
    atomic_store(&reloading, true);
    pthread_create(&t, NULL, reload_all_the_time, w);
    for (int i = 0; i < 40; i++) {
        int fd = wire_open(w);
        for (int k = 0; k < 5; k++)
            assert_text(wire_ask(w, fd, GET("/read")).body, "hello");
        close(fd);
    }
    atomic_store(&reloading, false);
    pthread_join(t, &result);
    assert_non_null(result);
    assert_int_equal(http_counts(w->server).requests, 200);
    wire_stop(w);
}

int main(void)
{
    setenv("LINLI_TEST_TLS", "1", 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_what_is_agreed_on),
        cmocka_unit_test(test_no_renegotiation),
        cmocka_unit_test(test_other_protocols),
        cmocka_unit_test(test_slow_handshake),
        cmocka_unit_test(test_too_many),
        cmocka_unit_test(test_reload),
        cmocka_unit_test(test_reload_while_requests_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
