/* Everything that is known about me, to take along; and who can be given work. */
#include "core/person/person.h"

enum { EXPORT_ROWS_MAX = 5000 };

static Stmt me_get = {
    "ss", "ssssssls",
    "SELECT p.state, p.language, p.name, p.phone, p.roles, m.place, m.opened_at, m.data FROM person p"
    " JOIN matter m ON m.community = p.community AND m.id = p.person"
    " WHERE p.community = $1 AND p.person = $2"
};
static Stmt me_sessions = { "ss", "llls",
                            "SELECT created_at, last_seen, expires_at, agent FROM session"
                            " WHERE community = $1 AND person = $2 ORDER BY created_at" };
static Stmt me_matters = { "ssl", "slslsssll",
                           "SELECT r.matter, r.relations, m.kind, m.number, m.state, m.place, m.category, m.opened_at,"
                           " m.closed_at FROM relation r JOIN matter m ON m.community = r.community AND m.id = r.matter"
                           " WHERE r.community = $1 AND r.person = $2 ORDER BY r.matter LIMIT $3" };
static Stmt me_entries = { "ssl", "sslls",
                           "SELECT t.matter, t.type, t.seq, t.at, t.data FROM timeline t"
                           " WHERE t.community = $1 AND t.actor = $2 ORDER BY t.seq LIMIT $3" };
/* What others did to my file, and what they wrote about me: it is sealed with my key, so it names me. */
static Stmt me_about = { "ssl", "sslls",
                         "SELECT t.matter, t.type, t.seq, t.at, t.data FROM relation r"
                         " JOIN timeline t ON t.community = r.community AND t.matter = r.matter"
                         " WHERE r.community = $1 AND r.person = $2 AND t.actor <> $2"
                         " AND (t.matter = $2 OR t.data LIKE '%' || $2 || '%') ORDER BY t.seq LIMIT $3" };
static Stmt me_access = { "ssl", "lsss",
                          "SELECT at, reader, what, matter FROM access WHERE community = $1 AND subject = $2"
                          " ORDER BY at DESC, id DESC LIMIT $3" };
static Stmt staff_list = {
    "s", "ssssllss",
    "SELECT r.person, r.role, r.place, p.name, r.starts_at, r.ends_at, c.name, c.duty_phone FROM role r"
    " JOIN person p ON p.community = r.community AND p.person = r.person"
    " LEFT JOIN card c ON c.community = r.community AND c.person = r.person"
    " WHERE r.community = $1 AND r.role IN ('officer', 'team', 'dispatcher', 'mediator', 'clerk')"
    " ORDER BY r.person, r.role, r.place LIMIT 5000"
};
/* From what is open, of one kind, to who has it. The order of due times has one index, that of what is open. */
static Stmt staff_open = { "ss", "sl",
                           "SELECT r.person, count(*) FROM (SELECT m.id FROM matter m WHERE m.community = $1"
                           " AND m.kind = $2 AND m.closed_at = 0 ORDER BY m.due_at, m.id LIMIT 1000000) o"
                           " CROSS JOIN relation r WHERE r.community = $1 AND r.matter = o.id"
                           " AND (r.relations & 2) <> 0 GROUP BY r.person" };

static Stmt phone_of = { "ss", "ss",
                         "SELECT m.place, p.phone FROM person p JOIN matter m ON m.community = p.community"
                         " AND m.id = p.person WHERE p.community = $1 AND p.person = $2" };
static Stmt look_add = { "sslsss", "",
                         "INSERT INTO access (community, subject, at, id, reader, what, matter)"
                         " VALUES ($1, $2, $3, $4, $5, $6, $2)" };

Stmt *const own_statements[] = { &me_get, &me_sessions, &me_matters, &me_entries, &me_about, &me_access, &staff_list,
                                 &staff_open, &phone_of, &look_add, NULL };

/* ---- opening ---- */

static Str open_sealed(CallCtx *c, const json_t *v)
{
    Key key;
    Str plain = S("");
    if (c->keys == NULL || !key_cache_get(c->keys, c->db, c->community, seal_subject(v), &key)) return plain;
    return seal_open(c->arena, key, c->community, v, &plain) ? plain : S("");
}

