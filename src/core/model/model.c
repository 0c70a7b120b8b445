/* GET /model: the rows, row by row. Whose day: a screen's that nobody drew by hand. Never: a second source of rules. */
#include "core/model/model.h"

#include "core/module.h"
static Str word(const World *w, const Module *m, const char *group, const char *name)
{
    return arena_fmt(w->arena, "%s.%s.%s", m->name, group, name);
}

static void put_route(Json *j, const char *key, HttpMethod method, Str path)
{
    jw_key(j, key);
    jw_open(j, '{');
    jw_put_text(j, "method", str_c(method_name(method)));
    jw_put_text(j, "path", path);
    jw_close(j, '}');
}

static const Row *row_of(const World *w, RowKind kind, const void *row)
{
    for (int i = 0; i < w->n_rows; i++) {
        const Row *r = &w->rows[i];
        if (r->kind == kind && (r->action == row || r->query == row || r->call == row)) return r;
    }
    return NULL;
}

static void put_row_route(Json *j, const char *key, const Row *r)
{
    if (r != NULL) put_route(j, key, r->method, r->path);
}

/* ---- fields ---- */

static const char *personal_name(Personal p)
{
    static const char *const names[] = { "no", "matter", "actor", "person" };
    return names[p];
}

static bool has_bounds(FieldType t)
{
    return t == F_TEXT || t == F_SECRET || t == F_INT || t == F_LIST;
}

static void put_fields(Json *j, const char *key, const World *w, const Module *m, const Field *fields);

static void put_text_list(Json *j, const char *key, const char *const *texts)
{
    jw_key(j, key);
    jw_open(j, '[');
    for (const char *const *t = texts; *t != NULL; t++)
        jw_text(j, str_c(*t));
    jw_close(j, ']');
}

static void put_field_members(Json *j, const World *w, const Module *m, const Field *f)
{
    jw_put_text(j, "name", str_c(f->name));
    jw_put_text(j, "type", str_c(field_type_name(f->type)));
    jw_put_bool(j, "required", f->required);
    if (has_bounds(f->type)) jw_put_int(j, "min", f->min);
    if (has_bounds(f->type) || f->max > 0) jw_put_int(j, "max", f->max);
    if (f->type == F_FILES && f->values != NULL) put_text_list(j, "accept", f->values);
    if (f->type == F_ENUM) {
        put_text_list(j, "values", f->values);
        jw_put_text(j, "values_word", word_of_values(w, m, f));
    }
    if (f->fields != NULL) put_fields(j, "fields", w, m, f->fields);
    if (f->of != NULL) jw_put_text(j, "of", str_c(f->of));
    if (f->personal != NOT_PERSONAL) jw_put_text(j, "personal", str_c(personal_name(f->personal)));
    if (f->seen != 0) put_names(j, "seen", f->seen, audience_name, AUDIENCE_N);
    if (f->search) jw_put_bool(j, "search", true);
    jw_put_text(j, "word", word_of(w, m, WORD_FIELD, f->name));
}

static void put_fields(Json *j, const char *key, const World *w, const Module *m, const Field *fields)
{
    jw_key(j, key);
    jw_open(j, '[');
    for (const Field *f = fields; f != NULL && f->name != NULL; f++) {
        jw_open(j, '{');
        put_field_members(j, w, m, f);
        jw_close(j, '}');
    }
    jw_close(j, ']');
}

/* ---- actions ---- */

static void put_action(Json *j, const World *w, const Module *m, const Action *x)
{
    jw_open(j, '{');
    jw_put_text(j, "name", str_c(x->name));
    jw_put_text(j, "event", action_type(w->arena, m, x));
    jw_put_int(j, "version", x->version > 0 ? x->version : 1);
    put_row_route(j, "route", row_of(w, ROW_ACTION, x));
    if (x->many) put_row_route(j, "many", row_of(w, (x->from & NEW) ? ROW_ACTION : ROW_MANY, x));
    put_names(j, "may", x->may, may_name, MAY_N);
    put_names(j, "who", x->who, who_name, WHO_N);
    put_names(j, "unless", x->unless, who_name, WHO_N);
    jw_put_bool(j, "strong", x->strong);
    jw_put_bool(j, "creates", (x->from & NEW) != 0);
    put_states(j, "from", m, x->from);
    put_states(j, "to", m, x->to);
    jw_put_bool(j, "stays", (x->to & SAME) != 0);
    jw_put_text(j, "mode", x->mode == STRICT ? S("strict") : S("commutes"));
    put_names(j, "audience", x->audience, audience_name, AUDIENCE_N);
    put_names(j, "tell", x->tell, who_name, WHO_N);
    jw_put_int(j, "claimed_days", x->claimed_days > 0 ? x->claimed_days : CLAIMED_DAYS);
    if (x->erases) jw_put_bool(j, "erases", true);
    if (x->reverse != NULL) jw_put_text(j, "reverse", str_c(x->reverse));
    put_fields(j, "fields", w, m, x->fields);
    jw_put_text(j, "word", word(w, m, "action", x->name));
    jw_close(j, '}');
}

