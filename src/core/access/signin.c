/* Signing in, out, and who am I.
 *
 * A wrong password, an unknown phone number, an account without a password and a locked account answer alike, after the
 * same work: one look-up, one argon2id, one transaction that counts the try. Where a try counts: signin.h. */
#include "core/serve/rate.h"
#include "core/access/signin.h"
#include "core/internal.h"

#include <sodium.h>

typedef struct SignIn {
    Task task;        /* first */
    PasswordJob job;
    Str account;      /* community of the account */
    Str address_key;  /* of the locks; "" where one does not apply */
    Str account_key, everywhere_key, known_key;
    Str cookie;       /* of browsers that signed in before */
    Str person;       /* "" if there is no such account */
    bool by_code, right;
    Str code_hash;
    Str device;       /* public id, "" if the phone gave none */
    Str agent;
} SignIn;

static Stmt directory_get = { "s", "s",
                              "SELECT community FROM directory WHERE phone_hash = $1 ORDER BY community LIMIT 8" };
static Stmt community_get = { "s", "l", "SELECT seq FROM head WHERE community = $1" };
static Stmt account_get = { "ss", "ss",
                            "SELECT l.person, c.hash FROM person_lookup l"
                            " LEFT JOIN credential c ON c.community = l.community AND c.person = l.person"
                            " WHERE l.community = $1 AND l.kind = 'phone' AND l.hash = $2" };
static Stmt account_hash = { "ss", "s", "SELECT hash FROM credential WHERE community = $1 AND person = $2" };
static Stmt account_device = { "ss", "s", "SELECT device FROM device WHERE community = $1 AND person = $2" };
static Stmt code_get = { "ssl", "s",
                         "SELECT c.person FROM signin_code c"
                         " JOIN person p ON p.community = c.community AND p.person = c.person"
                         " WHERE c.community = $1 AND c.code_hash = $2 AND c.expires_at > $3 AND p.state <> 'erased'" };
static Stmt code_use = { "ss", "", "DELETE FROM signin_code WHERE community = $1 AND code_hash = $2" };
static Stmt whoami_get = {
    "ss", "sss", "SELECT p.state, p.language, p.name FROM person p WHERE p.community = $1 AND p.person = $2"
};
static Stmt whoami_roles = { "ss", "ssll",
                             "SELECT role, place, starts_at, ends_at FROM role WHERE community = $1 AND person = $2"
                             " ORDER BY place, role LIMIT 64" };
static Stmt out_one = { "sss", "", "DELETE FROM session WHERE community = $1 AND person = $2 AND id = $3" };
static Stmt out_all = { "ss", "", "DELETE FROM session WHERE community = $1 AND person = $2" };

Fail call_language(CallCtx *c, const char **language)
{
    const Field field = { .name = "language", .type = F_ENUM, .values = world_languages() };
    DbVal v;
    *language = "zh";
    Fail f = call_value(c, &field, &v);
    if (f.err != OK) return f;
    if (v.s.n == 0 && c->actor != NULL && c->actor->person.n > 0) {
        DbRows *who = db_run(c->db, c->arena, &whoami_get, ARGS(TXT(c->community), TXT(c->actor->person)), &f);
        if (f.err == OK && who->rows > 0) v.s = db_text(who, 0, 1);
    }
    if (v.s.n > 0) *language = arena_c(c->arena, v.s);
    return f;
}

Stmt *const signin_statements[] = { &directory_get,  &community_get, &account_get, &account_hash,
                                    &account_device, &code_get,      &code_use,    &whoami_get,
                                    &whoami_roles,   &out_one,       &out_all,     NULL };

/* ---- POST /sessions: what was typed --------------------------------------------------------------------------- */

static bool is_community(Str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!(s.p[i] >= '0' && s.p[i] <= '9') && s.p[i] != '-') return false;
    return s.n > 0 && s.n <= 32;
}

/* A code read out on the phone is bare; one from a QR names its community before a dot. A community that we do not have
 * gets no rows, not even of wrong tries. */
