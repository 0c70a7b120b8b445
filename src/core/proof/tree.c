#include "core/proof/tree.h"

enum {
    TILE_BITS = 8,
    TILE = 1 << TILE_BITS,
    LEVEL_MAX = 56,
    LEAVES_READ_MAX = 128 * 1024, /* by one question, where nodes are missing */
    TILES_AT_ONCE = 64,
};

static Stmt leaves_load = { "sll", "lb",
                            "SELECT seq, hash FROM event WHERE community = $1 AND seq > $2 AND seq <= $3"
                            " ORDER BY seq" };
static Stmt nodes_load = { "slll", "lb",
                           "SELECT position, hash FROM tree WHERE community = $1 AND level = $2 AND position >= $3"
                           " AND position < $4 ORDER BY position" };
static Stmt node_last = { "sl", "l",
                          "SELECT COALESCE(MAX(position), -1) FROM tree WHERE community = $1 AND level = $2" };
static Stmt node_add = { "sllb", "",
                         "INSERT INTO tree (community, level, position, hash) VALUES ($1, $2, $3, $4)"
                         " ON CONFLICT (community, level, position) DO NOTHING" };
static Stmt head_of = { "s", "l", "SELECT seq FROM head WHERE community = $1" };
Stmt *const tree_statements[] = { &leaves_load, &nodes_load, &node_last, &node_add, &head_of, NULL };

Hash tree_leaf(Hash event)
{
    return hash_sha256((Str[]){ { "\0", 1 }, { (const char *)event.b, HASH_BYTES } }, 2);
}

Hash tree_node(Hash left, Hash right)
{
    return hash_sha256(
        (Str[]){ { "\1", 1 }, { (const char *)left.b, HASH_BYTES }, { (const char *)right.b, HASH_BYTES } }, 3);
}

/* ---- a full subtree: `level` high, the `at`th of that height ---- */

typedef struct Walk {
    Db *db;
    Str community;
    int64_t leaves;
} Walk;

static Fail hash_take(const DbRows *r, int row, int64_t expected, Hash *out)
{
    if (db_int(r, row, 0) != expected || db_text(r, row, 1).n != HASH_BYTES) return fail(ERR_INTERNAL, "chain_gap");
    memcpy(out->b, db_text(r, row, 1).p, HASH_BYTES);
    return FAIL_NONE;
}

static Fail leaves(Walk *w, int64_t from, int n, Hash *out)
{
    Arena *a = arena_new();
    Fail f = FAIL_NONE;
    w->leaves += n;
    if (w->leaves > LEAVES_READ_MAX) {
        f = fail(ERR_BUSY, "tree_grows");
        f.retry_s = 10;
    }
    DbRows *r = f.err != OK ? NULL
                            : db_run(w->db, a, &leaves_load, ARGS(TXT(w->community), NUM(from), NUM(from + n)), &f);
    if (f.err == OK && r->rows != n) f = fail(ERR_INTERNAL, "chain_gap");
    for (int i = 0; f.err == OK && i < n; i++) {
        f = hash_take(r, i, from + i + 1, &out[i]);
        out[i] = tree_leaf(out[i]);
    }
    arena_free(a);
    return f;
}

static void fold(Hash *nodes, int n)
{
    for (; n > 1; n /= 2)
        for (int i = 0; i < n / 2; i++)
            nodes[i] = tree_node(nodes[2 * i], nodes[2 * i + 1]);
}

static Fail nodes(Walk *w, int level, int64_t from, int n, Hash *out);

/* One stored node made from those below it. */
static Fail make(Walk *w, int level, int64_t at, Hash *out)
{
    Hash below[TILE];
    Fail f = nodes(w, level - TILE_BITS, at * TILE, TILE, below);
    if (f.err == OK) fold(below, TILE);
    *out = below[0];
    return f;
}

/* n neighbours of a level that is a multiple of 8; 0 is the leaves. */
static Fail nodes(Walk *w, int level, int64_t from, int n, Hash *out)
{
    if (level == 0) return leaves(w, from, n, out);
    Arena *a = arena_new();
    Fail f = FAIL_NONE;
    int row = 0;
    DbRows *r = db_run(w->db, a, &nodes_load, ARGS(TXT(w->community), NUM(level), NUM(from), NUM(from + n)), &f);
    for (int i = 0; f.err == OK && i < n; i++)
        if (row < r->rows && db_int(r, row, 0) == from + i)
            f = hash_take(r, row++, from + i, &out[i]);
        else
            f = make(w, level, from + i, &out[i]);
    arena_free(a);
    return f;
}

