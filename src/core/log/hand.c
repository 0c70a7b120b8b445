#include "core/log/hand.h"

#include <stdlib.h>

/* Which matters were ever wanted, by a hash of community and id: a store is not asked for a matter that it cannot have.
 * Two of one hash cost a question. 16 bytes a matter at most. */
typedef struct Seen {
    Arena *arena;
    uint64_t *slots; /* open addressing, 0 free, at most half full */
    size_t mask, n;
} Seen;

struct Hand {
    const World *world;
    Db *to;
    Arena *names; /* the map's, anew each time that matters go */
    Map *by_id;
    InHand **all; /* in the order in which they came; room for cap */
    int n, cap;
    Arena *chain; /* of the community's name */
    Str community;
    int64_t page;
    Seen seen;
};

/* ---- seen ---- */

static uint64_t hash_of(Str community, Str id)
{
    uint64_t h = UINT64_C(0xcbf29ce484222325);
    Str parts[2] = { community, id };
    for (int k = 0; k < 2; k++)
        for (size_t i = 0; i < parts[k].n; i++)
            h = (h ^ (uint8_t)parts[k].p[i]) * UINT64_C(0x100000001b3);
    h ^= h >> 29;
    return h != 0 ? h : 1;
}

/* True if it was there already. */
static bool seen_put(Seen *s, uint64_t h)
{
    size_t i = h & s->mask;
    while (s->slots[i] != 0 && s->slots[i] != h)
        i = (i + 1) & s->mask;
    bool there = s->slots[i] != 0;
    s->slots[i] = h;
    s->n += !there;
    return there;
}

static void seen_make(Seen *s, size_t slots)
{
    Seen old = *s;
    *s = (Seen){ .arena = arena_new(), .mask = slots - 1 };
    s->slots = arena_array(s->arena, uint64_t, slots);
    for (size_t i = 0; old.arena != NULL && i <= old.mask; i++)
        if (old.slots[i] != 0) seen_put(s, old.slots[i]);
    arena_free(old.arena);
}

static bool seen_before(Hand *k, Str id)
{
    if (2 * (k->seen.n + 1) > k->seen.mask) seen_make(&k->seen, 2 * (k->seen.mask + 1));
    return seen_put(&k->seen, hash_of(k->community, id));
}

/* ---- in hand ---- */

static void let_go(Hand *k, int i)
{
    arena_free(k->all[i]->arena);
    k->all[i] = NULL;
}

static void drop_all(void *self)
{
    Hand *k = self;
    for (int i = 0; i < k->n; i++)
        let_go(k, i);
    arena_free(k->names);
    arena_free(k->chain);
    arena_free(k->seen.arena);
}

Hand *hand_new(Arena *a, const World *w, Db *to)
{
    Hand *k = arena_new_of(a, Hand);
    *k = (Hand){ .world = w, .to = to, .names = arena_new(), .chain = arena_new(), .cap = 2 * IN_HAND_MAX,
                        .community = S("") };
    k->all = arena_array(a, InHand *, k->cap);
    k->by_id = map_new(k->names, IN_HAND_MAX);
    seen_make(&k->seen, 8192);
    arena_defer(a, drop_all, k);
    return k;
}

static void write_one(Hand *k, Apply *a, InHand *one)
{
    if (!one->changed) return;
    held_send(k->world, a, &one->matter, &one->held, one->stored, one->was, one->n_was);
    Relation *was = arena_array(one->arena, Relation, one->matter.n_relations + 1);
    memcpy(was, one->matter.relations, sizeof *was * (size_t)one->matter.n_relations);
    one->was = was;
    one->n_was = one->matter.n_relations;
    one->stored = true;
    one->changed = false;
}

void hand_write(Hand *k, Apply *a)
{
    for (int i = 0; i < k->n; i++)
        write_one(k, a, k->all[i]);
}

static int by_number(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* The page before which a matter must have been used last to go, so that `keep` stay. */
static int64_t oldest_in_hand(const Hand *k, Arena *a, int keep)
{
    int64_t *used = arena_array(a, int64_t, k->n + 1);
    for (int i = 0; i < k->n; i++)
        used[i] = k->all[i]->used;
    qsort(used, (size_t)k->n, sizeof *used, by_number);
    return keep > 0 ? used[k->n - keep] + (used[k->n - keep] == used[0]) : INT64_MAX;
}

static void drop_old(Hand *k, Apply *a, int keep)
{
    int64_t from = oldest_in_hand(k, a->arena, keep);
    int n = 0;
    arena_reset(k->names);
    k->by_id = map_new(k->names, IN_HAND_MAX);
    for (int i = 0; i < k->n; i++) {
        InHand *one = k->all[i];
        if (one->used >= from) {
            k->all[n++] = one;
            map_put(k->by_id, one->matter.id, one);
            continue;
        }
        write_one(k, a, one);
        let_go(k, i);
    }
    k->n = n;
}

void hand_page(Hand *k, Apply *a, Str community)
{
    k->page++;
    if (!str_eq(community, k->community)) {
        drop_old(k, a, 0);
        arena_reset(k->chain);
        k->community = arena_str(k->chain, community);
    }
    if (k->n > IN_HAND_MAX) drop_old(k, a, IN_HAND_MAX / 2);
}

static InHand *hand_add(Hand *k, Str id)
{
    Arena *arena = arena_new();
    InHand *one = arena_new_of(arena, InHand);
    one->arena = arena;
    one->matter = (Matter){ .community = k->community, .id = arena_str(arena, id), .state = -1, .arena = arena,
                            .place = k->community, .category = S("") };
    if (k->n == k->cap) abort(); /* a page has fewer events than that: hand_page made room */
    k->all[k->n++] = one;
    map_put(k->by_id, one->matter.id, one);
    return one;
}

void hand_want(Hand *k, Arena *a, Str id)
{
    InHand *one = map_get(k->by_id, id);
    if (one == NULL) {
        one = hand_add(k, id);
        if (seen_before(k, id)) {
            one->row = matter_send_load(k->to, a, k->community, one->matter.id);
            one->relations = matter_send_relations(k->to, a, k->community, one->matter.id);
        }
    }
    one->used = k->page;
}

/* The rows are of a page, the matter stays longer. */
static Fail take_rows(Hand *k, InHand *one)
{
    Matter m;
    DbRows *row = one->row, *relations = one->relations;
    one->row = one->relations = NULL;
    if (row->rows == 0) return FAIL_NONE;
    Fail f = matter_without_data(one->arena, k->world, row, relations, &m);
    if (f.err != OK) return f;
    m.community = k->community;
    m.id = one->matter.id;
    m.kind = str_c(world_module(k->world, m.kind)->name);
    m.place = arena_str(one->arena, m.place);
    m.category = arena_str(one->arena, m.category);
    m.data = raw_value(one->arena, matter_data(row));
    if (m.data == NULL) return fail(ERR_INTERNAL, "matter_data");
    Relation *was = arena_array(one->arena, Relation, m.n_relations + 1);
    for (int i = 0; i < m.n_relations; i++) {
        m.relations[i].person = arena_str(one->arena, m.relations[i].person);
        was[i] = m.relations[i];
    }
    one->was = was;
    one->n_was = m.n_relations;
    one->matter = m;
    one->stored = true;
    return FAIL_NONE;
}

Fail hand_get(Hand *k, Str id, InHand **out)
{
    *out = map_get(k->by_id, id);
    assert(*out != NULL);
    return (*out)->row != NULL ? take_rows(k, *out) : FAIL_NONE;
}
