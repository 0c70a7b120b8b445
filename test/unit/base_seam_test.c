#include "unit.h"

#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int64_t fake_now(void *self) {
    return *(int64_t *)self;
}

static void fake_random(void *self, void *out, size_t n) {
    (void)self;
    memset(out, 0x5A, n);
}

static int back_to_real(void **state) {
    seam_set((Seam){ 0 });
    return unit_arena_free(state);
}

static void test_replaced(void **state) {
    (void)state;
    int64_t now = 1782997200000;
    seam_set((Seam){ .now_ms = fake_now, .random = fake_random, .self = &now });
    assert_int_equal(now_ms(), 1782997200000);
    now += 5;
    assert_int_equal(now_ms(), 1782997200005);
    assert_int_equal(random_u64(), 0x5A5A5A5A5A5A5A5A);
    uint8_t bytes[3] = { 0 };
    random_bytes(bytes, 2);
    assert_memory_equal(bytes, "\x5A\x5A\0", 3);
    assert_text(id_new(*state, now_ms()), "019f22ea-2c85-7a5a-9a5a-5a5a5a5a5a5a");

    seam_set((Seam){ .now_ms = fake_now, .self = &now }); /* a zeroed member means the real one */
    assert_int_equal(now_ms(), 1782997200005);
    assert_true(random_u64() != random_u64());
}

static void test_real_clock(void **state) {
    (void)state;
    int64_t before = (int64_t)time(NULL) * 1000 - 1000; /* time() may lag by a tick */
    int64_t now = now_ms();
    int64_t after = (int64_t)time(NULL) * 1000 + 1999;
    assert_true(before <= now && now <= after);
    int64_t us = mono_us();
    assert_true(mono_ms() >= us / 1000);
    assert_true(mono_us() >= us);
}

/* No 16 bytes come twice, whether from the pool, across its refills or past it. */
static void test_random_never_repeats(void **state) {
    Arena *a = *state;
    Map *seen = map_new(a, 0);
    int pieces = 0;
    for (size_t n = 16; n <= 2048; n += 16) {
        char *p = arena_alloc(a, n);
        random_bytes(p, n);
        for (size_t i = 0; i < n; i += 16, pieces++) {
            assert_null(map_get(seen, (Str){ p + i, 16 }));
            map_put(seen, (Str){ p + i, 16 }, p);
        }
    }
    assert_int_equal(pieces, map_count(seen));
    int64_t ones = 0;
    for (int i = 0; i < 10000; i++)
        ones += __builtin_popcountll(random_u64());
    assert_true(ones > 320000 - 4000 && ones < 320000 + 4000); /* ten standard deviations */
}

static void test_child_has_its_own(void **state) {
    (void)state;
    (void)random_u64(); /* the pool is filled before the fork */
    int pipes[2];
    assert_int_equal(pipe(pipes), 0);
    pid_t child = fork();
    if (child == 0) {
        uint64_t n[4] = { random_u64(), random_u64(), random_u64(), random_u64() };
        _exit(write(pipes[1], n, sizeof n) == sizeof n ? 0 : 1);
    }
    uint64_t theirs[4];
    assert_int_equal(read(pipes[0], theirs, sizeof theirs), sizeof theirs);
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    for (int i = 0; i < 4; i++) {
        uint64_t mine = random_u64();
        for (int k = 0; k < 4; k++)
            assert_true(mine != theirs[k]);
    }
    close(pipes[0]);
    close(pipes[1]);
}

#define seam_test(f) cmocka_unit_test_setup_teardown(f, unit_arena_new, back_to_real)

int main(void) {
    const struct CMUnitTest tests[] = {
        seam_test(test_replaced),
        seam_test(test_real_clock),
        seam_test(test_random_never_repeats),
        seam_test(test_child_has_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
