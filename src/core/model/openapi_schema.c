/* JSON Schemas of what goes in and what comes out, from fields and columns. */
#include "core/model/model.h"

static const char ID_PATTERN[] = "^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$";

void put_ref(Json *j, const char *schema)
{
    Buf *out = j->out;
    jw_open(j, '{');
    jw_put_text(j, "$ref", arena_fmt(out->arena, "#/components/schemas/%s", schema));
    jw_close(j, '}');
}

static void put_type(Json *j, const char *type)
{
    jw_put_text(j, "type", str_c(type));
}

/* {"type":..., ...} under a key, for small schemas written as JSON here. */
static void put_raw_schema(Json *j, const char *key, const char *json)
{
    jw_put_raw(j, key, str_c(json));
}

static void put_values(Json *j, const char *const *values)
{
    jw_key(j, "enum");
    jw_open(j, '[');
    for (const char *const *v = values; *v != NULL; v++)
        jw_text(j, str_c(*v));
    jw_close(j, ']');
}

static void put_text_bounds(Json *j, const Field *f)
{
    int64_t min = f->min > 0 ? f->min : f->required ? 1 : 0;
    put_type(j, "string");
    if (min > 0) jw_put_int(j, "minLength", min);
    jw_put_int(j, "maxLength", f->max);
    if (f->type == F_SECRET) jw_put_text(j, "format", S("password"));
}

static void put_signature(Spec *s, const Field *f)
{
    jw_put_raw(&s->j, "type", S("\"object\""));
    jw_put_raw(&s->j, "required", S("[\"of\",\"hash\"]"));
    jw_key(&s->j, "properties");
    jw_open(&s->j, '{');
    put_raw_schema(&s->j, "of", arena_fmt(s->arena, "{\"const\":\"%s\"}", f->of).p);
    put_raw_schema(&s->j, "hash", "{\"type\":\"string\",\"pattern\":\"^[0-9a-fA-F]{64}$\"}");
    jw_close(&s->j, '}');
}

static void put_list(Spec *s, const Field *f)
{
    put_type(&s->j, "array");
    jw_put_int(&s->j, "minItems", f->min);
    jw_put_int(&s->j, "maxItems", f->max);
    jw_key(&s->j, "items");
    schema_of_fields(s, f->fields);
}

static void put_members(Spec *s, const Field *fields);

/* The members of the schema, without the braces. */
static void put_field(Spec *s, const Field *f)
{
    Json *j = &s->j;
    switch (f->type) {
    case F_TEXT:
    case F_SECRET: put_text_bounds(j, f); break;
    case F_INT:
        put_type(j, "integer");
        jw_put_int(j, "minimum", f->min);
        jw_put_int(j, "maximum", f->max);
        break;
    case F_BOOL: put_type(j, "boolean"); break;
    case F_ENUM:
        put_type(j, "string");
        put_values(j, f->values);
        break;
    case F_ID:
    case F_PERSON:
        put_type(j, "string");
        jw_put_text(j, "pattern", str_c(ID_PATTERN));
        break;
    case F_PLACE:
        put_type(j, "string");
        jw_put_text(j, "pattern", S("^[0-9-]+$"));
        jw_put_int(j, "maxLength", f->max);
        break;
    case F_POINT: jw_put_text(j, "$ref", S("#/components/schemas/Point")); break;
    case F_TIME: jw_put_text(j, "$ref", S("#/components/schemas/Time")); break;
    case F_DATE:
        put_type(j, "string");
        jw_put_text(j, "format", S("date"));
        break;
    case F_PHONE:
        put_type(j, "string");
        jw_put_text(j, "pattern", S("^[ -]*[+]?([ -]*[0-9]){5,20}[ -]*$"));
        break;
    case F_FILES:
        put_type(j, "array");
        jw_put_int(j, "maxItems", f->max);
        jw_put_bool(j, "uniqueItems", true);
        put_raw_schema(j, "items", arena_fmt(s->arena, "{\"type\":\"string\",\"pattern\":\"%s\"}", ID_PATTERN).p);
        break;
    case F_RECORD: put_members(s, f->fields); break;
    case F_LIST: put_list(s, f); break;
    case F_FORM: /* the category's own questions: GET /categories */
        put_type(j, "object");
        jw_put_bool(j, "additionalProperties", true);
        break;
    case F_SIGNATURE: put_signature(s, f); break;
    case F_DEGREES:
        put_type(j, "number");
        jw_put_int(j, "minimum", f->max > 0 ? -f->max : -180);
        jw_put_int(j, "maximum", f->max > 0 ? f->max : 180);
        break;
    case F_JSON:
    case F_NONE: break;
    }
}

