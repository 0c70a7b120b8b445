/* report, inside: states, and what the three files share. */
#ifndef LINLI_MOD_REPORT_H
#define LINLI_MOD_REPORT_H

#include "core/module.h"

enum {
    COLLECTED,  /* sent by a resident or officer; nobody has looked yet */
    REGISTERED, /* taken on; the clock of its category runs */
    DISPATCHED, /* given to somebody */
    HANDLING,   /* who accepted it */
    DONE,       /* the handler says so */
    VERIFIED,   /* somebody else has seen it */
    CLOSED,
    REFUSED,
    WITHDRAWN,
};
#define AT_WORK (ST(REGISTERED) | ST(DISPATCHED) | ST(HANDLING))
#define OPEN (ST(COLLECTED) | AT_WORK | ST(DONE) | ST(VERIFIED))

/* rules.c */
DecideFn create_decide, register_decide, dispatch_decide, accept_decide, verify_decide, rate_decide, reopen_decide,
    extend_decide, inherit_decide;
FoldFn create_fold, register_fold, dispatch_fold, accept_fold, return_fold, finish_fold, verify_fold, redo_fold,
    rate_fold, reopen_fold, extend_fold, urge_fold, refuse_fold, escalate_fold, remind_fold, inherit_fold, erase_fold;
/* Reads, in the order of the rows that name them. */
extern Read category_read[], handler_read[];

/* lists.c */
ApplyFn report_apply;
extern const Query report_queries[];
extern const Call report_calls[];
extern Stmt *const report_statements[];

#endif
