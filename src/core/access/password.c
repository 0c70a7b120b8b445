#include "core/access/password.h"

#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>

enum { THREADS_MAX = 16 };

struct Passwords {
    pthread_mutex_t mutex;
    pthread_cond_t wake;
    pthread_t threads[THREADS_MAX];
    int n_threads;
    PasswordJob *first, *last; /* waiting, in order */
    int waiting, waiting_max;
    bool stopping, stopped;
};

/* Hash of random bytes that nobody kept: what is compared when there is no account, so that the time taken does not
 * tell whether there is one. Same parameters as ours. */
static const char NOBODY[PASSWORD_HASH_MAX] =
    "$argon2id$v=19$m=47104,t=2,p=1$e5Oq4RWwOH/Neg9DLxoKyw$dvc6wKp4DH8wOcoJYxsTczMO6ACpXFJZdU2QAT9Gi2I";

static void set_up(void)
{
    if (sodium_init() < 0) abort();
}

static bool verify(Str typed, const char *stored)
{
    return crypto_pwhash_str_verify(stored, typed.n > 0 ? typed.p : "", typed.n) == 0;
}

static bool make(Str plain, char out[PASSWORD_HASH_MAX])
{
    static_assert(crypto_pwhash_STRBYTES <= PASSWORD_HASH_MAX, "a hash fits");
    return crypto_pwhash_str(out, plain.p, plain.n, PASSWORD_OPS, PASSWORD_BYTES_WORK) == 0;
}

static void work(PasswordJob *job)
{
    job->right = true;
    job->failed = false;
    job->made[0] = 0;
    if (job->check) {
        char stored[PASSWORD_HASH_MAX] = { 0 };
        bool known = job->against.n > 0 && job->against.n < sizeof stored;
        if (known) memcpy(stored, job->against.p, job->against.n);
        bool held = verify(job->typed, known ? stored : NOBODY);
        job->right = known && held;
    }
    if (job->right && job->fresh.n > 0) job->failed = !make(job->fresh, job->made);
}

static PasswordJob *next_job(Passwords *p)
{
    pthread_mutex_lock(&p->mutex);
    while (p->first == NULL && !p->stopping)
        pthread_cond_wait(&p->wake, &p->mutex);
    PasswordJob *job = p->first;
    if (job != NULL) {
        p->first = job->next;
        if (p->first == NULL) p->last = NULL;
        p->waiting--;
    }
    pthread_mutex_unlock(&p->mutex);
    return job;
}

static void *run(void *arg)
{
    Passwords *p = arg;
    for (PasswordJob *job; (job = next_job(p)) != NULL;) {
        work(job);
        job->done(job);
    }
    return NULL;
}

static void end(void *arg)
{
    Passwords *p = arg;
    passwords_stop(p);
    pthread_cond_destroy(&p->wake);
    pthread_mutex_destroy(&p->mutex);
}

Passwords *passwords_start(Arena *a, int threads, int waiting_max, Fail *f)
{
    set_up();
    Passwords *p = arena_new_of(a, Passwords);
    int n = threads > 0 ? threads : PASSWORD_THREADS;
    assert(n <= THREADS_MAX);
    p->waiting_max = waiting_max > 0 ? waiting_max : PASSWORD_WAITING_MAX;
    pthread_mutex_init(&p->mutex, NULL);
    pthread_cond_init(&p->wake, NULL);
    arena_defer(a, end, p);
    for (; p->n_threads < n; p->n_threads++)
        if (pthread_create(&p->threads[p->n_threads], NULL, run, p) != 0) {
            *f = fail(ERR_INTERNAL, "thread");
            f->log = "a thread for passwords could not be made";
            return NULL;
        }
    return p;
}

bool passwords_add(Passwords *p, PasswordJob *job)
{
    assert(job->done != NULL);
    job->next = NULL;
    pthread_mutex_lock(&p->mutex);
    bool taken = !p->stopping && p->waiting < p->waiting_max;
    if (taken) {
        if (p->last != NULL)
            p->last->next = job;
        else
            p->first = job;
        p->last = job;
        p->waiting++;
        pthread_cond_signal(&p->wake);
    }
    pthread_mutex_unlock(&p->mutex);
    return taken;
}

void passwords_stop(Passwords *p)
{
    if (p->stopped) return;
    pthread_mutex_lock(&p->mutex);
    p->stopping = true;
    pthread_cond_broadcast(&p->wake);
    pthread_mutex_unlock(&p->mutex);
    for (int i = 0; i < p->n_threads; i++)
        pthread_join(p->threads[i], NULL);
    p->stopped = true;
}

bool password_verify(Arena *a, Str typed, Str stored)
{
    set_up();
    return stored.n > 0 && stored.n < PASSWORD_HASH_MAX && verify(typed, arena_c(a, stored));
}

Fail password_hash(Arena *a, Str plain, Str *stored)
{
    char hash[PASSWORD_HASH_MAX] = { 0 };
    set_up();
    if (plain.n == 0) return fail_field(ERR_INVALID, "required", "password", 0);
    if (!make(plain, hash)) return fail(ERR_BUSY, "busy");
    *stored = arena_str(a, str_c(hash));
    return FAIL_NONE;
}

bool password_is_weak(Str plain)
{
    bool seen[256] = { false };
    int different = 0, run_up = 1, run_down = 1, longest = 1;
    for (size_t i = 0; i < plain.n; i++) {
        uint8_t c = (uint8_t)plain.p[i];
        if (!seen[c]) different++;
        seen[c] = true;
        if (i == 0) continue;
        int step = c - (uint8_t)plain.p[i - 1];
        run_up = step == 1 ? run_up + 1 : 1;
        run_down = step == -1 ? run_down + 1 : 1;
        if (run_up > longest) longest = run_up;
        if (run_down > longest) longest = run_down;
    }
    return different < 4 || (size_t)longest + 2 > plain.n;
}
