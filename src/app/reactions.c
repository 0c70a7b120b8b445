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

Reaction world_reactions[] = {
    { .on = "person.leave", .act = "report.inherit", .input = to_successor,
      .each = { "ss", "s",
                "SELECT m.id FROM relation r JOIN matter m ON m.community = r.community AND m.id = r.matter"
                " WHERE r.community = $1 AND r.person = $2 AND (r.relations & 2) <> 0 AND m.kind = 'report'"
                " AND m.closed_at = 0 ORDER BY m.id LIMIT 501" } },
    { 0 },
};
