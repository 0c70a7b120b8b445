/* The communities that have a chain. The writer alone makes new ones, so the list is always whole. */
#include "core/internal.h"
#include "core/serve/serve_inside.h"

struct Communities {
    pthread_rwlock_t lock;
    Arena *arena;
    Map *by_code;
    Str *codes;
    int n, cap;
};

static void communities_end(void *arg)
{
    pthread_rwlock_destroy(&((Communities *)arg)->lock);
}

Communities *communities_new(Arena *a)
{
    Communities *c = arena_new_of(a, Communities);
    c->arena = a;
    c->by_code = map_new(a, 256);
    pthread_rwlock_init(&c->lock, NULL);
    arena_defer(a, communities_end, c);
    return c;
}

bool community_code_valid(Str code)
{
    if (code.n < 6 || code.n > 20) return false;
    for (size_t i = 0; i < code.n; i++)
        if (code.p[i] < '0' || code.p[i] > '9') return false;
    return true;
}

static void add_locked(Communities *c, Str community)
{
    if (map_get(c->by_code, community) != NULL) return;
    if (c->n == c->cap) {
        int cap = c->cap > 0 ? c->cap * 2 : 64;
        Str *codes = arena_array(c->arena, Str, cap);
        if (c->n > 0) memcpy(codes, c->codes, sizeof(Str) * (size_t)c->n);
        c->codes = codes;
        c->cap = cap;
    }
    Str kept = arena_str(c->arena, community);
    c->codes[c->n++] = kept;
    map_put(c->by_code, kept, c);
}

void communities_add(Communities *c, Str community)
{
    if (communities_has(c, community)) return;
    pthread_rwlock_wrlock(&c->lock);
    add_locked(c, community);
    pthread_rwlock_unlock(&c->lock);
}

bool communities_has(Communities *c, Str community)
{
    pthread_rwlock_rdlock(&c->lock);
    bool has = map_get(c->by_code, community) != NULL;
    pthread_rwlock_unlock(&c->lock);
    return has;
}

Str communities_default(Communities *c, Str preferred)
{
    if (preferred.n > 0 && communities_has(c, preferred)) return preferred;
    return communities_at(c, 0);
}

Str communities_at(Communities *c, int i)
{
    pthread_rwlock_rdlock(&c->lock);
    Str code = i < c->n ? c->codes[i] : S("");
    pthread_rwlock_unlock(&c->lock);
    return code;
}

Fail communities_load(Communities *c, Db *db)
{
    Arena *a = arena_new();
    Fail f = FAIL_NONE;
    DbRows *r = db_run(db, a, &communities_all, NULL, &f);
    for (int i = 0; f.err == OK && i < r->rows; i++)
        communities_add(c, db_text(r, i, 0));
    arena_free(a);
    return f;
}
