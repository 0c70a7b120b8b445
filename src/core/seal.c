/* Everything that the key file protects. Each use has a key of its own (crypto_kdf), each
 * ciphertext is bound by its associated data to a domain and to whom it belongs, so that nothing
 * sealed can be passed off as something else.
 *
 * What is stored begins with a version byte: 1 is XChaCha20-Poly1305 with a random nonce, laid out
 * as version, nonce, ciphertext and tag. */
#include "core/seal.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    SEALED_VERSION = 1,
    NONCE_BYTES = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
    TAG_BYTES = crypto_aead_xchacha20poly1305_ietf_ABYTES,
    OVERHEAD_BYTES = 1 + NONCE_BYTES + TAG_BYTES,
    SALT_BYTES = 16,
    RECEIPT_BYTES = 10, /* 80 bits, 16 characters of base32 */
    CSRF_BYTES = 24,    /* 32 characters of base64url */
    KEY_FILE_BYTES_MAX = 256,
};

static_assert(KEY_BYTES == crypto_aead_xchacha20poly1305_ietf_KEYBYTES, "a key is a cipher's key");
static_assert(KEY_BYTES == crypto_kdf_KEYBYTES && KEY_BYTES == crypto_auth_hmacsha256_KEYBYTES,
              "and any other");

struct Seals { /* in sodium_malloc memory: locked, between guard pages, wiped when freed */
    uint8_t wrap[KEY_BYTES];
    uint8_t lookup[KEY_BYTES];
    uint8_t directory[KEY_BYTES];
    uint8_t receipt[KEY_BYTES];
    uint8_t token[KEY_BYTES];
    uint8_t csrf[KEY_BYTES];
    uint8_t search[crypto_shorthash_KEYBYTES];
    uint8_t push[KEY_BYTES];
    uint8_t sign[crypto_sign_SECRETKEYBYTES];
    Erasures *erasures;
};

/* ---- the key file
 * ------------------------------------------------------------------------------------------- */

static bool write_all(int fd, const char *p, size_t n) {
    while (n > 0) {
        ssize_t done = write(fd, p, n);
        if (done < 0 && errno == EINTR) continue;
        if (done <= 0) return false;
        p += done;
        n -= (size_t)done;
    }
    return true;
}

static bool sync_folder_of(Arena *a, const char *file) {
    const char *slash = strrchr(file, '/');
    const char *folder = slash == NULL   ? "."
                         : slash == file ? "/"
                                         : arena_c(a, (Str){ file, (size_t)(slash - file) });
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return false;
    bool ok = fsync(fd) == 0;
    close(fd);
    return ok;
}

/* Whole or not at all, and never over another one: written beside, then linked to its name. */
static bool key_file_make(Arena *a, const char *key_file) {
    uint8_t master[KEY_BYTES];
    char text[2 * KEY_BYTES + 2];
    const char *beside = arena_fmt(a, "%s.%016llx", key_file, (unsigned long long)random_u64()).p;
    int fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) return false;
    random_bytes(master, sizeof master);
    sodium_bin2hex(text, sizeof text, master, sizeof master);
    text[sizeof text - 2] = '\n';
    bool ok = write_all(fd, text, sizeof text - 1) && fsync(fd) == 0;
    ok = close(fd) == 0 && ok;
    ok = ok && (link(beside, key_file) == 0 ||
                errno == EEXIST); /* another process was first: its key counts */
    ok = ok && sync_folder_of(a, key_file);
    unlink(beside);
    sodium_memzero(master, sizeof master);
    sodium_memzero(text, sizeof text);
    return ok;
}

