/* The parts of an xlsx: workbook, relations, styles, shared strings, one sheet. */
#include "core/sheet/sheet.h"

#include <stdlib.h>

enum { FORMATS_MAX = 512, STYLES_MAX = 65536, ROW_MAX = 1048576, COLUMN_MAX = 16384 };

typedef struct Book {
    Sheet *sheet;
    Zip *zip;
    Arena *arena;
    /* workbook and its relations */
    Str sheet_rel, sheet_path, strings_path, styles_path;
    bool system_1904;
    /* styles */
    int date_formats[FORMATS_MAX], n_date_formats;
    uint8_t *is_date; /* by style */
    int n_styles;
    bool in_styles;
    /* shared strings */
    Str *strings;
    int n_strings, strings_cap;
    size_t strings_bytes;
    /* text that is being read */
    Buf text;
    bool in_item, in_text, in_phonetic;
    /* the sheet */
    int64_t row, last_row;
    int column;
    int next_column;
    Str cells[SHEET_COLUMNS_MAX + 1];
    int n_cells;
    int style;
    char type[12];
} Book;

static int64_t number(Str s)
{
    int64_t n = 0;
    return str_to_i64(s, &n) ? n : 0;
}

static bool refuse(Book *b, SheetStatus status)
{
    if (b->sheet->status == SHEET_OK) b->sheet->status = status;
    return false;
}

/* ---- workbook ---- */

static bool book_open(void *self, const char *name, const XmlAttr *attrs, int n)
{
    Book *b = self;
    if (strcmp(name, "workbookPr") == 0) {
        Str v = xml_attr(attrs, n, "date1904");
        b->system_1904 = str_is(v, "1") || str_is(v, "true");
    }
    Str state = xml_attr(attrs, n, "state");
    if (strcmp(name, "sheet") == 0 && b->sheet_rel.n == 0 && (state.n == 0 || str_is(state, "visible"))) {
        for (int i = 0; i < n; i++) /* r:id, not sheetId */
            if (strcmp(attrs[i].name, "id") == 0) b->sheet_rel = arena_str(b->arena, attrs[i].value);
    }
    return true;
}

static Str path_of(Book *b, Str target)
{
    if (target.n > 0 && target.p[0] == '/') return arena_str(b->arena, (Str){ target.p + 1, target.n - 1 });
    return arena_fmt(b->arena, "xl/%.*s", STR_ARG(target));
}

static bool rels_open(void *self, const char *name, const XmlAttr *attrs, int n)
{
    Book *b = self;
    if (strcmp(name, "Relationship") != 0) return true;
    Str type = xml_attr(attrs, n, "Type"), path = path_of(b, xml_attr(attrs, n, "Target"));
    if (str_is(xml_attr(attrs, n, "TargetMode"), "External")) return true;
    if (str_ends(type, S("/sharedStrings"))) b->strings_path = path;
    if (str_ends(type, S("/styles"))) b->styles_path = path;
    if (str_ends(type, S("/worksheet")) && str_eq(xml_attr(attrs, n, "Id"), b->sheet_rel)) b->sheet_path = path;
    return true;
}

/* ---- styles: which of them show a date ---- */

/* ECMA-376 18.8.30; 27 to 36 and 50 to 58 are the East Asian calendars' dates. */
static bool built_in_date(int64_t id)
{
    return (id >= 14 && id <= 22) || (id >= 27 && id <= 36) || (id >= 45 && id <= 47) || (id >= 50 && id <= 58);
}

bool sheet_format_is_date(Str code)
{
    for (size_t i = 0; i < code.n; i++) {
        char c = code.p[i];
        if (c == '"') { /* literal text */
            while (++i < code.n && code.p[i] != '"') {}
        } else if (c == '[') { /* colour, condition, locale; but [h] is a time */
            char next = i + 1 < code.n ? (char)(code.p[i + 1] | 0x20) : 0;
            if (next == 'h' || next == 's') return true;
            while (++i < code.n && code.p[i] != ']') {}
        } else if (c == '\\' || c == '_' || c == '*') {
            i++;
        } else if (strchr("yYdDhH", c) != NULL && c != 0) {
            return true;
        } else if (c == ';' || (c == 'G' && code.n - i >= 7 && memcmp(code.p + i, "General", 7) == 0)) {
            return false;
        }
    }
    return false;
}

