/* From a row of the outbox to what is sent: ids, type, state, place, number, times. Never a name, a text or a position.
 * It is made from what does not change any more, so that a repeat is the same byte for byte. */
#include "core/outbox.h"

static Stmt parcel_first = { "ss", "sslsllsll",
                             "SELECT id, target, seq, event, attempts, due_at, channel, rank, urgent FROM outbox"
                             " WHERE community = $1 AND lane = $2 AND state = 'waiting'"
                             " ORDER BY due_at, seq, id LIMIT 1" };
static Stmt parcel_event = {
    "sl", "sslsslllssl",
    "SELECT t.matter, t.type, t.at, t.state, t.place, t.matter_version, t.audience, m.number,"
    " m.kind, t.data, m.closed_at FROM timeline t JOIN matter m ON m.community = t.community AND m.id = t.matter"
    " WHERE t.community = $1 AND t.seq = $2"
};
Stmt parcel_webhook = { "ss", "ssssss",
                        "SELECT url, secret, audience, template, token, language FROM webhook"
                        " WHERE community = $1 AND id = $2 AND retired_at = 0" };
Stmt *const parcel_statements[] = { &parcel_first, &parcel_event, &parcel_webhook, NULL };

const char *way_name(Way w)
{
    static const char *const names[] = { [BY_WEBHOOK] = "webhook", [BY_PUSH] = "push",   [BY_MAIL] = "mail",
                                         [BY_SMS] = "sms",         [BY_PHONE] = "phone" };
    return names[w];
}

Str parcel_opened(const Packing *with, Arena *a, Str community, Str text)
{
    Fail f = FAIL_NONE;
    Key key;
    Str plain = S("");
    const json_t *v = text.n > 0 ? json_read(a, text, &f) : NULL;
    if (v == NULL || !seal_is(v) || !key_cache_get(with->keys, with->db, community, seal_subject(v), &key))
        return S("");
    return seal_open(a, key, community, v, &plain) ? plain : S("");
}

/* What the event had for this webhook alone: its `outgoing` entry's body, opened. */
static void put_own(const Packing *with, Parcel *p, const DbRows *e, Json *j)
{
    Fail f = FAIL_NONE;
    int64_t i = 0;
    const json_t *data = json_read(p->arena, db_text(e, 0, 9), &f);
    if (!str_to_i64((Str){ p->target.p + 4, p->target.n - 4 }, &i)) return;
    const json_t *body = json_object_get(json_array_get(json_object_get(data, "outgoing"), (size_t)i), "body");
    const char *name;
    json_t *v;
    jw_key(j, "reply");
    jw_open(j, '{');
    json_object_foreach((json_t *)(uintptr_t)body, name, v)
    {
        Str plain = seal_is(v) ? parcel_opened(with, p->arena, p->community, json_print(p->arena, v)) : S("");
        jw_key(j, name);
        if (seal_is(v))
            jw_text(j, plain);
        else
            jw_value(j, v);
    }
    jw_close(j, '}');
}

static bool is_own(const Parcel *p)
{
    return str_starts(p->target, S("out."));
}

static void webhook_body(const Packing *with, Parcel *p, const DbRows *e)
{
    Buf out = buf_new(p->arena, 512);
    Json j = json_to(&out);
    jw_open(&j, '{');
    jw_put_text(&j, "id", p->event);
    jw_put_text(&j, "type", db_text(e, 0, 1));
    jw_put_text(&j, "community", p->community);
    jw_put_int(&j, "seq", p->seq);
    jw_put_int(&j, "at", db_int(e, 0, 2));
    jw_put_text(&j, "kind", db_text(e, 0, 8));
    jw_put_text(&j, "matter", db_text(e, 0, 0));
    if (db_int(e, 0, 7) > 0) jw_put_int(&j, "number", db_int(e, 0, 7));
    jw_put_text(&j, "state", db_text(e, 0, 3));
    jw_put_int(&j, "version", db_int(e, 0, 5));
    jw_put_text(&j, "place", db_text(e, 0, 4));
    if (is_own(p)) put_own(with, p, e, &j);
    jw_close(&j, '}');
    p->body = buf_str(&out);
}