/* NULL when the file holds a key: 64 hex digits and nothing else but blanks at the end. */
static const char *key_file_fault(int fd, uint8_t master[KEY_BYTES]) {
    struct stat st;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) return "the key file is not a file";
    if ((st.st_mode & 077) != 0) return "the key file may be read by others: chmod 600";
    char text[KEY_FILE_BYTES_MAX];
    ssize_t n = read(fd, text, sizeof text);
    Str hex = str_trim((Str){ text, n > 0 ? (size_t)n : 0 });
    size_t bytes = 0;
    bool whole = hex.n == 2 * KEY_BYTES &&
                 sodium_hex2bin(master, KEY_BYTES, hex.p, hex.n, NULL, &bytes, NULL) == 0 &&
                 bytes == KEY_BYTES;
    sodium_memzero(text, sizeof text);
    return whole ? NULL : "the key file does not hold 64 hex digits";
}

static void derive(const uint8_t master[KEY_BYTES], const char context[crypto_kdf_CONTEXTBYTES + 1],
                   uint8_t *key, size_t n) {
    int status = crypto_kdf_derive_from_key(key, n, 1, context, master);
    assert(status == 0);
    (void)status;
}

static void seals_drop(void *s) {
    sodium_free(s);
}

static Seals *seals_new(Arena *a, const uint8_t master[KEY_BYTES]) {
    Seals *s = sodium_malloc(sizeof *s);
    if (s == NULL) abort();
    arena_defer(a, seals_drop, s);
    s->erasures = NULL;
    derive(master, "li.wrap1", s->wrap, sizeof s->wrap);
    derive(master, "li.look1", s->lookup, sizeof s->lookup);
    derive(master, "li.dire1", s->directory, sizeof s->directory);
    derive(master, "li.rece1", s->receipt, sizeof s->receipt);
    derive(master, "li.toke1", s->token, sizeof s->token);
    derive(master, "li.csrf1", s->csrf, sizeof s->csrf);
    derive(master, "li.sear1", s->search, sizeof s->search);
    derive(master, "li.push1", s->push, sizeof s->push);
    uint8_t seed[crypto_sign_SEEDBYTES], public[SIGN_KEY_BYTES];
    derive(master, "li.tree1", seed, sizeof seed);
    crypto_sign_seed_keypair(public, s->sign, seed);
    sodium_memzero(seed, sizeof seed);
    return s;
}

static Fail key_fail(const char *log) {
    Fail f = fail(ERR_INTERNAL, "key_file");
    f.log = log;
    return f;
}

Seals *seals_open(Arena *a, const char *key_file, bool create, Fail *f) {
    if (sodium_init() < 0) abort();
    uint8_t master[KEY_BYTES];
    int fd = open(key_file, O_RDONLY | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT && create) {
        if (!key_file_make(a, key_file)) {
            *f = key_fail("the key file cannot be made");
            return NULL;
        }
        fd = open(key_file, O_RDONLY | O_CLOEXEC);
    }
    if (fd < 0) {
        *f = key_fail(errno == ENOENT ? "there is no key file" : "the key file cannot be opened");
        return NULL;
    }
    const char *fault = key_file_fault(fd, master);
    close(fd);
    Seals *s = fault == NULL ? seals_new(a, master) : NULL;
    sodium_memzero(master, sizeof master);
    *f = s != NULL ? FAIL_NONE : key_fail(fault);
    return s;
}

void seals_keep_erasures(Seals *s, Erasures *e) {
    s->erasures = e;
}

void seals_push_secret(const Seals *s, uint8_t out[KEY_BYTES]) {
    memcpy(out, s->push, KEY_BYTES);
    out[0] &= 0x7f; /* below the order of P-256 */
}

void seals_sign(const Seals *s, Str text, uint8_t signature[SIGNATURE_BYTES]) {
    crypto_sign_detached(signature, NULL, (const unsigned char *)text.p, text.n, s->sign);
}

void seals_sign_key(const Seals *s, uint8_t out[SIGN_KEY_BYTES]) {
    crypto_sign_ed25519_sk_to_pk(out, s->sign);
}

