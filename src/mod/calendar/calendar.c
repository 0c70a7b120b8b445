/* calendar: due times and duty shifts as a feed to subscribe to. See README.md. */
#include "mod/calendar/ical.h"

#include "core/module.h"

enum { FEED_SECRET_BYTES = 24, ROWS_MAX = 500, DUE_MINUTES = 30 };
static const int64_t PAST_MS = 7 * DAY_MS, AHEAD_MS = 60 * DAY_MS;

static const Field open_fields[] = {
    { .name = "unit", .type = F_ID }, /* left out: one's own */
    { 0 },
};

static Stmt feed_put = { "ssssl", "",
                         "INSERT INTO calendar_feed (community, person, unit, token_hash, since)"
                         " VALUES ($1, $2, $3, $4, $5) ON CONFLICT (community, person, unit) DO UPDATE SET"
                         " token_hash = excluded.token_hash, since = excluded.since" };
static Stmt feed_drop = { "sss", "",
                          "DELETE FROM calendar_feed WHERE community = $1 AND person = $2 AND unit = $3" };
static Stmt feed_member = { "sss", "l",
                            "SELECT count(*) FROM membership WHERE community = $1 AND person = $2 AND body = $3" };
/* Asked again each time: who has left, or left the unit, sees no more of it. */
static Stmt feed_find = {
    "ss", "sss",
    "SELECT f.person, f.unit, p.language FROM calendar_feed f"
    " JOIN person p ON p.community = f.community AND p.person = f.person AND p.state = 'active'"
    " WHERE f.community = $1 AND f.token_hash = $2 AND (f.unit = '' OR EXISTS (SELECT 1 FROM membership b"
    " WHERE b.community = $1 AND b.person = f.person AND b.body = f.unit))"
};
/* 66: HANDLER and CO_HANDLER */
static Stmt feed_due = {
    "sssl", "sllls",
    "SELECT DISTINCT m.id, m.number, m.due_at, m.version, COALESCE(c.name, '') FROM relation r"
    " JOIN matter m ON m.community = r.community AND m.id = r.matter"
    " LEFT JOIN category c ON c.community = m.community AND c.code = m.category"
    " WHERE r.community = $1 AND (r.person = CASE WHEN $3 = '' THEN $2 ELSE $3 END OR ($3 = '' AND r.person IN"
    " (SELECT b.body FROM membership b WHERE b.community = $1 AND b.person = $2)))"
    " AND (r.relations & 66) <> 0 AND m.closed_at = 0 AND m.due_at > 0 ORDER BY m.due_at, m.id LIMIT $4"
};
static Stmt feed_duty = {
    "ssslll", "slls",
    "SELECT DISTINCT d.unit, d.from_at, d.until_at, u.name FROM unit_duty d"
    " JOIN unit u ON u.community = d.community AND u.id = d.unit WHERE d.community = $1"
    " AND (d.unit = $3 OR ($3 = '' AND d.person = $2)) AND d.until_at > $4 AND d.from_at < $5"
    " ORDER BY d.from_at, d.unit LIMIT $6"
};
static Stmt *const statements[] = { &feed_put,  &feed_drop, &feed_member, &feed_find,
                                    &feed_due, &feed_duty, NULL };

/* ---- open, renew, close ---- */

static Fail run_open(CallCtx *c)
{
    Fail f = FAIL_NONE;
    uint8_t secret[FEED_SECRET_BYTES];
    Str unit = json_text(c->input, "unit"), person = c->actor->person;
    DbRows *member = db_run(c->db, c->arena, &feed_member, ARGS(TXT(c->community), TXT(person), TXT(unit)), &f);
    if (f.err != OK) return f;
    if (unit.n > 0 && db_int(member, 0, 0) == 0) return fail_field(ERR_INVALID, "not_one_of", "unit", 0);
    if (!str_eq(c->actor->community, c->community)) return fail(ERR_FORBIDDEN, "forbidden");
    random_bytes(secret, sizeof secret);
    Str token = base64url_of(c->arena, (Str){ (const char *)secret, sizeof secret });
    db_send(c->db, c->arena, &feed_put,
            ARGS(TXT(c->community), TXT(person), TXT(unit), TXT(seal_token_hash(c->seals, c->arena, token)),
                 NUM(c->now)));
    json_t *answer = json_new_object(c->arena);
    json_put_text(answer, "path",
                  arena_fmt(c->arena, "/c/%.*s/calendar/%.*s.ics", STR_ARG(c->community), STR_ARG(token)));
    c->reply.status = 201;
    call_json(c, json_print(c->arena, answer));
    return db_sync(c->db);
}

