/* The threads that touch the store: one writer, a few readers. */
#include "core/serve/serve_inside.h"

#include "base/log.h"
#include "core/file.h"
#include "core/proof/tree.h"

enum {
    IDLE_MS_MAX = 1000,      /* the writer looks at its clocks at least so often: the clock may be virtual */
    FIRED_AT_ONCE = 64,
    FIRE_AGAIN_MS = 60000,   /* after a round in which nothing that was due could be done */
    PROBE_MS = 10000,        /* is the disk still good, when nobody writes */
    PROBE_BROKEN_MS = 1000,
    SWEEP_MS = 60000,        /* one community's abandoned uploads and nameless blobs */
    JOBS_AGAIN_MS = 2000,    /* after the store did not take a chunk */
    GLANCES_MS = 1000,       /* who looked at what is written so often */
    SWEEP_MORE_MS = 1000,    /* where there may be more of them */
    TREE_MS = 5000,          /* one community's */
    SHED_MS = 1000,
};

/* ---- both ---- */

static void keys_check(Worker *w)
{
    int64_t erasures = atomic_load(&w->server->erasures);
    if (erasures == w->erasures) return;
    key_cache_clear(w->keys);
    if (w->kept != NULL) kept_clear(w->kept);
    w->erasures = erasures;
}

static void wake(Waiter *waiter, Fail f)
{
    pthread_mutex_lock(&waiter->mutex);
    waiter->fail = f;
    waiter->done = true;
    pthread_cond_signal(&waiter->over); /* under the lock: afterwards the waiter may be gone */
    pthread_mutex_unlock(&waiter->mutex);
}

static Fail submit(Server *s, Item item)
{
    Waiter waiter = { .mutex = PTHREAD_MUTEX_INITIALIZER, .over = PTHREAD_COND_INITIALIZER };
    item.waiter = &waiter;
    if (!queue_put(s->to_writer, &item)) return fail(ERR_BUSY, "busy");
    pthread_mutex_lock(&waiter.mutex);
    while (!waiter.done)
        pthread_cond_wait(&waiter.over, &waiter.mutex);
    pthread_mutex_unlock(&waiter.mutex);
    pthread_cond_destroy(&waiter.over);
    pthread_mutex_destroy(&waiter.mutex);
    return waiter.fail;
}

Fail serve_submit(Server *s, Command *command)
{
    return submit(s, (Item){ .kind = ITEM_COMMAND, .command = command });
}

void serve_command(Server *s, Command *command, void (*done)(void *arg, Fail f), void *arg)
{
    Item item = { .kind = ITEM_COMMAND, .command = command, .done = done, .arg = arg };
    if (queue_put(s->to_writer, &item)) return;
    metric_add(&s->metrics.queue_full, 1);
    Fail f = fail(ERR_BUSY, "busy");
    f.retry_s = 1;
    done(arg, f);
}

Fail serve_call(Server *s, Fail (*fn)(void *self, Db *db), void *self)
{
    return submit(s, (Item){ .kind = ITEM_LATER, .run = fn, .arg = self });
}

Fail serve_alone(Server *s, Fail (*fn)(void *self, Db *db), void *self)
{
    return submit(s, (Item){ .kind = ITEM_ALONE, .run = fn, .arg = self });
}

void server_on_writer(void *server, Fail (*run)(void *arg, Db *db), void (*done)(void *arg, Fail f), void *arg)
{
    Server *s = server;
    Item item = { .kind = ITEM_LATER, .run = run, .done = done, .arg = arg };
    if (queue_put(s->to_writer, &item)) return;
    metric_add(&s->metrics.queue_full, 1);
    Fail f = fail(ERR_BUSY, "busy");
    f.retry_s = 1;
    done(arg, f);
}

/* ---- readers ---- */

void *reader_main(void *arg)
{
    Worker *w = arg;
    Item item;
    while (queue_take(w->server->to_readers, &item, 1, -1) > 0) {
        keys_check(w);
        if (item.kind == ITEM_JOB)
            pipeline_go(item.job, w);
        else if (item.kind == ITEM_STREAMS)
            live_check(w->server->live, w->db, now_ms());
    }
    return NULL;
}

/* ---- the writer ---- */

static void due_sooner(Worker *w, const Event *e)
{
    const char *name;
    json_t *due;
    json_object_foreach(e->clocks, name, due) {
        int64_t at = json_is_integer(due) ? json_integer_value(due) : 0;
        if (at > 0 && (w->next_due == 0 || at < w->next_due)) w->next_due = at;
    }
}

void server_messages_look(Server *s, Str community)
{
    messages_look(s->writer.messages, community);
    s->writer.messages_at = mono_ms();
}

static atomic_llong *commits_of(Server *s, Str community)
{
    uint32_t h = 2166136261u;
    for (size_t i = 0; i < community.n; i++)
        h = (h ^ (uint8_t)community.p[i]) * 16777619u;
    return &s->commits[(h ^ h >> 15) % COMMIT_PLACES];
}

