/* Numbers and deadlines that other systems gave a report (12345, a city platform), and the answers that go back to
 * them. What they told us is kept and not asked again; what we answer is typed once, and leaves by webhook, in a file,
 * or as a card to copy. */
#include "mod/report/external.h"

enum { LINKS_MAX = 20 };

#define NUMBER_READS                                                                                                   \
    { .name = "system", .key = "system", .shared = true,                                                               \
      .stmt = { "ss", "sl", "SELECT code, retired FROM system WHERE community = $1 AND code = $2" } },                 \
    { .name = "same", .key = "number",                                                                                 \
      .stmt = { "ss", "sss",                                                                                           \
                "SELECT l.system, l.matter, m.place FROM report_link l JOIN matter m ON m.community = l.community"     \
                " AND m.id = l.matter WHERE l.community = $1 AND l.number = $2" } }

Read link_reads[] = {
    NUMBER_READS,
    { 0 },
};
Read linked_reads[] = {
    NUMBER_READS,
    CATEGORY_READ,
    { 0 },
};
enum { READ_SYSTEM, READ_SAME, READ_CATEGORY };

/* What was linked to this report or to one that was merged into it, and how its system wants to hear. */
Read reply_reads[] = {
    { .name = "links", .key = "matter",
      .stmt = { "ss", "sssss",
                "SELECT l.id, l.system, l.number, s.reply, s.webhook FROM report_link l JOIN system s"
                " ON s.community = l.community AND s.code = l.system WHERE l.community = $1 AND (l.matter = $2"
                " OR l.matter IN (SELECT r.id FROM report r WHERE r.community = $1 AND r.merged_into = $2))"
                " ORDER BY l.system, l.number LIMIT 100" } },
    { 0 },
};
Read replied_reads[] = {
    { .name = "link", .key = "link",
      .stmt = { "ss", "ss", "SELECT state, matter FROM report_link WHERE community = $1 AND id = $2" } },
    { 0 },
};
enum { LINK, SYSTEM_CODE, NUMBER, HOW, WEBHOOK };

/* ---- link ---- */

/* Whoever may see the report that has this number already is told which one it is. */
static Fail check_new(const Decide *d)
{
    const DbRows *system = d->reads[READ_SYSTEM], *same = d->reads[READ_SAME];
    if (system->rows == 0 || db_int(system, 0, 1) != 0) return fail_field(ERR_INVALID, "not_one_of", "system", 0);
    for (int i = 0; i < same->rows; i++) {
        if (!str_eq(db_text(same, i, 0), json_text(d->input, "system"))) continue;
        Fail f = fail_field(ERR_CONFLICT, "linked_already", "number", 0);
        if (actor_roles_at(d->actor, db_text(same, i, 2), d->now) & (STAFF | PROGRAM))
            fail_about(&f, db_text(same, i, 1));
        return f;
    }
    return FAIL_NONE;
}

Fail link_decide(Decide *d)
{
    if (json_array_size(json_object_get(d->matter->data, "links")) >= LINKS_MAX)
        return fail_field(ERR_CONFLICT, "too_many", "", LINKS_MAX);
    json_put_text(d->data, "link", d->new_id);
    return check_new(d);
}

static json_t *link_of(const Matter *m, Str id)
{
    json_t *links = json_object_get(m->data, "links");
    for (size_t i = 0; i < json_array_size(links); i++)
        if (str_eq(json_text(json_array_get(links, i), "link"), id)) return json_array_get(links, i);
    return NULL;
}

/* The earlier of ours and theirs is when it is due. A pause of ours does not hold their clock. `due.theirs` says whose.
 */
