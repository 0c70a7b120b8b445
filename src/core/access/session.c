#include "core/access/session.h"

#include <pthread.h>
#include <sodium.h>

enum { WAYS = 4, CACHED_ROLES_MAX = 16, CODE_MAX = 32, TOUCHES_MAX = 256, TOKEN_CHARS = 43 };
static const char COOKIE[] = "linli";

typedef struct CachedRole {
    Roles roles;
    char place[CODE_MAX + 1];
    int64_t from, until;
} CachedRole;

typedef struct Entry {
    Hash key; /* of the token and its kind; the cache holds no tokens */
    bool used, strong;
    int64_t loaded_at, expires_at;
    char community[CODE_MAX + 1], person[ID_CHARS + 1], session[ID_CHARS + 1];
    int n_roles;
    CachedRole roles[CACHED_ROLES_MAX];
    int n_units;
    char units[ACTOR_UNITS_MAX][ID_CHARS + 1];
} Entry;

typedef struct Touch { /* a last use that waits for the writer */
    char community[CODE_MAX + 1], session[ID_CHARS + 1];
    int64_t at, expires_at;
} Touch;

struct Sessions {
    SessionsConfig config;
    pthread_mutex_t mutex; /* all below */
    uint64_t sets;         /* a power of two */
    Entry *entries;
    uint64_t generation;   /* counts forgettings: who loaded before one does not put back after it */
    Touch touches[TOUCHES_MAX];
    int n_touches;
    bool touching; /* a job is with the writer */
};

static void sessions_end(void *s)
{
    pthread_mutex_destroy(&((Sessions *)s)->mutex);
}

Sessions *sessions_new(Arena *a, const SessionsConfig *c)
{
    Sessions *s = arena_new_of(a, Sessions);
    s->config = *c;
    pthread_mutex_init(&s->mutex, NULL);
    uint64_t entries = c->cache_entries > 0 ? (uint64_t)c->cache_entries : 2048;
    s->sets = 1;
    while (s->sets * WAYS < entries)
        s->sets *= 2;
    s->entries = arena_array(a, Entry, s->sets * WAYS);
    arena_defer(a, sessions_end, s);
    return s;
}

Fail call_to_passwords(CallCtx *c, PasswordJob *job)
{
    Passwords *pool = c->sessions->config.passwords;
    c->taken = true; /* before: it may be over when passwords_add returns */
    if (pool != NULL && passwords_add(pool, job)) return FAIL_NONE;
    c->taken = false;
    Fail f = fail(ERR_BUSY, "busy");
    f.retry_s = 2;
    return f;
}

const char *sessions_public_url(const Sessions *s)
{
    return s->config.public_url;
}

/* ---- tokens --------------------------------------------------------------------------------------------- */

Str session_new_token(Arena *a, Str community)
{
    uint8_t bytes[TOKEN_BYTES];
    random_bytes(bytes, sizeof bytes);
    Str text = base64url_of(a, (Str){ (const char *)bytes, sizeof bytes });
    sodium_memzero(bytes, sizeof bytes);
    return arena_fmt(a, "%.*s.%.*s", STR_ARG(community), STR_ARG(text));
}

bool session_token_split(Str token, Str *community)
{
    Str rest = token;
    *community = str_cut(&rest, '.');
    if (community->n == 0 || community->n > CODE_MAX || rest.n != TOKEN_CHARS) return false;
    for (size_t i = 0; i < community->n; i++) {
        char c = community->p[i];
        if (!(c >= '0' && c <= '9') && c != '-') return false;
    }
    for (size_t i = 0; i < rest.n; i++) {
        char c = rest.p[i];
        bool ok = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
        if (!ok) return false;
    }
    return true;
}

Str session_token(const HttpRequest *rq, bool *bearer)
{
    *bearer = false;
    if (rq == NULL) return S("");
    Str header = http_header(rq, "Authorization");
    if (str_starts(header, S("Bearer "))) {
        *bearer = true;
        return str_trim((Str){ header.p + 7, header.n - 7 });
    }
    return http_cookie(rq, COOKIE);
}

bool session_csrf_holds(const Sessions *s, Arena *a, Str token, Str sent)
{
    Str want = seal_csrf(s->config.seals, a, token);
    return sent.n == want.n && want.n > 0 && sodium_memcmp(sent.p, want.p, want.n) == 0;
}

