/* metrics: what the server counts, in Prometheus' text format. Only numbers: no address, no person,
 * no id, no community. */
#ifndef LINLI_METRICS_H
#define LINLI_METRICS_H

#include "base/base.h"

#include <stdatomic.h>

enum { METRIC_TIMES = 9 };

typedef struct Metrics { /* any thread adds */
    atomic_llong requests[6];         /* by hundreds of the status; [0]: none */
    atomic_llong times[METRIC_TIMES]; /* requests by how long they took, see metrics.c */
    atomic_llong time_us;             /* all of it */
    atomic_llong commands, repeated, refused; /* refused: by the rules, not by the store */
    atomic_llong batches, events, calls, queries, clocks;
    atomic_llong queue_full, rate_limited;
} Metrics;

typedef struct MetricsNow { /* what is not a sum but a level */
    int64_t connections, bytes_in_flight, http_refused, streams;
    int64_t writer_queue, reader_queue;
    int64_t outbox_waiting, outbox_dead, outbox_delivered, outbox_failed, outbox_died;
    bool can_write;
    int64_t up_s;
} MetricsNow;

static inline void metric_add(atomic_llong *m, int64_t n)
{
    atomic_fetch_add_explicit(m, n, memory_order_relaxed);
}

void metrics_request(Metrics *m, int status, int64_t us);
Str metrics_text(Arena *a, const Metrics *m, const MetricsNow *now);

#endif
