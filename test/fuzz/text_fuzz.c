/* The small parsers of base: what they accept has one meaning, and written again is what was read.
 */
#include "base/base.h"

#include <stdlib.h>

#define CHECK(truth)                                                                               \
    do {                                                                                           \
        if (!(truth)) abort();                                                                     \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void check_numbers_and_times(Arena *a, Str s) {
    int64_t n, back;
    if (str_to_i64(s, &n)) {
        Buf b = buf_new(a, 0);
        buf_i64(&b, n);
        CHECK(str_to_i64(buf_str(&b), &back) && back == n);
    }
    if (time_parse(s, &n)) {
        Str iso = time_iso(a, n);
        /* A zone may push the first and the last day out of the four digits of a year. */
        if (n >= INT64_C(-62167219200000) && n <= INT64_C(253402300799999))
            CHECK(time_parse(iso, &back) && back == n);
        CHECK(time_from_civil(time_civil(n, 480), 480) == n);
    }
    if (s.n >= sizeof n) {
        memcpy(&n, s.p, sizeof n);
        CHECK(time_from_civil(time_civil(n, 0), 0) == n);
    }
}

static void check_codings(Arena *a, Str s) {
    Str bytes, back;
    if (hex_to(a, s, &bytes)) CHECK(hex_to(a, hex_of(a, bytes), &back) && str_eq(back, bytes));
    if (base64url_to(a, s, &bytes)) CHECK(str_eq(base64url_of(a, bytes), s));
    CHECK(hex_to(a, hex_of(a, s), &back) && str_eq(back, s));
    CHECK(base64url_to(a, base64url_of(a, s), &back) && str_eq(back, s));
    Str normal = base32_normal(a, s);
    CHECK(str_eq(base32_normal(a, normal), normal));
    if (id_valid(s)) CHECK(id_time(s) >= 0 && id_time(s) < INT64_C(1) << 48);
}

/* Decoded character by character and put together again. */
static void check_utf8(Arena *a, Str s) {
    Buf b = buf_new(a, 0);
    bool valid = true;
    int64_t count = 0;
    for (Str rest = s; rest.n > 0; count++) {
        int32_t c = utf8_next(&rest);
        if (c < 0) {
            valid = false;
        } else {
            utf8_put(&b, c);
        }
    }
    CHECK(valid == utf8_valid(s));
    CHECK(utf8_valid(buf_str(&b)));
    if (valid) CHECK(str_eq(buf_str(&b), s) && utf8_count(s) == count);
}

static void check_cuts(Str s) {
    size_t total = 0, pieces = 0;
    Str rest = s;
    do {
        total += str_cut(&rest, ',').n;
        pieces++;
    } while (rest.n > 0);
    bool ends = s.n > 0 && s.p[s.n - 1] == ',';
    CHECK(total + pieces - (ends ? 0 : 1) == s.n);
    CHECK(str_trim(str_trim(s)).n == str_trim(s).n);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    Arena *a = arena_new();
    Str s = { (const char *)bytes, n };
    check_numbers_and_times(a, s);
    check_codings(a, s);
    check_utf8(a, s);
    check_cuts(s);
    arena_free(a);
    return 0;
}
