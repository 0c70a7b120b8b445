/* A row for a person: by which of their channels it goes now, when not, and where it goes when that fails. */
#include "core/internal.h"
#include "core/outbox.h"
#include "core/setting.h"

enum { LANE_DOWN = 3 }; /* failures in a row, and the others do not wait for it */

_Static_assert(TELL_QUIET_FROM == 1320 && TELL_QUIET_UNTIL == 420, "as in the text");
static Stmt tell_person = {
    "ss", "sslll",
    "SELECT p.state, p.language, COALESCE(s.seq, 0), COALESCE(q.from_minute, t.quiet_from, 1320),"
    " COALESCE(q.until_minute, t.quiet_until, 420) FROM person p"
    " LEFT JOIN notice_seen s ON s.community = p.community AND s.person = p.person"
    " LEFT JOIN person_quiet q ON q.community = p.community AND q.person = p.person"
    " LEFT JOIN telling t ON t.community = p.community WHERE p.community = $1 AND p.person = $2"
};
static Stmt tell_channels = { "ss", "sslsss",
                              "SELECT kind, id, rank, address, p256dh, auth FROM person_channel"
                              " WHERE community = $1 AND person = $2 AND used = 1 ORDER BY rank, id" };
static Stmt tell_why = { "ss", "s", "SELECT error FROM outbox WHERE community = $1 AND id = $2" };

/* Along: to the next channel, if there is one; then the second does nothing, for the rank is another. */
#define NEXT(column)                                                                                                   \
    "(SELECT c." column " FROM person_channel c WHERE c.community = $1 AND c.person = outbox.target AND c.used = 1"    \
    " AND c.rank > outbox.rank ORDER BY c.rank, c.id LIMIT 1)"
#define MOVE_ALONG                                                                                                     \
    "UPDATE outbox SET lane = " NEXT("lane") ", channel = " NEXT("kind") ", rank = " NEXT("rank") ", attempts = 0,"    \
    " due_at = CASE WHEN urgent = 1 THEN CAST(1 AS bigint) ELSE $4 END, tried_at = $4, error = $5"                     \
    " WHERE community = $1 AND state = 'waiting' AND channel <> '' AND rank = $3 AND EXISTS (SELECT 1 FROM"            \
    " person_channel c WHERE c.community = $1 AND c.person = outbox.target AND c.used = 1 AND c.rank > outbox.rank)"
static Stmt move_along = { "sslls", "", MOVE_ALONG " AND id = $2" };
static Stmt move_lane_along = { "sslls", "", MOVE_ALONG " AND lane = $2 AND due_at <= $4" };
static Stmt move_to_call = { "sslls", "",
                             "UPDATE outbox SET lane = 'phone', channel = 'phone', rank = 99, attempts = 0,"
                             " due_at = $4, tried_at = $4, error = $5 WHERE community = $1 AND id = $2"
                             " AND state = 'waiting' AND channel NOT IN ('', 'phone') AND rank = $3" };
Stmt *const tell_statements[] = { &tell_person, &tell_channels,   &tell_why, &move_along,
                                  &move_to_call, &move_lane_along, NULL };

/* ---- what is said: the number, and where to look ---- */

/* The words' places are {number} and {url}. */
static Str fill_in(Arena *a, Str words, int64_t number, Str url)
{
    Buf out = buf_new(a, 256);
    for (size_t i = 0; i < words.n; i++) {
        Str rest = { words.p + i, words.n - i };
        if (str_starts(rest, S("{number}"))) {
            buf_i64(&out, number);
            i += 7;
        } else if (str_starts(rest, S("{url}"))) {
            buf_add(&out, url);
            i += 4;
        } else {
            buf_char(&out, words.p[i]);
        }
    }
    return buf_str(&out);
}

static const char *language_of(Str language)
{
    return str_is(language, "bo") ? "bo" : str_is(language, "en") ? "en" : "zh";
}

static Str words(const Packing *with, const Parcel *p, const char *lang, const char *key, Str url)
{
    const char *named = p->number > 0 ? key : arena_fmt(p->arena, "%s_none", key).p;
    return fill_in(p->arena, world_word(with->world, lang, "webhook", named), p->number, url);
}

/* The page of a matter for whoever is told, in the matter's own community: their own pages, behind the sign-in. */
static Str url_of(const Packing *with, const Parcel *p)
{
    const char *base = with->config->public_url != NULL ? with->config->public_url : "";
    Str home = arena_fmt(p->arena, "%s/c/%.*s/", base, STR_ARG(p->community));
    return p->number > 0 ? arena_fmt(p->arena, "%.*s#/m/%.*s", STR_ARG(home), STR_ARG(p->matter)) : home;
}

/* WeCom (developer.work.weixin.qq.com, "group robot") and DingTalk (open.dingtalk.com, "custom robot"): a Markdown
 * message. There is nothing in it that could be Markdown of somebody else's. */
