/* figure: how a grid, a community, a street is doing, by what its reports left behind.
 * Whose day: the overseer's and the dispatcher's, once a week and at the end of the month; the inspector's.
 * Never: a rank, a league, a person. A place is set beside its own past and beside nothing else. */
#include "mod/figure/figure.h"

/* What residents asked for; the same thing told twice counts once. What staff raised themselves, settled on the spot or
 * brought in from older lists stands in figures of its own, and so do answers that staff entered: none of it can make
 * the others look better. */
#define ASKED "c.by_staff = 0 AND c.spot = 0 AND c.imported = 0 AND m.state <> 'merged'"
#define STAFFS "c.by_staff = 1 AND c.spot = 0 AND c.imported = 0 AND m.state <> 'merged'"
#define IN_TIME "(c.done_due_at = 0 OR c.done_at <= c.done_due_at)"

/* name, when, condition, part of. Names are API: never reused. */
#define FIGURES(X)                                                                                                     \
    X(raised, "opened_at", ASKED, NULL)                                                                                \
    X(registered, "registered_at", ASKED, NULL)                                                                        \
    X(registered_in_time, "registered_at", ASKED " AND (c.look_due_at = 0 OR c.registered_at <= c.look_due_at)",      \
      "registered")                                                                                                    \
    X(signed_in, "accepted_at", ASKED, NULL)                                                                           \
    X(signed_in_in_time, "accepted_at", ASKED " AND (c.accept_due_at = 0 OR c.accepted_at <= c.accept_due_at)",       \
      "signed_in")                                                                                                     \
    X(closed, "closed_at", ASKED, NULL)                                                                                \
    X(closed_in_time, "closed_at", ASKED " AND " IN_TIME, "closed")                                                    \
    X(satisfied, "closed_at", ASKED " AND c.rated = 1 AND c.rated_by_staff = 0", "closed")                             \
    X(not_satisfied, "closed_at", ASKED " AND c.rated = 2 AND c.rated_by_staff = 0", "closed")                         \
    X(not_asked, "closed_at", ASKED " AND c.rated = 0", "closed")                                                      \
    X(rated_by_staff, "closed_at", ASKED " AND c.rated > 0 AND c.rated_by_staff = 1", "closed")                        \
    X(redone, "redone_at", ASKED, NULL)                                                                                \
    X(bounced, "returned_at", ASKED, NULL)                                                                             \
    X(urged, "urged_at", ASKED, NULL)                                                                                  \
    X(escalated, "escalated_at", ASKED, NULL)                                                                          \
    X(refused, "refused_at", ASKED, NULL)                                                                              \
    X(staff_raised, "opened_at", STAFFS, NULL)                                                                         \
    X(staff_closed, "closed_at", STAFFS, NULL)                                                                         \
    X(staff_closed_in_time, "closed_at", STAFFS " AND " IN_TIME, "staff_closed")                                       \
    X(on_the_spot, "opened_at", "c.spot > 0 AND c.imported = 0", NULL)                                                 \
    X(brought_in, "opened_at", "c.imported = 1 AND m.state <> 'withdrawn'", NULL)

#define FIGURE_ROW(id, time, holds, part) { #id, time, holds, part },
const Figure figures[FIGURES_N + 1] = { FIGURES(FIGURE_ROW){ 0 } };

#define BY_PLACE { { .name = "place", .type = F_PLACE, .max = 24 }, "(m.place >= $ AND m.place < ($ || ':'))" }
#define BY_CATEGORY { { .name = "category", .type = F_TEXT, .min = 2, .max = 20 }, "m.category = $" }
/* Who accepted it is a unit: a person's id finds nothing here, for nobody is rated. */
#define BY_UNIT                                                                                                        \
    { { .name = "unit", .type = F_ID },                                                                                \
      "EXISTS (SELECT 1 FROM report r JOIN unit u ON u.community = r.community AND u.id = r.responsible"              \
      " WHERE r.community = c.community AND r.id = c.matter AND r.responsible = $)" }
