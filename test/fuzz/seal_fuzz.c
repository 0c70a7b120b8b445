/* Sealed things as they may come back from a damaged or hostile store: values as JSON, files and
 * wrapped keys as bytes. Nothing that was not sealed with the key may open. */
#include "core/seal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void value(Arena *a, Key k, Str text) {
    Fail f = FAIL_NONE;
    Str plain;
    json_t *v = json_read(a, text, &f);
    if (v != NULL && seal_open(a, k, S("540102001001"), v, &plain)) __builtin_trap();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
    Arena *a = arena_new();
    Seals *s = seals_for_test(a);
    Key k = seal_new_key(), unwrapped;
    Str bytes = { n > 0 ? (const char *)data : "", n }, plain;
    value(a, k, bytes);
    if (seal_open_bytes(a, k, S("file"), bytes, &plain)) __builtin_trap();
    if (seal_unwrap(s, S("540102001001"), S("subject"), bytes, &unwrapped)) __builtin_trap();
    mask_text(a, bytes);
    json_t *v = seal_value(a, k, S("540102001001"), S("subject"), bytes);
    if (!seal_open(a, k, S("540102001001"), v, &plain) || !str_eq(plain, bytes)) __builtin_trap();
    arena_free(a);
    return 0;
}
