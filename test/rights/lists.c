/* Lists against the tables: whoever asks a list by place sees what lies in it and nothing else; a list of one's own is
 * what the relation table says. Asked of the real world, over reports that went their way through the actions. */
#include "rights.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { IDS_MAX = 400, REPORTS = 60, LINKED = 8 };
/* Two lists have to be told what to look for, a number or the nearest to a point; the others take no such words. */
#define ASKED_NUMBER "&number=N-1&lon=91.1&lat=29.65"

typedef struct Ids {
    Str id[IDS_MAX];
    int n;
} Ids;

static int by_text(const void *a, const void *b)
{
    return str_cmp(*(const Str *)a, *(const Str *)b);
}

static bool ids_same(Ids *a, Ids *b)
{
    qsort(a->id, (size_t)a->n, sizeof a->id[0], by_text);
    qsort(b->id, (size_t)b->n, sizeof b->id[0], by_text);
    for (int i = 0; i < a->n && i < b->n; i++)
        if (!str_eq(a->id[i], b->id[i])) return false;
    return a->n == b->n;
}

static Ids ids_by_sql(Rig *r, Arena *a, const char *sql)
{
    Ids ids = { .n = 0 };
    Fail f = FAIL_NONE;
    DbRows *rows = db_query(r->town.db, a, sql, "", "s", NULL, &f);
    assert(f.err == OK && rows->rows < IDS_MAX);
    for (int i = 0; i < rows->rows; i++)
        ids.id[ids.n++] = db_text(rows, i, 0);
    return ids;
}

/* All pages of a list; false when it was refused. */
static bool ids_by_asking(Rig *r, Arena *a, const char *route, bool paged, const Actor *actor, Ids *ids)
{
    const char *path = arena_fmt(a, "/c/" HERE "/api/v1%s", route).p, *query = paged ? "limit=7" ASKED_NUMBER : NULL;
    ids->n = 0;
    for (;;) {
        Ask ask = { .method = HTTP_GET, .path = path, .query = query, .actor = actor };
        Said said = desk_ask(&r->desk, a, &ask);
        if (said.status != 200) return false;
        Fail f = FAIL_NONE;
        const json_t *page = json_read(a, said.body, &f), *rows = json_object_get(page, "rows");
        for (size_t i = 0; i < json_array_size(rows); i++) {
            assert(ids->n < IDS_MAX);
            ids->id[ids->n++] = json_text(json_array_get(rows, i), "id");
        }
        Str next = json_text(page, "next");
        if (next.n == 0) return true;
        query = arena_fmt(a, "limit=7&after=%.*s" ASKED_NUMBER, STR_ARG(next)).p;
    }
}

/* ---- something to see ---- */

typedef struct Cast {
    Actor *reporters[3], *officers[4], *clerk;
} Cast;

static bool go(Rig *r, const Actor *actor, const char *type, Str matter, int64_t *version, const char *input)
{
    const Command *c = town_do(&r->town, actor, type, matter, *version, input);
    if (c->fail.err != OK) return printf("%s: %s %s\n", type, c->fail.code, c->fail.field), false;
    *version = c->events[0].matter_version;
    return true;
}

static bool one_report(Rig *r, const Cast *cast, int i)
{
    Arena *a = r->town.arena;
    int64_t v = -1;
    Str id = id_new(a, town_clock);
    const Actor *officer = cast->officers[i % 4];
    town_clock += MINUTE_MS;
    bool fine = go(r, cast->reporters[i % 3], "report.create", id, &v,
                   arena_fmt(a, "{\"category\":\"leak\",\"text\":\"pipe %d\",\"point\":{\"lon\":%.4f,\"lat\":29.645}}",
                             i, 91.102 + 0.004 * (i % 4))
                       .p);
    if (i % 6 >= 1) fine = fine && go(r, cast->clerk, "report.register", id, &v, "{\"category\":\"leak\"}");
    if (i % 6 >= 2)
        fine = fine && go(r, cast->clerk, "report.dispatch", id, &v,
                          arena_fmt(a, "{\"to\":\"%.*s\"}", STR_ARG(officer->person)).p);
    if (i % 6 >= 3) fine = fine && go(r, officer, "report.accept", id, &v, "{}");
    if (i % 6 >= 4) fine = fine && go(r, officer, "report.finish", id, &v, "{\"text\":\"mended\"}");
    if (i % 6 >= 5) fine = fine && go(r, cast->clerk, "report.verify", id, &v, "{}");
    if (i < LINKED)
        fine = fine && go(r, cast->clerk, "report.link", id, &v,
                          arena_fmt(a, "{\"system\":\"sys_%d\",\"number\":\"N-1\"}", i).p);
    return fine;
}

