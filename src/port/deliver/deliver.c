#include "port/deliver/curl.h"

#include <stdio.h>

static int give_up(void *ending, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
    (void)a, (void)b, (void)c, (void)d;
    return atomic_load((const atomic_bool *)ending) ? 1 : 0;
}

CURL *deliver_handle(const atomic_bool *ending)
{
    CURL *c = curl_easy_init();
    if (c == NULL) return NULL;
    curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(c, CURLOPT_PROXY, ""); /* nor one from the environment: the address check would ask the proxy's */
    curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS_MAX);
    curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, (long)SEND_MS_MAX);
    curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 2L);
    curl_easy_setopt(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    curl_easy_setopt(c, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    curl_easy_setopt(c, CURLOPT_FORBID_REUSE, 1L);
    curl_easy_setopt(c, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, give_up);
    curl_easy_setopt(c, CURLOPT_XFERINFODATA, (void *)(uintptr_t)ending);
    return c;
}

const char *deliver_code(CURLcode code)
{
    switch (code) {
    case CURLE_OPERATION_TIMEDOUT: return "timeout";
    case CURLE_COULDNT_RESOLVE_HOST: return "dns";
    case CURLE_COULDNT_CONNECT: return "connect";
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_USE_SSL_FAILED:
    case CURLE_SSL_CACERT_BADFILE: return "tls";
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL: return "address_bad";
    case CURLE_LOGIN_DENIED: return "login";
    case CURLE_ABORTED_BY_CALLBACK: return "stopping";
    case CURLE_GOT_NOTHING:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR: return "cut_off";
    default: return "failed";
    }
}

static bool login_read(Arena *a, const char *file, Deliver *d)
{
    char text[512];
    FILE *in = fopen(file, "r");
    if (in == NULL) return false;
    size_t n = fread(text, 1, sizeof text, in);
    fclose(in);
    if (n == sizeof text) return false;
    Str rest = arena_str(a, (Str){ text, n });
    d->user = arena_str(a, str_trim(str_cut(&rest, '\n')));
    d->password = arena_str(a, str_trim(str_cut(&rest, '\n')));
    return d->user.n > 0 && d->password.n > 0;
}

Fail deliver_open(Arena *a, const DeliverConfig *c, OutboxConfig *out)
{
    Deliver *d = arena_new_of(a, Deliver);
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) return fail(ERR_INTERNAL, "curl");
    if (c->allowed != NULL && !allowed_read(c->allowed, &d->allowed)) return fail(ERR_INVALID, "allow_host");
    out->by[BY_WEBHOOK] = (Channel){ webhook_send, d };
    if (c->smtp == NULL) return FAIL_NONE;
    d->smtp = str_c(c->smtp);
    if (!str_starts(d->smtp, S("smtp://")) && !str_starts(d->smtp, S("smtps://"))) return fail(ERR_INVALID, "smtp");
    if (c->mail_from == NULL || strchr(c->mail_from, '@') == NULL) return fail(ERR_INVALID, "mail_from");
    for (const char *p = c->mail_from; *p != 0; p++)
        if (*p <= ' ' || *p > '~' || *p == '<' || *p == '>') return fail(ERR_INVALID, "mail_from");
    if (out->public_url == NULL) return fail(ERR_INVALID, "public_url"); /* a mail must say where to look */
    d->from = str_c(c->mail_from);
    if (c->smtp_login != NULL && !login_read(a, c->smtp_login, d)) return fail(ERR_INVALID, "smtp_login");
    out->by[BY_MAIL] = (Channel){ mail_send, d };
    return FAIL_NONE;
}
