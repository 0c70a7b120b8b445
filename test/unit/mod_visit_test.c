/* What is written at a door, on a whole world and both engines: who reads it and what is kept of a look, a correction
 * beside its original, visits that arrive late, the nearest door first. */
#include "store_engine.h"

#include "../support/town.h"

#include "core/query.h"
#include "mod/visit/visit.h"

extern const Module module_visit;

typedef struct Run {
    Town town;
    KeyCache *keys;
    Actor *clerk, *officer, *other, *desk, *lives_there, *neighbour;
    Str building, home, id;
    int64_t version;
    Str lon, lat; /* of the next list */
} Run;

static const char *engine = "sqlite";

static Str made(Run *r, const Actor *who, const char *type, Str id, const char *input)
{
    town_clock += MINUTE_MS;
    const Command *c = town_do(&r->town, who, type, id, -1, input);
    if (c->fail.err != OK) print_error("%s: %s at \"%s\"\n", type, c->fail.code, c->fail.field);
    assert_int_equal(c->fail.err, OK);
    return json_text(c->reply, "id");
}

static const Command *act(Run *r, const Actor *who, const char *type, const char *input)
{
    town_clock += MINUTE_MS;
    const Command *c = town_do(&r->town, who, type, r->id, r->version, input);
    if (c->fail.err == OK) r->version = json_int(c->reply, "version");
    return c;
}

static void held(const Command *c, int line)
{
    if (c->fail.err == OK) return;
    print_error("%s: %s at \"%s\"\n", c->action->name, c->fail.code, c->fail.field);
    _fail(__FILE__, line);
}
#define done(c) held((c), __LINE__)

static void refused(const Command *c, const char *code, const char *field)
{
    assert_int_not_equal(c->fail.err, OK);
    assert_string_equal(c->fail.code, code);
    assert_string_equal(c->fail.field, field);
}

static Str add_building(Run *r, const char *name, double lon, double lat)
{
    return made(r, r->clerk, "building.add", S(""),
                arena_fmt(r->town.arena, "{\"name\":\"%s\",\"point\":{\"lon\":%.5f,\"lat\":%.5f}}", name, lon, lat).p);
}

static int open_run(void **state)
{
    static Run run;
    Run *r = &run;
    *r = (Run){ 0 };
    Town *t = &r->town;
    if (!town_open(t, engine, 43) || !town_furnish(t, 2)) return -1;
    Str grid = arena_fmt(t->arena, "%.*s-01", STR_ARG(t->community)),
        next = arena_fmt(t->arena, "%.*s-02", STR_ARG(t->community));
    r->keys = key_cache_new(t->arena, t->seals, 64);
    r->clerk = town_person(t, "文清", CLERK, t->community);
    r->officer = town_person(t, "五号", OFFICER, grid);
    r->other = town_person(t, "别", OFFICER, next);
    r->desk = town_person(t, "值", DISPATCHER, t->community);
    r->lives_there = town_person(t, "卓嘎", RESIDENT, t->community);
    r->neighbour = town_person(t, "平", RESIDENT, t->community);
    r->building = add_building(r, "6栋", 91.101, 29.642);
    r->home = made(r, r->officer, "household.add", S(""),
                   arena_fmt(t->arena, "{\"building\":\"%.*s\",\"door\":\"301\"}", STR_ARG(r->building)).p);
    made(r, r->lives_there, "household.join", r->home, "{}");
    made(r, r->officer, "household.admit", r->home,
         arena_fmt(t->arena, "{\"person\":\"%.*s\"}", STR_ARG(r->lives_there->person)).p);
    r->id = made(r, r->officer, "visit.plan", S(""),
                 arena_fmt(t->arena, "{\"purpose\":\"preventive\",\"household\":\"%.*s\",\"near\":\"从后门进\"}",
                           STR_ARG(r->home)).p);
    r->version = 1;
    *state = r;
    return 0;
}

static int close_run(void **state)
{
    Run *r = *state;
    Hash digest;
    int64_t events = 0;
    bool sound = town_sound(&r->town, &digest, &events);
    town_close(&r->town);
    return sound && events > 10 ? 0 : -1;
}

static bool param(void *self, const char *name, Str *value)
{
    const Run *r = self;
    bool lon = strcmp(name, "lon") == 0, lat = strcmp(name, "lat") == 0;
    *value = lon ? r->lon : lat ? r->lat : S("");
    return value->n > 0;
}

static Reading reading_of(Run *r, const char *query, const Actor *who)
{
    const Query *q = module_visit.queries;
    while (strcmp(q->name, query) != 0)
        q++;
    return (Reading){ .arena = r->town.arena, .world = r->town.world, .db = r->town.db, .seals = r->town.seals,
                      .keys = r->keys, .module = &module_visit, .query = q, .actor = who,
                      .community = r->town.community, .args = { r->id }, .n_args = q->view ? 1 : 0,
                      .now = town_clock, .self = r, .param = param };
}

/* As GET /visits/{id} answers; "" when it is refused. *opened: about whose words a line is kept. */
static Str seen_by(Run *r, const Actor *who, Str *opened)
{
    Str json = S("");
    Reading reading = reading_of(r, "view", who);
    Fail f = view_answer(&reading, &json);
    *opened = reading.opened_of;
    return f.err == OK ? json : S("");
}

static bool shows(Run *r, const Actor *who, const char *text)
{
    Str opened;
    return str_find(seen_by(r, who, &opened), str_c(text)) >= 0;
}

