/* sim: seeded random actions by random people on random matters; then the log must give the same state again, and both
 * engines the same digest. Fails on an action of `report` that was never reached.
 *
 *     sim ENGINE SEEDS ACTIONS      prints "seed events digest" lines; test/suite/sim compares engines */
#include "../support/town.h"

#include <stdio.h>
#include <stdlib.h>

enum { PEOPLE = 12, MATTERS_MAX = 4000 };

typedef struct Sim {
    Town town;
    Actor *people[PEOPLE + 2];
    int n_people;
    Str matters[MATTERS_MAX];
    int n_matters;
    int64_t done[64], refused;
} Sim;

static const Module *report;

static int64_t pick(int64_t n)
{
    return (int64_t)(town_random() % (uint64_t)n);
}

static const char *make_input(Sim *s, const Action *x)
{
    static const char *const categories[] = { "flood", "leak", "light", "road", "quarrel", "rubbish", "help", "nothing" };
    static const char *const texts[] = { "桥洞积水", "路灯不亮，晚上看不见", "ཆུ་ཟགས་བཞིན་འདུག", "the lamp is out", "" };
    Arena *a = s->town.arena;
    Str to = s->people[pick(s->n_people)]->person;
    const char *category = categories[pick(COUNT(categories))];
    if (strcmp(x->name, "create") == 0)
        return arena_fmt(a, "{\"category\":\"%s\",\"text\":\"%s\",\"point\":{\"lon\":%.4f,\"lat\":%.4f}}", category,
                         texts[pick(COUNT(texts))], 91.09 + 0.0001 * (double)pick(500), 29.63 + 0.0001 * (double)pick(300)).p;
    if (strcmp(x->name, "create_for") == 0)
        return arena_fmt(a, "{\"channel\":\"phone\",\"category\":\"%s\",\"text\":\"楼道灯不亮\",\"phone\":\"0891-63%05d\"}",
                         category, (int)pick(100000)).p;
    if (strcmp(x->name, "import") == 0)
        return arena_fmt(a, "{\"category\":\"%s\",\"text\":\"台账上的老问题\",\"original_at\":%lld,\"status\":\"%s\"}", category,
                         (long long)(town_clock - pick(900) * DAY_MS), pick(2) ? "open" : "closed").p;
    if (strcmp(x->name, "register") == 0) return arena_fmt(a, "{\"category\":\"%s\",\"public_title\":\"%s\"}", category, category).p;
    if (strcmp(x->name, "dispatch") == 0) return arena_fmt(a, "{\"to\":\"%s\"}", to.p).p;
    if (strcmp(x->name, "reassign") == 0) return arena_fmt(a, "{\"to\":\"%s\",\"reason\":\"换人\"}", to.p).p;
    if (strcmp(x->name, "accept") == 0) return arena_fmt(a, "{\"promised_at\":%lld}", (long long)(town_clock + pick(5) * HOUR_MS)).p;
    if (strcmp(x->name, "finish") == 0) return "{\"text\":\"修好了\"}";
    if (strcmp(x->name, "rate") == 0) return pick(2) ? "{\"solved\":true,\"score\":4}" : "{\"solved\":false}";
    if (strcmp(x->name, "answer") == 0) return "{\"text\":\"由街道出面\"}";
    if (strcmp(x->name, "ask_extension") == 0)
        return arena_fmt(a, "{\"until\":%lld,\"reason\":\"等材料\"}", (long long)(town_clock + (pick(40) + 1) * DAY_MS)).p;
    for (const Field *f = x->fields; f->name != NULL; f++)
        if (strcmp(f->name, "reason") == 0) return "{\"reason\":\"说明原因\"}";
    return "{}";
}

static int action_index(const char *name)
{
    for (int i = 0; report->actions[i].name != NULL; i++)
        if (strcmp(report->actions[i].name, name) == 0) return i;
    return 63;
}

