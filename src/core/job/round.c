/* One round: the next chunk of one job, on the writer's thread. What a crash may interrupt:
 *   1. rows that the action refuses are noted (job_row.code) before
 *   2. the rest is one command, whose client id is made of job and first row: after a crash it is answered as before;
 *   3. the job's own event `advance` moves it on, and with it the rows' status.
 * Where a chunk cannot be done at once (the store refuses, a reaction does), its rows are marked and done one by
 * one. */
#include "core/job/job.h"

#include "base/log.h"

#include <stdlib.h>

static Stmt jobs_next = { "s", "s",
                          "SELECT id FROM matter WHERE community = $1 AND kind = 'job'"
                          " AND state IN ('checking', 'running', 'undoing') ORDER BY changed_at, id LIMIT 1" };
/* A chunk is a range of rows, whatever became of them: after a crash it is the same chunk. */
/* With the first row that says the same, as the sheet counts; 0: there is none before it. */
static Stmt rows_next = { "ssll", "lslslssl",
                          "SELECT r.n, r.matter, r.version, r.input, r.status, r.code, r.field,"
                          " COALESCE((SELECT CASE WHEN e.sheet_row > 0 THEN e.sheet_row ELSE e.n END FROM job_row e"
                          " WHERE e.community = r.community AND e.job = r.job AND e.same = r.same AND e.n < r.n"
                          " AND r.same <> '' ORDER BY e.n LIMIT 1), 0)"
                          " FROM job_row r WHERE r.community = $1 AND r.job = $2 AND r.n >= $3 AND r.n <= $4"
                          " ORDER BY r.n" };
static Stmt command_known = { "ss", "l", "SELECT seq FROM command WHERE community = $1 AND client_id = $2" };
static Stmt row_refuse = { "sslssll", "",
                           "UPDATE job_row SET code = $4, field = $5, limit_n = $6, status = $7,"
                           " input = CASE WHEN $7 = 0 THEN input ELSE '' END"
                           " WHERE community = $1 AND job = $2 AND n = $3" };
static Stmt rows_singly = { "ssll", "",
                            "UPDATE job_row SET status = 5 WHERE community = $1 AND job = $2 AND n >= $3 AND n <= $4"
                            " AND status = 0" };
static Stmt roles_now = { "ss", "ssll",
                          "SELECT r.role, r.place, r.starts_at, r.ends_at FROM role r JOIN person p"
                          " ON p.community = r.community AND p.person = r.person"
                          " WHERE r.community = $1 AND r.person = $2 AND p.state = 'active'"
                          " ORDER BY r.place, r.role LIMIT 64" };
static Stmt token_now = { "ss", "ssl",
                          "SELECT role, place, expires_at FROM token WHERE community = $1 AND id = $2"
                          " AND person = ''" };
static Stmt version_now = { "ss", "l", "SELECT version FROM matter WHERE community = $1 AND id = $2" };
Stmt *const job_round_statements[] = { &jobs_next, &rows_next, &command_known, &row_refuse, &rows_singly,
                                       &roles_now, &token_now, &version_now,   NULL };

struct Jobs {
    Arena *arena;
    Runner *runner;
    const Module *module;
    Watches *watches;
    Watch *last; /* whose chunk was done last: the next round begins behind it */
};

typedef struct Round {
    Jobs *jobs;
    Arena *arena;
    Db *db;
    Str community, job;
    Matter *matter;
    const Module *module; /* of what the rows are input for */
    const Action *action; /* what is done: the action, or its reverse */
    bool dry, undo;
    Actor actor;
    int64_t now;
    int64_t first, last; /* row numbers of the chunk */
    JobRow *rows;
    int n;
} Round;

/* ---- what to look at ---- */

void jobs_look(Jobs *j, Str community)
{
    if (j != NULL && j->module != NULL) watch_look(j->watches, community);
}

Jobs *jobs_new(Arena *a, Runner *r)
{
    const Planner *p = runner_planner(r);
    Jobs *j = arena_new_of(a, Jobs);
    *j = (Jobs){ .arena = a, .runner = r, .module = world_module(p->world, S("job")) };
    if (j->module != NULL) j->watches = watches_new(a, p->db); /* worlds of tests may do without */
    return j;
}