static void add_header(HttpReply *r, const char *name, Str value)
{
    assert(r->n_headers < COUNT(r->headers));
    r->headers[r->n_headers++] = (HttpHeader){ name, value };
}

void session_cookie(Arena *a, HttpReply *reply, Str token)
{
    Str value = arena_fmt(a, "%s=%.*s; Path=/; Max-Age=%lld; Secure; HttpOnly; SameSite=Strict", COOKIE, STR_ARG(token),
                          (long long)(SESSION_DAYS_MAX * DAY_MS / SECOND_MS));
    add_header(reply, "Set-Cookie", value);
}

void session_cookie_drop(HttpReply *reply)
{
    add_header(reply, "Set-Cookie", S("linli=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Strict"));
}

Str session_known(const HttpRequest *rq)
{
    return rq != NULL ? http_cookie(rq, "linli_known") : S("");
}

void session_cookie_known(Arena *a, HttpReply *reply, Str value, int days)
{
    add_header(reply, "Set-Cookie",
               arena_fmt(a, "linli_known=%.*s; Path=/; Max-Age=%lld; Secure; HttpOnly; SameSite=Strict", STR_ARG(value),
                         (long long)days * DAY_MS / SECOND_MS));
}

int64_t session_expiry(int64_t created_at, int64_t last_seen, int64_t strong_at)
{
    if (strong_at > 0) return strong_at + SESSION_STRONG_HOURS * HOUR_MS;
    int64_t idle = last_seen + SESSION_IDLE_DAYS * DAY_MS, most = created_at + SESSION_DAYS_MAX * DAY_MS;
    return idle < most ? idle : most;
}

const char *session_agent(Str user_agent)
{
    if (str_find(user_agent, S("MicroMessenger")) >= 0) return "wechat";
    if (str_find(user_agent, S("Mobile")) >= 0 || str_find(user_agent, S("Android")) >= 0) return "phone";
    if (str_find(user_agent, S("Windows")) >= 0 || str_find(user_agent, S("Linux")) >= 0 ||
        str_find(user_agent, S("Macintosh")) >= 0)
        return "desk";
    return "other";
}

/* ---- cache ------------------------------------------------------------------------------------------------ */

static Hash cache_key(Str token, bool bearer)
{
    return hash_sha256((Str[]){ bearer ? S("bearer:") : S("cookie:"), token }, 2);
}

static Entry *set_of(Sessions *s, const Hash *key)
{
    uint64_t n = 0;
    for (int i = 0; i < 8; i++)
        n = n << 8 | key->b[i];
    return s->entries + (n & (s->sets - 1)) * WAYS;
}

static Actor *actor_copy(Arena *a, const Entry *e)
{
    Actor *actor = arena_new_of(a, Actor);
    RoleAt *roles = arena_array(a, RoleAt, e->n_roles + 1);
    for (int i = 0; i < e->n_roles; i++)
        roles[i] = (RoleAt){ e->roles[i].roles, arena_str(a, str_c(e->roles[i].place)), e->roles[i].from,
                             e->roles[i].until };
    Str *units = arena_array(a, Str, e->n_units + 1);
    for (int i = 0; i < e->n_units; i++)
        units[i] = arena_str(a, str_c(e->units[i]));
    *actor = (Actor){ .units = units,
                      .n_units = e->n_units,
                      .person = arena_str(a, str_c(e->person)),
                      .community = arena_str(a, str_c(e->community)),
                      .session = arena_str(a, str_c(e->session)),
                      .roles = roles,
                      .n_roles = e->n_roles,
                      .strong = e->strong };
    return actor;
}

Actor *session_cached(Sessions *s, Arena *a, Str token, bool bearer, int64_t now)
{
    Str community;
    if (!session_token_split(token, &community)) return NULL;
    Hash key = cache_key(token, bearer);
    Actor *found = NULL;
    pthread_mutex_lock(&s->mutex);
    Entry *set = set_of(s, &key);
    for (int i = 0; i < WAYS; i++) {
        Entry *e = &set[i];
        if (!e->used || !hash_eq(e->key, key)) continue;
        bool fresh = now >= e->loaded_at && now - e->loaded_at < SESSION_CACHE_MS && now < e->expires_at;
        if (fresh) found = actor_copy(a, e);
    }
    pthread_mutex_unlock(&s->mutex);
    return found;
}

static bool put_text(char *out, size_t size, Str s)
{
    if (s.n >= size) return false;
    if (s.n > 0) memcpy(out, s.p, s.n);
    out[s.n] = 0;
    return true;
}