static json_t *opened(CallCtx *c, json_t *v)
{
    if (seal_is(v)) {
        Str plain = open_sealed(c, v);
        return json_keep(c->arena, plain.n > 0 ? json_stringn(plain.p, plain.n) : json_null());
    }
    const char *key;
    json_t *member;
    void *next;
    json_object_foreach_safe(v, next, key, member) json_object_set(v, key, opened(c, member));
    for (size_t i = 0; i < json_array_size(v); i++)
        json_array_set(v, i, opened(c, json_array_get(v, i)));
    return v;
}

/* Stored JSON with what was sealed in it, readable; null when it cannot be read. */
static json_t *open_json(CallCtx *c, Str text)
{
    Fail f = FAIL_NONE;
    json_t *v = text.n > 0 ? json_read(c->arena, text, &f) : NULL;
    return v != NULL ? opened(c, v) : json_keep(c->arena, json_null());
}

static void put_json(Json *j, const char *key, const json_t *v)
{
    jw_key(j, key);
    jw_value(j, v);
}

/* ---- GET /me/export ---- */

static void export_file(CallCtx *c, Json *j, const DbRows *me)
{
    json_t *data = open_json(c, db_text(me, 0, 7));
    jw_put_text(j, "person", c->actor->person);
    jw_put_text(j, "community", c->community);
    jw_put_text(j, "state", db_text(me, 0, 0));
    jw_put_text(j, "language", db_text(me, 0, 1));
    put_json(j, "name", open_json(c, db_text(me, 0, 2)));
    put_json(j, "phone", open_json(c, db_text(me, 0, 3)));
    put_json(j, "roles", open_json(c, db_text(me, 0, 4)));
    jw_put_text(j, "place", db_text(me, 0, 5));
    jw_put_int(j, "registered_at", db_int(me, 0, 6));
    static const char *const more[] = { "card",   "device",  "mail",       "by_mail", "push", "sms",
                                        "by_sms", "webhook", "by_webhook", "order",   "quiet", "filters" };
    for (int i = 0; i < COUNT(more); i++)
        if (json_object_get(data, more[i]) != NULL) put_json(j, more[i], json_object_get(data, more[i]));
}

static void export_sessions(Json *j, const DbRows *r)
{
    jw_key(j, "sessions");
    jw_open(j, '[');
    for (int i = 0; i < r->rows; i++) {
        jw_open(j, '{');
        jw_put_int(j, "created_at", db_int(r, i, 0));
        jw_put_int(j, "last_seen", db_int(r, i, 1));
        jw_put_int(j, "expires_at", db_int(r, i, 2));
        jw_put_text(j, "agent", db_text(r, i, 3));
        jw_close(j, '}');
    }
    jw_close(j, ']');
}

static void export_matters(Json *j, const DbRows *r)
{
    jw_key(j, "matters");
    jw_open(j, '[');
    for (int i = 0; i < r->rows && i < EXPORT_ROWS_MAX; i++) {
        jw_open(j, '{');
        jw_put_text(j, "id", db_text(r, i, 0));
        jw_put_text(j, "kind", db_text(r, i, 2));
        jw_put_int(j, "number", db_int(r, i, 3));
        jw_put_text(j, "state", db_text(r, i, 4));
        jw_put_text(j, "place", db_text(r, i, 5));
        jw_put_text(j, "category", db_text(r, i, 6));
        jw_put_int(j, "opened_at", db_int(r, i, 7));
        jw_put_int(j, "closed_at", db_int(r, i, 8));
        jw_key(j, "is");
        jw_open(j, '[');
        for (int bit = 0; bit < RELATIONS_N; bit++)
            if (db_int(r, i, 1) >> bit & 1) jw_text(j, str_c(relation_name(bit)));
        jw_close(j, ']');
        jw_close(j, '}');
    }
    jw_close(j, ']');
}

/* Of what others wrote about matters of mine, only what is sealed with my key is mine; the rest is theirs, and the app
 * shows it. False if nothing is left. */
static bool keep_mine(CallCtx *c, json_t *data)
{
    const char *key;
    json_t *v;
    void *next;
    json_object_foreach_safe(data, next, key, v)
        if (!seal_is(v) || !str_eq(seal_subject(v), c->actor->person)) json_object_del(data, key);
    return json_object_size(data) > 0;
}

