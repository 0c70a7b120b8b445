/* serve_rig: the whole server in this process, asked over real sockets, on either engine, with a community, one
 * category and two programs that may act there. */
#ifndef LINLI_SERVE_RIG_H
#define LINLI_SERVE_RIG_H

#include "store_engine.h"

#include "app/world.h"
#include "base/log.h"
#include "core/file.h"
#include "core/person/person.h"
#include "core/place.h"
#include "core/serve/serve.h"
#include "core/setting.h"
#include "store/migrate.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/socket.h>

#define HERE "540102001001"
#define THERE "540102001002"

/* libevent batches its epoll_ctl calls; see http_wire.h. */
const char *__tsan_default_suppressions(void);
const char *__tsan_default_suppressions(void)
{
    return "race:epoll_ctl\n";
}

typedef struct Rig {
    Arena *arena; /* the server's */
    Arena *talk;  /* what was said */
    DbConfig db;
    const char *dir;
    Seals *seals;
    Server *server;
    Str clerk, officer; /* bearer tokens */
    bool postgres;
    const char *topic;
    int per_address, per_account; /* 0: the default */
} Rig;

static World *world(void)
{
    static World *made;
    static Arena *arena;
    Str report;
    if (!made) {
        log_level_set(LOG_ERROR);
        arena = arena_new();
        made = world_new(arena, world_modules, world_reactions, &report);
        assert_text(report, "");
    }
    return made;
}

/* ---- talking to it ---- */

typedef struct Said {
    int status; /* 0: the connection closed without a word */
    Str head, body;
    json_t *json;
} Said;

static int dial(const Rig *r)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct timeval tv = { .tv_sec = 20 };
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv);
    struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((uint16_t)server_port(r->server)) };
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(fd, (struct sockaddr *)&a, sizeof a) != 0) fail_msg("connect: errno %d", errno);
    return fd;
}

static void send_all(int fd, Str s)
{
    while (s.n) {
        ssize_t n = send(fd, s.p, s.n, MSG_NOSIGNAL);
        if (n <= 0) return;
        s.p += n;
        s.n -= (size_t)n;
    }
}

static int ask(Rig *r, const char *method, const char *path, const char *headers, const char *body)
{
    int fd = dial(r);
    send_all(fd, arena_fmt(r->talk, "%s %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n%sContent-Length: %zu\r\n\r\n%s",
                           method, path, headers, strlen(body), body));
    return fd;
}

static Said hear(Rig *r, int fd)
{
    Buf b = buf_new(r->talk, 1024);
    char piece[4096];
    for (ssize_t n; (n = recv(fd, piece, sizeof piece, 0)) > 0;)
        buf_add(&b, (Str){ piece, (size_t)n });
    close(fd);
    Said s = { .head = buf_str(&b) };
    int64_t end = str_find(s.head, S("\r\n\r\n")), status = 0;
    if (end < 0) return s;
    s.body = (Str){ s.head.p + end + 4, s.head.n - (size_t)end - 4 };
    s.head.n = (size_t)end;
    Fail f = FAIL_NONE;
    assert_true(str_to_i64((Str){ s.head.p + 9, 3 }, &status));
    s.status = (int)status;
    if (s.body.n > 0 && (s.body.p[0] == '{' || s.body.p[0] == '[')) s.json = json_read(r->talk, s.body, &f);
    return s;
}

static Said say(Rig *r, const char *method, const char *path, const char *headers, const char *body)
{
    return hear(r, ask(r, method, path, headers, body));
}

static inline bool has(Said s, const char *text)
{
    return str_find(s.head, str_c(text)) >= 0;
}

#define assert_said(s, want, code) check_said((s), (want), (code), __FILE__, __LINE__)
static void check_said(Said s, int status, const char *code, const char *file, int line)
{
    Str got = s.json ? json_text(s.json, "code") : S("");
    if (s.status == status && (!code || str_is(got, code))) return;
    print_error("got %d %.*s\nwant %d %s\n", s.status, STR_ARG(s.body), status, code ? code : "");
    _fail(file, line);
}

static const char *bearer(Rig *r, Str token)
{
    return arena_fmt(r->talk, "Authorization: Bearer %.*s\r\n", STR_ARG(token)).p;
}

/* ---- a community with two programs ---- */

typedef struct Made {
    Rig *rig;
    Str community, place;
    const char *role;
    Str token;
} Made;

static Fail make_token(void *self, Db *db)
{
    Made *m = self;
    Str id;
    TokenNew n = { m->community, S(""),       S("test"), str_c(m->role),
                   m->place,     S("system"), now_ms(),  now_ms() + 90 * DAY_MS };
    return account_new_token(db, m->rig->talk, m->rig->seals, &n, &id, &m->token);
}

static Str token_at(Rig *r, const char *community, const char *place, const char *role)
{
    Made m = { r, str_c(community), str_c(place), role, S("") };
    Fail f = serve_call(r->server, make_token, &m);
    assert_int_equal(f.err, OK);
    return m.token;
}

