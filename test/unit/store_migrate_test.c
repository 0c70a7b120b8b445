#include "store_schema.h"

#include <signal.h>
#include <sys/wait.h>

/* ---- the text ---- */

static void test_parse(void **state) {
    Fail f;
    Schema *s = schema_parse(*state, schema_parts, SCHEMA_PARTS, &f);
    if (!s) fail_msg("%s", f.log);
    assert_int_equal(s->n, 6);
    static const struct {
        const char *name, *columns, *types, *key;
        TableClass table_class;
        bool reference, search;
    } want[] = {
        { "log", "community,seq,bytes", "slb", "community,seq", TABLE_LOG, false, false },
        { "division", "id,parent,name", "sss", "id", TABLE_STATE, true, false },
        { "matter", "community,id,at,note,photo,division,rank", "sslsbsl", "community,id",
          TABLE_STATE, false, false },
        { "search", "community,matter,tokens", "sss", "community,matter", TABLE_STATE, false,
          true },
        { "report_photo", "community,matter,no", "ssl", "community,matter,no", TABLE_STATE, false,
          false },
        { "outbox", "community,id", "ss", "community,id", TABLE_WORK, false, false },
    };
    for (int i = 0; i < COUNT(want); i++) {
        const Table *t = &s->tables[i];
        assert_text(t->name, want[i].name);
        assert_text(t->columns, want[i].columns);
        assert_text(t->types, want[i].types);
        assert_text(t->key, want[i].key);
        assert_int_equal(t->table_class, want[i].table_class);
        assert_int_equal(t->reference, want[i].reference);
        assert_int_equal(t->search, want[i].search);
    }
}

#define T(columns) "-- table t: state tenant\nCREATE TABLE t (" columns ") STRICT;\n"
#define C "community TEXT NOT NULL"
#define KEYED C ", id TEXT NOT NULL, PRIMARY KEY (community, id)"
#define OTHER(head, columns) "-- table o: " head "\nCREATE TABLE o (" columns ") STRICT;\n"
#define FTS "CREATE VIRTUAL TABLE s USING fts5"

