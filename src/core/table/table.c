/* The world: every row of every module, indexed by route and by name. */
#include "core/internal.h"

#include <stdio.h>

static const char *const LANGUAGES[] = { "zh", "bo", "en", NULL };

typedef struct Index {
    Map *routes;   /* first segment -> RowList */
    Map *modules;  /* name -> Module */
    Map *actions;  /* type -> Named */
    Map *fields;   /* "module.field" -> Field */
    Map *reacting; /* event type -> Reaction */
    json_t *words[3][MODULES_MAX];
} Index;

typedef struct RowList {
    Row *rows[128];
    int n;
} RowList;

typedef struct Named {
    const Module *module;
    const Action *action;
} Named;

const char *const *world_languages(void)
{
    return LANGUAGES;
}

Str action_type(Arena *a, const Module *m, const Action *act)
{
    return arena_fmt(a, "%s.%s", m->name, act->name);
}

static Str first_segment(Str path)
{
    Str rest = path;
    if (rest.n > 0 && rest.p[0] == '/') rest = (Str){ rest.p + 1, rest.n - 1 };
    return str_cut(&rest, '/');
}

static HttpMethod method_by_name(Str name)
{
    static const char *const names[] = { "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS" };
    for (int i = 0; i < COUNT(names); i++)
        if (str_is(name, names[i])) return (HttpMethod)i;
    return HTTP_OPTIONS;
}

static int segments_of(Str path)
{
    int n = 0;
    for (size_t i = 0; i < path.n; i++)
        n += path.p[i] == '/';
    return n;
}

static Str tail_of(Str pattern)
{
    Str tail = pattern;
    while (str_find(tail, S("}")) >= 0)
        str_cut(&tail, '}');
    return tail;
}

static void row_add(World *w, const char *route, Row row)
{
    if (route == NULL) return;
    Str rest = str_c(route);
    row.method = method_by_name(str_cut(&rest, ' '));
    row.path = arena_str(w->arena, rest);
    row.segments = segments_of(row.path);
    row.tail = tail_of(row.path);
    w->rows[w->n_rows++] = row;
}

/* "POST /reports/{id}/dispatch" -> "POST /reports/dispatch" for many rows at once. */
static const char *many_route(Arena *a, const char *route)
{
    const char *hole = strstr(route, "/{id}");
    if (hole == NULL) return NULL;
    return arena_fmt(a, "%.*s%s", (int)(hole - route), route, hole + 5).p;
}

enum { BODY_DEFAULT = 64 * 1024, BODY_MANY = 4 * 1024 * 1024 };

static void module_rows(World *w, const Module *m)
{
    for (const Action *x = m->actions; x != NULL && x->name != NULL; x++) {
        Row row = { .kind = ROW_ACTION, .module = m, .action = x, .may = x->may, .strong = x->strong };
        row.body_max = x->body_max > 0 ? x->body_max : x->many ? BODY_MANY : BODY_DEFAULT;
        row_add(w, x->route, row);
        if (x->many && x->route != NULL && many_route(w->arena, x->route) != NULL) {
            row.kind = ROW_MANY;
            row.body_max = BODY_MANY;
            row_add(w, many_route(w->arena, x->route), row);
        }
    }
    for (const Query *q = m->queries; q != NULL && q->name != NULL; q++)
        row_add(w, q->route, (Row){ .kind = ROW_QUERY, .module = m, .query = q, .may = q->may, .strong = q->strong });
    for (const Call *c = m->calls; c != NULL && c->name != NULL; c++)
        row_add(w, c->route,
                (Row){ .kind = ROW_CALL, .module = m, .call = c, .may = c->may, .strong = c->strong,
                       .body_max = c->body_max > 0 ? c->body_max : BODY_DEFAULT });
}

static int count_rows(const Module *m)
{
    int n = 0;
    for (const Action *x = m->actions; x != NULL && x->name != NULL; x++)
        n += 2;
    for (const Query *q = m->queries; q != NULL && q->name != NULL; q++)
        n++;
    for (const Call *c = m->calls; c != NULL && c->name != NULL; c++)
        n++;
    return n;
}

static void index_fields(World *w, Index *ix, const Module *m, const Field *fields)
{
    for (const Field *f = fields; f != NULL && f->name != NULL; f++) {
        Str key = arena_fmt(w->arena, "%s.%s", m->name, f->name);
        const Field *known = map_get(ix->fields, key);
        if (known == NULL || known->personal == NOT_PERSONAL) map_put(ix->fields, key, (void *)(uintptr_t)f);
    }
}

