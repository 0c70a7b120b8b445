/* map: columns of a sheet onto fields of an action. What offices write above a column is data (map.c, `usual`), and so
 * is which of their cells say several fields at once (part.h reads those). */
#ifndef LINLI_SHEET_MAP_H
#define LINLI_SHEET_MAP_H

#include "core/sheet/sheet.h"
#include "core/world.h"

enum { MAP_TARGETS_MAX = 96, MAP_LANGUAGES = 3 };
extern const char *const map_languages[MAP_LANGUAGES];

typedef struct MapTarget {
    Str name; /* "phone", "point.lon", "units.count", "building.estate" */
    const Field *field;
    const char *part; /* of the field; NULL: all of it */
} MapTarget;

/* A matter that people call by name where a field wants its id or code. */
typedef struct MapNamed {
    Str id;        /* "": several are called so */
    Str name;
    json_t *parts; /* names of its own parts (a building's entrances); NULL */
} MapNamed;

typedef struct SheetMap {
    Arena *arena;
    const World *world;
    const Module *module;
    const Action *action;
    int zone_minutes; /* of dates without a zone */
    bool mapped[SHEET_COLUMNS_MAX];
    MapTarget targets[SHEET_COLUMNS_MAX]; /* by column */
    json_t *fixed; /* field -> value for rows whose own cell is empty; may be NULL */
    Map *named;    /* "kind name" as part_called has it -> MapNamed; NULL: none are known */
    Map *ids;      /* id -> MapNamed */
} SheetMap;

/* Kind of matter that a field names by id or code; NULL: it does not. */
const char *map_kind(const SheetMap *m, const Field *f);
/* A matter and what it is called: `where` may stand before the name ("幸福小区" before "3号楼"). */
void map_name(SheetMap *m, const char *kind, Str id, Str name, Str where, json_t *parts);
/* What the matter of this id is called, for people to read; the id itself where that is not known. */
Str map_name_of(const SheetMap *m, const Field *f, Str id);

int map_targets(const SheetMap *m, MapTarget *out); /* at most MAP_TARGETS_MAX */
bool map_target(const SheetMap *m, Str name, MapTarget *out);
/* By the words of the fields in three languages and by what offices usually write; each target once. */
void map_propose(SheetMap *m, const Sheet *s);
/* Input for the action; NULL when no mapped column says anything. Errors: what no check of the action could say, for it
 * knows no names and no cells (name_unknown, name_ambiguous, door_unclear, says_otherwise). */
json_t *map_row(SheetMap *m, const Sheet *s, const SheetRow *row, Errors *errors);

#endif
