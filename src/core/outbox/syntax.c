/* Where to send: what is taken as an address. Narrower than the standards, so that no other reader finds more in it. */
#include "core/outbox.h"

bool webhook_topic_valid(Str s)
{
    int dots = 0;
    if (str_is(s, "*")) return true;
    for (size_t i = 0; i < s.n; i++) {
        bool dot = s.p[i] == '.';
        if (dot && (i == 0 || i + 1 == s.n || ++dots > 1)) return false;
        if (!dot && s.p[i] != '_' && (s.p[i] < 'a' || s.p[i] > 'z')) return false;
    }
    return s.n > 0;
}

bool webhook_url_valid(Str url)
{
    size_t scheme = str_starts(url, S("https://")) ? 8 : str_starts(url, S("http://")) ? 7 : 0;
    if (scheme == 0 || url.n == scheme || strchr("/:?", url.p[scheme]) != NULL) return false;
    for (size_t i = 0; i < url.n; i++)
        if (url.p[i] <= ' ' || url.p[i] > '~' || strchr("\\\"<>^`{|}@#", url.p[i]) != NULL) return false;
    return true;
}

static bool word_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool mailbox_valid(Str s)
{
    size_t at = 0;
    int ats = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '@') {
            ats++;
            at = i;
        } else if (!word_char(s.p[i]) && (s.p[i] == 0 || strchr("._-+", s.p[i]) == NULL)) {
            return false;
        }
    }
    if (ats != 1 || at == 0 || at > 64 || s.n > 254 || !word_char(s.p[0])) return false;
    Str domain = { s.p + at + 1, s.n - at - 1 };
    bool dots = str_find(domain, S(".")) > 0 && str_find(s, S("..")) < 0;
    return dots && word_char(domain.p[0]) && word_char(domain.p[domain.n - 1]);
}

const char *const template_names[] = { [FOR_PROGRAMS] = "standard", [FOR_WECOM] = "wecom",
                                       [FOR_DINGTALK] = "dingtalk", [TEMPLATES_N] = NULL };

bool robot_url_valid(Str url)
{
    return webhook_url_valid(url) && str_find(url, S("?")) < 0;
}

/* The host of a URL that webhook_url_valid has let through. */
static Str host_of(Str url)
{
    Str rest = { url.p + str_find(url, S("//")) + 2, 0 };
    while (rest.p + rest.n < url.p + url.n && strchr("/:?", rest.p[rest.n]) == NULL)
        rest.n++;
    return rest;
}

/* Where a browser vendor's push service wants what is pushed (RFC 8030, section 5): unguessable, and as hostile as any
 * other address. Plain http is for receivers that the operator has opened by --allow-host (src/port/deliver/push.c). */
bool push_endpoint_valid(Str url)
{
    return webhook_url_valid(url) && strchr("/?", url.p[url.n - 1]) == NULL &&
           str_find((Str){ host_of(url).p, (size_t)(url.p + url.n - host_of(url).p) }, S("/")) > 0;
}

Str push_id(Arena *a, Str endpoint)
{
    return (Str){ hash_hex(a, hash_one(endpoint)).p, PUSH_ID_CHARS };
}

Str push_lane(Arena *a, Str endpoint)
{
    return arena_fmt(a, "push.%d", hash_one(host_of(endpoint)).b[0] % PUSH_LANES);
}
