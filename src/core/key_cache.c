/* Keys of subjects, unwrapped, the least recently used going first. The keys themselves lie in
 * memory that is locked where the system allows it, and each is wiped when it goes. */
#include "base/log.h"
#include "core/seal.h"

#include <sodium.h>
#include <stdlib.h>

Stmt seal_key_load = { "ss", "b",
                       "SELECT wrapped FROM subject_key WHERE community = $1 AND subject = $2" };
Stmt seal_key_save = {
    "ssbl", "",
    "INSERT INTO subject_key (community, subject, wrapped, at) VALUES ($1, $2, $3, $4)"
    " ON CONFLICT (community, subject) DO NOTHING",
    .many = true
};
Stmt seal_key_drop = { "ss", "", "DELETE FROM subject_key WHERE community = $1 AND subject = $2" };

enum { NAME_BYTES_MAX = 96, NOTHING = -1 };

typedef struct Entry {
    char name[NAME_BYTES_MAX]; /* community, NUL, subject */
    size_t name_n;             /* 0: free */
    int chain;                 /* next in the bucket, or next free */
    int newer, older;          /* neighbours by use */
} Entry;

struct KeyCache {
    Arena *arena;
    const Seals *seals;
    Opened *opened; /* NULL until a text is opened through the cache: the writer opens none */
    Entry *entries;
    Key *keys; /* by the entry's index; sodium_malloc */
    int *buckets;
    uint32_t n_buckets; /* a power of two */
    int free, newest, oldest;
    int n;
};

static void keys_drop(void *keys) {
    sodium_free(keys);
}

KeyCache *key_cache_new(Arena *a, const Seals *s, int entries) {
    assert(entries > 0);
    KeyCache *c = arena_new_of(a, KeyCache);
    c->arena = a;
    c->seals = s;
    c->n = entries;
    c->entries = arena_array(a, Entry, entries);
    c->keys = sodium_allocarray((size_t)entries, sizeof(Key));
    if (c->keys == NULL) abort();
    arena_defer(a, keys_drop, c->keys);
    c->n_buckets = 16;
    while (c->n_buckets < 2 * (uint32_t)entries)
        c->n_buckets *= 2;
    c->buckets = arena_array(a, int, c->n_buckets);
    key_cache_clear(c);
    return c;
}

void key_cache_clear(KeyCache *c) {
    if (c->opened != NULL) opened_clear(c->opened);
    sodium_memzero(c->keys, (size_t)c->n * sizeof(Key));
    for (uint32_t i = 0; i < c->n_buckets; i++)
        c->buckets[i] = NOTHING;
    for (int i = 0; i < c->n; i++) {
        c->entries[i].name_n = 0;
        c->entries[i].chain = i + 1 < c->n ? i + 1 : NOTHING;
    }
    c->free = 0;
    c->newest = c->oldest = NOTHING;
}

/* Names that are too long are not cached; ids and codes never are. */
static size_t name_of(Str community, Str subject, char out[NAME_BYTES_MAX]) {
    size_t n = community.n + 1 + subject.n;
    if (n > NAME_BYTES_MAX) return 0;
    if (community.n > 0) memcpy(out, community.p, community.n);
    out[community.n] = '\0';
    if (subject.n > 0) memcpy(out + community.n + 1, subject.p, subject.n);
    return n;
}

static int *bucket_of(KeyCache *c, const char *name, size_t n) {
    uint64_t h = UINT64_C(
        1469598103934665603); /* FNV-1a: ids are random enough, an attacker gains a slow cache */
    for (size_t i = 0; i < n; i++)
        h = (h ^ (uint8_t)name[i]) * UINT64_C(1099511628211);
    return &c->buckets[(uint32_t)(h ^ h >> 32) & (c->n_buckets - 1)];
}

