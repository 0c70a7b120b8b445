/* What other systems and other communities know of a report, on a whole world and both engines: numbers that are
 * unique, the earlier deadline, what leaves and what waits, and a hand-over that a crash interrupts anywhere. */
#include "store_engine.h"

#include "../support/town.h"

#include "core/serve/message.h"
#include "core/outbox.h"

#include <stdio.h>

#define STREET S("540102001")
#define SISTER S("540102001002")

typedef struct Run {
    Town town;
    Messages *messages;
    Blobs *blobs;
    Actor *admin, *desk, *program, *officer, *verifier, *clerk;
    Actor *there, *there_officer, *there_verifier; /* of the street */
    char dir[64];
} Run;

static const char *engine = "sqlite";

static Command *act(Run *r, const Actor *who, const char *type, Str matter, int64_t version, const char *input)
{
    town_clock += MINUTE_MS;
    return town_do(&r->town, who, type, matter, version, input);
}

static Command *act_in(Run *r, Str community, const Actor *who, const char *type, Str matter, int64_t version,
                       const char *input)
{
    Str home = r->town.community;
    r->town.community = community;
    Command *c = act(r, who, type, matter, version, input);
    r->town.community = home;
    return c;
}

static void held(const Command *c, int line)
{
    if (c->fail.err == OK) return;
    print_error("%s: %s at \"%s\"\n", c->action->name, c->fail.code, c->fail.field);
    _fail(__FILE__, line);
}
#define done(c) held((c), __LINE__)

/* As after a crash: nothing is remembered. */
static void come_to_life(Run *r, int steps)
{
    runner_forget(r->town.runner);
    r->messages = messages_new(r->town.arena, r->town.runner, r->blobs);
    r->messages->steps_left = steps;
}

static int deliver(Run *r)
{
    int n = 0;
    come_to_life(r, -1);
    while (messages_round(r->messages, town_clock) == CARRIED && n < 50)
        n++;
    return n;
}

static Actor *person_in(Run *r, Str community, const char *name, Roles role)
{
    Str home = r->town.community;
    r->town.community = community;
    Actor *a = town_person(&r->town, name, role, community);
    r->town.community = home;
    return a;
}

static int open_run(void **state)
{
    static Run run;
    Run *r = &run;
    *r = (Run){ 0 };
    Town *t = &r->town;
    Fail f = FAIL_NONE;
    if (!town_open(t, engine, 31) || !town_furnish(t, 3)) return -1;
    snprintf(r->dir, sizeof r->dir, "/tmp/linli-blobs.XXXXXX");
    if (mkdtemp(r->dir) == NULL) return -1;
    r->blobs = blobs_open(t->arena, r->dir, &f);
    r->admin = town_person(t, "管", ADMIN, t->community);
    r->desk = town_person(t, "值", DISPATCHER, t->community);
    r->clerk = town_person(t, "文", CLERK, t->community);
    static const RoleAt program = { PROGRAM, { "540102001001", 12 }, 0, 0 };
    static Actor token = { .person = { "00000000-0000-7000-8000-00000000000f", 36 },
                           .community = { "540102001001", 12 },
                           .roles = &program,
                           .n_roles = 1 };
    r->program = &token;
    r->officer = town_person(t, "格一", OFFICER, S("540102001001-01"));
    r->verifier = town_person(t, "格二", OFFICER, t->community);
    r->there = person_in(r, STREET, "街值", DISPATCHER);
    r->there_officer = person_in(r, STREET, "街员", OFFICER);
    r->there_verifier = person_in(r, STREET, "街核", OFFICER);
    *state = r;
    return f.err == OK && r->there != NULL ? 0 : -1;
}

static int close_run(void **state)
{
    Run *r = *state;
    Hash digest;
    int64_t events = 0;
    bool sound = town_sound(&r->town, &digest, &events); /* of all chains */
    town_close(&r->town);
    nftw(r->dir, engine_unlink, 8, FTW_DEPTH | FTW_PHYS);
    return sound && events > 10 ? 0 : -1;
}

