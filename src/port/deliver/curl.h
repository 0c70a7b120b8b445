/* What both channels ask of libcurl. */
#ifndef LINLI_DELIVER_CURL_H
#define LINLI_DELIVER_CURL_H

#include "port/deliver/deliver.h"

#include <curl/curl.h>

enum { CONNECT_MS_MAX = 5000, SEND_MS_MAX = 10000, ANSWER_BYTES_MAX = 16 * 1024, ANSWER_HEAD_MAX = 64 * 1024 };

/* One POST; see post.c. */
enum { POST_HEADERS_MAX = 6, POST_ANSWER_KEPT = 2048 };
typedef struct Post {
    Str url, body;
    const char *headers[POST_HEADERS_MAX];
    bool closed_in_plain; /* http only to an address that the operator has opened */
    /* out */
    CURLcode result;
    long status; /* 0: no whole answer */
    bool refused;
    char answer[POST_ANSWER_KEPT];
    size_t answer_n, answered;
} Post;
void deliver_post(const Deliver *d, Parcel *p, Post *post, const atomic_bool *ending);
void post_code(const Post *post, Parcel *p); /* why it failed */

/* A handle of its own for each parcel: no connection, cookie or cache is shared. No proxy, no signals, TLS verified. */
CURL *deliver_handle(const atomic_bool *ending);
const char *deliver_code(CURLcode code); /* "timeout", "dns", "connect", "tls", ... */

#endif
