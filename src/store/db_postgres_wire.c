/* PostgreSQL, the connection: opening it and setting the session up, what is sent and what comes
 * back.
 *
 * libpq never blocks here: while we wait for answers we also write, and while we write we also
 * read, so that two full socket buffers cannot stop each other (wire_wait). */
#include "store/db_postgres.h"

#include "base/log.h"

#include <endian.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- failures ---- */

/* By the class of its SQLSTATE, never by names: on shards they have suffixes. */
static Fail fail_of_state(const char *state) {
    if (!strcmp(state, "23505") || !strcmp(state, "23P01")) return fail(ERR_CONFLICT, "unique");
    if (!strcmp(state, "23503")) return fail(ERR_CONFLICT, "foreign_key");
    if (!strcmp(state, "53100")) return fail(ERR_FULL, "disk_full");
    static const char *const busy[] = { "08",    "57P",   "57014", "40001",
                                        "40P01", "55P03", "53",    "25006" };
    for (int i = 0; i < COUNT(busy); i++)
        if (!strncmp(state, busy[i], strlen(busy[i]))) {
            Fail f = fail(ERR_BUSY, strcmp(state, "57014") ? "busy" : "time_limit");
            if (i < 2) f.code = "connection_lost";
            f.retry_s = 1;
            return f;
        }
    return fail(ERR_INTERNAL, "database");
}

static Fail uncertain(void) {
    Fail f = fail(ERR_BUSY, "commit_uncertain");
    f.retry_s = 1;
    f.log = "PostgreSQL did not confirm a commit";
    return f;
}

void wire_lost(Postgres *p, const char *words) {
    /* Without a transaction of our own the server commits when it reads the sync. */
    bool commits = p->db.mode == DB_WRITER && p->awaits_sync && (p->commits || !p->in_transaction);
    Fail f = fail(ERR_BUSY, "connection_lost");
    f.retry_s = 1;
    f.log = "the connection to PostgreSQL is lost";
    db_failed(&p->db, commits && !p->settled ? uncertain() : f, words);
    wire_drop(p);
}

void wire_error(Postgres *p, const PGresult *r) {
    const char *state = PQresultErrorField(r, PG_DIAG_SQLSTATE);
    if (!state) { /* not the server's words: libpq says that the connection broke */
        if (PQstatus(p->c) == CONNECTION_BAD) return;
        state = "08006";
    }
    Fail f = fail_of_state(state);
    f.log = db_words("PostgreSQL, SQLSTATE %s", state);
    bool dies = !strncmp(state, "57P", 3) || !strncmp(state, "08", 2);
    if (dies && p->awaited == EXPECT_COMMIT && !p->settled) f = uncertain();
    db_failed(&p->db, f, PQresultErrorMessage(r));
    p->settled = true;
    /* A primary that has become a standby: the next connection finds the new primary. */
    if (!strcmp(state, "25006") && p->db.mode == DB_WRITER) p->demoted = true;
}

/* A WARNING while it commits means that the standby has not confirmed: the wait was cancelled. Its
 * text depends on the server's language and its SQLSTATE is the common one, but nothing else warns
 * at that moment. libpq may read it together with the answer before it, hence `next`. */
static void notice(void *self, const PGresult *r) {
    Postgres *p = self;
    const char *severity = PQresultErrorField(r, PG_DIAG_SEVERITY_NONLOCALIZED);
    if (!severity) return;
    if (!strcmp(severity, "FATAL")) p->hung_up = true; /* said while we were idle */
    if (!strcmp(severity, "WARNING") && (p->awaited == EXPECT_COMMIT || p->next == EXPECT_COMMIT))
        p->warned = true;
}

/* ---- sending ---- */

void wire_expect(Postgres *p, int sent, Pending what) {
    if (!sent) {
        wire_lost(p, p->c ? PQerrorMessage(p->c) : NULL);
        return;
    }
    if (p->n == p->cap) {
        p->cap = p->cap ? p->cap * 2 : 256;
        p->queue = realloc(p->queue, (size_t)p->cap * sizeof *p->queue);
        if (!p->queue) abort();
    }
    p->queue[p->n++] = what;
}

