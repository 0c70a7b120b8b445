/* The one write path on a whole world, on both engines: rights where a matter will be, many rows in one call, batches
 * whose commands touch one another, poisoned commands, reactions, clocks. At the end of each, verify finds nothing and
 * a rebuild gives the same digest. */
#include "store_engine.h"

#include "../support/town.h"

#include <stdio.h>

typedef struct Run {
    Town town;
    Actor *admin, *clerk, *desk, *officer, *neighbour, *resident;
} Run;

static const char *engine = "sqlite";
static const Actor nobody = { .person = { "", 0 }, .community = { "", 0 } };

static int open_run(void **state)
{
    static Run run;
    Run *r = &run;
    *r = (Run){ 0 };
    Town *t = &r->town;
    if (!town_open(t, engine, 11) || !town_furnish(t, 3)) return -1;
    r->admin = town_person(t, "管", ADMIN, t->community);
    r->clerk = town_person(t, "文", CLERK, t->community);
    r->desk = town_person(t, "值", DISPATCHER, t->community);
    r->officer = town_person(t, "格一", OFFICER, S("540102001001-01"));
    r->neighbour = town_person(t, "格二", OFFICER, S("540102001001-02"));
    r->resident = town_person(t, "居", RESIDENT, t->community);
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

/* ---- doing ---- */

static void held(const Command *c, const char *file, int line)
{
    if (c->fail.err == OK) return;
    print_error("%s: %s at \"%s\"\n", c->action->name, c->fail.code, c->fail.field);
    _fail(file, line);
}
#define done(c) held(c, __FILE__, __LINE__)

static void fell(const Command *c, const char *code, const char *field, const char *file, int line)
{
    if (c->fail.err != OK && strcmp(c->fail.code, code) == 0 && strcmp(c->fail.field, field) == 0) return;
    print_error("%s: got %s at \"%s\", want %s at \"%s\"\n", c->action->name, c->fail.err == OK ? "done" : c->fail.code,
                c->fail.field, code, field);
    _fail(file, line);
}
#define refused(c, code, field) fell(c, code, field, __FILE__, __LINE__)

static Command *act(Run *r, const Actor *who, const char *type, Str matter, int64_t version, const char *input)
{
    town_clock += MINUTE_MS;
    return town_do(&r->town, who, type, matter, version, input);
}

/* One call with many rows, from its body's text. */
static Command *many(Run *r, const Actor *who, const char *type, const char *body)
{
    Arena *a = r->town.arena;
    Command *c = arena_new_of(a, Command);
    *c = (Command){ .arena = a, .community = r->town.community, .actor = who };
    c->action = world_action(r->town.world, str_c(type), &c->module);
    c->fail = command_read(c, S(""), str_c(body), id_new(a, town_clock));
    if (c->fail.err == OK) runner_run(r->town.runner, &c, 1);
    return c;
}

static int64_t count(Run *r, const char *sql)
{
    Fail f = FAIL_NONE;
    DbRows *rows = db_query(r->town.db, r->town.arena, sql, "s", "l", ARGS(TXT(r->town.community)), &f);
    if (f.err != OK) fail_msg("%s", db_last_error(r->town.db));
    return db_int(rows, 0, 0);
}

static void execute(Run *r, const char *sql)
{
    Fail f = db_exec(r->town.db, sql);
    if (f.err != OK) fail_msg("%s: %s", sql, db_last_error(r->town.db));
}

static Str report(Run *r, const Actor *who)
{
    Command *c = act(r, who, "report.create", S(""), -1, "{\"category\":\"leak\",\"text\":\"漏水\"}");
    done(c);
    return c->rows[0].matter;
}

static const char *to(Run *r, Str person, const char *more)
{
    return arena_fmt(r->town.arena, "{\"to\":\"%.*s\"%s}", STR_ARG(person), more).p;
}

/* ---- rights where the matter will be ---- */

static void a_role_counts_where_the_matter_will_be(void **state)
{
    Run *r = *state;
    static const char category[] = "{\"code\":\"noise\",\"icon\":\"noise\",\"name\":{\"zh\":\"噪声\",\"bo\":\"སྐད།\","
                                   "\"en\":\"noise\"},\"limit\":1,\"unit\":\"hours\",\"default_role\":\"officer\"}";
    Actor *grid_clerk = town_person(&r->town, "一格文", CLERK, S("540102001001-01"));
    refused(act(r, grid_clerk, "category.add", S(""), -1, category), "forbidden", "place");
    done(act(r, r->clerk, "category.add", S(""), -1, category));
    refused(act(r, grid_clerk, "person.register", S(""), -1, "{\"name\":\"甲\"}"), "forbidden", "place");
    refused(act(r, grid_clerk, "person.register", S(""), -1, "{\"name\":\"甲\",\"place\":\"540102001001-02\"}"),
            "forbidden", "place");
    done(act(r, grid_clerk, "person.register", S(""), -1, "{\"name\":\"甲\",\"place\":\"540102001001-01\"}"));
    refused(act(r, r->clerk, "person.register", S(""), -1, "{\"name\":\"乙\",\"place\":\"540102001002\"}"),
            "outside_community", "place");
}

static void a_matter_moves_only_where_the_mover_has_a_say(void **state)
{
    Run *r = *state;
    Command *c = act(r, r->resident, "report.create", S(""), -1,
                     "{\"category\":\"leak\",\"text\":\"漏水\",\"place\":\"540102001001-01\"}");
    done(c);
    Str id = c->rows[0].matter;
    refused(act(r, r->officer, "report.register", id, 1, "{\"category\":\"leak\",\"place\":\"540102001001-02\"}"),
            "forbidden", "place");
    refused(act(r, r->neighbour, "report.register", id, 1, "{\"category\":\"leak\",\"place\":\"540102001001-02\"}"),
            "forbidden", "");
    done(act(r, r->desk, "report.register", id, 1, "{\"category\":\"leak\",\"place\":\"540102001001-02\"}"));
    /* nobody moves the own file by being its person */
    Actor *me = town_person(&r->town, "丙", RESIDENT, r->town.community);
    c = act(r, me, "person.update", me->person, 2, "{\"place\":\"540102001001-01\"}");
    refused(c, "forbidden", "place");
    done(act(r, me, "person.update", me->person, 2, "{\"name\":\"丙二\"}"));
}

/* ---- many ---- */

#define SQUARE(w, e)                                                                                                   \
    "{\"type\":\"Polygon\",\"coordinates\":[[[" w ",29.70],[" e ",29.70],[" e ",29.71],[" w ",29.71],[" w ",29.70]]]}"
#define GRID(code, geometry) "{\"code\":\"540102001001-" code "\",\"name\":\"x\",\"geometry\":" geometry "}"

static void rows_of_one_call_are_held_against_each_other(void **state)
{
    Run *r = *state;
    int64_t before = count(r, "SELECT count(*) FROM event WHERE community = $1");
    Command *c =
        many(r, r->clerk, "grid.draw",
             "{\"rows\":[" GRID("11", SQUARE("91.10", "91.12")) "," GRID("12", SQUARE("91.11", "91.13")) "," GRID(
                 "11", SQUARE("91.14", "91.15")) "," GRID("14", "{\"type\":\"Point\",\"coordinates\":[91,29]}") "]}");
    refused(c, "overlaps", "rows[1].540102001001-11");
    assert_int_equal(c->errors.n, 3);
    assert_string_equal(c->errors.list[1].code, "same_row");
    assert_string_equal(c->errors.list[1].field, "rows[2].code");
    assert_string_equal(c->errors.list[2].field, "rows[3].geometry.type");
    assert_int_equal(count(r, "SELECT count(*) FROM event WHERE community = $1"), before);
    done(many(r, r->clerk, "grid.draw",
              "{\"rows\":[" GRID("11", SQUARE("91.10", "91.12")) "," GRID("12", SQUARE("91.12", "91.13")) "]}"));
    assert_int_equal(count(r, "SELECT count(*) FROM grid WHERE community = $1 AND retired_at = 0"), 5);
    c = many(r, r->admin, "division.add",
             "{\"rows\":[{\"code\":\"540102001\",\"name\":{\"zh\":\"街\"}},{\"code\":\"540102001\",\"name\":{\"zh\":"
             "\"街\"}}]}");
    refused(c, "same_row", "rows[1].code");
}

static Str house(Run *r)
{
    Command *c = act(r, r->clerk, "building.add", S(""), -1,
                     "{\"name\":\"一号楼\",\"point\":{\"lon\":91.101,\"lat\":29.645},\"units\":[{\"unit\":\"1\"},{"
                     "\"unit\":\"2\"}]}");
    done(c);
    return c->rows[0].matter;
}

static const char *door(Run *r, Str building, const char *unit, const char *number)
{
    return arena_fmt(r->town.arena, "{\"building\":\"%.*s\",\"unit\":\"%s\",\"door\":\"%s\"}", STR_ARG(building), unit,
                     number)
        .p;
}

static void one_call_names_each_door_once(void **state)
{
    Run *r = *state;
    Str building = house(r);
    Command *c = many(r, r->clerk, "household.add",
                      arena_fmt(r->town.arena, "{\"rows\":[%s,%s,%s]}", door(r, building, "1", "101"),
                                door(r, building, "2", "101"), door(r, building, "1", "101")).p);
    refused(c, "same_row", "rows[2].door");
    assert_int_equal(count(r, "SELECT count(*) FROM household WHERE community = $1"), 0);
    done(many(
        r, r->clerk, "household.add",
        arena_fmt(r->town.arena, "{\"rows\":[%s,%s]}", door(r, building, "1", "101"), door(r, building, "2", "101"))
            .p));
}

static void one_call_names_each_building_once(void **state)
{
    Run *r = *state;
    int64_t before = count(r, "SELECT count(*) FROM event WHERE community = $1");
    static const char *const rows =
        "{\"rows\":[{\"name\":\"9号楼\",\"point\":{\"lon\":91.101,\"lat\":29.645}},"
        "{\"name\":\"9号楼\",\"address\":\"幸福路\",\"point\":{\"lon\":91.101,\"lat\":29.645}},"
        "{\"name\":\"9号楼\",\"address\":\"幸福路\",\"point\":{\"lon\":91.101,\"lat\":29.645}}]}";
    refused(many(r, r->clerk, "building.add", rows), "same_row", "rows[2].name");
    assert_int_equal(count(r, "SELECT count(*) FROM event WHERE community = $1"), before);
    static const char *const one = "{\"name\":\"9号楼\",\"point\":{\"lon\":91.101,\"lat\":29.645}}";
    done(act(r, r->clerk, "building.add", S(""), -1, one));
    refused(act(r, r->clerk, "building.add", S(""), -1, one), "building_known", "name");
}

static void one_call_gives_each_phone_once(void **state)
{
    Run *r = *state;
    int64_t before = count(r, "SELECT count(*) FROM event WHERE community = $1");
    Command *c = many(r, r->clerk, "person.register",
                      "{\"rows\":[{\"name\":\"甲\",\"phone\":\"138 0013 8001\"},{\"name\":\"乙\"},"
                      "{\"name\":\"丙\",\"phone\":\"13800138001\"}]}");
    refused(c, "same_row", "rows[2].phone");
    assert_int_equal(count(r, "SELECT count(*) FROM event WHERE community = $1"), before);
    done(many(r, r->clerk, "person.register",
              "{\"rows\":[{\"name\":\"甲\",\"phone\":\"13800138001\"},{\"name\":\"乙\"},"
              "{\"name\":\"丙\",\"phone\":\"13800138002\"}]}"));
}

static const char *registration(Run *r, Str a, int va, Str b, int vb)
{
    return arena_fmt(r->town.arena,
                     "{\"rows\":[{\"matter\":\"%.*s\",\"version\":%d,\"category\":\"leak\"},"
                     "{\"matter\":\"%.*s\",\"version\":%d,\"category\":\"leak\"}]}", STR_ARG(a), va, STR_ARG(b), vb).p;
}

static void rows_are_strict_one_by_one(void **state)
{
    Run *r = *state;
    Str a = report(r, r->resident), b = report(r, r->resident);
    Command *c = many(r, r->desk, "report.register", registration(r, a, 1, b, 0));
    refused(c, "stale_version", "rows[1].version");
    assert_int_equal(c->errors.list[0].limit, 1);
    assert_int_equal(c->errors.n, 1);
    /* the same matter twice: the second row meets what the first has made of it */
    c = many(r, r->desk, "report.register", registration(r, a, 1, a, 2));
    refused(c, "wrong_state", "rows[1]");
    assert_int_equal(
        count(r, "SELECT count(*) FROM matter WHERE community = $1 AND kind = 'report' AND state = 'collected'"), 2);
    c = many(r, r->desk, "report.register", registration(r, a, 1, b, 1));
    done(c);
    assert_int_equal(json_array_size(json_object_get(c->reply, "rows")), 2);
    c = many(r, r->desk, "report.register", "{\"rows\":[{\"matter\":\"x\"}]}");
    assert_int_not_equal(c->fail.err, OK);
    c = many(r, r->desk, "report.register", "{\"rows\":[]}");
    refused(c, "too_few", "rows");
    Buf body = buf_new(r->town.arena, 65536);
    buf_c(&body, "{\"rows\":[");
    for (int i = 0; i <= MANY_MAX; i++)
        buf_fmt(&body, "%s{\"matter\":\"%.*s\",\"version\":1,\"category\":\"leak\"}", i > 0 ? "," : "", STR_ARG(a));
    buf_c(&body, "]}");
    refused(many(r, r->desk, "report.register", buf_str(&body).p), "too_many", "rows");
}

static void the_same_call_again_changes_nothing(void **state)
{
    Run *r = *state;
    Str a = report(r, r->resident), b = report(r, r->resident);
    Command *c = many(r, r->desk, "report.register", registration(r, a, 1, b, 1));
    done(c);
    int64_t events = count(r, "SELECT count(*) FROM event WHERE community = $1");
    Command again = *c;
    Command *p = &again;
    runner_run(r->town.runner, &p, 1);
    done(p);
    assert_true(p->repeated);
    assert_string_equal(json_print(r->town.arena, p->reply).p, json_print(r->town.arena, c->reply).p);
    again.actor = r->clerk; /* another person with the same id learns nothing */
    runner_run(r->town.runner, &p, 1);
    refused(p, "client_id_reused", "id");
    assert_null(p->reply);
    again.actor = r->desk;
    again.body_hash = hash_hex(r->town.arena, hash_one(S("another body")));
    runner_run(r->town.runner, &p, 1);
    refused(p, "client_id_reused", "id");
    assert_int_equal(count(r, "SELECT count(*) FROM event WHERE community = $1"), events);
}

/* ---- what a phone says about when ---- */

static Command *claimed(Run *r, int64_t at)
{
    Command *c =
        town_command(&r->town, r->resident, "report.create", S(""), -1, "{\"category\":\"leak\",\"text\":\"漏水\"}");
    c->claimed_at = at;
    runner_run(r->town.runner, &c, 1);
    return c;
}

static void a_phone_may_be_late_but_not_early(void **state)
{
    Run *r = *state;
    Command *c = claimed(r, town_clock - 30 * DAY_MS);
    done(c);
    assert_int_equal(c->events[0].claimed_at, town_clock - 30 * DAY_MS);
    c = claimed(r, town_clock + HOUR_MS); /* its clock is fast: the work counts, the time is when it came in */
    done(c);
    assert_int_equal(c->events[0].claimed_at, town_clock);
    done(claimed(r, town_clock - CLAIMED_DAYS * DAY_MS));
    c = claimed(r, town_clock - CLAIMED_DAYS * DAY_MS - 1);
    refused(c, "too_long_ago", "claimed_at");
    assert_int_equal(c->fail.limit, town_clock - CLAIMED_DAYS * DAY_MS);
}

/* ---- relations ---- */

static void the_table_holds_the_matters_relations(void **state)
{
    Run *r = *state;
    Str id = report(r, r->resident);
    done(act(r, r->desk, "report.register", id, 1, "{\"category\":\"leak\"}"));
    for (int i = 0; i < RELATIONS_MAX + 10; i++) {
        Actor *next = town_person(&r->town, arena_fmt(r->town.arena, "o%d", i).p, OFFICER, r->town.community);
        done(act(r, r->desk, i == 0 ? "report.dispatch" : "report.reassign", id, 2 + i,
                 to(r, next->person, i == 0 ? "" : ",\"reason\":\"换人\"")));
        if (i % 20 == 7) runner_forget(r->town.runner);
    }
    static const char all[] =
        "SELECT count(*) FROM relation r JOIN matter m ON m.community = r.community AND m.id = r.matter"
        " WHERE r.community = $1 AND m.kind = 'report'";
    assert_int_equal(count(r, all), RELATIONS_MAX);
    assert_int_equal(
        count(r, "SELECT count(*) FROM relation r JOIN matter m ON m.community = r.community AND m.id = r.matter"
                 " WHERE r.community = $1 AND m.kind = 'report' AND (r.relations & 1) <> 0"),
        1);
    assert_int_equal(count(r, "SELECT count(*) FROM relation WHERE community = $1 AND relations = 0"), 0);
}

static void who_parts_has_no_row(void **state)
{
    Run *r = *state;
    Str building = house(r);
    Command *c = act(r, r->clerk, "household.add", S(""), -1, door(r, building, "1", "101"));
    done(c);
    Str home = c->rows[0].matter;
    static const char rows[] =
        "SELECT count(*) FROM relation r JOIN matter m ON m.community = r.community AND m.id = r.matter"
        " WHERE r.community = $1 AND m.kind = 'household'";
    done(act(r, r->resident, "household.join", home, -1, "{}"));
    assert_int_equal(count(r, rows), 1);
    done(act(r, r->resident, "household.leave", home, -1, "{}"));
    assert_int_equal(count(r, rows), 0);
}

/* ---- batches ---- */

static void two_commands_cannot_both_win(void **state)
{
    Run *r = *state;
    Town *t = &r->town;
    Str building = house(r);
    Command *same[] = {
        town_command(t, r->clerk, "person.register", S(""), -1, "{\"name\":\"甲\",\"phone\":\"138 0013 8000\"}"),
        town_command(t, r->clerk, "person.register", S(""), -1, "{\"name\":\"乙\",\"phone\":\"138-0013-8000\"}"),
        town_command(t, r->clerk, "household.add", S(""), -1, door(r, building, "1", "101")),
        town_command(t, r->clerk, "household.add", S(""), -1, door(r, building, "1", "101")),
        town_command(t, r->clerk, "building.change", building, 1, "{\"units\":[{\"unit\":\"2\"}]}"),
        town_command(t, r->resident, "report.create", S(""), -1, "{\"category\":\"leak\",\"text\":\"漏水\"}"),
    };
    runner_run(t->runner, same, COUNT(same));
    done(same[0]);
    refused(same[1], "phone_taken", "phone");
    done(same[2]);
    refused(same[3], "door_taken", "door");
    refused(same[4], "unit_in_use", "units");
    done(same[5]);
    assert_int_equal(count(r, "SELECT count(*) FROM household WHERE community = $1"), 1);
}

/* Each knows what the one before it did, although all wait together. */
static void notes_on_one_matter_follow_each_other(void **state)
{
    Run *r = *state;
    Town *t = &r->town;
    Command *made = act(r, r->resident, "report.create", S(""), -1, "{\"category\":\"leak\",\"text\":\"漏水\"}");
    done(made);
    Str id = json_text(made->reply, "id");
    Command *notes[8];
    for (int i = 0; i < COUNT(notes); i++)
        notes[i] = town_command(t, r->resident, "report.note", id, -1, "{\"text\":\"还在漏\"}");
    runner_run(t->runner, notes, COUNT(notes));
    for (int i = 0; i < COUNT(notes); i++) {
        done(notes[i]);
        assert_int_equal(json_int(notes[i]->reply, "version"), 2 + i);
    }
    assert_int_equal(count(r, "SELECT count(*) FROM matter WHERE community = $1 AND kind = 'report'"
                              " AND version = 9"), 1);
}

static void the_same_id_twice_in_one_batch_is_done_once(void **state)
{
    Run *r = *state;
    Command *one =
        town_command(&r->town, r->resident, "report.create", S(""), -1, "{\"category\":\"leak\",\"text\":\"漏水\"}");
    Command two = *one;
    Command *both[] = { one, &two };
    runner_run(r->town.runner, both, 2);
    done(one);
    done(&two);
    assert_true(!one->repeated && two.repeated);
    assert_int_equal(count(r, "SELECT count(*) FROM matter WHERE community = $1 AND kind = 'report'"), 1);
}

/* A row that is in the way makes the second command's writes fail; the table and its neighbours know nothing of it. */
static void a_poisoned_command_harms_nobody_else(void **state)
{
    Run *r = *state;
    Town *t = &r->town;
    static const char text[] = "{\"category\":\"leak\",\"text\":\"漏水\"}";
    Command *list[] = { town_command(t, r->resident, "report.create", S(""), -1, text),
                        town_command(t, &nobody, "report.create", S(""), -1, text),
                        town_command(t, r->resident, "report.create", S(""), -1, text) };
    Str code = seal_receipt(t->seals, t->arena, t->community, list[1]->rows[0].matter);
    execute(r, arena_fmt(t->arena, "INSERT INTO receipt (community, code_hash, matter) VALUES ('%.*s', '%.*s', 'x')",
                         STR_ARG(t->community), STR_ARG(seal_lookup(t->seals, t->arena, t->community, code))).p);
    runner_run(t->runner, list, COUNT(list));
    done(list[0]);
    assert_string_equal(list[1]->fail.code, "unique");
    assert_null(list[1]->reply);
    done(list[2]);
    assert_int_equal(list[2]->events[0].seq, list[0]->events[0].seq + 1);
    execute(r, "DELETE FROM receipt WHERE matter = 'x'");
    runner_run(t->runner, &list[1], 1); /* what was in the way is gone: the same command, once more */
    done(list[1]);
    assert_true(!list[1]->repeated);
    assert_int_equal(count(r, "SELECT count(*) FROM matter WHERE community = $1 AND kind = 'report'"), 3);
}

/* PostgreSQL only: the backend dies while it commits, so nobody knows. Nothing is acknowledged, nothing is tried again
 * behind the client's back, the heads are read again, and the same command with its id settles it. */
static void an_uncertain_commit_is_not_acknowledged(void **state)
{
    Run *r = *state;
    Town *t = &r->town;
    static const char text[] = "{\"category\":\"leak\",\"text\":\"漏水\"}";
    if (strcmp(engine, "postgres") != 0) skip();
    report(r, r->resident);
    execute(r, "CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS"
               " 'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END'");
    execute(r, "CREATE CONSTRAINT TRIGGER die AFTER INSERT ON event DEFERRABLE INITIALLY DEFERRED FOR EACH ROW"
               " EXECUTE FUNCTION die()");
    Command *list[] = { town_command(t, r->resident, "report.create", S(""), -1, text),
                        town_command(t, r->resident, "report.create", S(""), -1, text) };
    runner_run(t->runner, list, 2);
    for (int i = 0; i < 2; i++) {
        assert_string_equal(list[i]->fail.code, "commit_uncertain");
        assert_null(list[i]->reply);
        assert_int_equal(list[i]->n_events, 0);
    }
    Fail f = FAIL_NONE;
    Db *bare = db_open_bare(&t->config, &f);
    assert_non_null(bare);
    assert_int_equal(db_exec(bare, "DROP TRIGGER die ON event; DROP FUNCTION die()").err, OK);
    db_close(bare);
    runner_run(t->runner, list, 2);
    if (list[0]->fail.err != OK)
        runner_run(t->runner, list, 2); /* the first attempt may only find the connection dead */
    done(list[0]);
    done(list[1]);
    assert_int_equal(count(r, "SELECT count(*) FROM matter WHERE community = $1 AND kind = 'report'"), 3);
}

/* ---- reactions ---- */

static void hand_to(Run *r, const Actor *officer, int n)
{
    for (int i = 0; i < n; i++) {
        Str id = report(r, r->resident);
        done(act(r, r->desk, "report.register", id, 1, "{\"category\":\"leak\"}"));
        done(act(r, r->desk, "report.dispatch", id, 2, to(r, officer->person, "")));
    }
}

static const char *successor(Run *r, const Actor *who)
{
    return arena_fmt(r->town.arena, "{\"successor\":\"%.*s\"}", STR_ARG(who->person)).p;
}

static void a_leaver_passes_everything_on(void **state)
{
    Run *r = *state;
    Actor *leaver = town_person(&r->town, "走", OFFICER, r->town.community),
          *next = town_person(&r->town, "来", OFFICER, r->town.community);
    hand_to(r, leaver, 3);
    Command *c = act(r, r->desk, "person.leave", leaver->person, -1, "{}");
    refused(c, "required", "successor");
    c = act(r, r->desk, "person.leave", leaver->person, -1, successor(r, next));
    done(c);
    assert_int_equal(c->n_events, 4);
    Str handler = next->person;
    Fail f = FAIL_NONE;
    DbRows *rows =
        db_query(r->town.db, r->town.arena, "SELECT count(*) FROM report WHERE community = $1 AND handler = $2", "ss",
                 "l", ARGS(TXT(r->town.community), TXT(handler)), &f);
    assert_int_equal(db_int(rows, 0, 0), 3);
    /* asked again: the same answer, and no reaction runs a second time */
    int64_t events = count(r, "SELECT count(*) FROM event WHERE community = $1");
    runner_forget(r->town.runner);
    runner_run(r->town.runner, &c, 1);
    done(c);
    assert_true(c->repeated);
    assert_int_equal(count(r, "SELECT count(*) FROM event WHERE community = $1"), events);
}

static void more_than_pass_on_at_once_pass_on_in_parts(void **state)
{
    Run *r = *state;
    Actor *leaver = town_person(&r->town, "走", OFFICER, r->town.community),
          *next = town_person(&r->town, "来", OFFICER, r->town.community);
    hand_to(r, leaver, MANY_MAX + 1);
    Command *c = act(r, r->desk, "person.leave", leaver->person, -1, successor(r, next));
    refused(c, "too_many_open_matters", "successor");
    assert_int_equal(c->fail.limit, MANY_MAX);
    c = act(r, r->desk, "person.hand_over", leaver->person, -1, successor(r, next));
    done(c);
    assert_int_equal(c->n_events, 1 + 400);
    c = act(r, r->desk, "person.leave", leaver->person, -1, successor(r, next));
    done(c);
    assert_int_equal(c->n_events, 1 + MANY_MAX + 1 - 400);
    refused(act(r, r->desk, "person.hand_over", leaver->person, -1, successor(r, next)), "nothing_open", "");
}

/* A membership in a household that is not there: its removal, a reaction, is refused, and with it all of the erasure.
 */
static void a_refused_reaction_refuses_the_whole(void **state)
{
    Run *r = *state;
    Str me = r->resident->person;
    execute(r, arena_fmt(r->town.arena,
                         "INSERT INTO household_member (community, household, person, state, note, since)"
                         " VALUES ('%.*s', '00000000-0000-7000-8000-00000000dead', '%.*s', 'member', '', 1)",
                         STR_ARG(r->town.community), STR_ARG(me)).p);
    int64_t events = count(r, "SELECT count(*) FROM event WHERE community = $1");
    Command *c = act(r, r->resident, "person.erase", me, -1, "{}");
    refused(c, "not_found", "household.remove");
    assert_int_equal(count(r, "SELECT count(*) FROM event WHERE community = $1"), events);
    execute(r, "DELETE FROM household_member WHERE household = '00000000-0000-7000-8000-00000000dead'");
    done(act(r, r->resident, "person.erase", me, -1, "{}"));
}

/* ---- clocks ---- */

static void restart(Run *r)
{
    runner_forget(r->town.runner);
    r->town.runner = runner_new(r->town.arena, r->town.world, r->town.db, r->town.seals, (RunnerHooks){ 0 });
}

static void a_clock_fires_once(void **state)
{
    Run *r = *state;
    report(r, r->resident);
    int64_t due = runner_next_due(r->town.runner);
    assert_true(due > town_clock);
    town_clock = due - 1;
    assert_int_equal(runner_fire(r->town.runner, town_clock, 100), 0);
    town_clock = due + MINUTE_MS;
    assert_int_equal(runner_fire(r->town.runner, town_clock, 100), 1);
    int64_t events = count(r, "SELECT count(*) FROM event WHERE community = $1");
    restart(r);
    assert_int_equal(runner_fire(r->town.runner, town_clock, 100), 0);
    town_clock -= HOUR_MS; /* the machine's clock was set back */
    assert_int_equal(runner_fire(r->town.runner, town_clock, 100), 0);
    town_clock = due + 2 * MINUTE_MS; /* and comes to that moment a second time */
    assert_int_equal(runner_fire(r->town.runner, town_clock, 100), 0);
    assert_int_equal(count(r, "SELECT count(*) FROM event WHERE community = $1"), events);
    /* the row comes back, as from a half-done repair: the firing's id is known, so nothing happens twice */
    execute(
        r,
        arena_fmt(r->town.arena,
                  "INSERT INTO clock (community, matter, name, kind, due_at) SELECT community, id, 'remind', kind, %lld"
                  " FROM matter WHERE kind = 'report'",
                  (long long)due)
            .p);
    assert_int_equal(runner_fire(r->town.runner, town_clock, 100), 0);
    assert_int_equal(count(r, "SELECT count(*) FROM event WHERE community = $1"), events);
    execute(r, "DELETE FROM clock WHERE name = 'remind'");
}

int main(void)
{
#define IN_TOWN(f) cmocka_unit_test_setup_teardown(f, open_run, close_run)
    const struct CMUnitTest tests[] = {
        IN_TOWN(a_role_counts_where_the_matter_will_be),
        IN_TOWN(a_matter_moves_only_where_the_mover_has_a_say),
        IN_TOWN(rows_of_one_call_are_held_against_each_other),
        IN_TOWN(one_call_names_each_door_once),
        IN_TOWN(one_call_names_each_building_once),
        IN_TOWN(one_call_gives_each_phone_once),
        IN_TOWN(rows_are_strict_one_by_one),
        IN_TOWN(the_same_call_again_changes_nothing),
        IN_TOWN(a_phone_may_be_late_but_not_early),
        IN_TOWN(the_table_holds_the_matters_relations),
        IN_TOWN(who_parts_has_no_row),
        IN_TOWN(two_commands_cannot_both_win),
        IN_TOWN(notes_on_one_matter_follow_each_other),
        IN_TOWN(the_same_id_twice_in_one_batch_is_done_once),
        IN_TOWN(a_poisoned_command_harms_nobody_else),
        IN_TOWN(an_uncertain_commit_is_not_acknowledged),
        IN_TOWN(a_leaver_passes_everything_on),
        IN_TOWN(more_than_pass_on_at_once_pass_on_in_parts),
        IN_TOWN(a_refused_reaction_refuses_the_whole),
        IN_TOWN(a_clock_fires_once),
    };
    return engine_both(&engine, "run", tests, COUNT(tests), NULL, NULL);
}
