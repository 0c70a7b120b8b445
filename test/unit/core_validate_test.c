#include "unit.h"

#include "core/world.h"

static const char *const KINDS[] = { "round", "flat", NULL };
static const Field inner[] = {
    { .name = "label", .type = F_TEXT, .required = true, .min = 1, .max = 4 },
    { .name = "count", .type = F_INT, .min = -2, .max = 9 },
    { 0 },
};
static const Field deep[] = { { .name = "rows", .type = F_LIST, .min = 1, .max = 3, .fields = inner }, { 0 } };
static const Field fields[] = {
    { .name = "title", .type = F_TEXT, .max = 5 },
    { .name = "n", .type = F_INT, .min = 1, .max = 3 },
    { .name = "yes", .type = F_BOOL },
    { .name = "kind", .type = F_ENUM, .values = KINDS },
    { .name = "who", .type = F_PERSON },
    { .name = "where", .type = F_PLACE, .max = 6 },
    { .name = "at", .type = F_TIME },
    { .name = "day", .type = F_DATE },
    { .name = "phone", .type = F_PHONE },
    { .name = "point", .type = F_POINT },
    { .name = "photos", .type = F_FILES, .max = 2 },
    { .name = "inside", .type = F_RECORD, .fields = inner },
    { .name = "parts", .type = F_LIST, .min = 1, .max = 2, .fields = inner },
    { .name = "nest", .type = F_RECORD, .fields = deep },
    { .name = "text", .type = F_TEXT, .max = 100 },
    { .name = "signed", .type = F_SIGNATURE, .of = "text" },
    { .name = "form", .type = F_FORM, .max = 30, .of = "kind" },
    { .name = "any", .type = F_JSON, .max = 20 },
    { 0 },
};

#define ID1 "01980000-0000-7000-8000-000000000001"
#define ID2 "01980000-0000-7000-8000-000000000002"
#define HELLO_SHA256 "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824" /* of "hello" */

static json_t *parse(Arena *a, const char *text) {
    Fail f = FAIL_NONE;
    json_t *v = json_read(a, str_c(text), &f);
    if (!v) fail_msg("the test's own JSON is wrong: %s", text);
    return v;
}

/* What is taken comes back in its normal form. */
static void taken_in_its_normal_form(void **state) {
    static const struct {
        const char *in, *out;
    } cases[] = {
        { "{}", "{}" },
        { "{\"title\":null}", "{}" },
        { "{\"title\":\"五个汉字了\"}", "{\"title\":\"五个汉字了\"}" },
        { "{\"n\":3,\"yes\":false,\"kind\":\"flat\"}", "{\"n\":3,\"yes\":false,\"kind\":\"flat\"}" },
        { "{\"who\":\"" ID1 "\",\"where\":\"5401-2\"}", "{\"who\":\"" ID1 "\",\"where\":\"5401-2\"}" },
        { "{\"at\":\"1970-01-01T08:00:01+08:00\"}", "{\"at\":1000}" },
        { "{\"day\":\"2024-02-29\"}", "{\"day\":\"2024-02-29\"}" },
        { "{\"phone\":\"+86 138-0000 0000\"}", "{\"phone\":\"+8613800000000\"}" },
        { "{\"point\":{\"lon\":91.1,\"lat\":-0.5,\"accuracy\":12.4}}",
          "{\"point\":{\"lon_e7\":911000000,\"lat_e7\":-5000000,\"accuracy_m\":12}}" },
        { "{\"photos\":[\"" ID1 "\",\"" ID2 "\"]}", "{\"photos\":[\"" ID1 "\",\"" ID2 "\"]}" },
        { "{\"inside\":{\"label\":\"a\",\"count\":-2}}", "{\"inside\":{\"label\":\"a\",\"count\":-2}}" },
        { "{\"parts\":[{\"label\":\"a\"},{\"count\":1,\"label\":\"b\"}]}",
          "{\"parts\":[{\"label\":\"a\"},{\"label\":\"b\",\"count\":1}]}" },
        { "{\"nest\":{\"rows\":[{\"label\":\"a\"}]}}", "{\"nest\":{\"rows\":[{\"label\":\"a\"}]}}" },
        { "{\"text\":\"hello\",\"signed\":{\"of\":\"text\",\"hash\":\"" HELLO_SHA256 "\"}}",
          "{\"text\":\"hello\",\"signed\":{\"of\":\"text\",\"hash\":\"" HELLO_SHA256 "\"}}" },
        { "{\"form\":{\"a\":1}}", "{\"form\":{\"a\":1}}" },
        { "{\"any\":[1,[2]]}", "{\"any\":[1,[2]]}" },
    };
    for (int i = 0; i < COUNT(cases); i++) {
        Errors e = { .arena = *state };
        json_t *out = fields_validate(*state, fields, parse(*state, cases[i].in), "", &e);
        if (e.n > 0) fail_msg("%s: %s at %s", cases[i].in, e.list[0].code, e.list[0].field);
        assert_text(json_print(*state, out), cases[i].out);
    }
}

