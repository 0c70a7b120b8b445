/* log: one JSON line per entry on stderr; keys and values that the program knows, never what a
 * person wrote. The type system helps: only static text and numbers are accepted. */
#ifndef LINLI_LOG_H
#define LINLI_LOG_H

#include "base/base.h"

typedef enum LogLevel { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR } LogLevel;

void log_level_set(LogLevel least);
/* From now on into this file (made 0600, appended to) instead of stderr. Beyond `bytes_max` it becomes FILE.1, FILE.1
 * becomes FILE.2 and so on up to FILE.`kept`. False: errno says why, and stderr stays. Once, before threads. */
bool log_to_file(const char *file, int64_t bytes_max, int kept) MUST_USE;
/* Opens the file again, after somebody else has moved it away; no file: does nothing. Any thread. */
bool log_reopen(void);
/* log_line(LOG_INFO, "request", "route=%s status=%d us=%lld", ...): written as
 * {"at":"...","level":"info","event":"request","route":"...","status":200,"us":41}. Pairs are
 * separated by one blank; a value has no blanks (use _). */
void log_line(LogLevel level, const char *event, const char *pairs, ...) PRINTF_LIKE(3, 4);

#endif
