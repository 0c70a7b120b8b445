/* What waits on a phone and what it is told, on both engines. */
#define RIG_TOPIC "sync"
#include "serve_rig.h"

#include "core/sync/sync.h"

#define GRID_1 HERE "-01"
#define GRID_2 HERE "-02"

static const char *square(Rig *r, const char *code, double x)
{
    return arena_fmt(
               r->talk,
               "{\"code\":\"%s\",\"name\":\"x\",\"geometry\":{\"type\":\"Polygon\",\"coordinates\":[[[%.3f,29.600],"
               "[%.3f,29.600],[%.3f,29.610],[%.3f,29.610],[%.3f,29.600]]]}}",
               code, x, x + 0.01, x + 0.01, x, x)
        .p;
}

typedef struct Beat { /* two grids, each with its officer; the desk sees both */
    Str one, two, desk;
} Beat;

static Beat beat(Rig *r)
{
    const char *clerk = bearer(r, r->clerk);
    assert_said(say(r, "POST", "/api/v1/grids", clerk, square(r, GRID_1, 91.10)), 201, NULL);
    assert_said(say(r, "POST", "/api/v1/grids", clerk, square(r, GRID_2, 91.11)), 201, NULL);
    return (Beat){ token_at(r, HERE, GRID_1, "officer"), token_at(r, HERE, GRID_2, "officer"),
                   token(r, HERE, "dispatcher") };
}

static Str raise(Rig *r, double lon, const char *text)
{
    Str id = id_new(r->talk, now_ms());
    Said s =
        say(r, "POST", "/api/v1/reports", "",
            arena_fmt(r->talk,
                      "{\"id\":\"%.*s\",\"category\":\"leak\",\"text\":\"%s\",\"point\":{\"lon\":%.3f,\"lat\":29.605}}",
                      STR_ARG(id), text, lon)
                .p);
    assert_said(s, 201, NULL);
    return id;
}

static Said act(Rig *r, Str who, Str id, const char *name, const char *fields)
{
    Str client = id_new(r->talk, now_ms());
    return say(r, "POST", arena_fmt(r->talk, "/api/v1/reports/%.*s/%s", STR_ARG(id), name).p, bearer(r, who),
               arena_fmt(r->talk, "{\"id\":\"%.*s\"%s}", STR_ARG(client), fields).p);
}

/* ---- sync ---- */

typedef struct Heard { /* all pages up to the last */
    Str cursor;
    bool again;
    int pages, n_rows, n_gone, n_stale;
    Str rows[200], gone[200];
} Heard;

static bool in_list(const Str *list, int n, Str id)
{
    for (int i = 0; i < n; i++)
        if (str_eq(list[i], id)) return true;
    return false;
}

static Heard *sync_all(Rig *r, Str who, Str cursor, int limit)
{
    Heard *h = arena_new_of(r->talk, Heard);
    h->cursor = cursor;
    for (bool more = true; more;) {
        Said s = say(r, "GET", arena_fmt(r->talk, "/api/v1/sync?limit=%d&cursor=%.*s", limit, STR_ARG(h->cursor)).p,
                     bearer(r, who), "");
        assert_said(s, 200, NULL);
        const json_t *rows = json_object_get(s.json, "rows"), *gone = json_object_get(s.json, "gone");
        assert_true(json_array_size(rows) <= (size_t)limit);
        for (size_t i = 0; i < json_array_size(rows); i++)
            h->rows[h->n_rows++] = json_text(json_array_get(rows, i), "id");
        for (size_t i = 0; i < json_array_size(gone); i++)
            h->gone[h->n_gone++] = str_c(json_string_value(json_array_get(gone, i)));
        h->n_stale += (int)json_array_size(json_object_get(s.json, "stale"));
        if (h->pages++ == 0) h->again = json_bool(s.json, "again");
        h->cursor = json_text(s.json, "cursor");
        more = json_bool(s.json, "more");
        assert_true(h->pages < 100);
    }
    return h;
}

