/* The way of a request: parse -> route -> session -> rate -> authorize -> validate -> run -> reply -> log. */
#include "core/serve/serve_inside.h"

#include "base/log.h"
#include "core/serve/problem.h"

#include <strings.h>

enum {
    ANONYMOUS_PER_HOUR = 30,
    CALLS_PER_MINUTE = 600,
    RECEIPTS_PER_MINUTE = 600, /* a village may share one address; at 80 bits nobody guesses */
    RETRY_BUSY_S = 1,
    PARSE_ON_LOOP_MAX = 64 * 1024, /* a longer JSON text would hold up everybody on its loop */
};

static Next refuse(Job *j, Err err, const char *code)
{
    j->fail = fail(err, code);
    return GO_ON;
}

/* ---- parse: which community, which path below it ---- */

static bool split_path(Str path, Str *community, Str *rest)
{
    *community = S("");
    if (str_starts(path, S("/c/"))) {
        Str after = { path.p + 3, path.n - 3 };
        *community = str_cut(&after, '/');
        if (after.p == NULL || after.n == 0 || community->n == 0) return false;
        path = (Str){ after.p - 1, after.n + 1 };
    }
    /* What calendars are told to subscribe to, and where programs of others expect their protocol. */
    if (str_starts(path, S("/calendar/")) || str_starts(path, S("/open311/"))) {
        *rest = path;
        return true;
    }
    if (!str_starts(path, S("/api/v1/"))) return false;
    *rest = (Str){ path.p + 7, path.n - 7 };
    return true;
}

static Next step_parse(Job *j, Worker *w)
{
    (void)w;
    if (!split_path(j->rq->path, &j->asked, &j->path)) return refuse(j, ERR_NOT_FOUND, "no_such_route");
    if (j->asked.n > 0 && (!community_code_valid(j->asked) || !communities_has(j->server->communities, j->asked)))
        return refuse(j, ERR_NOT_FOUND, "no_such_community");
    return GO_ON;
}

/* ---- route ---- */

static Next answer_options(Job *j)
{
    static const struct {
        HttpMethod method;
        const char *name;
    } methods[] = { { HTTP_GET, "GET, HEAD" }, { HTTP_POST, "POST" },     { HTTP_PUT, "PUT" },
                    { HTTP_PATCH, "PATCH" },   { HTTP_DELETE, "DELETE" } };
    Buf allow = buf_new(j->arena, 64);
    buf_c(&allow, "OPTIONS");
    for (int i = 0; i < COUNT(methods); i++)
        if (world_route(j->server->world, methods[i].method, j->path).row != NULL)
            buf_fmt(&allow, ", %s", methods[i].name);
    j->reply.status = 204;
    http_reply_header(&j->reply, "Allow", buf_str(&allow));
    return GO_ON;
}

/* Where this row ends up; NULL: it needs no thread of the store. */
static Queue *queue_of(const Server *s, const Row *row)
{
    if (row->action != NULL) return s->to_writer;
    if (row->query != NULL) return row->query->logged ? s->to_writer : s->to_readers;
    if (row->call->on == ON_WRITER || row->call->on == ON_RUNNER) return s->to_writer;
    return row->call->on == ON_READER ? s->to_readers : NULL;
}

static Next refuse_busy(Job *j)
{
    j->fail = fail(ERR_BUSY, "busy");
    metric_add(&j->server->metrics.queue_full, 1);
    j->shed = true;
    j->fail.retry_s = RETRY_BUSY_S;
    return GO_ON;
}

/* Who cannot be served is told so before anything is spent on the request: reading its body and asking who it is cost
 * more than the refusal, and take the processor from what was accepted. */
