/* kept.h: results come back as they were put, for their mark alone, within the bounds. */
#include "unit.h"

#include "store/kept.h"

static DbRows *rows_of(Arena *a, int rows, const char *text)
{
    DbRows *r = arena_new_of(a, DbRows);
    *r = (DbRows){ .rows = rows, .cols = 3, .vals = arena_array(a, DbVal, (size_t)rows * 3) };
    for (int i = 0; i < rows; i++) {
        r->vals[3 * i] = TXT(arena_fmt(a, "%s %d", text, i));
        r->vals[3 * i + 1] = NUM(i);
        r->vals[3 * i + 2] = i % 2 == 0 ? NUL : TXT(S(""));
    }
    return r;
}

static void come_back_as_they_were(void **state)
{
    Arena *a = *state;
    Kept *k = kept_new(a, 100000);
    Arena *gone = arena_new(); /* of the request that loaded them */
    const DbRows *put[] = { rows_of(gone, 3, "one"), rows_of(gone, 0, ""), rows_of(gone, 2, "two") }, *got[3];
    Str key = arena_str(gone, S("key"));
    assert_false(kept_get(k, key, 7, got, 3));
    kept_put(k, key, 7, put, 3);
    arena_free(gone);
    assert_true(kept_get(k, S("key"), 7, got, 3));
    assert_int_equal(got[0]->rows, 3);
    assert_int_equal(got[1]->rows, 0);
    assert_text(db_text(got[0], 2, 0), "one 2");
    assert_text(db_text(got[2], 1, 0), "two 1");
    assert_int_equal(db_text(got[2], 1, 0).p[5], 0);
    assert_int_equal(db_int(got[2], 1, 1), 1);
    assert_true(db_null(got[0], 0, 2));
    assert_false(db_null(got[0], 1, 2));
    assert_false(kept_get(k, S("kez"), 7, got, 3));
    assert_false(kept_get(k, S("ke"), 7, got, 3));
    assert_true(kept_get(k, S("key"), 7, got, 3));
    assert_false(kept_get(k, S("key"), 8, got, 3)); /* something was committed since */
    assert_false(kept_get(k, S("key"), 7, got, 3)); /* and then it is gone */
    assert_int_equal(kept_bytes(k), 0);
}

static void stay_within_their_bounds(void **state)
{
    Arena *a = *state;
    enum { MOST = 64 * 1024 };
    Kept *k = kept_new(a, MOST);
    const DbRows *small = rows_of(a, 10, "text"), *large = rows_of(a, 1000, "text"), *got;
    int found = 0;
    for (int i = 0; i < 2000; i++) {
        kept_put(k, arena_fmt(a, "key %d", i), 1, &small, 1);
        assert_true(kept_bytes(k) <= MOST);
    }
    for (int i = 0; i < 2000; i++)
        if (kept_get(k, arena_fmt(a, "key %d", i), 1, &got, 1)) {
            found++;
            assert_text(db_text(got, 9, 0), "text 9");
        }
    assert_true(found > 30 && found < 200);
    size_t before = kept_bytes(k);
    kept_put(k, S("large"), 1, &large, 1); /* would put out all the others: is not kept */
    assert_false(kept_get(k, S("large"), 1, &got, 1));
    assert_true(kept_bytes(k) <= before);
    kept_clear(k);
    assert_int_equal(kept_bytes(k), 0);
    assert_false(kept_get(k, S("key 1999"), 1, &got, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = { with_arena(come_back_as_they_were), with_arena(stay_within_their_bounds) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
