#include "store_engine.h"

#include "store/driver.h"

#include <signal.h>
#include <sys/wait.h>

static Stmt put = { "slb", "", "INSERT INTO thing (id, n, b) VALUES ($1, $2, $3)", NULL, 0 };
static Stmt get = { "s", "slb", "SELECT id, n, b FROM thing WHERE id = $1", NULL, 0 };
static Stmt count = { "", "l", "SELECT count(*) FROM thing", NULL, 0 };
static Stmt bump = { "sl", "l", "UPDATE thing SET n = n + $2 WHERE id = $1 RETURNING n", NULL, 0 };
static Stmt clear = { "", "", "DELETE FROM thing", NULL, 0 };
static Stmt echo = { "sb", "sb", "SELECT CAST($1 AS TEXT), CAST($2 AS BYTEA)", NULL, 0 };

typedef struct World {
    Arena *a;
    DbConfig config;
    Db *db;
} World;

static int world_new(void **state) {
    World *w = calloc(1, sizeof *w);
    w->a = arena_new();
    *state = w;
    if (!getenv("LINLI_TEST_PG")) return 0;
    w->config = engine_pg(w->a, "postgres");
    engine_pg_exec(
        w->config.url,
        "CREATE TABLE linli.thing (id TEXT NOT NULL PRIMARY KEY, n BIGINT NOT NULL, b BYTEA);"
        "CREATE TABLE linli.part (id TEXT NOT NULL PRIMARY KEY,"
        " thing TEXT NOT NULL REFERENCES linli.thing (id))");
    Fail f;
    w->db = db_open(&w->config, DB_WRITER, &f);
    if (!w->db) print_error("%s\n", f.log);
    return w->db ? 0 : -1;
}

static int world_free(void **state) {
    World *w = *state;
    db_close(w->db);
    engine_pg_drop(w->a, "postgres");
    arena_free(w->a);
    free(w);
    return 0;
}

static World *world(void **state) {
    World *w = *state;
    if (!w->db) {
        print_message("SKIP: LINLI_TEST_PG is not set\n");
        skip();
    }
    return w;
}

static void ok(World *w, Fail f) {
    if (f.err != OK) fail_msg("%s: %s", f.code, db_last_error(w->db));
}

static void is(Fail f, Err err, const char *code) {
    assert_int_equal(f.err, err);
    assert_string_equal(f.code, code);
}

static int64_t things(World *w) {
    Fail f;
    DbRows *r = db_run(w->db, w->a, &count, NULL, &f);
    ok(w, f);
    return db_int(r, 0, 0);
}

static void put_thing(World *w, const char *id, int64_t n) {
    db_send(w->db, w->a, &put, ARGS(TXT(str_c(id)), NUM(n), NUL));
}

static void test_values(void **state) {
    World *w = world(state);
    static const int64_t ints[] = { 0, -1, INT64_MIN, INT64_MAX, 258 };
    const Str texts[] = { S(""), S("漏水"), S("ཆུ་འཛག"), S("a'b\\c$1"), S("\U0001F600") };
    char bytes[256];
    for (int i = 0; i < 256; i++)
        bytes[i] = (char)i;
    DbRows *got[COUNT(ints)];
    for (int i = 0; i < COUNT(ints); i++) {
        db_send(w->db, w->a, &put, ARGS(TXT(texts[i]), NUM(ints[i]), BYT(((Str){ bytes, 256 }))));
        got[i] = db_send(w->db, w->a, &get, ARGS(TXT(texts[i])));
        assert_int_equal(got[i]->rows, 0); /* nothing before the sync */
    }
    ok(w, db_sync(w->db));
    for (int i = 0; i < COUNT(ints); i++) {
        assert_int_equal(got[i]->rows, 1);
        assert_int_equal(got[i]->cols, 3);
        assert_true(str_eq(db_text(got[i], 0, 0), texts[i]));
        assert_int_equal(db_text(got[i], 0, 0).p[texts[i].n], 0);
        assert_true(db_int(got[i], 0, 1) == ints[i]);
        assert_true(str_eq(db_text(got[i], 0, 2), ((Str){ bytes, 256 })));
    }
    Fail f;
    ok(w, (db_run(w->db, w->a, &put, ARGS(TXT(S("null")), NUM(1), NUL), &f), f));
    ok(w, (db_run(w->db, w->a, &put, ARGS(TXT(S("empty")), NUM(1), BYT(S(""))), &f), f));
    assert_true(db_null(db_run(w->db, w->a, &get, ARGS(TXT(S("null"))), &f), 0, 2));
    DbRows *r = db_run(w->db, w->a, &get, ARGS(TXT(S("empty"))), &f);
    assert_false(db_null(r, 0, 2));
    assert_int_equal(db_text(r, 0, 2).n, 0);
    r = db_run(w->db, w->a, &get, ARGS(TXT(S("nobody"))), &f);
    assert_int_equal(r->rows, 0);
}

