/* division: the part of the tree that a community stands in or leads: county, street, community.
 * Whose day: the admin's. Never: one community writing another's tree; each chain keeps its own
 * copy of the few rows above it and below it, so it can be rebuilt and handed over alone. */
#include "core/module.h"
#include "core/place/shape.h"
#include "core/setting.h"

extern const char division_schema[], division_zh[], division_bo[], division_en[];

enum { ACTIVE, RETIRED };
static const State states[] = { { "active", true }, { "retired", false }, { 0 } };

static const Field name_fields[] = {
    { .name = "zh", .type = F_TEXT, .required = true, .min = 1, .max = 60 },
    { .name = "bo", .type = F_TEXT, .max = 120 },
    { .name = "en", .type = F_TEXT, .max = 120 },
    { 0 },
};
static const Field add_fields[] = {
    { .name = "code", .type = F_PLACE, .required = true, .max = 24 },
    { .name = "name", .type = F_RECORD, .required = true, .fields = name_fields },
    { 0 },
};
static const Field rename_fields[] = {
    { .name = "name", .type = F_RECORD, .required = true, .fields = name_fields },
    { 0 },
};
static const Field bound_fields[] = {
    { .name = "boundary", .type = F_JSON, .required = true, .max = SHAPE_TEXT_MAX },
    { 0 },
};

enum { READ_SAME, READ_WIDTHS };
static Read add_reads[] = {
    { "same",
      { "ss", "s", "SELECT matter FROM division WHERE community = $1 AND code = $2" },
      "code" },
    { "widths", SETTING_READ("widths"), "", .shared = true },
    { 0 },
};

static const char *const same_code[] = { "code", NULL };

/* Above the community, itself, or below it. */
static bool is_on_the_way(Str code, Str community) {
    return str_starts(community, code) || str_starts(code, community);
}

static Fail decide_add(Decide *d) {
    Str code = json_text(d->input, "code");
    int level = place_level(widths_of(setting_of(d->arena, d->reads[READ_WIDTHS])), code);
    if (level < 1 || level > 3) return fail_field(ERR_INVALID, "bad_format", "code", 0);
    if (!is_on_the_way(code, d->matter->community))
        return fail_field(ERR_INVALID, "outside_community", "code", 0);
    if (d->reads[READ_SAME]->rows > 0) return fail_field(ERR_CONFLICT, "code_taken", "code", 0);
    json_put_int(d->data, "level", level);
    return FAIL_NONE;
}

static Fail decide_bound(Decide *d) {
    Shape s;
    Fail f = shape_read(d->arena, json_object_get(d->input, "boundary"), &s);
    if (f.err == OK) f = shape_check(&s);
    if (f.err == OK) json_put(d->data, "boundary", shape_json(d->arena, &s));
    return f;
}

static void fold_add(Matter *m, const Event *e) {
    json_put_text(m->data, "code", json_text(e->data, "code"));
    json_put_int(m->data, "level", json_int(e->data, "level"));
    json_put(m->data, "name", json_object_get(e->data, "name"));
}

static void fold_rename(Matter *m, const Event *e) {
    json_put(m->data, "name", json_object_get(e->data, "name"));
}

/* ---- state table ---- */

static Stmt division_add = {
    "ssslsl", "",
    "INSERT INTO division (community, code, matter, level, name, boundary, at, retired_at)"
    " VALUES ($1, $2, $3, $4, $5, '', $6, 0)"
};
static Stmt division_rename = {
    "sss", "", "UPDATE division SET name = $3 WHERE community = $1 AND code = $2"
};
static Stmt division_bound = {
    "sss", "", "UPDATE division SET boundary = $3 WHERE community = $1 AND code = $2"
};
static Stmt division_retire = {
    "ssl", "", "UPDATE division SET retired_at = $3 WHERE community = $1 AND code = $2"
};

static Str printed(Apply *a, const Event *e, const char *field) {
    return json_print(a->arena, json_object_get(e->data, field));
}

static void apply_add(Apply *a, const Matter *m, const Event *e) {
    db_send(a->db, a->arena, &division_add,
            ARGS(TXT(e->community), TXT(json_text(e->data, "code")), TXT(m->id),
                 NUM(json_int(e->data, "level")), TXT(printed(a, e, "name")), NUM(e->at)));
}

static void apply_rename(Apply *a, const Matter *m, const Event *e) {
    db_send(a->db, a->arena, &division_rename,
            ARGS(TXT(e->community), TXT(json_text(m->data, "code")), TXT(printed(a, e, "name"))));
}

static void apply_bound(Apply *a, const Matter *m, const Event *e) {
    db_send(
        a->db, a->arena, &division_bound,
        ARGS(TXT(e->community), TXT(json_text(m->data, "code")), TXT(printed(a, e, "boundary"))));
}

static void apply_retire(Apply *a, const Matter *m, const Event *e) {
    db_send(a->db, a->arena, &division_retire,
            ARGS(TXT(e->community), TXT(json_text(m->data, "code")), NUM(e->at)));
}

/* clang-format off */
static const Action actions[] = {
    { .name = "add", .route = "POST /divisions", .may = ADMIN | SYSTEM, .from = NEW,
      .to = ST(ACTIVE), .fields = add_fields, .reads = add_reads, .decide = decide_add,
      .fold = fold_add, .apply = apply_add, .audience = TO_PUBLIC, .many = true,
      .same = same_code, .mode = COMMUTES },
    { .name = "rename", .route = "POST /divisions/{id}/rename", .may = ADMIN | SYSTEM,
      .from = ST(ACTIVE), .to = SAME, .fields = rename_fields, .fold = fold_rename,
      .apply = apply_rename, .audience = TO_PUBLIC, .mode = COMMUTES },
    { .name = "bound", .route = "POST /divisions/{id}/boundary", .may = ADMIN | SYSTEM,
      .from = ST(ACTIVE), .to = SAME, .fields = bound_fields, .decide = decide_bound,
      .apply = apply_bound, .audience = TO_PUBLIC, .mode = COMMUTES, .alone = true },
    { .name = "retire", .route = "POST /divisions/{id}/retire", .may = ADMIN | SYSTEM,
      .from = ST(ACTIVE), .to = ST(RETIRED), .apply = apply_retire, .audience = TO_PUBLIC,
      .mode = STRICT, .alone = true },
    { 0 },
};

static const Query queries[] = {
    { .name = "list", .route = "GET /divisions", .may = ANYONE | SIGNED_IN, .scope = SCOPE_NONE,
      .sql = "SELECT d.matter, d.code, d.level, d.name FROM division d"
             " WHERE d.community = $1 AND d.retired_at = 0",
      .columns = "id:s code:s level:l name:j", .order = "d.code:s" },
    { 0 },
};
/* clang-format on */

static Stmt *const statements[] = { &division_add, &division_rename, &division_bound,
                                    &division_retire, NULL };

const Module module_division = { .name = "division",
                                 .plural = "divisions",
                                 .states = states,
                                 .actions = actions,
                                 .queries = queries,
                                 .statements = statements,
                                 .schema = division_schema,
                                 .words_zh = division_zh,
                                 .words_bo = division_bo,
                                 .words_en = division_en };
