/* Grids as people draw them: checked one by one and against each other, numbered, and positions
 * made coarse. */
#include "core/place.h"
#include "core/place/shape.h"

#include <stdio.h>
#include <stdlib.h>

/* In places.c. */
const Shape *places_shape(const Places *p, int i);

/* ---- checking ---- */

static Fail inside_geometry(Fail f) {
    char path[FAIL_FIELD_MAX];
    snprintf(path, sizeof path, "geometry%s%.80s", f.field[0] != 0 ? "." : "", f.field);
    return fail_field(f.err, f.code, path, f.limit);
}

static Fail read_sound(Arena *a, const json_t *geometry, Shape *s) {
    Fail f = shape_read(a, geometry, s);
    return f.err != OK ? inside_geometry(f) : shape_check(s);
}

static Fail check_boundary(Arena *a, const Shape *s, const json_t *boundary) {
    Shape around;
    Spot where;
    if (boundary == NULL) return FAIL_NONE;
    if (shape_read(a, boundary, &around).err != OK) return fail(ERR_INTERNAL, "boundary");
    if (!shape_leaves(s, &around, &where)) return FAIL_NONE;
    char at[FAIL_FIELD_MAX];
    snprintf(at, sizeof at, "%.7f,%.7f", where.lon / 1e7, where.lat / 1e7);
    return fail_field(ERR_INVALID, "outside_community", at, 0);
}

static Fail check_existing(Arena *a, const Places *existing, Str code, const Shape *s) {
    int n = existing != NULL ? places_count(existing) : 0;
    for (int i = 0; i < n; i++) {
        Str other = places_code(existing, i);
        if (!str_eq(other, code) && shape_overlaps(s, places_shape(existing, i)))
            return fail_field(ERR_CONFLICT, "overlaps", arena_c(a, other), 0);
    }
    return FAIL_NONE;
}

static Fail check_one(Arena *a, const Places *existing, Str code, const json_t *geometry,
                      const json_t *boundary, Shape *s) {
    Fail f = read_sound(a, geometry, s);
    if (f.err == OK) f = check_boundary(a, s, boundary);
    if (f.err == OK) f = check_existing(a, existing, code, s);
    return f;
}

Fail places_check(Arena *a, const Places *existing, Str code, const json_t *geometry,
                  const json_t *boundary) {
    Shape s;
    return check_one(a, existing, code, geometry, boundary, &s);
}

static Fail check_earlier(Arena *a, const PlaceFeature *features, const Shape *shapes, int i) {
    for (int k = 0; k < i; k++) {
        const PlaceFeature *other = &features[k];
        if (features[i].code.n > 0 && str_eq(other->code, features[i].code))
            return fail_field(ERR_CONFLICT, "code_taken", "code", 0);
        if (other->fail.err != OK || !shape_overlaps(&shapes[i], &shapes[k])) continue;
        const char *name =
            other->code.n > 0 ? arena_c(a, other->code) : arena_fmt(a, "features[%d]", k).p;
        return fail_field(ERR_CONFLICT, "overlaps", name, 0);
    }
    return FAIL_NONE;
}

bool geometries_overlap(Arena *a, const json_t *one, const json_t *other) {
    Shape x, y;
    if (shape_read(a, one, &x).err != OK || shape_read(a, other, &y).err != OK) return false;
    return shape_overlaps(&x, &y);
}

int places_check_all(Arena *a, const Places *existing, PlaceFeature *features, int n,
                     const json_t *boundary) {
    Shape *shapes = arena_array(a, Shape, n + 1);
    int failed = 0;
    for (int i = 0; i < n; i++) {
        PlaceFeature *f = &features[i];
        f->fail = check_one(a, existing, f->code, f->geometry, boundary, &shapes[i]);
        if (f->fail.err == OK && places_has(existing, f->code))
            f->fail = fail_field(ERR_CONFLICT, "code_taken", "code", 0);
        if (f->fail.err == OK) f->fail = check_earlier(a, features, shapes, i);
        if (f->fail.err != OK) failed++;
    }
    return failed;
}

