/* queue: a bounded line of work between threads. Items are copied in and out, so that a full server
 * allocates nothing more; who finds it full is told so at once. */
#ifndef LINLI_QUEUE_H
#define LINLI_QUEUE_H

#include "base/base.h"

typedef struct Queue Queue;

/* Lives as long as the arena. */
Queue *queue_new(Arena *a, int capacity, size_t item_bytes);
/* Any thread. False when it is full or closed: the item was not taken. */
bool queue_put(Queue *q, const void *item) MUST_USE;
/* Takes at most `max` items, the oldest first, into `out`. Waits for the first one up to `wait_ms`
 * milliseconds of real time (-1: for ever); 0 if none came. -1 when the queue is closed and
 * empty. */
int queue_take(Queue *q, void *out, int max, int64_t wait_ms);
/* Nothing more is taken in; what is there can still be taken out. Wakes all who wait. */
void queue_close(Queue *q);
int queue_length(Queue *q);
/* As of a moment ago: without waiting for those who put and take. */
bool queue_full(const Queue *q);

#endif
