/* Figures over more than a year of reports that went their way through the actions, across new year: each one counted
 * by its query, by the oracle from the log, and where the test can know it, by what the test did. On both engines. */
#include "store_engine.h"

#include "../support/town.h"

#include "core/paper/book.h"
#include "core/paper/paper.h"
#include "core/sheet/sheet.h"
#include "mod/figure/figure.h"
#include "mod/figure/oracle.h"

enum { MONTHS = 18, REPORTS = 150, GRIDS = 3, FIRST_YEAR = 2026, FIRST_MONTH = 7, ZONE = 480 };
#define NEXT_DOOR "540102001002"

typedef struct Office {
    Town town;
    Str unit;
    Actor *dispatcher, *overseer, *officer[GRIDS], *clerk, *resident, *street;
    int64_t raised[MONTHS], staff_raised[MONTHS], closed[MONTHS], bounced[MONTHS], refused[MONTHS], brought_in[MONTHS];
    int64_t by_grid[GRIDS];
} Office;

static const char *engine = "sqlite";
static Office office;

static int64_t at(int year, int month, int day, int hour, int minute)
{
    return time_from_civil((Civil){ .year = year, .month = month, .day = day, .hour = hour, .minute = minute }, ZONE);
}

/* Counted by hand, not by month.c. */
static int month_of(int64_t ms)
{
    Civil c = time_civil(ms, ZONE);
    int n = (c.year - FIRST_YEAR) * 12 + c.month - FIRST_MONTH;
    assert_in_range(n, 0, MONTHS - 1);
    return n;
}

static int64_t version_of(Office *o, Str matter)
{
    Fail f = FAIL_NONE;
    DbRows *r = db_query(o->town.db, o->town.arena, "SELECT version FROM matter WHERE community = $1 AND id = $2", "ss",
                         "l", ARGS(TXT(o->town.community), TXT(matter)), &f);
    return f.err == OK && r->rows == 1 ? db_int(r, 0, 0) : -1;
}

static Command *tries(Office *o, const Actor *who, const char *type, Str matter, const char *input)
{
    Town *t = &o->town;
    runner_fire(t->runner, town_clock, 1000);
    return town_do(t, who, type, matter, matter.n > 0 ? version_of(o, matter) : -1, input);
}

static Str does(Office *o, const Actor *who, const char *type, Str matter, const char *input)
{
    Command *c = tries(o, who, type, matter, input);
    if (c->fail.err != OK) fail_msg("%s: %s at \"%s\"", type, c->fail.code, c->fail.field);
    return c->rows[0].matter;
}

static void later(int hours_max)
{
    town_clock += (int64_t)(town_random() % (uint64_t)(hours_max * 3600)) * SECOND_MS + MINUTE_MS;
}

static bool chance(int percent)
{
    return town_random() % 100 < (uint64_t)percent;
}

/* From dispatched to done, with what can go wrong on the way. */
static void handled(Office *o, Str m, int grid, bool *bounced)
{
    Arena *a = o->town.arena;
    const char *to = arena_fmt(a, "{\"to\":\"%.*s\"}", STR_ARG(o->officer[grid]->person)).p;
    does(o, o->dispatcher, "report.dispatch", m, to);
    later(10);
    if (chance(15)) {
        does(o, o->officer[grid], "report.return", m, "{\"reason\":\"not ours\"}");
        if (!*bounced) o->bounced[month_of(town_clock)]++;
        *bounced = true;
        does(o, o->dispatcher, "report.dispatch", m, to);
    }
    does(o, o->officer[grid], "report.accept", m, "{}");
    later(60);
    if (chance(10)) tries(o, o->dispatcher, "report.pause", m, "{\"reason\":\"parts ordered\"}");
    later(30);
    does(o, o->officer[grid], "report.finish", m, "{\"text\":\"mended\"}");
}

