#include "unit.h"

static void test_compare(void **state) {
    (void)state;
    assert_true(str_eq(S("abc"), S("abc")));
    assert_false(str_eq(S("abc"), S("abd")));
    assert_false(str_eq(S("abc"), S("ab")));
    assert_true(str_eq((Str){ NULL, 0 }, S("")));
    assert_true(str_is(str_c(NULL), ""));
    assert_int_equal(str_cmp(S("a"), S("b")), -1);
    assert_int_equal(str_cmp(S("b"), S("a")), 1);
    assert_int_equal(str_cmp(S("a"), S("ab")), -1);
    assert_int_equal(str_cmp(S("ab"), S("a")), 1);
    assert_int_equal(str_cmp(S(""), (Str){ NULL, 0 }), 0);
    assert_int_equal(str_cmp(S("\x7f"), S("\x80")), -1); /* bytes are unsigned */
    assert_int_equal(str_cmp(S("Z"), S("a")), -1);
}

static void test_ends(void **state) {
    (void)state;
    assert_true(str_starts(S("/api/v1/x"), S("/api/")));
    assert_true(str_starts(S("x"), S("")));
    assert_false(str_starts(S("/ap"), S("/api")));
    assert_false(str_starts(S("xapi"), S("api")));
    assert_true(str_ends(S("a.json"), S(".json")));
    assert_true(str_ends(S("x"), (Str){ NULL, 0 }));
    assert_false(str_ends(S("json"), S(".json")));
    assert_false(str_ends(S("a.jso"), S(".json")));
}

static void test_cut(void **state) {
    (void)state;
    Str rest = S("a,,bc");
    assert_text(str_cut(&rest, ','), "a");
    assert_text(rest, ",bc");
    assert_text(str_cut(&rest, ','), "");
    assert_text(str_cut(&rest, ','), "bc");
    assert_text(rest, "");
    assert_text(str_cut(&rest, ','), "");
    rest = S("a,");
    assert_text(str_cut(&rest, ','), "a");
    assert_text(rest, "");
    rest = (Str){ NULL, 0 };
    assert_text(str_cut(&rest, ','), "");
}

static void test_trim_and_find(void **state) {
    (void)state;
    assert_text(str_trim(S(" \t\r\n\v\fa b \n")), "a b");
    assert_text(str_trim(S(" \t ")), "");
    assert_text(str_trim(S("")), "");
    assert_text(str_trim(S("\xC2\xA0x")), "\xC2\xA0x"); /* ASCII blanks only */
    assert_int_equal(str_find(S("abcabd"), S("abd")), 3);
    assert_int_equal(str_find(S("abc"), S("abcd")), -1);
    assert_int_equal(str_find(S("abc"), S("x")), -1);
    assert_int_equal(str_find(S("abc"), S("")), 0);
    assert_int_equal(str_find((Str){ NULL, 0 }, S("x")), -1);
}

static void test_to_i64(void **state) {
    (void)state;
    const struct {
        Str text;
        int64_t n;
    } good[] = {
        { S("0"), 0 },
        { S("-0"), 0 },
        { S("-12"), -12 },
        { S("007"), 7 },
        { S("9223372036854775807"), INT64_MAX },
        { S("-9223372036854775808"), INT64_MIN },
    };
    for (int i = 0; i < COUNT(good); i++) {
        int64_t n = 77;
        assert_true(str_to_i64(good[i].text, &n));
        assert_int_equal(n, good[i].n);
    }
    const Str bad[] = {
        S(""),     S("-"),   S("+1"),  S(" 1"),  S("1 "),
        S("1x"),   S("--1"), S("1.0"), S("0x1"), S("9223372036854775808"),
        S("1\0"),  S("1e3"), S("/"),   S(":"),   S("-9223372036854775809"),
        S("\xEF"), S("１"),  S("1-"),  S("a"),   S("99999999999999999999999999"),
    };
    for (int i = 0; i < COUNT(bad); i++) {
        int64_t n = 77;
        assert_false(str_to_i64(bad[i], &n));
        assert_int_equal(n, 77); /* untouched */
    }
}

static void test_to_i64_is_inverse_of_buf_i64(void **state) {
    uint64_t seed = 1;
    for (int i = 0; i < 100000; i++) {
        int64_t n = (int64_t)(unit_random(&seed) >> unit_random(&seed) % 64);
        if (unit_random(&seed) % 2) n = (int64_t) - (uint64_t)n;
        Buf b = buf_new(*state, 32);
        buf_i64(&b, n);
        int64_t back;
        assert_true(str_to_i64(buf_str(&b), &back));
        assert_int_equal(back, n);
        arena_reset(*state);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        with_arena(test_compare), with_arena(test_ends),
        with_arena(test_cut),     with_arena(test_trim_and_find),
        with_arena(test_to_i64),  with_arena(test_to_i64_is_inverse_of_buf_i64),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
