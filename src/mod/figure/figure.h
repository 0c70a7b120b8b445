/* figure, inside: what is counted, and who asks. A figure is one row: from which time on a report belongs to a period,
 * and what else must hold. Count, count by category, list of matters and verify --figures all use this one text. */
#ifndef LINLI_MOD_FIGURE_H
#define LINLI_MOD_FIGURE_H

#include "core/module.h"
#include "core/query.h"
#include "core/sheet/blank.h"

typedef struct Figure {
    const char *name;
    const char *when;      /* column of report_facts, ms UTC, 0: has not happened */
    const char *condition; /* over m (matter) and c (report_facts) */
    const char *of;        /* figure that it is a part of; NULL: stands for itself */
} Figure;

enum { FIGURES_N = 21 };
extern const Figure figures[FIGURES_N + 1]; /* ends with {0} */
int figure_index(Str name);                 /* -1 if there is none */

#define FIGURE_ROLES (OVERSEER | ADMIN | AUDITOR | DISPATCHER | OFFICER)

enum { FIGURE_ROWS = 4, FIGURE_DAYS_MAX = 1200 };
extern const Query figure_queries[]; /* for each figure four: count, by category, by day, matters; then {0} */
const Query *figure_count_query(int figure);
const Query *figure_category_query(int figure);
const Query *figure_day_query(int figure); /* days since 1970 as the zone counts them */

/* ---- month.c: a month beside the month before it and the same month a year ago ---- */
typedef struct Month {
    int year, month;
    int zone_minutes;    /* of the community's calendar */
    int64_t from, until; /* ms UTC: [from, until) */
} Month;

/* "2026-10"; ERR_INVALID bad_format at `month`. */
Fail month_read(Str text, int zone_minutes, Month *m) MUST_USE;
Month month_shift(Month m, int months);
Str month_text(Arena *a, Month m);

typedef struct FigureAsk {
    Arena *arena;
    const World *world;
    Db *db;
    Seals *seals;
    KeyCache *keys;
    const Actor *actor;
    Str community, place, category, unit; /* "": all that the actor may see; unit: of those it accepted */
    int64_t now;
} FigureAsk;
/* How many, within what the actor may see. */
Fail figure_count(const FigureAsk *k, int figure, int64_t from, int64_t until, int64_t *n) MUST_USE;
/* [{"category","n"}] */
Fail figure_categories(const FigureAsk *k, int figure, int64_t from, int64_t until, json_t **rows) MUST_USE;
/* [{"day","n"}], days with none left out */
Fail figure_days(const FigureAsk *k, int figure, Month first, Month last, json_t **rows) MUST_USE;

typedef struct Scorecard {
    Month month;
    int64_t n[FIGURES_N], before[FIGURES_N], last_year[FIGURES_N];
} Scorecard;
Fail scorecard_make(const FigureAsk *k, Month month, Scorecard *s) MUST_USE;

/* A street: each of its communities that the actor may see, by code, and the sum of them. One query per community and
 * figure: there is no snapshot across communities, and none is claimed. */
Fail figure_street(FigureAsk *k, Month month, Str street, json_t **answer) MUST_USE;

/* ---- series.c: months in a row, the last one `month`, each figure by itself ---- */
enum { SERIES_MONTHS_MAX = 36 };
typedef struct Series {
    int months;
    Month month[SERIES_MONTHS_MAX]; /* the oldest first */
    int64_t n[FIGURES_N][SERIES_MONTHS_MAX];
} Series;
/* A place that is wider than the community: the sum of those in it that the actor may see. */
Fail series_make(const FigureAsk *k, Month last, int months, Series *s) MUST_USE;
Fail figure_run_series(CallCtx *c);
bool figure_may_see(const Actor *a, Str community, int64_t now);

/* ---- paper.c: the monthly report; the document is that of core/paper. language: zh, bo or en ---- */
Fail figure_document(const FigureAsk *k, Month month, const char *language, json_t **document) MUST_USE;
Fail figure_run_pdf(CallCtx *c);
Fail figure_run_xlsx(CallCtx *c);
extern Stmt *const figure_paper_statements[];

/* ---- fill.c: an inspector's blank (core/sheet/blank.h) ---- */
/* For names, a line each, lines "name\tvalue": FIGURE[.before|.year][@PLACE][#CATEGORY], or month. ERR_INVALID
 * not_one_of with the name that nobody knows. */
Fail figure_values(const FigureAsk *k, Month month, Str names, Str *values) MUST_USE;
Fail figure_run_fill(CallCtx *c);
bool figure_name_known(Str name);
Fail figure_blank_refusal(SheetStatus s);

/* Reads month, place and category of a call; without month: the last one that is over. */
Fail figure_ask_of(CallCtx *c, FigureAsk *k, Month *month) MUST_USE;
extern const Call figure_calls[];

#endif
