/* The grids as GeoJSON: out for maps, in for a look before they are drawn. */
#include "core/place/grid/grid.h"

/* ---- reading ---- */

Stmt grid_load_all = { "s", "ssssl",
                       "SELECT g.code, g.name, g.geometry, g.matter, m.version FROM grid g"
                       " JOIN matter m ON m.community = g.community AND m.id = g.matter"
                       " WHERE g.community = $1 AND g.retired_at = 0 ORDER BY g.code" };
Stmt grid_officers = {
    "s", "sslss",
    "SELECT o.grid, o.person, o.backup, COALESCE(c.name, ''), COALESCE(c.duty_phone, '')"
    " FROM grid_officer o"
    " LEFT JOIN card c ON c.community = o.community AND c.person = o.person"
    " WHERE o.community = $1 ORDER BY o.grid, o.backup, o.since, o.person"
};
Stmt grid_codes = { "s", "s", "SELECT code FROM grid WHERE community = $1 ORDER BY code" };
Stmt grid_boundary_load = {
    "s", "s", "SELECT boundary FROM division WHERE community = $1 AND code = $1 AND retired_at = 0"
};

json_t *grid_boundary(Arena *a, const DbRows *r) {
    Fail f = FAIL_NONE;
    if (r->rows == 0 || db_text(r, 0, 0).n == 0) return NULL;
    return json_read(a, db_text(r, 0, 0), &f);
}

Places *places_load(Db *db, Str community, Fail *f) {
    Arena *a = arena_new();
    Places *p = NULL;
    DbRows *r = db_run(db, a, &grid_load_all, ARGS(TXT(community)), f);
    if (f->err == OK) {
        Grid *grids = arena_array(a, Grid, r->rows + 1);
        for (int i = 0; f->err == OK && i < r->rows; i++)
            grids[i] =
                (Grid){ db_text(r, i, 0), db_text(r, i, 1), json_read(a, db_text(r, i, 2), f) };
        if (f->err == OK) p = places_new(community, grids, r->rows, f);
        if (p == NULL) *f = fail(ERR_INTERNAL, "grid_geometry");
    }
    arena_free(a);
    return p;
}

/* ---- GET /grids ---- */

static void put_officers(Json *j, const DbRows *officers, int *at, Str grid) {
    jw_key(j, "officers");
    jw_open(j, '[');
    while (*at < officers->rows && str_cmp(db_text(officers, *at, 0), grid) < 0)
        ++*at;
    for (; *at < officers->rows && str_eq(db_text(officers, *at, 0), grid); ++*at) {
        jw_open(j, '{');
        jw_put_text(j, "person", db_text(officers, *at, 1));
        jw_put_text(j, "name", db_text(officers, *at, 3));
        jw_put_text(j, "phone", db_text(officers, *at, 4));
        jw_put_bool(j, "backup", db_int(officers, *at, 2) != 0);
        jw_close(j, '}');
    }
    jw_close(j, ']');
}

Fail grid_map_call(CallCtx *c) {
    DbRows *grids = db_send(c->db, c->arena, &grid_load_all, ARGS(TXT(c->community)));
    DbRows *officers = db_send(c->db, c->arena, &grid_officers, ARGS(TXT(c->community)));
    Fail f = db_sync(c->db);
    if (f.err != OK) return f;
    Buf out = buf_new(c->arena, 4096);
    Json j = json_to(&out);
    int at = 0;
    jw_open(&j, '{');
    jw_put_text(&j, "type", S("FeatureCollection"));
    jw_key(&j, "features");
    jw_open(&j, '[');
    for (int i = 0; i < grids->rows; i++) {
        jw_open(&j, '{');
        jw_put_text(&j, "type", S("Feature"));
        jw_key(&j, "properties");
        jw_open(&j, '{');
        jw_put_text(&j, "id", db_text(grids, i, 3));
        jw_put_int(&j, "version", db_int(grids, i, 4));
        jw_put_text(&j, "code", db_text(grids, i, 0));
        jw_put_text(&j, "name", db_text(grids, i, 1));
        put_officers(&j, officers, &at, db_text(grids, i, 0));
        jw_close(&j, '}');
        jw_put_raw(&j, "geometry", db_text(grids, i, 2));
        jw_close(&j, '}');
    }
    jw_close(&j, ']');
    jw_close(&j, '}');
    call_json(c, buf_str(&out));
    return FAIL_NONE;
}

