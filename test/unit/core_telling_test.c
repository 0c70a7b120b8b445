/* Telling persons, on a whole world and both engines: along each one's own order, at night not, and at the end by
 * telephone. The outbox runs as in the server, on its threads; channels are small ones of this file, the clock stands
 * unless a test moves it. */
#include "store_engine.h"

#include "../support/town.h"

#include "core/outbox.h"

#include <pthread.h>
#include <unistd.h>

enum { SENT_MAX = 200 }; /* the town's clock begins at 21:00 in its zone */

typedef struct Sent {
    Way way;
    Str to, text, subject;
    int n_pushes;
    int64_t at;
} Sent;

typedef struct Rig {
    Town town;
    pthread_mutex_t mutex; /* the store, and what was sent */
    OutboxConfig config;
    OutboxCounts counts;
    Arena *outbox_arena;
    Outbox *outbox;
    Actor *admin, *desk, *officer, *resident;
    Outcome answer[WAYS_N];
    bool gone;
    Sent sent[SENT_MAX];
    int n_sent;
} Rig;

static const char *engine = "sqlite";
static Rig rig;

static Fail rig_write(void *server, Fail (*fn)(void *self, Db *db), void *self)
{
    Rig *r = server;
    pthread_mutex_lock(&r->mutex);
    Fail f = runner_call(r->town.runner, fn, self);
    pthread_mutex_unlock(&r->mutex);
    return f;
}

static Fail rig_submit(void *server, Command *c)
{
    Rig *r = server;
    pthread_mutex_lock(&r->mutex);
    runner_run(r->town.runner, &c, 1);
    pthread_mutex_unlock(&r->mutex);
    return FAIL_NONE;
}

static void rig_send(void *self, Parcel *p, const atomic_bool *ending)
{
    Rig *r = self;
    (void)ending;
    pthread_mutex_lock(&r->mutex);
    Str text = p->way == BY_PUSH || p->way == BY_WEBHOOK ? p->body : p->text;
    if (r->n_sent < SENT_MAX)
        r->sent[r->n_sent++] = (Sent){ p->way, arena_str(r->town.arena, p->to), arena_str(r->town.arena, text),
                                       arena_str(r->town.arena, p->subject), p->n_pushes, town_clock };
    p->outcome = r->answer[p->way];
    if (p->outcome != DELIVERED) memcpy(p->code, "no", 3);
    for (int i = 0; i < p->n_pushes; i++)
        p->pushes[i].gone = r->gone;
    pthread_mutex_unlock(&r->mutex);
}

static int open_rig(void **state)
{
    static const pthread_mutex_t fresh = PTHREAD_MUTEX_INITIALIZER;
    Rig *r = &rig;
    Fail f = FAIL_NONE;
    *r = (Rig){ .mutex = fresh };
    Town *t = &r->town;
    if (!town_open(t, engine, 17) || !town_furnish(t, 2)) return -1;
    r->admin = town_person(t, "管", ADMIN, t->community);
    r->desk = town_person(t, "值", DISPATCHER, t->community);
    r->officer = town_person(t, "格", OFFICER, t->community);
    r->resident = town_person(t, "民", RESIDENT, t->community);
    r->config = (OutboxConfig){ .retry_ms = { 3, 3, 3, 3, 3, 3, 3 }, .n_retries = 7, .public_url = "https://x.org" };
    for (int w = 0; w < WAYS_N; w++)
        r->config.by[w] = (Channel){ rig_send, r };
    r->outbox_arena = arena_new();
    OutboxStart start = { .config = &r->config, .world = t->world, .seals = t->seals, .db = t->config, .server = r,
                          .write = rig_write, .submit = rig_submit, .counts = &r->counts };
    r->outbox = outbox_start(r->outbox_arena, &start, &f);
    *state = r;
    return r->outbox != NULL && f.err == OK ? 0 : -1;
}

static int close_rig(void **state)
{
    Rig *r = *state;
    Hash digest;
    int64_t events = 0;
    outbox_stop(r->outbox);
    arena_free(r->outbox_arena);
    bool sound = town_sound(&r->town, &digest, &events);
    town_close(&r->town);
    pthread_mutex_destroy(&r->mutex);
    return sound && events > 10 ? 0 : -1;
}

