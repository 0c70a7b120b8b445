/* list: a list as a file. The rows are those of the query row itself, page by page, so that scope, filters, audience
 * and masks are decided where they always are. See README.md. */
#include "core/internal.h"
#include "core/model/model.h"
#include "core/module.h"
#include "core/query.h"
#include "core/sheet/table_out.h"

#define XLSX "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#define CSV "text/csv; charset=utf-8"
enum { FILE_ROWS_MAX = 5000, OPENED_ROWS_MAX = 1000, NAMES_MAX = 20000 };


/* What ids and codes are called; of people only what the duty card says. */
static Stmt names_all = { "sl", "ss",
                          "SELECT c.person, c.name FROM card c WHERE c.community = $1"
                          " UNION ALL SELECT u.id, u.name FROM unit u WHERE u.community = $1"
                          " UNION ALL SELECT k.code, k.name FROM category k WHERE k.community = $1"
                          " UNION ALL SELECT g.code, g.name FROM grid g WHERE g.community = $1 LIMIT $2" };
/* In the log of whoever raised it; the matter's own where nobody on file did. 1 is REPORTER. */
static Stmt opened_add = { "sslsss", "",
                           "INSERT INTO access (community, subject, at, id, reader, what, matter)"
                           " SELECT $1, COALESCE((SELECT min(r.person) FROM relation r WHERE r.community = $1"
                           " AND r.matter = $2 AND (r.relations & 1) <> 0), $2), $3, $4, $5, $6, $2" };
static Stmt *const statements[] = { &names_all, &opened_add, NULL };

typedef struct Listing {
    CallCtx *c;
    const Row *row;
    Column columns[COLUMNS_MAX];
    bool out[COLUMNS_MAX];
    int n_columns;
    const char *language;
    int zone_minutes, rows, rows_max;
    bool opened; /* with the texts that are sealed */
    Map *names;
    Str after; /* where the next page begins */
} Listing;

/* ---- which list ---- */

static const Row *row_of(const World *w, Str text)
{
    Str rest = text, module = str_cut(&rest, '.');
    for (int i = 0; i < w->n_rows; i++) {
        const Row *r = &w->rows[i];
        const Query *q = r->query;
        if (r->kind != ROW_QUERY || !str_is(module, r->module->name) || !str_is(rest, q->name)) continue;
        return q->view || q->one || q->logged || strchr(r->path.p, '{') != NULL ? NULL : r;
    }
    return NULL;
}

/* An id means nothing on paper, and the number is there. */
static bool is_told(const Listing *l, const Column *c)
{
    static const char *const untold[] = { "id",          "photo", "version", "person", "matter",
                                          "merged_into", "row",   "column" };
    for (int i = 0; i < COUNT(untold); i++)
        if (strcmp(c->name, untold[i]) == 0) return false;
    return c->kind != 'j' && (c->kind != 'x' || l->opened);
}

static Fail load_names(Listing *l)
{
    CallCtx *c = l->c;
    Fail f = FAIL_NONE;
    DbRows *r = db_run(c->db, c->arena, &names_all, ARGS(TXT(c->community), NUM(NAMES_MAX)), &f);
    if (f.err != OK) return f;
    l->names = map_new(c->arena, r->rows + 1);
    for (int i = 0; i < r->rows; i++) {
        Str *name = arena_new_of(c->arena, Str), text = db_text(r, i, 1);
        Fail bad = FAIL_NONE;
        const json_t *each = text.n > 0 && text.p[0] == '{' ? json_read(c->arena, text, &bad) : NULL;
        *name = each == NULL ? text : json_text(each, l->language);
        if (name->n == 0) *name = json_text(each, "zh");
        map_put(l->names, db_text(r, i, 0), name);
    }
    return FAIL_NONE;
}

static Fail begin(CallCtx *c, bool opened, Listing *l)
{
    Fail f = FAIL_NONE;
    *l = (Listing){ .c = c, .row = row_of(c->world, call_arg(c, 0)), .opened = opened,
                    .rows_max = opened ? OPENED_ROWS_MAX : FILE_ROWS_MAX };
    if (l->row == NULL) return fail(ERR_NOT_FOUND, "not_found");
    f = row_may(l->row, c->actor, c->now);
    if (f.err == OK) f = call_language(c, &l->language);
    if (f.err != OK) return f;
    const Calendar *calendar = calendar_load(c->db, c->arena, c->community, &f);
    if (f.err != OK) return f;
    l->zone_minutes = calendar->zone_minutes;
    l->n_columns = query_columns(l->row->query, l->columns);
    bool any = false;
    for (int i = 0; i < l->n_columns; i++) {
        l->out[i] = is_told(l, &l->columns[i]);
        any |= l->columns[i].kind == 'x';
    }
    l->opened = opened && any;
    return load_names(l);
}

/* ---- its rows ---- */

static Str word(const Listing *l, Str key)
{
    Str module = str_cut(&key, '.');
    return world_word(l->c->world, l->language, arena_c(l->c->arena, module), arena_c(l->c->arena, key));
}

static void put_head(Listing *l, TableOut *t)
{
    table_row(t);
    for (int i = 0; i < l->n_columns; i++)
        if (l->out[i]) table_head(t, word(l, word_of(l->c->world, l->row->module, WORD_COLUMN, l->columns[i].name)));
}

