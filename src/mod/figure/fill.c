/* An inspector's blank: {{closed}} in a cell becomes the month's number. The mapping is in the file, written once. */
#include "mod/figure/figure.h"

#include "core/sheet/blank.h"

/* "closed", "closed.before", "closed.year", each also with "@540102001001-03" and then "#light"; "month". */
static Fail value_of(const FigureAsk *k, Month month, Str name, Str *value)
{
    FigureAsk ask = *k;
    Str rest = name, place, which, category = S("");
    Fail unknown = fail_field(ERR_INVALID, "not_one_of", arena_c(k->arena, name), 0);
    if (str_is(name, "month")) {
        *value = month_text(k->arena, month);
        return FAIL_NONE;
    }
    Str head = str_cut(&rest, '#');
    category = rest;
    rest = head;
    head = str_cut(&rest, '@');
    place = rest;
    rest = head;
    int figure = figure_index(str_cut(&rest, '.'));
    which = rest;
    if (figure < 0 || (which.n > 0 && !str_is(which, "before") && !str_is(which, "year"))) return unknown;
    if (place.n > 0) ask.place = place;
    if (category.n > 0) ask.category = category;
    Month m = month_shift(month, str_is(which, "before") ? -1 : str_is(which, "year") ? -12 : 0);
    int64_t n = 0;
    Fail f = figure_count(&ask, figure, m.from, m.until, &n);
    *value = arena_fmt(k->arena, "%lld", (long long)n);
    return f;
}

Fail figure_values(const FigureAsk *k, Month month, Str names, Str *values)
{
    Buf b = buf_new(k->arena, 1024);
    Fail f = FAIL_NONE;
    while (names.n > 0 && f.err == OK) {
        Str name = str_cut(&names, '\n'), value;
        if (name.n == 0) continue;
        f = value_of(k, month, name, &value);
        if (f.err == OK) buf_fmt(&b, "%.*s\t%.*s\n", STR_ARG(name), STR_ARG(value));
    }
    *values = buf_str(&b);
    return f;
}

static Fail refusal(SheetStatus s)
{
    Err err = s == SHEET_SANDBOX ? ERR_INTERNAL : s == SHEET_NO_CHILD ? ERR_BUSY : ERR_INVALID;
    return fail_field(err, sheet_status_code(s), "", s == SHEET_TOO_LARGE ? BLANK_BYTES_MAX : 0);
}

Fail figure_run_fill(CallCtx *c)
{
    FigureAsk k;
    Month month;
    Str names, values, filled;
    Fail f = figure_ask_of(c, &k, &month);
    if (f.err != OK) return f;
    SheetStatus s = blank_run(c->arena, NULL, c->body, S(""), &names);
    if (s != SHEET_OK) return refusal(s);
    if (names.n == 0) return fail(ERR_INVALID, "nothing_to_fill");
    f = figure_values(&k, month, names, &values);
    if (f.err != OK) return f;
    s = blank_run(c->arena, NULL, c->body, values, &filled);
    if (s != SHEET_OK) return refusal(s);
    c->reply.type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    c->reply.body = filled;
    return FAIL_NONE;
}
