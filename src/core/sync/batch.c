/* POST /batch: commands that waited on a phone, each by itself, in the order of their matter. */
#include "core/sync/sync.h"

#include "base/json_raw.h"
#include "core/internal.h"
#include "core/serve/problem.h"

enum { SKEW_SAID_MS = 2 * MINUTE_MS }; /* less may be the way here */

/* What an earlier command left behind: whose it was, and the version of the matter after its last event there. */
static Stmt left_load = { "sss", "sl",
                          "SELECT c.actor, t.matter_version FROM command c JOIN timeline t"
                          " ON t.community = c.community AND t.seq >= c.seq AND t.seq < c.seq + c.events"
                          " WHERE c.community = $1 AND c.client_id = $2 AND t.community = $1 AND t.matter = $3"
                          " ORDER BY t.seq DESC LIMIT 1" };
Stmt *const batch_statements[] = { &left_load, NULL };

typedef enum Done { WAITS, RUNS, DONE, REFUSED, HELD } Done; /* HELD: refused for now, or not tried */

typedef struct Step { /* one action of the list */
    Str route, after, body, person; /* person: for whom, "" for oneself */
    int64_t skew; /* to be added to the phone's times */
    const Row *row;
    Command command;
    Str matter; /* "" if it could not be read */
    Done done;
} Step;

typedef struct Batch {
    CallCtx *call;
    Step *steps;
    int n;
} Batch;

Str batch_squeeze(Arena *a, Str json)
{
    Buf out = buf_new(a, json.n + 1);
    bool inside = false;
    for (size_t i = 0; i < json.n; i++) {
        char c = json.p[i];
        if (inside && c == '\\' && i + 1 < json.n) {
            buf_char(&out, c);
            c = json.p[++i];
        } else if (c == '"') {
            inside = !inside;
        }
        if (inside || (c != ' ' && c != '\n' && c != '\r' && c != '\t')) buf_char(&out, c);
    }
    return buf_str(&out);
}

static void step_refuse(Step *s, Fail f)
{
    s->command.fail = f;
    s->done = f.err == ERR_BUSY || f.err == ERR_FULL || f.err == ERR_INTERNAL || f.err == ERR_TOO_MANY ? HELD : REFUSED;
}

/* The body's own bytes make the hash by which a repeated command is known: the same as if it had come by itself. */
static Fail step_read(Batch *b, Step *s)
{
    CallCtx *c = b->call;
    RouteMatch match = world_route(c->world, HTTP_POST, s->route);
    s->row = match.row;
    if (s->row == NULL || s->row->action == NULL) return fail_field(ERR_NOT_FOUND, "no_such_route", "route", 0);
    if ((int64_t)s->body.n > s->row->body_max) return fail_field(ERR_TOO_LARGE, "too_large", "body", s->row->body_max);
    const Actor *actor = c->actor;
    Fail f = FAIL_NONE;
    if (s->person.n > 0) {
        f = acting_check(c->db, c->arena, c->community, actor->person, s->person, c->now);
        actor = actor_acting(c->arena, actor, s->person);
    }
    if (f.err == OK) f = row_may(s->row, actor, c->now);
    if (f.err != OK) return f;
    Command *cmd = &s->command;
    *cmd = (Command){ .arena = c->arena,
                      .community = c->community,
                      .module = s->row->module,
                      .action = s->row->action,
                      .actor = actor,
                      .late = true };
    f = command_read(cmd, match.n_args > 0 ? match.args[0] : S(""), s->body, S(""));
    if (f.err == OK && cmd->client_id.n == 0) f = fail_field(ERR_INVALID, "required", "id", 0);
    if (f.err != OK) return f;
    s->matter = cmd->rows[0].matter;
    if (cmd->claimed_at > 0) cmd->claimed_at += s->skew;
    if (cmd->claimed_at < 0) cmd->claimed_at = 0;
    return FAIL_NONE;
}

static int64_t skew_of(int64_t now, int64_t phone_at)
{
    int64_t skew = phone_at > 0 ? now - phone_at : 0;
    return skew > -SKEW_SAID_MS && skew < SKEW_SAID_MS ? 0 : skew;
}

