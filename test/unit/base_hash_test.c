#include "unit.h"

#include <pthread.h>

static void test_known_hashes(void **state) {
    Arena *a = *state;
    assert_text(hash_hex(a, hash_one(S(""))),
                "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_text(hash_hex(a, hash_one((Str){ NULL, 0 })),
                "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_text(hash_hex(a, hash_one(S("abc"))),
                "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    char *million = arena_alloc(a, 1000000);
    memset(million, 'a', 1000000);
    assert_text(hash_hex(a, hash_one((Str){ million, 1000000 })),
                "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

static void test_parts_and_stream(void **state) {
    Arena *a = *state;
    char bytes[300];
    uint64_t seed = 6;
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)unit_random(&seed);
    Hash whole = hash_one((Str){ bytes, sizeof bytes });
    for (int round = 0; round < 1000; round++) {
        size_t x = unit_random(&seed) % 301, y = x + unit_random(&seed) % (301 - x);
        const Str parts[] = { { bytes, x }, { bytes + x, y - x }, { bytes + y, 300 - y } };
        assert_true(hash_eq(hash_sha256(parts, 3), whole));
        Hasher *h = hasher_new(a); /* two streams at once, and one-shot hashes between */
        Hasher *other = hasher_new(a);
        for (int i = 0; i < 3; i++) {
            hasher_add(h, parts[i]);
            hasher_add(other, S("x"));
            (void)hash_one(S("y"));
        }
        assert_true(hash_eq(hasher_end(h), whole));
        assert_true(hash_eq(hasher_end(other), hash_one(S("xxx"))));
        arena_reset(a);
    }
    for (int i = 0; i < HASH_BYTES; i++) {
        Hash changed = whole;
        changed.b[i] ^= 1;
        assert_false(hash_eq(changed, whole));
    }
}

static void *hash_much(void *out) {
    Hash h = hash_one(S("start"));
    for (int i = 0; i < 5000; i++)
        h = hash_one((Str){ (const char *)h.b, HASH_BYTES });
    *(Hash *)out = h;
    return NULL;
}

static void test_threads(void **state) {
    (void)state;
    Hash alone, together[4];
    pthread_t threads[4];
    hash_much(&alone);
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, hash_much, &together[i]), 0);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < 4; i++)
        assert_true(hash_eq(together[i], alone));
}

static void test_hex(void **state) {
    Arena *a = *state;
    Str bytes;
    assert_text(hex_of(a, S("\x00\x7f\xff\xa5")), "007fffa5");
    assert_true(hex_to(a, S("007FffA5"), &bytes));
    assert_true(str_eq(bytes, S("\x00\x7f\xff\xa5")));
    assert_true(hex_to(a, S(""), &bytes));
    assert_int_equal(bytes.n, 0);
    const Str bad[] = { S("0"), S("0g"), S("g0"), S("0 "), S("/0"), S(":0"), S("0\0") };
    for (int i = 0; i < COUNT(bad); i++)
        assert_false(hex_to(a, bad[i], &bytes));
}

static void test_base64url(void **state) {
    Arena *a = *state;
    const struct {
        Str bytes;
        const char *text;
    } known[] = { /* RFC 4648 section 10, without padding */
                  { S(""), "" },
                  { S("f"), "Zg" },
                  { S("fo"), "Zm8" },
                  { S("foo"), "Zm9v" },
                  { S("foob"), "Zm9vYg" },
                  { S("fooba"), "Zm9vYmE" },
                  { S("foobar"), "Zm9vYmFy" },
                  { S("\xfb\xff\xbf"), "-_-_" }
    };
    Str back;
    for (int i = 0; i < COUNT(known); i++) {
        assert_text(base64url_of(a, known[i].bytes), known[i].text);
        assert_true(base64url_to(a, str_c(known[i].text), &back));
        assert_true(str_eq(back, known[i].bytes));
    }
    const Str bad[] = {
        S("Z"),  S("Zg=="), S("Zm8="),  S("Zm+v"),   S("Zm/v"),
        S("Zh"), S("Zm9"),  S("Zm9v "), S("Zm9\0v"), S("Zm9vY"), /* Zh, Zm9: bits left over */
    };
    for (int i = 0; i < COUNT(bad); i++)
        assert_false(base64url_to(a, bad[i], &back));
}

static void test_round_trips(void **state) {
    Arena *a = *state;
    uint64_t seed = 7;
    for (int round = 0; round < 20000; round++) {
        char bytes[80];
        Str s = { bytes, unit_random(&seed) % sizeof bytes }, back;
        for (size_t i = 0; i < s.n; i++)
            bytes[i] = (char)unit_random(&seed);
        assert_true(base64url_to(a, base64url_of(a, s), &back) && str_eq(back, s));
        assert_true(hex_to(a, hex_of(a, s), &back) && str_eq(back, s));
        Str code = base32_of(a, s);
        assert_int_equal(code.n, (8 * s.n + 4) / 5);
        assert_true(str_eq(base32_normal(a, code), code));
        /* any text that decodes is the one spelling of its bytes */
        if (base64url_to(a, s, &back)) assert_true(str_eq(base64url_of(a, back), s));
        arena_reset(a);
    }
}

static void test_base32(void **state) {
    Arena *a = *state;
    assert_text(base32_of(a, S("")), "");
    assert_text(base32_of(a, S("f")), "CR");
    assert_text(base32_of(a, S("fo")), "CSQG");
    assert_text(base32_of(a, S("foobar")), "CSQPYRK1E8");
    assert_text(base32_of(a, S("\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09")), "000G40R40M30E209");
    assert_text(base32_normal(a, S(" csqp-yrkI-e8\n")), "CSQPYRK1E8");
    assert_text(base32_normal(a, S("oOiIlL")), "001111");
    assert_text(base32_normal(a, S("u邻")), "U邻"); /* what cannot be meant is left to differ */
    assert_text(base32_normal(a, (Str){ NULL, 0 }), "");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        with_arena(test_known_hashes), with_arena(test_parts_and_stream),
        with_arena(test_threads),      with_arena(test_hex),
        with_arena(test_base64url),    with_arena(test_round_trips),
        with_arena(test_base32),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
