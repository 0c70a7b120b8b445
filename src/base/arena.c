/* Arena: chained blocks. The first 4 KB lie inside the arena, so that an ordinary request costs one
 * malloc; later blocks double up to 256 KB; what is large gets a block of its own. Under ASan all
 * that is not handed out is poisoned, with a gap behind every piece. */
#include "base/base.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__)
#define ARENA_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_ASAN 1
#endif
#endif

#ifdef ARENA_ASAN
#include <sanitizer/asan_interface.h>
#define HIDE(p, n) ASAN_POISON_MEMORY_REGION(p, n)
#define SHOW(p, n) ASAN_UNPOISON_MEMORY_REGION(p, n)
enum { GAP = 16 };
#else
#define HIDE(p, n) ((void)(p), (void)(n))
#define SHOW(p, n) ((void)(p), (void)(n))
enum { GAP = 0 };
#endif

enum { ALIGN = alignof(max_align_t), FIRST_BYTES = 4096, BLOCK_BYTES_MAX = 256 * 1024, LARGE_BYTES = 256 * 1024 };

typedef struct Block {
    struct Block *next;
    size_t bytes;
    alignas(max_align_t) char data[];
} Block;

typedef struct Deferred {
    struct Deferred *next;
    void (*fn)(void *);
    void *arg;
} Deferred;

struct Arena {
    char *at, *end; /* the free part of the current block */
    char *last;     /* the newest piece in the current block: it alone may grow in place */
    Block *blocks;
    Deferred *deferred;
    size_t block_bytes_next;
    size_t used;
    alignas(max_align_t) char first[FIRST_BYTES];
};

static _Noreturn void out_of_memory(void) {
    static const char text[] = "linli: out of memory\n";
    ssize_t ignored = write(STDERR_FILENO, text, sizeof text - 1);
    (void)ignored;
    abort();
}

static void start(Arena *a) {
    a->at = a->first;
    a->end = a->first + FIRST_BYTES;
    a->last = NULL;
    a->blocks = NULL;
    a->deferred = NULL;
    a->block_bytes_next = 2 * FIRST_BYTES;
    a->used = 0;
    HIDE(a->first, FIRST_BYTES);
}

Arena *arena_new(void) {
    Arena *a = malloc(sizeof *a);
    if (!a) out_of_memory();
    start(a);
    return a;
}

static void empty(Arena *a) {
    while (a->deferred) { /* one at a time: a cleanup may itself defer or allocate */
        Deferred *d = a->deferred;
        a->deferred = d->next;
        d->fn(d->arg);
    }
    while (a->blocks) {
        Block *b = a->blocks;
        a->blocks = b->next;
        SHOW(b->data, b->bytes);
        free(b);
    }
}

void arena_free(Arena *a) {
    if (!a) return;
    empty(a);
    SHOW(a->first, FIRST_BYTES);
    free(a);
}

void arena_reset(Arena *a) {
    empty(a);
    start(a);
}

static Block *block_add(Arena *a, size_t bytes, bool zeroed) {
    Block *b = zeroed ? calloc(1, sizeof *b + bytes) : malloc(sizeof *b + bytes);
    if (!b) out_of_memory();
    b->bytes = bytes;
    b->next = a->blocks;
    a->blocks = b;
    HIDE(b->data, bytes);
    return b;
}

static size_t piece_bytes(size_t n) {
    return ((n + ALIGN - 1) & ~(size_t)(ALIGN - 1)) + GAP;
}

/* Not zeroed. */
static char *take(Arena *a, size_t n) {
    if (n > PTRDIFF_MAX / 4) out_of_memory();
    size_t need = piece_bytes(n > 0 ? n : 1);
    a->used += n;
    if (need > (size_t)(a->end - a->at)) {
        if (need > a->block_bytes_next / 2) { /* the current block goes on serving small pieces */
            Block *own = block_add(a, need, false);
            SHOW(own->data, n);
            return own->data;
        }
        Block *b = block_add(a, a->block_bytes_next, false);
        a->at = b->data;
        a->end = b->data + b->bytes;
        if (a->block_bytes_next < BLOCK_BYTES_MAX) a->block_bytes_next *= 2;
    }
    char *p = a->at;
    a->at += need;
    a->last = p;
    SHOW(p, n);
    return p;
}

