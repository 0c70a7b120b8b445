#include "core_place_shapes.h"

/* ---- codes ---- */

static void test_serials(void **state) {
    Arena *a = *state;
    /* rows from the north, each from the west; the rows are a little askew */
    static const struct {
        int x, y;
        const char *code;
    } plan[] = { { 2, 0, "c-08" }, { 0, 2, "c-01" }, { 1, 1, "c-05" },
                 { 2, 2, "c-04" }, { 0, 0, "c-06" }, { 2, 1, "" },
                 { 1, 2, "c-03" }, { 0, 1, "" },     { 1, 0, "c-07" } };
    const json_t *geometries[COUNT(plan)];
    Str codes[COUNT(plan)];
    for (int i = 0; i < COUNT(plan); i++) {
        int32_t west = LON + plan[i].x * 10000, south = LAT + plan[i].y * 10000 + plan[i].x * 900;
        geometries[i] = plan[i].code[0] != 0 ? box(a, west, south, west + 10000, south + 10000)
                                             : read_json(a, "{\"type\":\"Polygon\"}");
    }
    Str used[] = { S("c-02"), S("other") };
    places_serials(a, S("c"), 2, used, 2, geometries, COUNT(plan), codes);
    for (int i = 0; i < COUNT(plan); i++)
        assert_text(codes[i], plan[i].code);
    places_serials(a, S("c"), 3, NULL, 0, geometries, 1, codes);
    assert_text(codes[0], "c-001");
}

static void test_serials_run_out(void **state) {
    Arena *a = *state;
    const json_t *geometries[120];
    Str codes[120];
    for (int i = 0; i < 120; i++)
        geometries[i] = box(a, LON + i * 100, LAT, LON + i * 100 + 100, LAT + 100);
    places_serials(a, S("c"), 2, NULL, 0, geometries, 120, codes);
    assert_text(codes[98], "c-99");
    assert_text(codes[99], "");
    places_serials(a, S("c"), 3, NULL, 0, geometries, 120, codes);
    assert_text(codes[119], "c-120");
}

static void test_widths(void **state) {
    Arena *a = *state;
    Widths w = widths_of(NULL);
    assert_int_equal(place_level(w, S("540102")), 1);
    assert_int_equal(place_level(w, S("540102001")), 2);
    assert_int_equal(place_level(w, S("540102001001")), 3);
    assert_int_equal(place_level(w, S("540102001001-07")), 4);
    static const char *const none[] = { "",
                                        "54010",
                                        "540102001001-",
                                        "540102001001-007",
                                        "540102001001-x7",
                                        "54010200100107",
                                        "540102-001001-7",
                                        "5401020010010" };
    for (int i = 0; i < COUNT(none); i++)
        assert_int_equal(place_level(w, str_c(none[i])), 0);
    w = widths_of(read_json(a, "{\"county\":6,\"street\":3,\"community\":3,\"grid\":3}"));
    assert_int_equal(place_level(w, S("540102001001-007")), 4);
    assert_int_equal(place_level(w, S("540102001001-07")), 0);
}

/* ---- the look before an import ---- */

static json_t *feature(Arena *a, const char *properties, json_t *geometry) {
    json_t *f = json_new_object(a);
    json_put_text(f, "type", S("Feature"));
    json_put(f, "properties", read_json(a, properties));
    json_put(f, "geometry", geometry);
    return f;
}

static json_t *collection(Arena *a, json_t **features, int n) {
    json_t *c = read_json(a, "{\"type\":\"FeatureCollection\",\"features\":[]}");
    for (int i = 0; i < n; i++)
        json_array_append(json_object_get(c, "features"), features[i]);
    return c;
}

static const json_t *row_of(const json_t *out, int i) {
    return json_array_get(json_object_get(out, "rows"), (size_t)i);
}

static Str error_of(const json_t *out, int i, int k, const char *what) {
    return json_text(json_array_get(json_object_get(row_of(out, i), "errors"), (size_t)k), what);
}