static bool furnish(Rig *r, Cast *cast)
{
    Arena *a = r->town.arena;
    bool fine = true;
    for (int i = 0; i < 3; i++)
        cast->reporters[i] = town_person(&r->town, "reporter", RESIDENT, S(HERE));
    for (int i = 0; i < 4; i++)
        cast->officers[i] = town_person(&r->town, "officer", OFFICER, arena_fmt(a, HERE "-%02d", i + 1));
    cast->clerk = town_person(&r->town, "clerk", CLERK, S(HERE));
    const Actor *admin = town_person(&r->town, "admin", ADMIN, S(HERE));
    for (int i = 0; i < LINKED; i++) {
        int64_t none = -1;
        fine = fine && go(r, admin, "system.add", id_new(a, town_clock), &none,
                          arena_fmt(a, "{\"code\":\"sys_%d\",\"name\":{\"zh\":\"甲\"},\"reply\":\"card\","
                                       "\"layout\":\"{number}\"}", i).p);
    }
    for (int i = 0; i < REPORTS; i++)
        fine = fine && one_report(r, cast, i);
    /* the neighbours have as many, which nobody of here may ever see */
    static const char *const copies[] = {
        "INSERT INTO matter (community, id, kind, number, state, version, place, category, lon_e7, lat_e7, opened_at,"
        " changed_at, due_at, closed_at, data) SELECT '" THERE "', 'f' || substr(id, 2), kind, number, state, version,"
        " '" THERE "' || substr(place, 13), category, lon_e7, lat_e7, opened_at, changed_at, due_at, closed_at, data"
        " FROM matter WHERE community = '" HERE "' AND kind = 'report'",
        "INSERT INTO report (community, id, reporter, handler, text, phone, near, public_title, photo, photos,"
        " public_lon_e7, public_lat_e7, promised_at, done_at, verified_at, satisfied, urged, redone)"
        " SELECT '" THERE "', 'f' || substr(id, 2), reporter, handler, text, phone, near, public_title, photo, photos,"
        " public_lon_e7, public_lat_e7, promised_at, done_at, verified_at, satisfied, urged, redone FROM report"
        " WHERE community = '" HERE "'",
        "INSERT INTO relation (community, matter, person, relations) SELECT '" THERE
        "', 'f' || substr(matter, 2), person,"
        " relations FROM relation WHERE community = '" HERE "'",
    };
    for (int i = 0; i < COUNT(copies); i++) {
        Fail f = db_exec(r->town.db, copies[i]);
        if (f.err != OK) fine = false, printf("copy %d: %s\n", i, f.log != NULL ? f.log : f.code);
    }
    return fine;
}

/* ---- by place ---- */

static Ids only_within(Rig *r, Arena *a, const Ids *all, const RoleAt *at, int n, Roles may)
{
    Ids ids = { .n = 0 };
    for (int i = 0; i < all->n; i++) {
        Fail f = FAIL_NONE;
        DbRows *rows = db_query(r->town.db, a, "SELECT place FROM matter WHERE community = $1 AND id = $2", "ss", "s",
                                ARGS(TXT(S(HERE)), TXT(all->id[i])), &f);
        bool in = false;
        for (int k = 0; k < n && f.err == OK && rows->rows == 1; k++)
            in |= (at[k].roles & may) != 0 && strncmp(db_text(rows, 0, 0).p, at[k].place.p, at[k].place.n) == 0;
        if (in) ids.id[ids.n++] = all->id[i];
    }
    return ids;
}