/* ---- what tests say ---- */

static Str act(Rig *r, const Actor *who, const char *type, Str matter, int64_t version, const char *input)
{
    pthread_mutex_lock(&r->mutex);
    Command *c = town_do(&r->town, who, type, matter, version, input);
    pthread_mutex_unlock(&r->mutex);
    if (c->fail.err != OK) fail_msg("%s: %s at \"%s\"", type, c->fail.code, c->fail.field);
    outbox_news(r->outbox, r->town.community);
    return c->rows[0].matter;
}

static void refuse(Rig *r, const Actor *who, const char *type, Str matter, const char *input, const char *code)
{
    pthread_mutex_lock(&r->mutex);
    Command *c = town_do(&r->town, who, type, matter, -1, input);
    pthread_mutex_unlock(&r->mutex);
    if (c->fail.err == OK || strcmp(c->fail.code, code) != 0)
        fail_msg("%s: %s instead of %s", type, c->fail.err == OK ? "done" : c->fail.code, code);
}

static int64_t number(Rig *r, const char *sql)
{
    Fail f = FAIL_NONE;
    pthread_mutex_lock(&r->mutex);
    DbRows *rows = db_query(r->town.db, r->town.arena, sql, "s", "l", ARGS(TXT(r->town.community)), &f);
    pthread_mutex_unlock(&r->mutex);
    if (f.err != OK) fail_msg("%s: %s", sql, db_last_error(r->town.db));
    return db_int(rows, 0, 0);
}

/* Until it is so, while the clock goes on by a few milliseconds at a time. */
#define until(r, sql, n) wait_until((r), (sql), (n), __LINE__)
static void wait_until(Rig *r, const char *sql, int64_t n, int line)
{
    int64_t is = -1;
    for (int i = 0; i < 2000; i++) {
        is = number(r, sql);
        if (is == n) return;
        town_clock += 5;
        outbox_news(r->outbox, r->town.community);
        usleep(10000);
    }
    fail_msg("line %d: %s: %lld instead of %lld", line, sql, (long long)is, (long long)n);
}
#define WAITING "SELECT count(*) FROM outbox WHERE community = $1 AND state = 'waiting'"
#define DELIVERED_ROWS "SELECT count(*) FROM outbox WHERE community = $1 AND state = 'delivered'"
#define TO_CALL "SELECT count(*) FROM matter WHERE community = $1 AND kind = 'call' AND state = 'open'"

/* The clock goes on without anything being due in between. */
static void pass(Rig *r, int64_t ms)
{
    town_clock += ms;
    outbox_news(r->outbox, r->town.community);
}

static void telling(Rig *r, const char *setting)
{
    act(r, r->admin, "setting.set", S(""), -1, arena_fmt(r->town.arena, "{\"telling\":%s}", setting).p);
}
#define AT_ONCE "{\"quiet_from\":1320,\"quiet_until\":420,\"wait_minutes\":0,\"urgent_hours\":2}"

static const char P256DH[] = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";

static void subscribe(Rig *r, const Actor *who, const char *name)
{
    act(r, who, "person.add_push", who->person, -1,
        arena_fmt(r->town.arena,
                  "{\"endpoint\":\"https://push.example.org/%s\",\"p256dh\":\"%s\",\"auth\":"
                  "\"BTBZMqHH6r4Tts7J_aSIgg\",\"label\":\"手机\"}",
                  name, P256DH)
            .p);
}

static void by_mail(Rig *r, const Actor *who)
{
    act(r, who, "person.set_mail", who->person, -1, "{\"mail\":\"ge@example.org\",\"by_mail\":true}");
}

static void by_sms(Rig *r, const Actor *who)
{
    act(r, who, "person.set_sms", who->person, -1, "{\"phone\":\"13900000001\",\"by_sms\":true}");
}

