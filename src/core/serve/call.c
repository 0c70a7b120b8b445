#include "core/serve/call.h"

#include "core/access/session.h"
#include "core/serve/serve_inside.h"

Str call_arg(const CallCtx *c, int i)
{
    assert(i >= 0 && i < PATH_ARGS_MAX);
    return c->args[i];
}

void call_json(CallCtx *c, Str json)
{
    c->reply.type = "application/json";
    c->reply.body = json;
}

bool call_param(const CallCtx *c, const char *name, Str *value)
{
    return c->http != NULL && http_param(c->http, name, value);
}

Fail call_value(const CallCtx *c, const Field *f, DbVal *value)
{
    Str text = S("");
    *value = TXT(S(""));
    if (!call_param(c, f->name, &text) || text.n == 0)
        return f->required ? fail_field(ERR_INVALID, "required", f->name, 0) : FAIL_NONE;
    return param_validate(c->arena, f, text, value);
}

static bool host_is_plain(Str host)
{
    for (size_t i = 0; i < host.n; i++) {
        char c = host.p[i];
        bool ok = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
                  c == ':' || c == '[' || c == ']';
        if (!ok) return false;
    }
    return host.n > 0 && host.n <= 255;
}

/* Where the QR leads: what the operator said, else where this request came to. */
Str call_base_url(const CallCtx *c)
{
    const char *known = c->sessions != NULL ? sessions_public_url(c->sessions) : NULL;
    if (known != NULL) return str_c(known);
    Str host = c->http != NULL ? http_header(c->http, "Host") : S("");
    if (!host_is_plain(host)) return S("");
    bool here = str_starts(host, S("localhost")) || str_starts(host, S("127."));
    return arena_fmt(c->arena, "%s://%.*s", here ? "http" : "https", STR_ARG(host));
}

Fail call_rate(const CallCtx *c, Str who, const char *bucket, int limit, int64_t period_ms)
{
    int retry_s = 0;
    if (c->server == NULL || rate_take(c->server->rate, who, bucket, limit, period_ms, c->now, &retry_s))
        return FAIL_NONE;
    metric_add(&c->server->metrics.rate_limited, 1);
    Fail f = fail(ERR_TOO_MANY, "rate_limited");
    f.retry_s = retry_s;
    return f;
}

bool call_community_known(const CallCtx *c, Str code)
{
    return c->server != NULL && community_code_valid(code) && communities_has(c->server->communities, code);
}

Fail call_view(CallCtx *c, const Module *m, const char *query, Str matter, json_t **view)
{
    const Query *q = m->queries;
    Str json = S("");
    while (q->name != NULL && strcmp(q->name, query) != 0)
        q++;
    assert(q->name != NULL && q->view);
    Reading r = { .arena = c->arena, .world = c->world, .db = c->db, .seals = c->seals, .keys = c->keys, .module = m,
                  .query = q, .actor = c->actor, .community = c->community, .n_args = 1, .now = c->now };
    r.args[0] = matter;
    Fail f = view_answer(&r, &json);
    if (f.err == OK) f = glances_note(c->glances, &r, NULL);
    if (f.err == OK) *view = json_read(c->arena, json, &f);
    return f;
}
