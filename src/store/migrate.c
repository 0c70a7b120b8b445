/* Running the steps of a schema: on a live database, and into the shadow of a rebuild. */
#include "store/schema.h"

#include "base/log.h"

enum { TRIES_MAX = 5 };

static Fail said(Err err, const char *code, const char *words) {
    Fail f = fail(err, code);
    f.log = words;
    return f;
}

/* ---- what every database has ---- */

static const char *const boot_sqlite[] = {
    ("CREATE TABLE IF NOT EXISTS schema_step (part TEXT NOT NULL, name TEXT NOT NULL, hash TEXT NOT "
    "NULL,"
    " at INTEGER NOT NULL, PRIMARY KEY (part, name)) STRICT"),
    "CREATE TABLE IF NOT EXISTS health (id INTEGER NOT NULL PRIMARY KEY, at INTEGER) STRICT",
};

static const char *const boot_postgres[] = {
    "CREATE SCHEMA IF NOT EXISTS linli",
    ("CREATE TABLE IF NOT EXISTS linli.schema_step (part TEXT NOT NULL, name TEXT NOT NULL,"
    " hash TEXT NOT NULL, at BIGINT NOT NULL, PRIMARY KEY (part, name))"),
    "CREATE TABLE IF NOT EXISTS linli.health (id BIGINT NOT NULL PRIMARY KEY, at BIGINT)",
};

static Fail bootstrap_once(Db *db) {
    bool pg = db_is_postgres(db);
    const char *const *sql = pg ? boot_postgres : boot_sqlite;
    int n = pg ? COUNT(boot_postgres) : COUNT(boot_sqlite);
    Fail f = FAIL_NONE;
    for (int i = 0; i < n && f.err == OK; i++)
        f = db_exec(db, sql[i]);
    return f;
}

/* IF NOT EXISTS does not keep two at once from colliding in PostgreSQL's catalog: the second try
 * finds what the other has made. */
static Fail bootstrap(Db *db) {
    Fail f = FAIL_NONE;
    for (int i = 0; i < TRIES_MAX; i++) {
        f = bootstrap_once(db);
        if (f.err != ERR_CONFLICT && f.err != ERR_BUSY && f.err != ERR_INTERNAL) break;
    }
    return f;
}

/* ---- steps that have been done ---- */

typedef struct Done {
    DbRows *rows; /* part, name, hash */
} Done;

static int done_find(const Done *d, const Step *s) {
    for (int i = 0; i < d->rows->rows; i++)
        if (str_is(db_text(d->rows, i, 0), s->part) && str_eq(db_text(d->rows, i, 1), s->name))
            return i;
    return -1;
}

static Fail done_load(Db *db, Arena *a, Done *d) {
    Fail f;
    d->rows = db_query(db, a, "SELECT part, name, hash FROM schema_step", "", "sss", NULL, &f);
    return f;
}

/* A row of one of our parts that its text does not have: a newer program has been here. */
static Fail not_newer(const Done *d, const SchemaText *text, const SchemaPart *parts, int n) {
    for (int i = 0; i < d->rows->rows; i++) {
        bool ours = false, known = false;
        for (int k = 0; k < n; k++)
            ours = ours || str_is(db_text(d->rows, i, 0), parts[k].name);
        for (int k = 0; k < text->n; k++)
            known = known || (str_is(db_text(d->rows, i, 0), text->steps[k].part) &&
                              str_eq(db_text(d->rows, i, 1), text->steps[k].name));
        if (ours && !known)
            return said(ERR_INTERNAL, "schema_newer",
                        schema_words("this database was made by a newer linli: it has the step "
                                     "%.*s of %.*s",
                                     STR_ARG(db_text(d->rows, i, 1)),
                                     STR_ARG(db_text(d->rows, i, 0))));
    }
    return FAIL_NONE;
}

/* ---- one step ---- */

/* The row comes first: on PostgreSQL whoever comes second waits here for the first, then finds
 * nothing to do. */