static const char *const held[] = { HERE_GRID, HERE_OTHER_GRID, HERE, STREET, THERE, OTHER_STREET, THERE "-01" };

typedef struct Seen {
    int lists, compared, empty, wrong;
} Seen;

static void compare(Rig *r, const Query *q, const Ids *all, const Actor *actor, const char *name, Seen *seen)
{
    Arena *a = arena_new();
    Ids got, want = only_within(r, a, all, actor->roles, actor->n_roles, q->may);
    bool answered = ids_by_asking(r, a, q->route + 4, q->order != NULL, actor, &got);
    if (answered) seen->compared++;
    if (answered && got.n == 0) seen->empty++;
    bool same = answered ? ids_same(&got, &want) : want.n == 0;
    if (!same) {
        seen->wrong++;
        printf("%s as %s: %d rows, should be %d\n", q->route, name, answered ? got.n : -1, want.n);
    }
    arena_free(a);
}

static void by_place(Rig *r, const Query *q, Seen *seen)
{
    Arena *a = arena_new();
    RoleAt whole = { .roles = SIGNED_IN, .place = S(HERE) };
    Actor actor = { .person = S("00000000-0000-7000-8000-000000000199"), .community = S(HERE), .roles = &whole,
                    .n_roles = 1, .strong = true };
    Ids all;
    if (!ids_by_asking(r, a, q->route + 4, q->order != NULL, &actor, &all)) {
        seen->wrong++;
        printf("%s: nobody may see it whole\n", q->route);
    }
    seen->lists += all.n > 0;
    for (int bit = 0; bit < ROLES_N; bit++)
        for (int k = 0; k < COUNT(held); k++) {
            RoleAt at = { .roles = (Roles)1 << bit, .place = str_c(held[k]) };
            actor.roles = &at;
            actor.n_roles = 1;
            compare(r, q, &all, &actor, arena_fmt(a, "%s at %s", role_name(bit), held[k]).p, seen);
        }
    RoleAt many[17]; /* as many rows as a person may hold, the one that counts among the last */
    for (int i = 0; i < COUNT(many); i++)
        many[i] = (RoleAt){ .roles = q->may & SIGNED_IN, .place = arena_fmt(a, HERE "-%d", 50 + i) };
    many[14].place = S(HERE_GRID);
    many[15].place = S(HERE_OTHER_GRID);
    many[16].until = 1; /* over long ago */
    many[16].place = S(HERE);
    actor.roles = many;
    actor.n_roles = 16;
    compare(r, q, &all, &actor, "sixteen roles", seen);
    RoleAt two[] = { many[16], many[15] };
    actor.roles = two;
    actor.n_roles = 2;
    two[0].roles = two[1].roles;
    Ids got, want = only_within(r, a, &all, &two[1], 1, q->may);
    if (!ids_by_asking(r, a, q->route + 4, q->order != NULL, &actor, &got) || !ids_same(&got, &want)) {
        seen->wrong++;
        printf("%s: a role that is over still counts\n", q->route);
    }
    arena_free(a);
}

/* ---- one's own, one's contact ---- */

static void mine(Rig *r, const Cast *cast, Seen *seen)
{
    for (int i = 0; i < 7; i++) {
        Arena *a = arena_new();
        const Actor *who = i < 3 ? cast->reporters[i] : cast->officers[i - 3];
        const char *sql = "SELECT m.id FROM matter m JOIN relation x ON x.community = m.community AND x.matter = m.id"
                          " WHERE m.community = '" HERE "' AND m.kind = 'report' AND x.person = '%.*s'"
                          " AND (x.relations & %d) <> 0%s";
        Ids got, want = ids_by_sql(r, a, i < 3 ? arena_fmt(a, sql, STR_ARG(who->person), REPORTER, "").p
                                                : arena_fmt(a, sql, STR_ARG(who->person), HANDLER,
                                                            " AND m.state IN ('dispatched', 'handling')").p);
        bool same = ids_by_asking(r, a, i < 3 ? "/reports/mine" : "/reports/handling", true, who, &got) &&
                    ids_same(&got, &want);
        if (!same || want.n == 0) seen->wrong++, printf("mine %d: %d rows, should be %d\n", i, got.n, want.n);
        seen->compared++;
        arena_free(a);
    }
}

