#include "desk.h"

#include <stdio.h>
#include <string.h>

typedef struct Line { /* HttpRequest.internal */
    const Ask *ask;
    Job *job;
    bool answered;
    Said said;
} Line;

/* The linker calls these in place of http's own. */
void __wrap_http_reply(HttpRequest *rq, const HttpReply *r);
Str __wrap_http_header(const HttpRequest *rq, const char *name);
Str __wrap_http_cookie(const HttpRequest *rq, const char *name);
bool __wrap_http_param(const HttpRequest *rq, const char *name, Str *value);

void __wrap_http_reply(HttpRequest *rq, const HttpReply *r)
{
    Line *line = rq->internal;
    const Job *j = line->job;
    line->answered = true;
    line->said = (Said){ .status = r->status, .code = "", .body = r->body };
    Fail f = FAIL_NONE;
    if (r->status < 400) return;
    json_t *problem = json_read(j->arena, r->body, &f);
    line->said.code = json_text(problem, "code").p;
}

Str __wrap_http_header(const HttpRequest *rq, const char *name)
{
    const Ask *ask = ((Line *)rq->internal)->ask;
    if (strcmp(name, "Linli-Receipt") == 0 && ask->receipt != NULL) return str_c(ask->receipt);
    if (strcmp(name, "Authorization") == 0 && ask->token != NULL && !ask->cookie)
        return arena_fmt(rq->arena, "Bearer %s", ask->token);
    return S("");
}

Str __wrap_http_cookie(const HttpRequest *rq, const char *name)
{
    const Ask *ask = ((Line *)rq->internal)->ask;
    return ask->cookie && strcmp(name, "linli") == 0 ? str_c(ask->token) : S("");
}

bool __wrap_http_param(const HttpRequest *rq, const char *name, Str *value)
{
    Str rest = rq->query;
    while (rest.n > 0) {
        *value = str_cut(&rest, '&');
        if (str_is(str_cut(value, '='), name)) return true;
    }
    return false;
}

void desk_open(Desk *d, Arena *a, const World *w, Db *db, Seals *seals)
{
    *d = (Desk){ .server = { .arena = a, .world = w, .seals = seals } };
    Server *s = &d->server;
    s->config.requests_per_address = s->config.requests_per_account = 1000000; /* all cells come from one address */
    s->rate = rate_new(a, 1024);
    s->config.requests_per_address = s->config.requests_per_account = 1000000000; /* limits are for another test */
    s->communities = communities_new(a);
    s->to_writer = queue_new(a, 4, sizeof(Item));
    s->to_readers = queue_new(a, 4, sizeof(Item));
    SessionsConfig sessions = { .seals = seals };
    s->sessions = sessions_new(a, &sessions);
    d->worker = (Worker){ .server = s, .writer = true, .arena = a, .db = db };
    d->worker.keys = key_cache_new(a, seals, 64);
    d->worker.runner = runner_new(a, w, db, seals, (RunnerHooks){ 0 });
    Fail f = communities_load(s->communities, db);
    assert(f.err == OK && "the communities' heads can be read");
}

void desk_close(Desk *d)
{
    runner_forget(d->worker.runner);
}

/* What moved to the writer or the readers goes on here. */
static void carry_on(Desk *d, Job *j)
{
    Item item;
    if (queue_take(d->server.to_writer, &item, 1, 0) != 1 && queue_take(d->server.to_readers, &item, 1, 0) != 1) return;
    if (j->command != NULL) {
        runner_run(d->worker.runner, &j->command, 1);
        j->ran = true;
    }
    pipeline_go(j, &d->worker);
}

Said desk_ask(Desk *d, Arena *a, const Ask *ask)
{
    Line line = { .ask = ask };
    HttpRequest rq = { .arena = a, .method = ask->method, .path = str_c(ask->path), .internal = &line,
                       .query = str_c(ask->query != NULL ? ask->query : ""),
                       .body = str_c(ask->body != NULL ? ask->body : ""), .arrived_us = mono_us() };
    /* everybody asks from an address of their own: how often somebody may is not what is asked here */
    int64_t n = d->asked++;
    rq.address =
        arena_fmt(a, "10.%lld.%lld.%lld", (long long)(n >> 16 & 255), (long long)(n >> 8 & 255), (long long)(n & 255));
    Job *j = line.job = arena_new_of(a, Job);
    *j = (Job){ .server = &d->server, .rq = &rq, .arena = a, .now = now_ms() };
    rq.user = j;
    if (ask->token == NULL) {
        j->session_known = j->bearer = true;
        if (ask->actor != NULL) {
            j->actor = arena_new_of(a, Actor);
            *j->actor = *ask->actor;
        }
    }
    pipeline_go(j, &d->worker);
    for (int i = 0; i < 3 && !line.answered; i++)
        carry_on(d, j);
    return line.said;
}
