/* run: the writer. One batch is one transaction; see run.h. */
#include "base/log.h"
#include "core/log/erasures.h"
#include "core/internal.h"

#include <stdio.h>

enum { BATCH_MAX = 128, HEADS_MAX = 512, KEYS_CACHED = 8192, RETRIES_MAX = 2 };

struct Runner {
    Arena *arena; /* lives as long as the runner */
    Planner planner;
    RunnerHooks hooks;
    Head *heads[HEADS_MAX];
    int n_heads;
    bool one_community; /* PostgreSQL: a batch holds one community */
};

static Stmt head_load = { "s", "lbl",
                          "SELECT h.seq, h.hash, COALESCE(e.at, 0) FROM head h LEFT JOIN event e"
                          " ON e.community = h.community AND e.seq = h.seq WHERE h.community = $1" };
Stmt log_head_save = { "slb", "",
                          "INSERT INTO head (community, seq, hash) VALUES ($1, $2, $3)"
                          " ON CONFLICT (community) DO UPDATE SET seq = excluded.seq, hash = excluded.hash" };
static Stmt counters_load = { "s", "sl", "SELECT name, n FROM counter WHERE community = $1" };
static Stmt command_load = {
    "ss", "ssll", "SELECT actor, body_hash, seq, events FROM command WHERE community = $1 AND client_id = $2"
};
static Stmt effect_load = { "sll", "sllslls",
                            "SELECT t.matter, t.seq, t.at, t.state, t.matter_version, m.number, t.actor FROM timeline t"
                            " JOIN matter m ON m.community = t.community AND m.id = t.matter"
                            " WHERE t.community = $1 AND t.seq >= $2 AND t.seq < $3 ORDER BY t.seq" };
static Stmt last_event = { "ss", "ssl",
                           "SELECT actor, type, at FROM timeline WHERE community = $1 AND matter = $2"
                           " ORDER BY seq DESC LIMIT 1" };
Stmt communities_all = { "", "s", "SELECT community FROM head ORDER BY community" };
Stmt *const run_statements[] = { &head_load,   &log_head_save,   &counters_load, &command_load,
                                 &effect_load, &last_event,    &communities_all, NULL };

/* ---- heads ---- */

static void head_drop_settings(Head *h)
{
    if (h->places != NULL) places_release(h->places);
    h->places = NULL;
    h->calendar = NULL;
}

void runner_forget(Runner *r)
{
    for (int i = 0; i < r->n_heads; i++)
        head_drop_settings(r->heads[i]);
    r->n_heads = 0; /* their memory is a few KB each and stays with the arena */
    key_cache_clear(r->planner.keys);
}

static Fail head_settings(Runner *r, Head *h)
{
    Fail f = FAIL_NONE;
    if (h->places == NULL) h->places = places_load(r->planner.db, h->community, &f);
    if (f.err == OK && h->calendar == NULL) h->calendar = calendar_load(r->planner.db, r->arena, h->community, &f);
    return f;
}

static Head *head_get(Runner *r, Str community, Fail *f)
{
    for (int i = 0; i < r->n_heads; i++)
        if (str_eq(r->heads[i]->community, community)) {
            *f = head_settings(r, r->heads[i]);
            return f->err == OK ? r->heads[i] : NULL;
        }
    Db *db = r->planner.db;
    Arena *a = arena_new();
    DbRows *head = db_send(db, a, &head_load, ARGS(TXT(community)));
    DbRows *counters = db_send(db, a, &counters_load, ARGS(TXT(community)));
    *f = db_sync(db);
    Head *h = NULL;
    if (f->err == OK) {
        if (r->n_heads == HEADS_MAX) runner_forget(r);
        h = arena_new_of(r->arena, Head);
        h->community = arena_str(r->arena, community);
        h->fresh = head->rows == 0;
        if (!h->fresh) {
            h->seq = db_int(head, 0, 0);
            h->at = db_int(head, 0, 2);
            if (db_text(head, 0, 1).n == HASH_BYTES) memcpy(h->hash.b, db_text(head, 0, 1).p, HASH_BYTES);
        }
        int n = 0;
        for (int i = 0; i < counters->rows; i++) {
            const Module *m = world_module(r->planner.world, db_text(counters, i, 0));
            if (m != NULL && n < MODULES_MAX) h->counters[n++] = (Counter){ m->name, db_int(counters, i, 1) };
        }
        *f = head_settings(r, h);
        if (f->err == OK) r->heads[r->n_heads++] = h;
    }
    arena_free(a);
    return f->err == OK ? h : NULL;
}

