#include "core_place_shapes.h"

#include <geos_c.h>
#include <pthread.h>

/* ---- what is refused ---- */

#define POLYGON(ring) "{\"type\":\"Polygon\",\"coordinates\":[" ring "]}"
#define SQUARE "[[91.1,29.6],[91.2,29.6],[91.2,29.7],[91.1,29.7],[91.1,29.6]]"

static void test_bad_geometry(void **state) {
    Arena *a = *state;
    static const struct {
        const char *text, *code, *field;
    } bad[] = {
        { "[]", "geojson_not_an_object", "geometry" },
        { "{}", "geojson_type", "geometry.type" },
        { "{\"type\":\"Feature\",\"geometry\":null}", "geojson_not_an_object",
          "geometry.geometry" },
        { "{\"type\":\"Point\",\"coordinates\":[91,29]}", "geojson_type", "geometry.type" },
        { "{\"type\":\"Polygon\"}", "geojson_coordinates", "geometry.coordinates" },
        { POLYGON(""), "geojson_coordinates", "geometry.coordinates" },
        { POLYGON("7"), "geojson_coordinates", "geometry.coordinates[0]" },
        { POLYGON("[[91.1,29.6],[91.2,29.6],[91.1,29.6]]"), "ring_too_short",
          "geometry.coordinates[0]" },
        { POLYGON("[[91.1,29.6],[91.2,29.6],[91.2,29.6],[91.1,29.6]]"), "ring_too_short",
          "geometry.coordinates[0]" },
        { POLYGON("[[91.1,29.6],[91.2,29.6],[91.2,29.7],[91.1,29.7]]"), "ring_not_closed",
          "geometry.coordinates[0]" },
        { POLYGON("[[91.1,29.6],[91.2,\"x\"],[91.2,29.7],[91.1,29.6]]"), "geojson_coordinates",
          "geometry.coordinates[0][1]" },
        { POLYGON("[[91.1,29.6],[91.2],[91.2,29.7],[91.1,29.6]]"), "geojson_coordinates",
          "geometry.coordinates[0][1]" },
        { POLYGON("[[29.6,91.1],[29.6,91.2],[29.7,91.2],[29.6,91.1]]"), "coordinate_range",
          "geometry.coordinates[0][0]" },
        { POLYGON(SQUARE ",[[91.14,29.64],[500000,29.64],[91.15,29.65],[91.14,29.64]]"),
          "coordinate_range", "geometry.coordinates[1][1]" },
        { "{\"type\":\"MultiPolygon\",\"coordinates\":[[" SQUARE
          "],[[[92,29],[92.1,29],[92,29]]]]}",
          "ring_too_short", "geometry.coordinates[1][0]" },
        { "{\"type\":\"MultiPolygon\",\"coordinates\":[]}", "geojson_coordinates",
          "geometry.coordinates" },
        { POLYGON("[[91.1,29.6],[91.2,29.7],[91.2,29.6],[91.1,29.7],[91.1,29.6]]"), "self_crossing",
          "91.1500000,29.6500000" },
        { POLYGON(SQUARE ",[[91.3,29.3],[91.4,29.3],[91.4,29.4],[91.3,29.3]]"), "ring_misplaced",
          "91.3000000,29.3000000" },
        { "{\"type\":\"MultiPolygon\",\"coordinates\":[[" SQUARE "],[" SQUARE "]]}",
          "self_crossing", NULL },
        { POLYGON("[[91.1,29.6],[91.2,29.6],[91.3,29.6],[91.1,29.6]]"), NULL, NULL },
    };
    for (int i = 0; i < COUNT(bad); i++) {
        Fail f = places_check(a, NULL, S(""), read_json(a, bad[i].text), NULL);
        if (f.err != ERR_INVALID) fail_msg("taken: %s", bad[i].text);
        if (bad[i].code != NULL) assert_string_equal(f.code, bad[i].code);
        if (bad[i].field != NULL) assert_string_equal(f.field, bad[i].field);
    }
}

