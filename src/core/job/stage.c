/* Rows come in, part by part. */
#include "core/job/job.h"

static Stmt parts_sum = { "ss", "ll",
                          "SELECT COALESCE(MAX(part), 0), CAST(COALESCE(SUM(rows_n), 0) AS bigint) FROM job_part"
                          " WHERE community = $1 AND job = $2" };
static Stmt part_get = { "ssl", "s", "SELECT hash FROM job_part WHERE community = $1 AND job = $2 AND part = $3" };
static Stmt part_add = { "sslls", "",
                         "INSERT INTO job_part (community, job, part, rows_n, hash) VALUES ($1, $2, $3, $4, $5)" };
static Stmt row_add = { "sslslsllsss", "",
                        "INSERT INTO job_row (community, job, n, matter, version, input, sheet_row, status, code,"
                        " field, limit_n, same) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, $11)" };
Stmt *const job_stage_statements[] = { &parts_sum, &part_get, &part_add, &row_add, NULL };

Fail job_stage_load(Staging *s, bool repeated)
{
    CallCtx *c = s->c;
    Matter *m = arena_new_of(c->arena, Matter);
    DbRows *row = matter_send_load(c->db, c->arena, c->community, s->job);
    DbRows *relations = matter_send_relations(c->db, c->arena, c->community, s->job);
    Fail f = db_sync(c->db);
    if (f.err != OK) return f;
    if (row->rows == 0) return fail(ERR_NOT_FOUND, "not_found");
    f = matter_from_rows(c->arena, c->world, row, relations, m);
    if (f.err == OK && !str_is(m->kind, "job")) f = fail(ERR_NOT_FOUND, "not_found");
    if (f.err != OK) return f;
    if (!rights_may(0, REPORTER, 0, c->actor, m, m->place, c->now)) return fail(ERR_FORBIDDEN, "forbidden");
    s->open = m->state == JOB_STAGING || m->state == JOB_CHECKED;
    s->action_type = json_text(m->data, "action");
    s->action = world_action(c->world, s->action_type, &s->module);
    if (!s->open && !repeated) return fail(ERR_CONFLICT, "wrong_state");
    if (s->action == NULL) return fail(ERR_CONFLICT, "unknown_action");
    s->creates = (s->action->from & NEW) != 0;
    return FAIL_NONE;
}

Fail job_stage_sums(Staging *s)
{
    CallCtx *c = s->c;
    Fail f = FAIL_NONE;
    DbRows *sum = db_run(c->db, c->arena, &parts_sum, ARGS(TXT(c->community), TXT(s->job)), &f);
    if (f.err != OK) return f;
    s->last_part = db_int(sum, 0, 0);
    s->total = db_int(sum, 0, 1);
    return FAIL_NONE;
}

static Fail check_rows(const Staging *s)
{
    size_t n = json_array_size(s->rows);
    if (!json_is_array(s->rows)) return fail_field(ERR_INVALID, "wrong_type", "rows", 0);
    if (n == 0) return fail_field(ERR_INVALID, "too_few", "rows", 1);
    if (n > JOB_PART_ROWS_MAX) return fail_field(ERR_INVALID, "too_many", "rows", JOB_PART_ROWS_MAX);
    for (size_t i = 0; i < n; i++) {
        const json_t *row = json_array_get(s->rows, i);
        const char *name = s->creates ? "id" : "matter";
        const json_t *id = json_object_get(row, name), *version = json_object_get(row, "version");
        const char *path = arena_fmt(s->c->arena, "rows[%zu]", i).p;
        if (!json_is_object(row)) return fail_field(ERR_INVALID, "wrong_type", path, 0);
        if (id == NULL ? !s->creates : !id_valid(json_text(row, name)))
            return fail_field(ERR_INVALID, id == NULL ? "required" : "bad_format",
                              arena_fmt(s->c->arena, "%s.%s", path, name).p, ID_CHARS);
        if (version != NULL && !json_is_integer(version))
            return fail_field(ERR_INVALID, "wrong_type", arena_fmt(s->c->arena, "%s.version", path).p, 0);
    }
    return FAIL_NONE;
}

/* The job's own key seals its rows; the first part makes it. It enters no cache before it is committed. */
Fail job_stage_key(Staging *s)
{
    CallCtx *c = s->c;
    Fail f = FAIL_NONE;
    DbRows *r = db_run(c->db, c->arena, &seal_key_load, ARGS(TXT(c->community), TXT(s->job)), &f);
    if (f.err != OK) return f;
    if (r->rows > 0) {
        bool opens = seal_unwrap(c->seals, c->community, s->job, db_text(r, 0, 0), &s->key);
        return opens ? FAIL_NONE : fail(ERR_INTERNAL, "key_does_not_open");
    }
    s->key = seal_new_key();
    Str wrapped = seal_wrap(c->seals, c->arena, c->community, s->job, s->key);
    db_send(c->db, c->arena, &seal_key_save, ARGS(TXT(c->community), TXT(s->job), BYT(wrapped), NUM(c->now)));
    return FAIL_NONE;
}

