#include "core/access/glance.h"

#include "core/internal.h"

#include <pthread.h>
#include <stdio.h>

enum { WAITING_MAX = 2048, SEEN_MAX = 16384, AT_ONCE = 256, TEXT_MAX = 48 };

typedef struct Glance {
    char community[TEXT_MAX], subject[TEXT_MAX], reader[TEXT_MAX], what[TEXT_MAX], matter[TEXT_MAX];
    int64_t at;
} Glance;

struct Glances {
    pthread_mutex_t mutex;
    uint64_t *seen; /* hashes of what was noted today; one that makes room is asked of the store again */
    Glance *waiting;
    int n;
};

/* One row a day, also when this process has forgotten that it wrote it. */
static Stmt glance_add = { "sslssssl", "",
                           "INSERT INTO access (community, subject, at, id, reader, what, matter)"
                           " SELECT $1, $2, $3, $4, $5, $6, $7 WHERE NOT EXISTS (SELECT 1 FROM access"
                           " WHERE community = $1 AND subject = $2 AND at > $8 AND reader = $5 AND matter = $7"
                           " AND what = $6)" };
Stmt *const glance_statements[] = { &glance_add, NULL };

static void glances_end(void *g)
{
    pthread_mutex_destroy(&((Glances *)g)->mutex);
}

Glances *glances_new(Arena *a)
{
    Glances *g = arena_new_of(a, Glances);
    pthread_mutex_init(&g->mutex, NULL);
    g->seen = arena_array(a, uint64_t, SEEN_MAX);
    g->waiting = arena_array(a, Glance, WAITING_MAX);
    arena_defer(a, glances_end, g);
    return g;
}

static bool put(char *to, Str s)
{
    if (s.n >= TEXT_MAX) return false;
    if (s.n > 0) memcpy(to, s.p, s.n);
    to[s.n] = 0;
    return true;
}

static uint64_t hash_of(const Reading *r, Str what)
{
    Str day = arena_fmt(r->arena, "%lld", (long long)(r->now / DAY_MS));
    Hash h = hash_sha256(
        (Str[]){ r->community, S(" "), actor_self(r->actor)->person, S(" "), r->args[0], S(" "), what, S(" "), day },
        9);
    uint64_t n;
    memcpy(&n, h.b, sizeof n);
    return n != 0 ? n : 1;
}

static bool note(Glances *g, const Reading *r)
{
    if (r->opened_of.n == 0) return true;
    Str what = arena_fmt(r->arena, "%s.%s", r->module->name, r->query->name);
    uint64_t hash = hash_of(r, what), *slot = &g->seen[hash % SEEN_MAX];
    pthread_mutex_lock(&g->mutex);
    bool fine = *slot == hash;
    if (!fine && g->n < WAITING_MAX) {
        Glance *x = &g->waiting[g->n];
        fine = put(x->community, r->community) && put(x->subject, r->opened_of) &&
               put(x->reader, actor_self(r->actor)->person) && put(x->what, what) && put(x->matter, r->args[0]);
        x->at = r->now;
        if (fine) g->n++;
        if (fine) *slot = hash;
    }
    pthread_mutex_unlock(&g->mutex);
    return fine;
}

typedef struct Flush {
    Arena *arena;
    Glance *rows;
    int n;
} Flush;

void glance_send(Db *db, Arena *a, Str community, Str subject, Str reader, Str what, Str matter, int64_t now)
{
    db_send(db, a, &glance_add,
            ARGS(TXT(community), TXT(subject), NUM(now), TXT(id_new(a, now)), TXT(reader), TXT(what), TXT(matter),
                 NUM(now - DAY_MS)));
}

static Fail write_rows(void *self, Db *db)
{
    Flush *f = self;
    for (int i = 0; i < f->n; i++) {
        const Glance *x = &f->rows[i];
        glance_send(db, f->arena, str_c(x->community), str_c(x->subject), str_c(x->reader), str_c(x->what),
                    str_c(x->matter), x->at);
    }
    return db_sync(db);
}

/* The first ones of one community; they stay in the list until they are durable. */
static int take(Glances *g, Glance *rows)
{
    int n = 0;
    pthread_mutex_lock(&g->mutex);
    while (n < g->n && n < AT_ONCE && strcmp(g->waiting[n].community, g->waiting[0].community) == 0) {
        rows[n] = g->waiting[n];
        n++;
    }
    pthread_mutex_unlock(&g->mutex);
    return n;
}

static void drop(Glances *g, int n)
{
    pthread_mutex_lock(&g->mutex);
    memmove(g->waiting, g->waiting + n, (size_t)(g->n - n) * sizeof *g->waiting);
    g->n -= n;
    pthread_mutex_unlock(&g->mutex);
}

Fail glances_flush(Glances *g, Runner *runner)
{
    Fail f = FAIL_NONE;
    while (f.err == OK) {
        Flush some = { .arena = arena_new() };
        some.rows = arena_array(some.arena, Glance, AT_ONCE);
        some.n = take(g, some.rows);
        if (some.n > 0) f = runner_call(runner, write_rows, &some);
        if (f.err == OK) drop(g, some.n);
        arena_free(some.arena);
        if (some.n == 0) break;
    }
    return f;
}

Fail glances_note(Glances *g, const Reading *r, Runner *runner)
{
    if (g == NULL || note(g, r)) return FAIL_NONE;
    Fail f = runner != NULL ? glances_flush(g, runner) : FAIL_NONE;
    if (f.err == OK && runner != NULL && note(g, r)) return f;
    if (f.err != OK) return f;
    f = fail(ERR_BUSY, "busy");
    f.retry_s = 1; /* written within a second */
    return f;
}
