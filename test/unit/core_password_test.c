#include "unit.h"

#include "core/access/password.h"

#include <pthread.h>

typedef struct Desk { /* where jobs come back to; a gate keeps the pool busy for as long as a test wants */
    pthread_mutex_t mutex;
    pthread_cond_t moved;
    int over;
    bool gate_shut, at_gate;
} Desk;

static void desk_init(Desk *d) {
    *d = (Desk){ 0 };
    pthread_mutex_init(&d->mutex, NULL);
    pthread_cond_init(&d->moved, NULL);
}

static void come_back(PasswordJob *job) {
    Desk *d = job->arg;
    pthread_mutex_lock(&d->mutex);
    d->at_gate = true;
    pthread_cond_broadcast(&d->moved);
    while (d->gate_shut)
        pthread_cond_wait(&d->moved, &d->mutex);
    d->over++;
    pthread_cond_broadcast(&d->moved);
    pthread_mutex_unlock(&d->mutex);
}

static void wait_for(Desk *d, int over) {
    pthread_mutex_lock(&d->mutex);
    while (d->over < over)
        pthread_cond_wait(&d->moved, &d->mutex);
    pthread_mutex_unlock(&d->mutex);
}

static PasswordJob run_one(Arena *a, Passwords *p, Desk *d, PasswordJob job) {
    PasswordJob *mine = arena_new_of(a, PasswordJob);
    int before = d->over;
    *mine = job;
    mine->done = come_back;
    mine->arg = d;
    assert_true(passwords_add(p, mine));
    wait_for(d, before + 1);
    return *mine;
}

static void a_hash_holds_for_its_password_only(void **state) {
    Arena *a = *state;
    Str hash, again;
    assert_int_equal(password_hash(a, S("correct horse"), &hash).err, OK);
    assert_int_equal(password_hash(a, S("correct horse"), &again).err, OK);
    assert_true(str_starts(hash, S("$argon2id$v=19$m=47104,t=2,p=1$")));
    assert_false(str_eq(hash, again)); /* salted */
    assert_true(password_verify(a, S("correct horse"), hash));
    assert_false(password_verify(a, S("correct Horse"), hash));
    assert_false(password_verify(a, S(""), hash));
    assert_false(password_verify(a, S("correct horse"), S("")));
    assert_false(password_verify(a, S("correct horse"), S("no hash")));
    assert_int_equal(password_hash(a, S(""), &hash).err, ERR_INVALID);
}

static void the_pool_checks_and_makes(void **state) {
    Arena *a = *state;
    Fail f;
    Desk d;
    Str hash;
    desk_init(&d);
    Passwords *p = passwords_start(a, 0, 0, &f);
    assert_non_null(p);
    assert_int_equal(password_hash(a, S("old password"), &hash).err, OK);
    PasswordJob job = { .check = true, .typed = S("old password"), .against = hash, .fresh = S("new password") };
    PasswordJob done = run_one(a, p, &d, job);
    assert_true(done.right);
    assert_false(done.failed);
    assert_true(password_verify(a, S("new password"), str_c(done.made)));
    job.typed = S("wrong password");
    done = run_one(a, p, &d, job);
    assert_false(done.right);
    assert_text(str_c(done.made), ""); /* nothing is made for who does not know the old one */
    done = run_one(a, p, &d, (PasswordJob){ .fresh = S("first password") });
    assert_true(done.right);
    assert_true(password_verify(a, S("first password"), str_c(done.made)));
}

/* No account, no password: no answer but no, whatever is typed. */
static void nobody_has_no_password(void **state) {
    Arena *a = *state;
    Fail f;
    Desk d;
    desk_init(&d);
    Passwords *p = passwords_start(a, 1, 2, &f);
    assert_non_null(p);
    static const char *const typed[] = { "", "x", "password" };
    for (int i = 0; i < COUNT(typed); i++)
        assert_false(
            run_one(a, p, &d, (PasswordJob){ .check = true, .typed = str_c(typed[i]), .against = S("") }).right);
}

static void a_full_queue_takes_no_more(void **state) {
    Arena *a = *state;
    Fail f;
    Desk d;
    desk_init(&d);
    Passwords *p = passwords_start(a, 1, 2, &f);
    assert_non_null(p);
    d.gate_shut = true;
    PasswordJob jobs[4] = { 0 };
    for (int i = 0; i < 4; i++)
        jobs[i] = (PasswordJob){ .done = come_back, .arg = &d }; /* nothing to do, so that only the gate takes time */
    assert_true(passwords_add(p, &jobs[0]));
    pthread_mutex_lock(&d.mutex);
    while (!d.at_gate)
        pthread_cond_wait(&d.moved, &d.mutex);
    pthread_mutex_unlock(&d.mutex);
    assert_true(passwords_add(p, &jobs[1]));
    assert_true(passwords_add(p, &jobs[2]));
    assert_false(passwords_add(p, &jobs[3]));
    pthread_mutex_lock(&d.mutex);
    d.gate_shut = false;
    pthread_cond_broadcast(&d.moved);
    pthread_mutex_unlock(&d.mutex);
    wait_for(&d, 3);
    assert_true(passwords_add(p, &jobs[3]));
    wait_for(&d, 4);
}

static void stopping_does_what_was_accepted(void **state) {
    Arena *a = *state;
    Fail f;
    Desk d;
    desk_init(&d);
    Passwords *p = passwords_start(a, 2, 8, &f);
    assert_non_null(p);
    PasswordJob jobs[5] = { 0 };
    for (int i = 0; i < 4; i++) {
        jobs[i] = (PasswordJob){ .fresh = S("some password"), .done = come_back, .arg = &d };
        assert_true(passwords_add(p, &jobs[i]));
    }
    passwords_stop(p);
    assert_int_equal(d.over, 4);
    jobs[4] = (PasswordJob){ .done = come_back, .arg = &d };
    assert_false(passwords_add(p, &jobs[4]));
    passwords_stop(p);
    assert_int_equal(d.over, 4);
}

static void easy_passwords_are_seen(void **state) {
    (void)state;
    static const char *const weak[] = { "", "11111111", "abababab", "12345678", "abcdefgh", "87654321", "a12345678",
                                        "aaabbbccc" };
    static const char *const strong[] = { "mountain lake", "k7#Qp2xz", "1357924680ab", "扎西德勒你好" };
    for (int i = 0; i < COUNT(weak); i++)
        assert_true(password_is_weak(str_c(weak[i])));
    for (int i = 0; i < COUNT(strong); i++)
        assert_false(password_is_weak(str_c(strong[i])));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        with_arena(a_hash_holds_for_its_password_only),
        with_arena(the_pool_checks_and_makes),
        with_arena(nobody_has_no_password),
        with_arena(a_full_queue_takes_no_more),
        with_arena(stopping_does_what_was_accepted),
        with_arena(easy_passwords_are_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
