#include "unit.h"

#include "base/json.h"
#include "base/json_raw.h"

static void test_members(void **state)
{
    Arena *a = *state;
    Fail f = FAIL_NONE;
    json_t *v = json_read(
        a, S("{\"a\":1,\"b\":\"x\\\"},{\",\"c\":{\"d\":[1,{\"e\":\"]\"}]},\"f\":null,\"g\":[],\"h\":{}}"), &f);
    assert_non_null(v);
    Str text = json_print(a, v), inside = raw_inside(text), key, value;
    int n = 0;
    while (raw_member(&inside, &key, &value)) {
        const json_t *member = json_object_get(v, arena_c(a, key));
        assert_non_null(member);
        Str printed = json_print(a, member);
        assert_true(str_eq(value, printed));
        n++;
    }
    assert_int_equal(n, 6);
    assert_true(str_is(raw_get(text, "c"), "{\"d\":[1,{\"e\":\"]\"}]}"));
    assert_true(str_is(raw_get(text, "h"), "{}"));
    assert_int_equal(raw_get(text, "nothing").n, 0);
    assert_int_equal(raw_get(raw_get(text, "a"), "a").n, 0);
    Str list = raw_inside(raw_get(raw_get(text, "c"), "d"));
    assert_true(raw_item(&list, &value) && str_is(value, "1"));
    assert_true(raw_item(&list, &value) && str_is(raw_get(value, "e"), "\"]\""));
    assert_false(raw_item(&list, &value));
    Str nothing = raw_inside(raw_get(text, "g"));
    assert_false(raw_item(&nothing, &value));
}

static void test_text(void **state)
{
    Arena *a = *state;
    static const char *const texts[] = { "",       "plain",         "邻里 བོད", "a\"b\\c/d", "\b\f\n\r\t\x01\x1f\x7f",
                                         "\\\\\"", "a\xE2\x80\xA8z" };
    for (int i = 0; i < COUNT(texts); i++) {
        Buf out = buf_new(a, 64);
        Json j = json_to(&out);
        jw_text(&j, str_c(texts[i]));
        assert_true(str_is(raw_text(a, buf_str(&out)), texts[i]));
    }
    assert_int_equal(raw_text(a, S("12")).n, 0);
    assert_int_equal(raw_text(a, S("")).n, 0);
}

static void test_values(void **state)
{
    Arena *a = *state;
    static const char *const texts[] = {
        "{}", "[]", "[[],{}]", "{\"a\":{\"b\":[1,-2,true,false,null,\"\"]},\"c\":\"\\u90bb \\\"\\\\\\n\"}",
        "{\"\\n\\\"\":1,\"\":2}", "[9223372036854775807,-9223372036854775808,0.1,1e300,-0.0,5e-324]",
        "[\"}\",\"],\",\"{\\\"\"]", "[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]"
    };
    for (int i = 0; i < COUNT(texts); i++) {
        Fail f = FAIL_NONE;
        json_t *v = json_read(a, str_c(texts[i]), &f);
        assert_non_null(v);
        json_t *again = raw_value(a, json_print(a, v));
        assert_non_null(again);
        assert_true(json_equal(v, again));
        assert_true(str_eq(json_print(a, again), json_print(a, v)));
    }
    static const char *const broken[] = { "", "{", "[", "{\"a\"}", "{\"a\":}", "[,1]", "[x]", "{\"a\":\"b}", "[nan]",
                                          "[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]" };
    for (int i = 0; i < COUNT(broken); i++)
        assert_null(raw_value(a, str_c(broken[i])));
}

/* Text that is not ours yields nothing of worth, and ends. */
static void test_broken(void **state)
{
    Arena *a = *state;
    static const char *const texts[] = { "{",    "{\"", "{\"a", "{\"a\"", "{\"a\":",       "{\"a\":}",
                                         "[,,]", "{,}", "]",    "\"\\",   "{\"a\":\"\\u12" };
    for (int i = 0; i < COUNT(texts); i++) {
        Str inside = raw_inside(str_c(texts[i])), key, value;
        int n = 0;
        while (raw_member(&inside, &key, &value))
            n++;
        inside = raw_inside(str_c(texts[i]));
        while (raw_item(&inside, &value))
            n++;
        assert_true(n < 8);
        raw_text(a, str_c(texts[i]));
        raw_get(str_c(texts[i]), "a");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { with_arena(test_members), with_arena(test_text), with_arena(test_values),
                                        with_arena(test_broken) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