static Next step_route(Job *j, Worker *w)
{
    (void)w;
    j->match = world_route(j->server->world, j->rq->method, j->path);
    j->row = j->match.row;
    if (j->rq->method == HTTP_OPTIONS) return answer_options(j);
    if (j->row == NULL && j->match.method_mismatch) {
        problem_of_http(j->arena, 405, "method_not_allowed", &j->reply);
        return GO_ON;
    }
    if (j->row == NULL) return refuse(j, ERR_NOT_FOUND, "no_such_route");
    Queue *q = queue_of(j->server, j->row);
    return q != NULL && queue_full(q) ? refuse_busy(j) : GO_ON;
}

/* ---- session: who asks, in which community ---- */

void actor_within(Arena *a, Actor *actor, Str community)
{
    RoleAt *roles = arena_array(a, RoleAt, actor->n_roles + 1);
    int n = 0;
    for (int i = 0; i < actor->n_roles; i++) {
        Str place = actor->roles[i].place;
        if (str_starts(place, community) || str_starts(community, place)) roles[n++] = actor->roles[i];
    }
    actor->roles = roles;
    actor->n_roles = n;
}

static Stmt receipt_load = { "ss", "s", "SELECT matter FROM receipt WHERE community = $1 AND code_hash = $2" };
Stmt *const server_statements[] = { &receipt_load, NULL };

/* A code that opens nothing makes nobody of its bearer; the rows say what nobody may do. */
static void load_receipt(Job *j, Worker *w, Str typed)
{
    Str code = base32_normal(j->arena, typed);
    if (code.n < 8 || code.n > 64 || j->community.n == 0) return;
    if (!rate_take(j->server->rate, j->rq->address, "receipt", RECEIPTS_PER_MINUTE, MINUTE_MS, j->now, NULL)) {
        metric_add(&j->server->metrics.rate_limited, 1);
        j->fail = fail(ERR_TOO_MANY, "rate_limited");
        return;
    }
    Str hash = seal_lookup(j->server->seals, j->arena, j->community, code);
    DbRows *r = db_run(w->db, j->arena, &receipt_load, ARGS(TXT(j->community), TXT(hash)), &j->fail);
    if (j->fail.err == OK && r->rows > 0) j->actor->receipt = db_text(r, 0, 0);
}

/* Somebody acts for another person: from here on the actor is that person, as far as the rows let them. Asked of the
 * store each time, so that it ends when the person says so. */
static void load_acting(Job *j, Worker *w, Str person)
{
    if (j->actor->person.n == 0) {
        j->fail = fail(ERR_SIGN_IN, "sign_in");
        return;
    }
    j->fail = acting_check(w->db, j->arena, j->community, j->actor->person, person, j->now);
    if (j->fail.err == OK) j->actor = actor_acting(j->arena, j->actor, arena_str(j->arena, person));
}

static bool safe_method(HttpMethod m)
{
    return m == HTTP_GET || m == HTTP_HEAD || m == HTTP_OPTIONS;
}

static bool csrf_holds(const Job *j)
{
    if (j->bearer || j->actor->person.n == 0 || safe_method(j->rq->method)) return true;
    return session_csrf_holds(j->server->sessions, j->arena, j->token, http_header(j->rq, "X-CSRF-Token"));
}

static Next step_session(Job *j, Worker *w)
{
    Server *s = j->server;
    if (!j->session_known) {
        j->token = session_token(j->rq, &j->bearer);
        j->session_known = j->token.n == 0;
    }
    if (!j->session_known && j->actor == NULL)
        j->actor = session_cached(s->sessions, j->arena, j->token, j->bearer, j->now);
    Str receipt = http_header(j->rq, "Linli-Receipt"), person = http_header(j->rq, "Linli-For");
    bool asks = receipt.n > 0 || person.n > 0;
    if (w == NULL && ((!j->session_known && j->actor == NULL) || asks)) return TO_READER;
    if (!j->session_known && j->actor == NULL) {
        j->actor = session_actor(s->sessions, j->arena, w->db, j->token, j->bearer, j->now, &j->fail);
        if (j->fail.err != OK) return GO_ON;
        if (j->actor == NULL && j->bearer) return refuse(j, ERR_SIGN_IN, "sign_in");
    }
    j->session_known = true;
    if (j->actor == NULL) j->actor = arena_new_of(j->arena, Actor);
    j->community = j->asked.n > 0 ? j->asked : j->actor->community;
    if (j->community.n == 0) j->community = communities_default(s->communities, s->config.community);
    if (j->community.n == 0) return refuse(j, ERR_NOT_FOUND, "no_such_community");
    if (!csrf_holds(j)) return refuse(j, ERR_FORBIDDEN, "csrf");
    actor_within(j->arena, j->actor, j->community);
    if (receipt.n > 0) load_receipt(j, w, receipt);
    if (person.n > 0 && j->fail.err == OK) load_acting(j, w, person);
    return GO_ON;
}

