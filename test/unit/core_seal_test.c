#include "unit.h"

#include "core/seal.h"
#include "store/migrate.h"

#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

#define COMMUNITY S("540102001001")
#define OTHER S("540102001002")
#define PERSON S("01890000-0000-7000-8000-000000000001")
#define NOBODY S("01890000-0000-7000-8000-000000000002")

static json_t *copy_with(Arena *a, const json_t *v, const char *name, Str value) {
    json_t *c = json_keep(a, json_deep_copy(v));
    json_put_text(c, name, value);
    return c;
}

static Str flipped(Arena *a, Str s, size_t i, int bit) {
    Str c = arena_str(a, s);
    ((char *)c.p)[i] = (char)(c.p[i] ^ (1 << bit));
    return c;
}

static void value_opens_again(void **state) {
    Arena *a = *state;
    seals_for_test(a);
    Key k = seal_new_key();
    const Str plains[] = { S(""), S("1"), S("13912345678"), S("次仁卓玛"), S("བོད") };
    for (int i = 0; i < COUNT(plains); i++) {
        json_t *v = seal_value(a, k, COMMUNITY, PERSON, plains[i]);
        Str out = S("x");
        assert_true(seal_is(v));
        assert_true(str_eq(seal_subject(v), PERSON));
        assert_true(seal_open(a, k, COMMUNITY, v, &out));
        assert_true(str_eq(out, plains[i]));
        assert_true(plains[i].n < 2 || str_find(json_print(a, v), plains[i]) < 0);
    }
    json_t *one = seal_value(a, k, COMMUNITY, PERSON, S("same")),
           *two = seal_value(a, k, COMMUNITY, PERSON, S("same"));
    assert_false(str_eq(json_text(one, "sealed"), json_text(two, "sealed")));
    assert_false(str_eq(json_text(one, "proof"),
                        json_text(two, "proof"))); /* the salt hides that they are equal */
}

static void value_opens_for_nobody_else(void **state) {
    Arena *a = *state;
    seals_for_test(a);
    Key k = seal_new_key(), other = seal_new_key();
    Str out;
    json_t *v = seal_value(a, k, COMMUNITY, PERSON, S("secret"));
    assert_false(seal_open(a, other, COMMUNITY, v, &out));
    assert_false(seal_open(a, k, OTHER, v, &out));
    assert_false(seal_open(a, k, COMMUNITY, copy_with(a, v, "of", NOBODY), &out));
    /* a value is no file, and the other way round */
    Str bytes;
    assert_true(base64url_to(a, json_text(v, "sealed"), &bytes));
    assert_false(seal_open_bytes(a, k, COMMUNITY, bytes, &out));
    Str file = seal_bytes(a, k, COMMUNITY, S("0123456789abcdef and more"));
    assert_false(
        seal_open(a, k, COMMUNITY, copy_with(a, v, "sealed", base64url_of(a, file)), &out));
    assert_true(seal_open(a, k, COMMUNITY, v, &out));
}

static void value_damaged_anywhere_stays_shut(void **state) {
    Arena *a = *state;
    seals_for_test(a);
    Key k = seal_new_key();
    json_t *v = seal_value(a, k, COMMUNITY, PERSON, S("secret"));
    Str bytes, proof, out;
    assert_true(base64url_to(a, json_text(v, "sealed"), &bytes));
    assert_true(base64url_to(a, json_text(v, "proof"), &proof));
    for (size_t i = 0; i < bytes.n; i++)
        assert_false(seal_open(
            a, k, COMMUNITY,
            copy_with(a, v, "sealed", base64url_of(a, flipped(a, bytes, i, (int)(i % 8)))), &out));
    for (size_t n = 0; n < bytes.n; n++)
        assert_false(seal_open(a, k, COMMUNITY,
                               copy_with(a, v, "sealed", base64url_of(a, (Str){ bytes.p, n })),
                               &out));
    for (size_t i = 0; i < proof.n; i++)
        assert_false(seal_open(
            a, k, COMMUNITY,
            copy_with(a, v, "proof", base64url_of(a, flipped(a, proof, i, (int)(i % 8)))), &out));
    assert_false(seal_open(a, k, COMMUNITY, copy_with(a, v, "sealed", S("not base64 !")), &out));
    assert_false(seal_open(a, k, COMMUNITY, copy_with(a, v, "sealed", S("")), &out));
    assert_false(seal_open(a, k, COMMUNITY, copy_with(a, v, "proof", S("")), &out));
    assert_true(seal_open(a, k, COMMUNITY, v, &out));
}

