/* The thread that looks for what is due, and the few that carry it. */
#include "base/log.h"
#include "core/internal.h"
#include "core/outbox.h"
#include "core/serve/queue.h"

#include <pthread.h>
#include <stdio.h>
#include <time.h>

enum {
    CARRIERS = 4,       /* so many are under way at once */
    WAIT_MS_MAX = 1000, /* the clock may be virtual */
    LOOK_MS_MIN = 50,
    COUNT_MS = 1000,
    AGAIN_MS = 2000,             /* after the store failed */
    OPEN_MS_MAX = 5 * 60 * 1000, /* a lane is tried again at least so often */
    GRACE_MS = 2000,
    SWEEP_FIRST_MS = 60 * 1000,
    SWEEP_MS = 3600 * 1000,
    SWEEP_ROWS = 1000,
    KEYS_CACHED = 256,
};

static const int64_t RETRY_MS[] = { 10 * SECOND_MS, MINUTE_MS,   5 * MINUTE_MS, 30 * MINUTE_MS,
                                    2 * HOUR_MS,    6 * HOUR_MS, 12 * HOUR_MS,  24 * HOUR_MS };

/* From one lane to the next along the index, however many rows each has. */
static Stmt lanes_of = {
    "s", "s",
    "WITH RECURSIVE lanes (lane) AS (SELECT MIN(o.lane) FROM outbox o WHERE o.community = $1"
    " UNION ALL SELECT (SELECT MIN(n.lane) FROM outbox n WHERE n.community = $1 AND n.lane > l.lane) FROM lanes l"
    " WHERE l.lane IS NOT NULL) SELECT lane FROM lanes WHERE lane IS NOT NULL AND lane <> 'community'"
};
static Stmt outbox_counts = { "s", "sl",
                              "SELECT state, COUNT(*) FROM outbox WHERE community = $1"
                              " AND state IN ('waiting', 'dead') GROUP BY state" };
static Stmt outbox_mark = { "sssllls", "",
                            "UPDATE outbox SET state = $3, attempts = $4, due_at = $5, tried_at = $6, error = $7"
                            " WHERE community = $1 AND id = $2 AND state = 'waiting'" };
static Stmt outbox_postpone = { "ssl", "",
                                "UPDATE outbox SET due_at = $3 WHERE community = $1 AND id = $2"
                                " AND state = 'waiting'" };
static Stmt outbox_gone = { "ss", "", "DELETE FROM outbox WHERE community = $1 AND id = $2" };
static Stmt outbox_expire = { "sll", "",
                              "UPDATE outbox SET state = 'dead', error = 'expired', tried_at = $3"
                              " WHERE community = $1 AND state = 'waiting' AND at < $2" };
static Stmt outbox_sweep = { "sll", "",
                             "DELETE FROM outbox WHERE community = $1 AND id IN (SELECT o.id FROM outbox o"
                             " WHERE o.community = $1 AND o.state = 'delivered' AND o.tried_at < $2 LIMIT $3)" };
Stmt *const deliver_statements[] = { &lanes_of,    &outbox_counts, &outbox_mark,  &outbox_postpone,
                                     &outbox_gone, &outbox_expire, &outbox_sweep, NULL };

typedef struct Lane {
    Str id;
    bool busy;
    int failures;    /* in a row */
    int64_t open_at; /* ms: before that nothing is tried; 0 open */
    struct Lane *next;
} Lane;

typedef struct Post { /* one community; made once, never given back */
    Str community;
    bool fresh;
    int64_t look_at;  /* ms of now_ms; 0: nothing waits */
    int64_t sweep_at; /* mono */
    int64_t count_at; /* mono */
    int64_t waiting, dead;
    Lane *lanes;
    struct Post *next;
} Post;

struct Outbox {
    Arena *arena;
    OutboxStart with;
    OutboxConfig config;
    Db *db;
    KeyCache *keys;
    Queue *work;
    pthread_t dispatcher, carriers[CARRIERS];
    int n_carriers;
    atomic_bool ending; /* for channels: give up */
    atomic_int under_way;
    pthread_mutex_t mutex; /* all below */
    pthread_cond_t news;
    Post *posts;
    Map *by_community;
    Parcel *back; /* came back from the carriers */
    bool any, stopping;
};

