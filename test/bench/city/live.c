/* The lives of the city's reports: who comes when, who does what next and how soon, which clocks strike in between.
 * Each step goes the way of a command (plan.c) up to the event's bytes; a report that is over is forgotten. */
#include "city.h"

#include "core/log/replay.h"

#include <stdlib.h>

enum { CLOCKS = 4, HEAP_FIRST = 1024, KEYS = 32768, READS_KNOWN = 8192 };
typedef enum Way { LEDGER, RESIDENT_ASKS, CALLER_ASKS, OFFICER_ASKS } Way;
typedef enum Step { ARRIVE, REGISTER, DISPATCH, ACCEPT, NOTE, FINISH, CHECK, CLOSE, RATE, OVER } Step;

typedef struct Life {
    int64_t next, due[CLOCKS]; /* of its next step (0: none comes); when its clocks strike (0: not running) */
    int64_t wakes;             /* the first of these */
    Arena *arena;              /* of the matter */
    Matter *matter;
    Key key;
    bool has_key, again, drops;
    Way way;
    Step step, stuck; /* stuck: nobody does this step; OVER: it comes to its end */
    int grid, category, resident, unit; /* resident, unit: -1 none */
} Life;

typedef struct Sim {
    City *city;
    Planner planner;
    Head head;
    const Module *report;
    Map *reads; /* what settings and people answer does not change any more */
    Arena *arena;
    Life **heap;
    int n, cap;
} Sim;

/* ---- the heap of lives, by when they wake ---- */

static void heap_swap(Sim *s, int i, int k)
{
    Life *l = s->heap[i];
    s->heap[i] = s->heap[k];
    s->heap[k] = l;
}

static void heap_sink(Sim *s, int i)
{
    for (;;) {
        int least = i, left = 2 * i + 1, right = left + 1;
        if (left < s->n && s->heap[left]->wakes < s->heap[least]->wakes) least = left;
        if (right < s->n && s->heap[right]->wakes < s->heap[least]->wakes) least = right;
        if (least == i) return;
        heap_swap(s, i, least);
        i = least;
    }
}

static void heap_push(Sim *s, Life *l)
{
    if (s->n == s->cap) {
        s->cap = s->cap > 0 ? 2 * s->cap : HEAP_FIRST;
        s->heap = realloc(s->heap, sizeof(Life *) * (size_t)s->cap);
        city_must(s->heap != NULL, "memory", NULL);
    }
    int i = s->n++;
    s->heap[i] = l;
    for (; i > 0 && s->heap[(i - 1) / 2]->wakes > s->heap[i]->wakes; i = (i - 1) / 2)
        heap_swap(s, i, (i - 1) / 2);
}

static void heap_pop(Sim *s)
{
    s->heap[0] = s->heap[--s->n];
    heap_sink(s, 0);
}

/* ---- one event ---- */

/* Reads that depend on the matter ask tables that stay empty here, so the first one answers for all. */
static DbRows *read_known(Sim *s, Arena *a, const Read *r, Str key)
{
    bool fixed = strcmp(r->key, "matter") == 0 || r->key[0] == 0;
    Str name = arena_fmt(a, "%p %.*s", (const void *)r, STR_ARG(fixed ? S("") : key));
    DbRows *rows = map_get(s->reads, name);
    if (rows != NULL) return rows;
    Fail f = FAIL_NONE;
    Str value = r->lookup && key.n > 0 ? seal_lookup(s->planner.seals, a, s->city->community, key) : key;
    DbVal args[2] = { TXT(s->city->community), TXT(value) };
    rows = db_run(s->planner.db, r->lookup ? a : s->arena, (Stmt *)&r->stmt, args, &f);
    city_must(f.err == OK, r->name, &f);
    if (!r->lookup) map_put(s->reads, arena_str(s->arena, name), rows); /* a caller's number comes once */
    return rows;
}

