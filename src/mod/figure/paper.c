/* The monthly report on paper and as a sheet: the scorecard, how each figure is counted, weeks and categories. */
#include "mod/figure/figure.h"

#include "core/paper/book.h"
#include "core/paper/paper.h"
#include "core/setting.h"

typedef struct Report {
    FigureAsk ask;
    Month month;
    Scorecard card;
    const char *language;
    json_t *document;
} Report;

static Str word(const Report *r, const char *key)
{
    return world_word(r->ask.world, r->language, "figure", key);
}

static Str word_of(const Report *r, const char *group, const char *name)
{
    return word(r, arena_fmt(r->ask.arena, "%s.%s", group, name).p);
}

static void put_word(const Report *r, json_t *to, const char *name, const char *key)
{
    json_put_text(to, name, word(r, key));
}

static void add_text(json_t *list, Str text)
{
    json_array_append_new(list, json_stringn(text.p, text.n));
}

static void add_number(const Report *r, json_t *list, int64_t n)
{
    add_text(list, arena_fmt(r->ask.arena, "%lld", (long long)n));
}

/* ---- the table ---- */

static Str share(const Report *r, int figure)
{
    int of = figures[figure].of != NULL ? figure_index(str_c(figures[figure].of)) : -1;
    if (of < 0 || r->card.n[of] == 0) return S("–");
    return arena_fmt(r->ask.arena, "%lld%%", (long long)((r->card.n[figure] * 200 / r->card.n[of] + 1) / 2));
}

static void put_rows(Report *r)
{
    static const char *const head[] = { "paper.figure", "paper.n", "paper.share", "paper.before", "paper.last_year" };
    json_t *names = json_new_array(r->ask.arena), *rows = json_new_array(r->ask.arena);
    for (int i = 0; i < COUNT(head); i++)
        add_text(names, word(r, head[i]));
    for (int i = 0; i < FIGURES_N; i++) {
        json_t *row = json_new_object(r->ask.arena), *cells = json_new_array(r->ask.arena);
        add_text(cells, word_of(r, "query", figures[i].name));
        add_number(r, cells, r->card.n[i]);
        add_text(cells, share(r, i));
        add_number(r, cells, r->card.before[i]);
        add_number(r, cells, r->card.last_year[i]);
        json_put(row, "cells", cells);
        json_put_text(row, "note", word_of(r, "how", figures[i].name));
        json_array_append(rows, row);
    }
    json_put(r->document, "head", names);
    json_put(r->document, "rows", rows);
}

/* ---- charts: raised and closed ---- */

static json_t *chart_new(const Report *r, const char *title)
{
    json_t *chart = json_new_object(r->ask.arena);
    put_word(r, chart, "title", title);
    put_word(r, chart, "first", "query.raised");
    put_word(r, chart, "second", "query.closed");
    return chart;
}

static json_t *bar_new(const Report *r, Str label, int64_t raised, int64_t closed)
{
    json_t *bar = json_new_object(r->ask.arena);
    json_put_text(bar, "label", label);
    json_put_int(bar, "first", raised);
    json_put_int(bar, "second", closed);
    return bar;
}

/* Weeks begin on Monday; the first and the last one end with the month. */
static Fail put_weeks(Report *r, json_t *charts)
{
    json_t *chart = chart_new(r, "paper.weeks"), *bars = json_new_array(r->ask.arena);
    int zone = r->month.zone_minutes, raised = figure_index(S("raised")), closed = figure_index(S("closed"));
    Fail f = FAIL_NONE;
    for (int64_t from = r->month.from; from < r->month.until && f.err == OK;) {
        int64_t until = from + (8 - time_civil(from, zone).weekday) * DAY_MS, n = 0, m = 0;
        if (until > r->month.until) until = r->month.until;
        Civil first = time_civil(from, zone), last = time_civil(until - 1, zone);
        f = figure_count(&r->ask, raised, from, until, &n);
        if (f.err == OK) f = figure_count(&r->ask, closed, from, until, &m);
        json_array_append(
            bars,
            bar_new(r, arena_fmt(r->ask.arena, "%02d-%02d – %02d-%02d", first.month, first.day, last.month, last.day),
                    n, m));
        from = until;
    }
    json_put(chart, "bars", bars);
    json_array_append(charts, chart);
    return f;
}

static int64_t n_of(const json_t *rows, Str category)
{
    for (size_t i = 0; i < json_array_size(rows); i++)
        if (str_eq(json_text(json_array_get(rows, i), "category"), category))
            return json_int(json_array_get(rows, i), "n");
    return 0;
}

