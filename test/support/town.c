#include "town.h"

#include "app/world.h"
#include "base/log.h"
#include "core/internal.h"
#include "core/person/person.h"
#include "core/access/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int64_t town_clock = INT64_C(1782997200000); /* 2026-07-02 21:00 in Lhasa */
static uint64_t state;

uint64_t town_random(void)
{
    uint64_t z = (state += UINT64_C(0x9e3779b97f4a7c15)); /* splitmix64, public domain algorithm by S. Vigna */
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static int64_t clock_now(void *self)
{
    (void)self;
    return town_clock;
}

static void clock_random(void *self, void *out, size_t n)
{
    unsigned char *p = out;
    (void)self;
    for (size_t i = 0; i < n; i++)
        p[i] = (unsigned char)town_random();
}

static bool wipe_postgres(Town *t)
{
    Fail f = FAIL_NONE;
    Db *db = db_open_bare(&t->config, &f);
    if (db == NULL) return false;
    f = db_exec(db, "DROP SCHEMA IF EXISTS linli CASCADE");
    if (f.err == OK) f = db_exec(db, "DROP SCHEMA IF EXISTS linli_shadow CASCADE");
    db_close(db);
    return f.err == OK;
}

static bool open_store(Town *t, const char *engine)
{
    if (strcmp(engine, "postgres") == 0) {
        t->config.url = getenv("LINLI_TEST_PG");
        if (t->config.url == NULL) return printf("skipped: LINLI_TEST_PG is not set\n"), false;
        return wipe_postgres(t);
    }
    /* In memory where the system has such a folder: what survives a power cut is for other tests. */
    snprintf(t->dir, sizeof t->dir, "%s/linli-town.XXXXXX", access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    if (mkdtemp(t->dir) == NULL) return false;
    t->config.dir = t->dir;
    return true;
}

bool town_open(Town *t, const char *engine, uint64_t seed)
{
    Fail f = FAIL_NONE;
    Str report = S("");
    *t = (Town){ .arena = arena_new(), .community = S("540102001001") };
    state = seed;
    town_clock = INT64_C(1782997200000);
    seam_set((Seam){ .now_ms = clock_now, .random = clock_random });
    log_level_set(LOG_WARN);
    if (!open_store(t, engine)) return false;
    t->seals = seals_for_test(t->arena);
    static World *world; /* one per process: its statements are registered for good */
    if (world == NULL) world = world_new(arena_new(), world_modules, world_reactions, &report);
    t->world = world;
    if (report.n > 0) return printf("the table is wrong:\n%s", report.p), false;
    Db *bare = db_open_bare(&t->config, &f);
    if (bare != NULL) f = schema_migrate(bare, t->world->parts, t->world->n_parts);
    if (bare != NULL) db_close(bare);
    if (f.err == OK) t->db = db_open(&t->config, DB_WRITER, &f);
    if (f.err != OK) return printf("store: %s\n", f.log != NULL ? f.log : "?"), false;
    t->runner = runner_new(t->arena, t->world, t->db, t->seals, (RunnerHooks){ 0 });
    return true;
}

void town_close(Town *t)
{
    if (t->runner != NULL) runner_forget(t->runner);
    if (t->db != NULL) db_close(t->db);
    static const char *const files[] = { "linli.db", "linli.db-wal", "linli.db-shm" };
    for (int i = 0; t->dir[0] != 0 && i < COUNT(files); i++)
        unlink(arena_fmt(t->arena, "%s/%s", t->dir, files[i]).p);
    if (t->dir[0] != 0) rmdir(t->dir);
    arena_free(t->arena);
}

Command *town_command(Town *t, const Actor *actor, const char *type, Str matter, int64_t version, const char *input)
{
    Arena *a = t->arena;
    Command *c = arena_new_of(a, Command);
    Fail f = FAIL_NONE;
    Actor *now = arena_new_of(a, Actor); /* as a session would load it */
    *now = *actor;
    if (actor->person.n > 0) f = actor_load_units(t->db, a, t->community, now);
    assert(f.err == OK);
    *c = (Command){ .arena = a, .community = t->community, .actor = now };
    c->action = world_action(t->world, str_c(type), &c->module);
    assert(c->action != NULL && "no such action");
    c->rows = arena_new_of(a, CommandRow);
    c->n_rows = 1;
    json_t *in = json_read(a, str_c(input), &f);
    assert(in != NULL && "the test's own JSON is wrong");
    c->rows[0] =
        (CommandRow){ .matter = matter.n > 0 ? matter : id_new(a, town_clock), .version = version, .input = in };
    c->client_id = id_new(a, town_clock);
    c->body_hash = hash_hex(a, hash_one(str_c(input)));
    return c;
}

Command *town_do(Town *t, const Actor *actor, const char *type, Str matter, int64_t version, const char *input)
{
    Command *c = town_command(t, actor, type, matter, version, input);
    runner_run(t->runner, &c, 1);
    return c;
}

Str town_file(Town *t, Str matter, const char *type)
{
    Arena *a = t->arena;
    Str id = id_new(a, town_clock), hash = hash_hex(a, hash_one(id));
    Str sql = arena_fmt(
        a,
        "INSERT INTO upload (community, id, matter, owner, size, sha256, state, file, at) VALUES ('%.*s', '%.*s',"
        " '%.*s', '', 10, '%.*s', 'finished', '{\"id\":\"%.*s\",\"hash\":\"%.*s\",\"thumb\":\"%.*s\","
        "\"type\":\"%s\",\"width\":40,\"height\":30,\"bytes\":10}', %lld)",
        STR_ARG(t->community), STR_ARG(id), STR_ARG(matter), STR_ARG(hash), STR_ARG(id), STR_ARG(hash), STR_ARG(hash),
        type, (long long)town_clock);
    Fail f = db_exec(t->db, sql.p);
    assert(f.err == OK && "the upload's row can be written");
    (void)f;
    return id;
}

Str town_photo(Town *t, Str matter)
{
    return town_file(t, matter, "image/jpeg");
}

Actor *town_person(Town *t, const char *name, Roles role, Str place)
{
    Command *commands[PERSON_BOOTSTRAP_COMMANDS];
    int bit = __builtin_ctz(role);
    PersonFirst who = { .name = str_c(name), .phone = S(""), .role = str_c(role_name(bit)), .place = place };
    person_bootstrap(t->arena, t->world, t->community, &who, town_clock, commands);
    for (int i = 0; i < PERSON_BOOTSTRAP_COMMANDS; i++) {
        runner_run(t->runner, &commands[i], 1);
        if (commands[i]->fail.err != OK) {
            printf("person %s: %s %s\n", name, commands[i]->fail.code, commands[i]->fail.field);
            return NULL;
        }
    }
    RoleAt *at = arena_new_of(t->arena, RoleAt);
    *at = (RoleAt){ .roles = role, .place = place };
    Actor *actor = arena_new_of(t->arena, Actor);
    *actor = (Actor){ .person = commands[0]->rows[0].matter, .community = t->community, .roles = at, .n_roles = 1,
                      .strong = true };
    return actor;
}

static bool did(const Command *c, const char *what)
{
    if (c->fail.err == OK) return true;
    printf("%s: %s %s\n", what, c->fail.code, c->fail.field);
    return false;
}

bool town_furnish(Town *t, int grids)
{
    static const char *const codes[] = { "flood", "leak", "light", "road", "quarrel", "rubbish", "help", "other" };
    static const RoleAt everywhere = { ADMIN | CLERK | DISPATCHER, { "5401", 4 }, 0, 0 };
    static const Actor admin = { .person = { "00000000-0000-7000-8000-000000000001", 36 },
                                 .community = { "540102001001", 12 },
                                 .roles = &everywhere,
                                 .n_roles = 1,
                                 .strong = true };
    bool fine = true;
    for (int i = 0; i < COUNT(codes); i++)
        fine &= did(
            town_do(t, &admin, "category.add", S(""), -1,
                    arena_fmt(
                        t->arena,
                        "{\"code\":\"%s\",\"icon\":\"%s\",\"name\":{\"zh\":\"%s\",\"bo\":\"%s\",\"en\":\"%s\"},"
                        "\"limit\":%d,\"unit\":\"%s\",\"default_role\":\"officer\",\"coarsen_m\":100,\"position\":%d}",
                        codes[i], codes[i], codes[i], codes[i], codes[i], i % 3 + 1, i % 2 ? "working_days" : "hours",
                        i)
                        .p),
            "category");
    for (int i = 0; i < grids; i++) {
        double west = 91.10 + 0.004 * i;
        fine &= did(town_do(t, &admin, "grid.draw", S(""), -1,
                            arena_fmt(t->arena,
                                      "{\"code\":\"540102001001-%02d\",\"name\":\"%d\",\"geometry\":{\"type\":"
                                      "\"Polygon\",\"coordinates\":"
                                      "[[[%.4f,29.64],[%.4f,29.64],[%.4f,29.65],[%.4f,29.65],[%.4f,29.64]]]}}",
                                      i + 1, i + 1, west, west + 0.004, west + 0.004, west, west)
                                .p),
                    "grid");
    }
    return fine;
}

bool town_sound(Town *t, Hash *digest, int64_t *events)
{
    Verdict v;
    Rebuilt r;
    Fail f = log_verify(t->arena, t->world, t->db, S(""), &v);
    if (f.err != OK || v.faults > 0) return printf("verify: %s\n%s", f.code ? f.code : "", v.report.p), false;
    f = log_rebuild(t->arena, t->world, t->seals, &t->config, false, &r);
    if (f.err != OK) return printf("rebuild: %s %s\n", f.code, f.log ? f.log : ""), false;
    if (r.events == 0 || r.events != v.events)
        return printf("rebuild saw %lld events, verify %lld\n", (long long)r.events, (long long)v.events), false;
    if (!hash_eq(r.live, r.again)) return printf("rebuild gives another digest\n"), false;
    *digest = r.live;
    *events = r.events;
    return true;
}
