/* See oracle.h. What is here must not be simplified by calling what it checks. */
#include "mod/figure/oracle.h"

#include "core/clock.h"
#include "mod/figure/figure.h"

enum { PAGE = 500, NEVER = 0, MONTHS_MAX = 1200 };

typedef struct Told { /* a report as the log tells it */
    Str id, place, category, state, action;
    int64_t due, opened, first_due, registered, accepted, accepted_due, done, done_due, closed, refused, returned,
        redone, urged, escalated;
    bool by_staff, spot, imported, answered, solved, answer_by_staff;
    struct Told *next;
} Told;

typedef struct Telling {
    const FiguresCheck *c;
    Arena *arena;
    FiguresVerdict *out;
    Str community;
    Map *by_id;
    Told *first;
    int64_t first_at, last_at;
    Actor actor;
    int figure;
    Map *counted;
} Telling;

static void fault(Telling *t, Str line)
{
    t->out->faults++;
    t->c->fault(t->c->self, line);
}

/* ---- the log, told once more ---- */

static void once(int64_t *time, int64_t at)
{
    if (*time == NEVER) *time = at;
}

static void tell_answer(Told *m, const json_t *data, int64_t at)
{
    m->answered = true;
    m->solved = json_is_true(json_object_get(data, "solved"));
    m->answer_by_staff = json_is_true(json_object_get(data, "by_staff"));
    if (!m->solved && str_is(m->state, "handling")) once(&m->redone, at);
}

/* What is due now: a pause stops the clock, an end takes it away, everything else says so by itself. */
static void tell_due(Told *m, const json_t *data)
{
    const json_t *due = json_object_get(json_object_get(data, "due"), "due");
    static const char *const none[] = { "pause", "refuse", "withdraw", "withdraw_import" };
    if (json_is_integer(due)) m->due = json_integer_value(due);
    for (int i = 0; i < COUNT(none); i++)
        if (str_is(m->action, none[i])) m->due = 0;
}

static void tell_step(Told *m, const json_t *data, int64_t at)
{
    if (str_is(m->action, "register")) once(&m->registered, at);
    if (str_is(m->action, "accept") && m->accepted == NEVER) {
        m->accepted = at;
        m->accepted_due = m->due;
    }
    if (str_is(m->action, "finish") && m->closed == NEVER) {
        m->done = at;
        m->done_due = m->due;
    }
    if (str_is(m->action, "close")) once(&m->closed, at);
    if (str_is(m->action, "refuse")) once(&m->refused, at);
    if (str_is(m->action, "return")) once(&m->returned, at);
    if (str_is(m->action, "redo") || str_is(m->action, "reopen")) once(&m->redone, at);
    if (str_is(m->action, "urge")) once(&m->urged, at);
    if (str_is(m->action, "rate")) tell_answer(m, data, at);
    const json_t *level = json_object_get(data, "level");
    if (json_is_integer(level) && json_integer_value(level) == 3) once(&m->escalated, at);
}

static void tell_begin(Told *m, const json_t *data, int64_t at)
{
    m->opened = at;
    m->by_staff = json_is_true(json_object_get(data, "by_staff"));
    m->imported = str_is(m->action, "import");
    m->spot = str_is(m->action, "on_the_spot");
    if (str_is(m->state, "collected")) m->first_due = m->due;
    else if (!m->imported) m->registered = at;
}

static Str keep(Telling *t, Str s)
{
    return arena_str(t->arena, s);
}

static void tell(Telling *t, Str type, const json_t *event)
{
    const json_t *data = json_object_get(event, "data");
    Str id = json_text(event, "matter"), place = json_text(data, "place"), category = json_text(data, "category");
    int64_t at = json_int(event, "at");
    Told *m = map_get(t->by_id, id);
    bool new = m == NULL;
    if (new) {
        m = arena_new_of(t->arena, Told);
        *m = (Told){ .id = keep(t, id), .place = t->community, .category = S(""), .next = t->first };
        t->first = m;
        map_put(t->by_id, m->id, m);
        t->out->matters++;
    }
    str_cut(&type, '.');
    m->action = keep(t, type);
    m->state = keep(t, json_text(event, "state"));
    if (place.n > 0 && !str_eq(place, m->place)) m->place = keep(t, place);
    if (category.n > 0 && !str_eq(category, m->category)) m->category = keep(t, category);
    tell_due(m, data);
    if (new) tell_begin(m, data, at);
    tell_step(m, data, at);
}

