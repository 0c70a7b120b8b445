/* What a query row's columns and order text mean; read once at start. */
#include "core/internal.h"

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

bool query_order(const Query *q, const Column *columns, int n_columns, QueryOrder *out)
{
    Str text = str_c(q->order);
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
