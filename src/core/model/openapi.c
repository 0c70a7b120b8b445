/* OpenAPI 3.1 from the rows: one operation for each route, one schema for each body and each row. */
#include "core/model/model.h"

/* ---- names of schemas ---- */

static const char *operation_id(Spec *s, const Row *r)
{
    const char *name = r->action != NULL ? r->action->name : r->query != NULL ? r->query->name : r->call->name;
    return arena_fmt(s->arena, "%s_%s%s", r->module->name, name, r->kind == ROW_MANY ? "_many" : "").p;
}

/* ---- parameters ---- */

static void put_path_parameter(Spec *s, Str name)
{
    Json *j = &s->j;
    bool id = str_is(name, "id") || str_is(name, "matter") || str_is(name, "file");
    jw_open(j, '{');
    jw_put_text(j, "name", name);
    jw_put_text(j, "in", S("path"));
    jw_put_bool(j, "required", true);
    jw_put_raw(j, "schema", id ? S("{\"$ref\":\"#/components/schemas/Id\"}") : S("{\"type\":\"string\"}"));
    jw_close(j, '}');
}

static void put_query_parameter(Spec *s, const Field *f)
{
    Json *j = &s->j;
    jw_open(j, '{');
    jw_put_text(j, "name", str_c(f->name));
    jw_put_text(j, "in", S("query"));
    jw_put_bool(j, "required", f->required);
    jw_key(j, "schema");
    schema_of_param(s, f);
    jw_close(j, '}');
}

static void put_page_parameters(Spec *s, const Query *q)
{
    Json *j = &s->j;
    jw_raw(j, arena_fmt(s->arena, "{\"name\":\"limit\",\"in\":\"query\",\"schema\":{\"type\":\"integer\",\"minimum\":1,"
                                  "\"maximum\":%d,\"default\":%d}}",
                        query_limit_max(q), query_limit_default(q)));
    if (q->order == NULL) return;
    jw_raw(j, S("{\"name\":\"after\",\"in\":\"query\",\"description\":\"`next` of the page before\","
                "\"schema\":{\"type\":\"string\",\"maxLength\":400}}"));
}

static void put_parameters(Spec *s, const Row *r)
{
    Json *j = &s->j;
    Str rest = r->path;
    jw_key(j, "parameters");
    jw_open(j, '[');
    while (rest.n > 0) {
        Str one = str_cut(&rest, '/');
        if (one.n > 2 && one.p[0] == '{') put_path_parameter(s, (Str){ one.p + 1, one.n - 2 });
    }
    const Query *q = r->query;
    for (const Filter *f = q != NULL ? q->filters : NULL; f != NULL && f->sql != NULL; f++)
        put_query_parameter(s, &f->param);
    if (q != NULL && !q->view && !q->one) put_page_parameters(s, q);
    jw_close(j, ']');
}

/* ---- security ---- */

/* Whoever may without signing in may also come with nothing; a receipt code stands for the reporter. */
static void put_security(Spec *s, const Row *r)
{
    Json *j = &s->j;
    Relations who = r->action != NULL ? r->action->who : r->query != NULL ? r->query->who : 0;
    bool anyone = (r->may & ANYONE) != 0;
    jw_key(j, "security");
    jw_open(j, '[');
    if (anyone) jw_raw(j, S("{}"));
    jw_raw(j, r->method == HTTP_GET ? S("{\"session\":[]}") : S("{\"session\":[],\"csrf\":[]}"));
    jw_raw(j, S("{\"bearer\":[]}"));
    if (anyone || (who & REPORTER)) jw_raw(j, S("{\"receipt\":[]}"));
    jw_close(j, ']');
}

/* ---- bodies and answers ---- */

static void put_json_body(Json *j, const char *schema)
{
    jw_key(j, "content");
    jw_open(j, '{');
    jw_key(j, "application/json");
    jw_open(j, '{');
    jw_key(j, "schema");
    put_ref(j, schema);
    jw_close(j, '}');
    jw_close(j, '}');
}

static void put_request(Spec *s, const Row *r, const char *id)
{
    Json *j = &s->j;
    bool raw = r->call != NULL && r->call->raw;
    if (r->action == NULL && !raw && (r->call == NULL || r->call->fields == NULL)) return;
    jw_key(j, "requestBody");
    jw_open(j, '{');
    jw_put_bool(j, "required", true);
    if (raw)
        jw_put_raw(j, "content", S("{\"application/octet-stream\":{\"schema\":{}}}"));
    else
        put_json_body(j, arena_fmt(s->arena, "%s.body", id).p);
    jw_close(j, '}');
}