static void test_changed_and_returning(void **state) {
    World *w = world(state);
    Fail f;
    put_thing(w, "a", 1);
    put_thing(w, "b", 2);
    DbRows *r = db_send(w->db, w->a, &bump, ARGS(TXT(S("b")), NUM(40)));
    ok(w, db_sync(w->db));
    assert_int_equal(db_int(r, 0, 0), 42);
    r = db_run(w->db, w->a, &clear, NULL, &f);
    assert_int_equal(r->changed, 2);
    r = db_run(w->db, w->a, &clear, NULL, &f);
    assert_int_equal(r->changed, 0);
    r = db_query(w->db, w->a,
                 "INSERT INTO thing (id, n) VALUES ($1, 1) ON CONFLICT (id) DO NOTHING", "s", "",
                 ARGS(TXT(S("x"))), &f);
    assert_int_equal(r->changed, 1);
    r = db_query(w->db, w->a,
                 "INSERT INTO thing (id, n) VALUES ($1, 1) ON CONFLICT (id) DO NOTHING", "s", "",
                 ARGS(TXT(S("x"))), &f);
    assert_int_equal(r->changed, 0);
}

static void test_transactions(void **state) {
    World *w = world(state);
    db_begin(w->db);
    put_thing(w, "a", 1);
    put_thing(w, "b", 1);
    ok(w, db_commit(w->db));
    assert_int_equal(things(w), 2);

    db_begin(w->db);
    put_thing(w, "c", 1);
    ok(w, db_sync(w->db));
    assert_int_equal(things(w), 3);
    db_rollback(w->db);
    assert_int_equal(things(w), 2);

    db_begin(w->db); /* nothing sent yet */
    put_thing(w, "d", 1);
    db_rollback(w->db);
    assert_int_equal(things(w), 2);

    put_thing(w, "e", 1); /* in no transaction, never synced */
    db_rollback(w->db);
    assert_int_equal(things(w), 2);
}

static void test_failure_takes_all_of_its_queue(void **state) {
    World *w = world(state);
    db_begin(w->db);
    put_thing(w, "a", 1);
    put_thing(w, "a", 2);
    put_thing(w, "b", 2);
    DbRows *late = db_send(w->db, w->a, &count, NULL);
    is(db_commit(w->db), ERR_CONFLICT, "unique");
    assert_int_equal(late->rows, 0);
    db_rollback(w->db);
    assert_int_equal(things(w), 0);

    put_thing(w, "a", 1); /* the same without a transaction */
    put_thing(w, "a", 2);
    is(db_sync(w->db), ERR_CONFLICT, "unique");
    assert_int_equal(things(w), 0);

    put_thing(w, "a", 1);
    ok(w, db_sync(w->db));
    assert_int_equal(things(w), 1);
}

static void raise_state(World *w, const char *state, Err err, const char *code) {
    Fail f = db_exec(w->db, arena_fmt(w->a,
                                      "DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '%s';"
                                      " END $$",
                                      state)
                                .p);
    is(f, err, code);
    assert_int_equal(things(w), 0); /* and the connection goes on */
}

