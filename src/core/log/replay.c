/* Two threads: this one reads, checks and folds, the relay's writes (store/db_relay.h). A page is read and its loads
 * are asked for before the page before it is folded, so that neither waits for the other. */
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

static void relay_drop(void *relay)
{
    db_close(relay);
}

void replay_init(Replay *r, Arena *a, const World *w, Seals *seals, Db *to, Db *key_db)
{
    *r = (Replay){ .world = w, .store = to, .to = db_relay(to),
                   .self = { .seals = seals, .keys = key_cache_new(a, seals, 4096) } };
    arena_defer(a, relay_drop, r->to);
    r->self.key_db = key_db == to ? r->to : key_db;
    r->self.counters = arena_array(a, Counter, MODULES_MAX);
    r->hand = hand_new(a, w, r->to);
}

/* ---- a page: read while the one before it is still being written ---- */

struct Page {
    Arena *arena;
    Event *events;
    int n;
    uint64_t loaded; /* ticket of its loads */
    /* keys that apply would ask for one by one */
    Map *seen;
    Str subjects[REPLAY_PAGE];
    DbRows *rows[REPLAY_PAGE];
    int n_keys;
};

static void want_keys(Replay *r, Page *p, Str community, json_t *v)
{
    Key key;
    if (seal_is(v)) {
        Str subject = seal_subject(v);
        if (p->n_keys == REPLAY_PAGE || map_get(p->seen, subject) != NULL) return;
        map_put(p->seen, subject, p);
        if (key_cache_get(r->self.keys, NULL, community, subject, &key)) return;
        p->subjects[p->n_keys] = subject;
        p->rows[p->n_keys++] = db_send(r->self.key_db, p->arena, &seal_key_load, ARGS(TXT(community), TXT(subject)));
        return;
    }
    const char *name;
    json_t *one;
    json_object_foreach(v, name, one)
        want_keys(r, p, community, one);
    for (size_t i = 0; i < json_array_size(v); i++)
        want_keys(r, p, community, json_array_get(v, i));
}