static Str token(Rig *r, const char *community, const char *role)
{
    return token_at(r, community, community, role);
}

static void found(Rig *r, const char *community)
{
    Fail f = FAIL_NONE;
    Command c = {
        .arena = r->talk, .community = str_c(community), .module = &module_setting, .actor = &actor_system, .n_rows = 1
    };
    CommandRow row = { .matter = id_new(r->talk, now_ms()),
                       .version = -1,
                       .input = json_read(r->talk, S("{\"name\":{\"zh\":\"x\"}}"), &f) };
    c.action = module_action(c.module, S("set"));
    c.rows = &row;
    f = serve_submit(r->server, &c);
    assert_int_equal(f.err, OK);
    assert_int_equal(c.fail.err, OK);
}

#define PAGE(app)                                                                                                      \
    {                                                                                                                  \
        .path = "/" app "/index.html", .type = "text/html", .etag = "\"" app "\"", .raw = { app, sizeof app - 1 }      \
    }
static const Asset apps[] = { PAGE("app"), PAGE("desk") };

static void start(Rig *r, int writer_waiting_max)
{
    Fail f = FAIL_NONE;
    r->arena = arena_new();
    ServeConfig c = { .world = world(),
                      .db = r->db,
                      .dir = r->dir,
                      .seals = r->seals,
                      .address = "127.0.0.1",
                      .loops = 2,
                      .readers = 2,
                      .writer_waiting_max = writer_waiting_max,
                      .requests_per_address = r->per_address,
                      .requests_per_account = r->per_account,
                      .assets = apps,
                      .n_assets = COUNT(apps) };
    r->server = server_start(r->arena, &c, &f);
    if (!r->server) fail_msg("server_start: %s %s", f.code, f.log ? f.log : "");
}

static void stop(Rig *r)
{
    server_stop(r->server, 3000);
    arena_free(r->arena);
}

static Rig *rig_new(const char *topic, bool postgres, const char *vfs)
{
    static Rig rig;
    Rig *r = &rig;
    Fail f = FAIL_NONE;
    *r = (Rig){ .talk = arena_new(), .postgres = postgres, .topic = topic };
    world();
    DbConfig folder = engine_lite(r->talk);
    r->dir = folder.dir;
    r->db = postgres ? engine_pg(r->talk, topic) : folder;
    r->db.vfs = vfs;
    Db *bare = db_open_bare(&r->db, &f);
    assert_non_null(bare);
    f = schema_migrate(bare, world()->parts, world()->n_parts);
    if (f.err != OK) fail_msg("%s: %s", f.log, db_last_error(bare));
    db_close(bare);
    r->seals = seals_for_test(r->talk);
    start(r, 0);
    found(r, HERE);
    r->clerk = token(r, HERE, "clerk");
    r->officer = token(r, HERE, "officer");
    Str id = id_new(r->talk, now_ms());
    Said s = say(r, "POST", "/api/v1/categories", bearer(r, r->clerk),
                 arena_fmt(r->talk,
                           "{\"id\":\"%.*s\",\"code\":\"leak\",\"icon\":\"leak\",\"name\":{\"zh\":\"漏\",\"bo\":"
                           "\"x\",\"en\":\"Leak\"},\"limit\":3,\"unit\":\"hours\",\"default_role\":\"officer\"}",
                           STR_ARG(id))
                     .p);
    assert_said(s, 201, NULL);
    return r;
}

static void rig_free(Rig *r)
{
    stop(r);
    if (r->postgres) engine_pg_drop(r->talk, r->topic);
    engine_lite_drop(&(DbConfig){ .dir = r->dir });
    arena_free(r->talk);
}

static inline const char *report(Rig *r, Str id)
{
    return arena_fmt(r->talk, "{\"id\":\"%.*s\",\"category\":\"leak\",\"text\":\"the wall is wet\"}", STR_ARG(id)).p;
}

static void run_on(const char *topic, bool postgres, void (*test)(Rig *))
{
    Rig *r = rig_new(topic, postgres, NULL);
    test(r);
    rig_free(r);
}

#define ON_BOTH(name)                                                                                                  \
    static void name##_lite(void **state)                                                                              \
    {                                                                                                                  \
        (void)state;                                                                                                   \
        run_on(RIG_TOPIC, false, name);                                                                                \
    }                                                                                                                  \
    static void name##_pg(void **state)                                                                                \
    {                                                                                                                  \
        (void)state;                                                                                                   \
        run_on(RIG_TOPIC, true, name);                                                                                 \
    }
#define BOTH(name) cmocka_unit_test(name##_lite), cmocka_unit_test(name##_pg)

/* ---- limits: so many a minute, from elsewhere, on a clock that stands still until we move it ---- */

static _Atomic int64_t limits_now;
static inline int64_t limits_clock(void *self)
{
    (void)self;
    return limits_now;
}

static inline const char *from(Rig *r, const char *address, const char *more)
{
    return arena_fmt(r->talk, "X-Forwarded-For: %s\r\n%s", address, more).p;
}

#endif