static void test_kinds_of_errors(void **state) {
    World *w = world(state);
    raise_state(w, "23505", ERR_CONFLICT, "unique");
    raise_state(w, "23503", ERR_CONFLICT, "foreign_key");
    raise_state(w, "23502", ERR_INTERNAL, "database");
    raise_state(w, "53100", ERR_FULL, "disk_full");
    raise_state(w, "53200", ERR_BUSY, "busy");
    raise_state(w, "40001", ERR_BUSY, "busy");
    raise_state(w, "40P01", ERR_BUSY, "busy");
    raise_state(w, "57014", ERR_BUSY, "time_limit");
    raise_state(w, "08006", ERR_BUSY, "connection_lost");
    raise_state(w, "22012", ERR_INTERNAL, "database");
    Fail f;
    db_query(w->db, w->a, "INSERT INTO part (id, thing) VALUES ('a', 'none')", "", "", NULL, &f);
    is(f, ERR_CONFLICT, "foreign_key");
    db_query(w->db, w->a, "INSERT INTO thing (id) VALUES ('a')", "", "", NULL, &f);
    is(f, ERR_INTERNAL, "database");
}

static void drift(World *w, const char *sql, const char *in, const char *out) {
    Fail f;
    db_query(w->db, w->a, sql, in, out, ARGS(NUL, NUL, NUL), &f);
    if (f.err == OK) fail_msg("accepted: %s", sql);
    is(f, ERR_INTERNAL, strstr(sql, "nothere") ? "database" : "signature");
}

static void test_drift(void **state) {
    World *w = world(state);
    drift(w, "SELECT id FROM thing", "", "l");
    drift(w, "SELECT n FROM thing", "", "s");
    drift(w, "SELECT b FROM thing", "", "s");
    drift(w, "SELECT 1", "", "l");                 /* 32 bits */
    drift(w, "SELECT sum(n) FROM thing", "", "l"); /* numeric */
    drift(w, "SELECT id, n FROM thing", "", "s");
    drift(w, "SELECT id FROM thing", "", "sl");
    drift(w, "DELETE FROM thing", "", "s");
    drift(w, "SELECT id FROM thing WHERE n = $1 AND id = $2", "l", "s");
    drift(w, "SELECT nothere FROM thing", "", "s");
    assert_int_equal(things(w), 0);
}

/* In a process of its own: the registry has no way back. */
static void test_drift_at_boot(void **state) {
    World *w = world(state);
    static Stmt wrong = { "s", "l", "SELECT id FROM thing WHERE id = $1", NULL, 0 };
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        Fail f;
        db_register(&wrong);
        Db *db = db_open(&w->config, DB_WRITER, &f);
        bool found = !db && f.err == ERR_INTERNAL && f.log && strstr(f.log, wrong.sql);
        Db *bare = db_open_bare(&w->config, &f);
        _exit(found && bare ? 0 : 1);
    }
    int status = -1;
    waitpid(child, &status, 0);
    assert_int_equal(status, 0);
}

/* Far more in both directions than sockets hold: without reading while writing this never ends. */
static void test_full_sockets(void **state) {
    World *w = world(state);
    enum { ROUNDS = 1500, BYTES = 30000 };
    char *bytes = arena_alloc(w->a, BYTES);
    memset(bytes, 'x', BYTES);
    Str big = { bytes, BYTES };
    DbRows **rows = arena_array(w->a, DbRows *, ROUNDS);
    alarm(120);
    for (int i = 0; i < ROUNDS; i++)
        rows[i] = db_send(w->db, w->a, &echo, ARGS(TXT(big), BYT(big)));
    ok(w, db_sync(w->db));
    alarm(0);
    for (int i = 0; i < ROUNDS; i++) {
        assert_int_equal(rows[i]->rows, 1);
        assert_true(str_eq(db_text(rows[i], 0, 0), big));
        assert_true(str_eq(db_text(rows[i], 0, 1), big));
    }
}

static int64_t backend(World *w) {
    Fail f;
    DbRows *r = db_query(w->db, w->a, "SELECT CAST(pg_backend_pid() AS BIGINT)", "", "l", NULL, &f);
    ok(w, f);
    return db_int(r, 0, 0);
}

/* Ends our server process and waits until it is gone. */
static void kill_backend(World *w, int64_t pid) {
    Fail f;
    Db *other = db_open_bare(&w->config, &f);
    assert_non_null(other);
    db_query(other, w->a,
             "SELECT CAST('x' AS TEXT) FROM pg_stat_activity WHERE pid = $1"
             " AND pg_terminate_backend(CAST($1 AS INTEGER), 10000)",
             "l", "s", ARGS(NUM(pid)), &f);
    assert_int_equal(f.err, OK);
    db_close(other);
}

