/* A dispute's secrets and sums, on a whole world and both engines: what was for one side stays with it in the view, the
 * feed and the notices; shares are the whole to the hundredth; a text that differs in one byte has another hash. */
#include "store_engine.h"

#include "../support/town.h"

#include "core/live/live.h"
#include "core/query.h"
#include "mod/dispute/dispute.h"

extern const Module module_dispute;

typedef struct Run {
    Town town;
    KeyCache *keys;
    Actor *mediator, *other_mediator, *helper, *desk, *harmed, *builder;
    Str id, first, second; /* the dispute, its two parties */
    int64_t version;
} Run;

static const char *engine = "sqlite";

static const Command *act(Run *r, const Actor *who, const char *type, const char *input)
{
    town_clock += MINUTE_MS;
    const Command *c = town_do(&r->town, who, type, r->id, r->version, input);
    if (c->fail.err == OK) r->version = json_int(c->reply, "version");
    if (c->fail.err == OK && r->id.n == 0) r->id = json_text(c->reply, "id");
    return c;
}

static void held(const Command *c, int line)
{
    if (c->fail.err == OK) return;
    print_error("%s: %s at \"%s\"\n", c->action->name, c->fail.code, c->fail.field);
    _fail(__FILE__, line);
}
#define done(c) held((c), __LINE__)

static void refused(const Command *c, const char *code, const char *field)
{
    assert_int_not_equal(c->fail.err, OK);
    assert_string_equal(c->fail.code, code);
    assert_string_equal(c->fail.field, field);
}

static const char *fmt(Run *r, const char *text, Str a, Str b)
{
    return arena_fmt(r->town.arena, text, STR_ARG(a), STR_ARG(b)).p;
}

static Str party_id(Run *r, size_t i)
{
    Fail f = FAIL_NONE;
    DbRows *row = db_query(r->town.db, r->town.arena, "SELECT data FROM matter WHERE community = $1 AND id = $2", "ss",
                           "s", ARGS(TXT(r->town.community), TXT(r->id)), &f);
    assert_int_equal(row->rows, 1);
    const json_t *data = json_read(r->town.arena, db_text(row, 0, 0), &f);
    return json_text(json_array_get(json_object_get(data, "parties"), i), "id");
}

static int open_run(void **state)
{
    static Run run;
    Run *r = &run;
    *r = (Run){ 0 };
    Town *t = &r->town;
    if (!town_open(t, engine, 41) || !town_furnish(t, 2)) return -1;
    r->keys = key_cache_new(t->arena, t->seals, 64);
    r->mediator = town_person(t, "德吉", MEDIATOR, t->community);
    r->other_mediator = town_person(t, "平", MEDIATOR, t->community);
    r->helper = town_person(t, "五号", OFFICER, t->community);
    r->desk = town_person(t, "值", DISPATCHER, t->community);
    r->harmed = town_person(t, "卓嘎", RESIDENT, t->community);
    r->builder = r->other_mediator; /* who holds the post, and is party to this case */
    done(act(r, r->harmed, "dispute.create",
             "{\"subject\":\"墙面漏水\",\"application\":\"oral\",\"parties\":["
             "{\"kind\":\"person\",\"role\":\"harmed\",\"name\":\"卓嘎\",\"phone\":\"13900000001\"},"
             "{\"kind\":\"person\",\"role\":\"builder\",\"name\":\"平\",\"phone\":\"13900000002\"}]}"));
    done(act(r, r->mediator, "dispute.accept",
             fmt(r, "{\"mediator\":\"%.*s\",\"helper\":\"%.*s\",\"rights_told\":true}", r->mediator->person,
                 r->helper->person)));
    r->first = party_id(r, 0);
    r->second = party_id(r, 1);
    done(act(r, r->mediator, "dispute.link",
             fmt(r, "{\"party\":\"%.*s\",\"account\":\"%.*s\"}", r->second, r->builder->person)));
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
    return sound && events > 10 ? 0 : -1;
}

/* As GET /disputes/{id} answers; "" when it is refused. */
static Str seen_by(Run *r, const Actor *who)
{
    const Query *q = module_dispute.queries;
    Str json = S("");
    while (!q->view)
        q++;
    Reading reading = { .arena = r->town.arena, .world = r->town.world, .db = r->town.db, .seals = r->town.seals,
                        .keys = r->keys, .module = &module_dispute, .query = q, .actor = who,
                        .community = r->town.community, .args = { r->id }, .n_args = 1, .now = town_clock };
    Fail f = view_answer(&reading, &json);
    return f.err == OK ? json : S("");
}