bool seals_signed(const uint8_t key[SIGN_KEY_BYTES], Str text, const uint8_t signature[SIGNATURE_BYTES]) {
    return crypto_sign_verify_detached(signature, (const unsigned char *)text.p, text.n, key) == 0;
}

Erasures *seals_erasures(const Seals *s) {
    return s->erasures;
}

Seals *seals_for_test(Arena *a) {
    if (sodium_init() < 0) abort();
    uint8_t master[KEY_BYTES];
    memset(master, 0x5A, sizeof master);
    return seals_new(a, master);
}

/* ---- sealing
 * ------------------------------------------------------------------------------------------------
 */

typedef struct Parts { /* one plain text in two pieces */
    Str first, second;
} Parts;

/* What the ciphertext is bound to: lengths are hashed too, so that no two pairs look alike. */
static Hash bound_to(const char *domain, Str owner, Str name) {
    uint64_t n[2] = { owner.n, name.n };
    uint8_t lengths[16];
    for (int i = 0; i < 16; i++)
        lengths[i] = (uint8_t)(n[i / 8] >> (8 * (i % 8)));
    return hash_sha256(
        (Str[]){ str_c(domain), { (const char *)lengths, sizeof lengths }, owner, name }, 4);
}

static Str encrypt(Arena *a, const uint8_t key[KEY_BYTES], Hash bound, Parts plain) {
    size_t n = plain.first.n + plain.second.n;
    uint8_t *out = arena_alloc(a, n + OVERHEAD_BYTES);
    uint8_t *text = out + 1 + NONCE_BYTES;
    out[0] = SEALED_VERSION;
    random_bytes(out + 1, NONCE_BYTES);
    if (plain.first.n > 0) memcpy(text, plain.first.p, plain.first.n);
    if (plain.second.n > 0) memcpy(text + plain.first.n, plain.second.p, plain.second.n);
    crypto_aead_xchacha20poly1305_ietf_encrypt(text, NULL, text, n, bound.b, sizeof bound.b, NULL,
                                               out + 1, key);
    return (Str){ (const char *)out, n + OVERHEAD_BYTES };
}

/* `out` takes sealed.n - OVERHEAD_BYTES bytes. */
static bool decrypt(const uint8_t key[KEY_BYTES], Hash bound, Str sealed, uint8_t *out) {
    const uint8_t *in = (const uint8_t *)sealed.p;
    if (sealed.n < OVERHEAD_BYTES || in[0] != SEALED_VERSION) return false;
    return crypto_aead_xchacha20poly1305_ietf_decrypt(out, NULL, NULL, in + 1 + NONCE_BYTES,
                                                      sealed.n - 1 - NONCE_BYTES, bound.b,
                                                      sizeof bound.b, in + 1, key) == 0;
}

Key seal_new_key(void) {
    Key k = { { 0 } };
    random_bytes(k.b, sizeof k.b);
    return k;
}

Str seal_wrap(const Seals *s, Arena *a, Str community, Str subject, Key k) {
    Parts plain = { { (const char *)k.b, sizeof k.b }, S("") };
    return encrypt(a, s->wrap, bound_to("linli key 1\n", community, subject), plain);
}

bool seal_unwrap(const Seals *s, Str community, Str subject, Str wrapped, Key *k) {
    if (wrapped.n != KEY_BYTES + OVERHEAD_BYTES) return false;
    return decrypt(s->wrap, bound_to("linli key 1\n", community, subject), wrapped, k->b);
}

static Hash proof_of(Str salt, Str plain) {
    return hash_sha256((Str[]){ S("linli proof 1\n"), salt, plain }, 3);
}

