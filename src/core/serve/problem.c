#include "core/serve/problem.h"

enum { ERRORS_SHOWN_MAX = 100, RETRY_DEFAULT_S = 1 };

static const struct {
    int status;
    const char *title;
} kinds[] = {
    [OK] = { 500, "Internal error" },
    [ERR_INVALID] = { 422, "The input breaks a rule" },
    [ERR_MALFORMED] = { 400, "The input cannot be read" },
    [ERR_SIGN_IN] = { 401, "Sign in first" },
    [ERR_FORBIDDEN] = { 403, "Not allowed" },
    [ERR_NOT_FOUND] = { 404, "Not found" },
    [ERR_CONFLICT] = { 409, "Conflict with what is there now" },
    [ERR_TOO_LARGE] = { 413, "Too large" },
    [ERR_TOO_MANY] = { 429, "Too many requests" },
    [ERR_BUSY] = { 503, "Busy, try again" },
    [ERR_FULL] = { 507, "The disk is full" },
    [ERR_INTERNAL] = { 500, "Internal error" },
};

/* For a Fail without a code, and for every internal one: what went wrong inside is for the log. */
static const char *const plain_codes[] = {
    [OK] = "internal",         [ERR_INVALID] = "invalid",     [ERR_MALFORMED] = "malformed",
    [ERR_SIGN_IN] = "sign_in", [ERR_FORBIDDEN] = "forbidden", [ERR_NOT_FOUND] = "not_found",
    [ERR_CONFLICT] = "conflict", [ERR_TOO_LARGE] = "too_large", [ERR_TOO_MANY] = "rate_limited",
    [ERR_BUSY] = "busy",       [ERR_FULL] = "disk_full",      [ERR_INTERNAL] = "internal",
};

static int kind_of(Err err)
{
    return err >= OK && (int)err < COUNT(kinds) ? (int)err : ERR_INTERNAL;
}

static const char *code_of(const Fail *f)
{
    int kind = kind_of(f->err);
    bool hidden = kind == OK || kind == ERR_INTERNAL || kind == ERR_FULL;
    return f->code == NULL || hidden ? plain_codes[kind] : f->code;
}

int problem_status(const Fail *f)
{
    return kinds[kind_of(f->err)].status;
}

/* A JSON text that could not be read has no field, only a line and a column. */
static bool is_place_in_text(const Fail *f)
{
    return f->err == ERR_MALFORMED && f->code != NULL && strncmp(f->code, "json_", 5) == 0;
}

static void put_details(Json *j, const Fail *f)
{
    const char *code = code_of(f);
    jw_put_text(j, "code", str_c(code));
    if (f->field[0] != 0) jw_put_text(j, is_place_in_text(f) ? "where" : "field", str_c(f->field));
    if (f->about[0] != 0) jw_put_text(j, "matter", str_c(f->about));
    if (f->by[0] != 0) jw_put_text(j, "by", str_c(f->by));
    if (f->did[0] != 0) jw_put_text(j, "did", str_c(f->did));
    if (f->at != 0) jw_put_int(j, "at", f->at);
    if (strcmp(code, "stale_version") == 0)
        jw_put_int(j, "version", f->limit);
    else if (f->limit != 0)
        jw_put_int(j, "limit", f->limit);
}

static bool in_a_row(const Fail *f)
{
    return strncmp(f->field, "rows[", 5) == 0;
}

static void put_errors(Json *j, const Errors *errors)
{
    jw_key(j, "errors");
    jw_open(j, '[');
    for (int i = 0; i < errors->n && i < ERRORS_SHOWN_MAX; i++) {
        jw_open(j, '{');
        put_details(j, &errors->list[i]);
        jw_close(j, '}');
    }
    jw_close(j, ']');
}

void problem_reply(Arena *a, const Fail *f, const Errors *errors, HttpReply *r)
{
    int kind = kind_of(f->err);
    Buf out = buf_new(a, 256);
    Json j = json_to(&out);
    jw_open(&j, '{');
    jw_put_text(&j, "type", arena_fmt(a, "/problems/%s", code_of(f)));
    jw_put_text(&j, "title", str_c(kinds[kind].title));
    jw_put_int(&j, "status", kinds[kind].status);
    put_details(&j, f);
    if (errors != NULL && (errors->n > 1 || (errors->n == 1 && in_a_row(&errors->list[0]))))
        put_errors(&j, errors);
    jw_close(&j, '}');
    r->status = kinds[kind].status;
    r->type = "application/problem+json";
    r->body = buf_str(&out);
    if (kind == ERR_BUSY || kind == ERR_TOO_MANY)
        http_reply_header(r, "Retry-After",
                          arena_fmt(a, "%d", f->retry_s > 0 ? f->retry_s : RETRY_DEFAULT_S));
    if (kind == ERR_SIGN_IN) http_reply_header(r, "WWW-Authenticate", S("Bearer"));
}

void problem_of_http(Arena *a, int status, const char *code, HttpReply *r)
{
    const char *title = status == 405 ? "This route does not take that method" : status < 500 ? "Refused" : "Failed";
    for (int i = 1; i < COUNT(kinds); i++)
        if (kinds[i].status == status) title = kinds[i].title;
    Buf out = buf_new(a, 160);
    Json j = json_to(&out);
    jw_open(&j, '{');
    jw_put_text(&j, "type", arena_fmt(a, "/problems/%s", code));
    jw_put_text(&j, "title", str_c(title));
    jw_put_int(&j, "status", status);
    jw_put_text(&j, "code", str_c(code));
    jw_close(&j, '}');
    r->status = status;
    r->type = "application/problem+json";
    r->body = buf_str(&out);
}
