/* kept: results of queries, kept by a thread for as long as nothing has changed.
 *
 * State tables change by events alone, and a community's events are committed by one writer in one process. So a
 * result that reads nothing else is good until that writer has committed again for the community: `mark` counts its
 * commits, is read before the result is loaded, and compared at each use. What is kept are rows as the store gave them,
 * sealed values still sealed: who may see what of them is decided at each use, as if they had just been loaded.
 *
 * One thread's. Bounded: KEPT_PLACES results and `bytes_max` together; another result at its place, or the need for
 * room, puts one out. */
#ifndef LINLI_KEPT_H
#define LINLI_KEPT_H

#include "store/db.h"

enum { KEPT_PLACES = 4096, KEPT_RESULTS_MAX = 4 };

typedef struct Kept Kept;

Kept *kept_new(Arena *a, size_t bytes_max); /* lives as long as the arena */
/* False if there is none of this key and mark. The rows are good until the next kept_put or kept_clear. */
bool kept_get(Kept *k, Str key, int64_t mark, const DbRows **results, int n) MUST_USE;
void kept_put(Kept *k, Str key, int64_t mark, const DbRows *const *results, int n);
void kept_clear(Kept *k);
size_t kept_bytes(const Kept *k);

#endif
