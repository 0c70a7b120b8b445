/* blank: an inspector's own xlsx with figures filled in.
 *
 * Whoever prepares the file once writes {{name}} into a cell, alone, and keeps its format: `{{closed}}`. A filled copy
 * has the value there; every other member of the zip is the very bytes that came, and of a sheet only such cells change
 * (and in the workbook the wish that formulas be worked out again). So the mapping lives in the file and moves with it.
 *
 * Hostile until proven harmless, read in the cage: refused are macros, links to other files, embedded objects, a
 * DOCTYPE, encrypted members, and what unpacks to too much (SHEET_ACTIVE, SHEET_BROKEN, SHEET_TOO_LARGE). */
#ifndef LINLI_BLANK_H
#define LINLI_BLANK_H

#include "core/sheet/sheet.h"

enum {
    BLANK_BYTES_MAX = 2 * 1024 * 1024,
    BLANK_XML_MAX = 48 * 1024 * 1024, /* of all parts that are XML, unpacked */
    BLANK_NAMES_MAX = 500,
    BLANK_NAME_BYTES_MAX = 80,
};

/* In this process: for the child, tests and the fuzzer. values "": *out is the names, a line each, in the order in
 * which the workbook first has them. Else values has lines "name\tvalue" (digits, dash, point), and *out is the file; a
 * name without one stays. */
SheetStatus blank_work(Arena *a, Str xlsx, Str values, Str *out);

/* The same through the cage. */
SheetStatus blank_run(Arena *a, const char *exe, Str xlsx, Str values, Str *out);
/* For the child: what blank_run sends. */
SheetStatus blank_answer(Arena *a, Str asked, Str *out);

#endif