static void brought_to_an_end(Office *o, Str m, const Actor *who, int grid)
{
    bool bounced = false;
    if (chance(10)) {
        does(o, o->dispatcher, "report.refuse", m, "{\"reason\":\"no such thing\"}");
        o->refused[month_of(town_clock)]++;
        return;
    }
    if (chance(10)) return; /* still lies there */
    does(o, o->dispatcher, "report.register", m,
         chance(70) ? "{\"category\":\"rubbish\"}" : "{\"category\":\"light\"}");
    later(20);
    if (chance(20)) does(o, who, "report.urge", m, "{}");
    handled(o, m, grid, &bounced);
    if (chance(15)) {
        does(o, o->clerk, "report.redo", m, "{\"reason\":\"still dark\"}");
        later(10);
        does(o, o->officer[grid], "report.finish", m, "{\"text\":\"mended again\"}");
    }
    later(10);
    does(o, o->clerk, "report.verify", m, "{}");
    does(o, o->clerk, "report.close", m, "{}");
    o->closed[month_of(town_clock)] += who == o->resident;
    if (chance(60)) does(o, who, "report.rate", m, chance(75) ? "{\"solved\":true}" : "{\"solved\":false}");
}

static void a_report(Office *o)
{
    Arena *a = o->town.arena;
    int grid = (int)(town_random() % GRIDS);
    bool staff = chance(20);
    const Actor *who = staff ? o->officer[grid] : o->resident;
    Str m = does(o, who, "report.create", S(""),
                 arena_fmt(a, "{\"category\":\"%s\",\"text\":\"dark\",\"point\":{\"lon\":%.4f,\"lat\":29.645}}",
                           chance(50) ? "light" : "road", 91.102 + 0.004 * grid).p);
    (staff ? o->staff_raised : o->raised)[month_of(town_clock)]++;
    if (!staff) o->by_grid[grid]++;
    later(8);
    brought_to_an_end(o, m, who, grid);
}

/* A moment before and at the moment that a month begins in Shanghai, which is eight hours earlier in UTC. */
static void at_the_border(Office *o)
{
    int64_t new_year = at(2027, 1, 1, 0, 0), kept = town_clock;
    assert_int_equal(new_year % DAY_MS, 16 * HOUR_MS);
    for (int64_t ms = new_year - 1; ms <= new_year; ms++) {
        town_clock = ms;
        does(o, o->resident, "report.create", S(""), "{\"category\":\"road\",\"text\":\"fireworks\"}");
        o->raised[month_of(ms)]++;
    }
    town_clock = kept > town_clock ? kept : town_clock;
}

static void old_list(Office *o)
{
    Command *c = tries(o, o->clerk, "report.import", S(""),
                       "{\"category\":\"road\",\"text\":\"from the old ledger\",\"status\":\"closed\"}");
    if (c->fail.err != OK) fail_msg("import: %s at \"%s\"", c->fail.code, c->fail.field);
    o->brought_in[month_of(town_clock)]++;
}

/* One that a unit took on, by one of its members. */
static void for_a_unit(Office *o)
{
    Town *t = &o->town;
    Actor *admin = town_person(t, "管", ADMIN, t->community), *member = town_person(t, "修", RESIDENT, t->community);
    o->unit = does(o, admin, "unit.add", S(""),
                   "{\"name\":{\"zh\":\"物业\"},\"kind\":\"property\",\"areas\":[{\"place\":\"540102001001\"}]}");
    does(o, admin, "unit.join", o->unit, arena_fmt(t->arena, "{\"person\":\"%.*s\"}", STR_ARG(member->person)).p);
    member->units = &o->unit;
    member->n_units = 1;
    Str m = does(o, o->resident, "report.create", S(""),
                 "{\"category\":\"light\",\"text\":\"dark\",\"point\":{\"lon\":91.102,\"lat\":29.645}}");
    o->raised[month_of(town_clock)]++;
    o->by_grid[0]++;
    does(o, o->dispatcher, "report.register", m, "{\"category\":\"light\"}");
    does(o, o->dispatcher, "report.dispatch", m, arena_fmt(t->arena, "{\"to\":\"%.*s\"}", STR_ARG(o->unit)).p);
    does(o, member, "report.accept", m, "{}");
}