static void steps_read(Batch *b)
{
    CallCtx *c = b->call;
    const json_t *list = json_object_get(c->input, "actions");
    Str raw = raw_inside(raw_get(batch_squeeze(c->arena, c->body), "actions")), one = S("");
    b->n = (int)json_array_size(list);
    b->steps = arena_array(c->arena, Step, b->n + 1);
    for (int i = 0; i < b->n; i++) {
        Step *s = &b->steps[i];
        const json_t *in = json_array_get(list, (size_t)i);
        if (!raw_item(&raw, &one)) one = S("");
        s->route = json_text(in, "route");
        s->after = json_text(in, "after");
        s->person = json_text(in, "for");
        s->body = raw_get(one, "body");
        s->skew = skew_of(c->now, json_int(in, "phone_at"));
        Fail f = step_read(b, s);
        if (f.err != OK) step_refuse(s, f);
    }
}

static Step *step_of(Batch *b, Str client_id, int before)
{
    for (int i = before; i-- > 0;)
        if (str_eq(b->steps[i].command.client_id, client_id)) return &b->steps[i];
    return NULL;
}

static void not_tried(Step *s)
{
    s->command.fail = fail_field(ERR_CONFLICT, "not_tried", "after", 0);
    s->done = HELD;
}

/* The version that the one before left. It may have come with an earlier batch, or by itself. */
static bool follow(Batch *b, Step *s)
{
    CallCtx *c = b->call;
    Fail f = FAIL_NONE;
    DbRows *r = db_run(c->db, c->arena, &left_load, ARGS(TXT(c->community), TXT(s->after), TXT(s->matter)), &f);
    if (f.err != OK) {
        step_refuse(s, f);
        return false;
    }
    if (r->rows == 0 || !str_eq(db_text(r, 0, 0), s->command.actor->person)) {
        not_tried(s);
        return false;
    }
    s->command.rows[0].version = db_int(r, 0, 1);
    return true;
}

/* May it run in this round? It waits while one before it on the same matter does. */
static bool is_next(Batch *b, int i)
{
    Step *s = &b->steps[i];
    if (s->done != WAITS) return false;
    for (int k = 0; k < i; k++) {
        Step *before = &b->steps[k];
        if (!str_eq(before->matter, s->matter)) continue;
        if (before->done == WAITS || before->done == RUNS) return false;
        if (before->done == HELD && before->command.fail.err != ERR_CONFLICT) { /* it will come: not before it */
            not_tried(s);
            return false;
        }
    }
    if (s->after.n == 0) return true;
    const Step *after = step_of(b, s->after, i);
    if (after != NULL && after->done != DONE) {
        not_tried(s);
        return false;
    }
    return follow(b, s);
}

static bool round_run(Batch *b)
{
    Command *commands[BATCH_ACTIONS_MAX];
    Step *steps[BATCH_ACTIONS_MAX];
    int n = 0;
    for (int i = 0; i < b->n; i++)
        if (is_next(b, i)) {
            b->steps[i].done = RUNS;
            steps[n] = &b->steps[i];
            commands[n++] = &b->steps[i].command;
        }
    if (n > 0) runner_run(b->call->runner, commands, n);
    for (int i = 0; i < n; i++) {
        Fail f = commands[i]->fail;
        if (f.err == OK)
            steps[i]->done = DONE;
        else
            step_refuse(steps[i], f);
        if (f.err == ERR_FULL || f.err == ERR_BUSY) b->call->stored = f;
    }
    return n > 0;
}

static void put_result(Batch *b, Json *j, const Step *s)
{
    const Command *c = &s->command;
    HttpReply problem = { 0 };
    jw_open(j, '{');
    jw_put_text(j, "id", c->client_id);
    if (s->done == DONE) {
        jw_put_int(j, "status", c->action->from & NEW ? 201 : 200);
        if (c->repeated) jw_put_bool(j, "repeated", true);
        jw_key(j, "reply");
        jw_value(j, c->reply);
    } else {
        jw_put_int(j, "status", problem_status(&c->fail));
        problem_reply(b->call->arena, &c->fail, &c->errors, &problem);
        jw_put_raw(j, "problem", problem.body);
    }
    jw_close(j, '}');
}

Fail batch_run(CallCtx *c)
{
    Batch b = { .call = c };
    steps_read(&b);
    while (round_run(&b))
        ;
    Buf out = buf_new(c->arena, 1024);
    Json j = json_to(&out);
    jw_open(&j, '{');
    jw_put_int(&j, "now", c->now);
    jw_key(&j, "results");
    jw_open(&j, '[');
    for (int i = 0; i < b.n; i++)
        put_result(&b, &j, &b.steps[i]);
    jw_close(&j, ']');
    jw_close(&j, '}');
    call_json(c, buf_str(&out));
    return FAIL_NONE;
}
