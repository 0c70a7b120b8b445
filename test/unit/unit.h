/* unit: what every unit test includes, and in this order: cmocka defines a macro fail(), which
 * would hide our function of that name. fail_msg works as cmocka's. */
#ifndef LINLI_UNIT_H
#define LINLI_UNIT_H

#include "base/base.h"
#include "base/fail.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#undef fail
#undef fail_msg
#define fail_msg(...)                                                                              \
    do {                                                                                           \
        print_error(__VA_ARGS__);                                                                  \
        print_error("\n");                                                                         \
        _fail(__FILE__, __LINE__);                                                                 \
    } while (0)

/* The text of a Str, compared with a C text; both are shown if they differ. */
static inline void check_text(Str got, const char *want, const char *file, int line) {
    if (str_is(got, want)) return;
    print_error("got  \"%.*s\"\nwant \"%s\"\n", STR_ARG(got), want);
    _fail(file, line);
}
#define assert_text(got, want) check_text((got), (want), __FILE__, __LINE__)

/* One arena for the test, made before it and freed after it: use with with_arena(f). */
static inline int unit_arena_new(void **state) {
    *state = arena_new();
    return 0;
}
static inline int unit_arena_free(void **state) {
    arena_free(*state);
    return 0;
}
#define with_arena(f) cmocka_unit_test_setup_teardown(f, unit_arena_new, unit_arena_free)

/* Random numbers for property tests: the same in every run. splitmix64. */
static inline uint64_t unit_random(uint64_t *seed) {
    uint64_t z = (*seed += UINT64_C(0x9E3779B97F4A7C15));
    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return z ^ z >> 31;
}

#endif
