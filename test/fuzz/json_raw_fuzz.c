/* json_raw: any bytes end, and nothing is read beyond them; on what we print, the pieces are what jansson sees. */
#include "base/json.h"
#include "base/json_raw.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void walk(Arena *a, Str value, const json_t *v, int depth)
{
    Str inside = raw_inside(value), key, one;
    size_t count = 0;
    if (raw_is(value, '{')) {
        while (raw_member(&inside, &key, &one)) {
            Str name = raw_text(a, (Str){ key.p - 1, key.n + 2 });
            const json_t *member = v != NULL ? json_object_getn(v, name.p, name.n) : NULL;
            if (v != NULL && (member == NULL || !str_eq(json_print(a, member), one))) abort();
            if (depth < JSON_DEPTH_MAX) walk(a, one, member, depth + 1);
            count++;
        }
        if (v != NULL && json_object_size(v) != count) abort();
    } else if (raw_is(value, '[')) {
        while (raw_item(&inside, &one)) {
            if (depth < JSON_DEPTH_MAX) walk(a, one, v != NULL ? json_array_get(v, count) : NULL, depth + 1);
            count++;
        }
        if (v != NULL && json_array_size(v) != count) abort();
    } else if (v != NULL && json_is_string(v)) {
        if (!str_eq(raw_text(a, value), (Str){ json_string_value(v), json_string_length(v) })) abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    Arena *a = arena_new();
    char *exact = malloc(n + 1); /* so that a byte too far is seen */
    if (n > 0) memcpy(exact, bytes, n);
    exact = realloc(exact, n > 0 ? n : 1);
    Str text = { exact, n };
    walk(a, text, NULL, 0);
    raw_text(a, text);
    Fail f = FAIL_NONE;
    json_t *v = json_read(a, text, &f);
    if (v != NULL) walk(a, json_print(a, v), v, 0);
    json_t *again = raw_value(a, v != NULL ? json_print(a, v) : text);
    if (v != NULL && (again == NULL || !json_equal(v, again))) abort();
    arena_free(a);
    free(exact);
    return 0;
}