/* A resident's answer that somebody of the office wrote down, with the code that the resident was given. */
static void answered_at_the_window(Office *o)
{
    Actor nobody = { .community = o->town.community, .session = S(""), .receipt = S("") }, written = *o->dispatcher;
    for (int solved = 0; solved < 2; solved++) {
        Str m = does(o, &nobody, "report.create", S(""),
                     "{\"category\":\"light\",\"text\":\"dark\",\"point\":{\"lon\":91.102,\"lat\":29.645}}");
        const char *officer = arena_fmt(o->town.arena, "{\"to\":\"%.*s\"}", STR_ARG(o->officer[0]->person)).p;
        o->raised[month_of(town_clock)]++;
        o->by_grid[0]++;
        does(o, o->dispatcher, "report.register", m, "{\"category\":\"light\"}");
        does(o, o->dispatcher, "report.dispatch", m, officer);
        does(o, o->officer[0], "report.accept", m, "{}");
        does(o, o->officer[0], "report.finish", m, "{\"text\":\"mended\"}"); /* in time */
        does(o, o->clerk, "report.verify", m, "{}");
        does(o, o->clerk, "report.close", m, "{}");
        o->closed[month_of(town_clock)]++;
        written.receipt = m;
        does(o, &written, "report.rate", m, solved ? "{\"solved\":true}" : "{\"solved\":false}");
        if (solved) continue;
        town_clock += 20 * DAY_MS; /* far too late, but it had been closed in time */
        does(o, o->officer[0], "report.finish", m, "{\"text\":\"mended once more\"}"); /* closed stays closed */
    }
}

/* The second community of the street: a few reports, so that a sum is a sum. */
static void next_door(Office *o)
{
    Town *t = &o->town;
    Str here = t->community;
    t->community = S(NEXT_DOOR);
    assert_non_null(town_person(t, "邻", ADMIN, t->community));
    Actor *neighbour = town_person(t, "邻居", RESIDENT, t->community);
    static const RoleAt everywhere = { ADMIN, { "5401", 4 }, 0, 0 };
    Actor admin = { .person = S("00000000-0000-7000-8000-000000000001"),
                    .community = t->community,
                    .roles = &everywhere,
                    .n_roles = 1,
                    .strong = true };
    does(o, &admin, "category.add", S(""),
         "{\"code\":\"road\",\"icon\":\"road\",\"name\":{\"zh\":\"路\",\"bo\":\"ལམ\",\"en\":\"Road\"},\"limit\":1,"
         "\"unit\":\"hours\","
         "\"default_role\":\"officer\",\"coarsen_m\":100,\"position\":1}");
    for (int i = 0; i < 5; i++)
        does(o, neighbour, "report.create", S(""), "{\"category\":\"road\",\"text\":\"a hole\"}");
    t->community = here;
}

static int open_office(void **state)
{
    Office *o = &office;
    *o = (Office){ 0 };
    if (!town_open(&o->town, engine, 7)) return -1;
    Town *t = &o->town;
    town_clock = at(2026, 7, 3, 9, 0);
    if (!town_furnish(t, GRIDS)) return -1;
    o->dispatcher = town_person(t, "调", DISPATCHER, t->community);
    o->overseer = town_person(t, "督", OVERSEER, t->community);
    o->clerk = town_person(t, "文", CLERK, t->community);
    o->resident = town_person(t, "顿珠", RESIDENT, t->community);
    static const RoleAt street = { OVERSEER, { "540102001", 9 }, 0, 0 };
    o->street = arena_new_of(t->arena, Actor);
    *o->street = (Actor){
        .person = S("00000000-0000-7000-8000-000000000002"), .community = S("540102001"), .roles = &street, .n_roles = 1
    };
    for (int i = 0; i < GRIDS; i++)
        o->officer[i] = town_person(t, "格", OFFICER, arena_fmt(t->arena, "540102001001-%02d", i + 1));
    bool border = false;
    for (int i = 0; town_clock < at(2027, 10, 1, 0, 0); i++) {
        if (!border && town_clock > at(2026, 12, 28, 0, 0)) {
            at_the_border(o);
            border = true;
        }
        a_report(o);
        if (i % 60 == 5) old_list(o);
        later(6);
    }
    if (!border) return -1;
    for_a_unit(o);
    answered_at_the_window(o);
    next_door(o);
    *state = o;
    return 0;
}

