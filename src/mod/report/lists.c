/* What lists and maps show of reports. The scope is core's; a row only says who may ask. */
#include "mod/report/external.h"

static Stmt save = {
    "sssssssssllllllllllslsllslllsll", "",
    "INSERT INTO report (community, id, reporter, handler, text, phone, near, public_title, photo, photos,"
    " public_lon_e7, public_lat_e7, promised_at, done_at, verified_at, satisfied, urged, redone, level, level_why,"
    " paused_at, responsible, returned, spot, merged_into, joined, changed_at, is_open, waits_why,"
    " waits_since, waits_until)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23,"
    " $24, $25, $26, $27, $28, $29, $30, $31)"
    " ON CONFLICT (community, id) DO UPDATE SET reporter = excluded.reporter, handler = excluded.handler,"
    " text = excluded.text, phone = excluded.phone, near = excluded.near, public_title = excluded.public_title,"
    " photo = excluded.photo,"
    " photos = excluded.photos, public_lon_e7 = excluded.public_lon_e7, public_lat_e7 = excluded.public_lat_e7,"
    " promised_at = excluded.promised_at, done_at = excluded.done_at, verified_at = excluded.verified_at,"
    " satisfied = excluded.satisfied, urged = excluded.urged, redone = excluded.redone, level = excluded.level,"
    " level_why = excluded.level_why, paused_at = excluded.paused_at, responsible = excluded.responsible,"
    " returned = excluded.returned, spot = excluded.spot, merged_into = excluded.merged_into, joined = excluded.joined,"
    " changed_at = excluded.changed_at, is_open = excluded.is_open, waits_why = excluded.waits_why,"
    " waits_since = excluded.waits_since, waits_until = excluded.waits_until",
    .many = true
};
Stmt *const report_statements[] = { &save, NULL };

static Str sealed_text(Apply *a, const Matter *m, const char *name)
{
    const json_t *v = json_object_get(m->data, name);
    return v != NULL ? json_print(a->arena, v) : S("");
}

/* 0 not asked yet, 1 yes, 2 not yet */
static int64_t satisfied(const Matter *m)
{
    if (json_object_get(m->data, "satisfied") == NULL) return 0;
    return json_bool(m->data, "satisfied") ? 1 : 2;
}

static void row(Apply *a, const Matter *m)
{
    const json_t *d = m->data;
    const json_t *photos = json_object_get(d, "photos");
    int64_t lon = m->lon_e7, lat = m->lat_e7, coarsen = json_int(d, "coarsen_m");
    if (m->has_point && coarsen > 0) place_coarsen(&lon, &lat, (int)coarsen);
    Waits waits = report_waits(m);
    db_send(a->db, a->arena, &save,
            ARGS(TXT(m->community), TXT(m->id), TXT(json_text(d, "reporter")), TXT(json_text(d, "handler")),
                 TXT(sealed_text(a, m, "text")), TXT(sealed_text(a, m, "phone")), TXT(sealed_text(a, m, "near")),
                 TXT(json_text(d, "public_title")), TXT(json_text(json_array_get(photos, 0), "id")),
                 NUM((int64_t)json_array_size(photos)), m->has_point ? NUM(lon) : NUL, m->has_point ? NUM(lat) : NUL,
                 NUM(json_int(d, "promised_at")), NUM(json_int(d, "done_at")), NUM(json_int(d, "verified_at")),
                 NUM(satisfied(m)), NUM(json_int(d, "urged")), NUM(json_int(d, "redone")), NUM(json_int(d, "level")),
                 TXT(json_text(d, "level_why")), NUM(json_int(json_object_get(d, "paused"), "at")),
                 TXT(json_text(d, "responsible")), NUM(json_int(d, "returned")), NUM(json_int(d, "spot")),
                 TXT(json_text(d, "into")), NUM(json_int(d, "joined")), NUM(m->changed_at), NUM(m->closed_at == 0),
                 TXT(waits.why), NUM(waits.since), NUM(waits.until)));
}

