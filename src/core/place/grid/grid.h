/* grid: what its files share. */
#ifndef LINLI_GRID_H
#define LINLI_GRID_H

#include "core/serve/call.h"
#include "core/place.h"
#include "core/place/shape.h"
#include "core/setting.h"

enum { GRIDS_CHECK_BODY_MAX = 4 * 1024 * 1024 };

extern Stmt grid_load_all;      /* active grids, by code */
extern Stmt grid_officers;      /* with their duty cards */
extern Stmt grid_codes;         /* all that were ever given */
extern Stmt grid_boundary_load; /* the community's own, "" if it has none */

/* community, dash, serial of the right width. */
bool grid_code_fits(Widths w, Str community, Str code);
/* From a row that holds boundary text; NULL if there is none. */
json_t *grid_boundary(Arena *a, const DbRows *r);

Fail grid_map_call(CallCtx *c);
Fail grid_check_call(CallCtx *c);

#endif