static Fail tell_log(Telling *t)
{
    Fail f = FAIL_NONE;
    int64_t after = 0;
    for (int rows = PAGE; f.err == OK && rows == PAGE;) {
        Arena *a = arena_new();
        DbRows *page = db_query(t->c->db, a,
                                "SELECT seq, bytes FROM event WHERE community = $1 AND seq > $2 ORDER BY seq LIMIT $3",
                                "sll", "lb", ARGS(TXT(t->community), NUM(after), NUM(PAGE)), &f);
        rows = f.err == OK ? page->rows : 0;
        for (int i = 0; i < rows && f.err == OK; i++) {
            json_t *event = json_read(a, db_text(page, i, 1), &f);
            if (event == NULL) break;
            Str type = json_text(event, "type");
            t->last_at = json_int(event, "at");
            if (t->first_at == 0) t->first_at = t->last_at;
            after = db_int(page, i, 0);
            t->out->events++;
            if (str_starts(type, S("report."))) tell(t, type, event);
        }
        arena_free(a);
    }
    return f;
}

/* ---- the figures, said once more ---- */

/* The time under which the report counts in this figure, NEVER if it does not. */
static int64_t counts(const Told *m, Str figure)
{
    bool once_only = !str_is(m->state, "merged"), plain = !m->spot && !m->imported && once_only;
    bool asked = plain && !m->by_staff, staff = plain && m->by_staff;
    bool done_in_time = m->done_due == 0 || m->done <= m->done_due;
    bool looked_in_time = m->first_due == 0 || m->registered <= m->first_due;
    bool signed_in_time = m->accepted_due == 0 || m->accepted <= m->accepted_due;
    bool own_answer = m->answered && !m->answer_by_staff;
    const struct {
        const char *name;
        bool holds;
        int64_t time;
    } said[] = {
        { "raised", asked, m->opened },
        { "registered", asked, m->registered },
        { "registered_in_time", asked && looked_in_time, m->registered },
        { "signed_in", asked, m->accepted },
        { "signed_in_in_time", asked && signed_in_time, m->accepted },
        { "closed", asked, m->closed },
        { "closed_in_time", asked && done_in_time, m->closed },
        { "satisfied", asked && own_answer && m->solved, m->closed },
        { "not_satisfied", asked && own_answer && !m->solved, m->closed },
        { "not_asked", asked && !m->answered, m->closed },
        { "rated_by_staff", asked && m->answered && m->answer_by_staff, m->closed },
        { "redone", asked, m->redone },
        { "bounced", asked, m->returned },
        { "urged", asked, m->urged },
        { "escalated", asked, m->escalated },
        { "refused", asked, m->refused },
        { "staff_raised", staff, m->opened },
        { "staff_closed", staff, m->closed },
        { "staff_closed_in_time", staff && done_in_time, m->closed },
        { "on_the_spot", m->spot && !m->imported, m->opened },
        { "brought_in", m->imported && !str_is(m->state, "withdrawn"), m->opened },
    };
    for (int i = 0; i < COUNT(said); i++)
        if (str_is(figure, said[i].name)) return said[i].holds ? said[i].time : NEVER;
    return NEVER;
}

static bool within(int64_t at, int64_t from, int64_t until)
{
    return at != NEVER && at >= from && at < until;
}

/* ---- matter by matter ---- */

static void differs(Telling *t, Str matter, const char *how)
{
    fault(t, arena_fmt(t->arena, "%.*s %s: report %.*s %s", STR_ARG(t->community), figures[t->figure].name,
                       STR_ARG(matter), how));
}

static bool compare_row(void *self, const DbVal *row, int cols)
{
    Telling *t = self;
    const Told *m = map_get(t->by_id, row[0].s);
    (void)cols;
    Str id = keep(t, row[0].s);
    map_put(t->counted, id, t);
    int64_t at = m != NULL ? counts(m, str_c(figures[t->figure].name)) : NEVER;
    if (m == NULL) differs(t, id, "is counted and is not in the log");
    else if (at == NEVER) differs(t, id, "is counted, and by the log it is not");
    else if (at != row[1].i) differs(t, id, "is counted under another time than the log gives");
    else if (!str_eq(row[2].s, m->place)) differs(t, id, "is counted at another place than the log gives");
    else if (!str_eq(row[3].s, m->category)) differs(t, id, "is counted in another category than the log gives");
    return true;
}

