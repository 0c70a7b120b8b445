/* A writer on a thread of its own: the same rows as without, answers, failures that come later, transactions. On both
 * engines. */
#include "store_engine.h"

#include "store/db_relay.h"

static Stmt add = { "sl", "", "INSERT INTO relayed (name, n) VALUES ($1, $2)", .many = true };
static Stmt put_both = { "sll", "",
                         "INSERT INTO relayed (name, n, m) VALUES ($1, $2, $3)"
                         " ON CONFLICT (name) DO UPDATE SET n = excluded.n, m = excluded.m",
                         .many = true };
static Stmt change = { "sl", "", "UPDATE relayed SET n = n + $2 WHERE name = $1" };
static Stmt find = { "s", "ll", "SELECT n, m FROM relayed WHERE name = $1" };
static Stmt total = { "", "ll",
                      "SELECT CAST(count(*) AS bigint), CAST(coalesce(sum(n), 0) AS bigint) FROM relayed" };

static const char *engine;

typedef struct Fixture {
    Arena *a;
    DbConfig config;
    Db *db, *relay;
} Fixture;

static int set_up(void **state)
{
    Fail f;
    Arena *a = arena_new();
    Fixture *x = arena_new_of(a, Fixture);
    bool pg = strcmp(engine, "postgres") == 0;
    x->a = a;
    x->config = pg ? (DbConfig){ .url = getenv("LINLI_TEST_PG") } : engine_lite(a);
    Db *bare = db_open_bare(&x->config, &f);
    assert_non_null(bare);
    if (pg) assert_int_equal(db_exec(bare, "DROP TABLE IF EXISTS relayed").err, OK);
    f = db_exec(bare, pg ? "CREATE TABLE relayed (name TEXT PRIMARY KEY, n BIGINT NOT NULL, m BIGINT)"
                         : "CREATE TABLE relayed (name TEXT PRIMARY KEY, n INTEGER NOT NULL, m INTEGER) STRICT");
    assert_int_equal(f.err, OK);
    db_close(bare);
    x->db = db_open(&x->config, DB_WRITER, &f);
    if (x->db == NULL) fail_msg("%s", f.log);
    x->relay = db_relay(x->db);
    *state = x;
    return 0;
}

static int tear_down(void **state)
{
    Fixture *x = *state;
    db_close(x->relay);
    db_close(x->db);
    if (x->config.dir != NULL) engine_lite_drop(&x->config);
    arena_free(x->a);
    return 0;
}

static void expect_total(Fixture *x, int64_t rows, int64_t sum)
{
    Fail f;
    DbRows *r = db_run(x->relay, x->a, &total, NULL, &f);
    assert_int_equal(f.err, OK);
    assert_int_equal(r->rows, 1);
    assert_int_equal(db_int(r, 0, 0), rows);
    assert_int_equal(db_int(r, 0, 1), sum);
}

/* Far more than a batch takes; what follows a row finds it, in whatever batch it was. */
static void rows_of_many_batches(void **state)
{
    Fixture *x = *state;
    enum { ROWS = 20000 };
    db_begin(x->relay);
    for (int i = 0; i < ROWS; i++) {
        char name[16];
        snprintf(name, sizeof name, "r%d", i); /* copied: the next one overwrites it */
        db_send(x->relay, x->a, &add, ARGS(TXT(str_c(name)), NUM(1)));
        if (i % 100 == 0) db_send(x->relay, x->a, &change, ARGS(TXT(str_c(name)), NUM(2)));
        if (i % 5000 == 0) assert_int_equal(db_sync(x->relay).err, OK);
    }
    assert_int_equal(db_commit(x->relay).err, OK);
    expect_total(x, ROWS, ROWS + 2 * ROWS / 100);
}

