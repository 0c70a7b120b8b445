/* db: what is the same for both engines: the registry, what a failure means for what follows it,
 * and the cache of generated text. The engines themselves are in db_sqlite.c and db_postgres.c. */
#include "store/driver.h"

#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- registry ---- */
enum { DB_STMTS_MAX = 4096 };

static const Stmt *registry[DB_STMTS_MAX];
static int registered;

void db_register(Stmt *s) {
    if (s->id > 0) return;
    assert(registered < DB_STMTS_MAX);
    assert(s->sql && s->in && s->out);
    assert(strlen(s->in) <= DB_PARAMS_MAX && strlen(s->out) <= DB_COLUMNS_MAX);
    registry[registered++] = s;
    s->id = registered;
}

int db_registered(void) {
    return registered;
}

const Stmt *db_stmt(int id) {
    assert(id >= 1 && id <= registered);
    return registry[id - 1];
}

/* ---- failures ---- */
const char *db_words(const char *fmt, ...) {
    static _Thread_local char words[DB_ERROR_MAX];
    char fresh[DB_ERROR_MAX]; /* an argument may be the last words */
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(fresh, sizeof fresh, fmt, args);
    va_end(args);
    if (n < 0) fresh[0] = '\0';
    memcpy(words, fresh, sizeof words);
    return words;
}

void db_failed(Db *db, Fail f, const char *engine_words) {
    assert(f.err != OK);
    if (db->failed.err != OK) return;
    db->failed = f;
    if (engine_words) {
        size_t n = strnlen(engine_words, DB_ERROR_MAX - 1);
        memmove(db->error, engine_words, n);
        db->error[n] = '\0';
    }
}

Fail db_misfit(const Stmt *s, int col) {
    log_line(LOG_ERROR, "db_signature", "statement=%d column=%d", s->id, col);
    Fail f = fail(ERR_INTERNAL, "signature");
    f.log = "a value does not fit the signature of its statement";
    return f;
}

const char *db_last_error(const Db *db) {
    return db->error;
}

/* The failure since the last sync, for the caller; what follows in the same transaction is refused.
 */
static Fail take_failure(Db *db) {
    Fail f = db->failed;
    db->failed = FAIL_NONE;
    db->queued = 0;
    if (f.err != OK && db->in_transaction) db->aborted = true;
    return f;
}

static Fail refused(void) {
    Fail f = fail(ERR_INTERNAL, "aborted");
    f.log = "the transaction has failed and waits for its rollback";
    return f;
}

/* ---- connections ---- */
static const char *copy(const char *c) {
    if (!c) return NULL;
    char *own = strdup(c);
    if (!own) abort();
    return own;
}

static void drop(Db *db) {
    db->driver->close(db);
    db_cache_drop(db);
    free(db->cache);
    free((void *)db->config.dir);
    free((void *)db->config.url);
    free((void *)db->config.schema_first);
    free((void *)db->config.vfs);
    free(db);
}

static Db *open_any(const DbConfig *c, DbMode mode, bool bare, Fail *f) {
    assert((c->dir != NULL) != (c->url != NULL));
    const Driver *driver = c->url ? &driver_postgres : &driver_sqlite;
    Db *db = calloc(1, driver->size);
    if (!db) abort();
    db->driver = driver;
    db->mode = mode;
    db->bare = bare;
    db->registered = registered;
    db->config = *c;
    db->config.dir = copy(c->dir);
    db->config.url = copy(c->url);
    db->config.schema_first = copy(c->schema_first);
    db->config.vfs = copy(c->vfs);
    *f = driver->open(db);
    if (f->err == OK) return db;
    drop(db);
    return NULL;
}

Db *db_open(const DbConfig *c, DbMode mode, Fail *f) {
    return open_any(c, mode, false, f);
}

Db *db_open_bare(const DbConfig *c, Fail *f) {
    return open_any(c, DB_WRITER, true, f);
}

void db_close(Db *db) {
    if (db) drop(db);
}

bool db_is_postgres(const Db *db) {
    return db->driver == &driver_postgres;
}

/* ---- running ---- */
static DbRows *send(Db *db, Arena *a, const Stmt *s, const DbVal *args) {
    assert(!db->walking);
    DbRows *rows = arena_new_of(a, DbRows);
    if (db->aborted) db_failed(db, refused(), NULL);
    if (db->failed.err != OK) return rows;
    db->queued++;
    db->driver->send(db, a, s, args, rows);
    return rows;
}

