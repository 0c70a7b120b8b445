/* store_engine: a fresh database for a test, of either engine. The PostgreSQL ones need
 * LINLI_TEST_PG (script/postgres.sh); without it engine_pg says so and the test is skipped. */
#ifndef LINLI_STORE_ENGINE_H
#define LINLI_STORE_ENGINE_H

#include "unit.h"

#include "store/db.h"

#include <ftw.h>
#include <unistd.h>

/* The URL of LINLI_TEST_PG with another database's name: what stands between the authority and '?'.
 */
static inline const char *engine_url(Arena *a, const char *database) {
    Str url = str_c(getenv("LINLI_TEST_PG"));
    int64_t start = str_find(url, S("://"));
    assert_true(start > 0);
    Str rest = { url.p + start + 3, url.n - (size_t)start - 3 };
    Str authority = str_cut(&rest, '/');
    int64_t question = str_find(rest, S("?"));
    Str query = question < 0 ? S("") : (Str){ rest.p + question, rest.n - (size_t)question };
    return arena_fmt(a, "postgresql://%.*s/%s%.*s", STR_ARG(authority), database, STR_ARG(query)).p;
}

static inline void engine_pg_exec(const char *url, const char *sql) {
    Fail f;
    Db *db = db_open_bare(&(DbConfig){ .url = url }, &f);
    if (!db) fail_msg("%s", f.log);
    f = db_exec(db, sql);
    if (f.err != OK) fail_msg("%s: %s", sql, db_last_error(db));
    db_close(db);
}

/* Skips where there is no PostgreSQL: leaves the test at once, so call it before making anything. */
static inline void engine_pg_needed(void) {
    if (getenv("LINLI_TEST_PG")) return;
    print_message("SKIP: LINLI_TEST_PG is not set\n");
    skip();
}

/* A new, empty database for this process; replaces one of the same topic. Skips when there is no
 * PostgreSQL. */
static inline DbConfig engine_pg(Arena *a, const char *topic) {
    engine_pg_needed();
    const char *name = arena_fmt(a, "t_%s_%d", topic, (int)getpid()).p;
    const char *admin = getenv("LINLI_TEST_PG");
    engine_pg_exec(admin, arena_fmt(a, "DROP DATABASE IF EXISTS %s WITH (FORCE)", name).p);
    engine_pg_exec(admin, arena_fmt(a,
                                    "CREATE DATABASE %s TEMPLATE template0 ENCODING 'UTF8'"
                                    " LC_COLLATE 'C' LC_CTYPE 'C'",
                                    name)
                              .p);
    DbConfig c = { .url = engine_url(a, name) };
    engine_pg_exec(c.url, "CREATE SCHEMA linli");
    return c;
}

static inline void engine_pg_drop(Arena *a, const char *topic) {
    if (!getenv("LINLI_TEST_PG")) return;
    engine_pg_exec(
        getenv("LINLI_TEST_PG"),
        arena_fmt(a, "DROP DATABASE IF EXISTS t_%s_%d WITH (FORCE)", topic, (int)getpid()).p);
}

static inline DbConfig engine_lite(Arena *a) {
    char *dir = arena_alloc(a, 32);
    memcpy(dir, "/tmp/linli-test-XXXXXX", sizeof "/tmp/linli-test-XXXXXX");
    assert_non_null(mkdtemp(dir));
    return (DbConfig){ .dir = dir };
}

static int engine_unlink(const char *path, const struct stat *st, int flag, struct FTW *walk) {
    (void)st;
    (void)flag;
    (void)walk;
    return remove(path);
}

static inline void engine_lite_drop(const DbConfig *c) {
    nftw(c->dir, engine_unlink, 8, FTW_DEPTH | FTW_PHYS);
}

/* A group of tests on SQLite, then on PostgreSQL where there is one. *engine says which; meanwhile
 * LINLI_TEST_PG names a database of their own, for a town wipes the one that it is given. */
static inline int engine_both(const char **engine, const char *topic, const struct CMUnitTest *tests, size_t n,
                              CMFixtureFunction setup, CMFixtureFunction teardown) {
    *engine = "sqlite";
    int failed = _cmocka_run_group_tests("sqlite", tests, n, setup, teardown);
    if (getenv("LINLI_TEST_PG") == NULL) return failed;
    Arena *a = arena_new();
    const char *shared = arena_c(a, str_c(getenv("LINLI_TEST_PG")));
    setenv("LINLI_TEST_PG", engine_pg(a, topic).url, 1);
    *engine = "postgres";
    failed += _cmocka_run_group_tests("postgres", tests, n, setup, teardown);
    setenv("LINLI_TEST_PG", shared, 1);
    engine_pg_drop(a, topic);
    arena_free(a);
    return failed;
}

#endif
