/* webhook: a program outside that wants to hear what happens here. Whose day: the admin's, who joins linli to what the
 * city has already. Never: a name, a text or a position. */
#include "core/serve/message.h"
#include "core/outbox.h"
#include "core/serve/serve.h"

extern const char outbox_schema[], outbox_zh[], outbox_bo[], outbox_en[];

enum { ACTIVE, RETIRED };
static const State states[] = { { "active", true }, { "retired", false }, { 0 } };

enum { TOPICS_MAX = 40, URL_MAX = 500, SECRET_MIN = 24, SECRET_MAX = 100 };

static const char *const LANGUAGES[] = { "zh", "bo", "en", NULL };
static const char *const AUDIENCES[] = { "public", "handlers", NULL };

static const Field topic_fields[] = {
    { .name = "topic", .type = F_TEXT, .required = true, .min = 1, .max = 60 },
    { 0 },
};
static const Field add_fields[] = {
    { .name = "name", .type = F_TEXT, .required = true, .min = 1, .max = 60 },
    { .name = "url", .type = F_TEXT, .required = true, .min = 8, .max = URL_MAX },
    /* of a WeCom robot its key, of a DingTalk one what it signs with; `token` is DingTalk's access_token */
    { .name = "secret", .type = F_TEXT, .required = true, .min = SECRET_MIN, .max = SECRET_MAX, .personal = OF_MATTER },
    { .name = "template", .type = F_ENUM, .values = template_names },
    { .name = "token", .type = F_TEXT, .min = SECRET_MIN, .max = SECRET_MAX, .personal = OF_MATTER },
    { .name = "language", .type = F_ENUM, .values = LANGUAGES }, /* a robot's; else zh */
    { .name = "topics", .type = F_LIST, .required = true, .min = 1, .max = TOPICS_MAX, .fields = topic_fields },
    { .name = "audience", .type = F_ENUM, .required = true, .values = AUDIENCES },
    { 0 },
};
static const Field change_fields[] = {
    { .name = "name", .type = F_TEXT, .min = 1, .max = 60 },
    { .name = "url", .type = F_TEXT, .min = 8, .max = URL_MAX },
    { .name = "secret", .type = F_TEXT, .min = SECRET_MIN, .max = SECRET_MAX, .personal = OF_MATTER },
    { .name = "token", .type = F_TEXT, .min = SECRET_MIN, .max = SECRET_MAX, .personal = OF_MATTER },
    { .name = "language", .type = F_ENUM, .values = LANGUAGES },
    { .name = "topics", .type = F_LIST, .min = 1, .max = TOPICS_MAX, .fields = topic_fields },
    { .name = "audience", .type = F_ENUM, .values = AUDIENCES },
    { 0 },
};
static const Field no_fields[] = { { 0 } };

static Fail topics_check(Decide *d, const json_t *topics)
{
    for (size_t i = 0; i < json_array_size(topics); i++) {
        Str topic = json_text(json_array_get(topics, i), "topic");
        const char *path = arena_fmt(d->arena, "topics[%zu].topic", i).p;
        if (!webhook_topic_valid(topic)) return fail_field(ERR_INVALID, "bad_format", path, 0);
        for (size_t k = 0; k < i; k++)
            if (str_eq(topic, json_text(json_array_get(topics, k), "topic")))
                return fail_field(ERR_INVALID, "repeated", path, 0);
    }
    return FAIL_NONE;
}

static Template template_of(const Decide *d)
{
    Str name = json_text(d->matter->state < 0 ? d->input : d->matter->data, "template");
    return str_is(name, "wecom") ? FOR_WECOM : str_is(name, "dingtalk") ? FOR_DINGTALK : FOR_PROGRAMS;
}

static Fail decide(Decide *d)
{
    if (json_object_size(d->input) == 0) return fail(ERR_INVALID, "required");
    Str url = json_text(d->input, "url");
    Template t = template_of(d);
    if (url.n > 0 && !webhook_url_valid(url)) return fail_field(ERR_INVALID, "bad_format", "url", 0);
    if (url.n > 0 && t != FOR_PROGRAMS && !robot_url_valid(url))
        return fail_field(ERR_INVALID, "bad_format", "url", 0);
    if (t == FOR_DINGTALK && d->matter->state < 0 && json_object_get(d->input, "token") == NULL)
        return fail_field(ERR_INVALID, "required", "token", 0);
    return topics_check(d, json_object_get(d->input, "topics"));
}

