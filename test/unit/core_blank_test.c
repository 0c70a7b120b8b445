/* An inspector's blank as offices make it, and as nobody should. */
#include "unit.h"

#include "core/sheet/blank.h"
#include "core/sheet/zip_out.h"

#define XML "<?xml version=\"1.0\" encoding=\"UTF-8\"?>"
#define TYPES "[Content_Types].xml"
#define STRINGS "xl/sharedStrings.xml"
#define SHEET "xl/worksheets/sheet1.xml"

static Arena *arena;

static int open_arena(void **state)
{
    (void)state;
    arena = arena_new();
    return 0;
}

static int close_arena(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

typedef struct File {
    const char *name, *text;
} File;

static const File plain[] = {
    { TYPES, XML "<Types/>" },
    { "_rels/.rels", XML "<Relationships/>" },
    { "xl/workbook.xml", XML "<workbook><sheets/><calcPr calcId=\"191029\"/></workbook>" },
    { STRINGS, XML
      "<sst><si><t>办结</t></si><si><t>{{closed}}</t></si><si><r><rPr/><t>{{raised</t></r><r><t xml:space=\"preserve\">"
      ".before}}</t></r></si><si/><si><t>{{ closed@540102001001-03#light }}</t></si><si><t>see "
      "{{closed}}</t></si></sst>" },
    { SHEET, XML "<worksheet><cols><col min=\"1\"/></cols><sheetData><row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c><c "
                 "r=\"B1\" s=\"7\" t=\"s\">"
                 "<v>1</v></c><c r=\"C1\" t=\"s\" s=\"8\"><v>2</v></c></row><row r=\"2\"><c r=\"A2\" s=\"3\"/><c "
                 "r=\"B2\" t=\"s\"><v>4</v></c>"
                 "<c r=\"C2\" t=\"s\"><v>5</v></c><c r=\"D2\" t=\"inlineStr\"><is><t>{{month}}</t></is></c><c "
                 "r=\"E2\"><f>SUM(B1:C1)</f>"
                 "<v>0</v></c><c r=\"F2\" t=\"s\"><v>99</v></c></row></sheetData></worksheet>" },
    { "xl/media/image1.png", "\x89PNG not one" },
};

/* The plain one with one member in place of its own, or one more. */
static Str with(const char *name, Str bytes)
{
    ZipOut z = zip_out_new(arena);
    bool put = false;
    for (int i = 0; i < COUNT(plain); i++) {
        bool here = strcmp(plain[i].name, name) == 0;
        zip_out_add(&z, str_c(plain[i].name), here ? bytes : str_c(plain[i].text));
        put = put || here;
    }
    if (!put && name[0] != 0) zip_out_add(&z, str_c(name), bytes);
    return zip_out_end(&z);
}

static Str member(Str xlsx, const char *name)
{
    SheetStatus status;
    static ZipMember list[SHEET_MEMBERS_MAX];
    Zip *z = zip_open(arena, xlsx, &status);
    assert_non_null(z);
    int n = zip_members(z, arena, list, &status);
    assert_int_equal(status, SHEET_OK);
    zip_close(z);
    for (int i = 0; i < n; i++)
        if (str_is(list[i].name, name)) return list[i].packed; /* stored, in these tests */
    fail_msg("no member %s", name);
    return S("");
}

static void test_names(void **state)
{
    Str out;
    (void)state;
    assert_int_equal(blank_work(arena, with("", S("")), S(""), &out), SHEET_OK);
    assert_string_equal(out.p, "closed\nraised.before\nclosed@540102001001-03#light\nmonth\n");
}

static void test_only_the_cells_change(void **state)
{
    Str blank = with("", S("")), out;
    (void)state;
    Str values = S("closed\t12\nraised.before\t3\nclosed@540102001001-03#light\t0\nmonth\t2026-10\n");
    assert_int_equal(blank_work(arena, blank, values, &out), SHEET_OK);
    Str sheet = member(out, SHEET);
    static const char *const want[] = { "<c r=\"A1\" t=\"s\"><v>0</v></c>",
                                        "<c r=\"B1\" s=\"7\"><v>12</v></c>",
                                        "<c r=\"C1\" s=\"8\"><v>3</v></c>",
                                        "<c r=\"A2\" s=\"3\"/><c r=\"B2\"><v>0</v></c>",
                                        "<c r=\"C2\" t=\"s\"><v>5</v></c>",
                                        "<c r=\"D2\" t=\"str\"><v>2026-10</v></c>",
                                        "<f>SUM(B1:C1)</f>" };
    for (int i = 0; i < COUNT(want); i++)
        if (str_find(sheet, str_c(want[i])) < 0) fail_msg("no %s in %.*s", want[i], STR_ARG(sheet));
    for (int i = 0; i < COUNT(plain); i++) {
        bool edited = strcmp(plain[i].name, SHEET) == 0 || strcmp(plain[i].name, "xl/workbook.xml") == 0;
        assert_int_equal(edited, !str_eq(member(out, plain[i].name), str_c(plain[i].text)));
    }
    assert_true(str_find(member(out, "xl/workbook.xml"), S("<calcPr fullCalcOnLoad=\"1\" calcId=\"191029\"/>")) > 0);
}

static void test_a_name_without_a_value_stays(void **state)
{
    Str out;
    (void)state;
    assert_int_equal(blank_work(arena, with("", S("")), S("month\t2026-10\n"), &out), SHEET_OK);
    assert_true(str_find(member(out, SHEET), S("<c r=\"B1\" s=\"7\" t=\"s\"><v>1</v></c>")) > 0);
}

static void test_hostile(void **state)
{
    (void)state;
    Str out;
    static const struct {
        const char *name, *text;
        SheetStatus status;
    } bad[] = {
        { "xl/vbaProject.bin", "x", SHEET_FORBIDDEN },
        { "xl/externalLinks/externalLink1.xml", XML "<a/>", SHEET_FORBIDDEN },
        { "xl/embeddings/oleObject1.bin", "x", SHEET_FORBIDDEN },
        { "_rels/.rels", XML "<Relationships><Relationship TargetMode=\"External\"/></Relationships>",
          SHEET_FORBIDDEN },
        { STRINGS, XML "<!DOCTYPE a [<!ENTITY b \"c\">]><sst/>", SHEET_FORBIDDEN },
        { TYPES, XML "<Types>macroEnabled</Types>", SHEET_FORBIDDEN },
        { STRINGS, "<?xml version=\"1.0\" encoding=\"UTF-7\"?><sst/>", SHEET_BROKEN },
        { STRINGS, "\xff\xfe<", SHEET_BROKEN },
        { STRINGS, "", SHEET_BROKEN },
    };
    for (int i = 0; i < COUNT(bad); i++) {
        SheetStatus s = blank_work(arena, with(bad[i].name, str_c(bad[i].text)), S("closed\t1\n"), &out);
        if (s != bad[i].status || out.n > 0) fail_msg("%s: %d, not %d", bad[i].name, s, bad[i].status);
    }
    Str whole = with("", S(""));
    assert_int_equal(blank_work(arena, S("not a zip at all"), S(""), &out), SHEET_NOT);
    for (size_t n = 4; n < whole.n; n += 97) /* cut anywhere */
        assert_int_not_equal(blank_work(arena, (Str){ whole.p, n }, S(""), &out), SHEET_OK);
    ZipOut z = zip_out_new(arena);
    zip_out_add(&z, S("a.xml"), S(XML "<a/>"));
    assert_int_equal(blank_work(arena, zip_out_end(&z), S(""), &out), SHEET_NOT);
    z = zip_out_new(arena);
    for (int i = 0; i < 2; i++)
        zip_out_add(&z, S("xl/workbook.xml"), S(XML "<workbook/>"));
    assert_int_equal(blank_work(arena, zip_out_end(&z), S(""), &out), SHEET_BROKEN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_only_the_cells_change),
        cmocka_unit_test(test_a_name_without_a_value_stays),
        cmocka_unit_test(test_hostile),
    };
    return cmocka_run_group_tests(tests, open_arena, close_arena);
}
