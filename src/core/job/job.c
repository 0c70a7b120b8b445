/* job: a long list of the same. Whose day: the clerk's who brings in what a community has on paper. Never: a row twice,
 * a row lost without a word, or more rights than who started it. */
#include "core/job/job.h"

extern const char job_schema[], job_zh[], job_bo[], job_en[];

static const State states[] = {
    [JOB_STAGING] = { "staging", true }, [JOB_CHECKING] = { "checking", true }, [JOB_CHECKED] = { "checked", true },
    [JOB_RUNNING] = { "running", true }, [JOB_DONE] = { "done", false },        [JOB_STOPPED] = { "stopped", true },
    [JOB_UNDOING] = { "undoing", true }, [JOB_UNDONE] = { "undone", false },    [JOB_DROPPED] = { "dropped", false },
    { 0 },
};

#define AT_WORK (ST(JOB_CHECKING) | ST(JOB_RUNNING) | ST(JOB_UNDOING))

static const char *const REASONS[] = { "role_ended", "unknown_action", NULL };

static const Field open_fields[] = {
    { .name = "action", .type = F_TEXT, .required = true, .min = 3, .max = 80 },
    { .name = "name", .type = F_TEXT, .required = true, .min = 1, .max = 60 },
    { 0 },
};
static const Field advance_fields[] = {
    { .name = "from", .type = F_INT, .required = true, .min = 0, .max = JOB_ROWS_MAX + 1 },
    { .name = "to", .type = F_INT, .required = true, .min = 0, .max = JOB_ROWS_MAX + 1 },
    { .name = "good", .type = F_INT, .required = true, .min = 0, .max = JOB_ROWS_MAX },
    { .name = "bad", .type = F_INT, .required = true, .min = 0, .max = JOB_ROWS_MAX },
    { 0 },
};
static const Field halt_fields[] = {
    { .name = "reason", .type = F_ENUM, .required = true, .values = REASONS },
    { 0 },
};
static const Field no_fields[] = { { 0 } };

static Read rows_read[] = {
    { .name = "rows", .key = "matter",
      .stmt = { "ss", "l",
                "SELECT CAST(COALESCE(SUM(rows_n), 0) AS bigint) FROM job_part WHERE community = $1 AND job = $2" } },
    { 0 },
};

/* ---- decide ---- */

/* Could this actor do that action at all? Each row is asked again when its turn comes. */
static Fail may_act(const Decide *d, const Action *x)
{
    if (!rights_may(x->may, x->who, 0, d->actor, NULL, S(""), d->now)) return fail(ERR_FORBIDDEN, "forbidden");
    return x->strong && !d->actor->strong ? fail(ERR_FORBIDDEN, "second_factor") : FAIL_NONE;
}

static const Action *action_of(const Decide *d)
{
    const json_t *from = d->matter->state < 0 ? d->input : d->matter->data;
    const Action *x = world_action(d->world, json_text(from, "action"), NULL);
    return x != NULL && x->many && x->route != NULL ? x : NULL;
}

static void put_rights(Decide *d)
{
    json_put_int(d->data, "roles", (int64_t)actor_roles(d->actor, d->now));
    json_put_bool(d->data, "strong", d->actor->strong);
}

static Fail decide_open(Decide *d)
{
    const Action *x = action_of(d);
    if (x == NULL) return fail_field(ERR_INVALID, "not_one_of", "action", 0);
    json_put_bool(d->data, "reversible", (x->from & NEW) && x->reverse != NULL);
    return may_act(d, x);
}

static Fail decide_go(Decide *d)
{
    const Action *x = action_of(d);
    int64_t rows = db_int(d->reads[0], 0, 0);
    if (x == NULL) return fail(ERR_CONFLICT, "unknown_action");
    if (rows == 0) return fail_field(ERR_CONFLICT, "no_rows", "", 0);
    json_put_int(d->data, "rows", rows);
    put_rights(d);
    return may_act(d, x);
}

static Fail decide_undo(Decide *d)
{
    const Action *x = action_of(d);
    const Module *m = NULL;
    world_action(d->world, json_text(d->matter->data, "action"), &m);
    if (x == NULL || !(x->from & NEW) || x->reverse == NULL) return fail(ERR_CONFLICT, "not_reversible");
    put_rights(d);
    return may_act(d, module_action(m, str_c(x->reverse)));
}

static Fail decide_finish(Decide *d)
{
    d->to = d->matter->state == JOB_CHECKING ? JOB_CHECKED : d->matter->state == JOB_UNDOING ? JOB_UNDONE : JOB_DONE;
    return FAIL_NONE;
}

