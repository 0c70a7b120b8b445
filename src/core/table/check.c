/* The table check: the program does not start with a row that cannot be right. */
#include "core/table/check.h"

void check_fault(const Check *c, const char *what, const char *name)
{
    buf_fmt(c->out, "%s: %s: %s\n", c->module->name, what, name);
}

void check_word(const Check *c, Str key)
{
    for (int l = 0; world_languages()[l] != NULL; l++) {
        if (world_has_key(c->world, l, key)) continue;
        Str line = arena_fmt(c->world->arena, "%s: missing word in %s: %.*s\n", c->module->name, world_languages()[l],
                             STR_ARG(key));
        if (str_find(buf_str(c->out), line) < 0) buf_add(c->out, line); /* many lists may show one column */
    }
}

static void check_own_word(const Check *c, const char *group, const char *name)
{
    check_word(c, arena_fmt(c->world->arena, "%s.%s.%s", c->module->name, group, name));
}

/* ---- fields ---- */

static bool bounded(const Field *f)
{
    switch (f->type) {
    case F_TEXT:
    case F_SECRET:
    case F_LIST: return f->max > 0 && f->min >= 0 && f->min <= f->max;
    case F_PLACE:
    case F_FILES:
    case F_JSON:
    case F_FORM: return f->max > 0;
    case F_INT: return f->min < f->max;
    case F_ENUM: return f->values != NULL && f->values[0] != NULL;
    case F_RECORD: return true;
    case F_NONE: return false;
    default: return true;
    }
}

void check_field(const Check *c, const Field *f, WordOf of)
{
    if (!bounded(f)) check_fault(c, "field without bounds", f->name);
    check_word(c, word_of(c->world, c->module, of, f->name));
    if (f->type != F_ENUM) return;
    Str values = word_of_values(c->world, c->module, f);
    for (const char *const *v = f->values; v != NULL && *v != NULL; v++)
        check_word(c, arena_fmt(c->world->arena, "%.*s%s", STR_ARG(values), *v));
}

static const Field *field_named(const Field *fields, const char *name)
{
    for (const Field *f = fields; f != NULL && f->name != NULL; f++)
        if (strcmp(f->name, name) == 0) return f;
    return NULL;
}

/* Fields that speak of another one: whose it is, what is signed, which schema. */
static void check_of(const Check *c, const Field *fields, const Field *f)
{
    bool names = f->of != NULL && field_named(fields, f->of) != NULL;
    if (f->personal == OF_PERSON_FIELD && !names) check_fault(c, "personal field does not say whose", f->name);
    if (f->type == F_SIGNATURE && !names) check_fault(c, "signature does not say of what", f->name);
    if (f->type == F_FORM && !names) check_fault(c, "form does not say which field names its schema", f->name);
}

void check_fields(const Check *c, const Field *fields, bool call)
{
    for (const Field *f = fields; f != NULL && f->name != NULL; f++) {
        bool nests = f->type == F_RECORD || f->type == F_LIST;
        check_field(c, f, WORD_FIELD);
        check_of(c, fields, f);
        if (f->type == F_SECRET && !call) check_fault(c, "secret field in an action", f->name);
        if (f->type == F_DEGREES) check_fault(c, "degrees are for query strings", f->name);
        if (nests && (f->fields == NULL || f->fields[0].name == NULL)) check_fault(c, "record without fields", f->name);
        if (!nests && f->fields != NULL) check_fault(c, "fields inside of what is no record", f->name);
        if (field_named(fields, f->name) != f) check_fault(c, "two fields of one name", f->name);
        check_fields(c, f->fields, call);
    }
}

/* ---- states ---- */

static States states_of(const Module *m)
{
    States all = 0;
    for (int i = 0; m->states != NULL && m->states[i].name != NULL && i < STATES_MAX; i++)
        all |= ST(i);
    return all;
}

static States reachable(const Module *m)
{
    States reached = 0;
    for (bool grown = true; grown;) {
        grown = false;
        for (const Action *x = m->actions; x != NULL && x->name != NULL; x++) {
            States to = x->to & ~SAME;
            if (((x->from & NEW) || (x->from & reached)) && (reached | to) != reached) {
                reached |= to;
                grown = true;
            }
        }
    }
    return reached;
}

static void check_states(const Check *c)
{
    const Module *m = c->module;
    States reached = reachable(m), all = states_of(m);
    for (int i = 0; m->states != NULL && m->states[i].name != NULL; i++) {
        if (i >= STATES_MAX)
            check_fault(c, "more states than fit", m->states[i].name);
        else if (!(reached & ST(i)))
            check_fault(c, "unreachable state", m->states[i].name);
        check_own_word(c, "state", m->states[i].name);
    }
    for (const Action *x = m->actions; x != NULL && x->name != NULL; x++) {
        if (!(x->from & NEW) && !(x->from & reached))
            check_fault(c, "action from a state that is never reached", x->name);
        if (((x->from & ~NEW) | (x->to & ~SAME)) & ~all)
            check_fault(c, "action names a state that there is not", x->name);
    }
}

/* ---- actions ---- */

static int count_reads(const Read *r)
{
    int n = 0;
    while (r != NULL && r[n].name != NULL)
        n++;
    return n;
}

static void check_rights(const Check *c, const Action *x)
{
    bool by_person = (x->may & ~(Roles)SYSTEM) != 0 || x->who != 0;
    if (x->route == NULL ? !(x->may & SYSTEM) : !by_person) check_fault(c, "action that nobody may do", x->name);
    if ((x->from & NEW) && x->who != 0) check_fault(c, "creating action that asks for a relation", x->name);
    if (x->strong && (x->may & ANYONE)) check_fault(c, "second factor asked of anyone", x->name);
}

