/* What a phone hands back: its cursor, and a batch with blanks between its tokens. A cursor that is taken reads the
 * same when it is printed again; a text without blanks means what the one with them meant. */
#include "base/json_raw.h"
#include "core/sync/sync.h"

#include <stdlib.h>

#define CHECK(truth)                                                                                                   \
    do {                                                                                                               \
        if (!(truth)) abort();                                                                                         \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void check_cursor(Arena *a, Str s)
{
    Cursor c, again;
    if (!cursor_parse(a, s, &c)) return;
    CHECK(c.begun >= 0 && c.seq >= 0 && c.part >= 0 && c.part <= MODULES_MAX * STATES_MAX && c.due_at >= 0);
    CHECK(c.chain.n <= 16 && c.rights.n <= 16 && c.id.n <= ID_CHARS);
    Str printed = cursor_print(a, &c);
    if (printed.n >= 400) return; /* escapes make it longer than one of ours ever is */
    CHECK(cursor_parse(a, printed, &again));
    CHECK(again.begun == c.begun && again.seq == c.seq && again.live == c.live && again.part == c.part);
    CHECK(again.due_at == c.due_at && str_eq(again.id, c.id) && str_eq(again.chain, c.chain));
}

static void check_squeezed(Arena *a, Str s)
{
    Fail f = FAIL_NONE;
    json_t *meant = json_read(a, s, &f);
    if (meant == NULL) return;
    Str tight = batch_squeeze(a, s);
    CHECK(tight.n <= s.n);
    json_t *again = json_read(a, tight, &f);
    CHECK(again != NULL && json_equal(meant, again));
    Str inside = raw_inside(tight), one;
    size_t items = 0;
    while (json_is_array(meant) && raw_item(&inside, &one))
        items++;
    if (json_is_array(meant)) CHECK(items == json_array_size(meant));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    if (n > 4096) return 0;
    Arena *a = arena_new();
    char *p = malloc(n + 1); /* a block of its own, so that ASan sees every byte too many */
    if (n > 0) memcpy(p, bytes, n);
    Str s = { p, n };
    check_cursor(a, s);
    check_cursor(a, base64url_of(a, s));
    check_squeezed(a, s);
    free(p);
    arena_free(a);
    return 0;
}
