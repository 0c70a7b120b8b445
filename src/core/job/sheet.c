/* A sheet becomes a job's rows: which column is which field, what the first rows would be, then the rows themselves,
 * some thousand at a time. What was mapped once is proposed again for the same headings and action. */
#include "core/access/glance.h"
#include "core/file/inside.h"
#include "core/job/job.h"
#include "core/sheet/map.h"
#include "core/sheet/part.h"

enum { PREVIEW_ROWS = 20, ROWS_AT_ONCE = 2000, WRONG_AT_ONCE = 500 };

static Stmt sheet_get = { "ss", "sssl",
                          "SELECT upload, headings, mapping, staged FROM job_sheet WHERE community = $1 AND job = $2" };
static Stmt sheet_put = { "sssss", "",
                          "INSERT INTO job_sheet (community, job, upload, headings, mapping, staged)"
                          " VALUES ($1, $2, $3, $4, $5, 0) ON CONFLICT (community, job) DO UPDATE SET"
                          " upload = excluded.upload, headings = excluded.headings, mapping = excluded.mapping" };
static Stmt sheet_staged = { "ssl", "", "UPDATE job_sheet SET staged = $3 WHERE community = $1 AND job = $2" };
static Stmt known_get = { "sss", "s",
                          "SELECT mapping FROM job_mapping WHERE community = $1 AND action = $2 AND headings = $3" };
static Stmt known_put = { "ssss", "",
                          "INSERT INTO job_mapping (community, action, headings, mapping)"
                          " VALUES ($1, $2, $3, $4) ON CONFLICT (community, action, headings) DO UPDATE SET"
                          " mapping = excluded.mapping" };
static Stmt columns_drop = { "ss", "", "DELETE FROM job_column WHERE community = $1 AND job = $2" };
static Stmt column_add = { "ssss", "",
                           "INSERT INTO job_column (community, job, field, heading) VALUES ($1, $2, $3, $4)"
                           " ON CONFLICT (community, job, field) DO NOTHING" };
static Stmt wrong_get = { "ssll", "llsslsl",
                          "SELECT r.n, r.sheet_row, r.code, r.field, r.limit_n, COALESCE(c.heading, ''), r.status"
                          " FROM job_row r"
                          " LEFT JOIN job_column c ON c.community = r.community AND c.job = r.job AND c.field = r.field"
                          " WHERE r.community = $1 AND r.job = $2 AND r.n > $3 AND r.code <> '' AND r.sheet_row > 0"
                          " ORDER BY r.n LIMIT $4" };
Stmt *const job_sheet_statements[] = { &sheet_get,    &sheet_put,  &sheet_staged, &known_get, &known_put,
                                       &columns_drop, &column_add, &wrong_get,    NULL };

const Field job_sheet_fields[] = {
    { .name = "upload", .type = F_ID, .required = true },
    { 0 },
};
static const Field column_fields[] = {
    { .name = "column", .type = F_INT, .required = true, .min = 0, .max = SHEET_COLUMNS_MAX - 1 },
    { .name = "field", .type = F_TEXT, .required = true, .min = 1, .max = 60 },
    { 0 },
};
const Field job_mapping_fields[] = {
    { .name = "columns", .type = F_LIST, .required = true, .max = SHEET_COLUMNS_MAX, .fields = column_fields },
    { .name = "fixed", .type = F_JSON, .max = 4000 },
    { 0 },
};

typedef struct Take { /* one call */
    CallCtx *c;
    Staging staging;
    Str upload, headings; /* hash of action and headings */
    int64_t staged;
    json_t *file;
    Sheet *sheet;
    SheetMap map;
    bool remembered;
} Take;

/* ---- loading ---- */

static Fail load_file(Take *t)
{
    CallCtx *c = t->c;
    Fail f = FAIL_NONE;
    Hash name;
    Str sealed, text;
    DbRows *r = db_run(c->db, c->arena, &file_upload_load, ARGS(TXT(c->community), TXT(t->upload)), &f);
    if (f.err == OK) f = file_attach(c->arena, r, t->staging.job, "text/csv", &t->file);
    if (f.err == OK && !file_hash_of(c->arena, json_text(t->file, "hash"), &name))
        f = fail(ERR_INTERNAL, "file_damaged");
    if (f.err == OK) f = job_stage_key(&t->staging);
    if (f.err == OK) f = blob_get(c->blobs, c->arena, name, &sealed);
    if (f.err != OK) return f.err == ERR_INVALID ? fail_field(f.err, f.code, "upload", 0) : f;
    if (!seal_open_bytes(c->arena, t->staging.key, file_main_domain(c->arena, t->upload), sealed, &text))
        return fail(ERR_INTERNAL, "file_damaged");
    t->sheet = sheet_parse(c->arena, text);
    return t->sheet != NULL ? FAIL_NONE : fail(ERR_INTERNAL, "file_damaged");
}

