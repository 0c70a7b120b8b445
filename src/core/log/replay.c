#include "core/log/replay.h"

static Fail refused(const char *code, int64_t expected)
{
    return fail_field(ERR_CONFLICT, code, "", expected);
}

Fail chain_next(Chain *c, const Event *e)
{
    if (!str_eq(e->community, c->community)) return refused("other_community", c->seq + 1);
    if (e->seq <= c->seq) return refused("event_repeated", c->seq + 1);
    if (e->seq > c->seq + 1) return refused("event_missing", c->seq + 1);
    if (!hash_eq(e->prev, c->hash)) return refused("wrong_prev", c->seq + 1);
    c->seq = e->seq;
    c->hash = e->hash;
    return FAIL_NONE;
}

void replay_init(Replay *r, Arena *a, const World *w, Seals *seals, Db *to, Db *key_db)
{
    *r = (Replay){ .world = w, .to = to, .self = { seals, key_cache_new(a, seals, 4096), key_db } };
}

typedef struct Loaded {
    DbRows *row, *relations;
    Matter *matter;
} Loaded;

/* ---- keys of a page, in one pipeline: apply would ask for them one by one ---- */

typedef struct Wanted {
    Replay *r;
    Arena *arena;
    Map *seen;
    Str subjects[REPLAY_PAGE];
    DbRows *rows[REPLAY_PAGE];
    int n;
} Wanted;

static void want_keys(Wanted *w, Str community, json_t *v)
{
    Key key;
    if (seal_is(v)) {
        Str subject = seal_subject(v);
        if (w->n == REPLAY_PAGE || map_get(w->seen, subject) != NULL) return;
        map_put(w->seen, subject, w);
        if (key_cache_get(w->r->self.keys, NULL, community, subject, &key)) return;
        w->subjects[w->n] = subject;
        w->rows[w->n++] = db_send(w->r->self.key_db, w->arena, &seal_key_load, ARGS(TXT(community), TXT(subject)));
        return;
    }
    const char *name;
    json_t *one;
    json_object_foreach(v, name, one)
        want_keys(w, community, one);
    for (size_t i = 0; i < json_array_size(v); i++)
        want_keys(w, community, json_array_get(v, i));
}

static Fail load_keys(Replay *r, Arena *a, const Event *events, int n)
{
    Wanted *w = arena_new_of(a, Wanted);
    w->r = r;
    w->arena = a;
    w->seen = map_new(a, n + 1);
    for (int i = 0; i < n; i++)
        want_keys(w, events[i].community, events[i].data);
    if (w->n == 0) return FAIL_NONE;
    Fail f = db_sync(r->self.key_db);
    for (int i = 0; f.err == OK && i < w->n; i++) {
        Key key;
        if (w->rows[i]->rows == 1 &&
            seal_unwrap(r->self.seals, events[0].community, w->subjects[i], db_text(w->rows[i], 0, 0), &key))
            key_cache_put(r->self.keys, events[0].community, w->subjects[i], key);
    }
    return f;
}

/* The matters of a page, in one pipeline. */
static Fail load_matters(Replay *r, Arena *a, const Event *events, int n, Map *known)
{
    Str *ids = arena_array(a, Str, n + 1);
    int fresh = 0;
    for (int i = 0; i < n; i++) {
        const Event *e = &events[i];
        if (map_get(known, e->matter) != NULL) continue;
        Loaded *l = arena_new_of(a, Loaded);
        l->row = matter_send_load(r->to, a, e->community, e->matter);
        l->relations = matter_send_relations(r->to, a, e->community, e->matter);
        map_put(known, e->matter, l);
        ids[fresh++] = e->matter;
    }
    Fail f = db_sync(r->to);
    for (int i = 0; f.err == OK && i < fresh; i++) {
        Loaded *l = map_get(known, ids[i]);
        l->matter = arena_new_of(a, Matter);
        if (l->row->rows > 0)
            f = matter_from_rows(a, r->world, l->row, l->relations, l->matter);
        else
            *l->matter = (Matter){ .community = events[0].community, .id = ids[i], .state = -1, .arena = a,
                                   .place = events[0].community };
    }
    return f;
}

