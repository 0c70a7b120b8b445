/* building: a house with its entrances (units), so that a door can be named. Whose day: the
 * clerk's. Never: who lives there; see household. */
#include "core/module.h"
#include "core/place/spot.h"

extern const char building_schema[], building_zh[], building_bo[], building_en[];

enum { STANDING, GONE };
static const State states[] = { { "standing", true }, { "gone", false }, { 0 } };

static const Field unit_fields[] = {
    { .name = "unit", .type = F_TEXT, .required = true, .min = 1, .max = 20 },
    { 0 },
};
static const Field add_fields[] = {
    { .name = "name", .type = F_TEXT, .required = true, .min = 1, .max = 60 },
    { .name = "address", .type = F_TEXT, .max = 200 },
    { .name = "point", .type = F_POINT, .required = true },
    { .name = "floors", .type = F_INT, .min = 1, .max = 150 },
    { .name = "units", .type = F_LIST, .max = 40, .fields = unit_fields },
    { 0 },
};
static const Field change_fields[] = {
    { .name = "name", .type = F_TEXT, .min = 1, .max = 60 },
    { .name = "address", .type = F_TEXT, .max = 200 },
    { .name = "floors", .type = F_INT, .min = 1, .max = 150 },
    { .name = "units", .type = F_LIST, .max = 40, .fields = unit_fields },
    { 0 },
};
static const Field move_fields[] = {
    { .name = "point", .type = F_POINT, .required = true },
    { 0 },
};

static bool has_unit(const json_t *units, Str unit) {
    for (size_t i = 0; i < json_array_size(units); i++)
        if (str_eq(json_text(json_array_get(units, i), "unit"), unit)) return true;
    return false;
}

static Fail check_units(const json_t *units) {
    for (size_t i = 1; i < json_array_size(units); i++) {
        Str unit = json_text(json_array_get(units, i), "unit");
        for (size_t k = 0; k < i; k++)
            if (str_eq(json_text(json_array_get(units, k), "unit"), unit))
                return fail_field(ERR_INVALID, "repeated", "units", 0);
    }
    return FAIL_NONE;
}

/* Two houses may be called alike at two addresses; the same house twice is a mistake. */
static Read add_reads[] = {
    { "namesakes",
      { "ss", "ss", "SELECT matter, address FROM building WHERE community = $1 AND name = $2" },
      "name" },
    { 0 },
};
static const char *const same_house[] = { "address", "name", NULL };

static Fail check_known(const Decide *d, const DbRows *namesakes, Str address) {
    for (int i = 0; i < namesakes->rows; i++)
        if (str_eq(db_text(namesakes, i, 1), address) && !str_eq(db_text(namesakes, i, 0), d->matter->id))
            return fail_field(ERR_CONFLICT, "building_known", "name", 0);
    return FAIL_NONE;
}

static Fail decide_add(Decide *d) {
    Fail f = check_known(d, d->reads[0], json_text(d->input, "address"));
    if (f.err == OK) f = spot_place(d);
    return f.err == OK ? check_units(json_object_get(d->input, "units")) : f;
}

/* An entrance with doors behind it does not vanish from the list. */
static Read change_reads[] = {
    { "units_in_use",
      { "ss", "s",
        "SELECT DISTINCT unit FROM household WHERE community = $1 AND building = $2 AND retired_at "
        "= 0" },
      "matter" },
    { 0 },
};

static Fail decide_change(Decide *d) {
    const json_t *units = json_object_get(d->input, "units");
    const DbRows *used = d->reads[0];
    if (json_object_size(d->input) == 0) return fail(ERR_INVALID, "required");
    for (int i = 0; units != NULL && i < used->rows; i++)
        if (db_text(used, i, 0).n > 0 && !has_unit(units, db_text(used, i, 0)))
            return fail_field(ERR_CONFLICT, "unit_in_use", "units", 0);
    return check_units(units);
}

static Fail decide_gone(Decide *d) {
    return d->reads[0]->rows == 0 ? FAIL_NONE : fail(ERR_CONFLICT, "has_households");
}

static void fold_facts(Matter *m, const Event *e) {
    static const char *const kept[] = { "name", "address", "floors", "units" };
    for (int i = 0; i < COUNT(kept); i++) {
        json_t *v = json_object_get(e->data, kept[i]);
        if (v != NULL) json_put(m->data, kept[i], v);
    }
}

