/* rate: how often one address may do one thing. A bounded table of token buckets, in memory only: a restart forgives.
 *
 * Each bucket is one number, the time at which it will be full again (the generic cell rate algorithm), so that nothing
 * has to run in the background and a virtual clock does as well as a real one. IPv6 counts by /64, the least that one
 * subscriber gets. */
#ifndef LINLI_RATE_H
#define LINLI_RATE_H

#include "base/base.h"

typedef struct Rate Rate;

Rate *rate_new(Arena *a, int entries); /* lives as long as the arena; shared by threads */
/* Takes one of `limit` per `period_ms` for this address and bucket name. False: none left, *retry_s (may be NULL) says
 * when there will be one. A full table forgets whoever used the least. */
bool rate_take(Rate *r, Str address, const char *bucket, int limit, int64_t period_ms, int64_t now,
               int *retry_s) MUST_USE;
/* What counts as one address: "v4:c0000201", "v6:20010db800000001" (/64; mapped IPv4 as v4), else the text itself, at
 * most 64 bytes of it. */
Str rate_network(Arena *a, Str address);

#endif
