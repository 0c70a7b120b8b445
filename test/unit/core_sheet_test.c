/* Sheets as offices make them, and as nobody should: built here, byte by byte. */
#include "unit.h"

#include "core/sheet/sheet.h"

#include <iconv.h>
#include <minizip/zip.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

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

/* ---- making ---- */

static Str file_bytes(const char *path)
{
    FILE *in = fopen(path, "rb");
    assert_non_null(in);
    Buf b = buf_new(arena, 65536);
    static char piece[65536];
    size_t n;
    while ((n = fread(piece, 1, sizeof piece, in)) > 0)
        buf_add(&b, (Str){ piece, n });
    fclose(in);
    return buf_str(&b);
}

typedef struct Part {
    const char *name;
    Str text;
    int64_t zeros; /* blanks behind the text: a bomb */
} Part;

static void put_blanks(zipFile z, int64_t n)
{
    static char blanks[65536];
    memset(blanks, ' ', sizeof blanks);
    for (; n > 0; n -= (int64_t)sizeof blanks)
        assert_int_equal(zipWriteInFileInZip(z, blanks, n < (int64_t)sizeof blanks ? (unsigned)n : sizeof blanks),
                         ZIP_OK);
}

static Str zip_of(const Part *parts, int n)
{
    char path[] = "/tmp/linli-sheet.XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    zipFile z = zipOpen(path, APPEND_STATUS_CREATE);
    assert_non_null(z);
    for (int i = 0; i < n; i++) {
        assert_int_equal(zipOpenNewFileInZip(z, parts[i].name, NULL, NULL, 0, NULL, 0, NULL, Z_DEFLATED, 6), ZIP_OK);
        assert_int_equal(zipWriteInFileInZip(z, parts[i].text.p, (unsigned)parts[i].text.n), ZIP_OK);
        put_blanks(z, parts[i].zeros);
        zipCloseFileInZip(z);
    }
    zipClose(z, NULL);
    Str bytes = file_bytes(path);
    unlink(path);
    return bytes;
}

#define XML_HEAD "<?xml version=\"1.0\" encoding=\"UTF-8\"?>"
#define MAIN_NS " xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\""
#define REL "http://schemas.openxmlformats.org/officeDocument/2006/relationships"

#define WORKBOOK                                                                                                       \
    S(XML_HEAD "<workbook" MAIN_NS " xmlns:r=\"" REL "\"><sheets>"                                                     \
               "<sheet name=\"说明\" sheetId=\"1\" state=\"hidden\" r:id=\"rId9\"/>"                                   \
               "<sheet name=\"台账\" sheetId=\"2\" r:id=\"rId1\"/></sheets></workbook>")
#define RELS                                                                                                           \
    S(XML_HEAD "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">"                \
               "<Relationship Id=\"rId1\" Type=\"" REL "/worksheet\" Target=\"worksheets/sheet1.xml\"/>"               \
               "<Relationship Id=\"rId2\" Type=\"" REL "/sharedStrings\" Target=\"sharedStrings.xml\"/>"               \
               "<Relationship Id=\"rId3\" Type=\"" REL "/styles\" Target=\"/xl/styles.xml\"/></Relationships>")
#define STYLES                                                                                                         \
    S(XML_HEAD                                                                                                         \
      "<styleSheet" MAIN_NS                                                                                            \
      "><numFmts><numFmt numFmtId=\"176\" formatCode=\"yyyy&quot;年&quot;m&quot;月&quot;d&quot;日&quot;\"/>"        \
      "<numFmt numFmtId=\"177\" formatCode=\"0.00_ \"/></numFmts><cellStyleXfs><xf numFmtId=\"14\"/></cellStyleXfs>"   \
      "<cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/><xf numFmtId=\"176\"/><xf "                                   \
      "numFmtId=\"177\"/></cellXfs></styleSheet>")

