#include "http/form.h"

#include "http/internal.h"

#include <strings.h>

enum { BOUNDARY_MAX = 70, PART_HEAD_MAX = 2048 };

static bool is_called(Str s, const char *name)
{
    size_t n = strlen(name);
    return s.n == n && strncasecmp(s.p, name, n) == 0;
}

/* ---- what both have in common ---- */

static Fail add_field(Form *form, Str name, Str value)
{
    if (name.n > FORM_NAME_MAX) return fail_field(ERR_INVALID, "too_long", "name", FORM_NAME_MAX);
    if (form->n_fields == FORM_FIELDS_MAX) return fail_field(ERR_INVALID, "too_many_parameters", "", FORM_FIELDS_MAX);
    form->fields[form->n_fields++] = (FormField){ name, value };
    if (value.n <= FORM_VALUE_MAX) return FAIL_NONE;
    char shown[FAIL_FIELD_MAX / 2] = "";
    for (size_t i = 0; i < name.n && i < sizeof shown - 1; i++)
        shown[i] = name.p[i] >= ' ' && name.p[i] < 127 ? name.p[i] : '?';
    return fail_field(ERR_INVALID, "too_long", shown, FORM_VALUE_MAX);
}

static Fail read_urlencoded(Arena *a, Str body, Form *form)
{
    Fail f = FAIL_NONE;
    while (body.n > 0 && f.err == OK) {
        Str value = str_cut(&body, '&'), name, raw;
        if (value.n == 0) continue;
        raw = str_cut(&value, '=');
        if (!head_decode(a, raw, true, true, &name) || !head_decode(a, value, true, true, &value))
            return fail(ERR_MALFORMED, "bad_parameter");
        f = add_field(form, name, value);
    }
    return f;
}

/* ---- headers' parameters: form-data; name="a"; filename="b" ---- */

/* Takes `; name=token` or `; name="quoted"` off; false at the end or where it is neither. */
static bool take_param(Arena *a, Str *rest, Str *name, Str *value)
{
    Str s = str_trim(*rest);
    if (s.n == 0 || s.p[0] != ';') return false;
    s = str_trim((Str){ s.p + 1, s.n - 1 });
    size_t i = 0;
    while (i < s.n && s.p[i] != '=' && s.p[i] != ';')
        i++;
    if (i == 0 || i == s.n || s.p[i] != '=') return false;
    *name = str_trim((Str){ s.p, i });
    s = (Str){ s.p + i + 1, s.n - i - 1 };
    Buf b = buf_new(a, 64);
    if (s.n > 0 && s.p[0] == '"') {
        for (i = 1; i < s.n && s.p[i] != '"'; i++) {
            if (s.p[i] == '\\' && i + 1 < s.n && (s.p[i + 1] == '"' || s.p[i + 1] == '\\')) i++;
            buf_char(&b, s.p[i]);
        }
        if (i == s.n) return false;
        i++;
    } else {
        for (i = 0; i < s.n && s.p[i] != ';'; i++)
            buf_char(&b, s.p[i]);
    }
    *value = str_trim(buf_str(&b));
    *rest = (Str){ s.p + i, s.n - i };
    return true;
}

static bool boundary_of(Arena *a, Str rest, Str *boundary)
{
    Str name, value;
    while (take_param(a, &rest, &name, &value))
        if (is_called(name, "boundary")) {
            *boundary = value;
            return value.n > 0 && value.n <= BOUNDARY_MAX;
        }
    return false;
}

/* ---- multipart ---- */

typedef struct Part {
    Str name, type, bytes;
    bool named, file;
} Part;

static bool clean(Str s)
{
    return utf8_valid(s) && (s.n == 0 || memchr(s.p, 0, s.n) == NULL);
}

static bool read_disposition(Arena *a, Str value, Part *p)
{
    Str rest = value, name, said;
    if (!is_called(str_trim(str_cut(&rest, ';')), "form-data")) return false;
    rest = (Str){ value.p + value.n - rest.n, rest.n };
    if (rest.n > 0) rest = (Str){ rest.p - 1, rest.n + 1 }; /* with its semicolon */
    while (take_param(a, &rest, &name, &said)) {
        if (is_called(name, "name")) p->name = said, p->named = true;
        if (is_called(name, "filename") || is_called(name, "filename*")) p->file = true;
    }
    return p->named && clean(p->name);
}