static void put_answer(Spec *s, const Row *r, const char *id)
{
    Json *j = &s->j;
    bool lists = r->query != NULL && !r->query->view && !r->query->one;
    const char *type = r->call != NULL && r->call->type != NULL ? r->call->type : "application/json";
    jw_open(j, '{');
    jw_put_text(j, "description", r->action != NULL ? S("Durable, with its event") : S("As asked"));
    if (r->call != NULL) {
        if (r->call->answer == NULL)
            jw_put_raw(j, "content", arena_fmt(s->arena, "{\"%s\":{\"schema\":{}}}", type));
        else if (r->call->answer[0] != 0)
            put_json_body(j, arena_fmt(s->arena, "%s.answer", id).p);
    } else if (r->query != NULL) {
        put_json_body(j, arena_fmt(s->arena, "%s.%s", id, lists ? "page" : "row").p);
    } else if (r->kind == ROW_ACTION && r->action->many) { /* a creating row takes one, or rows */
        jw_put_raw(j, "content",
                   S("{\"application/json\":{\"schema\":{\"oneOf\":[{\"$ref\":\"#/components/schemas/Done\"},"
                     "{\"$ref\":\"#/components/schemas/DoneMany\"}]}}}"));
    } else {
        put_json_body(j, r->kind == ROW_MANY ? "DoneMany" : "Done");
    }
    jw_close(j, '}');
}

static void put_answers(Spec *s, const Row *r, const char *id)
{
    Json *j = &s->j;
    bool creates = r->action != NULL && (r->action->from & NEW);
    jw_key(j, "responses");
    jw_open(j, '{');
    jw_key(j, r->call != NULL ? "2XX" : creates ? "201" : "200");
    put_answer(s, r, id);
    jw_put_raw(j, "default", S("{\"$ref\":\"#/components/responses/Problem\"}"));
    jw_close(j, '}');
}

/* ---- operations ---- */

static void put_extensions(Spec *s, const Row *r)
{
    Json *j = &s->j;
    const Module *m = r->module;
    const Action *x = r->action;
    put_names(j, "x-linli-may", r->may, may_name, MAY_N);
    if (r->strong) jw_put_bool(j, "x-linli-strong", true);
    if (r->query != NULL) put_names(j, "x-linli-who", r->query->who, who_name, WHO_N);
    if (x == NULL) return;
    put_names(j, "x-linli-who", x->who, who_name, WHO_N);
    put_names(j, "x-linli-unless", x->unless, who_name, WHO_N);
    put_states(j, "x-linli-from", m, x->from);
    put_states(j, "x-linli-to", m, x->to);
    jw_put_bool(j, "x-linli-creates", (x->from & NEW) != 0);
    jw_put_text(j, "x-linli-mode", x->mode == STRICT ? S("strict") : S("commutes"));
    put_names(j, "x-linli-audience", x->audience, audience_name, AUDIENCE_N);
    put_names(j, "x-linli-tell", x->tell, who_name, WHO_N);
    jw_put_text(j, "x-linli-event", action_type(s->arena, m, x));
}

static Str title(Spec *s, const Row *r)
{
    const char *group = r->action != NULL ? "action" : r->query != NULL ? "query" : NULL;
    const char *name = r->action != NULL ? r->action->name : r->query != NULL ? r->query->name : r->call->name;
    Str thing = world_word(s->world, "en", r->module->name, "name");
    Str what = group != NULL ? world_word(s->world, "en", r->module->name, arena_fmt(s->arena, "%s.%s", group, name).p)
                             : str_c(name);
    return arena_fmt(s->arena, "%.*s: %.*s%s", STR_ARG(thing), STR_ARG(what),
                     r->kind == ROW_MANY ? ", many at once" : "");
}

static const char *lower(Arena *a, const char *method)
{
    char *out = arena_alloc(a, strlen(method) + 1);
    for (size_t i = 0; method[i] != 0; i++)
        out[i] = (char)(method[i] | 0x20);
    return out;
}

static void put_operation(Spec *s, const Row *r)
{
    Json *j = &s->j;
    const char *id = operation_id(s, r);
    s->module = r->module;
    jw_key(j, lower(s->arena, method_name(r->method)));
    jw_open(j, '{');
    jw_put_text(j, "operationId", str_c(id));
    jw_put_raw(j, "tags", arena_fmt(s->arena, "[\"%s\"]", r->module->name));
    jw_put_text(j, "summary", title(s, r));
    put_parameters(s, r);
    put_request(s, r, id);
    put_answers(s, r, id);
    put_security(s, r);
    put_extensions(s, r);
    jw_close(j, '}');
}

static bool path_was_before(const World *w, int i)
{
    for (int k = 0; k < i; k++)
        if (str_eq(w->rows[k].path, w->rows[i].path)) return true;
    return false;
}

/* What the server answers outside of the table: its own servers entry, for it does not stand under /api/v1. */
static void put_pages(Spec *s)
{
    Json *j = &s->j;
    for (const Page *p = server_pages; p->path != NULL; p++) {
        jw_key(j, p->path);
        jw_raw(j,
               arena_fmt(
                   s->arena,
                   "{\"servers\":[{\"url\":\"/\"}],\"get\":{\"operationId\":\"%s\",\"tags\":[\"server\"],"
                   "\"summary\":\"%s\",\"security\":[{}],\"responses\":{\"200\":{\"description\":\"%s\","
                   "\"content\":{\"%s\":{\"schema\":{}}}},\"default\":{\"$ref\":\"#/components/responses/Problem\"}}}}",
                   p->name, p->what, p->what, p->type));
    }
}