DbRows *db_send(Db *db, Arena *a, const Stmt *s, const DbVal *args) {
    assert(!db->bare && s->id >= 1 && s->id <= db->registered);
    return send(db, a, s, args);
}

void db_send_many(Db *db, Arena *a, const Stmt *s, const DbVal *const *rows, int n) {
    bool at_once = db->driver->send_many && s->many && n > 1;
    if (at_once && db->aborted) db_failed(db, refused(), NULL);
    if (at_once && db->failed.err == OK) {
        db->queued++;
        db->driver->send_many(db, a, s, rows, n);
    }
    for (int i = 0; !at_once && i < n; i++)
        db_send(db, a, s, rows[i]);
}

Fail db_sync(Db *db) {
    if (db->queued > 0) db->driver->sync(db);
    return take_failure(db);
}

DbRows *db_run(Db *db, Arena *a, const Stmt *s, const DbVal *args, Fail *f) {
    DbRows *rows = db_send(db, a, s, args);
    *f = db_sync(db);
    return rows;
}

/* ---- transactions ---- */
void db_begin(Db *db) {
    assert(!db->in_transaction && !db->walking);
    if (db->queued > 0) db->driver->sync(db); /* what came before is not part of it */
    db->in_transaction = true;
    db->queued = 1;
    if (db->failed.err == OK) db->driver->begin(db);
}

Fail db_commit(Db *db) {
    assert(db->in_transaction && !db->walking);
    if (db->aborted) db_failed(db, refused(), NULL);
    if (db->failed.err == OK) db->driver->commit(db);
    Fail f = take_failure(db);
    if (f.err == OK) db->in_transaction = false;
    return f;
}

void db_rollback(Db *db) {
    assert(!db->walking);
    db->driver->rollback(db);
    db->failed = FAIL_NONE;
    db->queued = 0;
    db->in_transaction = db->aborted = false;
}

/* ---- generated text ---- */
static uint64_t hash_text(uint64_t h, const char *c) {
    do { /* FNV-1a; the ending NUL separates the parts */
        h = (h ^ (uint8_t)*c) * UINT64_C(0x100000001b3);
    } while (*c++);
    return h;
}

static void free_entry(DbCached *e) {
    free((void *)e->stmt.sql); /* one block with the signatures */
    *e = (DbCached){ 0 };
}

void db_cache_drop(Db *db) {
    for (int i = 0; i < db->cached; i++)
        free_entry(&db->cache[i]);
    db->cached = 0;
}

static void forget_all(Db *db) {
    for (int i = 0; i < db->cached; i++)
        if (db->cache[i].used) db->driver->forget(db, &db->cache[i].stmt);
    db_cache_drop(db);
}

/* A free place, or the one not used for longest. */
static DbCached *place(Db *db) {
    DbCached *oldest = &db->cache[0];
    for (int i = 0; i < db->cached; i++) {
        DbCached *e = &db->cache[i];
        if (!e->used) return e;
        if (e->used < oldest->used) oldest = e;
    }
    if (db->cached < DB_CACHE_MAX) return &db->cache[db->cached++];
    db->driver->forget(db, &oldest->stmt);
    free_entry(oldest);
    return oldest;
}

static void fill_entry(Db *db, DbCached *e, const char *sql, const char *in, const char *out) {
    size_t sql_n = strlen(sql) + 1, in_n = strlen(in) + 1, out_n = strlen(out) + 1;
    char *block = malloc(sql_n + in_n + out_n);
    if (!block) abort();
    memcpy(block, sql, sql_n);
    memcpy(block + sql_n, in, in_n);
    memcpy(block + sql_n + in_n, out, out_n);
    e->stmt = (Stmt){ .sql = block, .in = block + sql_n, .out = block + sql_n + in_n };
    e->stmt.id = db->registered + 1 + (int)(e - db->cache);
}