/* By what two rows are the same, as the action will read it ("139-0000 1234" is 13900001234). Of this job alone: no
 * number can be followed from job to job. */
static Str same_of(const Staging *s, json_t *input)
{
    CallCtx *c = s->c;
    Buf b = buf_new(c->arena, 96);
    bool says = false;
    for (const char *const *name = s->action->same; name != NULL && *name != NULL; name++) {
        const Field *f = s->action->fields;
        while (f->name != NULL && strcmp(f->name, *name) != 0)
            f++;
        Field one[] = { *f, { 0 } };
        Errors errors = { .arena = c->arena };
        json_t *in = json_new_object(c->arena), *v = json_object_get(input, *name);
        one[0].required = false;
        if (v != NULL) json_put(in, *name, json_keep(c->arena, json_deep_copy(v)));
        Str text = json_text(fields_validate(c->arena, one, in, "", &errors), *name);
        if (errors.n > 0) return S("");
        says |= text.n > 0;
        buf_fmt(&b, "%zu %.*s ", text.n, STR_ARG(text));
    }
    if (!says) return S("");
    Str text = arena_fmt(c->arena, "%.*s %.*s", STR_ARG(s->job), STR_ARG(buf_str(&b)));
    return seal_lookup(c->seals, c->arena, c->community, text);
}

void job_stage_row(const Staging *s, int64_t n, json_t *row, int64_t sheet_row, Fail misread)
{
    CallCtx *c = s->c;
    Str matter = json_text(row, s->creates ? "id" : "matter");
    if (matter.n == 0)
        matter =
            id_from_hash(c->arena, S("job row"),
                         arena_fmt(c->arena, "%.*s %.*s %lld", STR_ARG(c->community), STR_ARG(s->job), (long long)n));
    int64_t version = json_object_get(row, "version") != NULL ? json_int(row, "version") : -1;
    json_t *input = json_new_object(c->arena);
    const char *key;
    json_t *value;
    json_object_foreach(row, key, value)
    {
        if (strcmp(key, "id") != 0 && strcmp(key, "version") != 0 && strcmp(key, "matter") != 0)
            json_put(input, key, value);
    }
    json_t *sealed = seal_value(c->arena, s->key, c->community, s->job, json_print(c->arena, input));
    db_send(c->db, c->arena, &row_add,
            ARGS(TXT(c->community), TXT(s->job), NUM(n), TXT(matter), NUM(version), TXT(json_print(c->arena, sealed)),
                 NUM(sheet_row), NUM(misread.err != OK ? ROW_MISREAD : ROW_WAITS),
                 TXT(str_c(misread.err != OK ? misread.code : "")), TXT(arena_str(c->arena, str_c(misread.field))),
                 TXT(same_of(s, input))));
}

void job_stage_part(Staging *s, int64_t part, int64_t n)
{
    db_send(s->c->db, s->c->arena, &part_add,
            ARGS(TXT(s->c->community), TXT(s->job), NUM(part), NUM(n), TXT(s->hash)));
    s->total += n;
}

static void answer(const Staging *s)
{
    Buf out = buf_new(s->c->arena, 96);
    Json j = json_to(&out);
    jw_open(&j, '{');
    jw_put_int(&j, "part", s->part);
    jw_put_int(&j, "rows", (int64_t)json_array_size(s->rows));
    jw_put_int(&j, "total", s->total);
    jw_close(&j, '}');
    call_json(s->c, buf_str(&out));
}

Fail job_stage(CallCtx *c)
{
    Staging s = {
        .c = c, .job = call_arg(c, 0), .part = json_int(c->input, "part"), .rows = json_object_get(c->input, "rows")
    };
    if (!id_valid(s.job)) return fail(ERR_NOT_FOUND, "not_found");
    s.hash = hash_hex(c->arena, hash_one(json_print(c->arena, s.rows)));
    DbRows *known = db_send(c->db, c->arena, &part_get, ARGS(TXT(c->community), TXT(s.job), NUM(s.part)));
    Fail f = db_sync(c->db);
    if (f.err == OK) f = job_stage_load(&s, known->rows > 0);
    if (f.err == OK) f = job_stage_sums(&s);
    if (f.err == OK) f = check_rows(&s);
    if (f.err != OK) return f;
    if (known->rows > 0) { /* the same part again */
        if (!str_eq(db_text(known, 0, 0), s.hash)) return fail_field(ERR_CONFLICT, "part_reused", "part", 0);
        answer(&s);
        return FAIL_NONE;
    }
    int64_t n = (int64_t)json_array_size(s.rows);
    if (s.part != s.last_part + 1) return fail_field(ERR_CONFLICT, "part_out_of_order", "part", s.last_part + 1);
    if (s.total + n > JOB_ROWS_MAX) return fail_field(ERR_CONFLICT, "too_many", "rows", JOB_ROWS_MAX);
    f = job_stage_key(&s);
    if (f.err != OK) return f;
    for (int64_t i = 0; i < n; i++)
        job_stage_row(&s, s.total + i + 1, json_array_get(s.rows, (size_t)i), 0, FAIL_NONE);
    job_stage_part(&s, s.part, n);
    answer(&s);
    return db_sync(c->db);
}
