/* receipt: what somebody takes home to show, to anybody and without us, that an event stands in the log.
 *
 * A checkpoint is a signed note (C2SP signed-note and tlog-checkpoint): origin, size, root in base64, and when it was
 * signed; its key is Ed25519. A receipt is one line, short enough for a QR code:
 *     LR1.<community>.<size>.<seq>.<signed at, ms>.<event's hash>.<path>.<signature>     (base64url)
 * Hash and path give the root, so the whole signed note follows from it. A receipt file is JSON:
 *     {"receipt": line, "key": verifier key, "event": the event's bytes,
 *      "openings": [{"salt": base64url, "value": text}]}
 * key, event and openings may be missing. The event's hash is that of its bytes (event.c); an opening is what one of
 * the proofs inside the event was made of: SHA-256("linli proof 1\n" + salt + value). */
#ifndef LINLI_RECEIPT_H
#define LINLI_RECEIPT_H

#include "base/json.h"
#include "core/proof/tree.h"
#include "core/seal.h"

enum { RECEIPT_LINE_MAX = 3072, RECEIPT_FILE_MAX = 256 * 1024, RECEIPT_COMMUNITY_MAX = 32, RECEIPT_OPENINGS_MAX = 64 };

typedef struct Receipt {
    Str community;
    int64_t size, seq, at; /* at: when the checkpoint was signed, ms */
    Hash event;
    TreePath path;
    uint8_t signature[SIGNATURE_BYTES];
} Receipt;

typedef struct VerifierKey {
    Str name; /* "linli/" and the community's code */
    uint8_t key[SIGN_KEY_BYTES];
} VerifierKey;

/* What is signed: the note without its signature. */
Str checkpoint_text(Arena *a, Str community, int64_t size, int64_t at, Hash root);
/* The whole note, as it is published. */
Str checkpoint_note(Arena *a, const Seals *s, Str community, int64_t size, int64_t at, Hash root);

Str verifier_key_print(Arena *a, const Seals *s, Str community); /* name+hash+key, as signed-note has it */
Fail verifier_key_parse(Arena *a, Str text, VerifierKey *out) MUST_USE; /* ERR_INVALID bad_format at key */

bool verifier_key_is_of(const VerifierKey *key, Str community);
/* Of the dotted lines: a number above 0 without a leading one; a community's code. */
bool receipt_number(Str s, int64_t *out);
bool receipt_code(Str s);

/* Path and root in, signature made. */
void receipt_sign(Arena *a, const Seals *s, Receipt *r, Hash root);
Str receipt_print(Arena *a, const Receipt *r);
Fail receipt_parse(Arena *a, Str line, Receipt *out) MUST_USE; /* ERR_INVALID bad_format at receipt */
/* ERR_CONFLICT: receipt_path (it cannot lead to a root), receipt_signature (somebody else's, or altered), other_key
 * (the key is of another community). */
Fail receipt_check(Arena *a, const Receipt *r, const VerifierKey *key) MUST_USE;

typedef struct ReceiptFile {
    Receipt receipt;
    Str key, event; /* "" where there is none */
    int openings;   /* that were looked at */
} ReceiptFile;
/* Reads a receipt file, or a line alone, and checks it against `key` ("": the file's own, which proves only that the
 * file agrees with itself). ERR_CONFLICT as above, and event_differs (bytes that are not of this hash, number and
 * community), opening_differs (limit: which, from 1); ERR_INVALID bad_format at receipt, key, event, openings. */
Fail receipt_file_check(Arena *a, Str text, Str key, ReceiptFile *out) MUST_USE;

#endif
