/* setting: what a community has settled for itself. Whose day: the admin's, once. Never: a figure
 * that the software made up. Each change is a matter of its own; the table holds what is in force.
 */
#include "core/setting.h"

#include "core/module.h"

extern const char setting_schema[], setting_zh[], setting_bo[], setting_en[];

enum { SET };
static const State states[] = { { "set", false }, { 0 } };

/* ---- fields: one per key; see setting.h ---- */

static const Field name_fields[] = {
    { .name = "zh", .type = F_TEXT, .required = true, .min = 1, .max = 60 },
    { .name = "bo", .type = F_TEXT, .max = 120 },
    { .name = "en", .type = F_TEXT, .max = 120 },
    { 0 },
};
static const Field contact_fields[] = {
    { .name = "phone", .type = F_PHONE, .required = true },
    { 0 },
};
static const Field day_fields[] = {
    { .name = "date", .type = F_DATE, .required = true },
    { .name = "working", .type = F_BOOL, .required = true },
    { 0 },
};
static const Field calendar_fields[] = {
    { .name = "zone_minutes", .type = F_INT, .min = -720, .max = 840 },
    { .name = "opens_minute", .type = F_INT, .min = 0, .max = 1439 },
    { .name = "closes_minute", .type = F_INT, .min = 1, .max = 1440 },
    { .name = "days", .type = F_LIST, .max = 500, .fields = day_fields },
    { .name = "covers_from", .type = F_DATE }, /* see clock.h: a year forgotten within is refused */
    { .name = "covers_until", .type = F_DATE },
    { 0 },
};
static const Field widths_fields[] = {
    { .name = "county", .type = F_INT, .required = true, .min = 2, .max = 8 },
    { .name = "street", .type = F_INT, .required = true, .min = 2, .max = 6 },
    { .name = "community", .type = F_INT, .required = true, .min = 2, .max = 6 },
    { .name = "grid", .type = F_INT, .required = true, .min = 2, .max = 3 },
    { 0 },
};
static const Field limits_fields[] = {
    { .name = "redone_max", .type = F_INT, .min = 1, .max = 20 },
    { .name = "returned_max", .type = F_INT, .min = 1, .max = 20 },
    { .name = "anonymous_per_hour", .type = F_INT, .min = 1, .max = 1000 },
    { .name = "sample_percent", .type = F_INT, .min = 0, .max = 100 },
    { 0 },
};
static const Field telling_fields[] = {
    { .name = "quiet_from", .type = F_INT, .required = true, .min = 0, .max = 1439 },
    { .name = "quiet_until", .type = F_INT, .required = true, .min = 0, .max = 1439 },
    { .name = "wait_minutes", .type = F_INT, .required = true, .min = 0, .max = 60 },
    { .name = "urgent_hours", .type = F_INT, .required = true, .min = 0, .max = 24 },
    { 0 },
};
static const Field set_fields[] = {
    { .name = "name", .type = F_RECORD, .fields = name_fields },
    { .name = "contact", .type = F_RECORD, .fields = contact_fields },
    { .name = "center", .type = F_POINT },
    { .name = "calendar", .type = F_RECORD, .fields = calendar_fields },
    { .name = "widths", .type = F_RECORD, .fields = widths_fields },
    { .name = "limits", .type = F_RECORD, .fields = limits_fields },
    { .name = "telling", .type = F_RECORD, .fields = telling_fields },
    { 0 },
};

/* ---- reading ---- */

Stmt setting_get = { "ss", "s", "SELECT value FROM setting WHERE community = $1 AND name = $2" };

json_t *setting_of(Arena *a, const DbRows *r) {
    Fail f = FAIL_NONE;
    return r->rows > 0 ? json_read(a, db_text(r, 0, 0), &f) : NULL;
}

json_t *setting_value(Db *db, Arena *a, Str community, const char *name, Fail *f) {
    DbRows *r = db_run(db, a, &setting_get, ARGS(TXT(community), TXT(str_c(name))), f);
    return f->err == OK ? setting_of(a, r) : NULL;
}

static int width_of(const json_t *setting, const char *name, int otherwise) {
    int64_t n = json_int(setting, name);
    return n > 0 && n < 10 ? (int)n : otherwise;
}