void report_apply(Apply *a, const Matter *m, const Event *e)
{
    apply_row(a, m, row);
    report_apply_facts(a, m, e);
    report_apply_voice(a, m, e);
}

#define FROM_REPORT                                                                                                    \
    " FROM matter m JOIN report r ON r.community = m.community AND r.id = m.id"                                        \
    " WHERE m.community = $1 AND m.kind = 'report'"
/* Who has it in hand, with the number they may be called at while on duty. */
#define HELD_BY ", COALESCE(k.name, ''), COALESCE(k.duty_phone, '')"
#define FROM_HELD                                                                                                      \
    " FROM matter m JOIN report r ON r.community = m.community AND r.id = m.id"                                        \
    " LEFT JOIN card k ON k.community = r.community AND k.person = r.handler"                                          \
    " WHERE m.community = $1 AND m.kind = 'report'"
#define LIST_SELECT                                                                                                    \
    "SELECT m.id, m.number, m.state, m.version, m.place, m.category, m.lon_e7, m.lat_e7, m.opened_at, m.changed_at,"   \
    " m.due_at, m.closed_at, r.text, r.near, r.public_title, r.photo, r.photos, r.handler, r.promised_at, r.done_at,"  \
    " r.verified_at, r.satisfied, r.urged, r.redone, r.level, r.level_why, r.paused_at, r.responsible, r.returned,"    \
    " r.spot, r.joined, r.merged_into"
#define LIST_COLUMNS                                                                                                   \
    "id:s number:l state:s version:l place:s category:s lon:f lat:f opened_at:l changed_at:l due_at:l closed_at:l"     \
    " text:x near:x public_title:s photo:s photos:l handler:s promised_at:l done_at:l verified_at:l satisfied:l"       \
    " urged:l redone:l level:l level_why:s paused_at:l responsible:s returned:l spot:l joined:l"                       \
    " merged_into:s"
#define PUBLIC_SELECT                                                                                                  \
    "SELECT m.id, m.number, m.state, m.category, r.public_lon_e7, r.public_lat_e7, m.opened_at, m.changed_at,"         \
    " m.closed_at, r.public_title, r.done_at, r.verified_at, r.satisfied"
#define PUBLIC_COLUMNS                                                                                                 \
    "id:s number:l state:s category:s lon:f lat:f opened_at:l changed_at:l closed_at:l public_title:s done_at:l"       \
    " verified_at:l satisfied:l"
#define NEWEST_FIRST "m.changed_at:l DESC, m.id:s DESC"
#define EVERYBODY (SIGNED_IN | ANYONE)

static const char *const STATE_NAMES[] = { "collected", "registered", "dispatched", "handling",  "done",
                                           "verified",  "closed",     "refused",    "withdrawn", "merged", NULL };

#define BY_STATE { { .name = "state", .type = F_ENUM, .values = STATE_NAMES }, "m.state = $" }
#define BY_CATEGORY { { .name = "category", .type = F_TEXT, .min = 2, .max = 20 }, "m.category = $" }
#define BY_PLACE { { .name = "place", .type = F_PLACE, .max = 24 }, "m.place = $" }
#define IS_OPEN { { .name = "open", .type = F_BOOL }, "m.closed_at = 0{else}m.closed_at > 0" }
#define BY_WORDS { { .name = "q", .type = F_TEXT, .min = 1, .max = 60, .search = true }, "{match}" }

