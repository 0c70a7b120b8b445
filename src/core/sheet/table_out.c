#include "core/sheet/table_out.h"

#include "core/sheet/zip_out.h"

#define XML_HEAD "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n"
#define MAIN_NS "xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\""
#define OFFICE "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
#define PACKAGE "http://schemas.openxmlformats.org/package/2006"

enum { STYLE_HEAD = 1, STYLE_TEXT, STYLE_QUOTED, STYLE_TIME };
enum { DAYS_TO_1970 = 25569, DAY_PARTS = 1000000 }; /* of the 1900 date system */

TableOut table_begin(Arena *a, bool csv)
{
    TableOut t = { .arena = a, .rows = buf_new(a, 64 * 1024), .csv = csv };
    if (csv) {
        buf_c(&t.rows, "\xEF\xBB\xBF");
        return t;
    }
    buf_c(&t.rows, XML_HEAD "<worksheet " MAIN_NS "><sheetViews><sheetView workbookViewId=\"0\"><pane ySplit=\"1\""
                            " topLeftCell=\"A2\" activePane=\"bottomLeft\" state=\"frozen\"/></sheetView></sheetViews>"
                            "<cols><col min=\"1\" max=\"40\" width=\"18\" customWidth=\"1\"/></cols><sheetData>");
    return t;
}

static void row_end(TableOut *t)
{
    if (t->row > 0) buf_c(&t->rows, t->csv ? "\r\n" : "</row>");
}

void table_row(TableOut *t)
{
    row_end(t);
    t->row++;
    t->column = 0;
    if (!t->csv) buf_fmt(&t->rows, "<row r=\"%d\">", t->row);
}

/* A, B .. Z, AA, AB .. of the column that comes now. */
static void open_cell(TableOut *t, int style)
{
    assert(t->column < TABLE_COLUMNS_MAX);
    int n = t->column++;
    buf_c(&t->rows, "<c r=\"");
    if (n >= 26) buf_char(&t->rows, (char)('A' + n / 26 - 1));
    buf_char(&t->rows, (char)('A' + n % 26));
    buf_fmt(&t->rows, "%d\"", t->row);
    if (style > 0) buf_fmt(&t->rows, " s=\"%d\"", style);
}

static void csv_comma(TableOut *t)
{
    if (t->column++ > 0) buf_char(&t->rows, ',');
}

static bool like_formula(Str s)
{
    return s.n > 0 && strchr("=+-@\t\r", s.p[0]) != NULL;
}

/* XML 1.0 has no way to say most control characters: they are left out. */
static void put_escaped(Buf *b, Str s)
{
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c == '<') buf_c(b, "&lt;");
        else if (c == '>') buf_c(b, "&gt;");
        else if (c == '&') buf_c(b, "&amp;");
        else if (c >= 0x20 || c == '\n' || c == '\t') buf_char(b, (char)c);
    }
}

static void put_text(TableOut *t, Str text, int style)
{
    if (t->csv) {
        csv_comma(t);
        buf_char(&t->rows, '"');
        if (like_formula(text)) buf_char(&t->rows, '\'');
        for (size_t i = 0; i < text.n; i++) {
            if (text.p[i] == '"') buf_char(&t->rows, '"');
            if (text.p[i] != 0) buf_char(&t->rows, text.p[i]);
        }
        buf_char(&t->rows, '"');
        return;
    }
    open_cell(t, style);
    buf_c(&t->rows, " t=\"inlineStr\"><is><t xml:space=\"preserve\">");
    put_escaped(&t->rows, text);
    buf_c(&t->rows, "</t></is></c>");
}

/* No longer than a cell may be, and no character in halves. */
static Str clipped(Str s)
{
    Str rest = s;
    for (int n = 0; rest.n > 0; n++) {
        if (n == TABLE_CELL_CHARS_MAX) return (Str){ s.p, s.n - rest.n };
        if (utf8_next(&rest) < 0) return S("");
    }
    return s;
}

void table_head(TableOut *t, Str text)
{
    put_text(t, text, STYLE_HEAD);
}

void table_text(TableOut *t, Str text)
{
    if (text.n > TABLE_CELL_CHARS_MAX) text = clipped(text);
    if (text.n > 0)
        put_text(t, text, like_formula(text) ? STYLE_QUOTED : STYLE_TEXT);
    else if (t->csv)
        csv_comma(t);
    else
        t->column++;
}

static void put_number(TableOut *t, Str digits, int style)
{
    if (t->csv) {
        csv_comma(t);
        buf_add(&t->rows, digits);
        return;
    }
    open_cell(t, style);
    buf_fmt(&t->rows, "><v>%.*s</v></c>", STR_ARG(digits));
}

