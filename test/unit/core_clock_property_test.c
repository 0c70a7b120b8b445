/* Any calendar, any pauses: the due time agrees with an oracle that steps minute by minute and looks every day up from
 * the front. */
#include "unit.h"

#include "core/clock.h"

enum { DAYS_MAX = 60, PAUSES_MAX = 5, ROUNDS = 400 };

typedef struct Span {
    int64_t from, until;
} Span;

static int64_t pick(uint64_t *seed, int64_t n)
{
    return (int64_t)(unit_random(seed) % (uint64_t)n);
}

/* ---- the oracle ---- */

static bool works_on(const Calendar *c, Civil x)
{
    for (int i = 0; i < c->n_days; i++)
        if (c->days[i].date == x.year * 10000 + x.month * 100 + x.day) return c->days[i].working;
    return x.weekday <= 5;
}

static bool paused(const Span *pauses, int n, int64_t minute)
{
    for (int i = 0; i < n; i++)
        if (pauses[i].from <= minute && minute < pauses[i].until) return true;
    return false;
}

/* Does the minute that begins at t bring the limit nearer? Of working days it is the last minute of business. */
static bool counts(const Calendar *c, int64_t from, int64_t t, Unit unit)
{
    if (unit == HOURS) return true;
    Civil x = time_civil(t, c->zone_minutes), start = time_civil(from, c->zone_minutes);
    int minute = x.hour * 60 + x.minute;
    if (!works_on(c, x)) return false;
    if (unit == WORKING_HOURS) return minute >= c->opens_minute && minute < c->closes_minute;
    bool first_day = x.year == start.year && x.month == start.month && x.day == start.day;
    return !first_day && minute == c->closes_minute - 1;
}

static int64_t oracle(const Calendar *c, int64_t from, int64_t n, Unit unit, const Span *pauses, int n_pauses)
{
    int64_t left = unit == WORKING_DAYS ? n : n * 60, t = from;
    for (; left > 0; t += MINUTE_MS)
        if (!paused(pauses, n_pauses, t) && counts(c, from, t, unit)) left--;
    return t;
}

/* ---- any calendar ---- */

static int32_t date_of(int64_t ms)
{
    Civil x = time_civil(ms, 0);
    return (int32_t)(x.year * 10000 + x.month * 100 + x.day);
}

static Calendar any_calendar(uint64_t *seed, CalendarDay *days, int64_t first)
{
    Calendar c = calendar_default;
    c.zone_minutes = (int)pick(seed, 1560) - 720;
    c.opens_minute = (int)pick(seed, 1380);
    c.closes_minute = c.opens_minute + 30 + (int)pick(seed, 1440 - c.opens_minute - 30 + 1);
    int n = 0;
    for (int64_t day = 0; day < 150 && n < DAYS_MAX; day++)
        if (pick(seed, 4) == 0) days[n++] = (CalendarDay){ date_of(first + day * DAY_MS), pick(seed, 3) == 0 };
    c.days = days;
    c.n_days = n;
    return c;
}

static void check_one(Arena *a, uint64_t *seed, int64_t first)
{
    static const Unit units[] = { HOURS, WORKING_HOURS, WORKING_DAYS };
    CalendarDay days[DAYS_MAX];
    Span pauses[PAUSES_MAX];
    Calendar c = any_calendar(seed, days, first);
    Unit unit = units[pick(seed, COUNT(units))];
    int64_t from = first + pick(seed, 20 * 24 * 60) * MINUTE_MS;
    int64_t n = 1 + pick(seed, unit == WORKING_DAYS ? 8 : 40);
    json_t *how = NULL;
    int64_t due = clock_due(&c, from, n, unit, a, &how);
    int64_t t = from;
    int n_pauses = 0, wanted = (int)pick(seed, PAUSES_MAX + 1);
    assert_int_equal(due, oracle(&c, from, n, unit, pauses, 0));
    while (n_pauses < wanted && t < due) { /* nobody pauses what is overdue */
        Span p = { .from = t + pick(seed, (due - t) / MINUTE_MS) * MINUTE_MS };
        p.until = p.from + pick(seed, pick(seed, 2) ? 300 : 6 * 24 * 60) * MINUTE_MS;
        how = clock_paused(&c, a, how, p.from, p.until);
        pauses[n_pauses++] = p;
        t = p.until;
        due = json_int(how, "due");
    }
    assert_int_equal(due, oracle(&c, from, n, unit, pauses, n_pauses));
    assert_int_equal(json_array_size(json_object_get(how, "pauses")), n_pauses);
    assert_int_equal(json_int(how, "limit"), n);
}

