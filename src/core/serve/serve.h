/* serve: the server. HTTP on one side, one writer and a few readers on the other, bounded queues
 * between them.
 *
 * A request goes through one array of steps (pipeline.c): parse, route, session, rate, authorize,
 * validate, run, reply, log. It begins on a loop, which never touches the store; a step that needs it
 * moves the request to a reader or to the writer and goes on there. The writer takes what is waiting,
 * at most 128 at once, as one group commit. Nothing is answered before it is durable. */
#ifndef LINLI_SERVE_H
#define LINLI_SERVE_H

#include "core/serve/call.h"
#include "core/serve/later.h"
#include "core/live/live.h"
#include "core/serve/metrics.h"
#include "core/outbox.h"
#include "core/access/session.h"
#include "http/static.h"

enum { SERVE_READERS_MAX = 16 };

typedef struct ServeConfig {
    const World *world;
    DbConfig db;          /* read_ms_max is set here */
    const char *dir;      /* blobs lie under it */
    Seals *seals;
    Str community;        /* the default; "": the first there is */
    const char *address;
    int port;             /* 0: any free one */
    int loops;            /* 0: one per core; HTTP_LOOPS_MAX at most */
    int readers;          /* 0: 2; SERVE_READERS_MAX at most */
    struct Tls *tls;      /* NULL: plain HTTP; must outlive the server */
    HttpNet proxies[HTTP_PROXIES_MAX];
    int n_proxies;
    int connections_per_address;                    /* 0: http's default */
    int requests_per_address, requests_per_account; /* a minute; 0: 12,000 and 1,200 */
    int writer_waiting_max, reader_waiting_max; /* 0: 1024 */
    const char *public_url; /* NULL: from the request */
    OutboxConfig outbox;
    const Asset *assets;  /* sorted by path */
    int n_assets;
} ServeConfig;

/* Opens the store (which has been migrated), starts the threads, then listens. Lives until
 * server_stop; its memory is the arena's. */
Server *server_start(Arena *a, const ServeConfig *c, Fail *f) MUST_USE;
int server_port(const Server *s);
bool server_lives(const Server *s); /* the writer has shown a sign of life in the last ten minutes */
/* Stops accepting, finishes what was accepted (at most wait_ms for those who are slow to read),
 * ends the threads, closes the store. */
void server_stop(Server *s, int wait_ms);

/* Any thread but the server's own: runs one command with the others and waits until it is durable;
 * results are in the command. ERR_BUSY when the queue is full. */
Fail serve_submit(Server *s, Command *command) MUST_USE;
/* Any thread, and does not wait: the command runs with the others, then `done` on the writer's thread (or at once, with
 * ERR_BUSY, where the queue is full), exactly once. For calls that were taken and answer when it is durable. */
void serve_command(Server *s, Command *command, void (*done)(void *arg, Fail f), void *arg);
/* The writer's thread, outside any transaction: nothing else writes while fn runs. Afterwards it has forgotten what it
 * had in memory of the store. */
Fail serve_alone(Server *s, Fail (*fn)(void *self, Db *db), void *self) MUST_USE;
/* The same for a function in a transaction of its own on the writer's connection. */
Fail serve_call(Server *s, Fail (*fn)(void *self, Db *db), void *self) MUST_USE;

/* ---- what is no row of the table (pages.c); the OpenAPI document names them too ---- */
typedef struct Page {
    const char *name, *path, *type, *what;
    void (*answer)(Server *s, HttpRequest *rq, HttpReply *r);
} Page;
extern const Page server_pages[]; /* ends with {0} */

/* ---- for calls ---- */
Live *server_live(Server *s);
Str server_push_key(const Server *s); /* OutboxConfig.push_key */
void server_outbox_news(Server *s, Str community); /* something waits to be sent */
void server_messages_look(Server *s, Str community); /* on the writer: a message to another community may wait */
typedef struct Documents Documents; /* core/model/model.h */
const Documents *server_documents(const Server *s);
/* A call that answers with a stream says so before http_stream: the request is logged and counted. */
void server_streaming(Server *s, HttpRequest *rq);

/* What an actor of anywhere is in this community: roles at places that neither contain it nor lie
 * in it are left out. */
void actor_within(Arena *a, Actor *actor, Str community);
extern Stmt *const server_statements[]; /* ends with NULL; listed by the live module */

#endif