static int close_office(void **state)
{
    Office *o = &office;
    (void)state;
    Hash digest;
    int64_t events = 0;
    bool sound = town_sound(&o->town, &digest, &events);
    town_close(&o->town);
    return sound && events > 1000 ? 0 : -1;
}

/* ---- asking ---- */

static FigureAsk as(Office *o, const Actor *who)
{
    return (FigureAsk){ .arena = o->town.arena,
                        .world = o->town.world,
                        .db = o->town.db,
                        .seals = o->town.seals,
                        .actor = who,
                        .community = o->town.community,
                        .place = S(""),
                        .category = S(""),
                        .unit = S(""),
                        .now = town_clock };
}

static int64_t count(const FigureAsk *k, const char *name, int64_t from, int64_t until)
{
    int64_t n = -1;
    Fail f = figure_count(k, figure_index(str_c(name)), from, until, &n);
    if (f.err != OK) fail_msg("%s: %s %s", name, f.code, f.field);
    return n;
}

static int64_t in_all(const FigureAsk *k, const char *name)
{
    return count(k, name, at(2026, 1, 1, 0, 0), at(2030, 1, 1, 0, 0));
}

static Month month_at(int n)
{
    return month_shift((Month){ .year = FIRST_YEAR, .month = FIRST_MONTH, .zone_minutes = ZONE }, n);
}

static void test_months_say_what_was_done(void **state)
{
    Office *o = *state;
    FigureAsk k = as(o, o->overseer);
    int64_t seen = 0;
    for (int i = 0; i < MONTHS; i++) {
        Month m = month_at(i);
        assert_int_equal(count(&k, "raised", m.from, m.until), o->raised[i]);
        assert_int_equal(count(&k, "staff_raised", m.from, m.until), o->staff_raised[i]);
        assert_int_equal(count(&k, "closed", m.from, m.until), o->closed[i]);
        assert_int_equal(count(&k, "brought_in", m.from, m.until), o->brought_in[i]);
        seen += o->raised[i] + o->closed[i];
    }
    assert_true(seen > 200);
    assert_true(o->raised[month_of(at(2027, 1, 1, 0, 0))] > 0 && o->raised[month_of(at(2026, 12, 1, 0, 0))] > 0);
}

static void test_new_year_begins_in_the_zone_of_the_calendar(void **state)
{
    FigureAsk k = as(*state, office.overseer);
    int64_t new_year = at(2027, 1, 1, 0, 0);
    Month december = month_at(5), january = month_at(6);
    assert_int_equal(december.until, new_year);
    assert_int_equal(january.from, new_year);
    assert_int_equal(january.year, 2027);
    assert_true(count(&k, "raised", new_year - 1, new_year) >= 1);
    assert_true(count(&k, "raised", new_year, new_year + 1) >= 1);
}

