/* verify and rebuild: see log_tools.h. */
#include "core/log_tools.h"

#include "core/internal.h"

#include <unistd.h>

/* ---- verify ---- */

typedef struct Walk {
    Arena *page; /* of one event */
    const World *world;
    Buf *report;
    Str community, saved_hash;
    int64_t seq, saved_seq;
    Hash hash;
    bool saved_seen;
    Verdict *out;
} Walk;

static void found(Walk *k, int64_t seq, const char *what)
{
    k->out->faults++;
    if (k->out->faults <= 100) buf_fmt(k->report, "%.*s %lld: %s\n", STR_ARG(k->community), (long long)seq, what);
}

static bool walk_event(void *self, const DbVal *row, int cols)
{
    Walk *k = self;
    (void)cols;
    int64_t seq = row[0].i;
    Str bytes = row[5].s, stored = row[6].s;
    Event e;
    if (seq != k->seq + 1) found(k, seq, seq > k->seq + 1 ? "events are missing before this one" : "event is out of order");
    k->seq = seq;
    k->out->events++;
    if (event_parse(k->page, k->world, bytes, &e).err != OK) {
        found(k, seq, "event cannot be read");
        memcpy(k->hash.b, stored.p, stored.n == HASH_BYTES ? HASH_BYTES : 0);
        arena_reset(k->page);
        return true;
    }
    if (stored.n != HASH_BYTES || memcmp(e.hash.b, stored.p, HASH_BYTES) != 0) found(k, seq, "bytes do not give the stored hash");
    if (!hash_eq(e.prev, k->hash)) found(k, seq, "does not follow the event before it");
    if (e.seq != seq || !str_eq(e.community, k->community) || !str_eq(e.id, row[1].s) || !str_eq(e.matter, row[2].s) ||
        !str_eq(e.type, row[3].s) || e.at != row[4].i)
        found(k, seq, "columns say something else than the bytes");
    k->hash = e.hash;
    if (seq == k->saved_seq) {
        k->saved_seen = true;
        if (!str_eq(hash_hex(k->page, e.hash), k->saved_hash)) found(k, seq, "is not the event of the saved head");
    }
    arena_reset(k->page);
    return true;
}

/* "community seq hash" lines */
static void saved_head(Str saved, Str community, int64_t *seq, Str *hash)
{
    *seq = 0;
    while (saved.n > 0) {
        Str line = str_cut(&saved, '\n');
        Str name = str_cut(&line, ' '), number = str_cut(&line, ' ');
        if (!str_eq(name, community) || !str_to_i64(number, seq)) continue;
        *hash = str_trim(line);
        return;
    }
}

Fail log_verify(Arena *a, const World *w, Db *db, Str saved, Verdict *out)
{
    Fail f = FAIL_NONE;
    Buf report = buf_new(a, 256), lines = buf_new(a, 256);
    *out = (Verdict){ 0 };
    DbRows *heads = db_query(db, a, "SELECT community, seq, hash FROM head ORDER BY community", "", "slb", NULL, &f);
    for (int i = 0; f.err == OK && i < heads->rows; i++) {
        Walk k = { .page = arena_new(), .world = w, .report = &report, .community = db_text(heads, i, 0), .out = out };
        saved_head(saved, k.community, &k.saved_seq, &k.saved_hash);
        f = db_each(db,
                    "SELECT seq, id, matter, type, at, bytes, hash FROM event WHERE community = $1 ORDER BY seq", "s",
                    "lsssl" "bb", ARGS(TXT(k.community)), walk_event, &k);
        Str head = db_text(heads, i, 2);
        if (k.seq != db_int(heads, i, 1) || head.n != HASH_BYTES || memcmp(head.p, k.hash.b, HASH_BYTES) != 0)
            found(&k, k.seq, "the head is not the last event");
        if (k.saved_seq > 0 && !k.saved_seen) found(&k, k.saved_seq, "the saved head is gone: the log was cut");
        buf_fmt(&lines, "%.*s %lld %s\n", STR_ARG(k.community), (long long)k.seq, hash_hex(a, k.hash).p);
        arena_free(k.page);
    }
    Str rest = saved;
    while (f.err == OK && rest.n > 0) { /* a community that had a chain must still have one */
        Str line = str_cut(&rest, '\n');
        Str name = str_cut(&line, ' ');
        bool known = name.n == 0;
        for (int i = 0; i < heads->rows; i++)
            known |= str_eq(db_text(heads, i, 0), name);
        if (!known) {
            out->faults++;
            buf_fmt(&report, "%.*s: the whole log is gone\n", STR_ARG(name));
        }
    }
    out->report = buf_str(&report);
    out->heads = buf_str(&lines);
    return f;
}

