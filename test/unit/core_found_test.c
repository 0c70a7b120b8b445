/* Hits in the order of their numbers, on both engines: the same as a reader finds who looks at every report, page by
 * page, with filters and scopes; nothing of what was erased; and where a search ends that has more hits than it may
 * look at. */
#include "store_engine.h"

#include "../support/town.h"

#include "core/query.h"

#include <stdio.h>

typedef struct Run {
    Town town;
    KeyCache *keys;
    Actor *desk, *officer, *resident, *admin;
} Run;

static const char *engine = "sqlite";
enum { REPORTS = 150, PAGE = 7 };
static const char *const WORDS[] = { "路灯", "井盖", "排水沟堵了", "路灯坏了三天" };
static const char *const TEXTS[] = { "路灯坏了", "路口的井盖响", "排水沟堵了往外冒", "路灯坏了三天了", "堵了的排水沟",
                                     "灯亮着", "路灯下面井盖没了" };

static Command *act(Run *r, const Actor *who, const char *type, Str matter, int64_t version, const char *input)
{
    town_clock += 1000;
    Command *c = town_do(&r->town, who, type, matter, version, input);
    if (c->fail.err != OK) fail_msg("%s: %s at \"%s\"", type, c->fail.code, c->fail.field);
    return c;
}

static int open_run(void **state)
{
    static Run run;
    Run *r = &run;
    *r = (Run){ 0 };
    Town *t = &r->town;
    if (!town_open(t, engine, 41) || !town_furnish(t, 3)) return -1;
    r->keys = key_cache_new(t->arena, t->seals, 64);
    r->admin = town_person(t, "管", ADMIN, t->community);
    r->desk = town_person(t, "值", DISPATCHER, t->community);
    r->officer = town_person(t, "格一", OFFICER, S("540102001001-01"));
    r->resident = town_person(t, "居", RESIDENT, t->community);
    for (int i = 0; i < REPORTS; i++) {
        Command *c = act(r, i % 5 == 0 ? r->resident : r->desk, "report.create", S(""), -1,
                         arena_fmt(t->arena,
                                   "{\"category\":\"%s\",\"text\":\"%s\",\"point\":{\"lon\":%.4f,\"lat\":29.645}}",
                                   i % 3 == 0 ? "road" : "leak", TEXTS[(i * i + i / 3) % COUNT(TEXTS)],
                                   91.1005 + 0.003 * (i % 3)).p);
        if (i % 4 == 0)
            act(r, r->desk, "report.refuse", json_text(c->reply, "id"), json_int(c->reply, "version"),
                "{\"reason\":\"不归这里\"}");
    }
    *state = r;
    return 0;
}

static int close_run(void **state)
{
    Run *r = *state;
    Hash digest;
    int64_t events = 0;
    bool sound = town_sound(&r->town, &digest, &events);
    town_close(&r->town);
    return sound && events >= REPORTS ? 0 : -1;
}

/* ---- what a list is asked with ---- */

typedef struct Asked {
    const char *words, *open, *category;
    Str after;
} Asked;

static bool param(void *self, const char *name, Str *value)
{
    const Asked *a = self;
    const char *text = strcmp(name, "q") == 0 ? a->words : strcmp(name, "open") == 0 ? a->open
                       : strcmp(name, "category") == 0 ? a->category : strcmp(name, "limit") == 0 ? "7" : NULL;
    *value = text != NULL ? str_c(text) : strcmp(name, "after") == 0 ? a->after : S("");
    return value->n > 0;
}

static json_t *page(Run *r, const Actor *actor, Asked *asked)
{
    const Module *m = world_module(r->town.world, S("report"));
    const Query *q = m->queries;
    while (strcmp(q->name, "list") != 0)
        q++;
    Reading reading = { .arena = r->town.arena, .world = r->town.world, .db = r->town.db, .seals = r->town.seals,
                        .keys = r->keys, .module = m, .query = q, .actor = actor, .community = r->town.community,
                        .now = town_clock, .self = asked, .param = param };
    Str text = S("");
    Fail f = query_answer(&reading, &text);
    if (f.err != OK) fail_msg("%s %s", f.code, f.log != NULL ? f.log : "");
    return json_read(r->town.arena, text, &f);
}

/* The numbers of all rows on all pages, in their order; only those whose text has every piece of `has`. */
static int numbers(Run *r, const Actor *actor, Asked asked, const char *has, int64_t *out)
{
    int n = 0, pages = 0;
    do {
        json_t *one = page(r, actor, &asked);
        const json_t *rows = json_object_get(one, "rows");
        assert_true(json_array_size(rows) <= PAGE && pages++ < REPORTS);
        for (size_t i = 0; i < json_array_size(rows); i++) {
            const json_t *row = json_array_get(rows, i);
            if (has == NULL || str_find(json_text(row, "text"), str_c(has)) >= 0) out[n++] = json_int(row, "number");
        }
        asked.after = json_text(one, "next");
    } while (asked.after.n > 0);
    return n;
}

static int newest_first(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x < y) - (x > y);
}

static int check(Run *r, const Actor *actor, Asked asked)
{
    int64_t found[REPORTS], looked[REPORTS];
    Asked all = asked;
    all.words = NULL;
    int n = numbers(r, actor, asked, NULL, found), expected = numbers(r, actor, all, asked.words, looked);
    qsort(looked, (size_t)expected, sizeof *looked, newest_first);
    assert_int_equal(n, expected);
    assert_memory_equal(found, looked, (size_t)n * sizeof *found);
    return n;
}

