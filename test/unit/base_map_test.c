#include "unit.h"

static void test_few(void **state) {
    Map *m = map_new(*state, 0);
    int one = 1, two = 2;
    assert_null(map_get(m, S("a")));
    map_put(m, S("a"), &one);
    map_put(m, S(""), &two);
    assert_ptr_equal(map_get(m, S("a")), &one);
    assert_ptr_equal(map_get(m, (Str){ NULL, 0 }), &two);
    assert_null(map_get(m, S("a\0")));
    map_put(m, S("a"), &two); /* replaces */
    assert_ptr_equal(map_get(m, S("a")), &two);
    assert_int_equal(map_count(m), 2);
    map_put(m, S("n"), NULL);
    assert_null(map_get(m, S("n")));
    assert_int_equal(map_count(m), 3);
}

/* Against the plainest thing that can be right: an array with one place per possible key. */
static void test_against_an_array(void **state) {
    Arena *a = *state;
    enum { KEYS = 5000, PUTS = 40000 };
    static char model[KEYS]; /* the address of a place is the value */
    uint64_t seed = 9;
    for (int expected = 0; expected <= 2 * KEYS; expected += KEYS) {
        Map *m = map_new(a, expected);
        void *want[KEYS] = { 0 };
        Str key[KEYS];
        int count = 0;
        for (int i = 0; i < KEYS; i++) /* lengths 1 to 24: all tails of the hash */
            key[i] = arena_fmt(a, "%0*d", 4 + i % 21, i);
        for (int i = 0; i < PUTS; i++) {
            size_t k = unit_random(&seed) % KEYS;
            count += want[k] == NULL;
            want[k] = &model[unit_random(&seed) % KEYS];
            map_put(m, arena_str(a, key[k]), want[k]);
            size_t look = unit_random(&seed) % KEYS;
            assert_ptr_equal(map_get(m, key[look]), want[look]);
        }
        assert_true(count > KEYS / 2);
        assert_int_equal(map_count(m), count);
        for (int i = 0; i < KEYS; i++)
            assert_ptr_equal(map_get(m, key[i]), want[i]);
        arena_reset(a);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        with_arena(test_few),
        with_arena(test_against_an_array),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