static void test_lost_while_idle(void **state) {
    World *w = world(state);
    put_thing(w, "a", 1);
    ok(w, db_sync(w->db));
    int64_t was = backend(w); /* this text is in the cache from now on */
    kill_backend(w, was);
    assert_int_equal(things(w), 1);
    assert_int_not_equal(backend(w), was);
    kill_backend(w, backend(w));
    db_begin(w->db);
    put_thing(w, "b", 1);
    ok(w, db_commit(w->db));
    kill_backend(w, backend(w));
    ok(w, db_exec(w->db, "DELETE FROM thing"));
    assert_int_equal(things(w), 0);
}

static void test_lost_in_a_transaction(void **state) {
    World *w = world(state);
    db_begin(w->db);
    put_thing(w, "a", 1);
    ok(w, db_sync(w->db));
    kill_backend(w, backend(w));
    put_thing(w, "b", 1);
    is(db_sync(w->db), ERR_BUSY, "connection_lost");
    put_thing(w, "c", 1);
    assert_int_equal(db_sync(w->db).err, ERR_INTERNAL); /* waits for its rollback */
    db_rollback(w->db);
    assert_int_equal(things(w), 0);
    put_thing(w, "d", 1);
    ok(w, db_sync(w->db));
    assert_int_equal(things(w), 1);
}

/* A deferred trigger runs within COMMIT: there it ends the server process, or warns as a primary
 * does whose wait for its standby was cancelled. */
static void trigger(World *w, const char *body) {
    ok(w, db_exec(w->db, arena_fmt(w->a,
                                   "CREATE OR REPLACE FUNCTION linli.late() RETURNS trigger"
                                   " LANGUAGE plpgsql AS $f$ BEGIN %s; RETURN NULL; END $f$",
                                   body)
                             .p));
    ok(w, db_exec(w->db, "DROP TRIGGER IF EXISTS late ON thing; CREATE CONSTRAINT TRIGGER late"
                         " AFTER INSERT ON thing DEFERRABLE INITIALLY DEFERRED"
                         " FOR EACH ROW EXECUTE FUNCTION linli.late()"));
}

static void test_uncertain_commit(void **state) {
    World *w = world(state);
    trigger(w, "PERFORM pg_terminate_backend(pg_backend_pid())");
    db_begin(w->db);
    put_thing(w, "a", 1);
    is(db_commit(w->db), ERR_BUSY, "commit_uncertain");
    db_rollback(w->db);
    assert_int_equal(things(w), 0);

    put_thing(w, "b", 1); /* no transaction of ours: the sync commits */
    is(db_sync(w->db), ERR_BUSY, "commit_uncertain");
    assert_int_equal(things(w), 0);

    trigger(w, "RAISE WARNING 'canceling wait'");
    db_begin(w->db);
    put_thing(w, "c", 1);
    is(db_commit(w->db), ERR_BUSY, "commit_uncertain");
    db_rollback(w->db);
    assert_int_equal(things(w), 1); /* it was committed here, and not acknowledged */
    put_thing(w, "d", 1);
    is(db_sync(w->db), ERR_BUSY, "commit_uncertain");
    assert_int_equal(things(w), 2);

    trigger(w, "RAISE EXCEPTION 'no'"); /* a plain no is certain */
    db_begin(w->db);
    put_thing(w, "e", 1);
    is(db_commit(w->db), ERR_INTERNAL, "database");
    db_rollback(w->db);
    trigger(w, "RAISE NOTICE 'all is well'");
    db_begin(w->db);
    put_thing(w, "f", 1);
    ok(w, db_exec(w->db, "DO $$ BEGIN RAISE WARNING 'not while committing'; END $$"));
    ok(w, db_commit(w->db));
    assert_int_equal(things(w), 3);
}