int64_t server_commits(Server *s, Str community)
{
    return atomic_load(commits_of(s, community));
}

/* After the commit and before anybody is answered, on the writer's thread. */
void server_committed(void *server, const Event *events, int n)
{
    Server *s = server;
    for (int i = 0; i < n; i++) /* first: nobody who has heard of the commit is shown what was kept before it */
        atomic_fetch_add(commits_of(s, events[i].community), 1);
    metric_add(&s->metrics.events, n);
    sessions_committed(s->sessions, events, n);
    for (int i = 0; i < n; i++) {
        communities_add(s->communities, events[i].community);
        if (events[i].action->erases) atomic_fetch_add(&s->erasures, 1);
        due_sooner(&s->writer, &events[i]);
        if (events[i].after != NULL && str_is(events[i].after->kind, "job")) {
            jobs_look(s->writer.jobs, events[i].community);
            if (s->writer.jobs_at == 0) s->writer.jobs_at = mono_ms();
        }
        if (json_object_get(events[i].data, "messages") != NULL) server_messages_look(s, events[i].community);
        if (i == 0 || !str_eq(events[i].community, events[i - 1].community)) server_outbox_news(s, events[i].community);
    }
    keys_check(&s->writer);
    live_publish(s->live, events, n);
}

/* What the store's answers say about the disk. */
void worker_watch(Worker *w, Fail f)
{
    bool broken = f.err == ERR_FULL || f.err == ERR_BUSY;
    if (!broken) return;
    atomic_store(&w->server->can_write, false);
    w->probe_at = 0;
}

static void probe(Worker *w)
{
    int64_t now = mono_ms();
    if (now < w->probe_at) return;
    bool was = atomic_load(&w->server->can_write), good = db_can_write(w->db);
    if (good != was) log_line(good ? LOG_INFO : LOG_ERROR, "store", "can_write=%d", good);
    atomic_store(&w->server->can_write, good);
    w->probe_at = now + (good ? PROBE_MS : PROBE_BROKEN_MS);
}

static void run_commands(Worker *w, Item *items, int n)
{
    Server *s = w->server;
    Command *commands[BATCH_ITEMS];
    int n_commands = 0;
    for (int i = 0; i < n; i++) {
        if (items[i].kind == ITEM_COMMAND) commands[n_commands++] = items[i].command;
        if (items[i].kind == ITEM_JOB && items[i].job->command != NULL) commands[n_commands++] = items[i].job->command;
    }
    if (n_commands == 0) return;
    runner_run(w->runner, commands, n_commands);
    metric_add(&s->metrics.batches, 1);
    metric_add(&s->metrics.commands, n_commands);
    bool wrote = false;
    for (int i = 0; i < n_commands; i++) { /* before any of them is answered: its memory ends then */
        const Command *c = commands[i];
        worker_watch(w, c->fail);
        wrote |= c->n_events > 0;
        metric_add(&s->metrics.repeated, c->repeated);
        metric_add(&s->metrics.refused, c->fail.err != OK);
    }
    if (wrote && atomic_load(&s->can_write)) w->probe_at = mono_ms() + PROBE_MS;
}

static void finish_item(Worker *w, Item *item)
{
    if (item->kind == ITEM_JOB) {
        item->job->ran = item->job->command != NULL;
        pipeline_go(item->job, w);
    } else if (item->kind == ITEM_COMMAND && item->waiter == NULL) {
        item->done(item->arg, item->command->fail);
    } else if (item->kind == ITEM_COMMAND) {
        wake(item->waiter, FAIL_NONE);
    } else if (item->kind == ITEM_ALONE) {
        Fail f = item->run(item->arg, w->db);
        runner_forget(w->runner);
        for (int i = 0; i < COMMIT_PLACES; i++)
            atomic_fetch_add(&w->server->commits[i], 1);
        wake(item->waiter, f);
    } else if (item->kind == ITEM_LATER) {
        Fail f = runner_call(w->runner, item->run, item->arg);
        worker_watch(w, f);
        if (item->waiter != NULL)
            wake(item->waiter, f);
        else
            item->done(item->arg, f);
    }
}

static void fire_clocks(Worker *w)
{
    int64_t now = now_ms();
    if (w->next_due == 0 || now < w->next_due) return;
    int fired = runner_fire(w->runner, now, FIRED_AT_ONCE);
    metric_add(&w->server->metrics.clocks, fired);
    w->next_due = runner_next_due(w->runner);
    if (fired == 0 && w->next_due > 0 && w->next_due <= now) w->next_due = now + FIRE_AGAIN_MS;
}

static void log_shed(Worker *w)
{
    int64_t now = mono_ms(), n = atomic_load_explicit(&w->server->metrics.queue_full, memory_order_relaxed);
    if (n == w->shed || now < w->shed_at) return;
    log_line(LOG_WARN, "shed", "requests=%lld", (long long)(n - w->shed));
    w->shed = n;
    w->shed_at = now + SHED_MS;
}