static void who_lives_there_reads_it(void **state)
{
    Run *r = *state;
    Str opened;
    done(act(r, r->officer, "visit.met",
             "{\"text\":\"墙没有损坏\",\"left\":\"card\",\"promise\":\"周五带人来看\",\"promise_by\":4000000000000}"));
    static const char *const written[] = { "墙没有损坏", "周五带人来看", "从后门进", "6栋 301" };
    for (int i = 0; i < COUNT(written); i++) {
        assert_true(shows(r, r->officer, written[i]));
        assert_true(shows(r, r->lives_there, written[i]));
        assert_true(shows(r, r->desk, written[i]));
        assert_false(shows(r, r->neighbour, written[i]));
        assert_false(shows(r, r->other, written[i]));
    }
    assert_int_equal(seen_by(r, r->neighbour, &opened).n, 0);
    assert_int_equal(seen_by(r, r->other, &opened).n, 0);
    /* a look by who has nothing to do there is kept, for the household to read */
    assert_true(seen_by(r, r->desk, &opened).n > 0 && str_eq(opened, r->id));
    assert_true(seen_by(r, r->officer, &opened).n > 0 && opened.n == 0);
    assert_true(seen_by(r, r->lives_there, &opened).n > 0 && opened.n == 0);
}

static void a_correction_stands_beside(void **state)
{
    Run *r = *state;
    done(act(r, r->officer, "visit.met", "{\"text\":\"夜里没有噪音\"}"));
    done(act(r, r->lives_there, "visit.correct", "{\"entry\":1,\"text\":\"夜里有过一次\"}"));
    refused(act(r, r->lives_there, "visit.correct", "{\"entry\":2,\"text\":\"没有这一条\"}"), "not_one_of", "entry");
    refused(act(r, r->neighbour, "visit.correct", "{\"entry\":1,\"text\":\"不是我家\"}"), "forbidden", "");
    assert_true(shows(r, r->officer, "夜里没有噪音") && shows(r, r->officer, "夜里有过一次"));
    assert_true(shows(r, r->lives_there, "夜里没有噪音") && shows(r, r->lives_there, "夜里有过一次"));
}

static int64_t number(Run *r, const char *sql)
{
    Fail f = FAIL_NONE;
    DbRows *rows = db_query(r->town.db, r->town.arena, sql, "ss", "l", ARGS(TXT(r->town.community), TXT(r->id)), &f);
    assert_int_equal(rows->rows, 1);
    return db_int(rows, 0, 0);
}

/* Two visits arrive in the wrong order: the later one stays the last. A clock that is ahead counts as now. */
static void late_arrivals_find_their_place(void **state)
{
    Run *r = *state;
    Arena *a = r->town.arena;
    int64_t day = DAY_MS, now = town_clock;
    const char *at = "SELECT last_at FROM visit WHERE community = $1 AND id = $2";
    done(act(r, r->officer, "visit.met",
             arena_fmt(a, "{\"text\":\"后来\",\"at\":%lld,\"next_at\":%lld}", (long long)(now - day),
                       (long long)(now + 9 * day)).p));
    done(act(r, r->officer, "visit.nobody", arena_fmt(a, "{\"at\":%lld}", (long long)(now - 3 * day)).p));
    assert_int_equal(number(r, at), now - day);
    assert_int_equal(number(r, "SELECT done FROM visit WHERE community = $1 AND id = $2"), 1);
    done(act(r, r->officer, "visit.met", arena_fmt(a, "{\"at\":%lld}", (long long)(now + 3 * day)).p));
    assert_int_equal(number(r, at), town_clock);
    refused(act(r, r->officer, "visit.met", arena_fmt(a, "{\"at\":%lld}", (long long)(now - 61 * day)).p), "too_small",
            "at");
    /* what was kept meanwhile takes nothing from the second who says so */
    done(act(r, r->officer, "visit.met", "{\"promise\":\"再来\",\"promise_by\":4000000000000}"));
    done(act(r, r->officer, "visit.met", "{\"kept\":\"kept\"}"));
    done(act(r, r->officer, "visit.met", "{\"kept\":\"kept\"}"));
}

static void the_nearest_comes_first(void **state)
{
    Run *r = *state;
    Fail f = FAIL_NONE;
    Str json = S(""), far = add_building(r, "9栋", 91.1035, 29.6495);
    made(r, r->officer, "visit.plan", S(""),
         arena_fmt(r->town.arena, "{\"purpose\":\"safety\",\"building\":\"%.*s\"}", STR_ARG(far)).p);
    r->lon = S("91.1034");
    r->lat = S("29.6495");
    Reading near = reading_of(r, "near", r->officer);
    assert_int_equal(query_answer(&near, &json).err, OK);
    const json_t *rows = json_object_get(json_read(r->town.arena, json, &f), "rows");
    assert_int_equal(json_array_size(rows), 2);
    assert_true(str_is(json_text(json_array_get(rows, 0), "address"), "9栋"));
    assert_in_range(json_int(json_array_get(rows, 0), "distance_m"), 8, 11);
    assert_in_range(json_int(json_array_get(rows, 1), "distance_m"), 840, 900);
    r->lat = S("95");
    near = reading_of(r, "near", r->officer);
    assert_string_equal(query_answer(&near, &json).code, "coordinate_range");
    r->lat = S("29.6");
    near = reading_of(r, "near", r->other);
    assert_int_equal(query_answer(&near, &json).err, OK);
    assert_true(str_find(json, S("栋")) < 0);
}

int main(void)
{
#define IN_TOWN(f) cmocka_unit_test_setup_teardown(f, open_run, close_run)
    const struct CMUnitTest tests[] = {
        IN_TOWN(who_lives_there_reads_it),       IN_TOWN(a_correction_stands_beside),
        IN_TOWN(late_arrivals_find_their_place), IN_TOWN(the_nearest_comes_first),
    };
    return engine_both(&engine, "visit", tests, COUNT(tests), NULL, NULL);
}
