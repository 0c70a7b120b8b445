/* Reports in many hands, on a whole world and both engines: what stories cannot say because it happens in one batch or
 * is read and not done. */
#include "store_engine.h"

#include "../support/town.h"

#include "core/access/glance.h"
#include "core/access/session.h"
#include "mod/report/report.h"

#include <stdio.h>

typedef struct Run {
    Town town;
    KeyCache *keys;
    Actor *admin, *desk, *second, *officer, *member, *resident;
    Str unit;
} Run;

static const char *engine = "sqlite";

static Command *act(Run *r, const Actor *who, const char *type, Str matter, int64_t version, const char *input)
{
    town_clock += MINUTE_MS;
    return town_do(&r->town, who, type, matter, version, input);
}

static void held(const Command *c, int line)
{
    if (c->fail.err == OK) return;
    print_error("%s: %s at \"%s\"\n", c->action->name, c->fail.code, c->fail.field);
    _fail(__FILE__, line);
}
#define done(c) held((c), __LINE__)

static int open_run(void **state)
{
    static Run run;
    Run *r = &run;
    *r = (Run){ 0 };
    Town *t = &r->town;
    if (!town_open(t, engine, 12) || !town_furnish(t, 3)) return -1;
    r->keys = key_cache_new(t->arena, t->seals, 64);
    r->admin = town_person(t, "管", ADMIN, t->community);
    r->desk = town_person(t, "值", DISPATCHER, t->community);
    r->second = town_person(t, "值二", DISPATCHER, t->community);
    r->officer = town_person(t, "格一", OFFICER, S("540102001001-01"));
    r->member = town_person(t, "员", RESIDENT, t->community);
    r->resident = town_person(t, "居", RESIDENT, t->community);
    Command *unit = act(r, r->admin, "unit.add", S(""), -1,
                        "{\"name\":{\"zh\":\"水务\"},\"kind\":\"utility\",\"phone\":\"08916000001\","
                        "\"areas\":[{\"place\":\"540102001001\"}]}");
    done(unit);
    r->unit = json_text(unit->reply, "id");
    done(act(r, r->admin, "unit.join", r->unit, -1,
             arena_fmt(t->arena, "{\"person\":\"%.*s\"}", STR_ARG(r->member->person)).p));
    Fail f = actor_load_units(t->db, t->arena, t->community, r->member);
    *state = r;
    return f.err == OK && r->member->n_units == 1 ? 0 : -1;
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

static Str registered(Run *r)
{
    Command *made = act(r, r->resident, "report.create", S(""), -1,
                        "{\"category\":\"leak\",\"text\":\"漏水\",\"point\":{\"lon\":91.102,\"lat\":29.645}}");
    done(made);
    Str id = json_text(made->reply, "id");
    done(act(r, r->desk, "report.register", id, 1, "{\"category\":\"leak\"}"));
    return id;
}

static const char *to(Run *r, Str who)
{
    return arena_fmt(r->town.arena, "{\"to\":\"%.*s\"}", STR_ARG(who)).p;
}

static bool no_param(void *self, const char *name, Str *value)
{
    (void)self, (void)name, (void)value;
    return false;
}

static Reading last_reading;

static const char *asked; /* "west=91&east=92": what the next reading is asked with; NULL: nothing */

static bool asked_param(void *self, const char *name, Str *value)
{
    Str rest = str_c(asked);
    (void)self;
    while (rest.n > 0) {
        Str one = str_cut(&rest, '&');
        if (!str_is(str_cut(&one, '='), name)) continue;
        *value = one;
        return true;
    }
    return false;
}

static json_t *read_as(Run *r, const char *module, const char *query, const Actor *actor, Str arg)
{
    const Module *m = world_module(r->town.world, str_c(module));
    const Query *q = m->queries;
    while (strcmp(q->name, query) != 0)
        q++;
    Reading reading = { .arena = r->town.arena,
                        .world = r->town.world,
                        .db = r->town.db,
                        .seals = r->town.seals,
                        .keys = r->keys,
                        .module = m,
                        .query = q,
                        .actor = actor,
                        .community = r->town.community,
                        .args = { arg },
                        .n_args = arg.n > 0,
                        .now = town_clock,
                        .param = asked != NULL ? asked_param : no_param };
    Str text = S("");
    Fail f = query_answer(&reading, &text);
    if (f.err != OK) print_error("%s.%s: %s %s\n", module, query, f.code, f.log != NULL ? f.log : "");
    assert_int_equal(f.err, OK);
    last_reading = reading;
    json_t *v = json_read(r->town.arena, text, &f);
    assert_non_null(v);
    return v;
}

static size_t rows_of(Run *r, const char *query, const Actor *actor)
{
    return json_array_size(json_object_get(read_as(r, "report", query, actor, S("")), "rows"));
}

static int64_t count(Run *r, const char *sql)
{
    Fail f = FAIL_NONE;
    DbRows *rows = db_query(r->town.db, r->town.arena, sql, "s", "l", ARGS(TXT(r->town.community)), &f);
    assert_int_equal(f.err, OK);
    return db_int(rows, 0, 0);
}

/* Both saw the same version and press at the same moment: one batch for the writer, or two. */
static void two_dispatchers_at_once(void **state)
{
    Run *r = *state;
    for (int in_one = 0; in_one < 2; in_one++) {
        Str id = registered(r);
        int64_t before = count(r, "SELECT count(*) FROM event WHERE community = $1");
        Command *both[2] = { town_command(&r->town, r->desk, "report.dispatch", id, 2, to(r, r->officer->person)),
                             town_command(&r->town, r->second, "report.dispatch", id, 2, to(r, r->unit)) };
        for (int i = 0; i < (in_one ? 1 : 2); i++)
            runner_run(r->town.runner, both + i, in_one ? 2 : 1);
        done(both[0]);
        assert_int_equal(both[1]->fail.err, ERR_CONFLICT);
        assert_string_equal(both[1]->fail.code, "wrong_state");
        assert_text(r->desk->person, both[1]->fail.by); /* is told who was first, and with what */
        assert_string_equal(both[1]->fail.did, "report.dispatch");
        assert_int_equal(both[1]->fail.at, both[0]->events[0].at);
        assert_int_equal(count(r, "SELECT count(*) FROM event WHERE community = $1"), before + 1);
        /* reassigning at once: the state allows both, the version only one */
        Command *again[2] = {
            town_command(&r->town, r->desk, "report.reassign", id, 3,
                         arena_fmt(r->town.arena, "{\"to\":\"%.*s\",\"reason\":\"换人\"}", STR_ARG(r->unit)).p),
            town_command(&r->town, r->second, "report.reassign", id, 3,
                         arena_fmt(r->town.arena, "{\"to\":\"%.*s\",\"reason\":\"换人\"}", STR_ARG(r->desk->person)).p)
        };
        for (int i = 0; i < (in_one ? 1 : 2); i++)
            runner_run(r->town.runner, again + i, in_one ? 2 : 1);
        done(again[0]);
        assert_string_equal(again[1]->fail.code, "stale_version");
        assert_int_equal(again[1]->fail.limit, 4);
        assert_text(r->desk->person, again[1]->fail.by);
        assert_string_equal(again[1]->fail.did, "report.reassign");
        Command *asker = act(r, r->resident, "report.withdraw", id, 2, "{}"); /* learns nothing of the desk */
        assert_int_equal(asker->fail.err, ERR_CONFLICT);
        assert_string_equal(asker->fail.by, "");
        assert_int_equal(asker->fail.at, 0);
        assert_int_equal(count(r, "SELECT count(*) FROM event WHERE community = $1"), before + 2);
    }
    assert_int_equal(count(r, "SELECT count(*) FROM relation WHERE community = $1 AND (relations & 2) <> 0"), 2);
}

/* What a unit has is in the lists of its members and of nobody else, and views name it. */
static void members_see_what_their_unit_has(void **state)
{
    Run *r = *state;
    Str id = registered(r);
    assert_int_equal(rows_of(r, "handling", r->member), 0);
    done(act(r, r->desk, "report.dispatch", id, 2, to(r, r->unit)));
    assert_int_equal(rows_of(r, "handling", r->member), 1);
    assert_int_equal(rows_of(r, "handling", r->resident), 0);
    json_t *view = read_as(r, "report", "view", r->member, id);
    assert_text(json_string_value(json_array_get(json_object_get(view, "me"), 0)) != NULL
                    ? str_c(json_string_value(json_array_get(json_object_get(view, "me"), 0)))
                    : S(""),
                "handler");
    bool accept = false, named = false;
    size_t i;
    json_t *v;
    json_array_foreach(json_object_get(view, "actions"), i, v) accept |= strcmp(json_string_value(v), "accept") == 0;
    json_array_foreach(json_object_get(view, "people"), i, v) named |= str_is(json_text(v, "name"), "水务");
    assert_true(accept);
    assert_true(named);
    json_t *notices = json_object_get(read_as(r, "live", "notices", r->member, S("")), "rows");
    assert_true(json_array_size(notices) > 0); /* newest first */
    assert_text(json_text(json_array_get(notices, 0), "type"), "report.dispatch");
    done(act(r, r->member, "report.accept", id, 3, "{}"));
    done(act(r, r->member, "report.finish", id, 4, "{\"text\":\"修好了\"}"));
    assert_int_equal(rows_of(r, "verifying", r->desk), 1);
    json_t *units = json_object_get(read_as(r, "unit", "list", r->desk, S("")), "rows");
    assert_int_equal(json_array_size(units), 1);
    assert_int_equal(json_int(json_array_get(units, 0), "open"), 1);
    assert_int_equal(json_int(json_array_get(units, 0), "members"), 1);
}

/* What was opened by whom is in the reporter's own log: once a day for each who has nothing to do with it, never for
 * who works on it, for oneself, or where nothing was opened. */
static void looks_are_logged(void **state)
{
    Run *r = *state;
    Town *t = &r->town;
    Str id = registered(r), quiet = json_text(act(r, r->resident, "report.create", S(""), -1,
                                                  "{\"category\":\"leak\",\"point\":{\"lon\":91.102,\"lat\":29.645}}")
                                                  ->reply,
                                              "id");
    done(act(r, r->desk, "report.dispatch", id, 2, to(r, r->officer->person)));
    Glances *g = glances_new(t->arena);
    const Actor *lookers[] = { r->desk, r->desk, r->second, r->officer, r->resident, r->desk };
    Str looked_at[] = { id, id, id, id, id, quiet };
    bool leaves[] = { true, true, true, false, false, false };
    for (int i = 0; i < COUNT(lookers); i++) {
        read_as(r, "report", "view", lookers[i], looked_at[i]);
        assert_int_equal(last_reading.opened_of.n > 0, leaves[i]);
        assert_int_equal(glances_note(g, &last_reading, NULL).err, OK);
    }
    assert_int_equal(count(r, "SELECT count(*) FROM access WHERE community = $1"), 0);
    assert_int_equal(glances_flush(g, t->runner).err, OK);
    assert_int_equal(count(r, "SELECT count(*) FROM access WHERE community = $1 AND what = 'report.view'"), 2);
    json_t *mine = json_object_get(read_as(r, "person", "access", r->resident, S("")), "rows");
    assert_int_equal(json_array_size(mine), 2);
    for (size_t i = 0; i < 2; i++)
        assert_true(str_eq(json_text(json_array_get(mine, i), "matter"), id));
    /* another process has forgotten; the table has not. A day later it is another look */
    Glances *again = glances_new(t->arena);
    for (int day = 0; day < 2; day++) {
        read_as(r, "report", "view", r->desk, id);
        assert_int_equal(glances_note(again, &last_reading, NULL).err, OK);
        assert_int_equal(glances_flush(again, t->runner).err, OK);
        assert_int_equal(count(r, "SELECT count(*) FROM access WHERE community = $1"), 2 + day);
        town_clock += DAY_MS + MINUTE_MS;
    }
    /* no room: not shown until it is written */
    Reading full = last_reading;
    int n = 0;
    full.now = town_clock;
    for (full.args[0] = id_new(t->arena, town_clock); n < 5000 && glances_note(g, &full, NULL).err == OK; n++)
        full.args[0] = id_new(t->arena, town_clock);
    assert_in_range(n, 1000, 4999);
    assert_int_equal(glances_flush(g, t->runner).err, OK);
    assert_int_equal(glances_note(g, &full, NULL).err, OK);
    assert_int_equal(count(r, "SELECT count(*) FROM access WHERE community = $1"), 3 + n);
}

/* A member who leaves the community is in no unit any more, and no longer acts for one. */
static void a_leaver_leaves_the_unit(void **state)
{
    Run *r = *state;
    Str id = registered(r);
    done(act(r, r->desk, "report.dispatch", id, 2, to(r, r->unit)));
    done(act(r, r->admin, "person.leave", r->member->person, -1, "{}"));
    assert_int_equal(count(r, "SELECT count(*) FROM membership WHERE community = $1"), 0);
    Command *late = act(r, r->member, "report.accept", id, 3, "{}");
    assert_string_equal(late->fail.code, "forbidden");
    assert_int_equal(rows_of(r, "returns", r->desk), 0);
}

/* ---- the clock ---- */

static int64_t fired(Run *r, Str id, const char *type)
{
    Fail f = FAIL_NONE;
    DbRows *rows = db_query(r->town.db, r->town.arena,
                            "SELECT count(*) FROM timeline WHERE community = $1 AND matter = $2 AND type = $3", "sss",
                            "l",
                            ARGS(TXT(r->town.community), TXT(id), TXT(str_c(type))), &f);
    assert_int_equal(f.err, OK);
    return db_int(rows, 0, 0);
}

static Str with_hours(Run *r, Actor *handler, int64_t *due)
{
    Command *made = act(r, r->resident, "report.create", S(""), -1,
                        "{\"category\":\"light\",\"text\":\"灯不亮\",\"point\":{\"lon\":91.102,\"lat\":29.645}}");
    done(made);
    Str id = json_text(made->reply, "id");
    done(act(r, r->desk, "report.register", id, 1, "{\"category\":\"light\"}"));
    done(act(r, r->desk, "report.dispatch", id, 2, to(r, handler->person)));
    done(act(r, handler, "report.accept", id, 3, "{}"));
    Fail f = FAIL_NONE;
    DbRows *rows = db_query(r->town.db, r->town.arena,
                            "SELECT due_at FROM matter WHERE community = $1 AND id = $2", "ss", "l",
                            ARGS(TXT(r->town.community), TXT(id)), &f);
    *due = db_int(rows, 0, 0);
    assert_true(*due > town_clock + 2 * HOUR_MS);
    return id;
}

static void fire_until(Run *r, int64_t until)
{
    for (town_clock += MINUTE_MS; town_clock < until; town_clock += 20 * MINUTE_MS)
        runner_fire(r->town.runner, town_clock, 100);
    town_clock = until;
    runner_fire(r->town.runner, town_clock, 100);
}

/* Set back by an hour: what happened keeps its order and times never go back; what had fired does not fire again, what
 * had not fires once, at its time. After a restart likewise. */
static void a_clock_set_back_by_an_hour(void **state)
{
    Run *r = *state;
    int64_t due = 0, later = 0;
    Str one = with_hours(r, r->officer, &due);
    fire_until(r, due + 5 * MINUTE_MS);
    assert_int_equal(fired(r, one, "report.supervise"), 1);
    Command *last = act(r, r->desk, "report.note", one, -1, "{\"text\":\"还没到\"}");
    done(last);
    int64_t before = last->events[0].at, seq = last->events[0].seq;
    town_clock = before - HOUR_MS;
    for (int restarted = 0; restarted < 2; restarted++) {
        Command *c = act(r, r->desk, "report.note", one, -1, "{\"text\":\"还是没到\"}");
        done(c);
        assert_int_equal(c->events[0].at, before);
        assert_int_equal(c->events[0].seq, ++seq);
        assert_int_equal(id_time(c->events[0].id), before);
        runner_forget(r->town.runner);
    }
    assert_int_equal(runner_fire(r->town.runner, town_clock, 100), 0);
    Str two = with_hours(r, r->officer, &later); /* begun within the hour that comes twice */
    fire_until(r, due + 30 * MINUTE_MS);
    assert_int_equal(fired(r, one, "report.supervise"), 1);
    assert_int_equal(fired(r, two, "report.supervise"), 0);
    fire_until(r, later - MINUTE_MS);
    assert_int_equal(fired(r, two, "report.supervise"), 0);
    fire_until(r, later + 25 * HOUR_MS);
    assert_int_equal(fired(r, one, "report.supervise"), 1);
    assert_int_equal(fired(r, one, "report.escalate"), 1);
    assert_int_equal(fired(r, two, "report.supervise"), 1);
    assert_int_equal(fired(r, two, "report.escalate"), 1);
    const char *backwards = "SELECT count(*) FROM event a JOIN event b ON b.community = a.community"
                            " AND b.seq = a.seq + 1 WHERE a.community = $1 AND b.at < a.at";
    assert_int_equal(count(r, backwards), 0);
    assert_int_equal(count(r, "SELECT count(*) FROM clock WHERE community = $1 AND kind = 'report'"), 0);
    /* a clock that was hours ahead is believed when it is put right: deadlines count from the time that is */
    int64_t wrong = town_clock;
    town_clock = wrong - 8 * HOUR_MS;
    Command *right = act(r, r->desk, "report.note", one, -1, "{\"text\":\"时钟改正\"}");
    done(right);
    assert_int_equal(right->events[0].at, wrong - 8 * HOUR_MS + MINUTE_MS);
    town_clock = wrong;
}

/* Late, done, and not done after all: it goes up again at once. Nothing that was fired stays behind in the table, where
 * it would be asked for ever and in the end hold up all others. */
static void late_again_fires_again(void **state)
{
    Run *r = *state;
    int64_t due = 0;
    Str one = with_hours(r, r->officer, &due);
    fire_until(r, due + MINUTE_MS);
    for (int again = 1; again <= 3; again++) {
        assert_int_equal(fired(r, one, "report.supervise"), again);
        int64_t version = count(r, "SELECT max(version) FROM matter WHERE community = $1 AND kind = 'report'");
        done(act(r, r->officer, "report.finish", one, version, "{\"text\":\"换了\"}"));
        done(act(r, r->desk, "report.redo", one, version + 1, "{\"reason\":\"还是不亮\"}"));
        town_clock += MINUTE_MS;
        runner_fire(r->town.runner, town_clock, 100);
    }
    int64_t version = count(r, "SELECT max(version) FROM matter WHERE community = $1 AND kind = 'report'");
    int64_t now = town_clock;
    for (int twice = 1; twice <= 2; twice++, version += 3) { /* twice in one moment: the machine's clock was set back */
        town_clock = now - HOUR_MS;
        done(act(r, r->officer, "report.finish", one, version, "{\"text\":\"换了\"}"));
        done(act(r, r->desk, "report.redo", one, version + 1, "{\"reason\":\"还是不亮\"}"));
        assert_int_equal(runner_fire(r->town.runner, now, 100), 1);
        assert_int_equal(fired(r, one, "report.supervise"), 4 + twice);
    }
    fire_until(r, due + 25 * HOUR_MS);
    assert_int_equal(count(r, "SELECT count(*) FROM clock WHERE community = $1 AND kind = 'report'"), 0);
}

/* Clocks that cannot be done (a program that does not know them any more) do not stop those behind them. */
static void dead_clocks_hold_up_nobody(void **state)
{
    Run *r = *state;
    int64_t due = 0;
    Str one = with_hours(r, r->officer, &due);
    for (int i = 0; i < 150; i++)
        assert_int_equal(db_exec(r->town.db,
                                 arena_fmt(r->town.arena,
                                           "INSERT INTO clock (community, matter, name, kind, due_at)"
                                           " VALUES ('540102001001', '%.*s', 'gone_%03d', 'report', 1000)",
                                           STR_ARG(one), i)
                                     .p)
                             .err,
                         OK);
    town_clock = due + MINUTE_MS;
    assert_true(runner_fire(r->town.runner, town_clock, 64) > 0);
    assert_int_equal(fired(r, one, "report.supervise"), 1);
    assert_int_equal(db_exec(r->town.db, "DELETE FROM clock WHERE name LIKE 'gone_%'").err, OK);
}

/* ---- on the spot ---- */

static Command *settle(Run *r)
{
    Town *t = &r->town;
    Str id = id_new(t->arena, town_clock);
    return act(r, r->officer, "report.on_the_spot", id, -1,
               arena_fmt(t->arena,
                         "{\"category\":\"road\",\"text\":\"井盖扶正\",\"point\":{\"lon\":91.102,\"lat\":29.645},"
                         "\"before\":[\"%s\"],\"after\":[\"%s\"]}",
                         town_photo(t, id).p, town_photo(t, id).p)
                   .p);
}

/* From the event alone anybody can draw again, and about as many are drawn as the setting says. */
static void a_draw_can_be_drawn_again(void **state)
{
    Run *r = *state;
    int drawn = 0, n = 400;
    done(act(r, r->admin, "setting.set", S(""), -1, "{\"limits\":{\"sample_percent\":25}}"));
    for (int i = 0; i < n; i++) {
        Command *c = settle(r);
        done(c);
        const Event *e = &c->events[0];
        const json_t *draw = json_object_get(e->data, "draw");
        Hash h = hash_sha256(
            (Str[]){ S("linli draw 1\n"), e->community, S("\n"), e->matter, S("\n"), json_text(draw, "salt") }, 6);
        uint64_t roll = 0;
        for (int k = 0; k < 8; k++)
            roll = roll << 8 | h.b[k];
        roll %= 10000;
        assert_int_equal(roll, json_int(draw, "roll"));
        assert_int_equal(json_int(draw, "percent"), 25);
        assert_int_equal(roll < 2500, json_bool(draw, "drawn"));
        assert_text(json_text(c->reply, "state"), json_bool(draw, "drawn") ? "done" : "closed");
        assert_true(str_eq(json_text(draw, "salt"), e->id)); /* not the phone's choice */
        drawn += json_bool(draw, "drawn");
    }
    assert_in_range(drawn, 60, 140);
    assert_int_equal(rows_of(r, "verifying", r->officer), 0); /* not by who settled it */
    assert_int_equal(count(r, "SELECT count(*) FROM report WHERE community = $1 AND spot = 2"), drawn);
    json_t *rows = json_object_get(read_as(r, "report", "spot_counts", r->desk, S("")), "rows");
    int64_t counted = 0;
    for (size_t i = 0; i < json_array_size(rows); i++)
        counted += json_int(json_array_get(rows, i), "n");
    assert_int_equal(counted, n);
}

/* ---- the same thing twice ---- */

static Command *water(Run *r, const Actor *who, double lon, const char *text)
{
    return act(r, who, "report.create", S(""), -1,
               arena_fmt(r->town.arena,
                         "{\"category\":\"flood\",\"text\":\"%s\",\"near\":\"三栋二单元\","
                         "\"point\":{\"lon\":%.4f,\"lat\":29.645}}",
                         text, lon)
                   .p);
}

static json_t *similar(Run *r, const Actor *who, int64_t lon_e7)
{
    Actor actor = *who;
    CallCtx c = { .arena = r->town.arena,
                  .world = r->town.world,
                  .seals = r->town.seals,
                  .keys = r->keys,
                  .db = r->town.db,
                  .community = r->town.community,
                  .actor = &actor,
                  .now = town_clock };
    Fail f = report_similar(&c, lon_e7, 296450000, S("flood"), S("桥洞积水"));
    assert_int_equal(f.err, OK);
    return json_object_get(json_read(r->town.arena, c.reply.body, &f), "rows");
}

static bool holds(Run *r, const json_t *v, const char *text)
{
    (void)r;
    Str printed = json_print(r->town.arena, v);
    return str_find(printed, str_c(text)) >= 0;
}

/* Whoever is about to report sees what is near and why it might be the same, and nothing that a resident wrote. */
static void similar_ones_are_shown_with_why(void **state)
{
    Run *r = *state;
    static const Actor nobody = { .person = { "", 0 }, .community = { "", 0 } };
    Command *one = water(r, r->resident, 91.1020, "桥洞积水，车过不去"),
            *far = water(r, r->resident, 91.1095, "别处积水");
    done(one), done(far);
    Str id = json_text(one->reply, "id");
    int64_t here = 911021000;
    json_t *rows = similar(r, &nobody, here);
    assert_int_equal(json_array_size(rows), 1);
    assert_true(str_eq(json_text(json_array_get(rows, 0), "id"), id));
    const json_t *why = json_object_get(json_array_get(rows, 0), "why");
    assert_true(json_bool(why, "category"));
    assert_true(json_int(why, "distance_m") <= 150);
    assert_null(json_object_get(why, "words")); /* the text is the resident's */
    assert_false(holds(r, rows, "车过不去"));
    assert_false(holds(r, rows, "三栋"));
    assert_false(holds(r, rows, "91.1020")); /* no position at all, only how far */
    /* staff of the community compare with the text itself */
    why = json_object_get(json_array_get(similar(r, r->desk, here), 0), "why");
    assert_text(json_text(why, "words"), "桥洞积水");
    /* once the desk has given it a public title, that is compared for everybody */
    done(act(r, r->desk, "report.register", id, 1, "{\"category\":\"flood\",\"public_title\":\"北口桥洞积水\"}"));
    why = json_object_get(json_array_get(similar(r, &nobody, here), 0), "why");
    assert_text(json_text(why, "words"), "桥洞积水");
    assert_int_equal(json_array_size(similar(r, &nobody, 913000000)), 0);
}

static json_t *duplicates(Run *r, const Actor *who)
{
    Actor actor = *who;
    CallCtx c = { .arena = r->town.arena, .world = r->town.world, .seals = r->town.seals, .keys = r->keys,
                  .db = r->town.db, .community = r->town.community, .actor = &actor, .now = town_clock };
    Fail f = duplicates_run(&c);
    assert_int_equal(f.err, OK);
    return json_object_get(json_read(r->town.arena, c.reply.body, &f), "rows");
}

/* The desk sees over its whole queue which report is the same as an older one, and why; the older one stays. */
static void duplicates_are_marked_with_why(void **state)
{
    Run *r = *state;
    static const Actor nobody = { .person = { "", 0 }, .community = { "", 0 } };
    Command *one = water(r, r->resident, 91.1020, "桥洞积水，车过不去"),
            *again = water(r, r->resident, 91.1022, "桥洞积水很深"),
            *far = water(r, r->resident, 91.1095, "桥洞积水，车过不去");
    done(one), done(again), done(far);
    const json_t *rows = duplicates(r, r->desk), *pair = json_array_get(rows, 0), *why = json_object_get(pair, "why");
    assert_int_equal(json_array_size(rows), 1);
    assert_true(str_eq(json_text(pair, "id"), json_text(again->reply, "id")));
    assert_true(str_eq(json_text(pair, "into"), json_text(one->reply, "id")));
    assert_int_equal(json_int(pair, "number"), json_int(one->reply, "number"));
    assert_true(json_bool(why, "category"));
    assert_true(json_int(why, "distance_m") <= 30);
    assert_text(json_text(why, "words"), "桥洞积水");
    assert_int_equal(json_array_size(duplicates(r, &nobody)), 0); /* whoever may not see them */
    /* put together, it is no longer open, and nothing is left to mark */
    done(act(r, r->desk, "report.merge", json_text(again->reply, "id"), 1,
             arena_fmt(r->town.arena, "{\"into\":\"%.*s\"}", STR_ARG(json_text(one->reply, "id"))).p));
    assert_int_equal(json_array_size(duplicates(r, r->desk)), 0);
}

/* Who joined follows: sees how it goes on, not who reported it, what they wrote or where exactly it is. */
static void a_follower_sees_how_it_goes_on(void **state)
{
    Run *r = *state;
    Command *one = water(r, r->resident, 91.1020, "桥洞积水，车过不去");
    done(one);
    Str id = json_text(one->reply, "id");
    const char *into = arena_fmt(r->town.arena, "{\"into\":\"%.*s\"}", STR_ARG(id)).p;
    Command *both[2] = { town_command(&r->town, r->member, "report.me_too", S(""), -1, into),
                         town_command(&r->town, r->member, "report.me_too", S(""), -1, into) };
    runner_run(r->town.runner, both, 2); /* two taps at once */
    done(both[0]);
    assert_string_equal(both[1]->fail.code, "joined_already");
    done(act(r, r->desk, "report.register", id, 2, "{\"category\":\"flood\",\"public_title\":\"桥洞积水\"}"));
    done(act(r, r->desk, "report.dispatch", id, 3, to(r, r->officer->person)));
    done(act(r, r->officer, "report.accept", id, 4, "{}"));
    done(act(
        r, r->officer, "report.ask_extension", id, 5,
        arena_fmt(r->town.arena, "{\"until\":%lld,\"reason\":\"等抽水机\"}", (long long)(town_clock + 9 * DAY_MS)).p));
    done(act(r, r->officer, "report.finish", id, 6, "{\"text\":\"水已退\"}"));
    json_t *view = read_as(r, "report", "view", r->member, id);
    assert_false(holds(r, view, "车过不去"));
    assert_false(holds(r, view, "三栋"));
    assert_false(holds(r, view, "91.102"));
    assert_false(holds(r, view, arena_c(r->town.arena, r->resident->person)));
    assert_false(holds(r, view, "等抽水机"));
    assert_true(holds(r, view, "水已退"));
    assert_true(json_array_size(json_object_get(view, "timeline")) >= 4);
    assert_true(holds(r, read_as(r, "report", "view", r->resident, id), "车过不去"));
    /* without an account the receipt code of the joining opens the same view */
    static const Actor nobody = { .person = { "", 0 }, .community = { "", 0 } };
    Command *passer = act(r, &nobody, "report.me_too", S(""), -1, into);
    done(passer);
    assert_true(json_text(passer->reply, "receipt").n >= 12);
    Actor holder = nobody;
    holder.receipt = json_text(passer->reply, "id");
    assert_true(holds(r, read_as(r, "report", "view", &holder, id), "水已退"));
    assert_false(holds(r, read_as(r, "report", "view", &holder, id), "车过不去"));
    assert_int_equal(rows_of(r, "mine", r->member), 1);
}

/* More than a matter keeps relations for: each is counted once, also those who are told no more. */
static void a_crowd_is_counted_once_each(void **state)
{
    Run *r = *state;
    Town *t = &r->town;
    Command *one = water(r, r->resident, 91.1020, "桥洞积水");
    done(one);
    Str id = json_text(one->reply, "id");
    const char *into = arena_fmt(t->arena, "{\"into\":\"%.*s\"}", STR_ARG(id)).p;
    Actor passer = { .community = t->community, .session = S(""), .receipt = S("") };
    for (int i = 0; i < 60; i++) {
        passer.person = id_new(t->arena, town_clock);
        done(act(r, &passer, "report.me_too", S(""), -1, into));
    }
    assert_string_equal(act(r, &passer, "report.me_too", S(""), -1, into)->fail.code, "joined_already");
    Fail f = FAIL_NONE;
    DbRows *row = db_query(t->db, t->arena,
                           "SELECT r.joined, (SELECT count(*) FROM relation x WHERE x.community = $1 AND x.matter = $2)"
                           " FROM report r WHERE r.community = $1 AND r.id = $2", "ss", "ll",
                           ARGS(TXT(t->community), TXT(id)), &f);
    assert_int_equal(row->rows, 1);
    assert_int_equal(db_int(row, 0, 0), 60);
    assert_true(db_int(row, 0, 1) > 30 && db_int(row, 0, 1) < 60); /* the crowd was one */
}

/* What was supervised and comes back unfinished is supervised again, once: no firing waits for ever. */
static void late_work_that_comes_back_is_told_again(void **state)
{
    Run *r = *state;
    Town *t = &r->town;
    Str id = registered(r);
    done(act(r, r->desk, "report.dispatch", id, 2, to(r, r->officer->person)));
    done(act(r, r->officer, "report.accept", id, 3, "{}"));
    town_clock += 30 * DAY_MS;
    assert_true(runner_fire(t->runner, town_clock, 100) >= 2);
    int64_t fired = count(r, "SELECT count(*) FROM timeline WHERE community = $1 AND type = 'report.supervise'");
    assert_int_equal(fired, 1);
    int64_t version = count(r, "SELECT max(version) FROM matter WHERE community = $1 AND kind = 'report'");
    done(act(r, r->officer, "report.finish", id, version, "{\"text\":\"好了\",\"why_not\":\"等材料\"}"));
    done(act(r, r->second, "report.redo", id, version + 1, "{\"reason\":\"还在漏\"}"));
    assert_true(runner_fire(t->runner, town_clock, 100) >= 1);
    assert_int_equal(count(r, "SELECT count(*) FROM timeline WHERE community = $1 AND type = 'report.supervise'"), 2);
    assert_int_equal(runner_next_due(t->runner), 0);
    assert_int_equal(runner_fire(t->runner, town_clock + DAY_MS, 100), 0);
}

/* How many there are on a piece of the map, and in how many cells. */
static int64_t clustered(Run *r, const Actor *actor, const char *with, size_t *cells)
{
    asked = with;
    const json_t *rows = json_object_get(read_as(r, "report", "clusters", actor, S("")), "rows");
    asked = NULL;
    int64_t n = 0;
    for (size_t i = 0; i < json_array_size(rows); i++)
        n += json_int(json_array_get(rows, i), "n");
    if (cells != NULL) *cells = json_array_size(rows);
    return n;
}
#define CITY "west=91&east=92&south=29&north=30"

/* Every open report in one cell, none twice, and nobody's but one's own. */
static void clusters_count_what_the_map_shows(void **state)
{
    Run *r = *state;
    size_t few, some, many;
    Str closed = registered(r);
    for (int i = 0; i < 12; i++)
        done(act(r, r->resident, "report.create", S(""), -1,
                 arena_fmt(r->town.arena,
                           "{\"category\":\"%s\",\"text\":\"x\",\"point\":{\"lon\":%.4f,\"lat\":29.6450}}",
                           i % 3 == 0 ? "road" : "leak", 91.1005 + 0.001 * i)
                     .p));
    done(act(r, r->desk, "report.refuse", closed, 2, "{\"reason\":\"不归这里\"}"));
    assert_int_equal(rows_of(r, "map", r->desk), 12);
    assert_int_equal(clustered(r, r->desk, CITY "&cell=100000", &few), 12);
    assert_int_equal(clustered(r, r->desk, CITY "&cell=400", &some), 12);
    assert_int_equal(clustered(r, r->desk, CITY "&cell=20", &many), 12);
    assert_true(few <= 2 && some > few && many > some && many == 12);
    assert_int_equal(clustered(r, r->desk, CITY "&cell=400&category=road", NULL), 4);
    assert_int_equal(clustered(r, r->desk, CITY "&cell=400&state=collected", NULL), 12);
    assert_int_equal(clustered(r, r->desk, CITY "&cell=400&state=closed", NULL), 0);
    assert_int_equal(clustered(r, r->desk, "west=91&east=91.1035&south=29&north=30&cell=400", NULL), 3);
    int64_t officers = clustered(r, r->officer, CITY "&cell=400", NULL); /* grid 01: 91.100 to 91.104 */
    assert_int_equal(officers, 4);
    int64_t late = count(r, "SELECT max(due_at) FROM matter WHERE community = $1 AND kind = 'report'");
    town_clock = late + 1;
    asked = CITY "&cell=100000";
    const json_t *rows = json_object_get(read_as(r, "report", "clusters", r->desk, S("")), "rows");
    asked = NULL;
    int64_t overdue = 0;
    for (size_t i = 0; i < json_array_size(rows); i++)
        overdue += json_int(json_array_get(rows, i), "overdue");
    assert_int_equal(overdue, 12);
    /* what lists are ordered by beside their filters says what the matter says */
    assert_true(count(r, "SELECT count(*) FROM report WHERE community = $1") >= 13);
    assert_int_equal(count(r, "SELECT count(*) FROM report r JOIN matter m ON m.community = r.community AND m.id = r.id"
                              " WHERE r.community = $1 AND (r.changed_at <> m.changed_at"
                              " OR r.is_open <> CASE WHEN m.closed_at = 0 THEN 1 ELSE 0 END)"), 0);
}

static void what_came_in_closed_is_not_open(void **state)
{
    Run *r = *state;
    done(act(r, r->desk, "report.import", S(""), -1,
             "{\"category\":\"leak\",\"text\":\"旧台账\",\"status\":\"closed\",\"result\":\"已修\","
             "\"point\":{\"lon\":91.102,\"lat\":29.645}}"));
    assert_int_equal(rows_of(r, "list", r->desk), 1);
    asked = "open=1";
    assert_int_equal(rows_of(r, "list", r->desk), 0);
    asked = "open=0";
    assert_int_equal(rows_of(r, "list", r->desk), 1);
    asked = NULL;
    assert_int_equal(rows_of(r, "map", r->desk), 0);
}

static const json_t *first_of(Run *r, const char *query, const Actor *actor)
{
    return json_array_get(json_object_get(read_as(r, "report", query, actor, S("")), "rows"), 0);
}

/* What waits for a word from above, by which action it is decided, and who sees it; and who has what is late. */
static void what_waits_for_a_word(void **state)
{
    Run *r = *state;
    Town *t = &r->town;
    const Actor *over = town_person(t, "督", OVERSEER, t->community);
    const Actor *elsewhere = town_person(t, "督二", OVERSEER, S("540102001001-03"));
    Str id = registered(r);
    done(act(r, r->admin, "person.card", r->officer->person, 2, "{\"name\":\"格一\",\"duty_phone\":\"08916000011\"}"));
    done(act(r, r->desk, "report.dispatch", id, 2, to(r, r->officer->person)));
    int64_t given = town_clock;
    done(act(r, r->officer, "report.accept", id, 3, "{}"));
    assert_int_equal(rows_of(r, "decisions", over), 0);
    assert_int_equal(rows_of(r, "overdue", over), 0);
    int64_t due = count(r, "SELECT max(due_at) FROM matter WHERE community = $1 AND kind = 'report'");
    const char *more = arena_fmt(t->arena, "{\"until\":%lld,\"reason\":\"等材料\"}", (long long)(due + DAY_MS)).p;
    done(act(r, r->officer, "report.ask_extension", id, 4, more));
    const json_t *row = first_of(r, "decisions", over);
    assert_true(str_is(json_text(row, "waits_why"), "extension") && str_is(json_text(row, "yes"), "extend"));
    assert_true(str_is(json_text(row, "no"), "deny_extension") && json_text(row, "undo").n == 0);
    assert_int_equal(json_int(row, "waits_until"), due + DAY_MS);
    assert_int_equal(json_int(row, "waits_since"), town_clock);
    assert_int_equal(rows_of(r, "decisions", elsewhere), 0);
    done(act(r, over, "report.extend", id, 5, "{\"reason\":\"同意\"}"));
    assert_int_equal(rows_of(r, "decisions", over), 0);

    town_clock = due + 3 * DAY_MS;
    assert_true(runner_fire(t->runner, town_clock, 100) >= 2);
    row = first_of(r, "overdue", over);
    assert_true(str_eq(json_text(row, "id"), id) && str_is(json_text(row, "held_by"), "格一"));
    assert_int_equal(json_int(row, "held_since"), given);
    assert_int_equal(rows_of(r, "overdue", elsewhere), 0);
    row = first_of(r, "decisions", over);
    assert_true(str_is(json_text(row, "waits_why"), "overdue") && str_is(json_text(row, "yes"), "answer"));
    int64_t version = json_int(row, "version");
    done(act(r, r->officer, "report.finish", id, version, "{\"text\":\"好了\"}"));
    assert_int_equal(rows_of(r, "decisions", over), 0); /* done: the time is nobody's any more */
    assert_int_equal(rows_of(r, "overdue", over), 0);
    done(act(r, r->second, "report.redo", id, version + 1, "{\"reason\":\"还在漏\"}"));
    done(act(r, r->officer, "report.finish", id, version + 2, "{\"text\":\"又修了\"}"));
    row = first_of(r, "decisions", over);
    assert_true(str_is(json_text(row, "waits_why"), "disputed") && str_is(json_text(row, "yes"), "verify"));
    assert_true(str_is(json_text(row, "no"), "redo"));
    done(act(r, over, "report.verify", id, version + 3, "{\"text\":\"看过，不漏了\"}"));
    assert_int_equal(rows_of(r, "decisions", over), 0);
}

int main(void)
{
#define IN_TOWN(f) cmocka_unit_test_setup_teardown(f, open_run, close_run)
    const struct CMUnitTest tests[] = {
        IN_TOWN(two_dispatchers_at_once),         IN_TOWN(members_see_what_their_unit_has),
        IN_TOWN(a_leaver_leaves_the_unit),        IN_TOWN(a_draw_can_be_drawn_again),
        IN_TOWN(similar_ones_are_shown_with_why), IN_TOWN(duplicates_are_marked_with_why),
        IN_TOWN(a_follower_sees_how_it_goes_on),
        IN_TOWN(a_crowd_is_counted_once_each),    IN_TOWN(late_work_that_comes_back_is_told_again),
        IN_TOWN(clusters_count_what_the_map_shows), IN_TOWN(what_came_in_closed_is_not_open),
        IN_TOWN(a_clock_set_back_by_an_hour),     IN_TOWN(late_again_fires_again),
        IN_TOWN(dead_clocks_hold_up_nobody),      IN_TOWN(looks_are_logged),
        IN_TOWN(what_waits_for_a_word),
    };
    return engine_both(&engine, "report", tests, COUNT(tests), NULL, NULL);
}