/* A check that was stopped has changed nothing. */
static Fail decide_stop(Decide *d)
{
    d->to = d->matter->state == JOB_CHECKING ? JOB_STAGING : JOB_STOPPED;
    return FAIL_NONE;
}

/* ---- fold ---- */

static void keep(Matter *m, const Event *e, const char *name)
{
    json_t *v = json_object_get(e->data, name);
    if (v != NULL) json_put(m->data, name, v);
}

static void keep_actor(Matter *m, const Event *e)
{
    json_put_text(m->data, "by", e->actor);
    json_put_text(m->data, "by_community", e->actor_community.n > 0 ? e->actor_community : e->community);
    keep(m, e, "roles");
    keep(m, e, "strong");
    json_object_del(m->data, "reason");
}

static void fold_open(Matter *m, const Event *e)
{
    keep(m, e, "action");
    keep(m, e, "name");
    keep(m, e, "reversible");
    matter_relate(m, e->actor, REPORTER, 0);
}

static void fold_check(Matter *m, const Event *e)
{
    keep_actor(m, e);
    keep(m, e, "rows");
    json_put_int(m->data, "next", 0);
    json_put_int(m->data, "checked_good", 0);
    json_put_int(m->data, "checked_bad", 0);
}

/* The state before is not known here: a job that ran before has its counts, and goes on behind the last row done. */
static void fold_start(Matter *m, const Event *e)
{
    keep_actor(m, e);
    keep(m, e, "rows");
    if (json_object_get(m->data, "done") == NULL) {
        json_put_int(m->data, "done", 0);
        json_put_int(m->data, "refused", 0);
        json_put_int(m->data, "run_to", 0);
    }
    json_put_int(m->data, "next", json_int(m->data, "run_to"));
}

static void fold_undo(Matter *m, const Event *e)
{
    keep_actor(m, e);
    json_put_int(m->data, "next", json_int(m->data, "rows") + 1);
    json_put_int(m->data, "kept", 0); /* counted anew: the rows are gone through from the last one again */
    if (json_object_get(m->data, "undone") == NULL) json_put_int(m->data, "undone", 0);
}

static void fold_advance(Matter *m, const Event *e)
{
    static const char *const names[][2] = { [JOB_CHECKING] = { "checked_good", "checked_bad" },
                                            [JOB_RUNNING] = { "done", "refused" },
                                            [JOB_UNDOING] = { "undone", "kept" } };
    bool undoing = m->state == JOB_UNDOING;
    const char *good = names[m->state][0], *bad = names[m->state][1];
    json_put_int(m->data, good, json_int(m->data, good) + json_int(e->data, "good"));
    json_put_int(m->data, bad, json_int(m->data, bad) + json_int(e->data, "bad"));
    json_put_int(m->data, "next", json_int(e->data, undoing ? "from" : "to"));
    if (m->state == JOB_RUNNING) json_put_int(m->data, "run_to", json_int(e->data, "to"));
}

static void fold_halt(Matter *m, const Event *e)
{
    keep(m, e, "reason");
}

/* ---- apply: only rows that work; nothing of it in a replay ---- */

static Stmt codes_clear = { "ss", "",
                            "UPDATE job_row SET code = '', field = '', limit_n = 0"
                            " WHERE community = $1 AND job = $2 AND status IN (0, 5) AND code <> ''" };
static Stmt rows_done = { "ssll", "",
                          "UPDATE job_row SET status = 1, input = '', code = '', field = '', limit_n = 0"
                          " WHERE community = $1 AND job = $2 AND n >= $3 AND n <= $4 AND status IN (0, 5)" };
static Stmt rows_undone = { "ssll", "",
                            "UPDATE job_row SET status = 3 WHERE community = $1 AND job = $2 AND n >= $3 AND n <= $4"
                            " AND status = 1" };
static Stmt rows_drop = { "ss", "", "DELETE FROM job_row WHERE community = $1 AND job = $2 AND status IN (0, 5, 6)" };
static Stmt same_drop = { "ss", "", "UPDATE job_row SET same = '' WHERE community = $1 AND job = $2 AND same <> ''" };

static void apply_go(Apply *a, const Matter *m, const Event *e)
{
    if (!a->replay) db_send(a->db, a->arena, &codes_clear, ARGS(TXT(e->community), TXT(m->id)));
}

