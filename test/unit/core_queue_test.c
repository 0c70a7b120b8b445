#include "unit.h"

#include "core/serve/queue.h"

#include <pthread.h>

static void keeps_order(void **state) {
    Queue *q = queue_new(*state, 3, sizeof(int));
    int out[8];
    for (int round = 0; round < 5; round++) { /* around the ring */
        for (int i = 0; i < 3; i++)
            assert_true(queue_put(q, &i));
        assert_int_equal(queue_length(q), 3);
        assert_int_equal(queue_take(q, out, 2, 0), 2);
        assert_int_equal(out[0], 0);
        assert_int_equal(out[1], 1);
        assert_int_equal(queue_take(q, out, 8, 0), 1);
        assert_int_equal(out[0], 2);
    }
}

static void is_bounded(void **state) {
    Queue *q = queue_new(*state, 2, sizeof(int));
    int n = 7;
    assert_true(queue_put(q, &n));
    assert_true(queue_put(q, &n));
    assert_true(queue_full(q));
    assert_false(queue_put(q, &n));
    assert_int_equal(queue_length(q), 2);
    assert_int_equal(queue_take(q, &n, 1, 0), 1);
    assert_false(queue_full(q));
    assert_true(queue_put(q, &n));
}

static void gives_nothing_when_empty(void **state) {
    Queue *q = queue_new(*state, 2, sizeof(int));
    int n;
    assert_int_equal(queue_take(q, &n, 1, 0), 0);
    assert_int_equal(queue_take(q, &n, 1, 1), 0);
}

static void closed_gives_what_is_left(void **state) {
    Queue *q = queue_new(*state, 2, sizeof(int));
    int n = 7;
    assert_true(queue_put(q, &n));
    queue_close(q);
    assert_false(queue_put(q, &n));
    n = 0;
    assert_int_equal(queue_take(q, &n, 1, -1), 1);
    assert_int_equal(n, 7);
    assert_int_equal(queue_take(q, &n, 1, -1), -1);
}

/* ---- several threads: every item arrives once, in the order of whoever put it ---- */

enum { PUTTERS = 3, TAKERS = 2, EACH = 20000 };

typedef struct Crowd {
    Queue *q;
    int from; /* a putter's number */
    int seen[PUTTERS][EACH];
    int last[PUTTERS];
    bool disorder;
} Crowd;

static void *put_all(void *arg) {
    Crowd *c = arg;
    for (int i = 0; i < EACH; i++) {
        int item = c->from * EACH + i;
        while (!queue_put(c->q, &item))
            sched_yield();
    }
    return NULL;
}

static void *take_all(void *arg) {
    Crowd *c = arg;
    int items[16], n;
    for (int i = 0; i < PUTTERS; i++)
        c->last[i] = -1;
    while ((n = queue_take(c->q, items, 16, -1)) > 0)
        for (int i = 0; i < n; i++) {
            int from = items[i] / EACH, number = items[i] % EACH;
            c->seen[from][number]++;
            c->disorder |= number <= c->last[from];
            c->last[from] = number;
        }
    return NULL;
}

static void many_threads(void **state) {
    Queue *q = queue_new(*state, 32, sizeof(int));
    Crowd *crowd = arena_array(*state, Crowd, PUTTERS + TAKERS);
    pthread_t threads[PUTTERS + TAKERS];
    for (int i = 0; i < PUTTERS + TAKERS; i++) {
        crowd[i].q = q;
        crowd[i].from = i;
        assert_int_equal(pthread_create(&threads[i], NULL, i < PUTTERS ? put_all : take_all, &crowd[i]), 0);
    }
    for (int i = 0; i < PUTTERS; i++)
        pthread_join(threads[i], NULL);
    queue_close(q);
    for (int i = PUTTERS; i < PUTTERS + TAKERS; i++)
        pthread_join(threads[i], NULL);
    for (int p = 0; p < PUTTERS; p++)
        for (int k = 0; k < EACH; k++) {
            int seen = 0;
            for (int t = PUTTERS; t < PUTTERS + TAKERS; t++)
                seen += crowd[t].seen[p][k];
            assert_int_equal(seen, 1);
        }
    for (int t = PUTTERS; t < PUTTERS + TAKERS; t++)
        assert_false(crowd[t].disorder);
}

static void *take_one(void *arg) {
    Crowd *c = arg;
    int item;
    c->from = queue_take(c->q, &item, 1, -1);
    return NULL;
}

static void closing_wakes_who_waits(void **state) {
    Crowd *c = arena_new_of(*state, Crowd);
    c->q = queue_new(*state, 1, sizeof(int));
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, take_one, c), 0);
    queue_close(c->q);
    pthread_join(thread, NULL);
    assert_int_equal(c->from, -1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        with_arena(keeps_order),  with_arena(is_bounded),
        with_arena(gives_nothing_when_empty), with_arena(closed_gives_what_is_left),
        with_arena(many_threads), with_arena(closing_wakes_who_waits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
