/* The way of a request, on both engines. */
#define RIG_TOPIC "serve"
#include "serve_rig.h"

#include "core/model/model.h"
#include "store/db_faults.h"

/* ---- the way of a request ---- */

static void answers(Rig *r) {
    assert_said(say(r, "GET", "/healthz", "", ""), 200, NULL);
    assert_said(say(r, "GET", "/api/v1/community", "", ""), 200, NULL);
    assert_said(say(r, "GET", "/c/" HERE "/api/v1/community", "", ""), 200, NULL);
    assert_said(say(r, "GET", "/c/" THERE "/api/v1/community", "", ""), 404, "no_such_community");
    assert_said(say(r, "GET", "/c/12/api/v1/community", "", ""), 404, "no_such_community");
    assert_said(say(r, "GET", "/api/v1/nothing", "", ""), 404, "no_such_route");
    assert_said(say(r, "GET", "/nothing", "", ""), 404, "not_found");
    assert_said(say(r, "DELETE", "/api/v1/reports", "", ""), 405, "method_not_allowed");
    Said s = say(r, "OPTIONS", "/api/v1/reports", "", "");
    assert_said(s, 204, NULL);
    assert_true(has(s, "Allow: OPTIONS, GET, HEAD, POST"));
    s = say(r, "HEAD", "/api/v1/community", "", "");
    assert_said(s, 200, NULL);
    assert_int_equal(s.body.n, 0);
    assert_true(has(s, "Cache-Control: no-store") && has(s, "X-Content-Type-Options: nosniff"));
    s = say(r, "GET", "/metrics", "", "");
    assert_said(s, 200, NULL);
    assert_true(str_find(s.body, S("linli_requests_total{class=\"2xx\"}")) > 0);
    assert_true(str_find(s.body, S("linli_can_write 1\n")) > 0);
}

static void acts(Rig *r) {
    Str id = id_new(r->talk, now_ms());
    const char *path = arena_fmt(r->talk, "/api/v1/reports/%.*s", STR_ARG(id)).p;
    Said s = say(r, "POST", "/api/v1/reports", "", report(r, id));
    assert_said(s, 201, NULL);
    assert_true(has(s, arena_fmt(r->talk, "Location: %s", path).p));
    Str receipt = json_text(s.json, "receipt");
    assert_int_equal(receipt.n, 16);
    Said again = say(r, "POST", "/api/v1/reports", "", report(r, id));
    assert_said(again, 201, NULL);
    assert_true(has(again, "Idempotent-Replay: true"));
    assert_true(str_eq(again.body, s.body));
    assert_said(say(r, "POST", "/api/v1/reports", bearer(r, r->officer), report(r, id)), 409, "client_id_reused");
    assert_said(say(r, "GET", path, "", ""), 401, "sign_in");
    assert_said(say(r, "GET", path, arena_fmt(r->talk, "Linli-Receipt: %.*s\r\n", STR_ARG(receipt)).p, ""), 200, NULL);
    assert_said(say(r, "GET", path, "Linli-Receipt: 0000000000000000\r\n", ""), 401, "sign_in");
    assert_said(say(r, "GET", path, bearer(r, r->officer), ""), 200, NULL);
    assert_said(say(r, "GET", path, "Authorization: Bearer " HERE ".x\r\n", ""), 401, "sign_in");
    assert_said(say(r, "GET", "/api/v1/reports", "", ""), 401, "sign_in");
    s = say(r, "GET", "/api/v1/reports", bearer(r, r->officer), "");
    assert_said(s, 200, NULL);
    assert_int_equal(json_array_size(json_object_get(s.json, "rows")), 1);
    assert_said(say(r, "POST", "/api/v1/settings", bearer(r, r->officer), "{}"), 403, "forbidden");
}

static void refuses_what_is_wrong(Rig *r) {
    Said s = say(r, "POST", "/api/v1/reports", "", "{\"category\":5,\"foo\":1}");
    assert_said(s, 422, "wrong_type");
    assert_int_equal(json_array_size(json_object_get(s.json, "errors")), 2);
    s = say(r, "POST", "/api/v1/reports", "", "{\"a\":1,}");
    assert_said(s, 400, "json_syntax");
    assert_true(json_text(s.json, "where").n > 0);
    assert_said(say(r, "POST", "/api/v1/reports", "", "[1]"), 400, "json_not_an_object");
    assert_said(say(r, "GET", "/api/v1/events", "", ""), 401, "sign_in");
    assert_said(say(r, "POST", "/api/v1/notices/seen", bearer(r, r->officer), "{\"seq\":\"x\"}"), 422, "wrong_type");
    char *big = arena_alloc(r->talk, 200001);
    memset(big, ' ', 200000);
    assert_said(say(r, "POST", "/api/v1/reports", "", big), 413, "too_large");
}

