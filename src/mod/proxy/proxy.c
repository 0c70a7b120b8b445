/* proxy: who may act for whom, by that person's own word. What it lets through is core's (actor_acting, for_another);
 * these rows make and end it. See README.md. */
#include "core/module.h"
#include "core/person/person.h"

enum { OFFERED, ACTIVE, ENDED };
static const State states[] = { { "offered", true }, { "active", true }, { "ended", false }, { 0 } };
static const char *const STATE_NAMES[] = { "offered", "active", "ended", NULL };

static const char *const AS[] = { "relative", "neighbour", "building_head", "other", NULL };
static const char *const SAID[] = { "visit", "window", "phone", NULL };
enum {
    OFFER_HOURS = 24, /* so long the code works */
    FOR_MAX = 60,     /* persons that one acts for: a building head's staircase */
    BY_MAX = 8,       /* persons who act for one */
    YEARS_MAX = 5,
};

static const Field offer_fields[] = {
    { .name = "as", .type = F_ENUM, .required = true, .values = AS },
    { .name = "until", .type = F_TIME },
    { 0 },
};
static const Field nothing[] = { { 0 } };
/* On the person's word: to whom, how it was said, by whom it was heard is the event's actor. */
static const Field record_fields[] = {
    { .name = "for", .type = F_PERSON, .required = true },
    { .name = "person", .type = F_PERSON, .required = true },
    { .name = "as", .type = F_ENUM, .required = true, .values = AS },
    { .name = "said", .type = F_ENUM, .required = true, .values = SAID },
    { .name = "text", .type = F_TEXT, .max = 200, .personal = OF_PERSON_FIELD, .of = "for", .seen = TO_PARTIES },
    { .name = "until", .type = F_TIME },
    { 0 },
};

/* ---- reads ---- */

#define STANDING(field)                                                                                                \
    { .name = field, .key = field,                                                                                     \
      .stmt = { "ss", "s", "SELECT state FROM person WHERE community = $1 AND person = $2" } }
#define ACTS_FOR(reader)                                                                                               \
    { .name = "acts_for", .key = reader,                                                                               \
      .stmt = { "ss", "s",                                                                                             \
                "SELECT for_person FROM acting WHERE community = $1 AND person = $2 ORDER BY for_person" } }
#define HAS(whose)                                                                                                     \
    { .name = "has", .key = whose,                                                                                     \
      .stmt = { "ss", "l",                                                                                             \
                "SELECT count(*) FROM proxy WHERE community = $1 AND for_person = $2 AND state <> 'ended'" } }
static Read offer_reads[] = { HAS("actor"), { 0 } };
static Read accept_reads[] = { ACTS_FOR("actor"), { 0 } };
static Read record_reads[] = { ACTS_FOR("person"), HAS("for"), STANDING("person"), STANDING("for"), { 0 } };

/* ---- decide ---- */

static Fail check_until(const Decide *d)
{
    int64_t until = json_int(d->input, "until");
    if (json_object_get(d->input, "until") == NULL) return FAIL_NONE;
    if (until <= d->now) return fail_field(ERR_INVALID, "too_small", "until", d->now + 1);
    int64_t most = d->now + YEARS_MAX * 366 * DAY_MS;
    return until > most ? fail_field(ERR_INVALID, "too_large", "until", most) : FAIL_NONE;
}

static Fail check_pair(const DbRows *acts_for, Str person)
{
    if (acts_for->rows >= FOR_MAX) return fail_field(ERR_CONFLICT, "too_many", "person", FOR_MAX);
    for (int i = 0; i < acts_for->rows; i++)
        if (str_eq(db_text(acts_for, i, 0), person)) return fail_field(ERR_CONFLICT, "already_exists", "person", 0);
    return FAIL_NONE;
}

static Fail offer_decide(Decide *d)
{
    if (db_int(d->reads[0], 0, 0) >= BY_MAX) return fail_field(ERR_CONFLICT, "too_many", "", BY_MAX);
    json_put_int(d->data, "offer_ends", d->now + OFFER_HOURS * HOUR_MS);
    return check_until(d);
}

/* Whoever holds the code and has signed in; not the person who gave it. */
static Fail accept_decide(Decide *d)
{
    Str person = json_text(d->matter->data, "for");
    if (d->actor->person.n == 0) return fail(ERR_SIGN_IN, "sign_in");
    if (str_eq(d->actor->person, person)) return fail_field(ERR_INVALID, "not_one_of", "person", 0);
    return check_pair(d->reads[0], person);
}

static bool lives_here(const DbRows *standing)
{
    return standing->rows > 0 && str_is(db_text(standing, 0, 0), "active");
}