static Str headings_of(const Take *t)
{
    Buf b = buf_new(t->c->arena, 512);
    for (int i = 0; i < t->sheet->n_columns; i++) {
        buf_add(&b, t->sheet->headings[i]);
        buf_char(&b, '\n');
    }
    return hash_hex(t->c->arena, hash_one(buf_str(&b)));
}

/* What those matters are called that the action's fields name by id or code. */
static Fail load_names(Take *t)
{
    CallCtx *c = t->c;
    Fail f = FAIL_NONE;
    for (const Field *x = t->map.action->fields; f.err == OK && x != NULL && x->name != NULL; x++) {
        const char *kind = map_kind(&t->map, x);
        if (kind == NULL) continue;
        DbRows *r = db_run(c->db, c->arena, world_module(c->world, str_c(kind))->called, ARGS(TXT(c->community)), &f);
        for (int i = 0; f.err == OK && i < r->rows; i++) {
            Fail none = FAIL_NONE;
            Str parts = db_text(r, i, 3);
            json_t *list = parts.n > 0 ? json_read(c->arena, parts, &none) : NULL;
            map_name(&t->map, kind, db_text(r, i, 0), db_text(r, i, 1), db_text(r, i, 2), list);
        }
    }
    return f;
}

static Fail begin(Take *t, CallCtx *c, DbRows **row)
{
    Fail f = FAIL_NONE;
    *t = (Take){ .c = c, .staging = { .c = c, .job = call_arg(c, 0) } };
    if (!id_valid(t->staging.job)) return fail(ERR_NOT_FOUND, "not_found");
    f = job_stage_load(&t->staging, true);
    if (f.err != OK) return f;
    *row = db_run(c->db, c->arena, &sheet_get, ARGS(TXT(c->community), TXT(t->staging.job)), &f);
    if (f.err != OK) return f;
    const Calendar *calendar = calendar_load(c->db, c->arena, c->community, &f);
    t->map = (SheetMap){ .arena = c->arena,
                         .world = c->world,
                         .module = t->staging.module,
                         .action = t->staging.action,
                         .zone_minutes = calendar != NULL ? calendar->zone_minutes : 0 };
    return f.err == OK ? load_names(t) : f;
}

/* ---- mapping as JSON: {"columns":{"0":"phone"},"fixed":{...}} ---- */

static Str print_mapping(const Take *t)
{
    json_t *all = json_new_object(t->c->arena), *columns = json_new_object(t->c->arena);
    for (int i = 0; i < t->sheet->n_columns; i++)
        if (t->map.mapped[i]) json_put_text(columns, arena_fmt(t->c->arena, "%d", i).p, t->map.targets[i].name);
    json_put(all, "columns", columns);
    if (t->map.fixed != NULL) json_put(all, "fixed", t->map.fixed);
    return json_print(t->c->arena, all);
}

static void read_mapping(Take *t, Str text)
{
    Fail f = FAIL_NONE;
    const json_t *all = json_read(t->c->arena, text, &f), *columns = json_object_get(all, "columns");
    for (int i = 0; i < t->sheet->n_columns; i++) {
        Str target = json_text(columns, arena_fmt(t->c->arena, "%d", i).p);
        t->map.mapped[i] = target.n > 0 && map_target(&t->map, target, &t->map.targets[i]);
    }
    t->map.fixed = json_object_get(all, "fixed");
}

