/* May somebody act for a person now? The kind `proxy` writes the rows; both must still live here. */
#include "core/internal.h"

static Stmt acting_load = {
    "sssl", "l",
    "SELECT a.until_at FROM acting a JOIN person p ON p.community = a.community AND p.person = a.person"
    " JOIN person q ON q.community = a.community AND q.person = a.for_person"
    " WHERE a.community = $1 AND a.person = $2 AND a.for_person = $3 AND (a.until_at = 0 OR a.until_at > $4)"
    " AND p.state = 'active' AND q.state = 'active'"
};
Stmt *const acting_statements[] = { &acting_load, NULL };

Fail acting_check(Db *db, Arena *a, Str community, Str by, Str person, int64_t now)
{
    Fail f = FAIL_NONE;
    if (!id_valid(person)) return fail_field(ERR_INVALID, "bad_format", "Linli-For", ID_CHARS);
    DbRows *r = db_run(db, a, &acting_load, ARGS(TXT(community), TXT(by), TXT(person), NUM(now)), &f);
    return f.err == OK && r->rows == 0 ? fail(ERR_FORBIDDEN, "not_acting_for") : f;
}
