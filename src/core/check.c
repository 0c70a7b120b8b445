/* The table check: the program does not start with a row that cannot be right. */
#include "core/internal.h"

static bool fault(Buf *out, const Module *m, const char *what, const char *name)
{
    buf_fmt(out, "%s: %s: %s\n", m->name, what, name);
    return false;
}

static void check_word(const World *w, const Module *m, Str key, Buf *out)
{
    for (int l = 0; world_languages()[l] != NULL; l++)
        if (!world_has_word(w, l, m, key.p))
            buf_fmt(out, "%s: missing word in %s: %.*s\n", m->name, world_languages()[l], STR_ARG(key));
}

static bool bounded(const Field *f)
{
    switch (f->type) {
    case F_TEXT:
    case F_SECRET:
    case F_PLACE:
    case F_FILES:
    case F_JSON:
    case F_FORM:
    case F_LIST: return f->max > 0;
    case F_INT: return f->min < f->max;
    case F_ENUM: return f->values != NULL && f->values[0] != NULL;
    case F_RECORD: return f->fields != NULL;
    case F_NONE: return false;
    default: return true;
    }
}

static void check_fields(const World *w, const Module *m, const Field *fields, bool call, Buf *out)
{
    for (const Field *f = fields; f != NULL && f->name != NULL; f++) {
        if (!bounded(f)) fault(out, m, "field without bounds", f->name);
        if (f->type == F_SECRET && !call) fault(out, m, "secret field in an action", f->name);
        if ((f->type == F_RECORD || f->type == F_LIST) && f->fields == NULL) fault(out, m, "record without fields", f->name);
        if (f->personal == OF_PERSON_FIELD && f->of == NULL) fault(out, m, "personal field does not say whose", f->name);
        if (f->type == F_SIGNATURE && f->of == NULL) fault(out, m, "signature does not say of what", f->name);
        check_word(w, m, arena_fmt(w->arena, "field.%s", f->name), out);
        if (f->type == F_ENUM)
            for (const char *const *v = f->values; v != NULL && *v != NULL; v++)
                check_word(w, m, arena_fmt(w->arena, "value.%s.%s", f->name, *v), out);
        check_fields(w, m, f->fields, call, out);
    }
}

static void check_states(const World *w, const Module *m, Buf *out)
{
    States reached = 0;
    for (bool grown = true; grown;) {
        grown = false;
        for (const Action *x = m->actions; x != NULL && x->name != NULL; x++) {
            bool possible = (x->from & NEW) || (x->from & reached);
            States to = x->to & ~SAME;
            if (possible && (reached | to) != reached) {
                reached |= to;
                grown = true;
            }
        }
    }
    for (int i = 0; m->states != NULL && m->states[i].name != NULL; i++) {
        if (i >= STATES_MAX) fault(out, m, "more states than fit", m->states[i].name);
        if (!(reached & ST(i))) fault(out, m, "unreachable state", m->states[i].name);
        check_word(w, m, arena_fmt(w->arena, "state.%s", m->states[i].name), out);
    }
    for (const Action *x = m->actions; x != NULL && x->name != NULL; x++)
        if (!(x->from & NEW) && !(x->from & reached)) fault(out, m, "action from a state that is never reached", x->name);
}

static int count_reads(const Read *r)
{
    int n = 0;
    while (r != NULL && r[n].name != NULL)
        n++;
    return n;
}

static void check_action(const World *w, const Module *m, const Action *x, Buf *out)
{
    if (x->route == NULL && !(x->may & SYSTEM)) fault(out, m, "action that nobody may do", x->name);
    if (x->route != NULL && (x->may & ~(Roles)SYSTEM) == 0 && x->who == 0)
        fault(out, m, "action that nobody may do", x->name);
    if (x->route != NULL && strncmp(x->route, "POST /", 6) != 0) fault(out, m, "action's route must be a POST", x->name);
    if (x->from == 0 || x->to == 0) fault(out, m, "action without states", x->name);
    if ((x->from & NEW) && x->who != 0) fault(out, m, "creating action that asks for a relation", x->name);
    if ((x->from & NEW) && (x->to & SAME)) fault(out, m, "creating action must name a state", x->name);
    States choices = x->to & ~SAME;
    if ((choices & (choices - 1)) != 0 && x->decide == NULL) fault(out, m, "several states and no decide", x->name);
    if (count_reads(x->reads) > READS_MAX) fault(out, m, "too many reads", x->name);
    for (const Read *r = x->reads; r != NULL && r->name != NULL; r++)
        if (r->key[0] == 0 && !r->shared) fault(out, m, "read without key is not shared", r->name);
    check_fields(w, m, x->fields, false, out);
    check_word(w, m, arena_fmt(w->arena, "action.%s", x->name), out);
    if (x->reverse != NULL && module_action(m, str_c(x->reverse)) == NULL) fault(out, m, "unknown reverse action", x->name);
}