static Fail read_code(SignIn *s, Db *db, Str typed)
{
    Fail f = FAIL_NONE;
    Str code = typed, head = str_cut(&code, '.');
    s->by_code = true;
    if (code.n > 0 && is_community(head)) {
        DbRows *known = db_run(db, s->task.arena, &community_get, ARGS(TXT(head)), &f);
        if (f.err != OK) return f;
        if (known->rows > 0) s->account = head;
    } else {
        code = typed;
    }
    s->code_hash = signin_code_hash(s->task.seals, s->task.arena, s->account, code);
    return f;
}

/* The phone number's community: the one asked for if it has it, else the first that does. The same two statements run
 * whatever is found. */
static Fail find_account(SignIn *s, Db *db, Str phone)
{
    Arena *a = s->task.arena;
    Fail f = FAIL_NONE;
    DbRows *places = db_run(db, a, &directory_get, ARGS(TXT(seal_lookup(s->task.seals, a, S(""), phone))), &f);
    if (f.err != OK) return f;
    bool here = places->rows == 0;
    for (int i = 0; i < places->rows; i++)
        here = here || str_eq(db_text(places, i, 0), s->account);
    if (!here) s->account = db_text(places, 0, 0);
    Str hash = seal_lookup(s->task.seals, a, s->account, phone);
    DbRows *found = db_run(db, a, &account_get, ARGS(TXT(s->account), TXT(hash)), &f);
    if (f.err != OK) return f;
    s->person = found->rows > 0 ? db_text(found, 0, 0) : S("");
    s->job.against = found->rows > 0 && !db_null(found, 0, 1) ? db_text(found, 0, 1) : S("");
    return FAIL_NONE;
}

/* Which locks count for this try. Of a browser that knows the account only its own: neither the neighbours behind the
 * same gateway nor whoever guesses elsewhere keep it out. */
static void choose_locks(SignIn *s, Str phone, Str address)
{
    const Seals *seals = s->task.seals;
    Arena *a = s->task.arena;
    Str network = rate_network(a, address);
    s->address_key = lock_key(seals, a, s->account, "address", network);
    s->account_key = s->everywhere_key = s->known_key = S("");
    if (s->by_code) return;
    Str proof = known_proof(seals, a, s->account, s->person, s->cookie, s->task.now);
    if (proof.n > 0) {
        s->known_key = lock_key(seals, a, s->account, "known", proof);
        s->address_key = S("");
        return;
    }
    s->account_key =
        lock_key(seals, a, s->account, "account", arena_fmt(a, "%.*s %.*s", STR_ARG(phone), STR_ARG(network)));
    s->everywhere_key = lock_key(seals, a, s->account, "everywhere", phone);
}

static Fail address_locked(const Lock *l, int64_t now)
{
    Fail f = fail(ERR_TOO_MANY, "rate_limited");
    f.retry_s = (int)((l->until - now + 999) / 1000);
    return f;
}

/* ---- POST /sessions: on the writer ------------------------------------------------------------------------------ */

typedef struct Locks {
    Lock address, account, everywhere, known;
} Locks;

static Fail load_one(SignIn *s, Db *db, Str key, Lock *l)
{
    *l = (Lock){ 0 };
    return key.n > 0 ? lock_load(db, s->task.arena, s->account, key, l) : FAIL_NONE;
}

static Fail load_locks(SignIn *s, Db *db, Locks *l)
{
    Fail f = load_one(s, db, s->address_key, &l->address);
    if (f.err == OK) f = load_one(s, db, s->account_key, &l->account);
    if (f.err == OK) f = load_one(s, db, s->everywhere_key, &l->everywhere);
    return f.err == OK ? load_one(s, db, s->known_key, &l->known) : f;
}

static bool is_locked(const Locks *l, int64_t now)
{
    return lock_holds(&l->account, now) || lock_holds(&l->everywhere, now) || lock_holds(&l->known, now);
}

static void send_miss(SignIn *s, Db *db, Str key, Lock *l, int tries_max)
{
    if (key.n > 0) lock_send_miss(db, s->task.arena, s->account, key, l, tries_max, s->task.now);
}

