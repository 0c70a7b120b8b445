/* core_people: a community with its persons in one process, on either engine, and a server of one thread that runs
 * calls as the real one does: on a reader, going on with the writer where they say so, answered after the commit. */
#ifndef LINLI_CORE_PEOPLE_H
#define LINLI_CORE_PEOPLE_H

#include "store_engine.h"

#include "base/log.h"
#include "core/model/model.h"
#include "core/file.h"
#include "core/person/person.h"
#include "core/setting.h"

#include <pthread.h>

#define HERE S("540102001001")
static const int64_t PEOPLE_START = INT64_C(1783000000000);

typedef struct People {
    Arena *arena;
    World *world;
    DbConfig config;
    Seals *seals;
    Db *reader, *writer;
    Runner *runner;
    KeyCache *keys;
    Passwords *passwords;
    Sessions *sessions;
    Later later;
    bool postgres;
    int64_t now;
    HttpRequest *http; /* of the calls, for who wants to send headers */
    /* the answer of the call that is under way */
    pthread_mutex_t mutex;
    pthread_cond_t answered;
    bool over;
    Fail fail;
    HttpReply reply;
} People;

static int64_t people_now; /* the process's clock, for what asks now_ms() */
static int64_t people_clock(void *self) {
    (void)self;
    return people_now;
}

static void people_on_writer(void *server, Fail (*run)(void *arg, Db *db), void (*done)(void *arg, Fail f), void *arg) {
    People *p = server;
    db_begin(p->writer);
    Fail f = run(arg, p->writer);
    if (f.err == OK)
        f = db_commit(p->writer);
    else
        db_rollback(p->writer);
    done(arg, f);
}

static void people_over(People *p, const HttpReply *reply, Fail f) {
    pthread_mutex_lock(&p->mutex);
    p->over = true;
    p->fail = f;
    if (reply) p->reply = *reply;
    pthread_cond_signal(&p->answered);
    pthread_mutex_unlock(&p->mutex);
}

static void people_answer(void *server, void *ticket, HttpReply *reply) {
    (void)ticket;
    people_over(server, reply, FAIL_NONE);
}

static void people_refuse(void *server, void *ticket, Fail f) {
    (void)ticket;
    people_over(server, NULL, f);
}

static void people_committed(void *self, const Event *events, int n) {
    sessions_committed(((People *)self)->sessions, events, n);
}

/* One per process: its statements stay registered. */
static World *people_world(void) {
    static const Module *const modules[] = { &module_model, &module_setting, &module_division,
                                             &module_grid,  &module_file,    &module_person,
                                             NULL };
    static const Reaction none[] = { { .on = NULL } };
    static World *world;
    static Arena *arena;
    Str report;
    if (!world) {
        log_level_set(LOG_WARN);
        arena = arena_new();
        world = world_new(arena, modules, none, &report);
        assert_text(report, "");
    }
    return world;
}

static void people_open(People *p, bool postgres, const char *topic) {
    Fail f = FAIL_NONE;
    *p = (People){ .arena = arena_new(), .postgres = postgres, .now = PEOPLE_START };
    people_now = p->now;
    seam_set((Seam){ .now_ms = people_clock });
    p->config = postgres ? engine_pg(p->arena, topic) : engine_lite(p->arena);
    p->world = people_world();
    Db *bare = db_open_bare(&p->config, &f);
    assert_non_null(bare);
    f = schema_migrate(bare, p->world->parts, p->world->n_parts);
    if (f.err != OK) fail_msg("%s: %s", f.log, db_last_error(bare));
    db_close(bare);
    p->writer = db_open(&p->config, DB_WRITER, &f);
    if (!p->writer) fail_msg("%s", f.log);
    p->reader = db_open(&p->config, DB_READER, &f);
    if (!p->reader) fail_msg("%s", f.log);
    p->seals = seals_for_test(p->arena);
    p->keys = key_cache_new(p->arena, p->seals, 64);
    p->runner = runner_new(p->arena, p->world, p->writer, p->seals,
                           (RunnerHooks){ .self = p, .committed = people_committed });
    p->passwords = passwords_start(p->arena, 1, 4, &f);
    assert_non_null(p->passwords);
    p->later = (Later){ p, people_on_writer, people_answer, people_refuse };
    p->sessions = sessions_new(p->arena, &(SessionsConfig){ .seals = p->seals,
                                                            .later = &p->later,
                                                            .passwords = p->passwords,
                                                            .public_url = "https://linli.example.org",
                                                            .cache_entries = 64 });
    pthread_mutex_init(&p->mutex, NULL);
    pthread_cond_init(&p->answered, NULL);
}

