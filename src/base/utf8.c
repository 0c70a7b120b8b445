/* UTF-8 as RFC 3629 has it: no overlong forms, no surrogates. */
#include "base/base.h"

/* Length of the well-formed sequence at p (at most n bytes), 0 if there is none: table 3-7 of the
 * Unicode standard. Only the second byte has bounds that depend on the first. */
static size_t sequence(const uint8_t *p, size_t n) {
    uint8_t lead = p[0];
    if (lead < 0x80) return 1;
    if (lead < 0xC2 || lead > 0xF4) return 0;
    size_t length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    if (n < length) return 0;
    uint8_t low = 0x80, high = 0xBF;
    if (lead == 0xE0) low = 0xA0;  /* shorter forms exist */
    if (lead == 0xED) high = 0x9F; /* surrogates */
    if (lead == 0xF0) low = 0x90;  /* shorter forms exist */
    if (lead == 0xF4) high = 0x8F; /* above U+10FFFF */
    if (p[1] < low || p[1] > high) return 0;
    for (size_t i = 2; i < length; i++) {
        if ((p[i] & 0xC0) != 0x80) return 0;
    }
    return length;
}

bool utf8_valid(Str s) {
    const uint8_t *p = (const uint8_t *)s.p;
    size_t i = 0;
    while (i < s.n) {
        uint64_t eight;
        if (s.n - i >= sizeof eight) { /* most text is markup and digits: eight at a time */
            memcpy(&eight, p + i, sizeof eight);
            if ((eight & UINT64_C(0x8080808080808080)) == 0) {
                i += sizeof eight;
                continue;
            }
        }
        size_t length = sequence(p + i, s.n - i);
        if (length == 0) return false;
        i += length;
    }
    return true;
}

int64_t utf8_count(Str s) {
    int64_t count = 0;
    for (size_t i = 0; i < s.n; i++)
        count += ((uint8_t)s.p[i] & 0xC0) != 0x80;
    return count;
}

int32_t utf8_next(Str *s) {
    if (s->n == 0) return -1;
    const uint8_t *p = (const uint8_t *)s->p;
    size_t length = sequence(p, s->n);
    int32_t c = -1;
    switch (length) {
    case 1: c = p[0]; break;
    case 2: c = (p[0] & 0x1F) << 6 | (p[1] & 0x3F); break;
    case 3: c = (p[0] & 0x0F) << 12 | (p[1] & 0x3F) << 6 | (p[2] & 0x3F); break;
    case 4:
        c = (p[0] & 0x07) << 18 | (p[1] & 0x3F) << 12 | (p[2] & 0x3F) << 6 | (p[3] & 0x3F);
        break;
    default: length = 1; /* over the bad byte, so that no loop stands still */
    }
    s->p += length;
    s->n -= length;
    return c;
}

void utf8_put(Buf *b, int32_t c) {
    assert(c >= 0 && c <= 0x10FFFF && !(c >= 0xD800 && c <= 0xDFFF));
    char bytes[4];
    size_t n = 0;
    if (c < 0x80) {
        bytes[n++] = (char)c;
    } else {
        if (c < 0x800) {
            bytes[n++] = (char)(0xC0 | c >> 6);
        } else {
            if (c < 0x10000) {
                bytes[n++] = (char)(0xE0 | c >> 12);
            } else {
                bytes[n++] = (char)(0xF0 | c >> 18);
                bytes[n++] = (char)(0x80 | (c >> 12 & 0x3F));
            }
            bytes[n++] = (char)(0x80 | (c >> 6 & 0x3F));
        }
        bytes[n++] = (char)(0x80 | (c & 0x3F));
    }
    buf_add(b, (Str){ bytes, n });
}
