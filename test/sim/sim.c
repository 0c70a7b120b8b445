/* sim: seeded random actions of all modules, by random people, on matters that they fit more often than not. Commands
 * go in batches, some a second time, with the caches dropped in between; clocks fire. Then the log is verified and
 * played again into empty tables, which must end the same, and the same on the other engine. Fails on an action of any
 * module that was never reached.
 *
 *     sim ENGINE SEEDS ACTIONS [FIRST]   prints "seed events refused digest" lines; test/suite/sim compares engines */
#include "sim.h"

#include "core/internal.h"
#include "core/access/session.h"

#include "mod/figure/oracle.h"

#include <stdio.h>
#include <stdlib.h>

enum { KEPT = 32 };

/* Never reached here, and why. */
static const char *const not_here[] = {
    /* The rows of a job are staged outside of the log and worked through by the server: core_job_test, test/suite/job.
     */
    "job.check",
    "job.start",
    "job.stop",
    "job.undo",
    "job.advance",
    "job.finish",
    "job.halt",
    /* What another community's server says: mod_external_test, src/mod/report/handover.story. */
    "report.take_over",
    "report.arrived",
    "report.not_arrived",
    "report.come_back",
    "report.answered",
    /* What the outbox does by itself: core_telling_test, src/mod/call/call.story. */
    "call.add",
    "call.lapse",
    "call.called",
    NULL,
};

static bool excused(Str type)
{
    for (int i = 0; not_here[i] != NULL; i++)
        if (str_is(type, not_here[i])) return true;
    return false;
}

typedef struct Kept { /* a command that was done, to be sent again */
    Arena *arena;
    const Module *module;
    const Action *action;
    Actor actor;
    Str client_id, body_hash, reply;
    Str rows[ROWS_MAX], matters[ROWS_MAX];
    int64_t versions[ROWS_MAX], claimed_at;
    int n_rows;
    bool many;
} Kept;

static Kept kept[KEPT];

static Str keep(Arena *a, Str s)
{
    return s.n > 0 ? arena_str(a, s) : S("");
}

static int64_t head_seq(Sim *s)
{
    Fail f = FAIL_NONE;
    DbRows *r = db_query(s->town.db, s->town.arena, "SELECT seq FROM head WHERE community = $1", "s", "l",
                         ARGS(TXT(s->town.community)), &f);
    return f.err == OK && r->rows == 1 ? db_int(r, 0, 0) : -1;
}

static int64_t version_of(Sim *s, Str matter)
{
    Fail f = FAIL_NONE;
    DbRows *r = db_query(s->town.db, s->town.arena, "SELECT version FROM matter WHERE community = $1 AND id = $2", "ss",
                         "l", ARGS(TXT(s->town.community), TXT(matter)), &f);
    return f.err == OK && r->rows == 1 ? db_int(r, 0, 0) : 1;
}

/* ---- who ---- */

/* Somebody from outside of the pool, with the roles that the tables give. */
static Actor *actor_of(Sim *s, Str person)
{
    Arena *a = s->town.arena;
    Fail f = FAIL_NONE;
    for (int i = 0; i < POOL; i++)
        if (str_eq(s->pool[i]->person, person)) return s->pool[i];
    DbRows *r = db_query(s->town.db, a,
                         "SELECT role, place, starts_at, ends_at FROM role WHERE community = $1 AND person = $2"
                         " ORDER BY role, place",
                         "ss", "ssll", ARGS(TXT(s->town.community), TXT(person)), &f);
    Actor *actor = arena_new_of(a, Actor);
    RoleAt *roles = arena_array(a, RoleAt, r->rows + 1);
    for (int i = 0; i < r->rows; i++)
        roles[i] = (RoleAt){ role_by_name(db_text(r, i, 0)), db_text(r, i, 1), db_int(r, i, 2), db_int(r, i, 3) };
    *actor =
        (Actor){ .person = person, .community = s->town.community, .roles = roles, .n_roles = r->rows, .strong = true };
    return actor;
}

static const Actor *with_units(Sim *s, const Actor *actor)
{
    Actor *now = arena_new_of(s->town.arena, Actor);
    *now = *actor;
    if (actor->person.n == 0 || actor->by != NULL) return actor;
    Fail f = actor_load_units(s->town.db, s->town.arena, s->town.community, now);
    return f.err == OK ? now : actor;
}

