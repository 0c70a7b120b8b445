/* db.h on SQLite: values, signatures, failures, transactions, readers, the cache, backup. */
#include "store/db.h"

#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static Stmt put_item = { "slb", "", "INSERT INTO item (name, n, data) VALUES ($1, $2, $3)" };
static Stmt get_item = { "s", "slb", "SELECT name, n, data FROM item WHERE name = $1" };
static Stmt count_items = { "", "l", "SELECT count(*) FROM item" };
static Stmt put_part = { "ss", "", "INSERT INTO part (item, name) VALUES ($1, $2)" };
static Stmt raise_all = { "l", "", "UPDATE item SET n = n + $1" };

typedef struct Fixture {
    char dir[64];
    Arena *a;
    DbConfig config;
    Db *w;
} Fixture;

static int remove_entry(const char *path, const struct stat *st, int flag, struct FTW *at) {
    (void)st, (void)flag, (void)at;
    return remove(path);
}

static Db *open_ok(const DbConfig *c, DbMode mode) {
    Fail f;
    Db *db = db_open(c, mode, &f);
    if (!db) fail_msg("db_open: %s", f.log);
    return db;
}

static int set_up(void **state) {
    Fixture *x = calloc(1, sizeof *x);
    memcpy(x->dir, "/tmp/store_db_test.XXXXXX", sizeof "/tmp/store_db_test.XXXXXX");
    assert_non_null(mkdtemp(x->dir));
    x->a = arena_new();
    x->config = (DbConfig){ .dir = x->dir };
    Fail f;
    Db *bare = db_open_bare(&x->config, &f);
    assert_non_null(bare);
    f = db_exec(bare,
                "CREATE TABLE item (name TEXT PRIMARY KEY, n INTEGER NOT NULL, data BLOB) STRICT;"
                "CREATE TABLE part (item TEXT NOT NULL REFERENCES item (name), name TEXT,"
                " CHECK (name <> 'bad')) STRICT");
    assert_int_equal(f.err, OK);
    db_close(bare);
    x->w = open_ok(&x->config, DB_WRITER);
    *state = x;
    return 0;
}

