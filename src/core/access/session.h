/* session: who is asking. A person signs in and gets a cookie; a program has a bearer token. Both are
 * "<community>.<base64url of 32 random bytes>"; the store holds only their keyed hash.
 *
 * What the server (core/serve/serve.c) does with this, per request:
 *     bool bearer;
 *     Str token = session_token(rq, &bearer);                      "" if there is none
 *     actor = session_cached(sessions, arena, token, bearer, now)  any thread, no store
 *     if (!actor) actor = session_actor(...)                       on a reader, before anything else of its transaction
 *     a bearer token that gives no actor is 401 sign_in; a cookie that gives none counts as nobody
 *     unless GET or HEAD, a cookie needs session_csrf_holds(..., http_header(rq, "X-CSRF-Token")), else 403 csrf
 * and after each commit sessions_committed(), before anybody is answered, so that a role that was taken away is gone.
 *
 * Nobody acts as ADMIN or AUDITOR without a second factor given in this session: until then these roles are left out of
 * the Actor. GET /session still lists them and says needs_totp. */
#ifndef LINLI_SESSION_H
#define LINLI_SESSION_H

#include "core/serve/call.h"
#include "core/serve/later.h"
#include "core/access/password.h"

enum {
    SESSION_IDLE_DAYS = 30,
    SESSION_DAYS_MAX = 90,
    SESSION_STRONG_HOURS = 12,  /* from the second factor on; then the session is over */
    SESSION_CACHE_MS = 30000,
    SESSION_TOUCH_MS = 3600000, /* last use is written at most once an hour */
    SESSIONS_PER_PERSON_MAX = 20,
    TOKEN_BYTES = 32,
};

typedef struct SessionsConfig {
    const Seals *seals;
    const Later *later;      /* writes last uses; NULL: they are not written (tools) */
    Passwords *passwords;    /* NULL: signing in by password is refused as busy */
    const char *public_url;  /* "https://linli.example.org", for QR codes; NULL: from the request's Host */
    int cache_entries;       /* 0: 2,048, about 2 MB */
} SessionsConfig;

Sessions *sessions_new(Arena *a, const SessionsConfig *c); /* one per process, shared by threads */
/* The call's password job to the pool: what it carries answers when it is done. ERR_BUSY: the pool does not take it. */
Fail call_to_passwords(CallCtx *c, PasswordJob *job) MUST_USE;
const char *sessions_public_url(const Sessions *s); /* NULL if none was given */

/* ---- tokens ---- */
Str session_new_token(Arena *a, Str community);
/* False unless it has the form of a token: 1 to 32 digits or dashes, a dot, 43 characters. */
bool session_token_split(Str token, Str *community) MUST_USE;
Str session_token(const HttpRequest *rq, bool *bearer); /* Authorization: Bearer, else the cookie, else "" */
bool session_csrf_holds(const Sessions *s, Arena *a, Str token, Str sent) MUST_USE; /* constant time */
/* linli=...; Path=/; Secure; HttpOnly; SameSite=Strict */
void session_cookie(Arena *a, HttpReply *reply, Str token);
void session_cookie_drop(HttpReply *reply);
/* linli_known=...: this browser has signed in before (signin.h). It stays when somebody signs out. */
Str session_known(const HttpRequest *rq);
void session_cookie_known(Arena *a, HttpReply *reply, Str value, int days);

/* ---- from token to actor ---- */
/* A copy in the arena; NULL: ask the store. */
Actor *session_cached(Sessions *s, Arena *a, Str token, bool bearer, int64_t now);
/* NULL with f OK: nobody (unknown, over, erased). Two statements, one round trip; fills the cache. */
Actor *session_actor(Sessions *s, Arena *a, Db *db, Str token, bool bearer, int64_t now, Fail *f) MUST_USE;

/* Which bodies a person belongs to, for whoever makes an Actor without a session. */
Fail actor_load_units(Db *db, Arena *a, Str community, Actor *actor) MUST_USE;

/* Drop what the cache knows; whoever is loading at this moment does not put it back. */
void sessions_forget_person(Sessions *s, Str community, Str person);
void sessions_forget_session(Sessions *s, Str community, Str session);
void sessions_forget_all(Sessions *s);
void sessions_committed(Sessions *s, const Event *events, int n);

/* ---- rows of the table `session` (on the writer) ---- */
typedef struct SessionNew {
    Str community, person;
    bool by_code;    /* signed in with a one-time code: may set a password without the old one */
    Str device;      /* public id of the phone, "" if it gave none */
    Str agent;       /* class of browser, see session_agent */
    int64_t now;
} SessionNew;
/* Makes the row and gives the token for the cookie; drops the person's sessions that are over, and the longest unused
 * ones beyond SESSIONS_PER_PERSON_MAX - 1. */
Fail session_create(const Seals *seals, Arena *a, Db *db, const SessionNew *n, Str *token) MUST_USE;
/* "phone", "wechat", "desk", "other": all that is kept of a User-Agent header. */
const char *session_agent(Str user_agent);
int64_t session_expiry(int64_t created_at, int64_t last_seen, int64_t strong_at);

extern Stmt *const session_statements[]; /* ends with NULL; listed by the person module */

#endif