/* The prepared statement of this text. NULL and *f if it can't be prepared. */
static const Stmt *cached(Db *db, const char *sql, const char *in, const char *out, Fail *f) {
    assert(strlen(in) <= DB_PARAMS_MAX && strlen(out) <= DB_COLUMNS_MAX);
    if (!db->cache) {
        db->cache = calloc(DB_CACHE_MAX, sizeof *db->cache);
        if (!db->cache) abort();
    }
    uint64_t hash = hash_text(UINT64_C(0xcbf29ce484222325), sql);
    hash = hash_text(hash_text(hash, in), out);
    db->tick++;
    for (int i = 0; i < db->cached; i++) {
        DbCached *e = &db->cache[i];
        if (e->hash != hash || !e->used || strcmp(e->stmt.sql, sql) != 0) continue;
        if (strcmp(e->stmt.in, in) != 0 || strcmp(e->stmt.out, out) != 0) continue;
        e->used = db->tick;
        return &e->stmt;
    }
    DbCached *e = place(db);
    fill_entry(db, e, sql, in, out);
    *f = db->driver->prepare(db, &e->stmt);
    if (f->err != OK) {
        free_entry(e);
        if (db->in_transaction) db->aborted = true;
        return NULL;
    }
    e->hash = hash;
    e->used = db->tick;
    return &e->stmt;
}

/* Everything that runs at once starts with this: nothing queued, no failure left. */
static Fail settle(Db *db) {
    assert(!db->walking);
    Fail f = db_sync(db);
    return f.err == OK && db->aborted ? refused() : f;
}

DbRows *db_query(Db *db, Arena *a, const char *sql, const char *in, const char *out,
                 const DbVal *args, Fail *f) {
    *f = settle(db);
    const Stmt *s = f->err == OK ? cached(db, sql, in, out, f) : NULL;
    if (!s) return arena_new_of(a, DbRows);
    DbRows *rows = send(db, a, s, args);
    *f = db_sync(db);
    return rows;
}

Fail db_each(Db *db, const char *sql, const char *in, const char *out, const DbVal *args,
             DbRowFn *fn, void *self) {
    Fail f = settle(db);
    const Stmt *s = f.err == OK ? cached(db, sql, in, out, &f) : NULL;
    if (!s) return f;
    db->walking = true;
    f = db->driver->each(db, s, args, fn, self);
    db->walking = false;
    if (f.err != OK && db->in_transaction) db->aborted = true;
    return f;
}

Fail db_exec(Db *db, const char *sql) {
    Fail f = settle(db);
    if (f.err != OK) return f;
    forget_all(db); /* it may change the tables that they read */
    f = db->driver->exec(db, sql);
    if (f.err != OK && db->in_transaction) db->aborted = true;
    return f;
}

Fail db_backup(Db *db, const char *to_file) {
    assert(!db->in_transaction);
    Fail f = settle(db);
    return f.err == OK ? db->driver->backup(db, to_file) : f;
}

/* ---- health ---- */
/* SQLite writes no page that stays the same, as under a clock that stands: so the value always
 * changes. */
static bool touch_health(Db *db, Arena *a) {
    Fail f = FAIL_NONE;
    db_begin(db);
    db_query(db, a,
             "INSERT INTO health (id, at) VALUES (1, $1) ON CONFLICT (id) DO UPDATE"
             " SET at = excluded.at + CASE WHEN health.at = excluded.at THEN 1 ELSE 0 END",
             "l", "", ARGS(NUM(now_ms())), &f);
    if (f.err == OK) f = db_commit(db);
    if (f.err != OK) db_rollback(db);
    return f.err == OK;
}

bool db_can_write(Db *db) {
    assert(!db->in_transaction);
    if (db->mode != DB_WRITER) return false;
    Arena *a = arena_new();
    bool can = touch_health(db, a);
    if (!can) { /* a new database has no such table yet */
        Fail f = db_exec(
            db, db_is_postgres(db)
                    ? "CREATE TABLE IF NOT EXISTS health (id BIGINT PRIMARY KEY, at BIGINT)"
                    : "CREATE TABLE IF NOT EXISTS health (id INTEGER PRIMARY KEY, at INTEGER)"
                      " STRICT");
        can = f.err == OK && touch_health(db, a);
    }
    arena_free(a);
    return can;
}

int64_t db_search_row(Str community, Str kind, int64_t number, Str matter)
{
    bool numbered = number > 0 && number < SEARCH_NUMBERS;
    Hash h = hash_sha256((Str[]){ community, S("/"), numbered ? kind : matter }, 3);
    uint64_t n = 0, numbers = SEARCH_NUMBERS - 1;
    for (int i = 0; i < 8; i++)
        n = n << 8 | h.b[i];
    if (numbered) return (int64_t)((n >> 2 & ~numbers) | (uint64_t)number);
    return (int64_t)(n >> 2 | UINT64_C(1) << 62);
}
