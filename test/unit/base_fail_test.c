#include "unit.h"

static void test_fail(void **state) {
    (void)state;
    assert_int_equal(FAIL_NONE.err, OK);
    Fail f = fail(ERR_CONFLICT, "wrong_state");
    assert_int_equal(f.err, ERR_CONFLICT);
    assert_string_equal(f.code, "wrong_state");
    assert_string_equal(f.field, "");
    assert_int_equal(f.limit, 0);
    assert_int_equal(f.retry_s, 0);
    assert_null(f.log);
}

static void test_field(void **state) {
    (void)state;
    Fail f = fail_field(ERR_INVALID, "too_long", "rows[3].name", 80);
    assert_string_equal(f.field, "rows[3].name");
    assert_int_equal(f.limit, 80);
    assert_string_equal(fail_field(ERR_INVALID, "x", NULL, 0).field, "");
    char name[FAIL_FIELD_MAX + 20];
    memset(name, 'a', sizeof name);
    name[FAIL_FIELD_MAX - 1] = '\0';
    assert_int_equal(strlen(fail_field(ERR_INVALID, "x", name, 0).field), FAIL_FIELD_MAX - 1);
    name[FAIL_FIELD_MAX - 1] = 'a';
    name[sizeof name - 1] = '\0';
    assert_int_equal(strlen(fail_field(ERR_INVALID, "x", name, 0).field), FAIL_FIELD_MAX - 1);
    memcpy(name + FAIL_FIELD_MAX - 2, "邻", 3); /* would be cut in two: left out as a whole */
    assert_int_equal(strlen(fail_field(ERR_INVALID, "x", name, 0).field), FAIL_FIELD_MAX - 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        with_arena(test_fail),
        with_arena(test_field),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
