/* place: the tree (county, street, community, grid), grids as polygons, buildings, doors, households, points.
 *
 * Codes nest by prefix: a grid's code begins with its community's, that with its street's, that with its county's. So
 * "lies within" is a prefix test everywhere: rights, lists, feeds. Widths are data (table place_width). */
#ifndef LINLI_PLACE_H
#define LINLI_PLACE_H

#include "core/action.h"

bool place_within(Str place, Str container); /* same or below; "" contains everything */

typedef struct Grid {
    Str code, name;
    const json_t *polygon; /* GeoJSON geometry, WGS-84 */
} Grid;

/* One community's grids, prepared for look-up (GEOS STRtree over prepared polygons). Immutable and shared by threads;
 * look-ups take a context of their own thread. */
Places *places_new(Str community, const Grid *grids, int n, Fail *f) MUST_USE;
Places *places_load(Db *db, Str community, Fail *f) MUST_USE; /* from the state table `grid` */
Places *places_retain(Places *p);
void places_release(Places *p);
/* Code of the grid that contains the point (borrowed), or "" if none does. A point on a border belongs to the grid with
 * the lowest code. */
Str places_grid_at(const Places *p, int64_t lon_e7, int64_t lat_e7);
int places_count(const Places *p);

/* Checks one GeoJSON Feature or geometry as a grid of this community: Polygon or MultiPolygon, rings closed, at least
 * four points, not self-crossing, inside `boundary` (NULL: unknown), not overlapping another grid, at most 5,000
 * points, coordinates within range. Codes: geojson_not_an_object, geojson_type, ring_not_closed, ring_too_short,
 * self_crossing (with where), overlaps (field names the other grid), outside_community, coordinate_range. */
Fail places_check(Arena *a, const Places *existing, Str code, const json_t *geometry, const json_t *boundary) MUST_USE;
/* Rounds to a public position by metres of grid cell (0: exact, -1: none). */
void place_coarsen(int64_t *lon_e7, int64_t *lat_e7, int metres);

extern const Module module_division, module_grid, module_building, module_household, module_point;

#endif
