/* live: the feed and its neighbours. Whose day: everybody's who waits for an answer. Never: a name, a
 * text or a position in a frame. */
#include "core/live/live.h"

#include "core/internal.h"
#include "core/serve/serve.h"

extern const char live_schema[], live_zh[], live_bo[], live_en[];

/* ---- notices: what a person was told ---- */

static const Filter notice_filters[] = {
    { { .name = "unseen", .type = F_INT, .min = 0, .max = 1 },
      "(CASE WHEN n.seq > COALESCE((SELECT s.seq FROM notice_seen s WHERE s.community = n.community"
      " AND s.person = n.person), 0) THEN CAST(1 AS bigint) ELSE CAST(0 AS bigint) END) >= $" },
    { { 0 }, NULL },
};

static const Query queries[] = {
    { .name = "notices",
      .route = "GET /notices",
      .may = SIGNED_IN,
      .scope = SCOPE_SELF,
      .sql =
          "SELECT n.seq, n.matter, n.type, n.at,"
          " CASE WHEN n.seq <= COALESCE((SELECT s.seq FROM notice_seen s"
          " WHERE s.community = n.community AND s.person = n.person), 0) THEN CAST(1 AS bigint) ELSE CAST(0 AS bigint)"
          " END AS seen, COALESCE(x.by_person, '') AS by_person"
          " FROM notice n LEFT JOIN acted x ON x.community = n.community AND x.seq = n.seq AND x.person = n.person"
          " WHERE n.community = $1 AND n.person = {self}",
      .columns = "seq:l matter:s type:s at:l seen:b by:s",
      .filters = notice_filters,
      .order = "n.seq:l DESC" },
    { 0 },
};

Stmt live_seen_set = {
    "ssl", "",
    "INSERT INTO notice_seen (community, person, seq) VALUES ($1, $2, $3)"
    " ON CONFLICT (community, person) DO UPDATE SET seq = excluded.seq"
    " WHERE notice_seen.seq < excluded.seq"
};

static const Field seen_fields[] = {
    { .name = "seq", .type = F_INT, .required = true, .min = 0, .max = INT64_MAX },
    { 0 },
};

static Fail run_seen(CallCtx *c)
{
    db_send(c->db, c->arena, &live_seen_set,
            ARGS(TXT(c->community), TXT(c->actor->person), NUM(json_int(c->input, "seq"))));
    return db_sync(c->db);
}

/* ---- words ---- */

static Fail run_words(CallCtx *c)
{
    static const char *const languages[] = { "zh", "bo", "en" };
    int language = -1;
    for (int i = 0; i < COUNT(languages); i++)
        if (str_is(call_arg(c, 0), languages[i])) language = i;
    if (language < 0) return fail(ERR_NOT_FOUND, "not_found");
    Buf out = buf_new(c->arena, 32 * 1024);
    Json j = json_to(&out);
    jw_open(&j, '{');
    for (int m = 0; m < c->world->n_modules; m++) {
        const char *key;
        json_t *word;
        json_t *words = (json_t *)(uintptr_t)world_words(c->world, language, m);
        json_object_foreach(words, key, word) {
            jw_key(&j, arena_fmt(c->arena, "%s.%s", c->world->modules[m]->name, key).p);
            jw_value(&j, word);
        }
    }
    jw_close(&j, '}');
    call_json(c, buf_str(&out));
    return FAIL_NONE;
}

static const Call calls[] = {
    { .name = "events", .route = "GET /events", .may = ANYONE | SIGNED_IN, .on = ON_READER,
      .type = "text/event-stream", .run = live_open },
    { .name = "notices_seen",
      .route = "POST /notices/seen",
      .may = SIGNED_IN,
      .fields = seen_fields,
      .on = ON_WRITER,
      .run = run_seen,
      .answer = "" },
    { .name = "words", .route = "GET /words/{lang}", .may = ANYONE | SIGNED_IN, .on = ON_READER, .run = run_words,
      .answer = "*" },
    { 0 },
};

/* The server has no rows of its own to hang its statements on. */
static Stmt *const *const more_statements[] = { server_statements, NULL };

const Module module_live = { .name = "live",
                             .plural = "live",
                             .queries = queries,
                             .calls = calls,
                             .statements = live_statements,
                             .more_statements = more_statements,
                             .schema = live_schema,
                             .words_zh = live_zh,
                             .words_bo = live_bo,
                             .words_en = live_en };
