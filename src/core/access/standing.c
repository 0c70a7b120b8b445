/* What all account calls share: tasks, lockouts, the second factor. */
#include "core/access/signin.h"

#include <sodium.h>

/* ---- tasks ------------------------------------------------------------------------------------------------ */

void reply_json(HttpReply *r, int status, Str json)
{
    r->status = status;
    r->type = "application/json";
    r->body = json;
}

void task_new(Task *t, CallCtx *c, Fail (*work)(Task *t, Db *db))
{
    bool bearer;
    Str token = session_token(c->http, &bearer);
    *t = (Task){ .arena = c->arena, .later = c->later, .ticket = c->http, .sessions = c->sessions, .seals = c->seals,
                 .community = c->community, .actor = c->actor, .token = bearer ? S("") : token, .now = c->now,
                 .work = work };
}

static Fail task_run(void *arg, Db *db)
{
    Task *t = arg;
    t->refusal = FAIL_NONE; /* a second try after a lost connection begins anew */
    return t->work(t, db);
}

static void task_done(void *arg, Fail f)
{
    Task *t = arg;
    if (f.err == OK && t->forget_person.n > 0)
        sessions_forget_person(t->sessions, t->forget_in.n > 0 ? t->forget_in : t->community, t->forget_person);
    if (f.err == OK) f = t->refusal;
    if (f.err != OK)
        t->later->refuse(t->later->server, t->ticket, f);
    else
        t->later->answer(t->later->server, t->ticket, &t->reply);
}

void task_to_writer(Task *t)
{
    t->later->on_writer(t->later->server, task_run, task_done, t);
}

void task_refuse(Task *t, Fail f)
{
    t->later->refuse(t->later->server, t->ticket, f);
}

Fail call_to_writer(CallCtx *c, Task *t)
{
    if (c->later == NULL || c->sessions == NULL) return fail(ERR_BUSY, "busy");
    c->taken = true;
    task_to_writer(t);
    return FAIL_NONE;
}

/* ---- lockout ------------------------------------------------------------------------------------------------ */

bool lock_holds(const Lock *l, int64_t now)
{
    return now < l->until;
}

void lock_miss(Lock *l, int tries_max, int64_t now)
{
    if (lock_holds(l, now)) return;
    int64_t quiet_since = l->until > l->at ? l->until : l->at;
    if (now - quiet_since > LOCK_HOURS_MAX * HOUR_MS) l->tries = l->level = 0;
    l->at = now;
    if (++l->tries < tries_max) return;
    int64_t most = LOCK_HOURS_MAX * HOUR_MS;
    int64_t wait = l->level < 7 ? (LOCK_MINUTES * MINUTE_MS) << l->level : most;
    l->until = now + (wait < most ? wait : most);
    l->level++;
    l->tries = 0;
}

static Stmt lock_get = {
    "ss", "llll", "SELECT tries, level, until_at, missed_at FROM lockout WHERE community = $1 AND key_hash = $2"
};
static Stmt lock_put = { "ssllll", "",
                         "INSERT INTO lockout (community, key_hash, tries, level, until_at, missed_at)"
                         " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (community, key_hash) DO UPDATE SET"
                         " tries = excluded.tries, level = excluded.level, until_at = excluded.until_at,"
                         " missed_at = excluded.missed_at" };
static Stmt lock_drop = { "ss", "", "DELETE FROM lockout WHERE community = $1 AND key_hash = $2" };
static Stmt lock_sweep = { "sl", "",
                           "DELETE FROM lockout WHERE community = $1 AND missed_at < $2 AND until_at < $2" };

Str lock_key(const Seals *s, Arena *a, Str community, const char *kind, Str of)
{
    return seal_lookup(s, a, community, arena_fmt(a, "lock:%s:%.*s", kind, STR_ARG(of)));
}

Fail lock_load(Db *db, Arena *a, Str community, Str key, Lock *l)
{
    Fail f = FAIL_NONE;
    *l = (Lock){ 0 };
    DbRows *r = db_run(db, a, &lock_get, ARGS(TXT(community), TXT(key)), &f);
    if (f.err == OK && r->rows > 0)
        *l = (Lock){ (int)db_int(r, 0, 0), (int)db_int(r, 0, 1), db_int(r, 0, 2), db_int(r, 0, 3) };
    return f;
}

void lock_send_miss(Db *db, Arena *a, Str community, Str key, Lock *l, int tries_max, int64_t now)
{
    lock_miss(l, tries_max, now);
    db_send(db, a, &lock_put,
            ARGS(TXT(community), TXT(key), NUM(l->tries), NUM(l->level), NUM(l->until), NUM(l->at)));
    db_send(db, a, &lock_sweep, ARGS(TXT(community), NUM(now - LOCK_HOURS_MAX * HOUR_MS))); /* the table stays small */
}

void lock_send_clear(Db *db, Arena *a, Str community, Str key)
{
    db_send(db, a, &lock_drop, ARGS(TXT(community), TXT(key)));
}

/* ---- standing ------------------------------------------------------------------------------------------------- */

static Stmt standing_session = { "sss", "lll",
                                 "SELECT by_code, strong_at, expires_at FROM session"
                                 " WHERE community = $1 AND id = $2 AND person = $3" };
static Stmt standing_credential = { "ss", "sbbl",
                                    "SELECT hash, totp, pending, totp_step FROM credential"
                                    " WHERE community = $1 AND person = $2" };