static void one_community_is_not_another(Rig *r) {
    found(r, THERE);
    Str id = id_new(r->talk, now_ms()), other = token(r, THERE, "officer");
    assert_said(say(r, "POST", "/api/v1/reports", "", report(r, id)), 201, NULL);
    const char *path = arena_fmt(r->talk, "/c/" HERE "/api/v1/reports/%.*s", STR_ARG(id)).p;
    assert_said(say(r, "GET", path, bearer(r, r->officer), ""), 200, NULL);
    assert_said(say(r, "GET", path, bearer(r, other), ""), 403, "forbidden");
    assert_said(say(r, "GET", "/c/" HERE "/api/v1/settings", bearer(r, other), ""), 403, "forbidden");
    assert_said(say(r, "GET", "/api/v1/settings", bearer(r, other), ""), 200, NULL); /* its own */
    assert_said(say(r, "GET", "/c/" HERE "/api/v1/reports", bearer(r, other), ""), 403, "forbidden");
}

static void apps_stand_under_each_community(Rig *r) {
    static const struct {
        const char *path, *body; /* NULL: not found */
    } pages[] = { { "/", "app" },
                  { "/follow/1", "app" },
                  { "/desk/", "desk" },
                  { "/c/" HERE "/", "app" },
                  { "/c/" HERE "/desk/queue", "desk" },
                  { "/c/" HERE "/desk/none.js", NULL },
                  { "/c/" HERE, NULL },
                  { "/c/", NULL },
                  { "/c/" THERE "/", NULL }, /* no such community yet */
                  { "/c/x/desk/", NULL } };
    for (int i = 0; i < COUNT(pages); i++) {
        Said s = say(r, "GET", pages[i].path, "Accept: text/html\r\n", "");
        check_said(s, pages[i].body ? 200 : 404, NULL, pages[i].path, i);
        if (pages[i].body) assert_text(s.body, pages[i].body);
    }
    found(r, THERE);
    assert_said(say(r, "GET", "/c/" THERE "/", "Accept: text/html\r\n", ""), 200, NULL);
}

/* ---- sessions ---- */

typedef struct Opened {
    Rig *rig;
    Str person, token;
} Opened;

static Fail open_session(void *self, Db *db) {
    Opened *o = self;
    SessionNew n = { .community = S(HERE), .person = o->person, .device = S(""), .agent = S("desk"), .now = now_ms() };
    return session_create(o->rig->seals, o->rig->talk, db, &n, &o->token);
}

static Fail close_sessions(void *self, Db *db) {
    Opened *o = self;
    return account_drop_sessions(db, o->rig->talk, S(HERE), o->person);
}

static Opened sign_in(Rig *r, const char *role) {
    PersonFirst who = { .name = S("Tsering"), .phone = S(""), .role = str_c(role), .place = S("") };
    Command *commands[PERSON_BOOTSTRAP_COMMANDS];
    person_bootstrap(r->talk, world(), S(HERE), &who, now_ms(), commands);
    for (int i = 0; i < COUNT(commands); i++) {
        Fail f = serve_submit(r->server, commands[i]);
        assert_int_equal(f.err, OK);
        assert_int_equal(commands[i]->fail.err, OK);
    }
    Opened o = { r, commands[0]->rows[0].matter, S("") };
    Fail f = serve_call(r->server, open_session, &o);
    assert_int_equal(f.err, OK);
    return o;
}

static void cookies_need_csrf(Rig *r) {
    Opened o = sign_in(r, "officer");
    const char *cookie = arena_fmt(r->talk, "Cookie: linli=%.*s\r\n", STR_ARG(o.token)).p;
    Said s = say(r, "GET", "/api/v1/session", cookie, "");
    assert_said(s, 200, NULL);
    assert_true(str_eq(json_text(s.json, "person"), o.person));
    Str id = id_new(r->talk, now_ms()), csrf = json_text(s.json, "csrf");
    assert_said(say(r, "POST", "/api/v1/reports", cookie, report(r, id)), 403, "csrf");
    const char *both = arena_fmt(r->talk, "%sX-CSRF-Token: %.*s\r\n", cookie, STR_ARG(csrf)).p;
    assert_said(say(r, "POST", "/api/v1/reports", both, report(r, id)), 201, NULL);
    assert_said(say(r, "DELETE", "/api/v1/session", both, ""), 204, NULL);
    s = say(r, "GET", "/api/v1/session", cookie, "");
    assert_true(json_is_null(json_object_get(s.json, "person")));
    assert_said(say(r, "GET", "/api/v1/reports/mine", cookie, ""), 401, "sign_in");
}