static void take_keys(Replay *r, const Page *p)
{
    Str community = p->events[0].community;
    for (int i = 0; i < p->n_keys; i++) {
        Key key;
        if (p->rows[i]->rows == 1 &&
            seal_unwrap(r->self.seals, community, p->subjects[i], db_text(p->rows[i], 0, 0), &key))
            key_cache_put(r->self.keys, community, p->subjects[i], key);
    }
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

static Fail replay_event(Replay *r, Apply *apply, const Event *e)
{
    InHand *one;
    Fail f = hand_get(r->hand, e->matter, &one);
    if (f.err == OK) f = check_matter(r->world, e, &one->matter);
    if (f.err != OK) return f;
    Matter *m = &one->matter;
    if (m->data == NULL) m->data = json_new_object(one->arena);
    const Matter *before = m->state < 0 ? NULL : m; /* only whether there was one: it is folded on in place */
    if (e->action->apply == NULL && one->held.n_rows > 0) { /* live, they would not know of this event */
        held_send_rows(apply, m, &one->held);
        db_relay_post(r->to); /* no row twice in a batch */
    }
    event_fold(r->world, m, e);
    one->changed = true;
    r->self.held = &one->held;
    if (r->keep)
        db_send(r->to, apply->arena, &log_event_add,
                ARGS(TXT(e->community), NUM(e->seq), TXT(e->id), TXT(e->matter), TXT(e->stored_type), NUM(e->at),
                     BYT(e->bytes), BYT(((Str){ (const char *)e->hash.b, HASH_BYTES }))));
    event_apply(r->world, apply, before, m, e);
    r->events++;
    return FAIL_NONE;
}

static Fail read_events(Replay *r, Page *p, Chain *next, const Str *bytes, int n, int *bad)
{
    Fail f = FAIL_NONE;
    for (*bad = 0; *bad < n; ++*bad) {
        Event *e = &p->events[*bad];
        Str own = arena_str(p->arena, bytes[*bad]);
        f = r->keep ? event_parse(p->arena, r->world, own, e) : event_parse_own(p->arena, r->world, own, e);
        if (f.err == OK) f = chain_next(next, e);
        if (f.err != OK) break;
    }
    p->n = *bad;
    return f;
}

/* What the page will need is asked for, all in one batch: from then on the relay fills in rows in the page's arena. */
static Fail ask(Replay *r, Page *p)
{
    Apply apply;
    apply_init(&apply, &r->self, p->arena, r->to, !r->first);
    hand_page(r->hand, &apply, p->events[0].community);
    db_relay_post(r->to);
    p->seen = map_new(p->arena, p->n + 1);
    for (int i = 0; i < p->n; i++) {
        want_keys(r, p, p->events[i].community, p->events[i].data);
        hand_want(r->hand, p->arena, p->events[i].matter);
    }
    Fail f = p->n_keys > 0 && r->self.key_db != r->to ? db_sync(r->self.key_db) : FAIL_NONE;
    p->loaded = db_relay_post(r->to);
    return f;
}

/* The page before is folded and sent. *bad: from its first event. */
static Fail finish(Replay *r, int *bad)
{
    Page *p = r->page;
    Apply apply;
    if (p == NULL) return FAIL_NONE;
    r->page = NULL;
    apply_init(&apply, &r->self, p->arena, r->to, !r->first);
    Fail f = db_relay_reach(r->to, p->loaded);
    *bad = 0;
    if (f.err == OK) take_keys(r, p);
    for (int i = 0; f.err == OK && i < p->n; i++) {
        *bad = i;
        f = replay_event(r, &apply, &p->events[i]);
    }
    if (f.err == OK) {
        counters_send(&apply, p->events[0].community, r->self.counters);
        db_relay_post(r->to);
    }
    arena_free(p->arena);
    return f;
}

Fail replay_page(Replay *r, Chain *chain, const Str *bytes, int n, int *bad)
{
    assert(n > 0 && n <= REPLAY_PAGE);
    int before = r->page != NULL ? r->page->n : 0;
    if (r->page != NULL && !str_eq(r->page->events[0].community, chain->community)) {
        Fail f = finish(r, bad);
        *bad -= before;
        if (f.err != OK) return f;
    }
    Arena *a = arena_new();
    Page *p = arena_new_of(a, Page);
    p->arena = a;
    p->events = arena_array(a, Event, n + 1);
    Chain next = *chain;
    Fail f = read_events(r, p, &next, bytes, n, bad);
    if (f.err == OK) f = ask(r, p);
    if (f.err == OK) {
        f = finish(r, bad);
        if (f.err != OK) *bad -= before;
        r->page = p;
        *chain = next;
    } else {
        int ignored;
        Fail earlier = finish(r, &ignored);
        if (earlier.err != OK) {
            *bad = ignored - before;
            f = earlier;
        }
        arena_free(a);
    }
    return f;
}

Fail replay_write(Replay *r)
{
    int bad;
    Fail f = finish(r, &bad);
    Arena *a = arena_new();
    Apply apply;
    apply_init(&apply, &r->self, a, r->to, !r->first);
    if (f.err == OK) {
        hand_write(r->hand, &apply);
        f = db_relay_wait(r->to);
    }
    arena_free(a);
    return f;
}

void replay_stop(Replay *r)
{
    if (r->page != NULL) arena_free(r->page->arena);
    r->page = NULL;
    db_rollback(r->to);
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
    if (own) db_begin(r->store);
    for (int rows = REPLAY_PAGE; f.err == OK && rows == REPLAY_PAGE;) {
        Arena *a = arena_new();
        f = page_from(r, a, from, chain, &rows);
        if (said != NULL) said(self, r->events);
        arena_free(a);
    }
    if (f.err == OK) f = replay_write(r);
    if (said != NULL) said(self, r->events);
    if (own && f.err == OK) f = db_commit(r->store);
    if (own && f.err != OK) replay_stop(r);
    return f;
}

Fail replay_save_head(Replay *r, const Chain *c)
{
    Arena *a = arena_new();
    db_send(r->to, a, &log_head_save,
            ARGS(TXT(c->community), NUM(c->seq), BYT(((Str){ (const char *)c->hash.b, HASH_BYTES }))));
    Fail f = db_relay_wait(r->to);
    arena_free(a);
    return f;
}
