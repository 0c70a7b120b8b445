/* Requests as they may be seen by anybody: what the public page says of a report, by time or by id, also as a table. */
#include "port/open311/open311.h"

#include "core/sheet/table_out.h"

enum { CSV_ROWS_MAX = 5000 };

/* c: category, u: unit. Nobody's name, number, text or door; the position is the coarsened one. */
#define COLUMNS_OUT "sssssllllllsl"
#define SELECT                                                                                                         \
    "SELECT m.id, m.state, m.category, c.name, r.public_title, r.public_lon_e7, r.public_lat_e7, m.opened_at,"         \
    " m.changed_at, m.due_at, r.promised_at, COALESCE(u.name, ''), m.number"
#define JOINED                                                                                                         \
    " JOIN report r ON r.community = m.community AND r.id = m.id"                                                      \
    " JOIN category c ON c.community = m.community AND c.code = m.category"                                            \
    " LEFT JOIN unit u ON u.community = r.community AND u.id = r.handler"
/* $4, $5: ",a,b," or "" for any. A comma around each, so that none is part of another. */
static Stmt list_load = { "sllssll", COLUMNS_OUT,
                          SELECT
                          " FROM report_facts f JOIN matter m ON m.community = f.community AND m.id = f.matter" JOINED
                          " WHERE f.community = $1 AND f.opened_at >= $2 AND f.opened_at < $3"
                          " AND m.community = $1 AND m.state NOT IN ('collected', 'withdrawn', 'merged')"
                          " AND ($4 = '' OR replace($4, ',' || m.category || ',', '') <> $4)"
                          " AND ($5 = '' OR replace($5, CASE WHEN m.closed_at = 0 THEN ',open,'"
                          " ELSE ',closed,' END, '') <> $5) AND" OPEN311_SHOWN
                          " ORDER BY f.opened_at DESC, f.matter DESC LIMIT $6 OFFSET $7" };
static Stmt one_load = { "ss", COLUMNS_OUT,
                         SELECT " FROM matter m" JOINED " WHERE m.community = $1 AND m.id = $2 AND m.kind = 'report'"
                         " AND" OPEN311_SHOWN };
Stmt *const request_statements[] = { &list_load, &one_load, NULL };
enum { ID, STATE, CATEGORY, NAME, TITLE, LON, LAT, OPENED, CHANGED, DUE, PROMISED, UNIT, NUMBER };

/* ---- one row ---- */

typedef struct Said { /* of a row, what every form says */
    const StatusRow *status;
    Str notes, agency;
    int64_t expected;
} Said;

static Said said_of(const Ask *a, const DbRows *r, int i)
{
    Str state = db_text(r, i, STATE);
    Said s = { .status = status_of(state), .agency = ask_name(a, db_text(r, i, UNIT)) };
    s.notes = world_word(a->c->world, a->language, "report",
                         arena_fmt(a->c->arena, "resident.%.*s", STR_ARG(state)).p);
    s.expected = db_int(r, i, PROMISED) > 0 ? db_int(r, i, PROMISED) : db_int(r, i, DUE);
    return s;
}

static void put_request(const Ask *a, Out *o, const DbRows *r, int i)
{
    Said s = said_of(a, r, i);
    bool known = !db_null(r, i, LON) && !db_null(r, i, LAT);
    out_item(o, "request");
    out_text(o, "service_request_id", db_text(r, i, ID));
    out_text(o, "status", str_c(s.status->status));
    out_text(o, "status_notes", s.notes);
    out_text(o, "service_name", ask_name(a, db_text(r, i, NAME)));
    out_text(o, "service_code", db_text(r, i, CATEGORY));
    out_text(o, "description", db_text(r, i, TITLE));
    out_text(o, "agency_responsible", s.agency);
    out_text(o, "service_notice", S(""));
    out_time(o, "requested_datetime", db_int(r, i, OPENED));
    out_time(o, "updated_datetime", db_int(r, i, CHANGED));
    out_time(o, "expected_datetime", s.expected);
    out_text(o, "address", S("")); /* sealed: a door is somebody's */
    out_text(o, "address_id", S(""));
    out_text(o, "zipcode", S(""));
    out_e7(o, "lat", known, known ? db_int(r, i, LAT) : 0);
    out_e7(o, "long", known, known ? db_int(r, i, LON) : 0);
    out_text(o, "media_url", S("")); /* photos are for who is involved */
    out_item_end(o);
}

/* ---- GET requests ---- */

static Fail statuses_known(Str list)
{
    Str rest = list;
    while (rest.n > 0) {
        Str one = str_cut(&rest, ',');
        if (one.n > 0 && !str_is(one, "open") && !str_is(one, "closed"))
            return fail_field(ERR_INVALID, "not_one_of", "status", 0);
    }
    return FAIL_NONE;
}

static Fail load_list(const Ask *a, int rows_max, DbRows **r)
{
    Span span = { 0 };
    Str codes, statuses;
    int n = 0;
    int64_t offset, size;
    Fail f = ask_span(a, &span);
    if (f.err == OK) f = ask_csv(a, "service_code", &codes, &n);
    if (f.err == OK) f = ask_csv(a, "status", &statuses, &n);
    if (f.err == OK) f = statuses_known(statuses);
    if (f.err == OK) f = ask_page(a, rows_max, &offset, &size);
    if (f.err != OK) return f;
    *r = db_run(a->c->db, a->c->arena, &list_load,
                ARGS(TXT(a->community), NUM(span.from), NUM(span.until), TXT(codes), TXT(statuses), NUM(size),
                     NUM(offset)),
                &f);
    return f;
}

