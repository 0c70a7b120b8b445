/* The rights matrix, made from the table: every row x everybody x every place x every state, each cell asked through
 * the pipeline and compared with the oracle. The world under test is the real one but for `decide`, which is a probe
 * that says "probe" when rights and states let a command through, and for input, which is never missing: so no cell
 * needs a valid story, and none but a creating one can change anything. */
#include "rights.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the world under test: copies of the rows ---- */

static const char *creates_at; /* where the matter that a creating cell makes will lie */

static Fail probe_decide(Decide *d)
{
    if (d->matter->state >= 0) return fail(ERR_CONFLICT, PROBE_CODE);
    d->data = json_new_object(d->arena);
    json_put_text(d->data, "place", str_c(creates_at));
    d->to = __builtin_ctz(d->action->to & ~(States)SAME);
    return FAIL_NONE;
}

static Fail probe_call(CallCtx *c)
{
    (void)c;
    return fail(ERR_CONFLICT, PROBE_CODE);
}

static const Field one_place[] = { { .name = "place", .type = F_PLACE, .max = 24 }, { 0 } };

static Action *copy_actions(Arena *a, const Action *from)
{
    int n = 0;
    while (from != NULL && from[n].name != NULL)
        n++;
    Action *to = arena_array(a, Action, n + 1);
    for (int i = 0; i < n; i++) {
        to[i] = from[i];
        to[i].decide = probe_decide;
        to[i].fields = one_place;
        to[i].reads = NULL;
        to[i].fold = NULL;
        to[i].apply = NULL;
        to[i].erases = false;
    }
    return to;
}

static Call *copy_calls(Arena *a, const Call *from)
{
    int n = 0;
    while (from != NULL && from[n].name != NULL)
        n++;
    Call *to = arena_array(a, Call, n + 1);
    for (int i = 0; i < n; i++) {
        to[i] = from[i];
        to[i].run = probe_call;
        to[i].refuse = NULL; /* a protocol's own words are for its own test */
        to[i].fields = NULL;
        to[i].on = ON_READER;
    }
    return to;
}

const Module **probe_modules(Arena *a)
{
    int n = 0;
    while (world_modules[n] != NULL)
        n++;
    const Module **list = arena_array(a, const Module *, n + 1);
    for (int i = 0; i < n; i++) {
        Module *m = arena_new_of(a, Module);
        *m = *world_modules[i];
        m->actions = copy_actions(a, m->actions);
        m->calls = copy_calls(a, m->calls);
        list[i] = m;
    }
    return list;
}

World *probe_world(const Module *const *modules)
{
    static const Reaction none[] = { { .on = NULL } };
    Str report;
    World *w = world_new(arena_new(), modules, none, &report);
    /* the words of fields and errors are the real world's business */
    return w;
}

/* ---- everybody ---- */

static const char *const held_at[] = { HERE_GRID, HERE_OTHER_GRID, HERE, STREET, THERE, OTHER_STREET };
static const char *const relation_names[] = { "reporter", "handler",  "handled",    "verifier",
                                             "party",    "follower", "co_handler", "self" };

static Who *add(People *p, Who who)
{
    assert(p->n < PEOPLE_MAX);
    p->list[p->n] = who;
    return &p->list[p->n++];
}

