/* Open addressing with linear probing, at most three quarters full. Keys come from outside too, so
 * the hash is SipHash-1-3 under a key of the process: nobody can choose names that collide. */
#include "base/base.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/random.h>

typedef struct Slot {
    Str key;
    uint64_t hash; /* 0: free */
    void *value;
} Slot;

struct Map {
    Arena *arena;
    Slot *slots;
    size_t mask;
    int count;
};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static uint64_t secret[2];

/* Not through the seam: a test's random numbers must not depend on maps. */
static void set_up(void) {
    if (getrandom(secret, sizeof secret, 0) != (ssize_t)sizeof secret) abort();
}

static uint64_t turn(uint64_t x, int bits) {
    return x << bits | x >> (64 - bits);
}

static void sip_round(uint64_t v[4]) {
    v[0] += v[1];
    v[2] += v[3];
    v[1] = turn(v[1], 13) ^ v[0];
    v[3] = turn(v[3], 16) ^ v[2];
    v[0] = turn(v[0], 32);
    v[2] += v[1];
    v[0] += v[3];
    v[1] = turn(v[1], 17) ^ v[2];
    v[3] = turn(v[3], 21) ^ v[0];
    v[2] = turn(v[2], 32);
}

static uint64_t hash_of(Str s) {
    /* The constants are those of the SipHash paper. */
    uint64_t v[4] = { secret[0] ^ UINT64_C(0x736f6d6570736575),
                      secret[1] ^ UINT64_C(0x646f72616e646f6d),
                      secret[0] ^ UINT64_C(0x6c7967656e657261),
                      secret[1] ^ UINT64_C(0x7465646279746573) };
    size_t i = 0;
    for (; s.n - i >= 8; i += 8) {
        uint64_t word;
        memcpy(&word, s.p + i, 8);
        v[3] ^= word;
        sip_round(v);
        v[0] ^= word;
    }
    uint64_t tail = 0;
    if (s.n > i) memcpy(&tail, s.p + i, s.n - i);
    tail |= (uint64_t)s.n << 56;
    v[3] ^= tail;
    sip_round(v);
    v[0] ^= tail;
    v[2] ^= 0xFF;
    for (int k = 0; k < 3; k++)
        sip_round(v);
    uint64_t hash = v[0] ^ v[1] ^ v[2] ^ v[3];
    return hash != 0 ? hash : 1;
}

Map *map_new(Arena *a, int expected) {
    pthread_once(&once, set_up);
    size_t slots = 8;
    while (slots * 3 / 4 < (size_t)(expected > 0 ? expected : 0))
        slots *= 2;
    Map *m = arena_new_of(a, Map);
    *m = (Map){ .arena = a, .slots = arena_array(a, Slot, slots), .mask = slots - 1 };
    return m;
}

/* The slot that holds the key, or the free one where it belongs. */
static Slot *slot_of(const Map *m, Str key, uint64_t hash) {
    size_t i = hash & m->mask;
    while (m->slots[i].hash != 0 && !(m->slots[i].hash == hash && str_eq(m->slots[i].key, key)))
        i = (i + 1) & m->mask;
    return &m->slots[i];
}

static void grow(Map *m) {
    Slot *old = m->slots;
    size_t n = m->mask + 1;
    m->slots = arena_array(m->arena, Slot, 2 * n);
    m->mask = 2 * n - 1;
    for (size_t i = 0; i < n; i++) {
        if (old[i].hash != 0) *slot_of(m, old[i].key, old[i].hash) = old[i];
    }
}

void map_put(Map *m, Str key, void *value) {
    uint64_t hash = hash_of(key);
    Slot *slot = slot_of(m, key, hash);
    if (slot->hash != 0) {
        slot->value = value;
        return;
    }
    if ((size_t)m->count + 1 > (m->mask + 1) * 3 / 4) {
        grow(m);
        slot = slot_of(m, key, hash);
    }
    *slot = (Slot){ key, hash, value };
    m->count++;
}

void *map_get(const Map *m, Str key) {
    return slot_of(m, key, hash_of(key))->value;
}

int map_count(const Map *m) {
    return m->count;
}
