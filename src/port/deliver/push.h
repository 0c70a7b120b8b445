/* push: Web Push. A message is sealed for one browser (RFC 8291 over RFC 8188), so that the push service of the
 * browser's vendor carries what it cannot read, and says who sends it by a token signed with our own key (RFC 8292,
 * "VAPID"). What is in it is a matter's number and where to look, nothing more (core/outbox/tell.c). */
#ifndef LINLI_DELIVER_PUSH_H
#define LINLI_DELIVER_PUSH_H

#include "base/json.h"

#include <openssl/types.h>

enum {
    PUSH_SECRET_BYTES = 32, /* a number below the order of P-256, the highest byte first */
    PUSH_POINT_BYTES = 65,  /* SEC 1, uncompressed */
    PUSH_AUTH_BYTES = 16,
    PUSH_SALT_BYTES = 16,
    PUSH_PLAIN_MAX = 3000,
    PUSH_TOKEN_S = 12 * 3600, /* RFC 8292: at most 24 hours */
};

typedef struct PushKey {
    EVP_PKEY *key;
    uint8_t point[PUSH_POINT_BYTES];
} PushKey;
bool push_key_open(const uint8_t secret[PUSH_SECRET_BYTES], PushKey *out) MUST_USE; /* false: no number of the group */
void push_key_close(PushKey *k);

typedef struct PushTarget { /* of a subscription, decoded */
    Str point, auth;
} PushTarget;
/* One record, aes128gcm, with a key and a salt of its own. False if the point is not on the curve. */
bool push_seal(Arena *a, const PushTarget *to, Str plain, Str *sealed) MUST_USE;
/* The same with a key and a salt that are given: for the RFC's own example. */
bool push_seal_with(Arena *a, const PushTarget *to, const PushKey *own, const uint8_t salt[PUSH_SALT_BYTES], Str plain,
                    Str *sealed) MUST_USE;
/* Value of the Authorization header: "vapid t=..., k=...". subject: "mailto:..." or "https://..." or "". */
Str push_authorization(Arena *a, const PushKey *k, Str endpoint, Str subject, int64_t now);

#endif