/* An id that is not here is left out, as a filter leaves out what does not fit. */
static Fail put_by_ids(const Ask *a, Out *o, Str ids, int n)
{
    DbRows **found = arena_array(a->c->arena, DbRows *, n + 1);
    int sent = 0;
    while (ids.n > 0) {
        Str id = str_cut(&ids, ',');
        if (id_valid(id)) found[sent++] = db_send(a->c->db, a->c->arena, &one_load, ARGS(TXT(a->community), TXT(id)));
    }
    Fail f = db_sync(a->c->db);
    for (int i = 0; f.err == OK && i < sent; i++)
        if (found[i]->rows > 0) put_request(a, o, found[i], 0);
    return f;
}

Fail requests_run(CallCtx *c)
{
    Ask a;
    Out o;
    Str ids;
    int n = 0;
    DbRows *r = NULL;
    Fail f = ask_begin(c, &a);
    if (f.err == OK) f = ask_csv(&a, "service_request_id", &ids, &n);
    if (f.err == OK && n == 0) f = load_list(&a, OPEN311_ROWS_MAX, &r);
    if (f.err != OK) return f;
    out_begin(&o, c->arena, a.format);
    out_list(&o, "service_requests");
    if (n > 0) f = put_by_ids(&a, &o, ids, n);
    for (int i = 0; r != NULL && i < r->rows; i++)
        put_request(&a, &o, r, i);
    out_list_end(&o);
    if (f.err == OK) ask_answer(&a, &o);
    return f;
}

/* ---- GET requests/{id} ---- */

Fail request_run(CallCtx *c)
{
    Ask a;
    Out o;
    Str id = ask_file(c);
    Fail f = ask_begin(c, &a);
    DbRows *r = f.err == OK && id_valid(id)
                    ? db_run(c->db, c->arena, &one_load, ARGS(TXT(a.community), TXT(id)), &f)
                    : NULL;
    if (f.err == OK && (r == NULL || r->rows == 0)) f = fail_field(ERR_NOT_FOUND, "not_found", "service_request_id", 0);
    if (f.err != OK) return f;
    out_begin(&o, c->arena, a.format);
    out_list(&o, "service_requests");
    put_request(&a, &o, r, 0);
    out_list_end(&o);
    ask_answer(&a, &o);
    return FAIL_NONE;
}

/* ---- GET requests.csv ---- */

static void put_csv_time(TableOut *t, int64_t ms)
{
    table_text(t, ms > 0 ? arena_fmt(t->arena, "%.19sZ", time_iso(t->arena, ms).p) : S(""));
}

static void put_csv_row(const Ask *a, TableOut *t, const DbRows *r, int i)
{
    Said s = said_of(a, r, i);
    bool known = !db_null(r, i, LON) && !db_null(r, i, LAT);
    table_row(t);
    table_text(t, db_text(r, i, ID));
    table_int(t, db_int(r, i, NUMBER));
    table_text(t, str_c(s.status->status));
    table_text(t, s.notes);
    table_text(t, ask_name(a, db_text(r, i, NAME)));
    table_text(t, db_text(r, i, CATEGORY));
    table_text(t, db_text(r, i, TITLE));
    table_text(t, s.agency);
    put_csv_time(t, db_int(r, i, OPENED));
    put_csv_time(t, db_int(r, i, CHANGED));
    put_csv_time(t, s.expected);
    if (known) {
        table_degrees(t, (double)db_int(r, i, LAT) / 1e7);
        table_degrees(t, (double)db_int(r, i, LON) / 1e7);
    } else {
        table_text(t, S(""));
        table_text(t, S(""));
    }
}

/* Names as GeoReport has them. The next page begins where this one ended: page=2. */
Fail requests_csv_run(CallCtx *c)
{
    static const char *const heads[] = { "service_request_id", "service_request_number", "status", "status_notes",
                                         "service_name", "service_code", "description", "agency_responsible",
                                         "requested_datetime", "updated_datetime", "expected_datetime", "lat", "long" };
    Ask a;
    DbRows *r = NULL;
    Fail f = ask_begin(c, &a);
    if (f.err == OK) f = load_list(&a, CSV_ROWS_MAX, &r);
    if (f.err != OK) return f;
    TableOut t = table_begin(c->arena, true);
    table_row(&t);
    for (int i = 0; i < COUNT(heads); i++)
        table_head(&t, str_c(heads[i]));
    for (int i = 0; i < r->rows; i++)
        put_csv_row(&a, &t, r, i);
    c->reply.status = 200;
    c->reply.type = "text/csv; charset=utf-8";
    c->reply.body = table_end(&t);
    http_reply_header(&c->reply, "Linli-Rows", arena_fmt(c->arena, "%d", r->rows));
    http_reply_header(&c->reply, "Content-Disposition", S("attachment; filename=\"requests.csv\""));
    return FAIL_NONE;
}
