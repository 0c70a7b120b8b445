/* Starting, joining the parts, stopping. */
#include "core/serve/serve_inside.h"

#include "base/log.h"
#include "core/file.h"
#include "core/model/model.h"
#include "core/serve/problem.h"

enum { READ_MS_MAX = 2000, WAITING_MAX = 1024, KEYS_CACHED = 4096, RATE_ENTRIES = 65536 };
enum { KEPT_BYTES = 10 * 1024 * 1024 }; /* a reader's results: about 2,500 matters, 4 KB each, as they are viewed */

/* A school behind one address: 1,000 phones that each ask every five seconds. One person at a desk: 20 a second. */
enum { PER_ADDRESS = 12000, PER_ACCOUNT = 1200 };

/* ---- later: what pools use to write and to answer ---- */

static void later_answer(void *server, void *ticket, HttpReply *reply)
{
    (void)server;
    Job *j = ((HttpRequest *)ticket)->user;
    j->fail = FAIL_NONE;
    j->reply = *reply;
    pipeline_finish(j);
}

static void later_refuse(void *server, void *ticket, Fail f)
{
    (void)server;
    Job *j = ((HttpRequest *)ticket)->user;
    j->fail = f;
    pipeline_finish(j);
}

/* ---- http ---- */

static void handle(void *server, HttpRequest *rq)
{
    pipeline_begin(server, rq);
}

static void problem(void *server, Arena *a, int status, const char *code, HttpReply *r)
{
    (void)server;
    problem_of_http(a, status, code, r);
    http_reply_header(r, "Cache-Control", S("no-store"));
}

static HttpServer *listen_now(Server *s, Fail *f)
{
    HttpConfig c = { .address = s->config.address, .port = s->config.port, .loops = s->config.loops, .self = s,
                     .tls = s->config.tls, .n_proxies = s->config.n_proxies,
                     .limits = { .connections_per_address = s->config.connections_per_address },
                     .body_max = pipeline_body_max, .handle = handle, .wants = live_wants, .drop = live_drop,
                     .problem = problem };
    memcpy(c.proxies, s->config.proxies, sizeof c.proxies);
    return http_start(&c, f);
}

/* ---- workers ---- */

static bool worker_open(Server *s, Worker *w, bool writer, Fail *f)
{
    DbConfig db = s->config.db;
    db.read_ms_max = writer ? 0 : READ_MS_MAX;
    w->server = s;
    w->writer = writer;
    w->arena = arena_new();
    w->db = db_open(&db, writer ? DB_WRITER : DB_READER, f);
    if (w->db == NULL) return false;
    w->keys = key_cache_new(w->arena, s->seals, KEYS_CACHED);
    /* On SQLite the lock on the folder makes this process the only writer; of PostgreSQL nobody can be sure. */
    if (!writer && !db_is_postgres(w->db)) w->kept = kept_new(w->arena, KEPT_BYTES);
    if (writer) {
        RunnerHooks hooks = { s, server_committed };
        w->runner = runner_new(w->arena, s->world, w->db, s->seals, hooks);
    }
    return true;
}

static void worker_close(Worker *w)
{
    if (w->runner != NULL) runner_forget(w->runner); /* lets go of the places it holds */
    if (w->db != NULL) db_close(w->db);
    if (w->arena != NULL) arena_free(w->arena);
    *w = (Worker){ 0 };
}

static bool workers_open(Server *s, Fail *f)
{
    if (!worker_open(s, &s->writer, true, f)) return false;
    for (int i = 0; i < s->n_readers; i++)
        if (!worker_open(s, &s->readers[i], false, f)) return false;
    *f = communities_load(s->communities, s->writer.db);
    return f->err == OK;
}

static void workers_close(Server *s)
{
    for (int i = 0; i < s->n_readers; i++)
        worker_close(&s->readers[i]);
    worker_close(&s->writer);
}

static bool thread_start(Worker *w, void *(*run)(void *), Fail *f)
{
    if (pthread_create(&w->thread, NULL, run, w) == 0) return true;
    *f = fail(ERR_INTERNAL, "no_thread");
    return false;
}

static void workers_stop(Server *s, int readers, bool writer)
{
    queue_close(s->to_readers);
    for (int i = 0; i < readers; i++)
        pthread_join(s->readers[i].thread, NULL);
    queue_close(s->to_writer);
    if (writer) pthread_join(s->writer.thread, NULL);
    workers_close(s);
}

static bool workers_start(Server *s, Fail *f)
{
    if (!thread_start(&s->writer, writer_main, f)) {
        workers_stop(s, 0, false);
        return false;
    }
    for (int i = 0; i < s->n_readers; i++)
        if (!thread_start(&s->readers[i], reader_main, f)) {
            workers_stop(s, i, true);
            return false;
        }
    return true;
}

/* ---- the outbox ---- */

static Fail write_for_outbox(void *server, Fail (*fn)(void *self, Db *db), void *self)
{
    return serve_call(server, fn, self);
}