static bool grow_in_place(Arena *a, char *p, size_t n_old, size_t n_new) {
    if (!p || p != a->last || n_new > PTRDIFF_MAX / 4) return false;
    size_t need = piece_bytes(n_new);
    if (need > (size_t)(a->end - p)) return false;
    a->at = p + need;
    a->used += n_new - n_old;
    SHOW(p, n_new);
    return true;
}

/* A table that is mostly empty for long: fresh pages of the kernel are zero, and are no memory until they are touched.
 */
static void *large(Arena *a, size_t n) {
    size_t need = piece_bytes(n);
    a->used += n;
    Block *own = block_add(a, need, true);
    SHOW(own->data, n);
    return own->data;
}

void *arena_alloc(Arena *a, size_t n) {
    if (n >= LARGE_BYTES && n <= PTRDIFF_MAX / 4) return large(a, n);
    char *p = take(a, n);
    memset(p, 0, n);
    return p;
}

Str arena_str(Arena *a, Str s) {
    char *p = take(a, s.n + 1);
    if (s.n > 0) memcpy(p, s.p, s.n);
    p[s.n] = '\0';
    return (Str){ p, s.n };
}

const char *arena_c(Arena *a, Str s) {
    return arena_str(a, s).p;
}

Str arena_fmt(Arena *a, const char *fmt, ...) {
    char small[512];
    va_list args, again;
    va_start(args, fmt);
    va_copy(again, args);
    int n = vsnprintf(small, sizeof small, fmt, args);
    assert(n >= 0);
    Str s = { small, (size_t)n };
    if (s.n < sizeof small) {
        s = arena_str(a, s);
    } else {
        char *p = take(a, s.n + 1);
        vsnprintf(p, s.n + 1, fmt, again);
        s.p = p;
    }
    va_end(again);
    va_end(args);
    return s;
}

void arena_defer(Arena *a, void (*fn)(void *), void *arg) {
    Deferred *d = arena_new_of(a, Deferred);
    *d = (Deferred){ a->deferred, fn, arg };
    a->deferred = d;
}

size_t arena_used(const Arena *a) {
    return a->used;
}

/* ---- buf: p always has room for one byte more than n, the NUL of buf_str ------------------ */

Buf buf_new(Arena *a, size_t first) {
    size_t cap = first < 64 ? 64 : first;
    return (Buf){ .arena = a, .p = take(a, cap), .n = 0, .cap = cap };
}

void buf_reserve(Buf *b, size_t more) {
    if (more < b->cap - b->n) return;
    if (more > PTRDIFF_MAX / 8 || b->cap > PTRDIFF_MAX / 8) out_of_memory();
    size_t cap = 2 * b->cap;
    if (cap < b->n + more + 1) cap = b->n + more + 1;
    if (!grow_in_place(b->arena, b->p, b->cap, cap)) {
        char *p = take(b->arena, cap);
        memcpy(p, b->p, b->n);
        b->p = p;
    }
    b->cap = cap;
}

void buf_c(Buf *b, const char *c) {
    buf_add(b, str_c(c));
}

void buf_i64(Buf *b, int64_t n) {
    char digits[20];
    size_t at = sizeof digits;
    if (n >= 0 && n < 10) {
        buf_char(b, (char)('0' + n));
        return;
    }
    uint64_t left = n < 0 ? -(uint64_t)n : (uint64_t)n;
    do {
        digits[--at] = (char)('0' + left % 10);
        left /= 10;
    } while (left > 0);
    if (n < 0) digits[--at] = '-';
    buf_add(b, (Str){ digits + at, sizeof digits - at });
}

void buf_fmt(Buf *b, const char *fmt, ...) {
    va_list args, again;
    va_start(args, fmt);
    va_copy(again, args);
    int n = vsnprintf(b->p + b->n, b->cap - b->n, fmt, args);
    assert(n >= 0);
    if ((size_t)n >= b->cap - b->n) {
        buf_reserve(b, (size_t)n);
        vsnprintf(b->p + b->n, b->cap - b->n, fmt, again);
    }
    b->n += (size_t)n;
    va_end(again);
    va_end(args);
}

Str buf_str(Buf *b) {
    b->p[b->n] = '\0';
    return (Str){ b->p, b->n };
}