void report_theirs(Matter *m)
{
    const json_t *links = json_object_get(m->data, "links"), *from = json_object_get(m->data, "from");
    json_t *due = json_object_get(m->data, "due"), *theirs = json_new_object(m->arena);
    int64_t at = json_int(from, "due_at");
    if (at > 0) json_put_text(theirs, "system", json_text(from, "community"));
    for (size_t i = 0; i < json_array_size(links); i++) {
        const json_t *one = json_array_get(links, i);
        int64_t deadline = json_int(one, "deadline");
        if (deadline == 0 || (at > 0 && deadline >= at)) continue;
        at = deadline;
        json_put_text(theirs, "system", json_text(one, "system"));
        json_put_text(theirs, "number", json_text(one, "number"));
    }
    if (!json_is_object(due)) return;
    json_put(m->data, "due", due = json_keep(m->arena, json_copy(due))); /* the event keeps its own */
    json_object_del(due, "theirs");
    int64_t ours = json_object_get(m->data, "paused") != NULL ? 0 : json_int(due, "due");
    bool runs = (ST(m->state) & (ST(COLLECTED) | AT_WORK)) != 0;
    if (at > 0) {
        json_put_int(theirs, "at", at);
        json_put(due, "theirs", theirs);
    }
    if (runs) m->due_at = at > 0 && (ours == 0 || at < ours) ? at : ours;
}

static void add_link(Matter *m, const Event *e)
{
    static const char *const kept[] = { "link", "system", "number", "deadline" };
    json_t *links = json_object_get(m->data, "links"), *one = json_new_object(m->arena);
    if (!json_is_array(links)) json_put(m->data, "links", links = json_new_array(m->arena));
    for (int i = 0; i < COUNT(kept); i++) {
        json_t *v = json_object_get(e->data, kept[i]);
        if (v != NULL) json_put(one, kept[i], v);
    }
    json_put_int(one, "at", e->at);
    json_array_append(links, one);
}

void link_fold(Matter *m, const Event *e)
{
    add_link(m, e);
    report_theirs(m);
}

Fail unlink_decide(Decide *d)
{
    const json_t *one = link_of(d->matter, json_text(d->input, "link"));
    if (one == NULL) return fail_field(ERR_NOT_FOUND, "not_found", "link", 0);
    json_put_text(d->data, "system", json_text(one, "system"));
    json_put_text(d->data, "number", json_text(one, "number"));
    return FAIL_NONE;
}

void unlink_fold(Matter *m, const Event *e)
{
    json_t *links = json_object_get(m->data, "links");
    for (size_t i = json_array_size(links); i-- > 0;)
        if (str_eq(json_text(json_array_get(links, i), "link"), json_text(e->data, "link")))
            json_array_remove(links, i);
    report_theirs(m);
}

/* ---- made with a number: registered at once where the category is known, else looked at like any other ---- */

Fail linked_decide(Decide *d)
{
    const DbRows *category = d->reads[READ_CATEGORY];
    bool named = json_text(d->input, "category").n > 0;
    Fail f = check_new(d);
    if (f.err == OK && named && (category->rows == 0 || db_int(category, 0, CATEGORY_RETIRED) != 0))
        f = fail_field(ERR_INVALID, "not_one_of", "category", 0);
    if (f.err == OK) f = report_find_place(d);
    if (f.err != OK) return f;
    json_put_text(d->data, "link", d->new_id);
    d->to = named ? REGISTERED : COLLECTED;
    if (named) {
        report_put_category(d, category);
        report_put_due(d, db_int(category, 0, CATEGORY_LIMIT), unit_by_name(db_text(category, 0, CATEGORY_UNIT)));
    } else {
        report_put_due(d, REPORT_TRIAGE_HOURS, WORKING_HOURS);
    }
    return FAIL_NONE;
}

void linked_fold(Matter *m, const Event *e)
{
    static const char *const kept[] = { "text", "caller", "phone", "near",      "door",
                                        "floor", "given",  "language", "coarsen_m", "urgent",
                                        "public_title" };
    for (int i = 0; i < COUNT(kept); i++) {
        json_t *v = json_object_get(e->data, kept[i]);
        if (v != NULL) json_put(m->data, kept[i], v);
    }
    json_put_text(m->data, "reporter", S(""));
    json_put_text(m->data, "taken_by", e->actor);
    if (m->state == REGISTERED) json_put_int(m->data, "registered_at", e->at);
    add_link(m, e);
    report_set_due(m, e);
}

/* ---- answers ---- */