static json_t *data_in(Run *r, Str community, Str id)
{
    Fail f = FAIL_NONE;
    DbRows *row = db_query(r->town.db, r->town.arena, "SELECT data FROM matter WHERE community = $1 AND id = $2", "ss",
                           "s", ARGS(TXT(community), TXT(id)), &f);
    assert_int_equal(row->rows, 1);
    return json_read(r->town.arena, db_text(row, 0, 0), &f);
}

static int64_t number(Run *r, const char *sql, Str community)
{
    Fail f = FAIL_NONE;
    DbRows *row = db_query(r->town.db, r->town.arena, sql, "s", "l", ARGS(TXT(community)), &f);
    if (f.err != OK || row->rows != 1) fail_msg("%s: %s", sql, db_last_error(r->town.db));
    return db_int(row, 0, 0);
}

static int64_t version_in(Run *r, Str community, Str id)
{
    Fail f = FAIL_NONE;
    DbRows *row = db_query(r->town.db, r->town.arena, "SELECT version FROM matter WHERE community = $1 AND id = $2",
                           "ss", "l", ARGS(TXT(community), TXT(id)), &f);
    assert_int_equal(row->rows, 1);
    return db_int(row, 0, 0);
}

static Str state_in(Run *r, Str community, Str id)
{
    Fail f = FAIL_NONE;
    DbRows *row = db_query(r->town.db, r->town.arena, "SELECT state FROM matter WHERE community = $1 AND id = $2", "ss",
                           "s", ARGS(TXT(community), TXT(id)), &f);
    assert_int_equal(row->rows, 1);
    return db_text(row, 0, 0);
}


static void add_systems(Run *r)
{
    Command *hook =
        act(r, r->admin, "webhook.add", S(""), -1,
            "{\"name\":\"市平台\",\"url\":\"https://city.example/hook\",\"secret\":\"0123456789abcdef01234567\","
            "\"topics\":[{\"topic\":\"person\"}],\"audience\":\"public\"}");
    done(hook);
    done(act(r, r->admin, "system.add", S(""), -1,
             arena_fmt(r->town.arena,
                       "{\"code\":\"city\",\"name\":{\"zh\":\"市平台\",\"bo\":\"གྲོང་ཁྱེར།\",\"en\":\"City\"},"
                       "\"reply\":\"webhook\",\"webhook\":\"%.*s\"}",
                       STR_ARG(json_text(hook->reply, "id")))
                 .p));
    done(act(r, r->admin, "system.add", S(""), -1,
             "{\"code\":\"12345\",\"name\":{\"zh\":\"12345热线\"},\"reply\":\"card\","
             "\"layout\":\"编号{number}，{state}。{text}\"}"));
}

/* ---- numbers ---- */

