/* SHA-256 through OpenSSL, and the codings of bytes as text: hex, base64url, base32. */
#include "base/base.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

/* The chain hashes millions of small records: the algorithm is fetched once for the process (a
 * fetch by name takes longer than the hashing) and every thread keeps one context. */
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t key;
static EVP_MD *sha256;
static _Thread_local EVP_MD_CTX *context;

static _Noreturn void broken(void) { /* a library without SHA-256, or out of memory */
    fputs("linli: SHA-256 is not available\n", stderr);
    abort();
}

static void context_free(void *ctx) {
    EVP_MD_CTX_free(ctx);
}

static void thread_ends(void *ctx) {
    context = NULL; /* another destructor of this thread may still hash */
    EVP_MD_CTX_free(ctx);
}

static void set_up(void) {
    sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    if (!sha256 || pthread_key_create(&key, thread_ends) != 0) broken();
}

static EVP_MD_CTX *context_new(void) {
    pthread_once(&once, set_up);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    if (!ctx || EVP_DigestInit_ex2(ctx, sha256, NULL) != 1) broken();
    return ctx;
}

static void add(EVP_MD_CTX *ctx, Str s) {
    if (s.n > 0 && EVP_DigestUpdate(ctx, s.p, s.n) != 1) broken();
}

static Hash end(EVP_MD_CTX *ctx) {
    Hash h;
    if (EVP_DigestFinal_ex(ctx, h.b, NULL) != 1) broken();
    return h;
}

Hash hash_sha256(const Str *parts, int n) {
    if (!context) {
        context = context_new();
        if (pthread_setspecific(key, context) != 0) broken(); /* freed with the thread */
    } else if (EVP_DigestInit_ex2(context, NULL, NULL) != 1) {
        broken();
    }
    for (int i = 0; i < n; i++)
        add(context, parts[i]);
    return end(context);
}

Hash hash_one(Str s) {
    return hash_sha256(&s, 1);
}

bool hash_eq(Hash a, Hash b) {
    return CRYPTO_memcmp(a.b, b.b, HASH_BYTES) == 0; /* hashes of tokens are compared with it too */
}

Str hash_hex(Arena *a, Hash h) {
    return hex_of(a, (Str){ (const char *)h.b, HASH_BYTES });
}

struct Hasher {
    EVP_MD_CTX *ctx;
    bool ended;
};

Hasher *hasher_new(Arena *a) {
    Hasher *h = arena_new_of(a, Hasher);
    h->ctx = context_new();
    arena_defer(a, context_free, h->ctx);
    return h;
}

void hasher_add(Hasher *h, Str s) {
    assert(!h->ended);
    add(h->ctx, s);
}

Hash hasher_end(Hasher *h) {
    assert(!h->ended);
    h->ended = true;
    return end(h->ctx);
}

/* ---- text forms of bytes ------------------------------------------------------------------ */

Str hex_of(Arena *a, Str bytes) {
    static const char digits[] = "0123456789abcdef";
    char *p = arena_alloc(a, 2 * bytes.n + 1);
    for (size_t i = 0; i < bytes.n; i++) {
        uint8_t b = (uint8_t)bytes.p[i];
        p[2 * i] = digits[b >> 4];
        p[2 * i + 1] = digits[b & 15];
    }
    return (Str){ p, 2 * bytes.n };
}

static int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

bool hex_to(Arena *a, Str hex, Str *bytes) {
    if (hex.n % 2 != 0) return false;
    char *p = arena_alloc(a, hex.n / 2 + 1);
    for (size_t i = 0; i < hex.n / 2; i++) {
        int high = hex_digit(hex.p[2 * i]), low = hex_digit(hex.p[2 * i + 1]);
        if (high < 0 || low < 0) return false;
        p[i] = (char)(high << 4 | low);
    }
    *bytes = (Str){ p, hex.n / 2 };
    return true;
}

/* `width` bits per character, most significant first; the last one is filled up with zero bits. */
static Str encode(Arena *a, Str bytes, int width, const char *alphabet) {
    char *p = arena_alloc(a, bytes.n / (size_t)width * 8 + 9);
    size_t n = 0;
    uint32_t bits = 0;
    int have = 0;
    for (size_t i = 0; i < bytes.n; i++) {
        bits = bits << 8 | (uint8_t)bytes.p[i];
        for (have += 8; have >= width; have -= width)
            p[n++] = alphabet[bits >> (have - width) & ((1u << width) - 1)];
    }
    if (have > 0) p[n++] = alphabet[bits << (width - have) & ((1u << width) - 1)];
    return (Str){ p, n };
}

Str base64url_of(Arena *a, Str bytes) {
    return encode(a, bytes, 6, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");
}

/* By byte, its value and one; 0 for what is no digit. */
static const uint8_t base64url_digit[256] = {
    ['-'] = 63, ['_'] = 64,
    ['0'] = 53, 54, 55, 56, 57, 58, 59, 60, 61, 62,
    ['A'] = 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26,
    ['a'] = 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52,
};

bool base64url_to(Arena *a, Str text, Str *bytes) {
    if (text.n % 4 == 1) return false;
    char *p = arena_alloc(a, text.n / 4 * 3 + 3);
    size_t n = 0;
    uint32_t bits = 0;
    int have = 0;
    for (size_t i = 0; i < text.n; i++) {
        uint8_t digit = base64url_digit[(uint8_t)text.p[i]];
        if (digit == 0) return false;
        bits = bits << 6 | (uint32_t)(digit - 1);
        have += 6;
        if (have >= 8) {
            have -= 8;
            p[n++] = (char)(uint8_t)(bits >> have);
        }
    }
    if ((bits & ((1u << have) - 1)) != 0) return false; /* a second spelling of the same bytes */
    *bytes = (Str){ p, n };
    return true;
}

Str base32_of(Arena *a, Str bytes) {
    return encode(a, bytes, 5, "0123456789ABCDEFGHJKMNPQRSTVWXYZ");
}

Str base32_normal(Arena *a, Str typed) {
    char *p = arena_alloc(a, typed.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < typed.n; i++) {
        char c = typed.p[i];
        if (c == '-' || c == ' ' || (c >= '\t' && c <= '\r')) continue;
        if (c >= 'a' && c <= 'z') c = (char)(c - 'a' + 'A');
        if (c == 'O') c = '0';
        if (c == 'I' || c == 'L') c = '1';
        p[n++] = c;
    }
    return (Str){ p, n };
}