static Way way_of(Str channel)
{
    for (int w = 0; w < WAYS_N; w++)
        if (str_is(channel, way_name((Way)w))) return (Way)w;
    return BY_WEBHOOK;
}

static Parcel *parcel_of(Str community, Str lane, const DbRows *row, int64_t now)
{
    Arena *a = arena_new();
    Parcel *p = arena_new_of(a, Parcel);
    *p = (Parcel){ .arena = a,
                   .community = arena_str(a, community),
                   .lane = arena_str(a, lane),
                   .id = arena_str(a, db_text(row, 0, 0)),
                   .target = arena_str(a, db_text(row, 0, 1)),
                   .seq = db_int(row, 0, 2),
                   .event = arena_str(a, db_text(row, 0, 3)),
                   .attempts = (int)db_int(row, 0, 4),
                   .now = now,
                   .way = way_of(db_text(row, 0, 6)),
                   .person = db_text(row, 0, 6).n > 0,
                   .rank = db_int(row, 0, 7),
                   .urgent = db_int(row, 0, 8) != 0,
                   .outcome = FAILED };
    if (is_own(p)) p->event = p->id; /* the same webhook may hear of the same event as one of many */
    return p;
}

bool parcel_fill_webhook(const Packing *with, Parcel *p, const DbRows *to, const DbRows *e)
{
    if (to->rows == 0) return false;
    Audience viewer =
        str_is(db_text(to, 0, 2), "handlers") ? TO_HANDLERS : TO_PUBLIC; /* asked again: it may have changed */
    p->url = arena_str(p->arena, db_text(to, 0, 0));
    p->secret = parcel_opened(with, p->arena, p->community, db_text(to, 0, 1));
    p->number = db_int(e, 0, 7);
    p->matter = arena_str(p->arena, db_text(e, 0, 0));
    for (int t = 0; t < TEMPLATES_N; t++)
        if (str_is(db_text(to, 0, 3), template_names[t])) p->template = (Template)t;
    p->token = parcel_opened(with, p->arena, p->community, db_text(to, 0, 4));
    webhook_body(with, p, e);
    if (p->template != FOR_PROGRAMS) p->body = robot_body(with, p, arena_c(p->arena, db_text(to, 0, 5)));
    bool addressed = is_own(p) || p->person; /* to it, or to somebody who hears of it in any case */
    return p->secret.n > 0 && (addressed || audience_may(viewer, (Audience)db_int(e, 0, 6)));
}

static Fail parcel_fill(const Packing *with, Parcel *p)
{
    DbRows *e = db_send(with->db, p->arena, &parcel_event, ARGS(TXT(p->community), NUM(p->seq)));
    DbRows *to = db_send(with->db, p->arena, &parcel_webhook, ARGS(TXT(p->community), TXT(p->lane)));
    Fail f = db_sync(with->db);
    if (f.err != OK) return f;
    if (e->rows > 0 && p->person) return tell_fill(with, p, e);
    /* refused: whoever does not want it any more, or cannot be read any more */
    p->unsent = e->rows == 0 || !parcel_fill_webhook(with, p, to, e);
    if (p->unsent) p->outcome = REFUSED;
    return FAIL_NONE;
}

Parcel *parcel_next(const Packing *with, Str community, Str lane, int64_t now, int64_t *due_at, Fail *f)
{
    Arena *a = arena_new();
    Parcel *p = NULL;
    *due_at = 0;
    DbRows *row = db_run(with->db, a, &parcel_first, ARGS(TXT(community), TXT(lane)), f);
    if (f->err == OK && row->rows > 0) {
        *due_at = db_int(row, 0, 5);
        /* for a program: waits for nothing, even if the clock was set back; a person's may wait for the morning */
        bool fresh = db_int(row, 0, 4) == 0 && db_text(row, 0, 6).n == 0;
        if (fresh || *due_at <= now) p = parcel_of(community, lane, row, now);
    }
    arena_free(a);
    if (p == NULL) return NULL;
    *f = parcel_fill(with, p);
    if (f->err == OK) return p;
    arena_free(p->arena);
    return NULL;
}
