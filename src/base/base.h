/* base: what every layer stands on. No I/O here, except through the seam (below).
 *
 * Memory, one sentence: what is born in a request lives in that request's arena; what outlives it
 * is in the database or in a pool made at start. A returned pointer is borrowed. */
#ifndef LINLI_BASE_H
#define LINLI_BASE_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define MUST_USE __attribute__((warn_unused_result))
#define PRINTF_LIKE(f, a) __attribute__((format(printf, f, a)))
#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

/* ---- str: a borrowed run of bytes --------------------------------------------------------
 * Not owned and in general not NUL-terminated; text made by an arena (arena_*) always is. */
typedef struct Str {
    const char *p;
    size_t n;
} Str;

#define S(literal) ((Str){ "" literal, sizeof(literal) - 1 })
/* The same in a static table, where a compound literal would not be constant. */
#define S_INIT(literal)                                                                            \
    { "" literal, sizeof(literal) - 1 }
#define STR_ARG(s) (int)(s).n, (s).p /* for "%.*s" */

Str str_c(const char *c); /* NULL gives the empty string */
bool str_eq(Str a, Str b);
bool str_is(Str a, const char *b);
int str_cmp(Str a, Str b); /* byte order, as SQLite's BINARY and PostgreSQL's "C" sort */
bool str_starts(Str s, Str prefix);
bool str_ends(Str s, Str suffix);
Str str_cut(Str *rest, char sep);  /* takes up to sep; *rest is what follows, or empty */
Str str_trim(Str s);               /* ASCII blanks */
int64_t str_find(Str s, Str what); /* offset or -1 */
/* A whole decimal int64 ("-12", no blanks, no plus); false if it is anything else or too large. */
bool str_to_i64(Str s, int64_t *out) MUST_USE;

/* ---- arena: memory of one request -------------------------------------------------------- */
typedef struct Arena Arena;

Arena *arena_new(void);
void arena_free(Arena *a);  /* runs what was deferred, newest first */
void arena_reset(Arena *a); /* the same, but keeps the first block for the next request */
/* Zeroed, aligned for any type. Never NULL: out of memory ends the process (a programmer's bound
 * was missing); everything from outside is bounded before it gets here. */
void *arena_alloc(Arena *a, size_t n);
#define arena_new_of(a, T) ((T *)arena_alloc((a), sizeof(T)))
#define arena_array(a, T, n) ((T *)arena_alloc((a), sizeof(T) * (size_t)(n)))
Str arena_str(Arena *a, Str s); /* a NUL-terminated copy */
Str arena_fmt(Arena *a, const char *fmt, ...) PRINTF_LIKE(2, 3);
const char *arena_c(Arena *a, Str s); /* NUL-terminated copy as C text */
void arena_defer(Arena *a, void (*fn)(void *), void *arg);
size_t arena_used(const Arena *a);

/* ---- buf: text that grows in an arena ---------------------------------------------------- */
typedef struct Buf {
    Arena *arena;
    char *p;
    size_t n, cap;
} Buf;

Buf buf_new(Arena *a, size_t first);
void buf_reserve(Buf *b, size_t more); /* room for so many bytes, and the NUL of buf_str */
static inline void buf_add(Buf *b, Str s)
{
    if (s.n == 0) return;
    if (s.n >= b->cap - b->n) buf_reserve(b, s.n);
    memcpy(b->p + b->n, s.p, s.n);
    b->n += s.n;
}
static inline void buf_char(Buf *b, char c)
{
    if (b->cap - b->n <= 1) buf_reserve(b, 1);
    b->p[b->n++] = c;
}
void buf_c(Buf *b, const char *c);
void buf_i64(Buf *b, int64_t n);
void buf_fmt(Buf *b, const char *fmt, ...) PRINTF_LIKE(2, 3);
Str buf_str(Buf *b); /* NUL-terminated; valid until the next buf_* call */

