/* visit, inside: states, what its matter's data holds, and what its files share. A matter of this kind is one door (or
 * house, or place) that somebody is to visit; each visit there is an event of it, so that whoever stands before the
 * door has all that was said and promised there in one view.
 *
 * data: {"purpose","round","household","building","spot","about","about_kind","about_number","address","near","note",
 *   "officer","checklist","every_days","done","tries","overdue",
 *   "last":{"at","by","result","left"}, "promise":{"text","by","from","at","state":"open|kept|replaced","broken"},
 *   "corrections",
 *   "entries": so many visits were written down; each event says which one it is, data.entry}
 * All that is written is for the household to read: nothing here is for the office alone. */
#ifndef LINLI_MOD_VISIT_H
#define LINLI_MOD_VISIT_H

#include "core/module.h"

enum {
    PLANNED, /* to be visited: once, again, or until a promise is kept */
    DONE,    /* nothing more is due */
    ENDED,   /* taken off the list */
};
enum {
    VISIT_FIRST_WORKING_DAYS = 3, /* until the first visit, unless the plan says when */
    VISIT_AGAIN_WORKING_DAYS = 2, /* after nobody was there */
};

/* rules.c */
DecideFn visit_plan_decide, visit_called_decide, visit_met_decide, visit_nobody_decide, visit_correct_decide,
    visit_assign_decide, visit_change_decide, visit_fall_due_decide, visit_inherit_decide, visit_let_in_decide,
    visit_part_decide;
FoldFn visit_plan_fold, visit_called_fold, visit_met_fold, visit_nobody_fold, visit_correct_fold, visit_assign_fold,
    visit_change_fold, visit_fall_due_fold, visit_inherit_fold, visit_let_in_fold, visit_part_fold, visit_end_fold,
    visit_erase_fold;
extern Read visit_plan_reads[], visit_met_reads[], visit_assign_reads[],
    visit_change_reads[];

/* lists.c */
ApplyFn visit_apply;
extern const Query visit_queries[];
extern Stmt *const visit_statements[];

#endif