void mark_reply_fold(Matter *m, const Event *e)
{
    json_put(m->data, "reply", json_object_get(e->data, "text"));
}

/* Where a report ends: one entry for each number, sealed text and all; core/outbox sends those with a webhook. */
Fail reply_decide(Decide *d)
{
    const DbRows *links = d->reads[0];
    json_t *out = json_new_array(d->arena), *text = json_object_get(d->matter->data, "reply");
    for (int i = 0; i < links->rows; i++) {
        json_t *one = json_new_object(d->arena), *reply = json_new_object(d->arena);
        bool by_webhook = str_is(db_text(links, i, HOW), "webhook");
        if (by_webhook) json_put_text(one, "webhook", db_text(links, i, WEBHOOK));
        json_put_text(reply, "system", db_text(links, i, SYSTEM_CODE));
        json_put_text(reply, "number", db_text(links, i, NUMBER));
        json_put_text(reply, "state", str_c(d->module->states[d->to].name));
        if (text != NULL) json_put(reply, "text", text);
        json_put(one, "body", reply);
        json_put_text(one, "link", db_text(links, i, LINK));
        json_array_append(out, one);
    }
    if (links->rows > 0) json_put(d->data, "outgoing", out);
    return report_tell_sender(d);
}

Fail replied_decide(Decide *d)
{
    const DbRows *r = d->reads[0];
    if (r->rows == 0 || !str_eq(db_text(r, 0, 1), d->matter->id))
        return fail_field(ERR_NOT_FOUND, "not_found", "link", 0);
    return str_is(db_text(r, 0, 0), "waiting") ? FAIL_NONE : fail_field(ERR_CONFLICT, "nothing_waits", "link", 0);
}

void replied_fold(Matter *m, const Event *e)
{
    json_t *one = link_of(m, json_text(e->data, "link"));
    if (one != NULL) json_put_int(one, "replied_at", e->at);
}

/* ---- tables ---- */

static Stmt link_save = {
    "sssssl", "",
    "INSERT INTO report_link (community, system, number, id, matter, deadline, state, reply_state,"
    " text, at) VALUES ($1, $2, $3, $4, $5, $6, 'linked', '', '', 0)"
};
static Stmt link_drop = { "ss", "", "DELETE FROM report_link WHERE community = $1 AND id = $2" };
static Stmt link_answer = { "sssssl", "",
                            "UPDATE report_link SET state = $3, reply_state = $4, text = $5, at = $6"
                            " WHERE community = $1 AND id = $2" };
static Stmt link_replied = { "ssl", "",
                             "UPDATE report_link SET state = 'replied', at = $3 WHERE community = $1 AND id = $2" };
static Stmt texts_drop = { "ss", "", "UPDATE report_link SET text = '' WHERE community = $1 AND matter = $2" };

void link_apply(Apply *a, const Matter *m, const Event *e)
{
    report_apply(a, m, e);
    db_send(a->db, a->arena, &link_save,
            ARGS(TXT(e->community), TXT(json_text(e->data, "system")), TXT(json_text(e->data, "number")),
                 TXT(json_text(e->data, "link")), TXT(m->id), NUM(json_int(e->data, "deadline"))));
}

void unlink_apply(Apply *a, const Matter *m, const Event *e)
{
    report_apply(a, m, e);
    db_send(a->db, a->arena, &link_drop, ARGS(TXT(e->community), TXT(json_text(e->data, "link"))));
}

void replied_apply(Apply *a, const Matter *m, const Event *e)
{
    report_apply(a, m, e);
    db_send(a->db, a->arena, &link_replied, ARGS(TXT(e->community), TXT(json_text(e->data, "link")), NUM(e->at)));
}

void reply_apply(Apply *a, const Matter *m, const Event *e)
{
    const json_t *out = json_object_get(e->data, "outgoing");
    report_apply(a, m, e);
    for (size_t i = 0; i < json_array_size(out); i++) {
        const json_t *one = json_array_get(out, i), *body = json_object_get(one, "body");
        const json_t *text = json_object_get(body, "text");
        db_send(a->db, a->arena, &link_answer,
                ARGS(TXT(e->community), TXT(json_text(one, "link")),
                     TXT(json_text(one, "webhook").n > 0 ? S("sent") : S("waiting")), TXT(json_text(body, "state")),
                     TXT(text != NULL ? json_print(a->arena, text) : S("")), NUM(e->at)));
    }
}

