/* docs/ACTIONS.md: the rows as tables that a person can read, by kind of matter. */
#include "core/model/model.h"

static void put_bits(Buf *out, uint32_t bits, NameOf *name, int n, const char *before, bool *first)
{
    for (int i = 0; i < n; i++)
        if (bits & UINT32_C(1) << i) {
            buf_fmt(out, "%s%s%s", *first ? "" : ", ", before, name(i));
            *first = false;
        }
}

/* Everybody who can have an account: too many names for a cell. */
static void put_may(Buf *out, Roles may)
{
    bool first = true;
    if ((may & SIGNED_IN) == SIGNED_IN) {
        buf_c(out, may & ANYONE ? "anyone" : "who has signed in");
        first = false;
        may &= ~(Roles)(SIGNED_IN | ANYONE);
    }
    put_bits(out, may, may_name, MAY_N, "", &first);
}

static void put_who(Buf *out, Roles may, Relations who, Relations unless, bool strong)
{
    bool first = true;
    put_may(out, may);
    if (may != 0 && who != 0) buf_c(out, "; or ");
    put_bits(out, who, who_name, WHO_N, "its ", &first);
    first = true;
    if (unless != 0) buf_c(out, "; never ");
    put_bits(out, unless, who_name, WHO_N, "its ", &first);
    if (strong) buf_c(out, "; second factor");
}

static void put_state_names(Buf *out, const Module *m, States states)
{
    bool first = true;
    for (int i = 0; m->states != NULL && m->states[i].name != NULL; i++)
        if (states & ST(i)) {
            buf_fmt(out, "%s%s", first ? "" : ", ", m->states[i].name);
            first = false;
        }
}

static void put_change(Buf *out, const Module *m, const Action *x)
{
    if (x->from & NEW) buf_c(out, "new");
    put_state_names(out, m, x->from);
    if (x->to == SAME) return;
    buf_c(out, " -> ");
    put_state_names(out, m, x->to);
    if (x->to & SAME) buf_c(out, ", or as it was");
}

static void put_bounds(Buf *out, const Field *f)
{
    bool two = f->type == F_INT || f->min > 0;
    buf_c(out, field_type_name(f->type));
    if (f->type == F_ENUM) {
        buf_c(out, ": ");
        for (const char *const *v = f->values; *v != NULL; v++)
            buf_fmt(out, "%s%s", v == f->values ? "" : " ", *v);
    } else if (f->max == INT64_MAX) {
        buf_fmt(out, " from %lld", (long long)f->min);
    } else if (f->max > 0 || f->type == F_INT) {
        two ? buf_fmt(out, " %lld to %lld", (long long)f->min, (long long)f->max)
            : buf_fmt(out, " up to %lld", (long long)f->max);
    }
}

static void put_fields(Buf *out, const Field *fields)
{
    static const char *const whose[] = { "", ", personal: of the matter", ", personal: of the actor",
                                         ", personal: of " };
    bool first = true;
    for (const Field *f = fields; f != NULL && f->name != NULL; f++) {
        buf_fmt(out, "%s`%s`%s (", first ? "" : ", ", f->name, f->required ? "" : "?");
        put_bounds(out, f);
        buf_fmt(out, "%s%s", whose[f->personal], f->personal == OF_PERSON_FIELD ? f->of : "");
        if (f->fields != NULL) {
            buf_c(out, ": ");
            put_fields(out, f->fields);
        }
        buf_c(out, ")");
        first = false;
    }
}

static void put_action(Buf *out, const Module *m, const Action *x)
{
    bool first = true;
    buf_fmt(out, "| %s | %s%s%s | ", x->name, x->route != NULL ? "`" : "", x->route != NULL ? x->route : "",
            x->route != NULL ? "`" : "");
    put_who(out, x->may, x->who, x->unless, x->strong);
    buf_c(out, " | ");
    put_change(out, m, x);
    buf_c(out, " | ");
    put_fields(out, x->fields);
    buf_c(out, " | ");
    put_bits(out, x->tell, who_name, WHO_N, "", &first);
    bool versioned = x->mode == STRICT && !(x->from & NEW);
    buf_fmt(out, " | %s%s%s |\n", versioned ? "version" : "", versioned && x->many ? ", " : "", x->many ? "many" : "");
}