json_t *seal_value(Arena *a, Key k, Str community, Str subject, Str plain) {
    uint8_t bytes[SALT_BYTES];
    random_bytes(bytes, sizeof bytes);
    Str salt = { (const char *)bytes, sizeof bytes };
    Hash proof = proof_of(salt, plain);
    Str sealed =
        encrypt(a, k.b, bound_to("linli value 1\n", community, subject), (Parts){ salt, plain });
    json_t *v = json_new_object(a);
    json_put_text(v, "sealed", base64url_of(a, sealed));
    json_put_text(v, "proof", base64url_of(a, (Str){ (const char *)proof.b, sizeof proof.b }));
    json_put_text(v, "of", subject);
    return v;
}

bool seal_is(const json_t *v) {
    return json_is_object(v) && json_object_size(v) == 3 &&
           json_is_string(json_object_get(v, "sealed")) &&
           json_is_string(json_object_get(v, "proof")) && json_is_string(json_object_get(v, "of"));
}

Str seal_subject(const json_t *v) {
    return json_text(v, "of");
}

/* Salt and value, from the text of the member "sealed". */
static bool open_parts(Arena *a, Key k, Str community, Str subject, Str sealed, Parts *parts)
{
    Str bytes;
    if (!base64url_to(a, sealed, &bytes) || bytes.n < OVERHEAD_BYTES + SALT_BYTES) return false;
    size_t n = bytes.n - OVERHEAD_BYTES;
    uint8_t *text = arena_alloc(a, n + 1);
    if (!decrypt(k.b, bound_to("linli value 1\n", community, subject), bytes, text)) return false;
    *parts = (Parts){ { (const char *)text, SALT_BYTES }, { (const char *)text + SALT_BYTES, n - SALT_BYTES } };
    return true;
}

static bool proves(Arena *a, Parts parts, Str text)
{
    Str proof;
    if (!base64url_to(a, text, &proof) || proof.n != HASH_BYTES) return false;
    Hash expected = proof_of(parts.first, parts.second);
    return sodium_memcmp(expected.b, proof.p, sizeof expected.b) == 0;
}

bool seal_open_salted(Arena *a, Key k, Str community, const json_t *sealed, Str *salt, Str *plain)
{
    Parts parts;
    if (!seal_is(sealed)) return false;
    if (!open_parts(a, k, community, seal_subject(sealed), json_text(sealed, "sealed"), &parts)) return false;
    *salt = parts.first;
    *plain = parts.second;
    return proves(a, parts, json_text(sealed, "proof"));
}

bool seal_raw(Str v, SealedText *out)
{
    Str inside = raw_inside(v), key, value;
    int found = 0;
    *out = (SealedText){ S(""), S(""), S("") };
    while (raw_is(v, '{') && raw_member(&inside, &key, &value)) {
        if (!raw_is(value, '"') || value.n < 2) return false;
        Str text = { value.p + 1, value.n - 2 };
        if (str_is(key, "sealed"))
            out->sealed = text;
        else if (str_is(key, "of"))
            out->of = text;
        else if (str_is(key, "proof"))
            out->proof = text;
        else
            return false;
        found++;
    }
    return found == 3 && out->sealed.n > 0 && out->of.n > 0;
}

bool seal_raw_open(Arena *a, Key k, Str community, SealedText v, Str *plain)
{
    Parts parts;
    if (!open_parts(a, k, community, v.of, v.sealed, &parts)) return false;
    *plain = parts.second;
    return true;
}

bool seal_raw_proven(Arena *a, Key k, Str community, SealedText v)
{
    Parts parts;
    return open_parts(a, k, community, v.of, v.sealed, &parts) && proves(a, parts, v.proof);
}

bool seal_open(Arena *a, Key k, Str community, const json_t *sealed, Str *plain) {
    Str salt;
    return seal_open_salted(a, k, community, sealed, &salt, plain);
}

Str seal_bytes(Arena *a, Key k, Str domain, Str plain) {
    return encrypt(a, k.b, bound_to("linli file 1\n", domain, S("")), (Parts){ plain, S("") });
}

