/* replay: events that were stored become state again, through the fold and apply that made them. Rebuild, verify,
 * import and restore all go this one way. */
#ifndef LINLI_REPLAY_H
#define LINLI_REPLAY_H

#include "core/internal.h"

enum { REPLAY_PAGE = 500 }; /* events per page: what is loaded, folded and written at once */

/* Where a community's chain stands. Its first event follows seq 0 and a hash of zeros. */
typedef struct Chain {
    Str community;
    int64_t seq;
    Hash hash;
} Chain;

/* Moves on by one event. Refusals (ERR_CONFLICT, limit: the seq that was expected): other_community, event_repeated,
 * event_missing, wrong_prev; then the chain stays. */
Fail chain_next(Chain *c, const Event *e) MUST_USE;

typedef struct Replay {
    const World *world;
    Db *to;      /* where the state goes; the caller begins and commits */
    bool keep;   /* the events themselves too, and the head: import and restore */
    bool first;  /* these events happen now: what a rebuild leaves alone (work, secrets) is written as well */
    ApplySelf self;
    int64_t events;
} Replay;

/* key_db: where the keys of subjects are; may be `to`. */
void replay_init(Replay *r, Arena *a, const World *w, Seals *seals, Db *to, Db *key_db);
/* At most REPLAY_PAGE events of one chain. *bad is the index of the event that was refused. */
Fail replay_page(Replay *r, Chain *chain, const Str *bytes, int n, int *bad) MUST_USE;
/* All events after chain->seq that `from` has, each page a transaction of `to` unless one is open (own: false).
 * Where a stored hash is not that of its bytes: ERR_CONFLICT wrong_hash. */
typedef void ReplaySaid(void *self, int64_t events);
Fail replay_from(Replay *r, Db *from, Chain *chain, bool own, ReplaySaid *said, void *self) MUST_USE;
/* After the last page of a chain when `keep`: writes its head. */
void replay_save_head(Replay *r, Arena *a, const Chain *chain);

#endif
