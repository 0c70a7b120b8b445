/* The modules of places on a whole world, on both engines; at the end of each, verify finds nothing
 * and rebuild gives the same digest. */
#include "store_engine.h"

#include "../support/town.h"

#include "core/file.h"
#include "core/query.h"

typedef struct Place {
    Town town;
    Actor *admin, *clerk, *officer, *resident, *other;
} Place;

static const char *engine = "sqlite";

static int open_town(void **state) {
    static Place place;
    Place *p = &place;
    *p = (Place){ 0 };
    if (!town_open(&p->town, engine, 7)) return -1;
    Town *t = &p->town;
    p->admin = town_person(t, "管", ADMIN, t->community);
    p->clerk = town_person(t, "文", CLERK, t->community);
    p->officer = town_person(t, "格", OFFICER, S("540102001001-01"));
    p->resident = town_person(t, "居", RESIDENT, t->community);
    p->other = town_person(t, "邻", RESIDENT, t->community);
    *state = p;
    return 0;
}

static int close_town(void **state) {
    Place *p = *state;
    Hash digest;
    int64_t events = 0;
    bool sound = town_sound(&p->town, &digest, &events);
    town_close(&p->town);
    return sound && events > 5 ? 0 : -1;
}

/* ---- doing ---- */

static Command *act(Place *p, const Actor *who, const char *type, Str matter, const char *input) {
    town_clock += MINUTE_MS;
    return town_do(&p->town, who, type, matter, -1, input);
}

static Str done_as(Place *p, const Actor *who, const char *type, Str matter, const char *input,
                   const char *file, int line) {
    Command *c = act(p, who, type, matter, input);
    if (c->fail.err != OK) {
        print_error("%s: %s at \"%s\" %s\n", type, c->fail.code, c->fail.field,
                    c->fail.log ? c->fail.log : "");
        _fail(file, line);
    }
    return c->rows[0].matter;
}
#define does(who, type, matter, input) done_as(p, who, type, matter, input, __FILE__, __LINE__)

static void refused_as(Command *c, const char *code, const char *file, int line) {
    if (c->fail.err != OK && strcmp(c->fail.code, code) == 0) return;
    print_error("got %s at \"%s\", want %s\n", c->fail.err == OK ? "done" : c->fail.code,
                c->fail.field, code);
    _fail(file, line);
}
#define may_not(who, type, matter, input, code)                                                    \
    refused_as(act(p, who, type, matter, input), code, __FILE__, __LINE__)

static const char *text(Place *p, const char *fmt, Str s) {
    Buf b = buf_new(p->town.arena, 128);
    for (const char *c = fmt; *c != 0; c++)
        if (*c == '@')
            buf_add(&b, s);
        else
            buf_char(&b, *c);
    return buf_str(&b).p;
}

#define RECTANGLE(w, s, e, n)                                                                      \
    "{\"type\":\"Polygon\",\"coordinates\":[[[" w "," s "],[" e "," s "],[" e "," n "],[" w "," n  \
    "],[" w "," s "]]]}"
#define WEST RECTANGLE("91.10", "29.64", "91.11", "29.65")
#define EAST RECTANGLE("91.11", "29.64", "91.12", "29.65")
#define BOTH RECTANGLE("91.10", "29.64", "91.12", "29.65")
#define BOW_TIE                                                                                    \
    "{\"type\":\"Polygon\",\"coordinates\":[[[91.1,29.6],[91.2,29.7],[91.2,29.6],[91.1,29.7],[91." \
    "1,29.6]]]}"
#define DRAW(code, geometry)                                                                       \
    "{\"code\":\"540102001001-" code "\",\"name\":\"网格" code "\",\"geometry\":" geometry "}"

static Str draw_west(Place *p) {
    return does(p->clerk, "grid.draw", S(""), DRAW("01", WEST));
}

static int64_t count(Place *p, const char *sql) {
    Fail f = FAIL_NONE;
    DbRows *r =
        db_query(p->town.db, p->town.arena, sql, "s", "l", ARGS(TXT(p->town.community)), &f);
    if (f.err != OK) fail_msg("%s", db_last_error(p->town.db));
    return db_int(r, 0, 0);
}