Str robot_body(const Packing *with, const Parcel *p, const char *language)
{
    const char *lang = language_of(str_c(language));
    Str url = url_of(with, p), title = words(with, p, lang, "mail.subject", url);
    Str text = arena_fmt(p->arena, "**%.*s**\n\n[%.*s](%.*s)", STR_ARG(title),
                         STR_ARG(world_word(with->world, lang, "webhook", "robot.look")), STR_ARG(url));
    Buf out = buf_new(p->arena, 512);
    Json j = json_to(&out);
    jw_open(&j, '{');
    jw_put_text(&j, "msgtype", S("markdown"));
    jw_key(&j, "markdown");
    jw_open(&j, '{');
    if (p->template == FOR_DINGTALK) jw_put_text(&j, "title", title);
    jw_put_text(&j, p->template == FOR_DINGTALK ? "text" : "content", text);
    jw_close(&j, '}');
    jw_close(&j, '}');
    return buf_str(&out);
}

/* ---- by each way ---- */

static void push_body(const Packing *with, Parcel *p, const char *lang)
{
    Buf out = buf_new(p->arena, 256);
    Json j = json_to(&out);
    jw_open(&j, '{');
    jw_put_text(&j, "id", p->event);
    if (p->number > 0) jw_put_int(&j, "number", p->number);
    jw_put_text(&j, "url", url_of(with, p));
    jw_put_text(&j, "lang", str_c(lang));
    if (p->urgent) jw_put_bool(&j, "urgent", true);
    jw_close(&j, '}');
    p->body = buf_str(&out);
}

static void add_push(const Packing *with, Parcel *p, const DbRows *channels, int i)
{
    PushTo to = { .id = arena_str(p->arena, db_text(channels, i, 1)) };
    to.endpoint = parcel_opened(with, p->arena, p->community, db_text(channels, i, 3));
    to.p256dh = parcel_opened(with, p->arena, p->community, db_text(channels, i, 4));
    to.auth = parcel_opened(with, p->arena, p->community, db_text(channels, i, 5));
    if (to.endpoint.n > 0 && to.p256dh.n > 0 && to.auth.n > 0 && p->n_pushes < PUSHES_MAX)
        p->pushes[p->n_pushes++] = to;
}

/* False: there is nothing of this way any more. */
static bool fill_way(const Packing *with, Parcel *p, const DbRows *channels, const DbRows *webhook, const DbRows *e,
                     const char *lang)
{
    int first = -1;
    for (int i = 0; i < channels->rows; i++) {
        if (!str_is(db_text(channels, i, 0), way_name(p->way))) continue;
        if (first < 0) first = i;
        if (p->way == BY_PUSH) add_push(with, p, channels, i);
    }
    if (first < 0) return false;
    Str url = url_of(with, p);
    switch (p->way) {
    case BY_PUSH: push_body(with, p, lang); return p->n_pushes > 0;
    case BY_WEBHOOK:
        if (!parcel_fill_webhook(with, p, webhook, e)) return false;
        if (p->template != FOR_PROGRAMS && db_text(webhook, 0, 5).n == 0) p->body = robot_body(with, p, lang);
        return true;
    case BY_MAIL:
        p->subject = words(with, p, lang, "mail.subject", url);
        p->text = words(with, p, lang, "mail.text", url);
        break;
    case BY_SMS: p->text = words(with, p, lang, "sms.text", url); break;
    case BY_PHONE:
    case WAYS_N: return false;
    }
    p->to = parcel_opened(with, p->arena, p->community, db_text(channels, first, 3));
    return p->to.n > 0;
}

/* ---- whether, when ---- */

static void settle(Parcel *p, Outcome outcome, const char *code)
{
    p->unsent = true;
    p->outcome = outcome;
    for (size_t i = 0; i + 1 < sizeof p->code && code[i] != 0; i++)
        p->code[i] = code[i];
}

static bool has_after(const DbRows *channels, int64_t rank)
{
    return channels->rows > 0 && db_int(channels, channels->rows - 1, 2) > rank;
}