static void save(Take *t)
{
    CallCtx *c = t->c;
    DbVal job[2] = { TXT(c->community), TXT(t->staging.job) };
    db_send(c->db, c->arena, &sheet_put,
            ARGS(job[0], job[1], TXT(t->upload), TXT(t->headings), TXT(print_mapping(t))));
    db_send(c->db, c->arena, &columns_drop, job);
    for (int part = 0; part < 2; part++) /* a column that has the whole field comes before one that has a part */
        for (int i = 0; i < t->sheet->n_columns; i++)
            if (t->map.mapped[i] && (t->map.targets[i].part != NULL) == (part > 0))
                db_send(c->db, c->arena, &column_add,
                        ARGS(job[0], job[1], TXT(str_c(t->map.targets[i].field->name)), TXT(t->sheet->headings[i])));
}

/* ---- the answer: columns, what is missing, the first rows ---- */

/* Cells with more than one telephone number: only the first is taken, and that is said before it happens. */
static int64_t left_of(const Take *t, int column)
{
    int64_t left = 0;
    bool phones = t->map.mapped[column] && t->map.targets[column].field->type == F_PHONE;
    for (int i = 0; phones && i < t->sheet->n_rows && i < ROWS_AT_ONCE; i++) {
        int n = 0;
        if (column < t->sheet->rows[i].n_cells) (void)part_phone(t->c->arena, t->sheet->rows[i].cells[column], &n);
        left += n > 1;
    }
    return left;
}

static void put_columns(const Take *t, Json *j)
{
    jw_key(j, "columns");
    jw_open(j, '[');
    for (int i = 0; i < t->sheet->n_columns; i++) {
        jw_open(j, '{');
        jw_put_int(j, "column", i);
        jw_put_text(j, "heading", t->sheet->headings[i]);
        if (t->map.mapped[i]) jw_put_text(j, "field", t->map.targets[i].name);
        if (t->sheet->refused[i]) jw_put_bool(j, "refused", true);
        int64_t left = left_of(t, i);
        if (left > 0) jw_put_int(j, "left", left);
        jw_close(j, '}');
    }
    jw_close(j, ']');
}

static bool is_given(const Take *t, const Field *f)
{
    for (int i = 0; i < t->sheet->n_columns; i++)
        if (t->map.mapped[i] && t->map.targets[i].field == f) return true;
    return json_object_get(t->map.fixed, f->name) != NULL;
}

static void put_missing(const Take *t, Json *j)
{
    jw_key(j, "missing");
    jw_open(j, '[');
    for (const Field *f = t->map.action->fields; f != NULL && f->name != NULL; f++)
        if (f->required && !is_given(t, f)) jw_text(j, str_c(f->name));
    jw_close(j, ']');
    MapTarget all[MAP_TARGETS_MAX];
    int n = map_targets(&t->map, all);
    jw_key(j, "targets");
    jw_open(j, '[');
    for (int i = 0; i < n; i++)
        jw_text(j, all[i].name);
    jw_close(j, ']');
}

static Str heading_of(const Take *t, Str path)
{
    Str field = str_cut(&path, '.'), heading = S("");
    for (int i = 0; i < t->sheet->n_columns; i++) {
        bool whole = t->map.mapped[i] && t->map.targets[i].part == NULL; /* before one that has a part of the field */
        if (t->map.mapped[i] && str_is(field, t->map.targets[i].field->name) && (whole || heading.n == 0))
            heading = t->sheet->headings[i];
    }
    return heading;
}

static void put_errors(const Take *t, Json *j, const Errors *errors)
{
    jw_key(j, "errors");
    jw_open(j, '[');
    for (int i = 0; i < errors->n; i++) {
        const Fail *f = &errors->list[i];
        jw_open(j, '{');
        jw_put_text(j, "code", str_c(f->code));
        jw_put_text(j, "field", str_c(f->field));
        jw_put_text(j, "heading", heading_of(t, str_c(f->field)));
        jw_put_int(j, "limit", f->limit);
        jw_close(j, '}');
    }
    jw_close(j, ']');
}

/* Not what the action says of a value that the sheet is to blame for. */
static void add_other(Errors *errors, const Errors *more)
{
    int own = errors->n;
    for (int i = 0; i < more->n; i++) {
        bool told = false;
        for (int k = 0; k < own; k++)
            told |= strcmp(errors->list[k].field, more->list[i].field) == 0;
        if (!told) errors_add(errors, more->list[i]);
    }
}

