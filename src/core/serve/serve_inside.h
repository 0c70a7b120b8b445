/* What the server's own files share. */
#ifndef LINLI_SERVE_INSIDE_H
#define LINLI_SERVE_INSIDE_H

#include "core/job/job.h"
#include "core/serve/message.h"
#include "core/access/glance.h"
#include "core/serve/queue.h"
#include "core/serve/rate.h"
#include "core/serve/serve.h"

#include <pthread.h>

enum { BATCH_ITEMS = 128, COMMIT_PLACES = 64 };

/* ---- what waits in a queue ---- */
typedef enum ItemKind { ITEM_JOB, ITEM_LATER, ITEM_COMMAND, ITEM_STREAMS, ITEM_ALONE } ItemKind;

typedef struct Waiter { /* who called serve_submit; on that thread's stack */
    pthread_mutex_t mutex;
    pthread_cond_t over;
    bool done;
    Fail fail;
} Waiter;

typedef struct Job Job;
typedef struct Item {
    ItemKind kind;
    Job *job;
    Fail (*run)(void *arg, Db *db);
    void (*done)(void *arg, Fail f);
    void *arg;
    Command *command;
    Waiter *waiter;
} Item;

/* ---- threads that may touch the store ---- */
typedef struct Worker {
    Server *server;
    bool writer;
    Arena *arena;
    Db *db;
    Runner *runner; /* the writer's */
    KeyCache *keys; /* of queries and calls on this thread */
    Kept *kept;     /* a reader's; the writer has none */
    int64_t erasures; /* of the server's, as of this cache */
    pthread_t thread;
    /* the writer's house-keeping */
    int64_t next_due;    /* ms of now_ms(), 0: none */
    Jobs *jobs;
    int64_t jobs_at;     /* mono_ms: the next round; 0: nothing to do */
    Messages *messages;
    int64_t messages_at; /* likewise */
    int64_t probe_at, streams_at, sweep_at, glances_at, tree_at; /* mono_ms */
    int sweep_next, tree_next; /* community */
    int64_t shed_at, shed; /* refused for a full queue: when that is logged again, and how many were */
} Worker;

/* ---- communities: all that have a chain, known without asking the store ---- */
typedef struct Communities Communities;
Communities *communities_new(Arena *a);
Fail communities_load(Communities *c, Db *db) MUST_USE;
void communities_add(Communities *c, Str community); /* any thread */
bool communities_has(Communities *c, Str community);
/* The preferred one if it is there, else the first that is; "" if there is none. */
Str communities_default(Communities *c, Str preferred);
/* The i-th by age in this process, for house-keeping; "" beyond the last. */
Str communities_at(Communities *c, int i);
/* 6 to 20 digits. */
bool community_code_valid(Str code);

struct Server {
    ServeConfig config;
    Arena *arena;
    const World *world;
    Seals *seals;
    Blobs *blobs;
    Files *files;
    Passwords *passwords;
    Sessions *sessions;
    Glances *glances;
    Live *live;
    Documents *documents;
    Rate *rate;
    Communities *communities;
    Later later;
    Metrics metrics;
    HttpServer *http;
    Queue *to_writer, *to_readers;
    Worker writer;
    Worker readers[SERVE_READERS_MAX];
    int n_readers;
    int64_t started_ms; /* mono */
    atomic_llong erasures; /* keys destroyed so far: key caches are dropped when it moves */
    atomic_llong writer_seen_ms; /* mono: the writer's last sign of life */
    atomic_bool can_write;
    atomic_llong commits[COMMIT_PLACES]; /* by community, several may share one */
    Outbox *outbox;
    OutboxCounts outbox_counts;
};

/* ---- pipeline.c ---- */
struct Job { /* a request on its way; in the request's arena */
    Server *server;
    HttpRequest *rq;
    Arena *arena;
    int step;
    int64_t now;
    Str asked; /* community named by the path, "" if none */
    Str path;  /* below /api/v1 */
    RouteMatch match;
    const Row *row;
    Str token;
    bool bearer, session_known;
    Actor *actor;
    Str community;
    Command *command;
    bool ran; /* the writer ran the command */
    bool shed; /* refused because a queue is full */
    json_t *input;
    Fail fail;
    const Errors *errors;
    HttpReply reply;
};

void pipeline_begin(Server *s, HttpRequest *rq); /* on a loop */
/* Goes on with a job on a worker's thread (NULL: a loop's) until it is answered or has moved. */
void pipeline_go(Job *j, Worker *w);
void pipeline_finish(Job *j); /* with j->reply or j->fail: from a pool */
int64_t pipeline_body_max(void *server, HttpMethod m, Str path);

/* ---- step_run.c ---- */
typedef enum Next { GO_ON, TO_READER, TO_WRITER, TAKEN } Next; /* a failure is in j->fail */
Next step_run(Job *j, Worker *w);

/* ---- pages.c: what is no row of the table ---- */
bool page_answer(Server *s, HttpRequest *rq, HttpReply *r, const char **route);
bool page_takes(const Server *s, Str path);

/* ---- worker.c ---- */
void worker_watch(Worker *w, Fail f); /* what the store's answer says about the disk */
void *writer_main(void *worker);
void *reader_main(void *worker);
int64_t server_commits(Server *s, Str community); /* of the writer, so far; any thread */
void server_committed(void *server, const Event *events, int n);
void server_on_writer(void *server, Fail (*run)(void *arg, Db *db), void (*done)(void *arg, Fail f), void *arg);

#endif