/* What is locked for this network is not even looked at, and so counts for nobody else: one address alone never locks
 * an account everywhere. */
static Fail miss(SignIn *s, Db *db, Locks *l)
{
    if (!is_locked(l, s->task.now)) {
        send_miss(s, db, s->account_key, &l->account, LOCK_TRIES_ACCOUNT);
        send_miss(s, db, s->everywhere_key, &l->everywhere, LOCK_TRIES_EVERYWHERE);
        send_miss(s, db, s->known_key, &l->known, LOCK_TRIES_ACCOUNT);
    }
    send_miss(s, db, s->address_key, &l->address, LOCK_TRIES_ADDRESS);
    s->task.refusal = fail(ERR_SIGN_IN, "sign_in_failed");
    return db_sync(db);
}

/* Is the password that was found right still the account's? Is the code there, and did we take it? */
static Fail prove(SignIn *s, Db *db, bool *proven)
{
    Arena *a = s->task.arena;
    Fail f = FAIL_NONE;
    *proven = false;
    if (!s->by_code) {
        DbRows *now = db_run(db, a, &account_hash, ARGS(TXT(s->account), TXT(s->person)), &f);
        if (f.err == OK)
            *proven = s->right && s->person.n > 0 && now->rows > 0 && str_eq(db_text(now, 0, 0), s->job.against);
        return f;
    }
    DbRows *code = db_run(db, a, &code_get, ARGS(TXT(s->account), TXT(s->code_hash), NUM(s->task.now)), &f);
    if (f.err != OK || code->rows == 0) return f;
    s->person = db_text(code, 0, 0);
    DbRows *used = db_run(db, a, &code_use, ARGS(TXT(s->account), TXT(s->code_hash)), &f);
    *proven = f.err == OK && used->changed == 1;
    return f;
}

/* Whoever has bound a phone signs in by password on that phone only; a code that a dispatcher handed over in person
 * works anywhere. Said only to who knew the password. */
static Fail right_device(SignIn *s, Db *db)
{
    Fail f = FAIL_NONE;
    if (s->by_code) return f;
    DbRows *bound = db_run(db, s->task.arena, &account_device, ARGS(TXT(s->account), TXT(s->person)), &f);
    if (f.err == OK && bound->rows > 0 && !str_eq(db_text(bound, 0, 0), s->device))
        s->task.refusal = fail_field(ERR_FORBIDDEN, "other_device", "device", 0);
    return f;
}

static Fail welcome(SignIn *s, Db *db)
{
    Task *t = &s->task;
    Arena *a = t->arena;
    SessionNew made = { .community = s->account, .person = s->person, .by_code = s->by_code, .device = s->device,
                        .agent = s->agent, .now = t->now };
    Str token;
    Standing standing;
    if (s->account_key.n > 0) lock_send_clear(db, a, s->account, s->account_key);
    if (s->known_key.n > 0) lock_send_clear(db, a, s->account, s->known_key);
    Fail f = session_create(t->seals, a, db, &made, &token);
    if (f.err != OK) return f;
    Actor who = { .person = s->person, .community = s->account, .session = S("") };
    f = standing_load(db, a, &who, t->now, &standing);
    if (f.err != OK) return f;
    Buf out = buf_new(a, 256);
    Json j = json_to(&out);
    jw_open(&j, '{');
    jw_put_text(&j, "person", s->person);
    jw_put_text(&j, "community", s->account);
    jw_put_text(&j, "csrf", seal_csrf(t->seals, a, token));
    jw_put_bool(&j, "needs_totp", standing.needs_totp);
    jw_put_bool(&j, "totp_enrolled", standing.totp_on);
    jw_put_bool(&j, "has_password", standing.hash.n > 0);
    jw_close(&j, '}');
    reply_json(&t->reply, 201, buf_str(&out));
    session_cookie(a, &t->reply, token);
    session_cookie_known(a, &t->reply, known_add(t->seals, a, s->account, s->person, s->cookie, t->now), KNOWN_DAYS);
    return FAIL_NONE;
}