static void put_preview(Take *t, Json *j)
{
    Arena *a = t->c->arena;
    jw_key(j, "preview");
    jw_open(j, '[');
    for (int i = 0; i < t->sheet->n_rows && i < PREVIEW_ROWS; i++) {
        Errors errors = { .arena = a }, more = { .arena = a };
        json_t *input = map_row(&t->map, t->sheet, &t->sheet->rows[i], &errors);
        jw_open(j, '{');
        jw_put_int(j, "row", t->sheet->rows[i].n);
        if (input != NULL) {
            (void)fields_validate(a, t->map.action->fields, json_keep(a, json_deep_copy(input)), "", &more);
            add_other(&errors, &more);
            for (const Field *f = t->map.action->fields; f->name != NULL; f++)
                if (f->type == F_ID && json_text(input, f->name).n > 0)
                    json_put_text(input, f->name, map_name_of(&t->map, f, json_text(input, f->name)));
            jw_key(j, "input");
            jw_value(j, input);
        }
        put_errors(t, j, &errors);
        jw_close(j, '}');
    }
    jw_close(j, ']');
}

/* What somebody else's cells say is seen by whoever brings them in: one row a day of the access log. */
static Fail note_look(const Take *t)
{
    CallCtx *c = t->c;
    bool personal = false;
    for (int i = 0; i < t->sheet->n_columns; i++)
        personal |= t->map.mapped[i] && t->map.targets[i].field->personal != NOT_PERSONAL;
    if (!personal) return FAIL_NONE;
    glance_send(c->db, c->arena, c->community, t->staging.job, actor_self(c->actor)->person, S("job.sheet"),
                t->staging.job, c->now);
    return db_sync(c->db);
}

static Fail answer(Take *t)
{
    Fail noted = note_look(t);
    if (noted.err != OK) return noted;
    Buf out = buf_new(t->c->arena, 4096);
    Json j = json_to(&out);
    int64_t blank = 0;
    for (int i = 0; i < t->sheet->n_rows; i++) {
        bool says = false;
        for (int c = 0; c < t->sheet->n_columns && c < t->sheet->rows[i].n_cells; c++)
            says |= t->map.mapped[c] && t->sheet->rows[i].cells[c].n > 0;
        blank += !says;
    }
    jw_open(&j, '{');
    jw_put_text(&j, "upload", t->upload);
    jw_put_text(&j, "encoding", json_text(t->file, "encoding"));
    jw_put_int(&j, "head_row", t->sheet->head_row);
    jw_put_int(&j, "head_lines", t->sheet->head_lines);
    jw_put_int(&j, "rows", t->sheet->n_rows);
    jw_put_int(&j, "blank", blank);
    jw_put_int(&j, "staged", t->staged);
    jw_put_bool(&j, "remembered", t->remembered);
    put_columns(t, &j);
    if (t->map.fixed != NULL) {
        jw_key(&j, "fixed");
        jw_value(&j, t->map.fixed);
    }
    put_missing(t, &j);
    put_preview(t, &j);
    jw_close(&j, '}');
    call_json(t->c, buf_str(&out));
    return FAIL_NONE;
}

/* ---- POST /jobs/{id}/sheet ---- */

Fail job_sheet_take(CallCtx *c)
{
    Take t;
    DbRows *row = NULL;
    Fail f = begin(&t, c, &row);
    if (f.err != OK) return f;
    bool again = row->rows > 0 && str_eq(db_text(row, 0, 0), json_text(c->input, "upload"));
    if (row->rows > 0 && db_int(row, 0, 3) > 0 && !again) return fail(ERR_CONFLICT, "rows_staged");
    t.upload = json_text(c->input, "upload");
    f = load_file(&t);
    if (f.err != OK) return f;
    t.headings = headings_of(&t);
    if (again) {
        read_mapping(&t, db_text(row, 0, 2));
        t.staged = db_int(row, 0, 3);
        return answer(&t);
    }
    DbRows *known = db_run(c->db, c->arena, &known_get,
                           ARGS(TXT(c->community), TXT(t.staging.action_type), TXT(t.headings)), &f);
    if (f.err != OK) return f;
    t.remembered = known->rows > 0;
    if (t.remembered)
        read_mapping(&t, db_text(known, 0, 0));
    else
        map_propose(&t.map, t.sheet);
    save(&t);
    f = db_sync(c->db);
    return f.err == OK ? answer(&t) : f;
}