static Fail record_decide(Decide *d)
{
    Str person = json_text(d->input, "for"), by = json_text(d->input, "person");
    if (!lives_here(d->reads[2]) || str_eq(person, by)) return fail_field(ERR_INVALID, "not_one_of", "person", 0);
    if (!lives_here(d->reads[3])) return fail_field(ERR_INVALID, "not_one_of", "for", 0);
    if (str_eq(by, d->actor->person)) return fail_field(ERR_FORBIDDEN, "forbidden", "person", 0); /* not for oneself */
    if (db_int(d->reads[1], 0, 0) >= BY_MAX) return fail_field(ERR_CONFLICT, "too_many", "for", BY_MAX);
    Fail f = check_pair(d->reads[0], person);
    return f.err == OK ? check_until(d) : f;
}

/* ---- fold ---- */

static void keep(Matter *m, const Event *e, const char *name)
{
    json_t *v = json_object_get(e->data, name);
    if (v != NULL) json_put(m->data, name, v);
}

static void offer_fold(Matter *m, const Event *e)
{
    keep(m, e, "as");
    keep(m, e, "until");
    json_put_text(m->data, "for", e->actor);
    m->due_at = json_int(e->data, "offer_ends");
    matter_relate(m, e->actor, PARTY, 0);
}

static void begin(Matter *m, const Event *e, Str person)
{
    json_put_text(m->data, "person", person);
    json_put_int(m->data, "since", e->at);
    m->due_at = json_int(m->data, "until");
    matter_relate(m, person, PARTY, 0);
}

static void accept_fold(Matter *m, const Event *e)
{
    begin(m, e, e->actor);
}

static void record_fold(Matter *m, const Event *e)
{
    keep(m, e, "as");
    keep(m, e, "until");
    keep(m, e, "said");
    keep(m, e, "for");
    json_put_text(m->data, "heard_by", e->actor);
    begin(m, e, json_text(e->data, "person"));
    matter_relate(m, json_text(e->data, "for"), PARTY, 0);
}

static void end_fold(Matter *m, const Event *e)
{
    (void)e;
    m->due_at = 0;
}

/* ---- tables ---- */

static Stmt save = { "ssssssll", "",
                     "INSERT INTO proxy (community, id, state, person, for_person, as_what, since_at, until_at)"
                     " VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (community, id) DO UPDATE SET"
                     " state = excluded.state, person = excluded.person, since_at = excluded.since_at" };
static Stmt begin_acting = { "sssl", "",
                             "INSERT INTO acting (community, person, for_person, until_at) VALUES ($1, $2, $3, $4)"
                             " ON CONFLICT (community, person, for_person) DO UPDATE SET until_at ="
                             " excluded.until_at" };
static Stmt end_acting = { "sss", "",
                           "DELETE FROM acting WHERE community = $1 AND person = $2 AND for_person = $3" };
static Stmt offered = { "ss", "ss", "SELECT state, for_person FROM proxy WHERE community = $1 AND id = $2" };
static Stmt *const statements[] = { &save, &begin_acting, &end_acting, &offered, NULL };

static void apply(Apply *a, const Matter *m, const Event *e)
{
    const json_t *d = m->data;
    Str person = json_text(d, "person"), other = json_text(d, "for");
    int64_t until = json_int(d, "until");
    db_send(a->db, a->arena, &save,
            ARGS(TXT(e->community), TXT(m->id), TXT(str_c(STATE_NAMES[m->state])), TXT(person), TXT(other),
                 TXT(json_text(d, "as")), NUM(json_int(d, "since")), NUM(until)));
    if (m->state == ACTIVE)
        db_send(a->db, a->arena, &begin_acting, ARGS(TXT(e->community), TXT(person), TXT(other), NUM(until)));
    if (m->state == ENDED && person.n > 0)
        db_send(a->db, a->arena, &end_acting, ARGS(TXT(e->community), TXT(person), TXT(other)));
}

/* ---- the code, to be shown or read out again by who offered it ---- */

static Fail run_code(CallCtx *c)
{
    Arena *a = c->arena;
    Fail f = FAIL_NONE;
    Str id = call_arg(c, 0), base = call_base_url(c);
    DbRows *r = db_run(c->db, a, &offered, ARGS(TXT(c->community), TXT(id)), &f);
    if (f.err != OK) return f;
    if (r->rows == 0 || !str_eq(db_text(r, 0, 1), c->actor->person)) return fail(ERR_NOT_FOUND, "not_found");
    if (!str_is(db_text(r, 0, 0), STATE_NAMES[OFFERED])) return fail(ERR_CONFLICT, "wrong_state");
    Str code = seal_receipt(c->seals, a, c->community, id);
    Str url = arena_fmt(a, "%.*s/c/%.*s/#/for/%.*s", STR_ARG(base), STR_ARG(c->community), STR_ARG(code));
    json_t *answer = json_new_object(a);
    json_put_text(answer, "code", code);
    json_put_text(answer, "svg", base.n > 0 ? qr_svg(a, url) : S(""));
    call_json(c, json_print(a, answer));
    return FAIL_NONE;
}

/* ---- rows ---- */

enum { PERSONS = SIGNED_IN & ~PROGRAM, HEARERS = CLERK | DISPATCHER };

