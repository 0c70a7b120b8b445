/* place_bench: point-in-grid look-ups over 10,000 crooked grids on one core, ours beside GEOS
 * (STRtree over prepared polygons) with the same points and, as it is checked, the same answers.
 *
 *     place_bench [LOOKUPS]      prints "name value unit" a line */
#include "core/place.h"

#include <geos_c.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    SIDE = 100,
    GRIDS = SIDE * SIDE,
    STEP = 20000,
    PER_EDGE = 8,
    LON = 911000000,
    LAT = 296000000
};

static uint64_t seed = 10000;

static uint64_t next_random(void) { /* splitmix64 */
    uint64_t z = (seed += UINT64_C(0x9E3779B97F4A7C15));
    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return z ^ z >> 31;
}

/* The same bend for both neighbours of a border. */
static int64_t bend(int64_t x, int64_t y, int64_t k) {
    uint64_t z = (uint64_t)(x * 73856093 ^ y * 19349663 ^ k * 83492791);
    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return (int64_t)(z % (STEP / 4));
}

/* Point k of the border that leaves corner (x, y) of the lattice to the east or to the north. */
static void put_border(Buf *b, int x, int y, bool east, int k) {
    int64_t lon = LON + (int64_t)x * STEP, lat = LAT + (int64_t)y * STEP;
    int64_t from = bend(x, y, 0), to = bend(x + east, y + !east, 0);
    int64_t on_line = from + (to - from) * k / PER_EDGE, along = (int64_t)STEP * k / PER_EDGE;
    int64_t sway = k == 0 ? 0 : bend(x, y, 2 * k + east) / 8;
    lon += on_line + (east ? along : sway);
    lat += on_line + (east ? sway : along);
    buf_fmt(b, "[%.7f,%.7f],", (double)lon / 1e7, (double)lat / 1e7);
}

static const json_t *make_grid(Arena *a, int x, int y) {
    Fail f;
    Buf b = buf_new(a, 2048);
    buf_c(&b, "{\"type\":\"Polygon\",\"coordinates\":[[");
    for (int k = 0; k < PER_EDGE; k++)
        put_border(&b, x, y, true, k);
    for (int k = 0; k < PER_EDGE; k++)
        put_border(&b, x + 1, y, false, k);
    put_border(&b, x + 1, y + 1, true, 0);
    for (int k = PER_EDGE - 1; k > 0; k--)
        put_border(&b, x, y + 1, true, k);
    put_border(&b, x, y + 1, true, 0);
    for (int k = PER_EDGE - 1; k > 0; k--)
        put_border(&b, x, y, false, k);
    put_border(&b, x, y, true, 0);
    b.n--; /* the last comma */
    buf_c(&b, "]]}");
    return json_read(a, buf_str(&b), &f);
}

/* ---- GEOS ---- */

typedef struct Reference {
    GEOSContextHandle_t g;
    GEOSSTRtree *tree;
    const GEOSPreparedGeometry *prepared[GRIDS];
    GEOSGeometry *point;
    int best;
} Reference;

static void reference_add(Reference *r, int i, const json_t *polygon) {
    const json_t *ring = json_array_get(json_object_get(polygon, "coordinates"), 0);
    unsigned n = (unsigned)json_array_size(ring);
    GEOSCoordSequence *seq = GEOSCoordSeq_create_r(r->g, n, 2);
    for (unsigned k = 0; k < n; k++)
        GEOSCoordSeq_setXY_r(r->g, seq, k,
                             json_number_value(json_array_get(json_array_get(ring, k), 0)) * 1e7,
                             json_number_value(json_array_get(json_array_get(ring, k), 1)) * 1e7);
    GEOSGeometry *geom =
        GEOSGeom_createPolygon_r(r->g, GEOSGeom_createLinearRing_r(r->g, seq), NULL, 0);
    r->prepared[i] = GEOSPrepare_r(r->g, geom);
    GEOSSTRtree_insert_r(r->g, r->tree, geom, (void *)(intptr_t)(i + 1));
}

static void reference_hit(void *item, void *self) {
    Reference *r = self;
    int i = (int)(intptr_t)item - 1;
    if ((r->best < 0 || i < r->best) &&
        GEOSPreparedIntersects_r(r->g, r->prepared[i], r->point) == 1)
        r->best = i;
}

static int reference_at(Reference *r, int32_t lon, int32_t lat) {
    r->best = -1;
    r->point = GEOSGeom_createPointFromXY_r(r->g, lon, lat);
    GEOSSTRtree_query_r(r->g, r->tree, r->point, reference_hit, r);
    GEOSGeom_destroy_r(r->g, r->point);
    return r->best;
}

/* ---- both ---- */

typedef struct Asked {
    int32_t lon, lat;
    int got;
} Asked;

static void print_rate(const char *name, int lookups, int64_t started) {
    printf("%s %.0f 1/s\n", name, lookups * 1e6 / (double)(mono_us() - started));
}

int main(int argc, char **argv) {
    int lookups = argc > 1 ? (int)strtol(argv[1], NULL, 10) : 1000000;
    if (argc > 2 || lookups < 1000) {
        fprintf(stderr, "usage: place_bench [LOOKUPS, at least 1000]\n");
        return 2;
    }
    Arena *a = arena_new();
    Grid *grids = arena_array(a, Grid, GRIDS);
    Reference *r = arena_new_of(a, Reference);
    r->g = GEOS_init_r();
    r->tree = GEOSSTRtree_create_r(r->g, 10);
    for (int i = 0; i < GRIDS; i++) {
        grids[i] = (Grid){ arena_fmt(a, "%05d", i), S(""), make_grid(a, i % SIDE, i / SIDE) };
        reference_add(r, i, grids[i].polygon);
    }
    Fail f;
    int64_t started = mono_us();
    Places *places = places_new(S(""), grids, GRIDS, &f);
    if (places == NULL) return 1;
    printf("place_build %.1f ms\n", (double)(mono_us() - started) / 1000);
    Asked *spots = arena_array(a, Asked, lookups);
    for (int i = 0; i < lookups; i++)
        spots[i] = (Asked){ LON + (int32_t)(next_random() % (SIDE * STEP)),
                            LAT + (int32_t)(next_random() % (SIDE * STEP)), -1 };
    started = mono_us();
    for (int i = 0; i < lookups; i++) {
        Str code = places_grid_at(places, spots[i].lon, spots[i].lat);
        int64_t n = -1;
        if (code.n > 0 && !str_to_i64(code, &n)) return 1;
        spots[i].got = (int)n;
    }
    print_rate("place_lookups", lookups, started);
    reference_at(r, LON, LAT); /* builds the tree */
    started = mono_us();
    int found = 0, different = 0, asked = lookups / 10;
    for (int i = 0; i < asked; i++) {
        int want = reference_at(r, spots[i].lon, spots[i].lat);
        found += want >= 0;
        different += want != spots[i].got;
    }
    print_rate("geos_lookups", asked, started);
    if (different > 0 || found < asked / 2) {
        fprintf(stderr, "place_bench: %d of %d answers differ, %d found\n", different, asked,
                found);
        return 1;
    }
    places_release(places);
    return 0;
}
