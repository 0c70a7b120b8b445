/* What a call answers, from its row's `answer` (core/action.h): a short text to a JSON Schema. */
#include "core/model/model.h"

typedef struct Shape { /* a text on its way */
    Spec *s;
    Str rest;
} Shape;

static char peek(const Shape *x)
{
    return x->rest.n > 0 ? x->rest.p[0] : 0;
}

static char take(Shape *x)
{
    char c = peek(x);
    if (x->rest.n > 0) x->rest = (Str){ x->rest.p + 1, x->rest.n - 1 };
    return c;
}

static bool name_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

static Str take_name(Shape *x)
{
    Str name = { x->rest.p, 0 };
    while (name_char(peek(x))) {
        take(x);
        name.n++;
    }
    return name;
}

static void put_object(Shape *x, char end);

static void put_kind(Shape *x, char kind)
{
    static const struct {
        char kind;
        const char *schema;
    } kinds[] = {
        { 's', "{\"type\":\"string\"}" },
        { 'l', "{\"type\":\"integer\"}" },
        { 't', "{\"type\":\"integer\",\"x-linli-type\":\"time\"}" },
        { 'b', "{\"type\":\"boolean\"}" },
        { 'f', "{\"type\":\"number\"}" },
        { 'j', "{}" },
        { 'o', "{\"type\":\"object\",\"additionalProperties\":true}" },
        { 'n', "{\"type\":[\"string\",\"null\"]}" },
    };
    for (int i = 0; i < COUNT(kinds); i++)
        if (kinds[i].kind == kind) {
            jw_raw(&x->s->j, str_c(kinds[i].schema));
            return;
        }
    assert(false && "a call's answer: no such kind");
}

static void put_list(Shape *x)
{
    Json *j = &x->s->j;
    jw_open(j, '{');
    jw_put_text(j, "type", S("array"));
    jw_key(j, "items");
    if (x->rest.n > 1 && x->rest.p[1] == ']') { /* of one kind: [s] */
        put_kind(x, take(x));
        take(x);
    } else {
        put_object(x, ']');
    }
    jw_close(j, '}');
}

static void put_value(Shape *x)
{
    char c = take(x);
    if (c == '{')
        put_object(x, '}');
    else if (c == '[')
        put_list(x);
    else
        put_kind(x, c == ':' ? take(x) : 0);
}

static void put_object(Shape *x, char end)
{
    Json *j = &x->s->j;
    Buf must = buf_new(x->s->arena, 128);
    bool more = false;
    jw_open(j, '{');
    jw_put_text(j, "type", S("object"));
    jw_key(j, "properties");
    jw_open(j, '{');
    while (peek(x) != end) {
        if (peek(x) == ' ') {
            take(x);
        } else if (peek(x) == '*') {
            take(x);
            more = true;
        } else {
            Str name = take_name(x);
            assert(name.n > 0);
            jw_key(j, arena_c(x->s->arena, name));
            put_value(x);
            if (peek(x) == '?')
                take(x);
            else
                buf_fmt(&must, "%s\"%.*s\"", must.n > 0 ? "," : "", STR_ARG(name));
        }
    }
    if (end != 0) take(x);
    jw_close(j, '}');
    jw_put_raw(j, "required", arena_fmt(x->s->arena, "[%.*s]", STR_ARG(buf_str(&must))));
    if (more) jw_put_bool(j, "additionalProperties", true);
    jw_close(j, '}');
}

void schema_of_answer(Spec *s, const char *answer)
{
    Shape x = { s, str_c(answer) };
    put_object(&x, 0);
    assert(x.rest.n == 0);
}