static const Action actions[] = {
    { .name = "offer", .route = "POST /proxies", .may = PERSONS, .from = NEW, .to = ST(OFFERED), .fields = offer_fields,
      .reads = offer_reads, .decide = offer_decide, .fold = offer_fold, .apply = apply, .audience = TO_PARTIES,
      .mode = COMMUTES, .receipt = true },
    { .name = "accept", .route = "POST /proxies/{id}/accept", .who = REPORTER, .from = ST(OFFERED), .to = ST(ACTIVE),
      .fields = nothing, .reads = accept_reads, .decide = accept_decide, .fold = accept_fold, .apply = apply,
      .audience = TO_PARTIES, .tell = PARTY, .mode = COMMUTES },
    { .name = "record", .route = "POST /proxies/recorded", .may = HEARERS, .from = NEW, .to = ST(ACTIVE),
      .fields = record_fields, .reads = record_reads, .decide = record_decide, .fold = record_fold, .apply = apply,
      .audience = TO_PARTIES | TO_HANDLERS, .tell = PARTY, .mode = COMMUTES },
    { .name = "end", .route = "POST /proxies/{id}/end", .may = HEARERS, .who = PARTY, .from = ST(OFFERED) | ST(ACTIVE),
      .to = ST(ENDED), .fields = nothing, .fold = end_fold, .apply = apply, .audience = TO_PARTIES | TO_HANDLERS,
      .tell = PARTY, .mode = COMMUTES },
    /* its time is over, or one of the two has left or had their file erased */
    { .name = "lapse", .may = SYSTEM, .from = ST(OFFERED) | ST(ACTIVE), .to = ST(ENDED), .fields = nothing,
      .fold = end_fold, .apply = apply, .audience = TO_PARTIES | TO_HANDLERS, .tell = PARTY },
    { 0 },
};

static const Clock clocks[] = {
    { .name = "lapse", .states = ST(OFFERED) | ST(ACTIVE), .unit = AT_DUE, .then = "lapse" },
    { 0 },
};

static const Filter list_filters[] = {
    { { .name = "state", .type = F_ENUM, .values = STATE_NAMES }, "x.state = $" },
    { { .name = "for", .type = F_PERSON }, "x.for_person = $" },
    { { 0 }, NULL },
};
#define FROM_PROXY                                                                                                     \
    " FROM proxy x JOIN matter m ON m.community = x.community AND m.id = x.id"                                         \
    " LEFT JOIN person p ON p.community = x.community AND p.person = x.person"                                         \
    " LEFT JOIN person q ON q.community = x.community AND q.person = x.for_person"                                     \
    " WHERE x.community = $1 AND m.community = $1"

static const Query queries[] = {
    /* Both know each other's name: the one gave the code, the other took it. */
    { .name = "mine", .route = "GET /proxies/mine", .may = PERSONS, .scope = SCOPE_SELF,
      .sql = "SELECT x.id, x.state, m.version, x.person, p.name, x.for_person, q.name, x.as_what, x.since_at,"
             " x.until_at, m.due_at" FROM_PROXY
             " AND x.state <> 'ended' AND (x.person = {self} OR x.for_person = {self})",
      .columns = "id:s state:s version:l person:s name:x for:s for_name:x as:s since:l until:l due_at:l",
      .order = "x.id:s" },
    { .name = "list", .route = "GET /proxies", .may = HEARERS | ADMIN, .scope = SCOPE_PLACE,
      .sql = "SELECT x.id, x.state, m.version, x.person, p.name, x.for_person, q.name, x.as_what, x.since_at,"
             " x.until_at, m.changed_at" FROM_PROXY " AND {scope}",
      .columns = "id:s state:s version:l person:s name:p for:s for_name:p as:s since:l until:l changed_at:l",
      .filters = list_filters, .order = "m.changed_at:l DESC, m.id:s DESC" },
    { .name = "acted", .route = "GET /me/acted_for", .may = PERSONS, .scope = SCOPE_SELF,
      .sql = "SELECT a.seq, a.at, a.type, a.matter, a.by_person, p.name FROM acted a"
             " LEFT JOIN person p ON p.community = a.community AND p.person = a.by_person"
             " WHERE a.community = $1 AND a.person = {self}",
      .columns = "seq:l at:l type:s matter:s by:s name:x", .order = "a.seq:l DESC" },
    { 0 },
};

static const Call calls[] = {
    { .name = "code", .route = "GET /proxies/{id}/code", .may = PERSONS, .on = ON_READER, .per_minute = 60,
      .run = run_code },
    { 0 },
};

extern const char proxy_schema[], proxy_zh[], proxy_bo[], proxy_en[];
const Module module_proxy = {
    .name = "proxy", .plural = "proxies", .states = states, .actions = actions, .queries = queries, .calls = calls,
    .clocks = clocks, .statements = statements, .schema = proxy_schema, .words_zh = proxy_zh, .words_bo = proxy_bo,
    .words_en = proxy_en,
};
