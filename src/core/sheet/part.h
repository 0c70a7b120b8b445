/* part: a cell that says more than one thing, or says it in another hand: "3-2-501", "３栋２单元５０１室", two telephone
 * numbers, "1、2、3单元", "五楼". Pure, bounded by the cell, never a guess: what is not understood is said so. */
#ifndef LINLI_SHEET_PART_H
#define LINLI_SHEET_PART_H

#include "base/json.h"

enum { PART_LIST_MAX = 64 };

/* Full-width digits, letters, marks and blanks, and the many dashes, as ASCII; the rest as it is. */
Str part_narrow(Arena *a, Str s);
/* Digits and letters alone: in names, where marks may stay as they are. */
Str part_digits(Arena *a, Str s);
/* What a building, an entrance, a grid is compared by when people name it: "3号楼", "３栋", "三幢" and "3#" are one. */
Str part_called(Arena *a, Str name);
/* "6", "６层", "五楼", "负一层", "B1"; false when it is no whole number. */
bool part_number(Arena *a, Str s, int64_t *out);

/* The first telephone number of a cell, blanks, dashes and what stands in brackets left out; n: how many it has. With
 * none that can be one, the cell as it is. */
Str part_phone(Arena *a, Str cell, int *n);

/* Names with 、 , ; / or a blank between them, "单元" left out, "1-3" as three; -1 when there are more than max. */
int part_list(Arena *a, Str cell, Str *out, int max);

typedef struct Door {
    Str building, unit, floor, door; /* "" where the cell does not say */
} Door;
/* "501", "2-501", "3-2-501", "3-2-5-501", "3栋2单元501室", "2单元5楼501". Of two numbers the first is a building, or, where
 * the sheet names that elsewhere, a unit. False: it cannot be told. */
bool part_door(Arena *a, Str cell, bool building_said, Door *out);

#endif