/* ---- POST /grids/check: what would be wrong, feature by feature ---- */

bool grid_code_fits(Widths w, Str community, Str code) {
    if (!str_starts(code, community) || code.n != community.n + 1 + (size_t)w.grid) return false;
    if (code.p[community.n] != '-') return false;
    for (size_t i = community.n + 1; i < code.n; i++)
        if (code.p[i] < '0' || code.p[i] > '9') return false;
    return true;
}

/* GeoJSON is WGS-84 by definition; older files name a system, and some name another one. */
static bool is_wgs84(const json_t *collection) {
    const json_t *crs = json_object_get(collection, "crs");
    if (crs == NULL || json_is_null(crs)) return true;
    Str name = json_text(json_object_get(crs, "properties"), "name");
    return str_ends(name, S("CRS84")) || str_ends(name, S(":4326")) || str_ends(name, S(":4490"));
}

static Fail features_of(const json_t *collection, json_t **features) {
    *features = json_object_get(collection, "features");
    if (!json_is_object(collection)) return fail(ERR_INVALID, "geojson_not_an_object");
    if (!str_is(json_text(collection, "type"), "FeatureCollection") || !json_is_array(*features))
        return fail_field(ERR_INVALID, "geojson_type", "type", 0);
    if (!is_wgs84(collection)) return fail_field(ERR_INVALID, "crs_not_wgs84", "crs", 0);
    if (json_array_size(*features) == 0) return fail_field(ERR_INVALID, "too_few", "features", 1);
    if (json_array_size(*features) > MANY_MAX)
        return fail_field(ERR_INVALID, "too_many", "features", MANY_MAX);
    return FAIL_NONE;
}

static Str property(const json_t *feature, const char *const *names) {
    const json_t *properties = json_object_get(feature, "properties");
    for (; *names != NULL; names++) {
        Str s = str_trim(json_text(properties, *names));
        if (s.n > 0) return s;
    }
    return S("");
}

static Str code_of(const json_t *feature) {
    static const char *const names[] = { "code", "编码", "网格编码", NULL };
    return property(feature, names);
}

static Str name_of(const json_t *feature) {
    static const char *const names[] = { "name", "名称", "网格名称", NULL };
    return property(feature, names);
}

static json_t *error_json(Arena *a, Fail f) {
    json_t *e = json_new_object(a);
    json_put_text(e, "code", str_c(f.code));
    if (f.field[0] != 0) json_put_text(e, "field", arena_str(a, str_c(f.field)));
    if (f.limit != 0) json_put_int(e, "limit", f.limit);
    return e;
}

typedef struct Check {
    Arena *arena;
    const GridsCheck *asked;
    int n;
    json_t *features;
    PlaceFeature *list;
    Str *codes; /* as written in the file, or as suggested */
} Check;

static void find_codes(Check *c) {
    const GridsCheck *x = c->asked;
    const json_t **geometries = arena_array(c->arena, const json_t *, c->n);
    Str *used = arena_array(c->arena, Str, x->n_used + c->n);
    Str *suggested = arena_array(c->arena, Str, c->n);
    int n_used = x->n_used, unnamed = 0;
    if (n_used > 0) memcpy(used, x->used, sizeof(Str) * (size_t)n_used);
    for (int i = 0; i < c->n; i++) {
        const json_t *feature = json_array_get(c->features, (size_t)i);
        c->codes[i] = code_of(feature);
        if (c->codes[i].n > 0)
            used[n_used++] = c->codes[i];
        else
            geometries[unnamed++] = feature;
    }
    places_serials(c->arena, x->community, x->widths.grid, used, n_used, geometries, unnamed,
                   suggested);
    for (int i = 0, k = 0; i < c->n; i++)
        if (c->codes[i].n == 0) c->codes[i] = suggested[k++];
}

