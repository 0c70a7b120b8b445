/* password: argon2id in a pool of its own, so that neither HTTP threads nor the writer ever wait for it, and never more
 * memory is taken than threads * 46 MiB. Memory goes back to the system after each use.
 *
 * A job is the caller's and lives until `done` was called; the pool only borrows it. */
#ifndef LINLI_PASSWORD_H
#define LINLI_PASSWORD_H

#include "base/fail.h"

enum {
    PASSWORD_OPS = 2,                       /* argon2id t */
    PASSWORD_BYTES_WORK = 46 * 1024 * 1024, /* argon2id m */
    PASSWORD_HASH_MAX = 128,
    PASSWORD_THREADS = 2,
    PASSWORD_WAITING_MAX = 64,
};

typedef struct PasswordJob {
    bool check;   /* compare `typed` with `against` */
    Str typed;
    Str against;  /* stored hash; "": there is none. The same work is done, and the answer is no. */
    Str fresh;    /* a password to make a hash of, if nothing was to be checked or the check held; "" for none */
    void (*done)(struct PasswordJob *job); /* on a thread of the pool; may not add to the pool */
    void *arg;    /* the caller's */
    /* out */
    bool right;   /* the check held, or there was none */
    bool failed;  /* no memory: nothing is known */
    char made[PASSWORD_HASH_MAX]; /* hash of `fresh`, NUL-terminated, or "" */
    /* internal */
    struct PasswordJob *next;
} PasswordJob;

typedef struct Passwords Passwords;
/* Zero threads or waiting_max: the defaults above. */
Passwords *passwords_start(Arena *a, int threads, int waiting_max, Fail *f) MUST_USE;
/* False when the queue is full or the pool is stopping: the job was not taken, `done` will not come (ERR_BUSY). After
 * true the job may be over before this returns. */
bool passwords_add(Passwords *p, PasswordJob *job) MUST_USE;
void passwords_stop(Passwords *p); /* does what was accepted, then ends the threads; idempotent */

/* The same at once, for the command line, the demo and tests. */
bool password_verify(Arena *a, Str typed, Str stored) MUST_USE;
Fail password_hash(Arena *a, Str plain, Str *stored) MUST_USE;
/* Too easy to guess: fewer than four different characters, or a run like 12345678 or abcdefgh. */
bool password_is_weak(Str plain);

#endif
