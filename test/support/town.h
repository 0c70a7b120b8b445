/* town: a whole world in one process, without HTTP, on either engine, with a virtual clock and seeded randomness, so
 * that the same seed gives the same ids, the same events and the same digest. Used by stories, simulation and rights
 * tests. */
#ifndef LINLI_TEST_TOWN_H
#define LINLI_TEST_TOWN_H

#include "core/log/log.h"
#include "core/module.h"

typedef struct Town {
    Arena *arena;
    World *world;
    DbConfig config;
    Seals *seals;
    Db *db;
    Runner *runner;
    Str community;
    char dir[256];
} Town;

extern int64_t town_clock; /* ms; moves only when a test moves it */

/* engine "sqlite", or "postgres" with LINLI_TEST_PG. False (with a printed reason) if it cannot be had. */
bool town_open(Town *t, const char *engine, uint64_t seed);
void town_close(Town *t);
/* Puts a person on file with one role at a place; gives the actor. */
Actor *town_person(Town *t, const char *name, Roles role, Str place);
/* A command that has not run yet; runner_run takes several in one batch. */
Command *town_command(Town *t, const Actor *actor, const char *type, Str matter, int64_t version, const char *input);
/* One command, run; input is JSON text. The command's results are in its arena, which the town keeps. */
Command *town_do(Town *t, const Actor *actor, const char *type, Str matter, int64_t version, const char *input);
/* A file of this type as if it had been uploaded for this matter; gives its id. Only its row is there. */
Str town_file(Town *t, Str matter, const char *type);
Str town_photo(Town *t, Str matter);
/* Grids 01..n side by side, a set of categories, so that reports have something to be about. */
bool town_furnish(Town *t, int grids);
/* Verify finds nothing, rebuild gives the same digest. Prints what is wrong. */
bool town_sound(Town *t, Hash *digest, int64_t *events);
uint64_t town_random(void);

#endif
