/* The short things a stranger types or sends: session tokens, receipt and one-time codes, second factors, addresses,
 * community codes. Whatever is taken is in bounds and has one meaning. */
#include "core/serve/rate.h"
#include "core/serve/serve_inside.h"
#include "core/access/session.h"
#include "core/access/totp.h"

#include <stdlib.h>

#define CHECK(truth)                                                                                                   \
    do {                                                                                                               \
        if (!(truth)) abort();                                                                                         \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void check_token(Str s)
{
    Str community;
    if (!session_token_split(s, &community)) return;
    CHECK(community.n >= 1 && community.n <= 32 && s.n == community.n + 1 + 43 && s.p[community.n] == '.');
    for (size_t i = 0; i < community.n; i++)
        CHECK((community.p[i] >= '0' && community.p[i] <= '9') || community.p[i] == '-');
}

static void check_totp(Arena *a, Str s)
{
    TotpSecret secret = { { 0 } };
    int64_t now = INT64_C(1782997200000), step = totp_match(&secret, s, now, 0);
    if (step < 0) return;
    Str code = arena_fmt(a, "%06u", totp_code(&secret, step));
    size_t at = 0;
    for (size_t i = 0; i < s.n; i++) /* nothing but its digits and blanks */
        if (s.p[i] != ' ') CHECK(at < code.n && s.p[i] == code.p[at++]);
    CHECK(at == code.n && totp_match(&secret, s, now, step) < 0);
}

static void check_code(Arena *a, Str s)
{
    Str code = base32_normal(a, s);
    CHECK(code.n <= s.n && str_eq(base32_normal(a, code), code));
    for (size_t i = 0; i < code.n; i++)
        CHECK(code.p[i] != ' ' && code.p[i] != '-');
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    if (n > 4096) return 0;
    Arena *a = arena_new();
    char *p = malloc(n + 1); /* a block of its own, so that ASan sees every byte too many */
    if (n > 0) memcpy(p, bytes, n);
    Str s = { p, n };
    check_token(s);
    check_totp(a, s);
    check_code(a, s);
    CHECK(rate_network(a, s).n <= 64);
    CHECK(session_agent(s)[0] != 0);
    if (community_code_valid(s)) CHECK(n >= 6 && n <= 20);
    free(p);
    arena_free(a);
    return 0;
}