/* Something of which the officer is told. */
static Str dispatched_to(Rig *r, const char *category, Str to)
{
    Arena *a = r->town.arena;
    Str id = act(r, r->desk, "report.create", S(""), -1,
                 arena_fmt(a, "{\"category\":\"%s\",\"text\":\"路灯不亮\"}", category).p);
    act(r, r->desk, "report.register", id, 1, arena_fmt(a, "{\"category\":\"%s\"}", category).p);
    act(r, r->desk, "report.dispatch", id, 2, arena_fmt(a, "{\"to\":\"%.*s\"}", STR_ARG(to)).p);
    return id;
}

static Str dispatched(Rig *r, const char *category)
{
    return dispatched_to(r, category, r->officer->person);
}

static void sent_by(Rig *r, const Way *ways, int n, int line)
{
    if (r->n_sent != n) fail_msg("line %d: %d were sent, not %d", line, r->n_sent, n);
    for (int i = 0; i < n; i++)
        if (r->sent[i].way != ways[i])
            fail_msg("line %d: no. %d by %s, not %s", line, i, way_name(r->sent[i].way), way_name(ways[i]));
}
#define SENT(...)                                                                                                      \
    sent_by(r, (const Way[]){ __VA_ARGS__ }, (int)(sizeof((const Way[]){ __VA_ARGS__ }) / sizeof(Way)), __LINE__)

/* ---- tests ---- */

static void along_the_usual_order(void **state)
{
    Rig *r = *state;
    telling(r, AT_ONCE);
    by_sms(r, r->officer);
    by_mail(r, r->officer);
    subscribe(r, r->officer, "one");
    subscribe(r, r->officer, "two");
    subscribe(r, r->officer, "two"); /* the same browser again */
    r->answer[BY_PUSH] = FAILED;
    r->answer[BY_MAIL] = REFUSED;
    Str id = dispatched(r, "light");
    until(r, DELIVERED_ROWS, 1);
    SENT(BY_PUSH, BY_PUSH, BY_PUSH, BY_MAIL, BY_SMS);
    assert_int_equal(r->sent[0].n_pushes, 2);
    assert_text(r->sent[3].to, "ge@example.org");
    assert_text(r->sent[4].to, "13900000001");
    Fail f = FAIL_NONE;
    json_t *body = json_read(r->town.arena, r->sent[0].text, &f);
    assert_int_equal(json_object_size(body), 4);
    const char *page = arena_fmt(r->town.arena, "https://x.org/c/540102001001/#/m/%.*s", STR_ARG(id)).p;
    assert_text(json_text(body, "url"), page);
    assert_text(json_text(body, "lang"), "zh");
    assert_true(json_int(body, "number") > 0);
    for (int i = 0; i < r->n_sent; i++)
        assert_true(str_find(r->sent[i].text, S("路灯")) < 0 && str_find(r->sent[i].text, S("格")) < 0);
    assert_true(utf8_count(r->sent[4].text) <= 2 * 67); /* at most two parts of a text message */
    assert_int_equal(number(r, TO_CALL), 0);
}

/* U+4E00 to U+9FFF, and U+0F00 to U+0FFF: both in three bytes. */
static bool has_script(Str text, unsigned char first, unsigned char last)
{
    for (size_t i = 0; i < text.n; i++)
        if ((unsigned char)text.p[i] >= first && (unsigned char)text.p[i] <= last &&
            (first != 0xE0 || (i + 1 < text.n && (unsigned char)text.p[i + 1] >= 0xBC)))
            return true;
    return false;
}
#define HAN(text) has_script((text), 0xE4, 0xE9)
#define TIBETAN(text) has_script((text), 0xE0, 0xE0)