static Fail submit_for_outbox(void *server, Command *command)
{
    return serve_submit(server, command);
}

/* Without a channel nothing can leave: the rows wait. */
static bool outbox_open(Server *s, Fail *f)
{
    const OutboxConfig *c = &s->config.outbox;
    bool any = false;
    for (int w = 0; w < WAYS_N; w++)
        any |= c->by[w].send != NULL;
    if (!any) return true;
    OutboxStart start = { .config = c, .world = s->world, .seals = s->seals, .db = s->config.db, .server = s,
                          .write = write_for_outbox, .submit = submit_for_outbox, .counts = &s->outbox_counts };
    Outbox *o = outbox_start(s->arena, &start, f);
    __atomic_store_n(&s->outbox, o, __ATOMIC_RELEASE); /* the writer is at work already */
    return o != NULL;
}

void server_outbox_news(Server *s, Str community)
{
    Outbox *o = __atomic_load_n(&s->outbox, __ATOMIC_ACQUIRE);
    if (o != NULL) outbox_news(o, community);
}

Str server_push_key(const Server *s)
{
    return s->config.outbox.push_key;
}

static void outbox_close(Server *s)
{
    outbox_stop(__atomic_load_n(&s->outbox, __ATOMIC_ACQUIRE));
}

/* ---- start and stop ---- */

static Server *server_new(Arena *a, const ServeConfig *c)
{
    Server *s = arena_new_of(a, Server);
    s->config = *c;
    s->arena = a;
    s->world = c->world;
    s->seals = c->seals;
    if (s->config.requests_per_address == 0) s->config.requests_per_address = PER_ADDRESS;
    if (s->config.requests_per_account == 0) s->config.requests_per_account = PER_ACCOUNT;
    s->n_readers = c->readers > 0 ? c->readers : 2;
    if (s->n_readers > SERVE_READERS_MAX) s->n_readers = SERVE_READERS_MAX;
    s->later = (Later){ s, server_on_writer, later_answer, later_refuse };
    s->rate = rate_new(a, RATE_ENTRIES);
    s->communities = communities_new(a);
    s->documents = documents_new(a, c->world);
    s->to_writer = queue_new(a, c->writer_waiting_max > 0 ? c->writer_waiting_max : WAITING_MAX, sizeof(Item));
    s->to_readers = queue_new(a, c->reader_waiting_max > 0 ? c->reader_waiting_max : WAITING_MAX, sizeof(Item));
    s->started_ms = mono_ms();
    atomic_store(&s->writer_seen_ms, s->started_ms);
    atomic_store(&s->can_write, true);
    return s;
}

static bool pools_start(Server *s, Fail *f)
{
    s->blobs = blobs_open(s->arena, s->config.dir, f);
    if (s->blobs == NULL) return false;
    s->passwords = passwords_start(s->arena, 0, 0, f);
    if (s->passwords == NULL) return false;
    FilesConfig files = { .later = &s->later };
    s->files = files_start(s->arena, &files, f);
    if (s->files == NULL) return false;
    SessionsConfig sessions = { .seals = s->seals, .later = &s->later, .passwords = s->passwords,
                                .public_url = s->config.public_url };
    s->sessions = sessions_new(s->arena, &sessions);
    s->glances = glances_new(s->arena);
    s->live = live_new(s->arena, s->world, s->sessions);
    return true;
}

static void pools_stop(Server *s)
{
    if (s->files != NULL) files_stop(s->files);
    if (s->passwords != NULL) passwords_stop(s->passwords);
}

Server *server_start(Arena *a, const ServeConfig *c, Fail *f)
{
    *f = FAIL_NONE;
    Server *s = server_new(a, c);
    if (!pools_start(s, f) || !workers_open(s, f)) {
        pools_stop(s);
        workers_close(s);
        return NULL;
    }
    if (!workers_start(s, f)) {
        pools_stop(s);
        return NULL;
    }
    HttpServer *http = outbox_open(s, f) ? listen_now(s, f) : NULL;
    if (http == NULL) {
        outbox_close(s);
        pools_stop(s);
        workers_stop(s, s->n_readers, true);
        return NULL;
    }
    __atomic_store_n(&s->http, http, __ATOMIC_RELEASE);
    live_attach(s->live, http);
    return s;
}

int server_port(const Server *s)
{
    return http_port(s->http);
}

bool server_lives(const Server *s)
{
    return mono_ms() - atomic_load(&s->writer_seen_ms) < 10 * MINUTE_MS; /* a rebuild may hold it for one */
}

Live *server_live(Server *s)
{
    return s->live;
}

const Documents *server_documents(const Server *s)
{
    return s->documents;
}

void server_stop(Server *s, int wait_ms)
{
    live_attach(s->live, NULL);
    http_stop(s->http, wait_ms); /* the threads behind it go on until all is answered */
    outbox_close(s);
    pools_stop(s);
    workers_stop(s, s->n_readers, true);
}