json_t *places_normal(Arena *a, const json_t *geometry) {
    Shape s;
    return shape_read(a, geometry, &s).err == OK ? shape_json(a, &s) : NULL;
}

/* ---- numbering ---- */

typedef struct Numbered {
    int index;
    int row;
    Spot middle;
    int64_t height;
} Numbered;

static int by_height(const void *a, const void *b) {
    int64_t x = ((const Numbered *)a)->height, y = ((const Numbered *)b)->height;
    return (x > y) - (x < y);
}

static int from_north(const void *a, const void *b) {
    const Numbered *x = a, *y = b;
    if (x->middle.lat != y->middle.lat) return x->middle.lat < y->middle.lat ? 1 : -1;
    return (x->index > y->index) - (x->index < y->index);
}

static int in_rows(const void *a, const void *b) {
    const Numbered *x = a, *y = b;
    if (x->row != y->row) return x->row < y->row ? -1 : 1;
    if (x->middle.lon != y->middle.lon) return x->middle.lon < y->middle.lon ? -1 : 1;
    return from_north(a, b);
}

static void put_in_rows(Numbered *list, int n) {
    if (n == 0) return;
    qsort(list, (size_t)n, sizeof *list, by_height);
    int64_t half = list[n / 2].height / 2;
    qsort(list, (size_t)n, sizeof *list, from_north);
    int first = 0;
    for (int i = 0; i < n; i++) {
        bool below = (int64_t)list[first].middle.lat - list[i].middle.lat > half;
        if (i > 0) list[i].row = list[i - 1].row + below;
        if (below) first = i;
    }
    qsort(list, (size_t)n, sizeof *list, in_rows);
}

void places_serials(Arena *a, Str community, int width, const Str *used, int n_used,
                    const json_t *const *geometries, int n, Str *codes) {
    Numbered *list = arena_array(a, Numbered, n + 1);
    Map *taken = map_new(a, n_used + 1);
    int known = 0;
    for (int i = 0; i < n_used; i++)
        map_put(taken, used[i], taken);
    for (int i = 0; i < n; i++) {
        Shape s;
        codes[i] = S("");
        if (shape_read(a, geometries[i], &s).err != OK) continue;
        list[known++] = (Numbered){ .index = i,
                                    .middle = box_middle(s.box),
                                    .height = (int64_t)s.box.north - s.box.south };
    }
    put_in_rows(list, known);
    int serial = 1, end = width >= 3 ? 1000 : 100;
    for (int i = 0; i < known; i++) {
        Str code = S("");
        while (serial < end && code.n == 0) {
            code = arena_fmt(a, "%.*s-%0*d", STR_ARG(community), width, serial++);
            if (map_get(taken, code) != NULL) code = S("");
        }
        codes[list[i].index] = code;
    }
}

/* ---- coarse positions ---- */

/* Metres of one degree of longitude, each five degrees of latitude. A table, because libm may
 * differ between machines in the last bit, and a rebuilt public position must not. */
static const int LON_DEGREE_M[] = { 111320, 110900, 109630, 107530, 104610, 100890, 96410,
                                    91190,  85280,  78720,  71560,  63850,  55660,  47050,
                                    38070,  28810,  19330,  9700,   1000 };

static int64_t middle_of_cell(int64_t x, int64_t cell) {
    int64_t at = x >= 0 ? x / cell : -((cell - 1 - x) / cell);
    return at * cell + cell / 2;
}

void place_coarsen(int64_t *lon_e7, int64_t *lat_e7, int metres) {
    if (metres == 0) return;
    if (metres < 0) {
        *lon_e7 = *lat_e7 = 0;
        return;
    }
    *lat_e7 = middle_of_cell(*lat_e7, metres * INT64_C(10000000) / 111320 + 1);
    int64_t degrees = (*lat_e7 < 0 ? -*lat_e7 : *lat_e7) / 10000000;
    int64_t band = (degrees < 90 ? degrees : 90) / 5;
    *lon_e7 = middle_of_cell(*lon_e7, metres * INT64_C(10000000) / LON_DEGREE_M[band] + 1);
}