/* Mostly somebody who is it to the matter, or whose work it is; now and then anybody. */
static const Actor *somebody_for(Sim *s, const Action *x, Str matter)
{
    if ((x->who & SELF) && pick(3) > 0) return actor_of(s, matter);
    if (x->who != 0 && matter.n > 0 && pick(3) > 0) {
        const char *sql = arena_fmt(s->town.arena, "SELECT p.person FROM relation r LEFT JOIN membership b"
                                    " ON b.community = r.community AND b.body = r.person JOIN person p"
                                    " ON p.community = r.community AND p.person = COALESCE(b.person, r.person)"
                                    " WHERE r.community = $1 AND r.matter = $2 AND (r.relations & %u) <> 0"
                                    " ORDER BY p.person", x->who).p;
        Str person = sim_one_of(s, sql, matter);
        if (person.n > 0) return actor_of(s, person);
    }
    if (((x->may & ANYONE) || (x->who & REPORTER)) && pick(4) == 0) {
        Actor *nobody = arena_new_of(s->town.arena, Actor);
        if (pick(2)) *nobody = *s->pool[pick(POOL)];
        nobody->receipt = matter; /* holds the receipt code */
        return nobody;
    }
    const Actor *actor = s->pool[pick(POOL)];
    for (int i = 0; i < 6 && !(actor->roles[0].roles & x->may); i++)
        actor = s->pool[pick(POOL)];
    return actor;
}

/* Now and then somebody acts for whom it was going to be. */
static const Actor *acting(Sim *s, const Action *x, const Actor *actor)
{
    if (!x->for_another || actor->person.n == 0 || pick(2) == 0) return actor;
    Str by = sim_one_of(s, "SELECT person FROM acting WHERE community = $1 AND for_person = $2 ORDER BY person",
                        actor->person);
    if (by.n == 0) return actor;
    Fail f = acting_check(s->town.db, s->town.arena, s->town.community, by, actor->person, town_clock);
    if (f.err != OK) return actor;
    return actor_acting(s->town.arena, with_units(s, actor_of(s, by)), actor->person);
}

/* ---- what ---- */

static void fill_row(Sim *s, Command *c, CommandRow *row)
{
    const Action *x = c->action;
    bool creates = (x->from & NEW) != 0;
    s->matter = creates ? S("") : sim_target(s, c->module, x);
    row->matter = s->id = s->matter.n > 0 ? s->matter : id_new(s->town.arena, town_clock);
    row->input = sim_input(s, c->module, x);
    row->version = x->mode == STRICT && !creates ? version_of(s, row->matter) - (pick(25) == 0) : -1;
}

static bool ends(const Module *m, const Action *x)
{
    if (x->erases) return true;
    for (int i = 0; m->states[i].name != NULL; i++)
        if ((x->to & ST(i)) && (m->states[i].open || i == 0)) return false;
    return (x->to & SAME) == 0 && !(x->from & NEW);
}

static Command *make_command(Sim *s, const Module *m, const Action *x)
{
    Arena *a = s->town.arena;
    Command *c = arena_new_of(a, Command);
    *c = (Command){ .arena = a, .community = s->town.community, .module = m, .action = x,
                    .client_id = id_new(a, town_clock), .many = x->many && pick(3) == 0 };
    c->n_rows = c->many ? 1 + (int)pick(ROWS_MAX) : 1;
    c->rows = arena_array(a, CommandRow, c->n_rows);
    for (int i = 0; i < c->n_rows; i++)
        fill_row(s, c, &c->rows[i]);
    c->actor = with_units(s, acting(s, x, somebody_for(s, x, x->from & NEW ? S("") : c->rows[0].matter)));
    c->body_hash = hash_hex(a, hash_one(json_print(a, c->rows[0].input)));
    if (pick(10) == 0) c->claimed_at = town_clock - pick(70) * DAY_MS;
    return c;
}

/* ---- doing ---- */

