#include "core/serve/queue.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

struct Queue {
    pthread_mutex_t mutex;
    pthread_cond_t filled;
    char *items; /* a ring */
    size_t item_bytes;
    int capacity, first, n, waiting;
    atomic_bool full;
    bool closed;
};

static void queue_end(void *arg)
{
    Queue *q = arg;
    pthread_cond_destroy(&q->filled);
    pthread_mutex_destroy(&q->mutex);
}

Queue *queue_new(Arena *a, int capacity, size_t item_bytes)
{
    assert(capacity > 0 && item_bytes > 0);
    Queue *q = arena_new_of(a, Queue);
    q->items = arena_alloc(a, item_bytes * (size_t)capacity);
    q->item_bytes = item_bytes;
    q->capacity = capacity;
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC); /* a set clock must not stretch the wait */
    pthread_cond_init(&q->filled, &attr);
    pthread_condattr_destroy(&attr);
    pthread_mutex_init(&q->mutex, NULL);
    arena_defer(a, queue_end, q);
    return q;
}

static char *item_at(const Queue *q, int i)
{
    return q->items + q->item_bytes * (size_t)((q->first + i) % q->capacity);
}

bool queue_put(Queue *q, const void *item)
{
    pthread_mutex_lock(&q->mutex);
    bool taken = !q->closed && q->n < q->capacity;
    if (taken) memcpy(item_at(q, q->n++), item, q->item_bytes);
    bool wake = taken && q->waiting > 0;
    if (q->n == q->capacity) atomic_store_explicit(&q->full, true, memory_order_relaxed);
    pthread_mutex_unlock(&q->mutex);
    if (wake) pthread_cond_signal(&q->filled);
    return taken;
}

static struct timespec deadline(int64_t wait_ms)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_sec += wait_ms / 1000;
    t.tv_nsec += wait_ms % 1000 * 1000000;
    if (t.tv_nsec >= 1000000000) {
        t.tv_sec++;
        t.tv_nsec -= 1000000000;
    }
    return t;
}

static void wait_for_item(Queue *q, int64_t wait_ms)
{
    struct timespec until = deadline(wait_ms > 0 ? wait_ms : 0);
    q->waiting++;
    while (q->n == 0 && !q->closed) {
        if (wait_ms < 0)
            pthread_cond_wait(&q->filled, &q->mutex);
        else if (pthread_cond_timedwait(&q->filled, &q->mutex, &until) == ETIMEDOUT)
            break;
    }
    q->waiting--;
}

int queue_take(Queue *q, void *out, int max, int64_t wait_ms)
{
    pthread_mutex_lock(&q->mutex);
    if (q->n == 0 && !q->closed && wait_ms != 0) wait_for_item(q, wait_ms);
    int taken = q->n < max ? q->n : max;
    for (int i = 0; i < taken; i++)
        memcpy((char *)out + q->item_bytes * (size_t)i, item_at(q, i), q->item_bytes);
    q->first = (q->first + taken) % q->capacity;
    q->n -= taken;
    if (taken > 0) atomic_store_explicit(&q->full, false, memory_order_relaxed);
    bool over = taken == 0 && q->closed;
    bool more = q->n > 0 && q->waiting > 0; /* a wake-up may have been ours alone */
    pthread_mutex_unlock(&q->mutex);
    if (more) pthread_cond_signal(&q->filled);
    return over ? -1 : taken;
}

void queue_close(Queue *q)
{
    pthread_mutex_lock(&q->mutex);
    q->closed = true;
    pthread_mutex_unlock(&q->mutex);
    pthread_cond_broadcast(&q->filled);
}

int queue_length(Queue *q)
{
    pthread_mutex_lock(&q->mutex);
    int n = q->n;
    pthread_mutex_unlock(&q->mutex);
    return n;
}

bool queue_full(const Queue *q)
{
    return atomic_load_explicit(&q->full, memory_order_relaxed);
}