static bool entry_fill(Entry *e, const Actor *actor)
{
    if (actor->n_roles > CACHED_ROLES_MAX || actor->n_units > ACTOR_UNITS_MAX) return false;
    bool fits = put_text(e->community, sizeof e->community, actor->community) &&
                put_text(e->person, sizeof e->person, actor->person) &&
                put_text(e->session, sizeof e->session, actor->session);
    e->strong = actor->strong;
    e->n_units = actor->n_units;
    for (int i = 0; fits && i < actor->n_units; i++)
        fits = put_text(e->units[i], sizeof e->units[i], actor->units[i]);
    e->n_roles = actor->n_roles;
    for (int i = 0; fits && i < actor->n_roles; i++) {
        const RoleAt *r = &actor->roles[i];
        e->roles[i].roles = r->roles;
        e->roles[i].from = r->from;
        e->roles[i].until = r->until;
        fits = put_text(e->roles[i].place, sizeof e->roles[i].place, r->place);
    }
    return fits;
}

/* Whoever was loaded longest ago makes room. */
static void cache_put(Sessions *s, Hash key, const Actor *actor, int64_t now, int64_t expires_at, uint64_t generation)
{
    Entry fresh = { .key = key, .used = true, .loaded_at = now, .expires_at = expires_at };
    if (!entry_fill(&fresh, actor)) return;
    pthread_mutex_lock(&s->mutex);
    if (generation == s->generation) {
        Entry *set = set_of(s, &key), *room = set;
        for (int i = 0; i < WAYS; i++) {
            if (set[i].used && hash_eq(set[i].key, key)) {
                room = &set[i];
                break;
            }
            if (room->used && (!set[i].used || set[i].loaded_at < room->loaded_at)) room = &set[i];
        }
        *room = fresh;
    }
    pthread_mutex_unlock(&s->mutex);
}

typedef enum What { PERSON_OF, SESSION_OF, ALL_OF } What;

static void forget(Sessions *s, What what, Str community, Str id)
{
    pthread_mutex_lock(&s->mutex);
    s->generation++;
    for (uint64_t i = 0; i < s->sets * WAYS; i++) {
        Entry *e = &s->entries[i];
        if (!e->used) continue;
        bool it = what == ALL_OF || (str_is(community, e->community) &&
                                     (str_is(id, e->session) || (what == PERSON_OF && str_is(id, e->person))));
        if (it) e->used = false;
    }
    pthread_mutex_unlock(&s->mutex);
}

void sessions_forget_person(Sessions *s, Str community, Str person)
{
    forget(s, PERSON_OF, community, person);
}

void sessions_forget_session(Sessions *s, Str community, Str session)
{
    forget(s, SESSION_OF, community, session);
}

void sessions_forget_all(Sessions *s)
{
    forget(s, ALL_OF, S(""), S(""));
}

void sessions_committed(Sessions *s, const Event *events, int n)
{
    for (int i = 0; i < n; i++) {
        const Event *e = &events[i];
        if (str_starts(e->type, S("person."))) sessions_forget_person(s, e->community, e->matter);
        Str named = e->action != NULL && e->action->alone ? json_text(e->data, "person") : S("");
        if (named.n > 0) sessions_forget_person(s, e->community, named); /* joined or left a unit */
    }
}

/* ---- from the store ----------------------------------------------------------------------------------------- */

static Stmt session_load = {
    "ss", "ssllll",
    "SELECT s.id, s.person, s.created_at, s.expires_at, s.last_seen, s.strong_at FROM session s"
    " JOIN person p ON p.community = s.community AND p.person = s.person"
    " WHERE s.community = $1 AND s.token_hash = $2 AND p.state <> 'erased'"
};
static Stmt session_roles = {
    "ss", "ssll",
    "SELECT r.role, r.place, r.starts_at, r.ends_at FROM session s"
    " JOIN role r ON r.community = s.community AND r.person = s.person"
    " WHERE s.community = $1 AND s.token_hash = $2 ORDER BY r.place, r.role LIMIT 64"
};
static Stmt token_load = {
    "ss", "sssls",
    "SELECT t.id, t.role, t.place, t.expires_at, CASE WHEN t.person <> '' THEN t.person ELSE t.acts_as END"
    " FROM token t WHERE t.community = $1 AND t.token_hash = $2"
    " AND (t.person = '' OR EXISTS (SELECT 1 FROM person p WHERE p.community = t.community AND p.person = t.person"
    " AND p.state <> 'erased'))"
};
static Stmt session_add = {
    "ssssllllss", "",
    "INSERT INTO session (community, id, token_hash, person, created_at, expires_at, last_seen, by_code, device, agent,"
    " strong_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0)"
};
static Stmt session_list = { "ss", "sl",
                             "SELECT id, expires_at FROM session WHERE community = $1 AND person = $2"
                             " ORDER BY last_seen DESC, id DESC" };
