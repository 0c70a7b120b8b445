/* PostgreSQL, what a driver does: statements, transactions, walking, text that is not registered.
 */
#include "store/db_postgres.h"

#include <stdio.h>
#include <stdlib.h>

enum { EACH_ROWS_FIRST = 64, EACH_ROWS_MAX = 4096, EACH_BYTES = 1024 * 1024 };

static Postgres *of(Db *db) {
    return (Postgres *)db;
}

/* ---- opening ---- */

static Fail pg_open(Db *db) {
    Postgres *p = of(db);
    int places = db->registered + 1 + DB_CACHE_MAX;
    p->names = calloc((size_t)places, sizeof *p->names);
    p->places = calloc((size_t)places, 1);
    if (!p->names || !p->places) abort();
    for (int i = 1; i < places; i++)
        snprintf(p->names[i], sizeof p->names[i], "s%d", i % 100000);
    return wire_open(p);
}

static void pg_close(Db *db) {
    Postgres *p = of(db);
    wire_drop(p);
    free(p->queue);
    free(p->names);
    free(p->places);
}

/* ---- statements ---- */

static void pg_send(Db *db, Arena *a, const Stmt *s, const DbVal *args, DbRows *rows) {
    Postgres *p = of(db);
    if (!wire_ready(p)) return;
    /* Generated text on a connection that is newer than its place in the cache. */
    if (p->places[s->id] == PLACE_EMPTY) wire_send_prepare(p, s, false);
    if (!p->c) return;
    wire_send_prepared(p, s, args,
                       (Pending){ .expect = EXPECT_ROWS, .stmt = s, .arena = a, .rows = rows });
}

static void pg_rollback(Db *db);

static void pg_sync(Db *db) {
    Postgres *p = of(db);
    /* What could not even be sent takes the rest with it: the sync would commit that. */
    if (db->failed.err != OK && !p->in_transaction)
        pg_rollback(db);
    else
        wire_sync(p);
}

/* ---- transactions ---- */

static void pg_begin(Db *db) {
    Postgres *p = of(db);
    if (!wire_ready(p)) return;
    wire_send(p, "BEGIN", EXPECT_DONE);
    p->in_transaction = true;
}

static void pg_commit(Db *db) {
    Postgres *p = of(db);
    if (!wire_ready(p)) return;
    p->commits = p->awaits_sync = true;
    p->settled = false;
    wire_send(p, "COMMIT", EXPECT_COMMIT);
    wire_sync(p);
    p->commits = p->awaits_sync = false;
    if (db->failed.err == OK) p->in_transaction = false;
}

/* After an error in a pipeline everything up to the sync is skipped, a ROLLBACK too: so first the
 * sync, and only then, if a transaction is still open, the ROLLBACK that works. A first ROLLBACK is
 * queued all the same: when nothing has failed yet it ends the matter in one round trip, and it
 * drops what was sent outside of a transaction, which the sync would commit. */
static void pg_rollback(Db *db) {
    Postgres *p = of(db);
    for (int tries = 0; p->c && tries < 2; tries++) {
        if (!p->n && PQtransactionStatus(p->c) == PQTRANS_IDLE) break;
        for (int i = 0; i < p->n; i++) /* whoever wanted these may be gone */
            if (p->queue[i].expect == EXPECT_ROWS) p->queue[i].expect = EXPECT_DONE;
        wire_send(p, "ROLLBACK", EXPECT_DONE);
        wire_sync(p);
    }
    if (p->c && PQtransactionStatus(p->c) != PQTRANS_IDLE) wire_drop(p);
    p->in_transaction = false;
}

/* ---- text that is not registered ---- */

/* Takes what db_failed was told since; the functions that answer at once return it themselves. */
static Fail take_failed(Db *db) {
    Fail f = db->failed;
    db->failed = FAIL_NONE;
    return f;
}

static Fail pg_prepare(Db *db, const Stmt *s) {
    Postgres *p = of(db);
    if (!wire_ready(p)) return take_failed(db);
    wire_send_prepare(p, s, true);
    wire_sync(p);
    return take_failed(db);
}

/* The server is told when the place is filled again: one round trip less. */
static void pg_forget(Db *db, const Stmt *s) {
    Postgres *p = of(db);
    if (p->places[s->id] == PLACE_PREPARED) p->places[s->id] = PLACE_STALE;
}