void erase_apply(Apply *a, const Matter *m, const Event *e)
{
    report_apply(a, m, e);
    db_send(a->db, a->arena, &texts_drop, ARGS(TXT(e->community), TXT(m->id)));
}

/* ---- cards and files: what waits, in the words of whoever waits for it ---- */

static Stmt card_load = { "ss", "sssslsssl",
                          "SELECT l.system, l.number, l.reply_state, l.text, l.at, m.id, m.place, s.layout, m.number"
                          " FROM report_link l JOIN matter m ON m.community = l.community AND m.id = l.matter"
                          " JOIN system s ON s.community = l.community AND s.code = l.system"
                          " WHERE l.community = $1 AND l.id = $2 AND l.state = 'waiting'" };
static Stmt cards_load = { "ss", "sssslsssl",
                           "SELECT l.system, l.number, l.reply_state, l.text, l.at, m.id, m.place, s.layout, m.number"
                           " FROM report_link l JOIN matter m ON m.community = l.community AND m.id = l.matter"
                           " JOIN system s ON s.community = l.community AND s.code = l.system"
                           " WHERE l.community = $1 AND l.system = $2 AND l.state = 'waiting' AND m.closed_at > 0"
                           " ORDER BY l.at, l.number LIMIT 501" };
static Stmt system_load = { "ss", "ss", "SELECT reply, layout FROM system WHERE community = $1 AND code = $2" };
Stmt *const link_statements[] = { &link_save, &link_drop,  &link_answer, &link_replied, &texts_drop,
                                  &card_load, &cards_load, &system_load, NULL };
enum { C_SYSTEM, C_NUMBER, C_STATE, C_TEXT, C_AT, C_MATTER, C_PLACE, C_LAYOUT, C_OUR_NUMBER };
enum { FILE_ROWS_MAX = 500 };

static Str opened(CallCtx *c, Str text)
{
    Fail f = FAIL_NONE;
    Key key;
    Str plain = S("");
    const json_t *v = text.n > 0 ? json_read(c->arena, text, &f) : NULL;
    if (v == NULL || !seal_is(v) || !key_cache_get(c->keys, c->db, c->community, seal_subject(v), &key)) return S("");
    return seal_open(c->arena, key, c->community, v, &plain) ? plain : S("");
}

/* A cell of a table: quoted, and no formula, whoever opens it. */
static Str cell(Arena *a, Str s)
{
    Buf out = buf_new(a, s.n + 8);
    buf_char(&out, '"');
    if (s.n > 0 && strchr("=+-@\t\r", s.p[0]) != NULL) buf_char(&out, '\'');
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '"') buf_char(&out, '"');
        buf_char(&out, s.p[i]);
    }
    buf_char(&out, '"');
    return buf_str(&out);
}

typedef struct Answers { /* rows of card_load or cards_load, as they are printed */
    CallCtx *c;
    const DbRows *r;
    bool table; /* each value is a cell */
    int zone_minutes; /* the community's: a date is a day there */
} Answers;

static Fail answers_of(CallCtx *c, const DbRows *r, bool table, Answers *x)
{
    Fail f = FAIL_NONE;
    const Calendar *calendar = calendar_load(c->db, c->arena, c->community, &f);
    *x = (Answers){ c, r, table, f.err == OK ? calendar->zone_minutes : 0 };
    return f;
}

