#include "unit.h"

static void test_new(void **state) {
    Arena *a = *state;
    uint64_t seed = 8;
    for (int i = 0; i < 20000; i++) {
        int64_t ms = (int64_t)(unit_random(&seed) >> 16);
        Str id = id_new(a, ms);
        assert_int_equal(id.n, ID_CHARS);
        assert_int_equal(id.p[ID_CHARS], '\0');
        assert_true(id_valid(id));
        assert_int_equal(id.p[14], '7');
        assert_int_equal(id_time(id), ms);
        arena_reset(a);
    }
}

static void test_sort_by_time_and_differ(void **state) {
    Arena *a = *state;
    Map *seen = map_new(a, 0);
    Str before = id_new(a, 0);
    for (int i = 1; i < 50000; i++) {
        Str id = id_new(a, 1700000000000 + i / 100);
        if (i % 100 == 0) assert_true(str_cmp(before, id) < 0);
        assert_null(map_get(seen, id));
        map_put(seen, id, seen);
        before = id;
    }
    assert_int_equal(map_count(seen), 49999);
}

static void test_valid(void **state) {
    (void)state;
    const Str id = S("018f0c2a-7b3c-7def-8123-456789abcdef");
    assert_true(id_valid(id));
    static const char alphabet[] = "0123456789abcdefABCDEFgxz-_ \x7f\x80\xff{}";
    int refused = 0;
    for (size_t at = 0; at < ID_CHARS; at++) {
        for (size_t k = 0; k < sizeof alphabet; k++) { /* with the NUL */
            char text[ID_CHARS];
            memcpy(text, id.p, ID_CHARS);
            text[at] = alphabet[k];
            bool dash = at == 8 || at == 13 || at == 18 || at == 23;
            const char *may = dash       ? "-"
                              : at == 14 ? "12345678"
                              : at == 19 ? "89ab"
                                         : "0123456789abcdef";
            bool want = alphabet[k] != '\0' && strchr(may, alphabet[k]);
            assert_int_equal(id_valid((Str){ text, ID_CHARS }), want);
            refused += !want;
        }
    }
    assert_true(refused > 500);
    assert_false(id_valid(S("")));
    assert_false(id_valid((Str){ id.p, ID_CHARS - 1 }));
    assert_false(id_valid(S("018f0c2a-7b3c-7def-8123-456789abcdef0")));
}

static void test_from_hash(void **state) {
    Arena *a = *state;
    Str id = id_from_hash(a, S("clock"), S("case-1/urge/1782997200000"));
    assert_text(id, "fa361c84-9cff-8172-a45d-20972f0d435e"); /* for ever: it stands in logs */
    assert_true(id_valid(id));
    assert_int_equal(id_time(id), 0);
    assert_true(str_eq(id, id_from_hash(a, S("clock"), S("case-1/urge/1782997200000"))));
    assert_false(str_eq(id, id_from_hash(a, S("clock"), S("case-1/urge/1782997200001"))));
    assert_false(str_eq(id, id_from_hash(a, S("reaction"), S("case-1/urge/1782997200000"))));
    assert_false(str_eq(id_from_hash(a, S("a"), S("bc")), id_from_hash(a, S("ab"), S("c"))));
}

static void test_time_of_others(void **state) {
    (void)state;
    assert_int_equal(id_time(S("")), 0);
    assert_int_equal(id_time(S("018f0c2a-7b3c-4def-8123-456789abcdef")), 0);
    assert_int_equal(id_time(S("018F0c2a-7b3c-7def-8123-456789abcdef")), 0);
    /* the example of RFC 9562, appendix A.6 */
    assert_int_equal(id_time(S("017f22e2-79b0-7cc3-98c4-dc0c0c07398f")), 0x017F22E279B0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        with_arena(test_new),
        with_arena(test_sort_by_time_and_differ),
        with_arena(test_valid),
        with_arena(test_from_hash),
        with_arena(test_time_of_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
