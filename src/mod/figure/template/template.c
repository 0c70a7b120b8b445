/* template: an inspector's own sheet, kept. Somebody marks its cells once ({{1}}, {{closed}}), says once what each mark
 * means, and from then on any month is one press away. Each change is an edition; the log keeps the earlier ones.
 * Whose day: whoever types the same numbers into the same sheet each month. Never: a number that is no figure. */
#include "mod/figure/figure.h"

#include "core/file.h"

enum { ACTIVE, RETIRED };
static const State states[] = { { "active", true }, { "retired", false }, { 0 } };

enum { CELLS_MAX = 200 };
static const char *const XLSX[] = { FILE_XLSX, NULL };

/* A mark that is the name of a figure needs no line. */
static const Field cell[] = {
    { .name = "cell", .type = F_TEXT, .required = true, .min = 1, .max = BLANK_NAME_BYTES_MAX },
    { .name = "figure", .type = F_TEXT, .required = true, .min = 2, .max = BLANK_NAME_BYTES_MAX },
    { 0 },
};
#define CELLS { .name = "cells", .type = F_LIST, .max = CELLS_MAX, .fields = cell }
static const Field add_fields[] = {
    { .name = "name", .type = F_TEXT, .required = true, .min = 1, .max = 60 },
    { .name = "file", .type = F_FILES, .required = true, .min = 1, .max = 1, .values = XLSX, .seen = TO_HANDLERS },
    CELLS,
    { 0 },
};
/* What is left out stays. */
static const Field change_fields[] = {
    { .name = "name", .type = F_TEXT, .min = 1, .max = 60 },
    { .name = "file", .type = F_FILES, .max = 1, .values = XLSX, .seen = TO_HANDLERS },
    CELLS,
    { 0 },
};
static const Field no_fields[] = { { 0 } };

static Fail decide(Decide *d)
{
    const json_t *cells = json_object_get(d->input, "cells");
    for (size_t i = 0; i < json_array_size(cells); i++) {
        const json_t *one = json_array_get(cells, i);
        if (!figure_name_known(json_text(one, "figure")))
            return fail_field(ERR_INVALID, "not_one_of", arena_fmt(d->arena, "cells[%zu].figure", i).p, 0);
        for (size_t k = 0; k < i; k++)
            if (str_eq(json_text(json_array_get(cells, k), "cell"), json_text(one, "cell")))
                return fail_field(ERR_INVALID, "repeated", arena_fmt(d->arena, "cells[%zu].cell", i).p, 0);
    }
    return FAIL_NONE;
}

static void fold(Matter *m, const Event *e)
{
    static const char *const kept[] = { "name", "cells" };
    for (int i = 0; i < COUNT(kept); i++) {
        json_t *v = json_object_get(e->data, kept[i]);
        if (v != NULL) json_put(m->data, kept[i], v);
    }
    const json_t *files = json_object_get(e->data, "file");
    if (json_array_size(files) > 0) json_put_text(m->data, "file", json_text(json_array_get(files, 0), "id"));
    if (json_object_get(m->data, "cells") == NULL) json_put(m->data, "cells", json_new_array(m->arena));
    json_put_int(m->data, "edition", json_int(m->data, "edition") + 1);
}

static Stmt save = { "sssssll", "",
                     "INSERT INTO template (community, id, name, file, cells, edition, retired)"
                     " VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (community, id) DO UPDATE SET"
                     " name = excluded.name, file = excluded.file, cells = excluded.cells,"
                     " edition = excluded.edition, retired = excluded.retired" };
static Stmt load = { "ss", "ss", "SELECT file, cells FROM template WHERE community = $1 AND id = $2 AND retired = 0" };
static Stmt *const statements[] = { &save, &load, NULL };

static void apply(Apply *a, const Matter *m, const Event *e)
{
    const json_t *d = m->data;
    db_send(a->db, a->arena, &save,
            ARGS(TXT(e->community), TXT(m->id), TXT(json_text(d, "name")), TXT(json_text(d, "file")),
                 TXT(json_print(a->arena, json_object_get(d, "cells"))), NUM(json_int(d, "edition")),
                 NUM(m->state == RETIRED)));
}

#define KEEPERS (DISPATCHER | OVERSEER | ADMIN)

static const Action actions[] = {
    { .name = "add", .route = "POST /templates", .may = KEEPERS, .from = NEW, .to = ST(ACTIVE), .fields = add_fields,
      .decide = decide, .fold = fold, .apply = apply, .audience = TO_HANDLERS },
    { .name = "change", .route = "POST /templates/{id}/change", .may = KEEPERS, .from = ST(ACTIVE), .to = SAME,
      .fields = change_fields, .decide = decide, .fold = fold, .apply = apply, .audience = TO_HANDLERS },
    { .name = "retire", .route = "POST /templates/{id}/retire", .may = KEEPERS, .from = ST(ACTIVE), .to = ST(RETIRED),
      .fields = no_fields, .apply = apply, .audience = TO_HANDLERS },
    { 0 },
};

