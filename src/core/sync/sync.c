/* sync: its rows. Whose day: officers' without signal. Never: somebody's rights of yesterday. */
#include "core/sync/sync.h"

extern const char sync_schema[], sync_zh[], sync_bo[], sync_en[];

static const Field action_fields[] = {
    { .name = "route", .type = F_TEXT, .required = true, .min = 2, .max = 160 },
    { .name = "after", .type = F_ID },
    { .name = "for", .type = F_PERSON },
    { .name = "phone_at", .type = F_INT, .min = 0, .max = INT64_C(4102444800000) },
    { .name = "body", .type = F_JSON, .required = true, .max = 64 * 1024 },
    { 0 },
};
static const Field batch_fields[] = {
    { .name = "actions",
      .type = F_LIST,
      .required = true,
      .min = 1,
      .max = BATCH_ACTIONS_MAX,
      .fields = action_fields },
    { 0 },
};

static const Call calls[] = {
    { .name = "batch",
      .route = "POST /batch",
      .may = SIGNED_IN,
      .fields = batch_fields,
      .on = ON_RUNNER,
      .body_max = BATCH_BYTES_MAX,
      .per_minute = 120,
      .heavy = BATCH_ACTIONS_MAX,
      .run = batch_run,
      .answer = "now:t results[id:s status:l repeated:b? reply:o? problem:o?]" },
    { .name = "sync", .route = "GET /sync", .may = SIGNED_IN, .on = ON_READER, .per_minute = 240, .run = delta_run,
      .answer = "now:t again:b rows[o] gone[s] stale[s] cursor:s more:b" },
    { 0 },
};

static Stmt *const *const more_statements[] = { delta_statements, NULL };

const Module module_sync = { .name = "sync",
                             .plural = "sync",
                             .calls = calls,
                             .statements = batch_statements,
                             .more_statements = more_statements,
                             .schema = sync_schema,
                             .words_zh = sync_zh,
                             .words_bo = sync_bo,
                             .words_en = sync_en };
