/* The module's own tables, and what lists show of them: to who mediates here, and to each party of its own. */
#include "mod/dispute/dispute.h"

static Stmt save = {
    "ssssslsllll", "",
    "INSERT INTO dispute (community, id, subject, mediator, helper, parties, guarantee, recurred, overdue, edition, "
    "signed)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (community, id) DO UPDATE SET"
    " subject = excluded.subject, mediator = excluded.mediator, helper = excluded.helper, parties = excluded.parties,"
    " guarantee = excluded.guarantee, recurred = excluded.recurred, overdue = excluded.overdue,"
    " edition = excluded.edition, signed = excluded.signed"
};
static Stmt party_save = {
    "ssslsss", "",
    "INSERT INTO dispute_party (community, matter, party, side, account, name, phone) VALUES ($1, $2, $3, $4, $5, $6, "
    "$7)"
    " ON CONFLICT (community, matter, party) DO UPDATE SET account = excluded.account, name = excluded.name,"
    " phone = excluded.phone"
};
static Stmt promise_save = {
    "sssssslllsl", "",
    "INSERT INTO dispute_promise (community, matter, promise, origin, party, what, amount_fen, due_at, recurrence, "
    "state, overdue)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (community, matter, promise) DO UPDATE SET"
    " due_at = excluded.due_at, state = excluded.state, overdue = excluded.overdue"
};
static Stmt promises_drop = { "ss", "", "DELETE FROM dispute_promise WHERE community = $1 AND matter = $2" };
static Stmt contact_add = { "sssssssl", "",
                            "INSERT INTO dispute_contact (community, matter, contact, party, whom, how, result, at)"
                            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)" };
static Stmt session_save = {
    "sssssssll", "",
    "INSERT INTO dispute_session (community, id, matter, kind, room, caller, state, from_at, until_at)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
    " ON CONFLICT (community, id) DO UPDATE SET state = excluded.state"
};
static Stmt edition_replace = {
    "ssl", "", "UPDATE dispute_agreement SET state = 'replaced' WHERE community = $1 AND matter = $2 AND edition < $3"
};
static Stmt edition_save = {
    "sssllslll", "",
    "INSERT INTO dispute_agreement (community, hash, matter, number, edition, state, signed, signers, sealed_at)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (community, hash) DO UPDATE SET state = excluded.state,"
    " signed = excluded.signed, sealed_at = excluded.sealed_at"
};
Stmt *const dispute_statements[] = { &save,        &party_save,   &promise_save,    &promises_drop,
                                     &contact_add, &session_save, &edition_replace, &edition_save,
                                     NULL };

static Str printed(Apply *a, const json_t *object, const char *name)
{
    const json_t *v = json_object_get(object, name);
    return v != NULL ? json_print(a->arena, v) : S("");
}

static int64_t overdue(const Matter *m)
{
    const json_t *promises = json_object_get(m->data, "promises");
    int64_t n = json_bool(m->data, "visit_overdue") + json_bool(json_object_get(m->data, "escalation"), "overdue");
    for (size_t i = 0; i < json_array_size(promises); i++) {
        const json_t *row = json_array_get(promises, i);
        bool waits = str_is(json_text(row, "state"), "open") || str_is(json_text(row, "state"), "called");
        n += waits && json_bool(row, "overdue");
    }
    return n;
}

static void main_row(Apply *a, const Matter *m)
{
    const json_t *d = m->data, *agreement = json_object_get(d, "agreement");
    db_send(a->db, a->arena, &save,
            ARGS(TXT(m->community), TXT(m->id), TXT(printed(a, d, "subject")), TXT(json_text(d, "mediator")),
                 TXT(json_text(d, "helper")), NUM((int64_t)json_array_size(json_object_get(d, "parties"))),
                 TXT(json_text(d, "guarantee")), NUM(json_int(d, "recurred")), NUM(overdue(m)),
                 NUM(json_int(agreement, "edition")),
                 NUM((int64_t)json_array_size(json_object_get(agreement, "signed")))));
}

static void party_rows(Apply *a, const Matter *m)
{
    const json_t *parties = json_object_get(m->data, "parties");
    for (size_t i = 0; i < json_array_size(parties); i++) {
        const json_t *p = json_array_get(parties, i);
        db_send(a->db, a->arena, &party_save,
                ARGS(TXT(m->community), TXT(m->id), TXT(json_text(p, "id")), NUM(json_int(p, "side")),
                     TXT(json_text(p, "account")), TXT(printed(a, p, "name")), TXT(printed(a, p, "phone"))));
    }
}

