/* What is sent is collected in a batch with copies of its values; a batch is handed to the thread at a sync, a post, or
 * when it has grown large. The thread runs each as one pipeline of the real connection. */
#include "store/db_relay.h"

#include "store/driver.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum { BATCH_STMTS_MAX = 8192, BATCH_BYTES_MAX = 4 * 1024 * 1024, UNDER_WAY_MAX = 3 };

typedef struct Sent {
    const Stmt *stmt; /* NULL: begin */
    DbVal *args;
    DbRows *rows, *real; /* the caller's, and those of the real connection */
    Arena *arena;        /* of the rows */
    bool ran;
} Sent;

typedef struct Batch {
    Arena *arena;
    Sent *sent;
    int n, cap;
    bool answers;
    uint64_t number;
    struct Batch *next;
} Batch;

typedef struct Relay {
    Db db;
    Db *to; /* of the thread, while anything is under way */
    Batch *filling;
    uint64_t posted;    /* number of the last batch handed over */
    uint64_t answering; /* and of the last one of which something has an answer */
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t more, less;
    /* under the lock */
    Batch *first, *last;
    uint64_t done;
    bool ends;
    Fail failed; /* the first one; nothing runs after it until a rollback */
    char log[DB_ERROR_MAX], words[DB_ERROR_MAX];
} Relay;

static Batch *batch_new(void)
{
    Arena *a = arena_new();
    Batch *b = arena_new_of(a, Batch);
    b->arena = a;
    return b;
}

/* ---- the thread ---- */

/* All rows of the batch for this statement, as one. */
static void run_many(Relay *r, Batch *b, int from)
{
    const Stmt *s = b->sent[from].stmt;
    const DbVal **rows = arena_array(b->arena, const DbVal *, b->n - from);
    int n = 0;
    for (int i = from; i < b->n; i++) {
        if (b->sent[i].stmt != s) continue;
        rows[n++] = b->sent[i].args;
        b->sent[i].ran = true;
    }
    db_send_many(r->to, b->arena, s, rows, n);
}

/* Rows that may come in any order first, statement by statement; then the rest as it was sent. */
static Fail run_batch(Relay *r, Batch *b)
{
    for (int i = 0; i < b->n; i++) {
        const Stmt *s = b->sent[i].stmt;
        if (s == NULL) db_begin(r->to);
        if (s != NULL && s->many && !b->sent[i].ran) run_many(r, b, i);
    }
    for (int i = 0; i < b->n; i++) {
        Sent *s = &b->sent[i];
        if (s->stmt != NULL && !s->ran)
            s->real = db_send(r->to, s->rows != NULL ? s->arena : b->arena, s->stmt, s->args);
    }
    Fail f = db_sync(r->to);
    for (int i = 0; f.err == OK && i < b->n; i++)
        if (b->sent[i].rows != NULL) *b->sent[i].rows = *b->sent[i].real;
    return f;
}

static void copy_words(char to[DB_ERROR_MAX], const char *from)
{
    snprintf(to, DB_ERROR_MAX, "%s", from);
}

static void *serve(void *self)
{
    Relay *r = self;
    pthread_mutex_lock(&r->lock);
    for (;;) {
        while (r->first == NULL && !r->ends)
            pthread_cond_wait(&r->more, &r->lock);
        Batch *b = r->first;
        if (b == NULL) break;
        bool skip = r->failed.err != OK;
        pthread_mutex_unlock(&r->lock);
        Fail f = skip ? FAIL_NONE : run_batch(r, b);
        pthread_mutex_lock(&r->lock);
        if (f.err != OK) {
            copy_words(r->log, f.log != NULL ? f.log : "");
            copy_words(r->words, db_last_error(r->to));
            if (f.log != NULL) f.log = r->log; /* its words are of this thread */
            r->failed = f;
        }
        r->first = b->next;
        r->done = b->number;
        pthread_cond_broadcast(&r->less);
        arena_free(b->arena);
    }
    pthread_mutex_unlock(&r->lock);
    return NULL;
}

/* ---- the caller's side ---- */

static Relay *of(Db *db)
{
    return (Relay *)db;
}

static void post(Relay *r)
{
    Batch *b = r->filling;
    if (b->n == 0) return;
    r->filling = batch_new();
    b->number = ++r->posted;
    if (b->answers) r->answering = b->number;
    pthread_mutex_lock(&r->lock);
    while (r->posted - r->done > UNDER_WAY_MAX)
        pthread_cond_wait(&r->less, &r->lock);
    if (r->first == NULL)
        r->first = b;
    else
        r->last->next = b;
    r->last = b;
    pthread_cond_signal(&r->more);
    pthread_mutex_unlock(&r->lock);
}

