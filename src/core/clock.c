/* Due times. Pure: the calendar is handed in, the calculation is handed out and goes into the
 * event.
 *
 * Working days are counted as the Civil Code of the PRC counts them (articles 201 and 203): the day
 * of the start is not counted, and the last day ends when business closes; a day off at the end
 * moves it to the next working day. Working hours run only while the office is open. Hours run
 * through. */
#include "core/clock.h"

#include "core/setting.h"

#include <stdlib.h>

const Calendar calendar_default = { .zone_minutes = 480, .opens_minute = 9 * 60, .closes_minute = 18 * 60 };

static const char *const UNITS[] = { "hours",  "working_hours",   "working_days",      "before_due_hours",
                                     "at_due", "after_due_hours", "before_due_percent",
                                     "calendar_days" };

const char *unit_name(Unit u)
{
    assert((int)u >= 0 && (int)u < COUNT(UNITS));
    return UNITS[u];
}

Unit unit_by_name(Str s)
{
    for (int i = 0; i < COUNT(UNITS); i++)
        if (str_is(s, UNITS[i])) return (Unit)i;
    return HOURS;
}

/* ---- days: numbered from 1970-01-01 in the calendar's zone ---- */

typedef enum DayKind { WORKDAY, MAKE_UP, WEEKEND, HOLIDAY } DayKind;

static int64_t day_of(const Calendar *c, int64_t ms)
{
    int64_t local = ms + c->zone_minutes * MINUTE_MS;
    return local >= 0 ? local / DAY_MS : -((DAY_MS - 1 - local) / DAY_MS);
}

static int64_t day_start(const Calendar *c, int64_t day)
{
    return day * DAY_MS - c->zone_minutes * MINUTE_MS;
}

static int32_t day_date(int64_t day)
{
    Civil x = time_civil(day * DAY_MS, 0);
    return (int32_t)(x.year * 10000 + x.month * 100 + x.day);
}

static DayKind day_kind(const Calendar *c, int64_t day)
{
    int32_t date = day_date(day);
    int low = 0, high = c->n_days;
    while (low < high) {
        int mid = (low + high) / 2;
        if (c->days[mid].date < date)
            low = mid + 1;
        else
            high = mid;
    }
    int64_t weekday = ((day + 3) % 7 + 7) % 7; /* 0 Monday; 1970-01-01 was a Thursday */
    if (low < c->n_days && c->days[low].date == date) {
        if (!c->days[low].working) return HOLIDAY;
        return weekday >= 5 ? MAKE_UP : WORKDAY;
    }
    return weekday >= 5 ? WEEKEND : WORKDAY;
}

/* ---- the calculation, as it is shown ---- */

enum { SHOWN_MAX = 100 };

typedef struct Tally {
    Arena *arena; /* NULL: nobody asked how */
    const Calendar *calendar;
    json_t *skipped, *extra;
    int64_t more;  /* days left out beyond SHOWN_MAX */
    Str uncovered; /* first day whose holidays nobody has entered */
} Tally;

static Str date_text(Arena *a, int64_t day)
{
    Civil x = time_civil(day * DAY_MS, 0);
    return arena_fmt(a, "%04d-%02d-%02d", x.year, x.month, x.day);
}

static void tally(Tally *t, int64_t day, DayKind kind)
{
    if (t->arena == NULL) return;
    int32_t date = day_date(day);
    if (t->uncovered.n == 0 && (date < t->calendar->covers_from || date > t->calendar->covers_until))
        t->uncovered = date_text(t->arena, day);
    if (kind == WORKDAY) return;
    if (json_array_size(t->skipped) + json_array_size(t->extra) >= SHOWN_MAX) {
        t->more++;
        return;
    }
    json_t *row = json_new_object(t->arena);
    json_put_text(row, "date", date_text(t->arena, day));
    json_put_text(row, "why", kind == HOLIDAY ? S("holiday") : kind == WEEKEND ? S("weekend") : S("make_up"));
    json_array_append(kind == MAKE_UP ? t->extra : t->skipped, row);
}

/* ---- counting ---- */

