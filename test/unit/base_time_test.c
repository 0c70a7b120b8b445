#include "unit.h"

#include <time.h>

static void same_as_libc(int64_t ms) {
    time_t seconds = (time_t)(ms / 1000 - (ms % 1000 < 0));
    struct tm t;
    assert_non_null(gmtime_r(&seconds, &t));
    Civil c = time_civil(ms, 0);
    if (c.year != t.tm_year + 1900 || c.month != t.tm_mon + 1 || c.day != t.tm_mday ||
        c.hour != t.tm_hour || c.minute != t.tm_min || c.second != t.tm_sec ||
        c.weekday != (t.tm_wday + 6) % 7 + 1 || c.ms != (int)((ms % 1000 + 1000) % 1000))
        fail_msg("%lld ms", (long long)ms);
    assert_int_equal(time_from_civil(c, 0), ms);
}

static void test_every_day(void **state) {
    (void)state;
    const int64_t first = time_from_civil((Civil){ .year = 1900, .month = 1, .day = 1 }, 0);
    const int64_t last = time_from_civil((Civil){ .year = 9999, .month = 12, .day = 31 }, 0);
    assert_int_equal(first, -2208988800000);
    assert_int_equal(last, 253402214400000);
    int days = 0;
    for (int64_t day = first; day <= last; day += DAY_MS, days++) {
        same_as_libc(day);
        same_as_libc(day - 1);
    }
    assert_int_equal(days, 2958464);
}

static void test_random_instants(void **state) {
    (void)state;
    uint64_t seed = 4;
    for (int i = 0; i < 200000; i++) {
        int64_t ms = (int64_t)(unit_random(&seed) % UINT64_C(600000000000000)) - 300000000000000;
        same_as_libc(ms);
        int zone = (int)(unit_random(&seed) % 2879) - 1439;
        Civil c = time_civil(ms, zone);
        Civil shifted = time_civil(ms + zone * MINUTE_MS, 0);
        assert_memory_equal(&c, &shifted, sizeof c);
        assert_int_equal(time_from_civil(c, zone), ms);
    }
}

static void test_ends_of_int64(void **state) {
    (void)state;
    for (int64_t i = 0; i < 1000; i++) {
        assert_int_equal(time_from_civil(time_civil(INT64_MIN + i, 0), 0), INT64_MIN + i);
        assert_int_equal(time_from_civil(time_civil(INT64_MAX - i, 480), 480), INT64_MAX - i);
    }
    Civil far = { .year = INT32_MAX, .month = 12, .day = 31 };
    assert_int_equal(time_from_civil(far, 0), INT64_MAX);
    far.year = INT32_MIN;
    assert_int_equal(time_from_civil(far, 0), INT64_MIN);
}

static void test_civil_carries(void **state) {
    (void)state;
    /* "the 31st plus one day", "month 13", "90 minutes past": callers add to fields */
    Civil c = { .year = 2026, .month = 13, .day = 32, .hour = 23, .minute = 90 };
    Civil d = time_civil(time_from_civil(c, 480), 480);
    assert_int_equal(d.year, 2027);
    assert_int_equal(d.month, 2);
    assert_int_equal(d.day, 2);
    assert_int_equal(d.hour, 0);
    assert_int_equal(d.minute, 30);
    c = (Civil){ .year = 2026, .month = -1, .day = 0 };
    d = time_civil(time_from_civil(c, 0), 0);
    assert_int_equal(d.year, 2025);
    assert_int_equal(d.month, 10);
    assert_int_equal(d.day, 31);
}

static void test_iso(void **state) {
    Arena *a = *state;
    assert_text(time_iso(a, 0), "1970-01-01T00:00:00.000Z");
    assert_text(time_iso(a, -1), "1969-12-31T23:59:59.999Z");
    assert_text(time_iso(a, 1782997200007), "2026-07-02T13:00:00.007Z");
    uint64_t seed = 5;
    for (int i = 0; i < 20000; i++) {
        int64_t ms = (int64_t)(unit_random(&seed) % UINT64_C(253402300800000)), back;
        assert_true(time_parse(time_iso(a, ms), &back));
        assert_int_equal(back, ms);
        arena_reset(a);
    }
}

static void test_parse(void **state) {
    (void)state;
    const struct {
        Str text;
        int64_t ms;
    } good[] = {
        { S("2026-07-02T13:00:00Z"), 1782997200000 },
        { S("2026-07-02T21:00:00+08:00"), 1782997200000 },
        { S("2026-07-02t13:00:00z"), 1782997200000 },
        { S("2026-07-02T07:30:00.5-05:30"), 1782997200500 },
        { S("2026-07-02T13:00:00.1239999999999999999999Z"), 1782997200123 },
        { S("2000-02-29T00:00:00Z"), 951782400000 },
        { S("2016-12-31T23:59:60Z"), 1483228800000 },
        { S("2017-01-01T07:59:60+08:00"), 1483228800000 },
        { S("1969-12-31T23:59:59.999Z"), -1 },
        { S("0000-01-01T00:00:00Z"), -62167219200000 },
        { S("9999-12-31T23:59:59.999Z"), 253402300799999 },
    };
    for (int i = 0; i < COUNT(good); i++) {
        int64_t ms = 7;
        if (!time_parse(good[i].text, &ms)) fail_msg("%s", good[i].text.p);
        assert_int_equal(ms, good[i].ms);
    }
    const Str bad[] = {
        S(""),
        S("2026-07-02"),
        S("2026-07-02T13:00Z"),
        S("2026-07-02T13:00:00"),
        S("2026-07-02 13:00:00Z"),
        S("2026-07-02T13:00:00Z "),
        S(" 2026-07-02T13:00:00Z"),
        S("2026-7-02T13:00:00Z"),
        S("2026-00-02T13:00:00Z"),
        S("2026-13-02T13:00:00Z"),
        S("2026-07-00T13:00:00Z"),
        S("2026-04-31T13:00:00Z"),
        S("2026-02-29T13:00:00Z"),
        S("1900-02-29T13:00:00Z"),
        S("2026-07-02T24:00:00Z"),
        S("2026-07-02T13:60:00Z"),
        S("2026-07-02T13:00:61Z"),
        S("2026-07-02T13:00:60Z"),
        S("2016-12-31T23:59:60+08:00"),
        S("2026-07-02T13:00:00.Z"),
        S("2026-07-02T13:00:00,5Z"),
        S("2026-07-02T13:00:00+0800"),
        S("2026-07-02T13:00:00+24:00"),
        S("2026-07-02T13:00:00+08:60"),
        S("2026-07-02T13:00:00+08"),
        S("+2026-07-02T13:00:00Z"),
        S("-026-07-02T13:00:00Z"),
        S("2026-07-02T13:00:00Z\0"),
        S("2026-07-02T1\0:00:00Z"),
    };
    for (int i = 0; i < COUNT(bad); i++) {
        int64_t ms = 7;
        if (time_parse(bad[i], &ms)) fail_msg("accepted: %s", bad[i].p);
        assert_int_equal(ms, 7);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        with_arena(test_every_day),     with_arena(test_random_instants),
        with_arena(test_ends_of_int64), with_arena(test_civil_carries),
        with_arena(test_iso),           with_arena(test_parse),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
