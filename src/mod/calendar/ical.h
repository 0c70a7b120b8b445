/* ical: lines of a calendar (RFC 5545): CRLF, at most 75 octets each, folded between characters. */
#ifndef LINLI_MOD_CALENDAR_ICAL_H
#define LINLI_MOD_CALENDAR_ICAL_H

#include "base/base.h"

enum { ICAL_LINE_OCTETS = 75 };

/* name is as it stands ("DTSTART", "REFRESH-INTERVAL;VALUE=DURATION"), value as it is. */
void ical_line(Buf *out, const char *name, Str value);
/* The same with TEXT escaped (section 3.3.11); control characters but line feeds are left out. */
void ical_text(Buf *out, const char *name, Str text);
void ical_time(Buf *out, const char *name, int64_t ms); /* UTC, "20260702T130000Z" */

#endif