static int tear_down(void **state) {
    Fixture *x = *state;
    db_close(x->w);
    arena_free(x->a);
    nftw(x->dir, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
    free(x);
    return 0;
}

static int64_t count_of(Fixture *x, Db *db) {
    Fail f;
    DbRows *r = db_run(db, x->a, &count_items, NULL, &f);
    assert_int_equal(f.err, OK);
    assert_int_equal(r->rows, 1);
    return db_int(r, 0, 0);
}

static void add(Fixture *x, const char *name) {
    Fail f;
    DbRows *r = db_run(x->w, x->a, &put_item, ARGS(TXT(str_c(name)), NUM(1), NUL), &f);
    assert_int_equal(f.err, OK);
    assert_int_equal(r->changed, 1);
}

static void values_come_back_as_they_were_put(void **state) {
    Fixture *x = *state;
    const char bytes[] = { 0, 1, '\xff', 0 };
    Fail f;
    DbVal in[] = { TXT(S("邻里")), NUM(INT64_MIN), BYT(((Str){ bytes, sizeof bytes })) };
    db_run(x->w, x->a, &put_item, in, &f);
    assert_int_equal(f.err, OK);
    db_run(x->w, x->a, &put_item, ARGS(TXT(((Str){ NULL, 0 })), NUM(0), BYT(((Str){ NULL, 0 }))),
           &f);
    assert_int_equal(f.err, OK);
    db_run(x->w, x->a, &put_item, ARGS(TXT(S("none")), NUM(INT64_MAX), NUL), &f);
    assert_int_equal(f.err, OK);

    DbRows *r = db_run(x->w, x->a, &get_item, ARGS(TXT(S("邻里"))), &f);
    assert_int_equal(r->rows, 1);
    assert_int_equal(r->cols, 3);
    assert_string_equal(db_text(r, 0, 0).p, "邻里"); /* ends in NUL */
    assert_true(db_int(r, 0, 1) == INT64_MIN);
    assert_int_equal(db_text(r, 0, 2).n, sizeof bytes);
    assert_memory_equal(db_text(r, 0, 2).p, bytes, sizeof bytes);

    r = db_run(x->w, x->a, &get_item, ARGS(TXT(S(""))), &f);
    assert_int_equal(r->rows, 1); /* empty text is not NULL */
    assert_false(db_null(r, 0, 0));
    assert_false(db_null(r, 0, 2));
    assert_int_equal(db_text(r, 0, 2).n, 0);
    r = db_run(x->w, x->a, &get_item, ARGS(TXT(S("none"))), &f);
    assert_true(db_null(r, 0, 2));
    assert_true(db_int(r, 0, 1) == INT64_MAX);
    r = db_run(x->w, x->a, &get_item, ARGS(TXT(S("absent"))), &f);
    assert_int_equal(f.err, OK);
    assert_int_equal(r->rows, 0);
}

static void answers_outlive_later_statements(void **state) {
    Fixture *x = *state;
    Fail f = FAIL_NONE;
    for (int i = 0; i < 1000; i++)
        add(x, arena_fmt(x->a, "item-%04d", i).p);
    DbRows *all =
        db_query(x->w, x->a, "SELECT name, n FROM item ORDER BY name", "", "sl", NULL, &f);
    DbRows *none = db_send(x->w, x->a, &get_item, ARGS(TXT(S("item-0500"))));
    DbRows *changed = db_send(x->w, x->a, &raise_all, ARGS(NUM(5)));
    assert_int_equal(db_sync(x->w).err, OK);
    assert_int_equal(none->rows, 1);
    assert_int_equal(changed->changed, 1000);
    assert_int_equal(all->rows, 1000);
    for (int i = 0; i < 1000; i++) {
        assert_string_equal(db_text(all, i, 0).p, arena_fmt(x->a, "item-%04d", i).p);
        assert_int_equal(db_int(all, i, 1), 1);
    }
    /* what changes nothing does not tell of the statement before it */
    DbRows *r =
        db_query(x->w, x->a, "UPDATE item SET n = 0 WHERE name = 'absent'", "", "", NULL, &f);
    assert_int_equal(r->changed, 0);
}

static void parameters_are_numbers(void **state) {
    Fixture *x = *state;
    Fail f;
    DbRows *r =
        db_query(x->w, x->a, "SELECT $2 || $1 || $2, '$1 it''s $2', /* $9 */ $1 AS \"$1\" -- $7\n",
                 "ss", "sss", ARGS(TXT(S("a")), TXT(S("b"))), &f);
    assert_int_equal(f.err, OK);
    assert_string_equal(db_text(r, 0, 0).p, "bab");
    assert_string_equal(db_text(r, 0, 1).p, "$1 it's $2");
    assert_string_equal(db_text(r, 0, 2).p, "a");
}

static void drift_from_the_signature_is_found(void **state) {
    Fixture *x = *state;
    Fail f;
    db_query(x->w, x->a, "SELECT n FROM item", "", "ll", NULL, &f);
    assert_int_equal(f.err, ERR_INTERNAL);
    assert_non_null(strstr(f.log, "columns"));
    db_query(x->w, x->a, "SELECT n FROM item WHERE name = $1", "", "l", NULL, &f);
    assert_non_null(strstr(f.log, "parameters"));
    db_query(x->w, x->a, "SELECT n FROM nowhere", "", "l", NULL, &f);
    assert_non_null(strstr(f.log, "nowhere"));
    db_query(x->w, x->a, "SELECT 1; SELECT 2", "", "l", NULL, &f);
    assert_non_null(strstr(f.log, "not one statement"));
    db_query(x->w, x->a, "SELECT \"x\"", "", "s", NULL, &f); /* a name, not a text */
    assert_int_equal(f.err, ERR_INTERNAL);

    add(x, "a");
    db_query(x->w, x->a, "SELECT name FROM item", "", "l", NULL, &f);
    assert_int_equal(f.err, ERR_INTERNAL);
    assert_string_equal(f.code, "signature");
    db_query(x->w, x->a, "SELECT n FROM item WHERE name = $1", "s", "l", ARGS(NUM(1)), &f);
    assert_string_equal(f.code, "signature");
    assert_int_equal(count_of(x, x->w), 1); /* usable afterwards */
}

static void failures_have_kinds(void **state) {
    Fixture *x = *state;
    Fail f;
    add(x, "a");
    db_run(x->w, x->a, &put_item, ARGS(TXT(S("a")), NUM(2), NUL), &f);
    assert_int_equal(f.err, ERR_CONFLICT);
    assert_string_equal(f.code, "unique");
    assert_true(strlen(db_last_error(x->w)) > 0);
    db_run(x->w, x->a, &put_part, ARGS(TXT(S("absent")), TXT(S("p"))), &f);
    assert_int_equal(f.err, ERR_CONFLICT);
    assert_string_equal(f.code, "foreign_key");
    db_run(x->w, x->a, &put_part, ARGS(TXT(S("a")), TXT(S("bad"))), &f);
    assert_int_equal(f.err, ERR_INTERNAL); /* a check that we broke is our error */
    db_run(x->w, x->a, &put_item, ARGS(TXT(S("b")), NUL, NUL), &f);
    assert_int_equal(f.err, ERR_INTERNAL);
    db_run(x->w, x->a, &put_part, ARGS(TXT(S("a")), TXT(S("p"))), &f);
    assert_int_equal(f.err, OK);
}

static void what_is_between_two_syncs_is_one_transaction(void **state) {
    Fixture *x = *state;
    DbRows *first = db_send(x->w, x->a, &put_item, ARGS(TXT(S("a")), NUM(1), NUL));
    db_send(x->w, x->a, &put_item, ARGS(TXT(S("a")), NUM(1), NUL));
    DbRows *after = db_send(x->w, x->a, &put_item, ARGS(TXT(S("b")), NUM(1), NUL));
    assert_int_equal(db_sync(x->w).err, ERR_CONFLICT);
    assert_int_equal(after->changed, 0);
    (void)first;
    assert_int_equal(count_of(x, x->w), 0);
    assert_int_equal(db_sync(x->w).err, OK); /* told once */
    add(x, "a");
    assert_int_equal(count_of(x, x->w), 1);
}

static void a_failed_transaction_waits_for_its_rollback(void **state) {
    Fixture *x = *state;
    Fail f;
    db_begin(x->w);
    db_send(x->w, x->a, &put_item, ARGS(TXT(S("a")), NUM(1), NUL));
    assert_int_equal(db_sync(x->w).err, OK);
    db_run(x->w, x->a, &put_item, ARGS(TXT(S("a")), NUM(1), NUL), &f);
    assert_int_equal(f.err, ERR_CONFLICT);
    db_run(x->w, x->a, &put_item, ARGS(TXT(S("b")), NUM(1), NUL), &f);
    assert_string_equal(f.code, "aborted");
    db_query(x->w, x->a, "SELECT 1", "", "l", NULL, &f);
    assert_string_equal(f.code, "aborted");
    assert_int_equal(db_exec(x->w, "DELETE FROM item").err, ERR_INTERNAL);
    assert_int_equal(db_commit(x->w).err, ERR_INTERNAL);
    db_rollback(x->w);
    assert_int_equal(count_of(x, x->w), 0);

    db_begin(x->w);
    db_send(x->w, x->a, &put_item, ARGS(TXT(S("c")), NUM(1), NUL));
    db_send(x->w, x->a, &put_item, ARGS(TXT(S("c")), NUM(1), NUL));
    assert_int_equal(db_commit(x->w).err, ERR_CONFLICT); /* told by the commit itself */
    db_rollback(x->w);
    db_rollback(x->w);
    assert_int_equal(count_of(x, x->w), 0);

    db_begin(x->w);
    db_send(x->w, x->a, &put_item, ARGS(TXT(S("d")), NUM(1), NUL));
    assert_int_equal(db_commit(x->w).err, OK);
    db_rollback(x->w); /* too late */
    assert_int_equal(count_of(x, x->w), 1);
}

static void a_reader_sees_one_snapshot_and_writes_nothing(void **state) {
    Fixture *x = *state;
    Db *r = open_ok(&x->config, DB_READER);
    add(x, "a");
    db_begin(r);
    assert_int_equal(count_of(x, r), 1);
    add(x, "b");
    assert_int_equal(count_of(x, r), 1);
    assert_int_equal(count_of(x, x->w), 2);
    assert_int_equal(db_commit(r).err, OK);
    assert_int_equal(count_of(x, r), 2);
    Fail f;
    db_run(r, x->a, &put_item, ARGS(TXT(S("c")), NUM(1), NUL), &f);
    assert_int_equal(f.err, ERR_INTERNAL);
    assert_false(db_can_write(r));
    assert_int_equal(count_of(x, r), 2);
    db_close(r);
}

static void a_long_read_is_stopped(void **state) {
    Fixture *x = *state;
    DbConfig c = x->config;
    c.read_ms_max = 20;
    Db *r = open_ok(&c, DB_READER);
    Fail f;
    const char *endless = "WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c)"
                          " SELECT count(*) FROM c";
    db_query(r, x->a, endless, "", "l", NULL, &f);
    assert_int_equal(f.err, ERR_BUSY);
    assert_string_equal(f.code, "time_limit");
    assert_true(f.retry_s > 0);
    assert_int_equal(count_of(x, r), 0);
    db_close(r);
}

static void a_second_writer_is_busy(void **state) {
    Fixture *x = *state;
    Db *other = open_ok(&x->config, DB_WRITER);
    db_begin(x->w);
    add(x, "a");
    db_begin(other);
    Fail f = db_sync(other);
    assert_int_equal(f.err, ERR_BUSY);
    assert_string_equal(f.code, "busy");
    db_rollback(other);
    assert_int_equal(db_commit(x->w).err, OK);
    db_begin(other);
    assert_int_equal(count_of(x, other), 1);
    assert_int_equal(db_commit(other).err, OK);
    db_close(other);
}

static void generated_texts_come_and_go(void **state) {
    Fixture *x = *state;
    Fail f;
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 300; i++) { /* more than the cache holds */
            Str sql = arena_fmt(x->a, "SELECT %d + $1", i);
            DbRows *r = db_query(x->w, x->a, sql.p, "l", "l", ARGS(NUM(round)), &f);
            assert_int_equal(f.err, OK);
            assert_int_equal(db_int(r, 0, 0), i + round);
        }
        assert_int_equal(count_of(x, x->w), 0); /* the registered ones stay */
    }
    /* the same text with another signature is another statement */
    DbRows *r = db_query(x->w, x->a, "SELECT $1", "s", "s", ARGS(TXT(S("t"))), &f);
    assert_string_equal(db_text(r, 0, 0).p, "t");
    r = db_query(x->w, x->a, "SELECT $1", "l", "l", ARGS(NUM(7)), &f);
    assert_int_equal(db_int(r, 0, 0), 7);
    /* and a table that changes under a text is read as it is now */
    r = db_query(x->w, x->a, "SELECT * FROM part", "", "ss", NULL, &f);
    assert_int_equal(f.err, OK);
    assert_int_equal(db_exec(x->w, "ALTER TABLE part ADD COLUMN more INTEGER").err, OK);
    db_query(x->w, x->a, "SELECT * FROM part", "", "ss", NULL, &f);
    assert_int_equal(f.err, ERR_INTERNAL);
    db_query(x->w, x->a, "SELECT * FROM part", "", "ssl", NULL, &f);
    assert_int_equal(f.err, OK);
}