/* They come with the writer's next round. */
static void looks_are_written(Rig *r, int64_t wanted)
{
    Fail f = FAIL_NONE;
    Db *db = db_open(&r->db, DB_READER, &f);
    int64_t n = -1;
    for (int i = 0; f.err == OK && i < 200 && n != wanted; i++) {
        if (i > 0) usleep(50000);
        DbRows *rows = db_query(db, r->talk,
                                "SELECT count(*) FROM access WHERE community = $1 AND what = 'report.view'", "s", "l",
                                ARGS(TXT(S(HERE))), &f);
        n = f.err == OK ? db_int(rows, 0, 0) : -1;
    }
    assert_int_equal(f.err, OK);
    assert_int_equal(n, wanted);
    db_close(db);
}

static void tells_what_changed_and_what_is_gone(Rig *r)
{
    Beat b = beat(r);
    Str mine[5], other = raise(r, 91.115, "next door");
    for (int i = 0; i < 5; i++)
        mine[i] = raise(r, 91.105, "here");
    Heard *first = sync_all(r, b.one, S(""), 2);
    assert_true(first->again);
    assert_true(first->pages >= 3); /* the pages are as small as was asked */
    assert_int_equal(first->n_rows, 5);
    for (int i = 0; i < 5; i++)
        assert_true(in_list(first->rows, first->n_rows, mine[i]));
    assert_false(in_list(first->rows, first->n_rows, other));
    looks_are_written(r, 5); /* what lies on a phone was looked at: once for each, though it came twice */
    assert_int_equal(sync_all(r, b.one, S(""), 40)->n_rows, 5);
    assert_int_equal(sync_all(r, b.two, S(""), 40)->n_rows, 1);
    looks_are_written(r, 6);
    assert_int_equal(sync_all(r, b.desk, S(""), 40)->n_rows, 6);

    Heard *calm = sync_all(r, b.one, first->cursor, 40);
    assert_false(calm->again);
    assert_int_equal(calm->n_rows + calm->n_gone + calm->n_stale, 0);
    assert_text(calm->cursor, first->cursor.p);

    assert_said(act(r, b.two, other, "note", ",\"text\":\"seen\""), 200, NULL);
    assert_said(act(r, b.one, mine[1], "note", ",\"text\":\"seen\""), 200, NULL);
    assert_said(act(r, b.desk, mine[2], "register", ",\"version\":1,\"category\":\"leak\",\"place\":\"" GRID_2 "\""),
                200, NULL);
    Heard *later = sync_all(r, b.one, calm->cursor, 40);
    assert_false(later->again);
    assert_int_equal(later->n_rows, 1);
    assert_text(later->rows[0], mine[1].p);
    assert_int_equal(later->n_gone, 1); /* the neighbour's is no news here, the moved one is gone */
    assert_text(later->gone[0], mine[2].p);
    Heard *there = sync_all(r, b.two, S(""), 40);
    assert_true(in_list(there->rows, there->n_rows, mine[2]));

    Said s =
        say(r, "POST", "/api/v1/categories", bearer(r, r->clerk),
            "{\"code\":\"light\",\"icon\":\"light\",\"name\":{\"zh\":\"灯\",\"bo\":\"x\",\"en\":\"L\"},\"limit\":3,"
            "\"unit\":\"hours\",\"default_role\":\"officer\"}");
    assert_said(s, 201, NULL);
    Heard *forms = sync_all(r, b.one, later->cursor, 40);
    assert_int_equal(forms->n_stale, 1);
    assert_int_equal(forms->n_rows + forms->n_gone, 0);
}

