#include "unit.h"

#include <stdalign.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__)
#define HAVE_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAVE_ASAN 1
#endif
#endif
#ifdef HAVE_ASAN
#include <sanitizer/asan_interface.h>
#endif

/* Pieces of many sizes are aligned, zeroed and do not overlap, also after a reset. */
static void test_pieces(void **state) {
    Arena *a = *state;
    uint64_t seed = 2;
    for (int round = 0; round < 3; round++) {
        enum { PIECES = 400 };
        uint8_t *piece[PIECES];
        size_t bytes[PIECES], total = 0;
        for (int i = 0; i < PIECES; i++) {
            bytes[i] = (size_t)(unit_random(&seed) >> (52 + unit_random(&seed) % 10));
            if (i % 97 == 0) bytes[i] = 300000; /* more than any ordinary block */
            piece[i] = arena_alloc(a, bytes[i]);
            total += bytes[i];
            assert_int_equal((uintptr_t)piece[i] % alignof(max_align_t), 0);
            for (size_t k = 0; k < bytes[i]; k++) {
                if (piece[i][k] != 0) fail_msg("byte %zu of piece %d is not zero", k, i);
            }
            memset(piece[i], i % 255 + 1, bytes[i]);
        }
        for (int i = 0; i < PIECES; i++) {
            for (size_t k = 0; k < bytes[i]; k++) {
                if (piece[i][k] != i % 255 + 1) fail_msg("piece %d was overwritten", i);
            }
        }
        assert_int_equal(arena_used(a), total);
        arena_reset(a);
        assert_int_equal(arena_used(a), 0);
    }
}

static void test_reset_keeps_the_first_block(void **state) {
    Arena *a = *state;
    void *first = arena_alloc(a, 100);
    arena_alloc(a, 1000000);
    arena_reset(a);
    assert_ptr_equal(arena_alloc(a, 100), first);
}

static void test_large_is_zero_and_counted(void **state) {
    (void)state;
    enum { BYTES = 1024 * 1024 };
    Arena *a = arena_new();
    for (int round = 0; round < 3; round++) { /* after the first, of memory used before */
        char *p = arena_alloc(a, BYTES);
        assert_true(arena_used(a) >= BYTES);
        for (int i = 0; i < BYTES; i++)
            if (p[i] != 0) fail_msg("byte %d of round %d", i, round);
        memset(p, 0xFF, BYTES);
        char *small = arena_alloc(a, 16);
        assert_int_equal(small[15], 0);
        arena_reset(a);
        assert_int_equal(arena_used(a), 0);
    }
    arena_free(a);
}

typedef struct Trace {
    Arena *arena;
    char text[8];
    size_t n;
} Trace;

static void note_a(void *arg) {
    Trace *t = arg;
    t->text[t->n++] = 'a';
}

static void note_b(void *arg) {
    Trace *t = arg;
    t->text[t->n++] = 'b';
}

static void note_c_then_a(void *arg) {
    Trace *t = arg;
    t->text[t->n++] = 'c';
    arena_alloc(t->arena, 10000); /* a cleanup may use the arena and defer more */
    arena_defer(t->arena, note_a, t);
}

static void test_deferred(void **state) {
    (void)state;
    Arena *a = arena_new();
    Trace t = { .arena = a };
    arena_defer(a, note_a, &t);
    arena_defer(a, note_b, &t);
    arena_defer(a, note_c_then_a, &t);
    arena_reset(a);
    assert_string_equal(t.text, "caba"); /* newest first */
    arena_reset(a);
    assert_string_equal(t.text, "caba"); /* once */
    arena_defer(a, note_b, &t);
    arena_free(a);
    assert_string_equal(t.text, "cabab");
    arena_free(NULL);
}

static void test_text(void **state) {
    Arena *a = *state;
    char source[] = { 'a', 'b', 'c' };
    Str copy = arena_str(a, (Str){ source, 3 });
    source[0] = 'x';
    assert_text(copy, "abc");
    assert_int_equal(copy.p[3], '\0');
    assert_string_equal(arena_c(a, (Str){ NULL, 0 }), "");
    assert_text(arena_fmt(a, "%d-%s", 7, "x"), "7-x");
    for (int width = 509; width <= 514; width++) { /* around the size of the buffer inside */
        Str s = arena_fmt(a, "%0*d", width, 5);
        assert_int_equal(s.n, width);
        assert_int_equal(s.p[width - 1], '5');
        assert_int_equal(s.p[width], '\0');
    }
}

static void test_buf_grows(void **state) {
    Arena *a = *state;
    Buf b = buf_new(a, 0);
    assert_text(buf_str(&b), "");
    for (int i = 0; i < 20000; i++) {
        if (i % 1000 == 0) arena_alloc(a, 24); /* so that it cannot always grow in place */
        switch (i % 4) {
        case 0: buf_char(&b, 'a'); break;
        case 1: buf_c(&b, "bc"); break;
        case 2: buf_i64(&b, -12); break;
        default: buf_fmt(&b, "%s", "de");
        }
    }
    Str s = buf_str(&b);
    assert_int_equal(s.n, 5000 * 8);
    assert_int_equal(s.p[s.n], '\0');
    for (size_t i = 0; i < s.n; i += 8)
        assert_memory_equal(s.p + i, "abc-12de", 8);
}

/* Every length meets every capacity at the edge: the NUL needs its byte too. */
static void test_buf_edges(void **state) {
    Arena *a = *state;
    for (int first = 60; first < 70; first++) {
        for (int n = 55; n < 75; n++) {
            Buf b = buf_new(a, (size_t)first);
            buf_fmt(&b, "%0*d", n, 1);
            Buf c = buf_new(a, (size_t)first);
            buf_add(&c, buf_str(&b));
            assert_int_equal(buf_str(&c).n, n);
            assert_true(str_eq(buf_str(&b), buf_str(&c)));
            assert_int_equal(strlen(buf_str(&c).p), n);
        }
    }
}

static void test_too_large_ends_the_process(void **state) {
    (void)state;
    pid_t child = fork();
    if (child == 0) {
        close(STDERR_FILENO);
        volatile size_t n = SIZE_MAX / 2;
        arena_alloc(arena_new(), n);
        _exit(0);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
}

static void test_poison(void **state) {
#ifdef HAVE_ASAN
    Arena *a = *state;
    char *p = arena_alloc(a, 10);
    assert_int_equal(__asan_address_is_poisoned(p + 9), 0);
    assert_int_equal(__asan_address_is_poisoned(p + 10), 1);
    char *large = arena_alloc(a, 100000);
    assert_int_equal(__asan_address_is_poisoned(large + 99999), 0);
    assert_int_equal(__asan_address_is_poisoned(large + 100000), 1);
    arena_reset(a);
    assert_int_equal(__asan_address_is_poisoned(p), 1);
#else
    (void)state;
    skip();
#endif
}

int main(void) {
    const struct CMUnitTest tests[] = {
        with_arena(test_pieces),
        with_arena(test_reset_keeps_the_first_block),
        cmocka_unit_test(test_large_is_zero_and_counted),
        with_arena(test_deferred),
        with_arena(test_text),
        with_arena(test_buf_grows),
        with_arena(test_buf_edges),
        with_arena(test_too_large_ends_the_process),
        with_arena(test_poison),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