Widths widths_of(const json_t *setting) {
    return (Widths){ .county = width_of(setting, "county", 6),
                     .street = width_of(setting, "street", 3),
                     .community = width_of(setting, "community", 3),
                     .grid = width_of(setting, "grid", 2) };
}

int place_level(Widths w, Str code) {
    size_t county = (size_t)w.county, street = county + (size_t)w.street;
    size_t community = street + (size_t)w.community;
    for (size_t i = 0; i < code.n; i++) {
        bool dash = i == community;
        if (dash ? code.p[i] != '-' : code.p[i] < '0' || code.p[i] > '9') return 0;
    }
    if (code.n == county) return 1;
    if (code.n == street) return 2;
    if (code.n == community) return 3;
    return code.n == community + 1 + (size_t)w.grid ? 4 : 0;
}

/* ---- set ---- */

enum { READ_GRIDS, READ_WIDTHS };
static Read set_reads[] = {
    { "grids", { "s", "l", "SELECT COUNT(*) FROM grid WHERE community = $1" }, "", .shared = true },
    { "widths", SETTING_READ("widths"), "", .shared = true },
    { 0 },
};

static bool same_widths(Widths a, Widths b) {
    return a.county == b.county && a.street == b.street && a.community == b.community &&
           a.grid == b.grid;
}

static Fail decide_set(Decide *d) {
    if (json_object_size(d->input) == 0) return fail(ERR_INVALID, "required");
    Calendar calendar;
    const json_t *value = json_object_get(d->input, "calendar");
    Fail f = value != NULL ? calendar_read(d->arena, value, &calendar) : FAIL_NONE;
    value = json_object_get(d->input, "widths");
    if (f.err != OK || value == NULL) return f;
    bool has_grids = db_int(d->reads[READ_GRIDS], 0, 0) > 0;
    Widths was = widths_of(setting_of(d->arena, d->reads[READ_WIDTHS]));
    if (has_grids &&
        !same_widths(was, widths_of(value))) /* codes nest by prefix: never two widths at once */
        return fail_field(ERR_CONFLICT, "grids_exist", "widths", 0);
    return FAIL_NONE;
}

static Stmt setting_put = {
    "sssl", "",
    "INSERT INTO setting (community, name, value, at) VALUES ($1, $2, $3, $4)"
    " ON CONFLICT (community, name) DO UPDATE SET value = excluded.value,"
    " at = excluded.at"
};

static Stmt telling_put = {
    "sllll", "",
    "INSERT INTO telling (community, quiet_from, quiet_until, wait_ms, urgent_ms) VALUES ($1, $2, $3, $4, $5)"
    " ON CONFLICT (community) DO UPDATE SET quiet_from = excluded.quiet_from, quiet_until = excluded.quiet_until,"
    " wait_ms = excluded.wait_ms, urgent_ms = excluded.urgent_ms"
};

static void apply_telling(Apply *a, const Event *e) {
    const json_t *telling = json_object_get(e->data, "telling");
    if (telling == NULL) return;
    db_send(a->db, a->arena, &telling_put,
            ARGS(TXT(e->community), NUM(json_int(telling, "quiet_from")), NUM(json_int(telling, "quiet_until")),
                 NUM(json_int(telling, "wait_minutes") * MINUTE_MS),
                 NUM(json_int(telling, "urgent_hours") * HOUR_MS)));
}

static void apply_set(Apply *a, const Matter *m, const Event *e) {
    apply_telling(a, e);
    (void)m;
    for (const Field *f = set_fields; f->name != NULL; f++) {
        const json_t *value = json_object_get(e->data, f->name);
        if (value != NULL)
            db_send(a->db, a->arena, &setting_put,
                    ARGS(TXT(e->community), TXT(str_c(f->name)), TXT(json_print(a->arena, value)),
                         NUM(e->at)));
    }
}

/* clang-format off */
static const Action actions[] = {
    { .name = "set", .route = "POST /settings", .may = ADMIN | SYSTEM, .from = NEW, .to = ST(SET),
      .fields = set_fields, .reads = set_reads, .decide = decide_set, .apply = apply_set,
      .audience = TO_HANDLERS, .mode = COMMUTES, .alone = true },
    { 0 },
};

static const Query queries[] = {
    { .name = "list", .route = "GET /settings", .may = STAFF | AUDITOR, .scope = SCOPE_NONE,
      .sql = "SELECT s.name, s.value, s.at FROM setting s WHERE s.community = $1",
      .columns = "name:s value:j at:l", .order = "s.name:s" },
    { 0 },
};
/* clang-format on */

