#include "port/deliver/curl.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

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

static void close_push(void *key)
{
    push_key_close(key);
}

static Fail open_push(Arena *a, const DeliverConfig *c, Deliver *d, OutboxConfig *out)
{
    if (c->push_secret == NULL) return FAIL_NONE;
    if (!push_key_open(c->push_secret, &d->push_key)) return fail(ERR_INTERNAL, "push_key");
    arena_defer(a, close_push, &d->push_key);
    bool https = out->public_url != NULL && str_starts(str_c(out->public_url), S("https://"));
    d->push_subject = https                  ? str_c(out->public_url)
                      : c->mail_from != NULL ? arena_fmt(a, "mailto:%s", c->mail_from)
                                             : S("");
    out->push_key = base64url_of(a, (Str){ (const char *)d->push_key.point, PUSH_POINT_BYTES });
    out->by[BY_PUSH] = (Channel){ push_send, d };
    return FAIL_NONE;
}

static Fail open_sms(const DeliverConfig *c, Deliver *d, OutboxConfig *out)
{
    struct stat st;
    if (c->sms_dir == NULL) return FAIL_NONE;
    if (stat(c->sms_dir, &st) != 0 || !S_ISDIR(st.st_mode) || access(c->sms_dir, W_OK) != 0 ||
        out->public_url == NULL)
        return fail(ERR_INVALID, out->public_url == NULL ? "public_url" : "sms_dir");
    d->sms_dir = c->sms_dir;
    out->by[BY_SMS] = (Channel){ sms_send, d };
    return FAIL_NONE;
}

Fail deliver_open(Arena *a, const DeliverConfig *c, OutboxConfig *out)
{
    Deliver *d = arena_new_of(a, Deliver);
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) return fail(ERR_INTERNAL, "curl");
    if (c->allowed != NULL && !allowed_read(c->allowed, &d->allowed)) return fail(ERR_INVALID, "allow_host");
    out->by[BY_WEBHOOK] = (Channel){ webhook_send, d };
    Fail f = open_push(a, c, d, out);
    if (f.err == OK) f = open_sms(c, d, out);
    if (f.err != OK || c->smtp == NULL) return f;
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
