/* Which grid is a point in: a raster over the community names the few grids that may contain it,
 * and the edges of these that pass the point's latitude are counted, in whole numbers. GEOS judges
 * shapes when they are drawn (check.c) and is the oracle of the tests; the look-up needs none of
 * it, so a picture is plain memory that any thread may read (GEOS' own prepared polygons build
 * parts of themselves at the first question, which is a race when shared). */
#include "core/place.h"
#include "core/place/shape.h"

#include <stdatomic.h>
#include <stdlib.h>

enum { CELLS_PER_GRID = 4, CELL_ENTRIES_PER_GRID = 24, BANDS_MAX = 256, BAND_ENTRIES_PER_EDGE = 4 };

typedef struct Area { /* one grid, its edges sorted into bands of latitude */
    Str code, name;
    Shape shape;
    int n_bands;
    int *band_at; /* n_bands + 1 offsets into edges */
    int *edges;   /* index of the edge's first spot */
} Area;

struct Places {
    atomic_int uses;
    Arena *arena;
    Str community;
    int n;
    Area *areas; /* by code */
    Box box;
    int across, down; /* cells */
    int *cell_at;     /* across * down + 1 offsets into cells */
    int *cells;       /* areas whose box meets the cell, ascending */
};

/* ---- bands (and below, the raster): buckets filled in two passes ---- */

static int slot_of(int64_t x, int64_t first, int64_t last, int slots) {
    return (int)((x - first) * slots / (last - first + 1));
}

static int *offsets_of(Arena *arena, int *counts, int n) {
    int *at = arena_array(arena, int, n + 1);
    for (int i = 0; i < n; i++)
        at[i + 1] = at[i] + counts[i];
    return at;
}

typedef struct Span {
    int first, last;
} Span;

static Span bands_of_edge(const Shape *s, int i, int bands) {
    int32_t a = s->spots[i].lat, b = s->spots[i + 1].lat;
    return (Span){ slot_of(a < b ? a : b, s->box.south, s->box.north, bands),
                   slot_of(a < b ? b : a, s->box.south, s->box.north, bands) };
}

/* Calls for each edge; a ring's last spot begins none. */
static int64_t count_bands(const Shape *s, int bands, int *counts) {
    int64_t total = 0;
    for (int r = 0; r < s->n_rings; r++)
        for (int i = s->rings[r].at; i + 1 < s->rings[r].at + s->rings[r].n; i++) {
            Span span = bands_of_edge(s, i, bands);
            total += span.last - span.first + 1;
            for (int k = span.first; counts != NULL && k <= span.last; k++)
                counts[k]++;
        }
    return total;
}

static void make_bands(Arena *arena, Area *area) {
    const Shape *s = &area->shape;
    int bands = s->n_spots / 4 < BANDS_MAX ? s->n_spots / 4 : BANDS_MAX;
    while (bands > 1 && count_bands(s, bands, NULL) > (int64_t)s->n_spots * BAND_ENTRIES_PER_EDGE)
        bands /= 2; /* long upright edges would lie in every band */
    if (bands < 1) bands = 1;
    int *counts = arena_array(arena, int, bands);
    int64_t total = count_bands(s, bands, counts);
    area->n_bands = bands;
    area->band_at = offsets_of(arena, counts, bands);
    area->edges = arena_array(arena, int, total);
    memset(counts, 0, sizeof(int) * (size_t)bands);
    for (int r = 0; r < s->n_rings; r++)
        for (int i = s->rings[r].at; i + 1 < s->rings[r].at + s->rings[r].n; i++) {
            Span span = bands_of_edge(s, i, bands);
            for (int k = span.first; k <= span.last; k++)
                area->edges[area->band_at[k] + counts[k]++] = i;
        }
}

static bool area_contains(const Area *area, Spot p) {
    const Box *b = &area->shape.box;
    if (p.lon < b->west || p.lon > b->east || p.lat < b->south || p.lat > b->north) return false;
    int band = slot_of(p.lat, b->south, b->north, area->n_bands);
    bool inside = false;
    for (int k = area->band_at[band]; k < area->band_at[band + 1]; k++) {
        const Spot *edge = area->shape.spots + area->edges[k];
        if (edge_meets(edge[0], edge[1], p, &inside)) return true;
    }
    return inside;
}

/* ---- the raster ---- */

static void cells_of_box(const Places *p, Box b, Span *x, Span *y) {
    *x = (Span){ slot_of(b.west, p->box.west, p->box.east, p->across),
                 slot_of(b.east, p->box.west, p->box.east, p->across) };
    *y = (Span){ slot_of(b.south, p->box.south, p->box.north, p->down),
                 slot_of(b.north, p->box.south, p->box.north, p->down) };
}

static int64_t count_cells(const Places *p) {
    int64_t total = 0;
    for (int i = 0; i < p->n; i++) {
        Span x, y;
        cells_of_box(p, p->areas[i].shape.box, &x, &y);
        total += (int64_t)(x.last - x.first + 1) * (y.last - y.first + 1);
    }
    return total;
}

