/* The table check finds every planted fault, and says nothing of a sound table. */
#include "unit.h"

#include "app/world.h"
#include "core/serve/call.h"
#include "core/internal.h"

/* A small sound world: things are made, moved, and go; one clock, one reaction, two lists, one call. */
typedef struct Toy {
    State states[STATES_MAX + 2];
    Field fields[12], inner[3];
    Action actions[7];
    Filter filters[15];
    Query queries[4];
    Call calls[3];
    Clock clocks[4];
    Reaction reactions[6];
    Module module;
    const Module *modules[3];
    const char *words[3]; /* zh, bo, en */
} Toy;

enum { LYING, GONE };
enum { MAKE, MOVE, VANISH };
enum { LIST, MINE };

static const char WORDS[] = "{\"name\":\"x\",\"state.lying\":\"x\",\"state.gone\":\"x\",\"state.lost\":\"x\",\"action."
                            "make\":\"x\",\"action.move\":\"x\","
                            "\"action.vanish\":\"x\",\"action.extra\":\"x\",\"field.title\":\"x\",\"field.kind\":\"x\","
                            "\"field.parts\":\"x\",\"field.label\":\"x\","
                            "\"field.count\":\"x\",\"field.more\":\"x\",\"field.limit\":\"x\",\"field.id\":\"x\","
                            "\"value.kind.round\":\"x\",\"value.kind.flat\":\"x\","
                            "\"field.state\":\"x\",\"column.id\":\"x\",\"column.state\":\"x\",\"query.list\":\"x\","
                            "\"query.mine\":\"x\",\"query.make\":\"x\"}";

static Fail do_nothing(CallCtx *c)
{
    (void)c;
    return FAIL_NONE;
}

static Fail decide(Decide *d)
{
    (void)d;
    return FAIL_NONE;
}

static json_t *input(Arena *a, const Event *e, Str matter)
{
    (void)a, (void)e, (void)matter;
    return NULL;
}

static const char *const KINDS[] = { "round", "flat", NULL };
static const char *const STATES[] = { "lying", "gone", NULL };

static void toy_new(Toy *t)
{
    *t = (Toy){
        .states = { { "lying", true }, { "gone", false } },
        .inner = { { .name = "label", .type = F_TEXT, .max = 10 },
                   { .name = "count", .type = F_INT, .min = 0, .max = 9 } },
        .fields = { { .name = "title", .type = F_TEXT, .required = true, .max = 20 },
                    { .name = "kind", .type = F_ENUM, .values = KINDS },
                    { .name = "parts", .type = F_LIST, .max = 5 } },
        .actions = { { .name = "make", .route = "POST /toys", .may = OFFICER, .from = NEW, .to = ST(LYING) },
                     { .name = "move", .route = "POST /toys/{id}/move", .may = OFFICER, .from = ST(LYING), .to = SAME },
                     { .name = "vanish", .may = SYSTEM, .from = ST(LYING), .to = ST(GONE) } },
        .filters = { { { .name = "kind", .type = F_ENUM, .values = KINDS }, "m.category = $" },
                     { { .name = "state", .type = F_ENUM, .values = STATES }, "m.state = $" } },
        .queries = { { .name = "list",
                       .route = "GET /toys",
                       .may = OFFICER,
                       .scope = SCOPE_PLACE,
                       .sql = "SELECT m.id, m.state FROM matter m WHERE m.community = $1 AND {scope}",
                       .columns = "id:s state:s",
                       .order = "m.id:s ASC" },
                     { .name = "mine",
                       .route = "GET /toys/mine",
                       .may = SIGNED_IN,
                       .scope = SCOPE_SELF,
                       .sql = "SELECT m.id FROM matter m WHERE m.community = $1 AND m.place = {self}",
                       .columns = "id:s" } },
        .calls = { { .name = "shake", .route = "POST /toys/shake", .may = OFFICER, .run = do_nothing } },
        .clocks = { { .name = "forgotten", .states = ST(LYING), .after = 1, .unit = HOURS, .then = "vanish" } },
        .reactions = { { .on = "toy.make",
                         .act = "toy.vanish",
                         .each = { "ss", "s", "SELECT $1 WHERE $2 = ''" },
                         .input = input } },
        .words = { WORDS, WORDS, WORDS },
    };
    t->fields[2].fields = t->inner;
    t->actions[MAKE].fields = t->fields;
    t->queries[LIST].filters = t->filters;
    t->module = (Module){ .name = "toy", .plural = "toys", .states = t->states, .actions = t->actions,
                          .queries = t->queries, .calls = t->calls, .clocks = t->clocks };
    t->modules[0] = &t->module;
}

