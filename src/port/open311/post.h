/* post: what comes in. A form is read, its key opened, a command made, its photos looked at, and the answer given when
 * all is durable. Lives in the request's arena. */
#ifndef LINLI_PORT_OPEN311_POST_H
#define LINLI_PORT_OPEN311_POST_H

#include "core/file.h"
#include "http/form.h"
#include "port/open311/open311.h"

enum {
    POST_BYTES_MAX = 16 * 1024 * 1024, /* of one request, photos and all */
    POST_TEXT_MAX = 4000,              /* characters of a description */
    POST_PER_HOUR = 120,               /* of a key that has no limit of its own */
};

typedef struct Post {
    Ask ask;                 /* its c is gone once the call has returned */
    const Later *later;
    Server *server;
    HttpRequest *http;
    Arena *arena;
    Form form;
    Command command;
    CommandRow row;
    FileCame came;
    void (*put)(struct Post *p, Out *o); /* what is said when it is done */
} Post;

/* Form, key, quota, community. ERR_SIGN_IN without a key, ERR_FORBIDDEN with one that opens nothing. */
Fail post_begin(CallCtx *c, Post *p) MUST_USE;
Str post_value(const Post *p, const char *name); /* "" if absent or empty */
/* Which command; its input is the caller's to fill. `same` makes the same command of the same posting; "": each posting
 * is another, unless an Idempotency-Key came with it. */
void post_command(Post *p, const char *type, Str same);
Str post_hash(const Post *p); /* of all that was posted but the key */
Fail post_texts(const Post *p) MUST_USE; /* nothing stands twice, no markup in the description */
/* Hands it over: c is taken where it answers OK. */
Fail post_go(CallCtx *c, Post *p) MUST_USE;

extern Stmt *const post_statements[];

#endif
