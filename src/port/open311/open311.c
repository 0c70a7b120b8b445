/* open311: the rows of the GeoReport v2 door. See README.md. */
#include "port/open311/post.h"

#define EVERYBODY (SIGNED_IN | ANYONE)
#define XML "text/xml"
#define JSON "application/json"
#define CSV "text/csv"
/* Both forms of one answer. */
#define IN_BOTH(its_name, its_route, function, a_minute)                                                               \
    { .name = its_name "_xml", .route = its_route ".xml", .may = EVERYBODY, .on = ON_READER, .per_minute = (a_minute), \
      .type = XML, .run = (function), .refuse = open311_refuse },                                                      \
    { .name = its_name "_json", .route = its_route ".json", .may = EVERYBODY, .on = ON_READER,                         \
      .per_minute = (a_minute), .answer = "*", .run = (function), .refuse = open311_refuse }

static Fail nothing_here(CallCtx *c)
{
    (void)c;
    return fail(ERR_NOT_FOUND, "not_found");
}

/* A posting needs a key of its own, in the form: whoever sits at a browser may not post as they are. */
#define TAKES(its_name, its_route, its_type, function)                                                                 \
    { .name = its_name, .route = its_route, .may = EVERYBODY, .on = ON_READER, .per_minute = POSTS_A_MINUTE,           \
      .body_max = POST_BYTES_MAX, .raw = true, .type = its_type, .run = (function), .refuse = open311_refuse }

enum { POSTS_A_MINUTE = 60, LOOKS_A_MINUTE = 240, LISTS_A_MINUTE = 60, FILES_A_MINUTE = 12 };

static const Call calls[] = {
    IN_BOTH("discovery", "GET /open311/v2/discovery", discovery_run, LOOKS_A_MINUTE),
    IN_BOTH("services", "GET /open311/v2/services", services_run, LOOKS_A_MINUTE),
    { .name = "service", .route = "GET /open311/v2/services/{file}", .may = EVERYBODY, .on = ON_READER,
      .per_minute = LOOKS_A_MINUTE, .type = XML, .run = service_run, .refuse = open311_refuse },
    IN_BOTH("requests", "GET /open311/v2/requests", requests_run, LISTS_A_MINUTE),
    { .name = "requests_csv", .route = "GET /open311/v2/requests.csv", .may = EVERYBODY, .on = ON_READER,
      .per_minute = FILES_A_MINUTE, .type = CSV, .run = requests_csv_run, .refuse = open311_refuse },
    { .name = "request", .route = "GET /open311/v2/requests/{file}", .may = EVERYBODY, .on = ON_READER,
      .per_minute = LOOKS_A_MINUTE, .type = XML, .run = request_run, .refuse = open311_refuse },
    { .name = "token", .route = "GET /open311/v2/tokens/{file}", .may = EVERYBODY, .on = ON_READER,
      .per_minute = LOOKS_A_MINUTE, .type = XML, .run = token_run, .refuse = open311_refuse },
    TAKES("report_xml", "POST /open311/v2/requests.xml", XML, report_run),
    TAKES("report_json", "POST /open311/v2/requests.json", JSON, report_run),
    IN_BOTH("updates", "GET /open311/v2/servicerequestupdates", updates_run, LISTS_A_MINUTE),
    TAKES("update_xml", "POST /open311/v2/servicerequestupdates.xml", XML, update_run),
    TAKES("update_json", "POST /open311/v2/servicerequestupdates.json", JSON, update_run),
    /* whatever else is asked for here is refused as the protocol refuses */
    { .name = "none", .route = "GET /open311/v2/{file}", .may = EVERYBODY, .on = ON_LOOP, .type = XML,
      .run = nothing_here, .refuse = open311_refuse },
    { .name = "none_below", .route = "GET /open311/v2/{folder}/{file}", .may = EVERYBODY, .on = ON_LOOP, .type = XML,
      .run = nothing_here, .refuse = open311_refuse },
    { .name = "none_posted", .route = "POST /open311/v2/{file}", .may = EVERYBODY, .on = ON_LOOP, .raw = true,
      .type = XML, .run = nothing_here, .refuse = open311_refuse },
    { 0 },
};

static Stmt *const *const more_statements[] = { service_statements, request_statements, post_statements,
                                               report_in_statements, update_statements, NULL };

extern const char open311_schema[], open311_zh[], open311_bo[], open311_en[];
const Module module_open311 = {
    .name = "open311", .plural = "open311", .calls = calls, .more_statements = more_statements,
    .schema = open311_schema, .words_zh = open311_zh, .words_bo = open311_bo, .words_en = open311_en,
};
