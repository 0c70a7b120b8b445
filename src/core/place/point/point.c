/* point: a place with a name: the talking hall, the mediation room, where water stands after rain.
 * Whose day: the resident who looks for it, the crew that is sent there. Never: a person's
 * position. */
#include "core/module.h"
#include "core/place/spot.h"

extern const char point_schema[], point_zh[], point_bo[], point_en[];

enum { IN_USE, RETIRED };
static const State states[] = { { "in_use", true }, { "retired", false }, { 0 } };

static const char *const kinds[] = {
    "talking_hall", "mediation_room", "service_centre", "youth_home", "waterlogging",
    "shelter",      "supplies",       "notice_board",   "other",      NULL
};

static const Field add_fields[] = {
    { .name = "kind", .type = F_ENUM, .required = true, .values = kinds },
    { .name = "name", .type = F_TEXT, .required = true, .min = 1, .max = 60 },
    { .name = "point", .type = F_POINT, .required = true },
    { .name = "public", .type = F_BOOL },
    { .name = "note", .type = F_TEXT, .max = 500 },
    { 0 },
};
static const Field change_fields[] = {
    { .name = "kind", .type = F_ENUM, .values = kinds },
    { .name = "name", .type = F_TEXT, .min = 1, .max = 60 },
    { .name = "public", .type = F_BOOL },
    { .name = "note", .type = F_TEXT, .max = 500 },
    { 0 },
};
static const Field move_fields[] = {
    { .name = "point", .type = F_POINT, .required = true },
    { 0 },
};

static Fail decide_change(Decide *d) {
    return json_object_size(d->input) > 0 ? FAIL_NONE : fail(ERR_INVALID, "required");
}

static void fold_facts(Matter *m, const Event *e) {
    static const char *const kept[] = { "kind", "name", "public", "note" };
    for (int i = 0; i < COUNT(kept); i++) {
        json_t *v = json_object_get(e->data, kept[i]);
        if (v != NULL) json_put(m->data, kept[i], v);
    }
}

static Stmt point_put = {
    "ssssssllll", "",
    "INSERT INTO point (community, matter, kind, name, note, place, lon_e7, lat_e7, is_public, at)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
    " ON CONFLICT (community, matter) DO UPDATE SET kind = excluded.kind, name = excluded.name,"
    " note = excluded.note, place = excluded.place, lon_e7 = excluded.lon_e7,"
    " lat_e7 = excluded.lat_e7, is_public = excluded.is_public"
};
static Stmt point_drop = { "ss", "", "DELETE FROM point WHERE community = $1 AND matter = $2" };

static void apply_facts(Apply *a, const Matter *m, const Event *e) {
    db_send(a->db, a->arena, &point_put,
            ARGS(TXT(e->community), TXT(m->id), TXT(json_text(m->data, "kind")),
                 TXT(json_text(m->data, "name")), TXT(json_text(m->data, "note")), TXT(m->place),
                 NUM(m->lon_e7), NUM(m->lat_e7), NUM(json_bool(m->data, "public")), NUM(e->at)));
}

static void apply_retire(Apply *a, const Matter *m, const Event *e) {
    db_send(a->db, a->arena, &point_drop, ARGS(TXT(e->community), TXT(m->id)));
}

/* clang-format off */
static const Action actions[] = {
    { .name = "add", .route = "POST /points", .may = ADMIN | CLERK | OFFICER | SYSTEM, .from = NEW,
      .to = ST(IN_USE), .fields = add_fields, .decide = spot_place, .fold = fold_facts,
      .apply = apply_facts, .audience = TO_HANDLERS, .mode = COMMUTES, .many = true },
    { .name = "change", .route = "POST /points/{id}/change", .may = ADMIN | CLERK | OFFICER,
      .from = ST(IN_USE), .to = SAME, .fields = change_fields, .decide = decide_change,
      .fold = fold_facts, .apply = apply_facts, .audience = TO_HANDLERS, .mode = STRICT },
    { .name = "move", .route = "POST /points/{id}/move", .may = ADMIN | CLERK | OFFICER,
      .from = ST(IN_USE), .to = SAME, .fields = move_fields, .decide = spot_place,
      .apply = apply_facts, .audience = TO_HANDLERS, .mode = STRICT },
    { .name = "retire", .route = "POST /points/{id}/retire", .may = ADMIN | CLERK | OFFICER,
      .from = ST(IN_USE), .to = ST(RETIRED), .apply = apply_retire, .audience = TO_HANDLERS,
      .mode = STRICT },
    { 0 },
};
/* clang-format on */

static const Filter filters[] = {
    { { .name = "kind", .type = F_ENUM, .values = kinds }, "p.kind = $" },
    { { .name = "place", .type = F_PLACE, .max = 24 }, "p.place = $" },
    { .sql = NULL },
};

/* clang-format off */
static const Query queries[] = {
    { .name = "view", .route = "GET /points/{id}", .may = STAFF, .view = true },
    { .name = "public", .route = "GET /points", .may = ANYONE | SIGNED_IN, .scope = SCOPE_NONE,
      .sql = "SELECT m.id, p.kind, p.name, p.note, p.place, p.lon_e7, p.lat_e7"
             " FROM point p JOIN matter m ON m.community = p.community AND m.id = p.matter"
             " WHERE p.community = $1 AND p.is_public = 1",
      .columns = "id:s kind:s name:s note:s place:s lon:f lat:f", .filters = filters,
      .order = "p.kind:s, p.name:s, m.id:s" },
    { .name = "all", .route = "GET /points/all", .may = STAFF, .scope = SCOPE_PLACE,
      .sql =
             "SELECT m.id, p.kind, p.name, p.note, p.place, p.lon_e7, p.lat_e7, p.is_public, m.version"
             " FROM point p JOIN matter m ON m.community = p.community AND m.id = p.matter"
             " WHERE p.community = $1 AND {scope}",
      .columns = "id:s kind:s name:s note:s place:s lon:f lat:f public:b version:l",
      .filters = filters, .order = "p.kind:s, p.name:s, m.id:s" },
    { 0 },
};
/* clang-format on */

static Stmt *const statements[] = { &point_put, &point_drop, NULL };

const Module module_point = { .name = "point",
                              .plural = "points",
                              .states = states,
                              .actions = actions,
                              .queries = queries,
                              .statements = statements,
                              .schema = point_schema,
                              .words_zh = point_zh,
                              .words_bo = point_bo,
                              .words_en = point_en };