static Str xlsx_of(const char *strings, const char *sheet, int64_t zeros)
{
    Part parts[] = { { "xl/workbook.xml", WORKBOOK, 0 },
                     { "xl/_rels/workbook.xml.rels", RELS, 0 },
                     { "xl/styles.xml", STYLES, 0 },
                     { "xl/sharedStrings.xml", arena_fmt(arena, XML_HEAD "<sst" MAIN_NS ">%s</sst>", strings), 0 },
                     { "xl/worksheets/sheet1.xml",
                       arena_fmt(arena, XML_HEAD "<worksheet" MAIN_NS "><sheetData>%s", sheet), zeros } };
    return zip_of(parts, COUNT(parts));
}

#define END "</sheetData></worksheet>"

static Str gb(const char *utf8)
{
    iconv_t how = iconv_open("GB18030", "UTF-8");
    assert_true(how != (iconv_t)-1);
    size_t left = strlen(utf8), room = left * 2 + 16;
    char *to = arena_alloc(arena, room), *at = to, *from = (char *)(uintptr_t)utf8;
    assert_true(iconv(how, &from, &left, &at, &room) != (size_t)-1);
    iconv_close(how);
    return (Str){ to, (size_t)(at - to) };
}

/* Through the child's answer and back, as the server does. */
static Sheet *read_well(Str bytes)
{
    Sheet *s = sheet_read(arena, bytes);
    if (s->status != SHEET_OK) fail_msg("refused: %s", sheet_status_code(s->status));
    Sheet *back = sheet_parse(arena, sheet_print(arena, s));
    assert_non_null(back);
    assert_int_equal(back->n_rows, s->n_rows - s->first);
    return back;
}

static void refused_as(Str bytes, SheetStatus want)
{
    Sheet *s = sheet_read(arena, bytes);
    if (s->status != want) fail_msg("got \"%s\", want \"%s\"", sheet_status_code(s->status), sheet_status_code(want));
}

#define cell_is(s, row, column, want) check_cell(s, row, column, want, __LINE__)
static void check_cell(const Sheet *s, int row, int column, const char *want, int line)
{
    Str have = row < s->n_rows && column < s->rows[row].n_cells ? s->rows[row].cells[column] : S("");
    if (!str_is(have, want))
        fail_msg("line %d: row %d column %d is \"%.*s\", not \"%s\"", line, row, column, STR_ARG(have), want);
}

static void heading_is(const Sheet *s, int column, const char *want)
{
    assert_true(column < s->n_columns);
    if (!str_is(s->headings[column], want))
        fail_msg("heading is \"%.*s\", not \"%s\"", STR_ARG(s->headings[column]), want);
}

/* ---- CSV ---- */

static void test_csv_utf8(void **state)
{
    (void)state;
    Sheet *s = read_well(S("\xEF\xBB\xBF联系电话,反映内容\r\n\r\n08916300001,\"灯坏了,\n\"\"很暗\"\"\"\r\n,\r\n13800000000,井盖\r\n"));
    assert_int_equal(s->kind, SHEET_UTF8);
    assert_int_equal(s->n_rows, 2);
    heading_is(s, 1, "反映内容");
    cell_is(s, 0, 1, "灯坏了,\n\"很暗\"");
    assert_int_equal(s->rows[0].n, 3);
    assert_int_equal(s->rows[1].n, 5); /* blank lines count, as in the sheet */
}

static void test_csv_gb18030(void **state)
{
    (void)state;
    Sheet *s = read_well(gb("序号,联系电话,问题描述\n1,08916300001,路灯不亮𠮷\n"));
    assert_int_equal(s->kind, SHEET_GB18030);
    heading_is(s, 2, "问题描述");
    cell_is(s, 0, 2, "路灯不亮𠮷"); /* four bytes in GB18030 */
    refused_as(S("a,b\n1,\xFF\xFF\n"), SHEET_ENCODING);
}

static void test_csv_utf16(void **state)
{
    (void)state;
    Sheet *s = read_well(S("\xFF\xFE\x35\x75\t\0\x85\x51\n\0\x31\0\t\0\x6F\x70\r\0\n\0"));
    assert_int_equal(s->kind, SHEET_UTF16);
    assert_int_equal(s->n_columns, 2);
    cell_is(s, 0, 1, "灯");
}

