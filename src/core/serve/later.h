/* later: how a call hands its request over to a pool of its own (argon2id, pictures), and how that
 * pool writes and answers. One mechanism for all such pools; the server fills it in once at start
 * and gives it to each of them.
 *
 * The order, for a call's function:
 *     c->taken = true;                             before anybody else can see the request
 *     if (!pool_add(pool, job)) { c->taken = false; return fail(ERR_BUSY, "busy"); }
 *     return FAIL_NONE;                            and touch nothing of the request any more
 * From pool_add on, the request and its arena belong to the pool's thread: it may have answered,
 * and the arena be gone, before pool_add returns. So the server keeps the CallCtx itself outside of
 * the request's arena (on its stack), and looks at nothing but `taken` when the function comes
 * back. What the pool needs of the CallCtx (ticket, seals, blobs, community) it copies before;
 * never c->db, c->keys or anything else that belongs to a thread. */
#ifndef LINLI_LATER_H
#define LINLI_LATER_H

#include "http/http.h"
#include "store/db.h"

typedef struct Later {
    void *server;
    /* Any thread. Queues `run` for the writer's thread, in a transaction of its own: committed if
     * it answers OK, rolled back otherwise. Then, on the same thread, `done` with the outcome, also
     * if the commit failed or `run` was never reached (queue full: ERR_BUSY; stopping). `done`
     * comes exactly once, maybe before on_writer returns, must not block, and is where to answer:
     * what it hears is durable. */
    void (*on_writer)(void *server, Fail (*run)(void *arg, Db *db), void (*done)(void *arg, Fail f),
                      void *arg);
    /* Any thread, exactly once for each request taken. `ticket` is the CallCtx.http of the call
     * (tests: anything that their server knows). Logs the request and ends its arena, in which the
     * reply's body may lie. */
    void (*answer)(void *server, void *ticket, HttpReply *reply);
    /* The same with the problem details of f, as the server words every refusal. */
    void (*refuse)(void *server, void *ticket, Fail f);
} Later;

#endif
