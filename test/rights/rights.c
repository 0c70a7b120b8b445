/* rights [sqlite|postgres]: rule 3 of what must always hold: no route answers somebody the table does not name. */
#include "rights.h"

#include <stdio.h>
#include <string.h>

static int passed, failed;

static void check(const char *what, bool holds)
{
    if (holds) passed++;
    else failed++;
    if (!holds) printf("FAILED: %s\n", what);
}

static void whole_matrix(Rig *r, const World *w, const People *p)
{
    Tally t = { 0 };
    matrix(r, w, p, NULL, &t);
    int64_t all = product(w, p);
    printf("matrix: %lld cells of %lld, %d routes of %d, %d people, %lld refused, %lld let through, %lld wrong\n",
           (long long)t.cells, (long long)all, t.routes, w->n_rows, p->n, (long long)t.refused, (long long)t.through,
           (long long)t.wrong);
    check("every cell as the oracle says", t.wrong == 0);
    check("every cell of the product was asked", t.cells == all && all > 50000);
    check("every route was seen", t.routes == w->n_rows && w->n_rows > 100);
    check("both answers were given", t.refused > 1000 && t.through > 1000);
}

/* ---- planted faults: the matrix must see each of them ---- */

typedef struct Widened {
    const char *what, *module, *action;
    void (*plant)(Action *x);
    void (*plant_call)(Call *x); /* `action` is a call's name then */
} Widened;

static void plant_resident(Action *x) { x->may |= RESIDENT; }
static void plant_anyone(Action *x) { x->may |= ANYONE; }
static void plant_follower(Action *x) { x->who |= FOLLOWER; }
static void plant_no_unless(Action *x) { x->unless = 0; }
static void plant_weak(Call *x) { x->strong = false; }
static void plant_officer(Call *x) { x->may |= OFFICER; }
static void plant_state(Action *x) { x->from = ~(States)(SAME | NEW); }
static void plant_for_another(Action *x) { x->for_another = true; }
static void plant_less(Action *x) { x->may = 0; x->who = REPORTER; }

static const Widened faults[] = {
    { .what = "a role too many", .module = "report", .action = "dispatch", .plant = plant_resident },
    { .what = "everybody let in", .module = "report", .action = "close", .plant = plant_anyone },
    { .what = "a relation too many", .module = "report", .action = "finish", .plant = plant_follower },
    { .what = "the handler may verify", .module = "report", .action = "verify", .plant = plant_no_unless },
    { .what = "no second factor asked", .module = "person", .action = "add_token", .plant_call = plant_weak },
    { .what = "a call for a role too many", .module = "person", .action = "drop_token", .plant_call = plant_officer },
    { .what = "from any state", .module = "report", .action = "accept", .plant = plant_state },
    { .what = "a role too few", .module = "report", .action = "refuse", .plant = plant_less },
    { .what = "done in another's name", .module = "report", .action = "erase", .plant = plant_for_another },
    { .what = "creating for everybody", .module = "grid", .action = "draw", .plant = plant_resident },
};

static void plant(const Module *m, const Widened *x)
{
    if (strcmp(m->name, x->module) != 0) return;
    for (Action *y = (Action *)(uintptr_t)m->actions; x->plant != NULL && y->name != NULL; y++)
        if (strcmp(y->name, x->action) == 0) x->plant(y);
    for (Call *y = (Call *)(uintptr_t)m->calls; x->plant_call != NULL && y->name != NULL; y++)
        if (strcmp(y->name, x->action) == 0) x->plant_call(y);
}

static const char *row_name(const Row *row)
{
    return row->action != NULL ? row->action->name : row->call != NULL ? row->call->name : row->query->name;
}

