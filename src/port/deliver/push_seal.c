/* Web Push's cryptography: the message for one browser (RFC 8291 over RFC 8188) and who we are (RFC 8292). */
#include "port/deliver/push.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/obj_mac.h>
#include <openssl/param_build.h>
#include <openssl/rand.h>

enum { SALT_BYTES = 16, KEY_BYTES_GCM = 16, NONCE_BYTES = 12, TAG_BYTES = 16, RECORD_SIZE = 4096, SHARED_BYTES = 32,
       HEAD_BYTES = SALT_BYTES + 4 + 1 + PUSH_POINT_BYTES, SIGNATURE_BYTES = 64 };

/* ---- keys on P-256 ---- */

static EVP_PKEY *key_from(const BIGNUM *scalar, const uint8_t point[PUSH_POINT_BYTES])
{
    EVP_PKEY *key = NULL;
    EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    OSSL_PARAM_BLD *b = OSSL_PARAM_BLD_new();
    OSSL_PARAM *params = NULL;
    bool ok = c != NULL && b != NULL &&
              OSSL_PARAM_BLD_push_utf8_string(b, OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0) == 1 &&
              OSSL_PARAM_BLD_push_octet_string(b, OSSL_PKEY_PARAM_PUB_KEY, point, PUSH_POINT_BYTES) == 1 &&
              (scalar == NULL || OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_PRIV_KEY, scalar) == 1);
    if (ok) params = OSSL_PARAM_BLD_to_param(b);
    if (params == NULL || EVP_PKEY_fromdata_init(c) != 1 ||
        EVP_PKEY_fromdata(c, &key, scalar != NULL ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY, params) != 1)
        key = NULL;
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(b);
    EVP_PKEY_CTX_free(c);
    return key;
}

bool push_key_open(const uint8_t secret[PUSH_SECRET_BYTES], PushKey *out)
{
    EC_GROUP *g = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
    BIGNUM *scalar = BN_bin2bn(secret, PUSH_SECRET_BYTES, NULL);
    EC_POINT *point = g != NULL ? EC_POINT_new(g) : NULL;
    *out = (PushKey){ 0 };
    bool ok = point != NULL && scalar != NULL && !BN_is_zero(scalar) && BN_cmp(scalar, EC_GROUP_get0_order(g)) < 0 &&
              EC_POINT_mul(g, point, scalar, NULL, NULL, NULL) == 1 &&
              EC_POINT_point2oct(g, point, POINT_CONVERSION_UNCOMPRESSED, out->point, PUSH_POINT_BYTES, NULL) ==
                  PUSH_POINT_BYTES;
    if (ok) out->key = key_from(scalar, out->point);
    EC_POINT_free(point);
    BN_clear_free(scalar);
    EC_GROUP_free(g);
    return out->key != NULL;
}

void push_key_close(PushKey *k)
{
    EVP_PKEY_free(k->key);
    k->key = NULL;
}

static bool shared_secret(EVP_PKEY *own, Str point, uint8_t out[SHARED_BYTES])
{
    size_t n = SHARED_BYTES;
    EVP_PKEY *peer = key_from(NULL, (const uint8_t *)point.p); /* a point that is not on the curve is none */
    EVP_PKEY_CTX *c = peer != NULL ? EVP_PKEY_CTX_new(own, NULL) : NULL;
    bool ok = c != NULL && EVP_PKEY_derive_init(c) == 1 && EVP_PKEY_derive_set_peer(c, peer) == 1 &&
              EVP_PKEY_derive(c, out, &n) == 1 && n == SHARED_BYTES;
    EVP_PKEY_CTX_free(c);
    EVP_PKEY_free(peer);
    return ok;
}

/* ---- RFC 5869, one block: at most 32 bytes ---- */

static void hmac(Str key, Str text, uint8_t out[HASH_BYTES])
{
    unsigned int n = 0;
    HMAC(EVP_sha256(), key.p, (int)key.n, (const unsigned char *)text.p, text.n, out, &n);
}

static void hkdf(Arena *a, Str salt, Str material, Str info, uint8_t out[HASH_BYTES])
{
    uint8_t prk[HASH_BYTES];
    Buf text = buf_new(a, info.n + 1);
    hmac(salt, material, prk);
    buf_add(&text, info);
    buf_char(&text, 1);
    hmac((Str){ (const char *)prk, HASH_BYTES }, (Str){ text.p, text.n }, out);
}

/* RFC 8291, section 3.4: info = "WebPush: info" || 0 || the browser's point || ours. */
static void input_key(Arena *a, const PushTarget *to, const PushKey *own, const uint8_t *shared,
                      uint8_t out[HASH_BYTES])
{
    Buf info = buf_new(a, 160);
    buf_add(&info, S("WebPush: info\0"));
    buf_add(&info, to->point);
    buf_add(&info, (Str){ (const char *)own->point, PUSH_POINT_BYTES });
    hkdf(a, to->auth, (Str){ (const char *)shared, SHARED_BYTES }, (Str){ info.p, info.n }, out);
}

static bool gcm(const uint8_t *key, const uint8_t *nonce, Str plain, uint8_t *out)
{
    EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
    int n = 0, end = 0;
    bool ok = c != NULL && EVP_EncryptInit_ex(c, EVP_aes_128_gcm(), NULL, key, nonce) == 1 &&
              EVP_EncryptUpdate(c, out, &n, (const unsigned char *)plain.p, (int)plain.n) == 1 &&
              EVP_EncryptFinal_ex(c, out + n, &end) == 1 &&
              EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_GET_TAG, TAG_BYTES, out + n + end) == 1;
    EVP_CIPHER_CTX_free(c);
    return ok;
}

