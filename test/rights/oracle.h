/* oracle: who may do what, said once more and in other words than core/table/rights.c, from the row alone.
 *
 *   Somebody may, who holds one of the row's roles at a place that contains the matter's, today; or who is to the
 * matter one of what the row names; but never who is one of `unless`. A strong row wants a second factor. Whoever has
 * signed in is a resident everywhere; `anyone` is everybody. Who could not in any case of this community is turned away
 * before the matter is looked at. Rights come before the matter's state.
 *
 * Somebody who acts for a person may what the row lets them do in another's name, as a resident who reported or follows
 * the matter may; not if they work or worked on it themselves.
 *
 * A new matter is where it will lie. Nothing here calls core's rights. */
#ifndef LINLI_TEST_ORACLE_H
#define LINLI_TEST_ORACLE_H

#include "core/world.h"

typedef struct Who {
    const char *name;
    bool signed_in;
    bool receipt, other_receipt; /* holds the code of this matter, of another one */
    int role;                    /* bit number; -1: none */
    const char *at;              /* where the role is held */
    int64_t from, until;         /* of the role; 0: open */
    Relations is;                /* to the matter; one bit or none */
    bool strong;
    bool acts; /* for somebody, who is `is` to the matter and has the role */
    Relations own; /* what whoever acts is to it themselves */
} Who;

typedef struct Scene {
    const char *community;
    const char *place; /* of the matter */
    int state;         /* -1: there is no such matter */
    int64_t now;
} Scene;

typedef struct Expected {
    int status;
    const char *code; /* NULL: whatever, as long as it is no refusal */
} Expected;

/* What the probe in place of decide answers: the row's rights and states let it through. */
#define PROBE_CODE "probe"

Expected oracle_action(const Action *x, const Who *who, const Scene *s);
Expected oracle_query(const Query *q, const Who *who, const Scene *s);
Expected oracle_call(const Call *c, const Who *who, const Scene *s);

#endif