static void put_extensions(Spec *s, const Field *f)
{
    static const char *const whose[] = { "no", "matter", "actor", "person" };
    jw_put_text(&s->j, "x-linli-type", str_c(field_type_name(f->type)));
    if (f->personal != NOT_PERSONAL) jw_put_text(&s->j, "x-linli-personal", str_c(whose[f->personal]));
    if (f->type == F_JSON || f->type == F_FORM) jw_put_int(&s->j, "x-linli-bytes-max", f->max);
    jw_put_text(&s->j, "x-linli-word", word_of(s->world, s->module, WORD_FIELD, f->name));
}

void schema_of_field(Spec *s, const Field *f)
{
    jw_open(&s->j, '{');
    put_field(s, f);
    put_extensions(s, f);
    jw_close(&s->j, '}');
}

void schema_of_param(Spec *s, const Field *f)
{
    if (f->type == F_BOOL)
        jw_raw(&s->j, S("{\"type\":\"integer\",\"enum\":[0,1]}"));
    else if (f->type == F_TIME)
        jw_raw(&s->j, S("{\"type\":\"integer\",\"format\":\"int64\",\"minimum\":0}"));
    else
        schema_of_field(s, f);
}

static void put_required(Json *j, const Field *fields, const char *const *more)
{
    jw_key(j, "required");
    jw_open(j, '[');
    for (; more != NULL && *more != NULL; more++)
        jw_text(j, str_c(*more));
    for (const Field *f = fields; f != NULL && f->name != NULL; f++)
        if (f->required) jw_text(j, str_c(f->name));
    jw_close(j, ']');
}

static void put_properties(Spec *s, const Field *fields)
{
    for (const Field *f = fields; f != NULL && f->name != NULL; f++) {
        jw_key(&s->j, f->name);
        schema_of_field(s, f);
    }
}

static void put_members(Spec *s, const Field *fields)
{
    put_type(&s->j, "object");
    put_required(&s->j, fields, NULL);
    jw_key(&s->j, "properties");
    jw_open(&s->j, '{');
    put_properties(s, fields);
    jw_close(&s->j, '}');
    jw_put_bool(&s->j, "additionalProperties", false);
}

void schema_of_fields(Spec *s, const Field *fields)
{
    jw_open(&s->j, '{');
    put_members(s, fields);
    jw_close(&s->j, '}');
}

/* ---- bodies of actions ---- */

static const char ID_SCHEMA[] = "{\"$ref\":\"#/components/schemas/Id\"}";
static const char VERSION_SCHEMA[] = "{\"type\":\"integer\",\"minimum\":0,\"description\":\"as the person saw it\"}";

void schema_of_action(Spec *s, const Action *x)
{
    static const char *const versioned[] = { "version", NULL };
    bool creates = (x->from & NEW) != 0;
    Json *j = &s->j;
    jw_open(j, '{');
    put_type(j, "object");
    put_required(j, x->fields, x->mode == STRICT && !creates ? versioned : NULL);
    jw_key(j, "properties");
    jw_open(j, '{');
    put_raw_schema(j, "id", ID_SCHEMA);
    if (!creates) put_raw_schema(j, "version", VERSION_SCHEMA);
    put_raw_schema(j, "claimed_at",
                   "{\"type\":\"integer\",\"minimum\":0,\"description\":\"when the phone says it was done, ms UTC\"}");
    put_properties(s, x->fields);
    jw_close(j, '}');
    jw_put_bool(j, "additionalProperties", false);
    jw_close(j, '}');
}

void schema_of_many(Spec *s, const Action *x)
{
    bool creates = (x->from & NEW) != 0;
    static const char *const matter[] = { "matter", NULL };
    static const char *const both[] = { "matter", "version", NULL };
    Json *j = &s->j;
    jw_open(j, '{');
    put_type(j, "object");
    jw_put_raw(j, "required", S("[\"rows\"]"));
    jw_key(j, "properties");
    jw_open(j, '{');
    put_raw_schema(j, "id", ID_SCHEMA);
    put_raw_schema(j, "claimed_at", "{\"type\":\"integer\",\"minimum\":0}");
    jw_key(j, "rows");
    jw_open(j, '{');
    put_type(j, "array");
    jw_put_int(j, "minItems", 1);
    jw_put_int(j, "maxItems", MANY_MAX);
    jw_key(j, "items");
    jw_open(j, '{');
    put_type(j, "object");
    put_required(j, x->fields, creates ? NULL : x->mode == STRICT ? both : matter);
    jw_key(j, "properties");
    jw_open(j, '{');
    put_raw_schema(j, creates ? "id" : "matter", ID_SCHEMA);
    if (!creates) put_raw_schema(j, "version", VERSION_SCHEMA);
    put_properties(s, x->fields);
    for (int open = 0; open < 5; open++) /* row's properties, row, rows, properties, body */
        jw_close(j, '}');
}

