/* Own password and second factor. */
#include "core/person/person.h"

#include <sodium.h>

static Stmt password_put = {
    "sssl", "",
    "INSERT INTO credential (community, person, hash, totp_step, changed_at) VALUES ($1, $2, $3, 0, $4)"
    " ON CONFLICT (community, person) DO UPDATE SET hash = excluded.hash, changed_at = excluded.changed_at"
};
static Stmt totp_pend = {
    "ssbl", "",
    "INSERT INTO credential (community, person, hash, pending, totp_step, changed_at) VALUES ($1, $2, '', $3, 0, $4)"
    " ON CONFLICT (community, person) DO UPDATE SET pending = excluded.pending, changed_at = excluded.changed_at"
};
static Stmt totp_turn_on = { "ssl", "",
                             "UPDATE credential SET totp = pending, pending = NULL, changed_at = $3"
                             " WHERE community = $1 AND person = $2" };
static Stmt totp_drop = { "ssl", "",
                          "UPDATE credential SET totp = NULL, pending = NULL, changed_at = $3"
                          " WHERE community = $1 AND person = $2" };
static Stmt sessions_strong = { "ss", "",
                                "DELETE FROM session WHERE community = $1 AND person = $2 AND strong_at > 0" };
static Stmt sessions_all = { "ss", "", "DELETE FROM session WHERE community = $1 AND person = $2" };
static Stmt sessions_other = { "sss", "", "DELETE FROM session WHERE community = $1 AND person = $2 AND id <> $3" };
static Stmt session_plain = { "ss", "", "UPDATE session SET by_code = 0 WHERE community = $1 AND id = $2" };

Stmt *const account_statements[] = { &password_put, &totp_pend,      &totp_turn_on,  &totp_drop, &sessions_strong,
                                     &sessions_all, &sessions_other, &session_plain, NULL };

/* ---- for the command line ---- */

Fail account_set_password(Db *db, Arena *a, Str community, Str person, Str hash, int64_t now)
{
    db_send(db, a, &password_put, ARGS(TXT(community), TXT(person), TXT(hash), NUM(now)));
    return db_sync(db);
}

/* Sessions that stand on the lost factor end with it. */
Fail account_drop_totp(Db *db, Arena *a, Str community, Str person, int64_t now)
{
    db_send(db, a, &totp_drop, ARGS(TXT(community), TXT(person), NUM(now)));
    db_send(db, a, &sessions_strong, ARGS(TXT(community), TXT(person)));
    return db_sync(db);
}

Fail account_drop_sessions(Db *db, Arena *a, Str community, Str person)
{
    db_send(db, a, &sessions_all, ARGS(TXT(community), TXT(person)));
    return db_sync(db);
}

/* ---- POST /password ---- */

typedef struct SetPassword {
    Task task; /* first */
    PasswordJob job;
} SetPassword;

static Fail password_work(Task *t, Db *db)
{
    SetPassword *s = (SetPassword *)t;
    Arena *a = t->arena;
    Str community = t->actor->community, person = t->actor->person;
    Str key = lock_key(t->seals, a, community, "password", person);
    Standing standing;
    Lock lock;
    Fail f = lock_load(db, a, community, key, &lock);
    if (f.err == OK) f = standing_load(db, a, t->actor, t->now, &standing);
    if (f.err != OK) return f;
    if (!standing.known) return fail(ERR_SIGN_IN, "sign_in");
    bool unchanged = !s->job.check || str_eq(standing.hash, s->job.against);
    if (!s->job.right || !unchanged || lock_holds(&lock, t->now)) {
        if (!s->job.right) lock_send_miss(db, a, community, key, &lock, LOCK_TRIES_ACCOUNT, t->now);
        t->refusal = fail_field(ERR_FORBIDDEN, "wrong_password", "old", 0);
        return db_sync(db);
    }
    lock_send_clear(db, a, community, key);
    db_send(db, a, &password_put,
            ARGS(TXT(community), TXT(person), TXT(str_c(s->job.made)), NUM(t->now)));
    db_send(db, a, &sessions_other, ARGS(TXT(community), TXT(person), TXT(t->actor->session)));
    db_send(db, a, &session_plain, ARGS(TXT(community), TXT(t->actor->session)));
    t->forget_person = person;
    t->forget_in = community;
    t->reply.status = 204;
    return db_sync(db);
}