/* Who chose Tibetan hears all of it in Tibetan, by whichever way, whatever language the desk works in. */
static void in_the_own_language(void **state)
{
    Rig *r = *state;
    telling(r, AT_ONCE);
    const char *sql = arena_fmt(r->town.arena, "SELECT version FROM matter WHERE community = $1 AND id = '%.*s'",
                                STR_ARG(r->officer->person)).p;
    int64_t version = number(r, sql);
    act(r, r->officer, "person.update", r->officer->person, version, "{\"language\":\"bo\"}");
    subscribe(r, r->officer, "one");
    by_mail(r, r->officer);
    Str hook = act(r, r->admin, "webhook.add", S(""), -1,
                   "{\"name\":\"组\",\"url\":\"https://robot.example.org/send\",\"secret\":\"a secret of thirty-two"
                   " characters\",\"topics\":[{\"topic\":\"webhook\"}],\"audience\":\"handlers\","
                   "\"template\":\"wecom\"}");
    act(r, r->officer, "person.set_webhook", r->officer->person, -1,
        arena_fmt(r->town.arena, "{\"webhook\":\"%.*s\",\"by_webhook\":true}", STR_ARG(hook)).p);
    by_sms(r, r->officer);
    r->answer[BY_PUSH] = r->answer[BY_MAIL] = r->answer[BY_WEBHOOK] = REFUSED;
    dispatched(r, "light");
    until(r, DELIVERED_ROWS, 1);
    SENT(BY_PUSH, BY_MAIL, BY_WEBHOOK, BY_SMS);
    Fail f = FAIL_NONE;
    assert_text(json_text(json_read(r->town.arena, r->sent[0].text, &f), "lang"), "bo"); /* worded by the browser */
    for (int i = 0; i < r->n_sent; i++)
        if (HAN(r->sent[i].text) || HAN(r->sent[i].subject)) fail_msg("Chinese by %s", way_name(r->sent[i].way));
    assert_true(TIBETAN(r->sent[1].subject) && TIBETAN(r->sent[1].text));
    assert_true(TIBETAN(r->sent[2].text) && TIBETAN(r->sent[3].text));
    assert_true(HAN(S("点")) && !HAN(S("དོན་ 12 https://x.org")) && TIBETAN(S("དོན")) && !TIBETAN(S("点 a")));
}

static void along_the_own_order(void **state)
{
    Rig *r = *state;
    telling(r, AT_ONCE);
    by_sms(r, r->officer);
    by_mail(r, r->officer);
    refuse(r, r->officer, "person.order_channels", r->officer->person,
           "{\"order\":[{\"kind\":\"sms\"},{\"kind\":\"sms\"}]}", "repeated");
    refuse(r, r->desk, "person.order_channels", r->officer->person, "{\"order\":[{\"kind\":\"sms\"}]}", "forbidden");
    act(r, r->officer, "person.order_channels", r->officer->person, -1, "{\"order\":[{\"kind\":\"sms\"}]}");
    r->answer[BY_SMS] = REFUSED;
    dispatched(r, "light");
    until(r, DELIVERED_ROWS, 1);
    SENT(BY_SMS, BY_MAIL);
    act(r, r->officer, "person.set_mail", r->officer->person, -1, "{\"by_mail\":false}"); /* kept, and not used */
    act(r, r->officer, "person.set_sms", r->officer->person, -1, "{\"by_sms\":false}");
    dispatched(r, "light");
    until(r, WAITING, 0);
    assert_int_equal(r->n_sent, 2);
    assert_int_equal(number(r, "SELECT count(*) FROM person_channel WHERE community = $1 AND used = 0"), 2);
}

static void at_the_end_by_telephone(void **state)
{
    Rig *r = *state;
    telling(r, AT_ONCE);
    by_mail(r, r->officer);
    by_sms(r, r->officer);
    r->config.by[BY_SMS].send = NULL;
    outbox_stop(r->outbox); /* a server without text messages */
    OutboxStart start = { .config = &r->config, .world = r->town.world, .seals = r->town.seals, .db = r->town.config,
                          .server = r, .write = rig_write, .submit = rig_submit, .counts = &r->counts };
    Fail f = FAIL_NONE;
    r->outbox = outbox_start(r->outbox_arena, &start, &f);
    r->answer[BY_MAIL] = REFUSED;
    Str id = dispatched(r, "light");
    until(r, TO_CALL, 1);
    SENT(BY_MAIL);
    until(r, WAITING, 0);
    DbRows *line = db_query(r->town.db, r->town.arena,
                            "SELECT c.id, c.person, c.about, c.why, m.place FROM call c JOIN matter m ON"
                            " m.community = c.community AND m.id = c.id WHERE c.community = $1",
                            "s", "sssss", ARGS(TXT(r->town.community)), &f);
    Str call = arena_str(r->town.arena, db_text(line, 0, 0));
    assert_text(db_text(line, 0, 1), arena_c(r->town.arena, r->officer->person));
    assert_text(db_text(line, 0, 2), arena_c(r->town.arena, id));
    assert_text(db_text(line, 0, 3), "no_channel");
    assert_text(db_text(line, 0, 4), "540102001001");
    refuse(r, r->resident, "call.called", call, "{\"outcome\":\"reached\"}", "forbidden");
    act(r, r->desk, "call.called", call, -1, "{\"outcome\":\"no_answer\"}");
    assert_int_equal(number(r, TO_CALL), 1);
    act(r, r->desk, "call.called", call, -1, "{\"outcome\":\"reached\"}");
    assert_int_equal(number(r, TO_CALL), 0);
    act(r, r->desk, "report.note", id, -1, "{\"text\":\"请再看\"}"); /* the next news is another call, on the same line */
    until(r, TO_CALL, 1);
    assert_int_equal(number(r, "SELECT count(*) FROM call WHERE community = $1"), 1);
    assert_int_equal(number(r, "SELECT tries FROM call WHERE community = $1"), 0);
}