static void numbers_are_unique_and_deadlines_count(void **state)
{
    Run *r = *state;
    add_systems(r);
    Command *bad = act(r, r->admin, "system.add", S(""), -1,
                       "{\"code\":\"x1\",\"name\":{\"zh\":\"甲\"},\"reply\":\"card\",\"layout\":\"{phone}\"}");
    assert_string_equal(bad->fail.code, "bad_format");
    int64_t soon = town_clock + 30 * MINUTE_MS;
    Command *made = act(r, r->program, "report.create_linked", S(""), -1,
                        arena_fmt(r->town.arena,
                                  "{\"system\":\"12345\",\"number\":\"LS-1\",\"deadline\":%lld,\"category\":\"leak\","
                                  "\"text\":\"水管漏水\",\"phone\":\"13900000000\",\"given\":{\"工单类型\":\"投诉\"}}",
                                  (long long)soon)
                            .p);
    done(made);
    Str id = json_text(made->reply, "id");
    assert_text(json_text(made->reply, "state"), "registered");
    Command *again = act(r, r->program, "report.create_linked", S(""), -1,
                         "{\"system\":\"12345\",\"number\":\"LS-1\",\"category\":\"leak\",\"text\":\"水管漏水\"}");
    assert_string_equal(again->fail.code, "linked_already");
    assert_string_equal(again->fail.about, arena_c(r->town.arena, id));
    Fail f = FAIL_NONE;
    DbRows *row = db_query(r->town.db, r->town.arena,
                           "SELECT due_at FROM matter WHERE community = $1 AND id = $2", "ss", "l",
                           ARGS(TXT(r->town.community), TXT(id)), &f);
    assert_int_equal(db_int(row, 0, 0), soon); /* theirs is earlier than any of our limits */
    json_t *theirs = json_object_get(json_object_get(data_in(r, r->town.community, id), "due"), "theirs");
    assert_text(json_text(theirs, "number"), "LS-1");
    assert_int_equal(json_int(theirs, "at"), soon);
    /* the same number elsewhere is another one; theirs being later leaves ours */
    done(act(r, r->desk, "report.link", id, -1, "{\"system\":\"city\",\"number\":\"LS-1\"}"));
    json_t *links = json_object_get(data_in(r, r->town.community, id), "links");
    assert_int_equal(json_array_size(links), 2);
    done(act(r, r->desk, "report.unlink", id, -1,
             arena_fmt(r->town.arena, "{\"link\":\"%.*s\",\"reason\":\"录错\"}",
                       STR_ARG(json_text(json_array_get(links, 0), "link"))).p));
    row = db_query(r->town.db, r->town.arena, "SELECT due_at FROM matter WHERE community = $1 AND id = $2", "ss", "l",
                   ARGS(TXT(r->town.community), TXT(id)), &f);
    assert_true(db_int(row, 0, 0) > soon);
    done(act(r, r->program, "report.create_linked", S(""), -1,
             "{\"system\":\"12345\",\"number\":\"LS-1\",\"text\":\"水管漏水\"}")); /* free again */
    assert_int_equal(number(r, "SELECT count(*) FROM report_link WHERE community = $1", r->town.community), 2);
}

static void answers_leave_or_wait(void **state)
{
    Run *r = *state;
    add_systems(r);
    Command *made = act(r, r->desk, "report.create_linked", S(""), -1,
                        "{\"system\":\"city\",\"number\":\"C-7\",\"category\":\"leak\",\"text\":\"水管漏水\"}");
    done(made);
    Str id = json_text(made->reply, "id");
    done(act(r, r->desk, "report.link", id, -1, "{\"system\":\"12345\",\"number\":\"LS-7\"}"));
    done(act(r, r->desk, "report.mark_reply", id, 2, "{\"text\":\"已更换水管\"}"));
    done(act(r, r->desk, "report.refuse", id, 3, "{\"reason\":\"内部原因\"}"));
    assert_int_equal(number(r, "SELECT count(*) FROM outbox WHERE community = $1 AND target LIKE 'out.%'",
                            r->town.community), 1);
    assert_int_equal(number(r, "SELECT count(*) FROM report_link WHERE community = $1 AND state = 'waiting'",
                            r->town.community), 1);
    /* what leaves: their number, our state, the words that were marked; not the reason */
    Fail f = FAIL_NONE;
    DbRows *hook = db_query(r->town.db, r->town.arena, "SELECT id FROM webhook WHERE community = $1", "s", "s",
                            ARGS(TXT(r->town.community)), &f);
    OutboxConfig config = { .public_url = "http://x" };
    int64_t due = 0;
    KeyCache *keys = key_cache_new(r->town.arena, r->town.seals, 64);
    Packing with = { r->town.world, &config, r->town.db, keys };
    Parcel *p = parcel_next(&with, r->town.community, db_text(hook, 0, 0), town_clock + DAY_MS, &due, &f);
    assert_non_null(p);
    json_t *body = json_read(r->town.arena, p->body, &f);
    json_t *reply = json_object_get(body, "reply");
    assert_text(json_text(reply, "number"), "C-7");
    assert_text(json_text(reply, "state"), "refused");
    assert_text(json_text(reply, "text"), "已更换水管");
    assert_true(str_find(p->body, S("内部原因")) < 0);
    assert_int_equal(p->outcome, FAILED); /* ready to go */
    arena_free(p->arena);
    json_t *links = json_object_get(data_in(r, r->town.community, id), "links");
    const char *card = arena_fmt(r->town.arena, "{\"link\":\"%.*s\"}",
                                 STR_ARG(json_text(json_array_get(links, 1), "link"))).p;
    done(act(r, r->clerk, "report.replied", id, -1, card));
    assert_string_equal(act(r, r->clerk, "report.replied", id, -1, card)->fail.code, "nothing_waits");
    assert_int_equal(act(r, r->program, "report.replied", id, -1, card)->fail.err, ERR_FORBIDDEN);
}

