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

void fail_about(Fail *f, Str id)
{
    size_t n = id.n < sizeof f->about ? id.n : sizeof f->about - 1;
    memcpy(f->about, id.p, n);
    f->about[n] = 0;
}
