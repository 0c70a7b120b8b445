/* What the log's tools read from outside: lines of an export, of the list of erasures, a manifest; and upcasts. */
#include "unit.h"

#include "core/log/backup.h"
#include "core/log/erasures.h"
#include "core/internal.h"

/* ---- lines ---- */

static void line_kinds(void **state)
{
    Arena *a = *state;
    ExportLine l;
    assert_int_equal(export_line_read(a, S("{\"linli\":\"export\",\"format\":1,\"events\":7,\"keys\":2}"), &l).err, OK);
    assert_int_equal(l.kind, LINE_HEADER);
    assert_int_equal(l.events, 7);
    assert_int_equal(
        export_line_read(a, S("{\"key\":{\"community\":\"1\",\"subject\":\"2\",\"wrapped\":\"AAA\",\"at\":5}}"), &l)
            .err,
        OK);
    assert_int_equal(l.kind, LINE_KEY);
    assert_int_equal(l.wrapped.n, 2);
    assert_int_equal(export_line_read(a, S("{\"v\":1,\"anything\""), &l).err, OK); /* event_parse reads it */
    assert_int_equal(l.kind, LINE_EVENT);
}

static void line_refusals(void **state)
{
    static const struct {
        const char *line, *code;
    } bad[] = {
        { "", "json_syntax" },
        { "{}", "line_unknown" },
        { "[1]", "line_unknown" },
        { "{\"linli\":\"export\",\"format\":2}", "format_unknown" },
        { "{\"key\":{}}", "key_line" },
        { "{\"key\":{\"community\":\"1\",\"subject\":\"2\",\"wrapped\":\"?\"}}", "key_line" },
        { "{\"end\":{\"events\":1,\"sha256\":\"00\"}}", "end_line" },
    };
    ExportLine l;
    for (int i = 0; i < COUNT(bad); i++) {
        Fail f = export_line_read(*state, str_c(bad[i].line), &l);
        assert_int_not_equal(f.err, OK);
        assert_string_equal(f.code, bad[i].code);
    }
}

#define EVENT "01a2157f-a461-7f37-95bb-c0325c147f2e"
#define MATTER "01a2157f-a461-7f37-95bb-c0325c147f2f"

static void erasure_lines(void **state)
{
    (void)state;
    Erasure e;
    assert_int_equal(erasure_read(S("erase 540102001001 7 " EVENT " " MATTER " person.erase"), &e), ERASURE_ERASE);
    assert_text(e.community, "540102001001");
    assert_int_equal(e.seq, 7);
    assert_text(e.matter, MATTER);
    assert_text(e.type, "person.erase");
    assert_int_equal(erasure_read(S("void " EVENT), &e), ERASURE_VOID);
    assert_int_equal(erasure_read(S("settled"), &e), ERASURE_SETTLED);
    assert_int_equal(erasure_read(S("revoke 540102001001 " MATTER), &e), ERASURE_REVOKE);
    assert_text(e.community, "540102001001");
    assert_text(e.matter, MATTER);
    static const char *const none[] = { "",
                                        "settle",
                                        "revoke",
                                        "revoke 1",
                                        "revoke  " MATTER,
                                        "revoke 1 " MATTER " x",
                                        "void",
                                        "void x",
                                        "erase",
                                        "erase 1 0 " EVENT " " MATTER " a.b",
                                        "erase 1 7 " EVENT " " MATTER,
                                        "erase 1 7 " EVENT " 01a2157f person.erase",
                                        "erase 1 7 " EVENT " " MATTER " a b" };
    for (int i = 0; i < COUNT(none); i++)
        assert_int_equal(erasure_read(str_c(none[i]), &e), ERASURE_NONE);
}

