#include "store/kept.h"

#include <stdlib.h>

enum { WAYS = 4 }; /* places that a key may have */

typedef struct Place { /* one piece of memory: the results, their values, their texts, the key */
    DbRows *results;
    uint64_t hash;
    int64_t mark;
    size_t bytes;
    Str key;
    int n;
} Place;

struct Kept {
    size_t bytes, bytes_max;
    size_t hand; /* where the next one is put out for room */
    Place *places;
};

static void put_out(Kept *k, Place *p)
{
    k->bytes -= p->bytes;
    free(p->results);
    *p = (Place){ 0 };
}

void kept_clear(Kept *k)
{
    for (int i = 0; i < KEPT_PLACES; i++)
        put_out(k, &k->places[i]);
}

static void end(void *k)
{
    kept_clear(k);
}

Kept *kept_new(Arena *a, size_t bytes_max)
{
    Kept *k = arena_new_of(a, Kept);
    k->places = arena_array(a, Place, KEPT_PLACES);
    k->bytes_max = bytes_max;
    arena_defer(a, end, k);
    return k;
}

static uint64_t hash_of(Str key)
{
    uint64_t h = UINT64_C(0xcbf29ce484222325); /* FNV-1a: who makes keys collide only makes them miss */
    for (size_t i = 0; i < key.n; i++)
        h = (h ^ (uint8_t)key.p[i]) * UINT64_C(0x100000001b3);
    return h ^ h >> 29;
}

static Place *find(Kept *k, Str key, uint64_t hash)
{
    for (uint64_t i = 0; i < WAYS; i++) {
        Place *p = &k->places[(hash ^ i) % KEPT_PLACES];
        if (p->results != NULL && p->hash == hash && str_eq(p->key, key)) return p;
    }
    return NULL;
}

bool kept_get(Kept *k, Str key, int64_t mark, const DbRows **results, int n)
{
    Place *p = find(k, key, hash_of(key));
    if (p == NULL) return false;
    if (p->mark != mark || p->n != n) {
        put_out(k, p);
        return false;
    }
    for (int i = 0; i < n; i++)
        results[i] = &p->results[i];
    return true;
}

/* Its own, else a free one, else one of what is not good any more, else one by chance. */
static Place *place_for(Kept *k, Str key, uint64_t hash, int64_t mark)
{
    Place *p = find(k, key, hash);
    for (uint64_t i = 0; i < WAYS && p == NULL; i++)
        if (k->places[(hash ^ i) % KEPT_PLACES].results == NULL) p = &k->places[(hash ^ i) % KEPT_PLACES];
    for (uint64_t i = 0; i < WAYS && p == NULL; i++)
        if (k->places[(hash ^ i) % KEPT_PLACES].mark < mark) p = &k->places[(hash ^ i) % KEPT_PLACES];
    return p != NULL ? p : &k->places[(hash ^ k->hand++ % WAYS) % KEPT_PLACES];
}

static size_t values_of(const DbRows *r)
{
    return (size_t)r->rows * (size_t)r->cols;
}

static bool has_bytes(const DbVal *v)
{
    return (v->type == 's' || v->type == 'b') && v->s.n > 0;
}

static size_t size_of(Str key, const DbRows *const *results, int n)
{
    size_t bytes = sizeof(DbRows) * (size_t)n + key.n;
    for (int i = 0; i < n; i++)
        for (size_t v = 0; v < values_of(results[i]); v++)
            bytes += sizeof(DbVal) + (has_bytes(&results[i]->vals[v]) ? results[i]->vals[v].s.n + 1 : 0);
    return bytes;
}

static Str copy(char **at, Str s)
{
    Str out = { memcpy(*at, s.p, s.n), s.n };
    *at += s.n;
    return out;
}

/* Values first: texts need no alignment. Texts end in NUL, as those of the store do. */
static void fill(Place *p, Str key, const DbRows *const *results, int n)
{
    DbVal *values = (DbVal *)(void *)(p->results + n);
    char *at = (char *)values;
    for (int i = 0; i < n; i++)
        at += sizeof(DbVal) * values_of(results[i]);
    for (int i = 0; i < n; i++) {
        p->results[i] = *results[i];
        p->results[i].vals = values;
        for (size_t v = 0; v < values_of(results[i]); v++, values++) {
            *values = results[i]->vals[v];
            if (!has_bytes(values)) continue;
            values->s = copy(&at, values->s);
            *at++ = '\0';
        }
    }
    p->key = copy(&at, key);
}

void kept_put(Kept *k, Str key, int64_t mark, const DbRows *const *results, int n)
{
    assert(n > 0 && n <= KEPT_RESULTS_MAX);
    uint64_t hash = hash_of(key);
    Place *p = place_for(k, key, hash, mark);
    put_out(k, p);
    size_t bytes = size_of(key, results, n);
    if (bytes > k->bytes_max / 4) return;
    while (k->bytes + bytes > k->bytes_max) /* and p stays empty: it is */
        put_out(k, &k->places[k->hand++ % KEPT_PLACES]);
    *p = (Place){ .results = malloc(bytes), .hash = hash, .mark = mark, .bytes = bytes, .n = n };
    if (p->results == NULL) abort();
    k->bytes += bytes;
    fill(p, key, results, n);
}

size_t kept_bytes(const Kept *k)
{
    return k->bytes;
}