static Fail run_close(CallCtx *c)
{
    Fail f = FAIL_NONE;
    DbRows *r = db_run(c->db, c->arena, &feed_drop,
                       ARGS(TXT(c->community), TXT(c->actor->person), TXT(json_text(c->input, "unit"))), &f);
    return f.err == OK && r->changed == 0 ? fail(ERR_NOT_FOUND, "not_found") : f;
}

/* ---- the feed ---- */

typedef struct Feed {
    CallCtx *c;
    Buf *out;
    const char *language;
    Str url; /* of the server; "" */
    bool todo;
} Feed;

static Str word(const Feed *f, const char *key)
{
    return world_word(f->c->world, f->language, "calendar", key);
}

/* Of {zh, bo, en}, in the reader's language. */
static Str name_of(const Feed *f, Str names)
{
    Fail bad = FAIL_NONE;
    const json_t *v = names.n > 0 ? json_read(f->c->arena, names, &bad) : NULL;
    Str own = json_text(v, f->language);
    return own.n > 0 ? own : json_text(v, "zh");
}

static void put_due(const Feed *f, const DbRows *r, int i)
{
    Arena *a = f->c->arena;
    const char *kind = f->todo ? "VTODO" : "VEVENT";
    Str id = db_text(r, i, 0), name = name_of(f, db_text(r, i, 4));
    int64_t due = db_int(r, i, 2);
    ical_line(f->out, "BEGIN", str_c(kind));
    ical_line(f->out, "UID", arena_fmt(a, "%.*s@linli", STR_ARG(id)));
    ical_time(f->out, "DTSTAMP", id_time(id)); /* not when it is asked for: the same matter gives the same bytes */
    ical_line(f->out, "SEQUENCE", arena_fmt(a, "%lld", (long long)db_int(r, i, 3)));
    if (f->todo) {
        ical_time(f->out, "DUE", due);
        ical_line(f->out, "STATUS", S("NEEDS-ACTION"));
    } else {
        ical_time(f->out, "DTSTART", due - DUE_MINUTES * MINUTE_MS);
        ical_time(f->out, "DTEND", due);
    }
    ical_text(f->out, "SUMMARY",
              arena_fmt(a, "%.*s %lld %.*s", STR_ARG(word(f, "due")), (long long)db_int(r, i, 1), STR_ARG(name)));
    Str page = arena_fmt(a, "%.*s/c/%.*s/#/m/%.*s", STR_ARG(f->url), STR_ARG(f->c->community), STR_ARG(id));
    if (f->url.n > 0) ical_line(f->out, "URL", page);
    ical_line(f->out, "END", str_c(kind));
}

static void put_shift(const Feed *f, const DbRows *r, int i)
{
    Arena *a = f->c->arena;
    Str unit = db_text(r, i, 0);
    int64_t from = db_int(r, i, 1);
    ical_line(f->out, "BEGIN", S("VEVENT"));
    ical_line(f->out, "UID", arena_fmt(a, "%.*s-%lld@linli", STR_ARG(unit), (long long)from));
    ical_time(f->out, "DTSTAMP", from);
    ical_time(f->out, "DTSTART", from);
    ical_time(f->out, "DTEND", db_int(r, i, 2));
    ical_text(f->out, "SUMMARY",
              arena_fmt(a, "%.*s %.*s", STR_ARG(word(f, "duty")), STR_ARG(name_of(f, db_text(r, i, 3)))));
    ical_line(f->out, "TRANSP", S("OPAQUE"));
    ical_line(f->out, "END", S("VEVENT"));
}

static void put_calendar(const Feed *f, const DbRows *due, const DbRows *duty)
{
    ical_line(f->out, "BEGIN", S("VCALENDAR"));
    ical_line(f->out, "VERSION", S("2.0"));
    ical_line(f->out, "PRODID", S("-//linli//calendar 1//ZH"));
    ical_line(f->out, "CALSCALE", S("GREGORIAN"));
    ical_line(f->out, "METHOD", S("PUBLISH"));
    ical_text(f->out, "X-WR-CALNAME", word(f, "title"));
    ical_line(f->out, "REFRESH-INTERVAL;VALUE=DURATION", S("PT1H")); /* RFC 7986 */
    for (int i = 0; i < due->rows; i++)
        put_due(f, due, i);
    for (int i = 0; i < duty->rows; i++)
        put_shift(f, duty, i);
    ical_line(f->out, "END", S("VCALENDAR"));
}

