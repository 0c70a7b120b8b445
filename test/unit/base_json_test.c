#include "unit.h"

#include "base/json.h"

#include <float.h>
#include <math.h>

static Str repeat(Arena *a, const char *piece, int times) {
    Buf b = buf_new(a, 0);
    for (int i = 0; i < times; i++)
        buf_c(&b, piece);
    return buf_str(&b);
}

static Str nested(Arena *a, const char *open, const char *inner, const char *close, int depth) {
    return arena_fmt(a, "%s%s%s", repeat(a, open, depth).p, inner, repeat(a, close, depth).p);
}

static void refused(Arena *a, Str text, const char *code) {
    Fail f = FAIL_NONE;
    if (json_read(a, text, &f)) fail_msg("accepted: %.60s", text.p);
    assert_int_equal(f.err, ERR_MALFORMED);
    assert_string_equal(f.code, code);
}

static void test_refused(void **state) {
    Arena *a = *state;
    const struct {
        Str text;
        const char *code;
    } bad[] = {
        { S(""), "json_syntax" },
        { S("   "), "json_syntax" },
        { S("7"), "json_syntax" }, /* a body is an object or an array */
        { S("\"a\""), "json_syntax" },
        { S("null"), "json_syntax" },
        { S("{"), "json_syntax" },
        { S("[1,]"), "json_syntax" },
        { S("{\"a\":1,}"), "json_syntax" },
        { S("{a:1}"), "json_syntax" },
        { S("{'a':1}"), "json_syntax" },
        { S("[1] x"), "json_syntax" },
        { S("[1][2]"), "json_syntax" },
        { S("[1]\0"), "json_syntax" },
        { S("[\0]"), "json_syntax" },
        { S("[\"a\0b\"]"), "json_syntax" },
        { S("[\"\\u0000\"]"), "json_syntax" },
        { S("{\"\\u0000a\":1}"), "json_syntax" },
        { S("{\"a\\u0000\":1}"), "json_syntax" },
        { S("[\"\n\"]"), "json_syntax" },
        { S("[\"\\x\"]"), "json_syntax" },
        { S("[\"\\ud800\"]"), "json_syntax" },
        { S("[\"\\udc00\\ud800\"]"), "json_syntax" },
        { S("[01]"), "json_syntax" },
        { S("[+1]"), "json_syntax" },
        { S("[.5]"), "json_syntax" },
        { S("[1.]"), "json_syntax" },
        { S("[0x1]"), "json_syntax" },
        { S("[NaN]"), "json_syntax" },
        { S("[Infinity]"), "json_syntax" },
        { S("[-]"), "json_syntax" },
        { S("[True]"), "json_syntax" },
        { S("[1] // x"), "json_syntax" },
        { S("[/**/1]"), "json_syntax" },
        { S("\xEF\xBB\xBF[1]"), "json_syntax" }, /* byte order mark */
        { S("[\"\xFF\"]"), "json_utf8" },
        { S("[\"\xC0\x80\"]"), "json_utf8" },
        { S("[\"\xED\xA0\x80\"]"), "json_utf8" },
        { S("[\"\xF4\x90\x80\x80\"]"), "json_utf8" },
        { S("[\"\xE9\x82"), "json_utf8" },
        { S("\xFF"), "json_utf8" },
        { S("[1,} \xFF"), "json_utf8" }, /* before anything else is looked at */
        { S("{\"a\":1,\"a\":1}"), "json_duplicate_key" },
        { S("{\"a\":1,\"\\u0061\":2}"), "json_duplicate_key" },
        { S("[{\"x\":{\"b\":1,\"c\":2,\"b\":3}}]"), "json_duplicate_key" },
        { S("[9223372036854775808]"), "json_number" },
        { S("[-9223372036854775809]"), "json_number" },
        { S("[99999999999999999999999999999]"), "json_number" },
        { S("[1e309]"), "json_number" },
        { S("[-1.5e999999]"), "json_number" },
    };
    for (int i = 0; i < COUNT(bad); i++)
        refused(a, bad[i].text, bad[i].code);
}

static void test_where(void **state) {
    Fail f = FAIL_NONE;
    assert_null(json_read(*state, S("{\"name\": 1,\n \"geheim\" 2}"), &f));
    assert_string_equal(f.field, "line 2 column 11"); /* the place, and nothing of the text */
}