static void check_action_route(const Check *c, const Action *x)
{
    if (x->route == NULL) return;
    bool names_matter = strstr(x->route, "/{id}") != NULL;
    if (strncmp(x->route, "POST /", 6) != 0) check_fault(c, "action's route must be a POST", x->name);
    if (x->from != 0 && names_matter == ((x->from & NEW) != 0))
        check_fault(c, names_matter ? "creating action's route names a matter" : "action's route names no matter",
                    x->name);
}

/* Members of the body that core takes off before the fields are looked at. */
static void check_reserved(const Check *c, const Action *x)
{
    static const char *const reserved[] = { "id", "version", "claimed_at", "matter", "rows" };
    for (int i = 0; i < COUNT(reserved); i++)
        if (field_named(x->fields, reserved[i]) != NULL) check_fault(c, "field with a reserved name", reserved[i]);
}

static void check_action(const Check *c, const Action *x)
{
    check_rights(c, x);
    check_action_route(c, x);
    check_reserved(c, x);
    if (x->from == 0 || x->to == 0) check_fault(c, "action without states", x->name);
    if ((x->from & NEW) && (x->to & SAME)) check_fault(c, "creating action must name a state", x->name);
    States choices = x->to & ~SAME;
    if ((choices & (choices - 1)) != 0 && x->decide == NULL) check_fault(c, "several states and no decide", x->name);
    if (count_reads(x->reads) > READS_MAX) check_fault(c, "too many reads", x->name);
    for (const Read *r = x->reads; r != NULL && r->name != NULL; r++)
        if (r->key != NULL && r->key[0] == 0 && !r->shared) check_fault(c, "read without key is not shared", r->name);
    check_fields(c, x->fields, false);
    check_own_word(c, "action", x->name);
    if (x->reverse != NULL && module_action(c->module, str_c(x->reverse)) == NULL)
        check_fault(c, "unknown reverse action", x->name);
}

/* ---- clocks, reactions ---- */

static void check_clocks(const Check *c)
{
    const Clock *all = c->module->clocks;
    for (const Clock *k = all; k != NULL && k->name != NULL; k++) {
        const Action *then = module_action(c->module, str_c(k->then));
        if (then == NULL || !(then->may & SYSTEM))
            check_fault(c, "clock's action is unknown or not the system's", k->name);
        else if ((k->states & ~then->from) != 0)
            check_fault(c, "clock runs in a state where its action may not happen", k->name);
        if (k->states == 0) check_fault(c, "clock that never runs", k->name);
        if (k->after < 0) check_fault(c, "clock with a negative delay", k->name);
        for (const Clock *other = all; other < k; other++)
            if (strcmp(other->name, k->name) == 0) check_fault(c, "two clocks of one name", k->name);
    }
}

/* How many reactions may follow one another after this event; more than can be: a circle. */
static int reaction_depth(const World *w, const char *on, int so_far)
{
    int deepest = so_far;
    if (so_far > REACTION_DEPTH_MAX) return so_far;
    for (const Reaction *r = w->reactions; r != NULL && r->on != NULL; r++) {
        if (strcmp(r->on, on) != 0) continue;
        int depth = reaction_depth(w, r->act, so_far + 1);
        if (depth > deepest) deepest = depth;
    }
    return deepest;
}

static void check_reactions(const World *w, Buf *out)
{
    for (const Reaction *r = w->reactions; r != NULL && r->on != NULL; r++) {
        const Action *act = world_action(w, str_c(r->act), NULL);
        if (world_action(w, str_c(r->on), NULL) == NULL) buf_fmt(out, "reaction on unknown event: %s\n", r->on);
        if (act == NULL || !(act->may & SYSTEM))
            buf_fmt(out, "reaction's action is unknown or not the system's: %s\n", r->act);
        if ((r->each.sql == NULL) == (r->at == NULL) || r->input == NULL)
            buf_fmt(out, "reaction without its matters or input: %s\n", r->on);
        if (reaction_depth(w, r->on, 0) > REACTION_DEPTH_MAX) buf_fmt(out, "reactions too deep: %s\n", r->on);
    }
}

/* ---- names: of one module's rows, all different, for they are operation ids and words ---- */

static void check_names(const Check *c)
{
    const char *names[256];
    const Module *m = c->module;
    int n = 0;
    for (const Action *x = m->actions; x != NULL && x->name != NULL && n < COUNT(names); x++)
        names[n++] = x->name;
    for (const Query *q = m->queries; q != NULL && q->name != NULL && n < COUNT(names); q++)
        names[n++] = q->name;
    for (const Call *x = m->calls; x != NULL && x->name != NULL && n < COUNT(names); x++)
        names[n++] = x->name;
    for (int i = 0; i < n; i++)
        for (int k = 0; k < i; k++)
            if (strcmp(names[i], names[k]) == 0) check_fault(c, "two rows of one name", names[i]);
}

void world_check(const World *w, Buf *out)
{
    Check c = { .world = w, .out = out };
    upcast_check(w, out);
    for (int i = 0; i < w->n_modules; i++) {
        const Module *m = c.module = w->modules[i];
        check_word(&c, arena_fmt(w->arena, "%s.name", m->name));
        check_states(&c);
        for (const Action *x = m->actions; x != NULL && x->name != NULL; x++)
            check_action(&c, x);
        for (const Query *q = m->queries; q != NULL && q->name != NULL; q++)
            check_query(&c, q);
        for (const Call *x = m->calls; x != NULL && x->name != NULL; x++)
            check_call(&c, x);
        check_clocks(&c);
        check_names(&c);
        for (int k = 0; k < i; k++)
            if (strcmp(w->modules[k]->name, m->name) == 0) buf_fmt(out, "two modules of one name: %s\n", m->name);
    }
    check_routes(&c);
    check_reactions(w, out);
}
