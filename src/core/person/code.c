/* What is handed to others: one-time codes, tokens of programs, a lost second factor taken off; and the look-up by
 * phone number that comes before. Whoever opens or touches somebody's access leaves a line in that person's access log.
 */
#include "core/log/erasures.h"
#include "core/person/person.h"

static Stmt target_get = { "ss", "s",
                           "SELECT m.place FROM matter m"
                           " JOIN person p ON p.community = m.community AND p.person = m.id"
                           " WHERE m.community = $1 AND m.id = $2 AND m.kind = 'person' AND p.state <> 'erased'" };
static Stmt target_roles = { "ss", "ssl",
                             "SELECT role, place, ends_at FROM role WHERE community = $1 AND person = $2" };
static Stmt access_add = { "sslsss", "",
                           "INSERT INTO access (community, subject, at, id, reader, what, matter)"
                           " VALUES ($1, $2, $3, $4, $5, $6, $2)" };
static Stmt code_clear = { "ss", "", "DELETE FROM signin_code WHERE community = $1 AND person = $2" };
static Stmt code_add = { "ssssl", "",
                         "INSERT INTO signin_code (community, code_hash, person, created_by, expires_at)"
                         " VALUES ($1, $2, $3, $4, $5)" };
static Stmt phone_get = { "ss", "s",
                          "SELECT person FROM person_lookup WHERE community = $1 AND kind = 'phone' AND hash = $2" };
static Stmt token_add = { "ssssssssllls", "",
                          "INSERT INTO token (community, id, token_hash, person, name, role, place, created_by,"
                          " created_at, expires_at, per_hour, acts_as)"
                          " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)" };
static Stmt token_get = { "ss", "sssssl",
                          "SELECT place, person, name, role, acts_as, per_hour FROM token"
                          " WHERE community = $1 AND id = $2" };
static Stmt token_drop = { "ss", "", "DELETE FROM token WHERE community = $1 AND id = $2" };
static Stmt token_sweep = { "sl", "", "DELETE FROM token WHERE community = $1 AND expires_at < $2" };
static Stmt token_list = { "s", "ssssslll",
                           "SELECT id, name, role, place, created_by, created_at, expires_at, per_hour FROM token"
                           " WHERE community = $1 ORDER BY created_at DESC, id DESC LIMIT 500" };

Stmt *const code_statements[] = { &target_get, &target_roles, &access_add, &code_clear, &code_add,    &phone_get,
                                  &token_add,  &token_get,    &token_drop, &token_sweep, &token_list, NULL };

/* ---- whose access may be touched ---- */

/* A person out of reach and one that does not exist are the same to whoever asks. Who works for the community or audits
 * it gets codes from an admin only: else a dispatcher could act under another's name. */
static Fail may_touch(Task *t, Db *db, Str person)
{
    DbVal key[] = { TXT(t->community), TXT(person) };
    DbRows *target = db_send(db, t->arena, &target_get, key);
    DbRows *roles = db_send(db, t->arena, &target_roles, key);
    Fail f = db_sync(db);
    if (f.err != OK) return f;
    Roles keepers = DISPATCHER | CLERK | ADMIN | MEDIATOR;
    if (target->rows == 0 || !(actor_roles_at(t->actor, db_text(target, 0, 0), t->now) & keepers))
        return fail(ERR_NOT_FOUND, "not_found");
    for (int i = 0; i < roles->rows; i++) {
        bool sensitive = (role_by_name(db_text(roles, i, 0)) & (STAFF | AUDITOR)) != 0;
        bool over = db_int(roles, i, 2) != 0 && db_int(roles, i, 2) <= t->now;
        if (sensitive && !over && !(actor_roles_at(t->actor, db_text(roles, i, 1), t->now) & ADMIN))
            return fail(ERR_FORBIDDEN, "above_own_role");
    }
    return FAIL_NONE;
}

