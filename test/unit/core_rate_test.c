#include "unit.h"

#include "core/serve/rate.h"

static const int64_t T = INT64_C(1783000000000);

static int granted(Rate *r, const char *address, int tries, int64_t now) {
    int n = 0;
    for (int i = 0; i < tries; i++)
        n += rate_take(r, str_c(address), "b", 5, MINUTE_MS, now, NULL);
    return n;
}

static void a_bucket_empties_and_fills(void **state) {
    Rate *r = rate_new(*state, 64);
    int retry_s;
    assert_int_equal(granted(r, "192.0.2.1", 9, T), 5);
    assert_false(rate_take(r, S("192.0.2.1"), "b", 5, MINUTE_MS, T, &retry_s));
    assert_int_equal(retry_s, 12); /* a fifth of a minute */
    assert_int_equal(granted(r, "192.0.2.1", 9, T + 11999), 0);
    assert_int_equal(granted(r, "192.0.2.1", 9, T + 12000), 1);
    assert_int_equal(granted(r, "192.0.2.1", 9, T + HOUR_MS), 5);
}

static void buckets_and_addresses_are_apart(void **state) {
    Rate *r = rate_new(*state, 64);
    assert_int_equal(granted(r, "192.0.2.1", 9, T), 5);
    assert_int_equal(granted(r, "192.0.2.2", 9, T), 5);
    assert_true(rate_take(r, S("192.0.2.1"), "other", 5, MINUTE_MS, T, NULL));
}

static void ipv6_counts_by_its_64(void **state) {
    Rate *r = rate_new(*state, 64);
    assert_int_equal(granted(r, "2001:db8:1:2::1", 9, T), 5);
    assert_int_equal(granted(r, "2001:db8:1:2:ffff::9", 9, T), 0);
    assert_int_equal(granted(r, "2001:db8:1:3::1", 9, T), 5);
    assert_int_equal(granted(r, "198.51.100.7", 9, T), 5);
    assert_int_equal(granted(r, "::ffff:198.51.100.7", 9, T), 0); /* the same machine */
}

static void networks_have_one_name(void **state) {
    Arena *a = *state;
    assert_text(rate_network(a, S("192.0.2.1")), "v4:c0000201");
    assert_text(rate_network(a, S("::ffff:192.0.2.1")), "v4:c0000201");
    assert_text(rate_network(a, S("2001:db8::1")), "v6:20010db800000000");
    assert_text(rate_network(a, S("unix")), "unix");
    assert_text(rate_network(a, S("")), "");
    char long_name[200];
    memset(long_name, 'x', sizeof long_name);
    assert_int_equal(rate_network(a, (Str){ long_name, sizeof long_name }).n, 64);
}

static void a_clock_set_back_locks_nobody_out_for_long(void **state) {
    Rate *r = rate_new(*state, 64);
    assert_int_equal(granted(r, "192.0.2.1", 9, T + DAY_MS), 5);
    assert_int_equal(granted(r, "192.0.2.1", 9, T), 0);
    assert_int_equal(granted(r, "192.0.2.1", 9, T + MINUTE_MS + 1), 5);
}

/* Beyond its entries the table forgets, and it forgets who used least. */
static void a_full_table_keeps_the_busiest(void **state) {
    Arena *a = *state;
    Rate *r = rate_new(a, 8); /* one set */
    assert_int_equal(granted(r, "192.0.2.1", 5, T), 5);
    for (int i = 0; i < 1000; i++)
        assert_true(rate_take(r, arena_fmt(a, "198.51.%d.%d", i / 250, i % 250), "b", 5, MINUTE_MS, T, NULL));
    assert_int_equal(granted(r, "192.0.2.1", 1, T), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        with_arena(a_bucket_empties_and_fills),
        with_arena(buckets_and_addresses_are_apart),
        with_arena(ipv6_counts_by_its_64),
        with_arena(networks_have_one_name),
        with_arena(a_clock_set_back_locks_nobody_out_for_long),
        with_arena(a_full_table_keeps_the_busiest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
