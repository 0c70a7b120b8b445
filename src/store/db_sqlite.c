/* SQLite: one folder, one writer, a connection per reader. Statements run as they are sent. */
#include "store/driver.h"

#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    PATH_BYTES = 4096,
    WAIT_READER_MS = 250, /* in WAL mode a reader waits only while another connection recovers */
    WAIT_WRITER_MS = 1000,
    WAIT_TOOL_MS = 5000,
    OPS_PER_LOOK = 4000, /* of SQLite's virtual machine, between two looks at the clock */
    ROWS_FIRST = 4,
};

typedef enum Fixed { BEGIN_READ, BEGIN_WRITE, COMMIT, ROLLBACK, FIXED_COUNT } Fixed;

static const char *const fixed_text[FIXED_COUNT] = { "BEGIN", "BEGIN IMMEDIATE", "COMMIT",
                                                     "ROLLBACK" };

typedef struct Sqlite {
    Db db;
    sqlite3 *c;
    sqlite3_stmt *fixed[FIXED_COUNT];
    sqlite3_stmt **stmts; /* by Stmt.id - 1 */
    bool implicit;        /* a transaction that db.c did not ask for: closed by the next sync */
    int64_t stop_ms;      /* mono_ms at which the running statement is stopped; 0 never */
} Sqlite;

/* ---- failures ---- */
static Fail fail_of(sqlite3 *c, int rc) {
    int os = sqlite3_system_errno(c);
    Fail f = fail(ERR_INTERNAL, "database");
    switch (rc & 0xFF) {
    case SQLITE_FULL: f = fail(ERR_FULL, "disk_full"); break;
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
        if (os == ENOSPC || os == EDQUOT) f = fail(ERR_FULL, "disk_full");
        break;
    case SQLITE_CONSTRAINT:
        if (rc == SQLITE_CONSTRAINT_FOREIGNKEY) f = fail(ERR_CONFLICT, "foreign_key");
        if (rc == SQLITE_CONSTRAINT_UNIQUE || rc == SQLITE_CONSTRAINT_PRIMARYKEY ||
            rc == SQLITE_CONSTRAINT_ROWID)
            f = fail(ERR_CONFLICT, "unique");
        break;
    case SQLITE_BUSY:
    case SQLITE_LOCKED: f = fail(ERR_BUSY, "busy"); break;
    case SQLITE_INTERRUPT: f = fail(ERR_BUSY, "time_limit"); break;
    default: break;
    }
    if (f.err == ERR_BUSY) f.retry_s = 1;
    f.log = sqlite3_errstr(rc);
    return f;
}

/* Before sqlite3_reset, while the connection still knows what went wrong. */
static Fail note(Sqlite *q, const Stmt *s) {
    int rc = sqlite3_extended_errcode(q->c);
    Fail f = fail_of(q->c, rc);
    if (f.err == ERR_INTERNAL)
        log_line(LOG_ERROR, "sqlite", "code=%d statement=%d", rc, s ? s->id : 0);
    db_failed(&q->db, f, sqlite3_errmsg(q->c));
    return f;
}

/* For what runs at once: the failure belongs to the answer, not to the next sync. */
static Fail note_now(Sqlite *q, const Stmt *s) {
    Fail f = note(q, s);
    q->db.failed = FAIL_NONE;
    return f;
}

/* ---- prepare ---- */
/* The end of what starts at p and is not ours to touch: 'text', "name", -- and slash-star comments.
 */
static const char *skip(const char *p) {
    const char *end = NULL;
    if (*p == '\'' || *p == '"') {
        end = strchr(p + 1, *p); /* a doubled quote is the start of the next run */
        return end ? end + 1 : p + strlen(p);
    }
    if (p[0] == '-' && p[1] == '-') {
        end = strchr(p, '\n');
        return end ? end : p + strlen(p);
    }
    if (p[0] == '/' && p[1] == '*') {
        end = strstr(p + 2, "*/");
        return end ? end + 2 : p + strlen(p);
    }
    return p;
}

/* SQLite reads $1 as a name; ?1 is the number that PostgreSQL means by it. */
static char *own_text(const char *sql) {
    char *text = strdup(sql);
    if (!text) abort();
    for (char *p = text; *p;) {
        const char *after = skip(p);
        if (after > p) {
            p += after - p;
            continue;
        }
        if (p[0] == '$' && p[1] >= '1' && p[1] <= '9') *p = '?';
        p++;
    }
    return text;
}

