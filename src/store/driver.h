/* driver: what an engine does for db.c. Only db.c and db_<engine>.c include this.
 *
 * db.c owns the rules that are the same for both engines: the registry, the cache of generated
 * text, what happens after a failure, when a queue is synced. A driver only does what it is told,
 * on a connection that starts with a Db: `typedef struct Sqlite { Db db; sqlite3 *c; ... }
 * Sqlite;`. db.c gets the memory (zeroed, Driver.size bytes), fills in the Db, calls open, and
 * frees it after close.
 *
 * Statements are known by Stmt.id: 1 .. db->registered are the registered ones, which open prepares
 * or at least checks (unless db->bare); the DB_CACHE_MAX after them are the places of generated text, which db.c fills
 * with prepare and empties with forget. */
#ifndef LINLI_DRIVER_H
#define LINLI_DRIVER_H

#include "store/db.h"

enum { DB_CACHE_MAX = 256, DB_ERROR_MAX = 512, DB_PARAMS_MAX = 64, DB_COLUMNS_MAX = 64 };

typedef struct Driver {
    const char *name; /* "sqlite", "postgres" */
    size_t size;

    /* Connects, sets the session up, prepares the registered statements (not if db->bare; SQLite:
     * a writer checks them, all prepare them at their first use). On
     * failure close is called on whatever there is by then. Fail.log says what (db_words). */
    Fail (*open)(Db *db);
    void (*close)(Db *db);

    /* Queues (or runs) one statement; fills `rows` now or at sync, values in `a`. What `args` point
     * to may be gone after the call. Never called while db->failed is set. A failure goes to
     * db_failed. */
    void (*send)(Db *db, Arena *a, const Stmt *s, const DbVal *args, DbRows *rows);
    /* Optional: a statement that is `many`, for n rows, as one. */
    void (*send_many)(Db *db, Arena *a, const Stmt *s, const DbVal *const *rows, int n);
    /* Sends what is queued and waits for all answers. Failures go to db_failed; db.c hands them on.
     * Outside of db_begin .. db_commit what is between two syncs is one transaction of its own: all
     * or nothing. */
    void (*sync)(Db *db);

    /* begin is queued. commit syncs and commits; db.c calls it only if nothing failed so far;
     * failures go to db_failed. rollback drops what is queued, leaves no transaction and a usable
     * connection (if need be a new one, with everything prepared again after db_cache_drop); it has
     * no answer: if it can't, the next send fails. */
    void (*begin)(Db *db);
    void (*commit)(Db *db);
    void (*rollback)(Db *db);

    /* The rest is called with nothing queued, in a transaction or not. */
    Fail (*prepare)(Db *db, const Stmt *s); /* into place s->id; compares signatures */
    void (*forget)(Db *db, const Stmt *s);
    Fail (*each)(Db *db, const Stmt *s, const DbVal *args, DbRowFn *fn, void *self);
    Fail (*exec)(Db *db, const char *sql); /* may hold several statements */
    Fail (*backup)(Db *db, const char *to_file);
} Driver;

/* A generated text in the cache. Its Stmt and copies live in memory of the entry's own. */
typedef struct DbCached {
    Stmt stmt;
    uint64_t hash; /* of text and signatures */
    uint64_t used; /* db->tick of the last use; 0: empty place */
} DbCached;

struct Db {
    const Driver *driver;
    DbMode mode;
    bool bare;       /* registered statements are not prepared; a writer */
    DbConfig config; /* our own copies of the strings */
    int registered;  /* when it was opened */

    /* kept by db.c */
    bool in_transaction; /* begin was sent, neither commit nor rollback since */
    bool aborted;        /* a failure inside the transaction: only rollback helps */
    bool walking;        /* in each */
    int queued;          /* statements (and begin) since the last sync */
    uint64_t tick;
    DbCached *cache; /* DB_CACHE_MAX places, made on first use */
    int cached;      /* places in use are among the first `cached` */

    Fail failed;              /* the first failure since the last sync */
    char error[DB_ERROR_MAX]; /* db_last_error: the engine's words */
};

extern const Driver driver_sqlite;
extern const Driver driver_postgres;

/* Codes of Fail, the same on both engines: ERR_FULL "disk_full"; ERR_CONFLICT "unique",
 * "foreign_key"; ERR_BUSY "busy" (lock, serialization), "time_limit", "connection_lost",
 * "commit_uncertain", all with retry_s; ERR_INTERNAL "database", "signature". */

/* Notes a failure, if none is noted yet, with the engine's words (NULL: keep what stands in
 * db->error). */
void db_failed(Db *db, Fail f, const char *engine_words);
/* The generated texts are not prepared any more (the connection is a new one); forget is not
 * called. */
void db_cache_drop(Db *db);
/* For Fail.log with parts that are not static: memory of this thread, good until the next call. */
const char *db_words(const char *fmt, ...) PRINTF_LIKE(1, 2);
/* A value or argument that does not fit the signature: logs it, gives ERR_INTERNAL "signature".
 * `col` counts from 0. Not an assert: a statement that is wrong for some data must not stop the
 * others. */
Fail db_misfit(const Stmt *s, int col);

#endif