#define FIGURE_FILTERS(id, time, holds, part)                                                                          \
    static const Filter id##_filters[] = {                                                                             \
        { { .name = "from", .type = F_TIME }, "c." time " >= $" },                                   \
        { { .name = "until", .type = F_TIME }, "c." time " < $" },                                   \
        BY_PLACE,                                                                                                      \
        BY_CATEGORY,                                                                                                   \
        BY_UNIT,                                                                                                       \
        { { 0 }, NULL },                                                                                               \
    };                                                                                                                 \
    static const Filter id##_day_filters[] = {                                                                         \
        { { .name = "zone", .type = F_INT, .required = true, .min = -720, .max = 840 }, "" },                          \
        { { .name = "from", .type = F_TIME }, "c." time " >= $" },                                                     \
        { { .name = "until", .type = F_TIME }, "c." time " < $" },                                                     \
        BY_PLACE,                                                                                                      \
        BY_CATEGORY,                                                                                                   \
        BY_UNIT,                                                                                                       \
        { { 0 }, NULL },                                                                                               \
    };
FIGURES(FIGURE_FILTERS)

#define FROM_FACTS(time, holds)                                                                                        \
    " FROM report_facts c JOIN matter m ON m.community = c.community AND m.id = c.matter WHERE c.community = $1"       \
    " AND m.community = $1 AND c." time " > 0 AND " holds " AND {scope}"
#define FIGURE_QUERIES(id, time, holds, part)                                                                          \
    { .name = #id, .route = "GET /figures/" #id, .may = FIGURE_ROLES, .scope = SCOPE_PLACE, .one = true,               \
      .sql = "SELECT count(*)" FROM_FACTS(time, holds), .columns = "n:l", .filters = id##_filters },                   \
    { .name = #id "_by_category", .route = "GET /figures/" #id "/by_category", .may = FIGURE_ROLES,                    \
      .scope = SCOPE_PLACE, .sql = "SELECT m.category, count(*)" FROM_FACTS(time, holds), .columns = "category:s n:l", \
      .filters = id##_filters, .group = "m.category", .limit_max = 500 },                                              \
    { .name = #id "_by_day", .route = "GET /figures/" #id "/by_day", .may = FIGURE_ROLES, .scope = SCOPE_PLACE,        \
      .sql = "SELECT (c." time " + {in zone} * 60000) / 86400000, count(*)" FROM_FACTS(time, holds),                   \
      .columns = "day:l n:l", .filters = id##_day_filters, .group = "1", .limit_max = FIGURE_DAYS_MAX },               \
    { .name = #id "_matters", .route = "GET /figures/" #id "/matters", .may = FIGURE_ROLES, .scope = SCOPE_PLACE,      \
      .sql = "SELECT m.id, m.number, m.state, m.place, m.category, c." time ", m.opened_at, m.due_at, m.closed_at"     \
             FROM_FACTS(time, holds),                                                                                  \
      .columns = "id:s number:l state:s place:s category:s " time ":l raised_at:l due_at:l ended_at:l",                \
      .filters = id##_filters, .order = "c." time ":l DESC, m.id:s DESC" },

const Query figure_queries[] = { FIGURES(FIGURE_QUERIES){ 0 } };

int figure_index(Str name)
{
    for (int i = 0; i < FIGURES_N; i++)
        if (str_is(name, figures[i].name)) return i;
    return -1;
}

const Query *figure_count_query(int figure)
{
    return &figure_queries[FIGURE_ROWS * figure];
}

const Query *figure_category_query(int figure)
{
    return &figure_queries[FIGURE_ROWS * figure + 1];
}

const Query *figure_day_query(int figure)
{
    return &figure_queries[FIGURE_ROWS * figure + 2];
}

static Stmt *const *const more_statements[] = { figure_paper_statements, NULL };

extern const char figure_schema[], figure_zh[], figure_bo[], figure_en[];
const Module module_figure = {
    .name = "figure", .plural = "figures", .queries = figure_queries, .calls = figure_calls,
    .more_statements = more_statements, .schema = figure_schema,
    .words_zh = figure_zh, .words_bo = figure_bo, .words_en = figure_en,
};