/* The engine's words may hold the text of the statement, which holds no data: good for Fail.log. */
static Fail not_prepared(Sqlite *q, const Stmt *s, const char *why) {
    Fail f = fail(ERR_INTERNAL, "database");
    f.log = db_words("statement %d: %s: %.300s", s->id, why, s->sql);
    db_failed(&q->db, f, f.log);
    q->db.failed = FAIL_NONE;
    return f;
}

static Fail prepare_stmt(Sqlite *q, const Stmt *s) {
    sqlite3_stmt **st = &q->stmts[s->id - 1];
    const char *rest = NULL;
    char *text = own_text(s->sql);
    int rc = sqlite3_prepare_v3(q->c, text, -1, SQLITE_PREPARE_PERSISTENT, st, &rest);
    Fail f = FAIL_NONE;
    if (rc != SQLITE_OK && fail_of(q->c, rc).err != ERR_INTERNAL) {
        f = note_now(q, s);
    } else if (rc != SQLITE_OK) {
        f = not_prepared(q, s, sqlite3_errmsg(q->c));
    } else if (!*st || str_trim(str_c(rest)).n > 0) {
        f = not_prepared(q, s, "not one statement");
    } else if (sqlite3_bind_parameter_count(*st) != (int)strlen(s->in)) {
        f = not_prepared(q, s, "parameters differ from the signature");
    } else if (sqlite3_column_count(*st) != (int)strlen(s->out)) {
        f = not_prepared(q, s, "columns differ from the signature");
    }
    free(text);
    if (f.err != OK) {
        sqlite3_finalize(*st);
        *st = NULL;
    }
    return f;
}

static Fail prepare(Db *db, const Stmt *s) {
    return prepare_stmt((Sqlite *)db, s);
}

static void forget(Db *db, const Stmt *s) {
    sqlite3_stmt **st = &((Sqlite *)db)->stmts[s->id - 1];
    sqlite3_finalize(*st);
    *st = NULL;
}

/* ---- open ---- */
/* Called before SQLite's first use; later it would be refused, harmlessly. Without the statistics,
 * threads don't share a lock at every malloc. */
static void configure(void) {
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    sqlite3_initialize();
}

static int look_at_clock(void *self) {
    const Sqlite *q = self;
    return q->stop_ms > 0 && mono_ms() > q->stop_ms;
}

static Fail not_opened(Sqlite *q, const char *what) {
    int rc = q->c ? sqlite3_extended_errcode(q->c) : SQLITE_NOMEM;
    Fail f = fail_of(q->c, rc);
    f.log = db_words("%s: %s", what, q->c ? sqlite3_errmsg(q->c) : "out of memory");
    db_failed(&q->db, f, f.log);
    q->db.failed = FAIL_NONE;
    return f;
}

static bool place_path(char *to, const DbConfig *c) {
    int n = snprintf(to, PATH_BYTES, "%s/linli.db", c->dir);
    return n > 0 && n < PATH_BYTES;
}

static Fail attach_live(Sqlite *q, const char *path) {
    sqlite3_stmt *st = NULL;
    int rc = sqlite3_prepare_v2(q->c, "ATTACH ?1 AS live", -1, &st, NULL);
    if (rc == SQLITE_OK) rc = sqlite3_bind_text(st, 1, path, -1, SQLITE_STATIC);
    if (rc == SQLITE_OK) rc = sqlite3_step(st);
    Fail f = rc == SQLITE_DONE ? FAIL_NONE : not_opened(q, "cannot attach the database");
    sqlite3_finalize(st);
    return f;
}

/* The answer of `PRAGMA journal_mode` is the mode that it is now: not WAL on a file system without
 * shared memory maps, and then readers and the writer would wait for each other. */
static Fail set_wal(Sqlite *q, const char *pragma) {
    sqlite3_stmt *st = NULL;
    int rc = sqlite3_prepare_v2(q->c, pragma, -1, &st, NULL);
    if (rc == SQLITE_OK) rc = sqlite3_step(st);
    Fail f = FAIL_NONE;
    if (rc != SQLITE_ROW) {
        f = not_opened(q, pragma);
    } else if (!str_is(str_c((const char *)sqlite3_column_text(st, 0)), "wal")) {
        f = fail(ERR_INTERNAL, "database");
        f.log = "the file system does not bear WAL";
    }
    sqlite3_finalize(st);
    return f;
}

/* FULL: a commit is on the disk when it is answered. What is thrown away when it is not finished (the shadow of a
 * rebuild, a file that is being filled) has its journal in memory and skips that: db_publish, or the swap, makes it
 * durable. WAL up to 16 MB between checkpoints, and 64 MB kept at most after a long reader. The page cache and what is
 * mapped are bounded per connection. */