static const struct {
    const char *sql, *words;
} refused[] = {
    { "CREATE TABLE t (" KEYED ") STRICT;", "before the first head" },
    { "-- table t\nCREATE TABLE t (" KEYED ") STRICT;", "no class" },
    { "-- table t: tenant\nCREATE TABLE t (" KEYED ") STRICT;", "class is one of" },
    { "-- table t: state\nCREATE TABLE t (" KEYED ") STRICT;", "tenant or reference" },
    { "-- table T: state tenant\nCREATE TABLE T (" KEYED ") STRICT;", "a head is" },
    { "-- table t: state tenant\n", "no statement" },
    { "-- table t: state tenant\nCREATE TABLE u (" KEYED ") STRICT;", "head of its own" },
    { "-- table t: state tenant\nCREATE TABLE t (" KEYED ");", "not STRICT" },
    { "-- table t: state tenant\nCREATE TABLE t (" KEYED ") STRICT", "no semicolon" },
    { "-- table health: work reference\nCREATE TABLE health (id TEXT) STRICT;", "is taken" },
    { "-- table t: state tenant\n-- sqlite:\nCREATE TABLE t (" KEYED ") STRICT;", "both engines" },
    { T(C ", id TEXT NOT NULL"), "no primary key" },
    { T(C ", id TEXT NOT NULL PRIMARY KEY"), "begin with community" },
    { T(C ", id TEXT NOT NULL, PRIMARY KEY (id, community)"), "begin with community" },
    { T(C ", id TEXT, PRIMARY KEY (community, id)"), "NOT NULL" },
    { T(C ", PRIMARY KEY (community, nothere)"), "not there" },
    { T(KEYED ", x REAL"), "not REAL" },
    { T(KEYED ", x BOOLEAN NOT NULL"), "not BOOLEAN" },
    { T(KEYED ", x INTEGER"), "not INTEGER" },
    { T(KEYED ", x SERIAL"), "not SERIAL" },
    { T(KEYED ", x INT64 GENERATED ALWAYS AS IDENTITY"), "generated" },
    { T(KEYED ", x INT64 AS (1)"), "generated" },
    { T(KEYED ", x TEXT COLLATE NOCASE"), "COLLATE" },
    { T(KEYED ", x TEXT UNIQUE"), "unique constraint (x)" },
    { T(KEYED ", x TEXT, UNIQUE (x, community)"), "unique constraint" },
    { T(KEYED ", id TEXT"), "twice" },
    { T(KEYED ", \"x\" TEXT"), "cannot read" },
    { T("id INT64 PRIMARY KEY AUTOINCREMENT"), "AUTOINCREMENT" },
    { T(KEYED ", o TEXT REFERENCES o (id)"), "not declared" },
    { OTHER("log tenant", KEYED)
          T(KEYED ", FOREIGN KEY (community, id) REFERENCES o (community, id)"),
      "across classes" },
    { OTHER("state tenant", KEYED) T(KEYED ", FOREIGN KEY (id) REFERENCES o (id)"),
      "begin with community" },
    { OTHER("state tenant",
            KEYED) "-- table t: state reference\nCREATE TABLE t (id TEXT NOT NULL PRIMARY"
                   " KEY, o TEXT REFERENCES o (id)) STRICT;",
      "begin with community" },
    { OTHER("state reference", "id TEXT NOT NULL PRIMARY KEY")
          T(KEYED ", o TEXT REFERENCES o (id) ON DELETE SET NULL"),
      "SET NULL" },
    { T(KEYED) "CREATE TRIGGER x AFTER INSERT ON t BEGIN SELECT 1; END;", "other than a table" },
    { T(KEYED) "-- step v\nCREATE VIEW v AS SELECT 1;", "other than a table" },
    { T(KEYED) "-- index i\nCREATE INDEX j ON t (id);", "makes the index j" },
    { T(KEYED) "-- index i\nCREATE UNIQUE INDEX i ON t (id);", "begin with community" },
    { T(KEYED) "-- index i\nCREATE INDEX i ON u (id);", "not declared" },
    { T(KEYED) "-- index i\nDELETE FROM t;", "only a '-- step'" },
    { T(KEYED) "-- index i: state\nCREATE INDEX i ON t (id);", "takes no class" },
    { T(KEYED) T(KEYED), "stands there twice" },
    { T(KEYED) "-- step x\nALTER TABLE t RENAME TO u;", "ADD COLUMN only" },
    { T(KEYED) "-- step x\nALTER TABLE t ADD COLUMN id TEXT;", "twice" },
    { T(KEYED) "-- step x\n-- sqlite:\nALTER TABLE t ADD COLUMN y TEXT;", "both engines" },
    { T(KEYED) "-- step x\nDROP TABLE u;", "not declared" },
    { T(KEYED) "-- step x\nDROP TABLE t;\n" T(KEYED), "twice" },
    { T(KEYED) "-- step x\nUPDATE t SET id = 'no end;", "cannot read" },
    { "-- search s: state tenant\n" FTS "(community UNINDEXED, matter UNINDEXED, tokens);",
      "-- sqlite" },
    { "-- search s: state tenant\n-- sqlite:\n" FTS "(community, matter UNINDEXED, tokens);",
      "instead of" },
    { "-- search s: state tenant\n-- sqlite:\n" FTS
      "(community UNINDEXED, matter UNINDEXED, tokens, content='');",
      "keeps its content" },
    { "-- search s: state tenant\n-- sqlite:\n" FTS
      "(community UNINDEXED, matter UNINDEXED, tokens);",
      "no statement for PostgreSQL" },
    { "-- search s: state tenant\n-- postgres:\nCREATE TABLE s (community TEXT NOT NULL PRIMARY "
      "KEY);",
      "a search has" },
};

static void test_refused(void **state) {
    for (int i = 0; i < COUNT(refused); i++) {
        Fail f;
        SchemaPart part = { "part", refused[i].sql };
        if (schema_parse(*state, &part, 1, &f)) fail_msg("accepted: %s", refused[i].sql);
        assert_int_equal(f.err, ERR_INTERNAL);
        if (!f.log || !strstr(f.log, refused[i].words))
            fail_msg("%s\nsays '%s', not '%s'", refused[i].sql, f.log, refused[i].words);
    }
    Fail f;
    SchemaPart good = { "part", T(KEYED) };
    assert_non_null(schema_parse(*state, &good, 1, &f));
}

/* ---- on a database ---- */

static void check_migrated(Db *db, Arena *a) {
    assert_int_equal(engine_int(db, a, "SELECT count(*) FROM schema_step"), SCHEMA_STEPS);
    assert_int_equal(engine_int(db, a, "SELECT count(*) FROM outbox WHERE community = 'filled'"),
                     1);
    assert_int_equal(engine_int(db, a, "SELECT count(*) FROM outbox WHERE id = '0'"), 1);
    engine_exec(db, "INSERT INTO division (id) VALUES ('540100')");
    engine_exec(db, "INSERT INTO matter (community, id, division) VALUES ('c', 'm', '540100')");
    assert_int_equal(engine_int(db, a, "SELECT rank FROM matter"), 7);
    assert_int_equal(engine_int(db, a, "SELECT count(*) FROM division WHERE name = 'a; ''b'''"), 1);
    engine_exec(db, "INSERT INTO search (community, matter, tokens) VALUES ('c', 'm', 'x')");
    assert_int_equal(
        db_exec(db, "INSERT INTO report_photo (community, matter, no) VALUES ('c', 'n', 1)").err,
        ERR_CONFLICT);
    assert_int_equal(db_exec(db, "INSERT INTO gone VALUES ('c')").err, ERR_INTERNAL);
    assert_true(db_can_write(db));
}