static void test_parts_make_the_whole(void **state)
{
    FigureAsk k = as(*state, office.overseer);
    int64_t closed = in_all(&k, "closed");
    int64_t answers =
        in_all(&k, "satisfied") + in_all(&k, "not_satisfied") + in_all(&k, "not_asked") + in_all(&k, "rated_by_staff");
    assert_true(closed > 50);
    assert_int_equal(answers, closed);
    assert_true(in_all(&k, "satisfied") > in_all(&k, "not_satisfied"));
    static const char *const some[] = {
        "registered_in_time", "signed_in_in_time", "closed_in_time", "redone",      "bounced", "urged",
        "escalated",          "refused",           "not_satisfied",  "staff_closed", "rated_by_staff"
    };
    for (int i = 0; i < COUNT(some); i++)
        if (in_all(&k, some[i]) == 0) fail_msg("nothing to compare: %s", some[i]);
    for (int i = 0; i < FIGURES_N; i++) {
        json_t *rows = NULL;
        int64_t sum = 0;
        assert_int_equal(figure_categories(&k, i, 0, at(2030, 1, 1, 0, 0), &rows).err, OK);
        for (size_t r = 0; r < json_array_size(rows); r++)
            sum += json_int(json_array_get(rows, r), "n");
        assert_int_equal(sum, in_all(&k, figures[i].name));
    }
}

static void test_who_sees_what(void **state)
{
    Office *o = *state;
    int64_t sum = 0;
    for (int i = 0; i < GRIDS; i++) {
        FigureAsk officer = as(o, o->officer[i]), overseer = as(o, o->overseer);
        overseer.place = arena_fmt(o->town.arena, "540102001001-%02d", i + 1);
        assert_int_equal(in_all(&officer, "raised"), o->by_grid[i]);
        assert_int_equal(in_all(&overseer, "raised"), o->by_grid[i]);
        officer.place = S("540102001001");
        assert_int_equal(in_all(&officer, "raised"), o->by_grid[i]); /* asking wider shows no more */
        sum += o->by_grid[i];
    }
    FigureAsk all = as(o, o->dispatcher), none = as(o, o->resident);
    assert_int_equal(in_all(&all, "raised"), sum + 2); /* the two at new year lie in no grid */
    assert_int_equal(in_all(&none, "raised"), 0);
}

static void test_a_unit_but_no_person(void **state)
{
    Office *o = *state;
    FigureAsk k = as(o, o->overseer);
    k.unit = o->unit;
    assert_int_equal(in_all(&k, "signed_in"), 1);
    assert_int_equal(in_all(&k, "closed"), 0);
    k.unit = o->officer[0]->person; /* answers for many a report */
    for (int i = 0; i < FIGURES_N; i++)
        assert_int_equal(in_all(&k, figures[i].name), 0);
}

static void test_a_street_sees_each_and_the_sum(void **state)
{
    Office *o = *state;
    Month last = month_at(month_of(town_clock));
    FigureAsk k = as(o, o->street);
    json_t *answer = NULL;
    assert_int_equal(figure_street(&k, last, S("540102001"), &answer).err, OK);
    const json_t *list = json_object_get(answer, "communities"), *sums = json_object_get(answer, "figures");
    assert_int_equal(json_array_size(list), 2);
    for (size_t i = 0; i < FIGURES_N; i++) {
        int64_t n = 0;
        for (size_t c = 0; c < 2; c++)
            n += json_int(json_array_get(json_object_get(json_array_get(list, c), "figures"), i), "n");
        assert_int_equal(json_int(json_array_get(sums, i), "n"), n);
    }
    assert_int_equal(json_int(json_array_get(json_object_get(json_array_get(list, 1), "figures"), 0), "n"), 5);
    k = as(o, o->overseer);
    assert_int_equal(figure_street(&k, last, S("540102001"), &answer).err, OK);
    assert_int_equal(json_array_size(json_object_get(answer, "communities")), 1); /* the neighbours' is not theirs */
}

