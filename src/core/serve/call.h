/* call: what a Call row's function sees. */
#ifndef LINLI_CALL_H
#define LINLI_CALL_H

#include "core/run.h"
#include "core/seal.h"
#include "store/blob.h"

typedef struct Server Server; /* core/serve/serve.h */
typedef struct Later Later;   /* core/serve/later.h */
typedef struct Files Files;   /* core/file.h */
typedef struct Sessions Sessions; /* core/access/session.h */
typedef struct Glances Glances;   /* core/access/glance.h */

struct CallCtx {
    Arena *arena;
    const World *world;
    Server *server;       /* NULL in tests that need none */
    const Later *later;   /* for calls that answer from a pool of their own; NULL where there is none */
    Files *files;
    Sessions *sessions;   /* NULL in tests that need none */
    Seals *seals;
    KeyCache *keys;
    Blobs *blobs;
    Glances *glances;     /* NULL in tests that need none */
    Runner *runner;       /* rows that are ON_RUNNER; NULL elsewhere */
    Db *db;               /* reader or writer, by the row's `on`; inside a transaction on the writer */
    const Call *call;
    Str community;
    Actor *actor;
    Str args[PATH_ARGS_MAX];
    json_t *input;        /* validated; NULL when the row has no fields */
    Str body;             /* raw rows */
    Str query;
    Str address;
    HttpRequest *http;    /* for headers; NULL when called without HTTP */
    int64_t now;
    /* out */
    HttpReply reply;      /* status 0: 200, or 204 without body */
    Fail stored;          /* ON_RUNNER: what the store did not take of its commands */
    bool taken;           /* the call answered (or will) by itself: streams, argon2id pool */
};

/* Before anything is loaded: could this actor ever do or ask what the row is for? */
Fail row_may(const Row *row, const Actor *actor, int64_t now) MUST_USE;

Str call_arg(const CallCtx *c, int i);
/* Where people reach this server: as the operator said, else by the request's Host; "" if neither can be. */
Str call_base_url(const CallCtx *c);
/* One of `limit` per `period_ms` for whoever this names, at most 64 bytes of it; ERR_TOO_MANY rate_limited with
 * retry_s. In memory only: a restart forgives. */
Fail call_rate(const CallCtx *c, Str who, const char *bucket, int limit, int64_t period_ms) MUST_USE;
/* A protocol's own way to name the community: is it here? */
bool call_community_known(const CallCtx *c, Str code);
/* On a reader: the matter as this actor's view of it answers, for papers that print no more than their reader may
 * see. A look by somebody who has nothing to do with it is noted. Fails as the view does. */
Fail call_view(CallCtx *c, const Module *m, const char *query, Str matter, json_t **view) MUST_USE;
void call_json(CallCtx *c, Str json); /* reply body, application/json */
bool call_param(const CallCtx *c, const char *name, Str *value);
/* The same, checked as the field says; an empty text where it may be left out and is. */
Fail call_value(const CallCtx *c, const Field *f, DbVal *value) MUST_USE;
/* In which language a paper or a text is wanted: "zh", "bo" or "en" by ?language=, else as the asking person chose for
 * themselves, else zh. Lives in the request's arena. Asks the store. */
Fail call_language(CallCtx *c, const char **language) MUST_USE;

#endif