static void a_cursor_that_is_not_ours_begins_again(Rig *r)
{
    Beat b = beat(r);
    raise(r, 91.105, "here");
    assert_said(say(r, "POST", "/api/v1/reports", "", report(r, id_new(r->talk, now_ms()))), 201,
                NULL); /* in no grid */
    Heard *one = sync_all(r, b.one, S(""), 40);
    assert_true(sync_all(r, b.two, one->cursor, 40)->again); /* other rights */
    Cursor c;
    assert_true(cursor_parse(r->talk, one->cursor, &c));
    assert_true(c.live && c.seq > 0 && c.chain.n == 16);
    Cursor bad = c;
    bad.chain = S("0123456789abcdef"); /* another history: a backup was brought back */
    assert_true(sync_all(r, b.one, cursor_print(r->talk, &bad), 40)->again);
    bad = c;
    bad.seq += 1000;
    assert_true(sync_all(r, b.one, cursor_print(r->talk, &bad), 40)->again);
    bad = c;
    bad.begun -= (SYNC_AGAIN_DAYS + 1) * DAY_MS;
    assert_true(sync_all(r, b.one, cursor_print(r->talk, &bad), 40)->again);
    assert_false(sync_all(r, b.one, one->cursor, 40)->again);
    stop(r);
    start(r, 0);
    assert_false(sync_all(r, b.one, one->cursor, 40)->again);
    static const char *const broken[] = { "x", "W10", "WzFd", "e30", "!!!" };
    for (int i = 0; i < COUNT(broken); i++)
        assert_said(say(r, "GET", arena_fmt(r->talk, "/api/v1/sync?cursor=%s", broken[i]).p, bearer(r, b.one), ""), 422,
                    "bad_format");
    assert_said(say(r, "GET", "/api/v1/sync?limit=101", bearer(r, b.one), ""), 422, NULL);
    assert_said(say(r, "GET", "/api/v1/sync", "", ""), 401, "sign_in");
    Str outside = token(r, HERE, "program"); /* signed in and nothing to anybody */
    assert_int_equal(sync_all(r, outside, S(""), 40)->n_rows, 0);
    found(r, THERE);
    assert_said(say(r, "GET", "/c/" THERE "/api/v1/sync", bearer(r, b.one), ""), 200, NULL);
    assert_int_equal(
        json_array_size(json_object_get(say(r, "GET", "/c/" THERE "/api/v1/sync", bearer(r, b.one), "").json, "rows")),
        0);
}

/* ---- batch ---- */

typedef struct Wanted {
    int status;
    const char *code; /* NULL: none */
} Wanted;

static json_t *batch(Rig *r, Str who, const char *actions, const Wanted *wanted, int n)
{
    Said s = say(r, "POST", "/api/v1/batch", bearer(r, who), arena_fmt(r->talk, "{\"actions\":[%s]}", actions).p);
    assert_said(s, 200, NULL);
    json_t *results = json_object_get(s.json, "results");
    assert_int_equal(json_array_size(results), n);
    for (int i = 0; i < n; i++) {
        const json_t *one = json_array_get(results, (size_t)i);
        Str code = json_text(json_object_get(one, "problem"), "code");
        if (json_int(one, "status") != wanted[i].status || !str_is(code, wanted[i].code ? wanted[i].code : ""))
            fail_msg("action %d: %s", i, json_print(r->talk, one).p);
    }
    return results;
}

static const char *step(Rig *r, Str client, Str matter, const char *name, Str after, const char *fields)
{
    const char *follows = after.n > 0 ? arena_fmt(r->talk, "\"after\":\"%.*s\",", STR_ARG(after)).p : "";
    return arena_fmt(r->talk, "{%s\"route\":\"/reports/%.*s/%s\",\"body\":{\"id\":\"%.*s\"%s}}", follows,
                     STR_ARG(matter), name, STR_ARG(client), fields)
        .p;
}

static const char *list(Rig *r, int n, const char *const *steps)
{
    Buf b = buf_new(r->talk, 1024);
    for (int i = 0; i < n; i++)
        buf_fmt(&b, "%s%s", i > 0 ? ",\n " : "", steps[i]);
    return buf_str(&b).p;
}
#define LIST(r, ...)                                                                                                   \
    list(r, (int)(sizeof((const char *[]){ __VA_ARGS__ }) / sizeof(char *)), (const char *[]){ __VA_ARGS__ })