/* ---- the feed ---- */

static Str read_to(Rig *r, int fd, const char *end) {
    Buf b = buf_new(r->talk, 512);
    char c;
    while (recv(fd, &c, 1, 0) == 1) {
        buf_char(&b, c);
        if (str_ends(buf_str(&b), str_c(end))) return buf_str(&b);
    }
    fail_msg("the stream ended before %s", end);
    return S("");
}

static void feed_tells_and_resumes(Rig *r) {
    int fd = ask(r, "GET", "/api/v1/events", bearer(r, r->officer), "");
    Str hello = read_to(r, fd, "event: hello\ndata: {}\n\n");
    assert_true(str_find(hello, S("200")) > 0);
    Str id = id_new(r->talk, now_ms());
    Said s = say(r, "POST", "/api/v1/reports", "", report(r, id));
    assert_said(s, 201, NULL);
    Str frame = read_to(r, fd, "\"version\":1}\n\n");
    assert_true(str_find(frame, S("\"type\":\"report.create\"")) > 0 && str_find(frame, id) > 0);
    assert_true(str_find(frame, S("wall")) < 0);
    close(fd);
    const char *last = arena_fmt(r->talk, "%sLast-Event-ID: %lld\r\n", bearer(r, r->officer),
                                 (long long)json_int(s.json, "seq") - 1).p;
    fd = ask(r, "GET", "/api/v1/events", last, "");
    Str missed = read_to(r, fd, "event: hello\ndata: {}\n\n");
    assert_true(str_find(missed, id) > 0);
    close(fd);
    fd = ask(r, "GET", "/api/v1/events?last=999999", bearer(r, r->officer), "");
    assert_true(str_find(read_to(r, fd, "event: hello\ndata: {}\n\n"), S("event: reset")) > 0);
    close(fd);
    assert_said(say(r, "GET", "/api/v1/events?last=x", bearer(r, r->officer), ""), 422, "bad_format");
}

static void feed_ends_with_its_session(Rig *r) {
    Opened o = sign_in(r, "officer");
    Fail f = FAIL_NONE;
    int fd = ask(r, "GET", "/api/v1/events", arena_fmt(r->talk, "Cookie: linli=%.*s\r\n", STR_ARG(o.token)).p, "");
    read_to(r, fd, "event: hello\ndata: {}\n\n");
    f = serve_call(r->server, close_sessions, &o);
    assert_int_equal(f.err, OK);
    Db *db = db_open(&r->db, DB_READER, &f);
    assert_non_null(db);
    live_check(server_live(r->server), db, now_ms() + SESSION_CACHE_MS); /* as a reader does now and then */
    read_to(r, fd, "event: end\ndata: {}\n\n");
    char rest[64];
    ssize_t n = 0;
    while ((n = recv(fd, rest, sizeof rest, 0)) > 0)
        continue;
    assert_int_equal(n, 0); /* closed, not timed out */
    close(fd);
    db_close(db);
}

/* ---- trouble ---- */

typedef struct Gate { /* holds the writer up */
    pthread_mutex_t mutex;
    pthread_cond_t moved;
    bool inside, open;
    Server *server;
} Gate;

static Fail pass_gate(void *self, Db *db) {
    (void)db;
    Gate *g = self;
    pthread_mutex_lock(&g->mutex);
    g->inside = true;
    pthread_cond_broadcast(&g->moved);
    while (!g->open)
        pthread_cond_wait(&g->moved, &g->mutex);
    pthread_mutex_unlock(&g->mutex);
    return FAIL_NONE;
}

static void *hold_writer(void *arg) {
    Gate *g = arg;
    Fail f = serve_call(g->server, pass_gate, g);
    assert_int_equal(f.err, OK);
    return NULL;
}

static void gate_shut(Gate *g, Server *s, pthread_t *thread) {
    *g = (Gate){ .mutex = PTHREAD_MUTEX_INITIALIZER, .moved = PTHREAD_COND_INITIALIZER, .server = s };
    assert_int_equal(pthread_create(thread, NULL, hold_writer, g), 0);
    pthread_mutex_lock(&g->mutex);
    while (!g->inside)
        pthread_cond_wait(&g->moved, &g->mutex);
    pthread_mutex_unlock(&g->mutex);
}

static void gate_open(Gate *g) {
    pthread_mutex_lock(&g->mutex);
    g->open = true;
    pthread_cond_broadcast(&g->moved);
    pthread_mutex_unlock(&g->mutex);
}