/* ---- utf8 -------------------------------------------------------------------------------- */
/* Strict: no overlong forms, no surrogates, nothing above U+10FFFF. */
bool utf8_valid(Str s);
int64_t utf8_count(Str s); /* code points of a valid string */
/* Decodes one code point at s->p and moves s on; -1 at the end or on a bad byte. */
int32_t utf8_next(Str *s);
void utf8_put(Buf *b, int32_t code_point);

/* ---- time: int64 milliseconds since 1970 UTC --------------------------------------------- */
#define SECOND_MS INT64_C(1000)
#define MINUTE_MS (60 * SECOND_MS)
#define HOUR_MS (60 * MINUTE_MS)
#define DAY_MS (24 * HOUR_MS)

typedef struct Civil { /* a civil date and time in some zone */
    int year, month, day, hour, minute, second, ms;
    int weekday; /* 1 Monday .. 7 Sunday (ISO 8601) */
} Civil;

Civil time_civil(int64_t ms, int zone_minutes); /* China: +480, no summer time since 1991 */
int64_t time_from_civil(Civil c, int zone_minutes);
Str time_iso(Arena *a, int64_t ms); /* 2026-07-02T13:00:00.000Z */
/* RFC 3339 with zone ("Z" or "+08:00"); false if it is not. */
bool time_parse(Str s, int64_t *ms) MUST_USE;

/* ---- hash, hex, base32, base64 ----------------------------------------------------------- */
enum { HASH_BYTES = 32 };
typedef struct Hash {
    uint8_t b[HASH_BYTES];
} Hash;

Hash hash_sha256(const Str *parts, int n); /* over the parts, one after the other */
Hash hash_one(Str s);
bool hash_eq(Hash a, Hash b);
Str hash_hex(Arena *a, Hash h); /* 64 lower-case digits */
typedef struct Hasher Hasher;   /* streaming */
Hasher *hasher_new(Arena *a);
void hasher_add(Hasher *h, Str s);
Hash hasher_end(Hasher *h);

Str hex_of(Arena *a, Str bytes);
bool hex_to(Arena *a, Str hex, Str *bytes) MUST_USE;
Str base64url_of(Arena *a, Str bytes); /* RFC 4648 section 5, no padding */
bool base64url_to(Arena *a, Str text, Str *bytes) MUST_USE;
/* Crockford base32, upper case, no I L O U: for codes that people read out on the phone. */
Str base32_of(Arena *a, Str bytes);
Str base32_normal(Arena *a, Str typed); /* upper-cases, O->0, I L->1, drops blanks and dashes */

/* ---- id: UUIDv7 as 36 lower-case characters ---------------------------------------------- */
enum { ID_CHARS = 36 };
bool id_valid(Str s); /* any UUID of version 1 to 8 in lower case */
Str id_new(Arena *a, int64_t now_ms);
/* The same for the same input: firings, reactions. */
Str id_from_hash(Arena *a, Str domain, Str name);
int64_t id_time(Str id); /* ms of a version 7 id, else 0 */

/* ---- map: string to pointer, open addressing, keys borrowed ------------------------------ */
typedef struct Map Map;
Map *map_new(Arena *a, int expected);
void map_put(Map *m, Str key, void *value); /* replaces */
void *map_get(const Map *m, Str key);       /* NULL if absent */
int map_count(const Map *m);

/* ---- seam: clock and randomness, replaced by tests and the demo -------------------------- */
typedef struct Seam {
    int64_t (*now_ms)(void *self);
    void (*random)(void *self, void *out, size_t n);
    void *self;
} Seam;

void seam_set(Seam s); /* before threads start; a zeroed member means the real one */
int64_t now_ms(void);
int64_t mono_ms(void); /* monotonic, never virtual: for deadlines of connections and metrics only */
int64_t mono_us(void);
void random_bytes(void *out, size_t n);
uint64_t random_u64(void);

#endif
