/* grid: a part of a community with an officer of its own, drawn as a polygon. Small matters are
 * settled there. Whose day: the clerk's who draws, the officer's who looks after it. Never: two
 * grids over one another, or a retired grid's code for another. */
#include "core/place/grid/grid.h"
#include "core/module.h"
#include "core/setting.h"

extern const char grid_schema[], grid_zh[], grid_bo[], grid_en[];

enum { ACTIVE, RETIRED };
static const State states[] = { { "active", true }, { "retired", false }, { 0 } };

enum { NAME_MAX_CHARS = 60, OFFICERS_MAX = 10 };

static const Field draw_fields[] = {
    { .name = "code", .type = F_PLACE, .required = true, .max = 24 },
    { .name = "name", .type = F_TEXT, .required = true, .min = 1, .max = NAME_MAX_CHARS },
    { .name = "geometry", .type = F_JSON, .required = true, .max = SHAPE_TEXT_MAX },
    { 0 },
};
static const Field rename_fields[] = {
    { .name = "name", .type = F_TEXT, .required = true, .min = 1, .max = NAME_MAX_CHARS },
    { 0 },
};
static const Field redraw_fields[] = {
    { .name = "geometry", .type = F_JSON, .required = true, .max = SHAPE_TEXT_MAX },
    { 0 },
};
static const Field assign_fields[] = {
    { .name = "person", .type = F_PERSON, .required = true },
    { .name = "backup", .type = F_BOOL },
    { 0 },
};
static const Field relieve_fields[] = {
    { .name = "person", .type = F_PERSON, .required = true },
    { 0 },
};

static const Field pass_on_fields[] = {
    { .name = "person", .type = F_PERSON, .required = true },
    { .name = "to", .type = F_PERSON },
    { 0 },
};

/* ---- draw, redraw ---- */

#define BOUNDARY_READ                                                                              \
    {                                                                                              \
        "boundary",                                                                                \
            { "s", "s",                                                                            \
              "SELECT boundary FROM division WHERE community = $1 AND code = $1 AND retired_at = " \
              "0" },                                                                               \
            "", .shared = true                                                                     \
    }

enum { READ_BOUNDARY, READ_WIDTHS, READ_SAME };
static Read draw_reads[] = {
    BOUNDARY_READ,
    { "widths", SETTING_READ("widths"), "", .shared = true },
    { "same", { "ss", "s", "SELECT matter FROM grid WHERE community = $1 AND code = $2" }, "code" },
    { 0 },
};
static Read redraw_reads[] = { BOUNDARY_READ, { 0 } };

static Fail check_shape(Decide *d, Str code) {
    const json_t *geometry = json_object_get(d->input, "geometry");
    json_t *boundary = grid_boundary(d->arena, d->reads[READ_BOUNDARY]);
    Fail f = places_check(d->arena, d->places, code, geometry, boundary);
    if (f.err == OK) json_put(d->data, "geometry", places_normal(d->arena, geometry));
    return f;
}

static Fail decide_draw(Decide *d) {
    Str code = json_text(d->input, "code");
    Widths widths = widths_of(setting_of(d->arena, d->reads[READ_WIDTHS]));
    if (!grid_code_fits(widths, d->matter->community, code))
        return fail_field(ERR_INVALID, "bad_format", "code", widths.grid);
    if (d->reads[READ_SAME]->rows > 0) return fail_field(ERR_CONFLICT, "code_taken", "code", 0);
    Fail f = check_shape(d, code);
    for (int i = 0; f.err == OK && i < d->n_earlier; i++) {
        const json_t *other = d->earlier[i]->data;
        if (geometries_overlap(d->arena, json_object_get(d->data, "geometry"), json_object_get(other, "geometry")))
            f = fail_field(ERR_CONFLICT, "overlaps", arena_c(d->arena, json_text(other, "code")), 0);
    }
    json_put_text(d->data, "place", code);
    return f;
}

static Fail decide_redraw(Decide *d) {
    return check_shape(d, json_text(d->matter->data, "code"));
}

static void fold_draw(Matter *m, const Event *e) {
    json_put_text(m->data, "code", json_text(e->data, "code"));
    json_put_text(m->data, "name", json_text(e->data, "name"));
}

static void fold_rename(Matter *m, const Event *e) {
    json_put_text(m->data, "name", json_text(e->data, "name"));
}

static Stmt grid_add = { "ssssslllll", "",
                         "INSERT INTO grid (community, code, matter, name, geometry, west, south, "
                         "east, north, at, retired_at)"
                         " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0)" };
static Stmt grid_rename = { "sss", "",
                            "UPDATE grid SET name = $3 WHERE community = $1 AND code = $2" };
static Stmt grid_redraw = {
    "sssllll", "",
    "UPDATE grid SET geometry = $3, west = $4, south = $5, east = $6, north = $7"
    " WHERE community = $1 AND code = $2"
};
static Stmt grid_retire = { "ssl", "",
                            "UPDATE grid SET retired_at = $3 WHERE community = $1 AND code = $2" };
