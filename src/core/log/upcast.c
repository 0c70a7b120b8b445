/* Events of an older shape, read as the current one. */
#include "core/internal.h"

enum { STEPS_MAX = 32 }; /* versions that an event may be behind */

static const Upcast *upcast_of(const World *w, Str type, int version)
{
    for (int i = 0; i < w->n_modules; i++)
        for (const Upcast *u = w->modules[i]->upcasts; u != NULL && u->type != NULL; u++)
            if (u->version == version && str_is(type, u->type)) return u;
    return NULL;
}

Fail event_upcast(Arena *a, const World *w, Event *e)
{
    for (int i = 0; i < STEPS_MAX; i++) {
        const Action *x = world_action(w, e->type, NULL);
        int today = x == NULL ? 0 : x->version > 0 ? x->version : 1;
        if (e->version == today) return FAIL_NONE;
        const Upcast *u = upcast_of(w, e->type, e->version);
        if (u == NULL) return fail(ERR_INTERNAL, x == NULL ? "event_type_unknown" : "event_version_unknown");
        if (u->data != NULL) u->data(a, e->data);
        if (u->becomes != NULL) e->type = str_c(u->becomes);
        e->version = u->as > 0 ? u->as : u->version + 1;
    }
    return fail(ERR_INTERNAL, "upcast_endless");
}

/* Every older version of every action has a way to today's, and no way leads nowhere. */
void upcast_check(const World *w, Buf *report)
{
    for (int i = 0; i < w->n_modules; i++) {
        const Module *m = w->modules[i];
        for (const Action *x = m->actions; x != NULL && x->name != NULL; x++)
            for (int v = 1; v < x->version; v++)
                if (upcast_of(w, action_type(w->arena, m, x), v) == NULL)
                    buf_fmt(report, "%s: %s has no upcast from version %d\n", m->name, x->name, v);
        for (const Upcast *u = m->upcasts; u != NULL && u->type != NULL; u++) {
            Str to = str_c(u->becomes != NULL ? u->becomes : u->type);
            int as = u->as > 0 ? u->as : u->version + 1;
            const Action *x = world_action(w, to, NULL);
            int today = x == NULL ? 0 : x->version > 0 ? x->version : 1;
            if (as != today && upcast_of(w, to, as) == NULL)
                buf_fmt(report, "%s: the upcast of %s version %d leads to nothing\n", m->name, u->type, u->version);
        }
    }
}