static void test_depth(void **state) {
    Arena *a = *state;
    Fail f;
    assert_non_null(json_read(a, nested(a, "[", "", "]", JSON_DEPTH_MAX), &f));
    assert_non_null(json_read(a, nested(a, "{\"a\":", "1", "}", JSON_DEPTH_MAX), &f));
    refused(a, nested(a, "[", "", "]", JSON_DEPTH_MAX + 1), "json_depth");
    refused(a, nested(a, "{\"a\":", "1", "}", JSON_DEPTH_MAX + 1), "json_depth");
    assert_null(json_read(a, repeat(a, "[", 1000000), &f)); /* a bomb never closes */
    assert_string_equal(f.code, "json_depth");
    assert_int_equal(f.limit, JSON_DEPTH_MAX);
    /* Many beside each other are no depth, nor are brackets in texts, behind quotes that are no
     * end. */
    assert_non_null(json_read(a, nested(a, "[", repeat(a, "[],", 1000).p, "[]]", 1), &f));
    Str text = arena_fmt(a, "[\"\\\\\",\"\\\"%s\",[\"%s\\\\\"]]", repeat(a, "[{", 50).p,
                         repeat(a, "{[", 50).p);
    assert_non_null(json_read(a, text, &f));
    /* ... and a text must not hide what comes behind it. */
    text = arena_fmt(a, "[\"\\\\\",%s", repeat(a, "[", 2000).p);
    refused(a, text, "json_depth");
}

static void test_read_and_print(void **state) {
    Arena *a = *state;
    const struct {
        Str in;
        const char *out;
    } both[] = {
        { S(" { } "), "{}" },
        { S("[ ]"), "[]" },
        { S("{\"z\":1,\"a\":[true,false,null],\"m\":{\"k\":\"v\"}}"),
          "{\"z\":1,\"a\":[true,false,null],\"m\":{\"k\":\"v\"}}" }, /* order stays */
        { S("[9223372036854775807,-9223372036854775808,-0,0]"),
          "[9223372036854775807,-9223372036854775808,0,0]" },
        { S("[1.0,-0.0,0.1,1e2,1E+20,31.230416,1e-7,1.7976931348623157e308,5e-324]"),
          "[1.0,-0.0,0.1,100.0,1e+20,31.230416,1e-07,1.7976931348623157e+308,4.94065645841247e-324"
          "]" },
        { S("[\"\\u90bb\\/\\u0001\\b\\f\\n\\r\\t\\\"\\\\\\u007f\\ud83c\\udf3e\"]"),
          "[\"邻/\\u0001\\b\\f\\n\\r\\t\\\"\\\\\\u007f🌾\"]" },
        { S("[\"\xE2\x80\xA8<བོད>\xE2\x80\xA9\xE2\x80\xAA\"]"),
          "[\"\\u2028<བོད>\\u2029\xE2\x80\xAA\"]" },
        { S("{\"\":{\"\\n\":\"\"}}"), "{\"\":{\"\\n\":\"\"}}" },
    };
    for (int i = 0; i < COUNT(both); i++) {
        Fail f = FAIL_NONE;
        json_t *v = json_read(a, both[i].in, &f);
        if (!v) fail_msg("%s: %s", both[i].in.p, f.code);
        Str out = json_print(a, v);
        assert_text(out, both[i].out);
        json_t *again = json_read(a, out, &f);
        assert_non_null(again);
        assert_true(json_equal(v, again));
        assert_text(json_print(a, again), both[i].out);
    }
}

static void test_reals_come_back(void **state) {
    Arena *a = *state;
    uint64_t seed = 11;
    int finite = 0;
    for (int i = 0; i < 20000; i++) {
        uint64_t bits = unit_random(&seed);
        double x, y;
        memcpy(&x, &bits, sizeof x);
        if (i % 2) x = (double)(int64_t)(bits >> 30) / 1e6;
        if (!isfinite(x)) continue;
        finite++;
        json_t *list = json_new_array(a);
        assert_int_equal(json_array_append_new(list, json_real(x)), 0);
        Fail f;
        json_t *back = json_read(a, json_print(a, list), &f);
        assert_non_null(back);
        assert_true(json_is_real(json_array_get(back, 0)));
        y = json_real_value(json_array_get(back, 0));
        assert_memory_equal(&x, &y, sizeof x);
        arena_reset(a);
    }
    assert_true(finite > 19000);
}

