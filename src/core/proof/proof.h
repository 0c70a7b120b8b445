/* proof: the module of checkpoints and receipts (tree.h, receipt.h). */
#ifndef LINLI_PROOF_H
#define LINLI_PROOF_H

#include "core/module.h"
#include "core/proof/receipt.h"

extern const Module module_proof;
/* The signed head of the first `size` events, as it is published. Errors as tree_root. */
Fail checkpoint_now(Arena *a, Db *db, const Seals *s, Str community, int64_t size, int64_t now, Str *note) MUST_USE;

#endif