static void check_clocks(const Module *m, Buf *out)
{
    for (const Clock *c = m->clocks; c != NULL && c->name != NULL; c++) {
        const Action *then = module_action(m, str_c(c->then));
        if (then == NULL || !(then->may & SYSTEM))
            fault(out, m, "clock's action is unknown or not the system's", c->name);
        else if ((c->states & ~then->from) != 0)
            fault(out, m, "clock runs in a state where its action may not happen", c->name);
        if (c->after < 0) fault(out, m, "clock with a negative delay", c->name);
    }
}

static bool same_shape(Str a, Str b)
{
    while (a.n > 0 && b.n > 0) {
        Str x = str_cut(&a, '/'), y = str_cut(&b, '/');
        bool hole_x = x.n > 0 && x.p[0] == '{', hole_y = y.n > 0 && y.p[0] == '{';
        if (hole_x != hole_y || (!hole_x && !str_eq(x, y))) return false;
    }
    return a.n == 0 && b.n == 0;
}

static void check_routes(const World *w, Buf *out)
{
    for (int i = 0; i < w->n_rows; i++) {
        const Row *r = &w->rows[i];
        if (r->path.n < 2 || r->path.p[0] != '/') buf_fmt(out, "%s: bad route %.*s\n", r->module->name, STR_ARG(r->path));
        if (r->kind != ROW_ACTION && r->kind != ROW_MANY && r->may == 0 && (r->kind != ROW_QUERY || r->query->who == 0))
            buf_fmt(out, "%s: route that nobody may use: %.*s\n", r->module->name, STR_ARG(r->path));
        for (int k = 0; k < i; k++)
            if (w->rows[k].method == r->method && same_shape(w->rows[k].path, r->path))
                buf_fmt(out, "%s: two rows on one route: %.*s\n", r->module->name, STR_ARG(r->path));
    }
}

static int longest_chain(const World *w, const char *type, int depth)
{
    int longest = depth;
    for (const Reaction *r = w->reactions; depth <= REACTION_DEPTH_MAX && r != NULL && r->on != NULL; r++) {
        int n = strcmp(r->on, type) == 0 ? longest_chain(w, r->act, depth + 1) : 0;
        if (n > longest) longest = n;
    }
    return longest;
}

static void check_reactions(const World *w, Buf *out)
{
    for (const Reaction *r = w->reactions; r != NULL && r->on != NULL; r++) {
        const Action *act = world_action(w, str_c(r->act), NULL);
        if (world_action(w, str_c(r->on), NULL) == NULL) buf_fmt(out, "reaction on unknown event %s\n", r->on);
        if (longest_chain(w, r->on, 0) > REACTION_DEPTH_MAX)
            buf_fmt(out, "reactions more than %d deep from %s\n", REACTION_DEPTH_MAX, r->on);
        if (act == NULL || !(act->may & SYSTEM)) buf_fmt(out, "reaction's action is unknown or not the system's: %s\n", r->act);
    }
}

void world_check(const World *w, Buf *out)
{
    upcast_check(w, out);
    for (int i = 0; i < w->n_modules; i++) {
        const Module *m = w->modules[i];
        check_word(w, m, S("name"), out);
        check_states(w, m, out);
        for (const Action *x = m->actions; x != NULL && x->name != NULL; x++) {
            check_action(w, m, x, out);
            for (const Action *y = m->actions; y < x; y++)
                if (strcmp(x->name, y->name) == 0) fault(out, m, "two actions of one name", x->name);
        }
        for (const Call *c = m->calls; c != NULL && c->name != NULL; c++)
            check_fields(w, m, c->fields, true, out);
        check_clocks(m, out);
        for (int k = 0; k < i; k++)
            if (strcmp(w->modules[k]->name, m->name) == 0) buf_fmt(out, "two modules named %s\n", m->name);
    }
    check_routes(w, out);
    check_reactions(w, out);
}
