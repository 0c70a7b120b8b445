/* Where modules meet without knowing each other: on event -> do action, in the same transaction. */
#include "app/world.h"

/* A leaver's open matters pass to the successor. */
static json_t *to_successor(Arena *a, const Event *e, Str matter)
{
    Str successor = json_text(e->data, "successor");
    (void)matter;
    if (successor.n == 0) return NULL;
    json_t *in = json_new_object(a);
    json_put_text(in, "to", successor);
    return in;
}

static json_t *handling_to_successor(Arena *a, const Event *e, Str matter)
{
    json_t *in = to_successor(a, e, matter);
    if (in != NULL) json_put_text(in, "from", e->matter);
    return in;
}

/* Grids get the successor as officer. */
static json_t *grid_to_successor(Arena *a, const Event *e, Str matter)
{
    json_t *in = to_successor(a, e, matter);
    if (in != NULL) json_put_text(in, "person", e->matter);
    return in;
}

static json_t *same_person(Arena *a, const Event *e, Str matter)
{
    (void)matter;
    json_t *in = json_new_object(a);
    json_put_text(in, "person", e->matter);
    return in;
}

static json_t *nothing(Arena *a, const Event *e, Str matter)
{
    (void)e;
    (void)matter;
    return json_new_object(a);
}

/* Who reported the one follows the other. */
static json_t *joining(Arena *a, const Event *e, Str matter)
{
    json_t *in = json_new_object(a);
    (void)matter;
    json_put_text(in, "from", e->matter);
    json_put(in, "people", json_object_get(e->data, "people"));
    json_put_bool(in, "me_too", json_bool(e->data, "me_too"));
    return in;
}

static json_t *parting(Arena *a, const Event *e, Str matter)
{
    json_t *in = json_new_object(a);
    (void)matter;
    json_put_text(in, "from", e->matter);
    return in;
}

/* Whoever joined a household; who only asked to has not. */
static json_t *new_member(Arena *a, const Event *e, Str matter)
{
    (void)matter;
    if (!str_is(json_text(e->data, "member"), "member")) return NULL;
    json_t *in = json_new_object(a);
    json_put(in, "person", json_object_get(e->data, "person"));
    return in;
}

static json_t *gone_member(Arena *a, const Event *e, Str matter)
{
    (void)matter;
    json_t *in = json_new_object(a);
    json_put(in, "person", json_object_get(e->data, "person"));
    return in;
}

/* Who lives behind a door reads what was written there. */
#define VISITS_THERE                                                                                                   \
    { "ss", "s",                                                                                                       \
      "SELECT v.id FROM visit v JOIN matter m ON m.community = v.community AND m.id = v.id"                            \
      " WHERE v.community = $1 AND v.household = $2 AND m.closed_at = 0 ORDER BY v.id LIMIT 100" }
/* Also what is done with: whoever has left reads it no more. */
#define VISITS_READ                                                                                                    \
    { "ss", "s", "SELECT v.id FROM visit v WHERE v.community = $1 AND v.household = $2 ORDER BY v.id LIMIT 400" }
#define VISITS_BY(most)                                                                                                \
    { "ss", "s",                                                                                                       \
      "SELECT m.id FROM relation r JOIN matter m ON m.community = r.community AND m.id = r.matter"                     \
      " WHERE r.community = $1 AND r.person = $2 AND (r.relations & 2) <> 0 AND m.kind = 'visit'"                      \
      " AND m.closed_at = 0 ORDER BY m.id LIMIT " most }

