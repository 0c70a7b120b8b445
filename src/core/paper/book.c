/* See book.h. */
#include "core/paper/book.h"

#include "core/sheet/zip_out.h"

enum { SHEETS_MAX = 8, COLUMNS_MAX = 26 };

/* ---- the sheets ---- */

static void put_escaped(Buf *b, Str s)
{
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c == '<') buf_c(b, "&lt;");
        else if (c == '>') buf_c(b, "&gt;");
        else if (c == '&') buf_c(b, "&amp;");
        else if (c == '"') buf_c(b, "&quot;");
        else if (c >= 0x20 || c == '\n' || c == '\t') buf_char(b, (char)c);
    }
}

typedef struct Page {
    Buf b;
    int row, column;
} Page;

static void row_begin(Page *s)
{
    s->column = 0;
    buf_fmt(&s->b, "<row r=\"%d\">", ++s->row);
}

static void put_cell(Page *s, Str text, bool bold)
{
    int64_t n;
    assert(s->column < COLUMNS_MAX);
    char letter = (char)('A' + s->column++);
    if (str_to_i64(text, &n)) {
        buf_fmt(&s->b, "<c r=\"%c%d\"><v>%lld</v></c>", letter, s->row, (long long)n);
        return;
    }
    buf_fmt(&s->b, "<c r=\"%c%d\" s=\"%d\" t=\"inlineStr\"><is><t xml:space=\"preserve\">", letter, s->row,
            bold ? 1 : 2);
    put_escaped(&s->b, text);
    buf_c(&s->b, "</t></is></c>");
}

static void put_cells(Page *s, const json_t *cells, bool bold)
{
    for (size_t i = 0; i < json_array_size(cells); i++) {
        const json_t *cell = json_array_get(cells, i);
        put_cell(s, (Str){ json_string_value(cell), json_string_length(cell) }, bold);
    }
}

static void row_end(Page *s)
{
    buf_c(&s->b, "</row>");
}

#define XML_HEAD "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n"
#define MAIN_NS "xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\""
#define OFFICE "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
#define PACKAGE "http://schemas.openxmlformats.org/package/2006"

static Page page_begin(Arena *a)
{
    Page s = { .b = buf_new(a, 8192) };
    buf_c(&s.b, XML_HEAD "<worksheet " MAIN_NS "><cols><col min=\"1\" max=\"1\" width=\"34\" customWidth=\"1\"/>"
                         "<col min=\"2\" max=\"5\" width=\"14\" customWidth=\"1\"/>"
                         "<col min=\"6\" max=\"6\" width=\"70\" customWidth=\"1\"/></cols><sheetData>");
    return s;
}

static Str page_end(Page *s)
{
    buf_c(&s->b, "</sheetData></worksheet>");
    return buf_str(&s->b);
}

static Str table_page(Arena *a, const json_t *document)
{
    Page s = page_begin(a);
    const json_t *lines = json_object_get(document, "lines"), *rows = json_object_get(document, "rows");
    row_begin(&s);
    put_cell(&s, json_text(document, "title"), true);
    row_end(&s);
    for (size_t i = 0; i < json_array_size(lines); i++) {
        row_begin(&s);
        const json_t *line = json_array_get(lines, i);
        put_cell(&s, (Str){ json_string_value(line), json_string_length(line) }, false);
        row_end(&s);
    }
    row_begin(&s);
    put_cells(&s, json_object_get(document, "head"), true);
    put_cell(&s, json_text(document, "note"), true);
    row_end(&s);
    for (size_t i = 0; i < json_array_size(rows); i++) {
        row_begin(&s);
        put_cells(&s, json_object_get(json_array_get(rows, i), "cells"), false);
        put_cell(&s, json_text(json_array_get(rows, i), "note"), false);
        row_end(&s);
    }
    return page_end(&s);
}

static Str chart_page(Arena *a, const json_t *chart)
{
    Page s = page_begin(a);
    const json_t *bars = json_object_get(chart, "bars");
    row_begin(&s);
    put_cell(&s, json_text(chart, "title"), true);
    put_cell(&s, json_text(chart, "first"), true);
    put_cell(&s, json_text(chart, "second"), true);
    row_end(&s);
    for (size_t i = 0; i < json_array_size(bars); i++) {
        const json_t *bar = json_array_get(bars, i);
        row_begin(&s);
        put_cell(&s, json_text(bar, "label"), false);
        put_cell(&s, arena_fmt(a, "%lld", (long long)json_int(bar, "first")), false);
        put_cell(&s, arena_fmt(a, "%lld", (long long)json_int(bar, "second")), false);
        row_end(&s);
    }
    return page_end(&s);
}