static void test_readers(void **state) {
    World *w = world(state);
    Fail f;
    DbConfig c = w->config;
    c.read_ms_max = 300;
    Db *reader = db_open(&c, DB_READER, &f);
    assert_non_null(reader);
    db_begin(reader);
    assert_int_equal(db_int(db_run(reader, w->a, &count, NULL, &f), 0, 0), 0);
    put_thing(w, "a", 1);
    ok(w, db_sync(w->db));
    assert_int_equal(db_int(db_run(reader, w->a, &count, NULL, &f), 0, 0), 0); /* one snapshot */
    assert_int_equal(db_commit(reader).err, OK);
    assert_int_equal(db_int(db_run(reader, w->a, &count, NULL, &f), 0, 0), 1);
    db_run(reader, w->a, &put, ARGS(TXT(S("b")), NUM(1), NUL), &f);
    assert_int_equal(f.err, ERR_BUSY); /* 25006: read only */
    db_query(reader, w->a, "SELECT CAST(count(*) AS BIGINT) FROM generate_series(1, 1000000000)",
             "", "l", NULL, &f);
    is(f, ERR_BUSY, "time_limit");
    assert_int_equal(db_int(db_run(reader, w->a, &count, NULL, &f), 0, 0), 1);
    db_close(reader);
}

typedef struct Sum {
    int64_t rows, sum, bytes, stop;
} Sum;

static bool add(void *self, const DbVal *row, int cols) {
    Sum *s = self;
    assert_int_equal(cols, 2);
    s->rows++;
    s->sum += row[0].i;
    s->bytes += (int64_t)row[1].s.n;
    return s->rows != s->stop;
}

static void test_each(void **state) {
    World *w = world(state);
    static const char sql[] = "SELECT n, CAST(repeat('x', CAST($2 AS INTEGER)) AS TEXT)"
                              " FROM generate_series(1, $1) AS n";
    static const struct {
        int64_t rows, bytes;
    } sizes[] = { { 0, 1 }, { 1, 0 }, { 64, 3 }, { 20000, 40 }, { 40, 300000 } };
    for (int i = 0; i < COUNT(sizes); i++) {
        int64_t n = sizes[i].rows;
        Sum s = { 0 };
        ok(w, db_each(w->db, sql, "ll", "ls", ARGS(NUM(n), NUM(sizes[i].bytes)), add, &s));
        assert_int_equal(s.rows, n);
        assert_int_equal(s.sum, n * (n + 1) / 2);
        assert_int_equal(s.bytes, n * sizes[i].bytes);
    }
    Sum s = { .stop = 3 };
    ok(w, db_each(w->db, sql, "ll", "ls", ARGS(NUM(100000), NUM(10)), add, &s));
    assert_int_equal(s.rows, 3);
    db_begin(w->db); /* within a transaction, which stays open */
    put_thing(w, "a", 1);
    s = (Sum){ 0 };
    ok(w, db_each(w->db, "SELECT n, id FROM thing", "", "ls", NULL, add, &s));
    assert_int_equal(s.rows, 1);
    db_rollback(w->db);
    assert_int_equal(things(w), 0);
    Fail f = db_each(w->db,
                     "SELECT n / (n - 70), id FROM (SELECT n, CAST(n AS TEXT) AS id FROM"
                     " generate_series(CAST(1 AS BIGINT), 100) AS n) x",
                     "", "ls", NULL, add, &s);
    is(f, ERR_INTERNAL, "database");
    assert_int_equal(things(w), 0);
}

static void test_more_texts_than_places(void **state) {
    World *w = world(state);
    for (int round = 0; round < 2; round++)
        for (int i = 0; i < DB_CACHE_MAX + 50; i++) {
            Fail f;
            Str sql = arena_fmt(w->a, "SELECT CAST(%d + $1 AS BIGINT)", i);
            DbRows *r = db_query(w->db, w->a, sql.p, "l", "l", ARGS(NUM(round)), &f);
            ok(w, f);
            assert_int_equal(db_int(r, 0, 0), i + round);
        }
}

static void test_exec(void **state) {
    World *w = world(state);
    ok(w, db_exec(w->db, "INSERT INTO thing (id, n) VALUES ('a', 1); SELECT 1;"
                         "INSERT INTO thing (id, n) VALUES ('b', 1)"));
    assert_int_equal(things(w), 2);
    is(db_exec(w->db, "INSERT INTO thing (id, n) VALUES ('c', 1);"
                      "INSERT INTO thing (id, n) VALUES ('a', 1)"),
       ERR_CONFLICT, "unique");
    assert_int_equal(things(w), 2);
    db_begin(w->db);
    ok(w, db_exec(w->db, "INSERT INTO thing (id, n) VALUES ('c', 1)"));
    db_rollback(w->db);
    assert_int_equal(things(w), 2);
    assert_int_equal(db_backup(w->db, "/tmp/x").err, ERR_INVALID);
}

