#include "unit.h"

#include "core/clock.h"

/* 2026 as the State Council announced it, and the turn of the years around. */
static const CalendarDay DAYS[] = {
    { 20251231, false }, { 20260101, false }, { 20260102, false }, { 20260103, false },
    { 20260104, true },  { 20260214, true },  { 20260215, false }, { 20260216, false },
    { 20260217, false }, { 20260218, false }, { 20260219, false }, { 20260220, false },
    { 20260221, false }, { 20260222, false }, { 20260223, false }, { 20260228, true },
    { 20260920, true },  { 20261001, false }, { 20261002, false }, { 20261003, false },
    { 20261004, false }, { 20261005, false }, { 20261006, false }, { 20261007, false },
    { 20261010, true },  { 20261230, true },  { 20270101, false },
};
static const Calendar CHINA = { .zone_minutes = 480,
                                .opens_minute = 9 * 60,
                                .closes_minute = 18 * 60,
                                .days = DAYS,
                                .n_days = COUNT(DAYS) };

static int64_t at(const char *iso) {
    int64_t ms = 0;
    assert_true(time_parse(str_c(iso), &ms));
    return ms;
}

/* ---- the oracle: walks minute by minute, looks every day up from the front ---- */

static bool oracle_working_day(const Calendar *c, Civil x) {
    for (int i = 0; i < c->n_days; i++)
        if (c->days[i].date == x.year * 10000 + x.month * 100 + x.day) return c->days[i].working;
    return x.weekday <= 5;
}

static bool oracle_open(const Calendar *c, int64_t minute_ms) {
    Civil x = time_civil(minute_ms, c->zone_minutes);
    int minute = x.hour * 60 + x.minute;
    return minute >= c->opens_minute && minute < c->closes_minute && oracle_working_day(c, x);
}

static int64_t oracle_hours(const Calendar *c, int64_t from, int64_t n) {
    int64_t t = from;
    for (int64_t minutes = n * 60; minutes > 0; t += MINUTE_MS)
        if (oracle_open(c, t)) minutes--;
    return t;
}

/* Every close of business on a working day after the day of the start counts one. */
static int64_t oracle_days(const Calendar *c, int64_t from, int64_t n) {
    Civil start = time_civil(from, c->zone_minutes);
    int64_t t = from;
    while (n > 0) {
        t += MINUTE_MS;
        Civil last = time_civil(t - MINUTE_MS, c->zone_minutes); /* the minute that ends at t */
        bool same_day =
            last.year == start.year && last.month == start.month && last.day == start.day;
        bool closes = last.hour * 60 + last.minute + 1 == c->closes_minute;
        if (!same_day && closes && oracle_working_day(c, last)) n--;
    }
    return t;
}

static void check_against_oracle(const Calendar *c, uint64_t *seed, int64_t first, int64_t last,
                                 int rounds) {
    for (int i = 0; i < rounds; i++) {
        int64_t minutes = (last - first) / MINUTE_MS;
        int64_t from = first + (int64_t)(unit_random(seed) % (uint64_t)minutes) * MINUTE_MS;
        int64_t n = 1 + (int64_t)(unit_random(seed) % 17);
        assert_int_equal(clock_due(c, from, n, WORKING_HOURS, NULL, NULL),
                         oracle_hours(c, from, n));
        assert_int_equal(clock_due(c, from, n, WORKING_DAYS, NULL, NULL), oracle_days(c, from, n));
        assert_int_equal(clock_due(c, from, n, HOURS, NULL, NULL), from + n * HOUR_MS);
    }
}

static void test_same_as_walking(void **state) {
    (void)state;
    uint64_t seed = 26;
    check_against_oracle(&CHINA, &seed, at("2025-12-10T00:00:00Z"), at("2026-03-10T00:00:00Z"),
                         300);
    check_against_oracle(&CHINA, &seed, at("2026-09-10T00:00:00Z"), at("2027-01-10T00:00:00Z"),
                         300);
    check_against_oracle(&calendar_default, &seed, at("2023-12-20T00:00:00Z"),
                         at("2024-03-05T00:00:00Z"), 100);
}