static void migrate(Arena *a, bool pg) {
    DbConfig c = engine_new(a, pg, "migrate");
    Db *db = engine_bare(&c);
    engine_migrate(db);
    engine_migrate(db);
    check_migrated(db, a);
    engine_migrate(db);
    Fail f;
    SchemaPart changed = { "report", "-- step fill\nDELETE FROM outbox;\n" };
    f = schema_migrate(db, &changed, 1);
    assert_string_equal(f.code, "schema_newer"); /* and it has fewer steps */
    SchemaPart core[] = { { "core", schema_core },
                          { "more", T(KEYED) "-- step s\nDELETE FROM t;\n" } };
    engine_ok(db, schema_migrate(db, core, 2)); /* another part may be away */
    core[1].sql = T(KEYED) "-- step s\nDELETE  FROM  t ; -- only blanks differ\n"
                           "-- step appended\nINSERT INTO t (community, id) VALUES ('c', 'i');\n";
    engine_ok(db, schema_migrate(db, core, 2));
    assert_int_equal(engine_int(db, a, "SELECT count(*) FROM t"), 1);
    core[1].sql =
        T(KEYED) "-- step s\nDELETE FROM t WHERE id = 'j';\n-- step appended\nDELETE FROM t;\n";
    f = schema_migrate(db, core, 2);
    assert_string_equal(f.code, "schema_changed");
    assert_non_null(strstr(f.log, "step s "));
    assert_int_equal(engine_int(db, a, "SELECT count(*) FROM t"), 1);
    db_close(db);
    engine_end(a, &c, "migrate");
}

/* A statement that fails stops the text after each of its steps in turn; the whole text then goes
 * on. */
static void stopped_after_each(Arena *a, bool pg) {
    int stops = 0;
    for (int part = 0; part < SCHEMA_PARTS; part++) {
        const char *sql = schema_parts[part].sql, *at = sql;
        while ((at = strstr(at + 1, "\n-- "))) {
            if (!strncmp(at, "\n-- sqlite", 10) || !strncmp(at, "\n-- postgres", 12)) continue;
            if (!strncmp(at, "\n-- Here", 8)) continue;
            DbConfig c = engine_new(a, pg, "migrate");
            Db *db = engine_bare(&c);
            SchemaPart parts[SCHEMA_PARTS] = { schema_parts[0], schema_parts[1] };
            parts[part].sql =
                arena_fmt(a,
                          "%.*s\n-- step stop\nINSERT INTO health (id, at) VALUES (5, 5);"
                          " SELECT nothere FROM health;\n",
                          (int)(at - sql), sql)
                    .p;
            Fail f = schema_migrate(db, parts, part + 1);
            assert_int_equal(f.err, ERR_INTERNAL);
            assert_non_null(strstr(f.log, "step stop"));
            assert_int_equal(engine_int(db, a, "SELECT count(*) FROM health WHERE id = 5"), 0);
            engine_migrate(db);
            check_migrated(db, a);
            db_close(db);
            engine_end(a, &c, "migrate");
            stops++;
        }
    }
    assert_int_equal(stops, SCHEMA_STEPS - 2 +
                                1); /* all but the last of each part, and before the first */
}

static pid_t migrate_in_child(const DbConfig *c, int times) {
    fflush(NULL);
    pid_t child = fork();
    if (child) return child;
    freopen("/dev/null", "w", stderr);
    for (int i = 0; i < times; i++) {
        Fail f;
        Db *db = db_open_bare(c, &f);
        if (db) f = schema_migrate(db, schema_parts, SCHEMA_PARTS);
        if (f.err != OK) _exit(1);
        db_close(db);
    }
    _exit(0);
}

static void killed(Arena *a, bool pg) {
    uint64_t seed = 7;
    int finished = 0, cut = 0;
    for (int i = 0; i < 12; i++) {
        DbConfig c = engine_new(a, pg, "migrate");
        for (int kills = 0; kills < 4; kills++) {
            pid_t child = migrate_in_child(&c, 1);
            usleep((useconds_t)(unit_random(&seed) % 40000));
            kill(child, SIGKILL);
            int status;
            waitpid(child, &status, 0);
            if (WIFSIGNALED(status))
                cut++;
            else
                finished++;
        }
        Db *db = engine_bare(&c);
        engine_migrate(db);
        check_migrated(db, a);
        db_close(db);
        engine_end(a, &c, "migrate");
    }
    assert_true(cut > 0);
    print_message("killed %d times, finished %d times\n", cut, finished);
}