static Stmt standing_roles = { "ss", "ll",
                               "SELECT starts_at, ends_at FROM role"
                               " WHERE community = $1 AND person = $2 AND role IN ('admin', 'auditor')" };
static Stmt standing_phone = {
    "ss", "s", "SELECT hash FROM person_lookup WHERE community = $1 AND person = $2 AND kind = 'phone'"
};
static Stmt session_strong = { "ssll", "",
                               "UPDATE session SET strong_at = $3, last_seen = $3, expires_at = $4"
                               " WHERE community = $1 AND id = $2" };
static Stmt totp_used = { "ssl", "", "UPDATE credential SET totp_step = $3 WHERE community = $1 AND person = $2" };

Stmt *const standing_statements[] = { &lock_get,       &lock_put,       &lock_drop,      &lock_sweep,
                                      &standing_session, &standing_credential, &standing_roles, &standing_phone,
                                      &session_strong, &totp_used,      NULL };

Fail standing_load(Db *db, Arena *a, const Actor *actor, int64_t now, Standing *s)
{
    DbVal key[] = { TXT(actor->community), TXT(actor->person) };
    DbRows *session = db_send(db, a, &standing_session, ARGS(key[0], TXT(actor->session), key[1]));
    DbRows *credential = db_send(db, a, &standing_credential, key);
    DbRows *roles = db_send(db, a, &standing_roles, key);
    DbRows *phone = db_send(db, a, &standing_phone, key);
    *s = (Standing){ .hash = S(""), .totp = S(""), .pending = S(""), .phone_hash = S("") };
    Fail f = db_sync(db);
    if (f.err != OK) return f;
    s->known = session->rows > 0 && db_int(session, 0, 2) > now;
    s->by_code = s->known && db_int(session, 0, 0) != 0;
    s->strong = s->known && db_int(session, 0, 1) > 0;
    if (credential->rows > 0) {
        s->hash = db_text(credential, 0, 0);
        if (!db_null(credential, 0, 1)) s->totp = db_text(credential, 0, 1);
        if (!db_null(credential, 0, 2)) s->pending = db_text(credential, 0, 2);
        s->totp_step = db_int(credential, 0, 3);
    }
    s->totp_on = s->totp.n > 0;
    for (int i = 0; i < roles->rows; i++) {
        int64_t from = db_int(roles, i, 0), until = db_int(roles, i, 1);
        if (from <= now && (until == 0 || now < until)) s->needs_totp = true;
    }
    s->needs_totp = s->needs_totp && !s->strong;
    if (phone->rows > 0) s->phone_hash = db_text(phone, 0, 0);
    return FAIL_NONE;
}

/* ---- second factor ---------------------------------------------------------------------------------------------- */

static Str totp_subject(Arena *a, Str person)
{
    return arena_fmt(a, "totp:%.*s", STR_ARG(person));
}

Str totp_wrap(const Seals *s, Arena *a, Str community, Str person, const TotpSecret *secret)
{
    static_assert(sizeof secret->b <= sizeof(Key), "the secret travels as a key");
    Key k = { { 0 } };
    memcpy(k.b, secret->b, TOTP_SECRET_BYTES);
    Str wrapped = seal_wrap(s, a, community, totp_subject(a, person), k);
    sodium_memzero(&k, sizeof k);
    return wrapped;
}

bool totp_unwrap(const Seals *s, Arena *a, Str community, Str person, Str wrapped, TotpSecret *secret)
{
    Key k;
    if (wrapped.n == 0 || !seal_unwrap(s, community, totp_subject(a, person), wrapped, &k)) return false;
    memcpy(secret->b, k.b, TOTP_SECRET_BYTES);
    sodium_memzero(&k, sizeof k);
    return true;
}

Fail totp_try(Task *t, Db *db, Str wrapped, int64_t last_step, Str typed, int64_t *matched_step)
{
    Arena *a = t->arena;
    Str community = t->actor->community, person = t->actor->person;
    Str key = lock_key(t->seals, a, community, "totp", person);
    TotpSecret secret;
    Lock lock;
    *matched_step = 0;
    Fail f = lock_load(db, a, community, key, &lock);
    if (f.err != OK) return f;
    if (!totp_unwrap(t->seals, a, community, person, wrapped, &secret)) {
        t->refusal = fail(ERR_CONFLICT, "totp_not_enrolled");
        return FAIL_NONE;
    }
    int64_t step = totp_match(&secret, typed, t->now, last_step);
    sodium_memzero(&secret, sizeof secret);
    if (step <= 0 || lock_holds(&lock, t->now)) {
        if (step <= 0) lock_send_miss(db, a, community, key, &lock, LOCK_TRIES_ACCOUNT, t->now);
        t->refusal = fail_field(ERR_FORBIDDEN, "wrong_code", "code", 0);
        return db_sync(db);
    }
    *matched_step = step;
    lock_send_clear(db, a, community, key);
    db_send(db, a, &totp_used, ARGS(TXT(community), TXT(person), NUM(step)));
    return FAIL_NONE;
}

void session_send_strong(Db *db, Arena *a, const Actor *actor, int64_t now)
{
    db_send(db, a, &session_strong,
            ARGS(TXT(actor->community), TXT(actor->session), NUM(now), NUM(session_expiry(now, now, now))));
}

Str signin_code_hash(const Seals *s, Arena *a, Str community, Str typed)
{
    return seal_lookup(s, a, community, arena_fmt(a, "code:%.*s", STR_ARG(base32_normal(a, typed))));
}