static Fail set_up(Sqlite *q) {
    bool reader = q->db.mode == DB_READER;
    bool shadow = q->db.config.schema_first != NULL, filled = shadow || q->db.config.unsynced;
    const char *const texts[] = { /* indexes made after a load are sorted in files, with a second thread */
        "PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON",
        filled && !shadow ? "PRAGMA temp_store=FILE; PRAGMA threads=2" : "PRAGMA temp_store=MEMORY",
        "PRAGMA mmap_size=0", /* a mapped page is checked again at each use */
        reader ? "PRAGMA cache_size=-4096" : filled ? "PRAGMA main.cache_size=-65536" : "PRAGMA cache_size=-16384",
        "PRAGMA wal_autocheckpoint=4000",
        filled ? "PRAGMA main.synchronous=OFF; PRAGMA main.journal_mode=MEMORY" : "PRAGMA main.synchronous=FULL",
        "PRAGMA main.journal_size_limit=67108864",
        shadow ? "PRAGMA live.synchronous=FULL; PRAGMA live.cache_size=-8192;"
                 " PRAGMA live.journal_size_limit=67108864" : "",
        "PRAGMA foreign_keys=ON",
        reader ? "PRAGMA query_only=ON" : "",
    };
    Fail f = filled ? FAIL_NONE : set_wal(q, "PRAGMA main.journal_mode=WAL");
    if (f.err == OK && shadow) f = set_wal(q, "PRAGMA live.journal_mode=WAL");
    if (f.err != OK) return f;
    for (int i = 0; i < COUNT(texts); i++)
        if (sqlite3_exec(q->c, texts[i], NULL, NULL, NULL) != SQLITE_OK)
            return not_opened(q, texts[i]);
    for (int i = 0; i < FIXED_COUNT; i++)
        if (sqlite3_prepare_v3(q->c, fixed_text[i], -1, SQLITE_PREPARE_PERSISTENT, &q->fixed[i],
                               NULL) != SQLITE_OK)
            return not_opened(q, fixed_text[i]);
    return FAIL_NONE;
}

/* Everybody's data: SQLite would make the file readable for all that the umask lets. Its WAL takes over its rights. */
static void make_private(const char *path) {
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd >= 0) close(fd); /* if not, SQLite says why */
}

enum { SEARCH_ROW_ARGS = 4 };

static void search_row(sqlite3_context *c, int n, sqlite3_value **v)
{
    Str text[SEARCH_ROW_ARGS];
    for (int i = 0; i < n && i < SEARCH_ROW_ARGS; i++) {
        const char *p = (const char *)sqlite3_value_text(v[i]);
        text[i] = p != NULL ? (Str){ p, (size_t)sqlite3_value_bytes(v[i]) } : S("");
    }
    sqlite3_result_int64(c, db_search_row(text[0], text[1], sqlite3_value_int64(v[2]), text[3]));
}