/* What every later call begins with. */
static Fail take_up(Take *t, CallCtx *c)
{
    DbRows *row = NULL;
    Fail f = begin(t, c, &row);
    if (f.err == OK && row->rows == 0) f = fail(ERR_NOT_FOUND, "not_found");
    if (f.err != OK) return f;
    t->upload = db_text(row, 0, 0);
    t->headings = db_text(row, 0, 1);
    t->staged = db_int(row, 0, 3);
    f = load_file(t);
    if (f.err == OK) read_mapping(t, db_text(row, 0, 2));
    return f;
}

Fail job_sheet_look(CallCtx *c)
{
    Take t;
    Fail f = take_up(&t, c);
    return f.err == OK ? answer(&t) : f;
}

/* ---- PUT /jobs/{id}/sheet ---- */

/* A value for all rows is no person's: what is personal comes from the sheet. */
static Fail fixed_check(Take *t, const json_t *fixed)
{
    const char *name;
    json_t *value;
    if (fixed != NULL && !json_is_object(fixed)) return fail_field(ERR_INVALID, "wrong_type", "fixed", 0);
    json_object_foreach((json_t *)(uintptr_t)fixed, name, value)
    {
        MapTarget target;
        bool known = map_target(&t->map, str_c(name), &target) && target.part == NULL;
        if (!known || target.field->personal != NOT_PERSONAL) return fail_field(ERR_INVALID, "not_one_of", "fixed", 0);
        if (json_is_object(value) || json_is_array(value)) return fail_field(ERR_INVALID, "wrong_type", "fixed", 0);
    }
    return FAIL_NONE;
}

static Fail columns_take(Take *t, const json_t *columns)
{
    memset(t->map.mapped, 0, sizeof t->map.mapped);
    for (size_t i = 0; i < json_array_size(columns); i++) {
        const json_t *one = json_array_get(columns, i);
        int64_t column = json_int(one, "column");
        Str at = arena_fmt(t->c->arena, "columns[%zu]", i);
        if (column >= t->sheet->n_columns) return fail_field(ERR_INVALID, "too_large", at.p, t->sheet->n_columns - 1);
        if (t->sheet->refused[column]) return fail_field(ERR_INVALID, "column_refused", at.p, 0);
        if (t->map.mapped[column]) return fail_field(ERR_INVALID, "repeated", at.p, 0);
        if (!map_target(&t->map, json_text(one, "field"), &t->map.targets[column]))
            return fail_field(ERR_INVALID, "not_one_of", at.p, 0);
        for (int k = 0; k < t->sheet->n_columns; k++)
            if (t->map.mapped[k] && str_eq(t->map.targets[k].name, t->map.targets[column].name))
                return fail_field(ERR_INVALID, "repeated", at.p, 0);
        t->map.mapped[column] = true;
    }
    return FAIL_NONE;
}

Fail job_sheet_map(CallCtx *c)
{
    Take t;
    Fail f = take_up(&t, c);
    if (f.err == OK && t.staged > 0) f = fail(ERR_CONFLICT, "rows_staged");
    if (f.err == OK) f = columns_take(&t, json_object_get(c->input, "columns"));
    if (f.err == OK) f = fixed_check(&t, json_object_get(c->input, "fixed"));
    if (f.err != OK) return f;
    t.map.fixed = json_object_get(c->input, "fixed");
    save(&t);
    db_send(c->db, c->arena, &known_put,
            ARGS(TXT(c->community), TXT(t.staging.action_type), TXT(t.headings), TXT(print_mapping(&t))));
    f = db_sync(c->db);
    return f.err == OK ? answer(&t) : f;
}

/* ---- POST /jobs/{id}/sheet/rows ---- */

