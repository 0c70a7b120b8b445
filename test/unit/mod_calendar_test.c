/* Lines of a calendar: escaped and folded as RFC 5545 says, read back by a reader that knows nothing else. */
#include "unit.h"

#include "mod/calendar/ical.h"

static Str line_of(Arena *a, const char *text)
{
    Buf out = buf_new(a, 256);
    ical_text(&out, "SUMMARY", str_c(text));
    return buf_str(&out);
}

/* Section 3.1: takes the folds out again. */
static Str unfolded(Arena *a, Str s)
{
    Buf out = buf_new(a, s.n + 1);
    for (size_t i = 0; i < s.n; i++) {
        if (i + 2 < s.n && memcmp(s.p + i, "\r\n ", 3) == 0)
            i += 2;
        else
            buf_char(&out, s.p[i]);
    }
    return buf_str(&out);
}

static void text_is_escaped(void **state)
{
    Arena *a = arena_new();
    (void)state;
    assert_text(line_of(a, "a,b;c\\d:e\"f"), "SUMMARY:a\\,b\\;c\\\\d:e\"f\r\n");
    assert_text(line_of(a, "one\ntwo\r\tthree\x7f"), "SUMMARY:one\\ntwothree\r\n");
    assert_text(line_of(a, ""), "SUMMARY:\r\n");
    arena_free(a);
}

static void lines_are_folded_between_characters(void **state)
{
    static const char *const words[] = { "x", "社", "ཆུ་", "𠀀", "é" };
    Arena *a = arena_new();
    (void)state;
    for (int w = 0; w < COUNT(words); w++)
        for (int n = 1; n < 200; n++) {
            Buf text = buf_new(a, 1024);
            for (int i = 0; i < n; i++)
                buf_c(&text, words[w]);
            Str line = line_of(a, buf_str(&text).p), rest = line;
            assert_text(unfolded(a, line), arena_fmt(a, "SUMMARY:%.*s\r\n", STR_ARG(buf_str(&text))).p);
            while (rest.n > 0) {
                Str one = str_cut(&rest, '\n');
                assert_true(one.n <= ICAL_LINE_OCTETS + 1 && one.p[one.n - 1] == '\r'); /* 75 and the CR */
                assert_true(utf8_valid(one));
            }
        }
    arena_free(a);
}

static void times_are_utc(void **state)
{
    Arena *a = arena_new();
    Buf out = buf_new(a, 64);
    (void)state;
    ical_time(&out, "DUE", INT64_C(1782997200000));
    assert_text(buf_str(&out), "DUE:20260702T130000Z\r\n");
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_is_escaped),
        cmocka_unit_test(lines_are_folded_between_characters),
        cmocka_unit_test(times_are_utc),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
