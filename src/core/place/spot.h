/* spot: where a thing that has a `point` lies. For decide. */
#ifndef LINLI_SPOT_H
#define LINLI_SPOT_H

#include "core/place.h"

/* Puts the grid that holds input.point into data.place; refuses outside_grids where grids are drawn
 * and none holds it (without any grid the place is the community), and forbidden where the actor's
 * role does not reach. */
Fail spot_place(Decide *d) MUST_USE;
/* The same, and it must be the grid where the matter already is: other_grid. */
Fail spot_place_same(Decide *d) MUST_USE;

#endif
