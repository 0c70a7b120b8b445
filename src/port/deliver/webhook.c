/* One parcel as one signed POST. */
#include "port/deliver/curl.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>

static Str base64(Arena *a, Str bytes)
{
    size_t n = (bytes.n + 2) / 3 * 4;
    unsigned char *out = arena_alloc(a, n + 1);
    EVP_EncodeBlock(out, (const unsigned char *)bytes.p, (int)bytes.n);
    return (Str){ (const char *)out, n };
}

/* whsec_BASE64 as the standard's libraries make it; any other secret is its own bytes. */
static Str key_of(Arena *a, Str secret)
{
    if (!str_starts(secret, S("whsec_"))) return secret;
    Str text = { secret.p + 6, secret.n - 6 };
    if (text.n == 0 || text.n % 4 != 0) return secret;
    unsigned char *out = arena_alloc(a, text.n);
    int n = EVP_DecodeBlock(out, (const unsigned char *)text.p, (int)text.n);
    for (size_t i = text.n; n > 0 && i > text.n - 2 && text.p[i - 1] == '='; i--)
        n--;
    return n > 0 ? (Str){ (const char *)out, (size_t)n } : secret;
}

Str webhook_signature(Arena *a, Str secret, Str id, int64_t timestamp_s, Str body)
{
    Str key = key_of(a, secret);
    Buf text = buf_new(a, body.n + 64);
    buf_fmt(&text, "%.*s.%lld.", STR_ARG(id), (long long)timestamp_s);
    buf_add(&text, body);
    unsigned char mac[EVP_MAX_MD_SIZE];
    unsigned int n = 0;
    HMAC(EVP_sha256(), key.p, (int)key.n, (const unsigned char *)text.p, text.n, mac, &n);
    return arena_fmt(a, "v1,%s", base64(a, (Str){ (const char *)mac, n }).p);
}

/* A robot's platform says 200 to everything; whether it took it stands in the answer. */
static void robot_send(const Deliver *d, Parcel *p, const atomic_bool *ending)
{
    Post post = { .url = robot_url(p->arena, p->template, p->url, p->secret, p->token, p->now), .body = p->body,
                  .headers = { "Content-Type: application/json" } };
    deliver_post(d, p, &post, ending);
    bool heard = post.status >= 200 && post.status < 300;
    int64_t code = heard ? robot_errcode(p->arena, (Str){ post.answer, post.answer_n }) : -1;
    p->outcome = code == 0 ? DELIVERED : FAILED;
    if (!heard)
        post_code(&post, p);
    else if (code != 0)
        snprintf(p->code, sizeof p->code, "errcode_%lld", (long long)code);
}

void webhook_send(void *self, Parcel *p, const atomic_bool *ending)
{
    if (p->template != FOR_PROGRAMS) {
        robot_send(self, p, ending);
        return;
    }
    int64_t seconds = p->now / SECOND_MS;
    Str signature = webhook_signature(p->arena, p->secret, p->event, seconds, p->body);
    Post post = { .url = p->url, .body = p->body,
                  .headers = { "Content-Type: application/json",
                               arena_fmt(p->arena, "webhook-id: %.*s", STR_ARG(p->event)).p,
                               arena_fmt(p->arena, "webhook-timestamp: %lld", (long long)seconds).p,
                               arena_fmt(p->arena, "webhook-signature: %.*s", STR_ARG(signature)).p } };
    deliver_post(self, p, &post, ending);
    p->outcome = post.status >= 200 && post.status < 300 ? DELIVERED : FAILED;
    if (p->outcome != DELIVERED) post_code(&post, p);
}
