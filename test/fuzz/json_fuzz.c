/* json: whatever comes in is refused with a code, or reads, prints and reads back to the same
 * value. jansson itself is a system library that the fuzzer cannot see into; what is driven here is
 * our depth check, our writer, and that the two agree with it. */
#include "base/json.h"

#include <stdlib.h>

#define CHECK(truth)                                                                               \
    do {                                                                                           \
        if (!(truth)) abort();                                                                     \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static int depth_of(const json_t *v) {
    int deepest = 0;
    const char *key;
    size_t i;
    json_t *item;
    if (json_is_array(v)) {
        json_array_foreach(v, i, item) {
            int depth = depth_of(item);
            if (depth > deepest) deepest = depth;
        }
        return deepest + 1;
    }
    if (!json_is_object(v)) return 0;
    json_object_foreach((json_t *)(uintptr_t)v, key, item) {
        int depth = depth_of(item);
        if (depth > deepest) deepest = depth;
    }
    return deepest + 1;
}

static void check_refused(Fail f, Str text) {
    static const char *const codes[] = { "json_syntax", "json_depth", "json_duplicate_key",
                                         "json_utf8", "json_number" };
    bool known = false;
    for (int i = 0; i < COUNT(codes); i++)
        known = known || str_is(str_c(f.code), codes[i]);
    CHECK(known && f.err == ERR_MALFORMED);
    CHECK(str_is(str_c(f.code), "json_utf8") == !utf8_valid(text));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    Arena *a = arena_new();
    Str text = { (const char *)bytes, n };
    Fail f = FAIL_NONE;
    json_t *v = json_read(a, text, &f);
    if (!v) {
        check_refused(f, text);
    } else {
        CHECK(utf8_valid(text) && depth_of(v) <= JSON_DEPTH_MAX);
        Str printed = json_print(a, v);
        CHECK(utf8_valid(printed));
        json_t *again = json_read(a, printed, &f);
        CHECK(again && json_equal(v, again));
        CHECK(str_eq(json_print(a, again), printed));
    }
    /* The same bytes as one text, whatever they are. */
    Buf out = buf_new(a, 0);
    Json j = json_to(&out);
    jw_open(&j, '[');
    jw_text(&j, text);
    jw_close(&j, ']');
    if (!memchr(bytes ? (const char *)bytes : "", '\0',
                n)) { /* we write \u0000, but don't read it */
        json_t *list = json_read(a, buf_str(&out), &f);
        CHECK(list && json_array_size(list) == 1);
        json_t *back = json_array_get(list, 0);
        Str s = { json_string_value(back), json_string_length(back) };
        CHECK(str_eq(s, text) == utf8_valid(text));
    }
    arena_free(a);
    return 0;
}