static Str report_of(Arena *a, Toy *t)
{
    Str report;
    t->module.words_zh = t->words[0];
    t->module.words_bo = t->words[1];
    t->module.words_en = t->words[2];
    assert_non_null(world_new(a, t->modules, t->reactions, &report));
    return report;
}

/* ---- faults, and the exact lines that name them ---- */

static const char *without(const char *key) /* WORDS, with one key's name spoilt */
{
    static char text[sizeof WORDS];
    memcpy(text, WORDS, sizeof text);
    char *at = strstr(text, key);
    assert_non_null(at);
    *at = '_';
    return text;
}

static void no_zh(Toy *t) { t->words[0] = without("action.move"); }
static void no_bo(Toy *t) { t->words[1] = without("value.kind.flat"); }
static void no_en(Toy *t) { t->words[2] = without("field.label"); }
static void no_query_word(Toy *t) { t->words[1] = without("query.mine"); }
static void no_column_word(Toy *t) { t->words[0] = without("column.id"); }
static void no_words(Toy *t) { t->words[1] = "{"; }
static void unreachable(Toy *t) { t->states[2] = (State){ "lost", true }; }
static void from_unreachable(Toy *t)
{
    t->states[2] = (State){ "lost", true };
    t->actions[MOVE].from = ST(2);
}
static void no_such_state(Toy *t) { t->actions[MOVE].to = ST(7); t->actions[MOVE].decide = decide; }
static void too_many_states(Toy *t)
{
    for (int i = 0; i <= STATES_MAX; i++)
        t->states[i] = (State){ "lying", true };
    t->actions[MOVE].to = ((UINT32_C(1) << STATES_MAX) - 1) & ~ST(LYING);
    t->actions[MOVE].decide = decide;
}
static void nobody(Toy *t) { t->actions[MOVE].may = 0; }
static void nobody_at_all(Toy *t) { t->actions[VANISH].may = 0; }
static void only_system_by_route(Toy *t) { t->actions[MOVE].may = SYSTEM; }
static void new_by_relation(Toy *t) { t->actions[MAKE].who = HANDLER; }
static void strong_anyone(Toy *t) { t->actions[MAKE].may = ANYONE; t->actions[MAKE].strong = true; }
static void get_action(Toy *t) { t->actions[MOVE].route = "GET /toys/{id}/move"; }
static void no_matter(Toy *t) { t->actions[MOVE].route = "POST /toys/move"; }
static void new_with_matter(Toy *t) { t->actions[MAKE].route = "POST /toys/{id}/make"; }
static void stateless(Toy *t) { t->actions[MOVE].to = 0; }
static void new_same(Toy *t) { t->actions[MAKE].to = SAME | ST(LYING); }
static void undecided(Toy *t) { t->actions[MOVE].to = ST(LYING) | ST(GONE); }
static void reserved(Toy *t) { t->fields[3] = (Field){ .name = "id", .type = F_ID }; }
static void unknown_reverse(Toy *t) { t->actions[MOVE].reverse = "unmove"; }
static void many_reads(Toy *t)
{
    static Read reads[READS_MAX + 2];
    for (int i = 0; i <= READS_MAX; i++)
        reads[i].name = "read";
    t->actions[MOVE].reads = reads;
}
static void unbounded(Toy *t) { t->fields[0].max = 0; }
static void unbounded_inside(Toy *t) { t->inner[1].min = t->inner[1].max = 0; }
static void unbounded_list(Toy *t) { t->fields[2].max = 0; }
static void upside_down(Toy *t) { t->fields[0].min = 21; }
static void no_values(Toy *t) { t->fields[1].values = NULL; }
static void empty_record(Toy *t) { t->fields[2].fields = NULL; }
static void secret_field(Toy *t) { t->fields[3] = (Field){ .name = "more", .type = F_SECRET, .max = 9 }; }
static void whose(Toy *t) { t->fields[0].personal = OF_PERSON_FIELD; t->fields[0].of = "somebody"; }
static void signs_nothing(Toy *t) { t->fields[3] = (Field){ .name = "more", .type = F_SIGNATURE, .of = "text" }; }
static void form_of_nothing(Toy *t) { t->fields[3] = (Field){ .name = "more", .type = F_FORM, .max = 99 }; }
static void twice_a_field(Toy *t) { t->fields[3] = t->fields[0]; }
static void fields_in_text(Toy *t) { t->fields[0].fields = t->inner; }
static void bad_clock(Toy *t) { t->clocks[0].then = "move"; }
static void unknown_clock(Toy *t) { t->clocks[0].then = "melt"; }
static void clock_elsewhere(Toy *t) { t->clocks[0].states = ST(LYING) | ST(GONE); }
static void clock_never(Toy *t) { t->clocks[0].states = 0; }
static void clock_back(Toy *t) { t->clocks[0].after = -1; }
static void two_clocks(Toy *t) { t->clocks[1] = t->clocks[0]; }
static void unknown_event(Toy *t) { t->reactions[0].on = "toy.melt"; }
static void unknown_act(Toy *t) { t->reactions[0].act = "toy.move"; }
static void no_input(Toy *t) { t->reactions[0].input = NULL; }
static void circle(Toy *t)
{
    t->reactions[1] = t->reactions[0];
    t->reactions[1].on = t->reactions[1].act;
}
static void two_names(Toy *t) { t->queries[MINE].name = "make"; }
static void two_actions(Toy *t) { t->actions[3] = t->actions[MOVE]; t->actions[3].route = "POST /toys/{id}/shift"; }
static void two_modules(Toy *t) { t->modules[1] = &t->module; }
static void one_route(Toy *t) { t->calls[0].route = "POST /toys"; }
static void one_shape(Toy *t) { t->calls[0].route = "POST /toys/{toy}/move"; }
static void other_hole(Toy *t) { t->calls[0].route = "GET /toys/{toy}/move"; }
static void many_holes(Toy *t) { t->calls[0].route = "GET /toys/{a}/{b}/{c}/{d}"; }
static void bad_route(Toy *t) { t->calls[0].route = "GET /toys/shake/"; }
static void post_query(Toy *t) { t->queries[MINE].route = "POST /toys/mine"; }
static void nobodys_query(Toy *t) { t->queries[MINE].may = 0; }
static void no_sql(Toy *t) { t->queries[MINE].sql = NULL; }
static void no_community(Toy *t) { t->queries[MINE].sql = "SELECT m.id FROM matter m WHERE m.place = {self}"; }
static void forgot_scope(Toy *t) { t->queries[LIST].sql = "SELECT m.id, m.state FROM matter m WHERE m.community = $1"; }
static void forgot_self(Toy *t) { t->queries[MINE].sql = "SELECT m.id FROM matter m WHERE m.community = $1"; }
static void scope_of_nothing(Toy *t) { t->queries[LIST].scope = SCOPE_NONE; }
static void mine_without_relation(Toy *t) { t->queries[LIST].scope = SCOPE_MINE; }
static void bad_columns(Toy *t) { t->queries[LIST].columns = "id:s state:q"; }
static void bare_column(Toy *t) { t->queries[LIST].columns = "id:s state"; }
static void two_columns(Toy *t) { t->queries[MINE].columns = "id:s id:s"; }
static void bad_order(Toy *t) { t->queries[LIST].order = "m.opened_at:l DESC"; }
static void zigzag(Toy *t) { t->queries[LIST].order = "m.state:s ASC, m.id:s DESC"; }
static void logged_blind(Toy *t) { t->queries[MINE].logged = true; t->queries[MINE].columns = "state:s"; }
static void view_of_nothing(Toy *t)
{
    t->module.states = NULL;
    t->module.actions = NULL;
    t->module.clocks = NULL;
    t->reactions[0] = (Reaction){ 0 };
    t->filters[1] = (Filter){ { 0 }, NULL };
    t->queries[MINE].view = true;
}
static void filter_unbounded(Toy *t) { t->filters[0].param = (Field){ .name = "title", .type = F_TEXT }; }
static void filter_files(Toy *t) { t->filters[0].param = (Field){ .name = "title", .type = F_FILES, .max = 3 }; }
static void filter_no_value(Toy *t) { t->filters[0].sql = "m.state = 'lying'"; }
static void filter_search(Toy *t) { t->filters[0].sql = "{match}"; }
static void filter_reserved(Toy *t) { t->filters[0].param = (Field){ .name = "limit", .type = F_INT, .max = 3 }; }
static void filter_twice(Toy *t) { t->filters[2] = t->filters[0]; }
static void filter_no_word(Toy *t) { t->filters[0].param = (Field){ .name = "colour", .type = F_BOOL }; }
static void filters_many(Toy *t)
{
    static char names[13][8];
    for (int i = 0; i < 13; i++) {
        snprintf(names[i], sizeof names[i], "f%d", i);
        t->filters[i] = (Filter){ { .name = names[i], .type = F_BOOL }, "1 = $" };
    }
}
static void nobodys_call(Toy *t) { t->calls[0].may = 0; }
static void idle_call(Toy *t) { t->calls[0].run = NULL; }
static void raw_fields(Toy *t) { t->calls[0].raw = true; t->calls[0].fields = t->inner; }