static void at_once(Arena *a, bool pg) {
    DbConfig c = engine_new(a, pg, "migrate");
    pid_t children[4];
    for (int i = 0; i < COUNT(children); i++)
        children[i] = migrate_in_child(&c, 2);
    for (int i = 0; i < COUNT(children); i++) {
        int status = -1;
        waitpid(children[i], &status, 0);
        assert_int_equal(status, 0);
    }
    Db *db = engine_bare(&c);
    check_migrated(db, a);
    db_close(db);
    engine_end(a, &c, "migrate");
}

/* ---- rebuild ---- */

static void shadow(Arena *a, bool pg) {
    DbConfig c = engine_new(a, pg, "migrate");
    Db *live = engine_bare(&c);
    engine_migrate(live);
    Fail f;
    Schema *s = schema_parse(a, schema_parts, SCHEMA_PARTS, &f);
    assert_non_null(s);
    assert_string_equal(schema_make_state(live, schema_parts, SCHEMA_PARTS).code, "schema_place");
    assert_string_equal(schema_swap(live, s).code, "schema_place");
    engine_exec(live, "INSERT INTO division (id) VALUES ('1'), ('2');"
                      "INSERT INTO matter (community, id, division) VALUES ('c', 'old', '1');"
                      "INSERT INTO search (community, matter, tokens) VALUES ('c', 'old', 'old');"
                      "INSERT INTO report_photo (community, matter, no) VALUES ('c', 'old', 1)");
    DbConfig beside = c;
    beside.schema_first = pg ? "shadow" : arena_fmt(a, "%s/shadow.db", c.dir).p;
    Db *db = engine_bare(&beside);
    engine_ok(db, schema_make_state(db, schema_parts, SCHEMA_PARTS));
    engine_exec(db, "INSERT INTO division (id) VALUES ('left over')");
    engine_ok(db, schema_make_state(db, schema_parts, SCHEMA_PARTS)); /* as after an interruption */
    static const char *const empty[] = { "division", "matter", "search", "report_photo" };
    for (int i = 0; i < COUNT(empty); i++)
        assert_int_equal(engine_int(db, a, arena_fmt(a, "SELECT count(*) FROM %s", empty[i]).p), 0);
    assert_int_equal(engine_int(db, a, "SELECT count(*) FROM outbox"),
                     1); /* not state: the live one */
    engine_exec(db, "INSERT INTO division (id, parent) VALUES ('1', '2'), ('2', NULL);"
                    "INSERT INTO matter (community, id, at, division) VALUES ('c', 'new', 4, '2');"
                    "INSERT INTO report_photo (community, matter, no) VALUES ('c', 'new', 2);"
                    "INSERT INTO search (community, matter, tokens) VALUES ('c', 'new', 'new')");
    Hash rebuilt, before, after;
    engine_ok(db, schema_digest(db, a, s, S(""), &rebuilt));
    engine_ok(live, schema_digest(live, a, s, S(""), &before));
    assert_false(hash_eq(rebuilt, before));
    engine_ok(db, schema_swap(db, s));
    engine_ok(live, schema_digest(live, a, s, S(""), &after));
    assert_true(hash_eq(rebuilt, after));
    assert_int_equal(engine_int(live, a, "SELECT at FROM matter WHERE id = 'new'"), 4);
    assert_int_equal(engine_int(live, a, "SELECT count(*) FROM matter"), 1);
    assert_int_equal(engine_int(live, a, "SELECT count(*) FROM outbox"), 1);
    db_close(db);
    db_close(live);
    engine_end(a, &c, "migrate");
}

typedef void OnEngine(Arena *a, bool pg);

static void on_sqlite(void **state, OnEngine *fn) {
    fn(*state, false);
}

static void on_postgres(void **state, OnEngine *fn) {
    fn(*state, true);
}

#define BOTH(fn)                                                                                   \
    static void test_##fn##_sqlite(void **state) {                                                 \
        on_sqlite(state, fn);                                                                      \
    }                                                                                              \
    static void test_##fn##_postgres(void **state) {                                               \
        on_postgres(state, fn);                                                                    \
    }
BOTH(migrate)
BOTH(stopped_after_each)
BOTH(killed)
BOTH(at_once)
BOTH(shadow)

int main(void) {
    const struct CMUnitTest tests[] = {
        with_arena(test_parse),
        with_arena(test_refused),
        with_arena(test_migrate_sqlite),
        with_arena(test_migrate_postgres),
        with_arena(test_stopped_after_each_sqlite),
        with_arena(test_stopped_after_each_postgres),
        with_arena(test_killed_sqlite),
        with_arena(test_killed_postgres),
        with_arena(test_at_once_sqlite),
        with_arena(test_at_once_postgres),
        with_arena(test_shadow_sqlite),
        with_arena(test_shadow_postgres),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
