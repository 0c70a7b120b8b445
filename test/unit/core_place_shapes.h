/* core_place_shapes: drawings for tests. */
#ifndef LINLI_CORE_PLACE_SHAPES_H
#define LINLI_CORE_PLACE_SHAPES_H

#include "unit.h"

#include "core/place.h"
#include "core/place/shape.h"

#define COMMUNITY S("540102001001")

static inline json_t *read_json(Arena *a, const char *text) {
    Fail f = FAIL_NONE;
    json_t *v = json_read(a, str_c(text), &f);
    if (f.err != OK) fail_msg("%s at %s in %s", f.code, f.field, text);
    return v;
}

/* A closed quadrangle through four corners in e7 degrees. */
static inline json_t *quad(Arena *a, const Spot c[4]) {
    Buf b = buf_new(a, 256);
    buf_c(&b, "{\"type\":\"Polygon\",\"coordinates\":[[");
    for (int i = 0; i <= 4; i++)
        buf_fmt(&b, "%s[%.7f,%.7f]", i > 0 ? "," : "", c[i % 4].lon / 1e7, c[i % 4].lat / 1e7);
    buf_c(&b, "]]}");
    return read_json(a, buf_str(&b).p);
}

static inline json_t *box(Arena *a, int32_t west, int32_t south, int32_t east, int32_t north) {
    return quad(a, (Spot[]){ { west, south }, { east, south }, { east, north }, { west, north } });
}

static const int32_t LON = 911000000, LAT = 296000000; /* Lhasa */

/* -02 in the east, -01 in the west, side by side. */
static inline Places *two_grids(Arena *a) {
    Fail f;
    Grid grids[] = {
        { S("540102001001-02"), S("东"), box(a, LON + 50000, LAT, LON + 100000, LAT + 50000) },
        { S("540102001001-01"), S("西"), box(a, LON, LAT, LON + 50000, LAT + 50000) }
    };
    Places *p = places_new(COMMUNITY, grids, COUNT(grids), &f);
    assert_non_null(p);
    return p;
}

#endif
