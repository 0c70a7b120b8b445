/* Long lists on a whole world, on both engines: exact errors, nothing lost or doubled by a crash, rights asked again.
 */
#include "store_engine.h"

#include "../support/town.h"

#include "core/job/job.h"
#include "core/query.h"

#include <sys/wait.h>
#include <unistd.h>

enum { ROWS = 1234, WRONG = 37, EVERY = 33 };

typedef struct Office {
    Town town;
    Actor *admin, *clerk, *other;
    Jobs *jobs;
} Office;

static const char *engine = "sqlite";

static int open_office(void **state)
{
    static Office office;
    Office *o = &office;
    *o = (Office){ 0 };
    if (!town_open(&o->town, engine, 11)) return -1;
    Town *t = &o->town;
    o->admin = town_person(t, "管", ADMIN, t->community);
    o->clerk = town_person(t, "文", CLERK, t->community);
    o->other = town_person(t, "员", CLERK, t->community);
    o->jobs = jobs_new(t->arena, t->runner);
    *state = o;
    return 0;
}

static int close_office(void **state)
{
    Office *o = *state;
    Hash digest;
    int64_t events = 0;
    bool sound = town_sound(&o->town, &digest, &events);
    town_close(&o->town);
    return sound && events > 5 ? 0 : -1;
}

/* ---- doing ---- */

static Command *act(Office *o, const Actor *who, const char *type, Str matter, const char *input)
{
    town_clock += MINUTE_MS;
    Command *c = town_do(&o->town, who, type, matter, -1, input);
    jobs_look(o->jobs, o->town.community);
    return c;
}

#define does(who, type, matter, input) done_as(o, who, type, matter, input, __FILE__, __LINE__)
static Str done_as(Office *o, const Actor *who, const char *type, Str matter, const char *input, const char *file,
                   int line)
{
    Command *c = act(o, who, type, matter, input);
    if (c->fail.err != OK) {
        print_error("%s: %s at \"%s\" %s\n", type, c->fail.code, c->fail.field, c->fail.log ? c->fail.log : "");
        _fail(file, line);
    }
    return c->rows[0].matter;
}

static void refused(Fail f, const char *code)
{
    if (f.err == OK || strcmp(f.code, code) != 0)
        fail_msg("got %s at \"%s\", want %s", f.err == OK ? "done" : f.code, f.field, code);
}

typedef struct Ask {
    CallCtx c;
} Ask;
static Fail run_call(void *self, Db *db)
{
    Ask *a = self;
    a->c.db = db;
    return a->c.call->run(&a->c);
}

static Fail stage(Office *o, const Actor *who, Str job, int part, Str rows, Str *answer)
{
    Arena *a = o->town.arena;
    Errors errors = { .arena = a };
    Fail f = FAIL_NONE;
    Ask ask = { .c = { .arena = a,
                       .world = o->town.world,
                       .seals = o->town.seals,
                       .keys = key_cache_new(a, o->town.seals, 4),
                       .call = module_job.calls,
                       .community = o->town.community,
                       .actor = (Actor *)(uintptr_t)who,
                       .args = { job },
                       .now = town_clock } };
    json_t *body = json_read(a, arena_fmt(a, "{\"part\":%d,\"rows\":%.*s}", part, STR_ARG(rows)), &f);
    assert_non_null(body);
    ask.c.input = fields_validate(a, module_job.calls->fields, body, "", &errors);
    if (errors.n > 0) return errors.list[0];
    f = runner_call(o->town.runner, run_call, &ask);
    if (answer != NULL) *answer = ask.c.reply.body;
    return f;
}

static bool is_wrong(int n)
{
    return n % EVERY == 0;
}

