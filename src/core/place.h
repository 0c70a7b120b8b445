/* place: the tree (county, street, community, grid), grids as polygons, buildings, doors,
 * households, points.
 *
 * Codes nest by prefix: a grid's code begins with its community's, that with its street's, that
 * with its county's. So "lies within" is a prefix test everywhere: rights, lists, feeds. Widths are
 * data (setting `widths`). */
#ifndef LINLI_PLACE_H
#define LINLI_PLACE_H

#include "core/action.h"
#include "core/setting.h"

bool place_within(Str place, Str container); /* same or below; "" contains everything */

typedef struct Grid {
    Str code, name;
    const json_t *polygon; /* GeoJSON geometry, WGS-84 */
} Grid;

/* A picture of one community's grids for look-up: a raster over exact whole-number polygons.
 * Immutable, counted, shared by threads without a lock. f->field names the grid whose polygon
 * cannot be read. */
Places *places_new(Str community, const Grid *grids, int n, Fail *f) MUST_USE;
Places *places_load(Db *db, Str community, Fail *f) MUST_USE; /* from the state table `grid` */
Places *places_retain(Places *p);
void places_release(Places *p); /* NULL is fine */
/* Code of the grid that contains the point (borrowed), or "" if none does, also for NULL. A point
 * on a border belongs to the grid with the lowest code. */
Str places_grid_at(const Places *p, int64_t lon_e7, int64_t lat_e7);
int places_count(const Places *p);
Str places_code(const Places *p, int i); /* in order of code */
bool places_has(const Places *p, Str code);

/* Checks one GeoJSON Feature or geometry as a grid of this community: Polygon or MultiPolygon,
 * rings closed, at least four points, not self-crossing, inside `boundary` (NULL: unknown), not
 * overlapping a grid of another code (NULL: none yet), at most 2,000 points, coordinates within
 * range. What is narrower than a metre on average, such as a border that two neighbours drew twice,
 * neither overlaps nor lies outside. Codes: geojson_not_an_object, geojson_type,
 * geojson_coordinates, coordinate_range, ring_too_short, ring_not_closed, too_many_points (field:
 * the path in the geometry); self_crossing, ring_misplaced, outside_community (field: "lon,lat" of
 * the fault); no_area; overlaps (field: code of the other grid). */
Fail places_check(Arena *a, const Places *existing, Str code, const json_t *geometry,
                  const json_t *boundary) MUST_USE;

/* Do two sound geometries lie over one another? */
bool geometries_overlap(Arena *a, const json_t *one, const json_t *other);

/* Many at once, also against each other. */
typedef struct PlaceFeature {
    Str code; /* "" gets no check of the code itself */
    const json_t *geometry;
    Fail fail; /* out. Overlap with a feature of the same call: overlaps, field its code or
                * "features[3]", told of the later one; the code of an earlier one or of an existing
                * grid: code_taken */
} PlaceFeature;
/* Returns how many failed. */
int places_check_all(Arena *a, const Places *existing, PlaceFeature *features, int n,
                     const json_t *boundary);
/* The geometry as it is stored: Polygon or MultiPolygon, 7 decimals, repeated points dropped; NULL
 * if unreadable. */
json_t *places_normal(Arena *a, const json_t *geometry);
/* Suggests codes community-NN for `n` geometries: row by row from the north, each row from west to
 * east (a row is as high as half a grid), leaving out the codes in `used`. codes[i] is "" for a
 * geometry that cannot be read, and where the serials of this width run out. */
void places_serials(Arena *a, Str community, int width, const Str *used, int n_used,
                    const json_t *const *geometries, int n, Str *codes);
/* A GeoJSON FeatureCollection before it is drawn. Properties `code` (suggested where it is missing)
 * and `name`.
 * {"rows":[{"index","code","name","geometry","errors":[{"code","field","limit"}]}],"failed"}: with
 * failed 0 the rows are what POST /grids takes. NULL and f when it is no collection of 1 to
 * MANY_MAX features. */
typedef struct GridsCheck {
    Str community;
    Widths widths;
    const Places *existing;
    const json_t *boundary; /* NULL: unknown */
    const Str *used;        /* all codes ever given, also of retired grids */
    int n_used;
} GridsCheck;
Fail grids_check_load(Db *db, Arena *a, Str community, GridsCheck *x) MUST_USE;
json_t *grids_check(Arena *a, const GridsCheck *x, const json_t *collection, Fail *f) MUST_USE;

/* Rounds to a public position: the middle of a cell so many metres wide (0: exact; negative: no
 * position, both 0). */
void place_coarsen(int64_t *lon_e7, int64_t *lat_e7, int metres);

extern const Module module_division, module_grid, module_building, module_household, module_point;

#endif
