#include "store_engine.h"

#include "core/search.h"

typedef struct Fixture {
    Arena *arena;
    Seals *seals;
} Fixture;

static Fixture fixture(void **state) {
    return (Fixture){ *state, seals_for_test(*state) };
}

static int count_tokens(Str tokens) {
    int n = tokens.n > 0;
    for (size_t i = 0; i < tokens.n; i++)
        n += tokens.p[i] == ' ';
    return n;
}

/* All of `part` is among the tokens of `whole`. */
static bool has_all(Str whole, Str part) {
    while (part.n > 0) {
        Str token = str_cut(&part, ' ');
        if (str_find(whole, token) < 0) return false;
    }
    return true;
}

static bool finds(void **state, const char *document, const char *query) {
    Fixture x = fixture(state);
    Str asked = search_tokens(x.arena, x.seals, str_c(query), true);
    return asked.n > 0 && has_all(search_tokens(x.arena, x.seals, str_c(document), false), asked);
}

/* ---- what is found ---- */

static void test_chinese(void **state) {
    static const char *const document = "三号楼屋顶漏水,雨停了还在滴。联系电话12345";
    assert_true(finds(state, document, "漏水"));
    assert_true(finds(state, document, "屋顶漏水"));
    assert_true(finds(state, document, "漏"));
    assert_true(finds(state, document, "漏水 三号楼"));
    assert_true(finds(state, document, "12345"));
    assert_false(finds(state, document, "水漏"));
    assert_false(finds(state, document, "屋漏"));
    assert_false(finds(state, document, "水雨")); /* a comma parts them */
    assert_false(finds(state, document, "路灯"));
}

static void test_tibetan(void **state) {
    static const char *const document = "ཁང་པའི་ཐོག་ཆུ་འཛག་གི་འདུག།  སྒོ་ཨང་༣།";
    assert_true(finds(state, document, "ཆུ"));
    assert_true(finds(state, document, "ཆུ་"));
    assert_true(finds(state, document, "ཆུ།"));
    assert_true(finds(state, document, "ཆུ༌འཛག")); /* the tsheg that does not break a line */
    assert_true(finds(state, document, "འདུག"));
    assert_true(finds(state, document, "3"));
    assert_false(finds(state, document, "ཆ"));
    assert_false(finds(state, document, "ལམ"));
}

static void test_words(void **state) {
    static const char *const document = "Water leaks: Flat A12, Übergang, Дом 5. ＲＯＯＭ７ naïve";
    assert_true(finds(state, document, "WATER"));
    assert_true(finds(state, document, "a12"));
    assert_true(finds(state, document, "übergang"));
    assert_true(finds(state, document, "дом"));
    assert_true(finds(state, document, "room7"));
    assert_true(finds(state, document, "Naïve"));
    assert_false(finds(state, document, "wat"));
    assert_false(finds(state, document, "a1"));
}

static void test_mixed_scripts(void **state) {
    static const char *const document = "3号楼WiFi坏了 འཕྲུལ་ཆས་broken";
    assert_true(finds(state, document, "3"));
    assert_true(finds(state, document, "号楼"));
    assert_true(finds(state, document, "wifi"));
    assert_true(finds(state, document, "坏了"));
    assert_true(finds(state, document, "འཕྲུལ"));
    assert_true(finds(state, document, "broken"));
}

/* ---- what is stored ---- */