static bool styles_open(void *self, const char *name, const XmlAttr *attrs, int n)
{
    Book *b = self;
    int64_t id = number(xml_attr(attrs, n, "numFmtId"));
    if (strcmp(name, "numFmt") == 0 && b->n_date_formats < FORMATS_MAX &&
        sheet_format_is_date(xml_attr(attrs, n, "formatCode")))
        b->date_formats[b->n_date_formats++] = (int)id;
    if (strcmp(name, "cellXfs") == 0) b->in_styles = true;
    if (strcmp(name, "xf") != 0 || !b->in_styles) return true;
    if (b->n_styles == STYLES_MAX) return refuse(b, SHEET_TOO_LARGE);
    bool date = built_in_date(id);
    for (int i = 0; i < b->n_date_formats; i++)
        date |= b->date_formats[i] == id;
    b->is_date[b->n_styles++] = date;
    return true;
}

static bool styles_close(void *self, const char *name)
{
    Book *b = self;
    if (strcmp(name, "cellXfs") == 0) b->in_styles = false;
    return true;
}

/* ---- text of <si> and <is>: all <t> but those that say how it is read aloud ---- */

static bool text_tag(Book *b, const char *name, bool open)
{
    if (strcmp(name, "rPh") == 0) b->in_phonetic = open;
    if (strcmp(name, "t") == 0) b->in_text = open && !b->in_phonetic;
    return true;
}

static bool add_text(Book *b, Str text)
{
    size_t left = (size_t)SHEET_CELL_BYTES_MAX - b->text.n;
    while (text.n > left) { /* cut at a character: longer than any field may be */
        text.n = left;
        while (text.n > 0 && ((unsigned char)text.p[text.n] & 0xC0) == 0x80)
            text.n--;
        left = text.n;
    }
    buf_add(&b->text, text);
    return true;
}

static bool strings_open(void *self, const char *name, const XmlAttr *attrs, int n)
{
    Book *b = self;
    (void)attrs, (void)n;
    if (strcmp(name, "si") == 0) b->text.n = 0;
    return text_tag(b, name, true);
}

static bool strings_text(void *self, Str text)
{
    Book *b = self;
    return b->in_text ? add_text(b, text) : true;
}

static bool strings_close(void *self, const char *name)
{
    Book *b = self;
    text_tag(b, name, false);
    if (strcmp(name, "si") != 0) return true;
    b->strings_bytes += b->text.n;
    if (b->n_strings == SHEET_STRINGS_MAX || b->strings_bytes > SHEET_TEXT_BYTES_MAX) return refuse(b, SHEET_TOO_LARGE);
    if (b->n_strings == b->strings_cap) {
        int cap = b->strings_cap == 0 ? 256 : b->strings_cap * 2;
        Str *more = arena_array(b->arena, Str, cap);
        if (b->n_strings > 0) memcpy(more, b->strings, sizeof(Str) * (size_t)b->n_strings);
        b->strings = more;
        b->strings_cap = cap;
    }
    b->strings[b->n_strings++] = arena_str(b->arena, buf_str(&b->text));
    return true;
}

/* ---- the sheet ---- */

/* "BC12" -> column 54, row 12; false if it is none. */
static bool cell_of(Str ref, int *column, int64_t *row)
{
    size_t i = 0;
    int64_t c = 0;
    while (i < ref.n && ref.p[i] >= 'A' && ref.p[i] <= 'Z' && c <= COLUMN_MAX)
        c = c * 26 + (ref.p[i++] - 'A' + 1);
    if (i == 0 || c > COLUMN_MAX || !str_to_i64((Str){ ref.p + i, ref.n - i }, row)) return false;
    *column = (int)c - 1;
    return *row >= 1 && *row <= ROW_MAX;
}

