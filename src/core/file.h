/* file: pictures, sheets, blanks and voice notes, from upload to download.
 *
 * An upload is work: its row and its parts live until an action has taken the picture, or until
 * they are too old. The phone makes its id, says size and SHA-256, sends parts of PART_BYTES (the
 * last one is shorter) in any order, asks which are there after a broken line, and finishes. Parts
 * rest sealed with the matter's key, like the picture itself. To finish is to join, compare size
 * and hash, and decode in a sandboxed child process (picture.h); what comes back has no metadata,
 * stands upright, has at most PICTURE_SIDE_MAX pixels a side, and a thumbnail beside it. Both are
 * sealed and stored by the hash of the ciphertext.
 *
 * An action takes finished uploads by their ids (F_FILES); the runner puts file_attach's object in
 * the event, and file_apply the row into the state table `file`. Files are read by audience, like
 * the events that they came with.
 *
 * Calls (module_file):
 *     POST /uploads {id, matter, size, sha256, kind?}   -> {id, state, parts, part_bytes, have:[0,2]}
 *     PUT  /uploads/{id}/{part}  raw             -> {id, part}
 *     GET  /uploads/{id}                         -> as POST; when finished also type, width, height
 *     POST /uploads/{id}/finish                  -> {id, state, type, width, height}; always the same
 *     GET  /files/{matter}/{file}[/thumb]        -> the picture, with an ETag by content
 *
 * Whoever was signed in when making an upload alone may go on with it, to everybody else it is
 * not_found. One made without signing in goes with its id, which only its phone knows: on a bus the
 * address changes, the upload must not end.
 *
 * Refusals: too_large (size over 12 MB), client_id_reused (another upload has this id),
 * too_many_uploads, not_found, part_out_of_range (limit: number of parts), wrong_part_size (limit:
 * bytes expected), upload_finished (a part after finish), parts_missing (field names the first),
 * hash_mismatch (parts are kept), not_a_picture, picture_broken, picture_too_large (limit: pixels),
 * picture_sandbox (the server can't decode safely here), matter_erased, busy. */
#ifndef LINLI_FILE_H
#define LINLI_FILE_H

#include "core/action.h"
#include "core/serve/later.h"
#include "core/seal.h"
#include "store/blob.h"

enum {
    FILE_BYTES_MAX = 12 * 1024 * 1024,
    VOICE_BYTES_MAX = 2 * 1024 * 1024,
    PART_BYTES = 1024 * 1024,
    FILE_PARTS_MAX = FILE_BYTES_MAX / PART_BYTES,
};

/* An inspector's blank, the only office file that is kept as it came. */
#define FILE_XLSX "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

extern const Module module_file;

/* The bytes of a file that an event of this matter took. Whether the actor may have them, the caller has asked. */
Fail file_bytes(CallCtx *c, Str matter, Str file, Str *bytes) MUST_USE;

/* ---- the runner's side ---- */
/* ($1 community, $2 upload id) -> "sss": file JSON ("" until finished), matter, state ("open",
 * "finished", "erased"). */
extern Stmt file_upload_load;
/* type: "image/" or "audio/": what the field takes (ERR_INVALID wrong_kind).
 * *out: {"id","hash","thumb","type","width","height","bytes","sha256" (of what a download gives)} as it goes into the
 * event.
 * ERR_INVALID file_missing (also when it is another matter's), file_not_finished; the caller fills
 * in the field. */
Fail file_attach(Arena *a, const DbRows *upload, Str matter, const char *type, json_t **out) MUST_USE;
/* The same file in a second event of its matter: seen by whoever may see one of them. */
void file_apply(Apply *a, const Matter *m, const Event *e, const json_t *file, Audience audience);
/* When the matter's key is destroyed: its rows go, and (live, not in replay) its blobs and uploads
 * are marked for the sweeper, which finds them after the commit. */
void file_erase(Apply *a, const Matter *m, const Event *e);

/* ---- from one community to another: on the writer, in a transaction (core/serve/message.h) ---- */
typedef struct FileCarry {
    Blobs *blobs; /* NULL: it stays behind */
    const Seals *seals;
    KeyCache *keys;
    Str from, from_matter, to, to_matter;
    const json_t *file; /* as it stands in the sender's event */
    Str message;        /* the new upload's id is made of it, so that a repeat makes none */
    int64_t now;
    Str id;             /* out: an upload of to_matter, finished; "" if it stays behind */
} FileCarry;
Fail file_carry(FileCarry *c, Arena *a, Db *db) MUST_USE;

/* ---- a file of the house's own, which nobody sent and nobody need check: for the demo ---- */
typedef struct FileLaid {
    Blobs *blobs;
    const Seals *seals;
    Str community, matter; /* the matter need not be there yet */
    const char *type;
    Str bytes;
    int width, height;     /* of a picture, small enough to be its own thumbnail; 0 of a voice note */
    int seconds;
    int64_t now;
    Str id;                /* out: an upload of that matter, finished */
} FileLaid;
Fail file_lay(FileLaid *l, Arena *a, Db *db) MUST_USE;

/* ---- the pool that decodes: two threads, a short queue ---- */
typedef struct Files Files;
typedef struct Server Server; /* core/serve/serve.h */
typedef struct FilesConfig {
    const Later *later;
    int threads;         /* 0: 2 */
    int waiting_max;     /* 0: 16; one more is refused with busy */
    const char *exe;     /* program that knows `picture`; NULL: /proc/self/exe */
    const char *command; /* NULL: "picture"; tests plant faults with another */
} FilesConfig;
Files *files_start(Arena *a, const FilesConfig *c, Fail *f) MUST_USE;
/* Finishes what was accepted, then ends its threads. `later` must still work. */
void files_stop(Files *f);

/* ---- pictures that came whole within one request of a protocol that knows no uploads ----
 * The pool decodes them like any upload and lays them down as finished uploads of that matter, which need not be there
 * yet. Then `then`, on the pool's thread: with their ids, or with what the first bad one is (field "media"). Lives in
 * the request's arena, which is the pool's from files_come on, as with files_add (core/serve/later.h). */
enum { CAME_MAX = 9 };
typedef struct FileCame {
    Arena *arena;
    Server *server;
    Blobs *blobs;
    const Seals *seals;
    Str community, matter;
    Str bytes[CAME_MAX];
    int n;
    int64_t now;
    void (*then)(struct FileCame *c, Fail f); /* answers */
    void *self;
    /* out */
    Str ids[CAME_MAX];
    Fail fail;
} FileCame;
Fail files_come(Files *f, FileCame *c) MUST_USE; /* ERR_BUSY: it stays the caller's */

/* ---- the sweeper: on the writer, in a transaction of its own (fits runner_call) ---- */
typedef struct FileSweep {
    Blobs *blobs;
    Str community;
    int64_t now;
    int swept; /* out: blobs removed and uploads dropped; if it is not 0, more may be waiting */
} FileSweep;
/* Removes blobs that nothing names any more, drops uploads without news for two days and finished
 * ones that no action took within a week. At most 100 of each per call. */
Fail file_sweep(void *file_sweep, Db *db) MUST_USE;

/* ---- the hidden subcommand: `linli picture`, for nobody to type ----
 * main() calls it before it opens anything. Reads a picture from stdin, writes the result to
 * stdout. */
int picture_child_main(void);

#endif
