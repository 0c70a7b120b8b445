/* Texts that were opened, so that a list that is looked at again is not deciphered again. A slot is found by the
 * nonce, which is random, and holds only what was sealed with the very same bytes for the same community and subject:
 * what is given out is what the cipher would give. The memory is locked where the system allows it, and wiped. */
#include "core/seal.h"

#include <sodium.h>
#include <stdlib.h>

enum {
    SLOTS = 1024, /* a power of two */
    SLOT_BYTES = 1024,
    NONCE_AT = 4, /* in the base64url text: behind the version byte */
};

typedef struct Slot {
    uint16_t community, of, sealed, plain; /* bytes of each, one after the other; sealed 0: empty */
    char bytes[SLOT_BYTES - 4 * sizeof(uint16_t)];
} Slot;

struct Opened {
    Slot *slots;
    bool used;
};

static void slots_drop(void *slots)
{
    sodium_free(slots);
}

Opened *opened_new(Arena *a)
{
    Opened *o = arena_new_of(a, Opened);
    o->slots = sodium_allocarray(SLOTS, sizeof(Slot));
    if (o->slots == NULL) abort();
    arena_defer(a, slots_drop, o->slots);
    o->used = true;
    opened_clear(o);
    return o;
}

void opened_clear(Opened *o)
{
    if (o->used) sodium_memzero(o->slots, SLOTS * sizeof(Slot));
    o->used = false;
}

static Slot *slot_of(const Opened *o, Str sealed)
{
    uint64_t h;
    if (sealed.n < NONCE_AT + sizeof h) return NULL;
    memcpy(&h, sealed.p + NONCE_AT, sizeof h);
    return &o->slots[h * UINT64_C(0x9E3779B97F4A7C15) >> 32 & (SLOTS - 1)];
}

static bool same(const char **at, uint16_t n, Str s)
{
    const char *p = *at;
    *at += n;
    return n == s.n && memcmp(p, s.p, n) == 0;
}

bool opened_get(const Opened *o, Str community, SealedText v, Str *plain)
{
    const Slot *s = slot_of(o, v.sealed);
    if (s == NULL || s->sealed == 0) return false;
    const char *at = s->bytes;
    if (!same(&at, s->community, community) || !same(&at, s->of, v.of) || !same(&at, s->sealed, v.sealed)) return false;
    *plain = (Str){ at, s->plain };
    return true;
}

void opened_put(Opened *o, Str community, SealedText v, Str plain)
{
    Slot *s = slot_of(o, v.sealed);
    if (s == NULL || community.n + v.of.n + v.sealed.n + plain.n > sizeof s->bytes) return;
    *s = (Slot){ (uint16_t)community.n, (uint16_t)v.of.n, (uint16_t)v.sealed.n, (uint16_t)plain.n, { 0 } };
    char *at = s->bytes;
    const Str parts[] = { community, v.of, v.sealed, plain };
    for (int i = 0; i < COUNT(parts); i++) {
        if (parts[i].n > 0) memcpy(at, parts[i].p, parts[i].n);
        at += parts[i].n;
    }
    o->used = true;
}