static Stmt session_drop = { "ss", "", "DELETE FROM session WHERE community = $1 AND id = $2" };
static Stmt session_touch = { "ssll", "",
                              "UPDATE session SET last_seen = $3, expires_at = $4"
                              " WHERE community = $1 AND id = $2 AND strong_at = 0 AND last_seen < $3" };

static Stmt session_units = { "ss", "s",
                              "SELECT b.body FROM session s JOIN membership b ON b.community = s.community"
                              " AND b.person = s.person WHERE s.community = $1 AND s.token_hash = $2"
                              " ORDER BY b.body LIMIT 8" };
static Stmt person_units = { "ss", "s",
                             "SELECT body FROM membership WHERE community = $1 AND person = $2 ORDER BY body LIMIT 8" };

Stmt *const session_statements[] = { &session_units, &person_units, &session_load, &session_roles, &token_load,
                                     &session_add,   &session_list, &session_drop, &session_touch, NULL };

/* What must not count before the second factor was given. */
static Roles usable(Roles roles, bool strong)
{
    return strong ? roles : roles & ~(Roles)(ADMIN | AUDITOR);
}

static void put_units(Arena *a, Actor *actor, const DbRows *r)
{
    Str *units = arena_array(a, Str, r->rows + 1);
    for (int i = 0; i < r->rows; i++)
        units[i] = arena_str(a, db_text(r, i, 0));
    actor->units = units;
    actor->n_units = r->rows;
}

Fail actor_load_units(Db *db, Arena *a, Str community, Actor *actor)
{
    Fail f = FAIL_NONE;
    DbRows *r = db_run(db, a, &person_units, ARGS(TXT(community), TXT(actor->person)), &f);
    if (f.err == OK) put_units(a, actor, r);
    return f;
}

static Actor *actor_by_rows(Arena *a, Str community, const DbRows *session, const DbRows *held)
{
    Actor *actor = arena_new_of(a, Actor);
    RoleAt *roles = arena_array(a, RoleAt, held->rows + 1);
    bool strong = db_int(session, 0, 5) > 0;
    int n = 0;
    for (int i = 0; i < held->rows; i++) {
        Roles role = usable(role_by_name(db_text(held, i, 0)), strong);
        if (role != 0) roles[n++] = (RoleAt){ role, db_text(held, i, 1), db_int(held, i, 2), db_int(held, i, 3) };
    }
    *actor = (Actor){ .person = db_text(session, 0, 1),
                      .community = arena_str(a, community),
                      .session = db_text(session, 0, 0),
                      .roles = roles,
                      .n_roles = n,
                      .strong = strong };
    return actor;
}

/* A program acts under its token's id (of the first one, where that was renewed), or for the person that the operator
 * named; never with a second factor. */
static Actor *actor_by_token(Arena *a, Str community, const DbRows *token)
{
    Actor *actor = arena_new_of(a, Actor);
    RoleAt *role = arena_new_of(a, RoleAt);
    *role = (RoleAt){ usable(role_by_name(db_text(token, 0, 1)), false), db_text(token, 0, 2), 0, db_int(token, 0, 3) };
    Str person = db_text(token, 0, 4);
    *actor = (Actor){ .person = person.n > 0 ? person : db_text(token, 0, 0),
                      .community = arena_str(a, community),
                      .session = db_text(token, 0, 0),
                      .roles = role,
                      .n_roles = 1 };
    return actor;
}

/* ---- last uses: written later, in batches of one community, by the writer ---- */