/* ---- rebuild ---- */

enum { PAGE = 500 };

typedef struct Again {
    const World *world;
    Db *shadow, *live;
    ApplySelf self;
    int64_t events;
} Again;

static Fail replay_event(Again *r, Arena *a, Map *known, Str bytes)
{
    Event e;
    Fail f = event_parse(a, r->world, bytes, &e);
    if (f.err != OK) return f;
    Matter *before = map_get(known, e.matter);
    if (before == NULL) {
        DbRows *row = matter_send_load(r->shadow, a, e.community, e.matter);
        DbRows *relations = matter_send_relations(r->shadow, a, e.community, e.matter);
        f = db_sync(r->shadow);
        if (f.err != OK) return f;
        before = arena_new_of(a, Matter);
        if (row->rows > 0)
            f = matter_from_rows(a, r->world, row, relations, before);
        else
            *before = (Matter){ .community = e.community, .id = e.matter, .state = -1, .arena = a, .place = e.community };
        if (f.err != OK) return f;
    }
    Matter *after = matter_copy(a, before);
    event_fold(r->world, after, &e);
    Apply apply;
    apply_init(&apply, &r->self, a, r->shadow, true);
    event_apply(r->world, &apply, before->state < 0 ? NULL : before, after, &e);
    map_put(known, e.matter, after);
    r->events++;
    return FAIL_NONE;
}

static Fail replay_community(Again *r, Str community)
{
    Fail f = FAIL_NONE;
    int rows = PAGE;
    for (int64_t from = 0; f.err == OK && rows == PAGE;) {
        Arena *a = arena_new();
        DbRows *page = db_query(r->live, a,
                                "SELECT seq, bytes FROM event WHERE community = $1 AND seq > $2 ORDER BY seq LIMIT $3",
                                "sll", "lb", ARGS(TXT(community), NUM(from), NUM(PAGE)), &f);
        Map *known = map_new(a, PAGE);
        rows = f.err == OK ? page->rows : 0;
        db_begin(r->shadow);
        for (int i = 0; f.err == OK && i < rows; i++) {
            f = replay_event(r, a, known, db_text(page, i, 1));
            from = db_int(page, i, 0);
        }
        if (f.err == OK) f = db_commit(r->shadow);
        if (f.err != OK) db_rollback(r->shadow);
        arena_free(a);
    }
    return f;
}

static Fail replay_all(Arena *a, Again *r)
{
    Fail f = FAIL_NONE;
    DbRows *list = db_query(r->live, a, "SELECT community FROM head ORDER BY community", "", "s", NULL, &f);
    for (int i = 0; f.err == OK && i < list->rows; i++)
        f = replay_community(r, db_text(list, i, 0));
    return f;
}

static void shadow_drop(Arena *a, const DbConfig *live, const char *name)
{
    static const char *const ends[] = { "", "-wal", "-shm" };
    for (int i = 0; live->url == NULL && i < COUNT(ends); i++)
        unlink(arena_fmt(a, "%s%s", name, ends[i]).p);
}

Fail log_rebuild(Arena *a, const World *w, Seals *seals, const DbConfig *live, bool swap, Rebuilt *out)
{
    Fail f = FAIL_NONE;
    DbConfig shadow = *live;
    *out = (Rebuilt){ 0 };
    shadow.schema_first = live->url != NULL ? "linli_shadow" : arena_fmt(a, "%s/shadow.db", live->dir).p;
    shadow_drop(a, live, shadow.schema_first); /* what an interrupted rebuild left */
    Db *made = db_open_bare(&shadow, &f);
    if (made == NULL) return f;
    f = schema_make_state(made, w->parts, w->n_parts);
    db_close(made);
    if (f.err != OK) return f;
    Again r = { .world = w, .shadow = db_open(&shadow, DB_WRITER, &f) };
    if (f.err == OK) r.live = db_open(live, DB_READER, &f);
    if (f.err == OK) {
        r.self = (ApplySelf){ seals, key_cache_new(a, seals, 1024), r.live };
        f = replay_all(a, &r);
    }
    if (f.err == OK) f = schema_digest(r.live, a, w->schema, S(""), &out->live);
    if (f.err == OK) f = schema_digest(r.shadow, a, w->schema, S(""), &out->again);
    if (f.err == OK && swap) f = schema_swap(r.shadow, w->schema);
    out->events = r.events;
    if (r.live != NULL) db_close(r.live);
    if (r.shadow != NULL) db_close(r.shadow);
    shadow_drop(a, live, shadow.schema_first);
    return f;
}