static void apply_advance(Apply *a, const Matter *m, const Event *e)
{
    if (a->replay || m->state == JOB_CHECKING) return;
    db_send(a->db, a->arena, m->state == JOB_UNDOING ? &rows_undone : &rows_done,
            ARGS(TXT(e->community), TXT(m->id), NUM(json_int(e->data, "from")), NUM(json_int(e->data, "to"))));
}

static void apply_drop(Apply *a, const Matter *m, const Event *e)
{
    if (!a->replay) db_send(a->db, a->arena, &rows_drop, ARGS(TXT(e->community), TXT(m->id)));
}

static void apply_finish(Apply *a, const Matter *m, const Event *e)
{
    if (!a->replay && m->state == JOB_DONE) db_send(a->db, a->arena, &same_drop, ARGS(TXT(e->community), TXT(m->id)));
}

#define HEARD (TO_REPORTER | TO_HANDLERS)

static const Action actions[] = {
    { .name = "open", .route = "POST /jobs", .may = STAFF | PROGRAM, .from = NEW, .to = ST(JOB_STAGING),
      .fields = open_fields, .decide = decide_open, .fold = fold_open, .audience = HEARD, .mode = COMMUTES },
    { .name = "check", .route = "POST /jobs/{id}/check", .who = REPORTER, .from = ST(JOB_STAGING) | ST(JOB_CHECKED),
      .to = ST(JOB_CHECKING), .fields = no_fields, .reads = rows_read, .decide = decide_go, .fold = fold_check,
      .apply = apply_go, .audience = HEARD, .mode = COMMUTES },
    { .name = "start", .route = "POST /jobs/{id}/start", .who = REPORTER,
      .from = ST(JOB_STAGING) | ST(JOB_CHECKED) | ST(JOB_STOPPED), .to = ST(JOB_RUNNING), .fields = no_fields,
      .reads = rows_read, .decide = decide_go, .fold = fold_start, .apply = apply_go, .audience = HEARD,
      .mode = COMMUTES },
    { .name = "stop", .route = "POST /jobs/{id}/stop", .may = ADMIN, .who = REPORTER, .from = AT_WORK,
      .to = ST(JOB_STAGING) | ST(JOB_STOPPED), .fields = no_fields, .decide = decide_stop, .audience = HEARD,
      .mode = COMMUTES },
    { .name = "undo", .route = "POST /jobs/{id}/undo", .who = REPORTER, .from = ST(JOB_DONE) | ST(JOB_STOPPED),
      .to = ST(JOB_UNDOING), .fields = no_fields, .decide = decide_undo, .fold = fold_undo, .audience = HEARD,
      .mode = COMMUTES },
    { .name = "drop", .route = "POST /jobs/{id}/drop", .may = SYSTEM, .who = REPORTER,
      .from = ST(JOB_STAGING) | ST(JOB_CHECKED) | ST(JOB_STOPPED), .to = ST(JOB_DROPPED), .fields = no_fields,
      .apply = apply_drop, .audience = HEARD, .mode = COMMUTES },
    /* the writer's own */
    { .name = "advance", .may = SYSTEM, .from = AT_WORK, .to = SAME, .fields = advance_fields, .fold = fold_advance,
      .apply = apply_advance, .audience = HEARD },
    { .name = "finish", .may = SYSTEM, .from = AT_WORK, .to = ST(JOB_CHECKED) | ST(JOB_DONE) | ST(JOB_UNDONE),
      .fields = no_fields, .decide = decide_finish, .apply = apply_finish, .audience = HEARD, .tell = REPORTER },
    { .name = "halt", .may = SYSTEM, .from = AT_WORK, .to = ST(JOB_STAGING) | ST(JOB_STOPPED), .fields = halt_fields,
      .decide = decide_stop, .fold = fold_halt, .audience = HEARD, .tell = REPORTER },
    { 0 },
};

static const Clock clocks[] = {
    { "drop", ST(JOB_STAGING) | ST(JOB_CHECKED) | ST(JOB_STOPPED), JOB_DROP_HOURS, HOURS, "drop" },
    { 0 },
};

#define JOB_COLUMNS "m.id, m.state, m.version, m.opened_at, m.changed_at, m.data"
#define JOB_NAMES "id:s state:s version:l opened_at:l changed_at:l data:j"