static void log_access(Task *t, Db *db, Str person, const char *what)
{
    db_send(db, t->arena, &access_add,
            ARGS(TXT(t->community), TXT(person), NUM(t->now), TXT(id_new(t->arena, t->now)), TXT(t->actor->person),
                 TXT(str_c(what))));
}

/* ---- one-time codes ---- */

static Str make_code(Arena *a)
{
    uint8_t bytes[8]; /* 13 characters of five bits; the first ten have 50 random ones */
    random_bytes(bytes, sizeof bytes);
    Str text = base32_of(a, (Str){ (const char *)bytes, sizeof bytes });
    return arena_str(a, (Str){ text.p, CODE_CHARS });
}

static void send_code(Db *db, Arena *a, const Seals *s, Str community, Str person, Str by, int64_t now, Str code)
{
    db_send(db, a, &code_clear, ARGS(TXT(community), TXT(person)));
    db_send(db, a, &code_add,
            ARGS(TXT(community), TXT(signin_code_hash(s, a, community, code)), TXT(person), TXT(by),
                 NUM(now + CODE_HOURS * HOUR_MS)));
}

Fail account_new_code(Db *db, Arena *a, const Seals *s, Str community, Str person, Str by, int64_t now, Str *code)
{
    *code = make_code(a);
    send_code(db, a, s, community, person, by, now, *code);
    return db_sync(db);
}

typedef struct Hand {
    Task task; /* first */
    Str person, base;
} Hand;

static Fail code_work(Task *t, Db *db)
{
    Hand *h = (Hand *)t;
    Arena *a = t->arena;
    Fail f = may_touch(t, db, h->person);
    if (f.err != OK) return f;
    Str code = make_code(a);
    send_code(db, a, t->seals, t->community, h->person, t->actor->person, t->now, code);
    log_access(t, db, h->person, "person.hand_out_code");
    f = db_sync(db);
    if (f.err != OK) return f;
    /* After #: browsers keep it to themselves, it stands in no server's log. */
    Str url = h->base.n > 0
                  ? arena_fmt(a, "%.*s/#/in/%.*s.%.*s", STR_ARG(h->base), STR_ARG(t->community), STR_ARG(code))
                  : S("");
    Buf out = buf_new(a, 8192);
    Json j = json_to(&out);
    jw_open(&j, '{');
    jw_put_text(&j, "code", code);
    jw_put_int(&j, "expires_at", t->now + CODE_HOURS * HOUR_MS);
    jw_put_text(&j, "url", url);
    jw_put_text(&j, "svg", qr_svg(a, url));
    jw_close(&j, '}');
    reply_json(&t->reply, 201, buf_str(&out));
    return FAIL_NONE;
}

static Hand *hand_new(CallCtx *c, Fail (*work)(Task *t, Db *db))
{
    Hand *h = arena_new_of(c->arena, Hand);
    task_new(&h->task, c, work);
    h->person = c->args[0];
    h->base = call_base_url(c);
    return h;
}

Fail account_code(CallCtx *c)
{
    return call_to_writer(c, &hand_new(c, code_work)->task);
}

/* ---- a lost phone ---- */

static Fail reset_work(Task *t, Db *db)
{
    Str person = ((Hand *)t)->person;
    Fail f = may_touch(t, db, person);
    if (f.err != OK) return f;
    log_access(t, db, person, "person.reset_totp");
    t->forget_person = person;
    t->reply.status = 204;
    return account_drop_totp(db, t->arena, t->community, person, t->now);
}

Fail account_totp_reset(CallCtx *c)
{
    return call_to_writer(c, &hand_new(c, reset_work)->task);
}

/* ---- POST /people/find ---- */