static Fail settle(Task *t, Db *db)
{
    SignIn *s = (SignIn *)t;
    Locks locks;
    Fail f = load_locks(s, db, &locks);
    if (f.err != OK) return f;
    if (lock_holds(&locks.address, t->now)) {
        t->refusal = address_locked(&locks.address, t->now);
        return FAIL_NONE;
    }
    if (is_locked(&locks, t->now)) return miss(s, db, &locks);
    bool proven;
    f = prove(s, db, &proven);
    if (f.err != OK) return f;
    if (!proven) return miss(s, db, &locks);
    f = right_device(s, db);
    if (f.err != OK || t->refusal.err != OK) return f;
    return welcome(s, db);
}

static void checked(PasswordJob *job)
{
    SignIn *s = job->arg;
    s->right = job->right;
    sodium_memzero((char *)(uintptr_t)job->typed.p, job->typed.n);
    if (job->failed)
        task_refuse(&s->task, fail(ERR_BUSY, "busy"));
    else
        task_to_writer(&s->task);
}

Fail signin_start(CallCtx *c)
{
    Str phone = json_text(c->input, "phone"), password = json_text(c->input, "password");
    Str code = json_text(c->input, "code"), device = json_text(c->input, "device");
    if (code.n == 0 && phone.n == 0) return fail_field(ERR_INVALID, "required", "phone", 0);
    if (code.n == 0 && password.n == 0) return fail_field(ERR_INVALID, "required", "password", 0);
    if (c->later == NULL || c->sessions == NULL) return fail(ERR_BUSY, "busy");
    SignIn *s = arena_new_of(c->arena, SignIn);
    task_new(&s->task, c, settle);
    s->account = c->community;
    s->cookie = arena_str(c->arena, session_known(c->http));
    s->agent = str_c(session_agent(c->http != NULL ? http_header(c->http, "User-Agent") : S("")));
    Hash id = hash_one(device);
    s->device = device.n > 0 ? base64url_of(c->arena, (Str){ (const char *)id.b, HASH_BYTES }) : S("");
    Fail f = FAIL_NONE;
    if (code.n > 0)
        f = read_code(s, c->db, code);
    else
        f = find_account(s, c->db, phone);
    if (f.err != OK) return f;
    Lock address;
    choose_locks(s, phone, c->address);
    f = load_one(s, c->db, s->address_key, &address);
    if (f.err == OK && lock_holds(&address, c->now)) f = address_locked(&address, c->now);
    if (f.err != OK) return f;
    if (s->by_code) return call_to_writer(c, &s->task);
    s->job.check = true;
    s->job.typed = arena_str(c->arena, password);
    s->job.done = checked;
    s->job.arg = s;
    return call_to_passwords(c, &s->job);
}

/* ---- POST /sessions/totp -------------------------------------------------------------------------------------------
 */

typedef struct Second {
    Task task; /* first */
    Str typed;
} Second;

static Fail second_work(Task *t, Db *db)
{
    Standing standing;
    int64_t step;
    Fail f = standing_load(db, t->arena, t->actor, t->now, &standing);
    if (f.err != OK) return f;
    if (!standing.known) return fail(ERR_SIGN_IN, "sign_in");
    f = totp_try(t, db, standing.totp, standing.totp_step, ((Second *)t)->typed, &step);
    if (f.err != OK || step == 0) return f;
    session_send_strong(db, t->arena, t->actor, t->now);
    t->forget_person = t->actor->person;
    t->forget_in = t->actor->community;
    reply_json(&t->reply, 200, S("{\"strong\":true}"));
    return db_sync(db);
}

Fail signin_totp(CallCtx *c)
{
    Second *s = arena_new_of(c->arena, Second);
    task_new(&s->task, c, second_work);
    s->typed = json_text(c->input, "code");
    return call_to_writer(c, &s->task);
}

/* ---- GET /session
 * ---------------------------------------------------------------------------------------------------- */