static void test_good_geometry(void **state) {
    Arena *a = *state;
    static const char *const good[] = {
        POLYGON(SQUARE),
        POLYGON(SQUARE ",[[91.14,29.64],[91.16,29.64],[91.15,29.65],[91.14,29.64]]"),
        POLYGON("[[91.1,29.6,3650],[91.2,29.6,3650],[91.2,29.7,3650],[91.1,29.6,3650]]"),
        POLYGON("[[91.1,29.6],[91.1,29.7],[91.2,29.7],[91.2,29.6],[91.1,29.6]]"), /* the other way
                                                                                     round */
        POLYGON(
            "[[91.1,29.6],[91.1,29.6],[91.2,29.6],[91.2,29.7],[91.1,29.6]]"), /* a point twice */
        "{\"type\":\"Feature\",\"properties\":{},\"geometry\":" POLYGON(SQUARE) "}",
        "{\"type\":\"MultiPolygon\",\"coordinates\":[[" SQUARE
        "],[[[92,29],[92.1,29],[92,29.1],[92,29]]]]}",
    };
    for (int i = 0; i < COUNT(good); i++) {
        json_t *v = read_json(a, good[i]);
        Fail f = places_check(a, NULL, S(""), v, NULL);
        if (f.err != OK) fail_msg("%s at %s: %s", f.code, f.field, good[i]);
        json_t *normal = places_normal(a, v);
        assert_int_equal(places_check(a, NULL, S(""), normal, NULL).err, OK);
        assert_true(json_equal(places_normal(a, normal), normal));
    }
    assert_text(json_print(a, places_normal(a, read_json(a, good[2]))),
                "{\"type\":\"Polygon\",\"coordinates\":[[[91.1,29.6],[91.2,29.6],[91.2,29.7],[91.1,"
                "29.6]]]}");
}

static void test_point_limit(void **state) {
    Arena *a = *state;
    for (int n = SHAPE_POINTS_MAX; n <= SHAPE_POINTS_MAX + 1; n++) {
        Buf b = buf_new(a, 1 << 16);
        buf_c(&b, "{\"type\":\"Polygon\",\"coordinates\":[[[91.2,29.7],[91.1,29.7]");
        for (int i = 0; i < n - 3; i++)
            buf_fmt(&b, ",[%.7f,29.6]", (911000000 + i * 500) / 1e7);
        buf_c(&b, ",[91.2,29.7]]]}");
        json_t *v = read_json(a, buf_str(&b).p);
        Fail f = places_check(a, NULL, S(""), v, NULL);
        assert_int_equal(f.err, n <= SHAPE_POINTS_MAX ? OK : ERR_INVALID);
        if (n <= SHAPE_POINTS_MAX) {
            assert_true(json_print(a, places_normal(a, v)).n <= SHAPE_TEXT_MAX);
        } else {
            assert_string_equal(f.code, "too_many_points");
            assert_int_equal(f.limit, SHAPE_POINTS_MAX);
        }
    }
}

/* ---- neighbours and the edge of the community ---- */

static void test_overlap(void **state) {
    Arena *a = *state;
    Places *p = two_grids(a);
    json_t *over = box(a, LON + 20000, LAT + 20000, LON + 30000, LAT + 80000);
    Fail f = places_check(a, p, S("540102001001-03"), over, NULL);
    assert_int_equal(f.err, ERR_CONFLICT);
    assert_string_equal(f.code, "overlaps");
    assert_string_equal(f.field, "540102001001-01");
    /* inside another, or around it */
    json_t *within = box(a, LON + 60000, LAT + 10000, LON + 61000, LAT + 11000);
    assert_string_equal(places_check(a, p, S("540102001001-03"), within, NULL).field,
                        "540102001001-02");
    json_t *around = box(a, LON - 90000, LAT - 90000, LON + 200000, LAT + 200000);
    assert_string_equal(places_check(a, p, S(""), around, NULL).code, "overlaps");
    /* a grid may be redrawn over where it was */
    assert_int_equal(places_check(a, p, S("540102001001-01"),
                                  box(a, LON - 10000, LAT, LON + 50000, LAT + 50000), NULL)
                         .err,
                     OK);
    /* a shared border, also one drawn a hand's breadth too far, but not three metres */
    assert_int_equal(
        places_check(a, p, S(""), box(a, LON, LAT + 50000, LON + 50000, LAT + 99000), NULL).err,
        OK);
    assert_int_equal(
        places_check(a, p, S(""), box(a, LON, LAT + 49980, LON + 50000, LAT + 99000), NULL).err,
        OK);
    assert_int_equal(
        places_check(a, p, S(""), box(a, LON, LAT + 49700, LON + 50000, LAT + 99000), NULL).err,
        ERR_CONFLICT);
    places_release(p);
}

