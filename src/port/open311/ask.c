/* What every request of GeoReport begins with, and how it is refused. */
#include "port/open311/open311.h"

#include "core/serve/problem.h"

enum { LIST_CHARS_MAX = 4000, ID_TEXT_MAX = 64 };

/* ---- who is asked, and in which form ---- */

static Format format_of(Str path)
{
    return str_ends(path, S(".json")) ? AS_JSON : AS_XML;
}

static const char *language_of(Str asked)
{
    return str_is(asked, "bo") ? "bo" : str_is(asked, "en") ? "en" : "zh";
}

Str ask_param(const Ask *a, const char *name)
{
    Str value = S("");
    return call_param(a->c, name, &value) ? value : S("");
}

Fail ask_begin(CallCtx *c, Ask *a)
{
    Str path = c->http != NULL ? c->http->path : S("");
    *a = (Ask){ .c = c, .format = format_of(path), .community = c->community };
    a->language = language_of(ask_param(a, "language"));
    Str jurisdiction = ask_param(a, "jurisdiction_id");
    if (jurisdiction.n == 0 || str_eq(jurisdiction, c->community)) return FAIL_NONE;
    if (str_starts(path, S("/c/")) || !call_community_known(c, jurisdiction))
        return fail_field(ERR_NOT_FOUND, "not_found", "jurisdiction_id", 0);
    a->community = jurisdiction;
    return FAIL_NONE;
}

Str ask_file(const CallCtx *c)
{
    Str file = call_arg(c, 0), ending = str_ends(file, S(".json")) ? S(".json") : S(".xml");
    return str_ends(file, ending) ? (Str){ file.p, file.n - ending.n } : S("");
}

/* ---- parameters ---- */

/* W3C: a date alone begins in UTC. A plus that nobody escaped has become a blank on the way. */
static bool read_time(Arena *a, Str text, int64_t *ms)
{
    if (text.n == 10) return time_parse(arena_fmt(a, "%.*sT00:00:00Z", STR_ARG(text)), ms);
    Str copy = arena_str(a, text);
    char *p = (char *)(uintptr_t)copy.p; /* our own copy */
    for (size_t i = 19; i < copy.n; i++)
        if (p[i] == ' ') p[i] = '+';
    return time_parse(copy, ms);
}

Fail ask_span(const Ask *a, Span *span)
{
    const int64_t most = OPEN311_DAYS_MAX * DAY_MS;
    Str from = ask_param(a, "start_date"), until = ask_param(a, "end_date");
    if (from.n > 0 && !read_time(a->c->arena, from, &span->from))
        return fail_field(ERR_INVALID, "bad_format", "start_date", 0);
    if (until.n > 0 && !read_time(a->c->arena, until, &span->until))
        return fail_field(ERR_INVALID, "bad_format", "end_date", 0);
    if (until.n == 0) span->until = from.n > 0 ? span->from + most : a->c->now + 1;
    if (from.n == 0) span->from = span->until - most;
    if (span->until < span->from) return fail_field(ERR_INVALID, "too_small", "end_date", 0);
    if (span->until - span->from > most) return fail_field(ERR_INVALID, "too_large", "end_date", OPEN311_DAYS_MAX);
    return FAIL_NONE;
}

static Fail number(const Ask *a, const char *name, int64_t max, int64_t *out)
{
    Str text = ask_param(a, name);
    if (text.n == 0) return FAIL_NONE;
    if (!str_to_i64(text, out)) return fail_field(ERR_INVALID, "wrong_type", name, 0);
    if (*out < 1) return fail_field(ERR_INVALID, "too_small", name, 1);
    return *out > max ? fail_field(ERR_INVALID, "too_large", name, max) : FAIL_NONE;
}

Fail ask_page(const Ask *a, int rows_max, int64_t *offset, int64_t *size)
{
    int64_t page = 1;
    *size = rows_max;
    Fail f = number(a, "page", OPEN311_PAGES_MAX, &page);
    if (f.err == OK) f = number(a, "page_size", rows_max, size);
    *offset = (page - 1) * *size;
    return f;
}

Fail ask_csv(const Ask *a, const char *name, Str *list, int *n)
{
    Str rest = ask_param(a, name);
    Buf b = buf_new(a->c->arena, rest.n + 8);
    *n = 0;
    if (rest.n > LIST_CHARS_MAX) return fail_field(ERR_INVALID, "too_long", name, LIST_CHARS_MAX);
    while (rest.n > 0) {
        Str one = str_trim(str_cut(&rest, ','));
        if (one.n == 0) continue;
        if (one.n > ID_TEXT_MAX) return fail_field(ERR_INVALID, "too_long", name, ID_TEXT_MAX);
        if (*n > 0 && str_find(buf_str(&b), arena_fmt(a->c->arena, ",%.*s,", STR_ARG(one))) >= 0) continue;
        if (++*n > OPEN311_IDS_MAX) return fail_field(ERR_INVALID, "too_many", name, OPEN311_IDS_MAX);
        if (*n == 1) buf_char(&b, ',');
        buf_add(&b, one);
        buf_char(&b, ',');
    }
    *list = buf_str(&b);
    return FAIL_NONE;
}

