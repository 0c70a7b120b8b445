/* The XML of a sheet: the first byte says which part of an xlsx the rest is. */
#include "core/sheet/sheet.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    if (n < 2 || n > 64 * 1024) return 0;
    Arena *a = arena_new();
    Sheet *s = sheet_read_part(a, data[0] % 5, (Str){ (const char *)data + 1, n - 1 });
    if (s->status == SHEET_OK && s->n_rows > 0) sheet_head(s);
    for (int i = s->first; i < s->n_rows; i++)
        if (s->rows[i].n_cells > SHEET_COLUMNS_MAX) __builtin_trap();
    arena_free(a);
    return 0;
}