static void promise_rows(Apply *a, const Matter *m)
{
    const json_t *promises = json_object_get(m->data, "promises");
    if (json_bool(m->data, "erased")) db_send(a->db, a->arena, &promises_drop, ARGS(TXT(m->community), TXT(m->id)));
    for (size_t i = 0; i < json_array_size(promises); i++) {
        const json_t *p = json_array_get(promises, i);
        db_send(a->db, a->arena, &promise_save,
                ARGS(TXT(m->community), TXT(m->id), TXT(json_text(p, "id")), TXT(json_text(p, "origin")),
                     TXT(json_text(p, "party")), TXT(json_text(p, "what")), NUM(json_int(p, "amount_fen")),
                     NUM(json_int(p, "by")), NUM(json_bool(p, "recurrence")), TXT(json_text(p, "state")),
                     NUM(json_bool(p, "overdue"))));
    }
}

static void rows(Apply *a, const Matter *m)
{
    main_row(a, m);
    party_rows(a, m);
    promise_rows(a, m);
}

void dispute_apply(Apply *a, const Matter *m, const Event *e)
{
    (void)e;
    apply_row(a, m, rows);
}

void dispute_contact_apply(Apply *a, const Matter *m, const Event *e)
{
    dispute_apply(a, m, e);
    db_send(a->db, a->arena, &contact_add,
            ARGS(TXT(e->community), TXT(e->matter), TXT(e->id), TXT(json_text(e->data, "party")),
                 TXT(json_text(e->data, "whom")), TXT(json_text(e->data, "how")), TXT(json_text(e->data, "result")),
                 NUM(json_int(e->data, "at"))));
}

void dispute_session_apply(Apply *a, const Matter *m, const Event *e)
{
    Str id = json_text(e->data, "session");
    const json_t *s = dispute_row(m, "sessions", id.n > 0 ? id : e->id);
    dispute_apply(a, m, e);
    db_send(a->db, a->arena, &session_save,
            ARGS(TXT(e->community), TXT(json_text(s, "id")), TXT(e->matter), TXT(json_text(s, "kind")),
                 TXT(json_text(s, "room")), TXT(json_text(s, "caller")), TXT(json_text(s, "state")),
                 NUM(json_int(s, "from")), NUM(json_int(s, "until"))));
}

void dispute_seal_apply(Apply *a, const Matter *m, const Event *e)
{
    const json_t *g = json_object_get(m->data, "agreement");
    int64_t sealed = json_int(g, "sealed_at");
    dispute_apply(a, m, e);
    db_send(
        a->db, a->arena, &edition_save,
        ARGS(TXT(e->community), TXT(json_text(g, "hash")), TXT(e->matter), NUM(m->number), NUM(json_int(g, "edition")),
             TXT(sealed > 0 ? S("sealed") : S("draft")), NUM((int64_t)json_array_size(json_object_get(g, "signed"))),
             NUM((int64_t)json_array_size(json_object_get(json_object_get(g, "text"), "signatories"))), NUM(sealed)));
}

void dispute_draft_apply(Apply *a, const Matter *m, const Event *e)
{
    int64_t edition = json_int(json_object_get(m->data, "agreement"), "edition");
    dispute_seal_apply(a, m, e);
    db_send(a->db, a->arena, &edition_replace, ARGS(TXT(e->community), TXT(e->matter), NUM(edition)));
}

/* ---- queries ---- */

static const char *const STATE_NAMES[] = { "applied", "mediating", "signing",   "effective",
                                           "kept",    "ended",     "escalated", NULL };
#define FROM_DISPUTE                                                                                                   \
    " FROM matter m JOIN dispute d ON d.community = m.community AND d.id = m.id"                                       \
    " WHERE m.community = $1 AND m.kind = 'dispute'"
/* What its parties may see of it, too. */
#define LIST_SELECT                                                                                                    \
    "SELECT m.id, m.number, m.state, m.version, m.place, m.opened_at, m.changed_at, m.due_at, m.closed_at, d.subject," \
    " d.mediator, d.helper, d.parties, d.guarantee, d.recurred, d.overdue, d.edition, d.signed,"                       \
    " (SELECT count(*) FROM dispute_contact c WHERE c.community = $1 AND c.community = m.community AND c.matter = "    \
    "m.id)"