void wire_send(Postgres *p, const char *sql, Expect expect) {
    if (!p->c) return;
    int sent = PQsendQueryParams(p->c, sql, 0, NULL, NULL, NULL, NULL, 1);
    wire_expect(p, sent, (Pending){ .expect = expect });
}

static const int all_binary[DB_PARAMS_MAX] = {
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
};

typedef struct Params {
    const char *values[DB_PARAMS_MAX];
    int lengths[DB_PARAMS_MAX];
    uint64_t ints[DB_PARAMS_MAX];
    int n;
} Params;

static bool params(Postgres *p, const Stmt *s, const DbVal *args, Params *to) {
    to->n = (int)strlen(s->in);
    for (int i = 0; i < to->n; i++) {
        const DbVal *v = &args[i];
        if (v->type == 'n') {
            to->values[i] = NULL;
            to->lengths[i] = 0;
        } else if (v->type != s->in[i] || v->s.n > INT32_MAX) {
            db_failed(&p->db, db_misfit(s, i), NULL);
            return false;
        } else if (v->type == 'l') {
            to->ints[i] = htobe64((uint64_t)v->i);
            to->values[i] = (const char *)&to->ints[i];
            to->lengths[i] = 8;
        } else {
            to->values[i] = v->s.n ? v->s.p : "";
            to->lengths[i] = (int)v->s.n;
        }
    }
    return true;
}

static void oids(const Stmt *s, Oid *to) {
    for (int i = 0; s->in[i]; i++) switch (s->in[i]) {
        case 'l': to[i] = OID_INT64; break;
        case 'b': to[i] = OID_BYTES; break;
        case 'L': to[i] = OID_INT64_LIST; break;
        case 'B': to[i] = OID_BYTES_LIST; break;
        case 'S': to[i] = OID_TEXT_LIST; break;
        default: to[i] = OID_TEXT; break;
        }
}

void wire_send_prepared(Postgres *p, const Stmt *s, const DbVal *args, Pending what) {
    Params v;
    if (!params(p, s, args, &v)) return;
    int sent = PQsendQueryPrepared(p->c, p->names[s->id], v.n, v.values, v.lengths, all_binary, 1);
    wire_expect(p, sent, what);
}

void wire_send_args(Postgres *p, const char *sql, const Stmt *s, const DbVal *args, Pending what) {
    Params v;
    Oid types[DB_PARAMS_MAX];
    if (!p->c || !params(p, s, args, &v)) return;
    oids(s, types);
    int sent = PQsendQueryParams(p->c, sql, v.n, types, v.values, v.lengths, all_binary, 1);
    wire_expect(p, sent, what);
}

void wire_send_prepare(Postgres *p, const Stmt *s, bool describe) {
    Oid types[DB_PARAMS_MAX];
    const char *name = p->names[s->id];
    if (p->places[s->id] == PLACE_STALE) {
        char sql[32];
        snprintf(sql, sizeof sql, "DEALLOCATE %s", name);
        wire_send(p, sql, EXPECT_DONE);
    }
    oids(s, types);
    if (!p->c) return;
    int sent = PQsendPrepare(p->c, name, s->sql_pg ? s->sql_pg : s->sql, (int)strlen(s->in), types);
    wire_expect(p, sent, (Pending){ .expect = EXPECT_PREPARED, .stmt = s });
    if (!p->c) return;
    p->places[s->id] = PLACE_QUEUED;
    if (!describe) return;
    sent = PQsendDescribePrepared(p->c, name);
    wire_expect(p, sent, (Pending){ .expect = EXPECT_DESCRIBED, .stmt = s });
}

/* ---- collecting ---- */

