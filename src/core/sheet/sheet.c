/* A sheet: what is in it, what its numbers mean, how it is handed from the child to the server. */
#include "core/sheet/sheet.h"

#include <iconv.h>
#include <math.h>
#include <stdio.h>

static const char *const kind_names[] = { "xlsx", "utf-8", "utf-16", "gb18030" };
static const char *const codes[] = {
    [SHEET_OK] = "",
    [SHEET_NOT] = "not_a_sheet",
    [SHEET_BROKEN] = "sheet_broken",
    [SHEET_TOO_LARGE] = "sheet_too_large",
    [SHEET_TOO_MANY_ROWS] = "too_many_rows",
    [SHEET_TOO_MANY_COLUMNS] = "too_many_columns",
    [SHEET_FORBIDDEN] = "sheet_forbidden",
    [SHEET_ENCODING] = "sheet_encoding",
    [SHEET_NO_HEADINGS] = "no_headings",
    [SHEET_SANDBOX] = "picture_sandbox",
    [SHEET_NO_CHILD] = "busy",
};

const char *sheet_kind_name(SheetKind k)
{
    return k < SHEET_KIND_N ? kind_names[k] : "";
}

const char *sheet_status_code(SheetStatus s)
{
    return s < SHEET_STATUS_N ? codes[s] : "sheet_broken";
}

/* ---- rows ---- */

bool sheet_add_row(Sheet *s, int64_t n, const Str *cells, int n_cells)
{
    while (n_cells > 0 && str_trim(cells[n_cells - 1]).n == 0)
        n_cells--;
    if (n_cells == 0) return true;
    if (n_cells > SHEET_COLUMNS_MAX + 1) return s->status = SHEET_TOO_MANY_COLUMNS, false;
    if (s->n_rows == SHEET_ROWS_MAX + SHEET_HEAD_ROWS_MAX) return s->status = SHEET_TOO_MANY_ROWS, false;
    if (s->n_rows == s->cap) {
        int cap = s->cap == 0 ? 64 : s->cap * 2;
        SheetRow *more = arena_array(s->arena, SheetRow, cap);
        if (s->n_rows > 0) memcpy(more, s->rows, sizeof(SheetRow) * (size_t)s->n_rows);
        s->rows = more;
        s->cap = cap;
    }
    SheetRow *row = &s->rows[s->n_rows++];
    *row = (SheetRow){ n, arena_array(s->arena, Str, n_cells), n_cells };
    for (int i = 0; i < n_cells; i++) {
        row->cells[i] = str_trim(cells[i]); /* as long as what they came from, which has its bound */
        s->text_bytes += row->cells[i].n;
    }
    if (s->text_bytes > SHEET_TEXT_BYTES_MAX) return s->status = SHEET_TOO_LARGE, false;
    return true;
}

/* ---- numbers ---- */

/* In full digits, for what is no quantity at all (telephone numbers, doors) came as one; else what Excel shows at most,
 * 15 digits. */
Str sheet_number(Arena *a, double n)
{
    if (n == floor(n) && fabs(n) < 1e15) return arena_fmt(a, "%.0f", n == 0 ? 0.0 : n);
    Str s = arena_fmt(a, "%.15g", n);
    return str_find(s, S("e")) >= 0 && fabs(n) >= 1e15 && fabs(n) < 1e21 ? arena_fmt(a, "%.0f", n) : s;
}

/* Day 60 of the 1900 system is 29 February 1900, which never was: Lotus 1-2-3 counted it. It stays a number. */
Str sheet_date(Arena *a, double serial, bool system_1904)
{
    if (system_1904) serial += 1462;
    bool never = serial >= 60 && serial < 61;
    if (!(serial >= 0 && serial < 2958466) || never) return sheet_number(a, serial);
    int64_t minutes = (int64_t)floor(serial * 1440 + 0.5), days = minutes / 1440;
    int time = (int)(minutes % 1440);
    if (days == 0) return arena_fmt(a, "%02d:%02d", time / 60, time % 60);
    int64_t epoch = days < 60 ? days - 25568 : days - 25569; /* days since 1970-01-01 */
    Civil c = time_civil(epoch * DAY_MS, 0);
    if (time == 0) return arena_fmt(a, "%04d-%02d-%02d", c.year, c.month, c.day);
    return arena_fmt(a, "%04d-%02d-%02d %02d:%02d", c.year, c.month, c.day, time / 60, time % 60);
}

/* ---- text files ---- */

static iconv_t gb18030 = (iconv_t)-1, utf16 = (iconv_t)-1;

void sheet_warm_up(void)
{
    if (gb18030 == (iconv_t)-1) gb18030 = iconv_open("UTF-8", "GB18030");
    if (utf16 == (iconv_t)-1) utf16 = iconv_open("UTF-8", "UTF-16LE");
    char in[] = { 'a', (char)0xB0, (char)0xA1 }, out[16]; /* tables that load late load now */
    char *from = in, *to = out;
    size_t left = sizeof in, room = sizeof out;
    if (gb18030 != (iconv_t)-1) (void)iconv(gb18030, &from, &left, &to, &room);
}