const Places *runner_places(Runner *r, Str community)
{
    Fail f;
    Head *h = head_get(r, community, &f);
    return h != NULL ? h->places : NULL;
}

/* ---- one command in a batch ---- */

typedef struct Work {
    Command *command;
    Plan *first, *last; /* in the order of their events */
    DbRows *repeated;   /* an earlier command with this client id */
    Map *matters;       /* id -> Matter as this command has it */
    Head *head;
} Work;

static Plan *work_add(Work *w, const Plan *made)
{
    Plan *p = arena_new_of(w->command->arena, Plan);
    *p = *made;
    if (w->last != NULL)
        w->last->next = p;
    else
        w->first = p;
    w->last = p;
    return p;
}

static Plan plan_of(Command *c, const Module *m, const Action *x, const Actor *actor, Str matter, json_t *in)
{
    return (Plan){ .command = c, .arena = c->arena, .community = c->community, .module = m, .action = x,
                   .actor = actor, .matter = matter, .version = -1, .input = in };
}

/* Once for each command, before any batch; what cannot be right never gets into one. */
static bool command_check(Runner *r, Command *c)
{
    Plan *rows = arena_array(c->arena, Plan, c->n_rows);
    for (int i = 0; i < c->n_rows; i++) {
        rows[i] = plan_of(c, c->module, c->action, c->actor, c->rows[i].matter, c->rows[i].input);
        rows[i].row = i;
        rows[i].version = c->rows[i].version;
        plan_check(&r->planner, &rows[i]);
    }
    c->plan = rows;
    return c->fail.err == OK;
}

/* Each attempt works on copies of the checked rows. */
static void work_send(Runner *r, Work *w)
{
    Command *c = w->command;
    const Plan *rows = c->plan;
    w->matters = map_new(c->arena, c->n_rows + 8);
    if (c->client_id.n > 0)
        w->repeated = db_send(r->planner.db, c->arena, &command_load, ARGS(TXT(c->community), TXT(c->client_id)));
    for (int i = 0; i < c->n_rows; i++)
        plan_send(&r->planner, work_add(w, &rows[i]), NULL);
}

static json_t *reply_row(Arena *a, Str matter, int64_t number, Str state, int64_t version, int64_t seq, int64_t at)
{
    json_t *row = json_new_object(a);
    json_put_text(row, "id", matter);
    if (number > 0) json_put_int(row, "number", number);
    json_put_text(row, "state", state);
    json_put_int(row, "version", version);
    json_put_int(row, "seq", seq);
    json_put_int(row, "at", at);
    return row;
}

static void reply_set(Runner *r, Command *c, json_t **rows, int n)
{
    if ((c->action->from & NEW) && (c->actor->person.n == 0 || c->action->receipt) && !c->actor->system)
        for (int i = 0; i < n; i++)
            json_put_text(rows[i], "receipt",
                          seal_receipt(r->planner.seals, c->arena, c->community, json_text(rows[i], "id")));
    if (!c->many) {
        c->reply = rows[0];
        return;
    }
    json_t *list = json_new_array(c->arena);
    for (int i = 0; i < n; i++)
        json_array_append(list, rows[i]);
    c->reply = json_new_object(c->arena);
    json_put(c->reply, "rows", list);
}

