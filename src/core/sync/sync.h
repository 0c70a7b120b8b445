/* sync: what a phone needs that was without signal for hours or weeks. It hands in what was done meanwhile (POST
 * /batch) and is told what changed where its person may look (GET /sync). docs/decisions/offline.md says why so.
 *
 * Batch: each action is a command like any other, with the id that the phone gave it, judged by the rights of now. They
 * run in the order of the list for each matter, different matters side by side. An action that says `after` was done on
 * top of what that earlier one made, and takes its version from there; it is not tried if that one did not come about.
 * `phone_at` is what the clock that it was written by would show while it is sent: that sets its claimed time right.
 *
 * Sync: first the open matters that the person may see, page by page (again: true begins it), then what changed since.
 * What they may not see any more is named in `gone`. The cursor holds the place in the chain with the hash there, and
 * the rights it was made for: where either is not ours any more, the phone is told to begin again. */
#ifndef LINLI_SYNC_H
#define LINLI_SYNC_H

#include "core/module.h"

enum {
    BATCH_ACTIONS_MAX = 50,
    BATCH_BYTES_MAX = 512 * 1024,
    SYNC_SHOWN = 40, /* matters a page; ?limit= up to SYNC_SHOWN_MAX */
    SYNC_SHOWN_MAX = 100,
    SYNC_LOOKED_MAX = 500, /* rows looked at for one page: its price does not hang on the size of the house */
    SYNC_AGAIN_DAYS = 7,   /* a picture older than that is made anew */
};

extern const Module module_sync;

/* ---- inside ---- */
extern Stmt *const batch_statements[], *const delta_statements[];
Fail batch_run(CallCtx *c); /* POST /batch */
Fail delta_run(CallCtx *c); /* GET /sync */

/* JSON text that json_read has taken, without the blanks between its tokens: then json_raw can cut it. */
Str batch_squeeze(Arena *a, Str json);

typedef struct Cursor {
    int64_t begun; /* when its picture was begun, ms */
    int64_t seq;   /* all up to here is known */
    Str chain;     /* first 16 hex digits of the hash there; "" at 0 */
    Str rights;    /* of whom it was made for */
    bool live;     /* the picture is whole: changes from here on */
    int64_t part;  /* else: which kind and state it is at, and the last one looked at there */
    int64_t due_at;
    Str id;
} Cursor;
Str cursor_print(Arena *a, const Cursor *c);
bool cursor_parse(Arena *a, Str text, Cursor *c) MUST_USE;

#endif
