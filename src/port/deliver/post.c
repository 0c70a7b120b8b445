/* One POST to an address that is not trusted. */
#include "port/deliver/curl.h"

#include <stdio.h>

typedef struct Opening { /* who may be connected to; and whether somebody may not */
    const Deliver *deliver;
    bool only_allowed, refused;
} Opening;

static curl_socket_t open_socket(void *self, curlsocktype purpose, struct curl_sockaddr *to)
{
    Opening *o = self;
    bool allowed = allowed_has(&o->deliver->allowed, &to->addr);
    if (purpose != CURLSOCKTYPE_IPCXN || (!allowed && (o->only_allowed || !address_public(&to->addr)))) {
        o->refused = true;
        return CURL_SOCKET_BAD;
    }
    return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

/* What the receiver says is kept as far as there is room for it; a long speech ends the call. */
static size_t take_answer(char *p, size_t size, size_t n, void *self)
{
    Post *post = self;
    size_t room = POST_ANSWER_KEPT - post->answer_n, some = size * n < room ? size * n : room;
    if (some > 0) memcpy(post->answer + post->answer_n, p, some);
    post->answer_n += some;
    post->answered += size * n;
    return post->answered <= ANSWER_BYTES_MAX ? size * n : 0;
}

static struct curl_slist *headers_of(const Post *post)
{
    struct curl_slist *list = curl_slist_append(NULL, "Expect:");
    for (int i = 0; i < POST_HEADERS_MAX && post->headers[i] != NULL; i++) {
        struct curl_slist *longer = curl_slist_append(list, post->headers[i]);
        if (longer == NULL) break;
        list = longer;
    }
    return list;
}

void deliver_post(const Deliver *d, Parcel *p, Post *post, const atomic_bool *ending)
{
    Opening opening = { d, post->closed_in_plain && !str_starts(post->url, S("https://")), false };
    CURL *c = deliver_handle(ending);
    if (c == NULL) {
        post->result = CURLE_OUT_OF_MEMORY;
        return;
    }
    struct curl_slist *headers = headers_of(post);
    curl_easy_setopt(c, CURLOPT_URL, arena_c(p->arena, post->url));
    curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(c, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(c, CURLOPT_USERAGENT, "linli");
    curl_easy_setopt(c, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(c, CURLOPT_POSTFIELDS, post->body.p);
    curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)post->body.n);
    curl_easy_setopt(c, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    curl_easy_setopt(c, CURLOPT_OPENSOCKETDATA, &opening);
    curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take_answer);
    curl_easy_setopt(c, CURLOPT_WRITEDATA, post);
    post->result = curl_easy_perform(c);
    curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &post->status);
    post->refused = opening.refused;
    if (post->result != CURLE_OK && !(post->result == CURLE_WRITE_ERROR && post->status > 0))
        post->status = 0; /* but not where it only went on talking after its yes */
    curl_slist_free_all(headers);
    curl_easy_cleanup(c);
}

void post_code(const Post *post, Parcel *p)
{
    if (post->refused)
        snprintf(p->code, sizeof p->code, "address_refused");
    else if (post->status > 0)
        snprintf(p->code, sizeof p->code, post->status >= 300 && post->status < 400 ? "redirect_%ld" : "http_%ld",
                 post->status);
    else if (post->result == CURLE_OUT_OF_MEMORY)
        snprintf(p->code, sizeof p->code, "no_memory");
    else
        snprintf(p->code, sizeof p->code, "%s", deliver_code(post->result));
}
