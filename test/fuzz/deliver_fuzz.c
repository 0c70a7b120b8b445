/* Addresses, secrets and texts that leave: what is taken as a webhook's address is one for libcurl too, without
 * credentials; what is taken as a mailbox brings no second line into a mail; a secret of any shape signs. */
#include "port/deliver/deliver.h"

#include <curl/curl.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void url(Arena *a, Str text)
{
    if (!webhook_url_valid(text)) return;
    CURLU *u = curl_url();
    char *part = NULL;
    if (curl_url_set(u, CURLUPART_URL, arena_c(a, text), CURLU_NON_SUPPORT_SCHEME) == CURLUE_OK) {
        if (curl_url_get(u, CURLUPART_USER, &part, 0) == CURLUE_OK) __builtin_trap();
        if (curl_url_get(u, CURLUPART_SCHEME, &part, 0) != CURLUE_OK) __builtin_trap();
        if (strcmp(part, "http") != 0 && strcmp(part, "https") != 0) __builtin_trap();
        curl_free(part);
    }
    curl_url_cleanup(u);
}

static int lines(Str text)
{
    int n = 0;
    for (size_t i = 0; i < text.n; i++)
        n += text.p[i] == '\n';
    return n;
}

static void mail(Arena *a, Str text)
{
    Str from = S("linli@example.org"), id = S("id");
    Str plain = mail_message(a, from, S("a@b.cn"), S("x"), S("y"), id, 0);
    Str other = mail_message(a, from, S("a@b.cn"), text, text, id, 0); /* words may be anything */
    if (text.n > 0 && lines(other) < lines(plain)) __builtin_trap();
    for (size_t i = 0; i < other.n; i++)
        if ((unsigned char)other.p[i] > 126) __builtin_trap();
    if (mailbox_valid(text) && lines(mail_message(a, from, text, S("x"), S("y"), id, 0)) != lines(plain))
        __builtin_trap();
}

/* What a browser says of itself: an address that is one for libcurl too, and keys of any shape. */
static void push(Arena *a, Str text)
{
    static PushKey own;
    uint8_t secret[PUSH_SECRET_BYTES] = { 1 };
    Str sealed, rest = text, endpoint = str_cut(&rest, '\n'), point = str_cut(&rest, '\n');
    if (own.key == NULL && !push_key_open(secret, &own)) __builtin_trap();
    if (push_endpoint_valid(endpoint)) {
        if (!webhook_url_valid(endpoint) || push_id(a, endpoint).n != PUSH_ID_CHARS) __builtin_trap();
        if (!str_starts(push_authorization(a, &own, endpoint, S(""), 0), S("vapid t="))) __builtin_trap();
        url(a, endpoint);
    }
    PushTarget to = { point, rest };
    if (base64url_to(a, point, &to.point) && base64url_to(a, rest, &to.auth) &&
        push_seal(a, &to, S("x"), &sealed) && (to.point.n != PUSH_POINT_BYTES || to.auth.n != PUSH_AUTH_BYTES))
        __builtin_trap();
    if (robot_url_valid(endpoint)) url(a, robot_url(a, FOR_DINGTALK, endpoint, rest, point, 1));
    robot_errcode(a, text);
    for (size_t i = 0; i < sms_name(a, S("1"), text, 0, false).n; i++)
        if (sms_name(a, S("1"), text, 0, false).p[i] == '/') __builtin_trap();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    Arena *a = arena_new();
    Str text = arena_str(a, (Str){ n > 0 ? (const char *)data : "", n });
    Allowed allowed;
    url(a, text);
    mail(a, text);
    webhook_topic_valid(text);
    push(a, text);
    if (allowed_read(text.p, &allowed) && allowed.n > DELIVER_ALLOWED_MAX) __builtin_trap();
    if (webhook_signature(a, text, S("id"), 1, text).n != 47) __builtin_trap();
    if (webhook_signature(a, arena_fmt(a, "whsec_%s", text.p), S("id"), 1, text).n != 47) __builtin_trap();
    arena_free(a);
    return 0;
}
