/* query: lists and views from their rows. The scope is appended here and nowhere else. */
#ifndef LINLI_QUERY_H
#define LINLI_QUERY_H

#include "core/run.h"
#include "core/seal.h"
#include "store/kept.h"

typedef struct Reading {
    Arena *arena;
    const World *world;
    Db *db;
    Seals *seals;
    KeyCache *keys;
    Kept *kept;   /* results of this thread, for views and `kept` rows; NULL: load them each time */
    int64_t mark; /* of `kept`: the community's commits so far, read before anything is loaded */
    const Module *module;
    const Query *query;
    const Actor *actor;
    Str community;
    Str args[PATH_ARGS_MAX];
    int n_args;
    int64_t now;
    /* out, of views: whose words were opened for somebody who has nothing to do with the matter (access/glance.h);
     * the matter's id if nobody on file reported it. "" if nothing was. */
    Str opened_of;
    void *self; /* of param */
    bool (*param)(void *self, const char *name, Str *value); /* decoded query parameter */
} Reading;

/* Runs the query and prints {"rows":[...],"next":...}, or the object itself for `one` and `view` rows. */
Fail query_answer(Reading *r, Str *json) MUST_USE;
Fail view_answer(Reading *r, Str *json) MUST_USE; /* called by query_answer for view rows */
/* For `logged` queries, inside a transaction on the writer: writes the access rows of what was just read. */
Fail query_log_access(Reading *r, Str subject, Str matter) MUST_USE;

/* Rows to a page, as asked for; ERR_INVALID too_large at `limit`. */
Fail query_limit(Reading *r, int *limit) MUST_USE;

/* Opens a sealed value for this reading ("" when the key is gone). */
Str reading_open(Reading *r, SealedText sealed);

#endif