static const Filter list_filters[] = {
    BY_STATE,
    BY_CATEGORY,
    BY_PLACE,
    IS_OPEN,
    { { .name = "handler", .type = F_PERSON }, "{by r.changed_at}r.handler = $ AND r.handler <> ''" },
    /* the plus keeps the index of due times out of it: the list's own order ends sooner */
    { { .name = "overdue", .type = F_TIME }, "m.closed_at = 0 AND +m.due_at > 0 AND +m.due_at < $" },
    { { .name = "since", .type = F_TIME }, "m.opened_at >= $ AND m.changed_at >= $" }, /* opened is changed */
    { { .name = "level", .type = F_INT, .min = 0, .max = ESCALATED }, "r.level >= $" },
    { { .name = "spot", .type = F_BOOL }, "{by r.changed_at}r.spot > 0{else}r.spot = 0" },
    { { .name = "into", .type = F_ID }, "r.merged_into = $ AND r.merged_into <> ''" },
    { { .name = "paused", .type = F_BOOL }, "{by r.changed_at}r.paused_at > 0{else}r.paused_at = 0" },
    BY_WORDS,
    { { 0 }, NULL },
};
static const Filter mine_filters[] = { BY_STATE, IS_OPEN, { { 0 }, NULL } };
static const Filter public_filters[] = { BY_STATE, BY_CATEGORY, { { 0 }, NULL } };
#define IN_VIEW(is_required)                                                                                           \
    { { .name = "west", .type = F_DEGREES, .required = (is_required) }, "m.lon_e7 >= $" },                             \
    { { .name = "east", .type = F_DEGREES, .required = (is_required) }, "m.lon_e7 < $" },                              \
    { { .name = "south", .type = F_DEGREES, .required = (is_required), .max = 90 }, "m.lat_e7 >= $" },                 \
    { { .name = "north", .type = F_DEGREES, .required = (is_required), .max = 90 }, "m.lat_e7 < $" }
static const Filter map_filters[] = { BY_CATEGORY, BY_STATE, IN_VIEW(false), { { 0 }, NULL } };
enum { CELL_MIN_M = 20, CELL_MAX_M = 500000, ZONE_MIN = -720, ZONE_MAX = 840 };
static const Filter cluster_filters[] = {
    { { .name = "cell", .type = F_INT, .required = true, .min = CELL_MIN_M, .max = CELL_MAX_M }, "" },
    IN_VIEW(true),
    BY_CATEGORY,
    BY_STATE,
    { { 0 }, NULL },
};
/* Metres to e7 degrees at 30 degrees north; counted from the south-west corner of the world, so that no cell folds. */
#define OVERDUE_N " CAST(sum(CASE WHEN m.due_at > 0 AND m.due_at < {now} THEN 1 ELSE 0 END) AS bigint)"
#define CELL_OF(position, half, per_m) "(m." position " + " half ") / ({in cell} * " per_m ")"
/* Where and when there was much: what was raised from one time until another, over or not. `zone` is the community's,
 * in minutes, so that a day is a day there. What was taken back or told twice is not counted. */
#define RAISED_BETWEEN                                                                                                 \
    { { .name = "from", .type = F_TIME }, "c.opened_at >= $" },                                                        \
    { { .name = "until", .type = F_TIME }, "c.opened_at < $" },                                                        \
    BY_CATEGORY, BY_PLACE
static const Filter heat_filters[] = {
    { { .name = "cell", .type = F_INT, .required = true, .min = CELL_MIN_M, .max = CELL_MAX_M }, "" },
    IN_VIEW(true),
    RAISED_BETWEEN,
    { { 0 }, NULL },
};
static const Filter heat_place_filters[] = { RAISED_BETWEEN, { { 0 }, NULL } };
static const Filter heat_day_filters[] = {
    { { .name = "zone", .type = F_INT, .required = true, .min = ZONE_MIN, .max = ZONE_MAX }, "" },
    RAISED_BETWEEN,
    { { 0 }, NULL },
};
#define FROM_RAISED                                                                                                    \
    " FROM report_facts c JOIN matter m ON m.community = c.community AND m.id = c.matter WHERE c.community = $1"       \
    " AND m.community = $1 AND m.state NOT IN ('withdrawn', 'merged') AND {scope}"
#define OPEN_N " CAST(sum(CASE WHEN m.closed_at = 0 THEN 1 ELSE 0 END) AS bigint)"

/* What may hang in a hall: what the public page says, and when it is due. Nobody's words, name, number or door. */
#define WALL_SELECT                                                                                                    \
    "SELECT m.id, m.number, m.state, m.category, m.place, m.opened_at, m.changed_at, m.due_at, m.closed_at, r.level,"  \
    " r.public_title, r.public_lon_e7, r.public_lat_e7"
