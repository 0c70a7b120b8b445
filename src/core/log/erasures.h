/* erasures: the list of what was erased, beside the key file and not in the data, so that a backup made before an
 * erasure cannot bring back what was erased (docs/decisions/erasures.md). It holds ids only.
 *
 *     erase COMMUNITY SEQ EVENT MATTER TYPE     written and synced before the commit of the erasing event
 *     revoke COMMUNITY TOKEN                    the same for a program's token that was taken back
 *     void EVENT                                that commit never happened
 *     settled                                   every line above has been compared with the log
 */
#ifndef LINLI_ERASURES_H
#define LINLI_ERASURES_H

#include "core/run.h"
#include "core/seal.h"

typedef struct Erasure {
    Str community, event, matter, type;
    int64_t seq;
} Erasure;

/* Of ERASURE_REVOKE: community, and the token's id in `matter`. */
typedef enum ErasureLine { ERASURE_NONE, ERASURE_ERASE, ERASURE_VOID, ERASURE_SETTLED, ERASURE_REVOKE } ErasureLine;

/* Opens for appending, makes it if there is none. */
Erasures *erasures_open(Arena *a, const char *file, Fail *f) MUST_USE;
/* Durable when it returns OK; the batch must fail when it does not. */
Fail erasures_note(Erasures *e, const Event *event) MUST_USE;
Fail erasures_note_revoked(Erasures *e, Str community, Str token) MUST_USE;
/* At start: voids what a crash left uncommitted. */
Fail erasures_settle(Erasures *e, Db *db) MUST_USE;
/* One line; ERASURE_NONE for a line that a crash has cut, or any other. */
ErasureLine erasure_read(Str line, Erasure *out);
/* All that count, in order; first the erasures, then *revoked tokens. ERR_NOT_FOUND erasures_missing. */
Fail erasures_load(Arena *a, const char *file, Erasure **list, int *n, int *revoked) MUST_USE;

#endif