static void test_months_in_a_row_are_the_months(void **state)
{
    Office *o = *state;
    FigureAsk k = as(o, o->overseer);
    Series *s = arena_new_of(k.arena, Series);
    assert_int_equal(series_make(&k, month_at(MONTHS - 1), MONTHS, s).err, OK);
    int64_t seen = 0;
    for (int i = 0; i < FIGURES_N; i++)
        for (int m = 0; m < MONTHS; m++) {
            assert_int_equal(s->n[i][m], count(&k, figures[i].name, month_at(m).from, month_at(m).until));
            seen += s->n[i][m];
        }
    assert_true(seen > 500);
    FigureAsk street = as(o, o->street);
    Series *wide = arena_new_of(k.arena, Series);
    street.place = S("540102001");
    assert_int_equal(series_make(&street, month_at(MONTHS - 1), MONTHS, wide).err, OK);
    int raised = figure_index(S("raised"));
    int64_t here = 0, both = 0;
    for (int m = 0; m < MONTHS; m++)
        here += s->n[raised][m], both += wide->n[raised][m];
    assert_int_equal(both, here + 5); /* the neighbours' five */
}

static void test_past_is_the_past(void **state)
{
    FigureAsk k = as(*state, office.overseer);
    Scorecard s, year_later;
    int raised = figure_index(S("raised"));
    assert_int_equal(scorecard_make(&k, month_at(4), &s).err, OK);
    assert_int_equal(s.n[raised], office.raised[4]);
    assert_int_equal(s.before[raised], office.raised[3]);
    assert_int_equal(scorecard_make(&k, month_at(13), &year_later).err, OK);
    assert_int_equal(year_later.last_year[raised], office.raised[1]);
    Month m;
    assert_int_equal(month_read(S("2026-13"), ZONE, &m).err, ERR_INVALID);
    assert_int_equal(month_read(S("2026-1"), ZONE, &m).err, ERR_INVALID);
    assert_int_equal(month_read(S("26-01-1"), ZONE, &m).err, ERR_INVALID);
    assert_int_equal(month_read(S("2027-02"), ZONE, &m).err, OK);
    assert_int_equal(m.until - m.from, 28 * DAY_MS);
}

/* ---- paper and sheet ---- */

static void test_the_report_on_paper(void **state)
{
    Office *o = *state;
    static const char *const languages[] = { "zh", "bo", "en" };
    FigureAsk k = as(o, o->overseer);
    for (int i = 0; i < COUNT(languages); i++) {
        json_t *document = NULL;
        Str pdf, again;
        assert_int_equal(figure_document(&k, month_at(5), languages[i], &document).err, OK);
        Str text = json_print(k.arena, document);
        assert_int_equal(json_array_size(json_object_get(document, "rows")), FIGURES_N);
        assert_true(str_find(text, S("query.")) < 0 && str_find(text, S("how.")) < 0 &&
                    str_find(text, S("paper.")) < 0);
        assert_true(str_find(text, S("顿珠")) < 0); /* nobody's name */
        assert_int_equal(paper_make(k.arena, NULL, document, &pdf).err, OK);
        assert_int_equal(paper_make(k.arena, NULL, document, &again).err, OK);
        assert_true(str_starts(pdf, S("%PDF-")) && pdf.n > 20000 && str_eq(pdf, again));
        Fail f = paper_make(k.arena, "/bin/false", document, &pdf);
        assert_true(f.err == ERR_INTERNAL && strcmp(f.code, "paper_failed") == 0);
        f = paper_make(k.arena, "/no/such/program", document, &pdf);
        assert_true(f.err == ERR_BUSY);
    }
}

static void test_weeks_and_categories_make_the_month(void **state)
{
    Office *o = *state;
    FigureAsk k = as(o, o->overseer);
    json_t *document = NULL;
    assert_int_equal(figure_document(&k, month_at(5), "en", &document).err, OK);
    for (size_t c = 0; c < 2; c++) {
        const json_t *bars = json_object_get(json_array_get(json_object_get(document, "charts"), c), "bars");
        int64_t raised = 0, closed = 0;
        for (size_t i = 0; i < json_array_size(bars); i++) {
            raised += json_int(json_array_get(bars, i), "first");
            closed += json_int(json_array_get(bars, i), "second");
        }
        assert_true(raised > 0 && closed > 0);
        assert_int_equal(raised, o->raised[5]);
        assert_int_equal(closed, o->closed[5]);
    }
}