static void test_csv_strict(void **state)
{
    (void)state;
    refused_as(S("a,b\n\"1\"x,2\n"), SHEET_BROKEN);
    refused_as(S("a,b\n1\"2,2\n"), SHEET_BROKEN);
    refused_as(S("a,b\n\"1,2\n"), SHEET_BROKEN);
    refused_as(S("a,b\n1\0,2\n"), SHEET_NOT);
    refused_as(S(""), SHEET_NOT);
    refused_as(S("\n\n,,\n"), SHEET_NO_HEADINGS);
    refused_as(S("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"), SHEET_NOT);
    Buf b = buf_new(arena, 1024);
    for (int i = 0; i < 1000000; i++)
        buf_c(&b, "x,");
    refused_as(buf_str(&b), SHEET_TOO_MANY_COLUMNS);
    b.n = 0;
    for (int i = 0; i <= SHEET_ROWS_MAX + 1; i++)
        buf_c(&b, "x,y\n");
    refused_as(buf_str(&b), SHEET_TOO_MANY_ROWS);
    b.n -= 4;
    assert_int_equal(read_well(buf_str(&b))->n_rows, SHEET_ROWS_MAX);
}

static void test_refused_columns(void **state)
{
    (void)state;
    Sheet *s = read_well(S("姓名,民 族,政治面貌,人员类别（重点人员）,电话,宗教信仰*\n甲,藏,群众,是,08916300001,无\n"));
    assert_false(s->refused[0]);
    assert_true(s->refused[1] && s->refused[2] && s->refused[3] && s->refused[5]);
    assert_false(s->refused[4]);
    cell_is(s, 0, 1, "");
    cell_is(s, 0, 3, "");
    cell_is(s, 0, 4, "08916300001");
    assert_true(heading_refused(S("Ethnicity")));
    assert_true(heading_refused(S("མི་རིགས།")));
    assert_false(heading_refused(S("联系电话")));
    assert_int_equal(str_find(sheet_print(arena, sheet_read(arena, S("姓名,民族\n甲,藏\n"))), S("藏")), -1);
}

/* ---- xlsx ---- */

static const char LEDGER_STRINGS[] =
    "<si><t>某社区二〇二五年民情台账</t></si><si><t>联系电话</t></si><si><r><t>反映</t></r><r><t>内容</t></r>"
    "<rPh sb=\"0\" eb=\"1\"><t>fan</t></rPh></si><si><t>办理</t></si><si><t>时间</t></si><si><t>结果</t></si>"
    "<si><t>网格</t></si><si><t xml:space=\"preserve\"> 井盖 &amp; 灯 </t></si>";

#define LEDGER \
    "<row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c><c r=\"B1\" s=\"1\"/></row>" \
    "<row r=\"3\"><c r=\"A3\" t=\"s\"><v>1</v></c><c r=\"B3\" t=\"s\"><v>2</v></c><c r=\"C3\" t=\"s\"><v>3</v></c>" \
    "<c r=\"E3\" t=\"s\"><v>6</v></c></row>" \
    "<row r=\"4\"><c r=\"C4\" t=\"s\"><v>4</v></c><c r=\"D4\" t=\"s\"><v>5</v></c></row>" \
    "<row r=\"6\"><c r=\"A6\"><v>1.3800138E10</v></c><c r=\"B6\" t=\"s\"><v>7</v></c><c r=\"C6\" " \
    "s=\"1\"><v>45839.5</v></c>" \
    "<c r=\"D6\" t=\"inlineStr\"><is><t>已修</t></is></c><c r=\"E6\" t=\"str\"><f>\"0\"&amp;5</f><v>05</v></c></row>" \
    "<row r=\"7\"><c r=\"A7\" s=\"3\"><v>8916300001</v></c><c r=\"B7\" t=\"inlineStr\"><is><t>漏水</t></is></c>" \
    "<c r=\"C7\" s=\"2\"><v>60</v></c><c r=\"D7\" t=\"e\"><v>#N/A</v></c></row>" \
    "<row r=\"8\"><c r=\"B8\" t=\"inlineStr\"><is><t>噪声</t></is></c><c r=\"C8\" s=\"2\"><v>45840</v></c></row>" \
    "</sheetData><mergeCells count=\"5\"><mergeCell ref=\"A1:E1\"/><mergeCell ref=\"A3:A4\"/><mergeCell " \
    "ref=\"B3:B4\"/>" \
    "<mergeCell ref=\"C3:D3\"/><mergeCell ref=\"E3:E4\"/><mergeCell ref=\"E6:E8\"/></mergeCells></worksheet>"