/* ---- GET /community ---- */

static Stmt bounds_get = { "s", "llll",
                           "SELECT MIN(west), MIN(south), MAX(east), MAX(north) FROM grid"
                           " WHERE community = $1 AND retired_at = 0" };
static Stmt division_name = {
    "s", "s", "SELECT name FROM division WHERE community = $1 AND code = $1 AND retired_at = 0"
};

static void put_degrees(Json *j, int64_t e7) {
    jw_value(j, json_keep(j->out->arena, json_real((double)e7 / 1e7)));
}

static void put_center(Json *j, const json_t *center, const DbRows *bounds) {
    bool drawn = !db_null(bounds, 0, 0);
    jw_key(j, "center");
    if (center == NULL && !drawn) {
        jw_null(j);
        return;
    }
    jw_open(j, '{');
    jw_key(j, "lon");
    put_degrees(j, center != NULL ? json_int(center, "lon_e7")
                                  : (db_int(bounds, 0, 0) + db_int(bounds, 0, 2)) / 2);
    jw_key(j, "lat");
    put_degrees(j, center != NULL ? json_int(center, "lat_e7")
                                  : (db_int(bounds, 0, 1) + db_int(bounds, 0, 3)) / 2);
    jw_close(j, '}');
}

static void put_bounds(Json *j, const DbRows *bounds) {
    jw_key(j, "bounds");
    if (db_null(bounds, 0, 0)) {
        jw_null(j);
        return;
    }
    jw_open(j, '[');
    for (int i = 0; i < 4; i++)
        put_degrees(j, db_int(bounds, 0, i));
    jw_close(j, ']');
}

static void put_name(Json *j, Str community, const json_t *name) {
    static const char *const languages[] = { "zh", "bo", "en" };
    Str zh = json_text(name, "zh");
    jw_key(j, "name");
    jw_open(j, '{');
    for (int i = 0; i < COUNT(languages); i++) {
        Str word = json_text(name, languages[i]);
        jw_put_text(j, languages[i], word.n > 0 ? word : zh.n > 0 ? zh : community);
    }
    jw_close(j, '}');
}

static Fail run_community(CallCtx *c) {
    DbRows *rows[5];
    static const char *const names[] = { "name", "contact", "center" };
    for (int i = 0; i < COUNT(names); i++)
        rows[i] =
            db_send(c->db, c->arena, &setting_get, ARGS(TXT(c->community), TXT(str_c(names[i]))));
    rows[3] = db_send(c->db, c->arena, &bounds_get, ARGS(TXT(c->community)));
    rows[4] = db_send(c->db, c->arena, &division_name, ARGS(TXT(c->community)));
    Fail f = db_sync(c->db);
    if (f.err != OK) return f;
    Buf out = buf_new(c->arena, 512);
    Json j = json_to(&out);
    jw_open(&j, '{');
    jw_put_text(&j, "code", c->community);
    put_name(&j, c->community, setting_of(c->arena, rows[0]->rows > 0 ? rows[0] : rows[4]));
    jw_put_text(&j, "phone", json_text(setting_of(c->arena, rows[1]), "phone"));
    put_center(&j, setting_of(c->arena, rows[2]), rows[3]);
    put_bounds(&j, rows[3]);
    jw_close(&j, '}');
    call_json(c, buf_str(&out));
    return FAIL_NONE;
}

/* clang-format off */
static const Call calls[] = {
    { .name = "community", .route = "GET /community", .may = ANYONE | SIGNED_IN, .on = ON_READER,
      .run = run_community,
      .answer = "code:s name{zh:s bo:s en:s} phone:s center{lon:f lat:f}? bounds[f]? *" },
    { 0 },
};
/* clang-format on */

static Stmt *const statements[] = { &setting_get, &setting_put, &telling_put, &bounds_get, &division_name, NULL };

const Module module_setting = { .name = "setting",
                                .plural = "settings",
                                .states = states,
                                .actions = actions,
                                .queries = queries,
                                .calls = calls,
                                .statements = statements,
                                .schema = setting_schema,
                                .words_zh = setting_zh,
                                .words_bo = setting_bo,
                                .words_en = setting_en };