static int64_t add_working_days(const Calendar *c, int64_t from, int64_t n, Tally *t)
{
    int64_t day = day_of(c, from);
    while (n > 0) {
        DayKind kind = day_kind(c, ++day);
        tally(t, day, kind);
        if (kind <= MAKE_UP) n--;
    }
    return day_start(c, day) + c->closes_minute * MINUTE_MS;
}

/* The day of the start is not counted, and a last day that is off becomes the next working day. */
static int64_t add_calendar_days(const Calendar *c, int64_t from, int64_t n, Tally *t)
{
    int64_t day = day_of(c, from) + n;
    for (DayKind kind; (kind = day_kind(c, day)) > MAKE_UP; day++)
        tally(t, day, kind);
    return day_start(c, day) + c->closes_minute * MINUTE_MS;
}

static int64_t add_working_ms(const Calendar *c, int64_t from, int64_t left, Tally *t)
{
    for (int64_t day = day_of(c, from);; day++) {
        DayKind kind = day_kind(c, day);
        tally(t, day, kind);
        if (kind > MAKE_UP) continue;
        int64_t opens = day_start(c, day) + c->opens_minute * MINUTE_MS;
        int64_t closes = day_start(c, day) + c->closes_minute * MINUTE_MS;
        int64_t start = from > opens ? from : opens;
        if (start >= closes) continue;
        if (closes - start >= left) return start + left;
        left -= closes - start;
    }
}

static int64_t count(const Calendar *c, int64_t from, int64_t n, Unit unit, Tally *t)
{
    if (n <= 0) return from;
    switch (unit) {
    case HOURS:
    case AFTER_DUE_HOURS: return from + n * HOUR_MS;
    case BEFORE_DUE_HOURS: return from - n * HOUR_MS;
    case WORKING_HOURS: return add_working_ms(c, from, n * HOUR_MS, t);
    case WORKING_DAYS: return add_working_days(c, from, n, t);
    case CALENDAR_DAYS: return add_calendar_days(c, from, n, t);
    case AT_DUE:
    case BEFORE_DUE_PERCENT: break;
    }
    return from;
}

enum { UNITS_AHEAD_MAX = 100 * 1000 }; /* eleven years of hours; keeps every sum far from overflow */

static Tally tally_new(const Calendar *c, Arena *a, const json_t *before)
{
    const json_t *skipped = json_object_get(before, "skipped"), *extra = json_object_get(before, "extra");
    return (Tally){ .arena = a,
                    .calendar = c,
                    .skipped =
                        skipped != NULL ? json_keep(a, json_copy((json_t *)(uintptr_t)skipped)) : json_new_array(a),
                    .extra = extra != NULL ? json_keep(a, json_copy((json_t *)(uintptr_t)extra)) : json_new_array(a),
                    .more = json_int(before, "more"),
                    .uncovered = json_text(before, "uncovered") };
}

static void tally_put(const Tally *t, json_t *how)
{
    json_put(how, "skipped", t->skipped);
    if (json_array_size(t->extra) > 0) json_put(how, "extra", t->extra);
    if (t->more > 0) json_put_int(how, "more", t->more);
    if (t->uncovered.n > 0) json_put_text(how, "uncovered", t->uncovered);
}

int64_t clock_due(const Calendar *c, int64_t from, int64_t n, Unit unit, Arena *a, json_t **how)
{
    assert(c->opens_minute >= 0 && c->opens_minute < c->closes_minute && c->closes_minute <= 24 * 60);
    Tally t = { 0 };
    if (how != NULL && a != NULL) t = tally_new(c, a, NULL);
    int64_t due = count(c, from, n < UNITS_AHEAD_MAX ? n : UNITS_AHEAD_MAX, unit, &t);
    if (t.arena == NULL) return due;
    *how = json_new_object(a);
    json_put_int(*how, "from", from);
    json_put_int(*how, "limit", n);
    json_put_text(*how, "unit", str_c(unit_name(unit)));
    tally_put(&t, *how);
    json_put_int(*how, "due", due);
    return due;
}

