#include "core/proof/receipt.h"

#include "core/run.h"

#include <sodium.h>

static const char PREFIX[] = "linli/", MARK[] = "LR1";
enum { NOTE_KEY_HASH = 4, NOTE_ED25519 = 1, ORIGINAL = sodium_base64_VARIANT_ORIGINAL };

static Str base64_of(Arena *a, const uint8_t *p, size_t n)
{
    size_t cap = sodium_base64_encoded_len(n, ORIGINAL);
    char *out = arena_alloc(a, cap);
    sodium_bin2base64(out, cap, p, n, ORIGINAL);
    return str_c(out);
}

static Str name_of(Arena *a, Str community)
{
    return arena_fmt(a, "%s%.*s", PREFIX, STR_ARG(community));
}

static Fail malformed(const char *field)
{
    return fail_field(ERR_INVALID, "bad_format", field, 0);
}

/* ---- notes and keys ---- */

Str checkpoint_text(Arena *a, Str community, int64_t size, int64_t at, Hash root)
{
    return arena_fmt(a, "%.*s\n%lld\n%s\nat %s\n", STR_ARG(name_of(a, community)), (long long)size,
                     base64_of(a, root.b, HASH_BYTES).p, time_iso(a, at).p);
}

/* signed-note: the first four bytes of SHA-256(name, line feed, kind of key, key). */
static Hash key_hash(Str name, const uint8_t key[SIGN_KEY_BYTES])
{
    return hash_sha256((Str[]){ name, S("\n\1"), { (const char *)key, SIGN_KEY_BYTES } }, 3);
}

Str checkpoint_note(Arena *a, const Seals *s, Str community, int64_t size, int64_t at, Hash root)
{
    uint8_t key[SIGN_KEY_BYTES], blob[NOTE_KEY_HASH + SIGNATURE_BYTES];
    Str text = checkpoint_text(a, community, size, at, root), name = name_of(a, community);
    seals_sign_key(s, key);
    memcpy(blob, key_hash(name, key).b, NOTE_KEY_HASH);
    seals_sign(s, text, blob + NOTE_KEY_HASH);
    return arena_fmt(a, "%.*s\n\xe2\x80\x94 %.*s %s\n", STR_ARG(text), STR_ARG(name),
                     base64_of(a, blob, sizeof blob).p);
}

Str verifier_key_print(Arena *a, const Seals *s, Str community)
{
    uint8_t blob[1 + SIGN_KEY_BYTES] = { NOTE_ED25519 };
    Str name = name_of(a, community);
    seals_sign_key(s, blob + 1);
    Hash h = key_hash(name, blob + 1);
    return arena_fmt(a, "%.*s+%s+%s", STR_ARG(name), hex_of(a, (Str){ (const char *)h.b, NOTE_KEY_HASH }).p,
                     base64_of(a, blob, sizeof blob).p);
}

Fail verifier_key_parse(Arena *a, Str text, VerifierKey *out)
{
    Str rest = str_trim(text), name = str_cut(&rest, '+'), hash = str_cut(&rest, '+');
    uint8_t blob[1 + SIGN_KEY_BYTES];
    size_t n = 0;
    if (name.n < sizeof PREFIX || name.n > sizeof PREFIX + RECEIPT_COMMUNITY_MAX || !str_starts(name, str_c(PREFIX)))
        return malformed("key");
    if (sodium_base642bin(blob, sizeof blob, rest.p, rest.n, NULL, &n, NULL, ORIGINAL) != 0 || n != sizeof blob ||
        blob[0] != NOTE_ED25519)
        return malformed("key");
    out->name = arena_str(a, name);
    memcpy(out->key, blob + 1, SIGN_KEY_BYTES);
    Hash h = key_hash(name, out->key);
    return str_eq(hash, hex_of(a, (Str){ (const char *)h.b, NOTE_KEY_HASH })) ? FAIL_NONE : malformed("key");
}

bool verifier_key_is_of(const VerifierKey *key, Str community)
{
    Str name = key->name, prefix = str_c(PREFIX);
    return str_starts(name, prefix) && str_eq((Str){ name.p + prefix.n, name.n - prefix.n }, community);
}

/* ---- the line ---- */

void receipt_sign(Arena *a, const Seals *s, Receipt *r, Hash root)
{
    seals_sign(s, checkpoint_text(a, r->community, r->size, r->at, root), r->signature);
}

static Str url64(Arena *a, const void *p, size_t n)
{
    return base64url_of(a, (Str){ p, n });
}

Str receipt_print(Arena *a, const Receipt *r)
{
    return arena_fmt(a, "%s.%.*s.%lld.%lld.%lld.%s.%s.%s", MARK, STR_ARG(r->community), (long long)r->size,
                     (long long)r->seq, (long long)r->at, url64(a, r->event.b, HASH_BYTES).p,
                     url64(a, r->path.hash, sizeof(Hash) * (size_t)r->path.n).p,
                     url64(a, r->signature, SIGNATURE_BYTES).p);
}

bool receipt_number(Str s, int64_t *out)
{
    return s.n > 0 && s.p[0] != '0' && str_to_i64(s, out) && *out > 0;
}

bool receipt_code(Str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!(s.p[i] >= '0' && s.p[i] <= '9') && !(s.p[i] >= 'a' && s.p[i] <= 'z') && s.p[i] != '-') return false;
    return s.n > 0 && s.n <= RECEIPT_COMMUNITY_MAX;
}

