/* external: what other systems and other communities know of a report. */
#ifndef LINLI_MOD_REPORT_EXTERNAL_H
#define LINLI_MOD_REPORT_EXTERNAL_H

#include "mod/report/report.h"

/* external.c: numbers and deadlines of other systems */
DecideFn link_decide, unlink_decide, linked_decide, reply_decide, replied_decide;
FoldFn link_fold, unlink_fold, linked_fold, mark_reply_fold, replied_fold;
ApplyFn link_apply, unlink_apply, reply_apply, replied_apply, erase_apply;
extern Read link_reads[], linked_reads[], reply_reads[], replied_reads[];
extern Stmt *const link_statements[];
Fail card_run(CallCtx *c), replies_file_run(CallCtx *c);

/* handover.c: to the street's community or a sister community, and back */
DecideFn hand_over_decide, take_over_decide, answered_decide, not_arrived_decide, come_back_decide;
FoldFn hand_over_fold, take_over_fold, arrived_fold, not_arrived_fold, come_back_fold, answered_fold;
extern Read hand_over_reads[], take_over_reads[];
/* A report that another community handed to us ends here: who handed it over hears why, or what was done. */
Fail report_tell_sender(Decide *d);

#endif