static void fold(Matter *m, const Event *e)
{
    const char *key;
    json_t *value;
    json_object_foreach(e->data, key, value) json_put(m->data, key, value);
}

static Stmt webhook_put = {
    "ssssssslsss", "",
    "INSERT INTO webhook (community, id, name, url, secret, audience, topics, retired_at, template, token, language)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
    " ON CONFLICT (community, id) DO UPDATE SET name = excluded.name,"
    " url = excluded.url, secret = excluded.secret, audience = excluded.audience, topics = excluded.topics,"
    " retired_at = excluded.retired_at, template = excluded.template, token = excluded.token,"
    " language = excluded.language"
};
static Stmt topics_drop = { "ss", "", "DELETE FROM webhook_topic WHERE community = $1 AND webhook = $2" };
static Stmt topic_add = { "sss", "", "INSERT INTO webhook_topic (community, webhook, topic) VALUES ($1, $2, $3)" };
static Stmt waiting_drop = { "ss", "",
                             "DELETE FROM outbox WHERE community = $1 AND lane = $2 AND state = 'waiting'"
                             " AND channel = ''" };

static Str sealed_text(Apply *a, const Matter *m, const char *name)
{
    const json_t *v = json_object_get(m->data, name);
    return v != NULL ? json_print(a->arena, v) : S("");
}

static void apply(Apply *a, const Matter *m, const Event *e)
{
    const json_t *topics = json_object_get(m->data, "topics");
    json_t *names = json_new_array(a->arena);
    db_send(a->db, a->arena, &topics_drop, ARGS(TXT(e->community), TXT(m->id)));
    for (size_t i = 0; i < json_array_size(topics); i++) {
        json_array_append(names, json_object_get(json_array_get(topics, i), "topic"));
        if (m->state == ACTIVE)
            db_send(a->db, a->arena, &topic_add,
                    ARGS(TXT(e->community), TXT(m->id), TXT(json_text(json_array_get(topics, i), "topic"))));
    }
    db_send(a->db, a->arena, &webhook_put,
            ARGS(TXT(e->community), TXT(m->id), TXT(json_text(m->data, "name")), TXT(json_text(m->data, "url")),
                 TXT(json_print(a->arena, json_object_get(m->data, "secret"))), TXT(json_text(m->data, "audience")),
                 TXT(json_print(a->arena, names)), NUM(m->state == RETIRED ? e->at : 0),
                 TXT(json_text(m->data, "template")), TXT(sealed_text(a, m, "token")),
                 TXT(json_text(m->data, "language"))));
    if (m->state == RETIRED && !a->replay) db_send(a->db, a->arena, &waiting_drop, ARGS(TXT(e->community), TXT(m->id)));
}

static const Action actions[] = {
    { .name = "add", .route = "POST /webhooks", .may = ADMIN, .from = NEW, .to = ST(ACTIVE), .fields = add_fields,
      .decide = decide, .fold = fold, .apply = apply, .audience = TO_HANDLERS, .mode = COMMUTES },
    { .name = "change", .route = "POST /webhooks/{id}/change", .may = ADMIN, .from = ST(ACTIVE), .to = SAME,
      .fields = change_fields, .decide = decide, .fold = fold, .apply = apply, .audience = TO_HANDLERS,
      .mode = STRICT },
    { .name = "retire", .route = "POST /webhooks/{id}/retire", .may = ADMIN, .from = ST(ACTIVE), .to = ST(RETIRED),
      .fields = no_fields, .apply = apply, .audience = TO_HANDLERS, .mode = COMMUTES },
    { 0 },
};