static const Query queries[] = {
    { .name = "view", .route = "GET /jobs/{id}", .may = ADMIN, .who = REPORTER, .view = true },
    { .name = "mine",
      .route = "GET /jobs",
      .may = SIGNED_IN,
      .who = REPORTER,
      .scope = SCOPE_MINE,
      .sql = "SELECT " JOB_COLUMNS " FROM matter m WHERE m.community = $1 AND m.kind = 'job' AND {scope}",
      .columns = JOB_NAMES,
      .order = "m.changed_at:l DESC, m.id:s DESC" },
    { .name = "errors",
      .route = "GET /jobs/{id}/errors",
      .may = ADMIN,
      .who = REPORTER,
      .scope = SCOPE_PLACE,
      .sql = "SELECT r.n, r.matter, r.status, r.code, r.field, r.limit_n, r.sheet_row, COALESCE(c.heading, '') FROM "
             "job_row r"
             " JOIN matter m ON m.community = r.community AND m.id = r.job"
             " LEFT JOIN job_column c ON c.community = r.community AND c.job = r.job AND c.field = r.field"
             " WHERE r.community = $1 AND r.job = $2 AND r.code <> '' AND {scope}",
      .columns = "n:l matter:s status:l code:s field:s limit:l row:l heading:s",
      .order = "r.n:l",
      .limit_max = 500 },
    { 0 },
};

static const Field stage_fields[] = {
    { .name = "part", .type = F_INT, .required = true, .min = 1, .max = JOB_ROWS_MAX },
    { .name = "rows", .type = F_JSON, .required = true, .max = JOB_PART_BYTES_MAX },
    { 0 },
};

static const Call calls[] = {
    { .name = "stage", .route = "POST /jobs/{id}/rows", .may = STAFF | PROGRAM, .fields = stage_fields, .on = ON_WRITER,
      .body_max = JOB_PART_BYTES_MAX + 4096, .run = job_stage,
      .answer = "part:l rows:l total:l *" },
    { .name = "take_sheet", .route = "POST /jobs/{id}/sheet", .may = STAFF | PROGRAM, .fields = job_sheet_fields,
      .on = ON_WRITER, .per_minute = 60, .run = job_sheet_take,
      .answer = "upload:s encoding:s head_row:l head_lines:l rows:l blank:l staged:l remembered:b "
                "columns[column:l heading:s field:s? refused:b? left:l? *] missing[o] targets[o] errors[code:s field:s "
                "heading:s limit:l *] preview[row:l input:o? *] *" },
    { .name = "look_sheet", .route = "GET /jobs/{id}/sheet", .may = STAFF | PROGRAM, .on = ON_WRITER, .per_minute = 60,
      .run = job_sheet_look,
      .answer = "upload:s encoding:s head_row:l head_lines:l rows:l blank:l staged:l remembered:b "
                "columns[column:l heading:s field:s? refused:b? left:l? *] missing[o] targets[o] errors[code:s field:s "
                "heading:s limit:l *] preview[row:l input:o? *] *" },
    { .name = "map_sheet", .route = "PUT /jobs/{id}/sheet", .may = STAFF | PROGRAM, .fields = job_mapping_fields,
      .on = ON_WRITER, .per_minute = 60, .run = job_sheet_map,
      .answer = "upload:s encoding:s head_row:l head_lines:l rows:l blank:l staged:l remembered:b "
                "columns[column:l heading:s field:s? refused:b? left:l? *] missing[o] targets[o] errors[code:s field:s "
                "heading:s limit:l *] preview[row:l input:o? *] *" },
    { .name = "sheet_rows", .route = "POST /jobs/{id}/sheet/rows", .may = STAFF | PROGRAM, .on = ON_WRITER,
      .per_minute = 120, .run = job_sheet_rows,
      .answer = "staged:l rows:l total:l" },
    { .name = "wrong_rows", .route = "GET /jobs/{id}/sheet/wrong", .may = STAFF | PROGRAM, .on = ON_WRITER,
      .per_minute = 120, .run = job_sheet_wrong,
      .answer = "headings[s] rows[n:l row:l code:s field:s limit:l heading:s status:l cells[s]] next:l?" },
    { 0 },
};

static Stmt *const statements[] = { &codes_clear, &rows_done, &rows_undone, &rows_drop, &same_drop, NULL };
static Stmt *const *const more_statements[] = { job_round_statements, job_stage_statements, job_sheet_statements,
                                                NULL };

const Module module_job = {
    .name = "job", .plural = "jobs", .states = states, .actions = actions, .queries = queries, .calls = calls,
    .clocks = clocks, .statements = statements, .more_statements = more_statements, .schema = job_schema,
    .words_zh = job_zh, .words_bo = job_bo, .words_en = job_en,
};