void everybody(Arena *a, People *p, int64_t now)
{
    p->n = 0;
    add(p, (Who){ .name = "nobody", .role = -1 });
    add(p, (Who){ .name = "receipt", .role = -1, .receipt = true });
    add(p, (Who){ .name = "another's receipt", .role = -1, .other_receipt = true });
    add(p, (Who){ .name = "stranger", .role = -1, .signed_in = true });
    for (int i = 0; i <= RELATIONS_N; i++)
        add(p, (Who){ .name = relation_names[i], .role = -1, .signed_in = true, .is = (Relations)1 << i });
    for (int i = 0; i <= RELATIONS_N; i++)
        add(p, (Who){ .name = arena_fmt(a, "acting for the %s", relation_names[i]).p, .role = ROLES_N - 1 - i % ROLES_N,
                      .signed_in = true, .at = HERE, .is = (Relations)1 << i, .acts = true });
    for (int i = 0; i < RELATIONS_N; i++)
        add(p, (Who){ .name = arena_fmt(a, "%s, acting for the reporter", relation_names[i]).p, .role = 4, .at = HERE,
                      .signed_in = true, .is = REPORTER, .acts = true, .own = (Relations)1 << i });
    for (int r = 0; r < ROLES_N; r++) {
        for (int k = 0; k < COUNT(held_at); k++)
            add(p, (Who){ .name = arena_fmt(a, "%s at %s", role_name(r), held_at[k]).p, .role = r, .signed_in = true,
                          .at = held_at[k] });
        for (int i = 0; i <= RELATIONS_N; i++)
            add(p, (Who){ .name = arena_fmt(a, "%s and %s", role_name(r), relation_names[i]).p, .role = r,
                          .signed_in = true, .at = HERE, .is = (Relations)1 << i });
        static const char *const terms[] = { "over", "over this moment", "not begun", "begun this moment" };
        const int64_t from[] = { now - 9, now - 9, now + 1, now }, until[] = { now - 1, now, now + 9, now + 1 };
        for (int i = 0; i < COUNT(terms); i++)
            add(p, (Who){ .name = arena_fmt(a, "%s, %s", role_name(r), terms[i]).p, .role = r, .signed_in = true,
                          .at = HERE, .from = from[i], .until = until[i] });
    }
}

static Str person_id(Arena *a, Relations is)
{
    return arena_fmt(a, "00000000-0000-7000-8000-0000000001%02d", is == 0 ? 99 : __builtin_ctz(is));
}

static Actor *actor_of(Arena *a, const Who *who, Str matter)
{
    Actor *actor = arena_new_of(a, Actor);
    if (!who->signed_in) return NULL;
    bool elsewhere = who->at != NULL && strncmp(who->at, THERE, strlen(THERE)) == 0;
    actor->community = str_c(elsewhere ? THERE : HERE);
    actor->person = who->is == SELF ? matter : person_id(a, who->is);
    actor->strong = who->strong;
    if (who->role >= 0) {
        RoleAt *at = arena_new_of(a, RoleAt);
        *at =
            (RoleAt){ .roles = (Roles)1 << who->role, .place = str_c(who->at), .from = who->from, .until = who->until };
        actor->roles = at;
        actor->n_roles = 1;
    }
    if (who->acts) { /* the roles are those of whoever acts: none of them counts */
        Str person = actor->person;
        actor->person = who->own != 0 ? person_id(a, who->own) : S("00000000-0000-7000-8000-000000000198");
        return actor_acting(a, actor, person);
    }
    return actor;
}

/* ---- matters in every state, put there without a story ---- */

Str matter_id(Arena *a, int module, int state, int place)
{
    return arena_fmt(a, "00000000-0000-7000-9000-00%02d%02d%02d%04d", module, state + 1, place, 7);
}

static Str receipt_code(Arena *a, Str matter)
{
    return base32_normal(a, hash_hex(a, hash_one(matter)));
}

bool put_matter(Rig *r, const Module *m, Str id, int state, const char *place)
{
    Arena *a = arena_new();
    Buf sql = buf_new(a, 2048);
    buf_fmt(&sql,
            "INSERT INTO matter (community, id, kind, number, state, version, place, category, opened_at, changed_at,"
            " due_at, closed_at, data) VALUES ('" HERE "', '%.*s', '%s', 0, '%s', 1, '%s', '', 1, 1, 0, 0, '{}')",
            STR_ARG(id), m->name, m->states[state].name, place);
    Fail f = db_exec(r->town.db, buf_str(&sql).p);
    for (int i = 0; f.err == OK && i < RELATIONS_N; i++)
        f = db_exec(r->town.db, arena_fmt(a, "INSERT INTO relation (community, matter, person, relations) VALUES"
                                             " ('" HERE "', '%.*s', '%.*s', %d)",
                                          STR_ARG(id), STR_ARG(person_id(a, (Relations)1 << i)), 1 << i).p);
    Str hash = seal_lookup(r->town.seals, a, S(HERE), receipt_code(a, id));
    if (f.err == OK)
        f = db_exec(r->town.db, arena_fmt(a, "INSERT INTO receipt (community, code_hash, matter) VALUES ('" HERE
                                             "', '%.*s', '%.*s')", STR_ARG(hash), STR_ARG(id)).p);
    if (f.err != OK)
        printf("cannot put %s in %s: %s\n", m->name, m->states[state].name, f.log != NULL ? f.log : f.code);
    arena_free(a);
    return f.err == OK;
}