static int patience_ms(const Postgres *p) {
    if (p->db.mode == DB_READER && p->db.config.read_ms_max > 0)
        return p->db.config.read_ms_max + READ_GRACE_MS;
    /* The server's own limits do not work while it waits for its standby. */
    if (!p->db.bare && p->awaited == EXPECT_COMMIT) return COMMIT_SILENCE_MS_MAX;
    return -1;
}

bool wire_wait(Postgres *p) {
    while (PQisBusy(p->c)) {
        int unsent = PQflush(p->c);
        if (unsent < 0) {
            wire_lost(p, PQerrorMessage(p->c));
            return false;
        }
        short events = (short)(unsent ? POLLIN | POLLOUT : POLLIN);
        struct pollfd fd = { .fd = PQsocket(p->c), .events = events };
        int ready = poll(&fd, 1, patience_ms(p));
        if (ready < 0 && errno == EINTR) continue;
        if (ready == 0) {
            wire_lost(p, "no answer from PostgreSQL in time");
            return false;
        }
        if (ready < 0) {
            wire_lost(p, "poll failed");
            return false;
        }
        /* When it fails the connection is gone; PQgetResult still has what came before that. */
        if ((fd.revents & ~POLLOUT) && !PQconsumeInput(p->c)) break;
    }
    return true;
}

static int64_t big_endian(const char *bytes) {
    uint64_t n;
    memcpy(&n, bytes, sizeof n);
    return (int64_t)be64toh(n);
}

void wire_row(const PGresult *r, int row, const char *out, int cols, DbVal *to) {
    for (int i = 0; i < cols; i++) {
        if (PQgetisnull(r, row, i)) {
            to[i] = NUL;
        } else if (out[i] == 'l') {
            to[i] = NUM(big_endian(PQgetvalue(r, row, i)));
        } else {
            Str s = { PQgetvalue(r, row, i), (size_t)PQgetlength(r, row, i) };
            to[i] = (DbVal){ .type = out[i], .s = s };
        }
    }
}

/* Copies values into the arena: all texts of a result in one piece, each with a NUL behind it. */
static void keep_rows(const PGresult *r, const Pending *e) {
    DbRows *rows = e->rows;
    int n = PQntuples(r), cols = PQnfields(r);
    DbVal *vals = n ? arena_array(e->arena, DbVal, n * cols) : NULL;
    size_t bytes = 0;
    for (int i = 0; i < n; i++) {
        wire_row(r, i, e->stmt->out, cols, vals + i * cols);
        for (int k = 0; k < cols; k++)
            bytes += vals[i * cols + k].s.n + 1;
    }
    char *at = n ? arena_alloc(e->arena, bytes) : NULL;
    for (int i = 0; i < n * cols; i++) {
        DbVal *v = &vals[i];
        if (v->type != 's' && v->type != 'b') continue;
        memcpy(at, v->s.p, v->s.n);
        v->s.p = at;
        at += v->s.n + 1;
    }
    rows->vals = vals;
    rows->rows = n;
    rows->cols = cols;
}

bool wire_column_ok(const PGresult *r, int col, char letter) {
    Oid type = PQftype(r, col);
    if (letter == 'l') return type == OID_INT64;
    if (letter == 'b') return type == OID_BYTES;
    return type == OID_TEXT || type == OID_VARCHAR;
}

static void compare(Postgres *p, const Stmt *s, const PGresult *r) {
    int in = (int)strlen(s->in), out = (int)strlen(s->out), col = 0;
    const char *sql = s->sql_pg ? s->sql_pg : s->sql;
    Fail f = fail(ERR_INTERNAL, "signature");
    if (PQnparams(r) != in)
        f.log = db_words("%d parameters, not the %d of '%s': %s", PQnparams(r), in, s->in, sql);
    else if (PQnfields(r) != out)
        f.log = db_words("%d columns, not the %d of '%s': %s", PQnfields(r), out, s->out, sql);
    while (!f.log && col < out && wire_column_ok(r, col, s->out[col]))
        col++;
    if (!f.log && col == out) return;
    if (!f.log)
        f.log = db_words("column %d has the type with oid %u, not '%c' (cast it): %s", col + 1,
                         PQftype(r, col), s->out[col], sql);
    p->places[s->id] = PLACE_STALE;
    db_failed(&p->db, f, f.log);
}