static void hashed(PasswordJob *job)
{
    SetPassword *s = job->arg;
    sodium_memzero((char *)(uintptr_t)job->typed.p, job->typed.n);
    sodium_memzero((char *)(uintptr_t)job->fresh.p, job->fresh.n);
    if (job->failed)
        task_refuse(&s->task, fail(ERR_BUSY, "busy"));
    else
        task_to_writer(&s->task);
}

Fail account_password(CallCtx *c)
{
    Str old = json_text(c->input, "old"), fresh = json_text(c->input, "new");
    Standing standing;
    if (c->later == NULL || c->sessions == NULL) return fail(ERR_BUSY, "busy");
    Fail f = standing_load(c->db, c->arena, c->actor, c->now, &standing);
    if (f.err != OK) return f;
    if (!standing.known) return fail(ERR_SIGN_IN, "sign_in");
    bool is_phone = str_eq(seal_lookup(c->seals, c->arena, c->actor->community, fresh), standing.phone_hash);
    if (is_phone || password_is_weak(fresh)) return fail_field(ERR_INVALID, "too_easy", "new", 0);
    SetPassword *s = arena_new_of(c->arena, SetPassword);
    task_new(&s->task, c, password_work);
    s->job = (PasswordJob){ .check = standing.hash.n > 0 && !standing.by_code, .typed = arena_str(c->arena, old),
                            .against = standing.hash, .fresh = arena_str(c->arena, fresh), .done = hashed, .arg = s };
    if (s->job.check && old.n == 0) return fail_field(ERR_INVALID, "required", "old", 0);
    return call_to_passwords(c, &s->job);
}

/* ---- POST /totp ---- */

typedef struct Enrol {
    Task task; /* first */
    Str typed; /* "" to begin, else the code that confirms */
} Enrol;

static Fail enrol_begin(Task *t, Db *db)
{
    Arena *a = t->arena;
    TotpSecret secret;
    random_bytes(secret.b, sizeof secret.b);
    Str wrapped = totp_wrap(t->seals, a, t->actor->community, t->actor->person, &secret);
    db_send(db, a, &totp_pend,
            ARGS(TXT(t->actor->community), TXT(t->actor->person), BYT(wrapped), NUM(t->now)));
    Str uri = totp_uri(a, &secret, t->actor->community);
    Buf out = buf_new(a, 4096);
    Json j = json_to(&out);
    jw_open(&j, '{');
    jw_put_text(&j, "secret", totp_text(a, &secret));
    jw_put_text(&j, "uri", uri);
    jw_put_text(&j, "svg", qr_svg(a, uri));
    jw_close(&j, '}');
    sodium_memzero(&secret, sizeof secret);
    reply_json(&t->reply, 201, buf_str(&out));
    return db_sync(db);
}

static Fail enrol_work(Task *t, Db *db)
{
    Str typed = ((Enrol *)t)->typed;
    Standing standing;
    int64_t step;
    Fail f = standing_load(db, t->arena, t->actor, t->now, &standing);
    if (f.err != OK) return f;
    if (!standing.known) return fail(ERR_SIGN_IN, "sign_in");
    /* Who has one changes it with it: a stolen password alone must not bring a new one. */
    if (standing.totp_on && !standing.strong) return fail(ERR_FORBIDDEN, "second_factor");
    if (typed.n == 0) return enrol_begin(t, db);
    f = totp_try(t, db, standing.pending, 0, typed, &step);
    if (f.err != OK || step == 0) return f;
    db_send(db, t->arena, &totp_turn_on, ARGS(TXT(t->actor->community), TXT(t->actor->person), NUM(t->now)));
    session_send_strong(db, t->arena, t->actor, t->now);
    t->forget_person = t->actor->person;
    t->forget_in = t->actor->community;
    reply_json(&t->reply, 200, S("{\"strong\":true}"));
    return db_sync(db);
}

Fail account_totp(CallCtx *c)
{
    Enrol *e = arena_new_of(c->arena, Enrol);
    task_new(&e->task, c, enrol_work);
    e->typed = json_text(c->input, "code");
    return call_to_writer(c, &e->task);
}