static void index_all(World *w, Index *ix)
{
    for (int i = 0; i < w->n_rows; i++) {
        Str first = first_segment(w->rows[i].path);
        RowList *list = map_get(ix->routes, first);
        if (list == NULL) map_put(ix->routes, first, list = arena_new_of(w->arena, RowList));
        if (list->n < COUNT(list->rows)) list->rows[list->n++] = &w->rows[i];
    }
    for (int i = 0; i < w->n_modules; i++) {
        const Module *m = w->modules[i];
        map_put(ix->modules, str_c(m->name), (void *)(uintptr_t)m);
        for (const Action *x = m->actions; x != NULL && x->name != NULL; x++) {
            Named *named = arena_new_of(w->arena, Named);
            *named = (Named){ m, x };
            map_put(ix->actions, action_type(w->arena, m, x), named);
            index_fields(w, ix, m, x->fields);
        }
    }
    for (const Reaction *r = w->reactions; r != NULL && r->on != NULL; r++)
        map_put(ix->reacting, str_c(r->on), (void *)(uintptr_t)r);
}

static void index_words(World *w, Index *ix, Buf *report)
{
    for (int i = 0; i < w->n_modules; i++) {
        const Module *m = w->modules[i];
        const char *texts[] = { m->words_zh, m->words_bo, m->words_en };
        for (int l = 0; l < 3; l++) {
            Fail f = FAIL_NONE;
            ix->words[l][i] = texts[l] != NULL ? json_read(w->arena, str_c(texts[l]), &f) : NULL;
            if (ix->words[l][i] == NULL)
                buf_fmt(report, "%s: words.%s.json cannot be read (%s)\n", m->name, LANGUAGES[l],
                        f.code ? f.code : "none");
        }
    }
}

static void register_statements(World *w)
{
    static Stmt *const matters[] = { &matter_load, &matter_load_relations, &matter_save, &matter_save_relation,
                                     &matter_drop_relation, NULL };
    Stmt *const *const core[] = { matters,         apply_statements,  plan_statements, run_statements,
                                  fire_statements, glance_statements, view_statements, acting_statements };
    for (int i = 0; i < COUNT(core); i++)
        for (Stmt *const *s = core[i]; *s != NULL; s++)
            db_register(*s);
    for (int i = 0; i < w->n_modules; i++) {
        const Module *m = w->modules[i];
        for (Stmt *const *s = m->statements; s != NULL && *s != NULL; s++)
            db_register(*s);
        for (Stmt *const *const *list = m->more_statements; list != NULL && *list != NULL; list++)
            for (Stmt *const *s = *list; *s != NULL; s++)
                db_register(*s);
        for (const Action *x = m->actions; x != NULL && x->name != NULL; x++)
            for (const Read *r = x->reads; r != NULL && r->name != NULL; r++)
                db_register((Stmt *)(uintptr_t)&r->stmt);
        for (const Query *q = m->queries; q != NULL && q->name != NULL; q++)
            query_register(w, q);
    }
    for (const Reaction *r = w->reactions; r != NULL && r->on != NULL; r++)
        if (r->at == NULL) db_register((Stmt *)(uintptr_t)&r->each);
}

World *world_new(Arena *a, const Module *const *modules, const Reaction *reactions, Str *report)
{
    extern const char core_schema[];
    World *w = arena_new_of(a, World);
    Index *ix = arena_new_of(a, Index);
    Buf out = buf_new(a, 256);
    w->arena = a;
    w->index = ix;
    w->reactions = reactions;
    w->parts[w->n_parts++] = (SchemaPart){ "core", core_schema };
    int rows = 0;
    for (int i = 0; modules[i] != NULL; i++) {
        assert(w->n_modules < MODULES_MAX);
        w->modules[w->n_modules++] = modules[i];
        if (modules[i]->schema != NULL)
            w->parts[w->n_parts++] = (SchemaPart){ modules[i]->name, modules[i]->schema };
        rows += count_rows(modules[i]);
    }
    w->rows = arena_array(a, Row, rows + 1);
    ix->routes = map_new(a, 64);
    ix->modules = map_new(a, MODULES_MAX);
    ix->actions = map_new(a, 256);
    ix->fields = map_new(a, 512);
    ix->reacting = map_new(a, 16);
    for (int i = 0; i < w->n_modules; i++)
        module_rows(w, w->modules[i]);
    index_all(w, ix);
    index_words(w, ix, &out);
    Fail f = FAIL_NONE;
    w->schema = schema_parse(a, w->parts, w->n_parts, &f);
    if (w->schema == NULL) buf_fmt(&out, "schema: %s\n", f.log != NULL ? f.log : "cannot be read");
    world_check(w, &out);
    if (out.n == 0) register_statements(w); /* a row that is wrong has no text to prepare */
    *report = buf_str(&out);
    return w;
}

