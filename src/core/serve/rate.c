#include "core/serve/rate.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <sodium.h>

enum { WAYS = 8, NETWORK_MAX = 64 };

typedef struct Bucket {
    uint64_t key;
    int64_t full_us; /* when it is full again; in the past: it is */
} Bucket;

struct Rate {
    pthread_mutex_t mutex;
    uint8_t secret[crypto_shorthash_KEYBYTES]; /* nobody can aim at somebody else's bucket */
    uint64_t sets;                             /* a power of two */
    Bucket *buckets;
};

static void rate_end(void *r)
{
    pthread_mutex_destroy(&((Rate *)r)->mutex);
}

Rate *rate_new(Arena *a, int entries)
{
    assert(entries > 0);
    Rate *r = arena_new_of(a, Rate);
    pthread_mutex_init(&r->mutex, NULL);
    random_bytes(r->secret, sizeof r->secret);
    r->sets = 1;
    while (r->sets * WAYS < (uint64_t)entries)
        r->sets *= 2;
    r->buckets = arena_array(a, Bucket, r->sets * WAYS);
    arena_defer(a, rate_end, r);
    return r;
}

/* Writes at most NETWORK_MAX bytes. */
static size_t network_of(Str address, char *out)
{
    static const char digits[] = "0123456789abcdef";
    static const uint8_t mapped[12] = { [10] = 0xFF, [11] = 0xFF };
    char text[INET6_ADDRSTRLEN + 1] = { 0 };
    uint8_t b[16];
    size_t n = address.n < sizeof text - 1 ? address.n : sizeof text - 1;
    memcpy(text, address.p, n);
    const uint8_t *from = NULL;
    size_t bytes = 0;
    const char *head = "v4:";
    if (address.n == n && inet_pton(AF_INET, text, b) == 1) {
        from = b;
        bytes = 4;
    } else if (address.n == n && inet_pton(AF_INET6, text, b) == 1) {
        bool is_mapped = memcmp(b, mapped, sizeof mapped) == 0;
        from = is_mapped ? b + 12 : b;
        bytes = is_mapped ? 4 : 8;
        if (!is_mapped) head = "v6:";
    }
    if (from == NULL) {
        n = address.n < NETWORK_MAX ? address.n : NETWORK_MAX;
        if (n > 0) memcpy(out, address.p, n);
        return n;
    }
    memcpy(out, head, 3);
    n = 3;
    for (size_t i = 0; i < bytes; i++) {
        out[n++] = digits[from[i] >> 4];
        out[n++] = digits[from[i] & 15];
    }
    return n;
}

Str rate_network(Arena *a, Str address)
{
    char text[NETWORK_MAX] = "";
    return arena_str(a, (Str){ text, network_of(address, text) });
}

static uint64_t key_of(const Rate *r, Str address, const char *bucket)
{
    char text[NETWORK_MAX + 64 + 1];
    size_t n = network_of(address, text);
    Str name = str_c(bucket);
    assert(name.n <= 64);
    text[n++] = 0;
    memcpy(text + n, name.p, name.n);
    uint64_t key;
    crypto_shorthash((uint8_t *)&key, (const uint8_t *)text, n + name.n, r->secret);
    return key != 0 ? key : 1;
}

/* The address's own bucket, else the one that is full the soonest: forgetting that gives away the least. */
static Bucket *find(Rate *r, uint64_t key)
{
    Bucket *set = r->buckets + (key & (r->sets - 1)) * WAYS, *least = set;
    for (int i = 0; i < WAYS; i++) {
        if (set[i].key == key) return &set[i];
        if (set[i].full_us < least->full_us) least = &set[i];
    }
    *least = (Bucket){ .key = key };
    return least;
}

bool rate_take(Rate *r, Str address, const char *bucket, int limit, int64_t period_ms, int64_t now, int *retry_s)
{
    assert(limit > 0 && period_ms > 0);
    int64_t now_us = now * 1000, period_us = period_ms * 1000;
    int64_t one_us = period_us / limit > 0 ? period_us / limit : 1;
    uint64_t key = key_of(r, address, bucket);
    pthread_mutex_lock(&r->mutex);
    Bucket *b = find(r, key);
    int64_t full = b->full_us > now_us ? b->full_us : now_us;
    if (full > now_us + period_us) full = now_us + period_us; /* the clock was set back */
    int64_t over = full + one_us - now_us - period_us;
    bool granted = over <= 0;
    b->full_us = granted ? full + one_us : full;
    pthread_mutex_unlock(&r->mutex);
    if (retry_s != NULL) *retry_s = granted ? 0 : (int)((over + 999999) / 1000000);
    return granted;
}
