/* Any calendar, any pauses: the due time agrees with an oracle that has nothing of the program: it writes a wall
 * calendar day by day from one known date, and steps through it minute by minute. */
#include "unit.h"

#include "core/clock.h"

enum { DAYS_MAX = 60, PAUSES_MAX = 5, ROUNDS = 3000, WALL_DAYS = 500 };

typedef struct Span {
    int64_t from, until;
} Span;

static int64_t pick(uint64_t *seed, int64_t n)
{
    return (int64_t)(unit_random(seed) % (uint64_t)n);
}

/* ---- the oracle: a wall calendar from Tuesday, 1 December 2026 ---- */

static const int64_t WALL_FROM_MS = INT64_C(1796083200000); /* 2026-12-01T00:00:00Z: date -u -d @1796083200 */

static struct {
    int date, weekday; /* yyyymmdd; 1 Monday to 7 Sunday */
} wall[WALL_DAYS];

static int days_of(int year, int month)
{
    static const int lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return lengths[month - 1] + (month == 2 && leap);
}

static void hang_the_calendar(void)
{
    int year = 2026, month = 12, day = 1, weekday = 2;
    for (int i = 0; i < WALL_DAYS; i++) {
        wall[i].date = year * 10000 + month * 100 + day;
        wall[i].weekday = weekday;
        weekday = weekday == 7 ? 1 : weekday + 1;
        if (++day <= days_of(year, month)) continue;
        day = 1;
        if (++month <= 12) continue;
        month = 1;
        year++;
    }
}

static bool works_on(const Calendar *c, int day)
{
    for (int i = 0; i < c->n_days; i++)
        if (c->days[i].date == wall[day].date) return c->days[i].working;
    return wall[day].weekday <= 5;
}

static bool paused(const Span *pauses, int n, int64_t minute)
{
    for (int i = 0; i < n; i++)
        if (pauses[i].from <= minute && minute < pauses[i].until) return true;
    return false;
}

/* What the drawn cases were about: a property that never met a festival says little about festivals. */
static struct {
    int by_unit[3], made_up, holidays, over_new_year, paused, nothing_paused;
} seen;

/* Does this minute bring the limit nearer? Of working days it is the last minute of business, not on the first day. */
static bool counts(const Calendar *c, const bool *works, int day, int minute, int first_day, Unit unit)
{
    if (unit == HOURS) return true;
    if (!works[day]) return false;
    if (unit == WORKING_HOURS) return minute >= c->opens_minute && minute < c->closes_minute;
    return day != first_day && minute == c->closes_minute - 1;
}

static int64_t oracle(const Calendar *c, int64_t from, int64_t n, Unit unit, const Span *pauses, int n_pauses)
{
    bool works[WALL_DAYS];
    for (int i = 0; i < WALL_DAYS; i++)
        works[i] = works_on(c, i);
    int64_t left = unit == WORKING_DAYS ? n : n * 60, t = from;
    int64_t local = (from - WALL_FROM_MS) / MINUTE_MS + c->zone_minutes; /* since midnight of 1 December there */
    int first_day = (int)(local / 1440);
    for (; left > 0; t += MINUTE_MS, local++) {
        int day = (int)(local / 1440);
        assert_in_range(day, 0, WALL_DAYS - 1);
        if (paused(pauses, n_pauses, t) || !counts(c, works, day, (int)(local % 1440), first_day, unit)) continue;
        left--;
        if (unit != HOURS && wall[day].weekday > 5) seen.made_up++;
    }
    int last_day = (int)(local / 1440);
    seen.over_new_year += wall[first_day].date < 20270101 && wall[last_day].date >= 20270101;
    for (int day = first_day; unit != HOURS && day < last_day; day++)
        seen.holidays += !works[day] && wall[day].weekday <= 5;
    return t;
}

/* ---- any calendar ---- */

