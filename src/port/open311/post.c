/* What every posting has in common: the form, the key with its quota, and the way through the writer. */
#include "port/open311/post.h"

#include "core/access/session.h"
#include "core/serve/serve.h"

static Stmt quota_load = { "ss", "l", "SELECT per_hour FROM token WHERE community = $1 AND id = $2" };
Stmt *const post_statements[] = { &quota_load, NULL };

Str post_value(const Post *p, const char *name)
{
    for (int i = 0; i < p->form.n_fields; i++)
        if (str_is(p->form.fields[i].name, name) && p->form.fields[i].value.n > 0) return p->form.fields[i].value;
    return S("");
}

/* ---- key and quota ---- */

static Str key_of(const Post *p)
{
    Str key = post_value(p, "api_key"), header = http_header(p->http, "Authorization");
    if (key.n == 0) key = ask_param(&p->ask, "api_key");
    if (key.n == 0 && str_starts(header, S("Bearer "))) key = str_trim((Str){ header.p + 7, header.n - 7 });
    return key;
}

static Fail open_key(CallCtx *c, Post *p, Str key)
{
    Fail f = FAIL_NONE;
    Fail wrong = fail_field(ERR_FORBIDDEN, "sign_in", "api_key", 0);
    if (key.n == 0 || c->sessions == NULL) return fail_field(ERR_SIGN_IN, "sign_in", "api_key", 0);
    Actor *actor = session_cached(c->sessions, c->arena, key, true, c->now);
    if (actor == NULL) actor = session_actor(c->sessions, c->arena, c->db, key, true, c->now, &f);
    if (f.err != OK) return f;
    bool named = ask_param(&p->ask, "jurisdiction_id").n > 0 || post_value(p, "jurisdiction_id").n > 0 ||
                 str_starts(p->http->path, S("/c/"));
    if (actor == NULL || (named && !str_eq(actor->community, p->ask.community))) return wrong;
    p->ask.community = actor->community;
    actor_within(c->arena, actor, actor->community);
    if (!(actor_roles(actor, c->now) & PROGRAM)) return wrong;
    p->command.actor = actor;
    DbRows *r = db_run(c->db, c->arena, &quota_load, ARGS(TXT(actor->community), TXT(actor->session)), &f);
    if (f.err != OK || r->rows == 0) return f.err != OK ? f : wrong;
    int64_t most = db_int(r, 0, 0) > 0 ? db_int(r, 0, 0) : POST_PER_HOUR;
    return call_rate(c, actor->session, "open311", (int)most, HOUR_MS);
}

Fail post_begin(CallCtx *c, Post *p)
{
    *p = (Post){ .later = c->later, .server = c->server, .http = c->http, .arena = c->arena };
    if (c->http == NULL || c->later == NULL || c->server == NULL) return fail(ERR_BUSY, "busy");
    Fail f = ask_begin(c, &p->ask);
    if (f.err == OK) f = form_read(c->arena, http_header(c->http, "Content-Type"), c->body, &p->form);
    if (f.err != OK) return f;
    Str jurisdiction = post_value(p, "jurisdiction_id");
    if (jurisdiction.n > 0 && !call_community_known(c, jurisdiction))
        return fail_field(ERR_NOT_FOUND, "not_found", "jurisdiction_id", 0);
    bool in_path = str_starts(c->http->path, S("/c/")) && !str_eq(jurisdiction, p->ask.community);
    if (jurisdiction.n > 0 && in_path) return fail_field(ERR_NOT_FOUND, "not_found", "jurisdiction_id", 0);
    if (jurisdiction.n > 0) p->ask.community = jurisdiction;
    return open_key(c, p, key_of(p));
}

/* ---- what was posted ---- */

static bool has_markup(Str s)
{
    for (size_t i = 0; i + 2 < s.n; i++) {
        char next = s.p[i + 1];
        bool opens = next == '/' || next == '!' || (next >= 'a' && next <= 'z') || (next >= 'A' && next <= 'Z');
        if (s.p[i] == '<' && opens && memchr(s.p + i, '>', s.n - i) != NULL) return true;
    }
    return false;
}

Fail post_texts(const Post *p)
{
    for (int i = 0; i < p->form.n_fields; i++) {
        Str name = p->form.fields[i].name;
        if (p->form.fields[i].value.n == 0 || str_starts(name, S("attribute["))) continue;
        for (int k = 0; k < i; k++)
            if (str_eq(name, p->form.fields[k].name) && p->form.fields[k].value.n > 0)
                return fail_field(ERR_INVALID, "repeated", utf8_valid(name) && name.n < 40
                                                               ? arena_c(p->arena, name) : "a field", 0);
    }
    Str text = post_value(p, "description");
    if (utf8_count(text) > POST_TEXT_MAX) return fail_field(ERR_INVALID, "too_long", "description", POST_TEXT_MAX);
    if (has_markup(text)) return fail_field(ERR_INVALID, "no_html", "description", 0);
    if (p->form.n_files > CAME_MAX) return fail_field(ERR_INVALID, "too_many", "media", CAME_MAX);
    return FAIL_NONE;
}

