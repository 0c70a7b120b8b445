/* blob: files by content. DIR/blobs/ab/cdef..., named by the SHA-256 of their (sealed) bytes;
 * written to a temporary name, fsynced, renamed, directory fsynced; the same bytes twice are one
 * file. */
#ifndef LINLI_BLOB_H
#define LINLI_BLOB_H

#include "base/fail.h"

typedef struct Blobs Blobs;
/* Makes DIR/blobs and DIR/blobs/tmp; closed with the arena. */
Blobs *blobs_open(Arena *a, const char *dir, Fail *f) MUST_USE;
Fail blob_put(Blobs *b, Str bytes, Hash *name) MUST_USE; /* durable when it returns OK */
/* Checks the hash (ERR_INTERNAL "blob_damaged"); ERR_NOT_FOUND. */
Fail blob_get(Blobs *b, Arena *a, Hash name, Str *bytes) MUST_USE;
Fail blob_remove(Blobs *b, Hash name) MUST_USE;
bool blob_exists(Blobs *b, Hash name);
/* Parts of an upload in progress, numbered from 0; a part put twice is the last one put. */
Fail blob_part_put(Blobs *b, Str upload, int part, Str bytes) MUST_USE;
Fail blob_parts_join(Blobs *b, Arena *a, Str upload, int parts, Str *bytes) MUST_USE;
void blob_parts_drop(Blobs *b, Str upload);
/* Removes temporary files and parts older than `before_ms`. */
int blobs_sweep(Blobs *b, int64_t before_ms);

#endif
