#include "core/access/totp.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

uint32_t totp_code(const TotpSecret *s, int64_t step)
{
    uint8_t counter[8], mac[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    for (int i = 0; i < 8; i++)
        counter[i] = (uint8_t)((uint64_t)step >> (56 - 8 * i));
    const uint8_t *made = HMAC(EVP_sha1(), s->b, TOTP_SECRET_BYTES, counter, sizeof counter, mac, &n);
    assert(made != NULL && n == 20);
    (void)made;
    const uint8_t *at = mac + (mac[19] & 15); /* RFC 4226, 5.3 */
    uint32_t bits = (uint32_t)(at[0] & 0x7F) << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
    return bits % 1000000;
}

static bool code_typed(Str typed, uint32_t *code)
{
    int digits = 0;
    *code = 0;
    for (size_t i = 0; i < typed.n; i++) {
        char c = typed.p[i];
        if (c == ' ') continue;
        if (c < '0' || c > '9' || ++digits > TOTP_DIGITS) return false;
        *code = *code * 10 + (uint32_t)(c - '0');
    }
    return digits == TOTP_DIGITS;
}

/* All three steps are computed, whichever fits: the time taken says nothing. */
int64_t totp_match(const TotpSecret *s, Str typed, int64_t now_ms, int64_t last_step)
{
    uint32_t code;
    if (!code_typed(typed, &code)) return -1;
    int64_t now = now_ms / 1000 / TOTP_STEP_S, found = -1;
    for (int64_t step = now - 1; step <= now + 1; step++) {
        bool fits = (totp_code(s, step) ^ code) == 0 && step > last_step;
        if (fits && found < 0) found = step;
    }
    return found;
}

Str totp_text(Arena *a, const TotpSecret *s)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    Buf out = buf_new(a, 40);
    uint32_t bits = 0;
    int n = 0;
    for (int i = 0; i < TOTP_SECRET_BYTES; i++) {
        bits = bits << 8 | s->b[i];
        for (n += 8; n >= 5; n -= 5)
            buf_char(&out, digits[bits >> (n - 5) & 31]);
        bits &= 31; /* never more than 4 bits wait */
    }
    return buf_str(&out);
}

Str totp_uri(Arena *a, const TotpSecret *s, Str label)
{
    return arena_fmt(a, "otpauth://totp/linli:%.*s?secret=%.*s&issuer=linli&algorithm=SHA1&digits=%d&period=%d",
                     STR_ARG(label), STR_ARG(totp_text(a, s)), TOTP_DIGITS, TOTP_STEP_S);
}
