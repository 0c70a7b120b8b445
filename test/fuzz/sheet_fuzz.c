/* A sheet as a whole, as the child reads it: CSV in any encoding, zip, and what sheet_print says is what sheet_parse
 * reads. */
#include "core/sheet/sheet.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    if (n > 64 * 1024) return 0;
    Arena *a = arena_new();
    Sheet *s = sheet_read(a, (Str){ (const char *)data, n });
    if (s->status == SHEET_OK) {
        Sheet *back = sheet_parse(a, sheet_print(a, s));
        if (back == NULL || back->n_rows != s->n_rows - s->first || back->n_columns != s->n_columns) abort();
    }
    arena_free(a);
    return 0;
}
