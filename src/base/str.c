/* Strings with a length, and a buffer to write them in. */
#include "base/base.h"

Str str_c(const char *c) {
    return c ? (Str){ c, strlen(c) } : S("");
}

/* memcmp and memmem must not be given NULL, not even with a length of zero: hence the guards. */
bool str_eq(Str a, Str b) {
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

bool str_is(Str a, const char *b) {
    return str_eq(a, str_c(b));
}

int str_cmp(Str a, Str b) {
    size_t n = a.n < b.n ? a.n : b.n;
    int order = n > 0 ? memcmp(a.p, b.p, n) : 0;
    if (order != 0) return order < 0 ? -1 : 1;
    return a.n < b.n ? -1 : a.n > b.n;
}

bool str_starts(Str s, Str prefix) {
    return s.n >= prefix.n && str_eq((Str){ s.p, prefix.n }, prefix);
}

bool str_ends(Str s, Str suffix) {
    if (s.n < suffix.n) return false;
    if (suffix.n == 0) return true;
    return memcmp(s.p + (s.n - suffix.n), suffix.p, suffix.n) == 0;
}

Str str_cut(Str *rest, char sep) {
    Str whole = *rest;
    const char *at = whole.n > 0 ? memchr(whole.p, sep, whole.n) : NULL;
    if (!at) {
        *rest = S("");
        return whole;
    }
    size_t n = (size_t)(at - whole.p);
    *rest = (Str){ at + 1, whole.n - n - 1 };
    return (Str){ whole.p, n };
}

static bool is_blank(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

Str str_trim(Str s) {
    while (s.n > 0 && is_blank(s.p[0])) {
        s.p++;
        s.n--;
    }
    while (s.n > 0 && is_blank(s.p[s.n - 1]))
        s.n--;
    return s;
}

int64_t str_find(Str s, Str what) {
    if (what.n == 0) return 0;
    if (s.n < what.n) return -1;
    const char *at = memmem(s.p, s.n, what.p, what.n);
    return at ? at - s.p : -1;
}

bool str_to_i64(Str s, int64_t *out) {
    bool negative = s.n > 0 && s.p[0] == '-';
    size_t i = negative ? 1 : 0;
    if (i == s.n) return false;
    int64_t value = 0; /* kept negative: INT64_MIN has no positive counterpart */
    for (; i < s.n; i++) {
        int digit = s.p[i] - '0';
        if (digit < 0 || digit > 9) return false;
        if (__builtin_mul_overflow(value, (int64_t)10, &value)) return false;
        if (__builtin_sub_overflow(value, (int64_t)digit, &value)) return false;
    }
    if (!negative && value == INT64_MIN) return false;
    *out = negative ? value : -value;
    return true;
}
