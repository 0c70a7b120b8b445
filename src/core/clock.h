/* clock: due times by hours, working hours and working days, with the calculation that can be
 * shown. */
#ifndef LINLI_CLOCK_H
#define LINLI_CLOCK_H

#include "core/action.h"

typedef struct CalendarDay {
    int32_t date; /* yyyymmdd */
    bool working; /* a make-up workday, else a holiday */
} CalendarDay;

struct Calendar {
    int zone_minutes;                /* +480 */
    int opens_minute, closes_minute; /* working hours of a day: 9:00 to 18:00 by default, lunch not taken off */
    const CalendarDay *days;         /* exceptions, sorted by date */
    int n_days;
    int32_t covers_from, covers_until; /* yyyymmdd: from when until when the holidays are known; 0: never */
};
extern const Calendar calendar_default;
Calendar *calendar_load(Db *db, Arena *a, Str community, Fail *f) MUST_USE; /* from the state table `setting` */

/* Checks and takes over a calendar as the setting holds it; NULL gives the default. Days lie in the
 * arena. It covers covers_from to covers_until, or else the whole years of its days. ERR_INVALID:
 * calendar_gap (a whole year within has no day at all, limit: the year: every year has a holiday
 * notice of the State Council, so one was forgotten), not_covered (a day outside). */
Fail calendar_read(Arena *a, const json_t *setting, Calendar *c) MUST_USE;

/* The moment that lies `n` units after `from`. With arena a, *how (may be NULL) gets the
 * calculation as JSON:
 * {"from","limit","unit","skipped":[{"date","why"}],"due"}; why: weekend, holiday. Where it
 * happened also "extra":[{"date","why":"make_up"}] for weekend days that counted, and "more": how
 * many days beyond 100 are not listed; "uncovered": the first day that was counted although nobody has
 * entered its holidays (weekends only are known there). WORKING_DAYS: the day of the start is not counted, and the
 * last one ends when business closes. CALENDAR_DAYS: likewise, and only a last day that is off moves on. `from` of
 * the three DUE units is the due time. n <= 0 gives `from`. */
int64_t clock_due(const Calendar *c, int64_t from, int64_t n, Unit unit, Arena *a, json_t **how);

/* How much of [a, b) counts for a limit that began at `from`: of WORKING_DAYS the closings of
 * business on working days after the day of the start, else the milliseconds (WORKING_HOURS: while
 * the office is open). 0 if b <= a: a clock that was set back moves nothing. */
int64_t clock_amount(const Calendar *c, int64_t from, int64_t a, int64_t b, Unit unit);
/* The calculation `how` after a pause over [a, b): due moved by what of it counts, and the pause
 * added to how.pauses as {"from","until","ms" or "days"}. The same as counting all over again
 * while the clock does not run in the pause. `how` is left as it was. */
json_t *clock_paused(const Calendar *c, Arena *arena, const json_t *how, int64_t a, int64_t b);
/* The calculation after an extension that was approved at `now`; added to how.extensions as
 * {"from" (the due time before),"until","at"}. */
json_t *clock_extended(Arena *arena, const json_t *how, int64_t until, int64_t now);

const char *unit_name(Unit u);
Unit unit_by_name(Str s); /* HOURS if unknown */

#endif