/* ---- pauses and extensions ---- */

static int64_t open_ms(const Calendar *c, int64_t a, int64_t b)
{
    int64_t sum = 0;
    for (int64_t day = day_of(c, a); day_start(c, day) < b; day++) {
        if (day_kind(c, day) > MAKE_UP) continue;
        int64_t opens = day_start(c, day) + c->opens_minute * MINUTE_MS;
        int64_t closes = day_start(c, day) + c->closes_minute * MINUTE_MS;
        int64_t start = a > opens ? a : opens, end = b < closes ? b : closes;
        if (end > start) sum += end - start;
    }
    return sum;
}

/* Closings in (a, b], none on the day of the start. */
static int64_t closings(const Calendar *c, int64_t from, int64_t a, int64_t b)
{
    int64_t n = 0, first = day_of(c, from) + 1, day = day_of(c, a);
    for (day = day > first ? day : first; day_start(c, day) < b; day++) {
        int64_t closes = day_start(c, day) + c->closes_minute * MINUTE_MS;
        if (day_kind(c, day) <= MAKE_UP && a < closes && closes <= b) n++;
    }
    return n;
}

enum { PAUSE_DAYS_MAX = 3660 };

int64_t clock_amount(const Calendar *c, int64_t from, int64_t a, int64_t b, Unit unit)
{
    if (b > a + PAUSE_DAYS_MAX * DAY_MS) b = a + PAUSE_DAYS_MAX * DAY_MS;
    if (b <= a) return 0;
    if (unit == WORKING_DAYS) return closings(c, from, a, b);
    return unit == WORKING_HOURS ? open_ms(c, a, b) : b - a;
}

static void add_row(Arena *a, json_t *how, const char *list, json_t *row)
{
    json_t *before = json_object_get(how, list);
    json_t *rows = before != NULL ? json_keep(a, json_copy(before)) : json_new_array(a);
    json_array_append(rows, row);
    json_put(how, list, rows);
}

json_t *clock_paused(const Calendar *c, Arena *arena, const json_t *how, int64_t a, int64_t b)
{
    json_t *after = json_keep(arena, json_copy((json_t *)(uintptr_t)how));
    Unit unit = unit_by_name(json_text(how, "unit"));
    int64_t due = json_int(how, "due"), amount = clock_amount(c, json_int(how, "from"), a, b, unit);
    Tally t = tally_new(c, arena, how);
    if (amount > 0 && unit == WORKING_DAYS)
        due = add_working_days(c, due - 1, amount, &t); /* business may close at midnight: still that day */
    else if (amount > 0)
        due = unit == WORKING_HOURS ? add_working_ms(c, due, amount, &t) : due + amount;
    json_t *row = json_new_object(arena);
    json_put_int(row, "from", a);
    json_put_int(row, "until", b);
    json_put_int(row, unit == WORKING_DAYS ? "days" : "ms", amount);
    add_row(arena, after, "pauses", row);
    tally_put(&t, after);
    json_put_int(after, "due", due);
    return after;
}

json_t *clock_extended(Arena *arena, const json_t *how, int64_t until, int64_t now)
{
    json_t *after = how != NULL ? json_keep(arena, json_copy((json_t *)(uintptr_t)how)) : json_new_object(arena);
    json_t *row = json_new_object(arena);
    json_put_int(row, "from", json_int(how, "due"));
    json_put_int(row, "until", until);
    json_put_int(row, "at", now);
    add_row(arena, after, "extensions", row);
    json_put_int(after, "due", until);
    return after;
}

/* ---- the calendar in the settings ---- */

static bool date_number(Str s, int32_t *out)
{
    Str year = str_cut(&s, '-'), month = str_cut(&s, '-');
    int64_t y, m, d;
    if (!str_to_i64(year, &y) || !str_to_i64(month, &m) || !str_to_i64(s, &d)) return false;
    if (y < 1970 || y > 9999 || m < 1 || m > 12 || d < 1 || d > 31) return false;
    Civil there = { .year = (int)y, .month = (int)m, .day = (int)d };
    Civil back = time_civil(time_from_civil(there, 0), 0);
    if (back.month != (int)m || back.day != (int)d) return false; /* 30 February */
    *out = (int32_t)(y * 10000 + m * 100 + d);
    return true;
}