/* One person's data: only from within, and each reading leaves its row. */
static void contact(Rig *r, const Ids *all, int *opened, int *shut, int *wrong)
{
    for (int bit = 0; bit < ROLES_N; bit++)
        for (int k = 0; k < COUNT(held); k++)
            for (int i = 0; i < all->n && i < 8; i++) {
                Arena *a = arena_new();
                RoleAt at = { .roles = (Roles)1 << bit, .place = str_c(held[k]) };
                Actor actor = { .person = S("00000000-0000-7000-8000-000000000199"), .community = S(HERE), .roles = &at,
                                .n_roles = 1, .strong = true };
                Ids one = { .id = { all->id[i] }, .n = 1 };
                bool want = only_within(r, a, &one, &at, 1, DISPATCHER | CLERK | OFFICER | MEDIATOR).n == 1;
                int before = ids_by_sql(r, a, "SELECT id FROM access").n;
                Ask ask = { .method = HTTP_GET, .actor = &actor,
                            .path = arena_fmt(a, "/c/" HERE "/api/v1/reports/%.*s/contact", STR_ARG(all->id[i])).p };
                Said said = desk_ask(&r->desk, a, &ask);
                int after = ids_by_sql(r, a, "SELECT id FROM access").n;
                bool right = want ? said.status == 200 && after == before + 1
                                  : (said.status == 403 || said.status == 404) && after == before;
                if (!right) ++*wrong, printf("contact as %s at %s: %d\n", role_name(bit), held[k], said.status);
                ++*(want ? opened : shut);
                arena_free(a);
            }
}

static void tell(const char *what, bool holds, int *passed, int *failed)
{
    ++*(holds ? passed : failed);
    if (!holds) printf("FAILED: %s\n", what);
}

void lists(Rig *r, int *passed, int *failed)
{
    Cast cast;
    Seen seen = { 0 };
    Arena *a = arena_new();
    tell("reports to look at", furnish(r, &cast), passed, failed);
    desk_open(&r->desk, a, r->town.world, r->town.db, r->town.seals);
    Ids all, rows = ids_by_sql(r, a, "SELECT id FROM matter WHERE community = '" HERE "' AND kind = 'report'");
    RoleAt whole = { .roles = CLERK, .place = S(HERE) };
    Actor clerk = { .person = cast.clerk->person, .community = S(HERE), .roles = &whole, .n_roles = 1 };
    tell("the whole list is the whole table",
         ids_by_asking(r, a, "/reports", true, &clerk, &all) && ids_same(&all, &rows) && all.n == REPORTS, passed,
         failed);
    for (int i = 0; i < r->town.world->n_modules; i++)
        for (const Query *q = r->town.world->modules[i]->queries; q != NULL && q->name != NULL; q++)
            if (q->scope == SCOPE_PLACE && !q->one && strstr(q->columns, "id:s") != NULL) by_place(r, q, &seen);
    mine(r, &cast, &seen);
    int opened = 0, shut = 0, wrong = 0;
    contact(r, &all, &opened, &shut, &wrong);
    printf("lists: %d with rows, %d compared, %d of them empty, %d wrong; contact opened %d times, shut %d, %d wrong\n",
           seen.lists, seen.compared, seen.empty, seen.wrong, opened, shut, wrong);
    tell("lists show what lies in the actor's place", seen.wrong == 0, passed, failed);
    tell("lists had something to show", seen.lists >= 5 && seen.compared - seen.empty > 100, passed, failed);
    tell("a person's data opens to their place alone", wrong == 0 && opened > 20 && shut > 100, passed, failed);
    desk_close(&r->desk);
    arena_free(a);
}
