#include "unit.h"

/* An independent judge: builds the code point from the bits and only then looks whether it may be.
 */
static bool judge(const uint8_t *p, size_t n) {
    static const int32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
    for (size_t i = 0; i < n;) {
        size_t length = p[i] < 0x80 ? 1 : p[i] >> 5 == 6 ? 2 : p[i] >> 4 == 14 ? 3 : 4;
        if (length == 4 && p[i] >> 3 != 30) return false;
        if (length > n - i) return false;
        int32_t c = length == 1 ? p[i] : p[i] & (0x7F >> length);
        for (size_t k = 1; k < length; k++) {
            if (p[i + k] >> 6 != 2) return false;
            c = c << 6 | (p[i + k] & 0x3F);
        }
        if (c < least[length] || c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF)) return false;
        i += length;
    }
    return true;
}

static bool same(const uint8_t *p, size_t n) {
    return utf8_valid((Str){ (const char *)p, n }) == judge(p, n);
}

static void test_every_code_point(void **state) {
    Arena *a = *state;
    for (int32_t c = 0; c <= 0x10FFFF; c++) {
        if (c == 0xD800) c = 0xE000;
        Buf b = buf_new(a, 8);
        utf8_put(&b, c);
        Str s = buf_str(&b);
        assert_true(utf8_valid(s) && judge((const uint8_t *)s.p, s.n));
        assert_int_equal(utf8_count(s), 1);
        assert_int_equal(utf8_next(&s), c);
        assert_int_equal(s.n, 0);
        arena_reset(a);
    }
}

static void test_every_short_sequence(void **state) {
    (void)state;
    int valid = 0;
    for (uint32_t x = 0; x < 1u << 24; x++) {
        uint8_t p[3] = { (uint8_t)(x >> 16), (uint8_t)(x >> 8), (uint8_t)x };
        if (!same(p, 3)) fail_msg("%02x %02x %02x", p[0], p[1], p[2]);
        valid += utf8_valid((Str){ (const char *)p, 3 });
    }
    for (uint32_t x = 0; x < 1u << 16; x++) {
        uint8_t p[2] = { (uint8_t)(x >> 8), (uint8_t)x };
        assert_true(same(p, 2) && same(p, 1));
    }
    /* three ASCII, one ASCII and one of 1920 on either side, one of three bytes */
    assert_int_equal(valid, 128 * 128 * 128 + 2 * 128 * 1920 + (0x10000 - 0x800 - 0x800));
}

static void test_four_bytes(void **state) {
    (void)state;
    static const uint8_t edges[] = { 0x00, 0x7F, 0x80, 0x8F, 0x90, 0xBF, 0xC0, 0xFF };
    for (int lead = 0xE0; lead <= 0xFF; lead++) {
        for (int second = 0; second <= 0xFF; second++) {
            for (int i = 0; i < COUNT(edges) * COUNT(edges); i++) {
                uint8_t p[4] = { (uint8_t)lead, (uint8_t)second, edges[i / COUNT(edges)],
                                 edges[i % COUNT(edges)] };
                if (!same(p, 4)) fail_msg("%02x %02x %02x %02x", p[0], p[1], p[2], p[3]);
            }
        }
    }
}

/* Long texts with one changed byte: the eight-at-a-time path meets every offset. */
static void test_long_texts(void **state) {
    (void)state;
    uint64_t seed = 3;
    int refused = 0;
    for (int round = 0; round < 200000; round++) {
        uint8_t p[64];
        size_t n = unit_random(&seed) % sizeof p;
        for (size_t i = 0; i < n; i++)
            p[i] = (uint8_t)('a' + i % 26);
        for (size_t i = 0; i + 3 <= n; i += 3 + unit_random(&seed) % 20)
            memcpy(p + i, "\xE9\x82\xBB", 3);
        if (n > 0) p[unit_random(&seed) % n] = (uint8_t)unit_random(&seed);
        assert_true(same(p, n));
        refused += !utf8_valid((Str){ (const char *)p, n });
    }
    assert_true(refused > 10000 && refused < 190000);
}

static void test_next(void **state) {
    (void)state;
    Str s = S("a\xFF邻\xE9\x82");
    assert_int_equal(utf8_next(&s), 'a');
    assert_int_equal(utf8_next(&s), -1); /* passed over, one byte */
    assert_int_equal(utf8_next(&s), 0x90BB);
    assert_int_equal(utf8_next(&s), -1);
    assert_int_equal(utf8_next(&s), -1);
    assert_int_equal(s.n, 0);
    assert_int_equal(utf8_next(&s), -1);
    assert_int_equal(utf8_count(S("邻里 བོད་")), 7);
    assert_int_equal(utf8_count(S("")), 0);
    assert_true(utf8_valid((Str){ NULL, 0 }));
    assert_true(utf8_valid(S("a\0b")));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        with_arena(test_every_code_point),
        with_arena(test_every_short_sequence),
        with_arena(test_four_bytes),
        with_arena(test_long_texts),
        with_arena(test_next),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
