/* migrate: forward-only schema steps, written once for both engines, safe to interrupt anywhere.
 *
 * A schema text is a row of steps, each headed by a comment line that names what it makes:
 *
 *     -- table report_photo: state tenant
 *     CREATE TABLE report_photo (community TEXT NOT NULL, ... INT64, ... BYTES, PRIMARY KEY (...)) STRICT;
 *     -- index report_photo_by_matter
 *     CREATE INDEX ...;
 *     -- step fill_x
 *     UPDATE ...;
 *     -- search search: state tenant        (full-text table: sqlite and postgres text follow)
 *
 * INT64 becomes INTEGER or BIGINT, BYTES becomes BLOB or BYTEA, STRICT is dropped on PostgreSQL (and so is
 * WITHOUT ROWID). `-- sqlite:` / `-- postgres:` lines switch the engine of what follows until the next head.
 * Each step runs in one transaction with its row in schema_step(part, name); what has its row is skipped. Steps
 * are only ever appended. Class is one of log state stream secret work; scope tenant or reference. */
#ifndef LINLI_MIGRATE_H
#define LINLI_MIGRATE_H

#include "store/db.h"

typedef enum TableClass { TABLE_LOG, TABLE_STATE, TABLE_STREAM, TABLE_SECRET, TABLE_WORK } TableClass;

typedef struct Table {
    Str name;
    TableClass table_class;
    bool reference; /* else tenant: `community` is the first column of its primary key */
    bool search;    /* full-text: its column list is (community, matter, tokens) on both engines */
    Str columns;    /* "community,id,at" as created, in order */
    Str types;      /* signature: "ssl" */
    Str key;        /* primary key columns, in order */
} Table;

typedef struct Schema {
    Arena *arena;
    int n;
    Table *tables; /* every declared table of all parts */
} Schema;

typedef struct SchemaPart {
    const char *name; /* "core", "report" */
    const char *sql;
} SchemaPart;

/* Parses the parts without a database; fails (f->log) on a table without class, a tenant table whose key does not
 * begin with community, REAL or BOOLEAN columns, AUTOINCREMENT, triggers, ON DELETE SET NULL. */
Schema *schema_parse(Arena *a, const SchemaPart *parts, int n, Fail *f) MUST_USE;
Fail schema_migrate(Db *db, const SchemaPart *parts, int n) MUST_USE;
/* A load into empty tables goes without their indexes (but for primary keys) and makes them from the whole, in the same
 * transaction. What they are is asked of the database itself. */
typedef struct Indexes {
    int n;
    Str *make; /* statements */
} Indexes;
Fail schema_indexes_drop(Db *db, Arena *a, Indexes *out) MUST_USE;
typedef void IndexSaid(void *self, int done, int of);
Fail schema_indexes_make(Db *db, const Indexes *i, IndexSaid *said, void *self) MUST_USE;
/* Rebuild: makes the state tables only, empty, in the place that `schema_first` named. */
Fail schema_make_state(Db *db, const SchemaPart *parts, int n) MUST_USE;
/* Takes the shadow's rows over into the live state tables, in one transaction. */
Fail schema_swap(Db *db, const Schema *s) MUST_USE;
/* SHA-256 over all state tables in name order, rows in key order, each value as type, length, bytes. The same
 * for the same content on both engines. community "" means all. */
Fail schema_digest(Db *db, Arena *a, const Schema *s, Str community, Hash *out) MUST_USE;
/* The same of one table's columns, key and types as `t` says; also how many rows there are. */
Fail schema_digest_table(Db *db, Arena *a, const Table *t, int64_t *rows, Hash *out) MUST_USE;
/* The rules of docs/SQL.md asked of a live database's catalog; returns the number of breaches, each
 * as a line in *report. */
int schema_lint(Db *db, Arena *a, const Schema *s, Str *report);

#endif