static void make_raster(Places *p) {
    int side = 1;
    while (side < 1024 && (int64_t)side * side < (int64_t)p->n * CELLS_PER_GRID)
        side++;
    p->across = p->down = side;
    while (p->across > 1 && count_cells(p) > (int64_t)p->n * CELL_ENTRIES_PER_GRID)
        p->across = p->down =
            p->across / 2; /* boxes that lie over each other would fill every cell */
    int cells = p->across * p->down;
    int *counts = arena_array(p->arena, int, cells);
    for (int pass = 0; pass < 2; pass++) {
        if (pass == 1) {
            p->cell_at = offsets_of(p->arena, counts, cells);
            p->cells = arena_array(p->arena, int, p->cell_at[cells] + 1);
            memset(counts, 0, sizeof(int) * (size_t)cells);
        }
        for (int i = 0; i < p->n; i++) {
            Span x, y;
            cells_of_box(p, p->areas[i].shape.box, &x, &y);
            for (int cy = y.first; cy <= y.last; cy++)
                for (int cx = x.first; cx <= x.last; cx++) {
                    int cell = cy * p->across + cx;
                    if (pass == 1) p->cells[p->cell_at[cell] + counts[cell]] = i;
                    counts[cell]++;
                }
        }
    }
}

/* ---- made, shared, asked ---- */

static int by_code(const void *a, const void *b) {
    return str_cmp(((const Area *)a)->code, ((const Area *)b)->code);
}

static bool take_grids(Places *p, const Grid *grids, int n, Fail *f) {
    Arena *work = arena_new();
    for (int i = 0; i < n; i++) {
        Shape read;
        *f = shape_read(work, grids[i].polygon, &read);
        if (f->err != OK) {
            *f = fail_field(f->err, f->code, arena_c(work, grids[i].code), f->limit);
            break;
        }
        Area *area = &p->areas[p->n++];
        area->code = arena_str(p->arena, grids[i].code);
        area->name = arena_str(p->arena, grids[i].name);
        area->shape = read;
        area->shape.spots = arena_array(p->arena, Spot, read.n_spots);
        area->shape.rings = arena_array(p->arena, Ring, read.n_rings);
        memcpy(area->shape.spots, read.spots, sizeof(Spot) * (size_t)read.n_spots);
        memcpy(area->shape.rings, read.rings, sizeof(Ring) * (size_t)read.n_rings);
        make_bands(p->arena, area);
        p->box = i == 0 ? read.box : box_join(p->box, read.box);
        arena_reset(work);
    }
    arena_free(work);
    return f->err == OK;
}

Places *places_new(Str community, const Grid *grids, int n, Fail *f) {
    Arena *arena = arena_new();
    Places *p = arena_new_of(arena, Places);
    p->arena = arena;
    atomic_init(&p->uses, 1);
    p->community = arena_str(arena, community);
    p->areas = arena_array(arena, Area, n + 1);
    *f = FAIL_NONE;
    if (!take_grids(p, grids, n, f)) {
        arena_free(arena);
        return NULL;
    }
    qsort(p->areas, (size_t)p->n, sizeof *p->areas, by_code);
    if (p->n > 0) make_raster(p);
    return p;
}

Places *places_retain(Places *p) {
    atomic_fetch_add_explicit(&p->uses, 1, memory_order_relaxed);
    return p;
}

void places_release(Places *p) {
    if (p != NULL && atomic_fetch_sub_explicit(&p->uses, 1, memory_order_acq_rel) == 1)
        arena_free(p->arena);
}

static int area_at(const Places *p, int64_t lon, int64_t lat) {
    if (p->n == 0 || lon < p->box.west || lon > p->box.east || lat < p->box.south ||
        lat > p->box.north)
        return -1;
    Spot spot = { (int32_t)lon, (int32_t)lat };
    int cell = slot_of(lat, p->box.south, p->box.north, p->down) * p->across +
               slot_of(lon, p->box.west, p->box.east, p->across);
    for (int k = p->cell_at[cell]; k < p->cell_at[cell + 1]; k++)
        if (area_contains(&p->areas[p->cells[k]], spot)) return p->cells[k];
    return -1;
}

Str places_grid_at(const Places *p, int64_t lon_e7, int64_t lat_e7) {
    int i = p != NULL ? area_at(p, lon_e7, lat_e7) : -1;
    return i < 0 ? S("") : p->areas[i].code;
}

int places_count(const Places *p) {
    return p->n;
}

Str places_code(const Places *p, int i) {
    return p->areas[i].code;
}

const Shape *places_shape(const Places *p, int i) {
    return &p->areas[i].shape;
}

bool places_has(const Places *p, Str code) {
    Area key = { .code = code };
    return p != NULL && p->n > 0 &&
           bsearch(&key, p->areas, (size_t)p->n, sizeof key, by_code) != NULL;
}