static Stmt officer_add = {
    "sssll", "",
    "INSERT INTO grid_officer (community, grid, person, backup, since) VALUES ($1, $2, $3, $4, $5)"
    " ON CONFLICT (community, grid, person) DO UPDATE SET backup = excluded.backup"
};
static Stmt officer_drop = {
    "sss", "", "DELETE FROM grid_officer WHERE community = $1 AND grid = $2 AND person = $3"
};
static Stmt officers_drop = { "ss", "",
                              "DELETE FROM grid_officer WHERE community = $1 AND grid = $2" };

static Str code_of(const Matter *m) {
    return json_text(m->data, "code");
}

static Box box_of(Apply *a, const json_t *geometry) {
    Shape s;
    Fail f = shape_read(a->arena, geometry, &s); /* decide took it, so it reads */
    return f.err == OK ? s.box : (Box){ 0 };
}

static void apply_draw(Apply *a, const Matter *m, const Event *e) {
    const json_t *geometry = json_object_get(e->data, "geometry");
    Box b = box_of(a, geometry);
    db_send(a->db, a->arena, &grid_add,
            ARGS(TXT(e->community), TXT(code_of(m)), TXT(m->id), TXT(json_text(e->data, "name")),
                 TXT(json_print(a->arena, geometry)), NUM(b.west), NUM(b.south), NUM(b.east),
                 NUM(b.north), NUM(e->at)));
}

static void apply_rename(Apply *a, const Matter *m, const Event *e) {
    db_send(a->db, a->arena, &grid_rename,
            ARGS(TXT(e->community), TXT(code_of(m)), TXT(json_text(e->data, "name"))));
}

static void apply_redraw(Apply *a, const Matter *m, const Event *e) {
    const json_t *geometry = json_object_get(e->data, "geometry");
    Box b = box_of(a, geometry);
    db_send(a->db, a->arena, &grid_redraw,
            ARGS(TXT(e->community), TXT(code_of(m)), TXT(json_print(a->arena, geometry)),
                 NUM(b.west), NUM(b.south), NUM(b.east), NUM(b.north)));
}

static void apply_retire(Apply *a, const Matter *m, const Event *e) {
    db_send(a->db, a->arena, &grid_retire, ARGS(TXT(e->community), TXT(code_of(m)), NUM(e->at)));
    db_send(a->db, a->arena, &officers_drop, ARGS(TXT(e->community), TXT(code_of(m))));
}

static void fold_retire(Matter *m, const Event *e) {
    (void)e;
    json_object_del(m->data, "officers");
    for (int i = 0; i < m->n_relations; i++)
        m->relations[i].is &= ~(Relations)HANDLER;
}

/* ---- officers ---- */

static Fail decide_assign(Decide *d) {
    Str person = json_text(d->input, "person");
    int n = 0;
    for (int i = 0; i < d->matter->n_relations; i++)
        n += (d->matter->relations[i].is & HANDLER) &&
             !str_eq(d->matter->relations[i].person, person);
    return n < OFFICERS_MAX ? FAIL_NONE
                            : fail_field(ERR_CONFLICT, "too_many", "person", OFFICERS_MAX);
}

static Fail decide_relieve(Decide *d) {
    Relations is = matter_relations(d->matter, json_text(d->input, "person"));
    return (is & HANDLER) ? FAIL_NONE : fail_field(ERR_NOT_FOUND, "not_found", "person", 0);
}

/* data.officers: {"person": stands in}. */
static json_t *officers_of(Matter *m) {
    json_t *officers = json_object_get(m->data, "officers");
    if (officers == NULL) {
        officers = json_new_object(m->arena);
        json_put(m->data, "officers", officers);
    }
    return officers;
}

static void officer_in(Matter *m, Str person, bool backup) {
    json_put_bool(officers_of(m), arena_c(m->arena, person), backup);
    matter_relate(m, person, HANDLER | HANDLED, 0);
}

static void officer_out(Matter *m, Str person) {
    json_object_del(officers_of(m), arena_c(m->arena, person));
    matter_relate(m, person, 0, HANDLER);
}

static void fold_assign(Matter *m, const Event *e) {
    officer_in(m, json_text(e->data, "person"), json_bool(e->data, "backup"));
}

static void fold_relieve(Matter *m, const Event *e) {
    officer_out(m, json_text(e->data, "person"));
}

/* A leaver's grid goes to the successor, if there is one, in the same part; who was there already
 * stays. */
static void fold_pass_on(Matter *m, const Event *e) {
    Str person = json_text(e->data, "person"), to = json_text(e->data, "to");
    bool backup = json_bool(officers_of(m), arena_c(m->arena, person));
    officer_out(m, person);
    if (to.n > 0 && json_object_get(officers_of(m), arena_c(m->arena, to)) == NULL)
        officer_in(m, to, backup);
}

static void apply_assign(Apply *a, const Matter *m, const Event *e) {
    db_send(a->db, a->arena, &officer_add,
            ARGS(TXT(e->community), TXT(code_of(m)), TXT(json_text(e->data, "person")),
                 NUM(json_bool(e->data, "backup")), NUM(e->at)));
}

