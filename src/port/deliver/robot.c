/* Robots of chat groups: the address that they want to be called at, and what they answer. */
#include "port/deliver/deliver.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

static void percent_to(Buf *out, Str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
        if (plain)
            buf_char(out, c);
        else
            buf_fmt(out, "%%%02X", (unsigned char)c);
    }
}

static Str dingtalk_sign(Arena *a, Str secret, int64_t now)
{
    Str text = arena_fmt(a, "%lld\n%.*s", (long long)now, STR_ARG(secret));
    unsigned char mac[EVP_MAX_MD_SIZE], out[64];
    unsigned int n = 0;
    HMAC(EVP_sha256(), secret.p, (int)secret.n, (const unsigned char *)text.p, text.n, mac, &n);
    int made = EVP_EncodeBlock(out, mac, (int)n);
    return arena_str(a, (Str){ (const char *)out, (size_t)made });
}

Str robot_url(Arena *a, Template t, Str url, Str secret, Str token, int64_t now)
{
    Buf out = buf_new(a, 400);
    buf_add(&out, url);
    buf_c(&out, t == FOR_WECOM ? "?key=" : "?access_token=");
    percent_to(&out, t == FOR_WECOM ? secret : token);
    if (t == FOR_DINGTALK) {
        buf_fmt(&out, "&timestamp=%lld&sign=", (long long)now);
        percent_to(&out, dingtalk_sign(a, secret, now));
    }
    return buf_str(&out);
}

int64_t robot_errcode(Arena *a, Str answer)
{
    Fail f = FAIL_NONE;
    const json_t *v = json_read(a, answer, &f);
    const json_t *code = v != NULL ? json_object_get(v, "errcode") : NULL;
    return json_is_integer(code) && json_integer_value(code) >= 0 ? json_integer_value(code) : -1;
}
