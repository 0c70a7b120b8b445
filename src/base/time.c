/* The proleptic Gregorian calendar by counting. Years are shifted to begin in March, so that the
 * leap day is a year's last; then a day number follows from whole 400-year cycles of 146097 days.
 */
#include "base/base.h"

#include <limits.h>

enum {
    CYCLE_YEARS = 400,
    CYCLE_DAYS = 146097,
    EPOCH_DAYS = 719468, /* from 0000-03-01 to 1970-01-01 */
};

static int64_t floor_div(int64_t a, int64_t b) {
    return a / b - (a % b < 0);
}

/* Days before the given month of a year that begins in March (0 March .. 11 February). */
static int64_t days_before_month(int64_t march_month) {
    return (153 * march_month + 2) / 5; /* five months, 31 30 31 30 31, have 153 days */
}

/* Years beyond +-290 million don't fit int64 milliseconds anyway; below that nothing here
 * overflows. */
static int64_t days_of(int64_t year, int64_t month, int64_t day) {
    int64_t months = year * 12 + month - 3; /* a month outside 1..12 moves the year */
    int64_t march_year = floor_div(months, 12);
    int64_t march_month = months - march_year * 12;
    int64_t cycle = floor_div(march_year, CYCLE_YEARS);
    int64_t in_cycle = march_year - cycle * CYCLE_YEARS;
    int64_t days = in_cycle * 365 + in_cycle / 4 - in_cycle / 100;
    return cycle * CYCLE_DAYS + days + days_before_month(march_month) + (day - 1) - EPOCH_DAYS;
}

static void date_of(int64_t days, Civil *c) {
    int64_t since = days + EPOCH_DAYS;
    int64_t cycle = floor_div(since, CYCLE_DAYS);
    int64_t day = since - cycle * CYCLE_DAYS;
    /* Take the leap days out that lie before: one each 1460 days, but not each 36524, but once at
     * the very end of the cycle. */
    int64_t year = (day - day / 1460 + day / 36524 - day / (CYCLE_DAYS - 1)) / 365;
    int64_t in_year = day - (year * 365 + year / 4 - year / 100);
    int64_t march_month = (5 * in_year + 2) / 153;
    c->day = (int)(in_year - days_before_month(march_month)) + 1;
    c->month = (int)(march_month < 10 ? march_month + 3 : march_month - 9);
    c->year = (int)(cycle * CYCLE_YEARS + year + (c->month <= 2));
}

Civil time_civil(int64_t ms, int zone_minutes) {
    int64_t days = floor_div(ms, DAY_MS);
    int64_t rest = ms % DAY_MS; /* split first: then nothing can overflow */
    if (rest < 0) rest += DAY_MS;
    rest += zone_minutes * MINUTE_MS;
    days += floor_div(rest, DAY_MS);
    rest -= floor_div(rest, DAY_MS) * DAY_MS;
    Civil c = { 0 };
    date_of(days, &c);
    c.hour = (int)(rest / HOUR_MS);
    c.minute = (int)(rest / MINUTE_MS % 60);
    c.second = (int)(rest / SECOND_MS % 60);
    c.ms = (int)(rest % SECOND_MS);
    c.weekday = (int)((days + 3) % 7 + 7) % 7 + 1; /* 1970-01-01 was a Thursday */
    return c;
}

int64_t time_from_civil(Civil c, int zone_minutes) {
    int64_t days = days_of(c.year, c.month, c.day);
    int64_t rest = c.hour * HOUR_MS + c.minute * MINUTE_MS + c.second * SECOND_MS + c.ms -
                   zone_minutes * MINUTE_MS;
    days += floor_div(rest, DAY_MS);
    rest -= floor_div(rest, DAY_MS) * DAY_MS;
    int64_t ms;
    if (days < 0) { /* from the day's end, so that the first instants of int64 are reached too */
        days++;
        rest -= DAY_MS;
    }
    if (__builtin_mul_overflow(days, DAY_MS, &ms) || __builtin_add_overflow(ms, rest, &ms))
        return days < 0 ? INT64_MIN : INT64_MAX;
    return ms;
}

Str time_iso(Arena *a, int64_t ms) {
    Civil c = time_civil(ms, 0);
    return arena_fmt(a, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", c.year, c.month, c.day, c.hour,
                     c.minute, c.second, c.ms);
}

/* Exactly `count` digits at the front of s, or false. */
static bool take_digits(Str *s, size_t count, int *out) {
    if (s->n < count) return false;
    int value = 0;
    for (size_t i = 0; i < count; i++) {
        int digit = s->p[i] - '0';
        if (digit < 0 || digit > 9) return false;
        value = value * 10 + digit;
    }
    s->p += count;
    s->n -= count;
    *out = value;
    return true;
}

static bool take_char(Str *s, char a, char b) {
    if (s->n == 0 || (s->p[0] != a && s->p[0] != b)) return false;
    s->p++;
    s->n--;
    return true;
}

static int days_in_month(int year, int month) {
    return (int)(days_of(year, month + 1, 1) - days_of(year, month, 1));
}

static bool take_date(Str *s, Civil *c) {
    return take_digits(s, 4, &c->year) && take_char(s, '-', '-') && take_digits(s, 2, &c->month) &&
           take_char(s, '-', '-') && take_digits(s, 2, &c->day) && c->month >= 1 &&
           c->month <= 12 && c->day >= 1 && c->day <= days_in_month(c->year, c->month);
}

static bool take_clock(Str *s, Civil *c) {
    bool ok = take_digits(s, 2, &c->hour) && take_char(s, ':', ':') &&
              take_digits(s, 2, &c->minute) && take_char(s, ':', ':') &&
              take_digits(s, 2, &c->second) && c->hour <= 23 && c->minute <= 59 && c->second <= 60;
    if (!ok) return false;
    if (!take_char(s, '.', '.')) return true;
    int digit, weight = 100;
    bool any = false;
    while (take_digits(s, 1, &digit)) { /* beyond milliseconds: cut off, not rounded */
        c->ms += digit * weight;
        weight /= 10;
        any = true;
    }
    return any;
}

static bool take_zone(Str *s, int *minutes) {
    *minutes = 0;
    if (take_char(s, 'Z', 'z')) return true;
    bool west = s->n > 0 && s->p[0] == '-';
    int h, m;
    if (!take_char(s, '+', '-') || !take_digits(s, 2, &h) || !take_char(s, ':', ':') ||
        !take_digits(s, 2, &m) || h > 23 || m > 59)
        return false;
    *minutes = (west ? -1 : 1) * (h * 60 + m);
    return true;
}

bool time_parse(Str s, int64_t *ms) {
    Civil c = { 0 };
    int zone;
    if (!take_date(&s, &c) || !take_char(&s, 'T', 't') || !take_clock(&s, &c) ||
        !take_zone(&s, &zone) || s.n > 0)
        return false;
    int64_t at = time_from_civil(c, zone);
    /* A leap second stands at the end of a UTC day only; like POSIX we count it as the next second.
     */
    if (c.second == 60 && floor_div(at, SECOND_MS) % (DAY_MS / SECOND_MS) != 0) return false;
    *ms = at;
    return true;
}
