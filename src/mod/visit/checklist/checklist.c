/* checklist: what is asked and looked at at a door, as data, with the same forms that categories have. Whose day: the
 * clerk's who sets it up before the rains, the officer's who must not forget the drain. Never: a question that linli
 * keeps the answer to of nobody; form_check refuses it. */
#include "core/module.h"
#include "core/sheet/sheet.h"

enum { ACTIVE, RETIRED };
static const State states[] = { { "active", true }, { "retired", false }, { 0 } };

static const Field names[] = {
    { .name = "zh", .type = F_TEXT, .required = true, .min = 1, .max = 30 },
    { .name = "bo", .type = F_TEXT, .required = true, .min = 1, .max = 90 },
    { .name = "en", .type = F_TEXT, .required = true, .min = 1, .max = 60 },
    { 0 },
};
static const Field fields[] = {
    { .name = "code", .type = F_TEXT, .required = true, .min = 2, .max = 20 },
    { .name = "name", .type = F_RECORD, .required = true, .fields = names },
    { .name = "position", .type = F_INT, .min = 0, .max = 10000 },
    { .name = "form", .type = F_JSON, .required = true, .max = 16000 },
    { 0 },
};
static const Field no_fields[] = { { 0 } };

static Read same_code[] = {
    { .name = "same_code", .key = "code",
      .stmt = { "ss", "sls", "SELECT id, form_version, form FROM checklist WHERE community = $1 AND code = $2" } },
    { 0 },
};

static bool code_clean(Str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!((s.p[i] >= 'a' && s.p[i] <= 'z') || (s.p[i] >= '0' && s.p[i] <= '9') || s.p[i] == '_')) return false;
    return true;
}

static Fail check_name(const Decide *d)
{
    const char *key;
    json_t *value;
    json_object_foreach(json_object_get(d->input, "name"), key, value)
        if (heading_refused(str_c(json_string_value(value))))
            return fail_field(ERR_INVALID, "column_refused", arena_fmt(d->arena, "name.%s", key).p, 0);
    return FAIL_NONE;
}

/* Another form is another version: what was filled in keeps the one that it was asked by. */
static Fail decide(Decide *d)
{
    Errors errors = { .arena = d->arena };
    const json_t *form = json_object_get(d->input, "form");
    const DbRows *same = d->reads[0];
    Str code = json_text(d->input, "code");
    if (!code_clean(code)) return fail_field(ERR_INVALID, "bad_format", "code", 0);
    if (same->rows > 0 && !str_eq(db_text(same, 0, 0), d->matter->id))
        return fail_field(ERR_CONFLICT, "already_exists", "code", 0);
    if (d->matter->state >= 0 && !str_eq(json_text(d->matter->data, "code"), code))
        return fail_field(ERR_CONFLICT, "code_is_fixed", "code", 0);
    Fail f = check_name(d);
    if (f.err == OK) f = form_check(d->arena, form, &errors);
    if (f.err != OK) return f;
    if (json_array_size(form) == 0) return fail_field(ERR_INVALID, "too_few", "form", 1);
    int64_t before = same->rows > 0 ? db_int(same, 0, 1) : 0;
    bool as_before = before > 0 && str_eq(db_text(same, 0, 2), json_print(d->arena, form));
    json_put_int(d->data, "form_version", as_before ? before : before + 1);
    return f;
}

static void fold(Matter *m, const Event *e)
{
    const char *key;
    json_t *value;
    json_object_foreach(e->data, key, value) json_put(m->data, key, value);
}

static Stmt save = { "ssssslll", "",
                     "INSERT INTO checklist (community, code, id, name, form, position, form_version, retired)"
                     " VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (community, code) DO UPDATE SET"
                     " name = excluded.name, form = excluded.form, position = excluded.position,"
                     " form_version = excluded.form_version, retired = excluded.retired" };
static Stmt save_form = { "ssls", "",
                          "INSERT INTO checklist_form (community, code, version, form) VALUES ($1, $2, $3, $4)"
                          " ON CONFLICT (community, code, version) DO NOTHING" };
static Stmt *const statements[] = { &save, &save_form, NULL };

static void apply(Apply *a, const Matter *m, const Event *e)
{
    const json_t *d = m->data;
    Str form = json_print(a->arena, json_object_get(d, "form")), code = json_text(d, "code");
    db_send(a->db, a->arena, &save,
            ARGS(TXT(e->community), TXT(code), TXT(m->id), TXT(json_print(a->arena, json_object_get(d, "name"))),
                 TXT(form), NUM(json_int(d, "position")), NUM(json_int(d, "form_version")),
                 NUM(m->state == RETIRED)));
    db_send(a->db, a->arena, &save_form,
            ARGS(TXT(e->community), TXT(code), NUM(json_int(d, "form_version")), TXT(form)));
}

static const Action actions[] = {
    { .name = "add", .route = "POST /checklists", .may = ADMIN | CLERK, .from = NEW, .to = ST(ACTIVE), .fields = fields,
      .reads = same_code, .decide = decide, .fold = fold, .apply = apply, .audience = TO_HANDLERS, .alone = true },
    { .name = "change", .route = "POST /checklists/{id}/change", .may = ADMIN | CLERK, .from = ST(ACTIVE), .to = SAME,
      .fields = fields, .reads = same_code, .decide = decide, .fold = fold, .apply = apply, .audience = TO_HANDLERS,
      .alone = true },
    { .name = "retire", .route = "POST /checklists/{id}/retire", .may = ADMIN | CLERK, .from = ST(ACTIVE),
      .to = ST(RETIRED), .fields = no_fields, .apply = apply, .audience = TO_HANDLERS, .alone = true },
    { 0 },
};

static const Filter form_filters[] = {
    { { .name = "code", .type = F_TEXT, .required = true, .min = 2, .max = 20 }, "f.code = $" },
    { { .name = "version", .type = F_INT, .min = 1, .max = INT32_MAX }, "f.version = $" },
    { { 0 }, NULL },
};

/* Residents too: what was asked at their door they may read. */
enum { READERS = SIGNED_IN & ~PROGRAM };
static const Query queries[] = {
    { .name = "list", .route = "GET /checklists", .may = READERS,
      .sql = "SELECT c.code, c.id, c.name, c.position, c.form, c.form_version, m.version FROM checklist c JOIN matter m"
             " ON m.community = $1 AND m.id = c.id WHERE c.community = $1 AND c.retired = 0",
      .columns = "code:s id:s name:j position:l form:j form_version:l version:l",
      .order = "c.position:l ASC, c.code:s ASC" },
    { .name = "forms", .route = "GET /checklists/forms", .may = READERS,
      .sql = "SELECT f.code, f.version, f.form FROM checklist_form f WHERE f.community = $1",
      .columns = "code:s version:l form:j", .filters = form_filters, .order = "f.version:l DESC" },
    { 0 },
};

extern const char checklist_schema[], checklist_zh[], checklist_bo[], checklist_en[];
const Module module_checklist = {
    .name = "checklist", .plural = "checklists", .states = states, .actions = actions, .queries = queries,
    .statements = statements, .schema = checklist_schema,
    .words_zh = checklist_zh, .words_bo = checklist_bo, .words_en = checklist_en,
};