static Fail pg_exec(Db *db, const char *sql) {
    Postgres *p = of(db);
    if (!wire_ready(p)) return take_failed(db);
    /* Several statements in one text go by the simple protocol only. */
    if (!PQexitPipelineMode(p->c) || !PQsendQuery(p->c, sql)) {
        wire_lost(p, PQerrorMessage(p->c));
        return take_failed(db);
    }
    p->settled = p->demoted = false;
    p->awaits_sync = true;
    p->awaited = EXPECT_DONE;
    PGresult *r;
    bool lives;
    while ((lives = wire_wait(p)) && (r = PQgetResult(p->c))) {
        ExecStatusType status = PQresultStatus(r);
        if (status == PGRES_FATAL_ERROR || status == PGRES_BAD_RESPONSE) wire_error(p, r);
        PQclear(r);
    }
    if (p->c && (!lives || PQstatus(p->c) == CONNECTION_BAD || !PQenterPipelineMode(p->c)))
        wire_lost(p, PQerrorMessage(p->c));
    p->awaits_sync = false;
    return take_failed(db);
}

/* ---- walking ---- */

/* One FETCH's rows; false when fn has seen enough. */
static bool walk(const PGresult *r, const Stmt *s, DbRowFn *fn, void *self, size_t *bytes) {
    DbVal row[DB_COLUMNS_MAX];
    int cols = PQnfields(r), n = PQntuples(r);
    *bytes = 0;
    for (int i = 0; i < n; i++) {
        wire_row(r, i, s->out, cols, row);
        for (int k = 0; k < cols; k++)
            *bytes += row[k].s.n + 16;
        if (!fn(self, row, cols)) return false;
    }
    return true;
}

/* FETCH after FETCH, each about EACH_BYTES. */
static void walk_all(Postgres *p, const Stmt *s, DbRowFn *fn, void *self) {
    char sql[64];
    int want = EACH_ROWS_FIRST;
    for (bool more = true; more;) {
        snprintf(sql, sizeof sql, "FETCH FORWARD %d FROM linli_walk", want);
        wire_send(p, sql, EXPECT_TABLE);
        wire_sync(p);
        PGresult *r = p->table;
        p->table = NULL;
        if (!r || p->db.failed.err != OK) {
            PQclear(r);
            return;
        }
        size_t bytes;
        int got = PQntuples(r);
        more = walk(r, s, fn, self, &bytes) && got == want;
        PQclear(r);
        size_t fit = bytes ? EACH_BYTES / (bytes / (size_t)want + 1) : EACH_ROWS_FIRST;
        want = fit < 1 ? 1 : fit > EACH_ROWS_MAX ? EACH_ROWS_MAX : (int)fit;
    }
}

/* By a cursor and not in single-row mode: what is not wanted any more need not be read to its end,
 * and the server does not run ahead. */
static Fail pg_each(Db *db, const Stmt *s, const DbVal *args, DbRowFn *fn, void *self) {
    Postgres *p = of(db);
    if (!wire_ready(p)) return take_failed(db);
    bool own = !p->in_transaction;
    const char *text = s->sql_pg ? s->sql_pg : s->sql;
    static const char declare[] = "DECLARE linli_walk NO SCROLL CURSOR FOR ";
    char *sql = malloc(sizeof declare + strlen(text));
    if (!sql) abort();
    memcpy(sql, declare, sizeof declare - 1);
    memcpy(sql + sizeof declare - 1, text, strlen(text) + 1);
    if (own) wire_send(p, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", EXPECT_DONE);
    if (own) p->in_transaction = true;
    wire_send_args(p, sql, s, args, (Pending){ .expect = EXPECT_DONE });
    free(sql);
    wire_sync(p);
    if (db->failed.err == OK) walk_all(p, s, fn, self);
    if (db->failed.err == OK) {
        wire_send(p, own ? "COMMIT" : "CLOSE linli_walk", EXPECT_DONE);
        wire_sync(p);
        if (own && db->failed.err == OK) p->in_transaction = false;
    }
    Fail f = take_failed(db);
    if (own && f.err != OK) {
        pg_rollback(db);
        db->failed = FAIL_NONE;
    }
    return f;
}

static Fail pg_backup(Db *db, const char *to_file) {
    (void)db;
    (void)to_file;
    return fail(ERR_INVALID, "use_pg_dump");
}

const Driver driver_postgres = {
    .name = "postgres",
    .size = sizeof(Postgres),
    .open = pg_open,
    .close = pg_close,
    .send = pg_send,
    .send_many = pg_send_many,
    .sync = pg_sync,
    .begin = pg_begin,
    .commit = pg_commit,
    .rollback = pg_rollback,
    .prepare = pg_prepare,
    .forget = pg_forget,
    .each = pg_each,
    .exec = pg_exec,
    .backup = pg_backup,
};
