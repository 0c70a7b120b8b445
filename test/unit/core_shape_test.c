/* What may stand in an event: data as its action's fields are stored, and nothing else. */
#include "core/internal.h"
#include "unit.h"

static const Field door[] = { { .name = "door", .type = F_TEXT, .required = true, .max = 9 }, { 0 } };
static const Field fields[] = {
    { .name = "text", .type = F_TEXT, .required = true, .max = 9, .personal = OF_MATTER },
    { .name = "place", .type = F_PLACE, .required = true, .passing = true, .max = 24 },
    { .name = "n", .type = F_INT, .max = 9 },
    { .name = "is", .type = F_BOOL },
    { .name = "at", .type = F_TIME },
    { .name = "point", .type = F_POINT },
    { .name = "photos", .type = F_FILES, .max = 2 },
    { .name = "one", .type = F_RECORD, .fields = door },
    { .name = "rows", .type = F_LIST, .max = 2, .fields = door },
    { .name = "form", .type = F_FORM, .max = 99 },
    { 0 },
};
#define TEXT "\"text\":{\"sealed\":\"x\",\"proof\":\"y\",\"of\":\"z\"}"

static const char *fault(Arena *a, const char *data)
{
    Fail f = FAIL_NONE;
    json_t *j = json_read(a, str_c(data), &f);
    assert_int_equal(f.err, OK);
    return event_data_fault(fields, j);
}

static void stored_shapes(void **state)
{
    Arena *a = *state;
    assert_null(fault(a, "{" TEXT "}"));
    assert_null(
        fault(a, "{" TEXT ",\"place\":\"5401\",\"n\":1,\"is\":true,\"at\":5,\"form\":{},\"due\":[],"
                 "\"point\":{\"lon_e7\":1,\"lat_e7\":900000000},\"one\":{\"door\":\"a\"},\"rows\":[{\"door\":\"a\"}],"
                 "\"photos\":[{\"id\":\"01890a5d-ac96-774b-bcce-b302099a8057\"}]}"));
    static const char *const wrong[][2] = {
        { "text", "{}" },
        { "text", "{\"text\":\"plain\"}" },
        { "text", "{\"text\":null}" },
        { "place", "{" TEXT ",\"place\":5}" },
        { "n", "{" TEXT ",\"n\":\"1\"}" },
        { "is", "{" TEXT ",\"is\":1}" },
        { "at", "{" TEXT ",\"at\":\"2026-01-01\"}" },
        { "point", "{" TEXT ",\"point\":{\"lon_e7\":1}}" },
        { "point", "{" TEXT ",\"point\":{\"lon_e7\":1,\"lat_e7\":900000001}}" },
        { "photos", "{" TEXT ",\"photos\":[\"01890a5d-ac96-774b-bcce-b302099a8057\"]}" },
        { "one", "{" TEXT ",\"one\":{}}" },
        { "rows", "{" TEXT ",\"rows\":[{\"door\":\"a\"},{\"door\":1}]}" },
        { "rows", "{" TEXT ",\"rows\":{}}" },
        { "form", "{" TEXT ",\"form\":[]}" },
        { "", "[]" },
    };
    for (int i = 0; i < COUNT(wrong); i++) {
        const char *said = fault(a, wrong[i][1]);
        assert_non_null(said);
        assert_string_equal(said, wrong[i][0]);
    }
}

static void degrees(void **state)
{
    static const Field lat = { .name = "lat", .type = F_DEGREES, .max = 90 },
                       lon = { .name = "lon", .type = F_DEGREES };
    DbVal v;
    assert_int_equal(param_validate(*state, &lat, S("90"), &v).err, OK);
    assert_int_equal(param_validate(*state, &lon, S("-180"), &v).err, OK);
    Fail f = param_validate(*state, &lat, S("91"), &v);
    assert_string_equal(f.code, "coordinate_range");
    assert_int_equal(f.limit, 90);
    assert_string_equal(param_validate(*state, &lon, S("180.1"), &v).code, "coordinate_range");
}

int main(void)
{
    const struct CMUnitTest tests[] = { with_arena(stored_shapes), with_arena(degrees) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