Fail job_sheet_rows(CallCtx *c)
{
    Take t;
    Fail f = take_up(&t, c);
    if (f.err == OK && !t.staging.open) f = fail(ERR_CONFLICT, "wrong_state");
    if (f.err == OK) f = job_stage_sums(&t.staging);
    if (f.err != OK) return f;
    int64_t to = t.staged + ROWS_AT_ONCE < t.sheet->n_rows ? t.staged + ROWS_AT_ONCE : t.sheet->n_rows, n = 0;
    for (int64_t i = t.staged; i < to; i++) {
        Errors errors = { .arena = c->arena };
        json_t *input = map_row(&t.map, t.sheet, &t.sheet->rows[i], &errors);
        if (input == NULL) continue;
        job_stage_row(&t.staging, t.staging.total + ++n, input, t.sheet->rows[i].n,
                      errors.n > 0 ? errors.list[0] : FAIL_NONE);
    }
    if (t.staging.total + n > JOB_ROWS_MAX) return fail_field(ERR_CONFLICT, "too_many", "rows", JOB_ROWS_MAX);
    t.staging.hash = arena_fmt(c->arena, "sheet %lld to %lld", (long long)t.staged, (long long)to);
    if (n > 0) job_stage_part(&t.staging, t.staging.last_part + 1, n);
    db_send(c->db, c->arena, &sheet_staged, ARGS(TXT(c->community), TXT(t.staging.job), NUM(to)));
    f = db_sync(c->db);
    if (f.err != OK) return f;
    call_json(c, arena_fmt(c->arena, "{\"staged\":%lld,\"rows\":%d,\"total\":%lld}", (long long)to, t.sheet->n_rows,
                           (long long)t.staging.total));
    return FAIL_NONE;
}

/* ---- GET /jobs/{id}/sheet/wrong ---- */

static const SheetRow *row_at(const Sheet *s, int64_t n)
{
    int low = 0, high = s->n_rows;
    while (low < high) {
        int middle = low + (high - low) / 2;
        if (s->rows[middle].n < n)
            low = middle + 1;
        else
            high = middle;
    }
    return low < s->n_rows && s->rows[low].n == n ? &s->rows[low] : NULL;
}

/* Columns that linli refuses are empty since they came in: they don't go out again. */
static void put_cells(const Take *t, Json *j, const SheetRow *row)
{
    jw_key(j, "cells");
    jw_open(j, '[');
    for (int i = 0; i < t->sheet->n_columns; i++)
        if (!t->sheet->refused[i]) jw_text(j, row != NULL && i < row->n_cells ? row->cells[i] : S(""));
    jw_close(j, ']');
}

static void put_wrong(const Take *t, Json *j, const DbRows *r, int i)
{
    jw_open(j, '{');
    jw_put_int(j, "n", db_int(r, i, 0));
    jw_put_int(j, "row", db_int(r, i, 1));
    jw_put_text(j, "code", db_text(r, i, 2));
    jw_put_text(j, "field", db_text(r, i, 3));
    jw_put_int(j, "limit", db_int(r, i, 4));
    jw_put_text(j, "heading", db_text(r, i, 5));
    jw_put_int(j, "status", db_int(r, i, 6));
    put_cells(t, j, row_at(t->sheet, db_int(r, i, 1)));
    jw_close(j, '}');
}

Fail job_sheet_wrong(CallCtx *c)
{
    static const Field after = { .name = "after", .type = F_INT, .min = 0, .max = JOB_ROWS_MAX };
    Take t;
    DbVal from = NUM(0);
    Fail f = take_up(&t, c);
    Str said = S("");
    if (f.err == OK && call_param(c, after.name, &said)) f = call_value(c, &after, &from);
    if (f.err == OK) f = note_look(&t);
    if (f.err != OK) return f;
    DbRows *r = db_run(c->db, c->arena, &wrong_get,
                       ARGS(TXT(c->community), TXT(t.staging.job), from, NUM(WRONG_AT_ONCE + 1)), &f);
    if (f.err != OK) return f;
    Buf out = buf_new(c->arena, 4096);
    Json j = json_to(&out);
    bool more = r->rows > WRONG_AT_ONCE;
    int n = more ? WRONG_AT_ONCE : r->rows;
    jw_open(&j, '{');
    jw_key(&j, "headings");
    jw_open(&j, '[');
    for (int i = 0; i < t.sheet->n_columns; i++)
        if (!t.sheet->refused[i]) jw_text(&j, t.sheet->headings[i]);
    jw_close(&j, ']');
    jw_key(&j, "rows");
    jw_open(&j, '[');
    for (int i = 0; i < n; i++)
        put_wrong(&t, &j, r, i);
    jw_close(&j, ']');
    if (more) jw_put_int(&j, "next", db_int(r, n - 1, 0));
    jw_close(&j, '}');
    call_json(c, buf_str(&out));
    return FAIL_NONE;
}