static const Query queries[] = {
    { .name = "view", .route = "GET /templates/{id}", .may = FIGURE_ROLES, .view = true },
    { .name = "list", .route = "GET /templates", .may = FIGURE_ROLES, .scope = SCOPE_NONE,
      .sql = "SELECT t.id, t.name, t.file, t.cells, t.edition, m.changed_at, m.version FROM template t"
             " JOIN matter m ON m.community = t.community AND m.id = t.id WHERE t.community = $1 AND t.retired = 0",
      .columns = "id:s name:s file:s cells:j edition:l changed_at:l version:l", .order = "t.name:s, t.id:s" },
    { 0 },
};

/* ---- calls ---- */

typedef struct Kept {
    Str xlsx, names; /* a line each */
    json_t *cells;
} Kept;

static Fail kept_load(CallCtx *c, Kept *k)
{
    Fail f = FAIL_NONE;
    Str id = call_arg(c, 0);
    if (!id_valid(id)) return fail(ERR_NOT_FOUND, "not_found");
    DbRows *r = db_run(c->db, c->arena, &load, ARGS(TXT(c->community), TXT(id)), &f);
    if (f.err == OK && r->rows == 0) f = fail(ERR_NOT_FOUND, "not_found");
    if (f.err == OK) k->cells = json_read(c->arena, db_text(r, 0, 1), &f);
    if (f.err == OK) f = file_bytes(c, id, db_text(r, 0, 0), &k->xlsx);
    if (f.err != OK) return f;
    SheetStatus s = blank_run(c->arena, NULL, k->xlsx, S(""), &k->names);
    return s == SHEET_OK ? FAIL_NONE : figure_blank_refusal(s);
}

/* What a mark means: as somebody said, else what it says itself, else "". */
static Str meaning(const Kept *k, Str mark)
{
    for (size_t i = 0; i < json_array_size(k->cells); i++) {
        const json_t *one = json_array_get(k->cells, i);
        if (str_eq(json_text(one, "cell"), mark)) return json_text(one, "figure");
    }
    return figure_name_known(mark) ? mark : S("");
}

/* GET /templates/{id}/cells: every mark in the sheet, in its order, and what it means. */
static Fail run_cells(CallCtx *c)
{
    Kept k = { 0 };
    Fail f = kept_load(c, &k);
    if (f.err != OK) return f;
    Buf out = buf_new(c->arena, 1024);
    Json j = json_to(&out);
    jw_open(&j, '{');
    jw_key(&j, "cells");
    jw_open(&j, '[');
    while (k.names.n > 0) {
        Str mark = str_cut(&k.names, '\n');
        if (mark.n == 0) continue;
        jw_open(&j, '{');
        jw_put_text(&j, "cell", mark);
        jw_put_text(&j, "figure", meaning(&k, mark));
        jw_close(&j, '}');
    }
    jw_close(&j, ']');
    jw_close(&j, '}');
    call_json(c, buf_str(&out));
    return FAIL_NONE;
}

/* Lines "mark\tvalue". A mark that nobody said anything about is refused by its name: no cell stays empty unseen. */
static Fail values_of(CallCtx *c, const Kept *k, const FigureAsk *ask, Month month, Str *values)
{
    Buf b = buf_new(c->arena, 1024);
    Fail f = FAIL_NONE;
    Str names = k->names;
    while (names.n > 0 && f.err == OK) {
        Str mark = str_cut(&names, '\n'), line;
        if (mark.n == 0) continue;
        Str means = meaning(k, mark);
        if (means.n == 0) return fail_field(ERR_CONFLICT, "not_mapped", arena_c(c->arena, mark), 0);
        f = figure_values(ask, month, arena_fmt(c->arena, "%.*s\n", STR_ARG(means)), &line);
        if (f.err != OK) return f;
        (void)str_cut(&line, '\t');
        buf_fmt(&b, "%.*s\t%.*s", STR_ARG(mark), STR_ARG(line));
    }
    *values = buf_str(&b);
    return f;
}

/* GET /templates/{id}/fill?month=2026-10 */
static Fail run_fill(CallCtx *c)
{
    Kept k = { 0 };
    FigureAsk ask;
    Month month;
    Str values, filled;
    Fail f = figure_ask_of(c, &ask, &month);
    if (f.err == OK) f = kept_load(c, &k);
    if (f.err == OK) f = values_of(c, &k, &ask, month, &values);
    if (f.err != OK) return f;
    SheetStatus s = blank_run(c->arena, NULL, k.xlsx, values, &filled);
    if (s != SHEET_OK) return figure_blank_refusal(s);
    c->reply.type = FILE_XLSX;
    c->reply.body = filled;
    return FAIL_NONE;
}

static const Call calls[] = {
    { .name = "cells", .route = "GET /templates/{id}/cells", .may = FIGURE_ROLES, .on = ON_READER, .per_minute = 60,
      .run = run_cells,
      .answer = "cells[cell:s figure:s]" },
    { .name = "fill", .route = "GET /templates/{id}/fill", .may = FIGURE_ROLES, .on = ON_READER, .per_minute = 12,
      .type = FILE_XLSX, .run = run_fill },
    { 0 },
};

extern const char template_schema[], template_zh[], template_bo[], template_en[];
const Module module_template = {
    .name = "template", .plural = "templates", .states = states, .actions = actions, .queries = queries,
    .calls = calls, .statements = statements, .schema = template_schema,
    .words_zh = template_zh, .words_bo = template_bo, .words_en = template_en,
};
