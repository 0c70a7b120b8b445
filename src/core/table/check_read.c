/* The table check, reading: queries that forget no scope and whose columns can be told, calls, and routes. */
#include "core/table/check.h"

enum { ROWS_PER_SEGMENT_MAX = 128 }; /* as the route index has room for */

/* ---- queries ---- */

static bool has(const char *sql, const char *what)
{
    return strstr(sql, what) != NULL;
}

/* The one place where a list is kept to what its reader may see: a row cannot leave it out. */
static void check_scope(const Check *c, const Query *q)
{
    bool scoped = q->scope == SCOPE_PLACE || q->scope == SCOPE_MINE;
    if (!has(q->sql, "community = $1")) check_fault(c, "SQL is not bound to the community", q->name);
    if (scoped && !has(q->sql, "{scope}")) check_fault(c, "SQL without its scope", q->name);
    if (!scoped && has(q->sql, "{scope}")) check_fault(c, "SQL has a scope and the row has none", q->name);
    if (q->scope == SCOPE_SELF && !has(q->sql, "{self}")) check_fault(c, "SQL without its scope", q->name);
    if (q->scope == SCOPE_PLACE && q->may == 0) check_fault(c, "scope by place without a role", q->name);
    if (q->scope == SCOPE_MINE && q->who == 0) check_fault(c, "scope by relation without a relation", q->name);
}

static void check_columns(const Check *c, const Query *q)
{
    Column columns[COLUMNS_MAX];
    QueryOrder order;
    int n = query_columns(q, columns);
    bool says_whose = false;
    if (n <= 0) {
        check_fault(c, "columns cannot be read", q->name);
        return;
    }
    for (int i = 0; i < n; i++) {
        check_word(c, word_of(c->world, c->module, WORD_COLUMN, columns[i].name));
        says_whose |= strcmp(columns[i].name, "person") == 0 || strcmp(columns[i].name, "id") == 0;
        for (int k = 0; k < i; k++)
            if (strcmp(columns[i].name, columns[k].name) == 0)
                check_fault(c, "two columns of one name", columns[i].name);
    }
    if (q->logged && !says_whose) check_fault(c, "logged query does not say whose data it opens", q->name);
    if (q->found != NULL && (!c->module->numbered || !query_order(q->found, columns, n, &order) || order.n != 1))
        check_fault(c, "order of hits that is not the number", q->name);
    if (!query_order(q->order, columns, n, &order))
        check_fault(c, "order is not by its columns, all one way", q->name);
}

/* What a query string can hold. */
static bool is_param(FieldType t)
{
    switch (t) {
    case F_TEXT:
    case F_INT:
    case F_BOOL:
    case F_ENUM:
    case F_ID:
    case F_PERSON:
    case F_PLACE:
    case F_TIME:
    case F_DATE:
    case F_DEGREES: return true;
    default: return false;
    }
}

static void check_filters(const Check *c, const Query *q)
{
    int n = 0;
    for (const Filter *f = q->filters; f != NULL && f->param.name != NULL; f++, n++) {
        const char *name = f->param.name;
        bool matches = f->sql != NULL && strcmp(f->sql, "{match}") == 0;
        check_field(c, &f->param, WORD_FIELD);
        if (!is_param(f->param.type)) check_fault(c, "filter that no query string can hold", name);
        bool says = f->sql != NULL && (has(f->sql, "$") || has(f->sql, "{else}") || f->sql[0] == 0);
        if (!matches && !says) check_fault(c, "filter without its value", name);
        if (says && f->sql[0] == 0 && !f->param.required) check_fault(c, "filter missing from its query", name);
        if (matches != f->param.search) check_fault(c, "filter that searches must match, and no other", name);
        if (strcmp(name, "limit") == 0 || strcmp(name, "after") == 0)
            check_fault(c, "filter with a reserved name", name);
        for (const Filter *g = q->filters; g < f; g++)
            if (strcmp(g->param.name, name) == 0) check_fault(c, "two filters of one name", name);
    }
    if (n > QUERY_FILTERS_MAX) check_fault(c, "too many filters", q->name);
}

void check_query(const Check *c, const Query *q)
{
    check_word(c, arena_fmt(c->world->arena, "%s.query.%s", c->module->name, q->name));
    if (q->route == NULL || strncmp(q->route, "GET /", 5) != 0) check_fault(c, "query's route must be a GET", q->name);
    if (q->may == 0 && q->who == 0) check_fault(c, "query that nobody may ask", q->name);
    if (q->view) {
        if (c->module->states == NULL) check_fault(c, "view of a kind without states", q->name);
        return;
    }
    if (q->sql == NULL || q->columns == NULL) {
        check_fault(c, "query without SQL and columns", q->name);
        return;
    }
    check_scope(c, q);
    check_columns(c, q);
    check_filters(c, q);
}

/* ---- calls ---- */

void check_call(const Check *c, const Call *call)
{
    if (call->route == NULL || call->may == 0) check_fault(c, "call that nobody may make", call->name);
    if (call->run == NULL) check_fault(c, "call that does nothing", call->name);
    if (call->raw && call->fields != NULL) check_fault(c, "call with fields and a raw body", call->name);
    if (call->strong && (call->may & ANYONE)) check_fault(c, "second factor asked of anyone", call->name);
    check_fields(c, call->fields, true);
}

/* ---- routes ---- */

static bool is_hole(Str segment)
{
    return segment.n > 2 && segment.p[0] == '{' && segment.p[segment.n - 1] == '}';
}

/* Same segments, holes where holes are. *renamed: a hole has another name. */
static bool same_shape(Str a, Str b, bool *renamed)
{
    *renamed = false;
    while (a.n > 0 && b.n > 0) {
        Str x = str_cut(&a, '/'), y = str_cut(&b, '/');
        if (is_hole(x) != is_hole(y) || (!is_hole(x) && !str_eq(x, y))) return false;
        *renamed |= is_hole(x) && !str_eq(x, y);
    }
    return a.n == 0 && b.n == 0;
}

static int count_holes(Str path)
{
    int n = 0;
    while (path.n > 0)
        n += is_hole(str_cut(&path, '/'));
    return n;
}

static Str first_segment(Str path)
{
    Str rest = path;
    str_cut(&rest, '/');
    return str_cut(&rest, '/');
}

static void route_fault(const Check *c, const Row *r, const char *what)
{
    buf_fmt(c->out, "%s: %s: %.*s\n", r->module->name, what, STR_ARG(r->path));
}

void check_routes(const Check *c)
{
    const World *w = c->world;
    for (int i = 0; i < w->n_rows; i++) {
        const Row *r = &w->rows[i];
        int beside = 1;
        if (r->path.n < 2 || r->path.p[0] != '/' || r->path.p[r->path.n - 1] == '/') route_fault(c, r, "bad route");
        if (count_holes(r->path) > PATH_ARGS_MAX) route_fault(c, r, "too many holes in a route");
        for (int k = 0; k < i; k++) {
            bool renamed;
            beside += str_eq(first_segment(w->rows[k].path), first_segment(r->path));
            if (!same_shape(w->rows[k].path, r->path, &renamed)) continue;
            if (w->rows[k].method == r->method) route_fault(c, r, "two rows on one route");
            if (renamed) route_fault(c, r, "two names for one hole");
        }
        if (beside == ROWS_PER_SEGMENT_MAX + 1) route_fault(c, r, "more rows under one segment than fit");
    }
}