/* The same client id again: the same answer if it is the same person with the same body, else nothing is told. */
static Fail work_repeat(Runner *r, Work *w)
{
    Command *c = w->command;
    Str actor = c->actor->system ? S("system") : c->actor->person;
    if (!str_eq(db_text(w->repeated, 0, 0), actor) || !str_eq(db_text(w->repeated, 0, 1), c->body_hash))
        return fail_field(ERR_CONFLICT, "client_id_reused", "id", 0);
    int64_t seq = db_int(w->repeated, 0, 2), n = db_int(w->repeated, 0, 3);
    Fail f = FAIL_NONE;
    DbRows *t = db_run(r->planner.db, c->arena, &effect_load, ARGS(TXT(c->community), NUM(seq), NUM(seq + n)), &f);
    if (f.err != OK) return f;
    if (t->rows == 0) return fail(ERR_INTERNAL, "effect_missing");
    json_t **rows = arena_array(c->arena, json_t *, t->rows);
    for (int i = 0; i < t->rows; i++)
        rows[i] = reply_row(c->arena, db_text(t, i, 0), db_int(t, i, 5), db_text(t, i, 3), db_int(t, i, 4),
                            db_int(t, i, 1), db_int(t, i, 2));
    c->repeated = true;
    reply_set(r, c, rows, t->rows);
    return FAIL_NONE;
}

/* What a phone says about when it was done: never later than it came in (its clock may be wrong, the person's work is
 * not), and not so long ago that nobody can say any more what it meant. */
static Fail bound_claim(Command *c, int64_t now)
{
    int days = c->action->claimed_days > 0 ? c->action->claimed_days : CLAIMED_DAYS;
    int64_t oldest = now - days * DAY_MS;
    if (c->claimed_at == 0) return FAIL_NONE;
    if (c->claimed_at < oldest && !c->late) return fail_field(ERR_INVALID, "too_long_ago", "claimed_at", oldest);
    if (c->claimed_at > now) c->claimed_at = now;
    return FAIL_NONE;
}

static bool decide_from(Runner *r, Work *w, Plan *from, int64_t now)
{
    Command *c = w->command;
    const Event **earlier = arena_array(c->arena, const Event *, c->n_rows);
    const json_t **inputs = arena_array(c->arena, const json_t *, c->n_rows);
    int n = 0;
    for (Plan *p = from; p != NULL; p = p->next) {
        p->earlier = earlier;
        p->earlier_inputs = inputs;
        p->n_earlier = p->depth == 0 ? n : 0;
        Fail f = plan_decide(&r->planner, p, w->head, map_get(w->matters, p->matter), now);
        if (f.err != OK) {
            plan_fault(p, f);
            continue; /* every row says what is wrong with it */
        }
        map_put(w->matters, p->matter, p->after);
        c->n_events++;
        if (p->depth > 0) continue;
        inputs[n] = p->input;
        earlier[n++] = &p->event;
    }
    return c->fail.err == OK;
}

static DbRows *named_matter(Arena *a, const Event *e, const char *member)
{
    DbRows *one = arena_new_of(a, DbRows);
    DbVal *v = arena_new_of(a, DbVal);
    *v = TXT(json_text(e->data, member));
    *one = (DbRows){ .rows = v->s.n > 0, .cols = 1, .vals = v };
    return one;
}

/* Reactions of the events from `from` on: what they do joins the command, and one refusal refuses it whole. The table
 * check allows no chain of reactions that is deeper than REACTION_DEPTH_MAX. */