/* ---- rate ---- */

/* Whatever is asked: so many a minute from one address, so many by one account, whichever address it comes from. Who is
 * on the machine itself is not counted: it could do worse than ask. */
static bool general_rate(Job *j, int *retry_s)
{
    const Server *s = j->server;
    if (j->rq->local) return true;
    return rate_take(s->rate, j->rq->address, "any", s->config.requests_per_address, MINUTE_MS, j->now, retry_s) &&
           (j->actor->person.n == 0 || rate_take(s->rate, actor_self(j->actor)->person, "account",
                                                 s->config.requests_per_account, MINUTE_MS, j->now, retry_s));
}

/* Many actions in one request are as many requests to the account. */
static bool heavy_rate(Job *j, int *retry_s)
{
    int heavy = j->row->kind == ROW_CALL ? j->row->call->heavy : 0;
    if (heavy == 0 || j->rq->local || j->actor->person.n == 0) return true;
    int limit = j->server->config.requests_per_account / heavy;
    return rate_take(j->server->rate, actor_self(j->actor)->person, j->row->path.p, limit > 0 ? limit : 1, MINUTE_MS,
                     j->now, retry_s);
}

static Next step_rate(Job *j, Worker *w)
{
    (void)w;
    int limit = 0, retry_s = 0;
    int64_t period_ms = MINUTE_MS;
    if (j->row->kind == ROW_CALL) {
        limit = j->row->call->per_minute > 0 ? j->row->call->per_minute : CALLS_PER_MINUTE;
    } else if (j->row->action != NULL && j->actor->person.n == 0) {
        limit = j->row->action->anonymous_per_hour > 0 ? j->row->action->anonymous_per_hour : ANONYMOUS_PER_HOUR;
        period_ms = HOUR_MS;
    }
    if (general_rate(j, &retry_s) && heavy_rate(j, &retry_s) &&
        (limit == 0 || rate_take(j->server->rate, j->rq->address, j->row->path.p, limit, period_ms, j->now, &retry_s)))
        return GO_ON;
    metric_add(&j->server->metrics.rate_limited, 1);
    j->fail = fail(ERR_TOO_MANY, "rate_limited");
    j->fail.retry_s = retry_s;
    return GO_ON;
}

/* ---- authorize: could this actor ever? Rights to the one matter are asked when it is loaded ---- */

Fail row_may(const Row *row, const Actor *actor, int64_t now)
{
    Relations who = row->action != NULL ? row->action->who : row->query != NULL ? row->query->who : 0;
    bool for_another = row->action != NULL  ? row->action->for_another
                       : row->query != NULL ? row->query->for_another
                                            : row->call->for_another;
    if (actor->by != NULL && !for_another) return fail(ERR_FORBIDDEN, "not_for_another");
    if (!rights_may(row->may, who, 0, actor, NULL, S(""), now)) {
        bool nobody = actor->person.n == 0 && actor->receipt.n == 0;
        return nobody ? fail(ERR_SIGN_IN, "sign_in") : fail(ERR_FORBIDDEN, "forbidden");
    }
    if (row->strong && !actor->strong) return fail(ERR_FORBIDDEN, "second_factor");
    return FAIL_NONE;
}

