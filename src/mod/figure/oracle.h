/* The oracle of the figures: every report told again from the log alone, by rules written down here once more in plain
 * C, and set against what the queries say. It knows nothing of report's fold, its tables or the figures' SQL. */
#ifndef LINLI_MOD_FIGURE_ORACLE_H
#define LINLI_MOD_FIGURE_ORACLE_H

#include "core/run.h"
#include "core/seal.h"

typedef struct FiguresCheck {
    const World *world;
    Db *db;              /* a reader in a transaction: one snapshot */
    Seals *seals;
    /* "2026-10": from the beginning of this month to that of the other, by each community's own calendar; "": from its
     * first event, to its last. */
    Str from, until;
    int64_t now;
    void (*fault)(void *self, Str line); /* one line for each difference */
    void *self;
} FiguresCheck;

typedef struct FiguresVerdict {
    int64_t events, matters, figures; /* figures: a figure in a month that was compared and was not 0 on both sides */
    int faults;
} FiguresVerdict;

/* For every community and figure: each report that the query counts and the log does not, or the other way round, or
 * under another time, place or category, is a fault; then for every month the count of the query row against the log's.
 */
Fail figures_check(const FiguresCheck *c, Arena *a, FiguresVerdict *out) MUST_USE;

#endif