static void hits_are_those_of_an_oracle(void **state)
{
    Run *r = *state;
    int desk = 0, officer = 0, closed = 0;
    for (int i = 0; i < COUNT(WORDS); i++) {
        desk += check(r, r->desk, (Asked){ .words = WORDS[i] });
        officer += check(r, r->officer, (Asked){ .words = WORDS[i] });
        assert_true(check(r, r->desk, (Asked){ .words = WORDS[i], .open = "1" }) > 0);
        closed += check(r, r->desk, (Asked){ .words = WORDS[i], .open = "0", .category = "road" });
    }
    assert_true(desk > 100 && officer > 0 && officer < desk && closed > 0);
    assert_int_equal(check(r, r->desk, (Asked){ .words = "蓝鲸鱼" }), 0);
}

static void what_was_erased_is_not_found(void **state)
{
    Run *r = *state;
    Asked asked = { .words = "路灯", .open = "0" };
    int64_t before[REPORTS], after[REPORTS];
    int n = numbers(r, r->desk, asked, NULL, before), erased = 0;
    Fail f;
    DbRows *rows = db_query(r->town.db, r->town.arena,
                            "SELECT id, version, number FROM matter WHERE community = $1 AND kind = 'report'"
                            " AND closed_at > 0", "s", "sll", ARGS(TXT(r->town.community)), &f);
    for (int i = 0; i < rows->rows; i++) {
        bool hit = false;
        for (int k = 0; k < n; k++)
            hit |= before[k] == db_int(rows, i, 2);
        if (!hit || erased == 3) continue;
        act(r, r->admin, "report.erase", db_text(rows, i, 0), db_int(rows, i, 1), "{}");
        erased++;
    }
    assert_int_equal(erased, 3);
    assert_int_equal(numbers(r, r->desk, asked, NULL, after), n - 3);
    assert_true(check(r, r->desk, (Asked){ .words = "井盖" }) > 0);
    rows = db_query(r->town.db, r->town.arena, "SELECT count(*) FROM search s JOIN matter m ON m.id = s.matter"
                    " WHERE s.community = $1 AND m.community = $1 AND m.kind = 'report'", "s", "l",
                    ARGS(TXT(r->town.community)), &f);
    assert_int_equal(db_int(rows, 0, 0), REPORTS - 3);
}

/* ---- more than a search may look at: rows of the index alone, of two communities ---- */

enum { MANY = 3 * SEARCH_HITS_MAX };

static void put_rows(Db *db, Arena *a, bool pg, Str community)
{
    static const char lite[] = "INSERT INTO search (community, matter, tokens, rowid) VALUES ($1, $2, $3, $4)";
    static const char post[] = "INSERT INTO search (community, matter, tokens) SELECT CAST($1 AS text),"
                               " CAST($2 AS text), CAST($3 AS text) WHERE $4 = $4";
    for (int64_t i = 1; i <= MANY; i++) {
        Str matter = arena_fmt(a, "m%lld", (long long)i);
        Str tokens = search_tokens_of(a, i % 500 == 0 ? S("kaaa kccc") : S("kaaa kbbb"), i);
        Fail f;
        db_query(db, a, pg ? post : lite, "sssl", "",
                 ARGS(TXT(community), TXT(matter), TXT(tokens), NUM(db_search_row(community, S("report"), i, matter))),
                 &f);
        assert_int_equal(f.err, OK);
    }
    Fail f;
    db_query(db, a, "INSERT INTO counter (community, name, n) VALUES ($1, 'report', $2)", "sl", "",
             ARGS(TXT(community), NUM(MANY)), &f);
    assert_int_equal(f.err, OK);
}

/* Walks down; each last stage looks at no more than it may, goes on where the one before ended, and all are met. */
static int pages_of(Db *db, Arena *a, bool pg, Str community, const char *word)
{
    SearchIn in = { community, S("report"), arena_fmt(a, pg ? "'%s'" : "\"%s\"", word), SEARCH_NUMBERS };
    int pages = 0;
    do {
        SearchReach reach = { 0 };
        int64_t looked = INT64_MAX;
        for (int stage = 0; !reach.ends; stage++) {
            assert_int_equal(search_reach(db, a, in, stage, &reach).err, OK);
            assert_true(reach.looked_to <= looked && reach.looked_to < in.below && reach.down_to < reach.below);
            looked = reach.looked_to;
        }
        in.below = reach.looked_to;
        pages++;
    } while (in.below > 0 && pages < 100);
    assert_int_equal(in.below, 0);
    return pages;
}

static void a_search_looks_at_so_many(void **state)
{
    Run *r = *state;
    Town *t = &r->town;
    bool pg = db_is_postgres(t->db);
    Str here = S("540102001998"), there = S("540102001999");
    db_begin(t->db);
    put_rows(t->db, t->arena, pg, here);
    put_rows(t->db, t->arena, pg, there);
    int common = pages_of(t->db, t->arena, pg, here, "kaaa");
    if (!pg) assert_int_equal(common, 4); /* the fourth finds that the third was the last */
    assert_int_equal(pages_of(t->db, t->arena, pg, here, "kccc"), 1);
    assert_int_equal(pages_of(t->db, t->arena, pg, there, "kddd"), 1);
    db_rollback(t->db);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hits_are_those_of_an_oracle),
        cmocka_unit_test(what_was_erased_is_not_found),
        cmocka_unit_test(a_search_looks_at_so_many),
    };
    return engine_both(&engine, "found", tests, COUNT(tests), open_run, close_run);
}
