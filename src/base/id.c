/* UUIDv7 (RFC 9562): made, checked, derived from a hash. */
#include "base/base.h"

enum { ID_BYTES = 16 };

static bool is_dash_place(size_t i) {
    return i == 8 || i == 13 || i == 18 || i == 23;
}

static bool is_hex(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

bool id_valid(Str s) {
    if (s.n != ID_CHARS) return false;
    for (size_t i = 0; i < ID_CHARS; i++) {
        if (is_dash_place(i) ? s.p[i] != '-' : !is_hex(s.p[i])) return false;
    }
    char variant = s.p[19];
    return s.p[14] >= '1' && s.p[14] <= '8' &&
           (variant == '8' || variant == '9' || variant == 'a' || variant == 'b');
}

/* RFC 9562: the version in the high half of byte 6, the variant in the two top bits of byte 8. */
static Str text_of(Arena *a, uint8_t bytes[ID_BYTES], int version) {
    static const char digits[] = "0123456789abcdef";
    bytes[6] = (uint8_t)((bytes[6] & 0x0F) | version << 4);
    bytes[8] = (uint8_t)((bytes[8] & 0x3F) | 0x80);
    char *p = arena_alloc(a, ID_CHARS + 1);
    size_t at = 0;
    for (int i = 0; i < ID_BYTES; i++) {
        if (is_dash_place(at)) p[at++] = '-';
        p[at++] = digits[bytes[i] >> 4];
        p[at++] = digits[bytes[i] & 15];
    }
    return (Str){ p, ID_CHARS };
}

Str id_new(Arena *a, int64_t ms) {
    uint8_t bytes[ID_BYTES];
    assert(ms >= 0 && ms < INT64_C(1) << 48);
    for (int i = 0; i < 6; i++)
        bytes[i] = (uint8_t)(ms >> (40 - 8 * i));
    random_bytes(bytes + 6, ID_BYTES - 6);
    return text_of(a, bytes, 7);
}

Str id_from_hash(Arena *a, Str domain, Str name) {
    assert(domain.n > 0 && !memchr(domain.p, '\0', domain.n)); /* the NUL ends the domain */
    const Str parts[] = { domain, { "", 1 }, name };
    Hash h = hash_sha256(parts, COUNT(parts));
    return text_of(a, h.b, 8);
}

int64_t id_time(Str id) {
    if (!id_valid(id) || id.p[14] != '7') return 0;
    int64_t ms = 0;
    for (size_t i = 0; i < 13; i++) { /* 48 bits: twelve digits and a dash */
        char c = id.p[i];
        if (c != '-') ms = ms << 4 | (c <= '9' ? c - '0' : c - 'a' + 10);
    }
    return ms;
}