static void people_close(People *p, const char *topic) {
    passwords_stop(p->passwords);
    runner_forget(p->runner);
    db_close(p->reader);
    db_close(p->writer);
    if (p->postgres)
        engine_pg_drop(p->arena, topic);
    else
        engine_lite_drop(&p->config);
    seam_set((Seam){ 0 });
    arena_free(p->arena);
}

static void people_wait(People *p, int64_t ms) {
    p->now += ms;
    people_now = p->now;
}

static json_t *people_json(People *p, const char *text) {
    Fail f = FAIL_NONE;
    json_t *v = json_read(p->arena, str_c(text), &f);
    assert_non_null(v);
    return v;
}

/* One action; its events are kept by the People's arena. */
static Command *people_do(People *p, const Actor *actor, const char *action, Str person, int64_t version,
                          const char *input) {
    Command *c = arena_new_of(p->arena, Command);
    *c = (Command){ .arena = p->arena, .community = HERE, .actor = actor, .now = p->now, .n_rows = 1 };
    c->module = world_module(p->world, S("person"));
    c->action = module_action(c->module, str_c(action));
    assert_non_null(c->action);
    c->rows = arena_new_of(p->arena, CommandRow);
    c->rows[0] = (CommandRow){ .matter = person.n > 0 ? person : id_new(p->arena, p->now), .version = version,
                               .input = people_json(p, input) };
    runner_run(p->runner, &c, 1);
    return c;
}

#define assert_done(c) people_check((c)->fail, NULL, __FILE__, __LINE__)
#define assert_refused(c, code) people_check((c)->fail, (code), __FILE__, __LINE__)
static inline void people_check(Fail f, const char *code, const char *file, int line) {
    const char *got = f.err == OK ? NULL : f.code;
    if (code == NULL ? got == NULL : got != NULL && strcmp(got, code) == 0) return;
    print_error("got \"%s\" (field \"%s\", %s), want \"%s\"\n", got ? got : "done", f.field, f.log ? f.log : "",
                code ? code : "done");
    _fail(file, line);
}

/* A person with a role at a place (NULL: none), put on file by the system. Gives the id. */
static Str people_add(People *p, const char *name, const char *phone, const char *role, const char *place) {
    PersonFirst who = { .name = str_c(name), .phone = str_c(phone), .role = str_c(role ? role : "resident"),
                        .place = str_c(place) };
    Command *commands[PERSON_BOOTSTRAP_COMMANDS];
    person_bootstrap(p->arena, p->world, HERE, &who, p->now, commands);
    for (int i = 0; i < (role ? 2 : 1); i++) {
        runner_run(p->runner, &commands[i], 1);
        assert_done(commands[i]);
    }
    return commands[0]->rows[0].matter;
}

static Actor *people_actor(People *p, Str person, Roles role, Str place) {
    Actor *a = arena_new_of(p->arena, Actor);
    RoleAt *at = arena_new_of(p->arena, RoleAt);
    *at = (RoleAt){ role, place, 0, 0 };
    *a = (Actor){ .person = person, .community = HERE, .session = S(""), .roles = at, .n_roles = 1,
                  .strong = (role & (ADMIN | AUDITOR)) != 0 };
    return a;
}

static const Call *people_call_row(const char *name) {
    for (const Call *c = module_person.calls; c->name != NULL; c++)
        if (strcmp(c->name, name) == 0) return c;
    fail_msg("no call %s", name);
    return NULL;
}

typedef struct Said { /* what a call answered */
    Fail fail;
    HttpReply reply;
    json_t *json;
} Said;

