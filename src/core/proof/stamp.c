#include "core/proof/stamp.h"

static const char MARK[] = "%LP1";
enum { STAMP_MAX = 256 };

static Str signed_text(Arena *a, const Stamp *s)
{
    return arena_fmt(a, "linli paper 1\n%.*s\n%lld\n%s\n", STR_ARG(s->community), (long long)s->at,
                     hash_hex(a, s->hash).p);
}

static Str print(Arena *a, const Stamp *s)
{
    return arena_fmt(a, "%s.%.*s.%lld.%s.%s\n", MARK, STR_ARG(s->community), (long long)s->at,
                     base64url_of(a, (Str){ (const char *)s->hash.b, HASH_BYTES }).p,
                     base64url_of(a, (Str){ (const char *)s->signature, SIGNATURE_BYTES }).p);
}

static Str joined(Arena *a, Str x, const char *between, Str y)
{
    Buf b = buf_new(a, x.n + y.n + 2);
    buf_add(&b, x);
    buf_c(&b, between);
    buf_add(&b, y);
    return buf_str(&b);
}

Str stamp_paper(Arena *a, const Seals *seals, Str community, int64_t at, Str pdf)
{
    bool ends = pdf.n > 0 && pdf.p[pdf.n - 1] == '\n';
    Str body = ends ? pdf : joined(a, pdf, "\n", S(""));
    Stamp s = { .community = community, .at = at, .hash = hash_one(body) };
    seals_sign(seals, signed_text(a, &s), s.signature);
    return joined(a, body, "", print(a, &s));
}

/* The line as we print it, to the byte: another way to write the same is another paper. */
static bool parse(Arena *a, Str line, Stamp *out)
{
    Str rest = { line.p, line.n - 1 }, mark = str_cut(&rest, '.'), community = str_cut(&rest, '.'),
        at = str_cut(&rest, '.'), hash = str_cut(&rest, '.'), bytes;
    if (!str_is(mark, MARK) || !receipt_code(community) || !receipt_number(at, &out->at)) return false;
    out->community = arena_str(a, community);
    if (!base64url_to(a, hash, &bytes) || bytes.n != HASH_BYTES) return false;
    memcpy(out->hash.b, bytes.p, HASH_BYTES);
    if (!base64url_to(a, rest, &bytes) || bytes.n != SIGNATURE_BYTES) return false;
    memcpy(out->signature, bytes.p, SIGNATURE_BYTES);
    return str_eq(print(a, out), line);
}

Fail stamp_check(Arena *a, Str pdf, Str key, Stamp *out)
{
    VerifierKey by;
    Fail f = FAIL_NONE;
    size_t from = pdf.n;
    *out = (Stamp){ 0 };
    if (pdf.n < 2 || pdf.p[pdf.n - 1] != '\n') return fail_field(ERR_INVALID, "no_stamp", "paper", 0);
    for (from = pdf.n - 1; from > 0 && pdf.p[from - 1] != '\n' && pdf.n - from < STAMP_MAX; from--) {}
    if (!parse(a, (Str){ pdf.p + from, pdf.n - from }, out)) return fail_field(ERR_INVALID, "no_stamp", "paper", 0);
    if (!hash_eq(hash_one((Str){ pdf.p, from }), out->hash))
        return fail_field(ERR_CONFLICT, "paper_differs", "paper", 0);
    if (key.n == 0) return f;
    f = verifier_key_parse(a, key, &by);
    if (f.err == OK && !verifier_key_is_of(&by, out->community)) f = fail_field(ERR_CONFLICT, "other_key", "key", 0);
    if (f.err == OK && !seals_signed(by.key, signed_text(a, out), out->signature))
        f = fail_field(ERR_CONFLICT, "stamp_signature", "paper", 0);
    return f;
}
