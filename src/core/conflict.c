/* Which commands may share a batch: those that neither act on the same matter nor depend on the same value, for a batch
 * decides everything from what it loaded at its beginning. */
#include "core/internal.h"

typedef struct Keys {
    Arena *arena;
    Map *taken; /* key -> the command that has it */
    bool free;  /* nobody else has what was taken so far */
} Keys;

static void take_key(Keys *k, const Command *c, const char *kind, Str value)
{
    if (value.n == 0) return;
    Str key = arena_fmt(k->arena, "%s %.*s %.*s", kind, STR_ARG(c->community), STR_ARG(value));
    const void *by = map_get(k->taken, key);
    if (by == NULL)
        map_put(k->taken, key, (void *)(uintptr_t)c);
    else if (by != c)
        k->free = false;
}

static void take_read(Keys *k, const Command *c, const Plan *row, const Read *x)
{
    if (x->shared || strcmp(x->key, "matter") == 0) return;
    if (strcmp(x->key, "actor") == 0) {
        take_key(k, c, "is", c->actor->person);
        return;
    }
    const json_t *value = json_object_get(row->input, x->key);
    size_t n = x->each ? json_array_size(value) : 1;
    for (size_t i = 0; i < n; i++) {
        const json_t *one = x->each ? json_array_get(value, i) : value;
        if (json_is_string(one)) take_key(k, c, "is", (Str){ json_string_value(one), json_string_length(one) });
    }
}

/* Matters and what reads depend on share one name space: a door is looked up by its building's id, and the building's
 * own actions act on that id. Values are compared as they were checked, not as they were typed. A command that has to
 * wait keeps its keys, so that no later one overtakes it. */
bool command_take_keys(Arena *a, Map *taken, const Command *c)
{
    Keys k = { a, taken, true };
    const Plan *rows = c->plan;
    take_key(&k, c, "client", c->client_id);
    for (int i = 0; i < c->n_rows; i++) {
        take_key(&k, c, "is", rows[i].matter);
        for (const Read *x = c->action->reads; x != NULL && x->name != NULL; x++)
            take_read(&k, c, &rows[i], x);
    }
    return k.free;
}