static bool open_row(Book *b, Str r)
{
    b->row = r.n > 0 ? number(r) : b->last_row + 1;
    if (b->row <= b->last_row || b->row > ROW_MAX) return refuse(b, SHEET_BROKEN);
    b->next_column = b->n_cells = 0;
    memset(b->cells, 0, sizeof b->cells);
    return true;
}

static bool open_cell(Book *b, const XmlAttr *attrs, int n)
{
    Str ref = xml_attr(attrs, n, "r"), type = xml_attr(attrs, n, "t");
    int64_t row = b->row;
    b->column = b->next_column;
    if (ref.n > 0 && (!cell_of(ref, &b->column, &row) || row != b->row || b->column < b->next_column))
        return refuse(b, SHEET_BROKEN);
    b->next_column = b->column + 1;
    if (b->next_column > COLUMN_MAX) return refuse(b, SHEET_TOO_MANY_COLUMNS);
    b->style = (int)number(xml_attr(attrs, n, "s"));
    memset(b->type, 0, sizeof b->type);
    if (type.n < sizeof b->type) memcpy(b->type, type.p, type.n);
    b->text.n = 0;
    return true;
}

static bool merge(Book *b, Str ref)
{
    Str to = ref, from = str_cut(&to, ':');
    Sheet *s = b->sheet;
    SheetMerge m;
    if (s->n_merges == SHEET_MERGES_MAX) return refuse(b, SHEET_TOO_LARGE);
    if (!cell_of(from, &m.left, &m.top) || !cell_of(to, &m.right, &m.bottom) || m.right < m.left || m.bottom < m.top)
        return refuse(b, SHEET_BROKEN);
    if (s->n_merges == s->merges_cap) {
        int cap = s->merges_cap == 0 ? 64 : s->merges_cap * 2;
        SheetMerge *more = arena_array(b->arena, SheetMerge, cap);
        if (s->n_merges > 0) memcpy(more, s->merges, sizeof *more * (size_t)s->n_merges);
        s->merges = more;
        s->merges_cap = cap;
    }
    s->merges[s->n_merges++] = m;
    return true;
}

static bool sheet_open(void *self, const char *name, const XmlAttr *attrs, int n)
{
    Book *b = self;
    if (strcmp(name, "row") == 0) return open_row(b, xml_attr(attrs, n, "r"));
    if (strcmp(name, "c") == 0) return open_cell(b, attrs, n);
    if (strcmp(name, "mergeCell") == 0) return merge(b, xml_attr(attrs, n, "ref"));
    if (strcmp(name, "v") == 0) b->in_text = true; /* <f> is left alone: what Excel computed last stands in <v> */
    if (strcmp(name, "is") == 0) b->in_item = true;
    return b->in_item ? text_tag(b, name, true) : true;
}

/* What a cell says, as text. */
static bool cell_text(Book *b, Str raw, Str *out)
{
    bool is_number = b->type[0] == 0 || strcmp(b->type, "n") == 0;
    if (strcmp(b->type, "s") == 0) {
        int64_t i = 0;
        if (!str_to_i64(raw, &i) || i < 0 || i >= b->n_strings) return refuse(b, SHEET_BROKEN);
        *out = b->strings[i];
    } else if (strcmp(b->type, "e") == 0) {
        *out = S(""); /* #N/A and the like: nothing is known */
    } else if (strcmp(b->type, "b") == 0) {
        *out = str_is(raw, "1") ? S("1") : S("0");
    } else if (is_number && raw.n > 0) {
        char *end = NULL;
        const char *text = arena_c(b->arena, raw);
        double value = strtod(text, &end);
        if (*end != 0 || !(value > -1e300 && value < 1e300)) return refuse(b, SHEET_BROKEN);
        bool date = b->style >= 0 && b->style < b->n_styles && b->is_date[b->style];
        *out = date ? sheet_date(b->arena, value, b->system_1904) : sheet_number(b->arena, value);
    } else {
        *out = arena_str(b->arena, raw);
    }
    return true;
}