static Str open_text(CallCtx *c, Str community, Str sealed)
{
    Fail f = FAIL_NONE;
    Key key;
    Str plain = S("");
    json_t *v = json_read(c->arena, sealed, &f);
    if (v == NULL || !seal_is(v) || c->keys == NULL) return plain;
    if (!key_cache_get(c->keys, c->db, community, seal_subject(v), &key)) return plain;
    return seal_open(c->arena, key, community, v, &plain) ? plain : S("");
}

static void print_roles(Json *j, const DbRows *roles, int64_t now)
{
    jw_key(j, "roles");
    jw_open(j, '[');
    for (int i = 0; i < roles->rows; i++) {
        int64_t from = db_int(roles, i, 2), until = db_int(roles, i, 3);
        if (from > now || (until != 0 && until <= now)) continue;
        jw_open(j, '{');
        jw_put_text(j, "role", db_text(roles, i, 0));
        jw_put_text(j, "place", db_text(roles, i, 1));
        jw_put_int(j, "until", until);
        jw_close(j, '}');
    }
    jw_close(j, ']');
}

Fail signin_whoami(CallCtx *c)
{
    const Actor *me = c->actor;
    reply_json(&c->reply, 200, S("{\"person\":null}"));
    if (me == NULL || me->person.n == 0) return FAIL_NONE;
    DbVal key[] = { TXT(me->community), TXT(me->person) };
    DbRows *person = db_send(c->db, c->arena, &whoami_get, key);
    DbRows *roles = db_send(c->db, c->arena, &whoami_roles, key);
    Standing standing;
    Fail f = standing_load(c->db, c->arena, me, c->now, &standing);
    if (f.err != OK || person->rows == 0) return f; /* a program's token is nobody's session */
    bool bearer;
    Str token = session_token(c->http, &bearer);
    Buf out = buf_new(c->arena, 512);
    Json j = json_to(&out);
    jw_open(&j, '{');
    jw_put_text(&j, "person", me->person);
    jw_put_text(&j, "community", me->community);
    jw_put_text(&j, "name", open_text(c, me->community, db_text(person, 0, 2)));
    jw_put_text(&j, "state", db_text(person, 0, 0));
    print_roles(&j, roles, c->now);
    jw_put_text(&j, "language", db_text(person, 0, 1));
    jw_put_text(&j, "csrf", token.n > 0 && !bearer ? seal_csrf(c->seals, c->arena, token) : S(""));
    jw_put_bool(&j, "strong", me->strong);
    jw_put_bool(&j, "needs_totp", standing.needs_totp);
    jw_put_bool(&j, "totp_enrolled", standing.totp_on);
    jw_put_bool(&j, "has_password", standing.hash.n > 0);
    jw_close(&j, '}');
    reply_json(&c->reply, 200, buf_str(&out));
    return FAIL_NONE;
}

/* ---- DELETE /session, DELETE /sessions
 * ---------------------------------------------------------------------------------- */

static Fail out_work(Task *t, Db *db)
{
    Str community = t->actor->community, person = t->actor->person;
    db_send(db, t->arena, &out_one, ARGS(TXT(community), TXT(person), TXT(t->actor->session)));
    t->forget_person = person;
    t->forget_in = community;
    t->reply.status = 204;
    session_cookie_drop(&t->reply);
    return db_sync(db);
}

static Fail out_all_work(Task *t, Db *db)
{
    Str community = t->actor->community, person = t->actor->person;
    db_send(db, t->arena, &out_all, ARGS(TXT(community), TXT(person)));
    t->forget_person = person;
    t->forget_in = community;
    t->reply.status = 204;
    session_cookie_drop(&t->reply);
    return db_sync(db);
}

static Fail out_with(CallCtx *c, Fail (*work)(Task *t, Db *db))
{
    Task *t = arena_new_of(c->arena, Task);
    task_new(t, c, work);
    return call_to_writer(c, t);
}

Fail signin_out(CallCtx *c)
{
    return out_with(c, out_work);
}

Fail signin_out_all(CallCtx *c)
{
    return out_with(c, out_all_work);
}