static Fail react(Runner *r, Work *w, Plan *from, int depth)
{
    Command *c = w->command;
    int n = 0;
    for (const Plan *p = w->first; p != NULL; p = p->next)
        n += p->depth > 0;
    for (Plan *p = from; p != NULL && p->depth < depth; p = p->next)
        for (const Reaction *x = r->planner.world->reactions; x != NULL && x->on != NULL; x++) {
            if (!str_is(p->event.type, x->on)) continue;
            Fail f = FAIL_NONE;
            DbRows *each = x->at != NULL
                               ? named_matter(c->arena, &p->event, x->at)
                               : db_run(r->planner.db, c->arena, &x->each, ARGS(TXT(c->community), TXT(p->matter)), &f);
            if (f.err != OK) return f;
            n += each->rows;
            if (n > MANY_MAX) return fail_field(ERR_TOO_LARGE, "too_many_reactions", "", MANY_MAX);
            const Module *m = NULL;
            const Action *act = world_action(r->planner.world, str_c(x->act), &m);
            for (int i = 0; i < each->rows; i++) {
                json_t *in =
                    x->input != NULL ? x->input(c->arena, &p->event, db_text(each, i, 0)) : json_new_object(c->arena);
                if (in == NULL) continue;
                Plan made = plan_of(c, m, act, &actor_system, db_text(each, i, 0), in);
                made.depth = depth;
                Plan *next = work_add(w, &made);
                if (!plan_check(&r->planner, next)) return c->fail;
                plan_send(&r->planner, next, map_get(w->matters, next->matter));
            }
        }
    return db_sync(r->planner.db);
}

static bool reacts(const Runner *r, const Command *c)
{
    return world_reacts(r->planner.world, action_type(c->arena, c->module, c->action));
}

/* Two at once: the second is told who was first, if handlers may know that of them. */
static void say_who_was_first(Runner *r, const Work *w, int64_t now)
{
    Command *c = w->command;
    const Plan *p = w->first;
    bool second = c->fail.code != NULL && (strcmp(c->fail.code, "wrong_state") == 0 ||
                                           strcmp(c->fail.code, "stale_version") == 0);
    if (!second || c->n_rows > 1 || p == NULL || p->before == NULL || p->before->state < 0) return;
    if (c->actor->system || !audience_may(audience_of(c->actor, p->before, now), TO_HANDLERS)) return;
    Fail f = FAIL_NONE;
    DbRows *last = db_run(r->planner.db, c->arena, &last_event, ARGS(TXT(c->community), TXT(p->matter)), &f);
    if (f.err == OK && last->rows > 0)
        fail_first(&c->fail, db_text(last, 0, 0), db_text(last, 0, 1), db_int(last, 0, 2));
}

/* The clock was set back: a chain's times never go back by what a clock is off by when it is put right. Beyond that the
 * clock was plainly wrong before, and a deadline counted from then would be too: the time of now counts. */
static int64_t never_back(const Head *h, int64_t now)
{
    if (now >= h->at) return now;
    if (h->at - now <= CLOCK_BACK_MS_MAX) return h->at;
    log_line(LOG_WARN, "clock_back", "by_s=%lld", (long long)((h->at - now) / SECOND_MS));
    return now;
}

static void work_decide(Runner *r, Work *w, int64_t now)
{
    Command *c = w->command;
    if (w->repeated != NULL && w->repeated->rows > 0) {
        c->fail = work_repeat(r, w);
        w->first = NULL;
        return;
    }
    Fail f = FAIL_NONE;
    w->head = head_get(r, c->community, &f);
    Head saved = w->head != NULL ? *w->head : (Head){ 0 };
    if (w->head != NULL) now = never_back(w->head, now);
    c->n_events = 0;
    if (f.err == OK) f = bound_claim(c, now);
    if (f.err != OK) {
        c->fail = f;
    } else if (decide_from(r, w, w->first, now) && reacts(r, c)) {
        Plan *from = w->first;
        for (int depth = 1; depth <= REACTION_DEPTH_MAX && from != NULL && c->fail.err == OK; depth++) {
            Plan *last = w->last;
            f = react(r, w, from, depth);
            if (f.err != OK && c->fail.err == OK) c->fail = f;
            from = last->next;
            if (c->fail.err == OK) decide_from(r, w, from, now);
        }
    }
    if (c->fail.err == OK && !c->dry) return;
    say_who_was_first(r, w, now);
    if (w->head !=
        NULL) { /* refused, or only asked: the chain stands where it stood, and no unsaved key stays behind */
        saved.places = w->head->places;
        saved.calendar = w->head->calendar;
        *w->head = saved;
    }
    for (Plan *p = w->first; p != NULL; p = p->next)
        for (int i = 0; i < p->n_subjects; i++)
            if (p->new_key[i]) key_cache_forget(r->planner.keys, c->community, p->subjects[i]);
    w->first = NULL;
    c->n_events = 0;
}