/* Whatever is wrong with an address, it opens nothing. */
static Fail find(CallCtx *c, DbRows **owner)
{
    Fail f = FAIL_NONE;
    Str token = call_arg(c, 0);
    if (!str_ends(token, S(".ics")) || token.n != FEED_SECRET_BYTES / 3 * 4 + 4)
        return fail(ERR_NOT_FOUND, "not_found");
    token.n -= 4;
    *owner = db_run(c->db, c->arena, &feed_find,
                    ARGS(TXT(c->community), TXT(seal_token_hash(c->seals, c->arena, token))), &f);
    return f.err == OK && (*owner)->rows == 0 ? fail(ERR_NOT_FOUND, "not_found") : f;
}

static Fail run_feed(CallCtx *c)
{
    DbRows *owner = NULL;
    Fail f = find(c, &owner);
    if (f.err != OK) return f;
    DbVal who[3] = { TXT(c->community), TXT(db_text(owner, 0, 0)), TXT(db_text(owner, 0, 1)) };
    DbRows *due = db_send(c->db, c->arena, &feed_due, ARGS(who[0], who[1], who[2], NUM(ROWS_MAX)));
    int64_t today = c->now / DAY_MS * DAY_MS; /* or each minute would give another feed */
    DbRows *duty = db_send(c->db, c->arena, &feed_duty,
                           ARGS(who[0], who[1], who[2], NUM(today - PAST_MS), NUM(today + AHEAD_MS), NUM(ROWS_MAX)));
    f = db_sync(c->db);
    if (f.err != OK) return f;
    Str language = db_text(owner, 0, 2), as;
    Buf out = buf_new(c->arena, 8192);
    Feed feed = { .c = c, .out = &out, .url = call_base_url(c),
                  .language = str_is(language, "bo") ? "bo" : str_is(language, "en") ? "en" : "zh",
                  .todo = call_param(c, "as", &as) && str_is(as, "todo") };
    put_calendar(&feed, due, duty);
    Str body = buf_str(&out), etag = arena_fmt(c->arena, "\"%.32s\"", hash_hex(c->arena, hash_one(body)).p);
    bool had = c->http != NULL && str_find(http_header(c->http, "If-None-Match"), etag) >= 0;
    c->reply.status = had ? 304 : 200;
    c->reply.type = "text/calendar; charset=utf-8";
    c->reply.body = had ? S("") : body;
    http_reply_header(&c->reply, "ETag", etag);
    http_reply_header(&c->reply, "Cache-Control", S("private, no-cache"));
    http_reply_header(&c->reply, "Referrer-Policy", S("no-referrer"));
    return FAIL_NONE;
}

static const Query queries[] = {
    { .name = "mine", .route = "GET /me/calendars", .may = STAFF, .scope = SCOPE_SELF,
      .sql = "SELECT f.unit, f.since FROM calendar_feed f WHERE f.community = $1 AND f.person = {self}",
      .columns = "unit:s since:l", .order = "f.unit:s" },
    { 0 },
};

static const Call calls[] = {
    { .name = "open", .route = "POST /me/calendars", .may = STAFF, .fields = open_fields, .on = ON_WRITER,
      .per_minute = 20, .run = run_open,
      .answer = "path:s *" },
    { .name = "close", .route = "POST /me/calendars/close", .may = STAFF, .fields = open_fields, .on = ON_WRITER,
      .run = run_close,
      .answer = "" },
    { .name = "feed", .route = "GET /calendar/{file}", .may = ANYONE | SIGNED_IN, .on = ON_READER, .per_minute = 60,
      .type = "text/calendar", .run = run_feed },
    { 0 },
};

extern const char calendar_schema[], calendar_zh[], calendar_bo[], calendar_en[];
const Module module_calendar = {
    .name = "calendar", .plural = "calendar", .queries = queries, .calls = calls, .statements = statements,
    .schema = calendar_schema, .words_zh = calendar_zh, .words_bo = calendar_bo, .words_en = calendar_en,
};