Fail receipt_parse(Arena *a, Str line, Receipt *out)
{
    Str rest = str_trim(line), mark = str_cut(&rest, '.'), community = str_cut(&rest, '.'), size = str_cut(&rest, '.'),
        seq = str_cut(&rest, '.'), at = str_cut(&rest, '.'), event = str_cut(&rest, '.'), path = str_cut(&rest, '.'),
        signature = rest, bytes;
    *out = (Receipt){ 0 };
    if (line.n > RECEIPT_LINE_MAX || !str_is(mark, MARK) || !receipt_code(community)) return malformed("receipt");
    if (!receipt_number(size, &out->size) || !receipt_number(seq, &out->seq) || !receipt_number(at, &out->at) ||
        out->seq > out->size)
        return malformed("receipt");
    out->community = arena_str(a, community);
    if (!base64url_to(a, event, &bytes) || bytes.n != HASH_BYTES) return malformed("receipt");
    memcpy(out->event.b, bytes.p, HASH_BYTES);
    if (!base64url_to(a, path, &bytes) || bytes.n % HASH_BYTES != 0 || bytes.n > sizeof out->path.hash)
        return malformed("receipt");
    out->path.n = (int)(bytes.n / HASH_BYTES);
    if (bytes.n > 0) memcpy(out->path.hash, bytes.p, bytes.n);
    if (!base64url_to(a, signature, &bytes) || bytes.n != SIGNATURE_BYTES) return malformed("receipt");
    memcpy(out->signature, bytes.p, SIGNATURE_BYTES);
    return FAIL_NONE;
}

Fail receipt_check(Arena *a, const Receipt *r, const VerifierKey *key)
{
    Hash root;
    if (!verifier_key_is_of(key, r->community)) return fail_field(ERR_CONFLICT, "other_key", "key", 0);
    if (!tree_root_of(r->event, r->seq, r->size, &r->path, &root))
        return fail_field(ERR_CONFLICT, "receipt_path", "receipt", 0);
    return seals_signed(key->key, checkpoint_text(a, r->community, r->size, r->at, root), r->signature)
               ? FAIL_NONE
               : fail_field(ERR_CONFLICT, "receipt_signature", "receipt", 0);
}

/* ---- the file ---- */

/* Is there a sealed value in the event with this proof? */
static bool has_proof(const json_t *v, Str proof)
{
    const char *name;
    json_t *one;
    if (json_is_object(v) && str_eq(json_text(v, "proof"), proof)) return true;
    json_object_foreach((json_t *)(uintptr_t)v, name, one)
        if (has_proof(one, proof)) return true;
    for (size_t i = 0; i < json_array_size(v); i++)
        if (has_proof(json_array_get(v, i), proof)) return true;
    return false;
}

static Fail opening_check(Arena *a, const json_t *event, const json_t *opening, int n)
{
    Str salt, value = json_text(opening, "value");
    if (!base64url_to(a, json_text(opening, "salt"), &salt) || salt.n == 0) return malformed("openings");
    Hash h = hash_sha256((Str[]){ S("linli proof 1\n"), salt, value }, 3);
    return has_proof(json_object_get(event, "data"), base64url_of(a, (Str){ (const char *)h.b, HASH_BYTES }))
               ? FAIL_NONE
               : fail_field(ERR_CONFLICT, "opening_differs", "openings", n);
}

static Fail event_check(Arena *a, const json_t *file, ReceiptFile *out)
{
    Fail f = FAIL_NONE;
    const json_t *openings = json_object_get(file, "openings");
    out->event = json_text(file, "event");
    if (out->event.n == 0) return json_array_size(openings) > 0 ? malformed("openings") : f;
    json_t *event = json_read(a, out->event, &f);
    if (event == NULL) return malformed("event");
    if (!hash_eq(event_bytes_hash(out->event), out->receipt.event) || json_int(event, "seq") != out->receipt.seq ||
        !str_eq(json_text(event, "community"), out->receipt.community))
        return fail_field(ERR_CONFLICT, "event_differs", "event", 0);
    if (json_array_size(openings) > RECEIPT_OPENINGS_MAX) return malformed("openings");
    for (; f.err == OK && out->openings < (int)json_array_size(openings); out->openings++)
        f = opening_check(a, event, json_array_get(openings, (size_t)out->openings), out->openings + 1);
    return f;
}

Fail receipt_file_check(Arena *a, Str text, Str key, ReceiptFile *out)
{
    Fail f = FAIL_NONE;
    json_t *file = NULL;
    VerifierKey by;
    *out = (ReceiptFile){ 0 };
    if (text.n > RECEIPT_FILE_MAX) return fail_field(ERR_TOO_LARGE, "too_large", "receipt", RECEIPT_FILE_MAX);
    if (str_starts(str_trim(text), S("{"))) {
        file = json_read(a, text, &f);
        if (file == NULL) return malformed("receipt");
    }
    f = receipt_parse(a, file != NULL ? json_text(file, "receipt") : text, &out->receipt);
    out->key = key.n > 0 ? key : json_text(file, "key");
    if (f.err == OK) f = verifier_key_parse(a, out->key, &by);
    if (f.err == OK) f = receipt_check(a, &out->receipt, &by);
    return f.err == OK ? event_check(a, file, out) : f;
}