static void only_three_texts_are_a_sealed_value(void **state) {
    Arena *a = *state;
    Fail f = FAIL_NONE;
    static const char *const not_sealed[] = {
        "null",
        "[]",
        "{}",
        "\"sealed\"",
        "{\"sealed\":\"a\",\"proof\":\"b\"}",
        "{\"sealed\":\"a\",\"proof\":\"b\",\"of\":1}",
        "{\"sealed\":\"a\",\"proof\":\"b\",\"of\":\"c\",\"more\":\"d\"}"
    };
    for (int i = 0; i < COUNT(not_sealed); i++) {
        json_t *v = json_read(a, S("{}"), &f);
        if (not_sealed[i][0] == '{') v = json_read(a, str_c(not_sealed[i]), &f);
        assert_int_equal(f.err, OK);
        assert_false(seal_is(v));
    }
    assert_false(seal_is(NULL));
    assert_true(seal_is(json_read(a, S("{\"sealed\":\"a\",\"proof\":\"b\",\"of\":\"c\"}"), &f)));
}

static void proof_convinces_without_the_server(void **state) {
    Arena *a = *state;
    seals_for_test(a);
    Key k = seal_new_key();
    json_t *v = seal_value(a, k, COMMUNITY, PERSON, S("13912345678"));
    Str salt, plain;
    assert_true(seal_open_salted(a, k, COMMUNITY, v, &salt, &plain));
    assert_int_equal(salt.n, 16);
    Hash h = hash_sha256((Str[]){ S("linli proof 1\n"), salt, S("13912345678") }, 3);
    assert_true(
        str_eq(base64url_of(a, (Str){ (const char *)h.b, HASH_BYTES }), json_text(v, "proof")));
}

static void bytes_are_bound_to_their_domain(void **state) {
    Arena *a = *state;
    seals_for_test(a);
    Key k = seal_new_key();
    char *big = arena_alloc(a, 100000);
    for (int i = 0; i < 100000; i++)
        big[i] = (char)i;
    Str plain = { big, 100000 }, out;
    Str sealed = seal_bytes(a, k, S("picture a"), plain);
    assert_true(seal_open_bytes(a, k, S("picture a"), sealed, &out));
    assert_true(str_eq(out, plain));
    assert_false(seal_open_bytes(a, k, S("picture b"), sealed, &out));
    assert_false(seal_open_bytes(a, seal_new_key(), S("picture a"), sealed, &out));
    assert_false(seal_open_bytes(a, k, S("picture a"), (Str){ sealed.p, sealed.n - 1 }, &out));
    assert_false(seal_open_bytes(a, k, S("picture a"), S(""), &out));
    Str none = seal_bytes(a, k, S("d"), S(""));
    assert_true(seal_open_bytes(a, k, S("d"), none, &out));
    assert_int_equal(out.n, 0);
}

static void key_is_wrapped_for_one_subject(void **state) {
    Arena *a = *state;
    Seals *s = seals_for_test(a);
    Key k = seal_new_key(), out;
    Str wrapped = seal_wrap(s, a, COMMUNITY, PERSON, k);
    assert_true(str_find(wrapped, (Str){ (const char *)k.b, KEY_BYTES }) < 0);
    assert_true(seal_unwrap(s, COMMUNITY, PERSON, wrapped, &out));
    assert_memory_equal(out.b, k.b, KEY_BYTES);
    assert_false(seal_unwrap(s, OTHER, PERSON, wrapped, &out));
    assert_false(seal_unwrap(s, COMMUNITY, NOBODY, wrapped, &out));
    assert_false(seal_unwrap(s, COMMUNITY, PERSON, (Str){ wrapped.p, wrapped.n - 1 }, &out));
    assert_false(seal_unwrap(s, COMMUNITY, PERSON, flipped(a, wrapped, 40, 3), &out));
    assert_false(seal_unwrap(s, COMMUNITY, PERSON, S(""), &out));
}