static const json_t *ask(Place *p, const Module *m, const char *call) {
    const Call *row = m->calls;
    while (strcmp(row->name, call) != 0)
        row++;
    CallCtx c = { .arena = p->town.arena,
                  .world = p->town.world,
                  .seals = p->town.seals,
                  .db = p->town.db,
                  .call = row,
                  .community = p->town.community,
                  .actor = p->clerk,
                  .now = town_clock };
    Fail f = row->run(&c);
    assert_int_equal(f.err, OK);
    const json_t *v = json_read(p->town.arena, c.reply.body, &f);
    assert_non_null(v);
    return v;
}

static Fail list(Place *p, const Actor *who, const char *module, const char *query, Str arg,
                 const json_t **out) {
    const Module *m = world_module(p->town.world, str_c(module));
    const Query *q = m->queries;
    while (strcmp(q->name, query) != 0)
        q++;
    Str text_out = S("");
    Reading r = { .arena = p->town.arena,
                  .world = p->town.world,
                  .db = p->town.db,
                  .seals = p->town.seals,
                  .keys = key_cache_new(p->town.arena, p->town.seals, 8),
                  .module = m,
                  .query = q,
                  .actor = who,
                  .community = p->town.community,
                  .args = { arg },
                  .n_args = arg.n > 0,
                  .now = town_clock };
    Fail f = query_answer(&r, &text_out);
    if (f.err == OK) *out = json_read(p->town.arena, text_out, &f);
    return f;
}

static const json_t *rows(Place *p, const Actor *who, const char *module, const char *query,
                          Str arg) {
    const json_t *out = NULL;
    Fail f = list(p, who, module, query, arg, &out);
    if (f.err != OK) fail_msg("%s.%s: %s", module, query, f.code);
    return json_object_get(out, "rows");
}

/* ---- settings ---- */

static void test_settings(void **state) {
    Place *p = *state;
    const json_t *c = ask(p, &module_setting, "community");
    assert_text(json_text(c, "code"), "540102001001");
    assert_text(json_text(json_object_get(c, "name"), "zh"), "540102001001"); /* nothing set yet */
    assert_true(json_is_null(json_object_get(c, "bounds")));
    does(p->admin, "setting.set", S(""),
         "{\"name\":{\"zh\":\"加措社区\",\"bo\":\"རྒྱ་མཚོ།\"},\"contact\":{\"phone\":\"0891-6320000\"}"
         "}");
    does(p->admin, "setting.set", S(""),
         "{\"calendar\":{\"opens_minute\":570,\"days\":[{\"date\":\"2026-07-03\",\"working\":false}"
         "]}}");
    draw_west(p);
    c = ask(p, &module_setting, "community");
    assert_text(json_text(json_object_get(c, "name"), "zh"), "加措社区");
    assert_text(json_text(json_object_get(c, "name"), "en"), "加措社区");
    assert_text(json_text(c, "phone"), "08916320000");
    assert_true(json_number_value(json_array_get(json_object_get(c, "bounds"), 2)) == 91.11);
    assert_true(json_number_value(json_object_get(json_object_get(c, "center"), "lat")) == 29.645);
    does(p->admin, "setting.set", S(""), "{\"center\":{\"lon\":91.123,\"lat\":29.5}}");
    c = ask(p, &module_setting, "community");
    assert_true(json_number_value(json_object_get(json_object_get(c, "center"), "lon")) == 91.123);
    Fail f = FAIL_NONE;
    Calendar *calendar = calendar_load(p->town.db, p->town.arena, p->town.community, &f);
    assert_int_equal(calendar->opens_minute, 570);
    assert_int_equal(calendar->days[0].date, 20260703);
    assert_int_equal(json_array_size(rows(p, p->clerk, "setting", "list", S(""))), 4);
}