static void load_reads(Sim *s, Plan *p)
{
    int i = 0;
    for (const Read *r = p->action->reads; r != NULL && r->name != NULL; r++, i++) {
        city_must(!r->each, "a read of a list", NULL);
        Str key = strcmp(r->key, "matter") == 0 ? p->matter
                  : r->key[0] != 0              ? json_text(p->input, r->key)
                                                : S("");
        p->reads[i] = arena_new_of(p->arena, DbRows *);
        p->reads[i][0] = read_known(s, p->arena, r, key);
        p->n_reads[i] = 1;
    }
}

static void load_keys(Sim *s, const Life *l, Plan *p)
{
    Key key;
    for (int i = 0; i < p->n_subjects; i++) {
        Str who = p->subjects[i];
        if (str_eq(who, p->matter)) {
            if (l->has_key) key_cache_put(s->planner.keys, p->community, who, l->key);
        } else {
            city_must(key_cache_get(s->planner.keys, s->planner.db, p->community, who, &key), "a person's key", NULL);
        }
    }
}

static void save_keys(Sim *s, Life *l, const Plan *p)
{
    for (int i = 0; i < p->n_subjects; i++) {
        if (!p->new_key[i]) continue;
        city_must(str_eq(p->subjects[i], p->matter), "a person without a key", NULL);
        l->has_key = key_cache_get(s->planner.keys, NULL, p->community, p->matter, &l->key);
        archive_key(s->city->archive, p->arena, p->community, p->matter,
                    seal_wrap(s->planner.seals, p->arena, p->community, p->matter, l->key), p->event.at);
    }
}

static Str kept(Arena *a, Str s)
{
    return arena_str(a, s);
}

static void save_matter(Sim *s, Life *l, const Plan *p)
{
    Arena *a = arena_new();
    Matter *m = matter_copy(a, p->after);
    m->community = s->city->community;
    m->kind = str_c(s->report->name);
    m->id = kept(a, m->id);
    m->place = kept(a, m->place);
    m->category = kept(a, m->category);
    for (int i = 0; i < m->n_relations; i++)
        m->relations[i].person = kept(a, m->relations[i].person);
    if (l->arena != NULL) arena_free(l->arena);
    l->arena = a;
    l->matter = m;
    for (int i = 0; i < CLOCKS && s->report->clocks[i].name != NULL; i++) {
        const json_t *due = json_object_get(p->event.clocks, s->report->clocks[i].name);
        if (due != NULL) l->due[i] = json_is_integer(due) ? json_integer_value(due) : 0;
    }
}

/* A phone's or a desk's command; a clock's has an id of its own making. */
static Command *command(Sim *s, Arena *a, const Life *l, const Actor *actor, json_t *in, int clock)
{
    Command *c = arena_new_of(a, Command);
    *c = (Command){ .arena = a, .community = s->city->community, .module = s->report, .actor = actor, .n_rows = 1 };
    if (clock >= 0) {
        const Clock *k = &s->report->clocks[clock];
        Str what = arena_fmt(a, "%.*s %.*s %s %lld", STR_ARG(c->community), STR_ARG(l->matter->id), k->name,
                             (long long)l->due[clock]);
        c->client_id = id_from_hash(a, S("clock"), what);
        c->body_hash = hash_hex(a, hash_one(what));
        c->clock = k->name;
    } else {
        c->client_id = id_new(a, city_clock);
        c->body_hash = hash_hex(a, hash_one(json_print(a, in)));
    }
    return c;
}

static void act(Sim *s, Life *l, const char *action, const Actor *actor, json_t *in, Arena *a, int clock)
{
    City *city = s->city;
    Command *c = command(s, a, l, actor, in, clock);
    c->action = module_action(s->report, str_c(action));
    const Matter *before = l->matter;
    if (before == NULL) {
        Matter *m = arena_new_of(a, Matter);
        *m = (Matter){ .community = city->community, .id = c->client_id, .state = -1, .arena = a,
                       .place = city->community, .kind = str_c(s->report->name) };
        before = m;
    }
    Plan *p = arena_new_of(a, Plan);
    *p = (Plan){ .command = c, .arena = a, .community = city->community, .module = s->report, .action = c->action,
                 .actor = actor, .matter = before->id, .version = l->matter != NULL ? before->version : -1,
                 .input = in };
    city_must(plan_check(&s->planner, p), action, &c->fail);
    load_reads(s, p);
    load_keys(s, l, p);
    Fail f = plan_decide(&s->planner, p, &s->head, before, city_clock);
    city_must(f.err == OK, action, &f);
    save_keys(s, l, p);
    save_matter(s, l, p);
    archive_event(city->archive, p->event.bytes);
}

