/* A poster: one page in each language, with a code that says what it should, the same bytes each time. */
#include "unit.h"

#include "core/paper/paper.h"
#include "core/person/person.h"

/* What the font libraries keep for ever is theirs (paper.h); the server draws in a child. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "detect_leaks=0";
}

static json_t *poster_of(Arena *a, const char *language, Str url)
{
    int side = 0;
    json_t *d = json_new_object(a), *poster = json_new_object(a), *lines = json_new_array(a);
    Str modules = qr_modules(a, url, &side);
    json_put_text(d, "language", str_c(language));
    json_put_text(d, "title", S("གནད་དོན་ཞུ་བ། 反映问题 Report"));
    json_put_text(d, "foot", S("雪莲社区"));
    json_put_text(poster, "second", S("反映问题"));
    json_put_text(poster, "place", S("雪莲社区 第1网格"));
    json_put_text(poster, "modules", modules);
    json_put_int(poster, "side", side);
    for (int i = 0; i < 2; i++)
        json_array_append_new(lines, json_string("བཤར་ཏེ་པར་ཞིག་བརྒྱབ་ན་སྐུར་ཆོག ཐོ་འགོད་མི་དགོས།"));
    json_put(poster, "lines", lines);
    json_put_text(poster, "who", S("网格员 甲"));
    json_put_text(poster, "phone", S("0891600010"));
    json_t *head = json_new_object(a), *small = json_new_array(a);
    json_put_text(head, "modules", modules);
    json_put_int(head, "side", side);
    for (int i = 0; i < 3; i++)
        json_array_append_new(small, json_string("ཨང་རྟགས་ཆུང་བ་འདི་བཤེར། "
                                                 "LH1.540102001001.2087"));
    json_put(head, "lines", small);
    json_put(poster, "head", head);
    json_put(d, "poster", poster);
    return d;
}

/* The corners of a code of any size: seven modules, a ring, three by three (ISO/IEC 18004, 6.3.3). */
static bool has_finder(Str modules, int side, int x0, int y0)
{
    for (int y = 0; y < 7; y++)
        for (int x = 0; x < 7; x++) {
            bool ring = x == 0 || y == 0 || x == 6 || y == 6, core = x >= 2 && x <= 4 && y >= 2 && y <= 4;
            if ((modules.p[(y0 + y) * side + x0 + x] == '1') != (ring || core)) return false;
        }
    return true;
}

static void a_code_for_a_text(void **state)
{
    Arena *a = arena_new();
    int side = 0;
    (void)state;
    Str modules = qr_modules(a, S("https://linli.example.org/c/540102001001/#/report/at.grid.540102001001-01"), &side);
    assert_true(side >= 21 && side <= POSTER_SIDE_MAX && (side - 17) % 4 == 0);
    assert_int_equal(modules.n, side * side);
    assert_true(has_finder(modules, side, 0, 0) && has_finder(modules, side, side - 7, 0) &&
                has_finder(modules, side, 0, side - 7));
    assert_int_equal(qr_modules(a, S(""), &side).n, 0);
    assert_int_equal(side, 0);
    arena_free(a);
}

static void one_page_in_each_language(void **state)
{
    static const char *const languages[] = { "zh", "bo", "en" };
    Arena *a = arena_new();
    (void)state;
    for (int i = 0; i < COUNT(languages); i++) {
        Str one, two;
        const json_t *d = poster_of(a, languages[i], S("https://linli.example.org/c/540102001001/#/report/at.grid.1"));
        Fail f = paper_draw(a, d, &one);
        if (f.err != OK && strcmp(f.code, "fonts_missing") == 0) skip();
        assert_int_equal(f.err, OK);
        assert_int_equal(paper_draw(a, d, &two).err, OK);
        assert_true(str_eq(one, two) && str_starts(one, S("%PDF-")));
        assert_true(str_find(one, S("/Count 1\n")) > 0); /* the page tree: one page */
    }
    arena_free(a);
}

/* The longest that the routes take, so that nothing runs over the page. */
static void an_event_is_one_page(void **state)
{
    static const char *const texts[] = { "雪莲社区环境卫生大家一起来清扫活动并请医生义诊剪头发修家电听讲座",
                                         "བྱེད་སྒོ་ཆེན་པོ་ཞིག་ཡོད་པས་ཚང་མ་ཕེབས་རོགས།",
                                         "A clean-up with free haircuts and repai" };
    static const char *const languages[] = { "zh", "bo", "en" };
    Arena *a = arena_new();
    (void)state;
    for (int i = 0; i < COUNT(languages); i++) {
        Str pdf;
        json_t *d = poster_of(a, languages[i], S("https://linli.example.org/c/540102001001/#/report/at.grid.1"));
        json_t *poster = json_object_get(d, "poster");
        json_put_text(d, "title", str_c(texts[i]));
        json_object_del(poster, "second");
        json_put_text(poster, "place", str_c(texts[i]));
        json_put_text(poster, "time", str_c(texts[i]));
        Fail f = paper_draw(a, d, &pdf);
        if (f.err != OK && strcmp(f.code, "fonts_missing") == 0) skip();
        assert_int_equal(f.err, OK);
        assert_true(str_find(pdf, S("/Count 1\n")) > 0);
    }
    arena_free(a);
}

static void four_cards_on_a_page(void **state)
{
    Arena *a = arena_new();
    int side = 0;
    (void)state;
    json_t *d = json_new_object(a), *card = json_new_object(a), *lines = json_new_array(a), *one = json_new_object(a);
    json_put_text(d, "language", S("zh"));
    json_put_text(d, "title", S("有事找网格员"));
    json_put_text(one, "language", S("bo"));
    json_put_text(one, "text", S("ཨང་རིས་བཤར་ནས་གནད་དོན་ཞུས་ཆོག ཐོ་འགོད་མི་དགོས།"));
    json_put_int(one, "size", 15);
    json_array_append(lines, one);
    json_put_text(card, "modules", qr_modules(a, S("https://linli.example.org/c/1/#/report/at.grid.1"), &side));
    json_put_int(card, "side", side);
    json_put(card, "above", lines);
    json_put(card, "below", lines);
    json_put(d, "card", card);
    Str pdf, two;
    Fail f = paper_draw(a, d, &pdf);
    if (f.err != OK && strcmp(f.code, "fonts_missing") == 0) skip();
    assert_int_equal(f.err, OK);
    assert_int_equal(paper_draw(a, d, &two).err, OK);
    assert_true(str_eq(pdf, two) && str_find(pdf, S("/Count 1\n")) > 0);
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_code_for_a_text),
        cmocka_unit_test(one_page_in_each_language),
        cmocka_unit_test(an_event_is_one_page),
        cmocka_unit_test(four_cards_on_a_page),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