static const struct {
    const char *in, *code, *field;
    int64_t limit;
} refusals[] = {
    { "[]", "wrong_type", "", 0 },
    { "{\"title\":\"六个汉字太多\"}", "too_long", "title", 5 },
    { "{\"title\":7}", "wrong_type", "title", 0 },
    { "{\"title\":\"a\\u0007\"}", "control_character", "title", 0 },
    { "{\"n\":0}", "too_small", "n", 1 },
    { "{\"n\":4}", "too_large", "n", 3 },
    { "{\"n\":1.5}", "wrong_type", "n", 0 },
    { "{\"yes\":1}", "wrong_type", "yes", 0 },
    { "{\"kind\":\"square\"}", "not_one_of", "kind", 0 },
    { "{\"who\":\"me\"}", "bad_format", "who", 0 },
    { "{\"where\":\"54O1\"}", "bad_format", "where", 0 },
    { "{\"where\":\"5401234\"}", "bad_format", "where", 0 },
    { "{\"at\":-1}", "too_large", "at", INT64_C(4102444800000) },
    { "{\"at\":\"soon\"}", "bad_format", "at", 0 },
    { "{\"day\":\"2023-02-29\"}", "bad_format", "day", 0 },
    { "{\"phone\":\"12\"}", "too_short", "phone", 5 },
    { "{\"phone\":\"1234x\"}", "bad_format", "phone", 20 },
    { "{\"point\":{\"lon\":181,\"lat\":0}}", "coordinate_range", "point", 180 },
    { "{\"point\":{\"lon\":1}}", "bad_format", "point", 0 },
    { "{\"photos\":[\"x\"]}", "bad_format", "photos[0]", ID_CHARS },
    { "{\"photos\":[\"" ID1 "\",\"" ID1 "\"]}", "repeated", "photos[1]", 0 },
    { "{\"photos\":[1,2,3]}", "too_many", "photos", 2 },
    { "{\"inside\":{}}", "required", "inside.label", 0 },
    { "{\"inside\":{\"label\":\"abcde\"}}", "too_long", "inside.label", 4 },
    { "{\"inside\":{\"label\":\"a\",\"colour\":1}}", "unknown_field", "inside.colour", 0 },
    { "{\"inside\":[]}", "wrong_type", "inside", 0 },
    { "{\"parts\":[]}", "too_few", "parts", 1 },
    { "{\"parts\":[{\"label\":\"a\"},{\"label\":\"b\"},{\"label\":\"c\"}]}", "too_many", "parts", 2 },
    { "{\"parts\":[{\"label\":\"a\"},{\"label\":\"b\",\"count\":10}]}", "too_large", "parts[1].count", 9 },
    { "{\"parts\":[7]}", "wrong_type", "parts[0]", 0 },
    { "{\"nest\":{\"rows\":[{\"label\":\"a\"},{\"label\":\"\"}]}}", "required", "nest.rows[1].label", 1 },
    { "{\"signed\":7}", "wrong_type", "signed", 0 },
    { "{\"signed\":{\"of\":\"title\",\"hash\":\"" HELLO_SHA256 "\"}}", "signs_something_else", "signed", 0 },
    { "{\"signed\":{\"of\":\"text\",\"hash\":\"2cf2\"}}", "bad_format", "signed", 64 },
    { "{\"text\":\"hullo\",\"signed\":{\"of\":\"text\",\"hash\":\"" HELLO_SHA256 "\"}}", "signs_another_text", "signed",
      0 },
    { "{\"form\":[]}", "wrong_type", "form", 0 },
    { "{\"form\":{\"a\":\"0123456789012345678901234567890\"}}", "too_long", "form", 30 },
    { "{\"any\":\"0123456789012345678901234567890\"}", "too_long", "any", 20 },
    { "{\"colour\":1}", "unknown_field", "colour", 0 },
};