/* ---- look-ups ---------------------------------------------------------------------------------------- */

static bool path_fits(const Row *row, Str path, int segments, RouteMatch *m)
{
    Str pattern = row->path;
    if (row->segments != segments || !str_ends(path, row->tail)) return false;
    m->n_args = 0;
    while (pattern.n > 0 && path.n > 0) {
        Str want = str_cut(&pattern, '/'), have = str_cut(&path, '/');
        bool hole = want.n > 2 && want.p[0] == '{';
        if (hole) {
            if (have.n == 0 || m->n_args == PATH_ARGS_MAX) return false;
            m->args[m->n_args++] = have;
        } else if (!str_eq(want, have)) {
            return false;
        }
    }
    return pattern.n == 0 && path.n == 0;
}

static bool has_hole_first(Str pattern)
{
    for (size_t i = 0; i + 1 < pattern.n; i++)
        if (pattern.p[i] == '/' && pattern.p[i + 1] == '{') return true;
    return false;
}

/* A literal path wins over one with holes: /reports/mine over /reports/{id}. */
RouteMatch world_route(const World *w, HttpMethod method, Str path)
{
    const Index *ix = w->index;
    RouteMatch best = { 0 };
    if (path.n > 1 && path.p[path.n - 1] == '/') return best;
    RowList *list = map_get(ix->routes, first_segment(path));
    if (list == NULL) return best;
    if (method == HTTP_HEAD) method = HTTP_GET;
    int segments = segments_of(path);
    for (int i = 0; i < list->n; i++) {
        RouteMatch m = { .row = list->rows[i] };
        if (best.row != NULL && has_hole_first(m.row->path)) continue;
        if (!path_fits(m.row, path, segments, &m)) continue;
        if (m.row->method != method)
            best.method_mismatch = true;
        else
            best = m;
    }
    if (best.row != NULL) best.method_mismatch = false;
    return best;
}

const Module *world_module(const World *w, Str name)
{
    return map_get(((Index *)w->index)->modules, name);
}

const Action *module_action(const Module *m, Str name)
{
    for (const Action *x = m->actions; x != NULL && x->name != NULL; x++)
        if (str_is(name, x->name)) return x;
    return NULL;
}

const Action *world_action(const World *w, Str type, const Module **m)
{
    const Named *named = map_get(((Index *)w->index)->actions, type);
    if (m != NULL) *m = named != NULL ? named->module : NULL;
    return named != NULL ? named->action : NULL;
}

int module_state(const Module *m, Str name)
{
    for (int i = 0; m->states != NULL && m->states[i].name != NULL; i++)
        if (str_is(name, m->states[i].name)) return i;
    return -1;
}

const Field *module_field(const World *w, const Module *m, Str name)
{
    char key[128];
    size_t module = strlen(m->name), n = module + 1 + name.n;
    if (n > sizeof key) return NULL;
    memcpy(key, m->name, module);
    key[module] = '.';
    if (name.n > 0) memcpy(key + module + 1, name.p, name.n);
    return map_get(((Index *)w->index)->fields, (Str){ key, n });
}

bool world_reacts(const World *w, Str type)
{
    return map_get(((Index *)w->index)->reacting, type) != NULL;
}

static int module_index(const World *w, const char *name)
{
    for (int i = 0; i < w->n_modules; i++)
        if (strcmp(w->modules[i]->name, name) == 0) return i;
    return -1;
}

bool world_has_word(const World *w, int language, const Module *m, const char *key)
{
    const Index *ix = w->index;
    const json_t *words = ix->words[language][module_index(w, m->name)];
    return words == NULL || json_text(words, key).n > 0; /* a missing file is reported once, not per word */
}

Str world_word(const World *w, const char *lang, const char *module, const char *key)
{
    const Index *ix = w->index;
    int m = module_index(w, module);
    for (int l = 0; m >= 0 && l < 3; l++)
        if (strcmp(lang, LANGUAGES[l]) == 0 && ix->words[l][m] != NULL) {
            Str word = json_text(ix->words[l][m], key);
            if (word.n > 0) return word;
        }
    return str_c(key);
}

const json_t *world_words(const World *w, int language, int module)
{
    return ((Index *)w->index)->words[language][module];
}
