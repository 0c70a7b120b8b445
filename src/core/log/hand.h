/* hand: the matters that a replay has in hand. One that may come again soon stays in memory, folded on in place; what
 * the store has of it is written when it is let go of, once for many events (internal.h, Held). */
#ifndef LINLI_HAND_H
#define LINLI_HAND_H

#include "core/internal.h"

enum { IN_HAND_MAX = 8192 }; /* about 6 KB each with its data */

typedef struct InHand {
    Arena *arena; /* in which it lies itself */
    Matter matter;
    Held held;
    const Relation *was; /* the relations that the store has */
    int n_was;
    bool stored;  /* the store has a row of it */
    bool changed; /* and not the one that it should have */
    int64_t used; /* page that needed it last */
    DbRows *row, *relations; /* while it is loaded */
} InHand;

typedef struct Hand Hand;

/* `to` is a store without matters: only what is written through here is ever looked for in it. */
Hand *hand_new(Arena *a, const World *w, Db *to);
/* Begins a page of events of one community. What is too much is let go of, oldest first. */
void hand_page(Hand *k, Apply *a, Str community);
/* Has the matter at hand from the next sync on; its loads are sent into `a`. */
void hand_want(Hand *k, Arena *a, Str id);
/* The matter that was wanted. ERR_INTERNAL: its rows cannot be read. */
Fail hand_get(Hand *k, Str id, InHand **out) MUST_USE;
/* Sends all that was held back; what is in hand stays there. */
void hand_write(Hand *k, Apply *a);

#endif