/* ---- what happens next ---- */

static json_t *text_of(Arena *a, const char *name, Str value)
{
    json_t *in = json_new_object(a);
    json_put_text(in, name, value);
    return in;
}

static void put_where(const Sim *s, const Life *l, Arena *a, json_t *in)
{
    double lon, lat;
    Fail f = FAIL_NONE;
    city_point(s->city, l->grid, &lon, &lat);
    json_put(in, "point", json_read(a, arena_fmt(a, "{\"lon\":%.6f,\"lat\":%.6f,\"accuracy\":%d}", lon, lat,
                                                 (int)city_pick(40) + 4), &f));
    if (city_pick(3) > 0) json_put_text(in, "near", city_near(a));
}

static const Actor *desk(const Sim *s, int kind) /* 0 dispatchers, 1 clerks, 2 overseers */
{
    return &s->city->desk[2 * kind + city_pick(2)].actor;
}

static void arrive(Sim *s, Life *l, Arena *a)
{
    static const Actor nobody = { .person = { "", 0 }, .community = { "", 0 } };
    static const char *const channels[] = { "phone", "phone", "phone", "window", "letter", "visit" };
    json_t *in = text_of(a, "category", str_c(city_category(l->category)));
    json_put_text(in, "text", city_text(a, l->category));
    put_where(s, l, a, in);
    if (l->way == LEDGER) {
        json_put_text(in, "status", S("closed"));
        json_put_text(in, "result", city_result(a));
        json_put_text(in, "source", S("12345"));
        json_put_int(in, "original_at", city_clock - (20 + city_pick(200)) * DAY_MS);
        json_put_text(in, "external_number", arena_fmt(a, "L%012lld", (long long)city_pick(INT64_C(1000000000000))));
        act(s, l, "import", desk(s, 1), in, a, -1);
    } else if (l->way == CALLER_ASKS) {
        json_put_text(in, "channel", str_c(channels[city_pick(COUNT(channels))]));
        json_put_text(in, "public_title", str_c(city_title(l->category)));
        json_put_text(in, "phone", arena_fmt(a, "135%08d", (int)city_pick(100000000)));
        act(s, l, "create_for", desk(s, 0), in, a, -1);
    } else {
        const Actor *who = l->way == OFFICER_ASKS ? &s->city->officers[l->grid].actor
                           : l->resident < 0      ? &nobody
                                                  : &s->city->residents[l->resident].actor;
        json_put_text(in, "language", S("zh"));
        if (l->resident >= 0 && city_pick(3) == 0)
            json_put_text(in, "phone", arena_fmt(a, "139%08d", l->resident));
        act(s, l, "create", who, in, a, -1);
    }
}

static const Actor *handler(const Sim *s, const Life *l)
{
    return l->unit >= 0 ? &s->city->members[l->unit].actor : &s->city->officers[l->grid].actor;
}

static Step do_register(Sim *s, Life *l, Arena *a)
{
    if (l->drops) {
        if (l->resident >= 0 && city_pick(3) == 0)
            act(s, l, "withdraw", &s->city->residents[l->resident].actor, json_new_object(a), a, -1);
        else
            act(s, l, "refuse", desk(s, 0), text_of(a, "reason", S("不在受理范围，已说明去哪里办理")), a, -1);
        return OVER;
    }
    json_t *in = text_of(a, "category", str_c(city_category(l->category)));
    json_put_text(in, "public_title", str_c(city_title(l->category)));
    act(s, l, "register", desk(s, 0), in, a, -1);
    return DISPATCH;
}

