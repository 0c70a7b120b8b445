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

typedef struct Opening { /* who may be connected to; and whether somebody may not */
    const Deliver *deliver;
    bool refused;
} Opening;

static curl_socket_t open_socket(void *self, curlsocktype purpose, struct curl_sockaddr *to)
{
    Opening *o = self;
    if (purpose != CURLSOCKTYPE_IPCXN ||
        (!address_public(&to->addr) && !allowed_has(&o->deliver->allowed, &to->addr))) {
        o->refused = true;
        return CURL_SOCKET_BAD;
    }
    return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

/* What the receiver says is of no interest; a long speech ends the call. */
static size_t take_answer(char *p, size_t size, size_t n, void *self)
{
    size_t *taken = self;
    (void)p;
    *taken += size * n;
    return *taken <= ANSWER_BYTES_MAX ? size * n : 0;
}

static struct curl_slist *headers_of(Parcel *p)
{
    int64_t seconds = p->now / SECOND_MS;
    Str signature = webhook_signature(p->arena, p->secret, p->event, seconds, p->body);
    const char *lines[] = { "Content-Type: application/json",
                            "Expect:", arena_fmt(p->arena, "webhook-id: %.*s", STR_ARG(p->event)).p,
                            arena_fmt(p->arena, "webhook-timestamp: %lld", (long long)seconds).p,
                            arena_fmt(p->arena, "webhook-signature: %.*s", STR_ARG(signature)).p };
    struct curl_slist *list = NULL;
    for (int i = 0; i < COUNT(lines); i++) {
        struct curl_slist *longer = curl_slist_append(list, lines[i]);
        if (longer == NULL) break;
        list = longer;
    }
    return list;
}

static void webhook_outcome(Parcel *p, CURLcode code, long status, bool refused)
{
    bool heard = code == CURLE_OK || (code == CURLE_WRITE_ERROR && status > 0); /* it went on talking after its yes */
    if (heard && status >= 200 && status < 300) {
        p->outcome = DELIVERED;
        return;
    }
    p->outcome = FAILED;
    if (refused)
        snprintf(p->code, sizeof p->code, "address_refused");
    else if (heard)
        snprintf(p->code, sizeof p->code, status >= 300 && status < 400 ? "redirect_%ld" : "http_%ld", status);
    else
        snprintf(p->code, sizeof p->code, "%s", deliver_code(code));
}

void webhook_send(void *self, Parcel *p, const atomic_bool *ending)
{
    Opening opening = { self, false };
    size_t taken = 0;
    long status = 0;
    CURL *c = deliver_handle(ending);
    if (c == NULL) {
        snprintf(p->code, sizeof p->code, "no_memory");
        return;
    }
    struct curl_slist *headers = headers_of(p);
    curl_easy_setopt(c, CURLOPT_URL, arena_c(p->arena, p->url));
    curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(c, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(c, CURLOPT_USERAGENT, "linli");
    curl_easy_setopt(c, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(c, CURLOPT_POSTFIELDS, p->body.p);
    curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)p->body.n);
    curl_easy_setopt(c, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    curl_easy_setopt(c, CURLOPT_OPENSOCKETDATA, &opening);
    curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take_answer);
    curl_easy_setopt(c, CURLOPT_WRITEDATA, &taken);
    CURLcode code = curl_easy_perform(c);
    curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
    webhook_outcome(p, code, status, opening.refused);
    curl_slist_free_all(headers);
    curl_easy_cleanup(c);
}