static Fail open_database(Sqlite *q) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, configure);
    const DbConfig *c = &q->db.config;
    char path[PATH_BYTES];
    if (!place_path(path, c)) return not_opened(q, "the folder's name is too long");
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE;
    if (q->db.mode == DB_WRITER) flags |= SQLITE_OPEN_CREATE;
    const char *main_path = c->schema_first ? c->schema_first : path;
    if (q->db.mode == DB_WRITER) make_private(main_path);
    if (sqlite3_open_v2(main_path, &q->c, flags, c->vfs) != SQLITE_OK)
        return not_opened(q, "cannot open the database");
    sqlite3_extended_result_codes(q->c, 1);
    sqlite3_busy_timeout(q->c, q->db.bare                ? WAIT_TOOL_MS
                               : q->db.mode == DB_READER ? WAIT_READER_MS
                                                         : WAIT_WRITER_MS);
    sqlite3_create_function(q->c, "search_row", SEARCH_ROW_ARGS, SQLITE_UTF8 | SQLITE_DETERMINISTIC, NULL, search_row,
                            NULL, NULL);
    sqlite3_db_config(q->c, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(q->c, SQLITE_DBCONFIG_DQS_DML, 0, NULL); /* "x" is a name, never a text */
    sqlite3_db_config(q->c, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
    if (q->db.mode == DB_READER && c->read_ms_max > 0)
        sqlite3_progress_handler(q->c, OPS_PER_LOOK, look_at_clock, q);
    Fail f = c->schema_first ? attach_live(q, path) : FAIL_NONE;
    if (f.err == OK) f = set_up(q);
    return f;
}

static Fail open_connection(Db *db) {
    Sqlite *q = (Sqlite *)db;
    q->stmts = calloc((size_t)(db->registered + DB_CACHE_MAX), sizeof *q->stmts);
    if (!q->stmts) abort();
    Fail f = open_database(q);
    bool check = !db->bare && db->mode == DB_WRITER;
    for (int id = 1; f.err == OK && check && id <= db->registered; id++, forget(db, db_stmt(id - 1)))
        f = prepare_stmt(q, db_stmt(id));
    return f;
}

/* A prepared statement is 8 KB, a connection runs few of those that there are: prepared when it is first run. */
static sqlite3_stmt *ready(Sqlite *q, const Stmt *s) {
    if (!q->stmts[s->id - 1]) {
        Fail f = prepare_stmt(q, s);
        if (f.err != OK) db_failed(&q->db, f, NULL);
    }
    return q->stmts[s->id - 1];
}

static void close_connection(Db *db) {
    Sqlite *q = (Sqlite *)db;
    for (int i = 0; i < FIXED_COUNT; i++)
        sqlite3_finalize(q->fixed[i]);
    for (int i = 0; q->stmts && i < db->registered + DB_CACHE_MAX; i++)
        sqlite3_finalize(q->stmts[i]);
    free(q->stmts);
    int rc = sqlite3_close(q->c);
    if (rc != SQLITE_OK) log_line(LOG_ERROR, "sqlite_close", "code=%d", rc);
}

/* ---- running ---- */
static bool run_fixed(Sqlite *q, Fixed which) {
    q->stop_ms = 0;
    int rc = sqlite3_step(q->fixed[which]);
    if (rc != SQLITE_DONE) note(q, NULL);
    sqlite3_reset(q->fixed[which]);
    return rc == SQLITE_DONE;
}

/* SQLITE_STATIC: the values outlive the steps, and the next run binds all of them again. */
static bool bind(Sqlite *q, sqlite3_stmt *st, const Stmt *s, const DbVal *args) {
    for (int i = 0; s->in[i]; i++) {
        const DbVal *v = &args[i];
        const char *p = v->s.p ? v->s.p : "";
        if (v->type != 'n' && v->type != s->in[i]) {
            db_failed(&q->db, db_misfit(s, i), "an argument differs from the signature");
            return false;
        }
        int rc = SQLITE_OK;
        switch (v->type) {
        case 'l': rc = sqlite3_bind_int64(st, i + 1, v->i); break;
        case 's': rc = sqlite3_bind_text64(st, i + 1, p, v->s.n, SQLITE_STATIC, SQLITE_UTF8); break;
        case 'b': rc = sqlite3_bind_blob64(st, i + 1, p, v->s.n, SQLITE_STATIC); break;
        default: rc = sqlite3_bind_null(st, i + 1); break;
        }
        if (rc != SQLITE_OK) {
            note(q, s);
            return false;
        }
    }
    return true;
}

/* One row, borrowed from SQLite until its next step. -1, or the first column that does not fit. A column is asked for
 * once, as a value: SQLITE_OPEN_NOMUTEX leaves no difference between protected and unprotected ones. */
static int row_of(sqlite3_stmt *st, const char *out, DbVal *vals) {
    for (int i = 0; out[i]; i++) {
        DbVal *v = &vals[i];
        sqlite3_value *in = sqlite3_column_value(st, i);
        int type = sqlite3_value_type(in);
        if (type == SQLITE_NULL) {
            *v = NUL;
        } else if (type == SQLITE_INTEGER && out[i] == 'l') {
            *v = NUM(sqlite3_value_int64(in));
        } else if (type == SQLITE_TEXT && out[i] == 's') {
            const char *p = (const char *)sqlite3_value_text(in);
            if (!p) abort(); /* out of memory ends the process, as in an arena */
            *v = TXT(((Str){ p, (size_t)sqlite3_value_bytes(in) }));
        } else if (type == SQLITE_BLOB && out[i] == 'b') {
            const char *p = sqlite3_value_blob(in);
            *v = BYT(((Str){ p ? p : "", (size_t)sqlite3_value_bytes(in) }));
        } else {
            return i;
        }
    }
    return -1;
}

static DbVal *more_rows(Arena *a, DbRows *rows, int *room) {
    if (rows->rows == *room) {
        int more = *room ? 2 * *room : ROWS_FIRST;
        DbVal *vals = arena_array(a, DbVal, (size_t)more * (size_t)rows->cols);
        if (rows->rows > 0)
            memcpy(vals, rows->vals, sizeof *vals * (size_t)rows->rows * (size_t)rows->cols);
        rows->vals = vals;
        *room = more;
    }
    return rows->vals + (size_t)rows->rows * (size_t)rows->cols;
}

static void limit_time(Sqlite *q) {
    int max = q->db.config.read_ms_max;
    q->stop_ms = q->db.mode == DB_READER && max > 0 ? mono_ms() + max : 0;
}

/* Steps to the end, rows copied into the arena. */
static void run(Sqlite *q, Arena *a, sqlite3_stmt *st, const Stmt *s, DbRows *rows) {
    int room = 0, rc;
    rows->cols = (int)strlen(s->out);
    while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
        if (rows->cols == 0) continue;
        DbVal *vals = more_rows(a, rows, &room);
        int misfit = row_of(st, s->out, vals);
        if (misfit >= 0) {
            db_failed(&q->db, db_misfit(s, misfit), "a value differs from the signature");
            return;
        }
        for (int i = 0; i < rows->cols; i++)
            if (vals[i].type == 's' || vals[i].type == 'b') vals[i].s = arena_str(a, vals[i].s);
        rows->rows++;
    }
    if (rc != SQLITE_DONE) note(q, s);
}