static void put_actions(Buf *out, const Module *m)
{
    if (m->actions == NULL || m->actions->name == NULL) return;
    buf_c(out, "\n| action | route | who may | from -> to | fields | tells | needs |\n|---|---|---|---|---|---|---|\n");
    for (const Action *x = m->actions; x->name != NULL; x++)
        put_action(out, m, x);
}

static void put_query(Buf *out, const Query *q)
{
    static const char *const scopes[] = { "", "within my place", "related to me", "my own" };
    Column columns[COLUMNS_MAX];
    int n = q->view ? 0 : query_columns(q, columns);
    buf_fmt(out, "| %s | `%s` | ", q->name, q->route);
    put_who(out, q->may, q->who, 0, q->strong);
    buf_fmt(out, " | %s%s | ", scopes[q->scope], q->logged ? ", logged" : "");
    if (q->view) buf_c(out, "the view");
    for (int i = 0; i < n; i++)
        buf_fmt(out, "%s%s", i > 0 ? " " : "", columns[i].name);
    buf_c(out, " | ");
    for (const Filter *f = q->filters; f != NULL && f->sql != NULL; f++)
        buf_fmt(out, "%s%s%s", f == q->filters ? "" : " ", f->param.name, f->param.required ? "!" : "");
    buf_c(out, " |\n");
}

static void put_queries(Buf *out, const Module *m)
{
    if (m->queries == NULL || m->queries->name == NULL) return;
    buf_c(out, "\n| query | route | who may | rows | columns | filters |\n|---|---|---|---|---|---|\n");
    for (const Query *q = m->queries; q->name != NULL; q++)
        put_query(out, q);
}

static void put_calls(Buf *out, const Module *m)
{
    if (m->calls == NULL || m->calls->name == NULL) return;
    buf_c(out, "\n| call | route | who may | fields |\n|---|---|---|---|\n");
    for (const Call *c = m->calls; c->name != NULL; c++) {
        buf_fmt(out, "| %s | `%s` | ", c->name, c->route);
        put_who(out, c->may, 0, 0, c->strong);
        buf_c(out, " | ");
        if (c->raw) buf_c(out, "raw bytes");
        put_fields(out, c->fields);
        buf_c(out, " |\n");
    }
}

static void put_clocks(Buf *out, const Module *m)
{
    if (m->clocks == NULL || m->clocks->name == NULL) return;
    buf_c(out, "\n| clock | runs in | after | then |\n|---|---|---|---|\n");
    for (const Clock *c = m->clocks; c->name != NULL; c++) {
        buf_fmt(out, "| %s | ", c->name);
        put_state_names(out, m, c->states);
        buf_fmt(out, " | %d %s | %s |\n", c->after, unit_name(c->unit), c->then);
    }
}

Str model_actions(Arena *a, const World *w)
{
    Buf out = buf_new(a, 64 * 1024);
    buf_c(&out, "# Actions\nPrinted from the action table by `script/docs`; not written by hand. A field with `?` may "
                "be left out; a filter\n"
                "with `!` may not. `version`: the call names the version that the person saw. `many`: up to 500 rows "
                "at once.\n");
    for (int i = 0; i < w->n_modules; i++) {
        const Module *m = w->modules[i];
        Str zh = world_word(w, "zh", m->name, "name"), en = world_word(w, "en", m->name, "name");
        buf_fmt(&out, "\n## %s: %.*s, %.*s\n", m->name, STR_ARG(en), STR_ARG(zh));
        if (m->states != NULL && m->states->name != NULL) {
            buf_c(&out, "States: ");
            put_state_names(&out, m, ~(States)0);
            buf_c(&out, ".\n");
        }
        put_actions(&out, m);
        put_queries(&out, m);
        put_calls(&out, m);
        put_clocks(&out, m);
    }
    if (w->reactions == NULL || w->reactions->on == NULL) return buf_str(&out);
    buf_c(&out, "\n## Reactions\n\n| on | does |\n|---|---|\n");
    for (const Reaction *r = w->reactions; r->on != NULL; r++)
        buf_fmt(&out, "| %s | %s |\n", r->on, r->act);
    return buf_str(&out);
}
