/* The log's own tools: is the chain whole, and does the state follow from it. */
#ifndef LINLI_LOG_TOOLS_H
#define LINLI_LOG_TOOLS_H

#include "core/run.h"
#include "core/seal.h"

typedef struct Verdict {
    int64_t events;
    int faults;   /* each is a line of `report` */
    Str report;
    Str heads;    /* one line "community seq hash" each: what to save and give back as `saved` */
} Verdict;

/* Walks every community's chain: numbers without a gap, each event's hash over its bytes, each one's `prev` the hash
 * before it, columns that say what the bytes say, the head at the end. `saved` holds heads from an earlier run ("" for
 * none): a chain that is now shorter, or has another hash at that number, was cut or rewritten. */
Fail log_verify(Arena *a, const World *w, Db *db, Str saved, Verdict *out) MUST_USE;

typedef struct Rebuilt {
    int64_t events;
    Hash live, again; /* digests of all state tables; equal unless state was changed outside the log */
} Rebuilt;

/* Makes the state again from the log in a shadow set and compares digests; with `swap` the shadow takes the place of
 * the live tables. No other writer may be running. `live` names the database; nothing in it changes without `swap`. */
Fail log_rebuild(Arena *a, const World *w, Seals *seals, const DbConfig *live, bool swap, Rebuilt *out) MUST_USE;

#endif
