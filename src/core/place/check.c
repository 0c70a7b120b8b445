/* What GEOS is asked: is a shape sound, do two overlap, does one leave another. Coordinates are the
 * whole numbers of the shapes, which a double holds exactly. A context belongs to one thread. */
#include "core/place/shape.h"

#include <geos_c.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>

typedef GEOSContextHandle_t Geos;
typedef GEOSGeometry Geom;

static pthread_key_t key;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void finish(void *context) {
    GEOS_finish_r(context);
}

static void make_key(void) {
    if (pthread_key_create(&key, finish) != 0) abort();
}

/* Without handlers of our own GEOS keeps quiet: its words would quote coordinates into the log. */
static Geos geos(void) {
    pthread_once(&once, make_key);
    Geos g = pthread_getspecific(key);
    if (g == NULL) {
        g = GEOS_init_r();
        if (g == NULL || pthread_setspecific(key, g) != 0) abort(); /* no memory */
    }
    return g;
}

/* ---- to GEOS ---- */

static Geom *ring_geom(Geos g, const Shape *s, const Ring *ring) {
    GEOSCoordSequence *seq = GEOSCoordSeq_create_r(g, (unsigned)ring->n, 2);
    if (seq == NULL) return NULL;
    for (int i = 0; i < ring->n; i++) {
        Spot p = s->spots[ring->at + i];
        GEOSCoordSeq_setXY_r(g, seq, (unsigned)i, p.lon, p.lat);
    }
    return GEOSGeom_createLinearRing_r(g, seq);
}

static void drop_all(Geos g, Geom **list, int n) {
    for (int i = 0; i < n; i++)
        GEOSGeom_destroy_r(g, list[i]);
}

static Geom *polygon_geom(Geos g, const Shape *s, int first, int n) {
    Geom *rings[SHAPE_POINTS_MAX / 4 + 1];
    for (int i = 0; i < n; i++) {
        rings[i] = ring_geom(g, s, &s->rings[first + i]);
        if (rings[i] == NULL) {
            drop_all(g, rings, i);
            return NULL;
        }
    }
    return GEOSGeom_createPolygon_r(g, rings[0], rings + 1,
                                    (unsigned)(n - 1)); /* takes the rings */
}

static Geom *geom_of(Geos g, const Shape *s) {
    Geom *polygons[SHAPE_POINTS_MAX / 4 + 1];
    int n = 0;
    for (int first = 0; first < s->n_rings;) {
        int end = first;
        while (end < s->n_rings && s->rings[end].polygon == s->rings[first].polygon)
            end++;
        polygons[n] = polygon_geom(g, s, first, end - first);
        if (polygons[n] == NULL) {
            drop_all(g, polygons, n);
            return NULL;
        }
        n++;
        first = end;
    }
    if (n == 1) return polygons[0];
    return GEOSGeom_createCollection_r(g, GEOS_MULTIPOLYGON, polygons, (unsigned)n);
}

/* ---- sound? ---- */

static void spot_text(char out[FAIL_FIELD_MAX], double lon_e7, double lat_e7) {
    snprintf(out, FAIL_FIELD_MAX, "%.7f,%.7f", lon_e7 / 1e7, lat_e7 / 1e7);
}

static Fail unsound(Geos g, const char *reason, const Geom *where) {
    char at[FAIL_FIELD_MAX] = "";
    double x, y;
    if (where != NULL && GEOSGeomGetX_r(g, where, &x) == 1 && GEOSGeomGetY_r(g, where, &y) == 1)
        spot_text(at, x, y);
    static const char *const misplaced[] = { "Hole", "Nested", "nested", "Duplicate" };
    for (int i = 0; reason != NULL && i < COUNT(misplaced); i++)
        if (strstr(reason, misplaced[i])) return fail_field(ERR_INVALID, "ring_misplaced", at, 0);
    if (reason != NULL && strstr(reason, "Too few"))
        return fail_field(ERR_INVALID, "ring_too_short", at, 4);
    return fail_field(ERR_INVALID, "self_crossing", at, 0);
}

