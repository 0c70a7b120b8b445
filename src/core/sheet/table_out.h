/* table_out: one table as a file for a spreadsheet: xlsx (ECMA-376 part 1, SpreadsheetML, inline strings, packed) or
 * CSV (RFC 4180, UTF-8 with its mark). The same rows give the same bytes.
 *
 * Text that begins like a formula is neutralised: in xlsx no cell is ever one, and such a cell is marked as text for
 * good (quotePrefix); in CSV it gets an apostrophe in front. */
#ifndef LINLI_TABLE_OUT_H
#define LINLI_TABLE_OUT_H

#include "base/base.h"

enum { TABLE_COLUMNS_MAX = 40, TABLE_CELL_CHARS_MAX = 32767 /* what a spreadsheet holds in a cell */ };

typedef struct TableOut {
    Arena *arena;
    Buf rows; /* of the sheet's XML, or the CSV */
    bool csv;
    int row, column;
} TableOut;

TableOut table_begin(Arena *a, bool csv);
void table_row(TableOut *t);
void table_head(TableOut *t, Str text); /* a cell of the first row */
void table_text(TableOut *t, Str text); /* "" leaves the cell empty */
void table_int(TableOut *t, int64_t n);
void table_degrees(TableOut *t, double degrees);
void table_time(TableOut *t, int64_t ms, int zone_minutes); /* as a date and time of that zone; 0 leaves it empty */
Str table_end(TableOut *t);

#endif