Reaction world_reactions[] = {
    { .on = "person.leave", .act = "report.inherit", .input = handling_to_successor,
      .each = { "ss", "s",
                "SELECT m.id FROM relation r JOIN matter m ON m.community = r.community AND m.id = r.matter"
                " WHERE r.community = $1 AND r.person = $2 AND (r.relations & 2) <> 0 AND m.kind = 'report'"
                " AND m.closed_at = 0 ORDER BY m.id LIMIT 501" } },
    { .on = "person.leave", .act = "grid.pass_on", .input = grid_to_successor,
      .each = { "ss", "s",
                "SELECT g.matter FROM grid_officer o JOIN grid g ON g.community = o.community AND g.code = o.grid"
                " WHERE o.community = $1 AND o.person = $2 AND g.retired_at = 0 ORDER BY g.matter" } },
    { .on = "person.hand_over", .act = "report.inherit", .input = handling_to_successor,
      .each = { "ss", "s",
                "SELECT m.id FROM relation r JOIN matter m ON m.community = r.community AND m.id = r.matter"
                " WHERE r.community = $1 AND r.person = $2 AND (r.relations & 2) <> 0 AND m.kind = 'report'"
                " AND m.closed_at = 0 ORDER BY m.id LIMIT 400" } },
    { .on = "person.hand_over", .act = "grid.pass_on", .input = grid_to_successor,
      .each = { "ss", "s",
                "SELECT g.matter FROM grid_officer o JOIN grid g ON g.community = o.community AND g.code = o.grid"
                " WHERE o.community = $1 AND o.person = $2 AND g.retired_at = 0 ORDER BY g.matter LIMIT 100" } },
    { .on = "person.erase", .act = "household.remove", .input = same_person,
      .each = { "ss", "s",
                "SELECT household FROM household_member WHERE community = $1 AND person = $2 ORDER BY household" } },
    { .on = "person.leave", .act = "unit.remove", .input = same_person,
      .each = { "ss", "s", "SELECT body FROM membership WHERE community = $1 AND person = $2 ORDER BY body" } },
    { .on = "person.erase", .act = "unit.remove", .input = same_person,
      .each = { "ss", "s", "SELECT body FROM membership WHERE community = $1 AND person = $2 ORDER BY body" } },
    { .on = "person.leave", .act = "proxy.lapse", .input = nothing,
      .each = { "ss", "s",
                "SELECT id FROM proxy WHERE community = $1 AND state <> 'ended' AND (person = $2 OR for_person = $2)"
                " ORDER BY id" } },
    { .on = "person.erase", .act = "proxy.lapse", .input = nothing,
      .each = { "ss", "s",
                "SELECT id FROM proxy WHERE community = $1 AND state <> 'ended' AND (person = $2 OR for_person = $2)"
                " ORDER BY id" } },
    { .on = "unit.dissolve", .act = "report.inherit", .input = handling_to_successor,
      .each = { "ss", "s",
                "SELECT m.id FROM relation r JOIN matter m ON m.community = r.community AND m.id = r.matter"
                " WHERE r.community = $1 AND r.person = $2 AND (r.relations & 66) <> 0 AND m.kind = 'report'"
                " AND m.closed_at = 0 ORDER BY m.id LIMIT 501" } },
    { .on = "person.leave", .act = "visit.inherit", .input = handling_to_successor, .each = VISITS_BY("501") },
    { .on = "person.hand_over", .act = "visit.inherit", .input = handling_to_successor, .each = VISITS_BY("400") },
    { .on = "household.join", .act = "visit.let_in", .input = new_member, .each = VISITS_THERE },
    { .on = "household.confirm", .act = "visit.let_in", .input = new_member, .each = VISITS_THERE },
    { .on = "household.admit", .act = "visit.let_in", .input = new_member, .each = VISITS_THERE },
    { .on = "household.leave", .act = "visit.part", .input = gone_member, .each = VISITS_READ },
    { .on = "household.remove", .act = "visit.part", .input = gone_member, .each = VISITS_READ },
    { .on = "household.retire", .act = "visit.lapse", .input = nothing, .each = VISITS_THERE },
    { .on = "report.merge", .act = "report.absorb", .input = joining, .at = "into" },
    { .on = "report.me_too", .act = "report.absorb", .input = joining, .at = "into" },
    { .on = "report.split", .act = "report.release", .input = parting, .at = "into" },
    { 0 },
};