static bool close_cell(Book *b)
{
    Str value = S("");
    if (b->text.n > 0 && !cell_text(b, buf_str(&b->text), &value)) return false;
    if (str_trim(value).n == 0) return true;
    if (b->column >= SHEET_COLUMNS_MAX) return refuse(b, SHEET_TOO_MANY_COLUMNS);
    b->cells[b->column] = value;
    b->n_cells = b->column + 1;
    return true;
}

static bool sheet_close(void *self, const char *name)
{
    Book *b = self;
    if (strcmp(name, "v") == 0) b->in_text = false;
    if (b->in_item) text_tag(b, name, false);
    if (strcmp(name, "is") == 0) b->in_item = false;
    if (strcmp(name, "c") == 0) return close_cell(b);
    if (strcmp(name, "row") != 0) return true;
    b->last_row = b->row;
    return sheet_add_row(b->sheet, b->row, b->cells, b->n_cells);
}

/* ---- all of it ---- */

enum { PART_BOOK, PART_RELS, PART_STYLES, PART_STRINGS, PART_SHEET, PARTS_N };

static void get_ready(Book *b, Sheet *s)
{
    b->sheet = s;
    b->arena = s->arena;
    b->text = buf_new(s->arena, 256);
    b->is_date = arena_alloc(s->arena, STYLES_MAX);
}

static XmlTake take_of(Book *b, int which)
{
    const XmlTake takes[PARTS_N] = { [PART_BOOK] = { b, book_open, NULL, NULL },
                                     [PART_RELS] = { b, rels_open, NULL, NULL },
                                     [PART_STYLES] = { b, styles_open, NULL, styles_close },
                                     [PART_STRINGS] = { b, strings_open, strings_text, strings_close },
                                     [PART_SHEET] = { b, sheet_open, strings_text, sheet_close } };
    b->in_text = b->in_phonetic = false;
    return takes[which];
}

static bool part(Book *b, const char *name, int which)
{
    XmlTake take = take_of(b, which);
    SheetStatus status = xml_read(b->zip, name, &take);
    if (b->sheet->status == SHEET_OK) b->sheet->status = status; /* what we refused says more than that we stopped */
    return b->sheet->status == SHEET_OK;
}

static void read_parts(Book *b)
{
    if (!zip_has(b->zip, "xl/workbook.xml")) {
        b->sheet->status = SHEET_NOT;
        return;
    }
    if (!part(b, "xl/workbook.xml", PART_BOOK) || !part(b, "xl/_rels/workbook.xml.rels", PART_RELS)) return;
    if (b->sheet_path.n == 0) {
        b->sheet->status = SHEET_BROKEN;
        return;
    }
    if (b->styles_path.n > 0 && !part(b, b->styles_path.p, PART_STYLES)) return;
    if (b->strings_path.n > 0 && !part(b, b->strings_path.p, PART_STRINGS)) return;
    (void)part(b, b->sheet_path.p, PART_SHEET);
}

void xlsx_read(Sheet *s, Str bytes)
{
    Book *b = arena_new_of(s->arena, Book);
    get_ready(b, s);
    b->zip = zip_open(s->arena, bytes, &s->status);
    if (b->zip == NULL) return;
    read_parts(b);
    zip_close(b->zip);
}

Sheet *sheet_read_part(Arena *a, int which, Str xml)
{
    Sheet *s = arena_new_of(a, Sheet);
    Book *b = arena_new_of(a, Book);
    s->arena = a;
    get_ready(b, s);
    XmlTake take = take_of(b, which);
    SheetStatus status = xml_read_text(xml, &take);
    if (s->status == SHEET_OK) s->status = status;
    return s;
}
