#include "core/place/shape.h"

#include <math.h>
#include <stdio.h>

typedef struct Reader {
    Arena *arena;
    Shape *shape;
    Spot spots[SHAPE_POINTS_MAX + 1];
    Ring rings[SHAPE_POINTS_MAX / 4 + 1];
    Fail fail;
} Reader;

static bool refuse(Reader *r, const char *code, int64_t limit, const char *path) {
    r->fail = fail_field(ERR_INVALID, code, path, limit);
    return false;
}

/* "coordinates[0][3]"; -1 leaves an index out. */
static const char *path_of(Reader *r, const int *index, int depth) {
    Buf b = buf_new(r->arena, 48);
    buf_c(&b, "coordinates");
    for (int i = 0; i < depth; i++)
        buf_fmt(&b, "[%d]", index[i]);
    return buf_str(&b).p;
}

static bool degrees(const json_t *v, double limit, int32_t *out) {
    if (!json_is_number(v)) return false;
    double x = json_number_value(v);
    if (!(x >= -limit && x <= limit)) return false;
    *out = (int32_t)llround(x * 1e7);
    return true;
}

static bool read_spot(Reader *r, const json_t *v, const int *index, int depth, Spot *out) {
    size_t n = json_array_size(v);
    if (!json_is_array(v) || n < 2 || n > 4 || !json_is_number(json_array_get(v, 0)) ||
        !json_is_number(json_array_get(v, 1)))
        return refuse(r, "geojson_coordinates", 0, path_of(r, index, depth));
    if (!degrees(json_array_get(v, 0), 180, &out->lon))
        return refuse(r, "coordinate_range", 180, path_of(r, index, depth));
    if (!degrees(json_array_get(v, 1), 90, &out->lat))
        return refuse(r, "coordinate_range", 90, path_of(r, index, depth));
    return true;
}

static bool same(Spot a, Spot b) {
    return a.lon == b.lon && a.lat == b.lat;
}

static bool read_ring(Reader *r, const json_t *v, int *index, int depth, int polygon) {
    Shape *s = r->shape;
    size_t n = json_array_size(v);
    if (!json_is_array(v)) return refuse(r, "geojson_coordinates", 0, path_of(r, index, depth));
    if (n < 4) return refuse(r, "ring_too_short", 4, path_of(r, index, depth));
    Ring *ring = &r->rings[s->n_rings];
    *ring = (Ring){ .at = s->n_spots, .polygon = polygon };
    Spot first = { 0 }, last = { 0 };
    for (size_t i = 0; i < n; i++) {
        index[depth] = (int)i;
        if (s->n_spots >= SHAPE_POINTS_MAX)
            return refuse(r, "too_many_points", SHAPE_POINTS_MAX, "");
        if (!read_spot(r, json_array_get(v, i), index, depth + 1, &last)) return false;
        if (i == 0) first = last;
        if (i > 0 && same(last, r->spots[s->n_spots - 1])) continue;
        r->spots[s->n_spots++] = last;
    }
    ring->n = s->n_spots - ring->at;
    if (!same(first, last)) return refuse(r, "ring_not_closed", 0, path_of(r, index, depth));
    if (ring->n < 4) return refuse(r, "ring_too_short", 4, path_of(r, index, depth));
    s->n_rings++;
    return true;
}

static bool read_polygon(Reader *r, const json_t *v, int *index, int depth) {
    Shape *s = r->shape;
    if (!json_is_array(v) || json_array_size(v) == 0)
        return refuse(r, "geojson_coordinates", 0, path_of(r, index, depth));
    for (size_t i = 0; i < json_array_size(v); i++) {
        index[depth] = (int)i;
        if (!read_ring(r, json_array_get(v, i), index, depth + 1, s->n_polygons)) return false;
    }
    s->n_polygons++;
    return true;
}

static bool read_geometry(Reader *r, const json_t *g) {
    int index[4];
    const json_t *coordinates = json_object_get(g, "coordinates");
    Str type = json_text(g, "type");
    if (str_is(type, "Polygon")) return read_polygon(r, coordinates, index, 0);
    if (!str_is(type, "MultiPolygon")) return refuse(r, "geojson_type", 0, "type");
    if (!json_is_array(coordinates) || json_array_size(coordinates) == 0)
        return refuse(r, "geojson_coordinates", 0, "coordinates");
    for (size_t i = 0; i < json_array_size(coordinates); i++) {
        index[0] = (int)i;
        if (!read_polygon(r, json_array_get(coordinates, i), index, 1)) return false;
    }
    return true;
}

