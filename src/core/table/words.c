/* Which word names what a row has. Clients get the key with the row, so none has to know how it is found. */
#include "core/internal.h"

bool world_has_key(const World *w, int language, Str key)
{
    Str rest = key, name = str_cut(&rest, '.');
    const Module *m = world_module(w, name);
    return m != NULL && world_has_word(w, language, m, arena_c(w->arena, rest));
}

static bool has_in_any(const World *w, Str key)
{
    for (int l = 0; world_languages()[l] != NULL; l++)
        if (world_has_key(w, l, key)) return true;
    return false;
}

Str word_of(const World *w, const Module *m, WordOf of, const char *name)
{
    Str own = arena_fmt(w->arena, "%s.%s.%s", m->name, of == WORD_COLUMN ? "column" : "field", name);
    if (has_in_any(w, own)) return own;
    Str other = arena_fmt(w->arena, "%s.%s.%s", m->name, of == WORD_COLUMN ? "field" : "column", name);
    if (has_in_any(w, other)) return other;
    Str shared = arena_fmt(w->arena, "model.column.%s", name);
    return has_in_any(w, shared) ? shared : own;
}

static bool is_state(const Module *m, const char *value)
{
    return module_state(m, str_c(value)) >= 0;
}

Str word_of_values(const World *w, const Module *m, const Field *f)
{
    bool states = strcmp(f->name, "state") == 0 && f->values != NULL && is_state(m, f->values[0]);
    return states ? arena_fmt(w->arena, "%s.state.", m->name) : arena_fmt(w->arena, "%s.value.%s.", m->name, f->name);
}