static void test_ledger(void **state)
{
    (void)state;
    Sheet *s = read_well(xlsx_of(LEDGER_STRINGS, LEDGER, 0));
    assert_int_equal(s->kind, SHEET_XLSX);
    assert_int_equal(s->head_row, 3);
    assert_int_equal(s->head_lines, 2);
    assert_int_equal(s->n_columns, 5);
    heading_is(s, 0, "联系电话");
    heading_is(s, 1, "反映内容");
    heading_is(s, 2, "办理 时间");
    heading_is(s, 3, "办理 结果");
    heading_is(s, 4, "网格");
    assert_int_equal(s->n_rows, 3);
    cell_is(s, 0, 0, "13800138000"); /* Excel made a float of it */
    cell_is(s, 0, 1, "井盖 & 灯");
    cell_is(s, 0, 2, "2025-07-01 12:00");
    cell_is(s, 0, 3, "已修");
    cell_is(s, 0, 4, "05"); /* the formula's cached value */
    cell_is(s, 1, 0, "8916300001");
    cell_is(s, 1, 2, "60"); /* 29 February 1900 never was */
    cell_is(s, 1, 3, "");
    cell_is(s, 1, 4, "05"); /* merged downward */
    cell_is(s, 2, 2, "2025-07-02");
    cell_is(s, 2, 4, "05");
    assert_int_equal(s->rows[2].n, 8);
}

static void test_dates_and_numbers(void **state)
{
    (void)state;
    static const struct { double serial; bool system_1904; const char *want; } dates[] = {
        { 1, false, "1900-01-01" },      { 59, false, "1900-02-28" },  { 61, false, "1900-03-01" },
        { 44197, false, "2021-01-01" },  { 0.5, false, "12:00" },      { 42735, true, "2021-01-01" },
        { 2958465, false, "9999-12-31" }, { 2958466, false, "2958466" }, { -1, false, "-1" },
        { 45839.9999999, false, "2025-07-02" },
    };
    for (int i = 0; i < COUNT(dates); i++)
        assert_true(str_is(sheet_date(arena, dates[i].serial, dates[i].system_1904), dates[i].want));
    static const struct { double n; const char *want; } numbers[] = {
        { 13800138000.0, "13800138000" }, { 0.1 + 0.2, "0.3" }, { -3, "-3" }, { 0, "0" }, { 91.118, "91.118" },
        { 110101199001011234.0, "110101199001011232" },
    };
    for (int i = 0; i < COUNT(numbers); i++)
        assert_true(str_is(sheet_number(arena, numbers[i].n), numbers[i].want));
    assert_true(sheet_format_is_date(S("[$-804]yyyy\"年\"m\"月\"")));
    assert_true(sheet_format_is_date(S("[h]:mm")));
    assert_false(sheet_format_is_date(S("#,##0.00_);[Red]\\(d\\)")));
    assert_false(sheet_format_is_date(S("General")));
    assert_false(sheet_format_is_date(S("0\"day\"")));
}

/* ---- hostile ---- */

