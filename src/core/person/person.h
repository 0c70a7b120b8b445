/* person: who is on file. The id of a person's matter is the person's id, and its key is the person's key: erasing it
 * makes everything unreadable that was sealed for this person, everywhere.
 *
 * Whose day this serves: the clerk's, who keeps the file, and everybody's who wants to see, take along or erase what is
 * known about them. It must never score, rank or watch anybody. */
#ifndef LINLI_PERSON_H
#define LINLI_PERSON_H

#include "core/module.h"
#include "core/access/signin.h"

extern const Module module_person;

enum {
    PERSON_ACTIVE,
    PERSON_LEFT,
    PERSON_ERASED,
    PERSON_ROLES_MAX = 16,  /* role rows of one person */
    CODE_CHARS = 10,        /* 50 bits */
    CODE_HOURS = 24,
};

/* ---- for the command line and the demo --------------------------------------------------------------------------- */
typedef struct PersonFirst {
    Str name, phone; /* phone as a person types it; "" for none */
    const char *language; /* NULL: zh */
    Str role;        /* "admin" */
    Str place;       /* "": the community */
} PersonFirst;
enum { PERSON_BOOTSTRAP_COMMANDS = 2 };
/* The commands that put a person on file and give the role, done by the system; run them in this order, the second only
 * if the first held. The person's id is commands[0]->rows[0].matter. */
void person_bootstrap(Arena *a, const World *w, Str community, const PersonFirst *who, int64_t now,
                      Command *commands[PERSON_BOOTSTRAP_COMMANDS]);

/* The rest runs on the writer, inside a transaction (runner_call); afterwards sessions_forget_person. */
Fail account_set_password(Db *db, Arena *a, Str community, Str person, Str hash, int64_t now) MUST_USE;
/* A one-time code (CODE_CHARS characters); the person's earlier ones stop working. `by`: who hands it out. */
Fail account_new_code(Db *db, Arena *a, const Seals *s, Str community, Str person, Str by, int64_t now,
                      Str *code) MUST_USE;
typedef struct TokenNew {
    Str community;
    Str person; /* whom it acts for; "": nobody, it acts under its own id */
    Str name, role, place, by; /* by: who made it */
    int64_t now, expires_at;
    int64_t per_hour; /* reports that it may send through a port; 0: the port's own limit */
    Str acts_as;      /* without a person: the id that it acts under, of the token that it renews; "" for its own */
} TokenNew;
/* A program's bearer token. */
Fail account_new_token(Db *db, Arena *a, const Seals *s, const TokenNew *n, Str *id, Str *token) MUST_USE;
Fail account_drop_totp(Db *db, Arena *a, Str community, Str person, int64_t now) MUST_USE; /* a lost phone */
Fail account_drop_sessions(Db *db, Arena *a, Str community, Str person) MUST_USE;

/* ---- between the files of this folder ------------------------------------------------------------------------------
 */
/* rules.c: pure */
DecideFn person_decide_register, person_decide_update, person_decide_grant, person_decide_revoke, person_decide_card,
    person_decide_leave, person_decide_hand_over, person_decide_bind, person_decide_unbind,
    person_decide_withdraw, person_decide_erase;
FoldFn person_fold_register, person_fold_update, person_fold_grant, person_fold_revoke, person_fold_card,
    person_fold_leave, person_fold_rejoin, person_fold_bind, person_fold_unbind, person_fold_erase;
/* store.c */
ApplyFn person_apply_file, person_apply_grant, person_apply_revoke, person_apply_card, person_apply_leave,
    person_apply_bind, person_apply_unbind, person_apply_erase;
extern Stmt *const person_statements[]; /* ends with NULL, like the others */
/* channel.c */
extern const Field person_mail_fields[], person_push_fields[], person_drop_push_fields[], person_sms_fields[],
    person_webhook_fields[], person_order_fields[], person_quiet_fields[];
DecideFn person_decide_mail, person_decide_add_push, person_decide_drop_push, person_decide_sms, person_decide_webhook,
    person_decide_order, person_decide_quiet;
FoldFn person_fold_mail, person_fold_add_push, person_fold_drop_push, person_fold_sms, person_fold_webhook,
    person_fold_order, person_fold_quiet;
ApplyFn person_apply_mail, person_apply_add_push, person_apply_drop_push, person_apply_sms, person_apply_webhook,
    person_apply_order, person_apply_quiet;
void person_drop_channels(Apply *a, const Event *e);
/* spoken.c: which languages somebody speaks, by their own word */
extern const Field person_spoken_fields[];
DecideFn person_decide_spoken;
FoldFn person_fold_spoken;
ApplyFn person_apply_spoken;
void person_drop_spoken(Apply *a, const Event *e);
extern Stmt *const spoken_statements[];
extern Stmt *const channel_statements[];
/* filter.c */
extern const Field person_keep_filter_fields[], person_drop_filter_fields[];
DecideFn person_decide_keep_filter, person_decide_drop_filter;
FoldFn person_fold_keep_filter, person_fold_drop_filter;
ApplyFn person_apply_keep_filter, person_apply_drop_filter;
void person_drop_filters(Apply *a, const Event *e);
extern Stmt *const filter_statements[];
/* account.c, code.c, own.c: calls */
Fail account_password(CallCtx *c);
Fail account_totp(CallCtx *c);
Fail account_totp_reset(CallCtx *c);
Fail account_code(CallCtx *c);
Fail account_find(CallCtx *c);
Fail account_token_add(CallCtx *c);
Fail account_token_drop(CallCtx *c);
Fail account_token_renew(CallCtx *c);
Fail account_token_list(CallCtx *c);
Fail own_export(CallCtx *c);
Fail own_phone(CallCtx *c);
Fail own_handlers(CallCtx *c);
extern Stmt *const account_statements[], *const code_statements[], *const own_statements[];
/* qr.c: a QR code as SVG, black on white, with a quiet zone; "" if the text is too long. */
Str qr_svg(Arena *a, Str text);
/* The same as side * side characters, row by row, '1' for a dark one; without the quiet zone. */
Str qr_modules(Arena *a, Str text, int *side);

#endif