static void who_reads_it_in_the_app_is_left_in_peace(void **state)
{
    Rig *r = *state;
    by_mail(r, r->officer); /* a minute in the app alone, unless the community says otherwise */
    dispatched(r, "light");
    until(r, WAITING, 1);
    pass(r, 50 * SECOND_MS);
    usleep(200000);
    assert_int_equal(r->n_sent, 0);
    Fail f = db_exec(r->town.db, arena_fmt(r->town.arena,
                                           "INSERT INTO notice_seen (community, person, seq) SELECT community, person,"
                                           " MAX(seq) FROM notice WHERE person = '%.*s' GROUP BY community, person",
                                           STR_ARG(r->officer->person))
                                     .p);
    assert_int_equal(f.err, OK);
    pass(r, 20 * SECOND_MS);
    until(r, DELIVERED_ROWS, 1);
    assert_int_equal(r->n_sent, 0);
    dispatched(r, "light"); /* and who does not, is told */
    pass(r, 61 * SECOND_MS);
    until(r, DELIVERED_ROWS, 2);
    SENT(BY_MAIL);
}

static void nobody_is_woken_but_for_an_emergency(void **state)
{
    Rig *r = *state;
    telling(r, AT_ONCE);
    by_mail(r, r->officer);
    pass(r, 2 * HOUR_MS); /* 23:00 */
    int64_t night = town_clock;
    dispatched(r, "light");
    until(r, "SELECT count(*) FROM outbox WHERE community = $1 AND state = 'waiting' AND due_at > at", 1);
    pass(r, 7 * HOUR_MS); /* 6:00 */
    usleep(200000);
    assert_int_equal(r->n_sent, 0);
    dispatched(r, "flood"); /* an hour's limit, in plain hours */
    until(r, DELIVERED_ROWS, 1);
    SENT(BY_MAIL);
    assert_true(r->sent[0].at < night + 8 * HOUR_MS);
    pass(r, night + 8 * HOUR_MS - town_clock); /* 7:00 */
    until(r, DELIVERED_ROWS, 2);
    assert_true(r->sent[1].at >= night + 8 * HOUR_MS);
    act(r, r->officer, "person.set_quiet", r->officer->person, -1, "{\"quiet_from\":0,\"quiet_until\":0}"); /* never */
    pass(r, 16 * HOUR_MS); /* 23:00 */
    dispatched(r, "light");
    until(r, DELIVERED_ROWS, 3);
    refuse(r, r->officer, "person.set_quiet", r->officer->person, "{\"quiet_from\":5}", "required");
    act(r, r->officer, "person.set_quiet", r->officer->person, -1, "{}"); /* as the community has it */
    dispatched(r, "light");
    until(r, "SELECT count(*) FROM outbox WHERE community = $1 AND state = 'waiting' AND due_at > at", 1);
    assert_int_equal(r->n_sent, 3);
}