static Stmt building_put = {
    "ssssslllsl", "",
    "INSERT INTO building (community, matter, name, address, place, lon_e7, lat_e7, floors, units, "
    "at)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
    " ON CONFLICT (community, matter) DO UPDATE SET name = excluded.name, address = "
    "excluded.address,"
    " place = excluded.place, lon_e7 = excluded.lon_e7, lat_e7 = excluded.lat_e7,"
    " floors = excluded.floors, units = excluded.units"
};
static Stmt building_drop = { "ss", "",
                              "DELETE FROM building WHERE community = $1 AND matter = $2" };

static void apply_facts(Apply *a, const Matter *m, const Event *e) {
    json_t *names = json_new_array(a->arena), *units = json_object_get(m->data, "units");
    for (size_t i = 0; i < json_array_size(units); i++)
        json_array_append(names, json_object_get(json_array_get(units, i), "unit"));
    db_send(a->db, a->arena, &building_put,
            ARGS(TXT(e->community), TXT(m->id), TXT(json_text(m->data, "name")),
                 TXT(json_text(m->data, "address")), TXT(m->place), NUM(m->lon_e7), NUM(m->lat_e7),
                 NUM(json_int(m->data, "floors")), TXT(json_print(a->arena, names)), NUM(e->at)));
}

static void apply_gone(Apply *a, const Matter *m, const Event *e) {
    db_send(a->db, a->arena, &building_drop, ARGS(TXT(e->community), TXT(m->id)));
}

/* clang-format off */
static const Action actions[] = {
    { .name = "add", .route = "POST /buildings", .may = ADMIN | CLERK | OFFICER | SYSTEM,
      .from = NEW, .to = ST(STANDING), .fields = add_fields, .reads = add_reads, .decide = decide_add,
      .fold = fold_facts, .apply = apply_facts, .audience = TO_PUBLIC, .mode = COMMUTES,
      .many = true, .same = same_house, .reverse = "gone" },
    { .name = "change", .route = "POST /buildings/{id}/change", .may = ADMIN | CLERK | OFFICER,
      .from = ST(STANDING), .to = SAME, .fields = change_fields, .reads = change_reads,
      .decide = decide_change, .fold = fold_facts, .apply = apply_facts, .audience = TO_PUBLIC,
      .mode = STRICT },
    { .name = "move", .route = "POST /buildings/{id}/move", .may = ADMIN | CLERK | OFFICER,
      .from = ST(STANDING), .to = SAME, .fields = move_fields, .decide = spot_place_same,
      .apply = apply_facts, .audience = TO_PUBLIC, .mode = STRICT },
    { .name = "gone", .route = "POST /buildings/{id}/gone", .may = ADMIN | CLERK,
      .from = ST(STANDING), .to = ST(GONE), .reads = change_reads, .decide = decide_gone,
      .apply = apply_gone, .audience = TO_PUBLIC, .mode = STRICT },
    { 0 },
};
/* clang-format on */

static const Filter filters[] = {
    { { .name = "place", .type = F_PLACE, .max = 24 }, "b.place = $" },
    { .sql = NULL },
};

/* clang-format off */
static const Query queries[] = {
    { .name = "view", .route = "GET /buildings/{id}", .may = STAFF, .view = true },
    { .name = "list", .route = "GET /buildings", .may = SIGNED_IN, .scope = SCOPE_NONE,
      .sql = "SELECT m.id, b.name, b.address, b.place, b.lon_e7, b.lat_e7, b.floors, b.units, "
             "m.version"
             " FROM building b JOIN matter m ON m.community = b.community AND m.id = b.matter"
             " WHERE b.community = $1",
      .columns = "id:s name:s address:s place:s lon:f lat:f floors:l units:j version:l",
      .filters = filters, .order = "b.place:s, b.name:s, m.id:s" },
    { 0 },
};
/* clang-format on */

static Stmt called = { "s", "ssss", "SELECT matter, name, address, units FROM building WHERE community = $1" };
static Stmt *const statements[] = { &building_put, &building_drop, &called, NULL };

const Module module_building = { .name = "building",
                                 .plural = "buildings",
                                 .states = states,
                                 .actions = actions,
                                 .queries = queries,
                                 .statements = statements,
                                 .called = &called,
                                 .schema = building_schema,
                                 .words_zh = building_zh,
                                 .words_bo = building_bo,
                                 .words_en = building_en };