/* ---- rows of lists ---- */

static void put_state_schema(Spec *s)
{
    jw_open(&s->j, '{');
    put_type(&s->j, "string");
    put_states(&s->j, "enum", s->module, ~(States)0);
    jw_close(&s->j, '}');
}

static void put_column(Spec *s, const Column *c)
{
    Json *j = &s->j;
    if (s->module->states != NULL && strcmp(c->name, "state") == 0) {
        put_state_schema(s);
        return;
    }
    jw_open(j, '{');
    switch (c->kind) {
    case 'l': jw_put_raw(j, "type", S("\"integer\"")); break;
    case 'b': put_type(j, "boolean"); break;
    case 'f': jw_put_raw(j, "type", S("[\"number\",\"null\"]")); break;
    case 'x':
    case 'p': jw_put_raw(j, "type", S("[\"string\",\"null\"]")); break;
    case 'j': break;
    default: put_type(j, "string"); break;
    }
    jw_put_text(j, "x-linli-type", str_c(column_type_name(c)));
    jw_put_text(j, "x-linli-word", word_of(s->world, s->module, WORD_COLUMN, c->name));
    jw_close(j, '}');
}

void schema_of_row(Spec *s, const Query *q)
{
    Column columns[COLUMNS_MAX];
    int n = query_columns(q, columns);
    Json *j = &s->j;
    jw_open(j, '{');
    put_type(j, "object");
    jw_key(j, "required");
    jw_open(j, '[');
    for (int i = 0; i < n; i++)
        jw_text(j, str_c(columns[i].name));
    jw_close(j, ']');
    jw_key(j, "properties");
    jw_open(j, '{');
    for (int i = 0; i < n; i++) {
        jw_key(j, columns[i].name);
        put_column(s, &columns[i]);
    }
    jw_close(j, '}');
    jw_close(j, '}');
}

/* ---- the generic view (view.c) ---- */

static void put_actions_enum(Spec *s)
{
    Json *j = &s->j;
    jw_open(j, '{');
    put_type(j, "string");
    jw_key(j, "enum");
    jw_open(j, '[');
    for (const Action *x = s->module->actions; x != NULL && x->name != NULL; x++)
        if (x->route != NULL && !(x->from & NEW)) jw_text(j, str_c(x->name));
    jw_close(j, ']');
    jw_close(j, '}');
}

void schema_of_view(Spec *s)
{
    static const char *const times[] = { "opened_at", "changed_at", "due_at", "closed_at" };
    Json *j = &s->j;
    jw_open(j, '{');
    put_type(j, "object");
    jw_put_raw(j, "required",
               S("[\"id\",\"kind\",\"state\",\"version\",\"place\",\"category\",\"opened_at\",\"changed_at\","
                 "\"due_at\",\"closed_at\",\"data\",\"people\",\"me\",\"actions\",\"timeline\"]"));
    jw_key(j, "properties");
    jw_open(j, '{');
    put_raw_schema(j, "id", ID_SCHEMA);
    put_raw_schema(j, "kind", arena_fmt(s->arena, "{\"const\":\"%s\"}", s->module->name).p);
    if (s->module->numbered) put_raw_schema(j, "number", "{\"type\":\"integer\"}");
    jw_key(j, "state");
    put_state_schema(s);
    put_raw_schema(j, "version", "{\"type\":\"integer\"}");
    put_raw_schema(j, "place", "{\"type\":\"string\"}");
    put_raw_schema(j, "category", "{\"type\":\"string\"}");
    put_raw_schema(j, "lon", "{\"type\":\"number\"}");
    put_raw_schema(j, "lat", "{\"type\":\"number\"}");
    for (int i = 0; i < COUNT(times); i++)
        put_raw_schema(j, times[i], "{\"type\":\"integer\",\"x-linli-type\":\"time\"}");
    put_raw_schema(j, "data", "{\"type\":\"object\",\"additionalProperties\":true}");
    put_raw_schema(j, "people", "{\"type\":\"array\",\"items\":{\"$ref\":\"#/components/schemas/Involved\"}}");
    put_raw_schema(j, "me", "{\"type\":\"array\",\"items\":{\"$ref\":\"#/components/schemas/Relation\"}}");
    jw_key(j, "actions");
    jw_open(j, '{');
    put_type(j, "array");
    jw_key(j, "items");
    put_actions_enum(s);
    jw_close(j, '}');
    put_raw_schema(j, "timeline", "{\"type\":\"array\",\"items\":{\"$ref\":\"#/components/schemas/Happening\"}}");
    jw_close(j, '}');
    jw_close(j, '}');
}

