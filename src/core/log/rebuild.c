/* rebuild: see log_tools.h. */
#include "core/log/log.h"
#include "core/log/replay.h"

#include "base/log.h"

#include <unistd.h>

static const char SHADOW_SCHEMA[] = "linli_shadow";

struct Rebuild {
    Arena *arena;
    const World *world;
    DbConfig live_config, shadow_config;
    Db *live, *shadow;
    Replay replay;
    Map *chains; /* community -> Chain */
    Progress progress;
    int64_t total;
    bool snapshot;
};

static const char *shadow_name(Arena *a, const DbConfig *live)
{
    return live->url != NULL ? SHADOW_SCHEMA : arena_fmt(a, "%s/shadow.db", live->dir).p;
}

static void drop_files(Arena *a, const DbConfig *live)
{
    static const char *const ends[] = { "", "-wal", "-shm" };
    for (int i = 0; live->url == NULL && i < COUNT(ends); i++)
        unlink(arena_fmt(a, "%s%s", shadow_name(a, live), ends[i]).p);
}

void rebuild_sweep(Arena *a, const DbConfig *live)
{
    drop_files(a, live);
    if (live->url == NULL) return;
    Fail f = FAIL_NONE;
    Db *db = db_open_bare(live, &f);
    if (db == NULL) return;
    f = db_exec(db, "DROP SCHEMA IF EXISTS linli_shadow CASCADE");
    if (f.err != OK) log_line(LOG_WARN, "rebuild_sweep", "err=%d", (int)f.err);
    db_close(db);
}

Rebuild *rebuild_begin(Arena *a, const World *w, Seals *seals, const DbConfig *live, Progress p, Fail *f)
{
    Rebuild *r = arena_new_of(a, Rebuild);
    *r = (Rebuild){ .arena = a, .world = w, .live_config = *live, .shadow_config = *live, .progress = p,
                    .chains = map_new(a, 64) };
    r->live_config.read_ms_max = r->shadow_config.read_ms_max = 0;
    r->shadow_config.schema_first = shadow_name(a, live);
    drop_files(a, live); /* what an interrupted rebuild left */
    Db *made = db_open_bare(&r->shadow_config, f);
    if (made == NULL) return NULL;
    *f = schema_make_state(made, w->parts, w->n_parts);
    db_close(made);
    if (f->err == OK) r->shadow = db_open(&r->shadow_config, DB_WRITER, f);
    if (f->err == OK) r->live = db_open(&r->live_config, DB_READER, f);
    if (f->err == OK) replay_init(&r->replay, a, w, seals, r->shadow, r->live);
    if (f->err == OK) return r;
    rebuild_end(r);
    return NULL;
}

static void said(void *self, int64_t events)
{
    Rebuild *r = self;
    r->progress.say(r->progress.self, "events", events, r->total);
}

static Chain *chain_of(Rebuild *r, Str community)
{
    Chain *c = map_get(r->chains, community);
    if (c != NULL) return c;
    c = arena_new_of(r->arena, Chain);
    c->community = arena_str(r->arena, community);
    map_put(r->chains, c->community, c);
    return c;
}

Fail rebuild_catch_up(Rebuild *r)
{
    Fail f = FAIL_NONE;
    Arena *a = arena_new();
    DbRows *heads = db_query(r->live, a, "SELECT community, seq FROM head ORDER BY community", "", "sl", NULL, &f);
    int n = f.err == OK ? heads->rows : 0;
    r->total = r->replay.events;
    for (int i = 0; i < n; i++)
        r->total += db_int(heads, i, 1) - chain_of(r, db_text(heads, i, 0))->seq;
    for (int i = 0; f.err == OK && i < n; i++)
        f = replay_from(&r->replay, r->live, chain_of(r, db_text(heads, i, 0)), true, said, r);
    arena_free(a);
    return f;
}

Fail rebuild_make(Rebuild *r, Rebuilt *out)
{
    int64_t began = mono_ms();
    db_begin(r->live);
    Fail f = rebuild_catch_up(r);
    out->events = r->replay.events;
    out->ms = mono_ms() - began;
    if (f.err == OK) f = schema_digest(r->live, r->arena, r->world->schema, S(""), &out->live);
    if (f.err == OK) f = schema_digest(r->shadow, r->arena, r->world->schema, S(""), &out->again);
    db_rollback(r->live);
    return f;
}

Fail rebuild_swap(Rebuild *r)
{
    Fail f = rebuild_catch_up(r);
    return f.err == OK ? schema_swap(r->shadow, r->world->schema) : f;
}

void rebuild_end(Rebuild *r)
{
    if (r->live != NULL) db_close(r->live);
    if (r->shadow != NULL) db_close(r->shadow);
    rebuild_sweep(r->arena, &r->live_config);
}

Fail log_rebuild(Arena *a, const World *w, Seals *seals, const DbConfig *live, bool swap, Rebuilt *out)
{
    Fail f = FAIL_NONE;
    *out = (Rebuilt){ 0 };
    Rebuild *r = rebuild_begin(a, w, seals, live, progress_none, &f);
    if (r == NULL) return f;
    f = rebuild_make(r, out);
    if (f.err == OK && swap) f = rebuild_swap(r);
    rebuild_end(r);
    return f;
}
