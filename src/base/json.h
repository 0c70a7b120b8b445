/* json in: jansson, strict UTF-8, no duplicate keys, bounded. json out: our writer into a Buf.
 * A parsed value belongs to the arena that it was parsed with. */
#ifndef LINLI_JSON_H
#define LINLI_JSON_H

#include "base/fail.h"
#include <jansson.h>

enum { JSON_DEPTH_MAX = 16 };

/* Refuses bad UTF-8, NUL, duplicate keys, depth over JSON_DEPTH_MAX, integers outside int64, reals
 * that are not finite, trailing bytes, and a root that is neither object nor array: ERR_MALFORMED
 * with code json_syntax (then field is "line 3 column 7"), json_utf8, json_depth,
 * json_duplicate_key, json_number. */
json_t *json_read(Arena *a, Str text, Fail *f) MUST_USE;
json_t *json_keep(Arena *a, json_t *owned); /* the arena now owns this reference */
void json_ready(void); /* before the first value of a process is made; json_read and json_new_* do it themselves */
json_t *json_new_object(Arena *a);
json_t *json_new_array(Arena *a);
Str json_text(const json_t *object, const char *key);    /* "" if absent or not a string */
int64_t json_int(const json_t *object, const char *key); /* 0 if absent or not an integer */
bool json_bool(const json_t *object, const char *key);
void json_put_text(json_t *object, const char *key, Str value); /* asserts valid UTF-8 */
void json_put_int(json_t *object, const char *key, int64_t value);
void json_put_bool(json_t *object, const char *key, bool value);
void json_put(json_t *object, const char *key, json_t *value); /* takes a reference of its own */
/* Compact, members in the order they were put in, UTF-8 as it is. The canonical form of linli. */
Str json_print(Arena *a, const json_t *value);

/* ---- writer ---- */
typedef struct Json {
    Buf *out;
    bool comma;
} Json;

Json json_to(Buf *out);
void jw_open(Json *j, char bracket);  /* '{' or '[' */
void jw_close(Json *j, char bracket); /* '}' or ']' */
void jw_key(Json *j, const char *key);
void jw_raw_key(Json *j, Str key); /* already escaped, without its quotes */
void jw_text(Json *j, Str s);
void jw_int(Json *j, int64_t n);
void jw_e7(Json *j, int64_t e7); /* ten-millionths, as a decimal: 911172000 is 91.1172000 */
void jw_bool(Json *j, bool b);
void jw_null(Json *j);
void jw_raw(Json *j, Str json); /* already JSON */
void jw_value(Json *j, const json_t *v);
/* key and value at once */
void jw_put_text(Json *j, const char *key, Str s);
void jw_put_int(Json *j, const char *key, int64_t n);
void jw_put_bool(Json *j, const char *key, bool b);
void jw_put_raw(Json *j, const char *key, Str json);

#endif