/* A fold knows its own kind of matter only, and only a creating row makes one. */
static Fail check_matter(const World *w, const Event *e, const Matter *m)
{
    const Module *module = NULL;
    world_action(w, e->type, &module);
    if (m->state >= 0 && !str_is(m->kind, module->name)) return refused("other_kind", e->seq);
    if (m->state < 0 && !(e->action->from & NEW)) return refused("matter_missing", e->seq);
    return FAIL_NONE;
}

static void replay_event(Replay *r, Arena *a, const Event *e, Loaded *l)
{
    const Matter *before = l->matter;
    Matter *after = matter_copy(a, before);
    event_fold(r->world, after, e);
    if (r->keep)
        db_send(r->to, a, &log_event_add,
                ARGS(TXT(e->community), NUM(e->seq), TXT(e->id), TXT(e->matter), TXT(e->stored_type), NUM(e->at),
                     BYT(e->bytes), BYT(((Str){ (const char *)e->hash.b, HASH_BYTES }))));
    Apply apply;
    apply_init(&apply, &r->self, a, r->to, !r->first);
    event_apply(r->world, &apply, before->state < 0 ? NULL : before, after, e);
    l->matter = after;
    r->events++;
}

Fail replay_page(Replay *r, Chain *chain, const Str *bytes, int n, int *bad)
{
    assert(n <= REPLAY_PAGE);
    Arena *a = arena_new();
    Event *events = arena_array(a, Event, n + 1);
    Fail f = FAIL_NONE;
    Chain next = *chain;
    for (*bad = 0; *bad < n; ++*bad) {
        Event *e = &events[*bad];
        f = r->keep ? event_parse(a, r->world, bytes[*bad], e) : event_parse_own(a, r->world, bytes[*bad], e);
        if (f.err == OK) f = chain_next(&next, &events[*bad]);
        if (f.err != OK) break;
    }
    Map *known = map_new(a, n + 1);
    if (f.err == OK) f = load_keys(r, a, events, n);
    if (f.err == OK) f = load_matters(r, a, events, n, known);
    for (int i = 0; f.err == OK && i < n; i++) {
        Loaded *l = map_get(known, events[i].matter);
        *bad = i;
        f = check_matter(r->world, &events[i], l->matter);
        if (f.err == OK) replay_event(r, a, &events[i], l);
    }
    if (f.err == OK) f = db_sync(r->to);
    if (f.err == OK) *chain = next;
    arena_free(a);
    return f;
}

static Fail page_from(Replay *r, Arena *a, Db *from, Chain *chain, int *rows)
{
    Fail f = FAIL_NONE;
    DbRows *page = db_query(from, a,
                            "SELECT bytes, hash FROM event WHERE community = $1 AND seq > $2 ORDER BY seq LIMIT $3",
                            "sll", "bb", ARGS(TXT(chain->community), NUM(chain->seq), NUM(REPLAY_PAGE)), &f);
    *rows = f.err == OK ? page->rows : 0;
    Str *bytes = arena_array(a, Str, *rows + 1);
    Str last = S("");
    for (int i = 0; i < *rows; i++) {
        bytes[i] = db_text(page, i, 0);
        last = db_text(page, i, 1);
    }
    int bad = 0;
    int64_t expected = chain->seq + *rows;
    if (f.err == OK && *rows > 0) f = replay_page(r, chain, bytes, *rows, &bad);
    if (f.err == OK && *rows > 0 && (last.n != HASH_BYTES || memcmp(last.p, chain->hash.b, HASH_BYTES) != 0))
        f = refused("wrong_hash", expected);
    return f;
}

Fail replay_from(Replay *r, Db *from, Chain *chain, bool own, ReplaySaid *said, void *self)
{
    Fail f = FAIL_NONE;
    for (int rows = REPLAY_PAGE; f.err == OK && rows == REPLAY_PAGE;) {
        Arena *a = arena_new();
        if (own) db_begin(r->to);
        f = page_from(r, a, from, chain, &rows);
        if (own && f.err == OK) f = db_commit(r->to);
        if (own && f.err != OK) db_rollback(r->to);
        if (said != NULL) said(self, r->events);
        arena_free(a);
    }
    return f;
}

void replay_save_head(Replay *r, Arena *a, const Chain *c)
{
    db_send(r->to, a, &log_head_save,
            ARGS(TXT(c->community), NUM(c->seq), BYT(((Str){ (const char *)c->hash.b, HASH_BYTES }))));
}
