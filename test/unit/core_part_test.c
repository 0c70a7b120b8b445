/* Cells that say more than one thing: doors, telephone numbers, entrances, floors, names of houses. */
#include "unit.h"

#include "core/sheet/part.h"

static Arena *arena;

static void eq(Str got, const char *want, const char *of)
{
    if (!str_is(got, want)) fail_msg("%s: got \"%.*s\", want \"%s\"", of, STR_ARG(got), want);
}

static void test_door(void **state)
{
    (void)state;
    static const struct {
        const char *cell;
        bool building_said;
        const char *building, *unit, *floor, *door;
    } rows[] = {
        { "501", true, "", "", "", "501" },
        { "５０１室", true, "", "", "", "501" },
        { "2-501", true, "", "2", "", "501" },
        { "2-501", false, "2", "", "", "501" },
        { "3-2-501", false, "3", "2", "", "501" },
        { "３－２－５０１", false, "3", "2", "", "501" },
        { "3—2—501", false, "3", "2", "", "501" },
        { "3-2-5-501", false, "3", "2", "5", "501" },
        { "3栋2单元501室", false, "3栋", "2", "", "501" },
        { "3栋2单元5楼501", false, "3栋", "2", "5", "501" },
        { "三号楼二单元501", false, "三号楼", "二", "", "501" },
        { "幸福小区3号楼东单元501户", false, "幸福小区3号楼", "东", "", "501" },
        { "2单元501", true, "", "2", "", "501" },
        { "3幢501", false, "3幢", "", "", "501" },
        { "3#2-501", false, "3#", "2", "", "501" },
        { "A座1203", false, "A座", "", "", "1203" },
        { "五楼501", true, "", "", "五", "501" },
        { "东户", true, "", "", "", "东" },
    };
    for (int i = 0; i < COUNT(rows); i++) {
        Door d;
        if (!part_door(arena, str_c(rows[i].cell), rows[i].building_said, &d)) fail_msg("%s: not read", rows[i].cell);
        eq(d.building, rows[i].building, rows[i].cell);
        eq(d.unit, rows[i].unit, rows[i].cell);
        eq(d.floor, rows[i].floor, rows[i].cell);
        eq(d.door, rows[i].door, rows[i].cell);
    }
    static const char *const unclear[] = { "", "-", "3--501", "1-2-3-4-5", "单元", "3栋", "3栋2单元", "栋501", "3-2-" };
    for (int i = 0; i < COUNT(unclear); i++) {
        Door d;
        if (part_door(arena, str_c(unclear[i]), false, &d)) fail_msg("%s: read", unclear[i]);
    }
}

static void test_phone(void **state)
{
    (void)state;
    static const struct {
        const char *cell, *want;
        int n;
    } rows[] = {
        { "13900001234", "13900001234", 1 },
        { "１３９００００１２３４", "13900001234", 1 },
        { "139 0000 1234", "13900001234", 1 },
        { "139-0000-1234", "13900001234", 1 },
        { "(0891)6320001", "08916320001", 1 },
        { "+86 139 0000 1234", "+8613900001234", 1 },
        { "++8613900001234", "++8613900001234", 0 }, /* one plus */
        { "13900001234/13900001235", "13900001234", 2 },
        { "13900001234、0891-6320001", "13900001234", 2 },
        { "13900001234 13900001235", "13900001234", 2 },
        { "13900001234\n13900001235\n13900001236", "13900001234", 3 },
        { "13900001234（儿子）；13900001235（女儿）", "13900001234", 2 },
        { "儿子 / 13900001235", "13900001235", 1 },
        { "无", "无", 0 },
        { "12", "12", 0 },
        { "", "", 0 },
    };
    for (int i = 0; i < COUNT(rows); i++) {
        int n = -1;
        eq(part_phone(arena, str_c(rows[i].cell), &n), rows[i].want, rows[i].cell);
        if (n != rows[i].n) fail_msg("%s: %d", rows[i].cell, n);
    }
}

static void test_called(void **state)
{
    (void)state;
    static const char *const alike[][5] = {
        { "3号楼", "３栋", "三幢", "3#", "第03座" },
        { "幸福小区12号楼", "幸福小区 十二栋", "幸福小区12#", "幸福小区12", "幸福小区-12幢" },
        { "2单元", "二单元", "２", "02", "二" },
        { "A座", "a栋", "Ａ", "a", "A号楼" },
    };
    for (int i = 0; i < COUNT(alike); i++)
        for (int k = 1; k < 5; k++)
            eq(part_called(arena, str_c(alike[i][k])), arena_c(arena, part_called(arena, str_c(alike[i][0]))),
               alike[i][k]);
    static const char *const apart[] = { "3号楼", "13号楼", "幸福小区3号楼", "东楼", "二十三栋", "30栋" };
    for (int i = 0; i < COUNT(apart); i++)
        for (int k = 0; k < i; k++)
            if (str_eq(part_called(arena, str_c(apart[i])), part_called(arena, str_c(apart[k]))))
                fail_msg("%s and %s", apart[i], apart[k]);
}

static void test_number(void **state)
{
    (void)state;
    static const struct {
        const char *cell;
        int64_t want;
    } rows[] = { { "6", 6 },     { "６层", 6 },     { "五楼", 5 },    { "十二层", 12 }, { "二十", 20 },
                 { "一百零三", 103 }, { "负一层", -1 }, { "地下2层", -2 }, { "B1", -1 },     { "-1", -1 },
                 { "3个", 3 },   { "第三层", 3 } };
    int64_t n;
    for (int i = 0; i < COUNT(rows); i++)
        if (!part_number(arena, str_c(rows[i].cell), &n) || n != rows[i].want) fail_msg("%s", rows[i].cell);
    static const char *const none[] = { "", "楼", "五楼半", "5-6", "B", "1.5", "九九九九九九九九", "六号" };
    for (int i = 0; i < COUNT(none); i++)
        if (part_number(arena, str_c(none[i]), &n)) fail_msg("%s is %lld", none[i], (long long)n);
}

static void test_list(void **state)
{
    (void)state;
    Str out[8];
    assert_int_equal(part_list(arena, S("1单元、2单元，３单元"), out, 8), 3);
    eq(out[2], "3", "list");
    assert_int_equal(part_list(arena, S("1-4"), out, 8), 4);
    eq(out[3], "4", "range");
    assert_int_equal(part_list(arena, S("东 西/中"), out, 8), 3);
    eq(out[1], "西", "signs");
    assert_int_equal(part_list(arena, S(" 、, "), out, 8), 0);
    assert_int_equal(part_list(arena, S("1-9"), out, 8), -1);
    assert_int_equal(part_list(arena, S("1,2,3,4,5,6,7,8,9"), out, 8), -1);
    assert_int_equal(part_list(arena, S("9-1"), out, 8), 1); /* a name, no range */
}

static int begin(void **state)
{
    (void)state;
    arena = arena_new();
    return 0;
}

static int end(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_door), cmocka_unit_test(test_phone), cmocka_unit_test(test_called),
        cmocka_unit_test(test_number), cmocka_unit_test(test_list),
    };
    return cmocka_run_group_tests_name("part", tests, begin, end);
}