static void answers_by_ticket(void **state)
{
    Fixture *x = *state;
    db_begin(x->relay);
    for (int i = 0; i < 10; i++)
        db_send(x->relay, x->a, &put_both, ARGS(TXT(arena_fmt(x->a, "p%d", i)), NUM(i), i % 2 ? NUL : NUM(-i)));
    db_relay_post(x->relay);
    Arena *answers = arena_new(); /* left alone until the answers are there */
    DbRows *rows[10];
    for (int i = 0; i < 10; i++)
        rows[i] = db_send(x->relay, answers, &find, ARGS(TXT(arena_fmt(x->a, "p%d", i))));
    uint64_t ticket = db_relay_post(x->relay);
    for (int i = 10; i < 500; i++)
        db_send(x->relay, x->a, &put_both, ARGS(TXT(arena_fmt(x->a, "p%d", i)), NUM(0), NUL));
    db_relay_post(x->relay);
    assert_int_equal(db_relay_reach(x->relay, ticket).err, OK);
    for (int i = 0; i < 10; i++) {
        assert_int_equal(rows[i]->rows, 1);
        assert_int_equal(db_int(rows[i], 0, 0), i);
        assert_true(i % 2 ? db_null(rows[i], 0, 1) : db_int(rows[i], 0, 1) == -i);
    }
    arena_free(answers);
    db_send(x->relay, x->a, &put_both, ARGS(TXT(S("p3")), NUM(1000), NUM(7))); /* the row is there already */
    assert_int_equal(db_commit(x->relay).err, OK);
    expect_total(x, 500, 45 - 3 + 1000);
}

/* It shows at the latest when committing, takes all with it, and is over with the rollback. */
static void failures_come_later(void **state)
{
    Fixture *x = *state;
    db_begin(x->relay);
    db_send(x->relay, x->a, &add, ARGS(TXT(S("once")), NUM(1)));
    db_relay_post(x->relay);
    db_send(x->relay, x->a, &add, ARGS(TXT(S("once")), NUM(1)));
    db_relay_post(x->relay);
    db_send(x->relay, x->a, &add, ARGS(TXT(S("later")), NUM(1)));
    Fail f = db_commit(x->relay);
    assert_int_equal(f.err, ERR_CONFLICT);
    assert_string_equal(f.code, "unique");
    assert_true(strlen(db_last_error(x->relay)) > 0);
    db_rollback(x->relay);
    expect_total(x, 0, 0);
    db_begin(x->relay);
    db_send(x->relay, x->a, &add, ARGS(TXT(S("once")), NUM(1)));
    assert_int_equal(db_commit(x->relay).err, OK);
    expect_total(x, 1, 1);
}

/* What is not handed over yet goes too. */
static void rolled_back(void **state)
{
    Fixture *x = *state;
    db_begin(x->relay);
    for (int i = 0; i < 9000; i++)
        db_send(x->relay, x->a, &add, ARGS(TXT(arena_fmt(x->a, "b%d", i)), NUM(1)));
    db_rollback(x->relay);
    expect_total(x, 0, 0);
}

/* After a wait the connection is the caller's own again, in the transaction that it began. */
static void handed_back(void **state)
{
    Fixture *x = *state;
    Fail f;
    db_begin(x->db);
    for (int i = 0; i < 3; i++)
        db_send(x->relay, x->a, &add, ARGS(TXT(arena_fmt(x->a, "h%d", i)), NUM(i)));
    assert_int_equal(db_relay_wait(x->relay).err, OK);
    DbRows *r = db_run(x->db, x->a, &total, NULL, &f);
    assert_int_equal(f.err, OK);
    assert_int_equal(db_int(r, 0, 0), 3);
    assert_int_equal(db_commit(x->db).err, OK);
    expect_total(x, 3, 3);
}

int main(void)
{
    static Stmt *const statements[] = { &add, &put_both, &change, &find, &total };
    for (int i = 0; i < COUNT(statements); i++)
        db_register(statements[i]);
#define with_relay(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        with_relay(rows_of_many_batches), with_relay(answers_by_ticket), with_relay(failures_come_later),
        with_relay(rolled_back),          with_relay(handed_back),
    };
    return engine_both(&engine, "relay", tests, COUNT(tests), NULL, NULL);
}