extern const Call report_calls[]; /* its header has names that the outbox has too */

/* GET /replies/... as `who`; "" where it is refused. */
static Str replies(Run *r, const Actor *who, const char *name, Str arg)
{
    const Call *row = report_calls;
    while (strcmp(row->name, name) != 0)
        row++;
    CallCtx c = { .arena = r->town.arena, .world = r->town.world, .seals = r->town.seals, .db = r->town.db,
                  .keys = key_cache_new(r->town.arena, r->town.seals, 8), .call = row, .community = r->town.community,
                  .actor = (Actor *)(uintptr_t)who, .args = { arg }, .now = town_clock };
    Fail f = row->run(&c);
    return f.err == OK ? c.reply.body : S("");
}

static void waits_for_city(Run *r, const char *number, const char *reply)
{
    Arena *a = r->town.arena;
    Command *made = act(r, r->desk, "report.create_linked", S(""), -1,
                        arena_fmt(a, "{\"system\":\"desk\",\"number\":\"%s\",\"category\":\"leak\",\"text\":\"漏水\"}",
                                  number)
                            .p);
    done(made);
    Str id = json_text(made->reply, "id");
    done(act(r, r->desk, "report.mark_reply", id, 1, arena_fmt(a, "{\"text\":\"%s\"}", reply).p));
    done(act(r, r->desk, "report.refuse", id, 2, "{\"reason\":\"内部原因\"}"));
}

/* What is copied or taken as a file: their number, our words, the day there; quoted, and never a formula. */
static void answers_are_copied_or_filed(void **state)
{
    Run *r = *state;
    Arena *a = r->town.arena;
    done(act(r, r->admin, "system.add", S(""), -1,
             "{\"code\":\"desk\",\"name\":{\"zh\":\"台账\"},\"reply\":\"csv\","
             "\"layout\":\"编号,状态,答复,日期\\n{number},{state},{text},{date}\"}"));
    static const char *const numbers[] = { "=1+1", "+2", "-3", "@SUM(A1)", "C-7" };
    int64_t evening = 0;
    assert_true(time_parse(S("2026-07-10T23:30:00+08:00"), &evening)); /* the next day in UTC+9, the same here */
    town_clock = evening - 30 * MINUTE_MS;
    for (int i = 0; i < COUNT(numbers); i++)
        waits_for_city(r, numbers[i], i == 4 ? "他说\\\"好\\\"，已修" : "已修");
    Str file = replies(r, r->desk, "replies_file", S("desk"));
    assert_true(str_starts(file, S("编号,状态,答复,日期\r\n")));
    for (int i = 0; i < 4; i++)
        assert_true(str_find(file, arena_fmt(a, "\"'%s\",", numbers[i])) > 0);
    assert_true(str_find(file, S("\"C-7\",")) > 0);
    assert_true(str_find(file, S(",\"他说\"\"好\"\"，已修\",\"2026-07-10\"\r\n")) > 0);
    assert_true(str_find(file, S("内部原因")) < 0);
    int lines = 0;
    for (Str rest = file; rest.n > 0; str_cut(&rest, '\n'))
        lines++;
    assert_int_equal(lines, 1 + COUNT(numbers));
    /* the same by card, as plain text; nobody else gets either */
    Fail f = FAIL_NONE;
    DbRows *link = db_query(r->town.db, a, "SELECT id FROM report_link WHERE community = $1 AND number = 'C-7'", "s",
                            "s", ARGS(TXT(r->town.community)), &f);
    json_t *card = json_read(a, replies(r, r->desk, "card", db_text(link, 0, 0)), &f);
    assert_non_null(card);
    assert_true(str_find(json_text(card, "text"), S("C-7")) >= 0);
    assert_true(str_find(json_text(card, "text"), S("他说\"好\"")) > 0);
    assert_int_equal(replies(r, r->officer, "card", db_text(link, 0, 0)).n, 0);
    assert_int_equal(replies(r, r->desk, "card", S("not-an-id")).n, 0);
    assert_int_equal(replies(r, r->desk, "replies_file", S("nobody")).n, 0);
    assert_true(str_find(replies(r, r->officer, "replies_file", S("desk")), S("C-7")) < 0);
}