static void test_get_and_put(void **state) {
    Arena *a = *state;
    json_t *o = json_new_object(a), *list = json_new_array(a);
    json_put_text(o, "text", S("邻里"));
    json_put_text(o, "empty", (Str){ NULL, 0 });
    json_put_int(o, "int", INT64_MIN);
    json_put_bool(o, "yes", true);
    json_put_bool(o, "no", false);
    json_put(o, "list", list);
    json_put(o, "list too", list);
    assert_text(json_print(a, o),
                "{\"text\":\"邻里\",\"empty\":\"\",\"int\":-9223372036854775808,\"yes\":true,"
                "\"no\":false,\"list\":[],\"list too\":[]}");
    assert_text(json_text(o, "text"), "邻里");
    assert_int_equal(json_int(o, "int"), INT64_MIN);
    assert_true(json_bool(o, "yes"));
    assert_false(json_bool(o, "no"));
    /* absent or of another type */
    assert_text(json_text(o, "int"), "");
    assert_text(json_text(o, "absent"), "");
    assert_int_equal(json_int(o, "text"), 0);
    assert_int_equal(json_int(o, "absent"), 0);
    assert_false(json_bool(o, "int"));
    assert_false(json_bool(o, "absent"));
    assert_text(json_text(list, "x"), "");
    assert_int_equal(json_int(NULL, "x"), 0);
    json_put_int(o, "text", 1); /* replaces, in its place */
    assert_true(str_starts(json_print(a, o), S("{\"text\":1,\"empty\"")));
}

static void test_put_takes_its_own_reference(void **state) {
    Arena *shorter = arena_new();
    json_t *o = json_new_object(*state), *list = json_new_array(shorter);
    json_put(o, "list", list);
    arena_free(shorter);
    assert_text(json_print(*state, o), "{\"list\":[]}");
}

static void test_writer(void **state) {
    Buf out = buf_new(*state, 0);
    Json j = json_to(&out);
    jw_open(&j, '{');
    jw_put_text(&j, "a", S("x\"\n\x1f\x7f"));
    jw_put_int(&j, "b\\", -7);
    jw_put_bool(&j, "c", true);
    jw_put_raw(&j, "d", S("{\"raw\":1}"));
    jw_key(&j, "e");
    jw_open(&j, '[');
    jw_open(&j, '[');
    jw_close(&j, ']');
    jw_open(&j, '{');
    jw_close(&j, '}');
    jw_null(&j);
    jw_bool(&j, false);
    jw_text(&j, S(""));
    jw_raw(&j, S("1.5"));
    jw_close(&j, ']');
    jw_put_int(&j, "f", 0);
    jw_close(&j, '}');
    assert_text(buf_str(&out), "{\"a\":\"x\\\"\\n\\u001f\\u007f\",\"b\\\\\":-7,\"c\":true,"
                               "\"d\":{\"raw\":1},\"e\":[[],{},null,false,\"\",1.5],\"f\":0}");
}

/* Any bytes at all make a text that reads back; valid ones read back as themselves. */
static void test_any_text_is_written(void **state) {
    Arena *a = *state;
    uint64_t seed = 12;
    int valid = 0;
    for (int round = 0; round < 50000; round++) {
        char bytes[24];
        Str s = { bytes, unit_random(&seed) % sizeof bytes };
        for (size_t i = 0; i < s.n; i++) {
            uint64_t r = unit_random(&seed);
            static const char near[] =
                "\xC1\xC2\xE0\xE2\xE3\xED\xEF\xF0\x7F\x80\x9F\xA0\xA8\xA9\xBF"; /* where rules change */
            bytes[i] = (char)(round % 2 ? r % 127 + 1 : r % 255 + 1);
            if (round % 4 == 2) bytes[i] = near[r % (sizeof near - 1)];
        }
        Buf out = buf_new(a, 0);
        Json j = json_to(&out);
        jw_open(&j, '{');
        jw_put_text(&j, "t", s);
        jw_close(&j, '}');
        Fail f = FAIL_NONE;
        json_t *back = json_read(a, buf_str(&out), &f);
        assert_non_null(back);
        if (utf8_valid(s)) {
            valid++;
            assert_true(str_eq(json_text(back, "t"), s));
        } else {
            assert_true(str_find(json_text(back, "t"), S("\xEF\xBF\xBD")) >= 0);
        }
        arena_reset(a);
    }
    assert_true(valid > 20000 && valid < 49000);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        with_arena(test_refused),
        with_arena(test_where),
        with_arena(test_depth),
        with_arena(test_read_and_print),
        with_arena(test_reals_come_back),
        with_arena(test_get_and_put),
        with_arena(test_put_takes_its_own_reference),
        with_arena(test_writer),
        with_arena(test_any_text_is_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