static Fail compare_matters(Telling *t, int64_t from, int64_t until)
{
    const Figure *x = &figures[t->figure];
    t->counted = map_new(t->arena, 1024);
    Str sql = arena_fmt(t->arena,
                        "SELECT m.id, c.%s, m.place, m.category FROM report_facts c JOIN matter m"
                        " ON m.community = c.community AND m.id = c.matter WHERE c.community = $1 AND m.community = $1"
                        " AND c.%s > 0 AND c.%s >= $2 AND c.%s < $3 AND %s",
                        x->when, x->when, x->when, x->when, x->condition);
    Fail f = db_each(t->c->db, sql.p, "sll", "slss", ARGS(TXT(t->community), NUM(from), NUM(until)), compare_row, t);
    if (f.err != OK) return f;
    for (const Told *m = t->first; m != NULL; m = m->next)
        if (within(counts(m, str_c(x->name)), from, until) && map_get(t->counted, m->id) == NULL)
            differs(t, m->id, "is not counted, and by the log it is");
    return f;
}

/* ---- month by month, through the very query rows ---- */

static Fail compare_month(Telling *t, const FigureAsk *k, Month month)
{
    const char *name = figures[t->figure].name;
    int64_t log = 0, n = 0;
    Fail f = figure_count(k, t->figure, month.from, month.until, &n);
    if (f.err != OK) return f;
    for (const Told *m = t->first; m != NULL; m = m->next)
        log += within(counts(m, str_c(name)), month.from, month.until);
    t->out->figures += log != 0 || n != 0;
    if (log != n)
        fault(t, arena_fmt(t->arena, "%.*s %.*s %s: %lld by query, %lld by the log", STR_ARG(t->community),
                           STR_ARG(month_text(t->arena, month)), name, (long long)n, (long long)log));
    return f;
}

static Fail compare_months(Telling *t, int64_t from, int64_t until)
{
    Fail f = FAIL_NONE;
    const Calendar *calendar = calendar_load(t->c->db, t->arena, t->community, &f);
    if (f.err != OK) return f;
    Civil day = time_civil(from, calendar->zone_minutes);
    Month month = { .year = day.year, .month = day.month, .zone_minutes = calendar->zone_minutes };
    month = month_shift(month, 0);
    for (int n = 0; f.err == OK && month.from < until && n < MONTHS_MAX; n++, month = month_shift(month, 1)) {
        Arena *a = arena_new();
        FigureAsk k = { .arena = a, .world = t->c->world, .db = t->c->db, .seals = t->c->seals, .actor = &t->actor,
                        .community = t->community, .place = S(""), .category = S(""), .unit = S(""), .now = t->c->now };
        f = compare_month(t, &k, month);
        arena_free(a);
    }
    return f;
}

/* Months begin when they do in the community, not on the machine. */
static Fail bounds(Telling *t, int64_t *from, int64_t *until)
{
    Fail f = FAIL_NONE;
    Month m;
    const Calendar *calendar = calendar_load(t->c->db, t->arena, t->community, &f);
    *from = t->first_at;
    *until = t->last_at + 1;
    if (f.err == OK && t->c->from.n > 0) {
        f = month_read(t->c->from, calendar->zone_minutes, &m);
        *from = m.from;
        if (*until < t->c->now + 1) *until = t->c->now + 1;
    }
    if (f.err == OK && t->c->until.n > 0) {
        f = month_read(t->c->until, calendar->zone_minutes, &m);
        *until = m.from;
    }
    return f;
}

Fail figures_check(const FiguresCheck *c, Arena *a, FiguresVerdict *out)
{
    Fail f = FAIL_NONE;
    *out = (FiguresVerdict){ 0 };
    DbRows *all = db_query(c->db, a, "SELECT community FROM head ORDER BY community", "", "s", NULL, &f);
    for (int i = 0; f.err == OK && i < all->rows; i++) {
        Arena *own = arena_new();
        Telling t = { .c = c, .arena = own, .out = out, .community = db_text(all, i, 0), .by_id = map_new(own, 4096) };
        RoleAt everywhere = { .roles = OVERSEER, .place = t.community };
        t.actor = (Actor){ .person = S("verify"), .community = t.community, .roles = &everywhere, .n_roles = 1 };
        int64_t from = 0, until = 0;
        f = tell_log(&t);
        if (f.err == OK) f = bounds(&t, &from, &until);
        for (t.figure = 0; t.figure < FIGURES_N && f.err == OK; t.figure++) {
            f = compare_matters(&t, from, until);
            if (f.err == OK) f = compare_months(&t, from, until);
        }
        arena_free(own);
    }
    return f;
}
