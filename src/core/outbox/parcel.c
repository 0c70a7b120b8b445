/* From a row of the outbox to what is sent: ids, type, state, place, number, times. Never a name, a text or a position.
 * It is made from what does not change any more, so that a repeat is the same byte for byte. */
#include "core/outbox.h"

static Stmt parcel_first = { "ss", "sslsll",
                             "SELECT id, target, seq, event, attempts, due_at FROM outbox"
                             " WHERE community = $1 AND lane = $2 AND state = 'waiting'"
                             " ORDER BY due_at, seq, id LIMIT 1" };
static Stmt parcel_event = {
    "sl", "sslsslllss",
    "SELECT t.matter, t.type, t.at, t.state, t.place, t.matter_version, t.audience, m.number,"
    " m.kind, t.data FROM timeline t JOIN matter m ON m.community = t.community AND m.id = t.matter"
    " WHERE t.community = $1 AND t.seq = $2"
};
static Stmt parcel_webhook = { "ss", "sss",
                               "SELECT url, secret, audience FROM webhook"
                               " WHERE community = $1 AND id = $2 AND retired_at = 0" };
static Stmt parcel_person = { "ss", "ss",
                              "SELECT m.address, p.language FROM person_mail m JOIN person p"
                              " ON p.community = m.community AND p.person = m.person"
                              " WHERE m.community = $1 AND m.person = $2 AND m.by_mail = 1" };
Stmt *const parcel_statements[] = { &parcel_first, &parcel_event, &parcel_webhook, &parcel_person, NULL };

static Str opened(Arena *a, Db *db, KeyCache *keys, Str community, Str text)
{
    Fail f = FAIL_NONE;
    Key key;
    Str plain = S("");
    const json_t *v = text.n > 0 ? json_read(a, text, &f) : NULL;
    if (v == NULL || !seal_is(v) || !key_cache_get(keys, db, community, seal_subject(v), &key)) return S("");
    return seal_open(a, key, community, v, &plain) ? plain : S("");
}

/* What the event had for this webhook alone: its `outgoing` entry's body, opened. */
static void put_own(Parcel *p, Db *db, KeyCache *keys, const DbRows *e, Json *j)
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
        Str plain = seal_is(v) ? opened(p->arena, db, keys, p->community, json_print(p->arena, v)) : S("");
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

static void webhook_body(Parcel *p, Db *db, KeyCache *keys, const DbRows *e)
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
    if (is_own(p)) put_own(p, db, keys, e, &j);
    jw_close(&j, '}');
    p->body = buf_str(&out);
}

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

static void mail_text(const World *w, const OutboxConfig *c, Parcel *p, Str language, const DbRows *e)
{
    int64_t number = db_int(e, 0, 7);
    const char *lang = str_is(language, "bo") ? "bo" : str_is(language, "en") ? "en" : "zh";
    Str url = number > 0 ? arena_fmt(p->arena, "%s/#/m/%.*s", c->public_url, STR_ARG(db_text(e, 0, 0)))
                         : arena_fmt(p->arena, "%s/", c->public_url);
    p->subject = fill_in(p->arena, world_word(w, lang, "webhook", number > 0 ? "mail.subject" : "mail.subject_none"),
                         number, url);
    p->text =
        fill_in(p->arena, world_word(w, lang, "webhook", number > 0 ? "mail.text" : "mail.text_none"), number, url);
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
                   .mail = str_is(lane, "mail"),
                   .outcome = FAILED };
    if (is_own(p)) p->event = p->id; /* the same webhook may hear of the same event as one of many */
    return p;
}

static Fail parcel_fill(const World *w, const OutboxConfig *c, Db *db, KeyCache *keys, Parcel *p)
{
    Arena *a = p->arena;
    DbRows *e = db_send(db, a, &parcel_event, ARGS(TXT(p->community), NUM(p->seq)));
    DbRows *to = db_send(db, a, p->mail ? &parcel_person : &parcel_webhook,
                         ARGS(TXT(p->community), TXT(p->mail ? p->target : p->lane)));
    Fail f = db_sync(db);
    if (f.err != OK) return f;
    p->outcome = REFUSED; /* whoever does not want it any more, or cannot be read any more */
    if (e->rows == 0 || to->rows == 0) return FAIL_NONE;
    if (p->mail) {
        p->to = opened(a, db, keys, p->community, db_text(to, 0, 0));
        mail_text(w, c, p, db_text(to, 0, 1), e);
        if (p->to.n > 0) p->outcome = FAILED;
        return FAIL_NONE;
    }
    Audience viewer =
        str_is(db_text(to, 0, 2), "handlers") ? TO_HANDLERS : TO_PUBLIC; /* asked again: it may have changed */
    p->url = arena_str(a, db_text(to, 0, 0));
    p->secret = opened(a, db, keys, p->community, db_text(to, 0, 1));
    webhook_body(p, db, keys, e);
    bool may = is_own(p) || audience_may(viewer, (Audience)db_int(e, 0, 6)); /* addressed to it: it may */
    if (p->secret.n > 0 && may) p->outcome = FAILED;
    return FAIL_NONE;
}

Parcel *parcel_next(const World *w, const OutboxConfig *c, Db *db, KeyCache *keys, Str community, Str lane, int64_t now,
                    int64_t *due_at, Fail *f)
{
    Arena *a = arena_new();
    Parcel *p = NULL;
    *due_at = 0;
    DbRows *row = db_run(db, a, &parcel_first, ARGS(TXT(community), TXT(lane)), f);
    if (f->err == OK && row->rows > 0) {
        *due_at = db_int(row, 0, 5);
        bool fresh = db_int(row, 0, 4) == 0; /* waits for nothing, even if the clock was set back meanwhile */
        if (fresh || *due_at <= now) p = parcel_of(community, lane, row, now);
    }
    arena_free(a);
    if (p == NULL) return NULL;
    *f = parcel_fill(w, c, db, keys, p);
    if (f->err == OK) return p;
    arena_free(p->arena);
    return NULL;
}
