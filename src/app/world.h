/* The lists of what exists. Adding a module is one line here and one folder under src/mod. */
#ifndef LINLI_APP_WORLD_H
#define LINLI_APP_WORLD_H

#include "core/world.h"

extern const Module *const world_modules[];   /* ends with NULL */
extern Reaction world_reactions[];      /* ends with {0}; reactions.c */

#endif
