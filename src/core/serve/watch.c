/* watch: which communities the writer looks at between its batches, for jobs and for messages. */
#include "core/internal.h"

void watch_look(Watches *w, Str community)
{
    Watch *one = map_get(w->by_community, community);
    if (one == NULL) {
        one = arena_new_of(w->arena, Watch);
        one->community = arena_str(w->arena, community);
        one->next = w->first;
        w->first = one;
        map_put(w->by_community, one->community, one);
    }
    one->look = true;
}

Watches *watches_new(Arena *a, Db *db)
{
    Watches *w = arena_new_of(a, Watches);
    *w = (Watches){ .arena = a, .by_community = map_new(a, 64) };
    Arena *once = arena_new();
    Fail f = FAIL_NONE;
    DbRows *all = db_run(db, once, &communities_all, NULL, &f);
    for (int i = 0; f.err == OK && i < all->rows; i++)
        watch_look(w, db_text(all, i, 0));
    arena_free(once);
    return w;
}