/* ---- pauses ---- */

static void schedule(const OutboxConfig *c, const int64_t **list, int *n)
{
    *list = c->n_retries > 0 ? c->retry_ms : RETRY_MS;
    *n = c->n_retries > 0 ? c->n_retries : COUNT(RETRY_MS);
}

int64_t outbox_pause(const OutboxConfig *c, int failures)
{
    const int64_t *list;
    int n;
    schedule(c, &list, &n);
    if (failures < 1 || failures > n) return -1;
    int64_t pause = list[failures - 1], fifth = pause / 5;
    return fifth > 0 ? pause - fifth + (int64_t)(random_u64() % (uint64_t)(2 * fifth + 1)) : pause;
}

int64_t outbox_lasts_ms(const OutboxConfig *c)
{
    const int64_t *list;
    int n;
    int64_t sum = 0;
    schedule(c, &list, &n);
    for (int i = 0; i < n; i++)
        sum += list[i];
    return sum;
}

/* ---- posts and lanes ---- */

static Post *post_of(Outbox *o, Str community)
{
    Post *p = map_get(o->by_community, community);
    if (p != NULL) return p;
    p = arena_new_of(o->arena, Post);
    p->community = arena_str(o->arena, community);
    p->next = o->posts;
    o->posts = p;
    map_put(o->by_community, p->community, p);
    return p;
}

void outbox_news(Outbox *o, Str community)
{
    pthread_mutex_lock(&o->mutex);
    post_of(o, community)->fresh = true;
    o->any = true;
    pthread_cond_signal(&o->news);
    pthread_mutex_unlock(&o->mutex);
}

static Lane *lane_of(Outbox *o, Post *p, Str id)
{
    for (Lane *l = p->lanes; l != NULL; l = l->next)
        if (str_eq(l->id, id)) return l;
    pthread_mutex_lock(&o->mutex); /* the arena is shared with outbox_news */
    Lane *l = arena_new_of(o->arena, Lane);
    l->id = arena_str(o->arena, id);
    pthread_mutex_unlock(&o->mutex);
    l->next = p->lanes;
    p->lanes = l;
    return l;
}

/* ---- carriers ---- */

static void come_back(Outbox *o, Parcel *p)
{
    pthread_mutex_lock(&o->mutex);
    p->next = o->back;
    o->back = p;
    o->any = true;
    pthread_cond_signal(&o->news);
    pthread_mutex_unlock(&o->mutex);
}

static void *carrier_main(void *arg)
{
    Outbox *o = arg;
    Parcel *p;
    while (queue_take(o->work, &p, 1, -1) > 0) {
        const Channel *c = &o->config.by[p->way];
        if (atomic_load(&o->ending))
            snprintf(p->code, sizeof p->code, "stopping");
        else if (p->way == BY_PHONE)
            tell_call(&o->with, p);
        else
            c->send(c->self, p, &o->ending);
        if (p->way == BY_PUSH) tell_drop_gone(&o->with, p);
        come_back(o, p);
        atomic_fetch_sub(&o->under_way, 1);
    }
    return NULL;
}

/* ---- what came back ---- */

typedef struct Record {
    Outbox *outbox;
    Arena *arena;
    Parcel *list;
    int64_t now;
} Record;

static void record_one(const Record *r, Db *db, const Parcel *p)
{
    DbVal key[2] = { TXT(p->community), TXT(p->id) };
    int64_t pause = p->outcome == FAILED ? parcel_pause(&r->outbox->config, p) : -1;
    bool over = p->outcome == REFUSED || (p->outcome == FAILED && pause < 0);
    if (p->outcome == POSTPONED) {
        db_send(db, r->arena, &outbox_postpone, ARGS(key[0], key[1], NUM(p->due_at)));
    } else if (p->outcome == REFUSED && p->code[0] == 0) {
        db_send(db, r->arena, &outbox_gone, key);
    } else if (p->person && p->way != BY_PHONE && over) {
        tell_send_move(db, r->arena, p, r->now);
    } else {
        const char *state = p->outcome == DELIVERED ? "delivered" : over ? "dead" : "waiting";
        db_send(db, r->arena, &outbox_mark,
                ARGS(key[0], key[1], TXT(str_c(state)), NUM(p->attempts + 1), NUM(pause >= 0 ? r->now + pause : 0),
                     NUM(r->now), TXT(arena_str(r->arena, str_c(p->code)))));
    }
    tell_send_lane_on(db, r->arena, p, r->now);
}

