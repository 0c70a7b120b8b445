/* What both channels ask of libcurl. */
#ifndef LINLI_DELIVER_CURL_H
#define LINLI_DELIVER_CURL_H

#include "port/deliver/deliver.h"

#include <curl/curl.h>

enum { CONNECT_MS_MAX = 5000, SEND_MS_MAX = 10000, ANSWER_BYTES_MAX = 16 * 1024, ANSWER_HEAD_MAX = 64 * 1024 };

/* A handle of its own for each parcel: no connection, cookie or cache is shared. No proxy, no signals, TLS verified. */
CURL *deliver_handle(const atomic_bool *ending);
const char *deliver_code(CURLcode code); /* "timeout", "dns", "connect", "tls", ... */

#endif