static int by_date(const void *a, const void *b)
{
    int32_t x = ((const CalendarDay *)a)->date, y = ((const CalendarDay *)b)->date;
    return (x > y) - (x < y);
}

static int64_t int_or(const json_t *object, const char *key, int64_t otherwise)
{
    const json_t *v = json_object_get(object, key);
    return json_is_integer(v) ? json_integer_value(v) : otherwise;
}

/* Which days the list knows about; see clock.h. */
static Fail calendar_covers(const json_t *setting, Calendar *c)
{
    Str from = json_text(setting, "covers_from"), until = json_text(setting, "covers_until");
    if (c->n_days > 0) {
        c->covers_from = c->days[0].date / 10000 * 10000 + 101;
        c->covers_until = c->days[c->n_days - 1].date / 10000 * 10000 + 1231;
    }
    if (from.n > 0 && !date_number(from, &c->covers_from))
        return fail_field(ERR_INVALID, "bad_format", "calendar.covers_from", 0);
    if (until.n > 0 && !date_number(until, &c->covers_until))
        return fail_field(ERR_INVALID, "bad_format", "calendar.covers_until", 0);
    for (int i = 0; i < c->n_days; i++)
        if (c->days[i].date < c->covers_from || c->days[i].date > c->covers_until)
            return fail_field(ERR_INVALID, "not_covered", "calendar.days", c->days[i].date);
    int32_t first = (c->covers_from + 9898) / 10000, last = (c->covers_until - 1231) / 10000; /* whole years within */
    for (int32_t year = first, i = 0; c->n_days > 0 && year <= last; year++) {
        while (i < c->n_days && c->days[i].date / 10000 < year)
            i++;
        if (i == c->n_days || c->days[i].date / 10000 != year)
            return fail_field(ERR_INVALID, "calendar_gap", "calendar.days", year);
    }
    return FAIL_NONE;
}

Fail calendar_read(Arena *a, const json_t *setting, Calendar *c)
{
    *c = calendar_default;
    int64_t zone = int_or(setting, "zone_minutes", c->zone_minutes);
    int64_t opens = int_or(setting, "opens_minute", c->opens_minute);
    int64_t closes = int_or(setting, "closes_minute", c->closes_minute);
    if (zone < -12 * 60 || zone > 14 * 60) return fail_field(ERR_INVALID, "not_one_of", "calendar.zone_minutes", 0);
    if (opens < 0 || closes > 24 * 60 || opens >= closes)
        return fail_field(ERR_INVALID, "too_small", "calendar.closes_minute", opens + 1);
    c->zone_minutes = (int)zone;
    c->opens_minute = (int)opens;
    c->closes_minute = (int)closes;
    const json_t *list = json_object_get(setting, "days");
    int n = (int)json_array_size(list);
    CalendarDay *days = arena_array(a, CalendarDay, n + 1);
    for (int i = 0; i < n; i++) {
        const json_t *row = json_array_get(list, (size_t)i);
        if (!date_number(json_text(row, "date"), &days[i].date))
            return fail_field(ERR_INVALID, "bad_format", arena_fmt(a, "calendar.days[%d].date", i).p, 0);
        days[i].working = json_bool(row, "working");
    }
    qsort(days, (size_t)n, sizeof *days, by_date);
    for (int i = 1; i < n; i++)
        if (days[i].date == days[i - 1].date) return fail_field(ERR_INVALID, "twice", "calendar.days", days[i].date);
    c->days = days;
    c->n_days = n;
    return calendar_covers(setting, c);
}

Calendar *calendar_load(Db *db, Arena *a, Str community, Fail *f)
{
    Calendar *c = arena_new_of(a, Calendar);
    json_t *setting = setting_value(db, a, community, "calendar", f);
    if (f->err != OK) return NULL;
    *f = calendar_read(a, setting, c);
    return f->err == OK ? c : NULL;
}
