/* What the server answers that is no row of the table: its health, its numbers, the web apps. */
#include "core/serve/serve_inside.h"

#include "core/model/model.h"
#include "core/serve/problem.h"

enum { WRITER_SILENT_MS_MAX = 15000 };

static const char CSP[] =
    "default-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:;"
    " style-src 'self' 'unsafe-inline'; worker-src 'self' blob:; connect-src 'self'; manifest-src 'self';"
    " frame-ancestors 'none'";

static void healthz(Server *s, HttpRequest *rq, HttpReply *r)
{
    bool alive = mono_ms() - atomic_load(&s->writer_seen_ms) < WRITER_SILENT_MS_MAX;
    bool good = alive && atomic_load(&s->can_write);
    Buf out = buf_new(rq->arena, 96);
    Json j = json_to(&out);
    jw_open(&j, '{');
    jw_put_text(&j, "status", good ? S("ok") : S("cannot_write"));
    jw_put_bool(&j, "writer", alive);
    jw_put_int(&j, "up_s", (mono_ms() - s->started_ms) / 1000);
    jw_close(&j, '}');
    *r = (HttpReply){ .status = good ? 200 : 503, .type = "application/json", .body = buf_str(&out) };
    http_reply_header(r, "Cache-Control", S("no-store"));
    if (!good) http_reply_header(r, "Retry-After", S("1"));
}

static void metrics(Server *s, HttpRequest *rq, HttpReply *r)
{
    HttpServer *http = __atomic_load_n(&s->http, __ATOMIC_ACQUIRE);
    HttpCounts counts = http != NULL ? http_counts(http) : (HttpCounts){ 0 };
    MetricsNow now = { .connections = counts.connections, .bytes_in_flight = counts.bytes_in_flight,
                       .http_refused = counts.refused, .streams = http != NULL ? http_streams(http) : 0,
                       .writer_queue = queue_length(s->to_writer), .reader_queue = queue_length(s->to_readers),
                       .outbox_waiting = atomic_load(&s->outbox_counts.waiting),
                       .outbox_dead = atomic_load(&s->outbox_counts.dead),
                       .outbox_delivered = atomic_load(&s->outbox_counts.delivered),
                       .outbox_failed = atomic_load(&s->outbox_counts.failed),
                       .outbox_died = atomic_load(&s->outbox_counts.died),
                       .can_write = atomic_load(&s->can_write),
                       .up_s = (mono_ms() - s->started_ms) / 1000 };
    *r = (HttpReply){ .status = 200, .type = "text/plain; version=0.0.4; charset=utf-8",
                      .body = metrics_text(rq->arena, &s->metrics, &now) };
    http_reply_header(r, "Cache-Control", S("no-store"));
}

static void openapi(Server *s, HttpRequest *rq, HttpReply *r)
{
    asset_reply(rq, &s->documents->openapi, r);
}

const Page server_pages[] = {
    { "healthz", "/healthz", "application/json", "Is the writer alive", healthz },
    { "metrics", "/metrics", "text/plain", "Numbers, for Prometheus", metrics },
    { "openapi", "/api/openapi.json", "application/json", "This document", openapi },
    { 0 },
};

static const Page *page_find(Str path)
{
    for (const Page *p = server_pages; p->path != NULL; p++)
        if (str_is(path, p->path)) return p;
    return NULL;
}

/* ---- the web apps ---- */

static const Asset *asset(const Server *s, const char *path)
{
    return asset_find(s->config.assets, s->config.n_assets, str_c(path));
}

static const Asset *index_of(const Server *s, Str path)
{
    return asset(s, str_is(path, "/desk") || str_starts(path, S("/desk/")) ? "/desk/index.html" : "/app/index.html");
}

static bool has_dot_last(Str path)
{
    Str last = path;
    while (str_find(last, S("/")) >= 0)
        str_cut(&last, '/');
    return str_find(last, S(".")) >= 0;
}

static bool is_api(Str path)
{
    return str_starts(path, S("/api/")) || str_is(path, "/api") || str_starts(path, S("/open311/"));
}

/* "/c/540102001002/desk/" is "/desk/" of that community; "" where there is no such community. The page's own calls to
 * the API keep the prefix, so that they go to the same one. */
static Str below_community(const Server *s, Str path)
{
    if (!str_starts(path, S("/c/"))) return path;
    Str rest = { path.p + 3, path.n - 3 };
    Str code = str_cut(&rest, '/');
    size_t before = 3 + code.n;
    if (before >= path.n || !community_code_valid(code) || !communities_has(s->communities, code)) return S("");
    return (Str){ path.p + before, path.n - before };
}

bool page_takes(const Server *s, Str path)
{
    path = below_community(s, path);
    if (path.n == 0) return false;
    if (page_find(path) != NULL) return true;
    if (is_api(path) || s->config.n_assets == 0) return false;
    if (asset_find(s->config.assets, s->config.n_assets, path) != NULL) return true;
    return !has_dot_last(path) && index_of(s, path) != NULL; /* a place inside one of the apps */
}

static void answer_asset(const Server *s, HttpRequest *rq, Str path, HttpReply *r)
{
    const Asset *a = asset_find(s->config.assets, s->config.n_assets, path);
    bool html = str_find(http_header(rq, "Accept"), S("text/html")) >= 0 || str_is(path, "/");
    if (a == NULL && html) a = index_of(s, path);
    if (a == NULL) {
        problem_of_http(rq->arena, 404, "not_found", r);
        return;
    }
    asset_reply(rq, a, r);
    http_reply_header(r, "Content-Security-Policy", str_c(CSP));
    http_reply_header(r, "Referrer-Policy", S("no-referrer"));
    /* the app's worker lies among its files and serves the pages above them */
    if (str_is(path, "/app/sw.js")) http_reply_header(r, "Service-Worker-Allowed", S("/"));
}

bool page_answer(Server *s, HttpRequest *rq, HttpReply *r, const char **route)
{
    if (!page_takes(s, rq->path)) return false;
    Str path = below_community(s, rq->path);
    if (rq->method == HTTP_OPTIONS) {
        *r = (HttpReply){ .status = 204 };
        http_reply_header(r, "Allow", S("GET, HEAD, OPTIONS"));
        return true;
    }
    const Page *page = page_find(path);
    if (page != NULL) {
        *route = page->path;
        page->answer(s, rq, r);
        return true;
    }
    *route = "asset";
    answer_asset(s, rq, path, r);
    return true;
}