static void test_bad_settings(void **state) {
    Place *p = *state;
    may_not(p->clerk, "setting.set", S(""), "{\"contact\":{\"phone\":\"12345\"}}", "forbidden");
    may_not(p->admin, "setting.set", S(""), "{}", "required");
    may_not(p->admin, "setting.set", S(""),
            "{\"calendar\":{\"opens_minute\":900,\"closes_minute\":600}}", "too_small");
    does(p->admin, "setting.set", S(""),
         "{\"widths\":{\"county\":6,\"street\":3,\"community\":3,\"grid\":3}}");
    may_not(p->clerk, "grid.draw", S(""), DRAW("01", WEST), "bad_format");
    does(p->clerk, "grid.draw", S(""), DRAW("001", WEST));
    may_not(p->admin, "setting.set", S(""),
            "{\"widths\":{\"county\":6,\"street\":3,\"community\":3,\"grid\":2}}", "grids_exist");
}

/* ---- divisions and grids ---- */

static void test_divisions(void **state) {
    Place *p = *state;
    does(p->admin, "division.add", S(""), "{\"code\":\"540102\",\"name\":{\"zh\":\"城关区\"}}");
    does(p->admin, "division.add", S(""), "{\"code\":\"540102001\",\"name\":{\"zh\":\"街道\"}}");
    Str own = does(p->admin, "division.add", S(""),
                   "{\"code\":\"540102001001\",\"name\":{\"zh\":\"社区\"}}");
    may_not(p->admin, "division.add", S(""), "{\"code\":\"540102001\",\"name\":{\"zh\":\"街道\"}}",
            "code_taken");
    may_not(p->admin, "division.add", S(""), "{\"code\":\"540103\",\"name\":{\"zh\":\"别处\"}}",
            "outside_community");
    may_not(p->admin, "division.add", S(""), "{\"code\":\"5401\",\"name\":{\"zh\":\"市\"}}",
            "bad_format");
    may_not(p->admin, "division.bound", own, "{\"boundary\":{\"type\":\"Point\"}}", "geojson_type");
    does(p->admin, "division.bound", own, "{\"boundary\":" WEST "}");
    may_not(p->clerk, "grid.draw", S(""), DRAW("01", EAST), "outside_community");
    draw_west(p);
    does(p->admin, "division.rename", own, "{\"name\":{\"zh\":\"新名\"}}");
    const json_t *list_out = rows(p, p->resident, "division", "list", S(""));
    assert_int_equal(json_array_size(list_out), 3);
    assert_text(json_text(json_object_get(json_array_get(list_out, 2), "name"), "zh"), "新名");
    assert_text(json_text(json_object_get(ask(p, &module_setting, "community"), "name"), "zh"),
                "新名");
}

static void test_grids(void **state) {
    Place *p = *state;
    Str west = draw_west(p);
    may_not(p->clerk, "grid.draw", S(""), DRAW("01", EAST), "code_taken");
    may_not(p->clerk, "grid.draw", S(""), DRAW("02", BOTH), "overlaps");
    may_not(p->clerk, "grid.draw", S(""), DRAW("2", EAST), "bad_format");
    may_not(p->officer, "grid.draw", S(""), DRAW("02", EAST), "forbidden");
    may_not(p->clerk, "grid.draw", S(""), DRAW("02", BOW_TIE), "self_crossing");
    does(p->clerk, "grid.draw", S(""), DRAW("02", EAST));
    const Places *places = runner_places(p->town.runner, p->town.community);
    assert_text(places_grid_at(places, 911150000, 296450000), "540102001001-02");
    does(p->clerk, "grid.rename", west, "{\"name\":\"老城\"}");
    Command *c = town_do(&p->town, p->admin, "grid.retire", west, 2, "{}");
    assert_int_equal(c->fail.err, OK);
    places = runner_places(p->town.runner, p->town.community);
    assert_int_equal(places_count(places), 1);
    may_not(p->clerk, "grid.draw", S(""), DRAW("01", WEST), "code_taken"); /* never given again */
    does(p->clerk, "grid.draw", S(""), DRAW("03", WEST));
    assert_int_equal(count(p, "SELECT COUNT(*) FROM grid WHERE community = $1"), 3);
}