static void each_use_has_a_key_of_its_own(void **state) {
    Arena *a = *state;
    Seals *s = seals_for_test(a);
    Str all[] = {
        seal_lookup(s, a, S(""), S("13912345678")), seal_lookup(s, a, COMMUNITY, S("13912345678")),
        seal_lookup(s, a, OTHER, S("13912345678")), seal_directory(s, a, S("13912345678")),
        seal_token_hash(s, a, S("13912345678")),    hash_hex(a, hash_one(S("13912345678")))
    };
    for (int i = 0; i < COUNT(all); i++) {
        assert_int_equal(all[i].n, 64);
        for (int j = 0; j < i; j++)
            assert_false(str_eq(all[i], all[j]));
    }
    assert_true(str_eq(all[1], seal_lookup(s, a, COMMUNITY, S("13912345678"))));
    assert_false(str_eq(seal_lookup(s, a, S("ab"), S("c")), seal_lookup(s, a, S("a"), S("bc"))));
    assert_true(str_eq(all[3], seal_directory(seals_for_test(a), a,
                                              S("13912345678")))); /* from the key file alone */
}

static void codes_have_their_shape(void **state) {
    Arena *a = *state;
    Seals *s = seals_for_test(a);
    Str receipt = seal_receipt(s, a, COMMUNITY, PERSON);
    assert_int_equal(receipt.n, 16);
    assert_true(str_eq(receipt, base32_normal(a, receipt)));
    assert_false(str_eq(receipt, seal_receipt(s, a, COMMUNITY, NOBODY)));
    assert_false(str_eq(receipt, seal_receipt(s, a, OTHER, PERSON)));
    Str csrf = seal_csrf(s, a, S("token"));
    assert_int_equal(csrf.n, 32);
    assert_false(str_eq(csrf, seal_csrf(s, a, S("token2"))));
    assert_true(seal_search_token(s, S("水")) == seal_search_token(s, S("水")));
    assert_true(seal_search_token(s, S("水")) != seal_search_token(s, S("漏")));
    assert_true(seal_search_token(s, S("")) != 0);
}

/* ---- the key file ---- */

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw) {
    (void)st, (void)type, (void)ftw;
    return remove(path);
}