static Fail find_work(Task *t, Db *db)
{
    Hand *h = (Hand *)t; /* person: the hash of the number */
    Fail f = FAIL_NONE;
    reply_json(&t->reply, 200, S("{\"person\":null}"));
    DbRows *found = db_run(db, t->arena, &phone_get, ARGS(TXT(t->community), TXT(h->person)), &f);
    if (f.err != OK || found->rows == 0) return f;
    Str person = db_text(found, 0, 0);
    DbRows *target = db_run(db, t->arena, &target_get, ARGS(TXT(t->community), TXT(person)), &f);
    Roles keepers = DISPATCHER | CLERK | ADMIN | MEDIATOR;
    if (f.err != OK || target->rows == 0 || !(actor_roles_at(t->actor, db_text(target, 0, 0), t->now) & keepers))
        return f;
    log_access(t, db, person, "person.find");
    reply_json(&t->reply, 200, arena_fmt(t->arena, "{\"person\":\"%.*s\"}", STR_ARG(person)));
    return db_sync(db);
}

Fail account_find(CallCtx *c)
{
    Hand *h = hand_new(c, find_work);
    h->person = seal_lookup(c->seals, c->arena, c->community, json_text(c->input, "phone"));
    return call_to_writer(c, &h->task);
}

/* ---- tokens of programs ---- */

typedef struct TokenTask {
    Task task; /* first */
    Str id, name, role, place;
    int64_t days, per_hour;
} TokenTask;

Fail account_new_token(Db *db, Arena *a, const Seals *s, const TokenNew *n, Str *id, Str *token)
{
    *token = session_new_token(a, n->community);
    *id = id_new(a, n->now);
    db_send(db, a, &token_sweep, ARGS(TXT(n->community), NUM(n->now)));
    db_send(db, a, &token_add,
            ARGS(TXT(n->community), TXT(*id), TXT(seal_token_hash(s, a, *token)), TXT(n->person), TXT(n->name),
                 TXT(n->role), TXT(n->place), TXT(n->by), NUM(n->now), NUM(n->expires_at), NUM(n->per_hour),
                 TXT(n->acts_as)));
    return db_sync(db);
}

static Fail token_make(Task *t, Db *db, const TokenNew *made)
{
    Arena *a = t->arena;
    Str token, id;
    Fail f = account_new_token(db, a, t->seals, made, &id, &token);
    if (f.err != OK) return f;
    Buf out = buf_new(a, 256);
    Json j = json_to(&out);
    jw_open(&j, '{');
    jw_put_text(&j, "id", id);
    jw_put_text(&j, "token", token);
    jw_put_int(&j, "expires_at", made->expires_at);
    jw_close(&j, '}');
    reply_json(&t->reply, 201, buf_str(&out));
    return FAIL_NONE;
}

static Fail token_add_work(Task *t, Db *db)
{
    TokenTask *n = (TokenTask *)t;
    if (!place_within(n->place, t->community)) return fail_field(ERR_INVALID, "outside_community", "place", 0);
    if (!(actor_roles_at(t->actor, n->place, t->now) & ADMIN))
        return fail_field(ERR_FORBIDDEN, "forbidden", "place", 0);
    TokenNew made = { t->community, S(""), n->name, n->role, n->place, t->actor->person, t->now,
                      t->now + n->days * DAY_MS, n->per_hour, S("") };
    return token_make(t, db, &made);
}

Fail account_token_add(CallCtx *c)
{
    TokenTask *n = arena_new_of(c->arena, TokenTask);
    task_new(&n->task, c, token_add_work);
    n->name = json_text(c->input, "name");
    n->role = json_text(c->input, "role");
    n->place = json_text(c->input, "place");
    n->days = json_int(c->input, "days");
    n->per_hour = json_int(c->input, "per_hour");
    return call_to_writer(c, &n->task);
}

