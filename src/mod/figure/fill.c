/* An inspector's blank: {{closed}} in a cell becomes the month's number. The mapping is in the file, written once. */
#include "mod/figure/figure.h"

#include "core/file.h"

/* "closed", "closed.before", "closed.year", each also with "@540102001001-03" and then "#light"; "month". */
typedef struct Wanted {
    int figure; /* -1: the month itself */
    Str which, place, category;
} Wanted;

static bool read_name(Str name, Wanted *w)
{
    *w = (Wanted){ .figure = -1 };
    if (str_is(name, "month")) return true;
    Str rest = name, head = str_cut(&rest, '#');
    w->category = rest;
    rest = head;
    head = str_cut(&rest, '@');
    w->place = rest;
    rest = head;
    w->figure = figure_index(str_cut(&rest, '.'));
    w->which = rest;
    return w->figure >= 0 && (rest.n == 0 || str_is(rest, "before") || str_is(rest, "year"));
}

bool figure_name_known(Str name)
{
    Wanted w;
    return read_name(name, &w);
}

static Fail value_of(const FigureAsk *k, Month month, Str name, Str *value)
{
    FigureAsk ask = *k;
    Wanted w;
    if (!read_name(name, &w)) return fail_field(ERR_INVALID, "not_one_of", arena_c(k->arena, name), 0);
    if (w.figure < 0) {
        *value = month_text(k->arena, month);
        return FAIL_NONE;
    }
    if (w.place.n > 0) ask.place = w.place;
    if (w.category.n > 0) ask.category = w.category;
    Month m = month_shift(month, str_is(w.which, "before") ? -1 : str_is(w.which, "year") ? -12 : 0);
    int64_t n = 0;
    Fail f = figure_count(&ask, w.figure, m.from, m.until, &n);
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

Fail figure_blank_refusal(SheetStatus s)
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
    if (s != SHEET_OK) return figure_blank_refusal(s);
    if (names.n == 0) return fail(ERR_INVALID, "nothing_to_fill");
    f = figure_values(&k, month, names, &values);
    if (f.err != OK) return f;
    s = blank_run(c->arena, NULL, c->body, values, &filled);
    if (s != SHEET_OK) return figure_blank_refusal(s);
    c->reply.type = FILE_XLSX;
    c->reply.body = filled;
    return FAIL_NONE;
}
