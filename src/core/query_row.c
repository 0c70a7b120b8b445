/* What a query row's columns and order text mean, read once at start; cursor and limit of a page. */
#include "core/internal.h"
#include "core/query.h"

#include <stdio.h>

int query_columns(const Query *q, Column *columns)
{
    Str text = str_c(q->columns);
    int n = 0;
    while (text.n > 0) {
        Str one = str_cut(&text, ' ');
        if (one.n == 0) continue;
        Str name = str_cut(&one, ':');
        if (n == COLUMNS_MAX || name.n == 0 || name.n >= sizeof columns[0].name || one.n != 1) return -1;
        if (strchr("slfbjxp", one.p[0]) == NULL) return -1;
        columns[n] = (Column){ .kind = one.p[0] };
        memcpy(columns[n].name, name.p, name.n);
        char *member = columns[n].member;
        columns[n].key =
            (Str){ member, (size_t)snprintf(member, sizeof columns[n].member, ",\"%.*s\":", STR_ARG(name)) };
        n++;
    }
    return n;
}

bool query_order(const char *order, const Column *columns, int n_columns, QueryOrder *out)
{
    Str text = str_c(order);
    *out = (QueryOrder){ 0 };
    while (text.n > 0) {
        Str part = str_trim(str_cut(&text, ','));
        Str name = str_cut(&part, ':'), bare = name;
        while (str_find(bare, S(".")) >= 0)
            str_cut(&bare, '.');
        int column = -1;
        for (int i = 0; i < n_columns; i++)
            if (str_is(bare, columns[i].name)) column = i;
        bool descending = str_ends(part, S("DESC"));
        if (column < 0 || out->n == ORDER_MAX || name.n >= sizeof out->name[0]) return false;
        if (out->n > 0 && descending != out->descending) return false;
        out->descending = descending;
        snprintf(out->name[out->n], sizeof out->name[0], "%.*s", STR_ARG(name));
        out->column[out->n++] = column;
    }
    return true;
}

/* ---- of what was asked for: the cursor, the limit ---- */

Str cursor_text(Arena *a, const QueryOrder *order, const DbRows *rows, int row)
{
    Buf b = buf_new(a, 64);
    Json j = json_to(&b);
    jw_open(&j, '[');
    for (int i = 0; i < order->n; i++) {
        const DbVal *v = &rows->vals[row * rows->cols + order->column[i]];
        if (v->type == 'l')
            jw_int(&j, v->i);
        else
            jw_text(&j, v->s);
    }
    jw_close(&j, ']');
    return base64url_of(a, buf_str(&b));
}

Fail cursor_read(Arena *a, const char *types, const QueryOrder *order, Str text, DbVal *cursor)
{
    Str bytes;
    Fail f = FAIL_NONE;
    Fail bad = fail_field(ERR_INVALID, "bad_format", "after", 0);
    json_t *list = text.n < 400 && base64url_to(a, text, &bytes) ? json_read(a, bytes, &f) : NULL;
    if (list == NULL || (int)json_array_size(list) != order->n) return bad;
    for (int i = 0; i < order->n; i++) {
        const json_t *v = json_array_get(list, (size_t)i);
        bool number = types[order->column[i]] == 'l';
        if (number ? !json_is_integer(v) : !json_is_string(v)) return bad;
        cursor[i] = number ? NUM(json_integer_value(v)) : TXT(((Str){ json_string_value(v), json_string_length(v) }));
    }
    return FAIL_NONE;
}

int query_limit_max(const Query *q)
{
    return q->limit_max > 0 ? q->limit_max : QUERY_LIMIT_MAX;
}

/* Unordered lists come whole: there is no cursor to go on with. */
int query_limit_default(const Query *q)
{
    int max = query_limit_max(q);
    return q->order == NULL || max < QUERY_LIMIT_DEFAULT ? max : QUERY_LIMIT_DEFAULT;
}

Fail query_limit(Reading *r, int *limit)
{
    Str text;
    int64_t max = query_limit_max(r->query), n = query_limit_default(r->query);
    if (r->param != NULL && r->param(r->self, "limit", &text) && (!str_to_i64(text, &n) || n < 1 || n > max))
        return fail_field(ERR_INVALID, "too_large", "limit", max);
    *limit = r->query->one ? 1 : (int)n;
    return FAIL_NONE;
}
