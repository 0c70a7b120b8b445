/* An inspector's blank, as the child has it: four bytes of length, values, the file. What is filled can be filled
 * again. */
#include "core/sheet/blank.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    if (n > 64 * 1024) return 0;
    Arena *a = arena_new();
    Str out, names, asked = { (const char *)data, n };
    if (blank_answer(a, asked, &out) == SHEET_OK && out.n > 4 && str_starts(out, S("PK")))
        if (blank_work(a, out, S(""), &names) != SHEET_OK) abort();
    arena_free(a);
    return 0;
}