static void drop_folder(void *path) {
    nftw(path, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static const char *folder(Arena *a) {
    char *dir = (char *)arena_c(a, S("/tmp/linli-seal-XXXXXX"));
    assert_non_null(mkdtemp(dir));
    arena_defer(a, drop_folder, dir);
    return dir;
}

static void file_put(const char *path, const char *text, mode_t mode) {
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
    assert_int_equal(chmod(path, mode), 0);
}

static void key_file_is_made_once(void **state) {
    Arena *a = *state;
    Fail f = FAIL_NONE;
    const char *dir = folder(a), *path = arena_fmt(a, "%s/key", dir).p;
    assert_null(seals_open(a, path, false, &f));
    assert_int_equal(f.err, ERR_INTERNAL);
    assert_string_equal(f.log, "there is no key file");
    Seals *one = seals_open(a, path, true, &f);
    assert_non_null(one);
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(st.st_size, 65);
    assert_int_equal(st.st_nlink, 1); /* nothing left beside it */
    Seals *two = seals_open(a, path, true, &f), *three = seals_open(a, path, false, &f);
    assert_non_null(two);
    assert_non_null(three);
    Str x = seal_lookup(one, a, COMMUNITY, S("x"));
    assert_true(str_eq(x, seal_lookup(two, a, COMMUNITY, S("x"))));
    assert_true(str_eq(x, seal_lookup(three, a, COMMUNITY, S("x"))));
    Seals *other = seals_open(a, arena_fmt(a, "%s/key2", dir).p, true, &f);
    assert_non_null(other);
    assert_false(str_eq(x, seal_lookup(other, a, COMMUNITY, S("x"))));
}

static void key_file_is_checked(void **state) {
    Arena *a = *state;
    Fail f = FAIL_NONE;
    const char *dir = folder(a), *path = arena_fmt(a, "%s/key", dir).p;
#define HEX32 "00112233445566778899aabbccddeeff"
    static const char *const bad[] = { "",
                                       "\n",
                                       HEX32,
                                       HEX32 HEX32 "0",
                                       HEX32 HEX32 "00",
                                       HEX32 "x" HEX32,
                                       HEX32 "0011223344556677 8899aabbccddeef",
                                       "zz" };
    for (int i = 0; i < COUNT(bad); i++) {
        file_put(path, bad[i], 0600);
        assert_null(seals_open(a, path, true, &f));
        assert_string_equal(f.log, "the key file does not hold 64 hex digits");
    }
    file_put(path, HEX32 HEX32, 0600);
    assert_non_null(seals_open(a, path, false, &f));
    file_put(path, HEX32 HEX32 "\r\n", 0400);
    assert_non_null(seals_open(a, path, false, &f));
    file_put(path, HEX32 HEX32, 0640);
    assert_null(seals_open(a, path, false, &f));
    assert_string_equal(f.log, "the key file may be read by others: chmod 600");
    assert_null(seals_open(a, dir, false, &f));
    assert_string_equal(f.log, "the key file is not a file");
    assert_null(seals_open(a, arena_fmt(a, "%s/no/such/key", dir).p, true, &f));
    assert_string_equal(f.log, "the key file cannot be made");
}

/* ---- the cache, over a real database ---- */

static Db *database(Arena *a) {
    static const SchemaPart part = {
        "core", "-- table subject_key: secret tenant\n"
                "CREATE TABLE subject_key (community TEXT NOT NULL, subject TEXT NOT NULL,"
                " wrapped BYTES NOT NULL, at INT64 NOT NULL,"
                " PRIMARY KEY (community, subject)) STRICT;\n"
    };
    Fail f = FAIL_NONE;
    DbConfig config = { .dir = folder(a) };
    db_register(&seal_key_load);
    db_register(&seal_key_save);
    db_register(&seal_key_drop);
    Db *bare = db_open_bare(&config, &f);
    assert_non_null(bare);
    assert_int_equal(schema_migrate(bare, &part, 1).err, OK);
    db_close(bare);
    Db *db = db_open(&config, DB_WRITER, &f);
    assert_non_null(db);
    return db;
}

static void key_save(Arena *a, Db *db, const Seals *s, Str subject, Key k, int64_t changed) {
    Fail f = FAIL_NONE;
    Str wrapped = seal_wrap(s, a, COMMUNITY, subject, k);
    DbRows *r =
        db_run(db, a, &seal_key_save, ARGS(TXT(COMMUNITY), TXT(subject), BYT(wrapped), NUM(1)), &f);
    assert_int_equal(f.err, OK);
    assert_int_equal(r->changed, changed);
}

static void cache_loads_keeps_and_forgets(void **state) {
    Arena *a = *state;
    Seals *s = seals_for_test(a);
    Db *db = database(a);
    KeyCache *c = key_cache_new(a, s, 4);
    Key k = seal_new_key(), out;
    Fail f = FAIL_NONE;
    assert_false(key_cache_get(c, db, COMMUNITY, PERSON, &out));
    key_save(a, db, s, PERSON, k, 1);
    key_save(a, db, s, PERSON, seal_new_key(), 0); /* who comes second loads the first one's */
    assert_true(key_cache_get(c, db, COMMUNITY, PERSON, &out));
    assert_memory_equal(out.b, k.b, KEY_BYTES);
    assert_false(key_cache_get(c, db, OTHER, PERSON, &out));
    db_run(db, a, &seal_key_drop, ARGS(TXT(COMMUNITY), TXT(PERSON)), &f);
    assert_int_equal(f.err, OK);
    assert_true(
        key_cache_get(c, db, COMMUNITY, PERSON, &out)); /* still cached: whoever erases forgets */
    key_cache_forget(c, COMMUNITY, PERSON);
    key_cache_forget(c, COMMUNITY, NOBODY);
    assert_false(key_cache_get(c, db, COMMUNITY, PERSON, &out));
    db_run(db, a, &seal_key_save, ARGS(TXT(COMMUNITY), TXT(NOBODY), BYT(S("damaged")), NUM(1)), &f);
    assert_int_equal(f.err, OK);
    assert_false(key_cache_get(c, db, COMMUNITY, NOBODY, &out));
    db_close(db);
}

static void cache_drops_the_least_recently_used(void **state) {
    Arena *a = *state;
    Seals *s = seals_for_test(a);
    Db *db = database(a);
    KeyCache *c = key_cache_new(a, s, 3);
    Key keys[4], out;
    Str names[] = { S("a"), S("b"), S("c"), S("d") };
    for (int i = 0; i < 4; i++)
        keys[i] = seal_new_key();
    for (int i = 0; i < 3; i++)
        key_cache_put(c, COMMUNITY, names[i], keys[i]);
    assert_true(key_cache_get(c, db, COMMUNITY, names[0], &out)); /* now b is the oldest */
    key_cache_put(c, COMMUNITY, names[3], keys[3]);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(key_cache_get(c, db, COMMUNITY, names[i], &out), i != 1);
        if (i != 1) assert_memory_equal(out.b, keys[i].b, KEY_BYTES);
    }
    key_cache_put(c, COMMUNITY, names[0], keys[1]); /* replaces */
    assert_true(key_cache_get(c, db, COMMUNITY, names[0], &out));
    assert_memory_equal(out.b, keys[1].b, KEY_BYTES);
    key_cache_clear(c);
    for (int i = 0; i < 4; i++)
        assert_false(key_cache_get(c, db, COMMUNITY, names[i], &out));
    db_close(db);
}

/* Against a plain model: last use by position, any order of put, get, forget. */
static void cache_agrees_with_a_model(void **state) {
    enum { NAMES = 40, ENTRIES = 8, STEPS = 20000 };
    Arena *a = *state;
    Db *db = database(a);
    KeyCache *c = key_cache_new(a, seals_for_test(a), ENTRIES);
    int used[NAMES] = { 0 }, step = 0, hits = 0;
    uint64_t seed = 7;
    Key k = { { 0 } }, out;
    for (step = 1; step <= STEPS; step++) {
        int n = (int)(unit_random(&seed) % NAMES), what = (int)(unit_random(&seed) % 8);
        char text[2] = { (char)('0' + n), '\0' };
        Str name = str_c(text);
        if (what < 3) {
            k.b[0] = (uint8_t)n;
            key_cache_put(c, COMMUNITY, name, k);
            int live = 0, oldest = -1;
            for (int i = 0; i < NAMES; i++) {
                live += used[i] > 0;
                if (used[i] > 0 && (oldest < 0 || used[i] < used[oldest])) oldest = i;
            }
            if (used[n] == 0 && live == ENTRIES) used[oldest] = 0;
            used[n] = step;
        } else if (what == 3) {
            key_cache_forget(c, COMMUNITY, name);
            used[n] = 0;
        } else if (used[n] > 0) { /* a miss would ask the database: that is tested above */
            assert_true(key_cache_get(c, db, COMMUNITY, name, &out));
            assert_int_equal(out.b[0], n);
            used[n] = step;
            hits++;
        }
    }
    assert_true(hits > STEPS / 100);
    for (int i = 0; i < NAMES; i++) {
        char text[2] = { (char)('0' + i), '\0' };
        assert_int_equal(key_cache_get(c, db, COMMUNITY, str_c(text), &out), used[i] > 0);
    }
    db_close(db);
}

static void masks_show_little(void **state) {
    Arena *a = *state;
    static const char *const cases[][2] = {
        { "", "" },
        { "13912345678", "139****5678" },
        { "+8613912345678", "+86*******5678" },
        { "0891612345", "0***" },
        { "次仁卓玛", "次***" },
        { "王", "王***" },
        { "139 1234 5678", "1***" },
        { "\xff\xfe", "***" },
    };
    for (int i = 0; i < COUNT(cases); i++)
        assert_text(mask_text(a, str_c(cases[i][0])), cases[i][1]);
}

/* Stored text opens like the value that it was printed from; what is not sealed is not taken for it. */
static void stored_text_opens_like_its_value(void **state)
{
    Arena *a = *state;
    Key k = seal_new_key();
    Str plain = S("\xe9\x82\xbb \"\\\n"), out;
    SealedText t;
    assert_true(seal_raw(json_print(a, seal_value(a, k, COMMUNITY, S("subject"), plain)), &t));
    assert_true(str_is(t.of, "subject"));
    assert_true(seal_raw_open(a, k, COMMUNITY, t, &out) && str_eq(out, plain));
    assert_false(seal_raw_open(a, seal_new_key(), COMMUNITY, t, &out));
    assert_false(seal_raw_open(a, k, S("540102001002"), t, &out));
    t.of = S("another");
    assert_false(seal_raw_open(a, k, COMMUNITY, t, &out));
    static const char *const others[] = { "", "{}", "null", "\"sealed\"", "{\"sealed\":\"a\",\"of\":\"b\"}",
                                          "{\"sealed\":1,\"proof\":\"a\",\"of\":\"b\"}",
                                          "{\"sealed\":\"a\",\"proof\":\"b\",\"of\":\"c\",\"d\":\"e\"}" };
    for (int i = 0; i < COUNT(others); i++)
        assert_false(seal_raw(str_c(others[i]), &t));
}

/* What was opened is given again without its key row, for the very same bytes, subject and community only, and not
 * after its key was forgotten. */
static void opened_texts_go_with_their_keys(void **state)
{
    Arena *a = *state;
    Seals *s = seals_for_test(a);
    Db *db = database(a);
    KeyCache *c = key_cache_new(a, s, 4);
    Key k = seal_new_key();
    Fail f = FAIL_NONE;
    SealedText t, wrong;
    char text[2000];
    memset(text, 'x', sizeof text);
    Str plain = S("\xe9\x82\xbb"), large = { text, sizeof text };
    assert_true(seal_raw(json_print(a, seal_value(a, k, COMMUNITY, PERSON, plain)), &t));
    assert_text(key_cache_open(c, db, a, COMMUNITY, t), "");
    key_save(a, db, s, PERSON, k, 1);
    for (int i = 0; i < 3; i++)
        assert_true(str_eq(key_cache_open(c, db, a, COMMUNITY, t), plain));
    assert_text(key_cache_open(c, db, a, OTHER, t), "");
    for (int bit = 0; bit < 2; bit++) {
        wrong = t;
        wrong.sealed = flipped(a, t.sealed, t.sealed.n - 2, bit);
        assert_text(key_cache_open(c, db, a, COMMUNITY, wrong), "");
    }
    wrong = t;
    wrong.of = NOBODY;
    assert_text(key_cache_open(c, db, a, COMMUNITY, wrong), "");
    assert_true(str_eq(key_cache_open(c, db, a, COMMUNITY, t), plain));
    assert_true(seal_raw(json_print(a, seal_value(a, k, COMMUNITY, PERSON, large)), &wrong)); /* too long to be kept */
    for (int i = 0; i < 2; i++)
        assert_true(str_eq(key_cache_open(c, db, a, COMMUNITY, wrong), large));
    db_run(db, a, &seal_key_drop, ARGS(TXT(COMMUNITY), TXT(PERSON)), &f);
    assert_int_equal(f.err, OK);
    key_cache_forget(c, COMMUNITY, PERSON);
    assert_text(key_cache_open(c, db, a, COMMUNITY, t), "");
    key_cache_put(c, COMMUNITY, PERSON, k);
    assert_true(str_eq(key_cache_open(c, db, a, COMMUNITY, t), plain));
    key_cache_clear(c);
    assert_text(key_cache_open(c, db, a, COMMUNITY, t), "");
    db_close(db);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        with_arena(opened_texts_go_with_their_keys),
        with_arena(stored_text_opens_like_its_value),
        with_arena(value_opens_again),
        with_arena(value_opens_for_nobody_else),
        with_arena(value_damaged_anywhere_stays_shut),
        with_arena(only_three_texts_are_a_sealed_value),
        with_arena(proof_convinces_without_the_server),
        with_arena(bytes_are_bound_to_their_domain),
        with_arena(key_is_wrapped_for_one_subject),
        with_arena(each_use_has_a_key_of_its_own),
        with_arena(codes_have_their_shape),
        with_arena(key_file_is_made_once),
        with_arena(key_file_is_checked),
        with_arena(cache_loads_keeps_and_forgets),
        with_arena(cache_drops_the_least_recently_used),
        with_arena(cache_agrees_with_a_model),
        with_arena(masks_show_little),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
