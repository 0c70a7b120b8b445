/* The module's own tables, and what lists show of them. */
#include "mod/visit/visit.h"

static Stmt save = {
    "sssssssssssllllsslsl", "",
    "INSERT INTO visit (community, id, purpose, round, household, building, about, address, near, officer, checklist,"
    " every_days, done, tries, last_at, last_result, promise, promise_by, promise_state, corrections)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)"
    " ON CONFLICT (community, id) DO UPDATE SET round = excluded.round, address = excluded.address,"
    " near = excluded.near, officer = excluded.officer, checklist = excluded.checklist,"
    " every_days = excluded.every_days, done = excluded.done, tries = excluded.tries, last_at = excluded.last_at,"
    " last_result = excluded.last_result, promise = excluded.promise, promise_by = excluded.promise_by,"
    " promise_state = excluded.promise_state, corrections = excluded.corrections"
};
Stmt *const visit_statements[] = { &save, NULL };

static Str sealed(Apply *a, const json_t *object, const char *name)
{
    const json_t *v = json_object_get(object, name);
    return v != NULL ? json_print(a->arena, v) : S("");
}

static void row(Apply *a, const Matter *m)
{
    const json_t *d = m->data, *last = json_object_get(d, "last"), *promise = json_object_get(d, "promise");
    db_send(a->db, a->arena, &save,
            ARGS(TXT(m->community), TXT(m->id), TXT(json_text(d, "purpose")), TXT(json_text(d, "round")),
                 TXT(json_text(d, "household")), TXT(json_text(d, "building")), TXT(json_text(d, "about")),
                 TXT(json_text(d, "address")), TXT(sealed(a, d, "near")), TXT(json_text(d, "officer")),
                 TXT(json_text(d, "checklist")), NUM(json_int(d, "every_days")), NUM(json_int(d, "done")),
                 NUM(json_int(d, "tries")), NUM(json_int(last, "at")), TXT(json_text(last, "result")),
                 TXT(sealed(a, promise, "text")), NUM(json_int(promise, "by")), TXT(json_text(promise, "state")),
                 NUM(json_int(d, "corrections"))));
}

void visit_apply(Apply *a, const Matter *m, const Event *e)
{
    (void)e;
    apply_row(a, m, row);
}

/* ---- queries ---- */

enum { READERS = OFFICER | DISPATCHER | CLERK | OVERSEER };
static const char *const STATE_NAMES[] = { "planned", "done", "ended", NULL };

#define FROM_VISIT                                                                                                     \
    " FROM matter m JOIN visit v ON v.community = m.community AND v.id = m.id"                                         \
    " WHERE m.community = $1 AND m.kind = 'visit'"
#define LIST_SELECT                                                                                                    \
    "SELECT m.id, m.state, m.version, m.place, COALESCE(m.lon_e7, 0) AS lon, COALESCE(m.lat_e7, 0) AS lat,"            \
    " m.opened_at, m.changed_at, m.due_at, v.purpose, v.round, v.household, v.about, v.address, v.officer,"            \
    " v.checklist, v.every_days, v.done, v.tries, v.last_at, v.last_result, v.promise_by, v.promise_state,"            \
    " v.corrections"
#define LIST_COLUMNS                                                                                                   \
    "id:s state:s version:l place:s lon:f lat:f opened_at:l changed_at:l due_at:l purpose:s round:s household:s"       \
    " about:s address:s officer:s checklist:s every_days:l done:l tries:l last_at:l last_result:s promise_by:l"        \
    " promise_state:s corrections:l"
/* What was promised and where exactly: to who goes there, and to who lives there. */
#define OWN_SELECT LIST_SELECT ", v.near, v.promise"
#define OWN_COLUMNS LIST_COLUMNS " near:x promise:x"

/* At 30 degrees north 1 m is 104 e7 of longitude and 90 e7 of latitude; near enough anywhere between 20 and 40. */
#define METRES                                                                                                         \
    " CAST(floor(sqrt(CAST((m.lon_e7 - {in lon}) / 104 * ((m.lon_e7 - {in lon}) / 104)"                                \
    " + (m.lat_e7 - {in lat}) / 90 * ((m.lat_e7 - {in lat}) / 90) AS double precision))) AS bigint)"

