/* tree: a Merkle tree over a community's chain (RFC 9162, 2.1), so that somebody who holds one event's hash can be
 * shown that it stands in the log, without being shown the rest, and that a later log still holds it. Leaf i, from 0,
 * is SHA-256(0x00, hash of event i + 1); a node is SHA-256(0x01, left, right).
 *
 * Nodes whose level is a multiple of 8 are stored (table `tree`) once all below them is: one row in 256 events, made
 * behind the writer's back by tree_fill. They are a cache of the log: where they are missing they are computed, and
 * `linli verify` computes them again. */
#ifndef LINLI_TREE_H
#define LINLI_TREE_H

#include "store/db.h"

enum { TREE_PATH_MAX = 62 };
typedef struct TreePath {
    Hash hash[TREE_PATH_MAX]; /* from the leaf up */
    int n;
} TreePath;

Hash tree_leaf(Hash event);
Hash tree_node(Hash left, Hash right);

/* db: a reader in a transaction, or the writer. size: events, 1 to the head's seq. ERR_BUSY tree_grows: so much is not
 * stored yet (after an import) that it would take too long; ERR_INTERNAL chain_gap. */
Fail tree_root(Db *db, Str community, int64_t size, Hash *root) MUST_USE;
/* What event `seq` (1 to size) needs to come to that root. */
Fail tree_path(Db *db, Str community, int64_t seq, int64_t size, TreePath *path) MUST_USE;
/* RFC 9162, 2.1.3.2: the root that this event and this path give; false: the path has another length than it must. */
bool tree_root_of(Hash event, int64_t seq, int64_t size, const TreePath *path, Hash *root) MUST_USE;

/* RFC 9162, 2.1.4.1: what shows that the log of `to` events still holds the one of `from`, unaltered; 1 <= from <= to,
 * and nothing is needed where both are the same. */
Fail tree_consistency(Db *db, Str community, int64_t from, int64_t to, TreePath *path) MUST_USE;
/* 2.1.4.2: do these two roots belong to one log that only grew? */
bool tree_consistent(int64_t from, int64_t to, Hash first, Hash second, const TreePath *path) MUST_USE;

typedef struct TreeFill {
    Str community;
    int made;  /* out: rows */
    bool more; /* out: there is more to do */
} TreeFill;
/* On the writer, in a transaction: stores what is whole by now, some of it at a time. */
Fail tree_fill(void *tree_fill, Db *db) MUST_USE;

/* Every stored node of the community, computed again from the log: *bad counts those that differ. */
Fail tree_check(Db *db, Str community, int64_t size, int64_t *looked, int64_t *bad) MUST_USE;

extern Stmt *const tree_statements[]; /* ends with NULL */

#endif
