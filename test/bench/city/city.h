/* city: an archive that `linli import` takes, as a city of many years would have written it: one chain with its grids,
 * officers, units, residents, and any number of reports with lives of their own. Every event is made by the house's own
 * rows (validate, decide, seal, fold, print), on a virtual clock and from one seed: the same arguments give the same
 * bytes. Only the state tables are left out, which import makes from the events. */
#ifndef LINLI_CITY_H
#define LINLI_CITY_H

#include "core/internal.h"
#include "core/module.h"

#include <stdio.h>

enum { CITY_SIDE = 30, CITY_SIDE_MAX = 31, CITY_UNITS = 4, CITY_CATEGORIES = 8 };
enum { CITY_DAYS = 3 * 365, CITY_DAYS_MAX = 8 * 365, CITY_TEXT_MAX = 1200, CITY_DESK = 6 };

typedef struct Archive { /* two parts while it is being written: keys stand before events */
    FILE *keys, *events;
    int64_t n_keys, n_events;
} Archive;
void archive_key(Archive *x, Arena *a, Str community, Str subject, Str wrapped, int64_t at);
void archive_event(Archive *x, Str bytes);

typedef struct CityPerson {
    Actor actor;
    RoleAt role;
} CityPerson;

typedef struct City {
    Arena *arena;
    const World *world;
    Seals *seals;
    Db *db;
    Runner *runner;
    Archive *archive;
    Str community;
    int64_t began, until; /* ms */
    int side, n_grids;    /* grids lie side by side, `side` rows of as many */
    CityPerson admin;
    CityPerson *officers; /* one a grid */
    CityPerson *desk;     /* dispatchers, then clerks, then overseers: two of each */
    CityPerson *residents;
    int n_residents;
    CityPerson members[CITY_UNITS];
    Str units[CITY_UNITS];
} City;

extern int64_t city_clock; /* ms, virtual */
uint64_t city_random(void);
int64_t city_pick(int64_t n); /* 0 to n - 1 */

/* Settings, categories, grids, people, units: through the runner, into the store and into the archive. */
void city_furnish(City *c);
/* N reports, from arrival to end or to today. */
void city_live(City *c, int64_t matters);

/* What people write: invented, of very different length, common words and rare ones. */
Str city_text(Arena *a, int category);
Str city_near(Arena *a);
Str city_result(Arena *a);
const char *city_category(int i);
const char *city_title(int i);
bool city_unit_takes(int unit, int category);
Str city_grid_code(Arena *a, Str community, int grid);
/* A point somewhere in the grid, more of them around its busy corner. */
void city_point(const City *c, int grid, double *lon, double *lat);

void city_must(bool ok, const char *what, const Fail *f);

#endif