static Step do_check(Sim *s, Life *l, Arena *a)
{
    if (l->again) {
        l->again = false;
        act(s, l, "redo", desk(s, 2), text_of(a, "reason", S("现场还没有恢复")), a, -1);
        return FINISH;
    }
    act(s, l, "verify", desk(s, 2), json_new_object(a), a, -1);
    return CLOSE;
}

static Step do_rate(Sim *s, Life *l, Arena *a)
{
    json_t *in = json_new_object(a);
    json_put_bool(in, "solved", true);
    json_put_int(in, "score", 3 + city_pick(3));
    act(s, l, "rate", &s->city->residents[l->resident].actor, in, a, -1);
    return OVER;
}

static Step do_step(Sim *s, Life *l, Arena *a)
{
    switch (l->step) {
    case ARRIVE:
        arrive(s, l, a);
        return l->way == LEDGER ? OVER : l->way == CALLER_ASKS ? DISPATCH : REGISTER;
    case REGISTER: return do_register(s, l, a);
    case DISPATCH:
        act(s, l, "dispatch", desk(s, 0),
            text_of(a, "to", l->unit >= 0 ? s->city->units[l->unit] : handler(s, l)->person), a, -1);
        return ACCEPT;
    case ACCEPT:
        act(s, l, "accept", handler(s, l), json_new_object(a), a, -1);
        return city_pick(6) == 0 ? NOTE : FINISH;
    case NOTE:
        act(s, l, "note", handler(s, l), text_of(a, "text", city_result(a)), a, -1);
        return FINISH;
    case FINISH: act(s, l, "finish", handler(s, l), text_of(a, "text", city_result(a)), a, -1); return CHECK;
    case CHECK: return do_check(s, l, a);
    case CLOSE:
        act(s, l, "close", desk(s, 1), json_new_object(a), a, -1);
        return l->resident >= 0 && city_pick(3) == 0 ? RATE : OVER;
    default: return do_rate(s, l, a);
    }
}

/* Most steps follow soon, some late: the square of a random number. */
static int64_t delay(Step step)
{
    static const int minutes[OVER] = { 0, 40, 30, 100, 400, 1100, 500, 200, 900 };
    int64_t u = city_pick(1000);
    return (minutes[step] / 4 + minutes[step] * u * u / 400000 + 1) * MINUTE_MS + city_pick(MINUTE_MS);
}

static void set_wake(Life *l)
{
    l->wakes = l->next;
    for (int i = 0; i < CLOCKS; i++)
        if (l->due[i] > 0 && (l->wakes == 0 || l->due[i] < l->wakes)) l->wakes = l->due[i];
}

static void strike(Sim *s, Life *l, int clock, Arena *a)
{
    act(s, l, s->report->clocks[clock].then, &actor_system, json_new_object(a), a, clock);
    l->due[clock] = 0;
}

/* Its next step, or the clock that strikes before it. */
static void wake(Sim *s, Life *l)
{
    Arena *a = arena_new();
    int clock = -1;
    city_clock = l->wakes;
    for (int i = 0; i < CLOCKS && clock < 0; i++)
        if (l->due[i] > 0 && l->due[i] == l->wakes) clock = i;
    if (clock >= 0) {
        strike(s, l, clock, a);
    } else {
        l->step = do_step(s, l, a);
        bool ends = l->step == OVER || l->step == l->stuck;
        l->next = ends ? 0 : city_clock + delay(l->step);
    }
    set_wake(l);
    arena_free(a);
}

static void forget(Life *l)
{
    if (l->arena != NULL) arena_free(l->arena);
    free(l);
}

/* ---- all of them ---- */

