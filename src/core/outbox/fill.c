/* The rows of one event, in its own transaction. */
#include "core/internal.h"
#include "core/outbox.h"

static Stmt fill_webhooks = {
    "sslllss", "",
    "INSERT INTO outbox (community, id, lane, target, seq, event, state, attempts, due_at, at, tried_at, error)"
    " SELECT w.community, CAST($2 AS text) || '.' || w.id, w.id, w.id, $3, $2, 'waiting', 0, $4, $4, 0, ''"
    " FROM webhook w WHERE w.community = $1 AND w.retired_at = 0 AND (w.audience = 'handlers' OR $5 = 1)"
    " AND EXISTS (SELECT 1 FROM webhook_topic t WHERE t.community = $1 AND t.webhook = w.id"
    " AND t.topic IN ('*', $6, $7))"
};
/* Who is told is a person, or a unit: then all its members are, but for the one who acted ($6). */
#define TOLD                                                                                                           \
    "(SELECT b.person FROM membership b WHERE b.community = $1 AND b.body = $5 UNION SELECT CAST($5 AS text)"          \
    " WHERE NOT EXISTS (SELECT 1 FROM membership c WHERE c.community = $1 AND c.body = $5))"
/* $7: an emergency in any case; $8: its limit in ms, 0 where that is no reason. */
_Static_assert(TELL_URGENT_MS == 7200000 && TELL_WAIT_MS == 60000 && TELL_CALL_AFTER_MS == 600000, "as in the texts");
#define URGENT "($7 = 1 OR ($8 > 0 AND $8 <= COALESCE(t.urgent_ms, 7200000)))"
#define TO_OUTBOX                                                                                                      \
    "INSERT INTO outbox (community, id, lane, target, seq, event, state, attempts, due_at, at, tried_at, error,"       \
    " channel, rank, urgent)"
/* The first of the person's channels. What is urgent stands at the head of its lane. */
static Stmt fill_told = {
    "ssllssll", "",
    TO_OUTBOX " SELECT c.community, CAST($2 AS text) || '.' || c.person, c.lane, c.person, $3, $2, 'waiting', 0,"
    " CASE WHEN " URGENT " THEN CAST(1 AS bigint) ELSE $4 + COALESCE(t.wait_ms, 60000) END, $4, 0, '', c.kind, c.rank,"
    " CASE WHEN " URGENT " THEN CAST(1 AS bigint) ELSE CAST(0 AS bigint) END FROM " TOLD " w"
    " JOIN person_channel c ON c.community = $1 AND c.person = w.person AND c.used = 1"
    " LEFT JOIN telling t ON t.community = $1 WHERE w.person <> $6"
    " AND NOT EXISTS (SELECT 1 FROM person_channel b WHERE b.community = $1 AND b.person = c.person AND b.used = 1"
    " AND (b.rank < c.rank OR (b.rank = c.rank AND b.id < c.id)))"
    " ON CONFLICT (community, id) DO NOTHING"
};
/* An emergency for somebody who has no channel: the phone list, unless it was seen in the app before that. */
static Stmt fill_to_call = {
    "ssllssll", "",
    TO_OUTBOX " SELECT p.community, CAST($2 AS text) || '.' || p.person, 'phone', p.person, $3, $2, 'waiting', 0,"
    " $4 + 600000, $4, 0, 'no_channel', 'phone', 99, 1 FROM " TOLD " w"
    " JOIN person p ON p.community = $1 AND p.person = w.person AND p.state = 'active'"
    " LEFT JOIN telling t ON t.community = $1 WHERE w.person <> $6 AND " URGENT
    " AND NOT EXISTS (SELECT 1 FROM person_channel b WHERE b.community = $1 AND b.person = p.person AND b.used = 1)"
    " ON CONFLICT (community, id) DO NOTHING"
};
static Stmt fill_one = {
    "sssslls", "",
    "INSERT INTO outbox (community, id, lane, target, seq, event, state, attempts, due_at, at, tried_at, error)"
    " VALUES ($1, $2, $3, $4, $5, $7, 'waiting', 0, $6, $6, 0, '')"
};
Stmt *const fill_statements[] = { &fill_webhooks, &fill_told, &fill_to_call, &fill_one, NULL };

/* What the event itself says leaves: to one webhook each (outgoing), to another community (messages). */
static void fill_named(Apply *a, const Event *e, const char *list, const char *part)
{
    const json_t *all = json_object_get(e->data, list);
    for (size_t i = 0; i < json_array_size(all); i++) {
        const json_t *one = json_array_get(all, i);
        bool message = strcmp(part, "to") == 0;
        Str webhook = json_text(one, "webhook"), number = arena_fmt(a->arena, "%s.%zu", part, i);
        if (!message && webhook.n == 0) continue;
        db_send(a->db, a->arena, &fill_one,
                ARGS(TXT(e->community), TXT(arena_fmt(a->arena, "%.*s.%.*s", STR_ARG(e->id), STR_ARG(number))),
                     TXT(message ? S("community") : webhook), TXT(message ? json_text(one, "to") : number), NUM(e->seq),
                     NUM(e->at), TXT(e->id)));
    }
}

/* How long a matter may take, ms, if that is counted in plain hours: nights count, so somebody has to hear of it. */
static int64_t limit_ms(const Matter *m)
{
    const json_t *due = json_object_get(m->data, "due");
    return str_is(json_text(due, "unit"), unit_name(HOURS)) ? json_int(due, "limit") * HOUR_MS : 0;
}

static void fill_persons(Apply *a, const Matter *after, const Event *e)
{
    bool over = after->closed_at > 0; /* what is over wakes nobody */
    bool urgent = !over && json_bool(after->data, "urgent");
    int64_t limit = over ? 0 : limit_ms(after);
    for (size_t i = 0; i < json_array_size(e->tell); i++) {
        Str told = str_c(json_string_value(json_array_get(e->tell, i)));
        const DbVal *args = ARGS(TXT(e->community), TXT(e->id), NUM(e->seq), NUM(e->at), TXT(told),
                                 TXT(e->by.n > 0 ? e->by : e->actor), NUM(urgent), NUM(limit));
        db_send(a->db, a->arena, &fill_told, args);
        if (urgent || (limit > 0 && limit <= DAY_MS)) db_send(a->db, a->arena, &fill_to_call, args);
    }
}

void outbox_fill(const World *w, Apply *a, const Matter *after, const Event *e)
{
    if (world_module(w, S("webhook")) == NULL) return; /* worlds of tests may do without */
    fill_named(a, e, "outgoing", "out");
    fill_named(a, e, "messages", "to");
    bool open = audience_may(TO_PUBLIC, e->audience);  /* otherwise only for hooks that hear what handlers do */
    if (open || audience_may(TO_HANDLERS, e->audience))
        db_send(
            a->db, a->arena, &fill_webhooks,
            ARGS(TXT(e->community), TXT(e->id), NUM(e->seq), NUM(e->at), NUM(open), TXT(after->kind), TXT(e->type)));
    fill_persons(a, after, e);
}
