/* A month beside the month before it and the same month a year ago. Months are those of the community's own zone. */
#include "mod/figure/figure.h"

Fail month_read(Str text, int zone_minutes, Month *m)
{
    Fail bad = fail_field(ERR_INVALID, "bad_format", "month", 0);
    if (text.n != 7 || text.p[4] != '-') return bad;
    int64_t year, month;
    if (!str_to_i64((Str){ text.p, 4 }, &year) || !str_to_i64((Str){ text.p + 5, 2 }, &month)) return bad;
    if (year < 2000 || year > 2999 || month < 1 || month > 12) return bad;
    *m = month_shift((Month){ .year = (int)year, .month = (int)month, .zone_minutes = zone_minutes }, 0);
    return FAIL_NONE;
}

Month month_shift(Month m, int months)
{
    int n = m.year * 12 + m.month - 1 + months;
    Month to = { .year = n / 12, .month = n % 12 + 1, .zone_minutes = m.zone_minutes };
    int after = n + 1;
    to.from = time_from_civil((Civil){ .year = to.year, .month = to.month, .day = 1 }, m.zone_minutes);
    to.until = time_from_civil((Civil){ .year = after / 12, .month = after % 12 + 1, .day = 1 }, m.zone_minutes);
    return to;
}

Str month_text(Arena *a, Month m)
{
    return arena_fmt(a, "%04d-%02d", m.year, m.month);
}

/* ---- asking a query row ---- */

typedef struct Params {
    Str from, until, place, category, unit, zone;
} Params;

static bool param(void *self, const char *name, Str *value)
{
    const Params *p = self;
    *value = S("");
    if (strcmp(name, "from") == 0) *value = p->from;
    if (strcmp(name, "until") == 0) *value = p->until;
    if (strcmp(name, "place") == 0) *value = p->place;
    if (strcmp(name, "category") == 0) *value = p->category;
    if (strcmp(name, "unit") == 0) *value = p->unit;
    if (strcmp(name, "zone") == 0) *value = p->zone;
    return value->n > 0;
}

static Fail ask(const FigureAsk *k, const Query *q, int64_t from, int64_t until, Str zone, json_t **answer)
{
    extern const Module module_figure;
    Params p = { arena_fmt(k->arena, "%lld", (long long)from), arena_fmt(k->arena, "%lld", (long long)until), k->place,
                 k->category, k->unit, zone };
    Reading r = { .arena = k->arena, .world = k->world, .db = k->db, .seals = k->seals, .keys = k->keys,
                  .module = &module_figure, .query = q, .actor = k->actor, .community = k->community, .now = k->now,
                  .self = &p, .param = param };
    Str json;
    Fail f = query_answer(&r, &json);
    if (f.err == OK) *answer = json_read(k->arena, json, &f);
    return f;
}

Fail figure_count(const FigureAsk *k, int figure, int64_t from, int64_t until, int64_t *n)
{
    json_t *answer = NULL;
    Fail f = ask(k, figure_count_query(figure), from, until, S(""), &answer);
    *n = f.err == OK ? json_int(answer, "n") : 0;
    return f;
}

Fail figure_categories(const FigureAsk *k, int figure, int64_t from, int64_t until, json_t **rows)
{
    json_t *answer = NULL;
    Fail f = ask(k, figure_category_query(figure), from, until, S(""), &answer);
    *rows = f.err == OK ? json_object_get(answer, "rows") : NULL;
    return f;
}

Fail figure_days(const FigureAsk *k, int figure, Month first, Month last, json_t **rows)
{
    json_t *answer = NULL;
    Str zone = arena_fmt(k->arena, "%d", last.zone_minutes);
    Fail f = ask(k, figure_day_query(figure), first.from, last.until, zone, &answer);
    *rows = f.err == OK ? json_object_get(answer, "rows") : NULL;
    return f;
}

Fail scorecard_make(const FigureAsk *k, Month month, Scorecard *s)
{
    Month before = month_shift(month, -1), last_year = month_shift(month, -12);
    Fail f = FAIL_NONE;
    *s = (Scorecard){ .month = month };
    for (int i = 0; i < FIGURES_N && f.err == OK; i++) {
        f = figure_count(k, i, month.from, month.until, &s->n[i]);
        if (f.err == OK) f = figure_count(k, i, before.from, before.until, &s->before[i]);
        if (f.err == OK) f = figure_count(k, i, last_year.from, last_year.until, &s->last_year[i]);
    }
    return f;
}

/* ---- calls ---- */

static Fail read_place(CallCtx *c, FigureAsk *k)
{
    static const Field fields[] = {
        { .name = "place", .type = F_PLACE, .max = 24 },
        { .name = "category", .type = F_TEXT, .min = 2, .max = 20 },
        { .name = "unit", .type = F_ID },
    };
    Str *const to[] = { &k->place, &k->category, &k->unit };
    Fail f = FAIL_NONE;
    for (int i = 0; i < COUNT(fields) && f.err == OK; i++) {
        DbVal v;
        f = call_value(c, &fields[i], &v);
        if (f.err == OK) *to[i] = v.s;
    }
    return f;
}

Fail figure_ask_of(CallCtx *c, FigureAsk *k, Month *month)
{
    Fail f = FAIL_NONE;
    Str text;
    *k = (FigureAsk){ .arena = c->arena,
                      .world = c->world,
                      .db = c->db,
                      .seals = c->seals,
                      .keys = c->keys,
                      .actor = c->actor,
                      .community = c->community,
                      .place = S(""),
                      .category = S(""),
                      .unit = S(""),
                      .now = c->now };
    const Calendar *calendar = calendar_load(c->db, c->arena, c->community, &f);
    if (f.err == OK) f = read_place(c, k);
    if (f.err != OK) return f;
    if (call_param(c, "month", &text) && text.n > 0) return month_read(text, calendar->zone_minutes, month);
    Civil today = time_civil(c->now, calendar->zone_minutes);
    *month =
        month_shift((Month){ .year = today.year, .month = today.month, .zone_minutes = calendar->zone_minutes }, -1);
    return f;
}

