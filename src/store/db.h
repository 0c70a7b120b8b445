/* db: one interface over SQLite (one folder) and PostgreSQL 15 (libpq, pipeline mode). The only
 * layer that includes sqlite3.h or libpq-fe.h.
 *
 * A statement is static data with one SQL text for both engines, `$1` parameters, and two
 * signatures: a letter per parameter and per result column: s text, l int64, b bytes. Every
 * registered statement is prepared when a writer opens (on PostgreSQL also when a reader does), and
 * its signature compared with what the engine says, so that drift fails at boot. SQLite prepares
 * them again when they are first run: kept by every connection, they took 13 MB of a server.
 *
 * A connection belongs to one thread at a time. Statements are *sent*, and answered at the next
 * *sync*: PostgreSQL gets them in one pipeline, SQLite runs them as they come. So a caller sends
 * all loads, syncs, thinks, sends all writes, syncs, and pays two round trips for a whole batch. */
#ifndef LINLI_DB_H
#define LINLI_DB_H

#include "base/fail.h"

typedef struct Stmt {
    const char *in;  /* "sll" */
    const char *out; /* "" for a statement that returns nothing */
    const char *sql;
    const char *sql_pg; /* only full-text search differs; NULL everywhere else */
    int id;             /* given by db_register; 0 before */
    bool many; /* inserts a row, VALUES ($1, ...), that nothing before it in the same sync touches: db_send_many */
} Stmt;

typedef struct DbVal {
    char type; /* 's' 'l' 'b', or 'n' for NULL */
    int64_t i;
    Str s;
} DbVal;

#define TXT(str) ((DbVal){ .type = 's', .s = (str) })
#define NUM(n) ((DbVal){ .type = 'l', .i = (n) })
#define BYT(str) ((DbVal){ .type = 'b', .s = (str) })
#define NUL ((DbVal){ .type = 'n' })
#define ARGS(...) ((DbVal[]){ __VA_ARGS__ })

typedef struct DbRows {
    int rows, cols;
    DbVal *vals;     /* row-major; in the arena given to db_send */
    int64_t changed; /* rows written, for statements without result */
} DbRows;

static inline Str db_text(const DbRows *r, int row, int col) {
    return r->vals[row * r->cols + col].s;
}
static inline int64_t db_int(const DbRows *r, int row, int col) {
    return r->vals[row * r->cols + col].i;
}
static inline bool db_null(const DbRows *r, int row, int col) {
    return r->vals[row * r->cols + col].type == 'n';
}

/* ---- the registry: filled by the world (src/app/world.c) before the first db_open ---- */
void db_register(Stmt *s); /* idempotent; gives it an id */
int db_registered(void);
const Stmt *db_stmt(int id); /* 1 .. db_registered() */

/* ---- connections ---- */
typedef struct Db Db;
typedef enum DbMode { DB_WRITER, DB_READER } DbMode;
typedef struct DbConfig {
    const char *dir;          /* SQLite: DIR/linli.db. NULL when url is set */
    const char *url;          /* postgresql://... */
    const char *schema_first; /* rebuild: a second place (SQLite: file beside; PostgreSQL: schema)
                               * whose tables are found before the usual ones; NULL otherwise */
    bool unsynced; /* SQLite: a file that is thrown away when filling it fails; counts after db_publish */
    const char *vfs; /* SQLite: name of a test's VFS (db_faults.h); NULL for the usual one */
    int read_ms_max; /* readers: a statement that runs longer is stopped with ERR_BUSY; 0 none */
} DbConfig;

/* Opens, sets the pragmas (WAL, synchronous=FULL, foreign keys) or session settings, looks at all
 * registered statements (see above). NULL and *f on failure: f->log says what. */
Db *db_open(const DbConfig *c, DbMode mode, Fail *f) MUST_USE;
/* Opens without preparing: for migrate, backup and tools. It runs db_query, db_each and db_exec,
 * but not the registered statements. */
Db *db_open_bare(const DbConfig *c, Fail *f) MUST_USE;
void db_close(Db *db);
bool db_is_postgres(const Db *db);
/* SQLite's row of the full text of a matter; in its SQL search_row(community, kind, number, matter). Rows of numbered
 * matters (number > 0) of a community and kind stand together, in the order of their numbers, so that hits come in that
 * order. Where community and kind begin is a hash of 34 bits; two that fall together (one in ten million for thirty
 * communities) would overwrite each other's rows of the index, and nothing else. Others stand by a hash of their id. */
int64_t db_search_row(Str community, Str kind, int64_t number, Str matter);
#define SEARCH_NUMBERS (INT64_C(1) << 28) /* numbers of a kind end below */
const char *db_last_error(const Db *db); /* engine's words, for the log of the operator only */

/* ---- running ---- */
/* Queues one statement. The answer is filled in by the next db_sync; until then it is all zero. */
DbRows *db_send(Db *db, Arena *a, const Stmt *s, const DbVal *args);
/* The statement for each of n rows of arguments. Where it is `many`, PostgreSQL gets it as one. */
void db_send_many(Db *db, Arena *a, const Stmt *s, const DbVal *const *rows, int n);
/* Sends what is queued and waits. Outside of db_begin .. db_commit, what a writer sends between two
 * syncs is one transaction of its own. On a failure every statement since the last sync counts as
 * not done, the transaction must be rolled back, and f names the kind: ERR_FULL disk full,
 * ERR_CONFLICT unique or foreign key, ERR_BUSY connection lost, serialization or time limit,
 * ERR_INTERNAL the rest. */
Fail db_sync(Db *db) MUST_USE;
/* Send and sync at once. */
DbRows *db_run(Db *db, Arena *a, const Stmt *s, const DbVal *args, Fail *f);

/* Transactions. begin is queued with the statements that follow it; commit is a sync, returns only
 * when the data is durable, and an uncertain outcome (connection lost while committing, or a
 * standby that did not confirm) is ERR_BUSY with code "commit_uncertain". A reader's transaction is
 * one snapshot. */
void db_begin(Db *db);
Fail db_commit(Db *db) MUST_USE;
void db_rollback(Db *db); /* always leaves the connection usable or closed-and-reopened */

/* Text that is not registered: migrations, tools, generated list statements (cached per connection
 * by their text, at most 256, least recently used goes). Same rules and signatures. */
DbRows *db_query(Db *db, Arena *a, const char *sql, const char *in, const char *out,
                 const DbVal *args, Fail *f);
/* Row by row for what does not fit memory (digest, export, rebuild). fn returns false to stop.
 * `out` as above. Runs at once, on a connection with nothing queued. */
typedef bool DbRowFn(void *self, const DbVal *row, int cols);
Fail db_each(Db *db, const char *sql, const char *in, const char *out, const DbVal *args,
             DbRowFn *fn, void *self) MUST_USE;
Fail db_exec(Db *db, const char *sql) MUST_USE; /* no parameters, no result */

/* SQLite: online copy into a new file while writers go on (backup API or VACUUM INTO), fsynced.
 * PostgreSQL: ERR_INVALID "use_pg_dump". */
Fail db_backup(Db *db, const char *to_file) MUST_USE;
/* SQLite: what was filled in `from` (unsynced, closed) is made durable and takes the place of the database in `to`,
 * which nobody has open. */
Fail db_publish(const DbConfig *from, const DbConfig *to) MUST_USE;
/* True again once a tiny durable write succeeds: for /healthz and for recovering from a full disk.
 */
bool db_can_write(Db *db);

#endif
