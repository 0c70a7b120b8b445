/* stamp: the last line of an issued paper (PDF), with which anybody finds any changed byte of it. After %%EOF a
 * reader of PDF looks at nothing but comments (ISO 32000-1, 7.5.5), so it stands there as one:
 *     %LP1.<community>.<issued at, ms>.<SHA-256 of all before the line>.<signature>     (base64url)
 * Signed, with the key of the heads (receipt.h), is "linli paper 1", community, time and hash, a line each. */
#ifndef LINLI_STAMP_H
#define LINLI_STAMP_H

#include "core/proof/receipt.h"

typedef struct Stamp {
    Str community;
    int64_t at;
    Hash hash;
    uint8_t signature[SIGNATURE_BYTES];
} Stamp;

Str stamp_paper(Arena *a, const Seals *s, Str community, int64_t at, Str pdf);
/* `key` "": only that the paper is whole is said, not whose it is. ERR_INVALID no_stamp at paper; ERR_CONFLICT
 * paper_differs (bytes were changed), stamp_signature, other_key. */
Fail stamp_check(Arena *a, Str pdf, Str key, Stamp *out) MUST_USE;

#endif