static const Query queries[] = {
    { .name = "list",
      .route = "GET /webhooks",
      .may = ADMIN,
      .scope = SCOPE_NONE,
      .sql = "SELECT w.id, w.name, w.url, w.audience, w.topics, m.version, m.state, w.template,"
             " w.language FROM webhook w"
             " JOIN matter m ON m.community = w.community AND m.id = w.id WHERE w.community = $1",
      .columns = "id:s name:s url:s audience:s topics:j version:l state:s template:s language:s",
      .order = "w.id:s" },
    { .name = "groups",
      .route = "GET /webhooks/groups",
      .may = STAFF,
      .scope = SCOPE_NONE,
      .sql = "SELECT w.id, w.name, w.template FROM webhook w WHERE w.community = $1 AND w.retired_at = 0"
             " AND w.audience = 'handlers' AND w.template IN ('wecom', 'dingtalk')",
      .columns = "id:s name:s template:s",
      .order = "w.id:s" },
    { .name = "dead",
      .route = "GET /outbox/dead",
      .may = ADMIN,
      .scope = SCOPE_NONE,
      .sql = "SELECT o.id, CASE WHEN o.lane IN ('mail', 'community') THEN o.lane ELSE 'webhook' END AS channel, "
             "o.target, o.seq,"
             " t.type, t.matter, o.attempts, o.error, o.at, o.tried_at FROM outbox o"
             " JOIN timeline t ON t.community = o.community AND t.seq = o.seq"
             " WHERE o.community = $1 AND o.state = 'dead'",
      .columns = "id:s channel:s target:s seq:l type:s matter:s attempts:l error:s at:l tried_at:l",
      .order = "o.tried_at:l DESC, o.id:s DESC" },
    { 0 },
};

/* ---- dead letters ---- */

/* Whoever is gone cannot be written to again. */
static Stmt dead_retry = { "ssl", "",
                           "UPDATE outbox SET state = 'waiting', attempts = 0, due_at = $3, at = $3, error = ''"
                           " WHERE community = $1 AND id = $2 AND state = 'dead'"
                           " AND (channel <> '' OR lane = 'community' OR EXISTS (SELECT 1 FROM webhook w"
                           " WHERE w.community = $1 AND w.id = outbox.lane AND w.retired_at = 0))" };
static Stmt dead_drop = { "ss", "", "DELETE FROM outbox WHERE community = $1 AND id = $2 AND state = 'dead'" };

static Fail run_one(CallCtx *c, const Stmt *s)
{
    Fail f = FAIL_NONE;
    if (!(actor_roles_at(c->actor, c->community, c->now) & ADMIN)) return fail(ERR_FORBIDDEN, "forbidden");
    DbRows *r = db_run(c->db, c->arena, s, ARGS(TXT(c->community), TXT(call_arg(c, 0)), NUM(c->now)), &f);
    if (f.err != OK) return f;
    if (r->changed == 0) return fail(ERR_NOT_FOUND, "not_found");
    if (c->server != NULL) server_outbox_news(c->server, c->community);
    if (c->server != NULL) server_messages_look(c->server, c->community);
    return FAIL_NONE;
}

static Fail run_retry(CallCtx *c)
{
    return run_one(c, &dead_retry);
}

static Fail run_drop(CallCtx *c)
{
    return run_one(c, &dead_drop);
}

/* What PushManager.subscribe wants as applicationServerKey. */
static Fail run_push_key(CallCtx *c)
{
    Str key = c->server != NULL ? server_push_key(c->server) : S("");
    if (key.n == 0) return fail(ERR_NOT_FOUND, "not_found");
    json_t *answer = json_new_object(c->arena);
    json_put_text(answer, "key", key);
    call_json(c, json_print(c->arena, answer));
    return FAIL_NONE;
}

static const Call calls[] = {
    { .name = "push_key", .route = "GET /push/key", .may = SIGNED_IN, .on = ON_READER, .run = run_push_key,
      .answer = "key:s" },
    { .name = "retry", .route = "POST /outbox/{id}/retry", .may = ADMIN, .fields = no_fields, .on = ON_WRITER,
      .run = run_retry,
      .answer = "" },
    { .name = "drop", .route = "POST /outbox/{id}/drop", .may = ADMIN, .fields = no_fields, .on = ON_WRITER,
      .run = run_drop,
      .answer = "" },
    { 0 },
};

static Stmt *const statements[] = { &webhook_put,  &topics_drop, &topic_add,
                                    &waiting_drop, &dead_retry,  &dead_drop, NULL };
static Stmt *const *const more_statements[] = { fill_statements,    parcel_statements,  tell_statements,
                                               deliver_statements, message_statements, NULL };

const Module module_webhook = {
    .name = "webhook", .plural = "webhooks", .states = states, .actions = actions, .queries = queries, .calls = calls,
    .statements = statements, .more_statements = more_statements, .schema = outbox_schema,
    .words_zh = outbox_zh, .words_bo = outbox_bo, .words_en = outbox_en,
};