/* Rows from..to of the list; each EVERYth is wrong, in one of five ways. */
static Str buildings(Office *o, int from, int to)
{
    static const char *const wrong[] = { "\"point\":{\"lon\":91.1,\"lat\":29.6}}",
                                         "\"point\":{\"lon\":191.1,\"lat\":29.6}}",
                                         "\"point\":{\"lon\":91.1,\"lat\":29.6},\"floors\":999}",
                                         "\"point\":{\"lon\":91.1,\"lat\":29.6},\"colour\":\"red\"}",
                                         ("\"point\":{\"lon\":91.1,\"lat\":29.6},"
                                          "\"units\":[{\"unit\":\"1\"},{\"unit\":\"1\"}]}") };
    Buf b = buf_new(o->town.arena, 65536);
    buf_char(&b, '[');
    for (int n = from; n <= to; n++) {
        if (n > from) buf_char(&b, ',');
        int kind = n / EVERY % COUNT(wrong);
        if (is_wrong(n) && kind == 0)
            buf_fmt(&b, "{%s", wrong[kind]);
        else if (is_wrong(n))
            buf_fmt(&b, "{\"name\":\"x%d\",%s", n, wrong[kind]);
        else
            buf_fmt(&b, "{\"name\":\"%d号楼\",\"floors\":6,\"point\":{\"lon\":91.1,\"lat\":29.6}}", n);
    }
    buf_char(&b, ']');
    return buf_str(&b);
}

static Str open_job(Office *o, const Actor *who, const char *action)
{
    return does(who, "job.open", S(""), arena_fmt(o->town.arena, "{\"action\":\"%s\",\"name\":\"名单\"}", action).p);
}

static Str full_job(Office *o, const Actor *who)
{
    Str job = open_job(o, who, "building.add");
    for (int part = 1, n = 1; n <= ROWS; part++, n += JOB_PART_ROWS_MAX) {
        int last = n + JOB_PART_ROWS_MAX - 1 < ROWS ? n + JOB_PART_ROWS_MAX - 1 : ROWS;
        assert_int_equal(stage(o, who, job, part, buildings(o, n, last), NULL).err, OK);
    }
    return job;
}

static int rounds(Office *o, int most)
{
    int n = 0;
    while (n < most) {
        town_clock += SECOND_MS;
        Worked w = jobs_round(o->jobs, town_clock);
        assert_int_not_equal(w, TRY_LATER);
        if (w == NOTHING_TO_DO) break;
        n++;
    }
    return n;
}

static json_t *view(Office *o, const Actor *who, Str job)
{
    Str text = S("");
    Reading r = { .arena = o->town.arena,
                  .world = o->town.world,
                  .db = o->town.db,
                  .seals = o->town.seals,
                  .keys = key_cache_new(o->town.arena, o->town.seals, 8),
                  .module = &module_job,
                  .query = module_job.queries,
                  .actor = who,
                  .community = o->town.community,
                  .args = { job },
                  .n_args = 1,
                  .now = town_clock };
    Fail f = query_answer(&r, &text);
    if (f.err != OK) fail_msg("view: %s", f.code);
    json_t *v = json_read(o->town.arena, text, &f);
    assert_non_null(v);
    return v;
}

static int64_t figure(Office *o, Str job, const char *name)
{
    return json_int(json_object_get(view(o, o->clerk, job), "data"), name);
}

static void assert_state(Office *o, Str job, const char *state)
{
    Str have = json_text(view(o, o->clerk, job), "state");
    if (!str_is(have, state)) fail_msg("state is %.*s, not %s", STR_ARG(have), state);
}

static bool page_limit(void *self, const char *name, Str *value)
{
    (void)self;
    if (strcmp(name, "limit") != 0) return false;
    *value = S("500");
    return true;
}

static const json_t *errors_of(Office *o, const Actor *who, Str job)
{
    Str text = S("");
    const Query *q = module_job.queries;
    while (strcmp(q->name, "errors") != 0)
        q++;
    Reading r = { .arena = o->town.arena,
                  .world = o->town.world,
                  .db = o->town.db,
                  .seals = o->town.seals,
                  .keys = key_cache_new(o->town.arena, o->town.seals, 8),
                  .module = &module_job,
                  .query = q,
                  .actor = who,
                  .community = o->town.community,
                  .args = { job },
                  .n_args = 1,
                  .now = town_clock,
                  .param = page_limit };
    Fail f = query_answer(&r, &text);
    if (f.err != OK) fail_msg("errors: %s", f.code);
    return json_object_get(json_read(o->town.arena, text, &f), "rows");
}