static Fail record_run(void *self, Db *db)
{
    Record *r = self;
    for (const Parcel *p = r->list; p != NULL; p = p->next)
        if (strcmp(p->code, "stopping") != 0) record_one(r, db, p);
    return db_sync(db);
}

/* The lane after one of its parcels: open again, or waiting as long as the parcel does. */
static void lane_after(Outbox *o, Lane *l, const Parcel *p, int64_t now)
{
    OutboxCounts *n = o->with.counts;
    bool over = p->outcome == REFUSED || (p->outcome == FAILED && parcel_pause(&o->config, p) < 0);
    bool dead = over && (!p->person || p->way == BY_PHONE);
    l->busy = false;
    if (p->unsent || strcmp(p->code, "stopping") == 0) return;
    atomic_fetch_add(p->outcome == DELIVERED ? &n->delivered : &n->failed, 1);
    if (dead) atomic_fetch_add(&n->died, 1);
    log_line(p->outcome == DELIVERED ? LOG_INFO : LOG_WARN, "outbox", "channel=%s outcome=%s code=%s attempt=%d",
             way_name(p->way),
             p->outcome == DELIVERED ? "delivered"
             : dead                  ? "dead"
             : over                  ? "along"
                                     : "failed",
             p->code[0] != 0 ? p->code : "ok", p->attempts + 1);
    if (p->outcome != FAILED) {
        l->failures = 0;
        l->open_at = 0;
        return;
    }
    if (outbox_pause(&o->config, l->failures + 1) >= 0) l->failures++; /* as long as the pauses go, then no longer */
    int64_t pause = outbox_pause(&o->config, l->failures);
    l->open_at = now + (pause < OPEN_MS_MAX ? pause : OPEN_MS_MAX);
}

/* False when the store did not take it: the parcels stay and are told again. */
static bool record(Outbox *o, Parcel *list)
{
    Record r = { o, arena_new(), list, now_ms() };
    Fail f = o->with.write(o->with.server, record_run, &r);
    arena_free(r.arena);
    if (f.err != OK) return false;
    for (Parcel *p = list, *next; p != NULL; p = next) {
        next = p->next;
        pthread_mutex_lock(&o->mutex);
        Post *post = post_of(o, p->community);
        post->fresh = true;
        o->any = true;
        pthread_mutex_unlock(&o->mutex);
        lane_after(o, lane_of(o, post, p->lane), p, r.now);
        arena_free(p->arena);
    }
    return true;
}

/* ---- looking ---- */

static void sooner(int64_t *at, int64_t other)
{
    if (other > 0 && (*at == 0 || other < *at)) *at = other;
}

static Fail look_lane(Outbox *o, Post *post, Lane *l, int64_t now, int64_t *next)
{
    Fail f = FAIL_NONE;
    int64_t due = 0;
    if (l->busy) return f;
    if (l->open_at > now + OPEN_MS_MAX) l->open_at = now; /* the clock was set back */
    if (l->open_at > now) {
        sooner(next, l->open_at);
        return f;
    }
    Packing with = { o->with.world, &o->config, o->db, o->keys };
    Parcel *p = parcel_next(&with, post->community, l->id, now, &due, &f);
    if (p == NULL) {
        sooner(next, due);
        return f;
    }
    l->busy = true;
    p->lane_failures = l->failures;
    if (p->unsent) {
        come_back(o, p);
        return f;
    }
    atomic_fetch_add(&o->under_way, 1);
    if (queue_put(o->work, &p)) return f;
    atomic_fetch_sub(&o->under_way, 1); /* all hands full: at the next look */
    l->busy = false;
    arena_free(p->arena);
    sooner(next, now + LOOK_MS_MIN);
    return f;
}