static void keep_command(Sim *s, const Command *c)
{
    Kept *k = &kept[pick(KEPT)];
    if (k->arena == NULL) k->arena = arena_new();
    arena_reset(k->arena);
    *k = (Kept){ .arena = k->arena, .module = c->module, .action = c->action, .n_rows = c->n_rows, .many = c->many,
                 .claimed_at = c->claimed_at };
    k->actor = (Actor){ .person = keep(k->arena, c->actor->person), .community = s->town.community, .strong = true,
                        .receipt = keep(k->arena, c->actor->receipt) };
    k->client_id = keep(k->arena, c->client_id);
    k->body_hash = keep(k->arena, c->body_hash);
    k->reply = arena_str(k->arena, json_print(c->arena, c->reply));
    for (int i = 0; i < c->n_rows; i++) {
        k->rows[i] = arena_str(k->arena, json_print(c->arena, c->rows[i].input));
        k->matters[i] = arena_str(k->arena, c->rows[i].matter);
        k->versions[i] = c->rows[i].version;
    }
}

/* The same again, by somebody whose roles may be gone by now: the same answer, and nothing changes. */
static bool replay_one(Sim *s)
{
    const Kept *k = &kept[pick(KEPT)];
    Arena *a = s->town.arena;
    Fail f = FAIL_NONE;
    if (k->client_id.n == 0) return true;
    CommandRow rows[ROWS_MAX];
    for (int i = 0; i < k->n_rows; i++)
        rows[i] =
            (CommandRow){ .matter = k->matters[i], .version = k->versions[i], .input = json_read(a, k->rows[i], &f) };
    Command again = { .arena = a,
                      .community = s->town.community,
                      .module = k->module,
                      .action = k->action,
                      .actor = &k->actor,
                      .client_id = k->client_id,
                      .body_hash = k->body_hash,
                      .rows = rows,
                      .n_rows = k->n_rows,
                      .many = k->many };
    Command *c = &again;
    int64_t before = head_seq(s);
    runner_run(s->town.runner, &c, 1);
    s->replayed++;
    if (c->fail.err == OK && c->repeated && head_seq(s) == before && str_eq(json_print(a, c->reply), k->reply))
        return true;
    printf("a replayed %s: %s %s, head %lld -> %lld\n", k->action->name, c->fail.code != NULL ? c->fail.code : "done",
           c->fail.field, (long long)before, (long long)head_seq(s));
    return false;
}

static bool flush(Sim *s)
{
    bool fine = true;
    runner_run(s->town.runner, s->batch, s->n_batch);
    for (int i = 0; i < s->n_batch; i++) {
        const Command *c = s->batch[i];
        if (c->fail.err == OK) {
            for (int k = 0; k < c->n_events; k++)
                if (map_get(s->reached, c->events[k].type) == NULL)
                    map_put(s->reached, arena_str(s->base, c->events[k].type), s);
            if (pick(8) == 0) keep_command(s, c);
            continue;
        }
        s->refused++;
        if (getenv("LINLI_SIM_TALK") != NULL)
            printf("%s.%s %s %s\n", c->module->name, c->action->name, c->fail.code, c->fail.field);
        if (c->fail.err != ERR_INTERNAL && strcmp(c->fail.code, "unique") != 0) continue;
        printf("%s.%s failed inside: %s %s\n", c->module->name, c->action->name, c->fail.code,
               c->fail.log ? c->fail.log : "");
        for (int k = 0; k < c->n_rows; k++)
            printf("  row %d: %s %s\n", k, c->rows[k].matter.p, json_print(c->arena, c->rows[k].input).p);
        fine = false; /* a refusal comes from a rule, never from the store */
    }
    s->n_batch = 0;
    if (pick(20) == 0) fine &= replay_one(s);
    if (pick(40) == 0) {
        runner_forget(s->town.runner);
        s->forgotten++;
    }
    arena_reset(s->town.arena);
    return fine;
}

/* Is there no other open matter of this kind? Whoever asks for one would find none for the rest of the seed. */
static bool last_of_its_kind(Sim *s, const Module *m)
{
    Buf sql = buf_new(s->town.arena, 256);
    buf_c(&sql, "SELECT id FROM matter WHERE community = $1 AND kind = $2 AND state IN (''");
    for (int i = 0; m->states[i].name != NULL; i++)
        if (m->states[i].open || i == 0) buf_fmt(&sql, ", '%s'", m->states[i].name);
    buf_c(&sql, ") ORDER BY id LIMIT 1 OFFSET 1");
    return sim_one_of(s, buf_str(&sql).p, str_c(m->name)).n == 0;
}