static json_t *view(Rig *r, Str who, Str id)
{
    Said s = say(r, "GET", arena_fmt(r->talk, "/api/v1/reports/%.*s", STR_ARG(id)).p, bearer(r, who), "");
    assert_said(s, 200, NULL);
    return s.json;
}

static void each_by_itself_in_the_order_of_its_matter(Rig *r)
{
    Beat b = beat(r);
    Str m = raise(r, 91.105, "one"), n = raise(r, 91.105, "two"), none = { 0 };
    Str c[6];
    for (int i = 0; i < 6; i++)
        c[i] = id_new(r->talk, now_ms());
    const char *good[] = { step(r, c[0], m, "register", none, ",\"version\":1,\"category\":\"leak\""),
                           step(r, c[1], n, "note", none, ",\"text\":\"b\""),
                           step(r, c[2], m, "note", c[0], ",\"text\":\"a\""),
                           step(r, c[3], m, "refuse", c[2], ",\"reason\":\"not ours\"") };
    const Wanted went[] = { { 200, NULL }, { 200, NULL }, { 200, NULL }, { 200, NULL } };
    batch(r, b.desk, list(r, 4, good), went, 4);
    json_t *seen = view(r, b.desk, m);
    assert_text(json_text(seen, "state"), "refused");
    assert_int_equal(json_int(seen, "version"), 4);
    const json_t *line = json_object_get(seen, "timeline");
    assert_text(json_text(json_array_get(line, 1), "type"), "report.register");
    assert_text(json_text(json_array_get(line, 2), "type"), "report.note");
    assert_text(json_text(json_array_get(line, 3), "type"), "report.refuse");

    /* again, also by itself: the answer of the first time, and nothing twice */
    json_t *again = batch(r, b.desk, list(r, 4, good), went, 4);
    for (size_t i = 0; i < 4; i++)
        assert_true(json_bool(json_array_get(again, i), "repeated"));
    Said alone = say(r, "POST", arena_fmt(r->talk, "/api/v1/reports/%.*s/note", STR_ARG(n)).p, bearer(r, b.desk),
                     arena_fmt(r->talk, "{\"id\":\"%.*s\",\"text\":\"b\"}", STR_ARG(c[1])).p);
    assert_said(alone, 200, NULL);
    assert_true(has(alone, "Idempotent-Replay: true"));
    assert_int_equal(json_int(view(r, b.desk, m), "version"), 4);
    assert_int_equal(json_int(view(r, b.desk, n), "version"), 2);

    /* a later batch goes on from what an earlier one left */
    const Wanted one[] = { { 200, NULL } };
    batch(r, b.desk, step(r, c[4], m, "reopen", c[3], ",\"reason\":\"it is\""), one, 1);
    /* but not from what somebody else's left */
    const Wanted held[] = { { 409, "not_tried" } };
    batch(r, r->clerk, step(r, c[5], m, "refuse", c[4], ",\"reason\":\"no\""), held, 1);
}

