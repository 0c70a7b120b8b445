/* static: files embedded in the binary (.incbin), each raw, gz and br, with an ETag from its content. */
#ifndef LINLI_STATIC_H
#define LINLI_STATIC_H

#include "http/http.h"

typedef struct Asset {
    const char *path; /* "/app/index.html" */
    const char *type;
    const char *etag; /* with quotes */
    bool immutable;   /* hashed name: cached for a year */
    Str raw, gz, br;  /* gz and br may be empty */
} Asset;

/* Fills r (200, 304) by Accept-Encoding and If-None-Match. */
void asset_reply(const HttpRequest *rq, const Asset *a, HttpReply *r);
/* Binary search in a table sorted by path; NULL if there is none. */
const Asset *asset_find(const Asset *table, int n, Str path);

#endif