static void full_queue_is_busy(Rig *r) {
    stop(r);
    start(r, 2);
    Gate gate;
    pthread_t thread;
    gate_shut(&gate, r->server, &thread);
    int fds[6], busy = 0, done = 0;
    for (int i = 0; i < COUNT(fds); i++)
        fds[i] = ask(r, "POST", "/api/v1/reports", bearer(r, r->officer), report(r, id_new(r->talk, now_ms())));
    assert_said(say(r, "GET", "/api/v1/community", "", ""), 200, NULL); /* readers don't wait for the writer */
    for (int i = 0; i < 4; i++) { /* two wait; which ones is the loops' business */
        struct timeval tv = { .tv_sec = 20 };
        fd_set set;
        FD_ZERO(&set);
        int most = 0;
        for (int k = 0; k < COUNT(fds); k++)
            if (fds[k] >= 0) {
                FD_SET(fds[k], &set);
                most = fds[k] > most ? fds[k] : most;
            }
        assert_true(select(most + 1, &set, NULL, NULL, &tv) > 0);
        for (int k = 0; k < COUNT(fds); k++)
            if (fds[k] >= 0 && FD_ISSET(fds[k], &set)) {
                Said s = hear(r, fds[k]);
                fds[k] = -1;
                assert_said(s, 503, "busy");
                assert_true(has(s, "Retry-After: 1"));
                busy++;
            }
        if (busy == 4) break;
    }
    assert_int_equal(busy, 4);
    Said shed = say(r, "POST", "/api/v1/reports", "", "not even JSON"); /* nothing is spent on it: who, what, how */
    assert_said(shed, 503, "busy");
    assert_true(has(shed, "Retry-After: 1"));
    assert_true(has(shed, "Content-Type: application/problem+json"));
    assert_text(json_text(shed.json, "type"), "/problems/busy");
    assert_text(json_text(shed.json, "title"), "Busy, try again");
    assert_int_equal(json_int(shed.json, "status"), 503);
    assert_said(say(r, "GET", "/api/v1/community", "", ""), 200, NULL);
    gate_open(&gate);
    pthread_join(thread, NULL);
    for (int k = 0; k < COUNT(fds); k++)
        if (fds[k] >= 0) {
            assert_said(hear(r, fds[k]), 201, NULL);
            done++;
        }
    assert_int_equal(done, 2);
    Said list = say(r, "GET", "/api/v1/reports", bearer(r, r->officer), ""); /* what was refused left nothing */
    assert_int_equal(json_array_size(json_object_get(list.json, "rows")), 2);
    assert_said(say(r, "POST", "/api/v1/reports", "", "not even JSON"), 400, NULL);
    Said after = say(r, "POST", "/api/v1/reports", bearer(r, r->officer), report(r, id_new(r->talk, now_ms())));
    assert_said(after, 201, NULL);
}

static void *stop_main(void *arg) {
    server_stop(arg, 10000);
    return NULL;
}

static void stops_after_what_it_accepted(Rig *r) {
    Gate gate;
    pthread_t holder, stopper;
    Str id = id_new(r->talk, now_ms());
    gate_shut(&gate, r->server, &holder);
    int fd = ask(r, "POST", "/api/v1/reports", bearer(r, r->officer), report(r, id));
    Said s = { 0 };
    for (int i = 0; i < 2000; i++) { /* until it stands in the queue */
        s = say(r, "GET", "/metrics", "", "");
        if (str_find(s.body, S("linli_writer_queue 1\n")) > 0) break;
    }
    assert_true(str_find(s.body, S("linli_writer_queue 1\n")) > 0);
    assert_int_equal(pthread_create(&stopper, NULL, stop_main, r->server), 0);
    gate_open(&gate);
    assert_said(hear(r, fd), 201, NULL);
    pthread_join(holder, NULL);
    pthread_join(stopper, NULL);
    arena_free(r->arena);
    start(r, 0); /* and it is still there */
    const char *path = arena_fmt(r->talk, "/api/v1/reports/%.*s", STR_ARG(id)).p;
    assert_said(say(r, "GET", path, bearer(r, r->officer), ""), 200, NULL);
}