static Fail step_try(Db *db, Arena *a, const Step *s) {
    Fail f;
    int engine = db_is_postgres(db) ? SCHEMA_POSTGRES : SCHEMA_SQLITE;
    db_begin(db);
    DbRows *r = db_query(
        db, a,
        "INSERT INTO schema_step (part, name, hash, at) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT (part, name) DO NOTHING",
        "sssl", "",
        ARGS(TXT(str_c(s->part)), TXT(s->name), TXT(hash_hex(a, s->hash)), NUM(now_ms())), &f);
    for (StepStmt *st = s->first[engine]; st && f.err == OK && r->changed; st = st->next)
        f = db_exec(db, arena_c(a, st->sql));
    if (f.err == OK) f = db_commit(db);
    if (f.err == OK) return f;
    if (f.err == ERR_INTERNAL)
        f.log =
            schema_words("schema %s, step %.*s: %s", s->part, STR_ARG(s->name), db_last_error(db));
    db_rollback(db);
    return f;
}

static Fail step_run(Db *db, Arena *a, const Step *s) {
    Fail f = FAIL_NONE;
    /* Busy: another program migrates, or the connection was lost. An uncertain commit shows in the
     * row. */
    for (int i = 0; i < TRIES_MAX; i++) {
        f = step_try(db, a, s);
        if (f.err != ERR_BUSY) break;
    }
    if (f.err == OK) log_line(LOG_INFO, "schema_step", "part=%s", s->part);
    return f;
}

static Fail steps_run(Db *db, Arena *a, const SchemaText *text, const SchemaPart *parts, int n) {
    Done done;
    Fail f = done_load(db, a, &done);
    if (f.err == OK) f = not_newer(&done, text, parts, n);
    for (int i = 0; i < text->n && f.err == OK; i++) {
        const Step *s = &text->steps[i];
        int row = done_find(&done, s);
        if (row < 0)
            f = step_run(db, a, s);
        else if (!str_eq(db_text(done.rows, row, 2), hash_hex(a, s->hash)))
            f = said(
                ERR_INTERNAL, "schema_changed",
                schema_words("schema %s, step %.*s has been changed after it was run; steps are "
                             "only appended",
                             s->part, STR_ARG(s->name)));
    }
    return f;
}

/* CREATE TABLE goes into the first schema of the path: it had better be ours. */
static Fail in_linli(Db *db, Arena *a) {
    Fail f;
    DbRows *r = db_query(db, a, "SELECT CAST(current_schema() AS TEXT)", "", "s", NULL, &f);
    if (f.err == OK && (r->rows != 1 || !str_is(db_text(r, 0, 0), "linli")))
        return said(ERR_INTERNAL, "schema_place", "migrations run in the schema linli only");
    return f;
}

/* PostgreSQL: so that two programs do not even try at once. What counts is the row of each step. */
static void hint(Db *db, const char *sql) {
    Fail f = db_is_postgres(db) ? db_exec(db, sql) : FAIL_NONE;
    if (f.err != OK) log_line(LOG_WARN, "schema_lock", "err=%d", (int)f.err);
}

Fail schema_migrate(Db *db, const SchemaPart *parts, int n) {
    Arena *a = arena_new();
    Fail f;
    SchemaText *text = schema_text(a, parts, n, &f);
    if (text) {
        hint(db, "SET lock_timeout = '10s'");
        hint(db, "SELECT pg_advisory_lock(7811306)");
        hint(db, "SET lock_timeout = 0");
        f = bootstrap(db);
        if (f.err == OK && db_is_postgres(db)) f = in_linli(db, a);
        if (f.err == OK) f = steps_run(db, a, text, parts, n);
        hint(db, "SELECT pg_advisory_unlock_all()");
    }
    arena_free(a);
    return f;
}

/* ---- the shadow of a rebuild ---- */

static bool is_state(const Schema *s, Str table) {
    const Table *t = table.n ? schema_table(s, table) : NULL;
    return t && t->table_class == TABLE_STATE;
}

/* The name of the place that comes first, "main" or a schema's; refuses a connection that has none.
 */
static Fail shadow_place(Db *db, Arena *a, Str *place) {
    Fail f;
    bool pg = db_is_postgres(db);
    DbRows *r = db_query(db, a,
                         pg ? "SELECT CAST(current_schema() AS TEXT)"
                            : "SELECT 'main' FROM pragma_database_list WHERE name = 'live'",
                         "", "s", NULL, &f);
    if (f.err != OK) return f;
    if (r->rows != 1 || db_null(r, 0, 0) || str_is(db_text(r, 0, 0), "linli") ||
        str_is(db_text(r, 0, 0), "public"))
        return said(ERR_INTERNAL, "schema_place",
                    "this connection was opened without schema_first");
    *place = db_text(r, 0, 0);
    return f;
}