static int find(KeyCache *c, const char *name, size_t n) {
    for (int i = *bucket_of(c, name, n); i != NOTHING; i = c->entries[i].chain)
        if (c->entries[i].name_n == n && memcmp(c->entries[i].name, name, n) == 0) return i;
    return NOTHING;
}

static void use_take(KeyCache *c, int i) {
    Entry *e = &c->entries[i];
    if (e->newer != NOTHING)
        c->entries[e->newer].older = e->older;
    else
        c->newest = e->older;
    if (e->older != NOTHING)
        c->entries[e->older].newer = e->newer;
    else
        c->oldest = e->newer;
}

static void use_put(KeyCache *c, int i) {
    Entry *e = &c->entries[i];
    e->newer = NOTHING;
    e->older = c->newest;
    if (c->newest != NOTHING)
        c->entries[c->newest].newer = i;
    else
        c->oldest = i;
    c->newest = i;
}

static void drop(KeyCache *c, int i) {
    Entry *e = &c->entries[i];
    int *at = bucket_of(c, e->name, e->name_n);
    while (*at != i)
        at = &c->entries[*at].chain;
    *at = e->chain;
    use_take(c, i);
    sodium_memzero(&c->keys[i], sizeof c->keys[i]);
    e->name_n = 0;
    e->chain = c->free;
    c->free = i;
}

void key_cache_put(KeyCache *c, Str community, Str subject, Key k) {
    char name[NAME_BYTES_MAX];
    size_t n = name_of(community, subject, name);
    if (n == 0) return;
    int i = find(c, name, n);
    if (i != NOTHING) drop(c, i);
    if (c->free == NOTHING) drop(c, c->oldest);
    i = c->free;
    Entry *e = &c->entries[i];
    c->free = e->chain;
    memcpy(e->name, name, n);
    e->name_n = n;
    int *bucket = bucket_of(c, name, n);
    e->chain = *bucket;
    *bucket = i;
    use_put(c, i);
    c->keys[i] = k;
}

void key_cache_forget(KeyCache *c, Str community, Str subject) {
    char name[NAME_BYTES_MAX];
    size_t n = name_of(community, subject, name);
    int i = n > 0 ? find(c, name, n) : NOTHING;
    if (i != NOTHING) drop(c, i);
    if (c->opened != NULL) opened_clear(c->opened);
}

bool key_cache_get(KeyCache *c, Db *db, Str community, Str subject, Key *k) {
    char name[NAME_BYTES_MAX];
    size_t n = name_of(community, subject, name);
    int i = n > 0 ? find(c, name, n) : NOTHING;
    if (i != NOTHING) {
        use_take(c, i);
        use_put(c, i);
        *k = c->keys[i];
        return true;
    }
    if (db == NULL) return false; /* the writer asks only for what it has loaded itself */
    Arena *a = arena_new();
    Fail f = FAIL_NONE;
    DbRows *r = db_run(db, a, &seal_key_load, ARGS(TXT(community), TXT(subject)), &f);
    bool ok = f.err == OK && r->rows == 1;
    if (ok && !seal_unwrap(c->seals, community, subject, db_text(r, 0, 0), k)) {
        log_line(LOG_ERROR, "key_damaged", "reason=%s", "not_wrapped_by_this_key_file");
        ok = false;
    }
    if (ok) key_cache_put(c, community, subject, *k);
    arena_free(a);
    return ok;
}

Str key_cache_open(KeyCache *c, Db *db, Arena *a, Str community, SealedText v)
{
    Key key;
    Str plain;
    if (c->opened != NULL && opened_get(c->opened, community, v, &plain)) return plain;
    if (!key_cache_get(c, db, community, v.of, &key)) return S("");
    bool whole = seal_raw_open(a, key, community, v, &plain);
    sodium_memzero(&key, sizeof key);
    if (!whole) return S("");
    if (c->opened == NULL) c->opened = opened_new(c->arena);
    opened_put(c->opened, community, v, plain);
    return plain;
}
