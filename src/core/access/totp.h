/* totp: one-time codes of an authenticator app. RFC 6238 over RFC 4226: HMAC-SHA-1, 6 digits, steps of 30 seconds; the
 * step before and the step after count too, for phones whose clocks are off. */
#ifndef LINLI_TOTP_H
#define LINLI_TOTP_H

#include "base/base.h"

enum { TOTP_SECRET_BYTES = 20, TOTP_DIGITS = 6, TOTP_STEP_S = 30 };

typedef struct TotpSecret {
    uint8_t b[TOTP_SECRET_BYTES];
} TotpSecret;

uint32_t totp_code(const TotpSecret *s, int64_t step);
/* The step whose code was typed (blanks are dropped), or -1. Steps up to `last_step` are refused: a code is used once.
 */
int64_t totp_match(const TotpSecret *s, Str typed, int64_t now_ms, int64_t last_step);
Str totp_text(Arena *a, const TotpSecret *s); /* base32 of RFC 4648, 32 characters: to type into the app */
/* otpauth://totp/linli:LABEL?... ; the label is the community's code, never a name or number. */
Str totp_uri(Arena *a, const TotpSecret *s, Str label);

#endif
