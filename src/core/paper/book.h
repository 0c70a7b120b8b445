/* book: the document of paper.h as an xlsx workbook: one sheet for the table with its notes, one for each chart's
 * numbers.
 *
 * ECMA-376 part 1, SpreadsheetML, with inline strings; the members are stored, not packed, with a fixed date, so the
 * same document gives the same bytes. Written here and not with libxlsxwriter: that one works through temporary files,
 * which a server in its sandbox has nowhere to put. A cell that is a whole number becomes one, everything else is text,
 * and no cell is ever a formula. */
#ifndef LINLI_BOOK_H
#define LINLI_BOOK_H

#include "base/json.h"

Str book_make(Arena *a, const json_t *document);

#endif