static bool shows(Run *r, const Actor *who, const char *text)
{
    return str_find(seen_by(r, who), str_c(text)) >= 0;
}

static int64_t told(Run *r, const Actor *who, const char *type)
{
    Fail f = FAIL_NONE;
    DbRows *rows = db_query(r->town.db, r->town.arena,
                            "SELECT count(*) FROM notice WHERE community = $1 AND person = $2 AND type = $3", "sss",
                            "l", ARGS(TXT(r->town.community), TXT(who->person), TXT(str_c(type))), &f);
    return db_int(rows, 0, 0);
}

static void separate_talks_stay_separate(void **state)
{
    Run *r = *state;
    const char *when = arena_fmt(r->town.arena, "\"from\":%lld,\"until\":%lld", (long long)town_clock,
                                 (long long)(town_clock + HOUR_MS)).p;
    done(act(r, r->helper, "dispute.contact",
             fmt(r, "{\"party\":\"%.*s\",\"how\":\"phone\",\"result\":\"denied\",\"text\":\"只说给施工方%.*s\"}",
                 r->second, S(""))));
    done(act(r, r->mediator, "dispute.note", "{\"text\":\"调解员自己的话\"}"));
    done(act(r, r->mediator, "dispute.invite",
             arena_fmt(r->town.arena, "{\"kind\":\"separate\",\"room\":\"单间\",%s,\"who\":[{\"party\":\"%.*s\"}]}", when,
                       STR_ARG(r->second)).p));
    done(act(r, r->builder, "dispute.offer",
             fmt(r, "{\"party\":\"%.*s\",\"text\":\"底线三千%.*s\",\"private\":true}", r->second, S(""))));
    done(act(r, r->builder, "dispute.offer",
             fmt(r, "{\"party\":\"%.*s\",\"text\":\"愿意返修%.*s\"}", r->second, S(""))));
    static const char *const secret[] = { "只说给施工方", "单间", "底线三千" };
    for (int i = 0; i < COUNT(secret); i++) {
        assert_true(shows(r, r->builder, secret[i]));
        assert_true(shows(r, r->mediator, secret[i]));
        assert_true(shows(r, r->helper, secret[i]));
        assert_false(shows(r, r->harmed, secret[i]));
    }
    assert_true(shows(r, r->harmed, "愿意返修") && shows(r, r->harmed, "墙面漏水"));
    /* a mediator by post is a party here, and no more than that */
    assert_false(shows(r, r->builder, "调解员自己的话"));
    assert_true(shows(r, r->mediator, "调解员自己的话") && shows(r, r->helper, "调解员自己的话"));
    assert_int_equal(seen_by(r, r->desk).n, 0);
    assert_int_equal(told(r, r->builder, "dispute.invite"), 1);
    assert_int_equal(told(r, r->harmed, "dispute.invite"), 0);
    assert_int_equal(told(r, r->harmed, "dispute.offer"), 1); /* of the two */
    refused(act(r, r->builder, "dispute.note", "{\"text\":\"我来调解\"}"), "excluded_by_relation", "");
}

/* The live feed asks the same function. */
static void the_feed_keeps_it_too(void **state)
{
    Run *r = *state;
    Matter m = { .community = r->town.community, .id = r->id, .place = r->town.community, .arena = r->town.arena };
    matter_relate(&m, r->harmed->person, PARTY | SIDE(0), 0);
    matter_relate(&m, r->builder->person, PARTY | SIDE(1), 0);
    matter_relate(&m, r->mediator->person, HANDLER, 0);
    Audience separate = TO_MEDIATOR | SIDE(1);
    assert_true(live_concerns(r->builder, &m, separate, town_clock));
    assert_true(live_concerns(r->mediator, &m, separate, town_clock));
    assert_false(live_concerns(r->harmed, &m, separate, town_clock));
    assert_false(live_concerns(r->desk, &m, separate | TO_PARTIES, town_clock));
    assert_true(live_concerns(r->harmed, &m, TO_PARTIES, town_clock));
    assert_false(live_concerns(r->builder, &m, TO_MEDIATOR, town_clock));
}

