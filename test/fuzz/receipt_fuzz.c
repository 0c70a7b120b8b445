/* Receipts, heads, proofs, stamped papers and keys that somebody hands us: nothing but what was signed is taken, and
 * a line that is read prints the same again. */
#include "core/proof/head.h"
#include "core/proof/receipt.h"
#include "core/proof/stamp.h"

#include <stdlib.h>

#define CHECK(truth)                                                                                                   \
    do {                                                                                                               \
        if (!(truth)) abort();                                                                                         \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    static Str ours;
    Arena *a = arena_new();
    if (ours.n == 0) {
        Arena *kept = arena_new();
        ours = verifier_key_print(kept, seals_for_test(kept), S("540102001001"));
    }
    Str s = { (const char *)bytes, n };
    Receipt r, again;
    ReceiptFile file;
    VerifierKey key;
    if (receipt_parse(a, s, &r).err == OK) {
        CHECK(r.seq >= 1 && r.seq <= r.size && r.at > 0 && r.path.n >= 0 && r.path.n <= TREE_PATH_MAX);
        CHECK(receipt_parse(a, receipt_print(a, &r), &again).err == OK);
        CHECK(hash_eq(r.event, again.event) && r.size == again.size && r.path.n == again.path.n);
    }
    CHECK(receipt_file_check(a, s, ours, &file).err != OK); /* there is none of this key in the corpus */
    SignedHead head, same;
    Consistency grown;
    Stamp stamp;
    if (head_parse(a, s, &head).err == OK) {
        CHECK(head.size > 0 && head.at > 0);
        CHECK(head_parse(a, head_print(a, &head), &same).err == OK && hash_eq(head.root, same.root));
    }
    CHECK(consistency_check(a, s, ours, S(""), &grown).err != OK);
    CHECK(stamp_check(a, s, ours, &stamp).err != OK);
    Fail f = verifier_key_parse(a, s, &key);
    CHECK(f.err != OK || str_starts(key.name, S("linli/")));
    arena_free(a);
    return 0;
}