static int64_t count(Office *o, const char *sql)
{
    Fail f = FAIL_NONE;
    DbRows *r = db_query(o->town.db, o->town.arena, sql, "s", "l", ARGS(TXT(o->town.community)), &f);
    if (f.err != OK) fail_msg("%s", db_last_error(o->town.db));
    return db_int(r, 0, 0);
}
#define STANDING "SELECT COUNT(*) FROM building WHERE community = $1"
#define ADDED "SELECT COUNT(*) FROM event WHERE community = $1 AND type = 'building.add'"

/* ---- a crash: another process does the rounds, and dies right behind the commit of an event of this type ---- */

static const char *last_type;
static int64_t die_after;

static void die_at_commit(void *self, const Event *events, int n)
{
    (void)self, (void)n;
    if (str_is(events[0].type, last_type) && --die_after <= 0) _exit(9);
}

static void close_store(Office *o)
{
    runner_forget(o->town.runner);
    db_close(o->town.db);
}

static void open_store(Office *o, RunnerHooks hooks)
{
    Fail f = FAIL_NONE;
    o->town.db = db_open(&o->town.config, DB_WRITER, &f);
    assert_int_equal(f.err, OK);
    o->town.runner = runner_new(o->town.arena, o->town.world, o->town.db, o->town.seals, hooks);
    o->jobs = jobs_new(o->town.arena, o->town.runner);
}

static void crash_behind(Office *o, const char *type, int which)
{
    close_store(o);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        last_type = type;
        die_after = which;
        open_store(o, (RunnerHooks){ NULL, die_at_commit });
        while (jobs_round(o->jobs, town_clock) == DID_SOME)
            continue;
        _exit(0); /* it never came to that */
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 9);
    open_store(o, (RunnerHooks){ 0 });
}

/* ---- tests ---- */

static void assert_exact_errors(Office *o, Str job)
{
    static const char *const codes[] = { "required", "coordinate_range", "too_large", "unknown_field", "repeated" };
    const json_t *rows = errors_of(o, o->clerk, job);
    assert_int_equal(json_array_size(rows), WRONG);
    for (int i = 0; i < WRONG; i++) {
        const json_t *row = json_array_get(rows, (size_t)i);
        int n = (i + 1) * EVERY;
        assert_int_equal(json_int(row, "n"), n);
        if (!str_is(json_text(row, "code"), codes[n / EVERY % COUNT(codes)]))
            fail_msg("row %d: %.*s at %.*s", n, STR_ARG(json_text(row, "code")), STR_ARG(json_text(row, "field")));
        assert_true(json_text(row, "field").n > 0 && str_find(json_text(row, "field"), S("rows[")) < 0);
    }
}

static void test_check_run_undo(void **state)
{
    Office *o = *state;
    Str job = full_job(o, o->clerk);
    does(o->clerk, "job.check", job, "{}");
    assert_true(rounds(o, 100) > 4);
    assert_state(o, job, "checked");
    assert_int_equal(figure(o, job, "checked_good"), ROWS - WRONG);
    assert_int_equal(figure(o, job, "checked_bad"), WRONG);
    assert_exact_errors(o, job);
    assert_int_equal(count(o, STANDING), 0); /* nothing was written */
    does(o->clerk, "job.start", job, "{}");
    assert_int_equal(json_array_size(errors_of(o, o->clerk, job)), 0);
    rounds(o, 100);
    assert_state(o, job, "done");
    assert_int_equal(figure(o, job, "done"), ROWS - WRONG);
    assert_int_equal(figure(o, job, "refused"), WRONG);
    assert_exact_errors(o, job);
    assert_int_equal(count(o, STANDING), ROWS - WRONG);
    assert_int_equal(count(o, ADDED), ROWS - WRONG);
    assert_int_equal(count(o, "SELECT COUNT(*) FROM job_row WHERE community = $1 AND input <> ''"), 0);
    /* somebody works on one of them: it stays */
    Fail f = FAIL_NONE;
    DbRows *one = db_query(o->town.db, o->town.arena,
                           "SELECT matter FROM job_row WHERE community = $1 AND status = 1 AND n = 700", "s", "s",
                           ARGS(TXT(o->town.community)), &f);
    assert_int_equal(town_do(&o->town, o->clerk, "building.change", db_text(one, 0, 0), 1, "{\"floors\":7}")->fail.err,
                     OK);
    does(o->clerk, "job.undo", job, "{}");
    rounds(o, 2);
    crash_behind(o, "building.gone", 1);
    rounds(o, 100);
    assert_state(o, job, "undone");
    assert_int_equal(figure(o, job, "undone"), ROWS - WRONG - 1);
    assert_int_equal(figure(o, job, "kept"), 1);
    assert_int_equal(count(o, STANDING), 1);
    refused(act(o, o->clerk, "job.undo", job, "{}")->fail, "wrong_state");
}