static void count(Sim *s, const Command *c)
{
    if (c->fail.err != OK) {
        s->refused++;
        if (getenv("LINLI_SIM_TALK") != NULL) printf("%s refused %s %s\n", c->action->name, c->fail.code, c->fail.field);
        return;
    }
    for (int i = 0; i < c->n_events; i++)
        if (str_starts(c->events[i].type, S("report."))) s->done[action_index(c->events[i].action->name)]++;
}

static int state_of(Sim *s, Str matter)
{
    Fail f = FAIL_NONE;
    DbRows *r = db_query(s->town.db, s->town.arena, "SELECT state FROM matter WHERE community = $1 AND id = $2", "ss", "s",
                         ARGS(TXT(s->town.community), TXT(matter)), &f);
    return f.err == OK && r->rows == 1 ? module_state(report, db_text(r, 0, 0)) : -1;
}

static int64_t version_of(Sim *s, Str matter)
{
    Fail f = FAIL_NONE;
    DbRows *r = db_query(s->town.db, s->town.arena, "SELECT version FROM matter WHERE community = $1 AND id = $2", "ss", "l",
                         ARGS(TXT(s->town.community), TXT(matter)), &f);
    return f.err == OK && r->rows == 1 ? db_int(r, 0, 0) : -1;
}

/* Somebody who is this to the matter, so that what only they may do is reached; NULL if there is none. */
static const Actor *related(Sim *s, Str matter, Relations is)
{
    Fail f = FAIL_NONE;
    DbRows *r = db_query(s->town.db, s->town.arena,
                         "SELECT person FROM relation WHERE community = $1 AND matter = $2 AND (relations & $3) <> 0", "ssl",
                         "s", ARGS(TXT(s->town.community), TXT(matter), NUM((int64_t)is)), &f);
    for (int i = 0; f.err == OK && r->rows > 0 && i < s->n_people; i++)
        if (str_eq(s->people[i]->person, db_text(r, 0, 0))) return s->people[i];
    return NULL;
}

static void step(Sim *s)
{
    static const Actor nobody = { .person = { "", 0 } };
    int n = 0;
    while (report->actions[n].name != NULL)
        n++;
    const Action *x = &report->actions[pick(n)];
    Str chosen = s->n_matters > 0 ? s->matters[s->n_matters - 1 - pick(s->n_matters < 12 ? s->n_matters : 12)] : S("");
    int state_now = chosen.n > 0 && pick(5) > 0 ? state_of(s, chosen) : -1; /* one in five is out of place */
    for (int i = 0; i < 12 && state_now >= 0 && !(x->from & (ST(state_now) | NEW)); i++)
        x = &report->actions[pick(n)];
    town_clock += pick(30) * MINUTE_MS;
    /* ends come last, or few matters would live to see their middle */
    bool ends = strcmp(x->name, "refuse") == 0 || strcmp(x->name, "withdraw") == 0 || strcmp(x->name, "erase") == 0;
    if (ends && pick(8) > 0) return;
    if (x->route == NULL) { /* the system's own happen by clocks and reactions */
        runner_fire(s->town.runner, town_clock, 20);
        return;
    }
    Actor holder = nobody;
    const Actor *actor = pick(8) == 0 ? &holder : s->people[pick(s->n_people)];
    for (int i = 0; i < 6 && x->who == 0 && actor != &holder && !(actor->roles[0].roles & x->may); i++)
        actor = s->people[pick(s->n_people)]; /* mostly somebody whose work it is */
    Str matter = S("");
    int64_t version = -1;
    if (!(x->from & NEW)) {
        if (s->n_matters == 0) return;
        matter = chosen;
        holder.receipt = matter;
        version = version_of(s, matter) - (pick(20) == 0);
        const Actor *whose = x->who != 0 && pick(4) > 0 ? related(s, matter, x->who) : NULL;
        if (whose != NULL) actor = whose;
    } else if (s->n_matters > 0 && pick(3) > 0) {
        return; /* fewer new ones, so that matters get old */
    }
    Actor *kept = arena_new_of(s->town.arena, Actor);
    *kept = *actor;
    Command *c = town_do(&s->town, kept, arena_fmt(s->town.arena, "report.%s", x->name).p, matter, version, make_input(s, x));
    count(s, c);
    if ((x->from & NEW) && c->fail.err == OK && s->n_matters < MATTERS_MAX)
        s->matters[s->n_matters++] = json_text(c->reply, "id");
}