static void test_redraw(void **state) {
    Place *p = *state;
    Str west = draw_west(p);
    does(p->clerk, "grid.draw", S(""), DRAW("02", EAST));
    Command *c = town_do(&p->town, p->clerk, "grid.redraw", west, 1, "{\"geometry\":" BOTH "}");
    refused_as(c, "overlaps", __FILE__, __LINE__);
    c = town_do(&p->town, p->clerk, "grid.redraw", west, 1,
                "{\"geometry\":" RECTANGLE("91.09", "29.64", "91.11", "29.65") "}");
    assert_int_equal(c->fail.err, OK);
    const Places *places = runner_places(p->town.runner, p->town.community);
    assert_text(places_grid_at(places, 910950000, 296450000), "540102001001-01");
    c = town_do(&p->town, p->clerk, "grid.redraw", west, 1, "{\"geometry\":" WEST "}");
    refused_as(c, "stale_version", __FILE__, __LINE__);
}

/* Two drawings in one batch cannot be laid over each other either: the second sees the first. */
static void test_one_after_the_other(void **state) {
    Place *p = *state;
    Command *both[2];
    Fail f = FAIL_NONE;
    for (int i = 0; i < 2; i++) {
        both[i] = arena_new_of(p->town.arena, Command);
        *both[i] = (Command){ .arena = p->town.arena,
                              .community = p->town.community,
                              .actor = p->clerk,
                              .n_rows = 1,
                              .module = &module_grid,
                              .action = module_action(&module_grid, S("draw")) };
        both[i]->rows = arena_new_of(p->town.arena, CommandRow);
        both[i]->rows[0] =
            (CommandRow){ id_new(p->town.arena, town_clock), -1,
                          json_read(p->town.arena,
                                    str_c(i == 0 ? DRAW("01", WEST) : DRAW("02", BOTH)), &f) };
    }
    runner_run(p->town.runner, both, 2);
    assert_int_equal(both[0]->fail.err, OK);
    refused_as(both[1], "overlaps", __FILE__, __LINE__);
}

static void test_officers(void **state) {
    Place *p = *state;
    Str west = draw_west(p);
    does(p->clerk, "grid.draw", S(""), DRAW("02", EAST));
    does(p->clerk, "grid.assign_officer", west, text(p, "{\"person\":\"@\"}", p->officer->person));
    does(p->clerk, "grid.assign_officer", west,
         text(p, "{\"person\":\"@\",\"backup\":true}", p->other->person));
    may_not(p->resident, "grid.assign_officer", west,
            text(p, "{\"person\":\"@\"}", p->resident->person), "forbidden");
    may_not(p->clerk, "grid.relieve_officer", west,
            text(p, "{\"person\":\"@\"}", p->resident->person), "not_found");
    const json_t *map = ask(p, &module_grid, "map");
    const json_t *features = json_object_get(map, "features");
    assert_text(json_text(map, "type"), "FeatureCollection");
    assert_int_equal(json_array_size(features), 2);
    const json_t *first = json_object_get(json_array_get(features, 0), "properties");
    const json_t *officers = json_object_get(first, "officers");
    assert_text(json_text(first, "code"), "540102001001-01");
    assert_int_equal(json_array_size(officers), 2);
    assert_true(str_eq(json_text(json_array_get(officers, 0), "person"), p->officer->person));
    assert_false(json_bool(json_array_get(officers, 0), "backup"));
    assert_true(json_bool(json_array_get(officers, 1), "backup"));
    assert_int_equal(json_array_size(json_object_get(
                         json_object_get(json_array_get(features, 1), "properties"), "officers")),
                     0);
    assert_true(json_equal(json_object_get(json_array_get(features, 0), "geometry"),
                           json_read(p->town.arena, S(WEST), &(Fail){ 0 })));
}

static void test_pass_on(void **state) {
    Place *p = *state;
    Str west = draw_west(p);
    does(p->clerk, "grid.assign_officer", west,
         text(p, "{\"person\":\"@\",\"backup\":true}", p->officer->person));
    Str in = arena_fmt(p->town.arena, "{\"person\":\"%.*s\",\"to\":\"%.*s\"}",
                       STR_ARG(p->officer->person), STR_ARG(p->other->person));
    does(&actor_system, "grid.pass_on", west, in.p);
    assert_int_equal(count(p, "SELECT COUNT(*) FROM grid_officer WHERE community = $1"), 1);
    assert_int_equal(count(p, "SELECT backup FROM grid_officer WHERE community = $1"), 1);
    may_not(&actor_system, "grid.pass_on", west, in.p, "not_found");
    assert_int_equal(town_do(&p->town, p->admin, "grid.retire", west, 3, "{}")->fail.err, OK);
    assert_int_equal(count(p, "SELECT COUNT(*) FROM grid_officer WHERE community = $1"), 0);
}