static Calendar any_calendar(uint64_t *seed, CalendarDay *days, int first)
{
    Calendar c = calendar_default;
    c.zone_minutes = (int)pick(seed, 1560) - 720;
    c.opens_minute = (int)pick(seed, 1380);
    c.closes_minute = c.opens_minute + 30 + (int)pick(seed, 1440 - c.opens_minute - 30 + 1);
    int n = 0, often = 2 + (int)pick(seed, 8); /* now and then a festival of weeks */
    for (int day = first; day < first + 150 && n < DAYS_MAX; day++)
        if (pick(seed, often) == 0) days[n++] = (CalendarDay){ wall[day].date, pick(seed, 3) == 0 };
    c.days = days;
    c.n_days = n;
    return c;
}

/* Where one is off by one: the same day's opening or closing, if it lies between. */
static int64_t near_a_border(uint64_t *seed, const Calendar *c, int64_t t, int64_t least, int64_t most)
{
    int64_t local = (t - WALL_FROM_MS) / MINUTE_MS + c->zone_minutes;
    int64_t minute = (pick(seed, 2) ? c->opens_minute : c->closes_minute) + pick(seed, 3) - 1;
    int64_t border = t + (minute - local % 1440) * MINUTE_MS;
    return pick(seed, 2) && border >= least && border < most ? border : t;
}

static void check_one(Arena *a, uint64_t *seed)
{
    static const Unit units[] = { HOURS, WORKING_HOURS, WORKING_DAYS };
    CalendarDay days[DAYS_MAX];
    Span pauses[PAUSES_MAX];
    enum { FIRST = 15 }; /* 16 December */
    Calendar c = any_calendar(seed, days, FIRST);
    int u = (int)pick(seed, COUNT(units));
    Unit unit = units[u];
    int64_t from = WALL_FROM_MS + FIRST * DAY_MS + pick(seed, 25 * 24 * 60) * MINUTE_MS;
    from = near_a_border(seed, &c, from, WALL_FROM_MS + FIRST * DAY_MS, from + DAY_MS);
    int64_t n = 1 + pick(seed, unit == WORKING_DAYS ? 15 : 60);
    json_t *how = NULL;
    int64_t due = clock_due(&c, from, n, unit, a, &how);
    int64_t t = from;
    int n_pauses = 0, wanted = (int)pick(seed, PAUSES_MAX + 1);
    assert_int_equal(due, oracle(&c, from, n, unit, pauses, 0));
    assert_int_equal(due, clock_due(&c, from, n, unit, NULL, NULL)); /* the same with and without explaining it */
    while (n_pauses < wanted && t < due) { /* nobody pauses what is overdue */
        Span p = { .from = t + pick(seed, (due - t) / MINUTE_MS) * MINUTE_MS };
        p.from = near_a_border(seed, &c, p.from, t, due);
        p.until = p.from + pick(seed, pick(seed, 2) ? 300 : 6 * 24 * 60) * MINUTE_MS;
        p.until = near_a_border(seed, &c, p.until, p.from, p.until + DAY_MS);
        how = clock_paused(&c, a, how, p.from, p.until);
        seen.nothing_paused += json_int(how, "due") == due;
        pauses[n_pauses++] = p;
        t = p.until;
        due = json_int(how, "due");
    }
    assert_int_equal(due, oracle(&c, from, n, unit, pauses, n_pauses));
    assert_int_equal(json_array_size(json_object_get(how, "pauses")), n_pauses);
    assert_int_equal(json_int(how, "limit"), n);
    seen.by_unit[u]++;
    seen.paused += n_pauses;
}

static void test_any_calendar_any_pauses(void **state)
{
    (void)state;
    uint64_t seed = 20270206;
    hang_the_calendar();
    assert_int_equal(wall[76].date, 20270215); /* of the spring below, by a printed calendar */
    assert_int_equal(wall[76].weekday, 1);
    for (int i = 0; i < ROUNDS; i++) {
        Arena *a = arena_new();
        check_one(a, &seed);
        arena_free(a);
    }
    for (int u = 0; u < 3; u++)
        assert_true(seen.by_unit[u] > ROUNDS / 4);
    assert_true(seen.made_up > ROUNDS && seen.holidays > ROUNDS && seen.over_new_year > ROUNDS / 2);
    assert_true(seen.paused > ROUNDS && seen.nothing_paused > 100);
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
