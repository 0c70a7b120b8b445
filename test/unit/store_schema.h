/* store_schema: a schema with one of each, and a database of either engine that has it. For the
 * tests of migrate, digest and lint. */
#ifndef LINLI_STORE_SCHEMA_H
#define LINLI_STORE_SCHEMA_H

#include "store_engine.h"

#include "store/migrate.h"

static const char schema_core[] =
    "-- What the tests stand on. This line is prose, and so is the next.\n"
    "-- Here step is not the first word.\n"
    "-- table log: log tenant\n"
    "CREATE TABLE log (community TEXT NOT NULL, seq INT64 NOT NULL, bytes BYTES NOT NULL, -- why\n"
    "    PRIMARY KEY (community, seq)) STRICT, WITHOUT ROWID;\n"
    "-- table division: state reference\n"
    "CREATE TABLE division (id TEXT NOT NULL PRIMARY KEY, parent TEXT REFERENCES division (id),\n"
    "    name TEXT NOT NULL DEFAULT 'a; ''b''') STRICT;\n"
    "-- table matter: state tenant\n"
    "CREATE TABLE matter (community TEXT NOT NULL, id TEXT NOT NULL, at INT64 NOT NULL DEFAULT 0,\n"
    "    note TEXT, photo BYTES, division TEXT REFERENCES division (id),\n"
    "    CHECK (at >= 0 OR at < 0), PRIMARY KEY (community, id), UNIQUE (community, note)) "
    "STRICT;\n"
    "-- index matter_by_at\n"
    "CREATE INDEX matter_by_at ON matter (community, at);\n"
    "-- search search: state tenant\n"
    "-- sqlite:\n"
    "CREATE VIRTUAL TABLE search USING fts5(community UNINDEXED, matter UNINDEXED, tokens);\n"
    "-- postgres:\n"
    "CREATE TABLE search (community TEXT NOT NULL, matter TEXT NOT NULL, tokens TEXT NOT NULL,\n"
    "    PRIMARY KEY (community, matter));\n"
    "CREATE INDEX search_tokens ON search USING gin (to_tsvector('simple', tokens));\n";

static const char schema_report[] =
    "-- table report_photo: state tenant\n"
    "CREATE TABLE report_photo (community TEXT NOT NULL, matter TEXT NOT NULL, no INT64 NOT NULL,\n"
    "    PRIMARY KEY (community, matter, no),\n"
    "    FOREIGN KEY (community, matter) REFERENCES matter (community, id)) STRICT;\n"
    "-- table outbox: work tenant\n"
    "CREATE TABLE outbox (community TEXT NOT NULL, id TEXT NOT NULL,\n"
    "    CONSTRAINT outbox_key PRIMARY KEY (community, id)) STRICT;\n"
    "-- table gone: state tenant\n"
    "CREATE TABLE gone (community TEXT NOT NULL PRIMARY KEY) STRICT;\n"
    "-- step fill\n"
    "INSERT INTO outbox (community, id) SELECT 'filled', CAST(count(*) AS TEXT) FROM outbox;\n"
    "-- step add_rank\n"
    "ALTER TABLE matter ADD COLUMN rank INT64 NOT NULL DEFAULT 7;\n"
    "DROP TABLE gone;\n";

static const SchemaPart schema_parts[] = { { "core", schema_core }, { "report", schema_report } };
enum { SCHEMA_PARTS = 2, SCHEMA_STEPS = 10 };

/* An empty database without tables. */
static inline DbConfig engine_new(Arena *a, bool pg, const char *topic) {
    return pg ? engine_pg(a, topic) : engine_lite(a);
}

static inline void engine_end(Arena *a, const DbConfig *c, const char *topic) {
    if (c->url)
        engine_pg_drop(a, topic);
    else
        engine_lite_drop(c);
}

static inline Db *engine_bare(const DbConfig *c) {
    Fail f;
    Db *db = db_open_bare(c, &f);
    if (!db) fail_msg("%s", f.log);
    return db;
}

static inline void engine_ok(Db *db, Fail f) {
    if (f.err != OK) fail_msg("%s: %s: %s", f.code, f.log ? f.log : "", db_last_error(db));
}

static inline void engine_exec(Db *db, const char *sql) {
    engine_ok(db, db_exec(db, sql));
}

static inline int64_t engine_int(Db *db, Arena *a, const char *sql) {
    Fail f;
    DbRows *r = db_query(db, a, sql, "", "l", NULL, &f);
    engine_ok(db, f);
    assert_int_equal(r->rows, 1);
    return db_int(r, 0, 0);
}

static inline void engine_migrate(Db *db) {
    engine_ok(db, schema_migrate(db, schema_parts, SCHEMA_PARTS));
}

#endif