/* ---- buildings, doors, members ---- */

#define AT_WEST "\"point\":{\"lon\":91.105,\"lat\":29.645}"
#define AT_EAST "\"point\":{\"lon\":91.115,\"lat\":29.645}"

static Str add_building(Place *p) {
    return does(
        p->clerk, "building.add", S(""),
        "{\"name\":\"3号楼\",\"floors\":6,\"units\":[{\"unit\":\"一\"},{\"unit\":\"二\"}]," AT_WEST
        "}");
}

static void test_buildings(void **state) {
    Place *p = *state;
    draw_west(p);
    does(p->clerk, "grid.draw", S(""), DRAW("02", EAST));
    Str b = add_building(p);
    may_not(p->clerk, "building.add", S(""),
            "{\"name\":\"x\",\"point\":{\"lon\":91.2,\"lat\":29.6}}", "outside_grids");
    may_not(p->clerk, "building.add", S(""),
            "{\"name\":\"x\",\"units\":[{\"unit\":\"1\"},{\"unit\":\"1\"}]," AT_WEST "}",
            "repeated");
    does(p->officer, "building.add", S(""),
         "{\"name\":\"4号楼\"," AT_WEST "}"); /* in the officer's own grid */
    may_not(p->officer, "building.add", S(""), "{\"name\":\"5号楼\"," AT_EAST "}", "forbidden");
    may_not(p->resident, "building.add", S(""), "{\"name\":\"x\"," AT_WEST "}", "forbidden");
    const json_t *list_out = rows(p, p->resident, "building", "list", S(""));
    assert_int_equal(json_array_size(list_out), 2);
    assert_text(json_text(json_array_get(list_out, 0), "place"), "540102001001-01");
    assert_text(json_print(p->town.arena, json_object_get(json_array_get(list_out, 0), "units")),
                "[\"一\",\"二\"]");
    does(p->clerk, "household.add", S(""),
         text(p, "{\"building\":\"@\",\"unit\":\"二\",\"door\":\"301\"}", b));
    refused_as(
        town_do(&p->town, p->clerk, "building.change", b, 1, "{\"units\":[{\"unit\":\"一\"}]}"),
        "unit_in_use", __FILE__, __LINE__);
    refused_as(town_do(&p->town, p->clerk, "building.gone", b, 1, "{}"), "has_households", __FILE__,
               __LINE__);
    refused_as(town_do(&p->town, p->clerk, "building.move", b, 1, "{" AT_EAST "}"), "other_grid",
               __FILE__, __LINE__);
    assert_int_equal(town_do(&p->town, p->clerk, "building.change", b, 1,
                             "{\"floors\":7,\"units\":[{\"unit\":\"二\"},{\"unit\":\"三\"}]}")
                         ->fail.err,
                     OK);
    assert_int_equal(town_do(&p->town, p->clerk, "building.move", b, 2,
                             "{\"point\":{\"lon\":91.1051,\"lat\":29.645}}")
                         ->fail.err,
                     OK);
    assert_int_equal(count(p, "SELECT lon_e7 FROM building WHERE community = $1 AND floors = 7"),
                     911051000);
}