bool seal_open_bytes(Arena *a, Key k, Str domain, Str sealed, Str *plain) {
    if (sealed.n < OVERHEAD_BYTES) return false;
    size_t n = sealed.n - OVERHEAD_BYTES;
    uint8_t *out = arena_alloc(a, n + 1);
    if (!decrypt(k.b, bound_to("linli file 1\n", domain, S("")), sealed, out)) return false;
    *plain = (Str){ (const char *)out, n };
    return true;
}

/* ---- keyed hashes: what is looked up without being held
 * ------------------------------------------------------- */

/* The length in front keeps ("ab", "c") from ("a", "bc"). */
static Hash keyed(const uint8_t key[KEY_BYTES], Str first, Str second) {
    crypto_auth_hmacsha256_state h;
    uint8_t length[8];
    for (int i = 0; i < 8; i++)
        length[i] = (uint8_t)((uint64_t)first.n >> (8 * i));
    Hash out;
    crypto_auth_hmacsha256_init(&h, key, KEY_BYTES);
    crypto_auth_hmacsha256_update(&h, length, sizeof length);
    if (first.n > 0) crypto_auth_hmacsha256_update(&h, (const uint8_t *)first.p, first.n);
    if (second.n > 0) crypto_auth_hmacsha256_update(&h, (const uint8_t *)second.p, second.n);
    crypto_auth_hmacsha256_final(&h, out.b);
    sodium_memzero(&h, sizeof h);
    return out;
}

Str seal_lookup(const Seals *s, Arena *a, Str community, Str plain) {
    return hash_hex(a, keyed(s->lookup, community, plain));
}

Str seal_directory(const Seals *s, Arena *a, Str phone) {
    return hash_hex(a, keyed(s->directory, phone, S("")));
}

Str seal_receipt(const Seals *s, Arena *a, Str community, Str matter) {
    Hash h = keyed(s->receipt, community, matter);
    return base32_of(a, (Str){ (const char *)h.b, RECEIPT_BYTES });
}

uint64_t seal_search_token(const Seals *s, Str token) {
    uint8_t out[crypto_shorthash_BYTES];
    uint64_t n = 0;
    crypto_shorthash(out, (const uint8_t *)(token.n > 0 ? token.p : ""), token.n, s->search);
    for (size_t i = 0; i < sizeof out; i++) /* the same number on any machine */
        n |= (uint64_t)out[i] << (8 * i);
    return n;
}

Str seal_token_hash(const Seals *s, Arena *a, Str token) {
    return hash_hex(a, keyed(s->token, token, S("")));
}

Str seal_csrf(const Seals *s, Arena *a, Str token) {
    Hash h = keyed(s->csrf, token, S(""));
    return base64url_of(a, (Str){ (const char *)h.b, CSRF_BYTES });
}

/* ---- masks
 * --------------------------------------------------------------------------------------------------
 */

enum { MASK_NUMBER_MIN = 11, MASK_HEAD = 3, MASK_TAIL = 4 };

static bool is_number(Str s) {
    for (size_t i = 0; i < s.n; i++)
        if ((s.p[i] < '0' || s.p[i] > '9') && !(i == 0 && s.p[i] == '+')) return false;
    return s.n >= MASK_NUMBER_MIN;
}

Str mask_text(Arena *a, Str plain) {
    if (plain.n == 0) return S("");
    Buf out = buf_new(a, plain.n + 4);
    if (is_number(plain)) {
        buf_add(&out, (Str){ plain.p, MASK_HEAD });
        for (size_t i = MASK_HEAD; i < plain.n - MASK_TAIL; i++)
            buf_char(&out, '*');
        buf_add(&out, (Str){ plain.p + plain.n - MASK_TAIL, MASK_TAIL });
        return buf_str(&out);
    }
    Str rest = plain;
    int32_t first = utf8_next(&rest);
    if (first >= 0) utf8_put(&out, first);
    buf_c(&out, "***"); /* always three: the length says something too */
    return buf_str(&out);
}
