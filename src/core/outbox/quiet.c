/* When a person is left in peace. Pure. */
#include "core/outbox.h"

enum { MINUTES_OF_DAY = 24 * 60 };

int64_t quiet_ends_at(int64_t now, int zone_minutes, int64_t from_minute, int64_t until_minute)
{
    Civil t = time_civil(now, zone_minutes);
    int64_t minute = t.hour * 60 + t.minute;
    bool over_midnight = from_minute > until_minute;
    bool quiet = over_midnight ? minute >= from_minute || minute < until_minute
                               : minute >= from_minute && minute < until_minute;
    if (!quiet) return 0;
    int64_t left = (until_minute - minute + MINUTES_OF_DAY) % MINUTES_OF_DAY;
    return now - t.second * SECOND_MS - t.ms + left * MINUTE_MS;
}