#define LIST_COLUMNS                                                                                                   \
    "id:s number:l state:s version:l place:s opened_at:l changed_at:l due_at:l closed_at:l subject:x mediator:s"       \
    " helper:s parties:l guarantee:s recurred:l overdue:l edition:l signed:l contacts:l"
#define NEWEST_FIRST "m.changed_at:l DESC, m.id:s DESC"
static const Filter list_filters[] = {
    { { .name = "state", .type = F_ENUM, .values = STATE_NAMES }, "m.state = $" },
    { { .name = "open", .type = F_BOOL }, "m.closed_at = 0{else}m.closed_at > 0" },
    { { .name = "late", .type = F_BOOL }, "d.overdue > 0{else}d.overdue = 0" },
    { { 0 }, NULL },
};
static const char *const what_people[] = { "name", "phone", NULL };

const Query dispute_queries[] = {
    { .name = "list",
      .route = "GET /disputes",
      .may = MEDIATOR,
      .who = HANDLER | CO_HANDLER,
      .unless = PARTY,
      .scope = SCOPE_PLACE,
      .sql = LIST_SELECT FROM_DISPUTE " AND {scope}",
      .columns = LIST_COLUMNS,
      .filters = list_filters,
      .order = NEWEST_FIRST },
    { .name = "mine",
      .route = "GET /disputes/mine",
      .who = PARTY,
      .scope = SCOPE_MINE,
      .sql = LIST_SELECT FROM_DISPUTE " AND {scope}",
      .columns = LIST_COLUMNS,
      .filters = list_filters,
      .order = NEWEST_FIRST },
    { .name = "promises",
      .route = "GET /disputes/promises",
      .may = MEDIATOR,
      .who = HANDLER | CO_HANDLER,
      .unless = PARTY,
      .scope = SCOPE_PLACE,
      .sql =
          "SELECT m.id, m.number, p.promise, p.origin, p.party, p.what, p.amount_fen, p.due_at, p.recurrence, p.state,"
          " p.overdue FROM matter m JOIN dispute_promise p ON p.community = m.community AND p.matter = m.id"
          " WHERE m.community = $1 AND m.kind = 'dispute' AND p.state IN ('open', 'called', 'done') AND {scope}",
      .columns = "id:s number:l promise:s origin:s party:s what:s amount_fen:l due_at:l recurrence:b state:s overdue:b",
      .order = "p.due_at:l ASC, p.promise:s ASC" },
    { .name = "people",
      .route = "GET /disputes/{id}/people",
      .may = MEDIATOR,
      .who = HANDLER | CO_HANDLER,
      .unless = PARTY,
      .scope = SCOPE_PLACE,
      .logged = true,
      .logged_what = what_people,
      .sql = "SELECT m.id, p.party, p.side, p.name, p.phone FROM matter m JOIN dispute_party p"
             " ON p.community = m.community AND p.matter = m.id"
             " WHERE m.community = $1 AND m.id = $2 AND m.kind = 'dispute' AND {scope}",
      .columns = "id:s party:s side:l name:x phone:x",
      .order = "p.side:l ASC, p.party:s ASC" },
    { .name = "contacts",
      .route = "GET /disputes/{id}/contacts",
      .may = MEDIATOR,
      .who = HANDLER | CO_HANDLER,
      .unless = PARTY,
      .scope = SCOPE_PLACE,
      .sql = "SELECT m.id, c.contact, c.party, c.whom, c.how, c.result, c.at FROM matter m JOIN dispute_contact c"
             " ON c.community = m.community AND c.matter = m.id"
             " WHERE m.community = $1 AND m.id = $2 AND m.kind = 'dispute' AND {scope}",
      .columns = "id:s contact:s party:s whom:s how:s result:s at:l",
      .order = "c.at:l DESC, c.contact:s DESC" },
    /* Of who holds the paper: its hash is on it. */
    { .name = "check",
      .route = "GET /agreements/{hash}",
      .may = SIGNED_IN | ANYONE,
      .scope = SCOPE_NONE,
      .one = true,
      .sql = "SELECT g.hash, g.number, g.edition, g.state, g.signed, g.signers, g.sealed_at FROM dispute_agreement g"
             " WHERE g.community = $1 AND g.hash = $2",
      .columns = "hash:s number:l edition:l state:s signed:l signers:l sealed_at:l" },
    { .name = "view",
      .route = "GET /disputes/{id}",
      .may = MEDIATOR,
      .who = PARTY | HANDLER | CO_HANDLER,
      .view = true,
      .carried = true },
    { 0 },
};