static const char *draft(Run *r, int64_t one, int64_t two, Str terms)
{
    return arena_fmt(r->town.arena,
                     "{\"language\":\"zh\",\"signatories\":[{\"party\":\"%.*s\",\"name\":\"卓嘎\"},{\"party\":\"%.*s\","
                     "\"name\":\"平\"}],\"facts\":\"漏水\",\"issues\":\"谁负责\",\"liability\":[{\"party\":\"%.*s\","
                     "\"share\":%lld},{\"party\":\"%.*s\",\"share\":%lld}],\"terms\":\"%.*s\",\"performance\":[{"
                     "\"party\":\"%.*s\",\"what\":\"repair\",\"text\":\"修好\",\"by\":%lld}]}",
                     STR_ARG(r->first), STR_ARG(r->second), STR_ARG(r->first), (long long)one, STR_ARG(r->second),
                     (long long)two, STR_ARG(terms), STR_ARG(r->second), (long long)(town_clock + DAY_MS)).p;
}

static void shares_are_the_whole(void **state)
{
    Run *r = *state;
    static const int64_t bad[][2] = { { 5000, 4999 }, { 5000, 5001 }, { 1, 1 }, { 9999, 2 }, { 10000, 10000 } };
    for (int i = 0; i < COUNT(bad); i++) {
        const Command *c = act(r, r->mediator, "dispute.draft", draft(r, bad[i][0], bad[i][1], S("返修")));
        refused(c, "shares_not_whole", "liability");
        assert_int_equal(c->fail.limit, bad[i][0] + bad[i][1]);
    }
    refused(act(r, r->mediator, "dispute.draft", draft(r, 10000, 0, S("返修"))), "too_small", "liability[1].share");
    done(act(r, r->mediator, "dispute.draft", draft(r, 3333, 6667, S("返修"))));
}

static void another_text_has_another_hash(void **state)
{
    Run *r = *state;
    Arena *a = r->town.arena;
    json_t *text = json_new_object(a);
    json_put_text(text, "terms", S("返修"));
    Str hash = dispute_text_hash(a, r->id, 1, S("salt"), text);
    assert_int_equal(hash.n, 64);
    assert_true(str_eq(hash, dispute_text_hash(a, r->id, 1, S("salt"), text)));
    assert_false(str_eq(hash, dispute_text_hash(a, r->id, 2, S("salt"), text)));
    assert_false(str_eq(hash, dispute_text_hash(a, r->id, 1, S("salu"), text)));
    json_put_text(text, "terms", S("返修。"));
    assert_false(str_eq(hash, dispute_text_hash(a, r->id, 1, S("salt"), text)));
}

/* What is shown to who may sign gives the hash that they sign: the paper is printed only then. */
static void what_is_shown_is_what_was_hashed(void **state)
{
    Run *r = *state;
    Fail f = FAIL_NONE;
    done(act(r, r->mediator, "dispute.draft", draft(r, 4000, 6000, S("两家\\n都修好 \\\"到位\\\""))));
    const json_t *view = json_read(r->town.arena, seen_by(r, r->harmed), &f);
    const json_t *agreement = json_object_get(json_object_get(view, "data"), "agreement");
    Str hash = json_text(agreement, "hash");
    assert_int_equal(hash.n, 64);
    assert_true(str_eq(hash, dispute_text_hash(r->town.arena, r->id, json_int(agreement, "edition"),
                                               json_text(agreement, "salt"), json_object_get(agreement, "text"))));
}

/* ---- bad input: an exact error each, and nothing half done ---- */

static const json_t *agreement_of(Run *r)
{
    Fail f = FAIL_NONE;
    const json_t *view = json_read(r->town.arena, seen_by(r, r->mediator), &f);
    return json_object_get(json_object_get(view, "data"), "agreement");
}

static const char *signature(Run *r, Str party, int64_t edition, Str hash)
{
    return arena_fmt(r->town.arena,
                     "{\"party\":\"%.*s\",\"edition\":%lld,\"signature\":{\"of\":\"edition\",\"hash\":\"%.*s\"}}",
                     STR_ARG(party), (long long)edition, STR_ARG(hash)).p;
}

static size_t signatures(Run *r)
{
    return json_array_size(json_object_get(agreement_of(r), "signed"));
}

static void nobody_mediates_their_own_case(void **state)
{
    Run *r = *state;
    static const char WHO[] = "{\"mediator\":\"%.*s\",\"helper\":\"%.*s\"}";
    Str party = r->builder->person;
    refused(act(r, r->mediator, "dispute.assign", fmt(r, WHO, party, r->helper->person)), "own_case", "mediator");
    refused(act(r, r->mediator, "dispute.assign", fmt(r, WHO, r->mediator->person, party)), "own_case", "helper");
    refused(act(r, r->mediator, "dispute.link",
                fmt(r, "{\"party\":\"%.*s\",\"account\":\"%.*s\"}", r->second, r->mediator->person)),
            "own_case", "account");
    refused(act(r, r->builder, "dispute.draft", draft(r, 5000, 5000, S("返修"))), "excluded_by_relation", "");
    assert_true(shows(r, r->mediator, "\"handler\""));
}

