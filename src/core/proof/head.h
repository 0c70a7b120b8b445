/* head: a log's signed head in one line, short enough for a poster's code; the head over time; and what shows that a
 * later log still holds an earlier one.
 *     LH1.<community>.<size>.<as of, ms>.<root>.<signature>     (base64url)
 * The signature is that of the checkpoint (receipt.h), whose text follows from the line.
 * A proof of consistency is JSON: {"from": line, "to": line, "path": base64url, "key": verifier key}. */
#ifndef LINLI_HEAD_H
#define LINLI_HEAD_H

#include "core/proof/receipt.h"

enum { HEAD_LINE_MAX = 256, HEADS_MAX = 366 };

typedef struct SignedHead {
    Str community;
    int64_t size, at;
    Hash root;
    uint8_t signature[SIGNATURE_BYTES];
} SignedHead;

void head_sign(Arena *a, const Seals *s, SignedHead *h);
Str head_print(Arena *a, const SignedHead *h);
Fail head_parse(Arena *a, Str line, SignedHead *out) MUST_USE; /* ERR_INVALID bad_format at head */
/* ERR_CONFLICT head_signature (somebody else's, or altered), other_key (the key is of another community). */
Fail head_check(Arena *a, const SignedHead *h, const VerifierKey *key) MUST_USE;

/* The log as it is, signed now; as it was at `at`, signed as of then: the same line whenever it is asked for, as long
 * as nothing was altered. ERR_NOT_FOUND: no event yet. Errors as tree_root. */
Fail head_now(Arena *a, Db *db, const Seals *s, Str community, int64_t now, SignedHead *out) MUST_USE;
Fail head_as_of(Arena *a, Db *db, const Seals *s, Str community, int64_t at, SignedHead *out) MUST_USE;

typedef struct Consistency {
    SignedHead from, to;
    Str key;
} Consistency;
/* Reads a proof of consistency and checks it against `key` ("": the proof's own) and `kept`, the line that its reader
 * holds ("": none, which proves only that the proof agrees with itself). ERR_CONFLICT as head_check, other_head (the
 * proof is about another head than the one that was kept), not_consistent (the log was rewritten, or the proof was
 * altered); ERR_INVALID bad_format at head, path, key, proof. */
Fail consistency_check(Arena *a, Str text, Str key, Str kept, Consistency *out) MUST_USE;

extern Stmt *const head_statements[]; /* ends with NULL */

#endif
