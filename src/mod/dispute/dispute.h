/* dispute, inside: states, what its matter's data holds, and what its files share.
 *
 * data: {"subject", "parties":[{"id","side","kind","role","name","phone","agent","account","consent"}],
 *   "mediator","helper", "sessions":[{"id","kind","room","from","until","who":[{"party"}],"others":[{"whom"}],"state",
 *   "came",..}], "offers":[{"id","party","text","amount_fen","answers":[{"party","accepted"}]}],
 *   "promises":[{"id","origin":"guarantee|agreement","party","to","what","text","amount_fen","by","until","recurrence",
 *   "state":"open|done|kept|called|replaced","overdue","edition"}], the one that was called on first,
 *   "agreement":{"edition","salt","hash","text":{..},"signed":[{"party","at","how","by"}],"sealed_at","sealed_by"},
 *   "confirmation":{"until","how","state","court"}, "next_visit_at","visit_overdue",
 *   "escalation":{"to","answer_by","overdue"}, "recurred","guarantee"}
 * Money is fen, shares are hundredths of a per cent. A row with "seen_by" is shown to that audience alone. */
#ifndef LINLI_MOD_DISPUTE_H
#define LINLI_MOD_DISPUTE_H

#include "core/module.h"

enum {
    APPLIED,   /* asked for; nobody mediates it yet */
    MEDIATING,
    SIGNING,   /* a text lies on the table */
    EFFECTIVE, /* signed by all and sealed; being performed */
    KEPT,
    ENDED,     /* without agreement, or withdrawn */
    ESCALATED, /* gone up, with a clock on the answer */
};
#define OPEN (ST(APPLIED) | ST(MEDIATING) | ST(SIGNING) | ST(EFFECTIVE) | ST(ESCALATED))

enum {
    PARTIES_MAX = SIDES_MAX,
    SESSIONS_MAX = 60,
    OFFERS_MAX = 60,
    PROMISES_MAX = 60,
    PERFORMANCE_MAX = 24,
    SHARES_WHOLE = 10000,   /* 100 % */
    CONFIRM_DAYS = 30,      /* People's Mediation Law, article 33: of taking effect */
    VISIT_WORKING_DAYS = 3, /* to the next return visit, unless the visitor says when */
};

/* parties.c */
DecideFn dispute_create_decide, dispute_add_party_decide, dispute_link_decide, dispute_accept_decide,
    dispute_assign_decide, dispute_consent_decide;
FoldFn dispute_create_fold, dispute_add_party_fold, dispute_link_fold, dispute_accept_fold, dispute_assign_fold,
    dispute_consent_fold;
extern Read dispute_link_reads[], dispute_assign_reads[];
json_t *dispute_row(const Matter *m, const char *list, Str id); /* NULL: there is none */
bool dispute_mediates(const Decide *d);
Fail dispute_known_party(const Decide *d, Str party, const char *field) MUST_USE;
/* A mediator writes down for each of them; a party only for itself. */
Fail dispute_speaks_for(const Decide *d, Str party, const char *field) MUST_USE;
Audience dispute_side(const Matter *m, Str party);
void dispute_append(Matter *m, const char *list, json_t *row);
/* Copies the named members ("a b c") of the event's data. */
void dispute_take(json_t *to, const json_t *from, const char *names);
Fail dispute_not_later(const Decide *d, const char *field) MUST_USE; /* what has happened lies not ahead */

/* talks.c */
DecideFn dispute_contact_decide, dispute_evidence_decide, dispute_at_decide, dispute_invite_decide,
    dispute_hold_decide, dispute_cancel_decide, dispute_offer_decide,
    dispute_answer_offer_decide;
FoldFn dispute_invite_fold, dispute_hold_fold, dispute_cancel_fold, dispute_offer_fold, dispute_answer_offer_fold;
extern Read dispute_invite_reads[];

/* agreement.c */
DecideFn dispute_draft_decide, dispute_sign_decide, dispute_seal_decide, dispute_confirmation_decide;
FoldFn dispute_draft_fold, dispute_sign_fold, dispute_seal_fold, dispute_confirmation_fold;
/* Of one edition's text, members in their order. */
Str dispute_text_hash(Arena *a, Str matter, int64_t edition, Str salt, const json_t *text);

/* promises.c */
DecideFn dispute_commit_decide, dispute_perform_decide, dispute_receive_decide, dispute_return_visit_decide,
    dispute_recur_decide, dispute_escalate_decide,
    dispute_answer_decide, dispute_end_decide, dispute_fall_due_decide;
FoldFn dispute_commit_fold, dispute_perform_fold, dispute_receive_fold, dispute_return_visit_fold,
    dispute_recur_fold, dispute_escalate_fold, dispute_answer_fold, dispute_end_fold,
    dispute_fall_due_fold, dispute_erase_fold;
void dispute_set_due(Matter *m);
void dispute_put_visit(Decide *d); /* when the next return visit is due, with how it was counted */
void dispute_promise(Matter *m, const Event *e, Str id, const char *origin, const json_t *from);
int64_t dispute_unkept(const Matter *m);

/* lists.c */
ApplyFn dispute_apply, dispute_contact_apply, dispute_session_apply, dispute_draft_apply, dispute_seal_apply;
extern const Query dispute_queries[];
extern Stmt *const dispute_statements[];

/* paper.c */
extern Stmt *const dispute_paper_statements[];
Fail dispute_agreement_run(CallCtx *c), dispute_application_run(CallCtx *c), dispute_dossier_run(CallCtx *c);

#endif
