#include "core/serve/call.h"

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