/* One result of what was expected; the caller clears it. */
static void take(Postgres *p, const Pending *e, const PGresult *r) {
    ExecStatusType status = PQresultStatus(r);
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) {
        if (e->expect == EXPECT_PREPARED) p->places[e->stmt->id] = PLACE_EMPTY;
        if (status == PGRES_PIPELINE_ABORTED) return;
        wire_error(p, r);
        if (e->expect == EXPECT_PREPARED && p->db.failed.err == ERR_INTERNAL)
            p->db.failed.log =
                db_words("%s: %s", p->db.error, e->stmt->sql_pg ? e->stmt->sql_pg : e->stmt->sql);
        return;
    }
    switch (e->expect) {
    case EXPECT_PREPARED: p->places[e->stmt->id] = PLACE_PREPARED; break;
    case EXPECT_DESCRIBED: compare(p, e->stmt, r); break;
    case EXPECT_ROWS:
        if (status == PGRES_TUPLES_OK)
            keep_rows(r, e);
        else if (!str_to_i64(str_c(PQcmdTuples((PGresult *)r)), &e->rows->changed))
            e->rows->changed = 0;
        break;
    case EXPECT_COMMIT:
        /* COMMIT of a transaction that has failed answers ROLLBACK, and no error. */
        if (strcmp(PQcmdStatus((PGresult *)r), "COMMIT") != 0)
            db_failed(&p->db, fail(ERR_INTERNAL, "aborted"), "the transaction was rolled back");
        break;
    case EXPECT_DONE:
    case EXPECT_TABLE: break;
    }
}

/* The answers to one thing that was sent: its result, then the NULL that ends it. */
static bool collect(Postgres *p, const Pending *e) {
    p->awaited = e->expect;
    for (;;) {
        if (!wire_wait(p)) return false;
        PGresult *r = PQgetResult(p->c);
        if (!r) return PQstatus(p->c) != CONNECTION_BAD;
        take(p, e, r);
        if (e->expect == EXPECT_TABLE && !p->table && PQresultStatus(r) == PGRES_TUPLES_OK)
            p->table = r;
        else
            PQclear(r);
        if (PQstatus(p->c) == CONNECTION_BAD) return false;
    }
}

static bool collect_sync(Postgres *p) {
    p->awaited = p->next;
    for (;;) {
        if (!wire_wait(p)) return false;
        PGresult *r = PQgetResult(p->c);
        if (PQstatus(p->c) == CONNECTION_BAD) {
            PQclear(r);
            return false;
        }
        if (!r) continue;
        ExecStatusType status = PQresultStatus(r);
        if (status == PGRES_FATAL_ERROR) wire_error(p, r);
        PQclear(r);
        if (status == PGRES_PIPELINE_SYNC) return true;
    }
}

void wire_sync(Postgres *p) {
    if (!p->c) return; /* db_failed has been told when it was lost */
    p->warned = p->settled = p->demoted = false;
    p->awaits_sync = true;
    p->awaited = EXPECT_DONE;
    bool lives = PQpipelineSync(p->c);
    p->next = EXPECT_DONE;
    /* Outside a transaction it is at the sync that the server commits. */
    Expect last = p->in_transaction ? EXPECT_DONE : EXPECT_COMMIT;
    if (!p->n) p->next = last;
    for (int i = 0; lives && i < p->n; i++) {
        p->next = i + 1 < p->n ? p->queue[i + 1].expect : last;
        lives = collect(p, &p->queue[i]);
    }
    lives = lives && collect_sync(p);
    if (!lives && p->c) wire_lost(p, PQerrorMessage(p->c));
    p->awaits_sync = false;
    p->n = 0;
    if (lives) (void)PQgetResult(p->c); /* NULL; libpq then knows that it is idle */
    if (lives && p->warned) db_failed(&p->db, uncertain(), "the standby did not confirm a commit");
    if (lives && p->demoted) wire_drop(p);
}

