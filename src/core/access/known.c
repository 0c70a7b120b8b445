/* Browsers that signed in before. An attacker who knows a phone number may guess, and the guesses lock the account for
 * strangers; whoever has shown the password on this browser already is counted apart and is not locked out by them
 * (OWASP, Slow Down Online Guessing Attacks with Device Cookies).
 *
 * A proof is 60 hex digits: day of issue (8), random (16), keyed hash over community, person and these (36). The cookie
 * holds the newest few, for a phone that a family shares. It opens nothing: the password is asked all the same. */
#include "core/access/signin.h"

#include <sodium.h>

enum { PROOF_CHARS = 60, HEAD_CHARS = 24, DAY_CHARS = 8, PROOFS_MAX = 4 };

static Str mac_of(const Seals *s, Arena *a, Str community, Str person, Str head)
{
    Str mac = seal_lookup(s, a, community, arena_fmt(a, "known:%.*s:%.*s", STR_ARG(person), STR_ARG(head)));
    return (Str){ mac.p, PROOF_CHARS - HEAD_CHARS };
}

static bool in_time(Str head, int64_t now)
{
    int64_t day = 0;
    for (size_t i = 0; i < DAY_CHARS; i++) {
        char c = head.p[i];
        if (!(c >= '0' && c <= '9')) return false;
        day = day * 10 + (c - '0');
    }
    int64_t today = now / DAY_MS;
    return day <= today + 1 && today - day <= KNOWN_DAYS;
}

Str known_proof(const Seals *s, Arena *a, Str community, Str person, Str cookie, int64_t now)
{
    Str found = S(""), rest = cookie;
    for (int i = 0; i < PROOFS_MAX && rest.n > 0; i++) {
        Str one = str_cut(&rest, '.');
        if (one.n != PROOF_CHARS) continue;
        Str head = { one.p, HEAD_CHARS }, mac = mac_of(s, a, community, person, head);
        bool right = sodium_memcmp(one.p + HEAD_CHARS, mac.p, mac.n) == 0;
        if (right && person.n > 0 && in_time(head, now)) found = one;
    }
    return found;
}

Str known_add(const Seals *s, Arena *a, Str community, Str person, Str cookie, int64_t now)
{
    uint8_t random[8];
    random_bytes(random, sizeof random);
    Str head = arena_fmt(a, "%08lld%.*s", (long long)(now / DAY_MS),
                         STR_ARG(hex_of(a, (Str){ (const char *)random, sizeof random })));
    Str old = known_proof(s, a, community, person, cookie, now), rest = cookie;
    Buf b = buf_new(a, PROOFS_MAX * (PROOF_CHARS + 1));
    buf_fmt(&b, "%.*s%.*s", STR_ARG(head), STR_ARG(mac_of(s, a, community, person, head)));
    for (int n = 1; n < PROOFS_MAX && rest.n > 0;) {
        Str one = str_cut(&rest, '.'), digits;
        if (one.n != PROOF_CHARS || str_eq(one, old) || !hex_to(a, one, &digits)) continue;
        buf_fmt(&b, ".%.*s", STR_ARG(one));
        n++;
    }
    return buf_str(&b);
}