static void test_doors(void **state) {
    Place *p = *state;
    draw_west(p);
    Str b = add_building(p);
    Str door = does(p->clerk, "household.add", S(""),
                    text(p, "{\"building\":\"@\",\"unit\":\"一\",\"door\":\"301\"}", b));
    may_not(p->clerk, "household.add", S(""),
            text(p, "{\"building\":\"@\",\"unit\":\"一\",\"door\":\"301\"}", b), "door_taken");
    may_not(p->clerk, "household.add", S(""),
            text(p, "{\"building\":\"@\",\"unit\":\"九\",\"door\":\"301\"}", b), "no_such_unit");
    may_not(p->clerk, "household.add", S(""),
            text(p, "{\"building\":\"@\",\"unit\":\"一\",\"door\":\"1\"}", door), "not_found");
    does(p->officer, "household.add", S(""),
         text(p, "{\"building\":\"@\",\"unit\":\"二\",\"door\":\"301\"}", b));
    assert_int_equal(town_do(&p->town, p->clerk, "household.retire", door, 1, "{}")->fail.err, OK);
    does(p->clerk, "household.add", S(""),
         text(p, "{\"building\":\"@\",\"unit\":\"一\",\"door\":\"301\"}", b));
    assert_int_equal(
        count(p, "SELECT COUNT(*) FROM household WHERE community = $1 AND retired_at = 0"), 2);
}

static Str add_door(Place *p) {
    draw_west(p);
    return does(p->clerk, "household.add", S(""),
                text(p, "{\"building\":\"@\",\"unit\":\"一\",\"door\":\"301\"}", add_building(p)));
}

/* Both halves are needed, and never by the same person. */
static void test_asking(void **state) {
    Place *p = *state;
    Str door = add_door(p);
    const char *resident = text(p, "{\"person\":\"@\"}", p->resident->person);
    does(p->resident, "household.join", door, "{\"note\":\"三楼左边\"}");
    assert_int_equal(
        count(p,
              "SELECT COUNT(*) FROM relation r JOIN matter m ON m.community = r.community AND m.id "
              "= r.matter WHERE r.community = $1 AND r.relations = 32 AND m.kind = 'household'"),
        1); /* follower */
    may_not(p->resident, "household.join", door, "{}", "already_asked");
    may_not(p->resident, "household.confirm", door, "{}", "not_invited");
    may_not(p->resident, "household.admit", door, resident, "forbidden");
    may_not(p->other, "household.admit", door, resident, "forbidden");
    may_not(p->clerk, "household.admit", door, text(p, "{\"person\":\"@\"}", p->other->person),
            "did_not_ask");
    may_not(p->clerk, "household.admit", door, text(p, "{\"person\":\"@\"}", p->clerk->person),
            "not_by_yourself");
    does(p->clerk, "household.admit", door, resident);
    may_not(p->resident, "household.join", door, "{}", "excluded_by_relation");
    const json_t *mine = rows(p, p->resident, "household", "mine", S(""));
    assert_int_equal(json_array_size(mine), 1);
    assert_text(json_text(json_array_get(mine, 0), "state"), "member");
    assert_text(json_text(json_array_get(mine, 0), "building"), "3号楼");
    does(p->resident, "household.leave", door, "{}");
    assert_int_equal(json_array_size(rows(p, p->resident, "household", "mine", S(""))), 0);
}

static void test_inviting(void **state) {
    Place *p = *state;
    Str door = add_door(p);
    const char *other = text(p, "{\"person\":\"@\"}", p->other->person);
    does(p->resident, "household.join", door, "{}");
    may_not(p->resident, "household.invite", door, other,
            "forbidden"); /* has asked, is no member */
    does(p->clerk, "household.admit", door, text(p, "{\"person\":\"@\"}", p->resident->person));
    does(p->resident, "household.invite", door, other); /* a member may */
    may_not(p->resident, "household.confirm", door, "{}", "forbidden");
    may_not(p->clerk, "household.admit", door, other, "did_not_ask");
    may_not(p->clerk, "household.confirm", door, "{}", "forbidden");
    does(p->other, "household.confirm", door, "{}");
    assert_int_equal(
        count(p, "SELECT COUNT(*) FROM household_member WHERE community = $1 AND state = 'member'"),
        2);
    does(p->clerk, "household.remove", door, other);
    assert_int_equal(count(p, "SELECT COUNT(*) FROM household_member WHERE community = $1"), 1);
}

