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
    int zone_minutes; /* +480 */
    int opens_minute,
        closes_minute; /* working hours of a day: 9:00 to 18:00 by default, lunch not taken off */
    const CalendarDay *days; /* exceptions, sorted by date */
    int n_days;
};
extern const Calendar calendar_default;
Calendar *calendar_load(Db *db, Arena *a, Str community,
                        Fail *f) MUST_USE; /* from the state table `setting` */

/* Checks and takes over a calendar as the setting holds it; NULL gives the default. Days lie in the
 * arena. */
Fail calendar_read(Arena *a, const json_t *setting, Calendar *c) MUST_USE;

/* The moment that lies `n` units after `from`. With arena a, *how (may be NULL) gets the
 * calculation as JSON:
 * {"from","limit","unit","skipped":[{"date","why"}],"due"}; why: weekend, holiday. Where it
 * happened also "extra":[{"date","why":"make_up"}] for weekend days that counted, and "more": how
 * many days beyond 100 are not listed. WORKING_DAYS: the day of the start is not counted, and the
 * last one ends when business closes. `from` of the three DUE units is the due time. n <= 0 gives
 * `from`. */
int64_t clock_due(const Calendar *c, int64_t from, int64_t n, Unit unit, Arena *a, json_t **how);
const char *unit_name(Unit u);
Unit unit_by_name(Str s); /* HOURS if unknown */

#endif