static void test_boundary(void **state) {
    Arena *a = *state;
    json_t *boundary = box(a, LON, LAT, LON + 100000, LAT + 100000);
    assert_int_equal(
        places_check(a, NULL, S(""), box(a, LON, LAT, LON + 9000, LAT + 9000), boundary).err, OK);
    Fail f =
        places_check(a, NULL, S(""), box(a, LON + 90000, LAT, LON + 110000, LAT + 20000), boundary);
    assert_int_equal(f.err, ERR_INVALID);
    assert_string_equal(f.code, "outside_community");
    double lon = strtod(f.field, NULL);
    assert_true(lon > 91.11 && lon < 91.111); /* it says where */
    f = places_check(a, NULL, S(""), box(a, LON + 900000, LAT, LON + 910000, LAT + 20000),
                     boundary);
    assert_string_equal(f.code, "outside_community");
}

static void test_many(void **state) {
    Arena *a = *state;
    Places *p = two_grids(a);
    PlaceFeature list[] = {
        { .code = S("540102001001-03"),
          .geometry = box(a, LON, LAT + 50000, LON + 50000, LAT + 90000) },
        { .code = S("540102001001-04"),
          .geometry = box(a, LON + 20000, LAT + 60000, LON + 80000, LAT + 80000) },
        { .code = S("540102001001-03"),
          .geometry = box(a, LON + 500000, LAT, LON + 510000, LAT + 10000) },
        { .code = S("540102001001-02"),
          .geometry = box(a, LON + 600000, LAT, LON + 610000, LAT + 10000) },
        { .code = S("540102001001-05"), .geometry = box(a, LON, LAT, LON + 10000, LAT + 10000) },
        { .code = S(""), .geometry = read_json(a, "{}") },
        { .code = S(""), .geometry = box(a, LON + 700000, LAT, LON + 710000, LAT + 10000) },
        { .code = S(""), .geometry = box(a, LON + 705000, LAT, LON + 715000, LAT + 10000) },
    };
    static const char *const codes[] = { NULL,       "overlaps",     "code_taken", "code_taken",
                                         "overlaps", "geojson_type", NULL,         "overlaps" };
    assert_int_equal(places_check_all(a, p, list, COUNT(list), NULL), 6);
    for (int i = 0; i < COUNT(list); i++) {
        if (codes[i] == NULL)
            assert_int_equal(list[i].fail.err, OK);
        else
            assert_string_equal(list[i].fail.code, codes[i]);
    }
    assert_string_equal(list[1].fail.field, "540102001001-03");
    assert_string_equal(list[4].fail.field, "540102001001-01");
    assert_string_equal(list[7].fail.field, "features[6]");
    places_release(p);
}

/* ---- look-up ---- */

static void test_borders(void **state) {
    Arena *a = *state;
    Places *p = two_grids(a);
    assert_int_equal(places_count(p), 2);
    assert_text(places_grid_at(p, LON + 1, LAT + 1), "540102001001-01");
    assert_text(places_grid_at(p, LON + 99999, LAT + 1), "540102001001-02");
    assert_text(places_grid_at(p, LON + 50000, LAT + 10), "540102001001-01"); /* the lower code */
    assert_text(places_grid_at(p, LON + 50001, LAT + 10), "540102001001-02");
    assert_text(places_grid_at(p, LON, LAT), "540102001001-01"); /* corners */
    assert_text(places_grid_at(p, LON + 100000, LAT + 50000), "540102001001-02");
    assert_text(places_grid_at(p, LON + 100001, LAT + 50000), "");
    assert_text(places_grid_at(p, LON - 1, LAT), "");
    assert_text(places_grid_at(p, INT64_MAX, INT64_MIN), "");
    assert_text(places_grid_at(NULL, LON, LAT), "");
    assert_true(places_has(p, S("540102001001-02")));
    assert_false(places_has(p, S("540102001001-03")));
    places_release(p);
}

static void test_holes_and_parts(void **state) {
    Arena *a = *state;
    Fail f;
    Grid grids[] = {
        { S("c-01"), S(""),
          read_json(a, "{\"type\":\"MultiPolygon\",\"coordinates\":[[" SQUARE
                       ",[[91.14,29.64],[91.16,29.64],[91.16,29.66],[91.14,29.66],[91.14,29.64]]],"
                       "[[[91.3,29.6],[91.4,29.6],[91.4,29.7],[91.3,29.6]]]]}") },
        { S("c-02"), S(""),
          read_json(
              a,
              POLYGON("[[91.14,29.64],[91.16,29.64],[91.16,29.66],[91.14,29.66],[91.14,29.64]]")) },
    };
    Places *p = places_new(S("c"), grids, 2, &f);
    assert_non_null(p);
    assert_text(places_grid_at(p, 911200000, 296500000), "c-01");
    assert_text(places_grid_at(p, 911500000, 296500000), "c-02"); /* the hole is another grid */
    assert_text(places_grid_at(p, 913900000, 296500000), "c-01"); /* the second part */
    assert_text(places_grid_at(p, 913100000, 296900000), "");
    assert_text(places_grid_at(p, 912500000, 296500000), "");
    places_release(p);
    grids[1].polygon = read_json(a, "{\"type\":\"Polygon\",\"coordinates\":[]}");
    assert_null(places_new(S("c"), grids, 2, &f));
    assert_string_equal(f.code, "geojson_coordinates");
    assert_string_equal(f.field, "c-02");
    p = places_new(S("c"), NULL, 0, &f);
    assert_non_null(p);
    assert_text(places_grid_at(p, 0, 0), "");
    places_release(p);
}