static void count(Outbox *o, Post *post, const DbRows *r)
{
    int64_t waiting = 0, dead = 0;
    for (int i = 0; i < r->rows; i++)
        *(str_is(db_text(r, i, 0), "dead") ? &dead : &waiting) = db_int(r, i, 1);
    atomic_fetch_add(&o->with.counts->waiting, waiting - post->waiting);
    atomic_fetch_add(&o->with.counts->dead, dead - post->dead);
    post->waiting = waiting;
    post->dead = dead;
}

/* Counting looks at every row that waits: not at each look. */
static Fail count_now_and_then(Outbox *o, Post *post, Arena *a, int64_t now, int64_t *next)
{
    Fail f = FAIL_NONE;
    if (mono_ms() < post->count_at) {
        sooner(next, now + COUNT_MS);
        return f;
    }
    DbRows *counts = db_run(o->db, a, &outbox_counts, ARGS(TXT(post->community)), &f);
    if (f.err == OK) count(o, post, counts);
    post->count_at = mono_ms() + COUNT_MS;
    return f;
}

static void look(Outbox *o, Post *post)
{
    Arena *a = arena_new();
    int64_t now = now_ms(), next = 0;
    Fail f = FAIL_NONE;
    key_cache_clear(o->keys); /* somebody may have been erased */
    DbRows *lanes = db_run(o->db, a, &lanes_of, ARGS(TXT(post->community)), &f);
    for (int i = 0; f.err == OK && i < lanes->rows; i++)
        f = look_lane(o, post, lane_of(o, post, db_text(lanes, i, 0)), now, &next);
    if (f.err == OK) f = count_now_and_then(o, post, a, now, &next);
    if (f.err != OK) {
        log_line(LOG_WARN, "outbox", "outcome=store code=%s", f.code != NULL ? f.code : "none");
        next = now + AGAIN_MS;
    }
    post->look_at = next;
    arena_free(a);
}

/* ---- old rows ---- */

typedef struct Sweep {
    Arena *arena;
    Str community;
    int64_t now, lasts_ms;
} Sweep;

static Fail sweep_run(void *self, Db *db)
{
    const Sweep *s = self;
    db_send(db, s->arena, &outbox_expire, ARGS(TXT(s->community), NUM(s->now - s->lasts_ms), NUM(s->now)));
    db_send(db, s->arena, &outbox_sweep,
            ARGS(TXT(s->community), NUM(s->now - OUTBOX_KEEP_DAYS * DAY_MS), NUM(SWEEP_ROWS)));
    return db_sync(db);
}

static void sweep(Outbox *o, Post *post)
{
    if (mono_ms() < post->sweep_at) return;
    bool first = post->sweep_at == 0; /* at the start there is enough to do */
    post->sweep_at = mono_ms() + (first ? SWEEP_FIRST_MS : SWEEP_MS);
    if (first) return;
    Sweep s = { arena_new(), post->community, now_ms(), outbox_lasts_ms(&o->config) + DAY_MS };
    Fail f = o->with.write(o->with.server, sweep_run, &s);
    if (f.err != OK) post->sweep_at = mono_ms() + AGAIN_MS;
    arena_free(s.arena);
}

/* ---- the dispatcher ---- */

static Fail know_all(Outbox *o)
{
    Arena *a = arena_new();
    Fail f = FAIL_NONE;
    DbRows *all = db_run(o->db, a, &communities_all, NULL, &f);
    for (int i = 0; f.err == OK && i < all->rows; i++)
        outbox_news(o, db_text(all, i, 0));
    arena_free(a);
    return f;
}

/* Waits for news or the next due time; takes what came back. False when it is to end. */
static bool await(Outbox *o, Parcel **back)
{
    int64_t wait = WAIT_MS_MAX, now = now_ms();
    pthread_mutex_lock(&o->mutex);
    for (const Post *p = o->posts; p != NULL; p = p->next) {
        int64_t left = p->look_at > 0 ? p->look_at - now : wait;
        if (left < wait) wait = left > 1 ? left : 1;
    }
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += (long)(wait % 1000) * 1000000;
    until.tv_sec += wait / 1000 + until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    while (!o->any && !o->stopping && pthread_cond_timedwait(&o->news, &o->mutex, &until) == 0)
        continue;
    o->any = false;
    *back = o->back;
    o->back = NULL;
    bool go_on = !o->stopping;
    pthread_mutex_unlock(&o->mutex);
    return go_on;
}

