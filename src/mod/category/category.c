/* category: what a report can be about, as data: icon, words, limit, own form, how coarse its public position is.
 * Whose day: the clerk who adapts linli to a community. Never: a category for kinds of people. */
#include "core/module.h"

enum { ACTIVE, RETIRED };
static const State states[] = { { "active", true }, { "retired", false }, { 0 } };

static const char *const ICONS[] = { "flood", "leak",  "light", "road",  "quarrel", "rubbish", "help",
                                     "noise", "water", "tree",  "power", "safety",  "other",   NULL };
static const char *const UNITS[] = { "hours", "working_hours", "working_days", NULL };
static const char *const HANDLER_ROLES[] = { "officer", "dispatcher", "clerk", "mediator", "team", NULL };

static const Field names[] = {
    { .name = "zh", .type = F_TEXT, .required = true, .min = 1, .max = 20 },
    { .name = "bo", .type = F_TEXT, .required = true, .min = 1, .max = 60 },
    { .name = "en", .type = F_TEXT, .required = true, .min = 1, .max = 40 },
    { 0 },
};

static const Field fields[] = {
    { .name = "code", .type = F_TEXT, .required = true, .min = 2, .max = 20 },
    { .name = "icon", .type = F_ENUM, .required = true, .values = ICONS },
    { .name = "name", .type = F_RECORD, .required = true, .fields = names },
    { .name = "limit", .type = F_INT, .required = true, .min = 1, .max = 1000 },
    { .name = "unit", .type = F_ENUM, .required = true, .values = UNITS },
    { .name = "position", .type = F_INT, .min = 0, .max = 10000 },
    { .name = "default_role", .type = F_ENUM, .required = true, .values = HANDLER_ROLES },
    { .name = "coarsen_m", .type = F_INT, .min = 0, .max = 5000 },
    { .name = "form", .type = F_JSON, .max = 16000 },
    { .name = "urgent", .type = F_BOOL }, /* who is told of it is told at night too */
    { 0 },
};
static const Field no_fields[] = { { 0 } };

static Read same_code[] = {
    { .name = "same_code", .key = "code",
      .stmt = { "ss", "sls", "SELECT id, form_version, form FROM category WHERE community = $1 AND code = $2" } },
    { 0 },
};

static bool code_clean(Str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!((s.p[i] >= 'a' && s.p[i] <= 'z') || (s.p[i] >= '0' && s.p[i] <= '9') || s.p[i] == '_')) return false;
    return true;
}

static Str form_text(Arena *a, const json_t *form)
{
    return json_array_size(form) > 0 ? json_print(a, form) : S("");
}

/* Another form is another version; all else of a category may change without one. 0: there never was a form. */
static int64_t next_version(const DbRows *same, Str form)
{
    bool before = same->rows > 0;
    if (before && str_eq(db_text(same, 0, 2), form)) return db_int(same, 0, 1);
    return !before && form.n == 0 ? 0 : (before ? db_int(same, 0, 1) : 0) + 1;
}

static Fail decide(Decide *d)
{
    Errors errors = { .arena = d->arena };
    json_t *form = json_object_get(d->input, "form");
    const DbRows *same = d->reads[0];
    if (!code_clean(json_text(d->input, "code"))) return fail_field(ERR_INVALID, "bad_format", "code", 0);
    if (same->rows > 0 && !str_eq(db_text(same, 0, 0), d->matter->id))
        return fail_field(ERR_CONFLICT, "already_exists", "code", 0);
    if (d->matter->state >= 0 && !str_eq(json_text(d->matter->data, "code"), json_text(d->input, "code")))
        return fail_field(ERR_CONFLICT, "code_is_fixed", "code", 0);
    if (form != NULL) {
        Fail f = form_check(d->arena, form, &errors);
        if (f.err != OK) return f;
    }
    json_put_int(d->data, "form_version", next_version(same, form_text(d->arena, form)));
    return FAIL_NONE;
}

static void fold(Matter *m, const Event *e)
{
    const char *key;
    json_t *value;
    json_object_foreach(e->data, key, value) json_put(m->data, key, value);
    static const char *const named[] = { "form", "urgent" }; /* a change names the whole */
    for (int i = 0; i < COUNT(named); i++)
        if (json_object_get(e->data, named[i]) == NULL) json_object_del(m->data, named[i]);
}

