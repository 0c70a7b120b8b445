/* search: any bytes become at most SEARCH_TOKENS_MAX tokens of one form, each once, in order; a
 * document contains what it is asked for in its own words; and the match expressions hold nothing
 * but tokens, quotes and the operator. */
#include "core/search.h"

#include <stdlib.h>

#define CHECK(truth)                                                                               \
    do {                                                                                           \
        if (!(truth)) abort();                                                                     \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static int check_tokens(Str tokens) {
    int n = 0;
    Str before = S("");
    while (tokens.n > 0) {
        Str one = str_cut(&tokens, ' ');
        CHECK(one.n == 13 && one.p[0] == 'k');
        for (size_t i = 1; i < one.n; i++)
            CHECK((one.p[i] >= '0' && one.p[i] <= '9') || (one.p[i] >= 'a' && one.p[i] <= 'z'));
        CHECK(str_cmp(before, one) < 0);
        before = one;
        n++;
    }
    CHECK(n <= SEARCH_TOKENS_MAX);
    return n;
}

/* Takes the expression apart again; gives the number of tokens in it. */
static int check_match(Str match, char quote, Str operator) {
    int n = 0;
    while (match.n > 0) {
        if (n > 0) {
            CHECK(str_starts(match, operator));
            match = (Str){ match.p + operator.n, match.n - operator.n };
        }
        CHECK(match.n >= 15 && match.p[0] == quote && match.p[14] == quote);
        CHECK(check_tokens((Str){ match.p + 1, 13 }) == 1);
        match = (Str){ match.p + 15, match.n - 15 };
        n++;
    }
    return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    Arena *a = arena_new();
    Seals *seals = seals_for_test(a);
    Str text = { n > 0 ? (const char *)bytes : "", n };
    Str stored = search_tokens(a, seals, text, false), asked = search_tokens(a, seals, text, true);
    int in_document = check_tokens(stored), in_query = check_tokens(asked);
    CHECK((in_document > 0) == (in_query > 0));
    if (in_document < SEARCH_TOKENS_MAX)
        for (Str rest = asked; rest.n > 0;)
            CHECK(str_find(stored, str_cut(&rest, ' ')) >= 0);
    CHECK(check_match(search_match(a, seals, text, false, S("c")), '"', S(" AND ")) == in_query);
    CHECK(check_match(search_match(a, seals, text, true, S("c")), '\'', S(" & ")) == in_query);
    arena_free(a);
    return 0;
}