Fail tell_fill(const Packing *with, Parcel *p, const DbRows *e)
{
    Db *db = with->db;
    Arena *a = p->arena;
    DbVal key[2] = { TXT(p->community), TXT(p->target) };
    DbRows *who = db_send(db, a, &tell_person, key), *channels = db_send(db, a, &tell_channels, key);
    DbRows *webhook = db_send(db, a, &parcel_webhook, ARGS(TXT(p->community), TXT(p->lane)));
    DbRows *why = db_send(db, a, &tell_why, ARGS(TXT(p->community), TXT(p->id)));
    Fail f = db_sync(db);
    Calendar *calendar = f.err == OK ? calendar_load(db, a, p->community, &f) : NULL;
    if (f.err != OK) return f;
    p->matter = arena_str(a, db_text(e, 0, 0));
    p->place = arena_str(a, db_text(e, 0, 4));
    p->number = db_int(e, 0, 7);
    p->told_at = db_int(e, 0, 2);
    p->why = why->rows > 0 ? arena_str(a, db_text(why, 0, 0)) : S("");
    p->last = !has_after(channels, p->rank);
    if (who->rows == 0 || str_is(db_text(who, 0, 0), "erased")) {
        settle(p, REFUSED, "");
        return FAIL_NONE;
    }
    int64_t quiet = quiet_ends_at(p->now, calendar->zone_minutes, db_int(who, 0, 3), db_int(who, 0, 4));
    if (db_int(who, 0, 2) >= p->seq) { /* in the app, meanwhile */
        settle(p, DELIVERED, "seen");
    } else if (p->way == BY_PHONE && (p->now - p->told_at > TELL_CALL_DAYS * DAY_MS || db_int(e, 0, 10) > p->told_at)) {
        settle(p, DELIVERED, "over"); /* old, or the matter came to its end meanwhile */
    } else if (quiet > 0 && !p->urgent) {
        p->due_at = quiet;
        settle(p, POSTPONED, "quiet");
    } else if (p->way != BY_PHONE && (with->config->by[p->way].send == NULL ||
                                      !fill_way(with, p, channels, webhook, e, language_of(db_text(who, 0, 1))))) {
        settle(p, REFUSED, "no_channel");
    }
    return FAIL_NONE;
}

int64_t parcel_pause(const OutboxConfig *c, const Parcel *p)
{
    int tries = p->way == BY_PHONE ? RETRIES_LISTED_MAX : p->last && !p->urgent ? TELL_TRIES_LAST : TELL_TRIES;
    return p->person && p->attempts + 1 >= tries ? -1 : outbox_pause(c, p->attempts + 1);
}

/* ---- along ---- */

void tell_send_move(Db *db, Arena *a, const Parcel *p, int64_t now)
{
    const DbVal *args = ARGS(TXT(p->community), TXT(p->id), NUM(p->rank), NUM(now),
                             TXT(arena_str(a, str_c(p->code))));
    db_send(db, a, &move_along, args);
    db_send(db, a, &move_to_call, args);
}

void tell_send_lane_on(Db *db, Arena *a, const Parcel *p, int64_t now)
{
    if (p->unsent || p->outcome != FAILED || p->lane_failures + 1 < LANE_DOWN) return;
    db_send(db, a, &move_lane_along,
            ARGS(TXT(p->community), TXT(p->lane), NUM(p->rank), NUM(now), TXT(S("lane_down"))));
}

/* ---- what the outbox itself does, as the system ---- */

static Fail do_it(const OutboxStart *with, const Parcel *p, const char *type, Str matter, json_t *input, Str once)
{
    Command *c = arena_new_of(p->arena, Command);
    CommandRow *row = arena_new_of(p->arena, CommandRow);
    *row = (CommandRow){ .matter = matter, .version = -1, .input = input };
    *c = (Command){ .arena = p->arena, .community = p->community, .actor = &actor_system,
                    .client_id = id_from_hash(p->arena, S("outbox"), once),
                    .body_hash = hash_hex(p->arena, hash_one(once)), .rows = row, .n_rows = 1 };
    c->action = world_action(with->world, str_c(type), &c->module);
    if (c->action == NULL || with->submit == NULL) return fail(ERR_NOT_FOUND, "no_channel");
    Fail f = with->submit(with->server, c);
    return f.err == OK ? c->fail : f;
}

/* One line for a person and a matter, however often they could not be told of it. */
void tell_call(const OutboxStart *with, Parcel *p)
{
    Arena *a = p->arena;
    json_t *in = json_new_object(a);
    json_put_text(in, "person", p->target);
    json_put_text(in, "about", p->matter);
    json_put_text(in, "place", p->place);
    json_put_text(in, "why", p->why.n > 0 ? p->why : S("no_channel"));
    json_put_int(in, "number", p->number);
    json_put_int(in, "told", p->seq);
    json_put_int(in, "told_at", p->told_at);
    json_put_bool(in, "urgent", p->urgent);
    Str name = arena_fmt(a, "%.*s/%.*s", STR_ARG(p->target), STR_ARG(p->matter));
    Fail f = do_it(with, p, "call.add", id_from_hash(a, S("call"), name), in, p->id);
    bool away = f.err == ERR_FULL || f.err == ERR_BUSY || f.err == ERR_INTERNAL;
    p->outcome = f.err == OK ? DELIVERED : away ? FAILED : REFUSED;
    for (size_t i = 0; f.err != OK && f.code != NULL && i + 1 < sizeof p->code && f.code[i] != 0; i++)
        p->code[i] = f.code[i];
}

void tell_drop_gone(const OutboxStart *with, Parcel *p)
{
    for (int i = 0; i < p->n_pushes; i++) {
        if (!p->pushes[i].gone) continue;
        json_t *in = json_new_object(p->arena);
        json_put_text(in, "channel", p->pushes[i].id);
        Fail f = do_it(with, p, "person.drop_push", p->target, in,
                       arena_fmt(p->arena, "%.*s gone %.*s", STR_ARG(p->id), STR_ARG(p->pushes[i].id)));
        (void)f; /* else it is tried, and found gone, once more */
    }
}