static void test_other_zones_and_hours(void **state) {
    (void)state;
    uint64_t seed = 27;
    for (int i = 0; i < 40; i++) {
        int opens = (int)(unit_random(&seed) % 1440);
        Calendar c = CHINA;
        c.zone_minutes = (int)(unit_random(&seed) % 1560) - 720;
        c.opens_minute = opens;
        c.closes_minute = opens + 1 + (int)(unit_random(&seed) % (uint64_t)(1440 - opens));
        if (c.closes_minute - opens < 30) c.closes_minute = opens + 30 < 1440 ? opens + 30 : 1440;
        check_against_oracle(&c, &seed, at("2025-12-20T00:00:00Z"), at("2026-02-20T00:00:00Z"), 3);
    }
}

/* ---- cases that people would name ---- */

static void test_over_new_year(void **state) {
    (void)state;
    /* Tuesday 30 December 2025, three working days: 31st to 3rd off, Sunday the 4th made up, 5th,
     * 6th */
    int64_t due = clock_due(&CHINA, at("2025-12-30T15:00:00+08:00"), 3, WORKING_DAYS, NULL, NULL);
    assert_int_equal(due, at("2026-01-06T18:00:00+08:00"));
    due = clock_due(&CHINA, at("2025-12-30T17:30:00+08:00"), 1, WORKING_HOURS, NULL, NULL);
    assert_int_equal(due, at("2026-01-04T09:30:00+08:00"));
}

static void test_out_of_hours(void **state) {
    (void)state;
    int64_t night = at("2026-07-03T23:10:30.500+08:00"); /* a Friday */
    assert_int_equal(clock_due(&CHINA, night, 1, WORKING_HOURS, NULL, NULL),
                     at("2026-07-06T10:00:00+08:00"));
    assert_int_equal(clock_due(&CHINA, night, 1, WORKING_DAYS, NULL, NULL),
                     at("2026-07-06T18:00:00+08:00"));
    assert_int_equal(clock_due(&CHINA, night, 24, HOURS, NULL, NULL), night + 24 * HOUR_MS);
    /* a whole day of office hours ends when the office closes, not when it opens again */
    assert_int_equal(
        clock_due(&CHINA, at("2026-07-06T09:00:00+08:00"), 9, WORKING_HOURS, NULL, NULL),
        at("2026-07-06T18:00:00+08:00"));
}

static void test_around_due(void **state) {
    (void)state;
    int64_t due = at("2026-07-14T12:00:00+08:00");
    assert_int_equal(clock_due(&CHINA, due, 4, BEFORE_DUE_HOURS, NULL, NULL), due - 4 * HOUR_MS);
    assert_int_equal(clock_due(&CHINA, due, 4, AFTER_DUE_HOURS, NULL, NULL), due + 4 * HOUR_MS);
    assert_int_equal(clock_due(&CHINA, due, 4, AT_DUE, NULL, NULL), due);
    assert_int_equal(clock_due(&CHINA, due, 0, WORKING_DAYS, NULL, NULL), due);
    assert_int_equal(clock_due(&CHINA, due, -3, WORKING_HOURS, NULL, NULL), due);
}

static void test_calculation(void **state) {
    Arena *a = *state;
    json_t *how = NULL;
    int64_t from = at("2026-02-13T10:00:00+08:00");
    int64_t due = clock_due(&CHINA, from, 3, WORKING_DAYS, a, &how);
    assert_int_equal(due, at("2026-02-25T18:00:00+08:00"));
    assert_int_equal(json_int(how, "from"), from);
    assert_int_equal(json_int(how, "limit"), 3);
    assert_int_equal(json_int(how, "due"), due);
    assert_text(json_text(how, "unit"), "working_days");
    json_t *skipped = json_object_get(how, "skipped"), *extra = json_object_get(how, "extra");
    assert_int_equal(json_array_size(skipped), 9);
    assert_text(json_text(json_array_get(skipped, 0), "date"), "2026-02-15");
    assert_text(json_text(json_array_get(skipped, 0), "why"), "holiday");
    assert_text(json_text(json_array_get(skipped, 8), "date"), "2026-02-23");
    assert_int_equal(json_array_size(extra), 1);
    assert_text(json_text(json_array_get(extra, 0), "date"), "2026-02-14");
    clock_due(&CHINA, at("2026-07-10T10:00:00+08:00"), 1, WORKING_DAYS, a, &how);
    assert_text(json_text(json_array_get(json_object_get(how, "skipped"), 0), "why"), "weekend");
    assert_null(json_object_get(how, "extra"));
}