/* ---- connecting ---- */

void wire_drop(Postgres *p) {
    if (p->c) PQfinish(p->c);
    p->c = NULL;
    p->n = 0;
    if (p->table) PQclear(p->table);
    p->table = NULL;
}

static Fail connect_any(Postgres *p) {
    bool writes = p->db.mode == DB_WRITER;
    /* What stands before dbname is overruled by the URL, what stands behind it overrules. */
    const char *const keys[] = { "connect_timeout",           "target_session_attrs",
                                 "keepalives_idle",           "keepalives_interval",
                                 "keepalives_count",          "tcp_user_timeout",
                                 "fallback_application_name", "dbname",
                                 "client_encoding",           NULL };
    const char *const values[] = { "3",     writes ? "read-write" : "any",
                                   "5",     "2",
                                   "3",     "10000",
                                   "linli", p->db.config.url,
                                   "UTF8",  NULL };
    p->c = PQconnectdbParams(keys, values, 1);
    if (PQstatus(p->c) != CONNECTION_OK || PQsetnonblocking(p->c, 1) ||
        !PQenterPipelineMode(p->c)) {
        Fail f = fail(ERR_BUSY, "connection_lost");
        f.retry_s = 1;
        db_failed(&p->db, f, PQerrorMessage(p->c));
        f.log = db_words("cannot connect to PostgreSQL: %s", p->db.error);
        wire_drop(p);
        return f;
    }
    PQsetNoticeReceiver(p->c, notice, p);
    return FAIL_NONE;
}

static void setting(Postgres *p, const char *name, Str value) {
    static const Stmt s = { .in = "ss", .out = "s" };
    if (p->db.failed.err != OK) return;
    wire_send_args(p, "SELECT set_config($1, $2, false)", &s, ARGS(TXT(str_c(name)), TXT(value)),
                   (Pending){ .expect = EXPECT_DONE });
}

static void session_settings(Postgres *p) {
    const DbConfig *c = &p->db.config;
    bool reader = p->db.mode == DB_READER;
    char text[160];
    int n = snprintf(text, sizeof text, "%s%slinli", c->schema_first ? c->schema_first : "",
                     c->schema_first ? ", " : "");
    setting(p, "search_path", (Str){ text, (size_t)n });
    setting(p, "standard_conforming_strings", S("on"));
    if (reader) {
        n = snprintf(text, sizeof text, "%d", c->read_ms_max > 0 ? c->read_ms_max : 0);
        setting(p, "statement_timeout", (Str){ text, (size_t)n });
        setting(p, "default_transaction_read_only", S("on"));
        setting(p, "default_transaction_isolation", S("repeatable read"));
    }
    if (p->db.bare) return;
    setting(p, "lock_timeout", S("10s"));
    /* Each of our statements has an index (lint.c asks for it). A plan made while a table was still
     * empty must not be kept as a scan when the table has grown. */
    setting(p, "enable_seqscan", S("off"));
    setting(p, "jit", S("off"));
}

static const char server_sql[] =
    "SELECT d.datcollate::text, d.datlocprovider::text, pg_encoding_to_char(d.encoding)::text,"
    " current_setting('server_version_num')::text, current_setting('synchronous_commit')::text"
    " FROM pg_catalog.pg_database d WHERE d.datname = current_database()";