static void a_text_that_is_changed_is_signed_again(void **state)
{
    Run *r = *state;
    done(act(r, r->mediator, "dispute.draft", draft(r, 4000, 6000, S("返修"))));
    Str old = json_text(agreement_of(r), "hash");
    done(act(r, r->harmed, "dispute.sign", signature(r, r->first, 1, old)));
    done(act(r, r->builder, "dispute.sign", signature(r, r->second, 1, old)));
    assert_int_equal(signatures(r), 2);
    done(act(r, r->mediator, "dispute.draft", draft(r, 3000, 7000, S("返修"))));
    Str now = json_text(agreement_of(r), "hash");
    assert_false(str_eq(old, now));
    assert_int_equal(signatures(r), 0); /* whoever had signed signs again */
    const Command *c = act(r, r->harmed, "dispute.sign", signature(r, r->first, 1, old));
    refused(c, "text_changed", "edition");
    assert_int_equal(c->fail.limit, 2);
    refused(act(r, r->harmed, "dispute.sign", signature(r, r->first, 2, old)), "signs_another_text", "signature");
    const char *seal = arena_fmt(r->town.arena, "{\"edition\":2,\"signature\":{\"of\":\"edition\",\"hash\":\"%.*s\"}}",
                                 STR_ARG(now)).p;
    c = act(r, r->mediator, "dispute.seal", seal);
    refused(c, "signatures_missing", "");
    assert_int_equal(c->fail.limit, 2);
    done(act(r, r->harmed, "dispute.sign", signature(r, r->first, 2, now)));
    refused(act(r, r->harmed, "dispute.sign", signature(r, r->first, 2, now)), "signed_already", "party");
    done(act(r, r->builder, "dispute.sign", signature(r, r->second, 2, now)));
    done(act(r, r->mediator, "dispute.seal", seal));
    /* after closing there is nothing to sign any more */
    refused(act(r, r->builder, "dispute.sign", signature(r, r->second, 2, now)), "wrong_state", "");
    assert_int_equal(signatures(r), 2);
}

static void nobody_sits_in_two_sessions(void **state)
{
    Run *r = *state;
    int64_t t = town_clock;
#define INVITED(room, from, until)                                                                                     \
    act(r, r->mediator, "dispute.invite",                                                                              \
        arena_fmt(r->town.arena,                                                                                       \
                  "{\"kind\":\"separate\",\"room\":\"" room "\",\"from\":%lld,\"until\":%lld,"                   \
                  "\"who\":[{\"party\":\"%.*s\"}]}",                                                                   \
                  (long long)(from), (long long)(until), STR_ARG(r->first)).p)
    done(INVITED("调解室", t, t + HOUR_MS));
    static const int64_t bad[][2] = {
        { 0, HOUR_MS }, { HOUR_MS - 1, 2 * HOUR_MS }, { -HOUR_MS, HOUR_MS / 2 }, { 1, HOUR_MS / 3 }
    };
    for (int i = 0; i < COUNT(bad); i++) {
        const Command *c = INVITED("会议室", t + bad[i][0], t + bad[i][1]);
        refused(c, "sessions_overlap", "from");
        assert_int_equal(c->fail.limit, t + HOUR_MS); /* when the other ends */
    }
    refused(INVITED("会议室", t + HOUR_MS, t + HOUR_MS), "too_small", "until");
    done(INVITED("会议室", t + HOUR_MS, t + 2 * HOUR_MS)); /* one after the other is none */
    Fail f = FAIL_NONE;
    const json_t *view = json_read(r->town.arena, seen_by(r, r->mediator), &f);
    assert_int_equal(json_array_size(json_object_get(json_object_get(view, "data"), "sessions")), 2);
}

int main(void)
{
#define IN_TOWN(f) cmocka_unit_test_setup_teardown(f, open_run, close_run)
    const struct CMUnitTest tests[] = {
        IN_TOWN(separate_talks_stay_separate), IN_TOWN(the_feed_keeps_it_too),
        IN_TOWN(shares_are_the_whole),         IN_TOWN(another_text_has_another_hash),
        IN_TOWN(what_is_shown_is_what_was_hashed), IN_TOWN(nobody_mediates_their_own_case),
        IN_TOWN(a_text_that_is_changed_is_signed_again), IN_TOWN(nobody_sits_in_two_sessions),
    };
    return engine_both(&engine, "dispute", tests, COUNT(tests), NULL, NULL);
}
