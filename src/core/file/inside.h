/* What the files of this folder share. */
#ifndef LINLI_FILE_INSIDE_H
#define LINLI_FILE_INSIDE_H

#include "core/serve/call.h"
#include "core/file.h"
#include "core/file/cage.h"
#include "core/file/picture.h"

/* Parts and blobs are sealed with the matter's key, each bound to what it is. */
Str file_part_domain(Arena *a, Str upload, int64_t part);
Str file_main_domain(Arena *a, Str file);
Str file_thumb_domain(Arena *a, Str file);
bool file_hash_of(Arena *a, Str hex, Hash *h) MUST_USE;

typedef struct FileJob { /* an upload to finish; lives in the request's arena, which is the pool's
                          * from files_add on */
    struct FileJob *next;
    const Later *later;
    HttpRequest *http;
    Arena *arena;
    Blobs *blobs;
    const Seals *seals;
    Str community, upload, matter, sha256;
    int64_t size;
    CageKind kind;
    FileCame *came; /* not one upload: pictures that came whole */
    Key key;
    Hash main, thumb;
    bool stored, has_thumb; /* main, and thumb if it has one, are there */
    Str file;    /* JSON for file_attach */
} FileJob;

/* ERR_BUSY: no room, no pool, or this upload is being finished right now. */
Fail files_add(Files *f, FileJob *job) MUST_USE;

/* ---- upload.c ---- */
extern const Field upload_fields[];
extern Stmt upload_load, upload_add, upload_count, upload_count_open, upload_part_add, upload_parts_load,
    upload_finished;
Fail upload_make(CallCtx *c), upload_part(CallCtx *c), upload_look(CallCtx *c), upload_finish(CallCtx *c);
int64_t upload_parts_of(int64_t size);
int64_t upload_part_bytes(int64_t size, int64_t part);
Str upload_answer(Arena *a, const json_t *file); /* what finishing says */
Fail upload_save_finished(void *file_job, Db *db) MUST_USE;

/* ---- pool.c ---- */
Fail file_picture_refusal(PictureStatus status);
Fail file_store_picture(FileJob *job, const Picture *p) MUST_USE; /* the blobs, and job->file */
void file_let_go(FileJob *job, Fail outcome);

/* ---- carry.c ---- */
extern Stmt *const carry_statements[];
/* The key of a matter that need not be there yet. */
Fail file_key_of(const Seals *seals, Arena *a, Db *db, Str community, Str matter, int64_t now, Key *key) MUST_USE;
/* An upload of that matter that is finished from the start; `file` is its JSON. Sends, does not sync. */
void file_send_finished(Db *db, Arena *a, Str community, Str matter, const json_t *file, int64_t now);

/* ---- came.c ---- */
void came_work(FileCame *c, const FilesConfig *config);

/* ---- download.c ---- */
extern Stmt file_find;
Fail file_get(CallCtx *c), file_get_thumb(CallCtx *c);

#endif