static Stmt category_names = { "s", "ss",
                               "SELECT code, name FROM category WHERE community = $1 ORDER BY position, code" };
Stmt *const figure_paper_statements[] = { &category_names, NULL };

static Fail put_categories(Report *r, json_t *charts)
{
    json_t *chart = chart_new(r, "paper.categories"), *bars = json_new_array(r->ask.arena), *raised = NULL,
           *closed = NULL;
    Fail f = figure_categories(&r->ask, figure_index(S("raised")), r->month.from, r->month.until, &raised);
    if (f.err == OK) f = figure_categories(&r->ask, figure_index(S("closed")), r->month.from, r->month.until, &closed);
    DbRows *names =
        f.err == OK ? db_run(r->ask.db, r->ask.arena, &category_names, ARGS(TXT(r->ask.community)), &f) : NULL;
    for (int i = 0; f.err == OK && i < names->rows; i++) {
        Str code = db_text(names, i, 0);
        int64_t n = n_of(raised, code), m = n_of(closed, code);
        if (n == 0 && m == 0) continue;
        const json_t *name = json_read(r->ask.arena, db_text(names, i, 1), &f);
        Str label = json_text(name, r->language);
        json_array_append(bars, bar_new(r, label.n > 0 ? label : code, n, m));
    }
    json_put(chart, "bars", bars);
    json_array_append(charts, chart);
    return f;
}

/* ---- the document ---- */

static Fail put_lines(Report *r)
{
    Arena *a = r->ask.arena;
    Fail f = FAIL_NONE;
    const json_t *names = setting_value(r->ask.db, a, r->ask.community, "name", &f);
    if (f.err != OK) return f;
    Civil now = time_civil(r->ask.now, r->month.zone_minutes);
    json_t *lines = json_new_array(a);
    Str name = json_text(names, r->language), place = r->ask.place.n > 0 ? r->ask.place : r->ask.community;
    if (name.n == 0) name = json_text(names, "zh");
    add_text(lines, arena_fmt(a, "%.*s: %.*s", STR_ARG(word(r, "paper.month")), STR_ARG(month_text(a, r->month))));
    add_text(lines, arena_fmt(a, "%.*s: %.*s %.*s", STR_ARG(word(r, "paper.place")), STR_ARG(name), STR_ARG(place)));
    add_text(lines, arena_fmt(a, "%.*s: %04d-%02d-%02d %02d:%02d", STR_ARG(word(r, "paper.made")), now.year, now.month,
                              now.day, now.hour, now.minute));
    json_put(r->document, "lines", lines);
    json_put_int(r->document, "made_at", r->ask.now);
    json_put_text(r->document, "language", str_c(r->language));
    put_word(r, r->document, "title", "paper.title");
    put_word(r, r->document, "foot", "paper.foot");
    put_word(r, r->document, "page", "paper.page");
    put_word(r, r->document, "none", "paper.none");
    put_word(r, r->document, "note", "paper.how");
    return FAIL_NONE;
}

Fail figure_document(const FigureAsk *k, Month month, const char *language, json_t **document)
{
    Report r = { .ask = *k, .month = month, .language = language, .document = json_new_object(k->arena) };
    json_t *charts = json_new_array(k->arena);
    Fail f = scorecard_make(k, month, &r.card);
    if (f.err == OK) f = put_lines(&r);
    if (f.err == OK) put_rows(&r);
    if (f.err == OK) f = put_weeks(&r, charts);
    if (f.err == OK) f = put_categories(&r, charts);
    json_put(r.document, "charts", charts);
    *document = r.document;
    return f;
}

static Fail document_of(CallCtx *c, json_t **document)
{
    FigureAsk k;
    Month month;
    const char *language = "zh";
    Fail f = figure_ask_of(c, &k, &month);
    if (f.err == OK) f = call_language(c, &language);
    return f.err == OK ? figure_document(&k, month, language, document) : f;
}

Fail figure_run_pdf(CallCtx *c)
{
    json_t *document = NULL;
    Str pdf;
    Fail f = document_of(c, &document);
    if (f.err == OK) f = paper_make(c->arena, NULL, document, &pdf);
    if (f.err != OK) return f;
    c->reply.type = "application/pdf";
    c->reply.body = pdf;
    return f;
}

Fail figure_run_xlsx(CallCtx *c)
{
    json_t *document = NULL;
    Fail f = document_of(c, &document);
    if (f.err != OK) return f;
    c->reply.type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    c->reply.body = book_make(c->arena, document);
    return f;
}