/* Two other systems want it: the earlier of theirs counts, whichever came first. */
static void the_earliest_of_them_counts(void **state)
{
    Run *r = *state;
    add_systems(r);
    int64_t soon = town_clock + 40 * MINUTE_MS;
    for (int earlier_last = 0; earlier_last < 2; earlier_last++) {
        Command *made = act(r, r->desk, "report.create_linked", S(""), -1,
                            arena_fmt(r->town.arena,
                                      "{\"system\":\"12345\",\"number\":\"E-%d\",\"deadline\":%lld,"
                                      "\"category\":\"leak\",\"text\":\"漏水\"}",
                                      earlier_last, (long long)(earlier_last ? soon + 5 * MINUTE_MS : soon))
                                .p);
        done(made);
        Str id = json_text(made->reply, "id");
        done(act(r, r->desk, "report.link", id, -1,
                 arena_fmt(r->town.arena, "{\"system\":\"city\",\"number\":\"E-%d\",\"deadline\":%lld}", earlier_last,
                           (long long)(earlier_last ? soon : soon + 5 * MINUTE_MS))
                     .p));
        json_t *theirs = json_object_get(json_object_get(data_in(r, r->town.community, id), "due"), "theirs");
        assert_int_equal(json_int(theirs, "at"), soon);
        assert_text(json_text(theirs, "system"), earlier_last ? "city" : "12345");
    }
}

/* ---- hand-over ---- */

static Str handed(Run *r)
{
    Command *made = act(r, r->officer, "report.create", S(""), -1,
                        "{\"category\":\"road\",\"text\":\"街道路面塌陷\",\"point\":{\"lon\":91.102,\"lat\":29.645}}");
    done(made);
    Str id = json_text(made->reply, "id");
    done(act(r, r->desk, "report.register", id, 1, "{\"category\":\"road\"}"));
    assert_int_equal(act(r, r->officer, "report.hand_over", id, 2,
                         "{\"community\":\"540102001\",\"reason\":\"街道管养\"}")->fail.err, ERR_FORBIDDEN);
    done(act(r, r->desk, "report.hand_over", id, 2, "{\"community\":\"540102001\",\"reason\":\"街道管养\"}"));
    assert_text(json_text(json_object_get(data_in(r, r->town.community, id), "away"), "state"), "sent");
    return id;
}

static Str there(Run *r, Str id)
{
    return json_text(json_object_get(data_in(r, r->town.community, id), "away"), "there");
}