static void work_finish(Runner *r, Work *w)
{
    Command *c = w->command;
    if (w->first == NULL) return;
    c->events = arena_array(c->arena, Event, c->n_events);
    json_t **rows = arena_array(c->arena, json_t *, c->n_rows);
    int n = 0;
    for (Plan *p = w->first; p != NULL; p = p->next) {
        const Event *e = &p->event;
        if (p->depth == 0)
            rows[n] = reply_row(c->arena, e->matter, p->after->number, str_c(p->module->states[e->to].name),
                                e->matter_version, e->seq, e->at);
        c->events[n] = *e;
        c->events[n++].after = p->after;
        if (e->action->erases) key_cache_forget(r->planner.keys, e->community, e->matter);
        if (e->action->alone) head_drop_settings(w->head);
    }
    reply_set(r, c, rows, c->n_rows);
}

/* ---- a batch ---- */

static void save_heads(Runner *r, Arena *a, Work *works, int n)
{
    for (int i = 0; i < n; i++) {
        Head *h = works[i].first != NULL ? works[i].head : NULL;
        for (int k = 0; k < i && h != NULL; k++)
            if (works[k].first != NULL && works[k].head == h) h = NULL;
        if (h != NULL)
            db_send(r->planner.db, a, &log_head_save,
                    ARGS(TXT(h->community), NUM(h->seq), BYT(((Str){ (const char *)h->hash.b, HASH_BYTES }))));
    }
}

static void command_reset(Command *c)
{
    c->fail = FAIL_NONE;
    c->errors = (Errors){ .arena = c->arena };
    c->reply = NULL;
    c->events = NULL;
    c->n_events = 0;
    c->repeated = false;
}

/* Before the commit: a key that is destroyed here must not come back with a backup, whatever happens next. */
static Fail note_erasures(Runner *r, Work *works, int n)
{
    Erasures *list = seals_erasures(r->planner.seals);
    Fail f = FAIL_NONE;
    for (int i = 0; list != NULL && i < n; i++)
        for (Plan *p = works[i].first; p != NULL && f.err == OK; p = p->next)
            if (p->event.action->erases) f = erasures_note(list, &p->event);
    return f;
}

/* Fails as a whole only if the store did; refusals are the commands' own. */
static Fail batch_try(Runner *r, Work *works, int n)
{
    Db *db = r->planner.db;
    bool any = false;
    Fail f = FAIL_NONE;
    for (int i = 0; i < n; i++) { /* heads of new communities are read before the transaction */
        Command *c = works[i].command;
        command_reset(c);
        works[i] = (Work){ .command = c };
        if (head_get(r, c->community, &f) == NULL) return f;
    }
    Arena *a = arena_new();
    db_begin(db);
    for (int i = 0; i < n; i++)
        work_send(r, &works[i]);
    f = db_sync(db);
    for (int i = 0; f.err == OK && i < n; i++) {
        if (works[i].first == NULL) continue;
        work_decide(r, &works[i], works[i].command->now != 0 ? works[i].command->now : now_ms());
        any |= works[i].first != NULL;
    }
    if (f.err == OK && any) {
        for (int i = 0; i < n; i++)
            for (Plan *p = works[i].first; p != NULL; p = p->next)
                plan_write(&r->planner, p);
        save_heads(r, a, works, n);
        f = note_erasures(r, works, n);
        if (f.err == OK) f = db_commit(db);
    } else if (f.err == OK) {
        db_rollback(db); /* nothing to write: every command was refused or repeated */
    }
    if (f.err != OK) {
        db_rollback(db);
        runner_forget(r);
    }
    arena_free(a);
    return f;
}

