/* Months in a row, each figure by itself: what a grid, a unit or a street is set beside is its own past. */
#include "mod/figure/figure.h"

static int month_of_day(const Series *s, int64_t day)
{
    int64_t at = day * DAY_MS - s->month[0].zone_minutes * MINUTE_MS;
    for (int i = s->months - 1; i >= 0; i--)
        if (at >= s->month[i].from) return i;
    return 0;
}

static Fail add_figures(const FigureAsk *k, Series *s)
{
    Fail f = FAIL_NONE;
    for (int i = 0; i < FIGURES_N && f.err == OK; i++) {
        json_t *rows = NULL;
        f = figure_days(k, i, s->month[0], s->month[s->months - 1], &rows);
        for (size_t d = 0; f.err == OK && d < json_array_size(rows); d++) {
            const json_t *row = json_array_get(rows, d);
            s->n[i][month_of_day(s, json_int(row, "day"))] += json_int(row, "n");
        }
    }
    return f;
}

/* One query per community and figure: there is no snapshot across communities, and none is claimed. */
static Fail add_street(const FigureAsk *k, Series *s)
{
    Fail f = FAIL_NONE;
    DbRows *all = db_run(k->db, k->arena, &communities_all, NULL, &f);
    FigureAsk one = *k;
    one.place = S("");
    for (int i = 0; f.err == OK && i < all->rows; i++) {
        one.community = db_text(all, i, 0);
        bool in = place_within(one.community, k->place) && figure_may_see(k->actor, one.community, k->now);
        if (in) f = add_figures(&one, s);
    }
    return f;
}

Fail series_make(const FigureAsk *k, Month last, int months, Series *s)
{
    *s = (Series){ .months = months };
    for (int i = 0; i < months; i++)
        s->month[i] = month_shift(last, i + 1 - months);
    bool street = k->place.n > 0 && k->place.n < k->community.n;
    return street ? add_street(k, s) : add_figures(k, s);
}

static json_t *series_json(Arena *a, const Series *s)
{
    json_t *answer = json_new_object(a), *months = json_new_array(a), *list = json_new_array(a);
    for (int i = 0; i < s->months; i++)
        json_array_append_new(months, json_string(month_text(a, s->month[i]).p));
    json_put(answer, "months", months);
    for (int i = 0; i < FIGURES_N; i++) {
        json_t *row = json_new_object(a), *n = json_new_array(a);
        json_put_text(row, "name", str_c(figures[i].name));
        if (figures[i].of != NULL) json_put_text(row, "of", str_c(figures[i].of));
        for (int m = 0; m < s->months; m++)
            json_array_append_new(n, json_integer(s->n[i][m]));
        json_put(row, "n", n);
        json_array_append(list, row);
    }
    json_put(answer, "figures", list);
    return answer;
}

Fail figure_run_series(CallCtx *c)
{
    static const Field months = { .name = "months", .type = F_INT, .min = 2, .max = SERIES_MONTHS_MAX };
    FigureAsk k;
    Month last;
    DbVal n = NUM(13);
    Str text;
    Fail f = figure_ask_of(c, &k, &last);
    if (f.err == OK && call_param(c, "months", &text) && text.n > 0) f = param_validate(c->arena, &months, text, &n);
    if (f.err != OK) return f;
    Series *s = arena_new_of(c->arena, Series);
    f = series_make(&k, last, (int)n.i, s);
    if (f.err != OK) return f;
    json_t *answer = series_json(c->arena, s);
    json_put_text(answer, "place", k.place.n > 0 ? k.place : c->community);
    call_json(c, json_print(c->arena, answer));
    return f;
}