static Fail subtree(Walk *w, int level, int64_t at, Hash *out)
{
    Hash row[TILE];
    int base = level - level % TILE_BITS, n = 1 << (level - base);
    Fail f = nodes(w, base, at << (level - base), n, row);
    if (f.err == OK) fold(row, n);
    *out = row[0];
    return f;
}

/* ---- any size: full subtrees side by side ---- */

static int height_of(int64_t n) /* of the largest full subtree with at most n leaves */
{
    int level = 0;
    while (level < LEVEL_MAX && (INT64_C(2) << level) <= n)
        level++;
    return level;
}

/* MTH of the leaves from `from`, which is a multiple of the first subtree's width. */
static Fail root_of(Walk *w, int64_t from, int64_t n, Hash *out)
{
    Hash full[LEVEL_MAX + 1];
    int k = 0;
    Fail f = FAIL_NONE;
    for (; f.err == OK && n > 0; k++) {
        int level = height_of(n);
        f = subtree(w, level, from >> level, &full[k]);
        from += INT64_C(1) << level;
        n -= INT64_C(1) << level;
    }
    if (f.err != OK) return f;
    for (*out = full[--k]; k > 0; k--)
        *out = tree_node(full[k - 1], *out);
    return f;
}

Fail tree_root(Db *db, Str community, int64_t size, Hash *root)
{
    Walk w = { .db = db, .community = community };
    assert(size > 0);
    return root_of(&w, 0, size, root);
}

Fail tree_path(Db *db, Str community, int64_t seq, int64_t size, TreePath *path)
{
    Walk w = { .db = db, .community = community };
    Hash down[TREE_PATH_MAX];
    int n = 0;
    Fail f = FAIL_NONE;
    assert(seq > 0 && seq <= size);
    for (int64_t from = 0, width = size, at = seq - 1; f.err == OK && width > 1; n++) {
        int64_t left = INT64_C(1) << height_of(width - 1); /* the largest power of two below the width */
        if (at - from < left) {
            f = root_of(&w, from + left, width - left, &down[n]);
            width = left;
        } else {
            f = root_of(&w, from, left, &down[n]);
            from += left;
            width -= left;
        }
    }
    path->n = n;
    for (int i = 0; i < n; i++)
        path->hash[i] = down[n - 1 - i];
    return f;
}

bool tree_root_of(Hash event, int64_t seq, int64_t size, const TreePath *path, Hash *root)
{
    if (seq < 1 || seq > size || path->n > TREE_PATH_MAX) return false;
    int64_t fn = seq - 1, sn = size - 1;
    Hash r = tree_leaf(event);
    for (int i = 0; i < path->n; i++) {
        if (sn == 0) return false;
        if ((fn & 1) != 0 || fn == sn) {
            r = tree_node(path->hash[i], r);
            while ((fn & 1) == 0 && fn != 0) {
                fn >>= 1;
                sn >>= 1;
            }
        } else {
            r = tree_node(r, path->hash[i]);
        }
        fn >>= 1;
        sn >>= 1;
    }
    *root = r;
    return sn == 0;
}

/* ---- the log only grew ---- */

Fail tree_consistency(Db *db, Str community, int64_t from, int64_t to, TreePath *path)
{
    Walk w = { .db = db, .community = community };
    Hash down[TREE_PATH_MAX];
    int n = 0;
    bool whole = true; /* what is left of the older log is the older log: its root is known */
    Fail f = FAIL_NONE;
    int64_t at = 0, width = to, old = from;
    assert(from > 0 && from <= to);
    for (; f.err == OK && old < width; n++) {
        int64_t left = INT64_C(1) << height_of(width - 1);
        if (old <= left) {
            f = root_of(&w, at + left, width - left, &down[n]);
            width = left;
        } else {
            f = root_of(&w, at, left, &down[n]);
            at += left;
            width -= left;
            old -= left;
            whole = false;
        }
    }
    if (f.err == OK && !whole) f = root_of(&w, at, width, &down[n++]);
    path->n = n;
    for (int i = 0; i < n; i++)
        path->hash[i] = down[n - 1 - i];
    return f;
}

