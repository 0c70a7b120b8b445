/* One parcel as one mail: plain text, that something changed and where to look. */
#include "port/deliver/curl.h"

#include <openssl/evp.h>
#include <stdio.h>

enum { LINE_BYTES = 57, WORD_BYTES = 42 }; /* RFC 2045: 76 characters; RFC 2047: 75 with what stands around them */

static void base64_to(Buf *out, const char *p, size_t n)
{
    unsigned char text[LINE_BYTES / 3 * 4 + 5];
    int made = EVP_EncodeBlock(text, (const unsigned char *)p, (int)n);
    buf_add(out, (Str){ (const char *)text, (size_t)made });
}

/* Encoded words that never cut a character in two. */
static void subject_to(Buf *out, Str s)
{
    buf_c(out, "Subject:");
    for (size_t at = 0; at < s.n;) {
        size_t n = s.n - at < WORD_BYTES ? s.n - at : WORD_BYTES;
        while (at + n < s.n && n > 1 && ((unsigned char)s.p[at + n] & 0xc0) == 0x80)
            n--;
        buf_c(out, at > 0 ? "\r\n =?UTF-8?B?" : " =?UTF-8?B?");
        base64_to(out, s.p + at, n);
        buf_c(out, "?=");
        at += n;
    }
    buf_c(out, "\r\n");
}

static void date_to(Buf *out, int64_t now)
{
    static const char *const days[] = { "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun" };
    static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
    Civil t = time_civil(now, 0);
    buf_fmt(out, "Date: %s, %02d %s %04d %02d:%02d:%02d +0000\r\n", days[t.weekday - 1], t.day, months[t.month - 1],
            t.year, t.hour, t.minute, t.second);
}

Str mail_message(Arena *a, Str from, Str to, Str subject, Str text, Str id, int64_t now)
{
    Buf out = buf_new(a, 1024);
    Str host = from;
    str_cut(&host, '@');
    date_to(&out, now);
    buf_fmt(&out, "From: <%.*s>\r\nTo: <%.*s>\r\n", STR_ARG(from), STR_ARG(to));
    subject_to(&out, subject);
    buf_fmt(&out, "Message-ID: <%.*s@%.*s>\r\n", STR_ARG(id), STR_ARG(host));
    buf_c(&out, "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n" /* RFC 3834: no holiday replies */
                "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n");
    for (size_t at = 0; at < text.n; at += LINE_BYTES) {
        base64_to(&out, text.p + at, text.n - at < LINE_BYTES ? text.n - at : LINE_BYTES);
        buf_c(&out, "\r\n");
    }
    return buf_str(&out);
}

static size_t give_text(char *to, size_t size, size_t n, void *self)
{
    Str *rest = self;
    size_t some = size * n < rest->n ? size * n : rest->n;
    if (some > 0) memcpy(to, rest->p, some);
    *rest = (Str){ rest->p + some, rest->n - some };
    return some;
}

static size_t drop_answer(char *p, size_t size, size_t n, void *self)
{
    (void)p, (void)self;
    return size * n;
}

void mail_send(void *self, Parcel *p, const atomic_bool *ending)
{
    const Deliver *d = self;
    long status = 0;
    CURL *c = deliver_handle(ending);
    if (c == NULL) {
        snprintf(p->code, sizeof p->code, "no_memory");
        return;
    }
    Str rest = mail_message(p->arena, d->from, p->to, p->subject, p->text, p->id, p->now);
    struct curl_slist *to = curl_slist_append(NULL, arena_fmt(p->arena, "<%.*s>", STR_ARG(p->to)).p);
    curl_easy_setopt(c, CURLOPT_URL, d->smtp.p);
    curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    curl_easy_setopt(c, CURLOPT_USE_SSL, d->user.n > 0 ? (long)CURLUSESSL_ALL : (long)CURLUSESSL_TRY);
    if (d->user.n > 0) {
        curl_easy_setopt(c, CURLOPT_USERNAME, d->user.p);
        curl_easy_setopt(c, CURLOPT_PASSWORD, d->password.p);
    }
    curl_easy_setopt(c, CURLOPT_MAIL_FROM, arena_fmt(p->arena, "<%.*s>", STR_ARG(d->from)).p);
    curl_easy_setopt(c, CURLOPT_MAIL_RCPT, to);
    curl_easy_setopt(c, CURLOPT_READFUNCTION, give_text);
    curl_easy_setopt(c, CURLOPT_READDATA, &rest);
    curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, drop_answer);
    curl_easy_setopt(c, CURLOPT_UPLOAD, 1L);
    CURLcode code = curl_easy_perform(c);
    curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
    p->outcome = code == CURLE_OK ? DELIVERED : status >= 550 && status <= 553 ? REFUSED : FAILED;
    if (code != CURLE_OK && status >= 400)
        snprintf(p->code, sizeof p->code, "smtp_%ld", status);
    else if (code != CURLE_OK)
        snprintf(p->code, sizeof p->code, "%s", deliver_code(code));
    curl_slist_free_all(to);
    curl_easy_cleanup(c);
}
