/* seal: personal values. XChaCha20-Poly1305 of salt and value under the subject's own key, beside H(salt, value) so
 * that a holder can prove a value without the server. Keys are wrapped by the key file, which stands outside the data
 * and its backups. Erasure destroys the key. */
#ifndef LINLI_SEAL_H
#define LINLI_SEAL_H

#include "base/json.h"
#include "base/json_raw.h"
#include "store/db.h"

typedef struct Seals Seals;
enum { KEY_BYTES = 32 };
typedef struct Key {
    uint8_t b[KEY_BYTES];
} Key;

/* Reads the key file (32 bytes as hex, mode 0600), or makes it when `create`. Derives the wrapping, look-up, receipt,
 * search and session keys from it (crypto_kdf). */
Seals *seals_open(Arena *a, const char *key_file, bool create, Fail *f) MUST_USE;
Seals *seals_for_test(Arena *a);

/* The list beside the key file that every erasure is written to (erasures.h); NULL: none is kept (tests). */
typedef struct Erasures Erasures;
void seals_keep_erasures(Seals *s, Erasures *e);
Erasures *seals_erasures(const Seals *s);

/* Our private number on P-256 for Web Push (RFC 8292): derived like the others, so that it comes with the key file from
 * the first start on, also after a restore, and browsers need not subscribe anew. */
void seals_push_secret(const Seals *s, uint8_t out[KEY_BYTES]);

/* Ed25519 (RFC 8032), for the heads of the tree over each chain (proof/). Everybody may know the public key; the other
 * one is derived from the key file, so a restored house signs as before. */
enum { SIGNATURE_BYTES = 64, SIGN_KEY_BYTES = 32 };
void seals_sign(const Seals *s, Str text, uint8_t signature[SIGNATURE_BYTES]);
void seals_sign_key(const Seals *s, uint8_t out[SIGN_KEY_BYTES]);
bool seals_signed(const uint8_t key[SIGN_KEY_BYTES], Str text, const uint8_t signature[SIGNATURE_BYTES]) MUST_USE;

Key seal_new_key(void);
Str seal_wrap(const Seals *s, Arena *a, Str community, Str subject, Key k);
bool seal_unwrap(const Seals *s, Str community, Str subject, Str wrapped, Key *k) MUST_USE;

/* {"sealed":"<base64url>","proof":"<base64url of SHA-256>","of":"<subject>"}; bound to community and subject. */
json_t *seal_value(Arena *a, Key k, Str community, Str subject, Str plain);
bool seal_is(const json_t *v);
Str seal_subject(const json_t *v);
bool seal_open(Arena *a, Key k, Str community, const json_t *sealed, Str *plain) MUST_USE;
/* The same, with the 16 bytes of salt: who holds salt and value can show that they belong to the proof, which is
 * SHA-256("linli proof 1\n" + salt + value). */
bool seal_open_salted(Arena *a, Key k, Str community, const json_t *sealed, Str *salt, Str *plain) MUST_USE;
/* The same as stored text (base/json_raw.h), for lists and views: the cipher vouches for the value; the proof beside it
 * is for others and is not looked at. */
typedef struct SealedText {
    Str sealed, of, proof; /* as in the text; neither base64url nor an id has anything to decode */
} SealedText;
bool seal_raw(Str v, SealedText *out); /* false for what is no sealed value */
bool seal_raw_open(Arena *a, Key k, Str community, SealedText v, Str *plain) MUST_USE;
bool seal_raw_proven(Arena *a, Key k, Str community, SealedText v) MUST_USE; /* opens, and gives its proof */
/* Files: a whole buffer, same cipher, own domain. */
Str seal_bytes(Arena *a, Key k, Str domain, Str plain);
bool seal_open_bytes(Arena *a, Key k, Str domain, Str sealed, Str *plain) MUST_USE;

Str seal_lookup(const Seals *s, Arena *a, Str community, Str plain); /* hex HMAC for unique look-up */
Str seal_directory(const Seals *s, Arena *a, Str phone);              /* the same across communities */
Str seal_receipt(const Seals *s, Arena *a, Str community, Str matter); /* 16 base32 characters, 80 bits */
uint64_t seal_search_token(const Seals *s, Str token);                /* keyed: the index holds no words */
Str seal_token_hash(const Seals *s, Arena *a, Str token);             /* session and program tokens */
Str seal_csrf(const Seals *s, Arena *a, Str token);                   /* 32 characters, bound to the session token */

/* Key of a subject from its row, with a small cache (readers have one each). */
extern Stmt seal_key_load; /* (community, subject) -> "b" */
extern Stmt seal_key_save; /* (community, subject, wrapped, at); there is one already: changed is 0, load that */
extern Stmt seal_key_drop; /* (community, subject) */
typedef struct KeyCache KeyCache;
KeyCache *key_cache_new(Arena *a, const Seals *s, int entries);
/* False if the key is gone (erased) or was never made. May run one statement; with db NULL it only looks into the
 * cache. */
bool key_cache_get(KeyCache *c, Db *db, Str community, Str subject, Key *k) MUST_USE;
void key_cache_put(KeyCache *c, Str community, Str subject, Key k);
void key_cache_forget(KeyCache *c, Str community, Str subject);
void key_cache_clear(KeyCache *c);
/* A sealed value's text, "" when the key is gone; borrowed until the next call for this cache. What was opened is kept
 * for a while, at most 1 MB of it, and never longer than key_cache_forget or _clear: no text outlives its key. */
Str key_cache_open(KeyCache *c, Db *db, Arena *a, Str community, SealedText v);

/* The texts that key_cache_open keeps (opened.c). */
typedef struct Opened Opened;
Opened *opened_new(Arena *a);
bool opened_get(const Opened *o, Str community, SealedText v, Str *plain) MUST_USE; /* borrowed until the next put */
void opened_put(Opened *o, Str community, SealedText v, Str plain); /* one that is too long is not kept */
void opened_clear(Opened *o);

/* "13912345678" -> "139****5678"; "次仁卓玛" -> "次***"; anything else: first character and stars. */
Str mask_text(Arena *a, Str plain);

#endif