static void full_disk(void **state) {
    (void)state;
    faults_register();
    faults_clear();
    Rig *r = rig_new("serve_full", false, "faults");
    faults_disk_full(true);
    int refused = 0;
    for (int i = 0; i < 200 && !refused; i++) { /* until the files have to grow */
        Said s = say(r, "POST", "/api/v1/reports", bearer(r, r->officer), report(r, id_new(r->talk, now_ms())));
        if (s.status == 201) continue;
        assert_said(s, 507, "disk_full");
        refused = 1;
    }
    assert_int_equal(refused, 1);
    assert_said(say(r, "GET", "/healthz", "", ""), 503, NULL);
    assert_said(say(r, "GET", "/api/v1/reports", bearer(r, r->officer), ""), 200, NULL);
    faults_disk_full(false);
    Said s = say(r, "POST", "/api/v1/reports", bearer(r, r->officer), report(r, id_new(r->talk, now_ms())));
    assert_said(s, 201, NULL);
    for (int i = 0; i < 200; i++) { /* the writer looks again within a second */
        s = say(r, "GET", "/healthz", "", "");
        if (s.status == 200) break;
        usleep(20000);
    }
    assert_said(s, 200, NULL);
    rig_free(r);
}

/* ---- limits: so many a minute, on a clock that stands still until we move it ---- */

static int retry_after(Said s) {
    int64_t at = str_find(s.head, S("Retry-After: ")), n = 0;
    if (at < 0) return 0;
    Str rest = { s.head.p + at + 13, s.head.n - (size_t)at - 13 };
    Str digits = str_cut(&rest, '\r');
    return str_to_i64(digits, &n) ? (int)n : 0;
}

#define asks(...) asks_at(__LINE__, __VA_ARGS__)
static void asks_at(int line, Rig *r, int times, const char *headers, int status) {
    for (int i = 0; i < times; i++)
        check_said(say(r, "GET", "/api/v1/community", headers, ""), status, status == 429 ? "rate_limited" : NULL,
                   __FILE__, line);
}

static void limits_per_minute(Rig *r) {
    stop(r);
    r->per_address = 20;
    r->per_account = 8;
    limits_now = now_ms();
    seam_set((Seam){ .now_ms = limits_clock }); /* while nobody is there to look at the clock */
    start(r, 0);
    const char *clerk = bearer(r, r->clerk);
    asks(r, 20, from(r, "198.51.100.1", ""), 200);
    Said s = say(r, "GET", "/api/v1/community", from(r, "198.51.100.1", ""), "");
    assert_said(s, 429, "rate_limited");
    int wait = retry_after(s);
    assert_true(wait >= 1 && wait <= 60);
    asks(r, 1, from(r, "198.51.100.2", ""), 200); /* the neighbour */
    asks(r, 1, from(r, "2001:db8:1:2::1", ""), 200);
    asks(r, 20, "", 200); /* and the machine itself */
    limits_now += wait * SECOND_MS; /* it said when */
    asks(r, 1, from(r, "198.51.100.1", ""), 200);
    /* an account: wherever it asks from */
    for (int i = 0; i < 8; i++)
        asks(r, 1, from(r, arena_fmt(r->talk, "203.0.113.%d", i).p, clerk), 200);
    asks(r, 1, from(r, "203.0.113.99", clerk), 429);
    asks(r, 1, from(r, "203.0.113.99", bearer(r, r->officer)), 200); /* somebody else, from there */
    limits_now += MINUTE_MS;
    asks(r, 8, from(r, "203.0.113.99", clerk), 200);
    asks(r, 1, from(r, "203.0.113.99", clerk), 429);
    limits_now -= HOUR_MS; /* a clock set back locks nobody out for an hour */
    for (int i = 0; i < 3; i++) {
        asks(r, 1, from(r, "203.0.113.99", clerk), 429);
        limits_now += MINUTE_MS;
    }
    asks(r, 1, from(r, "203.0.113.99", clerk), 200); /* a minute for each of three limits: address, account, route */
    stop(r);
    seam_set((Seam){ 0 });
    start(r, 0);
}

ON_BOTH(answers)
ON_BOTH(acts)
ON_BOTH(refuses_what_is_wrong)
ON_BOTH(one_community_is_not_another)
ON_BOTH(apps_stand_under_each_community)
ON_BOTH(cookies_need_csrf)
ON_BOTH(feed_tells_and_resumes)
ON_BOTH(feed_ends_with_its_session)
ON_BOTH(full_queue_is_busy)
ON_BOTH(limits_per_minute)
ON_BOTH(stops_after_what_it_accepted)

int main(void) {
    const struct CMUnitTest tests[] = {
        BOTH(answers),
        BOTH(acts),
        BOTH(refuses_what_is_wrong),
        BOTH(one_community_is_not_another),
        BOTH(apps_stand_under_each_community),
        BOTH(cookies_need_csrf),
        BOTH(feed_tells_and_resumes),
        BOTH(feed_ends_with_its_session),
        BOTH(full_queue_is_busy),
        BOTH(limits_per_minute),
        BOTH(stops_after_what_it_accepted),
        cmocka_unit_test(full_disk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
