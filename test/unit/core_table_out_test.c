/* A table that is written is read back by the reader of strangers' sheets: what was put in comes out, and no cell is a
 * formula. */
#include "unit.h"

#include "core/sheet/sheet.h"
#include "core/sheet/table_out.h"

enum { ZONE = 480, WIDE = 30 };

static Str made(Arena *a, bool csv)
{
    TableOut t = table_begin(a, csv);
    table_row(&t);
    for (int i = 0; i < WIDE; i++)
        table_head(&t, arena_fmt(a, "column %d", i));
    table_row(&t);
    table_text(&t, S("=1+2"));
    table_text(&t, S("a \"b\" <c> & \xE6\xBC\x8F\xE6\xB0\xB4"));
    table_int(&t, -17);
    table_degrees(&t, 91.1234567);
    Civil late = { .year = 2026, .month = 7, .day = 2, .hour = 23, .minute = 59 };
    table_time(&t, time_from_civil(late, ZONE), ZONE);
    table_time(&t, 0, ZONE);
    for (int i = 6; i < WIDE; i++)
        table_text(&t, i == WIDE - 1 ? S("last") : S(""));
    table_row(&t);
    table_text(&t, S("@SUM(A1)"));
    return table_end(&t);
}

static void check(const Sheet *s, bool csv)
{
    assert_int_equal(s->status, SHEET_OK);
    assert_int_equal(s->n_rows, 3);
    const SheetRow *head = &s->rows[0], *row = &s->rows[1];
    assert_int_equal(head->n_cells, WIDE);
    assert_text(head->cells[WIDE - 1], "column 29");
    assert_int_equal(row->n_cells, WIDE);
    assert_text(row->cells[0], csv ? "'=1+2" : "=1+2");
    assert_text(row->cells[1], "a \"b\" <c> & \xE6\xBC\x8F\xE6\xB0\xB4");
    assert_text(row->cells[2], "-17");
    assert_text(row->cells[3], "91.1234567");
    assert_text(row->cells[4], "2026-07-02 23:59");
    assert_text(row->cells[5], "");
    assert_text(row->cells[WIDE - 1], "last");
    assert_text(s->rows[2].cells[0], csv ? "'@SUM(A1)" : "@SUM(A1)");
}

static void test_what_was_put_in_comes_out(void **state)
{
    (void)state;
    Arena *a = arena_new();
    for (int csv = 0; csv < 2; csv++) {
        Str bytes = made(a, csv);
        check(sheet_read(a, bytes), csv);
        assert_int_equal(str_find(bytes, S("<f>")), -1);
        assert_true(str_eq(bytes, made(a, csv))); /* the same rows give the same bytes */
    }
    arena_free(a);
}

static void test_every_minute_of_a_day_stays_itself(void **state)
{
    (void)state;
    Arena *a = arena_new();
    int64_t day = time_from_civil((Civil){ .year = 2026, .month = 11, .day = 26 }, ZONE);
    TableOut t = table_begin(a, false);
    for (int i = 0; i < 24 * 60; i++) {
        table_row(&t);
        table_text(&t, arena_fmt(a, "2026-11-26%s", i == 0 ? "" : arena_fmt(a, " %02d:%02d", i / 60, i % 60).p));
        table_time(&t, day + i * MINUTE_MS + 1, ZONE);
    }
    const Sheet *s = sheet_read(a, table_end(&t));
    assert_int_equal(s->n_rows, 24 * 60);
    for (int i = 1; i < s->n_rows; i++)
        assert_text(s->rows[i].cells[1], s->rows[i].cells[0].p);
    arena_free(a);
}

static void test_a_cell_has_its_bound(void **state)
{
    (void)state;
    Arena *a = arena_new();
    Buf long_text = buf_new(a, 200000);
    for (int i = 0; i < 40000; i++)
        buf_c(&long_text, "\xE6\xBC\x8F");
    TableOut t = table_begin(a, true);
    table_row(&t);
    table_text(&t, buf_str(&long_text));
    assert_int_equal(utf8_count(table_end(&t)), 1 + 2 + TABLE_CELL_CHARS_MAX + 2); /* mark, quotes, end of line */
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_was_put_in_comes_out),
        cmocka_unit_test(test_every_minute_of_a_day_stays_itself),
        cmocka_unit_test(test_a_cell_has_its_bound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
