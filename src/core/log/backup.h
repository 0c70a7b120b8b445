/* backup: a copy of everything but the keys' key, made while others write; and back.
 *
 *     TO/manifest.json       one line of JSON, then its SHA-256; written last, so it names a whole backup or none
 *     TO/STAMP/linli.db      SQLite, whichever engine was copied: PostgreSQL's tables are copied out of one snapshot
 *     TO/STAMP/erasures      the list of erasures as it was
 *     TO/blobs/ab/cdef...    sealed files by hash; what is there already is not copied again
 *
 * The key file is never in it. By class: log, secret and work are carried over; state is made again from the log when
 * restoring, and must give the digest that the manifest names. */
#ifndef LINLI_BACKUP_H
#define LINLI_BACKUP_H

#include "core/log/log.h"

typedef struct Backup {
    const World *world;
    DbConfig live;            /* to copy; restore: to fill, empty */
    const char *data;         /* folder with blobs */
    const char *erasures;     /* file; NULL: none (restore: the operator says there were none) */
    const char *folder;       /* of the backup */
    Seals *seals;             /* restore */
    Progress progress;
    /* out */
    int64_t events, blobs_new, blobs_kept, erased, revoked;
    Str heads;                /* "community seq hash" lines */
    Hash digest;
} Backup;

/* ERR_CONFLICT log_not_whole, blob_missing (field: its hash), backup_running. The backup before stays until this one
 * is whole. */
Fail backup_make(Backup *b, Arena *a) MUST_USE;
/* Into an empty store and folder, in one transaction. ERR_CONFLICT: not_empty, backup_damaged (manifest or database),
 * blob_damaged, blob_missing, other_key_file, heads_differ, digest_differs, and what replay refuses. */
Fail backup_restore(Backup *b, Arena *a) MUST_USE;

/* ---- shared by backup.c and restore.c ---- */
typedef struct Manifest {
    Str stamp, sha256, shape, digest, heads;
    int64_t at, events;
} Manifest;
Fail manifest_read(Arena *a, const char *folder, Manifest *m) MUST_USE;
/* The text of a manifest: one line of JSON and its hash. Any bytes; ERR_CONFLICT backup_damaged. */
Fail manifest_parse(Arena *a, Str text, Manifest *m) MUST_USE;
Fail table_copy(Arena *a, Db *from, Db *to, const Table *t) MUST_USE;
Fail file_sha256(Arena *a, const char *path, Str *hex) MUST_USE;
/* Every blob that state and finished uploads name, each once per name. */
typedef Fail BlobFn(void *self, Hash name);
Fail blobs_named(Arena *a, Db *db, BlobFn *fn, void *self) MUST_USE;

#endif