static void apply_relieve(Apply *a, const Matter *m, const Event *e) {
    db_send(a->db, a->arena, &officer_drop,
            ARGS(TXT(e->community), TXT(code_of(m)), TXT(json_text(e->data, "person"))));
}

static void apply_pass_on(Apply *a, const Matter *m, const Event *e) {
    Str to = json_text(e->data, "to");
    apply_relieve(a, m, e);
    if (to.n > 0)
        db_send(a->db, a->arena, &officer_add,
                ARGS(TXT(e->community), TXT(code_of(m)), TXT(to),
                     NUM(json_bool(json_object_get(m->data, "officers"), arena_c(a->arena, to))),
                     NUM(e->at)));
}

/* ---- rows ---- */

static const char *const same_code[] = { "code", NULL };

/* clang-format off */
static const Action actions[] = {
    { .name = "draw", .route = "POST /grids", .may = ADMIN | CLERK | SYSTEM, .from = NEW,
      .to = ST(ACTIVE), .fields = draw_fields, .reads = draw_reads, .decide = decide_draw,
      .fold = fold_draw, .apply = apply_draw, .audience = TO_PUBLIC, .mode = COMMUTES,
      .many = true, .same = same_code, .alone = true, .reverse = "retire" },
    { .name = "rename", .route = "POST /grids/{id}/rename", .may = ADMIN | CLERK | SYSTEM,
      .from = ST(ACTIVE), .to = SAME, .fields = rename_fields, .fold = fold_rename,
      .apply = apply_rename, .audience = TO_PUBLIC, .mode = COMMUTES },
    { .name = "redraw", .route = "POST /grids/{id}/redraw", .may = ADMIN | CLERK | SYSTEM,
      .from = ST(ACTIVE), .to = SAME, .fields = redraw_fields, .reads = redraw_reads,
      .decide = decide_redraw, .apply = apply_redraw, .audience = TO_PUBLIC, .mode = STRICT,
      .alone = true },
    { .name = "assign_officer", .route = "POST /grids/{id}/officers",
      .may = ADMIN | CLERK | DISPATCHER | SYSTEM, .from = ST(ACTIVE), .to = SAME,
      .fields = assign_fields, .decide = decide_assign, .fold = fold_assign, .apply = apply_assign,
      .audience = TO_PUBLIC, .tell = HANDLER, .mode = COMMUTES },
    { .name = "relieve_officer", .route = "POST /grids/{id}/officers/relieve",
      .may = ADMIN | CLERK | DISPATCHER | SYSTEM, .from = ST(ACTIVE), .to = SAME,
      .fields = relieve_fields, .decide = decide_relieve, .fold = fold_relieve,
      .apply = apply_relieve, .audience = TO_PUBLIC, .tell = HANDLER, .mode = COMMUTES },
    { .name = "pass_on", .may = SYSTEM, .from = ST(ACTIVE), .to = SAME, .fields = pass_on_fields,
      .decide = decide_relieve, .fold = fold_pass_on, .apply = apply_pass_on,
      .audience = TO_PUBLIC, .tell = HANDLER, .mode = COMMUTES },
    { .name = "retire", .route = "POST /grids/{id}/retire", .may = ADMIN | SYSTEM,
      .from = ST(ACTIVE), .to = ST(RETIRED), .fold = fold_retire, .apply = apply_retire,
      .audience = TO_PUBLIC, .mode = STRICT, .alone = true },
    { 0 },
};

static const Query queries[] = {
    { .name = "view", .route = "GET /grids/{id}", .may = STAFF, .view = true },
    { 0 },
};

static const Call calls[] = {
    { .name = "map", .route = "GET /grids", .may = ANYONE | SIGNED_IN, .on = ON_READER,
      .run = grid_map_call,
      .answer = "type:s features[type:s properties{id:s version:l code:s name:s officers[person:s name:s "
                "phone:s backup:b]} geometry:o]" },
    { .name = "check", .route = "POST /grids/check", .may = ADMIN | CLERK, .on = ON_READER,
      .body_max = GRIDS_CHECK_BODY_MAX, .per_minute = 30, .raw = true, .run = grid_check_call,
      .answer = "rows[index:l code:s name:s geometry:o? errors[code:s field:s? limit:l? *] *] failed:l *" },
    { 0 },
};
/* clang-format on */

static Stmt called = { "s", "ssss",
                       "SELECT code, name, '', '' FROM grid WHERE community = $1 AND retired_at = 0" };
static Stmt *const statements[] = { &called,        &grid_add,      &grid_rename,        &grid_redraw,
                                    &grid_retire,   &officer_add,        &officer_drop,
                                    &officers_drop, &grid_load_all,      &grid_officers,
                                    &grid_codes,    &grid_boundary_load, NULL };

const Module module_grid = { .name = "grid",
                             .plural = "grids",
                             .states = states,
                             .actions = actions,
                             .queries = queries,
                             .calls = calls,
                             .statements = statements,
                             .called = &called,
                             .schema = grid_schema,
                             .words_zh = grid_zh,
                             .words_bo = grid_bo,
                             .words_en = grid_en };
