/* What SQLite and our driver keep when writes fail, the disk is full and the power goes. The
 * workload: batch b is one transaction of three rows and of one in the sum. After every fault each
 * acknowledged batch must be there, whole, and none by half. */
#include "base/log.h"
#include "store/db.h"
#include "store/db_faults.h"

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <cmocka.h>

enum { BATCHES = 24, ROWS = 3 };

static Stmt put_row = { "lls", "", "INSERT INTO row (batch, n, text) VALUES ($1, $2, $3)" };
static Stmt add_sum = { "l", "", "UPDATE sum SET total = total + $1 WHERE id = 1" };
static Stmt get_sum = { "", "l", "SELECT total FROM sum WHERE id = 1" };
static Stmt count_rows = { "", "l", "SELECT count(*) FROM row" };
static Stmt rows_of = { "l", "l", "SELECT count(*) FROM row WHERE batch = $1" };

typedef struct World {
    char dir[64];
    Arena *a;
    DbConfig config;
    Db *db;
    bool acked[BATCHES];
    int acks, refused;
} World;

static int remove_entry(const char *path, const struct stat *st, int flag, struct FTW *at) {
    (void)st, (void)flag, (void)at;
    return remove(path);
}

static void open_world(World *x) {
    Fail f;
    x->db = db_open(&x->config, DB_WRITER, &f);
    if (!x->db) fail_msg("db_open: %s", f.log);
}

/* A new database with its tables, all on the disk. */
static void begin_world(World *x) {
    *x = (World){ .dir = "/tmp/store_faults_test.XXXXXX", .a = arena_new() };
    assert_non_null(mkdtemp(x->dir));
    x->config = (DbConfig){ .dir = x->dir, .vfs = "faults" };
    faults_clear();
    Fail f;
    Db *bare = db_open_bare(&x->config, &f);
    assert_non_null(bare);
    f = db_exec(bare,
                "CREATE TABLE row (batch INTEGER, n INTEGER, text TEXT, PRIMARY KEY (batch, n))"
                " STRICT, WITHOUT ROWID;"
                "CREATE TABLE sum (id INTEGER PRIMARY KEY, total INTEGER) STRICT;"
                "INSERT INTO sum (id, total) VALUES (1, 0)");
    assert_int_equal(f.err, OK);
    db_close(bare);
    open_world(x);
}

