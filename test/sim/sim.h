/* sim: seeded random actions of every module by random people, in batches, over a virtual year; see sim.c. */
#ifndef LINLI_SIM_H
#define LINLI_SIM_H

#include "../support/town.h"

enum { POOL = 16, ROWS_MAX = 4, BATCH_MAX = 8 };

typedef struct Sim {
    Town town;
    Arena *base;          /* lives as long as the seed; town.arena is emptied after each batch */
    Actor *pool[POOL];    /* who keeps the community going: never leave, are never erased */
    Map *reached;         /* event types that were done, clocks' aside */
    Str matter;           /* what the input is being made for; "" for a new one */
    Str id;               /* its id, also of a new one */
    Command *batch[BATCH_MAX];
    int n_batch;
    int64_t actions, tried, refused, replayed, forgotten; /* actions: how many there will be */
} Sim;

int64_t pick(int64_t n); /* 0 .. n - 1 */
/* One column of text, in the statement's order; "" when there is nothing. $1 community, $2 `key`. */
Str sim_one_of(Sim *s, const char *sql, Str key);
bool sim_in_pool(const Sim *s, Str person);
/* input.c: what somebody might type into the fields of this action. */
json_t *sim_input(Sim *s, const Module *m, const Action *x);
/* dispute.c: the same for one of its fields; NULL: any value will do. */
json_t *sim_dispute_value(Sim *s, const char *action, const char *field);
json_t *sim_visit_value(Sim *s, const char *action, const char *field); /* visit.c: likewise */
/* A matter that this action could be about, "" if there is none yet. */
Str sim_target(Sim *s, const Module *m, const Action *x);

#endif
