/* geojson: a drawing from outside is refused with a code and a place, or it is a grid: it reads
 * back to itself, can be looked up, and looking up agrees with a plain count over its edges. The
 * bytes are tried as one geometry and as a collection to import. The first byte chooses what is
 * there already. jansson and GEOS are system libraries that the fuzzer cannot see into. */
#include "core/place.h"
#include "core/place/shape.h"

#include <stdlib.h>

#define CHECK(truth)                                                                               \
    do {                                                                                           \
        if (!(truth)) abort();                                                                     \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void check_refused(Fail f) {
    static const char *const codes[] = {
        "geojson_not_an_object", "geojson_type", "geojson_coordinates", "coordinate_range",
        "ring_too_short",        "no_area",      "ring_not_closed",     "too_many_points",
        "self_crossing",         "overlaps",     "ring_misplaced",      "outside_community",
    };
    bool known = false;
    for (int i = 0; i < COUNT(codes); i++)
        known = known || strcmp(f.code, codes[i]) == 0;
    CHECK(known && (f.err == ERR_INVALID || f.err == ERR_CONFLICT));
    CHECK(memchr(f.field, 0, sizeof f.field) != NULL && utf8_valid(str_c(f.field)));
}

static void check_look_up(Arena *a, const json_t *geometry) {
    Shape s;
    Fail f;
    Grid grid = { S("c-01"), S("x"), geometry };
    CHECK(shape_read(a, geometry, &s).err == OK);
    Places *p = places_new(S("c"), &grid, 1, &f);
    CHECK(p != NULL);
    for (int i = 0; i < s.n_spots && i < 64; i++) {
        CHECK(places_grid_at(p, s.spots[i].lon, s.spots[i].lat).n > 0); /* a corner is inside */
        for (int d = -1; d <= 1; d++) {
            Spot near = { s.spots[i].lon + d, s.spots[(i * 7 + 3) % s.n_spots].lat - d };
            CHECK((places_grid_at(p, near.lon, near.lat).n > 0) == shape_contains(&s, near));
        }
    }
    places_release(p);
}

static void try_geometry(Arena *a, const Places *existing, const json_t *boundary,
                         const json_t *v) {
    Fail f = places_check(a, existing, S("c-02"), v, boundary);
    json_t *normal = places_normal(a, v);
    if (f.err != OK) check_refused(f);
    CHECK(f.err != OK || normal != NULL);
    if (normal == NULL) return;
    CHECK(json_equal(places_normal(a, normal), normal));
    check_look_up(a, normal);
}

static void try_collection(Arena *a, const Places *existing, const json_t *boundary,
                           const json_t *v) {
    Fail f;
    Str used[] = { S("c-01") };
    GridsCheck x = { .community = S("c"),
                     .widths = widths_of(NULL),
                     .existing = existing,
                     .boundary = boundary,
                     .used = used,
                     .n_used = 1 };
    json_t *out = grids_check(a, &x, v, &f);
    CHECK((out != NULL) == (f.err == OK));
    if (out == NULL) return;
    const json_t *rows = json_object_get(out, "rows");
    int64_t failed = 0;
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i);
        size_t errors = json_array_size(json_object_get(row, "errors"));
        failed += errors > 0;
        CHECK(errors > 0 || json_object_get(row, "geometry") != NULL);
    }
    CHECK(failed == json_int(out, "failed"));
    CHECK(utf8_valid(json_print(a, out)));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    static const char square[] = "{\"type\":\"Polygon\",\"coordinates\":[[[91.1,29.6],[91.2,29.6],"
                                 "[91.2,29.7],[91.1,29.7],[91.1,29.6]]]}";
    if (n == 0 || n > 64 * 1024) return 0;
    Arena *a = arena_new();
    Fail f = FAIL_NONE;
    json_t *there = json_read(a, str_c(square), &f);
    Grid grid = { S("c-01"), S("x"), there };
    Places *existing = bytes[0] & 1 ? places_new(S("c"), &grid, 1, &f) : NULL;
    const json_t *boundary = bytes[0] & 2 ? there : NULL;
    json_t *v = json_read(a, (Str){ (const char *)bytes + 1, n - 1 }, &f);
    if (v != NULL) {
        try_geometry(a, existing, boundary, v);
        if (json_array_size(json_object_get(v, "features")) < 20)
            try_collection(a, existing, boundary, v);
    }
    places_release(existing);
    arena_free(a);
    return 0;
}