/* What lives for ever: the pool, and the categories that everything is about. */
static bool kept_out(Sim *s, const Module *m, const Action *x, Str matter)
{
    if (strcmp(m->name, "category") == 0 && ends(m, x))
        return sim_one_of(s, "SELECT code FROM category WHERE community = $1 AND id = $2 AND code LIKE 'kind%'", matter)
                   .n == 0;
    if (ends(m, x) && last_of_its_kind(s, m)) return true;
    bool loses = ends(m, x) || strcmp(x->name, "revoke") == 0;
    return strcmp(m->name, "person") == 0 && !(x->from & NEW) && loses && sim_in_pool(s, matter);
}

/* Now and then, later on more often, one that has not been reached yet. */
static bool unreached(Sim *s, const Module **m, const Action **x)
{
    const World *w = s->town.world;
    int first = (int)pick(w->n_modules);
    for (int i = 0; i < w->n_modules; i++) {
        *m = w->modules[(first + i) % w->n_modules];
        for (*x = (*m)->actions; *x != NULL && (*x)->name != NULL; (*x)++) {
            Str type = action_type(s->town.arena, *m, *x);
            if (map_get(s->reached, type) == NULL && !excused(type)) return true;
        }
    }
    return false;
}

static const Module *pick_module(Sim *s)
{
    int n = 0;
    for (int i = 0; i < s->town.world->n_modules; i++)
        for (const Action *x = s->town.world->modules[i]->actions; x != NULL && x->name != NULL; x++)
            n++;
    n = (int)pick(n); /* a module comes as often as it has actions */
    for (int i = 0; i < s->town.world->n_modules; i++)
        for (const Action *x = s->town.world->modules[i]->actions; x != NULL && x->name != NULL; x++)
            if (n-- == 0) return s->town.world->modules[i];
    return NULL;
}

/* What wants another action just before it, rarer than its kind's others. */
static const struct {
    const char *action, *before;
} wants[] = {
    { "report.sign_off", "report.sign_in" },
    { "household.add", "building.add" },
    { "visit.lapse", "household.retire" },
};

static const Action *maker(const Module *m)
{
    for (const Action *x = m->actions; x->name != NULL; x++)
        if ((x->from & NEW) && x->route != NULL) return x;
    return NULL;
}

/* Also another of its kind, where there is none to do it to, or only one left to end. */
static const Action *what_it_wants(Sim *s, const Module **m, const Action *x)
{
    Str type = action_type(s->town.arena, *m, x);
    if (pick(2)) return x;
    for (int i = 0; i < COUNT(wants); i++)
        if (str_is(type, wants[i].action)) return world_action(s->town.world, str_c(wants[i].before), m);
    if ((x->from & NEW) || x->route == NULL || maker(*m) == NULL) return x;
    bool none = sim_target(s, *m, x).n == 0 || (ends(*m, x) && last_of_its_kind(s, *m));
    return none ? maker(*m) : x;
}

static bool step(Sim *s)
{
    const Module *m = NULL;
    const Action *x = NULL;
    bool wanted = pick(2 * s->tried > s->actions ? 2 : 6) == 0 && unreached(s, &m, &x);
    if (wanted) x = what_it_wants(s, &m, x);
    if (!wanted || pick(4) == 0) { /* one that was not reached often wants others of its kind before it */
        if (!wanted) m = pick_module(s);
        int n = 0;
        while (m->actions[n].name != NULL)
            n++;
        x = &m->actions[pick(n)];
    }
    town_clock += pick(30) * MINUTE_MS;
    s->tried++;
    if (x->route == NULL) { /* the system's own happen by clocks and reactions */
        bool fine = flush(s);
        runner_fire(s->town.runner, town_clock, 20);
        return fine;
    }
    if (ends(m, x) && pick(4) > 0) return true; /* or few matters would live to see their middle */
    if ((x->from & NEW) && m->numbered == false && pick(2) == 0) return true;
    Command *c = make_command(s, m, x);
    if (!kept_out(s, m, x, c->rows[0].matter)) s->batch[s->n_batch++] = c;
    return s->n_batch == BATCH_MAX || pick(4) == 0 ? flush(s) : true;
}

/* ---- a seed ---- */