static void send(Db *db, Arena *a, const Stmt *s, const DbVal *args, DbRows *rows) {
    Sqlite *q = (Sqlite *)db;
    sqlite3_stmt *st = ready(q, s);
    if (!st) return;
    if (!db->in_transaction && !q->implicit) { /* as in a pipeline: what one sync collects is one snapshot */
        if (!run_fixed(q, BEGIN_READ)) return;
        q->implicit = true;
    }
    if (!bind(q, st, s, args)) return;
    limit_time(q);
    int64_t before = sqlite3_total_changes64(q->c);
    run(q, a, st, s, rows);
    /* Of a statement that changed nothing sqlite3_changes64 tells what the one before it changed.
     */
    if (rows->cols == 0 && sqlite3_total_changes64(q->c) != before)
        rows->changed = sqlite3_changes64(q->c);
    sqlite3_reset(st);
}

static void rollback(Db *db);

static void sync_queue(Db *db) {
    Sqlite *q = (Sqlite *)db;
    if (!q->implicit) return;
    if (db->failed.err == OK && run_fixed(q, COMMIT)) {
        q->implicit = false;
    } else {
        rollback(db);
    }
}

/* ---- transactions ---- */
/* A writer takes the lock at once, rather than when it has already read what may be stale by then.
 * Beside the shadow of a rebuild the live database has a writer of its own, which must not wait for
 * us. */
static void begin(Db *db) {
    bool early = db->mode == DB_WRITER && !db->config.schema_first;
    run_fixed((Sqlite *)db, early ? BEGIN_WRITE : BEGIN_READ);
}

static void commit(Db *db) {
    run_fixed((Sqlite *)db, COMMIT);
}

/* Not seen to happen, but a connection that can't leave its transaction would stop all writing for
 * good. */
static void replace(Sqlite *q) {
    log_line(LOG_ERROR, "sqlite_reopen", "code=%d", sqlite3_extended_errcode(q->c));
    Sqlite old = *q;
    q->c = NULL;
    q->stmts = NULL;
    memset(q->fixed, 0, sizeof q->fixed);
    if (open_connection(&q->db).err == OK) {
        db_cache_drop(&q->db);
        close_connection(&old.db);
    } else { /* keep the old one: the next begin fails, its rollback tries again */
        close_connection(&q->db);
        q->c = old.c;
        q->stmts = old.stmts;
        memcpy(q->fixed, old.fixed, sizeof q->fixed);
    }
}

static void rollback(Db *db) {
    Sqlite *q = (Sqlite *)db;
    q->implicit = false;
    if (sqlite3_get_autocommit(q->c)) return; /* SQLite rolls some failures back by itself */
    run_fixed(q, ROLLBACK);
    if (!sqlite3_get_autocommit(q->c)) replace(q);
}