static Said people_call_from(People *p, const Actor *actor, const char *name, Str arg, const char *input,
                             const char *address) {
    static const Actor nobody = { .person = { "", 0 }, .community = { "", 0 }, .session = { "", 0 } };
    Arena *a = p->arena;
    CallCtx c = { .arena = a, .world = p->world, .later = &p->later, .sessions = p->sessions, .seals = p->seals,
                  .keys = p->keys, .db = p->reader, .call = people_call_row(name), .community = HERE,
                  .address = str_c(address), .http = p->http, .now = p->now };
    Actor *copy = arena_new_of(a, Actor);
    *copy = actor ? *actor : nobody;
    c.actor = copy;
    c.args[0] = arg;
    Errors errors = { .arena = a };
    if (c.call->fields != NULL) {
        c.input = fields_validate(a, c.call->fields, people_json(p, input), "", &errors);
        if (errors.n > 0) return (Said){ .fail = errors.list[0] };
    }
    p->over = false;
    p->reply = (HttpReply){ 0 };
    bool writes = c.call->on == ON_WRITER;
    if (writes) {
        c.db = p->writer;
        db_begin(p->writer);
    }
    Fail f = c.call->run(&c);
    if (writes && f.err != OK) db_rollback(p->writer);
    if (writes && f.err == OK) f = db_commit(p->writer);
    if (c.taken) {
        pthread_mutex_lock(&p->mutex);
        while (!p->over)
            pthread_cond_wait(&p->answered, &p->mutex);
        pthread_mutex_unlock(&p->mutex);
        f = p->fail;
        c.reply = p->reply;
    }
    Said said = { .fail = f, .reply = c.reply };
    Fail ignored = FAIL_NONE;
    if (f.err == OK && c.reply.body.n > 0) said.json = json_read(a, c.reply.body, &ignored);
    return said;
}

static Said people_call(People *p, const Actor *actor, const char *name, Str arg, const char *input) {
    return people_call_from(p, actor, name, arg, input, "192.0.2.7");
}

/* The token that a reply's cookie sets; "" if it sets none. */
static Str people_token(const Said *said) {
    for (int i = 0; i < said->reply.n_headers; i++) {
        Str value = said->reply.headers[i].value;
        if (strcmp(said->reply.headers[i].name, "Set-Cookie") != 0 || !str_starts(value, S("linli="))) continue;
        Str rest = { value.p + 6, value.n - 6 };
        return str_cut(&rest, ';');
    }
    return S("");
}

static Actor *people_session(People *p, Str token) {
    Fail f;
    Actor *actor = session_actor(p->sessions, p->arena, p->reader, token, false, p->now, &f);
    assert_int_equal(f.err, OK);
    return actor;
}

static void people_give_password(People *p, Str person, const char *password) {
    Str hash;
    assert_int_equal(password_hash(p->arena, str_c(password), &hash).err, OK);
    db_begin(p->writer);
    assert_int_equal(account_set_password(p->writer, p->arena, HERE, person, hash, p->now).err, OK);
    assert_int_equal(db_commit(p->writer).err, OK);
}

static int64_t people_count(People *p, const char *sql, Str of) {
    Fail f = FAIL_NONE;
    DbRows *r = db_query(p->reader, p->arena, sql, "ss", "l", ARGS(TXT(HERE), TXT(of)), &f);
    if (f.err != OK) fail_msg("%s: %s", sql, db_last_error(p->reader));
    return db_int(r, 0, 0);
}

/* ---- stories: each a test on both engines ---- */

typedef struct Story {
    const char *name;
    void (*tell)(People *p);
} Story;
#define STORY(f) { #f, f }

static void story_tell(const Story *s, bool postgres) {
    People p;
    if (postgres) engine_pg_needed(); /* before anything is made that skipping would leave behind */
    people_open(&p, postgres, "people");
    s->tell(&p);
    people_close(&p, "people");
}
static void story_on_sqlite(void **state) {
    story_tell(*state, false);
}
static void story_on_postgres(void **state) {
    story_tell(*state, true);
}

enum { STORIES_MAX = 40 };
static int stories_run(const char *group, const Story *stories, int n) {
    static struct CMUnitTest tests[2 * STORIES_MAX];
    Arena *a = arena_new();
    assert_true(n <= STORIES_MAX);
    for (int i = 0; i < n; i++)
        for (int pg = 0; pg < 2; pg++)
            tests[2 * i + pg] = (struct CMUnitTest){
                .name = arena_fmt(a, "%s, %s", stories[i].name, pg ? "postgres" : "sqlite").p,
                .test_func = pg ? story_on_postgres : story_on_sqlite,
                .initial_state = (void *)(uintptr_t)&stories[i],
            };
    int failed = _cmocka_run_group_tests(group, tests, 2 * (size_t)n, NULL, NULL);
    arena_free(a);
    return failed;
}

#endif
