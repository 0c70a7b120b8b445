#include "http/tls.h"

#include "http/internal.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

typedef struct FileMark { /* which file it was that was read */
    struct timespec changed;
    off_t size;
    ino_t inode;
} FileMark;

struct Tls {
    pthread_mutex_t lock; /* of all below */
    SSL_CTX *context;
    TlsFacts facts;
    FileMark marks[2];
    char *cert_file, *key_file;
};

/* TLS 1.2: what RFC 9325 section 4.2 leaves; TLS 1.3 has no bad ones. A phone that has no AES in hardware asks for
 * ChaCha20 first and gets it. */
static const char ciphers_12[] = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
                                 "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
                                 "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";

static Fail tls_fail(const char *code, const char *file, const char *why)
{
    ERR_clear_error(); /* the thread's queue would be read by whoever asks next */
    Fail f = fail_field(ERR_INVALID, code, file, 0);
    f.log = why;
    return f;
}

/* ---- what the peers agree on ---- */

static int choose_protocol(SSL *ssl, const unsigned char **out, unsigned char *out_n, const unsigned char *in,
                           unsigned int in_n, void *arg)
{
    (void)ssl, (void)arg;
    static const unsigned char ours[] = "\x08http/1.1";
    unsigned char *chosen = NULL;
    if (SSL_select_next_proto(&chosen, out_n, ours, sizeof ours - 1, in, in_n) != OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_ALERT_FATAL; /* it speaks only what we do not */
    *out = chosen;
    return SSL_TLSEXT_ERR_OK;
}

static SSL_CTX *context_new(void)
{
    SSL_CTX *c = http_must(SSL_CTX_new(TLS_server_method()));
    SSL_CTX_set_min_proto_version(c, TLS1_2_VERSION);
    SSL_CTX_set_options(c, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET |
                               SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA | SSL_OP_SINGLE_ECDH_USE);
    SSL_CTX_set_mode(c, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_session_cache_mode(c, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_num_tickets(c, 0);
    http_must(SSL_CTX_set_cipher_list(c, ciphers_12) == 1 ? c : NULL);
    SSL_CTX_set_alpn_select_cb(c, choose_protocol, NULL);
    return c;
}

/* ---- the files ---- */

static int no_passphrase(char *buffer, int size, int writing, void *arg)
{
    (void)buffer, (void)size, (void)writing, (void)arg;
    return -1; /* else OpenSSL would ask the terminal */
}

static FileMark mark_of(const char *file)
{
    struct stat st;
    if (stat(file, &st) != 0) return (FileMark){ 0 };
    return (FileMark){ st.st_mtim, st.st_size, st.st_ino };
}

static int64_t ms_of(const ASN1_TIME *t)
{
    struct tm tm = { 0 };
    return t != NULL && ASN1_TIME_to_tm(t, &tm) == 1 ? (int64_t)timegm(&tm) * SECOND_MS : 0;
}

static Fail facts_read(SSL_CTX *c, const char *file, TlsFacts *facts)
{
    X509 *x = SSL_CTX_get0_certificate(c);
    int64_t now = (int64_t)time(NULL) * SECOND_MS; /* real time: the peers' browsers look at theirs */
    *facts = (TlsFacts){ ms_of(X509_get0_notBefore(x)), ms_of(X509_get0_notAfter(x)),
                         (X509_get_extension_flags(x) & EXFLAG_SS) != 0 };
    if (facts->not_after_ms <= now) return tls_fail("tls_cert_expired", file, "the certificate has run out: renew it");
    if (facts->not_before_ms > now)
        return tls_fail("tls_cert_early", file, "the certificate is not valid yet: is this machine's clock right?");
    return FAIL_NONE;
}

static Fail files_read(const Tls *t, SSL_CTX *c, TlsFacts *facts)
{
    const char *cert = t->cert_file, *key = t->key_file;
    SSL_CTX_set_default_passwd_cb(c, no_passphrase);
    if (access(cert, R_OK) != 0) return tls_fail("tls_cert_unreadable", cert, strerrordesc_np(errno));
    if (access(key, R_OK) != 0) return tls_fail("tls_key_unreadable", key, strerrordesc_np(errno));
    if (SSL_CTX_use_certificate_chain_file(c, cert) != 1)
        return tls_fail("tls_cert_bad", cert, "it holds no certificate in PEM form");
    if (SSL_CTX_use_PrivateKey_file(c, key, SSL_FILETYPE_PEM) != 1) {
        bool other = ERR_GET_REASON(ERR_peek_last_error()) == X509_R_KEY_VALUES_MISMATCH ||
                     ERR_GET_REASON(ERR_peek_last_error()) == X509_R_KEY_TYPE_MISMATCH;
        return other ? tls_fail("tls_key_mismatch", key, "the key is not the one of the certificate")
                     : tls_fail("tls_key_bad", key, "it holds no private key in PEM form without a passphrase");
    }
    if (SSL_CTX_check_private_key(c) != 1)
        return tls_fail("tls_key_mismatch", key, "the key is not the one of the certificate");
    return facts_read(c, cert, facts);
}

Fail tls_reload(Tls *t)
{
    SSL_CTX *fresh = context_new();
    TlsFacts facts;
    FileMark marks[2] = { mark_of(t->cert_file), mark_of(t->key_file) }; /* before reading: a later change shows */
    Fail f = files_read(t, fresh, &facts);
    pthread_mutex_lock(&t->lock);
    memcpy(t->marks, marks, sizeof marks); /* bad files are not read again until they change again */
    SSL_CTX *old = fresh;
    if (f.err == OK) {
        old = t->context;
        t->context = fresh;
        t->facts = facts;
    }
    pthread_mutex_unlock(&t->lock);
    SSL_CTX_free(old); /* each connection holds one reference of its own */
    return f;
}

Tls *tls_open(const char *cert_file, const char *key_file, Fail *f)
{
    Tls *t = http_must(calloc(1, sizeof *t));
    pthread_mutex_init(&t->lock, NULL);
    t->cert_file = http_must(strdup(cert_file));
    t->key_file = http_must(strdup(key_file));
    *f = tls_reload(t);
    if (f->err == OK) return t;
    tls_close(t);
    return NULL;
}

static bool mark_differs(const FileMark *a, const FileMark *b)
{
    return a->changed.tv_sec != b->changed.tv_sec || a->changed.tv_nsec != b->changed.tv_nsec || a->size != b->size ||
           a->inode != b->inode;
}

bool tls_files_changed(const Tls *t)
{
    FileMark cert = mark_of(t->cert_file), key = mark_of(t->key_file);
    return mark_differs(&cert, &t->marks[0]) || mark_differs(&key, &t->marks[1]);
}

TlsFacts tls_facts(Tls *t)
{
    pthread_mutex_lock(&t->lock);
    TlsFacts facts = t->facts;
    pthread_mutex_unlock(&t->lock);
    return facts;
}

void tls_close(Tls *t)
{
    if (t == NULL) return;
    SSL_CTX_free(t->context);
    pthread_mutex_destroy(&t->lock);
    free(t->cert_file);
    free(t->key_file);
    free(t);
}

/* ---- a connection ---- */

struct bufferevent *tls_socket(struct event_base *base, Tls *t)
{
    pthread_mutex_lock(&t->lock);
    SSL *ssl = http_must(SSL_new(t->context));
    pthread_mutex_unlock(&t->lock);
    struct bufferevent *b = http_must(
        bufferevent_openssl_socket_new(base, -1, ssl, BUFFEREVENT_SSL_ACCEPTING, BEV_OPT_CLOSE_ON_FREE));
    /* A peer that just goes away: every message of ours has a length, so nothing can be cut short unseen. */
    bufferevent_openssl_set_allow_dirty_shutdown(b, 1);
    return b;
}

void tls_goodbye(struct bufferevent *sock)
{
    SSL *ssl = bufferevent_openssl_get_ssl(sock);
    if (ssl != NULL && SSL_is_init_finished(ssl) && SSL_get_wbio(ssl) != NULL) SSL_shutdown(ssl);
    ERR_clear_error();
}
