/* Lists as files, on both engines: the rows that the asker's own list has and no others, words only where a line in the
 * access log says so. */
#include "store_engine.h"

#include "../support/town.h"

#include "core/model/model.h"
#include "core/sheet/sheet.h"

enum { REPORTS = 130 };

extern const Module module_list;

typedef struct Rig {
    Town town;
    Actor *clerk, *officer, *resident, *reporter;
} Rig;

static const char *engine = "sqlite";
static Rig rig;

static const Call *call_named(const char *name)
{
    for (const Call *c = module_list.calls; c->name != NULL; c++)
        if (strcmp(c->name, name) == 0) return c;
    return NULL;
}

static Fail asks(Arena *a, const Actor *who, const char *call, const char *list, Sheet **sheet)
{
    Town *t = &rig.town;
    Actor actor = *who;
    CallCtx c = { .arena = a, .world = t->world, .seals = t->seals, .db = t->db, .community = t->community,
                  .keys = key_cache_new(a, t->seals, 64), .actor = &actor, .args = { str_c(list) }, .now = town_clock };
    Fail f = call_named(call)->run(&c);
    *sheet = f.err == OK ? sheet_read(a, c.reply.body) : NULL;
    return f;
}

static int64_t n_of(const char *sql)
{
    Fail f = FAIL_NONE;
    DbRows *r = db_query(rig.town.db, rig.town.arena, sql, "s", "l", ARGS(TXT(rig.town.community)), &f);
    assert_int_equal(f.err, OK);
    return db_int(r, 0, 0);
}

static int column_of(const Sheet *s, const char *heading)
{
    for (int i = 0; i < s->rows[0].n_cells; i++)
        if (str_is(s->rows[0].cells[i], heading)) return i;
    return -1;
}

static int open_rig(void **state)
{
    Town *t = &rig.town;
    if (!town_open(t, engine, 23) || !town_furnish(t, 2)) return -1;
    rig.clerk = town_person(t, "clerk", CLERK, S("540102001001"));
    rig.officer = town_person(t, "officer", OFFICER, S("540102001001-01"));
    rig.resident = town_person(t, "resident", RESIDENT, S("540102001001"));
    rig.reporter = town_person(t, "reporter", RESIDENT, S("540102001001"));
    for (int i = 0; i < REPORTS; i++) {
        town_clock += MINUTE_MS;
        const Command *c = town_do(t, rig.reporter, "report.create", S(""), -1,
                                   arena_fmt(t->arena, "{\"category\":\"leak\",\"text\":\"=pipe %d\","
                                                       "\"point\":{\"lon\":%.4f,\"lat\":29.645}}",
                                             i, 91.102 + 0.004 * (i % 2)).p);
        if (c->fail.err != OK) return printf("%s %s\n", c->fail.code, c->fail.field), -1;
    }
    *state = &rig;
    return 0;
}

static int close_rig(void **state)
{
    (void)state;
    town_close(&rig.town);
    return 0;
}

static void test_a_file_has_the_rows_of_the_list(void **state)
{
    (void)state;
    Arena *a = arena_new();
    Sheet *s;
    int64_t looks = n_of("SELECT count(*) FROM access WHERE community = $1");
    assert_int_equal(asks(a, rig.clerk, "xlsx", "report.list", &s).err, OK);
    assert_int_equal(s->n_rows, 1 + REPORTS);
    assert_int_equal(column_of(s, "情况说明"), -1); /* nobody's words */
    assert_true(column_of(s, "编号") >= 0 && column_of(s, "状态") >= 0);
    assert_int_equal(n_of("SELECT count(*) FROM access WHERE community = $1"), looks);
    assert_int_equal(asks(a, rig.officer, "csv", "report.list", &s).err, OK);
    int64_t own = n_of("SELECT count(*) FROM matter WHERE community = $1 AND kind = 'report'"
                       " AND place = '540102001001-01'");
    assert_true(own > 0 && own < REPORTS);
    assert_int_equal(s->n_rows, 1 + own);
    arena_free(a);
}

static void test_words_leave_a_line_in_the_log_of_who_wrote_them(void **state)
{
    (void)state;
    Arena *a = arena_new();
    Sheet *s;
    assert_int_equal(asks(a, rig.clerk, "opened_xlsx", "report.list", &s).err, OK);
    int text = column_of(s, "情况说明");
    assert_true(text >= 0);
    assert_true(str_starts(s->rows[1].cells[text], S("=pipe ")));
    Fail f = FAIL_NONE;
    DbRows *r = db_query(rig.town.db, a,
                         "SELECT count(*) FROM access WHERE community = $1 AND subject = $2 AND reader = $3"
                         " AND what = 'list.opened'",
                         "sss", "l",
                         ARGS(TXT(rig.town.community), TXT(rig.reporter->person), TXT(rig.clerk->person)), &f);
    assert_int_equal(f.err, OK);
    assert_int_equal(db_int(r, 0, 0), REPORTS);
    arena_free(a);
}

static void test_what_is_no_list_is_not_there(void **state)
{
    (void)state;
    Arena *a = arena_new();
    Sheet *s;
    static const char *const none[] = { "report.contact", "report.view", "person.file", "person.matters", "report", "",
                                        "nobody.list", "report.list.more" };
    for (int i = 0; i < COUNT(none); i++)
        assert_int_equal(asks(a, rig.clerk, "xlsx", none[i], &s).err, ERR_NOT_FOUND);
    assert_int_equal(asks(a, rig.officer, "xlsx", "person.list", &s).err, ERR_FORBIDDEN); /* the list's own rule */
    assert_int_equal(asks(a, rig.resident, "xlsx", "report.list", &s).err, ERR_FORBIDDEN);
    assert_int_equal(asks(a, rig.clerk, "xlsx", "person.list", &s).err, OK);
    bool masked = false;
    for (int i = 1; i < s->n_rows; i++)
        for (int k = 0; k < s->rows[i].n_cells; k++)
            masked |= str_find(s->rows[i].cells[k], S("***")) >= 0;
    assert_true(masked);
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_file_has_the_rows_of_the_list),
        cmocka_unit_test(test_words_leave_a_line_in_the_log_of_who_wrote_them),
        cmocka_unit_test(test_what_is_no_list_is_not_there),
    };
    return engine_both(&engine, "list", tests, COUNT(tests), open_rig, close_rig);
}