static void test_the_report_as_a_sheet(void **state)
{
    Office *o = *state;
    FigureAsk k = as(o, o->overseer);
    json_t *document = NULL;
    Scorecard s;
    assert_int_equal(figure_document(&k, month_at(5), "zh", &document).err, OK);
    assert_int_equal(scorecard_make(&k, month_at(5), &s).err, OK);
    Str book = book_make(k.arena, document);
    assert_true(str_eq(book, book_make(k.arena, document)));
    Str csv = sheet_print(k.arena, sheet_read(k.arena, book));
    for (int i = 0; i < FIGURES_N; i++) {
        Str name = world_word(k.world, "zh", "figure", arena_fmt(k.arena, "query.%s", figures[i].name).p);
        Str row = arena_fmt(k.arena, "\"%.*s\",\"%lld\",", STR_ARG(name), (long long)s.n[i]);
        if (str_find(csv, row) < 0) fail_msg("no row %s in\n%s", row.p, csv.p);
    }
}

static void test_a_blank_asks_for_figures(void **state)
{
    Office *o = *state;
    FigureAsk k = as(o, o->overseer);
    Str values;
    Str names = S("raised\nraised.before\nraised.year\nraised@540102001001-01\nraised#road\nraised@540102001001-01#"
                  "road\nmonth\n");
    assert_int_equal(figure_values(&k, month_at(13), names, &values).err, OK);
    Str want = arena_fmt(k.arena, "raised\t%lld\nraised.before\t%lld\nraised.year\t%lld\nraised@540102001001-01\t",
                         (long long)o->raised[13], (long long)o->raised[12], (long long)o->raised[1]);
    assert_true(str_starts(values, want) && str_ends(values, S("\nmonth\t2027-08\n")));
    int64_t sum = 0, all = 0;
    for (int i = 0; i < GRIDS; i++) {
        k.place = arena_fmt(k.arena, "540102001001-%02d", i + 1);
        sum += count(&k, "raised", month_at(13).from, month_at(13).until);
    }
    k.place = S("");
    all = count(&k, "raised", month_at(13).from, month_at(13).until);
    assert_int_equal(sum, all);
    Fail f = figure_values(&k, month_at(13), S("raised\nhappiness\n"), &values);
    assert_true(f.err == ERR_INVALID && strcmp(f.code, "not_one_of") == 0 && strcmp(f.field, "happiness") == 0);
    assert_int_equal(figure_values(&k, month_at(13), S("raised.later\n"), &values).err, ERR_INVALID);
}

/* ---- the oracle ---- */

static Str last_fault;

static void heard(void *self, Str line)
{
    last_fault = arena_str(self, line);
}

static FiguresVerdict verdict(Office *o)
{
    FiguresVerdict v;
    FiguresCheck c = { .world = o->town.world, .db = o->town.db, .seals = o->town.seals, .now = town_clock,
                       .fault = heard, .self = o->town.arena };
    last_fault = S("");
    Fail f = figures_check(&c, o->town.arena, &v);
    if (f.err != OK) fail_msg("%s", f.code);
    return v;
}

static void test_the_log_says_the_same(void **state)
{
    FiguresVerdict v = verdict(*state);
    if (v.faults > 0) fail_msg("%d faults, the last: %s", v.faults, last_fault.p);
    assert_true(v.matters > REPORTS && v.events > 4 * REPORTS && v.figures > 150);
}