static void refused_with_path_and_bound(void **state) {
    for (int i = 0; i < COUNT(refusals); i++) {
        Errors e = { .arena = *state };
        fields_validate(*state, fields, parse(*state, refusals[i].in), "", &e);
        if (e.n != 1) fail_msg("%s: %d errors", refusals[i].in, e.n);
        if (strcmp(e.list[0].code, refusals[i].code) != 0 || strcmp(e.list[0].field, refusals[i].field) != 0 ||
            e.list[0].limit != refusals[i].limit)
            fail_msg("%s: got %s at \"%s\" limit %lld", refusals[i].in, e.list[0].code, e.list[0].field,
                     (long long)e.list[0].limit);
    }
}

static void all_faults_are_told_up_to_a_hundred(void **state) {
    Errors e = { .arena = *state };
    fields_validate(*state, fields, parse(*state, "{\"n\":9,\"kind\":\"x\",\"inside\":{\"count\":99},\"z\":1}"), "",
                    &e);
    assert_int_equal(e.n, 5);
    Buf b = buf_new(*state, 4096);
    buf_c(&b, "{\"a0\":0");
    for (int i = 1; i < 300; i++)
        buf_fmt(&b, ",\"a%d\":0", i);
    buf_c(&b, "}");
    Errors many = { .arena = *state };
    fields_validate(*state, fields, parse(*state, buf_str(&b).p), "", &many);
    assert_int_equal(many.n, 100);
}

/* ---- forms ---- */

static const char GOOD_FORM[] =
    "[{\"name\":\"building\",\"type\":\"text\",\"required\":true,\"max\":5,\"words\":{\"zh\":\"几号楼\"}},"
    "{\"name\":\"floor\",\"type\":\"int\",\"min\":-3,\"max\":60},{\"name\":\"since\",\"type\":\"date\"},"
    "{\"name\":\"sign\",\"type\":\"enum\",\"values\":[\"dark\",\"stuck\"]},{\"name\":\"trapped\",\"type\":\"bool\"}]";

static void a_good_form_is_let_through(void **state) {
    Errors e = { .arena = *state };
    Fail f = form_check(*state, parse(*state, GOOD_FORM), &e);
    if (f.err != OK) fail_msg("%s at %s", f.code, f.field);
    assert_int_equal(form_check(*state, parse(*state, "[]"), &e).err, OK);
}

static void a_bad_form_is_refused(void **state) {
    static const struct {
        const char *form, *code, *field;
    } cases[] = {
        { "{}", "wrong_type", "form" },
        { "[1]", "wrong_type", "form[0]" },
        { "[{\"type\":\"text\"}]", "required", "form[0].name" },
        { "[{\"name\":\"A b\",\"type\":\"text\"}]", "bad_format", "form[0].name" },
        { "[{\"name\":\"a\",\"type\":\"file\"}]", "not_one_of", "form[0].type" },
        { "[{\"name\":\"a\",\"type\":\"text\",\"max\":2001}]", "too_large", "form[0].max" },
        { "[{\"name\":\"a\",\"type\":\"text\",\"min\":-1}]", "too_small", "form[0].min" },
        { "[{\"name\":\"a\",\"type\":\"int\",\"min\":5,\"max\":4}]", "too_small", "form[0].max" },
        { "[{\"name\":\"a\",\"type\":\"int\",\"max\":1000000001}]", "too_large", "form[0].max" },
        { "[{\"name\":\"a\",\"type\":\"enum\"}]", "required", "form[0].values" },
        { "[{\"name\":\"a\",\"type\":\"enum\",\"values\":{\"x\":1}}]", "required", "form[0].values" },
        { "[{\"name\":\"a\",\"type\":\"enum\",\"values\":[\"x\",\"x\"]}]", "repeated", "form[0].values[1]" },
        { "[{\"name\":\"a\",\"type\":\"enum\",\"values\":[1]}]", "bad_format", "form[0].values[0]" },
        { "[{\"name\":\"a\",\"type\":\"bool\"},{\"name\":\"a\",\"type\":\"date\"}]", "repeated", "form[1].name" },
        { "[{\"name\":\"a\",\"type\":\"bool\",\"words\":{\"en\":\"x\"}}]", "required", "form[0].words.zh" },
        { "[{\"name\":\"a\",\"type\":\"bool\",\"script\":1}]", "unknown_field", "form[0].script" },
    };
    for (int i = 0; i < COUNT(cases); i++) {
        Errors e = { .arena = *state };
        Fail f = form_check(*state, parse(*state, cases[i].form), &e);
        if (f.err == OK || strcmp(f.code, cases[i].code) != 0 || strcmp(f.field, cases[i].field) != 0)
            fail_msg("%s: got %s at \"%s\"", cases[i].form, f.err == OK ? "nothing" : f.code, f.field);
    }
}