static void test_any_calendar_any_pauses(void **state)
{
    (void)state;
    uint64_t seed = 20270206;
    int64_t first = 0;
    assert_true(time_parse(S("2026-12-20T00:00:00Z"), &first));
    for (int i = 0; i < ROUNDS; i++) {
        Arena *a = arena_new();
        check_one(a, &seed, first);
        arena_free(a);
    }
}

/* ---- what people would name ---- */

/* Spring Festival 2027: the eve is Friday 5 February. The notice is the test's own guess, in the shape of the real
 * ones: eight days off, Sunday 31 January and Sunday 14 February made up. */
static const CalendarDay SPRING[] = {
    { 20270101, false }, { 20270131, true },  { 20270205, false }, { 20270206, false },
    { 20270207, false }, { 20270208, false }, { 20270209, false }, { 20270210, false },
    { 20270211, false }, { 20270212, false }, { 20270214, true },
};
static const Calendar FESTIVAL = { .zone_minutes = 480,
                                   .opens_minute = 9 * 60,
                                   .closes_minute = 18 * 60,
                                   .days = SPRING,
                                   .n_days = COUNT(SPRING),
                                   .covers_from = 20270101,
                                   .covers_until = 20271231 };

static int64_t at(const char *iso)
{
    int64_t ms = 0;
    assert_true(time_parse(str_c(iso), &ms));
    return ms;
}

static void test_pause_over_the_festival(void **state)
{
    Arena *a = *state;
    json_t *how = NULL;
    int64_t from = at("2027-02-03T10:00:00+08:00"); /* Wednesday */
    int64_t due = clock_due(&FESTIVAL, from, 2, WORKING_DAYS, a, &how);
    assert_int_equal(due, at("2027-02-14T18:00:00+08:00")); /* Thursday 4th and the made-up Sunday */
    assert_int_equal(json_array_size(json_object_get(how, "extra")), 1);
    assert_null(json_object_get(how, "uncovered"));
    /* paused from the eve until Monday 15th at noon: of working days that is one, the made-up Sunday */
    json_t *after = clock_paused(&FESTIVAL, a, how, at("2027-02-05T09:00:00+08:00"), at("2027-02-15T12:00:00+08:00"));
    assert_int_equal(json_int(after, "due"), at("2027-02-15T18:00:00+08:00"));
    assert_int_equal(json_int(json_array_get(json_object_get(after, "pauses"), 0), "days"), 1);
    assert_int_equal(json_int(how, "due"), due); /* the one before is left as it was */
    assert_null(json_object_get(how, "pauses"));
    /* then extended by hand; a pause after that moves the extended time */
    json_t *longer = clock_extended(a, after, at("2027-02-17T12:00:00+08:00"), at("2027-02-15T13:00:00+08:00"));
    assert_int_equal(json_int(longer, "due"), at("2027-02-17T12:00:00+08:00"));
    json_t *extension = json_array_get(json_object_get(longer, "extensions"), 0);
    assert_int_equal(json_int(extension, "from"), json_int(after, "due"));
    json_t *again =
        clock_paused(&FESTIVAL, a, longer, at("2027-02-16T09:00:00+08:00"), at("2027-02-17T09:00:00+08:00"));
    assert_int_equal(json_int(again, "due"), at("2027-02-18T18:00:00+08:00"));
    assert_int_equal(json_array_size(json_object_get(again, "pauses")), 2);
}

static void test_working_hours_paused(void **state)
{
    Arena *a = *state;
    json_t *how = NULL;
    clock_due(&FESTIVAL, at("2027-02-04T16:00:00+08:00"), 4, WORKING_HOURS, a, &how); /* Sunday 14th, 11:00 */
    assert_int_equal(json_int(how, "due"), at("2027-02-14T11:00:00+08:00"));
    json_t *after = clock_paused(&FESTIVAL, a, how, at("2027-02-04T17:00:00+08:00"), at("2027-02-14T10:00:00+08:00"));
    assert_int_equal(json_int(after, "due"),
                     at("2027-02-14T13:00:00+08:00")); /* one hour before, one after the festival */
    assert_int_equal(json_int(json_array_get(json_object_get(after, "pauses"), 0), "ms"), 2 * HOUR_MS);
}