static void test_crash(void **state)
{
    Office *o = *state;
    Str job = full_job(o, o->clerk);
    does(o->clerk, "job.start", job, "{}");
    crash_behind(o, "building.add", 1); /* between a chunk and the job's own event */
    assert_int_equal(figure(o, job, "done"), 0);
    assert_true(count(o, STANDING) > 0);
    crash_behind(o, "job.advance", 2);
    crash_behind(o, "building.add", 1);
    rounds(o, 100);
    assert_state(o, job, "done");
    assert_int_equal(figure(o, job, "done"), ROWS - WRONG);
    assert_int_equal(figure(o, job, "refused"), WRONG);
    assert_exact_errors(o, job);
    assert_int_equal(count(o, ADDED), ROWS - WRONG);
    assert_int_equal(count(o, STANDING), ROWS - WRONG);
}

static void test_rights_lost(void **state)
{
    Office *o = *state;
    Str job = full_job(o, o->clerk);
    does(o->clerk, "job.start", job, "{}");
    rounds(o, 2);
    int64_t before = count(o, STANDING);
    assert_true(before > 0 && before < ROWS - WRONG);
    const char *role = "{\"role\":\"clerk\",\"place\":\"540102001001\"}";
    does(o->admin, "person.revoke", o->clerk->person, role);
    rounds(o, 100);
    assert_state(o, job, "stopped");
    assert_true(str_is(json_text(json_object_get(view(o, o->clerk, job), "data"), "reason"), "role_ended"));
    assert_int_equal(count(o, STANDING), before);
    does(o->admin, "person.grant", o->clerk->person, role);
    does(o->clerk, "job.start", job, "{}");
    rounds(o, 2);
    does(o->clerk, "job.stop", job, "{}");
    assert_int_equal(rounds(o, 100), 0);
    assert_state(o, job, "stopped");
    does(o->clerk, "job.start", job, "{}");
    rounds(o, 100);
    assert_state(o, job, "done");
    assert_int_equal(count(o, ADDED), ROWS - WRONG);
    /* the job was the clerk's; an admin may look, nobody else */
    assert_int_equal(json_array_size(errors_of(o, o->admin, job)), WRONG);
    assert_int_equal(json_array_size(errors_of(o, o->other, job)), 0);
}