bool push_seal_with(Arena *a, const PushTarget *to, const PushKey *own, const uint8_t salt[PUSH_SALT_BYTES], Str plain,
                    Str *sealed)
{
    uint8_t shared[SHARED_BYTES], material[HASH_BYTES], key[HASH_BYTES], nonce[HASH_BYTES];
    if (to->point.n != PUSH_POINT_BYTES || to->auth.n != PUSH_AUTH_BYTES || plain.n > PUSH_PLAIN_MAX ||
        !shared_secret(own->key, to->point, shared))
        return false;
    input_key(a, to, own, shared, material);
    Str ikm = { (const char *)material, HASH_BYTES }, s = { (const char *)salt, SALT_BYTES };
    hkdf(a, s, ikm, S("Content-Encoding: aes128gcm\0"), key);
    hkdf(a, s, ikm, S("Content-Encoding: nonce\0"), nonce);
    Buf record = buf_new(a, plain.n + 1);
    buf_add(&record, plain);
    buf_char(&record, 2); /* RFC 8188: the last record, no padding */
    uint8_t *out = arena_alloc(a, HEAD_BYTES + record.n + TAG_BYTES);
    memcpy(out, salt, SALT_BYTES);
    out[SALT_BYTES + 2] = RECORD_SIZE >> 8; /* four bytes, the highest first */
    out[SALT_BYTES + 4] = PUSH_POINT_BYTES;
    memcpy(out + SALT_BYTES + 5, own->point, PUSH_POINT_BYTES);
    *sealed = (Str){ (const char *)out, HEAD_BYTES + record.n + TAG_BYTES };
    return gcm(key, nonce, (Str){ record.p, record.n }, out + HEAD_BYTES);
}

bool push_seal(Arena *a, const PushTarget *to, Str plain, Str *sealed)
{
    uint8_t secret[PUSH_SECRET_BYTES], salt[PUSH_SALT_BYTES];
    PushKey once = { 0 };
    bool ok = RAND_bytes(salt, sizeof salt) == 1;
    for (int i = 0; ok && once.key == NULL && i < 8; i++) /* a number beyond the group's order is very rare */
        ok = RAND_bytes(secret, sizeof secret) == 1 && (push_key_open(secret, &once) || i < 7);
    ok = ok && once.key != NULL && push_seal_with(a, to, &once, salt, plain, sealed);
    push_key_close(&once);
    OPENSSL_cleanse(secret, sizeof secret);
    return ok;
}

/* ---- RFC 8292: a token signed with ES256 (RFC 7515) ---- */

static bool signature(const PushKey *k, Str text, uint8_t out[SIGNATURE_BYTES])
{
    uint8_t der[80];
    size_t n = sizeof der;
    const uint8_t *at = der;
    EVP_MD_CTX *c = EVP_MD_CTX_new();
    bool ok = c != NULL && EVP_DigestSignInit(c, NULL, EVP_sha256(), NULL, k->key) == 1 &&
              EVP_DigestSign(c, der, &n, (const unsigned char *)text.p, text.n) == 1;
    ECDSA_SIG *s = ok ? d2i_ECDSA_SIG(NULL, &at, (long)n) : NULL;
    ok = s != NULL && BN_bn2binpad(ECDSA_SIG_get0_r(s), out, SIGNATURE_BYTES / 2) > 0 &&
         BN_bn2binpad(ECDSA_SIG_get0_s(s), out + SIGNATURE_BYTES / 2, SIGNATURE_BYTES / 2) > 0;
    ECDSA_SIG_free(s);
    EVP_MD_CTX_free(c);
    return ok;
}

/* scheme://host[:port] of an address that push_endpoint_valid has let through */
static Str origin_of(Str url)
{
    size_t n = (size_t)str_find(url, S("//")) + 2;
    while (n < url.n && url.p[n] != '/' && url.p[n] != '?')
        n++;
    return (Str){ url.p, n };
}

Str push_authorization(Arena *a, const PushKey *k, Str endpoint, Str subject, int64_t now)
{
    Buf claims = buf_new(a, 160), text = buf_new(a, 320);
    Json j = json_to(&claims);
    uint8_t sign[SIGNATURE_BYTES];
    jw_open(&j, '{');
    jw_put_text(&j, "aud", origin_of(endpoint));
    jw_put_int(&j, "exp", now / SECOND_MS + PUSH_TOKEN_S);
    if (subject.n > 0) jw_put_text(&j, "sub", subject);
    jw_close(&j, '}');
    buf_add(&text, base64url_of(a, S("{\"typ\":\"JWT\",\"alg\":\"ES256\"}")));
    buf_char(&text, '.');
    buf_add(&text, base64url_of(a, buf_str(&claims)));
    if (!signature(k, (Str){ text.p, text.n }, sign)) return S("");
    return arena_fmt(a, "vapid t=%.*s.%s, k=%s", (int)text.n, text.p,
                     base64url_of(a, (Str){ (const char *)sign, sizeof sign }).p,
                     base64url_of(a, (Str){ (const char *)k->point, PUSH_POINT_BYTES }).p);
}
