/* A zip that is written: members stored, or taken over packed as they are (APPNOTE 6.3.9, no zip64). One date for all
 * that are new, so that equal members give equal bytes. */
#ifndef LINLI_ZIP_OUT_H
#define LINLI_ZIP_OUT_H

#include "core/sheet/sheet.h"

typedef struct ZipMember {
    Str name, packed;
    uint32_t crc, date, size; /* size: unpacked */
    int method;               /* 0 stored, 8 deflated */
} ZipMember;

typedef struct ZipOut {
    Buf out, central;
    int n;
} ZipOut;

/* All members, packed, in the order of the file; list has room for SHEET_MEMBERS_MAX. Refused: encrypted ones, other
 * ways of packing than deflate, members that share bytes. */
int zip_members(Zip *z, Arena *a, ZipMember *list, SheetStatus *status);

ZipOut zip_out_new(Arena *a);
void zip_out_add(ZipOut *z, Str name, Str bytes);
void zip_out_pack(ZipOut *z, Str name, Str bytes); /* deflated, where that makes it shorter */
void zip_out_copy(ZipOut *z, const ZipMember *m);
Str zip_out_end(ZipOut *z);

#endif