static Next step_authorize(Job *j, Worker *w)
{
    (void)w;
    j->fail = row_may(j->row, j->actor, j->now);
    return GO_ON;
}

/* ---- validate: the body becomes a command, or a call's input ---- */

static Next validate_action(Job *j)
{
    Command *c = j->command = arena_new_of(j->arena, Command);
    *c = (Command){ .arena = j->arena, .community = j->community, .module = j->row->module, .action = j->row->action,
                    .actor = j->actor };
    j->fail = command_read(c, j->match.n_args > 0 ? j->match.args[0] : S(""), j->rq->body,
                           http_header(j->rq, "Idempotency-Key"));
    return GO_ON;
}

static Next validate_call(Job *j)
{
    const Call *call = j->row->call;
    if (call->raw || call->fields == NULL) return GO_ON;
    json_t *in = j->rq->body.n > 0 ? json_read(j->arena, j->rq->body, &j->fail) : json_new_object(j->arena);
    if (in == NULL) return GO_ON;
    if (!json_is_object(in)) return refuse(j, ERR_MALFORMED, "json_not_an_object");
    Errors *errors = arena_new_of(j->arena, Errors);
    errors->arena = j->arena;
    j->input = fields_validate(j->arena, call->fields, in, "", errors);
    if (errors->n > 0) {
        j->fail = errors->list[0];
        j->errors = errors;
    }
    return GO_ON;
}

/* A form of another site can send what it likes, but not as JSON without being asked first (CORS). */
static bool says_json(const HttpRequest *rq)
{
    Str type = http_header(rq, "Content-Type");
    Str bare = str_trim(str_cut(&type, ';'));
    return bare.n == 0 || (bare.n == 16 && strncasecmp(bare.p, "application/json", 16) == 0);
}

static Next step_validate(Job *j, Worker *w)
{
    bool raw = j->row->call != NULL && j->row->call->raw;
    if (!raw && j->rq->body.n > 0 && !says_json(j->rq)) {
        problem_of_http(j->arena, 415, "not_json", &j->reply);
        return GO_ON;
    }
    if (w == NULL && j->rq->body.n > PARSE_ON_LOOP_MAX) return TO_READER;
    if (j->row->action != NULL) return validate_action(j);
    return j->row->call != NULL ? validate_call(j) : GO_ON;
}

/* ---- reply ---- */

static void reply_command(Job *j)
{
    const Command *c = j->command;
    bool creates = (c->action->from & NEW) != 0;
    j->reply.status = creates ? 201 : 200;
    j->reply.type = "application/json";
    j->reply.body = json_print(j->arena, c->reply);
    if (creates && !c->many)
        http_reply_header(&j->reply, "Location",
                          arena_fmt(j->arena, "/api/v1/%s/%.*s", j->row->module->plural,
                                    STR_ARG(json_text(c->reply, "id"))));
    if (c->repeated) http_reply_header(&j->reply, "Idempotent-Replay", S("true"));
}

static bool has_header(const HttpReply *r, const char *name)
{
    for (int i = 0; i < r->n_headers; i++)
        if (strcasecmp(r->headers[i].name, name) == 0) return true;
    return false;
}

static Next step_reply(Job *j, Worker *w)
{
    (void)w;
    if (j->fail.err != OK) {
        j->reply = (HttpReply){ 0 };
        problem_reply(j->arena, &j->fail, j->errors, &j->reply);
        if (j->row != NULL && j->row->call != NULL && j->row->call->refuse != NULL)
            j->row->call->refuse(j->rq, j->arena, &j->fail, &j->reply);
    } else if (j->command != NULL && j->reply.status == 0) {
        reply_command(j);
    } else if (j->reply.status == 0) {
        j->reply.status = j->reply.type != NULL || j->reply.body.n > 0 ? 200 : 204;
    }
    if (!has_header(&j->reply, "Cache-Control")) http_reply_header(&j->reply, "Cache-Control", S("no-store"));
    return GO_ON;
}