static bool reached_all(Sim *s, int seed)
{
    bool fine = true;
    Fail f = FAIL_NONE;
    for (int i = 0; i < s->town.world->n_modules; i++) {
        const Module *m = s->town.world->modules[i];
        for (const Action *x = m->actions; x != NULL && x->name != NULL; x++) {
            Str type = action_type(s->town.arena, m, x);
            DbRows *r =
                db_query(s->town.db, s->town.arena, "SELECT count(*) FROM timeline WHERE community = $1 AND type = $2",
                         "ss", "l", ARGS(TXT(s->town.community), TXT(type)), &f);
            if (f.err == OK && db_int(r, 0, 0) > 0) continue;
            if (excused(type)) continue;
            printf("seed %d never reached %.*s\n", seed, STR_ARG(type));
            fine = false;
        }
    }
    return fine;
}

static bool people_move_in(Sim *s)
{
    static const Roles roles[POOL] = { DISPATCHER, DISPATCHER, OFFICER, OFFICER,  OFFICER,  OFFICER, CLERK,
                                       CLERK,      OVERSEER,   ADMIN,   ADMIN, RESIDENT, RESIDENT, VOLUNTEER,
                                       MEDIATOR,   MEDIATOR };
    for (int i = 0; i < POOL; i++) {
        s->pool[i] = town_person(&s->town, arena_fmt(s->town.arena, "person %d", i).p, roles[i], s->town.community);
        if (s->pool[i] == NULL) return false;
    }
    return true;
}

static void say_fault(void *self, Str line)
{
    (void)self;
    printf("%.*s\n", STR_ARG(line));
}

/* Whatever the random town did, every figure is what the log says. */
static bool figures_agree(Sim *s, int seed)
{
    FiguresVerdict v;
    FiguresCheck c = {
        .world = s->town.world, .db = s->town.db, .seals = s->town.seals, .now = town_clock, .fault = say_fault
    };
    Fail f = figures_check(&c, s->base, &v);
    if (f.err == OK && v.faults == 0 && v.matters > 0 && v.figures > 0) return true;
    printf("seed %d figures: %s, %d faults, %lld reports, %lld figures\n", seed, f.err == OK ? "asked" : f.code,
           v.faults, (long long)v.matters, (long long)v.figures);
    return false;
}

static bool run_seed(const char *engine, int seed, int actions)
{
    static Sim sim;
    Sim *s = &sim;
    *s = (Sim){ 0 };
    for (int i = 0; i < KEPT; i++)
        kept[i] = (Kept){ .arena = kept[i].arena };
    if (!town_open(&s->town, engine, (uint64_t)seed) || !town_furnish(&s->town, 6) || !people_move_in(s)) return false;
    s->base = s->town.arena;
    s->town.arena = arena_new();
    s->reached = map_new(s->base, 256);
    s->actions = actions;
    bool fine = true;
    for (int i = 0; i < actions && fine; i++)
        fine = step(s);
    fine = flush(s) && fine;
    fine = reached_all(s, seed) && fine;
    arena_free(s->town.arena);
    s->town.arena = s->base;
    if (sim_one_of(s, "SELECT by_person FROM acted WHERE community = $1 AND $2 = $2 LIMIT 1", S("")).n == 0)
        fine = printf("seed %d: nobody acted for anybody\n", seed) < 0;
    if (s->replayed == 0 || s->forgotten == 0) fine = printf("seed %d replayed or forgot nothing\n", seed) < 0;
    Hash digest;
    int64_t events = 0;
    bool sound = town_sound(&s->town, &digest, &events) && figures_agree(s, seed);
    if (sound)
        printf("seed %d events %lld refused %lld replayed %lld digest %s\n", seed, (long long)events,
               (long long)s->refused, (long long)s->replayed, hash_hex(s->base, digest).p);
    town_close(&s->town);
    return fine && sound;
}

int main(int argc, char **argv)
{
    if (argc != 4 && argc != 5) return fprintf(stderr, "sim ENGINE SEEDS ACTIONS [FIRST]\n"), 2;
    int seeds = (int)strtol(argv[2], NULL, 10), actions = (int)strtol(argv[3], NULL, 10), passed = 0, failed = 0;
    int first = argc == 5 ? (int)strtol(argv[4], NULL, 10) : 1;
    for (int i = first; i < first + seeds; i++)
        run_seed(argv[1], i, actions) ? passed++ : failed++;
    printf("passed=%d failed=%d\n", passed, failed);
    return failed > 0 || passed == 0;
}
