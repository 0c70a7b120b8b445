/* Roles as the store has them: dated terms, the second factor, tokens of programs; by real session tokens. */
#include "rights.h"

#include "core/access/session.h"

#include <stdio.h>
#include <string.h>

static void tell(const char *what, bool holds, int *passed, int *failed)
{
    ++*(holds ? passed : failed);
    if (!holds) printf("FAILED: %s\n", what);
}

static bool run_sql(Rig *r, const char *sql)
{
    Fail f = db_exec(r->town.db, sql);
    if (f.err != OK) printf("%s: %s\n", sql, f.log != NULL ? f.log : f.code);
    return f.err == OK;
}

static Str sign_in(Rig *r, Arena *a, Str person)
{
    SessionNew n = { .community = S(HERE), .person = person, .device = S(""), .agent = S("desk"), .now = town_clock };
    Str token = S("");
    db_begin(r->town.db);
    Fail f = session_create(r->town.seals, a, r->town.db, &n, &token);
    if (f.err == OK) f = db_commit(r->town.db);
    return f.err == OK ? token : S("");
}

static Said get(Rig *r, Arena *a, Str token, const char *route)
{
    Ask ask = {
        .method = HTTP_GET, .path = arena_fmt(a, "/c/" HERE "/api/v1%s", route).p, .token = token.p, .cookie = true
    };
    return desk_ask(&r->desk, a, &ask);
}

static void dated(Rig *r, Arena *a, int *passed, int *failed)
{
    Actor *member = town_person(&r->town, "member", RESIDENT, S(HERE));
    Str token = sign_in(r, a, member->person);
    int64_t t = town_clock, from = t + HOUR_MS, until = t + 3 * HOUR_MS;
    tell("a session to ask with", token.n > 0, passed, failed);
    tell("without a role the list is shut", get(r, a, token, "/reports").status == 403, passed, failed);
    runner_forget(r->town.runner);
    const RoleAt everywhere = { ADMIN, S("5401"), 0, 0 };
    const Actor admin = { .person = S("00000000-0000-7000-8000-000000000001"),
                          .community = S(HERE),
                          .roles = &everywhere,
                          .n_roles = 1,
                          .strong = true };
    const Command *c = town_do(&r->town, &admin, "person.grant", member->person, -1,
                               arena_fmt(a, "{\"role\":\"team\",\"place\":\"" HERE "\",\"from\":%lld,\"until\":%lld}",
                                         (long long)from, (long long)until).p);
    tell("a term is granted", c->fail.err == OK, passed, failed);
    if (c->fail.err != OK) printf("grant: %s %s\n", c->fail.code, c->fail.field);
    sessions_forget_all(r->desk.server.sessions);
    const struct {
        const char *what;
        int64_t at;
        int status;
    } moments[] = { { "before the term", from - 1, 403 },
                    { "at its first moment", from, 200 },
                    { "at its last moment", until - 1, 200 },
                    { "when it is over", until, 403 } };
    for (int i = 0; i < COUNT(moments); i++) {
        town_clock = moments[i].at;
        tell(moments[i].what, get(r, a, token, "/reports").status == moments[i].status, passed, failed);
    }
    town_clock = t + 100 * DAY_MS;
    tell("a session ends by itself", get(r, a, token, "/me").status == 401, passed, failed);
    town_clock = t;
}

static void strong(Rig *r, Arena *a, int *passed, int *failed)
{
    Actor *admin = town_person(&r->town, "admin", ADMIN, S(HERE));
    Str token = sign_in(r, a, admin->person);
    tell("an admin without a second factor is none", get(r, a, token, "/tokens").status == 403 &&
         get(r, a, token, "/reports").status == 403, passed, failed);
    tell("but is a resident", get(r, a, token, "/me").status == 200, passed, failed);
    run_sql(r, arena_fmt(a, "UPDATE session SET strong_at = %lld, expires_at = %lld WHERE person = '%.*s'",
                         (long long)town_clock, (long long)session_expiry(town_clock, town_clock, town_clock),
                         STR_ARG(admin->person)).p);
    sessions_forget_all(r->desk.server.sessions);
    tell("with it they are", get(r, a, token, "/tokens").status == 200 && get(r, a, token, "/reports").status == 200,
         passed, failed);
    int64_t t = town_clock;
    town_clock = t + (SESSION_STRONG_HOURS + 1) * HOUR_MS;
    Said late = get(r, a, token, "/tokens");
    tell("for half a day", late.status == 401 || late.status == 403, passed, failed);
    town_clock = t;
}

static void tokens(Rig *r, Arena *a, int *passed, int *failed)
{
    static const char *const nonsense[] = { "x", "540102001001.",
                                            "540102001001.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "1.\xff\xfe" };
    for (int i = 0; i < COUNT(nonsense); i++) {
        Ask ask = { .method = HTTP_GET, .path = "/c/" HERE "/api/v1/categories", .token = nonsense[i] };
        tell("a bearer token that is none is 401 even where anybody may", desk_ask(&r->desk, a, &ask).status == 401,
             passed, failed);
        ask.cookie = true;
        tell("a cookie that is none makes nobody", desk_ask(&r->desk, a, &ask).status == 200, passed, failed);
    }
}

/* Who moves a matter needs the role where it will be; who may not, changes nothing. */
static void moves(Rig *r, Arena *a, int *passed, int *failed)
{
    const RoleAt one = { OFFICER, S(HERE_GRID), 0, 0 }, all = { CLERK, S(HERE), 0, 0 };
    Actor officer = {
        .person = S("00000000-0000-7000-8000-000000000199"), .community = S(HERE), .roles = &one, .n_roles = 1
    };
    Actor clerk = officer;
    clerk.roles = &all;
    Str id = id_new(a, town_clock);
    const char *input = "{\"category\":\"leak\",\"place\":\"" HERE_OTHER_GRID "\"}";
    const Command *c = town_do(&r->town, &clerk, "report.create", id, -1,
                               "{\"category\":\"leak\",\"text\":\"x\",\"point\":{\"lon\":91.102,\"lat\":29.645}}");
    tell("a report to move", c->fail.err == OK, passed, failed);
    c = town_do(&r->town, &officer, "report.register", id, 1, input);
    tell("not out of one's own place", c->fail.err == ERR_FORBIDDEN && strcmp(c->fail.field, "place") == 0, passed,
         failed);
    c = town_do(&r->town, &clerk, "report.register", id, 1, input);
    tell("but by who has both places", c->fail.err == OK, passed, failed);
}

void terms(Rig *r, int *passed, int *failed)
{
    Arena *a = arena_new();
    desk_open(&r->desk, a, r->town.world, r->town.db, r->town.seals);
    dated(r, a, passed, failed);
    strong(r, a, passed, failed);
    tokens(r, a, passed, failed);
    moves(r, a, passed, failed);
    desk_close(&r->desk);
    arena_free(a);
}
