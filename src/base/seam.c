/* Clock and randomness, behind a seam that tests replace. */
#include "base/base.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

static int64_t clock_us(clockid_t clock) {
    struct timespec t;
    if (clock_gettime(clock, &t) != 0) abort();
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static int64_t real_now_ms(void *self) {
    (void)self;
    return clock_us(CLOCK_REALTIME) / 1000;
}

static void kernel_random(uint8_t *out, size_t n) {
    while (n > 0) {
        ssize_t got = getrandom(out, n, 0);
        if (got < 0) {
            if (errno == EINTR) continue;
            fputs("linli: no randomness from the kernel\n", stderr);
            abort();
        }
        out += got;
        n -= (size_t)got;
    }
}

enum { POOL_BYTES = 4096, POOL_TAKE_MAX = 512 };

/* A system call per id would cost more than the id. The pool belongs to a thread of one process: a
 * child after fork must not hand out its parent's bytes, and what was handed out is wiped. */
static _Thread_local struct {
    uint8_t bytes[POOL_BYTES];
    size_t left;
    pid_t owner;
} pool;

static void real_random(void *self, void *out, size_t n) {
    (void)self;
    if (n > POOL_TAKE_MAX) {
        kernel_random(out, n);
        return;
    }
    pid_t me = getpid();
    if (pool.owner != me || pool.left < n) {
        kernel_random(pool.bytes, POOL_BYTES);
        pool.left = POOL_BYTES;
        pool.owner = me;
    }
    pool.left -= n;
    memcpy(out, pool.bytes + pool.left, n);
    explicit_bzero(pool.bytes + pool.left, n);
}

static Seam seam = { real_now_ms, real_random, NULL };

void seam_set(Seam s) {
    if (!s.now_ms) s.now_ms = real_now_ms;
    if (!s.random) s.random = real_random;
    seam = s;
}

int64_t now_ms(void) {
    return seam.now_ms(seam.self);
}

int64_t mono_us(void) {
    return clock_us(CLOCK_MONOTONIC);
}

int64_t mono_ms(void) {
    return mono_us() / 1000;
}

void random_bytes(void *out, size_t n) {
    if (n > 0) seam.random(seam.self, out, n);
}

uint64_t random_u64(void) {
    uint64_t n;
    random_bytes(&n, sizeof n);
    return n;
}
