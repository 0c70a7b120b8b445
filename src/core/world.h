/* world: the lists of what exists (modules, reactions), checked at start and indexed. Static data; one per process. */
#ifndef LINLI_WORLD_H
#define LINLI_WORLD_H

#include "core/action.h"
#include "http/http.h"
#include "store/migrate.h"

enum { MODULES_MAX = 32, PATH_ARGS_MAX = 3 };

typedef enum RowKind { ROW_NONE, ROW_ACTION, ROW_MANY, ROW_QUERY, ROW_CALL } RowKind;

typedef struct Row { /* a route's row */
    RowKind kind;
    const Module *module;
    const Action *action;
    const Query *query;
    const Call *call;
    HttpMethod method;
    Str path;       /* "/reports/{id}/dispatch" */
    Str tail;       /* what follows the last hole: "/dispatch" */
    int segments;   /* 3 */
    Roles may;
    bool strong;
    int64_t body_max;
} Row;

typedef struct World {
    Arena *arena;
    const Module *modules[MODULES_MAX];
    int n_modules;
    const Reaction *reactions; /* ends with {0} */
    Row *rows;
    int n_rows;
    SchemaPart parts[MODULES_MAX + 1];
    int n_parts;
    Schema *schema;
    void *index;
} World;

/* Builds and checks; every fault is a line in *report, and the program does not start with one: unreachable state,
 * action nobody may do, missing word in any of zh, bo, en, two rows on one route, field without bounds, unknown
 * clock or reaction target, schema breach. Registers every statement. */
World *world_new(Arena *a, const Module *const *modules, const Reaction *reactions, Str *report) MUST_USE;

typedef struct RouteMatch {
    const Row *row;        /* NULL: no such route */
    bool method_mismatch;  /* path exists with another method */
    Str args[PATH_ARGS_MAX]; /* values of {..} in order */
    int n_args;
} RouteMatch;
/* path without the /api/v1 and /c/{community} prefixes */
RouteMatch world_route(const World *w, HttpMethod m, Str path);

const Module *world_module(const World *w, Str name);
const Action *module_action(const Module *m, Str name);
const Action *world_action(const World *w, Str type, const Module **m); /* "report.dispatch" */
int module_state(const Module *m, Str name);                             /* -1 if there is none */
/* Word of a key in a language ("zh","bo","en"); the key itself if there is none. */
Str world_word(const World *w, const char *lang, const char *module, const char *key);

/* ---- validation (validate.c) ---- */
typedef struct Errors { /* all of them, not just the first; at most 100 kept */
    Arena *arena;
    Fail *list;
    int n, cap;
} Errors;
void errors_add(Errors *e, Fail f);
/* Checks `in` against the fields and gives the normalised object (only known members; unknown ones are an error
 * "unknown_field"). Members named id, version, claimed_at, matter are taken off by the caller before. */
json_t *fields_validate(Arena *a, const Field *fields, json_t *in, const char *path, Errors *errors);
/* A category's form: [{"name","type","required","min","max","values","words"}] as data. Names: a-z 0-9 _; types: text,
 * int, bool, enum, date. What linli keeps of nobody may not be asked (heading_refused): column_refused. */
Fail form_check(Arena *a, const json_t *form, Errors *errors) MUST_USE;
/* Against a form that form_check has let through; NULL as input is an empty one. */
json_t *form_validate(Arena *a, const json_t *form, json_t *in, const char *path, Errors *errors);
/* Query-string value by a field's type; writes the bound DbVal. */
Fail param_validate(Arena *a, const Field *f, Str text, DbVal *out) MUST_USE;

#endif