static Box box_of(const Spot *spots, int n) {
    Box b = { INT32_MAX, INT32_MAX, INT32_MIN, INT32_MIN };
    for (int i = 0; i < n; i++)
        b = box_join(b, (Box){ spots[i].lon, spots[i].lat, spots[i].lon, spots[i].lat });
    return b;
}

Fail shape_read(Arena *a, const json_t *geojson, Shape *s) {
    *s = (Shape){ 0 };
    if (!json_is_object(geojson)) return fail_field(ERR_INVALID, "geojson_not_an_object", "", 0);
    if (str_is(json_text(geojson, "type"), "Feature")) {
        geojson = json_object_get(geojson, "geometry");
        if (!json_is_object(geojson))
            return fail_field(ERR_INVALID, "geojson_not_an_object", "geometry", 0);
    }
    Reader *r = arena_new_of(a, Reader);
    r->arena = a;
    r->shape = s;
    if (!read_geometry(r, geojson)) return r->fail;
    s->spots = arena_array(a, Spot, s->n_spots);
    s->rings = arena_array(a, Ring, s->n_rings);
    memcpy(s->spots, r->spots, sizeof(Spot) * (size_t)s->n_spots);
    memcpy(s->rings, r->rings, sizeof(Ring) * (size_t)s->n_rings);
    s->box = box_of(s->spots, s->n_spots);
    return FAIL_NONE;
}

/* ---- and back ---- */

static json_t *ring_json(Arena *a, const Shape *s, const Ring *ring) {
    json_t *out = json_new_array(a);
    for (int i = 0; i < ring->n; i++) {
        Spot p = s->spots[ring->at + i];
        json_t *pair = json_new_array(a);
        json_array_append_new(pair, json_real(p.lon / 1e7));
        json_array_append_new(pair, json_real(p.lat / 1e7));
        json_array_append(out, pair);
    }
    return out;
}

json_t *shape_json(Arena *a, const Shape *s) {
    json_t *polygons = json_new_array(a), *out = json_new_object(a);
    json_t *rings = NULL;
    for (int i = 0; i < s->n_rings; i++) {
        if (i == 0 || s->rings[i].polygon != s->rings[i - 1].polygon) {
            rings = json_new_array(a);
            json_array_append(polygons, rings);
        }
        json_array_append(rings, ring_json(a, s, &s->rings[i]));
    }
    bool one = s->n_polygons == 1;
    json_put_text(out, "type", one ? S("Polygon") : S("MultiPolygon"));
    json_put(out, "coordinates", one ? json_array_get(polygons, 0) : polygons);
    return out;
}

/* ---- boxes ---- */

bool box_meets(Box a, Box b) {
    return a.west <= b.east && b.west <= a.east && a.south <= b.north && b.south <= a.north;
}

Box box_join(Box a, Box b) {
    return (Box){ a.west < b.west ? a.west : b.west, a.south < b.south ? a.south : b.south,
                  a.east > b.east ? a.east : b.east, a.north > b.north ? a.north : b.north };
}

Spot box_middle(Box b) {
    return (Spot){ (int32_t)(((int64_t)b.west + b.east) / 2),
                   (int32_t)(((int64_t)b.south + b.north) / 2) };
}

/* ---- on which side of an edge: whole numbers, no rounding ---- */

/* Positive when p is to the left of a -> b. Differences of longitudes stay below 3.6e9 and of
 * latitudes below 1.8e9, so each product fits 63 bits; the two are compared, never subtracted. */
static int side_of(Spot a, Spot b, Spot p) {
    int64_t left = ((int64_t)b.lon - a.lon) * ((int64_t)p.lat - a.lat);
    int64_t right = ((int64_t)p.lon - a.lon) * ((int64_t)b.lat - a.lat);
    return (left > right) - (left < right);
}

static bool between(int32_t x, int32_t a, int32_t b) {
    return a < b ? a <= x && x <= b : b <= x && x <= a;
}

bool edge_meets(Spot a, Spot b, Spot p, bool *inside) {
    if (!between(p.lat, a.lat, b.lat)) return false;
    int side = side_of(a, b, p);
    if (side == 0 && between(p.lon, a.lon, b.lon)) return true;
    bool crosses = (a.lat > p.lat) != (b.lat > p.lat);
    if (crosses && (b.lat > a.lat) == (side > 0)) *inside = !*inside;
    return false;
}

bool shape_contains(const Shape *s, Spot p) {
    bool inside = false;
    for (int r = 0; r < s->n_rings; r++) {
        const Spot *spots = s->spots + s->rings[r].at;
        for (int i = 0; i + 1 < s->rings[r].n; i++)
            if (edge_meets(spots[i], spots[i + 1], p, &inside)) return true;
    }
    return inside;
}