/* All of it or nothing. */
static bool convert(Arena *a, iconv_t how, Str in, Str *out)
{
    size_t room = in.n * 3 + 16, left = in.n;
    char *to = arena_alloc(a, room), *at = to, *from = (char *)(uintptr_t)in.p;
    if (how == (iconv_t)-1) return false;
    (void)iconv(how, NULL, NULL, NULL, NULL);
    if (iconv(how, &from, &left, &at, &room) == (size_t)-1 || left != 0) return false;
    *out = (Str){ to, (size_t)(at - to) };
    return utf8_valid(*out);
}

static void text_read(Sheet *s, Str bytes)
{
    Str text = bytes;
    bool ok = true;
    s->kind = SHEET_UTF8;
    if (str_starts(bytes, S("\xEF\xBB\xBF"))) {
        text = (Str){ bytes.p + 3, bytes.n - 3 };
        ok = utf8_valid(text);
    } else if (str_starts(bytes, S("\xFF\xFE"))) {
        s->kind = SHEET_UTF16;
        ok = convert(s->arena, utf16, (Str){ bytes.p + 2, bytes.n - 2 }, &text);
    } else if (!utf8_valid(bytes)) {
        s->kind = SHEET_GB18030;
        ok = convert(s->arena, gb18030, bytes, &text);
    }
    if (!ok)
        s->status = SHEET_ENCODING;
    else if (text.n > 0)
        csv_read(s, text, csv_separator(text));
}

static Sheet *sheet_new(Arena *a)
{
    Sheet *s = arena_new_of(a, Sheet);
    s->arena = a;
    return s;
}

Sheet *sheet_read(Arena *a, Str bytes)
{
    Sheet *s = sheet_new(a);
    sheet_warm_up();
    if (bytes.n > SHEET_IN_BYTES_MAX)
        s->status = SHEET_TOO_LARGE;
    else if (str_starts(bytes, S("PK\x03\x04")))
        xlsx_read(s, bytes);
    else if (bytes.n == 0 || str_starts(bytes, S("\xD0\xCF\x11\xE0")) ||
             memchr(bytes.p, 0, bytes.n < 2 ? 0 : 2) != NULL)
        s->status = SHEET_NOT;
    else
        text_read(s, bytes);
    if (s->status == SHEET_OK) sheet_head(s);
    return s;
}

/* ---- from child to server ---- */

static void put_cell(Buf *b, Str cell, bool last)
{
    buf_char(b, '"');
    for (size_t i = 0; i < cell.n; i++) {
        if (cell.p[i] == '"') buf_char(b, '"');
        buf_char(b, cell.p[i]);
    }
    buf_c(b, last ? "\"\r\n" : "\",");
}

static void put_row(Buf *b, Str first, const Str *cells, int n)
{
    put_cell(b, first, n == 0);
    for (int i = 0; i < n; i++)
        put_cell(b, cells[i], i + 1 == n);
}

Str sheet_print(Arena *a, const Sheet *s)
{
    Buf b = buf_new(a, s->text_bytes + 4096);
    Str meta[] = { str_c(sheet_kind_name(s->kind)), arena_fmt(a, "%lld", (long long)s->head_row),
                   arena_fmt(a, "%lld", (long long)s->head_lines) };
    Str refused[SHEET_COLUMNS_MAX];
    put_row(&b, S("linli sheet 1"), meta, COUNT(meta));
    put_row(&b, S("headings"), s->headings, s->n_columns);
    for (int i = 0; i < s->n_columns; i++)
        refused[i] = s->refused[i] ? S("x") : S("-");
    put_row(&b, S("refused"), refused, s->n_columns);
    for (int i = s->first; i < s->n_rows; i++)
        put_row(&b, arena_fmt(a, "%lld", (long long)s->rows[i].n), s->rows[i].cells, s->rows[i].n_cells);
    return buf_str(&b);
}

static bool take_meta(Sheet *s, const Sheet *raw)
{
    const SheetRow *meta = &raw->rows[0], *names = &raw->rows[1], *refused = &raw->rows[2];
    if (meta->n_cells != 4 || !str_is(meta->cells[0], "linli sheet 1") || names->n_cells < 2) return false;
    if (refused->n_cells != names->n_cells || names->n_cells > SHEET_COLUMNS_MAX + 1) return false;
    for (int k = 0; k < SHEET_KIND_N; k++)
        if (str_is(meta->cells[1], kind_names[k])) s->kind = (SheetKind)k;
    if (!str_to_i64(meta->cells[2], &s->head_row) || !str_to_i64(meta->cells[3], &s->head_lines)) return false;
    s->n_columns = names->n_cells - 1;
    for (int i = 0; i < s->n_columns; i++) {
        s->headings[i] = names->cells[i + 1];
        s->refused[i] = str_is(refused->cells[i + 1], "x");
    }
    return true;
}

Sheet *sheet_parse(Arena *a, Str text)
{
    Sheet *raw = sheet_new(a), *s = sheet_new(a);
    if (!utf8_valid(text)) return NULL;
    csv_read(raw, text, ',');
    if (raw->status != SHEET_OK || raw->n_rows < 3 || !take_meta(s, raw)) return NULL;
    s->rows = raw->rows + 3;
    s->n_rows = raw->n_rows - 3;
    for (int i = 0; i < s->n_rows; i++) {
        SheetRow *row = &s->rows[i];
        if (!str_to_i64(row->cells[0], &row->n) || row->n < 1 || row->n_cells > s->n_columns + 1) return NULL;
        row->cells++;
        row->n_cells--;
    }
    return s;
}
