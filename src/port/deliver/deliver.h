/* deliver: how parcels of the outbox leave. Webhooks and pushes over HTTP, mail over SMTP, both with libcurl; text
 * messages as files for gammu-smsd.
 *
 * A webhook's address is set by an admin and yet not trusted: only http and https, no redirects, no proxy, TLS
 * verified, at most ten seconds, the answer is thrown away after a few KB; and each connection asks address_public() of
 * the very address it goes to, after the name was resolved, so that a name that changes its address does not pass
 * either. */
#ifndef LINLI_DELIVER_H
#define LINLI_DELIVER_H

#include "core/outbox.h"
#include "port/deliver/push.h"

#include <sys/socket.h>

enum { DELIVER_ALLOWED_MAX = 16 };

typedef struct DeliverConfig {
    const char
        *allowed;     /* "127.0.0.1:8099,[::1]:25": numeric, exact; an operator's own relay, and tests. May be NULL */
    const char *smtp; /* "smtp://HOST:PORT" or "smtps://..."; NULL: no mail. The operator's own: any address */
    const char *smtp_login; /* file of two lines, user and password; NULL: none */
    const char *mail_from;  /* "linli@example.org" */
    const uint8_t *push_secret; /* PUSH_SECRET_BYTES; NULL: no push */
    const char *sms_dir;        /* where gammu-smsd looks for what to send; NULL: no text messages */
} DeliverConfig;

/* Fills in the channels; memory is the arena's. Codes: allow_host, smtp, smtp_login, mail_from, push_key, sms_dir. */
Fail deliver_open(Arena *a, const DeliverConfig *c, OutboxConfig *out) MUST_USE;

/* ---- address.c: pure ---- */
/* Is it an address of the open internet? By the IANA special-purpose registries (RFC 6890 and its updates): nothing
 * private, loopback, link-local, shared, multicast, reserved or for documentation, and no IPv6 form that wraps an IPv4
 * address (mapped, compatible, 6to4, Teredo, NAT64). */
bool address_public(const struct sockaddr *sa);
typedef struct Allowed {
    struct sockaddr_storage list[DELIVER_ALLOWED_MAX];
    int n;
} Allowed;
bool allowed_read(const char *text, Allowed *out) MUST_USE;
bool allowed_has(const Allowed *a, const struct sockaddr *sa);

/* ---- webhook.c: pure part ---- */
/* "v1,<base64>" of HMAC-SHA-256 over "id.timestamp.body" (Standard Webhooks 1.0). */
Str webhook_signature(Arena *a, Str secret, Str id, int64_t timestamp_s, Str body);
/* ---- robot.c: pure part ---- */
/* Where a robot's message goes, with what it wants in the query: WeCom its key, DingTalk its token, the time (ms) and
 * BASE64(HMAC-SHA-256(secret, "time\nsecret")) of it, percent-encoded. */
Str robot_url(Arena *a, Template t, Str url, Str secret, Str token, int64_t now);
/* What a robot's platform answers in a 200: "errcode" of {"errcode":0,...}; -1: that is no such answer. */
int64_t robot_errcode(Arena *a, Str answer);
/* ---- mail.c: pure part: the whole message as SMTP takes it, CRLF lines. */
Str mail_message(Arena *a, Str from, Str to, Str subject, Str text, Str id, int64_t now);

typedef struct Deliver {
    Allowed allowed;
    Str smtp, user, password, from;
    PushKey push_key;
    Str push_subject; /* whom a push service may ask: "https://..." or "mailto:..." */
    const char *sms_dir;
} Deliver;
void webhook_send(void *self, Parcel *p, const atomic_bool *ending);
void mail_send(void *self, Parcel *p, const atomic_bool *ending);
void push_send(void *self, Parcel *p, const atomic_bool *ending);
void sms_send(void *self, Parcel *p, const atomic_bool *ending);

/* ---- sms.c: pure part ---- */
/* The file's name: the same for the same row. */
Str sms_name(Arena *a, Str to, Str id, int64_t at, bool urgent);
Str sms_utf16(Arena *a, Str text); /* big-endian, with a byte order mark */

#endif
