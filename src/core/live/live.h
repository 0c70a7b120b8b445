/* live: the feed of changes, GET /events, and what else a screen needs to stay fresh.
 *
 * A frame names a matter and says that it changed; it holds nothing personal. Who gets it is asked of
 * the same function that filters timelines: staff at the matter's place, or a relation to it, or its
 * receipt code. A stream belongs to the session that opened it: its rights are looked up again every
 * LIVE_CHECK_MS, and it ends when the session has ended.
 *
 * Nothing is missed between asking what there was and hearing what comes: see live_open. */
#ifndef LINLI_LIVE_H
#define LINLI_LIVE_H

#include "core/module.h"
#include "core/access/session.h"

enum {
    LIVE_CLIENTS_MAX = 12288,
    LIVE_RESUME_MAX = 1000, /* more missed than this: `event: reset`, and the screen loads anew */
    LIVE_CHECK_MS = 20000,
};

extern const Module module_live;

typedef struct Live Live;

Live *live_new(Arena *a, const World *w, Sessions *sessions);
void live_attach(Live *l, HttpServer *http); /* once it listens; before that nothing is sent */
/* The writer's thread, after the commit: one frame for each event that has its matter. */
void live_publish(Live *l, const Event *events, int n);
/* For HttpConfig. */
bool live_wants(void *client, const void *about);
void live_drop(void *client);
/* On a reader, now and then: whose session is over hears `event: end`, and its stream ends. */
void live_check(Live *l, Db *db, int64_t now);
/* The last seq that was published or loaded for this community. */
int64_t live_seq(Live *l, Str community);

/* ---- inside ---- */
typedef struct LiveRow { /* one change, live or from the table timeline */
    int64_t seq;
    Str matter, type, state, place;
    int64_t at, version;
    Audience audience;
} LiveRow;
void live_frame(Buf *out, const LiveRow *row);
/* Is this change for that actor? m needs community, id, place and the relations that matter. */
bool live_concerns(const Actor *actor, const Matter *m, Audience audience, int64_t now);
Fail live_open(CallCtx *c); /* GET /events */
extern Stmt live_seen_set;
extern Stmt *const live_statements[];

#endif