/* ---- queries ---- */

static void put_columns(Json *j, const World *w, const Module *m, const Query *q)
{
    Column columns[COLUMNS_MAX];
    QueryOrder order;
    int n = query_columns(q, columns);
    jw_key(j, "columns");
    jw_open(j, '[');
    for (int i = 0; i < n; i++) {
        bool state = m->states != NULL && strcmp(columns[i].name, "state") == 0;
        jw_open(j, '{');
        jw_put_text(j, "name", str_c(columns[i].name));
        jw_put_text(j, "type", state ? S("state") : str_c(column_type_name(&columns[i])));
        if (state) jw_put_text(j, "values_word", arena_fmt(w->arena, "%s.state.", m->name));
        jw_put_text(j, "word", word_of(w, m, WORD_COLUMN, columns[i].name));
        jw_close(j, '}');
    }
    jw_close(j, ']');
    jw_key(j, "order");
    jw_open(j, '[');
    if (query_order(q->order, columns, n, &order))
        for (int i = 0; i < order.n; i++)
            jw_text(j, arena_fmt(w->arena, "%s%s", order.descending ? "-" : "", columns[order.column[i]].name));
    jw_close(j, ']');
}

static void put_filters(Json *j, const World *w, const Module *m, const Query *q)
{
    jw_key(j, "filters");
    jw_open(j, '[');
    for (const Filter *f = q->filters; f != NULL && f->sql != NULL; f++) {
        jw_open(j, '{');
        put_field_members(j, w, m, &f->param);
        jw_close(j, '}');
    }
    jw_close(j, ']');
}

static void put_query(Json *j, const World *w, const Module *m, const Query *q)
{
    static const char *const scopes[] = { "none", "place", "mine", "self" };
    jw_open(j, '{');
    jw_put_text(j, "name", str_c(q->name));
    put_row_route(j, "route", row_of(w, ROW_QUERY, q));
    put_names(j, "may", q->may, may_name, MAY_N);
    put_names(j, "who", q->who, who_name, WHO_N);
    jw_put_bool(j, "strong", q->strong);
    jw_put_text(j, "scope", str_c(scopes[q->scope]));
    jw_put_text(j, "gives", q->view ? S("view") : q->one ? S("one") : S("list"));
    jw_put_bool(j, "logged", q->logged);
    if (q->carried) jw_put_bool(j, "carried", true);
    if (!q->view) {
        put_columns(j, w, m, q);
        put_filters(j, w, m, q);
    }
    if (!q->view && !q->one) {
        jw_put_int(j, "limit", query_limit_default(q));
        jw_put_int(j, "limit_max", query_limit_max(q));
    }
    jw_put_text(j, "word", word(w, m, "query", q->name));
    jw_close(j, '}');
}

/* ---- calls, clocks ---- */

static void put_call(Json *j, const World *w, const Module *m, const Call *c)
{
    jw_open(j, '{');
    jw_put_text(j, "name", str_c(c->name));
    put_row_route(j, "route", row_of(w, ROW_CALL, c));
    put_names(j, "may", c->may, may_name, MAY_N);
    jw_put_bool(j, "strong", c->strong);
    jw_put_bool(j, "raw", c->raw);
    jw_put_text(j, "gives", str_c(c->type != NULL ? c->type : "application/json"));
    put_fields(j, "fields", w, m, c->fields);
    jw_close(j, '}');
}

static void put_clock(Json *j, const Module *m, const Clock *c)
{
    jw_open(j, '{');
    jw_put_text(j, "name", str_c(c->name));
    put_states(j, "states", m, c->states);
    jw_put_int(j, "after", c->after);
    jw_put_text(j, "unit", str_c(unit_name(c->unit)));
    jw_put_text(j, "then", str_c(c->then));
    jw_close(j, '}');
}

/* ---- the whole ---- */

