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
static Stmt fill_mail = {
    "sslls", "",
    "INSERT INTO outbox (community, id, lane, target, seq, event, state, attempts, due_at, at, tried_at, error)"
    " SELECT p.community, CAST($2 AS text) || '.' || p.person, 'mail', p.person, $3, $2, 'waiting', 0, $4, $4, 0, ''"
    " FROM person_mail p WHERE p.community = $1 AND p.person = $5 AND p.by_mail = 1"
};
static Stmt fill_one = {
    "sssslls", "",
    "INSERT INTO outbox (community, id, lane, target, seq, event, state, attempts, due_at, at, tried_at, error)"
    " VALUES ($1, $2, $3, $4, $5, $7, 'waiting', 0, $6, $6, 0, '')"
};
Stmt *const fill_statements[] = { &fill_webhooks, &fill_mail, &fill_one, NULL };

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
    for (size_t i = 0; i < json_array_size(e->tell); i++)
        db_send(a->db, a->arena, &fill_mail,
                ARGS(TXT(e->community), TXT(e->id), NUM(e->seq), NUM(e->at),
                     TXT(str_c(json_string_value(json_array_get(e->tell, i))))));
}