static void test_hostile(void **state)
{
    Office *o = *state;
    Str job = open_job(o, o->clerk, "building.add"), said = S(""), again = S("");
    refused(act(o, o->clerk, "job.open", S(""), "{\"action\":\"building.gone\",\"name\":\"x\"}")->fail, "not_one_of");
    refused(act(o, o->clerk, "job.open", S(""), "{\"action\":\"no.such\",\"name\":\"x\"}")->fail, "not_one_of");
    refused(act(o, o->clerk, "job.open", S(""), "{\"action\":\"division.add\",\"name\":\"x\"}")->fail, "forbidden");
    refused(act(o, o->clerk, "job.start", job, "{}")->fail, "no_rows");
    refused(stage(o, o->clerk, job, 1, buildings(o, 1, 501), NULL), "too_many");
    refused(stage(o, o->clerk, job, 1, S("[]"), NULL), "too_few");
    refused(stage(o, o->clerk, job, 1, S("{}"), NULL), "wrong_type");
    refused(stage(o, o->clerk, job, 1, S("[1]"), NULL), "wrong_type");
    refused(stage(o, o->clerk, job, 1, S("[{\"id\":\"x\"}]"), NULL), "bad_format");
    refused(stage(o, o->clerk, job, 0, S("[{}]"), NULL), "too_small");
    refused(stage(o, o->clerk, job, 2, buildings(o, 1, 2), NULL), "part_out_of_order");
    refused(stage(o, o->other, job, 1, buildings(o, 1, 2), NULL), "forbidden");
    refused(stage(o, o->clerk, S("01890000-0000-7000-8000-000000000000"), 1, buildings(o, 1, 2), NULL), "not_found");
    refused(stage(o, o->clerk, o->clerk->person, 1, buildings(o, 1, 2), NULL), "not_found");
    assert_int_equal(count(o, "SELECT COUNT(*) FROM job_row WHERE community = $1"), 0);
    assert_int_equal(stage(o, o->clerk, job, 1, buildings(o, 1, 3), &said).err, OK);
    assert_int_equal(stage(o, o->clerk, job, 1, buildings(o, 1, 3), &again).err, OK);
    assert_true(str_eq(said, again) && str_is(said, "{\"part\":1,\"rows\":3,\"total\":3}"));
    refused(stage(o, o->clerk, job, 1, buildings(o, 1, 2), NULL), "part_reused");
    assert_int_equal(count(o, "SELECT COUNT(*) FROM job_row WHERE community = $1"), 3);
    refused(act(o, o->other, "job.start", job, "{}")->fail, "forbidden");
    refused(act(o, o->other, "job.check", job, "{}")->fail, "forbidden");
    refused(act(o, o->admin, "job.undo", job, "{}")->fail, "forbidden");
    /* what waits is sealed */
    assert_int_equal(count(o, "SELECT COUNT(*) FROM job_row WHERE community = $1 AND input LIKE '%name%'"), 0);
    does(o->clerk, "job.drop", job, "{}");
    assert_int_equal(count(o, "SELECT COUNT(*) FROM job_row WHERE community = $1"), 0);
    refused(stage(o, o->clerk, job, 2, buildings(o, 4, 5), NULL), "wrong_state");
}

/* Two rows with one phone number: the second says so. A chunk that the store refused is done row by row (its rows are
 * marked so before the first of them). */
static void test_people(void **state)
{
    Office *o = *state;
    Str job = open_job(o, o->admin, "person.register");
    Buf b = buf_new(o->town.arena, 4096);
    buf_char(&b, '[');
    for (int i = 0; i < 20; i++)
        buf_fmt(&b, "%s{\"name\":\"某%d\",\"phone\":\"139000000%02d\"}", i > 0 ? "," : "", i, i == 13 ? 5 : i);
    buf_char(&b, ']');
    assert_int_equal(stage(o, o->admin, job, 1, buf_str(&b), NULL).err, OK);
    assert_int_equal(count(o, "SELECT COUNT(*) FROM job_row WHERE community = $1 AND same <> ''"), 20);
    does(o->admin, "job.start", job, "{}");
    assert_int_equal(db_exec(o->town.db, "UPDATE job_row SET status = 5").err, OK);
    crash_behind(o, "person.register", 7); /* in the middle of the single rows */
    rounds(o, 10);
    const json_t *rows = errors_of(o, o->admin, job);
    assert_int_equal(json_array_size(rows), 1);
    assert_int_equal(json_int(json_array_get(rows, 0), "n"), 14);
    assert_true(str_is(json_text(json_array_get(rows, 0), "code"), "same_row"));
    assert_int_equal(json_int(json_array_get(rows, 0), "limit"), 6); /* the row that says the same */
    assert_int_equal(count(o, "SELECT COUNT(*) FROM job_row WHERE community = $1 AND same <> ''"), 0);
    json_t *data = json_object_get(view(o, o->admin, job), "data");
    assert_int_equal(json_int(data, "done"), 19);
    assert_int_equal(count(o, "SELECT COUNT(*) FROM event WHERE community = $1 AND type = 'person.register'"), 3 + 19);
    does(o->admin, "job.undo", job, "{}");
    crash_behind(o, "person.withdraw", 1);
    rounds(o, 10);
    data = json_object_get(view(o, o->admin, job), "data");
    assert_int_equal(json_int(data, "undone"), 19);
    assert_int_equal(json_int(data, "kept"), 0);
    assert_int_equal(count(o, "SELECT COUNT(*) FROM person WHERE community = $1 AND state = 'active'"), 3);
}