#define WALL_COLUMNS                                                                                                   \
    "id:s number:l state:s category:s place:s opened_at:l changed_at:l due_at:l closed_at:l level:l public_title:s"    \
    " lon:f lat:f"
static const Filter wall_filters[] = {
    BY_STATE, BY_CATEGORY, BY_PLACE, IS_OPEN,
    { { .name = "overdue", .type = F_TIME }, "m.closed_at = 0 AND +m.due_at > 0 AND +m.due_at < $" },
    { { 0 }, NULL },
};

/* About 100 m at 30 degrees north: 0.0009 degrees of latitude, 0.00104 of longitude. */
static const Filter near_filters[] = {
    { { .name = "lon", .type = F_DEGREES, .required = true }, "m.lon_e7 >= $ - 10400 AND m.lon_e7 <= $ + 10400" },
    { { .name = "lat", .type = F_DEGREES, .required = true, .max = 90 },
      "m.lat_e7 >= $ - 9000 AND m.lat_e7 <= $ + 9000" },
    BY_CATEGORY,
    { { 0 }, NULL },
};

static const Filter number_filters[] = {
    { { .name = "number", .type = F_TEXT, .required = true, .min = 1, .max = 60 }, "l.number = $" },
    { { .name = "system", .type = F_TEXT, .min = 2, .max = 20 }, "l.system = $" },
    { { 0 }, NULL },
};
static const Filter waiting_filters[] = {
    { { .name = "system", .type = F_TEXT, .min = 2, .max = 20 }, "l.system = $" },
    { { 0 }, NULL },
};
#define FROM_LINK                                                                                                      \
    " FROM report_link l JOIN matter m ON m.community = l.community AND m.id = l.matter"                               \
    " WHERE l.community = $1 AND m.community = $1 AND m.kind = 'report' AND {scope}"

/* Since when who has it has it: the last time that it was given to somebody. */
#define HELD_SINCE                                                                                                     \
    " COALESCE((SELECT max(t.at) FROM timeline t WHERE t.community = m.community AND t.matter = m.id AND t.type IN"    \
    " ('report.dispatch', 'report.reassign', 'report.whistle', 'report.inherit', 'report.on_the_spot')), m.opened_at)"
/* By which two actions of the table it is decided: as was asked, and otherwise; and what takes the first back. */
#define DECIDED_BY                                                                                                     \
    " CASE r.waits_why WHEN 'extension' THEN 'extend' WHEN 'disputed' THEN 'verify' ELSE 'answer' END,"                \
    " CASE r.waits_why WHEN 'extension' THEN 'deny_extension' WHEN 'disputed' THEN 'redo' ELSE 'whistle' END,"         \
    " CASE WHEN r.waits_why IN ('extension', 'disputed') THEN '' ELSE 'supervise' END"