/* `own`: what I did myself; else what others did about me. */
static void export_entries(CallCtx *c, Json *j, const char *name, const DbRows *r, bool own)
{
    jw_key(j, name);
    jw_open(j, '[');
    for (int i = 0; i < r->rows && i < EXPORT_ROWS_MAX; i++) {
        Fail f = FAIL_NONE;
        json_t *data = json_read(c->arena, db_text(r, i, 4), &f);
        bool my_file = str_eq(db_text(r, i, 0), c->actor->person);
        if (data == NULL || (!own && !my_file && !keep_mine(c, data))) continue;
        jw_open(j, '{');
        jw_put_text(j, "matter", db_text(r, i, 0));
        jw_put_text(j, "type", db_text(r, i, 1));
        jw_put_int(j, "seq", db_int(r, i, 2));
        jw_put_int(j, "at", db_int(r, i, 3));
        put_json(j, "data", opened(c, data));
        jw_close(j, '}');
    }
    jw_close(j, ']');
}

static void export_access(Json *j, const DbRows *r)
{
    jw_key(j, "access");
    jw_open(j, '[');
    for (int i = 0; i < r->rows && i < EXPORT_ROWS_MAX; i++) {
        jw_open(j, '{');
        jw_put_int(j, "at", db_int(r, i, 0));
        jw_put_text(j, "reader", db_text(r, i, 1));
        jw_put_text(j, "what", db_text(r, i, 2));
        jw_put_text(j, "matter", db_text(r, i, 3));
        jw_close(j, '}');
    }
    jw_close(j, ']');
}

Fail own_export(CallCtx *c)
{
    if (!str_eq(c->actor->community, c->community)) return fail(ERR_NOT_FOUND, "not_found");
    DbVal key[] = { TXT(c->community), TXT(c->actor->person), NUM(EXPORT_ROWS_MAX + 1) };
    DbRows *me = db_send(c->db, c->arena, &me_get, key);
    DbRows *sessions = db_send(c->db, c->arena, &me_sessions, key);
    DbRows *matters = db_send(c->db, c->arena, &me_matters, key);
    DbRows *entries = db_send(c->db, c->arena, &me_entries, key);
    DbRows *about = db_send(c->db, c->arena, &me_about, key);
    DbRows *access = db_send(c->db, c->arena, &me_access, key);
    Fail f = db_sync(c->db);
    if (f.err != OK) return f;
    if (me->rows == 0) return fail(ERR_NOT_FOUND, "not_found"); /* a program has no file */
    Buf out = buf_new(c->arena, 16384);
    Json j = json_to(&out);
    jw_open(&j, '{');
    jw_put_int(&j, "at", c->now);
    export_file(c, &j, me);
    export_sessions(&j, sessions);
    export_matters(&j, matters);
    export_entries(c, &j, "entries", entries, true);
    export_entries(c, &j, "about", about, false);
    export_access(&j, access);
    bool more = matters->rows > EXPORT_ROWS_MAX || entries->rows > EXPORT_ROWS_MAX ||
                about->rows > EXPORT_ROWS_MAX || access->rows > EXPORT_ROWS_MAX;
    jw_put_bool(&j, "more", more); /* beyond EXPORT_ROWS_MAX of a kind: the rest is in the lists */
    jw_close(&j, '}');
    reply_json(&c->reply, 200, buf_str(&out));
    c->reply.headers[c->reply.n_headers++] =
        (HttpHeader){ "Content-Disposition", S("attachment; filename=\"linli.json\"") };
    return FAIL_NONE;
}

/* ---- POST /people/{id}/phone: somebody's number, for a reason that the person reads in their log ---- */

Fail own_phone(CallCtx *c)
{
    Fail f = FAIL_NONE;
    Str person = call_arg(c, 0);
    DbRows *r = db_run(c->db, c->arena, &phone_of, ARGS(TXT(c->community), TXT(person)), &f);
    if (f.err != OK) return f;
    Roles keepers = DISPATCHER | CLERK | ADMIN;
    if (r->rows == 0 || !(actor_roles_at(c->actor, db_text(r, 0, 0), c->now) & keepers))
        return fail(ERR_NOT_FOUND, "not_found");
    if (!str_eq(person, c->actor->person))
        db_send(c->db, c->arena, &look_add,
                ARGS(TXT(c->community), TXT(person), NUM(c->now), TXT(id_new(c->arena, c->now)), TXT(c->actor->person),
                     TXT(arena_fmt(c->arena, "person.phone.%.*s", STR_ARG(json_text(c->input, "why"))))));
    json_t *answer = json_new_object(c->arena);
    json_put(answer, "phone", open_json(c, db_text(r, 0, 1)));
    call_json(c, json_print(c->arena, answer));
    return db_sync(c->db);
}

/* ---- GET /people/handlers ---- */