static const char *const places[] = { HERE_GRID, HERE };

static int states_of(const Module *m)
{
    int n = 0;
    while (m->states != NULL && m->states[n].name != NULL)
        n++;
    return n;
}

bool put_matters(Rig *r, const World *w)
{
    Arena *a = arena_new();
    bool fine = true;
    for (int i = 0; i < w->n_modules; i++)
        for (int s = 0; s < states_of(w->modules[i]); s++)
            for (int p = 0; p < COUNT(places); p++)
                fine = fine && put_matter(r, w->modules[i], matter_id(a, i, s, p), s, places[p]);
    arena_free(a);
    return fine;
}

/* ---- one cell ---- */

static int64_t count_of(Rig *r, Arena *a, const char *sql)
{
    Fail f = FAIL_NONE;
    DbRows *rows = db_query(r->town.db, a, sql, "", "l", NULL, &f);
    return f.err == OK && rows->rows == 1 ? db_int(rows, 0, 0) : -1;
}

#define HEAD_SQL "SELECT COALESCE(SUM(seq), 0) FROM head"
#define READ_SQL "SELECT COUNT(*) FROM access"

/* "/reports/{id}/dispatch": the first hole is the matter, others something of its form. */
static Str path_of(Arena *a, const Row *row, Str matter)
{
    Buf b = buf_new(a, 128);
    buf_c(&b, "/c/" HERE "/api/v1");
    int hole = 0;
    for (size_t i = 0; i < row->path.n; i++) {
        if (row->path.p[i] != '{') {
            buf_char(&b, row->path.p[i]);
            continue;
        }
        while (row->path.p[i] != '}')
            i++;
        buf_add(&b, hole++ == 0 ? matter : S("1"));
    }
    return buf_str(&b);
}

static Str body_of(Arena *a, const Row *row, Str matter)
{
    if (row->kind == ROW_MANY) return arena_fmt(a, "{\"rows\":[{\"matter\":\"%.*s\",\"version\":1}]}", STR_ARG(matter));
    if (row->kind != ROW_ACTION) return S("");
    if (row->action->from & NEW) return arena_fmt(a, "{\"id\":\"%.*s\",\"version\":1}", STR_ARG(matter));
    return S("{\"version\":1}");
}

static bool same(const Expected *e, const Said *said)
{
    if (e->status == 0) return said->status != 401 && said->status != 403 && said->status < 500 && said->status > 0;
    return e->status == said->status && (e->code == NULL || strcmp(e->code, said->code) == 0);
}

static void complain(Tally *t, const Row *row, const Who *who, const Scene *s, const Expected *e, const Said *said)
{
    t->wrong++;
    t->last_wrong = row;
    if (t->quiet || t->wrong > 40) return;
    printf("%s %.*s: %s%s, matter at %s, %s: %d %s, should be %d %s\n", row->module->name, STR_ARG(row->path),
           who->name, who->strong ? " (strong)" : "", s->place,
           s->state < 0 ? "absent" : row->module->states[s->state].name, said->status, said->code, e->status,
           e->code != NULL ? e->code : "no refusal");
}

