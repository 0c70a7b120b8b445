/* What the files of the rights suite share. */
#ifndef LINLI_TEST_RIGHTS_H
#define LINLI_TEST_RIGHTS_H

#include "../support/town.h"
#include "app/world.h"
#include "core/internal.h"
#include "desk.h"
#include "oracle.h"

#define HERE "540102001001"
#define HERE_GRID HERE "-01"
#define HERE_OTHER_GRID HERE "-02"
#define STREET "540102001"
#define THERE "540102001002"
#define OTHER_STREET "540102002"

enum { PEOPLE_MAX = 256 };

typedef struct Rig {
    Town town;
    Desk desk;
} Rig;

typedef struct People {
    Who list[PEOPLE_MAX];
    int n;
} People;

typedef struct Tally {
    int64_t cells, refused, through, wrong;
    int routes;
    bool quiet; /* a planted fault is looked for: count, don't complain */
    const Row *last_wrong;
} Tally;

/* matrix.c */
const Module **probe_modules(Arena *a);
World *probe_world(const Module *const *modules);
void everybody(Arena *a, People *p, int64_t now);
Str matter_id(Arena *a, int module, int state, int place);
bool put_matter(Rig *r, const Module *m, Str id, int state, const char *place);
bool put_matters(Rig *r, const World *w);
int64_t product(const World *w, const People *p);
void matrix(Rig *r, const World *w, const People *p, const Row *only, Tally *t);

/* lists.c: what lists show against what the tables say; both add to the counts */
void lists(Rig *r, int *passed, int *failed);

/* terms.c: dated roles, sessions and tokens from the store */
void terms(Rig *r, int *passed, int *failed);

#endif
