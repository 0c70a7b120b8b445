/* signin: what the account calls share. Tasks (a call that goes on with the writer and is answered after the commit)
 * and lockouts (wrong tries count per account and per address, whether or not there is such an account). */
#ifndef LINLI_SIGNIN_H
#define LINLI_SIGNIN_H

#include "core/access/session.h"
#include "core/access/totp.h"

/* ---- tasks -------------------------------------------------------------------------------------------------
 * Lives in the request's arena; holds copies of what it needs of the CallCtx. A call fills one in, sets c->taken and
 * gives it to the writer (or first to the password pool), and from then on touches nothing. */
typedef struct Task Task;
struct Task {
    Arena *arena;
    const Later *later;
    void *ticket;
    Sessions *sessions;
    const Seals *seals;
    Str community;
    const Actor *actor;
    Str token;         /* the cookie's, "" if there is none */
    int64_t now;
    /* On the writer, in its transaction. A Fail rolls it back. A refusal whose writes must stay (a wrong try was
     * counted) is put into `refusal` instead. */
    Fail (*work)(Task *t, Db *db);
    Fail refusal;
    HttpReply reply;   /* status 0: 200, or 204 without body */
    Str forget_person; /* after the commit, in the session cache; "" for nobody */
    Str forget_in;     /* community of that person; "" means the task's */
};
/* Fills in a Task that is the first member of a larger object. */
void task_new(Task *t, CallCtx *c, Fail (*work)(Task *t, Db *db));
void task_to_writer(Task *t);      /* answers or refuses when the outcome is durable */
void task_refuse(Task *t, Fail f); /* at once */
Fail call_to_writer(CallCtx *c, Task *t); /* taken = true and task_to_writer; ERR_BUSY where there is no Later */
void reply_json(HttpReply *r, int status, Str json);

/* ---- lockout ------------------------------------------------------------------------------------------------
 * By password, wrong tries count for the network that they come from, for the account from that network, and for the
 * account from everywhere; from a browser that has signed in to this account before (known.c), for that browser alone.
 * So nobody who merely knows a phone number keeps its owner out. */
enum {
    LOCK_TRIES_ACCOUNT = 5,   /* per account and network, or per known browser */
    LOCK_TRIES_EVERYWHERE = 50, /* per account, from networks and browsers that it does not know */
    /* An address is often a whole village behind one mobile gateway: it gets more tries than an account. */
    LOCK_TRIES_ADDRESS = 25,
    LOCK_MINUTES = 15,    /* the first time; doubles each time */
    LOCK_HOURS_MAX = 24,
};
typedef struct Lock {
    int tries, level;
    int64_t until, at; /* at: last wrong try; after LOCK_HOURS_MAX of quiet all is forgotten */
} Lock;
bool lock_holds(const Lock *l, int64_t now);
void lock_miss(Lock *l, int tries_max, int64_t now); /* counts nothing while it holds */

/* Keys are blinded: the table names neither phone nor address. kind: "account" (phone and network), "everywhere",
 * "known", "address", "totp", "password". */
Str lock_key(const Seals *s, Arena *a, Str community, const char *kind, Str of);
Fail lock_load(Db *db, Arena *a, Str community, Str key, Lock *l) MUST_USE;
void lock_send_miss(Db *db, Arena *a, Str community, Str key, Lock *l, int tries_max, int64_t now);
void lock_send_clear(Db *db, Arena *a, Str community, Str key);

/* ---- browsers that signed in before (known.c) ---- */
enum { KNOWN_DAYS = 180 };
/* The cookie's proof that belongs to this person, "" if it has none. person "" does the same work. */
Str known_proof(const Seals *s, Arena *a, Str community, Str person, Str cookie, int64_t now);
/* The cookie's new value: a fresh proof for this person, then what it held for others, four in all. */
Str known_add(const Seals *s, Arena *a, Str community, Str person, Str cookie, int64_t now);

/* ---- who is this session (account calls ask this themselves: a program's token is no session) ---- */
typedef struct Standing {
    bool known;        /* a person's live session */
    bool by_code, strong;
    bool totp_on;      /* a second factor is enrolled */
    bool needs_totp;   /* holds a role that counts only with one */
    Str hash;          /* of the password, "" for none */
    Str totp, pending; /* wrapped, "" for none */
    int64_t totp_step; /* last used */
    Str phone_hash;    /* look-up hash of the phone number, "" for none */
} Standing;
Fail standing_load(Db *db, Arena *a, const Actor *actor, int64_t now, Standing *s) MUST_USE;
/* Wrapped secrets; subject "totp:<person>". */
Str totp_wrap(const Seals *s, Arena *a, Str community, Str person, const TotpSecret *secret);
bool totp_unwrap(const Seals *s, Arena *a, Str community, Str person, Str wrapped, TotpSecret *secret) MUST_USE;
/* One try with the second factor, on the writer: counts misses, refuses replays; *matched_step > 0 if it held. With a
 * lock in force the answer is the same as for a wrong code. */
Fail totp_try(Task *t, Db *db, Str wrapped, int64_t last_step, Str typed, int64_t *matched_step) MUST_USE;
void session_send_strong(Db *db, Arena *a, const Actor *actor, int64_t now); /* the session now has a second factor */

/* What one-time codes are stored as. `typed` may have blanks, dashes, lower case. */
Str signin_code_hash(const Seals *s, Arena *a, Str community, Str typed);

/* Call functions for the rows in core/person/person.c. */
Fail signin_start(CallCtx *c);    /* POST /sessions */
Fail signin_totp(CallCtx *c);     /* POST /sessions/totp */
Fail signin_whoami(CallCtx *c);   /* GET /session */
Fail signin_out(CallCtx *c);      /* DELETE /session */
Fail signin_out_all(CallCtx *c);  /* DELETE /sessions */

extern Stmt *const signin_statements[]; /* ends with NULL */
extern Stmt *const standing_statements[];

#endif