static void put_module_states(Json *j, const World *w, const Module *m)
{
    jw_key(j, "states");
    jw_open(j, '[');
    for (const State *s = m->states; s != NULL && s->name != NULL; s++) {
        jw_open(j, '{');
        jw_put_text(j, "name", str_c(s->name));
        jw_put_bool(j, "open", s->open);
        jw_put_text(j, "word", word(w, m, "state", s->name));
        Str resident = word(w, m, "resident", s->name);
        if (world_has_key(w, 0, resident)) jw_put_text(j, "resident_word", resident);
        jw_close(j, '}');
    }
    jw_close(j, ']');
}

static void put_module(Json *j, const World *w, const Module *m)
{
    jw_open(j, '{');
    jw_put_text(j, "name", str_c(m->name));
    jw_put_text(j, "plural", str_c(m->plural));
    jw_put_bool(j, "numbered", m->numbered);
    jw_put_text(j, "word", arena_fmt(w->arena, "%s.name", m->name));
    put_module_states(j, w, m);
    jw_key(j, "actions");
    jw_open(j, '[');
    for (const Action *x = m->actions; x != NULL && x->name != NULL; x++)
        put_action(j, w, m, x);
    jw_close(j, ']');
    jw_key(j, "queries");
    jw_open(j, '[');
    for (const Query *q = m->queries; q != NULL && q->name != NULL; q++)
        put_query(j, w, m, q);
    jw_close(j, ']');
    jw_key(j, "calls");
    jw_open(j, '[');
    for (const Call *c = m->calls; c != NULL && c->name != NULL; c++)
        put_call(j, w, m, c);
    jw_close(j, ']');
    jw_key(j, "clocks");
    jw_open(j, '[');
    for (const Clock *c = m->clocks; c != NULL && c->name != NULL; c++)
        put_clock(j, m, c);
    jw_close(j, ']');
    jw_close(j, '}');
}

Str model_json(Arena *a, const World *w)
{
    Buf out = buf_new(a, 128 * 1024);
    Json j = json_to(&out);
    jw_open(&j, '{');
    put_names(&j, "roles", SIGNED_IN, may_name, MAY_N);
    put_names(&j, "relations", ~UINT32_C(0), who_name, WHO_N);
    put_names(&j, "audiences", ~UINT32_C(0), audience_name, AUDIENCE_N);
    jw_put_int(&j, "many_max", MANY_MAX);
    jw_key(&j, "modules");
    jw_open(&j, '[');
    for (int i = 0; i < w->n_modules; i++)
        put_module(&j, w, w->modules[i]);
    jw_close(&j, ']');
    jw_key(&j, "reactions");
    jw_open(&j, '[');
    for (const Reaction *r = w->reactions; r != NULL && r->on != NULL; r++) {
        jw_open(&j, '{');
        jw_put_text(&j, "on", str_c(r->on));
        jw_put_text(&j, "act", str_c(r->act));
        jw_close(&j, '}');
    }
    jw_close(&j, ']');
    jw_close(&j, '}');
    return buf_str(&out);
}

/* ---- served ---- */

static Asset document(Arena *a, const char *path, const char *type, Str text)
{
    Str hash = hash_hex(a, hash_one(text));
    return (Asset){ .path = path, .type = type, .raw = text, .etag = arena_fmt(a, "\"%.16s\"", hash.p).p };
}

Documents *documents_new(Arena *a, const World *w)
{
    Documents *d = arena_new_of(a, Documents);
    d->model = document(a, "/api/v1/model", "application/json", model_json(a, w));
    d->openapi = document(a, "/api/openapi.json", "application/json", model_openapi(a, w));
    return d;
}

static Fail run_model(CallCtx *c)
{
    asset_reply(c->http, &server_documents(c->server)->model, &c->reply);
    return FAIL_NONE;
}

static const Call calls[] = {
    { .name = "get", .route = "GET /model", .may = ANYONE | SIGNED_IN, .on = ON_LOOP, .run = run_model,
      .answer = "roles[s] relations[s] audiences[s] many_max:l modules[name:s plural:s word:s states[name:s "
                "open:b word:s *] actions[name:s event:s may[s] who[s] creates:b from[s] to[s] mode:s "
                "fields[o] word:s *] queries[name:s gives:s may[s] word:s *] calls[name:s may[s] gives:s *] *] "
                "reactions[on:s act:s]" },
    { 0 },
};

extern const char model_zh[], model_bo[], model_en[];
const Module module_model = { .name = "model",
                              .plural = "model",
                              .calls = calls,
                              .words_zh = model_zh,
                              .words_bo = model_bo,
                              .words_en = model_en };