static void after_one_fails_what_hangs_on_it_is_not_tried(Rig *r)
{
    Beat b = beat(r);
    Str m = raise(r, 91.105, "one"), n = raise(r, 91.115, "not his"), none = { 0 };
    Str c[8];
    for (int i = 0; i < 8; i++)
        c[i] = id_new(r->talk, now_ms());
    const Wanted want[] = { { 409, "stale_version" }, { 409, "not_tried" },
                            { 409, "not_tried" },     { 200, NULL },
                            { 403, "forbidden" },     { 404, "no_such_route" },
                            { 422, "required" },      { 403, "forbidden" } };
    json_t *results =
        batch(r, b.one,
              LIST(r, step(r, c[0], m, "register", none, ",\"version\":7,\"category\":\"leak\""),
                   step(r, c[1], m, "note", c[0], ",\"text\":\"on top\""),
                   step(r, c[2], m, "note", c[1], ",\"text\":\"on that\""),
                   step(r, c[3], m, "note", none, ",\"text\":\"by itself\""),
                   step(r, c[4], n, "note", none, ",\"text\":\"x\""), step(r, c[5], m, "nothing", none, ""),
                   arena_fmt(r->talk, "{\"route\":\"/reports/%.*s/note\",\"body\":{\"text\":\"no id\"}}", STR_ARG(m)).p,
                   "{\"route\":\"/settings\",\"body\":{\"id\":\"0197e000-0000-7000-8000-000000000001\"}}"),
              want, 8);
    assert_int_equal(json_int(json_object_get(json_array_get(results, 0), "problem"), "version"), 1);
    assert_int_equal(json_int(view(r, b.one, m), "version"), 2);
    /* mended: with the version of today, and what hung on it comes along */
    const Wanted went[] = { { 200, NULL }, { 200, NULL }, { 200, NULL } };
    batch(r, b.one,
          LIST(r, step(r, c[7], m, "register", none, ",\"version\":2,\"category\":\"leak\""),
               step(r, c[1], m, "note", c[7], ",\"text\":\"on top\""),
               step(r, c[2], m, "note", c[1], ",\"text\":\"on that\"")),
          went, 3);
    assert_said(say(r, "POST", "/api/v1/batch", "", "{\"actions\":[]}"), 401, "sign_in");
    assert_said(say(r, "POST", "/api/v1/batch", bearer(r, b.one), "{\"actions\":[]}"), 422, NULL);
    assert_said(say(r, "POST", "/api/v1/batch", bearer(r, b.one), "{\"actions\":[{\"route\":\"/x\"}]}"), 422,
                "required");
    Buf many = buf_new(r->talk, 4096);
    for (int i = 0; i <= BATCH_ACTIONS_MAX; i++)
        buf_fmt(&many, "%s{\"route\":\"/x\",\"body\":{}}", i > 0 ? "," : "");
    Said s = say(r, "POST", "/api/v1/batch", bearer(r, b.one),
                 arena_fmt(r->talk, "{\"actions\":[%.*s]}", STR_ARG(buf_str(&many))).p);
    assert_int_equal(s.status, 422);
    assert_int_equal(json_int(s.json, "limit"), BATCH_ACTIONS_MAX);
}

static int64_t claimed_of(const json_t *seen, Str client, int at)
{
    (void)client;
    return json_int(json_array_get(json_object_get(seen, "timeline"), (size_t)at), "claimed_at");
}

/* The same step, written by another clock. */
static const char *by(Rig *r, const char *head, const char *plain)
{
    return arena_fmt(r->talk, "%s%s", head, plain + 1).p;
}

/* The phone is three days slow, and was up the mountain for forty. */
static void a_wrong_clock_and_a_long_way(Rig *r)
{
    Beat b = beat(r);
    Str m = raise(r, 91.105, "one"), none = { 0 }, c[4];
    for (int i = 0; i < 4; i++)
        c[i] = id_new(r->talk, now_ms());
    int64_t slow = now_ms() - 3 * DAY_MS;
    const char *head = arena_fmt(r->talk, "{\"phone_at\":%lld,", (long long)slow).p;
    const char *hour = arena_fmt(r->talk, ",\"text\":\"x\",\"claimed_at\":%lld", (long long)(slow - HOUR_MS)).p;
    const char *days = arena_fmt(r->talk, ",\"text\":\"y\",\"claimed_at\":%lld", (long long)(slow - 70 * DAY_MS)).p;
    const Wanted went[] = { { 200, NULL }, { 200, NULL } };
    batch(r, b.one,
          LIST(r, by(r, head, step(r, c[0], m, "note", none, hour)), by(r, head, step(r, c[1], m, "note", c[0], days))),
          went, 2);
    json_t *seen = view(r, b.one, m);
    int64_t at = claimed_of(seen, c[0], 1), now = now_ms();
    assert_true(at > now - HOUR_MS - MINUTE_MS && at <= now - HOUR_MS + MINUTE_MS);
    at = claimed_of(seen, c[1], 2); /* longer ago than a call by itself may claim */
    assert_true(at > now - 70 * DAY_MS - MINUTE_MS && at <= now - 70 * DAY_MS + MINUTE_MS);
    assert_said(act(r, b.one, m, "note", days), 422, "too_long_ago");
    /* by then the matter has been closed: somebody has to look at both */
    assert_said(act(r, b.desk, m, "refuse", ",\"version\":3,\"reason\":\"no\""), 200, NULL);
    const Wanted closed[] = { { 409, "closed_meanwhile" }, { 200, NULL } };
    batch(r, b.one,
          LIST(r, by(r, head, step(r, c[2], m, "note", none, days)), by(r, head, step(r, c[3], m, "note", none, hour))),
          closed, 2);
}