static const struct {
    const char *name;
    void (*plant)(Toy *t);
    const char *lines; /* each ends with a newline; "*" at the end: more follow from it */
} faults[] = {
    { "zh", no_zh, "toy: missing word in zh: toy.action.move\n" },
    { "bo", no_bo, "toy: missing word in bo: toy.value.kind.flat\n" },
    { "en", no_en, "toy: missing word in en: toy.field.label\n" },
    { "query word", no_query_word, "toy: missing word in bo: toy.query.mine\n" },
    { "column word", no_column_word, "toy: missing word in zh: toy.column.id\n" },
    { "words", no_words, "toy: words.bo.json cannot be read (json_syntax)\n" },
    { "unreachable", unreachable, "toy: unreachable state: lost\n" },
    { "from unreachable", from_unreachable,
      "toy: unreachable state: lost\ntoy: action from a state that is never reached: move\n" },
    { "no such state", no_such_state, "toy: action names a state that there is not: move\n" },
    { "too many states", too_many_states, "toy: more states than fit: lying\n*" },
    { "nobody", nobody, "toy: action that nobody may do: move\n" },
    { "nobody at all", nobody_at_all,
      "toy: action that nobody may do: vanish\ntoy: clock's action is unknown or not the system's: forgotten\n"
      "reaction's action is unknown or not the system's: toy.vanish\n" },
    { "only system", only_system_by_route, "toy: action that nobody may do: move\n" },
    { "new by relation", new_by_relation, "toy: creating action that asks for a relation: make\n" },
    { "strong anyone", strong_anyone, "toy: second factor asked of anyone: make\n" },
    { "get action", get_action, "toy: action's route must be a POST: move\n" },
    { "no matter", no_matter, "toy: action's route names no matter: move\n" },
    { "new with matter", new_with_matter, "toy: creating action's route names a matter: make\n" },
    { "stateless", stateless, "toy: action without states: move\n" },
    { "new same", new_same, "toy: creating action must name a state: make\n" },
    { "undecided", undecided, "toy: several states and no decide: move\n" },
    { "reserved", reserved, "toy: field with a reserved name: id\n" },
    { "reverse", unknown_reverse, "toy: unknown reverse action: move\n" },
    { "reads", many_reads, "toy: too many reads: move\n" },
    { "unbounded", unbounded, "toy: field without bounds: title\n" },
    { "unbounded inside", unbounded_inside, "toy: field without bounds: count\n" },
    { "unbounded list", unbounded_list, "toy: field without bounds: parts\n" },
    { "upside down", upside_down, "toy: field without bounds: title\n" },
    { "no values", no_values, "toy: field without bounds: kind\n" },
    { "empty record", empty_record, "toy: record without fields: parts\n" },
    { "secret", secret_field, "toy: secret field in an action: more\n" },
    { "whose", whose, "toy: personal field does not say whose: title\n" },
    { "signature", signs_nothing, "toy: signature does not say of what: more\n" },
    { "form", form_of_nothing, "toy: form does not say which field names its schema: more\n" },
    { "field twice", twice_a_field, "toy: two fields of one name: title\n" },
    { "fields in text", fields_in_text, "toy: fields inside of what is no record: title\n" },
    { "clock", bad_clock, "toy: clock's action is unknown or not the system's: forgotten\n" },
    { "unknown clock", unknown_clock, "toy: clock's action is unknown or not the system's: forgotten\n" },
    { "clock elsewhere", clock_elsewhere, "toy: clock runs in a state where its action may not happen: forgotten\n" },
    { "clock never", clock_never, "toy: clock that never runs: forgotten\n" },
    { "clock back", clock_back, "toy: clock with a negative delay: forgotten\n" },
    { "two clocks", two_clocks, "toy: two clocks of one name: forgotten\n" },
    { "unknown event", unknown_event, "reaction on unknown event: toy.melt\n" },
    { "unknown act", unknown_act, "reaction's action is unknown or not the system's: toy.move\n" },
    { "no input", no_input, "reaction without its matters or input: toy.make\n" },
    { "circle", circle, "reactions too deep: toy.make\nreactions too deep: toy.vanish\n" },
    { "two names", two_names, "toy: two rows of one name: make\n" },
    { "two actions", two_actions, "toy: two rows of one name: move\n" },
    { "two modules", two_modules, "two modules of one name: toy\n*" },
    { "one route", one_route, "toy: two rows on one route: /toys\n" },
    { "one shape", one_shape,
      "toy: two rows on one route: /toys/{toy}/move\ntoy: two names for one hole: /toys/{toy}/move\n" },
    { "other hole", other_hole, "toy: two names for one hole: /toys/{toy}/move\n" },
    { "many holes", many_holes, "toy: too many holes in a route: /toys/{a}/{b}/{c}/{d}\n" },
    { "bad route", bad_route, "toy: bad route: /toys/shake/\n" },
    { "post query", post_query, "toy: query's route must be a GET: mine\n" },
    { "nobody's query", nobodys_query, "toy: query that nobody may ask: mine\n" },
    { "no sql", no_sql, "toy: query without SQL and columns: mine\n" },
    { "no community", no_community, "toy: SQL is not bound to the community: mine\n" },
    { "forgot scope", forgot_scope, "toy: SQL without its scope: list\n" },
    { "forgot self", forgot_self, "toy: SQL without its scope: mine\n" },
    { "scope of nothing", scope_of_nothing, "toy: SQL has a scope and the row has none: list\n" },
    { "mine without relation", mine_without_relation, "toy: scope by relation without a relation: list\n" },
    { "bad columns", bad_columns, "toy: columns cannot be read: list\n" },
    { "bare column", bare_column, "toy: columns cannot be read: list\n" },
    { "two columns", two_columns, "toy: two columns of one name: id\n" },
    { "bad order", bad_order, "toy: order is not by its columns, all one way: list\n" },
    { "zigzag", zigzag, "toy: order is not by its columns, all one way: list\n" },
    { "logged blind", logged_blind, "toy: logged query does not say whose data it opens: mine\n" },
    { "view of nothing", view_of_nothing, "toy: view of a kind without states: mine\n" },
    { "filter unbounded", filter_unbounded, "toy: field without bounds: title\n" },
    { "filter files", filter_files, "toy: filter that no query string can hold: title\n" },
    { "filter no value", filter_no_value, "toy: filter without its value: kind\n" },
    { "filter search", filter_search, "toy: filter that searches must match, and no other: kind\n" },
    { "filter reserved", filter_reserved, "toy: filter with a reserved name: limit\n" },
    { "filter twice", filter_twice, "toy: two filters of one name: kind\n" },
    { "filter no word", filter_no_word,
      "toy: missing word in zh: toy.field.colour\ntoy: missing word in bo: toy.field.colour\n"
      "toy: missing word in en: toy.field.colour\n" },
    { "filters many", filters_many, "toy: missing word in zh: toy.field.f0\n*" },
    { "nobody's call", nobodys_call, "toy: call that nobody may make: shake\n" },
    { "idle call", idle_call, "toy: call that does nothing: shake\n" },
    { "raw fields", raw_fields, "toy: call with fields and a raw body: shake\n" },
};

static void a_sound_table_passes(void **state)
{
    static Toy t; /* its rows are registered for good */
    toy_new(&t);
    assert_text(report_of(*state, &t), "");
}

static void every_planted_fault_is_named(void **state)
{
    int wrong = 0;
    for (int i = 0; i < COUNT(faults); i++) {
        static Toy t;
        toy_new(&t);
        faults[i].plant(&t);
        Str report = report_of(*state, &t), want = str_c(faults[i].lines);
        bool open_end = str_ends(want, S("*"));
        if (open_end) want.n--;
        if (open_end ? str_starts(report, want) : str_eq(report, want)) continue;
        wrong++;
        print_error("%s: wanted\n%.*sgot\n%.*s", faults[i].name, STR_ARG(want), STR_ARG(report));
    }
    assert_int_equal(wrong, 0);
}

static void the_real_world_passes(void **state)
{
    Str report;
    World *w = world_new(*state, world_modules, world_reactions, &report);
    assert_text(report, "");
    assert_true(w->n_modules > 10 && w->n_rows > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_arena(a_sound_table_passes),
        with_arena(every_planted_fault_is_named),
        with_arena(the_real_world_passes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