static void a_category_may_say_that_it_is_urgent(void **state)
{
    Rig *r = *state;
    telling(r, AT_ONCE);
    act(r, r->admin, "category.add", S(""), -1,
        "{\"code\":\"gas\",\"icon\":\"other\",\"name\":{\"zh\":\"燃气\",\"bo\":\"རླངས།\",\"en\":\"Gas\"},\"limit\":1,"
        "\"unit\":\"working_days\",\"default_role\":\"officer\",\"urgent\":true}");
    by_mail(r, r->officer);
    pass(r, 3 * HOUR_MS);
    dispatched(r, "gas");
    until(r, DELIVERED_ROWS, 1);
    SENT(BY_MAIL);
}

static void an_emergency_finds_who_has_no_channel(void **state)
{
    Rig *r = *state;
    dispatched(r, "light");
    dispatched(r, "flood");
    until(r, WAITING, 1); /* only the flood's */
    pass(r, 9 * MINUTE_MS);
    usleep(200000);
    assert_int_equal(number(r, TO_CALL), 0);
    pass(r, 2 * MINUTE_MS);
    until(r, TO_CALL, 1);
    assert_int_equal(number(r, "SELECT urgent FROM call WHERE community = $1"), 1);
    until(r, WAITING, 0);
}

static void what_is_over_is_not_rung_about(void **state)
{
    Rig *r = *state;
    static const char shown[] =
        "SELECT count(*) FROM call c JOIN matter m ON m.community = c.community AND m.id = c.id WHERE c.community = $1"
        " AND m.state = 'open' AND NOT EXISTS (SELECT 1 FROM matter b WHERE b.community = $1 AND b.id = c.about"
        " AND b.closed_at > c.told_at)";
    Arena *a = r->town.arena;
    Str id = act(r, r->desk, "report.create", S(""), -1, "{\"category\":\"flood\",\"text\":\"路上积水\"}");
    act(r, r->desk, "report.register", id, 1, "{\"category\":\"flood\"}");
    act(r, r->desk, "report.dispatch", id, 2, arena_fmt(a, "{\"to\":\"%.*s\"}", STR_ARG(r->officer->person)).p);
    pass(r, 11 * MINUTE_MS);
    until(r, TO_CALL, 1);
    until(r, WAITING, 0);
    assert_int_equal(number(r, shown), 1);
    assert_true(number(r, "SELECT told_at FROM call WHERE community = $1") > 0);
    /* the second waits for its ten minutes when the matter ends: nobody is put on the list for it */
    Str two = dispatched(r, "flood");
    until(r, WAITING, 1);
    Str into = act(r, r->desk, "report.create", S(""), -1, "{\"category\":\"light\",\"text\":\"积水\"}");
    const char *merging = arena_fmt(a, "{\"into\":\"%.*s\"}", STR_ARG(into)).p;
    pass(r, SECOND_MS);
    act(r, r->desk, "report.merge", id, 3, merging);
    act(r, r->desk, "report.merge", two, 3, merging);
    assert_int_equal(number(r, shown), 0);
    pass(r, 11 * MINUTE_MS);
    until(r, WAITING, 0);
    assert_int_equal(number(r, "SELECT count(*) FROM call WHERE community = $1"), 1);
    assert_int_equal(number(r, "SELECT count(*) FROM outbox WHERE community = $1 AND error = 'over'"), 1);
}

static void nobody_is_rung_about_old_news(void **state)
{
    Rig *r = *state;
    dispatched(r, "flood");
    until(r, WAITING, 1);
    pass(r, (TELL_CALL_DAYS * 24 + 1) * HOUR_MS); /* the server was off */
    until(r, WAITING, 0);
    assert_int_equal(number(r, "SELECT count(*) FROM call WHERE community = $1"), 0);
    assert_int_equal(number(r, "SELECT count(*) FROM outbox WHERE community = $1 AND error = 'over'"), 1);
}