/* Somebody whose place lies in one of mine, or whose place contains one. */
static bool in_reach(const Actor *a, Str place, int64_t now)
{
    if (actor_roles_at(a, place, now) & (DISPATCHER | OVERSEER | ADMIN)) return true;
    for (int i = 0; i < a->n_roles; i++)
        if ((a->roles[i].roles & (DISPATCHER | OVERSEER | ADMIN)) && place_within(a->roles[i].place, place))
            return true;
    return false;
}

static Str shown_name(CallCtx *c, const DbRows *r, int row)
{
    Fail f = FAIL_NONE;
    if (!db_null(r, row, 6)) return db_text(r, row, 6);
    json_t *v = db_text(r, row, 3).n > 0 ? json_read(c->arena, db_text(r, row, 3), &f) : NULL;
    return v != NULL && seal_is(v) ? mask_text(c->arena, open_sealed(c, v)) : S("");
}

static bool in_force(const CallCtx *c, const DbRows *r, int row)
{
    int64_t from = db_int(r, row, 4), until = db_int(r, row, 5);
    return from <= c->now && (until == 0 || c->now < until) && in_reach(c->actor, db_text(r, row, 2), c->now);
}

/* Column `col` of the person's rows in force, each value once: roles come sorted by role, places may repeat. */
static void put_column(CallCtx *c, Json *j, const char *key, const DbRows *r, int first, int last, int col)
{
    jw_key(j, key);
    jw_open(j, '[');
    for (int i = first; i < last; i++) {
        bool repeated = !in_force(c, r, i);
        for (int k = first; k < i && !repeated; k++)
            repeated = in_force(c, r, k) && str_eq(db_text(r, k, col), db_text(r, i, col));
        if (!repeated) jw_text(j, db_text(r, i, col));
    }
    jw_close(j, ']');
}

static void put_handler(CallCtx *c, Json *j, const DbRows *r, int first, int last, int64_t open)
{
    jw_open(j, '{');
    jw_put_text(j, "person", db_text(r, first, 0));
    jw_put_text(j, "name", shown_name(c, r, first));
    jw_put_text(j, "phone", db_null(r, first, 7) ? S("") : db_text(r, first, 7));
    put_column(c, j, "roles", r, first, last, 1);
    put_column(c, j, "places", r, first, last, 2);
    jw_put_int(j, "open", open);
    jw_close(j, '}');
}

/* Person -> how many open matters they have. */
static Map *open_of(Arena *a, DbRows *const *counts, int n)
{
    int rows = 1;
    for (int i = 0; i < n; i++)
        rows += counts[i]->rows;
    Map *open = map_new(a, rows);
    for (int i = 0; i < n; i++)
        for (int k = 0; k < counts[i]->rows; k++) {
            int64_t *has = map_get(open, db_text(counts[i], k, 0));
            if (has == NULL) map_put(open, db_text(counts[i], k, 0), has = arena_new_of(a, int64_t));
            *has += db_int(counts[i], k, 1);
        }
    return open;
}

Fail own_handlers(CallCtx *c)
{
    DbRows *r = db_send(c->db, c->arena, &staff_list, ARGS(TXT(c->community)));
    DbRows *counts[MODULES_MAX];
    int n = 0;
    for (int i = 0; i < c->world->n_modules; i++)
        if (c->world->modules[i]->numbered)
            counts[n++] = db_send(c->db, c->arena, &staff_open,
                                  ARGS(TXT(c->community), TXT(str_c(c->world->modules[i]->name))));
    Fail f = db_sync(c->db);
    if (f.err != OK) return f;
    Map *open = open_of(c->arena, counts, n);
    Buf out = buf_new(c->arena, 4096);
    Json j = json_to(&out);
    jw_open(&j, '{');
    jw_key(&j, "rows");
    jw_open(&j, '[');
    for (int first = 0, last; first < r->rows; first = last) {
        bool any = false;
        for (last = first; last < r->rows && str_eq(db_text(r, first, 0), db_text(r, last, 0)); last++)
            any = any || in_force(c, r, last);
        const int64_t *has = map_get(open, db_text(r, first, 0));
        if (any) put_handler(c, &j, r, first, last, has != NULL ? *has : 0);
    }
    jw_close(&j, ']');
    jw_key(&j, "next");
    jw_null(&j);
    jw_close(&j, '}');
    reply_json(&c->reply, 200, buf_str(&out));
    return FAIL_NONE;
}