static void test_a_row_changed_behind_the_log_is_found(void **state)
{
    Office *o = *state;
    static const struct {
        const char *change, *back;
    } plants[] = {
        { "UPDATE report_facts SET closed_at = closed_at - 4000000000 WHERE closed_at > 0",
          "UPDATE report_facts SET closed_at = closed_at + 4000000000 WHERE closed_at <> 0" },
        { "UPDATE report_facts SET by_staff = 1 - by_staff", "UPDATE report_facts SET by_staff = 1 - by_staff" },
        { "UPDATE report_facts SET rated = 3 - rated WHERE rated > 0",
          "UPDATE report_facts SET rated = 3 - rated WHERE rated > 0" },
        { "UPDATE report_facts SET done_due_at = -done_due_at", "UPDATE report_facts SET done_due_at = -done_due_at" },
        { "UPDATE matter SET category = category || 'x' WHERE kind = 'report'",
          "UPDATE matter SET category = substr(category, 1, length(category) - 1) WHERE kind = 'report'" },
        { "UPDATE matter SET place = place || '9' WHERE kind = 'report'",
          "UPDATE matter SET place = substr(place, 1, length(place) - 1) WHERE kind = 'report'" },
        { "UPDATE report_facts SET matter = 'x' || matter", "UPDATE report_facts SET matter = substr(matter, 2)" },
    };
    for (int i = 0; i < COUNT(plants); i++) {
        assert_int_equal(db_exec(o->town.db, plants[i].change).err, OK);
        FiguresVerdict v = verdict(o);
        assert_int_equal(db_exec(o->town.db, plants[i].back).err, OK);
        if (v.faults == 0) fail_msg("not found: %s", plants[i].change);
    }
    assert_int_equal(verdict(o).faults, 0);
}

/* The months of --from and --until begin when they do in the community: one month is one month, in any zone. */
static void test_months_to_verify_are_the_communitys(void **state)
{
    Office *o = *state;
    static const RoleAt everywhere = { ADMIN, { "5401", 4 }, 0, 0 };
    const Actor admin = {
        .person = o->clerk->person, .community = o->town.community, .roles = &everywhere, .n_roles = 1, .strong = true
    };
    static const int zones[] = { 480, 0, -600, 840 };
    for (int i = 0; i < COUNT(zones); i++) {
        does(o, &admin, "setting.set", S(""),
             arena_fmt(o->town.arena, "{\"calendar\":{\"zone_minutes\":%d}}", zones[i]).p);
        FiguresVerdict v;
        FiguresCheck c = { .world = o->town.world, .db = o->town.db, .seals = o->town.seals, .now = town_clock,
                           .from = S("2026-11"), .until = S("2026-12"), .fault = heard, .self = o->town.arena };
        assert_int_equal(figures_check(&c, o->town.arena, &v).err, OK);
        assert_int_equal(v.faults, 0);
        assert_in_range(v.figures, 10, FIGURES_N); /* of one month in one community */
        c.until = S("");
        FiguresVerdict open;
        assert_int_equal(figures_check(&c, o->town.arena, &open).err, OK);
        assert_true(open.faults == 0 && open.figures > v.figures);
    }
    does(o, &admin, "setting.set", S(""), "{\"calendar\":{\"zone_minutes\":480}}");
}

/* Started once more as the child that draws. */
int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "paper") == 0) return paper_child_main();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_months_say_what_was_done),
        cmocka_unit_test(test_new_year_begins_in_the_zone_of_the_calendar),
        cmocka_unit_test(test_parts_make_the_whole),
        cmocka_unit_test(test_who_sees_what),
        cmocka_unit_test(test_a_unit_but_no_person),
        cmocka_unit_test(test_a_street_sees_each_and_the_sum),
        cmocka_unit_test(test_months_in_a_row_are_the_months),
        cmocka_unit_test(test_past_is_the_past),
        cmocka_unit_test(test_the_report_on_paper),
        cmocka_unit_test(test_weeks_and_categories_make_the_month),
        cmocka_unit_test(test_the_report_as_a_sheet),
        cmocka_unit_test(test_a_blank_asks_for_figures),
        cmocka_unit_test(test_the_log_says_the_same),
        cmocka_unit_test(test_a_row_changed_behind_the_log_is_found),
        cmocka_unit_test(test_months_to_verify_are_the_communitys),
    };
    return engine_both(&engine, "figure", tests, COUNT(tests), open_office, close_office);
}