#define BY_ROUND { { .name = "round", .type = F_TEXT, .max = 40 }, "v.round = $" }
static const Filter list_filters[] = {
    { { .name = "state", .type = F_ENUM, .values = STATE_NAMES }, "m.state = $" },
    BY_ROUND,
    { { .name = "household", .type = F_ID }, "v.household = $" },
    { { .name = "about", .type = F_ID }, "v.about = $" },
    { { .name = "officer", .type = F_ID }, "v.officer = $" },
    { { .name = "corrected", .type = F_BOOL }, "v.corrections > 0{else}v.corrections = 0" },
    { { 0 }, NULL },
};
static const Filter due_filters[] = {
    BY_ROUND,
    { { .name = "before", .type = F_TIME }, "m.due_at < $" },
    { { .name = "officer", .type = F_ID }, "v.officer = $" },
    { { 0 }, NULL },
};
static const Filter near_filters[] = {
    { { .name = "lon", .type = F_DEGREES, .required = true }, "" },
    { { .name = "lat", .type = F_DEGREES, .required = true, .max = 90 }, "" },
    { { .name = "before", .type = F_TIME }, "n.due_at < $" },
    { { 0 }, NULL },
};

const Query visit_queries[] = {
    { .name = "view", .route = "GET /visits/{id}", .may = READERS, .who = HANDLER | HANDLED | PARTY, .view = true,
      .for_another = true, .carried = true },
    { .name = "list", .route = "GET /visits", .may = READERS, .scope = SCOPE_PLACE,
      .sql = LIST_SELECT FROM_VISIT " AND {scope}", .columns = LIST_COLUMNS, .filters = list_filters,
      .order = "m.changed_at:l DESC, m.id:s DESC" },
    { .name = "due", .route = "GET /visits/due", .may = READERS, .who = HANDLER, .scope = SCOPE_PLACE,
      .sql = LIST_SELECT FROM_VISIT " AND m.state = 'planned' AND {scope}", .columns = LIST_COLUMNS,
      .filters = due_filters, .order = "m.due_at:l ASC, m.id:s ASC" },
    { .name = "mine", .route = "GET /visits/mine", .may = SIGNED_IN & ~PROGRAM, .who = HANDLER, .scope = SCOPE_MINE,
      .sql = OWN_SELECT FROM_VISIT " AND m.state = 'planned' AND {scope}", .columns = OWN_COLUMNS,
      .filters = due_filters, .order = "m.due_at:l ASC, m.id:s ASC" },
    { .name = "near", .route = "GET /visits/near", .may = READERS, .who = HANDLER, .scope = SCOPE_PLACE,
      .sql = "SELECT n.id, n.version, n.place, n.lon, n.lat, n.due_at, n.purpose, n.round, n.address, n.officer,"
             " n.tries, n.promise_by, n.promise_state, n.distance_m FROM (" LIST_SELECT "," METRES " AS distance_m"
             FROM_VISIT " AND m.state = 'planned' AND m.lon_e7 IS NOT NULL AND {scope}) n WHERE 1 = 1",
      .columns = "id:s version:l place:s lon:f lat:f due_at:l purpose:s round:s address:s officer:s tries:l"
                 " promise_by:l promise_state:s distance_m:l",
      .filters = near_filters, .order = "n.distance_m:l ASC, n.id:s ASC" },
    { .name = "home", .route = "GET /visits/home", .may = SIGNED_IN & ~PROGRAM, .who = PARTY, .scope = SCOPE_MINE,
      .sql = OWN_SELECT FROM_VISIT " AND {scope}", .columns = OWN_COLUMNS, .order = "m.changed_at:l DESC, m.id:s DESC",
      .for_another = true },
    { .name = "rounds", .route = "GET /visits/rounds", .may = READERS, .scope = SCOPE_PLACE, .limit_max = 500,
      .sql = "SELECT v.round, count(*), CAST(sum(CASE WHEN m.state = 'planned' THEN 1 ELSE 0 END) AS bigint),"
             " CAST(sum(CASE WHEN m.state = 'planned' AND m.due_at < {now} THEN 1 ELSE 0 END) AS bigint),"
             " CAST(sum(CASE WHEN v.done > 0 THEN 1 ELSE 0 END) AS bigint)" FROM_VISIT
             " AND v.round <> '' AND m.state <> 'ended' AND {scope} GROUP BY v.round",
      .columns = "round:s n:l planned:l overdue:l visited:l" },
    /* Who looked at what was written at our door without having to do with it: for those who live there. */
    { .name = "looks", .route = "GET /visits/{id}/looks", .may = SIGNED_IN & ~PROGRAM, .who = PARTY,
      .scope = SCOPE_MINE,
      .sql = "SELECT a.id, a.at, a.reader, COALESCE(c.name, ''), a.what FROM matter m JOIN access a"
             " ON a.community = m.community AND a.subject = m.id"
             " LEFT JOIN card c ON c.community = a.community AND c.person = a.reader"
             " WHERE m.community = $1 AND m.kind = 'visit' AND m.id = $2 AND {scope}",
      .columns = "id:s at:l reader:s name:s what:s", .order = "a.at:l DESC, a.id:s DESC" },
    { 0 },
};