/* side * side crooked quadrangles that share their corners. */
static Grid *crooked(Arena *a, int side, int32_t step, uint64_t *seed) {
    Spot *corners = arena_array(a, Spot, (side + 1) * (side + 1));
    for (int y = 0; y <= side; y++)
        for (int x = 0; x <= side; x++)
            corners[y * (side + 1) + x] =
                (Spot){ LON + x * step + (int32_t)(unit_random(seed) % (uint64_t)(step * 2 / 3)),
                        LAT + y * step + (int32_t)(unit_random(seed) % (uint64_t)(step * 2 / 3)) };
    Grid *grids = arena_array(a, Grid, side * side);
    for (int i = 0; i < side * side; i++) {
        const Spot *c = &corners[i / side * (side + 1) + i % side];
        grids[i] = (Grid){ arena_fmt(a, "c-%05d", i), S(""),
                           quad(a, (Spot[]){ c[0], c[1], c[side + 2], c[side + 1] }) };
    }
    return grids;
}

static GEOSGeometry *oracle_geom(GEOSContextHandle_t g, const json_t *polygon) {
    const json_t *ring = json_array_get(json_object_get(polygon, "coordinates"), 0);
    unsigned n = (unsigned)json_array_size(ring);
    GEOSCoordSequence *seq = GEOSCoordSeq_create_r(g, n, 2);
    for (unsigned i = 0; i < n; i++) {
        const json_t *pair = json_array_get(ring, i);
        GEOSCoordSeq_setXY_r(g, seq, i, json_number_value(json_array_get(pair, 0)) * 1e7,
                             json_number_value(json_array_get(pair, 1)) * 1e7);
    }
    return GEOSGeom_createPolygon_r(g, GEOSGeom_createLinearRing_r(g, seq), NULL, 0);
}

/* Our look-up against GEOS asked of every grid in order of code. */
static void test_same_as_geos(void **state) {
    Arena *a = *state;
    enum { SIDE = 12, STEP = 3000 };
    uint64_t seed = 6;
    Fail f;
    Grid *grids = crooked(a, SIDE, STEP, &seed);
    Places *p = places_new(S("c"), grids, SIDE * SIDE, &f);
    GEOSContextHandle_t g = GEOS_init_r();
    GEOSGeometry *geoms[SIDE * SIDE];
    for (int i = 0; i < SIDE * SIDE; i++)
        geoms[i] = oracle_geom(g, grids[i].polygon);
    int inside = 0, outside = 0;
    for (int k = 0; k < 20000; k++) {
        int32_t lon = LON - STEP + (int32_t)(unit_random(&seed) % (STEP * (SIDE + 3)));
        int32_t lat = LAT - STEP + (int32_t)(unit_random(&seed) % (STEP * (SIDE + 3)));
        GEOSGeometry *point = GEOSGeom_createPointFromXY_r(g, lon, lat);
        int want = -1;
        for (int i = 0; i < SIDE * SIDE && want < 0; i++)
            if (GEOSIntersects_r(g, geoms[i], point) == 1) want = i;
        GEOSGeom_destroy_r(g, point);
        Str got = places_grid_at(p, lon, lat);
        assert_text(got, want < 0 ? "" : arena_c(a, grids[want].code));
        want < 0 ? outside++ : inside++;
    }
    assert_true(inside > 5000 && outside > 1000);
    for (int i = 0; i < SIDE * SIDE; i++)
        GEOSGeom_destroy_r(g, geoms[i]);
    GEOS_finish_r(g);
    places_release(p);
}

/* Banded edges against the plain count over all of them, on stars with many long edges, spot by
 * spot near corners. */