/* Refuses a database that would sort or store differently from SQLite. */
static Fail server_check(Postgres *p) {
    const PGresult *r = p->table;
    Fail f = fail(ERR_INTERNAL, "wrong_database");
    if (!r || PQntuples(r) != 1) {
        f.log = "PostgreSQL says nothing about this database";
        return f;
    }
    int64_t version = 0;
    const char *collate = PQgetvalue(r, 0, 0), *encoding = PQgetvalue(r, 0, 2);
    if ((strcmp(collate, "C") != 0 && strcmp(collate, "POSIX") != 0) ||
        strcmp(PQgetvalue(r, 0, 1), "c") != 0)
        f.log =
            db_words("this database sorts by %s, linli needs the collation C: CREATE DATABASE ... "
                     "TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'",
                     collate);
    else if (strcmp(encoding, "UTF8") != 0)
        f.log = db_words("this database is encoded in %s, linli needs UTF8", encoding);
    else if (!str_to_i64(str_c(PQgetvalue(r, 0, 3)), &version) || version < 150000)
        f.log = "linli needs PostgreSQL 15 or newer";
    else
        f = FAIL_NONE;
    return f;
}

static bool schema_name_plain(const char *name) {
    size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_");
    return n > 0 && n < 60 && !name[n] && !(name[0] >= '0' && name[0] <= '9');
}

static void session(Postgres *p) {
    const char *shadow = p->db.config.schema_first;
    if (shadow && !schema_name_plain(shadow)) {
        db_failed(&p->db, fail(ERR_INTERNAL, "schema_first"), "the name of a schema has a-z 0-9 _");
        return;
    }
    session_settings(p);
    if (shadow && p->db.mode == DB_WRITER) {
        char sql[128];
        snprintf(sql, sizeof sql, "CREATE SCHEMA IF NOT EXISTS %s", shadow);
        wire_send(p, sql, EXPECT_DONE);
    }
    wire_send(p, server_sql, EXPECT_TABLE);
    wire_sync(p);
    if (p->db.failed.err == OK) {
        Fail f = server_check(p);
        if (f.err != OK) db_failed(&p->db, f, f.log);
    }
    /* An operator's "off" is not ours: what is acknowledged must be on disk. */
    if (p->db.failed.err == OK && !strcmp(PQgetvalue(p->table, 0, 4), "off"))
        setting(p, "synchronous_commit", S("on"));
    if (p->table) PQclear(p->table);
    p->table = NULL;
}

/* p->db.failed is clear when this is called, and clear again when it returns. */
Fail wire_open(Postgres *p) {
    Fail f = connect_any(p);
    p->db.failed = FAIL_NONE;
    if (f.err != OK) return f;
    memset(p->places, PLACE_EMPTY, (size_t)(p->db.registered + 1 + DB_CACHE_MAX));
    p->in_transaction = false;
    session(p);
    for (int id = 1; !p->db.bare && id <= p->db.registered && p->db.failed.err == OK; id++)
        wire_send_prepare(p, db_stmt(id), true);
    if (p->db.failed.err == OK) wire_sync(p);
    f = p->db.failed;
    p->db.failed = FAIL_NONE;
    if (f.err == OK) return f;
    if (!f.log) f.log = db_words("%s", p->db.error);
    wire_drop(p);
    return f;
}

/* Has the server hung up while we were idle? */
static bool idle_alive(Postgres *p) {
    struct pollfd fd = { .fd = PQsocket(p->c), .events = POLLIN };
    p->hung_up = false;
    while (!p->hung_up && poll(&fd, 1, 0) != 0) {
        if (!PQconsumeInput(p->c)) return false;
        (void)PQisBusy(p->c); /* has it parsed: a FATAL comes to notice() */
    }
    return !p->hung_up && PQstatus(p->c) == CONNECTION_OK;
}

bool wire_ready(Postgres *p) {
    if (p->c && (p->n || p->in_transaction || idle_alive(p))) return true;
    if (p->c) wire_drop(p);
    if (p->in_transaction || p->n) {
        Fail f = fail(ERR_BUSY, "connection_lost");
        f.retry_s = 1;
        db_failed(&p->db, f, NULL);
        return false;
    }
    log_line(LOG_WARN, "postgres_reconnect", "mode=%s",
             p->db.mode == DB_WRITER ? "writer" : "reader");
    Fail f = wire_open(p);
    if (f.err != OK) db_failed(&p->db, f, NULL);
    return f.err == OK;
}
