/* report, inside: states, and what its files share. */
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
    MERGED, /* the same thing as another: see data.into */
};
#define PROGRESS (TO_INVOLVED | TO_FOLLOWERS)
#define AT_WORK (ST(REGISTERED) | ST(DISPATCHED) | ST(HANDLING))
#define OPEN (ST(COLLECTED) | AT_WORK | ST(DONE) | ST(VERIFIED))

/* How far up a report has gone: data.level. */
enum { REMINDED = 1, SUPERVISED, ESCALATED };

/* rules.c */
DecideFn create_decide, register_decide, verify_decide, rate_decide, reopen_decide, redo_decide;
FoldFn create_fold, register_fold, finish_fold, verify_fold, redo_fold, rate_fold, reopen_fold, urge_fold, refuse_fold,
    erase_fold;
/* What a report's category says, by the code in the input; the columns by name. */
#define CATEGORY_READ                                                                                                  \
    { .name = "category", .key = "category", .shared = true,                                                           \
      .stmt = { "ss", "lslllsll",                                                                                      \
                "SELECT limit_n, unit, coarsen_m, form_version, retired, form, position, urgent FROM category"         \
                " WHERE community = $1 AND code = $2" } }
enum { CATEGORY_LIMIT, CATEGORY_UNIT, CATEGORY_COARSEN, CATEGORY_FORM_VERSION, CATEGORY_RETIRED, CATEGORY_FORM,
       CATEGORY_POSITION, CATEGORY_URGENT };
/* Reads, in the order of the rows that name them. */
extern Read category_read[];

/* many.c */
DecideFn dispatch_decide, accept_decide, return_decide, whistle_decide, sign_in_decide, sign_off_decide, finish_decide,
    inherit_decide;
FoldFn dispatch_fold, accept_fold, return_fold, whistle_fold, sign_in_fold, sign_off_fold, inherit_fold;
ApplyFn return_apply;
extern Read handler_read[], whistle_reads[], duty_reads[];
extern Stmt *const many_statements[];

/* spot.c, same.c */
DecideFn spot_decide, merge_decide, split_decide, absorb_decide, me_too_decide;
FoldFn spot_fold, merge_fold, split_fold, absorb_fold, release_fold, me_too_fold;
extern Read spot_reads[], merge_reads[], me_too_reads[];
extern Stmt *const same_statements[];
Fail similar_run(CallCtx *c);
/* How alike two reports are. Fields but score and row are the caller's; words: the longest run of signs that both have,
 * "" after scoring when it says nothing. */
typedef struct Alike {
    int64_t score, distance_m, hours;
    bool category;
    Str words;
    int row;
} Alike;
/* At 30 degrees north: 1 m is 90 e7 of latitude and 104 e7 of longitude; near enough anywhere between 20 and 40. */
enum { ALIKE_RADIUS_M = 400, LAT_E7_PER_M = 90, LON_E7_PER_M = 104 };
int64_t report_apart(int64_t east_e7, int64_t north_e7); /* metres */
Str report_common(Str a, Str b);
void report_alike_score(Alike *x); /* 0: too far apart */
void report_put_why(Json *j, const Alike *x);
/* pairs.c */
Fail duplicates_run(CallCtx *c);
extern Stmt *const pairs_statements[];
Fail report_similar(CallCtx *c, int64_t lon_e7, int64_t lat_e7, Str category, Str q); /* both "" if not known */
int64_t spot_roll(Str community, Str matter, Str salt); /* 0 to 9,999 */

Fail report_category_known(const DbRows *category);
void report_put_category(Decide *d, const DbRows *category); /* into the event: what goes on to count of it */
Fail report_find_place(Decide *d);
void report_hand_to(Matter *m, const Event *e, Str to);

/* The grid of the point; a place that was named must lie in this community. */
enum { REPORT_COARSEN_M = 100 }; /* in public, until a category says otherwise */
void report_theirs(Matter *m); /* external.c: the earlier of our due time and theirs */
enum { REPORT_TRIAGE_HOURS = 2 }; /* working hours: a report is looked at within this, whatever it is about */

/* intake.c */
DecideFn create_for_decide, import_decide, withdraw_import_decide, by_program_decide;
FoldFn create_for_fold, import_fold, withdraw_import_fold, by_program_fold;
extern Read caller_reads[], import_reads[];

/* clocks.c */
extern Read up_reads[];
DecideFn pause_decide, resume_decide, ask_extension_decide, extend_decide, deny_extension_decide, remind_decide,
    supervise_decide, escalate_decide, answer_decide;
FoldFn pause_fold, resume_fold, ask_extension_fold, extend_fold, deny_extension_fold, remind_fold, supervise_fold,
    escalate_fold, answer_fold;
void report_put_due(Decide *d, int64_t limit, Unit unit);
void report_due_again(Decide *d);
void report_set_due(Matter *m, const Event *e);
void report_end_pause(Decide *d);
/* With up_reads: when it was redone, or given back by so many, once too often. */
void report_redone_up(Decide *d);
void report_returned_up(Decide *d, size_t by);
void report_fold_level(Matter *m, const Event *e);
/* What of it waits for a word from above: `why` is "" (nothing), extension, disputed (said to be done again after it
 * was not), or data.level_why of what went up. Pure. */
typedef struct Waits {
    Str why;
    int64_t since, until; /* ms; until: the time that is asked for, 0 if none is */
} Waits;
Waits report_waits(const Matter *m);

/* gist.c: what a voice note says, written down by somebody who understood it */
extern const Field gist_fields[];
DecideFn gist_decide;
FoldFn gist_fold;
void report_apply_voice(Apply *a, const Matter *m, const Event *e);
extern Stmt *const gist_statements[];
/* Lists of voice notes without one; "mine" in languages that the reader speaks. */
#define UNHEARD_SELECT                                                                                                 \
    "SELECT m.id, m.number, m.state, m.version, m.place, m.category, m.opened_at, m.due_at, v.language"
#define UNHEARD_FROM                                                                                                   \
    " FROM report_voice v JOIN matter m ON m.community = v.community AND m.id = v.matter"                              \
    " WHERE v.community = $1 AND m.community = $1 AND m.kind = 'report' AND m.closed_at = 0 AND v.gist_at = 0"        \
    " AND v.wanted = 1"
#define UNHEARD_COLUMNS                                                                                                \
    "id:s number:l state:s version:l place:s category:s opened_at:l due_at:l language:s"

/* facts.c */
ApplyFn report_apply_facts;
void report_put_by_staff(Decide *d); /* into the event: whoever did it holds a post here */
extern Stmt *const report_facts_statements[];

/* card.c */
Fail share_run(CallCtx *c);
extern Stmt *const share_statements[];

/* lists.c */
ApplyFn report_apply;
extern const Query report_queries[];
extern const Call report_calls[];
extern Stmt *const report_statements[];

#endif