static int64_t standing_in(Office *o, Str community)
{
    Fail f = FAIL_NONE;
    DbRows *r = db_query(o->town.db, o->town.arena, STANDING, "s", "l", ARGS(TXT(community)), &f);
    assert_int_equal(f.err, OK);
    return db_int(r, 0, 0);
}

static void set_data(Office *o, Str job, const char *from, const char *to)
{
    assert_int_equal(
        db_exec(o->town.db,
                arena_fmt(o->town.arena, "UPDATE matter SET data = replace(data, '%s', '%s') WHERE id = '%.*s'", from,
                          to, STR_ARG(job))
                    .p)
            .err,
        OK);
}

/* A list that is being worked through takes turns with those of other communities, and one that cannot go on (its row
 * is broken) holds up nobody. */
static void test_communities_take_turns(void **state)
{
    Office *o = *state;
    Str here = o->town.community, there = S("540102001002");
    Str long_job = full_job(o, o->clerk);
    does(o->clerk, "job.start", long_job, "{}");
    o->town.community = there;
    Actor *clerk = town_person(&o->town, "邻文", CLERK, there);
    assert_non_null(clerk);
    Str short_job = open_job(o, clerk, "building.add");
    assert_int_equal(stage(o, clerk, short_job, 1, buildings(o, 1, 10), NULL).err, OK);
    does(clerk, "job.start", short_job, "{}");
    rounds(o, 2); /* one each */
    assert_int_equal(standing_in(o, there), 10);
    assert_true(standing_in(o, here) > 0 && standing_in(o, here) < ROWS - WRONG);
    int64_t so_far = standing_in(o, here);
    set_data(o, long_job, "\"action\"", "action\"");
    Str next_job = open_job(o, clerk, "building.add");
    assert_int_equal(stage(o, clerk, next_job, 1, buildings(o, 11, 20), NULL).err, OK);
    does(clerk, "job.start", next_job, "{}");
    jobs_look(o->jobs, here);
    bool in_trouble = false;
    for (int i = 0; i < 8; i++) {
        town_clock += SECOND_MS;
        in_trouble |= jobs_round(o->jobs, town_clock) == TRY_LATER;
    }
    assert_true(in_trouble);
    assert_int_equal(standing_in(o, there), 20);
    assert_int_equal(standing_in(o, here), so_far);
    o->town.community = here;
    set_data(o, long_job, "action\"", "\"action\"");
    rounds(o, 100);
    assert_state(o, long_job, "done");
    assert_int_equal(standing_in(o, here), ROWS - WRONG);
}

/* A job that nobody starts loses its rows. */
static void test_forgotten(void **state)
{
    Office *o = *state;
    Str job = open_job(o, o->clerk, "building.add");
    assert_int_equal(stage(o, o->clerk, job, 1, buildings(o, 1, 3), NULL).err, OK);
    town_clock += (int64_t)JOB_DROP_HOURS * HOUR_MS + MINUTE_MS;
    assert_int_equal(runner_fire(o->town.runner, town_clock, 10), 1);
    assert_state(o, job, "dropped");
    assert_int_equal(count(o, "SELECT COUNT(*) FROM job_row WHERE community = $1"), 0);
}

int main(void)
{
#define IN_OFFICE(f) cmocka_unit_test_setup_teardown(f, open_office, close_office)
    const struct CMUnitTest tests[] = {
        IN_OFFICE(test_check_run_undo), IN_OFFICE(test_crash),  IN_OFFICE(test_rights_lost),
        IN_OFFICE(test_hostile),        IN_OFFICE(test_people), IN_OFFICE(test_forgotten),
        IN_OFFICE(test_communities_take_turns),
    };
    return engine_both(&engine, "job", tests, COUNT(tests), NULL, NULL);
}