/* ---- loading ---- */

static Fail load_matter(Round *r)
{
    const Planner *p = runner_planner(r->jobs->runner);
    DbRows *row = matter_send_load(r->db, r->arena, r->community, r->job);
    DbRows *relations = matter_send_relations(r->db, r->arena, r->community, r->job);
    Fail f = db_sync(r->db);
    r->matter = arena_new_of(r->arena, Matter);
    if (f.err == OK) f = matter_from_rows(r->arena, p->world, row, relations, r->matter);
    if (f.err != OK) return f;
    r->dry = r->matter->state == JOB_CHECKING;
    r->undo = r->matter->state == JOB_UNDOING;
    r->action = world_action(p->world, json_text(r->matter->data, "action"), &r->module);
    if (r->action != NULL && r->undo) r->action = module_action(r->module, str_c(r->action->reverse));
    return FAIL_NONE;
}

/* Whoever started it, as they are now, and with no role that they did not have then. */
static Fail load_actor(Round *r)
{
    const json_t *d = r->matter->data;
    Roles then = (Roles)json_int(d, "roles");
    Str person = json_text(d, "by"), home = json_text(d, "by_community");
    DbRows *roles = db_send(r->db, r->arena, &roles_now, ARGS(TXT(home), TXT(person)));
    DbRows *token = db_send(r->db, r->arena, &token_now, ARGS(TXT(home), TXT(person)));
    Fail f = db_sync(r->db);
    if (f.err != OK) return f;
    bool strong = json_bool(d, "strong");
    if (!strong) then &= ~(Roles)(ADMIN | AUDITOR);
    RoleAt *at = arena_array(r->arena, RoleAt, roles->rows + token->rows + 1);
    int n = 0;
    for (int i = 0; i < roles->rows; i++)
        at[n++] = (RoleAt){ role_by_name(db_text(roles, i, 0)) & then, db_text(roles, i, 1), db_int(roles, i, 2),
                            db_int(roles, i, 3) };
    for (int i = 0; i < token->rows; i++)
        at[n++] = (RoleAt){ role_by_name(db_text(token, i, 0)) & then, db_text(token, i, 1), 0, db_int(token, i, 2) };
    r->actor = (Actor){ .person = person,
                        .community = home,
                        .session = S(""),
                        .roles = at,
                        .n_roles = n,
                        .strong = strong,
                        .receipt = S("") };
    return FAIL_NONE;
}

static void open_row(Round *r, JobRow *row, Str text)
{
    const Planner *p = runner_planner(r->jobs->runner);
    Fail f = FAIL_NONE;
    Key key;
    Str plain = S("");
    const json_t *sealed = json_read(r->arena, text, &f);
    if (sealed != NULL && seal_is(sealed) && key_cache_get(p->keys, r->db, r->community, r->job, &key) &&
        seal_open(r->arena, key, r->community, sealed, &plain))
        row->input = json_read(r->arena, plain, &f);
    if (row->input == NULL) row->why = fail(ERR_CONFLICT, "unreadable");
}

/* The chunk's range; false when nothing is left. */
static bool next_chunk(Round *r)
{
    const json_t *d = r->matter->data;
    int64_t next = json_int(d, "next"), size = !r->action->many && r->action->alone ? JOB_CHUNK_SINGLY : JOB_CHUNK;
    if (r->undo) {
        r->last = next - 1;
        r->first = next - size > 1 ? next - size : 1;
    } else {
        r->first = next + 1;
        r->last = next + size < json_int(d, "rows") ? next + size : json_int(d, "rows");
    }
    return r->first <= r->last;
}

/* The field that a repetition is told of: the last one of those by which rows are the same. */
static const char *same_field(const Action *x)
{
    const char *const *name = x->same;
    while (name[1] != NULL)
        name++;
    return *name;
}

