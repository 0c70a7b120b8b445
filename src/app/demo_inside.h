/* demo, inside: what the files of the demo share. Every name is invented. */
#ifndef LINLI_APP_DEMO_INSIDE_H
#define LINLI_APP_DEMO_INSIDE_H

#include "app/demo.h"

#include "store/blob.h"

enum { COMMUNITIES = 3, GRIDS = 6, PEOPLE_MAX = 64, STAFF_PER_COMMUNITY = 11, RESIDENTS = 8, DAYS = 360, UNITS = 4,
       DEMO_DOORS = 16 };

typedef struct Town {
    const char *code, *zh, *bo, *en;
    double west, south;
} Town;

typedef struct Person {
    Actor actor;
    RoleAt role;
    const char *name, *unit; /* of which unit; NULL: none */
    Str phone;
} Person;

/* What a matter has beside its way through the states. */
typedef enum Extra { EXTRA_NONE, EXTRA_SPOT, EXTRA_VOICE, EXTRA_WHISTLE, EXTRA_LINK } Extra;

typedef struct Case { /* one matter on its way */
    int community, kind, step, last; /* steps done; step at which its story stops for now */
    Str id;
    int64_t version, next;
    const Person *reporter, *handler;
    bool again; /* the resident says: not yet */
    int unit;   /* that has it, -1: an officer has */
    int grid;   /* where it must lie, -1: anywhere */
    bool whistles;
    Extra extra;
} Case;

typedef struct Demo {
    Admin *admin;
    Arena *arena;
    Blobs *blobs;
    Person people[COMMUNITIES][PEOPLE_MAX];
    int n_people[COMMUNITIES];
    Str grids[COMMUNITIES][GRIDS];
    Str units[COMMUNITIES][UNITS];
    Case cases[DEMO_MATTERS];
    int settled; /* on the spot */
    bool drawn;  /* one of them, to be looked at by another */
    int quarrel; /* steps done of the leak */
    Str quarrel_id;
    int doors; /* steps done of the visits */
    Str door_ids[DEMO_DOORS];
    uint64_t random;
    int64_t now, began;
    Fail fail;
} Demo;

enum { CREATE, REGISTER, DISPATCH, ACCEPT, FINISH, VERIFY, CLOSE, RATE, STEPS };

extern const Town demo_towns[COMMUNITIES];
int64_t demo_pick(Demo *d, int64_t n); /* 0 to n - 1, the same in every demo */
int64_t demo_version(Demo *d, const Case *c);
/* Does it as that actor at that time; `matter` "": a new one. The first failure stays in d->fail. */
Command *demo_act(Demo *d, int community, const Actor *actor, const char *type, Str matter, int64_t version, int64_t at,
                  const char *input);

/* demo_extra.c */
void demo_point(const Town *t, int grid, double *lon, double *lat); /* about its middle */
void demo_plan_extras(Demo *d);                /* of the matters of the last days */
void demo_add_systems(Demo *d, int community); /* whose numbers matters carry */
void demo_settle(Demo *d, Case *c);            /* on the spot, with pictures before and after */
Str demo_voice(Demo *d, Case *c);              /* a resident's voice note, laid down for c->id */
void demo_extra(Demo *d, Case *c);             /* what comes with the step that was just done */

/* demo_dispute.c: the leak; its next step's time, 0 when it is over */
int64_t demo_dispute_next(const Demo *d);
void demo_dispute_step(Demo *d);

/* demo_visit.c: doors, checklists and visits of the first grid; likewise */
int64_t demo_visit_next(const Demo *d);
void demo_visit_step(Demo *d);

#endif