static void test_who_sees_members(void **state) {
    Place *p = *state;
    Str door = add_door(p);
    const json_t *out = NULL;
    does(p->resident, "household.join", door, "{\"note\":\"我妈住这\"}");
    does(p->clerk, "household.admit", door, text(p, "{\"person\":\"@\"}", p->resident->person));
    const json_t *members = rows(p, p->officer, "household", "members", door);
    assert_int_equal(json_array_size(members), 1);
    assert_text(json_text(json_array_get(members, 0), "note"), "我妈住这");
    assert_int_equal(count(p, "SELECT COUNT(*) FROM access WHERE community = $1"),
                     1); /* and it is on record */
    assert_int_equal(json_array_size(rows(p, p->resident, "household", "members", door)), 1);
    assert_int_equal(count(p, "SELECT COUNT(*) FROM access WHERE community = $1"),
                     1); /* one's own is not */
    assert_int_equal(json_array_size(rows(p, p->other, "household", "members", door)), 0);
    assert_int_equal(list(p, p->resident, "household", "view", door, &out).err, OK);
    assert_int_equal(list(p, p->other, "household", "view", door, &out).err, ERR_FORBIDDEN);
    /* sealed in the log */
    Fail f = FAIL_NONE;
    DbRows *r = db_query(p->town.db, p->town.arena,
                         "SELECT bytes FROM event WHERE community = $1 AND type = $2", "ss", "b",
                         ARGS(TXT(p->town.community), TXT(S("household.join"))), &f);
    assert_int_equal(r->rows, 1);
    assert_int_equal(str_find(db_text(r, 0, 0), S("我妈")), -1);
}

/* ---- points ---- */

static void test_points(void **state) {
    Place *p = *state;
    draw_west(p);
    does(p->clerk, "grid.draw", S(""), DRAW("02", EAST));
    Str hall = does(p->clerk, "point.add", S(""),
                    "{\"kind\":\"talking_hall\",\"name\":\"说事厅\",\"public\":true," AT_WEST "}");
    does(p->officer, "point.add", S(""),
         "{\"kind\":\"waterlogging\",\"name\":\"桥下\"," AT_WEST "}");
    may_not(p->officer, "point.add", S(""),
            "{\"kind\":\"waterlogging\",\"name\":\"桥下\"," AT_EAST "}", "forbidden");
    may_not(p->clerk, "point.add", S(""), "{\"kind\":\"bar\",\"name\":\"x\"," AT_WEST "}",
            "not_one_of");
    static const Actor nobody = { .person = { "", 0 }, .community = { "", 0 } };
    assert_int_equal(json_array_size(rows(p, &nobody, "point", "public", S(""))), 1);
    assert_int_equal(json_array_size(rows(p, p->clerk, "point", "all", S(""))), 2);
    assert_int_equal(town_do(&p->town, p->clerk, "point.move", hall, 1, "{" AT_EAST "}")->fail.err,
                     OK);
    assert_int_equal(json_array_size(rows(p, p->officer, "point", "all", S(""))),
                     1); /* moved out of that grid */
    assert_int_equal(
        town_do(&p->town, p->clerk, "point.change", hall, 2, "{\"public\":false}")->fail.err, OK);
    assert_int_equal(json_array_size(rows(p, &nobody, "point", "public", S(""))), 0);
    assert_int_equal(town_do(&p->town, p->clerk, "point.retire", hall, 3, "{}")->fail.err, OK);
    assert_int_equal(json_array_size(rows(p, p->clerk, "point", "all", S(""))), 1);
}

int main(void) {
#define IN_TOWN(f) cmocka_unit_test_setup_teardown(f, open_town, close_town)
    const struct CMUnitTest tests[] = {
        IN_TOWN(test_settings),         IN_TOWN(test_bad_settings),
        IN_TOWN(test_divisions),        IN_TOWN(test_grids),
        IN_TOWN(test_redraw),           IN_TOWN(test_one_after_the_other),
        IN_TOWN(test_officers),         IN_TOWN(test_pass_on),
        IN_TOWN(test_buildings),        IN_TOWN(test_doors),
        IN_TOWN(test_asking),           IN_TOWN(test_inviting),
        IN_TOWN(test_who_sees_members), IN_TOWN(test_points),
    };
    return engine_both(&engine, "place_run", tests, COUNT(tests), NULL, NULL);
}
