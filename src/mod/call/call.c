/* call: whom no message reached, and who is therefore called. See README.md. */
#include "core/module.h"
#include "core/outbox.h"

enum { OPEN, ENDED };
static const State states[] = { { "open", true }, { "ended", false }, { 0 } };

static const char *const OUTCOMES[] = { "reached", "no_answer", "wrong_number", NULL };
enum { CALLERS = OFFICER | TEAM | DISPATCHER | CLERK, LAPSES_HOURS = TELL_CALL_DAYS * 24 };

static const Field add_fields[] = {
    { .name = "person", .type = F_PERSON, .required = true },
    { .name = "about", .type = F_ID, .required = true },
    { .name = "number", .type = F_INT, .max = INT64_MAX },
    { .name = "told", .type = F_INT, .required = true, .max = INT64_MAX }, /* the event that they were to hear of */
    { .name = "place", .type = F_PLACE, .required = true, .max = 24 },
    { .name = "why", .type = F_TEXT, .required = true, .min = 1, .max = 40 },
    { .name = "urgent", .type = F_BOOL },
    { .name = "told_at", .type = F_TIME }, /* when that event was; what the matter came to later is another news */
    { 0 },
};
static const Field called_fields[] = {
    { .name = "outcome", .type = F_ENUM, .required = true, .values = OUTCOMES },
    { .name = "text", .type = F_TEXT, .max = 500, .personal = OF_MATTER, .seen = TO_HANDLERS },
    { 0 },
};

/* The same again: what was done about the earlier news is no answer to this one. */
static void add_fold(Matter *m, const Event *e)
{
    const char *key;
    json_t *value;
    json_object_foreach(e->data, key, value) json_put(m->data, key, value);
    json_put_int(m->data, "tries", 0);
}

static Fail called_decide(Decide *d)
{
    d->to = str_is(json_text(d->input, "outcome"), "no_answer") ? OPEN : ENDED;
    return FAIL_NONE;
}

static void called_fold(Matter *m, const Event *e)
{
    json_put_int(m->data, "tries", json_int(m->data, "tries") + 1);
    json_put_int(m->data, "tried_at", e->at);
    json_put_text(m->data, "outcome", json_text(e->data, "outcome"));
}

static Stmt save = { "ssssllsllll", "",
                     "INSERT INTO call (community, id, person, about, number, told, why, urgent, tries, tried_at,"
                     " told_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (community, id)"
                     " DO UPDATE SET told = excluded.told, why = excluded.why, urgent = excluded.urgent,"
                     " tries = excluded.tries, tried_at = excluded.tried_at, told_at = excluded.told_at" };
static Stmt *const statements[] = { &save, NULL };

static void apply(Apply *a, const Matter *m, const Event *e)
{
    const json_t *d = m->data;
    db_send(a->db, a->arena, &save,
            ARGS(TXT(e->community), TXT(m->id), TXT(json_text(d, "person")), TXT(json_text(d, "about")),
                 NUM(json_int(d, "number")), NUM(json_int(d, "told")), TXT(json_text(d, "why")),
                 NUM(json_bool(d, "urgent")), NUM(json_int(d, "tries")), NUM(json_int(d, "tried_at")),
                 NUM(json_int(d, "told_at"))));
}

static const Action actions[] = {
    { .name = "add", .may = SYSTEM, .from = NEW | ST(OPEN) | ST(ENDED), .to = ST(OPEN), .fields = add_fields,
      .fold = add_fold, .apply = apply, .audience = TO_HANDLERS, .mode = COMMUTES },
    { .name = "called", .route = "POST /calls/{id}/called", .may = CALLERS, .from = ST(OPEN),
      .to = ST(OPEN) | ST(ENDED), .fields = called_fields, .decide = called_decide, .fold = called_fold,
      .apply = apply, .audience = TO_HANDLERS, .mode = COMMUTES },
    { .name = "lapse", .may = SYSTEM, .from = ST(OPEN), .to = ST(ENDED), .apply = apply, .audience = TO_HANDLERS,
      .mode = COMMUTES },
    { 0 },
};

/* Nobody is rung about last week's news. */
static const Clock clocks[] = { { "lapses", ST(OPEN), LAPSES_HOURS, HOURS, "lapse" }, { 0 } };

/* What is over is not rung about, unless its end is the news. */
#define STILL_NEWS                                                                                                     \
    " AND m.state = 'open' AND NOT EXISTS (SELECT 1 FROM matter b WHERE b.community = $1 AND b.id = c.about"           \
    " AND b.closed_at > c.told_at)"
#define FROM_CALL                                                                                                      \
    " FROM call c JOIN matter m ON m.community = c.community AND m.id = c.id"                                          \
    " JOIN person p ON p.community = c.community AND p.person = c.person"                                              \
    " WHERE c.community = $1 AND m.community = $1 AND m.kind = 'call' AND p.state <> 'erased'"
static const char *const what_contact[] = { "name", "phone", NULL };

static const Query queries[] = {
    { .name = "view", .route = "GET /calls/{id}", .may = CALLERS, .view = true },
    /* Who has seen it in the app meanwhile need not be called. */
    { .name = "list", .route = "GET /calls", .may = CALLERS, .scope = SCOPE_PLACE,
      .sql = "SELECT m.id, m.version, m.place, c.person, p.name, p.language, c.about, c.number, c.why, c.urgent,"
             " c.tries, c.tried_at, m.opened_at, m.changed_at, c.told_at" FROM_CALL STILL_NEWS " AND {scope}"
             " AND NOT EXISTS (SELECT 1 FROM notice_seen s WHERE s.community = c.community AND s.person = c.person"
             " AND s.seq >= c.told)",
      .columns = "id:s version:l place:s person:s name:p language:s about:s number:l why:s urgent:b tries:l tried_at:l"
                 " opened_at:l changed_at:l told_at:l",
      .order = "m.opened_at:l ASC, m.id:s ASC" },
    { .name = "contact", .route = "GET /calls/{id}/contact", .may = CALLERS, .scope = SCOPE_PLACE, .one = true,
      .logged = true, .logged_what = what_contact,
      .sql = "SELECT m.id, c.person, p.name, p.phone, p.language" FROM_CALL STILL_NEWS " AND m.id = $2 AND {scope}",
      .columns = "id:s person:s name:x phone:x language:s" },
    { 0 },
};

extern const char call_schema[], call_zh[], call_bo[], call_en[];
const Module module_call = {
    .name = "call", .plural = "calls", .states = states, .actions = actions, .clocks = clocks, .queries = queries,
    .statements = statements, .schema = call_schema, .words_zh = call_zh, .words_bo = call_bo, .words_en = call_en,
};