typedef struct Walk {
    int64_t sum;
    int rows, rows_max;
} Walk;

static bool step(void *self, const DbVal *row, int cols) {
    Walk *w = self;
    assert_int_equal(cols, 2);
    assert_int_equal(row[0].type, 's');
    w->sum += row[1].i;
    return ++w->rows < w->rows_max;
}

static void each_walks_until_told_to_stop(void **state) {
    Fixture *x = *state;
    for (int i = 0; i < 50; i++)
        add(x, arena_fmt(x->a, "%02d", i).p);
    Walk all = { .rows_max = 1000 }, some = { .rows_max = 3 };
    const char *sql = "SELECT name, n FROM item WHERE n >= $1 ORDER BY name";
    assert_int_equal(db_each(x->w, sql, "l", "sl", ARGS(NUM(0)), step, &all).err, OK);
    assert_int_equal(all.rows, 50);
    assert_int_equal(all.sum, 50);
    assert_int_equal(db_each(x->w, sql, "l", "sl", ARGS(NUM(0)), step, &some).err, OK);
    assert_int_equal(some.rows, 3);
    Fail f = db_each(x->w, "SELECT n, name FROM item", "", "sl", NULL, step, &some);
    assert_string_equal(f.code, "signature");
    add(x, "nothing is left open");
}