static void take_row(Round *r, JobRow *row, const DbRows *list, int i)
{
    int64_t status = db_int(list, i, 4), first = db_int(list, i, 7);
    Str input = db_text(list, i, 3);
    row->singly = status == ROW_SINGLY;
    bool was_refused = status == (r->undo ? ROW_KEPT : ROW_REFUSED);
    if (was_refused) {
        row->why = fail(ERR_CONFLICT, "refused"); /* noted before the crash, and counted now */
        row->recorded = true;
    } else if (r->undo) {
        row->skip = status != ROW_DONE;
        row->input = json_new_object(r->arena);
    } else if (status == ROW_MISREAD) {
        row->why = fail_field(ERR_INVALID, arena_c(r->arena, db_text(list, i, 5)),
                              arena_c(r->arena, db_text(list, i, 6)), 0);
        row->recorded = r->dry; /* it stands there, and goes on waiting for its turn */
    } else if (first > 0 && r->action->same != NULL) {
        row->why = fail_field(ERR_CONFLICT, "same_row", same_field(r->action), first);
    } else {
        open_row(r, row, input);
    }
}

static Fail load_rows(Round *r)
{
    Fail f = FAIL_NONE;
    DbRows *list =
        db_run(r->db, r->arena, &rows_next, ARGS(TXT(r->community), TXT(r->job), NUM(r->first), NUM(r->last)), &f);
    if (f.err != OK) return f;
    r->rows = arena_array(r->arena, JobRow, list->rows + 1);
    r->n = list->rows;
    for (int i = 0; i < r->n; i++) {
        r->rows[i] = (JobRow){ .n = db_int(list, i, 0), .matter = db_text(list, i, 1), .version = db_int(list, i, 2) };
        take_row(r, &r->rows[i], list, i);
    }
    return f;
}

/* Ids of what is done: of the whole chunk (n 0) or of one row. */
static Str text_of(Round *r, int64_t n)
{
    const char *phase = r->undo ? "undo" : "run";
    int64_t first = n > 0 ? n : r->first, last = n > 0 ? n : r->last;
    return arena_fmt(r->arena, "%.*s %.*s %s %s %lld to %lld", STR_ARG(r->community), STR_ARG(r->job), phase,
                     n > 0 ? "row" : "rows", (long long)first, (long long)last);
}

static Str client_id_of(Round *r, int64_t n)
{
    return id_from_hash(r->arena, S("job"), text_of(r, n));
}

static DbRows *send_known(Round *r, int64_t n)
{
    return db_send(r->db, r->arena, &command_known, ARGS(TXT(r->community), TXT(client_id_of(r, n))));
}

/* What somebody has worked on since is not taken away from under them; what we undid before a crash is not that. */
static Fail check_untouched(Round *r)
{
    DbRows **versions = arena_array(r->arena, DbRows *, r->n + 1), **known = arena_array(r->arena, DbRows *, r->n + 1);
    DbRows *whole = send_known(r, 0);
    for (int i = 0; i < r->n; i++) {
        versions[i] = db_send(r->db, r->arena, &version_now, ARGS(TXT(r->community), TXT(r->rows[i].matter)));
        known[i] = send_known(r, r->rows[i].n);
    }
    Fail f = db_sync(r->db);
    for (int i = 0; f.err == OK && i < r->n; i++) {
        JobRow *row = &r->rows[i];
        row->version = 1; /* as the job left it */
        row->done = known[i]->rows > 0;
        int64_t version = versions[i]->rows > 0 ? db_int(versions[i], 0, 0) : 0;
        if (version != 1 && whole->rows == 0 && !row->done && !row->skip && row->why.err == OK)
            row->why = fail_field(ERR_CONFLICT, "changed_since", "", version);
    }
    return f;
}

/* ---- doing ---- */

static bool still_to_do(const JobRow *row)
{
    return row->why.err == OK && !row->skip && !row->done;
}

static Command *command_of(Round *r, int from, int to, bool many)
{
    Arena *a = r->arena;
    Command *c = arena_new_of(a, Command);
    *c = (Command){ .arena = a,
                    .community = r->community,
                    .module = r->module,
                    .action = r->action,
                    .actor = &r->actor,
                    .now = 0,
                    .many = many,
                    .dry = r->dry,
                    .client_id = S(""),
                    .body_hash = S("") };
    c->rows = arena_array(a, CommandRow, to - from + 1);
    for (int i = from; i < to; i++) {
        const JobRow *row = &r->rows[i];
        if (!still_to_do(row)) continue;
        c->rows[c->n_rows++] = (CommandRow){ .matter = row->matter,
                                             .version = row->version,
                                             .input = json_keep(a, json_deep_copy(row->input)) };
    }
    if (r->dry) return c;
    int64_t n = many ? 0 : r->rows[from].n;
    c->client_id = client_id_of(r, n);
    c->body_hash = hash_hex(a, hash_one(text_of(r, n)));
    return c;
}