/* It may stand or not. Nothing is said to have happened, nothing is tried again here: whoever asked asks again with the
 * same id, and then we know. */
static bool is_uncertain(Fail f)
{
    return f.code != NULL && strcmp(f.code, "commit_uncertain") == 0;
}

static void batch_run(Runner *r, Work *works, int n)
{
    Fail f = FAIL_NONE;
    for (int attempt = 0; attempt <= (n == 1 ? RETRIES_MAX : 0); attempt++) {
        f = batch_try(r, works, n);
        if (f.err == OK) break;
        log_line(LOG_WARN, "batch", "commands=%d attempt=%d err=%d code=%s", n, attempt, (int)f.err,
                 f.code ? f.code : "none");
        if (f.err == ERR_FULL || is_uncertain(f)) break;
    }
    if (f.err == OK) {
        for (int i = 0; i < n; i++) {
            work_finish(r, &works[i]);
            Command *c = works[i].command;
            if (c->n_events > 0 && r->hooks.committed != NULL)
                r->hooks.committed(r->hooks.self, c->events, c->n_events);
        }
        return;
    }
    if (n > 1 && !is_uncertain(f)) { /* a poisoned command must not take its neighbours down */
        for (int i = 0; i < n; i++)
            batch_run(r, &works[i], 1);
        return;
    }
    for (int i = 0; i < n; i++) {
        command_reset(works[i].command);
        works[i].command->fail = f;
    }
}

void runner_run(Runner *r, Command **commands, int n)
{
    Arena *a = arena_new();
    Work works[BATCH_MAX];
    bool *done = arena_array(a, bool, n + 1);
    int left = n;
    for (int i = 0; i < n; i++) {
        command_reset(commands[i]);
        done[i] = !command_check(r, commands[i]);
        left -= done[i];
    }
    while (left > 0) {
        Map *taken = map_new(a, 256);
        Str community = { 0 };
        int in_batch = 0;
        for (int i = 0; i < n && in_batch < BATCH_MAX; i++) {
            Command *c = commands[i];
            if (done[i]) continue;
            bool alone = c->action->alone || c->n_rows > 1 || reacts(r, c);
            if (in_batch > 0 && (alone || (r->one_community && !str_eq(community, c->community)))) {
                if (alone) break; /* order between settings and what reads them is kept */
                continue;
            }
            if (!command_take_keys(a, taken, c) && in_batch > 0) continue;
            community = c->community;
            done[i] = true;
            works[in_batch++].command = c;
            if (alone) break;
        }
        batch_run(r, works, in_batch);
        left -= in_batch;
    }
    arena_free(a);
}

/* ---- calls ---- */

Fail runner_call(Runner *r, Fail (*fn)(void *self, Db *db), void *self)
{
    Db *db = r->planner.db;
    db_begin(db);
    Fail f = fn(self, db);
    if (f.err == OK) f = db_commit(db);
    if (f.err != OK) db_rollback(db);
    return f;
}

const Planner *runner_planner(const Runner *r)
{
    return &r->planner;
}

Db *runner_db(Runner *r)
{
    return r->planner.db;
}

Runner *runner_new(Arena *a, const World *w, Db *db, Seals *seals, RunnerHooks hooks)
{
    Runner *r = arena_new_of(a, Runner);
    r->arena = a;
    r->planner = (Planner){ .world = w, .db = db, .seals = seals, .keys = key_cache_new(a, seals, KEYS_CACHED) };
    r->hooks = hooks;
    r->one_community = db_is_postgres(db);
    return r;
}