static void check_streams(Worker *w)
{
    int64_t now = mono_ms();
    if (now < w->streams_at) return;
    w->streams_at = now + LIVE_CHECK_MS;
    Item item = { .kind = ITEM_STREAMS };
    if (!queue_put(w->server->to_readers, &item)) w->streams_at = now + IDLE_MS_MAX; /* they are busy: soon again */
}

static void sweep_files(Worker *w)
{
    int64_t now = mono_ms();
    if (now < w->sweep_at) return;
    Server *s = w->server;
    FileSweep sweep = { .blobs = s->blobs,
                        .community = communities_at(s->communities, w->sweep_next),
                        .now = now_ms() };
    Fail f = sweep.community.n > 0 ? runner_call(w->runner, file_sweep, &sweep) : FAIL_NONE;
    bool more = f.err == OK && sweep.swept > 0;
    if (!more) w->sweep_next = sweep.community.n > 0 ? w->sweep_next + 1 : 0;
    w->sweep_at = now + (more ? SWEEP_MORE_MS : SWEEP_MS);
}

/* The tree over one community's chain; where much came at once, some of it each second. */
static void grow_tree(Worker *w)
{
    if (mono_ms() < w->tree_at) return;
    TreeFill t = { .community = communities_at(w->server->communities, w->tree_next) };
    Fail f = t.community.n > 0 ? runner_call(w->runner, tree_fill, &t) : FAIL_NONE;
    if (f.err != OK) log_line(LOG_WARN, "tree", "outcome=later code=%s", f.code != NULL ? f.code : "none");
    bool more = f.err == OK && t.more;
    if (!more) w->tree_next = t.community.n > 0 ? w->tree_next + 1 : 0;
    w->tree_at = mono_ms() + (more ? SWEEP_MORE_MS : TREE_MS);
}

static void write_glances(Worker *w)
{
    if (mono_ms() < w->glances_at) return;
    Fail f = glances_flush(w->server->glances, w->runner);
    if (f.err != OK) log_line(LOG_WARN, "glances", "outcome=later code=%s", f.code != NULL ? f.code : "none");
    w->glances_at = mono_ms() + GLANCES_MS;
}

/* One chunk between two batches: whoever asks meanwhile waits for no more than that. */
static void do_jobs(Worker *w)
{
    if (w->jobs_at == 0 || mono_ms() < w->jobs_at) return;
    Worked worked = jobs_round(w->jobs, now_ms());
    w->jobs_at = worked == NOTHING_TO_DO ? 0 : mono_ms() + (worked == TRY_LATER ? JOBS_AGAIN_MS : 0);
}

/* One message between two batches, like a chunk of a job. */
static void carry_messages(Worker *w)
{
    if (w->messages_at == 0 || mono_ms() < w->messages_at) return;
    Carried carried = messages_round(w->messages, now_ms());
    w->messages_at = carried == NOTHING_WAITS ? 0 : mono_ms() + (carried == CARRY_LATER ? JOBS_AGAIN_MS : 0);
}

static int64_t sooner(int64_t wait, int64_t at)
{
    int64_t left = at > 0 ? at - mono_ms() : wait;
    return left < 0 ? 0 : left < wait ? left : wait;
}

static int64_t wait_ms(const Worker *w)
{
    int64_t wait = sooner(sooner(IDLE_MS_MAX, w->jobs_at), w->messages_at);
    if (w->next_due > 0) {
        int64_t left = w->next_due - now_ms();
        wait = left < 1 ? 1 : left < wait ? left : wait;
    }
    return wait;
}

void *writer_main(void *arg)
{
    Worker *w = arg;
    Item items[BATCH_ITEMS];
    w->next_due = runner_next_due(w->runner);
    w->jobs = jobs_new(w->arena, w->runner);
    w->jobs_at = mono_ms();
    w->messages = messages_new(w->arena, w->runner, w->server->blobs);
    w->messages_at = mono_ms();
    w->probe_at = mono_ms() + PROBE_MS;
    w->streams_at = mono_ms() + LIVE_CHECK_MS;
    w->sweep_at = mono_ms() + SWEEP_MS;
    for (;;) {
        int n = queue_take(w->server->to_writer, items, BATCH_ITEMS, wait_ms(w));
        if (n < 0) break;
        atomic_store(&w->server->writer_seen_ms, mono_ms());
        keys_check(w);
        run_commands(w, items, n);
        for (int i = 0; i < n; i++)
            finish_item(w, &items[i]);
        fire_clocks(w);
        do_jobs(w);
        carry_messages(w);
        check_streams(w);
        log_shed(w);
        sweep_files(w);
        write_glances(w);
        grow_tree(w);
        probe(w);
    }
    w->glances_at = 0;
    write_glances(w);
    return NULL;
}
