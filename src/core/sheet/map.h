/* map: columns of a sheet onto fields of an action. */
#ifndef LINLI_SHEET_MAP_H
#define LINLI_SHEET_MAP_H

#include "core/sheet/sheet.h"
#include "core/world.h"

enum { MAP_TARGETS_MAX = 96 };

typedef struct MapTarget {
    Str name; /* "phone", "point.lon" */
    const Field *field;
    const char *part; /* of a point; else NULL */
} MapTarget;

typedef struct SheetMap {
    Arena *arena;
    const World *world;
    const Module *module;
    const Action *action;
    int zone_minutes; /* of dates without a zone */
    bool mapped[SHEET_COLUMNS_MAX];
    MapTarget targets[SHEET_COLUMNS_MAX]; /* by column */
    json_t *fixed; /* field -> value for rows whose own cell is empty; may be NULL */
} SheetMap;

int map_targets(const SheetMap *m, MapTarget *out); /* at most MAP_TARGETS_MAX */
bool map_target(const SheetMap *m, Str name, MapTarget *out);
/* By the words of the fields in three languages and by what offices usually write; each target once. */
void map_propose(SheetMap *m, const Sheet *s);
/* Input for the action; NULL when no mapped column says anything. */
json_t *map_row(const SheetMap *m, const Sheet *s, const SheetRow *row);

#endif