static Fail touch_run(void *arg, Db *db)
{
    Sessions *s = arg;
    Touch taken[TOUCHES_MAX];
    int n = 0, left = 0;
    pthread_mutex_lock(&s->mutex);
    for (int i = 0; i < s->n_touches; i++) {
        if (n == 0 || strcmp(s->touches[i].community, taken[0].community) == 0)
            taken[n++] = s->touches[i];
        else
            s->touches[left++] = s->touches[i];
    }
    s->n_touches = left;
    pthread_mutex_unlock(&s->mutex);
    Arena *a = arena_new();
    for (int i = 0; i < n; i++)
        db_send(db, a, &session_touch,
                ARGS(TXT(str_c(taken[i].community)), TXT(str_c(taken[i].session)), NUM(taken[i].at),
                     NUM(taken[i].expires_at)));
    Fail f = n > 0 ? db_sync(db) : FAIL_NONE;
    arena_free(a);
    return f;
}

/* A lost touch costs an hour of idle time: nothing is tried again. Others wait for the next request's push. */
static void touch_done(void *arg, Fail f)
{
    (void)f;
    Sessions *s = arg;
    pthread_mutex_lock(&s->mutex);
    s->touching = false;
    pthread_mutex_unlock(&s->mutex);
}

static void touch(Sessions *s, const Actor *actor, int64_t now, int64_t expires_at)
{
    const Later *later = s->config.later;
    if (later == NULL) return;
    pthread_mutex_lock(&s->mutex);
    bool queue = false, known = false;
    for (int i = 0; i < s->n_touches && !known; i++)
        known = str_is(actor->session, s->touches[i].session);
    if (!known && s->n_touches < TOUCHES_MAX) {
        Touch *t = &s->touches[s->n_touches];
        *t = (Touch){ .at = now, .expires_at = expires_at };
        if (put_text(t->community, sizeof t->community, actor->community) &&
            put_text(t->session, sizeof t->session, actor->session))
            s->n_touches++;
    }
    if (s->n_touches > 0 && !s->touching) queue = s->touching = true;
    pthread_mutex_unlock(&s->mutex);
    if (queue) later->on_writer(later->server, touch_run, touch_done, s);
}

Actor *session_actor(Sessions *s, Arena *a, Db *db, Str token, bool bearer, int64_t now, Fail *f)
{
    Str community;
    *f = FAIL_NONE;
    if (!session_token_split(token, &community)) return NULL;
    pthread_mutex_lock(&s->mutex);
    uint64_t generation = s->generation;
    pthread_mutex_unlock(&s->mutex);
    Str hash = seal_token_hash(s->config.seals, a, token);
    DbVal args[] = { TXT(community), TXT(hash) };
    DbRows *rows = db_send(db, a, bearer ? &token_load : &session_load, args);
    DbRows *roles = bearer ? NULL : db_send(db, a, &session_roles, args);
    DbRows *units = bearer ? NULL : db_send(db, a, &session_units, args);
    *f = db_sync(db);
    if (f->err != OK || rows->rows == 0) return NULL;
    int64_t expires_at = db_int(rows, 0, 3);
    if (expires_at <= now) return NULL;
    Actor *actor = bearer ? actor_by_token(a, community, rows) : actor_by_rows(a, community, rows, roles);
    if (!bearer) put_units(a, actor, units);
    cache_put(s, cache_key(token, bearer), actor, now, expires_at, generation);
    if (!bearer && !actor->strong && now - db_int(rows, 0, 4) > SESSION_TOUCH_MS)
        touch(s, actor, now, session_expiry(db_int(rows, 0, 2), now, 0));
    return actor;
}

Fail session_create(const Seals *seals, Arena *a, Db *db, const SessionNew *n, Str *token)
{
    Fail f = FAIL_NONE;
    DbRows *old = db_run(db, a, &session_list, ARGS(TXT(n->community), TXT(n->person)), &f);
    if (f.err != OK) return f;
    int kept = 0;
    for (int i = 0; i < old->rows; i++) {
        bool keep = db_int(old, i, 1) > n->now && kept < SESSIONS_PER_PERSON_MAX - 1;
        if (keep)
            kept++;
        else
            db_send(db, a, &session_drop, ARGS(TXT(n->community), TXT(db_text(old, i, 0))));
    }
    *token = session_new_token(a, n->community);
    db_send(db, a, &session_add,
            ARGS(TXT(n->community), TXT(id_new(a, n->now)), TXT(seal_token_hash(seals, a, *token)), TXT(n->person),
                 NUM(n->now), NUM(session_expiry(n->now, n->now, 0)), NUM(n->now), NUM(n->by_code), TXT(n->device),
                 TXT(n->agent)));
    return db_sync(db);
}
