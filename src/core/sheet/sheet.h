/* sheet: rows of text out of an xlsx or CSV file that somebody's office made.
 *
 * A file is hostile: it is read in a caged child (file/cage.h), which answers with plain CSV in UTF-8 that the server
 * reads again with the same strict reader. Everything is bounded; what is not understood is refused, never guessed.
 *
 * xlsx: ECMA-376 part 1, SpreadsheetML: the first visible sheet, cached values of formulas, dates by number format in
 * the 1900 or 1904 system, numbers in full digits (a telephone number that became a float comes back whole), merged
 * cells hold their value everywhere. Refused: a DOCTYPE, a member whose CRC is wrong, more than SHEET_INFLATED_MAX
 * unpacked. CSV: RFC 4180 with comma, semicolon or tab; UTF-8 or UTF-16 with mark, UTF-8, else GB18030. */
#ifndef LINLI_SHEET_H
#define LINLI_SHEET_H

#include "base/base.h"

enum {
    SHEET_IN_BYTES_MAX = 12 * 1024 * 1024,
    SHEET_ROWS_MAX = 100000,
    SHEET_COLUMNS_MAX = 64,
    SHEET_CELL_BYTES_MAX = 16 * 1024,
    SHEET_TEXT_BYTES_MAX = 14 * 1024 * 1024, /* of all cells together */
    SHEET_INFLATED_MAX = 192 * 1024 * 1024,
    SHEET_MEMBERS_MAX = 2000,
    SHEET_STRINGS_MAX = 1000000,
    SHEET_MERGES_MAX = 20000,
    SHEET_HEAD_ROWS_MAX = 20, /* the headings stand within these */
};

typedef enum SheetStatus {
    SHEET_OK,
    SHEET_NOT,       /* neither xlsx nor text; old binary .xls too */
    SHEET_BROKEN,    /* cut short, damaged, not by the book */
    SHEET_TOO_LARGE, /* unpacked, or its text */
    SHEET_TOO_MANY_ROWS,
    SHEET_TOO_MANY_COLUMNS,
    SHEET_FORBIDDEN, /* declares a document type: entities have no business in a sheet */
    SHEET_ENCODING,  /* text in none of the known encodings */
    SHEET_NO_HEADINGS,
    SHEET_SANDBOX, /* no cage to be had: nothing was read */
    SHEET_NO_CHILD,
    SHEET_STATUS_N,
} SheetStatus;

typedef enum SheetKind { SHEET_XLSX, SHEET_UTF8, SHEET_UTF16, SHEET_GB18030, SHEET_KIND_N } SheetKind;
const char *sheet_kind_name(SheetKind k); /* "xlsx", "utf-8", "utf-16", "gb18030" */
const char *sheet_status_code(SheetStatus s); /* for Fail; "" for SHEET_OK */

typedef struct SheetRow {
    int64_t n; /* as the sheet counts, from 1 */
    Str *cells;
    int n_cells; /* up to the last that is not empty */
} SheetRow;

typedef struct SheetMerge {
    int64_t top, bottom; /* rows as the sheet counts */
    int left, right;     /* columns from 0 */
} SheetMerge;

typedef struct Sheet {
    Arena *arena;
    SheetStatus status;
    SheetKind kind;
    SheetRow *rows; /* blank ones are left out */
    int n_rows, cap;
    SheetMerge *merges;
    int n_merges, merges_cap;
    size_t text_bytes;
    /* sheet_head */
    Str headings[SHEET_COLUMNS_MAX];
    bool refused[SHEET_COLUMNS_MAX]; /* its cells are gone: linli keeps no such thing of anybody */
    int n_columns;
    int64_t head_row, head_lines;
    int first; /* index of the first row below the headings */
} Sheet;

/* Any file, in this process: for the child, tests and the fuzzer. */
Sheet *sheet_read(Arena *a, Str bytes);
/* What the child answers and the server reads: CSV, first row meta, second headings, third refused columns. */
Str sheet_print(Arena *a, const Sheet *s);
/* NULL if it is not what sheet_print makes. */
Sheet *sheet_parse(Arena *a, Str text);

/* Through the cage (file/cage.h): text is what sheet_print made, parsed once already. */
typedef struct SheetFile {
    SheetStatus status;
    SheetKind kind;
    int n_rows, n_columns;
    Str text;
} SheetFile;
SheetFile sheet_run(Arena *a, const char *exe, const char *command, Str bytes, int wall_ms);

/* ---- inside ---- */
/* False, with a status, when a bound is broken. cells are copied. */
bool sheet_add_row(Sheet *s, int64_t n, const Str *cells, int n_cells);
void csv_read(Sheet *s, Str utf8, char separator);
char csv_separator(Str utf8);
void xlsx_read(Sheet *s, Str bytes);
Sheet *sheet_read_part(Arena *a, int which, Str xml); /* for the fuzzer: one part of an xlsx, without the rest */
/* Finds headings, joins two lines of them, fills merged cells, empties refused columns. */
void sheet_head(Sheet *s);
bool heading_refused(Str heading);
/* What a heading is compared by: no blanks, no marks, nothing in brackets. */
Str heading_plain(Arena *a, Str heading);
/* A day number of Excel as "2026-07-02", "2026-07-02 08:30" or "08:30". */
Str sheet_date(Arena *a, double serial, bool system_1904);
Str sheet_number(Arena *a, double n);
/* Is this number format code one of dates or times? */
bool sheet_format_is_date(Str code);
/* Opens GB18030 while files may still be opened. */
void sheet_warm_up(void);

typedef struct Zip Zip; /* zip.c */
Zip *zip_open(Arena *a, Str bytes, SheetStatus *status);
void zip_close(Zip *z);
bool zip_has(Zip *z, const char *name);
/* Reads a member piece by piece, within the zip's budget; false with *status. take may end it with false. */
bool zip_read(Zip *z, const char *name, bool (*take)(void *self, const char *p, size_t n), void *self,
              SheetStatus *status);

/* xml.c: one document of a zip, element by element; depth, names and text are bounded by libxml2. */
typedef struct XmlAttr {
    const char *name; /* without prefix */
    Str value;
} XmlAttr;
enum { XML_ATTRS_MAX = 32 };
typedef struct XmlTake {
    void *self;
    bool (*open)(void *self, const char *name, const XmlAttr *attrs, int n); /* false: enough */
    bool (*text)(void *self, Str text);
    bool (*close)(void *self, const char *name);
} XmlTake;
SheetStatus xml_read(Zip *z, const char *name, const XmlTake *take);
SheetStatus xml_read_text(Str text, const XmlTake *take); /* for the fuzzer: without a zip */
Str xml_attr(const XmlAttr *attrs, int n, const char *name);

#endif