static Str value_of(const Answers *x, int i, Str name)
{
    const CallCtx *c = x->c;
    const DbRows *r = x->r;
    if (str_is(name, "number")) return db_text(r, i, C_NUMBER);
    if (str_is(name, "our_number")) return arena_fmt(c->arena, "%lld", (long long)db_int(r, i, C_OUR_NUMBER));
    if (str_is(name, "text")) return opened(x->c, db_text(r, i, C_TEXT));
    if (str_is(name, "date"))
        return (Str){ time_iso(c->arena, db_int(r, i, C_AT) + x->zone_minutes * MINUTE_MS).p, 10 };
    Str key = arena_fmt(c->arena, "state.%.*s", STR_ARG(db_text(r, i, C_STATE)));
    return world_word(c->world, "zh", "report", arena_c(c->arena, key));
}

static Str fill_layout(const Answers *x, int i, Str layout)
{
    Buf out = buf_new(x->c->arena, layout.n + 256);
    for (size_t at = 0; at < layout.n; at++) {
        Str rest = { layout.p + at + 1, layout.n - at - 1 };
        int64_t end = layout.p[at] == '{' ? str_find(rest, S("}")) : -1;
        if (end < 0) {
            buf_char(&out, layout.p[at]);
            continue;
        }
        Str value = value_of(x, i, (Str){ rest.p, (size_t)end });
        buf_add(&out, x->table ? cell(x->c->arena, value) : value);
        at += (size_t)end + 1;
    }
    return buf_str(&out);
}

static bool may_answer(const CallCtx *c, Str place)
{
    return (c->call->may & actor_roles_at(c->actor, place, c->now)) != 0;
}

/* GET /replies/{link}/card */
Fail card_run(CallCtx *c)
{
    Fail f = FAIL_NONE;
    if (!id_valid(call_arg(c, 0))) return fail(ERR_NOT_FOUND, "not_found");
    DbRows *r = db_run(c->db, c->arena, &card_load, ARGS(TXT(c->community), TXT(call_arg(c, 0))), &f);
    if (f.err != OK) return f;
    if (r->rows == 0 || !may_answer(c, db_text(r, 0, C_PLACE))) return fail(ERR_NOT_FOUND, "not_found");
    Answers x;
    f = answers_of(c, r, false, &x);
    if (f.err != OK) return f;
    json_t *answer = json_new_object(c->arena);
    json_put_text(answer, "link", call_arg(c, 0));
    json_put_text(answer, "matter", db_text(r, 0, C_MATTER));
    json_put_text(answer, "text", fill_layout(&x, 0, db_text(r, 0, C_LAYOUT)));
    call_json(c, json_print(c->arena, answer));
    return FAIL_NONE;
}

/* GET /replies/file/{system}: the layout's first line once, its second for each answer that waits. */
Fail replies_file_run(CallCtx *c)
{
    Fail f = FAIL_NONE;
    DbVal args[2] = { TXT(c->community), TXT(call_arg(c, 0)) };
    DbRows *system = db_send(c->db, c->arena, &system_load, args);
    DbRows *r = db_send(c->db, c->arena, &cards_load, args);
    f = db_sync(c->db);
    if (f.err != OK) return f;
    if (system->rows == 0 || str_is(db_text(system, 0, 0), "webhook")) return fail(ERR_NOT_FOUND, "not_found");
    if (r->rows > FILE_ROWS_MAX) return fail_field(ERR_TOO_LARGE, "too_many", "", FILE_ROWS_MAX);
    Answers x;
    f = answers_of(c, r, str_is(db_text(system, 0, 0), "csv"), &x);
    if (f.err != OK) return f;
    Str row = db_text(system, 0, 1), head = str_cut(&row, '\n');
    Buf out = buf_new(c->arena, 4096);
    if (row.n == 0) {
        row = head;
    } else {
        buf_add(&out, head);
        buf_c(&out, "\r\n");
    }
    for (int i = 0; i < r->rows; i++) {
        if (!may_answer(c, db_text(r, i, C_PLACE))) continue;
        buf_add(&out, fill_layout(&x, i, row));
        buf_c(&out, "\r\n");
    }
    c->reply.body = buf_str(&out);
    c->reply.type = c->call->type;
    http_reply_header(&c->reply, "Content-Disposition", S("attachment; filename=\"replies.txt\""));
    http_reply_header(&c->reply, "Cache-Control", S("private, no-store"));
    return FAIL_NONE;
}