static bool settle(Sim *s, const char *type) /* how often it stands in the log: clocks and reactions too */
{
    Fail f = FAIL_NONE;
    DbRows *r = db_query(s->town.db, s->town.arena, "SELECT count(*) FROM timeline WHERE community = $1 AND type = $2", "ss",
                         "l", ARGS(TXT(s->town.community), TXT(str_c(type))), &f);
    return f.err == OK && db_int(r, 0, 0) > 0;
}

static bool leave_one(Sim *s) /* an officer leaves; the open matters pass on */
{
    static const RoleAt everywhere = { ADMIN | DISPATCHER, { "540102001001", 12 }, 0, 0 };
    Actor *admin = arena_new_of(s->town.arena, Actor);
    *admin = *s->people[0];
    admin->roles = &everywhere;
    for (int i = 2; i < 6; i++) {
        Str who = s->people[i]->person;
        Command *c = town_do(&s->town, admin, "person.leave", who, version_of(s, who),
                             arena_fmt(s->town.arena, "{\"successor\":\"%s\"}", s->people[6]->person.p).p);
        if (c->fail.err != OK) return printf("leave: %s %s\n", c->fail.code, c->fail.field), false;
        count(s, c);
    }
    return true;
}

static bool run_seed(const char *engine, int seed, int actions)
{
    static const Roles roles[PEOPLE] = { DISPATCHER, DISPATCHER, OFFICER, OFFICER, OFFICER, OFFICER,
                                         OFFICER,    CLERK,      OVERSEER, ADMIN,  RESIDENT, RESIDENT };
    static Sim sim;
    Sim *s = &sim;
    *s = (Sim){ 0 };
    if (!town_open(&s->town, engine, (uint64_t)seed) || !town_furnish(&s->town, 6)) return false;
    report = world_module(s->town.world, S("report"));
    for (int i = 0; i < PEOPLE; i++) {
        s->people[s->n_people] = town_person(&s->town, arena_fmt(s->town.arena, "person %d", i).p, roles[i], s->town.community);
        if (s->people[s->n_people++] == NULL) return false;
    }
    for (int i = 0; i < actions; i++)
        step(s);
    bool fine = leave_one(s);
    for (const Action *x = report->actions; x->name != NULL; x++) {
        Str type = arena_fmt(s->town.arena, "report.%s", x->name);
        if (!settle(s, type.p)) {
            printf("seed %d never reached %s\n", seed, type.p);
            fine = false;
        }
    }
    Hash digest;
    int64_t events = 0;
    fine &= town_sound(&s->town, &digest, &events);
    if (fine) printf("seed %d events %lld refused %lld digest %s\n", seed, (long long)events, (long long)s->refused,
                     hash_hex(s->town.arena, digest).p);
    town_close(&s->town);
    return fine;
}

int main(int argc, char **argv)
{
    if (argc != 4) return fprintf(stderr, "sim ENGINE SEEDS ACTIONS\n"), 2;
    int seeds = (int)strtol(argv[2], NULL, 10), actions = (int)strtol(argv[3], NULL, 10), passed = 0, failed = 0;
    for (int i = 1; i <= seeds; i++)
        run_seed(argv[1], i, actions) ? passed++ : failed++;
    printf("passed=%d failed=%d\n", passed, failed);
    return failed > 0 || passed == 0;
}