static void test_nothing_readable(void **state) {
    Fixture x = fixture(state);
    Str tokens = search_tokens(x.arena, x.seals, S("water 漏水 water leak"), false);
    assert_int_equal(count_tokens(tokens), 5); /* water leak 漏 水 漏水: each once */
    assert_int_equal(str_find(tokens, S("water")), -1);
    for (size_t i = 0; i < tokens.n; i++) {
        bool starts = i % 14 == 0, between = i % 14 == 13;
        char c = tokens.p[i];
        if (starts) assert_int_equal(c, 'k');
        if (between) assert_int_equal(c, ' ');
        if (!between) assert_true((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'));
    }
    /* the order of words is gone too */
    Str turned = search_tokens(x.arena, x.seals, S("leak 漏水 water"), false);
    assert_true(str_eq(turned, tokens));
}

static void test_empty(void **state) {
    Fixture x = fixture(state);
    static const char *const nothing[] = { "",    " \t\n",     "。,!?",
                                           "།་།", "---***\"'", "\xF0\x9F\x98\x80" };
    for (int i = 0; i < COUNT(nothing); i++) {
        assert_int_equal(search_tokens(x.arena, x.seals, str_c(nothing[i]), false).n, 0);
        assert_int_equal(search_match(x.arena, x.seals, str_c(nothing[i]), false, S("c")).n, 0);
        assert_int_equal(search_match(x.arena, x.seals, str_c(nothing[i]), true, S("c")).n, 0);
    }
}

static void test_bounds(void **state) {
    Fixture x = fixture(state);
    Buf text = buf_new(x.arena, 1 << 16);
    for (int i = 0; i < 3000; i++)
        utf8_put(&text, 0x4E00 + i);
    Str long_text = buf_str(&text);
    assert_int_equal(count_tokens(search_tokens(x.arena, x.seals, long_text, false)),
                     SEARCH_TOKENS_MAX);
    assert_int_equal(count_tokens(search_tokens(x.arena, x.seals, long_text, true)), 64);
    /* a text that says the same again and again never fills the list */
    text.n = 0;
    for (int i = 0; i < 9000; i++)
        buf_c(&text, "漏水 ");
    buf_c(&text, "END");
    Str again = search_tokens(x.arena, x.seals, buf_str(&text), false);
    assert_int_equal(count_tokens(again), 4);
    assert_true(has_all(again, search_tokens(x.arena, x.seals, S("end"), true)));
    /* words of any length, cut between characters */
    text.n = 0;
    for (int i = 0; i < 500; i++)
        buf_c(&text, "ü");
    assert_int_equal(count_tokens(search_tokens(x.arena, x.seals, buf_str(&text), false)), 1);
}

static void test_bad_utf8(void **state) {
    Fixture x = fixture(state);
    Str tokens = search_tokens(x.arena, x.seals, S("water \xFF leak"), false);
    assert_true(str_eq(tokens, search_tokens(x.arena, x.seals, S("water"), false)));
}

/* ---- both engines find the same ---- */

static const char *const DOCUMENTS[] = {
    "三号楼屋顶漏水",      "路灯不亮,巷子很黑",
    "ཆུ་འཛག་གི་འདུག",         "Street lamp broken near hall 3",
    "下水道堵了,雨水进屋", "རླུང་འཕྲིན་གློག་མེད",
    "垃圾没人收 12345e6",  "lamp and water; 漏电",
};
static const char *const QUERIES[] = { "漏水",        "漏",          "水",           "路灯",
                                       "雨水 下水道", "ཆུ",           "lamp",         "LAMP hall",
                                       "12345e6",     "' OR 1=1 --", "\"a\" NOT b*", "3",
                                       "不存在" };

static void fill(Db *db, Fixture x, bool postgres) {
    Fail f = db_exec(db, postgres ? "CREATE TABLE search (community TEXT, matter TEXT, tokens TEXT)"
                                  : "CREATE VIRTUAL TABLE search USING fts5 (community UNINDEXED,"
                                    " matter UNINDEXED, tokens, tokenize = \"ascii\")");
    assert_int_equal(f.err, OK);
    for (int i = 0; i < COUNT(DOCUMENTS) * 2; i++) {
        Str tokens = search_tokens(x.arena, x.seals, str_c(DOCUMENTS[i / 2]), false);
        db_query(db, x.arena, "INSERT INTO search (community, matter, tokens) VALUES ($1, $2, $3)",
                 "sss", "",
                 ARGS(TXT(i % 2 ? S("there") : S("here")), TXT(arena_fmt(x.arena, "%d", i / 2)),
                      TXT(tokens)),
                 &f);
        assert_int_equal(f.err, OK);
    }
}

static Str answer(Db *db, Fixture x, bool postgres, const char *query) {
    Fail f = FAIL_NONE;
    Str match = search_match(x.arena, x.seals, str_c(query), postgres, S("here"));
    Buf out = buf_new(x.arena, 64);
    if (match.n == 0) return S("");
    DbRows *r = db_query(
        db, x.arena,
        postgres ? "SELECT matter FROM search WHERE community = $1 AND"
                   " to_tsvector('simple', tokens) @@ to_tsquery('simple', $2) ORDER BY matter"
                 : "SELECT matter FROM search WHERE community = $1 AND search MATCH $2"
                   " ORDER BY matter",
        "ss", "s", ARGS(TXT(S("here")), TXT(match)), &f);
    if (f.err != OK) fail_msg("%s: %s", query, db_last_error(db));
    for (int i = 0; i < r->rows; i++) {
        buf_add(&out, db_text(r, i, 0));
        buf_char(&out, ' ');
    }
    return buf_str(&out);
}

static const char *const EXPECTED[] = { "0 ", "0 7 ", "0 4 ", "1 ", "4 ", "2 ", "3 7 ",
                                        "3 ", "6 ",   "",     "",   "3 ", "" };

static void check_engine(Fixture x, const DbConfig *c, bool postgres) {
    Fail f = FAIL_NONE;
    Db *db = db_open_bare(c, &f);
    assert_non_null(db);
    fill(db, x, postgres);
    for (int i = 0; i < COUNT(QUERIES); i++)
        assert_text(answer(db, x, postgres, QUERIES[i]), EXPECTED[i]);
    db_close(db);
}

static void test_sqlite_finds(void **state) {
    Fixture x = fixture(state);
    DbConfig c = engine_lite(x.arena);
    check_engine(x, &c, false);
    engine_lite_drop(&c);
}

static void test_postgres_finds(void **state) {
    Fixture x = fixture(state);
    DbConfig c = engine_pg(x.arena, "search");
    check_engine(x, &c, true);
    engine_pg_drop(x.arena, "search");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        with_arena(test_chinese),
        with_arena(test_tibetan),
        with_arena(test_words),
        with_arena(test_mixed_scripts),
        with_arena(test_nothing_readable),
        with_arena(test_empty),
        with_arena(test_bounds),
        with_arena(test_bad_utf8),
        with_arena(test_sqlite_finds),
        with_arena(test_postgres_finds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
