/* shape: a polygon as whole numbers. GeoJSON comes in as degrees and is kept as 1e-7 degree (about
 * 1 cm), so that look-ups are exact and every machine agrees. What the place files share; modules
 * see core/place.h only. */
#ifndef LINLI_SHAPE_H
#define LINLI_SHAPE_H

#include "base/json.h"

enum { SHAPE_POINTS_MAX = 2000, SHAPE_TEXT_MAX = 48 * 1024 };

typedef struct Spot {
    int32_t lon, lat; /* e7 */
} Spot;

typedef struct Box {
    int32_t west, south, east, north;
} Box;

typedef struct Ring {
    int at, n;   /* its spots; the last is the first again */
    int polygon; /* of which polygon; the first ring of each is its outline, the others are holes */
} Ring;

typedef struct Shape {
    Spot *spots;
    int n_spots;
    Ring *rings;
    int n_rings, n_polygons;
    Box box;
} Shape;

/* Reads a Polygon or MultiPolygon, or a Feature that has one. Checks type, nesting, numbers and
 * range, closed rings of at least four points; drops repeated points and altitudes. f->field is the
 * path inside the geometry. */
Fail shape_read(Arena *a, const json_t *geojson, Shape *s) MUST_USE;
json_t *shape_json(Arena *a, const Shape *s); /* GeoJSON geometry, 7 decimals */
bool box_meets(Box a, Box b);
Box box_join(Box a, Box b);
/* Middle of the box: enough to order grids on a map. */
Spot box_middle(Box b);
/* One edge of an even-odd count to the east of p: true if p lies on it, else *inside is turned when
 * it is crossed. */
bool edge_meets(Spot a, Spot b, Spot p, bool *inside);
bool shape_contains(const Shape *s,
                    Spot p); /* also on its border; slow and obvious, see places.c */

/* GEOS (check.c). A shape is refused with self_crossing or ring_misplaced (field: "lon,lat" where
 * it is), no_area. */
Fail shape_check(const Shape *s) MUST_USE;
/* Wider than a metre on average: neighbours that share a border drawn twice are no overlap. */
bool shape_overlaps(const Shape *a, const Shape *b);
/* The same measure for what lies outside `boundary`; *where: a spot of it. */
bool shape_leaves(const Shape *s, const Shape *boundary, Spot *where);

#endif