static void neither_lost_nor_doubled(void **state)
{
    Run *r = *state;
    for (int steps = 0; steps < 3; steps++) { /* a crash after each step, then life goes on */
        Str id = handed(r);
        int64_t before = number(r, "SELECT count(*) FROM matter WHERE community = $1 AND kind = 'report'", STREET);
        come_to_life(r, steps);
        assert_int_equal(messages_round(r->messages, town_clock), CARRIED);
        assert_int_equal(number(r, "SELECT count(*) FROM outbox WHERE community = $1 AND lane = 'community'"
                                   " AND state = 'waiting'", r->town.community), 1);
        assert_int_equal(deliver(r), 1);
        assert_int_equal(deliver(r), 0);
        assert_int_equal(number(r, "SELECT count(*) FROM matter WHERE community = $1 AND kind = 'report'", STREET),
                         before + 1);
        json_t *away = json_object_get(data_in(r, r->town.community, id), "away");
        assert_text(json_text(away, "state"), "arrived");
        assert_int_equal(version_in(r, r->town.community, id), 4); /* arrived once */
        assert_true(json_int(away, "number") > 0);
        json_t *data = data_in(r, STREET, json_text(away, "there"));
        assert_true(seal_is(json_object_get(data, "text")));
        assert_text(seal_subject(json_object_get(data, "text")), arena_c(r->town.arena, json_text(away, "there")));
        assert_text(json_text(json_object_get(data, "from"), "from_matter"), arena_c(r->town.arena, id));
        assert_null(json_object_get(data, "phone"));
        assert_string_equal(act(r, r->desk, "report.hand_over", id, 4,
                                "{\"community\":\"540102001002\",\"reason\":\"再移\"}")->fail.code,
                            "handed_over_already");
    }
}

/* A message that fails by itself: what comes after it arrives, and in the end somebody has to look at it. */
static void one_that_fails_holds_up_nobody(void **state)
{
    Run *r = *state;
    Arena *a = r->town.arena;
    Fail f = FAIL_NONE;
    handed(r);
    DbRows *sent = db_query(r->town.db, a,
                            "SELECT id FROM outbox WHERE community = $1 AND lane = 'community' AND state = 'waiting'",
                            "s", "s", ARGS(TXT(r->town.community)), &f);
    assert_int_equal(sent->rows, 1);
    Str over_there = id_from_hash(a, S("message matter"), db_text(sent, 0, 0));
    db_query(r->town.db, a, "INSERT INTO subject_key (community, subject, wrapped, at) VALUES ($1, $2, $3, 1)", "ssb",
             "", ARGS(TXT(STREET), TXT(over_there), BYT(S("no key file opens this"))), &f);
    assert_int_equal(f.err, OK);
    Str good = handed(r);
    come_to_life(r, -1);
    assert_int_equal(messages_round(r->messages, town_clock), CARRY_LATER); /* the first has failed once */
    assert_int_equal(messages_round(r->messages, town_clock), CARRIED);
    assert_text(json_text(json_object_get(data_in(r, r->town.community, good), "away"), "state"), "arrived");
    assert_int_equal(messages_round(r->messages, town_clock), CARRY_LATER); /* not due yet: not tried */
    assert_int_equal(number(r, "SELECT attempts FROM outbox WHERE community = $1 AND lane = 'community'"
                               " AND state = 'waiting'", r->town.community), 1);
    int rounds = 1;
    for (; rounds < 50 && messages_round(r->messages, town_clock) == CARRY_LATER; rounds++)
        town_clock += 2 * DAY_MS;
    assert_true(rounds > 5 && rounds < 50);
    assert_int_equal(number(r, "SELECT count(*) FROM outbox WHERE community = $1 AND lane = 'community'"
                               " AND state = 'dead'", r->town.community), 1);
    db_query(r->town.db, a, "DELETE FROM subject_key WHERE community = $1 AND subject = $2", "ss", "",
             ARGS(TXT(STREET), TXT(over_there)), &f);
}

