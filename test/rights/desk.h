/* desk: the server's own steps without sockets. A request goes through core/serve/pipeline.c and core/serve/step_run.c
 * from the session on; this thread is its reader and its writer. The linker hands us http_reply and what is read from a
 * request
 * (--wrap). */
#ifndef LINLI_TEST_DESK_H
#define LINLI_TEST_DESK_H

#include "core/serve/serve_inside.h"

typedef struct Desk {
    Server server;
    Worker worker;
    int64_t asked;
} Desk;

typedef struct Ask {
    HttpMethod method;
    const char *path;    /* "/api/v1/reports" */
    const char *query;   /* "limit=5&state=done", undecoded; NULL for none */
    const char *body;    /* NULL for none */
    const char *receipt; /* Linli-Receipt; NULL for none */
    const char *token;   /* bearer token or, if `cookie`, a session's; NULL: `actor` stands for who was found by one */
    bool cookie;
    const Actor *actor;  /* NULL: nobody */
} Ask;

typedef struct Said {
    int status;
    const char *code; /* of the problem; "" for an answer */
    Str body;
} Said;

void desk_open(Desk *d, Arena *a, const World *w, Db *db, Seals *seals);
void desk_close(Desk *d);
/* Everything of the answer lives in `a`. */
Said desk_ask(Desk *d, Arena *a, const Ask *ask);

#endif
