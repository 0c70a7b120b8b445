/* json_raw: reading JSON that we printed ourselves (json_print: compact, no member twice) without making values of it.
 * A value is a piece of the text. On text that is not ours nothing is read beyond its end, but what comes out is
 * worth nothing: bytes from outside go through json_read. */
#ifndef LINLI_JSON_RAW_H
#define LINLI_JSON_RAW_H

#include "base/json.h"

Str raw_inside(Str value); /* what stands between the brackets of an object or list; "" for anything else */
/* Each takes one off the front of `inside`; false at the end. The key comes without its quotes. */
bool raw_member(Str *inside, Str *key, Str *value);
bool raw_item(Str *inside, Str *value);
Str raw_get(Str object, const char *key); /* "" if absent */
Str raw_text(Arena *a, Str value);        /* of a string, decoded; "" for anything else */

/* All of it as values; a third of what json_read takes. NULL where the text is visibly not ours. */
json_t *raw_value(Arena *a, Str value) MUST_USE;

static inline bool raw_is(Str value, char first) /* '{' '[' '"' 'n' ... */
{
    return value.n > 0 && value.p[0] == first;
}

#endif