/* A list is no way around what each action asks for, nor around the account's limit. */
static void a_list_opens_nothing(Rig *r)
{
    beat(r);
    Str m = raise(r, 91.105, "one"), none = { 0 }, someone = token(r, HERE, "resident");
    const Wanted no[] = { { 403, "forbidden" } };
    batch(r, someone, step(r, id_new(r->talk, now_ms()), m, "register", none, ",\"version\":1,\"category\":\"leak\""),
          no, 1);
    assert_text(json_text(view(r, r->clerk, m), "state"), "collected");
    stop(r);
    r->per_account = 2 * BATCH_ACTIONS_MAX;
    limits_now = now_ms();
    seam_set((Seam){ .now_ms = limits_clock });
    start(r, 0);
    const char *who = from(r, "203.0.113.7", bearer(r, r->clerk)), *note;
    for (int i = 0; i < 3; i++) {
        note = step(r, id_new(r->talk, now_ms()), m, "note", none, ",\"text\":\"a\"");
        Said s = say(r, "POST", "/api/v1/batch", who, arena_fmt(r->talk, "{\"actions\":[%s]}", note).p);
        assert_said(s, i < 2 ? 200 : 429, i < 2 ? NULL : "rate_limited");
    }
    assert_said(say(r, "GET", "/api/v1/community", who, ""), 200, NULL); /* one by one it may go on */
    limits_now += MINUTE_MS;
    assert_said(say(r, "POST", "/api/v1/batch", who, arena_fmt(r->talk, "{\"actions\":[%s]}", note).p), 200, NULL);
    stop(r);
    r->per_account = 0;
    seam_set((Seam){ 0 });
    start(r, 0);
}

static void blanks_go_and_nothing_else(void **state)
{
    (void)state;
    Arena *a = arena_new();
    assert_text(batch_squeeze(a, S(" { \"a b\" : [ 1 ,\n\t2 ] , \"q\\\" {\" : \" x \" } ")),
                "{\"a b\":[1,2],\"q\\\" {\":\" x \"}");
    assert_text(batch_squeeze(a, S("{\"a\":\"\\\\\" }")), "{\"a\":\"\\\\\"}");
    assert_text(batch_squeeze(a, S("")), "");
    arena_free(a);
}

ON_BOTH(tells_what_changed_and_what_is_gone)
ON_BOTH(a_cursor_that_is_not_ours_begins_again)
ON_BOTH(each_by_itself_in_the_order_of_its_matter)
ON_BOTH(after_one_fails_what_hangs_on_it_is_not_tried)
ON_BOTH(a_wrong_clock_and_a_long_way)
ON_BOTH(a_list_opens_nothing)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blanks_go_and_nothing_else),        BOTH(tells_what_changed_and_what_is_gone),
        BOTH(a_cursor_that_is_not_ours_begins_again),        BOTH(each_by_itself_in_the_order_of_its_matter),
        BOTH(after_one_fails_what_hangs_on_it_is_not_tried), BOTH(a_wrong_clock_and_a_long_way),
        BOTH(a_list_opens_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
