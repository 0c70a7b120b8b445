/* The pool that decodes: a picture takes a second of CPU, which neither the writer nor a reader has to spare. */
#include "core/file/inside.h"

#include <pthread.h>

enum { THREADS_DEFAULT = 2, THREADS_MAX = 8, WAITING_DEFAULT = 16 };

struct Files {
    FilesConfig config;
    pthread_mutex_t mutex;
    pthread_cond_t wake;
    pthread_t threads[THREADS_MAX];
    int n_threads, waiting;
    bool stopping, stopped;
    FileJob *first, *last;
};

static Files *pool; /* one per process */

static void done(void *arg, Fail f)
{
    FileJob *job = arg;
    if (f.err != OK) {
        job->later->refuse(job->later->server, job->http, f);
        return;
    }
    HttpReply reply = { .status = 200, .type = "application/json", .body = job->answer };
    job->later->answer(job->later->server, job->http, &reply);
}

static Fail refusal(PictureStatus status)
{
    switch (status) {
    case PICTURE_NOT: return fail(ERR_INVALID, "not_a_picture");
    case PICTURE_TOO_LARGE: return fail_field(ERR_INVALID, "picture_too_large", "", PICTURE_PIXELS_MAX);
    case PICTURE_SANDBOX: return fail(ERR_INTERNAL, "picture_sandbox");
    case PICTURE_NO_CHILD: return fail(ERR_BUSY, "busy");
    default: return fail(ERR_INVALID, "picture_broken");
    }
}

static Fail store(FileJob *job, const Picture *p)
{
    Hash main, thumb;
    Fail f = blob_put(job->blobs, seal_bytes(job->arena, job->key, S("file"), p->main), &main);
    if (f.err == OK) f = blob_put(job->blobs, seal_bytes(job->arena, job->key, S("thumb"), p->thumb), &thumb);
    if (f.err != OK) return f;
    const char *type = picture_mime(p->type);
    job->file = arena_fmt(job->arena,
                          "{\"id\":\"%.*s\",\"hash\":\"%s\",\"thumb\":\"%s\",\"type\":\"%s\",\"width\":%d,\"height\":%d,"
                          "\"bytes\":%zu}", STR_ARG(job->upload), hash_hex(job->arena, main).p,
                          hash_hex(job->arena, thumb).p, type, p->width, p->height, p->main.n);
    job->answer = arena_fmt(job->arena, "{\"id\":\"%.*s\",\"state\":\"finished\",\"type\":\"%s\",\"width\":%d,\"height\":%d}",
                            STR_ARG(job->upload), type, p->width, p->height);
    return FAIL_NONE;
}

static void work(FileJob *job)
{
    Picture p = picture_run(job->arena, job->exe, job->command, job->bytes, PICTURE_WALL_MS);
    Fail f = p.status == PICTURE_OK ? store(job, &p) : refusal(p.status);
    if (f.err != OK)
        done(job, f);
    else
        job->later->on_writer(job->later->server, upload_save_finished, done, job);
}

static FileJob *next_job(Files *f)
{
    pthread_mutex_lock(&f->mutex);
    while (f->first == NULL && !f->stopping)
        pthread_cond_wait(&f->wake, &f->mutex);
    FileJob *job = f->first;
    if (job != NULL) {
        f->first = job->next;
        if (f->first == NULL) f->last = NULL;
        f->waiting--;
    }
    pthread_mutex_unlock(&f->mutex);
    return job;
}

static void *run(void *arg)
{
    for (FileJob *job; (job = next_job(arg)) != NULL;)
        work(job);
    return NULL;
}

Files *files_start(Arena *a, const FilesConfig *c, Fail *fail_out)
{
    Files *f = arena_new_of(a, Files);
    f->config = *c;
    if (f->config.waiting_max == 0) f->config.waiting_max = WAITING_DEFAULT;
    if (f->config.exe == NULL) f->config.exe = "/proc/self/exe";
    if (f->config.command == NULL) f->config.command = "picture";
    int n = c->threads > 0 ? c->threads : THREADS_DEFAULT;
    assert(n <= THREADS_MAX);
    pthread_mutex_init(&f->mutex, NULL);
    pthread_cond_init(&f->wake, NULL);
    for (; f->n_threads < n; f->n_threads++)
        if (pthread_create(&f->threads[f->n_threads], NULL, run, f) != 0) {
            files_stop(f);
            *fail_out = fail(ERR_INTERNAL, "thread");
            return NULL;
        }
    pool = f;
    *fail_out = FAIL_NONE;
    return f;
}

bool files_add(FileJob *job)
{
    Files *f = pool;
    if (f == NULL) return false;
    job->later = f->config.later;
    job->exe = f->config.exe;
    job->command = f->config.command;
    job->next = NULL;
    pthread_mutex_lock(&f->mutex);
    bool taken = !f->stopping && f->waiting < f->config.waiting_max;
    if (taken) {
        if (f->last != NULL)
            f->last->next = job;
        else
            f->first = job;
        f->last = job;
        f->waiting++;
        pthread_cond_signal(&f->wake);
    }
    pthread_mutex_unlock(&f->mutex);
    return taken;
}

void files_stop(Files *f)
{
    if (f->stopped) return;
    pthread_mutex_lock(&f->mutex);
    f->stopping = true;
    pthread_cond_broadcast(&f->wake);
    pthread_mutex_unlock(&f->mutex);
    for (int i = 0; i < f->n_threads; i++)
        pthread_join(f->threads[i], NULL);
    f->stopped = true;
    if (pool == f) pool = NULL;
}