static void test_same_as_plain_count(void **state) {
    Arena *a = *state;
    uint64_t seed = 8;
    for (int round = 0; round < 30; round++) {
        int points = 3 + (int)(unit_random(&seed) % 400);
        Buf b = buf_new(a, 8192);
        buf_c(&b, "{\"type\":\"Polygon\",\"coordinates\":[[");
        Spot first = { 0 }, last = { 0 };
        for (int i = 0; i < points; i++) { /* any shape will do here, crossing or not */
            last = (Spot){ LON + (int32_t)(unit_random(&seed) % 4000),
                           LAT + (int32_t)(unit_random(&seed) % 4000) };
            if (i == 0) first = last;
            buf_fmt(&b, "[%.7f,%.7f],", last.lon / 1e7, last.lat / 1e7);
        }
        buf_fmt(&b, "[%.7f,%.7f]]]}", first.lon / 1e7, first.lat / 1e7);
        Grid grid = { S("c-01"), S(""), read_json(a, buf_str(&b).p) };
        Fail f;
        Shape s;
        if (shape_read(a, grid.polygon, &s).err != OK) continue;
        Places *p = places_new(S("c"), &grid, 1, &f);
        assert_non_null(p);
        for (int k = 0; k < 2000; k++) {
            Spot spot = { LON - 10 + (int32_t)(unit_random(&seed) % 4020),
                          LAT - 10 + (int32_t)(unit_random(&seed) % 4020) };
            if (k % 4 == 0) spot = s.spots[unit_random(&seed) % (uint64_t)s.n_spots];
            if (k % 8 == 0) spot.lon++;
            assert_int_equal(places_grid_at(p, spot.lon, spot.lat).n > 0, shape_contains(&s, spot));
        }
        places_release(p);
    }
}

/* The whole range of the globe fits the arithmetic. */
static void test_whole_globe(void **state) {
    Arena *a = *state;
    Fail f;
    Grid grids[] = { { S("c-01"), S(""),
                       quad(a, (Spot[]){ { -1800000000, -900000000 },
                                         { 1800000000, -900000000 },
                                         { 1800000000, 900000000 },
                                         { -1800000000, 899999999 } }) } };
    assert_int_equal(places_check(a, NULL, S(""), grids[0].polygon, NULL).err, OK);
    Places *p = places_new(S("c"), grids, 1, &f);
    assert_text(places_grid_at(p, -1800000000, -900000000), "c-01");
    assert_text(places_grid_at(p, 1799999999, 899999999), "c-01");
    assert_text(places_grid_at(p, -1799999999, 900000000), "");
    places_release(p);
}

/* ---- many threads, one picture ---- */

typedef struct Asker {
    pthread_t thread;
    Places *places;
    const Grid *grids;
    uint64_t seed;
    int found, refused;
} Asker;

static void *ask(void *arg) {
    Asker *x = arg;
    Arena *a = arena_new();
    for (int i = 0; i < 5000; i++) {
        int32_t at = (int32_t)(unit_random(&x->seed) % 24000);
        x->found += places_grid_at(x->places, LON + at, LAT + 20000 - at / 2).n > 0;
    }
    for (int i = 0; i < 20; i++) /* GEOS contexts of their own */
        x->refused +=
            places_check(a, x->places, S(""), x->grids[i].polygon, NULL).err == ERR_CONFLICT;
    places_release(x->places);
    arena_free(a);
    return NULL;
}

static void test_threads(void **state) {
    Arena *a = *state;
    uint64_t seed = 9;
    Fail f;
    Grid *grids = crooked(a, 8, 3000, &seed);
    Places *p = places_new(S("c"), grids, 64, &f);
    Asker askers[4];
    for (int i = 0; i < COUNT(askers); i++) {
        askers[i] = (Asker){ .places = places_retain(p), .grids = grids, .seed = (uint64_t)i };
        assert_int_equal(pthread_create(&askers[i].thread, NULL, ask, &askers[i]), 0);
    }
    places_release(p); /* the last asker ends it */
    for (int i = 0; i < COUNT(askers); i++) {
        pthread_join(askers[i].thread, NULL);
        assert_true(askers[i].found > 3000);
        assert_int_equal(askers[i].refused, 20);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        with_arena(test_bad_geometry), with_arena(test_good_geometry),
        with_arena(test_point_limit),  with_arena(test_overlap),
        with_arena(test_boundary),     with_arena(test_many),
        with_arena(test_borders),      with_arena(test_holes_and_parts),
        with_arena(test_same_as_geos), with_arena(test_same_as_plain_count),
        with_arena(test_whole_globe),  with_arena(test_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