static void put_paths(Spec *s)
{
    const World *w = s->world;
    Json *j = &s->j;
    jw_key(j, "paths");
    jw_open(j, '{');
    for (int i = 0; i < w->n_rows; i++) {
        if (path_was_before(w, i)) continue;
        jw_key(j, w->rows[i].path.p);
        jw_open(j, '{');
        for (int k = i; k < w->n_rows; k++)
            if (str_eq(w->rows[k].path, w->rows[i].path)) put_operation(s, &w->rows[k]);
        jw_close(j, '}');
    }
    put_pages(s);
    jw_close(j, '}');
}

/* ---- components ---- */

static void put_page_schema(Spec *s, const char *id)
{
    jw_put_raw(
        &s->j, arena_fmt(s->arena, "%s.page", id).p,
        arena_fmt(s->arena,
                  "{\"type\":\"object\",\"required\":[\"rows\",\"next\"],\"properties\":{\"rows\":{\"type\":\"array\","
                  "\"items\":{\"$ref\":\"#/components/schemas/%s.row\"}},\"next\":{\"type\":[\"string\",\"null\"]}}}",
                  id));
}

static void put_body_schema(Spec *s, const Row *r, const char *id)
{
    Json *j = &s->j;
    jw_key(j, arena_fmt(s->arena, "%s.body", id).p);
    if (r->kind == ROW_MANY) {
        schema_of_many(s, r->action);
    } else if (r->action != NULL && r->action->many && (r->action->from & NEW)) {
        jw_open(j, '{');
        jw_key(j, "oneOf");
        jw_open(j, '[');
        schema_of_action(s, r->action);
        schema_of_many(s, r->action);
        jw_close(j, ']');
        jw_close(j, '}');
    } else if (r->action != NULL) {
        schema_of_action(s, r->action);
    } else {
        schema_of_fields(s, r->call->fields);
    }
}

static void put_schemas(Spec *s)
{
    Json *j = &s->j;
    jw_key(j, "schemas");
    jw_open(j, '{');
    schemas_shared(s);
    for (int i = 0; i < s->world->n_rows; i++) {
        const Row *r = &s->world->rows[i];
        const char *id = operation_id(s, r);
        s->module = r->module;
        if (r->action != NULL || (r->call != NULL && !r->call->raw && r->call->fields != NULL))
            put_body_schema(s, r, id);
        if (r->call != NULL && r->call->answer != NULL && r->call->answer[0] != 0) {
            jw_key(j, arena_fmt(s->arena, "%s.answer", id).p);
            schema_of_answer(s, r->call->answer);
        }
        if (r->query == NULL) continue;
        jw_key(j, arena_fmt(s->arena, "%s.row", id).p);
        if (r->query->view)
            schema_of_view(s);
        else
            schema_of_row(s, r->query);
        if (!r->query->view && !r->query->one) put_page_schema(s, id);
    }
    jw_close(j, '}');
}

static void put_components(Spec *s)
{
    Json *j = &s->j;
    jw_key(j, "components");
    jw_open(j, '{');
    put_schemas(s);
    jw_put_raw(j, "responses",
               S("{\"Problem\":{\"description\":\"Refused: what and why\",\"content\":{\"application/problem+json\":"
                 "{\"schema\":{\"$ref\":\"#/components/schemas/Problem\"}}}}}"));
    jw_put_raw(j, "securitySchemes",
               S("{\"session\":{\"type\":\"apiKey\",\"in\":\"cookie\",\"name\":\"linli\","
                 "\"description\":\"POST /sessions sets it\"},"
                 "\"csrf\":{\"type\":\"apiKey\",\"in\":\"header\",\"name\":\"X-CSRF-Token\","
                 "\"description\":\"from the sign-in reply; with the cookie, on all but GET\"},"
                 "\"bearer\":{\"type\":\"http\",\"scheme\":\"bearer\",\"description\":\"a program's token\"},"
                 "\"receipt\":{\"type\":\"apiKey\",\"in\":\"header\",\"name\":\"Linli-Receipt\","
                 "\"description\":\"code of a report that was made without signing in\"}}"));
    jw_close(j, '}');
}

Str model_openapi(Arena *a, const World *w)
{
    Buf out = buf_new(a, 256 * 1024);
    Spec s = { .arena = a, .world = w, .j = json_to(&out) };
    Json *j = &s.j;
    jw_open(j, '{');
    jw_put_text(j, "openapi", S("3.1.0"));
    jw_put_raw(j, "info", S("{\"title\":\"linli\",\"version\":\"1\",\"summary\":\"Community governance\","
                            "\"description\":\"Printed from the action table. docs/API.md is the map.\","
                            "\"license\":{\"name\":\"Apache-2.0\",\"identifier\":\"Apache-2.0\"}}"));
    jw_put_raw(j, "servers",
               S("[{\"url\":\"/api/v1\",\"description\":\"the account's community, else the server's first\"},"
                 "{\"url\":\"/c/{community}/api/v1\",\"description\":\"a community by its code\","
                 "\"variables\":{\"community\":{\"default\":\"540102001001\"}}}]"));
    put_paths(&s);
    put_components(&s);
    jw_close(j, '}');
    return buf_str(&out);
}