/* A state, a value of the table, the name of an id or code, or what stands there. An id without a name is left out. */
static Str said(const Listing *l, const Column *column, Str text)
{
    Arena *a = l->c->arena;
    const char *module = l->row->module->name;
    if (text.n == 0) return text;
    Str key = strcmp(column->name, "state") == 0
                  ? arena_fmt(a, "%s.state.%.*s", module, STR_ARG(text))
                  : arena_fmt(a, "%s.value.%s.%.*s", module, column->name, STR_ARG(text));
    if (world_has_key(l->c->world, 0, key)) return word(l, key);
    const Str *name = map_get(l->names, text);
    if (name != NULL) return *name;
    return id_valid(text) ? S("") : text;
}

static void put_value(const Listing *l, TableOut *t, const Column *column, const json_t *v)
{
    Str text = { json_string_value(v), json_string_length(v) };
    if (json_is_boolean(v))
        table_text(t, word(l, json_is_true(v) ? S("list.yes") : S("list.no")));
    else if (json_is_integer(v) && column_is_time(column))
        table_time(t, json_integer_value(v), l->zone_minutes);
    else if (json_is_integer(v))
        table_int(t, json_integer_value(v));
    else if (json_is_real(v))
        table_degrees(t, json_real_value(v));
    else if (!json_is_string(v))
        table_text(t, S(""));
    else
        table_text(t, column->kind == 's' ? said(l, column, text) : text);
}

static bool param(void *self, const char *name, Str *value)
{
    const Listing *l = self;
    if (strcmp(name, "limit") == 0) {
        int max = query_limit_max(l->row->query), left = l->rows_max - l->rows;
        *value = arena_fmt(l->c->arena, "%d", max < left ? max : left);
        return true;
    }
    if (strcmp(name, "after") == 0 && l->after.n > 0) return *value = l->after, true;
    return call_param(l->c, name, value);
}

static void log_opened(const Listing *l, const json_t *row)
{
    CallCtx *c = l->c;
    Str matter = json_text(row, "id");
    if (!l->opened || matter.n == 0) return;
    db_send(c->db, c->arena, &opened_add,
            ARGS(TXT(c->community), TXT(matter), NUM(c->now), TXT(id_new(c->arena, c->now)), TXT(c->actor->person),
                 TXT(S("list.opened"))));
}

static Fail put_page(Listing *l, TableOut *t)
{
    CallCtx *c = l->c;
    Reading r = { .arena = c->arena, .world = c->world, .db = c->db, .seals = c->seals, .keys = c->keys,
                  .module = l->row->module, .query = l->row->query, .actor = c->actor, .community = c->community,
                  .now = c->now, .self = l, .param = param };
    Str text;
    Fail f = query_answer(&r, &text);
    const json_t *page = f.err == OK ? json_read(c->arena, text, &f) : NULL;
    if (f.err != OK) return f;
    const json_t *rows = json_object_get(page, "rows");
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i);
        table_row(t);
        for (int k = 0; k < l->n_columns; k++)
            if (l->out[k]) put_value(l, t, &l->columns[k], json_object_get(row, l->columns[k].name));
        log_opened(l, row);
        l->rows++;
    }
    l->after = json_text(page, "next");
    return FAIL_NONE;
}

static Fail make(CallCtx *c, bool csv, bool opened)
{
    Listing l;
    Fail f = begin(c, opened, &l);
    if (f.err != OK) return f;
    TableOut t = table_begin(c->arena, csv);
    put_head(&l, &t);
    do
        f = put_page(&l, &t);
    while (f.err == OK && l.after.n > 0 && l.rows < l.rows_max);
    if (f.err == OK && l.opened) f = db_sync(c->db);
    if (f.err != OK) return f;
    c->reply.type = csv ? CSV : XLSX;
    c->reply.body = table_end(&t);
    http_reply_header(&c->reply, "Content-Disposition",
                      arena_fmt(c->arena, "attachment; filename=\"linli-%.*s.%s\"", STR_ARG(call_arg(c, 0)),
                                csv ? "csv" : "xlsx"));
    http_reply_header(&c->reply, "Linli-Rows", arena_fmt(c->arena, "%d", l.rows));
    if (l.after.n > 0) http_reply_header(&c->reply, "Linli-Next", l.after);
    return FAIL_NONE;
}

static Fail run_xlsx(CallCtx *c)
{
    return make(c, false, false);
}

static Fail run_csv(CallCtx *c)
{
    return make(c, true, false);
}

static Fail run_opened_xlsx(CallCtx *c)
{
    return make(c, false, true);
}

static Fail run_opened_csv(CallCtx *c)
{
    return make(c, true, true);
}

static const Call calls[] = {
    { .name = "xlsx", .route = "GET /lists/{list}/xlsx", .may = STAFF | AUDITOR, .on = ON_READER, .per_minute = 12,
      .type = XLSX, .run = run_xlsx },
    { .name = "csv", .route = "GET /lists/{list}/csv", .may = STAFF | AUDITOR, .on = ON_READER, .per_minute = 12,
      .type = CSV, .run = run_csv },
    { .name = "opened_xlsx", .route = "GET /lists/{list}/opened/xlsx", .may = STAFF | AUDITOR, .on = ON_WRITER,
      .per_minute = 6, .type = XLSX, .run = run_opened_xlsx },
    { .name = "opened_csv", .route = "GET /lists/{list}/opened/csv", .may = STAFF | AUDITOR, .on = ON_WRITER,
      .per_minute = 6, .type = CSV, .run = run_opened_csv },
    { 0 },
};

extern const char list_schema[], list_zh[], list_bo[], list_en[];
const Module module_list = {
    .name = "list", .plural = "lists", .calls = calls, .statements = statements, .schema = list_schema,
    .words_zh = list_zh, .words_bo = list_bo, .words_en = list_en,
};
