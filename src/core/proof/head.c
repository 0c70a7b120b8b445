#include "core/proof/head.h"

static Stmt last_of = { "s", "l", "SELECT seq FROM head WHERE community = $1" };
static Stmt when_of = { "sl", "l", "SELECT at FROM event WHERE community = $1 AND seq = $2" };
Stmt *const head_statements[] = { &last_of, &when_of, NULL };

static const char MARK[] = "LH1";
enum { PROOF_MAX = 8 * 1024 };

static Fail malformed(const char *field)
{
    return fail_field(ERR_INVALID, "bad_format", field, 0);
}

/* ---- the line ---- */

void head_sign(Arena *a, const Seals *s, SignedHead *h)
{
    seals_sign(s, checkpoint_text(a, h->community, h->size, h->at, h->root), h->signature);
}

Str head_print(Arena *a, const SignedHead *h)
{
    return arena_fmt(a, "%s.%.*s.%lld.%lld.%s.%s", MARK, STR_ARG(h->community), (long long)h->size, (long long)h->at,
                     base64url_of(a, (Str){ (const char *)h->root.b, HASH_BYTES }).p,
                     base64url_of(a, (Str){ (const char *)h->signature, SIGNATURE_BYTES }).p);
}

Fail head_parse(Arena *a, Str line, SignedHead *out)
{
    Str rest = str_trim(line), mark = str_cut(&rest, '.'), community = str_cut(&rest, '.'), size = str_cut(&rest, '.'),
        at = str_cut(&rest, '.'), root = str_cut(&rest, '.'), signature = rest, bytes;
    *out = (SignedHead){ 0 };
    if (line.n > HEAD_LINE_MAX || !str_is(mark, MARK) || !receipt_code(community) ||
        !receipt_number(size, &out->size) || !receipt_number(at, &out->at))
        return malformed("head");
    out->community = arena_str(a, community);
    if (!base64url_to(a, root, &bytes) || bytes.n != HASH_BYTES) return malformed("head");
    memcpy(out->root.b, bytes.p, HASH_BYTES);
    if (!base64url_to(a, signature, &bytes) || bytes.n != SIGNATURE_BYTES) return malformed("head");
    memcpy(out->signature, bytes.p, SIGNATURE_BYTES);
    return FAIL_NONE;
}

Fail head_check(Arena *a, const SignedHead *h, const VerifierKey *key)
{
    if (!verifier_key_is_of(key, h->community)) return fail_field(ERR_CONFLICT, "other_key", "key", 0);
    return seals_signed(key->key, checkpoint_text(a, h->community, h->size, h->at, h->root), h->signature)
               ? FAIL_NONE
               : fail_field(ERR_CONFLICT, "head_signature", "head", 0);
}

/* ---- of a log ---- */

static Fail number(Arena *a, Db *db, const Stmt *s, const DbVal *args, int64_t *out)
{
    Fail f = FAIL_NONE;
    DbRows *r = db_run(db, a, s, args, &f);
    *out = f.err == OK && r->rows > 0 ? db_int(r, 0, 0) : 0;
    return f;
}

static Fail signed_head(Arena *a, Db *db, const Seals *s, SignedHead *h)
{
    if (h->size == 0) return fail(ERR_NOT_FOUND, "not_found");
    Fail f = tree_root(db, h->community, h->size, &h->root);
    if (f.err == OK) head_sign(a, s, h);
    return f;
}

Fail head_now(Arena *a, Db *db, const Seals *s, Str community, int64_t now, SignedHead *out)
{
    *out = (SignedHead){ .community = community, .at = now };
    Fail f = number(a, db, &last_of, ARGS(TXT(community)), &out->size);
    return f.err == OK ? signed_head(a, db, s, out) : f;
}

/* Events are numbered in the order of their time: halved until found. */
Fail head_as_of(Arena *a, Db *db, const Seals *s, Str community, int64_t at, SignedHead *out)
{
    int64_t low = 0, high, then;
    *out = (SignedHead){ .community = community, .at = at };
    Fail f = number(a, db, &last_of, ARGS(TXT(community)), &high);
    while (f.err == OK && low < high) {
        int64_t middle = high - (high - low) / 2;
        f = number(a, db, &when_of, ARGS(TXT(community), NUM(middle)), &then);
        if (f.err == OK && then < at)
            low = middle;
        else
            high = middle - 1;
    }
    out->size = low;
    return f.err == OK ? signed_head(a, db, s, out) : f;
}

/* ---- two heads of one log ---- */

static Fail path_of(Arena *a, Str text, TreePath *path)
{
    Str bytes;
    if (!base64url_to(a, text, &bytes) || bytes.n % HASH_BYTES != 0 || bytes.n > sizeof path->hash)
        return malformed("path");
    path->n = (int)(bytes.n / HASH_BYTES);
    if (bytes.n > 0) memcpy(path->hash, bytes.p, bytes.n);
    return FAIL_NONE;
}

Fail consistency_check(Arena *a, Str text, Str key, Str kept, Consistency *out)
{
    Fail f = FAIL_NONE;
    VerifierKey by;
    TreePath path;
    SignedHead own;
    *out = (Consistency){ 0 };
    if (text.n > PROOF_MAX) return fail_field(ERR_TOO_LARGE, "too_large", "proof", PROOF_MAX);
    const json_t *proof = json_read(a, text, &f);
    if (proof == NULL) return malformed("proof");
    out->key = key.n > 0 ? key : json_text(proof, "key");
    f = verifier_key_parse(a, out->key, &by);
    if (f.err == OK) f = head_parse(a, json_text(proof, "from"), &out->from);
    if (f.err == OK) f = head_parse(a, json_text(proof, "to"), &out->to);
    if (f.err == OK) f = path_of(a, json_text(proof, "path"), &path);
    if (f.err == OK) f = head_check(a, &out->from, &by);
    if (f.err == OK) f = head_check(a, &out->to, &by);
    if (f.err != OK) return f;
    if (kept.n > 0) {
        f = head_parse(a, kept, &own);
        if (f.err == OK) f = head_check(a, &own, &by);
        if (f.err != OK) return f;
        if (own.size != out->from.size) return fail_field(ERR_CONFLICT, "other_head", "head", own.size);
        out->from.root = own.root;
    }
    return tree_consistent(out->from.size, out->to.size, out->from.root, out->to.root, &path)
               ? FAIL_NONE
               : fail_field(ERR_CONFLICT, "not_consistent", "path", 0);
}