/* A picture crosses under the other matter's key: the same bytes, another name, and no second copy after a crash. */
static void pictures_cross(void **state)
{
    Run *r = *state;
    Arena *a = r->town.arena;
    Fail f = FAIL_NONE;
    Str id = id_new(a, town_clock), upload = id_new(a, town_clock);
    Key key = seal_new_key();
    Hash main_hash, thumb_hash;
    Str wrapped = seal_wrap(r->town.seals, a, r->town.community, id, key);
    db_query(r->town.db, a, "INSERT INTO subject_key (community, subject, wrapped, at) VALUES ($1, $2, $3, 1)", "ssb",
             "", ARGS(TXT(r->town.community), TXT(id), BYT(wrapped)), &f);
    assert_int_equal(f.err, OK);
    f = blob_put(r->blobs, seal_bytes(a, key, arena_fmt(a, "file %.*s", STR_ARG(upload)), S("picture")), &main_hash);
    assert_int_equal(f.err, OK);
    f = blob_put(r->blobs, seal_bytes(a, key, arena_fmt(a, "thumb %.*s", STR_ARG(upload)), S("small")), &thumb_hash);
    assert_int_equal(f.err, OK);
    Str file = arena_fmt(a, "{\"id\":\"%.*s\",\"hash\":\"%.*s\",\"thumb\":\"%.*s\",\"type\":\"image/jpeg\",\"width\":4,"
                            "\"height\":3,\"bytes\":7}",
                         STR_ARG(upload), STR_ARG(hash_hex(a, main_hash)), STR_ARG(hash_hex(a, thumb_hash)));
    db_query(r->town.db, a,
             "INSERT INTO upload (community, id, matter, owner, size, sha256, state, file, at)"
             " VALUES ($1, $2, $3, '', 7, '', 'finished', $4, 1)", "ssss", "",
             ARGS(TXT(r->town.community), TXT(upload), TXT(id), TXT(file)), &f);
    assert_int_equal(f.err, OK);
    done(act(r, r->officer, "report.create", id, -1,
             arena_fmt(a, "{\"category\":\"road\",\"text\":\"路面塌陷\",\"photos\":[\"%.*s\"]}", STR_ARG(upload)).p));
    done(act(r, r->desk, "report.hand_over", id, 1, "{\"community\":\"540102001\",\"reason\":\"街道管养\"}"));
    come_to_life(r, 0); /* the files are there, the report is not yet */
    messages_round(r->messages, town_clock);
    assert_int_equal(deliver(r), 1);
    Str other = there(r, id);
    json_t *photo = json_array_get(json_object_get(data_in(r, STREET, other), "photos"), 0);
    assert_non_null(photo);
    assert_false(str_eq(json_text(photo, "hash"), hash_hex(a, main_hash)));
    assert_int_equal(number(r, "SELECT count(*) FROM upload WHERE community = $1", STREET), 1);
    KeyCache *keys = key_cache_new(a, r->town.seals, 8);
    Key theirs;
    assert_true(key_cache_get(keys, r->town.db, STREET, other, &theirs));
    assert_memory_not_equal(theirs.b, key.b, sizeof key.b);
    Str raw, sealed, plain;
    Hash name;
    assert_true(hex_to(a, json_text(photo, "hash"), &raw) && raw.n == HASH_BYTES);
    memcpy(name.b, raw.p, HASH_BYTES);
    f = blob_get(r->blobs, a, name, &sealed);
    assert_int_equal(f.err, OK);
    Str domain = arena_fmt(a, "file %.*s", STR_ARG(json_text(photo, "id")));
    assert_true(seal_open_bytes(a, theirs, domain, sealed, &plain));
    assert_text(plain, "picture");
}