static void a_form_is_filled_in(void **state) {
    json_t *form = parse(*state, GOOD_FORM);
    static const struct {
        const char *in, *out, *code, *field;
    } cases[] = {
        { "{\"building\":\"3\"}", "{\"building\":\"3\"}", NULL, NULL },
        { "{\"trapped\":true,\"building\":\"3\",\"sign\":\"dark\",\"since\":\"2026-07-02\",\"floor\":-3}",
          "{\"building\":\"3\",\"floor\":-3,\"since\":\"2026-07-02\",\"sign\":\"dark\",\"trapped\":true}", NULL, NULL },
        { "{}", NULL, "required", "form.building" },
        { "{\"building\":\"  \"}", NULL, "required", "form.building" },
        { "{\"building\":\"123456\"}", NULL, "too_long", "form.building" },
        { "{\"building\":\"3\",\"floor\":61}", NULL, "too_large", "form.floor" },
        { "{\"building\":\"3\",\"sign\":\"\"}", NULL, "not_one_of", "form.sign" },
        { "{\"building\":\"3\",\"x\":1}", NULL, "unknown_field", "form.x" },
    };
    for (int i = 0; i < COUNT(cases); i++) {
        Errors e = { .arena = *state };
        json_t *out = form_validate(*state, form, parse(*state, cases[i].in), "form", &e);
        if (cases[i].out) {
            assert_int_equal(e.n, 0);
            assert_text(json_print(*state, out), cases[i].out);
        } else if (e.n != 1 || strcmp(e.list[0].code, cases[i].code) != 0 ||
                   strcmp(e.list[0].field, cases[i].field) != 0) {
            fail_msg("%s: %d errors, %s at \"%s\"", cases[i].in, e.n, e.n ? e.list[0].code : "",
                     e.n ? e.list[0].field : "");
        }
    }
    Errors e = { .arena = *state };
    form_validate(*state, form, NULL, "form", &e);
    assert_int_equal(e.n, 1);
}

/* ---- query strings ---- */

static void parameters_are_bounded_too(void **state) {
    static const struct {
        Field f;
        const char *text, *code;
        int64_t number;
    } cases[] = {
        { { .name = "p", .type = F_INT, .min = 1, .max = 5 }, "5", NULL, 5 },
        { { .name = "p", .type = F_INT, .min = 1, .max = 5 }, "6", "too_large", 0 },
        { { .name = "p", .type = F_INT, .min = 1, .max = 5 }, "5x", "wrong_type", 0 },
        { { .name = "p", .type = F_BOOL }, "1", NULL, 1 },
        { { .name = "p", .type = F_BOOL }, "true", "not_one_of", 0 },
        { { .name = "p", .type = F_DEGREES }, "-91.5", NULL, -915000000 },
        { { .name = "p", .type = F_DEGREES }, "nan", "coordinate_range", 0 },
        { { .name = "p", .type = F_DEGREES }, "1e9", "coordinate_range", 0 },
        { { .name = "p", .type = F_TIME }, "99", NULL, 99 },
        { { .name = "p", .type = F_TEXT, .max = 2 }, "abc", "too_long", 0 },
        { { .name = "p", .type = F_ENUM, .values = KINDS }, "oval", "not_one_of", 0 },
        { { .name = "p", .type = F_PERSON }, "x", "bad_format", 0 },
    };
    for (int i = 0; i < COUNT(cases); i++) {
        DbVal v = NUL;
        Fail f = param_validate(*state, &cases[i].f, str_c(cases[i].text), &v);
        if (cases[i].code ? f.err == OK || strcmp(f.code, cases[i].code) != 0 : f.err != OK)
            fail_msg("%s: %s", cases[i].text, f.err == OK ? "taken" : f.code);
        if (!cases[i].code) assert_int_equal(v.i, cases[i].number);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        with_arena(taken_in_its_normal_form),
        with_arena(refused_with_path_and_bound),
        with_arena(all_faults_are_told_up_to_a_hundred),
        with_arena(a_good_form_is_let_through),
        with_arena(a_bad_form_is_refused),
        with_arena(a_form_is_filled_in),
        with_arena(parameters_are_bounded_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