static void manifests(void **state)
{
    Arena *a = *state;
    Manifest m;
    Str line = S("{\"linli\":\"backup\",\"format\":1,\"stamp\":\"db-20261126T013630604Z\",\"events\":3}");
    Str own = hash_hex(a, hash_one(line));
    Str text = arena_fmt(a, "%s\n%s\n", line.p, own.p);
    assert_int_equal(manifest_parse(a, text, &m).err, OK);
    assert_int_equal(m.events, 3);
    assert_text(m.stamp, "db-20261126T013630604Z");
    for (size_t i = 0; i < text.n; i++) { /* no byte of it may change */
        char *p = (char *)(uintptr_t)arena_str(a, text).p;
        p[i] ^= 1;
        assert_int_equal(manifest_parse(a, (Str){ p, text.n }, &m).err, ERR_CONFLICT);
    }
    Str up = S("{\"linli\":\"backup\",\"format\":1,\"stamp\":\"../../etc\"}");
    assert_int_equal(manifest_parse(a, arena_fmt(a, "%s\n%s\n", up.p, hash_hex(a, hash_one(up)).p), &m).err,
                     ERR_CONFLICT);
}

/* ---- upcasts ---- */

static void spot_to_place(Arena *a, json_t *data)
{
    (void)a;
    json_t *spot = json_object_get(data, "spot");
    json_object_set(data, "where", spot);
    json_object_del(data, "spot");
}

static const State states[] = { { "open", true }, { 0 } };
static const Field fields[] = { { .name = "where", .type = F_TEXT, .max = 9 }, { 0 } };
static const Action actions[] = {
    { .name = "say", .may = SYSTEM, .from = NEW, .to = ST(0), .fields = fields, .version = 3 },
    { 0 },
};
static const Upcast upcasts[] = {
    { .type = "toy.say", .version = 1, .data = spot_to_place },
    { .type = "toy.say", .version = 2 },
    { .type = "toy.mumble", .version = 1, .becomes = "toy.say", .as = 3, .data = spot_to_place }, /* retired */
    { 0 },
};
static const char words[] = "{\"name\":\"w\",\"state.open\":\"w\",\"action.say\":\"w\",\"field.where\":\"w\"}";
static const Module toy = { .name = "toy", .plural = "toys", .states = states, .actions = actions, .upcasts = upcasts,
                            .words_zh = words, .words_bo = words, .words_en = words };
static const Module forgetful = { .name = "toy", .plural = "toys", .states = states, .actions = actions,
                                  .words_zh = words, .words_bo = words, .words_en = words };

static Fail read_event(Arena *a, const World *w, const char *type, int shape, Event *e)
{
    Str bytes = arena_fmt(a,
                          "{\"v\":1,\"community\":\"540102001001\",\"seq\":1,\"prev\":\"%064d\",\"id\":\"" EVENT
                          "\",\"type\":\"%s\",\"shape\":%d,\"matter\":\"" MATTER "\",\"version\":1,\"state\":\"open\","
                          "\"at\":5,\"actor\":\"system\",\"audience\":0,\"data\":{\"spot\":\"x\"}}",
                          0, type, shape);
    return event_parse(a, w, bytes, e);
}

static void upcast_rows(void **state)
{
    Arena *a = *state;
    static const Module *const modules[] = { &toy, NULL };
    Str report;
    Event e;
    const World *w = world_new(a, modules, NULL, &report);
    assert_text(report, "");
    assert_int_equal(read_event(a, w, "toy.say", 1, &e).err, OK);
    assert_int_equal(e.version, 3);
    assert_text(json_text(e.data, "where"), "x");
    assert_null(json_object_get(e.data, "spot"));
    assert_int_equal(read_event(a, w, "toy.mumble", 1, &e).err, OK);
    assert_text(e.type, "toy.say");
    assert_text(e.stored_type, "toy.mumble"); /* the log's column says what the bytes say */
    assert_ptr_equal(e.action, &actions[0]);
    assert_int_equal(read_event(a, w, "toy.say", 3, &e).err, OK);
    assert_text(json_text(e.data, "spot"), "x"); /* today's data stays */
    assert_string_equal(read_event(a, w, "toy.say", 4, &e).code, "event_version_unknown");
    assert_string_equal(read_event(a, w, "toy.sing", 1, &e).code, "event_type_unknown");
}

static void upcast_missing(void **state)
{
    static const Module *const modules[] = { &forgetful, NULL };
    Str report;
    assert_non_null(world_new(*state, modules, NULL, &report));
    assert_true(str_find(report, S("say has no upcast from version 1")) >= 0);
    assert_true(str_find(report, S("say has no upcast from version 2")) >= 0);
}