void table_int(TableOut *t, int64_t n)
{
    put_number(t, arena_fmt(t->arena, "%lld", (long long)n), 0);
}

void table_degrees(TableOut *t, double degrees)
{
    put_number(t, arena_fmt(t->arena, "%.7f", degrees), 0);
}

void table_time(TableOut *t, int64_t ms, int zone_minutes)
{
    if (ms <= 0) {
        table_text(t, S(""));
        return;
    }
    if (t->csv) {
        Civil c = time_civil(ms, zone_minutes);
        csv_comma(t);
        buf_fmt(&t->rows, "%04d-%02d-%02d %02d:%02d", c.year, c.month, c.day, c.hour, c.minute);
        return;
    }
    int64_t at = ms + zone_minutes * MINUTE_MS;
    int64_t part = at % DAY_MS / MINUTE_MS * MINUTE_MS * DAY_PARTS / DAY_MS + 1; /* rounded up: the minute is kept */
    put_number(t, arena_fmt(t->arena, "%lld.%06lld", (long long)(at / DAY_MS + DAYS_TO_1970), (long long)part),
               STYLE_TIME);
}

/* ---- the workbook ---- */

static const char content_types[] = XML_HEAD
    "<Types xmlns=\"" PACKAGE "/content-types\"><Default Extension=\"rels\" ContentType=\"application/"
    "vnd.openxmlformats-package.relationships+xml\"/><Default Extension=\"xml\" ContentType=\"application/xml\"/>"
    "<Override PartName=\"/xl/workbook.xml\" ContentType=\"application/vnd.openxmlformats-officedocument."
    "spreadsheetml.sheet.main+xml\"/><Override PartName=\"/xl/styles.xml\" ContentType=\"application/"
    "vnd.openxmlformats-officedocument.spreadsheetml.styles+xml\"/><Override PartName=\"/xl/worksheets/sheet1.xml\""
    " ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml\"/></Types>";
static const char root_relations[] = XML_HEAD
    "<Relationships xmlns=\"" PACKAGE "/relationships\"><Relationship Id=\"r1\" Type=\"" OFFICE
    "/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>";
static const char workbook[] = XML_HEAD
    "<workbook " MAIN_NS " xmlns:r=\"" OFFICE "\"><sheets><sheet name=\"1\" sheetId=\"1\" r:id=\"r1\"/></sheets>"
    "</workbook>";
static const char workbook_relations[] = XML_HEAD
    "<Relationships xmlns=\"" PACKAGE "/relationships\"><Relationship Id=\"r1\" Type=\"" OFFICE
    "/worksheet\" Target=\"worksheets/sheet1.xml\"/><Relationship Id=\"r2\" Type=\"" OFFICE
    "/styles\" Target=\"styles.xml\"/></Relationships>";
static const char styles[] = XML_HEAD
    "<styleSheet " MAIN_NS "><numFmts count=\"1\"><numFmt numFmtId=\"164\" formatCode=\"yyyy\\-mm\\-dd\\ hh:mm\"/>"
    "</numFmts><fonts count=\"2\"><font><sz val=\"11\"/></font><font><b/><sz val=\"11\"/></font></fonts>"
    "<fills count=\"2\"><fill><patternFill patternType=\"none\"/></fill><fill><patternFill "
    "patternType=\"gray125\"/></fill></fills><borders count=\"1\"><border/></borders><cellStyleXfs count=\"1\"><xf/>"
    "</cellStyleXfs><cellXfs count=\"5\"><xf/><xf fontId=\"1\" applyFont=\"1\"/><xf applyAlignment=\"1\"><alignment "
    "vertical=\"top\"/></xf><xf quotePrefix=\"1\" applyAlignment=\"1\"><alignment vertical=\"top\"/></xf>"
    "<xf numFmtId=\"164\" applyNumberFormat=\"1\"/></cellXfs></styleSheet>";

Str table_end(TableOut *t)
{
    row_end(t);
    if (t->csv) return buf_str(&t->rows);
    buf_c(&t->rows, "</sheetData></worksheet>");
    ZipOut z = zip_out_new(t->arena);
    zip_out_add(&z, S("[Content_Types].xml"), str_c(content_types));
    zip_out_add(&z, S("_rels/.rels"), str_c(root_relations));
    zip_out_add(&z, S("xl/workbook.xml"), str_c(workbook));
    zip_out_add(&z, S("xl/_rels/workbook.xml.rels"), str_c(workbook_relations));
    zip_out_add(&z, S("xl/styles.xml"), str_c(styles));
    zip_out_pack(&z, S("xl/worksheets/sheet1.xml"), buf_str(&t->rows));
    return zip_out_end(&z);
}