/* However long the wait, the event that holds the calculation stays small. */
static void test_calculation_is_bounded(void **state) {
    Arena *a = *state;
    json_t *how = NULL;
    clock_due(&CHINA, at("2026-01-05T10:00:00+08:00"), INT64_MAX, WORKING_DAYS, a, &how);
    assert_int_equal(json_array_size(json_object_get(how, "skipped")) +
                         json_array_size(json_object_get(how, "extra")),
                     100);
    assert_true(json_int(how, "more") > 1000);
    assert_true(json_print(a, how).n < 8000);
}

static void test_unit_names(void **state) {
    (void)state;
    for (Unit u = HOURS; u <= BEFORE_DUE_PERCENT; u++)
        assert_int_equal(unit_by_name(str_c(unit_name(u))), u);
    assert_int_equal(unit_by_name(S("fortnights")), HOURS);
}

/* ---- the setting ---- */

static Fail read_calendar(Arena *a, const char *text, Calendar *c) {
    Fail f = FAIL_NONE;
    json_t *v = json_read(a, str_c(text), &f);
    assert_int_equal(f.err, OK);
    return calendar_read(a, v, c);
}

static void test_setting(void **state) {
    Arena *a = *state;
    Calendar c;
    assert_int_equal(calendar_read(a, NULL, &c).err, OK);
    assert_int_equal(c.opens_minute, 540);
    assert_int_equal(c.n_days, 0);
    assert_int_equal(
        read_calendar(a,
                      "{\"zone_minutes\":345,\"opens_minute\":600,\"closes_minute\":1080,\"days\":["
                      "{\"date\":\"2026-10-10\",\"working\":true},{\"date\":\"2026-10-01\","
                      "\"working\":false}]}",
                      &c)
            .err,
        OK);
    assert_int_equal(c.zone_minutes, 345);
    assert_int_equal(c.n_days, 2);
    assert_int_equal(c.days[0].date, 20261001);
    assert_false(c.days[0].working);
    assert_true(c.days[1].working);
}

static void test_bad_settings(void **state) {
    Arena *a = *state;
    Calendar c;
    static const struct {
        const char *text, *field;
    } bad[] = {
        { "{\"zone_minutes\":5000}", "calendar.zone_minutes" },
        { "{\"opens_minute\":600,\"closes_minute\":600}", "calendar.closes_minute" },
        { "{\"closes_minute\":1441}", "calendar.closes_minute" },
        { "{\"days\":[{\"date\":\"2026-02-30\",\"working\":false}]}", "calendar.days[0].date" },
        { "{\"days\":[{\"date\":\"2026-02-03\"},{\"date\":\"\"}]}", "calendar.days[1].date" },
        { "{\"days\":[{\"date\":\"2026-02-03\"},{\"date\":\"2026-02-03\"}]}", "calendar.days" },
    };
    for (int i = 0; i < COUNT(bad); i++) {
        Fail f = read_calendar(a, bad[i].text, &c);
        assert_int_equal(f.err, ERR_INVALID);
        assert_string_equal(f.field, bad[i].field);
    }
}

/* The day of the start is not counted; a last day that is off moves to the next working one (Civil Code 201, 203). */
static void test_calendar_days(void **state) {
    Arena *a = *state;
    json_t *how = NULL;
    int64_t noon = at("2026-07-14T04:00:00Z");
    assert_int_equal(clock_due(&CHINA, noon, 30, CALENDAR_DAYS, NULL, NULL), at("2026-08-13T10:00:00Z"));
    assert_int_equal(clock_due(&CHINA, noon, 4, CALENDAR_DAYS, NULL, NULL), at("2026-07-20T10:00:00Z"));
    assert_int_equal(clock_due(&CHINA, at("2026-09-03T04:00:00Z"), 30, CALENDAR_DAYS, a, &how),
                     at("2026-10-08T10:00:00Z"));
    assert_true(str_is(json_text(how, "unit"), "calendar_days"));
    assert_int_equal(json_array_size(json_object_get(how, "skipped")), 5); /* 3 to 7 October */
    assert_int_equal(unit_by_name(S("calendar_days")), CALENDAR_DAYS);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        with_arena(test_same_as_walking), with_arena(test_other_zones_and_hours),
        with_arena(test_over_new_year),   with_arena(test_out_of_hours),
        with_arena(test_around_due),      with_arena(test_calculation),
        with_arena(test_unit_names),      with_arena(test_calculation_is_bounded),
        with_arena(test_setting),         with_arena(test_bad_settings),
        with_arena(test_calendar_days),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