/* A clock that was set back by an hour between pause and resume: nothing moves, nothing goes backwards. */
static void test_clock_set_back(void **state)
{
    Arena *a = *state;
    json_t *how = NULL;
    int64_t now = at("2027-02-04T10:00:00+08:00"), due = clock_due(&FESTIVAL, now, 24, HOURS, a, &how);
    json_t *after = clock_paused(&FESTIVAL, a, how, now + 2 * HOUR_MS, now + HOUR_MS);
    assert_int_equal(json_int(after, "due"), due);
    assert_int_equal(json_int(json_array_get(json_object_get(after, "pauses"), 0), "ms"), 0);
    for (Unit u = HOURS; u <= WORKING_DAYS; u++)
        assert_int_equal(clock_amount(&FESTIVAL, now, now, now - HOUR_MS, u), 0);
}

/* ---- a calendar with a gap ---- */

static Fail read_calendar(Arena *a, const char *text, Calendar *c)
{
    Fail f = FAIL_NONE;
    json_t *v = json_read(a, str_c(text), &f);
    assert_int_equal(f.err, OK);
    return calendar_read(a, v, c);
}

static void test_gap(void **state)
{
    Arena *a = *state;
    Calendar c;
    Fail f = read_calendar(a, "{\"days\":[{\"date\":\"2026-01-01\"},{\"date\":\"2028-01-01\"}]}", &c);
    assert_int_equal(f.err, ERR_INVALID);
    assert_string_equal(f.code, "calendar_gap");
    assert_int_equal(f.limit, 2027);
    f = read_calendar(a, "{\"covers_until\":\"2027-12-31\",\"days\":[{\"date\":\"2026-01-01\"}]}", &c);
    assert_string_equal(f.code, "calendar_gap");
    f = read_calendar(a, "{\"covers_until\":\"2026-06-30\",\"days\":[{\"date\":\"2026-10-01\"}]}", &c);
    assert_string_equal(f.code, "not_covered");
    assert_int_equal(f.limit, 20261001);
    f = read_calendar(a, "{\"covers_until\":\"2027-03-31\",\"days\":[{\"date\":\"2026-10-01\"}]}", &c);
    assert_int_equal(f.err, OK); /* part of a year may be known and have no day off */
    assert_int_equal(c.covers_from, 20260101);
    assert_int_equal(c.covers_until, 20270331);
}

/* What is counted beyond the years that are entered is said in the calculation, by its first day. */
static void test_uncovered_is_said(void **state)
{
    Arena *a = *state;
    json_t *how = NULL;
    clock_due(&FESTIVAL, at("2027-12-30T10:00:00+08:00"), 3, WORKING_DAYS, a, &how);
    assert_text(json_text(how, "uncovered"), "2028-01-01");
    clock_due(&FESTIVAL, at("2027-12-29T10:00:00+08:00"), 2, WORKING_DAYS, a, &how);
    assert_null(json_object_get(how, "uncovered"));
    json_t *after = clock_paused(&FESTIVAL, a, how, at("2027-12-30T09:00:00+08:00"), at("2028-01-03T09:00:00+08:00"));
    assert_text(json_text(after, "uncovered"), "2028-01-01");
    clock_due(&calendar_default, at("2027-07-01T10:00:00+08:00"), 1, WORKING_HOURS, a, &how);
    assert_text(json_text(how, "uncovered"), "2027-07-01"); /* nobody has entered any holiday */
    clock_due(&calendar_default, at("2027-07-01T10:00:00+08:00"), 24, HOURS, a, &how);
    assert_null(json_object_get(how, "uncovered")); /* emergency hours know no holidays */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_arena(test_any_calendar_any_pauses),
        with_arena(test_pause_over_the_festival),
        with_arena(test_working_hours_paused),
        with_arena(test_clock_set_back),
        with_arena(test_gap),
        with_arena(test_uncovered_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