const Query report_queries[] = {
    { .name = "view",
      .route = "GET /reports/{id}",
      .may = STAFF | AUDITOR,
      .who = REPORTER | HANDLER | HANDLED | VERIFIER | CO_HANDLER | FOLLOWER,
      .view = true,
      .for_another = true,
      .carried = true },
    { .name = "list",
      .route = "GET /reports",
      .may = STAFF | AUDITOR,
      .scope = SCOPE_PLACE,
      .sql = LIST_SELECT FROM_REPORT " AND {scope}",
      .kept = true,
      .columns = LIST_COLUMNS,
      .filters = list_filters,
      .order = NEWEST_FIRST,
      .found = "m.number:l DESC" },
    { .name = "queue",
      .route = "GET /reports/queue",
      .may = STAFF | AUDITOR,
      .scope = SCOPE_PLACE,
      .limit_max = 500, /* a desk has thousands of them in sight */
      .sql = LIST_SELECT FROM_REPORT " AND m.closed_at = 0 AND m.due_at > 0 AND {scope}",
      .kept = true,
      .columns = LIST_COLUMNS,
      .filters = list_filters,
      .order = "m.due_at:l ASC, m.id:s ASC" },
    { .name = "mine",
      .route = "GET /reports/mine",
      .may = SIGNED_IN,
      .who = REPORTER,
      .scope = SCOPE_MINE,
      .sql = LIST_SELECT HELD_BY FROM_HELD " AND {scope}",
      .for_another = true,
      .kept = true,
      .columns = LIST_COLUMNS " held_by:s held_phone:s",
      .filters = mine_filters,
      .order = NEWEST_FIRST },
    { .name = "handling",
      .route = "GET /reports/handling",
      .may = SIGNED_IN,
      .who = HANDLER | CO_HANDLER,
      .scope = SCOPE_MINE,
      .sql = LIST_SELECT FROM_REPORT " AND m.state IN ('dispatched', 'handling') AND {scope}",
      .kept = true,
      .columns = LIST_COLUMNS,
      .order = "m.due_at:l ASC, m.id:s ASC" },
    { .name = "verifying",
      .route = "GET /reports/verifying",
      .may = DISPATCHER | CLERK | OFFICER | OVERSEER,
      .scope = SCOPE_PLACE,
      .sql = LIST_SELECT FROM_REPORT " AND m.state = 'done' AND {scope} AND NOT EXISTS (SELECT 1 FROM relation h"
                                     " WHERE h.community = m.community AND h.matter = m.id AND h.person IN ({mine})"
                                     " AND (h.relations & 69) <> 0)" /* REPORTER, HANDLED, CO_HANDLER */,
      .kept = true,
      .columns = LIST_COLUMNS,
      .order = "m.changed_at:l ASC, m.id:s ASC" },
    { .name = "unheard",
      .route = "GET /reports/unheard",
      .may = DISPATCHER | CLERK | OFFICER | OVERSEER,
      .scope = SCOPE_PLACE,
      .sql = UNHEARD_SELECT UNHEARD_FROM " AND {scope}",
      .columns = UNHEARD_COLUMNS,
      .order = "m.opened_at:l ASC, m.id:s ASC" },
    { .name = "unheard_mine",
      .route = "GET /reports/unheard/mine",
      .may = DISPATCHER | CLERK | OFFICER | OVERSEER,
      .scope = SCOPE_PLACE,
      .sql = UNHEARD_SELECT UNHEARD_FROM " AND {scope} AND v.language IN (SELECT s.language FROM person_spoken s"
                                         " WHERE s.community = $1 AND s.person = {self})",
      .columns = UNHEARD_COLUMNS,
      .order = "m.opened_at:l ASC, m.id:s ASC" },
    { .name = "overdue",
      .route = "GET /reports/overdue",
      .may = STAFF | AUDITOR,
      .scope = SCOPE_PLACE,
      .sql = LIST_SELECT HELD_BY "," HELD_SINCE FROM_HELD " AND m.closed_at = 0 AND m.due_at > 0 AND m.due_at < {now}"
             " AND m.state IN ('collected', 'registered', 'dispatched', 'handling') AND {scope}",
      .columns = LIST_COLUMNS " held_by:s held_phone:s held_since:l",
      .order = "m.due_at:l ASC, m.id:s ASC" },
    { .name = "decisions",
      .route = "GET /reports/decisions",
      .may = OVERSEER | ADMIN | DISPATCHER,
      .scope = SCOPE_PLACE,
      .sql = LIST_SELECT ", r.waits_why, r.waits_since, r.waits_until," DECIDED_BY
             " FROM report r CROSS JOIN matter m WHERE m.id = r.id AND m.kind = 'report'"
             " AND r.community = $1 AND m.community = $1 AND r.waits_since > 0 AND {scope}",
      .columns = LIST_COLUMNS " waits_why:s waits_since:l waits_until:l yes:s no:s undo:s",
      .order = "r.waits_since:l ASC, r.id:s ASC" },
    { .name = "map",
      .route = "GET /reports/map",
      .may = STAFF | AUDITOR,
      .scope = SCOPE_PLACE,
      .limit_max = 2000,
      .sql = "SELECT m.id, m.state, m.category, m.due_at, m.lon_e7, m.lat_e7, m.place" FROM_REPORT
             " AND m.closed_at = 0 AND m.lon_e7 IS NOT NULL AND {scope}",
      .columns = "id:s state:s category:s due_at:l lon:f lat:f place:s",
      .filters = map_filters },
    { .name = "clusters",
      .route = "GET /reports/clusters",
      .may = STAFF | AUDITOR,
      .scope = SCOPE_PLACE,
      .limit_max = 2000,
      .sql = "SELECT " CELL_OF("lat_e7", "900000000", "90") ", " CELL_OF("lon_e7", "1800000000", "104") ", count(*),"
             OVERDUE_N ", CAST(sum(m.lon_e7) AS bigint) / count(*), CAST(sum(m.lat_e7) AS bigint) / count(*)"
             " FROM matter m WHERE m.community = $1 AND m.kind = 'report' AND m.closed_at = 0 AND {scope}",
      .columns = "row:l column:l n:l overdue:l lon:f lat:f",
      .filters = cluster_filters,
      .group = "1, 2" },
    { .name = "heat",
      .route = "GET /reports/heat",
      .may = STAFF | AUDITOR,
      .scope = SCOPE_PLACE,
      .limit_max = 2000,
      .sql = "SELECT " CELL_OF("lat_e7", "900000000", "90") ", " CELL_OF("lon_e7", "1800000000", "104") ", count(*),"
             OPEN_N ", CAST(sum(m.lon_e7) AS bigint) / count(*), CAST(sum(m.lat_e7) AS bigint) / count(*)" FROM_RAISED,
      .columns = "row:l column:l n:l open:l lon:f lat:f",
      .filters = heat_filters,
      .group = "1, 2" },
    { .name = "heat_places",
      .route = "GET /reports/heat/places",
      .may = STAFF | AUDITOR,
      .scope = SCOPE_PLACE,
      .limit_max = 2000,
      .sql = "SELECT m.place, count(*)," OPEN_N FROM_RAISED,
      .columns = "place:s n:l open:l",
      .filters = heat_place_filters,
      .group = "m.place" },
    { .name = "heat_days",
      .route = "GET /reports/heat/days",
      .may = STAFF | AUDITOR,
      .scope = SCOPE_PLACE,
      .limit_max = 2000,
      .sql = "SELECT (c.opened_at + {in zone} * 60000) / 86400000, count(*)," OPEN_N FROM_RAISED,
      .columns = "day:l n:l open:l",
      .filters = heat_day_filters,
      .group = "1" },
    { .name = "wall",
      .route = "GET /reports/wall",
      .may = STAFF | AUDITOR,
      .scope = SCOPE_PLACE,
      .sql = WALL_SELECT FROM_REPORT " AND {scope}",
      .kept = true,
      .columns = WALL_COLUMNS,
      .filters = wall_filters,
      .order = NEWEST_FIRST },
    { .name = "wall_due",
      .route = "GET /reports/wall/due",
      .may = STAFF | AUDITOR,
      .scope = SCOPE_PLACE,
      .sql = WALL_SELECT FROM_REPORT " AND m.closed_at = 0 AND m.due_at > 0 AND {scope}",
      .kept = true,
      .columns = WALL_COLUMNS,
      .filters = wall_filters,
      .order = "m.due_at:l ASC, m.id:s ASC" },
    { .name = "counts",
      .route = "GET /reports/counts",
      .may = STAFF | AUDITOR,
      .scope = SCOPE_PLACE,
      .sql = "SELECT m.state, count(*)," OVERDUE_N " FROM matter m WHERE m.community = $1 AND m.kind = 'report'"
             " AND m.closed_at = 0 AND {scope}"
             " GROUP BY m.state",
      .columns = "state:s n:l overdue:l" },
    /* what stands behind one of a person's filters; `counts` is read off an index and takes none */
    { .name = "tally",
      .route = "GET /reports/tally",
      .may = STAFF | AUDITOR,
      .scope = SCOPE_PLACE,
      .sql = "SELECT m.state, count(*)," OVERDUE_N FROM_REPORT " AND m.closed_at = 0 AND {scope}",
      .kept = true,
      .columns = "state:s n:l overdue:l",
      .filters = list_filters,
      .group = "m.state" },
    { .name = "raised",
      .route = "GET /reports/raised",
      .may = STAFF | AUDITOR,
      .scope = SCOPE_PLACE,
      .sql = LIST_SELECT FROM_REPORT " AND r.level > 1 AND r.is_open > 0 AND {scope}",
      .columns = LIST_COLUMNS,
      .filters = list_filters,
      .order = "r.changed_at:l DESC, r.id:s DESC" },
    { .name = "raised_counts",
      .route = "GET /reports/raised/counts",
      .may = STAFF | AUDITOR,
      .scope = SCOPE_PLACE,
      .sql =
          "SELECT r.level, r.level_why, count(*) FROM report r CROSS JOIN matter m WHERE m.id = r.id"
          " AND r.community = $1 AND m.community = $1 AND r.level > 1 AND r.is_open > 0 AND {scope}"
          " GROUP BY r.level, r.level_why",
      .columns = "level:l why:s n:l" },
    { .name = "spot_counts",
      .route = "GET /reports/spot/counts",
      .may = STAFF | AUDITOR,
      .scope = SCOPE_PLACE,
      .sql = "SELECT m.state, CASE WHEN r.spot = 2 THEN CAST(1 AS bigint) ELSE CAST(0 AS bigint) END, count(*),"
             " CAST(sum(CASE WHEN r.redone > 0 THEN 1 ELSE 0 END) AS bigint) FROM report r CROSS JOIN matter m"
             " WHERE m.id = r.id AND r.community = $1 AND m.community = $1 AND r.spot > 0 AND {scope}"
             " GROUP BY m.state, r.spot",
      .columns = "state:s drawn:b n:l redone:l" },
    { .name = "returns",
      .route = "GET /reports/returns",
      .may = STAFF | AUDITOR,
      .scope = SCOPE_PLACE,
      .limit_max = 500,
      .sql = "SELECT b.who, COALESCE(c.name, ''), count(*), count(DISTINCT b.matter), max(b.at) FROM report_return b"
             " JOIN matter m ON m.community = b.community AND m.id = b.matter"
             " LEFT JOIN card c ON c.community = b.community AND c.person = b.who"
             " WHERE b.community = $1 AND m.community = $1 AND {scope} GROUP BY b.who, c.name",
      .columns = "who:s name:s n:l matters:l last_at:l" },
    { .name = "contact",
      .route = "GET /reports/{id}/contact",
      .may = DISPATCHER | CLERK | OFFICER | MEDIATOR,
      .scope = SCOPE_PLACE,
      .one = true,
      .logged = true,
      .sql = "SELECT m.id, r.reporter, r.phone, COALESCE(p.phone, ''), COALESCE(p.name, '') FROM matter m"
             " JOIN report r ON r.community = m.community AND r.id = m.id"
             " LEFT JOIN person p ON p.community = r.community AND p.person = r.reporter"
             " WHERE m.community = $1 AND m.kind = 'report' AND m.id = $2 AND {scope}",
      .columns = "id:s person:s phone:x account_phone:x name:x" },
    { .name = "public",
      .route = "GET /reports/public",
      .may = EVERYBODY,
      .sql = PUBLIC_SELECT FROM_REPORT " AND m.state NOT IN ('collected', 'withdrawn', 'merged')",
      .columns = PUBLIC_COLUMNS,
      .filters = public_filters,
      .order = NEWEST_FIRST },
    { .name = "public_one",
      .route = "GET /reports/{id}/public",
      .may = EVERYBODY,
      .one = true,
      /* who has it as their duty card says, or the unit; never a private number */
      .sql = PUBLIC_SELECT ", m.due_at, r.promised_at, COALESCE(c.name, u.name, ''),"
                           " COALESCE(c.duty_phone, u.phone, '')"
                           " FROM matter m JOIN report r ON r.community = m.community AND r.id = m.id"
                           " LEFT JOIN card c ON c.community = r.community AND c.person = r.handler"
                           " LEFT JOIN unit u ON u.community = r.community AND u.id = r.handler"
                           " WHERE m.community = $1 AND m.kind = 'report' AND m.id = $2",
      .columns = PUBLIC_COLUMNS " due_at:l promised_at:l who:s who_phone:s" },
    { .name = "near",
      .route = "GET /reports/near",
      .may = EVERYBODY,
      .limit_max = 10,
      .sql =
          "SELECT m.id, m.category, m.state, m.opened_at, r.public_lon_e7, r.public_lat_e7, r.public_title" FROM_REPORT
          " AND m.closed_at = 0",
      .columns = "id:s category:s state:s opened_at:l lon:f lat:f public_title:s",
      .filters = near_filters,
      .order = "m.opened_at:l DESC, m.id:s DESC" },
    { .name = "by_number",
      .route = "GET /reports/by_number",
      .may = STAFF | PROGRAM,
      .scope = SCOPE_PLACE,
      .sql = "SELECT l.system, l.number, l.id, l.deadline, l.state, m.id, m.number, m.state, m.version, m.due_at,"
             " m.place" FROM_LINK,
      .columns =
          "system:s external_number:s link:s deadline_at:l reply_state:s id:s number:l state:s version:l due_at:l"
          " place:s",
      .filters = number_filters,
      .order = "l.system:s ASC, l.id:s ASC" },
    { .name = "waiting",
      .route = "GET /replies/waiting",
      .may = DISPATCHER | CLERK,
      .scope = SCOPE_PLACE,
      .sql = "SELECT l.id, l.system, l.number, l.reply_state, l.text, l.at, l.deadline, m.id, m.number, m.version,"
             " m.place" FROM_LINK " AND l.state = 'waiting' AND m.closed_at > 0",
      .columns = "link:s system:s external_number:s state:s text:x at:l deadline_at:l id:s number:l version:l place:s",
      .filters = waiting_filters,
      .order = "l.at:l ASC, l.id:s ASC" },
    { 0 },
};

