/* fail: the one way anything says no. About ten kinds, mapped to HTTP in one place
 * (core/serve/problem.c), worded for people by the client in three languages from `code`. */
#ifndef LINLI_FAIL_H
#define LINLI_FAIL_H

#include "base/base.h"

typedef enum Err {
    OK = 0,
    ERR_INVALID,   /* 422: what was sent breaks a bound; 400 when it could not even be parsed */
    ERR_MALFORMED, /* 400 */
    ERR_SIGN_IN,   /* 401 */
    ERR_FORBIDDEN, /* 403 */
    ERR_NOT_FOUND, /* 404 */
    ERR_CONFLICT,  /* 409: wrong state, version or idempotency key */
    ERR_TOO_LARGE, /* 413 */
    ERR_TOO_MANY,  /* 429, with retry_s */
    ERR_BUSY,      /* 503, with retry_s */
    ERR_FULL,      /* 507: disk full */
    ERR_INTERNAL,  /* 500 */
} Err;

enum { FAIL_FIELD_MAX = 96 };

typedef struct Fail {
    Err err;
    const char *code;           /* static: "too_long", "wrong_state", "already_signed", ... */
    char field[FAIL_FIELD_MAX]; /* path of the input: "rows[3].items[0].name"; empty if none */
    int64_t limit;              /* the bound that was broken, where there is one; else 0 */
    int retry_s;
    char by[40], did[64]; /* who was first and what they did, for whoever may know it; else empty */
    int64_t at;           /* and when; else 0 */
    char about[40]; /* id of the matter that stands in the way, for whoever may see it; else empty */
    const char *log; /* static text for the log; never holds personal data */
} Fail;

#define FAIL_NONE ((Fail){ 0 })
Fail fail(Err err, const char *code) MUST_USE;
Fail fail_field(Err err, const char *code, const char *field, int64_t limit) MUST_USE;
void fail_about(Fail *f, Str id);
void fail_first(Fail *f, Str by, Str did, int64_t at);

#endif