static void the_shadow_stands_before_the_live_tables(void **state) {
    Fixture *x = *state;
    add(x, "live");
    char shadow[96];
    snprintf(shadow, sizeof shadow, "%s/shadow.db", x->dir);
    DbConfig c = x->config;
    c.schema_first = shadow;
    Fail f;
    Db *db = db_open_bare(&c, &f);
    assert_non_null(db);
    assert_int_equal(
        db_exec(db, "CREATE TABLE item (name TEXT PRIMARY KEY, n INTEGER, data BLOB) STRICT").err,
        OK);
    db_close(db);
    db = open_ok(&c, DB_WRITER); /* part is found in the live database */
    assert_int_equal(count_of(x, db), 0);
    db_begin(db);
    db_run(db, x->a, &put_item, ARGS(TXT(S("a")), NUM(1), NUL), &f);
    assert_int_equal(f.err, OK);
    add(x, "the live writer goes on meanwhile");
    assert_int_equal(db_commit(db).err, OK);
    DbRows *r = db_query(db, x->a, "SELECT count(*) FROM live.item", "", "l", NULL, &f);
    assert_int_equal(db_int(r, 0, 0), 2);
    assert_int_equal(count_of(x, db), 1);
    assert_int_equal(count_of(x, x->w), 2);
    db_close(db);
}