/* ---- log ---- */

static void log_request(Server *s, const HttpRequest *rq, const char *route, int status, int64_t us)
{
    static const char *const methods[] = { "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS" };
    metrics_request(&s->metrics, status, us);
    log_line(LOG_INFO, "request", "method=%s route=%s status=%d us=%lld", methods[rq->method], route, status,
             (long long)us);
}

static Next step_log(Job *j, Worker *w)
{
    (void)w;
    if (j->shed) { /* the writer says once a second how many: a flood must not turn the log over */
        metrics_request(&j->server->metrics, j->reply.status, mono_us() - j->rq->arrived_us);
        return GO_ON;
    }
    if (j->fail.err == ERR_INTERNAL)
        log_line(LOG_ERROR, "internal", "route=%s code=%s", j->row != NULL ? j->row->path.p : "none",
                 j->fail.code != NULL ? j->fail.code : "none");
    log_request(j->server, j->rq, j->row != NULL ? j->row->path.p : "none", j->reply.status,
                mono_us() - j->rq->arrived_us);
    return GO_ON;
}

/* ---- the machine ---- */

typedef struct Step {
    const char *name;
    Next (*run)(Job *j, Worker *w);
} Step;
static const Step steps[] = {
    { "parse", step_parse },         { "route", step_route },       { "session", step_session },
    { "rate", step_rate },           { "authorize", step_authorize }, { "validate", step_validate },
    { "run", step_run },             { "reply", step_reply },       { "log", step_log },
};
enum { STEP_REPLY = COUNT(steps) - 2 };

static bool move(Job *j, Queue *q)
{
    Item item = { .kind = ITEM_JOB, .job = j };
    return queue_put(q, &item);
}

void pipeline_go(Job *j, Worker *w)
{
    while (j->step < COUNT(steps)) {
        Next next = steps[j->step].run(j, w);
        if (next == TAKEN) return;
        if (next == TO_READER || next == TO_WRITER) {
            if (move(j, next == TO_READER ? j->server->to_readers : j->server->to_writer)) return;
            refuse_busy(j);
        }
        bool answered = j->fail.err != OK || j->reply.status != 0;
        j->step = answered && j->step < STEP_REPLY ? STEP_REPLY : j->step + 1;
    }
    http_reply(j->rq, &j->reply); /* ends the request, its arena, and the job with them */
}

void pipeline_finish(Job *j)
{
    j->step = STEP_REPLY;
    pipeline_go(j, NULL);
}

void pipeline_begin(Server *s, HttpRequest *rq)
{
    HttpReply r = { 0 };
    const char *route = "none";
    if (page_answer(s, rq, &r, &route)) {
        log_request(s, rq, route, r.status, mono_us() - rq->arrived_us);
        http_reply(rq, &r);
        return;
    }
    Job *j = arena_new_of(rq->arena, Job);
    j->server = s;
    j->rq = rq;
    j->arena = rq->arena;
    j->now = now_ms();
    rq->user = j;
    pipeline_go(j, NULL);
}

void server_streaming(Server *s, HttpRequest *rq)
{
    const Job *j = rq->user;
    log_request(s, rq, j->row->path.p, 200, mono_us() - rq->arrived_us);
}

int64_t pipeline_body_max(void *server, HttpMethod m, Str path)
{
    const Server *s = server;
    Str community, rest;
    if (!split_path(path, &community, &rest)) {
        if (!page_takes(s, path)) return -1;
        return m == HTTP_GET || m == HTTP_HEAD || m == HTTP_OPTIONS ? 0 : -2;
    }
    if (m == HTTP_OPTIONS) return 0;
    RouteMatch match = world_route(s->world, m, rest);
    if (match.row == NULL) return match.method_mismatch ? -2 : -1;
    return match.row->body_max;
}