static void end_world(World *x) {
    db_close(x->db);
    faults_clear();
    arena_free(x->a);
    nftw(x->dir, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

static int64_t ask(World *x, const Stmt *s, const DbVal *args) {
    Fail f;
    DbRows *r = db_run(x->db, x->a, s, args, &f);
    if (f.err != OK) fail_msg("reading: %s", f.log);
    assert_int_equal(r->rows, 1);
    return db_int(r, 0, 0);
}

static Fail put_batch(World *x, int b) {
    Str text = arena_fmt(x->a, "%0*d", 100 + b * 37 % 900, b); /* over several pages */
    db_begin(x->db);
    for (int n = 0; n < ROWS; n++)
        db_send(x->db, x->a, &put_row, ARGS(NUM(b), NUM(n), TXT(text)));
    db_send(x->db, x->a, &add_sum, ARGS(NUM(1)));
    Fail f = db_commit(x->db);
    if (f.err != OK) db_rollback(x->db);
    return f;
}

/* Some batches checkpoint: there the database file itself is written. A failed checkpoint loses
 * nothing. */
static void work(World *x) {
    for (int b = 0; b < BATCHES; b++) {
        Fail f = put_batch(x, b);
        x->acked[b] = f.err == OK;
        x->acks += f.err == OK;
        x->refused += f.err != OK;
        if (f.err != OK) assert_int_equal(ask(x, &rows_of, ARGS(NUM(b))), 0);
        if (b % 7 == 6) {
            f = db_exec(x->db, "PRAGMA wal_checkpoint(PASSIVE)");
            (void)f;
        }
    }
}

/* Counts acknowledged batches that are gone; asserts that there is nothing by half. */
static int lost(World *x) {
    Fail f;
    DbRows *r = db_query(x->db, x->a, "PRAGMA integrity_check", "", "s", NULL, &f);
    assert_int_equal(f.err, OK);
    assert_string_equal(db_text(r, 0, 0).p, "ok");
    int gone = 0, whole = 0;
    for (int b = 0; b < BATCHES; b++) {
        int64_t rows = ask(x, &rows_of, ARGS(NUM(b)));
        assert_true(rows == 0 || rows == ROWS);
        whole += rows == ROWS;
        gone += x->acked[b] && rows == 0;
    }
    assert_int_equal(ask(x, &get_sum, NULL), whole);
    assert_int_equal(ask(x, &count_rows, NULL), whole * ROWS);
    return gone;
}

static void cut_power(World *x, uint64_t seed) {
    faults_power_cut_some(seed);
    db_close(x->db);
    faults_clear();
    open_world(x);
}

static void writes_and_syncs_are_counted(void **state) {
    (void)state;
    World x;
    begin_world(&x);
    assert_int_equal(put_batch(&x, 0).err, OK); /* starts the WAL */
    int64_t w = faults_writes(), s = faults_syncs();
    assert_int_equal(put_batch(&x, 1).err, OK);
    assert_true(faults_writes() > w);
    assert_int_equal(faults_syncs(), s + 1); /* one commit, one sync */
    assert_int_equal(put_batch(&x, 1).err, ERR_CONFLICT);
    assert_int_equal(faults_syncs(), s + 1);
    end_world(&x);
}

/* One fault at every point of the workload, then the power goes. */
static void fail_at_each(void (*arm)(int64_t), int64_t (*counter)(void), uint64_t seeds,
                         bool forget) {
    World x;
    begin_world(&x);
    int64_t before = counter();
    work(&x);
    int64_t points = counter() - before;
    end_world(&x);
    assert_true(points > BATCHES);
    int refusals = 0;
    for (int64_t n = 1; n <= points; n++) {
        for (uint64_t seed = 0; seed <= seeds; seed++) {
            begin_world(&x);
            arm(n);
            faults_forget_failed_syncs(forget);
            work(&x);
            assert_true(x.acks >=
                        BATCHES - 1); /* one fault refuses one batch, the next one goes on */
            refusals += x.refused;
            assert_int_equal(lost(&x), 0);
            cut_power(&x, seed ? seed * 1000003 + (uint64_t)n : 0);
            assert_int_equal(lost(&x), 0);
            end_world(&x);
        }
    }
    assert_true(refusals >= BATCHES); /* the faults did hit commits */
}

static void a_failed_write_costs_one_batch(void **state) {
    (void)state;
    fail_at_each(faults_fail_write, faults_writes, 1, false);
}

static void a_failed_sync_costs_one_batch(void **state) {
    (void)state;
    fail_at_each(faults_fail_sync, faults_syncs, 3, false);
}

static void a_failed_sync_that_forgets_costs_one_batch(void **state) {
    (void)state;
    fail_at_each(faults_fail_sync, faults_syncs, 3, true);
}

/* The power goes in the middle: batch `b` is sent, not committed. */
static void a_power_cut_keeps_what_was_acknowledged(void **state) {
    (void)state;
    int cuts = 0;
    for (uint64_t seed = 0; seed < 100; seed++) {
        World x;
        begin_world(&x);
        int stop = (int)(seed % BATCHES);
        for (int b = 0; b < stop; b++) {
            assert_int_equal(put_batch(&x, b).err, OK);
            x.acked[b] = true;
            if (b % 5 == 4)
                assert_int_equal(db_exec(x.db, "PRAGMA wal_checkpoint(PASSIVE)").err, OK);
        }
        db_begin(x.db);
        db_send(x.db, x.a, &put_row, ARGS(NUM(stop), NUM(0), TXT(S("half"))));
        assert_int_equal(db_sync(x.db).err, OK);
        cut_power(&x, seed);
        assert_int_equal(lost(&x), 0);
        assert_int_equal(ask(&x, &count_rows, NULL), stop * ROWS);
        cuts += stop > 0;
        end_world(&x);
    }
    assert_true(cuts > 90);
}

/* Without this the tests above could be blind. */
static void a_lying_disk_loses_acknowledged_batches(void **state) {
    (void)state;
    World x;
    begin_world(&x);
    faults_lie_about_sync(true);
    work(&x);
    assert_int_equal(x.acks, BATCHES);
    cut_power(&x, 0);
    int gone = 0;
    for (int b = 0; b < BATCHES; b++)
        gone += ask(&x, &rows_of, ARGS(NUM(b))) == 0;
    assert_true(gone > 0);
    end_world(&x);
}

static void dead_connections_do_nothing(void **state) {
    (void)state;
    World x;
    begin_world(&x);
    assert_int_equal(put_batch(&x, 0).err, OK);
    x.acked[0] = true;
    faults_power_cut();
    assert_int_equal(put_batch(&x, 1).err, ERR_INTERNAL);
    Fail f;
    assert_null(db_open(&x.config, DB_READER, &f));
    db_close(x.db);
    open_world(&x);
    assert_int_equal(lost(&x), 0);
    assert_int_equal(ask(&x, &count_rows, NULL), ROWS);
    end_world(&x);
}

static void a_full_disk_is_survived_without_reopening(void **state) {
    (void)state;
    World x;
    begin_world(&x);
    Fail f;
    Db *reader = db_open(&x.config, DB_READER, &f);
    assert_non_null(reader);
    for (int b = 0; b < 4; b++) {
        assert_int_equal(put_batch(&x, b).err, OK);
        x.acked[b] = true;
    }
    assert_true(db_can_write(x.db));
    faults_disk_full(true);
    for (int b = 4; b < 8; b++) {
        f = put_batch(&x, b);
        assert_int_equal(f.err, ERR_FULL);
        assert_string_equal(f.code, "disk_full");
        assert_false(db_can_write(x.db));
        assert_int_equal(ask(&x, &count_rows, NULL), 4 * ROWS); /* reads go on */
        DbRows *r = db_run(reader, x.a, &count_rows, NULL, &f);
        assert_int_equal(f.err, OK);
        assert_int_equal(db_int(r, 0, 0), 4 * ROWS);
    }
    faults_disk_full(false);
    assert_true(db_can_write(x.db));
    for (int b = 8; b < BATCHES; b++) {
        assert_int_equal(put_batch(&x, b).err, OK);
        x.acked[b] = true;
    }
    db_close(reader);
    cut_power(&x, 0);
    assert_int_equal(lost(&x), 0);
    assert_int_equal(ask(&x, &count_rows, NULL), (BATCHES - 4) * ROWS);
    end_world(&x);
}

static int64_t standing_clock(void *self) {
    (void)self;
    return INT64_C(1783000000000);
}

int main(void) {
    seam_set((Seam){ .now_ms = standing_clock }); /* db_can_write must not need time to pass */
    log_level_set(LOG_ERROR + 1);                 /* the faults are wanted */
    faults_register();
    Stmt *all[] = { &put_row, &add_sum, &get_sum, &count_rows, &rows_of };
    for (int i = 0; i < COUNT(all); i++)
        db_register(all[i]);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_and_syncs_are_counted),
        cmocka_unit_test(a_failed_write_costs_one_batch),
        cmocka_unit_test(a_failed_sync_costs_one_batch),
        cmocka_unit_test(a_failed_sync_that_forgets_costs_one_batch),
        cmocka_unit_test(a_power_cut_keeps_what_was_acknowledged),
        cmocka_unit_test(a_lying_disk_loses_acknowledged_batches),
        cmocka_unit_test(dead_connections_do_nothing),
        cmocka_unit_test(a_full_disk_is_survived_without_reopening),
    };
    return cmocka_run_group_tests_name("store_faults", tests, NULL, NULL);
}