static void members_of_a_unit_are_told_each(void **state)
{
    Rig *r = *state;
    telling(r, AT_ONCE);
    by_mail(r, r->officer);
    by_sms(r, r->desk);
    Str unit = act(r, r->admin, "unit.add", S(""), -1,
                   "{\"name\":{\"zh\":\"城管\"},\"kind\":\"department\",\"areas\":[{\"place\":\"540102001001\"}]}");
    static const char *const join = "{\"person\":\"%.*s\"}";
    act(r, r->admin, "unit.join", unit, -1, arena_fmt(r->town.arena, join, STR_ARG(r->officer->person)).p);
    act(r, r->admin, "unit.join", unit, -1, arena_fmt(r->town.arena, join, STR_ARG(r->desk->person)).p);
    until(r, WAITING, 0);
    r->n_sent = 0;
    dispatched_to(r, "light", unit);
    until(r, WAITING, 0);
    SENT(BY_MAIL); /* the desk did it, and need not be told */
}

static void a_browser_that_is_gone_is_taken_off(void **state)
{
    Rig *r = *state;
    telling(r, AT_ONCE);
    subscribe(r, r->officer, "one");
    by_mail(r, r->officer);
    refuse(r, r->officer, "person.add_push", r->officer->person,
           "{\"endpoint\":\"https://push.example.org\",\"p256dh\":\"x\",\"auth\":\"y\"}", "too_short");
    refuse(r, r->officer, "person.add_push", r->officer->person,
           "{\"endpoint\":\"ftp://push.example.org/a\",\"p256dh\":"
           "\"BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4\","
           "\"auth\":\"BTBZMqHH6r4Tts7J_aSIgg\"}",
           "bad_format");
    refuse(r, r->officer, "person.drop_push", r->officer->person,
           "{\"channel\":\"00000000000000000000000000000000\"}", "no_such_channel");
    r->gone = true;
    r->answer[BY_PUSH] = REFUSED;
    dispatched(r, "light");
    until(r, DELIVERED_ROWS, 1);
    SENT(BY_PUSH, BY_MAIL);
    until(r, "SELECT count(*) FROM person_channel WHERE community = $1 AND kind = 'push'", 0);
    assert_int_equal(number(r, "SELECT count(*) FROM timeline WHERE community = $1 AND type = 'person.drop_push'"
                               " AND actor = 'system'"), 1);
}

static void nobody_waits_for_a_channel_that_is_down(void **state)
{
    Rig *r = *state;
    telling(r, AT_ONCE);
    by_mail(r, r->officer);
    by_sms(r, r->officer);
    r->answer[BY_MAIL] = FAILED;
    Str id = dispatched(r, "light");
    for (int i = 0; i < 20; i++)
        act(r, r->desk, "report.note", id, -1, "{\"text\":\"请看\"}");
    until(r, DELIVERED_ROWS, 21);
    int mails = 0;
    for (int i = 0; i < r->n_sent; i++)
        mails += r->sent[i].way == BY_MAIL;
    assert_true(mails >= 3 && mails < 21); /* the others went along at once */
}

static void nothing_is_left_of_who_is_erased(void **state)
{
    Rig *r = *state;
    by_mail(r, r->resident);
    subscribe(r, r->resident, "one");
    act(r, r->resident, "person.set_quiet", r->resident->person, -1, "{\"quiet_from\":60,\"quiet_until\":120}");
    assert_int_equal(number(r, "SELECT count(*) FROM person_channel WHERE community = $1"), 2);
    refuse(r, r->resident, "person.set_webhook", r->resident->person, "{\"by_webhook\":false}", "forbidden");
    act(r, r->resident, "person.erase", r->resident->person, -1, "{}");
    assert_int_equal(number(r, "SELECT count(*) FROM person_channel WHERE community = $1"), 0);
    assert_int_equal(number(r, "SELECT count(*) FROM person_quiet WHERE community = $1"), 0);
}

/* A store of a version that knew mail only. */
static void old_rows_are_carried_over(void **state)
{
    Rig *r = *state;
    Fail f = FAIL_NONE;
    by_mail(r, r->officer);
    DbConfig c = r->town.config;
    Db *bare = db_open_bare(&c, &f);
    static const char *const back[] = {
        "INSERT INTO person_mail (community, person, address, by_mail) SELECT community, person, address, used"
        " FROM person_channel",
        "DELETE FROM person_channel",
        "DELETE FROM schema_step WHERE part = 'person' AND name = 'mail_is_a_channel'",
    };
    for (int i = 0; f.err == OK && i < COUNT(back); i++)
        f = db_exec(bare, back[i]);
    if (f.err == OK) f = schema_migrate(bare, r->town.world->parts, r->town.world->n_parts);
    if (f.err != OK) fail_msg("%s", db_last_error(bare));
    db_close(bare);
    assert_int_equal(number(r, "SELECT count(*) FROM person_mail"
                               " WHERE community = $1"), 0);
    assert_int_equal(number(r, "SELECT count(*) FROM person_channel WHERE community = $1 AND kind = 'mail'"), 1);
    /* close_rig rebuilds, and wants the very same rows */
}