static json_t *scorecard_json(Arena *a, const Scorecard *s)
{
    json_t *list = json_new_array(a);
    for (int i = 0; i < FIGURES_N; i++) {
        json_t *row = json_new_object(a);
        json_put_text(row, "name", str_c(figures[i].name));
        json_put_int(row, "n", s->n[i]);
        json_put_int(row, "month_before", s->before[i]);
        json_put_int(row, "year_before", s->last_year[i]);
        if (figures[i].of != NULL) json_put_text(row, "of", str_c(figures[i].of));
        json_array_append(list, row);
    }
    return list;
}

static json_t *month_json(Arena *a, Month m)
{
    json_t *o = json_new_object(a);
    json_put_text(o, "month", month_text(a, m));
    json_put_int(o, "from", m.from);
    json_put_int(o, "until", m.until);
    return o;
}

static Fail run_month(CallCtx *c)
{
    FigureAsk k;
    Month month;
    Scorecard s;
    Fail f = figure_ask_of(c, &k, &month);
    if (f.err == OK) f = scorecard_make(&k, month, &s);
    if (f.err != OK) return f;
    json_t *answer = month_json(c->arena, month);
    json_put_text(answer, "place", k.place.n > 0 ? k.place : c->community);
    json_put(answer, "figures", scorecard_json(c->arena, &s));
    call_json(c, json_print(c->arena, answer));
    return FAIL_NONE;
}

/* ---- a street: each of its communities by itself, and the sum of them ---- */

enum { COMMUNITIES_MAX = 200 };

bool figure_may_see(const Actor *a, Str community, int64_t now)
{
    return (actor_roles_at(a, community, now) & FIGURE_ROLES) != 0;
}

static void sum_up(Scorecard *sum, const Scorecard *s)
{
    for (int i = 0; i < FIGURES_N; i++) {
        sum->n[i] += s->n[i];
        sum->before[i] += s->before[i];
        sum->last_year[i] += s->last_year[i];
    }
}

Fail figure_street(FigureAsk *k, Month month, Str street, json_t **answer)
{
    Fail f = FAIL_NONE;
    Scorecard sum = { .month = month };
    DbRows *all = db_run(k->db, k->arena, &communities_all, NULL, &f);
    json_t *list = json_new_array(k->arena);
    k->place = S("");
    for (int i = 0; f.err == OK && i < all->rows; i++) {
        Scorecard s;
        k->community = db_text(all, i, 0);
        if (!place_within(k->community, street) || !figure_may_see(k->actor, k->community, k->now)) continue;
        if (json_array_size(list) >= COMMUNITIES_MAX)
            return fail_field(ERR_INVALID, "too_many", "place", COMMUNITIES_MAX);
        f = scorecard_make(k, month, &s);
        json_t *one = json_new_object(k->arena);
        json_put_text(one, "community", k->community);
        json_put(one, "figures", scorecard_json(k->arena, &s));
        json_array_append(list, one);
        sum_up(&sum, &s);
    }
    if (f.err != OK) return f;
    *answer = month_json(k->arena, month);
    json_put_text(*answer, "place", street);
    json_put(*answer, "communities", list);
    json_put(*answer, "figures", scorecard_json(k->arena, &sum));
    return FAIL_NONE;
}

static Fail run_communities(CallCtx *c)
{
    FigureAsk k;
    Month month;
    json_t *answer = NULL;
    Fail f = figure_ask_of(c, &k, &month);
    if (f.err == OK && k.place.n == 0) f = fail_field(ERR_INVALID, "required", "place", 0);
    if (f.err == OK) f = figure_street(&k, month, k.place, &answer);
    if (f.err == OK) call_json(c, json_print(c->arena, answer));
    return f;
}

const Call figure_calls[] = {
    { .name = "month",
      .route = "GET /figures/month",
      .may = FIGURE_ROLES,
      .on = ON_READER,
      .per_minute = 60,
      .run = run_month,
      .answer = "month:s from:t until:t place:s figures[name:s n:l month_before:l? year_before:l? of:s? *]" },
    { .name = "communities",
      .route = "GET /figures/communities",
      .may = FIGURE_ROLES,
      .on = ON_READER,
      .per_minute = 12,
      .run = run_communities,
      .answer = "month:s from:t until:t place:s communities[community:s figures[name:s n:l *] *] "
                "figures[name:s n:l *] *" },
    { .name = "series",
      .route = "GET /figures/series",
      .may = FIGURE_ROLES,
      .on = ON_READER,
      .per_minute = 60,
      .run = figure_run_series,
      .answer = "place:s months[o] figures[name:s of:s? n[l] *] *" },
    { .name = "month_pdf",
      .route = "GET /figures/month.pdf",
      .may = FIGURE_ROLES,
      .on = ON_READER,
      .per_minute = 12,
      .run = figure_run_pdf,
      .type = "application/pdf" },
    { .name = "month_xlsx",
      .route = "GET /figures/month.xlsx",
      .may = FIGURE_ROLES,
      .on = ON_READER,
      .per_minute = 12,
      .run = figure_run_xlsx,
      .type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" },
    { .name = "fill",
      .route = "POST /figures/fill",
      .may = FIGURE_ROLES,
      .on = ON_READER,
      .per_minute = 12,
      .raw = true,
      .body_max = 2 * 1024 * 1024,
      .run = figure_run_fill,
      .type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" },
    { 0 },
};