static void find_planted(Rig *r, const People *p, const Widened *x)
{
    Arena *a = arena_new();
    const Module **modules = probe_modules(a);
    for (int i = 0; modules[i] != NULL; i++)
        plant(modules[i], x);
    World *w = probe_world(modules);
    Desk kept = r->desk;
    desk_open(&r->desk, a, w, r->town.db, r->town.seals);
    Tally t = { .quiet = true };
    for (int i = 0; i < w->n_rows; i++) {
        const Row *row = &w->rows[i];
        bool kind = row->kind == (x->plant_call != NULL ? ROW_CALL : ROW_ACTION);
        if (kind && strcmp(row->module->name, x->module) == 0 && strcmp(row_name(row), x->action) == 0)
            matrix(r, w, p, row, &t);
    }
    check(x->what, t.wrong > 0 && t.last_wrong != NULL && strcmp(row_name(t.last_wrong), x->action) == 0);
    printf("planted in %s.%s: %s: found in %lld of %lld cells\n", x->module, x->action, x->what, (long long)t.wrong,
           (long long)t.cells);
    desk_close(&r->desk);
    r->desk = kept;
    runner_forget(r->desk.worker.runner); /* it knows another head */
    arena_free(w->arena);
    arena_free(a);
}

/* What has no row, or no route, is not there for anybody. */
static void shut_routes(Rig *r, const World *w, const People *p)
{
    Arena *a = arena_new();
    const char *paths[64];
    int n = 0, hidden = 0, open = 0, asked = 0;
    paths[n++] = "/c/" HERE "/api/v1/reports/00000000-0000-7000-9000-000001010007/no_such_act";
    paths[n++] = "/c/" HERE "/api/v1/nothing";
    paths[n++] = "/c/999999999999/api/v1/reports";
    for (int i = 0; i < w->n_modules; i++)
        for (const Action *x = w->modules[i]->actions; x != NULL && x->name != NULL; x++)
            if (x->route == NULL && n < COUNT(paths)) {
                paths[n++] = arena_fmt(a, "/c/" HERE "/api/v1/%s/%.*s/%s", w->modules[i]->plural,
                                       STR_ARG(matter_id(a, i, 0, 0)), x->name).p;
                hidden++;
            }
    for (int i = 0; i < n; i++)
        for (int k = 0; k < p->n; k++, asked++) {
            Arena *each = arena_new();
            RoleAt at = { .roles = p->list[k].role >= 0 ? (Roles)1 << p->list[k].role : 0, .place = S(HERE) };
            Actor actor = { .person = S("00000000-0000-7000-8000-000000000199"), .community = S(HERE), .roles = &at,
                            .n_roles = 1, .strong = true };
            Ask ask = { .method = HTTP_POST, .path = paths[i], .body = "{\"version\":1}",
                        .actor = p->list[k].signed_in ? &actor : NULL };
            Said said = desk_ask(&r->desk, each, &ask);
            open += said.status != 404;
            arena_free(each);
        }
    check("what has no route answers 404 to everybody", open == 0 && asked > 1000);
    check("the system's own actions were among them", hidden >= 3);
    arena_free(a);
}

int main(int argc, char **argv)
{
    static Rig r;
    static People p;
    const char *engine = argc > 1 ? argv[1] : "sqlite";
    Arena *a = arena_new();
    const Module **modules = probe_modules(a);
    World *w = probe_world(modules);
    if (!town_open(&r.town, engine, 7)) return printf("passed=0 failed=1\n"), 1;
    if (!town_furnish(&r.town, 4)) failed++;
    everybody(a, &p, town_clock);
    lists(&r, &passed, &failed);
    terms(&r, &passed, &failed);
    runner_forget(r.town.runner); /* from here on the desk's runner writes */
    if (!put_matters(&r, w)) failed++;
    desk_open(&r.desk, a, w, r.town.db, r.town.seals);
    whole_matrix(&r, w, &p);
    shut_routes(&r, w, &p);
    for (int i = 0; i < COUNT(faults); i++)
        find_planted(&r, &p, &faults[i]);
    desk_close(&r.desk);
    town_close(&r.town);
    arena_free(a);
    printf("passed=%d failed=%d\n", passed, failed);
    return failed > 0;
}