Fail shape_check(const Shape *s) {
    Geos g = geos();
    Geom *geom = geom_of(g, s), *where = NULL;
    char *reason = NULL;
    double area = 0;
    Fail f = FAIL_NONE;
    if (geom == NULL || GEOSisValidDetail_r(g, geom, 0, &reason, &where) != 1)
        f = unsound(g, reason, where);
    else if (GEOSArea_r(g, geom, &area) != 1 || !(area > 0))
        f = fail_field(ERR_INVALID, "no_area", "", 0);
    GEOSFree_r(g, reason);
    GEOSGeom_destroy_r(g, where);
    GEOSGeom_destroy_r(g, geom);
    return f;
}

/* ---- how wide? ---- */

static const double METRES_PER_E7 = 0.0111319; /* of latitude */
static const double SLIVER_M = 1.0;

/* Area over half the outline: about the width of what is long, less than the width of what is
 * round. */
static double width_m(Geos g, const Geom *polygon) {
    const Geom *ring = GEOSGetExteriorRing_r(g, polygon);
    const GEOSCoordSequence *seq = ring != NULL ? GEOSGeom_getCoordSeq_r(g, ring) : NULL;
    unsigned n = 0;
    if (seq == NULL || GEOSCoordSeq_getSize_r(g, seq, &n) != 1 || n < 4) return 0;
    double x0, y0, x = 0, y = 0, length = 0, area = 0;
    GEOSCoordSeq_getXY_r(g, seq, 0, &x0, &y0);
    double shrink = cos(y0 / 1e7 * 3.14159265358979 / 180);
    for (unsigned i = 1; i < n; i++) {
        double was_x = x, was_y = y;
        GEOSCoordSeq_getXY_r(g, seq, i, &x, &y);
        x = (x - x0) * shrink * METRES_PER_E7; /* metres from the first corner */
        y = (y - y0) * METRES_PER_E7;
        length += hypot(x - was_x, y - was_y);
        area += was_x * y - x * was_y;
    }
    return length > 0 ? fabs(area) / length : 0; /* `area` is twice the area */
}

/* The first polygon in geom that is wider than a sliver, and a spot of it. */
static bool is_wide(Geos g, const Geom *geom, Spot *where) {
    int n = GEOSGetNumGeometries_r(g, geom);
    for (int i = 0; i < n; i++) {
        const Geom *part = GEOSGetGeometryN_r(g, geom, i);
        if (part == NULL) continue;
        int type = GEOSGeomTypeId_r(g, part);
        if (type == GEOS_MULTIPOLYGON || type == GEOS_GEOMETRYCOLLECTION) {
            if (is_wide(g, part, where)) return true;
        } else if (type == GEOS_POLYGON && width_m(g, part) > SLIVER_M) {
            double x = 0, y = 0;
            Geom *point = GEOSPointOnSurface_r(g, part);
            if (point != NULL && GEOSGeomGetX_r(g, point, &x) == 1 &&
                GEOSGeomGetY_r(g, point, &y) == 1)
                *where = (Spot){ (int32_t)x, (int32_t)y };
            GEOSGeom_destroy_r(g, point);
            return true;
        }
    }
    return false;
}

typedef Geom *Overlay(Geos, const Geom *, const Geom *);

/* What GEOS cannot work out counts as wide: better refused than wrong. */
static bool overlay_is_wide(Overlay *overlay, const Shape *a, const Shape *b, Spot *where) {
    Geos g = geos();
    Geom *ga = geom_of(g, a), *gb = geom_of(g, b);
    Geom *out = ga != NULL && gb != NULL ? overlay(g, ga, gb) : NULL;
    *where = a->spots[0];
    bool wide = out == NULL || is_wide(g, out, where);
    GEOSGeom_destroy_r(g, out);
    GEOSGeom_destroy_r(g, ga);
    GEOSGeom_destroy_r(g, gb);
    return wide;
}

bool shape_overlaps(const Shape *a, const Shape *b) {
    Spot where;
    return box_meets(a->box, b->box) && overlay_is_wide(GEOSIntersection_r, a, b, &where);
}

bool shape_leaves(const Shape *s, const Shape *boundary, Spot *where) {
    return overlay_is_wide(GEOSDifference_r, s, boundary, where);
}
