/* What figures count: a row for each report with the times of what happened to it first, so that a month that is over
 * stays as it was. Written beside the report, event by event; docs/decisions/figures.md says what each one means. */
#include "mod/report/report.h"

static Stmt begin = { "ssllllll", "",
                      "INSERT INTO report_facts (community, matter, opened_at, by_staff, spot, imported, look_due_at,"
                      " registered_at, accepted_at, accept_due_at, done_at, done_due_at, closed_at, refused_at,"
                      " returned_at, redone_at, urged_at, escalated_at, rated, rated_by_staff)"
                      " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)"
                      " ON CONFLICT (community, matter) DO NOTHING", .many = true };

/* $3: when it happened. */
#define FIRST(column)                                                                                                  \
    { "ssl", "", "UPDATE report_facts SET " column " = $3 WHERE community = $1 AND matter = $2 AND " column " = 0" }
static Stmt registered = FIRST("registered_at"), refused = FIRST("refused_at"), returned = FIRST("returned_at"),
            redone = FIRST("redone_at"), urged = FIRST("urged_at"), escalated = FIRST("escalated_at"),
            closed = FIRST("closed_at");
/* $4: what was due then. */
static Stmt accepted = { "ssll", "",
                         "UPDATE report_facts SET accepted_at = $3, accept_due_at = $4"
                         " WHERE community = $1 AND matter = $2 AND accepted_at = 0" };
static Stmt done = { "ssll", "",
                     "UPDATE report_facts SET done_at = $3, done_due_at = $4"
                     " WHERE community = $1 AND matter = $2 AND closed_at = 0" };
static Stmt rated = { "ssll", "",
                      "UPDATE report_facts SET rated = $3, rated_by_staff = $4 WHERE community = $1 AND matter = $2" };

Stmt *const report_facts_statements[] = { &begin,  &registered, &refused, &returned, &redone, &urged, &escalated,
                                          &closed, &accepted,   &done,    &rated,    NULL };

static const struct {
    const char *type;
    const Stmt *stmt;
} steps[] = {
    { "report.register", &registered }, { "report.accept", &accepted }, { "report.finish", &done },
    { "report.close", &closed },        { "report.refuse", &refused },  { "report.return", &returned },
    { "report.redo", &redone },         { "report.reopen", &redone },   { "report.urge", &urged },
};

void report_put_by_staff(Decide *d)
{
    if (actor_roles(actor_self(d->actor), d->now) & STAFF) json_put_bool(d->data, "by_staff", true);
}

static void put_rating(Apply *a, const Matter *m, const Event *e)
{
    bool solved = json_bool(e->data, "solved");
    db_send(a->db, a->arena, &rated,
            ARGS(TXT(e->community), TXT(m->id), NUM(solved ? 1 : 2), NUM(json_bool(e->data, "by_staff"))));
    if (m->state == HANDLING) db_send(a->db, a->arena, &redone, ARGS(TXT(e->community), TXT(m->id), NUM(e->at)));
}

/* By our own clock: what another system wants earlier moves the queue, not what a place is measured by. */
static int64_t own_due(const Matter *m)
{
    bool runs = m->due_at != 0 && json_object_get(m->data, "paused") == NULL;
    return runs ? json_int(json_object_get(m->data, "due"), "due") : 0;
}

void report_apply_facts(Apply *a, const Matter *m, const Event *e)
{
    const json_t *d = m->data;
    DbVal args[] = { TXT(e->community), TXT(m->id), NUM(e->at), NUM(own_due(m)) };
    if (m->version == 1) {
        bool looked_at = m->state != COLLECTED; /* whoever takes it down has looked at it */
        bool imported = json_bool(d, "imported");
        db_send(a->db, a->arena, &begin,
                ARGS(TXT(e->community), TXT(m->id), NUM(e->at), NUM(json_bool(e->data, "by_staff")),
                     NUM(json_int(d, "spot") > 0), NUM(imported), NUM(looked_at ? 0 : own_due(m)),
                     NUM(looked_at && !imported ? e->at : 0)));
    }
    for (int i = 0; i < COUNT(steps); i++)
        if (str_is(e->type, steps[i].type)) db_send(a->db, a->arena, steps[i].stmt, args);
    if (str_is(e->type, "report.rate")) put_rating(a, m, e);
    if (json_int(e->data, "level") == ESCALATED) db_send(a->db, a->arena, &escalated, args);
}
