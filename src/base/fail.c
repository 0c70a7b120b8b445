#include "base/fail.h"

Fail fail(Err err, const char *code) {
    return (Fail){ .err = err, .code = code };
}

Fail fail_field(Err err, const char *code, const char *field, int64_t limit) {
    Fail f = { .err = err, .code = code, .limit = limit };
    Str s = str_c(field);
    size_t n = s.n < FAIL_FIELD_MAX ? s.n : FAIL_FIELD_MAX - 1;
    /* Cut before a character, not within: the field is printed as JSON. */
    while (n < s.n && n > 0 && ((uint8_t)s.p[n] & 0xC0) == 0x80)
        n--;
    memcpy(f.field, s.p, n);
    return f;
}

static void take(char *to, size_t max, Str s)
{
    size_t n = s.n < max ? s.n : max - 1;
    if (n > 0) memcpy(to, s.p, n);
    to[n] = 0;
}

void fail_about(Fail *f, Str id)
{
    take(f->about, sizeof f->about, id);
}

void fail_first(Fail *f, Str by, Str did, int64_t at)
{
    take(f->by, sizeof f->by, by);
    take(f->did, sizeof f->did, did);
    f->at = at;
}