static bool store_is_away(Fail f)
{
    return f.err == ERR_FULL || f.err == ERR_BUSY;
}

/* "rows[12].name" -> the thirteenth row that is still in, and "name". */
static JobRow *row_of_fail(Round *r, Fail *f)
{
    if (strncmp(f->field, "rows[", 5) != 0) return NULL;
    char *end;
    long at = strtol(f->field + 5, &end, 10);
    if (*end != ']' || at < 0) return NULL;
    end += end[1] == '.' ? 2 : 1;
    memmove(f->field, end, strlen(end) + 1);
    for (int i = 0; i < r->n; i++)
        if (still_to_do(&r->rows[i]) && at-- == 0) return &r->rows[i];
    return NULL;
}

/* How many rows the command itself finds fault with. The places are those of the command: all are found before any is
 * marked. */
static int mark_refused(Round *r, const Command *c)
{
    JobRow **found = arena_array(r->arena, JobRow *, c->errors.n + 1);
    Fail *whys = arena_array(r->arena, Fail, c->errors.n + 1);
    int marked = 0;
    for (int i = 0; i < c->errors.n; i++) {
        whys[i] = c->errors.list[i];
        found[i] = row_of_fail(r, &whys[i]);
    }
    for (int i = 0; i < c->errors.n; i++)
        if (found[i] != NULL && found[i]->why.err == OK) { /* the first thing that is wrong with it */
            found[i]->why = whys[i];
            marked++;
        }
    return marked;
}

static Fail record_run(void *self, Db *db)
{
    Round *r = self;
    int64_t status = r->dry ? ROW_WAITS : r->undo ? ROW_KEPT : ROW_REFUSED;
    for (int i = 0; i < r->n; i++) {
        const JobRow *row = &r->rows[i];
        if (row->why.err == OK || row->recorded) continue;
        db_send(db, r->arena, &row_refuse,
                ARGS(TXT(r->community), TXT(r->job), NUM(row->n), TXT(str_c(row->why.code)),
                     TXT(arena_str(r->arena, str_c(row->why.field))), NUM(row->why.limit), NUM(status)));
    }
    return db_sync(db);
}

static Fail record_refused(Round *r)
{
    Fail f = runner_call(r->jobs->runner, record_run, r);
    for (int i = 0; f.err == OK && i < r->n; i++)
        r->rows[i].recorded = r->rows[i].why.err != OK;
    return f;
}

static Fail mark_singly(void *self, Db *db)
{
    const Round *r = self;
    db_send(db, r->arena, &rows_singly, ARGS(TXT(r->community), TXT(r->job), NUM(r->first), NUM(r->last)));
    return db_sync(db);
}

static Fail do_singly(Round *r)
{
    for (int i = 0; i < r->n; i++) {
        JobRow *row = &r->rows[i];
        if (!still_to_do(row)) continue;
        Command *c = command_of(r, i, i + 1, false);
        runner_run(r->jobs->runner, &c, 1);
        if (store_is_away(c->fail)) return c->fail;
        if (c->fail.err != OK) row->why = c->errors.n > 0 ? c->errors.list[0] : c->fail;
    }
    return record_refused(r);
}

static int left_to_do(const Round *r)
{
    int n = 0;
    for (int i = 0; i < r->n; i++)
        n += still_to_do(&r->rows[i]);
    return n;
}

static Fail do_rows(Round *r)
{
    bool singly = !r->action->many && r->action->alone;
    for (int i = 0; i < r->n; i++)
        singly |= r->rows[i].singly;
    Fail f = record_refused(r);
    while (f.err == OK && !singly && left_to_do(r) > 0) {
        Command *c = command_of(r, 0, r->n, true);
        runner_run(r->jobs->runner, &c, 1);
        if (c->fail.err == OK) return f;
        if (store_is_away(c->fail)) return c->fail;
        singly = mark_refused(r, c) == 0;
        f = singly && !r->dry && !r->undo ? runner_call(r->jobs->runner, mark_singly, r) : record_refused(r);
    }
    return f.err == OK && singly ? do_singly(r) : f;
}