static Stmt save = { "ssssslslslslll", "",
                     "INSERT INTO category (community, code, id, icon, name, limit_n, unit, position, default_role,"
                     " coarsen_m, form, form_version, retired, urgent)"
                     " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)"
                     " ON CONFLICT (community, code) DO UPDATE SET icon = excluded.icon, name = excluded.name,"
                     " limit_n = excluded.limit_n, unit = excluded.unit, position = excluded.position,"
                     " default_role = excluded.default_role, coarsen_m = excluded.coarsen_m, form = excluded.form,"
                     " form_version = excluded.form_version, retired = excluded.retired,"
                     " urgent = excluded.urgent" };
static Stmt save_form = { "ssls", "",
                          "INSERT INTO category_form (community, code, version, form) VALUES ($1, $2, $3, $4)"
                          " ON CONFLICT (community, code, version) DO NOTHING" };
static Stmt *const statements[] = { &save, &save_form, NULL };

static void apply(Apply *a, const Matter *m, const Event *e)
{
    const json_t *d = m->data;
    Str form = form_text(a->arena, json_object_get(d, "form"));
    db_send(a->db, a->arena, &save,
            ARGS(TXT(e->community), TXT(json_text(d, "code")), TXT(m->id), TXT(json_text(d, "icon")),
                 TXT(json_print(a->arena, json_object_get(d, "name"))), NUM(json_int(d, "limit")),
                 TXT(json_text(d, "unit")), NUM(json_int(d, "position")), TXT(json_text(d, "default_role")),
                 NUM(json_int(d, "coarsen_m")), TXT(form),
                 NUM(json_int(d, "form_version")), NUM(m->state == RETIRED), NUM(json_bool(d, "urgent"))));
    if (form.n > 0)
        db_send(a->db, a->arena, &save_form,
                ARGS(TXT(e->community), TXT(json_text(d, "code")), NUM(json_int(d, "form_version")), TXT(form)));
}

static const Action actions[] = {
    { .name = "add", .route = "POST /categories", .may = ADMIN | CLERK, .from = NEW, .to = ST(ACTIVE), .fields = fields,
      .reads = same_code, .decide = decide, .fold = fold, .apply = apply, .audience = TO_PUBLIC, .alone = true },
    { .name = "change", .route = "POST /categories/{id}/change", .may = ADMIN | CLERK, .from = ST(ACTIVE), .to = SAME,
      .fields = fields, .reads = same_code, .decide = decide, .fold = fold, .apply = apply, .audience = TO_PUBLIC,
      .alone = true },
    { .name = "retire", .route = "POST /categories/{id}/retire", .may = ADMIN | CLERK, .from = ST(ACTIVE),
      .to = ST(RETIRED), .fields = no_fields, .apply = apply, .audience = TO_PUBLIC, .alone = true },
    { 0 },
};

static const Filter form_filters[] = {
    { { .name = "code", .type = F_TEXT, .required = true, .min = 2, .max = 20 }, "f.code = $" },
    { { .name = "version", .type = F_INT, .min = 1, .max = INT32_MAX }, "f.version = $" },
    { { 0 }, NULL },
};

static const Query queries[] = {
    { .name = "list", .route = "GET /categories", .may = SIGNED_IN | ANYONE,
      .sql = "SELECT c.code, c.id, c.icon, c.name, c.limit_n, c.unit, c.position, c.default_role, c.coarsen_m, c.form,"
             " c.form_version, m.version, c.urgent FROM category c JOIN matter m"
             " ON m.community = $1 AND m.id = c.id WHERE c.community = $1 AND c.retired = 0",
      .columns = "code:s id:s icon:s name:j limit:l unit:s position:l default_role:s coarsen_m:l form:j form_version:l"
                 " version:l urgent:b",
      .order = "c.position:l ASC, c.code:s ASC" },
    { .name = "forms", .route = "GET /categories/forms", .may = SIGNED_IN | ANYONE,
      .sql = "SELECT f.code, f.version, f.form FROM category_form f WHERE f.community = $1",
      .columns = "code:s version:l form:j", .filters = form_filters, .order = "f.version:l DESC" },
    { 0 },
};

extern const char category_schema[], category_zh[], category_bo[], category_en[];
const Module module_category = {
    .name = "category", .plural = "categories", .states = states, .actions = actions, .queries = queries,
    .statements = statements, .schema = category_schema,
    .words_zh = category_zh, .words_bo = category_bo, .words_en = category_en,
};