bool tree_consistent(int64_t from, int64_t to, Hash first, Hash second, const TreePath *path)
{
    if (from < 1 || from > to || path->n > TREE_PATH_MAX) return false;
    if (from == to) return path->n == 0 && hash_eq(first, second);
    int64_t fn = from - 1, sn = to - 1;
    bool known = (from & fn) == 0; /* a full tree: its root is where the path begins */
    if (path->n == 0 && !known) return false;
    for (; (fn & 1) != 0; sn >>= 1)
        fn >>= 1;
    Hash fr = known ? first : path->hash[0], sr = fr;
    for (int i = known ? 0 : 1; i < path->n; i++) {
        if (sn == 0) return false;
        if ((fn & 1) != 0 || fn == sn) {
            fr = tree_node(path->hash[i], fr);
            sr = tree_node(path->hash[i], sr);
            for (; (fn & 1) == 0 && fn != 0; sn >>= 1)
                fn >>= 1;
        } else {
            sr = tree_node(sr, path->hash[i]);
        }
        fn >>= 1;
        sn >>= 1;
    }
    return sn == 0 && hash_eq(fr, first) && hash_eq(sr, second);
}

/* ---- what is stored ---- */

static Fail number(Db *db, const Stmt *s, const DbVal *args, int64_t *out)
{
    Arena *a = arena_new();
    Fail f = FAIL_NONE;
    DbRows *r = db_run(db, a, s, args, &f);
    *out = f.err == OK && r->rows > 0 ? db_int(r, 0, 0) : 0;
    arena_free(a);
    return f;
}

static Fail fill_level(TreeFill *t, Walk *w, int level, int64_t below)
{
    int64_t last;
    Fail f = number(w->db, &node_last, ARGS(TXT(t->community), NUM(level)), &last);
    for (int64_t at = last + 1; f.err == OK && at < below / TILE; at++) {
        Hash h;
        if (t->made == TILES_AT_ONCE) {
            t->more = true;
            return f;
        }
        f = make(w, level, at, &h);
        if (f.err != OK) return f;
        Arena *a = arena_new();
        db_run(w->db, a, &node_add,
               ARGS(TXT(t->community), NUM(level), NUM(at), BYT(((Str){ (const char *)h.b, HASH_BYTES }))), &f);
        arena_free(a);
        t->made++;
    }
    return f;
}

Fail tree_fill(void *tree_fill, Db *db)
{
    TreeFill *t = tree_fill;
    Walk w = { .db = db, .community = t->community };
    int64_t size;
    t->made = 0;
    t->more = false;
    Fail f = number(db, &head_of, ARGS(TXT(t->community)), &size);
    for (int level = TILE_BITS; f.err == OK && !t->more && level <= LEVEL_MAX && size >= TILE; level += TILE_BITS) {
        f = fill_level(t, &w, level, size);
        size /= TILE;
    }
    return f;
}

/* Each level from the one below as it is stored, the lowest from the log: a wrong node is found where it stands. */
Fail tree_check(Db *db, Str community, int64_t size, int64_t *looked, int64_t *bad)
{
    Fail f = FAIL_NONE;
    *looked = *bad = 0;
    for (int level = TILE_BITS; f.err == OK && level <= LEVEL_MAX; level += TILE_BITS) {
        int64_t last;
        f = number(db, &node_last, ARGS(TXT(community), NUM(level)), &last);
        if (f.err == OK && last < 0) return f;
        for (int64_t at = 0; f.err == OK && at <= last; at++) {
            Walk w = { .db = db, .community = community };
            Hash is, must;
            if (((at + 1) << level) > size) {
                ++*bad; /* of events that there are not */
                continue;
            }
            f = nodes(&w, level, at, 1, &is);
            if (f.err == OK) f = make(&w, level, at, &must);
            if (f.err == OK) *bad += !hash_eq(is, must);
            ++*looked;
        }
    }
    return f;
}