static void test_import_check(void **state) {
    Arena *a = *state;
    Fail f;
    Places *p = two_grids(a);
    Str used[] = { S("540102001001-01"), S("540102001001-02"), S("540102001001-03") };
    GridsCheck x = {
        .community = COMMUNITY, .widths = widths_of(NULL), .existing = p, .used = used, .n_used = 3
    };
    json_t *features[] = {
        feature(a, "{\"name\":\"一\"}", box(a, LON, LAT + 60000, LON + 40000, LAT + 90000)),
        feature(a, "{\"name\":\"二\",\"code\":\"540102001001-03\"}",
                box(a, LON + 200000, LAT, LON + 210000, LAT + 10000)),
        feature(a, "{\"网格名称\":\"三\",\"编码\":\"540102001001-10\"}",
                box(a, LON + 300000, LAT, LON + 310000, LAT + 10000)),
        feature(a, "{\"code\":\"7\"}", box(a, LON + 305000, LAT, LON + 315000, LAT + 10000)),
        feature(
            a, "{}",
            read_json(
                a, "{\"type\":\"Polygon\",\"coordinates\":[[[91,29],[92,29],[92,30],[91,30]]]}")),
    };
    json_t *out = grids_check(a, &x, collection(a, features, COUNT(features)), &f);
    assert_int_equal(f.err, OK);
    assert_int_equal(json_int(out, "failed"), 3);
    assert_int_equal(json_array_size(json_object_get(out, "rows")), COUNT(features));
    assert_text(json_text(row_of(out, 0), "code"),
                "540102001001-04"); /* suggested: the next that was never given */
    assert_text(json_text(row_of(out, 0), "name"), "一");
    assert_int_equal(json_array_size(json_object_get(row_of(out, 0), "errors")), 0);
    assert_text(error_of(out, 1, 0, "code"), "code_taken"); /* retired, but never given again */
    assert_int_equal(json_array_size(json_object_get(row_of(out, 1), "errors")), 1);
    assert_text(json_text(row_of(out, 2), "name"), "三");
    assert_text(json_text(row_of(out, 2), "code"), "540102001001-10");
    assert_text(error_of(out, 3, 0, "code"), "bad_format");
    assert_text(error_of(out, 3, 1, "code"), "overlaps");
    assert_text(error_of(out, 3, 1, "field"), "540102001001-10");
    assert_text(error_of(out, 4, 1, "code"), "ring_not_closed");
    assert_text(error_of(out, 4, 1, "field"), "geometry.coordinates[0]");
    places_release(p);
}

static void test_import_refused(void **state) {
    Arena *a = *state;
    GridsCheck x = { .community = COMMUNITY, .widths = widths_of(NULL) };
    static const struct {
        const char *text, *code;
    } bad[] = {
        { "[]", "geojson_not_an_object" },
        { "{\"type\":\"Feature\"}", "geojson_type" },
        { "{\"type\":\"FeatureCollection\"}", "geojson_type" },
        { "{\"type\":\"FeatureCollection\",\"features\":[]}", "too_few" },
        { "{\"type\":\"FeatureCollection\",\"features\":[{}],\"crs\":{\"type\":\"name\","
          "\"properties\":"
          "{\"name\":\"urn:ogc:def:crs:EPSG::3857\"}}}",
          "crs_not_wgs84" },
    };
    for (int i = 0; i < COUNT(bad); i++) {
        Fail f;
        assert_null(grids_check(a, &x, read_json(a, bad[i].text), &f));
        assert_string_equal(f.code, bad[i].code);
    }
    json_t *c = read_json(a, "{\"type\":\"FeatureCollection\",\"features\":[]}");
    for (int i = 0; i <= MANY_MAX; i++)
        json_array_append_new(json_object_get(c, "features"), json_object());
    Fail f;
    assert_null(grids_check(a, &x, c, &f));
    assert_string_equal(f.code, "too_many");
    assert_int_equal(f.limit, MANY_MAX);
}

/* ---- coarse positions ---- */

static void test_coarsen(void **state) {
    (void)state;
    uint64_t seed = 11;
    for (int i = 0; i < 20000; i++) {
        int64_t lon = (int64_t)(unit_random(&seed) % 3600000000) - 1800000000;
        int64_t lat = (int64_t)(unit_random(&seed) % 1700000000) - 850000000;
        int metres = 10 + (int)(unit_random(&seed) % 500);
        int64_t x = lon, y = lat;
        place_coarsen(&x, &y, metres);
        int64_t again_x = x, again_y = y;
        place_coarsen(&again_x, &again_y, metres);
        assert_int_equal(again_x, x); /* all of a cell go to one spot */
        assert_int_equal(again_y, y);
        assert_true(llabs(y - lat) <= metres * INT64_C(10000000) / 111320 / 2 + 2);
        assert_true(llabs(x - lon) <= metres * INT64_C(10000000) / 9600 / 2 + 2);
    }
    int64_t lon = LON + 123, lat = LAT + 456;
    place_coarsen(&lon, &lat, 0);
    assert_int_equal(lon, LON + 123);
    place_coarsen(&lon, &lat, 100);
    assert_true(lon != LON + 123 || lat != LAT + 456);
    place_coarsen(&lon, &lat, -1);
    assert_int_equal(lon, 0);
    assert_int_equal(lat, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        with_arena(test_serials),      with_arena(test_serials_run_out), with_arena(test_widths),
        with_arena(test_import_check), with_arena(test_import_refused),  with_arena(test_coarsen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