static void test_refuses_other_databases(void **state) {
    World *w = world(state);
    Fail f;
    engine_pg_exec(w->config.url, "DROP DATABASE IF EXISTS t_collate");
    engine_pg_exec(w->config.url, "CREATE DATABASE t_collate TEMPLATE template0 ENCODING 'UTF8'"
                                  " LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8'");
    DbConfig c = { .url = engine_url(w->a, "t_collate") };
    assert_null(db_open_bare(&c, &f));
    assert_non_null(strstr(f.log, "LC_COLLATE 'C'"));
    engine_pg_exec(w->config.url, "DROP DATABASE t_collate");
    engine_pg_exec(w->config.url, "DROP DATABASE IF EXISTS t_latin");
    engine_pg_exec(w->config.url, "CREATE DATABASE t_latin TEMPLATE template0 ENCODING 'SQL_ASCII'"
                                  " LC_COLLATE 'C' LC_CTYPE 'C'");
    c.url = engine_url(w->a, "t_latin");
    assert_null(db_open_bare(&c, &f));
    assert_non_null(strstr(f.log, "UTF8"));
    engine_pg_exec(w->config.url, "DROP DATABASE t_latin");
    c.url = "postgresql://nobody@127.0.0.1:1/none";
    assert_null(db_open_bare(&c, &f));
    assert_int_equal(f.err, ERR_BUSY);
    c = w->config;
    c.schema_first = "x; DROP SCHEMA linli";
    assert_null(db_open_bare(&c, &f));
}

static void test_schema_first(void **state) {
    World *w = world(state);
    Fail f;
    DbConfig c = w->config;
    c.schema_first = "shadow";
    Db *db = db_open_bare(&c, &f);
    assert_non_null(db);
    assert_int_equal(
        db_exec(db, "CREATE TABLE thing (id TEXT); INSERT INTO thing VALUES ('a')").err, OK);
    DbRows *r = db_query(db, w->a, "SELECT count(*) FROM linli.thing", "", "l", NULL, &f);
    assert_int_equal(db_int(r, 0, 0), 0);
    r = db_query(db, w->a, "SELECT count(*) FROM thing", "", "l", NULL, &f);
    assert_int_equal(db_int(r, 0, 0), 1);
    r = db_query(db, w->a, "SELECT count(*) FROM part", "", "l", NULL, &f);
    assert_int_equal(f.err, OK); /* what the shadow has not is found behind it */
    db_close(db);
}

static void test_a_misfit_argument(void **state) {
    World *w = world(state);
    put_thing(w, "a", 1);
    db_send(w->db, w->a, &put, ARGS(TXT(S("b")), TXT(S("not a number")), NUL));
    is(db_sync(w->db), ERR_INTERNAL, "signature");
    db_rollback(w->db);
    assert_int_equal(things(w), 0);
}

#define with_world(f) cmocka_unit_test_setup_teardown(f, world_new, world_free)

int main(void) {
    Stmt *all[] = { &put, &get, &count, &bump, &clear, &echo };
    for (int i = 0; i < COUNT(all); i++)
        db_register(all[i]);
    const struct CMUnitTest tests[] = {
        with_world(test_values),
        with_world(test_changed_and_returning),
        with_world(test_transactions),
        with_world(test_failure_takes_all_of_its_queue),
        with_world(test_kinds_of_errors),
        with_world(test_drift),
        with_world(test_drift_at_boot),
        with_world(test_full_sockets),
        with_world(test_lost_while_idle),
        with_world(test_lost_in_a_transaction),
        with_world(test_uncertain_commit),
        with_world(test_readers),
        with_world(test_each),
        with_world(test_more_texts_than_places),
        with_world(test_exec),
        with_world(test_refuses_other_databases),
        with_world(test_schema_first),
        with_world(test_a_misfit_argument),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