Str ask_name(const Ask *a, Str names)
{
    Fail bad = FAIL_NONE;
    const json_t *v = names.n > 0 ? json_read(a->c->arena, names, &bad) : NULL;
    Str own = json_text(v, a->language);
    return own.n > 0 ? own : json_text(v, "zh");
}

/* ---- answers ---- */

const char *ask_type(Format format)
{
    return format == AS_JSON ? "application/json; charset=utf-8" : "text/xml; charset=utf-8";
}

void ask_answer(Ask *a, Out *o)
{
    a->c->reply.status = 200;
    a->c->reply.type = ask_type(a->format);
    a->c->reply.body = out_end(o);
}

/* ---- refusals ---- */

/* What programs log; people read what the program says. %s is the field. */
static const struct {
    const char *code, *text;
} sayings[] = {
    { "required", "%s was not provided" },
    { "bad_format", "%s is not in the form that it needs" },
    { "wrong_type", "%s is not a number" },
    { "too_small", "%s is too small" },
    { "too_large", "%s is too large" },
    { "too_long", "%s is too long" },
    { "too_short", "%s is too short" },
    { "too_many", "%s holds too many" },
    { "repeated", "%s stands twice" },
    { "not_one_of", "%s is not one of the values that there are" },
    { "unknown_field", "%s is not known" },
    { "not_found", "%s was not found" },
    { "forbidden", "%s does not open this" },
    { "sign_in", "%s is missing or not valid" },
    { "coordinate_range", "%s is not a position in range" },
    { "no_html", "%s holds markup" },
    { "bad_form", "the form could not be read" },
    { "not_a_form", "the body is not a form" },
    { "bad_parameter", "a field of the form is not valid UTF-8" },
    { "client_id_reused", "this key was used for another posting" },
    { "wrong_state", "%s is not open to this now" },
    { "outside_community", "%s lies outside of the community" },
    { "not_a_picture", "%s is not a picture" },
    { "picture_broken", "%s is a damaged picture" },
    { "picture_too_large", "%s is too large a picture" },
    { "rate_limited", "too many requests, try again later" },
    { "busy", "the server is busy, try again later" },
};

static int status_for(const Fail *f)
{
    switch (f->err) {
    case ERR_SIGN_IN:
    case ERR_FORBIDDEN: return 403;
    case ERR_NOT_FOUND: return 404;
    case ERR_TOO_MANY:
    case ERR_BUSY:
    case ERR_FULL:
    case ERR_INTERNAL: return problem_status(f);
    default: return 400;
    }
}

static Str description(Arena *a, const Fail *f)
{
    const char *code = f->code != NULL ? f->code : "invalid", *text = NULL;
    const char *field = f->field[0] != 0 ? f->field : f->err == ERR_FORBIDDEN || f->err == ERR_SIGN_IN ? "api_key"
                                                                                                      : "resource";
    for (int i = 0; i < COUNT(sayings); i++)
        if (strcmp(code, sayings[i].code) == 0) text = sayings[i].text;
    if (f->err == ERR_INTERNAL || f->err == ERR_FULL) return S("the server could not do it");
    Buf b = buf_new(a, 128);
    const char *hole = text != NULL ? strstr(text, "%s") : NULL;
    if (hole != NULL) {
        buf_add(&b, (Str){ text, (size_t)(hole - text) });
        buf_c(&b, field);
        buf_c(&b, hole + 2);
    } else {
        buf_c(&b, text != NULL ? text : code);
        if (text == NULL && f->field[0] != 0) buf_fmt(&b, ": %s", f->field);
    }
    if (f->limit != 0) buf_fmt(&b, " (%lld)", (long long)f->limit);
    return buf_str(&b);
}

void open311_refuse(HttpRequest *rq, Arena *a, const Fail *f, HttpReply *r)
{
    Out o;
    Format format = format_of(rq->path);
    r->status = status_for(f);
    for (int i = 0; i < r->n_headers; i++) /* a key is asked for in the form, not in a header */
        if (strcmp(r->headers[i].name, "WWW-Authenticate") == 0) r->headers[i--] = r->headers[--r->n_headers];
    out_begin(&o, a, format);
    out_list(&o, "errors");
    out_item(&o, "error");
    out_int(&o, "code", r->status);
    out_text(&o, "description", description(a, f));
    out_item_end(&o);
    out_list_end(&o);
    r->type = ask_type(format);
    r->body = out_end(&o);
}