static bool take_fresh(Outbox *o, Post *p)
{
    pthread_mutex_lock(&o->mutex);
    bool fresh = p->fresh;
    p->fresh = false;
    pthread_mutex_unlock(&o->mutex);
    return fresh || (p->look_at > 0 && p->look_at <= now_ms());
}

static void nap(int64_t ms)
{
    struct timespec t = { ms / 1000, (long)(ms % 1000) * 1000000 };
    nanosleep(&t, NULL);
}

static Parcel *joined(Parcel *a, Parcel *b)
{
    Parcel **end = &a;
    while (*end != NULL)
        end = &(*end)->next;
    *end = b;
    return a;
}

static void *dispatcher_main(void *arg)
{
    Outbox *o = arg;
    Parcel *told = NULL, *back;
    while (await(o, &back)) {
        told = joined(told, back);
        if (told != NULL) {
            if (record(o, told))
                told = NULL;
            else
                nap(LOOK_MS_MIN);
        }
        pthread_mutex_lock(&o->mutex);
        Post *first = o->posts;
        pthread_mutex_unlock(&o->mutex);
        for (Post *p = first; p != NULL; p = p->next) {
            if (take_fresh(o, p)) look(o, p);
            sweep(o, p);
        }
        nap(LOOK_MS_MIN); /* under load many commits share one look */
    }
    told = joined(told, back);
    queue_close(o->work);
    for (int i = 0; i < o->n_carriers; i++)
        pthread_join(o->carriers[i], NULL);
    await(o, &back);
    told = joined(told, back);
    for (int i = 0; i < 20 && told != NULL && !record(o, told);
         i++) /* what cannot be noted now is sent again one day */
        nap(LOOK_MS_MIN);
    return NULL;
}

static void outbox_end(void *arg)
{
    Outbox *o = arg;
    pthread_cond_destroy(&o->news);
    pthread_mutex_destroy(&o->mutex);
    arena_free(o->arena);
}

Outbox *outbox_start(Arena *a, const OutboxStart *s, Fail *f)
{
    Outbox *o = arena_new_of(a, Outbox);
    *o = (Outbox){ .arena = arena_new(), .with = *s, .config = *s->config };
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&o->mutex, NULL);
    pthread_cond_init(&o->news, &monotonic);
    pthread_condattr_destroy(&monotonic);
    arena_defer(a, outbox_end, o); /* news may still come after outbox_stop */
    o->by_community = map_new(o->arena, 64);
    o->keys = key_cache_new(a, s->seals, KEYS_CACHED);
    o->work = queue_new(a, CARRIERS, sizeof(Parcel *));
    o->db = db_open(&s->db, DB_READER, f);
    if (o->db != NULL) *f = know_all(o);
    for (int i = 0; f->err == OK && i < CARRIERS; i++)
        if (pthread_create(&o->carriers[i], NULL, carrier_main, o) == 0)
            o->n_carriers++;
        else
            *f = fail(ERR_INTERNAL, "no_thread");
    if (f->err == OK && pthread_create(&o->dispatcher, NULL, dispatcher_main, o) != 0)
        *f = fail(ERR_INTERNAL, "no_thread");
    if (f->err == OK) return o;
    queue_close(o->work);
    for (int i = 0; i < o->n_carriers; i++)
        pthread_join(o->carriers[i], NULL);
    if (o->db != NULL) db_close(o->db);
    return NULL;
}

void outbox_stop(Outbox *o)
{
    if (o == NULL) return;
    pthread_mutex_lock(&o->mutex);
    o->stopping = true;
    pthread_cond_signal(&o->news);
    pthread_mutex_unlock(&o->mutex);
    for (int64_t until = mono_ms() + GRACE_MS; mono_ms() < until && atomic_load(&o->under_way) > 0;)
        nap(10); /* time to finish what is on its way */
    atomic_store(&o->ending, true);
    pthread_join(o->dispatcher, NULL);
    db_close(o->db);
}
