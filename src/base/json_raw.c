#include "base/json_raw.h"

#include <stdlib.h>

static void move(Str *s, size_t n)
{
    if (n > s->n) n = s->n;
    s->p += n;
    s->n -= n;
}

/* Bytes of the string at s, with its quotes; s.n if it does not end. */
static size_t string_bytes(Str s)
{
    for (size_t i = 1; i < s.n;) {
        const char *quote = memchr(s.p + i, '"', s.n - i);
        if (quote == NULL) return s.n;
        size_t end = (size_t)(quote - s.p), slashes = 0;
        while (s.p[end - 1 - slashes] == '\\')
            slashes++;
        if (slashes % 2 == 0) return end + 1;
        i = end + 1;
    }
    return s.n;
}

static size_t value_bytes(Str s)
{
    if (raw_is(s, '"')) return string_bytes(s);
    int depth = 0;
    for (size_t i = 0; i < s.n; i++) {
        switch (s.p[i]) {
        case '"': i += string_bytes((Str){ s.p + i, s.n - i }) - 1; break;
        case '{':
        case '[': depth++; break;
        case '}':
        case ']':
            if (--depth <= 0) return depth < 0 ? i : i + 1;
            break;
        case ',':
            if (depth == 0) return i;
            break;
        default: break;
        }
    }
    return s.n;
}

Str raw_inside(Str value)
{
    if (value.n < 2 || (value.p[0] != '{' && value.p[0] != '[')) return S("");
    return (Str){ value.p + 1, value.n - 2 };
}

bool raw_item(Str *inside, Str *value)
{
    if (inside->n == 0) return false;
    *value = (Str){ inside->p, value_bytes(*inside) };
    move(inside, value->n + 1);
    return true;
}

bool raw_member(Str *inside, Str *key, Str *value)
{
    if (!raw_is(*inside, '"')) return false;
    size_t n = string_bytes(*inside);
    if (n < 2 || n + 1 >= inside->n) return false;
    *key = (Str){ inside->p + 1, n - 2 };
    move(inside, n + 1);
    return raw_item(inside, value);
}

Str raw_get(Str object, const char *key)
{
    Str inside = raw_inside(object), name, value;
    if (!raw_is(object, '{')) return S("");
    while (raw_member(&inside, &name, &value))
        if (str_is(name, key)) return value;
    return S("");
}

static int32_t hex4(Str s)
{
    int32_t c = 0;
    for (size_t i = 0; i < 4; i++) {
        char d = i < s.n ? s.p[i] : '0';
        c = c * 16 + (d >= 'a' ? d - 'a' + 10 : d >= 'A' ? d - 'A' + 10 : d - '0');
    }
    return c & 0xFFFF;
}

/* The writer escapes quotes, backslashes, control characters and two line ends; all lie below U+10000, none is half
 * of a pair. */
static void put_escape(Buf *out, Str *s)
{
    static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
    char c = s->n > 1 ? s->p[1] : '\\';
    const char *known = strchr(from, c);
    if (c == 'u') {
        int32_t point = hex4((Str){ s->p + 2, s->n - 2 });
        utf8_put(out, point >= 0xD800 && point < 0xE000 ? 0xFFFD : point);
        move(s, 6);
        return;
    }
    buf_char(out, known != NULL && c != '\0' ? to[known - from] : c);
    move(s, 2);
}

Str raw_text(Arena *a, Str value)
{
    if (!raw_is(value, '"') || value.n < 2) return S("");
    Str s = { value.p + 1, value.n - 2 };
    if (memchr(s.p, '\\', s.n) == NULL) return s;
    Buf out = buf_new(a, s.n + 1);
    while (s.n > 0) {
        const char *slash = memchr(s.p, '\\', s.n);
        size_t plain = slash != NULL ? (size_t)(slash - s.p) : s.n;
        buf_add(&out, (Str){ s.p, plain });
        move(&s, plain);
        if (s.n > 0) put_escape(&out, &s);
    }
    return buf_str(&out);
}

/* ---- values ---- */

static json_t *scalar_of(Str v)
{
    int64_t n;
    if (str_is(v, "true")) return json_true();
    if (str_is(v, "false")) return json_false();
    if (str_is(v, "null")) return json_null();
    if (str_to_i64(v, &n)) return json_integer(n);
    char number[40], *end;
    if (v.n == 0 || v.n >= sizeof number) return NULL;
    memcpy(number, v.p, v.n);
    number[v.n] = '\0';
    double real = strtod(number, &end);
    return *end == '\0' ? json_real(real) : NULL;
}

static json_t *value_of(Arena *a, Str v, int depth)
{
    if (raw_is(v, '"')) {
        Str text = raw_text(a, v);
        return v.n >= 2 && v.p[v.n - 1] == '"' ? json_stringn_nocheck(text.n > 0 ? text.p : "", text.n) : NULL;
    }
    bool object = raw_is(v, '{');
    if (!object && !raw_is(v, '[')) return scalar_of(v);
    if (depth == JSON_DEPTH_MAX || v.n < 2 || v.p[v.n - 1] != (object ? '}' : ']')) return NULL;
    json_t *all = object ? json_object() : json_array();
    Str inside = raw_inside(v), key, one;
    int status = 0;
    while (status == 0 && inside.n > 0) {
        bool more = object ? raw_member(&inside, &key, &one) : raw_item(&inside, &one);
        json_t *made = more ? value_of(a, one, depth + 1) : NULL;
        status = made == NULL ? -1 : 0;
        if (made != NULL && object) {
            Str name = raw_text(a, (Str){ key.p - 1, key.n + 2 });
            status = json_object_setn_new_nocheck(all, name.p, name.n, made);
        }
        if (made != NULL && !object) status = json_array_append_new(all, made);
    }
    if (status == 0) return all;
    json_decref(all);
    return NULL;
}

json_t *raw_value(Arena *a, Str v)
{
    json_ready();
    json_t *made = value_of(a, v, 0);
    return made != NULL ? json_keep(a, made) : NULL;
}