static void refused_there_comes_back(void **state)
{
    Run *r = *state;
    Str id = handed(r);
    assert_int_equal(deliver(r), 1);
    Str other = there(r, id);
    Command *loop = act_in(r, STREET, r->there, "report.hand_over", other, 1,
                           "{\"community\":\"540102001001\",\"reason\":\"退回去\"}");
    assert_string_equal(loop->fail.code, "went_through");
    done(act_in(r, STREET, r->there, "report.refuse", other, 1, "{\"reason\":\"不属街道\"}"));
    for (int steps = 0; steps < 3; steps++) {
        come_to_life(r, steps);
        messages_round(r->messages, town_clock);
    }
    deliver(r);
    json_t *away = json_object_get(data_in(r, r->town.community, id), "away");
    assert_text(json_text(away, "state"), "back");
    assert_text(json_text(away, "who"), "540102001");
    assert_true(seal_is(json_object_get(away, "reason")));
    assert_text(seal_subject(json_object_get(away, "reason")), arena_c(r->town.arena, id)); /* under our own key */
    assert_text(state_in(r, r->town.community, id), "registered");
    assert_int_equal(version_in(r, r->town.community, id), 5);
    /* nobody is there: it comes back by itself, and no chain begins */
    done(act(r, r->desk, "report.hand_over", id, 5, "{\"community\":\"540102001002\",\"reason\":\"邻社区\"}"));
    assert_int_equal(deliver(r), 1);
    away = json_object_get(data_in(r, r->town.community, id), "away");
    assert_text(json_text(away, "state"), "back");
    assert_text(json_text(away, "code"), "no_such_community");
    assert_int_equal(number(r, "SELECT count(*) FROM head WHERE community = $1", SISTER), 0);
    assert_string_equal(act(r, r->desk, "report.hand_over", id, 7,
                            "{\"community\":\"110101001\",\"reason\":\"外县\"}")->fail.code, "not_one_of");
}

static void answered_there_is_closed_here(void **state)
{
    Run *r = *state;
    Str id = handed(r);
    deliver(r);
    Str other = there(r, id);
    const char *to = arena_fmt(r->town.arena, "{\"to\":\"%.*s\"}", STR_ARG(r->there_officer->person)).p;
    done(act_in(r, STREET, person_in(r, STREET, "街管", ADMIN), "category.add", S(""), -1,
                "{\"code\":\"road\",\"icon\":\"road\",\"name\":{\"zh\":\"道路\",\"bo\":\"ལམ།\",\"en\":\"Road\"},"
                "\"limit\":2,\"unit\":\"hours\",\"default_role\":\"officer\",\"coarsen_m\":100,\"position\":1}"));
    done(act_in(r, STREET, r->there, "report.register", other, 1, "{\"category\":\"road\"}"));
    done(act_in(r, STREET, r->there, "report.dispatch", other, 2, to));
    done(act_in(r, STREET, r->there_officer, "report.accept", other, 3, "{}"));
    done(act_in(r, STREET, r->there_officer, "report.finish", other, 4, "{\"text\":\"已修复路面\"}"));
    done(act_in(r, STREET, r->there_verifier, "report.verify", other, 5, "{}"));
    done(act_in(r, STREET, r->there, "report.close", other, 6, "{}"));
    come_to_life(r, 1);
    messages_round(r->messages, town_clock); /* done here, and not yet noted there */
    assert_int_equal(deliver(r), 1);
    assert_text(state_in(r, r->town.community, id), "done");
    json_t *data = data_in(r, r->town.community, id);
    assert_text(json_text(json_object_get(data, "away"), "state"), "answered");
    assert_text(seal_subject(json_object_get(data, "result")), arena_c(r->town.arena, id));
    assert_int_equal(version_in(r, r->town.community, id), 5);
    done(act(r, r->verifier, "report.verify", id, 5, "{}"));
    done(act(r, r->desk, "report.close", id, 6, "{}"));
}

int main(void)
{
#define IN_TOWN(f) cmocka_unit_test_setup_teardown(f, open_run, close_run)
    const struct CMUnitTest tests[] = {
        IN_TOWN(numbers_are_unique_and_deadlines_count), IN_TOWN(answers_leave_or_wait),
        IN_TOWN(answers_are_copied_or_filed), IN_TOWN(the_earliest_of_them_counts),
        IN_TOWN(neither_lost_nor_doubled),               IN_TOWN(refused_there_comes_back),
        IN_TOWN(answered_there_is_closed_here),          IN_TOWN(one_that_fails_holds_up_nobody),
        IN_TOWN(pictures_cross),
    };
    return engine_both(&engine, "external", tests, COUNT(tests), NULL, NULL);
}