static bool read_part_head(Arena *a, Str head, Part *p)
{
    while (head.n > 0) {
        int64_t end = str_find(head, S("\r\n"));
        Str line = end >= 0 ? (Str){ head.p, (size_t)end } : head;
        head = end >= 0 ? (Str){ head.p + end + 2, head.n - (size_t)end - 2 } : S("");
        Str value = line, name = str_cut(&value, ':');
        if (value.n == 0) return false;
        if (is_called(name, "content-disposition") && !read_disposition(a, str_trim(value), p)) return false;
        if (is_called(name, "content-type")) p->type = str_trim(value);
    }
    return p->named && clean(p->type);
}

static Fail add_part(Form *form, const Part *p)
{
    if (!p->file && !clean(p->bytes)) return fail(ERR_MALFORMED, "bad_parameter");
    if (!p->file) return add_field(form, p->name, p->bytes);
    if (p->bytes.n == 0) return FAIL_NONE;
    if (form->n_files == FORM_FILES_MAX) return fail_field(ERR_INVALID, "too_many", "files", FORM_FILES_MAX);
    form->files[form->n_files++] = (FormFile){ p->name, p->type, p->bytes };
    return FAIL_NONE;
}

/* `rest` begins behind a delimiter: "\r\n" and a part, or "--" and the end. */
static Fail read_parts(Arena *a, Str rest, Str delimiter, Form *form)
{
    for (;;) {
        if (str_starts(rest, S("--"))) return FAIL_NONE;
        while (rest.n > 0 && (rest.p[0] == ' ' || rest.p[0] == '\t')) /* padding, RFC 2046 5.1.1 */
            rest = (Str){ rest.p + 1, rest.n - 1 };
        if (!str_starts(rest, S("\r\n"))) return fail(ERR_MALFORMED, "bad_form");
        rest = (Str){ rest.p + 2, rest.n - 2 };
        const char *end = memmem(rest.p, rest.n, delimiter.p, delimiter.n);
        if (end == NULL) return fail(ERR_MALFORMED, "bad_form");
        Str part = { rest.p, (size_t)(end - rest.p) };
        rest = (Str){ end + delimiter.n, rest.n - part.n - delimiter.n };
        const char *blank = memmem(part.p, part.n, "\r\n\r\n", 4);
        size_t head = blank != NULL ? (size_t)(blank - part.p) : 0;
        Part p = { 0 };
        if (blank == NULL || head > PART_HEAD_MAX || !read_part_head(a, (Str){ part.p, head }, &p))
            return fail(ERR_MALFORMED, "bad_form");
        p.bytes = (Str){ blank + 4, part.n - head - 4 };
        Fail f = add_part(form, &p);
        if (f.err != OK) return f;
    }
}

static Fail read_multipart(Arena *a, Str boundary, Str body, Form *form)
{
    Str delimiter = arena_fmt(a, "\r\n--%.*s", STR_ARG(boundary));
    Str first = { delimiter.p + 2, delimiter.n - 2 };
    if (str_starts(body, first))
        return read_parts(a, (Str){ body.p + first.n, body.n - first.n }, delimiter, form);
    const char *begin = body.n > 0 ? memmem(body.p, body.n, delimiter.p, delimiter.n) : NULL; /* a preamble */
    if (begin == NULL) return fail(ERR_MALFORMED, "bad_form");
    size_t before = (size_t)(begin - body.p) + delimiter.n;
    return read_parts(a, (Str){ body.p + before, body.n - before }, delimiter, form);
}

Fail form_read(Arena *a, Str content_type, Str body, Form *form)
{
    Str rest = content_type, type = str_trim(str_cut(&rest, ';')), boundary;
    *form = (Form){ .fields = arena_array(a, FormField, FORM_FIELDS_MAX),
                    .files = arena_array(a, FormFile, FORM_FILES_MAX) };
    if (is_called(type, "application/x-www-form-urlencoded") || (type.n == 0 && body.n == 0))
        return read_urlencoded(a, body, form);
    if (!is_called(type, "multipart/form-data")) return fail(ERR_MALFORMED, "not_a_form");
    if (rest.n > 0) rest = (Str){ rest.p - 1, rest.n + 1 };
    if (!boundary_of(a, rest, &boundary)) return fail(ERR_MALFORMED, "bad_form");
    return read_multipart(a, boundary, body, form);
}
