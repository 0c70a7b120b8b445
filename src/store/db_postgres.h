/* db_postgres: a connection to PostgreSQL, shared by db_postgres.c (what a driver does) and
 * db_postgres_wire.c (connecting, the session, sending and collecting). Nobody else includes this.
 *
 * The connection is always in pipeline mode and non-blocking, except within exec. What is sent
 * stands in a queue of what we still expect an answer to, in order; wire_sync collects the answers
 * of all of it. */
#ifndef LINLI_DB_POSTGRES_H
#define LINLI_DB_POSTGRES_H

#include "store/driver.h"

#include <libpq-fe.h>

enum { OID_BYTES_LIST = 1001, OID_TEXT_LIST = 1009, OID_INT64_LIST = 1016 };
enum { OID_BYTES = 17, OID_INT64 = 20, OID_TEXT = 25, OID_VARCHAR = 1043 };
enum { COMMIT_SILENCE_MS_MAX = 30000, READ_GRACE_MS = 3000 };

typedef enum Expect {
    EXPECT_ROWS,      /* a statement: its DbRows are filled in */
    EXPECT_DONE,      /* BEGIN, settings and the like: only has to succeed */
    EXPECT_PREPARED,  /* Parse of stmt->id */
    EXPECT_DESCRIBED, /* its signature is compared */
    EXPECT_COMMIT,
    EXPECT_TABLE, /* the whole PGresult is kept, in Postgres.table */
} Expect;

typedef struct Pending {
    Expect expect;
    const Stmt *stmt;
    Arena *arena;
    DbRows *rows;
} Pending;

/* What the server knows of a statement's place. */
enum { PLACE_EMPTY, PLACE_QUEUED, PLACE_PREPARED, PLACE_STALE };

typedef struct Postgres {
    Db db;
    PGconn *c; /* NULL: lost, or not connected yet; the next use connects */
    Pending *queue;
    int n, cap;
    char (*names)[8]; /* of prepared statements, by Stmt.id */
    uint8_t *places;  /* PLACE_*, by Stmt.id */
    bool in_transaction;
    bool commits;     /* COMMIT stands in the queue */
    bool awaits_sync; /* the sync was sent */
    bool settled;     /* the server has said no: nothing can have been committed */
    bool warned;      /* the server warned while it committed */
    bool demoted;     /* the server has become a standby */
    bool hung_up;     /* the server said goodbye while we were idle */
    Expect awaited;   /* whose answer comes now */
    Expect next;      /* and after that */
    PGresult *table;
    int cursors;
} Postgres;

/* Connected and prepared, connecting again if need be; else db_failed is set and false returned. */
bool wire_ready(Postgres *p) MUST_USE;
Fail wire_open(Postgres *p) MUST_USE;
void wire_drop(Postgres *p); /* closes the connection and forgets the queue */

/* Notes what was sent with PQsend*, whose return value is `sent`. */
void wire_expect(Postgres *p, int sent, Pending what);
void wire_send(Postgres *p, const char *sql, Expect expect); /* unnamed, no parameters */
void wire_send_args(Postgres *p, const char *sql, const Stmt *s, const DbVal *args, Pending what);
void wire_send_prepared(Postgres *p, const Stmt *s, const DbVal *args, Pending what);
void wire_send_prepare(Postgres *p, const Stmt *s, bool describe);
/* Sends all, waits for all. Failures go to db_failed. */
void wire_sync(Postgres *p);
/* Waits until the next result can be had without waiting. False: the connection is lost or too
 * slow. */
bool wire_wait(Postgres *p) MUST_USE;
void wire_lost(Postgres *p, const char *words);
void wire_error(Postgres *p, const PGresult *r);
/* db_postgres_many.c */
void pg_send_many(Db *db, Arena *a, const Stmt *s, const DbVal *const *rows, int n);
bool wire_column_ok(const PGresult *r, int col, char letter);
/* Row `row` of r as values; texts stay borrowed from r. */
void wire_row(const PGresult *r, int row, const char *out, int cols, DbVal *to);

#endif
