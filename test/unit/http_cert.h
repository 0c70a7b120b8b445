/* Certificates for tests: made by themselves for localhost, in files of a temporary folder. */
#ifndef LINLI_TEST_HTTP_CERT_H
#define LINLI_TEST_HTTP_CERT_H

#include "unit.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <unistd.h>

typedef struct Cert {
    char dir[64], cert[96], key[96];
} Cert;

/* Valid from `from_s` to `to_s`, seconds from now; `name` is its subject. Overwrites what was there. */
static inline void cert_make(Cert *c, const char *name, long from_s, long to_s)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *x = X509_new();
    assert_non_null(key);
    ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
    X509_gmtime_adj(X509_getm_notBefore(x), from_s);
    X509_gmtime_adj(X509_getm_notAfter(x), to_s);
    X509_set_pubkey(x, key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_ASC, (const unsigned char *)name, -1, -1, 0);
    X509_set_issuer_name(x, X509_get_subject_name(x));
    assert_true(X509_sign(x, key, EVP_sha256()) > 0);
    FILE *f = fopen(c->cert, "w");
    assert_non_null(f);
    assert_int_equal(PEM_write_X509(f, x), 1);
    fclose(f);
    f = fopen(c->key, "w");
    assert_non_null(f);
    assert_int_equal(PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL), 1);
    fclose(f);
    X509_free(x);
    EVP_PKEY_free(key);
}

static inline void cert_open(Cert *c)
{
    snprintf(c->dir, sizeof c->dir, "/tmp/linli-cert.XXXXXX");
    assert_non_null(mkdtemp(c->dir));
    snprintf(c->cert, sizeof c->cert, "%s/cert.pem", c->dir);
    snprintf(c->key, sizeof c->key, "%s/key.pem", c->dir);
    cert_make(c, "first", -3600, 86400);
}

static inline void cert_close(Cert *c)
{
    unlink(c->cert);
    unlink(c->key);
    rmdir(c->dir);
}

#endif