static void test_hostile(void **state)
{
    (void)state;
    Str good = xlsx_of(LEDGER_STRINGS, LEDGER, 0);
    for (size_t n = 0; n < good.n; n += 97) { /* cut short anywhere */
        Sheet *s = sheet_read(arena, (Str){ good.p, n });
        assert_int_not_equal(s->status, SHEET_OK);
    }
    refused_as(xlsx_of("", "<row r=\"1\"><c r=\"A1\"><v>1</v></c></row>" END, SHEET_INFLATED_MAX), SHEET_TOO_LARGE);
    refused_as(xlsx_of("", "<row r=\"1\"><c r=\"ZZZZ1\"><v>1</v></c></row>" END, 0), SHEET_BROKEN);
    refused_as(xlsx_of("", "<row r=\"1\"><c r=\"XFD1\"><v>1</v></c></row>" END, 0), SHEET_TOO_MANY_COLUMNS);
    refused_as(xlsx_of("", "<row r=\"2\"/><row r=\"1\"/>" END, 0), SHEET_BROKEN);
    refused_as(xlsx_of("", "<row r=\"1\"><c r=\"A1\" t=\"s\"><v>7</v></c></row>" END, 0), SHEET_BROKEN);
    refused_as(xlsx_of("", "<row r=\"1\"><c r=\"A1\"><v>1</v></c></row>", 0), SHEET_BROKEN);
    Buf b = buf_new(arena, 1024);
    buf_c(&b, "<row r=\"1\">");
    for (int i = 0; i < 1000000; i++)
        buf_c(&b, "<c><v>1</v></c>");
    buf_c(&b, "</row>" END);
    refused_as(xlsx_of("", buf_str(&b).p, 0), SHEET_TOO_MANY_COLUMNS);
    Part other[] = { { "word/document.xml", S("<a/>"), 0 } };
    refused_as(zip_of(other, 1), SHEET_NOT);
}

static void test_doctype(void **state)
{
    (void)state;
    Part parts[] = { { "xl/workbook.xml",
                       S(XML_HEAD "<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]><workbook>&e;</workbook>"),
                       0 },
                     { "xl/_rels/workbook.xml.rels", RELS, 0 } };
    refused_as(zip_of(parts, 2), SHEET_FORBIDDEN);
    parts[0].text =
        S(XML_HEAD "<!DOCTYPE x [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;\">]><workbook>&b;</workbook>");
    refused_as(zip_of(parts, 2), SHEET_FORBIDDEN);
    parts[0].text = S(XML_HEAD "<workbook>&nothing;</workbook>");
    refused_as(zip_of(parts, 2), SHEET_BROKEN);
}

/* A stored byte changed: the CRC no longer fits, and nothing that was read counts. */
static void test_wrong_crc(void **state)
{
    (void)state;
    Str good = xlsx_of(LEDGER_STRINGS, LEDGER, 0);
    char *bad = (char *)(uintptr_t)arena_str(arena, good).p;
    int64_t central = 0;
    for (size_t i = 0; i + 4 < good.n; i++) /* the sheet is the last member of the central directory */
        if (memcmp(bad + i, "PK\x01\x02", 4) == 0) central = (int64_t)i;
    assert_true(central > 0);
    bad[central + 16] ^= 1;
    refused_as((Str){ bad, good.n }, SHEET_BROKEN);
}

static void test_answer_is_checked(void **state)
{
    (void)state;
    assert_null(sheet_parse(arena, S("")));
    assert_null(sheet_parse(arena, S("linli sheet 1,xlsx,1,1\r\nheadings,a\r\nrefused,-,-\r\n")));
    assert_null(sheet_parse(arena, S("linli sheet 1,xlsx,1,1\r\nheadings,a\r\nrefused,-\r\nx,1\r\n")));
    assert_null(sheet_parse(arena, S("linli sheet 1,xlsx,1,1\r\nheadings,a\r\nrefused,-\r\n2,1,2\r\n")));
    assert_non_null(sheet_parse(arena, S("linli sheet 1,xlsx,1,1\r\nheadings,a\r\nrefused,-\r\n2,1\r\n")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_csv_utf8, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(test_csv_gb18030, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(test_csv_utf16, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(test_csv_strict, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(test_refused_columns, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(test_ledger, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(test_dates_and_numbers, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(test_hostile, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(test_doctype, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(test_wrong_crc, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(test_answer_is_checked, open_arena, close_arena),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