static Life *born(Sim *s, int64_t at)
{
    City *c = s->city;
    Life *l = calloc(1, sizeof *l);
    city_must(l != NULL, "memory", NULL);
    int64_t u = city_pick(100), days_ago = (c->until - at) / DAY_MS;
    *l = (Life){ .next = at, .wakes = at, .stuck = OVER, .unit = -1, .resident = -1 };
    l->way = u < 18 ? LEDGER : u < 70 ? RESIDENT_ASKS : u < 88 ? CALLER_ASKS : OFFICER_ASKS;
    l->category = (int)city_pick(CITY_CATEGORIES);
    int64_t low = city_pick(c->n_grids), other = city_pick(c->n_grids); /* some grids have more to tell than others */
    l->grid = (int)(city_pick(2) == 0 && other < low ? other : low);
    if (l->way == RESIDENT_ASKS && city_pick(4) > 0) l->resident = (int)city_pick(c->n_residents);
    for (int i = 0; i < CITY_UNITS && city_pick(2) == 0; i++)
        if (city_unit_takes(i, l->category)) l->unit = i;
    l->again = city_pick(30) == 0;
    l->drops = city_pick(9) == 0;
    /* what nobody brings to an end: much of it young, hardly any old */
    if (l->way != LEDGER && city_pick(10000) < (days_ago < 20 ? 1200 : days_ago < 120 ? 120 : 4))
        l->stuck = (Step)(REGISTER + city_pick(CLOSE - REGISTER + 1));
    return l;
}

/* Evenly over the years, mostly by day: 5 % before seven o'clock, 90 % until nine in the evening. */
static int64_t arrival(const City *c, int64_t i, int64_t n)
{
    double span = (double)(c->until - c->began), u = (double)(city_random() >> 11) * 0x1p-53;
    int64_t even = (int64_t)(span * (((double)i + u) / (double)n)), day = even / DAY_MS;
    double part = (double)(even % DAY_MS) / (double)DAY_MS;
    double hour = part < 0.05 ? part * 140 : part < 0.95 ? 7 + (part - 0.05) * 14 / 0.9 : 21 + (part - 0.95) * 60;
    int64_t at = c->began + day * DAY_MS + (int64_t)(hour * (double)HOUR_MS);
    return at < c->until ? at : c->until - 1;
}

static void wake_all(Sim *s, int64_t until)
{
    while (s->n > 0 && s->heap[0]->wakes <= until) {
        Life *l = s->heap[0];
        wake(s, l);
        if (l->wakes == 0) {
            heap_pop(s);
            forget(l);
        } else {
            heap_sink(s, 0);
        }
    }
}

static Head head_of(City *c, Arena *a)
{
    Fail f = FAIL_NONE;
    Head h = { .community = c->community };
    DbRows *r = db_query(c->db, a, "SELECT seq, hash FROM head WHERE community = $1", "s", "lb",
                         ARGS(TXT(c->community)), &f);
    city_must(f.err == OK && r->rows == 1 && db_text(r, 0, 1).n == HASH_BYTES, "the head", &f);
    h.seq = db_int(r, 0, 0);
    memcpy(h.hash.b, db_text(r, 0, 1).p, HASH_BYTES);
    h.places = places_load(c->db, c->community, &f);
    h.calendar = calendar_load(c->db, a, c->community, &f);
    city_must(f.err == OK, "grids and calendar", &f);
    return h;
}

void city_live(City *c, int64_t matters)
{
    Arena *a = arena_new();
    Sim s = { .city = c, .report = world_module(c->world, S("report")), .arena = a, .reads = map_new(a, READS_KNOWN) };
    s.planner = (Planner){ c->world, c->db, c->seals, key_cache_new(a, c->seals, KEYS) };
    s.head = head_of(c, a);
    for (int64_t i = 0; i < matters; i++) {
        int64_t at = arrival(c, i, matters);
        wake_all(&s, at);
        heap_push(&s, born(&s, at));
    }
    wake_all(&s, c->until);
    fprintf(stderr, "city: %lld reports, %d of them not at their end, %lld events\n", (long long)matters, s.n,
            (long long)s.head.seq);
    for (int i = 0; i < s.n; i++)
        forget(s.heap[i]);
    free(s.heap);
    places_release(s.head.places);
    arena_free(a);
}