/* ---- at once ---- */
static Fail each(Db *db, const Stmt *s, const DbVal *args, DbRowFn *fn, void *self) {
    Sqlite *q = (Sqlite *)db;
    sqlite3_stmt *st = q->stmts[s->id - 1];
    DbVal row[DB_COLUMNS_MAX];
    int cols = (int)strlen(s->out), rc = SQLITE_DONE;
    if (bind(q, st, s, args)) {
        limit_time(q);
        while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
            int misfit = row_of(st, s->out, row);
            if (misfit >= 0)
                db_failed(db, db_misfit(s, misfit), "a value differs from the signature");
            if (misfit >= 0 || !fn(self, row, cols)) break;
        }
        if (rc != SQLITE_DONE && rc != SQLITE_ROW) note(q, s);
        sqlite3_reset(st);
    }
    Fail f = db->failed;
    db->failed = FAIL_NONE;
    return f;
}

static Fail exec(Db *db, const char *sql) {
    Sqlite *q = (Sqlite *)db;
    limit_time(q);
    Fail f = FAIL_NONE;
    if (sqlite3_exec(q->c, sql, NULL, NULL, NULL) != SQLITE_OK) f = note_now(q, NULL);
    if (f.err != OK && !db->in_transaction) rollback(db); /* of a BEGIN in the text itself */
    return f;
}

/* ---- backup ---- */
static Fail file_fail(int os) {
    Fail f =
        os == ENOSPC || os == EDQUOT ? fail(ERR_FULL, "disk_full") : fail(ERR_INTERNAL, "backup");
    f.log = db_words("backup: %s", strerrordesc_np(os));
    return f;
}

static bool fsync_path(const char *path, int flags) {
    int fd = open(path, flags | O_CLOEXEC);
    if (fd < 0) return false;
    bool ok = fsync(fd) == 0;
    int os = errno;
    close(fd);
    errno = os;
    return ok;
}

static bool folder_of(char *folder, const char *path) {
    const char *slash = strrchr(path, '/');
    size_t n = slash ? (size_t)(slash - path) : 1;
    if (n >= PATH_BYTES) return false;
    memcpy(folder, slash ? path : ".", n);
    folder[n] = '\0';
    if (slash == path) memcpy(folder, "/", 2);
    return true;
}

static Fail vacuum_into(Sqlite *q, const char *path) {
    sqlite3_stmt *st = NULL;
    const char *sql = q->db.config.schema_first ? "VACUUM live INTO ?1" : "VACUUM main INTO ?1";
    int rc = sqlite3_prepare_v2(q->c, sql, -1, &st, NULL);
    if (rc == SQLITE_OK) rc = sqlite3_bind_text(st, 1, path, -1, SQLITE_STATIC);
    if (rc == SQLITE_OK) rc = sqlite3_step(st);
    Fail f = rc == SQLITE_DONE ? FAIL_NONE : note_now(q, NULL);
    sqlite3_finalize(st);
    return f;
}

/* One snapshot, while the writer goes on. The file has its name only when it is whole and on the
 * disk. */
static Fail backup(Db *db, const char *to_file) {
    char part[PATH_BYTES], folder[PATH_BYTES];
    int n = snprintf(part, sizeof part, "%s.part", to_file);
    if (n <= 0 || n >= PATH_BYTES || !folder_of(folder, to_file))
        return fail(ERR_INVALID, "path_too_long");
    if (access(to_file, F_OK) == 0) return fail(ERR_CONFLICT, "file_exists");
    unlink(part);       /* of a backup that was interrupted */
    make_private(part); /* VACUUM INTO takes an empty file */
    Fail f = vacuum_into((Sqlite *)db, part);
    if (f.err == OK && (!fsync_path(part, O_RDWR) || rename(part, to_file) != 0 ||
                        !fsync_path(folder, O_RDONLY | O_DIRECTORY)))
        f = file_fail(errno);
    if (f.err != OK) unlink(part);
    return f;
}

Fail db_publish(const DbConfig *from, const DbConfig *to) {
    char part[PATH_BYTES], path[PATH_BYTES];
    if (!place_path(part, from) || !place_path(path, to)) return fail(ERR_INVALID, "path_too_long");
    if (fsync_path(part, O_RDWR) && rename(part, path) == 0 && fsync_path(to->dir, O_RDONLY | O_DIRECTORY))
        return FAIL_NONE;
    return file_fail(errno);
}

const Driver driver_sqlite = {
    .name = "sqlite",
    .size = sizeof(Sqlite),
    .open = open_connection,
    .close = close_connection,
    .send = send,
    .sync = sync_queue,
    .begin = begin,
    .commit = commit,
    .rollback = rollback,
    .prepare = prepare,
    .forget = forget,
    .each = each,
    .exec = exec,
    .backup = backup,
};