static Expected oracle(const Row *row, const Who *who, const Scene *s)
{
    const Module *real = row->module; /* rows are judged as src/app lists them, not as the world under test has them */
    for (int i = 0; world_modules[i] != NULL; i++)
        if (strcmp(world_modules[i]->name, row->module->name) == 0) real = world_modules[i];
    if (row->action != NULL) return oracle_action(module_action(real, str_c(row->action->name)), who, s);
    if (row->query != NULL) return oracle_query(row->query, who, s);
    for (const Call *c = real->calls;; c++)
        if (strcmp(c->name, row->call->name) == 0) return oracle_call(c, who, s);
}

static void cell(Rig *r, Tally *t, const Row *row, int module, const Who *who, int state, int place)
{
    Arena *a = arena_new();
    Scene s = { HERE, places[place], state, town_clock };
    Str id = matter_id(a, module, state, place);
    if (state < 0) id = arena_fmt(a, "00000000-0000-7000-a000-%012lld", (long long)t->cells);
    creates_at = s.place;
    Who as = *who;
    if (state < 0) as.receipt = false; /* a code that opens nothing makes nobody of its bearer */
    Expected e = oracle(row, &as, &s);
    Str code = receipt_code(a, who->receipt ? id : matter_id(a, module > 0 ? 0 : 1, 0, place));
    Str body = body_of(a, row, id);
    Ask ask = { .method = row->method, .path = path_of(a, row, id).p, .body = body.p, .actor = actor_of(a, who, id),
                .receipt = who->receipt || who->other_receipt ? code.p : NULL, .query = "lon=91.1&lat=29.6" };
    int64_t before = count_of(r, a, HEAD_SQL);
    bool logged = row->query != NULL && row->query->logged;
    int64_t read = logged ? count_of(r, a, READ_SQL) : 0;
    Said said = desk_ask(&r->desk, a, &ask);
    t->cells++;
    if (!same(&e, &said)) complain(t, row, who, &s, &e, &said);
    bool refused = said.status >= 400;
    t->refused += refused;
    t->through += e.code == NULL || strcmp(e.code, PROBE_CODE) == 0;
    if (refused && (count_of(r, a, HEAD_SQL) != before || (logged && count_of(r, a, READ_SQL) != read))) {
        printf("%.*s: refused to %s, and something changed\n", STR_ARG(row->path), who->name);
        t->wrong++;
    }
    arena_free(a);
}

/* ---- the product ---- */

static bool has_hole(const Row *row)
{
    return str_find(row->path, S("{")) >= 0 || row->kind == ROW_MANY ||
           (row->action != NULL && (row->action->from & NEW));
}

int64_t product(const World *w, const People *p)
{
    int64_t n = 0;
    for (int i = 0; i < w->n_rows; i++) {
        const Row *row = &w->rows[i];
        int64_t states = has_hole(row) ? 1 + states_of(row->module) : 1;
        n += states * COUNT(places) * p->n * (row->strong ? 2 : 1);
    }
    return n;
}

static int module_index(const World *w, const Module *m)
{
    for (int i = 0; i < w->n_modules; i++)
        if (w->modules[i] == m) return i;
    return -1;
}

void matrix(Rig *r, const World *w, const People *p, const Row *only, Tally *t)
{
    for (int i = 0; i < w->n_rows; i++) {
        const Row *row = &w->rows[i];
        if (only != NULL && row != only) continue;
        int64_t was = t->cells, through = t->through;
        int last = has_hole(row) ? states_of(row->module) : 0;
        for (int state = -1; state < last; state++)
            for (int place = 0; place < COUNT(places); place++)
                for (int k = 0; k < p->n * (row->strong ? 2 : 1); k++) {
                    Who who = p->list[k % p->n];
                    who.strong = k >= p->n && who.signed_in;
                    cell(r, t, row, module_index(w, row->module), &who, state, place);
                }
        t->routes += t->cells > was;
        if (t->through == through && only == NULL) {
            printf("%.*s: nobody got through\n", STR_ARG(row->path));
            t->wrong++;
        }
    }
}
