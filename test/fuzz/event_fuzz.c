/* An event as it may stand in somebody's export: refused with a word, or whole. What is accepted prints back to itself,
 * and its module's fold takes it, twice. */
#include "app/world.h"
#include "core/internal.h"

#include <stdlib.h>

#define CHECK(truth)                                                                                                   \
    do {                                                                                                               \
        if (!(truth)) abort();                                                                                         \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static const World *world(void)
{
    static World *w;
    Str report = S("");
    if (w == NULL) w = world_new(arena_new(), world_modules, world_reactions, &report);
    CHECK(report.n == 0);
    return w;
}

static Matter *nothing(Arena *a, const Event *e)
{
    Matter *m = arena_new_of(a, Matter);
    const Module *module = NULL;
    world_action(world(), e->type, &module);
    *m = (Matter){ .community = e->community, .id = e->matter, .state = -1, .arena = a, .place = e->community,
                   .kind = str_c(module->name), .category = S(""), .data = json_new_object(a) };
    return m;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    if (n > EVENT_BYTES_MAX) return 0;
    Arena *a = arena_new();
    Event e, again;
    Str text = { (const char *)bytes, n };
    Fail f = event_parse(a, world(), text, &e);
    CHECK(f.err == OK || (f.code != NULL && f.code[0] != 0));
    Hash quick; /* verify's quick look takes nothing that is read as something else, nor reads beyond the end */
    if (f.err == OK) {
        EventRow row = { e.community, e.id, e.matter, e.stored_type, e.seq, e.at };
        if (event_is_sound(world(), text, &row, hash_hex(a, e.prev), &quick)) CHECK(hash_eq(quick, e.hash));
    } else {
        EventRow row = { S("540102001001"), S("i"), S("m"), S("report.note"), 1, 1 };
        (void)event_is_sound(world(), text, &row, S("0"), &quick);
    }
    if (f.err == OK) {
        Matter *m = nothing(a, &e);
        event_fold(world(), m, &e);
        CHECK(m->state == e.to && m->n_relations <= RELATIONS_MAX);
        event_fold(world(), m, &e);
        f = event_print(a, &e, world());
        CHECK(f.err == OK || f.err == ERR_TOO_LARGE);
        if (f.err == OK) {
            Str printed = e.bytes;
            CHECK(event_parse(a, world(), printed, &again).err == OK && event_print(a, &again, world()).err == OK);
            CHECK(str_eq(again.bytes, printed) && hash_eq(again.hash, e.hash));
        }
    }
    arena_free(a);
    return 0;
}
