/* One answer as XML and as JSON, byte by byte; and the tables of states beside the rows of the report they speak of. */
#include "unit.h"

#include "port/open311/open311.h"

#include <libxml/parser.h>

extern const Module module_report;

static const Str HARD = S_INIT("a<b> & \"c\" \x01\xEF\xBF\xBF \xE6\xB0\xB4 \xF0\x9F\x8C\x8A");

static Str answer(Arena *a, Format format)
{
    Out o;
    out_begin(&o, a, format);
    out_list(&o, "things");
    out_item(&o, "thing");
    out_text(&o, "text", HARD);
    out_text(&o, "none", S(""));
    out_int(&o, "n", -7);
    out_bool(&o, "yes", true);
    out_e7(&o, "lat", true, -296494460);
    out_e7(&o, "long", false, 0);
    out_time(&o, "at", INT64_C(1782997200123));
    out_time(&o, "never", 0);
    out_list(&o, "words");
    out_word(&o, "word", S("x"));
    out_word(&o, "word", S("y"));
    out_list_end(&o);
    out_item_end(&o);
    out_item(&o, "thing");
    out_list(&o, "words");
    out_list_end(&o);
    out_item_end(&o);
    out_list_end(&o);
    return out_end(&o);
}

static void both_say_the_same(void **state)
{
    (void)state;
    Arena *a = arena_new();
    Str xml = answer(a, AS_XML), json = answer(a, AS_JSON);
    assert_text(xml, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                     "<things><thing><text>a&lt;b&gt; &amp; &quot;c&quot; \xEF\xBF\xBD\xEF\xBF\xBD \xE6\xB0\xB4"
                     " \xF0\x9F\x8C\x8A</text><none/><n>-7</n><yes>true</yes><lat>-29.6494460</lat><long/>"
                     "<at>2026-07-02T13:00:00Z</at><never/><words><word>x</word><word>y</word></words></thing>"
                     "<thing><words/></thing></things>\n");
    assert_text(json, "[{\"text\":\"a<b> & \\\"c\\\" \\u0001\xEF\xBF\xBF \xE6\xB0\xB4 \xF0\x9F\x8C\x8A\",\"none\":null,"
                      "\"n\":-7,\"yes\":true,\"lat\":-29.6494460,\"long\":null,\"at\":\"2026-07-02T13:00:00Z\","
                      "\"never\":null,\"words\":[\"x\",\"y\"]},{\"words\":[]}]");
    xmlDocPtr doc = xmlReadMemory(xml.p, (int)xml.n, NULL, NULL, XML_PARSE_NONET | XML_PARSE_NOERROR);
    assert_non_null(doc); /* well-formed, whatever was in it */
    xmlFreeDoc(doc);
    Fail f = FAIL_NONE;
    assert_non_null(json_read(a, json, &f));
    arena_free(a);
}

static void one_object_has_no_root_in_json(void **state)
{
    (void)state;
    Arena *a = arena_new();
    for (int i = 0; i < 2; i++) {
        Out o;
        out_begin(&o, a, i == 0 ? AS_JSON : AS_XML);
        out_item(&o, "root");
        out_text(&o, "a", S("1"));
        out_list(&o, "list");
        out_list_end(&o);
        out_item_end(&o);
        assert_text(out_end(&o), i == 0 ? "{\"a\":\"1\",\"list\":[]}"
                                        : "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                                          "<root><a>1</a><list/></root>\n");
    }
    arena_free(a);
}

/* Whoever adds a state says what it is called out there. */
static void every_state_has_its_row(void **state)
{
    (void)state;
    int n = 0;
    for (const State *s = module_report.states; s->name != NULL; s++, n++) {
        const StatusRow *row = status_of(str_c(s->name));
        assert_string_equal(row->state, s->name);
        assert_string_equal(row->status, s->open ? "open" : "closed");
    }
    for (const StatusRow *row = status_rows; row->state != NULL; row++)
        n--;
    assert_int_equal(n, 0);
    assert_string_equal(status_of(S("done"))->update, "IN_PROGRESS"); /* its handler says so; nobody else has seen it */
    assert_string_equal(status_of(S("verified"))->update, "FIXED");
}

static const Field *field_of(const Action *x, const char *name)
{
    for (const Field *f = x->fields; f->name != NULL; f++)
        if (strcmp(f->name, name) == 0) return f;
    return NULL;
}

/* What an update does is an action of the report that its reporter may do, from that state. */
static void every_update_has_its_action(void **state)
{
    (void)state;
    static const char *const words[] = { "OPEN",  "IN_PROGRESS", "INVESTIGATING", "ACTION_SCHEDULED",
                                         "FIXED", "CLOSED",      "DUPLICATE",     "NO_FURTHER_ACTION" };
    int n = 0;
    for (int i = 0; i < COUNT(words); i++)
        for (const State *s = module_report.states; s->name != NULL; s++) {
            const PostedRow *row = posted_of(str_c(words[i]), str_c(s->name));
            assert_non_null(row);
            assert_memory_equal(row->act, "report.", 7);
            const Action *x = module_action(&module_report, str_c(row->act + 7));
            assert_non_null(x);
            assert_true((x->who & REPORTER) != 0);
            if (row->state != NULL) assert_true((x->from & ST(module_state(&module_report, str_c(row->state)))) != 0);
            if (row->words != NULL) assert_non_null(field_of(x, row->words));
            if (row->photos) assert_non_null(field_of(x, "photos"));
            if (row->solved) assert_non_null(field_of(x, "solved"));
            n++;
        }
    assert_true(n > 50);
    assert_null(posted_of(S("open"), S("closed"))); /* upper case */
    assert_null(posted_of(S(""), S("closed")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_say_the_same),
        cmocka_unit_test(one_object_has_no_root_in_json),
        cmocka_unit_test(every_state_has_its_row),
        cmocka_unit_test(every_update_has_its_action),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