/* Waits for `number`, and hears what failed until then. */
static void reach(Relay *r, uint64_t number)
{
    pthread_mutex_lock(&r->lock);
    while (r->done < number)
        pthread_cond_wait(&r->less, &r->lock);
    if (r->failed.err != OK) db_failed(&r->db, r->failed, r->words);
    pthread_mutex_unlock(&r->lock);
}

static void put(Relay *r, Sent s)
{
    Batch *b = r->filling;
    if (b->n == b->cap) {
        int cap = b->cap > 0 ? 2 * b->cap : 256;
        Sent *more = arena_array(b->arena, Sent, cap);
        if (b->n > 0) memcpy(more, b->sent, sizeof *more * (size_t)b->n);
        b->sent = more;
        b->cap = cap;
    }
    b->sent[b->n++] = s;
    if (b->n == BATCH_STMTS_MAX || arena_used(b->arena) > BATCH_BYTES_MAX) post(r);
}

static void relay_send(Db *db, Arena *a, const Stmt *s, const DbVal *args, DbRows *rows)
{
    Relay *r = of(db);
    Arena *own = r->filling->arena;
    size_t n = strlen(s->in);
    DbVal *copies = arena_array(own, DbVal, n + 1);
    for (size_t i = 0; i < n; i++) {
        copies[i] = args[i];
        if (args[i].type == 's' || args[i].type == 'b') copies[i].s = arena_str(own, args[i].s);
    }
    bool answers = s->out[0] != '\0';
    r->filling->answers |= answers;
    put(r, (Sent){ .stmt = s, .args = copies, .rows = answers ? rows : NULL, .arena = a });
}

static void relay_sync(Db *db)
{
    post(of(db));
    reach(of(db), of(db)->answering);
}

static void relay_begin(Db *db)
{
    put(of(db), (Sent){ .stmt = NULL });
}

static void relay_commit(Db *db)
{
    Relay *r = of(db);
    post(r);
    reach(r, r->posted);
    if (db->failed.err != OK) return;
    Fail f = db_commit(r->to);
    if (f.err != OK) db_failed(db, f, db_last_error(r->to));
}

static void relay_rollback(Db *db)
{
    Relay *r = of(db);
    arena_free(r->filling->arena);
    r->filling = batch_new();
    reach(r, r->posted);
    db_rollback(r->to);
    pthread_mutex_lock(&r->lock);
    r->failed = FAIL_NONE;
    pthread_mutex_unlock(&r->lock);
}

static void relay_close(Db *db)
{
    Relay *r = of(db);
    pthread_mutex_lock(&r->lock);
    r->ends = true;
    pthread_cond_signal(&r->more);
    pthread_mutex_unlock(&r->lock);
    pthread_join(r->thread, NULL);
    arena_free(r->filling->arena);
    pthread_cond_destroy(&r->more);
    pthread_cond_destroy(&r->less);
    pthread_mutex_destroy(&r->lock);
}

/* What runs at once (generated text, walks) goes to the real connection: after db_relay_wait. */
static const Driver driver_relay = {
    .name = "relay",
    .size = sizeof(Relay),
    .close = relay_close,
    .send = relay_send,
    .sync = relay_sync,
    .begin = relay_begin,
    .commit = relay_commit,
    .rollback = relay_rollback,
};

Db *db_relay(Db *to)
{
    Relay *r = calloc(1, sizeof *r);
    if (!r) abort();
    r->db.driver = &driver_relay;
    r->db.registered = to->registered;
    r->db.in_transaction = to->in_transaction;
    r->to = to;
    r->filling = batch_new();
    if (pthread_mutex_init(&r->lock, NULL) || pthread_cond_init(&r->more, NULL) || pthread_cond_init(&r->less, NULL) ||
        pthread_create(&r->thread, NULL, serve, r))
        abort();
    return &r->db;
}

static Fail heard(Db *db)
{
    Fail f = db->failed;
    db->failed = FAIL_NONE;
    db->queued = 0;
    if (f.err != OK && db->in_transaction) db->aborted = true;
    return f;
}

uint64_t db_relay_post(Db *relay)
{
    post(of(relay));
    return of(relay)->posted;
}

Fail db_relay_reach(Db *relay, uint64_t ticket)
{
    reach(of(relay), ticket);
    return heard(relay);
}

Fail db_relay_wait(Db *relay)
{
    post(of(relay));
    reach(of(relay), of(relay)->posted);
    return heard(relay);
}
