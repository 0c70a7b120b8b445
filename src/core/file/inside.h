/* What the files of this folder share. */
#ifndef LINLI_FILE_INSIDE_H
#define LINLI_FILE_INSIDE_H

#include "core/call.h"
#include "core/file.h"
#include "core/file/picture.h"

typedef struct FileJob { /* lives in the request's arena; the pool's thread owns it from files_add on */
    struct FileJob *next;
    const Later *later;
    HttpRequest *http;
    Arena *arena;
    Blobs *blobs;
    Str community, upload;
    Key key;
    Str bytes;     /* of the picture as sent */
    Str answer;    /* JSON for the phone */
    Str file;      /* JSON for file_attach */
    const char *exe, *command; /* filled in by the pool */
} FileJob;

bool files_add(FileJob *job); /* false: full, or no pool */

/* upload.c */
Fail upload_make(CallCtx *c), upload_part(CallCtx *c), upload_look(CallCtx *c), upload_finish(CallCtx *c);
extern Stmt *const upload_statements[];
extern const Field upload_fields[];
Fail upload_save_finished(void *file_job, Db *db);
/* download.c */
Fail file_get(CallCtx *c), file_get_thumb(CallCtx *c);

#endif
