/* log: one JSON line per entry on stderr; keys and values that the program knows, never what a
 * person wrote. The type system helps: only static text and numbers are accepted. */
#ifndef LINLI_LOG_H
#define LINLI_LOG_H

#include "base/base.h"

typedef enum LogLevel { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR } LogLevel;

void log_level_set(LogLevel least);
/* log_line(LOG_INFO, "request", "route=%s status=%d us=%lld", ...): written as
 * {"at":"...","level":"info","event":"request","route":"...","status":200,"us":41}. Pairs are
 * separated by one blank; a value has no blanks (use _). */
void log_line(LogLevel level, const char *event, const char *pairs, ...) PRINTF_LIKE(3, 4);

#endif