/* Whoever holds a receipt code asks which report it opens; the code comes in the Linli-Receipt header, never in a URL.
 */
static Fail receipt_run(CallCtx *c)
{
    if (c->actor->receipt.n == 0) return fail(ERR_NOT_FOUND, "not_found");
    json_t *answer = json_new_object(c->arena);
    json_put_text(answer, "matter", c->actor->receipt);
    call_json(c, json_print(c->arena, answer));
    return FAIL_NONE;
}

const Call report_calls[] = {
    { .name = "similar",
      .route = "GET /reports/similar",
      .may = EVERYBODY,
      .on = ON_READER,
      .per_minute = 60,
      .run = similar_run,
      .answer = "rows[id:s number:l state:s category:s opened_at:t public_title:s joined:l why{distance_m:l "
                "hours:l category:b words:s? score:l}]" },
    { .name = "duplicates",
      .route = "GET /reports/duplicates",
      .may = STAFF | AUDITOR,
      .on = ON_READER,
      .per_minute = 60,
      .run = duplicates_run },
    { .name = "receipt",
      .route = "GET /receipt",
      .may = EVERYBODY,
      .on = ON_READER,
      .run = receipt_run,
      .answer = "matter:s *" },
    { .name = "share",
      .route = "GET /reports/{id}/card",
      .may = EVERYBODY,
      .on = ON_READER,
      .per_minute = 60,
      .run = share_run,
      .answer = "text:s url:s" },
    { .name = "card",
      .route = "GET /replies/{link}/card",
      .may = DISPATCHER | CLERK,
      .on = ON_READER,
      .run = card_run,
      .answer = "link:s matter:s text:s *" },
    { .name = "replies_file",
      .route = "GET /replies/file/{system}",
      .may = DISPATCHER | CLERK,
      .on = ON_READER,
      .type = "text/plain; charset=utf-8",
      .run = replies_file_run },
    { 0 },
};