/* What an interrupted rebuild has left. */
static Fail shadow_clear(Db *db, Arena *a, const Schema *s, Str place) {
    Fail f = FAIL_NONE;
    for (int i = s->n - 1; i >= 0 && f.err == OK; i--) {
        const Table *t = &s->tables[i];
        if (t->table_class != TABLE_STATE) continue;
        f = db_exec(db, arena_fmt(a, "DROP TABLE IF EXISTS %.*s.%.*s%s", STR_ARG(place),
                                  STR_ARG(t->name), db_is_postgres(db) ? " CASCADE" : "")
                            .p);
    }
    return f;
}

static Fail shadow_make(Db *db, Arena *a, const SchemaText *text, Str place) {
    int engine = db_is_postgres(db) ? SCHEMA_POSTGRES : SCHEMA_SQLITE;
    Fail f = shadow_clear(db, a, &text->schema, place);
    for (int i = 0; i < text->n && f.err == OK; i++)
        for (StepStmt *st = text->steps[i].first[engine]; st && f.err == OK; st = st->next)
            if (is_state(&text->schema, st->table)) f = db_exec(db, arena_c(a, st->sql));
    return f;
}

Fail schema_make_state(Db *db, const SchemaPart *parts, int n) {
    Arena *a = arena_new();
    Str place = { 0 };
    Fail f;
    SchemaText *text = schema_text(a, parts, n, &f);
    if (text) f = shadow_place(db, a, &place);
    if (f.err == OK) {
        db_begin(db);
        f = shadow_make(db, a, text, place);
        if (f.err == OK) f = db_commit(db);
        if (f.err == ERR_INTERNAL) f.log = schema_words("the shadow: %s", db_last_error(db));
        if (f.err != OK) db_rollback(db);
    }
    arena_free(a);
    return f;
}

static Fail swap_rows(Db *db, Arena *a, const Schema *s, Str place) {
    const char *live = db_is_postgres(db) ? "linli" : "live";
    Fail f = FAIL_NONE;
    /* Children first when deleting, parents first when inserting: the order of declaration. */
    for (int i = s->n - 1; i >= 0 && f.err == OK; i--) {
        const Table *t = &s->tables[i];
        if (t->table_class != TABLE_STATE) continue;
        f = db_exec(db, arena_fmt(a, "DELETE FROM %s.%.*s", live, STR_ARG(t->name)).p);
    }
    for (int i = 0; i < s->n && f.err == OK; i++) {
        const Table *t = &s->tables[i];
        if (t->table_class != TABLE_STATE) continue;
        /* a row of full text is found again by its number alone */
        const char *row = t->search && !db_is_postgres(db) ? "rowid," : "";
        f = db_exec(db, arena_fmt(a, "INSERT INTO %s.%.*s (%s%.*s) SELECT %s%.*s FROM %.*s.%.*s", live,
                                  STR_ARG(t->name), row, STR_ARG(t->columns), row, STR_ARG(t->columns),
                                  STR_ARG(place), STR_ARG(t->name))
                            .p);
        /* Deleted text stays in the index until it is optimized. */
        if (f.err == OK && t->search && !db_is_postgres(db))
            f = db_exec(db, arena_fmt(a, "INSERT INTO %s.%.*s (%.*s) VALUES ('optimize')", live,
                                      STR_ARG(t->name), STR_ARG(t->name))
                                .p);
    }
    /* The shadow must not stay: a later erasure would not reach it. SQLite's is a file, which the
     * caller deletes. */
    if (f.err == OK && db_is_postgres(db))
        f = db_exec(db, arena_fmt(a, "DROP SCHEMA %.*s CASCADE", STR_ARG(place)).p);
    return f;
}

Fail schema_swap(Db *db, const Schema *s) {
    Arena *a = arena_new();
    Str place = { 0 };
    Fail f = shadow_place(db, a, &place);
    if (f.err == OK) {
        db_begin(db);
        f = swap_rows(db, a, s, place);
        if (f.err == OK) f = db_commit(db);
        if (f.err == ERR_INTERNAL)
            f.log = schema_words("taking the shadow over: %s", db_last_error(db));
        if (f.err != OK) db_rollback(db);
    }
    arena_free(a);
    return f;
}
