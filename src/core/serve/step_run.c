/* The step that touches the store: each row on the thread it belongs to. */
#include "core/serve/serve_inside.h"

/* ---- queries ---- */

static bool param(void *self, const char *name, Str *value)
{
    return http_param(self, name, value);
}

static Reading reading_of(Job *j, Worker *w)
{
    Reading r = { .arena = j->arena, .world = j->server->world, .db = w->db, .seals = j->server->seals,
                  .keys = w->keys, .kept = w->kept, .module = j->row->module, .query = j->row->query, .actor = j->actor,
                  .community = j->community, .n_args = j->match.n_args, .now = j->now, .self = j->rq,
                  .param = param };
    if (w->kept != NULL) r.mark = server_commits(j->server, j->community);
    memcpy(r.args, j->match.args, sizeof r.args);
    return r;
}

typedef struct Asked {
    Reading reading;
    Str json;
} Asked;

static Fail answer_query(void *self, Db *db)
{
    (void)db;
    Asked *q = self;
    return query_answer(&q->reading, &q->json);
}

static Next run_query(Job *j, Worker *w)
{
    bool logged = j->row->query->logged; /* its row in the access log is durable before the reply */
    if (w == NULL) return logged ? TO_WRITER : TO_READER;
    if (logged && !w->writer) return TO_WRITER;
    Asked q = { .reading = reading_of(j, w) };
    metric_add(&j->server->metrics.queries, 1);
    if (logged) {
        j->fail = runner_call(w->runner, answer_query, &q);
    } else {
        bool several = j->row->query->view && w->kept == NULL; /* else it begins when it has to load */
        if (several) db_begin(w->db);
        j->fail = answer_query(&q, w->db);
        if (several) db_rollback(w->db);
    }
    if (j->fail.err == OK) {
        j->fail = glances_note(j->server->glances, &q.reading, w->writer ? w->runner : NULL);
        if (j->fail.err == ERR_BUSY && !w->writer) return TO_WRITER; /* it makes room first */
    }
    j->reply.status = 200;
    j->reply.type = "application/json";
    j->reply.body = q.json;
    return GO_ON;
}

/* ---- calls ---- */

static CallCtx call_of(Job *j, Worker *w)
{
    Server *s = j->server;
    CallCtx c = { .arena = j->arena, .world = s->world, .server = s, .later = &s->later, .files = s->files,
                  .sessions = s->sessions, .seals = s->seals, .keys = w != NULL ? w->keys : NULL,
                  .blobs = s->blobs, .glances = s->glances, .db = w != NULL ? w->db : NULL, .call = j->row->call,
                  .community = j->community, .actor = j->actor, .input = j->input, .body = j->rq->body,
                  .query = j->rq->query, .address = j->rq->address, .http = j->rq, .now = j->now };
    memcpy(c.args, j->match.args, sizeof c.args);
    return c;
}

static Fail answer_call(void *self, Db *db)
{
    (void)db;
    CallCtx *c = self;
    return c->call->run(c);
}

/* The CallCtx is on this stack: a call that was taken may have ended the request already. */
static Next run_call(Job *j, Worker *w)
{
    Where on = j->row->call->on;
    if (on == ON_READER && w == NULL) return TO_READER;
    if ((on == ON_WRITER || on == ON_RUNNER) && (w == NULL || !w->writer)) return TO_WRITER;
    CallCtx c = call_of(j, w);
    Fail f;
    metric_add(&j->server->metrics.calls, 1);
    if (on == ON_WRITER) {
        f = runner_call(w->runner, answer_call, &c);
    } else if (on == ON_RUNNER) {
        c.runner = w->runner;
        f = answer_call(&c, w->db);
        worker_watch(w, c.stored);
    } else if (on == ON_READER) {
        db_begin(w->db);
        f = answer_call(&c, w->db);
        db_rollback(w->db);
    } else {
        f = answer_call(&c, NULL);
    }
    if (c.taken) return TAKEN;
    j->fail = f;
    j->reply = c.reply;
    if (f.err == OK && j->reply.status == 0)
        j->reply.status = j->reply.type != NULL || j->reply.body.n > 0 ? 200 : 204;
    return GO_ON;
}

/* ---- actions: the writer has run them with their batch before they come here ---- */

static Next run_action(Job *j, Worker *w)
{
    (void)w;
    if (!j->ran) return TO_WRITER;
    const Command *c = j->command;
    j->fail = c->fail;
    j->errors = &c->errors;
    return GO_ON;
}

Next step_run(Job *j, Worker *w)
{
    switch (j->row->kind) {
    case ROW_QUERY: return run_query(j, w);
    case ROW_CALL: return run_call(j, w);
    default: return run_action(j, w);
    }
}