/* ---- the quick look of verify ---- */

static bool looks_sound(const World *w, Str bytes, Hash *hash)
{
    const EventRow row = { .community = S("540102001001"), .id = S(EVENT), .matter = S(MATTER), .type = S("toy.say"),
                           .seq = 1, .at = 5 };
    static const char zeros[65] = "0000000000000000000000000000000000000000000000000000000000000000";
    return event_is_sound(w, bytes, &row, str_c(zeros), hash);
}

/* What it calls sound, event_parse reads, with the same hash; and no other bytes have the hash of these. */
static void sound_events(void **state)
{
    Arena *a = *state;
    static const Module *const modules[] = { &toy, NULL };
    static const char other[] = "\"\\{}[],:019az ";
    Str report;
    Event e, read;
    Hash hash, changed;
    const World *w = world_new(a, modules, NULL, &report);
    assert_int_equal(read_event(a, w, "toy.say", 3, &e).err, OK);
    Str bytes = e.bytes;
    assert_true(looks_sound(w, bytes, &hash));
    assert_true(hash_eq(hash, e.hash));
    int refused = 0, sound = 0;
    size_t data = (size_t)str_find(bytes, S("\"data\":")) + 8;
    for (size_t i = 0; i < bytes.n; i++)
        for (size_t k = 0; k + 1 < sizeof other; k++) {
            Str c = arena_str(a, bytes);
            ((char *)(uintptr_t)c.p)[i] = other[k];
            if (str_eq(c, bytes)) continue;
            bool taken = looks_sound(w, c, &changed);
            refused += !taken;
            sound += taken;
            if (!taken) continue;
            assert_false(hash_eq(changed, hash));
            if (i < data) assert_int_equal(event_parse(a, w, c, &read).err, OK);
        }
    assert_true(refused > 1000 && sound > 10);
    for (size_t n = 0; n < bytes.n; n++)
        assert_false(looks_sound(w, (Str){ bytes.p, n }, &changed));
    static const char *const types[] = { "toy.mumble", "toy.sing" };
    for (int i = 0; i < COUNT(types); i++) {
        (void)read_event(a, w, types[i], 1, &read);
        assert_false(looks_sound(w, read.bytes, &changed));
    }
    assert_int_equal(read_event(a, w, "toy.say", 1, &read).err, OK);
    assert_false(looks_sound(w, read.bytes, &changed)); /* an older shape is left to event_parse */
    Str twice = arena_fmt(a, "{\"v\":1,%.*s", (int)bytes.n - 1, bytes.p + 1);
    Str more = arena_fmt(a, "%.*s,\"more\":{}}", (int)bytes.n - 1, bytes.p);
    assert_false(looks_sound(w, twice, &changed));
    assert_true(!looks_sound(w, more, &changed) || !hash_eq(changed, hash));
}

/* Whole numbers as we print them are sound, also those with a 0 in them; others are left to event_parse. */
static void sound_numbers(void **state)
{
    Arena *a = *state;
    static const Module *const modules[] = { &toy, NULL };
    static const struct {
        const char *number;
        bool sound;
    } cases[] = { { "0", true },   { "5", true },    { "70", true },  { "100", true },  { "-1", true },
                  { "-10", true }, { "05", false },  { "-05", false }, { "-0", false },
                  { "-00", false }, { "1e2", false }, { "7.0", false } };
    Str report;
    Event e;
    Hash hash;
    const World *w = world_new(a, modules, NULL, &report);
    assert_int_equal(read_event(a, w, "toy.say", 3, &e).err, OK);
    Str before = S("\"audience\":");
    size_t at = (size_t)str_find(e.bytes, before) + before.n;
    for (int i = 0; i < COUNT(cases); i++) {
        Str bytes = arena_fmt(a, "%.*s%s%s", (int)at, e.bytes.p, cases[i].number, e.bytes.p + at + 1);
        assert_int_equal(looks_sound(w, bytes, &hash), cases[i].sound);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_arena(line_kinds),   with_arena(line_refusals), with_arena(erasure_lines),
        with_arena(manifests),    with_arena(upcast_rows),   with_arena(upcast_missing),
        with_arena(sound_events), with_arena(sound_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