/* ---- shared by all ---- */

static const struct {
    const char *name, *json;
} shared[] = {
    { "Point",
      "{\"type\":\"object\",\"required\":[\"lon\",\"lat\"],\"description\":\"WGS-84 degrees, accuracy in metres\","
      "\"properties\":{\"lon\":{\"type\":\"number\",\"minimum\":-180,\"maximum\":180},"
      "\"lat\":{\"type\":\"number\",\"minimum\":-90,\"maximum\":90},"
      "\"accuracy\":{\"type\":\"number\",\"minimum\":0,\"maximum\":100000}}}" },
    { "Time", "{\"type\":[\"integer\",\"string\"],\"description\":\"ms UTC, or RFC 3339 with a zone\"}" },
    { "Done", "{\"type\":\"object\",\"required\":[\"id\",\"state\",\"version\",\"seq\",\"at\"],\"properties\":{"
              "\"id\":{\"$ref\":\"#/components/schemas/Id\"},\"number\":{\"type\":\"integer\"},"
              "\"state\":{\"type\":\"string\"},\"version\":{\"type\":\"integer\"},\"seq\":{\"type\":\"integer\"},"
              "\"at\":{\"type\":\"integer\"},\"receipt\":{\"type\":\"string\"}}}" },
    { "DoneMany", "{\"type\":\"object\",\"required\":[\"rows\"],\"properties\":{\"rows\":{\"type\":\"array\","
                  "\"items\":{\"$ref\":\"#/components/schemas/Done\"}}}}" },
    { "Involved",
      "{\"type\":\"object\",\"required\":[\"person\",\"is\"],\"properties\":{\"person\":{\"type\":\"string\"},"
      "\"is\":{\"type\":\"array\",\"items\":{\"$ref\":\"#/components/schemas/Relation\"}},"
      "\"name\":{\"type\":\"string\"},\"phone\":{\"type\":\"string\"}}}" },
    { "Happening",
      "{\"type\":\"object\",\"required\":[\"seq\",\"type\",\"at\",\"state\",\"version\"],\"properties\":{"
      "\"seq\":{\"type\":\"integer\"},\"type\":{\"type\":\"string\"},\"at\":{\"type\":\"integer\"},"
      "\"claimed_at\":{\"type\":\"integer\"},\"actor\":{\"type\":\"string\"},\"name\":{\"type\":\"string\"},"
      "\"phone\":{\"type\":\"string\"},\"state\":{\"type\":\"string\"},\"version\":{\"type\":\"integer\"},"
      "\"data\":{\"type\":\"object\",\"additionalProperties\":true}}}" },
    { "Problem",
      "{\"type\":\"object\",\"description\":\"RFC 9457; a client words `code`\","
      "\"required\":[\"type\",\"title\",\"status\",\"code\"],\"properties\":{\"type\":{\"type\":\"string\"},"
      "\"title\":{\"type\":\"string\"},\"status\":{\"type\":\"integer\"},\"code\":{\"type\":\"string\"},"
      "\"field\":{\"type\":\"string\"},\"where\":{\"type\":\"string\"},\"limit\":{\"type\":\"integer\"},"
      "\"version\":{\"type\":\"integer\"},\"errors\":{\"type\":\"array\",\"items\":{\"type\":\"object\","
      "\"required\":[\"code\"],\"properties\":{\"code\":{\"type\":\"string\"},\"field\":{\"type\":\"string\"},"
      "\"limit\":{\"type\":\"integer\"},\"version\":{\"type\":\"integer\"}}}}}}" },
};

void schemas_shared(Spec *s)
{
    Json *j = &s->j;
    put_raw_schema(j, "Id",
                   arena_fmt(s->arena,
                             "{\"type\":\"string\",\"pattern\":\"%s\",\"description\":\"UUID, best of version 7\"}",
                             ID_PATTERN)
                       .p);
    jw_key(j, "Relation");
    jw_open(j, '{');
    put_type(j, "string");
    put_names(j, "enum", ~UINT32_C(0), who_name, WHO_N);
    jw_close(j, '}');
    for (int i = 0; i < COUNT(shared); i++)
        put_raw_schema(j, shared[i].name, shared[i].json);
}