static void when_it_is_quiet(void **state)
{
    (void)state;
    int64_t midnight = time_from_civil((Civil){ .year = 2026, .month = 7, .day = 2 }, 480);
    static const struct {
        int from, until, at, ends;
    } rows[] = {
        { 1320, 420, 1319, -1 }, { 1320, 420, 1320, 1440 + 420 }, { 1320, 420, 0, 420 },  { 1320, 420, 419, 420 },
        { 1320, 420, 420, -1 },  { 780, 840, 779, -1 },           { 780, 840, 780, 840 }, { 780, 840, 840, -1 },
        { 0, 0, 0, -1 },         { 600, 600, 600, -1 },           { 0, 1439, 0, 1439 },   { 1439, 0, 1439, 1440 },
    };
    for (int i = 0; i < COUNT(rows); i++) {
        int64_t now = midnight + rows[i].at * MINUTE_MS + 31 * SECOND_MS + 7;
        int64_t ends = quiet_ends_at(now, 480, rows[i].from, rows[i].until);
        assert_int_equal(ends, rows[i].ends < 0 ? 0 : midnight + rows[i].ends * MINUTE_MS);
    }
}

static void what_a_push_address_is(void **state)
{
    static const char *const good[] = { "https://fcm.googleapis.com/fcm/send/abc", "http://127.0.0.1:80/x",
                                        "https://updates.push.services.mozilla.com/wpush/v2/gAA" };
    static const char *const bad[] = { "https://x.org", "https://x.org/", "https:///a", "wss://x.org/a", "",
                                       "https://u:p@x.org/a", "https://x.org/a#b", "https://x.org/a b",
                                       "https://x.org?/" };
    Arena *a = arena_new();
    (void)state;
    for (int i = 0; i < COUNT(good); i++)
        if (!push_endpoint_valid(str_c(good[i]))) fail_msg("%s", good[i]);
    for (int i = 0; i < COUNT(bad); i++)
        if (push_endpoint_valid(str_c(bad[i]))) fail_msg("%s", bad[i]);
    assert_int_equal(push_id(a, S("https://x.org/a")).n, PUSH_ID_CHARS);
    assert_text(push_lane(a, S("https://x.org/a")), push_lane(a, S("https://x.org/b")).p); /* of the host alone */
    arena_free(a);
}

int main(void)
{
#define RIGGED(f) cmocka_unit_test_setup_teardown(f, open_rig, close_rig)
    const struct CMUnitTest tests[] = {
        RIGGED(along_the_usual_order),
        RIGGED(in_the_own_language),
        RIGGED(along_the_own_order),
        RIGGED(at_the_end_by_telephone),
        RIGGED(who_reads_it_in_the_app_is_left_in_peace),
        RIGGED(nobody_is_woken_but_for_an_emergency),
        RIGGED(a_category_may_say_that_it_is_urgent),
        RIGGED(an_emergency_finds_who_has_no_channel),
        RIGGED(what_is_over_is_not_rung_about),
        RIGGED(nobody_is_rung_about_old_news),
        RIGGED(members_of_a_unit_are_told_each),
        RIGGED(a_browser_that_is_gone_is_taken_off),
        RIGGED(nobody_waits_for_a_channel_that_is_down),
        RIGGED(nothing_is_left_of_who_is_erased),
        RIGGED(old_rows_are_carried_over),
        cmocka_unit_test(when_it_is_quiet),
        cmocka_unit_test(what_a_push_address_is),
    };
    return engine_both(&engine, "telling", tests, COUNT(tests), NULL, NULL);
}