Str post_hash(const Post *p)
{
    Hasher *h = hasher_new(p->arena);
    hasher_add(h, S("open311 post 1\n"));
    for (int i = 0; i < p->form.n_fields; i++) {
        const FormField *f = &p->form.fields[i];
        if (str_is(f->name, "api_key")) continue;
        hasher_add(h, arena_fmt(p->arena, "%zu %zu ", f->name.n, f->value.n));
        hasher_add(h, f->name);
        hasher_add(h, f->value);
    }
    for (int i = 0; i < p->form.n_files; i++)
        hasher_add(h, hash_hex(p->arena, hash_one(p->form.files[i].bytes)));
    return hash_hex(p->arena, hasher_end(h));
}

/* ---- the command ---- */

void post_command(Post *p, const char *type, Str same)
{
    Command *c = &p->command;
    Str key = http_header(p->http, "Idempotency-Key");
    c->arena = p->arena;
    c->community = p->ask.community;
    c->action = world_action(p->ask.c->world, str_c(type), &c->module);
    assert(c->action != NULL);
    if (id_valid(key))
        c->client_id = key;
    else if (same.n > 0)
        c->client_id = id_from_hash(p->arena, S("open311"),
                                    arena_fmt(p->arena, "%.*s %.*s", STR_ARG(c->actor->person), STR_ARG(same)));
    else
        c->client_id = id_new(p->arena, p->ask.c->now);
    c->body_hash = post_hash(p);
    p->row.version = -1;
    p->row.input = json_new_object(p->arena);
    c->rows = &p->row;
    c->n_rows = 1;
}

/* As the form calls what the action's fields call otherwise. */
static void rename_field(Fail *f, Arena *a)
{
    static const struct {
        const char *ours, *theirs;
    } names[] = { { "category", "service_code" }, { "text", "description" }, { "reason", "description" },
                  { "near", "address_string" },   { "caller", "first_name" }, { "photos", "media" },
                  { "point.lat", "lat" },         { "point.lon", "long" },   { "point", "lat" } };
    Str field = arena_str(a, str_c(f->field));
    if (str_starts(field, S("form."))) {
        *f = fail_field(f->err, f->code, arena_fmt(a, "attribute[%.*s]", (int)field.n - 5, field.p + 5).p, f->limit);
        return;
    }
    for (int i = 0; i < COUNT(names); i++) {
        if (!str_is(field, names[i].ours)) continue;
        *f = fail_field(f->err, f->code, names[i].theirs, f->limit);
        return;
    }
}

/* On the writer's thread, or wherever it was refused. */
static void done(void *arg, Fail f)
{
    Post *p = arg;
    Out o;
    if (f.err != OK) {
        rename_field(&f, p->arena);
        p->later->refuse(p->later->server, p->http, f);
        return;
    }
    out_begin(&o, p->arena, p->ask.format);
    p->put(p, &o);
    HttpReply reply = { .status = 201, .type = ask_type(p->ask.format), .body = out_end(&o) };
    if (p->command.repeated) http_reply_header(&reply, "Idempotent-Replay", S("true"));
    p->later->answer(p->later->server, p->http, &reply);
}

static void photos_came(FileCame *came, Fail f)
{
    Post *p = came->self;
    if (f.err != OK) {
        done(p, f);
        return;
    }
    json_t *photos = json_new_array(p->arena);
    for (int i = 0; i < came->n; i++)
        json_array_append_new(photos, json_stringn(came->ids[i].p, came->ids[i].n));
    json_put(p->row.input, "photos", photos);
    serve_command(p->server, &p->command, done, p);
}

Fail post_go(CallCtx *c, Post *p)
{
    p->ask.c = NULL;
    c->taken = true;
    if (p->form.n_files == 0) {
        serve_command(p->server, &p->command, done, p);
        return FAIL_NONE;
    }
    p->came = (FileCame){ .arena = c->arena, .server = c->server, .blobs = c->blobs, .seals = c->seals,
                          .community = p->command.community, .matter = p->row.matter, .n = p->form.n_files,
                          .now = c->now, .then = photos_came, .self = p };
    for (int i = 0; i < p->form.n_files; i++)
        p->came.bytes[i] = p->form.files[i].bytes;
    Fail f = c->files != NULL ? files_come(c->files, &p->came) : fail(ERR_BUSY, "busy");
    if (f.err != OK) c->taken = false;
    return f;
}
