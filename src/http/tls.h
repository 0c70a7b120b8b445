/* tls: the certificate that the server shows, by OpenSSL. Versions 1.2 and 1.3 only, forward secrecy and authenticated
 * ciphers only (RFC 9325), ALPN "http/1.1" (RFC 7301), no renegotiation, no session tickets and no session cache, so
 * that no key outlives its connection.
 *
 * tls_reload may be called from any thread while the server runs: connections that are there go on with what they
 * began with, new ones see the new certificate. If the new files are not good, the old certificate stays. */
#ifndef LINLI_HTTP_TLS_H
#define LINLI_HTTP_TLS_H

#include "base/fail.h"

typedef struct Tls Tls;

typedef struct TlsFacts {
    int64_t not_before_ms, not_after_ms; /* of the server's own certificate */
    bool self_signed;
} TlsFacts;

/* Reads both files (PEM: the certificate and then its chain; a private key without a passphrase) and checks that they
 * belong together. NULL: f->code is tls_cert_unreadable, tls_cert_bad, tls_key_unreadable, tls_key_bad,
 * tls_key_mismatch, tls_cert_expired or tls_cert_early, and f->field the file. Freed with tls_close. */
Tls *tls_open(const char *cert_file, const char *key_file, Fail *f) MUST_USE;
Fail tls_reload(Tls *t) MUST_USE;
/* True if one of the two files is not the one that was read: another time, size or inode. */
bool tls_files_changed(const Tls *t);
TlsFacts tls_facts(Tls *t);
void tls_close(Tls *t); /* NULL: nothing */

#endif