/* Of a token that this actor may give and take; its own id or that of whom it acts for. */
static Fail token_find(Task *t, Db *db, Str id, DbRows **r, Str *person)
{
    Fail f = FAIL_NONE;
    *r = db_run(db, t->arena, &token_get, ARGS(TXT(t->community), TXT(id)), &f);
    if (f.err != OK) return f;
    if ((*r)->rows == 0 || !(actor_roles_at(t->actor, db_text(*r, 0, 0), t->now) & ADMIN))
        return fail(ERR_NOT_FOUND, "not_found");
    *person = db_text(*r, 0, 1).n > 0 ? db_text(*r, 0, 1) : db_text(*r, 0, 4).n > 0 ? db_text(*r, 0, 4) : id;
    return FAIL_NONE;
}

/* Another key for the same program: it is what the old one was to every matter. The old one stays until it is taken
 * back or is over, so that nothing stops in between. */
static Fail token_renew_work(Task *t, Db *db)
{
    TokenTask *n = (TokenTask *)t;
    DbRows *r;
    Str person;
    Fail f = token_find(t, db, n->id, &r, &person);
    if (f.err != OK) return f;
    Str own = db_text(r, 0, 1);
    TokenNew made = { t->community, own, db_text(r, 0, 2), db_text(r, 0, 3), db_text(r, 0, 0), t->actor->person,
                      t->now, t->now + n->days * DAY_MS, db_int(r, 0, 5), own.n > 0 ? S("") : person };
    return token_make(t, db, &made);
}

Fail account_token_renew(CallCtx *c)
{
    TokenTask *n = arena_new_of(c->arena, TokenTask);
    task_new(&n->task, c, token_renew_work);
    n->id = c->args[0];
    n->days = json_int(c->input, "days");
    return call_to_writer(c, &n->task);
}

static Fail token_drop_work(Task *t, Db *db)
{
    Str id = ((TokenTask *)t)->id;
    DbRows *r;
    Str person;
    Fail f = token_find(t, db, id, &r, &person);
    if (f.err != OK) return f;
    Erasures *list = seals_erasures(t->seals); /* a backup still has it: restoring must not bring it back */
    if (list != NULL) f = erasures_note_revoked(list, t->community, id);
    if (f.err != OK) return f;
    db_send(db, t->arena, &token_drop, ARGS(TXT(t->community), TXT(id)));
    t->forget_person = person;
    t->reply.status = 204;
    return db_sync(db);
}

Fail account_token_drop(CallCtx *c)
{
    TokenTask *n = arena_new_of(c->arena, TokenTask);
    task_new(&n->task, c, token_drop_work);
    n->id = c->args[0];
    return call_to_writer(c, &n->task);
}

Fail account_token_list(CallCtx *c)
{
    Fail f = FAIL_NONE;
    DbRows *r = db_run(c->db, c->arena, &token_list, ARGS(TXT(c->community)), &f);
    if (f.err != OK) return f;
    Buf out = buf_new(c->arena, 1024);
    Json j = json_to(&out);
    jw_open(&j, '{');
    jw_key(&j, "rows");
    jw_open(&j, '[');
    for (int i = 0; i < r->rows; i++) {
        if (!(actor_roles_at(c->actor, db_text(r, i, 3), c->now) & ADMIN)) continue;
        jw_open(&j, '{');
        jw_put_text(&j, "id", db_text(r, i, 0));
        jw_put_text(&j, "name", db_text(r, i, 1));
        jw_put_text(&j, "role", db_text(r, i, 2));
        jw_put_text(&j, "place", db_text(r, i, 3));
        jw_put_text(&j, "created_by", db_text(r, i, 4));
        jw_put_int(&j, "created_at", db_int(r, i, 5));
        jw_put_int(&j, "expires_at", db_int(r, i, 6));
        jw_put_int(&j, "per_hour", db_int(r, i, 7));
        jw_close(&j, '}');
    }
    jw_close(&j, ']');
    jw_key(&j, "next");
    jw_null(&j);
    jw_close(&j, '}');
    reply_json(&c->reply, 200, buf_str(&out));
    return FAIL_NONE;
}