/* ---- the workbook ---- */

static Str types_xml(Arena *a, int sheets)
{
    Buf b = buf_new(a, 1024);
    buf_c(&b, XML_HEAD
          "<Types xmlns=\"" PACKAGE "/content-types\"><Default Extension=\"rels\" ContentType=\"application/"
          "vnd.openxmlformats-package.relationships+xml\"/><Default Extension=\"xml\" ContentType=\"application/xml\"/>"
          "<Override PartName=\"/xl/workbook.xml\" ContentType=\"application/vnd.openxmlformats-officedocument."
          "spreadsheetml.sheet.main+xml\"/><Override PartName=\"/xl/styles.xml\" ContentType=\"application/"
          "vnd.openxmlformats-officedocument.spreadsheetml.styles+xml\"/>");
    for (int i = 1; i <= sheets; i++)
        buf_fmt(&b, "<Override PartName=\"/xl/worksheets/sheet%d.xml\" ContentType=\"application/"
                    "vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml\"/>", i);
    buf_c(&b, "</Types>");
    return buf_str(&b);
}

static Str workbook_xml(Arena *a, int sheets)
{
    Buf b = buf_new(a, 1024);
    buf_c(&b, XML_HEAD "<workbook " MAIN_NS " xmlns:r=\"" OFFICE "\"><sheets>");
    for (int i = 1; i <= sheets; i++)
        buf_fmt(&b, "<sheet name=\"%d\" sheetId=\"%d\" r:id=\"r%d\"/>", i, i, i);
    buf_c(&b, "</sheets></workbook>");
    return buf_str(&b);
}

static Str workbook_relations(Arena *a, int sheets)
{
    Buf b = buf_new(a, 1024);
    buf_c(&b, XML_HEAD "<Relationships xmlns=\"" PACKAGE "/relationships\">");
    for (int i = 1; i <= sheets; i++)
        buf_fmt(&b, "<Relationship Id=\"r%d\" Type=\"" OFFICE "/worksheet\" Target=\"worksheets/sheet%d.xml\"/>", i, i);
    buf_c(&b, "<Relationship Id=\"styles\" Type=\"" OFFICE "/styles\" Target=\"styles.xml\"/></Relationships>");
    return buf_str(&b);
}

static const char styles_xml[] = XML_HEAD
    "<styleSheet " MAIN_NS "><fonts count=\"2\"><font><sz val=\"11\"/></font><font><b/><sz val=\"12\"/></font></fonts>"
    "<fills count=\"2\"><fill><patternFill patternType=\"none\"/></fill><fill><patternFill "
    "patternType=\"gray125\"/></fill></fills>"
    "<borders count=\"1\"><border/></borders><cellStyleXfs count=\"1\"><xf/></cellStyleXfs><cellXfs count=\"3\"><xf/>"
    "<xf fontId=\"1\" applyFont=\"1\"/><xf applyAlignment=\"1\"><alignment wrapText=\"1\" "
    "vertical=\"top\"/></xf></cellXfs></styleSheet>";
static const char root_relations[] =
    XML_HEAD "<Relationships xmlns=\"" PACKAGE "/relationships\"><Relationship Id=\"r1\" Type=\"" OFFICE
             "/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>";

Str book_make(Arena *a, const json_t *document)
{
    ZipOut z = zip_out_new(a);
    const json_t *charts = json_object_get(document, "charts");
    int n = (int)json_array_size(charts) + 1;
    if (n > SHEETS_MAX) n = SHEETS_MAX;
    zip_out_add(&z, S("[Content_Types].xml"), types_xml(a, n));
    zip_out_add(&z, S("_rels/.rels"), str_c(root_relations));
    zip_out_add(&z, S("xl/workbook.xml"), workbook_xml(a, n));
    zip_out_add(&z, S("xl/_rels/workbook.xml.rels"), workbook_relations(a, n));
    zip_out_add(&z, S("xl/styles.xml"), str_c(styles_xml));
    zip_out_add(&z, S("xl/worksheets/sheet1.xml"), table_page(a, document));
    for (int i = 2; i <= n; i++)
        zip_out_add(&z, arena_fmt(a, "xl/worksheets/sheet%d.xml", i),
                    chart_page(a, json_array_get(charts, (size_t)i - 2)));
    return zip_out_end(&z);
}
