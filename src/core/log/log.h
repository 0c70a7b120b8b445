/* The log's own tools: is the chain whole, does the state follow from it, make it again, carry it elsewhere.
 * Backup and restore: backup.h. */
#ifndef LINLI_LOG_TOOLS_H
#define LINLI_LOG_TOOLS_H

#include "core/run.h"
#include "core/seal.h"
#include "store/blob.h"

/* What is told on the way; never NULL members: progress_none. */
typedef struct Progress {
    void (*say)(void *self, const char *what, int64_t done, int64_t of); /* of 0: not known */
    void *self;
} Progress;
extern const Progress progress_none;

typedef struct Verdict {
    int64_t events, values, files; /* looked at */
    int faults;
    Str report;   /* a line each, the first 100; log_check gives all of them to `fault` */
    Str heads;    /* one line "community seq hash" each: what to save and give back as `saved` */
    Hash digest;  /* of the live state, when it was compared */
} Verdict;

typedef struct LogCheck {
    const World *world;
    Db *db;          /* a reader in a transaction: one snapshot, writers go on */
    Str saved;       /* heads of an earlier run, "" for none */
    Seals *seals;    /* NULL: the chain only */
    Blobs *blobs;    /* NULL: files are not looked at */
    Db *scratch;     /* empty, of either engine: where the state is made again; NULL: not compared */
    Progress progress;
    void (*fault)(void *self, Str line); /* NULL: `report` is enough */
    void *self;
} LogCheck;

/* Walks every community's chain: numbers without a gap, each event's hash over its bytes, each one's `prev` the hash
 * before it, columns that say what the bytes say, the head at the end. `saved` holds heads from an earlier run: a
 * chain that is now shorter, or has another hash at that number, was cut or rewritten. With seals every sealed value
 * whose key is there must open and give its proof; with scratch every row of state must be the one that the log
 * gives; with blobs every file that the state names must be there and be what its name says. */
Fail log_check(const LogCheck *c, Arena *a, Verdict *out) MUST_USE;
/* The chain only. */
Fail log_verify(Arena *a, const World *w, Db *db, Str saved, Verdict *out) MUST_USE;

/* Every state row that differs is a line: table, key, what is wrong. Returns how many. */
typedef void FaultSaid(void *self, Str line);
Fail log_compare(Arena *a, const World *w, Db *live, Db *made, FaultSaid *said, void *self, Hash *digest) MUST_USE;

typedef struct Rebuilt {
    int64_t events, ms;
    Hash live, again; /* digests of all state tables; equal unless state was changed outside the log */
} Rebuilt;

/* The state made again in a shadow set while others go on writing; then a moment without writers, in which it catches
 * up and takes the place of the live tables in one transaction. Killed at any point, the live tables are as they
 * were, or the new ones. A log that is not whole is refused. */
typedef struct Rebuild Rebuild;
Rebuild *rebuild_begin(Arena *a, const World *w, Seals *seals, const DbConfig *live, Progress p, Fail *f) MUST_USE;
Fail rebuild_make(Rebuild *r, Rebuilt *out) MUST_USE; /* up to a snapshot; digests of both there */
Fail rebuild_catch_up(Rebuild *r) MUST_USE;           /* what was written since */
Fail rebuild_swap(Rebuild *r) MUST_USE;               /* nobody writes now */
void rebuild_end(Rebuild *r);                         /* and the shadow is gone */
/* Removes the shadow that a killed rebuild left: it holds what a later erasure would not reach. */
void rebuild_sweep(Arena *a, const DbConfig *live);

/* All of it at once; without `swap` the live tables stay. No other writer may be running. */
Fail log_rebuild(Arena *a, const World *w, Seals *seals, const DbConfig *live, bool swap, Rebuilt *out) MUST_USE;

/* ---- export and import: JSON lines --------------------------------------------------------------------
 *     {"linli":"export","format":1,"at":ms,"events":N,"keys":N,"shape":hex,"digest":hex,"heads":[...]}
 *     {"key":{"community","subject","wrapped","at"}}     the subjects' keys, wrapped by the key file
 *     {"v":1,...}                                        an event: the very bytes, by community and seq
 *     {"end":{"events":N,"keys":N,"sha256":hex}}         of all bytes before this line
 * Files are not in it: their names are hashes, DIR/blobs is copied beside, as `backup` does. */
enum { EXPORT_FORMAT = 1, EXPORT_LINE_MAX = 4 * 1024 * 1024 };

typedef enum LineKind { LINE_HEADER, LINE_KEY, LINE_EVENT, LINE_END } LineKind;
typedef struct ExportLine {
    LineKind kind;
    json_t *json;           /* header; else NULL */
    Str community, subject, wrapped; /* key */
    int64_t at, events, keys;        /* key: at; end: the others */
    Str sha256;             /* end */
    Str bytes;              /* event */
} ExportLine;
/* One line without its end. ERR_INVALID: line_unknown, format_unknown, key_line, end_line, or json_read's codes. */
Fail export_line_read(Arena *a, Str line, ExportLine *out) MUST_USE;

/* db: a reader in a transaction. to: an open file (FILE *), synced by the caller. */
typedef struct Exported {
    int64_t events, keys;
    Hash digest;
} Exported;
Fail log_export(Arena *a, const World *w, Db *db, void *to, Progress p, Exported *out) MUST_USE;

/* Where an import goes. SQLite: a database beside the live one, made without syncs, that takes its place when it is
 * whole and on the disk; PostgreSQL: the live one. */
typedef struct Fill {
    DbConfig live, config;
    Db *db; /* a writer, migrated */
} Fill;
Fail fill_begin(Fill *x, Arena *a, const World *w, const DbConfig *live) MUST_USE; /* nobody has `live` open */
Fail fill_end(Fill *x, Arena *a, Fail f) MUST_USE; /* OK: in its place; else gone, and f again */
void fill_sweep(Arena *a, const DbConfig *live); /* what a killed import left */

/* Into an empty system: one transaction, so all of it or nothing, also when killed. db: a writer. `from`: FILE *.
 * Refusals name the line: f->field is "line N", f->limit the seq that was expected where there is one. */
typedef struct Imported {
    int64_t events, keys, line;
    Hash digest;
    bool same_shape; /* the export's digest was of the same tables and columns: then it was compared */
} Imported;
Fail log_import(Arena *a, const World *w, Seals *seals, Db *db, void *from, Progress p, Imported *out) MUST_USE;
Fail log_is_empty(Arena *a, Db *db) MUST_USE; /* ERR_CONFLICT not_empty */
Str log_shape(Arena *a, const World *w);      /* hex: names and columns of all state tables */

#endif