/* What the shapes do not show: the code's form, a code of old, the name. */
static Fail check_words(const Check *c, int i, Str name) {
    const GridsCheck *x = c->asked;
    if (!grid_code_fits(x->widths, x->community, c->codes[i]))
        return fail_field(ERR_INVALID, "bad_format", "code", x->widths.grid);
    for (int k = 0; k < x->n_used; k++)
        if (str_eq(x->used[k], c->codes[i]))
            return fail_field(ERR_CONFLICT, "code_taken", "code", 0);
    if (name.n == 0) return fail_field(ERR_INVALID, "required", "name", 0);
    if (utf8_count(name) > 60) return fail_field(ERR_INVALID, "too_long", "name", 60);
    return FAIL_NONE;
}

static json_t *row_json(const Check *c, int i, int *failed) {
    Str name = name_of(json_array_get(c->features, (size_t)i));
    json_t *row = json_new_object(c->arena), *errors = json_new_array(c->arena);
    json_put_int(row, "index", i);
    json_put_text(row, "code", c->codes[i]);
    json_put_text(row, "name", name);
    Fail words = check_words(c, i, name), shape = c->list[i].fail;
    bool twice = shape.err != OK && words.err != OK && strcmp(shape.code, words.code) == 0;
    if (words.err != OK) json_array_append(errors, error_json(c->arena, words));
    if (shape.err != OK && !twice) json_array_append(errors, error_json(c->arena, shape));
    if (json_array_size(errors) > 0) ++*failed;
    json_t *geometry = places_normal(c->arena, c->list[i].geometry);
    if (geometry != NULL) json_put(row, "geometry", geometry);
    json_put(row, "errors", errors);
    return row;
}

json_t *grids_check(Arena *a, const GridsCheck *asked, const json_t *collection, Fail *f) {
    Check c = { .arena = a, .asked = asked };
    *f = features_of(collection, &c.features);
    if (f->err != OK) return NULL;
    c.n = (int)json_array_size(c.features);
    c.list = arena_array(a, PlaceFeature, c.n);
    c.codes = arena_array(a, Str, c.n);
    find_codes(&c);
    for (int i = 0; i < c.n; i++)
        c.list[i] =
            (PlaceFeature){ .code = c.codes[i], .geometry = json_array_get(c.features, (size_t)i) };
    places_check_all(a, asked->existing, c.list, c.n, asked->boundary);
    json_t *out = json_new_object(a), *rows = json_new_array(a);
    int failed = 0;
    for (int i = 0; i < c.n; i++)
        json_array_append(rows, row_json(&c, i, &failed));
    json_put(out, "rows", rows);
    json_put_int(out, "failed", failed);
    return out;
}

static void release(void *places) {
    places_release(places);
}

Fail grids_check_load(Db *db, Arena *a, Str community, GridsCheck *x) {
    DbRows *codes = db_send(db, a, &grid_codes, ARGS(TXT(community)));
    DbRows *boundary = db_send(db, a, &grid_boundary_load, ARGS(TXT(community)));
    DbRows *widths = db_send(db, a, &setting_get, ARGS(TXT(community), TXT(S("widths"))));
    Fail f = db_sync(db);
    if (f.err != OK) return f;
    *x = (GridsCheck){ .community = community,
                       .widths = widths_of(setting_of(a, widths)),
                       .boundary = grid_boundary(a, boundary),
                       .n_used = codes->rows };
    Str *used = arena_array(a, Str, codes->rows + 1);
    for (int i = 0; i < codes->rows; i++)
        used[i] = db_text(codes, i, 0);
    x->used = used;
    Places *existing = places_load(db, community, &f);
    if (f.err != OK) return f;
    arena_defer(a, release, existing);
    x->existing = existing;
    return FAIL_NONE;
}

Fail grid_check_call(CallCtx *c) {
    Fail f = FAIL_NONE;
    GridsCheck x;
    json_t *collection = json_read(c->arena, c->body, &f);
    if (f.err == OK) f = grids_check_load(c->db, c->arena, c->community, &x);
    if (f.err != OK) return f;
    json_t *out = grids_check(c->arena, &x, collection, &f);
    if (f.err == OK) call_json(c, json_print(c->arena, out));
    return f;
}
