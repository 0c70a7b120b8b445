/* replay: events that were stored become state again, through the fold and apply that made them. Rebuild, verify,
 * import and restore all go this one way. */
#ifndef LINLI_REPLAY_H
#define LINLI_REPLAY_H

#include "core/log/hand.h"
#include "store/db_relay.h"

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

typedef struct Page Page;
typedef struct Replay {
    const World *world;
    Db *store;   /* where the state goes; the caller begins and commits, around replay_write or replay_stop */
    Db *to;      /* the relay to it */
    bool keep;   /* the events themselves too, and the head: import and restore */
    bool first;  /* these events happen now: what a rebuild leaves alone (work, secrets) is written as well */
    ApplySelf self;
    Hand *hand;
    Page *page; /* read, and not folded yet */
    int64_t events;
} Replay;

/* `to` has no matters yet; it belongs to the replay while pages are under way, and is the caller's again after
 * replay_write, replay_save_head or replay_stop. key_db: where the keys of subjects are; may be `to`. */
void replay_init(Replay *r, Arena *a, const World *w, Seals *seals, Db *to, Db *key_db);
/* At most REPLAY_PAGE events of one chain; what does not follow in it is refused at once, what cannot be folded or
 * written with one of the next pages. *bad is the event that was refused, counted from the first of `bytes`: less than
 * 0 when it is of an earlier page (where the store refuses: it, or one soon before). */
Fail replay_page(Replay *r, Chain *chain, const Str *bytes, int n, int *bad) MUST_USE;
/* What is under way or held back of the matters in hand (hand.h): before the state is read, or committed. */
Fail replay_write(Replay *r) MUST_USE;
/* Instead of it, after a failure: rolls the store back. */
void replay_stop(Replay *r);
/* All events after chain->seq that `from` has, and replay_write, in one transaction of the store unless one is open
 * (own: false). Where a stored hash is not that of its bytes: ERR_CONFLICT wrong_hash. */
typedef void ReplaySaid(void *self, int64_t events);
Fail replay_from(Replay *r, Db *from, Chain *chain, bool own, ReplaySaid *said, void *self) MUST_USE;
/* After the last page of a chain when `keep`: writes its head. */
Fail replay_save_head(Replay *r, const Chain *chain) MUST_USE;

#endif
