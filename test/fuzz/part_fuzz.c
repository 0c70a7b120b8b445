/* A cell as doors, telephone numbers, lists, numbers and names are read out of it: whatever stands in it, what comes
 * out is sound text, no longer than bounds allow, and reading what was read changes nothing. */
#include "core/sheet/part.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void sound(Str s)
{
    if (!utf8_valid(s)) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    Str cell = { (const char *)data, n }, list[PART_LIST_MAX];
    if (n > 16 * 1024 || !utf8_valid(cell)) return 0;
    Arena *a = arena_new();
    Door d;
    int phones = 0;
    int64_t number = 0;
    for (int said = 0; said < 2; said++) {
        if (!part_door(a, cell, said > 0, &d)) continue;
        if (d.door.n == 0) abort();
        sound(d.building);
        sound(d.unit);
        sound(d.floor);
        sound(d.door);
    }
    Str phone = part_phone(a, cell, &phones), narrow = part_narrow(a, cell), called = part_called(a, cell);
    if (phones > 0 && (phone.n < 5 || phone.n > 20)) abort();
    if (!str_eq(part_narrow(a, narrow), narrow)) abort();
    sound(called);
    sound(phone);
    sound(part_digits(a, cell));
    int names = part_list(a, cell, list, PART_LIST_MAX);
    if (names > PART_LIST_MAX) abort();
    for (int i = 0; i < names; i++)
        sound(list[i]);
    (void)part_number(a, cell, &number);
    arena_free(a);
    return 0;
}