static void a_backup_is_whole_and_private(void **state) {
    Fixture *x = *state;
    add(x, "a");
    char folder[96], file[112];
    snprintf(folder, sizeof folder, "%s/copy", x->dir);
    snprintf(file, sizeof file, "%s/linli.db", folder);
    assert_int_equal(mkdir(folder, 0700), 0);
    Fail f;
    Db *tool = db_open_bare(&x->config, &f);
    assert_non_null(tool);
    assert_int_equal(db_backup(tool, file).err, OK);
    assert_int_equal(db_backup(tool, file).err, ERR_CONFLICT); /* never written over */
    assert_int_equal(db_backup(tool, "/nowhere/at/all.db").err, ERR_INTERNAL);
    db_close(tool);
    add(x, "later");
    struct stat st;
    assert_int_equal(stat(file, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    DbConfig c = { .dir = folder };
    Db *copy = open_ok(&c, DB_READER);
    assert_int_equal(count_of(x, copy), 1);
    db_close(copy);
}

static void health_is_a_durable_write(void **state) {
    Fixture *x = *state;
    assert_true(db_can_write(x->w)); /* makes its table */
    assert_true(db_can_write(x->w));
    Fail f;
    DbRows *r = db_query(x->w, x->a, "SELECT count(*) FROM health WHERE at > 0", "", "l", NULL, &f);
    assert_int_equal(db_int(r, 0, 0), 1);
}

static void the_session_is_as_safe_as_we_say(void **state) {
    Fixture *x = *state;
    static const struct {
        const char *pragma;
        int64_t value;
    } all[] = { { "PRAGMA synchronous", 2 },
                { "PRAGMA foreign_keys", 1 },
                { "PRAGMA trusted_schema", 0 },
                { "PRAGMA cell_size_check", 1 } };
    Fail f;
    for (int i = 0; i < COUNT(all); i++) {
        DbRows *r = db_query(x->w, x->a, all[i].pragma, "", "l", NULL, &f);
        assert_int_equal(f.err, OK);
        assert_int_equal(db_int(r, 0, 0), all[i].value);
    }
    DbRows *r = db_query(x->w, x->a, "PRAGMA journal_mode", "", "s", NULL, &f);
    assert_string_equal(db_text(r, 0, 0).p, "wal");
}

/* Last: from here on every open fails. */
static void a_registered_statement_that_drifted_stops_the_opening(void **state) {
    Fixture *x = *state;
    static Stmt drifted = { "s", "sl", "SELECT name FROM item WHERE name = $1" };
    db_register(&drifted);
    db_register(&drifted);
    assert_int_equal(drifted.id, db_registered());
    assert_ptr_equal(db_stmt(drifted.id), &drifted);
    Fail f;
    assert_null(db_open(&x->config, DB_WRITER, &f));
    assert_int_equal(f.err, ERR_INTERNAL);
    assert_non_null(strstr(f.log, "columns differ"));
    Db *reader = db_open(&x->config, DB_READER, &f); /* it prepares what it runs: the others still work */
    assert_non_null(reader);
    db_run(reader, x->a, &count_items, NULL, &f);
    assert_int_equal(f.err, OK);
    db_run(reader, x->a, &drifted, ARGS(TXT(S("a"))), &f);
    assert_int_equal(f.err, ERR_INTERNAL);
    assert_non_null(strstr(db_last_error(reader), "columns differ"));
    db_run(reader, x->a, &count_items, NULL, &f);
    assert_int_equal(f.err, OK);
    db_close(reader);
    Db *bare = db_open_bare(&x->config, &f); /* tools still can */
    assert_non_null(bare);
    db_close(bare);
    DbConfig c = { .dir = "/nowhere/at/all" };
    assert_null(db_open_bare(&c, &f));
    assert_non_null(strstr(f.log, "cannot open"));
}

#define ON_DISK(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void) {
    Stmt *all[] = { &put_item, &get_item, &count_items, &put_part, &raise_all };
    for (int i = 0; i < COUNT(all); i++)
        db_register(all[i]);
    const struct CMUnitTest tests[] = {
        ON_DISK(values_come_back_as_they_were_put),
        ON_DISK(answers_outlive_later_statements),
        ON_DISK(parameters_are_numbers),
        ON_DISK(drift_from_the_signature_is_found),
        ON_DISK(failures_have_kinds),
        ON_DISK(what_is_between_two_syncs_is_one_transaction),
        ON_DISK(a_failed_transaction_waits_for_its_rollback),
        ON_DISK(a_reader_sees_one_snapshot_and_writes_nothing),
        ON_DISK(a_long_read_is_stopped),
        ON_DISK(a_second_writer_is_busy),
        ON_DISK(generated_texts_come_and_go),
        ON_DISK(each_walks_until_told_to_stop),
        ON_DISK(the_shadow_stands_before_the_live_tables),
        ON_DISK(a_backup_is_whole_and_private),
        ON_DISK(health_is_a_durable_write),
        ON_DISK(the_session_is_as_safe_as_we_say),
        ON_DISK(a_registered_statement_that_drifted_stops_the_opening),
    };
    return cmocka_run_group_tests_name("store_db", tests, NULL, NULL);
}