/* ---- the job's own events ---- */

static Fail own_event(Round *r, const char *action, json_t *input)
{
    Command *c = arena_new_of(r->arena, Command);
    CommandRow *row = arena_new_of(r->arena, CommandRow);
    Str what = arena_fmt(r->arena, "%.*s %.*s %s %lld", STR_ARG(r->community), STR_ARG(r->job), action,
                         (long long)r->matter->version);
    *row = (CommandRow){ .matter = r->job, .version = -1, .input = input };
    *c = (Command){ .arena = r->arena,
                    .community = r->community,
                    .module = r->jobs->module,
                    .action = module_action(r->jobs->module, str_c(action)),
                    .actor = &actor_system,
                    .client_id = id_from_hash(r->arena, S("job"), what),
                    .body_hash = hash_hex(r->arena, hash_one(what)),
                    .rows = row,
                    .n_rows = 1 };
    runner_run(r->jobs->runner, &c, 1);
    return c->fail;
}

static Fail advance(Round *r)
{
    int good = 0, bad = 0;
    for (int i = 0; i < r->n; i++) {
        good += r->rows[i].why.err == OK && !r->rows[i].skip;
        bad += r->rows[i].why.err != OK;
    }
    json_t *in = json_new_object(r->arena);
    json_put_int(in, "from", r->first);
    json_put_int(in, "to", r->last);
    json_put_int(in, "good", good);
    json_put_int(in, "bad", bad);
    return own_event(r, "advance", in);
}

static Fail halt(Round *r, const char *reason)
{
    json_t *in = json_new_object(r->arena);
    json_put_text(in, "reason", str_c(reason));
    return own_event(r, "halt", in);
}

/* ---- one round ---- */

static Fail go(Round *r)
{
    Fail f = load_matter(r);
    if (f.err != OK) return f;
    if (r->action == NULL) return halt(r, "unknown_action");
    f = load_actor(r);
    if (f.err != OK) return f;
    if (!rights_may(r->action->may, r->action->who, 0, &r->actor, NULL, S(""), r->now)) return halt(r, "role_ended");
    if (!next_chunk(r)) return own_event(r, "finish", json_new_object(r->arena));
    f = load_rows(r);
    if (f.err == OK && r->undo) f = check_untouched(r);
    if (f.err == OK) f = do_rows(r);
    return f.err == OK ? advance(r) : f;
}

static Worked round_of(Jobs *j, Watch *w, int64_t now)
{
    Round r = { .jobs = j, .arena = arena_new(), .db = runner_db(j->runner), .community = w->community, .now = now };
    Worked worked = NOTHING_TO_DO;
    Fail f = FAIL_NONE;
    DbRows *next = db_run(r.db, r.arena, &jobs_next, ARGS(TXT(w->community)), &f);
    if (f.err == OK && next->rows == 0) {
        w->look = false;
    } else if (f.err == OK) {
        r.job = db_text(next, 0, 0);
        f = go(&r);
        worked = DID_SOME;
    }
    if (f.err != OK) {
        log_line(LOG_WARN, "job", "outcome=later code=%s", f.code != NULL ? f.code : "none");
        worked = TRY_LATER;
    }
    arena_free(r.arena);
    return worked;
}

/* One chunk of one community, and the next time of the next one: neither a long list nor one in trouble holds up the
 * others. */
Worked jobs_round(Jobs *j, int64_t now)
{
    Worked worked = NOTHING_TO_DO;
    if (j == NULL || j->module == NULL || j->watches->first == NULL) return worked;
    Watch *from = j->last != NULL && j->last->next != NULL ? j->last->next : j->watches->first, *w = from;
    do {
        Worked one = w->look ? round_of(j, w, now) : NOTHING_TO_DO;
        if (one != NOTHING_TO_DO) worked = one;
        j->last = w;
        w = w->next != NULL ? w->next : j->watches->first;
    } while (worked != DID_SOME && w != from);
    return worked;
}
